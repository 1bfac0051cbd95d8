use super::*;

fn said(powers: &[Power]) -> Vec<String> {
    let line = |p: &Power| format!("{}: {} = {}", p.line, p.what, p.text);
    powers.iter().map(line).collect()
}

#[test]
fn of_settings_all_counts_that_runs_or_opens_something() {
    let text = "version: 1\nagents:\n  - { name: a, driver: command, command: [./tool, --go], env: [KEY] }\n  - { name: b, driver: claude, model: opus }\n\
        approvals: { by_edit: false }\nprofiles:\n  docs: { writes: [\"docs/**\"], network: open, mcp: [figma] }\n\
        tree:\n  path: ../trees\n  setup: [npm ci, { run: [make, all], timeout: 3m, name: Make }]\n  copy: \".env*\"\n  link: [node_modules]\n\
        sandbox: \"off\"\non: { gate: ./tell, blocked: { run: ./cry } }\nbudget: { tokens: 3 }\n";
    assert_eq!(
        said(&of_settings("harness/harness.yaml", text)),
        [
            "3: agent a, command = [\"./tool\",\"--go\"]",
            "3: agent a, env = [\"KEY\"]",
            "5: approvals = {\"by_edit\":\"false\"}",
            "7: profile docs, writes = [\"docs/**\"]",
            "7: profile docs, network = open",
            "7: profile docs, mcp = [\"figma\"]",
            "9: folder of the trees = ../trees",
            "10: set-up = npm ci",
            "10: set-up = [\"make\",\"all\"]",
            "11: tree, copy = .env*",
            "12: tree, link = [\"node_modules\"]",
            "13: sandbox = off",
            "14: on gate = ./tell",
            "14: on blocked = ./cry",
        ]
    );
}

#[test]
fn what_a_person_works_with_is_a_command_as_the_agents_own_is() {
    let text = "agents: [{ name: a, driver: command, command: [./tool], interactive: [./desk], env: [KEY] }]\n";
    let powers = of_settings("harness/harness.yaml", text);
    let which: Vec<(&str, bool)> = powers
        .iter()
        .map(|p| (p.what.as_str(), p.is_command()))
        .collect();
    assert_eq!(
        which,
        [
            ("agent a, command", true),
            ("agent a, interactive", true),
            ("agent a, env", false),
        ]
    );
}

#[test]
fn of_a_workflow_all_counts_that_runs_or_opens_something() {
    let text = "name: flow\nvars: { goal: \"rm -rf x\" }\nprecondition: { run: ./ready }\nstages:\n\
        - id: build\n  role: build\n  context: [task, { files: \"*.md\" }, { command: git log, timeout: 3s }]\n\
        \x20 checks:\n    - cargo test\n    - { run: [./lint], name: Lint, caches: [~/.cache] }\n  writes: \"src/**\"\n  precondition: \"true\"\n\
        - { id: go, run: ./go.sh, env: [TOKEN] }\n- { role: qa, profile: workspace }\n";
    assert_eq!(
        said(&of_workflow("w.yaml", text)),
        [
            "2: variable goal = rm -rf x",
            "3: precondition = ./ready",
            "6: stage build, role = build",
            "7: stage build, context = git log",
            "9: stage build, check = cargo test",
            "10: stage build, check = [\"./lint\"]",
            "10: stage build, check, caches = [\"~/.cache\"]",
            "11: stage build, writes = src/**",
            "13: stage go, command = ./go.sh",
            "13: stage go, env = [\"TOKEN\"]",
            "14: stage 3, role = qa",
            "14: stage 3, profile = workspace",
        ]
    );
}

#[test]
fn what_a_stage_produces_counts_where_it_is_no_paper_of_the_harness() {
    let of = |produces: &str| {
        let text = format!("stages: [{{ id: a, produces: {produces} }}]\n");
        said(&of_workflow("w.yaml", &text)).len()
    };
    assert_eq!(of("{ spec: harness/artifacts/specs/x.md }"), 0);
    assert_eq!(
        of("{ spec: { path: harness/artifacts/x.md, from: answer } }"),
        0
    );
    assert_eq!(of("{ spec: harness/artifacts/../../.husky/pre-commit }"), 1);
    assert_eq!(
        of("{ a: harness/artifacts/x.md, b: .github/workflows/x.yml }"),
        1
    );
    assert_eq!(of("{ spec: { path: docs/x.md } }"), 1);
}

#[test]
fn roles_count_by_their_profile_and_what_is_copied_by_its_patterns() {
    let role = "---\ncapability: build\nprofile: workspace\n---\nprofile: none\n";
    let found = of_role("r.md", role, Some("workspace"));
    assert_eq!(said(&found), ["3: profile of the role = workspace"]);
    assert_eq!(of_role("r.md", "Build.\n", None), []);
    let found = of_included(".worktreeinclude", "# mine\n\n.env\n");
    assert_eq!(said(&found), ["3: copied into trees = .env"]);
}

/// Every key of the tables either counts or stands in a list: a new one counts by itself, and is
/// shown.
#[test]
fn a_key_that_nobody_knows_counts() {
    let found = of_settings("s", "fresh: { x: 1 }\nagents: [{ name: a, shell: zsh }]\n");
    assert_eq!(
        said(&found),
        ["1: fresh = {\"x\":\"1\"}", "2: agent a, shell = zsh"]
    );
    let found = of_workflow(
        "w",
        "stages: [{ id: a, context: [{ url: \"http://x\" }], as: root }]\n",
    );
    assert_eq!(
        said(&found),
        [
            "1: stage a, context, url = http://x",
            "1: stage a, as = root"
        ]
    );
}

#[test]
fn the_lists_hold_keys_that_there_are() {
    use crate::documents::settings::keys as settings;
    use crate::documents::workflow::keys as workflow;
    let known = |shape: &crate::documents::yaml::shape::Shape, list: &[&str]| {
        for key in list {
            let there = shape.fields.iter().any(|f| f.name == *key);
            assert!(there, "{} has no key {key}", shape.what);
        }
    };
    known(&settings::SETTINGS, &SETTINGS);
    known(&workflow::WORKFLOW, &WORKFLOW);
}

#[test]
fn the_digest_counts_what_is_run_and_neither_its_line_nor_a_comment() {
    let of = |text: &str| digest(&of_settings("h.yaml", text));
    let first = of("tree: { setup: [npm ci] }\nsandbox: \"off\"\n");
    assert_eq!(
        first,
        of("# a comment\nsandbox: \"off\"\nbudget: { tokens: 9 }\ntree:\n  setup:\n  - npm ci\n")
    );
    assert_ne!(first, of("tree: { setup: [npm  ci] }\nsandbox: \"off\"\n"));
    assert_ne!(first, of("tree: { setup: [[npm ci]] }\nsandbox: \"off\"\n"));
    // A text that looks like a list is no list.
    assert_ne!(
        of("tree: { setup: ['[\"npm ci\"]'] }\n"),
        of("tree: { setup: [[npm ci]] }\n")
    );
}

#[test]
fn a_change_has_both_sides_where_both_are_there() {
    let was = of_settings("h.yaml", "tree: { setup: [a, b] }\nsandbox: \"off\"\n");
    let now = of_settings("h.yaml", "# x\ntree: { setup: [b, c] }\non: { gate: d }\n");
    let told: Vec<_> = changes(&was, &now)
        .into_iter()
        .map(|c| (c.was.map(|p| p.text), c.now.map(|p| p.text)))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        told,
        [
            (some("a"), some("c")),
            (None, some("d")),
            (some("off"), None)
        ]
    );
    assert_eq!(changes(&was, &was), []);
}

#[test]
fn nothing_of_a_command_is_hidden_by_what_it_holds() {
    use crate::text::SafeText;
    let hides = "npm ci \u{1b}]0;curl x|sh\u{7}\r\u{9d}9;y\n\tmore";
    let power = Power {
        file: "f".to_owned(),
        what: "agent \u{1b}]0;\n".to_owned(),
        text: hides.to_owned(),
        line: 1,
    };
    let shown = power.shown();
    let wanted = "npm ci ‹U+001B›]0;curl x|sh‹U+0007›‹U+000D›‹U+009D›9;y\n    more";
    assert_eq!(SafeText::block(&shown.text).as_str(), wanted);
    assert_eq!(
        SafeText::line(&shown.what).as_str(),
        "agent ‹U+001B›]0;‹U+000A›"
    );
    // What is trusted is what is run.
    assert_ne!(
        digest(std::slice::from_ref(&power)),
        digest(&[power.shown()])
    );
}
