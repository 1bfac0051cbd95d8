//! A repository, a run's tree, an attempt to be carried out.

use harness_tui::agents::Session;
use harness_tui::engine::plan::{
    Agent, Budget, Command, Limits, Network, Produce, ProduceFrom, Profile, Quota, RoleWork, Run,
    Sandbox, Stage, TreeSetup, Work,
};
use harness_tui::stage::exit::ExitRecord;
use harness_tui::stage::spec::{AttemptKind, AttemptSpec};
use harness_tui::terms::{Digest, Oid, RepoPath, StageId};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Everything one attempt needs, in a temporary folder.
pub struct Bench {
    dir: tempfile::TempDir,
    pub spec: AttemptSpec,
    env: Vec<(String, String)>,
}

impl Bench {
    /// An agent that is this shell script.
    pub fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (home, tree) = (root.join("home"), root.join("tree"));
        std::fs::create_dir_all(&home).unwrap();
        git(&home, &["init", "-q", "-b", "main"]);
        git(&home, &["config", "user.name", "Ada"]);
        git(&home, &["config", "user.email", "ada@example.org"]);
        for (path, text) in [
            ("README.md", "read me\n"),
            ("LICENSE", "free\n"),
            (".gitignore", "*.log\n"),
            ("src/main.txt", "main\n"),
            ("out/keep", "\n"),
        ] {
            put(&home.join(path), text);
        }
        git(&home, &["add", "-A"]);
        git(&home, &["commit", "-q", "-m", "first"]);
        let branch = "harness/T7";
        let at = tree.display().to_string();
        git(&home, &["worktree", "add", "-q", "-b", branch, &at]);
        let head = Oid::new(git(&home, &["rev-parse", "HEAD"])).unwrap();
        let run_dir = home.join(".git/harness/runs/RUN-2026-01-02-T7");
        let spec = spec(&root, &run_dir, head, script);
        Self {
            dir,
            spec,
            env: Vec::new(),
        }
    }

    pub fn home(&self) -> &Path {
        &self.spec.home
    }

    /// The attempt's folder.
    pub fn attempt(&self) -> PathBuf {
        self.spec
            .run_dir
            .join("attempts")
            .join(self.spec.attempt.to_string())
    }

    pub fn writes(&mut self, globs: &[&str]) {
        self.spec.stage.writes = globs.iter().map(|g| (*g).to_owned()).collect();
    }

    pub fn check(&mut self, line: &str) {
        let command = Command {
            run: Run::Shell(line.to_owned()),
            timeout_secs: 30,
            name: None,
        };
        self.spec.stage.checks.push(command.into());
    }

    pub fn produce(&mut self, name: &str, path: &str) {
        self.spec.stage.produces.push(Produce {
            name: name.to_owned(),
            path: RepoPath::new(path).unwrap(),
            from: ProduceFrom::File,
            template: None,
            template_digest: None,
            names_criteria: false,
        });
    }

    pub fn env(&mut self, name: &str, value: &str) {
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// The agent's program and its arguments.
    pub fn program(&mut self, words: &[&str]) {
        if let Work::Role(role) = &mut self.spec.stage.work {
            role.agent.command = words.iter().map(|w| (*w).to_owned()).collect();
        }
    }

    /// The agent is what was recorded in this folder.
    pub fn replay(&mut self, place: &Path) {
        if let Work::Role(role) = &mut self.spec.stage.work {
            "replay".clone_into(&mut role.agent.driver);
            role.agent.command.clear();
            role.agent.recordings = Some(place.display().to_string());
        }
        self.env("HARNESS_REPLAY_SPEED", "0");
    }

    /// Puts a file into the run's tree.
    pub fn put_tree(&self, path: &str, text: &str) {
        put(&self.spec.tree.join(path), text);
    }

    /// Puts a file into the checkout that git does not know there.
    pub fn put_home(&self, path: &str, text: &str) {
        put(&self.home().join(path), text);
    }

    /// Commits what is in the run's tree; the attempt starts from there.
    pub fn commit_tree(&mut self) {
        git(&self.spec.tree, &["add", "-A"]);
        git(&self.spec.tree, &["commit", "-q", "-m", "more"]);
        let head = git(&self.spec.tree, &["rev-parse", "HEAD"]);
        self.spec.checkpoint = Oid::new(head).unwrap();
    }

    /// A plain command instead of an agent.
    pub fn command(&mut self, run: Run) {
        self.spec.stage.work = Work::Command(Command {
            run,
            timeout_secs: 30,
            name: None,
        });
    }

    /// The same again, as the next attempt.
    pub fn again(&mut self) -> &mut Self {
        self.spec.attempt.attempt += 1;
        self.spec.kind = AttemptKind::Repair;
        self
    }

    /// Carries the attempt out by the real program.
    pub fn run(&mut self) -> ExitRecord {
        let dir = self.attempt();
        put(
            &dir.join("spec.json"),
            &serde_json::to_string(&self.spec).unwrap(),
        );
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_harness-tui"))
            .args(["stage-exec", "--dir"])
            .arg(&dir)
            .envs(self.env.iter().map(|(n, v)| (n, v)))
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words}");
        serde_json::from_str(&self.read("exit.json")).unwrap()
    }

    /// A file of the attempt's.
    pub fn read(&self, name: &str) -> String {
        let path = self.attempt().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// A file of the run's tree.
    pub fn read_tree(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.spec.tree.join(path)).ok()
    }

    /// What git says in the run's tree.
    pub fn git_tree(&self, args: &[&str]) -> String {
        git(&self.spec.tree, args)
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // The folder goes with the value; named so that the field is seen to be used.
        let _ = self.dir.path();
    }
}

fn spec(root: &Path, run_dir: &Path, head: Oid, script: &str) -> AttemptSpec {
    AttemptSpec {
        // Each bench is a run of its own: processes are found by the run's name.
        run: format!("RUN-{}", uuid::Uuid::new_v4()).parse().unwrap(),
        attempt: "build.1.1".parse().unwrap(),
        public_id: "RUN-2026-01-02-T7-BUILD".parse().unwrap(),
        epoch: 1,
        kind: AttemptKind::Fresh,
        stage: stage(script),
        home: root.join("home"),
        harness: RepoPath::new("harness").unwrap(),
        tree: root.join("tree"),
        check_tree: root.join("checks"),
        branch: Some("refs/heads/harness/T7".to_owned()),
        checkpoint: head.clone(),
        base: head,
        run_dir: run_dir.to_owned(),
        task: None,
        criteria: Vec::new(),
        reopens: Vec::new(),
        artifacts: BTreeMap::new(),
        findings: Vec::new(),
        comments: Vec::new(),
        answers: Vec::new(),
        checks_so_far: Vec::new(),
        session: Session::New(uuid::Uuid::nil()),
        agent_home: None,
        setup: TreeSetup::default(),
        preconditions: Vec::new(),
        env: BTreeMap::new(),
        record: None,
        names: BTreeMap::new(),
        apart: None,
        brought: None,
        own_repository: None,
        lent: None,
        keep_raw: false,
    }
}

fn stage(script: &str) -> Stage {
    Stage {
        id: StageId::new("build").unwrap(),
        name: "Build".to_owned(),
        code: "BUILD".to_owned(),
        work: Work::Role(Box::new(RoleWork {
            role: "build".to_owned(),
            role_path: RepoPath::new("harness/roles/build.md").unwrap(),
            prompt: "You build.".to_owned(),
            role_digest: Digest::of("x"),
            capability: "build".to_owned(),
            agent: Agent {
                name: "script".to_owned(),
                driver: "command".to_owned(),
                model: None,
                effort: None,
                command: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
                recordings: None,
                interactive: Vec::new(),
                env: Vec::new(),
                plan: false,
            },
            keep_context: false,
            fallbacks: Vec::new(),
        })),
        depends_on: Vec::new(),
        when: None,
        precondition: None,
        context: Vec::new(),
        produces: Vec::new(),
        writes: Vec::new(),
        profile: Profile {
            name: "workspace".to_owned(),
            tools: ["read", "edit", "shell"].map(str::to_owned).to_vec(),
            network: Network::Model,
            instructions: Vec::new(),
            mcp: Vec::new(),
            skills: Vec::new(),
            env: Vec::new(),
            sandbox: Sandbox::BestEffort,
        },
        checks: Vec::new(),
        looping: None,
        verdict: None,
        on_fail: None,
        gate_before: None,
        gate_after: None,
        retries: 0,
        backoff_ms: 5_000,
        within: Vec::new(),
        limits: Limits {
            timeout_secs: 60,
            idle_secs: 60,
            ..Limits::default()
        },
        budget: Budget::default(),
        skippable: false,
        on_quota: Quota::default(),
    }
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = std::process::Command::new("git")
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {args:?}: {words}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
fn put(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}
