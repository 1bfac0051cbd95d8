//! What else is at work on the paths of a run: other runs that are not landed, what lies uncommitted in the
//! checkout, and the base branch where that moved on.
//!
//! Law: it says what the commits say, and which paths a stage to come is sure to write; nothing is guessed
//! from a glob. What git was asked of commits never changes, and is kept in the user's cache.

mod kept;

use super::board::runs::open_runs;
use super::runs::RunView;
use crate::engine::plan::Stage;
use crate::git::Git;
use crate::records::user::cache_folder;
use crate::supervisor::RunOrder;
use crate::supervisor::refresh::Moved;
use crate::terms::{Oid, RunId, TaskId};
use crate::text::many;
use kept::Kept;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many runs are compared, the newest ones; that older ones were not is told.
const MOST_RUNS: usize = 1_000;
/// How many pairs of runs it is looked at anew whether they can be joined, at one look.
const MOST_JOINED: usize = 24;
/// How many paths are named.
const NAMED: usize = 1;

/// Who else changes something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "with", rename_all = "snake_case")]
pub enum With {
    /// Another run that is not landed.
    Run {
        /// The run.
        run: RunId,
        /// Its task.
        task: Option<TaskId>,
    },
    /// What lies uncommitted in the checkout.
    Checkout,
}

/// Paths that a run shares with somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// With whom.
    #[serde(flatten)]
    pub with: With,
    /// The paths that both changed, sorted.
    pub paths: Vec<String>,
    /// The paths that one of them changed or both are sure to write, and that not both changed yet.
    pub planned: Vec<String>,
    /// The paths that could not be joined if both were landed as they are; `None`: not looked at.
    pub conflicts: Option<Vec<String>>,
}

impl Overlap {
    /// It in one line: `also changed by RUN-… (T016): src/a.rs, + 2; they would conflict`.
    pub fn told(&self) -> String {
        let who = match &self.with {
            With::Run { run, task: None } => run.to_string(),
            With::Run {
                run,
                task: Some(task),
            } => format!("{run} ({task})"),
            With::Checkout => return format!("also changed in the checkout: {}", few(&self.paths)),
        };
        if self.paths.is_empty() {
            return format!("also to be written by {who}: {}", few(&self.planned));
        }
        let then = match &self.conflicts {
            None => String::new(),
            Some(none) if none.is_empty() => "; the two can be joined".to_owned(),
            Some(paths) => format!("; the two conflict in {}", few(paths)),
        };
        format!("also changed by {who}: {}{then}", few(&self.paths))
    }

    /// Whether the two can't be joined as they are.
    pub fn is_in_conflict(&self) -> bool {
        self.conflicts.as_ref().is_some_and(|c| !c.is_empty())
    }
}

/// The first of some paths, and how many more there are.
fn few(paths: &[String]) -> String {
    let named = paths.get(..NAMED).unwrap_or(paths).join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, + {more}"),
    }
}

/// What is beside a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// That its base moved on or was rewritten.
    pub moved: Option<Moved>,
    /// What it shares with whom: what conflicts first.
    pub overlaps: Vec<Overlap>,
    /// How many runs that are not landed it was not compared with: there are too many.
    pub left: usize,
}

impl Beside {
    /// What it shares with whom, a line each.
    pub fn lines(&self) -> Vec<String> {
        let left = (self.left > 0).then(|| {
            format!(
                "not compared with {} that are not landed: the oldest of very many",
                many(self.left, "run")
            )
        });
        self.overlaps
            .iter()
            .map(Overlap::told)
            .chain(left)
            .collect()
    }

    /// The same in a few words, for where there is little room; `None`: nothing is shared.
    pub fn short(&self) -> Option<String> {
        let first = self.overlaps.first()?;
        let who = match &first.with {
            With::Run { run, task } => task.as_ref().map_or(run.as_str(), |t| t.as_str()),
            With::Checkout => "the checkout",
        };
        let paths = if first.paths.is_empty() {
            &first.planned
        } else {
            &first.paths
        };
        let word = if first.is_in_conflict() {
            "conflicts with"
        } else {
            "shares files with"
        };
        let more = match self.overlaps.len() - 1 {
            0 => String::new(),
            n => format!(" (+ {n})"),
        };
        Some(format!("{word} {who}{more}: {}", few(paths)))
    }
}

/// A run as far as it matters here.
struct Side<'a> {
    order: &'a RunOrder,
    view: &'a RunView,
    base: &'a Oid,
    head: &'a Oid,
    changed: Arc<Vec<String>>,
    planned: Vec<String>,
}

impl Side<'_> {
    fn task(&self) -> Option<TaskId> {
        self.view.task().cloned()
    }

    fn touches(&self) -> BTreeSet<&str> {
        let planned = self.planned.iter();
        self.changed
            .iter()
            .chain(planned)
            .map(String::as_str)
            .collect()
    }
}

/// What is looked at again and again, with what git said so far.
#[derive(Debug, Default)]
pub struct Looks {
    kept: Kept,
}

impl Looks {
    /// Before the first look; what an earlier one kept is in this folder of the user's. `engine`: the
    /// engine's folder of the project.
    pub fn new(engine: &Path, keep: Option<&Path>) -> Self {
        Self {
            kept: Kept::of(engine, keep),
        }
    }

    /// What is beside each of these runs that is not over. What git can't tell is no fact about any.
    pub fn at<'a>(
        &mut self,
        views: impl IntoIterator<Item = &'a RunView>,
    ) -> BTreeMap<RunId, Beside> {
        self.of(views, None)
    }

    /// The same; with `one`, of that run alone.
    fn of<'a>(
        &mut self,
        views: impl IntoIterator<Item = &'a RunView>,
        one: Option<&RunId>,
    ) -> BTreeMap<RunId, Beside> {
        let mut open: Vec<&RunView> = views.into_iter().filter(|v| is_open(v)).collect();
        let left = open.len().saturating_sub(MOST_RUNS);
        open.truncate(MOST_RUNS);
        let mut places: BTreeMap<PathBuf, Vec<&RunView>> = BTreeMap::new();
        for view in open {
            let own = view.order.own_repository().map(Path::to_owned);
            // Trees of one repository share their commits; an engine's own repository is one place's.
            let place = own.unwrap_or_else(|| engine_of(view).unwrap_or_default());
            places.entry(place).or_default().push(view);
        }
        let mut found = BTreeMap::new();
        for views in places.values() {
            self.of_place(views, one, &mut found);
        }
        for beside in found.values_mut() {
            beside.left = left;
        }
        self.kept.write();
        found
    }

    fn of_place(
        &mut self,
        views: &[&RunView],
        one: Option<&RunId>,
        found: &mut BTreeMap<RunId, Beside>,
    ) {
        let Some(git) = views.first().map(|v| v.order.git()) else {
            return;
        };
        let tips = tips(&git);
        let sides: Vec<Side<'_>> = views.iter().map(|v| self.side(&git, v)).collect();
        // Most runs have nothing in common: only those that name one path are held against each other.
        let mut touching: HashMap<&str, Vec<usize>> = HashMap::new();
        for (n, side) in sides.iter().enumerate() {
            for path in side.touches() {
                touching.entry(path).or_default().push(n);
            }
        }
        let mut dirty: BTreeMap<&Path, Vec<String>> = BTreeMap::new();
        let mut left = MOST_JOINED;
        for (n, side) in sides.iter().enumerate() {
            let run = &side.order.run;
            if one.is_some_and(|one| one != run) {
                continue;
            }
            let mut beside = Beside {
                moved: self.moved(&git, side, &tips),
                overlaps: Vec::new(),
                left: 0,
            };
            let others = side.touches().into_iter();
            let others = others.filter_map(|path| touching.get(path)).flatten();
            let others: BTreeSet<usize> = others.copied().filter(|m| *m != n).collect();
            for other in others.into_iter().filter_map(|m| sides.get(m)) {
                beside
                    .overlaps
                    .extend(self.overlap(&git, side, other, &mut left));
            }
            let home = side.order.home.as_path();
            if side.order.in_place.is_none() && !side.changed.is_empty() {
                let lies = dirty.entry(home).or_insert_with(|| uncommitted(side.order));
                beside.overlaps.extend(in_checkout(side, lies));
            }
            beside
                .overlaps
                .sort_by_key(|o| (!o.is_in_conflict(), o.paths.is_empty(), o.with.clone()));
            found.insert(run.clone(), beside);
        }
    }

    fn side<'a>(&mut self, git: &Git, view: &'a RunView) -> Side<'a> {
        let base = view.run.base.as_ref().unwrap_or(&view.order.base);
        let head = view.run.head.as_ref().unwrap_or(base);
        let changed = if base == head {
            Arc::default()
        } else {
            let roots = view.order.roots();
            let paths = self.kept.paths(git, base, head);
            // Two private harnesses have no path in common, whatever it is called.
            if paths.iter().any(|path| roots.is_private(path)) {
                let own = paths.iter().filter(|path| !roots.is_private(path));
                Arc::new(own.cloned().collect())
            } else {
                paths
            }
        };
        let planned = planned(view).filter(|path| changed.binary_search(path).is_err());
        Side {
            planned: planned.collect(),
            order: &view.order,
            view,
            base,
            head,
            changed,
        }
    }

    fn moved(&mut self, git: &Git, side: &Side<'_>, tips: &BTreeMap<String, Oid>) -> Option<Moved> {
        let (None, Some(branch)) = (&side.order.in_place, &side.order.base_branch) else {
            return None;
        };
        let tip = tips.get(branch)?;
        self.kept
            .moved(git, (side.order, &side.view.run), side.head, tip)
    }

    fn overlap(
        &mut self,
        git: &Git,
        side: &Side<'_>,
        other: &Side<'_>,
        left: &mut usize,
    ) -> Option<Overlap> {
        let both = side.touches();
        let shared: Vec<&str> = other
            .touches()
            .into_iter()
            .filter(|p| both.contains(p))
            .collect();
        if shared.is_empty() {
            return None;
        }
        let has = |side: &Side<'_>, path: &&str| {
            side.changed
                .binary_search_by(|own| own.as_str().cmp(path))
                .is_ok()
        };
        let (paths, planned): (Vec<&str>, Vec<&str>) =
            { shared.into_iter() }.partition(|path| has(side, path) && has(other, path));
        let conflicts = if paths.is_empty() {
            None
        } else {
            self.kept
                .joined(git, (side.head, other.head), (side.base, other.base), left)
        };
        let own = |paths: Vec<&str>| paths.into_iter().map(str::to_owned).collect();
        Some(Overlap {
            with: With::Run {
                run: other.order.run.clone(),
                task: other.task(),
            },
            paths: own(paths),
            planned: own(planned),
            conflicts,
        })
    }
}

/// What is beside every run of an engine's folder that is not over. `keep`: the folder of what saves time.
pub fn look(engine: &Path, keep: Option<&Path>) -> BTreeMap<RunId, Beside> {
    let open = open_runs(engine, keep);
    Looks::new(engine, keep).at(&open)
}

impl RunView {
    /// What is beside this run now. It asks git, and reads the other runs that are not over.
    pub fn beside(&self) -> Beside {
        if !is_open(self) {
            return Beside::default();
        }
        let Some(engine) = engine_of(self) else {
            return Beside::default();
        };
        let keep = cache_folder();
        let others = open_runs(&engine, keep.as_deref());
        let others = others.iter().filter(|v| v.order.run != self.order.run);
        let mut looks = Looks::new(&engine, keep.as_deref());
        let views = std::iter::once(self).chain(others);
        let mut found = looks.of(views, Some(&self.order.run));
        found.remove(&self.order.run).unwrap_or_default()
    }
}

/// Whether a run can still be landed, so that what it changes matters to others.
fn is_open(view: &RunView) -> bool {
    !view.is_over() && view.run.prepared && view.not_here.is_none()
}

/// The engine's folder that a run lies in.
fn engine_of(view: &RunView) -> Option<PathBuf> {
    Some(view.dirs.path().parent()?.parent()?.to_owned())
}

/// Where each branch is.
fn tips(git: &Git) -> BTreeMap<String, Oid> {
    let refs = git.refs(&["refs/heads/"]).unwrap_or_default().into_iter();
    let short = refs.filter_map(|r| {
        let name = r.name.strip_prefix("refs/heads/")?.to_owned();
        Some((name, r.object))
    });
    short.collect()
}

/// The paths that stages which are not done yet are sure to write: those that are named, and no patterns.
fn planned(view: &RunView) -> impl Iterator<Item = String> + '_ {
    let stages = view.run.plan.stages.iter().zip(&view.run.stages);
    let open = stages.filter(|(_, record)| !record.state.is_done());
    open.flat_map(|(stage, _)| named(stage))
}

fn named(stage: &Stage) -> impl Iterator<Item = String> + '_ {
    let is_plain = |path: &&String| {
        !path.is_empty() && !path.ends_with('/') && !path.contains(['*', '?', '[', '!', '\\'])
    };
    let writes = stage.writes.iter().filter(is_plain);
    writes.map(|path| path.trim_start_matches('/').to_owned())
}

/// What lies uncommitted in the checkout, without the harness: the engine writes there itself.
fn uncommitted(order: &RunOrder) -> Vec<String> {
    let harness = [order.harness.to_string()];
    let mut paths = order.git().dirty(&harness).unwrap_or_default();
    paths.sort_unstable();
    paths
}

fn in_checkout(side: &Side<'_>, lies: &[String]) -> Option<Overlap> {
    let own = |path: &&String| side.changed.binary_search(path).is_ok();
    let paths: Vec<String> = lies.iter().filter(own).cloned().collect();
    (!paths.is_empty()).then_some(Overlap {
        with: With::Checkout,
        paths,
        planned: Vec::new(),
        conflicts: None,
    })
}

#[cfg(test)]
mod tests;
