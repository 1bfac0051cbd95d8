//! The questions, one by one. What is given to one is on disk before the next is asked.

use super::desk::{Desk, answered};
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::form::Entry;
use crate::dialogue::question::{Given, Question};
use crate::dialogue::typed::{self, Typed, is_letter, letter, typed};
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use crate::text::SafeText;
use color_eyre::eyre::Report;

/// The file in the dialogue's folder in which an answer is written with an editor.
const FILE: &str = "answer.md";
/// The largest answer that is taken from it.
const MAX_BYTES: u64 = 1024 * 1024;

/// Asks every question that is open. False: they leave.
pub(super) fn fill(desk: &mut Desk<'_>) -> Result<bool, Report> {
    let open = desk.talk.state().form.open();
    let ids: Vec<String> = open.map(|e| e.question.id.clone()).collect();
    let many = crate::text::many(ids.len(), "question");
    desk.line(paint(Role::Title, format!("\n{many} for you")));
    desk.line("Type `help` for what can be answered. Each answer is kept at once.");
    let mut at = 0;
    let mut group = None;
    let mut again = false;
    while let Some(entry) = ids.get(at).and_then(|id| desk.talk.state().form.get(id)) {
        if !entry.is_open() && !again {
            at += 1;
            continue;
        }
        again = false;
        let entry = entry.clone();
        if entry.question.group != group {
            group.clone_from(&entry.question.group);
            if let Some(group) = &group {
                desk.line(paint(Role::Title, format!("\n{}", safe(group))));
            }
        }
        show(desk, &entry, at + 1, ids.len());
        let Some(line) = desk.ask_lines(&prompt(&entry, at > 0))? else {
            return Ok(false);
        };
        let questions = desk.talk.state().form.questions();
        match typed(&entry, &questions, &line) {
            Typed::Given(given) => {
                let own = given.iter().any(|(id, _)| *id == entry.question.id);
                give_all(desk, given)?;
                at += usize::from(own);
            }
            Typed::Keep => at += 1,
            Typed::Nothing => {
                desk.line("Nothing is recommended here: write an answer, or `-` to leave it to the author.");
            }
            Typed::All => {
                let taken = desk.take_defaults()?;
                desk.line(format!(
                    "kept {}",
                    crate::text::many(taken, "recommended answer")
                ));
                at = 0;
            }
            Typed::Before if at > 0 => (at, again) = (at - 1, true),
            Typed::Before => desk.line("This is the first one."),
            Typed::AskBack => {
                let Some(text) = desk.ask_lines("what do you want to know? ")? else {
                    return Ok(false);
                };
                if !text.is_empty() {
                    give(desk, &entry.question.id, Given::Back { text })?;
                    at += 1;
                }
            }
            Typed::Edit => {
                if edit(desk, &entry)? {
                    at += 1;
                }
            }
            Typed::Help => help(desk, &entry.question),
            Typed::Leave => return Ok(false),
        }
    }
    Ok(true)
}

/// Gives several. Behind one that can't be kept the others are given back.
fn give_all(desk: &mut Desk<'_>, given: Vec<(String, Given)>) -> Result<(), Report> {
    let mut given = given.into_iter();
    while let Some((id, first)) = given.next() {
        if let Err(error) = give(desk, &id, first) {
            for (id, given) in given {
                desk.give_back(&answered(&id, Some(&given)));
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Gives, and says what is kept: what is on disk now, which has no secret in it.
fn give(desk: &mut Desk<'_>, id: &str, given: Given) -> Result<(), Report> {
    desk.give(id, given)?;
    let entry = desk.talk.state().form.get(id);
    let kept = entry.and_then(|e| e.given.as_ref()).map(told);
    let told = format!("kept {id}: {}", kept.unwrap_or_default());
    desk.line(paint(Role::Good, told));
    Ok(())
}

/// What was given, on one line.
pub(super) fn told(given: &Given) -> String {
    safe(&typed::told(given)).into_string()
}

fn show(desk: &Desk<'_>, entry: &Entry, nth: usize, of: usize) {
    let question = &entry.question;
    let title = question.title.as_deref().unwrap_or_default();
    let blocking = if question.blocking {
        ", it needs an answer"
    } else {
        ""
    };
    let head = format!("\n{} {title}", question.id);
    desk.line(format!(
        "{} ({nth} of {of}{blocking})",
        paint(Role::Title, SafeText::block(head.trim_end()))
    ));
    desk.line(safe(&question.text));
    if let Some(why) = &question.why {
        desk.line(format!("   Why: {}", safe(why)));
    }
    for (n, option) in question.options.iter().enumerate() {
        let note = option.note.as_deref().map(|n| format!(" — {n}"));
        let is = question.recommended.as_ref() == Some(&option.text);
        let recommended = if is { " (recommended)" } else { "" };
        let text = format!("{}{}", option.text, note.unwrap_or_default());
        desk.line(format!(
            "   {}) {}{recommended}",
            letter(question, n),
            safe(&text)
        ));
    }
    let listed = |text: &String| question.options.iter().any(|o| o.text == *text);
    if let Some(recommended) = question.recommended.as_ref().filter(|r| !listed(r)) {
        desk.line(format!("   Recommended: {}", safe(recommended)));
    }
    if let Some(given) = &entry.given {
        desk.line(format!("   Now: {}", told(given)));
    }
}

fn prompt(entry: &Entry, before: bool) -> String {
    let enter = match (&entry.given, &entry.question.recommended) {
        (Some(_), _) => "enter keeps it",
        (None, Some(_)) => "enter takes the recommended",
        (None, None) => "",
    };
    let back = match (before, is_letter(&entry.question, "b")) {
        (false, _) => "",
        (true, false) => "b back",
        (true, true) => "back",
    };
    let words = [enter, back].into_iter().filter(|w| !w.is_empty());
    let words: Vec<&str> = words.collect();
    if words.is_empty() {
        format!("{}: ", entry.question.id)
    } else {
        format!("{} [{}]: ", entry.question.id, words.join(", "))
    }
}

fn help(desk: &Desk<'_>, question: &Question) {
    let word = |short: &'static str, long: &'static str| {
        if is_letter(question, short) {
            long
        } else {
            short
        }
    };
    let options = !question.options.is_empty();
    let rows = [
        (options, "a letter".to_owned(), "that option"),
        (
            true,
            "enter".to_owned(),
            "the recommended answer, or what is there",
        ),
        (
            true,
            "any words".to_owned(),
            "your answer; a \\ at the end goes on in the next line",
        ),
        (true, word("e", "edit").to_owned(), "the answer in $EDITOR"),
        (
            true,
            "?".to_owned(),
            "ask the author back: ? and your question",
        ),
        (true, "-".to_owned(), "leave it to the author"),
        (true, word("b", "back").to_owned(), "the question before"),
        (true, "all".to_owned(), "every recommended answer"),
        (
            true,
            "1. … 2. …".to_owned(),
            "several at once, by their numbers",
        ),
        (true, word("q", "quit").to_owned(), "leave; all is kept"),
    ];
    for (_, word, says) in rows.iter().filter(|(is, ..)| *is) {
        desk.line(format!(
            "   {} {says}",
            paint(Role::Command, format!("{word:<10}"))
        ));
    }
}

/// An answer from the person's editor. False: none was given.
fn edit(desk: &mut Desk<'_>, entry: &Entry) -> Result<bool, Report> {
    let dir = desk.talk.dir().to_owned();
    let path = dir.join(FILE);
    let asked = entry.question.line();
    let now = entry.given.as_ref().and_then(Given::answer);
    let head = format!(
        "> {} {}\n> The answer goes below; lines such as these are left out.\n\n",
        entry.question.id,
        asked.replace('\n', " ")
    );
    let text = format!("{head}{}\n", now.unwrap_or_default());
    replace(&Disk, &path, text.as_bytes())?;
    if let Err(error) = (desk.edit)(&dir, FILE) {
        desk.context
            .out
            .trouble("error:", &crate::cli::out::whole(&error));
        return Ok(false);
    }
    let bytes = Disk.read(&path, MAX_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().skip_while(|l| l.starts_with('>'));
    let text = lines.collect::<Vec<_>>().join("\n");
    if text.trim().is_empty() {
        desk.line("Nothing was written.");
        return Ok(false);
    }
    let text = text.trim().to_owned();
    give(desk, &entry.question.id, Given::Answer { text })?;
    Ok(true)
}
