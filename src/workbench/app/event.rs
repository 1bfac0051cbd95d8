//! What happens to the screen, and what the screen wants done.

use super::commands::{Ordered, Told as ToldOfCommand};
use super::desk::{Deed, Done, Look, Reasons, Seen};
use super::mouse::Selection;
use crate::dialogue::lead::{Told, Wish};
use crate::dialogue::unsent::{Unsent, Whose};
use crate::engine::budget::More;
use crate::records::board::Board;
use crate::records::papers::{Paper, Sheet, Sought, Wanted};
use crate::records::review::Standing;
use crate::records::told::Line;
use crate::records::why::Why;
use crate::terms::{AttemptId, RunId};
use crate::workbench::actions::Action;
use crate::workbench::settings;
use crate::workbench::terminal::Reply;
use crate::workbench::terminal::loan::Loan;
use crate::workbench::theme::registry::Listed;
use crossterm::event::{KeyEvent, MouseEvent};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The screen has this many columns and rows now.
    Resized(u16, u16),
    /// The project was read.
    Read(Box<Board>),
    /// Lines of an attempt's timeline came, or all of them anew.
    Told {
        /// Whose run.
        run: RunId,
        /// Which attempt.
        attempt: AttemptId,
        /// Whether these are its first lines.
        anew: bool,
        /// The lines.
        lines: Vec<Line>,
    },
    /// A paper of a run was read.
    Paper {
        /// Whose run.
        run: RunId,
        /// Which paper.
        paper: Paper,
        /// The row that a window of it was wanted around, where it is large.
        from: usize,
        /// What stands on it, or why it can't be read.
        sheet: Result<Arc<Sheet>, String>,
    },
    /// A search in a large file came so far.
    Sought {
        /// Whose run.
        run: RunId,
        /// What is looked for.
        wanted: Wanted,
        /// What it came to.
        sought: Sought,
    },
    /// Why something is as it is.
    Explained {
        /// Over the lines.
        title: String,
        /// The lines.
        why: Box<Why>,
    },
    /// How many criteria the artifacts of a run name, by path.
    Named {
        /// Whose run.
        run: RunId,
        /// How many, by the artifact's path.
        named: BTreeMap<String, usize>,
    },
    /// Where the comments on a run's work stand.
    Comments {
        /// Whose run.
        run: RunId,
        /// The comments.
        comments: Arc<Vec<Standing>>,
    },
    /// What was ordered wants the terminal for a while.
    Wants(Loan),
    /// The person's editor was left.
    Edited {
        /// Why nothing could be edited; `None`: it could.
        trouble: Option<String>,
    },
    /// What became of an edit was looked at.
    TakenUp {
        /// What came of it.
        told: String,
        /// Whether it can't stay so.
        bad: bool,
    },
    /// What somebody wrote into a run's run-state.md that nobody has taken up yet; `None`: nothing
    /// any more.
    HandEdited {
        /// The run.
        run: RunId,
        /// What it asks for.
        asks: Option<String>,
    },
    /// An order came to this.
    Came {
        /// Of which run it was.
        run: RunId,
        /// What was ordered.
        request: Request,
        /// What came of it.
        came: Came,
    },
    /// Something was looked at.
    Looked {
        /// What.
        look: Look,
        /// What was seen, or why it can't be.
        seen: Result<Seen, Reasons>,
    },
    /// Something was done.
    Did {
        /// What.
        deed: Deed,
        /// What came of it, or why it was not done.
        done: Result<Done, Reasons>,
        /// What an undo would take back now; `None`: nothing can be.
        undo: Option<String>,
    },
    /// What a command of the person's own came to.
    Command(ToldOfCommand),
    /// What a dialogue came to.
    Talk(Told),
    /// Why what is typed and not sent is not kept on disk.
    NotKept(String),
    /// What was written in the person's editor, or why nothing was.
    Wrote(Result<String, String>),
    /// The themes there are.
    Themes(Vec<Listed>),
    /// A choice of theme was kept, and where; or why not.
    ThemeKept(Result<String, String>),
    /// A line was written, where lines are read in place of keys; `None`: none will come any more.
    Line(Option<String>),
    /// The window got the focus, or lost it.
    Focus(bool),
    /// The terminal answered what it was asked.
    Replied(Reply),
    /// Somebody wants the program to stop for now.
    Stop,
    /// The program was stopped from outside and goes on.
    Continued,
    /// All of the disk was looked at anew, and what differed was told before this.
    Refreshed,
    /// Time went by.
    Tick,
    /// The terminal is gone, or a signal ordered to leave.
    Gone,
}

/// What an order came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was taken up, and what was read last tells of it.
    Taken,
    /// It was not taken, and why.
    Refused(String),
    /// Nobody took it up in so many seconds; it lies there and waits.
    Waits(u64),
}

/// What is wanted of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Let the gate that asks through.
    Approve,
    /// Send its work back.
    SendBack(String),
    /// Start nothing new.
    Pause,
    /// Interrupt what runs.
    PauseNow,
    /// Go on.
    Resume,
    /// Be carried on, where nobody does: no order, but somebody who carries out what was ordered.
    TakeOver,
    /// End it.
    Cancel,
    /// Run this stage and all below it again.
    Rerun(crate::terms::StageId),
    /// Run again what is stale.
    RerunStale,
    /// Take this commit of the base branch in, which was shown.
    Refresh {
        /// The commit.
        onto: crate::terms::Oid,
    },
    /// Leave this stage out.
    Skip(crate::terms::StageId),
    /// Tell the next attempt of this stage something.
    Note {
        /// The stage.
        stage: crate::terms::StageId,
        /// What.
        text: String,
    },
    /// Take this note back.
    RemoveNote(String),
    /// Add to the budget.
    Raise {
        /// How much.
        more: More,
        /// The day whose budget it is; `None`: the run's own.
        day: Option<jiff::civil::Date>,
    },
    /// Answer what this stage asks.
    Answer {
        /// The stage.
        stage: crate::terms::StageId,
        /// Id, question, answer.
        answers: Vec<(String, String, String)>,
    },
}

impl Request {
    /// The action whose key pressed once more is a yes, where nothing is lost by it and one key
    /// takes it back.
    pub fn light_key(&self) -> Option<Action> {
        match self {
            Self::Pause | Self::Resume | Self::TakeOver => Some(Action::Pause),
            Self::PauseNow => Some(Action::PauseNow),
            _ => None,
        }
    }

    /// What it is called while it is under way, and when it was refused.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::SendBack(_) => "send back",
            Self::Pause => "pause",
            Self::PauseNow => "pause now",
            Self::Resume | Self::TakeOver => "resume",
            Self::Cancel => "cancel",
            Self::Rerun(_) => "rerun",
            Self::Skip(_) => "skip",
            Self::RerunStale => "rerun stale",
            Self::Refresh { .. } => "refresh",
            Self::Note { .. } => "note",
            Self::RemoveNote(_) => "drop note",
            Self::Raise { .. } => "raise",
            Self::Answer { .. } => "answer",
        }
    }

    /// What is said of it once it was taken up.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::SendBack(_) => "sent back",
            Self::Pause => "paused at the next boundary",
            Self::PauseNow => "paused now",
            Self::Resume | Self::TakeOver => "goes on",
            Self::Cancel => "cancelled; its work is kept",
            Self::Rerun(_) => "runs again",
            Self::Skip(_) => "skipped",
            Self::RerunStale => "what is stale runs again",
            Self::Refresh { .. } => "refreshed on its base",
            Self::Note { .. } => "noted for the next attempt",
            Self::RemoveNote(_) => "the note is taken back",
            Self::Raise { day: None, .. } => "has a larger budget",
            Self::Raise { day: Some(_), .. } => "the day's budget is larger, for all runs",
            Self::Answer { .. } => "answered; the stage runs again",
        }
    }

    /// What a person can do once it was taken up, and by which action.
    pub fn then(&self) -> Option<(Action, &'static str)> {
        match self {
            Self::Approve => Some((Action::RerunFrom, "on a stage runs again from there")),
            Self::Pause | Self::PauseNow => Some((Action::Pause, "lets it go on")),
            Self::Note { .. } => Some((Action::RemoveNote, "takes it back")),
            Self::Refresh { .. } => Some((Action::RerunStale, "runs again what is stale")),
            _ => None,
        }
    }

    /// Whether a person who orders one of them while the other is under way orders the same twice:
    /// a gate is decided on once, a stage is answered once, what pauses a run lets it go on, and a stage is ordered by itself.
    pub fn is_like(&self, other: &Self) -> bool {
        match self {
            Self::Approve | Self::SendBack(_) => {
                matches!(other, Self::Approve | Self::SendBack(_))
            }
            Self::Pause | Self::Resume | Self::TakeOver => {
                matches!(other, Self::Pause | Self::Resume | Self::TakeOver)
            }
            Self::Answer { stage, .. } => {
                matches!(other, Self::Answer { stage: own, .. } if own == stage)
            }
            Self::Refresh { .. } => matches!(other, Self::Refresh { .. }),
            Self::Raise { .. } => matches!(other, Self::Raise { .. }),
            _ => self == other,
        }
    }
}

/// Something is to be done to the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Order this of a run. The evidence is that of the gate that was on the screen.
    Order {
        /// The run.
        run: RunId,
        /// What.
        request: Request,
        /// What the screen showed when it was ordered: an approval counts for that alone.
        evidence: Option<crate::terms::Digest>,
    },
    /// Read all of this run: of those that are over, a list has only what it needs.
    ReadRun(RunId),
    /// Follow this attempt's timeline; `None`: no longer any.
    Follow(Option<(RunId, AttemptId)>),
    /// Say why a run, or one of its stages, is as it is.
    Explain(RunId, Option<crate::terms::StageId>),
    /// Look at all of the disk now; [`Event::Refreshed`] follows.
    Refresh,
    /// Look at this.
    Look(Look),
    /// Do this.
    Do(Deed),
    /// Read or write a person's own settings.
    Settings(settings::Wish),
    /// Read these papers of a run, large ones around this row, and again whenever they change;
    /// `None`: no longer any.
    Show(Option<(RunId, Vec<(Paper, usize)>)>),
    /// Look for these words in a large file of a run; `None`: for none any more.
    LookFor(Option<(RunId, Wanted)>),
    /// Lend the terminal to the person's editor; [`Event::Edited`] follows.
    Edit {
        /// The folder that the file must lie in, absolute.
        root: PathBuf,
        /// The file in it.
        path: String,
        /// The line to begin at, counted from 1.
        line: Option<usize>,
    },
    /// Something is wished of a dialogue.
    Talk(Wish),
    /// Keep what is typed and not sent, in place of what was kept.
    Keep(Whose, Unsent),
    /// Lend the terminal to the person's editor with this text; [`Event::Wrote`] follows.
    Write(String),
    /// Start this command of the person's own, without the terminal; [`Event::Command`] follows.
    StartCommand(Box<Ordered>),
    /// Lend the terminal to this one; [`Event::Command`] follows.
    InTerminal(Box<Ordered>),
    /// End one that is at work.
    EndCommand {
        /// Which.
        id: u64,
        /// Whether it is not asked to, but killed.
        at_once: bool,
    },
    /// Lend the terminal to who asked for it.
    Lend(Loan),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Look what an edit in this run's tree came to, and have it taken up.
    TakeUp(RunId),
    /// What happened up to this moment was seen.
    Looked(jiff::Timestamp),
    /// Tell this to a person who looks elsewhere.
    Notify(String),
    /// Put this into the terminal's clipboard.
    Copy(String),
    /// The same with the text that stands here on the screen.
    CopyText(Selection),
    /// Draw everything anew.
    Redraw,
    /// The same, on a terminal that somebody else had in the meantime.
    Retake,
    /// Stop the program for now, as ctrl-z does.
    Suspend,
    /// Leave.
    Leave,
}
