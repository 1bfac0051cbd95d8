//! The six lines that say why something is as it is: the same wherever they are shown.

use super::step::{KeyOf, Step};
use super::why::Cause;
use std::fmt;

/// The six lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// What state it is in.
    pub what: String,
    /// The decisive fact, with its place where it has one.
    pub evidence: String,
    /// What was tried.
    pub tried: String,
    /// What of the work is kept, and where, as it was found on disk.
    pub kept: String,
    /// What a person does next on the screen.
    pub step: Step,
    /// The command that does the same.
    pub command: String,
}

impl Why {
    /// The lines of a cause, with this evidence and what is kept.
    pub fn of(cause: Cause, evidence: String, kept: String) -> Self {
        Self {
            what: cause.what,
            evidence,
            tried: cause.tried,
            kept,
            step: cause.step,
            command: cause.command,
        }
    }

    /// The six lines with the word that leads each, and the keys of whoever reads them.
    pub fn lines(&self, key: KeyOf<'_>) -> [(&'static str, String); 6] {
        [
            ("What", self.what.clone()),
            ("Evidence", self.evidence.clone()),
            ("Tried", self.tried.clone()),
            ("Kept", self.kept.clone()),
            ("Key", self.step.told(key)),
            ("Command", self.command.clone()),
        ]
    }
}

/// The six lines where nobody's keys are known.
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (word, text) in self.lines(&|_| None) {
            writeln!(f, "{:<9} {text}", format!("{word}:"))?;
        }
        Ok(())
    }
}
