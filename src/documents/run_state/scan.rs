//! Which lines of a run-state are the engine's, and what they say.

use super::{Completed, Footer, StageRow};
use crate::documents::lines::Lines;
use crate::documents::markdown::bullet::marker;
use crate::documents::markdown::key::key_line;
use crate::documents::markdown::table::{Table, cells, is_separator};
use crate::documents::markdown::{Kind, Outline, normal, plain};
use crate::terms::{StageId, StageState};

/// The sections in the order they are written.
pub(super) const SECTIONS: [&str; 8] = [
    "Task",
    "Execution State",
    "Completed Stages",
    "Artifact Paths",
    "Approval Mode",
    "Notes",
    "Stages",
    "Engine messages",
];

/// What stands before the text of an engine message, so that a person's line is never taken for one.
pub(super) const MESSAGE_MARK: &str = "[engine] ";

/// What an owned line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    TaskId,
    TaskFile,
    Status,
    Stage,
    Run,
    StopReason,
    Completed,
    Artifact(String),
    Approval(String),
    TableHead,
    Row,
    Message,
    Footer,
}

impl Key {
    /// The section and label of a key line.
    pub(super) fn place(&self) -> Option<(&'static str, &str)> {
        Some(match self {
            Self::TaskId => ("Task", "Task ID"),
            Self::TaskFile => ("Task", "Task File"),
            Self::Status => ("Execution State", "Current Status"),
            Self::Stage => ("Execution State", "Current Stage"),
            Self::Run => ("Execution State", "Current Run ID"),
            Self::StopReason => ("Execution State", "Stop Reason"),
            Self::Artifact(label) => ("Artifact Paths", label),
            Self::Approval(label) => ("Approval Mode", label),
            _ => return None,
        })
    }

    /// Whether two keys are one; labels compare as titles do.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Artifact(a), Self::Artifact(b)) | (Self::Approval(a), Self::Approval(b)) => {
                normal(a) == normal(b)
            }
            _ => self == other,
        }
    }
}

/// An owned line.
#[derive(Debug, Clone)]
pub(super) struct Owned {
    pub at: usize,
    pub key: Key,
    /// Its value, or its text where it is no key line.
    pub value: String,
}

/// The owned lines of a file in order.
pub(super) struct Scan<'a> {
    pub lines: &'a Lines,
    pub outline: Outline,
    pub owned: Vec<Owned>,
    /// Key lines whose key was there before; they are foreign.
    pub doubled: Vec<(usize, String)>,
    table: Option<Table>,
}

impl<'a> Scan<'a> {
    pub(super) fn of(lines: &'a Lines) -> Self {
        let mut scan = Self {
            lines,
            outline: Outline::patient(lines),
            owned: Vec::new(),
            doubled: Vec::new(),
            table: None,
        };
        for title in SECTIONS {
            let Some(section) = scan.outline.section(2, title).cloned() else {
                continue;
            };
            match title {
                "Completed Stages" => scan.take_completed(section.range()),
                "Stages" => scan.take_table(section.range()),
                "Engine messages" => scan.take_messages(section.range()),
                "Notes" => {}
                _ => scan.take_keys(title, section.range()),
            }
        }
        let is_footer = |at: &usize| {
            scan.outline.kinds[*at] == Kind::Comment && footer(lines.text(*at)).is_some()
        };
        if let Some(at) = (0..lines.len()).rev().find(is_footer) {
            scan.push(at, Key::Footer, lines.text(at).trim().to_owned());
        }
        scan.owned.sort_by_key(|o| o.at);
        scan
    }

    fn push(&mut self, at: usize, key: Key, value: String) {
        self.owned.push(Owned { at, key, value });
    }

    fn take_keys(&mut self, title: &str, range: std::ops::Range<usize>) {
        for at in range {
            if !self.outline.is_text(at) {
                continue;
            }
            let Some(line) = key_line(self.lines.text(at)) else {
                continue;
            };
            let Some(key) = key_of(title, line.key) else {
                continue;
            };
            let value = line.value.to_owned();
            if self.owned.iter().any(|o| o.key.is(&key)) {
                self.doubled.push((at, line.key.to_owned()));
            } else {
                self.push(at, key, value);
            }
        }
    }

    fn take_completed(&mut self, range: std::ops::Range<usize>) {
        for at in range {
            let text = self.lines.text(at);
            if self.outline.is_text(at) && (completed(text).is_some() || is_none(text)) {
                self.push(at, Key::Completed, text.trim().to_owned());
            }
        }
    }

    fn take_table(&mut self, range: std::ops::Range<usize>) {
        let is_row = |at: &usize| {
            self.outline.is_text(*at) && self.lines.text(*at).trim_start().starts_with('|')
        };
        // Its head is known by its columns: somebody may have written below it.
        let Some(table) = range.clone().filter(is_row).find_map(|at| {
            let table = Table {
                line: at,
                header: cells(self.lines.text(at)),
                rows: Vec::new(),
            };
            (table.column(&["id"]).is_some() && table.column(&["state"]).is_some()).then_some(table)
        }) else {
            return;
        };
        let width = table.header.len();
        let rows: Vec<usize> = range.filter(|at| *at >= table.line && is_row(at)).collect();
        for at in rows {
            let text = self.lines.text(at);
            // A row stays ours when a person writes between the rows.
            if cells(text).len() == width {
                let head = at == table.line || is_separator(text);
                let key = if head { Key::TableHead } else { Key::Row };
                self.push(at, key, text.trim().to_owned());
            }
        }
        self.table = Some(table);
    }

    fn take_messages(&mut self, range: std::ops::Range<usize>) {
        for at in range {
            let text = self.lines.text(at);
            if self.outline.is_text(at)
                && let Some((None, rest)) = marker(text)
                && let Some(message) = rest.strip_prefix(MESSAGE_MARK)
            {
                self.push(at, Key::Message, message.trim().to_owned());
            }
        }
    }

    /// The value of a key line.
    pub(super) fn value(&self, key: &Key) -> Option<String> {
        self.find(key).map(|o| o.value.clone())
    }

    /// The line of a key.
    pub(super) fn find(&self, key: &Key) -> Option<&Owned> {
        self.owned.iter().find(|o| o.key.is(key))
    }

    /// All lines of a kind.
    pub(super) fn all(&self, key: &Key) -> Vec<&Owned> {
        self.owned.iter().filter(|o| o.key == *key).collect()
    }

    /// The completed stages with their lines.
    pub(super) fn completed(&self) -> Vec<(usize, Completed)> {
        let lines = self.all(&Key::Completed);
        lines
            .into_iter()
            .filter_map(|o| Some((o.at, completed(&o.value)?)))
            .collect()
    }

    /// The rows of the table: line, the id cell, and the row where all of it can be read.
    pub(super) fn rows(&self) -> Vec<(usize, String, Option<StageRow>)> {
        let Some(table) = &self.table else {
            return Vec::new();
        };
        let id = table.column(&["id"]).unwrap_or(1);
        self.all(&Key::Row)
            .into_iter()
            .map(|o| {
                let cells = cells(&o.value);
                let id = cells.get(id).cloned().unwrap_or_default();
                (o.at, plain(&id), row(table, &cells))
            })
            .collect()
    }

    /// The engine's messages with their lines.
    pub(super) fn messages(&self) -> Vec<(usize, String)> {
        let lines = self.all(&Key::Message);
        lines.into_iter().map(|o| (o.at, o.value.clone())).collect()
    }

    /// The last line of ours.
    pub(super) fn footer(&self) -> Option<Footer> {
        self.find(&Key::Footer).and_then(|o| footer(&o.value))
    }
}

fn key_of(section: &str, label: &str) -> Option<Key> {
    let known = [
        Key::TaskId,
        Key::TaskFile,
        Key::Status,
        Key::Stage,
        Key::Run,
        Key::StopReason,
    ];
    match section {
        "Artifact Paths" => Some(Key::Artifact(label.to_owned())),
        "Approval Mode" => normal(label)
            .starts_with("require approval")
            .then(|| Key::Approval(label.to_owned())),
        _ => known.into_iter().find(|key| {
            key.place()
                .is_some_and(|(s, l)| s == section && normal(l) == normal(label))
        }),
    }
}

fn is_none(text: &str) -> bool {
    marker(text).is_some_and(|(_, rest)| plain(rest).eq_ignore_ascii_case("none"))
}

/// Reads `- Build — RUN-2026-04-02-T015-BUILD — 2026-04-02 — PASS`, with any dash between blanks.
pub(super) fn completed(text: &str) -> Option<Completed> {
    let (_, rest) = marker(text)?;
    let rest = plain(rest).replace(" – ", " — ").replace(" - ", " — ");
    let mut parts = rest.split(" — ").map(str::trim);
    let name = parts.next().filter(|n| !n.is_empty())?;
    let id = parts.next().filter(|id| id.starts_with("RUN-"))?;
    let (mut date, mut result) = ("", "");
    for part in parts {
        let is_date = part.len() == 10 && part.starts_with("20");
        if is_date && date.is_empty() {
            date = part;
        } else if result.is_empty() {
            result = part;
        }
    }
    Some(Completed {
        name: name.to_owned(),
        id: id.to_owned(),
        date: date.to_owned(),
        result: result.to_owned(),
    })
}

fn row(table: &Table, cells: &[String]) -> Option<StageRow> {
    let cell = |names: &[&str]| table.column(names).and_then(|n| cells.get(n));
    let count = |names: &[&str]| match cell(names).map(String::as_str) {
        None | Some("-" | "") => Some(0),
        Some(text) => text.parse().ok(),
    };
    let (attempts, by_hand) = match cell(&["attempts"]).and_then(|text| text.split_once(',')) {
        None => (count(&["attempts"])?, 0),
        Some((all, theirs)) => {
            let theirs = theirs.trim().strip_suffix("with a person")?;
            (all.trim().parse().ok()?, theirs.trim().parse().ok()?)
        }
    };
    Some(StageRow {
        name: cell(&["stage", "name"]).cloned().unwrap_or_default(),
        id: StageId::new(plain(cell(&["id"])?)).ok()?,
        state: StageState::read(&plain(cell(&["state"])?))?,
        iteration: count(&["iteration"])?,
        attempts,
        by_hand,
        stale: match cell(&["stale"]) {
            None => false,
            Some(text) if text == "-" => false,
            Some(text) => yes_or_no(text)?,
        },
    })
}

/// A yes or no as people write it.
pub(super) fn yes_or_no(text: &str) -> Option<bool> {
    match plain(text).to_ascii_lowercase().trim_end_matches('.') {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn footer(text: &str) -> Option<Footer> {
    let inner = text.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    let mut words = inner.split_whitespace();
    if words.next() != Some("harness") {
        return None;
    }
    let mut footer = Footer {
        format: 0,
        seq: 0,
        epoch: 0,
        sha: String::new(),
    };
    for word in words {
        let (key, value) = word.split_once('=')?;
        match key {
            "format" => footer.format = value.parse().ok()?,
            "seq" => footer.seq = value.parse().ok()?,
            "epoch" => footer.epoch = value.parse().ok()?,
            "sha" => value.clone_into(&mut footer.sha),
            _ => {}
        }
    }
    (footer.format > 0).then_some(footer)
}
