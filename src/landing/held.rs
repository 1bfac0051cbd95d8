//! The receipt of a run of this machine, held against what there is of it: the commit that landed it, the
//! one that is in review or, where nothing landed yet, the last one of its branch.

use super::receipt::{About, With};
use super::verify::{ON_WHAT_LANDED, Stands, Subject, Verified, verify};
use super::{LandError, Receipt};
use crate::git::Git;
use crate::records::runs::RunView;
use crate::terms::Oid;

/// What it was held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// What landed it on this branch.
    Landed(String),
    /// The same, where that branch does not hold it any more.
    Withdrawn(String),
    /// What is up for review there.
    InReview(String),
    /// What the run came to, which has not landed.
    Run,
}

/// A receipt with what is so of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What was found.
    pub verified: Verified,
    /// Of what.
    pub against: Against,
}

/// Whether a branch still holds what landed on it; one that is not here has taken nothing back.
fn landed_on(git: &Git, branch: &str, commit: &Oid) -> Against {
    let tip = git.resolve(&format!("refs/heads/{branch}^{{commit}}"));
    let holds = |tip| git.is_ancestor(commit, &tip).unwrap_or(true);
    if tip.is_ok_and(|tip| !holds(tip)) {
        Against::Withdrawn(branch.to_owned())
    } else {
        Against::Landed(branch.to_owned())
    }
}

impl Held {
    /// Looks it up. Nothing is written, and nothing of the repository is started.
    pub fn of(view: &RunView) -> Result<Self, LandError> {
        let receipt = Receipt::of(view, &With::of(view))?;
        let git = Git::new(&view.order.home).careful();
        let at = Some(receipt.head.commit.clone());
        let text = receipt.section();
        let (subject, against) = match (&view.run.landed, &view.run.in_review) {
            // The person commits that themselves, when they like.
            (Some(_), _) if view.order.in_place.is_some() => {
                (Subject::Text { text, at }, Against::Run)
            }
            (Some(landed), _) => (
                Subject::Commit(landed.commit.clone()),
                landed_on(&git, &landed.into, &landed.commit),
            ),
            (None, Some(review)) => (
                Subject::Commit(review.commit.clone()),
                Against::InReview(review.url.clone()),
            ),
            (None, None) => (Subject::Text { text, at }, Against::Run),
        };
        let mut verified = verify(&git, &subject).map_err(|e| LandError::Refused(e.to_string()))?;
        if against == Against::Run {
            // Nobody has put their name to it yet, and nobody could have.
            verified.lines.retain(|l| l.about != About::Signature);
            for line in &mut verified.lines {
                if line.found == ON_WHAT_LANDED {
                    "given on what the run came to".clone_into(&mut line.found);
                }
            }
        }
        Ok(Self { verified, against })
    }

    /// What it was held against, for people.
    pub fn told(&self) -> String {
        let commit = self.verified.commit.short();
        match &self.against {
            Against::Landed(into) => format!("held against {commit}, which landed it on {into}"),
            Against::Withdrawn(from) => {
                format!(
                    "held against {commit}, which landed it on {from}; {from} does not hold it any more"
                )
            }
            Against::InReview(url) => format!("held against {commit}, which is in review: {url}"),
            Against::Run => {
                format!("held against {commit}, what the run came to; it has not landed as that")
            }
        }
    }

    /// Whether all of it is so, in few words.
    pub fn outcome(&self) -> String {
        let of = |stands| {
            let lines = self.verified.lines.iter();
            lines.filter(|l| l.stands == stands).count()
        };
        match (of(Stands::NotTrue), of(Stands::NotKnown)) {
            (0, 0) => "verified: all that git can tell is so".to_owned(),
            (0, 1) => "not verified: one line can't be looked up here".to_owned(),
            (0, n) => format!("not verified: {n} lines can't be looked up here"),
            (1, _) => "not verified: one line is not true".to_owned(),
            (n, _) => format!("not verified: {n} lines are not true"),
        }
    }
}
