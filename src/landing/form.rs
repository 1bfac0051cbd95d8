//! The form of what lands: how many commits, with or without the artifacts. An order says it, or the
//! settings do; where it can't be had an order is refused, and a setting is told to have no effect.

use super::intent::How;
use super::land::Request;
use super::last_commit::{blob_paths, place_of};
use super::receipt::Kept;
use super::remote::usual_here;
use super::{LandError, in_place, private};
use crate::documents::settings::LandSettings;
use crate::documents::settings::land::{Artifacts, Commits};
use crate::git::{Git, Identity, Index, NewCommit, Scratch};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::{Oid, RunId};
use std::path::PathBuf;

/// What was ordered, and what the settings say where nothing was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// How many commits, as ordered.
    pub commits: Option<Commits>,
    /// What becomes of the artifacts, as ordered.
    pub artifacts: Option<Artifacts>,
    /// What the project's settings say.
    pub settings: LandSettings,
}

/// Of which commits what lands is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// One.
    One,
    /// One a stage.
    Stages,
    /// The run's own.
    Own,
}

impl Form {
    /// As the settings of this project say.
    pub fn of(project: &Project) -> Self {
        Self {
            settings: Harness::load(project).settings.land,
            ..Self::default()
        }
    }

    /// How a run lands where an order does not say how.
    pub fn usual(&self) -> How {
        match self.said() {
            Some(Commits::Stages) => How::Rebase,
            _ => How::Squash,
        }
    }

    fn said(&self) -> Option<Commits> {
        self.commits.or(self.settings.commits)
    }

    /// Of which commits a landing is made that is done so.
    pub fn line(&self, view: &RunView, how: How) -> Line {
        if private::is(view) || in_place::is(view) {
            return Line::One;
        }
        let all = self.artifacts(view) == Artifacts::Branch;
        match (how, self.said()) {
            (How::Merge, None) if all => Line::Own,
            (_, Some(Commits::Stages)) | (How::Merge | How::Rebase, None) => Line::Stages,
            _ => Line::One,
        }
    }

    /// What becomes of the artifacts.
    pub fn artifacts(&self, view: &RunView) -> Artifacts {
        if private::is(view) || in_place::is(view) {
            return Artifacts::Branch;
        }
        self.artifacts
            .or(self.settings.artifacts)
            .unwrap_or_default()
    }

    /// The same, as the receipt tells it.
    pub(super) fn kept(&self, view: &RunView) -> Kept {
        match self.artifacts(view) {
            Artifacts::Branch => Kept::Branch,
            Artifacts::Ref => Kept::Ref(artifacts_ref(&view.order.run)),
            Artifacts::Omit => Kept::Omitted,
        }
    }

    /// Refuses what was ordered and can't be had.
    pub fn may(&self, view: &RunView, how: How) -> Result<(), LandError> {
        let run = &view.order.run;
        let ordered = [
            self.commits.map(|c| format!("--commits {}", c.word())),
            self.artifacts.map(|a| format!("--artifacts {}", a.word())),
        ];
        let harmless = self.commits != Some(Commits::Stages)
            && matches!(self.artifacts, None | Some(Artifacts::Branch));
        if !harmless && let Some(why) = without_form(view) {
            let ordered: Vec<String> = ordered.into_iter().flatten().collect();
            return Err(LandError::Refused(format!(
                "{} can't be had: {run} {why}",
                ordered.join(" and ")
            )));
        }
        if how == How::Squash && self.commits == Some(Commits::Stages) {
            return Err(LandError::Refused(
                "--squash makes one commit; for one a stage order --rebase or --merge with --commits \
                 stages"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// What the settings say and has no effect here.
    pub fn notes(&self, view: &RunView) -> Vec<String> {
        let Some(why) = without_form(view) else {
            return Vec::new();
        };
        let told = |key: &str, word: &str| {
            format!("land.{key}: {word} of harness.yaml has no effect: the run {why}")
        };
        let commits = self.settings.commits.filter(|c| *c == Commits::Stages);
        let artifacts = self.settings.artifacts;
        let artifacts = artifacts.filter(|a| *a != Artifacts::Branch);
        { commits.map(|c| told("commits", c.word())).into_iter() }
            .chain(artifacts.map(|a| told("artifacts", a.word())))
            .collect()
    }
}

/// Why a run has no form to choose; `None`: it has.
fn without_form(view: &RunView) -> Option<&'static str> {
    if in_place::is(view) {
        return Some("worked in place: it lands as no commit, and its files lie in the checkout");
    }
    private::is(view).then_some(
        "has a private harness: it lands as one commit of the code, and its artifacts stay with the \
         harness",
    )
}

/// The ref that keeps the artifacts of a run that landed without them.
pub fn artifacts_ref(run: &RunId) -> String {
    format!("refs/harness/{run}/artifacts")
}

/// What is said of artifacts that are not part of what lands.
pub fn told(view: &RunView, request: &Request) -> Option<String> {
    let run = &view.order.run;
    match request.form.artifacts(view) {
        Artifacts::Branch => None,
        Artifacts::Omit => Some("its artifacts are not part of it".to_owned()),
        Artifacts::Ref => {
            let kept = artifacts_ref(run);
            Some(format!(
                "its artifacts are kept at {kept}: `git show {kept}:PATH` reads one, `git ls-tree -r \
                 --name-only {kept}` lists them"
            ))
        }
    }
}

/// How the ref comes to where others look; `None`: this repository is pushed nowhere.
pub(super) fn to_be_pushed(view: &RunView, into: &str) -> Option<String> {
    let kept = artifacts_ref(&view.order.run);
    let remote = usual_here(&Git::new(&view.order.home), into)?;
    Some(format!(
        "its artifacts are kept at {kept}, in this repository alone: `git push {remote} {kept}` takes them \
         to {remote}, and without it `verify` elsewhere can't look them up"
    ))
}

/// The artifacts of a run that lie in the harness folder. What a stage makes elsewhere, a page of the
/// documentation, is part of the change like any other file.
pub(super) fn artifact_paths(view: &RunView) -> Vec<PathBuf> {
    let harness = place_of(view);
    let artifacts = view.run.stages.iter().flat_map(|s| &s.artifacts);
    let mut paths: Vec<PathBuf> = artifacts
        .filter(|a| a.path.as_str().starts_with(&harness))
        .map(|a| a.path.as_str().into())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Sets the artifacts in an index to what `base` has of them, where they are not to land.
pub(super) fn without_artifacts(
    view: &RunView,
    request: &Request,
    index: &Index,
    base: &Oid,
) -> Result<(), LandError> {
    if request.form.artifacts(view) != Artifacts::Branch {
        index.reset_paths(base, &artifact_paths(view))?;
    }
    Ok(())
}

/// A commit of the artifacts alone, where a ref is to keep them.
pub(super) fn kept_artifacts(
    view: &RunView,
    request: &Request,
    head: &Oid,
) -> Result<Option<Oid>, LandError> {
    if request.form.artifacts(view) != Artifacts::Ref {
        return Ok(None);
    }
    let git = Git::new(&view.order.home);
    let paths = blob_paths(&git, head, &artifact_paths(view))?;
    if paths.is_empty() {
        return Ok(None);
    }
    let scratch = Scratch::new();
    let index = Index::at(&git, scratch.path());
    index.call(["read-tree", "--empty"]).run()?;
    index.reset_paths(head, &paths)?;
    let message = format!("The artifacts of {}", view.order.run);
    let kept = git.commit_tree(&NewCommit {
        tree: &index.write_tree()?,
        parents: &[],
        message: &message,
        trailers: &[],
        identity: &Identity::fallback(),
        seconds: view.order.created.as_second(),
    })?;
    Ok(Some(kept))
}

/// Has the ref keep them. Done again it does nothing.
pub(super) fn keep_artifacts(view: &RunView, kept: Option<&Oid>) -> Result<(), LandError> {
    let Some(kept) = kept else {
        return Ok(());
    };
    let git = Git::new(&view.order.home);
    let name = artifacts_ref(&view.order.run);
    git.call(["update-ref", &name, kept.as_str()]).run()?;
    Ok(())
}
