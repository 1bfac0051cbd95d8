//! A dialogue with somebody at the other end of standard input.

use super::desk::Desk;
use super::draft::Decided;
use super::{Led, Wanted, draft, form, tell_left};
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::state::{Floor, Line};
use crate::dialogue::typed::GO_ON;
use crate::text::SafeText;
use color_eyre::eyre::Report;

/// What comes next.
enum Next {
    Listen,
    Failed,
    Ask,
    Send,
    Draft,
    Talk,
}

/// Leads it until the task is saved or they leave.
pub(super) fn go(desk: &mut Desk<'_>, wanted: &Wanted<'_>) -> Result<Led, Report> {
    let led = until_saved(desk, wanted).inspect_err(|_| tell_left(desk, wanted))?;
    match &led {
        Led::Saved { task, .. } => {
            let told = format!("{task} is saved");
            let file = desk.talk.file().to_string();
            desk.line(format!("{} in {}", paint(Role::Good, told), safe(&file)));
        }
        Led::Left | Led::Signal(_) => tell_left(desk, wanted),
    }
    Ok(led)
}

fn until_saved(desk: &mut Desk<'_>, wanted: &Wanted<'_>) -> Result<Led, Report> {
    if !begin(desk, wanted)? {
        return Ok(desk.left());
    }
    loop {
        let goes_on = match next(desk) {
            Next::Listen => desk.listen()?,
            Next::Failed => failed(desk)?,
            Next::Ask => form::fill(desk)?,
            Next::Send => {
                desk.say("")?;
                desk.line("Told to the author.");
                true
            }
            Next::Draft => match draft::decide(desk)? {
                Decided::Saved => return Ok(saved(desk)),
                Decided::Said => true,
                Decided::Left => false,
            },
            Next::Talk => talk(desk)?,
        };
        if !goes_on {
            return Ok(desk.left());
        }
    }
}

fn next(desk: &Desk<'_>) -> Next {
    let state = desk.talk.state();
    if state.floor == Floor::Agent {
        Next::Listen
    } else if desk.failed.is_some() {
        Next::Failed
    } else if state.form.open().next().is_some() {
        Next::Ask
    } else if state.form.is_untold() {
        Next::Send
    } else if state.has_new_draft() {
        Next::Draft
    } else {
        Next::Talk
    }
}

/// The task as it was saved.
pub(super) fn saved(desk: &Desk<'_>) -> Led {
    let workflow = desk.talk.state().workflow.as_ref();
    Led::Saved {
        task: desk.talk.id().clone(),
        workflow: workflow.map(|w| (w.name.clone(), w.why.clone())),
    }
}

/// Says where it stands, and the first words where it is new. False: they leave.
fn begin(desk: &mut Desk<'_>, wanted: &Wanted<'_>) -> Result<bool, Report> {
    let state = desk.talk.state().clone();
    let about = state.about.clone();
    let revises = about.as_ref().is_some_and(|a| a.revises);
    let title = about.map(|a| a.title).unwrap_or_default();
    let head = format!("{} {}", desk.talk.id(), safe(&title));
    desk.line(paint(Role::Title, head));
    if state.lines.is_empty() {
        let mut words = wanted.words.clone();
        if revises && words.is_empty() {
            match desk.ask_lines("What is to change? ")? {
                Some(said) => words = said,
                None => return Ok(false),
            }
        }
        let author = safe(desk.talk.agent()).into_string();
        desk.say(&words)?;
        desk.line(format!(
            "{author} reads and asks. Ctrl-C interrupts, twice leaves; all is kept."
        ));
        return Ok(true);
    }
    let so_far = format!("goes on: {}", state.so_far());
    desk.line(so_far);
    if !wanted.words.is_empty() {
        desk.say(&wanted.words)?;
    }
    Ok(true)
}

/// The author asked nothing and has no new draft. False: they leave.
fn talk(desk: &mut Desk<'_>) -> Result<bool, Report> {
    let last = desk.talk.state().lines.last();
    if let Some(Line::Note(note)) = last {
        let note = safe(note).into_string();
        desk.line(paint(Role::Attention, note));
    }
    let prompt = "Say something to the author (enter: go on, q leave): ";
    said(desk, prompt)
}

fn said(desk: &mut Desk<'_>, prompt: &str) -> Result<bool, Report> {
    let Some(line) = desk.ask_lines(prompt)? else {
        return Ok(false);
    };
    match line.as_str() {
        "q" | "quit" | "leave" => return Ok(false),
        "d" | "draft" if desk.failed.is_some() && desk.talk.state().has_new_draft() => {
            desk.failed = None;
        }
        "" => desk.say(GO_ON)?,
        words => desk.say(words)?,
    }
    Ok(true)
}

/// The author's turn failed. False: they leave.
fn failed(desk: &mut Desk<'_>) -> Result<bool, Report> {
    if let Some(failure) = &desk.failed {
        let told = format!("{}: {}", failure.kind, failure.message);
        let told = SafeText::block(&told).into_string();
        desk.context.out.trouble("the author failed:", &told);
    }
    desk.line("What was said and answered is kept. Another agent goes on with --agent NAME.");
    let prompt = if desk.talk.state().has_new_draft() {
        "enter tries again, d the draft there is, or say something, q leave: "
    } else {
        "enter tries again, or say something, q leave: "
    };
    said(desk, prompt)
}
