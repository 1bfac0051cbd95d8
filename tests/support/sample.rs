//! The sample project in a folder of its own, with its recorded agents beside it: what they do can
//! be changed before they do it.

use super::project::{Ran, put, ran, until_as_wanted};
use harness_tui::records::harness::Harness;
use harness_tui::records::planning::{self, PlanRequest, RunStart};
use harness_tui::records::project::Project as Found;
use harness_tui::records::runs::{self, RunView};
use harness_tui::setup::Proposal;
use harness_tui::supervisor::live::engine_person;
use harness_tui::supervisor::start;
use harness_tui::terms::{Oid, RunId, TaskId};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The sample's task.
pub const TASK: &str = "harness/tasks/T001-tags-and-reading-time.md";

/// How long anything here may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// So far ahead that a recording stands still there, however fast it is played.
const FOR_LONG: u64 = 1_000_000_000;

/// How fast recordings are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// Without waiting, but where one is to stand still.
    AtOnce,
    /// As they were recorded.
    AsRecorded,
}

/// The sample's repository.
pub struct Sample {
    dir: tempfile::TempDir,
    timed: Timed,
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example")
}

impl Sample {
    /// The sample as it is before its first run.
    pub fn new(timed: Timed) -> Self {
        let sample = Self::bare(timed);
        copy(&source(), &sample.home());
        copy(&source().join("recordings/feature"), &sample.recordings());
        // Here they are changed, and played for other tasks too.
        std::fs::remove_file(sample.recordings().join("tasks.txt")).unwrap();
        // Which agents this machine has must not be seen.
        sample.edits("harness/harness.yaml", |text| {
            text.replace("name: claude\n", "name: scribe\n").replace(
                "driver: claude\n    model: sonnet\n",
                "driver: command\n    command: [sh, -c, \"cat >/dev/null\"]\n",
            )
        });
        sample.set_up()
    }

    /// A repository without a harness.
    pub fn nothing(timed: Timed) -> Self {
        let sample = Self::bare(timed);
        put(&sample.home().join("README.md"), "# Field Notes\n");
        sample.repository();
        sample.commits("Field Notes");
        sample
    }

    /// A repository with a harness as it is set up, without an item.
    pub fn empty(timed: Timed) -> Self {
        let sample = Self::bare(timed);
        put(&sample.home().join("README.md"), "# Field Notes\n");
        sample.set_up()
    }

    /// A folder without anything.
    fn bare(timed: Timed) -> Self {
        // What is looked at in the tests' own process is looked at by who trusts it.
        super::trusted::in_process();
        let dir = tempfile::tempdir().unwrap();
        let sample = Self { dir, timed };
        std::fs::create_dir_all(sample.home()).unwrap();
        sample
    }

    fn repository(&self) {
        self.git(&["init", "-q", "-b", "main"]);
        self.git(&["config", "user.name", "Ada"]);
        self.git(&["config", "user.email", "ada@example.org"]);
    }

    fn set_up(self) -> Self {
        self.repository();
        self.expect(0, &["init"]);
        self.commits("Field Notes, before the first run");
        self
    }

    /// The checkout.
    pub fn home(&self) -> PathBuf {
        self.outside("field-notes")
    }

    /// A path beside the checkout.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    pub fn recordings(&self) -> PathBuf {
        self.outside("recordings")
    }

    /// The project as the program finds it, or would set it up.
    pub fn found(&self) -> Found {
        let found = Found::find(&self.home());
        found.unwrap_or_else(|_| Proposal::of(&self.home()).unwrap().project)
    }

    /// What git says in the checkout.
    pub fn git(&self, args: &[&str]) -> String {
        super::drive::git_in(&self.home(), args)
    }

    /// Commits everything.
    pub fn commits(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", subject]);
    }

    /// Changes a file of the checkout.
    pub fn edits(&self, path: &str, change: impl Fn(&str) -> String) {
        let path = self.home().join(path);
        let text = std::fs::read_to_string(&path).unwrap();
        let changed = change(&text);
        assert_ne!(changed, text, "{}: nothing changed", path.display());
        put(&path, &changed);
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
            .env("HARNESS_REPLAY_SPEED", self.speed())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// How fast recordings are played, for the environment.
    pub fn speed(&self) -> &'static str {
        match self.timed {
            // Not 0, which would not stand still either.
            Timed::AtOnce => "500",
            Timed::AsRecorded => "1",
        }
    }

    /// Runs the program and wants this exit code.
    pub fn expect(&self, code: i32, args: &[&str]) -> Ran {
        let ran = ran(&self.command(args).output().unwrap());
        assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.out, ran.err);
        ran
    }

    /// Orders a run of the task with the recordings, and has it supervised. Returns its id.
    pub fn begin(&self) -> String {
        super::trusted::in_process();
        let found = self.found();
        let harness = Harness::load(&found);
        let mut request = PlanRequest {
            task: Some(TaskId::new("T001").unwrap()),
            replay: Some(self.recordings()),
            ..PlanRequest::default()
        };
        let planned = planning::plan(&harness, &found, &request).unwrap();
        let wanted = planned.request(
            &found,
            RunStart {
                private: None,
                in_place: None,
                changes: None,
                base: Oid::new(self.git(&["rev-parse", "HEAD"])).unwrap(),
                base_branch: Some("main".to_owned()),
                chosen: Vec::new(),
                by: engine_person(),
                record: None,
                awake: false,
                keep_raw: false,
                trusted: found.trust().word(&harness.powers).unwrap(),
            },
        );
        let made = start::create(wanted, &jiff::Zoned::now(), |names| {
            request.run_names.clone_from(names);
            planning::plan(&harness, &found, &request).map(|p| p.plan)
        });
        let run = made.unwrap().run.to_string();
        let dir = self.view(&run).dirs.path().to_owned();
        let mut supervise = self.command(&["supervise", "--dir"]);
        supervise
            .arg(dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = supervise.spawn().unwrap();
        // Somebody must take note of its end, or it stays as one that ended.
        std::thread::spawn(move || child.wait());
        run
    }

    /// A run as it is on disk.
    pub fn view(&self, run: &str) -> RunView {
        runs::find(&self.found(), &RunId::new(run).unwrap()).unwrap()
    }

    /// Waits until a run is as wanted.
    pub fn until(&self, run: &str, wanted: impl Fn(&RunView) -> bool) -> RunView {
        until_as_wanted(|| self.view(run), wanted, PATIENCE)
    }

    /// Waits until nobody supervises the run.
    pub fn until_left(&self, run: &str) {
        self.until(run, |v| !v.supervised);
    }

    /// Waits until these attempts stand still.
    pub fn until_frozen(&self, run: &str, attempts: &[&str]) {
        for attempt in attempts {
            let last = self.lines(attempt).iter().rev().nth(2).cloned();
            let wanted = last.map(|l| l["event"]["text"].as_str().unwrap().to_owned());
            let wanted = wanted.unwrap();
            self.until(run, |view| {
                let begun = view.run.stages.iter().any(|s| !s.attempts.is_empty());
                assert!(view.supervised || !begun, "{run}\n{}", view.why(None));
                let dir = view.dirs.path().join("attempts").join(attempt);
                let told = std::fs::read_to_string(dir.join("transcript.jsonl"));
                told.is_ok_and(|t| t.contains(&wanted))
            });
        }
    }

    fn recording(&self, attempt: &str) -> PathBuf {
        self.recordings().join(format!("{attempt}.jsonl"))
    }

    fn lines(&self, attempt: &str) -> Vec<Value> {
        let text = std::fs::read_to_string(self.recording(attempt)).unwrap();
        let lines = text.lines();
        lines.map(|l| serde_json::from_str(l).unwrap()).collect()
    }

    fn write(&self, attempt: &str, lines: &[Value]) {
        let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
        put(&self.recording(attempt), &text);
    }

    /// An attempt does so many lines of its recording, says so, and stands still.
    pub fn freezes(&self, attempt: &str, lines: usize) {
        let mut kept = self.lines(attempt);
        kept.truncate(lines);
        let at = kept.iter().filter_map(|l| l["at_ms"].as_u64()).max();
        let at = at.unwrap_or_default();
        let says =
            |text: &str, at: u64| json!({"at_ms": at, "event": {"type": "text", "text": text}});
        kept.push(says("Now the tests once more.", at + 40));
        kept.push(says("Nobody waits for this.", FOR_LONG));
        kept.push(json!({"exit": {"code": 0}}));
        self.write(attempt, &kept);
    }

    /// An attempt does what another did.
    pub fn plays(&self, attempt: &str, like: &str) {
        let lines = self.lines(like);
        self.write(attempt, &lines);
    }

    /// An attempt says and writes something else.
    pub fn says(&self, attempt: &str, instead_of: &str, text: &str) {
        let inside = |text: &str| {
            let quoted = Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        let path = self.recording(attempt);
        let before = std::fs::read_to_string(&path).unwrap();
        let after = before.replace(&inside(instead_of), &inside(text));
        assert_ne!(after, before, "{attempt} never says '{instead_of}'");
        put(&path, &after);
    }

    /// An attempt produces nothing and asks.
    pub fn asks(&self, attempt: &str) {
        let mut lines = self.lines(attempt);
        lines.truncate(10);
        let answer = "Two things decide the layout, and the task says neither.\n\n## Questions\n\n\
            - Q1 [blocking] Does the list of tags stand above the text of a post, or below it? Above \
            is where readers look first; I recommend below, as on the index.\n\
            - Q2 Should the reading time be rounded up or to the nearest minute? I recommend up.\n";
        lines.push(json!({"event": {"type": "result_reported"}}));
        lines.push(json!({"answer": answer}));
        lines.push(json!({"exit": {"code": 0}}));
        self.write(attempt, &lines);
    }

    /// A stage that writes release notes while the build builds.
    pub fn beside(&self) {
        let stage = "  - id: notes\n    name: Release Notes\n    depends_on: [plan]\n    role: notes\n    \
            context: [task, feature-spec]\n    writes: [\"docs/**\"]\n\n  - id: qa\n";
        self.edits("harness/workflows/feature.yaml", |text| {
            text.replace("  - id: qa\n", stage)
                .replace("    depends_on: [build]\n", "    depends_on: [build, notes]\n")
                .replace("    role: build\n", "    role: build\n    writes: [\"bin/**\", \"src/**\", \"styles/**\", \"tests/**\", \"/README.md\"]\n")
        });
        put(
            &self.home().join("harness/roles/notes.md"),
            "---\ncapability: build\nprofile: workspace\n---\n# Release notes\n\nYou tell readers what is new, in a few plain sentences.\n",
        );
        self.commits("Release notes beside the build");
        let tool = |id: &str, kind: &str, title: &str, at: u64| {
            json!({"at_ms": at, "event": {"type": "tool_started", "id": id, "kind": kind,
                "name": "Read", "title": title, "paths": [title]}})
        };
        let done = |id: &str, at: u64| json!({"at_ms": at, "event": {"type": "tool_finished", "id": id, "status": "ok"}});
        self.write(
            "notes.1.1",
            &[
                json!({"at_ms": 40, "event": {"type": "session_started", "session": "demo-notes-1-1",
                    "model": "demo-model", "tools": ["Read", "Write"]}}),
                json!({"at_ms": 120, "event": {"type": "text",
                    "text": "Readers will notice two things: the tags, and how long a post takes."}}),
                json!({"at_ms": 120, "event": {"type": "usage", "usage":
                    {"input": 4100, "output": 90, "cache_read": 0, "cost_micros": 13050}}}),
                tool("call-1", "read", "README.md", 180),
                done("call-1", 210),
                tool("call-2", "read", "posts/puddles.md", 260),
                done("call-2", 290),
            ],
        );
    }
}

/// Copies a folder, without recordings and what a build left.
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
