//! What is put up for review is verified where nothing but git is: by its commit, its branch and the text of the
//! pull request; and after one byte is another it is not.

use super::{
    approve, calls, completed, ordered, pushes, refused, sign, with_origin, with_programs,
};
use crate::support::drive::{git_in, last, script};
use crate::support::project::{Project, Ran, WORKS, put, ran};
use harness_tui::supervisor::review::New;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const BRANCH: &str = "harness/T001-dark-mode";
const REVIEW: &str = "harness/artifacts/review.md";
const JUDGED: &str = "  - { id: build, name: Build, role: build, context: [task, findings] }
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [{ diff: base }]
    produces: { review: { path: \"harness/artifacts/review.md\", from: answer } }
    verdict: review
    writes: []
  - { id: complete, name: Complete, depends_on: [qa], gate: { before: \"true\" } }
";
const JUDGES: &str = "cat >/dev/null; cat <<END\n<<<ARTIFACT review\n## Verdict\n\nResult: PASS\n\n\
    ## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n| --- | --- | --- |\n\
    | AC-1 | met | page.txt:2 says so |\n| AC-2 | met | page.txt:2 |\n\n## Findings\n\nNone\n\n## Notes\n\nJudged by $$.\nARTIFACT>>>\nEND\n";

/// A run that a review judged, with these settings and this text of its first criterion.
fn judged(settings: &str, criterion: &str) -> (Project, String) {
    let project = Project::new()
        .agent("build", WORKS)
        .agent("qa", JUDGES)
        .settings(settings);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let task = task.replace("It is dark.", criterion);
    project.put("harness/tasks/T001-dark-mode.md", &task);
    let project = project.flow(JUDGED);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    approve(&project, &run);
    with_origin(&project);
    (project, run)
}

/// A clone of the origin with the branch checked out.
fn clone(project: &Project, name: &str) -> PathBuf {
    let dir = project.outside(name);
    let origin = project.outside("origin.git");
    let words = ["clone", "-q", "-b", BRANCH, origin.to_str().unwrap()];
    project.git(&[&words[..], &[dir.to_str().unwrap()]].concat());
    git_in(&dir, &["config", "user.name", "Eve"]);
    git_in(&dir, &["config", "user.email", "eve@example.org"]);
    dir
}

fn verify(project: &Project, dir: &Path, args: &[&str], text: &str) -> Ran {
    let mut command: Command = project.command(&[&["verify", "--all"], args].concat());
    let mut child = command
        .current_dir(dir)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let bytes = text.as_bytes().to_vec();
    // Where it is not asked for the text it does not read it.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
    let said = ran(&child.wait_with_output().unwrap());
    writer.join().unwrap();
    said
}

fn stands(project: &Project, dir: &Path, args: &[&str], text: &str, code: i32) -> Ran {
    let said = verify(project, dir, args, text);
    assert_eq!(said.code, code, "{args:?}\n{}\n{}", said.out, said.err);
    said
}

/// Changes a text in a file of the last commit.
fn amended(dir: &Path, path: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(dir.join(path)).unwrap();
    assert!(text.contains(from), "{from:?} in {path}:\n{text}");
    put(&dir.join(path), &text.replacen(from, to, 1));
    git_in(dir, &["add", "-A"]);
    git_in(dir, &["commit", "-q", "--amend", "--no-edit"]);
}

fn body(project: &Project) -> String {
    std::fs::read_to_string(project.outside("body.md")).unwrap()
}

#[test]
fn a_pull_request_is_verified_by_commit_branch_and_text_and_not_after_a_byte() {
    let (project, run) = judged("land: { pr: gh }\n", "It is dark.");
    ordered(&project, 0, &["land", &run, "--pr"]);
    let dir = clone(&project, "clone");
    let text = body(&project);
    for (args, text) in [(&[][..], ""), (&[BRANCH], ""), (&["-"], text.as_str())] {
        let said = stands(&project, &dir, args, text, 0);
        assert!(
            said.out.contains("all that git can tell is so"),
            "{}",
            said.out
        );
    }
    let pushed = git_in(&dir, &["rev-parse", "HEAD"]);
    let report = format!("harness/runs/{run}.md");
    let approval = "| Ada | approved complete | `";
    for (path, from, to, named) in [
        ("page.txt", "dark", "dork", "AC-1"),
        (REVIEW, "says so", "says no", "AC-1"),
        (
            &report,
            approval,
            "| Eve | approved complete | `",
            "approved complete",
        ),
    ] {
        amended(&dir, path, from, to);
        let said = stands(&project, &dir, &[], "", 1);
        let line = said
            .out
            .lines()
            .find(|l| l.starts_with("not true") && l.contains(named));
        assert!(line.is_some(), "{path}: {}", said.out);
        git_in(&dir, &["reset", "-q", "--hard", &pushed]);
    }
    // The text alone, against the commit as it is.
    for (from, to) in [
        (
            "| Ada | approved complete | `",
            "| Eve | approved complete | `",
        ),
        ("✓ met | page.txt:2", "✗ unmet | page.txt:2"),
        ("**AC-1** It is dark.", "**AC-1** It is dork."),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text, "{from}");
        stands(&project, &dir, &["-"], &other, 1);
    }
}

#[test]
fn artifacts_that_a_ref_keeps_go_over_with_the_same_push_and_are_found_there() {
    let (project, run) = judged("land: { pr: gh, artifacts: ref }\n", "It is dark.");
    let counted = project.outside("pushed");
    script(
        &project.home().join(".git/hooks/pre-push"),
        &format!(
            "#!/bin/sh\ncat >/dev/null; echo push >>{}\n",
            counted.display()
        ),
    );
    let kept = format!("refs/harness/{run}/artifacts");
    ordered(&project, 0, &["land", &run, "--pr"]);
    let refs = pushes(&project);
    assert!(
        refs.len() == 2 && refs.iter().any(|l| l.ends_with(&kept)),
        "{refs:?}"
    );
    assert_eq!(std::fs::read_to_string(&counted).unwrap(), "push\n");
    let dir = clone(&project, "clone");
    assert!(!dir.join(REVIEW).exists());
    // It fetches nothing, and says how that is done.
    let said = stands(&project, &dir, &[], "", 2);
    let fetch = format!("git fetch origin {kept}:{kept}");
    assert!(said.out.contains(&fetch), "{}", said.out);
    let words: Vec<&str> = fetch.split(' ').skip(1).collect();
    git_in(&dir, &[&words[..1], &["-q"], &words[1..]].concat());
    stands(&project, &dir, &[], "", 0);
    stands(&project, &dir, &["-"], &body(&project), 0);
    // The same once more: both are there, and nothing is pushed.
    let again = ordered(&project, 0, &["land", &run, "--pr", "--json"]);
    assert!(again.out.contains("\"pushed\":false"), "{}", again.out);
    // A rework has other artifacts, which take the place of those.
    project.expect(6, &["run", "T001", "--from", "qa"]);
    approve(&project, &run);
    ordered(&project, 0, &["land", &run, "--pr"]);
    git_in(
        &dir,
        &["fetch", "-q", "origin", &format!("+{kept}:{kept}"), BRANCH],
    );
    stands(&project, &dir, &[&format!("origin/{BRANCH}")], "", 0);
}

#[test]
fn what_a_ref_keeps_of_a_landing_here_is_told_to_be_pushed_and_how() {
    let (project, run) = judged("land: { artifacts: ref }\n", "It is dark.");
    let said = project.expect(0, &["land", &run]);
    let kept = format!("refs/harness/{run}/artifacts");
    let push = format!("git push origin {kept}");
    assert!(said.out.contains(&format!("`{push}`")), "{}", said.out);
    project.git(&["push", "-q", "origin", "main"]);
    let words: Vec<&str> = push.split(' ').skip(1).collect();
    project.git(&words);
    let dir = project.outside("clone");
    let origin = project.outside("origin.git");
    project.git(&[
        "clone",
        "-q",
        origin.to_str().unwrap(),
        dir.to_str().unwrap(),
    ]);
    stands(&project, &dir, &[], "", 2);
    git_in(&dir, &["fetch", "-q", "origin", &format!("{kept}:{kept}")]);
    stands(&project, &dir, &[], "", 0);
}

/// Says these things of the run's work.
fn comment(project: &Project, run: &str, texts: &[String]) {
    let view = project.view(run);
    let by = view.run.decisions[0].by.clone();
    for text in texts {
        let new = New {
            text: text.clone(),
            ..New::default()
        };
        harness_tui::supervisor::review::give(view.review_place(), &by, new).unwrap();
    }
}

#[test]
fn the_text_of_an_order_that_was_cut_off_is_that_of_the_commit_that_was_pushed() {
    let (project, run) = judged("land: { pr: gh }\n", "It is dark.");
    sign(&project, "fail-create", "");
    ordered(&project, 3, &["land", &run, "--pr"]);
    assert_eq!(pushes(&project).len(), 1);
    // Another receipt would be made now.
    comment(&project, &run, &["and what of the footer?".to_owned()]);
    std::fs::remove_file(project.outside("fail-create")).unwrap();
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert_eq!(pushes(&project).len(), 1);
    assert!(!body(&project).contains("footer"), "{}", body(&project));
    let dir = clone(&project, "clone");
    stands(&project, &dir, &["-"], &body(&project), 0);
    // The next order tells of it, in the commit and in the text.
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert_eq!(pushes(&project).len(), 2);
    assert!(body(&project).contains("footer"), "{}", body(&project));
}

#[test]
fn a_long_text_is_shortened_and_verified_so_and_one_of_criteria_alone_is_refused() {
    let long = format!("It is {}dark.", "very ".repeat(6_000));
    let (project, run) = judged("land: { pr: gh }\n", &long);
    let text = |n| format!("{n} {}", "and more ".repeat(60));
    comment(&project, &run, &(0..100).map(text).collect::<Vec<_>>());
    let would = ordered(&project, 0, &["land", &run, "--pr", "--dry-run"]);
    let told = "comments, artifacts and files are shortened, and whole in the run's report";
    assert!(would.out.contains(told), "{}", would.out);
    let said = ordered(&project, 0, &["land", &run, "--pr"]);
    assert!(said.out.contains(told), "{}", said.out);
    let text = body(&project);
    assert!(text.encode_utf16().count() < 65_536, "{}", text.len());
    assert!(
        text.contains(&long) && text.contains("… and 75 more."),
        "{text}"
    );
    let dir = clone(&project, "clone");
    stands(&project, &dir, &["-"], &text, 0);
    stands(&project, &dir, &[], "", 0);
    let other = text.replacen("It is very", "It was very", 1);
    stands(&project, &dir, &["-"], &other, 1);
    // More than a page holds: nothing is pushed, and what to do is said.
    let long = format!("It is {}dark.", "very ".repeat(14_000));
    let (project, run) = judged("land: { pr: gh }\n", &long);
    let words = [
        "65000",
        "`harness-tui run T001 --from qa`",
        "nothing was pushed",
        "without --pr",
    ];
    refused(&project, 2, &["land", &run, "--pr"], &words);
    refused(&project, 2, &["land", &run, "--pr", "--dry-run"], &words);
    assert!(pushes(&project).is_empty() && calls(&project, "gh pr").is_empty());
}

#[test]
fn a_run_that_is_cut_off_in_between_pushes_once() {
    // With two refs as with one: the remote is asked for both.
    let (project, run) = completed("land: { pr: gh, artifacts: ref }\n");
    with_origin(&project);
    sign(&project, "kill-create", "");
    let pr = ["land", run.as_str(), "--pr"];
    assert!(
        !with_programs(&project, &pr)
            .output()
            .unwrap()
            .status
            .success()
    );
    assert_eq!(pushes(&project).len(), 2);
    ordered(&project, 0, &pr);
    assert_eq!(pushes(&project).len(), 2);
}
