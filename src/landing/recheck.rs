//! The checks once more, on what the target branch would hold: it has moved since the run
//! started, and nobody has seen the two together.

use super::LandError;
use crate::git::Git;
use crate::process::own;
use crate::records::runs::RunView;
use crate::stage::desk::Desk;
use crate::stage::log::Log;
use crate::stage::spec::AttemptSpec;
use crate::stage::{checks, copied, environ};
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::supervisor::ports::Ports;
use crate::supervisor::trust::Trust;
use crate::terms::Oid;
use crate::terms::evidence::CheckResult;
use serde::{Deserialize, Serialize};
use std::process::Stdio;

/// Largest attempt order that is read.
const MAX_SPEC_BYTES: u64 = 32 * 1024 * 1024;

/// Runs the checks of the workflow's last stage that has some on this tree, which `commit` holds,
/// with the set-up, environment and sandbox that they had. None where the workflow has none.
///
/// It ends whatever descends from this process when a command ends, as an attempt does: call it
/// from a process that has no other children.
pub fn recheck(view: &RunView, tree: &Oid, commit: &Oid) -> Result<Vec<CheckResult>, LandError> {
    let Some(mut spec) = last_spec(view)? else {
        return Ok(Vec::new());
    };
    let trust = Trust::of_order(&view.order, &view.dirs);
    if let Err(untrusted) = trust.of_run(&view.dirs) {
        return Err(LandError::aborted(
            format!("the checks are not run again: {}", untrusted.reason()),
            Vec::new(),
            "land with --no-check, or start a new run",
        ));
    }
    // The run's own tree may be gone.
    spec.tree.clone_from(&view.order.home);
    // What its attempts had may be another run's by now.
    let mut ports = Ports::new();
    let base = ports.of(view.dirs.path(), &view.order.tree);
    spec.env
        .insert("HARNESS_PORT_BASE".to_owned(), base.to_string());
    let dir = view.dirs.path().join("landing");
    Disk.create_dir_all(&dir, true)
        .map_err(StoreError::io("make", &dir))?;
    let user_env = environ::inherited();
    let named = user_env.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let redactor = copied::redactor(named, &spec.setup, &spec.home, &spec.tree);
    let path = dir.join("transcript.jsonl");
    let log = Log::open(&path, redactor).map_err(StoreError::io("open", &path))?;
    let mut desk = Desk::new(&spec, &dir, log, user_env).map_err(StoreError::io("set up", &dir))?;
    // Whoever lands again says that what failed has been mended.
    checks::forget_failures(view.dirs.path());
    // What fails on the target branch already is not this run's doing.
    let results = Git::new(&spec.tree)
        .resolve(&format!("{commit}^1"))
        .map_err(|e| e.to_string())
        .and_then(|target| checks::run(&mut desk, tree, commit, &target));
    desk.clear();
    results.map_err(|why| {
        LandError::aborted(
            format!("the checks could not be run again: {why}"),
            Vec::new(),
            "mend that, or land with --no-check",
        )
    })
}

/// What a process told that did it for another one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// The checks ran.
    Ran(Vec<CheckResult>),
    /// They could not be run.
    Could {
        /// Why not.
        not: String,
        /// What to do.
        remedy: String,
    },
}

impl Told {
    /// What came of it, to be told.
    pub fn of(results: Result<Vec<CheckResult>, LandError>) -> Self {
        match results {
            Ok(results) => Self::Ran(results),
            Err(LandError::Aborted { what, remedy, .. }) => Self::Could { not: what, remedy },
            Err(e) => Self::Could {
                not: e.to_string(),
                remedy: "mend that, or land with --no-check".to_owned(),
            },
        }
    }

    fn taken(self) -> Result<Vec<CheckResult>, LandError> {
        match self {
            Self::Ran(results) => Ok(results),
            Self::Could { not, remedy } => Err(LandError::aborted(not, Vec::new(), remedy)),
        }
    }
}

/// The same in a process of its own, without a terminal: for one that has other children, which
/// would be ended, or a screen, which would be painted over. It ends with the calling thread.
pub fn apart(view: &RunView, tree: &Oid, commit: &Oid) -> Result<Vec<CheckResult>, LandError> {
    let dir = view.dirs.path();
    let run = || {
        own::again()?
            .args(["recheck", "--parent", &std::process::id().to_string()])
            .args([
                "--tree",
                tree.as_str(),
                "--commit",
                commit.as_str(),
                "--dir",
            ])
            .arg(dir)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
    };
    let output = run().map_err(StoreError::io("start the checks of", dir))?;
    let told = serde_json::from_slice::<Told>(&output.stdout);
    let told = told.unwrap_or_else(|_| Told::Could {
        not: format!("their process ended without a word ({})", output.status),
        remedy: "land again, or with --no-check".to_owned(),
    });
    told.taken()
}

/// What the last attempt with checks was told.
fn last_spec(view: &RunView) -> Result<Option<AttemptSpec>, LandError> {
    let plan = view.run.plan.stages.iter().zip(&view.run.stages).rev();
    let Some((stage, record)) = plan.into_iter().find(|(s, _)| !s.checks.is_empty()) else {
        return Ok(None);
    };
    let cannot = |why: String| {
        LandError::aborted(
            format!(
                "the target branch has moved and the checks of '{}' can't be run again: {why}",
                stage.id
            ),
            Vec::new(),
            "start a run on the new base, or land with --no-check",
        )
    };
    let attempt = record
        .current_attempt()
        .ok_or_else(|| cannot("it was never run".to_owned()))?;
    let path = view.attempt_dir(&attempt.id).spec();
    let bytes = Disk
        .read(&path, MAX_SPEC_BYTES)
        .map_err(|e| cannot(format!("{}: {e}", path.display())))?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| cannot(format!("{}: {e}", path.display())))
}
