//! The world behind the screen, in a thread of its own: it reads what is on disk when something
//! changed there, follows a timeline, gives orders, and tells the screen, which never waits for it.

mod at_hand;
pub mod commands;
mod edited;
mod explain;
mod follow;
mod hands;
mod orders;
mod papers;
mod talks;
mod unsent;

mod desk;

use super::app::{Effect, Event};
use super::post::Post;
use crate::dialogue::author::Choose;
use crate::engine::Person;
use crate::records::board::{Board, Look};
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::records::user::{UserDir, cache_folder};
use crate::starting::note;
use crate::store::user::looked::Looked;
use crate::store::watch::{Changes, Waker, Watch};
use crate::terms::RunId;
use follow::Followed;
use jiff::Timestamp;
use orders::Given;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often it is looked at everything although nothing signalled, while something goes on.
const LIVE: Duration = Duration::from_secs(30);
/// The same while a run is landed: that somebody who lands ends is told by nothing.
const LANDS: Duration = Duration::from_secs(1);
/// The same where the system does not tell of every change.
const BLIND: Duration = Duration::from_secs(1);
/// The same while everything rests: changes are told, and there is nothing else.
const REST: Duration = Duration::from_hours(24);
/// How often it is looked after orders that are under way.
const ORDERED: Duration = Duration::from_secs(1);
/// Changes that come together are read together: there is this long between two looks.
const TOGETHER: Duration = Duration::from_millis(5);
/// How many wishes may wait.
const WISHES: usize = 64;

/// The screen's end of it.
pub struct World {
    wishes: SyncSender<Effect>,
    waker: Waker,
    /// What the reader is too far behind to take: it gets it after what it has.
    later: VecDeque<Effect>,
    deeds: desk::Desk,
    talks: talks::Talks,
    keeper: unsent::Keeper,
    commands: commands::Commands,
    /// How many orders and deeds are wished and not given or done yet.
    owed: Arc<AtomicUsize>,
    reader: JoinHandle<()>,
}

impl World {
    /// Starts reading; `choose`: what was chosen for the dialogues, over the settings.
    pub fn open(project: Project, events: Post, choose: Choose) -> std::io::Result<Self> {
        let (wishes, wished) = sync_channel(WISHES);
        let engine = project.engine.path();
        if project.is_set_up() {
            note(&project);
        }
        let looked = Looked::of(UserDir::find(), engine);
        let look = Look::new(project.clone(), cache_folder()).since(looked.read());
        let watch = Watch::only([], look.matters());
        let waker = watch.waker();
        let desk = papers::Desk::open(events.clone())?;
        let owed = Arc::new(AtomicUsize::new(0));
        let deeds = desk::Desk::open(&project, &events, &waker, &owed)?;
        let talks = talks::Talks::new(project.clone(), choose, events.clone());
        let keeper = unsent::Keeper::new(project.engine.clone(), events.clone());
        let commands = commands::Commands::new(events.clone());
        let reader = Reader {
            owed: owed.clone(),
            by: None,
            project,
            events,
            wished,
            watch,
            look,
            followed: None,
            given: Vec::new(),
            looked: Instant::now(),
            rest: Duration::ZERO,
            looked_all: Instant::now(),
            desk,
            told: VecDeque::new(),
            edited: None,
            last_look: looked,
        };
        let reader = std::thread::Builder::new()
            .name("world".to_owned())
            .spawn(move || reader.go())?;
        Ok(Self {
            wishes,
            waker,
            later: VecDeque::new(),
            deeds,
            talks,
            keeper,
            commands,
            owed,
            reader,
        })
    }

    /// Wishes something of it, and never waits: the screen is not to be held up by a slow disk.
    pub fn wish(&mut self, effect: Effect) {
        let effect = match effect {
            Effect::Talk(wish) => return self.talks.wish(wish),
            Effect::Keep(whose, unsent) => return self.keeper.keep(whose, unsent),
            Effect::Look(look) => return self.deeds.look(look),
            Effect::StartCommand(ordered) => return self.commands.start(*ordered),
            Effect::EndCommand { id, at_once } => return self.commands.end(id, at_once),
            Effect::Do(deed) => {
                self.owed.fetch_add(1, Ordering::SeqCst);
                return self.deeds.act(deed);
            }
            effect => effect,
        };
        if matches!(effect, Effect::Order { .. } | Effect::Looked(_)) {
            self.owed.fetch_add(1, Ordering::SeqCst);
        }
        // Of what is on the screen, the newest wish is the one that counts.
        if matches!(
            effect,
            Effect::Follow(_) | Effect::Show(_) | Effect::LookFor(_)
        ) {
            let kind = std::mem::discriminant(&effect);
            self.later.retain(|e| std::mem::discriminant(e) != kind);
        }
        self.later.push_back(effect);
        self.pass_on();
    }

    /// Passes on what could not be taken before.
    pub fn pass_on(&mut self) {
        self.deeds.pass_on();
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

    /// Whether something that was ordered is not given or done yet.
    pub fn owes(&self) -> bool {
        self.owed.load(Ordering::SeqCst) > 0
    }

    /// Lets go of it once all that was ordered is given and done. Nobody may listen to its events
    /// any more: it never waits for that.
    pub fn finish(mut self) {
        self.commands.leave();
        if !self.owes() {
            return;
        }
        self.deeds.finish();
        for effect in self.later.drain(..) {
            // Taken for as long as the reader lives; without it there is nobody to give an order.
            if self.wishes.send(effect).is_err() {
                break;
            }
        }
        drop(self.wishes);
        self.waker.wake();
        // A panic there has ended the program already.
        let _ = self.reader.join();
    }
}

struct Reader {
    /// How many orders and deeds are wished and not given or done yet.
    owed: Arc<AtomicUsize>,
    project: Project,
    /// Who sits here; asked for when it is first needed.
    by: Option<Person>,
    events: Post,
    wished: Receiver<Effect>,
    watch: Watch,
    look: Look,
    followed: Option<Followed>,
    given: Vec<Given>,
    /// When it was looked last.
    looked: Instant,
    /// How long nothing is looked at after that: what takes long is done less often.
    rest: Duration,
    /// When it was looked at everything last.
    looked_all: Instant,
    desk: papers::Desk,
    /// The boards that were told last.
    told: VecDeque<Board>,
    /// What is edited by hand in the run that is shown, as it was told last.
    edited: Option<(RunId, String)>,
    /// When this person looked at the project last.
    last_look: Looked,
}

/// The screen is gone.
struct Left;

impl Reader {
    /// Ends when nobody listens or wishes any more, and gives every order that came before that.
    fn go(mut self) {
        let Err(Left) = self.read_on();
        while let Ok(effect) = self.wished.recv() {
            if matches!(effect, Effect::Order { .. } | Effect::Looked(_)) {
                // There is nobody to be told of it.
                let _ = self.carry_out(effect);
            }
        }
    }

    fn read_on(&mut self) -> Result<Infallible, Left> {
        self.first_look()?;
        let mut changes = Changes::default();
        loop {
            changes.and(self.watch.changes());
            // While rows come without end it is not asked after each part of them.
            if !self.has_more() || self.looked.elapsed() >= TOGETHER {
                self.watch.wait(self.patience(&changes));
            }
            let mut asked = false;
            loop {
                match self.wished.try_recv() {
                    Ok(effect) => self.carry_out(effect)?,
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Err(Left),
                }
                asked = true;
            }
            changes.and(self.watch.changes());
            if self.looked_all.elapsed() >= self.all_due() {
                changes = Changes::everything();
            }
            if asked || self.looked.elapsed() >= self.rest {
                self.look(&std::mem::take(&mut changes))?;
            } else if self.has_more() {
                self.tell_rows()?;
            }
        }
    }

    /// How long to wait for a change, where these are not looked at yet.
    fn patience(&self, changes: &Changes) -> Duration {
        if self.has_more() {
            return Duration::ZERO;
        }
        if !changes.is_empty() {
            return self.rest.saturating_sub(self.looked.elapsed());
        }
        let all = self.all_due().saturating_sub(self.looked_all.elapsed());
        if self.given.is_empty() {
            all
        } else {
            all.min(ORDERED)
        }
    }

    /// How often it is looked at everything, whatever is told.
    fn all_due(&self) -> Duration {
        if self.watch.degraded().is_some() {
            BLIND
        } else if self.look.board().lands {
            LANDS
        } else if self.look.board().goes_on {
            LIVE
        } else {
            REST
        }
    }

    /// Keeps that what happened up to this moment was seen.
    fn looked_at(&self, at: Timestamp) {
        // Where it can't be kept, it is told once more: that loses nothing.
        let _ = self.last_look.mark(self.project.engine.path(), at);
        self.owed.fetch_sub(1, Ordering::SeqCst);
    }

    fn tell(&self, event: Event) -> Result<(), Left> {
        self.events.send(event).map_err(|_| Left)
    }

    /// The files first, which fill the screen; then the runs, and what is to be watched.
    fn first_look(&mut self) -> Result<(), Left> {
        // Watched before anything is read: what happens from now on is told, and what was told so
        // far is read next. To look at that once more would be to read everything twice.
        for folder in self.look.folders() {
            self.watch.ensure(&folder);
        }
        drop(self.watch.changes());
        self.look.at_backlog();
        self.tell_board()?;
        self.look(&Changes::everything())
    }

    /// Looks at what changed.
    fn look(&mut self, changes: &Changes) -> Result<(), Left> {
        self.looked = Instant::now();
        if changes.is_everything() {
            self.looked_all = self.looked;
        }
        let files = self.look.at_files(changes);
        if files && !self.look.board().has_runs {
            // Reading all runs for the first time may take a while.
            self.tell_board()?;
        }
        let runs = self.look.at_runs(changes);
        if files {
            for folder in self.look.mapped() {
                self.watch.ensure(&folder);
            }
        }
        if runs {
            self.watch_runs();
            self.look.at_young();
        }
        let took = self.looked.elapsed();
        self.rest = if files || runs {
            TOGETHER.max(took)
        } else {
            TOGETHER.min(took * 4)
        };
        if files || runs {
            self.tell_board()?;
        }
        self.tell_rows()?;
        self.tell_papers();
        self.tell_edited()?;
        self.settle_orders()
    }

    fn tell_board(&mut self) -> Result<(), Left> {
        let board = self.look.board().clone();
        self.tell(Event::Read(Box::new(board.clone())))?;
        // The screen has let go of the one before the last by now, which is freed here: a large
        // project's is many pieces, and the screen has better things to do.
        if board.has_runs {
            self.told.push_back(board);
        }
        if self.told.len() > 2 {
            self.told.pop_front();
        }
        Ok(())
    }

    /// Watches the folders of the runs in which something can happen.
    fn watch_runs(&mut self) {
        let (open, done) = self.look.of_runs();
        for folder in open {
            if !self.watch.watches(&folder) {
                self.watch.ensure(&folder);
            }
        }
        for folder in done {
            self.watch.forget(&folder);
        }
    }

    /// The run of this id, as it was read last.
    fn run(&self, id: &RunId) -> Option<&Arc<RunView>> {
        self.look.board().run(id)
    }

    /// Reads all of a run of which only the card is kept.
    fn read_whole(&mut self, run: &RunId) -> Result<(), Left> {
        if self.look.whole(run) {
            self.tell_board()?;
        }
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), Left> {
        match effect {
            Effect::Follow(wanted) => {
                self.follow(wanted);
                Ok(())
            }
            Effect::ReadRun(run) => self.read_whole(&run),
            Effect::Explain(run, stage) => {
                self.read_whole(&run)?;
                self.explain(&run, stage.as_ref())
            }
            Effect::Refresh => {
                self.look(&Changes::everything())?;
                self.tell(Event::Refreshed)
            }
            Effect::Show(wanted) => {
                self.show(wanted);
                Ok(())
            }
            Effect::LookFor(wanted) => {
                self.look_for(wanted);
                Ok(())
            }
            Effect::TakeUp(run) => self.take_up(&run),
            Effect::Looked(at) => {
                self.looked_at(at);
                Ok(())
            }
            Effect::Order {
                run,
                request,
                evidence,
            } => {
                let given = self.order(&run, &request, evidence.as_ref());
                self.owed.fetch_sub(1, Ordering::SeqCst);
                given
            }
            Effect::Look(_)
            | Effect::Do(_)
            | Effect::Copy(_)
            | Effect::Notify(_)
            | Effect::Edit { .. }
            | Effect::Lend(_)
            | Effect::StartCommand(_)
            | Effect::InTerminal(_)
            | Effect::EndCommand { .. }
            | Effect::Talk(_)
            | Effect::Keep(..)
            | Effect::Write(_)
            | Effect::CopyText(_)
            | Effect::Mouse(_)
            | Effect::Retake
            | Effect::Settings(_)
            | Effect::Redraw
            | Effect::Suspend
            | Effect::Leave => Ok(()),
        }
    }
}
