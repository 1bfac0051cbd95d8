//! The environment of every process of an attempt: an allow-list, never what was inherited.

use super::spec::AttemptSpec;
use crate::process::Tag;
use std::collections::BTreeMap;
use std::path::Path;

pub use crate::process::tag::VARIABLE as TAG;

/// What may be inherited. Not among them: agents of keys, tokens of forges and clouds.
const INHERITED: [&str; 6] = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ"];

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
    env.insert("TMPDIR".to_owned(), scratch.display().to_string());
    for name in &spec.stage.profile.env {
        if let Some(value) = user.get(name) {
            env.insert(name.clone(), value.clone());
        }
    }
    env.extend(spec.env.clone());
    env.insert(TAG.to_owned(), tag(spec).value().to_owned());
    env
}

/// The mark of this attempt's processes.
pub fn tag(spec: &AttemptSpec) -> Tag {
    Tag::attempt(&spec.run, &spec.attempt).within(&spec.run_dir)
}
