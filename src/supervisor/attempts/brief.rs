//! What an attempt is told: its whole order, out of the run as it stands.

use crate::agents::{Session, catalogue};
use crate::engine::plan::{Agent, Work};
use crate::engine::record::{NextKind, StageRecord};
use crate::stage::spec::{AttemptSpec, LentTo, TaskText};
use crate::store::fs::Fs;
use crate::supervisor::Supervisor;
use crate::supervisor::ports::compose_project;
use crate::terms::{AttemptId, Oid, PublicId, StageId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{MAX_EXIT_BYTES, Told, left_by_earlier};

/// Largest task file that is read.
const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

impl Supervisor {
    pub(super) fn spec(
        &mut self,
        attempt: &AttemptId,
        public: &PublicId,
        kind: NextKind,
        tree: PathBuf,
        checkpoint: Oid,
    ) -> Option<AttemptSpec> {
        let lent = self.lent_to(&attempt.stage, kind, &checkpoint);
        if kind == NextKind::Taken && lent.is_none() {
            return None;
        }
        let env = self.environment(&tree, &attempt.stage);
        let plan = &self.run.plan;
        let record = self.run.record(&attempt.stage);
        let mut stage = plan.stage(&attempt.stage)?.clone();
        if let (Work::Role(work), Some(record)) = (&mut stage.work, record) {
            work.agent = work.served_by(record.turn).clone();
        }
        let own = tree == self.order.tree;
        let session = session_for(&stage, record, kind);
        let told = Told::of(&self.run, &attempt.stage, kind);
        Some(AttemptSpec {
            run: self.order.run.clone(),
            attempt: attempt.clone(),
            public_id: public.clone(),
            epoch: self.epoch,
            kind: told.kind,
            agent_home: self.home_of_session(record, &session),
            session,
            findings: told.findings,
            comments: told.comments,
            answers: told.answers,
            checks_so_far: told.checks,
            stage,
            home: self.order.home.clone(),
            harness: self.order.harness.clone(),
            branch: own.then(|| self.order.branch_ref()),
            check_tree: if own {
                self.order.check_tree()
            } else {
                self.order.check_tree_beside(&attempt.stage)
            },
            tree,
            checkpoint,
            base: self.base().clone(),
            run_dir: self.dirs.path().to_owned(),
            task: self.task_text(),
            criteria: plan
                .task
                .as_ref()
                .map(|t| t.criteria.clone())
                .unwrap_or_default(),
            reopens: plan.reopened_by(&attempt.stage),
            artifacts: plan
                .stages
                .iter()
                .flat_map(|s| s.produces.iter().map(|p| (p.name.clone(), p.path.clone())))
                .collect(),
            setup: plan.tree.clone(),
            preconditions: self.to_ask(attempt),
            env,
            record: self.order.record.clone(),
            names: self.names(attempt),
            keep_raw: self.order.keep_raw,
            apart: self.is_in_place().then(|| self.apart()),
            brought: None,
            own_repository: self.order.own_repository().map(Path::to_owned),
            lent,
        })
    }

    /// The person whose attempt it is to be, and what they find.
    fn lent_to(&self, stage: &StageId, kind: NextKind, checkpoint: &Oid) -> Option<LentTo> {
        let taken = self
            .run
            .taken
            .as_ref()
            .filter(|_| kind == NextKind::Taken)?;
        let record = self.run.record(stage)?;
        let left = match left_by_earlier(record, kind) {
            Some(left) => left,
            None => self.home.tree_of(checkpoint).ok()?,
        };
        let attempts = record.attempts.iter().rev();
        let mut prompts = attempts.map(|a| self.attempt_dir(&a.id).prompt());
        Some(LentTo {
            by: taken.by.clone(),
            left,
            prompt: prompts.find(|p| p.exists()),
        })
    }

    /// A session lives in the configuration of the attempt that began it.
    fn home_of_session(&self, record: Option<&StageRecord>, session: &Session) -> Option<PathBuf> {
        let Session::Resume(id) = session else {
            return None;
        };
        let first = record?
            .attempts
            .iter()
            .find(|a| a.result.as_ref().and_then(|r| r.session.as_ref()) == Some(id))?;
        let dir = self.attempt_dir(&first.id);
        let spec = self
            .fs
            .read(&dir.spec(), MAX_EXIT_BYTES)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<AttemptSpec>(&bytes).ok());
        Some(
            spec.and_then(|s| s.agent_home)
                .unwrap_or_else(|| dir.home()),
        )
    }

    /// The task as it is in the user's checkout now.
    pub(in crate::supervisor) fn task_text(&self) -> Option<TaskText> {
        let task = self.run.plan.task.as_ref()?;
        let bytes = self
            .fs
            .read(&self.order.file(&task.path), MAX_TASK_BYTES)
            .ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(TaskText {
            path: task.path.clone(),
            text,
        })
    }

    /// What every process of a stage gets that works in this tree. Trees side by side have ports and
    /// containers of their own.
    fn environment(&mut self, tree: &Path, stage: &StageId) -> BTreeMap<String, String> {
        let run = self.order.run.to_string();
        let own = &self.order.tree;
        let running = &self.running;
        self.ports
            .keep_only(|tree| tree == own || running.iter().any(|r| r.tree == tree));
        let ports = self.ports.of(self.dirs.path(), tree);
        let beside = (tree != own).then(|| stage.as_str());
        let compose = compose_project(self.dirs.path(), &run, beside);
        let mut env: BTreeMap<String, String> = [
            ("HARNESS_RUN".to_owned(), run),
            ("HARNESS_BASE".to_owned(), self.base().to_string()),
            ("HARNESS_PORT_BASE".to_owned(), ports.to_string()),
            ("COMPOSE_PROJECT_NAME".to_owned(), compose),
        ]
        .into();
        if let Some(task) = &self.run.plan.task {
            env.insert("HARNESS_TASK_ID".to_owned(), task.id.to_string());
            env.insert("HARNESS_TASK_FILE".to_owned(), task.path.to_string());
        }
        for (name, value) in &self.run.plan.vars {
            let name: String = name
                .chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() {
                        c.to_ascii_uppercase()
                    } else {
                        '_'
                    }
                })
                .collect();
            env.insert(format!("HARNESS_VAR_{name}"), value.clone());
        }
        env
    }

    /// The names that argv lists and messages may use.
    fn names(&self, attempt: &AttemptId) -> BTreeMap<String, String> {
        let plan = &self.run.plan;
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut put = |name: &str, value: String| names.insert(name.to_owned(), value);
        put("run.id", self.order.run.to_string());
        put("run.branch", self.order.branch.clone());
        put("run.base", self.base().to_string());
        put("stage.id", attempt.stage.to_string());
        put("stage.iteration", attempt.iteration.to_string());
        if let Some(stage) = plan.stage(&attempt.stage) {
            put("stage.name", stage.name.clone());
            put("stage.code", stage.code.clone());
        }
        if let Some(task) = &plan.task {
            put("task.id", task.id.to_string());
            put("task.title", task.title.clone());
            put("task.slug", task.slug.clone());
            put("task.path", task.path.to_string());
        }
        for produce in plan.stages.iter().flat_map(|s| &s.produces) {
            put(
                &format!("artifacts.{}", produce.name),
                produce.path.to_string(),
            );
        }
        for (name, value) in &plan.vars {
            put(&format!("vars.{name}"), value.clone());
        }
        names
    }
}

/// Whether the stage's agent can go on with an earlier session.
pub(super) fn resumes(stage: &crate::engine::plan::Stage) -> bool {
    match &stage.work {
        Work::Role(work) => goes_on(&work.agent),
        Work::Command(_) | Work::Gate => false,
    }
}

/// Whether this agent can go on with an earlier session.
fn goes_on(agent: &Agent) -> bool {
    catalogue::driver(&agent.driver).is_some_and(|d| d.caps().resume)
}

fn session_for(
    stage: &crate::engine::plan::Stage,
    record: Option<&StageRecord>,
    kind: NextKind,
) -> Session {
    let fresh = Session::New(uuid::Uuid::new_v4());
    let Work::Role(work) = &stage.work else {
        return fresh;
    };
    let wanted = matches!(kind, NextKind::Continue | NextKind::Taken)
        || (work.keep_context && matches!(kind, NextKind::Again | NextKind::Repair));
    match record.and_then(begun_session) {
        Some(session) if resumes(stage) && wanted => Session::Resume(session),
        _ => fresh,
    }
}

/// The session of a stage that its agent can be taken on in: one that began, of an agent that goes
/// on with sessions.
pub fn session_kept(stage: &crate::engine::plan::Stage, record: &StageRecord) -> Option<String> {
    begun_session(record).filter(|_| record.agent(stage).is_some_and(goes_on))
}

/// The session of the last attempt, where its agent has said that it is in it: one that was chosen
/// and never begun can't be gone on with.
fn begun_session(record: &StageRecord) -> Option<String> {
    let results = record.attempts.iter().filter_map(|a| a.result.as_ref());
    let mut begun = results.filter_map(|r| r.session.as_ref());
    let session = record.session.as_ref()?;
    begun.any(|b| b == session).then(|| session.clone())
}
