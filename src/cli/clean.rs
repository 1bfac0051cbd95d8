//! `clean`: what runs left on this machine, and taking away what may go.

use super::out::{Role, paint, safe};
use super::{Context, Outcome};
use crate::landing::clean::{Item, list, remove};
use crate::process::inside_attempt;
use crate::terms::RunId;
use crate::text::say;
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
    let only = args
        .runs
        .iter()
        .map(RunId::new)
        .collect::<Result<Vec<_>, _>>()?;
    let items = list(&project, &only, args.logs)?;
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
    let left = items.iter().filter(|i| i.may_go).count();
    if !args.apply && left > 0 {
        let command = paint(Role::Command, "harness-tui clean --apply");
        context
            .out
            .text(format!("{left} may go; `{command}` removes them"));
    }
    Ok(u8::from(failed))
}

fn print(item: &Item, removed: bool, error: Option<&str>, context: &Context) {
    context.out.object(&json!({
        "type": "left",
        "run": item.run,
        "what": item.what.word(),
        "name": item.name,
        "bytes": item.bytes,
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
    let size = item
        .bytes
        .map_or_else(String::new, |b| format!(" {}", say::bytes(b)));
    let why = error.unwrap_or(&item.why);
    context.out.text(format!(
        "{verb} {} {}{size}: {}",
        item.what.word(),
        safe(&item.name),
        safe(why)
    ));
}
