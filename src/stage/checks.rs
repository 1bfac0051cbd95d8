//! Checks: commands that must exit 0 on a clean copy of exactly what is handed on.

use super::desk::{Desk, Job};
use super::exit::CheckResult;
use super::ground;
use super::setup::{self, Placed};
use super::timeline::Step;
use crate::engine::plan::Command;
use crate::git::{Checkout, Git, Index};
use crate::terms::{Digest, Oid};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs every check on this tree, which `commit` holds. An error says why they could not be run
/// at all; a check that fails is a result.
pub fn run(desk: &mut Desk<'_>, tree: &Oid, commit: &Oid) -> Result<Vec<CheckResult>, String> {
    let mut results = Vec::new();
    let mut copy: Option<Copy> = None;
    for command in desk.spec.stage.checks.clone() {
        let kept = kept_path(desk, tree, &command);
        if let Some(result) = read_kept(&kept) {
            let step = desk.log.start(Step::Check, command.label());
            let passed = result.passed();
            desk.log
                .finish(step, passed, "known for this tree; not run again");
            results.push(CheckResult {
                reused: true,
                ..result
            });
            continue;
        }
        let clean = match copy.take() {
            Some(copy) => copy,
            None => Copy::make(desk, commit)?,
        };
        let result = one(desk, &clean, tree, &command)?;
        if result.exit.is_some() {
            keep(&kept, &result)?;
        }
        results.push(result);
        copy = Some(clean);
        if super::watch::ordered(&desk.dir.join("order")).is_some() {
            break;
        }
    }
    Ok(results)
}

fn one(
    desk: &mut Desk<'_>,
    copy: &Copy,
    tree: &Oid,
    command: &Command,
) -> Result<CheckResult, String> {
    copy.clean()?;
    let label = command.label();
    let step = desk.log.start(Step::Check, &label);
    let job = Job {
        argv: desk.argv(command)?,
        cwd: &copy.path,
        roots: Some(desk.roots_with_caches(&copy.path)),
        timeout: Duration::from_secs(command.timeout_secs),
        keep: 0,
        raw: None,
    };
    let ran = desk.run(&job).map_err(|e| format!("'{label}': {e}"))?;
    let changed = copy.changed()?;
    if !changed.is_empty() {
        desk.notes.push(format!(
            "the check '{label}' changed tracked files, which is discarded: {}",
            changed.join(", ")
        ));
    }
    desk.log.finish(step, ran.ok(), ran.told());
    Ok(CheckResult {
        command: desk.log.redactor().text(&label),
        exit: ran.exit,
        took_ms: ran.took_ms,
        tree: tree.clone(),
        tail: ran.tail,
        changed,
        reused: false,
    })
}

/// The clean copy: a working tree of its own, on no branch.
struct Copy {
    path: PathBuf,
    commit: Oid,
    placed: Placed,
}

impl Copy {
    /// Makes it, or brings the one that is there to this commit. One that can't be brought there
    /// is made anew.
    fn make(desk: &mut Desk<'_>, commit: &Oid) -> Result<Self, String> {
        let path = desk.spec.check_tree.clone();
        let mut copy = Self {
            path,
            commit: commit.clone(),
            placed: Placed::default(),
        };
        let git = desk.spec.git();
        let common = match &desk.spec.own_repository {
            Some(own) => own.clone(),
            None => {
                let found = Git::discover(&desk.spec.tree);
                found.map_err(|e| e.to_string())?.common_dir
            }
        };
        let ours = Git::discover(&copy.path)
            .is_ok_and(|r| r.common_dir == common && same_place(&r.top, &copy.path));
        if !ours || copy.reset().is_err() {
            copy.make_anew(desk, &git)?;
        }
        copy.placed = setup::prepare(desk, &copy.path)?;
        Ok(copy)
    }

    fn make_anew(&self, desk: &Desk<'_>, git: &Git) -> Result<(), String> {
        setup::forget(&desk.spec.run_dir, &self.path);
        if self.path.exists() {
            // What stands there may be broken beyond what git would remove.
            let _ = git.worktree_remove(&self.path, true);
            if self.path.exists() {
                std::fs::remove_dir_all(&self.path)
                    .map_err(|e| format!("{}: {e}", self.path.display()))?;
            }
        }
        // A tree whose folder is gone is still listed, and locked, until it is told otherwise.
        let _ = git.call(["worktree", "unlock"]).arg(&self.path).run();
        git.worktree_prune().map_err(|e| e.to_string())?;
        if let Some(parent) = self.path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        }
        let reason = format!("checks of {}", desk.spec.run);
        git.worktree_add(&self.path, Checkout::Detached(&self.commit), &reason)
            .map_err(|e| e.to_string())
    }

    fn git(&self) -> Git {
        Git::new(&self.path)
    }

    fn reset(&self) -> Result<(), String> {
        self.git()
            .call(["reset", "-q", "--hard", self.commit.as_str()])
            .run()
            .map(|_| ())
            .map_err(|e| e.to_string())
    }

    /// Takes away everything but what the commit holds and what set-up placed.
    fn clean(&self) -> Result<(), String> {
        self.reset()?;
        let git = self.git();
        let mut call = git
            .call(["clean", "-ffdxq"])
            .env("GIT_LITERAL_PATHSPECS", "0");
        for path in &self.placed.paths {
            call = call.arg("-e").arg(setup::pattern_of(path));
        }
        call.run().map(|_| ()).map_err(|e| e.to_string())
    }

    /// Tracked files that differ from the commit.
    fn changed(&self) -> Result<Vec<String>, String> {
        let git = self.git();
        let repository = Git::discover(&self.path).map_err(|e| e.to_string())?;
        let index = Index::at(&git, repository.git_dir.join("index"));
        index.refresh().map_err(|e| e.to_string())?;
        index.modified().map_err(|e| e.to_string())
    }
}

fn same_place(a: &Path, b: &Path) -> bool {
    a == b || std::fs::canonicalize(b).is_ok_and(|b| a == b)
}

fn kept_path(desk: &Desk<'_>, tree: &Oid, command: &Command) -> PathBuf {
    let words = serde_json::to_vec(command).unwrap_or_default();
    let setup = serde_json::to_vec(&desk.spec.setup).unwrap_or_default();
    let digest = Digest::of_parts([tree.as_str().as_bytes(), &words, &setup]);
    desk.spec
        .run_dir
        .join("checks")
        .join(format!("{digest}.json"))
}

/// Forgets the checks that failed, so that they run again on the same tree: a person says that
/// what they failed of has been mended.
pub fn forget_failures(run_dir: &Path) {
    let folder = run_dir.join("checks");
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if read_kept(&path).is_some_and(|result| !result.passed()) {
            // One that stays is only not run again.
            let _ = std::fs::remove_file(&path);
        }
    }
}

fn read_kept(path: &Path) -> Option<CheckResult> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn keep(path: &Path, result: &CheckResult) -> Result<(), String> {
    let told = |e: std::io::Error| format!("{}: {e}", path.display());
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(told)?;
    }
    let bytes = serde_json::to_vec(result).map_err(|e| e.to_string())?;
    ground::put(path, &bytes, 0o600).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(exit: i32) -> CheckResult {
        CheckResult {
            command: "true".to_owned(),
            exit: Some(exit),
            took_ms: 1,
            tree: Oid::new("a".repeat(40)).unwrap(),
            tail: String::new(),
            changed: Vec::new(),
            reused: false,
        }
    }

    #[test]
    fn only_failures_are_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join("checks").join(name);
        keep(&at("good.json"), &result(0)).unwrap();
        keep(&at("bad.json"), &result(1)).unwrap();
        forget_failures(dir.path());
        assert!(read_kept(&at("good.json")).is_some());
        assert!(read_kept(&at("bad.json")).is_none());
    }
}
