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

/// The questions of a message, in its order. `before` are those asked so far: see [`numbered`].
pub fn recognise(message: &str, before: &[Question]) -> Vec<Question> {
    recognise_among(message, before, &|_| false)
}

/// The same where something was given to some of `before`, which `answered` tells by their number.
pub fn recognise_among(
    message: &str,
    before: &[Question],
    answered: &dyn Fn(u32) -> bool,
) -> Vec<Question> {
    let text = without_artifacts(message);
    let lines = Lines::parse(&text);
    let outline = Outline::of(&lines);
    let mut items = split(&lines, &outline);
    items.retain(|i| i.in_section || i.asks());
    let asked = items.iter().filter_map(|i| Some((i.question()?, i.named)));
    let mut asked: Vec<(Question, bool)> = asked.collect();
    if asked.is_empty() {
        let prose = crate::documents::answer::asks_in_prose(message);
        let question = |text| Question {
            text,
            ..Question::default()
        };
        asked.extend(prose.map(|text| (question(text), false)));
    }
    asked.truncate(MOST);
    numbered(asked, before, answered)
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
                    Some(start) => {
                        items.push(Item::new(start, group.clone(), section.is_some()));
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
                if let Some(start) = start {
                    items.push(Item::new(start, group.clone(), section.is_some()));
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

/// How a line begins a question.
#[derive(Clone, Copy)]
struct Start<'t> {
    /// Its number, where it has one.
    number: Option<u32>,
    /// How that is written.
    by: By,
    /// The rest of the line.
    rest: &'t str,
}

/// How a question's number is written.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// `3.`, which may count anything; or not at all.
    Count,
    /// `Q3 …`: below a heading for questions its id; elsewhere a sentence may begin so.
    Word,
    /// `Q3. …`, `**Q3** …`: its id.
    Id,
}

impl<'t> Start<'t> {
    /// Of what stands at the beginning of a line or bullet, where that is an id.
    fn id(content: &'t str) -> Option<Self> {
        let (id, rest) = question_id(content)?;
        let behind = content.trim_start_matches(['*', '_', '[', ' ', 'Q', 'q']);
        let behind = behind.trim_start_matches(|c: char| c.is_ascii_digit());
        let by = if behind.starts_with(['.', ':', ')', ']', '*', '_']) {
            By::Id
        } else {
            By::Word
        };
        let number = Some(number_of(&id));
        Some(Self { number, by, rest })
    }

    fn count(number: Option<u32>, rest: &'t str) -> Self {
        let by = By::Count;
        Self { number, by, rest }
    }
}

/// Whether a line begins a question, and how.
fn begins(text: &str, any_bullet: bool) -> Option<Start<'_>> {
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
        return Some(Start::id(rest).unwrap_or_else(|| Start::count(Some(n), rest)));
    }
    let (bullet, content) = match marker(bare) {
        Some((None, rest)) => (true, rest),
        _ => (false, bare),
    };
    let listed = bullet && any_bullet && !content.is_empty();
    Start::id(content).or_else(|| listed.then(|| Start::count(None, content)))
}

/// Gives ids; with each question, whether its author named it by an id (`Q3`). One that was asked
/// in the same words keeps its id, and one that is named by an id of `before` is that question in
/// other words; where that one was `answered`, only if they have words in common: an author that
/// counts from one again asks something else, and no answer may come to stand under a question that
/// it was not given to. Every other one gets the number it has, or the next free one. What stands
/// there twice is asked once.
pub fn numbered(
    asked: Vec<(Question, bool)>,
    before: &[Question],
    answered: &dyn Fn(u32) -> bool,
) -> Vec<Question> {
    let mut asked = without_doubles(asked);
    let mut given: BTreeSet<u32> = BTreeSet::new();
    let mut ids: Vec<Option<u32>> = Vec::with_capacity(asked.len());
    for (question, _) in &asked {
        let words = key(question);
        let mut known = before.iter().filter(|b| key(b) == words);
        let again = known.find_map(|b| given.insert(b.number()).then(|| b.number()));
        ids.push(again);
    }
    let known: BTreeSet<u32> = before.iter().map(Question::number).collect();
    for ((question, named), id) in asked.iter().zip(&mut ids) {
        let wanted = question.number();
        let rewords =
            |b: &Question| b.number() == wanted && (!answered(wanted) || is_like(b, question));
        if id.is_none() && *named && before.iter().any(rewords) && given.insert(wanted) {
            *id = Some(wanted);
        }
    }
    let mut taken = known;
    for ((question, _), id) in asked.iter_mut().zip(ids) {
        let wanted = question.number();
        let number = match id {
            Some(number) => number,
            None if wanted > 0 && !taken.contains(&wanted) => wanted,
            None => taken.last().map_or(1, |n| n + 1),
        };
        taken.insert(number);
        question.id = format!("Q{number}");
    }
    asked.into_iter().map(|(question, _)| question).collect()
}

/// Without what stands there a second time: under one heading, in the same words.
fn without_doubles(asked: Vec<(Question, bool)>) -> Vec<(Question, bool)> {
    let mut seen = BTreeSet::new();
    let mut once = asked;
    once.retain(|(question, _)| {
        let words = key(question);
        words.is_empty() || seen.insert((question.group.clone(), words))
    });
    once
}

/// Whether two questions may be one in two wordings: of the words of the shorter one, a third stand
/// in the other, or what they are about is called the same.
fn is_like(one: &Question, other: &Question) -> bool {
    let title = |q: &Question| q.title.as_deref().map(same_key).filter(|t| !t.is_empty());
    if title(one).is_some() && title(one) == title(other) {
        return true;
    }
    let (one, other) = (key(one), key(other));
    let words = |text: &str| -> BTreeSet<String> {
        let long = text.split(' ').filter(|w| w.chars().count() > 2);
        long.map(str::to_owned).collect()
    };
    let (one, other) = (words(&one), words(&other));
    let common = one.intersection(&other).count();
    3 * common >= one.len().min(other.len()).max(1)
}

/// What two wordings of one question have in common.
fn key(question: &Question) -> String {
    same_key(&question.line())
}

/// The words of a text, without case and marks.
pub fn same_key(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let words: Vec<String> = words
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
