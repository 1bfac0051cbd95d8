//! `commands:` of a keymap: a person's own, each with the faults that it has, where they stand.

use super::{BadChord, Chord};
use crate::documents::yaml::shape::{Checker, Field, Kind, Shape, field, required};
use crate::documents::yaml::{Node, Span, Value, did_you_mean};
use crate::terms::Finding;
use crate::text::SafeText;
use crate::workbench::actions::{ROWS, Scope};
use crate::workbench::commands::{
    BadWord, Placeholder, Unsafe, UserCommand, Word, in_one_word, injections, quoted,
};
use crate::workbench::plain::table;

/// The key of a keymap under which they stand.
pub const KEY: &str = "commands";
/// How many there may be.
const MOST: usize = 100;
/// The most characters of a name.
const LONGEST: usize = 60;

/// The views by their names.
const PLACES: [(&str, Scope); 5] = [
    ("everywhere", Scope::Everywhere),
    ("backlog", Scope::Backlog),
    ("dialogue", Scope::Dialogue),
    ("pipeline", Scope::Pipeline),
    ("artifacts", Scope::Artifacts),
];
const PLACE: Kind = Kind::Word(&["everywhere", "backlog", "dialogue", "pipeline", "artifacts"]);

const FIELDS: &[Field] = &[
    required(
        "name",
        Kind::Scalar,
        "what it is called in help, footer and palette",
    ),
    required("run", Kind::Any, "the program and its arguments, as a list"),
    field(
        "key",
        Kind::Scalar,
        "its key; without one it is had by its name",
    ),
    field(
        "where",
        Kind::OneOrMore(&PLACE),
        "the views in which it can be had",
    ),
    field("terminal", Kind::Bool, "whether it gets the terminal"),
    field("wait", Kind::Bool, "whether its end is waited for and told"),
    field("confirm", Kind::Bool, "whether it is asked first"),
];
const COMMAND: Kind = Kind::Record(&Shape {
    what: "a command",
    fields: FIELDS,
    one_of: &[],
});

/// A command as it was read.
#[derive(Debug)]
pub struct Given {
    /// What it is called, as far as that can be told.
    pub name: SafeText,
    /// Its key, and where that stands.
    pub key: Option<(Chord, Span)>,
    /// The views in which it can be had.
    pub places: Vec<Scope>,
    /// It; `None`: something of it is wrong.
    pub command: Option<UserCommand>,
}

impl Given {
    /// Whether it can be had where this can.
    pub fn meets(&self, scope: Scope) -> bool {
        self.places.iter().any(|place| place.meets(scope))
    }
}

/// Reads them all; what is wrong is put among the faults.
pub fn read(file: &str, node: &Node, faults: &mut Vec<Finding>) -> Vec<Given> {
    let mut reader = Reader { file, faults };
    let items = match &node.value {
        Value::Seq(items) => items,
        Value::Null | Value::Broken => return Vec::new(),
        _ => {
            let text = "'commands' must be a list".to_owned();
            let remedy = "write commands: [{ key: f9, name: log, run: [git, log] }]";
            reader.fault("wrong-type", text, remedy, node.span);
            return Vec::new();
        }
    };
    if let Some(beyond) = items.get(MOST) {
        let text = format!(
            "there are {} commands; at most {MOST} are read",
            items.len()
        );
        reader.fault("too-many", text, "remove some", beyond.span);
    }
    let mut given: Vec<(Given, Span)> = Vec::new();
    for item in items.iter().take(MOST) {
        let (one, span) = reader.command(item);
        let word = in_one_word(&one.name);
        let same =
            |(other, _): &&(Given, Span)| !word.is_empty() && in_one_word(&other.name) == word;
        if let Some((_, first)) = given.iter().find(same) {
            let first = first.in_file(file);
            let text = format!("there is another command '{}' at {first}", one.name);
            reader.fault("name", text, "give it another name", span);
        }
        given.push((one, span));
    }
    given.into_iter().map(|(one, _)| one).collect()
}

struct Reader<'a> {
    file: &'a str,
    faults: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn fault(&mut self, code: &str, text: String, remedy: impl Into<String>, at: Span) {
        let finding = Finding::new(format!("keymap/{code}"), text).remedy(remedy);
        self.faults.push(finding.at(at.in_file(self.file)));
    }

    /// One of them, and where its name stands.
    fn command(&mut self, node: &Node) -> (Given, Span) {
        let before = self.faults.len();
        let mut checker = Checker {
            file: self.file,
            area: "keymap",
            not_built: "not-built",
            faults: Vec::new(),
        };
        checker.check(node, &COMMAND, "a command");
        self.faults.append(&mut checker.faults);
        let name = node.get("name").and_then(|node| self.name(node));
        let run = node.get("run").and_then(|node| self.run(node));
        let key = node
            .get("key")
            .and_then(|node| Some((self.key(node)?, node.span)));
        let places = places(node);
        let is = |flag: &str| matches!(node.get(flag).map(|n| &n.value), Some(Value::Bool(true)));
        let sound = self.faults.len() == before;
        let command = name.clone().zip(run).filter(|_| sound);
        let command = command.map(|(name, run)| UserCommand {
            key: key.map(|(key, _)| key),
            name,
            run,
            places: places.clone(),
            terminal: is("terminal"),
            wait: is("wait"),
            confirm: is("confirm"),
        });
        let given = Given {
            name: name.unwrap_or_default(),
            key,
            places,
            command,
        };
        (given, node.get("name").map_or(node.span, |n| n.span))
    }

    fn key(&mut self, node: &Node) -> Option<Chord> {
        let text = node.scalar()?;
        let bad = match Chord::parse(&text) {
            Ok(key) => return Some(key),
            Err(bad @ (BadChord::Unreadable(_) | BadChord::ToldAs { .. })) => bad.to_string(),
        };
        let (text, remedy) = bad.split_once("; ").unwrap_or((&bad, "write another"));
        self.fault("key", text.to_owned(), remedy, node.span);
        None
    }

    fn name(&mut self, node: &Node) -> Option<SafeText> {
        let text = node.scalar()?;
        let name = SafeText::line(text.trim());
        if name.as_str() != text.trim() {
            let text =
                "the name holds what no name may: control characters, or such as hide others";
            let remedy = format!("write \"{name}\"");
            self.fault("name", text.to_owned(), remedy, node.span);
            return None;
        }
        if name.is_empty() {
            let text = "the name is empty".to_owned();
            self.fault("name", text, "say in a word or two what it does", node.span);
            return None;
        }
        if name.chars().count() > LONGEST {
            let text = format!("the name has more than {LONGEST} characters");
            self.fault("name", text, "say it in fewer", node.span);
            return None;
        }
        let word = in_one_word(&name);
        let is_number = word.chars().all(|c| c.is_ascii_digit());
        let taken = ROWS.iter().any(|row| row.name == word) || table::is_own(&word);
        if taken || is_number {
            let what = if is_number { "a number" } else { "an action" };
            let text = format!("'{name}' is the name of {what}");
            self.fault("name", text, "give it another name", node.span);
            return None;
        }
        Some(name)
    }

    fn run(&mut self, node: &Node) -> Option<Vec<Word>> {
        let items = match &node.value {
            Value::Seq(items) => items,
            Value::Broken => return None,
            _ => {
                let text = "'run' must be a list: the program, then its arguments".to_owned();
                let line = node.scalar().unwrap_or_default();
                let remedy = match line.split_once(char::is_whitespace) {
                    Some(_) => format!(
                        "write run: [\"sh\", \"-c\", {}], or each word by itself",
                        serde_json::Value::from(line.as_str())
                    ),
                    None => format!("write run: [{}]", serde_json::Value::from(line.as_str())),
                };
                self.fault("run", text, remedy, node.span);
                return None;
            }
        };
        let before = self.faults.len();
        let words: Vec<(Word, Span)> = items
            .iter()
            .filter_map(|item| Some((self.word(item)?, item.span)))
            .collect();
        if items
            .first()
            .is_none_or(|first| first.scalar().is_some_and(|s| s.is_empty()))
        {
            let text = "'run' names no program".to_owned();
            let at = items.first().map_or(node.span, |first| first.span);
            self.fault("run", text, "write run: [PROGRAM, ARGUMENT, …]", at);
        }
        if words.len() == items.len() {
            self.injections(&words);
        }
        (self.faults.len() == before).then(|| words.into_iter().map(|(word, _)| word).collect())
    }

    fn word(&mut self, node: &Node) -> Option<Word> {
        let Some(text) = node.scalar() else {
            let text = match &node.value {
                Value::Broken => return None,
                Value::Map(_) => "here is a map, and no word: an unquoted { begins one",
                _ => "here is no word",
            };
            let remedy = "put it in quotes, such as \"{tree}\"";
            self.fault("run", text.to_owned(), remedy, node.span);
            return None;
        };
        if text.contains('\0') {
            let remedy = "take it out";
            self.fault(
                "run",
                "a word can't hold a zero byte".to_owned(),
                remedy,
                node.span,
            );
            return None;
        }
        let (what, remedy) = match Word::read(&text) {
            Ok(word) => return Some(word),
            Err(BadWord::Unknown(name)) => {
                let near = did_you_mean(&name, Placeholder::names());
                let remedy = near.map_or_else(
                    || {
                        let names: Vec<&str> = Placeholder::names().collect();
                        format!(
                            "known are {}; {{{{ and }}}} stand for braces",
                            names.join(", ")
                        )
                    },
                    |near| format!("did you mean {{{near}}}?"),
                );
                (format!("there is no placeholder {{{name}}}"), remedy)
            }
            Err(BadWord::Open) => (
                "a brace is opened and not closed".to_owned(),
                "close it, or write {{ for the brace itself".to_owned(),
            ),
            Err(BadWord::Closed) => (
                "a brace is closed that was not opened".to_owned(),
                "write }} for the brace itself".to_owned(),
            ),
            Err(BadWord::Dollar(one)) => (
                "a placeholder has no $ before it".to_owned(),
                format!(
                    "in a script write \"${}\", elsewhere leave the $ out",
                    one.variable()
                ),
            ),
        };
        self.fault("placeholder", what, remedy, node.span);
        None
    }

    /// Placeholders where a program could take a value for more than a value.
    fn injections(&mut self, words: &[(Word, Span)]) {
        let read: Vec<&Word> = words.iter().map(|(word, _)| word).collect();
        for (at, one, why) in injections(&read) {
            let Some((word, span)) = words.get(at) else {
                continue;
            };
            let (written, variable) = (quoted(word.written()), one.variable());
            let (text, remedy) = match why {
                Unsafe::Script => (
                    format!(
                        "{written} is read as a script: a value put into it could run as a part of it"
                    ),
                    format!(
                        "write \"${variable}\" there, in quotes, for a shell: [\"sh\", \"-c\", …]"
                    ),
                ),
                Unsafe::Within => (
                    format!(
                        "in {written} a value could be taken for a part of what stands around it"
                    ),
                    format!(
                        "let it be a word by itself, or stand after = : or / in one without blanks and \
                         quotes; in a script write \"${variable}\""
                    ),
                ),
                Unsafe::Option => (
                    format!("{written} may be taken by an option that runs what it is given"),
                    format!(
                        "write \"--\" before it, or let a script do it: [\"sh\", \"-c\", \"… \\\"${variable}\\\"\"]"
                    ),
                ),
            };
            self.fault("injection", text, remedy, *span);
        }
    }
}

/// The views that are named; everywhere where none is.
fn places(node: &Node) -> Vec<Scope> {
    let named = node.get("where").map_or(&[][..], Node::items);
    let scope = |node: &Node| {
        let name = node.as_str()?;
        PLACES.iter().find(|(own, _)| *own == name).map(|(_, s)| *s)
    };
    let mut places: Vec<Scope> = named.iter().filter_map(scope).collect();
    if places.is_empty() || places.contains(&Scope::Everywhere) {
        places = vec![Scope::Everywhere];
    }
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests;
