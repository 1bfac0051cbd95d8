//! Agents: a file an agent program: how to start it, how to read it.
//!
//! Law: no decisions and no I/O. A driver turns an order into an [`Invocation`] (a value), and
//! what the program prints into [`AgentEvent`]s. Starting the process, holding it, timing it out
//! and judging its work is the stage's business; what follows from it is the engine's.

pub mod acp;
pub mod brought;
pub mod by_hand;
pub mod catalogue;
pub mod claude;
pub mod command;
pub mod event;
pub mod recording;
pub mod replay;
pub mod standing;
pub mod talk;

#[cfg(test)]
pub(crate) mod testing;

pub use event::{AgentEvent, Finished, ToolKind, ToolStatus};

use crate::engine::plan::{Agent, Profile};
use crate::terms::FailureKind;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a driver's program can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// A session can be resumed by its id.
    pub resume: bool,
    /// The session's id can be chosen before the launch.
    pub choose_session: bool,
    /// It reports tokens.
    pub reports_tokens: bool,
    /// It reports a cost.
    pub reports_cost: bool,
    /// In its read-only mode exactly one path can be opened for writing. Where not, artifacts come
    /// from the answer.
    pub write_one_path: bool,
}

/// An order to start an agent once.
#[derive(Debug)]
pub struct Launch<'a> {
    /// Which agent, model, effort.
    pub agent: &'a Agent,
    /// What it may touch.
    pub profile: &'a Profile,
    /// Whether the stage writes beyond its artifacts.
    pub writes: bool,
    /// The paths of its artifacts, absolute.
    pub artifacts: &'a [PathBuf],
    /// The whole prompt.
    pub prompt: &'a str,
    /// The run's tree: its working directory.
    pub cwd: &'a Path,
    /// A folder that the agent's configuration may live in; it exists. Sessions are kept in it: a
    /// launch that resumes one gets the folder of the launch that began it.
    pub agent_home: &'a Path,
    /// The MCP servers and skills that the profile names.
    pub brought: &'a brought::Brought,
    /// The session.
    pub session: &'a Session,
    /// The stage, iteration and attempt, for `replay`.
    pub attempt: &'a crate::terms::AttemptId,
    /// The environment of the person who started the run, to take what the driver needs from.
    pub user_env: &'a BTreeMap<String, String>,
}

/// Which conversation an agent is to be in.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Session {
    /// A new one, with this id where the program lets us choose.
    New(uuid::Uuid),
    /// The one with this id, gone on with.
    Resume(String),
}

/// How to start the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Environment beyond the allow-list, secrets included.
    pub env: BTreeMap<String, String>,
    /// What is written to its standard input before that is closed.
    pub stdin: Vec<u8>,
    /// Files to write before it starts, absolute, inside `agent_home`.
    pub files: Vec<File>,
    /// Folders outside the tree that it must be able to write, absolute.
    pub writable: Vec<PathBuf>,
    /// What lies in those folders and is the person's own: never an attempt's to change.
    pub kept: Vec<Kept>,
    /// What was brought back or left out of ambient configuration, for the top of prompt.md.
    pub loaded: Vec<String>,
}

/// A file or folder of the person's own, absolute; it need not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where.
    pub path: PathBuf,
    /// Of a JSON file that the program writes all the time, the keys that count; empty: all of it.
    pub keys: &'static [&'static str],
    /// Of a folder, how the names of those files end that lie in it and count, as what may be executed
    /// does; empty: all of it.
    pub ends: &'static [&'static str],
    /// How the names begin of what counts beside those.
    pub starts: &'static [&'static str],
}

impl Kept {
    /// All of what stands there.
    pub fn whole(path: PathBuf) -> Self {
        Self {
            path,
            keys: &[],
            ends: &[],
            starts: &[],
        }
    }
}

/// A file that is written for an agent, for nobody else to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where, absolute.
    pub path: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
}

/// Why an agent can't be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CannotStart {
    /// What kind.
    pub kind: FailureKind,
    /// What is wrong and what to do.
    pub message: String,
}

/// How a process ended, as its parent saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessEnd {
    /// It exited with this code.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
}

/// One agent program's driver.
pub trait Driver: Sync {
    /// The word in harness.yaml.
    fn name(&self) -> &'static str;
    /// What the program can do.
    fn caps(&self) -> Caps;
    /// How to start it.
    fn invocation(&self, launch: &Launch<'_>) -> Result<Invocation, CannotStart>;
    /// A reader of what it prints.
    fn reader(&self) -> Box<dyn Reader>;
    /// How to talk to it turn by turn. `launch.prompt` is empty: what is said comes later.
    fn conversation(&self, _launch: &Launch<'_>) -> Result<talk::Conversation, CannotStart> {
        Ok(talk::Conversation::Turns)
    }
    /// Whether [`Driver::by_hand`] gives anything.
    fn has_by_hand(&self) -> bool {
        false
    }
    /// How a person works with it at a terminal: in the session of the launch. `None`: it has no
    /// program for that, or none that we know.
    fn by_hand(&self, _launch: &Launch<'_>) -> Option<Result<by_hand::ByHand, CannotStart>> {
        None
    }
    /// The program to look for, and the arguments that make it print its version, for `doctor`.
    fn probe(&self) -> Option<Probe> {
        None
    }
    /// How it stands in this environment, for `doctor`; `None`: it has neither login nor
    /// configuration.
    fn standing(
        &self,
        _command: &[String],
        _named: &[String],
        _user_env: &BTreeMap<String, String>,
    ) -> Option<standing::Standing> {
        None
    }
    /// The program that an agent of this `command:` needs on this machine; `None`: none of its own.
    fn program<'a>(&self, command: &'a [String]) -> Option<&'a str> {
        let given = command.first().map(String::as_str);
        given.or_else(|| self.probe().map(|p| p.program))
    }
}

/// How `doctor` asks a program who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The program's name on `PATH`.
    pub program: &'static str,
    /// Arguments that make it print its version.
    pub version_args: &'static [&'static str],
    /// How to install it, for people.
    pub install: &'static str,
}

/// Reads one process's output, line by line, into events. Unknown lines become
/// [`AgentEvent::Raw`]; nothing a program prints may make a reader fail.
pub trait Reader: Send {
    /// One line of standard output, without its line break. Lines over 1 MiB arrive cut.
    fn line(&mut self, line: &str) -> Vec<AgentEvent>;
    /// One line of standard error.
    fn error_line(&mut self, line: &str) -> Vec<AgentEvent>;
    /// Whole lines of standard output whose events nobody keeps any more: takes from them what
    /// [`Reader::finish`] will need, and gives what decides whether the process goes on. It must
    /// cost little for each line, however short: a program may print a billion of them.
    fn skim(&mut self, lines: &[u8]) -> Vec<AgentEvent>;
    /// Whole lines of standard error whose events nobody keeps any more.
    fn skim_errors(&mut self, lines: &[u8]) -> Vec<AgentEvent> {
        last_lines(lines, LAST_ERRORS)
            .into_iter()
            .flat_map(|line| self.error_line(&line))
            .filter(AgentEvent::decides)
            .collect()
    }
    /// The process ended: what it all came to.
    fn finish(&mut self, end: ProcessEnd) -> Finished;
}

/// How many of the last lines of standard error say why a program failed.
const LAST_ERRORS: usize = 20;

/// The last of these lines, oldest first; what is no UTF-8 is replaced. The rest is not looked at.
pub(crate) fn last_lines(lines: &[u8], most: usize) -> Vec<String> {
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    let mut last: Vec<String> = lines
        .rsplit(|b| *b == b'\n')
        .take(most)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    last.reverse();
    last
}

/// Those of these lines that can be a JSON object of at least `least` bytes, as text.
pub(crate) fn json_lines(lines: &[u8], least: usize) -> impl Iterator<Item = Cow<'_, str>> {
    lines
        .split(|b| *b == b'\n')
        .filter(move |line| line.len() >= least)
        .filter(|line| line.trim_ascii_start().starts_with(b"{"))
        .map(String::from_utf8_lossy)
}

/// The beginning of a text from outside: at most `bytes` of it, whole characters, with a mark
/// where something was left out.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(bytes)])
}

/// The most of a tool's output, a raw line or a message that an event carries.
pub(crate) const MAX_TEXT: usize = 64 * 1024;

/// The most of an agent's last message that is kept: as much as an artifact may have. Artifacts
/// stand where they stand in it, so its end is what may not be lost.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Drops the beginning of a text, so that at most [`MAX_ANSWER`] bytes stay. Whether any was
/// dropped.
pub(crate) fn keep_end(text: &mut String) -> bool {
    let over = text.len() > MAX_ANSWER;
    if over {
        let from = text.ceil_char_boundary(text.len() - MAX_ANSWER);
        text.drain(..from);
    }
    over
}

/// The variables of the user's environment that `names` names and that are set, none of them one
/// of `never`.
pub(crate) fn chosen_env<'a>(
    user_env: &BTreeMap<String, String>,
    names: impl IntoIterator<Item = &'a str>,
    never: &[&str],
) -> BTreeMap<String, String> {
    names
        .into_iter()
        .filter(|name| !never.contains(name))
        .filter_map(|name| Some((name.to_owned(), user_env.get(name)?.clone())))
        .collect()
}
