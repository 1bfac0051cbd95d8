//! A repository with a backlog, and the program in it.

pub use super::support::drive::record;
use super::support::terminal::Terminal;
use super::support::trusted;
use portable_pty::CommandBuilder;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const BACKLOG: &str = "# Backlog\n\n## Backlog Items\n\n### B010 — Homepage v1\n\n**Status:** Planned  \n**Summary:** The newest posts and videos, and upcoming events if there are any.\n\n### B011 — Mermaid diagrams in the blog\n\n**Status:** Planned  \n**Summary:** Draw them.\n";

/// What a call of the program came to.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The recorded dialogue about an item.
pub fn recordings(item: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example/recordings/dialogues");
    dir.join(item).display().to_string()
}

/// What was printed, without colours, as it came.
pub fn text(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
    let colour = regex::Regex::new("\x1b\\[[0-9;]*m").unwrap();
    // A row that a word did not fit in went on in the next one.
    colour.replace_all(&text, "").into_owned()
}

/// Where git and a shell are, and no agent.
pub fn bare_path() -> &'static str {
    "/usr/bin:/bin"
}

/// The repository.
pub struct Scene {
    dir: tempfile::TempDir,
}

impl Scene {
    /// With a backlog of two items.
    pub fn new() -> Self {
        let scene = Self::of(&[]);
        scene.put("harness/backlog.md", BACKLOG);
        scene
    }

    /// With these files in its first commit.
    pub fn of(files: &[(&str, &str)]) -> Self {
        let scene = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir_all(scene.home()).unwrap();
        scene.git(&["init", "-q", "-b", "main"]);
        scene.git(&["config", "user.name", "Ada"]);
        scene.git(&["config", "user.email", "ada@example.org"]);
        for (path, text) in files {
            scene.put(path, text);
        }
        scene.git(&["add", "-A"]);
        scene.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
        scene
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("home")
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn git(&self, args: &[&str]) {
        let out = Command::new("git")
            .args(args)
            .current_dir(self.home())
            .output()
            .unwrap();
        assert!(out.status.success(), "git {args:?}: {out:?}");
    }

    pub fn put(&self, path: &str, text: &str) {
        self.put_bytes(path, text.as_bytes());
    }

    pub fn put_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.home().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn backlog(&self) -> String {
        std::fs::read_to_string(self.home().join("harness/backlog.md")).unwrap()
    }

    /// The file of a task.
    pub fn task(&self, id: &str) -> String {
        let tasks = std::fs::read_dir(self.home().join("harness/tasks")).unwrap();
        let mut paths = tasks.map(|f| f.unwrap().path());
        let file = paths.find(|p| p.file_name().unwrap().to_string_lossy().starts_with(id));
        std::fs::read_to_string(file.unwrap()).unwrap()
    }

    /// `check` finds nothing.
    pub fn passes(&self) {
        let said = self.run(&["check"]);
        assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    }

    fn command(&self, args: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
        command
            .args(args)
            .current_dir(self.home())
            .env_remove("HARNESS_ATTEMPT")
            .env("HARNESS_REPLAY_SPEED", "0")
            .env("HARNESS_TUI_HOME", trusted::user(self.beside("user")))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end, with nobody at the other end.
    pub fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, &[])
    }

    pub fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Said {
        said(&self.command(args, variables).output().unwrap())
    }

    /// Runs it with this typed into a pipe.
    pub fn piped(&self, args: &[&str], typed: &str, variables: &[(&str, &str)]) -> Said {
        let mut command = self.command(args, variables);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut to = child.stdin.take().unwrap();
        to.write_all(typed.as_bytes()).unwrap();
        drop(to);
        said(&child.wait_with_output().unwrap())
    }

    /// Opens it on a terminal.
    pub fn terminal(&self, args: &[&str]) -> Terminal {
        self.terminal_with(args, &[])
    }

    pub fn terminal_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Terminal {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_harness-tui"));
        command.args(args);
        command.cwd(self.home());
        command.env("TERM", "dumb");
        command.env("NO_COLOR", "1");
        command.env("HARNESS_REPLAY_SPEED", "0");
        command.env("HARNESS_TUI_HOME", trusted::user(self.beside("user")));
        command.env_remove("HARNESS_ATTEMPT");
        for (name, value) in variables {
            command.env(name, value);
        }
        Terminal::start(command, 150, 100)
    }

    /// Recordings of an author who asks a seventh question and forgets its answer.
    pub fn with_one_more_question(&self) -> String {
        let folder = self.beside("seven");
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["author.1.1.jsonl", "author.2.1.jsonl"] {
            let text = std::fs::read_to_string(Path::new(&recordings("B010")).join(name)).unwrap();
            let more = "events, posts, videos\\n7. **Footer** — What is in it?\\n   Recommended: a link home";
            let text = text.replace("events, posts, videos", more);
            std::fs::write(folder.join(name), text).unwrap();
        }
        folder.display().to_string()
    }

    /// Recordings of an author who asks once more after the first six answers.
    pub fn with_a_second_round(&self) -> String {
        let folder = self.beside("rounds");
        std::fs::create_dir_all(&folder).unwrap();
        let first = Path::new(&recordings("B010")).join("author.1.1.jsonl");
        std::fs::copy(first, folder.join("author.1.1.jsonl")).unwrap();
        record(
            &folder.join("author.2.1.jsonl"),
            "One more.\n\n7. **Footer** — What is in it?\n   Why: nothing in the repository says.\n",
        );
        let note = "made in one place";
        let draft = answer("B010").replace(note, &format!("{note} (Q7)"));
        assert!(draft.contains("(Q7)"), "{draft}");
        let draft = draft.replace(
            "one place (Q7), `published` in `bin/build`.",
            "one place. (Q7)",
        );
        record(&folder.join("author.3.1.jsonl"), &draft);
        folder.display().to_string()
    }

    /// Recordings of an author who asks and hands its draft over in every turn, so that it does not
    /// matter which of them was cut off.
    pub fn with_every_turn_alike(&self) -> String {
        let folder = self.beside("alike");
        let both = format!("{}\n{}", said_in("B010", 1), answer("B010"));
        for turn in 1..=9 {
            record(&folder.join(format!("author.{turn}.1.jsonl")), &both);
        }
        folder.display().to_string()
    }

    /// The command with these arguments, without its program: for one that starts it in its turn.
    pub fn under(&self, program: &str, before: &[&str], args: &[&str]) -> Output {
        let bare = self.command(args, &[]);
        let mut command = Command::new(program);
        command
            .args(before)
            .arg(bare.get_program())
            .args(bare.get_args());
        for (name, value) in bare.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let command = command.current_dir(self.home()).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// Recordings of an author who adds a criterion in its third turn.
    pub fn with_a_revision(&self) -> String {
        let folder = self.beside("revised");
        std::fs::create_dir_all(&folder).unwrap();
        let answer = answer("B011");
        let more = "(Q8)\n- AC-7: A dark page has mermaid's dark theme.";
        let answer = answer.replace("(Q8)", more);
        record(&folder.join("author.3.1.jsonl"), &answer);
        folder.display().to_string()
    }
}

/// What the recorded author of an item says in its second turn.
fn answer(item: &str) -> String {
    said_in(item, 2)
}

fn said_in(item: &str, turn: u32) -> String {
    let file = Path::new(&recordings(item)).join(format!("author.{turn}.1.jsonl"));
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap());
    let found = lines.find_map(|v| v["answer"].as_str().map(str::to_owned));
    found.unwrap()
}
