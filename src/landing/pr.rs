//! Putting a result up for review: it is proven, committed, pushed once, and a pull request holds it.
//! No branch of this repository moves.
//!
//! What is about to be pushed is written down first, so that an order that was cut off goes on with
//! the same commit: nothing is pushed twice, and no second pull request is opened.

mod begun;

use super::finish::record;
use super::fold::Batch;
use super::forge::{Change, Client, Failed, Opening, Standing};
use super::hands::{Hands, Task};
use super::land::{check_again, held, landing_line, may_land, may_so, nothing_is_left_out};
use super::receipt::{Page, Receipt};
use super::remote::{Remote, title};
use super::upstream;
use super::{
    How, Intent, LandError, Landed, Proof, Request, commit, form, in_place, last_commit, message,
    private,
};
use crate::documents::settings::land::Forge;
use crate::engine::{Event, InReview};
use crate::git::Git;
use crate::records::runs::RunView;
use crate::records::why::explain;
use crate::store::fs::Disk;
use crate::store::layout::RunDir;
use crate::store::write::{replace, replace_shared};
use crate::supervisor::report::{self, Source};
use crate::terms::{Oid, RunId};
use begun::Begun;
use std::path::PathBuf;
use std::process::Stdio;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// The run.
    pub run: RunId,
    /// Where people see it.
    pub url: String,
    /// Whether it was there already.
    pub updated: bool,
    /// Whether something was pushed; `false`: the remote held it.
    pub pushed: bool,
    /// The remote and the branch there.
    pub remote: String,
    /// The branch there.
    pub branch: String,
    /// The branch it is to enter.
    pub into: String,
    /// The commit.
    pub commit: Oid,
    /// What it is called there: pull request, merge request.
    pub what: String,
    /// What people should know.
    pub notes: Vec<String>,
    /// What git said, where it was caught; nothing of it is safe for a terminal.
    pub said: String,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It is up for review.
    Proposed(Box<Proposed>),
    /// It had been merged there: the run is landed.
    Landed(Box<Landed>),
}

/// The refs that keep what was pushed last: the commit, and what keeps the artifacts.
pub fn kept_refs(run: &RunId) -> [String; 2] {
    ["pr", "pr-artifacts"].map(|name| format!("refs/harness/{run}/{name}"))
}

/// The file that the text of a run's pull request is given by; there from the first one on.
pub(super) fn text_of(dirs: &RunDir) -> PathBuf {
    dirs.path().join("pull-request.md")
}

/// What stands in a pull request: the receipt; of a private harness nothing but the title. Where it is too
/// long even if all else is shortened than the criteria and what proves them, that is refused.
pub(super) fn body(
    view: &RunView,
    receipt: Option<&Receipt>,
    forge: Forge,
) -> Result<Page, LandError> {
    let Some(receipt) = receipt else {
        return Ok(Page {
            text: message::message(view, None),
            left_out: None,
        });
    };
    receipt.markdown(forge.longest_text()).map_err(|long| {
        let run = &view.order.run;
        let judge = view.run.stages.iter().rev().find(|s| s.verdict.is_some());
        let judge = judge.zip(view.task()).map_or_else(String::new, |(s, task)| {
            format!(
                "have the evidence said shorter (`harness-tui run {task} --from {}` has it judged anew), or ",
                s.id
            )
        });
        LandError::Refused(format!(
            "the criteria and what proves them make {} characters, and a {} takes {}; nothing was pushed: \
             {judge}land {run} without --pr",
            long.needs,
            forge.opens(),
            long.most,
        ))
    })
}

/// Puts a run up for review, brings what is there up to date, or notices that it was merged.
pub fn propose(view: &RunView, request: &Request, hands: &dyn Hands) -> Result<Came, LandError> {
    if in_place::is(view) {
        return Err(LandError::Refused(format!(
            "{} worked in place: its result lies in the checkout, uncommitted, and there is no commit to \
             push; leave --pr out, then commit and push it yourself",
            view.order.run
        )));
    }
    held(view, |view| proposed(view, request, hands))
}

fn proposed(view: &RunView, request: &Request, hands: &dyn Hands) -> Result<Came, LandError> {
    let run = &view.order.run;
    if Intent::read(&view.dirs)?.is_some() {
        return Err(LandError::Refused(format!(
            "a landing of {run} was cut off; `harness-tui land {run}` finishes it, `harness-tui land {run} \
             --take-back` takes it back"
        )));
    }
    may_land(view)?;
    may_so(view, request)?;
    let into = super::proof::target(view, request.into.as_deref())?;
    let remote = Remote::to_push(view, request, &into)?;
    let client = Client::of(&view.order.home, &remote, request)?;
    client.logged_in()?;
    if let Some(landed) = as_it_stands(view, &client, request)? {
        return Ok(Came::Landed(Box::new(landed)));
    }
    let mut notes = Vec::new();
    let mut said = String::new();
    let begun = match Begun::read(view)? {
        // It was cut off: on with the same commit, whether the remote holds it or not.
        Some(begun) if begun.is_of(view, &remote, &into) => begun,
        earlier => {
            let to = (&remote, client.forge, earlier.as_ref());
            let begun = made(view, request, to, (hands, &mut notes, &mut said))?;
            begun.write(view)?;
            begun
        }
    };
    let git = Git::new(&view.order.home);
    let pushed = push(view, &git, (&remote, &begun), (hands, &mut said))?;
    let halfway = |failed: Failed| LandError::Halfway {
        branch: begun.branch.clone(),
        remote: remote.name.clone(),
        what: failed.to_string(),
        run: run.to_string(),
    };
    // It is there from the first one on, so that the run is known to have been put up.
    let file = text_of(&view.dirs);
    replace(&Disk, &file, begun.body.as_bytes())?;
    let (url, updated) = opened(view, &client, &begun, request).map_err(halfway)?;
    let review = InReview {
        url: url.clone(),
        forge: client.forge.word().to_owned(),
        remote: remote.name.clone(),
        branch: begun.branch.clone(),
        into: begun.into.clone(),
        commit: begun.commit.clone(),
        head: begun.head.clone(),
        artifacts: begun.artifacts.clone(),
        by: request.by.clone(),
    };
    form::keep_artifacts(view, begun.artifacts.as_ref())?;
    let same = |known: &InReview| {
        InReview {
            by: request.by.clone(),
            ..known.clone()
        } == review
    };
    if !view.run.in_review.as_ref().is_some_and(same) {
        record(view, Event::InReview(Box::new(review)))?;
        tell(view)?;
    }
    Begun::remove(view)?;
    Ok(Came::Proposed(Box::new(Proposed {
        run: run.clone(),
        url,
        updated,
        pushed,
        remote: remote.name,
        branch: begun.branch,
        into: begun.into,
        commit: begun.commit,
        what: client.forge.opens().to_owned(),
        notes,
        said,
    })))
}

/// Writes the live report anew: nobody supervises the run.
fn tell(view: &RunView) -> Result<(), LandError> {
    let now = RunView::read(view.dirs.clone());
    let now = now.map_err(|e| LandError::Unreadable(e.to_string()))?;
    let text = report::render(&Source {
        run: &now.run,
        order: &now.order,
        rests: Some((&now.dirs, explain)),
        commented: &now.commented,
    });
    Ok(replace_shared(
        &Disk,
        &now.active_dir().report(),
        text.as_bytes(),
    )?)
}

/// What became of what is up for review already: merged, and landed by that; or closed, and refused.
fn as_it_stands(
    view: &RunView,
    client: &Client,
    request: &Request,
) -> Result<Option<Landed>, LandError> {
    let Some(review) = &view.run.in_review else {
        return Ok(None);
    };
    let standing = client.standing(&review.url);
    let standing = standing.map_err(|failed| {
        LandError::aborted(
            failed.to_string(),
            Vec::new(),
            "mend that (a network? a login?), then order it again",
        )
    })?;
    match standing {
        Standing::Open => Ok(None),
        Standing::Closed => Err(LandError::Refused(format!(
            "{} is closed; reopen it there and order it again, or land the run without --pr",
            review.url
        ))),
        Standing::Merged => {
            upstream::fetch(view, review)?;
            let merged = upstream::merged(view)?.ok_or_else(|| {
                LandError::Refused(format!(
                    "{} was merged, and {}/{} does not hold what the run is now; start a new run for what \
                     is left",
                    review.url, review.remote, review.into
                ))
            })?;
            upstream::mark_held(view, &merged, &request.by).map(Some)
        }
    }
}

/// Proves, checks and commits what is to be pushed. Where that is what was pushed last, it is that.
fn made(
    view: &RunView,
    request: &Request,
    (remote, forge, earlier): (&Remote, Forge, Option<&Begun>),
    (hands, notes, said): (&dyn Hands, &mut Vec<String>, &mut String),
) -> Result<Begun, LandError> {
    let proof = Proof::of(view, request)?;
    notes.extend(proof.comes_back.clone());
    nothing_is_left_out(view)?;
    let line = landing_line(view, &proof, request, None);
    let content = last_commit::compose(view, &proof, (request, &line))?;
    private::nothing_in_the_way(view)?;
    if proof.moved && proof.unseen {
        check_again(view, &proof, request, hands, notes)?;
    }
    let git = Git::new(&view.order.home);
    if private::nothing_to_commit(view, &git, (&proof.tip, &content.tree))?.is_some() {
        return Err(LandError::Refused(format!(
            "{}, so there is nothing to review",
            private::NO_CODE
        )));
    }
    let batch = Batch::of(view, &proof, &content, request)?;
    let page = body(view, content.receipt.as_ref(), forge)?;
    notes.extend(content.notes.iter().cloned());
    notes.extend(page.left_out.map(str::to_owned));
    let review = view.run.in_review.as_ref();
    let review = review.filter(|r| r.remote == remote.name && r.branch == remote.branch);
    let kept = match review {
        Some(review) if is_same(&git, &review.commit, &batch)? => Some(review.commit.clone()),
        _ => None,
    };
    let commit = match kept {
        Some(commit) => commit,
        None => {
            let (new, told) = commit::make(view, &batch, request, hands)?;
            *said = told;
            new
        }
    };
    let (over, artifacts_over) = over(view, &git, remote, (earlier, review))?;
    Ok(Begun {
        format: 1,
        remote: remote.name.clone(),
        branch: remote.branch.clone(),
        into: proof.into.clone(),
        artifacts: form::kept_artifacts(view, request, &proof.head)?,
        artifacts_over,
        body: page.text,
        over,
        head: proof.head,
        subject: title(request, &batch.message),
        commit,
    })
}

/// What the remote holds of this run, which is what a push takes the place of: the commit, and what keeps
/// the artifacts. Where an earlier push was cut off nobody wrote down how far it came, and the remote is
/// asked; what it holds that this run never pushed is somebody else's, and stays.
fn over(
    view: &RunView,
    git: &Git,
    remote: &Remote,
    (earlier, review): (Option<&Begun>, Option<&InReview>),
) -> Result<(Option<Oid>, Option<Oid>), LandError> {
    let run = &view.order.run;
    let commit = review.map(|r| r.commit.clone());
    let artifacts = review.and_then(|r| r.artifacts.clone());
    let [kept, kept_artifacts] = kept_refs(run).map(|name| git.resolve(&name).ok());
    let is_told = |kept: &Option<Oid>, told: &Option<Oid>| kept.is_none() || kept == told;
    if earlier.is_none() && is_told(&kept, &commit) && is_told(&kept_artifacts, &artifacts) {
        return Ok((commit, artifacts));
    }
    let names = [
        format!("refs/heads/{}", remote.branch),
        form::artifacts_ref(run),
    ];
    let held = remote.held(&view.order.home, &names.each_ref().map(String::as_str));
    let held = held.map_err(|said| {
        LandError::aborted(
            format!(
                "an earlier push of {run} was cut off, and {} can't be asked how far it came: {said}",
                remote.name
            ),
            Vec::new(),
            "mend that (a network? a login?), then order it again",
        )
    })?;
    let [branch, of_artifacts] = names.map(|name| held.get(&name).cloned());
    let own = |there: Option<Oid>, ours: [Option<&Oid>; 3]| {
        there.filter(|there| ours.contains(&Some(there)))
    };
    let pushed = [
        earlier.map(|b| &b.commit),
        earlier.and_then(|b| b.over.as_ref()),
        kept.as_ref(),
    ];
    let pushed_artifacts = [
        earlier.and_then(|b| b.artifacts.as_ref()),
        earlier.and_then(|b| b.artifacts_over.as_ref()),
        kept_artifacts.as_ref(),
    ];
    Ok((
        own(branch, pushed).or(commit),
        own(of_artifacts, pushed_artifacts).or(artifacts),
    ))
}

/// Whether a commit is what would be made.
fn is_same(git: &Git, commit: &Oid, batch: &Batch) -> Result<bool, LandError> {
    let Ok(tree) = git.tree_of(commit) else {
        return Ok(false);
    };
    let depth = batch.steps.len() + 1;
    let from = git.resolve(&format!("{commit}~{depth}")).ok();
    let log = git.log(commit.as_str(), 1)?;
    let says = log.first().map(|c| c.message.trim().to_owned());
    // A hook or a sign-off may have added lines.
    let says = says.is_some_and(|says| says.starts_with(batch.message.trim()));
    Ok(tree == batch.tree && from.as_ref() == Some(&batch.from) && says)
}

/// Pushes it, unless the remote holds it. A refusal leaves nothing behind; whether something went over.
fn push(
    view: &RunView,
    git: &Git,
    (remote, begun): (&Remote, &Begun),
    (hands, said): (&dyn Hands, &mut String),
) -> Result<bool, LandError> {
    let home = &view.order.home;
    let refs = begun.refs(view);
    let mut before = Vec::new();
    for (name, (_, at, over)) in kept_refs(&view.order.run).into_iter().zip(&refs) {
        let was = git.resolve(&name).ok().filter(|was| was != *at);
        git.call(["update-ref", &name, at.as_str()]).run()?;
        before.push((name, over.cloned().or(was)));
    }
    let are_there = || remote.holds(home, &refs);
    if are_there() == Some(true) {
        return Ok(false);
    }
    let mut command = commit::own_git(home);
    command.args(["push", "--quiet"]).stdout(Stdio::null());
    if refs.len() > 1 {
        // All of it goes over, or nothing does.
        command.arg("--atomic");
    }
    for (name, _, over) in &refs {
        if let Some(over) = over {
            command.arg(format!("--force-with-lease={name}:{over}"));
        }
    }
    command.args(["--", &remote.name]);
    command.args(refs.iter().map(|(name, at, _)| format!("{at}:{name}")));
    let told = hands
        .git(command, Task::Push)
        .map_err(|source| crate::git::GitError::Io {
            args: "push".to_owned(),
            source,
        })?;
    if !said.is_empty() && !told.text.is_empty() {
        said.push('\n');
    }
    said.push_str(&told.text);
    if told.ok {
        return Ok(true);
    }
    match are_there() {
        // It went over, and only the answer was lost.
        Some(true) => return Ok(true),
        Some(false) => {
            for (name, before) in before {
                match before {
                    Some(before) => git.call(["update-ref", &name, before.as_str()]).run()?,
                    None => git.call(["update-ref", "-d", &name]).run()?,
                };
            }
            Begun::remove(view)?;
        }
        // Nobody knows: the next order goes on with the same commit.
        None => {}
    }
    Err(LandError::Push {
        remote: remote.name.clone(),
        branch: begun.branch.clone(),
        said: told.text,
    })
}

/// Opens a pull request, or brings the one that is there up to date; whether it was there.
fn opened(
    view: &RunView,
    client: &Client,
    begun: &Begun,
    request: &Request,
) -> Result<(String, bool), Failed> {
    let file = text_of(&view.dirs);
    let known = view.run.in_review.as_ref();
    let known = known.filter(|r| r.remote == begun.remote && r.branch == begun.branch);
    let other_base = known.is_some_and(|r| r.into != begun.into);
    let known = match known {
        Some(review) => Some(review.url.clone()),
        // One that an order opened which was cut off before it could say so.
        None => client.find(&begun.branch, &begun.into)?,
    };
    if let Some(url) = known {
        let change = Change {
            title: request.proposal.title.as_deref(),
            into: other_base.then_some(begun.into.as_str()),
            body: &file,
        };
        client.edit(&url, &change)?;
        return Ok((url, true));
    }
    let opening = Opening {
        branch: &begun.branch,
        into: &begun.into,
        title: request.proposal.title.as_deref().unwrap_or(&begun.subject),
        draft: request.proposal.draft,
        body: &file,
    };
    let url = client.open(&opening)?;
    Ok((url, false))
}

/// How it is landed then.
pub(super) const HOW: How = How::Pr;
