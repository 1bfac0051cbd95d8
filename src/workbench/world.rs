//! The world behind the screen, in a thread of its own: it reads what is on disk when something
//! changed there, follows a timeline, gives orders, and tells the screen, which never waits for it.

use super::app::{Effect, Event, Request, order};
use crate::engine::{Event as Fact, Person};
use crate::records::board::Board;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::records::timeline::Timeline;
use crate::records::told::Teller;
use crate::records::{gate, person};
use crate::store::inside::read_inside;
use crate::store::watch::{Waker, Watch};
use crate::supervisor::start;
use crate::terms::{AttemptId, Digest, RepoPath, RunId, StageId};
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
/// How long an order may lie there before it is said that nobody takes it up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);
/// Largest document that is read.
const MAX_DOCUMENT: u64 = 4 * 1024 * 1024;
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
    /// The document that is on the screen, and the text it was told with.
    shown: Option<(RunId, String, Result<String, String>)>,
}

/// A timeline that is followed.
struct Followed {
    run: RunId,
    attempt: AttemptId,
    dir: PathBuf,
    timeline: Timeline,
    teller: Teller,
    begun: bool,
}

/// An order that was given and not yet taken up.
struct Given {
    what: &'static str,
    name: String,
    view: RunView,
    since: Instant,
    woken: Instant,
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

    /// Tells the document that is on the screen anew where it changed.
    fn tell_document(&mut self) -> Result<(), Left> {
        let Some((run, path, before)) = &self.shown else {
            return Ok(());
        };
        let Some(view) = self.board.run(run) else {
            return Ok(());
        };
        let text = document(view, path);
        if text == *before {
            return Ok(());
        }
        let (run, path) = (run.clone(), path.clone());
        self.shown = Some((run.clone(), path.clone(), text.clone()));
        self.tell(Event::Document { run, path, text })
    }

    fn carry_out(&mut self, effect: Effect) -> Result<(), Left> {
        match effect {
            Effect::Follow(wanted) => {
                if let Some(old) = self.followed.take() {
                    self.watch.forget(&old.dir);
                }
                let Some((run, attempt)) = wanted else {
                    return Ok(());
                };
                if let Some(view) = self.board.run(&run) {
                    let dir = view.attempt_dir(&attempt);
                    self.watch.ensure(dir.path());
                    self.followed = Some(Followed {
                        timeline: Timeline::of(&dir),
                        dir: dir.path().to_owned(),
                        run,
                        attempt,
                        teller: Teller::default(),
                        begun: false,
                    });
                }
                Ok(())
            }
            Effect::Explain(run, stage) => match self.board.run(&run) {
                Some(view) => self.tell(explained(view, stage.as_ref())),
                None => Ok(()),
            },
            Effect::ReadDocument(run, path) => {
                let text = match self.board.run(&run) {
                    Some(view) => document(view, &path),
                    None => Err("the run is gone".to_owned()),
                };
                self.shown = Some((run.clone(), path.clone(), text.clone()));
                self.tell(Event::Document { run, path, text })
            }
            Effect::Order {
                run,
                request,
                evidence,
            } => self.order(&run, &request, evidence.as_ref()),
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

    fn tell_rows(&mut self) -> Result<(), Left> {
        let Some(followed) = &mut self.followed else {
            return Ok(());
        };
        let Ok(rows) = followed.timeline.read() else {
            return Ok(());
        };
        let anew = !std::mem::replace(&mut followed.begun, true);
        let told = rows.iter().flat_map(|row| followed.teller.of(row));
        let lines: Vec<_> = told.collect();
        if lines.is_empty() && !anew {
            return Ok(());
        }
        let (run, attempt) = (followed.run.clone(), followed.attempt.clone());
        self.tell(Event::Told {
            run,
            attempt,
            anew,
            lines,
        })
    }

    /// Gives an order, on the run as it is this moment.
    fn order(
        &mut self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(), Left> {
        let what = word(request);
        match self.give(run, request, evidence) {
            Ok((name, view)) => {
                let now = Instant::now();
                self.given.push(Given {
                    what,
                    name,
                    view,
                    since: now,
                    woken: now,
                });
                Ok(())
            }
            Err(why) => self.tell(Event::Came {
                what: what.to_owned(),
                refused: Some(why),
            }),
        }
    }

    fn give(
        &self,
        run: &RunId,
        request: &Request,
        evidence: Option<&Digest>,
    ) -> Result<(String, RunView), String> {
        let decides = !matches!(
            request,
            Request::Pause | Request::PauseNow | Request::Cancel
        );
        if decides && let Some(mark) = crate::process::inside_attempt() {
            return Err(format!(
                "it is a person's to order, and this runs inside an attempt ({mark})"
            ));
        }
        let view = RunView::read(self.project.engine.run(run)).map_err(|e| e.to_string())?;
        let fact = order::order(&view, request, evidence, self.by.clone())?;
        if matches!(fact, Fact::Approved { .. }) {
            is_as_shown(&view)?;
        }
        let name = start::order(&view.dirs, &view.order.home, &fact).map_err(|e| e.to_string())?;
        Ok((name, view))
    }

    /// What came of the orders: read from the journal, never assumed.
    fn settle_orders(&mut self) -> Result<(), Left> {
        let mut open = Vec::new();
        for mut given in std::mem::take(&mut self.given) {
            let news = given.view.follow().unwrap_or_default();
            let taken = news
                .into_iter()
                .find(|r| r.event.order.as_ref() == Some(&given.name));
            let refused = match taken {
                Some(record) => match record.event.event {
                    Fact::Noted { text } => Some(text),
                    _ => None,
                },
                None if given.since.elapsed() > PATIENCE => {
                    Some(format!("nobody took it up in {} s", PATIENCE.as_secs()))
                }
                None => {
                    if !given.view.supervised && given.woken.elapsed() > STARTING {
                        // Tried again; whether one came is seen at the next look.
                        let _ = start::wake(given.view.dirs.path(), &given.view.order.home);
                        given.woken = Instant::now();
                    }
                    open.push(given);
                    continue;
                }
            };
            self.tell(Event::Came {
                what: given.what.to_owned(),
                refused,
            })?;
        }
        self.given = open;
        Ok(())
    }
}

/// An approval counts for what was recorded: what is in the tree must be that.
fn is_as_shown(view: &RunView) -> Result<(), String> {
    let Some(held) = gate::held(view).map_err(|e| e.to_string())? else {
        return Ok(());
    };
    if held.asks_anew {
        start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
    }
    Err(held.told)
}

/// The six lines.
fn explained(view: &RunView, stage: Option<&StageId>) -> Event {
    let why = view.why(stage);
    let title = match stage {
        Some(stage) => format!("Why {stage}"),
        None => format!("Why {}", view.order.run),
    };
    let lines = [
        ("What", why.what),
        ("Evidence", why.evidence),
        ("Tried", why.tried),
        ("Kept", why.kept),
        ("Key", why.key),
        ("Command", why.command),
    ];
    Event::Explained {
        title,
        lines: lines.map(|(word, text)| (word.to_owned(), text)).to_vec(),
    }
}

/// A document of a run: from its tree, else from its branch.
fn document(view: &RunView, path: &str) -> Result<String, String> {
    let relative = RepoPath::new(path).map_err(|e| e.to_string())?;
    match read_inside(&view.order.tree, &relative, MAX_DOCUMENT) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) if !view.order.tree.exists() => {
            let git = crate::git::Git::new(&view.order.home);
            let object = format!("{}:{path}", view.order.branch);
            let shown = git.call(["cat-file", "blob", &object]).text();
            shown.map_err(|e| e.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}

fn word(request: &Request) -> &'static str {
    match request {
        Request::Approve => "approved",
        Request::SendBack(_) => "sent back",
        Request::Pause => "paused at the next boundary; the same key lets it go on",
        Request::PauseNow => "paused now; p lets it go on",
        Request::Resume => "goes on",
        Request::Cancel => "cancelled; its work is kept",
        Request::Rerun(_) => "runs again",
        Request::RerunStale => "what is stale runs again",
    }
}
