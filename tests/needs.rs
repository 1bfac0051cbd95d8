//! What waits for a person, and what happened since they looked last: on the first screen, for a status
//! line, over every repository; and why, in the same six lines wherever it is told. Real program, real
//! git, agents that are shell scripts, a terminal of its own.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and writes as people do"
)]

mod support;

#[path = "needs/line.rs"]
mod line;
#[path = "needs/screen.rs"]
mod screen;
#[path = "needs/six.rs"]
mod six;

use support::project::Project;

/// The tasks, and what becomes of the run of each.
const TASKS: [(&str, &str, i32); 5] = [
    ("T001", "Dark mode", 6),
    ("T002", "Grey mode", 6),
    ("T003", "Blue mode", 3),
    ("T004", "Red mode", 0),
    ("T005", "Pink mode", 1),
];

/// A question, a change, or none.
const AGENT: &str = "cat >/dev/null
case \"$HARNESS_TASK_ID\" in
  T002) printf '## Questions\\n\\n- Q1 [blocking] Light or dark grey?\\n' ;;
  T003) echo 'I looked at it' ;;
  *) echo \"$HARNESS_TASK_ID\" >> page.txt; echo done ;;
esac";

const STAGES: &str = "  - { id: build, name: Build, role: build, gate: { after: \"task.id == 'T001'\" }, \
checks: [{ run: \"test $HARNESS_TASK_ID != T005\" }], loop: { until: checks, max_iterations: 1 } }\n";

/// A project with five tasks.
fn five_tasks() -> Project {
    let project = Project::new();
    let mut backlog = String::from("# Backlog\n");
    for (n, (id, title, _)) in TASKS.iter().enumerate() {
        let number = n + 1;
        backlog.push_str(&format!(
            "\n### B00{number} - {title}\n\n**Status:** Ready\n**Summary:** They want it.\n"
        ));
        let slug = title.to_lowercase().replace(' ', "-");
        let task = format!(
            "# Task {id} — {title}\n\nStatus: Ready\nBacklog Item: B00{number}\n\n## Summary\n\nThey want it.\n\n\
             ## Acceptance Criteria\n\n- It is so.\n"
        );
        project.put(&format!("harness/tasks/{id}-{slug}.md"), &task);
    }
    backlog.push_str("\n### B006 - Later\n\n**Status:** Planned\n**Summary:** One day.\n");
    project.put("harness/backlog.md", &backlog);
    project.agent("build", AGENT).flow(STAGES)
}

/// The same with a run of each, which all wait, each for another reason. The runs, by their tasks.
fn five_that_wait() -> (Project, Vec<String>) {
    let project = five_tasks();
    for (id, _, code) in TASKS {
        project.expect(code, &["run", id]);
    }
    let mut runs: Vec<String> = project
        .runs()
        .iter()
        .map(|v| v.order.run.to_string())
        .collect();
    runs.sort_by_key(|run| run[run.len() - 4..].to_owned());
    (project, runs)
}
