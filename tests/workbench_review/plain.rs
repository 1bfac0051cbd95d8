//! Line by line, and at the command line.

use super::scene::{answering, says, words};
use harness_tui::terms::RunState;
use std::io::Write;
use std::process::Stdio;

#[test]
fn the_same_is_had_by_words() {
    let (project, run) = answering();
    says(
        &project,
        "answer",
        "## Review Comments\n\n- C1 fixed — darker now\n",
    );
    let mut child = project
        .command(&["--plain"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = "lines all\n1\ncomment page.txt:2 darker, please\ncomment page.txt:1-2 and this\n\
                 comment C1 much darker, please\nremove-comment C2\ncomment\nsend-back -\nwait\ngate\nquit\n";
    child
        .stdin
        .take()
        .unwrap()
        .write_all(lines.as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    for part in [
        "C1 given; undo",
        "C2 given; undo",
        "C1 changed; undo",
        "C2 taken away; undo",
        "much darker, please",
        "Comment C1, fixed, on page.txt:2: much darker, please. Answer: said fixed, but its lines are as they were, and others of the file changed — darker now.",
        "No comment is open.",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    assert_eq!(words(&project, &run), [("C1".to_owned(), "fixed")]);
}

#[test]
fn the_command_line_gives_lists_changes_and_sends() {
    let (project, run) = answering();
    let none = project.expect(2, &["reject", &run]);
    assert!(none.err.contains("a reason or comments"), "{}", none.err);
    for (place, says) in [
        ("page.txt:9", "page.txt has 2 lines: there is no line 9"),
        ("nowhere.txt:1", "nowhere.txt is not in the run's work"),
        ("../out.txt:1", "'..' would leave it"),
    ] {
        let refused = project.expect(2, &["comment", &run, place, "x"]);
        assert!(refused.err.contains(says), "{}", refused.err);
    }
    project.expect(0, &["comment", &run, "page.txt:2", "darker"]);
    project.expect(0, &["comment", &run, "page.txt:1", "--old", "why?"]);
    project.expect(0, &["comment", &run, "page.txt", "all of it"]);
    project.expect(0, &["comment", &run, "C1", "darker,\nmuch darker"]);
    project.expect(0, &["comment", &run, "--remove", "C3"]);
    let listed = project.expect(0, &["comment", &run, "--json"]).out;
    let listed: Vec<serde_json::Value> = listed
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[0]["text"], "darker,\nmuch darker");
    assert_eq!(listed[0]["excerpt"][0], "dark");
    assert_eq!(listed[0]["outcome"], "open");
    assert_eq!(listed[1]["side"], "old");
    let page = project.expect(0, &["comment", &run]).out;
    assert!(page.contains("C2  ● open  page.txt:1 (before)"), "{page}");
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 declined: it is dark enough\n- C2 fixed: put back\n",
    );
    let sent = project.expect(6, &["reject", &run, "--reason", "see them", "--follow"]);
    assert!(sent.out.contains("with 2 comments"), "{}", sent.out);
    let declined = [("C1", "declined"), ("C2", "fixed")].map(|(id, w)| (id.to_owned(), w));
    assert_eq!(words(&project, &run), declined);
    let sent_before = project.expect(2, &["comment", &run, "--remove", "C1"]);
    assert!(
        sent_before.err.contains("was sent back"),
        "{}",
        sent_before.err
    );
    project.expect(0, &["comment", &run, "--reopen", "C1"]);
    let report = project.view(&run).active_dir().report();
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains("## Review Comments"), "{report}");
    assert!(report.contains("it is dark enough"), "{report}");
    says(
        &project,
        "answer",
        "## Review Comments\n- C1 fixed: as dark as it gets\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    let view = project.view(&run);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    assert_eq!(view.run.review.rounds.len(), 2);
    let fixed = [("C1", "fixed"), ("C2", "fixed")].map(|(id, w)| (id.to_owned(), w));
    assert_eq!(words(&project, &run), fixed);
}
