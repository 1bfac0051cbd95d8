//! A person who trusts all that tests make, by their own settings.

use harness_tui::store::fs::Disk;
use harness_tui::store::user::{self, UserDir};
use harness_tui::store::write::replace_shared;
use std::path::{Path, PathBuf};

/// The line of `config.yaml` that trusts every repository that tests make.
pub fn line() -> String {
    let folder = std::env::temp_dir().canonicalize().unwrap();
    format!("trust: [\"{}\"]\n", folder.display())
}

/// This folder of a person's settings, where they trust what tests make. What they chose else stays.
pub fn user(folder: PathBuf) -> PathBuf {
    let config = folder.join("config.yaml");
    let text = std::fs::read_to_string(&config).unwrap_or_default();
    if !text.lines().any(|l| l.starts_with("trust:")) {
        std::fs::create_dir_all(&folder).unwrap();
        let end = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let text = format!("{text}{end}{}", line());
        replace_shared(&Disk, &config, text.as_bytes()).unwrap();
    }
    folder
}

/// The same for what is called within the tests' own process. Its folder lies with what was built,
/// for programs of this process may outlive it.
pub fn in_process() -> PathBuf {
    let folder = user(Path::new(env!("CARGO_TARGET_TMPDIR")).join("user"));
    user::be(UserDir::at(&folder));
    folder
}
