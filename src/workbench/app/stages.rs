//! The graph of a run as it stands: its rows, and what is to be said of each stage. Worked out when
//! the run changed, not when it is painted.

use crate::engine::plan::{Stage, Until, Work};
use crate::engine::record::{Skip, StageRecord};
use crate::engine::{GateSide, Run};
use crate::records::runs::RunView;
use crate::terms::evidence::CheckResult;
use crate::terms::{FailureKind, StageState};
use crate::text::{Role, many};
use crate::workbench::actions::Action;
use crate::workbench::layout::graph::{self, Node, Row};
use jiff::Timestamp;
use std::sync::Arc;

/// One row about a stage, below it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note {
    /// Its pieces, with the look of each. Not made safe yet.
    pub pieces: Vec<(Role, String)>,
    /// The moment that is waited for, which stands behind the pieces.
    pub until: Option<Timestamp>,
    /// The action that does something about it.
    pub by: Option<Action>,
    /// Whether it can be left out where there is little room.
    pub quiet: bool,
}

impl Note {
    fn of(role: Role, text: impl Into<String>) -> Self {
        Self {
            pieces: vec![(role, text.into())],
            ..Self::default()
        }
    }
}

/// The graph of a run.
#[derive(Debug, Clone, Default)]
pub struct Stages {
    /// The run as it was when this was worked out.
    of: Option<Arc<RunView>>,
    /// What is to be said of each stage.
    pub notes: Vec<Vec<Note>>,
    /// The rows with everything.
    whole: Vec<Row>,
    /// The rows without what can be left out.
    tight: Vec<Row>,
}

impl Stages {
    /// Works it out, where the run is another than before.
    pub fn refresh(&mut self, view: &Arc<RunView>) {
        if self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, view)) {
            return;
        }
        self.of = Some(view.clone());
        self.take(&view.run);
    }

    fn take(&mut self, run: &Run) {
        let stale = run.stale();
        let of = |(stage, record): (&Stage, &StageRecord)| {
            let stale = stale.iter().find(|(id, _)| *id == stage.id);
            notes(run, stage, record, stale.map(|(_, why)| why.as_slice()))
        };
        self.notes = run.plan.stages.iter().zip(&run.stages).map(of).collect();
        let mut nodes = nodes(run, &self.notes);
        self.whole = graph::rows(&nodes);
        for (node, notes) in nodes.iter_mut().zip(&self.notes) {
            node.notes = notes.iter().filter(|n| !n.quiet).count();
        }
        self.tight = graph::rows(&nodes);
        self.tight.retain(|row| row.what != graph::What::Gap);
    }

    /// The rows, those of everything where they fit into this many.
    pub fn rows(&self, height: usize) -> &[Row] {
        if self.whole.len() <= height {
            &self.whole
        } else {
            &self.tight
        }
    }

    /// What a row of the graph says of its stage.
    pub fn note(&self, stage: usize, at: usize, height: usize) -> Option<&Note> {
        let all = self.whole.len() <= height;
        let mut notes = self.notes.get(stage)?.iter().filter(|n| all || !n.quiet);
        notes.nth(at)
    }
}

fn nodes(run: &Run, notes: &[Vec<Note>]) -> Vec<Node> {
    let node = |(n, stage): (usize, &Stage)| {
        let above = stage.depends_on.iter().filter_map(|id| run.plan.index(id));
        let record = run.stages.get(n);
        Node {
            above: above.collect(),
            before: record.is_some_and(|r| has_gate(run, stage, r, GateSide::Before)),
            after: record.is_some_and(|r| has_gate(run, stage, r, GateSide::After)),
            notes: notes.get(n).map_or(0, Vec::len),
        }
    };
    run.plan.stages.iter().enumerate().map(node).collect()
}

/// Whether a gate is to be drawn: one that will ask, asks, or let through.
fn has_gate(run: &Run, stage: &Stage, record: &StageRecord, side: GateSide) -> bool {
    let (gate, approved) = match side {
        GateSide::Before => (&stage.gate_before, &record.approved_before),
        GateSide::After => (&stage.gate_after, &record.approved_after),
    };
    // A stage that is nothing but a gate is its own mark.
    if stage.work == Work::Gate {
        return false;
    }
    let wants = |when: &str| run.evaluate(when).unwrap_or(true);
    let until = stage.looping.as_ref().map(|l| &l.until);
    let looped = side == GateSide::After && matches!(until, Some(Until::Approved));
    looped
        || approved.is_some()
        || record.asking == Some(side)
        || gate.as_ref().is_some_and(|g| wants(&g.when))
}

/// What is to be said of a stage: first what is wrong or waited for, then counters, then what came
/// of it.
fn notes(run: &Run, stage: &Stage, record: &StageRecord, stale: Option<&[String]>) -> Vec<Note> {
    let mut notes = Vec::new();
    if !record.questions.is_empty() && record.state == StageState::NeedsInput {
        let asked = many(record.questions.len(), "question");
        let note = Note::of(Role::Attention, format!("needs your answer: {asked}"));
        notes.push(Note {
            by: Some(Action::Respond),
            ..note
        });
    }
    if let Some(stop) = &record.stop {
        notes.push(Note::of(
            Role::Bad,
            format!("{}: {}", stop.code, stop.reason),
        ));
    }
    notes.extend(waits(stage, record));
    if let Some(wait) = run.waits_for_slot(record) {
        notes.push(Note::of(Role::Attention, wait.told()));
    }
    if let Some(why) = stale {
        let text = format!("stale: {}", why.join(", "));
        notes.push(Note::of(Role::Attention, text));
    }
    if record.superseded {
        let text = "runs again: what it does now will not count";
        notes.push(Note::of(Role::Attention, text));
    }
    if let Some(skip) = record.skipped {
        let text = match skip {
            Skip::LeftOut => "not among the chosen steps",
            Skip::Condition => "its condition does not hold",
            Skip::Person => "skipped by a person",
        };
        notes.push(Note {
            quiet: true,
            ..Note::of(Role::Quiet, text)
        });
    }
    notes.extend(counters(run, stage, record));
    let names = record.artifacts.iter();
    let names: Vec<&str> = names
        .filter_map(|a| a.path.as_str().rsplit('/').next())
        .collect();
    if !names.is_empty() {
        notes.push(Note {
            quiet: true,
            ..Note::of(Role::Quiet, names.join(", "))
        });
    }
    notes
}

/// That it waits for a moment, and for which.
fn waits(stage: &Stage, record: &StageRecord) -> Option<Note> {
    let until = record.not_before?;
    if !matches!(record.state, StageState::Ready | StageState::Pending) {
        return None;
    }
    let failure = record.last_result().and_then(|r| r.failure);
    let failure = failure.filter(|_| record.day.is_none());
    let text = match failure {
        None if record.day.is_some() => "the day's budget is used up until".to_owned(),
        Some(FailureKind::Quota) => {
            let whose = record.agent(stage).map(|a| format!("{}: ", a.name));
            format!("{}no quota until", whose.unwrap_or_default())
        }
        Some(kind) => format!("{kind}, tries again at"),
        None => "waits until".to_owned(),
    };
    Some(Note {
        until: Some(until),
        ..Note::of(Role::Attention, text)
    })
}

/// The loops that went round, with their counters, and how its checks went. How often one may go
/// round is told beside the attempts.
fn counters(run: &Run, stage: &Stage, record: &StageRecord) -> Option<Note> {
    let mut note = Note {
        quiet: true,
        ..Note::default()
    };
    let mut say = |role, text: String, quiet: bool| {
        if !note.pieces.is_empty() {
            note.pieces.push((Role::Quiet, "   ".to_owned()));
        }
        note.pieces.push((role, text));
        note.quiet &= quiet;
    };
    if record.loop_count > 1 {
        let most = stage.looping.as_ref().map(|l| l.max_iterations);
        let of = most.map(|m| format!(" of {}", m.saturating_add(record.allowance)));
        let text = format!("round {}{}", record.loop_count, of.unwrap_or_default());
        say(Role::Name, text, false);
    }
    let name = |id| {
        let stage = run.plan.stage(id);
        stage.map_or_else(|| id.to_string(), |s| s.name.clone())
    };
    if let Some(back) = stage.on_fail.as_ref().filter(|_| record.reruns > 0) {
        let text = format!("↺ {} {} of {}", name(&back.stage), record.reruns, back.max);
        say(Role::Name, text, false);
    }
    if record.rejections > 0 {
        let text = format!("sent back {}", times(record.rejections));
        say(Role::Attention, text, false);
    }
    let bad: Vec<&str> = record
        .checks
        .iter()
        .filter(|c| !c.passed())
        .map(|c| c.command.as_str())
        .collect();
    if !bad.is_empty() {
        say(Role::Bad, format!("✗ {}", bad.join(", ")), false);
    } else if !record.checks.is_empty() {
        let passed = many(record.checks.len(), "check");
        match record.checks.iter().find_map(CheckResult::excused) {
            Some(base) => {
                let text = format!("✓ {passed}, {}", base.counts());
                say(Role::Attention, text, false);
            }
            None => say(Role::Good, format!("✓ {passed}"), true),
        }
    }
    (!note.pieces.is_empty()).then_some(note)
}

fn times(n: u32) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::{feature, sid};
    use crate::workbench::layout::graph::What;

    fn texts(run: &Run, stage: &str) -> Vec<String> {
        let mut stages = Stages::default();
        stages.take(run);
        let n = run.plan.index(&sid(stage)).unwrap();
        let text = |note: &Note| note.pieces.iter().map(|(_, t)| t.as_str()).collect();
        stages.notes[n].iter().map(text).collect()
    }

    fn at<'a>(run: &'a mut Run, stage: &str) -> &'a mut StageRecord {
        run.stages.iter_mut().find(|s| s.id == sid(stage)).unwrap()
    }

    #[test]
    fn loops_tell_their_counters() {
        let mut run = Run::new(feature());
        assert_eq!(texts(&run, "spec"), [""; 0]);
        // What did not go round has no counter.
        assert_eq!(texts(&run, "build"), [""; 0]);
        assert_eq!(texts(&run, "qa"), [""; 0]);
        at(&mut run, "build").loop_count = 2;
        at(&mut run, "qa").reruns = 1;
        at(&mut run, "qa").rejections = 2;
        assert_eq!(texts(&run, "build"), ["round 2 of 3"]);
        assert_eq!(texts(&run, "qa"), ["↺ build 1 of 3   sent back twice"]);
    }

    #[test]
    fn a_gate_has_a_row_of_its_own_once_it_would_ask() {
        let mut run = Run::new(feature());
        let rows = |run: &Run| {
            let mut stages = Stages::default();
            stages.take(run);
            let rows = stages.rows(usize::MAX).iter();
            rows.filter(|r| matches!(r.what, What::Before(_))).count()
        };
        // The one alone at the end is the stage itself.
        assert_eq!(rows(&run), 0);
        run.approvals.insert("before_build".to_owned(), true);
        assert_eq!(rows(&run), 1);
    }

    #[test]
    fn what_is_waited_for_and_what_stopped_it_come_first() {
        let mut run = Run::new(feature());
        let build = at(&mut run, "build");
        build.not_before = Some(Timestamp::UNIX_EPOCH);
        assert_eq!(texts(&run, "build")[0], "waits until");
        at(&mut run, "build").stop = Some(crate::engine::record::Stop {
            code: "no_progress".to_owned(),
            reason: "F1 twice".to_owned(),
        });
        assert_eq!(texts(&run, "build")[0], "no_progress: F1 twice");
    }

    #[test]
    fn with_little_room_what_is_quiet_goes_first() {
        let mut run = Run::new(feature());
        at(&mut run, "qa").reruns = 1;
        let mut stages = Stages::default();
        stages.take(&run);
        let whole = stages.rows(100).len();
        let tight = stages.rows(8);
        assert!(tight.len() < whole, "{tight:?}");
        let shown = |n| tight.iter().filter(|r| r.what.stage() == Some(n)).count();
        assert!((0..6).all(|n| shown(n) >= 1));
        assert_eq!((shown(3), shown(4)), (1, 2));
    }
}
