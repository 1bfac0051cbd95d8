//! Programs on `PATH`. Looked up by name only; nothing is started.

use std::path::{Path, PathBuf};

/// The file that a program's name means here; `None`: it is not there. Entries of `PATH` that are
/// not absolute are passed over: they would mean something else in every folder.
pub fn lookup(program: &str) -> Option<PathBuf> {
    if program.is_empty() || program.contains('/') {
        return None;
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|dir| dir.is_absolute())
        .map(|dir| dir.join(program))
        .find(|file| is_program(file))
}

/// Whether this file is there and may be executed.
pub fn is_program(file: &Path) -> bool {
    file.is_file() && rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_name_and_a_path_is_no_name() {
        assert!(lookup("sh").is_some_and(|file| file.is_absolute()));
        for none in ["", "/bin/sh", "./sh", "surely-no-program-of-this-name"] {
            assert_eq!(lookup(none), None, "{none}");
        }
    }
}
