//! `--from` and `--step` in a run that is there: same branch, tree and id, further attempts.

use super::{Args, again, attend};
use crate::cli::order::{self, Came};
use crate::cli::out::{Role, paint};
use crate::cli::{Context, MISUSE, Outcome, person};
use crate::engine::Event;
use crate::git::Git;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::starting::{begin::programs_are_here, chosen::stage_of, upstream};
use crate::store::roots::Roots;
use crate::terms::{RunState, StageId};
use color_eyre::eyre::bail;
use serde_json::json;

/// Orders the chosen stages again and follows the run.
pub(super) fn go_on(
    args: &Args,
    context: &Context,
    project: &Project,
    mut view: RunView,
) -> Outcome {
    let by = person::alone(context, "run --from")?;
    let id = view.order.run.clone();
    if view.run.landed.is_some() {
        bail!("{id} was landed; start a new run with --new");
    }
    if let Some(option) = given_in_vain(args) {
        bail!(
            "{option} can't change {id}, whose workflow is locked; add --new to start another run"
        );
    }
    let stages = args.choice().of(&view.run.plan)?;
    if matches!(
        view.state(),
        RunState::Created | RunState::Ready | RunState::Running
    ) {
        bail!("{id} is live; wait for its end, or pause it with `harness-tui pause {id} --now`");
    }
    let head = view
        .run
        .head
        .clone()
        .unwrap_or_else(|| view.order.base.clone());
    // What the run has handed on counts, of a private harness too.
    let roots = Roots {
        private: None,
        ..view.order.roots()
    };
    let git = Git::new(&view.order.home);
    upstream::there((&git, roots), &view.run.plan, &stages, &head)?;
    let Some((first, rest)) = stages.split_first() else {
        bail!("no stage was named");
    };
    let (stage, only) = match &args.from {
        Some(from) => (stage_of(&view.run.plan, from)?, Vec::new()),
        None => (first.clone(), rest_or_itself(first, rest)),
    };
    let event = Event::Rerun {
        stage,
        only,
        reason: "ordered at the command line".to_owned(),
        comments: Vec::new(),
        by,
    };
    if args.dry_run {
        if let Err(refusal) = view.run.may(&event) {
            order::refused(context, &view, &refusal.to_string());
            return Ok(MISUSE);
        }
        again::show(context, &view, &event, &head)?;
        return Ok(0);
    }
    args.trust.settle_run(context, project, &view)?;
    programs_are_here(&view.run.plan, &stages)?;
    match order::give(&mut view, &event)? {
        Came::Refused(why) => {
            order::refused(context, &view, &why);
            Ok(MISUSE)
        }
        Came::Taken(_) if args.detach => {
            context.out.text(&id);
            context.out.object(&json!({ "type": "run", "run": id }));
            Ok(0)
        }
        Came::Taken(_) => {
            context.out.text(paint(Role::Title, &id));
            attend(context, &mut view)
        }
    }
}

/// An order for one step alone names it, so that nothing below is done with it.
fn rest_or_itself(first: &StageId, rest: &[StageId]) -> Vec<StageId> {
    match rest {
        [] => vec![first.clone()],
        rest => rest.to_vec(),
    }
}

/// An option that only a new run can take.
fn given_in_vain(args: &Args) -> Option<&'static str> {
    [
        (args.workflow.is_some(), "--workflow"),
        (!args.set.is_empty(), "--set"),
        (args.agent.is_some(), "--agent"),
        (args.model.is_some(), "--model"),
        (args.record.is_some(), "--record"),
        (args.replay.is_some(), "--replay"),
        (args.keep_raw, "--keep-raw"),
        (args.awake, "--awake"),
    ]
    .into_iter()
    .find_map(|(given, name)| given.then_some(name))
}
