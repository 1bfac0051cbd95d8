//! How many commits, with or without artifacts, under which message.

use super::{PLAN, completed, refused};
use crate::support::drive::git_in;
use crate::support::project::Project;

fn subjects(project: &Project, range: &str) -> Vec<String> {
    let log = project.git(&["log", "--reverse", "--first-parent", "--format=%s", range]);
    log.lines().map(str::to_owned).collect()
}

fn move_main(project: &Project, path: &str, text: &str) -> String {
    let before = project.git(&["rev-parse", "HEAD"]);
    project.put(path, text);
    project.git(&["add", path]);
    project.git(&["commit", "-q", "-m", "somebody else's"]);
    before
}

fn holds(project: &Project, revision: &str, path: &str) -> bool {
    !project
        .git(&["ls-tree", "-r", "--name-only", revision, "--", path])
        .is_empty()
}

#[test]
fn a_rebase_puts_a_commit_a_stage_upon_a_moved_branch() {
    let (project, run) = completed("");
    let before = move_main(&project, "other.txt", "other\n");
    let moved = project.git(&["rev-parse", "HEAD"]);
    let would = project.expect(0, &["land", &run, "--rebase", "--dry-run", "--json"]);
    assert!(would.out.contains("\"how\":\"rebase\""), "{}", would.out);
    assert!(
        would.out.contains("T001: Dark mode, Planning"),
        "{}",
        would.out
    );
    assert_eq!(project.git(&["rev-parse", "HEAD"]), moved);
    project.expect(0, &["land", &run, "--rebase"]);
    assert_eq!(
        subjects(&project, &format!("{before}..HEAD")),
        [
            "somebody else's",
            "T001: Dark mode, Planning",
            "T001: Dark mode, Build",
            "T001: Dark mode",
        ]
    );
    let merges = project.git(&[
        "rev-list",
        "--merges",
        "--count",
        &format!("{before}..HEAD"),
    ]);
    assert_eq!(merges, "0");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.read("other.txt"), "other\n");
    // Each holds what its stage did, and says whose it is.
    assert!(holds(&project, "HEAD~2", PLAN) && !holds(&project, "HEAD~3", PLAN));
    assert_eq!(project.git(&["show", "HEAD~2:page.txt"]), "light");
    assert_eq!(project.git(&["show", "HEAD~1:page.txt"]), "light\ndark");
    let message = project.git(&["log", "-1", "--format=%B", "HEAD~1"]);
    assert!(
        message.contains(&format!("Harness-Run: {run}\nHarness-Stage: build\n")),
        "{message}"
    );
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** Done")
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert!(project.view(&run).run.landed.unwrap().how == "rebase");
}

#[test]
fn a_conflict_names_commit_and_file_and_changes_nothing() {
    let (project, run) = completed("");
    move_main(&project, "page.txt", "bright\n");
    let said = refused(
        &project,
        3,
        &["land", &run, "--rebase"],
        &[
            "(Build) can't be put upon 'main'",
            "page.txt",
            "nothing was changed",
            "--new",
        ],
    );
    let commit = project.view(&run).run.stages[1].commit.clone().unwrap();
    assert!(said.err.contains(commit.short()), "{}", said.err);
    refused(
        &project,
        3,
        &["land", &run],
        &["changed the same lines", "page.txt"],
    );
}

#[test]
fn an_item_that_somebody_set_meanwhile_is_theirs_on_the_branch_and_in_the_checkout() {
    let (project, run) = completed("");
    let mine = project.read("harness/backlog.md");
    assert!(mine.contains("**Status:** In Review"), "{mine}");
    let theirs = mine.replace("In Review", "Rejected");
    let land = ["land", run.as_str()];
    // Uncommitted in the checkout.
    project.put("harness/backlog.md", &theirs);
    let words = [
        "your checkout has B001 as 'Rejected'",
        "harness/backlog.md",
        "set it to 'In Review'",
    ];
    refused(&project, 3, &land, &words);
    refused(&project, 3, &["land", &run, "--dry-run"], &words);
    // Committed on the branch.
    move_main(&project, "harness/backlog.md", &theirs);
    project.put("harness/backlog.md", &mine);
    let words = [
        "'main' has B001 as 'Rejected'",
        "harness/backlog.md",
        "nothing was changed",
    ];
    refused(&project, 3, &land, &words);
    // What somebody did to other items and other lines of it is no matter.
    let more = format!("{mine}\n### B002 - Search\n\n**Status:** Rejected\n**Summary:** s\n");
    move_main(
        &project,
        "harness/backlog.md",
        &more.replace("at night", "by night"),
    );
    project.expect(0, &land);
    let landed = project.git(&["show", "HEAD:harness/backlog.md"]);
    assert!(
        landed.contains("**Status:** Done") && landed.contains("by night"),
        "{landed}"
    );
    assert!(landed.contains("**Status:** Rejected"), "{landed}");
}

#[test]
fn the_settings_say_how_many_commits_and_an_order_overrules_them() {
    let (project, run) = completed("land: { commits: stages }\n");
    let would = |args: &[&str]| {
        let all = [&["land", &run, "--dry-run", "--json"], args].concat();
        let said = project.expect(0, &all);
        let value: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        (
            value["how"].clone(),
            value["commits"].as_array().unwrap().len(),
        )
    };
    assert_eq!(would(&[]), ("rebase".into(), 3));
    assert_eq!(would(&["--squash"]), ("squash".into(), 1));
    assert_eq!(would(&["--commits", "squash"]), ("squash".into(), 1));
    assert_eq!(
        would(&["--rebase", "--commits", "squash"]),
        ("rebase".into(), 1)
    );
    refused(
        &project,
        2,
        &["land", &run, "--squash", "--commits", "stages"],
        &["one commit"],
    );
    project.expect(0, &["land", &run, "--merge"]);
    assert_eq!(
        project.git(&["log", "--reverse", "--format=%s", "HEAD^1..HEAD^2"]),
        "T001: Dark mode, Planning\nT001: Dark mode, Build"
    );
    assert_eq!(project.git(&["show", "HEAD:page.txt"]), "light\ndark");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn artifacts_can_be_kept_by_a_ref_and_read_from_there() {
    let (project, run) = completed("land: { artifacts: ref }\n");
    project.expect(0, &["land", &run, "--merge"]);
    let kept = format!("refs/harness/{run}/artifacts");
    // Neither in what landed nor anywhere in its history.
    assert_eq!(project.git(&["log", "--format=%h", "--", PLAN]), "");
    let plan = project.git(&["show", &format!("{kept}:{PLAN}")]);
    assert!(plan.contains("Make it dark."), "{plan}");
    assert_eq!(project.git(&["ls-tree", "-r", "--name-only", &kept]), PLAN);
    let report = project.read(&format!("harness/runs/{run}.md"));
    let message = project.git(&["log", "-1", "--format=%B"]);
    for text in [&report, &message] {
        assert!(text.contains(&format!("git show {kept}:PATH")), "{text}");
    }
    assert!(
        !project
            .read("harness/tasks/T001-dark-mode.md")
            .contains(PLAN)
    );
    // Nothing but an order for logs lets it go.
    project.expect(0, &["clean", "--apply"]);
    assert!(!project.git(&["for-each-ref", &kept]).is_empty());
    project.expect(0, &["clean", "--apply", "--logs"]);
    assert!(project.git(&["for-each-ref", &kept]).is_empty());
}

#[test]
fn artifacts_can_be_left_out() {
    let (project, run) = completed("");
    project.expect(0, &["land", &run, "--artifacts", "omit"]);
    assert!(!holds(&project, "HEAD", PLAN));
    assert!(!project.home().join(PLAN).exists());
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.git(&["for-each-ref", "refs/harness"]), "");
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

#[test]
fn the_message_has_the_form_that_the_settings_say_and_its_trailers() {
    let (project, run) = completed(
        "land:\n  message: |\n    {{ task.title }} [{{ task.id }}]\n\n    {{ land.criteria }}\n",
    );
    project.expect(0, &["land", &run]);
    let message = project.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("Dark mode [T001]\n\n- AC-1 "),
        "{message}"
    );
    assert!(
        message.contains(&format!(
            "\n\nHarness-Run: {run}\nHarness-Task: T001\nHarness-Receipt: blake3:"
        )),
        "{message}"
    );
}

#[test]
fn an_unknown_name_in_the_form_is_a_fault_with_its_place() {
    let project = Project::new()
        .settings("land: { message: \"{{ tsak.id }}\" }\n")
        .flow("  - { id: look, run: \"true\" }\n");
    let said = project.run(&["check"]);
    let all = format!("{}{}", said.out, said.err);
    assert_eq!(said.code, 1, "{all}");
    assert!(
        all.contains("unknown name 'tsak.id'") && all.contains("did you mean 'task.id'"),
        "{all}"
    );
}

#[test]
fn what_cannot_be_had_in_place_is_said() {
    let project = Project::new()
        .agent("build", crate::support::project::WORKS)
        .settings("isolation: in-place\nland: { commits: stages, artifacts: ref }\n")
        .flow("  - { id: build, name: Build, role: build }\n");
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    refused(
        &project,
        2,
        &["land", &run, "--commits", "stages"],
        &["worked in place"],
    );
    refused(
        &project,
        2,
        &["land", &run, "--pr"],
        &["worked in place", "push it yourself"],
    );
    let said = project.expect(0, &["land", &run]);
    let all = format!("{}{}", said.out, said.err);
    assert!(
        all.contains("land.artifacts: ref of harness.yaml has no effect"),
        "{all}"
    );
}

#[test]
fn another_branch_does_not_get_what_the_base_withdrew() {
    let (project, run) = withdrawn();
    let said = refused(
        &project,
        3,
        &["land", &run, "--into", "other"],
        &[
            "main was rewritten",
            "would come to 'other'",
            "--into other --bring-back",
        ],
    );
    assert!(said.err.contains("a secret"), "{}", said.err);
    project.expect(0, &["land", &run, "--into", "other", "--bring-back"]);
    // One that has it already gets nothing by it.
    let (project, run) = withdrawn();
    project.git(&["branch", "-f", "other", "keeps"]);
    project.expect(0, &["land", &run, "--into", "other"]);
    assert_eq!(
        git_in(&project.home(), &["show", "other:page.txt"]),
        "light\ndark"
    );
}

/// A run whose base lost the commit it began on, and another branch without that commit.
fn withdrawn() -> (Project, String) {
    let project = Project::new()
        .agent("build", crate::support::project::WORKS)
        .flow("  - { id: build, name: Build, role: build }\n");
    project.git(&["branch", "other"]);
    project.put("secret.txt", "s\n");
    project.git(&["add", "secret.txt"]);
    project.git(&["commit", "-q", "-m", "a secret"]);
    project.git(&["branch", "keeps"]);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    project.git(&["reset", "-q", "--soft", "HEAD~1"]);
    project.git(&["rm", "-q", "--cached", "secret.txt"]);
    (project, run)
}
