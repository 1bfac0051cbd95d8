//! What a person was shown of a repository's commands and let run here, by its digest: the one place
//! that every way of starting something of a repository's goes by.
//!
//! Law: no is the answer wherever the word of the person can't be read, is of another place, or was
//! not written by this program for this user. It lies beside the clone and is sealed with a secret
//! that no repository can bring along; so neither a copied `.git` nor one that somebody packed
//! brings trust.

mod kept;
mod refusal;

pub use refusal::{Row, Sign, Untrusted, Why};

use super::order::RunOrder;
use crate::documents::choices;
use crate::documents::powers::{self, Power};
use crate::engine::Person;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::layout::{EngineDir, RunDir};
use crate::store::roots::Roots;
use crate::store::secret::{NoSecret, Secret};
use crate::store::user::{self, UserDir};
use crate::store::write::{create_once, replace};
use crate::terms::{Digest, RepoPath};
use jiff::Timestamp;
use kept::{Given, Kept, Record, Sealed};
use std::path::PathBuf;

/// Largest locked workflow that is read.
const MAX_LOCK_BYTES: u64 = 8 * 1024 * 1024;
/// How many digests are remembered, the newest ones.
const MOST_GIVEN: usize = 100;

/// Why something about trust can't be written down.
#[derive(Debug, thiserror::Error)]
pub enum CannotTrust {
    /// This user has no folder for it.
    #[error(
        "this user has no folder to keep what is trusted in; set {}",
        user::HOME
    )]
    Nowhere,
    /// The secret that it is sealed with can't be had.
    #[error(transparent)]
    Secret(#[from] NoSecret),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How a clone stands with the person at this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its files have nothing run and open nothing.
    Nothing,
    /// It lies below a folder whose repositories this user trusts unseen.
    Folder(PathBuf),
    /// It was shown, and a person said yes.
    Given,
    /// It was not.
    Not(Box<Untrusted>),
}

/// Where the word about a clone is kept.
#[derive(Debug, Clone)]
pub struct Trust {
    engine: EngineDir,
    /// The checkout.
    home: PathBuf,
    /// The harness folder, relative to it.
    harness: RepoPath,
    /// Whether that is kept out of the checkout: it is another one than the checkout's own.
    private: bool,
    user: Option<UserDir>,
}

/// That what a run is created with was trusted when it began, to be written beside its locked
/// workflow. `None` within: it lies where all is trusted, and nothing need be written.
#[derive(Debug, Clone)]
pub struct Word(Option<(Trust, Digest)>);

impl Trust {
    /// The word of whoever runs this about the clone of this checkout.
    pub fn of(engine: &EngineDir, roots: Roots<'_>) -> Self {
        Self {
            engine: engine.clone(),
            home: roots.home.to_owned(),
            harness: roots.harness.clone(),
            private: roots.private.is_some(),
            user: UserDir::find(),
        }
    }

    /// The same about the clone that a run belongs to.
    pub fn of_order(order: &RunOrder, dirs: &RunDir) -> Self {
        Self::of(&dirs.engine(), order.roots())
    }

    /// The same of the user with this folder.
    #[must_use]
    pub fn by(mut self, user: Option<UserDir>) -> Self {
        self.user = user;
        self
    }

    /// How the clone stands, where its files have this run.
    pub fn standing(&self, powers: &[Power]) -> Standing {
        if powers.is_empty() {
            return Standing::Nothing;
        }
        if let Some(folder) = self.folder() {
            return Standing::Folder(folder);
        }
        let digest = powers::digest(powers);
        let (before, why) = match self.kept() {
            Kept::Record(record) if record.has(&digest) => return Standing::Given,
            Kept::Record(record) => (Some(record.powers), Why::Changed),
            Kept::None => (None, Why::Never),
            Kept::Elsewhere(place) => (None, Why::Elsewhere(place)),
            Kept::Altered => (None, Why::Altered(self.file())),
        };
        Standing::Not(Box::new(Untrusted {
            digest,
            powers: powers.to_vec(),
            before,
            why,
        }))
    }

    /// Refuses what is not trusted; else what a run that begins on it is to be created with.
    pub fn word(&self, powers: &[Power]) -> Result<Word, Box<Untrusted>> {
        match self.standing(powers) {
            Standing::Not(untrusted) => Err(untrusted),
            Standing::Folder(_) => Ok(Word(None)),
            Standing::Nothing | Standing::Given => {
                Ok(Word(Some((self.clone(), powers::digest(powers)))))
            }
        }
    }

    /// Writes down that a person saw all of this and said yes. Durable when it returns.
    pub fn give(&self, powers: &[Power], by: &Person) -> Result<Digest, CannotTrust> {
        let key = self.key_or_new()?;
        let mut record = match self.kept() {
            Kept::Record(record) => record,
            _ => Record::of(&self.place(), &self.harness),
        };
        let digest = powers::digest(powers);
        record.given.retain(|g| g.digest != digest);
        record.given.push(Given {
            digest: digest.clone(),
            at: Timestamp::now(),
            by: by.clone(),
        });
        let old = record.given.len().saturating_sub(MOST_GIVEN);
        record.given.drain(..old);
        record.powers = powers.to_vec();
        let file = self.file();
        if let Some(folder) = file.parent() {
            Disk.create_dir_all(folder, true)
                .map_err(StoreError::io("make", folder))?;
        }
        replace(&Disk, &file, &record.sealed(&key, &file)?)?;
        Ok(digest)
    }

    /// Takes back all that was trusted of this clone; whether anything was. Runs that began on it
    /// start nothing more.
    pub fn revoke(&self) -> Result<bool, CannotTrust> {
        let file = self.file();
        match Disk.remove(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(StoreError::io("remove", &file)(error).into()),
        }
        if let Some(folder) = file.parent() {
            Disk.sync_dir(folder)
                .map_err(StoreError::io("flush", folder))?;
        }
        Ok(true)
    }

    /// Refuses a run whose locked workflow was not trusted when it began, or is not any more.
    pub fn of_run(&self, dirs: &RunDir) -> Result<(), Box<Untrusted>> {
        if self.folder().is_some() {
            return Ok(());
        }
        let refused = |why: Why| {
            Box::new(Untrusted {
                digest: powers::digest(&[]),
                powers: Vec::new(),
                before: None,
                why,
            })
        };
        let sealed = Sealed::read(&dirs.trust()).ok_or_else(|| refused(Why::Unsealed))?;
        let lock = lock_of(dirs).ok_or_else(|| refused(Why::Unsealed))?;
        let key = self.key().ok().flatten();
        let fits = key.is_some_and(|key| sealed.fits(&key, &self.place(), dirs, &lock));
        if !fits {
            return Err(refused(Why::Unsealed));
        }
        // Where the files had nothing run there was nothing to ask about, and is nothing to revoke.
        let nothing = sealed.digest == powers::digest(&[]);
        match self.kept() {
            Kept::Record(record) if record.has(&sealed.digest) => Ok(()),
            _ if nothing => Ok(()),
            _ => Err(refused(Why::Revoked(sealed.digest))),
        }
    }

    /// Refuses a stage that would bring something of the repository's back which is not among what was
    /// trusted last.
    pub fn of_brought(&self, powers: &[Power]) -> Result<(), Box<Untrusted>> {
        if powers.is_empty() || self.folder().is_some() {
            return Ok(());
        }
        let trusted = match self.kept() {
            Kept::Record(record) => record.powers,
            _ => Vec::new(),
        };
        match powers.iter().find(|p| !trusted.iter().any(|t| t.is(p))) {
            None => Ok(()),
            Some(power) => Err(Box::new(Untrusted {
                digest: powers::digest(powers),
                powers: powers.to_vec(),
                before: None,
                why: Why::Brought(format!("the {} of {}", power.what, power.file)),
            })),
        }
    }

    /// The folder above the checkout whose repositories this user trusts unseen.
    fn folder(&self) -> Option<PathBuf> {
        let path = self.user.as_ref()?.config();
        let text = user::read(&path).ok().flatten()?;
        let (choices, _) = choices::parse(&path.display().to_string(), &text);
        let home = self.home.canonicalize().ok()?;
        let engine = self.engine.path().parent()?.canonicalize().ok()?;
        let folders = choices.trust.iter().filter_map(|folder| whole(folder));
        // Both: a checkout there may be one of a repository elsewhere.
        { folders }.find(|folder| home.starts_with(folder) && engine.starts_with(folder))
    }

    /// Where the clone is: the git folder that all its working trees share.
    fn place(&self) -> PathBuf {
        let common = self.engine.path().parent().unwrap_or(self.engine.path());
        common.canonicalize().unwrap_or_else(|_| common.to_owned())
    }

    fn file(&self) -> PathBuf {
        let name = Digest::of(self.harness.as_str());
        let folder = self.engine.trust();
        let kind = if self.private { "-private" } else { "" };
        folder.join(format!("{}{kind}.json", name.short()))
    }

    fn kept(&self) -> Kept {
        match self.key() {
            Ok(key) => Kept::read(&self.file(), key.as_ref(), &self.place(), &self.harness),
            Err(_) => Kept::Altered,
        }
    }

    fn key(&self) -> Result<Option<Secret>, CannotTrust> {
        match &self.user {
            Some(user) => Ok(Secret::read(&user.trust_key())?),
            None => Ok(None),
        }
    }

    fn key_or_new(&self) -> Result<Secret, CannotTrust> {
        let user = self.user.as_ref().ok_or(CannotTrust::Nowhere)?;
        Ok(Secret::read_or_new(&user.trust_key())?)
    }
}

impl Word {
    /// Writes it beside the locked workflow, which must be there.
    pub(super) fn seal(&self, dirs: &RunDir, lock: &[u8]) -> Result<(), CannotTrust> {
        let Some((trust, digest)) = &self.0 else {
            return Ok(());
        };
        let key = trust.key_or_new()?;
        let file = dirs.trust();
        let sealed = Sealed::of(&key, &trust.place(), dirs, lock, digest);
        create_once(&Disk, &file, &sealed.bytes(&file)?)?;
        Ok(())
    }
}

fn lock_of(dirs: &RunDir) -> Option<Vec<u8>> {
    Disk.read(&dirs.workflow_lock(), MAX_LOCK_BYTES).ok()
}

/// A folder of the settings on this machine; `None`: there is none.
fn whole(folder: &str) -> Option<PathBuf> {
    let path = match folder.strip_prefix("~/") {
        Some(below) => PathBuf::from(std::env::var_os("HOME")?).join(below),
        None => PathBuf::from(folder),
    };
    path.canonicalize().ok()
}

#[cfg(test)]
mod tests;
