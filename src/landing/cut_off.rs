//! A landing that was cut off: how far it came, bringing it to its end, taking it back.

use super::LandError;
use super::bring::{Way, bring};
use super::intent::{How, Intent};
use super::land::{Landed, carry_out, forget, held, stands, tidied};
use crate::git::Git;
use crate::records::cut_off::{Begun, Stands};
use crate::records::runs::RunView;
use crate::terms::{Oid, RunId};
use std::path::PathBuf;

/// A landing that was begun, that nobody goes on with, and that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// The run.
    pub run: RunId,
    /// The branch it was to land on.
    pub into: String,
    /// How.
    pub how: How,
    /// Where the branch was when it was begun.
    pub old: Oid,
    /// Its commit.
    pub commit: Oid,
    /// The checkout that is to be brought along; `None`: the branch was checked out nowhere.
    pub checkout: Option<PathBuf>,
    /// The paths that it changes.
    pub files: Vec<String>,
    /// Whether the run's branch goes afterwards.
    pub delete_branch: bool,
    /// Who ordered it.
    pub by: String,
    /// How far it came.
    pub stands: Stands,
}

impl CutOff {
    /// The landing of this run that was cut off; `None`: none was.
    pub fn of(view: &RunView) -> Result<Option<Self>, LandError> {
        let Some(intent) = Intent::read(&view.dirs)? else {
            return Ok(None);
        };
        let files = intent.files(&Git::new(&view.order.home))?;
        Ok(Some(Self {
            stands: stands(view, &intent),
            run: intent.run,
            into: intent.into,
            how: intent.how,
            old: intent.old,
            commit: intent.new,
            checkout: intent.checkout,
            files,
            delete_branch: intent.delete_branch,
            by: intent.by.name,
        }))
    }

    /// How far it came, in a line.
    pub fn told(&self) -> String {
        Begun {
            into: self.into.clone(),
            stands: self.stands.clone(),
        }
        .told()
    }

    /// Whether it can be brought to its end as it was begun.
    pub fn may_finish(&self) -> bool {
        matches!(self.stands, Stands::Made { .. } | Stands::Holds { .. })
    }

    /// Whether it can be taken back: the branch does not hold it.
    pub fn may_take_back(&self) -> bool {
        matches!(self.stands, Stands::Made { .. } | Stands::Overtaken { .. })
    }
}

/// Brings a landing that was cut off to its end: this one, and never another.
pub fn finish(view: &RunView, commit: &Oid) -> Result<Landed, LandError> {
    held(view, |view| {
        let intent = that_one(view, commit)?;
        match stands(view, &intent) {
            Stands::Holds { .. } => {}
            Stands::Made { .. } => carry_out(view, &intent, true)?,
            Stands::Overtaken { why } => {
                return Err(LandError::Refused(format!(
                    "it can't be finished: {why}; take it back, then land again"
                )));
            }
            Stands::Unreadable { why } => return Err(LandError::Refused(why)),
        }
        tidied(view, &intent, Vec::new())
    })
}

/// Takes a landing back that was cut off before its branch held it: the checkout is as it was.
pub fn take_back(view: &RunView, commit: &Oid) -> Result<(), LandError> {
    held(view, |view| {
        let intent = that_one(view, commit)?;
        match stands(view, &intent) {
            Stands::Made { .. } | Stands::Overtaken { .. } => {}
            Stands::Holds { .. } => {
                return Err(LandError::Refused(format!(
                    "{} holds it as {} already, so that only finishing it is left; `git revert` \
                     takes it back after that",
                    intent.into,
                    intent.new.short()
                )));
            }
            Stands::Unreadable { why } => return Err(LandError::Refused(why)),
        }
        bring(&intent, Way::Back, true)?;
        forget(view, &intent)
    })
}

/// The landing that was begun, if it is the one that is meant.
fn that_one(view: &RunView, commit: &Oid) -> Result<Intent, LandError> {
    let run = &view.order.run;
    match Intent::read(&view.dirs)? {
        Some(intent) if intent.new == *commit => Ok(intent),
        Some(_) => Err(LandError::Refused(format!(
            "another landing of {run} was begun meanwhile; look at it again"
        ))),
        None => Err(LandError::Refused(format!(
            "no landing of {run} is unfinished any more; look at it again"
        ))),
    }
}
