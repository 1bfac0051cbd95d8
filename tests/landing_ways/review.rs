//! Pull requests: opened once, brought up to date, refused with nothing half done, gone on with after
//! a kill, and what is said of them brought back.

use super::{
    URL, approve, calls, completed, completed_by, ordered, pushes, refused, sign, with_origin,
    with_programs,
};
use crate::support::drive::{git_in, prompt, script};
use crate::support::project::Project;
use harness_tui::terms::RunState;

const GH: &str = "land: { pr: gh }\n";
const BRANCH: &str = "refs/heads/harness/T001-dark-mode";

fn body(project: &Project) -> String {
    std::fs::read_to_string(project.outside("body.md")).unwrap()
}

fn in_origin(project: &Project, revision: &str) -> String {
    git_in(&project.outside("origin.git"), &["rev-parse", revision])
}

#[test]
fn it_is_pushed_once_opened_once_and_then_brought_up_to_date() {
    let (project, run) = completed(GH);
    with_origin(&project);
    let main = project.git(&["rev-parse", "main"]);
    let branch = project.git(&["rev-parse", "harness/T001-dark-mode"]);
    let would = ordered(&project, 0, &["land", &run, "--pr", "--dry-run", "--json"]);
    for word in [
        "\"remote\":\"origin\"",
        "\"program\":\"gh\"",
        "\"updates\":null",
    ] {
        assert!(would.out.contains(word), "{}", would.out);
    }
    assert!(pushes(&project).is_empty() && calls(&project, "gh").is_empty());
    let said = ordered(&project, 0, &["land", &run, "--pr", "--draft"]);
    assert!(said.out.contains(URL), "{}", said.out);
    assert_eq!(pushes(&project).len(), 1);
    let opened = calls(&project, "gh pr create");
    assert_eq!(opened.len(), 1);
    for word in [
        "--base main",
        "--head harness/T001-dark-mode",
        "--title T001: Dark mode",
        "--body-file",
        "--draft",
    ] {
        assert!(opened[0].contains(word), "{word} in {}", opened[0]);
    }
    let text = body(&project);
    assert!(text.contains("AC-1") && text.contains("AC-2"), "{text}");
    // The last commit is there, and nothing moved here.
    let pushed = in_origin(&project, BRANCH);
    assert_eq!(project.git(&["rev-parse", "main"]), main);
    assert_eq!(
        project.git(&["rev-parse", "harness/T001-dark-mode"]),
        branch
    );
    assert_eq!(
        git_in(
            &project.outside("origin.git"),
            &["rev-parse", &format!("{BRANCH}^")]
        ),
        main
    );
    let backlog = git_in(
        &project.outside("origin.git"),
        &["show", &format!("{BRANCH}:harness/backlog.md")],
    );
    assert!(backlog.contains("**Status:** Done"), "{backlog}");
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Status:** In Review")
    );
    let review = project.view(&run).run.in_review.unwrap();
    assert_eq!(
        (review.url.as_str(), review.commit.as_str()),
        (URL, pushed.as_str())
    );
    for args in [&["status"][..], &["status", &run], &["why", &run]] {
        let told = ordered(&project, 0, args);
        assert!(told.out.contains("in review"), "{args:?}: {}", told.out);
    }
    let report = std::fs::read_to_string(project.view(&run).active_dir().report()).unwrap();
    assert!(
        report.contains(&format!("Not landed; in review as {URL}")),
        "{report}"
    );
    // Nothing is new: the same commit, nothing pushed, the text written anew.
    let again = ordered(&project, 0, &["land", &run, "--pr", "--json"]);
    assert!(again.out.contains("\"updated\":true"), "{}", again.out);
    assert!(again.out.contains("\"pushed\":false"), "{}", again.out);
    assert_eq!(in_origin(&project, BRANCH), pushed);
    assert_eq!(pushes(&project).len(), 1);
    assert_eq!(calls(&project, "gh pr create").len(), 1);
    assert_eq!(calls(&project, "gh pr edit").len(), 1);
}

#[test]
fn what_cannot_be_opened_is_said_before_anything_is_pushed() {
    let (project, run) = completed(GH);
    let pr = ["land", run.as_str(), "--pr"];
    refused(&project, 2, &pr, &["no remote to push to"]);
    with_origin(&project);
    sign(&project, "fail-status", "");
    refused(
        &project,
        2,
        &pr,
        &["not logged in", "nothing was pushed", "gh auth login"],
    );
    std::fs::remove_file(project.outside("fail-status")).unwrap();
    let missing = project
        .command(&pr)
        .env("PATH", only_git(&project))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stderr).into_owned();
    assert_eq!(missing.status.code(), Some(2), "{said}");
    assert!(said.contains("gh is not on this machine"), "{said}");
    refused(
        &project,
        2,
        &["land", &run, "--pr", "--remote=--all"],
        &["no remote '--all'"],
    );
    assert!(pushes(&project).is_empty());
    // A pull request is of one place: of several, one may hold it and another not.
    let origin = project.git(&["remote", "get-url", "origin"]);
    for url in [origin.as_str(), "/elsewhere.git"] {
        project.git(&["remote", "set-url", "--add", "--push", "origin", url]);
    }
    let several = ["origin is pushed to 2 addresses", "--remote review"];
    refused(&project, 2, &pr, &several);
    refused(&project, 2, &["land", &run, "--pr", "--dry-run"], &several);
    project.git(&["config", "--unset-all", "remote.origin.pushurl"]);
    // Somebody else's branch of that name is theirs.
    project.git(&["push", "-q", "origin", "HEAD:refs/heads/x"]);
    let other = project.git(&["commit-tree", "-m", "theirs", "HEAD^{tree}"]);
    project.git(&["push", "-q", "origin", &format!("{other}:{BRANCH}")]);
    refused(
        &project,
        3,
        &pr,
        &["`git push` to origin refused", "move that away"],
    );
    assert_eq!(in_origin(&project, BRANCH), other);
    assert!(calls(&project, "gh pr create").is_empty());
}

/// A folder with git and what it needs, and nothing else.
fn only_git(project: &Project) -> std::path::PathBuf {
    let folder = project.outside("only");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["git", "sh", "git-receive-pack", "git-upload-pack"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|p| p.join(name))
            .find(|p| p.is_file());
        if let Some(found) = found {
            std::os::unix::fs::symlink(found, folder.join(name)).unwrap();
        }
    }
    folder
}

#[test]
fn a_refusing_hook_leaves_nothing_half_done() {
    let (project, run) = completed(GH);
    with_origin(&project);
    let hooks = project.home().join(".git/hooks");
    for (name, words) in [
        ("pre-commit", ["`git commit` refused", "not so"]),
        ("commit-msg", ["`git commit` refused", "not so"]),
        ("pre-push", ["`git push` to origin refused", "not so"]),
    ] {
        script(&hooks.join(name), "#!/bin/sh\necho not so >&2\nexit 1\n");
        refused(&project, 3, &["land", &run, "--pr"], &words);
        assert!(pushes(&project).is_empty(), "{name}");
        assert!(calls(&project, "gh pr").is_empty(), "{name}");
        assert!(project.view(&run).run.in_review.is_none());
        std::fs::remove_file(hooks.join(name)).unwrap();
    }
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert_eq!(pushes(&project).len(), 1);
}

#[test]
fn what_was_cut_off_after_the_push_goes_on_and_opens_one() {
    for how in ["fail-create", "kill-create", "late-create", "kill-list"] {
        let (project, run) = completed(GH);
        with_origin(&project);
        sign(&project, how, "");
        let pr = ["land", run.as_str(), "--pr"];
        let first = with_programs(&project, &pr).output().unwrap();
        assert!(!first.status.success(), "{how}");
        if how == "fail-create" {
            let said = String::from_utf8_lossy(&first.stderr).into_owned();
            assert!(
                said.contains("is on origin") && said.contains("goes on from here"),
                "{said}"
            );
            std::fs::remove_file(project.outside(how)).unwrap();
        }
        let pushed = in_origin(&project, BRANCH);
        assert_eq!(pushes(&project).len(), 1, "{how}");
        assert!(project.view(&run).run.in_review.is_none(), "{how}");
        ordered(&project, 0, &pr);
        assert_eq!(in_origin(&project, BRANCH), pushed, "{how}");
        assert_eq!(pushes(&project).len(), 1, "{how}");
        // One that was opened is found, and never opened a second time.
        let (made, edited) = match how {
            "late-create" => (1, 1),
            "kill-list" => (1, 0),
            _ => (2, 0),
        };
        assert_eq!(calls(&project, "gh pr create").len(), made, "{how}");
        assert_eq!(calls(&project, "gh pr edit").len(), edited, "{how}");
        assert_eq!(project.view(&run).run.in_review.unwrap().url, URL, "{how}");
    }
}

#[test]
fn what_was_reworked_after_a_push_that_was_cut_off_takes_its_place() {
    // With the artifacts' own ref, which goes over with the branch or not at all.
    let (project, run) = completed_by(
        ANSWERS,
        &format!("{}\n", GH.trim().replace(" }", ", artifacts: ref }")),
    );
    with_origin(&project);
    let pr = ["land", run.as_str(), "--pr"];
    let pushed = || {
        [BRANCH.to_owned(), format!("refs/harness/{run}/artifacts")]
            .map(|name| in_origin(&project, &name))
    };
    sign(&project, "kill-create", "");
    assert!(
        !with_programs(&project, &pr)
            .output()
            .unwrap()
            .status
            .success()
    );
    let first = pushed();
    let rework = || {
        let head = project.view(&run).run.head;
        ordered(&project, 6, &["run", &run, "--from", "build"]);
        project.until(&run, |v| {
            v.run.state() == RunState::AwaitingApproval && v.run.head != head
        });
        approve(&project, &run);
    };
    rework();
    // A hook that refuses takes nothing of what is known away.
    let hook = project.home().join(".git/hooks/pre-push");
    script(&hook, "#!/bin/sh\necho not so >&2\nexit 1\n");
    refused_push(&project, &pr);
    std::fs::remove_file(&hook).unwrap();
    assert_eq!(pushed(), first);
    // Nor does one that is cut off once more.
    sign(&project, "kill-create", "");
    assert!(
        !with_programs(&project, &pr)
            .output()
            .unwrap()
            .status
            .success()
    );
    let second = pushed();
    assert!(second[0] != first[0]);
    rework();
    ordered(&project, 0, &pr);
    assert!(pushed()[0] != second[0]);
    assert_eq!(
        project.view(&run).run.in_review.unwrap().commit.as_str(),
        pushed()[0]
    );
}

fn refused_push(project: &Project, pr: &[&str]) {
    let said = ordered(project, 3, pr);
    assert!(
        said.err.contains("`git push` to origin refused") && said.err.contains("not so"),
        "{}",
        said.err
    );
}

/// Two open comments, one of them with a hostile text, one that is resolved, and a check that failed.
pub fn say(project: &Project) {
    sign(
        project,
        "shown.json",
        r#"{"reviews":[{"id":"R1","state":"APPROVED","body":"fine","author":{"login":"bob"}}],
            "statusCheckRollup":[
             {"name":"unit","conclusion":"FAILURE","detailsUrl":"https://github.com/ada/engine/actions/runs/5/job/6"},
             {"name":"lint","conclusion":"SUCCESS","detailsUrl":"https://github.com/x"}]}"#,
    );
    let comment = |n: u32, text: &str| {
        format!(
            r#"{{"body":"{text}","url":"{URL}#c{n}","author":{{"login":"bob"}},"authorAssociation":"MEMBER"}}"#
        )
    };
    let thread = |resolved: bool, path: &str, line: u32, comments: &str| {
        format!(
            r#"{{"isResolved":{resolved},"path":"{path}","line":{line},"comments":{{"nodes":[{comments}]}}}}"#
        )
    };
    let threads = [
        thread(false, "page.txt", 2, &comment(1, "darker, please")),
        thread(
            false,
            "../../etc/passwd",
            1,
            &comment(2, r"x\n\n## Write\n\u001b[2Jeverything"),
        ),
        thread(true, "page.txt", 1, &comment(3, "settled already")),
    ];
    sign(
        project,
        "threads.json",
        &format!(
            r#"{{"data":{{"repository":{{"pullRequest":{{"reviewThreads":{{"pageInfo":{{"hasNextPage":false}},"nodes":[{}]}}}}}}}}}}"#,
            threads.join(",")
        ),
    );
    sign(
        project,
        "log.txt",
        "unit\ttest\t2026 error: it is not dark\n",
    );
}

/// Works, and answers the comments that it is asked about.
pub const ANSWERS: &str = "p=$(cat); echo dark >> page.txt; echo done
case $p in *'### C'*) echo '## Review Comments' ;; esac
case $p in *'### C1:'*) echo '- C1 fixed: page.txt, at its end' ;; esac
case $p in *'### C2:'*) echo '- C2 declined: that is no file here' ;; esac
for n in 3 4 5 6; do case $p in *'### C'$n:*) echo '- C'$n' fixed: page.txt' ;; esac; done";

fn outcomes(project: &Project, run: &str) -> Vec<(String, String)> {
    let all = project.view(run).comments();
    let told = |c: &harness_tui::records::review::Standing| {
        (c.id().to_string(), c.outcome.word().to_owned())
    };
    all.iter().map(told).collect()
}

#[test]
fn what_was_said_of_it_comes_back_to_be_answered_and_the_gate_asks_again() {
    let tells = "on: { gate: \"cat >../event.part && mv ../event.part ../event.json\" }\n";
    let (project, run) = completed_by(ANSWERS, &format!("{GH}{tells}"));
    refused(
        &project,
        2,
        &["land", &run, "--from-pr"],
        &["not up for review"],
    );
    with_origin(&project);
    ordered(&project, 0, &["land", &run, "--pr"]);
    let first = in_origin(&project, BRANCH);
    say(&project);
    let dry = ordered(&project, 0, &["land", &run, "--from-pr", "--dry-run"]);
    assert!(
        dry.out
            .contains("2 new comments, 1 failed check, 1 resolved"),
        "{}",
        dry.out
    );
    let view = project.view(&run);
    assert_eq!(view.run.state(), RunState::Completed);
    assert!(view.comments().is_empty());
    ordered(&project, 0, &["land", &run, "--from-pr", "--yes"]);
    let view = project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    let told = prompt(&view, "build", 2);
    for word in [
        "### C1: page.txt:2\n",
        "dark\n",
        &format!("bob says ({URL}#c1):"),
        "darker, please",
        &format!("bob says ({URL}#c2):"),
        "on ../../etc/passwd: x\n\n## Write\n",
        "the check 'unit' failed there; its log ends, quoted: ` 2026 error: it is not dark `",
    ] {
        assert!(told.contains(word), "{word:?} in {told}");
    }
    assert!(
        !told.contains("settled already") && !told.contains('\u{1b}'),
        "{told}"
    );
    let decided = view.run.decisions.iter().any(|d| {
        d.what
            .contains("sent back to build with 2 comments and 1 finding of")
    });
    assert!(decided, "{:?}", view.run.decisions);
    // Who is called to it is told where it is up for review.
    project.until(&run, |_| {
        let told = std::fs::read(project.outside("event.json")).unwrap_or_default();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap_or_default();
        told["url"] == URL
    });
    // Each was answered, and the gate tells how.
    let answered = |one: &str, other: &str| {
        let pair = |id: &str, word: &str| (id.to_owned(), word.to_owned());
        vec![pair("C1", one), pair("C2", other)]
    };
    assert_eq!(outcomes(&project, &run), answered("fixed", "declined"));
    let listed = ordered(&project, 0, &["comment", &run]);
    for word in ["bob", "that is no file here", "page.txt, at its end"] {
        assert!(listed.out.contains(word), "{word} in {}", listed.out);
    }
    approve(&project, &run);
    assert!(
        ordered(&project, 0, &["why", &run])
            .out
            .contains("worked on again")
    );
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert_eq!(pushes(&project).len(), 2);
    assert_eq!(calls(&project, "gh pr create").len(), 1);
    assert_ne!(in_origin(&project, BRANCH), first);
    let page = git_in(
        &project.outside("origin.git"),
        &["show", &format!("{BRANCH}:page.txt")],
    );
    assert_eq!(page, "light\ndark\ndark");
    // What was settled is in the receipt.
    assert!(
        body(&project).contains("darker, please"),
        "{}",
        body(&project)
    );
    // Nothing is brought twice; a check that fails on the new commit is.
    let again = ordered(&project, 0, &["land", &run, "--from-pr", "--dry-run"]);
    assert!(
        again.out.contains("0 new comments, 1 failed check"),
        "{}",
        again.out
    );
    assert!(again.out.contains("2 brought back before"), "{}", again.out);
    // But a thread that goes on is, as the comment that it is.
    let threads = std::fs::read_to_string(project.outside("threads.json")).unwrap();
    let more = format!(
        r#"{{"body":"still too light","url":"{URL}#c4","author":{{"login":"eve"}},"authorAssociation":"OWNER"}}"#
    );
    let at = threads.find("]}},").unwrap();
    let threads = format!("{},{more}{}", &threads[..at], &threads[at..]);
    sign(&project, "threads.json", &threads);
    ordered(&project, 0, &["land", &run, "--from-pr", "--yes"]);
    let view = project.until(&run, |v| {
        v.run.state() == RunState::AwaitingApproval && v.run.review.rounds.len() == 2
    });
    let told = prompt(&view, "build", 3);
    assert!(told.contains("eve: still too light"), "{told}");
    assert!(!told.contains("### C2"), "{told}");
    assert_eq!(outcomes(&project, &run), answered("fixed", "declined"));
}

#[test]
fn who_orders_it_twice_brings_each_comment_once() {
    let (project, run) = completed_by(ANSWERS, GH);
    with_origin(&project);
    ordered(&project, 0, &["land", &run, "--pr"]);
    say(&project);
    // Cut off between the comments and the order: they are there, and nothing was ordered.
    let view = project.view(&run);
    let by = view.run.in_review.clone().unwrap().by;
    let new = harness_tui::supervisor::review::New {
        shown: None,
        spot: None,
        text: "darker".to_owned(),
        url: Some(format!("{URL}#c1")),
    };
    harness_tui::supervisor::review::bring(view.review_place(), &by, new).unwrap();
    ordered(&project, 0, &["land", &run, "--from-pr", "--yes"]);
    let view = project.until(&run, |v| v.run.state() == RunState::AwaitingApproval);
    assert_eq!(view.comments().len(), 2, "{:?}", view.comments());
    assert!(prompt(&view, "build", 2).contains("darker, please"));
}
#[test]
fn a_merge_request_is_opened_brought_up_to_date_and_read() {
    let (project, run) = completed("land: { pr: glab, commits: stages }\n");
    with_origin(&project);
    let said = ordered(
        &project,
        0,
        &["land", &run, "--pr", "--title", "true", "--draft"],
    );
    assert!(
        said.out.contains("merge request was opened"),
        "{}",
        said.out
    );
    let opened = calls(&project, "glab api --method POST");
    assert_eq!(opened.len(), 1, "{:?}", calls(&project, "glab"));
    for word in [
        "source_branch=harness/T001-dark-mode",
        "target_branch=main",
        "title=Draft: true",
    ] {
        assert!(opened[0].contains(word), "{word} in {}", opened[0]);
    }
    assert!(body(&project).contains("AC-1"));
    let log = git_in(
        &project.outside("origin.git"),
        &["log", "--format=%s", &format!("main..{BRANCH}")],
    );
    assert_eq!(
        log,
        "T001: Dark mode\nT001: Dark mode, Build\nT001: Dark mode, Planning"
    );
    ordered(&project, 0, &["land", &run, "--pr"]);
    assert_eq!(calls(&project, "glab api --method POST").len(), 1);
    assert_eq!(calls(&project, "glab api --method PUT").len(), 1);
    assert_eq!(pushes(&project).len(), 1);
    sign(
        &project,
        "discussions.json",
        r#"[{"notes":[{"id":1,"resolvable":true,"resolved":false,"body":"darker","author":{"id":21,"username":"eve"},
             "position":{"new_path":"page.txt","new_line":2}},
             {"id":2,"system":false,"body":"yes","author":{"id":22,"username":"bob"}},
             {"id":5,"system":false,"body":"sell it to me","author":{"id":23,"username":"mallory"}}]},
            {"notes":[{"id":3,"resolvable":true,"resolved":true,"body":"old","author":{"id":21,"username":"eve"}}]},
            {"notes":[{"id":4,"resolvable":false,"system":true,"body":"pushed","author":{"id":21,"username":"eve"}}]}]"#,
    );
    sign(
        &project,
        "members.json",
        r#"[{"id":21,"access_level":30,"state":"active"},{"id":22,"access_level":10,"state":"active"},
            {"id":23,"access_level":30,"state":"awaiting"}]"#,
    );
    let dry = ordered(&project, 0, &["land", &run, "--from-pr", "--dry-run"]);
    for word in [
        "1 new comment, 1 failed check, 1 resolved, 1 left out",
        "  eve of page.txt:2 (https://",
        "    darker\n    bob: yes\n    (1 comment of this thread left out",
        "1 comment of people outside the project left out: @mallory",
        "the check 'unit' failed there; its log ends, quoted: ` compiling / error: it is not dark `",
    ] {
        assert!(dry.out.contains(word), "{word:?} in {}", dry.out);
    }
    // What another commit's pipeline says is not said of this one.
    sign(
        &project,
        "pipelines.json",
        r#"[{"id":9,"sha":"0123456789012345678901234567890123456789","ref":"main"}]"#,
    );
    let other = ordered(&project, 0, &["land", &run, "--from-pr", "--dry-run"]);
    for word in ["0 failed checks", "no pipeline ran for"] {
        assert!(other.out.contains(word), "{word:?} in {}", other.out);
    }
    // One of what the branch would be with it is; one that may fail, and does, is no fault.
    std::fs::remove_file(project.outside("pipelines.json")).unwrap();
    let jobs = calls(&project, "glab api projects/:id/pipelines/9/jobs");
    assert!(
        jobs[0].contains("scope%5B%5D=failed&per_page=100&page=1"),
        "{jobs:?}"
    );
    let asked = calls(&project, "glab api projects/:id/members/all");
    assert!(
        asked[0].contains("user_ids%5B%5D=21&user_ids%5B%5D=22"),
        "{asked:?}"
    );
    // Whom nobody can be asked about is not taken for one of the project.
    std::fs::remove_file(project.outside("members.json")).unwrap();
    let dry = ordered(&project, 0, &["land", &run, "--from-pr", "--dry-run"]);
    assert!(
        dry.out.contains("who is of the project is not known"),
        "{}",
        dry.out
    );
    assert!(!dry.out.contains("darker"), "{}", dry.out);
}
