//! On a terminal, by keys.

use super::scene::{outcome, recorded, words};
use super::support::project::{GATED, Project, put};
use super::support::terminal::{Terminal, comes, goes, mouse, place, proves};
use harness_tui::records::review::{Left, Outcome};
use harness_tui::terms::RunState;
use rustix::process::Signal;

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

/// The gate's page, after it was read.
fn at_the_gate(project: &Project, (columns, rows): (u16, u16)) -> Terminal {
    let mut terminal = Terminal::sized(project, &[], columns, rows);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("!");
    terminal.until("same tree");
    terminal.reads();
    terminal
}

/// Goes to a row of the page by words on it.
fn find(terminal: &mut Terminal, words: &str) {
    terminal.types("/");
    terminal.until("esc stop looking");
    terminal.types(words);
    terminal.until(&format!("/{words} 1 of"));
    terminal.types("\r");
    terminal.until_gone("esc stop looking");
}

/// Writes a comment on the chosen row, and waits until it stands there.
fn says(terminal: &mut Terminal, text: &str, id: &str) {
    terminal.types(text);
    terminal.until(text);
    terminal.types("\r");
    // Until it is told as given, nothing else can be done with comments.
    terminal.until(&format!("{id} given"));
    terminal.until(&format!("┃ {id} ● open"));
}

/// Gives the three comments; the change is on the screen after.
fn comments(terminal: &mut Terminal) {
    find(terminal, "T001-goal");
    terminal.types("\r");
    terminal.until("The switch is one way.");
    find(terminal, "one way");
    terminal.types("c");
    terminal.until("Comment on ");
    says(terminal, "both ways, please", "C1");
    terminal.types("\x1b");
    terminal.until("same tree");
    terminal.types("d");
    terminal.until("let dark = 1");
    find(terminal, "let dark");
    terminal.types("c");
    terminal.until("Comment on src/dark.js:2");
    says(terminal, "a name for that number", "C2");
    find(terminal, "second old");
    terminal.types(" ");
    terminal.until("marked src/old.js:2");
    terminal.types("j");
    terminal.types("c");
    terminal.until("Comment on src/old.js:2-3");
    says(terminal, "is that still needed?", "C3");
}

#[test]
fn three_comments_go_back_and_the_next_gate_lists_what_became_of_them() {
    let (project, run) = recorded();
    let mut terminal = at_the_gate(&project, (120, 35));
    comments(&mut terminal);
    terminal.types("b");
    terminal.until("Goes back with 3 comments.");
    terminal.types("\r");
    let sent = |v: &harness_tui::records::runs::RunView| {
        v.run.review.rounds.len() == 1 && v.state() == RunState::AwaitingApproval
    };
    let view = project.until(&run, sent);
    leave(terminal);
    let prompt = view.attempt_dir(&"build.2.1".parse().unwrap()).prompt();
    let prompt = std::fs::read_to_string(prompt).unwrap();
    for part in [
        "### C1: harness/artifacts/T001-goal.md:9",
        "The switch is one way.",
        "both ways, please",
        "### C2: src/dark.js:2",
        "let dark = 1",
        "### C3: src/old.js:2-3",
        "second old line\nthird old line",
        "- C1 declined — the reason",
    ] {
        assert!(prompt.contains(part), "{part}\n{prompt}");
    }
    let expected = [("C1", "declined"), ("C2", "fixed"), ("C3", "out of date")];
    let expected = expected.map(|(id, word)| (id.to_owned(), word));
    assert_eq!(words(&project, &run), expected);
    let fixed = outcome(&project, &run, "C2");
    assert!(
        matches!(&fixed, Outcome::Fixed { left: Left::Changed, said } if said.contains("a name")),
        "{fixed:?}"
    );
    // The gate after the rework, on the smallest screen.
    let mut terminal = at_the_gate(&project, (80, 24));
    terminal.until("2 files changed  +1 -4  since Ada looked at ");
    let shown = terminal.shown();
    for part in [
        "C1  – declined",
        "the text is settled",
        "C2  ✓ fixed",
        "src/dark.js:2",
        "C3  ○ out of date",
        "its file is gone",
        "comments   none open",
        "✓ same tree",
        "cost",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    find(&mut terminal, "declined");
    proves!(ReopenComment on terminal, comes("C1 reopened"));
    terminal.until("C1  ● open");
    terminal.types("d");
    terminal.until("let dark = \"on\"");
    assert!(terminal.shown().contains("changed since your review"));
    leave(terminal);
}

#[test]
fn a_comment_is_taken_away_put_back_and_changed_while_it_is_not_sent() {
    let (project, run) = recorded();
    let mut terminal = at_the_gate(&project, (120, 35));
    terminal.types("d");
    terminal.until("let dark = 1");
    find(&mut terminal, "let dark");
    proves!(MarkLine on terminal, comes("marked src/dark.js:2"));
    terminal.types(" ");
    terminal.until("the mark is taken away");
    proves!(Comment on terminal, comes("Comment on src/dark.js:2"));
    says(&mut terminal, "first words", "C1");
    proves!(RemoveComment on terminal, goes("┃ C1 ● open"));
    assert!(words(&project, &run).is_empty());
    // What is told is done, and the next thing can be.
    terminal.until("C1 taken away");
    terminal.types("u");
    terminal.until("taken back: C1 taken away");
    terminal.until("┃ C1 ● open");
    // On its own row it is changed, not given once more.
    find(&mut terminal, "first words");
    terminal.types("c");
    terminal.until("C1: first words");
    terminal.types("\x15other words\r");
    terminal.until("C1 changed");
    terminal.until("┃ other words");
    assert_eq!(words(&project, &run), [("C1".to_owned(), "open")]);
    // What is typed and left is there again.
    terminal.types("c");
    terminal.until("C1: other words");
    terminal.types(", more\x1b");
    terminal.until("kept: commenting there again");
    terminal.types("c");
    terminal.until("C1: other words, more");
    terminal.types("\x1b");
    terminal.until_gone("C1: other words, more");
    leave(terminal);
}

#[test]
fn a_comment_is_about_the_lines_that_were_seen_when_it_was_begun() {
    let (project, run) = recorded();
    let page = project.view(&run).order.tree.join("src/old.js");
    let text = std::fs::read_to_string(&page).unwrap();
    let mut terminal = at_the_gate(&project, (120, 35));
    terminal.types("d");
    terminal.until("second old");
    find(&mut terminal, "second old");
    terminal.types("c");
    terminal.until("Comment on src/old.js:2");
    terminal.types("still needed?");
    terminal.until("still needed?");
    // Meanwhile lines come to stand above.
    put(&page, &format!("1\n2\n3\n4\n{text}"));
    terminal.types("\r");
    terminal.until("C1 given");
    let given = project.view(&run).comments()[0].comment.clone();
    assert_eq!(given.excerpt.lines, ["second old line"]);
    assert_eq!(given.spot.unwrap().to_string(), "src/old.js:6");
    // Lines that are gone are no other lines: it is refused, and what was written is there.
    put(&page, &text);
    find(&mut terminal, "third old");
    terminal.types("c");
    terminal.until("Comment on src/old.js:3");
    terminal.types("why this?");
    terminal.until("why this?");
    put(&page, "first old line\nsecond old line\nanother\n");
    terminal.types("\r");
    terminal.until("src/old.js:3 is not what you saw any more");
    assert_eq!(project.view(&run).comments().len(), 1);
    put(&page, &text);
    terminal.types("c");
    terminal.until("Comment on src/old.js:3: why this?");
    terminal.types("\r");
    terminal.until("C2 given");
    leave(terminal);
}

#[test]
fn a_program_that_is_killed_after_a_comment_loses_nothing() {
    let (project, run) = recorded();
    let mut terminal = at_the_gate(&project, (120, 35));
    comments(&mut terminal);
    terminal.signal(Signal::KILL);
    drop(terminal);
    let open = ["C1", "C2", "C3"].map(|id| (id.to_owned(), "open"));
    assert_eq!(words(&project, &run), open);
    let told = project.expect(0, &["reject", &run]).out;
    assert!(told.contains("was sent back with 3 comments"), "{told}");
    let view = project.until(&run, |v| v.state() == RunState::AwaitingApproval);
    assert_eq!(view.run.review.sent.len(), 3);
}

/// Presses the button on the row of these words.
fn press(terminal: &mut Terminal, words: &str) -> (usize, usize) {
    let at = place(terminal, words);
    terminal.types(&mouse(0, at, 'M'));
    at
}

/// Drags to there; the button stays down.
fn drag(terminal: &mut Terminal, to: (usize, usize)) {
    terminal.types(&mouse(32, to, 'M'));
}

fn let_go(terminal: &mut Terminal, at: (usize, usize)) {
    terminal.types(&mouse(0, at, 'm'));
}

#[test]
fn lines_that_are_dragged_over_are_commented_on_and_a_click_is_one_line() {
    let (project, run) = recorded();
    let mut terminal = at_the_gate(&project, (120, 35));
    terminal.types("d");
    terminal.until("let dark = 1");
    // From the last line to the first, and beyond the head of the file: of it alone.
    press(&mut terminal, "third old");
    let above = place(&terminal, "let dark");
    drag(&mut terminal, above);
    let_go(&mut terminal, above);
    terminal.until("marked src/old.js:1-3, and copied: c comments on it");
    terminal.types("c");
    terminal.until("Comment on src/old.js:1-3");
    says(&mut terminal, "is that needed?", "C1");
    // A click chooses its line, and nothing of what was dragged over before is left.
    press(&mut terminal, "second old");
    let to = place(&terminal, "third old");
    drag(&mut terminal, to);
    let_go(&mut terminal, to);
    terminal.until("marked src/old.js:2-3");
    let at = press(&mut terminal, "let dark");
    let_go(&mut terminal, at);
    terminal.types("c");
    terminal.until("Comment on src/dark.js:2:");
    terminal.types("\x1b");
    terminal.until_gone("Comment on ");
    // Within a line it is text.
    drag_within(&mut terminal, "let dark");
    leave(terminal);
    let all = project.view(&run).comments();
    assert_eq!(
        all[0].comment.spot.as_ref().unwrap().to_string(),
        "src/old.js:1-3"
    );
}

fn drag_within(terminal: &mut Terminal, words: &str) {
    let (column, row) = press(terminal, words);
    let to = (column + words.len() - 1, row);
    drag(terminal, to);
    let_go(terminal, to);
    terminal.until("copied what is selected");
}

#[test]
fn what_is_dragged_over_goes_on_beyond_the_screen() {
    let script = "cat >/dev/null; seq -f 'line %g.' 60 > long.txt; echo done";
    let project = Project::new().agent("build", script).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let mut terminal = at_the_gate(&project, (80, 24));
    terminal.types("d");
    terminal.until("line 3.");
    let (column, _) = press(&mut terminal, "line 3.");
    // By the pointer below the page, and by the wheel while the button is down.
    drag(&mut terminal, (column, 23));
    for _ in 0..10 {
        terminal.types(&mouse(65, (column, 6), 'M'));
    }
    terminal.until("line 40.");
    terminal.until_gone("line 3.");
    let to = place(&terminal, "line 40.");
    drag(&mut terminal, to);
    let_go(&mut terminal, to);
    // What is not on the screen is not copied from there.
    terminal.until("marked long.txt:3-40: c comments on it");
    terminal.types("c");
    terminal.until("Comment on long.txt:3-40");
    terminal.types("\x1b");
    terminal.until_gone("Comment on ");
    leave(terminal);
}
