//! The questions as cards: the one that a person is at whole, the others in two rows.

use super::Field;
use super::form::{At, Stop, stops};
use super::lay::Maker;
use crate::dialogue::form::Entry;
use crate::dialogue::lead::Shown;
use crate::dialogue::question::{Given, Question};
use crate::render::{Look, Row};
use crate::text::{Role, truncate, width, wrap};

/// The columns before a card's text.
const INDENT: usize = 5;

/// The cards of these questions.
pub(super) fn cards(maker: &mut Maker<'_>, shown: &Shown, ids: &[&String]) {
    let mut group: Option<&str> = None;
    maker.gap();
    for id in ids {
        let Some(entry) = shown.state.form.get(id) else {
            continue;
        };
        let own = entry.question.group.as_deref();
        if own != group {
            group = own;
            if let Some(group) = group {
                maker.gap();
                maker.push(Row::of(Look::Role(Role::Title), format!(" {group}")));
            }
        }
        card(maker, entry);
    }
}

fn card(maker: &mut Maker<'_>, entry: &Entry) {
    let dialogue = maker.dialogue;
    let id = &entry.question.id;
    let here = matches!(&dialogue.at, At::Question(own, _) if own == id);
    let open = dialogue.given(entry).is_none();
    let whole = here || (maker.roomy && open);
    if whole {
        maker.gap();
    }
    let from = maker.laid.rows.len();
    head(maker, entry, here);
    if whole {
        body(maker, entry, here);
    } else {
        let typed = dialogue.pad(&Field::Answer(id.clone()));
        let typed = typed.filter(|t| !t.is_blank());
        let text = match (dialogue.given(entry), typed) {
            (None, Some(typed)) => format!("✎ {}", typed.text().replace('\n', " ")),
            (None, None) => entry.question.text.clone(),
            (Some(given), _) => format!("→ {}", in_words(given)),
        };
        let room = maker.columns.saturating_sub(INDENT + 1);
        let row = lead(false).with(Look::Role(Role::Quiet), truncate(&text, room));
        maker.push(row);
    }
    let rows = from..maker.laid.rows.len();
    let whole_card = At::Question(id.clone(), 0);
    maker.laid.spots.insert(0, (rows.clone(), whole_card));
    if here {
        maker.laid.card = Some(rows);
    }
    if whole {
        maker.push(Row::empty());
    }
}

/// What was given, in a few words.
fn in_words(given: &Given) -> String {
    match given {
        Given::Answer { text } | Given::Default { text } => text.replace('\n', " "),
        Given::Skip => "the author decides".to_owned(),
        Given::Back { text } => format!("you ask: {text}"),
    }
}

/// The beginning of a card's rows.
fn lead(here: bool) -> Row {
    let bar = if here { "▌" } else { " " };
    Row::of(Look::Role(Role::Live), bar).with(Look::Plain, " ".repeat(INDENT - 1))
}

fn head(maker: &mut Maker<'_>, entry: &Entry, here: bool) {
    let question = &entry.question;
    let (role, word) = maker.dialogue.word(entry);
    let number = match question.number() {
        0 => format!("{:>3} ", question.id),
        number => format!("{number:>3} "),
    };
    let title = question.title.as_deref().unwrap_or("");
    let bar = if here { "▌" } else { " " };
    let mut row = Row::of(Look::Role(Role::Live), bar).with(Look::Role(Role::Title), number);
    let room = maker.columns.saturating_sub(INDENT + width(word) + 3);
    row = row.with(Look::Role(Role::Title), truncate(title, room));
    if question.blocking {
        row = row.with(Look::Role(Role::Attention), "  needed");
    } else if maker.dialogue.asks.is_some() {
        row = row.with(Look::Role(Role::Quiet), "  optional");
    }
    let taken = row.width() + width(word) + 1;
    let between = maker.columns.saturating_sub(taken).max(1);
    let row = row
        .with(Look::Plain, " ".repeat(between))
        .with(Look::Role(role), word);
    maker.push(row);
}

fn text(maker: &mut Maker<'_>, here: bool, look: Look, text: &str) {
    let room = maker.columns.saturating_sub(INDENT + 1).max(8);
    for row in wrap(text, room) {
        maker.push(lead(here).with(look, row));
    }
}

fn body(maker: &mut Maker<'_>, entry: &Entry, here: bool) {
    let question = &entry.question;
    text(maker, here, Look::Plain, &question.text);
    if let Some(why) = &question.why {
        let why = format!("why: {why}");
        text(maker, here, Look::Role(Role::Quiet), &why);
    }
    let given = maker.dialogue.given(entry).cloned();
    for (n, stop) in stops(question).into_iter().enumerate() {
        let from = maker.laid.rows.len();
        answer(maker, question, given.as_ref(), stop, here);
        let rows = from..maker.laid.rows.len();
        let at = At::Question(question.id.clone(), n);
        if maker.dialogue.at == at {
            maker.laid.chosen = Some(rows.clone());
        }
        maker.laid.spots.insert(0, (rows, at));
    }
    match given {
        Some(Given::Skip) => text(maker, here, Look::Role(Role::Quiet), "– the author decides"),
        Some(Given::Back { text: asked }) => {
            let asked = format!("↩ you asked: {asked}");
            text(maker, here, Look::Role(Role::Quiet), &asked);
        }
        _ => {}
    }
    let back = Field::Back(question.id.clone());
    if maker.dialogue.writing.as_ref() == Some(&back) {
        let ask = lead(here).with(Look::Role(Role::Command), "↩ ask back: ");
        maker.written(&ask, &back);
    }
}

/// A row an answer: whether it is chosen, its text, whether it is recommended.
fn answer(
    maker: &mut Maker<'_>,
    question: &Question,
    given: Option<&Given>,
    stop: Stop,
    here: bool,
) {
    let words = given.and_then(Given::answer);
    let recommended = question.recommended.as_deref();
    let (own, note) = match stop {
        Stop::Recommended => (recommended.unwrap_or_default(), None),
        Stop::Option(n) => match question.options.get(n) {
            Some(option) => (option.text.as_str(), option.note.as_deref()),
            None => return,
        },
        Stop::Own => return own_words(maker, question, words, here),
    };
    let chosen = words == Some(own);
    let mark = if chosen { "● " } else { "○ " };
    let role = if chosen { Role::Good } else { Role::Quiet };
    let recommends = Some(own) == recommended;
    let room = maker.columns.saturating_sub(INDENT + 3).max(8);
    let tail = if recommends { "  (recommended)" } else { "" };
    let rows = wrap(own, room);
    let last = rows.len().saturating_sub(1);
    for (n, row) in rows.into_iter().enumerate() {
        let mark = if n == 0 { mark } else { "  " };
        let fits = width(&row) + width(tail) <= room;
        let mut line = lead(here)
            .with(Look::Role(role), mark)
            .with(Look::Plain, row);
        if n == last && !tail.is_empty() && fits {
            line = line.with(Look::Role(Role::Name), tail);
        }
        maker.push(line);
        if n == last && !tail.is_empty() && !fits {
            let line = lead(here).with(Look::Role(Role::Name), tail);
            maker.push(line);
        }
    }
    for row in note.map(|n| wrap(n, room)).unwrap_or_default() {
        let line = lead(here)
            .with(Look::Plain, "  ")
            .with(Look::Role(Role::Quiet), row);
        maker.push(line);
    }
}

/// The row of a person's own words: what is written, what was given, or that they may be.
fn own_words(maker: &mut Maker<'_>, question: &Question, words: Option<&str>, here: bool) {
    let field = Field::Answer(question.id.clone());
    let writes = maker.dialogue.writing.as_ref() == Some(&field);
    let typed = maker.dialogue.typed.get(&field);
    if writes || typed.is_some_and(|t| !t.is_blank()) {
        let row = lead(here).with(Look::Role(Role::Command), "✎ ");
        return maker.written(&row, &field);
    }
    let listed = |text: &str| {
        question.recommended.as_deref() == Some(text)
            || question.options.iter().any(|o| o.text == text)
    };
    match words.filter(|w| !listed(w)) {
        Some(words) => {
            let room = maker.columns.saturating_sub(INDENT + 3).max(8);
            for (n, row) in wrap(words, room).into_iter().enumerate() {
                let mark = if n == 0 { "● " } else { "  " };
                let line = lead(here)
                    .with(Look::Role(Role::Good), mark)
                    .with(Look::Plain, row);
                maker.push(line);
            }
        }
        None => {
            let line = lead(here)
                .with(Look::Role(Role::Quiet), "✎ ")
                .with(Look::Role(Role::Quiet), "your own words");
            maker.push(line);
        }
    }
}
