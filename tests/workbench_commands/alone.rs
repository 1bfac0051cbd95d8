//! Without the terminal: left alone, or waited for.

use crate::scene::{CTRL_O, F9, F10, at_its_run, comes, command, commands, program, until_there};
use crate::support::project::{Project, at_the_gate, put};
use std::fmt::Write as _;

/// A command that does its work when this file is there, and says when it is done.
fn patient(
    project: &Project,
    name: &str,
    work: &str,
) -> (String, std::path::PathBuf, std::path::PathBuf) {
    let (go, done) = (
        project.outside("go"),
        project.outside(&format!("{name}-done")),
    );
    let mut script = until_there(&go);
    write!(
        script,
        "\n{work}\necho \"$?\" > '{0}.part'; mv '{0}.part' '{0}'",
        done.display()
    )
    .unwrap();
    let own = program(project, name, &script);
    (own.to_str().unwrap().to_owned(), go, done)
}

#[test]
fn one_that_is_left_alone_outlives_the_screen_and_says_nothing_on_it() {
    let (project, _) = at_the_gate();
    let (own, go, done) = patient(
        &project,
        "alone",
        "echo OUT; echo ERR >&2; echo TTY > /dev/tty",
    );
    commands(
        &project,
        &[command("ctrl-o", "alone", &[&own, "{run}"], "")],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("alone: started");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    assert!(!done.exists());
    put(&go, "");
    // It has no terminal that it could write to.
    assert_ne!(comes(&done).trim(), "0");
    for word in ["OUT", "ERR", "TTY"] {
        assert_eq!(terminal.printed_times(format!("{word}\r").as_bytes()), 0);
    }
}

#[test]
fn one_that_is_waited_for_is_told_when_it_ends() {
    let (project, _) = at_the_gate();
    let (own, go, _) = patient(&project, "patient", "echo fine");
    commands(
        &project,
        &[command("ctrl-o", "patient", &[&own], ", wait: true")],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("patient…");
    // The screen is nobody else's meanwhile.
    terminal.types("1");
    terminal.until("[1 Backlog]");
    assert!(
        terminal.shown().contains("patient…"),
        "{}",
        terminal.shown()
    );
    put(&go, "");
    terminal.until("patient: done, ");
    terminal.until_gone("patient…");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn one_that_fails_is_shown_with_its_words_its_code_and_the_end_of_what_it_said() {
    let (project, _) = at_the_gate();
    let script = "for n in $(seq 1 9000); do echo \"row $n of many\"; done\n\
                  printf '\\033]0;pwned\\007\\033[31mred\\033[0m\\033[2J\\033[?1049l\\n'\nprintf 'last \\342\\200\\256word\\n' >&2\nexit 3";
    let own = program(&project, "fails", script);
    let own = own.to_str().unwrap();
    commands(
        &project,
        &[
            command("ctrl-o", "fails", &[own, "a b", "{run}"], ", wait: true"),
            command("f9", "nowhere", &["no-such-program-here"], ""),
            command("f10", "early", &["sh", "-c", "exit 9"], ""),
        ],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("fails: it failed");
    terminal.until("it ended with exit code 3");
    let shown = terminal.shown();
    assert!(shown.contains("'a b' RUN-"), "{shown}");
    terminal.reads();
    // Its end is gone to as in any list of lines.
    for _ in 0..6 {
        terminal.types("\u{1b}[6~");
    }
    terminal.until("what it said before is not kept");
    terminal.types("\u{1b}[5~");
    terminal.until("red");
    terminal.until("‹U+202E›word");
    assert!(
        terminal.shown().contains("row 9000 of many"),
        "{}",
        terminal.shown()
    );
    for code in [&b"pwned"[..], b"\x1b[31mred", b"\x1b[2J\x1b[?1049l"] {
        assert_eq!(terminal.printed_times(code), 0, "{code:?}");
    }
    assert!(terminal.screen().alternate_screen());
    terminal.types(" ");
    terminal.until_gone("fails: it failed");
    terminal.types(F9);
    terminal.until("nowhere: it failed");
    terminal.until("it was not started: there is no program 'no-such-program-here' on PATH");
    terminal.reads();
    terminal.types(" ");
    terminal.until_gone("nowhere: it failed");
    terminal.types(F10);
    terminal.until("early: it failed");
    terminal.until("it ended with exit code 9");
    terminal.until("what it said is not kept; with wait: true it is");
    terminal.reads();
    terminal.types(" q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn its_key_ends_one_that_is_at_work_after_a_question() {
    let (project, _) = at_the_gate();
    let (begun, trapped) = (project.outside("begun"), project.outside("trapped"));
    let script = format!(
        "trap 'echo t > \"{1}\"' TERM\n: > '{0}'\nwhile :; do sleep 0.05; done",
        begun.display(),
        trapped.display()
    );
    let own = program(&project, "deaf", &script);
    commands(
        &project,
        &[command(
            "ctrl-o",
            "deaf",
            &[own.to_str().unwrap()],
            ", wait: true",
        )],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("deaf…");
    comes(&begun);
    terminal.types(CTRL_O);
    terminal.until("End deaf?");
    terminal.types("n");
    terminal.until_gone("End deaf?");
    assert!(terminal.shown().contains("deaf…"), "{}", terminal.shown());
    terminal.types(CTRL_O);
    terminal.until("it is told to end");
    terminal.types("y");
    // It was told and did not: the next time it is killed.
    comes(&trapped);
    terminal.types(CTRL_O);
    terminal.until("it was told to end and did not");
    terminal.types("y");
    terminal.until("deaf: it ended by signal 9");
    terminal.until_gone("deaf…");
    assert!(
        !terminal.shown().contains("it failed"),
        "{}",
        terminal.shown()
    );
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn one_that_is_waited_for_goes_on_when_the_screen_is_left_however_much_it_says() {
    let (project, _) = at_the_gate();
    // More than a pipe holds: who writes to one that nobody reads stops or dies.
    let (own, go, done) = patient(&project, "much", "seq 1 200000 && seq 1 200000 >&2");
    commands(
        &project,
        &[command("ctrl-o", "much", &[&own], ", wait: true")],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("much…");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    assert!(!done.exists());
    put(&go, "");
    assert_eq!(comes(&done).trim(), "0");
}
