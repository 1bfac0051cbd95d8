//! A dialogue without a person: answers come from a file, or are what the author recommends. It
//! stops where somebody is needed.

use super::answers::Answers;
use super::desk::Desk;
use super::report::{self, Stopped};
use super::{Led, Wanted, attended};
use crate::dialogue::CannotTalk;
use crate::dialogue::save::CannotSave;
use crate::dialogue::state::{Floor, Line};
use color_eyre::eyre::{Report, bail};

/// How often the author may ask before somebody has to look.
const MAX_TURNS: usize = 12;
/// What the author is told that neither asks nor hands a draft over.
const DRAFT: &str = "Nothing is open. Please hand over the draft of the task definition.";

/// Leads it as far as it goes.
pub(super) fn go(
    desk: &mut Desk<'_>,
    wanted: &Wanted<'_>,
    mut answers: Answers,
) -> Result<Led, Report> {
    let stopped = until_stopped(desk, wanted, &mut answers)?;
    let led = match &stopped {
        Stopped::Saved(_) => attended::saved(desk),
        _ => desk.left(),
    };
    report::tell(desk, wanted, &stopped, led.exit_code())?;
    Ok(led)
}

fn until_stopped(
    desk: &mut Desk<'_>,
    wanted: &Wanted<'_>,
    answers: &mut Answers,
) -> Result<Stopped, Report> {
    let said = [wanted.words.as_str(), answers.words.as_str()];
    let said: Vec<&str> = said.into_iter().filter(|w| !w.is_empty()).collect();
    let mut words = Some(said.join("\n\n"));
    let state = desk.talk.state();
    if state.turns > 0 {
        // What was said already, when the same was ordered before, is not said again.
        let was_said = |words: &String| state.lines.contains(&Line::You(words.clone()));
        words = words.filter(|w| !w.is_empty() && !was_said(w));
    }
    if words.as_ref().is_none_or(String::is_empty) && has_nothing_to_revise(desk) {
        bail!(
            "{task} is saved; say what is to change: harness-tui task revise {task} \"…\"",
            task = desk.talk.id()
        );
    }
    let mut nudged = false;
    for _ in 0..MAX_TURNS {
        give(desk, wanted, answers)?;
        let state = desk.talk.state();
        // A new dialogue has nothing open yet, so the first words go out.
        if state.form.open().next().is_some() {
            return Ok(Stopped::Open);
        }
        let say = match words.take() {
            Some(words) => words,
            None if state.form.is_untold() => String::new(),
            None if state.has_new_draft() => return save(desk, wanted, answers),
            None if nudged => return Ok(Stopped::NoDraft),
            None => {
                nudged = true;
                DRAFT.to_owned()
            }
        };
        desk.say(&say)?;
        if !desk.listen()? || desk.talk.state().floor == Floor::Agent {
            return Ok(Stopped::Signal);
        }
        if let Some(failure) = desk.failed.take() {
            return Ok(Stopped::Failed(failure));
        }
    }
    Ok(Stopped::NoDraft)
}

/// Whether the task is saved and nothing was said or asked since.
fn has_nothing_to_revise(desk: &Desk<'_>) -> bool {
    let state = desk.talk.state();
    let revises = state.about.as_ref().is_some_and(|a| a.revises);
    let open = state.form.open().next().is_some();
    revises && !open && !state.form.is_untold() && !state.has_new_draft()
}

/// Gives what the file answers and, where that is wanted, what is recommended.
fn give(desk: &mut Desk<'_>, wanted: &Wanted<'_>, answers: &mut Answers) -> Result<(), Report> {
    let questions = desk.talk.state().form.questions();
    for (id, given) in answers.to(&questions)? {
        desk.give(&id, given)?;
    }
    if wanted.options.defaults {
        desk.take_defaults()?;
    }
    Ok(())
}

fn save(desk: &mut Desk<'_>, wanted: &Wanted<'_>, answers: &Answers) -> Result<Stopped, Report> {
    let anyway = wanted.options.save_anyway;
    let unused = answers.unused();
    if !unused.is_empty() && !anyway {
        return Ok(Stopped::Unused(unused));
    }
    match desk.talk.save(anyway) {
        Ok(digest) => Ok(Stopped::Saved(digest)),
        Err(CannotTalk::Save(error @ (CannotSave::Unplaced(_) | CannotSave::Faults(_)))) => {
            Ok(Stopped::Refused(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}
