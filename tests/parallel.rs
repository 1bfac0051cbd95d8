//! Stages side by side: they really are, their hand-offs are joined in workflow order, and what
//! may write the same paths never is. Real program, real git, agents that are shell scripts.

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

use harness_tui::engine::Event;
use harness_tui::terms::Outcome;
use support::drive::{fifo, last, on_branch, outcomes, stage, subjects};
use support::project::Project;

/// `top`, then `left` and `right` side by side, then `join`.
fn diamond(left: &str, right: &str) -> String {
    format!(
        "  - {{ id: top, name: Top, role: top }}
  - {{ id: left, name: Left, role: left, depends_on: [top], writes: [{left}], timeout: 40s }}
  - {{ id: right, name: Right, role: right, depends_on: [top], writes: [{right}], timeout: 40s }}
  - {{ id: join, name: Join, role: join, depends_on: [left, right] }}
max_parallel: 2
"
    )
}

fn project() -> Project {
    Project::new()
        .agent(
            "top",
            "cat >/dev/null; mkdir -p a b; echo top >> a/top; echo top >> b/top",
        )
        .agent("join", "cat >/dev/null; cat a/left b/right > joined")
}

#[test]
fn both_middle_stages_run_at_the_same_time_and_are_joined_in_workflow_order() {
    let project = project();
    let (to_right, to_left) = (project.outside("to-right"), project.outside("to-left"));
    fifo(&to_right);
    fifo(&to_left);
    // Each waits for the other; the right one then is done first, and the left one waits for that.
    let done = project.outside("done");
    let left = format!(
        "cat >/dev/null; echo go > '{}'; read line < '{}'
         while [ ! -e '{}' ]; do sleep 0.05; done; test ! -e b/right || exit 1; echo left > a/left",
        to_right.display(),
        to_left.display(),
        done.display()
    );
    let right = format!(
        "cat >/dev/null; read line < '{}'; echo go > '{}'; test ! -e a/left || exit 1
         echo right > b/right; touch '{}'",
        to_right.display(),
        to_left.display(),
        done.display()
    );
    let project = project
        .agent("left", &left)
        .agent("right", &right)
        .flow(&diamond("a/**", "b/**"));
    let ran = project.expect(0, &["run", "T001"]);
    let view = last(&project);
    for id in ["top", "left", "right", "join"] {
        assert_eq!(outcomes(&view, id), [Outcome::Passed], "{id}");
    }
    let wanted = ["Top", "Left", "Right", "Join"].map(|n| format!("T001 {n}: Dark mode"));
    assert_eq!(subjects(&view), wanted, "{}", ran.out);
    assert_eq!(on_branch(&view, "joined").unwrap(), "left\nright\n");
    // Nothing of the trees beside is left, and the run's tree is what the branch is.
    let trees = project.git(&["worktree", "list"]);
    assert!(
        !trees.contains("+left") && !trees.contains("+right"),
        "{trees}"
    );
    let status = support::drive::git_in(&view.order.tree, &["status", "--porcelain"]);
    assert_eq!(status, "");
}

#[test]
fn what_may_write_the_same_paths_never_runs_side_by_side() {
    let project = project();
    let alone = project.outside("alone");
    let script = |line: &str| {
        format!(
            "cat >/dev/null; mkdir '{0}' || exit 1; sleep 0.3; {line}; rmdir '{0}'",
            alone.display()
        )
    };
    let project = project
        .agent(
            "left",
            &script("echo left > a/left; mkdir -p b; echo x > b/right"),
        )
        .agent("right", &script("echo right >> b/right"))
        .flow(&diamond("\"a/**\", \"b/**\"", "b/**"));
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "left"), [Outcome::Passed]);
    assert_eq!(outcomes(&view, "right"), [Outcome::Passed]);
    // The second of them started from the hand-off of the first.
    assert_eq!(on_branch(&view, "joined").unwrap(), "left\nx\nright\n");
}

#[test]
fn one_that_fails_leaves_the_other_to_its_end_and_the_rest_waits() {
    let project = project()
        .agent("left", "cat >/dev/null; exit 78")
        .agent("right", "cat >/dev/null; sleep 0.3; echo right > b/right")
        .flow(&diamond("a/**", "b/**"));
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "left"), [Outcome::Refused]);
    assert_eq!(outcomes(&view, "right"), [Outcome::Passed]);
    assert!(stage(&view, "join").attempts.is_empty());
    assert_eq!(on_branch(&view, "b/right").unwrap(), "right\n");
}

#[test]
fn with_one_place_they_run_one_after_the_other() {
    let project = Project::new();
    let alone = project.outside("alone");
    let script = |name: &str| {
        format!(
            "cat >/dev/null; mkdir '{0}' || exit 1; sleep 0.2; echo x > {name}; rmdir '{0}'",
            alone.display()
        )
    };
    let stages = "  - { id: one, name: One, role: one, writes: [a] }
  - { id: two, name: Two, role: two, writes: [/b/x] }
";
    let project = project
        .agent("one", &script("a"))
        .agent("two", &format!("mkdir b; {}", script("b/x")))
        .flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "one"), [Outcome::Passed]);
    assert_eq!(outcomes(&view, "two"), [Outcome::Passed]);
}

#[test]
fn set_up_is_done_in_the_tree_of_each() {
    let project = project();
    let needs = "cat >/dev/null; test -e deps/here || exit 1;";
    project.put(".gitignore", "deps/\n");
    let project = project
        .settings("tree: { setup: [\"mkdir -p deps && touch deps/here\"] }\n")
        .agent("left", &format!("{needs} echo left >> a/left"))
        .agent("right", &format!("{needs} echo right >> b/right"))
        .flow(&diamond("a/**", "b/**"));
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    // The tree beside is made anew, and has to be built anew.
    project.expect(0, &["run", "T001", "--from", "top"]);
    let again = last(&project);
    assert_eq!(view.order.run, again.order.run);
    assert_eq!(outcomes(&again, "left"), [Outcome::Passed; 2]);
    assert_eq!(outcomes(&again, "join"), [Outcome::Passed; 2]);
}

/// Every journal of a run side by side can be told again: no start before its end.
#[test]
fn the_journal_tells_starts_and_ends_in_pairs() {
    let project = project()
        .agent("left", "cat >/dev/null; echo left > a/left")
        .agent("right", "cat >/dev/null; echo right > b/right")
        .flow(&diamond("a/**", "b/**"));
    let ran = project.expect(0, &["run", "T001", "--json"]);
    let mut open: Vec<String> = Vec::new();
    let mut seqs: Vec<u64> = Vec::new();
    for line in ran.out.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        if object["type"] != "event" {
            continue;
        }
        seqs.push(object["seq"].as_u64().unwrap());
        let event: Event = serde_json::from_value(object["event"].clone()).unwrap();
        match event {
            Event::Intent { attempt, .. } => open.push(attempt.to_string()),
            Event::Started { attempt, .. } => assert!(open.contains(&attempt.to_string())),
            Event::Finished(result) => {
                let name = result.attempt.to_string();
                assert!(open.contains(&name), "{name} ended before it began");
                open.retain(|o| *o != name);
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} never ended");
    assert!(seqs.windows(2).all(|w| w[0] + 1 == w[1]), "{seqs:?}");
}

/// Globs keep what may meet apart, so that no run of a workflow comes here; the hand-off itself
/// must still be sure.
#[test]
fn two_that_changed_the_same_line_are_not_joined_and_the_path_is_named() {
    use harness_tui::git::Git;
    use harness_tui::stage::exit::ExitRecord;
    use harness_tui::supervisor::handoff::{Handoff, HandoffError};
    use harness_tui::terms::{Oid, PublicId, RunId, StageId};

    let project = Project::new().agent("build", "").flow("");
    let head = || Oid::new(project.git(&["rev-parse", "HEAD"])).unwrap();
    let base = head();
    project.git(&["branch", "-q", "harness/x"]);
    project.put("page.txt", "theirs\n");
    project.git(&["commit", "-qam", "beside"]);
    let beside = head();
    project.git(&["update-ref", "refs/heads/harness/x", beside.as_str()]);
    project.git(&["reset", "-q", "--hard", base.as_str()]);
    project.put("page.txt", "ours\n");
    project.git(&["commit", "-qam", "ours"]);
    let tree = Oid::new(project.git(&["rev-parse", "HEAD^{tree}"])).unwrap();

    let run = RunId::new("RUN-2026-01-02-T001").unwrap();
    let public = PublicId::compose(&run, "RIGHT", 1).unwrap();
    let record = serde_json::json!({
        "format": 1, "attempt": "right.1.1", "epoch": 1, "outcome": "passed", "reason": "",
        "findings": [], "artifacts": [], "verdict": null, "questions": [], "dispute": null,
        "tree": tree, "changes": [], "taken_back": [], "checks": [], "process": null,
        "failure": null, "usage": {}, "session": null, "model": null, "denials": [],
        "folded_commits": [], "notes": [], "sandbox": "", "answer": "", "took_ms": 1,
        "started": "2026-01-02T00:00:00Z", "ended": "2026-01-02T00:00:01Z",
    });
    let exit: ExitRecord = serde_json::from_value(record).unwrap();
    let handoff = Handoff {
        run: &run,
        branch: "refs/heads/harness/x",
        stage: &StageId::new("right").unwrap(),
        public: &public,
        subject: "T001 Right",
        checkpoint: &base,
        head: &beside,
        exit: &exit,
        identity: &harness_tui::git::Identity::fallback(),
        seconds: 1,
    };
    let refused = handoff.commit(&Git::new(project.home())).unwrap_err();
    assert!(
        matches!(&refused, HandoffError::Conflict { .. }),
        "{refused}"
    );
    assert!(refused.to_string().contains("page.txt"), "{refused}");
    assert_eq!(
        project.git(&["rev-parse", "refs/heads/harness/x"]),
        beside.as_str()
    );
}
