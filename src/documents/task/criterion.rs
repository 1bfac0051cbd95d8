//! Acceptance criteria. `AC-n` written in a bullet wins; else the bullet's place among them counts.

use crate::documents::lines::{Lines, number};
use crate::documents::markdown::bullet::{Bullet, bullets, without_marker};
use crate::documents::markdown::{Outline, plain};
use crate::terms::{CriterionId, Finding, Place};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// One acceptance criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its id, without leading zeros.
    pub id: CriterionId,
    /// What it asks, on one line; what is nested in its bullet follows, parted by `; `.
    pub text: String,
    /// Its line, from 1.
    pub line: u32,
    /// Whether the id stands in the file.
    pub written: bool,
}

/// The criteria in a section.
pub fn read(lines: &Lines, outline: &Outline, range: Range<usize>) -> Vec<Criterion> {
    let mut items = bullets(lines, outline, range.clone());
    if items.is_empty() {
        items = bare_items(lines, outline, range);
    }
    let mut criteria = Vec::with_capacity(items.len());
    for (n, item) in items.iter().enumerate() {
        let (id, rest) = match leading_id(&item.text) {
            Some((id, rest)) => (Some(id), rest),
            None => (None, item.text.clone()),
        };
        let mut text = rest;
        for nested in &item.nested {
            text.push_str(if text.is_empty() { "" } else { "; " });
            text.push_str(nested);
        }
        criteria.push(Criterion {
            written: id.is_some(),
            id: id.unwrap_or_else(|| CriterionId::nth(n + 1)),
            text,
            line: number(item.line),
        });
    }
    criteria
}

/// Criteria without bullets: headings or paragraphs that begin with their id.
fn bare_items(lines: &Lines, outline: &Outline, range: Range<usize>) -> Vec<Bullet> {
    let mut found: Vec<Bullet> = Vec::new();
    for at in range {
        let text = lines.text(at).trim_start_matches(['#', ' ']);
        let heads = outline.headings.iter().any(|h| h.line == at);
        if !(heads || outline.is_text(at)) {
            continue;
        }
        if leading_id(text).is_some() {
            found.push(Bullet {
                line: at,
                end: at + 1,
                number: None,
                text: text.trim().to_owned(),
                nested: Vec::new(),
            });
        } else if let Some(last) = found.last_mut() {
            last.text.push(' ');
            last.text.push_str(text.trim());
            last.end = at + 1;
        }
    }
    found
}

/// The id a text begins with, and what follows it: `AC-1: text`, `**AC-07 — title** text`,
/// `[AC-2] text`, `AC 3. text`.
pub fn leading_id(text: &str) -> Option<(CriterionId, String)> {
    let text = without_marker(text).trim_start();
    let opened = text.trim_start_matches(['*', '_', '`', '[', '(']);
    let (id, rest) = id_at(opened)?;
    let rest = rest
        .trim_start_matches(['*', '_', '`', ']', ')'])
        .trim_start()
        .trim_start_matches([':', '.', '-', '–', '—'])
        .trim_start();
    let bold = text.starts_with("**") && rest.contains("**");
    let rest = if bold { plain(rest) } else { rest.to_owned() };
    Some((id, rest.trim_start_matches(['*', ' ']).trim().to_owned()))
}

/// The id that begins exactly here, in any spelling: `AC-7`, `AC-07`, `ac 7`, `AC7`.
fn id_at(text: &str) -> Option<(CriterionId, &str)> {
    let head = text.get(..2).filter(|h| h.eq_ignore_ascii_case("ac"))?;
    let rest = &text[head.len()..];
    let rest = rest.strip_prefix(['-', ' ', '\u{2011}']).unwrap_or(rest);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let number: usize = rest[..digits].parse().ok().filter(|n| *n < 1_000_000)?;
    let after = &rest[digits..];
    (!after.starts_with(char::is_alphanumeric)).then(|| (CriterionId::nth(number), after))
}

/// The id a cell or word holds and nothing else of weight, as [`leading_id`] reads it.
pub fn only_id(text: &str) -> Option<CriterionId> {
    leading_id(text).map(|(id, _)| id)
}

/// Every id that a text names.
pub fn mentioned(text: &str) -> HashSet<CriterionId> {
    let mut found = HashSet::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if matches!(c, 'A' | 'a')
            && !before.is_alphanumeric()
            && let Some((id, _)) = id_at(&text[at..])
        {
            found.insert(id);
        }
        before = c;
    }
    found
}

/// A finding for every criterion whose id an earlier one has.
pub fn duplicates(criteria: &[Criterion], file: &str) -> Vec<Finding> {
    let mut first: HashMap<&CriterionId, u32> = HashMap::new();
    let mut found = Vec::new();
    for criterion in criteria {
        if let Some(line) = first.get(&criterion.id) {
            found.push(
                Finding::new(
                    "task/criterion-duplicate",
                    format!("{} is also the criterion on line {line}", criterion.id),
                )
                .at(Place::line(file, criterion.line))
                .criterion(criterion.id.clone())
                .remedy("give every criterion its own number"),
            );
        } else {
            first.insert(&criterion.id, criterion.line);
        }
    }
    found
}
