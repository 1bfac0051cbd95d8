//! Where the engine's own files lie. Paths only, but for opening the engine's folder.
//!
//! What is private to this clone lies in the git common dir, one for all worktrees: `git clean`
//! does not reach it. The two files that people read while a run lives lie in their checkout.

use super::error::StoreError;
use super::fs::{Fs, Mode};
use super::write::{create_once, stage};
use crate::terms::{AttemptId, RunId, TaskId};
use std::io;
use std::path::{Path, PathBuf};

/// What of a harness folder a run uses as it is in the checkout, committed or not.
pub const USED_AS_THEY_ARE: [&str; 8] = [
    "harness.yaml",
    "harness.local.yaml",
    "backlog.md",
    "backlog",
    "tasks",
    "workflows",
    "roles",
    "templates",
];

/// The layout's version; a newer one is refused.
pub const FORMAT: u64 = 1;
const BALLAST: usize = 1 << 20;

macro_rules! files {
    ($type:ident { $($(#[$doc:meta])* $name:ident = $file:literal;)* }) => {
        impl $type {
            /// The folder itself.
            pub fn path(&self) -> &Path {
                &self.0
            }
            $(
                $(#[$doc])*
                pub fn $name(&self) -> PathBuf {
                    self.0.join($file)
                }
            )*
        }
    };
}

/// The engine's folder: `<git common dir>/harness`, or `harness/.state` where there is no git.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EngineDir(PathBuf);

files!(EngineDir {
    /// The layout's version, a number and a line feed.
    format = "format";
    /// Room set aside, freed to write down why when the disk is full.
    ballast = "ballast";
    /// Lock files, one a place for a running attempt.
    slots = "slots";
    /// Lock files, one a task with a live run.
    tasks = "tasks";
    /// A folder a run.
    runs = "runs";
    /// A folder a dialogue.
    dialogues = "dialogues";
    /// Who looks at the budget of a day, and when there may be something left of it.
    day = "day";
    /// The line of the runs that wait for a place of `slots`.
    waiting = "waiting";
    /// The runs that somebody carries and that go on by themselves where that one dies.
    carried = "carried";
    /// What the person trusts of this clone, one file a harness folder.
    trust = "trust";
    /// What stands for the checkout where the harness is kept private: its folder lies below.
    private = "private";
});

impl EngineDir {
    /// The folder at this path, as it is.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Opens the folder, making what is missing; refuses one of a newer version.
    pub fn open(fs: &dyn Fs, path: &Path) -> Result<Self, StoreError> {
        let dir = Self::at(path);
        for part in [dir.slots(), dir.tasks(), dir.runs(), dir.dialogues()] {
            fs.create_dir_all(&part, true)
                .map_err(StoreError::io("make", &part))?;
        }
        dir.check_format(fs)?;
        dir.set_ballast(fs)?;
        Ok(dir)
    }

    /// Refuses a folder of a newer version; writes the version where there is none yet.
    fn check_format(&self, fs: &dyn Fs) -> Result<(), StoreError> {
        let path = self.format();
        let bytes = match fs.read(&path, 64) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_once(fs, &path, format!("{FORMAT}\n").as_bytes())?;
                return Ok(());
            }
            bytes => bytes.map_err(StoreError::io("read", &path))?,
        };
        let text = String::from_utf8_lossy(&bytes);
        let major = text.trim().split('.').next().unwrap_or_default();
        match major.parse::<u64>() {
            Ok(found) if found <= FORMAT => Ok(()),
            Ok(found) => Err(StoreError::TooNew {
                path,
                found,
                known: FORMAT,
            }),
            Err(_) => Err(StoreError::NoFormat {
                path,
                known: FORMAT,
            }),
        }
    }

    /// Sets the ballast aside where it is missing and there is room.
    pub fn set_ballast(&self, fs: &dyn Fs) -> Result<(), StoreError> {
        let path = self.ballast();
        if fs
            .stat(&path)
            .map_err(StoreError::io("look at", &path))?
            .is_some()
        {
            return Ok(());
        }
        // Bytes that no disk compresses away.
        let mut bytes = vec![0; BALLAST];
        blake3::Hasher::new().finalize_xof().fill(&mut bytes);
        match stage(fs, &path, &bytes, Mode::Private) {
            Ok(temp) => fs
                .rename(&temp, &path)
                .map_err(StoreError::io("create", &path)),
            Err(error) if error.is_disk_full() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Frees the ballast; whether there was any.
    pub fn free_ballast(&self, fs: &dyn Fs) -> Result<bool, StoreError> {
        let path = self.ballast();
        match fs.remove(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StoreError::io("free", &path)(error)),
        }
    }

    /// The lock that a task's live run holds.
    pub fn task_lock(&self, task: &TaskId) -> PathBuf {
        self.tasks().join(format!("{task}.lock"))
    }

    /// A run's folder.
    pub fn run(&self, run: &RunId) -> RunDir {
        RunDir(self.runs().join(run.as_str()))
    }

    /// The runs that have a folder, in the order of their ids; names that are no run's are left out.
    pub fn run_ids(&self, fs: &dyn Fs) -> Result<Vec<RunId>, StoreError> {
        let dir = self.runs();
        match fs.list(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::io("list", &dir)(error)),
            Ok(names) => Ok(names
                .into_iter()
                .filter_map(|n| RunId::new(n).ok())
                .collect()),
        }
    }

    /// A dialogue's folder.
    pub fn dialogue(&self, task: &TaskId) -> PathBuf {
        self.dialogues().join(task.as_str())
    }
}

/// A run's folder: `runs/RUN-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunDir(PathBuf);

files!(RunDir {
    /// Held by the run's supervisor.
    lock = "lock";
    /// Who supervises, since when, in which epoch, and where home is.
    supervisor = "supervisor.json";
    /// Why the last supervisor ended though the run should go on.
    gave_up = "gave-up.json";
    /// Every event.
    journal = "journal.jsonl";
    /// run-state.md as the engine last wrote it: what edits are measured against.
    base = "base.md";
    /// The backlog as it was, while its status line is being written.
    backlog_base = "backlog.base.md";
    /// The workflow, roles and templates as the run was started with.
    workflow_lock = "workflow.lock.yaml";
    /// The same plan, quick to read, with the digest of the lock that it was made from.
    plan = "plan.json";
    /// What the run was started with.
    run = "run.json";
    /// That what it was started with was trusted then.
    trust = "trust.json";
    /// Orders of people, one file each, made once.
    control = "control";
    /// What people say of lines of its work: given, changed, taken away.
    comments = "comments.jsonl";
    /// Held by who writes that.
    comments_lock = "comments.lock";
    /// A folder an attempt.
    attempts = "attempts";
    /// What was told to the commands of `on:`, a file an event.
    events = "events";
    /// What a landing is about to do, from when its commit exists until everything is done.
    landing = "landing.json";
});

impl RunDir {
    /// The folder at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The engine's folder that it lies in.
    pub fn engine(&self) -> EngineDir {
        let above = self.0.ancestors().nth(2);
        EngineDir(above.unwrap_or(&self.0).to_owned())
    }

    /// An attempt's folder.
    pub fn attempt(&self, attempt: &AttemptId) -> AttemptDir {
        AttemptDir(self.attempts().join(attempt.to_string()))
    }

    /// The attempts that have a folder; names that are no attempt's are left out.
    pub fn attempt_ids(&self, fs: &dyn Fs) -> Result<Vec<AttemptId>, StoreError> {
        let dir = self.attempts();
        match fs.list(&dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(StoreError::io("list", &dir)(error)),
            Ok(names) => {
                let mut ids: Vec<AttemptId> =
                    names.iter().filter_map(|name| name.parse().ok()).collect();
                ids.sort();
                Ok(ids)
            }
        }
    }

    /// Makes the run's folders.
    pub fn make(&self, fs: &dyn Fs) -> Result<(), StoreError> {
        for dir in [self.control(), self.attempts()] {
            fs.create_dir_all(&dir, true)
                .map_err(StoreError::io("make", &dir))?;
        }
        Ok(())
    }
}

/// An attempt's folder: `attempts/build.2.1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttemptDir(PathBuf);

files!(AttemptDir {
    /// What is about to be done; durable before anything is started.
    intent = "intent.json";
    /// What `stage-exec` is told.
    spec = "spec.json";
    /// The preconditions that it was told to ask hold.
    met = "preconditions-met";
    /// Who `stage-exec` is: its process identity.
    shim = "shim.json";
    /// Touched, and locked, while `stage-exec` lives.
    heartbeat = "hb";
    /// Exactly what the agent was told.
    prompt = "prompt.md";
    /// The agent's events, normalised.
    transcript = "transcript.jsonl";
    /// What the agent printed, capped and redacted.
    raw_log = "raw.log";
    /// How it came out; made once, by `stage-exec`.
    exit = "exit.json";
    /// The proof that `stage-exec` wrote the record; there before it.
    seal = "exit.seal";
    /// The supervisor took the attempt for lost; one that begins only now does nothing.
    given_up = "given-up";
    /// The files outside git as they were before.
    manifest = "manifest.json";
    /// What it counts as, by the supervisor.
    result = "result.json";
    /// What the guard took back.
    guard_patch = "guard.patch";
    /// Unfinished work that was kept.
    partial_patch = "partial.patch";
    /// What lay in the tree when the attempt began, and was nobody's hand-off.
    found_patch = "found.patch";
    /// A person has it: what they need to begin.
    lent = "lent.json";
    /// How what was started for them is confined.
    lent_report = "lent-report.json";
    /// The process of whoever works there for them now; locked while they do.
    hand = "hand";
    /// They handed it back, and how; made once.
    back = "handed-back.json";
    /// The agent's own configuration, where it gets one.
    home = "home";
    /// The guard's private index.
    index = "index";
});

impl AttemptDir {
    /// The folder at this path.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Makes the folder.
    pub fn make(&self, fs: &dyn Fs) -> Result<(), StoreError> {
        fs.create_dir_all(self.path(), true)
            .map_err(StoreError::io("make", self.path()))
    }
}

/// What people see of a live run, in their checkout: `harness/runs/active/RUN-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActiveDir(PathBuf);

files!(ActiveDir {
    /// The authoritative record.
    run_state = "run-state.md";
    /// What happened so far.
    report = "report.md";
});

impl ActiveDir {
    /// The live run's folder below the project's `harness/`.
    pub fn of(harness: &Path, run: &RunId) -> Self {
        Self(Self::all(harness).join(run.as_str()))
    }

    /// The folder of all live runs below the project's `harness/`.
    pub fn all(harness: &Path) -> PathBuf {
        harness.join("runs/active")
    }

    /// Makes the folder, and the `.gitignore` above it that keeps it out of git.
    pub fn make(&self, fs: &dyn Fs) -> Result<(), StoreError> {
        fs.create_dir_all(self.path(), false)
            .map_err(StoreError::io("make", self.path()))?;
        if let Some(all) = self.path().parent() {
            let ignore = all.join(".gitignore");
            // Looked at first: a file made in vain costs as much as one that is kept.
            let there = fs
                .stat(&ignore)
                .map_err(StoreError::io("look at", &ignore))?;
            if there.is_none() {
                create_once(fs, &ignore, b"*\n")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::fs::Disk;
    use super::super::fs::faulty::{Fault, Faulty};
    use super::super::fs::memory::Memory;
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn opening_makes_it_and_is_repeatable() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("harness");
        let engine = EngineDir::open(&Disk, &root).unwrap();
        assert_eq!(EngineDir::open(&Disk, &root).unwrap(), engine);
        assert_eq!(Disk.read(&engine.format(), 9).unwrap(), b"1\n");
        assert_eq!(Disk.stat(&root).unwrap().unwrap().mode, 0o700);
        let ballast = Disk.stat(&engine.ballast()).unwrap().unwrap();
        assert_eq!(ballast.fingerprint.size, 1 << 20);
        assert!(engine.free_ballast(&Disk).unwrap());
        assert!(!engine.free_ballast(&Disk).unwrap());
    }

    #[test]
    fn a_format_that_is_no_number_is_told_as_that() {
        let root = Path::new("/h");
        let disk = Memory::with_dir(root);
        disk.put(&root.join("format"), b"garbage");
        let said = EngineDir::open(&disk, root).unwrap_err().to_string();
        assert!(said.contains("write 1 into it"), "{said}");
        assert!(!said.contains("journal"), "{said}");
    }

    #[test]
    fn a_newer_format_is_refused() {
        let root = Path::new("/h");
        let disk = Memory::with_dir(root);
        for (text, fine) in [("1\n", true), ("1.4\n", true), ("2\n", false), ("x", false)] {
            disk.put(&root.join("format"), text.as_bytes());
            assert_eq!(EngineDir::open(&disk, root).is_ok(), fine, "{text}");
        }
        disk.put(&root.join("format"), b"2\n");
        let error = EngineDir::open(&disk, root).unwrap_err().to_string();
        assert!(error.contains("update harness-tui"), "{error}");
    }

    #[test]
    fn a_full_disk_has_no_ballast_but_opens() {
        let root = Path::new("/h");
        let disk = Memory::with_dir(root);
        disk.put(&root.join("format"), b"1\n");
        // 4 folders, the format, a look at the ballast, its file, and then the write.
        let full = Faulty::new(disk, 8, Fault::Error(Errno::NOSPC));
        let engine = EngineDir::open(&full, root).unwrap();
        assert!(full.fired());
        assert!(!engine.free_ballast(&full.inner).unwrap());
    }

    #[test]
    fn paths_are_as_the_design_says() {
        let run = RunId::new("RUN-2026-04-02-T015").unwrap();
        let engine = EngineDir::at("/g/harness");
        let attempt = engine.run(&run).attempt(&"build.2.1".parse().unwrap());
        assert_eq!(
            attempt.exit(),
            Path::new("/g/harness/runs/RUN-2026-04-02-T015/attempts/build.2.1/exit.json")
        );
        assert_eq!(
            ActiveDir::of(Path::new("/p/harness"), &run).run_state(),
            Path::new("/p/harness/runs/active/RUN-2026-04-02-T015/run-state.md")
        );
        assert_eq!(
            engine.task_lock(&TaskId::new("T015").unwrap()),
            Path::new("/g/harness/tasks/T015.lock")
        );
    }

    #[test]
    fn what_is_there_is_listed_by_id() {
        let dir = tempfile::tempdir().unwrap();
        let engine = EngineDir::at(dir.path());
        assert!(engine.run_ids(&Disk).unwrap().is_empty());
        let run = engine.run(&RunId::new("RUN-1").unwrap());
        run.make(&Disk).unwrap();
        Disk.create_dir_all(&engine.runs().join("lost+found"), true)
            .unwrap();
        run.attempt(&"qa.1.1".parse().unwrap()).make(&Disk).unwrap();
        assert_eq!(
            engine.run_ids(&Disk).unwrap(),
            [RunId::new("RUN-1").unwrap()]
        );
        assert_eq!(run.attempt_ids(&Disk).unwrap(), ["qa.1.1".parse().unwrap()]);
        let active = ActiveDir::of(&dir.path().join("harness"), &RunId::new("RUN-1").unwrap());
        active.make(&Disk).unwrap();
        active.make(&Disk).unwrap();
        let ignore = dir.path().join("harness/runs/active/.gitignore");
        assert_eq!(Disk.read(&ignore, 9).unwrap(), b"*\n");
    }
}
