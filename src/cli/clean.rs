//! `clean`: what runs left on this machine, and taking away what may go.

use super::out::{Role, paint, safe};
use super::status::landed_elsewhere;
use super::{Context, Outcome};
use crate::landing::clean::{Item, list, remove};
use crate::process::inside_attempt;
use crate::records::harness::Harness;
use crate::stage::scratch;
use crate::store::usage::Usage;
use crate::supervisor::trust::Standing;
use crate::terms::RunId;
use crate::text::many;
use serde_json::json;

/// Lists what runs left, with size and why each may go
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these runs
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Remove what may go
    #[arg(long)]
    apply: bool,
    /// Let the logs of landed and given-up runs go too
    #[arg(long)]
    logs: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    if args.apply && inside_attempt().is_some() {
        color_eyre::eyre::bail!("nothing is removed from inside an attempt; a person does that");
    }
    let project = context.project()?;
    landed_elsewhere(context, &project);
    let only = args
        .runs
        .iter()
        .map(RunId::new)
        .collect::<Result<Vec<_>, _>>()?;
    // Who has not trusted a repository yet may look, and git obeys nothing of it then.
    let git = project.git();
    let harness = Harness::load(&project);
    let git = match project.trust().standing(&harness.powers) {
        Standing::Not(_) => git.careful(),
        _ => git,
    };
    let items = list(&project, &git, &only, args.logs)?;
    if items.is_empty() {
        context.out.text("nothing was left by any run");
    }
    let mut failed = false;
    for item in &items {
        let outcome = (args.apply && item.may_go).then(|| remove(&project, item, args.logs));
        let error = match &outcome {
            Some(Err(e)) => Some(e.to_string()),
            _ => None,
        };
        failed |= error.is_some();
        let removed = matches!(outcome, Some(Ok(())));
        print(item, removed, error.as_deref(), context);
    }
    let folders = temporary(args.apply, context);
    tell_sum(&items, folders, args.apply, context);
    Ok(u8::from(failed))
}

/// Temporary folders of attempts that were killed: they hold nothing that anybody waits for. Gives
/// how many are left.
fn temporary(apply: bool, context: &Context) -> usize {
    let left = scratch::left_behind().len();
    let removed = if apply { scratch::sweep() } else { 0 };
    if left > 0 {
        context.out.object(&json!({
            "type": "temporary", "folders": left, "removed": removed,
        }));
        let verb = if apply {
            paint(Role::Good, "removed")
        } else {
            paint(Role::Attention, "may go ")
        };
        let count = if apply { removed } else { left };
        context.out.text(format!(
            "{verb} {}: the attempts that they served are gone",
            many(count, "temporary folder")
        ));
    }
    left - removed
}

/// What all of it takes, what may go of it, and how.
fn tell_sum(items: &[Item], folders: usize, apply: bool, context: &Context) {
    let sum = |only: fn(&&Item) -> bool| {
        let counted = items.iter().filter(only).filter_map(|i| i.usage);
        counted.fold(Usage::default(), Usage::and)
    };
    let (all, goes) = (sum(|_| true), sum(|i| i.may_go));
    if apply {
        return;
    }
    if !items.is_empty() {
        context
            .out
            .text(format!("in all {all}, of which {goes} may go"));
    }
    let left = items.iter().filter(|i| i.may_go).count() + folders;
    if left > 0 {
        let command = paint(Role::Command, "harness-tui clean --apply");
        context
            .out
            .text(format!("{left} may go; `{command}` removes them"));
    }
}

fn print(item: &Item, removed: bool, error: Option<&str>, context: &Context) {
    context.out.object(&json!({
        "type": "left",
        "run": item.run,
        "what": item.what.word(),
        "name": item.name,
        "bytes": item.usage.map(|u| u.bytes),
        "at_least": item.usage.is_some_and(|u| u.at_least),
        "may_go": item.may_go,
        "removed": removed,
        "why": item.why,
        "error": error,
    }));
    let verb = match (removed, error, item.may_go) {
        (true, ..) => paint(Role::Good, "removed"),
        (_, Some(_), _) => paint(Role::Bad, "failed "),
        (_, _, true) => paint(Role::Attention, "may go "),
        _ => paint(Role::Quiet, "stays  "),
    };
    let size = item.usage.map_or_else(String::new, |u| format!(" {u}"));
    let why = error.unwrap_or(&item.why);
    context.out.text(format!(
        "{verb} {} {}{size}: {}",
        item.what.word(),
        safe(&item.name),
        safe(why)
    ));
}
