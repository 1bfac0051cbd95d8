//! The questions, one by one. What is given to one is on disk before the next is asked.

use super::desk::Desk;
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::form::Entry;
use crate::dialogue::question::{Given, Question, number_of};
use crate::dialogue::reply;
use crate::documents::markdown::bullet::marker;
use crate::documents::task::clarification::question_id;
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use crate::text::SafeText;
use color_eyre::eyre::Report;

/// The file in the dialogue's folder in which an answer is written with an editor.
const FILE: &str = "answer.md";
/// The largest answer that is taken from it.
const MAX_BYTES: u64 = 1024 * 1024;

/// What is typed at a question means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Typed {
    /// Something is given to these.
    Given(Vec<(String, Given)>),
    /// What was given stays.
    Keep,
    /// Nothing, and there is nothing to take.
    Nothing,
    /// Every recommended answer of those that are open.
    All,
    /// The question before.
    Before,
    /// Asking back, in words still to come.
    AskBack,
    /// In an editor.
    Edit,
    /// What can be typed.
    Help,
    /// Away.
    Leave,
}

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
                for (id, given) in given {
                    give(desk, &id, given)?;
                }
                at += usize::from(own);
            }
            Typed::Keep => at += 1,
            Typed::Nothing => {
                desk.line("Nothing is recommended here: write an answer, or `-` to leave it to the author.");
            }
            Typed::All => {
                let taken = desk.talk.take_defaults()?;
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

/// Gives, and says what is kept.
pub(super) fn give(desk: &mut Desk<'_>, id: &str, given: Given) -> Result<(), Report> {
    let told = told(&given);
    desk.talk.give(id, given)?;
    desk.line(paint(Role::Good, format!("kept {id}: {told}")));
    Ok(())
}

/// What was given, on one line.
pub(super) fn told(given: &Given) -> String {
    match given {
        Given::Answer { text } => safe(text).into_string(),
        Given::Default { text } => format!("{} (recommended)", safe(text)),
        Given::Skip => "left to the author".to_owned(),
        Given::Back { text } => format!("asked back: {}", safe(text)),
    }
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

/// The letter or number by which an option is chosen: its own, or that of its place.
fn letter(question: &Question, nth: usize) -> String {
    let own = question.options.get(nth).and_then(|o| o.key.clone());
    own.unwrap_or_else(|| {
        let place = u8::try_from(nth).ok().filter(|n| *n < 26);
        place.map_or_else(
            || (nth + 1).to_string(),
            |n| char::from(b'a' + n).to_string(),
        )
    })
}

fn option_of<'q>(question: &'q Question, word: &str) -> Option<&'q str> {
    let bare = word.trim_end_matches(['.', ')']).trim_start_matches('(');
    let mut letters = (0..question.options.len()).map(|n| (n, letter(question, n)));
    let (at, _) = letters.find(|(_, letter)| letter.eq_ignore_ascii_case(bare))?;
    question.options.get(at).map(|o| o.text.as_str())
}

fn is_letter(question: &Question, word: &str) -> bool {
    option_of(question, word).is_some()
}

/// What a line means at this question.
fn typed(entry: &Entry, questions: &[Question], line: &str) -> Typed {
    let question = &entry.question;
    let one = |given| Typed::Given(vec![(question.id.clone(), given)]);
    let line = line.trim();
    if line.is_empty() {
        return match (&entry.given, &question.recommended) {
            (Some(_), _) => Typed::Keep,
            (None, Some(text)) => one(Given::Default { text: text.clone() }),
            (None, None) => Typed::Nothing,
        };
    }
    // Where an option has the letter of a word, the letter is the option's.
    if let Some(text) = option_of(question, line) {
        return one(Given::Answer {
            text: text.to_owned(),
        });
    }
    match line.to_lowercase().as_str() {
        "all" | "defaults" | "take the defaults" => return Typed::All,
        "b" | "back" => return Typed::Before,
        "e" | "edit" => return Typed::Edit,
        "?" => return Typed::AskBack,
        "h" | "help" => return Typed::Help,
        "q" | "quit" | "leave" => return Typed::Leave,
        _ => {}
    }
    if is_numbered(line, questions) {
        let reply = reply::parse(line, questions);
        if !reply.given.is_empty() && reply.rest.is_empty() {
            return Typed::Given(reply.given);
        }
    }
    reply::given(question, line).map_or(Typed::Nothing, one)
}

/// Whether a line begins with the number of a question, as a whole reply does.
pub(super) fn is_numbered(line: &str, questions: &[Question]) -> bool {
    let number = match question_id(line.trim()) {
        Some((id, _)) => Some(number_of(&id)),
        None => marker(line).and_then(|(number, _)| number),
    };
    number.is_some_and(|n| questions.iter().any(|q| q.number() == n))
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
        desk.context.out.trouble("error:", &format!("{error:#}"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::question::Choice;

    fn entry(recommended: Option<&str>, options: &[&str]) -> Entry {
        let choice = |text: &&str| Choice {
            text: (*text).to_owned(),
            ..Choice::default()
        };
        Entry {
            question: Question {
                id: "Q1".into(),
                text: "Where?".into(),
                options: options.iter().map(choice).collect(),
                recommended: recommended.map(str::to_owned),
                ..Question::default()
            },
            given: None,
            told: false,
            before: Vec::new(),
            worded: Vec::new(),
            drafted: None,
            again: false,
        }
    }

    fn two() -> Vec<Question> {
        let question = |id: &str| Question {
            id: id.into(),
            ..Question::default()
        };
        vec![question("Q1"), question("Q2")]
    }

    fn answer(id: &str, text: &str) -> (String, Given) {
        (id.to_owned(), Given::Answer { text: text.into() })
    }

    #[test]
    fn an_options_letter_is_the_options_and_the_words_stay_words() {
        let with = entry(None, &["beside", "below"]);
        assert_eq!(
            typed(&with, &two(), "b"),
            Typed::Given(vec![answer("Q1", "below")])
        );
        assert_eq!(
            typed(&with, &two(), "B)"),
            Typed::Given(vec![answer("Q1", "below")])
        );
        assert_eq!(typed(&with, &two(), "back"), Typed::Before);
        let none = entry(None, &[]);
        assert_eq!(typed(&none, &two(), "b"), Typed::Before);
        assert_eq!(typed(&none, &two(), "e"), Typed::Edit);
        assert_eq!(typed(&none, &two(), ""), Typed::Nothing);
        assert_eq!(
            typed(&none, &two(), "-"),
            Typed::Given(vec![("Q1".into(), Given::Skip)])
        );
    }

    #[test]
    fn enter_takes_what_is_recommended_and_keeps_what_is_there() {
        let mut entry = entry(Some("3"), &[]);
        let three = Given::Default { text: "3".into() };
        assert_eq!(
            typed(&entry, &two(), " "),
            Typed::Given(vec![("Q1".into(), three)])
        );
        entry.given = Some(Given::Skip);
        assert_eq!(typed(&entry, &two(), ""), Typed::Keep);
    }

    #[test]
    fn a_whole_reply_goes_to_its_questions_and_a_number_alone_is_an_answer() {
        let entry = entry(Some("3"), &[]);
        let both = vec![answer("Q1", "beside"), answer("Q2", "3 again.")];
        assert_eq!(
            typed(&entry, &two(), "1. beside 2. 3 again."),
            Typed::Given(both)
        );
        for own in ["3 again.", "3", "9. of May", "1."] {
            assert_eq!(
                typed(&entry, &two(), own),
                Typed::Given(vec![answer("Q1", own)])
            );
        }
    }
}
