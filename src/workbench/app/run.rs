//! The run that is shown: which stage is chosen, its attempt's lines, its documents.

use super::scroll::{Scroll, Step};
use super::shelf::Shelf;
use crate::engine::GateSide;
use crate::records::runs::RunView;
use crate::records::told::Line;
use crate::terms::{AttemptId, Digest, RunId, RunState, StageId, StageState};

/// How many lines of a timeline are kept; the oldest go first, and `logs` has them all.
pub const MOST_LINES: usize = 50_000;

/// What is shown of a run.
#[derive(Debug, Clone, Default)]
pub struct RunScreen {
    /// Which run.
    pub id: Option<RunId>,
    /// Whether all of it was asked for.
    pub asked: bool,
    /// The chosen stage.
    pub stage: Scroll,
    /// Whether the chosen stage goes with the run: a person's own choice ends that.
    pub goes_along: bool,
    /// The attempt whose lines these are.
    pub attempt: Option<AttemptId>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// How many lines were let go of.
    pub dropped: usize,
    /// Where the timeline stands.
    pub timeline: Scroll,
    /// Whether the timeline stays at its end.
    pub follow: bool,
    /// Its documents.
    pub shelf: Shelf,
}

impl RunScreen {
    /// Shows another run, from its beginning.
    pub fn show(&mut self, run: &RunId) {
        if self.id.as_ref() == Some(run) {
            return;
        }
        *self = Self {
            shelf: self.shelf.anew(),
            id: Some(run.clone()),
            goes_along: true,
            follow: true,
            ..Self::default()
        };
    }

    /// Chooses the stage that the run is at, unless a person chose another.
    pub fn go_along(&mut self, view: &RunView) {
        if self.goes_along {
            self.stage.at = current(view);
        }
        self.stage.at = self.stage.at.min(view.run.stages.len().saturating_sub(1));
    }

    /// The chosen stage.
    pub fn stage_of<'a>(&self, view: &'a RunView) -> Option<&'a StageId> {
        Some(&view.run.stages.get(self.stage.at)?.id)
    }

    /// The attempt whose timeline is to be shown.
    pub fn wanted(&self, view: &RunView) -> Option<AttemptId> {
        let record = view.run.stages.get(self.stage.at)?;
        Some(record.current_attempt()?.id.clone())
    }

    /// Takes lines in.
    pub fn told(&mut self, attempt: AttemptId, anew: bool, lines: Vec<Line>, height: usize) {
        if anew || self.attempt.as_ref() != Some(&attempt) {
            self.lines.clear();
            self.dropped = 0;
            self.timeline = Scroll::default();
            self.attempt = Some(attempt);
        }
        self.lines.extend(lines);
        if let Some(over) = self.lines.len().checked_sub(MOST_LINES)
            && over > 0
        {
            self.lines.drain(..over);
            self.dropped += over;
            self.timeline.at = self.timeline.at.saturating_sub(over);
            self.timeline.top = self.timeline.top.saturating_sub(over);
        }
        if self.follow {
            self.timeline.step(Step::Bottom, self.lines.len(), height);
        } else {
            self.timeline.settle(self.lines.len(), height);
        }
    }
}

/// The stage a run is at: the first that runs, asks or stopped; else the first that is not done;
/// else the last.
fn current(view: &RunView) -> usize {
    let stages = &view.run.stages;
    let waits = |s: StageState| matches!(s, StageState::Pending | StageState::Ready);
    let busy = stages
        .iter()
        .position(|s| !s.state.is_done() && !waits(s.state));
    let open = || stages.iter().position(|s| !s.state.is_done());
    busy.or_else(open)
        .unwrap_or_else(|| stages.len().saturating_sub(1))
}

/// The gate that asks: whose, on which side, and what an approval would be given on.
pub fn gate(view: &RunView) -> Option<(StageId, GateSide, Digest)> {
    crate::records::gate::page::asking(&view.run)
}

/// Whether a run goes on by itself.
pub fn goes_on(view: &RunView) -> bool {
    view.supervised
        && matches!(
            view.state(),
            RunState::Created | RunState::Ready | RunState::Running
        )
}
