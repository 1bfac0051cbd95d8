//! The terminal as a resource, on a terminal: it is given back as it was on every way out, it is
//! lent to an editor, and what it is told is bounded.

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

#[path = "workbench_terminal/editor.rs"]
mod editor;
#[path = "workbench_terminal/given_back.rs"]
mod given_back;
#[path = "workbench_terminal/mouse.rs"]
mod mouse;
#[path = "workbench_terminal/much.rs"]
mod much;
mod support;
#[path = "workbench_terminal/two.rs"]
mod two;

use support::project::{Project, WORKS};

/// Built, then a person decides.
const GATED: &str = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";

/// A project whose one run waits at its gate.
fn at_the_gate() -> (Project, String) {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}
