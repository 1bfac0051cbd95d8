//! Everything of a project at one look: the backlog's items with their tasks and runs, what waits
//! for a person first. Read again it keeps what did not change.

use super::harness::Harness;
use super::planning;
use super::project::Project;
use super::runs::{RunView, Unreadable};
use crate::documents::backlog::Item;
use crate::store::fs::Disk;
use crate::terms::{Finding, ItemId, RunId, RunState, TaskId};
use std::path::PathBuf;
use std::sync::Arc;

/// Which group of the list an entry stands in. The order is that of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// A run of it asks a person something, or waits for one.
    Waiting,
    /// A run of it was stopped by something that a person or the world must mend.
    Blocked,
    /// A run of it goes on by itself.
    Running,
    /// Its task can be run.
    Ready,
    /// It has no task yet, or one that is not ready.
    Planned,
    /// Landed, or called done.
    Done,
}

impl Group {
    /// Every group, in the order of the list.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Blocked,
        Self::Running,
        Self::Ready,
        Self::Planned,
        Self::Done,
    ];

    /// The word over the group.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting for you",
            Self::Blocked => "blocked",
            Self::Running => "running",
            Self::Ready => "ready",
            Self::Planned => "planned",
            Self::Done => "done",
        }
    }
}

/// A task as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCard {
    /// Its id.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Its file, relative to the checkout.
    pub path: String,
    /// The word of its status.
    pub status: String,
    /// How many acceptance criteria it has.
    pub criteria: usize,
    /// How many questions were answered.
    pub answers: usize,
    /// Its summary.
    pub summary: String,
    /// What keeps it from being run; empty: nothing.
    pub faults: Vec<Finding>,
}

/// One row of the list: a backlog item, a task without one, or a run without either.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item, where there is one.
    pub item: Option<Item>,
    /// Its task.
    pub task: Option<TaskCard>,
    /// Its runs, newest first.
    pub runs: Vec<Arc<RunView>>,
    /// Where it stands.
    pub group: Group,
}

/// What an entry is known by, from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// A backlog item.
    Item(ItemId),
    /// A task without an item.
    Task(TaskId),
    /// A run without either.
    Run(RunId),
}

impl Entry {
    /// What it is known by.
    pub fn key(&self) -> Option<Key> {
        let item = self.item.as_ref().map(|i| Key::Item(i.id.clone()));
        let task = || self.task.as_ref().map(|t| Key::Task(t.id.clone()));
        let run = || self.runs.first().map(|r| Key::Run(r.order.run.clone()));
        item.or_else(task).or_else(run)
    }

    /// Its title.
    pub fn title(&self) -> &str {
        let item = self.item.as_ref().map(|i| i.title.as_str());
        let task = || self.task.as_ref().map(|t| t.title.as_str());
        let run = || {
            let plan = &self.runs.first()?.run.plan;
            Some(
                plan.task
                    .as_ref()
                    .map_or(plan.workflow.as_str(), |t| &t.title),
            )
        };
        item.or_else(task).or_else(run).unwrap_or_default()
    }

    /// The run people mean by it: the newest.
    pub fn run(&self) -> Option<&Arc<RunView>> {
        self.runs.first()
    }
}

/// A project at one look.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// The project's name.
    pub project: String,
    /// The checkout.
    pub home: PathBuf,
    /// The branch that is checked out; `None`: detached, or not known.
    pub branch: Option<String>,
    /// What there is, in the order of the list.
    pub entries: Vec<Entry>,
    /// Every run, newest first.
    pub runs: Vec<Arc<RunView>>,
    /// Runs that can't be read, and why.
    pub unreadable: Vec<Unreadable>,
    /// Faults of the project's files.
    pub faults: Vec<Finding>,
    /// The items and tasks of the files, in the order of the files.
    cards: Arc<Vec<Card>>,
}

/// A backlog item, its task, or both.
type Card = (Option<Item>, Option<TaskCard>);

impl Board {
    /// Looks at the project. Runs that an earlier look knows are read on from where it was.
    pub fn read(project: &Project, before: &[Arc<RunView>]) -> Self {
        let harness = Harness::load(project);
        let (runs, unreadable) = runs_of(project, before);
        let git = project.git();
        let branch = git.call(["symbolic-ref", "--short", "-q", "HEAD"]);
        let cards = cards(&harness);
        Self {
            project: project.name(),
            home: project.home().to_owned(),
            branch: branch.text().ok().map(|b| b.trim().to_owned()),
            entries: entries(&cards, &runs),
            faults: harness.findings(),
            runs,
            unreadable,
            cards: Arc::new(cards),
        }
    }

    /// Looks at the runs alone: what the files of the project said at the last look still stands.
    pub fn read_on(&mut self, project: &Project) {
        (self.runs, self.unreadable) = runs_of(project, &self.runs);
        self.entries = entries(&self.cards, &self.runs);
    }

    /// The run of this id.
    pub fn run(&self, id: &RunId) -> Option<&Arc<RunView>> {
        self.runs.iter().find(|r| &r.order.run == id)
    }

    /// How many runs wait for a person.
    pub fn waiting(&self) -> usize {
        self.runs.iter().filter(|r| needs_you(r)).count()
    }
}

/// Whether a person is to do something about a run.
pub fn needs_you(view: &RunView) -> bool {
    !view.is_over()
        && !matches!(
            view.state(),
            RunState::Created | RunState::Ready | RunState::Running | RunState::Cancelled
        )
}

fn runs_of(project: &Project, before: &[Arc<RunView>]) -> (Vec<Arc<RunView>>, Vec<Unreadable>) {
    let mut runs = Vec::new();
    let mut unreadable = Vec::new();
    let ids = project.engine.run_ids(&Disk).unwrap_or_default();
    for id in ids {
        let known = before.iter().find(|r| r.order.run == id);
        let read = match known {
            Some(known) => read_on(known),
            None => RunView::read(project.engine.run(&id)).map(Arc::new),
        };
        match read {
            Ok(run) => runs.push(run),
            Err(why) => unreadable.push(why),
        }
    }
    runs.sort_by(|a, b| {
        let by = |r: &RunView| (r.order.created, r.order.run.clone());
        by(b).cmp(&by(a))
    });
    (runs, unreadable)
}

/// The run as it is now; the same allocation where nothing happened.
fn read_on(known: &Arc<RunView>) -> Result<Arc<RunView>, Unreadable> {
    let mut now = (**known).clone();
    let news = now.follow()?;
    if news.is_empty() && now.supervised == known.supervised {
        return Ok(known.clone());
    }
    Ok(Arc::new(now))
}

/// Every item with its task, then every task without an item.
fn cards(harness: &Harness) -> Vec<Card> {
    let mut cards: Vec<Card> = Vec::new();
    let mut shown: Vec<TaskId> = Vec::new();
    let items = harness.backlog.iter().flat_map(|b| b.backlog.items());
    for item in items {
        let of_item = |t: &&super::harness::TaskFile| {
            item.task.as_ref() == Some(&t.id) || t.task.item().as_ref() == Some(&item.id)
        };
        let task = harness.tasks.iter().find(of_item);
        shown.extend(task.map(|t| t.id.clone()).or_else(|| item.task.clone()));
        cards.push((Some(item.clone()), task.map(|t| card(harness, t))));
    }
    for file in &harness.tasks {
        if !shown.contains(&file.id) {
            shown.push(file.id.clone());
            cards.push((None, Some(card(harness, file))));
        }
    }
    cards
}

fn entries(cards: &[Card], runs: &[Arc<RunView>]) -> Vec<Entry> {
    let runs_of = |task: &TaskId| -> Vec<Arc<RunView>> {
        let of = runs.iter().filter(|r| r.task() == Some(task));
        of.cloned().collect()
    };
    let mut shown: Vec<TaskId> = Vec::new();
    let mut entries = Vec::new();
    for (item, task) in cards {
        let of_item = || item.as_ref().and_then(|i| i.task.clone());
        let id = task.as_ref().map(|t| t.id.clone()).or_else(of_item);
        let runs = id.as_ref().map(&runs_of).unwrap_or_default();
        shown.extend(id);
        entries.push(entry(item.clone(), task.clone(), runs));
    }
    for run in runs {
        match run.task() {
            Some(task) if shown.contains(task) => {}
            Some(task) => {
                shown.push(task.clone());
                entries.push(entry(None, None, runs_of(task)));
            }
            None => entries.push(entry(None, None, vec![run.clone()])),
        }
    }
    // Stable: within a group the backlog's own order holds.
    entries.sort_by_key(|e| e.group);
    entries
}

fn card(harness: &Harness, file: &super::harness::TaskFile) -> TaskCard {
    let clarifications = file.task.clarifications();
    let answered = clarifications.iter().filter(|c| c.answer.is_some());
    TaskCard {
        id: file.id.clone(),
        title: file.task.title().to_owned(),
        path: file.path.to_string(),
        status: file.task.status().unwrap_or_default().trim().to_owned(),
        criteria: file.task.criteria().len(),
        answers: answered.count(),
        summary: file.task.section("Summary").trim().to_owned(),
        faults: planning::ready_task(harness, &file.id)
            .err()
            .unwrap_or_default(),
    }
}

fn entry(item: Option<Item>, task: Option<TaskCard>, runs: Vec<Arc<RunView>>) -> Entry {
    let group = group(item.as_ref(), task.as_ref(), &runs);
    Entry {
        item,
        task,
        runs,
        group,
    }
}

fn group(item: Option<&Item>, task: Option<&TaskCard>, runs: &[Arc<RunView>]) -> Group {
    let by_run = runs.iter().filter_map(|run| {
        if run.run.landed.is_some() {
            return Some(Group::Done);
        }
        match run.state() {
            RunState::Created | RunState::Ready | RunState::Running => Some(Group::Running),
            RunState::Blocked | RunState::Failed => Some(Group::Blocked),
            RunState::Cancelled => None,
            _ => Some(Group::Waiting),
        }
    });
    if let Some(group) = by_run.min() {
        return group;
    }
    let says = |word: &str| {
        let status = item.and_then(|i| i.status.as_deref());
        let status = status.or(task.map(|t| t.status.as_str()));
        status.is_some_and(|s| s.trim().eq_ignore_ascii_case(word))
    };
    if says("Done") {
        return Group::Done;
    }
    match task {
        Some(task) if task.faults.is_empty() && task.status.eq_ignore_ascii_case("Ready") => {
            Group::Ready
        }
        _ => Group::Planned,
    }
}
