//! What a stage may write, as one question: is this path its own?

use super::spec::AttemptSpec;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Answers whether a path may be written.
#[derive(Debug, Clone)]
pub struct Writes {
    globs: Gitignore,
    artifacts: Vec<String>,
}

impl Writes {
    /// From a stage's effective writes and its own artifacts. A glob that can't be read opens
    /// nothing, and is given back.
    pub fn of(spec: &AttemptSpec) -> (Self, Vec<String>) {
        let artifacts = spec
            .stage
            .produces
            .iter()
            .map(|p| p.path.as_str().to_owned())
            .collect();
        Self::new(&spec.stage.writes, artifacts)
    }

    /// From gitignore globs, where `!` closes what an earlier one opened, and exact paths.
    pub fn new(globs: &[String], artifacts: Vec<String>) -> (Self, Vec<String>) {
        let mut builder = GitignoreBuilder::new("/");
        let mut unread = Vec::new();
        for glob in globs {
            if builder.add_line(None, glob).is_err() {
                unread.push(glob.clone());
            }
            // What closes a folder closes all below it, whatever opened that before.
            if glob.starts_with('!') && !glob.ends_with("/**") {
                let below = format!("{}/**", glob.trim_end_matches('/'));
                let _ = builder.add_line(None, &below);
            }
        }
        let globs = builder.build().unwrap_or_else(|_| Gitignore::empty());
        (Self { globs, artifacts }, unread)
    }

    /// Whether this path, relative to the repository's root, may be written.
    pub fn allow(&self, path: &str) -> bool {
        if self.artifacts.iter().any(|a| a == path) {
            return true;
        }
        // The engine alone writes what runs are told by, whatever a workflow opens.
        !path.starts_with("harness/runs/")
            && !path.is_empty()
            && !path.starts_with('/')
            && self
                .globs
                .matched_path_or_any_parents(path, false)
                .is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(globs: &[&str]) -> Writes {
        let globs: Vec<String> = globs.iter().map(|g| (*g).to_owned()).collect();
        Writes::new(&globs, vec!["harness/artifacts/qa/T1.md".into()]).0
    }

    #[test]
    fn later_globs_close_what_earlier_ones_open() {
        let w = writes(&["**", "!harness/**", "!vendor", "vendor/ours/**"]);
        for (path, may) in [
            ("src/a.rs", true),
            ("README.md", true),
            ("harness/harness.yaml", false),
            ("harness/artifacts/qa/T1.md", true),
            ("harness/artifacts/qa/T1.md.bak", false),
            ("vendor/x/y.c", false),
            ("vendor/ours/y.c", true),
            ("a/harness/b", true),
        ] {
            assert_eq!(w.allow(path), may, "{path}");
        }
    }

    #[test]
    fn a_folder_opens_what_is_below_and_nothing_beside() {
        let w = writes(&["docs/", "src/*.rs"]);
        for (path, may) in [
            ("docs/a/b.md", true),
            ("src/a.rs", true),
            ("src/a/b.rs", false),
            ("docsy", false),
            ("x", false),
        ] {
            assert_eq!(w.allow(path), may, "{path}");
        }
        assert!(!writes(&[]).allow("x"));
        assert!(!writes(&["**"]).allow("harness/runs/RUN-1.md"));
    }
}
