//! Which key does what: the rows' own keys, and a person's over them. The keymap is data; a key
//! that means two things is a fault that is named, never a matter of order.

mod commands;
pub mod file;

use super::actions::{Action, ROWS, Row, Scope};
use super::commands::UserCommand;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    /// The chord of a key as the terminal tells it. A letter's shift is the letter itself.
    pub fn of(key: KeyEvent) -> Self {
        let mut modifiers =
            key.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let mut code = key.code;
        if let KeyCode::Char(c) = code {
            if modifiers.contains(KeyModifiers::SHIFT) && c.is_ascii_lowercase() {
                code = KeyCode::Char(c.to_ascii_uppercase());
            }
            modifiers -= KeyModifiers::SHIFT;
        }
        if code == KeyCode::BackTab {
            modifiers -= KeyModifiers::SHIFT;
        }
        Self { code, modifiers }
    }

    /// Whether it writes a character where text is written.
    pub fn is_typed(self) -> bool {
        let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
        matches!(self.code, KeyCode::Char(_)) && !self.modifiers.intersects(held)
    }

    /// Reads `ctrl-p`, `esc`, `G`, `f1`.
    pub fn parse(text: &str) -> Result<Self, BadChord> {
        let bad = || BadChord::Unreadable(text.to_owned());
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        loop {
            let (word, modifier) = if let Some(rest) = rest.strip_prefix("ctrl-") {
                (rest, KeyModifiers::CONTROL)
            } else if let Some(rest) = rest.strip_prefix("alt-") {
                (rest, KeyModifiers::ALT)
            } else if let Some(rest) = rest.strip_prefix("shift-") {
                (rest, KeyModifiers::SHIFT)
            } else {
                break;
            };
            if word.is_empty() {
                break;
            }
            modifiers |= modifier;
            rest = word;
        }
        let code = match NAMED.iter().find(|(name, _)| *name == rest) {
            Some((_, code)) => *code,
            None => match (rest.strip_prefix('f'), rest.chars().count()) {
                (Some(n), 2..) => match n.parse() {
                    Ok(n @ 1..=24) => KeyCode::F(n),
                    _ => return Err(bad()),
                },
                (_, 1) => KeyCode::Char(rest.chars().next().ok_or_else(bad)?),
                _ => return Err(bad()),
            },
        };
        if let Some(instead) = told_as(code, modifiers) {
            return Err(BadChord::ToldAs {
                key: text.to_owned(),
                instead,
            });
        }
        let is_back = code == KeyCode::Tab && modifiers.contains(KeyModifiers::SHIFT);
        let code = if is_back { KeyCode::BackTab } else { code };
        let key = KeyEvent::new(code, modifiers);
        Ok(Self::of(key))
    }
}

/// What to write for a key that terminals tell as another one, or can't tell from it.
fn told_as(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
    let KeyCode::Char(c) = code else { return None };
    if !modifiers.contains(KeyModifiers::CONTROL) {
        return None;
    }
    match c {
        'i' => Some("tab".to_owned()),
        'm' => Some("enter".to_owned()),
        '[' => Some("esc".to_owned()),
        c if c.is_ascii_uppercase() => Some(format!("ctrl-{}", c.to_ascii_lowercase())),
        _ => None,
    }
}

/// Keys that are written as words.
const NAMED: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(word)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            other => write!(f, "{other}"),
        }
    }
}

/// A key that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChord {
    /// It is none.
    #[error("'{0}' is no key; write for example a, G, ctrl-p, alt-x, enter, esc, f5")]
    Unreadable(String),
    /// A terminal tells it as another one.
    #[error("'{key}' is the same as {instead} to a terminal; write {instead}")]
    ToldAs {
        /// As it was written.
        key: String,
        /// What to write.
        instead: String,
    },
}

/// Keys that mean two things.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the key {key} is given to both {first} and {second}")]
pub struct Conflict {
    /// The key.
    pub key: String,
    /// The action that has it.
    pub first: &'static str,
    /// The other one.
    pub second: &'static str,
}

/// The keys that count.
#[derive(Debug, Clone)]
pub struct Keymap {
    by_chord: HashMap<Chord, Vec<Action>>,
    shown: BTreeMap<Action, Vec<Chord>>,
    commands: Arc<[UserCommand]>,
}

impl Keymap {
    /// The rows' own keys, with those actions changed that are named. No keys: the action has none.
    pub fn new(changed: &BTreeMap<Action, Vec<Chord>>) -> Result<Self, Conflict> {
        match Self::of(ROWS, changed) {
            (map, None) => Ok(map),
            (_, Some(conflict)) => Err(conflict),
        }
    }

    /// The keys of these rows, and the first of them that is given twice: of two rows the first
    /// has it, and whatever else they have works.
    fn of(rows: &[Row], changed: &BTreeMap<Action, Vec<Chord>>) -> (Self, Option<Conflict>) {
        let mut map = Self {
            by_chord: HashMap::new(),
            shown: BTreeMap::new(),
            commands: Arc::default(),
        };
        let mut conflict = None;
        for row in rows {
            let own = || row.keys.iter().filter_map(|k| Chord::parse(k).ok());
            let mut keys = match changed.get(&row.action) {
                Some(keys) => keys.clone(),
                None => own().collect(),
            };
            keys.retain(|key| {
                let others = map.by_chord.entry(*key).or_default();
                let meets = |a: &&Action| {
                    let other = a.row();
                    other.scope.meets(row.scope) && other.sought == row.sought
                };
                let first = others.iter().find(meets);
                if let Some(first) = first {
                    conflict.get_or_insert_with(|| Conflict {
                        key: key.to_string(),
                        first: first.row().name,
                        second: row.name,
                    });
                    return false;
                }
                others.push(row.action);
                true
            });
            map.shown.insert(row.action, keys);
        }
        (map, conflict)
    }

    /// The same keys with these commands of a person's own, whose keys are no action's.
    #[must_use]
    pub fn with(mut self, commands: Vec<UserCommand>) -> Self {
        self.commands = commands.into();
        self
    }

    /// A person's own commands.
    pub fn commands(&self) -> &[UserCommand] {
        &self.commands
    }

    /// The command that a key runs in a view, by its number.
    pub fn command(&self, scope: Scope, chord: Chord) -> Option<usize> {
        let has = |c: &UserCommand| c.key == Some(chord) && c.works_in(scope);
        self.commands.iter().position(has)
    }

    /// The command that a line names.
    pub fn command_named(&self, line: &str) -> Option<usize> {
        self.commands.iter().position(|c| c.is_meant_by(line))
    }

    /// What a key does in a view where nothing is searched for.
    pub fn action(&self, scope: Scope, chord: Chord) -> Option<Action> {
        self.action_while(scope, false, chord)
    }

    /// What a key does in a view. Of two actions one may have it only while a search stands.
    pub fn action_while(&self, scope: Scope, sought: bool, chord: Chord) -> Option<Action> {
        let actions = self.by_chord.get(&chord)?;
        let here = || actions.iter().filter(|a| a.row().scope.meets(scope));
        let now = here().find(|a| a.row().sought == sought);
        now.or_else(|| here().next()).copied()
    }

    /// The keys of an action that are its own now, the one that is shown first.
    pub fn keys_while(&self, scope: Scope, sought: bool, action: Action) -> Vec<String> {
        let keys = self.shown.get(&action).into_iter().flatten();
        let own = |key: &&Chord| {
            let now = self.action_while(scope, sought, **key);
            now == Some(action) || !action.row().scope.meets(scope)
        };
        keys.filter(own).map(Chord::to_string).collect()
    }

    /// The key that is shown for an action.
    pub fn key(&self, action: Action) -> Option<String> {
        Some(self.shown.get(&action)?.first()?.to_string())
    }

    /// Each key of an action, in words.
    pub fn each(&self, action: Action) -> Vec<String> {
        let keys = self.shown.get(&action).into_iter().flatten();
        keys.map(Chord::to_string).collect()
    }

    /// All keys of an action, in words.
    pub fn keys(&self, action: Action) -> String {
        let keys = self.shown.get(&action).into_iter().flatten();
        keys.map(Chord::to_string).collect::<Vec<_>>().join(" ")
    }
}

impl Default for Keymap {
    /// The rows' own keys.
    fn default() -> Self {
        // A test holds that they do not meet; if they did, all but one key would work.
        Self::of(ROWS, &BTreeMap::new()).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_own_keys_can_be_read_and_do_not_meet() {
        let map = Keymap::new(&BTreeMap::new()).unwrap();
        for row in ROWS {
            for key in row.keys {
                let chord = Chord::parse(key).unwrap();
                assert_eq!(chord.to_string(), *key);
                let has = map.action_while(row.scope, row.sought, chord);
                assert_eq!(has, Some(row.action), "{key}");
            }
            assert_eq!(map.key(row.action).as_deref(), Some(row.keys[0]));
        }
    }

    #[test]
    fn a_letter_with_shift_is_the_capital_however_the_terminal_tells_it() {
        let told = |c, modifiers| Chord::of(KeyEvent::new(KeyCode::Char(c), modifiers));
        let wanted = Chord::parse("G").unwrap();
        assert_eq!(told('G', KeyModifiers::NONE), wanted);
        assert_eq!(told('G', KeyModifiers::SHIFT), wanted);
        assert_eq!(told('g', KeyModifiers::SHIFT), wanted);
        assert_ne!(told('g', KeyModifiers::NONE), wanted);
    }

    #[test]
    fn a_key_for_two_actions_is_named() {
        let changed = BTreeMap::from([(Action::Help, vec![Chord::parse("q").unwrap()])]);
        let conflict = Keymap::new(&changed).unwrap_err();
        assert_eq!(
            conflict.to_string(),
            "the key q is given to both help and leave"
        );
        let freed = BTreeMap::from([
            (Action::Help, vec![Chord::parse("q").unwrap()]),
            (Action::Leave, Vec::new()),
        ]);
        let map = Keymap::new(&freed).unwrap();
        assert_eq!(map.key(Action::Leave), None);
        assert_eq!(map.keys(Action::Help), "q");
    }

    #[test]
    fn of_two_rows_with_one_key_the_first_has_it_and_all_others_work() {
        let clash = BTreeMap::from([(Action::Leave, vec![Chord::parse("?").unwrap()])]);
        let (map, conflict) = Keymap::of(ROWS, &clash);
        assert_eq!(conflict.unwrap().key, "?");
        let at = |action: Action| ROWS.iter().position(|r| r.action == action);
        let (first, second) = if at(Action::Help) < at(Action::Leave) {
            (Action::Help, Action::Leave)
        } else {
            (Action::Leave, Action::Help)
        };
        let chord = Chord::parse("?").unwrap();
        assert_eq!(map.action(first.row().scope, chord), Some(first));
        assert_eq!(map.key(second), None);
        let others = ROWS.iter().filter(|r| ![first, second].contains(&r.action));
        for row in others {
            assert_eq!(map.key(row.action).as_deref(), Some(row.keys[0]));
        }
        let default = Keymap::default();
        assert!(ROWS.iter().all(|r| default.key(r.action).is_some()));
    }

    #[test]
    fn what_is_no_key_is_said() {
        for text in ["", "ctrl-", "abc", "fx", "hyper-a"] {
            assert!(Chord::parse(text).is_err() || text == "ctrl-", "{text}");
        }
        let said = Chord::parse("abc").unwrap_err().to_string();
        assert!(said.starts_with("'abc' is no key; write"), "{said}");
    }
}
