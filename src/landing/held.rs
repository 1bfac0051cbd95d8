//! The receipt of a run of this machine, held against what there is of it: the commit that landed it, the
//! one that is in review or, where nothing landed yet, the last one of its branch.

use super::last_commit::report_path;
use super::receipt::{About, With};
use super::verify::{DIFFERS, ON_WHAT_LANDED, Stands, Subject, Verified, receipt_in, verify};
use super::{Form, LandError, Receipt, in_place, private};
use crate::git::Git;
use crate::records::project::Project;
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
    /// What the run came to since something was put up for review there.
    Since(String),
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

impl Against {
    /// What it is that an approval was given on; `None`: it landed.
    fn not_landed(&self) -> Option<&'static str> {
        match self {
            Self::Landed(_) | Self::Withdrawn(_) => None,
            Self::InReview(_) => Some("what is in review"),
            Self::Run | Self::Since(_) => Some("what the run came to"),
        }
    }
}

/// The receipt of a run, with its artifacts where they went as it landed or was put up for review, or else
/// will go by the settings.
pub fn receipt_of(project: &Project, view: &RunView) -> Result<Receipt, LandError> {
    let with = With::of(view);
    if private::is(view) || in_place::is(view) {
        return Receipt::of(view, &with);
    }
    let run = &view.run;
    let head = run.head.as_ref().unwrap_or(&view.order.base);
    let review = run.in_review.as_ref().filter(|r| r.head == *head);
    let commit = match (&run.landed, review) {
        (Some(landed), _) => Some(&landed.commit),
        (None, review) => review.map(|r| &r.commit),
    };
    let git = Git::new(&view.order.home).careful();
    let path = report_path(view)?;
    // A commit that is gone by now tells nothing of it.
    let report = commit.and_then(|commit| git.file_at(commit, path.as_str()).ok()?);
    let landed = report.and_then(|bytes| receipt_in(&String::from_utf8_lossy(&bytes)));
    let kept = landed.filter(|r| r.run == view.order.run).map(|r| r.kept);
    let kept = kept.unwrap_or_else(|| Form::of(project).kept(view));
    Receipt::of(view, &With { kept, ..with })
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
            (None, Some(review)) if review.head == receipt.head.commit => (
                Subject::Commit(review.commit.clone()),
                Against::InReview(review.url.clone()),
            ),
            // What was done since is not in it.
            (None, Some(review)) => (
                Subject::Text { text, at },
                Against::Since(review.url.clone()),
            ),
            (None, None) => (Subject::Text { text, at }, Against::Run),
        };
        let mut verified = verify(&git, &subject).map_err(|e| LandError::Refused(e.to_string()))?;
        if matches!(against, Against::Run | Against::Since(_)) {
            // Nobody has put their name to it yet, and nobody could have.
            verified.lines.retain(|l| l.about != About::Signature);
        }
        if let Some(what) = against.not_landed() {
            for line in &mut verified.lines {
                for begins in [ON_WHAT_LANDED, DIFFERS] {
                    if let Some(rest) = line.found.strip_prefix(begins) {
                        line.found = format!("{}{rest}", begins.replace("what landed", what));
                    }
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
            Against::Since(url) => format!(
                "held against {commit}, what the run came to; what is in review is older: {url}"
            ),
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
