//! A person with a keymap of their own, and programs that say what they were given.

use crate::support::project::{Project, put};
use crate::support::terminal::Terminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Keys as a terminal sends them.
pub const CTRL_O: &str = "\u{f}";
pub const F9: &str = "\u{1b}[20~";
pub const F10: &str = "\u{1b}[21~";

/// A program of this script, outside of the project.
pub fn program(project: &Project, name: &str, script: &str) -> PathBuf {
    let path = project.outside(name);
    put(&path, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A program that writes its words, its folder and what its environment says of the screen into a
/// file, whole or not at all.
pub fn dump(project: &Project) -> (PathBuf, PathBuf) {
    let out = project.outside("dumped");
    let script = format!(
        "{{ for word; do printf '[%s]\\n' \"$word\"; done; pwd; env | grep '^HARNESS_' | sort; }} > '{0}.part'\n\
         mv '{0}.part' '{0}'",
        out.display()
    );
    (program(project, "dump", &script), out)
}

/// These commands in the keymap.
pub fn commands(project: &Project, commands: &[String]) {
    let lines: Vec<String> = commands.iter().map(|c| format!("  - {c}\n")).collect();
    let text = format!("commands:\n{}", lines.concat());
    put(&project.outside("user/keymap.yaml"), &text);
}

/// One of them.
pub fn command(key: &str, name: &str, words: &[&str], rest: &str) -> String {
    let words = serde_json::to_string(words).unwrap();
    format!("{{ key: \"{key}\", name: \"{name}\", run: {words}{rest} }}")
}

/// The workbench on the run that waits at its gate.
pub fn at_its_run(project: &Project, size: (u16, u16)) -> Terminal {
    let mut terminal = Terminal::sized(project, &[], size.0, size.1);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("3");
    terminal.until("[3 Pipeline]");
    terminal
}

/// A file, once it is there.
pub fn comes(file: &Path) -> String {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text;
        }
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{} never came",
            file.display()
        );
        let (_alive, nothing) = std::sync::mpsc::channel::<()>();
        let _ = nothing.recv_timeout(Duration::from_millis(20));
    }
}

/// A script's line that waits until this file is there.
pub fn until_there(file: &Path) -> String {
    format!("while [ ! -e '{}' ]; do sleep 0.05; done", file.display())
}
