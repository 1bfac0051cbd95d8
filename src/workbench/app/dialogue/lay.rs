//! The conversation as rows: what was said, the questions as cards below it, what is coming.

use super::card;
use super::form::At;
use super::pad::{Pad, seen};
use super::{Dialogue, Field};
use crate::dialogue::lead::Shown;
use crate::dialogue::question::Question;
use crate::dialogue::state::{Floor, Line};
use crate::render::{Look, Row, markdown};
use crate::text::{Role, pad, truncate, wrap};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The columns of the name beside what somebody said.
const GUTTER: usize = 9;
/// So many calls in a row are shown; of more only the last of them.
const CALLS: usize = 3;

/// The conversation in rows.
#[derive(Debug, Clone, Default)]
pub struct Laid {
    /// The rows.
    pub rows: Vec<Row>,
    /// What each of these rows leads to by a click.
    pub spots: Vec<(Range<usize>, At)>,
    /// The rows of what a person is at.
    pub chosen: Option<Range<usize>>,
    /// The rows of the whole question that a person is at.
    pub card: Option<Range<usize>>,
    /// The row and column of the caret.
    pub caret: Option<(usize, usize)>,
    /// Row and columns of what is selected.
    pub marked: Vec<(usize, Range<usize>)>,
    /// The row at which the message before the last questions begins.
    pub message: Option<usize>,
}

/// Messages that were laid out: what was said does not change.
#[derive(Debug, Clone, Default)]
pub struct Said {
    columns: usize,
    rows: HashMap<String, Arc<Vec<Row>>>,
    /// The message that is still coming.
    coming: markdown::Page,
}

impl Said {
    fn rows(&mut self, text: &str, columns: usize) -> Arc<Vec<Row>> {
        if self.columns != columns {
            self.columns = columns;
            self.rows.clear();
        }
        if let Some(rows) = self.rows.get(text) {
            return rows.clone();
        }
        let rows = Arc::new(markdown::page(text, columns));
        self.rows.insert(text.to_owned(), rows.clone());
        rows
    }
}

impl Said {
    /// The rows of the message that is still coming: what was there before is not laid out again.
    fn coming(&mut self, text: &str, columns: usize) -> Vec<Row> {
        let page = &mut self.coming;
        match text.strip_prefix(page.text()) {
            Some(more) if page.columns() == columns => page.append(more),
            _ => *page = markdown::Page::new(text, columns),
        }
        let rows = page.lay_all();
        page.rows(0..rows).cloned().collect()
    }
}

/// The rows of a text that is written, with its caret and what is selected in it.
#[derive(Debug, Clone, Default)]
pub struct Written {
    /// Each row's text.
    pub rows: Vec<String>,
    /// The row and column of the caret.
    pub caret: (usize, usize),
    /// Row and columns of what is selected.
    pub marked: Vec<(usize, Range<usize>)>,
}

impl Written {
    /// Of this text in so many columns.
    pub fn of(text: &Pad, columns: usize) -> Self {
        let ranges = text.rows(columns.saturating_sub(1).max(1));
        let at = text.nth_row(&ranges);
        let part = |r: Range<usize>| text.text().get(r).unwrap_or_default();
        let from = ranges.get(at).map_or(0, |r| r.start);
        let selected = text.selected();
        let marked = ranges.iter().enumerate().filter_map(|(n, row)| {
            let own = selected.clone()?;
            let (from, to) = (own.start.max(row.start), own.end.min(row.end));
            (from < to).then(|| {
                let before = seen(part(row.start..from));
                (n, before..before + seen(part(from..to)))
            })
        });
        Self {
            marked: marked.collect(),
            caret: (at, seen(part(from..text.caret()))),
            rows: ranges.into_iter().map(|r| part(r).to_owned()).collect(),
        }
    }
}

pub(super) struct Maker<'a> {
    pub(super) dialogue: &'a Dialogue,
    pub(super) columns: usize,
    /// Whether each open question is shown whole.
    pub(super) roomy: bool,
    pub(super) laid: Laid,
}

/// Lays the conversation out for so many columns, where so many rows are seen at once.
pub fn lay(dialogue: &Dialogue, said: &mut Said, (columns, height): (usize, usize)) -> Laid {
    let Some(shown) = dialogue.shown.clone() else {
        return Laid::default();
    };
    let mut maker = Maker {
        dialogue,
        columns: columns.max(20),
        roomy: height >= 45,
        laid: Laid::default(),
    };
    maker.about(&shown);
    maker.lines(&shown, said);
    maker.live(&shown, said);
    maker.sends(&shown);
    maker.laid
}

impl Maker<'_> {
    fn room(&self) -> usize {
        self.columns.saturating_sub(GUTTER + 2).max(8)
    }

    pub(super) fn push(&mut self, row: Row) {
        self.laid.rows.push(row);
    }

    /// An empty row, but where one stands already.
    pub(super) fn gap(&mut self) {
        if self.laid.rows.last().is_some_and(|r| r.width() > 0) {
            self.push(Row::empty());
        }
    }

    fn about(&mut self, shown: &Shown) {
        let Some(about) = &shown.state.about else {
            return;
        };
        if !about.wish.trim().is_empty() {
            let name = if about.item.is_some() { "item" } else { "you" };
            self.plain(name, Role::Quiet, &about.wish);
        }
    }

    /// Somebody's plain words.
    fn plain(&mut self, name: &str, role: Role, words: &str) {
        self.gap();
        for (n, row) in wrap(words.trim_end(), self.room()).into_iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let row = by(name, role).with(Look::Plain, row);
            self.push(row);
        }
    }

    /// A message of the agent's, rendered.
    fn rendered(&mut self, name: &str, text: &str, said: &mut Said) {
        if text.trim().is_empty() {
            return;
        }
        self.gap();
        self.laid.message = Some(self.laid.rows.len());
        let rows = said.rows(text, self.room());
        for (n, row) in rows.iter().enumerate() {
            let name = if n == 0 { name } else { "" };
            let mut own = by(name, Role::Name);
            own.spans.extend(row.spans.iter().cloned());
            own.ground = row.ground;
            self.push(own);
        }
    }

    /// One quiet line below the names.
    fn quiet(&mut self, role: Role, text: &str) {
        for row in wrap(text, self.room()) {
            let row = by("", Role::Quiet).with(Look::Role(role), row);
            self.push(row);
        }
    }

    fn lines(&mut self, shown: &Shown, said: &mut Said) {
        let lines = &shown.state.lines;
        let mut last: HashMap<&str, usize> = HashMap::new();
        for (n, line) in lines.iter().enumerate() {
            if let Line::Questions(ids) = line {
                last.extend(ids.iter().map(|id| (id.as_str(), n)));
            }
        }
        let agent = shown.state.agent.as_deref().unwrap_or(&shown.agent);
        for (n, line) in lines.iter().enumerate() {
            match line {
                Line::You(words) => self.plain("you", Role::Title, words),
                Line::Form(told) => self.plain("you", Role::Title, &in_short(told)),
                Line::Agent(text) => {
                    self.laid.message = Some(self.laid.rows.len());
                    let asked = lines[n + 1..].iter().take(2).find_map(|l| match l {
                        Line::Questions(ids) => Some(ids),
                        _ => None,
                    });
                    let first = asked.and_then(|ids| shown.state.form.get(ids.first()?));
                    let text = without_draft(text);
                    let text = first.map_or(text.clone(), |e| before(&text, &e.question));
                    self.rendered(agent, &text, said);
                }
                Line::Tool(title) => self.tool(shown, lines, n, title),
                Line::Questions(ids) => {
                    let (here, again): (Vec<_>, Vec<_>) =
                        ids.iter().partition(|id| last.get(id.as_str()) == Some(&n));
                    if !again.is_empty() {
                        let again: Vec<&str> = again.into_iter().map(String::as_str).collect();
                        let told = format!("{}: asked again below", again.join(", "));
                        self.quiet(Role::Quiet, &told);
                    }
                    card::cards(self, shown, &here);
                }
                Line::Draft => {
                    self.gap();
                    self.quiet(Role::Name, "✎ a draft of the task");
                }
                Line::Note(text) => {
                    self.gap();
                    self.quiet(Role::Attention, &format!("· {text}"));
                }
                Line::Saved => {
                    self.gap();
                    self.quiet(Role::Good, &format!("✓ saved as {}", shown.id));
                }
            }
        }
    }

    fn tool(&mut self, shown: &Shown, lines: &[Line], n: usize, title: &str) {
        let is_call = |l: &&Line| matches!(l, Line::Tool(_));
        let after = lines[n + 1..].iter().take_while(is_call).count();
        let above = lines[..n].iter().rev().take_while(is_call).count();
        if above == 0 {
            self.gap();
        }
        if after >= CALLS {
            if above == 0 {
                let left_out = after + 1 - CALLS;
                self.quiet(Role::Quiet, &format!("▸ {left_out} calls before these"));
            }
            return;
        }
        let runs = shown.live.tools.iter().any(|(_, t)| t == title);
        let (role, mark) = if runs {
            (Role::Live, '◐')
        } else {
            (Role::Quiet, '▸')
        };
        let text = truncate(&format!("{mark} {title}"), self.room());
        let row = by("", Role::Quiet).with(Look::Role(role), text);
        self.push(row);
    }

    fn live(&mut self, shown: &Shown, said: &mut Said) {
        let live = &shown.live;
        for text in &live.said {
            self.rendered(&shown.agent, &without_draft(text), said);
        }
        let writes = shown.state.floor == Floor::Agent;
        if !live.words.is_empty() {
            self.gap();
            let text = without_draft(&live.words);
            let rows = said.coming(text.trim_end(), self.room());
            for (n, row) in rows.into_iter().enumerate() {
                let name = if n == 0 { shown.agent.as_str() } else { "" };
                let mut own = by(name, Role::Name);
                own.spans.extend(row.spans);
                own.ground = row.ground;
                self.push(own);
            }
        }
        if writes {
            self.gap();
            let says = match (
                live.runs,
                live.words.is_empty(),
                live.permissions.is_empty(),
            ) {
                (_, _, false) => format!("? {} waits for your leave", shown.agent),
                (false, ..) => format!("◐ {} is being started…", shown.agent),
                (true, false, _) => format!("◐ {} writes…", shown.agent),
                (true, true, _) => format!("◐ {} is at it…", shown.agent),
            };
            let role = if live.permissions.is_empty() {
                Role::Live
            } else {
                Role::Attention
            };
            self.quiet(role, &says);
        }
        if let Some(notice) = &live.notice {
            self.quiet(Role::Attention, &format!("▲ {notice}"));
        }
    }

    /// The row that tells the author what was given.
    fn sends(&mut self, shown: &Shown) {
        let dialogue = self.dialogue;
        let untold = dialogue.untold();
        if untold == 0 || shown.state.floor == Floor::Agent {
            return;
        }
        self.gap();
        if let Some(asks) = &dialogue.asks {
            return self.sends_answers(asks);
        }
        let open = match dialogue.open() {
            0 => String::new(),
            n => format!("; {n} stay open"),
        };
        let what = crate::text::many(untold, "answer");
        self.sending(format!("  tell {} {what}{open}", shown.agent));
    }

    /// The row that sends what was answered to a run's stage.
    fn sends_answers(&mut self, asks: &super::asked::Asks) {
        let what = crate::text::many(self.dialogue.answers_given(), "answer");
        self.sending(format!("  {what}; {} then runs again", asks.name));
    }

    fn sending(&mut self, text: String) {
        let dialogue = self.dialogue;
        let at = self.laid.rows.len();
        let bar = if dialogue.at == At::Send { "▌" } else { " " };
        let row = Row::of(Look::Role(Role::Live), bar)
            .with(Look::Role(Role::Command), " ▸ send")
            .with(Look::Plain, text);
        self.push(row);
        self.laid.spots.push((at..at + 1, At::Send));
        if dialogue.at == At::Send {
            self.laid.chosen = Some(at..at + 1);
            self.laid.card = Some(at..at + 1);
        }
    }

    /// A text that is written, below a mark of so many columns.
    pub(super) fn written(&mut self, lead: &Row, field: &Field) {
        let indent = lead.width();
        let columns = self.columns.saturating_sub(indent + 1).max(4);
        let empty = Pad::default();
        let text = self.dialogue.typed.get(field).unwrap_or(&empty);
        let written = Written::of(text, columns);
        let from = self.laid.rows.len();
        for (n, row) in written.rows.iter().enumerate() {
            let own = if n == 0 {
                lead.clone()
            } else {
                blank_like(lead)
            };
            self.push(own.with(Look::Plain, row));
        }
        if self.dialogue.writing.as_ref() == Some(field) {
            let (row, column) = written.caret;
            self.laid.caret = Some((from + row, indent + column));
            for (row, range) in written.marked {
                let range = range.start + indent..range.end + indent;
                self.laid.marked.push((from + row, range));
            }
            let (found, at) = self.dialogue.completions();
            for (n, path) in found.iter().enumerate() {
                let sign = if n == at { "▸ " } else { "  " };
                let look = if n == at { Role::Command } else { Role::Quiet };
                let row = blank_like(lead).with(Look::Role(look), format!("{sign}{path}"));
                self.push(row);
            }
        }
    }
}

/// The beginning of a row that somebody said.
fn by(name: &str, role: Role) -> Row {
    let name = pad(&truncate(name, GUTTER - 1), GUTTER);
    Row::of(Look::Plain, " ").with(Look::Role(role), name)
}

/// A row as wide as the first, with nothing but its bar.
fn blank_like(lead: &Row) -> Row {
    let bar = lead.spans.first().map_or("", |s| s.text().as_str());
    let look = lead.spans.first().map_or(Look::Plain, |s| s.look);
    let rest = lead.width().saturating_sub(crate::text::width(bar));
    Row::of(look, bar).with(Look::Plain, " ".repeat(rest))
}

/// What was told by the form in a line an answer.
fn in_short(told: &str) -> String {
    let mut short = Vec::new();
    let mut id = "";
    for line in told.lines() {
        if line.starts_with("→ ") {
            short.push(format!("{id} {line}"));
            id = "  ";
        } else if line.starts_with('Q') {
            id = line.split(' ').next().unwrap_or_default();
        } else if !line.trim().is_empty() {
            short.push(line.to_owned());
        }
    }
    short.join("\n")
}

/// A message without the draft in it, which stands beside the conversation.
pub(in crate::workbench) fn without_draft(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut within = false;
    for line in text.lines() {
        let bare = line.trim_start();
        if bare.starts_with("<<<ARTIFACT") {
            within = true;
        }
        if !within {
            kept.push_str(line);
            kept.push('\n');
        }
        if bare.starts_with("ARTIFACT>>>") {
            within = false;
        }
    }
    if within {
        kept.push_str("\n*writes the draft…*\n");
    }
    kept
}

/// A message up to its first question: the questions stand below it as cards.
pub(in crate::workbench) fn before(text: &str, first: &Question) -> String {
    let number = first.number().to_string();
    let by_number = |line: &str| {
        let signs = ['#', '*', '-', ' ', '[', ']', '(', 'Q'];
        let bare = line.trim_start_matches(signs).strip_prefix(&number);
        bare.is_some_and(|rest| rest.starts_with(['.', ')', ':', '*', ' ', ']']))
    };
    let words: String = first.text.chars().take(24).collect();
    let by_words = |line: &str| !words.is_empty() && line.contains(&words);
    let lines: Vec<&str> = text.lines().collect();
    let found = lines.iter().position(|l| by_words(l));
    let Some(mut at) = found.or_else(|| lines.iter().position(|l| by_number(l))) else {
        return text.to_owned();
    };
    // Its own title and the heading of its group stand over the card too.
    let named = |line: &str, name: Option<&String>| name.is_some_and(|n| line.contains(n.as_str()));
    while let Some(above) = lines[..at].iter().rposition(|l| !l.trim().is_empty()) {
        let line = lines[above];
        let heads = named(line, first.title.as_ref()) || named(line, first.group.as_ref());
        if !heads && !by_number(line) {
            break;
        }
        at = above;
    }
    lines[..at].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_where_its_questions_begin() {
        let question = Question {
            id: "Q1".into(),
            group: Some("Look".into()),
            text: "Beside or below?".into(),
            ..Question::default()
        };
        let of = |text: &str| before(text, &question);
        assert_eq!(of("Hello.\n\n## Look\n\n1. Beside or below?"), "Hello.\n");
        assert_eq!(of("Hello.\n**Q1: Beside or below?**\nmore"), "Hello.");
        assert_eq!(of("No such thing."), "No such thing.");
        assert_eq!(of("In 1999.\n- Beside or below?"), "In 1999.");
        assert_eq!(
            of("1. I read it.\n\nSo:\n1. Beside or below?"),
            "1. I read it.\n\nSo:"
        );
        assert_eq!(of("So:\n### 1. Hero\n\nBeside or below?"), "So:");
    }

    #[test]
    fn the_draft_is_not_said_twice() {
        let text = "Here.\n<<<ARTIFACT task\n# Task\nARTIFACT>>>\nDone.";
        assert_eq!(without_draft(text), "Here.\nDone.\n");
        assert!(without_draft("Here.\n<<<ARTIFACT task\n# T").contains("writes the draft"));
    }

    #[test]
    fn what_was_told_is_said_in_short() {
        let told = "Q1 Where?\n→ beside\n\nQ2 How many?\n→ 3 (as you recommend)\n\nStill open: Q3.";
        assert_eq!(
            in_short(told),
            "Q1 → beside\nQ2 → 3 (as you recommend)\nStill open: Q3."
        );
    }
}
