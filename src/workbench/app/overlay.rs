//! What lies over a view: the help, the palette, a question, a text to be given.

use super::comment::Subject;
use super::costs::Costs;
use super::desk::{Ask, Form};
use super::edit::Editable;
use super::event::Request;
use super::input::Input;
use super::looks::Picker;
use super::scroll::Scroll;
use crate::agents::talk::Permission;
use crate::engine::budget::Raising;
use crate::terms::{Digest, RunId, StageId};
use crate::text::fuzzy;
use crate::workbench::actions::{Action, Group, ROWS, Row, Scope};
use std::cmp::Reverse;

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
        /// What comes of a yes.
        yes: Yes,
        /// What was on the screen when it was asked.
        evidence: Option<Digest>,
        /// What would happen, in lines.
        says: Vec<String>,
        /// The first line after the question that is shown.
        top: usize,
    },
    /// Runs to choose from.
    Runs {
        /// Only those that fit these words.
        filter: String,
        /// The chosen one.
        scroll: Scroll,
    },
    /// What the author of a dialogue asks leave for.
    Permit {
        /// The request.
        permission: Permission,
        /// The first row that is shown.
        top: usize,
    },
    /// Agents to choose an author from.
    Authors {
        /// Each with what is known of it.
        list: Vec<(String, String)>,
        /// The chosen one.
        scroll: Scroll,
    },
    /// The time of the run.
    Chart,
    /// What was spent.
    Costs(Costs),
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

/// What comes of a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yes {
    /// This is ordered.
    Order(Request),
    /// This file is opened in the person's editor.
    Edit(Editable),
}

impl Yes {
    /// The action whose key pressed once more is a yes, beside enter; `None`: it is asked for more.
    pub fn light_key(&self) -> Option<Action> {
        match self {
            Self::Order(request) => request.light_key(),
            Self::Edit(_) => Some(Action::Edit),
        }
    }
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
    /// Why the author may not.
    Denial(Permission),
    /// A comment.
    Comment {
        /// On which run's work.
        run: RunId,
        /// What it is to become.
        subject: Subject,
    },
    /// A note for the next attempt of a stage.
    Note {
        /// The run.
        run: RunId,
        /// The stage.
        stage: StageId,
    },
    /// How much is added to a budget.
    Raise {
        /// The run.
        run: RunId,
        /// Which budget, and what a bare number means.
        raising: Raising,
    },
    /// The reason for sending back.
    Reason {
        /// The run.
        run: RunId,
        /// What was on the screen.
        evidence: Option<Digest>,
    },
}

impl Wanted {
    /// Whether it may be written in the person's editor.
    pub fn is_prose(&self) -> bool {
        matches!(self, Self::Comment { .. } | Self::Reason { .. })
    }
}

/// The actions that are meant by these words, the best first; by groups in the order of the help,
/// those whose keys work here before all.
pub fn matching(filter: &str, grouped: bool, here: Scope) -> Vec<Action> {
    let meant = |row: &'static Row| Some((fuzzy::meant(filter, row.name, row.help)?, row.action));
    let mut found: Vec<(u32, Action)> = ROWS.iter().filter_map(meant).collect();
    if grouped {
        let place = |(_, a): &(u32, Action)| {
            let row = a.row();
            let group = Group::ALL.iter().position(|g| *g == row.group);
            (!row.scope.meets(here), group)
        };
        found.sort_by_key(place);
    } else {
        found.sort_by_key(|(score, _)| Reverse(*score));
    }
    found.into_iter().map(|(_, action)| action).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_an_action() {
        let first = |filter| matching(filter, false, Scope::Everywhere).first().copied();
        assert_eq!(first("appr"), Some(Action::Approve));
        assert_eq!(first("nw"), Some(Action::NextWaiting));
        assert_eq!(first("send back"), Some(Action::SendBack));
        assert_eq!(first("pn"), Some(Action::PauseNow));
        assert_eq!(first("documents"), Some(Action::Artifacts));
        assert_eq!(first("qqqq"), None);
        assert_eq!(matching("", false, Scope::Backlog).len(), ROWS.len());
    }

    #[test]
    fn the_help_keeps_its_groups_together_and_begins_with_what_works_here() {
        let all = matching("", true, Scope::Pipeline);
        let works = |a: &&Action| a.row().scope.meets(Scope::Pipeline);
        let here = all.iter().take_while(works).count();
        assert_eq!(all.iter().filter(works).count(), here);
        let mut groups: Vec<Group> = all[..here].iter().map(|a| a.row().group).collect();
        groups.dedup();
        assert_eq!(groups, Group::ALL);
    }
}
