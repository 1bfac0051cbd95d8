//! The papers of a run as a person reads them, and the gate's first page: the real program on a
//! terminal of its own.

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
use std::fmt::Write as _;
use support::drive::answers;
use support::project::{Project, put};
use support::terminal::{Terminal, comes, goes, proves, turns};

/// A text, a build with a check, a review, then a person decides.
const FLOW: &str = "  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: \"harness/artifacts/T001-goal.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], checks: [{ run: \"test -s page.txt\" }] }\n  - { id: qa, name: QA, role: qa, depends_on: [build], produces: { review: \"harness/artifacts/T001-review.md\" }, verdict: review }\n  - { id: complete, name: Complete, depends_on: [qa], gate: { before: \"true\", message: \"Is this the change you want?\" } }\n";

/// What the builder does: a page, a dependency, a migration.
const BUILDS: &str = "cat >/dev/null; echo dark >> page.txt; mkdir -p db/migrations src; \
                      echo 'create' > db/migrations/1.sql; echo 'let a = 1' > src/a.js; \
                      echo '{\"dependencies\":{\"left\":\"1\"}}' > package.json; echo done";

const REVIEW: &str = "## Verdict\n\nResult: PASS\n\n## Acceptance Criteria\n\n| AC | Judgement | \
                      Evidence |\n| --- | --- | --- |\n| AC-1 | met | page.txt:1 |\n| AC-2 | met | \
                      src/a.js:1 |\n\n## Findings\n\nNone.\n";

/// A long text with sections and links.
fn goal() -> String {
    let mut text = "# Goal\n\nAC-1 and AC-2. See [the page](../../page.txt).\n\nAnd [the log](../../big.log).\n\n".to_owned();
    for n in 1..=30 {
        write!(text, "## Part {n}\n\nWords of part {n}.\n\n").unwrap();
    }
    text
}

fn at_the_gate() -> (Project, String) {
    let project = Project::new()
        .reviewer("spec", &answers("goal", &goal()))
        .agent("build", BUILDS)
        .reviewer("qa", &answers("review", REVIEW))
        .flow(FLOW);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn the_gate_is_whole_on_the_smallest_screen_and_one_key_approves() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("[4 Artifacts]");
    terminal.until("✓ same tree");
    terminal.until("a approve   b send back");
    let shown = terminal.shown();
    for part in [
        "AC-1  ✓ met",
        "page.txt:1",
        "src/a.js:1",
        "db/migrations/",
        "▲ migration",
        "▲ new dependency",
        "left  in package.json",
        "✓ exit 0  test -s page.txt",
        "commit ",
        "✓ same tree",
        "cost",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    proves!(Approve on terminal, comes("approved"));
    project.until(&run, |v| v.state() == RunState::Completed);
    // What comes of it is seen in the pipeline.
    terminal.until("[3 Pipeline]");
    leave(terminal);
}

#[test]
fn nothing_is_approved_on_evidence_that_is_older_than_the_tree() {
    let (project, run) = at_the_gate();
    let tree = project.view(&run).order.tree;
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    put(&tree.join("unseen.txt"), "nobody saw this\n");
    terminal.types("!");
    terminal.until("Is this the change you want?");
    terminal.until("older than the tree");
    terminal.types("a");
    terminal.until("approve: work in");
    assert_eq!(project.view(&run).state(), RunState::AwaitingApproval);
    leave(terminal);
}

#[test]
fn the_command_line_shows_the_same_page() {
    let (project, run) = at_the_gate();
    let digest = {
        let view = project.view(&run);
        let (_, _, digest) = harness_tui::records::gate::page::asking(&view.run).unwrap();
        digest.short().to_owned()
    };
    let told = project.expect(0, &["approve", &run, "--on", &digest]).out;
    for part in [
        "Is this the change you want?",
        "▲ migration",
        "same tree",
        "git diff",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn pages_are_opened_beside_each_other_linked_and_closed() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 200, 40);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("4");
    terminal.until("Is this the change you want?");
    // The list's second paper beside the first.
    proves!(SplitPage on terminal, comes("page 2 of 2"));
    terminal.types("\t");
    terminal.types("j");
    terminal.until("It stays dark.");
    terminal.until("Is this the change you want?");
    proves!(LinkPages on terminal, comes("= linked"));
    terminal.types("=");
    terminal.until_gone("= linked");
    proves!(ClosePage on terminal, goes("page 2 of 2"));
    terminal.until("Is this the change you want?");
    leave(terminal);
}

#[test]
fn words_are_found_on_a_page_and_sections_gone_through() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    proves!(FindInPage on terminal, comes("esc stop looking"));
    terminal.types("part 2\r");
    terminal.until("/part 2 1 of ");
    proves!(NextHit on terminal, comes("/part 2 2 of "));
    proves!(HitBefore on terminal, comes("/part 2 1 of "));
    // Page, section, section and back, by the row that the head of the page tells.
    let first = |t: &Terminal| row(t, "T001-goal.md") == 1;
    let on = |t: &Terminal| row(t, "T001-goal.md") > 1;
    terminal.types("g");
    terminal.until_it("the first row", |shown| row_in(shown, "T001-goal.md") == 1);
    proves!(NextSection on terminal, turns("it is further on", &on));
    proves!(SectionBefore on terminal, turns("it is at the first", &first));
    terminal.types("]]]");
    terminal.until_it("further on", |shown| row_in(shown, "T001-goal.md") > 2);
    // The heading has two rows.
    let heading = |t: &Terminal| (1..=2).contains(&row(t, "T001-goal.md"));
    proves!(FileBefore on terminal, turns("it is at the heading", &heading));
    leave(terminal);
}

/// The row that the head of a page tells; 0: it is not there.
fn row_in(shown: &str, page: &str) -> usize {
    let heads = shown.lines().filter(|l| l.contains(page));
    let told = heads.filter_map(|l| {
        let (row, _) = l.trim_end().rsplit(' ').next()?.split_once('/')?;
        row.parse().ok()
    });
    told.max().unwrap_or(0)
}

fn row(terminal: &Terminal, page: &str) -> usize {
    row_in(&terminal.shown(), page)
}

/// Opens the goal: the fourth paper below the gate, after the task, the change and the report.
fn goal_open(terminal: &mut Terminal) {
    terminal.until("WAITING FOR YOU 1");
    terminal.types("4");
    terminal.until("Is this the change you want?");
    terminal.types("jjjj");
    terminal.until("harness/artifacts/T001-goal.md");
    terminal.until("See ");
}

#[test]
fn a_text_is_rendered_and_its_source_is_one_key_away() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    assert!(!terminal.shown().contains("# Goal"), "{}", terminal.shown());
    proves!(Source on terminal, comes("# Goal"));
    terminal.until("[the page](../../page.txt)");
    terminal.types("t");
    terminal.until_gone("# Goal");
    leave(terminal);
}

#[test]
fn links_are_followed_and_gone_back_and_a_large_file_is_read_by_windows() {
    let (project, run) = at_the_gate();
    let tree = project.view(&run).order.tree;
    let mut log = format!("BEGIN{}\n", "-".repeat(400));
    for n in 2..=300_000 {
        writeln!(log, "entry {n}").unwrap();
    }
    put(&tree.join("big.log"), &log);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.types("\t/the page\r\r");
    terminal.until(" page.txt");
    terminal.until("dark");
    terminal.types("\x1b");
    terminal.until("harness/artifacts/T001-goal.md");
    terminal.until("And ");
    terminal.types("/the log\r\r");
    terminal.until(" big.log");
    terminal.until("1/300000");
    terminal.until("BEGIN---");
    proves!(ColumnsRight on terminal, goes("BEGIN"));
    proves!(ColumnsLeft on terminal, comes("BEGIN---"));
    terminal.types("G");
    terminal.until("entry 300000");
    terminal.until("300000/300000");
    terminal.types("g");
    terminal.until("BEGIN---");
    // The same file beside it, at its end: each shows its own part.
    terminal.resize(200, 35);
    terminal.types("v");
    terminal.until("page 2 of 2");
    terminal.types("G");
    terminal.until("entry 300000");
    terminal.until("BEGIN---");
    terminal.types("k");
    terminal.until("299999/300000");
    terminal.until("BEGIN---");
    leave(terminal);
}

#[test]
fn a_long_document_is_gone_to_its_end_and_searched_from_its_first_screen_on() {
    let (project, run) = at_the_gate();
    let tree = project.view(&run).order.tree;
    let mut text = "# Goal\n\nSee below.\n\n".to_owned();
    for n in 1..=4_000 {
        write!(text, "## Part {n}\n\nWords of part {n}.\n\n").unwrap();
    }
    put(&tree.join("harness/artifacts/T001-goal.md"), &text);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.types("\t/words of part 3999.\r");
    terminal.until("Words of part 3999.");
    terminal.until("1 of 1 ");
    terminal.types("gG");
    terminal.until("16004/16004");
    terminal.until("Words of part 4000.");
    // Another size, another form of the text: what is read stays where it is.
    terminal.resize(100, 30);
    terminal.until("16004/16004");
    terminal.until("Words of part 4000.");
    put(
        &tree.join("harness/artifacts/T001-goal.md"),
        &format!("{text}The very end.\n"),
    );
    terminal.until("16004/16006");
    terminal.until("Words of part 4000.");
    terminal.types("gG");
    terminal.until("The very end.");
    leave(terminal);
}

#[test]
fn words_are_found_beyond_the_rows_at_hand_of_a_large_file() {
    let (project, run) = at_the_gate();
    let tree = project.view(&run).order.tree;
    let mut log = String::new();
    // Some 20 MB.
    for n in 1..=900_000 {
        match n {
            5 => log.push_str("the Needle at the beginning\n"),
            450_000 => log.push_str("a needle in the middle\n"),
            899_990 => log.push_str("the last Needle\n"),
            _ => writeln!(log, "entry {n} of the hay").unwrap(),
        }
    }
    put(&tree.join("big.log"), &log);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.types("\t/the log\r\r");
    terminal.until("1/900000");
    // Of a capital only the same is found.
    terminal.types("/last Needle\r");
    terminal.until("899990/900000");
    terminal.until("/last Needle on this row");
    terminal.until("the last Needle");
    // On from there, round at the end, and back.
    terminal.types("/needle\rn");
    terminal.until("5/900000");
    terminal.until("the Needle at the beginning");
    terminal.types("n");
    terminal.until("450000/900000");
    terminal.until("a needle in the middle");
    terminal.types("NN");
    terminal.until("899990/900000");
    terminal.until("/needle on this row");
    terminal.types("/no such thing\r");
    terminal.until("/no such thing not in this file");
    // Nothing is hopped to by words that are nowhere.
    terminal.types("n");
    terminal.until("it is not there");
    terminal.types("/\x1b");
    terminal.until_gone("not in this file");
    leave(terminal);
}

#[test]
fn the_change_is_read_by_file_and_an_artifact_against_what_it_was() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("Is this the change you want?");
    proves!(Diff on terminal, comes("the change of this run"));
    terminal.until("▲ migration");
    terminal.until("A a.js");
    let on = |t: &Terminal| row(t, "the change of this run") > 1;
    proves!(NextFile on terminal, turns("it is at a file", &on));
    terminal.types("J");
    terminal.until("@@");
    terminal.types("\x1b");
    terminal.until("Is this the change you want?");
    leave(terminal);
}

#[test]
fn an_artifact_is_read_against_its_form_before() {
    let (project, run) = at_the_gate();
    let path = project
        .view(&run)
        .order
        .tree
        .join("harness/artifacts/T001-goal.md");
    let text = std::fs::read_to_string(&path).unwrap();
    put(
        &path,
        &text.replace("Words of part 1.", "Other words of part 1."),
    );
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.types("d");
    terminal.until("against before");
    terminal.until("+ Other words of part 1.");
    terminal.until("- Words of part 1.");
    terminal.types("d");
    terminal.until_gone("against before");
    leave(terminal);
}

#[test]
fn everything_of_a_criterion_is_one_key_away() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("AC-2  ✓ met");
    // The second criterion's row.
    terminal.types("/src/a.js\r");
    terminal.until("/src/a.js 1 of");
    proves!(Lineage on terminal, comes("lineage of AC-2"));
    for part in [
        "It stays dark.",
        "T001-goal.md:3",
        "T001-review.md:",
        "src/a.js  +1 -0",
        "✓ exit 0  test -s page.txt",
        "✓ met",
    ] {
        terminal.until(part);
    }
    terminal.types("/a.js  +1\r\r");
    terminal.until("let a = 1");
    terminal.types("\x1b");
    terminal.until("lineage of AC-2");
    leave(terminal);
}

#[test]
fn the_prompt_the_checks_and_the_report_are_among_the_papers() {
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.until("2 AC");
    terminal.types("k");
    terminal.until(&run);
    terminal.types("jj");
    terminal.until("prompt of spec");
    terminal.types("j");
    terminal.until("checks of build");
    terminal.until("✓ exit 0");
    leave(terminal);
}

/// The memory that the processes it started have asked for so far: it grows with each of them.
#[cfg(target_os = "linux")]
fn started(terminal: &Terminal) -> String {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap();
    let fields = stat.rsplit_once(") ").unwrap().1;
    fields.split(' ').nth(8).unwrap().to_owned()
}

#[test]
#[cfg(target_os = "linux")]
fn a_gate_that_stands_open_starts_nothing_while_nothing_changes() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("a");
    terminal.until("same tree");
    let mut rests = false;
    for _ in 0..30 {
        let before = started(&terminal);
        terminal.reads();
        rests = started(&terminal) == before;
        if rests {
            break;
        }
    }
    assert!(rests, "it reads the same again and again");
    leave(terminal);
}
