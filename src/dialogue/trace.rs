//! Which criterion, scope line or note each answer became.
//!
//! The author says it with a mark at the end of the line: `(Q1)`, `(Q1, Q3)`, `← Q2`. Marks are
//! taken off the text and kept here: in the saved task the clarification names what it became.

use super::form::{Entry, Form};
use crate::documents::task::clarification::question_id;

/// Where an answer landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The question.
    pub question: String,
    /// The criterion's id (`AC-2`) or the section (`Out of Scope`).
    pub target: String,
    /// The line of the draft, from 1, as it is shown.
    pub line: u32,
}

/// Every answer of a dialogue and where it landed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The landings, in the order of the lines.
    pub landings: Vec<Landing>,
    /// The answered questions that no line names, in the form's order.
    pub unplaced: Vec<String>,
}

impl Trace {
    /// What an answer became, for its line in the ledger: `AC-1, Out of Scope`.
    pub fn became(&self, question: &str) -> Option<String> {
        let mut targets: Vec<&str> = Vec::new();
        for landing in self.landings.iter().filter(|l| l.question == question) {
            if !targets.contains(&landing.target.as_str()) {
                targets.push(&landing.target);
            }
        }
        (!targets.is_empty()).then(|| targets.join(", "))
    }

    /// The questions whose answers a line became.
    pub fn at(&self, line: u32) -> Vec<&str> {
        let here = self.landings.iter().filter(|l| l.line == line);
        here.map(|l| l.question.as_str()).collect()
    }

    /// Fills in which answers of the form have no landing.
    pub(super) fn measure(mut self, form: &Form) -> Self {
        let answered = form
            .entries()
            .iter()
            .filter(|e| e.given.as_ref().and_then(|g| g.answer()).is_some());
        // A mark speaks of the answer that the author knew, not of one that came later.
        let placed = |e: &Entry| {
            let lands = self.landings.iter().any(|l| l.question == e.question.id);
            lands && e.drafted == e.given
        };
        let unplaced: Vec<&Entry> = answered.filter(|e| !placed(e)).collect();
        let unplaced: Vec<String> = unplaced
            .into_iter()
            .map(|e| e.question.id.clone())
            .collect();
        self.landings.retain(|l| !unplaced.contains(&l.question));
        self.unplaced = unplaced;
        self
    }
}

/// A line without its mark, and the questions that the mark names.
pub(super) fn unmarked(line: &str) -> (String, Vec<String>) {
    let bare = line.trim_end();
    let (body, tail) = bare
        .strip_suffix('.')
        .map_or((bare, ""), |body| (body, "."));
    for (open, close) in [("(", ")"), ("[", "]"), ("<!--", "-->"), ("←", "")] {
        let Some(inner) = body.strip_suffix(close) else {
            continue;
        };
        let Some(at) = inner.rfind(open) else {
            continue;
        };
        let ids = named(&inner[at + open.len()..]);
        if ids.is_empty() {
            continue;
        }
        let before = inner[..at].trim_end();
        // The full stop belongs to the sentence where none stands before the mark.
        let tail = if before.ends_with(['.', '!', '?', ':']) {
            ""
        } else {
            tail
        };
        return (format!("{before}{tail}"), ids);
    }
    (line.to_owned(), Vec::new())
}

/// The ids in a mark; none where it holds anything else.
fn named(mark: &str) -> Vec<String> {
    let mark = mark.trim();
    let mark = ["from ", "see ", "by "]
        .iter()
        .find_map(|w| mark.strip_prefix(w))
        .unwrap_or(mark);
    let mut ids = Vec::new();
    for word in mark.split([',', ';', ' ', '&', '+', '/']) {
        if word.is_empty() || word == "and" {
            continue;
        }
        match question_id(word) {
            Some((id, "")) => ids.push(id),
            _ => return Vec::new(),
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_and_words_in_brackets_stay() {
        let of = |line: &str| {
            let (text, ids) = unmarked(line);
            (text, ids.join(","))
        };
        assert_eq!(of("- AC-1: a. (Q1)"), ("- AC-1: a.".into(), "Q1".into()));
        assert_eq!(of("- b (Q1, Q3)."), ("- b.".into(), "Q1,Q3".into()));
        assert_eq!(of("- c ← Q2"), ("- c".into(), "Q2".into()));
        assert_eq!(of("- d [Q1 and Q2]  "), ("- d".into(), "Q1,Q2".into()));
        assert_eq!(of("- e <!-- Q4 -->"), ("- e".into(), "Q4".into()));
        assert_eq!(of("- f (from Q4)"), ("- f".into(), "Q4".into()));
        for kept in ["- f (see below)", "- g (Q1 is open)", "- h ()", "Q1"] {
            assert_eq!(of(kept), (kept.into(), String::new()));
        }
    }
}
