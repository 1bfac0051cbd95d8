//! No key is accepted that nothing reads: each is listed with the line that reads it, or is said not
//! to be carried out.

use super::{EVENTS, SETTINGS};
use crate::documents::workflow::keys::WORKFLOW;
use crate::documents::yaml::shape::{Built, Kind, Shape};
use std::collections::BTreeSet;

const AGENT: &str = "src/engine/resolve/agent.rs";
const CHECK: &str = "src/engine/resolve/check.rs";
const CHECKS: &str = "src/engine/resolve/checks.rs";
const COMPOSE: &str = "src/documents/workflow/compose.rs";
const HARNESS: &str = "src/records/harness.rs";
const HARNESS_READ: &str = "src/records/harness/read.rs";
const DISK: &str = "src/starting/disk.rs";
const FORM: &str = "src/landing/form.rs";
const LAND: &str = "src/documents/settings/land.rs";
const PLANNING: &str = "src/records/planning.rs";
const RESOLVE: &str = "src/engine/resolve.rs";
const STAGE: &str = "src/engine/resolve/stage.rs";
const WRITES: &str = "src/engine/resolve/writes.rs";

/// Key, file, and what stands there where it is read.
const READERS: &[(&str, &str, &str)] = &[
    (
        "settings.version",
        "src/documents/settings/keys.rs",
        "Kind::Count(1, 1)",
    ),
    (
        "settings.default_workflow",
        HARNESS,
        "self.settings.default_workflow",
    ),
    ("settings.agents", AGENT, "settings.agents.iter()"),
    ("settings.agents.name", AGENT, "a.name == name"),
    ("settings.agents.driver", AGENT, "agent.driver.clone()"),
    ("settings.agents.model", AGENT, "agent.model.clone()"),
    ("settings.agents.effort", AGENT, "agent.effort.clone()"),
    (
        "settings.agents.capabilities",
        AGENT,
        "a.can_serve(capability)",
    ),
    ("settings.agents.command", AGENT, "agent.command.clone()"),
    (
        "settings.agents.interactive",
        AGENT,
        "agent.interactive.clone()",
    ),
    (
        "settings.agents.recordings",
        AGENT,
        "agent.recordings.clone()",
    ),
    ("settings.agents.env", AGENT, "agent.env.clone()"),
    ("settings.agents.billing", CHECKS, "declared.reports_cost()"),
    (
        "settings.agents.dialogue",
        "src/dialogue/author.rs",
        "a.by_turns",
    ),
    ("settings.approvals", RESOLVE, "settings.approvals.clone()"),
    ("settings.budget", RESOLVE, "settings.budget"),
    ("settings.budget.cost_usd", RESOLVE, "project.cost_micros"),
    ("settings.budget.tokens", RESOLVE, "project.tokens"),
    ("settings.budget.minutes", RESOLVE, "project.minutes"),
    ("settings.profiles", WRITES, "settings.profiles"),
    ("settings.profiles.writes", WRITES, "&settings.writes"),
    ("settings.profiles.tools", WRITES, "from.tools.clone()"),
    (
        "settings.profiles.instructions",
        WRITES,
        "from.instructions",
    ),
    ("settings.profiles.mcp", WRITES, "from.mcp"),
    ("settings.profiles.skills", WRITES, "from.skills"),
    ("settings.profiles.env", WRITES, "from.env"),
    ("settings.profiles.sandbox", WRITES, "from.sandbox"),
    ("settings.branch", PLANNING, "harness.settings.branch"),
    ("settings.isolation", PLANNING, "settings.in_place"),
    ("settings.tree", RESOLVE, "settings.tree"),
    ("settings.tree.path", PLANNING, "settings.tree.path"),
    ("settings.tree.setup", RESOLVE, "settings.tree.setup"),
    ("settings.tree.copy", RESOLVE, "settings.tree.copy"),
    ("settings.tree.link", RESOLVE, "settings.tree.link"),
    (
        "settings.tree.submodules",
        RESOLVE,
        "settings.tree.submodules",
    ),
    ("settings.tree.limit", DISK, "settings.tree.limit"),
    ("settings.tree.setup.run", STAGE, "def.run"),
    ("settings.tree.setup.timeout", STAGE, "def.timeout_secs"),
    ("settings.tree.setup.name", STAGE, "def.name.clone()"),
    ("settings.root", WRITES, "sources.settings.root"),
    ("settings.paths", HARNESS_READ, "settings.paths"),
    ("settings.paths.roles", HARNESS_READ, "settings.paths.roles"),
    (
        "settings.paths.templates",
        HARNESS_READ,
        "settings.paths.templates",
    ),
    (
        "settings.paths.workflows",
        HARNESS_READ,
        "settings.paths.workflows",
    ),
    (
        "settings.paths.backlog",
        HARNESS_READ,
        "settings.paths.backlog",
    ),
    ("settings.paths.tasks", HARNESS_READ, "settings.paths.tasks"),
    ("settings.land", LAND, "root.get( \"land\" )"),
    ("settings.land.commits", FORM, "settings.commits"),
    ("settings.land.artifacts", FORM, "settings.artifacts"),
    (
        "settings.land.message",
        "src/landing/wording.rs",
        "settings.message",
    ),
    ("settings.land.pr", "src/landing/remote.rs", "settings.pr"),
    ("settings.statuses", PLANNING, "settings.statuses"),
    (
        "settings.statuses.ready",
        "src/dialogue/author.rs",
        "settings.statuses.ready",
    ),
    (
        "settings.statuses.in_progress",
        PLANNING,
        "settings.statuses.in_progress",
    ),
    (
        "settings.statuses.in_review",
        PLANNING,
        "settings.statuses.in_review",
    ),
    ("settings.statuses.done", PLANNING, "settings.statuses.done"),
    ("settings.sandbox", WRITES, "settings.sandbox"),
    ("settings.on", RESOLVE, "sources.settings.on"),
    (
        "settings.on.*",
        "src/supervisor/tell/telling.rs",
        "plan.on.get(word)",
    ),
    ("settings.on.*.run", RESOLVE, "def.run"),
    ("settings.on.*.timeout", RESOLVE, "def.timeout_secs"),
    ("settings.on.*.name", RESOLVE, "def.name.clone()"),
    ("settings.on_quota", STAGE, "settings.on_quota"),
    ("settings.on_quota.do", STAGE, "usual.act"),
    ("settings.on_quota.until", STAGE, "usual.until"),
    ("settings.budget.day", RESOLVE, "settings.day"),
    (
        "settings.budget.day.cost_usd",
        RESOLVE,
        "budget(day.limits)",
    ),
    ("settings.budget.day.tokens", RESOLVE, "budget(day.limits)"),
    ("settings.budget.day.minutes", RESOLVE, "budget(day.limits)"),
    ("settings.budget.day.do", RESOLVE, "day.pauses"),
    ("settings.max_parallel", RESOLVE, "settings.max_parallel"),
    ("settings.resume", RESOLVE, "settings.resumes"),
    ("settings.awake", "src/starting/begin.rs", "settings.awake"),
    ("workflow.name", RESOLVE, "composed.name.clone()"),
    (
        "workflow.description",
        RESOLVE,
        "composed.description.clone()",
    ),
    ("workflow.task", RESOLVE, "workflow.task"),
    ("workflow.vars", RESOLVE, "workflow.vars"),
    ("workflow.max_parallel", RESOLVE, "composed.max_parallel"),
    ("workflow.budget", RESOLVE, "workflow.budget"),
    ("workflow.budget.cost_usd", RESOLVE, "own.cost_micros"),
    ("workflow.budget.tokens", RESOLVE, "own.tokens"),
    ("workflow.budget.minutes", RESOLVE, "own.minutes"),
    ("workflow.precondition", RESOLVE, "composed.precondition"),
    ("workflow.precondition.run", STAGE, "def.run"),
    ("workflow.precondition.timeout", STAGE, "def.timeout_secs"),
    ("workflow.precondition.name", STAGE, "def.name.clone()"),
    ("workflow.stages", RESOLVE, "composed.stages"),
    ("workflow.stages.id", STAGE, "def.id"),
    ("workflow.stages.name", STAGE, "def.name.clone()"),
    ("workflow.stages.code", STAGE, "names::code(def)"),
    ("workflow.stages.role", STAGE, "WorkDef::Role(name)"),
    ("workflow.stages.run", STAGE, "WorkDef::Command(run)"),
    ("workflow.stages.workflow", COMPOSE, "WorkDef::Workflow"),
    ("workflow.stages.depends_on", STAGE, ".depends_on"),
    ("workflow.stages.when", STAGE, "def.when"),
    ("workflow.stages.precondition", STAGE, "def.precondition"),
    ("workflow.stages.precondition.run", STAGE, "def.run"),
    (
        "workflow.stages.precondition.timeout",
        STAGE,
        "def.timeout_secs",
    ),
    (
        "workflow.stages.precondition.name",
        STAGE,
        "def.name.clone()",
    ),
    ("workflow.stages.context", STAGE, ".context"),
    (
        "workflow.stages.context.files",
        STAGE,
        "ContextDef::Files(glob)",
    ),
    (
        "workflow.stages.context.command",
        STAGE,
        "ContextDef::Command(run)",
    ),
    ("workflow.stages.context.timeout", STAGE, "def.timeout_secs"),
    (
        "workflow.stages.context.diff",
        STAGE,
        "ContextDef::DiffBase",
    ),
    ("workflow.stages.context.log", STAGE, "ContextDef::Log(n)"),
    ("workflow.stages.produces", STAGE, "produces"),
    (
        "workflow.stages.produces.path",
        STAGE,
        "work.names.artifacts",
    ),
    ("workflow.stages.produces.from", STAGE, "def.from_answer"),
    ("workflow.stages.writes", WRITES, "stage.writes"),
    ("workflow.stages.profile", WRITES, "stage.profile"),
    ("workflow.stages.instructions", WRITES, "stage.instructions"),
    ("workflow.stages.mcp", WRITES, "stage.mcp"),
    ("workflow.stages.skills", WRITES, "stage.skills"),
    ("workflow.stages.env", WRITES, "stage.env"),
    ("workflow.stages.checks", STAGE, "def.checks"),
    ("workflow.stages.checks.run", STAGE, "def.run"),
    ("workflow.stages.checks.timeout", STAGE, "def.timeout_secs"),
    ("workflow.stages.checks.name", STAGE, "def.name.clone()"),
    ("workflow.stages.checks.baseline", CHECK, "check.baseline"),
    ("workflow.stages.checks.tier", CHECK, "check.full"),
    ("workflow.stages.checks.report", CHECK, "check.report"),
    (
        "workflow.stages.checks.report.junit",
        CHECK,
        "ReportDef::Junit(glob)",
    ),
    (
        "workflow.stages.checks.report.tap",
        CHECK,
        "ReportDef::TapFile(path)",
    ),
    (
        "workflow.stages.checks.report.regex",
        CHECK,
        "ReportDef::Regex(pattern)",
    ),
    ("workflow.stages.checks.caches", CHECK, "check.caches"),
    ("workflow.stages.checks.sockets", CHECK, "check.sockets"),
    ("workflow.stages.loop", STAGE, "def.looping"),
    ("workflow.stages.loop.until", STAGE, "l.until_approved"),
    (
        "workflow.stages.loop.max_iterations",
        STAGE,
        "l.max_iterations",
    ),
    ("workflow.stages.verdict", STAGE, "def.verdict"),
    ("workflow.stages.on_quota", STAGE, "def.on_quota"),
    ("workflow.stages.on_quota.do", STAGE, "own.act"),
    ("workflow.stages.on_quota.until", STAGE, "own.until"),
    ("workflow.stages.on_fail", STAGE, "def.on_fail"),
    ("workflow.stages.on_fail.rerun", STAGE, "def.stage.value"),
    ("workflow.stages.on_fail.max", STAGE, "max: def.max"),
    ("workflow.stages.gate", STAGE, "def.gate"),
    ("workflow.stages.gate.before", STAGE, ".before"),
    ("workflow.stages.gate.after", STAGE, ".after"),
    ("workflow.stages.gate.message", STAGE, "message"),
    ("workflow.stages.gate.on_reject", STAGE, "on_reject"),
    (
        "workflow.stages.gate.on_reject.rerun",
        STAGE,
        "def.stage.value",
    ),
    ("workflow.stages.gate.on_reject.max", STAGE, "max: def.max"),
    ("workflow.stages.retry", STAGE, "def.retries"),
    ("workflow.stages.retry.max", STAGE, "def.retries"),
    ("workflow.stages.retry.backoff_ms", STAGE, "def.backoff_ms"),
    ("workflow.stages.timeout", STAGE, "def.timeout_secs"),
    ("workflow.stages.idle_timeout", STAGE, "def.idle_secs"),
    ("workflow.stages.budget", STAGE, "def.budget"),
    (
        "workflow.stages.budget.cost_usd",
        RESOLVE,
        "limits.cost_micros",
    ),
    ("workflow.stages.budget.tokens", RESOLVE, "limits.tokens"),
    ("workflow.stages.budget.minutes", RESOLVE, "limits.minutes"),
    ("workflow.stages.skippable", STAGE, "def.skippable"),
    ("workflow.stages.fresh_context", STAGE, "def.fresh_context"),
    ("workflow.stages.capability", AGENT, "stage.capability"),
    ("workflow.stages.agent", AGENT, ".agent"),
    ("workflow.stages.model", AGENT, "stage.model"),
    ("workflow.stages.effort", AGENT, "stage.effort"),
];

/// The keys that are not carried out, and how they are met.
const NOT_BUILT: &[(&str, &str)] = &[
    ("settings.paths.runs", "refused"),
    ("settings.run_state", "refused"),
    ("settings.profiles.network", "only model open"),
    ("workflow.stages.context.secret", "not yet"),
    ("workflow.stages.context.url", "not yet"),
    ("workflow.stages.for_each", "not yet"),
];

fn keys(lead: &str, shape: &Shape, found: &mut Vec<(String, Built)>) {
    for field in shape.fields {
        // The events are read alike, by their names, which `tell/payload.rs` compares.
        let own = if shape.what == EVENTS.what {
            "*"
        } else {
            field.name
        };
        let name = format!("{lead}.{own}");
        found.push((name.clone(), field.built));
        if field.built.is_built() {
            inner(&name, &field.kind, found);
        }
    }
}

fn inner(name: &str, kind: &Kind, found: &mut Vec<(String, Built)>) {
    match kind {
        Kind::Record(shape) => keys(name, shape, found),
        Kind::List(kind) | Kind::OneOrMore(kind) | Kind::Map(kind) => inner(name, kind, found),
        Kind::Either(kinds) => kinds.iter().for_each(|kind| inner(name, kind, found)),
        _ => {}
    }
}

fn all() -> Vec<(String, Built)> {
    let mut found = Vec::new();
    keys("settings", &SETTINGS, &mut found);
    keys("workflow", &WORKFLOW, &mut found);
    found
}

#[test]
fn every_accepted_key_has_a_reader() {
    let accepted: BTreeSet<String> = all()
        .into_iter()
        .filter(|(_, built)| *built == Built::Yes)
        .map(|(name, _)| name)
        .collect();
    let listed: BTreeSet<String> = READERS.iter().map(|r| r.0.to_owned()).collect();
    let unread: Vec<_> = accepted.difference(&listed).collect();
    assert!(unread.is_empty(), "nothing is known to read {unread:#?}");
    let gone: Vec<_> = listed.difference(&accepted).collect();
    assert!(gone.is_empty(), "no accepted keys: {gone:#?}");
    for (name, file, needle) in READERS {
        let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<String>();
        assert!(
            words(&text).contains(&words(needle)),
            "{name}: nothing in {file} says {needle}"
        );
    }
}

#[test]
fn what_is_not_carried_out_is_said_to_be() {
    let mut found: Vec<(String, String)> = all()
        .into_iter()
        .filter_map(|(name, built)| match built {
            Built::Yes => None,
            Built::NotYet => Some((name, "not yet".to_owned())),
            Built::Refused => Some((name, "refused".to_owned())),
            Built::Only(words) => Some((name, format!("only {}", words.join(" ")))),
        })
        .collect();
    found.sort();
    found.dedup();
    let mut expected: Vec<(String, String)> = NOT_BUILT
        .iter()
        .map(|(name, how)| ((*name).to_owned(), (*how).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn what_people_would_count_on_is_a_fault_and_no_advice() {
    for text in [
        "profiles: { p: { network: none } }",
        "run_state: harness/run-state.md",
        "paths: { runs: reports }",
    ] {
        let (_, found) = crate::documents::settings::parse("h.yaml", text);
        assert_eq!(found.len(), 1, "{text}: {found:#?}");
        assert_eq!(found[0].code, "settings/unsupported", "{text}");
        assert!(!crate::documents::settings::is_advice(&found[0]), "{text}");
    }
    for text in [
        "isolation: worktree",
        "isolation: in-place",
        "profiles: { p: { network: open } }",
        "land: { artifacts: branch, commits: squash }",
        "land: { artifacts: omit, commits: stages, message: '{{ task.title }}' }",
        "resume: ask",
        "resume: auto",
        "max_parallel: 3",
        "budget: { day: { cost_usd: 5, do: pause } }",
        "on_quota: { do: wait, until: \"07:30\" }",
        "on_quota: { do: wait, until: 7:30 }",
        "on_quota: { do: wait, until: 8h }",
    ] {
        let (_, found) = crate::documents::settings::parse("h.yaml", text);
        assert_eq!(found, [], "{text}");
    }
}
