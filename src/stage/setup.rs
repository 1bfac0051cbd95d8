//! Making a fresh tree build: copies, links and set-up commands, done once as long as neither the
//! orders nor the lock files change.

use super::copied;
use super::desk::{Desk, Job};
use super::ground;
use super::timeline::Step;
use crate::git::{Git, Index};
use crate::terms::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Files larger than this are not copied.
const LARGEST_COPY: u64 = 256 * 1024 * 1024;

/// Names of files that fix the versions of what a project depends on.
const LOCK_FILES: [&str; 16] = [
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
];

/// What was done to a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The digest of the orders and of the lock files.
    digest: String,
    /// What set-up put there that git does not know, folders with `/` at the end: it is never
    /// handed on and never cleaned away.
    pub paths: Vec<String>,
}

/// Makes this tree build; gives what was placed in it, or one line saying what failed.
pub fn prepare(desk: &mut Desk<'_>, tree: &Path) -> Result<Placed, String> {
    let wanted = desk.spec.setup.clone();
    let mark = mark_path(&desk.spec.run_dir, tree);
    let include = copied::include(&desk.spec.home);
    if wanted.setup.is_empty()
        && wanted.copy.is_empty()
        && wanted.link.is_empty()
        && include.is_empty()
    {
        return Ok(Placed::default());
    }
    let index = Index::at(&Git::new(tree), git_index(tree)?);
    let digest = digest(desk, tree, &index, &include)?;
    let earlier = read_mark(&mark).unwrap_or_default();
    if earlier.digest == digest {
        return Ok(earlier);
    }
    // What an earlier set-up placed is still its, although it is there before this one.
    let mut before = unknown(&index)?;
    before.retain(|path| !earlier.paths.contains(path));
    let globs = [wanted.copy, include].concat();
    let step = desk.log.start(Step::Setup, "copies and links");
    let copied = copy(&desk.spec.home, tree, &globs)
        .and_then(|n| link(&desk.spec.home, tree, &wanted.link).map(|m| n + m));
    match &copied {
        Ok(n) => desk.log.finish(step, true, format!("{n} placed")),
        Err(why) => desk.log.finish(step, false, why.clone()),
    }
    copied?;
    for command in &wanted.setup {
        run(desk, tree, command)?;
    }
    let after = unknown(&index)?;
    let placed = Placed {
        digest,
        paths: after.into_iter().filter(|p| !before.contains(p)).collect(),
    };
    let bytes = serde_json::to_vec(&placed).map_err(|e| e.to_string())?;
    ground::put(&mark, &bytes, 0o600).map_err(|e| format!("{}: {e}", mark.display()))?;
    Ok(placed)
}

/// Forgets what was done to a tree of the run in `run_dir`, because it is made anew.
pub fn forget(run_dir: &Path, tree: &Path) {
    let _ = std::fs::remove_file(mark_path(run_dir, tree));
}

fn run(
    desk: &mut Desk<'_>,
    tree: &Path,
    command: &crate::engine::plan::Command,
) -> Result<(), String> {
    let label = command.label();
    let step = desk.log.start(Step::Setup, &label);
    let job = Job {
        argv: desk.argv(command)?,
        cwd: tree,
        // It runs what the settings of the checkout say, as the person who started the run
        // would: before any agent was here, and to fetch dependencies.
        roots: None,
        timeout: Duration::from_secs(command.timeout_secs),
        keep: 0,
        raw: None,
    };
    let ran = desk.run(&job).map_err(|e| format!("'{label}': {e}"))?;
    desk.log.finish(step, ran.ok(), ran.told());
    if ran.ok() {
        return Ok(());
    }
    desk.log.note(&ran.tail);
    let last = ran.tail.lines().rev().find(|l| !l.trim().is_empty());
    Err(format!(
        "the set-up command '{label}': {}{}",
        ran.told(),
        last.map(|l| format!(": {l}")).unwrap_or_default()
    ))
}

fn git_index(tree: &Path) -> Result<PathBuf, String> {
    let repository = Git::discover(tree).map_err(|e| e.to_string())?;
    Ok(repository.git_dir.join("index"))
}

/// What set-up placed in a tree of the run in `run_dir` that git does not know, folders with `/` at
/// the end; nothing where none was done. Whoever tidies the tree leaves it there: it is made once.
pub fn placed_in(run_dir: &Path, tree: &Path) -> Vec<String> {
    read_mark(&mark_path(run_dir, tree)).map_or_else(Vec::new, |placed| placed.paths)
}

/// A path as a gitignore pattern that matches it alone.
pub fn pattern_of(path: &str) -> String {
    let mut text = String::from("/");
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | ' ') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Whether set-up put this path there; a folder it made covers all below.
pub fn is_placed(path: &str, placed: &[String]) -> bool {
    placed
        .iter()
        .any(|p| path == p || (p.ends_with('/') && path.starts_with(p.as_str())))
}

fn mark_path(run_dir: &Path, tree: &Path) -> PathBuf {
    let name = Digest::of(tree.as_os_str().as_encoded_bytes());
    run_dir.join(format!("setup-{}", name.short()))
}

fn read_mark(path: &Path) -> Option<Placed> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

fn digest(
    desk: &Desk<'_>,
    tree: &Path,
    index: &Index,
    include: &[String],
) -> Result<String, String> {
    let orders = serde_json::to_vec(&(&desk.spec.setup, include)).map_err(|e| e.to_string())?;
    let mut parts = vec![orders];
    for path in index.tracked().map_err(|e| e.to_string())? {
        let name = path.rsplit('/').next().unwrap_or(&path);
        if LOCK_FILES.contains(&name) {
            parts.push(path.clone().into_bytes());
            parts.push(std::fs::read(tree.join(&path)).unwrap_or_default());
        }
    }
    Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)).to_string())
}

/// What git does not know in this tree, ignored or not; whole folders are told once.
fn unknown(index: &Index) -> Result<Vec<String>, String> {
    let bytes = index
        .call(["ls-files", "-z", "--others", "--directory"])
        .run()
        .map_err(|e| e.to_string())?;
    Ok(bytes
        .split(|b| *b == 0)
        .filter(|p| !p.is_empty())
        .map(|p| String::from_utf8_lossy(p).into_owned())
        .collect())
}

/// Copies untracked files that the globs name. What is in the tree already stays as it is.
fn copy(home: &Path, tree: &Path, globs: &[String]) -> Result<usize, String> {
    if home == tree {
        return Ok(0);
    }
    let mut count = 0;
    for path in copied::paths(home, globs)? {
        let (from, to) = (home.join(&path), tree.join(&path));
        let plain =
            std::fs::symlink_metadata(&from).is_ok_and(|m| m.is_file() && m.len() <= LARGEST_COPY);
        if plain && std::fs::symlink_metadata(&to).is_err() {
            let done = to
                .parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::fs::copy(&from, &to));
            done.map_err(|e| format!("copying {}: {e}", path.display()))?;
            count += 1;
        }
    }
    Ok(count)
}

fn link(home: &Path, tree: &Path, paths: &[crate::terms::RepoPath]) -> Result<usize, String> {
    let mut linked = 0;
    for path in paths {
        let (to, at) = (path.under(home), path.under(tree));
        if !to.exists() {
            return Err(format!(
                "{path} in 'link' is not there in {}",
                home.display()
            ));
        }
        if std::fs::symlink_metadata(&at).is_err() {
            at.parent()
                .map_or(Ok(()), std::fs::create_dir_all)
                .and_then(|()| std::os::unix::fs::symlink(&to, &at))
                .map_err(|e| format!("linking {path}: {e}"))?;
            linked += 1;
        }
    }
    Ok(linked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};

    #[test]
    fn untracked_files_are_copied_by_glob_and_never_over_what_is_there() {
        let (_dir, git) = repository();
        put(git.dir(), ".gitignore", ".env*\n");
        put(git.dir(), ".env", "A=1\n");
        put(git.dir(), "deep/.env.local", "B=2\n");
        put(git.dir(), "other", "x\n");
        let tree = tempfile::tempdir().unwrap();
        put(tree.path(), ".env", "mine\n");
        let n = copy(git.dir(), tree.path(), &[".env*".to_owned()]).unwrap();
        assert_eq!(n, 1);
        let read = |p: &str| std::fs::read_to_string(tree.path().join(p)).unwrap();
        assert_eq!(
            (read(".env"), read("deep/.env.local")),
            ("mine\n".into(), "B=2\n".into())
        );
        assert!(!tree.path().join("other").exists());
    }
}
