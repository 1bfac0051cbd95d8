//! What in the folder of a person's login is their configuration: with it one could have their next
//! session run something. An attempt that uses the login may not change it.

use crate::agents::Kept;
use std::path::Path;

/// Files and folders that Claude Code obeys, whether they are there or not.
const OBEYED: [&str; 14] = [
    "CLAUDE.md",
    "agents",
    "commands",
    "hooks",
    "keybindings.json",
    "local",
    "output-styles",
    "plugins",
    "rules",
    "scripts",
    "settings.json",
    "settings.local.json",
    "skills",
    "workflows",
];

/// What settings like to name: status lines and hooks that lie beside them.
const SCRIPTS: [&str; 6] = ["sh", "py", "js", "mjs", "ts", "rb"];

/// How the names begin of those whose names need not end so.
const STATUS_LINES: [&str; 2] = ["statusline", "status-line"];

/// Of the file that holds the program's state, what is obeyed: servers that are started, and what is
/// allowed unasked.
const KEYS: [&str; 5] = [
    "mcpServers",
    "allowedTools",
    "enabledMcpjsonServers",
    "hasTrustDialogAccepted",
    "hooks",
];

/// What of this folder, and of the state file beside or in it, is the person's own.
pub(in crate::agents) fn of(folder: &Path, state: &Path) -> Vec<Kept> {
    let mut kept: Vec<Kept> = OBEYED.map(|name| Kept::whole(folder.join(name))).into();
    kept.push(Kept {
        path: folder.to_owned(),
        keys: &[],
        ends: &SCRIPTS,
        starts: &STATUS_LINES,
    });
    kept.push(Kept {
        path: state.to_owned(),
        keys: &KEYS,
        ends: &[],
        starts: &[],
    });
    kept
}
