//! What a person begins, takes and writes on the screen: the real program on a terminal of its own.

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

use harness_tui::terms::RunState;
use support::project::{Project, WORKS};
use support::terminal::{Terminal, proves};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
const BACKLOG: &str = "harness/backlog.md";

fn project() -> Project {
    Project::new().agent("build", WORKS).flow(BUILD)
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn one_key_starts_what_leaves_nothing_out_and_the_run_is_opened() {
    proves!(Run);
    let project = project();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("A run would begin");
    terminal.until("Build · ");
    terminal.until("no history to tell it by");
    terminal.types("r");
    terminal.until("started from");
    terminal.until("[3 Pipeline]");
    let run = project.runs()[0].order.run.to_string();
    project.until(&run, |v| v.state() == RunState::Completed);
    leave(terminal);
}

#[test]
fn a_start_that_leaves_something_out_is_asked_about() {
    let project = project();
    project.put("page.txt", "changed and not committed\n");
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("1 uncommitted file");
    terminal.types("r");
    terminal.until("Start a run of T001?");
    terminal.until("not included: 1 uncommitted file");
    terminal.types("\u{1b}");
    terminal.until("r run");
    assert!(project.runs().is_empty());
    terminal.types("r");
    terminal.until("Start a run of T001?");
    terminal.types("\r");
    terminal.until("started from");
    leave(terminal);
}

#[test]
fn what_can_not_be_started_says_why() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let task = "harness/tasks/T001-dark-mode.md";
    let draft = project.read(task).replace("Status: Ready", "Status: Draft");
    project.put(task, &draft);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("task not ready");
    terminal.types("r");
    terminal.until("run: T001 is a draft; finish it");
    project.put(
        BACKLOG,
        "# Backlog\n\n### B002 - Another\n\n**Status:** Planned\n",
    );
    std::fs::remove_file(project.home().join(task)).unwrap();
    terminal.until("B002");
    terminal.types("r");
    terminal.until("run: it needs a task definition first");
    assert!(project.runs().is_empty());
    leave(terminal);
}

#[test]
fn a_completed_run_is_landed_after_it_was_shown_what_that_brings() {
    proves!(Land);
    let project = project();
    project.expect(0, &["run", "T001"]);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("L");
    terminal.until("on main?");
    terminal.until("page.txt");
    terminal.until("as        one commit");
    terminal.types("m");
    terminal.until("a merge over the run's own commits");
    terminal.types("m");
    terminal.until("as        one commit");
    assert!(project.runs()[0].run.landed.is_none());
    terminal.types("y");
    terminal.until("landed on main as");
    terminal.until("git revert");
    assert!(project.runs()[0].run.landed.is_some());
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    terminal.until("DONE 1");
    terminal.types("L");
    terminal.until("it was landed on main already");
    leave(terminal);
}

#[test]
fn what_stands_in_the_way_of_a_landing_is_named_with_what_to_do() {
    let project = project();
    project.expect(0, &["run", "T001"]);
    project.put("page.txt", "light, and mine\n");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("L");
    terminal.until("can't be landed");
    terminal.until("page.txt");
    terminal.until("commit, stash or move yours");
    assert_eq!(project.read("page.txt"), "light, and mine\n");
    terminal.types("\u{1b}");
    terminal.until("L land");
    leave(terminal);
}

#[test]
fn a_landing_that_was_begun_is_brought_to_its_end_whoever_leaves() {
    let project = project();
    project.expect(0, &["run", "T001"]);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("L");
    terminal.until("on main?");
    terminal.types("yq");
    assert_eq!(terminal.ends(), 0);
    assert!(project.runs()[0].run.landed.is_some());
    assert_eq!(
        project.git(&["status", "--porcelain", "--", "page.txt"]),
        ""
    );
}

#[test]
fn what_was_begun_to_be_edited_is_kept() {
    let project = project();
    let before = project.read(BACKLOG);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("task ready");
    terminal.types("e");
    terminal.until("Dark mode");
    terminal.types(" at night\u{1b}");
    terminal.until("kept: editing it again goes on with that");
    terminal.types("e");
    terminal.until("Dark mode at night");
    terminal.types("\r");
    terminal.until("B001 changed");
    assert_eq!(
        project.read(BACKLOG),
        before.replace("Dark mode", "Dark mode at night")
    );
    leave(terminal);
}

#[test]
fn an_item_is_written_changed_and_taken_back_to_the_byte() {
    proves!(NewItem, EditItem, Undo);
    let project = project();
    let before = project.read(BACKLOG);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("READY 1");
    terminal.types("n");
    terminal.until("New item");
    terminal.types("Serch");
    // The caret goes back between two letters.
    terminal.types("\u{1b}[D\u{1b}[D\u{1b}[Da\tFind posts by their words.\r");
    terminal.until("B002 added; u takes that back");
    terminal.until("PLANNED 1");
    let added = project.read(BACKLOG);
    assert!(added.starts_with(&before), "{added}");
    assert!(added.contains("### B002 - Search\n"), "{added}");
    terminal.until("Find posts by their words.");
    terminal.types("e");
    terminal.until("esc leave");
    terminal.types(" page\t\u{15}Someday\r");
    terminal.until("B002 changed");
    terminal.until("someday");
    let edited = project.read(BACKLOG);
    let wanted = added
        .replace("B002 - Search", "B002 - Search page")
        .replace("**Status:** Planned", "**Status:** Someday");
    assert_eq!(edited, wanted);
    terminal.types("u");
    terminal.until("taken back: B002 changed");
    assert_eq!(project.read(BACKLOG), added);
    terminal.types("u");
    terminal.until("taken back: B002 added");
    assert_eq!(project.read(BACKLOG), before);
    terminal.types("u");
    terminal.until("nothing was written that could be taken back");
    leave(terminal);
}

#[test]
fn nothing_is_taken_back_over_what_somebody_wrote_since() {
    let project = project();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("READY 1");
    terminal.types("n");
    terminal.until("New item");
    terminal.types("Mine\r");
    terminal.until("B002 added");
    let theirs = project.read(BACKLOG) + "\n### B003 - Theirs\n\n**Status:** Planned\n";
    project.put(BACKLOG, &theirs);
    terminal.until("Theirs");
    terminal.types("u");
    terminal.until("was changed since, so nothing was taken back");
    assert_eq!(project.read(BACKLOG), theirs);
    leave(terminal);
}

#[test]
fn the_list_is_sorted_and_what_is_looked_for_is_found_by_its_letters() {
    proves!(Sort, Find);
    let project = project();
    let backlog = "\n### B010 - Atom feed\n\n**Status:** Planned\n\n### B004 - Photographs\n\n\
                   **Status:** Planned\n";
    project.put(BACKLOG, &(project.read(BACKLOG) + backlog));
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("by what needs you");
    terminal.until("● B001");
    terminal.types("s");
    terminal.until("by id");
    let shown = terminal.shown();
    let at = |id: &str| shown.find(id).unwrap();
    assert!(at("● B001") < at("○ B004"), "{shown}");
    assert!(at("○ B004") < at("○ B010"), "{shown}");
    terminal.types("ss");
    terminal.until("sorted by cost");
    terminal.types("/phgr");
    terminal.until("1 of 3");
    terminal.until("the best match first");
    terminal.types("zzz");
    terminal.until("nothing matches 'phgrzzz'");
    terminal.types("\u{1b}");
    terminal.until("Atom feed");
    leave(terminal);
}

#[test]
fn a_repository_without_a_harness_is_set_up_after_it_was_shown_with_what() {
    proves!(SetUp);
    let project = Project::new();
    std::fs::remove_dir_all(project.home().join("harness")).unwrap();
    project.put("Cargo.toml", "[package]\n");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("has no harness yet");
    terminal.until("cargo test");
    terminal.until("harness.yaml");
    assert!(!project.home().join("harness").exists());
    terminal.types("i");
    terminal.until("files written below harness");
    terminal.until("Nothing is wanted yet.");
    assert!(project.home().join("harness/harness.yaml").exists());
    terminal.types("n");
    terminal.until("New item");
    terminal.types("First\r");
    terminal.until("B001");
    leave(terminal);
}
