//! Which layout a repository has already: what of it serves as it is, and what is left alone.
//!
//! Law: told from names and a few texts, bounded; nothing is run, nothing is written. What is
//! recognised is mapped where it lies, never copied.

mod listing;
mod prose;
mod spec_kit;
mod strangers;

pub use listing::{Listing, Seen};

use crate::documents::role;
use crate::documents::settings::Paths;
use crate::records::builtin;
use crate::terms::RepoPath;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A path, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The path from the repository's root.
    pub path: String,
    /// What it serves as, or why it was left alone.
    pub says: String,
}

/// A role's file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedRole {
    /// Where it lies.
    pub path: RepoPath,
    /// What a stage must say in its place, because its front matter does not: key and value.
    pub adds: Vec<(&'static str, String)>,
}

/// More for the prompt of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct More {
    /// The stage's id in the shipped workflow.
    pub stage: &'static str,
    /// A gitignore glob from the repository's root.
    pub glob: String,
}

/// What was recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// What there is, in words: `a prose harness in harness/`.
    pub kinds: Vec<String>,
    /// Roles by the name they serve under.
    pub roles: BTreeMap<String, MappedRole>,
    /// Templates by the name they serve under.
    pub templates: BTreeMap<String, RepoPath>,
    /// What goes into the prompts of stages.
    pub context: Vec<More>,
    /// Variables of the workflow with their defaults.
    pub vars: Vec<(&'static str, &'static str)>,
    /// What serves, and as what.
    pub serves: Vec<Row>,
    /// What was left alone, and why.
    pub left: Vec<Row>,
    /// What a person can do with what is there, a sentence each.
    pub hints: Vec<String>,
    /// Files below the harness folder that are not written, although nothing is mapped in their
    /// place yet: what could serve is there.
    pub unmapped: BTreeSet<String>,
    /// What stands where the harness folder would, and is something else.
    pub stranger: Option<String>,
}

impl Layout {
    /// Recognises what lies below `at`, a folder relative to the root; `ours`: there is a harness
    /// folder of ours.
    pub fn of(listing: &Listing, at: Option<&RepoPath>, ours: bool) -> Self {
        let mut found = Finder {
            listing,
            lead: at.map_or_else(String::new, |at| format!("{at}/")),
            layout: Self::default(),
        };
        let prose = prose::look(&mut found, ours);
        spec_kit::look(&mut found);
        strangers::agents(&mut found);
        for (path, why) in &listing.left_out {
            found.leave(path, why.clone());
        }
        if !ours && !prose {
            found.layout.stranger = strangers::in_place(listing);
        }
        found.layout
    }

    /// Keeps what these settings map, where there are some already: whoever wrote them decides. Of
    /// what they do not and `lacks` says the project lacks, it is said how to map it.
    pub fn fit(&mut self, paths: &Paths, lacks: impl Fn(&str, &str) -> bool) {
        let roles = std::mem::take(&mut self.roles);
        let templates = std::mem::take(&mut self.templates);
        let mut hint = |key: &str, name: &str, path: &RepoPath| {
            if lacks(key, name) {
                let text = format!(
                    "{path} can serve: put `{name}: {path}` under `paths:`, `{key}:` in harness.yaml"
                );
                self.hints.push(text);
            }
        };
        for (name, role) in roles {
            if paths.roles.get(&name) == Some(&role.path) {
                self.roles.insert(name, role);
            } else {
                hint("roles", &name, &role.path);
                self.unmapped.insert(format!("roles/{name}.md"));
            }
        }
        for (name, path) in templates {
            if paths.templates.get(&name) == Some(&path) {
                self.templates.insert(name, path);
            } else {
                hint("templates", &name, &path);
                self.unmapped.insert(format!("templates/{name}.md"));
            }
        }
    }

    /// The settings with what lies elsewhere.
    pub fn settings(&self, mut text: String) -> String {
        if self.roles.is_empty() && self.templates.is_empty() {
            return text;
        }
        text.push_str("\n# Files that were here before, by the names they serve under.\npaths:\n");
        let roles = self.roles.iter().map(|(name, role)| (name, &role.path));
        paths(&mut text, "roles", roles);
        paths(&mut text, "templates", self.templates.iter());
        text
    }

    /// A shipped workflow that says of its stages what the mapped roles do not, and with what goes
    /// into their prompts. Where nothing is mapped it stays as it is.
    pub fn workflow(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 1000);
        let mut stage = String::new();
        for line in text.split_inclusive('\n') {
            let body = line.trim();
            if let Some(id) = body.strip_prefix("- id: ") {
                id.clone_into(&mut stage);
            }
            if body.starts_with("context: [") && body.ends_with(']') && line.ends_with("]\n") {
                let more = self.context.iter().filter(|m| m.stage == stage);
                out.push_str(&line[..line.len() - 2]);
                for more in more {
                    let _ = write!(out, ", {{ files: {} }}", quoted(&more.glob));
                }
                out.push_str("]\n");
                continue;
            }
            out.push_str(line);
            if let Some(role) = body.strip_prefix("role: ").and_then(|r| self.roles.get(r)) {
                for (key, value) in &role.adds {
                    let _ = writeln!(out, "    {key}: {value}");
                }
            }
            if body.starts_with("task: ") && stage.is_empty() && !self.vars.is_empty() {
                let vars = self.vars.iter();
                let vars: Vec<String> = vars.map(|(n, v)| format!("{n}: {}", quoted(v))).collect();
                let _ = writeln!(out, "vars: {{ {} }}", vars.join(", "));
            }
        }
        out
    }
}

fn paths<'a>(text: &mut String, key: &str, map: impl Iterator<Item = (&'a String, &'a RepoPath)>) {
    let mut map = map.peekable();
    if map.peek().is_some() {
        let _ = writeln!(text, "  {key}:");
    }
    for (name, path) in map {
        let path = path.as_str();
        let plain = |c: char| c.is_ascii_alphanumeric() || "./_-".contains(c);
        let path = if path.chars().all(plain) {
            path.to_owned()
        } else {
            quoted(path)
        };
        let _ = writeln!(text, "    {name}: {path}");
    }
}

/// A text as YAML reads it whatever it holds.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A recogniser at work.
struct Finder<'a> {
    listing: &'a Listing,
    lead: String,
    layout: Layout,
}

impl Finder<'_> {
    fn whole(&self, path: &str) -> String {
        format!("{}{path}", self.lead)
    }

    fn serve(&mut self, path: &str, says: impl Into<String>) {
        let row = Row {
            path: self.whole(path),
            says: says.into(),
        };
        self.layout.serves.push(row);
    }

    fn leave(&mut self, path: &str, why: impl Into<String>) {
        let row = Row {
            path: self.whole(path),
            says: why.into(),
        };
        self.layout.left.push(row);
    }

    /// Maps a role, or says why it can't serve.
    fn role(&mut self, path: &str, name: &str) {
        let (Some(text), Ok(place)) = (self.text(path), RepoPath::new(self.whole(path))) else {
            return;
        };
        let (theirs, _) = role::parse(&text, path);
        if theirs.prompt.trim().is_empty() {
            return self.leave(path, "it says nothing; the role that is shipped serves");
        }
        let shipped = builtin::ROLES.iter().find(|own| own.name == name);
        let adds = shipped.map_or_else(Vec::new, |own| lacking(&theirs, own));
        let role = MappedRole { path: place, adds };
        self.layout.roles.insert(name.to_owned(), role);
        self.serve(path, format!("role {name}"));
    }

    /// Maps a template, or says why it can't serve.
    fn template(&mut self, path: &str, name: &str) {
        let (Some(text), Ok(place)) = (self.text(path), RepoPath::new(self.whole(path))) else {
            return;
        };
        if crate::documents::template::Template::parse(&text)
            .sections
            .is_empty()
        {
            let why = "it has no `##` section to ask for; the template that is shipped serves";
            return self.leave(path, why);
        }
        self.layout.templates.insert(name.to_owned(), place);
        self.serve(path, format!("template {name}"));
    }

    /// The text of a file that is to serve; what can't is said.
    fn text(&mut self, path: &str) -> Option<String> {
        match self.listing.get(path)? {
            Seen::Text(text) => Some(text.clone()),
            Seen::Unfit(why) => {
                let why = why.clone();
                self.leave(path, why);
                None
            }
            Seen::File | Seen::Folder => None,
        }
    }

    /// Brings a file, or the files of a glob below the base, into the prompts of stages.
    fn bring(&mut self, path: &str, stages: &[&'static str]) {
        if let Some(Seen::Unfit(why)) = self.listing.get(path) {
            let why = why.clone();
            return self.leave(path, why);
        }
        if path.contains("{{ ") && !path.contains("{{ vars.") || path.contains(['[', '\\', '?']) {
            let why = "its name means something else in a pattern; rename it to bring it in";
            return self.leave(path, why);
        }
        for stage in stages {
            let glob = self.whole(path);
            self.layout.context.push(More { stage, glob });
        }
        self.serve(path, format!("in the prompts of {}", listed(stages)));
    }
}

/// What the front matter of a role does not say, and that of the shipped one does.
fn lacking(theirs: &role::RoleFile, shipped: &builtin::BuiltIn) -> Vec<(&'static str, String)> {
    let (own, _) = role::parse(shipped.text, shipped.path);
    let minutes = |secs: u64| format!("{}m", secs / 60);
    let texts = [
        ("capability", &theirs.capability, own.capability),
        ("profile", &theirs.profile, own.profile),
        ("effort", &theirs.effort, own.effort),
    ];
    let times = [
        ("timeout", theirs.timeout, own.timeout),
        ("idle_timeout", theirs.idle_timeout, own.idle_timeout),
    ];
    let texts = texts.into_iter().filter(|(_, theirs, _)| theirs.is_none());
    let times = times.into_iter().filter(|(_, theirs, _)| theirs.is_none());
    texts
        .filter_map(|(key, _, own)| Some((key, own?)))
        .chain(times.filter_map(|(key, _, own)| Some((key, minutes(own?)))))
        .collect()
}

/// `a, b and c`.
fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [more @ .., last] => format!("{} and {last}", more.join(", ")),
    }
}

#[cfg(test)]
mod tests;
