//! Who gives an order: the user's name, the terminal, the process. For the record, not for trust.

use crate::engine::Person;
use crate::git::Git;
use std::path::Path;

/// The longest name that is recorded, in characters.
const MAX_NAME: usize = 120;

/// The person at this process, as git knows them in this folder.
pub fn here(folder: &Path) -> Person {
    Person {
        name: name(folder),
        terminal: terminal(),
        pid: std::process::id(),
    }
}

fn name(folder: &Path) -> String {
    let git = Git::new(folder);
    let asked = git.call(["config", "--get", "user.name"]).text();
    let configured = asked.ok().map(|n| n.trim().to_owned());
    let user = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME"));
    configured
        .filter(|n| !n.is_empty())
        .or_else(|| user().ok().filter(|n| !n.is_empty()))
        .map_or_else(
            || "unknown".to_owned(),
            |n| n.chars().take(MAX_NAME).collect(),
        )
}

fn terminal() -> Option<String> {
    let named = rustix::termios::ttyname(std::io::stdin(), Vec::new()).ok()?;
    named.into_string().ok()
}
