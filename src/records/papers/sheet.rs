//! What stands on a paper, read from where it is now.

use super::{Large, Line, Opened, Paper, comments, findings, large, lineage};
use crate::git::Git;
use crate::records::change::{self, Change, Changes};
use crate::records::checked;
use crate::records::gate::page::{GatePage, asking};
use crate::records::runs::RunView;
use crate::render::code::{Colours, Language};
use crate::render::markdown::Document;
use crate::render::{Look, Row, diff, markdown};
use crate::store::fs::{Disk, Fs};
use crate::store::inside::read_inside;
use crate::terms::evidence::Baseline;
use crate::terms::{AttemptId, Digest, Oid, RepoPath};
use crate::text::{Role, took};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Largest file that is read whole.
pub(super) const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// Texts of at most so many lines have their colours at once.
const SHORT: usize = 400;
/// So many bytes of a long document are read for its blocks before the rest.
const HEAD: usize = 64 << 10;
/// Largest patch that is shown.
const MAX_PATCH: usize = 16 * 1024 * 1024;

/// What stands on a paper.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    /// A text, to be laid out by what its name says it is.
    Text {
        /// The file, relative to the run's tree, or only its name.
        name: String,
        /// The text, with its blocks where it is markdown.
        document: Arc<Document>,
        /// The colours of its code, as far as they were found ([`Sheet::coloured`]).
        colours: Arc<Colours>,
    },
    /// A window of a file that is too large to be shown whole.
    Large(Large),
    /// Rows as they are.
    Lines(Vec<Line>),
    /// A gate's first page.
    Gate(Box<GatePage>),
    /// A change.
    Patch {
        /// What it is from and to.
        what: String,
        /// What must not be overlooked; `None` for the difference of one file.
        change: Option<Arc<Change>>,
        /// The files.
        files: Arc<Vec<diff::File>>,
    },
}

impl Sheet {
    /// A text without colours.
    fn text(name: String, text: String) -> Self {
        let document = if markdown::is_markdown(&name) {
            Document::new(text)
        } else {
            Document::plain(text)
        };
        Self::Text {
            name,
            document: Arc::new(document),
            colours: Arc::default(),
        }
    }

    /// Whether it has so little code that its colours are there at once.
    pub fn is_short(&self) -> bool {
        let lines = match self {
            Self::Text { document, .. } => document.text().lines().take(SHORT + 1).count(),
            Self::Patch { files, .. } => {
                let hunks = files.iter().flat_map(|f| &f.hunks);
                hunks.map(|h| h.lines.len()).sum()
            }
            Self::Large(_) | Self::Lines(_) | Self::Gate(_) => 0,
        };
        lines <= SHORT
    }

    /// Whether it is only the beginning of what stands there: the rest is being read.
    pub fn is_head(&self) -> bool {
        match self {
            Self::Text { document, .. } => document.is_cut(),
            Self::Large(large) => !large.whole,
            Self::Lines(_) | Self::Gate(_) | Self::Patch { .. } => false,
        }
    }

    /// Whether it is the same but for the colours of its code: then its rows are the same but for
    /// these.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Text { name, document, .. },
                Self::Text {
                    name: other_name,
                    document: others,
                    ..
                },
            ) => name == other_name && document == others,
            (
                Self::Patch {
                    what,
                    change,
                    files,
                },
                Self::Patch {
                    what: other_what,
                    change: other_change,
                    files: others,
                },
            ) => {
                let like = |(a, b): (&diff::File, &diff::File)| a.is_like(b);
                what == other_what
                    && change == other_change
                    && files.len() == others.len()
                    && files.iter().zip(others.iter()).all(like)
            }
            _ => false,
        }
    }

    /// The same with the colours of its code, which takes some 30 µs a line; `None`: it has none.
    pub fn coloured(&self) -> Option<Self> {
        match self {
            Self::Text { name, document, .. } => {
                let text = document.text();
                let mut colours = if markdown::is_markdown(name) {
                    markdown::colours(text)
                } else {
                    Colours::default()
                };
                // A document may be shown as it is written, too.
                colours.add(Language::of_path(name)?, text);
                let coloured = Self::Text {
                    name: name.clone(),
                    document: document.clone(),
                    colours: Arc::new(colours),
                };
                (coloured != *self).then_some(coloured)
            }
            Self::Patch {
                what,
                change,
                files,
            } => {
                let mut files = files.to_vec();
                diff::colour(&mut files).then(|| Self::Patch {
                    what: what.clone(),
                    change: change.clone(),
                    files: Arc::new(files),
                })
            }
            Self::Large(_) | Self::Lines(_) | Self::Gate(_) => None,
        }
    }

    /// A long change with the colours of its first lines, which are there sooner; `None`: it is no
    /// such.
    pub fn coloured_first(&self) -> Option<Self> {
        let Self::Patch {
            what,
            change,
            files,
        } = self
        else {
            return None;
        };
        let mut files = files.to_vec();
        let any = !self.is_short() && diff::colour_to(&mut files, SHORT);
        any.then(|| Self::Patch {
            what: what.clone(),
            change: change.clone(),
            files: Arc::new(files),
        })
    }
}

/// What was read and does not change, so that it is not read again.
#[derive(Debug, Default)]
pub struct Readings {
    /// Changes from one commit to another.
    pub changes: Changes,
    patches: Vec<(Oid, Oid, Arc<Vec<diff::File>>)>,
    /// How many criteria an artifact of this digest names.
    named: BTreeMap<Digest, usize>,
    /// Large files that are open.
    pub opened: Vec<Arc<Opened>>,
}

/// Reads a paper, a large one from row `from` on; an error says what stands against it.
pub fn read(
    view: &RunView,
    paper: &Paper,
    from: usize,
    readings: &mut Readings,
) -> Result<Sheet, String> {
    match paper {
        Paper::Gate => match asking(&view.run) {
            Some((stage, side, _)) => {
                let page = GatePage::read(view, &stage, side, &mut readings.changes);
                Ok(Sheet::Gate(Box::new(page)))
            }
            None => Err(format!(
                "nothing asks for approval: the run is {}",
                view.state()
            )),
        },
        Paper::File(path) => match large::opened(view, path, &mut readings.opened)? {
            Some(opened) => Ok(Sheet::Large(opened.window(path, from))),
            None => {
                let text = of_tree(view, path)?;
                Ok(Sheet::text(path.clone(), text))
            }
        },
        Paper::Prompt(attempt) => on_disk(&view.attempt_dir(attempt).prompt()),
        Paper::Report => {
            let live = view.active_dir().report();
            let kept = view.report_path();
            on_disk(if live.exists() { &live } else { &kept })
        }
        Paper::Checks(attempt) => Ok(Sheet::Lines(checks(view, attempt))),
        Paper::Comments => Ok(Sheet::Lines(comments::lines(view))),
        Paper::Since => {
            let (since, files) = view.patch_since_review()?;
            Ok(Sheet::Patch {
                what: format!("{}..{}", since.from.short(), since.to.short()),
                change: None,
                files: Arc::new(files),
            })
        }
        Paper::Findings => Ok(Sheet::Lines(findings::lines(view))),
        Paper::Lineage(criterion) => {
            let lines = lineage::lines(view, criterion, &mut readings.changes);
            Ok(Sheet::Lines(lines))
        }
        Paper::Change => whole_change(view, readings),
        Paper::Against(path) => against(view, path),
    }
}

/// The beginning of a paper of which all takes its time to be read; `None`: it is read at once.
pub fn head(view: &RunView, paper: &Paper, readings: &Readings) -> Option<Sheet> {
    let Paper::File(path) = paper else {
        return None;
    };
    if let Some(head) = large::head(view, path, &readings.opened) {
        return Some(Sheet::Large(head));
    }
    if !markdown::is_markdown(path) {
        return None;
    }
    let text = of_tree(view, path).ok()?;
    Some(Sheet::Text {
        name: path.clone(),
        document: Arc::new(Document::head(&text, HEAD)?),
        colours: Arc::default(),
    })
}

/// How many criteria each artifact of a run names.
pub fn criteria_named(view: &RunView, readings: &mut Readings) -> BTreeMap<String, usize> {
    let mut named = BTreeMap::new();
    for artifact in view.run.stages.iter().flat_map(|s| &s.artifacts) {
        let count = match readings.named.get(&artifact.digest) {
            Some(count) => *count,
            None => {
                let text = of_tree(view, artifact.path.as_str()).unwrap_or_default();
                let criteria = view.run.plan.task.iter().flat_map(|t| &t.criteria);
                let count = criteria.filter(|c| lineage::names(&text, c.id.as_str()));
                let count = count.count();
                readings.named.insert(artifact.digest.clone(), count);
                count
            }
        };
        named.insert(artifact.path.to_string(), count);
    }
    named
}

/// The run's change by file and hunk.
fn whole_change(view: &RunView, readings: &mut Readings) -> Result<Sheet, String> {
    let change = readings.changes.of(view)?;
    let (base, head) = (&change.base, &change.head);
    let kept = readings
        .patches
        .iter()
        .find(|(b, h, _)| b == base && h == head);
    let files = match kept {
        Some((_, _, files)) => files.clone(),
        None => {
            let git = Git::new(change::dir(view));
            let harness = view.order.harness.as_str();
            let patch = git
                .diff_text(base, head, harness, MAX_PATCH)
                .map_err(|e| e.to_string())?;
            let files = Arc::new(diff::parse(&patch));
            // Only the newest is looked at again and again.
            readings.patches = vec![(base.clone(), head.clone(), files.clone())];
            files
        }
    };
    Ok(Sheet::Patch {
        what: format!("{}..{}", base.short(), head.short()),
        files,
        change: Some(change),
    })
}

/// A file against what it was: an artifact at the hand-off before, any other where the run began.
fn against(view: &RunView, path: &str) -> Result<Sheet, String> {
    let now = of_tree(view, path)?;
    let (what, before) = before(view, path, &now)?;
    let file = diff::between(path, &before, &now);
    Ok(Sheet::Patch {
        what,
        change: None,
        files: Arc::new(vec![file]),
    })
}

/// What a file was before, and whose that was: of the newest hand-off that held something else, of
/// what an attempt set aside when it began, or of the commit that the run began with.
fn before(view: &RunView, path: &str, now: &str) -> Result<(String, String), String> {
    let git = Git::new(change::dir(view));
    let text = |commit: &Oid| {
        let bytes = git.file_at(commit, path).ok().flatten()?;
        Some(String::from_utf8_lossy(&bytes).into_owned()).filter(|t| t != now)
    };
    let attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
    let mut made: Vec<_> = attempts
        .filter_map(|a| {
            let result = a.result.as_ref()?;
            let artifact = result.artifacts.iter().find(|r| r.path.as_str() == path)?;
            Some((a, result, artifact))
        })
        .collect();
    made.sort_by_key(|(a, ..)| std::cmp::Reverse(a.started));
    let handed_on = made.iter().find_map(|(attempt, result, _)| {
        Some((attempt.public.to_string(), text(result.commit.as_ref()?)?))
    });
    let aside = || {
        made.iter().find_map(|(attempt, _, artifact)| {
            let kept = view.attempt_dir(&attempt.id).path().join("aside");
            let bytes = Disk.read(&kept.join(&artifact.name), MAX_BYTES).ok()?;
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Some((format!("before {}", attempt.public), text))
        })
    };
    let base = || {
        let base = view.run.base.as_ref()?;
        Some((
            format!("where the run began, {}", base.short()),
            text(base)?,
        ))
    };
    let found = handed_on.or_else(aside).or_else(base);
    found.ok_or_else(|| format!("{path}: there is no earlier form of it"))
}

/// A file of a run: from its tree, else from its branch.
pub(super) fn of_tree(view: &RunView, path: &str) -> Result<String, String> {
    let relative = RepoPath::new(path).map_err(|e| e.to_string())?;
    match read_inside(&view.order.tree, &relative, MAX_BYTES) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) if !view.order.tree.exists() => {
            let git = Git::new(change::dir(view));
            let object = format!("{}:{path}", view.order.branch);
            let shown = git.call(["cat-file", "blob", &object]).text();
            shown.or_else(|e| kept_privately(view, &relative).ok_or(e.to_string()))
        }
        Err(error) => Err(error.to_string()),
    }
}

/// A file of a landed run as the private harness keeps it; `None`: it keeps none.
fn kept_privately(view: &RunView, path: &RepoPath) -> Option<String> {
    let roots = view.order.roots();
    let there = view.run.landed.is_some() && roots.is_private(path.as_str());
    let bytes = there.then(|| read_inside(roots.of(path), path, MAX_BYTES).ok());
    Some(String::from_utf8_lossy(&bytes??).into_owned())
}

fn on_disk(path: &Path) -> Result<Sheet, String> {
    let bytes = Disk
        .read(path, MAX_BYTES)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    let name = path.file_name().unwrap_or_default();
    Ok(Sheet::text(
        name.to_string_lossy().into_owned(),
        String::from_utf8_lossy(&bytes).into_owned(),
    ))
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
        let (role, how) = checked::short(check);
        rows.push(Row::of(Look::Heading(2), &check.command));
        let reused = if check.reused {
            ", not run again on one tree"
        } else {
            ""
        };
        let how_long = format!(
            "  {}  on tree {}{reused}",
            took(check.took_ms),
            check.tree.short()
        );
        rows.push(Row::of(Look::Role(role), how).with(Look::Role(Role::Quiet), how_long));
        let said = check.baseline.iter().map(Baseline::told);
        rows.extend(said.map(|told| Row::of(Look::Role(role), told)));
        for path in &check.changed {
            let told = format!("changed {path}; that was discarded");
            rows.push(Row::of(Look::Role(Role::Attention), told));
        }
        for what in &check.outside {
            let told = format!("in your home folder, while it ran: {what}");
            rows.push(Row::of(Look::Role(Role::Attention), told));
        }
        rows.push(Row::empty());
        let printed = check.tail.lines();
        rows.extend(printed.map(|l| Row::empty().telling(Look::Plain, l)));
    }
    rows.into_iter().map(Line::of).collect()
}
