//! A run that is completed and waits to be landed, made without an agent by the code that makes
//! real ones: the order, the journal, the branch.

use harness_tui::engine::event::Attempted;
use harness_tui::engine::inputs::{Inputs, settings_digest};
use harness_tui::engine::plan::{
    Budget, Command, Criterion, Limits, Network, Plan, PlannedTask, Profile, Quota, Run, Sandbox,
    Stage, TreeSetup, Work,
};
use harness_tui::engine::{Event, Person};
use harness_tui::git::{Checkout, Git};
use harness_tui::landing::{Form, How, Request};
use harness_tui::records::harness::Harness;
use harness_tui::records::project::Project;
use harness_tui::records::runs::RunView;
use harness_tui::store::fs::{Disk, Fs};
use harness_tui::store::journal::Journal;
use harness_tui::store::layout::{ActiveDir, RunDir};
use harness_tui::supervisor::control::Entry;
use harness_tui::supervisor::order::{RunOrder, Statuses};
use harness_tui::supervisor::start::{self, Request as Start};
use harness_tui::terms::{
    Digest, ItemId, Oid, Outcome, PublicId, RepoPath, StageId, TaskId, Usage,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub const BACKLOG: &str = "# Backlog\n\n### B001 — Dark mode\n**Status:** In Progress  \n**Summary:** Let people read at night.  \n\n---\n\n### B002 — Search\n**Status:** Planned  \n**Summary:** Find things.  \n";
pub const TASK: &str = "# Task T001 — Dark mode\n\nStatus: Ready\nBacklog Item: B001\n\n## Summary\n\nLet people read at night.\n\n## Acceptance Criteria\n\n- AC-1: there is a switch\n";
pub const TASK_PATH: &str = "harness/tasks/T001-dark-mode.md";

/// A repository with a completed run.
pub struct Ready {
    /// All of it, removed at the end.
    pub folder: tempfile::TempDir,
    pub home: PathBuf,
    pub git: Git,
    pub order: RunOrder,
    pub dirs: RunDir,
}

pub fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
    std::fs::write(path, text).unwrap();
}

pub fn commit_all(git: &Git, message: &str) -> Oid {
    git.call(["add", "-A"]).run().unwrap();
    git.call(["commit", "-q", "-m", message]).run().unwrap();
    git.resolve("HEAD").unwrap()
}

pub fn person() -> Person {
    Person {
        name: "Ada".to_owned(),
        terminal: None,
        pid: 1,
    }
}

pub fn request() -> Request {
    Request::new(How::Squash, Form::default(), person())
}

impl Ready {
    /// In a main checkout; the run is completed.
    pub fn new() -> Self {
        Self::made(false, true)
    }

    /// With home in a linked working tree.
    pub fn linked() -> Self {
        Self::made(true, true)
    }

    /// One whose only stage has not passed.
    pub fn unfinished() -> Self {
        Self::made(false, false)
    }

    fn made(linked: bool, completed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let mut home = root.join("repo");
        std::fs::create_dir(&home).unwrap();
        let mut git = Git::new(&home);
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
            git.call(["config", key, value]).run().unwrap();
        }
        put(&home, "src/app.txt", "one\ntwo\nthree\n");
        put(&home, "src/old.txt", "goes\n");
        put(&home, "notes.txt", "note\n");
        put(&home, "staged.txt", "s\n");
        put(&home, ".gitignore", "target/\n");
        put(&home, "harness/backlog.md", BACKLOG);
        commit_all(&git, "first");
        if linked {
            let there = root.join("linked");
            let head = git.resolve("HEAD").unwrap();
            git.worktree_add(&there, Checkout::NewBranch("work", &head), "mine")
                .unwrap();
            home = there;
            git = Git::new(&home);
        }
        // Written by a dialogue and never committed.
        put(&home, TASK_PATH, TASK);
        let (order, dirs) = run(&home, &root, completed);
        Self {
            folder,
            home,
            git,
            order,
            dirs,
        }
    }

    pub fn project(&self) -> Project {
        Project::find(&self.home).unwrap()
    }

    pub fn view(&self) -> RunView {
        RunView::read(self.dirs.clone()).unwrap()
    }

    pub fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.home.join(path)).unwrap()
    }

    pub fn at(&self, revision: &str, path: &str) -> Option<String> {
        let oid = self.git.resolve(revision).unwrap();
        let bytes = self.git.file_at(&oid, path).unwrap()?;
        Some(String::from_utf8(bytes).unwrap())
    }

    pub fn status(&self) -> Vec<String> {
        let call = self
            .git
            .call(["status", "--porcelain=v2", "--untracked-files=all"]);
        let text = call.text().unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// Everything of the repository that a landing could change: refs, index, every file of the
    /// checkout, working trees.
    pub fn everything(&self) -> String {
        let told = |args: &[&str]| self.git.call(args).text().unwrap();
        let mut all = vec![
            told(&["for-each-ref"]),
            told(&["symbolic-ref", "HEAD"]),
            told(&["ls-files", "-s"]),
            told(&["stash", "list"]),
            told(&["worktree", "list", "--porcelain"]),
            format!("{:?}", self.status()),
        ];
        let mut folders = vec![self.home.clone()];
        while let Some(folder) = folders.pop() {
            let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
                .unwrap()
                .map(|e| e.unwrap().path())
                .collect();
            paths.sort();
            for path in paths {
                if path.file_name().unwrap() == ".git" {
                } else if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    all.push(format!("{} {}", path.display(), Digest::of(bytes)));
                }
            }
        }
        all.join("\n")
    }

    /// A script as one of the person's hooks.
    pub fn hook(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let common = Git::discover(&self.home).unwrap().common_dir;
        put(&common, &format!("hooks/{name}"), script);
        let path = common.join("hooks").join(name);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

fn run(home: &Path, root: &Path, completed: bool) -> (RunOrder, RunDir) {
    let git = Git::new(home);
    let base = git.resolve("HEAD").unwrap();
    let branch = git.head().unwrap().branch.unwrap();
    super::trusted::in_process();
    let project = Project::find(home).unwrap();
    let start = Start {
        private: None,
        private_tree: None,
        in_place: None,
        home: home.to_owned(),
        harness: project.harness.clone(),
        engine: project.engine.clone(),
        trees: root.join("trees"),
        subject: "T001".to_owned(),
        branch: "harness/T001-dark-mode".to_owned(),
        changes: None,
        base: base.clone(),
        base_branch: branch.strip_prefix("refs/heads/").map(str::to_owned),
        item: Some(ItemId::new("B001").unwrap()),
        backlog: None,
        chosen: Vec::new(),
        by: person(),
        record: None,
        keep_raw: false,
        statuses: Statuses::default(),
        awake: false,
        trusted: project
            .trust()
            .word(&Harness::load(&project).powers)
            .unwrap(),
    };
    let order = start::create(start, &jiff::Zoned::now(), |_| Ok(plan())).unwrap();
    let dirs = project.engine.run(&order.run);
    git.worktree_add(
        &order.tree,
        Checkout::NewBranch(&order.branch, &base),
        "lives",
    )
    .unwrap();
    let commit = work(&order.tree);
    journal(&order, &dirs, &base, &commit, completed);
    let active = ActiveDir::of(&project.harness.under(home), &order.run);
    active.make(&Disk).unwrap();
    put(
        active.path(),
        "run-state.md",
        "# Run State\n\n~~~~\nmine\n~~~~\n",
    );
    put(active.path(), "report.md", "# Harness Run Report\n");
    (order, dirs)
}

/// What the agent did: a file changed, one new, one gone, an artifact.
fn work(tree: &Path) -> Oid {
    put(tree, "src/app.txt", "one\ntwo\nthree\nfour\n");
    put(tree, "src/new.txt", "a new file\n");
    put(tree, "harness/artifacts/plans/T001.md", "# Plan\n");
    std::fs::remove_file(tree.join("src/old.txt")).unwrap();
    commit_all(&Git::new(tree), "Build")
}

fn journal(order: &RunOrder, dirs: &RunDir, base: &Oid, commit: &Oid, completed: bool) {
    let attempt: harness_tui::terms::AttemptId = "build.1.1".parse().unwrap();
    let mut events = vec![
        Event::Created {
            plan: plan().workflow_digest,
            base: base.clone(),
            branch: order.branch.clone(),
            chosen: Vec::new(),
            by: person(),
        },
        Event::Prepared,
    ];
    if completed {
        events.push(Event::Intent {
            by: None,
            attempt: attempt.clone(),
            public: PublicId::compose(&order.run, "BUILD", 1).unwrap(),
            session: None,
            inputs: Inputs::of(
                &stage(),
                settings_digest(&plan(), &stage()),
                plan().task.as_ref().map(|t| &t.digest),
                &BTreeMap::new(),
                &BTreeMap::new(),
            ),
            checkpoint: base.clone(),
            seal: None,
        });
        events.push(Event::Finished(Box::new(Attempted {
            outcome: Outcome::Passed,
            commit: Some(commit.clone()),
            changed: 4,
            usage: Usage::default(),
            ..Attempted::lost(attempt, "passed", Some(1000))
        })));
        events.push(Event::Ended);
    }
    let (mut journal, _, _) =
        Journal::<Entry>::open(Arc::new(Disk) as Arc<dyn Fs>, &dirs.journal()).unwrap();
    for event in events {
        journal
            .append(jiff::Timestamp::now(), 1, &Entry::from(event))
            .unwrap();
    }
}

fn plan() -> Plan {
    Plan {
        workflow: "feature".to_owned(),
        workflow_path: None,
        workflow_digest: Digest::of("feature"),
        description: String::new(),
        task: Some(PlannedTask {
            id: TaskId::new("T001").unwrap(),
            title: "Dark mode".to_owned(),
            slug: "dark-mode".to_owned(),
            path: RepoPath::new(TASK_PATH).unwrap(),
            digest: harness_tui::documents::task::Task::parse(TASK.as_bytes())
                .digest_for_staleness(),
            criteria: vec![Criterion {
                id: "AC-1".parse().unwrap(),
                text: "there is a switch".to_owned(),
            }],
        }),
        vars: BTreeMap::new(),
        max_parallel: 1,
        budget: Budget::default(),
        day: None,
        slots: None,
        resumes: false,
        approvals: BTreeMap::new(),
        approvals_by_edit: false,
        tree: TreeSetup::default(),
        precondition: None,
        stages: vec![stage()],
        on: BTreeMap::new(),
    }
}

fn stage() -> Stage {
    let command = Command {
        run: Run::Shell("true".to_owned()),
        timeout_secs: 60,
        name: None,
    };
    Stage {
        id: StageId::new("build").unwrap(),
        name: "Build".to_owned(),
        code: "BUILD".to_owned(),
        work: Work::Command(command.clone()),
        depends_on: Vec::new(),
        when: None,
        precondition: None,
        context: Vec::new(),
        produces: Vec::new(),
        writes: vec!["**".to_owned()],
        within: Vec::new(),
        profile: Profile {
            name: "workspace".to_owned(),
            tools: Vec::new(),
            network: Network::Open,
            instructions: Vec::new(),
            mcp: Vec::new(),
            skills: Vec::new(),
            env: Vec::new(),
            sandbox: Sandbox::Off,
        },
        checks: vec![command.into()],
        looping: None,
        verdict: None,
        on_fail: None,
        gate_before: None,
        gate_after: None,
        retries: 0,
        backoff_ms: 1000,
        limits: Limits::default(),
        budget: Budget::default(),
        on_quota: Quota::default(),
        skippable: false,
    }
}
