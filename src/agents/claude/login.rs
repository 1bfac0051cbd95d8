//! Where Claude Code takes its login from. It is never copied: a refresh token serves once, and
//! whoever comes second with a copy of it is logged out.
//!
//! A key or a token out of the environment needs nothing of the user's, so the program gets a
//! configuration folder of its own. A login that is refreshed stays where it is: the program works in
//! the user's folder with all configuration switched off by flags. Its credential file is then the
//! one that is live, and the lock that the program takes there lets one process refresh it while the
//! others wait and read what came of it: those of other attempts, and the user's own.

use super::{CannotStart, own};
use crate::agents::Kept;
use crate::agents::standing::{LoginFrom, Standing};
use crate::terms::FailureKind;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Variables that are a login by themselves, best first.
const TOKENS: [&str; 6] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
];

pub(super) fn set(env: &BTreeMap<String, String>, name: &str) -> bool {
    env.get(name).is_some_and(|value| !value.is_empty())
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// Which.
    pub(super) kind: Kind,
    /// A configuration folder of the agent's own; `None`: the user's.
    pub(super) own_folder: Option<PathBuf>,
    /// What it must be able to write.
    pub(super) writable: Vec<PathBuf>,
}

/// Which login it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// This variable.
    Variable(&'static str),
    /// The user's, in this folder.
    Shared(PathBuf),
}

impl Login {
    /// The one that a program of this environment would use, with `home` for what is its own.
    pub(super) fn of(env: &BTreeMap<String, String>, home: &Path) -> Result<Self, CannotStart> {
        if let Some(token) = TOKENS.into_iter().find(|t| set(env, t)) {
            let folder = home.join("claude");
            return Ok(Self {
                kind: Kind::Variable(token),
                writable: vec![folder.clone()],
                own_folder: Some(folder),
            });
        }
        if let Some(folder) = env.get("CLAUDE_CONFIG_DIR").filter(|f| !f.is_empty()) {
            return Ok(Self::shared(PathBuf::from(folder), Vec::new()));
        }
        let Some(home) = env.get("HOME").filter(|home| !home.is_empty()) else {
            return Err(CannotStart {
                kind: FailureKind::Auth,
                message: "Claude Code has no login: neither ANTHROPIC_API_KEY nor \
                          CLAUDE_CODE_OAUTH_TOKEN nor HOME is set"
                    .to_owned(),
            });
        };
        let home = Path::new(home);
        Ok(Self::shared(
            home.join(".claude"),
            vec![home.join(".claude.json")],
        ))
    }

    /// What of the user's folder is their own configuration.
    pub(super) fn kept(&self) -> Vec<Kept> {
        let Kind::Shared(folder) = &self.kind else {
            return Vec::new();
        };
        let beside = self.writable.get(1).cloned();
        let state = beside.unwrap_or_else(|| folder.join(".claude.json"));
        own::of(folder, &state)
    }

    fn shared(folder: PathBuf, more: Vec<PathBuf>) -> Self {
        Self {
            writable: [vec![folder.clone()], more].concat(),
            kind: Kind::Shared(folder),
            own_folder: None,
        }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Variable(name) => write!(f, "{name}, with a configuration folder of its own"),
            Kind::Shared(folder) => {
                write!(
                    f,
                    "the user's own in {}, shared, not copied",
                    folder.display()
                )
            }
        }
    }
}

/// What to do about a login that is not there.
const REMEDY: &str = "run `claude` once and log in, or set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN to what \
                      `claude setup-token` gives";

/// How it stands in this environment.
pub(super) fn standing(env: &BTreeMap<String, String>) -> Standing {
    let login = Login::of(env, Path::new(""));
    let own_folder = login.as_ref().is_ok_and(|l| l.own_folder.is_some());
    let whose = if own_folder {
        "a configuration folder of its own for each attempt"
    } else {
        "your folder for the login alone"
    };
    Standing {
        login: match login.map(|l| (l.kind, l.writable)) {
            Ok((Kind::Variable(name), _)) => LoginFrom::Variable {
                name,
                kind: match name {
                    "ANTHROPIC_API_KEY" => "a key",
                    "ANTHROPIC_AUTH_TOKEN" | "CLAUDE_CODE_OAUTH_TOKEN" => "a long-lived token",
                    _ => "a cloud provider's login",
                },
            },
            Ok((Kind::Shared(folder), writable)) => {
                let beside = writable.into_iter().nth(1);
                let beside = beside.unwrap_or_else(|| folder.join(".claude.json"));
                let file = folder.join(".credentials.json");
                LoginFrom::Kept {
                    files: vec![(file, "claudeAiOauth"), (beside, "primaryApiKey")],
                    remedy: REMEDY,
                }
            }
            Err(_) => LoginFrom::Missing(REMEDY.to_owned()),
        },
        apart: format!(
            "{whose}; by flags no settings, hooks, plugins, skills, MCP servers, memory or instructions \
             but what a profile names"
        ),
        comes_along: None,
        remedy: None,
    }
}
