//! The plan of a run: its workflow with roles, templates, agents, settings and criteria resolved
//! and fixed. It is what `workflow.lock.yaml` holds; editing the workflow later changes no live
//! run.

mod check;

pub use check::{Check, ReportFrom, Tier};

use crate::documents::settings::{OnQuota, Submodules};
use crate::terms::{CriterionId, Digest, RepoPath, StageId, TaskId};
use crate::text::{many, width};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A stage's name of at most this many columns needs nothing shorter.
const SHORT: usize = 8;

/// Everything a run needs to know that may not change while it lives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The workflow's name.
    pub workflow: String,
    /// Where the workflow was read from; `None` for an ad-hoc run of one role.
    pub workflow_path: Option<RepoPath>,
    /// The digest of the workflow's text.
    pub workflow_digest: Digest,
    /// What it is for.
    pub description: String,
    /// The task, where there is one.
    pub task: Option<PlannedTask>,
    /// Variables: the workflow's defaults, overridden by `--set`.
    pub vars: BTreeMap<String, String>,
    /// How many stages may run side by side, at least 1.
    pub max_parallel: u32,
    /// Limits of the whole run.
    pub budget: Budget,
    /// Limits of all runs of the project in a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<super::day::DayBudget>,
    /// How many attempts of all runs of the project may be at work at once; `None`: as many as there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<u32>,
    /// Whether it goes on by itself where its supervisor died.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resumes: bool,
    /// The project's approval settings at the start: `before_build` -> false.
    pub approvals: BTreeMap<String, bool>,
    /// Whether an edit of run-state.md may approve.
    pub approvals_by_edit: bool,
    /// How a fresh tree is made to build.
    pub tree: TreeSetup,
    /// A command or expression that must hold before anything starts.
    pub precondition: Option<Precondition>,
    /// The stages in workflow order. Dependencies come before their dependents.
    pub stages: Vec<Stage>,
    /// Commands by the event that they are run for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub on: BTreeMap<String, Command>,
}

impl Plan {
    /// The stage with this id.
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|s| &s.id == id)
    }

    /// Its position in workflow order.
    pub fn index(&self, id: &StageId) -> Option<usize> {
        self.stages.iter().position(|s| &s.id == id)
    }

    /// Every stage that depends on `id`, directly or not, in workflow order; `id` itself not.
    pub fn below(&self, id: &StageId) -> Vec<StageId> {
        let mut found: Vec<StageId> = Vec::new();
        for stage in &self.stages {
            if stage
                .depends_on
                .iter()
                .any(|d| d == id || found.contains(d))
            {
                found.push(stage.id.clone());
            }
        }
        found
    }

    /// The stages that a verdict of this one may ask to reopen: all but those below it.
    pub fn reopened_by(&self, id: &StageId) -> Vec<StageId> {
        let below = self.below(id);
        let stages = self.stages.iter().map(|s| &s.id);
        stages.filter(|s| !below.contains(s)).cloned().collect()
    }

    /// Every stage that `id` depends on, directly or not, in workflow order.
    pub fn above(&self, id: &StageId) -> Vec<StageId> {
        let mut wanted: Vec<&StageId> = self
            .stage(id)
            .map(|s| s.depends_on.iter().collect())
            .unwrap_or_default();
        let mut found: Vec<StageId> = Vec::new();
        while let Some(next) = wanted.pop() {
            if !found.contains(next) {
                found.push(next.clone());
                if let Some(stage) = self.stage(next) {
                    wanted.extend(stage.depends_on.iter());
                }
            }
        }
        self.stages
            .iter()
            .filter(|s| found.contains(&s.id))
            .map(|s| s.id.clone())
            .collect()
    }

    /// The stage that produces the artifact of this name, and the artifact.
    pub fn producer(&self, artifact: &str) -> Option<(&Stage, &Produce)> {
        self.stages.iter().find_map(|s| {
            s.produces
                .iter()
                .find(|p| p.name == artifact)
                .map(|p| (s, p))
        })
    }
}

/// What a stage of this name and id is called where there is little room: the name where that is
/// short, else the id with a capital, as names have one.
pub fn short_name(name: &str, id: &StageId) -> String {
    if width(name) <= SHORT {
        return name.to_owned();
    }
    let mut letters = id.as_str().chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

impl Stage {
    /// Its name where there is little room.
    pub fn short_name(&self) -> String {
        short_name(&self.name, &self.id)
    }

    /// How often it may go round, and send back: what the workflow bounds, in words.
    pub fn bounds(&self, plan: &Plan) -> Vec<String> {
        let rounds = self.looping.as_ref().map(|l| l.max_iterations);
        let rounds = rounds.map(|n| format!("at most {}", many(n, "round")));
        let back = self.on_fail.as_ref().map(|back| {
            let to = plan.stage(&back.stage);
            let to = to.map_or_else(|| back.stage.to_string(), |s| s.name.clone());
            format!("{to} again at most {}", many(back.max, "time"))
        });
        rounds.into_iter().chain(back).collect()
    }
}

/// The task as it was when the run started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// Its id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// The slug of its file name: `dark-mode`.
    pub slug: String,
    /// Its file.
    pub path: RepoPath,
    /// The digest of what counts for staleness (not Status, Related Artifacts, Clarifications,
    /// Approval).
    pub digest: Digest,
    /// Its acceptance criteria, with the ids fixed at the start.
    pub criteria: Vec<Criterion>,
}

/// One acceptance criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// Its text on one line, without the id.
    pub text: String,
}

/// Limits in money, tokens and time; a `None` does not bind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Millionths of a US dollar.
    pub cost_micros: Option<u64>,
    /// Tokens of every kind.
    pub tokens: Option<u64>,
    /// Minutes of agent time.
    pub minutes: Option<u64>,
}

/// How a fresh worktree is made to build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeSetup {
    /// Commands to run in it, in order, before the first agent turn.
    pub setup: Vec<Command>,
    /// Gitignore globs of untracked files to copy from the checkout.
    pub copy: Vec<String>,
    /// Paths to link to the checkout's.
    pub link: Vec<RepoPath>,
    /// Which submodules are made in it.
    #[serde(default)]
    pub submodules: Submodules,
}

/// A command: a string runs under `sh -c` and is never templated; a list is an argv.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What to run.
    pub run: Run,
    /// Seconds it may take.
    pub timeout_secs: u64,
    /// How the timeline names it; by default the command itself.
    pub name: Option<String>,
}

/// The two spellings of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Run {
    /// Runs under `sh -c`.
    Shell(String),
    /// Runs as it is, without a shell.
    Argv(Vec<String>),
}

impl Command {
    /// The name for people.
    pub fn label(&self) -> String {
        match (&self.name, &self.run) {
            (Some(name), _) => name.clone(),
            (None, Run::Shell(line)) => line.clone(),
            (None, Run::Argv(argv)) => argv.join(" "),
        }
    }
}

/// What must hold before a run or a stage starts; not met ends it as cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precondition {
    /// An expression of `engine::expression`.
    Expression(String),
    /// A command that must exit 0.
    Command(Command),
}

/// One node of the graph.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// Its name for people.
    pub name: String,
    /// Its code in public attempt ids: `BUILD`.
    pub code: String,
    /// What it does.
    pub work: Work,
    /// The stages that must be done before.
    pub depends_on: Vec<StageId>,
    /// An expression; false skips the stage.
    pub when: Option<String>,
    /// What must hold before it starts.
    pub precondition: Option<Precondition>,
    /// What its prompt holds beside the fixed parts, in order.
    pub context: Vec<Context>,
    /// The artifacts it must produce.
    pub produces: Vec<Produce>,
    /// Effective writes as gitignore globs, the profile's narrowed by the stage's; its own
    /// artifacts are always added. Empty: it writes only what it produces.
    pub writes: Vec<String>,
    /// Gitignore globs that a path must match as well: the profile's, where its intersection with
    /// the stage's can't be said in one list. Empty: `writes` alone counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// What else it may touch.
    pub profile: Profile,
    /// Commands that must exit 0 on a clean copy of what is handed on.
    pub checks: Vec<Check>,
    /// Iterations until something holds.
    pub looping: Option<Loop>,
    /// The artifact that carries its verdict.
    pub verdict: Option<String>,
    /// Where a FAIL verdict or failed checks go.
    pub on_fail: Option<Rerun>,
    /// The gate before it starts.
    pub gate_before: Option<Gate>,
    /// The gate after it has passed its contract.
    pub gate_after: Option<Gate>,
    /// Retries of transient failures, at most this many an iteration.
    pub retries: u32,
    /// Milliseconds before the first retry; each further one waits twice as long, up to 5 minutes.
    #[serde(default = "default_backoff_ms")]
    pub backoff_ms: u64,
    /// Bounds of one attempt.
    pub limits: Limits,
    /// Limits of this stage over all its attempts.
    pub budget: Budget,
    /// Whether a person may skip it.
    pub skippable: bool,
    /// What a used-up quota does.
    #[serde(default)]
    pub on_quota: Quota,
}

/// What a used-up quota does to a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// What is done.
    pub act: OnQuota,
    /// Seconds that a reset is waited for at most; `None`: as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_secs: Option<u64>,
    /// The time of day that it is waited to at most, by the clock of the machine that the run is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_clock: Option<jiff::civil::Time>,
}

fn default_backoff_ms() -> u64 {
    5_000
}

impl Plan {
    /// Whether a stage says of the code whether it is good, and writes none itself: a command, checks,
    /// a verdict. One that comes before any code and is not given the change judges words alone.
    pub fn judges_code(&self, stage: &Stage) -> bool {
        if stage.writes_beyond_artifacts() {
            return false;
        }
        if matches!(stage.work, Work::Command(_)) || !stage.checks.is_empty() {
            return true;
        }
        let given = |item: &Context| stage.context.contains(item);
        let judges = stage.verdict.is_some() || given(&Context::Checks);
        let writes = |id: &StageId| self.stage(id).is_some_and(Stage::writes_beyond_artifacts);
        judges && (given(&Context::DiffBase) || self.above(&stage.id).iter().any(writes))
    }
}

impl Stage {
    /// Whether it may write more than its artifacts, so that changing nothing is an outcome.
    pub fn writes_beyond_artifacts(&self) -> bool {
        self.writes.iter().any(|g| !g.starts_with('!'))
    }
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// An agent in a role.
    Role(Box<RoleWork>),
    /// A plain command.
    Command(Command),
    /// Nothing but its gate.
    Gate,
}

/// An agent in a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleWork {
    /// The role's name: `build`.
    pub role: String,
    /// Its file.
    pub role_path: RepoPath,
    /// Its prompt, without front matter, with names filled in.
    pub prompt: String,
    /// The digest of the role's file.
    pub role_digest: Digest,
    /// The capability it asks for.
    pub capability: String,
    /// The agent that serves it.
    pub agent: Agent,
    /// Resume the session of the last iteration instead of starting afresh.
    pub keep_context: bool,
    /// Who serves it in turn where a quota is used up and the next agent is to do the work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<Agent>,
}

impl RoleWork {
    /// Who serves it after so many turns.
    pub fn served_by(&self, turn: u32) -> &Agent {
        let before = usize::try_from(turn).ok().and_then(|n| n.checked_sub(1));
        let fallback = before.and_then(|n| self.fallbacks.get(n));
        fallback.unwrap_or(&self.agent)
    }

    /// The agent of this name, which an attempt was given to.
    pub fn served_as(&self, name: Option<&str>) -> &Agent {
        let all = std::iter::once(&self.agent).chain(&self.fallbacks);
        let mut named = all.filter(|a| Some(a.name.as_str()) == name);
        named.next().unwrap_or(&self.agent)
    }
}

/// An agent as it is to be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name in harness.yaml.
    pub name: String,
    /// The driver that speaks to it: `claude`, `command`, `replay`.
    pub driver: String,
    /// The model, in the agent's own words.
    pub model: Option<String>,
    /// The effort, in the agent's own words.
    pub effort: Option<String>,
    /// For `command`: the program and its arguments. For others: the program, where it is not the
    /// usual one.
    #[serde(default)]
    pub command: Vec<String>,
    /// What a person works with who takes a stage of it over; empty: what its driver knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interactive: Vec<String>,
    /// For `replay`: the folder of recordings, relative to the repository's root or absolute.
    #[serde(default)]
    pub recordings: Option<String>,
    /// Names of environment variables to pass on to it, beside the driver's own.
    #[serde(default)]
    pub env: Vec<String>,
    /// Whether a plan pays for it: it uses tokens, and costs nothing by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plan: bool,
}

/// One item of a stage's context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// The task definition.
    Task,
    /// The open findings.
    Findings,
    /// The evidence of the checks that ran so far.
    Checks,
    /// An artifact by name.
    Artifact(String),
    /// Files by gitignore glob.
    Files(String),
    /// The output of a command.
    Command(Command),
    /// The run's change so far, without harness/.
    DiffBase,
    /// The last `n` commits of the run's branch.
    Log(u32),
}

/// One artifact that a stage must produce.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Produce {
    /// Its name, and that of its template: `feature-spec`.
    pub name: String,
    /// Where it lies in the run's tree.
    pub path: RepoPath,
    /// Whether the agent writes the file or answers with its text.
    pub from: ProduceFrom,
    /// The template's text, where there is one. It is the contract.
    pub template: Option<String>,
    /// The digest of the template's text.
    pub template_digest: Option<Digest>,
    /// Whether it must name every acceptance criterion.
    pub names_criteria: bool,
}

/// How an artifact comes from the agent to the disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProduceFrom {
    /// The agent writes exactly that path.
    #[default]
    File,
    /// The engine writes what stands between `<<<ARTIFACT name` and `ARTIFACT>>>` in the answer.
    Answer,
}

/// What a stage may touch beside its writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Kinds of tools: `read search edit shell web`.
    pub tools: Vec<String>,
    /// What it may reach.
    pub network: Network,
    /// The repository's instruction files to bring back.
    pub instructions: Vec<RepoPath>,
    /// MCP servers to bring back by name.
    pub mcp: Vec<String>,
    /// Skills to bring back by name.
    pub skills: Vec<String>,
    /// Environment variables to pass on by name.
    pub env: Vec<String>,
    /// The least sandbox it needs.
    pub sandbox: Sandbox,
}

/// What an agent may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Its model's provider. (Enforced where a sandbox can; recorded otherwise.)
    Model,
    /// Anything.
    Open,
    /// Nothing: for commands.
    None,
}

/// How strongly an attempt must be held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sandbox {
    /// The best that is there; what was obtained is recorded.
    #[default]
    BestEffort,
    /// At least Landlock; without it the attempt is refused.
    Required,
    /// None, on purpose.
    Off,
}

/// A loop around one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loop {
    /// What must hold.
    pub until: Until,
    /// How many executions at most, at least 1.
    pub max_iterations: u32,
}

/// What ends a loop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// Its checks exit 0.
    Checks,
    /// A person approves.
    Approved,
}

/// A way back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rerun {
    /// The stage to rerun from.
    pub stage: StageId,
    /// How many reruns at most after the first execution.
    pub max: u32,
}

/// A point where a person decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// An expression; where false the gate does not ask.
    pub when: String,
    /// What to ask, in the workflow's own words.
    pub message: Option<String>,
    /// Where a rejection goes; `None`: a default of the engine's, or replan_required.
    pub on_reject: Option<Rerun>,
}

/// Bounds of one attempt, in seconds and bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Wall-clock seconds.
    pub timeout_secs: u64,
    /// Seconds without output and without a change in the tree.
    pub idle_secs: u64,
    /// Seconds an agent may live on after it has reported its result.
    pub after_result_secs: u64,
    /// Bytes of raw output that are kept.
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout_secs: 3600,
            idle_secs: 900,
            after_result_secs: 30,
            output_bytes: 64 * 1024 * 1024,
        }
    }
}
