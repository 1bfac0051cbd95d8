//! Identifiers. Their forms are fixed by the shared files: people type them and other tools read
//! them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A word that is not an identifier of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is not {what}: {rule}")]
pub struct BadId {
    /// What was given.
    pub given: String,
    /// The kind of identifier that was expected, with its article.
    pub what: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes a text as an identifier of this kind; the error names the rule it breaks.
            pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                let check: fn(&str) -> bool = $check;
                if check(&text) {
                    Ok(Self(text))
                } else {
                    Err(BadId { given: text, what: $what, rule: $rule })
                }
            }
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(text)
            }
        }
        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

fn letter_and_digits(letter: char, text: &str) -> bool {
    text.strip_prefix(letter)
        .is_some_and(|d| !d.is_empty() && d.len() <= 9 && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Safe as a file name on every platform: ASCII, 1 to 64 characters, no leading dot or dash.
fn file_safe(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.len() <= max
        && !text.starts_with(['.', '-'])
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

text_id!(
    /// A task's id: `T014`. Compared whole; `T1` and `T01` are two ids.
    TaskId, "a task id", "write T and digits, like T014",
    |t| letter_and_digits('T', t)
);
text_id!(
    /// A backlog item's id: `B017`. Counted independently of tasks.
    ItemId, "a backlog item id", "write B and digits, like B017",
    |t| letter_and_digits('B', t)
);
text_id!(
    /// A stage's id in a workflow: `[a-z][a-z0-9-]*`, at most 40 characters.
    StageId, "a stage id", "use a lower-case letter, then lower-case letters, digits and dashes",
    |t| t.len() <= 40
        && t.starts_with(|c: char| c.is_ascii_lowercase())
        && t.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);
text_id!(
    /// A run's id: `RUN-2026-04-02-T015`, its second on that day `RUN-2026-04-02-T015.2`.
    RunId, "a run id", "write RUN-, the date, and the task or workflow, like RUN-2026-04-02-T015",
    |t| t.strip_prefix("RUN-").is_some_and(|rest| file_safe(rest, 80))
);
text_id!(
    /// An attempt's public id: `RUN-2026-04-02-T015-BUILD`, the stage's second `…-BUILD-2`.
    PublicId, "an attempt's public id", "write the run id, a dash and the stage's code",
    |t| t.strip_prefix("RUN-").is_some_and(|rest| file_safe(rest, 130))
);
text_id!(
    /// An acceptance criterion's id: `AC-1`.
    CriterionId, "a criterion id", "write AC- and a number, like AC-1",
    |t| t.strip_prefix("AC-").is_some_and(|d| !d.is_empty() && d.len() <= 6 && d.bytes().all(|b| b.is_ascii_digit()))
);

impl RunId {
    /// The id of the `n`-th (from 1) run on `date` of a task or, without one, of a workflow.
    pub fn compose(date: jiff::civil::Date, subject: &str, n: u32) -> Result<Self, BadId> {
        if n <= 1 {
            Self::new(format!("RUN-{date}-{subject}"))
        } else {
            Self::new(format!("RUN-{date}-{subject}.{n}"))
        }
    }
}

impl PublicId {
    /// The public id of the `n`-th (from 1) attempt of the stage with this code.
    pub fn compose(run: &RunId, code: &str, n: u32) -> Result<Self, BadId> {
        if n <= 1 {
            Self::new(format!("{run}-{code}"))
        } else {
            Self::new(format!("{run}-{code}-{n}"))
        }
    }
}

impl CriterionId {
    /// The id of the `n`-th criterion, counted from 1.
    pub fn nth(n: usize) -> Self {
        Self(format!("AC-{n}"))
    }
}

/// One execution of a stage, as its folder is named: `build.2.1` is the first attempt of Build's
/// second iteration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AttemptId {
    /// The stage.
    pub stage: StageId,
    /// Which iteration of the stage, from 1. Loops and reworks start a new one.
    pub iteration: u32,
    /// Which attempt within the iteration, from 1. Repairs, retries and resumptions start a new one.
    pub attempt: u32,
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!(
            "{}.{}.{}",
            self.stage, self.iteration, self.attempt
        ))
    }
}

impl FromStr for AttemptId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId {
            given: text.to_owned(),
            what: "an attempt",
            rule: "write stage.iteration.attempt, like build.2.1",
        };
        let mut parts = text.split('.');
        let (Some(stage), Some(iteration), Some(attempt), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let number = |n: &str| n.parse::<u32>().ok().filter(|n| *n > 0).ok_or_else(bad);
        Ok(Self {
            stage: StageId::new(stage)?,
            iteration: number(iteration)?,
            attempt: number(attempt)?,
        })
    }
}

impl TryFrom<String> for AttemptId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<AttemptId> for String {
    fn from(id: AttemptId) -> String {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_matched_whole() {
        assert!(TaskId::new("T014").is_ok());
        for bad in ["", "T", "t014", "T014x", "XT014", "T-1", "T 14"] {
            assert!(TaskId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_error_names_the_rule() {
        let error = StageId::new("Build").unwrap_err().to_string();
        assert!(error.contains("'Build' is not a stage id"), "{error}");
    }

    #[test]
    fn run_and_attempt_ids_count_from_the_second_on() {
        let date = jiff::civil::date(2026, 4, 2);
        let run = RunId::compose(date, "T015", 1).unwrap();
        assert_eq!(run.as_str(), "RUN-2026-04-02-T015");
        assert_eq!(
            RunId::compose(date, "T015", 2).unwrap().as_str(),
            "RUN-2026-04-02-T015.2"
        );
        assert_eq!(
            PublicId::compose(&run, "BUILD", 2).unwrap().as_str(),
            "RUN-2026-04-02-T015-BUILD-2"
        );
    }

    #[test]
    fn attempts_round_trip_and_refuse_zero() {
        let id: AttemptId = "build.2.1".parse().unwrap();
        assert_eq!(id.to_string(), "build.2.1");
        for bad in ["build", "build.0.1", "build.1", "build.1.1.1", "B.1.1"] {
            assert!(bad.parse::<AttemptId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_would_leave_a_folder_are_no_ids() {
        for bad in ["RUN-..", "RUN-a/b", "RUN-", "RUN-.x"] {
            assert!(RunId::new(bad).is_err(), "{bad}");
        }
    }
}
