//! `refresh`: the base of a run moved on, and the run takes it in.

use super::order::{self, Came};
use super::out::{Out, Role, paint, safe};
use super::trust::ByDigest;
use super::which::{self, Which};
use super::{Context, MISUSE, Outcome, by_hand, follow, person};
use crate::engine::{Event, Refreshed};
use crate::records::refresh::lines;
use crate::records::runs::RunView;
use crate::supervisor::refresh::Would;
use crate::text::measure::pad;
use serde_json::json;

/// The exit code where both sides changed the same lines: a person can mend that.
const CONFLICT: u8 = 3;

/// Takes what its base branch got since into a run that rests, by a merge on the run's branch.
///
/// Checks run again on the two together, what judged the code is stale, an approval given on it is
/// void. A conflict changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Show what it would do, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Follow the run until it ends or waits
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    trust: ByDigest,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let fits = |v: &RunView| v.base_moved().is_some();
    let mut view = which::run(&project, &args.which, "refresh", fits)?;
    let by = if args.dry_run {
        person::here(context)
    } else {
        person::alone(context, "refresh")?
    };
    if !args.dry_run {
        by_hand::taken_up(context, &mut view)?;
    }
    if let Some(landed) = &view.run.landed {
        let why = format!("it was landed on {}; start a new run", landed.into);
        order::refused(context, &view, &why);
        return Ok(MISUSE);
    }
    let would = match view.would_refresh() {
        Ok(Some(would)) => would,
        Ok(None) => {
            nothing(context, &view);
            return Ok(0);
        }
        Err(why) => {
            order::refused(context, &view, &why.to_string());
            return Ok(MISUSE);
        }
    };
    let event = Event::Refresh {
        onto: would.onto.clone(),
        by,
    };
    if let Err(refusal) = view.run.may(&event) {
        order::refused(context, &view, &refusal.to_string());
        return Ok(MISUSE);
    }
    // What both sides changed comes first, as in the refresh itself.
    if would.conflicts.is_empty()
        && let Some(why) = view.refresh_would_lose()?
    {
        order::refused(context, &view, &why);
        return Ok(MISUSE);
    }
    if args.dry_run {
        show(context, &view, &would);
        return Ok(if would.conflicts.is_empty() {
            0
        } else {
            CONFLICT
        });
    }
    if let Some(why) = would.stands_in_the_way(&view.order) {
        show(context, &view, &would);
        order::refused(context, &view, &why);
        return Ok(CONFLICT);
    }
    args.trust.settle_run(context, &project, &view)?;
    match order::give(&mut view, &event)? {
        Came::Refused(why) => {
            order::refused(context, &view, &why);
            Ok(MISUSE)
        }
        Came::Taken(facts) => {
            let fact = facts.iter().find_map(|f| match &f.event.event {
                Event::Refreshed(fact) => Some(fact),
                _ => None,
            });
            if let Some(fact) = fact {
                done(context, &view, fact);
            }
            follow::then(context, &mut view, args.follow)
        }
    }
}

fn nothing(context: &Context, view: &RunView) {
    let branch = view.order.base_branch.as_deref().unwrap_or_default();
    let run = &view.order.run;
    context.out.text(format!(
        "{} has all that is on {}: nothing to do",
        paint(Role::Name, run),
        safe(branch)
    ));
    context.out.object(&json!({
        "type": "refresh", "run": run, "moved": false, "state": view.state().word(),
    }));
}

fn show(context: &Context, view: &RunView, would: &Would) {
    let out = &context.out;
    out.object(&json!({
        "type": "refresh", "dry_run": true, "run": view.order.run, "moved": true,
        "branch": would.branch, "onto": would.onto, "commits": would.commits,
        "brings": would.brought, "both": would.both, "conflicts": would.conflicts,
    }));
    out.text(format!(
        "{} would be refreshed on {}",
        paint(Role::Name, &view.order.run),
        safe(&would.branch)
    ));
    for (word, text) in lines(would) {
        line(out, word, &text);
    }
}

fn done(context: &Context, view: &RunView, fact: &Refreshed) {
    let out = &context.out;
    let stale: Vec<String> = { view.run.stale().into_iter() }
        .map(|(id, _)| id.to_string())
        .collect();
    out.object(&json!({
        "type": "refresh", "dry_run": false, "run": view.order.run, "moved": true,
        "branch": fact.branch, "onto": fact.onto, "commits": fact.commits, "head": fact.head,
        "files": fact.files, "both": fact.both, "stale": stale, "state": view.state().word(),
    }));
    out.text(format!(
        "{} {} on {} at {}: {}, merged as {}",
        paint(Role::Good, "refreshed"),
        paint(Role::Name, &view.order.run),
        safe(&fact.branch),
        fact.onto.short(),
        crate::text::many(fact.commits, "commit"),
        fact.head.short()
    ));
    for text in view.run.after_refresh(fact.files) {
        line(out, "", &text);
    }
    line(out, "run", &format!("it is {}", view.state()));
}

fn line(out: &Out, word: &str, text: &str) {
    let word = paint(Role::Quiet, pad(word, 9));
    out.text(format!("  {word} {}", safe(text)));
}
