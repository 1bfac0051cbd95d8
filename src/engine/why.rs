//! Why a run or a stage is as it is, as far as its journal tells it, and what comes next. What of
//! its work is kept is on disk: `records` looks there and makes the six lines.

use super::budget::{Raising, Short};
use super::plan::{Precondition, Stage};
use super::record::{Skip, SlotWait, StageRecord};
use super::run::{InReview, Run};
use super::step::Step;
use crate::terms::verdict::DISPUTE;
use crate::terms::{RunId, RunState, StageId, StageState};
use crate::text::many;
use jiff::Timestamp;

/// The end of a fact that waits for its moment.
pub const WAITS_UNTIL: &str = "it waits until";

/// Why it is so, and the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The stage that decides; `None`: none alone does.
    pub stage: Option<StageId>,
    /// What state it is in.
    pub what: String,
    /// The decisive fact, with its place where it has one.
    pub evidence: String,
    /// The moment that the fact ends with, where it tells one: a person is told it as their own
    /// clock has it.
    pub moment: Option<Timestamp>,
    /// What was tried.
    pub tried: String,
    /// What a person does next on the screen.
    pub step: Step,
    /// The command that does the same.
    pub command: String,
}

impl Cause {
    /// The decisive fact with its moment, as files have it.
    pub fn fact(&self) -> String {
        match self.moment {
            Some(at) => format!("{} {}", self.evidence, at.strftime("%Y-%m-%d %H:%M:%S UTC")),
            None => self.evidence.clone(),
        }
    }
}

/// What answers a gate.
fn at_gate() -> Step {
    Step::Actions(vec![
        ("approve", "approves".to_owned()),
        ("send-back", "sends it back".to_owned()),
    ])
}

impl Run {
    /// Why the run, or one of its stages, is as it is. `id` is the run's own, for the commands.
    pub fn cause(&self, id: &RunId, stage: Option<&StageId>) -> Cause {
        let state = self.state();
        let named = stage.and_then(|s| self.record(s));
        let decisive = named.or_else(|| self.decisive(state));
        let what = match named {
            Some(record) => format!("{}: {}", self.name_of(&record.id), self.word_of(record)),
            None => match decisive {
                Some(record) => format!(
                    "{id}: {state}; {}: {}",
                    self.name_of(&record.id),
                    self.word_of(record)
                ),
                None => format!("{id}: {state}"),
            },
        };
        let (step, command) = match named {
            Some(record) => self.next_of_stage(id, record),
            None => self.next_of_run(id, state),
        };
        Cause {
            stage: decisive.map(|record| record.id.clone()),
            what,
            evidence: self.with_log_in(decisive, named.is_none()),
            moment: decisive.and_then(|record| self.moment(record, named.is_none())),
            tried: match decisive {
                Some(record) if named.is_some() || !record.attempts.is_empty() => {
                    Self::tried(record)
                }
                _ => self.tried_in_all(),
            },
            step,
            command,
        }
    }

    /// The stage that makes the run's state what it is.
    fn decisive(&self, state: RunState) -> Option<&StageRecord> {
        let wanted: &[StageState] = match state {
            RunState::Running => &[StageState::Running, StageState::Ready],
            RunState::Paused => &[StageState::Paused, StageState::Ready],
            RunState::AwaitingApproval => &[StageState::AwaitingApproval],
            RunState::NeedsInput => &[StageState::NeedsInput],
            RunState::Blocked => &[StageState::Blocked],
            RunState::ReplanRequired => &[StageState::ReplanRequired],
            RunState::Interrupted => &[StageState::Interrupted],
            RunState::Failed => &[StageState::Failed],
            RunState::Cancelled => &[StageState::Cancelled],
            RunState::Created | RunState::Ready | RunState::Completed => &[],
        };
        let found = wanted
            .iter()
            .find_map(|w| self.stages.iter().find(|s| s.state == *w));
        let stale = || {
            let first = self.stale().into_iter().next();
            first.and_then(|(id, _)| self.record(&id))
        };
        match state {
            RunState::Paused => found.or_else(stale),
            _ => found,
        }
    }

    fn name_of<'a>(&'a self, id: &'a StageId) -> &'a str {
        self.plan.stage(id).map_or(id.as_str(), |s| s.name.as_str())
    }

    /// The agent whose quota a stage waits for, and until when.
    pub fn waits_for_quota<'a>(&'a self, record: &StageRecord) -> Option<(&'a str, Timestamp)> {
        record.waits_for_quota(self.plan.stage(&record.id)?)
    }

    fn word_of(&self, record: &StageRecord) -> String {
        if self.waits_for_quota(record).is_some() {
            return "waiting for a quota".to_owned();
        }
        if self.waits_for_slot(record).is_some() {
            return "waiting for a free slot".to_owned();
        }
        if record.waits_for_another_day() {
            return "waiting for another day's budget".to_owned();
        }
        if self.is_stale(&record.id) {
            format!("{}, and stale", record.state)
        } else {
            record.state.to_string()
        }
    }

    /// The moment that the fact of a stage ends with.
    fn moment(&self, record: &StageRecord, of_run: bool) -> Option<Timestamp> {
        let cancelled = of_run && self.cancel.is_some();
        if cancelled || record.stop.is_some() {
            return None;
        }
        match record.state {
            StageState::Running => Some(record.current_attempt()?.started),
            StageState::Ready if !self.pause => {
                let index = self.plan.index(&record.id);
                let stale = self.is_stale(&record.id);
                let held = stale
                    || index.is_some_and(|i| {
                        self.budget_stops(i).is_some() || self.logged_out(i).is_some()
                    });
                record.not_before.filter(|_| !held)
            }
            _ => None,
        }
    }

    /// The decisive fact, with the command that logs in where a login is what is missing.
    fn with_log_in(&self, record: Option<&StageRecord>, of_run: bool) -> String {
        let line = self.decisive_line(record, of_run);
        match record.and_then(|record| self.log_in(&record.id)) {
            Some(command) => format!("{line}; log in with `{command}`, then let it go on"),
            None => line,
        }
    }

    /// The fact that decides, and where it is written.
    fn decisive_line(&self, record: Option<&StageRecord>, of_run: bool) -> String {
        if of_run && let Some(reason) = &self.cancel {
            return format!("cancelled: {reason}");
        }
        let Some(record) = record else {
            return match self.state() {
                RunState::Completed => self.with_review("every stage passed or was skipped"),
                RunState::Created => "its tree is being made".to_owned(),
                _ => "a person paused it".to_owned(),
            };
        };
        if let Some(stop) = &record.stop {
            let finding = record.findings.first();
            return match finding.filter(|f| !stop.reason.contains(&f.text)) {
                Some(finding) => format!("{} [{}]; {finding}", stop.reason, stop.code),
                None => format!("{} [{}]", stop.reason, stop.code),
            };
        }
        match record.state {
            StageState::NeedsInput => {
                let first = record.questions.first();
                let said = record.last_result().map(|r| r.reason.clone());
                match first.filter(|q| q.id != DISPUTE) {
                    Some(q) => format!("{} {}", q.id, q.text),
                    None => said.unwrap_or_else(|| "it asks a person".to_owned()),
                }
            }
            StageState::AwaitingApproval => self.gate_line(record),
            StageState::Skipped => match record.skipped {
                Some(Skip::LeftOut) => "it was not among the chosen steps".to_owned(),
                Some(Skip::Person) => "a person skipped it".to_owned(),
                _ => self.false_condition(record),
            },
            StageState::Cancelled if record.attempts.is_empty() => match &self.cancel {
                Some(reason) => format!("the run was cancelled: {reason}"),
                None => record.state.to_string(),
            },
            StageState::Pending => self.waits_for(record),
            StageState::Running => record.current_attempt().map_or_else(
                || "a gate is being passed".to_owned(),
                |a| match &a.by {
                    Some(by) => format!("{} has taken it over since", by.name),
                    None => format!("attempt {} runs since", a.id),
                },
            ),
            StageState::Ready | StageState::Paused | StageState::Passed => {
                self.line_of_unstopped(record)
            }
            _ => record
                .last_result()
                .map_or_else(|| record.state.to_string(), |r| r.reason.clone()),
        }
    }

    fn gate_line(&self, record: &StageRecord) -> String {
        let stage = self.plan.stage(&record.id);
        let gate = stage.and_then(|s| match record.asking {
            Some(super::event::GateSide::After) => s.gate_after.as_ref(),
            _ => s.gate_before.as_ref(),
        });
        match gate.and_then(|g| g.message.clone()) {
            Some(message) => message,
            None if record.has_unverifiable() => {
                "criteria that could not be verified must be accepted by a person".to_owned()
            }
            None => "the workflow asks a person here".to_owned(),
        }
    }

    fn waits_for(&self, record: &StageRecord) -> String {
        let above = self.plan.above(&record.id);
        let held = above
            .iter()
            .filter_map(|id| self.record(id))
            .find(|r| !r.state.is_done() || self.is_stale(&r.id));
        match held {
            Some(r) => format!("it waits for {}, which is {}", r.id, self.word_of(r)),
            None => "it waits for the run's tree".to_owned(),
        }
    }

    fn line_of_unstopped(&self, record: &StageRecord) -> String {
        let stale = self.stale();
        if let Some((_, changed)) = stale.iter().find(|(id, _)| *id == record.id) {
            return format!("changed since it passed: {}", changed.join(", "));
        }
        let index = self.plan.index(&record.id);
        if record.state == StageState::Ready {
            if let Some(reason) = index.and_then(|i| self.budget_stops(i)) {
                return reason;
            }
            if let Some(other) = index.and_then(|i| self.logged_out(i)) {
                return format!("{other} found the login gone, which serves this stage too");
            }
            if self.pause {
                return "a person paused the run".to_owned();
            }
            if let Some(hold) = &record.day {
                return format!("{}; {WAITS_UNTIL}", hold.reason);
            }
            if let Some((agent, _)) = self.waits_for_quota(record) {
                return format!("the quota of {agent} is used up; {WAITS_UNTIL}");
            }
            if record.not_before.is_some() {
                return WAITS_UNTIL.to_owned();
            }
            if let Some(wait) = self.waits_for_slot(record) {
                return wait.told();
            }
            return "it is about to start".to_owned();
        }
        record
            .last_result()
            .map_or_else(|| record.state.to_string(), |r| r.reason.clone())
    }

    /// A fact, and where the result is up for review.
    fn with_review(&self, fact: &str) -> String {
        match (&self.in_review, &self.landed) {
            (Some(review), None) => format!("{fact}; {}", self.told_of(review)),
            _ => fact.to_owned(),
        }
    }

    /// Where the result is up for review, and whether all of it is.
    pub fn told_of(&self, review: &InReview) -> String {
        let all = self.head.as_ref() == Some(&review.head);
        let not_all = if all {
            ""
        } else {
            ", as it was before it was worked on again"
        };
        format!("in review as {}{not_all}", review.url)
    }

    /// The stage that does the work, for what is found after it: what the last gate sends back to, or
    /// the last stage that changes more than its artifacts.
    pub fn building_stage(&self) -> Option<StageId> {
        let sends = |stage: &Stage| {
            let gates = [stage.gate_before.as_ref(), stage.gate_after.as_ref()];
            gates
                .into_iter()
                .flatten()
                .find_map(|gate| gate.on_reject.clone())
        };
        let mut back = self.plan.stages.iter().rev();
        let writes = |s: &&Stage| s.writes_beyond_artifacts();
        back.clone()
            .find_map(sends)
            .map(|rerun| rerun.stage)
            .or_else(|| back.find(writes).map(|s| s.id.clone()))
            .or_else(|| self.plan.stages.last().map(|s| s.id.clone()))
    }

    /// The command that answers what the first asking stage asks.
    fn answer_command(&self, id: &RunId) -> String {
        let asking = self
            .stages
            .iter()
            .find(|s| s.state == StageState::NeedsInput);
        let questions = asking.map(|s| s.questions.as_slice()).unwrap_or_default();
        let words: String = questions.iter().map(|q| format!(" {}='…'", q.id)).collect();
        format!("harness-tui answer {id}{words}")
    }

    /// The command that lets a gate that asks through, on what it asks about now: this stage's, or
    /// the first.
    fn approve_command(&self, id: &RunId, stage: Option<&StageId>) -> String {
        let asking = self
            .stages
            .iter()
            .filter(|s| stage.is_none_or(|wanted| s.id == *wanted))
            .find_map(|s| Some((&s.id, s.asking?)));
        match asking {
            Some((stage, side)) => format!(
                "harness-tui approve {id} --stage {stage} --on {}",
                self.evidence(stage, side).short()
            ),
            None => format!("harness-tui approve {id}"),
        }
    }

    fn false_condition(&self, record: &StageRecord) -> String {
        let when = self.plan.stage(&record.id).and_then(|s| s.when.as_ref());
        match when {
            Some(when) => format!("its condition was false: {when}"),
            None => "its condition was false".to_owned(),
        }
    }

    /// What every stage tried, where none alone decides.
    fn tried_in_all(&self) -> String {
        let attempts: usize = self.stages.iter().map(|s| s.attempts.len()).sum();
        let stages = self.stages.iter().filter(|s| !s.attempts.is_empty());
        match attempts {
            0 => "nothing yet".to_owned(),
            n => format!(
                "{} in {}",
                many(n, "attempt"),
                many(stages.count(), "stage")
            ),
        }
    }

    fn tried(record: &StageRecord) -> String {
        let counted = |n: u32, noun: &str| (n > 0).then(|| many(n, noun));
        let attempts = u32::try_from(record.attempts.len()).unwrap_or(u32::MAX);
        let parts: Vec<String> = [
            counted(attempts, "attempt"),
            counted(record.repairs, "repair"),
            counted(
                record.retries.saturating_add(record.second_chances),
                "retry",
            ),
            counted(record.reruns, "rerun").map(|n| format!("{n} ordered")),
            counted(record.rejections, "rejection"),
            counted(record.interruptions, "interruption"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if parts.is_empty() {
            "nothing yet".to_owned()
        } else {
            parts.join(", ")
        }
    }

    fn next_of_run(&self, id: &RunId, state: RunState) -> (Step, String) {
        let pair = |action, does: &str, command| (Step::by(action, does), command);
        if self.stages.iter().any(|s| s.in_hand().is_some()) {
            let does = "goes on with it, or hands it back";
            return pair("take-over", does, format!("harness-tui take {id}"));
        }
        let alone = |does, command| (Step::Command(does), command);
        match state {
            RunState::Created | RunState::Ready | RunState::Running
                if self.waits_for_another_day() =>
            {
                let step = Step::Actions(vec![
                    ("raise", "raises the day's budget".to_owned()),
                    ("pause", "pauses it".to_owned()),
                ]);
                let command = format!("harness-tui resume {id} {}", self.raise_words());
                (step, command)
            }
            RunState::Created | RunState::Ready | RunState::Running => {
                pair("pause", "pauses it", format!("harness-tui pause {id}"))
            }
            RunState::AwaitingApproval => (at_gate(), self.approve_command(id, None)),
            RunState::NeedsInput => pair("respond", "answers", self.answer_command(id)),
            RunState::Completed if self.landed.is_some() => pair(
                "pipeline",
                "shows the run",
                format!("harness-tui status {id}"),
            ),
            RunState::Completed if self.in_review.is_some() => pair(
                "land",
                "updates its review, or lands it",
                format!("harness-tui land {id} --pr"),
            ),
            RunState::Completed => pair("land", "lands it", format!("harness-tui land {id}")),
            RunState::Interrupted | RunState::Failed | RunState::Blocked => {
                pair("pause", "goes on", format!("harness-tui resume {id}"))
            }
            RunState::Paused => match self.stale().first() {
                Some((stage, _)) if !self.pause => self.from(stage, id),
                _ if self.held_by_budget() => pair(
                    "raise",
                    "raises the budget",
                    format!("harness-tui resume {id} {}", self.raise_words()),
                ),
                _ => pair("pause", "goes on", format!("harness-tui resume {id}")),
            },
            RunState::ReplanRequired => {
                let named = self.stages.iter().find_map(|s| s.replan.as_ref());
                let first = self.plan.stages.first().map(|s| &s.id);
                match named.and_then(|(stage, _)| stage.as_ref()).or(first) {
                    Some(stage) => self.from(stage, id),
                    None => pair("run", "runs it", format!("harness-tui resume {id}")),
                }
            }
            RunState::Cancelled => {
                if let Some(command) = self.with_other_vars() {
                    return alone("runs it anew with other variables", command);
                }
                let open = self.stages.iter().find(|s| !s.state.is_done());
                match open {
                    Some(record) => self.from(&record.id, id),
                    None => pair("land", "lands it", format!("harness-tui land {id}")),
                }
            }
        }
    }

    fn next_of_stage(&self, id: &RunId, record: &StageRecord) -> (Step, String) {
        match record.state {
            StageState::Passed | StageState::Skipped | StageState::Cancelled => {
                self.from(&record.id, id)
            }
            StageState::ReplanRequired => self.next_of_run(id, RunState::ReplanRequired),
            StageState::AwaitingApproval => (at_gate(), self.approve_command(id, Some(&record.id))),
            StageState::NeedsInput => self.next_of_run(id, RunState::NeedsInput),
            StageState::Blocked | StageState::Failed | StageState::Interrupted => {
                self.next_of_run(id, RunState::Blocked)
            }
            _ => self.next_of_run(id, self.state()),
        }
    }

    /// The places that a stage waits for one of, which is about to start else.
    pub fn waits_for_slot<'a>(&self, record: &'a StageRecord) -> Option<&'a SlotWait> {
        let ready = record.state == StageState::Ready && record.not_before.is_none();
        let kept = || {
            let index = self.plan.index(&record.id);
            self.pause
                || index
                    .is_some_and(|i| self.budget_stops(i).is_some() || self.logged_out(i).is_some())
        };
        record.slot.as_ref().filter(|_| ready && !kept())
    }

    /// Whether nothing of it goes on before a day is over whose budget is used up.
    pub fn waits_for_another_day(&self) -> bool {
        let runs = |s: &StageRecord| s.state == StageState::Running;
        !self.stages.iter().any(runs) && self.stages.iter().any(StageRecord::waits_for_another_day)
    }

    /// The words that raise the budget by what is missing.
    fn raise_words(&self) -> String {
        match self.raising() {
            Some(Raising { day: Some(_), by }) => format!("--day {}", by.words()),
            _ => self.short_of().unwrap_or(Short::Dollars(1)).words(),
        }
    }

    /// Whether nothing but the budget keeps the run: to resume it would change nothing.
    fn held_by_budget(&self) -> bool {
        let paused = |s: &StageRecord| s.state == StageState::Paused;
        !self.pause && !self.stages.iter().any(paused) && self.over_budget().is_some()
    }

    /// The order that gives the variables, where the workflow's precondition was not met by those of
    /// this run: they are locked, so that no rerun could ever meet it.
    fn with_other_vars(&self) -> Option<String> {
        let Some(Precondition::Expression(source)) = &self.plan.precondition else {
            return None;
        };
        if self.stages.iter().any(|s| !s.attempts.is_empty()) || self.evaluate(source) == Ok(true) {
            return None;
        }
        let names = self.plan.vars.keys();
        let sets: String = names
            .filter(|name| source.contains(&format!("vars.{name}")))
            .map(|name| format!(" --set {name}=…"))
            .collect();
        let task = self.plan.task.as_ref();
        let task = task.map_or_else(String::new, |task| format!(" {}", task.id));
        let workflow = &self.plan.workflow;
        (!sets.is_empty()).then(|| format!("harness-tui run{task} --workflow {workflow}{sets}"))
    }

    fn from(&self, stage: &StageId, id: &RunId) -> (Step, String) {
        let command = match &self.plan.task {
            Some(task) => format!("harness-tui run {} --from {stage}", task.id),
            None => format!("harness-tui run {id} --from {stage}"),
        };
        (Step::by("rerun", format!("reruns from {stage}")), command)
    }
}
