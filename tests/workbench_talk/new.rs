//! `new` at a terminal: from nothing to the open dialogue, and with at most six keys beside the
//! answers to the first stage at work, with the real Claude Code as author and in the stages.

use super::support::claude::claude;
use super::support::drive::{git_in, runs_in};
use super::support::ecosystems::{CARGO, Ecosystem, GO, PNPM};
use super::support::model::{Fault, Script, Server, Step};
use super::support::project::{put, until_as_wanted};
use super::support::terminal::{Counted, Terminal};
use super::support::trusted;
use harness_tui::records::runs::RunView;
use harness_tui::terms::RunState;
use portable_pty::CommandBuilder;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How long the end of a run may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// The most keys beside the answers until the first stage runs.
const MOST_KEYS: usize = 6;

const QUESTIONS: &str = "Two questions first.\n\n1. **Colour** — Which one?\n   Why: there are two themes.\n   Recommended: black\n2. **Switch** — Where does it stand?\n   Recommended: in the footer\n";

const DRAFT: &str = "That is all.\n\n<<<ARTIFACT task\n# Task T000 — Dark mode\n\nStatus: Draft\nWorkflow: feature — several files\n\n## Summary\n\nReaders want it at night.\n\n## Scope\n\n### Out of Scope\n\n- Images.\n\n## Acceptance Criteria\n\n- AC-1: Pages are black at night. (Q1)\n- AC-2: The switch stands in the footer. (Q2)\n\n## Task Notes\n\n- One style sheet.\nARTIFACT>>>\n";

/// A repository that has no harness, and the model behind the real program.
struct Bare {
    dir: tempfile::TempDir,
    server: Server,
    path: String,
}

impl Bare {
    /// With these files; `None` where the program can't be had, which has been said.
    fn of(files: &[(&str, &str)]) -> Option<Self> {
        let program = claude()?;
        // A stage's prompt holds its material as data. It is at work for as long as it is looked at.
        let stage = Step::say("I read it.").fault(Fault::Stall(3), 9);
        let script = Script::default()
            .rule("<<<DATA", [stage])
            .rule("→ black", [Step::say(DRAFT)])
            .rule("Dark mode", [Step::say(QUESTIONS)]);
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        // pnpm may not be on the machine that tests.
        let tools = root.join("tools");
        std::fs::create_dir_all(&tools).unwrap();
        std::os::unix::fs::symlink("/bin/true", tools.join("pnpm")).unwrap();
        std::fs::create_dir_all(root.join("person")).unwrap();
        let path = format!(
            "{}:{}:{}",
            tools.display(),
            program.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        let bare = Self {
            dir,
            server: Server::start(script),
            path,
        };
        for (path, text) in files {
            put(&bare.home().join(path), text);
        }
        std::fs::create_dir_all(bare.home()).unwrap();
        for args in [
            &["init", "-q", "-b", "main"][..],
            &["config", "user.name", "Ada"],
            &["config", "user.email", "ada@example.org"],
            &["add", "-A"],
            &["commit", "-q", "--allow-empty", "-m", "first"],
        ] {
            git_in(&bare.home(), args);
        }
        Some(bare)
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn home(&self) -> PathBuf {
        self.beside("home")
    }

    fn variables(&self) -> [(&'static str, String); 6] {
        [
            ("TERM", "xterm-256color".to_owned()),
            ("PATH", self.path.clone()),
            ("HOME", self.beside("person").display().to_string()),
            (
                "HARNESS_TUI_HOME",
                trusted::user(self.beside("user")).display().to_string(),
            ),
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key".to_owned()),
            ("ANTHROPIC_BASE_URL", self.server.url().to_owned()),
        ]
    }

    fn opens(&self, words: &str) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_harness-tui"));
        command.args(["new", words]);
        command.cwd(self.home());
        for unwanted in ["HARNESS_ATTEMPT", "NO_COLOR"] {
            command.env_remove(unwanted);
        }
        for (name, value) in self.variables() {
            command.env(name, value);
        }
        Terminal::start(command, 120, 35)
    }

    /// The program, to its end.
    fn run(&self, args: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
        command.args(args).current_dir(self.home());
        let out = command.envs(self.variables()).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// The task of the item.
    fn task(&self) -> String {
        let files = std::fs::read_dir(self.home().join("harness/tasks")).unwrap();
        let mut paths = files.map(|f| f.unwrap().path());
        let named = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().starts_with("T001");
        std::fs::read_to_string(paths.find(named).unwrap()).unwrap()
    }
}

/// The whole way, with these files; this check is found.
fn from_nothing((files, check): Ecosystem) {
    let Some(bare) = Bare::of(files) else {
        return;
    };
    let mut way = Counted::new(bare.opens("Dark mode"));
    way.terminal.until("There is no harness here yet");
    way.terminal.until(check);
    way.terminal.until("n to leave it:");
    assert!(!bare.home().join("harness").exists());
    way.press("\r");
    // The dialogue is open, and its author begins by itself.
    way.terminal.until("[2 Dialogue]");
    way.terminal.until("B001 Dark mode");
    way.terminal.until("? 2 open");
    way.terminal.types("\r");
    way.terminal.until("Q1 Colour → black");
    way.terminal.types("i");
    way.terminal.until("give the answer");
    way.terminal.types("in the footer\r");
    way.terminal.until("● all is answered");
    way.press("\r");
    way.terminal.until("✓ the draft is whole");
    way.press("s");
    way.terminal.until("r runs it");
    way.press("r");
    way.terminal.until("Start a run of T001?");
    way.terminal.until("workflow  feature");
    way.press("\r");
    way.terminal.until("[3 Pipeline]");
    way.terminal.until("◐ Specification");
    way.terminal.until("session  claude");
    assert!(way.keys <= MOST_KEYS, "{} keys", way.keys);
    let task = bare.task();
    assert!(task.contains("→ in the footer (AC-2)"), "{task}");
    way.terminal.types("q");
    assert_eq!(way.terminal.ends(), 0, "{}", way.terminal.shown());
    // The run goes on without the screen; it is ended with the test.
    ended(&bare);
}

/// Has the run cancelled, and waits until nobody is at work for it.
fn ended(bare: &Bare) {
    let run = runs_in(&bare.home())[0].order.run.to_string();
    bare.run(&["cancel", &run]);
    let over = |v: &RunView| v.state() == RunState::Cancelled && !v.supervised;
    until_as_wanted(|| runs_in(&bare.home()).remove(0), over, PATIENCE);
}

#[test]
fn in_a_cargo_repository() {
    from_nothing(CARGO);
}

#[test]
fn in_a_pnpm_repository() {
    from_nothing(PNPM);
}

#[test]
fn in_a_go_repository() {
    from_nothing(GO);
}
