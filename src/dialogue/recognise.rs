//! Questions in an agent's message: the form it was asked for, or plain numbered text as agents
//! write it by themselves.
//!
//! A question begins at a numbered line, at `Q1`, or, below a heading "Questions", at any bullet.
//! What follows until the next one belongs to it: why, options, the recommended answer.

mod item;

use super::question::{Question, number_of};
use crate::documents::lines::Lines;
use crate::documents::markdown::bullet::marker;
use crate::documents::markdown::{Kind, Outline, heading, normal, plain};
use crate::documents::task::clarification::question_id;
use item::Item;
use std::collections::BTreeSet;

/// The most questions that are taken from one message.
const MOST: usize = 100;

/// The questions of a message, in its order. `before` are those asked so far: one that is asked
/// again keeps its id; every other one gets the number it has in the message, or the next free one.
pub fn recognise(message: &str, before: &[Question]) -> Vec<Question> {
    let text = without_artifacts(message);
    let lines = Lines::parse(&text);
    let outline = Outline::of(&lines);
    let mut items = split(&lines, &outline);
    items.retain(|i| i.in_section || i.asks());
    let mut asked: Vec<Question> = items.iter().filter_map(Item::question).collect();
    if asked.is_empty() {
        let prose = crate::documents::answer::asks_in_prose(message);
        asked.extend(prose.map(|text| Question {
            text,
            ..Question::default()
        }));
    }
    asked.truncate(MOST);
    number(asked, before)
}

/// The message without what stands between artifact markers, and without quotes' marks.
fn without_artifacts(message: &str) -> String {
    let mut inside = false;
    let mut out = String::with_capacity(message.len());
    for line in message.lines() {
        let bare = line.trim();
        if !inside && bare.starts_with("<<<ARTIFACT") {
            inside = true;
        }
        if !inside {
            out.push_str(line);
        }
        if inside && bare == "ARTIFACT>>>" {
            inside = false;
        }
        out.push('\n');
    }
    out
}

/// Cuts the message into what may be questions.
fn split(lines: &Lines, outline: &Outline) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut group: Option<String> = None;
    let mut section: Option<u8> = None;
    let mut open = Open::default();
    for at in 0..lines.len() {
        let text = lines.text(at);
        match outline.kinds.get(at) {
            Some(Kind::Heading) => {
                let Some((level, title)) = heading(text) else {
                    continue;
                };
                if section.is_some_and(|s| level <= s) {
                    section = None;
                }
                match begins(title, true) {
                    Some((id, rest)) => {
                        items.push(Item::new(id, rest, group.clone(), section.is_some()));
                        open = Open::at(0, true);
                    }
                    None if is_questions(title) => {
                        section = Some(level);
                        group = Some(plain(title)).filter(|t| t.contains(' ') && !is_bare(t));
                        open = Open::default();
                    }
                    None => {
                        group = Some(plain(title.trim_end_matches(':')));
                        open = Open::default();
                    }
                }
            }
            Some(Kind::Blank) => open.after_blank = true,
            Some(Kind::Text) => {
                let depth = indent(text);
                // A label or an option goes on with the question, indented or not.
                let listed = !matches!(marker(text.trim()), Some((Some(_), _)));
                let nested = open.is && (depth >= open.depth + 2 || listed && item::goes_on(text));
                let start = (!nested).then(|| begins(text, section.is_some())).flatten();
                if let Some((id, rest)) = start {
                    items.push(Item::new(id, rest, group.clone(), section.is_some()));
                    open = Open::at(depth, false);
                } else if let Some(title) = label(text).filter(|_| !nested) {
                    group = Some(title);
                    open = Open::default();
                } else if let Some(item) = items.last_mut().filter(|_| open.takes(depth, text)) {
                    item.line(text);
                    open.after_blank = false;
                } else {
                    open = Open::default();
                }
            }
            Some(Kind::Rule) => open = Open::default(),
            _ => {}
        }
    }
    items
}

/// The item that lines still belong to.
#[derive(Default)]
struct Open {
    is: bool,
    depth: usize,
    /// It began as a heading: paragraphs below it belong to it.
    heading: bool,
    after_blank: bool,
}

impl Open {
    fn at(depth: usize, heading: bool) -> Self {
        Self {
            is: true,
            depth,
            heading,
            after_blank: false,
        }
    }

    /// Whether a line of text belongs to the item: what is indented, what follows without a blank
    /// line, and behind one what continues it by its form (a table, a label, a lettered option).
    fn takes(&self, depth: usize, text: &str) -> bool {
        self.is
            && (self.heading || !self.after_blank || depth >= self.depth + 2 || item::goes_on(text))
    }
}

fn indent(text: &str) -> usize {
    let blanks = text.chars().take_while(|c| c.is_whitespace());
    blanks.map(|c| if c == '\t' { 4 } else { 1 }).sum()
}

fn is_questions(title: &str) -> bool {
    let key = normal(title);
    let words = ["questions", "fragen", "preguntas", "domande", "vragen"];
    words.iter().any(|w| key.ends_with(w) || key.starts_with(w)) || key == "clarifications"
}

/// A title that names no subject.
fn is_bare(title: &str) -> bool {
    let bare = [
        "open questions",
        "my questions",
        "offene fragen",
        "questions for you",
    ];
    bare.contains(&normal(title).as_str())
}

/// A line that is a heading in bold: the name of the group below it.
fn label(text: &str) -> Option<String> {
    let bare = text.trim();
    let inner = bare
        .trim_end_matches(':')
        .strip_prefix("**")?
        .trim_end_matches(':')
        .strip_suffix("**")?;
    let is_one = !inner.contains("**") && !inner.contains('?') && !inner.is_empty();
    is_one.then(|| plain(inner.trim_end_matches(':')))
}

/// The number a question begins with, if a line begins one, and the rest of the line.
fn begins(text: &str, any_bullet: bool) -> Option<(Option<u32>, &str)> {
    let bare = text.trim();
    // `**1. Hero**`: the emphasis stands around number and subject.
    let inner = bare.trim_start_matches(['*', '_']);
    let dressed = bare.len() - inner.len();
    if let Some((Some(n), rest)) = marker(inner) {
        let rest = if dressed > 0 {
            // What closes the emphasis is taken off with the subject, later.
            &bare[bare.len() - rest.len()..]
        } else {
            rest
        };
        let (id, rest) = match question_id(rest) {
            Some((id, rest)) => (number_of(&id), rest),
            None => (n, rest),
        };
        return Some((Some(id), rest));
    }
    let (bullet, content) = match marker(bare) {
        Some((None, rest)) => (true, rest),
        _ => (false, bare),
    };
    if let Some((id, rest)) = question_id(content) {
        return Some((Some(number_of(&id)), rest));
    }
    (bullet && any_bullet && !content.is_empty()).then_some((None, content))
}

/// Gives ids: see [`recognise`].
fn number(mut asked: Vec<Question>, before: &[Question]) -> Vec<Question> {
    let mut taken: BTreeSet<u32> = before.iter().map(Question::number).collect();
    let mut given: BTreeSet<u32> = BTreeSet::new();
    for question in &mut asked {
        let key = same_key(&question.line());
        let again = before
            .iter()
            .find(|b| same_key(&b.line()) == key && !given.contains(&b.number()));
        let wanted = question.number();
        let number = match again {
            Some(old) => old.number(),
            None if wanted > 0 && !taken.contains(&wanted) => wanted,
            None => taken.last().map_or(1, |n| n + 1),
        };
        taken.insert(number);
        given.insert(number);
        question.id = format!("Q{number}");
    }
    asked
}

/// What two wordings of one question have in common: their words, without case and marks.
fn same_key(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
