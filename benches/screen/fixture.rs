//! Repositories to look at: real ones, with runs that the engine made, and as many copies of these
//! under other names as are wanted.

use crate::trusted;
use harness_tui::engine::lock;
use harness_tui::terms::Digest;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// The real binary.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_harness-tui");

/// Lines of a role's text: about what roles hold.
const ROLE_LINES: usize = 60;
/// How long the engine may take for anything here.
const PATIENCE: Duration = Duration::from_mins(1);

/// The artifact that every run makes.
pub const ARTIFACT: &str = "harness/artifacts/plans/plan.md";

/// A repository of its own.
pub struct Repo {
    dir: tempfile::TempDir,
    /// Runs that live, to be ended.
    live: Vec<String>,
}

impl Repo {
    /// One with so many backlog items, and a task for as many of them as given.
    pub fn new(items: usize, tasks: usize) -> Self {
        let repo = Self {
            dir: tempfile::tempdir().unwrap(),
            live: Vec::new(),
        };
        trusted::user(repo.outside("user"));
        repo.settings();
        let mut backlog = String::from("# Backlog\n");
        for n in 1..=items {
            let task = if n <= tasks {
                format!("**Task:** {}\n", task_id(n))
            } else {
                String::new()
            };
            write!(
                backlog,
                "\n### {} - {}\n\n**Status:** Planned\n**Summary:** What people asked for in \
                 place {n}, said in one sentence or two.\n{task}",
                item_id(n),
                title(n),
            )
            .unwrap();
        }
        repo.put("harness/backlog.md", &backlog);
        for n in 1..=tasks {
            repo.put(&task_path(n), &task(n));
        }
        repo.git(&["init", "-q", "-b", "main"]);
        repo.git(&["config", "user.name", "Bench"]);
        repo.git(&["config", "user.email", "bench@localhost"]);
        repo.git(&["add", "-A"]);
        repo.git(&["commit", "-qm", "base"]);
        repo
    }

    fn settings(&self) {
        let quick = self.outside("quick.sh");
        put(
            &quick,
            "cat >/dev/null; mkdir -p out harness/artifacts/plans; date +%N >> out/work.md; \
             printf '# Plan\\n\\nDo it.\\n' > harness/artifacts/plans/plan.md; echo done",
        );
        let sleeper = self.outside("sleeper.sh");
        put(&sleeper, "exec sleep 100000");
        let settings = format!(
            "version: 1\ndefault_workflow: flow\nsandbox: \"off\"\napprovals: {{ before_complete: true }}\nagents:\n  \
             - {{ name: quick, driver: command, capabilities: [work], command: [sh, \"{}\"] }}\n  \
             - {{ name: sleeper, driver: command, capabilities: [sleep], command: [sh, \"{}\"] }}\n",
            quick.display(),
            sleeper.display()
        );
        self.put("harness/harness.yaml", &settings);
        let words =
            "- Say what is wrong, where it is, and what is to be done about it, in order.\n";
        for (role, capability) in [("worker", "work"), ("sleeper", "sleep")] {
            let text = format!(
                "---\ncapability: {capability}\nprofile: workspace\n---\n{}",
                words.repeat(ROLE_LINES)
            );
            self.put(&format!("harness/roles/{role}.md"), &text);
        }
        let head = |name: &str| {
            format!("name: {name}\ndescription: of a usual size\ntask: required\nstages:\n")
        };
        let plan = "  - { id: plan, name: Planning, role: worker, produces: { plan: \"harness/artifacts/plans/plan.md\" } }\n";
        let flow = format!(
            "{}{plan}  - {{ id: build, name: Build, role: worker, depends_on: [plan], writes: [\"out/**\"] }}\n  \
             - {{ id: review, name: Review, role: worker, depends_on: [build], writes: [\"out/**\"] }}\n  \
             - {{ id: complete, name: Complete, depends_on: [review], gate: {{ before: approvals.before_complete }} }}\n",
            head("flow")
        );
        self.put("harness/workflows/flow.yaml", &flow);
        let fails = format!(
            "{}  - {{ id: build, name: Build, role: worker, writes: [\"out/**\"], checks: [{{ run: \"false\" }}] }}\n",
            head("fails")
        );
        self.put("harness/workflows/fails.yaml", &fails);
        let live = format!(
            "{}  - {{ id: build, name: Build, role: sleeper, writes: [\"out/**\"] }}\n",
            head("live")
        );
        self.put("harness/workflows/live.yaml", &live);
    }

    /// The checkout.
    pub fn home(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join("repo")
    }

    /// A path beside it.
    pub fn outside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// The engine's folder of runs.
    pub fn runs(&self) -> PathBuf {
        self.home().join(".git/harness/runs")
    }

    /// Writes a file of the checkout.
    pub fn put(&self, path: &str, text: &str) {
        put(&self.home().join(path), text);
    }

    fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        let status = git.args(args).current_dir(self.home()).status().unwrap();
        assert!(status.success(), "git {args:?}");
    }

    /// The program in this checkout, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(self.home())
            .env_remove("HARNESS_ATTEMPT")
            .env("HARNESS_TUI_HOME", self.outside("user"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end; what it prints.
    pub fn runs_to(&self, code: i32, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        let out = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {out}\n{err}");
        out
    }

    /// The run of the task of this number.
    fn run_of(&self, n: usize) -> String {
        let of = format!("-{}", task_id(n));
        let names = std::fs::read_dir(self.runs()).unwrap();
        let mut names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
        names.find(|name| name.ends_with(&of)).unwrap()
    }

    /// A run that waits at its gate, of the task of this number.
    pub fn waits(&self, n: usize) -> String {
        self.runs_to(6, &["run", &task_id(n)]);
        self.run_of(n)
    }

    /// A run that was landed.
    pub fn landed(&self, n: usize) -> String {
        let run = self.waits(n);
        self.runs_to(0, &["approve", &run]);
        let landed = Instant::now();
        while self
            .command(&["land", &run])
            .output()
            .unwrap()
            .status
            .code()
            != Some(0)
        {
            assert!(landed.elapsed() < PATIENCE, "{run} can't be landed");
            super::driver::wait(Duration::from_millis(50));
        }
        run
    }

    /// A run that is blocked.
    pub fn blocked(&self, n: usize) -> String {
        self.runs_to(3, &["run", &task_id(n), "--workflow", "fails"]);
        self.run_of(n)
    }

    /// A run whose agent does nothing until it is ended.
    pub fn lives(&mut self, n: usize) -> String {
        self.runs_to(0, &["run", &task_id(n), "--workflow", "live", "--detach"]);
        let run = self.run_of(n);
        self.live.push(run.clone());
        let shim = self.attempt(&run).join("transcript.jsonl");
        let begun = Instant::now();
        while !shim.exists() || Self::agent(&run).is_none() {
            assert!(begun.elapsed() < PATIENCE, "{run} never began");
            super::driver::wait(Duration::from_millis(20));
        }
        run
    }

    /// The folder of the only attempt of a run that lives.
    pub fn attempt(&self, run: &str) -> PathBuf {
        self.runs().join(run).join("attempts/build.1.1")
    }

    /// The process of the agent of a run that lives: the one that sleeps in the run's tree.
    pub fn agent(run: &str) -> Option<u32> {
        let processes = std::fs::read_dir("/proc").unwrap();
        processes
            .filter_map(|p| p.ok()?.file_name().into_string().ok()?.parse().ok())
            .find(|pid: &u32| {
                let at = |name: &str| PathBuf::from(format!("/proc/{pid}/{name}"));
                let sleeps = std::fs::read(at("cmdline")).is_ok_and(|c| c.starts_with(b"sleep\0"));
                let tree = std::fs::read_link(at("cwd")).unwrap_or_default();
                sleeps && tree.ends_with(run)
            })
    }

    /// The tree of a run.
    pub fn tree(&self, run: &str) -> PathBuf {
        self.dir
            .path()
            .canonicalize()
            .unwrap()
            .join(".harness-worktrees/repo")
            .join(run)
    }

    /// The same run once more for each of these tasks.
    pub fn copies(&self, run: &str, tasks: impl Iterator<Item = usize>) {
        let first = self.runs().join(run);
        let (day, task) = run.rsplit_once('-').unwrap();
        let read = |name: &str| std::fs::read_to_string(first.join(name)).unwrap();
        let (order, locked, copy) = (
            read("run.json"),
            read("workflow.lock.yaml"),
            read("plan.json"),
        );
        let digest = Digest::of(locked.as_bytes()).to_string();
        assert!(copy.contains(&digest) && lock::from_lock(&locked).is_ok());
        for n in tasks {
            let other = task_id(n);
            let name = format!("{day}-{other}");
            let folder = self.runs().join(&name);
            std::fs::create_dir_all(folder.join("control")).unwrap();
            std::fs::create_dir_all(folder.join("attempts")).unwrap();
            let locked = locked.replace(task, &other);
            let new = Digest::of(locked.as_bytes()).to_string();
            put(
                &folder.join("run.json"),
                &order.replace(run, &name).replace(task, &other),
            );
            put(
                &folder.join("plan.json"),
                &copy.replace(task, &other).replace(&digest, &new),
            );
            put(&folder.join("workflow.lock.yaml"), &locked);
            for name in ["journal.jsonl", "base.md", "lock", "supervisor.json"] {
                if first.join(name).exists() {
                    std::fs::copy(first.join(name), folder.join(name)).unwrap();
                }
            }
            let active = |run: &str| self.home().join("harness/runs/active").join(run);
            if active(run).exists() {
                std::fs::create_dir_all(active(&name)).unwrap();
                for file in ["run-state.md", "report.md"] {
                    let from = active(run).join(file);
                    if from.exists() {
                        std::fs::copy(from, active(&name).join(file)).unwrap();
                    }
                }
            }
        }
    }
}

impl Drop for Repo {
    fn drop(&mut self) {
        for run in &self.live {
            // The folder goes away next; a run that is over already is fine.
            let _ = self.command(&["cancel", run]).output();
            let begun = Instant::now();
            while Self::agent(run).is_some() && begun.elapsed() < PATIENCE {
                super::driver::wait(Duration::from_millis(20));
            }
        }
    }
}

/// The project of the large figures: 10,000 items and 2,000 runs, all but some of them over.
pub fn large() -> Repo {
    const ITEMS: usize = 10_000;
    const RUNS: usize = 2_000;
    let repo = Repo::new(ITEMS, RUNS);
    let landed = repo.landed(1);
    let waits = repo.waits(2);
    let blocked = repo.blocked(3);
    repo.copies(&waits, 4..=10);
    repo.copies(&blocked, 11..=20);
    repo.copies(&landed, 21..=RUNS);
    let listed = repo.runs_to(0, &["status", "--json"]);
    assert!(
        listed.lines().filter(|l| l.contains("\"run\"")).count() >= RUNS
            && !listed.contains("\"unreadable\""),
        "a run that can't be read is no measure"
    );
    repo
}

pub fn task_id(n: usize) -> String {
    format!("T{n:04}")
}

pub fn item_id(n: usize) -> String {
    format!("B{n:05}")
}

fn title(n: usize) -> String {
    const WORDS: [&str; 8] = [
        "search", "export", "darkness", "login", "upload", "index", "mirror", "invoice",
    ];
    let word = |at: usize| WORDS[at % WORDS.len()];
    format!("The {} of the {} in place {n}", word(n), word(n / 8))
}

pub fn task_path(n: usize) -> String {
    format!("harness/tasks/{}-some-words.md", task_id(n))
}

pub fn task(n: usize) -> String {
    format!(
        "# Task {} — {}\n\nStatus: Ready\nBacklog Item: {}\n\n## Summary\n\nReaders asked for it.\n\n\
         ## Acceptance Criteria\n\n- It is there.\n- It stays there.\n",
        task_id(n),
        title(n),
        item_id(n)
    )
}

pub fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}

/// Puts a text in a file's place, as editors do.
pub fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new~");
    put(&beside, text);
    std::fs::rename(beside, path).unwrap();
}
