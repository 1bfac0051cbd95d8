//! `resume`: lets a run go on that was paused, blocked, failed or interrupted.

use super::by_hand::{self, TakenUp};
use super::trust::ByDigest;
use super::which::{self, Which};
use super::{Context, MISUSE, Outcome, follow, order, person};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::terms::RunState;

/// Lets a run go on that was paused, blocked, failed or interrupted.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Add to its budget: US dollars
    #[arg(long, value_name = "DOLLARS", value_parser = micros, default_value = "0", hide_default_value = true)]
    raise: u64,
    /// Add to its budget: tokens
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    raise_tokens: u64,
    /// Add to its budget: minutes
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    raise_minutes: u64,
    /// Follow it until it ends or waits
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    trust: ByDigest,
}

/// The most that is added at once, in dollars.
const MOST_DOLLARS: f64 = 1e6;

/// Dollars as millionths of one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it lies between 0 and 10^12"
)]
fn micros(text: &str) -> Result<u64, String> {
    let bare = text.strip_prefix('$').unwrap_or(text);
    match bare.parse::<f64>() {
        Ok(dollars) if (0.0..=MOST_DOLLARS).contains(&dollars) => {
            Ok((dollars * 1e6).round() as u64)
        }
        _ => Err("give US dollars, such as 5 or 2.50".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "resume")?;
    let project = context.project()?;
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
    if args.raise > 0 || args.raise_tokens > 0 || args.raise_minutes > 0 {
        let raised = Event::BudgetRaised {
            cost_micros: args.raise,
            tokens: args.raise_tokens,
            minutes: args.raise_minutes,
            by: by.clone(),
        };
        let code = order::carry_out(context, &mut view, &raised, "has a larger budget")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_exactly_or_not_at_all() {
        assert_eq!(micros("5"), Ok(5_000_000));
        assert_eq!(micros("$2.50"), Ok(2_500_000));
        for wrong in ["", "-1", "five", "NaN", "inf", "1e9"] {
            assert!(micros(wrong).is_err(), "{wrong}");
        }
    }
}
