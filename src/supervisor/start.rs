//! Starting a run: its id, its branch and its folder are claimed, its order and its plan made
//! durable. From then on any supervisor can carry it through.

use super::control;
use super::handoff::TRAILER_RUN;
use super::order::{InPlace, RunOrder, Statuses};
use super::place::{self, NotHere};
use super::trust::{CannotTrust, Word};
use crate::engine::plan::Plan;
use crate::engine::{Event, Person, lock};
use crate::git::refs::BranchClash;
use crate::git::{Git, GitError, NewCommit};
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::write::{create_once, replace};
use crate::terms::{Finding, ItemId, Oid, RepoPath, RunId, StageId};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How many runs of one subject a day may have, and branches a name.
const MAX_TRIES: u32 = 1000;
/// The subjects of the commits that a run may begin with.
const TAKEN: &str = "Uncommitted changes of the checkout, taken along";
const PRIVATE: &str = "The private harness, as it lies";

/// What a run is to be started with.
#[derive(Debug)]
pub struct Request {
    /// Git in the user's checkout.
    pub home: PathBuf,
    /// The harness folder, relative to it.
    pub harness: RepoPath,
    /// What stands for the checkout where the harness is kept out of it.
    pub private: Option<PathBuf>,
    /// The engine's folder.
    pub engine: EngineDir,
    /// The folder that the run's tree is made in.
    pub trees: PathBuf,
    /// The task's id or, without one, the workflow's name.
    pub subject: String,
    /// The branch's name without a number.
    pub branch: String,
    /// The commit to start from.
    pub base: Oid,
    /// A tree upon it that holds what was not committed, where that is taken along.
    pub changes: Option<Oid>,
    /// A tree upon that which holds the private harness; `None`: the harness is not private.
    pub private_tree: Option<Oid>,
    /// The branch that is checked out, short name.
    pub base_branch: Option<String>,
    /// The task's backlog item.
    pub item: Option<ItemId>,
    /// The stages that were chosen; empty: all.
    pub chosen: Vec<StageId>,
    /// Who orders it.
    pub by: Person,
    /// Where attempts are to be recorded.
    pub record: Option<PathBuf>,
    /// Whether raw output is kept unredacted.
    pub keep_raw: bool,
    /// The backlog's file, where the settings name one.
    pub backlog: Option<RepoPath>,
    /// The backlog's words.
    pub statuses: Statuses,
    /// It is to work in the checkout itself.
    pub in_place: Option<InPlace>,
    /// Whether the machine is to be kept from sleeping while an agent works.
    pub awake: bool,
    /// That what it is begun with is trusted.
    pub trusted: Word,
}

/// Why a run can't be started.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// The branch.
    #[error(transparent)]
    Branch(#[from] BranchClash),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The id.
    #[error(transparent)]
    Id(#[from] crate::terms::id::BadId),
    /// The plan has faults that show only when the run has its names.
    #[error("the workflow has faults: {}", faults_text(.0))]
    Faults(Vec<Finding>),
    /// The plan can't be written down.
    #[error("the workflow can't be locked: {0}")]
    Plan(String),
    /// No number is left.
    #[error("{0} runs or branches of this name are there already; `harness-tui clean` lists them")]
    TooMany(u32),
    /// The run belongs to another place.
    #[error(transparent)]
    NotHere(#[from] NotHere),
    /// What it was begun with can't be kept as trusted.
    #[error(transparent)]
    Trust(#[from] CannotTrust),
    /// Its process can't be started.
    #[error("can't start the run's supervisor: {0}")]
    Spawn(std::io::Error),
}

fn faults_text(faults: &[Finding]) -> String {
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    texts.join("; ")
}

/// What a run's own names stand for: `run.id`, `run.date`, `run.branch`, `run.base`.
pub type RunNames = BTreeMap<String, String>;

/// Creates the run. Nothing runs yet; [`wake`] sees to that.
///
/// Its id and branch are known only when they are claimed, and texts of the plan may hold them: so
/// `plan` makes it from their names then. Where it refuses, nothing stays behind.
pub fn create(
    request: Request,
    now: &jiff::Zoned,
    plan: impl FnOnce(&RunNames) -> Result<Plan, Vec<Finding>>,
) -> Result<RunOrder, CannotStart> {
    let fs = Disk;
    let branch = if request.in_place.is_some() || request.private.is_some() {
        None
    } else {
        Some(free_branch(&Git::new(&request.home), &request.branch)?)
    };
    let (run, dirs) = claim(&fs, &request.engine, now.date(), &request.subject)?;
    let branch = branch.unwrap_or_else(|| RunOrder::place_ref(&run));
    let tree = match &request.in_place {
        Some(_) => request.home.clone(),
        None => request.trees.join(run.as_str()),
    };
    let at = (&run, now.timestamp());
    let started = match &request.changes {
        None => request.base.clone(),
        Some(tree) => upon(&request, &request.base, (tree, TAKEN), at)?,
    };
    let base = match &request.private_tree {
        None => started.clone(),
        Some(tree) => upon(&request, &started, (tree, PRIVATE), at)?,
    };
    let names = RunNames::from([
        ("run.id".to_owned(), run.to_string()),
        ("run.date".to_owned(), now.date().to_string()),
        ("run.branch".to_owned(), branch.clone()),
        ("run.base".to_owned(), base.to_string()),
    ]);
    let plan = plan(&names).map_err(|faults| {
        // Still empty; were it left, it would only cost the next run its number.
        let _ = std::fs::remove_dir(dirs.path());
        CannotStart::Faults(faults)
    })?;
    let order = RunOrder {
        format: 1,
        tree,
        run,
        home: request.home,
        harness: request.harness,
        private: request.private,
        branch,
        private_on: (base != started).then(|| started.clone()),
        taken_on: (started != request.base).then_some(request.base),
        base,
        base_branch: request.base_branch,
        item: request.item,
        chosen: request.chosen,
        created: now.timestamp(),
        by: request.by,
        record: request.record,
        keep_raw: request.keep_raw,
        backlog: request.backlog,
        statuses: request.statuses,
        in_place: request.in_place,
        awake: request.awake,
    };
    dirs.make(&fs)?;
    let text = lock::to_lock(&plan).map_err(|e| CannotStart::Plan(e.to_string()))?;
    replace(&fs, &dirs.workflow_lock(), text.as_bytes())?;
    request.trusted.seal(&dirs, text.as_bytes())?;
    // The order last: a folder without one is no run.
    let bytes = serde_json::to_vec_pretty(&order).map_err(|e| StoreError::Encode {
        path: dirs.run(),
        why: e.to_string(),
    })?;
    create_once(&fs, &dirs.run(), &bytes)?;
    Ok(order)
}

/// A commit of this tree upon another commit. No branch moves.
fn upon(
    request: &Request,
    on: &Oid,
    (tree, message): (&Oid, &str),
    (run, now): (&RunId, Timestamp),
) -> Result<Oid, GitError> {
    let git = Git::new(&request.home);
    git.commit_tree(&NewCommit {
        tree,
        parents: std::slice::from_ref(on),
        message,
        trailers: &[(TRAILER_RUN, run.as_str())],
        identity: &git.identity(),
        seconds: now.as_second(),
    })
}

fn free_branch(git: &Git, wanted: &str) -> Result<String, CannotStart> {
    for n in 1..=MAX_TRIES {
        let name = if n == 1 {
            wanted.to_owned()
        } else {
            format!("{wanted}-{n}")
        };
        match git.branch_is_free(&name)? {
            Ok(()) => return Ok(name),
            Err(BranchClash::Exists(_)) => {}
            Err(clash) => return Err(clash.into()),
        }
    }
    Err(CannotStart::TooMany(MAX_TRIES))
}

/// Makes the run's folder, which only one can.
fn claim(
    fs: &dyn Fs,
    engine: &EngineDir,
    date: jiff::civil::Date,
    subject: &str,
) -> Result<(RunId, RunDir), CannotStart> {
    let runs = engine.runs();
    fs.create_dir_all(&runs, true)
        .map_err(StoreError::io("make", &runs))?;
    for n in 1..=MAX_TRIES {
        let run = RunId::compose(date, subject, n)?;
        let dirs = engine.run(&run);
        match std::fs::create_dir(dirs.path()) {
            Ok(()) => return Ok((run, dirs)),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(StoreError::io("make", dirs.path())(e).into()),
        }
    }
    Err(CannotStart::TooMany(MAX_TRIES))
}

/// Sees to it that a supervisor runs for this run, which must belong here. One that is there already makes this harmless.
pub fn wake(run_dir: &Path, home: &Path) -> Result<(), CannotStart> {
    place::check(run_dir, home)?;
    let mut command = crate::process::own::again().map_err(CannotStart::Spawn)?;
    command.args(["supervise", "--dir"]).arg(run_dir);
    crate::process::spawn_detached(command, home, &run_dir.join("supervisor.log"), "")
        .map_err(CannotStart::Spawn)?;
    Ok(())
}

/// Gives an order to a run and sees to it that somebody takes it up. Returns the order's name, by
/// which the journal tells what came of it.
pub fn order(dirs: &RunDir, home: &Path, event: &Event) -> Result<String, CannotStart> {
    place::check(dirs.path(), home)?;
    let path = control::send(&Disk, &dirs.control(), Timestamp::now(), event)?;
    wake(dirs.path(), home)?;
    let name = path.file_name().unwrap_or_default();
    Ok(name.to_string_lossy().into_owned())
}
