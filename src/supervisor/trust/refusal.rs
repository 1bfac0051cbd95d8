//! Why nothing of a repository is run.

use crate::documents::powers::{self, Change, Power};
use crate::terms::Digest;
use crate::text::many;
use std::fmt;
use std::path::PathBuf;

/// Why it is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nobody was asked yet.
    Never,
    /// It is another one than was trusted.
    Changed,
    /// What was trusted is a clone at another place.
    Elsewhere(PathBuf),
    /// The record in this file was not written by this program for this user.
    Altered(PathBuf),
    /// Of a run: nothing here tells that what it began with was trusted.
    Unsealed,
    /// Of a run: what it began with is not trusted any more.
    Revoked(Digest),
    /// Of a run: something of the repository's that a stage brings back by name is not what was
    /// trusted.
    Brought(String),
}

/// What is not trusted: what the repository's files have run, and that a person must see it first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// The digest of it.
    pub digest: Digest,
    /// All of it, by files. Empty for a run that can't go on.
    pub powers: Vec<Power>,
    /// What was trusted before.
    pub before: Option<Vec<Power>>,
    /// Why it is not trusted.
    pub why: Why,
}

/// What became of something since it was trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Nothing, or it was never trusted.
    Same,
    /// It is there now.
    New,
    /// It is there no more.
    Gone,
}

impl Sign {
    /// As one column.
    pub fn glyph(self) -> &'static str {
        match self {
            Self::Same => " ",
            Self::New => "+",
            Self::Gone => "-",
        }
    }

    /// As a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// One thing as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What became of it.
    pub sign: Sign,
    /// It.
    pub power: Power,
}

impl Row {
    /// All of these, as they are.
    pub fn all(powers: &[Power]) -> Vec<Self> {
        let row = |power: &Power| Self {
            sign: Sign::Same,
            power: power.clone(),
        };
        let mut rows: Vec<Self> = powers.iter().map(row).collect();
        // Stable: what is run is read first, each in the order of the files.
        rows.sort_by_key(|row| !row.power.is_command());
        rows
    }
}

impl Untrusted {
    /// All of it as it is shown: where something was trusted before, what changed first, what it was
    /// before what it is.
    pub fn rows(&self) -> Vec<Row> {
        let Some(mut changes) = self.changes() else {
            return Row::all(&self.powers);
        };
        let command = |power: &Option<Power>| power.as_ref().is_some_and(Power::is_command);
        changes.sort_by_key(|change| !(command(&change.was) || command(&change.now)));
        let mut rows = Vec::new();
        let new: Vec<&Power> = changes.iter().filter_map(|c| c.now.as_ref()).collect();
        for change in &changes {
            let sides = [(Sign::Gone, &change.was), (Sign::New, &change.now)];
            rows.extend(sides.into_iter().filter_map(|(sign, power)| {
                let power = power.clone()?;
                Some(Row { sign, power })
            }));
        }
        let same = self.powers.iter().filter(|p| !new.contains(p)).cloned();
        rows.extend(Row::all(&same.collect::<Vec<_>>()));
        rows
    }

    /// What changed since it was trusted; `None`: it was not.
    pub fn changes(&self) -> Option<Vec<Change>> {
        let before = self.before.as_ref()?;
        Some(powers::changes(before, &self.powers))
    }

    /// Why, in a sentence without what to do.
    pub fn reason(&self) -> String {
        match &self.why {
            Why::Never => format!(
                "you have not been asked yet about what this repository's files run and allow here, \
                 {}",
                many(self.powers.len(), "thing")
            ),
            Why::Changed => {
                let changed = self.changes().map_or(0, |c| c.len());
                format!(
                    "of what this repository's files run and allow here, {} changed since you trusted it",
                    many(changed, "thing")
                )
            }
            Why::Elsewhere(place) => format!(
                "what you trusted is the clone at {}, and this is another one",
                place.display()
            ),
            Why::Altered(file) => format!(
                "{} was not written by this program for you, so it counts for nothing",
                file.display()
            ),
            Why::Unsealed => {
                "nothing here tells that you trusted what this run began with".to_owned()
            }
            Why::Revoked(digest) => format!(
                "what this run began with (digest {}) is not trusted any more",
                digest.short()
            ),
            Why::Brought(what) => format!("you have not trusted {what} as it is now"),
        }
    }

    /// What to do about it.
    pub fn remedy(&self) -> String {
        match &self.why {
            Why::Unsealed => "start a new run with `harness-tui run TASK --new`".to_owned(),
            Why::Revoked(_) => "`harness-tui trust` shows what the files have run now; where that is \
                                other than it was, start a new run with `harness-tui run TASK --new`"
                .to_owned(),
            Why::Brought(_) => {
                "`harness-tui trust` shows it and asks; then resume the run".to_owned()
            }
            _ => format!(
                "`harness-tui trust` shows it and asks (where nobody is there: `--trust {}`)",
                self.digest
            ),
        }
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not trusted: {}; {}", self.reason(), self.remedy())
    }
}

impl std::error::Error for Untrusted {}
