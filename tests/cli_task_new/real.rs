//! The real Claude Code at the other end, and a model that follows a script.

use super::scene::{Scene, text};
use super::support::claude::claude;
use super::support::model::{Script, Server, Step};
use super::support::terminal::Terminal;

const QUESTIONS: &str = "Two questions first.\n\n1. **Colour** — Which one?\n   Why: there are two themes.\n   Recommended: black\n2. **Switch** — Where does it stand?\n   Recommended: in the footer\n";

const DRAFT: &str = "That is all.\n\n<<<ARTIFACT task\n# Task T000 — Dark mode\n\nStatus: Draft\nWorkflow: fix-issue — one style sheet\n\n## Summary\n\nReaders want it at night.\n\n## Scope\n\n### Out of Scope\n\n- Images.\n\n## Acceptance Criteria\n\n- AC-1: Pages are black at night. (Q1)\n- AC-2: The switch stands in the footer. (Q2)\n\n## Task Notes\n\n- One style sheet.\nARTIFACT>>>\n";

#[test]
fn questions_answers_a_kill_in_the_middle_a_draft_and_saving() {
    let Some(program) = claude() else { return };
    let scene = Scene::new();
    let settings = format!(
        "version: 1\ndefault_workflow: fix-issue\nagents:\n  - name: author\n    driver: claude\n    command: [{:?}]\n    capabilities: [author, specify, design, plan, build, review, fix]\n",
        program.display().to_string()
    );
    scene.put("harness/harness.yaml", &settings);
    let script = Script::default()
        .rule("in the footer", [Step::say(DRAFT).usage(30, 3)])
        .rule(
            "Homepage",
            [
                Step::default().read(scene.home().join("harness/backlog.md")),
                Step::say(QUESTIONS).usage(20, 2),
            ],
        );
    let server = Server::start(script);
    let user = scene.beside("home-of-user");
    std::fs::create_dir_all(&user).unwrap();
    let user = user.display().to_string();
    let variables = [
        ("ANTHROPIC_API_KEY", "sk-ant-scripted-key"),
        ("ANTHROPIC_BASE_URL", server.url()),
        ("HOME", user.as_str()),
    ];
    let open = || -> Terminal { scene.terminal_with(&["task", "new", "B010"], &variables) };

    let mut terminal = open();
    terminal.until("· Read");
    terminal.until("Q1 Colour (1 of 2)");
    terminal.until("recommended]:");
    terminal.types("\r");
    terminal.until("kept Q1: black (recommended)");
    terminal.signal(rustix::process::Signal::KILL);
    terminal.ends();
    assert!(
        scene.task("T001").contains("→ black\n"),
        "{}",
        scene.task("T001")
    );

    let mut terminal = open();
    terminal.until("goes on: 2 questions, 1 of them answered");
    terminal.until("Q2 Switch (1 of 1)");
    terminal.types("in the footer\r");
    terminal.until("every answer has its place");
    assert!(text(&terminal.raw).contains("← Q2"), "{}", terminal.shown());
    terminal.types("s\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(scene.task("T001").contains("→ in the footer (AC-2)"));
    scene.passes();
}
