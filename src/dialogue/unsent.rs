//! What a person typed and has not given or sent: `unsent.json` in the folder of the dialogue, or of
//! the run whose stage asks. It is theirs alone, and goes away once it is given.

use super::question::Given;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::layout::EngineDir;
use crate::store::write::replace;
use crate::terms::{RunId, StageId, TaskId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The most bytes that are kept of one dialogue, or of one stage's questions.
pub const MOST: usize = 1 << 20;

/// Whose words they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Those of a dialogue about this task.
    Dialogue(TaskId),
    /// The answers to what this stage of a run asks.
    Stage(RunId, StageId),
}

impl Whose {
    /// Where they lie.
    pub fn path(&self, engine: &EngineDir) -> PathBuf {
        match self {
            Self::Dialogue(task) => engine.dialogue(task).join("unsent.json"),
            Self::Stage(run, stage) => {
                let name = format!("unsent.{stage}.json");
                engine.run(run).path().join(name)
            }
        }
    }
}

/// What was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    /// Answers, by their question's id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// Questions back, by the id of the question they are about.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backs: BTreeMap<String, String>,
    /// Words to the author.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reply: String,
    /// Words that were sent to the author and are not known to be taken.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sent: String,
    /// How often something had been said when they were sent: once more than that, they were taken.
    #[serde(default)]
    pub said: u64,
    /// What was given to a stage's questions and not sent to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, Given>,
    /// The words of a stage's questions: its ids may be another question's the next time.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub asked: BTreeMap<String, String>,
}

impl Unsent {
    /// Whether nothing was typed or given.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
            && self.backs.is_empty()
            && self.reply.is_empty()
            && self.sent.is_empty()
            && self.given.is_empty()
    }
}

/// Why it is not kept. It stands on the screen all the same.
#[derive(Debug, thiserror::Error)]
pub enum CannotKeep {
    /// It is too long.
    #[error(
        "what is typed and not sent is longer than {} KiB together, so of the last of it nothing is kept on disk; send some of it",
        MOST / 1024
    )]
    TooLong,
    /// The disk.
    #[error("what is typed is not kept on disk: {0}")]
    Store(#[from] StoreError),
}

/// What was kept; nothing where there is no file.
pub fn read(fs: &dyn Fs, path: &Path) -> Result<Unsent, StoreError> {
    let bytes = match fs.read(path, MOST as u64) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Unsent::default()),
        bytes => bytes.map_err(StoreError::io("read", path))?,
    };
    serde_json::from_slice(&bytes).map_err(|e| StoreError::Corrupt {
        path: path.to_owned(),
        line: e.line() as u64,
        why: e.to_string(),
    })
}

/// Keeps it, for this user alone, or takes away what was kept where nothing is left. Where its folder
/// is gone there is nothing any more that it could be sent to.
pub fn write(fs: &dyn Fs, path: &Path, unsent: &Unsent) -> Result<(), CannotKeep> {
    if unsent.is_empty() {
        return match fs.remove(path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", path)(e).into())
            }
            _ => Ok(()),
        };
    }
    let bytes = serde_json::to_vec(unsent).map_err(|e| StoreError::Encode {
        path: path.to_owned(),
        why: e.to_string(),
    })?;
    if bytes.len() > MOST {
        return Err(CannotKeep::TooLong);
    }
    let folder = path.parent().unwrap_or(path);
    let there = fs.stat(folder).map_err(StoreError::io("look at", folder))?;
    if there.is_some() {
        replace(fs, path, &bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fs::Disk;

    fn typed(text: String) -> Unsent {
        Unsent {
            answers: BTreeMap::from([("Q1".to_owned(), text)]),
            ..Unsent::default()
        }
    }

    #[test]
    fn it_is_there_again_for_this_user_alone_until_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("unsent.json");
        assert!(read(&Disk, &path).unwrap().is_empty());
        let half = typed("half an ans\nwer é".to_owned());
        write(&Disk, &path, &half).unwrap();
        assert_eq!(read(&Disk, &path).unwrap(), half);
        assert_eq!(Disk.stat(&path).unwrap().unwrap().mode & 0o777, 0o600);
        // What is too long leaves what was kept before.
        let long = typed("x".repeat(MOST));
        let why = write(&Disk, &path, &long).unwrap_err().to_string();
        assert!(why.contains("1024 KiB"), "{why}");
        assert_eq!(read(&Disk, &path).unwrap(), half);
        write(&Disk, &path, &Unsent::default()).unwrap();
        write(&Disk, &path, &Unsent::default()).unwrap();
        assert_eq!(Disk.stat(&path).unwrap(), None);
        // A folder that is gone is not made again.
        let gone = dir.path().join("gone/unsent.json");
        write(&Disk, &gone, &half).unwrap();
        assert_eq!(Disk.stat(&dir.path().join("gone")).unwrap(), None);
    }

    #[test]
    fn what_is_no_such_file_is_said_with_its_place() {
        let dir = tempfile::tempdir().unwrap();
        crate::git::testing::put(dir.path(), "unsent.json", "{\n  nonsense");
        let why = read(&Disk, &dir.path().join("unsent.json")).unwrap_err();
        assert!(why.to_string().contains("unsent.json"), "{why}");
    }
}
