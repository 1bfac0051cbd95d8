//! Looking at what a run would be, and beginning it.

use super::{
    CannotBegin, Choice, Ground, changes, disk, in_place, open, played, private, programs, upstream,
};
use crate::engine::Person;
use crate::engine::plan::Plan;
use crate::records::harness::Harness;
use crate::records::planning::{self, PlanRequest, Planned, RunStart};
use crate::records::project::Project;
use crate::store::fs::Disk;
use crate::store::layout::EngineDir;
use crate::store::lock::Lock;
use crate::supervisor::trust::{Standing, Word};
use crate::supervisor::{RunOrder, own, start};
use crate::terms::{Finding, StageId};
use std::path::PathBuf;

/// What is ordered.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// What is to be planned.
    pub plan: PlanRequest,
    /// Which stages of it; the default: all.
    pub choice: Choice,
    /// A run more, even where the task has one that stands still.
    pub another: bool,
    /// Take the checkout's uncommitted changes along.
    pub with_changes: bool,
    /// Where attempts are to be recorded.
    pub record: Option<PathBuf>,
    /// Whether raw output is kept unredacted.
    pub keep_raw: bool,
    /// In place: begin although paths that the run may write are dirty.
    pub allow_dirty: bool,
    /// Keep the machine from sleeping while an agent works, whatever the settings say.
    pub awake: bool,
}

/// What was looked at, and can be begun.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The plan, and what a run of it is created with.
    pub planned: Planned,
    /// The stages that were chosen, in workflow order; empty: all.
    pub chosen: Vec<StageId>,
    /// The commit it starts from.
    pub ground: Ground,
    /// How the trees of runs stand to what they may take; `None`: to no limit.
    pub share: Option<disk::Share>,
    /// What of a private harness its tree gets none of, in a line; `None`: it gets all.
    pub left_out: Option<String>,
}

/// Looks at what a run would be. Nothing is made. Refused is what no agent could do anyhow: what
/// plays the recordings of other tasks.
pub fn look(project: &Project, harness: &Harness, order: &Order) -> Result<Ready, CannotBegin> {
    let planned = planning::plan(harness, project, &order.plan).map_err(CannotBegin::Faults)?;
    let chosen = order.choice.of(&planned.plan)?;
    let others = played::of_other_tasks(project.home(), &planned.plan, &chosen);
    if !others.is_empty() {
        return Err(CannotBegin::Faults(others));
    }
    let trust = project.trust();
    let trusted = !matches!(trust.standing(&harness.powers), Standing::Not(_));
    let mut ground = Ground::of(project, trusted)?;
    ground.in_place = planned.in_place;
    // Looking at every file goes through the filters that the repository configures.
    if trusted {
        clean_enough(project, order, &planned, &chosen)?;
    }
    let ground = if order.with_changes {
        // What is taken along goes through them as well.
        trust.word(&harness.powers)?;
        ground.with_changes()?
    } else {
        ground
    };
    if planned.in_place {
        upstream::lies_there(project.roots(), &planned.plan, &chosen, &ground.base)?;
    } else {
        let git = if trusted {
            project.git()
        } else {
            project.git().careful()
        };
        let roots = project.roots();
        upstream::there((&git, roots), &planned.plan, &chosen, &ground.base)?;
    }
    Ok(Ready {
        planned,
        chosen,
        ground,
        share: disk::Share::of(project, harness, trusted),
        left_out: private::left_out(project)?,
    })
}

/// Refuses a run in place that may write what is not committed, unless that was said to be fine.
fn clean_enough(
    project: &Project,
    order: &Order,
    planned: &Planned,
    chosen: &[StageId],
) -> Result<(), CannotBegin> {
    if planned.in_place && order.with_changes {
        return Err(CannotBegin::NothingToTake);
    }
    let dirty_is_fine = order.allow_dirty || project.is_without_git();
    if planned.in_place && !dirty_is_fine {
        in_place::clean_enough(project, &planned.plan, chosen)?;
    }
    Ok(())
}

/// Refuses, before anything is made, what no agent on this machine could do.
pub fn programs_are_here(plan: &Plan, chosen: &[StageId]) -> Result<(), CannotBegin> {
    let missing = programs::missing(plan, chosen);
    if missing.is_empty() {
        return Ok(());
    }
    let findings: Vec<Finding> = missing.iter().map(programs::Missing::finding).collect();
    Err(CannotBegin::Faults(findings))
}

/// Begins the run: its id and its branch are taken, its order and its plan made durable. Nothing
/// runs yet; [`start::wake`] sees to that.
pub fn begin(
    project: &Project,
    harness: &Harness,
    order: &Order,
    ready: &Ready,
    by: Person,
) -> Result<RunOrder, CannotBegin> {
    // Before anything is made, and before anybody learns what else is missing.
    let trusted = project.trust().word(&harness.powers)?;
    programs_are_here(&ready.planned.plan, &ready.chosen)?;
    if !ready.planned.in_place {
        disk::has_room(project, harness, &ready.planned.trees, &ready.ground.base)?;
    }
    clean_enough(project, order, &ready.planned, &ready.chosen)?;
    let engine = EngineDir::open(&Disk, project.engine.path())?;
    let task = order.plan.task.as_ref();
    // Two that start a run of one task at once must not both find none.
    let _held = match task {
        Some(task) => match Lock::try_take(&engine.task_lock(task))? {
            Some(lock) => Some(lock),
            None => return Err(CannotBegin::Racing(task.clone())),
        },
        None => None,
    };
    if let Some(task) = task {
        open::none(project, task, order.another)?;
    }
    // Of the checkout, too, only one can be had at a time.
    let in_place = ready.planned.in_place;
    let place = in_place.then(|| in_place::take(project, &engine));
    let _place = place.transpose()?;
    create(project, harness, order, ready, (by, trusted))
}

fn create(
    project: &Project,
    harness: &Harness,
    order: &Order,
    ready: &Ready,
    (by, trusted): (Person, Word),
) -> Result<RunOrder, CannotBegin> {
    let (base, in_place) = if ready.planned.in_place {
        let trees = ready.planned.trees.clone();
        let (base, found) = in_place::first_checkpoint(project, &ready.planned, trees)?;
        (base, Some(found))
    } else {
        (ready.ground.base.clone(), None)
    };
    let changes = if ready.ground.with_changes {
        changes::take(project, &ready.ground)?
    } else {
        None
    };
    let private = private::tree(project, changes.as_ref().unwrap_or(&base))?;
    let wanted = ready.planned.request(
        project,
        RunStart {
            base,
            in_place,
            changes,
            private,
            base_branch: ready.ground.branch.clone(),
            chosen: ready.chosen.clone(),
            by,
            record: order.record.clone(),
            keep_raw: order.keep_raw,
            awake: order.awake || harness.settings.awake || own::choices().awake,
            trusted,
        },
    );
    Ok(start::create(wanted, &jiff::Zoned::now(), |names| {
        let mut request = order.plan.clone();
        request.run_names.clone_from(names);
        planning::plan(harness, project, &request).map(|p| p.plan)
    })?)
}
