//! What happens to the screen, and what the screen wants done.

use crate::records::board::Board;
use crate::records::told::Line;
use crate::terms::{AttemptId, RunId};
use crate::workbench::terminal::Reply;
use crossterm::event::{KeyEvent, MouseEvent};
use std::path::PathBuf;

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
    /// A document was read.
    Document {
        /// Whose run.
        run: RunId,
        /// Its path in the run's tree.
        path: String,
        /// Its text, or why it can't be read.
        text: Result<String, String>,
    },
    /// Why something is as it is: a title, and lines with the word that leads each.
    Explained {
        /// Over the lines.
        title: String,
        /// The lines.
        lines: Vec<(String, String)>,
    },
    /// An order came to this.
    Came {
        /// What it was, for people.
        what: String,
        /// Why it was refused; `None`: it was taken up.
        refused: Option<String>,
    },
    /// The window got the focus, or lost it.
    Focus(bool),
    /// The terminal answered what it was asked.
    Replied(Reply),
    /// The editor is through; or why it did not come to that.
    Edited(Result<(), String>),
    /// Somebody wants the program to stop for now.
    Stop,
    /// The program was stopped from outside and goes on.
    Continued,
    /// Time went by.
    Tick,
    /// The terminal is gone, or a signal ordered to leave.
    Gone,
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
    /// End it.
    Cancel,
    /// Run this stage and all below it again.
    Rerun(crate::terms::StageId),
    /// Run again what is stale.
    RerunStale,
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
    /// Follow this attempt's timeline; `None`: no longer any.
    Follow(Option<(RunId, AttemptId)>),
    /// Say why a run, or one of its stages, is as it is.
    Explain(RunId, Option<crate::terms::StageId>),
    /// Read this document of a run's tree.
    ReadDocument(RunId, String),
    /// Put this into the terminal's clipboard.
    Copy(String),
    /// Lend the terminal to the person's editor, for a file beneath a folder.
    Edit {
        /// The folder, absolute.
        root: PathBuf,
        /// The file in it.
        path: String,
        /// The line to begin at, counted from 1.
        line: Option<usize>,
    },
    /// See to it that what a person edited in this run's tree is taken up.
    TakeUp(RunId),
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// The same, on a terminal that somebody else had in the meantime.
    Retake,
    /// Stop the program for now, as ctrl-z does.
    Suspend,
    /// Leave.
    Leave,
}
