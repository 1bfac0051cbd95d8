//! What is somebody else's: folders called harness that are something else, and the folders in which
//! agent programs look for commands and rules. They are told of and never touched.

use super::{Finder, Listing, Seen};

/// Folders of agent programs.
const AGENTS: [&str; 9] = [
    ".claude/agents",
    ".claude/commands",
    ".claude/skills",
    ".codex/prompts",
    ".cursor/commands",
    ".cursor/rules",
    ".gemini/commands",
    ".github/agents",
    ".github/prompts",
];
/// How many names of a folder are given as an example.
const SHOWN: usize = 3;

/// Says of each folder of an agent program that it stays as it is.
pub(super) fn agents(found: &mut Finder<'_>) {
    let listing = found.listing;
    for folder in AGENTS {
        let count = listing.names(folder).count();
        if count > 0 {
            let why = format!(
                "{} for agents that people start themselves; stages get none of them",
                crate::text::many(count, "file")
            );
            found.leave(&format!("{folder}/"), why);
        }
    }
    if listing.names(".harness").next().is_some() {
        found.leave(".harness/", "it belongs to another program");
    }
}

/// What the folder `harness` holds, where it is something else than a harness of ours.
pub(super) fn in_place(listing: &Listing) -> Option<String> {
    let names: Vec<&str> = listing.names("harness").collect();
    if names.is_empty() {
        return None;
    }
    let has = |name: &str| names.contains(&name);
    let any = |ends: &[&str]| names.iter().any(|n| ends.iter().any(|e| n.ends_with(e)));
    let kind = if has("Chart.yaml") {
        "a Helm chart"
    } else if any(&[".c", ".h", ".cc", ".cpp", ".hpp"]) {
        "C or C++ code"
    } else if has("meta") && has("tasks") {
        "an Ansible role"
    } else if has("Cargo.toml") || any(&[".rs"]) {
        "Rust code"
    } else if has("package.json") || any(&[".js", ".ts"]) {
        "JavaScript code"
    } else if has("go.mod") || any(&[".go"]) {
        "Go code"
    } else if has("__init__.py") || any(&[".py"]) {
        "Python code"
    } else if any(&[".yaml", ".yml"]) {
        "configuration of another program"
    } else {
        "something else"
    };
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| match listing.get(&format!("harness/{name}")) {
            Some(Seen::Folder) => format!("{name}/"),
            _ => (*name).to_owned(),
        })
        .collect();
    let more = if names.len() > SHOWN { ", …" } else { "" };
    Some(format!("{kind} ({}{more})", shown.join(", ")))
}
