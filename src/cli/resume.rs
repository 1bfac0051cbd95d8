//! `resume`: lets a run go on that was paused, blocked, failed or interrupted.

use super::which::{self, Which};
use super::{Context, Outcome, follow, order, person};
use crate::engine::Event;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::terms::RunState;

/// Lets a run go on that was paused, blocked, failed or interrupted.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
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
