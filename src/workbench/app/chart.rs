//! The time of a run as a chart: a row a stage, a column a piece of time.
//!
//! Law: pure. Whatever happened has at least one column; where several things fall into one column,
//! work is shown before any waiting.

use crate::engine::Run;
use crate::records::spans::{Spans, Wait};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// What a column of a stage's row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Nothing of it.
    Empty,
    /// It waited.
    Waits(Wait),
    /// It worked.
    Works,
    /// It works now.
    Now,
}

impl Cell {
    /// Its sign.
    pub fn glyph(self) -> char {
        match self {
            Self::Empty => ' ',
            Self::Works => '█',
            Self::Now => '◐',
            Self::Waits(Wait::You) => '░',
            Self::Waits(Wait::Provider) => '▒',
            Self::Waits(Wait::Mending) => '×',
            Self::Waits(Wait::Pause) => '·',
        }
    }
}

/// A stage's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The stage, by its number.
    pub stage: usize,
    /// Its columns.
    pub cells: Vec<Cell>,
}

/// The chart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart {
    /// The rows: of every stage of which there is something to show.
    pub bars: Vec<Bar>,
    /// The axis: at which column which time of day stands.
    pub axis: Vec<(usize, String)>,
    /// Milliseconds from its first column to its last.
    pub all_ms: u64,
    /// Milliseconds in which at least one stage worked.
    pub works_ms: u64,
    /// Milliseconds in which none worked, and at least one waited for a person.
    pub you_ms: u64,
    /// Milliseconds in which none worked or waited for a person, and at least one for a provider.
    pub provider_ms: u64,
}

/// Something of a stage, from when to when in milliseconds since the beginning.
struct Piece {
    stage: usize,
    from: u64,
    to: u64,
    cell: Cell,
}

/// The chart of a run in so many columns.
pub fn chart(run: &Run, spans: &Spans, now: Timestamp, zone: &TimeZone, columns: usize) -> Chart {
    let Some(begin) = run.created else {
        return Chart::default();
    };
    let over = run.ended || run.landed.is_some() || run.cancel.is_some();
    let runs = run.stages.iter().flat_map(|s| &s.attempts);
    let live = runs.clone().any(|a| a.result.is_none());
    let end = match run.updated {
        Some(updated) if over && !live => last_result(run).unwrap_or(updated),
        _ => now,
    };
    let all_ms = since(begin, end).max(1);
    let pieces = pieces(run, spans, begin, end);
    let columns = columns.max(1);
    let mut bars = Vec::new();
    for stage in 0..run.stages.len() {
        let own: Vec<&Piece> = pieces.iter().filter(|p| p.stage == stage).collect();
        if own.is_empty() {
            continue;
        }
        let mut cells = vec![Cell::Empty; columns];
        for piece in own {
            let first = column(piece.from, all_ms, columns);
            let last = column(piece.to.saturating_sub(1).max(piece.from), all_ms, columns);
            for cell in &mut cells[first..=last] {
                *cell = piece.cell.min(Cell::Works).max(*cell);
            }
            if piece.cell == Cell::Now {
                cells[last] = Cell::Now;
            }
        }
        bars.push(Bar { stage, cells });
    }
    let (works_ms, you_ms, provider_ms) = sums(&pieces, all_ms);
    Chart {
        bars,
        axis: axis(begin, all_ms, zone, columns),
        all_ms,
        works_ms,
        you_ms,
        provider_ms,
    }
}

/// When the last attempt ended or the last decision was taken: what came after is no part of it.
fn last_result(run: &Run) -> Option<Timestamp> {
    let ended = |a: &crate::engine::record::AttemptRecord| {
        let took = i64::try_from(a.result.as_ref()?.took_ms?).ok()?;
        a.started
            .checked_add(SignedDuration::from_millis(took))
            .ok()
    };
    let attempts = run
        .stages
        .iter()
        .flat_map(|s| &s.attempts)
        .filter_map(ended);
    attempts.chain(run.decisions.iter().map(|d| d.at)).max()
}

fn pieces(run: &Run, spans: &Spans, begin: Timestamp, end: Timestamp) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (stage, record) in run.stages.iter().enumerate() {
        for attempt in &record.attempts {
            let from = since(begin, attempt.started);
            let (to, cell) = match &attempt.result {
                Some(result) => {
                    let took = result.took_ms.unwrap_or(0);
                    (from.saturating_add(took), Cell::Works)
                }
                None => (since(begin, end), Cell::Now),
            };
            pieces.push(Piece {
                stage,
                from,
                to: to.max(from),
                cell,
            });
        }
    }
    for span in spans.all() {
        let from = since(begin, span.from);
        pieces.push(Piece {
            stage: span.stage,
            from,
            to: since(begin, span.to.unwrap_or(end)).max(from),
            cell: Cell::Waits(span.wait),
        });
    }
    let all = since(begin, end);
    pieces.retain(|p| p.from <= all);
    for piece in &mut pieces {
        piece.to = piece.to.min(all);
    }
    pieces
}

/// For how long something worked, else waited for a person, else for a provider.
fn sums(pieces: &[Piece], all: u64) -> (u64, u64, u64) {
    let mut cuts: Vec<u64> = pieces.iter().flat_map(|p| [p.from, p.to]).collect();
    cuts.push(all);
    cuts.sort_unstable();
    cuts.dedup();
    let (mut works, mut you, mut provider) = (0, 0, 0);
    for pair in cuts.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let there = pieces.iter().filter(|p| p.from <= from && p.to >= to);
        let cells: Vec<Cell> = there.map(|p| p.cell).collect();
        let any = |cell| cells.contains(&cell);
        if any(Cell::Works) || any(Cell::Now) {
            works += to - from;
        } else if any(Cell::Waits(Wait::You)) {
            you += to - from;
        } else if any(Cell::Waits(Wait::Provider)) {
            provider += to - from;
        }
    }
    (works, you, provider)
}

fn since(begin: Timestamp, at: Timestamp) -> u64 {
    u64::try_from(at.duration_since(begin).as_millis()).unwrap_or(0)
}

fn column(ms: u64, all: u64, columns: usize) -> usize {
    let at = u128::from(ms) * columns as u128 / u128::from(all.max(1));
    usize::try_from(at).unwrap_or(columns).min(columns - 1)
}

/// Steps between times of day, in seconds.
const STEPS: [i64; 15] = [
    1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
];

/// Times of day, each where its moment is, with room between them.
fn axis(begin: Timestamp, all_ms: u64, zone: &TimeZone, columns: usize) -> Vec<(usize, String)> {
    let all = i64::try_from(all_ms / 1000).unwrap_or(i64::MAX).max(1);
    let day = all > 86_400;
    let step = |room: i64| {
        let least = all.saturating_mul(room) / i64::try_from(columns).unwrap_or(1).max(1);
        STEPS.into_iter().find(|s| *s > least)
    };
    let seconds = step(11).is_some_and(|s| s < 60);
    let width = if day || seconds { 11 } else { 8 };
    let step = step(width).unwrap_or_else(|| all.max(86_400));
    let offset = i64::from(zone.to_offset(begin).seconds());
    let first = (begin.as_second() + offset).div_euclid(step) * step - offset;
    let mut axis: Vec<(usize, String)> = Vec::new();
    let mut free = 0;
    for n in 0..=(all / step + 1) {
        let Ok(at) = Timestamp::from_second(first.saturating_add(step * n)) else {
            break;
        };
        if at < begin {
            continue;
        }
        let form = match (day, seconds) {
            (true, _) => "%d. %H:%M",
            (false, true) => "%H:%M:%S",
            (false, false) => "%H:%M",
        };
        let text = at.to_zoned(zone.clone()).strftime(form).to_string();
        let ms = since(begin, at);
        if ms > all_ms {
            break;
        }
        let at = column(ms, all_ms, columns);
        if at >= free && at + text.len() <= columns {
            free = at + text.len() + 1;
            axis.push((at, text));
        }
    }
    axis
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Run;
    use crate::engine::event::Attempted;
    use crate::engine::record::AttemptRecord;
    use crate::engine::testkit::{feature, sid};
    use crate::terms::{AttemptId, PublicId, RunId, StageState};
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(36_000_000 + ms).unwrap()
    }

    fn attempt(run: &mut Run, stage: usize, from: i64, took: Option<u64>) {
        let id = AttemptId {
            stage: sid("spec"),
            iteration: 1,
            attempt: 1,
        };
        let name = RunId::new("RUN-2026-04-02-T014").unwrap();
        run.stages[stage].attempts.push(AttemptRecord {
            by: None,
            public: PublicId::compose(&name, "SPEC", 1).unwrap(),
            started: at(from),
            seal: None,
            agent: None,
            result: took.map(|took| Attempted::lost(id.clone(), "x", Some(took))),
            id,
            thrown: false,
        });
    }

    fn drawn(chart: &Chart) -> Vec<String> {
        let row = |bar: &Bar| bar.cells.iter().map(|c| c.glyph()).collect();
        chart.bars.iter().map(row).collect()
    }

    #[test]
    fn work_overlaps_and_waiting_is_told_apart() {
        let mut run = Run::new(feature());
        run.created = Some(at(0));
        attempt(&mut run, 0, 0, Some(4_000));
        attempt(&mut run, 1, 2_000, Some(4_000));
        let mut spans = Spans::default();
        run.stages[1].state = StageState::AwaitingApproval;
        spans.note(at(6_000), &run);
        run.stages[1].state = StageState::Passed;
        spans.note(at(9_000), &run);
        attempt(&mut run, 2, 9_000, None);
        let chart = chart(&run, &spans, at(10_000), &TimeZone::UTC, 10);
        assert_eq!(drawn(&chart), ["████      ", "  ████░░░ ", "         ◐"]);
        let sums = (
            chart.all_ms,
            chart.works_ms,
            chart.you_ms,
            chart.provider_ms,
        );
        assert_eq!(sums, (10_000, 7_000, 3_000, 0));
    }

    #[test]
    fn the_axis_has_times_of_day() {
        let axis = axis(at(0), 3_600_000, &TimeZone::UTC, 60);
        let wanted = [(0, "10:00"), (10, "10:10"), (20, "10:20"), (30, "10:30")];
        for (found, (column, text)) in axis.iter().zip(wanted) {
            assert_eq!((found.0, found.1.as_str()), (column, text));
        }
        assert!(axis.len() > 4);
        assert_eq!(
            super::axis(at(0), 20_000, &TimeZone::UTC, 40)[0].1,
            "10:00:00"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn everything_has_a_column_and_nothing_is_outside(
            attempts in prop::collection::vec((0..6usize, 0..100_000i64, 0..100_000u64), 0..8),
            columns in 1..200usize,
        ) {
            let mut run = Run::new(feature());
            run.created = Some(at(0));
            for (stage, from, took) in &attempts {
                attempt(&mut run, *stage, *from, Some(*took));
            }
            let chart = chart(&run, &Spans::default(), at(250_000), &TimeZone::UTC, columns);
            for (stage, ..) in &attempts {
                let bar = chart.bars.iter().find(|b| b.stage == *stage).unwrap();
                prop_assert_eq!(bar.cells.len(), columns);
                prop_assert!(bar.cells.contains(&Cell::Works));
            }
            prop_assert!(chart.works_ms <= chart.all_ms);
            for pair in chart.axis.windows(2) {
                prop_assert!(pair[0].0 + pair[0].1.len() < pair[1].0);
            }
            for (column, text) in &chart.axis {
                prop_assert!(column + text.len() <= columns);
            }
        }
    }
}
