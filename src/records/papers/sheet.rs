//! What stands on a paper, read from where it is now.

use super::{Line, Paper};
use crate::git::Git;
use crate::records::change::{self, Change, Changes};
use crate::records::gate::page::{GatePage, asking};
use crate::records::runs::RunView;
use crate::render::{Look, Row};
use crate::store::fs::{Disk, Fs};
use crate::store::inside::read_inside;
use crate::terms::{AttemptId, RepoPath};
use crate::text::{Role, duration};
use std::path::Path;
use std::sync::Arc;

/// Largest file that is read whole.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// What stands on a paper.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    /// A text, to be laid out by what its name says it is.
    Text {
        /// The file's name.
        name: String,
        /// The text.
        text: String,
    },
    /// Rows as they are.
    Lines(Vec<Line>),
    /// A gate's first page.
    Gate(Box<GatePage>),
    /// A patch, with what is known of the whole change.
    Patch {
        /// What must not be overlooked; `None` for the difference of one file.
        change: Option<Arc<Change>>,
        /// The patch.
        patch: String,
    },
}

/// Reads a paper; an error says what stands against it.
pub fn read(view: &RunView, paper: &Paper, changes: &mut Changes) -> Result<Sheet, String> {
    match paper {
        Paper::Gate => match asking(&view.run) {
            Some((stage, side, _)) => {
                let page = GatePage::read(view, &stage, side, changes);
                Ok(Sheet::Gate(Box::new(page)))
            }
            None => Err(format!(
                "nothing asks for approval: the run is {}",
                view.state()
            )),
        },
        Paper::File(path) => {
            let text = of_tree(view, path)?;
            let name = path.clone();
            Ok(Sheet::Text { name, text })
        }
        Paper::Prompt(attempt) => on_disk(&view.attempt_dir(attempt).prompt()),
        Paper::Report => {
            let live = view.active_dir().report();
            let kept = view.report_path();
            on_disk(if live.exists() { &live } else { &kept })
        }
        Paper::Checks(attempt) => Ok(Sheet::Lines(checks(view, attempt))),
        Paper::Change | Paper::Findings | Paper::Lineage(_) | Paper::Against(_) => {
            Err("not there".to_owned())
        }
    }
}

/// A file of a run: from its tree, else from its branch.
fn of_tree(view: &RunView, path: &str) -> Result<String, String> {
    let relative = RepoPath::new(path).map_err(|e| e.to_string())?;
    match read_inside(&view.order.tree, &relative, MAX_BYTES) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) if !view.order.tree.exists() => {
            let git = Git::new(change::dir(view));
            let object = format!("{}:{path}", view.order.branch);
            let shown = git.call(["cat-file", "blob", &object]).text();
            shown.map_err(|e| e.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}

fn on_disk(path: &Path) -> Result<Sheet, String> {
    let bytes = Disk
        .read(path, MAX_BYTES)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    let name = path.file_name().unwrap_or_default();
    Ok(Sheet::Text {
        name: name.to_string_lossy().into_owned(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}

/// What the checks of an attempt printed, each with how it came out.
fn checks(view: &RunView, attempt: &AttemptId) -> Vec<Line> {
    let attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
    let found = attempts.filter(|a| a.id == *attempt);
    let mut rows = Vec::new();
    for check in found
        .filter_map(|a| a.result.as_ref())
        .flat_map(|r| &r.checks)
    {
        if !rows.is_empty() {
            rows.push(Row::empty());
        }
        let (role, how) = match check.exit {
            Some(0) => (Role::Good, "✓ exit 0".to_owned()),
            Some(code) => (Role::Bad, format!("✗ exit {code}")),
            None => (Role::Bad, "✗ ended by force".to_owned()),
        };
        rows.push(Row::of(Look::Heading(2), &check.command));
        let reused = if check.reused {
            ", not run again on one tree"
        } else {
            ""
        };
        let how_long = format!(
            "  {}  on tree {}{reused}",
            duration(check.took_ms),
            check.tree.short()
        );
        rows.push(Row::of(Look::Role(role), how).with(Look::Role(Role::Quiet), how_long));
        for path in &check.changed {
            let told = format!("changed {path}; that was discarded");
            rows.push(Row::of(Look::Role(Role::Attention), told));
        }
        rows.push(Row::empty());
        rows.extend(check.tail.lines().map(|l| Row::of(Look::Plain, l)));
    }
    rows.into_iter().map(Line::of).collect()
}
