//! A file that is too large to be read whole: shown by windows, from an index of its lines.

use super::sheet::MAX_BYTES;
use crate::records::runs::RunView;
use crate::render::Row;
use crate::render::lines::Bytes;
use crate::render::source::{Source, Spot, View};
use crate::terms::RepoPath;
use std::borrow::Cow;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

/// How many rows a window has.
const ROWS: usize = 600;
/// How many of them stand before the row that is asked for.
const BEFORE: usize = 200;
/// How many bytes are read at a time for the index.
const AT_ONCE: usize = 1 << 20;
/// How many bytes are read for the first rows.
const HEAD: usize = 256 << 10;
/// The columns of a row: more than the longest part of a line takes.
const COLUMNS: usize = 64 << 10;
/// How many large files are kept open.
const KEPT: usize = 4;

/// A window of a large file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Large {
    /// The file, relative to the run's tree.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// The number of the first row.
    pub first: usize,
    /// The rows.
    pub rows: Vec<Row>,
    /// The columns of the widest of them.
    pub widest: usize,
    /// How many rows it has in all, as far as it was read.
    pub all: usize,
    /// Whether it was read to its end.
    pub whole: bool,
}

/// A large file with the index of its lines.
#[derive(Debug)]
pub struct Opened {
    path: PathBuf,
    changed: Option<SystemTime>,
    bytes: Held,
    source: Source,
}

/// The bytes of a file that is held open.
#[derive(Debug)]
pub(super) struct Held {
    file: File,
    size: u64,
}

impl Bytes for Held {
    fn size(&self) -> u64 {
        self.size
    }

    fn window(&self, from: u64, most: usize) -> Cow<'_, [u8]> {
        let left = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        let mut piece = vec![0; most.min(left)];
        let mut read = 0;
        while let Some(rest) = piece.get_mut(read..).filter(|r| !r.is_empty()) {
            match self.file.read_at(rest, from + read as u64) {
                Ok(0) | Err(_) => break,
                Ok(n) => read += n,
            }
        }
        piece.truncate(read);
        Cow::Owned(piece)
    }
}

/// A file that is too large to be read whole: where it is, and what is known of it without reading.
struct Found {
    place: PathBuf,
    changed: Option<SystemTime>,
    size: u64,
}

impl Found {
    /// `None`: it is small enough to be read whole, or not there.
    fn of(view: &RunView, path: &str) -> Result<Option<Self>, String> {
        let relative = RepoPath::new(path).map_err(|e| e.to_string())?;
        let tree = view.order.tree.canonicalize();
        let place = relative.under(&view.order.tree).canonicalize();
        let (Ok(tree), Ok(place)) = (tree, place) else {
            return Ok(None);
        };
        // A link may lead out of the tree: then it is read, and refused, as small files are.
        if !place.starts_with(tree) {
            return Ok(None);
        }
        let about = place.metadata().map_err(|e| format!("{path}: {e}"))?;
        Ok((about.is_file() && about.len() > MAX_BYTES).then(|| Self {
            changed: about.modified().ok(),
            size: about.len(),
            place,
        }))
    }

    fn is(&self, opened: &Opened) -> bool {
        opened.path == self.place
            && opened.changed == self.changed
            && opened.bytes.size == self.size
    }

    fn bytes(&self, path: &str) -> Result<Held, String> {
        Ok(Held {
            file: File::open(&self.place).map_err(|e| format!("{path}: {e}"))?,
            size: self.size,
        })
    }
}

/// A file of the run's tree with the index of its lines; `None`: it is small enough to be read
/// whole, or not there.
pub(super) fn opened(
    view: &RunView,
    path: &str,
    opened: &mut Vec<Arc<Opened>>,
) -> Result<Option<Arc<Opened>>, String> {
    let Some(found) = Found::of(view, path)? else {
        return Ok(None);
    };
    let at = match opened.iter().position(|o| found.is(o)) {
        Some(at) => at,
        None => {
            let bytes = found.bytes(path)?;
            let mut source = Source::new(path);
            while source.read(&bytes, AT_ONCE) {}
            opened.retain(|o| o.path != found.place);
            if opened.len() >= KEPT {
                opened.remove(0);
            }
            opened.push(Arc::new(Opened {
                path: found.place,
                changed: found.changed,
                bytes,
                source,
            }));
            opened.len() - 1
        }
    };
    Ok(opened.get(at).cloned())
}

/// The first rows of a large file of which there is no index yet: all of it is not read for them.
pub(super) fn head(view: &RunView, path: &str, opened: &[Arc<Opened>]) -> Option<Large> {
    let found = Found::of(view, path).ok()??;
    if opened.iter().any(|o| found.is(o)) {
        return None;
    }
    let bytes = found.bytes(path).ok()?;
    let mut source = Source::new(path);
    source.read(&bytes, HEAD);
    let mut large = window(&source, &bytes, path, 0);
    // The last row is cut where reading ended.
    large.all = large.all.saturating_sub(1);
    large.rows.truncate(large.all);
    large.whole = false;
    Some(large)
}

/// A window of what was read of a file, around row `from`.
fn window(source: &Source, bytes: &Held, name: &str, from: usize) -> Large {
    let all = source.index().parts();
    let first = from.saturating_sub(BEFORE).min(all.saturating_sub(ROWS));
    let spot = Spot {
        part: first,
        row: 0,
    };
    let view = View {
        columns: COLUMNS,
        wrap: false,
        left: 0,
    };
    let rows = source.rows(bytes, spot, ROWS, view);
    Large {
        name: name.to_owned(),
        bytes: bytes.size,
        first,
        widest: rows.iter().map(Row::width).max().unwrap_or(0),
        rows,
        all,
        whole: true,
    }
}

impl Opened {
    /// Its bytes.
    pub(super) fn bytes(&self) -> &Held {
        &self.bytes
    }

    /// How many bytes it has.
    pub(super) fn size(&self) -> u64 {
        self.bytes.size
    }

    /// Where a row begins, counted from 0; the end of the file where there are fewer.
    pub(super) fn offset(&self, row: usize) -> u64 {
        let mut rows = self.source.index().from(&self.bytes, row);
        rows.next().map_or(self.bytes.size, |part| part.offset)
    }

    /// The row in which this byte stands, counted from 0.
    pub(super) fn row_at(&self, offset: u64) -> usize {
        self.source.index().part_at(&self.bytes, offset)
    }

    /// A window of it around row `from`.
    pub(super) fn window(&self, name: &str, from: usize) -> Large {
        window(&self.source, &self.bytes, name, from)
    }
}
