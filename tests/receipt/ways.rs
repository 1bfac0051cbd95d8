//! Landed in another way than as one commit, without the artifacts, or under a message of the project's
//! own: the receipt is so there as well, and after one byte it is not.

use crate::scene::{Clone, LINES, completed, is_not, is_so, untrue, with};
use crate::support::project::Project;

const REVIEW: &str = "harness/artifacts/T001-review.md";

/// A project with these settings, whose run is completed, on a base that moved since if so ordered.
fn ready(settings: &str, moved: bool) -> (Project, String) {
    let project = with(settings);
    let run = completed(&project);
    if moved {
        project.put("src/app.txt", &LINES.replace("2\n3\n", "two\nmore\n3\n"));
        project.git(&["add", "src"]);
        project.git(&["commit", "-q", "-m", "others' work"]);
    }
    (project, run)
}

/// Of the commit that landed it is so, and no longer after a byte of a claimed line is another.
fn holds(clone: &Clone<'_>) {
    is_so(&clone.verify(&[]));
    let landing = clone.git(&["rev-parse", "HEAD"]);
    clone.edit("src/app.txt", "ten", "teN");
    clone.amend();
    is_not(
        &clone.verify(&[]),
        "a byte of the code",
        &["AC-1", "src/app.txt"],
    );
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
}

/// Nor after a byte of the review that it was judged by.
fn holds_its_review(clone: &Clone<'_>) {
    let landing = clone.git(&["rev-parse", "HEAD"]);
    clone.edit(REVIEW, "says ten", "says tem");
    clone.amend();
    is_not(
        &clone.verify(&[]),
        "a byte of the review",
        &["AC-1", "AC-2", "artifact review", "approved complete"],
    );
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
}

#[test]
fn as_commits_a_stage_upon_the_branch() {
    for (moved, args) in [
        (false, &["--rebase"][..]),
        (true, &["--rebase"]),
        (true, &["--rebase", "--commits", "squash"]),
        (true, &["--merge", "--commits", "stages"]),
    ] {
        let (project, run) = ready("", moved);
        project.expect(0, &[&["land", run.as_str()], args].concat());
        let clone = Clone::of(&project, "clone");
        let said = clone.verify(&[]);
        assert_eq!(
            said.code,
            0,
            "{args:?}: {}\n{}\n{}",
            untrue(&said),
            said.out,
            said.err
        );
        holds(&clone);
        holds_its_review(&clone);
    }
}

#[test]
fn by_the_settings_a_commit_a_stage() {
    let (project, run) = ready("land: { commits: stages }\n", false);
    project.expect(0, &["land", &run]);
    assert!(
        project
            .git(&["log", "--format=%s"])
            .contains("Dark mode, Build")
    );
    let clone = Clone::of(&project, "clone");
    holds(&clone);
    holds_its_review(&clone);
    // A stage's commit that was made anew with a byte of it changed is no better than the last one.
    let landing = clone.git(&["rev-parse", "HEAD"]);
    clone.git(&["reset", "-q", "--hard", "HEAD~1"]);
    clone.edit("page.txt", "dark", "dork");
    clone.amend();
    clone.git(&["cherry-pick", landing.trim()]);
    is_not(
        &clone.verify(&[]),
        "a stage's commit",
        &["AC-2", "page.txt"],
    );
}

#[test]
fn with_its_artifacts_kept_by_a_ref() {
    let (project, run) = ready("land: { artifacts: ref }\n", false);
    // Its receipt says so before it landed, and is the one that landed.
    let kept = format!("They are kept under `refs/harness/{run}/artifacts`");
    let before = project.expect(0, &["receipt", &run]).out;
    assert!(before.contains(&kept), "{before}");
    project.expect(0, &["land", &run]);
    let page = project.expect(0, &["receipt", &run]).out;
    assert_eq!(page, before);
    let clone = Clone::of(&project, "clone");
    assert!(!clone.dir.join(REVIEW).exists());
    // Where the ref was not fetched, that is said and is no pass.
    let said = clone.verify(&[]);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(
        said.out.contains("not known") && said.out.contains("refs/harness/"),
        "{}",
        said.out
    );
    clone.git(&["fetch", "-q", "origin", "refs/harness/*:refs/harness/*"]);
    holds(&clone);
    is_so(&clone.verify_text(&page));
    // A byte of what the ref keeps.
    let kept = format!("refs/harness/{run}/artifacts");
    let text = clone.git(&["show", &format!("{kept}:{REVIEW}")]);
    let other = clone.dir.join(".git/other.md");
    std::fs::write(&other, text.replace("says ten", "says tem")).unwrap();
    let blob = clone.git(&["hash-object", "-w", other.to_str().unwrap()]);
    clone.git(&["read-tree", &kept]);
    let entry = format!("100644,{},{REVIEW}", blob.trim());
    clone.git(&["update-index", "--cacheinfo", &entry]);
    let tree = clone.git(&["write-tree"]);
    let commit = clone.git(&["commit-tree", "-m", "kept", tree.trim()]);
    clone.git(&["update-ref", &kept, commit.trim()]);
    clone.git(&["reset", "-q", "--hard"]);
    is_not(
        &clone.verify(&[]),
        "a byte of the review",
        &["AC-1", "artifact review", "approved complete"],
    );
}

#[test]
fn without_its_artifacts() {
    let (project, run) = ready("", false);
    project.expect(0, &["land", &run, "--artifacts", "omit"]);
    let clone = Clone::of(&project, "clone");
    assert!(!clone.dir.join(REVIEW).exists());
    // What was ordered counts, and not what the settings say.
    is_so(&clone.verify_text(&project.expect(0, &["receipt", &run]).out));
    let said = clone.verify(&[]);
    assert!(
        said.out.contains("the project leaves artifacts out"),
        "{}",
        said.out
    );
    holds(&clone);
    // What nobody here can see is told, and is not so.
    for told in [
        "told       AC-1  met",
        "told       decision approved complete by Ada",
        "given on what landed; of harness/artifacts/T001-review.md the project leaves",
    ] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
    // One that turns up in the commit all the same is none of the run's.
    clone.put(REVIEW, "Result: PASS\n");
    clone.amend();
    let what = format!("also changes {REVIEW}");
    is_not(&clone.verify(&[]), "a forged review", &[&what]);
}

#[test]
fn an_artifact_outside_of_the_harness_lands_with_the_code() {
    let flow = "  - { id: build, name: Build, role: build, produces: { page: docs/new.md } }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\" } }
";
    for kept in ["ref", "omit"] {
        let project = Project::new()
            .settings(&format!("land: {{ artifacts: {kept} }}\n"))
            .agent(
                "build",
                "cat >/dev/null; mkdir -p docs; echo new >docs/new.md; echo dark >>page.txt",
            )
            .flow(flow);
        let run = completed(&project);
        project.expect(0, &["land", &run]);
        let clone = Clone::of(&project, "clone");
        let said = clone.verify(&[]);
        is_so(&said);
        let line = "ok         artifact page  docs/new.md";
        assert!(said.out.contains(line), "{kept}: {}", said.out);
        clone.edit("docs/new.md", "new", "mew");
        clone.amend();
        is_not(&clone.verify(&[]), kept, &["artifact page"]);
    }
}

#[test]
fn under_a_message_of_the_projects_own() {
    for form in [
        "land:\n  message: |\n    {{ task.title }} [{{ task.id }}]\n\n    {{ land.criteria }}\n",
        "land: { message: \"{{ task.id }}: landed\" }\n",
    ] {
        let (project, run) = ready(form, false);
        project.expect(0, &["land", &run]);
        let message = project.git(&["log", "-1", "--format=%B"]);
        assert!(message.contains("\nHarness-Receipt: blake3:"), "{message}");
        assert!(!message.contains("Decisions:"), "{message}");
        let clone = Clone::of(&project, "clone");
        holds(&clone);
        holds_its_review(&clone);
        if message.contains("AC-2 met") {
            clone.reword(&message.replacen("AC-2 met", "AC-2 mets", 1));
            is_not(&clone.verify(&[]), "the message", &["AC-2"]);
        }
    }
}
