//! What the files of a harness have run on a machine, and what they let run there: what a person
//! is shown, and trusts by its digest, before anything of it happens.
//!
//! Law: a key counts unless it stands in one of the lists below, so that one which nobody thought
//! of is shown. What only tells an agent something (prompts, templates, tasks) counts nowhere.

use super::yaml::{self, Node, Value};
use crate::terms::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What the digest is taken for.
const PURPOSE: &str = "harness-tui trust 1";

/// Keys of harness.yaml that start nothing and open nothing. Where `paths` lead is read from there.
const SETTINGS: [&str; 11] = [
    "version",
    "default_workflow",
    "budget",
    "branch",
    "paths",
    "land",
    "statuses",
    "run_state",
    "resume",
    "max_parallel",
    "on_quota",
];
/// The same of an agent.
const AGENT: [&str; 8] = [
    "name",
    "driver",
    "model",
    "effort",
    "capabilities",
    "billing",
    "dialogue",
    "recordings",
];
/// The same of a command.
const COMMAND: [&str; 5] = ["name", "timeout", "baseline", "tier", "report"];
/// The same of a workflow.
const WORKFLOW: [&str; 5] = ["name", "description", "task", "max_parallel", "budget"];
/// The same of a stage.
const STAGE: [&str; 19] = [
    "id",
    "name",
    "code",
    "workflow",
    "depends_on",
    "when",
    "loop",
    "verdict",
    "on_fail",
    "on_quota",
    "gate",
    "retry",
    "timeout",
    "idle_timeout",
    "budget",
    "skippable",
    "fresh_context",
    "capability",
    "agent",
];
/// The same of a stage, of who works in it.
const WORKER: [&str; 2] = ["model", "effort"];
/// The same of an item of a stage's context.
const CONTEXT: [&str; 4] = ["files", "diff", "log", "timeout"];

/// One thing that the files have run, or that they let what is run do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Power {
    /// The file, relative to the repository's root.
    pub file: String,
    /// What it is of: `stage build, check`.
    pub what: String,
    /// The command, or what is let.
    pub text: String,
    /// The line of the file, from 1.
    pub line: u32,
}

/// A text with every character that a terminal would act on written out (`‹U+001B›`), but line feeds
/// and tabs: of what is run nothing may be hidden by what it holds.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            out.push_str(&format!("‹U+{:04X}›", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

impl Power {
    /// It as it is shown: nothing in it acts, and nothing of it is left out.
    #[must_use]
    pub fn shown(&self) -> Self {
        Self {
            file: visible(&self.file).replace('\n', "‹U+000A›"),
            what: visible(&self.what).replace('\n', "‹U+000A›"),
            text: visible(&told::told(&self.text)),
            line: self.line,
        }
    }

    /// Whether it is a command, and not something that one is let do: those are read first.
    pub fn is_command(&self) -> bool {
        let part = self.what.rsplit_once(", ").map(|(_, part)| part);
        let started = [Some("command"), Some("interactive")];
        let of_agent = self.what.starts_with("agent ") && started.contains(&part);
        let of_stage = || {
            let named = ["check", "command", "context", "precondition"];
            self.what.starts_with("stage ") && part.is_some_and(|p| named.contains(&p))
        };
        let alone = || {
            let named = ["set-up", "precondition"];
            named.contains(&self.what.as_str()) || self.what.starts_with("on ") && part.is_none()
        };
        of_agent || of_stage() || alone()
    }

    /// Whether it is the same thing, wherever in its file it stands.
    pub fn is(&self, other: &Self) -> bool {
        (&self.file, &self.what, &self.text) == (&other.file, &other.what, &other.text)
    }
}

/// What one of them was, and what it is now. At least one of both is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it was; `None`: it is new.
    pub was: Option<Power>,
    /// As it is; `None`: it is gone.
    pub now: Option<Power>,
}

/// The digest of what the files have run. Where in a file something stands, and in which order, does
/// not count.
pub fn digest(powers: &[Power]) -> Digest {
    let mut sorted: Vec<[&str; 3]> = powers
        .iter()
        .map(|p| [p.file.as_str(), p.what.as_str(), p.text.as_str()])
        .collect();
    sorted.sort_unstable();
    let parts = sorted.iter().flatten().map(|part| part.as_bytes());
    Digest::of_parts(std::iter::once(PURPOSE.as_bytes()).chain(parts))
}

/// What changed between two times, in the order of the files: first what is new or other, then what
/// is gone.
pub fn changes(was: &[Power], now: &[Power]) -> Vec<Change> {
    let mut gone: Vec<&Power> = was.iter().collect();
    let mut new: Vec<&Power> = Vec::new();
    for power in now {
        match gone.iter().position(|g| g.is(power)) {
            Some(at) => drop(gone.remove(at)),
            None => new.push(power),
        }
    }
    let mut changes = Vec::new();
    for power in new {
        let place = |g: &&Power| g.file == power.file && g.what == power.what;
        let was = gone.iter().position(place).map(|at| gone.remove(at));
        changes.push(Change {
            was: was.cloned(),
            now: Some(power.clone()),
        });
    }
    changes.extend(gone.into_iter().map(|g| Change {
        was: Some(g.clone()),
        now: None,
    }));
    changes
}

/// What harness.yaml, or the settings of this machine beside it, have run.
pub fn of_settings(file: &str, text: &str) -> Vec<Power> {
    let mut found = Found::of(file);
    let Some(root) = yaml::parse(file, text).root else {
        return Vec::new();
    };
    for (key, node) in root.entries() {
        match key.text.as_str() {
            key if SETTINGS.contains(&key) => {}
            "agents" => found.agents(node),
            "profiles" => found.keys("profile", node),
            "tree" => found.tree(node),
            "on" => {
                for (event, node) in node.entries() {
                    found.command(&format!("on {}", event.text), node);
                }
            }
            key => found.put(key, node),
        }
    }
    found.powers
}

/// What a workflow has run.
pub fn of_workflow(file: &str, text: &str) -> Vec<Power> {
    let mut found = Found::of(file);
    let Some(root) = yaml::parse(file, text).root else {
        return Vec::new();
    };
    for (key, node) in root.entries() {
        match key.text.as_str() {
            key if WORKFLOW.contains(&key) => {}
            "vars" => {
                for (name, node) in node.entries() {
                    found.put(&format!("variable {}", name.text), node);
                }
            }
            "precondition" => found.precondition("precondition", node),
            "stages" => {
                for (n, stage) in node.items().iter().enumerate() {
                    found.stage(n + 1, stage);
                }
            }
            key => found.put(key, node),
        }
    }
    found.powers
}

/// What a role lets its agent do: the profile that it asks for.
pub fn of_role(file: &str, text: &str, profile: Option<&str>) -> Vec<Power> {
    let Some(profile) = profile else {
        return Vec::new();
    };
    let line = text
        .lines()
        .position(|l| l.trim_start().starts_with("profile"));
    vec![Power {
        file: file.to_owned(),
        what: "profile of the role".to_owned(),
        text: profile.to_owned(),
        line: line.map_or(1, number),
    }]
}

/// What `.worktreeinclude` has copied into the trees that agents work in.
pub fn of_included(file: &str, text: &str) -> Vec<Power> {
    let mut found = Found::of(file);
    let lines = text.lines().map(str::trim).enumerate();
    for (n, line) in lines.filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
        found.say("copied into trees", line.to_owned(), number(n));
    }
    found.powers
}

/// A line's number, from 1.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX).saturating_add(1)
}

/// What was found in a file so far.
struct Found {
    file: String,
    powers: Vec<Power>,
}

impl Found {
    fn of(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            powers: Vec::new(),
        }
    }

    fn say(&mut self, what: &str, text: String, line: u32) {
        self.powers.push(Power {
            file: self.file.clone(),
            what: what.to_owned(),
            text,
            line,
        });
    }

    fn put(&mut self, what: &str, node: &Node) {
        if !matches!(node.value, Value::Null) {
            self.say(what, written(node), node.span.line);
        }
    }

    /// The keys of a map's maps, each for itself.
    fn keys(&mut self, what: &str, node: &Node) {
        for (name, node) in node.entries() {
            let what = format!("{what} {}", name.text);
            if node.entries().is_empty() {
                self.put(&what, node);
            }
            for (key, node) in node.entries() {
                self.put(&format!("{what}, {}", key.text), node);
            }
        }
    }

    fn agents(&mut self, node: &Node) {
        for (n, agent) in node.items().iter().enumerate() {
            let name = agent.get("name").and_then(Node::scalar);
            let name = name.unwrap_or_else(|| (n + 1).to_string());
            self.rest(&format!("agent {name}"), agent, &[&AGENT]);
        }
    }

    fn tree(&mut self, node: &Node) {
        for (key, node) in node.entries() {
            match key.text.as_str() {
                "setup" => {
                    for command in node.items() {
                        self.command("set-up", command);
                    }
                }
                // How much room they may take starts nothing.
                "limit" => {}
                "path" => self.put("folder of the trees", node),
                key => self.put(&format!("tree, {key}"), node),
            }
        }
    }

    /// A command: its line alone, or a map.
    fn command(&mut self, what: &str, node: &Node) {
        if node.entries().is_empty() {
            self.put(what, node);
        }
        for (key, node) in node.entries() {
            match key.text.as_str() {
                key if COMMAND.contains(&key) => {}
                "run" | "command" => self.put(what, node),
                key => self.put(&format!("{what}, {key}"), node),
            }
        }
    }

    /// An expression starts nothing.
    fn precondition(&mut self, what: &str, node: &Node) {
        if !node.entries().is_empty() {
            self.command(what, node);
        }
    }

    fn context(&mut self, what: &str, item: &Node) {
        for (key, node) in item.entries() {
            match key.text.as_str() {
                key if CONTEXT.contains(&key) => {}
                "command" => self.put(what, node),
                key => self.put(&format!("{what}, {key}"), node),
            }
        }
    }

    fn stage(&mut self, n: usize, stage: &Node) {
        let id = stage.get("id").and_then(Node::scalar);
        let what = format!("stage {}", id.unwrap_or_else(|| n.to_string()));
        for (key, node) in stage.entries() {
            let key = key.text.as_str();
            match key {
                key if STAGE.contains(&key) || WORKER.contains(&key) => {}
                "run" => self.put(&format!("{what}, command"), node),
                "precondition" => self.precondition(&format!("{what}, precondition"), node),
                // What lies with the harness is what such stages are for.
                "produces" if produces_only_papers(node) => {}
                "checks" => {
                    for check in node.items() {
                        self.command(&format!("{what}, check"), check);
                    }
                }
                "context" => {
                    for item in node.items() {
                        self.context(&format!("{what}, context"), item);
                    }
                }
                key => self.put(&format!("{what}, {key}"), node),
            }
        }
    }

    /// Every key of a map that stands in none of these lists.
    fn rest(&mut self, what: &str, node: &Node, harmless: &[&[&str]]) {
        let harmless: BTreeSet<&str> = harmless.iter().flat_map(|l| l.iter().copied()).collect();
        for (key, node) in node.entries() {
            if !harmless.contains(key.text.as_str()) {
                self.put(&format!("{what}, {}", key.text), node);
            }
        }
    }
}

/// Whether all that a stage produces lies in a harness folder.
fn produces_only_papers(node: &Node) -> bool {
    node.entries().iter().all(|(_, produce)| {
        let path = produce.get("path").unwrap_or(produce);
        let path = path.scalar().unwrap_or_default();
        path.starts_with("harness/artifacts/") && !path.split('/').any(|part| part == "..")
    })
}

/// A value on its own: a text as it is, everything else as JSON, and so a text that looks like it.
fn written(node: &Node) -> String {
    match (&node.value, node.scalar()) {
        (_, Some(text)) if !text.starts_with(['[', '{', '"']) => text,
        _ => json(node).to_string(),
    }
}

fn json(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::Seq(items) => items.iter().map(json).collect(),
        Value::Map(entries) => {
            let entry = |(key, node): &(yaml::Key, Node)| (key.text.clone(), json(node));
            serde_json::Value::Object(entries.iter().map(entry).collect())
        }
        _ => node.scalar().map_or(serde_json::Value::Null, Into::into),
    }
}

mod told;

#[cfg(test)]
mod tests;
