//! One question's lines: its subject, its words, why it matters, what may be chosen.

use super::{By, Start};
use crate::dialogue::question::{Choice, Question};
use crate::documents::answer::weight;
use crate::documents::markdown::bullet::marker;
use crate::documents::markdown::{normal, plain};

/// Words before a colon that say why a question is asked.
const WHY: [&str; 11] = [
    "why",
    "why it matters",
    "why this matters",
    "reason",
    "because",
    "impact",
    "warum",
    "grund",
    "pourquoi",
    "por qué",
    "perché",
];
/// Words before a colon that name the answer the author recommends.
const RECOMMENDED: [&str; 20] = [
    "recommended",
    "recommendation",
    "recommended answer",
    "recommended option",
    "recommended default",
    "i recommend",
    "suggested",
    "suggested answer",
    "suggestion",
    "my suggestion",
    "default",
    "proposed default",
    "proposal",
    "empfehlung",
    "empfohlen",
    "vorschlag",
    "recommandé",
    "recommandation",
    "recomendado",
    "consigliato",
];
/// Words before a colon that begin a list of options.
const OPTIONS: [&str; 6] = [
    "options", "choices", "answers", "option", "optionen", "opciones",
];
/// The longest subject, in characters.
const SUBJECT: usize = 48;

/// Lines that may be a question.
#[derive(Debug, Default)]
pub(super) struct Item {
    pub number: Option<u32>,
    /// That number is an id: `Q3`.
    pub named: bool,
    pub group: Option<String>,
    /// It stands below a heading "Questions".
    pub in_section: bool,
    text: String,
    why: Option<String>,
    options: Vec<Choice>,
    recommended: Option<String>,
    /// What the next unmarked line goes on with.
    last: Last,
}

#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Last {
    #[default]
    Text,
    Why,
    Recommended,
    Option,
    Options,
}

impl Item {
    pub(super) fn new(start: Start<'_>, group: Option<String>, in_section: bool) -> Self {
        let mut item = Self {
            number: start.number,
            named: start.by == By::Id || start.by == By::Word && in_section,
            group,
            in_section,
            ..Self::default()
        };
        item.words(start.rest);
        item
    }

    /// Whether it asks something: it has a question mark, or an answer is recommended.
    pub(super) fn asks(&self) -> bool {
        self.text.contains(['?', '？']) || self.recommended.is_some()
    }

    /// Takes another line of it.
    pub(super) fn line(&mut self, line: &str) {
        let bare = line.trim();
        if bare.starts_with('|') {
            return self.row(bare);
        }
        let (marked, content) = match marker(bare) {
            Some((number, rest)) => (true, (number, rest)),
            None => (false, (None, bare)),
        };
        let (number, content) = content;
        let content = without_box(content);
        if self.label(content) {
            return;
        }
        if let Some((key, rest)) = lettered(content) {
            return self.option(Some(key), rest);
        }
        if marked {
            let listed = self.last == Last::Option || self.last == Last::Options;
            if listed || !content.contains('?') {
                return self.option(number.map(|n| n.to_string()), content);
            }
        }
        self.go_on(content);
    }

    /// `| A | text |`: an option by its row; the heading and the rule below it are none.
    fn row(&mut self, row: &str) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let is_rule = cells.iter().all(|c| c.trim_matches([':', '-']).is_empty());
        let heads = cells.first().is_some_and(|c| {
            let key = normal(c);
            OPTIONS.contains(&key.as_str()) || key == "#" || key.is_empty()
        });
        if is_rule || heads {
            return;
        }
        match cells.as_slice() {
            [key, text, rest @ ..] if plain(key).chars().count() <= 5 => {
                self.option(Some(plain(key)), text);
                self.note(rest);
            }
            [text, rest @ ..] => {
                self.option(None, text);
                self.note(rest);
            }
            [] => {}
        }
    }

    fn note(&mut self, cells: &[&str]) {
        let text = cells.join("; ");
        if let Some(option) = self.options.last_mut().filter(|_| !text.is_empty()) {
            option.note = Some(plain(&text));
        }
    }

    /// `why: …`, `**Recommended:** …`: whether the line is such a one.
    fn label(&mut self, content: &str) -> bool {
        let Some((kind, value)) = labelled(content) else {
            return false;
        };
        match kind {
            Last::Why => self.why = some(value),
            Last::Recommended => self.recommended = some(&without_because(value, &mut self.why)),
            Last::Options => {
                for part in parted(value) {
                    match lettered(part) {
                        Some((key, rest)) => self.option(Some(key), rest),
                        None => self.option(None, part),
                    }
                }
            }
            Last::Text | Last::Option => {}
        }
        self.last = kind;
        true
    }

    fn option(&mut self, key: Option<String>, text: &str) {
        let (text, best) = without_mark(text);
        let (text, note) = match text.split_once(" — ").or_else(|| text.split_once(" – ")) {
            Some((text, note)) => (text.to_owned(), some(note)),
            None => (text, None),
        };
        let text = plain(&text);
        if text.is_empty() {
            return;
        }
        if best {
            self.recommended = Some(text.clone());
        }
        self.options.push(Choice { key, text, note });
        self.last = Last::Option;
    }

    /// A wrapped line.
    fn go_on(&mut self, content: &str) {
        match self.last {
            Last::Text | Last::Options => self.words(content),
            Last::Why => join(self.why.get_or_insert_default(), content),
            Last::Recommended => join(self.recommended.get_or_insert_default(), content),
            Last::Option => {
                if let Some(option) = self.options.last_mut() {
                    join(&mut option.text, &plain(content));
                }
            }
        }
    }

    /// Words of the question itself, with labels that stand within the line taken out.
    fn words(&mut self, content: &str) {
        let mut rest = content;
        while let Some((before, kind, value, after)) = inline_label(rest) {
            join(&mut self.text, before);
            match kind {
                Last::Why => self.why = some(value),
                Last::Recommended => {
                    self.recommended = some(&without_because(value, &mut self.why));
                }
                _ => {
                    for part in parted(value) {
                        match lettered(part) {
                            Some((key, rest)) => self.option(Some(key), rest),
                            None => self.option(None, part),
                        }
                    }
                }
            }
            self.last = Last::Text;
            rest = after;
        }
        join(&mut self.text, rest);
    }

    /// The question; `None`: nothing is asked.
    pub(super) fn question(&self) -> Option<Question> {
        let (blocking, text) = weight(&self.text);
        let (title, text) = subject(&text);
        let text = plain(&text);
        let says_none = ["", "none", "no questions", "n/a", "nothing"];
        if says_none.contains(&text.to_lowercase().trim_end_matches('.')) {
            return None;
        }
        let recommended = self.recommended.as_deref().map(|r| self.chosen(r));
        Some(Question {
            id: format!("Q{}", self.number.unwrap_or(0)),
            group: self.group.clone(),
            title,
            text,
            why: self.why.as_deref().map(plain),
            options: self.options.clone(),
            recommended,
            blocking,
        })
    }

    /// The option that a recommendation names by its letter, or its own words.
    fn chosen(&self, recommended: &str) -> String {
        let bare = plain(recommended);
        let word = bare.trim_start_matches("Option ").trim_end_matches('.');
        let key = word
            .split([' ', ',', ':', '.', ')', '—', '-'])
            .next()
            .unwrap_or_default();
        let by_key = self.options.iter().find(|o| {
            let is = |k: &str| k.eq_ignore_ascii_case(key) && k.len() == key.len();
            o.key.as_deref().is_some_and(is)
        });
        let same = |o: &&Choice| o.text.eq_ignore_ascii_case(word);
        let by_text = self.options.iter().find(same);
        by_text
            .or(by_key)
            .map_or_else(|| word.to_owned(), |o| o.text.clone())
    }
}

/// Whether a line behind a blank one still belongs to a question, by its form.
pub(super) fn goes_on(text: &str) -> bool {
    let bare = text.trim();
    let content = marker(bare).map_or(bare, |(_, rest)| rest);
    bare.starts_with('|') || labelled(content).is_some() || lettered(content).is_some()
}

fn some(text: &str) -> Option<String> {
    let text = text.trim().trim_matches('*').trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn join(text: &mut String, more: &str) {
    let more = more.trim();
    if !text.is_empty() && !more.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

fn without_box(text: &str) -> &str {
    ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|b| text.strip_prefix(b))
        .unwrap_or(text)
}

/// `why: …` as a line of its own.
fn labelled(content: &str) -> Option<(Last, &str)> {
    let bare = content.trim_start_matches(['*', '_', '(', ' ']);
    let (key, value) = bare.split_once(':')?;
    let kind = kind_of(key)?;
    let value = value.trim_start_matches(['*', '_']).trim();
    let closed = value.strip_suffix(')').filter(|_| content.starts_with('('));
    let value = closed.unwrap_or(value);
    Some((kind, value))
}

fn kind_of(key: &str) -> Option<Last> {
    if key.len() > 40 {
        return None;
    }
    let key = normal(key);
    let is = |words: &[&str]| words.contains(&key.as_str());
    if is(&WHY) {
        Some(Last::Why)
    } else if is(&RECOMMENDED) {
        Some(Last::Recommended)
    } else if is(&OPTIONS) {
        Some(Last::Options)
    } else {
        None
    }
}

/// A label within a line: what stands before it, its kind, its value, and what follows. A value ends
/// where the next label begins, where its bracket or emphasis closes, or with the line.
fn inline_label(text: &str) -> Option<(&str, Last, &str, &str)> {
    for (colon, _) in text.match_indices(':') {
        let before = &text[..colon];
        let from = before
            .rfind(['.', '?', '(', '!', ';', '—', '–', '*', '[', ']'])
            .map_or(0, |at| {
                at + before[at..].chars().next().map_or(1, char::len_utf8)
            });
        let Some(kind) = kind_of(&before[from..]) else {
            continue;
        };
        let head = before[..from].trim_end_matches(['*', '_', '(', '[', ' ', '—', '–']);
        let bracket = before[..from].trim_end_matches(['*', '_']).ends_with('(');
        let value = text[colon + 1..].trim_start_matches(['*', '_']);
        let end = match value.find(')').filter(|_| bracket) {
            Some(end) => end,
            None => next_label(value).unwrap_or(value.len()),
        };
        let after = value[end..].trim_start_matches([')', '*', '_', '.']);
        let value = value[..end].trim().trim_end_matches(['(', '*', '_', ' ']);
        return Some((head, kind, value, after));
    }
    None
}

/// Where the next label begins in a value.
fn next_label(value: &str) -> Option<usize> {
    value.match_indices(':').find_map(|(colon, _)| {
        let before = &value[..colon];
        let from = before.rfind(['.', '?', '(', '!', ';', '—', '–', '*'])?;
        let from = from + before[from..].chars().next().map_or(1, char::len_utf8);
        kind_of(&before[from..]).map(|_| from)
    })
}

/// `3, because …`: the reason is why.
fn without_because(value: &str, why: &mut Option<String>) -> String {
    for cut in [", because ", " because ", " — ", " – ", ", since "] {
        if let Some((answer, reason)) = value.split_once(cut) {
            if why.is_none() {
                *why = some(reason);
            }
            return answer.trim().to_owned();
        }
    }
    value.to_owned()
}

/// `beside | below`, `beside / below`, `(a) beside or (b) below`.
fn parted(value: &str) -> Vec<&str> {
    for mark in [" | ", " / ", "; "] {
        if value.contains(mark) {
            return value.split(mark).map(str::trim).collect();
        }
    }
    let mut starts: Vec<usize> = value
        .match_indices('(')
        .map(|(at, _)| at)
        .filter(|at| lettered(&value[*at..]).is_some())
        .collect();
    if starts.len() > 1 {
        starts.push(value.len());
        return starts
            .windows(2)
            .map(|w| value[w[0]..w[1]].trim().trim_end_matches([',', ';']))
            .map(|part| part.trim_end_matches(" or").trim_end_matches([',', ';']))
            .collect();
    }
    let parts: Vec<&str> = value.split(", ").map(str::trim).collect();
    let is_list = parts.len() > 1 && parts.iter().all(|p| p.split(' ').count() <= 4);
    if is_list { parts } else { vec![value.trim()] }
}

/// `a) text`, `(b) text`, `C. text`, `**D:** text`, `Option E: text`.
fn lettered(text: &str) -> Option<(String, &str)> {
    let bare = text.trim_start_matches(['*', '_', '(', '[']);
    let bare = bare
        .strip_prefix("Option ")
        .or_else(|| bare.strip_prefix("option "))
        .unwrap_or(bare);
    let mut chars = bare.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    let rest = chars.as_str().trim_start_matches(['*', '_']);
    let rest = rest.strip_prefix([')', '.', ':', ']'])?;
    let rest = rest.trim_start_matches(['*', '_']);
    (rest.starts_with(' ')).then(|| (letter.to_ascii_uppercase().to_string(), rest.trim()))
}

/// An option without the mark that recommends it, and whether it had one.
fn without_mark(text: &str) -> (String, bool) {
    let lower = text.to_lowercase();
    for word in ["recommended", "default", "my recommendation", "preferred"] {
        for (open, close) in [('(', ')'), ('[', ']')] {
            let mark = format!("{open}{word}{close}");
            // Lower case may have another length than what it was made of.
            if let Some(at) = lower.find(&mark).filter(|_| lower.len() == text.len()) {
                let rest = format!("{}{}", &text[..at], &text[at + mark.len()..]);
                return (rest.replace("****", "").trim().to_owned(), true);
            }
        }
    }
    let starred = text.trim_start_matches(['⭐', '✅', '★', ' ']);
    (starred.to_owned(), starred.len() < text.trim_start().len())
}

/// The subject that a question begins with: `**Hero** — …`, `Hero: …`.
fn subject(text: &str) -> (Option<String>, String) {
    let bare = text.trim();
    if let Some((title, rest)) = bare.strip_prefix("**").and_then(|b| b.split_once("**")) {
        // Without a mark between them, bold words are the beginning of the question.
        let parted = title.ends_with([':', '.'])
            || rest.trim_start().starts_with([':', '.', '—', '–', '-'])
            || rest.trim_start().starts_with(char::is_uppercase);
        let rest = rest.trim_start_matches([':', '.', ' ', '—', '–', '-']);
        let title = plain(title.trim_end_matches([':', '.', ' ']));
        let fits = title.chars().count() <= SUBJECT && !title.contains('?') && parted;
        if fits && !rest.is_empty() {
            return (Some(title), rest.to_owned());
        }
        return (None, format!("{title} {rest}"));
    }
    // A heading's `1. Hero**` has lost what opened its emphasis.
    if let Some((title, rest)) = bare.split_once("**").filter(|(t, _)| !t.contains('?')) {
        let rest = rest.trim_start_matches([':', '.', ' ', '—', '–', '-']);
        let title = plain(title.trim_end_matches([':', '.', ' ']));
        if !title.is_empty() && title.chars().count() <= SUBJECT && rest.contains('?') {
            return (Some(title), rest.to_owned());
        }
    }
    for mark in [": ", " — ", " – ", " - "] {
        let Some((title, rest)) = bare.split_once(mark) else {
            continue;
        };
        let short = title.split(' ').count() <= 5 && title.chars().count() <= SUBJECT;
        if short && !title.contains(['?', '.', ',']) && rest.contains(['?', '？']) {
            return (Some(plain(title)), rest.to_owned());
        }
    }
    (None, bare.to_owned())
}
