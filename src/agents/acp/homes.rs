//! Where the known ACP agents keep what is their own: logins, sessions, caches.

use crate::agents::standing::{LoginFrom, Standing};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A program's words, and its folders below the home. What begins with `@` is the name of folders in
/// each of the places that the XDG rules give.
const KNOWN: [(&[&str], &[&str]); 9] = [
    (&["opencode", "opencode-ai"], &["@opencode", ".opencode"]),
    (&["gemini", "gemini-cli"], &[".gemini"]),
    (&["qwen", "qwen-code"], &[".qwen"]),
    (&CLAUDE, &[".claude", ".claude.json"]),
    (&["codex", "codex-acp"], &[".codex"]),
    (&["copilot"], &[".copilot"]),
    (&["vibe", "vibe-acp"], &[".vibe"]),
    (&["goose"], &["@goose"]),
    (&["npx"], &[".npm"]),
];

/// Claude Code and its adapters.
const CLAUDE: [&str; 3] = ["claude", "claude-code-acp", "claude-agent-acp"];

/// Whether the command starts Claude Code, which can keep all that is its own in a folder that it is
/// told.
pub fn is_claude(command: &[String]) -> bool {
    let mut words = command.iter().filter_map(|word| name_of(word));
    words.any(|word| CLAUDE.contains(&word))
}

/// The folders and files of the programs that this command names, in the user's home. A program
/// that is not known has none: a name alone must not open a folder such as `.ssh`.
pub fn of(command: &[String], user_env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let Some(home) = user_env.get("HOME").filter(|home| !home.is_empty()) else {
        return Vec::new();
    };
    let home = Path::new(home);
    let words: Vec<&str> = command.iter().filter_map(|word| name_of(word)).collect();
    let known = KNOWN
        .iter()
        .filter(|(names, _)| names.iter().any(|name| words.contains(name)));
    known
        .flat_map(|(_, folders)| folders.iter())
        .flat_map(|folder| match folder.strip_prefix('@') {
            Some(name) => xdg(home, user_env).map(|place| place.join(name)).to_vec(),
            None => vec![home.join(folder)],
        })
        .collect()
}

/// How an agent of this command stands: what is known of the program that it starts.
pub(super) fn standing(
    command: &[String],
    named: &[String],
    user_env: &BTreeMap<String, String>,
) -> Standing {
    let set = |name: &&str| {
        let there = user_env.get(*name).is_some_and(|v| !v.is_empty());
        there && named.iter().any(|n| n == name)
    };
    let claude = is_claude(command);
    let token = super::CLAUDE_TOKENS
        .into_iter()
        .find(set)
        .filter(|_| claude);
    let login = match (token, of(command, user_env).as_slice()) {
        (Some(name), _) => LoginFrom::Variable {
            name,
            kind: "named in env:",
        },
        (None, []) => LoginFrom::Own("its own affair; it gets HOME".to_owned()),
        (None, [first]) => LoginFrom::Own(format!("its own, in {}", first.display())),
        (None, [first, more @ ..]) => {
            let (first, more) = (first.display(), more.len());
            LoginFrom::Own(format!("its own, in {first} and {more} more"))
        }
    };
    let mut words = command.iter().filter_map(|word| name_of(word));
    let opencode = words.any(|word| word.starts_with("opencode"));
    let (apart, comes_along, remedy) = match (claude, opencode) {
        (true, _) => (
            "its adapter is told to load no settings, hooks, skills, MCP servers or instructions",
            None,
            None,
        ),
        (_, true) => (
            "its variables keep the repository's configuration away",
            Some("your own configuration of it"),
            None,
        ),
        _ => (
            "only named variables reach it",
            Some("its configuration, yours and the repository's"),
            Some(
                "switch that off with its own flags, in command: of the agent; ACP has no word for it",
            ),
        ),
    };
    Standing {
        login,
        apart: apart.to_owned(),
        comes_along,
        remedy,
    }
}

/// `@google/gemini-cli@0.61.0` and `/usr/bin/gemini-cli` as `gemini-cli`; of options nothing.
fn name_of(word: &str) -> Option<&str> {
    if word.starts_with('-') {
        return None;
    }
    let last = word.rsplit('/').next()?;
    last.split('@').next().filter(|name| !name.is_empty())
}

fn xdg(home: &Path, user_env: &BTreeMap<String, String>) -> [PathBuf; 4] {
    [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ]
    .map(|(name, usual)| {
        let set = user_env.get(name).map(PathBuf::from);
        set.filter(|path| path.is_absolute())
            .unwrap_or_else(|| home.join(usual))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(words: &[&str]) -> Vec<String> {
        let command: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
        let env =
            [("HOME", "/h"), ("XDG_DATA_HOME", "/data")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let found = of(&command, &env.into());
        found.iter().map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn known_programs_have_their_folders_however_they_are_named() {
        let opencode = folders(&["/opt/bin/opencode", "acp"]);
        assert!(opencode.contains(&"/h/.config/opencode".to_owned()));
        assert!(opencode.contains(&"/data/opencode".to_owned()));
        let gemini = folders(&["npx", "-y", "@google/gemini-cli@0.61.0", "--acp"]);
        assert_eq!(gemini, ["/h/.gemini", "/h/.npm"]);
    }

    #[test]
    fn an_unknown_program_has_none() {
        assert_eq!(folders(&["ssh", "host", "agent", "--gemini"]), [""; 0]);
        assert_eq!(
            of(&["opencode".to_owned()], &BTreeMap::new()),
            [""; 0].map(PathBuf::from)
        );
    }
}
