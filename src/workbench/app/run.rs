//! The run that is shown: which stage is chosen, its attempt's lines, its documents.

use super::scroll::Scroll;
use super::shelf::Shelf;
use super::stages::Stages;
use super::timeline::Timeline;
use crate::engine::GateSide;
use crate::engine::record::AttemptRecord;
use crate::records::runs::RunView;
use crate::records::told::Line;
use crate::terms::{AttemptId, Digest, RunId, RunState, StageId, StageState};

/// What is shown of a run.
#[derive(Debug, Clone, Default)]
pub struct RunScreen {
    /// Which run.
    pub id: Option<RunId>,
    /// Whether all of it was asked for.
    pub asked: bool,
    /// The chosen stage.
    pub stage: Scroll,
    /// Its graph.
    pub stages: Stages,
    /// Whether the chosen stage goes with the run: a person's own choice ends that.
    pub goes_along: bool,
    /// The attempt that a person chose, until another stage is chosen; `None`: the latest.
    pub chosen: Option<AttemptId>,
    /// The attempt whose timeline this is.
    pub attempt: Option<AttemptId>,
    /// Its timeline.
    pub timeline: Timeline,
    /// What stands in its run-state.md that nobody has taken up yet.
    pub pending: Option<String>,
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
            timeline: Timeline::following(),
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

    /// The attempts of the chosen stage, oldest first.
    pub fn attempts<'a>(&self, view: &'a RunView) -> &'a [AttemptRecord] {
        let record = view.run.stages.get(self.stage.at);
        record.map_or(&[], |r| r.attempts.as_slice())
    }

    /// The attempt whose timeline is to be shown, by its number among those of the stage.
    pub fn attempt_at(&self, view: &RunView) -> Option<usize> {
        let attempts = self.attempts(view);
        let chosen = self.chosen.as_ref();
        let at = attempts.iter().position(|a| Some(&a.id) == chosen);
        at.or(attempts.len().checked_sub(1))
    }

    /// The attempt whose timeline is to be shown.
    pub fn wanted(&self, view: &RunView) -> Option<AttemptId> {
        let at = self.attempt_at(view)?;
        Some(self.attempts(view).get(at)?.id.clone())
    }

    /// Chooses an attempt of the stage by its number; the latest is then followed as it comes.
    pub fn choose_attempt(&mut self, view: &RunView, at: usize) {
        let attempts = self.attempts(view);
        let latest = at + 1 >= attempts.len();
        self.chosen = attempts.get(at).filter(|_| !latest).map(|a| a.id.clone());
        if !latest {
            self.goes_along = false;
        }
    }

    /// Takes lines in.
    pub fn told(&mut self, attempt: AttemptId, anew: bool, lines: Vec<Line>) {
        if anew || self.attempt.as_ref() != Some(&attempt) {
            self.show_attempt(Some(attempt));
        }
        self.timeline.take(lines);
    }

    /// Shows the timeline of another attempt from its beginning; what is searched for stays.
    pub fn show_attempt(&mut self, attempt: Option<AttemptId>) {
        let wanted = std::mem::take(&mut self.timeline.wanted);
        self.timeline = Timeline::following();
        self.timeline.wanted = wanted;
        self.attempt = attempt;
    }
}

/// The stage a run is at: the first that runs, asks or stopped; else the first that is not done;
/// else the last.
pub fn current(view: &RunView) -> usize {
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
