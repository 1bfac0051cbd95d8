//! The questions of a dialogue with what was given to each: the form that a person fills in.

use super::question::{Given, Question};
use super::recognise::same_key;
use std::fmt::Write as _;

/// A question and what was given to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The question, as it was asked last.
    pub question: Question,
    /// What was given; `None`: nothing yet.
    pub given: Option<Given>,
    /// Whether the author was told what was given.
    pub told: bool,
    /// What was given to it before, oldest first.
    pub before: Vec<Given>,
    /// Its earlier wordings, as the ledger has them.
    pub worded: Vec<String>,
    /// What the author knew of it when it wrote the last draft.
    pub drafted: Option<Given>,
    /// Whether it was asked again in other words since it was answered: the answer stands until
    /// another is given, and the author is told so.
    pub again: bool,
}

impl Entry {
    /// One that was asked now and is open.
    pub fn new(question: Question) -> Self {
        Self {
            question,
            given: None,
            told: false,
            before: Vec::new(),
            worded: Vec::new(),
            drafted: None,
            again: false,
        }
    }

    /// Whether a person may still want to say something to it.
    pub fn is_open(&self) -> bool {
        self.given.is_none()
    }
}

/// All questions of a dialogue, by their numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    entries: Vec<Entry>,
}

impl Form {
    /// Every entry, in the order in which the questions were asked first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The questions as they were asked last.
    pub fn questions(&self) -> Vec<Question> {
        self.entries.iter().map(|e| e.question.clone()).collect()
    }

    /// Whether something was given to the question of this number.
    pub fn is_given(&self, number: u32) -> bool {
        let own = self.entries.iter().find(|e| e.question.number() == number);
        own.is_some_and(|e| e.given.is_some())
    }

    /// The entry of a question.
    pub fn get(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.question.id == id)
    }

    /// Those nothing was given to.
    pub fn open(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|e| e.is_open())
    }

    /// Whether something was given that the author was not told.
    pub fn is_untold(&self) -> bool {
        self.entries.iter().any(|e| e.given.is_some() && !e.told)
    }

    /// Takes questions in. One that is asked again takes the place of its older wording and keeps
    /// an answer that was given to it. What was left to the author, or asked back, is open again.
    pub fn ask(&mut self, questions: Vec<Question>) {
        for question in questions {
            let old = self
                .entries
                .iter_mut()
                .find(|e| e.question.id == question.id);
            match old {
                Some(entry) => {
                    let old = entry.question.line();
                    let reworded = same_key(&old) != same_key(&question.line());
                    if old != question.line() {
                        entry.worded.push(old);
                    }
                    entry.question = question;
                    if entry.given.as_ref().and_then(Given::answer).is_some() {
                        entry.again |= reworded && entry.told;
                    } else {
                        entry.given = None;
                        entry.told = false;
                    }
                }
                None => self.entries.push(Entry::new(question)),
            }
        }
    }

    /// Gives something to a question; an id that is not asked is passed over. Whether it changed.
    pub fn give(&mut self, id: &str, given: Given) -> bool {
        let Some(entry) = self.entries.iter_mut().find(|e| e.question.id == id) else {
            return false;
        };
        let stands = std::mem::take(&mut entry.again);
        if entry.given.as_ref() == Some(&given) {
            entry.told &= !stands;
            return stands;
        }
        entry.before.extend(entry.given.replace(given));
        entry.told = false;
        true
    }

    /// What taking every recommended answer would give to the open questions.
    pub fn defaults(&self) -> Vec<(String, Given)> {
        let open = self.open().filter_map(|e| {
            let text = e.question.recommended.clone()?;
            Some((e.question.id.clone(), Given::Default { text }))
        });
        open.collect()
    }

    /// The author was told all that was given so far.
    pub fn told(&mut self) {
        for entry in &mut self.entries {
            entry.told |= entry.given.is_some();
            entry.again = false;
        }
    }

    /// The author may not have heard of these: they are to be told again.
    pub fn untell(&mut self, ids: &[String]) {
        for entry in &mut self.entries {
            if ids.contains(&entry.question.id) {
                entry.told = false;
            }
        }
    }

    /// The author wrote a draft, and knew what it had been told.
    pub fn drafted(&mut self) {
        for entry in &mut self.entries {
            entry.drafted = entry.given.clone().filter(|_| entry.told);
        }
    }

    /// What the author is told: what was given since the last time, each with its question, and
    /// what is still open. Empty where nothing was given since.
    pub fn message(&self) -> String {
        let mut text = String::new();
        for entry in self.entries.iter().filter(|e| !e.told || e.again) {
            let Some(given) = &entry.given else { continue };
            let (id, asked) = (&entry.question.id, entry.question.line());
            if let Some(answer) = given.answer().filter(|_| entry.again) {
                let _ = writeln!(text, "{id} {asked}\n→ {answer} (as answered before)\n");
                continue;
            }
            let _ = match given {
                Given::Answer { text: answer } => writeln!(text, "{id} {asked}\n→ {answer}\n"),
                Given::Default { text: answer } => {
                    writeln!(text, "{id} {asked}\n→ {answer} (as you recommend)\n")
                }
                Given::Skip => writeln!(
                    text,
                    "{id} {asked}\n→ (skipped: decide it yourself and say under Task Notes what you assumed)\n"
                ),
                Given::Back { text: back } => {
                    writeln!(
                        text,
                        "{id} {asked}\n→ (not answered; the person asks back:) {back}\n"
                    )
                }
            };
        }
        let open: Vec<&str> = self.open().map(|e| e.question.id.as_str()).collect();
        if !text.is_empty() && !open.is_empty() {
            let _ = writeln!(text, "Still open: {}.", open.join(", "));
        }
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(n: u32, text: &str) -> Question {
        Question {
            id: format!("Q{n}"),
            text: text.into(),
            recommended: (n == 2).then(|| "3".into()),
            ..Question::default()
        }
    }

    fn answer(text: &str) -> Given {
        Given::Answer { text: text.into() }
    }

    #[test]
    fn what_was_given_is_told_once() {
        let mut form = Form::default();
        form.ask(vec![question(1, "Where?"), question(2, "How many?")]);
        assert_eq!(form.message(), "");
        assert!(form.give("Q1", answer("beside")));
        assert!(!form.give("Q1", answer("beside")), "nothing new");
        assert!(!form.give("Q9", answer("x")));
        assert_eq!(form.message(), "Q1 Where?\n→ beside\n\nStill open: Q2.");
        form.told();
        assert_eq!(form.message(), "");
        for (id, given) in form.defaults() {
            form.give(&id, given);
        }
        assert_eq!(form.message(), "Q2 How many?\n→ 3 (as you recommend)");
        assert!(form.is_untold());
    }

    #[test]
    fn asked_again_an_answer_stays_and_a_question_back_is_open_again() {
        let mut form = Form::default();
        form.ask(vec![question(1, "Where?"), question(2, "How many?")]);
        form.give("Q1", answer("beside"));
        form.give(
            "Q2",
            Given::Back {
                text: "of what?".into(),
            },
        );
        form.ask(vec![
            question(1, "Where exactly?"),
            question(2, "How many posts?"),
        ]);
        assert_eq!(form.get("Q1").unwrap().given, Some(answer("beside")));
        assert_eq!(form.get("Q1").unwrap().question.text, "Where exactly?");
        let open: Vec<_> = form.open().map(|e| e.question.text.as_str()).collect();
        assert_eq!(open, ["How many posts?"]);
    }

    #[test]
    fn an_answer_to_what_is_asked_in_other_words_stands_and_is_told_again() {
        let mut form = Form::default();
        form.ask(vec![question(1, "Where?"), question(2, "How many?")]);
        form.give("Q1", answer("beside"));
        form.told();
        // The same words, marked otherwise, are nothing new.
        form.ask(vec![question(1, "**Where**?")]);
        assert!(!form.get("Q1").unwrap().again);
        form.ask(vec![question(1, "In which place exactly?")]);
        assert_eq!(form.entries().len(), 2);
        let again = form.get("Q1").unwrap();
        assert_eq!((again.again, again.told), (true, true));
        assert_eq!(again.given, Some(answer("beside")));
        assert!(
            form.message()
                .starts_with("Q1 In which place exactly?\n→ beside (as answered before)"),
            "{}",
            form.message()
        );
        // The same answer given once more counts, another one all the more.
        assert!(form.give("Q1", answer("beside")));
        assert!(!form.get("Q1").unwrap().told && !form.get("Q1").unwrap().again);
        form.told();
        form.ask(vec![question(1, "And where now?")]);
        assert!(form.give("Q1", answer("below")));
        assert_eq!(form.get("Q1").unwrap().before, [answer("beside")]);
        form.told();
        assert_eq!(form.message(), "");
    }
}
