//! The keys of harness.yaml.

use crate::documents::yaml::shape::{Field, Kind, Shape, field, only, refused, required};

const TEXTS: Kind = Kind::List(&Kind::Text);
const ONE_OR_MORE: Kind = Kind::OneOrMore(&Kind::Text);
const AT_LEAST_1: Kind = Kind::Count(1, u64::MAX);

/// A shell line or an argv.
pub const RUN: Kind = Kind::Either(&[Kind::Text, TEXTS]);

/// A command with its bounds.
pub static COMMAND: Shape = Shape {
    what: "a command",
    fields: &[
        required("run", RUN, "what to run: a string for sh, or a list"),
        field("timeout", Kind::Duration, "how long it may take"),
        field("name", Kind::Text, "its name for people"),
    ],
    one_of: &[],
};

/// A command, or its line alone.
pub const COMMANDISH: Kind = Kind::Either(&[Kind::Text, Kind::Record(&COMMAND)]);

const COST: Field = field("cost_usd", Kind::Amount, "US dollars");
const TOKENS: Field = field("tokens", AT_LEAST_1, "tokens of every kind");
const MINUTES: Field = field("minutes", AT_LEAST_1, "minutes of agent time");

/// Limits of a workflow or stage.
pub static BUDGET: Shape = Shape {
    what: "a budget",
    fields: &[COST, TOKENS, MINUTES],
    one_of: &[],
};

static DAY: Shape = Shape {
    what: "the budget of a day",
    fields: &[
        COST,
        TOKENS,
        MINUTES,
        field(
            "do",
            Kind::Word(&["wait", "pause"]),
            "what a run does that it keeps: wait until the day is over, or pause until a person says more",
        ),
    ],
    one_of: &[],
};

static RUN_BUDGET: Shape = Shape {
    what: "the budget",
    fields: &[
        COST,
        TOKENS,
        MINUTES,
        field("day", Kind::Record(&DAY), "limits of all runs of a day"),
    ],
    one_of: &[],
};

const HOLDING: Kind = Kind::Word(&["best-effort", "required", "off"]);

static AGENT: Shape = Shape {
    what: "an agent",
    fields: &[
        required("name", Kind::Text, "its name"),
        required(
            "driver",
            Kind::Text,
            "the program it is: claude, acp, command or replay",
        ),
        field("model", Kind::Text, "the model, in the agent's own words"),
        field("effort", Kind::Text, "the effort, in the agent's own words"),
        field("capabilities", TEXTS, "what stages may ask it for"),
        field("command", TEXTS, "the program and its arguments"),
        field(
            "interactive",
            TEXTS,
            "what a person works with who takes a stage over",
        ),
        field(
            "recordings",
            Kind::Text,
            "the folder of recordings, for replay",
        ),
        field("env", TEXTS, "environment variables to pass on, by name"),
        field(
            "billing",
            Kind::Word(&["metered", "plan"]),
            "whether use costs money",
        ),
        field(
            "dialogue",
            Kind::Word(&["stream", "turns"]),
            "how it is talked to: as its program does it, or by a process a turn",
        ),
    ],
    one_of: &[],
};

static PROFILE: Shape = Shape {
    what: "a profile",
    fields: &[
        field(
            "writes",
            ONE_OR_MORE,
            "gitignore globs of what may be written",
        ),
        field(
            "tools",
            Kind::List(&Kind::Word(&["read", "search", "edit", "shell", "web"])),
            "kinds of tools",
        ),
        only(
            "network",
            &["model", "open", "none"],
            &["model", "open"],
            "what it may reach",
        ),
        field("instructions", TEXTS, "instruction files to bring back"),
        field("mcp", TEXTS, "MCP servers to bring back, by name"),
        field("skills", TEXTS, "skills to bring back, by name"),
        field("env", TEXTS, "environment variables to pass on, by name"),
        field("sandbox", HOLDING, "how strongly it must be held"),
    ],
    one_of: &[],
};

static TREE: Shape = Shape {
    what: "the tree",
    fields: &[
        field("path", Kind::Text, "the folder that worktrees are made in"),
        field(
            "setup",
            Kind::OneOrMore(&COMMANDISH),
            "commands that make it build",
        ),
        field(
            "copy",
            ONE_OR_MORE,
            "gitignore globs of untracked files to copy",
        ),
        field("link", ONE_OR_MORE, "paths to link to the checkout's"),
        field(
            "submodules",
            Kind::Word(&["used", "all", "none"]),
            "which submodules it has: those that the checkout has, all, or none",
        ),
        field(
            "limit",
            Kind::Size,
            "how much disk the trees of all runs may take",
        ),
    ],
    one_of: &[],
};

static PATHS: Shape = Shape {
    what: "the paths",
    fields: &[
        field("roles", Kind::Map(&Kind::Text), "role name to file"),
        field("templates", Kind::Map(&Kind::Text), "template name to file"),
        field("workflows", Kind::Map(&Kind::Text), "workflow name to file"),
        field("backlog", Kind::Text, "the backlog's file"),
        field("tasks", Kind::Text, "the folder of task definitions"),
        refused("runs", Kind::Text, "the folder of run reports"),
    ],
    one_of: &[],
};

static LAND: Shape = Shape {
    what: "landing",
    fields: &[
        field(
            "commits",
            Kind::Word(&["squash", "stages"]),
            "one commit, or one a stage",
        ),
        field(
            "artifacts",
            Kind::Word(&["branch", "ref", "omit"]),
            "whether artifacts are part of what lands, kept by a ref, or neither",
        ),
        field(
            "message",
            Kind::Text,
            "the form of the commit's message, with {{ }} names",
        ),
        field(
            "pr",
            Kind::Word(&["gh", "glab"]),
            "the program that opens pull requests",
        ),
    ],
    one_of: &[],
};

static STATUSES: Shape = Shape {
    what: "the statuses",
    fields: &[
        field("ready", Kind::Text, "a task was saved"),
        field("in_progress", Kind::Text, "a run started"),
        field("in_review", Kind::Text, "a run completed"),
        field("done", Kind::Text, "it landed"),
    ],
    one_of: &[],
};

const fn event(name: &'static str, doc: &'static str) -> Field {
    field(name, COMMANDISH, doc)
}

/// The events that a command can be told of.
pub static EVENTS: Shape = Shape {
    what: "the events",
    fields: &[
        event("started", "a run started"),
        event("gate", "a gate asks"),
        event("question", "an agent asks"),
        event("paused", "a run was paused, or its budget is used up"),
        event("blocked", "somebody must mend something"),
        event("replan_required", "a stage must be reopened"),
        event("quota", "a quota is used up, and its reset is waited for"),
        event("budget", "most of a budget is used"),
        event("completed", "a run completed"),
        event("failed", "a bound is used up"),
        event("cancelled", "a run was cancelled"),
        event("landed", "a person took the result"),
        event("interrupted", "an attempt was lost"),
    ],
    one_of: &[],
};

/// What a used-up quota does.
pub const ON_QUOTA: Kind = Kind::Either(&[
    Kind::Word(&["wait", "fallback", "block"]),
    Kind::Record(&QUOTA),
]);

static QUOTA: Shape = Shape {
    what: "what a used-up quota does",
    fields: &[
        field(
            "do",
            Kind::Word(&["wait", "fallback", "block"]),
            "wait for the reset, let the next agent do the work, or block",
        ),
        field(
            "until",
            Kind::Until,
            "how long a reset is waited for at most: 8h, or to a time of day: \"07:30\"",
        ),
    ],
    one_of: &[],
};

/// harness.yaml.
pub static SETTINGS: Shape = Shape {
    what: "the settings",
    fields: &[
        field(
            "version",
            Kind::Count(1, 1),
            "the version of this file's format: 1",
        ),
        field(
            "default_workflow",
            Kind::Text,
            "the workflow of a run that names none",
        ),
        field(
            "agents",
            Kind::List(&Kind::Record(&AGENT)),
            "agents in order of preference",
        ),
        field(
            "approvals",
            Kind::Map(&Kind::Bool),
            "which gates ask; by_edit: may an edit approve",
        ),
        field("budget", Kind::Record(&RUN_BUDGET), "limits of a run"),
        field(
            "isolation",
            Kind::Word(&["worktree", "in-place"]),
            "where a run works: in a tree of its own, or in the checkout",
        ),
        field(
            "profiles",
            Kind::Map(&Kind::Record(&PROFILE)),
            "what stages may touch",
        ),
        field("branch", Kind::Text, "the pattern of a run's branch"),
        field(
            "tree",
            Kind::Record(&TREE),
            "how a fresh tree is made to build",
        ),
        field(
            "root",
            Kind::Text,
            "the folder that writes and checks are scoped to",
        ),
        field(
            "paths",
            Kind::Record(&PATHS),
            "where files lie that are not in their usual place",
        ),
        field("land", Kind::Record(&LAND), "how a result lands"),
        field(
            "statuses",
            Kind::Record(&STATUSES),
            "names of the backlog statuses",
        ),
        field("on", Kind::Record(&EVENTS), "commands by event"),
        field("on_quota", ON_QUOTA, "what a used-up quota does"),
        field(
            "awake",
            Kind::Bool,
            "whether the machine is kept from sleeping while an agent works",
        ),
        refused(
            "run_state",
            Kind::Text,
            "one run-state file for the project",
        ),
        field(
            "resume",
            Kind::Word(&["ask", "auto"]),
            "whether an interrupted run waits for you or goes on by itself",
        ),
        field(
            "max_parallel",
            Kind::Count(1, 1000),
            "how many attempts of all runs may be at work at once",
        ),
        field(
            "sandbox",
            HOLDING,
            "how strongly attempts are held by default",
        ),
    ],
    one_of: &[],
};

#[cfg(test)]
mod tests;
