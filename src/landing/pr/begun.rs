//! A push that was begun: `pull-request.json` in the run's folder, there before anything is pushed and
//! until it is open. An order that was cut off goes on from it, with this commit and this text.

use crate::landing::LandError;
use crate::landing::remote::Remote;
use crate::records::runs::RunView;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use crate::terms::Oid;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Largest note that is read: the text of a pull request, twice as long as any forge takes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What is being pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    pub format: u32,
    pub remote: String,
    pub branch: String,
    pub into: String,
    /// What is pushed.
    pub commit: Oid,
    /// The run's last commit.
    pub head: Oid,
    /// What this run pushed there before.
    pub over: Option<Oid>,
    /// What keeps the artifacts, which is pushed along.
    pub artifacts: Option<Oid>,
    /// What this run pushed there of those before.
    #[serde(default)]
    pub artifacts_over: Option<Oid>,
    /// The first line of the message.
    pub subject: String,
    /// The text of the pull request: what the commit's own receipt says.
    pub body: String,
}

impl Begun {
    fn path(view: &RunView) -> PathBuf {
        view.dirs.path().join("pull-request.json")
    }

    pub fn read(view: &RunView) -> Result<Option<Self>, LandError> {
        let path = Self::path(view);
        match Disk.read(&path, MAX_BYTES) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|e| {
                LandError::Unreadable(format!(
                    "{} says how far an earlier push came and can't be read: {e}; look at the remote's \
                     branch, then remove the file",
                    path.display()
                ))
            }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(StoreError::io("read", &path)(e).into()),
        }
    }

    pub fn write(&self, view: &RunView) -> Result<(), LandError> {
        let path = Self::path(view);
        let bytes = serde_json::to_vec_pretty(self).map_err(|e| StoreError::Encode {
            path: path.clone(),
            why: e.to_string(),
        })?;
        Ok(replace(&Disk, &path, &bytes)?)
    }

    pub fn remove(view: &RunView) -> Result<(), LandError> {
        let path = Self::path(view);
        match Disk.remove(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io("remove", &path)(e).into())
            }
            _ => Ok(()),
        }
    }

    /// Whether this is what is wanted now.
    pub fn is_of(&self, view: &RunView, remote: &Remote, into: &str) -> bool {
        self.remote == remote.name
            && self.branch == remote.branch
            && self.into == into
            && view.run.head.as_ref() == Some(&self.head)
    }

    /// The refs that the other side is to hold, each with its commit and what it held of this run before.
    pub fn refs(&self, view: &RunView) -> Vec<(String, &Oid, Option<&Oid>)> {
        let branch = format!("refs/heads/{}", self.branch);
        let artifacts = self.artifacts.as_ref().map(|kept| {
            let name = crate::landing::form::artifacts_ref(&view.order.run);
            (name, kept, self.artifacts_over.as_ref())
        });
        { std::iter::once((branch, &self.commit, self.over.as_ref())) }
            .chain(artifacts)
            .collect()
    }
}
