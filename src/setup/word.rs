//! The trust that goes with what this program wrote at a person's order.
//!
//! Law: it covers what was there when they looked, where that was trusted, and what was really
//! written; nothing else. Whatever came meanwhile is asked about as ever.

use super::Proposal;
use crate::documents::powers::{self, Power};
use crate::documents::role;
use crate::engine::Person;
use crate::records::builtin;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::supervisor::trust::{Standing, Trust};

/// A file that was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    /// Its path below the harness folder.
    pub(super) path: &'a str,
    /// What it held when a person looked; nothing, where it was not there.
    pub(super) was: &'a str,
    /// What it holds now.
    pub(super) text: &'a str,
}

/// Trusts what was looked at with what was written, where nothing of somebody else's is trusted by
/// that.
pub(super) fn give(proposal: &Proposal, written: &[Written<'_>], by: &Person) {
    give_to(&proposal.project.trust(), proposal, written, by);
}

fn give_to(trust: &Trust, proposal: &Proposal, written: &[Written<'_>], by: &Person) {
    let Some(expected) = expected(&proposal.project, &proposal.powers, written) else {
        return;
    };
    let trusted = !matches!(trust.standing(&proposal.powers), Standing::Not(_));
    let now = Harness::load(&proposal.project).powers;
    let as_expected = powers::digest(&now) == powers::digest(&expected);
    if trusted && as_expected && matches!(trust.standing(&now), Standing::Not(_)) {
        // Where it can't be kept, the first run asks.
        let _ = trust.give(&now, by);
    }
}

/// What the files should have run now. `None`: one of them was another already when it was shown
/// than when all were looked at.
fn expected(project: &Project, looked: &[Power], written: &[Written<'_>]) -> Option<Vec<Power>> {
    let mut expected = looked.to_vec();
    for file in written {
        let path = format!("{}/{}", project.harness, file.path);
        let (before, others) = expected.into_iter().partition(|p| p.file == path);
        expected = others;
        let before: Vec<Power> = before;
        let was = of_file(&path, file.path, file.was);
        if powers::digest(&was) != powers::digest(&before) {
            return None;
        }
        expected.extend(of_file(&path, file.path, file.text));
    }
    Some(expected)
}

/// What a file has run.
fn of_file(path: &str, name: &str, text: &str) -> Vec<Power> {
    match name.split_once('/') {
        None if name == builtin::SETTINGS.path => powers::of_settings(path, text),
        Some(("workflows", _)) => powers::of_workflow(path, text),
        Some(("roles", _)) => {
            let (role, _) = role::parse(text, path);
            powers::of_role(path, text, role.profile.as_deref())
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{put, repository};
    use crate::store::user::UserDir;
    use std::path::Path;

    const EVIL: &str = "stages: [{ id: a, checks: ['touch taken'] }]\n";
    const EVIL_FILE: &str = "harness/workflows/evil.yaml";
    const FILE: &str = "workflows/feature.yaml";

    struct Scene {
        dir: tempfile::TempDir,
        user: tempfile::TempDir,
    }

    impl Scene {
        fn new() -> Self {
            let (dir, _) = repository();
            put(dir.path(), "Cargo.toml", "[package]\n");
            let user = tempfile::tempdir().unwrap();
            Self { dir, user }
        }

        fn top(&self) -> &Path {
            self.dir.path()
        }

        fn look(&self) -> Proposal {
            Proposal::of(self.top()).unwrap()
        }

        fn trust(&self, project: &Project) -> Trust {
            let user = UserDir::at(self.user.path());
            project.trust().by(Some(user))
        }

        /// Whether what is there is trusted after this was written.
        fn given(&self, proposal: &Proposal, written: &[Written<'_>]) -> bool {
            let trust = self.trust(&proposal.project);
            give_to(
                &trust,
                proposal,
                written,
                &crate::supervisor::live::engine_person(),
            );
            let now = Harness::load(&proposal.project).powers;
            assert!(!now.is_empty());
            trust.standing(&now) == Standing::Given
        }

        /// Everything is written, and trusted, or not.
        fn set_up(&self, proposal: &Proposal) -> bool {
            proposal.write().unwrap();
            let written = { proposal.missing.iter() }.map(|file| Written {
                path: &file.path,
                was: "",
                text: &file.text,
            });
            self.given(proposal, &written.collect::<Vec<_>>())
        }

        /// The shipped workflow as it is, and with one more check.
        fn newer(&self) -> (String, String) {
            let was = std::fs::read_to_string(self.top().join("harness").join(FILE)).unwrap();
            let text = was.replace("cargo test", "cargo test --all");
            assert_ne!(was, text);
            (was, text)
        }
    }

    #[test]
    fn what_was_written_is_trusted_and_what_came_meanwhile_is_not() {
        let scene = Scene::new();
        assert!(scene.set_up(&scene.look()));
        let scene = Scene::new();
        let proposal = scene.look();
        put(scene.top(), EVIL_FILE, EVIL);
        assert!(!scene.set_up(&proposal));
    }

    #[test]
    fn a_newer_file_takes_its_trust_along_and_nothing_elses() {
        let scene = Scene::new();
        assert!(scene.set_up(&scene.look()));
        let (was, text) = scene.newer();
        let written = Written {
            path: FILE,
            was: &was,
            text: &text,
        };
        let proposal = scene.look();
        put(scene.top(), &format!("harness/{FILE}"), &text);
        // Something else is there by now, or stood there unseen when the file was shown.
        let evil = format!("{was}hooks: touch taken\n");
        let unseen = Written {
            was: &evil,
            ..written
        };
        assert!(!scene.given(&proposal, &[unseen]));
        put(scene.top(), EVIL_FILE, EVIL);
        assert!(!scene.given(&proposal, &[written]));
        std::fs::remove_file(scene.top().join(EVIL_FILE)).unwrap();
        // Nothing is trusted by what was not written.
        assert!(!scene.given(&proposal, &[]));
        assert!(scene.given(&proposal, &[written]));
    }

    #[test]
    fn nothing_that_was_not_trusted_before_comes_in_with_it() {
        let scene = Scene::new();
        assert!(scene.set_up(&scene.look()));
        put(scene.top(), EVIL_FILE, EVIL);
        let (was, text) = scene.newer();
        let proposal = scene.look();
        put(scene.top(), &format!("harness/{FILE}"), &text);
        let written = Written {
            path: FILE,
            was: &was,
            text: &text,
        };
        assert!(!scene.given(&proposal, &[written]));
    }
}
