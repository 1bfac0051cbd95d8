//! Gates: whether one asks, on what evidence, and where a rejection goes.

use super::event::GateSide;
use super::plan::{Gate, Plan, Rerun, Stage};
use super::run::Run;
use crate::terms::{Digest, StageId};
use serde_json::json;

/// How many times a rejection may order a rework where the workflow does not say.
const DEFAULT_REJECTIONS: u32 = 3;

/// Where a rejection at this gate goes; `None`: nowhere, a stage must be reopened by a person.
///
/// The workflow's word wins; else after a stage the stage itself, and before one the nearest stage
/// above that writes.
pub fn reject_target(plan: &Plan, stage: &Stage, side: GateSide) -> Option<Rerun> {
    let gate = match side {
        GateSide::Before => stage.gate_before.as_ref(),
        GateSide::After => stage.gate_after.as_ref(),
    };
    if let Some(named) = gate.and_then(|g| g.on_reject.clone()) {
        return Some(named);
    }
    match side {
        GateSide::After => Some(Rerun {
            stage: stage.id.clone(),
            max: loop_or_default(stage),
        }),
        GateSide::Before => plan
            .above(&stage.id)
            .into_iter()
            .rev()
            .find(|id| plan.stage(id).is_some_and(Stage::writes_beyond_artifacts))
            .map(|stage| Rerun {
                stage,
                max: DEFAULT_REJECTIONS,
            }),
    }
}

/// `max_iterations` of an interactive loop counts executions; a rejection orders one more.
fn loop_or_default(stage: &Stage) -> u32 {
    stage
        .looping
        .as_ref()
        .map_or(DEFAULT_REJECTIONS, |l| l.max_iterations.saturating_sub(1))
}

impl Run {
    /// What expressions can see: approval settings, task, variables, the stages' states.
    pub fn facts(&self) -> super::expression::Values {
        let stages: serde_json::Map<String, serde_json::Value> = self
            .stages
            .iter()
            .map(|s| {
                let state = s.state.word().replace(' ', "_");
                let iterations = s.iteration;
                (
                    s.id.to_string(),
                    json!({ "state": state, "iterations": iterations }),
                )
            })
            .collect();
        let task = self.plan.task.as_ref();
        let artifacts: serde_json::Map<String, serde_json::Value> = self
            .plan
            .stages
            .iter()
            .flat_map(|s| &s.produces)
            .map(|p| (p.name.clone(), json!(p.path.as_str())))
            .collect();
        [
            ("approvals".to_owned(), json!(self.approvals)),
            ("vars".to_owned(), json!(self.plan.vars)),
            ("stages".to_owned(), stages.into()),
            ("artifacts".to_owned(), artifacts.into()),
            (
                "task".to_owned(),
                json!({
                    "id": task.map_or("", |t| t.id.as_str()),
                    "title": task.map_or("", |t| t.title.as_str()),
                    "slug": task.map_or("", |t| t.slug.as_str()),
                    "path": task.map_or("", |t| t.path.as_str()),
                }),
            ),
        ]
        .into()
    }

    /// Evaluates an expression over the facts.
    pub fn evaluate(&self, source: &str) -> Result<bool, String> {
        super::expression::eval_bool(source, &self.facts())
    }

    fn wants(&self, gate: Option<&Gate>) -> bool {
        // A condition that fails to evaluate asks: a person is the safe side.
        gate.is_some_and(|g| self.evaluate(&g.when).unwrap_or(true))
    }

    /// Whether the gate before a stage asks now: it wants to, and no approval of exactly this
    /// evidence is there.
    pub fn gate_asks(&self, index: usize) -> bool {
        let Some((stage, record)) = self.at(index) else {
            return false;
        };
        let continues = record.iteration > 0
            && matches!(
                record.next,
                super::record::NextKind::Repair
                    | super::record::NextKind::Retry
                    | super::record::NextKind::Continue
                    | super::record::NextKind::Again
                    | super::record::NextKind::Recheck
            );
        let continues = continues || record.next == super::record::NextKind::Taken;
        !continues
            && self.wants(stage.gate_before.as_ref())
            && record
                .approved_before
                .as_ref()
                .is_none_or(|a| a.evidence != self.evidence(&stage.id, GateSide::Before))
    }

    /// Whether a stage that came out well asks a person before it has passed.
    ///
    /// Beside the workflow's own gate: a verdict with criteria that nobody could verify must be
    /// accepted by a person somewhere; where no gate below will ask, it is asked here.
    pub fn gate_after_asks(&self, stage: &Stage, unverifiable: bool) -> bool {
        self.wants(stage.gate_after.as_ref())
            || matches!(
                stage.looping.as_ref().map(|l| &l.until),
                Some(super::plan::Until::Approved)
            )
            || (unverifiable && self.nobody_below_accepts(stage))
    }

    /// Whether no gate below a stage has been approved or will ask: what the stage could not
    /// verify would then be accepted by nobody.
    pub(super) fn nobody_below_accepts(&self, stage: &Stage) -> bool {
        !self.plan.below(&stage.id).iter().any(|id| {
            let (Some(stage), Some(record)) = (self.plan.stage(id), self.record(id)) else {
                return false;
            };
            let approved = record.approved_before.is_some() || record.approved_after.is_some();
            let will_ask =
                self.wants(stage.gate_before.as_ref()) || self.wants(stage.gate_after.as_ref());
            approved || (!record.state.is_done() && will_ask)
        })
    }

    /// What a person at this gate decides on, as one digest: the task, and every artifact and
    /// hand-off above it; for the gate after a stage that stage's own too. A stage that writes
    /// only artifacts is told by them, so that one made anew with equal content changes nothing. What
    /// a moved base brought in counts where code is decided on.
    pub fn evidence(&self, stage: &StageId, side: GateSide) -> Digest {
        let parts = self.evidence_parts(stage, side);
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }

    /// What [`Run::evidence`] is the digest of, part by part: `STAGE SKIPPED COMMIT`, `PATH DIGEST` of an
    /// artifact, `task DIGEST`, `base COMMIT`.
    pub fn evidence_parts(&self, stage: &StageId, side: GateSide) -> Vec<String> {
        let mut parts: Vec<String> = Vec::new();
        let mut ids = self.plan.above(stage);
        if side == GateSide::After {
            ids.push(stage.clone());
        }
        let rests_on_code = |id: &StageId| {
            let stage = self.plan.stage(id);
            stage.is_some_and(|s| s.writes_beyond_artifacts() || self.plan.judges_code(s))
        };
        let on_code = ids.iter().any(rests_on_code);
        for id in ids {
            let Some(record) = self.record(&id) else {
                continue;
            };
            let writes = self
                .plan
                .stage(&id)
                .is_some_and(Stage::writes_beyond_artifacts);
            let commit = record.commit.as_ref().filter(|_| writes);
            let commit = commit.map_or("-", |c| c.as_str());
            parts.push(format!("{id} {:?} {commit}", record.skipped));
            for artifact in &record.artifacts {
                parts.push(format!("{} {}", artifact.path, artifact.digest));
            }
        }
        if let Some(task) = &self.task {
            parts.push(format!("task {task}"));
        }
        if let Some(ground) = self.ground.as_ref().filter(|_| on_code) {
            parts.push(format!("base {ground}"));
        }
        parts
    }
}
