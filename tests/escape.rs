//! Hostile text in everything that comes from outside, through every view and every command: none
//! of it reaches the terminal as anything but text.

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

#[path = "escape/payloads.rs"]
mod payloads;
mod support;
#[path = "escape/watch.rs"]
mod watch;

use payloads::{all, as_lines, in_one_line};
use std::time::Duration;
use support::project::Project;
use support::terminal::Terminal;
use watch::only_ours;

/// The name of a branch: git takes no control characters, but it takes these.
const BRANCH: &str = "seen\u{202e}niam\u{200b}\u{9b}31m";
const FLOW: &str = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], context: [note], checks: [{ run: \"cat .hostile\" }], gate: { after: \"true\" } }\n";

/// A project in which everything that can hold text holds hostile text; its one run waits.
fn hostile() -> (Project, String) {
    let project = Project::new();
    let hostile = project.outside("hostile");
    std::fs::write(&hostile, as_lines()).unwrap();
    let name = "seen \u{1b}]52;c;cHduZWQ=\u{7}\u{9b}2J\u{202e}.txt";
    std::fs::write(project.outside("name"), name).unwrap();
    let (hostile, name) = (hostile.display(), project.outside("name"));
    let answers = format!(
        "cat >/dev/null; cat '{hostile}'; printf '<<<ARTIFACT note\\n# Note seen\\n\\n'; cat '{hostile}'; printf '\\nARTIFACT>>>\\n'"
    );
    let works = format!(
        "cat >/dev/null; cat '{hostile}'; cp '{hostile}' \"$(cat '{}')\"; echo dark >> page.txt",
        name.display()
    );
    std::fs::copy(project.outside("hostile"), project.home().join(".hostile")).unwrap();
    let mut backlog = project.read("harness/backlog.md");
    let mut task = project.read("harness/tasks/T001-dark-mode.md");
    for (n, some) in all().chunks(8).enumerate() {
        let text = in_one_line(some);
        backlog.push_str(&format!(
            "\n### B{} - Seen {text}\n\n**Status:** Planned {text}\n**Summary:** {text} seen\n",
            100 + n
        ));
        task.push_str(&format!("- It is seen {text}\n"));
    }
    project.put("harness/backlog.md", &backlog);
    let title = in_one_line(&all()[..6]);
    let task = task.replace(
        "# Task T001 — Dark mode",
        &format!("# Task T001 — Seen {title}"),
    );
    project.put("harness/tasks/T001-dark-mode.md", &task);
    let escaped = "seen \\e]52;c;cHduZWQ=\\a\\x9b2J\\u202e";
    project.put(
        "harness/workflows/hostile.yaml",
        &format!("name: hostile\ndescription: \"{escaped}\"\ntask: none\nstages:\n  - {{ id: a, name: \"{escaped}\", run: [\"echo\", \"{escaped}\"] }}\n"),
    );
    project.put(
        "harness/roles/odd.md",
        &format!("---\ncapability: odd\nagent: \"{escaped}\"\n---\nYou are {title}.\n"),
    );
    let project = project
        .reviewer("spec", &answers)
        .agent("build", &works)
        .flow(FLOW);
    project.git(&["checkout", "-q", "-b", BRANCH]);
    let ran = project.run(&["run", "T001"]);
    only_ours(ran.out.as_bytes(), "run");
    only_ours(ran.err.as_bytes(), "run, its errors");
    assert_eq!(ran.code, 6, "{}\n{}", ran.out, ran.err);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

#[test]
fn there_are_more_than_a_hundred_and_the_watch_sees_each_that_acts() {
    assert!(all().len() >= 100, "{}", all().len());
    let told = |bytes: &[u8]| std::panic::catch_unwind(|| only_ours(bytes, "it")).is_err();
    assert!(!told("plain \u{1b}[31mred\u{1b}[0m\r\n".as_bytes()));
    let missed: Vec<_> = all()
        .into_iter()
        .filter(|payload| !told(payload))
        .map(|payload| String::from_utf8_lossy(&payload).escape_debug().to_string())
        .collect();
    assert!(missed.is_empty(), "not seen: {missed:#?}");
}

#[test]
fn no_command_lets_it_through() {
    let (project, run) = hostile();
    let stage = [run.as_str(), "spec"];
    let commands: [&[&str]; 14] = [
        &["status"],
        &["status", &run],
        &["status", "--all"],
        &["why", &run],
        &["why", stage[0], stage[1]],
        &["logs", &run],
        &["logs", &run, "spec"],
        &["logs", &run, "build"],
        &["list", "workflows"],
        &["list", "roles"],
        &["list", "agents"],
        &["check"],
        &["run", "T001", "--dry-run", "--new"],
        &["doctor"],
    ];
    for command in commands {
        let what = command.join(" ");
        let mut terminal = Terminal::sized(&project, command, 120, 35);
        terminal.ends();
        only_ours(&terminal.raw, &what);
        let mut command = command.to_vec();
        command.insert(0, "--json");
        let ran = project.run(&command);
        only_ours(ran.out.as_bytes(), &format!("{what} as JSON"));
    }
    for command in [["approve", &run], ["reject", &run], ["land", &run]] {
        let mut terminal = Terminal::sized(&project, &command, 120, 35);
        terminal.looks_on(Duration::from_secs(2));
        terminal.types("no\n\u{3}\u{3}");
        terminal.ends();
        only_ours(&terminal.raw, &command.join(" "));
    }
    // It was there to be seen.
    let mut terminal = Terminal::sized(&project, &["logs", &run], 120, 35);
    terminal.ends();
    assert!(String::from_utf8_lossy(&terminal.raw).contains("seen"));
}

#[test]
fn no_view_lets_it_through() {
    let (project, _) = hostile();
    for (columns, rows) in [(80, 24), (160, 45)] {
        let mut terminal = Terminal::sized(&project, &[], columns, rows);
        terminal.until("WAITING FOR YOU 1");
        for keys in [
            "G", "g", "w", "\u{1b}", "a", "n", "e", "\u{1b}", "/", "seen\r", "\u{1b}", "G", "\r",
            "g", "\r", "3", "\t", "g", "\r", "\u{1b}", "jjj", "\r", "\u{1b}", "G", "z", "z", "w",
            "\u{1b}", "\u{1b}", "4", "jjj", "\t", "G", "g", "t", "t", "v", "\t", "jj", "]", "]",
            "4", "1", "?", "seen", "\u{1b}", ":", "\u{1b}", "\u{c}",
        ] {
            terminal.types(keys);
            terminal.looks_on(Duration::from_millis(90));
        }
        // The same through the documents, one after the other.
        terminal.types("!4");
        for _ in 0..10 {
            terminal.types("\u{1b}j\r");
            terminal.looks_on(Duration::from_millis(60));
            terminal.types("G");
            terminal.looks_on(Duration::from_millis(60));
        }
        terminal.signal(rustix::process::Signal::TERM);
        assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
        only_ours(&terminal.raw, &format!("the views at {columns}x{rows}"));
        assert!(String::from_utf8_lossy(&terminal.raw).contains("Seen"));
    }
}
