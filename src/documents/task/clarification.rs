//! Questions and answers under `## Clarifications`: `- Q1 text → answer (AC-2)`.

use super::criterion::mentioned;
use crate::documents::lines::{Lines, number};
use crate::documents::markdown::bullet::bullets;
use crate::documents::markdown::{Outline, normal};
use crate::terms::CriterionId;
use std::ops::Range;

/// Sections an answer can have become part of.
const SECTIONS: [&str; 8] = [
    "summary",
    "scope",
    "in scope",
    "out of scope",
    "dependencies",
    "risks",
    "notes",
    "task notes",
];

/// One question and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clarification {
    /// `Q1`.
    pub id: String,
    /// What was asked.
    pub question: String,
    /// What was answered; `None` while it is open.
    pub answer: Option<String>,
    /// What the answer became: criteria and sections (`AC-2, Out of Scope`).
    pub became: Option<String>,
    /// Its line, from 1; 0 for one that is not in a file yet.
    pub line: u32,
    pub(super) lines: Range<usize>,
}

impl Clarification {
    /// A question that is not in a file yet.
    pub fn new(id: &str, question: &str, answer: Option<&str>, became: Option<&str>) -> Self {
        // Words in brackets at its end would be read as what it became.
        let answer = answer.map(flat).map(|text| match split_became(&text) {
            (_, Some(_)) => format!("{text}."),
            _ => text,
        });
        Self {
            id: flat(id),
            question: flat(question),
            answer,
            became: became.map(flat),
            line: 0,
            lines: 0..0,
        }
    }

    /// The criteria the answer became.
    pub fn criteria(&self) -> Vec<CriterionId> {
        let mut ids: Vec<_> = self
            .became
            .as_deref()
            .map_or_else(Vec::new, |b| mentioned(b).into_iter().collect());
        ids.sort();
        ids
    }

    /// Whether a word names a place that an answer can have become part of.
    pub fn is_place(word: &str) -> bool {
        super::criterion::only_id(word).is_some()
            || SECTIONS.contains(&normal(word.trim()).as_str())
    }

    pub(super) fn to_line(&self) -> String {
        // The first arrow parts question and answer, so the question may not hold one.
        let question = self.question.replace('→', "->");
        let mut line = format!("- {} {question} →", self.id);
        if let Some(answer) = self.answer.as_deref().filter(|a| !a.is_empty()) {
            line.push(' ');
            line.push_str(answer);
        }
        if let Some(became) = &self.became {
            line.push_str(&format!(" ({became})"));
        }
        line
    }
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn read(lines: &Lines, outline: &Outline, range: Range<usize>) -> Vec<Clarification> {
    let mut found = Vec::new();
    for (n, bullet) in bullets(lines, outline, range).into_iter().enumerate() {
        let (id, rest) = question_id(&bullet.text).unwrap_or_else(|| {
            let number = bullet.number.map_or(n + 1, |n| n as usize);
            (format!("Q{number}"), bullet.text.as_str())
        });
        let (question, answer) = split_arrow(rest);
        let (answer, became) = split_became(answer.unwrap_or_default());
        found.push(Clarification {
            id,
            question: question.trim().to_owned(),
            answer: (!answer.is_empty()).then(|| answer.to_owned()),
            became: became.map(str::to_owned),
            line: number(bullet.line),
            lines: bullet.line..bullet.end,
        });
    }
    found
}

/// The question's id a text begins with (`Q1`, `**Q1**`, `Q1:`), and the rest.
pub(crate) fn question_id(text: &str) -> Option<(String, &str)> {
    let bare = text.trim_start_matches(['*', '_', '[', ' ']);
    let rest = bare.strip_prefix(['Q', 'q'])?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    if digits == 0 || digits > 6 || after.starts_with(char::is_alphanumeric) {
        return None;
    }
    let after = after.trim_start_matches(['*', '_', ']']);
    let after = after
        .trim_start_matches([':', '.', ')'])
        .trim_start_matches('*');
    Some((format!("Q{number}"), after.trim()))
}

fn split_arrow(text: &str) -> (&str, Option<&str>) {
    for arrow in ["→", " -> ", " => "] {
        if let Some((question, answer)) = text.split_once(arrow) {
            return (question, Some(answer.trim()));
        }
    }
    (text, None)
}

/// Parts `answer (AC-2)`; other words in brackets belong to the answer.
fn split_became(answer: &str) -> (&str, Option<&str>) {
    let Some((before, inner)) = answer.strip_suffix(')').and_then(|a| a.rsplit_once('(')) else {
        return (answer, None);
    };
    if inner.split([',', ';']).all(Clarification::is_place) {
        (before.trim_end(), Some(inner.trim()))
    } else {
        (answer, None)
    }
}
