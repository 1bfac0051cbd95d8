//! Git and the agents: where they are and which version.

use super::Line;
use crate::agents::catalogue;
use crate::git::{OLDEST, oldest};
use crate::process::{pause, program};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a program may take to tell its version.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(10);
/// Agent programs that people have and that no driver speaks to yet.
const OTHERS: [&str; 5] = ["codex", "gemini", "opencode", "pi", "aider"];

/// Git.
pub(super) fn git() -> Line {
    let install = format!("install git {} or newer and put it on PATH", oldest());
    let Some(file) = program::lookup("git") else {
        return Line::bad("git", "not on PATH", install);
    };
    let said = match version(&file, &["--version"]) {
        Ok(said) => said,
        Err(why) => return Line::bad("git", format!("{}: {why}", file.display()), install),
    };
    match numbers(&said) {
        Some(found) if found < OLDEST => Line::bad("git", format!("{said} is too old"), install),
        Some(_) => Line::ok("git", said),
        None => Line::warn("git", format!("'{said}' tells no version"), install),
    }
}

fn numbers(said: &str) -> Option<(u32, u32)> {
    let word = said
        .split_whitespace()
        .find(|w| w.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut parts = word.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

/// The agents.
pub(super) fn agents() -> Vec<Line> {
    let mut lines = Vec::new();
    let mut any = false;
    for driver in catalogue::all() {
        let Some(probe) = driver.probe() else {
            continue;
        };
        let what = format!("agent {}", driver.name());
        let Some(file) = program::lookup(probe.program) else {
            let found = format!("{} is not on PATH", probe.program);
            lines.push(Line::warn(&what, found, probe.install));
            continue;
        };
        match version(&file, probe.version_args) {
            Ok(said) => {
                any = true;
                lines.push(Line::ok(&what, format!("{said}, {}", file.display())));
            }
            Err(why) => {
                let found = format!("{}: {why}", file.display());
                lines.push(Line::warn(&what, found, probe.install));
            }
        }
    }
    for name in OTHERS {
        if let Some(file) = program::lookup(name) {
            lines.push(Line::ok(
                &format!("agent {name}"),
                format!("{}; {}", file.display(), serves(name)),
            ));
            any = true;
        }
    }
    if !any {
        lines.push(Line::warn(
            "agents",
            "none of those it knows by name is here",
            "install one, or declare a program of yours with driver: command; the demo needs none",
        ));
    }
    lines
}

/// What an agent program without a driver of its own is good for.
fn serves(name: &str) -> &'static str {
    match name {
        "gemini" => {
            "serves as `driver: command`, and `driver: acp` with [gemini, --acp] in dialogues"
        }
        "opencode" => {
            "serves as `driver: command`, and `driver: acp` with [opencode, acp] in dialogues"
        }
        _ => "serves as `driver: command`",
    }
}

/// What a program says of its version, its first line. It runs outside of the repository, reads
/// nothing, and is ended when it takes too long.
fn version(file: &Path, args: &[&str]) -> Result<String, String> {
    let mut child = Command::new(file)
        .args(args)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("can't be started: {e}"))?;
    let begun = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < PATIENCE => pause(LOOK),
            Ok(None) => {
                // It is being given up; how that goes changes nothing.
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "it did not tell its version within {} s",
                    PATIENCE.as_secs()
                ));
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let mut bytes = Vec::new();
    if let Some(out) = child.stdout.take() {
        // A child of its own may hold the other end open; what lies in the pipe is enough.
        read_what_is_there(out, &mut bytes);
    }
    let text = String::from_utf8_lossy(&bytes);
    let first = text.lines().next().unwrap_or_default().trim();
    if !status.success() {
        return Err(format!("it ended with {status}"));
    }
    if first.is_empty() {
        return Err("it says no version".to_owned());
    }
    Ok(first.chars().take(80).collect())
}

fn read_what_is_there(out: std::process::ChildStdout, bytes: &mut Vec<u8>) {
    let nonblocking = rustix::fs::fcntl_getfl(&out)
        .and_then(|flags| rustix::fs::fcntl_setfl(&out, flags | rustix::fs::OFlags::NONBLOCK));
    if nonblocking.is_ok() {
        // "Nothing more now" is an error that ends the reading, and leaves what was read.
        let _ = out.take(4096).read_to_end(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_say_them() {
        assert_eq!(numbers("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert_eq!(numbers("git version 2.38"), Some((2, 38)));
        assert_eq!(numbers("no numbers"), None);
    }

    #[test]
    fn the_git_that_is_needed_is_said_alike_everywhere() {
        let readme = include_str!("../../../README.md");
        let needed = format!("git {} or newer", oldest());
        assert!(readme.contains(&needed), "README.md should say: {needed}");
        assert!(
            crate::git::GitError::NotInstalled
                .to_string()
                .contains(&needed)
        );
    }

    #[test]
    fn a_program_tells_its_version_or_why_not() {
        let sh = program::lookup("sh").unwrap();
        assert_eq!(
            version(&sh, &["-c", "echo one 1.2; echo two"]),
            Ok("one 1.2".into())
        );
        assert!(version(&sh, &["-c", "exit 3"]).unwrap_err().contains('3'));
        assert!(version(&sh, &["-c", ":"]).is_err());
        assert!(version(Path::new("/nowhere/x"), &[]).is_err());
    }
}
