//! The sample project in a repository of its own, the product, Claude Code and a scripted model.

use super::recorded::sample;
use super::support;
use super::support::model::{Script, Server};
use super::support::terminal::Terminal;
use super::support::trusted;
use harness_tui::records::builtin;
use harness_tui::records::project::Project;
use harness_tui::records::runs::{self, RunView};
use harness_tui::stage::exit::ExitRecord;
use portable_pty::CommandBuilder;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Everything, in a temporary folder.
pub struct Scene {
    dir: tempfile::TempDir,
    path: std::ffi::OsString,
    pub server: Server,
    env: BTreeMap<String, String>,
}

impl Scene {
    /// `None` where the real program can't be had; that has been said. The sample's files, with the
    /// product's own workflows, roles and templates as its own, are committed.
    pub fn new(script: Script) -> Option<Self> {
        let claude = support::claude::claude()?;
        let mut path = claude.parent().unwrap().as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let server = Server::start(script);
        let env = [
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key"),
            ("ANTHROPIC_BASE_URL", server.url()),
            ("CLAUDE_CODE_MAX_RETRIES", "2"),
        ];
        let scene = Self {
            dir: tempfile::tempdir().unwrap(),
            path,
            env: env.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            server,
        };
        std::fs::create_dir_all(scene.outside("user")).unwrap();
        copy(&sample(), &scene.home());
        for file in [builtin::ROLES, builtin::TEMPLATES, builtin::WORKFLOWS].concat() {
            let text = builtin::with_checks(file.text, Some("sh tests/run"));
            scene.put(&format!("harness/{}", file.path), &text);
        }
        scene.git(&["init", "-q", "-b", "main"]);
        scene.git(&["config", "user.name", "Ada"]);
        scene.git(&["config", "user.email", "ada@example.org"]);
        scene.commit();
        Some(scene)
    }

    /// One with the workflow `small` of these stages as its default.
    pub fn small(script: Script, stages: &str) -> Option<Self> {
        let scene = Self::new(script)?;
        scene.workflow(stages);
        Some(scene)
    }

    /// Makes these stages the workflow `small`, and it the default.
    pub fn workflow(&self, stages: &str) {
        let text =
            format!("name: small\ndescription: of a test\ntask: required\nstages:\n{stages}");
        self.put("harness/workflows/small.yaml", &text);
        let settings = self.read("harness/harness.yaml");
        self.put(
            "harness/harness.yaml",
            &settings.replace("default_workflow: feature", "default_workflow: small"),
        );
        self.commit();
    }

    pub fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "as it is"]);
    }

    pub fn env(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    pub fn no_env(&mut self, name: &str) {
        self.env.remove(name);
    }

    /// The checkout.
    pub fn home(&self) -> PathBuf {
        self.outside("site")
    }

    /// A path beside the checkout.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    pub fn put(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = std::fs::File::create(path).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        let path = self.home().join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// What git says in the checkout, its line end kept off.
    pub fn git(&self, args: &[&str]) -> String {
        let out = Command::new("git")
            .args(args)
            .current_dir(self.home())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "git {args:?}: {err}");
        String::from_utf8_lossy(&out.stdout).trim_end().to_owned()
    }

    /// The program in this checkout, not started yet: a person's, with a home of their own.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
        command
            .args(args)
            .current_dir(self.home())
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", self.outside("user"))
            .env(
                "HARNESS_TUI_HOME",
                trusted::user(self.outside("user/harness")),
            )
            .envs(&self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The same on a terminal of so many columns and rows.
    pub fn terminal(&self, args: &[&str], (columns, rows): (u16, u16)) -> Terminal {
        let whole = self.command(args);
        let mut command = CommandBuilder::new(whole.get_program());
        command.args(whole.get_args());
        command.cwd(whole.get_current_dir().unwrap());
        command.env_clear();
        for (name, value) in whole.get_envs() {
            command.env(name, value.unwrap());
        }
        command.env("TERM", "xterm-256color");
        Terminal::start(command, columns, rows)
    }

    /// Runs the program to its end and wants this exit code.
    pub fn expect(&self, code: i32, args: &[&str]) -> Ran {
        let ran = ran(&self.command(args).output().unwrap());
        assert_eq!(
            ran.code,
            code,
            "{args:?}\n{}\n{}\n{}",
            ran.out,
            ran.err,
            self.story()
        );
        ran
    }

    /// The only run.
    pub fn view(&self) -> RunView {
        let (mut views, _) = runs::all(&Project::find(&self.home()).unwrap());
        assert_eq!(views.len(), 1);
        views.pop().unwrap()
    }

    /// How an attempt came out.
    pub fn exit(&self, attempt: &str) -> ExitRecord {
        let bytes = self.attempt_file(attempt, "exit.json");
        serde_json::from_str(&bytes).unwrap()
    }

    /// A file of an attempt's folder.
    pub fn attempt_file(&self, attempt: &str, name: &str) -> String {
        let dir = self.view().attempt_dir(&attempt.parse().unwrap());
        let path = dir.path().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// The attempts that were made, in order.
    pub fn attempts(&self) -> Vec<String> {
        let view = self.view();
        let stages = view.run.stages.iter().flat_map(|s| &s.attempts);
        stages.map(|a| a.id.to_string()).collect()
    }

    /// What `why` says about the run.
    pub fn why(&self) -> String {
        self.expect(0, &["why", "T001"]).out
    }

    /// The run report as it is now.
    pub fn report(&self) -> String {
        let run = self.view().order.run.to_string();
        self.read(&format!("harness/runs/active/{run}/report.md"))
    }

    /// All that happened, for a test that fails.
    fn story(&self) -> String {
        let Ok(project) = Project::find(&self.home()) else {
            return String::new();
        };
        let mut story = String::new();
        for view in runs::all(&project).0 {
            story.push_str(&view.why(None).to_string());
            for record in view.run.stages.iter().flat_map(|s| &s.attempts) {
                let dir = view.attempt_dir(&record.id);
                let raw = std::fs::read_to_string(dir.path().join("raw.log")).unwrap_or_default();
                let tail: Vec<&str> = raw.lines().rev().take(4).collect();
                story.push_str(&format!("\n{}: {:#?}\n{tail:#?}", record.id, record.result));
            }
            let log = std::fs::read_to_string(view.dirs.path().join("supervisor.log"));
            story.push_str(&format!("\n{log:?}"));
        }
        story
    }
}

fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), target).unwrap();
        } else if entry.file_name() != "recordings" && entry.file_name() != "public" {
            copy(&entry.path(), &target);
        }
    }
}
