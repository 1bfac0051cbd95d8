//! How they are had: help, palette, a question first; and what is wrong with the file.

use crate::scene::{CTRL_O, F9, F10, at_its_run, comes, command, commands, dump, program};
use crate::support::project::{at_the_gate, put};
use crate::support::terminal::Terminal;

#[test]
fn a_question_shows_the_very_words_first() {
    let (project, run) = at_the_gate();
    let (own, out) = dump(&project);
    let own = own.to_str().unwrap();
    commands(
        &project,
        &[command(
            "ctrl-o",
            "careful",
            &[own, "a  b", "{run}"],
            ", confirm: true",
        )],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("Run careful?");
    let shown = terminal.shown();
    assert!(shown.contains("'a  b'") && shown.contains(&run), "{shown}");
    terminal.types("n");
    terminal.until_gone("Run careful?");
    assert!(!out.exists());
    terminal.types(CTRL_O);
    terminal.until("Run careful?");
    terminal.types("y");
    terminal.until("careful: started");
    assert!(comes(&out).starts_with(&format!("[a  b]\n[{run}]\n")));
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn one_without_a_key_is_had_from_the_palette_and_a_freed_key_is_the_commands() {
    let (project, _) = at_the_gate();
    let (own, out) = dump(&project);
    let own = serde_json::to_string(own.to_str().unwrap()).unwrap();
    let text = format!(
        "why: []\ncommands:\n  - {{ name: \"dump it\", run: [{own}, palette] }}\n  \
         - {{ key: w, name: \"by w\", run: [{own}, key], where: [pipeline, artifacts] }}\n"
    );
    put(&project.outside("user/keymap.yaml"), &text);
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(":dump it");
    terminal.until("dump it▏");
    terminal.until("1 action ");
    terminal.types("\r");
    terminal.until("dump it: started");
    assert!(comes(&out).starts_with("[palette]\n"));
    std::fs::remove_file(&out).unwrap();
    terminal.types("w");
    terminal.until("by w: started");
    assert!(comes(&out).starts_with("[key]\n"));
    // Elsewhere the key is nobody's, and the palette says where the command is had.
    terminal.types("1");
    terminal.until("[1 Backlog]");
    terminal.types(":by w");
    terminal.until("(works in the pipeline, among the documents)");
    terminal.types("\u{1b}");
    terminal.until_gone("(works in");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_fault_is_told_at_the_opening_and_none_of_the_commands_counts() {
    let (project, _) = at_the_gate();
    let text = "commands:\n  - { key: \"ctrl-o\", name: zzgood, run: [true] }\n  \
                - { key: q, name: bad, run: \"ls -l\" }\n";
    put(&project.outside("user/keymap.yaml"), text);
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("Your settings");
    terminal.until("keymap.yaml:3:31: 'run' must be a list");
    terminal.until("the key q is given to 'bad' here and is leave's own");
    terminal.until("write run: [\"sh\", \"-c\", \"ls -l\"]");
    terminal.types(" ");
    terminal.until_gone("Your settings");
    terminal.types("?zzgood");
    terminal.until("0 actions");
    terminal.types("\u{1b}");
    terminal.until_gone("0 actions");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn keys_lists_them_with_what_they_run() {
    let (project, _) = at_the_gate();
    commands(
        &project,
        &[command(
            "ctrl-o",
            "open in zed",
            &["zed", "{tree}"],
            ", where: pipeline, wait: true",
        )],
    );
    let listed = project.expect(0, &["keys"]).out;
    let row = listed.lines().find(|l| l.contains("open in zed")).unwrap();
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>().join(" "),
        "ctrl-o open in zed Runs zed {tree}; its end is told (in the pipeline)"
    );
    assert!(listed.contains("\nYours\n"), "{listed}");
    let json = project.expect(0, &["keys", "--json"]).out;
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(last["type"], "command");
    assert_eq!(last["keys"], serde_json::json!(["ctrl-o"]));
    let runs = serde_json::json!({
        "run": ["zed", "{tree}"], "terminal": false, "wait": true, "confirm": false,
    });
    assert_eq!(last["runs"], runs);
    assert!(
        !project
            .expect(0, &["keys", "--default"])
            .out
            .contains("zed")
    );
}

#[test]
fn where_the_runs_tree_is_gone_nothing_runs_elsewhere() {
    let (project, run) = at_the_gate();
    let marks = program(&project, "marks", "touch mark");
    let marks = marks.to_str().unwrap();
    commands(
        &project,
        &[
            command("ctrl-o", "asked", &[marks], ", confirm: true"),
            command("f9", "alone", &[marks], ""),
            command("f10", "lent", &[marks], ", terminal: true"),
        ],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    let tree = project.view(&run).order.tree;
    std::fs::remove_dir_all(&tree).unwrap();
    terminal.types(CTRL_O);
    terminal.until("Run asked?");
    assert!(terminal.shown().contains(&run), "{}", terminal.shown());
    terminal.types("y");
    for (name, next) in [("asked", F9), ("alone", F10), ("lent", "q")] {
        terminal.until(&format!("{name}: it failed"));
        terminal.until("the run's tree is gone");
        terminal.reads();
        terminal.types(" ");
        terminal.until_gone("it failed");
        terminal.types(next);
    }
    assert_eq!(terminal.ends(), 0);
    assert!(!project.home().join("mark").exists() && !tree.exists());
}
