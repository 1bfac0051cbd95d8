//! How a check came out on the tree that the run started from: kept for the whole repository, and
//! compared with how it comes out now.

use super::report::Reported;
use crate::stage::noted::{self, What};
use crate::terms::evidence::{Baseline, Names};
use crate::terms::{Digest, Oid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How often a check is run on a base at most: twice, to know what comes and goes by itself.
pub(super) const MOST_RUNS: usize = 2;
/// How many bases are kept in a repository, and how large the note of one may be.
const MOST_KEPT: usize = 64;
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// One run of a check, as far as another one is compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Seen {
    /// Its exit code.
    pub(super) exit: i32,
    /// What its report told; `None`: it has none.
    pub(super) report: Option<Reported>,
}

/// The runs on one base.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Base {
    /// At most two.
    pub(super) runs: Vec<Seen>,
}

/// The notes of all bases of a repository.
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// That of the repository whose engine holds this run's folder.
    pub(super) fn of(run_dir: &Path) -> Option<Self> {
        // `<git common dir>/harness/runs/<run>`
        let harness = run_dir.ancestors().nth(2)?;
        Some(Self {
            folder: harness.join("baselines"),
        })
    }

    fn path(&self, tree: &Oid, key: &Digest) -> PathBuf {
        self.folder.join(format!("{tree}-{key}.json"))
    }

    /// What is known of a check on a base.
    pub(super) fn read(&self, tree: &Oid, key: &Digest) -> Base {
        noted::read(&self.path(tree, key), What::Base, MAX_BYTES).unwrap_or_default()
    }

    /// Keeps it; the oldest beyond 64 are forgotten.
    pub(super) fn keep(&self, tree: &Oid, key: &Digest, base: &Base) -> Result<(), String> {
        let path = self.path(tree, key);
        noted::put(&path, What::Base, base)?;
        let mut all = self.all();
        all.sort();
        for (_, old) in all.iter().rev().skip(MOST_KEPT) {
            // One that stays is only not forgotten yet.
            let _ = std::fs::remove_file(old);
        }
        Ok(())
    }

    /// Forgets what failed on a base, so that it is looked at anew.
    pub(super) fn forget_failures(&self, tree: &Oid) {
        let lead = format!("{tree}-");
        for (_, path) in self.all() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let base: Base = noted::read(&path, What::Base, MAX_BYTES).unwrap_or_default();
            if name.starts_with(&lead) && base.runs.iter().any(|r| r.exit != 0) {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    fn all(&self) -> Vec<(SystemTime, PathBuf)> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten();
        let of = |entry: std::fs::DirEntry| {
            let path = entry.path();
            let json = path.extension().is_some_and(|e| e == "json");
            let modified = entry.metadata().ok()?.modified().ok()?;
            json.then_some((modified, path))
        };
        entries.flatten().filter_map(of).collect()
    }
}

/// Compares a run with those on the base. One that exited 0 is compared too: for what it mended.
pub(super) fn compare(tree: &Oid, now: &Seen, base: &Base) -> Baseline {
    let unknown = |why: String| Baseline::unknown(tree, why);
    let Some(first) = base.runs.first() else {
        return unknown("the base is not known".to_owned());
    };
    let red = base.runs.iter().find(|r| r.exit != 0);
    let (failed, passed) = match names(now) {
        Ok(names) => names,
        Err(_) if now.exit != 0 && red.is_none() => {
            return unknown("passes on the base, so all of it is new".to_owned());
        }
        Err(why) => {
            let red = red.unwrap_or(first);
            return unknown(cannot_tell(red.exit, &why));
        }
    };
    let mut known = Vec::new();
    for run in &base.runs {
        match names(run) {
            Ok(names) => known.push(names),
            Err(why) => return unknown(cannot_tell(run.exit, &format!("on the base {why}"))),
        }
    }
    let before: BTreeSet<&String> = known.iter().flat_map(|(failed, _)| *failed).collect();
    let always = |name: &&String| known.iter().all(|(failed, _)| failed.contains(*name));
    let ran: BTreeSet<&String> = known
        .iter()
        .filter_map(|(_, passed)| *passed)
        .flatten()
        .collect();
    let runs_now = |name: &&&String| {
        failed.contains(**name) || passed.is_none_or(|passed| passed.contains(**name))
    };
    if let Some(red) = red
        && now.exit != 0
        && now.exit != red.exit
        && failed.iter().eq(before.iter().copied())
    {
        return unknown(format!(
            "it exits {} and on the base {} with the same failures: it may not have come to its end",
            now.exit, red.exit
        ));
    }
    Baseline {
        tree: tree.clone(),
        before: before.len(),
        new: Names::of(failed.iter().filter(|name| !before.contains(name))),
        fixed: Names::of(
            before
                .iter()
                .filter(|name| !failed.contains(**name) && runs_now(name))
                .copied(),
        ),
        gone: Names::of(ran.union(&before).filter(|name| !runs_now(name)).copied()),
        flaky: Names::of(before.iter().copied().filter(|name| !always(name))),
        unknown: None,
    }
}

fn cannot_tell(exit: i32, why: &str) -> String {
    match exit {
        0 => format!("new failures can't be told from old ones: {why}"),
        code => {
            format!(
                "fails on the base too (exit {code}), but new failures can't be told from old ones: {why}"
            )
        }
    }
}

type Told<'a> = (&'a BTreeSet<String>, Option<&'a BTreeSet<String>>);

/// The names that a run can be relied on to tell.
fn names(seen: &Seen) -> Result<Told<'_>, String> {
    match &seen.report {
        None if seen.exit == 0 => Ok((const { &BTreeSet::new() }, None)),
        None => Err("add `report:` to the check".to_owned()),
        Some(Reported::Nothing(why)) => Err(why.clone()),
        Some(Reported::Names { failed, passed }) if seen.exit == 0 || !failed.is_empty() => {
            Ok((failed, passed.as_ref()))
        }
        Some(Reported::Names { .. }) => Err(format!(
            "it exits {} and its report names no failed test",
            seen.exit
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Oid {
        Oid::new("a".repeat(40)).unwrap()
    }

    fn set(names: &str) -> BTreeSet<String> {
        names.split_whitespace().map(str::to_owned).collect()
    }

    fn seen(exit: i32, failed: &str, passed: &str) -> Seen {
        let report = Reported::Names {
            failed: set(failed),
            passed: Some(set(passed)),
        };
        Seen {
            exit,
            report: Some(report),
        }
    }

    fn told(now: &Seen, base: &[Seen]) -> (bool, String) {
        let base = Base {
            runs: base.to_vec(),
        };
        let found = compare(&tree(), now, &base);
        (found.excuses(), found.told())
    }

    #[test]
    fn only_what_did_not_fail_before_is_new() {
        let base = seen(1, "a", "b c");
        assert_eq!(
            told(&seen(1, "a", "b c d"), std::slice::from_ref(&base)),
            (true, "1 failing before, 0 new".into())
        );
        assert_eq!(
            told(&seen(1, "a b", "c"), std::slice::from_ref(&base)),
            (false, "1 failing before, 1 new: b".into())
        );
        assert_eq!(
            told(&seen(0, "", "a b c"), std::slice::from_ref(&base)),
            (true, "1 failing before, 0 new; no longer failing: a".into())
        );
        assert_eq!(
            told(&seen(1, "a", "b"), &[base]),
            (
                true,
                "1 failing before, 0 new; ran before and not now: c".into()
            )
        );
        assert_eq!(
            told(&seen(1, "a", ""), &[seen(0, "", "a b")]),
            (
                false,
                "0 failing before, 1 new: a; ran before and not now: b".into()
            )
        );
    }

    #[test]
    fn a_second_look_at_the_base_tells_what_comes_and_goes() {
        let twice = [seen(1, "a", "b"), seen(1, "a b", "")];
        assert_eq!(
            told(&seen(1, "a b", ""), &twice),
            (
                true,
                "2 failing before, 0 new; comes and goes on the base: b".into()
            )
        );
    }

    #[test]
    fn what_can_not_be_told_excuses_nothing() {
        let silent = |exit| Seen { exit, report: None };
        let broken = |exit| Seen {
            exit,
            report: Some(Reported::nothing("it wrote no report (x.xml)")),
        };
        let red = seen(1, "a", "b");
        for (now, base, says) in [
            (silent(1), silent(1), "add `report:`"),
            (silent(1), silent(0), "passes on the base"),
            (broken(1), red.clone(), "wrote no report"),
            (broken(1), broken(1), "wrote no report"),
            (red.clone(), broken(1), "on the base it wrote no report"),
            (seen(2, "", ""), red.clone(), "names no failed test"),
            (seen(2, "a", "b"), red, "may not have come to its end"),
        ] {
            let (excused, words) = told(&now, &[base]);
            assert!(!excused && words.contains(says), "{words}");
        }
        assert!(!told(&seen(1, "a", ""), &[]).0);
    }

    #[test]
    fn a_pattern_tells_no_passes_so_nothing_is_called_gone() {
        let of = |failed: &str| Seen {
            exit: 1,
            report: Some(Reported::Names {
                failed: set(failed),
                passed: None,
            }),
        };
        assert_eq!(
            told(&of("a"), &[of("a b")]),
            (true, "2 failing before, 0 new; no longer failing: b".into())
        );
    }

    #[test]
    fn bases_are_kept_and_the_oldest_forgotten() {
        noted::for_tests();
        let dir = tempfile::tempdir().unwrap();
        let store = Store::of(&dir.path().join("harness/runs/RUN")).unwrap();
        let key = |n: usize| Digest::of(n.to_string());
        let base = Base {
            runs: vec![seen(1, "a", "")],
        };
        for n in 0..MOST_KEPT + 3 {
            store.keep(&tree(), &key(n), &base).unwrap();
        }
        assert_eq!(store.all().len(), MOST_KEPT);
        assert_eq!(store.read(&tree(), &key(MOST_KEPT + 2)), base);
        let other = Oid::new("b".repeat(40)).unwrap();
        store.forget_failures(&other);
        assert_eq!(store.all().len(), MOST_KEPT);
        store.forget_failures(&tree());
        assert!(store.all().is_empty());
    }
}
