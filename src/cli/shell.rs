//! `shell`: a person's shell, or a program of theirs, in a run's tree.

use super::follow::signals::Signals;
use super::out::{Role, paint, safe};
use super::which::{self, Which};
use super::{Context, Outcome, person};
use crate::hand::shell::{Place, at_work, left};
use crate::process::foreground::Foreground;
use crate::records::runs::RunView;
use color_eyre::eyre::{Report, bail};
use serde_json::json;

/// Opens your shell in a run's tree, and says afterwards what lies there that is not handed on.
///
/// It gets `HARNESS_RUN`, `HARNESS_PORT_BASE` and `COMPOSE_PROJECT_NAME` as an attempt does. Nothing
/// checks what you change: `take` does.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// A program and its arguments in place of the shell, after `--`
    #[arg(last = true, allow_hyphen_values = true, value_name = "PROGRAM")]
    words: Vec<String>,
}

/// Runs the command. Its exit code is that of what was run.
pub fn run(args: &Args, context: &Context) -> Outcome {
    person::alone(context, "shell")?;
    let project = context.project()?;
    let fits = |v: &RunView| !v.is_over();
    let mut view = which::run(&project, &args.which, "open a shell in", fits)?;
    let place = Place::of(&view).map_err(Report::msg)?;
    if let Some(warning) = at_work(&view) {
        context.out.trouble("careful:", &warning);
    }
    let mut command = place.command(&args.words).unwrap_or_else(|| place.shell());
    let tree = place.tree.display().to_string();
    context.out.text(format!(
        "{} in {}",
        paint(Role::Name, &view.order.run),
        safe(&tree)
    ));
    let _signals = Signals::catch(|| ())?;
    let program = command.get_program().to_string_lossy().into_owned();
    let foreground = Foreground::now();
    let ended = command.status();
    foreground.take_back();
    let ended = match ended {
        Ok(ended) => ended,
        Err(e) => bail!("{program} can't be started: {e}"),
    };
    view.follow()?;
    let left = left(&view).map_err(Report::msg)?;
    context.out.object(&json!({
        "type": "shell", "run": view.order.run, "tree": tree, "exit": ended.code(), "left": left,
    }));
    if left.is_empty() {
        context
            .out
            .text("the tree holds nothing that is not handed on");
    }
    for line in left {
        context.out.text(safe(&line));
    }
    Ok(ended.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1))
}
