//! A check of a stage.

use super::{Command, Run};
use serde::{Deserialize, Serialize};

/// A command that must exit 0, or fail of nothing new, on a clean copy of what is handed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What to run.
    pub run: Run,
    /// Seconds it may take.
    pub timeout_secs: u64,
    /// How the timeline names it; by default the command itself.
    pub name: Option<String>,
    /// Whether only what did not fail on the run's base fails it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub baseline: bool,
    /// When it runs.
    #[serde(default, skip_serializing_if = "Tier::is_quick")]
    pub tier: Tier,
    /// Where the names of failed tests come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportFrom>,
    /// Folders it may write: `~/…` in the person's home, others in the repository, where they are
    /// kept from one check to the next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caches: Vec<String>,
    /// Unix sockets it is meant to reach: a path, `~/…`, or `@name` for an abstract one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sockets: Vec<String>,
}

impl From<Command> for Check {
    /// A check that is the command and nothing else.
    fn from(command: Command) -> Self {
        Self {
            run: command.run,
            timeout_secs: command.timeout_secs,
            name: command.name,
            baseline: false,
            tier: Tier::Quick,
            report: None,
            caches: Vec::new(),
            sockets: Vec::new(),
        }
    }
}

impl Check {
    /// The command.
    pub fn command(&self) -> Command {
        Command {
            run: self.run.clone(),
            timeout_secs: self.timeout_secs,
            name: self.name.clone(),
        }
    }

    /// The name for people.
    pub fn label(&self) -> String {
        self.command().label()
    }

    /// The name, with what is special about it: `npm test (only new failures fail)`.
    pub fn told(&self) -> String {
        let full = (self.tier == Tier::Full).then_some("once the quick ones pass");
        let new = self.baseline.then_some("only new failures fail");
        let parts: Vec<&str> = full.into_iter().chain(new).collect();
        if parts.is_empty() {
            return self.label();
        }
        format!("{} ({})", self.label(), parts.join("; "))
    }
}

/// When a check runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// After each attempt whose work could be handed on.
    #[default]
    Quick,
    /// After those, where all of them passed.
    Full,
}

impl Tier {
    /// Whether it runs each time.
    pub fn is_quick(&self) -> bool {
        *self == Self::Quick
    }
}

/// Where the names of failed tests come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportFrom {
    /// XML files in the form of JUnit, by path or gitignore glob.
    Junit(String),
    /// The Test Anything Protocol on its standard output.
    Tap,
    /// The same in a file.
    TapFile(String),
    /// A pattern with one group, over the lines of what it prints.
    Regex(String),
}
