//! What is kept from one start to the next, so that it need not be read again: it only saves time,
//! and may be thrown away at any moment. What is kept of a run that is over counts as long as its
//! journal and its order are the very files that they were, what is kept of a task as long as its
//! file is; otherwise they are read as if nothing was kept.

use super::card::RunCard;
use crate::store::fs::{Disk, Fingerprint, Fs};
use crate::store::layout::RunDir;
use crate::store::write::replace;
use crate::terms::{Digest, RunId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};

/// Changes when the lines do.
const FORMAT: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));
/// The largest file that is read.
const MAX_BYTES: u64 = 256 << 20;

/// A file of lines of one kind; without a folder to keep it in there is none.
#[derive(Debug, Clone, Default)]
pub(in crate::records) struct Lines(Option<PathBuf>);

impl Lines {
    /// Those of this kind for the project whose engine folder this is, in this folder of the
    /// user's.
    pub(in crate::records) fn of(kind: &str, engine: &Path, folder: Option<&Path>) -> Self {
        let name = Digest::of(engine.as_os_str().as_encoded_bytes()).to_string();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(folder.map(|f| f.join(format!("{kind}-{name}.jsonl"))))
    }

    /// The lines, as far as they are of this format and whole.
    pub(in crate::records) fn read<L: DeserializeOwned>(&self) -> Vec<L> {
        let bytes = self.0.as_ref().and_then(|f| Disk.read(f, MAX_BYTES).ok());
        let bytes = bytes.unwrap_or_default();
        let mut lines = bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty());
        let format = lines.next().map(serde_json::from_slice::<String>);
        if !format.is_some_and(|f| f.is_ok_and(|f| f == whose())) {
            return Vec::new();
        }
        lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect()
    }

    /// Writes these lines and no others. That it can't be done is no fault: the next start takes
    /// longer.
    pub(in crate::records) fn write<L: Serialize>(&self, lines: impl Iterator<Item = L>) {
        let Some(file) = &self.0 else { return };
        let mut text = serde_json::to_vec(&whose()).unwrap_or_default();
        text.push(b'\n');
        for line in lines {
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

/// What another thread reads from the very start, while the backlog is read: what is kept says
/// nothing before it is compared with the files, so it does not matter when it is read.
#[derive(Debug)]
pub(super) struct Early<T>(Option<Receiver<T>>);

impl<T> Default for Early<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Early<T> {
    /// What was read, waited for; `None`: it was taken already, or nobody reads it.
    pub(super) fn take(&mut self) -> Option<T> {
        self.0.take()?.recv().ok()
    }
}

/// Begins to read one thing after the other, by one thread: the backlog, which people wait for, is
/// to have a processor of its own. Where there can be no further thread, nothing is kept.
pub(super) fn in_turn<A: Send + 'static, B: Send + 'static>(
    first: impl FnOnce() -> A + Send + 'static,
    second: impl FnOnce() -> B + Send + 'static,
) -> (Early<A>, Early<B>) {
    let ((one, of_one), (other, of_other)) = (sync_channel(1), sync_channel(1));
    let thread = std::thread::Builder::new().name("kept".to_owned());
    let begun = thread.spawn(move || {
        // Who began it may be gone already.
        let _ = one.send(first());
        let _ = other.send(second());
    });
    match begun {
        Ok(_) => (Early(Some(of_one)), Early(Some(of_other))),
        Err(_) => (Early::default(), Early::default()),
    }
}

/// The runs that are over, and which of them were not asked for yet.
#[derive(Debug, Default)]
pub(super) struct Kept {
    file: Lines,
    lines: HashMap<RunId, Line>,
}

/// What tells whether a run is the very one that was kept: its journal and its order, as far as
/// they are there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamps {
    journal: Option<Fingerprint>,
    /// Without an order a folder is no run yet.
    pub(super) ordered: Option<Fingerprint>,
}

impl Stamps {
    /// Those of a run's folder now.
    pub(super) fn of(dirs: &RunDir) -> Self {
        let stamp = |path: &Path| Some(Disk.stat(path).ok()??.fingerprint);
        Self {
            journal: stamp(&dirs.journal()),
            ordered: stamp(&dirs.run()),
        }
    }

    fn both(self) -> Option<(Fingerprint, Fingerprint)> {
        self.journal.zip(self.ordered)
    }
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
        let file = Lines::of("runs", engine, folder);
        let lines = file.read::<Line>().into_iter();
        Self {
            lines: lines.map(|l| (l.card.run.clone(), l)).collect(),
            file,
        }
    }

    /// The run with these stamps, if it is the very one that was kept, and how much of its journal
    /// the card was made of, in bytes.
    pub(super) fn take(&mut self, id: &RunId, now: Stamps) -> Option<(RunCard, u64)> {
        let line = self.lines.remove(id)?;
        let same = now.both() == Some((line.journal, line.ordered));
        same.then_some((line.card, line.journal.size))
    }

    /// Keeps these runs, and no others: the card of each, and how much of its journal it was made
    /// of.
    pub(super) fn keep<'a>(&self, runs: impl Iterator<Item = (RunDir, &'a RunCard, u64)>) {
        self.file.write(runs.filter_map(|(dirs, card, read)| {
            let (journal, ordered) = Stamps::of(&dirs).both()?;
            // One that grew since it was read is not what was read.
            (journal.size == read).then_some(Told {
                journal,
                ordered,
                card,
            })
        }));
    }
}

/// Whose lines they are: another program, or another build of this one, may read files otherwise.
fn whose() -> String {
    let program = std::env::current_exe().ok();
    let stat = program.and_then(|p| Disk.stat(&p).ok().flatten());
    let build = stat.map(|s| s.fingerprint).unwrap_or_default();
    format!("{FORMAT} {} {}", build.size, build.mtime_ns)
}
