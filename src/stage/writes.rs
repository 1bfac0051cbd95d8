//! What a stage may write, as one question: is this path its own?

use super::spec::AttemptSpec;
use crate::engine::plan::Stage;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// Answers whether a path may be written.
#[derive(Debug, Clone)]
pub struct Writes {
    globs: Gitignore,
    /// What a path must match as well.
    within: Option<Gitignore>,
    artifacts: Vec<String>,
    /// What the engine alone writes, whatever a workflow opens: where runs are told of, in the
    /// run's own harness folder and in the one at the root.
    closed: [String; 2],
}

impl Writes {
    /// From a stage's effective writes and its own artifacts. A glob that can't be read opens
    /// nothing, and is given back.
    pub fn of(spec: &AttemptSpec) -> (Self, Vec<String>) {
        Self::of_stage(&spec.stage, spec.harness.as_str())
    }

    /// The same for a stage of a run whose harness folder is this.
    pub fn of_stage(stage: &Stage, harness: &str) -> (Self, Vec<String>) {
        let produces = stage.produces.iter();
        let artifacts = produces.map(|p| p.path.as_str().to_owned()).collect();
        let (mut writes, mut unread) = Self::new(&stage.writes, artifacts, harness);
        if !stage.within.is_empty() {
            writes.within = Some(matcher(&stage.within, &mut unread));
        }
        (writes, unread)
    }

    /// From gitignore globs, where `!` closes what an earlier one opened, exact paths, and the
    /// run's harness folder, relative to the repository's root.
    pub fn new(globs: &[String], artifacts: Vec<String>, harness: &str) -> (Self, Vec<String>) {
        let mut unread = Vec::new();
        let globs = matcher(globs, &mut unread);
        let closed = ["harness", harness].map(|folder| format!("{folder}/runs/"));
        let writes = Self {
            globs,
            within: None,
            artifacts,
            closed,
        };
        (writes, unread)
    }

    /// Whether this path, relative to the repository's root, may be written.
    pub fn allow(&self, path: &str) -> bool {
        if self.artifacts.iter().any(|a| a == path) {
            return true;
        }
        !self.closed.iter().any(|folder| path.starts_with(folder))
            && !path.is_empty()
            && !path.starts_with('/')
            && opens(&self.globs, path)
            && self.within.as_ref().is_none_or(|globs| opens(globs, path))
    }
}

fn opens(globs: &Gitignore, path: &str) -> bool {
    globs.matched_path_or_any_parents(path, false).is_ignore()
}

fn matcher(globs: &[String], unread: &mut Vec<String>) -> Gitignore {
    let mut builder = GitignoreBuilder::new("/");
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
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writes(globs: &[&str]) -> Writes {
        let globs: Vec<String> = globs.iter().map(|g| (*g).to_owned()).collect();
        let artifact = vec!["harness/artifacts/qa/T1.md".into()];
        Writes::new(&globs, artifact, "apps/web/harness").0
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
        for harness in ["harness", "apps/web/harness"] {
            let report = format!("{harness}/runs/RUN-1.md");
            assert!(!writes(&["**"]).allow(&report), "{report}");
        }
        assert!(writes(&["**"]).allow("apps/api/harness/runs/RUN-1.md"));
    }
}
