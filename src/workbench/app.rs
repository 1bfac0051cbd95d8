//! The state of the screen and what changes it.
//!
//! Law: pure. No I/O and no clock: the time comes with every event, what is on disk comes as an
//! event, and what is to be done to the world goes out as an [`Effect`].

mod act;
pub mod ages;
pub mod begin;
pub mod board;
pub mod budget;
pub mod chart;
pub mod commands;
pub mod comment;
pub mod costs;
pub mod desk;
pub mod dialogue;
mod direct;
mod drag;
pub mod edit;
pub mod edited;
pub mod event;
mod gate;
pub mod given;
pub mod hand;
pub mod history;
pub mod input;
mod keys;
pub mod landing;
pub mod leaf;
pub mod links;
pub mod looks;
pub mod mouse;
pub mod named;
pub mod order;
pub mod overlay;
pub mod page;
pub mod painted;
mod raise;
mod reading;
mod refresh;
pub mod run;
pub mod runs;
pub mod scroll;
pub mod shelf;
pub mod signs;
pub mod stages;
pub mod timeline;
mod trust;
mod update;
pub mod waits;
pub mod would;

use super::actions::{Action, Scope};
use super::keymap::Keymap;
use super::layout;
use super::theme::Theme;
use super::theme::colour::Depth;
use crate::records::board::Board;
use board::BacklogView;
use desk::Desk;
pub use event::{Came, Effect, Event, Request};
use given::Given;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use looks::{Looks, Wanted};
use mouse::{Hand, Selection};
use overlay::Overlay;
use painted::Painted;
use run::RunScreen;
use signs::Signs;
use std::collections::HashMap;

/// Which view has the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// Items, tasks, runs.
    Backlog,
    /// The conversation that makes a task.
    Dialogue,
    /// The stages of a run and what they do.
    Pipeline,
    /// The run's documents.
    Artifacts,
}

impl View {
    /// The views, with the action that goes there and the word for it.
    pub const ALL: [(Self, Action, &'static str); 4] = [
        (Self::Backlog, Action::Backlog, "Backlog"),
        (Self::Dialogue, Action::Dialogue, "Dialogue"),
        (Self::Pipeline, Action::Pipeline, "Pipeline"),
        (Self::Artifacts, Action::Artifacts, "Artifacts"),
    ];

    /// Whether this is the action that goes there.
    pub fn is_of(self, action: Action) -> bool {
        Self::ALL.contains(&(self, action, self.word()))
    }

    fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(view, ..)| *view == self)
            .map_or("", |(.., word)| word)
    }

    /// The keys that work in it.
    pub fn scope(self) -> Scope {
        match self {
            Self::Backlog => Scope::Backlog,
            Self::Dialogue => Scope::Dialogue,
            Self::Pipeline => Scope::Pipeline,
            Self::Artifacts => Scope::Artifacts,
        }
    }
}

/// Which of a view's two panes has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The left one, or the only one there is room for.
    Left,
    /// The right one.
    Right,
}

/// A short message that goes away by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// Whether it tells of something that did not go as wanted.
    pub bad: bool,
    /// When it goes.
    pub until: Timestamp,
}

/// The whole state of the screen.
#[derive(Debug, Clone)]
pub struct App {
    /// What is so, as it was last read.
    pub board: Board,
    /// When it was read; `None`: not yet.
    pub read_at: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
    /// Where the person is, by the clock.
    pub zone: TimeZone,
    /// Columns and rows of the screen.
    pub size: (u16, u16),
    /// The view that has the screen.
    pub view: View,
    /// The pane that has the focus.
    pub pane: Pane,
    /// Whether that pane has the whole screen.
    pub zoom: bool,
    /// The backlog's own state.
    pub backlog: BacklogView,
    /// The run that is shown, with what is shown of it.
    pub run: RunScreen,
    /// What lies over the view, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Messages.
    pub toasts: Vec<Toast>,
    /// The keys.
    pub keymap: Keymap,
    /// The look that is painted with.
    pub theme: Theme,
    /// What is begun and taken from the screen.
    pub desk: Desk,
    /// What is known of the person's own commands that were run.
    commands: commands::Commands,
    /// Which look is chosen.
    pub looks: Looks,
    /// The dialogue that is open, or is to be.
    pub dialogue: dialogue::Dialogue,
    /// The questions of runs that are answered here.
    asked: dialogue::asked::Asked,
    /// What is typed and not sent, as it is kept.
    unsent: dialogue::unsent::Kept,
    /// Orders that were given and whose end is not known yet.
    given: Vec<Given>,
    /// Up to when what happened was told to be seen.
    marked: Option<Timestamp>,
    /// Whether the window has the focus, as far as the terminal tells.
    pub focused: bool,
    /// What was told of the runs to whoever looks elsewhere.
    signs: Signs,
    /// What the last frame put where.
    pub painted: Painted,
    /// Where a person put the line between the panes of a view: the column at which the right one
    /// begins.
    pub dividers: HashMap<View, u16>,
    /// What the mouse has in hand.
    hand: Hand,
    /// The text that is selected.
    pub selection: Option<Selection>,
    /// Whether a gate's page may come up by itself.
    pub raises: bool,
    /// Whether it is asked first also where the full screen shows already what would be done.
    pub asks_first: bool,
    /// Whether actions are had by their names: lines are read in place of keys.
    pub by_name: bool,
    /// When the gate's page came up that nobody had chosen from a list.
    raised: Option<Timestamp>,
    /// Where it came up: going back leads there.
    came_from: Option<View>,
    /// Whether the mouse is ours, not the terminal's own for selecting.
    pub mouse: bool,
}

impl App {
    /// An empty screen, before anything was read.
    pub fn new(now: &Zoned, size: (u16, u16), keymap: Keymap, theme: Theme) -> Self {
        let depth = if theme.has_colours() {
            Depth::Sixteen
        } else {
            Depth::None
        };
        Self {
            board: Board::default(),
            read_at: None,
            now: now.timestamp(),
            zone: now.time_zone().clone(),
            size,
            view: View::Backlog,
            pane: Pane::Left,
            zoom: false,
            backlog: BacklogView::default(),
            run: RunScreen::default(),
            overlays: Vec::new(),
            toasts: Vec::new(),
            keymap,
            theme,
            desk: Desk::default(),
            commands: commands::Commands::default(),
            dialogue: dialogue::Dialogue::default(),
            asked: dialogue::asked::Asked::default(),
            unsent: dialogue::unsent::Kept::default(),
            looks: Looks::new(Wanted::One(theme), depth),
            given: Vec::new(),
            marked: None,
            focused: true,
            signs: Signs::default(),
            mouse: true,
            raises: true,
            asks_first: false,
            by_name: false,
            raised: None,
            came_from: None,
            painted: Painted::default(),
            dividers: HashMap::new(),
            hand: Hand::default(),
            selection: None,
        }
    }

    /// Whether both panes are on the screen.
    pub fn two_panes(&self) -> bool {
        self.size.0 >= layout::TWO_PANES && !self.zoom
    }
}
