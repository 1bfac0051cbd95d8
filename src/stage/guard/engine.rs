//! The engine's own files, looked at where an attempt could have written them: in place, with no
//! sandbox to close them.

use super::After;
use crate::stage::spec::AttemptSpec;
use crate::store::layout::RunDir;
use crate::terms::{Digest, Finding, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many files are looked at, and how large each may be.
const MOST: usize = 2000;
const LARGEST: u64 = 32 * 1024 * 1024;

type Files = BTreeMap<PathBuf, Digest>;

/// The files as they were before an attempt.
#[derive(Debug)]
pub(super) struct Engine {
    /// Of the run: only its supervisor writes them, and no attempt's end is needed for that.
    own: Files,
    /// Of the clone: other runs and the person write them too.
    shared: Files,
}

impl Engine {
    pub(super) fn of(spec: &AttemptSpec) -> Self {
        let run = RunDir::at(&spec.run_dir);
        let engine = run.engine();
        Self {
            own: files(&[
                run.run(),
                run.trust(),
                run.workflow_lock(),
                run.plan(),
                run.path().join("checks"),
            ]),
            shared: files(&[engine.trust(), engine.path().join("baselines")]),
        }
    }

    /// Tells what differs now.
    pub(super) fn compare(&self, spec: &AttemptSpec, after: &mut After) {
        let now = Self::of(spec);
        for path in differing(&self.own, &now.own) {
            let what = "a file of the engine's own was changed while the attempt ran, and only the engine writes it";
            after.tampering.push(
                Finding::new("guard/engine-touched", what)
                    .at(Place::file(path.display().to_string()))
                    .remedy(
                        "look at what ran here; run it with a sandbox, which closes the engine's folder",
                    ),
            );
        }
        for path in differing(&self.shared, &now.shared) {
            after.notes.push(format!(
                "{} was changed while the attempt ran; nobody can tell by whom, and it counts only if it \
                 bears your own seal",
                path.display()
            ));
        }
    }
}

fn differing<'a>(before: &'a Files, now: &'a Files) -> BTreeSet<&'a PathBuf> {
    let paths = before.keys().chain(now.keys());
    paths.filter(|p| before.get(*p) != now.get(*p)).collect()
}

fn files(places: &[PathBuf]) -> Files {
    let mut found = Files::new();
    for place in places {
        let below = std::fs::read_dir(place).into_iter().flatten().flatten();
        let below = below.take(MOST).map(|entry| entry.path());
        for path in std::iter::once(place.clone()).chain(below) {
            if let Some(digest) = digest(&path) {
                found.insert(path, digest);
            }
        }
    }
    found
}

/// What stands there; a link counts by where it leads.
fn digest(path: &Path) -> Option<Digest> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    if meta.is_symlink() {
        let to = std::fs::read_link(path).ok()?;
        return Some(Digest::of_parts([
            b"link",
            to.as_os_str().as_encoded_bytes(),
        ]));
    }
    let plain = meta.is_file() && meta.len() <= LARGEST;
    plain
        .then(|| std::fs::read(path).ok())
        .flatten()
        .map(Digest::of)
}
