//! Why, in the same six lines wherever it is told.

use super::five_tasks;
use crate::support::drive::report;
use crate::support::project::Project;
use crate::support::terminal::Terminal;
use harness_tui::records::why;
use serde_json::Value;

/// The words that lead the lines.
const WORDS: [&str; 6] = ["What", "Evidence", "Tried", "Kept", "Key", "Command"];

/// The lines of a text that begin so, by their words.
fn six(text: &str) -> Vec<(String, String)> {
    let found = WORDS.iter().map(|word| {
        let lead = format!("{word}:");
        let line = text
            .lines()
            .rev()
            .find(|l| l.trim_start().starts_with(&lead));
        let line = line.unwrap_or_else(|| panic!("no line '{lead}' in\n{text}"));
        let line = line.trim_start().strip_prefix(&lead).unwrap();
        ((*word).to_owned(), line.trim().to_owned())
    });
    found.collect()
}

fn of_json(why: &Value) -> Vec<(String, String)> {
    let text = |word: &&str| {
        let text = why[word.to_lowercase()].as_str().unwrap();
        ((*word).to_owned(), text.to_owned())
    };
    WORDS.iter().map(text).collect()
}

/// Without the line that names keys: those are of whoever reads it.
fn but_keys(lines: Vec<(String, String)>) -> Vec<(String, String)> {
    lines
        .into_iter()
        .filter(|(word, _)| word != "Key")
        .collect()
}

fn object(project: &Project, args: &[&str], kind: &str) -> Value {
    let ran = project.expect(0, args);
    let objects = ran
        .out
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    { objects }.find(|o| o["type"] == kind).unwrap()
}

#[test]
fn a_blocked_run_is_explained_by_the_same_six_lines_in_every_place() {
    let project = five_tasks();
    let ended = project.expect(3, &["run", "T003"]);
    let view = &project.runs()[0];
    let run = view.order.run.to_string();
    let wanted = six(&project.expect(0, &["why", &run]).out);
    assert_eq!(wanted[0].1, format!("{run}: blocked; Build: blocked"));
    assert!(wanted[1].1.contains("[no_change]"), "{wanted:?}");
    // Where the same person's keys are known, to the byte.
    for (place, lines) in [
        ("the exit message", six(&ended.out)),
        (
            "status of the run",
            six(&project.expect(0, &["status", &run]).out),
        ),
        (
            "why --json",
            of_json(&object(&project, &["why", &run, "--json"], "why")["why"]),
        ),
        (
            "status --json",
            of_json(&object(&project, &["status", "--json"], "run")["why"]),
        ),
        (
            "status of the run, --json",
            of_json(&object(&project, &["status", &run, "--json"], "run")["why"]),
        ),
    ] {
        assert_eq!(lines, wanted, "{place}");
    }
    let wanted = but_keys(wanted);
    assert_eq!(but_keys(six(&report(view))), wanted, "the report");
    let told = why::lines(view, None).map(|(word, text)| (word.to_owned(), text));
    assert_eq!(but_keys(told.to_vec()), wanted, "notifications");
    // On the screen, wide enough for each line to be one.
    let mut terminal = Terminal::sized(&project, &[], 200, 60);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("w");
    terminal.until("Command");
    let shown = terminal.shown();
    let flat: String = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for (word, text) in &wanted {
        let text: Vec<&str> = text.split_whitespace().collect();
        // A long line goes on in the next row, whose frame stands between.
        let head = text[..text.len().min(8)].join(" ");
        assert!(flat.contains(&head), "{word}: {head}\n{shown}");
    }
    terminal.types("\u{1b}");
    terminal.until_gone("Command");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    let mut plain = project.command(&["--plain"]);
    plain.stdin(std::process::Stdio::piped());
    let mut plain = plain.spawn().unwrap();
    std::io::Write::write_all(plain.stdin.as_mut().unwrap(), b"lines all\nwhy\nquit\n").unwrap();
    let said = plain.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for (_, text) in &wanted {
        assert!(said.contains(text.as_str()), "{text}\n{said}");
    }
}
