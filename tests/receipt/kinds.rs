//! Runs of every kind.

use crate::scene::{Clone, FLOW, WORKS, completed, is_no_receipt, is_so, report, review};
use crate::support::drive::last;
use crate::support::project::Project;
use harness_tui::engine::{InReview, Person};
use harness_tui::landing::held::Held;

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

#[test]
fn an_approval_of_other_code_is_told_as_that() {
    let stages = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }
  - { id: polish, name: Polish, role: polish, depends_on: [build] }
";
    let polish = "cat >/dev/null; echo shine >>page.txt; echo unseen >src/unseen.txt";
    let project = made(stages, "").agent("polish", polish).flow(stages);
    let run = completed(&project);
    project.expect(0, &["land", &run]);
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    for told in [
        "told       decision approved build by Ada",
        "given on what differs from what landed in 2 files: page.txt, src/unseen.txt",
    ] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
}

#[test]
fn evidence_that_never_was_there_is_told() {
    let qa = review(
        "met | src/nope.txt:10 and src/app.txt:999 say ten",
        "met | page.txt:2, and/or src/old.txt:1 at localhost:80",
    );
    let project = made(FLOW, &qa);
    let run = completed(&project);
    let page = project.expect(0, &["receipt", &run]).out;
    let told = "no such places: `src/nope.txt:10`, `src/app.txt:999` |";
    assert!(page.contains(told), "{page}");
    project.expect(0, &["land", &run]);
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert!(message.contains("there are no such places"), "{message}");
    let said = Clone::of(&project, "clone").verify(&[]);
    is_so(&said);
    for line in [
        "told       AC-1  met",
        "its evidence names src/nope.txt:10, src/app.txt:999, and there are no such places",
        "ok         AC-2  met",
    ] {
        assert!(said.out.contains(line), "{line}: {}", said.out);
    }
}

#[test]
fn what_was_put_up_for_review_before_is_not_what_the_run_came_to() {
    let project = made(FLOW, &review("met | page.txt:2", "met | page.txt:2"));
    completed(&project);
    let mut view = last(&project);
    let head = view.run.head.clone().unwrap();
    let review = |head| InReview {
        url: "https://example.org/1".to_owned(),
        forge: "gh".to_owned(),
        remote: "origin".to_owned(),
        branch: "topic".to_owned(),
        into: "main".to_owned(),
        commit: view.order.base.clone(),
        head,
        artifacts: None,
        by: Person {
            name: "Ada".to_owned(),
            terminal: None,
            pid: 1,
        },
    };
    let older = review(view.order.base.clone());
    let same = review(head.clone());
    view.run.in_review = Some(older);
    let held = Held::of(&view).unwrap();
    assert_eq!(held.verified.commit, head);
    assert!(held.told().contains("what is in review is older"));
    let lines = &held.verified.lines;
    assert!(
        lines
            .iter()
            .any(|l| l.found == "given on what the run came to")
    );
    assert!(!lines.iter().any(|l| l.found.contains("what landed")));
    // Where nothing was done since it is held against what was pushed, which here is no run's.
    view.run.in_review = Some(same);
    let why = Held::of(&view).unwrap_err().to_string();
    assert!(why.contains("holds no receipt"), "{why}");
}

#[test]
fn a_backlog_that_the_run_itself_wrote_in_is_what_it_left() {
    let more = "printf '\\n### B002 - More\\n\\n**Status:** Planned\\n' >>docs/backlog.md";
    let project = Project::new()
        .settings("paths: { backlog: docs/backlog.md }\n")
        .agent("build", &format!("{WORKS}; {more}"));
    project.put("docs/backlog.md", &project.read("harness/backlog.md"));
    project.put("src/app.txt", crate::scene::LINES);
    project.put("src/old.txt", "old\n");
    let project = project.flow("  - { id: build, name: Build, role: build }\n");
    project.expect(0, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["land", &run]);
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    let told = "of what the run left of docs/backlog.md the status of B001 (Done)";
    assert!(said.out.contains(told), "{}", said.out);
    clone.edit("docs/backlog.md", "More", "Less");
    clone.amend();
    let said = clone.verify(&[]);
    assert_eq!(said.code, 2, "{}", said.out);
    let told = "what it left is not found";
    assert!(said.out.contains(told), "{}", said.out);
}
