//! The dialogue: the conversation with its questions, the draft beside it.

mod asked;

use super::line::{Line, upright};
use super::page::paint_row;
use super::{panes, rows};
use crate::dialogue::state::Floor;
use crate::render::Row;
use crate::text::{Role, SafeText, truncate, width};
use crate::workbench::actions::Action;
use crate::workbench::app::dialogue::lay::Written;
use crate::workbench::app::dialogue::pad::Pad;
use crate::workbench::app::dialogue::{Dialogue, Field};
use crate::workbench::app::{App, Pane};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// In fewer columns than this what is needed most is said alone.
const NARROW: u16 = 56;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    if app.dialogue.shown.is_none() {
        return nothing(app, frame, body);
    }
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        conversation(app, frame, area);
    }
    if let Some(area) = right {
        draft(app, frame, area);
    }
}

fn key(app: &App, action: Action) -> String {
    app.key_or_name(action)
}

/// What there is to begin with.
fn nothing(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let line = || Line::new(app.theme).text("  ");
    let mut lines = Vec::new();
    if let Some(why) = &app.dialogue.refused {
        let role = Role::Attention;
        lines.push(line().role(role, "▲ The dialogue can't be opened here."));
        let columns = usize::from(body.width).saturating_sub(6);
        let why = SafeText::line(why);
        for row in crate::text::wrap(why.as_str(), columns) {
            lines.push(line().text(format!("  {row}")));
        }
        lines.push(line());
    }
    if app.dialogue.opening.is_some() {
        lines.push(line().role(Role::Live, "◐ opening the dialogue…"));
    } else if let Some((_, title)) = app.talk_subject() {
        let id = app.backlog.chosen(&app.board).and_then(|e| {
            let item = e.item.as_ref().map(|i| i.id.to_string());
            item.or_else(|| Some(e.task.as_ref()?.id.to_string()))
        });
        if app.dialogue.refused.is_none() {
            lines.push(line().role(Role::Title, "No dialogue is open."));
            lines.push(line());
        }
        lines.push(
            line()
                .role(Role::Command, key(app, Action::Open))
                .text(if app.dialogue.refused.is_some() {
                    " tries again: "
                } else {
                    " begins one about "
                })
                .role(Role::Name, id.unwrap_or_default())
                .text(format!(" {title}")),
        );
        lines.push(
            line()
                .role(Role::Command, key(app, Action::Backlog))
                .text(" goes to the backlog, to choose another item"),
        );
        lines.push(line());
        lines.push(line().role(
            Role::Quiet,
            "The author reads the repository and asks what it can't know. It changes nothing.",
        ));
        lines.push(line().role(
            Role::Quiet,
            "Each answer is in the task's file at once; only you save the task.",
        ));
    } else {
        lines.push(line().role(Role::Title, "No dialogue is open."));
        lines.push(line());
        lines.push(
            line()
                .role(Role::Command, key(app, Action::Backlog))
                .text(" goes to the backlog: choose an item, or write one"),
        );
    }
    for (y, line) in (1..body.height).zip(lines) {
        line.draw(frame, rows(body, y, 1), None);
    }
}

fn conversation(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let focused = app.pane == Pane::Left;
    subject(app, frame, rows(area, 0, 1));
    let foot = app.talk_foot().min(area.height.saturating_sub(1));
    let list = rows(area, 1, area.height.saturating_sub(1 + foot));
    let dialogue = &app.dialogue;
    let laid = &dialogue.laid;
    for (y, n) in (0..list.height).zip(dialogue.top..) {
        let Some(row) = laid.rows.get(n) else { break };
        let place = rows(list, y, 1);
        paint_row(app, frame, place, row);
        let chosen = laid.chosen.as_ref().is_some_and(|c| c.contains(&n));
        if chosen && dialogue.writing.is_none() {
            let over = app.theme.chosen(focused);
            let beside = Rect {
                x: place.x + 1,
                width: place.width.saturating_sub(1),
                ..place
            };
            frame.buffer_mut().set_style(beside, over);
        }
        for (_, range) in laid.marked.iter().filter(|(at, _)| *at == n) {
            marked(frame, place, range);
        }
        if let Some((_, column)) = laid.caret.filter(|(at, _)| *at == n) {
            caret(frame, place, column);
        }
    }
    let below = rows(area, area.height - foot, foot);
    if dialogue.writing == Some(Field::Reply) {
        reply(app, frame, below);
    } else {
        next_step(app, usize::from(below.width)).draw(frame, below, None);
    }
}

fn marked(frame: &mut Frame<'_>, place: Rect, range: &std::ops::Range<usize>) {
    let at = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).min(place.width);
    let part = Rect {
        x: place.x + at(range.start),
        width: at(range.end) - at(range.start),
        ..place
    };
    let style = ratatui::style::Style::new().add_modifier(Modifier::REVERSED | Modifier::DIM);
    frame.buffer_mut().set_style(part, style);
}

fn caret(frame: &mut Frame<'_>, place: Rect, column: usize) {
    let Ok(column) = u16::try_from(column) else {
        return;
    };
    let column = column.min(place.width.saturating_sub(1));
    if let Some(cell) = frame.buffer_mut().cell_mut((place.x + column, place.y)) {
        cell.modifier.insert(Modifier::REVERSED);
    }
}

/// What it is about.
fn subject(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(shown) = &app.dialogue.shown else {
        return;
    };
    let mut line = Line::new(app.theme).text(" ");
    if let Some(asks) = &app.dialogue.asks {
        line = asked::subject(app, asks, line);
    }
    if let Some(about) = &shown.state.about {
        if let Some(item) = &about.item {
            line = line.role(Role::Name, item).text(" ");
        }
        line = line.role(Role::Title, &about.title);
        if about.revises {
            line = line.role(Role::Attention, "  revised");
        }
    }
    let all = app.dialogue.entries().len();
    let kept = app.dialogue.being_kept();
    if all > 0 && (kept == 0 || area.width >= NARROW) {
        let answered = app.dialogue.answered();
        line = line.right(Role::Quiet, format!("{answered} of {all} answered "));
    }
    if kept > 0 {
        line = line.right(Role::Live, format!(" ◐ {kept} being kept "));
    }
    line.draw(frame, area, None);
}

/// The one thing to do next, in words.
fn next_step(app: &App, columns: usize) -> Line {
    let dialogue = &app.dialogue;
    let line = Line::new(app.theme).text(" ");
    let Some(shown) = &dialogue.shown else {
        return line;
    };
    if let Some(asks) = &dialogue.asks {
        return asked::next_step(app, asks, line);
    }
    let key = |action| key(app, action);
    if !shown.live.permissions.is_empty() {
        return line
            .role(Role::Attention, "? the author asks leave: ")
            .role(Role::Command, key(Action::Permit))
            .text(" shows for what");
    }
    if shown.state.floor == Floor::Agent {
        return line
            .role(Role::Live, format!("◐ {} has its turn   ", shown.agent))
            .role(Role::Command, key(Action::Interrupt))
            .role(Role::Quiet, " stops it");
    }
    if let Some(why) = &dialogue.trouble {
        return line
            .role(Role::Bad, "✗ ")
            .text(why)
            .right(Role::Quiet, format!("{} tries again ", key(Action::Open)));
    }
    let open = dialogue.open();
    if dialogue.writing.is_some() {
        let says = format!("? {open} open   what you write is kept with its question");
        return line.role(Role::Quiet, says);
    }
    if open > 0 {
        return line
            .role(Role::Attention, format!("? {open} open   "))
            .role(Role::Command, key(Action::Open))
            .role(Role::Quiet, " takes the marked one   ")
            .role(Role::Command, key(Action::Answer))
            .role(Role::Quiet, " own words");
    }
    if dialogue.untold() > 0 {
        // What the disk has not got yet may still be refused.
        let line = match dialogue.being_kept() {
            0 => line.role(Role::Good, "● all is answered   "),
            kept => line.role(Role::Live, format!("◐ {kept} being kept   ")),
        };
        return line
            .role(Role::Command, key(Action::Open))
            .role(Role::Quiet, format!(" sends it to {}", shown.agent));
    }
    let saved = shown.state.saved.is_some() && !shown.state.since_saved;
    if saved {
        let saved = format!("✓ saved as {}   ", shown.id);
        return next_of_saved(app, line, &saved, columns);
    }
    if let Some((made, _)) = shown.draft.as_deref() {
        let unplaced = made.trace.unplaced.len();
        if !made.findings.is_empty() {
            return line
                .role(Role::Bad, "✗ the draft would not pass   ")
                .role(Role::Command, key(Action::Say))
                .role(Role::Quiet, " says so to the author");
        }
        if unplaced > 0 {
            // Where the draft is not in sight, these say which are meant.
            let what = match &made.trace.unplaced[..] {
                few if unplaced <= 3 => few.join(", "),
                _ => crate::text::many(unplaced, "answer"),
            };
            return line
                .role(Role::Attention, format!("▲ {what} not placed   "))
                .role(Role::Command, key(Action::Say))
                .role(Role::Quiet, " says where   ")
                .role(Role::Command, key(Action::SaveAnyway))
                .role(Role::Quiet, " saves anyway");
        }
        let line = match &shown.stale {
            Some(stale) => {
                let what = crate::text::many(stale.stages.len(), "stage");
                line.role(Role::Attention, format!("▲ makes {what} stale   "))
            }
            None => line.role(Role::Good, "✓ the draft is whole   "),
        };
        return line
            .role(Role::Command, key(Action::SaveTask))
            .role(Role::Quiet, " saves it   ")
            .role(Role::Command, key(Action::Say))
            .role(Role::Quiet, " asks for a change");
    }
    line.role(Role::Command, key(Action::Say))
        .role(Role::Quiet, format!(" writes to {}", shown.agent))
}

/// What comes after a task was saved: what rests on it as it was runs again, or it runs.
fn next_of_saved(app: &App, line: Line, saved: &str, columns: usize) -> Line {
    if let Some(view) = app.stale_in_dialogue() {
        let stale = view.run.stale();
        let names: Vec<&str> = stale.iter().map(|(id, _)| id.as_str()).collect();
        let names = names.join(", ");
        let line = line
            .role(Role::Attention, "▲ ")
            .role(Role::Command, key(app, Action::RerunStale));
        let says = " runs again only what is stale: ";
        // A name that is cut is none: then how many there are is said, and the graph names them.
        return if line.width() + width(says) + width(&names) < columns {
            line.role(Role::Quiet, says).text(names)
        } else {
            let what = crate::text::many(stale.len(), "stage");
            line.role(Role::Quiet, format!(" runs again what is stale: {what}"))
        };
    }
    let line = line.role(Role::Good, saved);
    let rests = app.dialogue.shown.as_ref().and_then(|s| s.stale.as_ref());
    let given = rests.is_some_and(|s| app.board.run(&s.run).is_some_and(|v| v.goes_on()));
    match app.may(Action::Run) {
        Ok(()) => line
            .role(Role::Command, key(app, Action::Run))
            .role(Role::Quiet, " runs it"),
        Err(_) if given => line.role(Role::Live, "◐ its run goes on"),
        Err(_) => line
            .role(Role::Command, key(app, Action::Say))
            .role(Role::Quiet, " asks for a change"),
    }
}

/// What is written to the author.
fn reply(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let dialogue: &Dialogue = &app.dialogue;
    let agent = dialogue.shown.as_ref().map_or("", |s| s.agent.as_str());
    let label = format!("── to {} ", SafeText::line(agent));
    let mut line = Line::new(app.theme).styled(app.theme.rule(), label);
    if let Some(why) = &dialogue.trouble {
        let room = usize::from(area.width).saturating_sub(line.width() + 6);
        let why = format!("✗ {} ", truncate(SafeText::line(why).as_str(), room));
        line = line.role(Role::Bad, why);
    }
    let rest = usize::from(area.width).saturating_sub(line.width());
    line.styled(app.theme.rule(), "─".repeat(rest))
        .draw(frame, rows(area, 0, 1), None);
    let empty = Pad::default();
    let pad = dialogue.pad(&Field::Reply).unwrap_or(&empty);
    let columns = usize::from(area.width).saturating_sub(3);
    let written = Written::of(pad, columns);
    let (found, at) = dialogue.completions();
    let room = usize::from(area.height.saturating_sub(1)).saturating_sub(found.len());
    let top = (written.caret.0 + 1).saturating_sub(room.max(1));
    let mut y = 1;
    for (n, text) in written.rows.iter().enumerate().skip(top).take(room.max(1)) {
        let place = rows(area, y, 1);
        let mark = if n == 0 { " › " } else { "   " };
        Line::new(app.theme)
            .role(Role::Command, mark)
            .text(text)
            .draw(frame, place, None);
        for (_, range) in written.marked.iter().filter(|(at, _)| *at == n) {
            marked(frame, place, &(range.start + 3..range.end + 3));
        }
        if written.caret.0 == n {
            caret(frame, place, written.caret.1 + 3);
        }
        y += 1;
    }
    for (n, path) in found.iter().enumerate() {
        let (role, sign) = if n == at {
            (Role::Command, "▸ ")
        } else {
            (Role::Quiet, "  ")
        };
        Line::new(app.theme)
            .text("   ")
            .role(role, format!("{sign}{path}"))
            .draw(frame, rows(area, y, 1), None);
        y += 1;
    }
}

fn draft(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(shown) = &app.dialogue.shown else {
        return;
    };
    let mut line = Line::new(app.theme).text(" ");
    line = match &app.dialogue.asks {
        Some(_) => line.role(Role::Title, "Why it asks"),
        None => line.role(Role::Name, shown.file.as_str()),
    };
    if let Some((made, _)) = shown.draft.as_deref() {
        let answered = shown.state.form.entries().iter();
        let answered = answered.filter(|e| e.given.as_ref().is_some_and(|g| g.answer().is_some()));
        let all = answered.count();
        let placed = all.saturating_sub(made.trace.unplaced.len());
        let role = if all == 0 {
            Role::Quiet
        } else if placed == all {
            Role::Good
        } else {
            Role::Attention
        };
        line = if app.dialogue.draft.diff {
            line.right(Role::Quiet, "against the file ")
        } else {
            let says = match all {
                0 => "as it would be saved ".to_owned(),
                _ => format!("{placed} of {all} answers placed "),
            };
            line.right(role, says)
        };
    }
    line.draw(frame, rows(area, 0, 1), None);
    let page = rows(area, 1, area.height.saturating_sub(1));
    let draft = &app.dialogue.draft.page;
    super::page::draw(app, frame, page, draft, app.pane == Pane::Right);
    if app.pane == Pane::Right && app.two_panes() {
        upright(app.theme, frame, area.x.saturating_sub(2), area);
    }
}

/// What the author asks leave for.
pub fn permission(
    app: &App,
    frame: &mut Frame<'_>,
    body: Rect,
    (permission, top): (&crate::agents::talk::Permission, usize),
) {
    let agent = app.dialogue.shown.as_ref().map_or("", |s| s.agent.as_str());
    let title = format!(" {} asks leave ", SafeText::line(agent));
    let columns = usize::from(body.width.min(super::super::layout::WIDEST)).saturating_sub(6);
    let mut laid: Vec<Row> = Vec::new();
    let head = format!("{}  {}", permission.tool, permission.title);
    for row in crate::text::wrap(&head, columns) {
        laid.push(Row::of(
            crate::render::Look::Role(Role::Title),
            format!(" {row}"),
        ));
    }
    if let Some(diff) = &permission.diff {
        laid.push(Row::empty());
        laid.extend(change(diff, columns));
    }
    let keys = decisions(app, columns + 1);
    let inner = super::overlay::window(app, frame, body, &title, laid.len() + keys.len() + 1);
    let below = u16::try_from(keys.len()).unwrap_or(u16::MAX);
    // An empty row over the keys, where that leaves some for what is asked.
    let apart = u16::from(inner.height > below + 3);
    let height = inner.height.saturating_sub(below + apart);
    let room = usize::from(height);
    let top = top.min(laid.len().saturating_sub(room));
    let hidden = laid.len().saturating_sub(top + room);
    for (y, row) in (0..height).zip(laid.iter().skip(top)) {
        paint_row(app, frame, rows(inner, y, 1), row);
    }
    let last = keys.len().saturating_sub(1);
    for (n, (y, line)) in (height + apart..inner.height).zip(keys).enumerate() {
        let says = apart == 0 && n == last && hidden + top > 0;
        let line = if says { more(line, hidden) } else { line };
        line.draw(frame, rows(inner, y, 1), None);
    }
    if apart > 0 && hidden + top > 0 {
        let line = more(Line::new(app.theme), hidden);
        line.draw(frame, rows(inner, height, 1), None);
    }
}

fn more(line: Line, hidden: usize) -> Line {
    line.right(Role::Quiet, format!("↓ {hidden} more "))
}

/// What can be decided, in as many rows as it takes.
fn decisions(app: &App, columns: usize) -> Vec<Line> {
    let all = [
        ("y", "allow once"),
        ("D", "for this dialogue"),
        ("n", "deny"),
        ("r", "deny with why"),
        ("esc", "later"),
    ];
    let mut lines = vec![Line::new(app.theme)];
    for (key, word) in all {
        let taken = lines.last().map_or(0, Line::width);
        if taken > 0 && taken + 4 + width(key) + width(word) > columns {
            lines.push(Line::new(app.theme));
        }
        let lead = if lines.last().is_some_and(|l| l.width() > 0) {
            "   "
        } else {
            " "
        };
        let line = lines.pop().unwrap_or_else(|| Line::new(app.theme));
        let line = line.text(lead).role(Role::Command, key);
        lines.push(line.text(format!(" {word}")));
    }
    lines
}

/// The most lines of a change that are shown.
const MOST: usize = 2_000;

fn change(diff: &str, columns: usize) -> Vec<Row> {
    use crate::render::diff::{Style, parse};
    let lines: Vec<&str> = diff.lines().take(MOST).collect();
    let whole = diff.lines().nth(MOST).is_none();
    let mut rows = Vec::new();
    for file in parse(&lines.join("\n")) {
        rows.push(file.title());
        rows.extend(file.rows(columns.saturating_sub(1), Style::Unified));
    }
    for row in &mut rows {
        let margin = crate::render::Span::new(crate::render::Look::Plain, " ");
        row.spans.insert(0, margin);
    }
    if !whole {
        let more = format!(" … only the first {MOST} lines are shown");
        rows.push(Row::of(crate::render::Look::Role(Role::Attention), more));
    }
    rows
}

/// The agents there are to go on with.
pub fn authors(
    app: &App,
    frame: &mut Frame<'_>,
    body: Rect,
    (list, at): (&[(String, String)], usize),
) {
    let inner = super::overlay::window(app, frame, body, " Who is the author? ", list.len() + 2);
    let now = app.dialogue.shown.as_ref().map(|s| s.agent.as_str());
    let top = (at + 3).saturating_sub(usize::from(inner.height));
    let height = inner.height.saturating_sub(2);
    for (y, (n, (name, what))) in (0..height).zip(list.iter().enumerate().skip(top)) {
        let over = (n == at).then(|| app.theme.chosen(true));
        let mut line = Line::new(app.theme)
            .text(" ")
            .column(Some(Role::Name), name, 16)
            .text(" ")
            .role(Role::Quiet, what);
        if now == Some(name.as_str()) {
            line = line.right(Role::Quiet, "a new session of the same ");
        }
        line.draw(frame, rows(inner, y, 1), over);
    }
    let last = inner.height.saturating_sub(1);
    Line::new(app.theme)
        .text(" ")
        .role(Role::Command, "enter")
        .text(" goes on with it, told all that was said   ")
        .role(Role::Command, "esc")
        .text(" leaves it as it is")
        .draw(frame, rows(inner, last, 1), None);
}

/// The top line of a dialogue: the task, what it is at, who is the author, what it took.
pub fn top(app: &App, line: Line, columns: usize) -> Line {
    let Some(shown) = &app.dialogue.shown else {
        return line;
    };
    if let Some(asks) = &app.dialogue.asks {
        return asked::top(app, asks, line, columns);
    }
    let state = &shown.state;
    let saved = state.saved.is_some();
    let (role, word) = match (saved, saved && state.since_saved, &shown.draft) {
        (true, true, _) => (Role::Attention, "changed since saved"),
        (true, false, _) => (Role::Good, "saved"),
        (false, _, Some(_)) => (Role::Live, "draft"),
        (false, _, None) => (Role::Quiet, "no draft yet"),
    };
    let title = state.about.as_ref().map_or("", |a| a.title.as_str());
    let turns = crate::text::many(state.turns, "turn");
    let cost = match state.usage.cost_text().as_str() {
        "-" => "-".to_owned(),
        "unknown" => "cost unknown".to_owned(),
        known => known.to_owned(),
    };
    // The task is worth more than the project where there is no room for both.
    let line = if columns < 100 {
        Line::new(app.theme).text(" ")
    } else {
        line
    };
    let line = line
        .role(Role::Name, &shown.id)
        .text(" ")
        .role(
            Role::Title,
            crate::text::truncate(SafeText::line(title).as_str(), (columns / 3).max(12)),
        )
        .text("   ")
        .role(role, word);
    if columns < usize::from(NARROW) {
        return line;
    }
    let more = format!("author: {}   {turns}   {cost} ", shown.agent);
    line.right(Role::Quiet, more)
}
