//! A project in a temporary repository whose agents are shell scripts, driven by the real program.

use harness_tui::records::project::Project as Found;
use harness_tui::records::runs::{self, RunView};
use harness_tui::store::lock::is_held;
use harness_tui::terms::RunId;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

const TASK: &str = "# Task T001 — Dark mode\n\nStatus: Ready\nBacklog Item: B001\n\n## Summary\n\nReaders want it at night.\n\n## Acceptance Criteria\n\n- It is dark.\n- It stays dark.\n";

const BACKLOG: &str = "# Backlog\n\n### B001 - Dark mode\n\n**Status:** Ready\n**Summary:** Readers want it at night.\n";

/// A script that changes one file of the repository.
pub const WORKS: &str = "cat >/dev/null; echo dark >> page.txt; echo done";

/// One stage, and a person decides about what came of it.
pub const GATED: &str = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";

/// A project whose one run waits at its gate, and the run.
pub fn at_the_gate() -> (Project, String) {
    let project = Project::new().agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

/// Looks at a run until it is as wanted.
pub fn until_as_wanted(
    look: impl Fn() -> RunView,
    wanted: impl Fn(&RunView) -> bool,
    patience: Duration,
) -> RunView {
    let begun = Instant::now();
    loop {
        let view = look();
        if wanted(&view) {
            return view;
        }
        let log = std::fs::read_to_string(view.dirs.path().join("supervisor.log"));
        assert!(
            begun.elapsed() < patience,
            "{} is {} and not as wanted\n{}\n{log:?}",
            view.order.run,
            view.state(),
            view.why(None)
        );
        pause();
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The project.
pub struct Project {
    dir: tempfile::TempDir,
    agents: Vec<String>,
    settings: String,
}

impl Project {
    /// A repository with one commit, a backlog item and a task for it.
    pub fn new() -> Self {
        Self::within(tempfile::tempdir().unwrap())
    }

    /// The same in this folder.
    pub fn within(dir: tempfile::TempDir) -> Self {
        let project = Self {
            dir,
            agents: Vec::new(),
            settings: String::new(),
        };
        std::fs::create_dir_all(project.home()).unwrap();
        super::trusted::user(project.outside("user"));
        project.git(&["init", "-q", "-b", "main"]);
        project.git(&["config", "user.name", "Ada"]);
        project.git(&["config", "user.email", "ada@example.org"]);
        project.put("page.txt", "light\n");
        project.put("harness/backlog.md", BACKLOG);
        project.put("harness/tasks/T001-dark-mode.md", TASK);
        project
    }

    /// A role of this name that only this script serves. It may write the workspace.
    pub fn agent(self, name: &str, script: &str) -> Self {
        self.serves(name, "workspace", script)
    }

    /// A role of this name that only this script serves, and that may write nothing: what it
    /// produces stands in its answer.
    pub fn reviewer(self, name: &str, script: &str) -> Self {
        self.serves(name, "read-only", script)
    }

    fn serves(mut self, name: &str, profile: &str, script: &str) -> Self {
        let path = self.outside(&format!("{name}.sh"));
        put(&path, script);
        let role = format!(
            "---\ncapability: {name}\nagent: {name}\nprofile: {profile}\n---\nYou are {name}.\n"
        );
        self.put(&format!("harness/roles/{name}.md"), &role);
        self.agents.push(format!(
            "  - {{ name: {name}, driver: command, capabilities: [{name}], command: [sh, \"{}\"] }}\n",
            path.display()
        ));
        self
    }

    /// Further lines of harness.yaml.
    pub fn settings(mut self, lines: &str) -> Self {
        self.settings.push_str(lines);
        self
    }

    /// The workflow `flow`, from its stages on, which is also the default; then everything is
    /// committed.
    pub fn flow(self, stages: &str) -> Self {
        let text = format!("name: flow\ndescription: for tests\ntask: required\nstages:\n{stages}");
        self.put("harness/workflows/flow.yaml", &text);
        let agents = self.agents.concat();
        let settings = format!(
            "version: 1\ndefault_workflow: flow\nsandbox: \"off\"\nagents:\n{agents}{}",
            self.settings
        );
        self.put("harness/harness.yaml", &settings);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "first"]);
        self
    }

    /// The checkout.
    pub fn home(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("home")
    }

    /// A path beside the checkout, for scripts to meet at.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file of the checkout.
    pub fn put(&self, path: &str, text: &str) {
        put(&self.home().join(path), text);
    }

    /// A file of the checkout.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.home().join(path)).unwrap()
    }

    /// Puts a file where the trees of its runs would be made, so that none can be. Its path.
    pub fn leaves_no_room_for_trees(&self) -> PathBuf {
        let home = self.home();
        let trees = home.parent().unwrap().join(".harness-worktrees");
        let trees = trees.join(home.file_name().unwrap());
        put(&trees, "in the way\n");
        trees
    }

    /// What git says in the checkout.
    pub fn git(&self, args: &[&str]) -> String {
        let out = Command::new("git")
            .args(args)
            .current_dir(self.home())
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "git {args:?}: {err}");
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// The program in this checkout, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
        command
            .args(args)
            .current_dir(self.home())
            .env_remove("HARNESS_ATTEMPT")
            .env(
                "HARNESS_TUI_HOME",
                super::trusted::user(self.outside("user")),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command(args).output().unwrap())
    }

    /// Runs the program and wants this exit code.
    pub fn expect(&self, code: i32, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.out, ran.err);
        ran
    }

    /// Starts the program.
    pub fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// Starts a run and returns its id.
    pub fn detach(&self) -> String {
        let ran = self.expect(0, &["run", "T001", "--detach"]);
        ran.out.trim().to_owned()
    }

    /// A run as it is on disk; the latest where none is named.
    pub fn view(&self, run: &str) -> RunView {
        let found = Found::find(&self.home()).unwrap();
        runs::find(&found, &RunId::new(run).unwrap()).unwrap()
    }

    /// The runs there are, newest first.
    pub fn runs(&self) -> Vec<RunView> {
        runs::all(&Found::find(&self.home()).unwrap()).0
    }

    /// Waits until a run is as wanted.
    pub fn until(&self, run: &str, wanted: impl Fn(&RunView) -> bool) -> RunView {
        until_as_wanted(|| self.view(run), wanted, PATIENCE)
    }
}

impl Drop for Project {
    /// What a test left waiting, for a night or for a person, ends with its project.
    fn drop(&mut self) {
        let Ok(found) = Found::find(&self.home()) else {
            return;
        };
        let waits = |view: &RunView| view.supervised && !view.is_over();
        for view in runs::all(&found).0.into_iter().filter(waits) {
            let run = view.order.run.as_str();
            let _ = self.command(&["cancel", run]).output();
            let begun = Instant::now();
            let held = || is_held(&view.dirs.lock()).unwrap_or(false);
            while held() && begun.elapsed() < PATIENCE {
                pause();
            }
        }
    }
}

/// What came of a process.
pub fn ran(output: &Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits until a file is there.
pub fn until_there(path: &Path) {
    let begun = Instant::now();
    while !path.exists() {
        assert!(begun.elapsed() < PATIENCE, "{} never came", path.display());
        pause();
    }
}

/// Waits until this text stands in a file; `None`: until it is gone.
pub fn until_holds(path: &Path, what: Option<&str>) {
    let begun = Instant::now();
    loop {
        let there = std::fs::read_to_string(path).ok();
        match (what, &there) {
            (None, None) => return,
            (Some(what), Some(there)) if there.contains(what) => return,
            _ => {}
        }
        let late = begun.elapsed() > PATIENCE;
        assert!(!late, "{what:?} in {}: {there:?}", path.display());
        pause();
    }
}

/// Writes a file, making its folder.
pub fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    harness_tui::store::write::replace_shared(&harness_tui::store::fs::Disk, path, text.as_bytes())
        .unwrap();
}

fn pause() {
    let (_alive, nothing) = std::sync::mpsc::channel::<()>();
    let _ = nothing.recv_timeout(Duration::from_millis(30));
}
