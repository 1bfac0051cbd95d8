//! A result is talked about and its task changed: what rests on the task as it was is said, one key
//! runs only that again, and what was made before stays to be compared with.

use super::scene::{Author, leave, open};
use super::support::drive::{last, stage};
use super::support::project::Project;
use super::support::talking::with_author;
use super::support::terminal::Terminal;
use harness_tui::records::runs::RunView;
use harness_tui::terms::RunState;
use std::path::PathBuf;

const TASK: &str = "harness/tasks/T001-dark-mode.md";

/// The whole task as the author hands it over, with this first criterion.
fn draft(criterion: &str) -> String {
    format!(
        "Here it is.\n\n<<<ARTIFACT task\n# Task T001 — Dark mode\n\nStatus: Draft\n\n## Summary\n\nReaders want it at night.\n\n## Scope\n\n### Out of Scope\n\n- Images.\n\n## Acceptance Criteria\n\n- {criterion}\n- It stays dark.\n\n## Task Notes\n\n- One page.\nARTIFACT>>>\n"
    )
}

/// A project with an author, and a run whose first stage is a command that reads no task.
struct Scene {
    project: Project,
    author: Author,
}

impl Scene {
    /// The build does as its prompt says; this is what more the workflow says of it, and its stages
    /// after it.
    fn new(more: &str, after: &str) -> Self {
        let project = Project::new();
        let prompts = project.outside("prompts");
        let builds = format!(
            "prompt=$(cat); echo prompt >> '{}'\ncase $prompt in *'at night only'*) echo night >> page.txt ;; *) echo dark >> page.txt ;; esac\necho done",
            prompts.display()
        );
        let project = project.agent("build", &builds);
        let prepared = project.outside("prepared");
        let flow = format!(
            "  - {{ id: prepare, name: Prepare, run: \"echo once >> '{}'\", writes: [] }}\n  - {{ id: build, name: Build, role: build, depends_on: [prepare]{more} }}\n{after}",
            prepared.display()
        );
        let author = Author::of(&project);
        let settings = author.settings.clone();
        Self {
            project: with_author(project, &flow, &settings),
            author,
        }
    }

    fn lines(&self, name: &str) -> usize {
        let path: PathBuf = self.project.outside(name);
        std::fs::read_to_string(path).unwrap().lines().count()
    }

    /// What the author is told first, in the pane of its first run.
    fn revises(&self, terminal: &mut Terminal, wish: &str) {
        terminal.until("[2 Dialogue]");
        terminal.until("revised");
        terminal.until("── to scripted");
        self.author.says(&draft("It is dark at night only."));
        terminal.types(&format!("{wish}\r"));
        terminal.until("a draft of the task");
        terminal.until("▲ saving makes stale in RUN-");
        let run = last(&self.project).order.run.to_string();
        // The result is before the author: where it stands, the task, what was changed.
        let told = self.author.heard().join("\n");
        let stands = format!("where the run {run} stands");
        for word in [stands.as_str(), "It is dark.", "+dark", wish] {
            assert!(told.contains(word), "{word}\n{told}");
        }
        // The task's change.
        terminal.types("v");
        terminal.until("against the file");
        terminal.until("It is dark at night only.");
        terminal.until("- - It is dark.");
        terminal.until("+ - AC-1: It is dark at night only.");
    }

    /// Saves it: what is stale stands there with the one key, which is pressed.
    fn saves_and_runs_again(&self, terminal: &mut Terminal) {
        terminal.types("s");
        terminal.until("▲ ctrl-r runs again only what is stale: build");
        assert!(
            self.project
                .read(TASK)
                .contains("It is dark at night only.")
        );
        terminal.types("\u{12}");
        terminal.until("[3 Pipeline]");
    }

    /// Only what was stale was done again, and what it made before is there.
    fn only_that(&self, terminal: &mut Terminal, view: &RunView) {
        assert_eq!(stage(view, "prepare").attempts.len(), 1);
        assert_eq!(self.lines("prepared"), 1);
        assert_eq!(
            last(&self.project).order.run,
            view.order.run,
            "no other run"
        );
        let report = view.active_dir().path().join("report.md");
        let report = std::fs::read_to_string(report).unwrap();
        let attempts = &stage(view, "build").attempts;
        assert!(attempts.len() >= 2);
        for attempt in attempts {
            let name = attempt.public.to_string();
            assert!(report.contains(&name), "{name}\n{report}");
        }
        // Both are read on the screen: the newer one first.
        terminal.types("gj");
        terminal.until("2 of 2");
        terminal.types("(");
        terminal.until("1 of 2");
    }
}

#[test]
fn a_finished_result_is_revised_and_only_what_is_stale_runs_again() {
    let scene = Scene::new("", "");
    scene.project.expect(0, &["run", "T001"]);
    let mut terminal = open(&scene.project);
    terminal.until("WAITING FOR YOU 1");
    terminal.until("L shows what it would bring");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal.until("c revise");
    terminal.types("c");
    scene.revises(&mut terminal, "Only at night, please.");
    scene.saves_and_runs_again(&mut terminal);
    let run = last(&scene.project).order.run.to_string();
    let view = scene.project.until(&run, |v| {
        v.state() == RunState::Completed && stage(v, "build").attempts.len() == 2
    });
    terminal.until("completed");
    assert_eq!(scene.lines("prompts"), 2);
    scene.only_that(&mut terminal, &view);
    // The same dialogue goes on, and its author is told of the new result, once.
    terminal.types("2");
    terminal.until("[2 Dialogue]");
    for (wish, says, told) in [
        ("Is it so now?", "So it is.", true),
        ("Nothing more.", "Good then.", false),
    ] {
        scene.author.says(says);
        terminal.types("c");
        terminal.until("── to scripted");
        terminal.types(&format!("{wish}\r"));
        terminal.until(says);
        let heard = scene.author.heard().pop().unwrap();
        assert!(heard.contains(wish), "{heard}");
        assert_eq!(heard.contains("+night"), told, "{heard}");
    }
    leave(terminal);
}

#[test]
fn a_result_that_failed_is_revised_and_passes() {
    let look = "  - { id: look, name: Look, run: \"grep -q night page.txt\", writes: [], depends_on: [build] }\n";
    let scene = Scene::new("", look);
    let came = scene.project.run(&["run", "T001"]);
    assert_ne!(came.code, 0, "{}", came.out);
    let before = last(&scene.project);
    assert!(matches!(
        before.state(),
        RunState::Blocked | RunState::Failed
    ));
    let mut terminal = open(&scene.project);
    terminal.until("WAITING FOR YOU 1");
    terminal.until("enter opens the run");
    terminal.types("\r");
    terminal.until("[3 Pipeline]");
    terminal.until("c revise");
    terminal.types("c");
    scene.revises(&mut terminal, "It is the night that counts.");
    scene.saves_and_runs_again(&mut terminal);
    let run = before.order.run.to_string();
    let completed = |v: &RunView| v.state() == RunState::Completed;
    let view = scene.project.until(&run, completed);
    terminal.until("completed");
    scene.only_that(&mut terminal, &view);
    leave(terminal);
}

#[test]
fn a_result_at_a_gate_is_revised_and_the_gate_asks_anew() {
    let scene = Scene::new(", gate: { after: \"true\" }", "");
    scene.project.expect(6, &["run", "T001"]);
    let run = last(&scene.project).order.run.to_string();
    scene
        .project
        .expect(6, &["reject", &run, "--reason", "not by day", "--follow"]);
    let twice = |v: &RunView| stage(v, "build").attempts.len() == 2 && !v.supervised;
    scene.project.until(&run, twice);
    let mut terminal = open(&scene.project);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("c");
    scene.revises(&mut terminal, "It is the night that counts.");
    scene.saves_and_runs_again(&mut terminal);
    let asks = |v: &RunView| {
        v.state() == RunState::AwaitingApproval && stage(v, "build").attempts.len() == 3
    };
    let view = scene.project.until(&run, asks);
    assert_eq!(stage(&view, "prepare").attempts.len(), 1);
    assert_eq!((scene.lines("prepared"), scene.lines("prompts")), (1, 3));
    terminal.until("BUILD-3");
    terminal.until("Is the result of Build good?");
    // It is judged by the task as it is now.
    terminal.until("It is dark at night only.");
    leave(terminal);
}
