//! The environment of every process of an attempt: an allow-list, never what was inherited.

use super::spec::AttemptSpec;
use crate::process::Tag;
use std::collections::BTreeMap;
use std::path::Path;

pub use crate::process::tag::VARIABLE as TAG;

/// What may be inherited. Not among them: agents of keys, tokens of forges and clouds.
const INHERITED: [&str; 6] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ"];

/// The file of the attempt's folder in which git notes what it is called for by any process of the
/// attempt.
pub const GIT_NOTES: &str = "git.jsonl";

/// Has git note there what it is called for. Where the file can't be written, because the caller is
/// confined say, git goes on without a word.
pub fn git_notes(dir: &Path) -> [(String, String); 3] {
    let file = dir.join(GIT_NOTES).display().to_string();
    [
        ("GIT_TRACE2_EVENT", file.as_str()),
        ("GIT_TRACE2_EVENT_BRIEF", "1"),
        ("GIT_TRACE2_EVENT_NESTING", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// The environment of this process; values that are not UTF-8 are left out.
pub fn inherited() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)))
        .collect()
}

/// What every process of the attempt gets: the agent, set-up, context commands and checks.
pub fn base(
    spec: &AttemptSpec,
    user: &BTreeMap<String, String>,
    scratch: &Path,
) -> BTreeMap<String, String> {
    let tag = tag(spec);
    let mut env = allowed(&spec.stage.profile.env, user, scratch, &tag);
    env.extend(spec.env.clone());
    if spec.is_in_place() {
        // A look at the checkout must not rewrite its index.
        env.insert("GIT_OPTIONAL_LOCKS".to_owned(), "0".to_owned());
    }
    env.insert(TAG.to_owned(), tag.value().to_owned());
    env
}

/// What may be inherited and what is always so, the variables of the person's that are `named`, a
/// temporary folder and a mark.
pub fn allowed(
    named: &[String],
    user: &BTreeMap<String, String>,
    scratch: &Path,
    tag: &Tag,
) -> BTreeMap<String, String> {
    let mut env: BTreeMap<String, String> = user
        .iter()
        .filter(|(name, _)| INHERITED.contains(&name.as_str()) || name.starts_with("LC_"))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let fixed = [
        ("SHELL", "/bin/sh"),
        ("CI", "1"),
        ("NO_COLOR", "1"),
        ("TERM", "dumb"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_EDITOR", "true"),
    ];
    for (name, value) in fixed {
        env.insert(name.to_owned(), value.to_owned());
    }
    for name in named {
        if let Some(value) = user.get(name) {
            env.insert(name.clone(), value.clone());
        }
    }
    env.insert("TMPDIR".to_owned(), scratch.display().to_string());
    env.insert(TAG.to_owned(), tag.value().to_owned());
    env
}

/// The environment with what a driver adds, but for what is not the driver's to change: the mark of
/// the processes, and their temporary folder.
pub fn with_drivers(
    base: &BTreeMap<String, String>,
    drivers: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut env = base.clone();
    env.extend(drivers);
    for name in [TAG, "TMPDIR"] {
        if let Some(value) = base.get(name) {
            env.insert(name.to_owned(), value.clone());
        }
    }
    env
}

/// The mark of this attempt's processes.
pub fn tag(spec: &AttemptSpec) -> Tag {
    Tag::attempt(&spec.run, &spec.attempt).within(&spec.run_dir)
}
