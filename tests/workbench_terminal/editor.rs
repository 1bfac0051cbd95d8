//! The hand-off to a person's own editor.

use super::{GATED, at_the_gate};
use crate::support::project::{Project, WORKS, put};
use crate::support::terminal::{Terminal, comes, proves};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// An editor that says what it was given, reads one line of what is typed, and writes it.
fn editor(project: &Project, rest: &str) -> PathBuf {
    let path = project.outside("my editor");
    let script = format!(
        "#!/bin/sh\nfor last; do :; done\nstty -a | grep -q -- -icanon && echo RAW\n\
         echo \"EDITOR HAS: $*\"\nread line\nprintf '%s\\n' \"$line\" >> \"$last\"\n{rest}\n"
    );
    put(&path, &script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn open(project: &Project, editor: &str) -> Terminal {
    let variables = [("VISUAL", ""), ("EDITOR", editor)];
    let mut terminal = Terminal::within(project, &[], (120, 35), &variables);
    terminal.until("B001");
    terminal
}

#[test]
fn the_editor_has_the_terminal_for_itself_and_what_it_wrote_is_shown() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let path = editor(&project, "");
    let mut terminal = open(&project, &format!("'{}' -x", path.display()));
    terminal.until("READY 1");
    let raw = terminal.line_settings();
    proves!(EditTask on terminal, comes("EDITOR HAS: -x /"));
    assert!(!terminal.shown().contains("RAW"), "{}", terminal.shown());
    assert!(!terminal.screen().alternate_screen());
    assert_ne!(terminal.line_settings(), raw);
    // Every key is the editor's, `q` too, and nothing of it reaches the workbench.
    terminal.types("- It quits at q.\n");
    terminal.until("3 criteria");
    assert!(terminal.screen().alternate_screen());
    assert_eq!(terminal.line_settings(), raw);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    assert!(task.ends_with("- It quits at q.\n"), "{task}");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn an_editor_that_fails_or_is_not_there_is_told_and_nothing_is_run_by_a_shell() {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    let path = editor(&project, "exit 3");
    let mut terminal = open(&project, &format!("'{}'", path.display()));
    terminal.until("READY 1");
    terminal.types("E");
    terminal.until("EDITOR HAS:");
    terminal.types("more\n");
    terminal.until("exit status: 3");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    let trap = project.outside("trap");
    let mut terminal = open(
        &project,
        &format!("no-such-editor; touch {}", trap.display()),
    );
    terminal.until("READY 1");
    terminal.types("E");
    terminal.until("can't start no-such-editor;");
    assert!(!trap.exists());
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn an_edit_at_a_gate_makes_it_ask_anew() {
    let project = Project::new();
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" }, gate: { after: \"true\" } }\n";
    let script = "cat >/dev/null; printf '<<<ARTIFACT note\\n# Note\\n\\nDark.\\nARTIFACT>>>\\n'";
    let project = project.reviewer("spec", script).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let before = project.runs()[0].run.stages[0].artifacts[0].digest.clone();
    let path = editor(&project, "");
    let mut terminal = open(&project, &format!("'{}'", path.display()));
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    // What a change of it comes to is said before; any other key leaves it.
    proves!(Edit on terminal, comes("Edit harness/artifacts/note.md?"));
    terminal.until("nothing becomes stale");
    terminal.until("Spec asks for your approval anew");
    terminal.types("n");
    terminal.until_gone("Edit harness/artifacts");
    terminal.types("e");
    terminal.until("Edit harness/artifacts/note.md?");
    terminal.types("e");
    terminal.until("EDITOR HAS: /");
    terminal.types("And calm.\n");
    let view = project.until(&run, |v| {
        v.run.stages[0].artifacts[0].digest != before && v.run.stages[0].asking.is_some()
    });
    let tree = view.order.tree.join("harness/artifacts/note.md");
    assert!(
        std::fs::read_to_string(tree)
            .unwrap()
            .ends_with("And calm.\n")
    );
    terminal.until("[3 Pipeline]");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn before_a_document_is_edited_it_is_said_what_becomes_stale() {
    let stages = "  - { id: spec, name: Spec, role: spec, produces: { note: \"harness/artifacts/note.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec], context: [note], gate: { after: \"true\" } }\n";
    let script = "cat >/dev/null; printf '<<<ARTIFACT note\\n# Note\\n\\nDark.\\nARTIFACT>>>\\n'";
    let project = Project::new()
        .reviewer("spec", script)
        .agent("build", WORKS)
        .flow(stages);
    put(
        &project.outside("user/keymap.yaml"),
        "edit: [f8]\nrerun-stale: [f7]\n",
    );
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let path = editor(&project, "");
    let mut terminal = open(&project, &format!("'{}'", path.display()));
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal.types("g\u{1b}[19~");
    terminal.until("Edit harness/artifacts/note.md?");
    terminal.until("Stale by a change of it: Build");
    terminal.until("f7 then runs that again.");
    terminal.until("Build asks for your approval anew.");
    terminal.until("enter, y or f8");
    assert_eq!(terminal.printed_times(b"EDITOR HAS"), 0);
    terminal.types("\r");
    terminal.until("EDITOR HAS: /");
    terminal.types("And calm.\n");
    // It comes to what was said.
    project.until(&run, |v| {
        v.run.is_stale(&v.run.stages[1].id) && v.run.stages[0].artifacts.len() == 1
    });
    terminal.until("[3 Pipeline]");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn what_is_typed_while_the_editor_runs_is_not_typed_at_the_workbench() {
    let (project, _) = at_the_gate();
    // It ends only when a key that would leave was typed at it, many times over.
    let path = editor(&project, "read second; read third");
    let mut terminal = open(&project, &format!("'{}'", path.display()));
    terminal.until("WAITING FOR YOU 1");
    for _ in 0..2 {
        let times = terminal.printed_times(b"EDITOR HAS");
        terminal.types("E");
        terminal.until_printed(b"EDITOR HAS", times);
        let back = terminal.printed_times(b"\x1b[?1049h");
        terminal.types("qqq\nqq\nq\n");
        terminal.until_printed(b"\x1b[?1049h", back);
        terminal.until("WAITING FOR YOU 1");
    }
    let task = project.read("harness/tasks/T001-dark-mode.md");
    assert!(task.ends_with("qqq\nqqq\n"), "{task}");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
