//! The world behind the screen, in a thread of its own: it reads what is on disk when something
//! changed there, follows a timeline, gives orders, and tells the screen, which never waits for it.

mod documents;
mod follow;
mod orders;

use super::app::{Effect, Event};
use crate::engine::Person;
use crate::records::board::Board;
use crate::records::person;
use crate::records::project::Project;
use crate::store::watch::{Waker, Watch};
use documents::Shown;
use follow::Followed;
use orders::Given;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

/// How often it is looked although nothing signalled, while something goes on.
const TICK: Duration = Duration::from_secs(1);
/// The same, while nothing does.
const REST: Duration = Duration::from_secs(30);
/// How often the files of the project are read, at most, while runs tell of themselves.
const BETWEEN: Duration = Duration::from_millis(500);
/// Changes that come together are read together.
const TOGETHER: Duration = Duration::from_millis(5);
/// How many wishes may wait.
const WISHES: usize = 64;

/// The screen's end of it.
pub struct World {
    wishes: SyncSender<Effect>,
    waker: Waker,
    /// What the reader is too far behind to take: it gets it after what it has.
    later: VecDeque<Effect>,
}

impl World {
    /// Starts reading.
    pub fn open(project: Project, events: SyncSender<Event>) -> std::io::Result<Self> {
        let (wishes, wished) = sync_channel(WISHES);
        let watch = Watch::new(folders(&project));
        let waker = watch.waker();
        let reader = Reader {
            by: person::here(project.home()),
            project,
            events,
            wished,
            watch,
            board: Board::default(),
            followed: None,
            given: Vec::new(),
            read: None,
            behind: false,
            shown: None,
        };
        std::thread::Builder::new()
            .name("world".to_owned())
            .spawn(move || reader.go())?;
        Ok(Self {
            wishes,
            waker,
            later: VecDeque::new(),
        })
    }

    /// Wishes something of it, and never waits: the screen is not to be held up by a slow disk.
    pub fn wish(&mut self, effect: Effect) {
        // Of what is only looked at, the newest wish is the one that counts.
        if !matches!(effect, Effect::Order { .. }) {
            let kind = std::mem::discriminant(&effect);
            self.later.retain(|e| std::mem::discriminant(e) != kind);
        }
        self.later.push_back(effect);
        self.pass_on();
    }

    /// Passes on what could not be taken before.
    pub fn pass_on(&mut self) {
        while let Some(effect) = self.later.pop_front() {
            if let Err(TrySendError::Full(effect) | TrySendError::Disconnected(effect)) =
                self.wishes.try_send(effect)
            {
                self.later.push_front(effect);
                return;
            }
            self.waker.wake();
        }
    }
}

/// What changes when the project does.
fn folders(project: &Project) -> Vec<PathBuf> {
    let mut folders = vec![project.engine.runs()];
    for part in ["", "tasks", "backlog", "workflows", "roles", "templates"] {
        folders.push(project.path(part));
    }
    folders
}

struct Reader {
    project: Project,
    by: Person,
    events: SyncSender<Event>,
    wished: Receiver<Effect>,
    watch: Watch,
    board: Board,
    followed: Option<Followed>,
    given: Vec<Given>,
    /// When the project's files were read last.
    read: Option<Instant>,
    /// Whether something changed since that may have been in them.
    behind: bool,
    shown: Option<Shown>,
}

/// The screen is gone.
struct Left;

impl Reader {
    fn go(mut self) {
        // Ends when nobody listens any more.
        while self.look().is_ok() {
            let live = !self.given.is_empty() || self.board.runs.iter().any(|r| r.supervised);
            let tick = match (self.owes(), live) {
                (Some(left), _) => left,
                (None, true) => TICK,
                (None, false) => REST,
            };
            self.watch.wait(tick);
            self.watch.wait(TOGETHER);
        }
    }

    /// How long until the project's files are to be read for what was left out at the last look;
    /// `None`: nothing was.
    fn owes(&self) -> Option<Duration> {
        self.behind.then(|| self.until_due())
    }

    /// How long until the project's files may be read again.
    fn until_due(&self) -> Duration {
        let left = |read: Instant| BETWEEN.saturating_sub(read.elapsed());
        self.read.map_or(Duration::ZERO, left)
    }

    fn tell(&self, event: Event) -> Result<(), Left> {
        self.events.send(event).map_err(|_| Left)
    }

    fn look(&mut self) -> Result<(), Left> {
        while let Ok(effect) = self.wished.try_recv() {
            self.carry_out(effect)?;
        }
        // Runs tell of themselves all the time; the files of the project are many and rarely change.
        if self.until_due().is_zero() {
            self.board = Board::read(&self.project, &self.board.runs);
            self.read = Some(Instant::now());
            self.behind = false;
        } else {
            self.board.read_on(&self.project);
            self.behind = true;
        }
        for run in &self.board.runs {
            if run.is_over() && !run.supervised {
                self.watch.forget(run.dirs.path());
            } else {
                self.watch.ensure(run.dirs.path());
            }
        }
        self.tell(Event::Read(Box::new(self.board.clone())))?;
        self.tell_rows()?;
        self.tell_document()?;
        self.settle_orders()
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), Left> {
        match effect {
            Effect::Follow(wanted) => {
                self.follow(wanted);
                Ok(())
            }
            Effect::Explain(run, stage) => self.explain(&run, stage.as_ref()),
            Effect::ReadDocument(run, path) => self.show_document(run, path),
            Effect::Order {
                run,
                request,
                evidence,
            } => self.order(&run, &request, evidence.as_ref()),
            Effect::TakeUp(run) => self.take_up(&run),
            // What is the terminal's never comes here.
            Effect::Copy(_)
            | Effect::Edit { .. }
            | Effect::Mouse(_)
            | Effect::Redraw
            | Effect::Retake
            | Effect::Suspend
            | Effect::Leave => Ok(()),
        }
    }
}
