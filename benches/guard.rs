//! What the guard and the hand-off cost in a large repository: 100,000 tracked and 100,000 ignored
//! files, an attempt that changes ten of them, beside `git status` in the same tree and the same run.
//! Prints figures, judges none.
//!
//!     cargo bench --bench guard               # all of it
//!     cargo bench --bench guard -- 20000      # another number of files

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops at the first error"
)]

use harness_tui::agents::Session;
use harness_tui::engine::plan::{
    Budget, Command as Line, Limits, Network, Profile, Run, Sandbox, Stage, TreeSetup, Work,
};
use harness_tui::git::{Expected, Git, Identity, NewCommit};
use harness_tui::stage::guard::Before;
use harness_tui::stage::spec::{AttemptKind, AttemptSpec};
use harness_tui::supervisor::tree;
use harness_tui::terms::{Oid, RepoPath, StageId};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FILES: usize = 100_000;
const CHANGED: usize = 10;
const ROUNDS: usize = 9;
/// Files in one folder.
const BESIDE: usize = 100;

fn main() {
    // `cargo test` builds and runs benches with this argument; there is nothing to prove here.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let files = std::env::args()
        .find_map(|a| a.parse().ok())
        .unwrap_or(FILES);
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let mut spec = repository(&root, files);
    let mut times: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for round in 0..=ROUNDS {
        // Side by side in every round, so that a busy machine hits all of them.
        for (name, took) in one(&mut spec, files, round) {
            if round > 0 {
                times.entry(name).or_default().push(took);
            }
        }
    }
    println!(
        "{files} tracked and {files} ignored files, {CHANGED} changed, {ROUNDS} rounds, build with {}",
        if cfg!(debug_assertions) {
            "debug assertions"
        } else {
            "optimisation"
        }
    );
    let status = median(times.get_mut("0 git status").unwrap());
    for (name, times) in &mut times {
        let middle = median(times);
        let ms = |d: Duration| d.as_secs_f64() * 1000.0;
        println!(
            "{:<34} min {:>8.1} ms   median {:>8.1} ms   max {:>8.1} ms   {:>5.2} x status",
            &name[2..],
            ms(times[0]),
            ms(middle),
            ms(times[times.len() - 1]),
            middle.as_secs_f64() / status.as_secs_f64(),
        );
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// One attempt, by the parts that look at the whole tree.
fn one(spec: &mut AttemptSpec, files: usize, round: usize) -> Vec<(&'static str, Duration)> {
    let mut took = Vec::new();
    let mut time = |name, begun: Instant| took.push((name, begun.elapsed()));
    let dir = spec.run_dir.join(format!("attempts/work.1.{}", round + 1));
    std::fs::create_dir_all(&dir).unwrap();

    let begun = Instant::now();
    git(&spec.tree, &["status", "--porcelain"]);
    time("0 git status", begun);

    let begun = Instant::now();
    let before = Before::look(spec, &dir).unwrap();
    time("1 guard, before", begun);

    for n in 0..CHANGED {
        let path = path("src", (n * 7919 + round) % files);
        put(&spec.tree.join(path), &format!("changed {round} {n}\n"));
    }
    let begun = Instant::now();
    let after = before.compare(spec, &dir, false, &[]).unwrap();
    time("2 guard, after", begun);
    assert_eq!(after.changes.len(), CHANGED);
    assert!(after.tampering.is_empty() && after.overreach.is_empty());

    let begun = Instant::now();
    let home = Git::new(&spec.home);
    let commit = home
        .commit_tree(&NewCommit {
            tree: after.tree.as_ref().unwrap(),
            parents: std::slice::from_ref(&spec.checkpoint),
            message: "handed on",
            trailers: &[],
            identity: &Identity::fallback(),
            seconds: 1,
        })
        .unwrap();
    let branch = spec.branch.clone().unwrap();
    home.update_ref(&branch, &commit, Expected::At(&spec.checkpoint), "bench")
        .unwrap();
    time("3 hand-off", begun);
    spec.checkpoint = commit;

    let begun = Instant::now();
    let near = spec.run_dir.join("look");
    let tree = Git::new(&spec.tree);
    let now = tree::content(&spec.run_dir, &tree, &near, &[]).unwrap();
    time("4 is all handed on (at a gate)", begun);
    assert_eq!(now, after.tree);
    took
}

fn path(top: &str, n: usize) -> String {
    let folder = n / BESIDE;
    format!("{top}/m{:03}/p{}/f{n}.txt", folder / 10, folder % 10)
}

/// The repository, its run's tree with what a build left there, and the order of an attempt.
fn repository(root: &Path, files: usize) -> AttemptSpec {
    let (home, tree) = (root.join("home"), root.join("tree"));
    std::fs::create_dir_all(&home).unwrap();
    fill(&home, "src", files);
    put(&home.join(".gitignore"), "/build/\n");
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["config", "user.name", "Bench"],
        &["config", "user.email", "bench@localhost"],
        &["add", "-A"],
        &["commit", "-qm", "base"],
        &[
            "worktree",
            "add",
            "-q",
            "-b",
            "harness/T1",
            tree.to_str().unwrap(),
        ],
    ] {
        git(&home, args);
    }
    fill(&tree, "build", files);
    let head = Oid::new(git(&home, &["rev-parse", "HEAD"]).trim()).unwrap();
    spec(root, head)
}

fn fill(root: &Path, top: &str, files: usize) {
    for n in 0..files {
        put(&root.join(path(top, n)), &format!("{top} {n}\n").repeat(8));
    }
}

fn spec(root: &Path, head: Oid) -> AttemptSpec {
    AttemptSpec {
        run: "RUN-2026-01-02-T1".parse().unwrap(),
        attempt: "work.1.1".parse().unwrap(),
        public_id: "RUN-2026-01-02-T1-WORK".parse().unwrap(),
        epoch: 1,
        kind: AttemptKind::Fresh,
        stage: stage(),
        home: root.join("home"),
        harness: RepoPath::new("harness").unwrap(),
        tree: root.join("tree"),
        check_tree: root.join("checks"),
        branch: Some("refs/heads/harness/T1".to_owned()),
        checkpoint: head.clone(),
        base: head,
        run_dir: root.join("home/.git/harness/runs/RUN-2026-01-02-T1"),
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
        keep_raw: false,
        apart: None,
        brought: None,
        own_repository: None,
        lent: None,
    }
}

fn stage() -> Stage {
    Stage {
        id: StageId::new("work").unwrap(),
        name: "Work".to_owned(),
        code: "WORK".to_owned(),
        work: Work::Command(Line {
            run: Run::Shell("true".to_owned()),
            timeout_secs: 30,
            name: None,
        }),
        depends_on: Vec::new(),
        when: None,
        precondition: None,
        context: Vec::new(),
        produces: Vec::new(),
        writes: vec!["src/**".to_owned()],
        profile: Profile {
            name: "workspace".to_owned(),
            tools: Vec::new(),
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
        limits: Limits::default(),
        budget: Budget::default(),
        skippable: false,
    }
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn put(path: &Path, text: &str) {
    use std::io::Write as _;
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::File::create(path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
}
