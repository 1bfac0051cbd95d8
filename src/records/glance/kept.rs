//! What is kept of each run from one glance to the next: a line each. What is counted stands before
//! what is only shown, so that a line that nobody looks at is never read to its end.

use super::{Brief, Counts, Marks};
use crate::records::needs::Kind;
use crate::store::fs::{Disk, Fingerprint, Fs};
use crate::store::layout::RunDir;
use crate::store::lock::is_held;
use crate::store::write::replace;
use crate::terms::Digest;
use crate::terms::usage::Total;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Changes when the lines do.
const FORMAT: &str = concat!("2 ", env!("CARGO_PKG_VERSION"));
/// The largest file that is read.
const MAX_BYTES: u64 = 256 << 20;
/// The pieces of a line.
const PIECES: usize = 15;

/// A run.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) marks: Marks,
    pub(super) counts: Counts,
    /// Since when it waits, in seconds since 1970.
    pub(super) since: i64,
    pub(super) total: Total,
    /// Whether it should go on: then it matters whether somebody carries it on.
    pub(super) should: bool,
    told: Told,
}

/// A brief, where nobody asked for it as it was kept.
#[derive(Debug, Clone)]
enum Told {
    Read(Box<Brief>),
    /// The file it stands in, and where.
    Kept(Arc<Vec<u8>>, std::ops::Range<usize>),
}

impl Line {
    pub(super) fn of(
        marks: Marks,
        counts: Counts,
        should: bool,
        total: Total,
        brief: Brief,
    ) -> Self {
        let since = brief.need.as_ref().and_then(|n| n.since);
        Self {
            marks,
            counts,
            since: since.map_or(0, jiff::Timestamp::as_second),
            total,
            should,
            told: Told::Read(Box::new(brief)),
        }
    }

    /// What it stands by in a list.
    pub(super) fn rank(&self) -> (Option<Kind>, i64) {
        match self.counts {
            Counts::Needs(kind) => (Some(kind), self.since),
            Counts::Runs | Counts::Over => (None, self.since),
        }
    }

    /// What is shown of it.
    pub(super) fn brief(&self) -> Option<Brief> {
        match &self.told {
            Told::Read(brief) => Some((**brief).clone()),
            Told::Kept(bytes, at) => serde_json::from_slice(bytes.get(at.clone())?).ok(),
        }
    }

    /// Whether the run is the very one that was kept.
    pub(super) fn is_still(&self, now: &Marks, dirs: &RunDir) -> bool {
        let same = self.marks.journal == now.journal && !self.marks.landing && !now.landing;
        // What should go on is looked at each time: who carries it on comes and goes without a
        // word, and what it does is written as it goes.
        same && (!self.should || is_held(&dirs.lock()).is_ok_and(|held| held == self.marks.held))
    }
}

/// The file of a project's lines; without a folder to keep it in there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept(Option<PathBuf>);

impl Kept {
    /// That of the project whose engine folder this is, in this folder of the user's.
    pub(super) fn of(engine: &Path, folder: Option<&Path>) -> Self {
        let name = Digest::of(engine.as_os_str().as_encoded_bytes()).to_string();
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        Self(folder.map(|f| f.join(format!("glance-{name}"))))
    }

    /// The lines by the runs' ids, as far as they are of this format and whole.
    pub(super) fn take(&self) -> HashMap<String, Line> {
        let bytes = self.0.as_ref().and_then(|f| Disk.read(f, MAX_BYTES).ok());
        let bytes = Arc::new(bytes.unwrap_or_default());
        let mut known = HashMap::new();
        let mut from = match memchr::memchr(b'\n', &bytes) {
            Some(end) if bytes.get(..end) == Some(FORMAT.as_bytes()) => end + 1,
            _ => return known,
        };
        while let Some(end) = memchr::memchr(b'\n', bytes.get(from..).unwrap_or_default()) {
            if let Some((id, line)) = parsed(&bytes, from..from + end) {
                known.insert(id, line);
            }
            from += end + 1;
        }
        known
    }

    /// Writes these lines and no others. That it can't be done is no fault: the next glance takes
    /// longer.
    pub(super) fn keep(&self, lines: &[Line]) {
        let Some(file) = &self.0 else { return };
        let mut text = format!("{FORMAT}\n").into_bytes();
        for line in lines {
            // What goes on is another thing at the next glance, and so is whether anybody is at work
            // on what was taken over.
            let passes = matches!(line.counts, Counts::Runs | Counts::Needs(Kind::Taken));
            if !passes && written(&mut text, line).is_none() {
                return;
            }
        }
        let folder = file.parent().unwrap_or(file);
        let _ = Disk
            .create_dir_all(folder, true)
            .map(|()| replace(&Disk, file, &text));
    }
}

fn written(text: &mut Vec<u8>, line: &Line) -> Option<()> {
    use std::io::Write as _;
    let brief = line.brief()?;
    let marks = &line.marks;
    let counts = match line.counts {
        Counts::Over => "over".to_owned(),
        Counts::Runs => "runs".to_owned(),
        Counts::Needs(kind) => Kind::ALL.iter().position(|k| *k == kind)?.to_string(),
    };
    let total = &line.total;
    write!(
        text,
        "{} {} {} {} {} {} {} {counts} {} {} {} {} {} {} {} ",
        brief.run,
        marks.journal.mtime_ns,
        marks.journal.size,
        marks.journal.ino,
        u8::from(marks.landing),
        u8::from(marks.held),
        u8::from(line.should),
        line.since,
        total.tokens,
        total.tokens_unknown,
        total.cost_micros,
        total.cost_unknown,
        total.attempts,
        total.on_plan,
    )
    .ok()?;
    serde_json::to_writer(&mut *text, &brief).ok()?;
    text.push(b'\n');
    Some(())
}

/// A line, and the id it is of.
fn parsed(bytes: &Arc<Vec<u8>>, at: std::ops::Range<usize>) -> Option<(String, Line)> {
    let line = bytes.get(at.clone())?;
    let mut ends = memchr::memchr_iter(b' ', line).take(PIECES);
    let mut from = 0;
    let mut next = || {
        let end = ends.next()?;
        let piece = std::str::from_utf8(line.get(from..end)?).ok()?;
        from = end + 1;
        Some(piece)
    };
    let id = next()?.to_owned();
    let journal = Fingerprint {
        mtime_ns: next()?.parse().ok()?,
        size: next()?.parse().ok()?,
        ino: next()?.parse().ok()?,
    };
    let [landing, held, should] = [next()?, next()?, next()?].map(|flag| flag == "1");
    let counts = match next()? {
        "over" => Counts::Over,
        "runs" => Counts::Runs,
        kind => Counts::Needs(*Kind::ALL.get(kind.parse::<usize>().ok()?)?),
    };
    let since = next()?.parse().ok()?;
    let total = Total {
        tokens: next()?.parse().ok()?,
        tokens_unknown: next()?.parse().ok()?,
        cost_micros: next()?.parse().ok()?,
        cost_unknown: next()?.parse().ok()?,
        attempts: next()?.parse().ok()?,
        on_plan: next()?.parse().ok()?,
    };
    Some((
        id,
        Line {
            marks: Marks {
                journal,
                landing,
                held,
            },
            counts,
            since,
            total,
            should,
            told: Told::Kept(bytes.clone(), at.start + from..at.end),
        },
    ))
}
