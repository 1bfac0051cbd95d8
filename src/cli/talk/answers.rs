//! A file of answers: what stands before the first number is told to the author, then an answer a
//! number, of whichever round of questions.

use crate::dialogue::question::{Given, Question, number_of};
use crate::dialogue::reply;
use crate::documents::markdown::bullet::marker;
use crate::documents::task::clarification::question_id;
use crate::store::fs::{Disk, Fs};
use crate::text::bytes;
use color_eyre::eyre::{Report, WrapErr, bail};
use std::path::Path;

/// The largest file of answers.
const MAX_BYTES: u64 = 256 * 1024;

/// What the file holds.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Its name, for places.
    name: String,
    /// What is told to the author first.
    pub(super) words: String,
    parts: Vec<Part>,
}

/// Lines that begin with a number, up to the next such line.
#[derive(Debug)]
struct Part {
    /// The line, from 1.
    line: usize,
    number: u32,
    text: String,
    used: bool,
}

impl Answers {
    /// Reads the file. A wrong line is named.
    pub(super) fn read(folder: &Path, file: &Path) -> Result<Self, Report> {
        let path = folder.join(file);
        let name = file.display().to_string();
        let read = Disk.read(&path, MAX_BYTES).wrap_err_with(|| {
            let most = bytes(MAX_BYTES);
            format!(
                "can't read {}, which may have {most} at most",
                path.display()
            )
        })?;
        match std::str::from_utf8(&read) {
            Ok(text) => Self::parse(&name, text),
            Err(error) => {
                let good = read.get(..error.valid_up_to()).unwrap_or_default();
                let line = good.iter().filter(|b| **b == b'\n').count() + 1;
                bail!(
                    "{name}:{line}: this is no text (UTF-8); write answers as `1. …`, a line each"
                )
            }
        }
    }

    fn parse(name: &str, text: &str) -> Result<Self, Report> {
        let mut answers = Self {
            name: name.to_owned(),
            ..Self::default()
        };
        for (n, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let at = n + 1;
            if line.contains(|c: char| c.is_control() && c != '\t') {
                bail!("{name}:{at}: there is a control character in this line; take it out");
            }
            match number(line) {
                Some(0) => bail!("{name}:{at}: no question has the number 0"),
                Some(number) => {
                    if let Some(first) = answers.parts.iter().find(|p| p.number == number) {
                        bail!(
                            "{name}:{at}: {number} is answered in line {} already; indent what \
                             belongs to an answer",
                            first.line
                        );
                    }
                    answers.parts.push(Part {
                        line: at,
                        number,
                        text: line.to_owned(),
                        used: false,
                    });
                }
                None => {
                    let to = answers.parts.last_mut().map(|p| &mut p.text);
                    let to = to.unwrap_or(&mut answers.words);
                    if !to.is_empty() {
                        to.push('\n');
                    }
                    to.push_str(line.trim_end());
                }
            }
        }
        answers.words = answers.words.trim().to_owned();
        Ok(answers)
    }

    /// What it gives to these questions, by their ids.
    pub(super) fn to(&mut self, questions: &[Question]) -> Result<Vec<(String, Given)>, Report> {
        let mut given: Vec<(String, Given)> = Vec::new();
        for part in self.parts.iter_mut().filter(|p| !p.used) {
            if !questions.iter().any(|q| q.number() == part.number) {
                continue;
            }
            let of_part = part.given(questions);
            let own = format!("Q{}", part.number);
            if !of_part.iter().any(|(id, _)| *id == own) {
                bail!(
                    "{}:{}: nothing is answered here; write an answer, or `-` to leave it to the author",
                    self.name,
                    part.line
                );
            }
            part.used = true;
            given.extend(of_part);
        }
        Ok(given)
    }

    /// The lines whose questions were never asked, each with its place.
    pub(super) fn unused(&self) -> Vec<String> {
        let unused = self.parts.iter().filter(|p| !p.used);
        unused
            .map(|p| {
                format!(
                    "{}:{}: no question {} was asked",
                    self.name, p.line, p.number
                )
            })
            .collect()
    }
}

impl Part {
    /// What it gives: its first line as a reply, and the lines below to the last answer in that,
    /// whatever numbers they have.
    fn given(&self, questions: &[Question]) -> Vec<(String, Given)> {
        let (first, below) = self.text.split_once('\n').unwrap_or((&self.text, ""));
        let mut given = reply::parse(first, questions).given;
        let below = below.trim_end().trim_start_matches('\n');
        if below.is_empty() {
            return given;
        }
        match given.last_mut() {
            Some((_, given)) => more(given, below),
            None => given.extend(
                questions
                    .iter()
                    .find(|q| q.number() == self.number)
                    .and_then(|q| Some((q.id.clone(), reply::given(q, below)?))),
            ),
        }
        given
    }
}

/// The same with more words.
fn more(given: &mut Given, words: &str) {
    match given {
        Given::Back { text } => *text = format!("{text}\n{words}"),
        Given::Answer { text } | Given::Default { text } => {
            let text = format!("{text}\n{words}");
            *given = Given::Answer { text };
        }
        Given::Skip => {
            let text = words.trim().to_owned();
            *given = Given::Answer { text };
        }
    }
}

/// The number that a line begins with. An indented one belongs to the answer above it.
fn number(line: &str) -> Option<u32> {
    if line.starts_with([' ', '\t']) {
        return None;
    }
    match question_id(line) {
        Some((id, _)) => Some(number_of(&id)),
        None => marker(line).and_then(|(number, _)| number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(n: u32) -> Vec<Question> {
        let question = |n: u32| Question {
            id: format!("Q{n}"),
            text: "What?".into(),
            ..Question::default()
        };
        (1..=n).map(question).collect()
    }

    #[test]
    fn several_rounds_take_what_is_theirs_and_the_rest_is_named() {
        let text =
            "Please be quick.\n\n1. beside 2. 3\nQ3: both:\n  1. this\n  2. that\n7. later\n";
        let mut answers = Answers::parse("a.md", text).unwrap();
        assert_eq!(answers.words, "Please be quick.");
        let given = answers.to(&questions(3)).unwrap();
        let told = |(id, g): &(String, Given)| format!("{id} {}", g.answer().unwrap_or_default());
        let told: Vec<String> = given.iter().map(told).collect();
        assert_eq!(
            told,
            ["Q1 beside", "Q2 3", "Q3 both:\n  1. this\n  2. that"]
        );
        assert_eq!(answers.unused(), ["a.md:7: no question 7 was asked"]);
        assert_eq!(answers.to(&questions(7)).unwrap().len(), 1);
        assert!(answers.unused().is_empty());
    }

    #[test]
    fn an_answer_may_stand_below_its_number() {
        let mut answers =
            Answers::parse("a.md", "1.\n  First this,\n\n  then that.\n2. skip\n").unwrap();
        let given = answers.to(&questions(2)).unwrap();
        let first = Given::Answer {
            text: "First this,\n\n  then that.".to_owned(),
        };
        assert_eq!(
            given,
            [("Q1".to_owned(), first), ("Q2".to_owned(), Given::Skip)]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        let wrong = |text: &str| {
            let parsed = Answers::parse("a.md", text);
            let given = parsed.and_then(|mut a| a.to(&questions(3)).map(drop));
            format!("{:#}", given.unwrap_err())
        };
        assert!(wrong("1. a\n1. b\n").starts_with("a.md:2: 1 is answered in line 1"));
        assert!(wrong("0. a\n").starts_with("a.md:1: "));
        assert!(wrong("1. a\n2.\n").starts_with("a.md:2: nothing is answered"));
        assert!(wrong("a\u{7}\n").starts_with("a.md:1: there is a control"));
    }
}
