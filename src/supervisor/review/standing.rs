//! Where each comment stands: what was answered, and what the run's work says to that.

use super::{Kept, is_through};
use crate::documents::review::{find, moved, section, section_named, stands};
use crate::engine::Run;
use crate::engine::review::{Comment, Sent};
use crate::supervisor::RunOrder;
use crate::terms::review::{Answer, Range, Side, Spot};
use crate::terms::{AttemptId, CommentId, Oid};
use crate::text::Role;
use std::collections::BTreeMap;
use std::path::Path;

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not sent yet, or was reopened: the next send-back takes it along.
    Open,
    /// It was sent, and nothing is answered yet.
    Sent,
    /// The stage says that it did what was asked for.
    Fixed {
        /// Where and how, in its words.
        said: String,
        /// What the run's work says of its place.
        left: Left,
    },
    /// The stage says why it did not.
    Declined {
        /// The reason.
        reason: String,
    },
    /// Nobody answered it: a person had the stage in hand, and their work went on.
    ByHand {
        /// The person.
        by: String,
        /// What the run's work says of its place.
        left: Left,
    },
    /// Nobody answered it, and what it was about is gone.
    OutOfDate {
        /// What is gone.
        why: String,
    },
}

/// What became of the place that a comment is about, as far as the run's work tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing of it changed: the file or, in an artifact, the section.
    Same,
    /// The file changed, and its lines are in it still.
    Beside,
    /// Its lines are others now.
    Changed,
    /// It is about the file, and that changed.
    File,
    /// The file has another name, and its lines are in it still.
    Renamed,
    /// The file is gone.
    Gone,
    /// It is about no file, or what the file held can't be read.
    Unknown,
}

impl Left {
    fn told(self) -> &'static str {
        match self {
            Self::Same => "its place is unchanged",
            Self::Beside => "its lines are as they were, and others of the file changed",
            Self::Changed => "its lines changed",
            Self::File => "its file changed",
            Self::Renamed => "its file has another name",
            Self::Gone => "its file is gone",
            Self::Unknown => "what became of it can't be told from the files",
        }
    }

    /// Whether the lines that a comment is about are what they were.
    pub fn is_as_it_was(self) -> bool {
        matches!(self, Self::Same | Self::Beside)
    }
}

impl Outcome {
    /// It in one word or two.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Sent => "sent",
            Self::Fixed { .. } => "fixed",
            Self::Declined { .. } => "declined",
            Self::ByHand { .. } => "by hand",
            Self::OutOfDate { .. } => "out of date",
        }
    }

    /// Its mark and its look.
    pub fn mark(&self) -> (Role, char) {
        match self {
            Self::Open => (Role::Attention, '●'),
            Self::Sent => (Role::Live, '◐'),
            Self::Fixed {
                left: Left::Same, ..
            } => (Role::Bad, '!'),
            Self::Fixed {
                left: Left::Beside, ..
            }
            | Self::ByHand {
                left: Left::Same, ..
            } => (Role::Attention, '!'),
            Self::Fixed { .. } => (Role::Good, '✓'),
            Self::Declined { .. } => (Role::Attention, '–'),
            Self::ByHand { .. } => (Role::Attention, '◆'),
            Self::OutOfDate { .. } => (Role::Quiet, '○'),
        }
    }

    /// What is said of it beside the word; empty: nothing.
    pub fn said(&self) -> String {
        match self {
            Self::Open | Self::Sent => String::new(),
            Self::Fixed { said, left } if left.is_as_it_was() => {
                let dash = if said.is_empty() { "" } else { " — " };
                let what = match left {
                    Left::Same => "the place is unchanged",
                    _ => left.told(),
                };
                format!("said fixed, but {what}{dash}{said}")
            }
            Self::Fixed { said, .. } => said.clone(),
            Self::Declined { reason } => reason.clone(),
            Self::ByHand { by, left } => {
                format!("{by} had the stage in hand: {}", left.told())
            }
            Self::OutOfDate { why } => why.clone(),
        }
    }

    /// Whether a stage, a person's hand or time settled it.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Open | Self::Sent)
    }
}

/// A comment, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The comment.
    pub comment: Comment,
    /// The round it was sent in last, counted from 1; `None`: it was never sent.
    pub round: Option<u32>,
    /// What became of it.
    pub outcome: Outcome,
    /// Where its lines are now; `None`: it is about no lines, or they are in no file any more.
    pub now: Option<Range>,
    /// Its file's name now, where that is another.
    pub renamed: Option<String>,
}

impl Standing {
    /// Its id.
    pub fn id(&self) -> CommentId {
        self.comment.id
    }

    /// The place that it is about, and where that is now if it moved.
    pub fn place(&self) -> String {
        let Some(spot) = &self.comment.spot else {
            return "the whole".to_owned();
        };
        match (&self.renamed, self.now) {
            (Some(path), Some(now)) => format!("{spot} → {path}:{now}"),
            (Some(path), None) => format!("{spot} → {path}"),
            (None, Some(now)) if Some(now) != spot.lines => format!("{spot} → {now}"),
            (None, _) => spot.to_string(),
        }
    }

    /// The file that it is about, by its name now.
    pub fn path(&self) -> Option<&str> {
        let spot = self.comment.spot.as_ref()?;
        Some(self.renamed.as_deref().unwrap_or(&spot.path))
    }
}

/// A file of a commit: `None` where it holds none.
type Known = Result<Option<String>, Unknown>;

/// What a commit holds can't be told.
#[derive(Debug, Clone, Copy)]
struct Unknown;

/// The texts of files and where they went, read once.
struct Texts<'a> {
    order: &'a RunOrder,
    known: BTreeMap<(Oid, String), Known>,
    renamed: BTreeMap<(Oid, Oid), BTreeMap<String, String>>,
}

impl Texts<'_> {
    /// A file of a commit.
    fn of(&mut self, commit: Option<&Oid>, path: &str) -> Known {
        let commit = commit.ok_or(Unknown)?;
        let key = (commit.clone(), path.to_owned());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let read = self.order.git().file_at(commit, path);
        let read = read.map_err(|_| Unknown);
        let lossy = |b: Vec<u8>| String::from_utf8_lossy(&b).into_owned();
        let read = read.map(|bytes| bytes.map(lossy));
        self.known.insert(key, read.clone());
        read
    }

    /// The name that a file of one commit has in another, where that is another one.
    fn renamed(&mut self, path: &str, from: Option<&Oid>, to: Option<&Oid>) -> Option<String> {
        let key = (from?.clone(), to?.clone());
        let git = self.order.git();
        // What git can't tell is no rename.
        let read = |key: &(Oid, Oid)| git.renamed(&key.0, &key.1).unwrap_or_default();
        let renamed = self.renamed.entry(key);
        let renamed = renamed.or_insert_with_key(read);
        renamed.get(path).cloned()
    }

    /// A file of a commit that was seen in another one: under its name there or, where none is of
    /// that name, under the one that it got.
    fn followed(
        &mut self,
        path: &str,
        from: Option<&Oid>,
        to: Option<&Oid>,
    ) -> (Known, Option<String>) {
        let here = self.of(to, path);
        if !matches!(here, Ok(None)) {
            return (here, None);
        }
        match self.renamed(path, from, to) {
            Some(name) => (self.of(to, &name), Some(name)),
            None => (here, None),
        }
    }
}

/// Where every comment of a run stands, by its number.
pub fn standing(order: &RunOrder, run: &Run, kept: &Kept) -> Vec<Standing> {
    let mut all: BTreeMap<CommentId, (Comment, Option<&Sent>, bool)> = BTreeMap::new();
    for sent in run.review.latest() {
        let id = sent.comment.id;
        all.insert(id, (sent.comment.clone(), Some(sent), false));
    }
    for held in kept.held.iter().filter(|h| !h.removed) {
        let id = held.comment.id;
        if held.is_open(run) {
            let sent = run.review.last(id);
            all.insert(id, (held.comment.clone(), sent, true));
        }
    }
    let mut texts = Texts {
        order,
        known: BTreeMap::new(),
        renamed: BTreeMap::new(),
    };
    all.into_values()
        .map(|(comment, sent, open)| {
            let seen = see(&mut texts, run, &comment, sent);
            Standing {
                outcome: match sent {
                    Some(sent) if !open => outcome(run, sent, &seen),
                    _ => Outcome::Open,
                },
                round: sent.map(|s| s.round),
                now: seen.now,
                renamed: seen.renamed,
                comment,
            }
        })
        .collect()
}

/// What the run's work says of a comment's place.
#[derive(Debug)]
struct Seen {
    /// Where its lines are.
    now: Option<Range>,
    /// What became of it since it was sent.
    left: Left,
    /// What of it is gone.
    gone: Option<Gone>,
    /// Its file's name, where that is another.
    renamed: Option<String>,
}

impl Seen {
    /// Of a place that can't be looked at.
    fn unknown(now: Option<Range>) -> Self {
        Self {
            now,
            left: Left::Unknown,
            gone: None,
            renamed: None,
        }
    }
}

/// What of a comment's place is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    File,
    Lines,
}

fn see(texts: &mut Texts<'_>, run: &Run, comment: &Comment, sent: Option<&Sent>) -> Seen {
    let Some(spot) = &comment.spot else {
        return Seen::unknown(None);
    };
    let round = sent.and_then(|s| run.review.round(s.round));
    let reviewed = round
        .and_then(|r| r.reviewed.as_ref())
        .or(comment.on.as_ref());
    let looked_at = comment.on.as_ref().or(reviewed);
    if spot.side == Side::Old {
        let now = texts.of(run.head.as_ref(), &spot.path);
        let then = texts.of(reviewed, &spot.path);
        return Seen {
            left: match (now, then) {
                (Ok(now), Ok(then)) if now == then => Left::Same,
                (Ok(None), Ok(_)) => Left::Gone,
                (Ok(_), Ok(_)) => Left::File,
                _ => Left::Unknown,
            },
            ..Seen::unknown(spot.lines)
        };
    }
    let (now, renamed) = texts.followed(&spot.path, looked_at, run.head.as_ref());
    let (then, before) = texts.followed(&spot.path, looked_at, reviewed);
    let (Ok(now), Ok(then)) = (now, then) else {
        return Seen::unknown(spot.lines);
    };
    let Some(now) = now else {
        let left = match then {
            None => Left::Same,
            Some(_) => Left::Gone,
        };
        return Seen {
            left,
            gone: Some(Gone::File),
            ..Seen::unknown(None)
        };
    };
    // Another name is another place.
    let moved_away = renamed != before;
    let unchanged = !moved_away
        && match (&then, spot.lines) {
            (Some(then), _) if *then == now => true,
            (Some(then), Some(lines)) if is_document(texts.order, spot) => {
                is_same_section(then, &now, lines)
            }
            _ => false,
        };
    let Some(lines) = spot.lines else {
        let left = match (unchanged, moved_away) {
            (true, _) => Left::Same,
            (false, true) => Left::Renamed,
            (false, false) => Left::File,
        };
        return Seen {
            left,
            renamed,
            ..Seen::unknown(None)
        };
    };
    let found = find(&now, &comment.excerpt, lines.first);
    let is_beside = || {
        then.as_ref()
            .is_some_and(|then| stands(then, &now, &comment.excerpt, lines.first))
    };
    let left = match found {
        _ if unchanged => Left::Same,
        Some(_) if moved_away => Left::Renamed,
        Some(_) if is_beside() => Left::Beside,
        _ => Left::Changed,
    };
    // Of a long range only the beginning is kept.
    let length = lines.last - lines.first;
    let found = found.map(|at| Range::between(at.first, at.first.saturating_add(length)));
    let looked_at = texts.of(comment.on.as_ref(), &spot.path);
    let looked_at = looked_at.ok().flatten().or(then);
    let place = || looked_at.map(|old| moved(&old, &now, lines));
    Seen {
        now: found.or_else(place),
        left,
        gone: found.is_none().then_some(Gone::Lines),
        renamed,
    }
}

/// Whether a file is one of the documents that a run hands on, which are read by section.
fn is_document(order: &RunOrder, spot: &Spot) -> bool {
    let harness = spot.path.strip_prefix(order.harness.as_str());
    let extension = Path::new(&spot.path).extension();
    let is_markdown = extension.is_some_and(|e| e.eq_ignore_ascii_case("md"));
    is_markdown && harness.is_some_and(|rest| rest.starts_with('/'))
}

/// Whether the section that a line is in says the same.
fn is_same_section(then: &str, now: &str, lines: Range) -> bool {
    section(then, lines.first).is_some_and(|(key, body)| section_named(now, &key) == Some(body))
}

fn outcome(run: &Run, sent: &Sent, seen: &Seen) -> Outcome {
    if let Some(replied) = &sent.replied {
        let said = replied.reply.said.clone();
        return match replied.reply.answer {
            Answer::Fixed => Outcome::Fixed {
                said,
                left: seen.left,
            },
            Answer::Declined => Outcome::Declined { reason: said },
            Answer::ByHand => Outcome::ByHand {
                by: whose(run, &replied.attempt),
                left: seen.left,
            },
        };
    }
    let to = run.review.round(sent.round).map(|r| &r.to);
    let through = to.and_then(|to| run.record(to));
    if !through.is_some_and(|r| is_through(r.state)) {
        return Outcome::Sent;
    }
    let why = match seen.gone {
        Some(Gone::File) => "its file is gone",
        Some(Gone::Lines) => "its lines are not there any more",
        // An answer was not owed then, or the stage was left out.
        None => "nobody answered it, and the run went on",
    };
    Outcome::OutOfDate {
        why: why.to_owned(),
    }
}

/// The person whose attempt it was.
fn whose(run: &Run, attempt: &AttemptId) -> String {
    let record = run.record(&attempt.stage);
    let made = record.and_then(|r| r.attempts.iter().find(|a| a.id == *attempt));
    let by = made.and_then(|a| a.by.as_ref());
    by.map_or_else(|| "a person".to_owned(), |by| by.name.clone())
}
