//! Where people decide, and where the engine does: gates and what a rejection orders, approvals and
//! what voids them, loops and their bounds, conditions, retries, budgets, checks, commands. Real
//! program, real git, agents that are shell scripts.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "gates/approvals.rs"]
mod approvals;
#[path = "gates/bounds.rs"]
mod bounds;
#[path = "gates/builtin.rs"]
mod builtin;
#[path = "gates/by_hand.rs"]
mod by_hand;
#[path = "gates/checks.rs"]
mod checks;
#[path = "gates/commands.rs"]
mod commands;
#[path = "gates/dry_run.rs"]
mod dry_run;
#[path = "gates/forged.rs"]
mod forged;
#[path = "gates/json.rs"]
mod json;
#[path = "gates/rejections.rs"]
mod rejections;
#[path = "gates/reviews.rs"]
mod reviews;
#[path = "gates/skips.rs"]
mod skips;
#[path = "gates/why.rs"]
mod why;

/// One stage that builds.
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// Build, a review of it, and a gate at the end.
fn reviewed(on_fail: &str, on_reject: &str) -> String {
    format!(
        "  - {{ id: build, name: Build, role: build, context: [task, findings] }}
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [task, {{ diff: base }}]
    produces: {{ review: {{ path: \"harness/artifacts/{{{{ task.id }}}}-review.md\", from: answer }} }}
    verdict: review
    writes: []
{on_fail}  - id: complete
    name: Complete
    depends_on: [qa]
    gate: {{ before: true{on_reject} }}
"
    )
}
