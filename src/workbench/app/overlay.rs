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
use crate::workbench::commands::{UserCommand, YOURS};
use crate::workbench::keymap::Keymap;
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

/// Something that can be chosen by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// An action.
    Action(Action),
    /// A command of the person's own, by its number in their keymap.
    Command(usize),
}

impl Choice {
    /// Whether it can be had in a view at all.
    pub fn works_in(self, keymap: &Keymap, scope: Scope) -> bool {
        match self {
            Self::Action(action) => action.row().scope.meets(scope),
            Self::Command(n) => keymap.commands().get(n).is_some_and(|c| c.works_in(scope)),
        }
    }

    /// The word over its group in the help.
    pub fn group(self) -> &'static str {
        match self {
            Self::Action(action) => action.row().group.word(),
            Self::Command(_) => YOURS,
        }
    }
}

/// What is meant by these words, the best first; by groups in the order of the help, a person's own
/// commands the last of them, and before all what works here.
pub fn matching(keymap: &Keymap, filter: &str, grouped: bool, here: Scope) -> Vec<Choice> {
    let meant = |row: &'static Row| {
        let score = fuzzy::meant(filter, row.name, row.help)?;
        Some((score, Choice::Action(row.action)))
    };
    let yours = |(n, command): (usize, &UserCommand)| {
        let said = format!("{YOURS}: {}", command.help());
        let score = fuzzy::meant(filter, &command.name, &said)?;
        Some((score, Choice::Command(n)))
    };
    let commands = keymap.commands().iter().enumerate().filter_map(yours);
    let actions = ROWS.iter().filter_map(meant);
    let mut found: Vec<(u32, Choice)> = actions.chain(commands).collect();
    if grouped {
        let place = |(_, choice): &(u32, Choice)| {
            let group = Group::ALL.iter().position(|g| g.word() == choice.group());
            let group = group.unwrap_or(Group::ALL.len());
            (!choice.works_in(keymap, here), group)
        };
        found.sort_by_key(place);
    } else {
        found.sort_by_key(|(score, _)| Reverse(*score));
    }
    found.into_iter().map(|(_, choice)| choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::keymap::file;

    #[test]
    fn a_few_letters_find_an_action() {
        let keymap = Keymap::default();
        let all = |filter| matching(&keymap, filter, false, Scope::Everywhere);
        let first = |filter| all(filter).first().copied();
        let action = |a| Some(Choice::Action(a));
        assert_eq!(first("appr"), action(Action::Approve));
        assert_eq!(first("nw"), action(Action::NextWaiting));
        assert_eq!(first("send back"), action(Action::SendBack));
        assert_eq!(first("pn"), action(Action::PauseNow));
        assert_eq!(first("documents"), action(Action::Artifacts));
        assert_eq!(first("qqqq"), None);
        assert_eq!(all("").len(), ROWS.len());
    }

    #[test]
    fn the_help_keeps_its_groups_together_and_begins_with_what_works_here() {
        let text = "commands:\n  - { name: here, run: [a], where: pipeline }\n  - { name: not here, run: [b], where: backlog }\n";
        let keymap = file::read("k", text).unwrap();
        let all = matching(&keymap, "", true, Scope::Pipeline);
        let works = |c: &&Choice| c.works_in(&keymap, Scope::Pipeline);
        let here = all.iter().take_while(works).count();
        assert_eq!(all.iter().filter(works).count(), here);
        let mut groups: Vec<&str> = all[..here].iter().map(|c| c.group()).collect();
        groups.dedup();
        let words = Group::ALL.iter().map(|g| g.word());
        assert_eq!(groups, words.chain([YOURS]).collect::<Vec<_>>());
        assert_eq!(all.last(), Some(&Choice::Command(1)));
        let found = matching(&keymap, "not here", false, Scope::Backlog);
        assert_eq!(found.first(), Some(&Choice::Command(1)));
        let yours = matching(&keymap, "yours:", false, Scope::Backlog);
        assert_eq!(yours, [Choice::Command(0), Choice::Command(1)]);
    }
}
