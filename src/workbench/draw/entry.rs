//! What is chosen in the backlog: its summary, its task, its run, what a run would be, what to do
//! next.

use super::ask::lay;
use super::frame::{landed_or_state, role_of, took};
use super::line::Line;
use super::rows;
use crate::records::beside::Beside;
use crate::records::board::{Entry, Group, RunCard};
use crate::records::runs::RunView;
use crate::supervisor::refresh::Moved;
use crate::terms::RunState;
use crate::text::{Role, SafeText, age, duration, many, width, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::App;
use crate::workbench::app::ages::waits_since;
use crate::workbench::app::begin::start_lines;
use crate::workbench::app::dialogue::asked::asked_in_all;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of the word that leads a line.
const WORD: usize = 9;
/// The most rows of a summary.
const SUMMARY: usize = 6;

/// Paints it, as much as there is room for.
pub fn detail(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(entry) = app.backlog.chosen(&app.board) else {
        return;
    };
    let mut lines = told(app, entry, usize::from(area.width));
    let room = usize::from(area.height);
    let next = to_do(app, entry, usize::from(area.width));
    if lines.len() + 1 + next.len() > room {
        // What to do next is worth more than the end of what is told.
        lines.truncate(room.saturating_sub(next.len()));
    } else {
        lines.push(Line::new(app.theme));
    }
    lines.extend(next);
    for (y, line) in (0..area.height).zip(lines) {
        line.draw(frame, rows(area, y, 1), None);
    }
}

/// Paints the same in two rows, below a rule, where the list has the whole width.
pub fn brief(app: &App, frame: &mut Frame<'_>, area: Rect) {
    super::frame::rule(app, frame, rows(area, 0, 1));
    let Some(entry) = app.backlog.chosen(&app.board) else {
        return;
    };
    Line::new(app.theme)
        .text(" ")
        .text(in_short(app, entry))
        .draw(frame, rows(area, 1, 1), None);
    let lead = Line::new(app.theme).text(" ");
    lead.and(next(app, entry))
        .draw(frame, rows(area, 2, 1), None);
}

/// An entry in one line: what a run would be, why its run stands, or its summary.
fn in_short(app: &App, entry: &Entry) -> String {
    let open = app.target_card().filter(|r| !r.is_over() || r.is_cut_off());
    if let Some(run) = open.and_then(|r| r.view.as_ref()) {
        let why = why(app, run);
        return if app.base_moved() {
            let key = app.key_or_name(Action::Refresh);
            format!("{why}; its base moved: {key} takes that in")
        } else {
            why
        };
    }
    let start = entry.task.as_ref().and_then(|t| app.start_of(&t.id));
    if let Some(Ok(sheet)) = start {
        let mut who: Vec<String> = Vec::new();
        for stage in &sheet.stages {
            let words = match &stage.who {
                crate::starting::Who::Agent { agent, .. } => agent.clone(),
                _ => continue,
            };
            if !who.contains(&words) {
                who.push(words);
            }
        }
        let ground = &sheet.ground;
        let left_out = ground.left_out().map(|l| format!("{l}; "));
        let stages = many(sheet.stages.len(), "stage");
        return format!(
            "{}{stages} of {} by {}, from {} at {}",
            left_out.unwrap_or_default(),
            sheet.workflow,
            who.join(", "),
            ground.branch.as_deref().unwrap_or("no branch"),
            ground.base.short()
        );
    }
    summary(entry)
}

fn summary(entry: &Entry) -> String {
    let item = entry.item.as_ref().and_then(|i| i.summary.clone());
    item.or_else(|| entry.task.as_ref().map(|t| t.summary.clone()))
        .unwrap_or_default()
}

fn told(app: &App, entry: &Entry, columns: usize) -> Vec<Line> {
    let line = || Line::new(app.theme);
    let mut lines = Vec::new();
    let id = entry.item.as_ref().map(|i| i.id.to_string());
    let id = id.unwrap_or_default();
    let status = entry.item.as_ref().and_then(|i| i.status.clone());
    lines.push(
        line()
            .role(Role::Name, id)
            .text("  ")
            .role(Role::Title, entry.title())
            .right(Role::Quiet, status.unwrap_or_default().to_lowercase() + " "),
    );
    lines.push(line());
    let summary = SafeText::block(&summary(entry));
    let summary = wrap(summary.as_str(), columns.saturating_sub(1));
    for row in summary.into_iter().take(SUMMARY) {
        lines.push(line().text(row));
    }
    lines.push(line());
    let word = |word: &str| line().column(Some(Role::Quiet), word, WORD);
    if let Some(task) = &entry.task {
        lines.push(word("task").role(Role::Name, &task.path));
        let mut says = format!(
            "{}, {}",
            task.status.to_lowercase(),
            many(task.criteria, "criterion")
        );
        if task.answers > 0 {
            says = format!("{says}, {}", many(task.answers, "answer"));
        }
        if task.open > 0 {
            says = format!("{says}, {} open", many(task.open, "question"));
        }
        lines.push(word("").role(Role::Quiet, says));
        for fault in task.faults.iter().take(4) {
            lines.push(word("").role(Role::Bad, fault.to_string()));
        }
    }
    if let Some(run) = app.target_card() {
        lines.extend(of_run(app, run, columns));
    }
    lines.extend(earlier(app, entry));
    if let Some(sheet) = would_start(app, entry) {
        lines.push(line());
        lines.push(line().role(Role::Title, "A run would begin"));
        let of = start_lines(sheet);
        lines.extend(lay(app, &of, columns.saturating_sub(12)));
    }
    if entry.runs.len() > 1 {
        let more = format!("and {} earlier", entry.runs.len() - 1);
        lines.push(word("runs").role(Role::Quiet, more));
    }
    lines
}

/// The most runs that are told of their reports alone.
const EARLIER: usize = 3;

/// The runs of which only a report is there.
fn earlier(app: &App, entry: &Entry) -> Vec<Line> {
    let Some(task) = &entry.task else {
        return Vec::new();
    };
    let all: Vec<_> = app.board.earlier_of(&task.id).collect();
    let word = |n: usize| {
        let word = if n == 0 { "before" } else { "" };
        Line::new(app.theme).column(Some(Role::Quiet), word, WORD)
    };
    let shown = all.iter().take(EARLIER).enumerate().flat_map(|(n, run)| {
        let said = [run.day.as_str(), run.outcome.as_str()];
        let said: Vec<&str> = said.into_iter().filter(|s| !s.is_empty()).collect();
        [
            word(n).text(said.join("  ")),
            word(1).role(Role::Name, &run.path),
        ]
    });
    let mut lines: Vec<Line> = shown.collect();
    if all.len() > EARLIER {
        let more = format!("and {} more by their reports", all.len() - EARLIER);
        lines.push(word(1).role(Role::Quiet, more));
    }
    lines
}

/// The sheet of the run that could be started, where it was looked at.
fn would_start<'a>(app: &'a App, entry: &Entry) -> Option<&'a crate::starting::Sheet> {
    if entry.runs.iter().any(|r| !r.is_over()) {
        return None;
    }
    let task = entry.task.as_ref()?;
    app.start_of(&task.id)?.as_ref().ok()
}

fn of_run(app: &App, run: &RunCard, columns: usize) -> Vec<Line> {
    let line = || Line::new(app.theme);
    let word = |word: &str| line().column(Some(Role::Quiet), word, WORD);
    let mut lines = vec![
        word("run").role(Role::Name, &run.run),
        word("")
            .role(role_of(run.state), landed_or_state(run))
            .role(Role::Quiet, since(app, run)),
    ];
    lines.extend(stages(app, run, columns));
    let place = match (run.in_place, run.branch.starts_with("refs/")) {
        (true, _) => "in place",
        (false, true) => "kept by",
        (false, false) => "branch",
    };
    lines.push(word(place).role(Role::Name, &run.branch));
    if let Some((_, Err(why))) = app.desk.branches.get(&run.run) {
        lines.push(word("").role(Role::Bad, why));
    }
    if let Some((_, Ok(branch))) = app.desk.branches.get(&run.run) {
        let says = format!(
            "{}, {}, ",
            many(branch.commits, "commit"),
            many(branch.files, "file")
        );
        lines.push(
            word("")
                .text(says)
                .role(Role::Good, format!("+{}", branch.added))
                .text(" ")
                .role(Role::Bad, format!("-{}", branch.removed)),
        );
    }
    lines.extend(base(app, run, columns));
    lines.extend(beside(app, run, columns));
    let total = run.total();
    let live = run.view.as_ref();
    let took = live.map_or_else(|| run.took_ms(), |view| took(app, view));
    if total.attempts > 0 {
        let used = format!(
            "{}, {} tok, {}",
            total.cost_text(),
            total.tokens_text(),
            duration(took)
        );
        lines.push(word("cost").text(used));
    }
    if let Some(view) = live.filter(|_| run.landed.is_none() || run.is_cut_off()) {
        let text = SafeText::line(&why(app, view));
        let told = wrap(text.as_str(), columns.saturating_sub(WORD + 1));
        for (n, row) in told.into_iter().enumerate() {
            lines.push(word(if n == 0 { "why" } else { "" }).text(row));
        }
    }
    lines
}

/// That its base moved on, how far, and the key that takes that in.
fn base(app: &App, run: &RunCard, columns: usize) -> Vec<Line> {
    let known = app.desk.beside.get(&run.run).and_then(|b| b.moved.as_ref());
    if known.is_none() && !app.base_moved() {
        return Vec::new();
    }
    let told = known.map_or_else(|| "moved on".to_owned(), Moved::told);
    let mut lines = labelled(app, "base", &told, columns);
    if app.base_moved() {
        let key = app.key_or_name(Action::Refresh);
        let line = Line::new(app.theme).column(None, "", WORD);
        lines.push(line.role(Role::Command, key).text(" takes that in"));
    }
    lines
}

/// Who else changes the files of a run.
fn beside(app: &App, run: &RunCard, columns: usize) -> Vec<Line> {
    let others = app.desk.beside.get(&run.run).map(Beside::lines);
    let rows = others.unwrap_or_default().into_iter().enumerate();
    rows.flat_map(|(n, told)| labelled(app, if n == 0 { "beside" } else { "" }, &told, columns))
        .collect()
}

/// A text that wants to be seen, in as many rows as it takes, with a word before the first.
fn labelled(app: &App, word: &str, told: &str, columns: usize) -> Vec<Line> {
    let rows = wrap(
        SafeText::line(told).as_str(),
        columns.saturating_sub(WORD + 1),
    );
    let line = |(n, row): (usize, String)| {
        let word = if n == 0 { word } else { "" };
        let line = Line::new(app.theme).column(Some(Role::Quiet), word, WORD);
        line.role(Role::Attention, row)
    };
    rows.into_iter().enumerate().map(line).collect()
}

/// The stages of a run with their marks, in as many rows as they take.
fn stages(app: &App, run: &RunCard, columns: usize) -> Vec<Line> {
    let begin = || Line::new(app.theme).column(None, "", WORD);
    let mut lines = vec![begin()];
    for stage in &run.stages {
        let role = super::pipeline::role(stage.state);
        let times = match stage.attempts {
            0 | 1 => String::new(),
            n => format!("×{n}"),
        };
        let name = format!(" {}{times}", stage.short_name());
        let mark = stage.state.glyph().to_string();
        let wide = width(&mark) + width(&name);
        let used = lines.last().map_or(0, Line::width);
        let first = used <= WORD;
        let fits = first || used + 2 + wide < columns;
        if !fits {
            lines.push(begin());
        }
        if let Some(line) = lines.pop() {
            let line = if first || !fits {
                line
            } else {
                line.text("  ")
            };
            lines.push(line.role(role, mark).text(name));
        }
    }
    lines
}

/// Why a run stands where it does, by the clock of whoever looks.
fn why(app: &App, run: &RunView) -> String {
    if let Some(landing) = run.cut_off() {
        return landing.told();
    }
    if run.state() == RunState::Interrupted {
        // Whether its attempt lives is for who may look at locks; that nobody carries it on is known.
        return with_moment(app, run.forsaken());
    }
    let cause = if run.left {
        run.cause(None)
    } else {
        run.run.cause(&run.order.run, None)
    };
    with_moment(app, (cause.evidence, cause.moment))
}

fn with_moment(app: &App, (fact, moment): (String, Option<Timestamp>)) -> String {
    match moment {
        Some(at) => format!("{fact} {}", app.clock(at)),
        None => fact,
    }
}

/// How long a run has been waiting; nothing where it does not.
fn since(app: &App, run: &RunCard) -> String {
    let Some(at) = waits_since(run) else {
        return String::new();
    };
    let gone = app.now.duration_since(at).as_secs();
    format!("  for {}", age(u64::try_from(gone).unwrap_or(0)))
}

/// The one thing to do next, or all of why there is none.
fn to_do(app: &App, entry: &Entry, columns: usize) -> Vec<Line> {
    if entry.runs.iter().all(|r| r.is_over())
        && let Err(why) = app.may_start()
    {
        let why = SafeText::line(&why);
        let rows = wrap(why.as_str(), columns.saturating_sub(1)).into_iter();
        let line = |row| Line::new(app.theme).role(Role::Quiet, row);
        return rows.map(line).collect();
    }
    vec![next(app, entry)]
}

/// The one thing to do next.
fn next(app: &App, entry: &Entry) -> Line {
    let line = Line::new(app.theme);
    let key = |action| app.key_or_name(action);
    let run = app.target_card();
    match run {
        Some(run) if run.is_cut_off() => line
            .role(Role::Command, key(Action::Land))
            .text(" shows where its landing stands, and finishes it"),
        Some(run) if run.landed.is_some() => line
            .role(Role::Command, key(Action::Open))
            .role(Role::Quiet, " shows how it went"),
        Some(run) if run.state == RunState::Completed => line
            .role(Role::Command, key(Action::Land))
            .text(" shows what it would bring, and lands it"),
        Some(run) if app.asks_here() => {
            let asked = run.view.as_ref().map_or(0, |v| asked_in_all(v));
            line.role(
                Role::Attention,
                format!("needs your answer: {}   ", many(asked, "question")),
            )
            .role(Role::Command, key(Action::Open))
            .text(" answers")
        }
        Some(run) if run.left => line
            .role(Role::Command, key(Action::TakeOver))
            .text(" goes on with it, or hands it back"),
        Some(_) if entry.group == Group::Waiting => line
            .role(Role::Command, key(Action::Open))
            .text(" shows what waits for you"),
        Some(run) if !run.is_over() => line
            .role(Role::Command, key(Action::Open))
            .text(" opens the run"),
        _ => match app.may_start() {
            Ok(_) if app.board.untrusted.is_some() => line
                .role(Role::Command, key(Action::Run))
                .text(" asks first whether you trust what it would run"),
            Ok(_) => line
                .role(Role::Command, key(Action::Run))
                .text(" starts it"),
            Err(why) => line.role(Role::Quiet, why),
        },
    }
}
