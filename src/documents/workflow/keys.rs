//! The keys of a workflow.

use crate::documents::settings::keys::{BUDGET, COMMAND, ON_QUOTA, RUN};
use crate::documents::yaml::shape::{Kind, Shape, field, not_built, required};

const TEXTS: Kind = Kind::List(&Kind::Text);
const ONE_OR_MORE: Kind = Kind::OneOrMore(&Kind::Text);
const AT_LEAST_1: Kind = Kind::Count(1, 1000);
const EXPRESSION: Kind = Kind::Either(&[Kind::Text, Kind::Bool]);
const PRECONDITION: Kind = Kind::Either(&[Kind::Text, Kind::Bool, Kind::Record(&COMMAND)]);

static RERUN: Shape = Shape {
    what: "a way back",
    fields: &[
        required("rerun", Kind::Text, "the stage to rerun from"),
        required("max", AT_LEAST_1, "how many reruns at most"),
    ],
    one_of: &[],
};

static GATE: Shape = Shape {
    what: "a gate",
    fields: &[
        field("before", EXPRESSION, "whether it asks before the stage"),
        field("after", EXPRESSION, "whether it asks after the stage"),
        field("message", Kind::Text, "what to ask"),
        field("on_reject", Kind::Record(&RERUN), "where a rejection goes"),
    ],
    one_of: &[],
};

static LOOP: Shape = Shape {
    what: "a loop",
    fields: &[
        required("until", Kind::Word(&["checks", "approved"]), "what ends it"),
        required("max_iterations", AT_LEAST_1, "how many executions at most"),
    ],
    one_of: &[],
};

static RETRY: Shape = Shape {
    what: "retry",
    fields: &[
        required("max", Kind::Count(0, 20), "how many at most"),
        field(
            "backoff_ms",
            Kind::Count(0, 300_000),
            "milliseconds before the first; each further one waits twice as long",
        ),
    ],
    one_of: &[],
};

static CONTEXT: Shape = Shape {
    what: "a context item",
    fields: &[
        field("files", Kind::Text, "files by gitignore glob"),
        field("command", RUN, "the output of a command"),
        field("timeout", Kind::Duration, "how long the command may take"),
        field("diff", Kind::Word(&["base"]), "the run's change so far"),
        field(
            "log",
            Kind::Count(1, 1000),
            "the last commits of the branch",
        ),
        not_built("url", Kind::Text, "a page"),
        not_built("secret", Kind::Text, "the name of a secret for the page"),
    ],
    one_of: &["files", "command", "diff", "log", "url"],
};

static PRODUCE: Shape = Shape {
    what: "an artifact",
    fields: &[
        required("path", Kind::Text, "where it lies"),
        field(
            "from",
            Kind::Word(&["file", "answer"]),
            "written by the agent, or taken from its answer",
        ),
    ],
    one_of: &[],
};

static REPORT: Shape = Shape {
    what: "a report",
    fields: &[
        field("junit", Kind::Text, "XML files, by path or gitignore glob"),
        field("tap", Kind::Text, "a file of the Test Anything Protocol"),
        field(
            "regex",
            Kind::Text,
            "a pattern over what it prints; its group is the name of a failed test",
        ),
    ],
    one_of: &["junit", "tap", "regex"],
};

static CHECK: Shape = Shape {
    what: "a check",
    fields: &[
        required("run", RUN, "what to run: a string for sh, or a list"),
        field("timeout", Kind::Duration, "how long it may take"),
        field("name", Kind::Text, "its name for people"),
        field(
            "baseline",
            Kind::Bool,
            "whether only what did not fail on the run's base fails it",
        ),
        field(
            "tier",
            Kind::Word(&["quick", "full"]),
            "quick: after each attempt; full: once the quick ones pass",
        ),
        field(
            "report",
            Kind::Either(&[Kind::Word(&["tap"]), Kind::Record(&REPORT)]),
            "where the names of failed tests come from",
        ),
        field(
            "caches",
            ONE_OR_MORE,
            "folders it may write: ~/… in your home, others are kept in the check's tree",
        ),
        field(
            "sockets",
            ONE_OR_MORE,
            "unix sockets it is meant to reach: /…, ~/… or @abstract",
        ),
    ],
    one_of: &[],
};

static STAGE: Shape = Shape {
    what: "a stage",
    fields: &[
        required("id", Kind::Text, "its id: a-z, 0-9 and dashes"),
        field("name", Kind::Text, "its name for people"),
        field("code", Kind::Text, "its code in attempt ids"),
        field("role", Kind::Text, "the role an agent takes"),
        field("run", RUN, "a command instead of an agent"),
        field(
            "workflow",
            Kind::Text,
            "another workflow instead of an agent",
        ),
        not_built("for_each", Kind::Any, "the stage for each of a list"),
        field("depends_on", ONE_OR_MORE, "stages that must be done before"),
        field("when", EXPRESSION, "false skips it"),
        field(
            "precondition",
            PRECONDITION,
            "what must hold before it starts",
        ),
        field(
            "context",
            Kind::List(&Kind::Either(&[Kind::Text, Kind::Record(&CONTEXT)])),
            "what its prompt holds beside the fixed parts",
        ),
        field(
            "produces",
            Kind::Map(&Kind::Either(&[Kind::Text, Kind::Record(&PRODUCE)])),
            "its artifacts: name to path",
        ),
        field(
            "writes",
            ONE_OR_MORE,
            "gitignore globs of what it may write",
        ),
        field("profile", Kind::Text, "what it may touch"),
        field("instructions", TEXTS, "instruction files to bring back"),
        field("mcp", TEXTS, "MCP servers to bring back, by name"),
        field("skills", TEXTS, "skills to bring back, by name"),
        field("env", TEXTS, "environment variables to pass on, by name"),
        field(
            "checks",
            Kind::OneOrMore(&Kind::Either(&[Kind::Text, Kind::Record(&CHECK)])),
            "commands that must exit 0",
        ),
        field(
            "loop",
            Kind::Record(&LOOP),
            "iterations until something holds",
        ),
        field(
            "verdict",
            Kind::Text,
            "the artifact that carries its verdict",
        ),
        field("on_quota", ON_QUOTA, "what a used-up quota does"),
        field(
            "on_fail",
            Kind::Record(&RERUN),
            "where a FAIL verdict or failed checks go",
        ),
        field("gate", Kind::Record(&GATE), "where a person decides"),
        field(
            "retry",
            Kind::Record(&RETRY),
            "retries of transient failures",
        ),
        field("timeout", Kind::Duration, "how long an attempt may take"),
        field(
            "idle_timeout",
            Kind::Duration,
            "how long it may show nothing",
        ),
        field(
            "budget",
            Kind::Record(&BUDGET),
            "limits over all its attempts",
        ),
        field("skippable", Kind::Bool, "whether a person may skip it"),
        field(
            "fresh_context",
            Kind::Bool,
            "whether each iteration starts afresh",
        ),
        field(
            "capability",
            Kind::Text,
            "what its agent must be able to do",
        ),
        field("agent", Kind::Text, "its agent"),
        field("model", Kind::Text, "its model"),
        field("effort", Kind::Text, "its effort"),
    ],
    one_of: &[],
};

/// A workflow.
pub static WORKFLOW: Shape = Shape {
    what: "a workflow",
    fields: &[
        field("name", Kind::Text, "its name; by default that of its file"),
        field("description", Kind::Text, "what it is for"),
        field(
            "task",
            Kind::Word(&["required", "optional", "none"]),
            "whether it works on a task",
        ),
        field(
            "vars",
            Kind::Map(&Kind::Scalar),
            "variables with their defaults",
        ),
        field(
            "max_parallel",
            Kind::Count(1, 64),
            "how many stages may run side by side",
        ),
        field("budget", Kind::Record(&BUDGET), "limits of a run"),
        field(
            "precondition",
            PRECONDITION,
            "what must hold before anything starts",
        ),
        required("stages", Kind::List(&Kind::Record(&STAGE)), "the stages"),
    ],
    one_of: &[],
};
