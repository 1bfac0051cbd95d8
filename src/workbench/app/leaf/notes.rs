//! Comments where they belong: below the lines they are about, with a sign beside these.

use super::{Leads, Rows};
use crate::records::papers::Paper;
use crate::records::review::Standing;
use crate::render::{Look, Row, Span};
use crate::terms::CommentId;
use crate::terms::review::Side;
use crate::text::{Role, truncate, wrap};

/// In fewer columns than this a comment is one row.
const NARROW: usize = 60;
/// The most rows of a comment's text.
const MOST: usize = 8;

/// Puts comments among the rows of a page, which come a slice at a time.
#[derive(Debug, Clone)]
pub(super) struct Weaver {
    notes: Vec<Note>,
    /// The file that rows are of: that of the page, or in a change the one that began last.
    file: Option<String>,
    is_change: bool,
    /// How many rows were taken, and how many were put among them.
    taken: usize,
    put: usize,
}

/// A comment with its rows.
#[derive(Debug, Clone)]
struct Note {
    id: CommentId,
    path: String,
    side: Side,
    /// The lines, counted from 1; `None`: the whole file.
    lines: Option<(usize, usize)>,
    sign: (Role, char),
    rows: Vec<Row>,
    /// Whether its last line was there and it comes next.
    due: bool,
    placed: bool,
}

impl Note {
    fn of(standing: &Standing, columns: usize) -> Option<Self> {
        let spot = standing.comment.spot.as_ref()?;
        let lines = match spot.side {
            Side::New => standing.now.or(spot.lines),
            Side::Old => spot.lines,
        };
        let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        Some(Self {
            id: standing.id(),
            path: match spot.side {
                Side::New => standing.path().unwrap_or(&spot.path).to_owned(),
                Side::Old => spot.path.clone(),
            },
            side: spot.side,
            lines: lines.map(|l| (at(l.first), at(l.last))),
            sign: standing.outcome.mark(),
            rows: rows_of(standing, columns),
            due: false,
            placed: false,
        })
    }

    /// Whether a row is of its lines, and whether of the last.
    fn is_on(&self, row: &Row) -> (bool, bool) {
        let (Some((first, last)), Some(line)) = (self.lines, line_of(row, self.side)) else {
            return (false, false);
        };
        ((first..=last).contains(&line), line == last)
    }
}

/// The line of this text that a row is.
fn line_of(row: &Row, side: Side) -> Option<usize> {
    match side {
        Side::Old => row.went,
        Side::New => row.line.filter(|_| row.went.is_none() && !is_head(row)),
    }
}

/// Whether a row is the head of a hunk, which is no line.
fn is_head(row: &Row) -> bool {
    row.ground == Some(Look::Hunk)
}

impl Weaver {
    /// For a page of so many columns.
    pub(super) fn of(paper: &Paper, notes: &[Standing], columns: usize) -> Self {
        let (file, is_change) = match paper {
            Paper::File(path) => (Some(path.clone()), false),
            Paper::Change | Paper::Since | Paper::Against(_) => (None, true),
            _ => (None, false),
        };
        let has_lines = file.is_some() || is_change;
        let shown = notes.iter().filter(|_| has_lines);
        let shown = shown.filter_map(|n| Note::of(n, columns));
        let here = |n: &Note| match paper {
            // There it is another text that lines went from.
            Paper::Change => true,
            _ => n.side == Side::New,
        };
        let shown = shown.filter(|n| here(n) && file.as_ref().is_none_or(|f| *f == n.path));
        Self {
            notes: shown.collect(),
            file,
            is_change,
            taken: 0,
            put: 0,
        }
    }

    /// The rows with the comments that belong among them; `over`: there are no more.
    pub(super) fn weave(&mut self, rows: Rows, over: bool) -> Rows {
        if self.notes.is_empty() {
            return rows;
        }
        let mut out = Rows::default();
        let mut files = rows.files.into_iter().peekable();
        for (mut row, link) in rows.told.into_iter().zip(rows.links) {
            let begins = files.next_if(|(at, _)| *at <= self.taken);
            self.put_due(&row, &mut out);
            if let Some((at, path)) = begins {
                out.files.push((at + self.put, path.clone()));
                self.file = Some(path);
            } else {
                self.sign(&mut row);
            }
            out.push(row, link);
            self.taken += 1;
        }
        if over {
            self.put_where(&mut out, |n, is_change| n.due || !is_change);
        }
        out
    }

    /// Puts what comes before this row.
    fn put_due(&mut self, row: &Row, out: &mut Rows) {
        let first = self.taken == 0;
        self.put_where(out, |note, is_change| match (is_change, note.lines) {
            (true, _) => note.due && !note.is_on(row).0,
            (false, None) => first,
            (false, Some((_, last))) => row.line.is_some_and(|line| line > last),
        });
    }

    fn put_where(&mut self, out: &mut Rows, is_due: impl Fn(&Note, bool) -> bool) {
        for note in &mut self.notes {
            if note.placed || !is_due(note, self.is_change) {
                continue;
            }
            note.placed = true;
            self.put += note.rows.len();
            // Who reads it stays there when the page is laid out anew.
            let above = out.told.last().and_then(|r| r.line);
            let line = above.or(note.lines.map(|(_, last)| last));
            for row in &note.rows {
                let mut row = row.clone();
                row.line = line;
                out.push(row, Some(Leads::Comment(note.id)));
            }
        }
    }

    /// Gives a row the sign of the comments on it, and knows which come after it.
    fn sign(&mut self, row: &mut Row) {
        let file = self.file.as_deref();
        for note in &mut self.notes {
            if file != Some(note.path.as_str()) {
                continue;
            }
            let (on, last) = note.is_on(row);
            note.due |= last;
            if on {
                put_sign(row, note.sign);
            }
        }
    }
}

/// Puts a sign in the first column of a row, where that is free.
fn put_sign(row: &mut Row, (role, mark): (Role, char)) {
    let Some(first) = row.spans.first() else {
        return;
    };
    let Some(rest) = first.text().as_str().strip_prefix(' ') else {
        return;
    };
    let rest = Span::new(first.look, rest);
    let target = first.target.clone();
    row.spans[0] = match target {
        Some(target) => rest.to(target),
        None => rest,
    };
    let sign = Span::new(Look::Role(role), mark.to_string());
    row.spans.insert(0, sign);
}

/// A comment in rows: who says what, and what was answered. Where there is little room, one row.
fn rows_of(standing: &Standing, columns: usize) -> Vec<Row> {
    let (role, mark) = standing.outcome.mark();
    let bar = || Row::of(Look::Role(role), "   ┃ ");
    let word = standing.outcome.word();
    let comment = &standing.comment;
    let head = bar()
        .with(Look::Role(Role::Name), comment.id.to_string())
        .with(Look::Role(role), format!(" {mark} {word}  "));
    let room = columns.saturating_sub(6).max(8);
    let said = standing.outcome.said();
    if columns < NARROW {
        let text = comment.text.replace('\n', " ");
        let text = truncate(&text, columns.saturating_sub(head.width() + 1).max(4));
        return vec![head.with(Look::Plain, text)];
    }
    let mut rows = vec![head.with(Look::Role(Role::Quiet), &comment.by.name)];
    let mut texts = comment.text.lines().flat_map(|line| wrap(line, room));
    for text in texts.by_ref().take(MOST) {
        rows.push(bar().with(Look::Plain, text));
    }
    let more = texts.count();
    if more > 0 {
        let told = format!("… {} more", crate::text::many(more, "row"));
        rows.push(bar().with(Look::Role(Role::Quiet), told));
    }
    if !said.is_empty() {
        for (n, text) in wrap(&said, room.saturating_sub(2)).into_iter().enumerate() {
            let lead = if n == 0 { '→' } else { ' ' };
            let row = bar().with(Look::Role(role), format!("{lead} "));
            rows.push(row.with(Look::Plain, text));
        }
    }
    rows
}
