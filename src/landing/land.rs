//! Landing, told in order: may it, would it, the checks, the commit, the checkout, the branch, the
//! tidying.

use super::bring::{Way, bring};
use super::finish::finish;
use super::fold::Batch;
use super::form::{self, Form};
use super::hands::{Hands, Plain};
use super::intent::{How, Intent};
use super::last_commit::{self, Content};
use super::proof::{Proof, nothing_in_the_way};
use super::taken::{self, Taken};
use super::{LandError, commit, in_place, leaving, private};
use crate::engine::Person;
use crate::git::{Expected, Git};
use crate::records::cut_off::{Now, Stands};
use crate::records::runs::RunView;
use crate::store::fs::Disk;
use crate::supervisor::report::time;
use crate::supervisor::{control, start, tree};
use crate::terms::{Oid, RunId, RunState};
use crate::text::say::many;
use std::path::PathBuf;

/// How a run is to be landed.
#[derive(Debug, Clone)]
pub struct Request {
    /// As one commit, or as a merge.
    pub how: How,
    /// The branch; `None`: the one the run was started from.
    pub into: Option<String>,
    /// How many commits it becomes, and what becomes of its artifacts.
    pub form: Form,
    /// What a pull request is opened with.
    pub proposal: Proposal,
    /// Leave the checks out that a moved branch would need.
    pub no_check: bool,
    /// Bring commits back that the base branch had when the run was started, and has no longer.
    pub bring_back: bool,
    /// Leave the person's hooks out.
    pub no_verify: bool,
    /// Sign the commit off.
    pub signoff: bool,
    /// Delete the run's branch afterwards.
    pub delete_branch: bool,
    /// Whether hooks and signatures may talk to the person in this terminal.
    pub terminal: bool,
    /// Who orders it.
    pub by: Person,
}

impl Request {
    /// In this way and form, and as usual in all else.
    pub fn new(how: How, form: Form, by: Person) -> Self {
        Self {
            how,
            into: None,
            form,
            proposal: Proposal::default(),
            no_check: false,
            bring_back: false,
            no_verify: false,
            signoff: false,
            delete_branch: false,
            terminal: false,
            by,
        }
    }
}

/// What a pull request is opened with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Where it is pushed to; `None`: the remote of the branch it is to enter.
    pub remote: Option<String>,
    /// Its title; `None`: that of the commit.
    pub title: Option<String>,
    /// Whether it is not to be reviewed yet.
    pub draft: bool,
}

/// What a landing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    /// The run.
    pub run: RunId,
    /// The branch that now holds it.
    pub into: String,
    /// How.
    pub how: How,
    /// The commit.
    pub commit: Oid,
    /// The paths it changed.
    pub files: Vec<String>,
    /// The report, in the commit.
    pub report: String,
    /// The checkout that was brought along; `None`: the branch is checked out nowhere.
    pub checkout: Option<PathBuf>,
    /// What people should know: what was kept, and why.
    pub notes: Vec<String>,
    /// What hooks and signature said, where it was caught; nothing of it is safe for a terminal.
    pub said: String,
}

/// Lands a run, or finishes a landing of it that was cut off.
pub fn land(view: &RunView, request: &Request) -> Result<Landed, LandError> {
    let terminal = request.terminal;
    land_by(view, request, &Plain { terminal })
}

/// The same by other hands; `request.terminal` is for them to know.
pub fn land_by(view: &RunView, request: &Request, hands: &dyn Hands) -> Result<Landed, LandError> {
    if request.how == How::Pr {
        return Err(LandError::Refused(
            "a pull request is put up for review, and landed once it is merged there".to_owned(),
        ));
    }
    if in_place::is(view) {
        return held(view, |view| in_place::land(view, request));
    }
    held(view, |view| landed(view, request, hands))
}

/// Does something with a run while it is held; what was read before may be old.
pub(super) fn held<T>(
    view: &RunView,
    then: impl FnOnce(&RunView) -> Result<T, LandError>,
) -> Result<T, LandError> {
    if let Some(not_here) = &view.not_here {
        return Err(LandError::Refused(not_here.to_string()));
    }
    let done = locked(view, then);
    // An order that arrived meanwhile found the run held.
    if !control::waiting(&Disk, &view.dirs.control()).is_empty() {
        // Whoever looks at the run next starts one as well.
        let _ = start::wake(view.dirs.path(), &view.order.home);
    }
    done
}

fn locked<T>(
    view: &RunView,
    then: impl FnOnce(&RunView) -> Result<T, LandError>,
) -> Result<T, LandError> {
    let Some(_lock) = leaving::lock(&reread(view)?)? else {
        return Err(LandError::Refused(format!(
            "{} is held by its supervisor or by another landing; wait a moment, then land again",
            view.order.run
        )));
    };
    then(&reread(view)?)
}

fn landed(view: &RunView, request: &Request, hands: &dyn Hands) -> Result<Landed, LandError> {
    let mut notes = Vec::new();
    let mut said = String::new();
    let intent = if let Some(intent) = unfinished(view)? {
        intent
    } else {
        may_land(view)?;
        may_so(view, request)?;
        let intent = prepare_by(view, request, &mut notes, (hands, &mut said))?;
        carry_out(view, &intent, false)?;
        intent
    };
    let landed = tidied(view, &intent, notes)?;
    Ok(Landed { said, ..landed })
}

/// Records it and tidies up, where the branch holds it already.
pub(super) fn tidied(
    view: &RunView,
    intent: &Intent,
    notes: Vec<String>,
) -> Result<Landed, LandError> {
    finish(view, intent, notes).map_err(|e| match e {
        LandError::Refused(_) | LandError::Unfinished { .. } => e,
        e => LandError::Unfinished {
            run: intent.run.to_string(),
            commit: intent.new.to_string(),
            why: e.to_string(),
        },
    })
}

fn reread(view: &RunView) -> Result<RunView, LandError> {
    let read = RunView::read(view.dirs.clone());
    let mut view = read.map_err(|e| LandError::Unreadable(e.to_string()))?;
    // The lock that is held is this landing's own.
    view.supervised = false;
    Ok(view)
}

/// Refuses a way of landing that can't be had for this run.
pub(super) fn may_so(view: &RunView, request: &Request) -> Result<(), LandError> {
    private::may(view, request)?;
    request.form.may(view, request.how)
}

/// Refuses what is not to be landed, and says what it is.
pub fn may_land(view: &RunView) -> Result<(), LandError> {
    let run = &view.order.run;
    if let Some(landed) = &view.run.landed {
        return Err(LandError::Refused(format!(
            "{run} was landed on {} as {} already; start a new run",
            landed.into,
            landed.commit.short()
        )));
    }
    if view.run.state() != RunState::Completed {
        let next = view.cause(None).command;
        let next = if next.is_empty() {
            "complete it first".to_owned()
        } else {
            next
        };
        return Err(LandError::Refused(format!(
            "{run} is {}, not completed, and only a completed run is landed; next: {next}",
            view.state()
        )));
    }
    the_task_is_the_one_judged(view)?;
    if let Some(edit) = view.by_hand() {
        return Err(LandError::Refused(format!(
            "run-state.md was edited by hand, and nobody took it up yet: {edit}; \
             `harness-tui resume {run}` has it taken up, then land"
        )));
    }
    let waiting = view.ordered();
    if waiting > 0 {
        return Err(LandError::Refused(format!(
            "{run} has {} that nobody took up yet; see what comes of it, then land",
            many(waiting, "order")
        )));
    }
    Ok(())
}

/// Refuses a run whose task was changed after it was judged by it: nobody saw whether the result
/// is what the task asks for now.
fn the_task_is_the_one_judged(view: &RunView) -> Result<(), LandError> {
    // A task that is gone asks for nothing else; the last commit says what becomes of it.
    let (Some(planned), Some(_)) = (&view.run.plan.task, view.task_changed()) else {
        return Ok(());
    };
    let run = &view.order.run;
    Err(LandError::Refused(format!(
        "{} was changed since {run} was judged by it; rerun what is stale with \
         `harness-tui rerun {run} --stale`, or put the task back, then land again",
        planned.path
    )))
}

/// Refuses a run in whose tree somebody worked since: none of it is part of the result.
pub fn nothing_is_left_out(view: &RunView) -> Result<(), LandError> {
    let tree = &view.order.tree;
    let left = tree::not_handed_on(view.dirs.path(), &view.order, &view.run)?;
    if left.is_empty() {
        return Ok(());
    }
    Err(LandError::aborted(
        format!("work in {} is not part of the result", tree.display()),
        left,
        tree::what_to_do(&view.order, &view.run),
    ))
}

/// Proves, checks and commits. Nothing but `landing.json` and a kept ref says so yet.
pub fn prepare(
    view: &RunView,
    request: &Request,
    notes: &mut Vec<String>,
) -> Result<Intent, LandError> {
    let terminal = request.terminal;
    prepare_by(
        view,
        request,
        notes,
        (&Plain { terminal }, &mut String::new()),
    )
}

fn prepare_by(
    view: &RunView,
    request: &Request,
    notes: &mut Vec<String>,
    (hands, said): (&dyn Hands, &mut String),
) -> Result<Intent, LandError> {
    // Commits made by hand are refused by the proof, in words of their own.
    let proof = Proof::of(view, request)?;
    notes.extend(proof.comes_back.clone());
    nothing_is_left_out(view)?;
    let at = time(jiff::Timestamp::now());
    let line = landing_line(view, &proof, request, Some(&at));
    let content = last_commit::compose(view, &proof, (request, &line))?;
    let taken = in_the_way(view, &proof, &content)?;
    if proof.moved && proof.unseen {
        check_again(view, &proof, request, hands, notes)?;
    }
    let git = Git::new(&view.order.home);
    let none = private::nothing_to_commit(view, &git, (&proof.tip, &content.tree))?;
    let (new, told) = match none {
        Some(tip) => (tip, String::new()),
        None => {
            let batch = Batch::of(view, &proof, &content, request)?;
            commit::make(view, &batch, request, hands)?
        }
    };
    *said = told;
    notes.extend(content.notes.iter().cloned());
    let intent = intent(view, request, proof, (content, taken), new)?;
    intent.bytes(&view.dirs)?;
    let kept = Intent::kept_ref(&intent.run);
    git.call(["update-ref", &kept, intent.new.as_str()]).run()?;
    intent.write(&view.dirs)?;
    Ok(intent)
}

/// Refuses what would stand in the way in the checkout; also for a dry run. Gives what the run took
/// along and the checkout still has.
pub fn in_the_way(
    view: &RunView,
    proof: &Proof,
    content: &Content,
) -> Result<Vec<Taken>, LandError> {
    private::nothing_in_the_way(view)?;
    let Some(checkout) = &proof.checkout else {
        return Ok(Vec::new());
    };
    let taken = taken::still(view, checkout, (&proof.tip, &content.code))?;
    nothing_in_the_way(checkout, &proof.tip, &content.code, &taken)?;
    Ok(taken)
}

/// How the report tells it, and when it was: the commit can't name itself. Where the moment is not
/// known yet, nothing is said of it.
pub fn landing_line(view: &RunView, proof: &Proof, request: &Request, at: Option<&str>) -> String {
    let at = at.map_or_else(String::new, |at| format!(", {at}"));
    let artifacts = form::told(view, request);
    let artifacts = artifacts.map_or_else(String::new, |told| format!("; {told}"));
    format!(
        "on {} ({}), by {}{at}; the commit that adds this file{artifacts}",
        proof.into,
        request.how.word(),
        request.by.name,
    )
}

pub(super) fn check_again(
    view: &RunView,
    proof: &Proof,
    request: &Request,
    hands: &dyn Hands,
    notes: &mut Vec<String>,
) -> Result<(), LandError> {
    if request.no_check {
        notes.push(format!(
            "'{}' has moved since the run started, and nothing was checked on what it holds now",
            proof.into
        ));
        return Ok(());
    }
    let commit = proof.merged_commit(view)?;
    let results = hands.recheck(view, &proof.merged, &commit)?;
    let failed: Vec<String> = results
        .iter()
        .filter(|r| !r.passed())
        .map(|r| {
            let exit = r
                .exit
                .map_or_else(|| "ended".to_owned(), |code| format!("exit {code}"));
            format!("{} ({exit})", r.command)
        })
        .collect();
    if failed.is_empty() {
        notes.push(format!(
            "'{}' has moved since the run started; {} passed on the two together",
            proof.into,
            crate::text::many(results.len(), "check")
        ));
        return Ok(());
    }
    Err(LandError::aborted(
        format!(
            "'{}' has moved since the run started, and checks fail on the two together",
            proof.into
        ),
        failed,
        format!(
            "their output is in {}; start a run on the new base, or land with --no-check",
            view.dirs.path().join("checks").display()
        ),
    ))
}

fn intent(
    view: &RunView,
    request: &Request,
    proof: Proof,
    (content, taken): (Content, Vec<Taken>),
    new: Oid,
) -> Result<Intent, LandError> {
    let artifacts = form::kept_artifacts(view, request, &proof.head)?;
    Ok(Intent {
        format: 1,
        run: view.order.run.clone(),
        into: proof.into,
        how: request.how,
        old: proof.tip,
        new,
        code: content.code,
        checkout: proof.checkout,
        shared: content.shared,
        edits: content.edits,
        taken,
        artifacts,
        report: content.report,
        delete_branch: request.delete_branch,
        by: request.by.clone(),
    })
}

/// Brings the checkout along, then moves the branch; where that can't be, everything goes back.
pub fn carry_out(view: &RunView, intent: &Intent, again: bool) -> Result<(), LandError> {
    let done = bring(intent, Way::There, again).and_then(|()| move_branch(view, intent));
    done.or_else(|why| match why {
        // Nothing was touched in this round; what an earlier one did is left for the next.
        LandError::IndexHeld { .. } if again => Err(why),
        LandError::IndexHeld { .. } => forget(view, intent).and(Err(why)),
        why => undo(view, intent, why),
    })
}

fn move_branch(view: &RunView, intent: &Intent) -> Result<(), LandError> {
    // From the checkout, so that its own log of HEAD tells it too.
    let dir = intent.checkout.as_ref().unwrap_or(&view.order.home);
    let why = format!("harness-tui land {}: {}", intent.run, intent.how.word());
    Git::new(dir)
        .update_ref(
            &intent.target(),
            &intent.new,
            Expected::At(&intent.old),
            &why,
        )
        .map_err(|e| {
            LandError::aborted(
                format!("'{}' could not be moved: {e}", intent.into),
                Vec::new(),
                "land again",
            )
        })
}

fn undo(view: &RunView, intent: &Intent, why: LandError) -> Result<(), LandError> {
    match bring(intent, Way::Back, true).and_then(|()| forget(view, intent)) {
        Ok(()) => Err(why),
        Err(worse) => Err(LandError::Unfinished {
            run: intent.run.to_string(),
            commit: intent.new.to_string(),
            why: format!("{why}; and it could not be undone: {worse}"),
        }),
    }
}

/// Forgets a landing that was taken back.
pub(super) fn forget(view: &RunView, intent: &Intent) -> Result<(), LandError> {
    Intent::remove(&view.dirs)?;
    let git = Git::new(&view.order.home);
    let kept = Intent::kept_ref(&intent.run);
    if git.resolve(&kept).is_ok() {
        git.delete_ref(&kept, &intent.new)?;
    }
    Ok(())
}

/// A landing that was cut off, carried to where only the tidying is left; `None`: there is none,
/// or it could not go on and was undone.
fn unfinished(view: &RunView) -> Result<Option<Intent>, LandError> {
    let Some(intent) = Intent::read(&view.dirs)? else {
        return Ok(None);
    };
    match stands(view, &intent) {
        Stands::Holds { .. } => Ok(Some(intent)),
        Stands::Made { .. } => {
            carry_out(view, &intent, true)?;
            Ok(Some(intent))
        }
        Stands::Overtaken { .. } => {
            bring(&intent, Way::Back, true)?;
            forget(view, &intent)?;
            Ok(None)
        }
        // Taking it back could take away what the branch holds.
        Stands::Unreadable { why } => Err(LandError::Refused(format!(
            "a landing was cut off, and {why}; mend that, then land again"
        ))),
    }
}

/// How far a landing came.
pub(super) fn stands(view: &RunView, intent: &Intent) -> Stands {
    let now = Now {
        home: &view.order.home,
        landed: view.run.landed.is_some(),
        state: view.run.state(),
    };
    Stands::of(&intent.into, (&intent.old, &intent.new), now)
}
