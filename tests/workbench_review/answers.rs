//! What counts as an answer, and what is held against it.

use super::scene::{answering, outcome, prompt, says, words};
use super::support::drive::outcomes;
use super::support::project::put;
use super::support::terminal::Terminal;
use harness_tui::records::review::{Left, Outcome};
use harness_tui::supervisor::review::{New, give};
use harness_tui::terms::review::Spot;
use harness_tui::terms::{Outcome as Ended, RunState};

#[test]
fn a_comment_without_an_answer_is_repaired_once_and_then_blocks() {
    let (project, run) = answering();
    project.expect(0, &["comment", &run, "page.txt:2", "darker"]);
    project.expect(0, &["comment", &run, "page.txt:1", "and this?"]);
    // The first answer names one of the two, the repair both.
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 fixed: yes\n- C2 perhaps\n",
    );
    says(
        &project,
        "repair",
        "## Review Comments\n- C1 fixed: yes\n- C2 declined: it was so before\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    let view = project.view(&run);
    assert_eq!(
        outcomes(&view, "build"),
        [Ended::Passed, Ended::Malformed, Ended::Passed]
    );
    let told = prompt(&project);
    assert!(told.contains("C2 has no answer that can be read"), "{told}");
    // What it says stands between marks, and nowhere else.
    assert_eq!(told.matches("and this?").count(), 1, "{told}");
    assert!(told.contains("text\nand this?\n```"), "{told}");
    assert!(told.contains("### C1: page.txt:2"), "{told}");
    let expected = [("C1", "fixed"), ("C2", "declined")].map(|(id, w)| (id.to_owned(), w));
    assert_eq!(words(&project, &run), expected);

    // Whoever never answers is blocked, and the comments are still asked of it.
    project.expect(0, &["comment", &run, "--reopen", "C1"]);
    says(&project, "answer", "Done.\n");
    says(&project, "repair", "Done.\n");
    project.expect(3, &["reject", &run, "--follow"]);
    let why = project.expect(0, &["why", &run]).out;
    assert!(why.contains("the comment C1 has no answer"), "{why}");
    assert_eq!(words(&project, &run)[0].1, "sent");
    says(&project, "repair", "## Review Comments\n- C1 fixed: now\n");
    says(&project, "answer", "## Review Comments\n- C1 fixed: now\n");
    project.expect(6, &["resume", &run, "--follow"]);
    assert_eq!(words(&project, &run)[0].1, "fixed");
}

#[test]
fn said_fixed_is_held_against_what_changed() {
    let (project, run) = answering();
    project.expect(0, &["comment", &run, "harness/backlog.md:1", "shorter"]);
    project.expect(0, &["comment", &run, "page.txt:2", "darker"]);
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 fixed: shortened\n- C2 fixed: darker\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    let said = outcome(&project, &run, "C1").said();
    assert_eq!(said, "said fixed, but the place is unchanged — shortened");
    // A line was added below it, and nothing else was done.
    let said = outcome(&project, &run, "C2").said();
    let beside = "its lines are as they were, and others of the file changed";
    assert_eq!(said, format!("said fixed, but {beside} — darker"));
    let gate = project.expect(0, &["comment", &run]).out;
    assert!(gate.contains("! fixed  harness/backlog.md:1"), "{gate}");
    assert!(gate.contains("! fixed  page.txt:2"), "{gate}");
    says(&project, "instead", "sed -i 2s/dark/night/ page.txt\n");
    says(
        &project,
        "answer",
        "## Review Comments\n- C2 fixed: night it is\n",
    );
    project.expect(0, &["comment", &run, "--reopen", "C2"]);
    project.expect(6, &["reject", &run, "--follow"]);
    assert_eq!(outcome(&project, &run, "C2").said(), "night it is");
    let gate = project.expect(0, &["comment", &run]).out;
    assert!(gate.contains("✓ fixed  page.txt:2"), "{gate}");
}

#[test]
fn a_comment_goes_along_with_a_file_that_gets_another_name() {
    let (project, run) = answering();
    project.expect(0, &["comment", &run, "page.txt:2", "darker"]);
    says(
        &project,
        "instead",
        "[ ! -f page.txt ] || { git mv page.txt 'a leaf.txt'; echo dim >> 'a leaf.txt'; }\n",
    );
    says(
        &project,
        "repair",
        "## Review Comments\n- C1 fixed: the name says it\n",
    );
    // Nothing of it is gone, so that an answer is owed.
    project.expect(6, &["reject", &run, "--follow"]);
    assert_eq!(
        outcomes(&project.view(&run), "build"),
        [Ended::Passed, Ended::Malformed, Ended::Passed]
    );
    let fixed = outcome(&project, &run, "C1");
    assert!(
        matches!(
            fixed,
            Outcome::Fixed {
                left: Left::Renamed,
                ..
            }
        ),
        "{fixed:?}"
    );
    let listed = project.expect(0, &["comment", &run]).out;
    assert!(listed.contains("page.txt:2 → a leaf.txt:2"), "{listed}");
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("!");
    terminal.until("C1  ✓ fixed");
    terminal.types("d");
    // It stands in the file where that is now.
    terminal.until("┃ C1 ✓ fixed");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn who_declines_everything_need_change_nothing() {
    let (project, run) = answering();
    project.expect(0, &["comment", &run, "page.txt:2", "darker"]);
    put(&project.outside("quiet"), "");
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 declined: it is dark\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    assert_eq!(words(&project, &run), [("C1".to_owned(), "declined")]);
    assert_eq!(
        outcomes(&project.view(&run), "build"),
        [Ended::Passed, Ended::Passed]
    );
}

#[test]
fn comments_of_others_come_in_with_their_address() {
    let (project, run) = answering();
    let view = project.view(&run);
    let by = harness_tui::engine::Person {
        name: "octocat".to_owned(),
        terminal: None,
        pid: 0,
    };
    let url = Some("https://example.org/pull/7#c1".to_owned());
    let new = |spot: Option<&str>, text: String| New {
        shown: None,
        spot: spot.map(Spot::named),
        text,
        url: url.clone(),
    };
    let place = view.review_place();
    give(place, &by, new(Some("page.txt:2"), "darker".to_owned())).unwrap();
    // What is not there any more comes in all the same, and so does what is about nothing in particular.
    give(place, &by, new(Some("gone.rs:400"), "and here".to_owned())).unwrap();
    give(place, &by, new(None, "x".repeat(1 << 20))).unwrap();
    let all = project.view(&run).comments();
    assert_eq!(all.len(), 3);
    assert!(
        all[2]
            .comment
            .text
            .ends_with("(cut here; the whole stands where it was written)")
    );
    assert_eq!(all[1].comment.url, url);
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 fixed: a\n- C3 declined: too much\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    let told = prompt(&project);
    assert!(
        told.contains("octocat says (https://example.org/pull/7#c1)"),
        "{told}"
    );
    let words: Vec<&str> = words(&project, &run).iter().map(|(_, w)| *w).collect();
    assert_eq!(words, ["fixed", "out of date", "declined"]);
    assert_eq!(project.view(&run).state(), RunState::AwaitingApproval);
}
