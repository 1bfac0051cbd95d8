//! Everything of a project at one look: the backlog's items with their tasks and runs, what waits
//! for a person first. A board shares what it holds with the next one: a copy costs nothing, and
//! what did not change is not read again.

mod bases;
mod card;
mod files;
pub(super) mod kept;
mod look;
pub(super) mod runs;

use super::earlier::Earlier;
use super::needs::Need;
use super::news::{self, News};
use super::runs::{RunView, Unreadable};
use crate::documents::backlog::Item;
use crate::store::roots::Roots;
use crate::supervisor::trust::Untrusted;
use crate::terms::{Finding, ItemId, RepoPath, RunId, RunState, TaskId};
pub use card::{Lands, RunCard, StageCard};
use jiff::Timestamp;
pub use look::Look;
pub(super) use runs::side_by_side;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// How many were asked and not answered.
    pub open: usize,
    /// Its summary.
    pub summary: String,
    /// What keeps it from being run; empty: nothing.
    pub faults: Vec<Finding>,
}

/// One row of the list: a backlog item, a task without one, or a run without either.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The item, where there is one.
    pub item: Option<Arc<Item>>,
    /// Its task.
    pub task: Option<Arc<TaskCard>>,
    /// Its runs, newest first.
    pub runs: Vec<Arc<RunCard>>,
    /// Where it stands.
    pub group: Group,
    /// Its ids and its title in small letters: what a filter looks at.
    pub search: Arc<str>,
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
        let run = || self.runs.first().map(|r| Key::Run(r.run.clone()));
        item.or_else(task).or_else(run)
    }

    /// Whether it is known by this.
    pub fn is(&self, key: &Key) -> bool {
        match (&self.item, &self.task, key) {
            (Some(item), _, Key::Item(id)) => item.id == *id,
            (None, Some(task), Key::Task(id)) => task.id == *id,
            (None, None, Key::Run(id)) => self.run().is_some_and(|r| r.run == *id),
            _ => false,
        }
    }

    /// Its title.
    pub fn title(&self) -> &str {
        let item = self.item.as_ref().map(|i| i.title.as_str());
        let task = || self.task.as_ref().map(|t| t.title.as_str());
        let run = || Some(self.runs.first()?.title.as_str());
        item.or_else(task).or_else(run).unwrap_or_default()
    }

    /// The run people mean by it: the newest.
    pub fn run(&self) -> Option<&Arc<RunCard>> {
        self.runs.first()
    }
}

/// A run of which only a report is there, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierRun {
    /// Its id as it is written; where it is not, the report's name.
    pub name: String,
    /// Its task, where the report or its name says one.
    pub task: Option<TaskId>,
    /// Its last day, as it is written; empty: it says none.
    pub day: String,
    /// How it came out, in the report's words; empty: it says nothing of that.
    pub outcome: String,
    /// The report, from the repository's root.
    pub path: String,
}

impl From<Earlier> for EarlierRun {
    fn from(run: Earlier) -> Self {
        Self {
            name: run.name().to_owned(),
            day: run.days().map_or("", |(_, last)| last).to_owned(),
            outcome: run.outcome().unwrap_or_default().to_owned(),
            path: run.path.to_string(),
            task: run.task,
        }
    }
}

/// Where more cards than these change at once, all is arranged anew.
const FEW: usize = 64;

/// A project at one look.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// The project's name.
    pub project: String,
    /// The checkout.
    pub home: PathBuf,
    /// The harness folder's path and what stands for the checkout there, where it is private.
    pub private: Option<(RepoPath, PathBuf)>,
    /// Whether there is a harness folder at all.
    pub set_up: bool,
    /// The branch that is checked out; `None`: detached, or not known.
    pub branch: Option<String>,
    /// What there is, in the order of the list.
    pub entries: Arc<Vec<Arc<Entry>>>,
    /// Every run, newest first.
    pub runs: Arc<Vec<Arc<RunCard>>>,
    /// Runs that can't be read, and why.
    pub unreadable: Arc<Vec<Unreadable>>,
    /// Faults of the project's files.
    pub faults: Arc<Vec<Finding>>,
    /// What of the project's files a person must see before anything of it is run; `None`: nothing
    /// stands in the way.
    pub untrusted: Option<Arc<Untrusted>>,
    /// Whether the runs were read: before that, no entry has any.
    pub has_runs: bool,
    /// How many of the entries are items, and how many have a task.
    pub counts: (usize, usize),
    /// Whether a run goes on by itself.
    pub goes_on: bool,
    /// Whether a run is being landed by somebody.
    pub lands: bool,
    /// Another number whenever a branch beside those of runs was seen to move.
    pub refs: u64,
    /// What waits for a person, the most urgent first.
    pub needs: Arc<Vec<Arc<Need>>>,
    /// The runs among them whose base branch moved on.
    pub moved: Arc<BTreeSet<RunId>>,
    /// When this person looked at the project last; `None`: never.
    pub looked: Option<Timestamp>,
    /// What happened since, the newest first.
    pub news: Arc<Vec<News>>,
    /// Runs of which only a report is there, the latest first.
    pub earlier: Arc<Vec<EarlierRun>>,
    /// The tasks that were saved since.
    saved: Arc<Vec<(TaskId, Timestamp)>>,
    /// Where each run stands among the runs.
    places: Arc<HashMap<RunId, usize>>,
    /// The entries in the order of the cards they were made of, and those cards; after them those
    /// of runs without one.
    made: Arc<Vec<(Arc<Card>, Arc<Entry>)>>,
    /// How many of these are of cards.
    cards: usize,
}

/// A backlog item, its task, or both; with its ids and its title in small letters.
#[derive(Debug, Clone)]
struct Card {
    item: Option<Arc<Item>>,
    task: Option<Arc<TaskCard>>,
    search: Arc<str>,
}

impl Card {
    /// Whether it is of the very same item and task.
    fn is_of(&self, item: Option<&Arc<Item>>, task: Option<&Arc<TaskCard>>) -> bool {
        let same_item = match (&self.item, item) {
            (Some(own), Some(item)) => Arc::ptr_eq(own, item),
            (own, item) => own.is_none() && item.is_none(),
        };
        let same_task = match (&self.task, task) {
            (Some(own), Some(task)) => Arc::ptr_eq(own, task),
            (own, task) => own.is_none() && task.is_none(),
        };
        same_item && same_task
    }

    /// Whether there is as much of both, and the same runs belong to them.
    fn stands_for(&self, other: &Self) -> bool {
        self.item.is_some() == other.item.is_some()
            && self.task.is_some() == other.task.is_some()
            && self.task_id() == other.task_id()
    }

    /// The task that runs of it are of.
    fn task_id(&self) -> Option<&TaskId> {
        let of_item = || self.item.as_ref().and_then(|i| i.task.as_ref());
        self.task.as_ref().map(|t| &t.id).or_else(of_item)
    }

    fn new(item: Option<Arc<Item>>, task: Option<Arc<TaskCard>>) -> Self {
        let mut search = String::new();
        let id = task.as_ref().map(|t| t.id.as_str());
        if let Some(item) = &item {
            search.reserve_exact(item.title.len() + 2 + ROOM_FOR_IDS);
            search.extend([item.title.as_str(), " ", item.id.as_str(), " "]);
        } else if let Some(task) = &task {
            search.extend([task.title.as_str(), " "]);
        }
        search.extend(id);
        // Most texts are plain, and then this is done in place.
        if search.is_ascii() {
            search.make_ascii_lowercase();
        } else {
            search = search.to_lowercase();
        }
        Self {
            item,
            task,
            search: search.into(),
        }
    }
}

/// About what the ids of an item and its task take together, in bytes.
const ROOM_FOR_IDS: usize = 24;

impl Board {
    /// The folder that a path of the project is relative to.
    pub fn root_of(&self, path: &str) -> PathBuf {
        let (Some((harness, root)), Ok(path)) = (&self.private, RepoPath::new(path)) else {
            return self.home.clone();
        };
        let private = Some(root.as_path());
        let home = &self.home;
        let roots = Roots {
            home,
            harness,
            private,
        };
        roots.of(&path).to_owned()
    }

    /// The board of these cards and runs.
    fn take(&mut self, cards: &[Arc<Card>], runs: Vec<Arc<RunCard>>) {
        let places = runs.iter().enumerate();
        let places = places.map(|(n, r)| (r.run.clone(), n));
        self.places = Arc::new(places.collect());
        self.goes_on = runs.iter().any(|r| r.goes_on);
        self.lands = runs.iter().any(|r| r.landing == Some(Lands::UnderWay));
        self.runs = Arc::new(runs);
        self.sort_out();
        self.arrange(cards);
    }

    /// Works out of the runs what waits for a person, and what happened since they looked last.
    pub fn sort_out(&mut self) {
        let needs = self.runs.iter().filter_map(|card| card.need.clone());
        let mut needs: Vec<Arc<Need>> = needs.collect();
        needs.sort_by(|a, b| a.rank().cmp(&b.rank()));
        self.needs = Arc::new(needs);
        let news = self
            .looked
            .map(|at| news::since(at, &self.runs, &self.saved));
        self.news = Arc::new(news.unwrap_or_default());
    }

    /// The board of these cards, with the runs that it has.
    fn take_cards(&mut self, cards: &[Arc<Card>]) {
        if !self.renew(cards) {
            self.arrange(cards);
        }
    }

    /// Puts what was made of changed cards in the place of what was made of them before, where they
    /// are few and all else stays as it is; whether that was so.
    fn renew(&mut self, cards: &[Arc<Card>]) -> bool {
        if cards.len() != self.cards {
            return false;
        }
        let mut changed = Vec::new();
        for (n, (card, (known, before))) in cards.iter().zip(self.made.iter()).enumerate() {
            if Arc::ptr_eq(card, known) || known.is_of(card.item.as_ref(), card.task.as_ref()) {
                continue;
            }
            let now = entry(card, before.runs.clone());
            if changed.len() == FEW || !known.stands_for(card) || now.group != before.group {
                return false;
            }
            changed.push((n, Arc::new(now)));
        }
        if changed.is_empty() {
            return true;
        }
        let mut made = self.made.to_vec();
        let mut entries = self.entries.to_vec();
        for (n, now) in changed {
            let (Some(card), Some(place)) = (cards.get(n), made.get_mut(n)) else {
                return false;
            };
            let shown = entries.iter_mut().find(|e| Arc::ptr_eq(e, &place.1));
            let Some(shown) = shown else { return false };
            *shown = now.clone();
            *place = (card.clone(), now);
        }
        self.made = Arc::new(made);
        self.entries = Arc::new(entries);
        true
    }

    fn arrange(&mut self, cards: &[Arc<Card>]) {
        self.cards = cards.len();
        let made = made(cards, &self.runs, &self.made);
        let mut entries: Vec<Arc<Entry>> = made.iter().map(|(_, e)| e.clone()).collect();
        // Stable: within a group the backlog's own order holds.
        entries.sort_by_key(|e| e.group);
        self.entries = Arc::new(entries);
        self.made = Arc::new(made);
        self.counts = (
            self.entries.iter().filter(|e| e.item.is_some()).count(),
            self.entries.iter().filter(|e| e.task.is_some()).count(),
        );
    }

    /// The run of this id, in short.
    pub fn card(&self, id: &RunId) -> Option<&Arc<RunCard>> {
        self.runs.get(*self.places.get(id)?)
    }

    /// All of the run of this id, where all of it was read.
    pub fn run(&self, id: &RunId) -> Option<&Arc<RunView>> {
        self.card(id)?.view.as_ref()
    }

    /// How many runs wait for a person.
    pub fn waiting(&self) -> usize {
        self.needs.len()
    }

    /// The runs of a task of which only a report is there.
    pub fn earlier_of<'a>(&'a self, task: &'a TaskId) -> impl Iterator<Item = &'a EarlierRun> {
        let is = move |run: &&EarlierRun| run.task.as_ref() == Some(task);
        self.earlier.iter().filter(is)
    }

    /// The entry that a run belongs to, among those that wait for a person.
    pub fn entry_of(&self, run: &RunId) -> Option<&Arc<Entry>> {
        let waits = self
            .entries
            .iter()
            .take_while(|e| e.group <= Group::Blocked);
        let has = |e: &&Arc<Entry>| e.runs.iter().any(|r| r.run == *run);
        { waits }.find(has)
    }
}

/// The entry of each card, then those of runs without one. One of which nothing changed is the
/// very one that it was before.
fn made(
    cards: &[Arc<Card>],
    runs: &[Arc<RunCard>],
    before: &[(Arc<Card>, Arc<Entry>)],
) -> Vec<(Arc<Card>, Arc<Entry>)> {
    let mut of: HashMap<&TaskId, Vec<Arc<RunCard>>> = HashMap::new();
    for run in runs {
        if let Some(task) = &run.task {
            of.entry(task).or_default().push(run.clone());
        }
    }
    let mut shown: HashSet<&TaskId> = HashSet::with_capacity(of.len());
    let mut made = Vec::with_capacity(cards.len());
    for (n, card) in cards.iter().enumerate() {
        let runs = card.task_id().and_then(|id| of.get_key_value(id));
        shown.extend(runs.map(|(id, _)| *id));
        let runs = runs.map_or(&[][..], |(_, runs)| runs);
        let known = before.get(n).filter(|(known, entry)| {
            known.is_of(card.item.as_ref(), card.task.as_ref()) && same(&entry.runs, runs)
        });
        made.push(match known {
            Some(known) => known.clone(),
            None => (card.clone(), Arc::new(entry(card, runs.to_vec()))),
        });
    }
    for run in runs {
        let runs = match &run.task {
            Some(task) if !shown.insert(task) => continue,
            Some(task) => of.get(task).cloned().unwrap_or_default(),
            None => vec![run.clone()],
        };
        let card = Arc::new(Card::new(None, None));
        let entry = Arc::new(entry(&card, runs));
        made.push((card, entry));
    }
    made
}

/// Whether these are the very same runs, as they were.
fn same(one: &[Arc<RunCard>], other: &[Arc<RunCard>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| Arc::ptr_eq(a, b))
}

fn entry(card: &Card, runs: Vec<Arc<RunCard>>) -> Entry {
    let group = group(card.item.as_deref(), card.task.as_deref(), &runs);
    let mut entry = Entry {
        item: card.item.clone(),
        task: card.task.clone(),
        runs,
        group,
        search: card.search.clone(),
    };
    if let Some(run) = entry.runs.first() {
        let own = if entry.search.is_empty() {
            entry.title()
        } else {
            &*entry.search
        };
        let text = format!("{own} {}", run.run);
        entry.search = text.to_lowercase().into();
    }
    entry
}

fn group(item: Option<&Item>, task: Option<&TaskCard>, runs: &[Arc<RunCard>]) -> Group {
    let by_run = runs.iter().filter_map(|run| {
        if run.is_cut_off() {
            return Some(Group::Waiting);
        }
        if run.landed.is_some() {
            return Some(Group::Done);
        }
        match run.state {
            RunState::Created | RunState::Ready | RunState::Running if run.left => {
                Some(Group::Waiting)
            }
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
