//! The real Claude Code at the other end, and a model that follows a script.

use super::scene::{Scene, text};
use super::support::claude::claude;
use super::support::model::{Fault, Script, Server, Step};
use super::support::terminal::Terminal;
use std::time::{Duration, Instant};

const QUESTIONS: &str = "Two questions first.\n\n1. **Colour** — Which one?\n   Why: there are two themes.\n   Recommended: black\n2. **Switch** — Where does it stand?\n   Recommended: in the footer\n";

const DRAFT: &str = "That is all.\n\n<<<ARTIFACT task\n# Task T000 — Dark mode\n\nStatus: Draft\nWorkflow: fix-issue — one style sheet\n\n## Summary\n\nReaders want it at night.\n\n## Scope\n\n### Out of Scope\n\n- Images.\n\n## Acceptance Criteria\n\n- AC-1: Pages are black at night. (Q1)\n- AC-2: The switch stands in the footer. (Q2)\n\n## Task Notes\n\n- One style sheet.\nARTIFACT>>>\n";

/// A project whose author is the real program, and what it needs to find its model.
struct Real {
    scene: Scene,
    server: Server,
    user: String,
}

impl Real {
    /// `None` where it can't be had, which has been said.
    fn new(script: impl FnOnce(&Scene) -> Script) -> Option<Self> {
        let program = claude()?.display().to_string();
        let scene = Scene::new();
        let settings = format!(
            "version: 1\ndefault_workflow: fix-issue\nagents:\n  - name: author\n    driver: claude\n    command: [{program:?}]\n    capabilities: [author, specify, design, plan, build, review, fix]\nprofiles:\n  read-only: {{ writes: [], tools: [read, search, edit], network: model }}\n"
        );
        scene.put("harness/harness.yaml", &settings);
        let server = Server::start(script(&scene));
        let user = scene.beside("home-of-user");
        std::fs::create_dir_all(&user).unwrap();
        Some(Self {
            user: user.display().to_string(),
            scene,
            server,
        })
    }

    fn open(&self) -> Terminal {
        let variables = [
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key"),
            ("ANTHROPIC_BASE_URL", self.server.url()),
            ("HOME", self.user.as_str()),
        ];
        self.scene
            .terminal_with(&["task", "new", "B010"], &variables)
    }
}

#[test]
fn questions_answers_a_kill_in_the_middle_a_draft_and_saving() {
    let script = |scene: &Scene| {
        let reads = Step::default().read(scene.home().join("harness/backlog.md"));
        Script::default()
            .rule("in the footer", [Step::say(DRAFT).usage(30, 3)])
            .rule("Homepage", [reads, Step::say(QUESTIONS).usage(20, 2)])
    };
    let Some(real) = Real::new(script) else {
        return;
    };
    let scene = &real.scene;
    let mut terminal = real.open();
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

    let mut terminal = real.open();
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

#[test]
fn a_write_is_asked_for_with_its_diff_and_an_interrupt_stops_the_turn() {
    let own = |scene: &Scene| {
        let dialogues = scene.home().join(".git/harness/dialogues/T001");
        dialogues.join("home/notes.txt")
    };
    let script = |scene: &Scene| {
        Script::default()
            .rule("and then", [Step::say("Late.").fault(Fault::Stall(3), 9)])
            .rule(
                "Homepage",
                [
                    Step::default().write(own(scene), "one\ntwo\n"),
                    Step::say("Then not."),
                ],
            )
    };
    let Some(real) = Real::new(script) else {
        return;
    };
    let mut terminal = real.open();
    terminal.until("asks leave for: Write");
    terminal.until("+two");
    terminal.until("n deny (n and why):");
    terminal.types("perhaps\r");
    terminal.until("'perhaps' is none of them");
    terminal.types("n the draft comes first\r");
    terminal.until("Then not.");
    assert!(!own(&real.scene).exists());
    terminal.until("Say something to the author");
    let told = real.server.requests().pop().unwrap().tool_results();
    let (words, failed) = told.last().unwrap();
    assert!(
        *failed && words.contains("the draft comes first"),
        "{words}"
    );
    terminal.types("and then\r");
    let begun = Instant::now();
    let speaks = || {
        let last = real.server.requests().pop();
        last.is_some_and(|r| r.user_texts().join("\n").contains("and then"))
    };
    while !speaks() {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{}",
            terminal.shown()
        );
        terminal.looks_on(Duration::from_millis(50));
    }
    terminal.types("\x03");
    terminal.until("interrupting; again to leave");
    terminal.until("interrupted\n");
    terminal.types("\x03");
    assert_eq!(terminal.ends(), 6, "{}", terminal.shown());
}
