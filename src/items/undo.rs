//! Taking a change of an item back: only what it changed, where that is still as the change left it.

use super::{CannotWrite, Field, Lines, Wrote, read, set, write};
use crate::documents::backlog::Backlog;
use crate::records::project::Project;
use crate::store::fs::Disk;
use crate::store::swap::remove_cas;
use crate::terms::{Digest, ItemId, RepoPath};

/// A change that was made, and how to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The item.
    pub item: ItemId,
    /// The file.
    pub path: RepoPath,
    /// Whether the file was made for it.
    made: bool,
    /// What the file held after.
    after: Digest,
    /// The bytes that differ.
    piece: Piece,
    /// The lines that were changed; none: the item was added.
    lines: Vec<(Field, String, String)>,
}

/// Where two texts differ: from the first byte that does to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    /// The byte at which it begins.
    at: usize,
    /// What stood there before.
    before: Vec<u8>,
    /// What stood there after.
    after: Vec<u8>,
}

impl Piece {
    fn of(before: &[u8], after: &[u8]) -> Self {
        let same = |(a, b): &(&u8, &u8)| a == b;
        let at = before.iter().zip(after).take_while(same).count();
        let (before, after) = (&before[at..], &after[at..]);
        let ends = before.iter().rev().zip(after.iter().rev());
        let end = ends.take_while(same).count();
        Self {
            at,
            before: before[..before.len() - end].to_vec(),
            after: after[..after.len() - end].to_vec(),
        }
    }

    /// The text before, of the text that the change left.
    fn undone(&self, text: &[u8]) -> Vec<u8> {
        let end = text.get(self.at + self.after.len()..).unwrap_or_default();
        let begin = text.get(..self.at).unwrap_or_default();
        [begin, &self.before, end].concat()
    }

    /// A text without what was put in, where that stands in it once and nothing was taken out.
    fn cut(&self, text: &[u8]) -> Option<Vec<u8>> {
        if !self.before.is_empty() || self.after.is_empty() {
            return None;
        }
        let mut windows = text.windows(self.after.len());
        let at = windows.position(|w| w == self.after)?;
        let once = !windows.any(|w| w == self.after);
        let end = text.get(at + self.after.len()..)?;
        once.then(|| [&text[..at], end].concat())
    }
}

impl Change {
    pub(super) fn added(path: RepoPath, wrote: Wrote) -> Self {
        Self::of(path, wrote, &[])
    }

    pub(super) fn edited(path: RepoPath, wrote: Wrote, fields: &[Field]) -> Self {
        Self::of(path, wrote, fields)
    }

    fn of(path: RepoPath, wrote: Wrote, fields: &[Field]) -> Self {
        let before = wrote.before.as_deref().unwrap_or_default();
        let lines = |bytes: &[u8]| {
            let backlog = Backlog::parse(bytes);
            backlog.find(&wrote.item).map(Lines::of).unwrap_or_default()
        };
        let (was, now) = (lines(before), lines(&wrote.after));
        let line = |f: &Field| (*f, was.get(*f).to_owned(), now.get(*f).to_owned());
        Self {
            path,
            made: wrote.before.is_none(),
            after: Digest::of(&wrote.after),
            piece: Piece::of(before, &wrote.after),
            lines: fields.iter().map(line).collect(),
            item: wrote.item,
        }
    }

    /// The text without the change.
    fn undone(&self, text: &[u8]) -> Result<Vec<u8>, CannotWrite> {
        if Digest::of(text) == self.after {
            return Ok(self.piece.undone(text));
        }
        if self.lines.is_empty() {
            let cut = self.piece.cut(text).filter(|_| !self.made);
            return cut.ok_or_else(|| CannotWrite::AddedSince {
                item: self.item.clone(),
                path: self.path.clone(),
            });
        }
        let mut backlog = Backlog::parse(text);
        let found = backlog.find(&self.item).map(Lines::of);
        for (field, was, now) in &self.lines {
            let found = found.as_ref().map(|lines| lines.get(*field));
            if let Some(found) = found.filter(|found| found != now) {
                return Err(CannotWrite::ChangedSince {
                    item: self.item.clone(),
                    field: *field,
                    now: found.to_owned(),
                });
            }
            set(&mut backlog, &self.item, *field, was)?;
        }
        Ok(backlog.render())
    }
}

/// Takes a change back. What somebody else wrote since stands; where they wrote over what the change
/// wrote, nothing is taken back.
pub fn take_back(project: &Project, change: &Change) -> Result<(), CannotWrite> {
    let held = read(project, &change.path)?;
    take_back_from(project, change, held.as_deref())
}

/// The same where the file was seen to hold this; `None`: it was not there. It may hold something
/// else by now.
pub(super) fn take_back_from(
    project: &Project,
    change: &Change,
    held: Option<&[u8]>,
) -> Result<(), CannotWrite> {
    let left = held.filter(|held| change.made && Digest::of(held) == change.after);
    if let Some(held) = left
        && remove_cas(&Disk, &project.file(&change.path), held)?
    {
        return Ok(());
    }
    let undone = |text: &[u8]| Ok((change.undone(text)?, change.item.clone()));
    write(&Disk, project, &change.path, &undone).map(drop)
}
