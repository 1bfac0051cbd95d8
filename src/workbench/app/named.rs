//! Keys in what is said: those that the person's keymap has, and none where an action has none.

use super::App;
use crate::records::why::Why;
use crate::workbench::actions::{Action, ROWS};

/// From an action to the key that it has; `None`: it has none.
pub type Keys<'a> = &'a dyn Fn(Action) -> Option<String>;

/// What an action does, with its key before it; `None`: it has no key.
pub fn by(keys: Keys<'_>, action: Action, does: &str) -> Option<String> {
    Some(format!("{} {does}", keys(action)?))
}

impl App {
    /// How an action is had where it is named in a text: by its key; by its name where lines are
    /// read in place of keys.
    pub fn key_of(&self, action: Action) -> Option<String> {
        if self.by_name {
            return Some(action.row().name.to_owned());
        }
        self.keymap.key(action)
    }

    /// The same; an action that has no key is had by its name in the palette.
    pub fn key_or_name(&self, action: Action) -> String {
        let name = || action.row().name.to_owned();
        self.key_of(action).unwrap_or_else(name)
    }

    /// A text, and after it what an action does then, where that has a key.
    pub(super) fn and_then(&self, text: String, then: Option<(Action, &str)>) -> String {
        let keys = |action| self.key_of(action);
        match then.and_then(|(action, does)| by(&keys, action, does)) {
            Some(then) => format!("{text}; {then}"),
            None => text,
        }
    }

    /// Why something is as it is, with the word that leads each line.
    pub fn six_lines(&self, why: &Why) -> Vec<(String, String)> {
        let key = |name: &str| {
            let row = ROWS.iter().find(|row| row.name == name)?;
            self.key_of(row.action)
        };
        let lines = why.lines(&key);
        lines.map(|(word, text)| (word.to_owned(), text)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::step::Step;
    use crate::workbench::keymap::{Chord, Keymap};
    use crate::workbench::theme::Theme;
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn app() -> App {
        let keymap = Keymap::new(&BTreeMap::from([
            (Action::Pause, vec![Chord::parse("f5").unwrap()]),
            (Action::Land, Vec::new()),
        ]));
        let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        App::new(&zoned, (120, 35), keymap.unwrap(), Theme::new(true))
    }

    #[test]
    fn what_is_said_names_the_keys_that_there_are() {
        let mut app = app();
        let then = |app: &App, action| app.and_then("paused".to_owned(), Some((action, "goes on")));
        assert_eq!(then(&app, Action::Pause), "paused; f5 goes on");
        assert_eq!(then(&app, Action::Land), "paused");
        assert_eq!(app.key_or_name(Action::Land), "land");
        app.by_name = true;
        assert_eq!(then(&app, Action::Pause), "paused; pause goes on");
    }

    #[test]
    fn the_next_step_is_told_by_the_keys_that_there_are() {
        let why = |action, does| Why {
            what: String::new(),
            evidence: String::new(),
            tried: String::new(),
            kept: String::new(),
            step: Step::by(action, does),
            command: String::new(),
        };
        let key = |why| app().six_lines(&why)[4].1.clone();
        assert_eq!(key(why("pause", "goes on")), "f5 goes on");
        assert_eq!(key(why("land", "lands it")), "land in the palette lands it");
    }

    #[test]
    fn the_engine_names_actions_that_there_are() {
        let named = [
            "approve",
            "send-back",
            "pause",
            "pipeline",
            "land",
            "run",
            "rerun",
            "respond",
        ];
        for name in named {
            assert!(ROWS.iter().any(|row| row.name == name), "{name}");
        }
    }
}
