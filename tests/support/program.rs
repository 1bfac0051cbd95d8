//! The real program in a temporary repository.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test file uses a part, and all of it is test code"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a call of the program came to.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The program in a folder, with an environment of its own.
pub fn program(dir: &Path, args: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
    command
        .args(args)
        .current_dir(dir)
        .env("HARNESS_REPLAY_SPEED", "0")
        .env("HOME", dir)
        .env("HARNESS_TUI_HOME", person())
        .env_remove("COLUMNS")
        .env_remove("XDG_CONFIG_HOME");
    said(command.output().unwrap())
}

/// The folder of the settings of a person who trusts what tests make. It lies with what was built:
/// nothing of it shows in a repository that is also the home.
pub fn person() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("person");
    let temp = std::env::temp_dir().canonicalize().unwrap();
    let text = format!("trust: [\"{}\"]\n", temp.display());
    if std::fs::read_to_string(folder.join("config.yaml")).ok() != Some(text.clone()) {
        std::fs::create_dir_all(&folder).unwrap();
        let config = folder.join("config.yaml");
        harness_tui::store::write::replace_shared(
            &harness_tui::store::fs::Disk,
            &config,
            text.as_bytes(),
        )
        .unwrap();
    }
    folder
}

/// Git in a folder.
pub fn git(dir: &Path, args: &[&str]) -> Said {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    let mut command = Command::new("git");
    command
        .args(who)
        .args(args)
        .current_dir(dir)
        .env("HOME", dir);
    let said = said(command.output().unwrap());
    assert_eq!(said.code, 0, "git {args:?}: {}", said.err);
    said
}

/// A repository with these files in one commit.
pub fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    for (path, text) in files {
        put(dir.path(), path, text);
    }
    git(dir.path(), &["add", "-A"]);
    git(
        dir.path(),
        &["commit", "-q", "--allow-empty", "-m", "first"],
    );
    dir
}

/// Writes a file, with its folders.
#[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
pub fn put(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// The JSON objects that were printed, one a line.
pub fn objects(said: &Said) -> Vec<serde_json::Value> {
    let lines = said.out.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}
