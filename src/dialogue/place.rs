//! Where a dialogue lies: its id, its folder, its task's file.

use super::CannotTalk;
use crate::documents::task::name::{file_name, task_id_of};
use crate::records::project::Project;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::layout::EngineDir;
use crate::store::lock::Lock;
use crate::terms::{RepoPath, TaskId};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Held while an id is chosen.
const IDS: &str = "ids.lock";
/// How often, and how long each time, somebody who holds it is waited for.
const TRIES: u32 = 100;
const MOMENT: Duration = Duration::from_millis(50);

/// A dialogue's place. While it is held nobody else leads the dialogue.
pub struct Place {
    /// The disk on which it is kept.
    pub fs: Arc<dyn Fs>,
    /// The task's id.
    pub id: TaskId,
    /// `<git common dir>/harness/dialogues/T014`.
    pub dir: PathBuf,
    /// The task's file in the repository.
    pub file: RepoPath,
    _lead: Lock,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place")
            .field("id", &self.id)
            .field("dir", &self.dir)
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// A place for a new task of this title: the id after the highest of home, of all branches and
    /// runs, and of all dialogues.
    pub fn reserve(fs: &Arc<dyn Fs>, project: &Project, title: &str) -> Result<Self, CannotTalk> {
        let engine = EngineDir::open(&**fs, project.engine.path())?;
        let _ids = wait_for(&**fs, &engine.path().join(IDS))?;
        let id = next_id(&**fs, project, &engine)?;
        let dir = engine.dialogue(&id);
        make(&**fs, &dir)?;
        let file = project
            .inside(&format!("tasks/{}", file_name(&id, title)))
            .map_err(|e| CannotTalk::Place(e.to_string()))?;
        Self::lead(fs, id, dir, file)
    }

    /// The place of the dialogue of a task that is there, or that an earlier dialogue has begun.
    /// `title` names the file where there is none.
    pub fn of(
        fs: &Arc<dyn Fs>,
        project: &Project,
        id: &TaskId,
        title: &str,
    ) -> Result<Self, CannotTalk> {
        let engine = EngineDir::open(&**fs, project.engine.path())?;
        let dir = engine.dialogue(id);
        make(&**fs, &dir)?;
        let names = names_in(&**fs, &project.path("tasks"))?;
        let mut own = names
            .into_iter()
            .filter(|n| task_id_of(n).as_ref() == Some(id));
        let name = own.next().unwrap_or_else(|| file_name(id, title));
        if own.next().is_some() {
            return Err(CannotTalk::Place(format!(
                "several files in {} are {id}'s; give all but one another id",
                project.path("tasks").display()
            )));
        }
        let file = project
            .inside(&format!("tasks/{name}"))
            .map_err(|e| CannotTalk::Place(e.to_string()))?;
        Self::lead(fs, id.clone(), dir, file)
    }

    fn lead(
        fs: &Arc<dyn Fs>,
        id: TaskId,
        dir: PathBuf,
        file: RepoPath,
    ) -> Result<Self, CannotTalk> {
        match Lock::try_take(&dir.join("lead.lock"))? {
            Some(lead) => Ok(Self {
                fs: Arc::clone(fs),
                id,
                dir,
                file,
                _lead: lead,
            }),
            None => Err(CannotTalk::Led(id)),
        }
    }
}

fn make(fs: &dyn Fs, dir: &Path) -> Result<(), StoreError> {
    fs.create_dir_all(dir, true)
        .map_err(StoreError::io("make", dir))
}

fn wait_for(fs: &dyn Fs, path: &Path) -> Result<Lock, CannotTalk> {
    for _ in 0..TRIES {
        if let Some(lock) = Lock::try_take(path)? {
            return Ok(lock);
        }
        fs.settle(MOMENT);
    }
    Err(CannotTalk::Place(format!(
        "another harness-tui chooses an id since five seconds ({})",
        path.display()
    )))
}

fn next_id(fs: &dyn Fs, project: &Project, engine: &EngineDir) -> Result<TaskId, CannotTalk> {
    let mut highest = 0;
    let mut see = |id: Option<TaskId>| {
        let number = id.and_then(|id| id.as_str().strip_prefix('T')?.parse::<u64>().ok());
        highest = highest.max(number.unwrap_or(0));
    };
    for name in names_in(fs, &project.path("tasks"))? {
        see(task_id_of(&name));
    }
    for name in names_in(fs, &engine.dialogues())? {
        see(TaskId::new(&name).ok());
    }
    // Run ids and run branches name their task among their words.
    let refs = project
        .git()
        .refs(&["refs/heads", "refs/remotes"])
        .map_err(|e| CannotTalk::Place(e.to_string()))?;
    let names = refs.into_iter().map(|r| r.name);
    for name in names.chain(names_in(fs, &engine.runs())?) {
        for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
            see(TaskId::new(word).ok());
        }
    }
    TaskId::new(format!("T{:03}", highest + 1)).map_err(|e| CannotTalk::Place(e.to_string()))
}

/// The names in a folder; none where it is not there. One that can't be read is not taken for an
/// empty one: an id could be given twice.
fn names_in(fs: &dyn Fs, folder: &Path) -> Result<Vec<String>, StoreError> {
    match fs.list(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        names => names.map_err(StoreError::io("list", folder)),
    }
}

#[cfg(test)]
mod tests;
