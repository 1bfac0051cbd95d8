//! The base of a run, as it is now: whether it moved on, and what refreshing the run would do. It is
//! looked at where it is asked for: each look asks git.

use super::runs::RunView;
use crate::supervisor::refresh::{CannotRefresh, Moved, Would, few, would_be_lost};
use crate::text::many;

impl RunView {
    /// That its base branch moved on or was rewritten; `None`: it did not, or nobody can tell, or it is over.
    pub fn base_moved(&self) -> Option<Moved> {
        if self.is_over() || !self.run.prepared {
            return None;
        }
        // What git can't tell is no fact about the base.
        Moved::of(&self.order, &self.run).ok().flatten()
    }

    /// Why a refresh would be refused for what lies in the run's tree; `None`: nothing would be lost.
    pub fn refresh_would_lose(&self) -> Result<Option<String>, CannotRefresh> {
        Ok(would_be_lost(self.dirs.path(), &self.order, &self.run)?)
    }

    /// What a refresh would do; `None`: there is nothing to do.
    pub fn would_refresh(&self) -> Result<Option<Would>, CannotRefresh> {
        Would::of(&self.order, &self.run)
    }
}

/// What a refresh would do, in lines, each with the word that leads it.
pub fn lines(would: &Would) -> Vec<(&'static str, String)> {
    let mut lines = vec![(
        "base",
        format!(
            "{} at {}, {} more",
            would.branch,
            would.onto.short(),
            many(would.commits, "commit")
        ),
    )];
    for (n, (commit, subject)) in would.newest.iter().enumerate() {
        let word = if n == 0 { "commits" } else { "" };
        lines.push((word, format!("{commit} {subject}")));
    }
    let more = would.commits.saturating_sub(would.newest.len());
    if more > 0 {
        lines.push(("", format!("and {more} older")));
    }
    lines.push(("brings", brings(would)));
    lines.push((
        "both",
        match would.both.as_slice() {
            [] => "no file was changed by both sides".to_owned(),
            both => format!("changed by both sides: {}", few(both)),
        },
    ));
    if !would.conflicts.is_empty() {
        lines.push(("conflict", few(&would.conflicts)));
    }
    lines
}

fn brings(would: &Would) -> String {
    match would.brought.as_slice() {
        [] => "nothing outside of harness/: what was checked and judged stands".to_owned(),
        paths => format!("{}: {}", many(paths.len(), "path"), few(paths)),
    }
}
