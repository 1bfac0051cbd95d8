//! What lies over the view.

use super::line::Line;
use super::rows;
use crate::text::{Role, SafeText, many, width, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::comment::Subject;
use crate::workbench::app::dialogue::Field;
use crate::workbench::app::overlay::{Overlay, Wanted, Yes};
use crate::workbench::app::painted::Spot;
use crate::workbench::app::{App, View};
use crate::workbench::layout::WIDEST;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear};

/// Paints the topmost layer.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    match app.overlays.last() {
        Some(Overlay::Actions {
            filter,
            scroll,
            grouped,
        }) => {
            super::list::draw(app, frame, body, (filter, *scroll, *grouped));
        }
        Some(Overlay::Lines { title, lines, top }) => {
            let columns = usize::from(WIDEST.min(body.width)).saturating_sub(15);
            let mut laid: Vec<Line> = Vec::new();
            for (word, text) in lines.iter().skip(*top) {
                let text = SafeText::line(text);
                for (n, row) in wrap(text.as_str(), columns).into_iter().enumerate() {
                    let word = if n == 0 { word.as_str() } else { "" };
                    let line = Line::new(app.theme).text(" ");
                    laid.push(line.column(Some(Role::Quiet), word, 10).text(row));
                }
            }
            let title = format!(" {} ", SafeText::line(title));
            let inner = window(app, frame, body, &title, laid.len());
            let room = usize::from(inner.height);
            if laid.len() > room {
                let more = format!("… {} more, down goes on", laid.len() + 1 - room);
                laid.truncate(room.saturating_sub(1));
                laid.push(Line::new(app.theme).role(Role::Quiet, more));
            }
            for (y, line) in (0..inner.height).zip(laid) {
                line.draw(frame, rows(inner, y, 1), None);
            }
        }
        Some(Overlay::Confirm { says, yes, top, .. }) => {
            let says = &wrapped(says, usize::from(body.width.min(WIDEST)).saturating_sub(6));
            let inner = window(app, frame, body, "", says.len() + 2);
            let room = usize::from(inner.height.saturating_sub(2));
            let cut = says.len().saturating_sub(room);
            let shown = if cut > 0 {
                room.saturating_sub(1)
            } else {
                room
            };
            // The question stays; what it would do is gone through below it.
            let skip = (*top).min(says.len().saturating_sub(shown));
            let beyond = says.len().saturating_sub(shown + skip);
            let more = (cut > 0).then(|| match beyond {
                0 => "↑ goes back".to_owned(),
                n => format!("… and {n} more, ↓ goes on"),
            });
            let lines = says.iter().take(1).chain(says.iter().skip(1 + skip));
            let lines = lines.take(shown).chain(&more);
            for (y, (n, text)) in (0..inner.height).zip(lines.enumerate()) {
                let line = Line::new(app.theme).text(" ");
                let line = if n == 0 {
                    line.role(Role::Title, text)
                } else {
                    line.text(text)
                };
                line.draw(frame, rows(inner, y, 1), None);
            }
            let last = inner.height.saturating_sub(1);
            let place = Rect {
                width: inner.width.min(6),
                ..rows(inner, last, 1)
            };
            app.painted.put(place, Spot::Yes);
            Line::new(app.theme)
                .text(" ")
                .role(Role::Command, yes_keys(app, yes))
                .text(" yes   ")
                .role(Role::Command, "any other key")
                .text(" no")
                .draw(frame, rows(inner, last, 1), None);
        }
        Some(Overlay::Ask(ask)) => super::ask::ask(app, frame, body, ask),
        Some(Overlay::Form(form)) => super::ask::form(app, frame, body, form),
        Some(Overlay::Runs { filter, scroll }) => {
            super::runs::draw(app, filter, scroll, frame, body);
        }
        Some(Overlay::Permit { permission, top }) => {
            super::dialogue::permission(app, frame, body, (permission, *top));
        }
        Some(Overlay::Authors { list, scroll }) => {
            super::dialogue::authors(app, frame, body, (list, scroll.at));
        }
        Some(Overlay::Chart) => super::pipeline::chart(app, frame, body),
        Some(Overlay::Costs(page)) => super::costs::draw(app, frame, body, page),
        Some(Overlay::Receipt(page)) => super::proven::draw(app, frame, body, page),
        Some(Overlay::Themes(picker)) => super::themes::draw(app, picker, frame, body),
        Some(Overlay::Text { .. }) | None => {}
    }
}

/// The fewest columns that a line which is written has, and those from which it does without.
const WRITTEN: (usize, usize) = (20, 48);

/// The first of the keys that are told.
fn first_of(told: &str) -> &str {
    let end = told.find("   ").map_or(told.len(), |at| at + 1);
    &told[..end]
}

/// The keys that are a yes to an order.
fn yes_keys(app: &App, yes: &Yes) -> String {
    match yes.light_key() {
        None => "y".to_owned(),
        Some(action) => match app.keymap.key(action) {
            Some(key) => format!("enter, y or {key}"),
            None => "enter or y".to_owned(),
        },
    }
}

/// Each of these in as many rows as it needs.
fn wrapped(says: &[String], columns: usize) -> Vec<String> {
    let rows = |text: &String| {
        let text = SafeText::line(text);
        let mut rows = wrap(text.as_str(), columns.max(8));
        for row in rows.iter_mut().skip(1) {
            row.insert_str(0, "  ");
        }
        rows
    };
    says.iter().flat_map(rows).collect()
}

/// What the footer says while a layer has the keys.
pub fn footer(app: &App) -> Option<Line> {
    let line = Line::new(app.theme).text(" ");
    if app.overlays.is_empty() && app.view == View::Dialogue {
        return writing(app, line);
    }
    Some(match app.overlays.last()? {
        Overlay::Text { wanted, input } => {
            let next = app.key_of(Action::NextMatch);
            let next = next.map_or_else(String::new, |key| format!(", {key} goes on"));
            let search = format!("enter keep{next}   esc leave it ");
            let mut asks = match app.open_comments() {
                0 => "What is to be changed? ".to_owned(),
                n => format!("Goes back with {}. What else? ", many(n, "comment")),
            };
            let editor = app.keymap.key(Action::WriteInEditor);
            let editor = editor.map_or_else(String::new, |key| format!("{key} editor   "));
            let says = format!("enter give   {editor}esc leave it ");
            let (role, before, after) = match wanted {
                Wanted::Filter => (Role::Command, "/", "enter keep   esc show all "),
                Wanted::Search => (Role::Command, "/", search.as_str()),
                Wanted::InPage => (Role::Command, "/", "enter keep   esc stop looking "),
                Wanted::Denial(_) => (
                    Role::Attention,
                    "Why not? ",
                    "enter deny   esc leave it open ",
                ),
                Wanted::Note { .. } => (
                    Role::Attention,
                    "For the next attempt: ",
                    "enter note it   esc leave it ",
                ),
                Wanted::Raise { raising, .. } => {
                    asks = crate::workbench::app::budget::asks(raising);
                    (
                        Role::Attention,
                        asks.as_str(),
                        "enter raise   esc leave it ",
                    )
                }
                Wanted::Reason { .. } => (
                    Role::Attention,
                    asks.as_str(),
                    "enter send back   esc leave it ",
                ),
                Wanted::Comment { subject, .. } => {
                    asks = match subject {
                        Subject::New(spot, _) => {
                            format!("Comment on {}: ", short(&spot.to_string()))
                        }
                        Subject::Old(id) => format!("{id}: "),
                    };
                    (Role::Attention, asks.as_str(), says.as_str())
                }
            };
            let room = |after: &str| {
                usize::from(app.size.0).saturating_sub(width(before) + width(after) + 3)
            };
            // What is written goes before what is said of keys.
            let least = (width(input.text()) + 1).clamp(WRITTEN.0, WRITTEN.1);
            let mut told = [after, first_of(after), ""].into_iter();
            let after = told.find(|told| room(told) >= least);
            let after = after.unwrap_or_default();
            let room = room(after);
            line.role(role, before)
                .written(input, room)
                .right(Role::Quiet, after)
        }
        Overlay::Permit { .. } => hints(
            line,
            usize::from(app.size.0),
            &[
                ("y D n r", "decide"),
                ("esc", "later"),
                ("↑ ↓", "go through it"),
            ],
        ),
        Overlay::Authors { .. } => line.role(Role::Quiet, "enter goes on with it   esc close"),
        Overlay::Ask(_) => line.role(Role::Quiet, "↑ and ↓ go through it"),
        Overlay::Form(_) => line.role(
            Role::Quiet,
            "ctrl-w word back   ctrl-u to the beginning   ctrl-_ undo",
        ),
        Overlay::Actions { .. } => line.role(Role::Quiet, "type to find   enter do it   esc close"),
        Overlay::Confirm { yes, .. } => line.role(Role::Command, yes_keys(app, yes)).role(
            Role::Quiet,
            " yes   ↑ and ↓ go through it   any other key: no",
        ),
        Overlay::Runs { .. } => line.role(Role::Quiet, "type to find   enter open it   esc close"),
        Overlay::Chart => line.role(Role::Quiet, "any key closes"),
        Overlay::Costs(page) => {
            let mut all = vec![("← →", "by what")];
            if page.run.is_some() {
                all.push(("tab", "all runs"));
            } else if app.run.id.is_some() || app.target_card().is_some() {
                all.push(("tab", "this run"));
            }
            if page.run.is_none() {
                all.push(("d", "7 days, 30, all"));
            }
            all.extend([("↑ ↓", "go through it"), ("esc", "close")]);
            hints(line, usize::from(app.size.0), &all)
        }
        Overlay::Receipt(_) => hints(
            line,
            usize::from(app.size.0),
            &[("↑ ↓", "go through it"), ("esc", "close")],
        ),
        Overlay::Themes(_) => line.role(
            Role::Quiet,
            "up and down show   enter keep   esc what it was",
        ),
        Overlay::Lines { .. } => line.role(Role::Quiet, "up and down, any other key closes"),
    })
}

/// The end of a place, which tells most of it.
fn short(place: &str) -> String {
    const MOST: usize = 28;
    let place = SafeText::line(place).into_string();
    let over = width(&place).saturating_sub(MOST);
    match over {
        0 => place,
        over => format!("…{}", crate::text::without_columns(&place, over + 1).1),
    }
}

/// Keys with what they do, the first ones first: those that there is room for.
fn hints(mut line: Line, columns: usize, all: &[(&str, &str)]) -> Line {
    for (n, (key, word)) in all.iter().enumerate() {
        let lead = if n == 0 { "" } else { "   " };
        if line.width() + lead.len() + width(key) + 1 + width(word) >= columns {
            break;
        }
        line = line
            .role(Role::Quiet, lead)
            .role(Role::Command, key)
            .role(Role::Quiet, format!(" {word}"));
    }
    line
}

/// What the footer says while something is written in the dialogue.
fn writing(app: &App, line: Line) -> Option<Line> {
    let gives = match app.dialogue.writing.as_ref()? {
        Field::Answer(_) => "give the answer",
        Field::Back(_) => "ask it",
        Field::Reply => "send",
    };
    let editor = app.keymap.key(Action::WriteInEditor);
    Some(hints(
        line,
        usize::from(app.size.0),
        &[
            ("enter", gives),
            ("esc", "keep it for later"),
            ("alt-enter", "new line"),
            ("@", "file"),
            (&editor.unwrap_or_default(), "editor"),
            ("ctrl-_", "undo"),
        ],
    ))
}

/// Nothing but the ground in this area.
pub fn cleared(app: &App, frame: &mut Frame<'_>, area: Rect) {
    app.painted.put(area, Spot::Layer);
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, app.theme.ground());
}

/// The same as wide as the body.
pub fn wide(app: &App, frame: &mut Frame<'_>, body: Rect, title: &str, lines: usize) -> Rect {
    let width = body.width.saturating_sub(2);
    framed(app, frame, body, title, (width, lines))
}

/// An empty framed window in the middle of the body; its inside.
pub(super) fn window(
    app: &App,
    frame: &mut Frame<'_>,
    body: Rect,
    title: &str,
    lines: usize,
) -> Rect {
    let width = WIDEST.min(body.width.saturating_sub(2));
    framed(app, frame, body, title, (width, lines))
}

pub(super) fn framed(
    app: &App,
    frame: &mut Frame<'_>,
    body: Rect,
    title: &str,
    (width, lines): (u16, usize),
) -> Rect {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    let height = lines.saturating_add(2).min(body.height);
    let area = Rect {
        x: body.x + (body.width - width) / 2,
        y: body.y + (body.height - height) / 2,
        width,
        height,
    };
    // A column beside it, so that nothing of what lies below touches its border.
    let x = area.x.saturating_sub(1).max(body.x);
    let around = Rect {
        x,
        width: (area.right() + 1).min(body.right()).saturating_sub(x),
        ..area
    };
    cleared(app, frame, around);
    bordered(app, frame, area, title)
}

/// A border around an area with a title in it; the inside.
pub(super) fn bordered(app: &App, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let block = Block::bordered().border_style(app.theme.rule());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let above = Rect {
        y: area.y,
        height: area.height.min(1),
        ..inner
    };
    // Over the border, of whose look nothing stays.
    let columns = u16::try_from(width(title)).unwrap_or(u16::MAX);
    let place = Rect {
        width: columns.min(above.width),
        ..above
    };
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, app.theme.ground());
    Line::new(app.theme)
        .role(Role::Title, title)
        .draw(frame, above, None);
    inner
}
