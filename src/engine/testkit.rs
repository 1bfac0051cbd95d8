//! Small plans, scripted outcomes and a fake clock: a run in memory.

use super::decide::Decision;
use super::event::{Attempted, Event, GateSide, Person, Refreshed};
use super::inputs::Inputs;
use super::plan::{
    Agent, Budget, Command, Context, Gate, Limits, Loop, Network, Plan, PlannedTask, Produce,
    ProduceFrom, Profile, Quota, Rerun, RoleWork, Run as CommandLine, Sandbox, Stage, TreeSetup,
    Until, Work,
};
use super::run::Run;
use crate::terms::evidence::ArtifactRecord;
use crate::terms::verdict::{Judgement, Met, Question, Verdict, VerdictResult};
use crate::terms::{
    AttemptId, CriterionId, Digest, Finding, Oid, Outcome, RepoPath, RunId, StageId, TaskId, Usage,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(crate) fn sid(text: &str) -> StageId {
    StageId::new(text).unwrap()
}

pub(crate) fn person() -> Person {
    Person {
        name: "ada".to_owned(),
        terminal: None,
        pid: 1,
    }
}

pub(super) fn run_id() -> RunId {
    RunId::new("RUN-2026-04-02-T014").unwrap()
}

fn oid(n: usize) -> Oid {
    Oid::new(format!("c{n:02x}{:037}", 0)).unwrap()
}

/// A stage of an agent that produces one artifact `<id>-doc` and reads nothing but the task.
pub(crate) fn agent(id: &str, above: &[&str]) -> Stage {
    Stage {
        id: sid(id),
        name: id.to_owned(),
        code: id.to_uppercase(),
        work: Work::Role(Box::new(RoleWork {
            role: id.to_owned(),
            role_path: RepoPath::new(format!("harness/roles/{id}.md")).unwrap(),
            prompt: "work".to_owned(),
            role_digest: Digest::of(id),
            capability: "build".to_owned(),
            agent: Agent {
                name: "replay".to_owned(),
                driver: "replay".to_owned(),
                model: None,
                effort: None,
                command: Vec::new(),
                recordings: None,
                interactive: Vec::new(),
                env: Vec::new(),
                plan: false,
            },
            keep_context: false,
            fallbacks: Vec::new(),
        })),
        depends_on: above.iter().map(|a| sid(a)).collect(),
        when: None,
        precondition: None,
        context: Vec::new(),
        produces: vec![Produce {
            name: format!("{id}-doc"),
            path: RepoPath::new(format!("harness/artifacts/{id}.md")).unwrap(),
            from: ProduceFrom::File,
            template: None,
            template_digest: None,
            names_criteria: false,
        }],
        writes: Vec::new(),
        within: Vec::new(),
        profile: Profile {
            name: "p".to_owned(),
            tools: Vec::new(),
            network: Network::Model,
            instructions: Vec::new(),
            mcp: Vec::new(),
            skills: Vec::new(),
            env: Vec::new(),
            sandbox: Sandbox::Off,
        },
        checks: Vec::new(),
        looping: None,
        verdict: None,
        on_fail: None,
        gate_before: None,
        gate_after: None,
        retries: 3,
        backoff_ms: 5_000,
        limits: Limits::default(),
        budget: Budget::default(),
        skippable: false,
        on_quota: Quota::default(),
    }
}

pub(crate) fn writer(id: &str, above: &[&str], globs: &[&str]) -> Stage {
    Stage {
        writes: globs.iter().map(|g| (*g).to_owned()).collect(),
        produces: Vec::new(),
        ..agent(id, above)
    }
}

pub(crate) fn gate_only(id: &str, above: &[&str], when: &str) -> Stage {
    Stage {
        work: Work::Gate,
        produces: Vec::new(),
        gate_before: Some(gate(when)),
        ..agent(id, above)
    }
}

pub(crate) fn gate(when: &str) -> Gate {
    Gate {
        when: when.to_owned(),
        message: None,
        on_reject: None,
    }
}

pub(super) fn reads(mut stage: Stage, names: &[&str]) -> Stage {
    let items = names.iter().map(|n| Context::Artifact((*n).to_owned()));
    stage.context.extend(items);
    stage
}

pub(crate) fn plan(stages: Vec<Stage>) -> Plan {
    Plan {
        workflow: "feature".to_owned(),
        workflow_path: None,
        workflow_digest: Digest::of("w"),
        description: String::new(),
        task: Some(PlannedTask {
            id: TaskId::new("T014").unwrap(),
            title: "Dark mode".to_owned(),
            slug: "dark-mode".to_owned(),
            path: RepoPath::new("harness/tasks/T014-dark-mode.md").unwrap(),
            digest: Digest::of("task"),
            criteria: Vec::new(),
        }),
        vars: [].into(),
        max_parallel: 2,
        budget: Budget::default(),
        day: None,
        slots: None,
        resumes: false,
        approvals: [
            ("before_build".to_owned(), false),
            ("before_complete".to_owned(), true),
        ]
        .into(),
        approvals_by_edit: false,
        tree: TreeSetup::default(),
        precondition: None,
        stages,
        on: [].into(),
    }
}

/// spec -> design -> plan -> build (checks, 3) -> qa (verdict, back to build 3) -> complete (gate).
pub(crate) fn feature() -> Plan {
    let mut build = reads(
        writer("build", &["plan"], &["**", "!harness/**"]),
        &["plan-doc"],
    );
    build.gate_before = Some(gate("approvals.before_build"));
    let test = Command {
        run: CommandLine::Shell("npm test".to_owned()),
        timeout_secs: 60,
        name: None,
    };
    build.checks = vec![test.into()];
    build.looping = Some(Loop {
        until: Until::Checks,
        max_iterations: 3,
    });
    let mut qa = reads(agent("qa", &["build"]), &["spec-doc", "plan-doc"]);
    qa.verdict = Some("qa-doc".to_owned());
    qa.on_fail = Some(Rerun {
        stage: sid("build"),
        max: 3,
    });
    plan(vec![
        agent("spec", &[]),
        reads(agent("design", &["spec"]), &["spec-doc"]),
        reads(agent("plan", &["design"]), &["design-doc"]),
        build,
        qa,
        gate_only("complete", &["qa"], "approvals.before_complete"),
    ])
}

/// A run in memory. The clock stands still until it is told to move.
pub(super) struct Bench {
    pub run: Run,
    pub now: Timestamp,
    pub journal: Vec<(Timestamp, Event)>,
    commits: usize,
    /// What artifacts say: the digest changes with it.
    pub text: String,
}

impl Bench {
    pub(super) fn new(plan: Plan) -> Self {
        Self::chosen(plan, &[])
    }

    pub(super) fn chosen(plan: Plan, chosen: &[&str]) -> Self {
        let mut bench = Self {
            run: Run::new(plan),
            now: Timestamp::from_second(1_775_000_000).unwrap(),
            journal: Vec::new(),
            commits: 1,
            text: "v1".to_owned(),
        };
        bench.tell(Event::Created {
            plan: Digest::of("p"),
            base: oid(1),
            branch: "harness/T014".to_owned(),
            chosen: chosen.iter().map(|c| sid(c)).collect(),
            by: person(),
        });
        bench.tell(Event::Prepared);
        bench
    }

    /// A fact that must apply.
    pub(super) fn tell(&mut self, event: Event) {
        self.run.apply(self.now, &event).unwrap();
        self.journal.push((self.now, event));
    }

    /// An order that must be lawful.
    pub(super) fn order(&mut self, event: Event) {
        self.run.may(&event).unwrap();
        self.tell(event);
    }

    pub(super) fn decide(&self) -> Vec<Decision> {
        self.run.decide(&run_id(), self.now)
    }

    /// Carries out decisions until something runs or nothing is to be done; gives what runs.
    pub(super) fn go(&mut self) -> Vec<AttemptId> {
        loop {
            let decisions = self.decide();
            let mut moved = false;
            for decision in decisions {
                match decision {
                    Decision::Start {
                        attempt,
                        public,
                        kind,
                    } => {
                        let stage = self.run.plan.stage(&attempt.stage).unwrap().clone();
                        let inputs: Inputs = self.run.inputs(&stage);
                        self.tell(Event::Intent {
                            attempt,
                            public,
                            session: None,
                            inputs,
                            checkpoint: oid(self.commits),
                            seal: None,
                            by: (kind == super::record::NextKind::Taken).then(person),
                        });
                        moved = true;
                    }
                    Decision::PassGate { stage } => {
                        self.tell(Event::GatePassed { stage });
                        moved = true;
                    }
                    Decision::WaitUntil(time) if self.running().is_empty() => {
                        self.now = time;
                        moved = true;
                    }
                    Decision::End => {
                        self.tell(Event::Ended);
                        moved = true;
                    }
                    _ => {}
                }
            }
            if !moved {
                return self.running();
            }
        }
    }

    pub(super) fn running(&self) -> Vec<AttemptId> {
        let running = self.run.stages.iter();
        running
            .filter(|s| s.state == crate::terms::StageState::Running)
            .map(|s| s.current_attempt().unwrap().id.clone())
            .collect()
    }

    /// A result of the attempt with the evidence that its stage owes for this outcome.
    pub(super) fn result(&mut self, attempt: &AttemptId, outcome: Outcome) -> Attempted {
        let stage = self.run.plan.stage(&attempt.stage).unwrap().clone();
        let mut result = Attempted::lost(attempt.clone(), format!("it {outcome}"), Some(1_000));
        result.outcome = outcome;
        result.usage = Usage {
            output: Some(100),
            cost_micros: Some(10_000),
            ..Usage::default()
        };
        if outcome == Outcome::Passed {
            self.commits += 1;
            result.commit = Some(oid(self.commits));
            result.artifacts = stage
                .produces
                .iter()
                .map(|p| ArtifactRecord {
                    name: p.name.clone(),
                    path: p.path.clone(),
                    digest: Digest::of(&self.text),
                    bytes: 2,
                })
                .collect();
            result.verdict = stage.verdict.as_ref().map(|_| verdict(Met::Met));
        }
        if outcome == Outcome::NeedsInput {
            result.questions = vec![Question {
                id: "Q1".to_owned(),
                blocking: true,
                text: "Which colour?".to_owned(),
            }];
        }
        result
    }

    pub(super) fn end(&mut self, result: Attempted) {
        self.tell(Event::Finished(Box::new(result)));
    }

    /// The only stage that runs comes out so.
    pub(super) fn step(&mut self, stage: &str, outcome: Outcome) {
        self.step_with(stage, outcome, |_| {});
    }

    pub(super) fn step_with(
        &mut self,
        stage: &str,
        outcome: Outcome,
        change: impl FnOnce(&mut Attempted),
    ) {
        let running = self.go();
        let attempt = running.iter().find(|a| a.stage.as_str() == stage);
        let attempt = attempt.unwrap_or_else(|| panic!("{stage} does not run: {running:?}"));
        let mut result = self.result(&attempt.clone(), outcome);
        change(&mut result);
        self.end(result);
    }

    pub(super) fn pass(&mut self, stages: &[&str]) {
        for stage in stages {
            self.step(stage, Outcome::Passed);
        }
    }

    pub(super) fn reject(&mut self, finding: usize) {
        self.step_with("qa", Outcome::Failed, |r| {
            r.findings =
                vec![Finding::new("review/finding", "wrong").criterion(CriterionId::nth(finding))];
        });
    }

    pub(super) fn approve(&mut self, stage: &str, side: GateSide) {
        let evidence = self.run.evidence(&sid(stage), side);
        self.order(Event::Approved {
            stage: sid(stage),
            side,
            evidence,
            by: person(),
        });
    }

    pub(super) fn send_back(&mut self, stage: &str, side: GateSide) {
        self.order(Event::Rejected {
            stage: sid(stage),
            side,
            comments: Vec::new(),
            reason: "no".to_owned(),
            by: person(),
        });
    }

    pub(super) fn resume(&mut self) {
        self.order(Event::Resumed { by: person() });
    }

    pub(super) fn of(&self, stage: &str) -> &super::record::StageRecord {
        self.run.record(&sid(stage)).unwrap()
    }

    pub(super) fn stop_code(&self, stage: &str) -> &str {
        self.of(stage).stop.as_ref().map_or("-", |s| &s.code)
    }

    /// Its moved base is taken in, which brings so many paths outside of harness/.
    pub(super) fn refresh(&mut self, files: usize) {
        let order = Event::Refresh {
            onto: oid(0),
            by: person(),
        };
        self.run.may(&order).unwrap();
        self.commits += 1;
        self.tell(Event::Refreshed(Box::new(Refreshed {
            branch: "main".to_owned(),
            onto: oid(0),
            base: oid(0),
            head: oid(self.commits),
            commits: 1,
            files,
            both: Vec::new(),
            work: BTreeMap::new(),
            by: person(),
        })));
    }

    pub(super) fn edit(&mut self, stage: &str, text: &str) {
        self.commits += 1;
        let produce = self.run.plan.stage(&sid(stage)).unwrap().produces[0].clone();
        let commit = oid(self.commits);
        self.tell(Event::ArtifactChanged {
            stage: sid(stage),
            artifact: ArtifactRecord {
                name: produce.name,
                path: produce.path,
                digest: Digest::of(text),
                bytes: 1,
            },
            commit,
        });
    }
}

pub(super) fn verdict(met: Met) -> Verdict {
    Verdict {
        result: VerdictResult::Pass,
        judgements: vec![Judgement {
            criterion: CriterionId::nth(1),
            met,
            evidence: "seen".to_owned(),
        }],
    }
}
