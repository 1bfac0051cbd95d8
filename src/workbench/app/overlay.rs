//! What lies over a view: the help, the palette, a question, a text to be given.

use super::desk::{Ask, Form};
use super::event::Request;
use super::input::Input;
use super::looks::Picker;
use super::scroll::Scroll;
use crate::terms::{Digest, RunId};
use crate::workbench::actions::{Action, ROWS};

/// A layer over the view. The topmost gets the keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    /// Actions to choose from: the palette, or the help by groups.
    Actions {
        /// Only those that hold these words.
        filter: String,
        /// The chosen one.
        scroll: Scroll,
        /// In the groups of the help.
        grouped: bool,
    },
    /// Some lines to read.
    Lines {
        /// Over them.
        title: String,
        /// The lines, with the word that leads each.
        lines: Vec<(String, String)>,
        /// The first line that is shown.
        top: usize,
    },
    /// A yes or no, no by default.
    Confirm {
        /// The run.
        run: RunId,
        /// What is ordered by a yes.
        request: Request,
        /// What was on the screen when it was asked.
        evidence: Option<Digest>,
        /// What would happen, in lines.
        says: Vec<String>,
    },
    /// Runs to choose from.
    Runs {
        /// Only those that fit these words.
        filter: String,
        /// The chosen one.
        scroll: Scroll,
    },
    /// The time of the run.
    Chart,
    /// Themes to choose from.
    Themes(Picker),
    /// A line to be written.
    Text {
        /// For what.
        wanted: Wanted,
        /// What is written so far.
        input: Input,
    },
    /// A question with all that would be done.
    Ask(Box<Ask>),
    /// Some lines to be written.
    Form(Form),
}

/// What a written line is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Filtering the backlog.
    Filter,
    /// Finding words on a page.
    InPage,
    /// Searching the timeline.
    Search,
    /// The reason for sending back.
    Reason {
        /// The run.
        run: RunId,
        /// What was on the screen.
        evidence: Option<Digest>,
    },
}

/// The actions whose name or help holds all words.
pub fn matching(filter: &str, grouped: bool) -> Vec<Action> {
    let words: Vec<String> = filter.split_whitespace().map(str::to_lowercase).collect();
    let holds = |action: &Action| {
        let row = action.row();
        let text = format!("{} {}", row.name, row.help).to_lowercase();
        words.iter().all(|w| text.contains(w))
    };
    let mut actions: Vec<Action> = ROWS.iter().map(|r| r.action).filter(holds).collect();
    if grouped {
        let place = |a: &Action| {
            let group = a.row().group;
            super::super::actions::Group::ALL
                .iter()
                .position(|g| *g == group)
        };
        actions.sort_by_key(place);
    }
    actions
}
