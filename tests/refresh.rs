//! A base that moves on while a run lives: shown, taken in at a boundary, and what it voids. Real
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

#[path = "refresh/kills.rs"]
mod kills;
#[path = "refresh/refused.rs"]
mod refused;
#[path = "refresh/taken_in.rs"]
mod taken_in;
#[path = "refresh/two_runs.rs"]
mod two_runs;

use harness_tui::engine::Event;
use harness_tui::records::runs::RunView;
use harness_tui::store::fs::Disk;
use harness_tui::store::journal;
use harness_tui::supervisor::control::Entry;
use std::path::Path;
use support::drive::{answers, git_in, last, lines_of, review};
use support::project::Project;

/// A builder that says outside each time that it was asked, and mends what it finds broken.
fn builder(asked: &Path) -> String {
    format!(
        "cat >/dev/null; echo once >>'{}'; echo dark >>page.txt; test -e poison && echo cure >cure; echo done",
        asked.display()
    )
}

/// Build with a check, a review of it, a gate at the end.
fn reviewed(project: Project) -> Project {
    let asked = project.outside("asked");
    let checked = project.outside("checked");
    let stages = format!(
        "  - {{ id: build, name: Build, role: build, checks: [{{ run: \"echo once >>'{}'; test ! -e poison || test -e cure\" }}], loop: {{ until: checks, max_iterations: 3 }} }}
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [task, {{ diff: base }}]
    produces: {{ review: {{ path: \"harness/artifacts/{{{{ task.id }}}}-review.md\", from: answer }} }}
    verdict: review
    writes: []
  - id: complete
    name: Complete
    depends_on: [qa]
    gate: {{ before: true }}
",
        checked.display()
    );
    project
        .agent("build", &builder(&asked))
        .reviewer("qa", &answers("review", &review("PASS", &[])))
        .flow(&stages)
}

/// A project whose one run waits at its last gate.
fn at_the_gate() -> (Project, String) {
    let project = reviewed(Project::new());
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    (project, run)
}

/// The base moves on by one commit that writes this file.
fn base_moves(project: &Project, path: &str, text: &str) {
    project.put(path, text);
    project.git(&["add", path]);
    project.git(&["commit", "-q", "-m", &format!("writes {path}"), "--", path]);
}

/// How often the builder was asked, and its check was run.
fn counts(project: &Project) -> (usize, usize) {
    let of = |name| lines_of(&project.outside(name));
    (of("asked"), of("checked"))
}

/// How often the journal says that it was refreshed.
fn refreshed(view: &RunView) -> usize {
    let (records, _) = journal::read_only::<Entry>(&Disk, &view.dirs.journal()).unwrap();
    let is = |e: &Event| matches!(e, Event::Refreshed(_));
    records.iter().filter(|r| is(&r.event.event)).count()
}

/// All that a refresh could change: refs, the run's tree, the checkout, the journal.
fn everything(project: &Project, view: &RunView) -> [String; 5] {
    let tree = &view.order.tree;
    [
        project.git(&["for-each-ref"]),
        git_in(tree, &["status", "--porcelain", "--branch"]),
        git_in(tree, &["ls-files", "-s"]),
        project.git(&["status", "--porcelain", "--branch"]),
        view.run.head.as_ref().unwrap().to_string(),
    ]
}
