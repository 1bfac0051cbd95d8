//! A stage lent to a person: what they are given to work with, and how they hand it back.
//!
//! `stage-exec` makes the tree ready, writes `lent.json` and waits. Whoever sits at a terminal starts
//! the hidden subcommand `lent`, which becomes the program: the stage's own agent in its session, a
//! program that the agent's entry names, or a shell. `handed-back.json` ends the waiting; guard,
//! contract and checks then judge what lies there, as they judge an agent's.

use super::desk::with_closed;
use super::environ;
use super::exec::{closed_of, roots, with_launch};
use super::ground;
use super::launch::Report;
use super::sandbox;
use super::spec::AttemptSpec;
use crate::agents::by_hand::ByHand;
use crate::agents::{Session, catalogue};
use crate::engine::Person;
use crate::engine::plan::{RoleWork, Sandbox, Stage, Work};
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::AttemptDir;
use crate::store::write::create_once;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The largest of the files of this exchange, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// The largest state file of an agent's program that is added to, in bytes.
const MAX_STATE: u64 = 16 * 1024 * 1024;
/// The shell that every system has.
const SHELL: &str = "/bin/sh";
/// What of a person's environment a program at their terminal needs beside what every attempt gets.
const OF_TERMINAL: [&str; 12] = [
    "TERM",
    "COLORTERM",
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "VTE_VERSION",
    "LINES",
    "COLUMNS",
    "NO_COLOR",
    "SHELL",
    "EDITOR",
    "VISUAL",
    "DISPLAY",
];
/// What tells a program that nobody sits there.
const UNATTENDED: [&str; 6] = [
    "CI",
    "NO_COLOR",
    "TERM",
    "GIT_EDITOR",
    "GIT_TERMINAL_PROMPT",
    "SHELL",
];

/// That an attempt waits for its person, and what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// A temporary folder that lasts until it is handed back.
    pub scratch: PathBuf,
}

/// How a stage is handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// To be judged, and handed on if it passes.
    Check,
    /// As it lies there, not to be judged yet.
    Keep,
    /// Thrown away; a patch of it is kept.
    Discard,
}

/// The word of whoever hands it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// How.
    pub how: How,
    /// Who.
    pub by: Person,
}

/// What a person is given to work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The stage's agent, in the session of its last attempt.
    Session {
        /// The agent.
        agent: String,
        /// The session.
        session: String,
    },
    /// The stage's agent, in a new session.
    Fresh {
        /// The agent.
        agent: String,
    },
    /// What the agent's entry names.
    Own {
        /// The agent.
        agent: String,
        /// Its words, before names are filled in.
        words: Vec<String>,
    },
    /// A shell; why nothing else.
    Shell(String),
}

impl What {
    /// What a person would get for this stage, whose agent was last in this session.
    pub fn of(stage: &Stage, session: Option<&str>) -> Self {
        let Work::Role(role) = &stage.work else {
            return Self::Shell("a command does this stage's work, and no agent".to_owned());
        };
        let (agent, words) = (role.agent.name.clone(), &role.agent.interactive);
        if !words.is_empty() {
            let wants = words.iter().any(|w| w.contains("{session}"));
            if wants && session.is_none() {
                return Self::Shell(format!("{agent} has no session to go on with"));
            }
            let words = words.clone();
            return Self::Own { agent, words };
        }
        let driver = catalogue::driver(&role.agent.driver);
        if !driver.is_some_and(crate::agents::Driver::has_by_hand) {
            return Self::Shell(format!(
                "no program is known to take {agent} up with; `interactive:` of the agent names one"
            ));
        }
        match session {
            Some(session) => Self::Session {
                agent,
                session: session.to_owned(),
            },
            None => Self::Fresh { agent },
        }
    }

    /// Of an attempt that is lent.
    pub fn of_spec(spec: &AttemptSpec) -> Self {
        let session = match &spec.session {
            Session::Resume(id) => Some(id.as_str()),
            Session::New(_) => None,
        };
        Self::of(&spec.stage, session)
    }

    /// It on one line.
    pub fn told(&self) -> String {
        match self {
            Self::Session { agent, session } => {
                format!("{agent}'s own program, in session {session}")
            }
            Self::Fresh { agent } => {
                format!("{agent}'s own program, in a new session: none of the stage's is known")
            }
            Self::Own { agent, words } => {
                format!("`{}`, as `interactive:` of {agent} says", words.join(" "))
            }
            Self::Shell(why) => format!("a shell, for {why}"),
        }
    }

    /// What holds it, on one line.
    pub fn held(&self, stage: &Stage) -> String {
        let sandbox = match stage.profile.sandbox {
            Sandbox::Off => "no sandbox, as the profile says",
            Sandbox::Required => "the sandbox of the stage, or it does not start",
            Sandbox::BestEffort => "the sandbox of the stage, where this system has one",
        };
        match self {
            Self::Session { .. } | Self::Fresh { .. } => format!(
                "{sandbox}; the flags and rules of profile {}; what no rule allows it asks you",
                stage.profile.name
            ),
            Self::Own { .. } => {
                format!("{sandbox}; what it reads and asks is its own affair")
            }
            Self::Shell(_) => "nothing but the guard on return: it is your own shell".to_owned(),
        }
    }
}

/// The exchange's files, read.
fn read<T: for<'a> Deserialize<'a>>(fs: &dyn Fs, path: &Path) -> Option<T> {
    let bytes = fs.read(path, MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Whether the attempt waits for its person, and with what.
pub fn lent(fs: &dyn Fs, dir: &AttemptDir) -> Option<Lent> {
    read(fs, &dir.lent())
}

/// How it was handed back; `None`: it was not yet.
pub fn back(fs: &dyn Fs, dir: &AttemptDir) -> Option<Back> {
    read(fs, &dir.back())
}

/// Hands it back, durable when this returns. What was said first stands.
pub fn hand_back(fs: &dyn Fs, dir: &AttemptDir, back: &Back) -> Result<(), StoreError> {
    let path = dir.back();
    let bytes = serde_json::to_vec(back).map_err(|e| StoreError::Encode {
        path: path.clone(),
        why: e.to_string(),
    })?;
    create_once(fs, &path, &bytes)?;
    Ok(())
}

/// How the stage's agent is started for a person.
pub(super) fn by_hand(
    spec: &AttemptSpec,
    role: &RoleWork,
    dir: &AttemptDir,
    user_env: &BTreeMap<String, String>,
) -> Result<ByHand, String> {
    let driver = catalogue::driver(&role.agent.driver)
        .ok_or_else(|| format!("no driver is named '{}'", role.agent.driver))?;
    let home = spec.agent_home.clone().unwrap_or_else(|| dir.home());
    let asked = with_launch(spec, user_env, role, ("", &home), |launch| {
        driver.by_hand(launch)
    })?;
    asked
        .ok_or_else(|| format!("{} has no program for a person", role.agent.name))?
        .map_err(|e| e.to_string())
}

/// Everything that is needed to become the program.
struct Ready {
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    roots: Option<sandbox::Roots>,
}

/// Becomes the program that a person works with, at their terminal. Returns only where it could not,
/// with the reason. It ends with whoever started it, `parent`.
pub fn become_program(dir: &Path, parent: u32) -> String {
    let dir = AttemptDir::at(dir);
    let made = make_ready(&dir);
    let (spec, ready) = match made {
        Ok(made) => made,
        Err(why) => return why,
    };
    // A terminal that is gone says the same.
    let death = Some(rustix::process::Signal::HUP);
    if let Err(e) = rustix::process::set_parent_process_death_signal(death) {
        return format!("its life can't be bound to its parent's: {e}");
    }
    let now = rustix::process::getppid().map(|p| p.as_raw_nonzero().get().unsigned_abs());
    if now != Some(parent) {
        return "its parent is gone".to_owned();
    }
    if let Err(why) = confine(&dir, &spec, ready.roots.as_ref()) {
        return why;
    }
    let Some((program, args)) = ready.argv.split_first() else {
        return "no program is named".to_owned();
    };
    let error = Command::new(program)
        .args(args)
        .env_clear()
        .envs(&ready.env)
        .current_dir(&spec.tree)
        .exec();
    format!("{program} can't be started: {error}")
}

fn make_ready(dir: &AttemptDir) -> Result<(AttemptSpec, Ready), String> {
    let path = dir.spec();
    let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let spec: AttemptSpec =
        serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    let lent = lent(&Disk, dir).ok_or("the stage is not lent to anybody")?;
    let user_env = environ::inherited();
    let mut env = at_terminal(environ::base(&spec, &user_env, &lent.scratch), &user_env);
    let role = match &spec.stage.work {
        Work::Role(role) => Some(role),
        Work::Command(_) | Work::Gate => None,
    };
    let home = spec.agent_home.clone().unwrap_or_else(|| dir.home());
    let confined = |write: Vec<PathBuf>, kept: Vec<PathBuf>| {
        let mut found = roots(&spec, &user_env, &lent.scratch)?;
        found.write.push(home.clone());
        found.write.extend(write);
        found.kept = kept;
        Ok::<_, String>(with_closed(&spec, dir.path(), &user_env, found))
    };
    let (argv, roots) = match (What::of_spec(&spec), role) {
        (What::Session { .. } | What::Fresh { .. }, Some(role)) => {
            std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
            let ByHand { invocation, state } = by_hand(&spec, role, dir, &user_env)?;
            ground::put_files(&invocation.files, &home)?;
            if let Some((path, wanted)) = state {
                add_to_state(&path, wanted)?;
            }
            env = at_terminal(environ::with_drivers(&env, invocation.env), &user_env);
            let kept = closed_of(&invocation.kept);
            (invocation.argv, Some(confined(invocation.writable, kept)?))
        }
        (What::Own { words, .. }, Some(role)) => {
            std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
            for name in role.agent.env.iter().chain(&spec.stage.profile.env) {
                if let Some(value) = user_env.get(name) {
                    env.insert(name.clone(), value.clone());
                }
            }
            let words = words.iter().map(|word| filled(word, &spec)).collect();
            (words, Some(confined(Vec::new(), Vec::new())?))
        }
        _ => {
            let shell = user_env.get("SHELL").filter(|s| !s.is_empty());
            let shell = shell.cloned().unwrap_or_else(|| SHELL.to_owned());
            // A person's own shell, with all that is theirs, and the mark of the attempt.
            let marks = env
                .into_iter()
                .filter(|(name, _)| spec.env.contains_key(name) || name == environ::TAG);
            let marks: Vec<_> = marks.collect();
            env = user_env.clone();
            env.extend(marks);
            (vec![shell], None)
        }
    };
    let roots = roots.filter(|_| spec.stage.profile.sandbox != Sandbox::Off);
    Ok((spec, Ready { argv, env, roots }))
}

/// The environment of whatever talks to a person at a terminal.
fn at_terminal(
    mut env: BTreeMap<String, String>,
    user: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for name in UNATTENDED {
        env.remove(name);
    }
    for name in OF_TERMINAL {
        if let Some(value) = user.get(name) {
            env.insert(name.to_owned(), value.clone());
        }
    }
    env
}

/// A word of `interactive:` with its names filled in.
fn filled(word: &str, spec: &AttemptSpec) -> String {
    let session = match &spec.session {
        Session::Resume(id) => id.clone(),
        Session::New(_) => String::new(),
    };
    let prompt = spec.lent.as_ref().and_then(|l| l.prompt.as_ref());
    let prompt = prompt.map_or_else(String::new, |p| p.display().to_string());
    word.replace("{session}", &session)
        .replace("{prompt}", &prompt)
        .replace("{tree}", &spec.tree.display().to_string())
}

/// Adds what must be said to a state file, and leaves all else in it.
fn add_to_state(path: &Path, wanted: serde_json::Value) -> Result<(), String> {
    let fault = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let mut state = match Disk.read(path, MAX_STATE) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => serde_json::Value::Null,
        Err(e) => return Err(fault(&e)),
    };
    merge(&mut state, wanted);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| fault(&e))?;
    }
    let bytes = serde_json::to_vec(&state).map_err(|e| fault(&e))?;
    ground::put(path, &bytes, 0o600).map_err(|e| fault(&e))
}

fn merge(into: &mut serde_json::Value, from: serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Confines this process for good, and tells `stage-exec` what was obtained.
fn confine(
    dir: &AttemptDir,
    spec: &AttemptSpec,
    roots: Option<&sandbox::Roots>,
) -> Result<(), String> {
    let required = spec.stage.profile.sandbox == Sandbox::Required;
    let path = dir.lent_report();
    let fault = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    // Once confined it can't be opened any more.
    let before = path.exists().then(|| Report::read(&path));
    let mut file = std::fs::File::create(&path).map_err(|e| fault(&e))?;
    let mut report = Report::default();
    match roots.map(sandbox::confine) {
        None if matches!(What::of_spec(spec), What::Shell(_)) => {
            "none: a person's own shell".clone_into(&mut report.sandbox);
            // What a person does in their own shell elsewhere is theirs to do.
            report.confined = true;
        }
        None => "none, on purpose".clone_into(&mut report.sandbox),
        Some(Ok(obtained)) => {
            if let Some(why) = obtained.open.as_ref().filter(|_| required) {
                return Err(format!("the sandbox it requires can't be had: {why}"));
            }
            report.open = obtained.open.is_some();
            report.closed = obtained.closed;
            report.sandbox = obtained.words;
            report.confined = true;
        }
        Some(Err(why)) if required => {
            return Err(format!("the sandbox it requires can't be had: {why}"));
        }
        Some(Err(why)) => report.sandbox = format!("none: {why}"),
    }
    // Of several programs, one after the other, the one that was held least counts.
    let report = match before {
        Some(before) if !before.confined || before.open => before,
        _ => report,
    };
    serde_json::to_writer(&mut file, &report).map_err(|e| fault(&e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
    #[test]
    fn a_state_file_keeps_what_it_had() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claude/.claude.json");
        let wanted = json!({ "projects": { "/t": { "trusted": true } }, "done": true });
        add_to_state(&path, wanted.clone()).unwrap();
        std::fs::write(
            &path,
            r#"{"id":1,"projects":{"/t":{"cost":2},"/u":{}},"done":false}"#,
        )
        .unwrap();
        add_to_state(&path, wanted).unwrap();
        let now: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let both = json!({ "id": 1, "done": true,
            "projects": { "/t": { "cost": 2, "trusted": true }, "/u": {} } });
        assert_eq!(now, both);
    }

    #[test]
    fn a_person_at_a_terminal_is_no_unattended_program() {
        let env = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let base = env(&[("CI", "1"), ("TERM", "dumb"), ("NO_COLOR", "1"), ("X", "y")]);
        let user = env(&[("TERM", "xterm-256color"), ("SECRET", "s")]);
        let got = at_terminal(base, &user);
        assert_eq!(got, env(&[("TERM", "xterm-256color"), ("X", "y")]));
    }
}
