//! The comments of people on a run's work, where each of them stands, and what changed since the
//! work was sent back last.

pub use crate::supervisor::review::{Kept, Left, Outcome, Place, Shown, Standing};

use super::runs::RunView;
use crate::engine::review::{Comment, Round};
use crate::git::diff::DiffEntry;
use crate::render::diff::{self, File};
use crate::supervisor::review::standing;
use crate::terms::Oid;
use std::collections::BTreeSet;

/// Largest patch that is shown.
const MAX_PATCH: usize = 16 * 1024 * 1024;

/// What changed since the work was looked at and sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Since {
    /// What was looked at.
    pub from: Oid,
    /// What there is now.
    pub to: Oid,
    /// Who looked.
    pub by: String,
    /// The files that differ: code, and the documents that the run hands on.
    pub files: Vec<DiffEntry>,
}

impl Since {
    /// Lines added and removed, of files that have lines.
    pub fn lines(&self) -> (u64, u64) {
        let sum = |of: fn(&DiffEntry) -> Option<u64>| self.files.iter().filter_map(of).sum();
        (sum(|f| f.added), sum(|f| f.removed))
    }
}

impl RunView {
    /// Every comment on its work that was not taken away, by its number, with where it stands.
    pub fn comments(&self) -> Vec<Standing> {
        standing(&self.order, &self.run, &self.commented)
    }

    /// The comments that go along when its work is sent back; an error says why they can't be read.
    pub fn open_comments(&self) -> Result<Vec<Comment>, String> {
        match &self.commented.trouble {
            None => Ok(self.commented.open(&self.run)),
            Some(why) => Err(format!("its comments can't be read: {why}")),
        }
    }

    /// Where comments are given.
    pub fn review_place(&self) -> Place<'_> {
        Place {
            dirs: &self.dirs,
            order: &self.order,
            run: &self.run,
        }
    }

    /// The last time that its work was sent back, if that is not what there is now.
    pub fn last_round(&self) -> Option<(&Round, &Oid, &Oid)> {
        let round = self.run.review.rounds.last()?;
        let (from, to) = (round.reviewed.as_ref()?, self.run.head.as_ref()?);
        Some((round, from, to))
    }

    /// What changed since its work was sent back last; `None`: it never was.
    pub fn since_review(&self) -> Option<Result<Since, String>> {
        let (round, from, to) = self.last_round()?;
        let files = self.order.git().diff(from, to);
        let files = files.map_err(|e| e.to_string());
        Some(files.map(|mut files| {
            let of_harness = format!("{}/", self.order.harness);
            let documents = self.documents();
            files.retain(|f| !f.path.starts_with(&of_harness) || documents.contains(&f.path));
            Since {
                from: from.clone(),
                to: to.clone(),
                by: round.by.name.clone(),
                files,
            }
        }))
    }

    /// That change by file and hunk: the documents first, as a person reads them.
    pub fn patch_since_review(&self) -> Result<(Since, Vec<File>), String> {
        let since = self.since_review();
        let since = since.ok_or_else(|| "nothing of this run was sent back yet".to_owned())??;
        let git = self.order.git();
        let told = |e: crate::git::GitError| e.to_string();
        let of_harness = format!("{}/", self.order.harness);
        let mut files = Vec::new();
        for file in since
            .files
            .iter()
            .filter(|f| f.path.starts_with(&of_harness))
        {
            let patch = git.diff_text_of(&since.from, &since.to, &file.path, MAX_PATCH);
            files.extend(diff::parse(&patch.map_err(told)?));
        }
        let harness = self.order.harness.as_str();
        let patch = git.diff_text(&since.from, &since.to, harness, MAX_PATCH);
        files.extend(diff::parse(&patch.map_err(told)?));
        Ok((since, files))
    }

    /// The paths of the documents that its stages hand on.
    fn documents(&self) -> BTreeSet<String> {
        let produced = self.run.plan.stages.iter().flat_map(|s| &s.produces);
        produced.map(|p| p.path.to_string()).collect()
    }
}

/// How many of these comments stand in which way, in words: `2 fixed, 1 open`.
pub fn counted<'a>(comments: impl IntoIterator<Item = &'a Standing>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for comment in comments {
        let word = comment.outcome.word();
        match counts.iter_mut().find(|(w, _)| *w == word) {
            Some((_, n)) => *n += 1,
            None => counts.push((word, 1)),
        }
    }
    let words: Vec<String> = counts.iter().map(|(w, n)| format!("{n} {w}")).collect();
    words.join(", ")
}
