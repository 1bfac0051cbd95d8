//! `land`: a person takes the result of a run.

use super::out::{Role, paint, safe};
use super::{Context, Outcome, by_hand, person};
use crate::landing::land::{in_the_way, landing_line, may_land, nothing_is_left_out};
use crate::landing::{How, LandError, Landed, Proof, Request, land, last_commit};
use crate::process::inside_attempt;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::terms::{RunId, TaskId};
use serde_json::json;
use std::io::IsTerminal;

/// Lands a completed run on the branch it was started from
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run, or the task whose latest run it is
    #[arg(value_name = "RUN|TASK")]
    run: String,
    /// As one commit (the default)
    #[arg(long, conflicts_with = "merge")]
    squash: bool,
    /// As a merge commit over the run's own commits
    #[arg(long)]
    merge: bool,
    /// The branch to land on
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Prove that it would land, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out the checks that a moved branch would need
    #[arg(long)]
    no_check: bool,
    /// Leave your commit hooks out
    #[arg(long)]
    no_verify: bool,
    /// Sign the commit off
    #[arg(long)]
    signoff: bool,
    /// Delete the run's branch afterwards
    #[arg(long)]
    delete_branch: bool,
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
    if let Some(mark) = inside_attempt() {
        return Err(LandError::Refused(format!(
            "this runs inside {mark}; only a person lands, from a terminal of their own"
        )));
    }
    let project = Project::find(&context.cwd).map_err(|e| LandError::Refused(e.to_string()))?;
    let mut view = find(&project, &args.run)?;
    let request = Request {
        how: if args.merge { How::Merge } else { How::Squash },
        into: args.into.clone(),
        no_check: args.no_check,
        no_verify: args.no_verify,
        signoff: args.signoff,
        delete_branch: args.delete_branch,
        terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        by: person::here(context),
    };
    if args.dry_run {
        return dry_run(&view, &request, context);
    }
    by_hand::taken_up(context, &mut view).map_err(|e| LandError::Refused(e.to_string()))?;
    let landed = land(&view, &request)?;
    print(&landed, context);
    Ok(())
}

/// The run of this id, or the latest run of this task: one that is not over before one that is.
fn find(project: &Project, name: &str) -> Result<RunView, LandError> {
    if let Ok(task) = TaskId::new(name) {
        let latest = || {
            let views = runs::all(project).0;
            views.into_iter().find(|v| v.task() == Some(&task))
        };
        return runs::open_run_of(project, &task)
            .or_else(latest)
            .ok_or_else(|| {
                LandError::Refused(format!(
                    "{task} has no run; `harness-tui run {task}` starts one"
                ))
            });
    }
    let id = RunId::new(name).map_err(|e| LandError::Refused(e.to_string()))?;
    runs::find(project, &id).map_err(|e| LandError::Refused(e.to_string()))
}

fn dry_run(view: &RunView, request: &Request, context: &Context) -> Result<(), LandError> {
    may_land(view)?;
    let proof = Proof::of(view, request.into.as_deref())?;
    nothing_is_left_out(view)?;
    let content = last_commit::compose(view, &proof, &landing_line(&proof, request))?;
    in_the_way(&proof, &content)?;
    let git = crate::git::Git::new(&view.order.home);
    let files: Vec<String> = git
        .diff(&proof.tip, &content.tree)?
        .into_iter()
        .map(|d| d.path)
        .collect();
    let checks = proof.moved && proof.unseen && !request.no_check;
    let out = &context.out;
    out.object(&json!({
        "type": "landing",
        "dry_run": true,
        "run": view.order.run,
        "into": proof.into,
        "how": request.how.word(),
        "tip": proof.tip,
        "moved": proof.moved,
        "checks_again": checks,
        "checkout": proof.checkout,
        "files": files,
        "notes": content.notes,
    }));
    let into = safe(&proof.into);
    out.text(format!(
        "{} would land on {into} at {} ({})",
        paint(Role::Name, &view.order.run),
        proof.tip.short(),
        request.how.word()
    ));
    if proof.moved {
        out.text(format!("{into} has moved since the run started"));
    }
    if checks {
        out.text("the checks would be run again on the two together");
    }
    list(&files, context);
    notes(&content.notes, context);
    Ok(())
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
