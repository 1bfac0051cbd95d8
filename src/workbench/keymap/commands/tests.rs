use crate::workbench::actions::Scope;
use crate::workbench::keymap::{Chord, Keymap, file};

fn read(text: &str) -> Keymap {
    file::read("keymap.yaml", text).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn faults(text: &str) -> Vec<String> {
    let faults = file::read("keymap.yaml", text).unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

/// The only fault there is.
fn fault(text: &str) -> String {
    let mut all = faults(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

/// The only fault of a command with this `run`.
fn fault_of(run: &str) -> String {
    fault(&format!("commands:\n  - {{ name: it, run: {run} }}\n"))
}

#[test]
fn a_command_is_read_with_what_it_leaves_unsaid() {
    let keymap = read(
        "find: []\nsearch: []\nfind-in-page: []\ncommands:\n  - { key: \"ctrl-o\", name: \"open in zed\", run: [\"zed\", \"{tree}\"], where: pipeline }\n  \
         - { name: tests, run: [npm, 7, true], where: [artifacts, pipeline], terminal: true, wait: true, confirm: true }\n  \
         - { key: /, name: look, run: [ls] }\n",
    );
    let [zed, tests, look] = keymap.commands() else {
        panic!("{:?}", keymap.commands());
    };
    assert_eq!(
        (zed.name.as_str(), zed.written().as_str()),
        ("open in zed", "zed {tree}")
    );
    assert_eq!((zed.terminal, zed.wait, zed.confirm), (false, false, false));
    assert_eq!(zed.places, [Scope::Pipeline]);
    assert_eq!(
        (tests.terminal, tests.wait, tests.confirm),
        (true, true, true)
    );
    assert_eq!(tests.places, [Scope::Pipeline, Scope::Artifacts]);
    assert_eq!((tests.written().as_str(), tests.key), ("npm 7 true", None));
    assert_eq!(look.places, [Scope::Everywhere]);
    let key = |key: &str| Chord::parse(key).unwrap();
    assert_eq!(keymap.command(Scope::Pipeline, key("ctrl-o")), Some(0));
    assert_eq!(keymap.command(Scope::Backlog, key("ctrl-o")), None);
    assert_eq!(keymap.command(Scope::Backlog, key("/")), Some(2));
    assert_eq!(keymap.command_named("Open in zed"), Some(0));
    assert_eq!(keymap.command_named("open-in-zed"), Some(0));
    assert_eq!(keymap.command_named("open"), None);
    assert!(read("commands:\n").commands().is_empty());
    assert!(Keymap::default().commands().is_empty());
}

#[test]
fn the_page_about_them_tells_what_is_so() {
    use crate::workbench::commands::PLACEHOLDERS;
    let page = include_str!("../../../../docs/commands-of-your-own.md");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    assert_eq!(read(example).commands().len(), 5);
    for (_, name, variable, _) in PLACEHOLDERS {
        let row = page
            .lines()
            .find(|l| l.contains(&format!("`{{{name}}}`")) && l.contains(variable));
        assert!(row.is_some(), "{name}");
    }
}

#[test]
fn what_a_command_lacks_or_knows_too_much_of_is_told_with_its_place() {
    let all = faults(
        "commands:\n  - { name: a, run: [a], wehre: pipeline }\n  - { run: [b] }\n  - { name: c }\n  \
         - { name: d, run: [d], where: pipelin }\n  - { name: e, run: [e], wait: soon }\n  - f\n  \
         - { name: g, run: [g], key: [h] }\n",
    );
    let starts = [
        "keymap.yaml:2:26: unknown key 'wehre' in a command [keymap/unknown-key]; did you mean 'where'?",
        "keymap.yaml:3:5: a command needs the key 'name' [keymap/missing-key]; add name: what it is called",
        "keymap.yaml:4:5: a command needs the key 'run' [keymap/missing-key]; add run: the program",
        "keymap.yaml:5:33: 'where' must be one of",
        "keymap.yaml:6:32: 'wait' must be",
        "keymap.yaml:7:5: 'a command' must be",
        "keymap.yaml:8:31: 'key' must be",
    ];
    assert_eq!(all.len(), starts.len(), "{all:#?}");
    for (said, start) in all.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}\n{start}");
    }
    assert!(all[3].ends_with("did you mean 'pipeline'?"), "{}", all[3]);
    assert!(fault("commands: open\n").starts_with("keymap.yaml:1:11: 'commands' must be a list"));
    assert!(fault("comands: []\n").ends_with("did you mean 'commands'?"));
    let many = format!("commands:\n{}", "  - { name: n, run: [n] }\n".repeat(101));
    let all = faults(&many);
    assert!(
        all.iter()
            .any(|f| f.starts_with("keymap.yaml:102:5: there are 101 commands"))
    );
}

#[test]
fn a_line_for_a_shell_is_refused_with_what_to_write() {
    assert_eq!(
        fault_of("'echo \"hi\"'"),
        "keymap.yaml:2:22: 'run' must be a list: the program, then its arguments [keymap/run]; write \
         run: [\"sh\", \"-c\", \"echo \\\"hi\\\"\"], or each word by itself"
    );
    assert!(fault_of("lazygit").ends_with("write run: [\"lazygit\"]"));
    for none in ["[]", "['']", "[\"\", a]"] {
        let said = fault_of(none);
        assert!(
            said.contains("'run' names no program [keymap/run]"),
            "{said}"
        );
    }
    let said = fault_of("[zed, {tree}]");
    assert!(
        said.starts_with("keymap.yaml:2:28: here is a map"),
        "{said}"
    );
    assert!(
        said.ends_with("put it in quotes, such as \"{tree}\""),
        "{said}"
    );
    assert!(fault_of("[zed, \"a\\0b\"]").contains("zero byte"));
}

#[test]
fn what_is_no_placeholder_is_told_with_the_nearest() {
    assert_eq!(
        fault_of("[zed, \"{paht}\"]"),
        "keymap.yaml:2:28: there is no placeholder {paht} [keymap/placeholder]; did you mean {path}?"
    );
    let said = fault_of("[awk, \"{print}\"]");
    assert!(said.contains("known are run, task, tree"), "{said}");
    assert!(said.ends_with("{{ and }} stand for braces"), "{said}");
    assert!(fault_of("[a, \"{path\"]").contains("opened and not closed"));
    assert!(fault_of("[a, \"path}\"]").contains("closed that was not opened"));
    let said = fault_of("[echo, \"${path}\"]");
    assert!(
        said.contains("in a script write \"$HARNESS_PATH\""),
        "{said}"
    );
}

#[test]
fn a_placeholder_in_a_script_is_refused_and_the_variable_named() {
    let said = fault_of("[sh, -c, \"cat {path}\"]");
    assert_eq!(
        said,
        "keymap.yaml:2:31: 'cat {path}' is read as a script: a value put into it could run as a part of \
         it [keymap/injection]; write \"$HARNESS_PATH\" there, in quotes, for a shell: [\"sh\", \"-c\", …]"
    );
    assert!(fault_of("[env, A=1, /bin/bash, -lc, \"{run}\"]").contains("\"$HARNESS_RUN\""));
    assert!(fault_of("[python3, \"-cprint('{line}')\"]").contains("keymap/injection"));
    let said = fault_of("[zed, \"my {path}\"]");
    assert!(
        said.starts_with("keymap.yaml:2:28: in 'my {path}' a value could be taken for a part"),
        "{said}"
    );
    // What stands after the script is the script's own words.
    read(
        "commands:\n  - { name: it, run: [sh, -c, 'cat \"$1\" \"$HARNESS_PATH\"', sh, \"{path}\"] }\n",
    );
}

#[test]
fn a_name_is_one_that_can_be_shown_and_said() {
    for (name, wanted) in [
        ("\"a\\e[31mb\"", "control characters"),
        ("\"a\\u202eb\"", "control characters"),
        ("\"a\\nb\"", "control characters"),
        ("\"  \"", "the name is empty"),
        ("Approve", "is the name of an action"),
        ("quit", "is the name of an action"),
        ("12", "is the name of a number"),
    ] {
        let said = fault(&format!("commands:\n  - {{ name: {name}, run: [a] }}\n"));
        assert!(
            said.starts_with("keymap.yaml:2:13: ") && said.contains(wanted),
            "{said}"
        );
    }
    let long = "x".repeat(61);
    assert!(fault(&format!("commands: [{{ name: {long}, run: [a] }}]")).contains("more than 60"));
    let twice = "commands:\n  - { name: open it, run: [a] }\n  - { name: Open-It, run: [b] }\n";
    assert!(fault(twice).starts_with(
        "keymap.yaml:3:13: there is another command 'Open-It' at keymap.yaml:2:13 [keymap/name]"
    ));
}

#[test]
fn a_key_is_one_commands_alone_and_taken_from_an_action_only_by_freeing_it() {
    let all = faults(
        "commands:\n  - { key: j, name: a, run: [a], where: backlog }\n  - { key: qq, name: b, run: [b] }\n  \
         - { key: s, name: c, run: [c], where: [dialogue] }\n",
    );
    let starts = [
        "keymap.yaml:2:12: the key j is given to 'a' here and is down's own [keymap/conflict]; choose \
         another key, or leave down the others: down: [down]",
        "keymap.yaml:3:12: 'qq' is no key",
        "keymap.yaml:4:12: the key s is given to 'c' here and is save's own [keymap/conflict]; choose \
         another key, or free it: save: []",
    ];
    assert_eq!(all.len(), starts.len(), "{all:#?}");
    for (said, start) in all.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}\n{start}");
    }
    // Each action that has the key somewhere where the command is had.
    let all = faults("commands: [{ key: /, name: look, run: [ls] }]");
    let owners: Vec<bool> = ["find's own", "search's own", "find-in-page's own"]
        .iter()
        .map(|owner| all.iter().any(|fault| fault.contains(owner)))
        .collect();
    assert_eq!((owners, all.len()), (vec![true; 3], 3), "{all:#?}");
    // A search's key is an action's too, and so is one that this file gives.
    let searched = fault("commands: [{ key: N, name: a, run: [a], where: artifacts }]");
    assert!(searched.contains("hit-before's own"), "{searched}");
    let given = fault("help: [f9]\ncommands: [{ key: f9, name: a, run: [a] }]\n");
    assert!(
        given.starts_with(
            "keymap.yaml:2:19: the key f9 is given to 'a' here and to help at keymap.yaml:1:8"
        ),
        "{given}"
    );
    let two = "commands:\n  - { key: f9, name: a, run: [a], where: pipeline }\n  \
               - { key: f9, name: b, run: [b], where: [backlog, pipeline] }\n";
    assert!(fault(two).starts_with(
        "keymap.yaml:3:12: the key f9 is given to 'b' here and to 'a' at keymap.yaml:2:12"
    ));
    // In views that are never there together it may be two commands', and a freed one is free.
    read(
        "save: []\ncommands:\n  - { key: f9, name: a, run: [a], where: pipeline }\n  \
          - { key: f9, name: b, run: [b], where: backlog }\n  - { key: s, name: c, run: [c], where: dialogue }\n",
    );
    let sort = "commands: [{ key: s, name: a, run: [a], where: artifacts }]";
    assert_eq!(
        read(sort).command(Scope::Artifacts, Chord::parse("s").unwrap()),
        Some(0)
    );
    let out = fault("leave: []\ninterrupt: []\ncommands: [{ key: q, name: a, run: [a] }]\n");
    assert!(out.contains("nothing would leave the screen"), "{out}");
}
