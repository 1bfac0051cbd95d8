//! What is known of a tree already: a check that has ended by itself on it is not run again.

use super::base::Store;
use super::report::Reported;
use crate::stage::noted::{self, What};
use crate::terms::evidence::CheckResult;
use crate::terms::{Digest, Oid};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How large the note of one may be.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// A check as it came out on one tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// How; it says how it stood to the base then.
    pub(super) result: CheckResult,
    /// What its report told.
    pub(super) report: Option<Reported>,
}

impl Kept {
    pub(super) fn of(result: &CheckResult, report: Option<Reported>) -> Self {
        Self {
            result: result.clone(),
            report,
        }
    }

    pub(super) fn read(path: &Path) -> Option<Self> {
        noted::read(path, What::Check, MAX_BYTES)
    }

    pub(super) fn put(&self, path: &Path) -> Result<(), String> {
        noted::put(path, What::Check, self)
    }
}

/// Where it is kept of a check, by what decides how it comes out.
pub(super) fn path(run_dir: &Path, tree: &Oid, key: &Digest) -> PathBuf {
    let both = Digest::of_parts([tree.as_str().as_bytes(), key.as_str().as_bytes()]);
    run_dir.join("checks").join(format!("{both}.json"))
}

/// Forgets the checks that failed, also on the base, so that they run again on the same tree: a
/// person says that what they failed of has been mended.
pub fn forget_failures(run_dir: &Path) {
    let folder = run_dir.join("checks");
    let bases = Store::of(run_dir);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(kept) = Kept::read(&path).filter(|kept| !kept.result.passed()) else {
            continue;
        };
        // One that stays is only not run again.
        let _ = std::fs::remove_file(&path);
        if let (Some(bases), Some(baseline)) = (&bases, &kept.result.baseline) {
            bases.forget_failures(&baseline.tree);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::checks::base::{Base, Seen};
    use crate::stage::ground;
    use crate::terms::evidence::{Baseline, Names};

    fn result(exit: i32, baseline: Option<Baseline>) -> Kept {
        let result = CheckResult {
            command: "true".to_owned(),
            exit: Some(exit),
            took_ms: 1,
            tree: Oid::new("a".repeat(40)).unwrap(),
            tail: String::new(),
            changed: Vec::new(),
            reused: false,
            failing: Names::default(),
            baseline,
            outside: Vec::new(),
        };
        Kept::of(&result, None)
    }

    #[test]
    fn one_that_was_planted_counts_for_nothing() {
        noted::for_tests();
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        result(0, None).put(&at("a.json")).unwrap();
        assert!(Kept::read(&at("a.json")).is_some());
        let sealed = std::fs::read(at("a.json")).unwrap();
        let body = serde_json::to_vec(&result(0, None)).unwrap();
        // Without a seal, with one of nobody's, and with that of another check.
        let unsealed = [b"0".repeat(64), b"\n".to_vec(), body.clone()].concat();
        for (name, bytes) in [("b.json", body), ("c.json", unsealed), ("d.json", sealed)] {
            ground::put(&at(name), &bytes, 0o600).unwrap();
            assert!(Kept::read(&at(name)).is_none(), "{name}");
        }
        // A check's note is no note of a base.
        assert!(noted::read::<Kept>(&at("a.json"), What::Base, MAX_BYTES).is_none());
    }

    #[test]
    fn only_failures_are_forgotten_and_with_them_those_of_the_base() {
        noted::for_tests();
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("harness/runs/RUN");
        let at = |name: &str| run.join("checks").join(name);
        let base = Oid::new("b".repeat(40)).unwrap();
        let store = Store::of(&run).unwrap();
        let key = Digest::of("k");
        let red = Base {
            runs: vec![Seen {
                exit: 1,
                report: None,
            }],
        };
        store.keep(&base, &key, &red).unwrap();
        let mut excused = Baseline::unknown(&base, "");
        excused.unknown = None;
        result(0, None).put(&at("good.json")).unwrap();
        result(1, Some(excused)).put(&at("excused.json")).unwrap();
        forget_failures(&run);
        assert!(Kept::read(&at("good.json")).is_some());
        assert!(Kept::read(&at("excused.json")).is_some());
        assert_eq!(store.read(&base, &key), red);
        let unknown = Baseline::unknown(&base, "no report");
        result(1, Some(unknown)).put(&at("bad.json")).unwrap();
        forget_failures(&run);
        assert!(Kept::read(&at("bad.json")).is_none());
        assert_eq!(store.read(&base, &key), Base::default());
    }
}
