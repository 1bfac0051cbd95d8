//! The draft: shown with where each answer landed, compared with the file, saved.

use super::desk::Desk;
use super::form;
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::CannotTalk;
use crate::dialogue::draft::Composed;
use crate::dialogue::save::CannotSave;
use crate::dialogue::typed::is_numbered;
use crate::text::SafeText;
use color_eyre::eyre::Report;

/// What a person wants of a draft.
pub(super) enum Decided {
    /// It is saved.
    Saved,
    /// The author was told something.
    Said,
    /// They leave.
    Left,
}

/// The draft as it would be saved, and the file as it is.
type Draft = (Composed, String);

/// Shows the draft and asks what becomes of it.
pub(super) fn decide(desk: &mut Desk<'_>) -> Result<Decided, Report> {
    let Some(mut draft) = desk.talk.composed()? else {
        return Ok(Decided::Left);
    };
    show(desk, &draft);
    loop {
        let Some(line) = desk.ask_lines("s save, d diff, w words for the author, q leave: ")?
        else {
            return Ok(Decided::Left);
        };
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        let rest = rest.trim().to_owned();
        match (word.to_lowercase().as_str(), rest.as_str()) {
            ("", _) => {}
            ("s" | "save", "") => {
                if save(desk, false)? {
                    return Ok(Decided::Saved);
                }
            }
            ("save", "anyway") => {
                if save(desk, true)? {
                    return Ok(Decided::Saved);
                }
            }
            ("d" | "diff", "") => diff(desk, &draft),
            ("show", "") => {
                if let Some(now) = desk.talk.composed()? {
                    draft = now;
                }
                show(desk, &draft);
            }
            ("q" | "quit" | "leave", "") => return Ok(Decided::Left),
            ("w" | "words" | "say", "") => {
                let Some(words) = desk.ask_lines("say: ")? else {
                    return Ok(Decided::Left);
                };
                if !words.is_empty() {
                    desk.say(&words)?;
                    return Ok(Decided::Said);
                }
            }
            ("w" | "words" | "say", words) => {
                desk.say(words)?;
                return Ok(Decided::Said);
            }
            _ if is_numbered(&line, &desk.talk.state().form.questions()) => {
                desk.say(&line)?;
                return Ok(Decided::Said);
            }
            _ => desk.line(
                "Not understood. s saves, `save anyway` also where answers have no place, d shows \
                 what changes, `w` and words tells the author, `2. …` answers a question anew, \
                 `show` shows the draft again, q leaves.",
            ),
        }
    }
}

/// Saves; says why not. Whether it is saved.
fn save(desk: &mut Desk<'_>, anyway: bool) -> Result<bool, Report> {
    let error = match desk.talk.save(anyway) {
        Ok(_) => return Ok(true),
        Err(CannotTalk::Save(error)) => error,
        Err(error) => return Err(error.into()),
    };
    desk.context.out.trouble("not saved:", &error.to_string());
    match error {
        CannotSave::Unplaced(_) | CannotSave::Untold(_) => {
            desk.line("Tell the author with `w`, or type `save anyway` to save it as it is.");
        }
        CannotSave::Faults(_) => desk.line("Tell the author with `w` what is to be mended."),
        _ => {}
    }
    Ok(false)
}

/// Prints the draft.
fn show(desk: &Desk<'_>, (made, _): &Draft) {
    let file = desk.talk.file().to_string();
    desk.line(paint(
        Role::Title,
        format!("\nThe draft of {}", safe(&file)),
    ));
    for (n, line) in made.text.lines().enumerate() {
        let at = u32::try_from(n + 1).unwrap_or(u32::MAX);
        let from = made.trace.at(at);
        let mark = match from.as_slice() {
            [] => String::new(),
            ids => format!("  ← {}", ids.join(", ")),
        };
        let line = SafeText::block(line);
        desk.line(format!("{line}{}", paint(Role::Name, mark)));
    }
    desk.line("");
    if let Some(workflow) = &desk.talk.state().workflow {
        let told = format!("Workflow: {} — {}", workflow.name, workflow.why);
        desk.line(safe(told.trim_end_matches([' ', '—'])));
    }
    for finding in &made.findings {
        let told = format!("fault: {}", safe(&finding.to_string()));
        desk.line(paint(Role::Bad, told));
    }
    for id in &made.trace.unplaced {
        desk.line(paint(Role::Attention, unplaced(desk, id)));
    }
    if made.findings.is_empty() && made.trace.unplaced.is_empty() {
        let told = "It passes the check, and every answer has its place.";
        desk.line(paint(Role::Good, told));
    }
}

/// An answer that no line of the draft is made from.
pub(super) fn unplaced(desk: &Desk<'_>, id: &str) -> String {
    let entry = desk.talk.state().form.get(id);
    let given = entry.and_then(|e| e.given.as_ref());
    let answer = given.map(form::told).unwrap_or_default();
    let asked = entry.map(|e| e.question.line()).unwrap_or_default();
    format!(
        "no line says what became of {id} ({}): {answer}",
        safe(&asked)
    )
}

/// Prints what saving would change in the file.
fn diff(desk: &Desk<'_>, (made, there): &Draft) {
    let name = desk.talk.file().to_string();
    let changed = similar::TextDiff::from_lines(there.as_str(), made.text.as_str());
    let text = changed.unified_diff().header(&name, &name).to_string();
    if text.is_empty() {
        desk.line("Nothing would change.");
    }
    for line in text.lines() {
        desk.line(super::asking::coloured(line));
    }
}
