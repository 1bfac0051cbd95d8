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
use support::drive::on_branch;
use support::project::{GATED, Project, WORKS};
use support::terminal::{Terminal, comes, proves};

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
    let project = project();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("A run would begin");
    terminal.until("Build · ");
    terminal.until("no history to tell it by");
    proves!(Run on terminal, comes("started from"));
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
fn what_is_not_committed_is_taken_along_by_one_key() {
    let project = project();
    project.put("page.txt", "changed and not committed\n");
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("1 uncommitted file");
    terminal.types("r");
    terminal.until("w take them along");
    terminal.types("w");
    terminal.until("started from");
    let run = project.runs()[0].order.run.to_string();
    let view = project.until(&run, |v| v.state() == RunState::Completed);
    assert!(view.order.taken_on.is_some());
    let page = on_branch(&view, "page.txt").unwrap();
    assert_eq!(page, "changed and not committed\ndark\n");
    leave(terminal);
}

#[test]
fn what_can_not_be_started_says_why() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let task = "harness/tasks/T001-dark-mode.md";
    let draft = project.read(task).replace("Status: Ready", "Status: Draft");
    project.put(task, &draft);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("draft, 2 criteria");
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
    let project = project();
    project.expect(0, &["run", "T001"]);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    proves!(Land on terminal, comes("on main?"));
    terminal.until("page.txt");
    terminal.until("as        one commit");
    terminal.types("m");
    terminal.until("a merge over the run's own commits");
    terminal.types("s");
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
    let project = project();
    let before = project.read(BACKLOG);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("READY 1");
    proves!(NewItem on terminal, comes("New item"));
    terminal.types("Serch");
    // The caret goes back between two letters.
    terminal.types("\u{1b}[D\u{1b}[D\u{1b}[Da\tFind posts by their words.\r");
    terminal.until("B002 added; u takes that back");
    terminal.until("PLANNED 1");
    let added = project.read(BACKLOG);
    assert!(added.starts_with(&before), "{added}");
    assert!(added.contains("### B002 - Search\n"), "{added}");
    terminal.until("Find posts by their words.");
    proves!(EditItem on terminal, comes("esc leave"));
    terminal.types(" page\t\u{15}Someday\r");
    terminal.until("B002 changed");
    terminal.until("someday");
    let edited = project.read(BACKLOG);
    let wanted = added
        .replace("B002 - Search", "B002 - Search page")
        .replace("**Status:** Planned", "**Status:** Someday");
    assert_eq!(edited, wanted);
    proves!(Undo on terminal, comes("taken back: B002 changed"));
    assert_eq!(project.read(BACKLOG), added);
    terminal.types("u");
    terminal.until("taken back: B002 added");
    assert_eq!(project.read(BACKLOG), before);
    terminal.types("u");
    terminal.until("nothing was written that could be taken back");
    leave(terminal);
}

#[test]
fn only_what_was_changed_is_taken_back_and_never_over_what_somebody_wrote_since() {
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
    // What somebody else wrote beside it is no matter, and stays.
    let mine = theirs.replace("Mine", "Not mine");
    project.put(BACKLOG, &mine);
    terminal.until("Not mine");
    terminal.types("u");
    terminal.until("B002 was changed since it was added, so it was left");
    assert_eq!(project.read(BACKLOG), mine);
    terminal.types("gn");
    terminal.until("New item");
    terminal.types("Ours\r");
    terminal.until("B004 added");
    let theirs = project.read(BACKLOG).replace("Dark mode", "Dim mode");
    project.put(BACKLOG, &theirs);
    terminal.until("Dim mode");
    terminal.types("u");
    terminal.until("taken back: B004 added");
    assert_eq!(project.read(BACKLOG), mine.replace("Dark mode", "Dim mode"));
    leave(terminal);
}

#[test]
fn the_list_is_sorted_and_what_is_looked_for_is_found_by_its_letters() {
    let project = project();
    let backlog = "\n### B010 - Atom feed\n\n**Status:** Planned\n\n### B004 - Photographs\n\n\
                   **Status:** Planned\n";
    project.put(BACKLOG, &(project.read(BACKLOG) + backlog));
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("by what needs you");
    terminal.until("● B001");
    proves!(Sort on terminal, comes("by id"));
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
    let project = Project::new();
    std::fs::remove_dir_all(project.home().join("harness")).unwrap();
    project.put("Cargo.toml", "[package]\n");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("has no harness yet");
    terminal.until("cargo test");
    terminal.until("harness.yaml");
    assert!(!project.home().join("harness").exists());
    proves!(SetUp on terminal, comes("files written below harness"));
    terminal.until("Nothing is wanted yet.");
    assert!(project.home().join("harness/harness.yaml").exists());
    terminal.types("n");
    terminal.until("New item");
    terminal.types("First\r");
    terminal.until("B001");
    leave(terminal);
}

#[test]
fn an_edit_that_was_refused_shows_what_is_there_and_can_be_saved_over_it() {
    let project = project();
    let before = project.read(BACKLOG);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("task ready");
    terminal.types("e");
    terminal.until("esc leave");
    terminal.types(" at night");
    let theirs = before.replace("Dark mode", "Dim mode");
    project.put(BACKLOG, &theirs);
    terminal.types("\r");
    terminal.until("the title of B001 was changed meanwhile to 'Dim mode'");
    terminal.until("in the file now: Dim mode");
    assert_eq!(project.read(BACKLOG), theirs);
    terminal.types("\r");
    terminal.until("B001 changed");
    let wanted = before.replace("Dark mode", "Dark mode at night");
    assert_eq!(project.read(BACKLOG), wanted);
    leave(terminal);
}

#[test]
fn a_line_too_long_to_be_written_here_is_left_as_it_is() {
    let project = project();
    let long = "word ".repeat(1_200) + "end";
    let before = project.read(BACKLOG);
    let before = before.replace("Readers want it at night.", &long);
    project.put(BACKLOG, &before);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("task ready");
    terminal.types("e");
    terminal.until("too long to be changed here");
    terminal.types(" at night\t\tmore\r");
    terminal.until("B001 changed");
    let wanted = before.replace("Dark mode", "Dark mode at night");
    assert_eq!(project.read(BACKLOG), wanted);
    leave(terminal);
}

#[test]
fn what_the_base_got_since_is_shown_and_taken_in() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let moves = |path: &str, text: &str| {
        project.put(path, text);
        project.git(&["add", path]);
        project.git(&["commit", "-q", "-m", "theirs", "--", path]);
    };
    moves("other.txt", "theirs\n");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("a");
    terminal.until("main moved on by 1 commit");
    terminal.reads();
    proves!(Refresh on terminal, comes("on main?"));
    terminal.until("other.txt");
    terminal.until("no file was changed by both sides");
    assert!(project.runs()[0].run.refreshed_on.is_none());
    terminal.reads();
    terminal.types("y");
    terminal.until("refreshed on its base");
    let view = project.until(&run, |v| v.run.refreshed_on.is_some());
    assert_eq!(on_branch(&view, "other.txt").unwrap(), "theirs\n");
    terminal.until_gone("main moved on");
    terminal.reads();
    terminal.types("U");
    terminal.until("has all that is on main");
    moves("page.txt", "bright\n");
    terminal.types("U");
    terminal.until("can't be refreshed");
    terminal.until("changed the same lines: page.txt");
    terminal.types(" ");
    terminal.until_gone("can't be refreshed");
    leave(terminal);
}
