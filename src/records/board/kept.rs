//! What is kept of the runs that are over from one start to the next, so that their journals need
//! not be read again: it only saves time, and may be thrown away at any moment. What is kept of a
//! run counts as long as its journal and its order are the very files that they were; otherwise the
//! run is read as if nothing was kept.

use super::card::RunCard;
use crate::store::fs::{Disk, Fingerprint, Fs};
use crate::store::layout::RunDir;
use crate::store::write::replace;
use crate::terms::{Digest, RunId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Changes when the lines do; another program's version keeps its own.
const FORMAT: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));
/// The largest file that is read.
const MAX_BYTES: u64 = 256 << 20;

/// The file, and what stands in it of runs that were not asked for yet.
#[derive(Debug)]
pub(super) struct Kept {
    file: Option<PathBuf>,
    lines: HashMap<RunId, Line>,
}

/// A run.
#[derive(Debug, Deserialize)]
struct Line {
    journal: Fingerprint,
    ordered: Fingerprint,
    card: RunCard,
}

/// The same as it is written.
#[derive(Serialize)]
struct Told<'a> {
    journal: Fingerprint,
    ordered: Fingerprint,
    card: &'a RunCard,
}

impl Kept {
    /// What is kept for the project whose engine folder this is, in this folder of the user's;
    /// nothing without one.
    pub(super) fn of(engine: &Path, folder: Option<&Path>) -> Self {
        let name = Digest::of(engine.as_os_str().as_encoded_bytes()).to_string();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let file = folder.map(|f| f.join(format!("runs-{name}.jsonl")));
        let bytes = file.as_ref().and_then(|f| Disk.read(f, MAX_BYTES).ok());
        let lines = bytes.as_deref().map(read).unwrap_or_default();
        Self {
            file,
            lines: lines.into_iter().map(|l| (l.card.run.clone(), l)).collect(),
        }
    }

    /// The run of this folder, if it is the very one that was kept, and how much of its journal the
    /// card was made of, in bytes.
    pub(super) fn take(&mut self, dirs: &RunDir, id: &RunId) -> Option<(RunCard, u64)> {
        let line = self.lines.remove(id)?;
        let same = stamps(dirs) == Some((line.journal, line.ordered));
        same.then_some((line.card, line.journal.size))
    }

    /// Keeps these runs, and no others: the card of each, and how much of its journal it was made
    /// of. That it can't be written is no fault: the next start takes longer.
    pub(super) fn keep<'a>(&self, runs: impl Iterator<Item = (RunDir, &'a RunCard, u64)>) {
        let Some(file) = &self.file else { return };
        let mut text = serde_json::to_vec(FORMAT).unwrap_or_default();
        text.push(b'\n');
        for (dirs, card, read) in runs {
            let Some((journal, ordered)) = stamps(&dirs) else {
                continue;
            };
            // One that grew since it was read is not what was read.
            if journal.size != read {
                continue;
            }
            let line = Told {
                journal,
                ordered,
                card,
            };
            if serde_json::to_writer(&mut text, &line).is_err() {
                return;
            }
            text.push(b'\n');
        }
        let folder = file.parent().unwrap_or(file);
        let _ = Disk
            .create_dir_all(folder, true)
            .map(|()| replace(&Disk, file, &text));
    }
}

/// The lines of a file, as far as they are of this format and whole; read by as many threads as
/// there are processors.
fn read(bytes: &[u8]) -> Vec<Line> {
    let mut lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let format = lines.next().map(serde_json::from_slice::<String>);
    if !format.is_some_and(|f| f.is_ok_and(|f| f == FORMAT)) {
        return Vec::new();
    }
    let lines: Vec<&[u8]> = lines.collect();
    super::runs::side_by_side(&lines, |line| serde_json::from_slice(line).ok())
        .into_iter()
        .flatten()
        .collect()
}

fn stamps(dirs: &RunDir) -> Option<(Fingerprint, Fingerprint)> {
    let stamp = |path: &Path| Some(Disk.stat(path).ok()??.fingerprint);
    Some((stamp(&dirs.journal())?, stamp(&dirs.run())?))
}
