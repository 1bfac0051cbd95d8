//! The top line of a run: which it is, where it is, how long and for how much. What there is no
//! room for is said shorter, then left out, the least needed first.

use super::{role_of, state_word, took};
use crate::engine::record::StageRecord;
use crate::records::runs::RunView;
use crate::terms::usage::{count, dollars};
use crate::terms::{RunState, StageState};
use crate::text::{Role, duration, truncate, width};
use crate::workbench::app::{App, run};
use crate::workbench::draw::line::Line;

/// The share of a budget from which on it is pointed at, in percent.
const WARN: u64 = 80;

/// From this rank on a piece can be done without.
const SPARE: u8 = 10;

/// A piece of the line.
#[derive(Debug, Clone)]
struct Piece {
    role: Role,
    text: String,
    /// The same in fewer columns; empty: it can only go.
    short: String,
    /// What has the highest number is shortened, then left out first; what can be done without
    /// goes before anything else is shortened.
    rank: u8,
    stays: bool,
    right: bool,
}

impl Piece {
    fn new(rank: u8, role: Role, text: impl Into<String>, short: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
            short: short.into(),
            rank,
            stays: rank == 0,
            right: false,
        }
    }

    fn stays(mut self) -> Self {
        self.stays = true;
        self
    }

    fn right(mut self) -> Self {
        self.right = true;
        self
    }
}

/// The line of a run in so many columns.
pub fn of_run(app: &App, view: &RunView, columns: usize) -> Line {
    let mut line = Line::new(app.theme).text(" ");
    for piece in fit(pieces(app, view), columns.saturating_sub(2)) {
        let text = format!("{}  ", piece.text);
        line = if piece.right {
            line.right(piece.role, text)
        } else {
            line.role(piece.role, text)
        };
    }
    line
}

fn fit(mut pieces: Vec<Piece>, columns: usize) -> Vec<Piece> {
    pieces.retain(|p| !p.text.is_empty());
    let taken = |pieces: &[Piece]| pieces.iter().map(|p| width(&p.text) + 2).sum::<usize>();
    for drop in [false, true] {
        let mut ranks: Vec<u8> = pieces.iter().map(|p| p.rank).collect();
        ranks.sort_unstable();
        for rank in ranks.into_iter().rev() {
            if taken(&pieces) <= columns {
                return pieces;
            }
            for piece in pieces.iter_mut().filter(|p| p.rank == rank) {
                if (drop && !piece.stays) || rank >= SPARE {
                    piece.text.clear();
                } else if !drop && !piece.short.is_empty() {
                    piece.text = std::mem::take(&mut piece.short);
                }
            }
            pieces.retain(|p| !p.text.is_empty());
        }
    }
    pieces
}

fn pieces(app: &App, view: &RunView) -> Vec<Piece> {
    let board = &app.board;
    let mut pieces = vec![
        Piece::new(10, Role::Title, board.project.clone(), ""),
        Piece::new(11, Role::Name, board.branch.clone().unwrap_or_default(), ""),
    ];
    pieces.push(match &view.run.plan.task {
        Some(task) => {
            let id = task.id.to_string();
            let title = format!("{id} {}", task.title);
            Piece::new(6, Role::Title, title, id).stays()
        }
        None => Piece::new(0, Role::Title, view.run.plan.workflow.clone(), ""),
    });
    let (glyph, role) = match &view.landing {
        Some(_) if view.supervised => ('◐', Role::Live),
        Some(_) => ('!', Role::Attention),
        None => (mark(view.state()), role_of(view.state())),
    };
    let state = format!("{glyph} {}", state_word(view));
    pieces.push(Piece::new(0, role, state, ""));
    pieces.extend(stages(app, view));
    pieces.extend(used(app, view));
    let waiting = board.waiting();
    if waiting > 0 {
        let short = format!("? {waiting}");
        let text = format!("? {waiting} waiting for you");
        pieces.push(Piece::new(3, Role::Attention, text, short).right());
    }
    if let Some(says) = super::not_trusted(app) {
        pieces.push(Piece::new(2, Role::Attention, says, "! not trusted").right());
    }
    if let Some(what) = app.commands_at_work() {
        let short = truncate(&what, 10);
        pieces.push(Piece::new(4, Role::Live, what, short).right());
    }
    if app.orders() {
        pieces.push(Piece::new(0, Role::Live, "order given…", "…").right());
    }
    if let Some(at) = app.read_at {
        // The time of day: an age would have to be painted anew every second to stay true.
        let at = at.to_zoned(app.zone.clone()).strftime("%H:%M:%S");
        let text = format!("read {at}");
        pieces.push(Piece::new(7, Role::Quiet, text, at.to_string()).right());
    }
    pieces
}

/// Where it is: the stage with its attempt, how many work beside it, and until when it waits.
fn stages(app: &App, view: &RunView) -> Vec<Piece> {
    let at = decisive(view);
    let (Some(stage), Some(record)) = (view.run.plan.stages.get(at), view.run.stages.get(at))
    else {
        return Vec::new();
    };
    if record.state.is_done() {
        return Vec::new();
    }
    let busy = |s: &&StageRecord| s.state == StageState::Running;
    let beside = view
        .run
        .stages
        .iter()
        .filter(busy)
        .count()
        .saturating_sub(1);
    let more = if beside > 0 {
        format!(" +{beside}")
    } else {
        String::new()
    };
    let (name, short) = (stage.name.clone() + &more, stage.short_name() + &more);
    let mut pieces = vec![Piece::new(1, Role::Name, name, short)];
    let n = record.attempts.len();
    if n > 0 {
        let text = format!("attempt {n}");
        pieces.push(Piece::new(5, Role::Quiet, text, format!("#{n}")));
    }
    let waits = view.run.stages.iter().filter_map(|s| {
        let until = s.not_before.filter(|until| *until > app.now)?;
        (s.state == StageState::Ready).then_some(until)
    });
    if let Some(until) = waits.min() {
        let left = until.duration_since(app.now).as_millis();
        let left = duration(u64::try_from(left).unwrap_or(0));
        let text = format!("waits, goes on in {left}");
        pieces.push(Piece::new(
            2,
            Role::Attention,
            text,
            format!("waits {left}"),
        ));
    }
    pieces
}

/// The stage that the run's state is about.
fn decisive(view: &RunView) -> usize {
    let about = |state: StageState| match view.state() {
        RunState::AwaitingApproval => state == StageState::AwaitingApproval,
        RunState::Blocked => state == StageState::Blocked,
        RunState::Failed => state == StageState::Failed,
        RunState::Running => state == StageState::Running,
        _ => false,
    };
    let at = view.run.stages.iter().position(|s| about(s.state));
    at.unwrap_or_else(|| run::current(view))
}

/// What it used, each against its budget.
fn used(app: &App, view: &RunView) -> Vec<Piece> {
    let total = view.run.total();
    let took = took(app, view);
    if total.attempts == 0 && took == 0 {
        return Vec::new();
    }
    let (plan, raised) = (&view.run.plan.budget, &view.run.raised);
    let of = |budget: Option<u64>, more: Option<u64>| {
        budget.map(|b| b.saturating_add(more.unwrap_or(0)))
    };
    let minutes = of(plan.minutes, raised.minutes);
    let tokens = of(plan.tokens, raised.tokens);
    let cost = of(plan.cost_micros, raised.cost_micros);
    let piece = |rank, known: String, used: u64, unit: &str, most: Option<(u64, String)>| {
        let near = most.as_ref().is_some_and(|(m, _)| used >= m / 100 * WARN);
        let role = if near { Role::Attention } else { Role::Quiet };
        let (long, short) = match most {
            Some((_, most)) => (format!(" of {most}"), format!("/{most}")),
            None => (String::new(), String::new()),
        };
        let text = format!("{known}{unit}{long}");
        Piece::new(rank, role, text, format!("{known}{short}"))
    };
    let unknown = |text: String| match text.as_str() {
        "unknown" | "-" => "?".to_owned(),
        _ => text.replace("unknown", "?").replace(" + ", "+"),
    };
    vec![
        piece(
            4,
            duration(took),
            took,
            "",
            minutes.map(|m| (m.saturating_mul(60_000), format!("{m} min"))),
        ),
        piece(
            8,
            unknown(total.tokens_text()),
            total.tokens,
            " tok",
            tokens.map(|t| (t, count(t))),
        ),
        piece(
            6,
            match unknown(total.cost_text()).as_str() {
                "?" => "$?".to_owned(),
                known => known.to_owned(),
            },
            total.cost_micros,
            "",
            cost.map(|c| (c, dollars(c))),
        ),
    ]
}

fn mark(state: RunState) -> char {
    match state {
        RunState::Completed => '✓',
        RunState::Failed | RunState::Blocked => '✗',
        RunState::Created | RunState::Ready | RunState::Running => '◐',
        RunState::Cancelled => '–',
        RunState::Paused => '‖',
        RunState::Interrupted => '!',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Piece> {
        vec![
            Piece::new(10, Role::Title, "project", ""),
            Piece::new(6, Role::Title, "T015 Dark mode", "T015").stays(),
            Piece::new(8, Role::Quiet, "41.2k tok", "41.2k"),
            Piece::new(7, Role::Quiet, "read 08:34:54", "08:34:54").right(),
        ]
    }

    fn shown(columns: usize) -> Vec<String> {
        fit(all(), columns).into_iter().map(|p| p.text).collect()
    }

    #[test]
    fn what_is_needed_least_is_shortened_first_and_goes_first() {
        assert_eq!(shown(60).len(), 4);
        assert_eq!(shown(50).len(), 3);
        assert_eq!(shown(38)[1], "41.2k");
        let tight = shown(24);
        assert_eq!(tight, ["T015", "41.2k", "08:34:54"]);
        assert_eq!(shown(4), ["T015"]);
    }
}
