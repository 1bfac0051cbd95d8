//! What is looked at before it is done, and what is done, each in a thread of its own: neither a
//! slow repository nor the checks of a landing hold up the reading of the disk.

mod landing;

use self::landing::{finish, from_pr, land, patch, read_pr, reasons, request, take_back};
use crate::dialogue::spent::spending;
use crate::dialogue::unsent;
use crate::documents::powers;
use crate::engine::Person;
use crate::git::Git;
use crate::hand::Would;
use crate::items::{self, Change};
use crate::landing::clean::trees_of;
use crate::landing::held::Held;
use crate::landing::{CutOff, Preview};
use crate::records::beside;
use crate::records::harness::Harness;
use crate::records::person;
use crate::records::planning::PlanRequest;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::records::said::last_words;
use crate::records::spending::today;
use crate::records::user::cache_folder;
use crate::setup::Proposal;
use crate::starting::{self, Order, Sheet};
use crate::store::fs::Disk;
use crate::store::watch::Waker;
use crate::supervisor::review::{self, New};
use crate::supervisor::start;
use crate::terms::{Digest, Oid, RunId, TaskId};
use crate::text::many;
use crate::workbench::actions::Action;
use crate::workbench::app::Event;
use crate::workbench::app::desk::{Branch, Deed, Done, Look, Reasons, Seen, SetUp, Word};
use crate::workbench::post::Post;
use crate::workbench::world::at_hand as hands;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

/// How many files of a run's trees are counted.
const MOST_FILES: usize = 500_000;
/// How many looks and deeds may wait each.
const WAITING: usize = 16;
/// How many changes of items can be taken back.
const MOST_UNDONE: usize = 100;
/// How many commits of a branch are counted.
const MOST_COMMITS: usize = 500;

/// The screen's end of both.
pub(super) struct Desk {
    looks: Line<Look>,
    deeds: Option<Line<Deed>>,
    doer: Option<JoinHandle<()>>,
}

/// A way to a thread that is never waited for.
struct Line<T> {
    to: SyncSender<T>,
    later: VecDeque<T>,
}

impl<T> Line<T> {
    fn put(&mut self, thing: T) {
        self.later.push_back(thing);
        self.pass_on();
    }

    fn pass_on(&mut self) {
        while let Some(thing) = self.later.pop_front() {
            if let Err(TrySendError::Full(thing) | TrySendError::Disconnected(thing)) =
                self.to.try_send(thing)
            {
                self.later.push_front(thing);
                return;
            }
        }
    }
}

impl Desk {
    /// Starts both threads.
    pub(super) fn open(
        project: &Project,
        events: &Post,
        reader: &Waker,
        owed: &Arc<AtomicUsize>,
    ) -> std::io::Result<Self> {
        let (look, looked) = sync_channel(WAITING);
        let (act, acted) = sync_channel(WAITING);
        let (here, told) = (project.clone(), events.clone());
        std::thread::Builder::new()
            .name("looks".to_owned())
            .spawn(move || look_on(&here, &looked, &told))?;
        let (here, told) = (project.clone(), events.clone());
        let (reader, owed) = (reader.clone(), owed.clone());
        let doer = std::thread::Builder::new()
            .name("deeds".to_owned())
            .spawn(move || do_on(&here, &acted, &told, &reader, &owed))?;
        Ok(Self {
            looks: Line {
                to: look,
                later: VecDeque::new(),
            },
            deeds: Some(Line {
                to: act,
                later: VecDeque::new(),
            }),
            doer: Some(doer),
        })
    }

    /// Has something looked at.
    pub(super) fn look(&mut self, look: Look) {
        self.looks.put(look);
    }

    /// Has something done.
    pub(super) fn act(&mut self, deed: Deed) {
        if let Some(deeds) = &mut self.deeds {
            deeds.put(deed);
        }
    }

    /// Waits until everything is done that was to be done.
    pub(super) fn finish(&mut self) {
        if let Some(deeds) = self.deeds.take() {
            for deed in deeds.later {
                if deeds.to.send(deed).is_err() {
                    break;
                }
            }
        }
        if let Some(doer) = self.doer.take() {
            // A panic there has ended the program already.
            let _ = doer.join();
        }
    }

    /// Passes on what could not be taken before.
    pub(super) fn pass_on(&mut self) {
        self.looks.pass_on();
        if let Some(deeds) = &mut self.deeds {
            deeds.pass_on();
        }
    }
}

/// Looks until nobody wishes anything any more, or nobody listens.
fn look_on(project: &Project, looks: &Receiver<Look>, events: &Post) {
    while let Ok(look) = looks.recv() {
        let seen = see(project, &look);
        if events.send(Event::Looked { look, seen }).is_err() {
            return;
        }
    }
}

fn see(project: &Project, look: &Look) -> Result<Seen, Reasons> {
    match look {
        Look::Start(task, workflow) => sheet(project, task, workflow.as_deref()),
        Look::Paths => super::talks::paths(project)
            .map(Seen::Paths)
            .map_err(because),
        Look::Authors => Ok(Seen::Authors(super::talks::authors(project))),
        Look::Said(run, attempt) => {
            let said = last_words(&find(project, run)?, attempt);
            Ok(Seen::Said(said.unwrap_or_default()))
        }
        Look::Unsent(whose) => {
            let kept = unsent::read(&Disk, &whose.path(&project.engine));
            kept.map(Seen::Unsent).map_err(because)
        }
        Look::Land(run, manner) => {
            let view = find(project, run)?;
            // What was begun comes first: nothing else can be landed before.
            if let Some(begun) = CutOff::of(&view).map_err(|e| reasons(&e))? {
                return Ok(Seen::CutOff(Box::new(begun)));
            }
            let request = request(project, *manner);
            let would = Preview::of(&view, &request).map_err(|e| reasons(&e))?;
            Ok(Seen::Land(Box::new(would)))
        }
        Look::Refresh(run) => {
            let view = find(project, run)?;
            let would = view.would_refresh().map_err(because)?;
            if would.as_ref().is_some_and(|w| w.conflicts.is_empty())
                && let Some(why) = view.refresh_would_lose().map_err(because)?
            {
                return Err(because(why));
            }
            Ok(Seen::Refresh(would.map(Box::new)))
        }
        Look::Take(run, stage) => {
            let would = Would::of(&find(project, run)?, stage.as_ref());
            would.map(|w| Seen::Take(Box::new(w))).map_err(because)
        }
        Look::Branch(run) => branch(&find(project, run)?).map(Seen::Branch),
        Look::Disk(run) => {
            let usage = trees_of(&find(project, run)?, MOST_FILES);
            Ok(Seen::Disk(usage))
        }
        Look::Beside => {
            let keep = cache_folder();
            let beside = beside::look(project.engine.path(), keep.as_deref());
            Ok(Seen::Beside(beside))
        }
        Look::Costs => {
            let all = spending(project, cache_folder().as_deref());
            let today = today::shares(project, &jiff::Zoned::now());
            Ok(Seen::Costs(Arc::new(all), today))
        }
        Look::Receipt(run) => {
            let held = Held::of(&find(project, run)?).map_err(|e| reasons(&e))?;
            Ok(Seen::Receipt(Box::new(held)))
        }
        Look::SetUp => set_up(project),
    }
}

/// One reason.
#[expect(
    clippy::needless_pass_by_value,
    reason = "errors are mapped to it as they come"
)]
fn because(why: impl ToString) -> Reasons {
    vec![(String::new(), why.to_string())]
}

fn find(project: &Project, run: &RunId) -> Result<RunView, Reasons> {
    runs::find(project, run).map_err(because)
}

fn order(task: &TaskId, workflow: Option<&str>) -> Order {
    Order {
        plan: PlanRequest {
            task: Some(task.clone()),
            workflow: workflow.map(str::to_owned),
            ..PlanRequest::default()
        },
        ..Order::default()
    }
}

fn sheet(project: &Project, task: &TaskId, workflow: Option<&str>) -> Result<Seen, Reasons> {
    let harness = Harness::load(project);
    let ready = starting::look(project, &harness, &order(task, workflow));
    let ready = ready.map_err(|e| because(e.in_short()))?;
    Ok(Seen::Start(Box::new(Sheet::of(project, &ready))))
}

fn branch(view: &RunView) -> Result<Branch, Reasons> {
    let git = Git::new(&view.order.home);
    let base = view.run.base.as_ref().unwrap_or(&view.order.base);
    let head = view.run.head.as_ref().unwrap_or(base);
    let files = git.diff(base, head).map_err(because)?;
    let range = format!("{base}..{head}");
    let commits = git.log(&range, MOST_COMMITS).map_err(because)?;
    Ok(Branch {
        commits: commits.len(),
        files: files.len(),
        added: files.iter().filter_map(|f| f.added).sum(),
        removed: files.iter().filter_map(|f| f.removed).sum(),
    })
}

fn set_up(project: &Project) -> Result<Seen, Reasons> {
    let proposal = Proposal::of(project.home()).map_err(because)?;
    let tests = proposal.found.tests.iter().map(|t| ("tests", t));
    let setup = proposal.found.setup.iter().map(|t| ("set-up", t));
    let found = tests.chain(setup);
    let found = found.map(|(word, told)| (word, told.command.clone(), told.from.clone()));
    Ok(Seen::SetUp(Box::new(SetUp {
        found: found.collect(),
        there: there(&proposal),
        unknown: proposal.found.notes.clone(),
        fresh: proposal.fresh,
        missing: proposal.missing,
    })))
}

/// What is there already, and where the harness comes to stand beside it.
fn there(proposal: &Proposal) -> Vec<(String, String)> {
    let layout = &proposal.layout;
    let beside = layout.stranger.iter().map(|what| {
        let place = &proposal.project.harness;
        let says = format!("something else, {what}; the files are written below {place}/");
        ("harness/".to_owned(), says)
    });
    let rows = layout.serves.iter().chain(&layout.left);
    let rows = rows.map(|row| (row.path.clone(), row.says.clone()));
    beside.chain(rows).collect()
}

/// Does one thing after the other until nobody orders anything any more. What was ordered is done
/// also where nobody listens to what came of it.
fn do_on(
    project: &Project,
    deeds: &Receiver<Deed>,
    events: &Post,
    reader: &Waker,
    owed: &AtomicUsize,
) {
    let mut past = Past::default();
    while let Ok(deed) = deeds.recv() {
        let done = carry_out(project, &deed, &mut past, events);
        owed.fetch_sub(1, Ordering::SeqCst);
        let undo = past.next();
        let _ = events.send(Event::Did { deed, done, undo });
        reader.wake();
    }
}

/// The changes that can be taken back, the newest last.
#[derive(Default)]
struct Past(VecDeque<Taken>);

/// A change that can be taken back.
enum Taken {
    /// Of an item, and what was done with it.
    Item(Change, &'static str),
    /// Of a comment on this run's work: what takes it back, and what was done with it.
    Comment(RunId, Word, String),
}

impl Past {
    fn put(&mut self, taken: Taken) {
        if self.0.len() >= MOST_UNDONE {
            self.0.pop_front();
        }
        self.0.push_back(taken);
    }

    /// What an undo would take back now.
    fn next(&self) -> Option<String> {
        Some(match self.0.back()? {
            Taken::Item(change, what) => format!("{} {what}", change.item),
            Taken::Comment(_, _, what) => what.clone(),
        })
    }
}

fn carry_out(
    project: &Project,
    deed: &Deed,
    past: &mut Past,
    events: &Post,
) -> Result<Done, Reasons> {
    match deed {
        Deed::Start {
            task,
            base,
            uncommitted,
            with_changes,
            workflow,
        } => {
            let order = starting::Order {
                with_changes: *with_changes,
                ..order(task, workflow.as_deref())
            };
            begin(project, &order, base, *uncommitted)
        }
        Deed::Land {
            run,
            manner,
            tip,
            tree,
            ..
        } => land(project, run, *manner, (tip, tree), events),
        Deed::Finish(run, commit) => finish(project, run, commit),
        Deed::TakeBack(run, commit) => take_back(project, run, commit),
        Deed::ReadPr { run, anyone } => read_pr(project, run, *anyone),
        Deed::FromPr(run, found) => from_pr(project, run, found),
        Deed::Patch(run) => patch(project, run),
        Deed::SetUp => {
            let proposal = Proposal::of(project.home()).map_err(because)?;
            let wrote = proposal.write().map_err(because)?;
            if crate::process::inside_attempt().is_none() {
                proposal.trust(&wrote, &person::here(project.home()));
            }
            let says = format!(
                "{} written below {}; nothing else was touched",
                many(wrote.len(), "file"),
                project.harness
            );
            Ok(Done {
                says,
                ..Done::default()
            })
        }
        Deed::Take(run, stage) => hands::take(&mut find(project, run)?, stage, project, events),
        Deed::HandBack(run, how) => hands::back(&mut find(project, run)?, *how, project),
        Deed::Shell(run) => hands::shell(&mut find(project, run)?, events),
        Deed::Trust { digest, .. } => trust(project, digest),
        Deed::Add { title, summary } => {
            let change = items::add(project, title, summary).map_err(because)?;
            Ok(written(change, "added", past))
        }
        Deed::Edit { item, was, now } => {
            let change = items::edit(project, item, was, now).map_err(because)?;
            Ok(written(change, "changed", past))
        }
        Deed::Comment(run, word) => {
            let (done, taken) = comment(project, run, word)?;
            past.put(taken);
            Ok(done)
        }
        Deed::Undo => undo(project, past),
        // They go another way, and never come here.
        Deed::Command(..) | Deed::EndCommand(_) => Ok(Done::default()),
    }
}

fn written(change: Change, what: &'static str, past: &mut Past) -> Done {
    let item = change.item.clone();
    past.put(Taken::Item(change, what));
    Done {
        says: format!("{item} {what}"),
        then: Some((Action::Undo, "takes that back")),
        item: Some(item),
        ..Done::default()
    }
}

/// Does something with a comment; what was done, and what takes it back.
fn comment(project: &Project, run: &RunId, word: &Word) -> Result<(Done, Taken), Reasons> {
    let by = ordered_by(project)?;
    let view = find(project, run)?;
    let place = view.review_place();
    let (id, did, back) = match word {
        Word::Give { spot, shown, text } => {
            let new = New {
                spot: Some(spot.clone()),
                shown: shown.clone(),
                text: text.clone(),
                url: None,
            };
            let id = review::give(place, &by, new).map_err(because)?;
            (id, "given", Word::TakeAway(id))
        }
        Word::Change { id, text } => {
            let was = view.commented.text(*id).unwrap_or_default().to_owned();
            review::change(place, &by, *id, text).map_err(because)?;
            (*id, "changed", Word::Change { id: *id, text: was })
        }
        Word::TakeAway(id) => {
            review::take_away(place, &by, *id).map_err(because)?;
            (*id, "taken away", Word::Restore(*id))
        }
        Word::Restore(id) => {
            review::restore(place, &by, *id).map_err(because)?;
            (*id, "put back", Word::TakeAway(*id))
        }
        Word::Reopen(id) => {
            review::reopen(place, &by, *id).map_err(because)?;
            (*id, "reopened", Word::TakeAway(*id))
        }
    };
    let says = format!("{id} {did}");
    let done = Done {
        says: says.clone(),
        then: Some((Action::Undo, "takes that back")),
        ..Done::default()
    };
    Ok((done, Taken::Comment(run.clone(), back, says)))
}

fn undo(project: &Project, past: &mut Past) -> Result<Done, Reasons> {
    let (change, what) = match past.0.pop_back() {
        None => return Err(because("there is nothing to take back")),
        Some(Taken::Item(change, what)) => (change, what),
        Some(Taken::Comment(run, word, what)) => {
            comment(project, &run, &word)?;
            return Ok(Done {
                says: format!("taken back: {what}"),
                ..Done::default()
            });
        }
    };
    if let Err(error) = items::take_back(project, &change) {
        // What somebody wrote over stays as it is; what came before it can still be taken back.
        if !error.is_past() {
            past.0.push_back(Taken::Item(change, what));
        }
        return Err(because(error));
    }
    Ok(Done {
        says: format!("taken back: {} {what}", change.item),
        ..Done::default()
    })
}

/// A person's order alone.
fn ordered_by(project: &Project) -> Result<Person, Reasons> {
    match crate::process::inside_attempt() {
        None => Ok(person::here(project.home())),
        Some(mark) => Err(because(format!(
            "it is a person's to order, and this runs inside an attempt ({mark})"
        ))),
    }
}

fn begin(
    project: &Project,
    order: &starting::Order,
    base: &Oid,
    uncommitted: usize,
) -> Result<Done, Reasons> {
    let by = ordered_by(project)?;
    let harness = Harness::load(project);
    let ready = starting::look(project, &harness, order).map_err(|e| because(e.in_short()))?;
    if ready.ground.base != *base {
        return Err(because(format!(
            "the checkout is at {} now, and {} was shown; look at it again",
            ready.ground.base.short(),
            base.short()
        )));
    }
    if ready.ground.uncommitted > uncommitted {
        return Err(because(format!(
            "not committed, so {}, which was not shown: {} of yours; look at it again",
            if order.with_changes {
                "taken along"
            } else {
                "left out"
            },
            many(ready.ground.uncommitted, "file")
        )));
    }
    let begun = starting::begin(project, &harness, order, &ready, by);
    let begun = begun.map_err(|e| because(e.in_short()))?;
    let dirs = project.engine.run(&begun.run);
    start::wake(dirs.path(), project.home()).map_err(because)?;
    Ok(Done {
        says: format!("{} started from {}", begun.run, base.short()),
        then: Some((Action::Cancel, "ends it, its work is kept")),
        run: Some(begun.run),
        ..Done::default()
    })
}

/// Trusts what the files have run, where that is still what was shown.
fn trust(project: &Project, shown: &Digest) -> Result<Done, Reasons> {
    let by = ordered_by(project)?;
    let powers = Harness::load(project).powers;
    if powers::digest(&powers) != *shown {
        return Err(because(
            "the files changed since they were shown; look at them again",
        ));
    }
    project.trust().give(&powers, &by).map_err(because)?;
    Ok(Done {
        says: "trusted; `harness-tui trust --revoke` takes it back".to_owned(),
        ..Done::default()
    })
}
