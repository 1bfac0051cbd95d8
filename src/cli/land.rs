//! `land`: a person takes the result of a run.

mod patch;
mod review;

use super::out::{Role, paint, safe};
use super::{Context, Outcome, by_hand, person};
use crate::documents::settings::land::{Artifacts, Commits};
use crate::landing::hands::Plain;
use crate::landing::pr::{self, Came};
use crate::landing::preview::{by_a_person, find};
use crate::landing::{
    CutOff, Form, How, LandError, Landed, Preview, Proposal, Request, cut_off, land, private,
};
use crate::records::project::Project;
use crate::records::runs::RunView;
use review::{Wanted, from_pr};
use serde_json::json;
use std::io::IsTerminal;

/// Lands a completed run on the branch it was started from, or puts it up for review
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run, or the task whose latest run it is
    #[arg(value_name = "RUN|TASK")]
    run: String,
    /// As one commit (the default)
    #[arg(long, conflicts_with_all = ["merge", "rebase", "pr"])]
    squash: bool,
    /// As a merge commit over the run's own commits
    #[arg(long, conflicts_with_all = ["rebase", "pr"])]
    merge: bool,
    /// As commits upon the branch, one a stage
    #[arg(long, conflicts_with = "pr")]
    rebase: bool,
    /// Print what would land as a patch, and change nothing
    #[arg(long, conflicts_with_all = ["squash", "merge", "rebase", "pr", "from_pr", "commits", "dry_run", "take_back"])]
    patch: bool,
    /// Push it and open a pull request, or bring the one that is open up to date
    #[arg(long)]
    pr: bool,
    /// Send the run back with what was said of its pull request
    #[arg(long, conflicts_with_all = ["squash", "merge", "rebase", "pr", "into"])]
    from_pr: bool,
    /// What people outside of the project said of it, too
    #[arg(long, requires = "from_pr")]
    from_anyone: bool,
    /// Do not ask before the run is sent back
    #[arg(long, requires = "from_pr", conflicts_with = "dry_run")]
    yes: bool,
    /// The branch to land on, or to open the pull request for
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// How many commits it becomes
    #[arg(long, value_name = "FORM", value_parser = ["squash", "stages"])]
    commits: Option<String>,
    /// Whether artifacts are part of it, kept by a ref, or neither
    #[arg(long, value_name = "WHERE", value_parser = ["branch", "ref", "omit"])]
    artifacts: Option<String>,
    /// The remote to push to
    #[arg(long, value_name = "REMOTE", requires = "pr")]
    remote: Option<String>,
    /// The title of the pull request
    #[arg(long, value_name = "TEXT", requires = "pr")]
    title: Option<String>,
    /// Open it as a draft
    #[arg(long, requires = "pr")]
    draft: bool,
    /// Prove that it would land, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out the checks that a moved branch would need
    #[arg(long)]
    no_check: bool,
    /// Bring commits back that the base branch has no longer
    #[arg(long)]
    bring_back: bool,
    /// Leave your commit hooks out
    #[arg(long)]
    no_verify: bool,
    /// Sign the commit off
    #[arg(long)]
    signoff: bool,
    /// Delete the run's branch afterwards
    #[arg(long)]
    delete_branch: bool,
    /// Take a landing back that was cut off before the branch held it
    #[arg(long, conflicts_with_all = ["squash", "merge", "rebase", "pr", "from_pr", "into", "delete_branch"])]
    take_back: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let told = carry_out(args, context);
    match told {
        Ok(()) => Ok(0),
        Err(error) => {
            let out = &context.out;
            out.object(&json!({
                "error": error.to_string(),
                "paths": error.paths(),
                "exit": error.code(),
            }));
            out.trouble("not landed:", &error.to_string());
            Ok(error.code())
        }
    }
}

fn carry_out(args: &Args, context: &Context) -> Result<(), LandError> {
    by_a_person()?;
    let project = context
        .project()
        .map_err(|e| LandError::Refused(e.to_string()))?;
    let mut view = find(&project, &args.run)?;
    let form = form(args, &project);
    let request = Request {
        into: args.into.clone(),
        proposal: Proposal {
            remote: args.remote.clone(),
            title: args.title.clone(),
            draft: args.draft,
        },
        no_check: args.no_check,
        bring_back: args.bring_back,
        no_verify: args.no_verify,
        signoff: args.signoff,
        delete_branch: args.delete_branch,
        terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        ..Request::new(how(args, &form), form, person::here(context))
    };
    if args.take_back || args.dry_run {
        let begun = CutOff::of(&view)?;
        if let (true, Some(begun)) = (args.dry_run, &begun) {
            where_it_stands(begun, args.take_back, context);
            return Ok(());
        }
        if args.take_back {
            return take_back(&view, begun, context);
        }
    }
    if args.from_pr {
        let wanted = Wanted {
            anyone: args.from_anyone,
            dry: args.dry_run,
            yes: args.yes,
        };
        return from_pr(&mut view, &request, wanted, context);
    }
    if args.patch {
        return patch::print(&view, &request, context);
    }
    if args.dry_run {
        return dry_run(&view, &request, context);
    }
    by_hand::taken_up(context, &mut view).map_err(|e| LandError::Refused(e.to_string()))?;
    if request.how == How::Pr {
        let terminal = request.terminal;
        match pr::propose(&view, &request, &Plain { terminal })? {
            Came::Proposed(proposed) => review::print(&proposed, context),
            Came::Landed(landed) => print(&landed, context),
        }
        return Ok(());
    }
    let landed = land(&view, &request)?;
    print(&landed, context);
    if landed.how != How::InPlace && !private::is(&view) {
        let commit = landed.commit.short();
        context
            .out
            .text(format!("receipt: harness-tui verify {commit}"));
    }
    Ok(())
}

/// The way that was ordered; else the usual one.
fn how(args: &Args, form: &Form) -> How {
    match args {
        _ if args.merge => How::Merge,
        _ if args.rebase => How::Rebase,
        _ if args.pr => How::Pr,
        _ if args.squash || args.patch => How::Squash,
        _ => form.usual(),
    }
}

/// What was ordered of commits and artifacts. To order a squash orders one commit.
fn form(args: &Args, project: &Project) -> Form {
    let commits = args.commits.as_deref().and_then(Commits::of);
    Form {
        commits: commits.or((args.squash || args.patch).then_some(Commits::Squash)),
        artifacts: args.artifacts.as_deref().and_then(Artifacts::of),
        ..Form::of(project)
    }
}

fn dry_run(view: &RunView, request: &Request, context: &Context) -> Result<(), LandError> {
    let would = Preview::of(view, request)?;
    let files: Vec<String> = would.files.into_iter().map(|d| d.path).collect();
    let out = &context.out;
    out.object(&json!({
        "type": "landing",
        "dry_run": true,
        "run": view.order.run,
        "into": would.into,
        "how": would.how.word(),
        "tip": would.tip,
        "moved": would.moved,
        "checks_again": would.checks_again,
        "checkout": would.checkout,
        "commits": would.makes,
        "artifacts": would.artifacts.word(),
        "pull_request": would.offer.as_ref().map(review::object),
        "files": files,
        "hooks": would.asks.hooks,
        "signed": would.asks.signed,
        "notes": would.notes,
    }));
    let into = safe(&would.into);
    if would.how == How::InPlace {
        out.text(format!(
            "{} would land in {into}, where its result lies",
            paint(Role::Name, &view.order.run)
        ));
        list(&files, context);
        notes(&would.notes, context);
        return Ok(());
    }
    match &would.offer {
        Some(offer) => review::would(view, offer, (&would.into, &would.tip), context),
        None => out.text(format!(
            "{} would land on {into} at {} ({})",
            paint(Role::Name, &view.order.run),
            would.tip.short(),
            would.how.word()
        )),
    }
    if would.makes.len() > 1 {
        out.text("as these commits:");
        for subject in &would.makes {
            out.text(format!("  - {}", safe(subject)));
        }
    }
    if would.moved {
        out.text(format!("{into} has moved since the run started"));
    }
    if would.checks_again {
        out.text("the checks would be run again on the two together");
    }
    if let Some(with) = &would.asks.signed {
        out.text(format!("it would be signed with {}", safe(with)));
    }
    if !would.asks.hooks.is_empty() {
        let hooks = would.asks.hooks.join(", ");
        out.text(format!("hooks of your checkout would run: {hooks}"));
    }
    list(&files, context);
    notes(&would.notes, context);
    Ok(())
}

/// What is said of a landing that was cut off.
fn where_it_stands(begun: &CutOff, back: bool, context: &Context) {
    let out = &context.out;
    let told = begun.told();
    let next = match (back, begun.may_take_back(), begun.may_finish()) {
        (true, true, _) => "it would be taken back",
        (true, false, _) => "it can't be taken back any more",
        (false, _, true) => "it would be finished",
        (false, _, false) => "it would be taken back, and the run landed anew",
    };
    out.object(&json!({
        "type": "landing",
        "dry_run": true,
        "run": begun.run,
        "into": begun.into,
        "how": begun.how.word(),
        "cut_off": told,
        "commit": begun.commit,
        "checkout": begun.checkout,
        "files": begun.files,
        "would": next,
    }));
    let run = paint(Role::Name, &begun.run);
    out.text(format!("{run}: {}; {next}", safe(&told)));
    list(&begun.files, context);
}

fn take_back(view: &RunView, begun: Option<CutOff>, context: &Context) -> Result<(), LandError> {
    let run = &view.order.run;
    let Some(begun) = begun else {
        return Err(LandError::Refused(format!(
            "no landing of {run} was cut off, so there is none to take back"
        )));
    };
    cut_off::take_back(view, &begun.commit)?;
    let out = &context.out;
    out.object(&json!({ "type": "taken_back", "run": run, "into": begun.into }));
    let back = paint(Role::Good, "taken back");
    let into = safe(&begun.into);
    out.text(format!(
        "{back}: the landing of {run} on {into}; the checkout is as it was"
    ));
    Ok(())
}

/// Says that a run was found to be landed.
pub(super) fn noticed(landed: &Landed, context: &Context) {
    print(landed, context);
}

fn print(landed: &Landed, context: &Context) {
    let out = &context.out;
    out.object(&json!({
        "type": "landed",
        "run": landed.run,
        "into": landed.into,
        "how": landed.how.word(),
        "commit": landed.commit,
        "files": landed.files,
        "report": landed.report,
        "checkout": landed.checkout,
        "notes": landed.notes,
    }));
    if landed.how == How::InPlace {
        out.text(format!(
            "{} {} in {}, where its result lies",
            paint(Role::Good, "landed"),
            paint(Role::Name, &landed.run),
            safe(&landed.into)
        ));
        list(&landed.files, context);
        out.text(format!("report: {}", safe(&landed.report)));
        notes(&landed.notes, context);
        return;
    }
    out.text(format!(
        "{} {} on {} as {} ({})",
        paint(Role::Good, "landed"),
        paint(Role::Name, &landed.run),
        safe(&landed.into),
        landed.commit.short(),
        landed.how.word()
    ));
    list(&landed.files, context);
    out.text(format!("report: {}", safe(&landed.report)));
    if landed.checkout.is_none() {
        out.text(format!(
            "{} is checked out nowhere, so no file of yours changed",
            safe(&landed.into)
        ));
    }
    notes(&landed.notes, context);
}

fn list(files: &[String], context: &Context) {
    for file in files {
        context.out.text(format!("  {}", safe(file)));
    }
}

fn notes(notes: &[String], context: &Context) {
    for note in notes {
        let text = safe(note);
        context
            .out
            .text(format!("{} {text}", paint(Role::Attention, "note:")));
    }
}
