//! The backlog: the list by groups, and what is chosen.

use super::frame::{BEING_LANDED, CUT_OFF, IN_REVIEW, role_of};
use super::line::Line;
use super::{empty, entry, panes, rows};
use crate::records::beside::Beside;
use crate::records::board::{Entry, Group, RunCard};
use crate::records::needs::{Kind, Need};
use crate::records::news::News;
use crate::terms::RunState;
use crate::text::{Role, age, many, truncate, width};
use crate::workbench::actions::Action;
use crate::workbench::app::board::Row;
use crate::workbench::app::dialogue::asked::asked_in_all;
use crate::workbench::app::waits::news_told;
use crate::workbench::app::{App, Pane, View};
use crate::workbench::layout;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of an id.
const ID: usize = 6;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    if app.board.has_runs && app.board.entries.is_empty() {
        return empty::draw(app, frame, body);
    }
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        let brief = layout::brief(app);
        let head = layout::head(View::Backlog, Pane::Left);
        order(app, frame, rows(area, 0, head));
        let height = area.height.saturating_sub(head + brief);
        list(app, frame, rows(area, head, height));
        if brief > 0 {
            entry::brief(app, frame, rows(area, head + height, brief));
        }
    }
    if let Some(area) = right {
        entry::detail(app, frame, area);
    }
}

/// What is looked for, in which order, and how much of all that is.
fn order(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let key = |action| app.key_or_name(action);
    let line = Line::new(app.theme).text(" ");
    let filter = app.backlog.filter.trim();
    let of = app.board.entries.len();
    let line = if filter.is_empty() {
        line.role(Role::Quiet, app.backlog.sort.word())
            .text("   ")
            .role(Role::Command, key(Action::Sort))
            .role(Role::Quiet, " sorts otherwise")
            .right(Role::Quiet, format!("{of} in all "))
    } else {
        let is_entry = |row: &&Row| matches!(row, Row::Entry(_) | Row::Need(_));
        let shown = app.backlog.rows(&app.board).iter().filter(is_entry).count();
        line.role(Role::Command, format!("/{filter}"))
            .role(Role::Quiet, "  the best match first")
            .right(Role::Quiet, format!("{shown} of {of} "))
    };
    line.draw(frame, area, None);
}

fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let shown = app.backlog.rows(&app.board);
    let scroll = app.backlog.scroll;
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some(row) = shown.get(n) else { break };
        let area = rows(area, y, 1);
        let over = (n == scroll.at).then(|| app.theme.chosen(app.pane == Pane::Left));
        if let Some((line, can_be_chosen)) = line_of(app, *row, area.width) {
            line.draw(frame, area, over.filter(|_| can_be_chosen));
        }
    }
    // In the order of the groups what is done comes last.
    let first = app.board.entries.first();
    let done = first.is_none_or(|e| e.group == Group::Done);
    if app.board.has_runs && done && app.backlog.filter.is_empty() {
        let below = u16::try_from(shown.len().saturating_sub(scroll.top)).unwrap_or(u16::MAX);
        let key = app.key_or_name(Action::NewItem);
        let said = [
            Line::new(app.theme).role(Role::Good, " ✓ All is done."),
            Line::new(app.theme)
                .text("   ")
                .role(Role::Command, key)
                .text(" writes the next item"),
        ];
        for (y, line) in (below.saturating_add(1)..area.height).zip(said) {
            line.draw(frame, rows(area, y, 1), None);
        }
    }
    if shown.is_empty() && !app.backlog.filter.is_empty() {
        let text = format!("  nothing matches '{}'", app.backlog.filter);
        Line::new(app.theme)
            .text(text)
            .draw(frame, rows(area, 1, 1), None);
        Line::new(app.theme)
            .text("  ")
            .role(Role::Command, "esc")
            .text(" shows all")
            .draw(frame, rows(area, 2, 1), None);
    }
}

/// A row, and whether it can be chosen.
fn line_of(app: &App, row: Row, width: u16) -> Option<(Line, bool)> {
    let begin = || Line::new(app.theme);
    Some(match row {
        Row::Gap => return None,
        Row::Head(group, count) => (head(app, group, count), false),
        Row::Entry(entry) => (item(app, app.board.entries.get(entry)?, width), true),
        Row::Need(need) => (waits(app, app.board.needs.get(need)?, width), true),
        Row::MoreNeeds(more) => {
            let (open, next) = (Action::Open, Action::NextWaiting);
            let line = begin()
                .role(Role::Attention, format!("   + {more} more"))
                .text("   ")
                .role(Role::Command, app.key_or_name(open))
                .role(Role::Quiet, " lists them   ")
                .role(Role::Command, app.key_or_name(next))
                .role(Role::Quiet, " hops through all");
            (line, true)
        }
        Row::Since(count) => {
            let at = app.board.looked.map(|at| app.clock(at));
            let line = begin().role(Role::Title, " SINCE YOU LAST LOOKED").role(
                Role::Quiet,
                format!(" {count}   {}", at.unwrap_or_default()),
            );
            (line, false)
        }
        Row::News(news) => (happened(app, app.board.news.get(news)?), false),
        Row::MoreNews(more) => {
            let line = begin()
                .role(Role::Quiet, format!("   + {more} more   "))
                .role(Role::Command, app.key_or_name(Action::News))
                .role(Role::Quiet, " tells all");
            (line, false)
        }
        Row::Calm => (calm(app), false),
    })
}

/// Something that happened since the last look.
fn happened(app: &App, news: &News) -> Line {
    Line::new(app.theme)
        .text("   ")
        .role(Role::Quiet, app.clock(news.at))
        .text("  ")
        .text(news_told(news))
}

/// That nothing waits, and whether anything happened.
fn calm(app: &App) -> Line {
    let line = Line::new(app.theme).role(Role::Good, " ✓ Nothing waits for you.");
    match app.board.looked {
        Some(at) if app.board.news.is_empty() => {
            let at = format!(
                "  Nothing happened since you last looked, {}.",
                app.clock(at)
            );
            line.role(Role::Quiet, at)
        }
        _ => line,
    }
}

/// From this many columns on what waits tells its age, and from this many its cost and its task.
const WITH_AGE: usize = 56;
const WITH_COST: usize = 64;
const WITH_TASK: usize = 96;
/// The most columns of a cost.
const COST: usize = 9;

/// A run that waits: what it is, what it needs, for how long, what it cost so far, and the key that
/// deals with it.
fn waits(app: &App, need: &Need, columns: u16) -> Line {
    let columns = usize::from(columns);
    let role = role_of_need(need.kind);
    let entry = app.board.entry_of(&need.run);
    let item = entry.and_then(|e| Some(e.item.as_ref()?.id.to_string()));
    let task = need.task.as_ref().map(ToString::to_string);
    let beside = task
        .clone()
        .filter(|_| item.is_some() && columns >= WITH_TASK);
    let id = item.or(task).unwrap_or_default();
    let longest = app
        .board
        .needs
        .iter()
        .map(|need| width(&need.short()))
        .max();
    let of_need = longest.unwrap_or(0).clamp(8, (columns / 3).clamp(16, 24));
    let widest = |of: &dyn Fn(&Need) -> String| {
        let all = app.board.needs.iter().map(|need| width(&of(need)));
        all.max().unwrap_or(0)
    };
    let of_age = widest(&|need| age_of(app, need));
    let of_cost = widest(&cost_of);
    let when = |from: usize, own: usize| if columns >= from { own + 2 } else { 0 };
    let more = when(WITH_AGE, of_age) + when(WITH_COST, of_cost);
    let more = more + if columns >= WITH_TASK { ID + 1 } else { 0 };
    let taken = 3 + ID + 1 + 1 + of_need + more + 2 + keys_of_needs(app) + 1;
    let title = entry.map_or(need.title.as_str(), |e| e.title());
    let others = app.desk.beside.get(&need.run).into_iter();
    let mut line = Line::new(app.theme)
        .role(Role::Attention, beside_mark(others))
        .role(role, need.kind.glyph().to_string())
        .text(" ")
        .column(Some(Role::Name), id, ID)
        .text(" ")
        .column(None, title, columns.saturating_sub(taken).max(6))
        .text(" ");
    if columns >= WITH_TASK {
        line = line
            .column(Some(Role::Quiet), beside.unwrap_or_default(), ID)
            .text(" ");
    }
    line = line.column(Some(role), need.short(), of_need);
    // Numbers stand below each other by their right ends.
    if columns >= WITH_AGE {
        let age = age_of(app, need);
        line = line.role(Role::Quiet, format!("  {age:>of_age$}"));
    }
    if columns >= WITH_COST {
        let cost = cost_of(need);
        line = line.role(Role::Quiet, format!("  {cost:>of_cost$}"));
    }
    line = line.text("  ");
    line.role(Role::Command, keys_of_need(app, need))
}

/// For how long a run has waited.
fn age_of(app: &App, need: &Need) -> String {
    let gone = need.since.map(|at| app.now.duration_since(at).as_secs());
    gone.map_or_else(String::new, |s| age(u64::try_from(s).unwrap_or(0)))
}

/// What a run that waits cost so far; a sum that a part is missing of in fewer words than elsewhere.
fn cost_of(need: &Need) -> String {
    match need.total.attempts {
        0 => String::new(),
        _ => truncate(&need.total.cost_text().replace(" + unknown", " +?"), COST),
    }
}

/// The key that deals with a run that waits, and the one that takes in what its base got.
fn keys_of_need(app: &App, need: &Need) -> String {
    let key = app.key_of_need(need);
    if app.board.moved.contains(&need.run) {
        format!("{key} {}", app.key_or_name(Action::Refresh))
    } else {
        key
    }
}

/// The columns that the keys of all that waits take.
fn keys_of_needs(app: &App) -> usize {
    let needs = app.board.needs.iter();
    needs
        .map(|need| width(&keys_of_need(app, need)))
        .max()
        .unwrap_or(0)
}

/// The look of what a run needs.
fn role_of_need(kind: Kind) -> Role {
    match kind {
        Kind::Blocked | Kind::Quota | Kind::Failed => Role::Bad,
        Kind::Completed => Role::Good,
        _ => Role::Attention,
    }
}

fn head(app: &App, group: Group, count: usize) -> Line {
    let role = match group {
        Group::Waiting => Role::Attention,
        Group::Blocked => Role::Bad,
        _ => Role::Quiet,
    };
    let word = group.word().to_uppercase();
    Line::new(app.theme)
        .text(" ")
        .role(role, word)
        .role(Role::Quiet, format!(" {count}"))
}

fn item(app: &App, entry: &Entry, width: u16) -> Line {
    let (role, glyph) = mark(entry);
    let id = entry.item.as_ref().map(|i| i.id.to_string());
    let task = entry.task.as_ref().map(|t| t.id.to_string());
    let run = || entry.run().and_then(|r| Some(r.task.as_ref()?.to_string()));
    let id = id.or_else(|| task.clone()).or_else(run).unwrap_or_default();
    let width = usize::from(width);
    let of_state = (width / 4).clamp(16, 24);
    let taken = 3 + ID + 1 + 1 + ID + 1 + of_state + 1;
    let room = width.saturating_sub(taken).max(8);
    let beside = entry
        .runs
        .iter()
        .filter_map(|r| app.desk.beside.get(&r.run));
    let line = Line::new(app.theme)
        .role(Role::Attention, beside_mark(beside))
        .role(role, glyph.to_string())
        .text(" ")
        .column(Some(Role::Name), id, ID)
        .text(" ")
        .column(None, entry.title(), room)
        .text(" ");
    let task = entry.item.is_some().then_some(task).flatten();
    // Before the runs are read nothing is known of where an item is.
    let (role, state) = if app.board.has_runs {
        state(app, entry)
    } else {
        (Role::Quiet, "…".to_owned())
    };
    line.column(Some(Role::Quiet), task.unwrap_or_default(), ID)
        .text(" ")
        .role(role, state)
}

/// The sign of runs whose files somebody else changes too, or whose base moved on.
fn beside_mark<'a>(mut beside: impl Iterator<Item = &'a Beside>) -> &'static str {
    if beside.any(|b| b.moved.is_some() || !b.overlaps.is_empty()) {
        "⇄"
    } else {
        " "
    }
}

fn mark(entry: &Entry) -> (Role, char) {
    match entry.group {
        Group::Waiting => (Role::Attention, '?'),
        Group::Blocked => (Role::Bad, '✗'),
        Group::Running => (Role::Live, '◐'),
        Group::Ready => (Role::Name, '●'),
        Group::Planned => (Role::Quiet, '○'),
        Group::Done => (Role::Good, '✓'),
    }
}

/// Where it is, in few words.
fn state(app: &App, entry: &Entry) -> (Role, String) {
    match (entry.run(), &entry.task) {
        (Some(run), _) if run.is_cut_off() => (Role::Attention, CUT_OFF.to_owned()),
        (Some(run), _) if run.landing.is_some() => (Role::Live, BEING_LANDED.to_owned()),
        (Some(run), _) if run.landed.is_some() => (Role::Good, "landed".to_owned()),
        (Some(run), _) if run.in_review() => (Role::Good, IN_REVIEW.to_owned()),
        (Some(run), _) => match run.waits {
            Some(until) => (Role::Attention, at_until(app, run, until)),
            None => (role_of(run.state), at(run)),
        },
        (None, Some(task)) if task.status.eq_ignore_ascii_case("draft") => match task.open {
            0 => (Role::Live, "draft".to_owned()),
            n => (Role::Attention, format!("draft, {n} open")),
        },
        (None, Some(task)) if !task.faults.is_empty() => (Role::Quiet, "task not ready".to_owned()),
        (None, Some(task)) => (Role::Quiet, format!("task {}", task.status.to_lowercase())),
        (None, None) => {
            let status = entry.item.as_ref().and_then(|i| i.status.clone());
            (Role::Quiet, status.unwrap_or_default().to_lowercase())
        }
    }
}

/// The stage that waits, and until when.
fn at_until(app: &App, run: &RunCard, until: Timestamp) -> String {
    let at = until.to_zoned(app.zone.clone()).strftime("%H:%M");
    match run.at() {
        Some(stage) => format!("{} until {at}", stage.short_name()),
        None => format!("until {at}"),
    }
}

/// The stage a run is at, and what it does there or waits for; the word of its state where none is.
fn at(run: &RunCard) -> String {
    let Some(stage) = run.busy() else {
        return run.state.to_string();
    };
    let name = stage.short_name();
    match (run.state, stage.attempts) {
        (RunState::AwaitingApproval, _) => format!("approve {name}"),
        (RunState::NeedsInput, _) => match run.view.as_ref().map_or(0, |v| asked_in_all(v)) {
            0 => format!("{name} asks you"),
            n => format!("{name}: {}", many(n, "question")),
        },
        (state @ (RunState::Blocked | RunState::Failed | RunState::Paused), _) => {
            format!("{state} at {name}")
        }
        (RunState::Running, 2..) => format!("{name}, attempt {}", stage.attempts),
        (RunState::Running, _) => stage.name.clone(),
        (state, _) => state.to_string(),
    }
}
