//! `resume`: lets a run go on that was paused, blocked, failed or interrupted.

use super::by_hand::{self, TakenUp};
use super::trust::ByDigest;
use super::which::{self, Which};
use super::{Context, MISUSE, Outcome, follow, order, person};
use crate::engine::Event;
use crate::engine::budget::{More, dollars_of};
use crate::records::runs::RunView;
use crate::terms::RunState;
use color_eyre::eyre::bail;

/// Lets a run go on that was paused, blocked, failed or interrupted.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Add to its budget: US dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars_of, default_value = "0", hide_default_value = true)]
    raise: u64,
    /// Add to its budget: tokens
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    raise_tokens: u64,
    /// Add to its budget: minutes
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    raise_minutes: u64,
    /// What is added is added to today's budget, of all runs of the project
    #[arg(long)]
    day: bool,
    /// Follow it until it ends or waits
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    trust: ByDigest,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "resume")?;
    let project = context.project()?;
    let more = More {
        cost_micros: args.raise,
        tokens: args.raise_tokens,
        minutes: args.raise_minutes,
    };
    if args.day && more.is_nothing() {
        bail!("--day says whose budget is raised: say by how much too, such as --raise 5");
    }
    let fits = |view: &RunView| stands_still(view) || by_hand::pending(view).is_some();
    let mut view = which::run(&project, &args.which, "resume", fits)?;
    args.trust.settle_run(context, &project, &view)?;
    let stood = view.run.state();
    // An edit is an order of its own: where it moved the run, nothing more is ordered.
    let moved = match by_hand::take_up(context, &mut view)? {
        TakenUp::Nothing => false,
        TakenUp::Taken => view.run.state() != stood || !stands_still(&view),
        // Who asked for something that can't be had did not ask for anything else.
        TakenUp::Refused(why) => {
            order::refused(context, &view, &why);
            return Ok(MISUSE);
        }
    };
    if !more.is_nothing() {
        let today = jiff::Zoned::now().date();
        let day = args.day.then(|| view.run.day_to_raise(today));
        let raised = Event::raise(more, day, by.clone());
        let done = day.map_or_else(
            || "has a larger budget".to_owned(),
            |day| format!("has a larger budget for {day}, as all runs have"),
        );
        let code = order::carry_out(context, &mut view, &raised, &done)?;
        let held = view.run.may(&Event::Resumed { by: by.clone() }).is_ok();
        if code != 0 || !held || moved {
            return match code {
                0 => follow::then(context, &mut view, args.follow),
                code => Ok(code),
            };
        }
    }
    if moved {
        order::accepted(context, &view, "was edited by hand");
        return follow::then(context, &mut view, args.follow);
    }
    if view.state() == RunState::Interrupted && view.run.state() != RunState::Interrupted {
        // Nobody stopped it: that it is supervised again is all it needs.
        order::wake(&mut view)?;
        order::accepted(context, &view, "goes on");
        return follow::then(context, &mut view, args.follow);
    }
    let event = Event::Resumed { by };
    match order::carry_out(context, &mut view, &event, "is resumed")? {
        0 => follow::then(context, &mut view, args.follow),
        code => Ok(code),
    }
}

fn stands_still(view: &RunView) -> bool {
    !view.is_over()
        && matches!(
            view.state(),
            RunState::Paused | RunState::Interrupted | RunState::Blocked | RunState::Failed
        )
}
