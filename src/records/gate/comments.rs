//! What a gate's first page says of comments: what changed since the work was sent back and what
//! became of each comment before all else, and at its end those that are open.

use super::page::{fitted, lead};
use crate::records::papers::{Line, Paper};
use crate::records::review::{Outcome, Since, Standing, counted};
use crate::records::runs::RunView;
use crate::render::{Look, Row};
use crate::text::{Role, SafeText, many, pad, width, without_columns, wrap};

/// The columns of a comment's state.
const STATE: usize = 13;
/// The fewest and the most columns of its place.
const PLACE: (usize, usize) = (22, 40);

/// Comments and what became of them, as a gate's page has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Commented {
    /// What changed since the work was sent back last, or why that is not known; `None`: it never was.
    pub since: Option<Result<Since, String>>,
    /// Every comment, by its number.
    pub all: Vec<Standing>,
    /// Why they can't be read.
    pub trouble: Option<String>,
}

impl Commented {
    /// Reads them.
    pub(super) fn read(view: &RunView) -> Self {
        Self {
            since: view.since_review(),
            all: view.comments(),
            trouble: view.commented.trouble.clone(),
        }
    }

    /// Those that go along with the next send-back.
    pub fn open(&self) -> impl Iterator<Item = &Standing> {
        self.all.iter().filter(|c| c.outcome == Outcome::Open)
    }

    /// What the last review came to, at most so many comments of it one by one.
    pub(super) fn review_rows(&self, columns: usize, (most, whole): (usize, bool)) -> Vec<Line> {
        let mut lines = Vec::new();
        let last = match &self.since {
            None => None,
            Some(Ok(since)) => Some(since_row(since)),
            Some(Err(why)) => {
                let why = fitted(&format!("not known what changed: {why}"), columns, LEAD);
                Some(Line::of(lead("review").with(Look::Role(Role::Bad), why)))
            }
        };
        lines.extend(last);
        let sent: Vec<&Standing> = { self.all.iter() }
            .filter(|c| c.outcome != Outcome::Open)
            .collect();
        rows(&mut lines, "review", &sent, columns, (most, whole));
        lines
    }

    /// Those that are open, at most so many one by one.
    pub(super) fn open_rows(&self, columns: usize, (most, whole): (usize, bool)) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(why) = &self.trouble {
            let why = fitted(&format!("can't be read: {why}"), columns, LEAD);
            lines.push(Line::of(lead("comments").with(Look::Role(Role::Bad), why)));
            return lines;
        }
        let open: Vec<&Standing> = self.open().collect();
        rows(&mut lines, "comments", &open, columns, (most, whole));
        if lines.is_empty() {
            let row = lead("comments").with(Look::Role(Role::Quiet), "none open");
            lines.push(Line::of(row));
        }
        lines
    }
}

/// The columns before a row's text.
const LEAD: usize = 12;

fn since_row(since: &Since) -> Line {
    let row = lead("review");
    if since.files.is_empty() {
        let told = format!("nothing changed since {} looked at it", since.by);
        return Line::of(row.with(Look::Role(Role::Attention), told));
    }
    let (added, removed) = since.lines();
    let row = row
        .with(
            Look::Link,
            format!("{} changed", many(since.files.len(), "file")),
        )
        .with(Look::Role(Role::Good), format!("  +{added}"))
        .with(Look::Role(Role::Bad), format!(" -{removed}"))
        .with(
            Look::Role(Role::Quiet),
            format!("  since {} looked at {}", since.by, since.from.short()),
        );
    Line::to(row, Paper::Since)
}

/// A row a comment. Of more than `most` those that need a look are shown, and the rest is told in
/// words. `whole`: what is said is told to its end.
fn rows(
    lines: &mut Vec<Line>,
    word: &str,
    all: &[&Standing],
    columns: usize,
    (most, whole): (usize, bool),
) {
    let shown = chosen(all, most);
    let ids = shown.iter().map(|c| width(&c.id().to_string()));
    let ids = ids.max().unwrap_or(0);
    let places = shown.iter().map(|c| width(&c.place()));
    let room = (columns / 4).clamp(PLACE.0, PLACE.1);
    let places = places.max().unwrap_or(0).min(room);
    for comment in &shown {
        let row = lead(if lines.is_empty() { word } else { "" });
        let row = one(row, comment, (ids, places));
        let taken = row.width();
        let (look, told) = told(comment);
        let told = if whole {
            wrap(&told, columns.saturating_sub(taken + 1).max(20))
        } else {
            vec![fitted(&told, columns, taken)]
        };
        let mut told = told.into_iter();
        let row = row.with(look, told.next().unwrap_or_default());
        lines.push(Line::to(row, Paper::Comments));
        for more in told {
            let row = Row::of(Look::Plain, pad("", taken)).with(look, more);
            lines.push(Line::to(row, Paper::Comments));
        }
    }
    if shown.len() < all.len() {
        let rest = all.iter().filter(|c| !shown.contains(c)).copied();
        let rest: Vec<&Standing> = rest.collect();
        let more = format!("+ {} more", many(rest.len(), "comment"));
        let told = if rest.iter().all(|c| c.outcome == Outcome::Open) {
            more
        } else {
            format!("{more}: {}", counted(rest))
        };
        let row = lead(if lines.is_empty() { word } else { "" });
        let told = fitted(&told, columns, LEAD);
        lines.push(Line::to(row.with(Look::Link, told), Paper::Comments));
    }
}

/// What stands before what is said of a comment: its id, its state, its place.
fn one(row: Row, comment: &Standing, (ids, places): (usize, usize)) -> Row {
    let (role, mark) = comment.outcome.mark();
    let state = format!("{mark} {}", comment.outcome.word());
    let row = row.with(
        Look::Role(Role::Name),
        pad(&comment.id().to_string(), ids) + "  ",
    );
    let row = row.with(Look::Role(role), pad(&state, STATE) + "  ");
    let place = pad(&ending(&comment.place(), places), places);
    row.with(Look::Plain, place + "  ")
}

/// What is said of a comment: the answer or, without one, itself.
fn told(comment: &Standing) -> (Look, String) {
    let told = if comment.outcome.is_settled() {
        comment.outcome.said()
    } else {
        comment.comment.text.replace('\n', " ")
    };
    let look = match comment.outcome {
        Outcome::Fixed { left, .. } if left.is_as_it_was() => Look::Role(comment.outcome.mark().0),
        _ => Look::Plain,
    };
    (look, told)
}

/// The end of a place, which tells most of it.
fn ending(place: &str, columns: usize) -> String {
    let place = SafeText::line(place).into_string();
    match width(&place).saturating_sub(columns) {
        0 => place,
        over => format!("…{}", without_columns(&place, over + 1).1),
    }
}

/// As many comments as there is room for, in their order; those that are simply fixed go first.
fn chosen<'a>(all: &[&'a Standing], most: usize) -> Vec<&'a Standing> {
    if all.len() <= most {
        return all.to_vec();
    }
    let is_well =
        |c: &Standing| matches!(c.outcome, Outcome::Fixed { left, .. } if !left.is_as_it_was());
    let room = most.saturating_sub(1);
    let mut shown: Vec<&Standing> = all.iter().filter(|c| !is_well(c)).copied().collect();
    shown.truncate(room);
    let well = all.iter().filter(|c| is_well(c)).copied();
    shown.extend(well.take(room - shown.len()));
    shown.sort_by_key(|c| c.id());
    shown
}
