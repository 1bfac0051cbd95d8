//! Asked, trusted, changed, taken back.

use super::hostile::{Hostile, OF_A_RUN};
use super::support::drive::runs_in;
use super::support::project::{put, until_as_wanted};
use super::support::terminal::{comes, proves};
use harness_tui::terms::RunState;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until the one run asks, is blocked or is done, and nobody is at it.
fn until_it_rests(hostile: &Hostile) -> RunState {
    let look = || runs_in(&hostile.home()).remove(0);
    let at_work = [RunState::Created, RunState::Ready, RunState::Running];
    let rests =
        |v: &harness_tui::records::runs::RunView| !v.supervised && !at_work.contains(&v.state());
    until_as_wanted(look, rests, PATIENCE).state()
}

fn all_of_a_run(hostile: &Hostile) {
    let marks = hostile.marks();
    for word in OF_A_RUN {
        assert!(marks.contains(word), "{word} in {marks:?}");
    }
    assert_eq!(marks.len(), OF_A_RUN.len(), "{marks:?}");
}

#[test]
fn a_run_is_refused_until_its_digest_is_given_and_then_runs_what_was_shown() {
    let hostile = Hostile::cloned();
    let said = hostile.expect(2, &["run", "T001"]);
    assert!(
        said.contains("not trusted") && said.contains("harness-tui trust"),
        "{said}"
    );
    let digest = hostile.digest();
    assert!(said.contains(&digest), "{said}");
    let wrong = "0".repeat(64);
    let said = hostile.expect(2, &["run", "T001", "--trust", &wrong]);
    assert!(said.contains(&digest) && said.contains("things"), "{said}");
    // Somebody has to say yes, and nobody is there.
    let said = hostile.expect(6, &["trust"]);
    for shown in [
        "harness/harness.yaml",
        "set-up: ./evil.sh set-up",
        "stage build, check: ./evil.sh check",
    ] {
        assert!(said.contains(shown), "{shown} in {said}");
    }
    assert!(runs_in(&hostile.home()).is_empty());
    assert!(hostile.marks().is_empty());
    hostile.run(&["run", "T001", "--trust", &digest]);
    until_it_rests(&hostile);
    all_of_a_run(&hostile);
}

#[test]
fn a_change_of_a_command_is_shown_and_asked_about_and_a_change_of_words_is_not() {
    let hostile = Hostile::cloned();
    let first = hostile.digest();
    hostile.expect(0, &["trust", &first]);
    let flow = hostile.home().join("harness/workflows/flow.yaml");
    let text = std::fs::read_to_string(&flow).unwrap();
    put(
        &flow,
        &format!(
            "# What it does.\n{}",
            text.replace("does harm", "does good")
        ),
    );
    put(
        &hostile.home().join("harness/roles/build.md"),
        "---\ncapability: build\nprofile: workspace\n---\nBuild it well.\n",
    );
    assert_eq!(hostile.digest(), first);
    put(&flow, &text.replace("./evil.sh check", "./evil.sh more"));
    let said = hostile.expect(2, &["run", "T001"]);
    assert!(
        said.contains("1 thing changed since you trusted it"),
        "{said}"
    );
    let said = hostile.expect(6, &["trust"]);
    let rows: Vec<&str> = said.lines().filter(|l| l.starts_with(['+', '-'])).collect();
    assert_eq!(rows.len(), 2, "{said}");
    assert!(
        rows[0].starts_with('-') && rows[0].contains("./evil.sh check"),
        "{said}"
    );
    assert!(
        rows[1].starts_with('+') && rows[1].contains("./evil.sh more"),
        "{said}"
    );
    let said = hostile.expect(2, &["trust", &first]);
    assert!(said.contains("is not the digest"), "{said}");
    assert!(hostile.marks().is_empty());
}

#[test]
fn what_is_taken_back_is_run_no_more_and_no_run_goes_on() {
    let hostile = Hostile::cloned();
    let flow = hostile.home().join("harness/workflows/flow.yaml");
    let gated = "name: flow\ndescription: waits\ntask: required\nstages:\n  - { id: first, gate: { after: \"true\" }, run: ./evil.sh stage }\n  - { id: last, run: ./evil.sh last, depends_on: [first] }\n";
    put(&flow, gated);
    let digest = hostile.digest();
    hostile.expect(6, &["run", "T001", "--trust", &digest]);
    assert!(hostile.marks().contains("stage"));
    hostile.expect(0, &["trust", "--revoke"]);
    hostile.expect(0, &["approve"]);
    assert_eq!(until_it_rests(&hostile), RunState::Blocked);
    let why = hostile.expect(0, &["why"]);
    assert!(why.contains("not trusted any more"), "{why}");
    let said = hostile.expect(2, &["resume"]);
    assert!(said.contains("not trusted"), "{said}");
    assert!(!hostile.marks().contains("last"));
    // Trusted again, it goes on.
    hostile.expect(0, &["resume", "--trust", &digest]);
    assert_eq!(until_it_rests(&hostile), RunState::Completed);
    assert!(hostile.marks().contains("last"));
}

#[test]
fn neither_a_copy_nor_a_record_that_was_written_by_hand_is_trusted() {
    let hostile = Hostile::cloned();
    let digest = hostile.digest();
    hostile.expect(0, &["trust", &digest]);
    let copy = hostile.beside("copy");
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(hostile.home())
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let mut there = hostile.command(&["run", "T001"]);
    let out = there.current_dir(&copy).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("what you trusted is the clone at"), "{said}");
    // Another digest under the old seal.
    let flow = hostile.home().join("harness/workflows/flow.yaml");
    let text = std::fs::read_to_string(&flow).unwrap();
    put(&flow, &text.replace("./evil.sh check", "./evil.sh more"));
    let folder = hostile.home().join(".git/harness/trust");
    let record = std::fs::read_dir(folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&record).unwrap();
    put(&record, &text.replace(&digest, &hostile.digest()));
    let said = hostile.expect(2, &["run", "T001"]);
    assert!(
        said.contains("was not written by this program for you"),
        "{said}"
    );
    assert!(hostile.marks().is_empty());
}

#[test]
fn the_screen_asks_before_a_run_and_a_yes_goes_on_with_it() {
    let hostile = Hostile::cloned();
    let mut terminal = hostile.opens(None, &[], (80, 24));
    terminal.until("! not trusted");
    proves!(Trust on terminal, comes("files run and allow?"));
    terminal.types("\u{1b}");
    terminal.until_gone("files run and allow?");
    terminal.until("2 stages of flow");
    terminal.until("r asks first");
    terminal.types("r");
    terminal.until("files run and allow?");
    terminal.until("enter or y trust it and go on");
    terminal.types("y");
    terminal.until("[3 Pipeline]");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    until_it_rests(&hostile);
    all_of_a_run(&hostile);
}

#[test]
fn an_author_of_the_repositorys_is_asked_about_before_it_is_begun() {
    let hostile = Hostile::cloned();
    let said = hostile.expect(2, &["task", "new", "B002", "--defaults"]);
    assert!(said.contains("not trusted"), "{said}");
    let mut terminal = hostile.opens(None, &[], (100, 30));
    terminal.until("! not trusted");
    terminal.until("Light mode");
    terminal.types("c");
    terminal.until("files run and allow?");
    terminal.types("\u{1b}");
    terminal.until_gone("files run and allow?");
    assert!(hostile.marks().is_empty());
    terminal.types("q");
    terminal.ends();
}

#[test]
fn line_by_line_it_is_said_and_asked() {
    let hostile = Hostile::cloned();
    let mut terminal = hostile.opens(None, &["--plain"], (100, 40));
    terminal.until("Not trusted:");
    terminal.types("trust\r");
    terminal.until("files run and allow?");
    terminal.until("./evil.sh set-up");
    terminal.types("n\r");
    terminal.types("leave\r");
    terminal.ends();
    assert!(hostile.marks().is_empty());
}

#[test]
fn a_folder_of_ones_own_settings_is_trusted_unseen() {
    let hostile = Hostile::cloned();
    let line = format!("trust: ['{}']\n", hostile.home().display());
    put(&hostile.beside("person/config.yaml"), &line);
    let said = hostile.expect(0, &["trust"]);
    assert!(said.contains("your config.yaml trusts all in"), "{said}");
    hostile.run(&["run", "T001"]);
    until_it_rests(&hostile);
    all_of_a_run(&hostile);
}

#[test]
fn what_init_wrote_is_trusted_and_what_was_there_of_others_is_not() {
    let hostile = Hostile::cloned();
    std::fs::remove_dir_all(hostile.home().join("harness")).unwrap();
    hostile.expect(0, &["init"]);
    let said = hostile.expect(0, &["trust"]);
    assert!(said.contains("Trusted: digest"), "{said}");
    let other = Hostile::cloned();
    other.expect(0, &["init"]);
    other.expect(6, &["trust"]);
}
