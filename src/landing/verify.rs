//! Whether what a receipt says is so, from git alone: nothing of a run's own folder is read, nothing of
//! the repository is started, and nothing is written into it.
//!
//! Law: what is not found to be so is told line by line. What can't be looked up here is told as not
//! known, and that is not a pass.

mod approvals;
mod code;
mod criteria;
mod find;
mod merged;
mod shared;
mod signed;
mod texts;
mod tree;

pub(super) use approvals::{DIFFERS, ON_WHAT_LANDED};
pub use code::AS_LEFT;
pub(super) use find::receipt_in;
pub use find::{Subject, Unverifiable};

use super::receipt::{About, Kept, Receipt};
use super::remote::usual_here;
use crate::git::{Git, GitError};
use crate::terms::{CriterionId, Oid};
use serde::Serialize;
use std::collections::BTreeMap;

/// How a line of a receipt stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stands {
    /// It is so.
    Ok,
    /// Git can't tell; the receipt says it.
    Told,
    /// What it would be looked up in is not here.
    NotKnown,
    /// It is not so.
    NotTrue,
}

impl Stands {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Told => "told",
            Self::NotKnown => "not known",
            Self::NotTrue => "not true",
        }
    }
}

/// One line of a receipt, and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How it stands.
    pub stands: Stands,
    /// What it is about.
    pub about: About,
    /// What the receipt says.
    pub claimed: String,
    /// What was found.
    pub found: String,
    /// The criteria that rest on it, where it is not about one.
    pub criteria: Vec<CriterionId>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The receipt.
    pub receipt: Receipt,
    /// The commit that it was held against.
    pub commit: Oid,
    /// Where the receipt was read, and how the commit was found.
    pub read: String,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Verified {
    /// The exit code: 0 all of it is so, 1 something is not, 2 something can't be looked up here.
    pub fn code(&self) -> u8 {
        match self.lines.iter().map(|l| l.stands).max() {
            Some(Stands::NotTrue) => 1,
            Some(Stands::NotKnown) => 2,
            _ => 0,
        }
    }
}

/// Looks up everything that a receipt says: that of a commit, or that in a text.
pub fn verify(git: &Git, subject: &Subject) -> Result<Verified, Unverifiable> {
    let found = find::find(git, subject)?;
    let mut ground = Ground::of(git, &found)?;
    ground.have_others(merged::look(&ground)?);
    let mut lines = texts::lines(&found, &ground);
    let files = code::files(&ground);
    let artifacts = code::artifacts(&ground);
    let trees = tree::Trees::of(&ground);
    let mut decisions = approvals::decisions(&ground, &trees, &artifacts)?;
    let mut broken = Vec::new();
    for line in lines.iter_mut().chain(&mut decisions) {
        if line.stands == Stands::NotTrue {
            line.criteria.extend(ground.hanging_on(&line.about));
            broken.push(line.clone());
        }
    }
    lines.extend(criteria::lines(&ground, &files, &artifacts, &broken)?);
    lines.extend(approvals::checks(&ground, &trees));
    lines.extend(decisions);
    lines.extend(comments(&found.receipt));
    lines.extend(artifacts);
    lines.extend(files);
    lines.push(trees.last(&ground));
    lines.extend(code::beyond(&ground)?);
    lines.push(Line {
        stands: Stands::Told,
        about: About::Cost,
        claimed: found.receipt.cost(),
        found: "git can't tell what it cost".to_owned(),
        criteria: Vec::new(),
    });
    lines.push(signed::line(git, &found.commit)?);
    Ok(Verified {
        receipt: found.receipt,
        commit: found.commit,
        read: found.read,
        lines,
    })
}

fn comments(receipt: &Receipt) -> Vec<Line> {
    let all = receipt.comments.iter();
    all.map(|c| Line {
        stands: Stands::Told,
        about: About::Comment(c.id.clone()),
        claimed: format!("{}: {} ({})", c.outcome, c.text, c.place),
        found: "git can't tell what was said of it".to_owned(),
        criteria: Vec::new(),
    })
    .collect()
}

/// What a receipt is held against.
struct Ground<'a> {
    git: &'a Git,
    receipt: &'a Receipt,
    /// Every path of the commit.
    tree: code::Listing,
    /// The commit before those of the run; `None`: there is none here.
    before: Option<Oid>,
    commit: &'a Oid,
    /// Where the commit has the report of the run.
    report: Option<&'a str>,
    /// Where artifacts are read, or why they can't be.
    artifacts: Artifacts,
    /// What became of the files that are not as the run left them.
    others: merged::Others,
    /// Where files are that others moved meanwhile, and that the run's change was merged into there.
    went: BTreeMap<String, String>,
}

/// Where the artifacts are read.
enum Artifacts {
    At(Oid),
    Omitted,
    NotHere(String),
}

impl<'a> Ground<'a> {
    fn of(git: &'a Git, found: &'a find::Found) -> Result<Self, Unverifiable> {
        let (commit, receipt) = (&found.commit, &found.receipt);
        let artifacts = match &receipt.kept {
            Kept::Branch => Artifacts::At(commit.clone()),
            Kept::Omitted => Artifacts::Omitted,
            Kept::Ref(name) => kept_under(git, name),
        };
        Ok(Self {
            git,
            receipt,
            tree: code::Listing::of(git, commit)?,
            before: upon(git, commit, receipt)?,
            commit,
            report: found.report.as_ref().map(|(path, _)| path.as_str()),
            artifacts,
            others: merged::Others::new(),
            went: BTreeMap::new(),
        })
    }

    fn have_others(&mut self, others: merged::Others) {
        let went = others.iter().filter_map(|(path, became)| match became {
            merged::Became::Merged(at) if at != path => Some((path.clone(), at.clone())),
            _ => None,
        });
        self.went = went.collect();
        self.others = others;
    }

    /// Whether an artifact is in the commit. Where the others are not, one that a stage made outside of
    /// the harness folder still is: it is part of the change.
    fn lands(&self, path: &str) -> bool {
        let end = format!("runs/{}.md", self.receipt.run);
        let harness = self.report.and_then(|report| report.strip_suffix(&end));
        self.receipt.kept == Kept::Branch || harness.is_some_and(|place| !path.starts_with(place))
    }

    /// The bytes of an artifact; an error says why they can't be had.
    fn artifact(&self, path: &str) -> Result<Option<Vec<u8>>, Missing> {
        if self.lands(path) {
            return Ok(self.git.file_at(self.commit, path)?);
        }
        match &self.artifacts {
            Artifacts::At(commit) => Ok(self.git.file_at(commit, path)?),
            Artifacts::Omitted => Err(Missing::Omitted),
            Artifacts::NotHere(why) => Err(Missing::NotHere(why.clone())),
        }
    }

    /// The criteria that rest on a file: those whose evidence names it, else those whose evidence names
    /// none.
    fn resting_on(&self, path: &str) -> Vec<CriterionId> {
        let all = || self.receipt.criteria.iter();
        let of = |wanted: &dyn Fn(&&super::receipt::Criterion) -> bool| -> Vec<CriterionId> {
            all().filter(|c| wanted(c)).map(|c| c.id.clone()).collect()
        };
        let naming = of(&|c| c.places.iter().any(|p| p.path == path));
        if !naming.is_empty() {
            return naming;
        }
        let without = of(&|c| c.places.is_empty());
        if without.is_empty() {
            of(&|_| true)
        } else {
            without
        }
    }

    /// The criteria that hang on a decision: on an approval those whose review it was given on, or all,
    /// where it was given on none, for without it nothing would have gone on. On what was said beside an
    /// approval, none does.
    fn hanging_on(&self, about: &About) -> Vec<CriterionId> {
        let decisions = self.receipt.decisions.iter();
        let approval = decisions
            .filter(|d| d.on.is_some() && !d.given_on.is_empty())
            .find(|d| d.about() == *about);
        let Some(approval) = approval else {
            return Vec::new();
        };
        let is_named = |path: &str| {
            let mut parts = approval.given_on.iter();
            parts.any(|part| part.rsplit_once(' ').is_some_and(|(what, _)| what == path))
        };
        let all = || self.receipt.criteria.iter();
        let judged = all().filter(|c| c.by.as_ref().is_some_and(|by| is_named(by.as_str())));
        let judged: Vec<CriterionId> = judged.map(|c| c.id.clone()).collect();
        if judged.is_empty() {
            return all().map(|c| c.id.clone()).collect();
        }
        judged
    }
}

/// The commit where the branches part (`None`: the run began with nothing) and the one that it landed upon.
type Before = (Option<Oid>, Oid);

/// What others changed lies between the two; the inner error: nobody can have changed anything, or why
/// that can't be told here.
fn before_is_here(ground: &Ground<'_>) -> Result<Result<Before, Option<String>>, Unverifiable> {
    let git = ground.git;
    let missing = |what: &str| {
        Err(Some(format!(
            "{what} is not here, so whether others changed the file can't be told; fetch it"
        )))
    };
    let (on, before) = match (&ground.receipt.started_on, &ground.before) {
        (None, None) => return Ok(Err(None)),
        (None, Some(before)) => return Ok(Ok((None, before.clone()))),
        (Some(_), None) => return Ok(missing("the commit before it")),
        (Some(on), Some(before)) => (on, before),
    };
    if git.resolve(&format!("{on}^{{commit}}")).is_err() {
        return Ok(missing(&format!(
            "the commit that the run started on, {},",
            on.short()
        )));
    }
    Ok(match git.merge_base(before, on)? {
        Some(base) => Ok((Some(base), before.clone())),
        None => Err(None),
    })
}

/// Why an artifact can't be looked at.
enum Missing {
    Omitted,
    NotHere(String),
}

impl From<GitError> for Missing {
    fn from(error: GitError) -> Self {
        Self::NotHere(match error {
            GitError::Lacking { .. } => find::LACKING.to_owned(),
            other => other.to_string(),
        })
    }
}

/// What the run's work was put upon: the commit before those of the run or, where that was taken in since,
/// the one that it was refreshed on.
fn upon(git: &Git, commit: &Oid, receipt: &Receipt) -> Result<Option<Oid>, Unverifiable> {
    let before = find::before(git, commit, &receipt.run)?;
    if let (Some(before), Some(on)) = (&before, &receipt.started_on)
        && git.resolve(&format!("{on}^{{commit}}")).is_ok()
        && git.is_ancestor(before, on)?
        && git.is_ancestor(on, commit)?
    {
        return Ok(Some(on.clone()));
    }
    Ok(before)
}

/// Only a ref of the engine's is looked at: a receipt could name any.
fn kept_under(git: &Git, name: &str) -> Artifacts {
    if !name.starts_with("refs/harness/") {
        return Artifacts::NotHere(format!("{name} is no ref that artifacts are kept under"));
    }
    match git.resolve(&format!("{name}^{{commit}}")) {
        Ok(commit) => Artifacts::At(commit),
        Err(_) => Artifacts::NotHere(match usual_here(git, "HEAD") {
            Some(remote) => {
                format!("there is no {name} here; fetch it: `git fetch {remote} {name}:{name}`")
            }
            None => format!("there is no {name} here; fetch it from where the run was landed"),
        }),
    }
}

impl Line {
    fn of(
        stands: Stands,
        about: About,
        claimed: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            stands,
            about,
            claimed: claimed.into(),
            found: found.into(),
            criteria: Vec::new(),
        }
    }

    fn resting(self, criteria: Vec<CriterionId>) -> Self {
        Self { criteria, ..self }
    }
}
