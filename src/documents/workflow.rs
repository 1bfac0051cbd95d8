//! Workflow files: a graph of stages as it was written, with places.
//!
//! Law: what can be told from the file alone is told here; what needs settings, roles or other
//! files is `engine::resolve`'s.

mod compose;
pub mod keys;
mod read;

pub use compose::compose;

use crate::documents::settings::{CommandDef, Limits, OnQuotaDef};
use crate::documents::yaml::{At, Span};
use crate::terms::{Finding, Place};

/// Reads a workflow; what is wrong is reported, and the rest is in the value, so that a caller can
/// go on looking for more. `None`: the syntax is broken.
pub fn parse(file: &str, text: &str) -> (Option<Workflow>, Vec<Finding>) {
    read::workflow(file, text)
}

/// Whether a workflow works on a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaskNeed {
    /// It can't run without one.
    #[default]
    Required,
    /// It can.
    Optional,
    /// It has none.
    None,
}

/// A workflow as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Workflow {
    /// The file.
    pub file: String,
    /// Its name; the file's where it says none.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it works on a task.
    pub task: TaskNeed,
    /// Variables and their defaults, in order.
    pub vars: Vec<(String, At<String>)>,
    /// How many stages may run side by side.
    pub max_parallel: u32,
    /// Limits of a run.
    pub budget: Limits,
    /// What must hold before anything starts.
    pub precondition: Option<GuardDef>,
    /// The stages in the order of the file.
    pub stages: Vec<StageDef>,
}

/// An expression or a command that must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardDef {
    /// An expression.
    Expression(At<String>),
    /// A command that must exit 0.
    Command(CommandDef),
}

/// A stage as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct StageDef {
    /// The file it stands in.
    pub file: String,
    /// Where it begins.
    pub span: Span,
    /// Its id.
    pub id: At<String>,
    /// Its name; by default its id.
    pub name: String,
    /// Its code, if it says one.
    pub code: Option<At<String>>,
    /// What it does; `None` where that is missing or broken, which was reported.
    pub work: Option<WorkDef>,
    /// What must be done before.
    pub depends_on: Vec<At<String>>,
    /// False skips it.
    pub when: Option<At<String>>,
    /// What must hold before it starts.
    pub precondition: Option<GuardDef>,
    /// What its prompt holds.
    pub context: Vec<At<ContextDef>>,
    /// Its artifacts, in order.
    pub produces: Vec<ProduceDef>,
    /// What it may write; `None`: as its profile says.
    pub writes: Option<Vec<At<String>>>,
    /// Its profile.
    pub profile: Option<At<String>>,
    /// Instruction files beside the profile's.
    pub instructions: Vec<At<String>>,
    /// MCP servers beside the profile's.
    pub mcp: Vec<At<String>>,
    /// Skills beside the profile's.
    pub skills: Vec<At<String>>,
    /// Environment variables beside the profile's.
    pub env: Vec<String>,
    /// Its checks.
    pub checks: Vec<CheckDef>,
    /// Its loop.
    pub looping: Option<LoopDef>,
    /// The artifact that carries its verdict.
    pub verdict: Option<At<String>>,
    /// Where a FAIL goes.
    pub on_fail: Option<RerunDef>,
    /// What a used-up quota does.
    pub on_quota: OnQuotaDef,
    /// Its gate.
    pub gate: Option<GateDef>,
    /// Retries of transient failures.
    pub retries: Option<u32>,
    /// Milliseconds before the first retry.
    pub backoff_ms: Option<u64>,
    /// Seconds of an attempt.
    pub timeout_secs: Option<u64>,
    /// Seconds without a sign.
    pub idle_secs: Option<u64>,
    /// Limits over all attempts.
    pub budget: At<Limits>,
    /// Whether a person may skip it.
    pub skippable: bool,
    /// Whether each iteration starts afresh.
    pub fresh_context: bool,
    /// What its agent must be able to do.
    pub capability: Option<At<String>>,
    /// Its agent.
    pub agent: Option<At<String>>,
    /// Its model.
    pub model: Option<String>,
    /// Its effort.
    pub effort: Option<String>,
}

impl StageDef {
    /// A place in its file.
    pub fn place(&self, span: Span) -> Place {
        span.in_file(&self.file)
    }
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkDef {
    /// An agent in a role.
    Role(At<String>),
    /// A command.
    Command(CommandDef),
    /// Nothing but its gate.
    Gate,
    /// Another workflow.
    Workflow(At<String>),
}

/// A check as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckDef {
    /// What to run.
    pub command: CommandDef,
    /// `baseline: true`.
    pub baseline: bool,
    /// `tier: full`.
    pub full: bool,
    /// Where the names of failed tests come from.
    pub report: Option<At<ReportDef>>,
    /// Folders it may write.
    pub caches: Vec<At<String>>,
    /// Sockets it is meant to reach.
    pub sockets: Vec<At<String>>,
}

/// Where the names of failed tests come from, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportDef {
    /// `{ junit: … }`.
    Junit(String),
    /// `tap`.
    Tap,
    /// `{ tap: … }`.
    TapFile(String),
    /// `{ regex: … }`.
    Regex(String),
}

/// An item of a stage's context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextDef {
    /// `task`, `findings`, `checks`, or an artifact's name.
    Word(String),
    /// Files by glob.
    Files(String),
    /// A command's output.
    Command(CommandDef),
    /// The run's change.
    DiffBase,
    /// The last commits.
    Log(u32),
}

/// An artifact as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProduceDef {
    /// Its name.
    pub name: At<String>,
    /// Its path, names not filled in.
    pub path: At<String>,
    /// `from: answer`.
    pub from_answer: bool,
}

/// A loop as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoopDef {
    /// `until: approved`, else `checks`.
    pub until_approved: bool,
    /// At most so many executions.
    pub max_iterations: u32,
    /// Where it stands.
    pub span: Span,
}

/// A way back as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RerunDef {
    /// The stage to rerun from.
    pub stage: At<String>,
    /// At most so often.
    pub max: u32,
}

/// A gate as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateDef {
    /// Whether it asks before the stage.
    pub before: Option<At<String>>,
    /// Whether it asks after it.
    pub after: Option<At<String>>,
    /// What to ask.
    pub message: Option<At<String>>,
    /// Where a rejection goes.
    pub on_reject: Option<RerunDef>,
    /// Where it stands.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_workflow_is_read_without_a_finding() {
        let (workflow, faults) = parse(
            "harness/workflows/feature.yaml",
            include_str!("workflow/feature.yaml"),
        );
        assert_eq!(faults, []);
        let workflow = workflow.unwrap();
        assert_eq!(workflow.name, "feature");
        assert_eq!(workflow.stages.len(), 6);
        let build = &workflow.stages[3];
        assert_eq!(build.checks[0].command.timeout_secs, Some(600));
        assert_eq!(build.looping.as_ref().unwrap().max_iterations, 3);
        assert_eq!(
            build.gate.as_ref().unwrap().before.as_ref().unwrap().value,
            "approvals.before_build"
        );
        assert_eq!(workflow.stages[5].work, Some(WorkDef::Gate));
        assert_eq!(
            workflow.stages[4].context.last().unwrap().value,
            ContextDef::DiffBase
        );
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        let text = "stages:\n  - id: a\n    role: r\n    for_each: [1]\n    context: [{ url: \"https://x\" }]\n\n";
        let (_, faults) = parse("w.yaml", text);
        let said: Vec<_> = faults
            .iter()
            .map(|f| (f.code.as_str(), f.text.as_str()))
            .collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said.iter().all(|(code, _)| *code == "workflow/unsupported"));
    }

    #[test]
    fn a_check_says_when_it_runs_and_what_its_report_is() {
        let text = "stages:\n  - id: a\n    role: r\n    checks:\n      - npm test\n      - { run: t, baseline: true, tier: full, report: { junit: \"out/*.xml\" }, caches: ~/.x, sockets: [/s] }\n      - { run: u, report: tap }\n";
        let (workflow, faults) = parse("w.yaml", text);
        assert_eq!(faults, []);
        let checks = &workflow.unwrap().stages[0].checks;
        assert!(!checks[0].baseline && checks[1].baseline && checks[1].full);
        let report = |n: usize| checks[n].report.as_ref().map(|r| r.value.clone());
        assert_eq!(report(1), Some(ReportDef::Junit("out/*.xml".into())));
        assert_eq!(report(2), Some(ReportDef::Tap));
        assert_eq!(checks[1].caches[0].value, "~/.x");
        for bad in ["report: xml", "report: { junit: a, tap: b }", "tier: slow"] {
            let text =
                format!("stages:\n  - {{ id: a, role: r, checks: [{{ run: t, {bad} }}] }}\n");
            let (_, faults) = parse("w.yaml", &text);
            assert_eq!(faults.len(), 1, "{bad}: {faults:?}");
        }
    }

    #[test]
    fn a_stage_is_exactly_one_kind_of_thing() {
        let text = "stages:\n  - { id: a }\n  - { id: b, role: r, run: x }\n  - { id: c, gate: { before: true } }\n";
        let (workflow, faults) = parse("w.yaml", text);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults.iter().all(|f| f.code == "workflow/stage-kind"));
        let stages = workflow.unwrap().stages;
        assert_eq!(
            stages[2]
                .gate
                .as_ref()
                .unwrap()
                .before
                .as_ref()
                .unwrap()
                .value,
            "true"
        );
    }

    #[test]
    fn a_file_without_stages_and_one_that_is_no_map_are_said() {
        for text in ["", "[]", "stages: []", "stages: 3", "- a", "7"] {
            let (_, faults) = parse("w.yaml", text);
            assert!(!faults.is_empty(), "{text:?}");
            assert!(faults.iter().all(|f| f.place.is_some()), "{text:?}");
        }
    }
}
