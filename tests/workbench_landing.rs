//! Landing from the screen where something comes in between: a landing that was cut off, a
//! signature that asks, hooks that print and refuse, a branch that has moved.

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

use harness_tui::supervisor::live::Holder;
use harness_tui::terms::RunState;
use std::path::Path;
use support::drive::{killed_landing, script};
use support::project::{Project, WORKS, put, until_there};
use support::terminal::{Terminal, comes, proves};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

fn hook(project: &Project, name: &str, text: &str) {
    script(&project.home().join(".git/hooks").join(name), text);
}

/// A project with a completed run, and the run.
fn completed() -> (Project, String) {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

fn open(project: &Project) -> Terminal {
    let mut terminal = Terminal::sized(project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

/// What is the person's own in the checkout: staged, changed on top of that, untracked.
fn make_dirty(project: &Project) {
    project.put("mine.txt", "staged\n");
    project.git(&["add", "mine.txt"]);
    project.put("mine.txt", "staged, then changed\n");
    project.put("other.txt", "untracked\n");
}

fn assert_still_dirty(project: &Project) {
    let status = project.git(&["status", "--porcelain", "--", "mine.txt", "other.txt"]);
    assert_eq!(status, "AM mine.txt\n?? other.txt");
    assert_eq!(project.git(&["show", ":mine.txt"]), "staged");
    assert_eq!(project.read("mine.txt"), "staged, then changed\n");
}

#[test]
fn a_landing_that_was_killed_is_finished_from_the_screen() {
    let (project, run) = completed();
    make_dirty(&project);
    let mut terminal = open(&project);
    killed_landing(&project, &run);
    terminal.until("landing cut off");
    terminal.until("the commit");
    terminal.until("L shows where its landing stands");
    terminal.types("3");
    terminal.until("! landing cut off");
    terminal.types("L");
    terminal.until("was cut off: the commit");
    terminal.until("is brought along, then main moves");
    assert!(project.view(&run).run.landed.is_none());
    terminal.types("y");
    terminal.until("landed on main as");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.git(&["show", "main:page.txt"]), "light\ndark");
    assert_still_dirty(&project);
    assert!(project.view(&run).landing.is_none());
    assert!(project.view(&run).run.landed.is_some());
    leave(terminal);
}

#[test]
fn the_receipt_is_shown_with_what_is_so_of_it_before_it_landed_and_after() {
    let (project, _) = completed();
    let mut terminal = open(&project);
    terminal.types("3");
    terminal.until("W receipt");
    proves!(Receipt on terminal, comes("Receipt of RUN-"));
    terminal.until("verified: all that git can tell is so");
    terminal.until("what the run came to; it has not landed as that");
    for told in [
        "CRITERIA",
        "not judged: It is dark.",
        "page.txt  object",
        "as the run left it",
    ] {
        terminal.until(told);
    }
    // On a small screen it is gone through.
    terminal.resize(80, 24);
    terminal.until("more, down goes on");
    terminal.types("G");
    terminal.until("make that tree");
    terminal.types("g");
    terminal.until("CRITERIA");
    terminal.resize(120, 35);
    terminal.types("\u{1b}");
    terminal.until_gone("Receipt of");
    terminal.types("L");
    terminal.until("on main?");
    terminal.types("y");
    terminal.until("landed on main as");
    terminal.types("W");
    terminal.until("which landed it on main");
    terminal.until("verified: all that git can tell is so");
    terminal.until("the commit changes nothing else");
    terminal.types("\u{1b}");
    terminal.until_gone("Receipt of");
    // What somebody took off the branch again is told.
    project.git(&["reset", "-q", "--hard", "HEAD~1"]);
    terminal.types("W");
    terminal.until("main does not hold it any more");
    terminal.types("\u{1b}");
    terminal.until_gone("Receipt of");
    leave(terminal);
}

#[test]
fn a_landing_that_was_killed_is_taken_back_from_the_screen_and_begun_anew() {
    let (project, run) = completed();
    make_dirty(&project);
    let before = project.git(&["status", "--porcelain"]);
    killed_landing(&project, &run);
    let mut terminal = open(&project);
    terminal.until("landing cut off");
    terminal.types("L");
    terminal.until("t take it back");
    terminal.types("t");
    terminal.until("was taken back");
    assert_eq!(project.read("page.txt"), "light\n");
    assert_eq!(project.git(&["status", "--porcelain"]), before);
    assert_eq!(project.git(&["rev-list", "--count", "main"]), "1");
    terminal.until("L shows what it would bring");
    terminal.types("L");
    terminal.until("on main?");
    terminal.types("y");
    terminal.until("landed on main as");
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_still_dirty(&project);
    leave(terminal);
}

#[test]
fn what_only_tidying_is_left_of_is_finished_from_the_screen_too() {
    let (project, run) = completed();
    killed_landing(&project, &run);
    let begun = harness_tui::landing::CutOff::of(&project.view(&run))
        .unwrap()
        .unwrap();
    project.expect(0, &["land", &run]);
    // As if it had been killed after the branch moved and the landing was recorded.
    let bytes = serde_json::json!({
        "format": 1, "run": run, "into": "main", "how": "squash", "old": begun.old,
        "new": begun.commit, "code": begun.old, "checkout": null, "shared": [],
        "edits": { "task": null, "item": null, "status": "", "task_status": "", "related": [] },
        "report": format!("harness/runs/{run}.md"), "files": ["page.txt"],
        "delete_branch": true, "by": { "name": "Ada", "terminal": null, "pid": 1 }
    });
    put(&project.view(&run).dirs.landing(), &bytes.to_string());
    let mut terminal = open(&project);
    terminal.until("landing cut off");
    terminal.types("L");
    terminal.until("only tidying is left");
    terminal.until("y finish it");
    assert!(
        !terminal.shown().contains("take it back"),
        "{}",
        terminal.shown()
    );
    terminal.types("y");
    terminal.until("landed on main as");
    terminal.until("DONE 1");
    assert!(!project.view(&run).dirs.landing().exists());
    leave(terminal);
}

/// A signing program that asks at the terminal, as one does whose key has a passphrase.
const SIGNS: &str = "#!/bin/sh\ncat >/dev/null\nprintf 'Passphrase: ' >/dev/tty || exit 1\n\
    read pass </dev/tty\n\
    [ \"$pass\" = sesame ] || { echo 'bad passphrase' >&2; exit 1; }\n\
    printf '\\n[GNUPG:] SIG_CREATED \\n' >&2\n\
    printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nabc\\n-----END PGP SIGNATURE-----\\n'\n";

#[test]
fn a_signature_that_asks_has_the_terminal_and_what_comes_of_it_is_shown() {
    let (project, run) = completed();
    make_dirty(&project);
    let program = project.outside("signs.sh");
    script(&program, SIGNS);
    project.git(&["config", "commit.gpgsign", "true"]);
    project.git(&["config", "user.signingkey", "ada"]);
    project.git(&["config", "gpg.program", program.to_str().unwrap()]);
    let mut terminal = open(&project);
    let raw = terminal.line_settings();
    terminal.types("L");
    terminal.until("signed    with gpg");
    terminal.types("y");
    terminal.until("Passphrase:");
    assert!(!terminal.screen().alternate_screen());
    assert_ne!(terminal.line_settings(), raw);
    terminal.types("q\r");
    terminal.until("press enter to go back");
    assert!(
        terminal.shown().contains("bad passphrase"),
        "{}",
        terminal.shown()
    );
    terminal.types("\r");
    terminal.until("`git commit` refused");
    terminal.until("bad passphrase");
    terminal.until("Nothing was changed.");
    assert!(terminal.screen().alternate_screen());
    assert_eq!(terminal.line_settings(), raw);
    assert_eq!(project.git(&["rev-list", "--count", "main"]), "1");
    assert!(project.view(&run).landing.is_none());
    assert_eq!(project.read("page.txt"), "light\n");
    assert_still_dirty(&project);
    terminal.types("\u{1b}");
    terminal.until("L land");
    terminal.types("L");
    terminal.until("signed    with gpg");
    let asked = terminal.printed_times(b"Passphrase:");
    terminal.types("y");
    terminal.until_printed(b"Passphrase:", asked);
    terminal.types("sesame\r");
    // Nothing was said that is to be read: the screen is there by itself.
    terminal.until("landed on main as");
    assert!(terminal.screen().alternate_screen());
    let commit = project.git(&["cat-file", "commit", "main"]);
    assert!(
        commit.contains("gpgsig -----BEGIN PGP SIGNATURE"),
        "{commit}"
    );
    assert_still_dirty(&project);
    leave(terminal);
}

/// A hook that would paint over the screen by every way it has, and refuses.
const HOSTILE: &str = "#!/bin/sh\n\
    printf '\\033[2J\\033[31mPAINTED\\033]0;owned\\007 not on a friday\\n' >&2\n\
    printf 'second line\\n'\n\
    (printf 'TO THE TTY' >/dev/tty) 2>/dev/null && echo 'has the terminal' >&2\n\
    read line && echo \"has read $line\" >&2\n\
    exit 1\n";

#[test]
fn a_hook_that_prints_and_refuses_is_shown_as_text_and_nothing_is_done() {
    let (project, run) = completed();
    make_dirty(&project);
    hook(&project, "pre-commit", HOSTILE);
    let mut terminal = open(&project);
    terminal.types("L");
    terminal.until("hooks     pre-commit; without a terminal");
    terminal.types("y");
    terminal.until("`git commit` refused");
    terminal.until("PAINTED not on a friday");
    terminal.until("second line");
    terminal.until("Nothing was changed.");
    let shown = terminal.shown();
    assert!(!shown.contains("has the terminal"), "{shown}");
    assert!(!shown.contains("has read"), "{shown}");
    for raw in [&b"TO THE TTY"[..], b"]0;owned", b"\x1b[31mPAINTED"] {
        assert_eq!(terminal.printed_times(raw), 0);
    }
    assert!(shown.contains("WAITING FOR YOU 1"), "{shown}");
    assert_eq!(project.git(&["rev-list", "--count", "main"]), "1");
    assert!(project.view(&run).landing.is_none());
    assert_still_dirty(&project);
    let trees = project.git(&["worktree", "list"]);
    assert!(!trees.contains("++landing"), "{trees}");
    terminal.types("\u{1b}");
    terminal.until("L land");
    leave(terminal);
}

#[test]
fn a_hook_that_asks_is_given_the_terminal_where_a_person_says_so() {
    let (project, _) = completed();
    let asks = "#!/bin/sh\nprintf 'Ticket? ' >/dev/tty || exit 1\nread ticket </dev/tty\n\
        echo \"Ticket: $ticket\" >>\"$1\"\necho 'the ticket is noted' >&2\n";
    hook(&project, "commit-msg", asks);
    let mut terminal = open(&project);
    terminal.types("L");
    terminal.until("t hooks in the terminal");
    terminal.types("t");
    terminal.until("commit-msg; in the terminal");
    terminal.types("y");
    terminal.until("Ticket?");
    assert!(!terminal.screen().alternate_screen());
    terminal.types("77\r");
    terminal.until("the ticket is noted");
    terminal.until("press enter to go back");
    terminal.types("\r");
    terminal.until("landed on main as");
    let message = project.git(&["log", "-1", "--format=%B", "main"]);
    assert!(message.contains("Ticket: 77"), "{message}");
    leave(terminal);
}

#[test]
fn what_a_hook_says_of_a_landing_that_went_well_is_shown() {
    let (project, _) = completed();
    hook(
        &project,
        "post-commit",
        "#!/bin/sh\necho 'deploys by itself' >&2\n",
    );
    let mut terminal = open(&project);
    terminal.types("L");
    terminal.until("on main?");
    terminal.types("y");
    terminal.until("landing: done");
    terminal.until("deploys by itself");
    terminal.types("\u{1b}");
    terminal.until_gone("landing: done");
    terminal.until("DONE 1");
    leave(terminal);
}

/// A command that says so in this file where it reaches a terminal.
fn reaches(mark: &Path) -> String {
    format!(
        "if (printf 'HI%sED' JACK >/dev/tty) 2>/dev/null || [ -t 0 ] || [ -t 1 ] || [ -t 2 ]; then \
         touch {}; fi; true",
        mark.display()
    )
}

#[test]
fn set_up_and_checks_never_reach_the_terminal_and_a_landing_ends_nobody_else() {
    let project = Project::new();
    let mark = project.outside("reached");
    let (held, go) = (project.outside("held"), project.outside("go"));
    support::drive::fifo(&go);
    let reaches = reaches(&mark);
    let works = format!(
        "{reaches}\ncat >prompt; if grep -q T002 prompt; then touch {}; read _ <{}; fi; rm prompt\n\
         echo dark >> page.txt",
        held.display(),
        go.display()
    );
    let stages = format!(
        "  - {{ id: build, name: Build, role: build, context: [task], checks: [{{ run: \"{reaches}\" }}] }}\n"
    );
    let project = project
        .agent("build", &works)
        .settings(&format!("tree: {{ setup: [{{ run: \"{reaches}\" }}] }}\n"))
        .flow(&stages);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("A run would begin");
    terminal.until("no history to tell it by");
    terminal.types("r");
    terminal.until("[3 Pipeline]");
    let first = project.runs()[0].order.run.to_string();
    project.until(&first, |v| v.state() == RunState::Completed);
    // The branch moves, and another run goes on whose supervisor is this screen's child.
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let task = task
        .replace("T001", "T002")
        .replace("Backlog Item: B001\n", "");
    project.put("harness/tasks/T002-more.md", &task);
    project.put("beside.txt", "somebody else's\n");
    project.git(&["add", "harness/tasks/T002-more.md", "beside.txt"]);
    project.git(&["commit", "-qm", "moved"]);
    terminal.types("1");
    terminal.until("READY 1");
    terminal.types("/T002\r");
    terminal.until("1 of 2");
    terminal.until("A run would begin");
    terminal.types("r");
    terminal.until("started from");
    until_there(&held);
    let second = project.runs()[0].order.run.to_string();
    let holder = || {
        let view = project.view(&second);
        let bytes = std::fs::read(view.dirs.supervisor()).unwrap();
        let holder: Holder = serde_json::from_slice(&bytes).unwrap();
        (view.supervised, holder.epoch)
    };
    let before = holder();
    assert!(before.0);
    terminal.types("1");
    terminal.until("[1 Backlog]");
    terminal.types("/\u{15}T001\r");
    terminal.until("T001");
    terminal.until("✓ Build");
    terminal.types("L");
    terminal.until("the checks are run on the two together first");
    terminal.types("y");
    terminal.until("passed on the two together");
    assert!(project.view(&first).run.landed.is_some());
    assert_eq!(holder(), before);
    std::fs::write(&go, "go\n").unwrap();
    // What the branch of a run beside it did is for that run to judge.
    project.until(&second, |v| !v.supervised);
    assert_eq!(holder().1, before.1);
    assert!(!mark.exists());
    assert_eq!(terminal.printed_times(b"HIJACKED"), 0);
    terminal.types("\u{1b}");
    terminal.until_gone("landing: done");
    leave(terminal);
}
