//! Checks: commands that must exit 0, or fail of nothing new, on a clean copy of exactly what is
//! handed on.
//!
//! The quick ones run first; the full ones once all of those passed. What is known of a tree is kept
//! with the run, what is known of its base with the repository: neither is run a second time.

mod base;
mod copy;
mod junit;
mod kept;
mod outside;
mod report;
mod tap;

pub use kept::forget_failures;

use super::desk::{Desk, Job};
use super::exit::CheckResult;
use super::sandbox::{self, Roots};
use super::timeline::Step;
use crate::engine::plan::{Check, ReportFrom, Sandbox};
use crate::git::Git;
use crate::terms::evidence::{Baseline, Names};
use crate::terms::{Digest, Oid};
use base::{Base, Seen, Store};
use copy::Copy;
use kept::Kept;
use outside::Home;
use report::{Printed, Reported};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How much a report on the output may be, in bytes.
const REPORT_BYTES: usize = 8 * 1024 * 1024;

/// Runs the checks on this tree, which `commit` holds; `base` is the commit whose failures are not
/// new. An error says why they could not be run at all; a check that fails is a result.
pub fn run(
    desk: &mut Desk<'_>,
    tree: &Oid,
    commit: &Oid,
    base: &Oid,
) -> Result<Vec<CheckResult>, String> {
    let all = desk.spec.stage.checks.clone();
    let (quick, full): (Vec<Check>, Vec<Check>) = all.into_iter().partition(|c| c.tier.is_quick());
    let mut bench = Bench {
        desk,
        tree,
        commit,
        base,
        copy: None,
    };
    let mut results = Vec::new();
    for check in &quick {
        results.push(bench.check(check)?);
        if bench.ordered() {
            return Ok(results);
        }
    }
    if !full.is_empty() && !results.iter().all(CheckResult::passed) {
        let labels: Vec<String> = full.iter().map(Check::label).collect();
        let waits = format!(
            "not run before the quick checks pass: {}",
            labels.join(", ")
        );
        bench.desk.log.note(waits);
        return Ok(results);
    }
    for check in &full {
        results.push(bench.check(check)?);
        if bench.ordered() {
            break;
        }
    }
    Ok(results)
}

/// Where checks are run, with what is judged there.
struct Bench<'d, 'a> {
    desk: &'d mut Desk<'a>,
    tree: &'d Oid,
    commit: &'d Oid,
    base: &'d Oid,
    /// The clean copy, and the commit it is of.
    copy: Option<(Oid, Copy)>,
}

/// A check that has run on a tree.
struct Measured {
    exit: Option<i32>,
    told: String,
    took_ms: u64,
    tail: String,
    changed: Vec<String>,
    outside: Vec<String>,
    report: Option<Reported>,
}

impl Measured {
    /// What another run is compared with; `None`: it did not end by itself.
    fn seen(&self) -> Option<Seen> {
        Some(Seen {
            exit: self.exit?,
            report: self.report.clone(),
        })
    }
}

impl Bench<'_, '_> {
    fn ordered(&self) -> bool {
        super::watch::ordered(&self.desk.dir.join("order")).is_some()
    }

    fn check(&mut self, check: &Check) -> Result<CheckResult, String> {
        let key = self.key(check)?;
        let path = kept::path(&self.desk.spec.run_dir, self.tree, &key);
        let step = self.desk.log.start(Step::Check, check.label());
        if let Some(kept) = Kept::read(&path) {
            let mut result = kept.result;
            result.reused = true;
            let seen = result.exit.map(|exit| Seen {
                exit,
                report: kept.report,
            });
            result.baseline = self.stands(check, &key, seen.as_ref());
            let detail = match &result.baseline {
                Some(_) => format!("known for this tree: {}", result.how_short()),
                None => "known for this tree; not run again".to_owned(),
            };
            let passed = result.passed();
            self.desk.log.finish_after(step, 0, passed, detail);
            return Ok(result);
        }
        let commit = self.commit.clone();
        let measured = self.measure(check, &commit)?;
        let seen = measured.seen();
        let baseline = self.stands(check, &key, seen.as_ref());
        let result = self.result(check, &measured, baseline);
        let detail = match result.exit {
            Some(_) => result.how_short(),
            None => measured.told.clone(),
        };
        let passed = result.passed();
        self.desk
            .log
            .finish_after(step, result.took_ms, passed, detail);
        self.tell_of(&check.label(), &result, &measured);
        if result.exit.is_some() {
            Kept::of(&result, measured.report).put(&path)?;
        }
        Ok(result)
    }

    fn result(
        &self,
        check: &Check,
        measured: &Measured,
        baseline: Option<Baseline>,
    ) -> CheckResult {
        let failing = match &measured.report {
            Some(Reported::Names { failed, .. }) => Names::of(failed),
            _ => Names::default(),
        };
        CheckResult {
            command: self.desk.log.redactor().text(&check.label()),
            exit: measured.exit,
            took_ms: measured.took_ms,
            tree: self.tree.clone(),
            tail: measured.tail.clone(),
            changed: measured.changed.clone(),
            reused: false,
            failing,
            baseline,
            outside: measured.outside.clone(),
        }
    }

    /// Notes what a person should know of it beside how it came out.
    fn tell_of(&mut self, label: &str, result: &CheckResult, measured: &Measured) {
        let mut notes = Vec::new();
        if !result.changed.is_empty() {
            notes.push(format!(
                "the check '{label}' changed tracked files, which is discarded: {}",
                result.changed.join(", ")
            ));
        }
        if !result.outside.is_empty() {
            let who = format!("the check '{label}'");
            notes.push(outside::told(&who, &result.outside));
        }
        if let Some(baseline) = &result.baseline {
            let counts = match (result.exit, result.passed()) {
                (Some(0), _) => "passes",
                (_, true) => "fails and counts as passed",
                (_, false) => "fails",
            };
            notes.push(format!("the check '{label}' {counts}: {}", baseline.told()));
        }
        if let Some(Reported::Nothing(why)) = &measured.report
            && result.exit == Some(0)
        {
            notes.push(format!("the check '{label}' passed, but {why}"));
        }
        for note in notes {
            let note = self.desk.log.redactor().text(&note);
            self.desk.log.note(note.clone());
            self.desk.notes.push(note);
        }
    }

    /// What decides how a check comes out, beside the tree.
    fn key(&self, check: &Check) -> Result<Digest, String> {
        let spec = self.desk.spec;
        let profile = &spec.stage.profile;
        let argv = self.desk.argv(&check.command())?;
        let parts = (
            argv,
            &check.report,
            &check.caches,
            &check.sockets,
            &spec.setup,
            profile.sandbox,
            &profile.env,
        );
        let bytes = serde_json::to_vec(&parts).map_err(|e| e.to_string())?;
        Ok(Digest::of(bytes))
    }

    /// How a run stands to the base, which is run where that is not known yet. `None`: it was not
    /// asked for, or there is nothing to compare.
    fn stands(&mut self, check: &Check, key: &Digest, now: Option<&Seen>) -> Option<Baseline> {
        let now = now.filter(|_| check.baseline)?;
        let git = Git::new(&self.desk.spec.tree);
        let base = match git.tree_of(self.base) {
            Ok(base) => base,
            Err(e) => {
                let why = format!("the base can't be found: {e}");
                return Some(Baseline::unknown(self.base, why));
            }
        };
        let store = Store::of(&self.desk.spec.run_dir)?;
        let mut known = store.read(&base, key);
        if base == *self.tree && known.runs.is_empty() {
            known.runs.push(now.clone());
        }
        if now.exit == 0 {
            let found = base::compare(&base, now, &known);
            let tells = found.unknown.is_none() && (found.before > 0 || !found.gone.is_empty());
            return tells.then_some(found);
        }
        if known.runs.is_empty()
            && let Err(why) = self.look_at_base(check, (&base, key), &store, &mut known)
        {
            return Some(Baseline::unknown(&base, why));
        }
        let found = base::compare(&base, now, &known);
        let red = known.runs.iter().any(|run| run.exit != 0);
        let more = red && known.runs.len() < base::MOST_RUNS && base != *self.tree;
        if found.unknown.is_some() || found.new.is_empty() || !more {
            return Some(found);
        }
        // Tests that fail before anything was changed may come and go, too.
        match self.look_at_base(check, (&base, key), &store, &mut known) {
            Ok(()) => Some(base::compare(&base, now, &known)),
            Err(_) => Some(found),
        }
    }

    /// Runs a check on the base once more, and keeps what came of it.
    fn look_at_base(
        &mut self,
        check: &Check,
        (tree, key): (&Oid, &Digest),
        store: &Store,
        known: &mut Base,
    ) -> Result<(), String> {
        let step = self.desk.log.start(Step::Baseline, check.label());
        let commit = self.base.clone();
        let measured = self.measure(check, &commit);
        let measured = match measured {
            Ok(measured) => measured,
            Err(why) => {
                let why = format!("the base could not be made ready to be compared: {why}");
                self.desk.log.finish(step, false, why.clone());
                return Err(why);
            }
        };
        let Some(seen) = measured.seen() else {
            let why = format!(
                "the check did not end by itself on the base ({}), so new failures can't be told \
                 from old ones",
                measured.told
            );
            self.desk.log.finish(step, false, why.clone());
            return Err(why);
        };
        let detail = match &seen.report {
            Some(Reported::Names { failed, .. }) => {
                format!("{}, {} failing", measured.told, failed.len())
            }
            Some(Reported::Nothing(why)) => format!("{}, {why}", measured.told),
            None => measured.told.clone(),
        };
        self.desk
            .log
            .finish_after(step, measured.took_ms, true, detail);
        if !measured.outside.is_empty() {
            let who = format!("the check '{}', run on the base,", check.label());
            let told = outside::told(&who, &measured.outside);
            self.desk.notes.push(told);
        }
        known.runs.push(seen);
        store.keep(tree, key, known)
    }

    /// The clean copy at a commit.
    fn copy_at(&mut self, commit: &Oid) -> Result<&Copy, String> {
        let there = self.copy.take().filter(|(at, _)| at == commit);
        let copy = match there {
            Some((_, copy)) => copy,
            None => Copy::make(self.desk, commit)?,
        };
        let (_, copy) = self.copy.insert((commit.clone(), copy));
        Ok(copy)
    }

    fn measure(&mut self, check: &Check, commit: &Oid) -> Result<Measured, String> {
        let caches = in_repository(check);
        let copy = self.copy_at(commit)?;
        copy.clean(&caches)?;
        let path = copy.path.clone();
        let label = check.label();
        let before = report::before(&path, check.report.as_ref());
        let home = self.home(check);
        let printed = match &check.report {
            Some(ReportFrom::Tap | ReportFrom::Regex(_)) => REPORT_BYTES,
            _ => 0,
        };
        let job = Job {
            argv: self.desk.argv(&check.command())?,
            cwd: &path,
            roots: Some(self.roots(check, &path)),
            timeout: Duration::from_secs(check.timeout_secs),
            keep: printed,
            raw: None,
        };
        let ran = self.desk.run(&job).map_err(|e| format!("'{label}': {e}"))?;
        let mut outside = home.map_or_else(Vec::new, |home| home.changed());
        if ran.confined
            && let Some(home) = self.desk.user_env.get("HOME")
        {
            outside.extend(outside::denied(&ran.tail, Path::new(home)));
        }
        let report = check.report.as_ref().map(|from| {
            let printed = Printed {
                out: &ran.output,
                err: &ran.errors,
                more: ran.more,
            };
            let told = report::read(&path, from, &before, &printed);
            told.redacted(|text| self.desk.log.redactor().text(text))
        });
        let tail = self.with_sockets(check, &ran.tail, ran.ok());
        let (_, copy) = self.copy.as_ref().ok_or("the clean copy is gone")?;
        Ok(Measured {
            exit: ran.exit,
            told: ran.told(),
            took_ms: ran.took_ms,
            tail,
            changed: copy.changed()?,
            outside,
            report,
        })
    }

    /// What it may write: its copy, the usual caches, and those that it names.
    fn roots(&self, check: &Check, copy: &Path) -> Roots {
        let mut roots = self.desk.roots_with_caches(copy);
        for cache in self.in_home(check) {
            // What can't be made can't be written either, which the check will say.
            let _ = std::fs::create_dir_all(&cache);
            roots.write.push(cache);
        }
        roots.abstract_sockets = check.sockets.iter().any(|s| s.starts_with('@'));
        roots
    }

    /// The caches that it names below the person's home.
    fn in_home(&self, check: &Check) -> Vec<PathBuf> {
        let home = self.desk.user_env.get("HOME").map(PathBuf::from);
        let named = check.caches.iter().filter_map(|c| c.strip_prefix("~/"));
        home.iter()
            .flat_map(|h| named.clone().map(|c| h.join(c)))
            .collect()
    }

    /// The person's home as it is before a check, where nothing keeps the check from writing there.
    fn home(&self, check: &Check) -> Option<Home> {
        let off = self.desk.spec.stage.profile.sandbox == Sandbox::Off;
        if !off && sandbox::landlock_abi().is_some() {
            return None;
        }
        let home = PathBuf::from(self.desk.user_env.get("HOME")?);
        let spec = self.desk.spec;
        let mut closed = self.desk.roots_with_caches(&spec.check_tree).write;
        closed.extend(self.in_home(check));
        let ours = [&spec.home, &spec.tree, &spec.check_tree, &self.desk.scratch];
        closed.extend(ours.into_iter().cloned());
        closed.extend(outside::always_moving(&home));
        Some(Home::look(&home, closed))
    }

    /// What it printed, with a word on each socket that is not there where it failed.
    fn with_sockets(&self, check: &Check, tail: &str, ok: bool) -> String {
        let mut tail = tail.to_owned();
        let home = self.desk.user_env.get("HOME").map(String::as_str);
        for socket in check.sockets.iter().filter(|s| !ok && !s.starts_with('@')) {
            let path = match (socket.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => Path::new(home).join(rest),
                _ => PathBuf::from(socket),
            };
            if !path.exists() {
                tail.push_str(&format!(
                    "\n[the socket {socket} is not there: is what serves it running?]"
                ));
            }
        }
        tail
    }
}

/// The caches of the repository: they are kept in the copy from one check to the next.
fn in_repository(check: &Check) -> Vec<String> {
    let inside = check.caches.iter().filter(|c| !c.starts_with("~/"));
    inside.map(|c| c.trim_end_matches('/').to_owned()).collect()
}
