//! The items of a stage's context, in order, each whole or a fault.

use super::fitting::{self, Fitted};
use super::{ITEM_BYTES, Makings, PromptFault};
use crate::engine::plan::{Command, Context};
use crate::git::{Git, GitError};
use crate::stage::desk::{Desk, Job};
use crate::stage::exit::CheckResult;
use crate::stage::sandbox::Roots;
use crate::stage::timeline::Step;
use crate::store::{ReadError, read_inside};
use crate::terms::{Oid, RepoPath};
use crate::text::took;
use ignore::gitignore::GitignoreBuilder;
use std::fmt::Write as _;
use std::time::Duration;

/// How many files one glob may bring.
const MOST_FILES: usize = 500;

/// What the run's change is called in a prompt.
pub const DIFF_NAME: &str = "the run's change so far";

/// One item.
pub(super) struct Item {
    /// Its path or what it is, on one line.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
}

/// Collects them all.
pub(super) fn collect(
    desk: &mut Desk<'_>,
    makings: &Makings<'_>,
) -> Result<Vec<Item>, PromptFault> {
    let mut items = Vec::new();
    for context in desk.spec.stage.context.clone() {
        match context {
            Context::Task => items.extend(task(desk)),
            // They stand among the fixed parts, whether asked for or not.
            Context::Findings => {}
            Context::Checks => items.push(Item {
                name: "checks".to_owned(),
                text: checks_text(&desk.spec.checks_so_far),
            }),
            Context::Artifact(name) => items.push(artifact(desk, &name)?),
            Context::Files(glob) => items.extend(files(desk, &glob)?),
            Context::Command(command) => items.push(run(desk, &command)?),
            Context::DiffBase => items.push(diff(desk, makings)?),
            Context::Log(n) => items.push(log(desk, n)?),
        }
    }
    match items.iter().find(|i| i.text.len() > ITEM_BYTES) {
        Some(item) => Err(PromptFault::TooLarge {
            item: item.name.clone(),
        }),
        None => Ok(items),
    }
}

fn missing(item: impl Into<String>, why: impl std::fmt::Display) -> PromptFault {
    PromptFault::Missing {
        item: item.into(),
        why: why.to_string(),
    }
}

fn task(desk: &Desk<'_>) -> Option<Item> {
    desk.spec.task.as_ref().map(|task| Item {
        name: task.path.to_string(),
        text: task.text.clone(),
    })
}

/// The evidence of checks, as a prompt shows it. What they printed is cut from its beginning where all
/// of it would be larger than an item may be, and that is said.
pub fn checks_text(results: &[CheckResult]) -> String {
    if results.is_empty() {
        return "No check has run yet.".to_owned();
    }
    let heads: Vec<String> = results.iter().map(head_of).collect();
    let taken: usize = heads.iter().map(|head| head.len() + CUT_BYTES).sum();
    let room = ITEM_BYTES.saturating_sub(taken) / results.len();
    let told = heads.iter().zip(results);
    let told: Vec<String> = told
        .map(|(head, check)| format!("{head}{}", end_of(&check.tail, room)))
        .collect();
    told.join("\n\n")
}

/// How much the words take that say how much is left out.
const CUT_BYTES: usize = 64;

fn head_of(check: &CheckResult) -> String {
    let exit = check.exit.map_or("none".to_owned(), |e| e.to_string());
    let result = if check.passed() { "passed" } else { "failed" };
    let mut head = format!(
        "command: {}\nresult: {result}\nexit: {exit}\ntook: {}\ntree: {}\n",
        check.command,
        took(check.took_ms),
        check.tree
    );
    if let Some(baseline) = &check.baseline {
        let _ = writeln!(head, "against the base: {}", baseline.told());
    }
    if !check.failing.is_empty() {
        let _ = writeln!(head, "failing tests: {}", check.failing.told(usize::MAX));
    }
    if !check.changed.is_empty() {
        let _ = writeln!(head, "changed tracked files: {}", check.changed.join(", "));
    }
    if !check.outside.is_empty() {
        let _ = writeln!(
            head,
            "in the home folder, while it ran: {}",
            check.outside.join(", ")
        );
    }
    head.push_str("last lines:\n");
    head
}

/// The last lines of a text that fit.
fn end_of(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let from = text.ceil_char_boundary(text.len() - room);
    let from = text[from..].find('\n').map_or(from, |line| from + line + 1);
    let left_out = text[..from].lines().count();
    format!("[{left_out} earlier lines are left out]\n{}", &text[from..])
}

fn artifact(desk: &Desk<'_>, name: &str) -> Result<Item, PromptFault> {
    let path = desk
        .spec
        .artifacts
        .get(name)
        .or_else(|| {
            let own = desk.spec.stage.produces.iter().find(|p| p.name == name);
            own.map(|p| &p.path)
        })
        .ok_or_else(|| missing(name, "no stage produces it"))?;
    read(desk, path)
}

fn read(desk: &Desk<'_>, path: &RepoPath) -> Result<Item, PromptFault> {
    match read_inside(&desk.spec.tree, path, ITEM_BYTES as u64) {
        Ok(bytes) => Ok(Item {
            name: path.to_string(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }),
        Err(ReadError::TooBig { .. }) => Err(PromptFault::TooLarge {
            item: path.to_string(),
        }),
        Err(e) => Err(missing(path.as_str(), e)),
    }
}

/// The files of a commit that a gitignore glob names, in order.
pub fn files_at(git: &Git, commit: &Oid, glob: &str) -> Result<Vec<RepoPath>, PromptFault> {
    let mut builder = GitignoreBuilder::new("/");
    builder.add_line(None, glob).map_err(|e| missing(glob, e))?;
    let wanted = builder.build().map_err(|e| missing(glob, e))?;
    let listing = git
        .call(["ls-tree", "-r", "-z", "--name-only", "--full-tree"])
        .arg(commit.as_str())
        .run()
        .map_err(|e| missing(glob, e))?;
    let names = listing
        .split(|b| *b == 0)
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let paths: Vec<RepoPath> = names
        .filter(|n| !n.is_empty() && wanted.matched_path_or_any_parents(n, false).is_ignore())
        .filter_map(|name| RepoPath::new(name).ok())
        .take(MOST_FILES + 1)
        .collect();
    if paths.len() > MOST_FILES {
        return Err(missing(
            glob,
            format!("it names more than {MOST_FILES} files"),
        ));
    }
    Ok(paths)
}

/// Tracked files by a gitignore glob, in order, one item each.
fn files(desk: &mut Desk<'_>, glob: &str) -> Result<Vec<Item>, PromptFault> {
    let paths = files_at(&desk.spec.git(), &desk.spec.checkpoint, glob)?;
    let mut found = Vec::new();
    for path in paths {
        let text = match read_inside(&desk.spec.tree, &path, ITEM_BYTES as u64) {
            // It was there at the checkpoint and is gone by an earlier try of this iteration.
            Err(ReadError::Missing { .. }) => continue,
            Err(ReadError::TooBig { .. }) => {
                let meta = std::fs::metadata(path.under(&desk.spec.tree));
                Err(meta.map_or(u64::MAX, |m| m.len()))
            }
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) => return Err(missing(path.as_str(), e)),
        };
        found.push((path.to_string(), text));
    }
    let (taken, left) = fitting::files(glob, found);
    let left = left.map(|Fitted { text, note }| {
        desk.notes.extend(note);
        let name = format!("files left out of {}", glob.escape_debug());
        Item { name, text }
    });
    let taken = taken.into_iter().map(|(name, text)| Item { name, text });
    Ok(left.into_iter().chain(taken).collect())
}

fn run(desk: &mut Desk<'_>, command: &Command) -> Result<Item, PromptFault> {
    let label = command.label();
    let step = desk.log.start(Step::Context, &label);
    let job = Job {
        argv: desk.argv(command).map_err(|e| missing(&label, e))?,
        cwd: &desk.spec.tree,
        // It is there to be read from; what it writes goes to its temporary folder.
        roots: Some(Roots {
            write: Vec::new(),
            scratch: vec![desk.scratch.clone()],
            ..Roots::default()
        }),
        timeout: Duration::from_secs(command.timeout_secs),
        keep: ITEM_BYTES + 1,
        raw: None,
    };
    let ran = desk.run(&job).map_err(|e| missing(&label, e))?;
    desk.log.finish(step, ran.ok(), ran.told());
    if !ran.ok() {
        let last = ran.tail.lines().last().unwrap_or_default().to_owned();
        return Err(missing(&label, format!("{}: {last}", ran.told())));
    }
    if ran.more {
        return Err(PromptFault::TooLarge { item: label });
    }
    Ok(Item {
        name: format!("output of: {}", label.replace('\n', " ")),
        text: ran.output,
    })
}

fn diff(desk: &mut Desk<'_>, makings: &Makings<'_>) -> Result<Item, PromptFault> {
    let name = DIFF_NAME;
    let without = desk.spec.harness.as_str();
    let git = desk.spec.git();
    match fitting::diff(&git, &desk.spec.base, makings.tree, "HEAD", without) {
        Ok(Fitted { text, note }) => {
            desk.notes.extend(note);
            let name = name.to_owned();
            Ok(Item { name, text })
        }
        Err(e) => Err(missing(name, e)),
    }
}

fn log(desk: &Desk<'_>, n: u32) -> Result<Item, PromptFault> {
    let name = log_name(n);
    match log_text(&desk.spec.git(), &desk.spec.checkpoint, n) {
        Ok(text) => Ok(Item { name, text }),
        Err(e) => Err(missing(name, e)),
    }
}

/// What a list of commits is called in a prompt.
pub fn log_name(n: u32) -> String {
    format!("the last {n} commits")
}

/// The last commits up to this one, a line each.
pub fn log_text(git: &Git, commit: &Oid, n: u32) -> Result<String, GitError> {
    git.call(["log", "--oneline", "--no-decorate", "--no-color"])
        .arg(format!("--max-count={n}"))
        .arg(commit.as_str())
        .text()
}
