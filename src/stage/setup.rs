//! Making a fresh tree build: copies, links and set-up commands, done once as long as neither the
//! orders nor the lock files change.

mod bring;
mod locks;

use super::copied;
use super::desk::{Desk, Job, Ran};
use super::ground;
use super::timeline::Step;
use crate::documents::settings::Submodules;
use crate::git::{Git, Index, submodule};
use crate::terms::Digest;
use bring::Brought;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How many files are remembered one by one; of more, whole folders are.
const MOST_FILES: usize = 2000;

/// How many lines of a command that failed are told in the timeline.
const LAST_LINES: usize = 20;

/// What was done to a tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The digest of the orders and of the lock files; empty where set-up did not come to its end.
    digest: String,
    /// What set-up put there that git does not know, folders with `/` at the end: it is never
    /// handed on and never cleaned away.
    pub paths: Vec<String>,
    /// What git did not know before a set-up that did not come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<Vec<String>>,
}

/// Makes this tree build; gives what was placed in it, or one line saying what failed.
pub fn prepare(desk: &mut Desk<'_>, tree: &Path) -> Result<Placed, String> {
    let wanted = desk.spec.setup.clone();
    let files = copied::Wanted::of(&wanted, &desk.spec.home)?;
    let modules = wanted.submodules != Submodules::None && tree.join(".gitmodules").exists();
    let brings = !files.is_empty() || !wanted.link.is_empty();
    if wanted.setup.is_empty() && !brings && !modules {
        return Ok(Placed::default());
    }
    let mark = mark_path(&desk.spec.run_dir, tree);
    let index = Index::at(&Git::new(tree), git_index(tree)?);
    let digest = digest(desk, tree, &index, &files, modules)?;
    let earlier = read_mark(&mark).unwrap_or_default();
    if earlier.digest == digest {
        let step = desk.log.start(Step::Setup, titled(desk, tree, "all"));
        let known = "known: lock files unchanged";
        desk.log.finish(step, true, known);
        return Ok(earlier);
    }
    let begun = begin(&mark, earlier, &index)?;
    if modules {
        make_modules(desk, tree)?;
    }
    if brings {
        bring(desk, tree, &files)?;
    }
    for command in &wanted.setup {
        run(desk, tree, command)?;
    }
    let before = begun.before.unwrap_or_default();
    let after = unknown(&index)?;
    let placed = Placed {
        digest,
        paths: after.into_iter().filter(|p| !before.contains(p)).collect(),
        before: None,
    };
    keep_mark(&mark, &placed)?;
    Ok(placed)
}

/// Remembers what is there before anything is done: where set-up fails, what it left is still its
/// own when it is done again. What an earlier set-up placed is its own, too.
fn begin(mark: &Path, earlier: Placed, index: &Index) -> Result<Placed, String> {
    let before = match earlier.before {
        Some(before) => before,
        None => {
            let mut before = unknown(index)?;
            before.retain(|path| !earlier.paths.contains(path));
            before
        }
    };
    let begun = Placed {
        digest: String::new(),
        paths: earlier.paths,
        before: Some(before),
    };
    keep_mark(mark, &begun)?;
    Ok(begun)
}

/// What a row is called: what is done to the tree that checks run in is told apart.
fn titled(desk: &Desk<'_>, tree: &Path, what: &str) -> String {
    if tree == desk.spec.tree {
        what.to_owned()
    } else {
        format!("for checks: {what}")
    }
}

fn make_modules(desk: &mut Desk<'_>, tree: &Path) -> Result<(), String> {
    let step = desk
        .log
        .start(Step::Setup, titled(desk, tree, "submodules"));
    let all = desk.spec.setup.submodules == Submodules::All;
    match submodule::make(&desk.spec.home, tree, all) {
        Ok(made) => {
            let mut line = format!("{} made", made.made.len());
            if made.there > 0 {
                line.push_str(&format!(", {} there already", made.there));
            }
            if !made.left.is_empty() {
                line.push_str(&format!(", {} empty as in the checkout", made.left.len()));
            }
            desk.log.finish(step, true, line);
            Ok(())
        }
        Err(why) => {
            let why = why.to_string();
            desk.log.finish(step, false, why.clone());
            Err(remedied(desk, &why))
        }
    }
}

fn bring(desk: &mut Desk<'_>, tree: &Path, files: &copied::Wanted) -> Result<(), String> {
    let step = desk
        .log
        .start(Step::Setup, titled(desk, tree, "copies and links"));
    let spec = desk.spec;
    let mut brought = Brought::default();
    let done = brought
        .copy(&spec.home, tree, &spec.harness, files)
        .and_then(|()| brought.link(&spec.home, tree, &spec.setup.link));
    match &done {
        Ok(()) => desk.log.finish(step, true, brought.line()),
        Err(why) => desk.log.finish(step, false, why.clone()),
    }
    for note in brought.notes {
        desk.log.note(note);
    }
    done.map_err(|why| remedied(desk, &why))
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
    let step = desk.log.start(Step::Setup, titled(desk, tree, &label));
    let output = output_file(desk.dir);
    let job = Job {
        argv: desk.argv(command)?,
        cwd: tree,
        // It runs what the settings of the checkout say, as the person who started the run
        // would: before any agent was here, and to fetch dependencies.
        roots: None,
        timeout: Duration::from_secs(command.timeout_secs),
        keep: 0,
        raw: Some((output.clone(), desk.spec.stage.limits.output_bytes)),
    };
    let ran = desk.run(&job).map_err(|e| format!("'{label}': {e}"))?;
    let told = told(&ran, command.timeout_secs);
    desk.log.finish(step, ran.ok(), told.clone());
    if ran.ok() {
        return Ok(());
    }
    let mut last: Vec<&str> = ran.tail.lines().rev().take(LAST_LINES).collect();
    last.reverse();
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    desk.log.note(format!(
        "{}\nthe whole output is in {name} of attempts/{}",
        last.join("\n"),
        desk.spec.attempt
    ));
    let said = ran.complaint.as_deref().or(last.last().copied());
    let why = format!(
        "the set-up command '{label}': {told}{}; its whole output is in {}",
        said.map(|l| format!(": {}", l.trim())).unwrap_or_default(),
        output.display()
    );
    Err(remedied(desk, &why))
}

/// What came of a command; of one that was too slow also how long it had.
fn told(ran: &Ran, seconds: u64) -> String {
    if ran.why == super::watch::Why::TimedOut {
        format!(
            "not done after {}",
            crate::text::say::duration(seconds * 1000)
        )
    } else {
        ran.told()
    }
}

fn remedied(desk: &Desk<'_>, why: &str) -> String {
    format!(
        "{why}; mend that, then `harness-tui resume {}`",
        desk.spec.run
    )
}

/// A name of its own for the whole output of one command, in the attempt's folder.
fn output_file(dir: &Path) -> PathBuf {
    let names = (1..).map(|n| dir.join(format!("setup-{n}.log")));
    let mut free = names.filter(|path| path.symlink_metadata().is_err());
    free.next().unwrap_or_else(|| dir.join("setup.log"))
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

fn keep_mark(path: &Path, placed: &Placed) -> Result<(), String> {
    let bytes = serde_json::to_vec(placed).map_err(|e| e.to_string())?;
    ground::put(path, &bytes, 0o600).map_err(|e| format!("{}: {e}", path.display()))
}

fn digest(
    desk: &Desk<'_>,
    tree: &Path,
    index: &Index,
    files: &copied::Wanted,
    modules: bool,
) -> Result<String, String> {
    let modules = if modules {
        submodule::at(tree).map_err(|e| e.to_string())?
    } else {
        Vec::new()
    };
    let orders = (&desk.spec.setup, &files.include, modules);
    let orders = serde_json::to_vec(&orders).map_err(|e| e.to_string())?;
    locks::digest(orders, index, tree)
}

/// What git does not know in this tree. Of what it ignores whole folders are told where a pattern
/// names them; else each file is, or what an agent puts beside one would be taken for set-up's.
fn unknown(index: &Index) -> Result<Vec<String>, String> {
    let list = |how: [&str; 2]| -> Result<Vec<String>, String> {
        let call = index.call(["status", "--porcelain", "-z", "--no-renames"]);
        let call = call.args(["--ignore-submodules=all"]).args(how);
        let bytes = call.run().map_err(|e| e.to_string())?;
        let entries = bytes.split(|b| *b == 0).filter_map(|entry| {
            let path = entry.strip_prefix(b"?? ").or(entry.strip_prefix(b"!! "))?;
            Some(String::from_utf8_lossy(path).into_owned())
        });
        Ok(entries.collect())
    };
    let found = list(["--untracked-files=all", "--ignored=matching"])?;
    if found.len() <= MOST_FILES {
        return Ok(found);
    }
    list(["--untracked-files=normal", "--ignored=traditional"])
}
