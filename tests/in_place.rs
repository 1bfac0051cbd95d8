//! Runs that work in the checkout itself: nothing of the person's is ever reset, whatever happens to
//! the run. Real program, real git, agents that are shell scripts.

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

#[allow(dead_code, reason = "one of its workflows is for others")]
#[path = "recovery/bench.rs"]
mod bench;
#[path = "in_place/beyond.rs"]
mod beyond;
#[path = "in_place/closed.rs"]
mod closed;
#[path = "in_place/dirty.rs"]
mod dirty;
#[path = "in_place/kills.rs"]
mod kills;
#[path = "in_place/people.rs"]
mod people;
#[path = "in_place/whole.rs"]
mod whole;
#[path = "in_place/without_git.rs"]
mod without_git;

use support::project::Project;

/// One stage that builds.
const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// A project whose runs work in place, with one stage that runs this script.
fn project(script: &str) -> Project {
    Project::new()
        .agent("build", &format!("cat >/dev/null\n{script}"))
        .settings("isolation: in-place\n")
        .flow(BUILD)
}

/// What git says of the person's side: where HEAD is, what is staged, every ref that is not the
/// engine's, and the index byte for byte.
#[derive(Debug, PartialEq, Eq)]
struct Untouched {
    head: String,
    refs: String,
    staged: String,
    index: Vec<u8>,
}

impl Untouched {
    fn of(project: &Project) -> Self {
        let refs = project.git(&["for-each-ref"]);
        let theirs = refs.lines().filter(|l| !l.contains("refs/harness/"));
        Self {
            head: std::fs::read_to_string(project.home().join(".git/HEAD")).unwrap(),
            refs: theirs.collect::<Vec<_>>().join("\n"),
            staged: project.git(&["diff", "--cached"]),
            index: std::fs::read(project.home().join(".git/index")).unwrap(),
        }
    }
}
