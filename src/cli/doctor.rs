//! `doctor`: what this machine has of what a run needs. It starts known programs only (git, agents)
//! and nothing of the repository's, and it writes nothing.

mod logins;
mod machine;
mod programs;

use super::out::{Role, paint, safe};
use super::{Context, Outcome};
use crate::records::harness::Harness;
use crate::records::planning::trees;
use crate::records::project::Project;
use crate::records::runs;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::FORMAT;
use crate::text::measure::pad;
use crate::text::say;
use serde_json::json;
use std::path::Path;

/// Says which agents, tools and limits this machine has, and what to do about what is missing
#[derive(Debug, clap::Args)]
pub struct Args {}

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// As it should be.
    Ok,
    /// Something works less well, or not at all.
    Warn,
    /// No run can work.
    Bad,
}

/// One line.
struct Line {
    level: Level,
    /// What was looked at.
    what: String,
    /// What was found.
    found: String,
    /// What to do.
    remedy: Option<String>,
}

impl Line {
    fn new(level: Level, what: &str, found: impl Into<String>) -> Self {
        Self {
            level,
            what: what.to_owned(),
            found: found.into(),
            remedy: None,
        }
    }

    fn ok(what: &str, found: impl Into<String>) -> Self {
        Self::new(Level::Ok, what, found)
    }

    fn warn(what: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let line = Self::new(Level::Warn, what, found);
        Self {
            remedy: Some(remedy.into()),
            ..line
        }
    }

    fn bad(what: &str, found: impl Into<String>, remedy: impl Into<String>) -> Self {
        let line = Self::new(Level::Bad, what, found);
        Self {
            remedy: Some(remedy.into()),
            ..line
        }
    }
}

/// Runs it.
pub fn run(_: &Args, context: &Context) -> Outcome {
    let mut lines = vec![programs::git()];
    let project = context.project();
    let harness = project.as_ref().ok().map(Harness::load);
    lines.extend(programs::agents());
    lines.extend(logins::of(harness.as_ref().map(|h| &h.settings)));
    lines.extend(machine::sandbox());
    lines.extend(machine::watching(&context.cwd));
    lines.push(machine::descriptors());
    lines.extend(machine::logout());
    lines.push(machine::awake());
    match project {
        Ok(project) => lines.extend(of_project(&project, &harness.unwrap_or_default())),
        Err(error) => {
            let text = error.to_string();
            let (found, remedy) = text
                .split_once("; ")
                .unwrap_or((&text, "start in a project"));
            lines.push(Line::warn("project", found, remedy));
            lines.push(disk("disk", &context.cwd));
        }
    }
    for line in &lines {
        print(context, line);
    }
    Ok(u8::from(lines.iter().any(|l| l.level == Level::Bad)))
}

/// Columns of what was looked at.
const WHAT: usize = 14;

fn print(context: &Context, line: &Line) {
    let (word, role) = match line.level {
        Level::Ok => ("ok", Role::Good),
        Level::Warn => ("warn", Role::Attention),
        Level::Bad => ("bad", Role::Bad),
    };
    let out = &context.out;
    out.object(&json!({
        "type": "doctor", "level": word, "what": line.what, "found": line.found,
        "remedy": line.remedy,
    }));
    let head = format!(
        "{}  {}  {}",
        paint(role, pad(word, 4)),
        pad(&line.what, WHAT),
        safe(&line.found)
    );
    out.hung(8 + WHAT, &head);
    if let Some(remedy) = &line.remedy {
        let text = format!("{}-> {}", " ".repeat(8 + WHAT), safe(remedy));
        out.hung(11 + WHAT, &text);
    }
}

fn of_project(project: &Project, harness: &Harness) -> Vec<Line> {
    let trees = trees(&harness.settings, project);
    vec![
        Line::ok("project", project.path("").display().to_string()),
        engine(project),
        writable("run trees", &trees),
        disk("disk", &trees),
        unreadable(project),
    ]
}

/// The engine's folder: of a version that this program knows.
fn engine(project: &Project) -> Line {
    let what = "engine folder";
    let path = project.engine.format();
    let place = project.engine.path().display().to_string();
    match Disk.read(&path, 64) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            writable(what, project.engine.path())
        }
        Err(error) => Line::bad(what, format!("{place}: {error}"), "see to its permissions"),
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let major = text.trim().split('.').next().unwrap_or_default();
            match major.parse::<u64>().ok() {
                Some(found) if found <= FORMAT => {
                    Line::ok(what, format!("{place}, format {found}"))
                }
                Some(found) => Line::bad(
                    what,
                    format!("{place} has format {found}; this program knows {FORMAT}"),
                    "update harness-tui",
                ),
                None => Line::bad(
                    what,
                    format!("{} should hold one number", path.display()),
                    format!("write {FORMAT} into it"),
                ),
            }
        }
    }
}

/// The nearest folder above a path that is there.
fn nearest(path: &Path) -> &Path {
    path.ancestors().find(|p| p.exists()).unwrap_or(path)
}

fn writable(what: &str, folder: &Path) -> Line {
    let there = nearest(folder);
    let place = folder.display().to_string();
    match rustix::fs::access(there, rustix::fs::Access::WRITE_OK) {
        Ok(()) => Line::ok(what, place),
        Err(error) => Line::bad(
            what,
            format!("{place} can't be written: {}: {error}", there.display()),
            "see to its permissions, or set tree.path in harness.yaml",
        ),
    }
}

/// Below this a run will hardly get through.
const LOW_BYTES: u64 = 1 << 30;
/// Below this the engine can't even write down what happens.
const TOO_LOW_BYTES: u64 = 32 << 20;

fn disk(what: &str, folder: &Path) -> Line {
    let free = match Disk.free_bytes(nearest(folder)) {
        Ok(free) => free,
        Err(error) => {
            let found = format!("can't tell how much is free: {error}");
            return Line::warn(what, found, "look with df");
        }
    };
    let found = format!("{} free for run trees", say::bytes(free));
    let remedy = "free some; `harness-tui clean` tidies what runs left";
    match free {
        0..TOO_LOW_BYTES => Line::bad(what, found, remedy),
        TOO_LOW_BYTES..LOW_BYTES => Line::warn(what, found, remedy),
        _ => Line::ok(what, found),
    }
}

fn unreadable(project: &Project) -> Line {
    let (views, bad) = runs::all(project);
    match bad.first() {
        None => Line::ok("runs", format!("{} can be read", views.len())),
        Some(first) => Line::warn(
            "runs",
            format!("{} can't be read: {first}", bad.len()),
            "see what happened to its folder, or restore it from a backup",
        ),
    }
}
