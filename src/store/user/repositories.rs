//! The repositories in which this person used the program: one small file each, in their own state,
//! so that any number of processes can add to them at once. They say where to look, and nothing of
//! what is there.

use super::UserDir;
use super::looked::name_of;
use crate::store::error::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The largest such file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;
/// How many are kept; of more, those that were used longest ago are let go of.
const MOST: usize = 200;
/// For so long one that was noted is not written anew, in seconds.
const FRESH: i64 = 3600;

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The checkout in which the program was used last.
    pub home: PathBuf,
    /// The engine's folder.
    pub engine: PathBuf,
    /// When.
    pub at: Timestamp,
}

/// The repositories of a user.
#[derive(Debug, Clone)]
pub struct Repositories(PathBuf);

impl Repositories {
    /// Those of this user.
    pub fn of(user: &UserDir) -> Self {
        Self(user.state.join("repositories"))
    }

    /// Notes that this one was used.
    pub fn note(&self, home: &Path, engine: &Path, at: Timestamp) -> Result<(), StoreError> {
        let path = self.file(engine);
        if let Some(known) = read(&path)
            && known.home == home
            && at.duration_since(known.at).as_secs() < FRESH
        {
            return Ok(());
        }
        Disk.create_dir_all(&self.0, true)
            .map_err(StoreError::io("make", &self.0))?;
        let known = Known {
            home: home.to_owned(),
            engine: engine.to_owned(),
            at,
        };
        let text = serde_json::to_vec(&known).map_err(|e| StoreError::Encode {
            path: path.clone(),
            why: e.to_string(),
        })?;
        replace(&Disk, &path, &text)?;
        for old in self.all().into_iter().skip(MOST) {
            self.forget(&old);
        }
        Ok(())
    }

    /// All of them, the one that was used last first.
    pub fn all(&self) -> Vec<Known> {
        let names = Disk.list(&self.0).unwrap_or_default();
        let files = names.iter().filter(|n| n.strip_suffix(".json").is_some());
        let mut known: Vec<Known> = files.filter_map(|n| read(&self.0.join(n))).collect();
        known.sort_by(|a, b| (b.at, &b.home).cmp(&(a.at, &a.home)));
        known
    }

    /// Lets go of one that is gone.
    pub fn forget(&self, known: &Known) {
        // Where it stays, it is told and let go of the next time.
        let _ = Disk.remove(&self.file(&known.engine));
    }

    fn file(&self, engine: &Path) -> PathBuf {
        self.0.join(format!("{}.json", name_of(engine)))
    }
}

fn read(path: &Path) -> Option<Known> {
    let bytes = Disk.read(path, MAX_BYTES).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_there_once_the_latest_first_and_no_more_than_so_many() {
        let dir = tempfile::tempdir().unwrap();
        let all = Repositories::of(&UserDir::at(dir.path()));
        assert_eq!(all.all(), []);
        let at = |s| Timestamp::from_second(s).unwrap();
        let note = |n: i64, when: i64| {
            let home = PathBuf::from(format!("/home/ada/{n}"));
            all.note(&home, &home.join(".git/harness"), at(when))
                .unwrap();
        };
        note(1, 10);
        note(2, 20);
        note(1, 30);
        let homes = |known: Vec<Known>| {
            let homes = known.into_iter().map(|k| k.home.display().to_string());
            homes.collect::<Vec<_>>()
        };
        // What was noted a moment ago is not written anew.
        assert_eq!(homes(all.all()), ["/home/ada/2", "/home/ada/1"]);
        note(1, 10 + FRESH);
        assert_eq!(homes(all.all()), ["/home/ada/1", "/home/ada/2"]);
        for n in 0..i64::try_from(MOST).unwrap() {
            note(100 + n, 100_000 + n);
        }
        assert_eq!(all.all().len(), MOST);
        assert!(!homes(all.all()).contains(&"/home/ada/1".to_owned()));
        all.forget(&all.all()[0]);
        assert_eq!(all.all().len(), MOST - 1);
    }
}
