//! Runs of every kind.

use crate::scene::{Clone, FLOW, WORKS, completed, is_no_receipt, is_so, report, review};
use crate::support::drive::last;
use crate::support::project::Project;

fn made(flow: &str, qa: &str) -> Project {
    let project = Project::new();
    project.put("src/app.txt", crate::scene::LINES);
    project.put("src/old.txt", "old\n");
    project.agent("build", WORKS).agent("qa", qa).flow(flow)
}

#[test]
fn a_criterion_that_only_a_person_could_accept_is_told_as_it_is() {
    let project = made(
        FLOW,
        &review("met | page.txt:2", "unverifiable | needs a screen"),
    );
    let run = completed(&project);
    project.expect(0, &["land", &run]);
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("AC-2  unverifiable: It stays dark."),
        "{}",
        said.out
    );
    assert!(said.out.contains("approved complete by"), "{}", said.out);
    // What an agent did not say is unknown, not 0.
    assert!(
        said.out.contains("cost  unknown, unknown tokens"),
        "{}",
        said.out
    );
}

#[test]
fn a_run_without_a_task_has_a_receipt_of_its_code() {
    let project = made(FLOW, &review("met | x", "met | x"));
    let quick = "name: quick\ndescription: for tests\ntask: none\nstages:\n  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    project.put("harness/workflows/quick.yaml", quick);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "quick"]);
    project.expect(6, &["run", "--workflow", "quick"]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
    let said = Clone::of(&project, "clone").verify(&[]);
    is_so(&said);
    assert!(said.out.contains("file src/app.txt"), "{}", said.out);
    assert!(said.out.contains("given on what landed"), "{}", said.out);
}

#[test]
fn in_place_the_persons_own_commit_is_held_against_the_report() {
    let project = Project::new().settings("isolation: in-place\n");
    project.put("src/app.txt", crate::scene::LINES);
    project.put("src/old.txt", "old\n");
    let qa = review("met | src/app.txt:10", "met | page.txt:2");
    let project = project.agent("build", WORKS).agent("qa", &qa).flow(FLOW);
    let run = completed(&project);
    project.expect(0, &["land", &run]);
    project.put("mine.txt", "mine\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "dark mode, and mine"]);
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(said.out.contains("also changes mine.txt"), "{}", said.out);
    assert!(said.out.contains(&report(&run)), "{}", said.out);
}

#[test]
fn stages_side_by_side_tell_what_each_check_had_not_seen() {
    let stages = "  - { id: left, name: Left, role: left, writes: [\"a/**\"], checks: [{ run: \"test -f a/left\" }] }
  - { id: right, name: Right, role: right, writes: [\"b/**\"], checks: [{ run: \"test -f b/right\" }] }
  - { id: done, name: Done, depends_on: [left, right], gate: { before: \"true\" } }
max_parallel: 2
";
    let project = Project::new()
        .agent("left", "cat >/dev/null; mkdir -p a; echo l > a/left")
        .agent("right", "cat >/dev/null; mkdir -p b; echo r > b/right")
        .flow(stages);
    let run = completed(&project);
    project.expect(0, &["land", &run]);
    let said = Clone::of(&project, "clone").verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("differs from what the run came to in"),
        "{}",
        said.out
    );
}

#[test]
fn a_private_harness_leaves_none_and_says_so() {
    let project = Project::new();
    std::fs::remove_dir_all(project.home().join("harness")).unwrap();
    project.put("src/app.txt", crate::scene::LINES);
    project.put("src/old.txt", "old\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-q", "-m", "first"]);
    project.expect(0, &["init", "--private"]);
    let place = project.home().join(".git/harness/private/harness");
    // The shipped workflows want more agents than there are.
    std::fs::remove_dir_all(place.join("workflows")).unwrap();
    let mine = made(FLOW, &review("met | src/app.txt:10", "met | page.txt:2"));
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(mine.home().join("harness/."))
        .arg(&place)
        .status()
        .unwrap();
    assert!(copied.success());
    let run = completed(&project);
    let said = project.expect(2, &["receipt", &run]);
    assert!(said.err.contains("is private"), "{}", said.err);
    let landed = project.expect(0, &["land", &run]);
    assert!(!landed.out.contains("harness-tui verify"), "{}", landed.out);
    let clone = Clone::of(&project, "clone");
    is_no_receipt(&clone.verify(&[]), "a run of a private harness leaves none");
    let kept = std::fs::read_to_string(place.join(format!("runs/{run}.md"))).unwrap();
    assert!(kept.contains("None: the harness is private"), "{kept}");
}
