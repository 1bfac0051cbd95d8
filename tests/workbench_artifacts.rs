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
use support::drive::answers;
use support::project::{Project, put};
use support::terminal::{Terminal, proves};

/// A text, a build with a check, a review, then a person decides.
const FLOW: &str = "  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: \"harness/artifacts/T001-goal.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], checks: [{ run: \"test -s page.txt\" }] }\n  - { id: qa, name: QA, role: qa, depends_on: [build], produces: { review: \"harness/artifacts/T001-review.md\" }, verdict: review }\n  - { id: complete, name: Complete, depends_on: [qa], gate: { before: \"true\", message: \"Is this the change you want?\" } }\n";

/// What the builder does: a page, a dependency, a migration.
const BUILDS: &str = "cat >/dev/null; echo dark >> page.txt; mkdir -p db/migrations src; \
                      echo 'create' > db/migrations/1.sql; echo 'let a = 1' > src/a.js; \
                      echo '{\"dependencies\":{\"left\":\"1\"}}' > package.json; echo done";

const REVIEW: &str = "## Verdict\n\nResult: PASS\n\n## Acceptance Criteria\n\n| AC | Judgement | \
                      Evidence |\n| --- | --- | --- |\n| AC-1 | met | page.txt:1 |\n| AC-2 | met | \
                      src/a.js:1 |\n\n## Findings\n\nNone.\n";

/// A long text with sections, a wide line and a link.
fn goal() -> String {
    let mut text = "# Goal\n\nAC-1 and AC-2. See [the page](../../page.txt).\n\n".to_owned();
    for n in 1..=30 {
        text.push_str(&format!("## Part {n}\n\nWords of part {n}.\n\n"));
    }
    let wide = format!("    {}END\n", "wide ".repeat(60));
    text + &wide
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
    proves!(Approve);
    let (project, run) = at_the_gate();
    let mut terminal = Terminal::open(&project, &[]);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("\r");
    terminal.until("Is this the change you want?");
    terminal.until("a approve   b send back   e edit");
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
    terminal.types("a");
    terminal.until("approved");
    project.until(&run, |v| v.state() == RunState::Completed);
    // What comes of it is seen in the pipeline.
    terminal.until("[3 Pipeline]");
    leave(terminal);
}

#[test]
fn nothing_is_approved_on_evidence_that_is_older_than_the_tree() {
    proves!(Approve);
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
    proves!(SplitPage, ClosePage, LinkPages, NextPane);
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 200, 40);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("4");
    terminal.until("Is this the change you want?");
    // The list's second paper beside the first.
    terminal.types("v");
    terminal.until("page 2 of 2");
    terminal.types("\t");
    terminal.types("j");
    terminal.until("It stays dark.");
    terminal.until("Is this the change you want?");
    terminal.types("=");
    terminal.until("= linked");
    terminal.types("=");
    terminal.until_gone("= linked");
    terminal.types("V");
    terminal.until_gone("page 2 of 2");
    terminal.until("Is this the change you want?");
    leave(terminal);
}

#[test]
fn words_are_found_on_a_page_and_sections_gone_through() {
    proves!(
        FindInPage,
        NextHit,
        HitBefore,
        NextSection,
        SectionBefore,
        NextFile,
        FileBefore
    );
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    goal_open(&mut terminal);
    terminal.types("/part 2\r");
    terminal.until("/part 2 1 of ");
    terminal.types("n");
    terminal.until("/part 2 2 of ");
    terminal.types("N");
    terminal.until("/part 2 1 of ");
    terminal.types("g]");
    terminal.until("Part 1");
    terminal.types("]]");
    terminal.types("[");
    terminal.types("{");
    terminal.until("Goal");
    terminal.types("}");
    terminal.until("Goal");
    leave(terminal);
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
