//! `config.yaml`: what a person chose for all projects: how the screen looks, and whose repositories
//! need not be asked about. Changing a choice changes its own bytes and no other.

use super::settings::read::{command, shell_template};
use super::settings::{CommandDef, keys};
use super::yaml::shape::{Checker, Kind};
use super::yaml::{self, Node, Span, Value};
use crate::terms::{Finding, Place};
use std::collections::BTreeMap;

/// The key of the look.
const THEME: &str = "theme";
/// The key of the folders whose repositories are trusted.
const TRUST: &str = "trust";
/// The key of the commands by event.
const ON: &str = "on";
/// The key of whether the machine is kept awake.
const AWAKE: &str = "awake";
/// The word for "as the terminal's background is".
pub const AUTO: &str = "auto";

/// Which theme is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeChoice {
    /// This one.
    Named(String),
    /// One on a light background, another on a dark one.
    ByBackground {
        /// On a light one.
        light: String,
        /// On a dark one.
        dark: String,
    },
}

impl ThemeChoice {
    /// The theme of that name, or the pair that `auto` stands for.
    pub fn named(name: &str) -> Self {
        if name == AUTO {
            Self::ByBackground {
                light: "light".to_owned(),
                dark: "dark".to_owned(),
            }
        } else {
            Self::Named(name.to_owned())
        }
    }
}

/// What a person chose.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The look, where one is chosen, with where that is said.
    pub theme: Option<(ThemeChoice, Place)>,
    /// Folders as they were written, absolute or below `~`: what repositories in them have run is
    /// trusted unseen.
    pub trust: Vec<String>,
    /// Commands by the event that they are run for, in every project of this person.
    pub on: BTreeMap<String, CommandDef>,
    /// Whether the machine is to be kept from sleeping while an agent works.
    pub awake: bool,
}

/// Reads the choices, and what is wrong with them. Keys that are not of the look are left to who
/// knows them. `file` names it in findings.
pub fn parse(file: &str, text: &str) -> (Choices, Vec<Finding>) {
    let parsed = yaml::parse(file, text);
    let mut faults = parsed.faults;
    let mut choices = Choices::default();
    let Some(root) = parsed.root else {
        return (choices, faults);
    };
    match &root.value {
        Value::Map(_) => {
            match root.get(THEME).map(|node| (theme(file, node), node)) {
                Some((Ok(choice), node)) => choices.theme = Some((choice, node.span.in_file(file))),
                Some((Err(fault), _)) => faults.push(fault),
                None => {}
            }
            for node in root.get(TRUST).map_or(&[][..], Node::items) {
                match folder(file, node) {
                    Ok(folder) => choices.trust.push(folder),
                    Err(fault) => faults.push(fault),
                }
            }
            choices.on = on(file, &root, &mut faults);
            match root.get(AWAKE) {
                None => {}
                Some(node) => match node.value {
                    Value::Bool(awake) => choices.awake = awake,
                    _ => faults.push(
                        Finding::new("config/awake", "'awake' is true or false")
                            .at(node.span.in_file(file))
                            .remedy("write awake: true"),
                    ),
                },
            }
        }
        Value::Null => {}
        _ => faults.push(fault(
            file,
            root.span,
            "it must be a map",
            "write key: value, such as theme: dark",
        )),
    }
    (choices, faults)
}

/// The commands by event: the same form as in harness.yaml.
fn on(file: &str, root: &Node, faults: &mut Vec<Finding>) -> BTreeMap<String, CommandDef> {
    let Some(node) = root.get(ON) else {
        return BTreeMap::new();
    };
    let mut checker = Checker {
        file,
        area: "config",
        not_built: "not-yet",
        faults: Vec::new(),
    };
    checker.check(node, &Kind::Record(&keys::EVENTS), ON);
    faults.append(&mut checker.faults);
    let mut commands = BTreeMap::new();
    for (event, node) in node.entries() {
        if let Some(command) = command(node) {
            faults.extend(shell_template(&command, file, "config"));
            commands.insert(event.text.clone(), command);
        }
    }
    commands
}

fn theme(file: &str, node: &Node) -> Result<ThemeChoice, Finding> {
    const REMEDY: &str = "write a theme's name, auto, or { light: NAME, dark: NAME }";
    if let Some(name) = node.as_str() {
        return Ok(ThemeChoice::named(name));
    }
    let pair = node.string_of("light").zip(node.string_of("dark"));
    let other = node
        .entries()
        .iter()
        .find(|(key, _)| !["light", "dark"].contains(&key.text.as_str()));
    match (pair, other) {
        (Some((light, dark)), None) => Ok(ThemeChoice::ByBackground { light, dark }),
        (_, Some((key, _))) => {
            let text = format!("unknown key '{}' in theme", key.text);
            Err(fault(file, key.span, &text, REMEDY))
        }
        (None, None) => {
            let text = "'theme' needs the names of a light and a dark theme, or one name";
            Err(fault(file, node.span, text, REMEDY))
        }
    }
}

/// A folder of `trust`: nothing that could mean another one elsewhere.
fn folder(file: &str, node: &Node) -> Result<String, Finding> {
    let text = node.as_str().unwrap_or_default();
    let below = text.strip_prefix("~/").or_else(|| text.strip_prefix('/'));
    let plain = below.is_some_and(|below| below.split('/').all(|part| part != ".."));
    if plain && text != "/" {
        return Ok(text.to_owned());
    }
    let said = "'trust' needs folders, absolute or below ~, whose repositories are trusted unseen";
    let finding = Finding::new("config/trust", said).remedy("write trust: [~/work]");
    Err(finding.at(node.span.in_file(file)))
}

fn fault(file: &str, at: Span, text: &str, remedy: &str) -> Finding {
    let finding = Finding::new("config/theme", text).remedy(remedy);
    finding.at(at.in_file(file))
}

/// The text with this theme chosen; every byte that is not of that choice stays. An error where the
/// text can't be understood well enough for that.
pub fn with_theme(file: &str, text: &str, name: &str) -> Result<String, Finding> {
    let parsed = yaml::parse(file, text);
    if let Some(broken) = parsed.faults.into_iter().next() {
        return Err(broken);
    }
    let before: Vec<_> = match &parsed.root {
        None => Vec::new(),
        Some(root) if matches!(root.value, Value::Null | Value::Map(_)) => others(root),
        Some(root) => {
            return Err(fault(
                file,
                root.span,
                "it must be a map",
                "write key: value",
            ));
        }
    };
    let key = parsed.root.as_ref().and_then(|root| {
        let mut entries = root.entries().iter();
        entries.find(|(key, _)| key.text == THEME)
    });
    let written = match key {
        Some((key, node)) => replaced(text, key.span, node, name),
        None => appended(text, name),
    };
    // Believed only where it reads as what was meant, and all else as before.
    let again = yaml::parse(file, &written);
    let root = again.root.filter(|_| again.faults.is_empty());
    let kept = root.filter(|r| r.string_of(THEME).as_deref() == Some(name) && others(r) == before);
    match kept {
        Some(_) => Ok(written),
        None => {
            let at = key.map_or(Span::START, |(key, _)| key.span);
            let remedy = format!("write theme: {name} in its place");
            Err(fault(
                file,
                at,
                "it can't be changed here without touching more",
                &remedy,
            ))
        }
    }
}

/// What there is beside the theme, without places.
fn others(root: &Node) -> Vec<(String, Value)> {
    let entries = root.entries().iter().filter(|(key, _)| key.text != THEME);
    entries
        .map(|(key, node)| (key.text.clone(), bare(&node.value)))
        .collect()
}

/// A value with every place in it taken out, to be compared.
fn bare(value: &Value) -> Value {
    let node = |n: &Node| Node {
        span: Span::START,
        value: bare(&n.value),
    };
    match value {
        Value::Seq(items) => Value::Seq(items.iter().map(node).collect()),
        Value::Map(entries) => {
            let entry = |(key, n): &(yaml::Key, Node)| {
                let mut key = key.clone();
                key.span = Span::START;
                (key, node(n))
            };
            Value::Map(entries.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn appended(text: &str, name: &str) -> String {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        end
    };
    format!("{text}{gap}{THEME}: {name}{end}")
}

/// The text with the value of the key at this place replaced.
fn replaced(text: &str, key: Span, node: &Node, name: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let first = key.line as usize - 1;
    let mut out: String = lines.iter().take(first).copied().collect();
    let line = lines.get(first).copied().unwrap_or_default();
    let (head, rest) = line.split_once(':').unwrap_or((line, ""));
    out += &format!("{head}: {name}{}", after_value(rest));
    let mut below = lines.iter().skip(first + 1).peekable();
    if matches!(node.value, Value::Map(_)) {
        // The lines of the old value: those further in, whatever they are.
        let of_value = |line: &&&str| {
            let is_further_in = line.starts_with([' ', '\t']) && !line.trim().is_empty();
            is_further_in || line.trim_end() == "}"
        };
        while below.next_if(of_value).is_some() {}
    }
    out.extend(below.copied());
    out
}

/// What stands behind a value on its line: a comment, the line's end.
fn after_value(rest: &str) -> &str {
    // Blanks only: the end of the line is not the value's.
    let value = rest.trim_start_matches([' ', '\t']);
    let from = rest.len() - value.len();
    let past = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |at| at + 2),
        Some('{') => value.find('}').map_or(0, |at| at + 1),
        Some('#') => 0,
        _ => {
            let value = value.find(" #").map_or(value, |at| &value[..at]);
            value.trim_end().len()
        }
    };
    let behind = &rest[from + past..];
    if behind.trim_start().starts_with('#') || behind.trim().is_empty() {
        // The blank before a comment may have been the one after the colon.
        if behind.starts_with('#') {
            &rest[from - usize::from(from > 0)..]
        } else {
            behind
        }
    } else {
        &rest[rest.trim_end().len()..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Option<ThemeChoice> {
        let (choices, faults) = parse("config.yaml", text);
        assert_eq!(faults, [], "{text}");
        choices.theme.map(|(choice, _)| choice)
    }

    #[test]
    fn a_theme_is_named_or_follows_the_background() {
        assert_eq!(chosen(""), None);
        assert_eq!(chosen("agents: [a]\n"), None);
        assert_eq!(
            chosen("theme: dark\n"),
            Some(ThemeChoice::Named("dark".to_owned()))
        );
        let pair = ThemeChoice::ByBackground {
            light: "light".to_owned(),
            dark: "dark".to_owned(),
        };
        assert_eq!(chosen("theme: auto\n"), Some(pair.clone()));
        assert_eq!(chosen("theme: { light: light, dark: dark }\n"), Some(pair));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let said = |text| parse("config.yaml", text).1[0].to_string();
        assert!(said("a: 1\ntheme: [x]\n").starts_with("config.yaml:2:8: 'theme' needs"));
        assert!(
            said("theme: { lihgt: a, dark: b }\n").starts_with("config.yaml:1:10: unknown key")
        );
        assert!(said("theme: { light: a }\n").contains("[config/theme]; write a theme's name"));
        assert!(said("- a\n").starts_with("config.yaml:1:1: it must be a map"));
        assert!(said("a: [\n").contains("yaml/syntax"));
    }

    #[test]
    fn folders_that_are_trusted_are_plain_ones() {
        let (choices, faults) = parse("config.yaml", "trust: [~/work, /srv/ci]\n");
        assert_eq!(
            (choices.trust, faults),
            (vec!["~/work".to_owned(), "/srv/ci".to_owned()], Vec::new())
        );
        let (choices, faults) = parse("c", "trust: [work, ~/a/../.., /, 3, '', ~/x]\n");
        assert_eq!((choices.trust, faults.len()), (vec!["~/x".to_owned()], 5));
        assert!(
            faults[0]
                .to_string()
                .starts_with("c:1:9: 'trust' needs folders"),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn choosing_changes_its_own_bytes_alone() {
        let cases = [
            ("", "theme: light\n"),
            ("a: 1", "a: 1\ntheme: light\n"),
            ("a: 1\r\n", "a: 1\r\ntheme: light\r\n"),
            ("theme: dark\na: 1\n", "theme: light\na: 1\n"),
            ("# x\ntheme: dark  # mine\n", "# x\ntheme: light  # mine\n"),
            (
                "theme:   \"dark\" # mine\r\nb: 2\r\n",
                "theme: light # mine\r\nb: 2\r\n",
            ),
            (
                "theme: { light: a, dark: b } # pair\nb: 2\n",
                "theme: light # pair\nb: 2\n",
            ),
            (
                "theme:\n  light: a\n  dark: b\n\n# c\nb: 2\n",
                "theme: light\n\n# c\nb: 2\n",
            ),
            (
                "theme: # none yet\nb: 2\n",
                "theme: light # none yet\nb: 2\n",
            ),
            (
                "theme: {\n  light: a,\n  dark: b\n}\nb: 2\n",
                "theme: light\nb: 2\n",
            ),
            ("b: { theme: x }\n", "b: { theme: x }\ntheme: light\n"),
            ("theme: dark", "theme: light"),
        ];
        for (before, after) in cases {
            let got = with_theme("config.yaml", before, "light").unwrap();
            assert_eq!(got, after, "{before:?}");
        }
    }

    #[test]
    fn what_can_not_be_understood_is_left_alone() {
        for text in [
            "a: [\n",
            "- a\n",
            "{ theme: dark, a: 1 }\n",
            "a: 1\n---\nb: 2\n",
        ] {
            let fault = with_theme("config.yaml", text, "light").unwrap_err();
            assert!(fault.place.is_some() && fault.remedy.is_some(), "{fault}");
        }
    }
}
