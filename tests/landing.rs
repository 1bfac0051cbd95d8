//! Landing with real git: a dirty checkout comes out exactly as dirty as it went in, what can't be
//! landed changes nothing, and a landing that was cut off is finished by the next one.

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

use harness_tui::landing::bring::{Way, bring};
use harness_tui::landing::{
    CutOff, How, Intent, LandError, Request, clean, cut_off, land, land::prepare,
};
use harness_tui::store::lock::Lock;
use support::landed::{BACKLOG, Ready, TASK_PATH, commit_all, put, request};

fn refused(ready: &Ready, request: &Request, code: u8, part: &str) -> LandError {
    let before = ready.everything();
    let error = land(&ready.view(), request).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(part), "{error}");
    assert_eq!(ready.everything(), before, "{error}");
    assert!(ready.view().run.landed.is_none());
    assert_eq!(Intent::read(&ready.dirs).unwrap(), None);
    error
}

/// Changes of every kind in the checkout, none of them the run's.
fn make_dirty(ready: &Ready) {
    let home = &ready.home;
    put(home, "staged.txt", "staged\n");
    ready.git.call(["add", "staged.txt"]).run().unwrap();
    put(home, "staged.txt", "staged, then changed\n");
    put(home, "notes.txt", "changed\n");
    put(home, "added.txt", "added\n");
    ready.git.call(["add", "added.txt"]).run().unwrap();
    put(home, "untracked.txt", "untracked\n");
    put(home, "target/ignored.txt", "ignored\n");
    // The person has staged one change of the backlog and made another; the engine has set the
    // status of the run's item.
    let staged = BACKLOG.replace("Find things.", "Find all things.");
    put(home, "harness/backlog.md", &staged);
    ready.git.call(["add", "harness/backlog.md"]).run().unwrap();
    let now = staged
        .replace("In Progress", "In Review")
        .replace("Planned", "Ready");
    put(home, "harness/backlog.md", &now);
}

/// What must have become of [`make_dirty`].
fn assert_dirty_as_before(ready: &Ready) {
    let status: Vec<String> = ready
        .status()
        .iter()
        .map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            format!("{} {} {}", words[0], words[1], words.last().unwrap())
        })
        .collect();
    assert_eq!(
        status,
        [
            "1 A. added.txt",
            "1 MM harness/backlog.md",
            "1 .M notes.txt",
            "1 MM staged.txt",
            "? untracked.txt untracked.txt",
        ]
    );
    assert_eq!(ready.text("staged.txt"), "staged, then changed\n");
    assert_eq!(ready.text("notes.txt"), "changed\n");
    assert_eq!(ready.text("untracked.txt"), "untracked\n");
    assert_eq!(ready.text("target/ignored.txt"), "ignored\n");
    let index = |path: &str| ready.git.call(["show", &format!(":{path}")]).run().unwrap();
    assert_eq!(index("staged.txt"), b"staged\n");
    let done = |text: &str| {
        text.replace("In Progress", "Done")
            .replace("at night.  \n", "at night.  \n**Task:** T001  \n")
    };
    let staged = done(BACKLOG).replace("Find things.", "Find all things.");
    assert_eq!(
        ready.at("HEAD", "harness/backlog.md").unwrap(),
        done(BACKLOG)
    );
    assert_eq!(
        String::from_utf8(index("harness/backlog.md")).unwrap(),
        staged
    );
    assert_eq!(
        ready.text("harness/backlog.md"),
        staged.replace("Planned", "Ready")
    );
    assert_eq!(
        ready.git.call(["stash", "list"]).text().unwrap(),
        String::new()
    );
}

/// What every landing must have come to.
fn assert_landed(ready: &Ready, branch: &str) {
    let report = format!("harness/runs/{}.md", ready.order.run);
    for (path, text) in [
        ("src/app.txt", "one\ntwo\nthree\nfour\n"),
        ("src/new.txt", "a new file\n"),
    ] {
        assert_eq!(ready.at(branch, path).unwrap(), text);
        assert_eq!(ready.text(path), text);
    }
    assert_eq!(ready.at(branch, "src/old.txt"), None);
    assert!(!ready.home.join("src/old.txt").exists());
    let task = ready.at(branch, TASK_PATH).unwrap();
    assert!(
        task.contains("Status: Done") && task.contains(&report),
        "{task}"
    );
    assert_eq!(ready.text(TASK_PATH), task);
    let told = ready.at(branch, &report).unwrap();
    assert!(told.contains("## Final Run State"), "{told}");
    assert!(
        told.contains("by Ada") && told.contains("\n~~~~~\n"),
        "{told}"
    );
    assert_eq!(ready.text(&report), told);
    let landed = ready.view().run.landed.unwrap();
    assert_eq!(landed.into, branch);
    assert!(!ready.view().active_dir().path().exists());
    assert!(!ready.order.tree.exists());
    assert_eq!(Intent::read(&ready.dirs).unwrap(), None);
    assert!(ready.git.refs(&["refs/harness"]).unwrap().is_empty());
    let git_dir = harness_tui::git::Git::discover(&ready.home)
        .unwrap()
        .git_dir;
    let left: Vec<String> = std::fs::read_dir(git_dir)
        .unwrap()
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|n| n.starts_with("harness-") || n == "index.lock")
        .collect();
    assert_eq!(left, [""; 0]);
    let again = land(&ready.view(), &request()).unwrap_err();
    assert_eq!(again.code(), 2);
    assert!(again.to_string().contains("already"), "{again}");
}

#[test]
fn a_clean_checkout_is_clean_afterwards_and_holds_the_result() {
    let ready = Ready::new();
    let before = ready.git.resolve("HEAD").unwrap();
    let landed = land(&ready.view(), &request()).unwrap();
    assert_eq!(ready.git.resolve("main").unwrap(), landed.commit);
    assert_eq!(ready.git.resolve("main^").unwrap(), before);
    assert_eq!(ready.status(), [""; 0]);
    assert_landed(&ready, "main");
    let log = ready.git.log("main", 1).unwrap();
    assert_eq!(log[0].subject, "T001: Dark mode");
    assert_eq!(log[0].trailer("Harness-Task"), Some("T001"));
    assert_eq!(
        log[0].trailer("Harness-Run"),
        Some(ready.order.run.as_str())
    );
    assert!(
        log[0]
            .message
            .contains("AC-1 not judged: there is a switch")
    );
    // A command did it.
    assert!(
        log[0].message.contains("Cost: no agent was asked"),
        "{}",
        log[0].message
    );
    assert!(ready.git.resolve(&ready.order.branch_ref()).is_ok());
}

#[test]
fn a_dirty_checkout_stays_exactly_as_dirty() {
    let ready = Ready::new();
    make_dirty(&ready);
    land(&ready.view(), &request()).unwrap();
    assert_dirty_as_before(&ready);
    assert_landed(&ready, "main");
}

#[test]
fn a_merge_has_both_parents_and_leaves_a_dirty_checkout_as_it_was() {
    let ready = Ready::new();
    make_dirty(&ready);
    let head = ready.view().run.head.unwrap();
    let how = How::Merge;
    land(
        &ready.view(),
        &Request {
            how,
            delete_branch: true,
            ..request()
        },
    )
    .unwrap();
    assert_eq!(ready.git.resolve("main^2").unwrap(), head);
    assert_dirty_as_before(&ready);
    assert_landed(&ready, "main");
    assert!(ready.git.resolve(&ready.order.branch_ref()).is_err());
}

#[test]
fn home_may_be_a_linked_working_tree() {
    let ready = Ready::linked();
    make_dirty(&ready);
    let main = ready.git.resolve("main").unwrap();
    land(&ready.view(), &request()).unwrap();
    assert_dirty_as_before(&ready);
    assert_landed(&ready, "work");
    assert_eq!(ready.git.resolve("main").unwrap(), main);
}

#[test]
fn a_branch_that_is_checked_out_nowhere_only_moves() {
    let ready = Ready::new();
    make_dirty(&ready);
    ready.git.call(["branch", "other"]).run().unwrap();
    let files = |ready: &Ready| (ready.status(), ready.text("harness/backlog.md"));
    let before = files(&ready);
    let into = Some("other".to_owned());
    let landed = land(&ready.view(), &Request { into, ..request() }).unwrap();
    assert_eq!(landed.checkout, None);
    assert_eq!(ready.git.resolve("other").unwrap(), landed.commit);
    assert_eq!(files(&ready), before);
    assert!(ready.at("other", TASK_PATH).unwrap().contains("Done"));
}

#[test]
fn files_that_both_changed_are_refused_with_their_names() {
    type Change = fn(&Ready);
    let changes: [(&str, Change); 4] = [
        ("src/app.txt", |r| put(&r.home, "src/app.txt", "mine\n")),
        ("src/old.txt", |r| {
            put(&r.home, "src/old.txt", "mine\n");
            r.git.call(["add", "src/old.txt"]).run().unwrap();
        }),
        ("src/new.txt", |r| put(&r.home, "src/new.txt", "mine\n")),
        ("harness/artifacts/plans/T001.md", |r| {
            put(&r.home, "harness/artifacts", "a file in the way\n");
        }),
    ];
    for (path, change) in changes {
        let ready = Ready::new();
        change(&ready);
        let error = refused(&ready, &request(), 3, "changes of yours");
        assert_eq!(error.paths(), [path]);
    }
}

#[test]
fn a_conflict_changes_nothing_and_names_the_paths() {
    let ready = Ready::new();
    put(&ready.home, "src/app.txt", "one\ntwo\nthree\nother\n");
    ready.git.call(["commit", "-qam", "moved"]).run().unwrap();
    let error = refused(&ready, &request(), 3, "the same lines");
    assert_eq!(error.paths(), ["src/app.txt"]);
}

#[test]
fn a_refusing_hook_changes_nothing_and_can_be_left_out() {
    let ready = Ready::new();
    make_dirty(&ready);
    ready.hook(
        "pre-commit",
        "#!/bin/sh\ntest -f src/new.txt || exit 0\necho not on a friday >&2\nexit 1\n",
    );
    refused(&ready, &request(), 3, "not on a friday");
    let no_verify = true;
    land(
        &ready.view(),
        &Request {
            no_verify,
            ..request()
        },
    )
    .unwrap();
    assert_landed(&ready, "main");
}

#[test]
fn a_hook_may_shape_the_message_but_not_the_content() {
    let ready = Ready::new();
    ready.hook("commit-msg", "#!/bin/sh\necho 'Ticket: 7' >> \"$1\"\n");
    ready.hook(
        "pre-commit",
        "#!/bin/sh\necho more >> src/new.txt\ngit add src/new.txt\n",
    );
    let error = refused(&ready, &request(), 3, "a hook changed");
    assert_eq!(error.paths(), ["src/new.txt"]);
    ready.hook("pre-commit", "#!/bin/sh\nexit 0\n");
    land(&ready.view(), &request()).unwrap();
    let log = ready.git.log("main", 1).unwrap();
    assert_eq!(log[0].trailer("Ticket"), Some("7"));
}

#[test]
fn a_moved_branch_is_checked_again_or_told_that_it_was_not() {
    let ready = Ready::new();
    put(&ready.home, "src/beside.txt", "somebody else's\n");
    ready.git.call(["add", "src/beside.txt"]).run().unwrap();
    ready.git.call(["commit", "-qm", "moved"]).run().unwrap();
    // What the attempt was told is not there, so its checks can't be run.
    refused(&ready, &request(), 3, "can't be run again");
    let no_check = true;
    let landed = land(
        &ready.view(),
        &Request {
            no_check,
            ..request()
        },
    )
    .unwrap();
    assert!(landed.notes[0].contains("nothing was checked"));
    assert_eq!(ready.text("src/beside.txt"), "somebody else's\n");
    assert_landed(&ready, "main");
}

#[test]
fn what_is_not_completed_or_is_held_is_refused() {
    let ready = Ready::unfinished();
    refused(&ready, &request(), 2, "not completed");
    let ready = Ready::new();
    let lock = Lock::try_take(&ready.dirs.lock()).unwrap().unwrap();
    refused(&ready, &request(), 2, "held");
    drop(lock);
    let into = Some("nowhere".to_owned());
    refused(&ready, &Request { into, ..request() }, 2, "no branch");
    put(&ready.order.tree, "src/app.txt", "more\n");
    commit_all(&harness_tui::git::Git::new(&ready.order.tree), "by hand");
    refused(&ready, &request(), 3, "never checked");
}

#[test]
fn somebody_elses_lock_of_the_index_is_never_taken_away() {
    let ready = Ready::new();
    put(&ready.home, ".git/index.lock", "");
    refused(&ready, &request(), 3, "another git process");
    std::fs::remove_file(ready.home.join(".git/index.lock")).unwrap();
    land(&ready.view(), &request()).unwrap();
    assert_landed(&ready, "main");
}

type Crash = fn(&Ready, &Intent);

/// Where a landing was cut off, and what it left there.
const CRASHES: [(&str, Crash); 6] = [
    ("after the commit", |_, _| {}),
    ("in the middle of a file", |r, _| {
        put(&r.home, "src/new.txt", "a ne");
        put(&r.home, "src/app.txt", "one\ntwo\nthree\nfour\n");
        std::fs::remove_file(r.home.join("src/old.txt")).unwrap();
        let mark = r.home.join(format!(".git/harness-{}.lock", r.order.run));
        put(&r.home, mark.to_str().unwrap(), "");
        std::fs::hard_link(&mark, r.home.join(".git/index.lock")).unwrap();
        // What git leaves of the copy that it was writing.
        let copy = format!(".git/harness-{}.index", r.order.run);
        put(&r.home, &copy, "half");
        put(&r.home, &format!("{copy}.lock"), "half");
    }),
    ("while git replaces a file", |r, _| {
        // It takes a file away before it writes the new one.
        std::fs::remove_file(r.home.join("src/app.txt")).unwrap();
    }),
    ("after the lines of the task", |r, _| {
        let task = r.text(TASK_PATH).replace("Status: Ready", "Status: Done");
        put(&r.home, TASK_PATH, &task);
    }),
    ("after the checkout", |_, i| {
        bring(i, Way::There, false).unwrap();
    }),
    ("after the branch", |r, i| {
        bring(i, Way::There, false).unwrap();
        let moved = ["update-ref", "refs/heads/main", i.new.as_str()];
        r.git.call(moved).run().unwrap();
    }),
];

#[test]
fn a_landing_that_was_cut_off_is_finished_by_the_next() {
    for (when, crash) in CRASHES {
        let ready = Ready::new();
        make_dirty(&ready);
        let intent = prepare(&ready.view(), &request(), &mut Vec::new()).unwrap();
        crash(&ready, &intent);
        let landed = land(&ready.view(), &request()).unwrap_or_else(|e| panic!("{when}: {e}"));
        assert_eq!(landed.commit, intent.new, "{when}");
        assert_dirty_as_before(&ready);
        assert_landed(&ready, "main");
    }
}

#[test]
fn a_landing_that_was_cut_off_is_taken_back_unless_the_branch_holds_it() {
    for (when, crash) in CRASHES {
        let ready = Ready::new();
        make_dirty(&ready);
        let before = ready.everything();
        let intent = prepare(&ready.view(), &request(), &mut Vec::new()).unwrap();
        crash(&ready, &intent);
        let view = ready.view();
        let begun = CutOff::of(&view).unwrap().unwrap();
        assert!(view.cut_off().is_some(), "{when}");
        let other = ready.git.resolve("main^{tree}").unwrap();
        let refused = cut_off::take_back(&view, &other).unwrap_err();
        assert_eq!(refused.code(), 2, "{when}: {refused}");
        let back = cut_off::take_back(&view, &begun.commit);
        if when == "after the branch" {
            assert!(!begun.may_take_back() && begun.may_finish());
            let said = back.unwrap_err().to_string();
            assert!(said.contains("only finishing"), "{said}");
            cut_off::finish(&view, &begun.commit).unwrap();
            assert_landed(&ready, "main");
            continue;
        }
        back.unwrap_or_else(|e| panic!("{when}: {e}"));
        if when != "after the lines of the task" {
            // What no landing writes is somebody's, and stays.
            assert_eq!(ready.everything(), before, "{when}");
        }
        assert_eq!(ready.view().landing, None, "{when}");
        land(&ready.view(), &request()).unwrap();
        assert_dirty_as_before(&ready);
        assert_landed(&ready, "main");
    }
}

#[test]
fn a_landing_whose_branch_moved_away_is_undone_and_begun_again() {
    let ready = Ready::new();
    make_dirty(&ready);
    let before = (ready.status(), ready.text(TASK_PATH));
    let intent = prepare(&ready.view(), &request(), &mut Vec::new()).unwrap();
    bring(&intent, Way::There, false).unwrap();
    bring(&intent, Way::Back, true).unwrap();
    assert_eq!((ready.status(), ready.text(TASK_PATH)), before);
    bring(&intent, Way::There, false).unwrap();
    let tree = ready.git.tree_of(&intent.old).unwrap();
    let empty = ["commit-tree", tree.as_str(), "-p", intent.old.as_str()];
    let call = ready.git.call(empty).args(["-m", "elsewhere"]);
    let moved = call.text().unwrap();
    let to = ["update-ref", "refs/heads/main", &moved];
    ready.git.call(to).run().unwrap();
    let landed = land(&ready.view(), &request()).unwrap();
    assert_ne!(landed.commit, intent.new);
    assert_eq!(ready.git.resolve("main^").unwrap().as_str(), moved);
    assert_dirty_as_before(&ready);
    assert_landed(&ready, "main");
}

fn refused_while_worked_in(ready: &Ready) {
    let path = ready.order.tree.join("forgotten.txt");
    put(&ready.order.tree, "forgotten.txt", "mine\n");
    let error = refused(ready, &request(), 3, "not part of the result");
    assert_eq!(error.paths(), ["forgotten.txt"]);
    // No gate asks, so a rejection would be refused.
    let said = error.to_string();
    assert!(said.contains("--from STAGE"), "{said}");
    assert!(!said.contains("reject"), "{said}");
    std::fs::remove_file(path).unwrap();
}

#[test]
fn clean_lets_go_what_is_over_and_nothing_else() {
    let ready = Ready::new();
    let project = ready.project();
    let before = clean::list(&project, &project.git(), &[], true).unwrap();
    assert!(before.len() >= 2, "{before:?}");
    assert!(before.iter().all(|i| !i.may_go), "{before:?}");
    // A tree that somebody worked in while its run was landed stays, and its branch with it.
    refused_while_worked_in(&ready);
    prepare(&ready.view(), &request(), &mut Vec::new()).unwrap();
    put(&ready.order.tree, "forgotten.txt", "mine\n");
    let landed = land(&ready.view(), &request()).unwrap();
    assert!(landed.notes[0].contains("was kept"), "{:?}", landed.notes);
    let items = clean::list(&project, &project.git(), &[], false).unwrap();
    assert!(items.iter().all(|i| !i.may_go), "{items:?}");
    std::fs::remove_file(ready.order.tree.join("forgotten.txt")).unwrap();
    let items = clean::list(&project, &project.git(), &[], true).unwrap();
    assert!(items.iter().all(|i| i.may_go), "{items:?}");
    for item in &items {
        clean::remove(&project, item, true).unwrap();
    }
    assert!(!ready.order.tree.exists());
    assert!(ready.git.resolve(&ready.order.branch_ref()).is_err());
    assert!(ready.view().run.landed.is_some(), "its journal stays");
    assert!(
        clean::list(&project, &project.git(), &[], true)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_result_is_not_landed_for_a_task_it_was_not_judged_by() {
    let ready = Ready::new();
    let task = ready.text(TASK_PATH);
    let other = task.replace("there is a switch", "there is no switch");
    put(&ready.home, TASK_PATH, &other);
    refused(&ready, &request(), 2, "--stale");
    put(&ready.home, TASK_PATH, &task);
    land(&ready.view(), &request()).unwrap();
}

/// Another working tree that has `main`, where somebody else commits; home is on a branch of its own.
fn colleague(ready: &Ready) -> harness_tui::git::Git {
    commit_all(&ready.git, "the task");
    ready
        .git
        .call(["switch", "-q", "-c", "side"])
        .run()
        .unwrap();
    let there = ready.folder.path().join("colleague");
    let call = ready.git.call(["worktree", "add", "-q"]);
    call.arg(&there).arg("main").run().unwrap();
    harness_tui::git::Git::new(&there)
}

#[test]
fn what_others_made_of_the_task_on_the_branch_is_not_written_over_from_another_one() {
    let ready = Ready::new();
    let theirs = colleague(&ready);
    let task = ready.text(TASK_PATH);
    let other = task.replace("there is a switch", "there is no switch");
    put(theirs.dir(), TASK_PATH, &(other + "\n## Notes\n\nlook\n"));
    commit_all(&theirs, "other criteria");
    let error = refused(&ready, &request(), 3, "is not the one that");
    assert_eq!(error.paths(), [TASK_PATH]);
    // What the run was not judged by stays, as it is there.
    let noted = format!("{task}\n## Clarifications\n\n- Q1 dark? → very (AC-1)\n");
    put(theirs.dir(), TASK_PATH, &noted);
    commit_all(&theirs, "answered");
    let landed = land(&ready.view(), &request()).unwrap();
    let told = "as 'main' has it, where it was changed";
    assert!(landed.notes.iter().any(|n| n.contains(told)), "{landed:?}");
    let now = ready.at("main", TASK_PATH).unwrap();
    assert!(
        now.contains("- Q1 dark? → very") && now.contains("Status: Done"),
        "{now}"
    );
    assert_eq!(ready.text(TASK_PATH), task);
}

#[test]
fn a_task_that_is_said_in_the_checkout_alone_lands_on_a_branch_that_has_it_as_it_was() {
    let ready = Ready::new();
    let theirs = colleague(&ready);
    // Nobody changed it there: the one that lands is the one on the branch.
    land(&ready.view(), &request()).unwrap();
    let now = ready.at("main", TASK_PATH).unwrap();
    assert!(now.contains("Status: Done"), "{now}");
    assert_eq!(
        std::fs::read_to_string(theirs.dir().join(TASK_PATH)).unwrap(),
        now
    );
}

#[test]
fn what_a_landing_is_about_to_do_is_as_small_whatever_it_changes() {
    let ready = Ready::new();
    let intent = prepare(&ready.view(), &request(), &mut Vec::new()).unwrap();
    let written = std::fs::read_to_string(ready.dirs.landing()).unwrap();
    assert!(!written.contains("src/new.txt"), "{written}");
    let begun = CutOff::of(&ready.view()).unwrap().unwrap();
    assert!(begun.files.contains(&"src/new.txt".to_owned()), "{begun:?}");
    // What could not be read again is refused before it is begun.
    let mut large = intent;
    let path = "x".repeat(64 << 20);
    large.edits.related.push(("Plan".to_owned(), path));
    let error = large.bytes(&ready.dirs).unwrap_err();
    assert!(error.to_string().contains("bytes to write down"), "{error}");
}
