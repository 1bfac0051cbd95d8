//! With the terminal.

use crate::scene::{CTRL_O, F9, at_its_run, command, commands, program};
use crate::support::project::at_the_gate;

#[test]
fn it_has_the_terminal_for_itself_and_the_screen_is_there_again() {
    let (project, run) = at_the_gate();
    let script = "stty -a | grep -q -- -icanon && echo RAW\necho \"HAS $HARNESS_RUN\"\npwd\nread line\n\
                  printf '%s\\n' \"$line\" > typed";
    let own = program(&project, "my tool", script);
    let words = [own.to_str().unwrap(), "{tree}"];
    commands(
        &project,
        &[command("ctrl-o", "tool", &words, ", terminal: true")],
    );
    let mut terminal = at_its_run(&project, (80, 24));
    let raw = terminal.line_settings();
    terminal.types(CTRL_O);
    terminal.until(&format!("HAS {run}"));
    assert!(!terminal.shown().contains("RAW"), "{}", terminal.shown());
    assert!(!terminal.screen().alternate_screen());
    assert_ne!(terminal.line_settings(), raw);
    // Every key is the program's.
    terminal.types("qqq\n");
    terminal.until("[3 Pipeline]");
    assert!(terminal.screen().alternate_screen());
    assert_eq!(terminal.line_settings(), raw);
    let tree = project.view(&run).order.tree;
    assert_eq!(
        std::fs::read_to_string(tree.join("typed")).unwrap(),
        "qqq\n"
    );
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn what_failed_or_is_to_be_read_stands_until_enter_and_is_told() {
    let (project, _) = at_the_gate();
    let fails = program(&project, "fails", "echo BROKEN; exit 7");
    let says = program(&project, "says", "echo READ ME");
    commands(
        &project,
        &[
            command(
                "ctrl-o",
                "breaks",
                &[fails.to_str().unwrap()],
                ", terminal: true",
            ),
            command(
                "f9",
                "reads",
                &[says.to_str().unwrap()],
                ", terminal: true, wait: true",
            ),
            command(
                "f10",
                "nowhere",
                &["no-such-program-here", "{run}"],
                ", terminal: true",
            ),
        ],
    );
    let mut terminal = at_its_run(&project, (100, 30));
    terminal.types(CTRL_O);
    terminal.until("breaks ended with exit code 7; press enter");
    assert!(terminal.shown().contains("BROKEN"), "{}", terminal.shown());
    terminal.types("\n");
    terminal.until("breaks: it failed");
    terminal.until("it ended with exit code 7");
    terminal.reads();
    terminal.types(" ");
    terminal.until_gone("breaks: it failed");
    let asked = terminal.printed_times(b"press enter");
    terminal.types(F9);
    terminal.until_printed(b"press enter", asked);
    terminal.until("READ ME");
    terminal.types("\n");
    terminal.until("[3 Pipeline]");
    assert!(
        !terminal.shown().contains("it failed"),
        "{}",
        terminal.shown()
    );
    terminal.types(crate::scene::F10);
    terminal.until("there is no program 'no-such-program-here' on PATH");
    assert!(
        terminal.shown().contains("no-such-program-here RUN-"),
        "{}",
        terminal.shown()
    );
    terminal.reads();
    terminal.types(" q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_terminal_that_was_left_raw_is_set_back_before_enter_is_waited_for() {
    let (project, _) = at_the_gate();
    let leaves = program(&project, "leaves", "stty raw -echo; exit 3");
    let command = command(
        "ctrl-o",
        "leaves",
        &[leaves.to_str().unwrap()],
        ", terminal: true",
    );
    commands(&project, &[command]);
    let mut terminal = at_its_run(&project, (100, 30));
    let raw = terminal.line_settings();
    terminal.types(CTRL_O);
    terminal.until("leaves ended with exit code 3; press enter");
    // A terminal sends this, and what it is set to makes a line's end of it.
    terminal.types("\r");
    terminal.until("leaves: it failed");
    assert_eq!(terminal.line_settings(), raw);
    terminal.reads();
    terminal.types(" q");
    assert_eq!(terminal.ends(), 0);
    let left = terminal.line_settings();
    assert!(left.contains("ICANON") && !raw.contains("ICANON"), "{left}");
}

#[test]
fn a_shell_that_is_killed_leaves_a_terminal_that_is_the_screens_again() {
    let (project, _) = at_the_gate();
    // It makes the terminal its own group's, and nobody undoes that.
    let words = ["bash", "--norc", "-ic", "kill -9 $$"];
    commands(
        &project,
        &[command("ctrl-o", "dies", &words, ", terminal: true")],
    );
    let mut terminal = at_its_run(&project, (100, 30));
    terminal.types(CTRL_O);
    terminal.until("press enter to go back");
    terminal.types("\r");
    terminal.until("dies: it failed");
    terminal.reads();
    terminal.types(" ");
    terminal.until_gone("dies: it failed");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
