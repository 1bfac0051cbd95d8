//! The same line by line.

use crate::scene::{comes, command, commands, dump, program};
use crate::support::lines::{in_order, said};
use crate::support::project::{at_the_gate, put};
use crate::support::terminal::Terminal;

#[test]
fn they_are_had_by_their_names_and_told_as_elsewhere() {
    let (project, run) = at_the_gate();
    let (own, out) = dump(&project);
    let own = own.to_str().unwrap();
    let fails = program(&project, "fails", "echo no good; exit 4");
    commands(
        &project,
        &[
            command("ctrl-o", "dump it", &[own, "{run}"], ", where: pipeline"),
            command("f9", "breaks", &[fails.to_str().unwrap()], ", wait: true"),
            command("f10", "shows", &["true"], ", terminal: true"),
            command("f8", "sure", &[own, "sure"], ", confirm: true"),
        ],
    );
    let text = said(
        &project,
        "lines all\nhelp dump it\ndump it\n1\ndump-it\nbreaks\nshows\nhelp\nbreak\n",
    );
    in_order(
        &text,
        &[
            "dump-it: yours. Runs ",
            "Not now: works in the pipeline.",
            "Dump it: works in the pipeline.",
            "Dump it: started.",
            "breaks: it failed:",
            "what: it ended with exit code 4",
            "said: no good",
            "shows: it failed:",
            "it gets the terminal, and there is none here",
            "breaks: yours. Runs ",
            "There is no word 'break' here. Did you mean breaks?",
        ],
    );
    assert!(comes(&out).starts_with(&format!("[{run}]\n")));
    std::fs::remove_file(&out).unwrap();
    let text = said(&project, "sure\nno\nsure\nyes\n");
    in_order(
        &text,
        &[
            "Run sure?",
            "Type yes to run it",
            "Left as it is.",
            "Ordered.",
            "Sure: started.",
        ],
    );
    assert!(comes(&out).starts_with("[sure]\n"));
    put(
        &project.outside("user/keymap.yaml"),
        "commands: [{ name: zz, run: b }]\n",
    );
    let text = said(&project, "zz\n");
    in_order(
        &text,
        &[
            "Your settings:",
            "'run' must be a list",
            "There is no word 'zz' here",
        ],
    );
}

#[test]
fn one_has_the_terminal_between_two_lines() {
    let (project, _) = at_the_gate();
    let own = program(
        &project,
        "asks",
        "echo WHAT?; read line; echo \"GOT $line\"; exit 5",
    );
    commands(
        &project,
        &[command(
            "f9",
            "asks",
            &[own.to_str().unwrap()],
            ", terminal: true",
        )],
    );
    let mut terminal = Terminal::sized(&project, &["--plain"], 100, 40);
    terminal.until("help lists the words");
    terminal.types("asks\n");
    terminal.until("WHAT?");
    terminal.types("quit\n");
    terminal.until("GOT quit");
    terminal.until("press enter to go back");
    terminal.types("\n");
    terminal.until("what: it ended with exit code 5");
    terminal.types("quit\n");
    assert_eq!(terminal.ends(), 0);
}
