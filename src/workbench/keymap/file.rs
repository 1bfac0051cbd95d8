//! `keymap.yaml`: a person's own keys, `action: [keys]`, and their own commands. An action that is named
//! has the keys that stand there and no others; an empty list leaves it none. Where an action works is
//! its row's matter, so that one key may mean two things in two views. Every fault is told at once.

use super::commands::{self, Given};
use super::{Chord, Keymap};
use crate::documents::yaml::{self, Node, Span, Value, did_you_mean};
use crate::terms::Finding;
use crate::workbench::actions::{Action, ROWS};
use std::collections::BTreeMap;

/// What a file says of an action's keys, with where it says so.
#[derive(Debug)]
struct Entry {
    keys: Vec<(Chord, Span)>,
    span: Span,
}

/// Reads a keymap. `file` names it in findings.
pub fn read(file: &str, text: &str) -> Result<Keymap, Vec<Finding>> {
    let parsed = yaml::parse(file, text);
    let mut reader = Reader {
        file,
        faults: parsed.faults,
        entries: BTreeMap::new(),
        commands: Vec::new(),
    };
    if let Some(root) = &parsed.root {
        reader.root(root);
    }
    reader.conflicts();
    reader.ways_out();
    if !reader.faults.is_empty() {
        reader.faults.sort_by(|a, b| a.place.cmp(&b.place));
        return Err(reader.faults);
    }
    let keys = |entry: Entry| entry.keys.into_iter().map(|(key, _)| key).collect();
    let changed = reader
        .entries
        .into_iter()
        .map(|(action, entry)| (action, keys(entry)));
    let keymap = Keymap::new(&changed.collect()).map_err(|conflict| {
        // Found above already, with its place.
        vec![Finding::new("keymap/conflict", conflict.to_string())]
    })?;
    let own = reader
        .commands
        .into_iter()
        .filter_map(|given| given.command);
    Ok(keymap.with(own.collect()))
}

struct Reader<'a> {
    file: &'a str,
    faults: Vec<Finding>,
    entries: BTreeMap<Action, Entry>,
    commands: Vec<Given>,
}

impl Reader<'_> {
    fn fault(&mut self, code: &str, text: String, remedy: impl Into<String>, at: Span) {
        let finding = Finding::new(format!("keymap/{code}"), text).remedy(remedy);
        self.faults.push(finding.at(at.in_file(self.file)));
    }

    fn root(&mut self, root: &Node) {
        match &root.value {
            Value::Map(entries) => {
                for (key, node) in entries {
                    if key.text == commands::KEY {
                        self.commands = commands::read(self.file, node, &mut self.faults);
                        continue;
                    }
                    match ROWS.iter().find(|row| row.name == key.text) {
                        Some(row) => self.action(row.action, key.span, node),
                        None => self.unknown(&key.text, key.span),
                    }
                }
            }
            Value::Null | Value::Broken => {}
            _ => {
                let remedy = "write action: [keys], such as help: [H, f1]";
                self.fault(
                    "wrong-type",
                    "it must be a map".to_owned(),
                    remedy,
                    root.span,
                );
            }
        }
    }

    fn unknown(&mut self, name: &str, at: Span) {
        let names = || { ROWS.iter().map(|row| row.name) }.chain([commands::KEY]);
        let remedy = did_you_mean(name, names()).map_or_else(
            || "`harness-tui keys` lists every action".to_owned(),
            |near| format!("did you mean '{near}'?"),
        );
        self.fault(
            "unknown-action",
            format!("there is no action '{name}'"),
            remedy,
            at,
        );
    }

    fn action(&mut self, action: Action, span: Span, node: &Node) {
        let name = action.row().name;
        if matches!(node.value, Value::Null | Value::Map(_)) {
            let text = format!("'{name}' must be a list of keys");
            let remedy = format!("write {name}: [] for no key, or {name}: [KEY]");
            return self.fault("wrong-type", text, remedy, node.span);
        }
        let mut keys: Vec<(Chord, Span)> = Vec::new();
        for item in node.items() {
            if let Some(key) = self.key(action, item)
                && !keys.iter().any(|(k, _)| *k == key)
            {
                keys.push((key, item.span));
            }
        }
        self.entries.insert(action, Entry { keys, span });
    }

    fn key(&mut self, action: Action, node: &Node) -> Option<Chord> {
        let Some(text) = node.scalar() else {
            if !matches!(node.value, Value::Broken) {
                let text = "here is no key".to_owned();
                self.fault("key", text, "write it in quotes, such as \"~\"", node.span);
            }
            return None;
        };
        match Chord::parse(&text) {
            Ok(key) if is_while_typing(action) && key.is_typed() => {
                let text = format!("{key} would {} while you write", action.row().name);
                self.fault("key", text, "choose one with ctrl- or alt-", node.span);
                None
            }
            Ok(key) => Some(key),
            Err(bad) => {
                let said = bad.to_string();
                let (text, remedy) = said.split_once("; ").unwrap_or((&said, "write another"));
                self.fault("key", text.to_owned(), remedy, node.span);
                None
            }
        }
    }

    /// Keys that mean two things in one view: each told where this file gives it.
    fn conflicts(&mut self) {
        let mut given: Vec<(Chord, Action, Option<Span>)> = Vec::new();
        for row in ROWS
            .iter()
            .filter(|row| !self.entries.contains_key(&row.action))
        {
            let own = row.keys.iter().filter_map(|k| Chord::parse(k).ok());
            given.extend(own.map(|key| (key, row.action, None)));
        }
        let mut told = Vec::new();
        for (action, entry) in &self.entries {
            for (key, span) in &entry.keys {
                let meets = |a: &Action| a.row().scope.meets(action.row().scope);
                let other = given.iter().find(|(k, a, _)| k == key && meets(a));
                if let Some((_, other, at)) = other {
                    told.push((*key, *action, *span, *other, *at));
                }
                given.push((*key, *action, Some(*span)));
            }
        }
        for (key, action, span, other, at) in told {
            let (name, taken) = (action.row().name, other.row().name);
            let text = match at {
                Some(at) => format!(
                    "the key {key} is given to {name} here and to {taken} at {}",
                    at.in_file(self.file)
                ),
                None => format!("the key {key} is given to {name} here and is {taken}'s own"),
            };
            let remedy = format!("choose another key, or give {taken} other keys: {taken}: []");
            self.fault("conflict", text, remedy, span);
        }
        self.conflicts_of_commands(&given);
    }

    /// Keys of commands that are an action's or another command's, in a view where both are had.
    fn conflicts_of_commands(&mut self, given: &[(Chord, Action, Option<Span>)]) {
        let mut told = Vec::new();
        for (n, own) in self.commands.iter().enumerate() {
            let Some((key, span)) = own.key else { continue };
            let name = &own.name;
            let here = format!("the key {key} is given to '{name}' here and");
            let meets = |a: &Action| own.meets(a.row().scope);
            for (_, action, at) in given.iter().filter(|(k, a, _)| *k == key && meets(a)) {
                let taken = action.row().name;
                let text = match at {
                    Some(at) => format!("{here} to {taken} at {}", at.in_file(self.file)),
                    None => format!("{here} is {taken}'s own"),
                };
                told.push((text, freed(*action, key, given), span));
            }
            let before = self.commands.get(..n).unwrap_or_default();
            let same = |other: &&Given| {
                let places = &other.places;
                other.key.is_some_and(|(k, _)| k == key)
                    && places.iter().any(|place| own.meets(*place))
            };
            if let Some((other, (_, at))) = before.iter().find(same).and_then(|o| Some((o, o.key?)))
            {
                let (other, at) = (&other.name, at.in_file(self.file));
                let text = format!("{here} to '{other}' at {at}");
                told.push((text, "choose another key for one of them".to_owned(), span));
            }
        }
        for (text, remedy, span) in told {
            self.fault("conflict", text, remedy, span);
        }
    }

    /// A screen that no key leaves is a trap.
    fn ways_out(&mut self) {
        let has_none = |action| self.entries.get(&action).is_some_and(|e| e.keys.is_empty());
        if has_none(Action::Leave) && has_none(Action::Interrupt) {
            let span = self
                .entries
                .get(&Action::Leave)
                .map_or(Span::START, |e| e.span);
            let text = "neither leave nor interrupt has a key: nothing would leave the screen";
            self.fault(
                "no-way-out",
                text.to_owned(),
                "give one of them a key",
                span,
            );
        }
    }
}

/// How to free a key of an action's: what else it has stays.
fn freed(action: Action, key: Chord, given: &[(Chord, Action, Option<Span>)]) -> String {
    let name = action.row().name;
    let others = given.iter().filter(|(k, a, _)| *a == action && *k != key);
    let plain = |k: &String| k.chars().all(|c| c.is_alphanumeric() || c == '-');
    let others = others.map(|(k, ..)| k.to_string());
    let others = others.map(|k| if plain(&k) { k } else { format!("\"{k}\"") });
    let others: Vec<String> = others.collect();
    match others.join(", ") {
        none if none.is_empty() => format!("choose another key, or free it: {name}: []"),
        others => format!("choose another key, or leave {name} the others: {name}: [{others}]"),
    }
}

/// Whether an action's keys count also while a person writes.
fn is_while_typing(action: Action) -> bool {
    matches!(action, Action::Interrupt | Action::Suspend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::actions::Scope;

    fn faults(text: &str) -> Vec<String> {
        let faults = read("keymap.yaml", text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_action_has_the_keys_that_stand_there_and_no_others() {
        let map = read("k", "help: [f11, f2]\nfind: []\nwhy: \"?\"\n").unwrap();
        let action = |key| map.action(Scope::Backlog, Chord::parse(key).unwrap());
        assert_eq!(action("f11"), Some(Action::Help));
        assert_eq!(action("f2"), Some(Action::Help));
        assert_eq!(action("f1"), None);
        assert_eq!(action("?"), Some(Action::Why));
        assert_eq!(action("/"), None);
        assert_eq!(action("a"), Some(Action::Approve));
        assert_eq!(map.key(Action::Help).as_deref(), Some("f11"));
        assert!(read("k", "").is_ok() && read("k", "# none\n").is_ok());
        let digit = read("k", "backlog: [\"f9\"]\n").unwrap();
        assert_eq!(digit.keys(Action::Backlog), "f9");
    }

    #[test]
    fn one_key_may_mean_two_things_in_two_views() {
        let map = read("k", "find: [f12]\nfollow: [f12]\n").unwrap();
        let key = Chord::parse("f12").unwrap();
        assert_eq!(map.action(Scope::Backlog, key), Some(Action::Find));
        assert_eq!(map.action(Scope::Pipeline, key), Some(Action::Follow));
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_place() {
        let text = "aprove: [A]\nhelp: [qq, q]\nwhy: { a: 1 }\nopen: [f12]\nback: [f12]\nsuspend: [s]\nzoom: [~]\ntop: [ctrl-M]\n";
        let all = faults(text);
        let starts = [
            "keymap.yaml:1:1: there is no action 'aprove' [keymap/unknown-action]; did you mean 'approve'?",
            "keymap.yaml:2:8: 'qq' is no key",
            "keymap.yaml:2:12: the key q is given to help here and is leave's own",
            "keymap.yaml:3:6: 'why' must be a list of keys",
            "keymap.yaml:5:8: the key f12 is given to back here and to open at keymap.yaml:4:8",
            "keymap.yaml:6:11: s would suspend while you write",
            "keymap.yaml:7:8: here is no key",
            "keymap.yaml:8:7: 'ctrl-M'",
        ];
        assert_eq!(all.len(), starts.len(), "{all:#?}");
        for (said, start) in all.iter().zip(starts) {
            assert!(said.starts_with(start), "{said}");
        }
    }

    #[test]
    fn a_screen_that_nothing_leaves_is_refused() {
        let all = faults("leave: []\ninterrupt: []\n");
        assert!(
            all[0].starts_with("keymap.yaml:1:1: neither leave"),
            "{all:?}"
        );
        assert!(read("k", "leave: []\n").is_ok());
        assert!(faults("help: [\n")[0].contains("yaml/syntax"));
        assert!(faults("- a\n")[0].contains("must be a map"));
    }
}
