//! Taking a stage over: what it would do, and having it.

use crate::engine::{Event, Person};
use crate::records::runs::RunView;
use crate::stage::lent::{self, What};
use crate::store::fs::Disk;
use crate::store::journal::Record;
use crate::store::lock::{Lock, is_held, read_note};
use crate::store::watch::Watch;
use crate::supervisor::attempts::session_kept;
use crate::supervisor::control::{Entry, why_refused};
use crate::supervisor::in_place::NOT_TAKEN;
use crate::supervisor::start;
use crate::terms::{AttemptId, RunId, StageId, StageState};
use jiff::Timestamp;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often it is looked although nothing signalled.
const TICK: Duration = Duration::from_millis(500);
/// How long a new supervisor may take before another one is started.
const STARTING: Duration = Duration::from_secs(3);
/// How long nothing may happen before it is given up: an agent that is interrupted, and the set-up of
/// a fresh tree, take their time, and write into the journal.
const PATIENCE: Duration = Duration::from_mins(15);

/// What taking a stage over would do, or who has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Would {
    /// The run.
    pub run: RunId,
    /// The stage.
    pub stage: StageId,
    /// Its name.
    pub name: String,
    /// What the person works with.
    pub what: What,
    /// What holds that.
    pub held: String,
    /// The tree it works in.
    pub tree: PathBuf,
    /// What the stage is now.
    pub state: StageState,
    /// What its agent was told last.
    pub prompt: Option<PathBuf>,
    /// Stages below it that stand on its work, by name.
    pub below: Vec<String>,
    /// Who has it already.
    pub since: Option<Since>,
}

/// That somebody has a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// Who.
    pub by: Person,
    /// Since when.
    pub at: Timestamp,
    /// Whether somebody works there this moment, and who that is.
    pub attended: Option<String>,
}

impl Would {
    /// What it would do, for this stage or for the one that is meant where none is named.
    pub fn of(view: &RunView, stage: Option<&StageId>) -> Result<Self, String> {
        let run = &view.run;
        if view.order.in_place.is_some() {
            return Err(NOT_TAKEN.to_owned());
        }
        if let Some(not_here) = &view.not_here {
            return Err(not_here.to_string());
        }
        let nothing = || format!("nothing of it can be taken over: it is {}", view.state());
        let stage = stage.or_else(|| run.to_take()).ok_or_else(nothing)?;
        let taken = run.taken.as_ref().filter(|t| t.stage == *stage);
        if taken.is_none() {
            run.may(&Event::Taken {
                stage: stage.clone(),
                by: nobody(),
            })
            .map_err(|refusal| refusal.to_string())?;
        }
        let (Some(planned), Some(record)) = (run.plan.stage(stage), run.record(stage)) else {
            return Err(format!("there is no stage '{stage}'"));
        };
        let what = What::of(planned, session_kept(planned, record).as_deref());
        let mut attempts = record.attempts.iter().rev();
        let prompts = attempts.by_ref().map(|a| view.attempt_dir(&a.id).prompt());
        let stood = matches!(
            record.state,
            StageState::Passed | StageState::AwaitingApproval
        );
        let below = run.plan.below(stage);
        let made = run.stages.iter().filter(|s| {
            let there = !s.attempts.is_empty() || s.state == StageState::AwaitingApproval;
            stood && below.contains(&s.id) && there
        });
        let name = |id: &StageId| {
            run.plan
                .stage(id)
                .map_or(id.to_string(), |s| s.name.clone())
        };
        Ok(Self {
            run: view.order.run.clone(),
            stage: stage.clone(),
            name: planned.name.clone(),
            held: what.held(planned),
            what,
            tree: view.order.tree.clone(),
            state: record.state,
            prompt: { prompts }.find(|p| p.exists()),
            below: made.map(|s| name(&s.id)).collect(),
            since: taken.map(|taken| Since {
                by: taken.by.clone(),
                at: taken.at,
                attended: record.in_hand().and_then(|a| view.attended(a)),
            }),
        })
    }

    /// It in lines, with the word that leads each.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut line = |word: &str, text: String| lines.push((word.to_owned(), text));
        match &self.since {
            Some(Since { by, at, attended }) => {
                let at = at.strftime("%Y-%m-%d %H:%M UTC");
                line("taken", format!("by {} since {at}", by.name));
                line(
                    "now",
                    match attended {
                        Some(who) => format!("{who} is at work there"),
                        None => {
                            "nobody is at work there; what was done lies in the tree".to_owned()
                        }
                    },
                );
            }
            None if self.state == StageState::Running => {
                let text = "its agent is interrupted first, its work and its session kept";
                line("first", text.to_owned());
            }
            None => {}
        }
        line("with", self.what.told());
        line("held by", self.held.clone());
        line("tree", self.tree.display().to_string());
        if let (false, Some(prompt)) = (
            matches!(self.what, What::Session { .. }),
            self.prompt.as_ref(),
        ) {
            line("told", prompt.display().to_string());
        }
        line(
            "then",
            "guard, contract and checks run over what you leave; what passes is handed on, as an \
             attempt marked with a person"
                .to_owned(),
        );
        line(
            "",
            "what is not the stage's to write is taken back; where nothing changed, the stage stays \
             as it is"
                .to_owned(),
        );
        if !self.below.is_empty() {
            let text = format!("{}, where something changed", self.below.join(", "));
            line("again", text);
        }
        line(
            "cost",
            "what the program uses meanwhile is not known here".to_owned(),
        );
        lines
    }
}

fn nobody() -> Person {
    Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    }
}

/// A stage that the person at this process has, until this is dropped; it stays theirs until it is
/// handed back.
#[derive(Debug)]
pub struct Held {
    /// The run.
    pub run: RunId,
    /// The attempt that is theirs.
    pub attempt: AttemptId,
    /// Its folder.
    dir: PathBuf,
    /// The tree.
    pub tree: PathBuf,
    _lock: Lock,
}

impl Held {
    /// Takes a stage over, or goes on with one that is taken: returns when the tree is ready, and is
    /// nobody else's.
    pub fn take(view: &mut RunView, stage: &StageId, by: &Person) -> Result<Self, String> {
        if let Some(mark) = crate::process::inside_attempt() {
            return Err(format!(
                "it is a person's to take over, and this runs inside an attempt ({mark})"
            ));
        }
        let would = Would::of(view, Some(stage))?;
        let ordered = match &would.since {
            Some(_) => None,
            None => {
                let event = Event::Taken {
                    stage: stage.clone(),
                    by: by.clone(),
                };
                let name = start::order(&view.dirs, &view.order.home, &event);
                Some(name.map_err(|e| e.to_string())?)
            }
        };
        let attempt = until_ready(view, stage, ordered.as_deref())?;
        let dir = view.attempt_dir(&attempt);
        let lock = Lock::try_take(&dir.hand()).map_err(|e| e.to_string())?;
        let Some(mut lock) = lock else {
            let who = read_note(&dir.hand());
            return Err(format!("{} is at work there", who.trim()));
        };
        let terminal = by.terminal.as_deref().unwrap_or("no terminal");
        lock.note(&format!("{} ({terminal}, process {})", by.name, by.pid))
            .map_err(|e| e.to_string())?;
        Ok(Self {
            run: view.order.run.clone(),
            attempt,
            dir: dir.path().to_owned(),
            tree: view.order.tree.clone(),
            _lock: lock,
        })
    }

    /// What the person works with, as a command for their terminal. It ends with the thread that
    /// starts it.
    pub fn program(&self) -> std::io::Result<Command> {
        let mut command = crate::process::own::again()?;
        command.args(["lent", "--dir"]).arg(&self.dir);
        command.args(["--parent", &std::process::id().to_string()]);
        Ok(command)
    }
}

/// Waits until the attempt of whoever has the stage waits for them: its tree is ready. `ordered`: the name
/// of the order that takes it over; `None`: it is taken.
pub(super) fn until_ready(
    view: &mut RunView,
    stage: &StageId,
    ordered: Option<&str>,
) -> Result<AttemptId, String> {
    let mut watch = Watch::new([view.dirs.path().to_owned(), view.dirs.control()]);
    let mut moved = Instant::now();
    let mut woken = moved;
    let (mut taken, from) = (ordered.is_none(), view.run.notes.len());
    loop {
        let news = view.follow().map_err(|e| e.to_string())?;
        if !news.is_empty() {
            moved = Instant::now();
        }
        // What others ordered meanwhile is refused or taken up in the same journal.
        let own = |r: &&Record<Entry>| ordered.is_some() && r.event.order.as_deref() == ordered;
        match news.iter().find(own).map(|r| &r.event.event) {
            Some(Event::Noted { text }) => return Err(why_refused(text).to_owned()),
            Some(_) => taken = true,
            None => {}
        }
        let record = view.run.record(stage).filter(|_| taken);
        if let Some(attempt) = record.and_then(|r| r.in_hand()) {
            let dir = view.attempt_dir(&attempt.id);
            let lives = is_held(&dir.heartbeat()).unwrap_or(false);
            if lives && lent::lent(&Disk, &dir).is_some() && lent::back(&Disk, &dir).is_none() {
                return Ok(attempt.id.clone());
            }
            watch.ensure(dir.path());
        }
        if taken && view.run.taken.is_none() {
            let mut since = view.run.notes.iter().skip(from).rev();
            let why = since.find(|(_, text)| why_refused(text) == text);
            let back = || format!("{stage} was handed back meanwhile");
            return Err(why.map_or_else(back, |(_, text)| text.clone()));
        }
        if moved.elapsed() > PATIENCE {
            return Err(format!(
                "nothing happened for {} minutes; `harness-tui why {}` says where it stands",
                PATIENCE.as_secs() / 60,
                view.order.run
            ));
        }
        if !view.supervised && woken.elapsed() > STARTING {
            start::wake(view.dirs.path(), &view.order.home).map_err(|e| e.to_string())?;
            woken = Instant::now();
        }
        watch.wait(TICK);
    }
}
