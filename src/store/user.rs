//! Where a person's own settings lie: `config.yaml`, `keymap.yaml` and `themes/`, one folder for
//! all projects of this user. And what the program keeps for them beside these.

pub mod looked;
pub mod repositories;

use super::fs::{Disk, Fs};
use crate::terms::{Finding, Place};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The variable that names the folder, in place of the system's own for settings.
pub const HOME: &str = "HARNESS_TUI_HOME";

/// The largest file of settings that is read, in bytes.
const MAX_FILE: u64 = 256 * 1024;

/// The folder of a person's own settings, and the one of what the program keeps for them. Neither
/// need be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserDir {
    config: PathBuf,
    state: PathBuf,
}

/// The folder of whoever runs this, where it was told.
static TOLD: OnceLock<UserDir> = OnceLock::new();

/// Tells whose folder counts in this process, for another program that this library is a part of.
/// The first word stands; whether this was it.
pub fn be(user: UserDir) -> bool {
    TOLD.set(user).is_ok()
}

impl UserDir {
    /// The folder of whoever runs this; `None`: this user has no home.
    pub fn find() -> Option<Self> {
        if let Some(told) = TOLD.get() {
            return Some(told.clone());
        }
        if let Some(named) = std::env::var_os(HOME).filter(|v| !v.is_empty()) {
            return Some(Self::at(named));
        }
        let found = directories::ProjectDirs::from("", "", "harness-tui")?;
        Some(Self {
            config: found.config_dir().to_owned(),
            state: found.data_local_dir().to_owned(),
        })
    }

    /// The folder of whoever has this environment, else of whoever runs this.
    pub fn of(env: &BTreeMap<String, String>) -> Option<Self> {
        let named = env.get(HOME).filter(|v| !v.is_empty());
        named.map(Self::at).or_else(Self::find)
    }

    /// The folder at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let config: PathBuf = path.into();
        let state = config.clone();
        Self { config, state }
    }

    /// What holds everywhere for this person.
    pub fn config(&self) -> PathBuf {
        self.config.join("config.yaml")
    }

    /// Which keys do what.
    pub fn keymap(&self) -> PathBuf {
        self.config.join("keymap.yaml")
    }

    /// The secret that what this person trusts is sealed with.
    pub fn trust_key(&self) -> PathBuf {
        self.state.join("trust.key")
    }

    /// Themes of their own.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }
}

/// The folder for what only saves time and may be thrown away at any moment; `None`: there is none.
pub fn cache_folder() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(HOME).filter(|v| !v.is_empty()) {
        return Some(PathBuf::from(named).join("cache"));
    }
    let found = directories::ProjectDirs::from("", "", "harness-tui")?;
    Some(found.cache_dir().to_owned())
}

/// The text of a file of settings; `None`: it is not there. Links are followed, for many keep their
/// settings elsewhere.
pub fn read(path: &Path) -> Result<Option<String>, Finding> {
    let unreadable = |error: &dyn std::fmt::Display, remedy: &str| {
        Finding::new("settings/unreadable", format!("it can't be read: {error}"))
            .at(Place::file(path.display().to_string()))
            .remedy(remedy)
    };
    let found = path
        .canonicalize()
        .and_then(|real| Disk.read(&real, MAX_FILE));
    match found {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(unreadable(&error, "save it as UTF-8")),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(&error, "make it a readable file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
    fn a_file_is_there_or_not_or_says_why_it_can_not_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let user = UserDir::at(dir.path());
        assert_eq!(read(&user.config()), Ok(None));
        std::fs::write(user.keymap(), "help: [H]\n").unwrap();
        std::os::unix::fs::symlink(user.keymap(), user.config()).unwrap();
        assert_eq!(read(&user.config()), Ok(Some("help: [H]\n".to_owned())));
        std::fs::write(user.keymap(), b"\xff").unwrap();
        let said = read(&user.keymap()).unwrap_err().to_string();
        assert!(
            said.contains("keymap.yaml") && said.contains("UTF-8"),
            "{said}"
        );
        let said = read(dir.path()).unwrap_err().to_string();
        assert!(said.contains("can't be read"), "{said}");
    }
}
