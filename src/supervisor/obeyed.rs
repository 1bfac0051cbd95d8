//! What git obeys in a checkout that a run works in, after something that ran there changed it: git is
//! not asked while it is so, before a person has said that it is theirs.

use super::live::{Supervisor, SupervisorError};
use crate::engine::Event;
use crate::stage::guard;
use crate::store::fs::Fs;
use crate::store::write::replace;
use crate::terms::{Digest, Outcome, StageId};
use std::path::{Path, PathBuf};

/// The code of a stop over what git obeys.
pub const GIT_DIFFERS: &str = "git_differs";
/// Largest mark and largest file that are read.
const MAX_MARK_BYTES: u64 = 256;
const MAX_BYTES: u64 = 1024 * 1024;
/// How many files a message names.
const SHOWN: usize = 6;

impl Supervisor {
    /// Stops the stage where git is not to be asked in the checkout; whether it did.
    pub(super) fn stops_over_git(&mut self, stage: &StageId) -> Result<bool, SupervisorError> {
        let Some((code, reason)) = self.git_as_it_was_left(stage)? else {
            return Ok(false);
        };
        self.record(Event::Stopped {
            stage: stage.clone(),
            code: code.to_owned(),
            reason,
        })?;
        Ok(true)
    }

    /// Before anything of the next attempt asks git in the checkout: whether what git obeys there is
    /// still what an attempt left. Gives code and reason where it is, and a person has not said yet
    /// that it may be.
    fn git_as_it_was_left(
        &self,
        stage: &StageId,
    ) -> Result<Option<(&'static str, String)>, SupervisorError> {
        let left = self.left_to_git();
        if left.is_empty() {
            return Ok(None);
        }
        let parts = left.iter().flat_map(|(path, _)| {
            let name = path.as_os_str().as_encoded_bytes().to_vec();
            [name, self.bytes_of(path)]
        });
        let parts: Vec<Vec<u8>> = parts.collect();
        let now = Digest::of_parts(parts.iter().map(Vec::as_slice));
        let mark = self.dirs.path().join(format!("told-git-{stage}"));
        let told = self.fs.read(&mark, MAX_MARK_BYTES).ok();
        if told.as_deref() == Some(now.as_str().as_bytes()) {
            return Ok(None);
        }
        replace(&self.fs, &mark, now.as_str().as_bytes())?;
        Ok(Some((GIT_DIFFERS, self.tell(&left))))
    }

    /// The files that git obeys and the last attempt of the run changed, where they still are not as
    /// they were, with what was kept of that.
    fn left_to_git(&self) -> Vec<(PathBuf, PathBuf)> {
        if !self.is_in_place() {
            return Vec::new();
        }
        let Some(last) = self.last_attempt() else {
            return Vec::new();
        };
        let result = last.result.as_ref();
        let result = result.filter(|r| r.outcome == Outcome::Tampering);
        let findings = result.map(|r| r.findings.as_slice()).unwrap_or_default();
        let dir = self.attempt_dir(&last.id);
        let obeyed = findings.iter().filter(|f| f.code == guard::TAMPERED);
        let paths = obeyed.filter_map(|f| Some(PathBuf::from(&f.place.as_ref()?.file)));
        let kept = paths.map(|path| {
            let kept = guard::as_it_was(dir.path(), &path);
            (path, kept)
        });
        kept.filter(|(path, kept)| self.bytes_of(path) != self.bytes_of(kept))
            .collect()
    }

    /// What stands there; nothing where nothing does.
    fn bytes_of(&self, path: &Path) -> Vec<u8> {
        match self.fs.read(path, MAX_BYTES) {
            Ok(bytes) => [b"file".to_vec(), bytes].concat(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => e.to_string().into_bytes(),
        }
    }

    fn tell(&self, left: &[(PathBuf, PathBuf)]) -> String {
        let back = |(path, kept): &(PathBuf, PathBuf)| {
            if kept.exists() {
                format!("`cp {} {}`", kept.display(), path.display())
            } else {
                format!("`rm {}`", path.display())
            }
        };
        let shown: Vec<String> = left.iter().take(SHOWN).map(back).collect();
        let more = match left.len().saturating_sub(SHOWN) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        format!(
            "what git obeys in the checkout is still as it became while an attempt ran, and git would run \
             what it names; put it back ({}{more}), then `harness-tui resume {run}`. If it is yours, the \
             same once more goes on with it",
            shown.join(", "),
            run = self.order.run
        )
    }
}
