//! The page of all comments: what each is about, what is said, and what was answered.

use super::Line;
use crate::records::review::Standing;
use crate::records::runs::RunView;
use crate::render::{Look, Row, Span, Target};
use crate::terms::review::Side;
use crate::text::Role;

/// How many lines of an excerpt are shown.
const EXCERPT: usize = 8;

/// The comments of a run, one after the other.
pub(super) fn lines(view: &RunView) -> Vec<Line> {
    let mut rows = Vec::new();
    if let Some(why) = &view.commented.trouble {
        let told = format!("they can't be read: {why}");
        rows.push(Row::of(Look::Role(Role::Bad), told));
    }
    for comment in view.comments() {
        rows.extend(of(&comment));
        rows.push(Row::empty());
    }
    if rows.is_empty() {
        let none = "nobody has commented on anything of this run";
        rows.push(Row::of(Look::Role(Role::Quiet), none));
    }
    rows.into_iter().map(Line::of).collect()
}

fn of(standing: &Standing) -> Vec<Row> {
    let comment = &standing.comment;
    let (role, mark) = standing.outcome.mark();
    let mut head = Row::of(Look::Heading(2), comment.id.to_string()).with(
        Look::Role(role),
        format!("  {mark} {}  ", standing.outcome.word()),
    );
    let target = comment.spot.as_ref().filter(|s| s.side == Side::New);
    let target = target.map(|spot| Target::Place {
        path: standing.path().unwrap_or(&spot.path).to_owned(),
        line: standing
            .now
            .or(spot.lines)
            .and_then(|l| usize::try_from(l.first).ok()),
    });
    head = match target {
        Some(target) => head.span(Span::new(Look::Link, standing.place()).to(target)),
        None => head.with(Look::Plain, standing.place()),
    };
    let mut by = format!(
        "by {}, {}",
        comment.by.name,
        comment.at.strftime("%Y-%m-%d %H:%M UTC")
    );
    if let Some(round) = standing.round {
        by = format!("{by}, sent in round {round}");
    }
    let mut rows = vec![head, Row::of(Look::Role(Role::Quiet), by)];
    if let Some(url) = &comment.url {
        rows.push(Row::empty().telling(Look::Role(Role::Quiet), url));
    }
    let excerpt = &comment.excerpt.lines;
    for line in excerpt.iter().take(EXCERPT) {
        rows.push(Row::of(Look::Mark, "  │ ").with(Look::Code, line));
    }
    if excerpt.len() > EXCERPT {
        let more = format!("  │ … {} more lines", excerpt.len() - EXCERPT);
        rows.push(Row::of(Look::Mark, more));
    }
    for line in comment.text.lines() {
        rows.push(Row::of(Look::Plain, "  ").telling(Look::Plain, line));
    }
    let said = standing.outcome.said();
    if !said.is_empty() {
        let row = Row::of(Look::Role(role), format!("  {mark} "));
        rows.push(row.telling(Look::Plain, said));
    }
    rows
}
