//! The words: those of the table of actions that need no screen, and a few of the linear mode's
//! own for what a screen shows without being asked.

use crate::documents::yaml::did_you_mean;
use crate::workbench::actions::{Action, ROWS};
use crate::workbench::app::View;

/// The actions that can be had by their names, in the order of the help.
pub const WORDS: [Action; 45] = [
    Action::Backlog,
    Action::Find,
    Action::Sort,
    Action::NewItem,
    Action::EditItem,
    Action::EditTask,
    Action::Undo,
    Action::SetUp,
    Action::Trust,
    Action::Converse,
    Action::Dialogue,
    Action::Run,
    Action::Open,
    Action::Runs,
    Action::NextRun,
    Action::PreviousRun,
    Action::NextWaiting,
    Action::News,
    Action::Pipeline,
    Action::Follow,
    Action::Why,
    Action::History,
    Action::Chart,
    Action::Costs,
    Action::Artifacts,
    Action::Diff,
    Action::Lineage,
    Action::Edit,
    Action::Approve,
    Action::SendBack,
    Action::Respond,
    Action::Pause,
    Action::PauseNow,
    Action::RerunFrom,
    Action::RerunStale,
    Action::Refresh,
    Action::Raise,
    Action::Skip,
    Action::Cancel,
    Action::Land,
    Action::Comment,
    Action::RemoveComment,
    Action::ReopenComment,
    Action::Help,
    Action::Leave,
];

/// A word of the linear mode's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The next lines of what was begun.
    More,
    /// A document, by its number or a word of its name.
    Read,
    /// All that the gate is decided on.
    Gate,
    /// What an attempt told so far.
    Timeline,
    /// Nothing until the run stops.
    Wait,
    /// How many lines come at once.
    Lines,
}

/// A row of the linear mode's own words: the word, its sentence for the help.
pub const OWN: [(Own, &str, &str); 6] = [
    (
        Own::More,
        "more",
        "The next lines of what was too long to be said at once",
    ),
    (
        Own::Read,
        "read",
        "Read a document of the run, by its number or a word of its name: read 2, read report, read change",
    ),
    (
        Own::Gate,
        "gate",
        "Read all that the gate's question is decided on",
    ),
    (
        Own::Timeline,
        "timeline",
        "What the chosen stage's latest attempt did so far",
    ),
    (
        Own::Wait,
        "wait",
        "Do nothing until the run stops; for scripts, which say no line before that is over",
    ),
    (
        Own::Lines,
        "lines",
        "How many lines come at once: lines 40; lines all for no end",
    ),
];

/// Other words for the same.
pub const ALSO: [(&str, Action); 6] = [
    ("quit", Action::Leave),
    ("exit", Action::Leave),
    ("list", Action::Backlog),
    ("stages", Action::Pipeline),
    ("documents", Action::Artifacts),
    ("?", Action::Help),
];

/// What a word means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// An action.
    Action(Action),
    /// A word of the linear mode's own.
    Own(Own),
    /// An action that there is on a screen alone.
    Screen(Action),
}

/// What a word means in this view; an action's key is a word for it too.
pub fn meant(word: &str, view: View) -> Option<Meant> {
    let lower = word.to_lowercase();
    if let Some((own, ..)) = OWN.iter().find(|(_, name, _)| *name == lower) {
        return Some(Meant::Own(*own));
    }
    if let Some((_, action)) = ALSO.iter().find(|(name, _)| *name == lower) {
        return Some(Meant::Action(*action));
    }
    if let Some(row) = ROWS.iter().find(|r| r.name == lower) {
        let here = WORDS.contains(&row.action);
        return Some(if here {
            Meant::Action(row.action)
        } else {
            Meant::Screen(row.action)
        });
    }
    // A key that means two things means the one of this view.
    let has = |a: &&Action| a.row().keys.contains(&word);
    let scope = view.scope();
    let keyed = || WORDS.iter().filter(has);
    let mine = keyed().find(|a| a.row().scope.meets(scope));
    let action = mine.or_else(|| keyed().next());
    action.map(|a| Meant::Action(*a))
}

/// Whether it is a word of the linear mode's own.
pub fn is_own(word: &str) -> bool {
    let own = OWN.iter().map(|(_, name, _)| *name);
    own.chain(ALSO.iter().map(|(name, _)| *name))
        .any(|name| name == word)
}

/// The word that was most likely meant.
pub fn nearest(word: &str, commands: &[String]) -> Option<String> {
    let names = WORDS.iter().map(|a| a.row().name);
    let own = OWN.iter().map(|(_, name, _)| *name);
    let also = ALSO.iter().map(|(name, _)| *name);
    let commands = commands.iter().map(String::as_str);
    let all = names.chain(own).chain(also).chain(commands);
    did_you_mean(word, all).map(ToOwned::to_owned)
}

/// Whether something may stand after the word.
pub fn takes(action: Action) -> bool {
    by_stage(action)
        || matches!(
            action,
            Action::SendBack
                | Action::Find
                | Action::NewItem
                | Action::EditItem
                | Action::Runs
                | Action::Costs
                | Action::Diff
                | Action::Lineage
                | Action::Comment
                | Action::RemoveComment
                | Action::ReopenComment
                | Action::Help
        )
}

/// Whether the number after the word is a stage's.
pub fn by_stage(action: Action) -> bool {
    matches!(
        action,
        Action::RerunFrom | Action::Skip | Action::History | Action::Why | Action::Edit
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_means_two_things() {
        let own = OWN.iter().map(|(_, name, _)| *name);
        let also = ALSO.iter().map(|(name, _)| *name);
        for word in own.chain(also) {
            assert!(ROWS.iter().all(|r| r.name != word), "{word}");
        }
        for action in WORDS {
            let name = action.row().name;
            assert_eq!(meant(name, View::Backlog), Some(Meant::Action(action)));
        }
    }

    #[test]
    fn a_key_is_a_word_where_it_works() {
        let at = |word, view| meant(word, view);
        let action = |a| Some(Meant::Action(a));
        assert_eq!(at("u", View::Pipeline), action(Action::Undo));
        assert_eq!(at("s", View::Backlog), action(Action::Sort));
        assert_eq!(at("s", View::Pipeline), action(Action::Skip));
        assert_eq!(at("P", View::Pipeline), action(Action::PauseNow));
        assert_eq!(at("Approve", View::Pipeline), action(Action::Approve));
        assert_eq!(at("zoom", View::Backlog), Some(Meant::Screen(Action::Zoom)));
        assert_eq!(at("nonsense", View::Backlog), None);
        assert_eq!(nearest("aprove", &[]).as_deref(), Some("approve"));
        assert_eq!(nearest("mroe", &[]).as_deref(), Some("more"));
    }
}
