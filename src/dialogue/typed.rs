//! What a person types at a question, a line at a time: an option's letter, words, a whole reply, or
//! what else may be done with it. The same at a plain terminal and where lines are read out.

use super::form::Entry;
use super::question::{Given, Question, number_of};
use super::reply;
use crate::documents::markdown::bullet::marker;
use crate::documents::task::clarification::question_id;

/// What the author is told where a person has nothing to add.
pub const GO_ON: &str = "Please go on.";

/// What a line means at a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
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

/// The letter or number by which an option is chosen: its own, or that of its place.
pub fn letter(question: &Question, nth: usize) -> String {
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

/// Whether a word chooses an option.
pub fn is_letter(question: &Question, word: &str) -> bool {
    option_of(question, word).is_some()
}

/// What a line means at this question; with what was given to it, where something was.
pub fn typed(entry: &Entry, questions: &[Question], line: &str) -> Typed {
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
pub fn is_numbered(line: &str, questions: &[Question]) -> bool {
    let number = match question_id(line.trim()) {
        Some((id, _)) => Some(number_of(&id)),
        None => marker(line).and_then(|(number, _)| number),
    };
    number.is_some_and(|n| questions.iter().any(|q| q.number() == n))
}

/// What was given, in words. Not yet safe for a terminal.
pub fn told(given: &Given) -> String {
    match given {
        Given::Answer { text } => text.clone(),
        Given::Default { text } => format!("{text} (recommended)"),
        Given::Skip => "left to the author".to_owned(),
        Given::Back { text } => format!("asked back: {text}"),
    }
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
        Entry::new(Question {
            id: "Q1".into(),
            text: "Where?".into(),
            options: options.iter().map(choice).collect(),
            recommended: recommended.map(str::to_owned),
            ..Question::default()
        })
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
