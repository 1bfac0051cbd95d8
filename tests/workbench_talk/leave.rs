//! What the real Claude Code asks leave for, decided in the pane: the change stands on the screen
//! before anything is decided.

use super::scene::{KEY, leave};
use super::support::claude::claude;
use super::support::model::{Script, Server, Step};
use super::support::project::{Project, WORKS};
use super::support::talking::with_author;
use super::support::terminal::Terminal;
use std::path::PathBuf;

const FLOW: &str = "  - { id: build, name: Build, role: build }\n";
/// The author may ask for a write here: nothing but its own folder can be written.
const PROFILES: &str =
    "profiles:\n  read-only: { writes: [], tools: [read, search, edit], network: model }\n";

/// A project whose author is the real program, and the model that it speaks with.
struct Real {
    project: Project,
    server: Server,
    user: String,
}

/// A file that the author may write.
fn own(project: &Project, name: &str) -> PathBuf {
    let dialogue = project.home().join(".git/harness/dialogues/T002/home");
    dialogue.join(name)
}

impl Real {
    /// `None` where the program can't be had, which has been said.
    fn new(script: impl FnOnce(&Project) -> Script) -> Option<Self> {
        let program = claude()?.display().to_string();
        let author = format!(
            "  - name: claude\n    driver: claude\n    command: [{program:?}]\n    capabilities: [author]\n"
        );
        let project = Project::new().agent("build", WORKS).settings(PROFILES);
        let project = with_author(project, FLOW, &author);
        let server = Server::start(script(&project));
        let user = project.outside("person");
        std::fs::create_dir_all(&user).unwrap();
        Some(Self {
            user: user.display().to_string(),
            project,
            server,
        })
    }

    /// The dialogue about the homepage.
    fn open(&self) -> Terminal {
        let more = [
            ("ANTHROPIC_BASE_URL", self.server.url()),
            ("HOME", self.user.as_str()),
        ];
        let variables: Vec<_> = KEY.into_iter().chain(more).collect();
        let mut terminal = Terminal::within(&self.project, &[], (120, 35), &variables);
        terminal.until("B010");
        terminal.types("/B010\r");
        terminal.until("1 of 3");
        terminal.types("c");
        terminal
    }

    /// Waits for the request for this file with its change, and decides with this key.
    fn decides(&self, terminal: &mut Terminal, name: &str, key: &str) {
        terminal.until("claude asks leave");
        terminal.until(name);
        terminal.until(&format!("the words of {name}"));
        assert!(!own(&self.project, name).exists());
        terminal.reads();
        terminal.types(key);
    }
}

fn writes(project: &Project, name: &str) -> Step {
    Step::default().write(own(project, name), &format!("one\nthe words of {name}\n"))
}

#[test]
fn allowed_once_then_for_the_dialogue_and_not_asked_again() {
    let script = |p: &Project| {
        let all = [
            writes(p, "a.txt"),
            writes(p, "b.txt"),
            writes(p, "c.txt"),
            Step::say("All three are written."),
        ];
        Script::default().rule("Homepage", all)
    };
    let Some(real) = Real::new(script) else {
        return;
    };
    let mut terminal = real.open();
    real.decides(&mut terminal, "a.txt", "y");
    terminal.until("allowed once — Write");
    // Once was once.
    real.decides(&mut terminal, "b.txt", "D");
    terminal.until("allowed in this dialogue — Write");
    terminal.until("All three are written.");
    let dialogue = real.project.home().join(".git/harness/dialogues/T002");
    let transcript = std::fs::read_to_string(dialogue.join("transcript.jsonl")).unwrap();
    assert_eq!(
        transcript.matches("\"what\":\"decided\"").count(),
        2,
        "{transcript}"
    );
    for name in ["a.txt", "b.txt", "c.txt"] {
        assert!(own(&real.project, name).exists(), "{name}");
    }
    leave(terminal);
}

#[test]
fn denied_and_denied_with_a_reason() {
    let script = |p: &Project| {
        let all = [
            writes(p, "a.txt"),
            writes(p, "b.txt"),
            Step::say("Then I ask instead."),
        ];
        Script::default().rule("Homepage", all)
    };
    let Some(real) = Real::new(script) else {
        return;
    };
    let mut terminal = real.open();
    real.decides(&mut terminal, "a.txt", "n");
    terminal.until("denied — Write");
    real.decides(&mut terminal, "b.txt", "r");
    terminal.until("Why not?");
    terminal.types("the draft comes first\r");
    terminal.until("denied (the draft comes first)");
    terminal.until("Then I ask instead.");
    for name in ["a.txt", "b.txt"] {
        assert!(!own(&real.project, name).exists(), "{name}");
    }
    // The model was told why, and of the first that it was refused.
    let last = real.server.requests().pop().unwrap();
    let told = last.tool_results();
    assert!(told.iter().all(|(_, failed)| *failed), "{told:?}");
    let (words, _) = told.last().unwrap();
    assert!(words.contains("the draft comes first"), "{words}");
    leave(terminal);
}
