//! `resume`: lets a run go on that was paused, blocked, failed or interrupted, or that has used its
//! budget up.

use super::which::{self, Which};
use super::{Context, Outcome, follow, order, person};
use crate::engine::plan::Budget;
use crate::engine::{Event, Person, Run};
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::RunState;
use color_eyre::eyre::{Report, bail};

/// Lets a run go on that was paused, blocked, failed or interrupted.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Add to its budget first: cost_usd=5 tokens=100000 minutes=30; without a value, as much
    /// again as the workflow gives it
    #[arg(long, value_name = "WHAT=AMOUNT", num_args = 0..=3)]
    raise: Option<Vec<String>>,
    /// Follow it until it ends or waits
    #[arg(long)]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let by = person::alone(context, "resume")?;
    let project = Project::find(&context.cwd)?;
    let mut view = which::run(&project, &args.which, "resume", stands_still)?;
    if view.state() == RunState::Interrupted && view.run.state() != RunState::Interrupted {
        // Nobody stopped it: that it is supervised again is all it needs.
        order::wake(&mut view)?;
        order::accepted(context, &view, "goes on");
        return follow::then(context, &mut view, args.follow);
    }
    if let Some(words) = &args.raise {
        let event = raised(&view.run, words, by.clone())?;
        let code = order::carry_out(context, &mut view, &event, "has more budget")?;
        if code != 0 {
            return Ok(code);
        }
    }
    let event = Event::Resumed { by };
    // A run that only its budget held goes on by itself once that is raised.
    if args.raise.is_none() || view.run.may(&event).is_ok() {
        match order::carry_out(context, &mut view, &event, "is resumed")? {
            0 => {}
            code => return Ok(code),
        }
    }
    follow::then(context, &mut view, args.follow)
}

/// What is to be added to the budget: as ordered or, where nothing is said, as much again of every
/// limit there is.
fn raised(run: &Run, words: &[String], by: Person) -> Result<Event, Report> {
    let mut more = if words.is_empty() {
        limits(run)
    } else {
        Budget::default()
    };
    for word in words {
        let (what, amount) = word.split_once('=').unwrap_or((word, ""));
        let count = || match amount.parse::<u64>() {
            Ok(n) if n > 0 => Ok(Some(n)),
            _ => bail!("--raise {word}: '{amount}' is no whole number above 0"),
        };
        match what {
            "cost_usd" => more.cost_micros = Some(micros(word, amount)?),
            "tokens" => more.tokens = count()?,
            "minutes" => more.minutes = count()?,
            _ => bail!(
                "--raise {word}: write cost_usd=5, tokens=100000 or minutes=30; the run comes before --raise"
            ),
        }
    }
    Ok(Event::BudgetRaised {
        cost_micros: more.cost_micros.unwrap_or(0),
        tokens: more.tokens.unwrap_or(0),
        minutes: more.minutes.unwrap_or(0),
        by,
    })
}

/// The run's limits, and of a kind that it does not limit the largest of a stage's.
fn limits(run: &Run) -> Budget {
    let plan = &run.plan;
    let of = |limit: fn(&Budget) -> Option<u64>| {
        let stages = plan.stages.iter().filter_map(|s| limit(&s.budget)).max();
        limit(&plan.budget).or(stages)
    };
    Budget {
        cost_micros: of(|b| b.cost_micros),
        tokens: of(|b| b.tokens),
        minutes: of(|b| b.minutes),
    }
}

fn micros(word: &str, amount: &str) -> Result<u64, Report> {
    let dollars: f64 = amount.parse().unwrap_or(f64::NAN);
    if !(dollars > 0.0 && dollars <= 1e9) {
        bail!("--raise {word}: '{amount}' is no amount of dollars above 0");
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "bounded on both sides just before"
    )]
    let micros = (dollars * 1e6).round() as u64;
    Ok(micros.max(1))
}

fn stands_still(view: &RunView) -> bool {
    !view.is_over()
        && matches!(
            view.state(),
            RunState::Paused | RunState::Interrupted | RunState::Blocked | RunState::Failed
        )
}
