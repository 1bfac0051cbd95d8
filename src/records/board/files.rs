//! What the files of a project say, kept from look to look: a file is read again when it changed.

use super::kept::{Early, Lines};
use super::runs::side_by_side;
use super::{Card, TaskCard};
use crate::documents::backlog::Item;
use crate::documents::powers::Power;
use crate::records::harness::is_advice;
use crate::records::harness::read::{Reader, twice};
use crate::records::harness::{Harness, TaskFile, in_order, unknown_item};
use crate::records::planning::not_ready;
use crate::records::project::Project;
use crate::store::fs::{Disk, Fingerprint, Fs};
use crate::store::watch::Changes;
use crate::terms::{Finding, ItemId, RepoPath, TaskId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the files said when they were read last.
#[derive(Default)]
pub(super) struct Files {
    /// Where tasks are kept from start to start.
    kept: Lines,
    /// What an earlier start kept there, until it is asked for.
    early: Early<Vec<Task>>,
    /// The settings, where they were read; without backlog and tasks.
    frame: Option<Harness>,
    /// What is wrong with settings, workflows, roles and templates.
    frame_faults: Vec<Finding>,
    backlog: Backlog,
    tasks: BTreeMap<RepoPath, Task>,
    /// What is wrong with the folder of the tasks.
    task_faults: Vec<Finding>,
    /// Whether the first look is through.
    whole: bool,
    /// What was told last.
    told: Vec<Arc<Card>>,
}

/// The backlog's file.
#[derive(Default)]
struct Backlog {
    path: Option<RepoPath>,
    items: Vec<Arc<Item>>,
    faults: Vec<Finding>,
}

/// A task's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Task {
    path: RepoPath,
    id: TaskId,
    /// As what it was read; `None`: it could not be looked at.
    stamp: Option<Fingerprint>,
    item: Option<ItemId>,
    card: Option<Arc<TaskCard>>,
    faults: Vec<Finding>,
}

impl Files {
    /// Before they are read, with what keeps tasks from start to start and what it kept.
    pub(super) fn keeping_in(kept: Lines, early: Early<Vec<Task>>) -> Self {
        Self {
            kept,
            early,
            ..Self::default()
        }
    }

    /// Reads what fills the first screen: the backlog, and what says where it lies.
    pub(super) fn first(&mut self, project: &Project) {
        self.read_frame(project);
        self.read_backlog(project);
    }

    /// Reads what changed; whether anything did.
    pub(super) fn look(&mut self, project: &Project, changes: &Changes) -> bool {
        if self.frame.is_some() && !self.whole {
            self.check_frame();
            let kept = self.early.take().unwrap_or_default().into_iter();
            self.tasks = kept.map(|t| (t.path.clone(), t)).collect();
            let known = self.tasks.len();
            if self.read_tasks(project, &Changes::everything()) || self.tasks.len() != known {
                self.kept.write(self.tasks.values());
            }
            self.whole = true;
            return true;
        }
        let engine = project.engine.path();
        let git = &project.repository.git_dir;
        let own = project.path("");
        let ours = |path: &&Path| {
            path.starts_with(&own) || !path.starts_with(engine) && !path.starts_with(git)
        };
        let ours: Vec<&Path> = changes.paths().filter(ours).collect();
        if self.frame.is_some() && ours.is_empty() && !changes.is_everything() {
            return false;
        }
        let paths = self.frame.as_ref().map(|f| &f.settings.paths);
        let (backlog, tasks) = (
            paths
                .and_then(|p| p.backlog.as_ref())
                .map(|p| project.file(p)),
            paths
                .and_then(|p| p.tasks.as_ref())
                .map(|p| project.file(p)),
        );
        let of_backlog = |path: &Path| match &backlog {
            Some(own) => path == own,
            None => path.starts_with(project.path("backlog")) || path == project.path("backlog.md"),
        };
        let folder = tasks.unwrap_or_else(|| project.path("tasks"));
        let of_tasks = |path: &Path| path.starts_with(&folder);
        // What runs leave for people says nothing of the project.
        let of_runs = |path: &Path| {
            path.starts_with(project.path("runs")) || path.starts_with(project.path("artifacts"))
        };
        let other = |path: &&&Path| !of_backlog(path) && !of_tasks(path) && !of_runs(path);
        // A file that is about to take another's place is nothing yet.
        let ours_too = |path: &&&Path| match path.extension().and_then(|e| e.to_str()) {
            None | Some("md" | "yaml" | "yml") => true,
            Some(_) => false,
        };
        let frame = self.frame.is_none()
            || changes.is_everything()
            || ours.iter().filter(other).any(|p| ours_too(&p));
        let any = |of: &dyn Fn(&Path) -> bool| frame || ours.iter().any(|p| of(p));
        let (read_backlog, read_tasks) = (any(&of_backlog), any(&of_tasks));
        if frame {
            self.read_frame(project);
            self.check_frame();
            self.whole = true;
        }
        if read_backlog {
            self.read_backlog(project);
        }
        let tasks = read_tasks && self.read_tasks(project, changes);
        frame || read_backlog || tasks
    }

    /// The folders outside of the usual ones that hold files which the settings name.
    pub(super) fn mapped(&self, project: &Project) -> Vec<PathBuf> {
        let Some(frame) = &self.frame else {
            return Vec::new();
        };
        let paths = &frame.settings.paths;
        let files = [&paths.workflows, &paths.roles, &paths.templates];
        let files = files.into_iter().flat_map(BTreeMap::values);
        let files = files.chain(&paths.backlog).map(|p| project.file(p));
        let folders = files.filter_map(|p| p.parent().map(Path::to_owned));
        let tasks = paths.tasks.iter().map(|p| project.file(p));
        folders.chain(tasks).collect()
    }

    /// What the files have run, of those that were read.
    pub(super) fn powers(&self) -> &[Power] {
        self.frame.as_ref().map_or(&[], |f| &f.powers)
    }

    fn read_frame(&mut self, project: &Project) {
        let mut reader = Reader::new(project);
        let frame = reader.frame();
        self.frame_faults = reader.faults;
        self.frame = Some(frame);
    }

    /// What is wrong with the workflows, which takes longer than to read them.
    fn check_frame(&mut self) {
        let found = self.frame.as_ref().map(Harness::faults_together);
        self.frame_faults.extend(found.into_iter().flatten());
    }

    fn read_backlog(&mut self, project: &Project) {
        let mapped = self
            .frame
            .as_ref()
            .and_then(|f| f.settings.paths.backlog.clone());
        let mut reader = Reader::new(project);
        let file = reader.backlog(mapped.as_ref());
        let (path, items) = match file {
            Some(file) => (Some(file.path), file.backlog.into_items()),
            None => (None, Vec::new()),
        };
        let before = std::mem::take(&mut self.backlog.items);
        // One that is as it was stays the very same: what was made of it need not be made again.
        let kept = |(n, item): (usize, Item)| match before.get(n) {
            Some(known) if **known == item => known.clone(),
            _ => Arc::new(item),
        };
        self.backlog = Backlog {
            path,
            items: items.into_iter().enumerate().map(kept).collect(),
            faults: reader.faults,
        };
    }

    /// Reads the tasks that are not as they were; whether there were any.
    fn read_tasks(&mut self, project: &Project, changes: &Changes) -> bool {
        match self.touched(project, changes) {
            Some(touched) => self.read_again(project, touched),
            None => self.read_folder(project, changes),
        }
    }

    /// The tasks whose files changed, where nothing else did; `None`: the folder is to be listed.
    fn touched(&self, project: &Project, changes: &Changes) -> Option<Vec<RepoPath>> {
        let folder = project.file(self.tasks.keys().next()?);
        let folder = folder.parent()?.to_owned();
        if changes.is_everything() {
            return None;
        }
        let inside = changes.paths().filter(|p| p.starts_with(&folder));
        let known = inside.map(|file| {
            let path = project.roots().path_at(file)?;
            (self.tasks.contains_key(&path) && file.exists()).then_some(path)
        });
        known.collect()
    }

    /// Reads these tasks again; whether one is not as it was.
    fn read_again(&mut self, project: &Project, paths: Vec<RepoPath>) -> bool {
        let mut any = false;
        for path in paths {
            let Some(known) = self.tasks.get(&path) else {
                continue;
            };
            let now = Disk.stat(&project.file(&path)).ok().flatten();
            if known.stamp.is_none() || known.stamp != now.map(|s| s.fingerprint) {
                let task = Task::read(project, known.id.clone(), path.clone());
                self.tasks.insert(path, task);
                any = true;
            }
        }
        any
    }

    /// Reads those of the folder's tasks that are not as they were; whether there were any.
    fn read_folder(&mut self, project: &Project, changes: &Changes) -> bool {
        let mapped = self
            .frame
            .as_ref()
            .and_then(|f| f.settings.paths.tasks.clone());
        let mut reader = Reader::new(project);
        let paths = reader.task_paths(mapped.as_ref());
        let mut any = self.task_faults != reader.faults;
        self.task_faults = reader.faults;
        let mut before = std::mem::take(&mut self.tasks);
        // Looked at together, which is quicker; what is known and untouched is not looked at.
        let stamps = side_by_side(&paths, |(_, path)| {
            let file = project.file(path);
            let looked_at = changes.are_of(&file) && before.contains_key(path);
            looked_at.then(|| Disk.stat(&file).ok().flatten().map(|s| s.fingerprint))
        });
        let mut unread = Vec::new();
        for ((id, path), stamp) in paths.into_iter().zip(stamps) {
            let same = |known: &Task| match stamp {
                None => true,
                Some(stamp) => known.stamp.is_some() && known.stamp == stamp,
            };
            match before.remove(&path).filter(same) {
                Some(known) => drop(self.tasks.insert(path, known)),
                None => unread.push((id, path)),
            }
        }
        any |= !unread.is_empty() || !before.is_empty();
        let read = side_by_side(&unread, |(id, path)| {
            Task::read(project, id.clone(), path.clone())
        });
        let paths = unread.into_iter().map(|(_, path)| path);
        self.tasks.extend(paths.zip(read));
        any
    }

    /// Every item with its task, then every task without an item; and every fault.
    pub(super) fn told(&mut self) -> (Vec<Arc<Card>>, Vec<Finding>) {
        let twice = twice(self.tasks.iter().map(|(path, t)| (&t.id, path)));
        self.told = self.cards(&twice);
        (self.told.clone(), self.faults(twice))
    }

    fn cards(&self, twice: &[Finding]) -> Vec<Arc<Card>> {
        let mut by_id: HashMap<&TaskId, &Task> = HashMap::new();
        let mut by_item: HashMap<&ItemId, &Task> = HashMap::new();
        for task in self.tasks.values().filter(|t| t.card.is_some()) {
            by_id.entry(&task.id).or_insert(task);
            if let Some(item) = &task.item {
                by_item.entry(item).or_insert(task);
            }
        }
        let mut cards = Vec::new();
        let mut shown: HashSet<&TaskId> = HashSet::new();
        for item in &self.backlog.items {
            let named = item.task.as_ref().and_then(|id| by_id.get(id));
            let task = named.or_else(|| by_item.get(&item.id));
            shown.extend(task.map(|t| &t.id).or(item.task.as_ref()));
            let task = task.and_then(|t| t.card.as_ref());
            // What is looked for in it need not be made again.
            let known = self.told.get(cards.len());
            let known = known.filter(|card| card.is_of(Some(item), task));
            cards.push(match known {
                Some(card) => card.clone(),
                None => Arc::new(Card::new(Some(item.clone()), task.cloned())),
            });
        }
        for task in self.tasks.values() {
            if let Some(card) = &task.card
                && shown.insert(&task.id)
            {
                let known = self.told.get(cards.len());
                let known = known.filter(|known| known.is_of(None, Some(card)));
                let new = || Arc::new(Card::new(None, Some(card.clone())));
                cards.push(known.cloned().unwrap_or_else(new));
            }
        }
        for card in cards.iter_mut().filter(|_| !twice.is_empty()) {
            unsure(Arc::make_mut(card), twice, &self.tasks);
        }
        cards
    }

    fn faults(&self, twice: Vec<Finding>) -> Vec<Finding> {
        let mut found = self.frame_faults.clone();
        found.extend(self.backlog.faults.iter().cloned());
        found.extend(self.task_faults.iter().cloned());
        found.extend(self.tasks.values().flat_map(|t| t.faults.iter().cloned()));
        found.extend(twice);
        let any = self.tasks.values().any(|t| t.item.is_some());
        if let Some(backlog) = self.backlog.path.as_ref().filter(|_| any) {
            let known: HashSet<&ItemId> = self.backlog.items.iter().map(|i| &i.id).collect();
            let unknown = self.tasks.iter().filter_map(|(path, task)| {
                let item = task.item.as_ref().filter(|i| !known.contains(i))?;
                Some(unknown_item(path, item, backlog))
            });
            found.extend(unknown);
        }
        in_order(found)
    }
}

/// A task that shares its id with another one can't be run: nobody guesses between them.
fn unsure(card: &mut Card, twice: &[Finding], tasks: &BTreeMap<RepoPath, Task>) {
    let Some(task) = &card.task else { return };
    if tasks.values().filter(|t| t.id == task.id).nth(1).is_none() {
        return;
    }
    let of = |f: &&Finding| {
        let file = f.place.as_ref().map(|p| p.file.as_str());
        file.is_some_and(|file| {
            let same = |(path, t): (&RepoPath, &Task)| path.as_str() == file && t.id == task.id;
            tasks.iter().any(same)
        })
    };
    let mut unsure = TaskCard::clone(task);
    unsure.faults = twice.iter().filter(of).take(1).cloned().collect();
    card.task = Some(Arc::new(unsure));
}

impl Task {
    fn read(project: &Project, id: TaskId, path: RepoPath) -> Self {
        // Looked at before it is read: what changes in between is read again.
        let stamp = Disk.stat(&project.file(&path)).ok().flatten();
        let stamp = stamp.map(|s| s.fingerprint);
        let named = path.clone();
        let mut reader = Reader::new(project);
        let file = reader.task((id.clone(), path));
        let faults = reader.faults;
        Self {
            path: named,
            id,
            stamp,
            item: file.as_ref().and_then(|f| f.task.item()),
            card: file.map(|f| Arc::new(card(&f, &faults))),
            faults,
        }
    }
}

fn card(file: &TaskFile, faults: &[Finding]) -> TaskCard {
    let clarifications = file.task.clarifications();
    let answered = clarifications.iter().filter(|c| c.answer.is_some());
    let serious = faults.iter().filter(|f| !is_advice(f)).cloned();
    TaskCard {
        id: file.id.clone(),
        title: file.task.title().to_owned(),
        path: file.path.to_string(),
        status: file.task.status().unwrap_or_default().trim().to_owned(),
        criteria: file.task.criteria().len(),
        open: clarifications.iter().filter(|c| c.answer.is_none()).count(),
        answers: answered.count(),
        summary: file.task.section("Summary").trim().to_owned(),
        faults: not_ready(file, serious.collect()),
    }
}
