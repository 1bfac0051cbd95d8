//! Comments of people on a run's work: kept in its folder the moment they are given, and where each
//! of them stands.
//!
//! `comments.jsonl` holds what was given, changed, taken away and reopened, each entry flushed before
//! it counts. That a comment was sent back is told by the run's journal alone, together with what was
//! answered; so whoever gives a comment needs no supervisor, and none is lost between giving it and
//! sending it.

mod standing;

pub use standing::{Left, Outcome, Standing, standing};

use super::control::clean_text;
use super::order::RunOrder;
use crate::documents::review::{cut_out, find_surely};
use crate::engine::review::Comment;
use crate::engine::{Person, Run};
use crate::git::GitError;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::inside::read_inside;
use crate::store::journal::{self, Journal};
use crate::store::layout::RunDir;
use crate::store::lock::Lock;
use crate::terms::path::BadPath;
use crate::terms::review::{Excerpt, Range, Side, Spot};
use crate::terms::{CommentId, Digest, Oid, RepoPath, StageState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// The longest comment, in bytes.
pub const LONGEST: usize = 8 * 1024;
/// The most comments that are open at once.
pub const MOST_OPEN: usize = 200;
/// How large all that are open may be together, as they are kept.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Largest file that is commented on.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// How long it is waited for somebody else who gives a comment this moment.
const MOMENT: Duration = Duration::from_millis(5);
const MOMENTS: u32 = 1000;

/// What happened to a comment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Entry {
    /// It was given.
    Given { comment: Box<Comment> },
    /// Its text is another.
    Changed {
        id: CommentId,
        text: String,
        by: Person,
    },
    /// It was taken away before it was sent.
    Removed { id: CommentId, by: Person },
    /// It was put back.
    Restored { id: CommentId, by: Person },
    /// What was answered to it in this round does not do: it goes along once more.
    Reopened {
        id: CommentId,
        round: u32,
        by: Person,
    },
    /// That does after all.
    Settled { id: CommentId, by: Person },
}

/// A comment as it is kept.
#[derive(Debug, Clone, PartialEq)]
struct Held {
    comment: Comment,
    removed: bool,
    /// The round whose answer does not do; 0: none.
    reopened: u32,
}

/// The comments of a run as they are kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    held: Vec<Held>,
    /// How large the file was.
    pub size: u64,
    /// Why it can't be read, if it can't.
    pub trouble: Option<String>,
}

/// Where a comment is given: the run, as it is.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Its folder.
    pub dirs: &'a RunDir,
    /// Its order.
    pub order: &'a RunOrder,
    /// Its state.
    pub run: &'a Run,
}

/// A comment that is to be given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct New {
    /// What it is about; `None`: the run's work as a whole.
    pub spot: Option<Spot>,
    /// What the person saw there; `None`: they named it without having looked.
    pub shown: Option<Shown>,
    /// What is said.
    pub text: String,
    /// Where it was written, if that was elsewhere. Such a text is cut where it is too long, and says
    /// so; and lines that are not there any more do not keep it out.
    pub url: Option<String>,
}

/// What stood before a person who comments on lines: the work may go on while they write.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shown {
    /// The run's last commit then.
    pub on: Option<Oid>,
    /// The lines, and some around them; `None`: the page can't tell.
    pub excerpt: Option<Excerpt>,
}

/// Why a comment can't be given or changed.
#[derive(Debug, thiserror::Error)]
pub enum CannotComment {
    /// Nothing is said.
    #[error("a comment needs a text")]
    Empty,
    /// Too much is said.
    #[error("a comment holds at most {} KiB, and this one has {} KiB; write it shorter", LONGEST / 1024, .0.div_ceil(1024))]
    TooLong(usize),
    /// There are too many.
    #[error(
        "{0} open comments are as much as goes into one review; send the work back with them first"
    )]
    TooMany(usize),
    /// The path.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// The file is not there.
    #[error("{path} is not in {of}; name a file as `git` names it")]
    NoFile {
        /// The file.
        path: String,
        /// Where it is not.
        of: &'static str,
    },
    /// It is no text.
    #[error("{0} is no text, so there is no line of it")]
    NoText(String),
    /// The line is not there.
    #[error("{path} has {has} lines: there is no line {line}")]
    NoLine {
        /// The file.
        path: String,
        /// How many it has.
        has: usize,
        /// Which was named.
        line: u32,
    },
    /// The lines are others.
    #[error(
        "{0} is not what you saw any more, or not handed on yet; look at the page again, and comment \
         there: what you wrote is kept"
    )]
    Moved(Spot),
    /// There is no such comment.
    #[error("there is no comment {0}; `harness-tui comment RUN` lists them")]
    Unknown(CommentId),
    /// It was sent.
    #[error("{0} was sent back with the work; reopen it to have it sent once more")]
    WasSent(CommentId),
    /// It is open.
    #[error("{0} is open, and goes along with the next send-back")]
    IsOpen(CommentId),
    /// Nothing was answered yet.
    #[error("{0} was sent, and is not answered yet")]
    NotAnswered(CommentId),
    /// The run has no branch yet.
    #[error("the run has no branch yet: there is nothing to comment on")]
    NothingYet,
    /// The run is over.
    #[error("the run was landed: nothing of it is sent back any more")]
    Landed,
    /// Somebody else is at it.
    #[error("somebody else writes comments of this run; try again")]
    Busy,
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Kept {
    /// Reads them; what can't be read is told in `trouble`.
    pub fn read(dirs: &RunDir) -> Self {
        let path = dirs.comments();
        let size = size_of(dirs);
        if size == 0 {
            return Self::default();
        }
        match journal::read_only::<Entry>(&Disk, &path) {
            Ok((records, _)) => {
                let mut kept = Self {
                    size,
                    ..Self::default()
                };
                for record in records {
                    kept.take(record.event);
                }
                kept
            }
            Err(e) => Self {
                size,
                trouble: Some(e.to_string()),
                ..Self::default()
            },
        }
    }

    /// Whether what was kept since is not in it.
    pub fn is_older_than(&self, dirs: &RunDir) -> bool {
        self.size != size_of(dirs)
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Given { comment } => self.held.push(Held {
                comment: *comment,
                removed: false,
                reopened: 0,
            }),
            Entry::Changed { id, text, .. } => self.with(id, |h| h.comment.text = text),
            Entry::Removed { id, .. } => self.with(id, |h| h.removed = true),
            Entry::Restored { id, .. } => self.with(id, |h| h.removed = false),
            Entry::Reopened { id, round, .. } => self.with(id, |h| h.reopened = round),
            Entry::Settled { id, .. } => self.with(id, |h| h.reopened = 0),
        }
    }

    fn with(&mut self, id: CommentId, change: impl FnOnce(&mut Held)) {
        if let Some(held) = self.held.iter_mut().find(|h| h.comment.id == id) {
            change(held);
        }
    }

    fn held(&self, id: CommentId) -> Result<&Held, CannotComment> {
        let held = self.held.iter().find(|h| h.comment.id == id);
        held.ok_or(CannotComment::Unknown(id))
    }

    /// Those that the next send-back takes along, in the order in which they were given.
    pub fn open(&self, run: &Run) -> Vec<Comment> {
        let open = self.held.iter().filter(|h| h.is_open(run));
        open.map(|h| h.comment.clone()).collect()
    }

    /// The text of a comment.
    pub fn text(&self, id: CommentId) -> Option<&str> {
        Some(self.held(id).ok()?.comment.text.as_str())
    }
}

impl Held {
    fn is_open(&self, run: &Run) -> bool {
        let sent = run.review.last(self.comment.id);
        !self.removed && sent.is_none_or(|s| self.reopened >= s.round)
    }
}

fn size_of(dirs: &RunDir) -> u64 {
    let stat = Disk.stat(&dirs.comments()).ok().flatten();
    stat.map_or(0, |s| s.fingerprint.size)
}

/// Gives a comment, durable when this returns.
pub fn give(place: Place<'_>, by: &Person, mut new: New) -> Result<CommentId, CannotComment> {
    if place.run.landed.is_some() {
        return Err(CannotComment::Landed);
    }
    let elsewhere = new.url.is_some();
    let text = bounded(&new.text, elsewhere)?;
    let on = place.run.head.clone();
    let looked = match &mut new.spot {
        Some(spot) => match look(place, spot, new.shown.as_ref()) {
            Err(
                CannotComment::NoFile { .. }
                | CannotComment::NoLine { .. }
                | CannotComment::NoText(_),
            ) if elsewhere => Looked::default(),
            looked => looked?,
        },
        None => Looked::default(),
    };
    write(place, |kept| {
        let open = kept.open(place.run);
        if open.len() >= MOST_OPEN {
            return Err(CannotComment::TooMany(open.len()));
        }
        let last = kept.held.iter().map(|h| h.comment.id.number()).max();
        let sent = place.run.review.sent.iter();
        let last = last.max(sent.map(|s| s.comment.id.number()).max());
        let id = CommentId::nth(last.unwrap_or(0).saturating_add(1));
        let comment = Comment {
            id,
            spot: new.spot,
            text,
            excerpt: looked.excerpt,
            on,
            digest: looked.digest,
            by: by.clone(),
            at: Timestamp::now(),
            url: new.url,
        };
        let bytes = |c: &Comment| serde_json::to_vec(c).map_or(0, |v| v.len());
        if open.iter().chain([&comment]).map(bytes).sum::<usize>() > MOST_BYTES {
            return Err(CannotComment::TooMany(open.len()));
        }
        let comment = Box::new(comment);
        Ok((Entry::Given { comment }, id))
    })
}

/// Gives a comment that was written elsewhere. Where one of that address is kept, it says this from
/// now on, and goes along once more if it was sent before.
pub fn bring(place: Place<'_>, by: &Person, new: New) -> Result<CommentId, CannotComment> {
    let kept = Kept::read(place.dirs);
    let of_it = |h: &&Held| !h.removed && new.url.is_some() && h.comment.url == new.url;
    let Some(held) = kept.held.iter().find(of_it) else {
        return give(place, by, new);
    };
    let id = held.comment.id;
    if !held.is_open(place.run) {
        reopen(place, by, id)?;
    }
    let text = bounded(&new.text, true)?;
    if text != held.comment.text {
        write_change(place, by, id, text)?;
    }
    Ok(id)
}

/// Changes what an open comment says.
pub fn change(
    place: Place<'_>,
    by: &Person,
    id: CommentId,
    text: &str,
) -> Result<(), CannotComment> {
    write_change(place, by, id, text_of(text)?)
}

fn write_change(
    place: Place<'_>,
    by: &Person,
    id: CommentId,
    text: String,
) -> Result<(), CannotComment> {
    write(place, |kept| {
        is_open(kept, place.run, id)?;
        let by = by.clone();
        Ok((Entry::Changed { id, text, by }, ()))
    })
}

/// Takes an open comment away; one that was sent before and reopened is settled again.
pub fn take_away(place: Place<'_>, by: &Person, id: CommentId) -> Result<(), CannotComment> {
    write(place, |kept| {
        is_open(kept, place.run, id)?;
        let by = by.clone();
        let entry = match place.run.review.last(id) {
            Some(_) => Entry::Settled { id, by },
            None => Entry::Removed { id, by },
        };
        Ok((entry, ()))
    })
}

/// Puts back a comment that was taken away.
pub fn restore(place: Place<'_>, by: &Person, id: CommentId) -> Result<(), CannotComment> {
    if place.run.review.last(id).is_some() {
        return reopen(place, by, id);
    }
    write(place, |kept| {
        if !kept.held(id)?.removed {
            return Err(CannotComment::IsOpen(id));
        }
        let by = by.clone();
        Ok((Entry::Restored { id, by }, ()))
    })
}

/// Has a comment sent once more, with the next send-back: what was answered does not do.
pub fn reopen(place: Place<'_>, by: &Person, id: CommentId) -> Result<(), CannotComment> {
    write(place, |kept| {
        let held = kept.held(id)?;
        if held.is_open(place.run) {
            return Err(CannotComment::IsOpen(id));
        }
        let Some(sent) = place.run.review.last(id) else {
            return Err(CannotComment::Unknown(id));
        };
        let goes = place.run.review.round(sent.round).map(|r| &r.to);
        let done = goes.and_then(|to| place.run.record(to));
        if sent.replied.is_none() && done.is_some_and(|r| !is_through(r.state)) {
            return Err(CannotComment::NotAnswered(id));
        }
        let (round, by) = (sent.round, by.clone());
        Ok((Entry::Reopened { id, round, by }, ()))
    })
}

/// Whether a stage's work is there to be judged.
fn is_through(state: StageState) -> bool {
    state.is_done() || state == StageState::AwaitingApproval
}

fn is_open(kept: &Kept, run: &Run, id: CommentId) -> Result<(), CannotComment> {
    let held = kept.held(id)?;
    if held.removed {
        return Err(CannotComment::Unknown(id));
    }
    if held.is_open(run) {
        Ok(())
    } else {
        Err(CannotComment::WasSent(id))
    }
}

/// Writes one entry that is made of what is kept now. Two who write at once come one after the other.
fn write<T>(
    place: Place<'_>,
    make: impl FnOnce(&Kept) -> Result<(Entry, T), CannotComment>,
) -> Result<T, CannotComment> {
    let path = place.dirs.comments_lock();
    let mut lock = Lock::try_take(&path)?;
    for _ in 0..MOMENTS {
        if lock.is_some() {
            break;
        }
        Disk.settle(MOMENT);
        lock = Lock::try_take(&path)?;
    }
    let Some(_lock) = lock else {
        return Err(CannotComment::Busy);
    };
    let fs: Arc<dyn Fs> = Arc::new(Disk);
    let (mut journal, records, _) = Journal::<Entry>::open(fs, &place.dirs.comments())?;
    let mut kept = Kept::default();
    for record in records {
        kept.take(record.event);
    }
    let (entry, made) = make(&kept)?;
    journal.append(Timestamp::now(), 0, &entry)?;
    Ok(made)
}

/// A text as it is kept: without what acts on a terminal, and without secrets.
fn text_of(text: &str) -> Result<String, CannotComment> {
    if text.len() > LONGEST {
        return Err(CannotComment::TooLong(text.len()));
    }
    let text = plain(text);
    if text.is_empty() {
        return Err(CannotComment::Empty);
    }
    Ok(clean_text(&text))
}

/// What is kept of a text from elsewhere; `None`: it says nothing.
pub fn as_kept(text: &str) -> Option<String> {
    bounded(text, true).ok()
}

/// A text as it is kept; of one from elsewhere, as much as that may be.
fn bounded(text: &str, elsewhere: bool) -> Result<String, CannotComment> {
    match text_of(text) {
        Err(CannotComment::TooLong(_)) if elsewhere => Ok(shortened(text)),
        text => text,
    }
}

/// As much of a text as is kept, which says that there is more.
fn shortened(text: &str) -> String {
    let more = "\n… (cut here; the whole stands where it was written)";
    let end = text.floor_char_boundary(LONGEST - more.len() - 1);
    clean_text(&(plain(&text[..end]) + more))
}

/// Lines without characters that are no text.
fn plain(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let kept = line.chars().filter(|c| !c.is_control() || *c == '\t');
        kept.collect::<String>().trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// What is there of what a comment is about.
#[derive(Debug, Default)]
struct Looked {
    excerpt: Excerpt,
    digest: Option<Digest>,
}

/// Looks at the lines that a comment is about. Lines that somebody saw are where they are now.
fn look(place: Place<'_>, spot: &mut Spot, shown: Option<&Shown>) -> Result<Looked, CannotComment> {
    let path = RepoPath::new(spot.path.as_str())?;
    let bytes = bytes_of(place, &path, spot.side)?;
    let digest = Some(Digest::of(&bytes));
    let Some(lines) = spot.lines else {
        return Ok(Looked {
            digest,
            ..Looked::default()
        });
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) if !text.contains('\0') => text,
        _ => return Err(CannotComment::NoText(path.to_string())),
    };
    let lines = match shown {
        Some(shown) => {
            let now = shown.now(text, (lines, place.run));
            now.ok_or_else(|| CannotComment::Moved(spot.clone()))?
        }
        None => lines,
    };
    spot.lines = Some(lines);
    let excerpt = cut_out(text, lines).map_err(|has| CannotComment::NoLine {
        path: path.to_string(),
        has,
        line: lines.last.max(1),
    })?;
    Ok(Looked { excerpt, digest })
}

impl Shown {
    /// Where the lines are that stood there; `None`: that can't be said.
    fn now(&self, text: &str, (lines, run): (Range, &Run)) -> Option<Range> {
        let Some(excerpt) = &self.excerpt else {
            return (self.on == run.head).then_some(lines);
        };
        let found = find_surely(text, excerpt, lines.first)?;
        // Of a long range only the beginning is kept.
        let length = lines.last - lines.first;
        Some(Range::between(found.first, found.first + length))
    }
}

/// A file as somebody sees it who comments on it.
fn bytes_of(place: Place<'_>, path: &RepoPath, side: Side) -> Result<Vec<u8>, CannotComment> {
    let (order, run) = (place.order, place.run);
    let of = match side {
        Side::Old => "what the run started from",
        Side::New => "the run's work",
    };
    let none = || CannotComment::NoFile {
        path: path.to_string(),
        of,
    };
    let commit: &Oid = match side {
        Side::Old => run.base.as_ref(),
        Side::New => run.head.as_ref(),
    }
    .ok_or(CannotComment::NothingYet)?;
    let works = run.stages.iter().any(|s| s.state == StageState::Running);
    if side == Side::New
        && !works
        && let Ok(bytes) = read_inside(&order.tree, path, MAX_FILE)
    {
        return Ok(bytes);
    }
    let bytes = order.git().file_at(commit, path.as_str())?;
    bytes.ok_or_else(none)
}
