//! `status`: what needs you first, then the runs, then the tasks that are ready; or one run whole.

mod earlier;
mod every;
mod format;
mod one;
mod tasks;
mod working;

use super::out::{Out, Role, paint, safe};
use super::{Context, Outcome, by_hand, person, why};
use crate::cli::follow::ending::why_json;
use crate::landing::upstream::notice;
use crate::process::inside_attempt;
use crate::records::beside::{Beside, Looks};
use crate::records::earlier::Earlier;
use crate::records::harness::Harness;
use crate::records::needs::{Kind, Need};
use crate::records::project::Project;
use crate::records::runs::{self, RunView, Unreadable};
use crate::records::user::cache_folder;
use crate::records::why::Why;
use crate::supervisor::refresh::Moved;
use crate::terms::usage::Total;
use crate::terms::{RunId, RunState, TaskId};
use crate::text::measure::{pad, truncate, width};
use crate::text::{many, say};
use color_eyre::eyre::{Report, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Runs that are over and are still listed.
const MAX_OVER: usize = 5;
/// Columns of a run's state, of the stage it is at, and of what it took and cost.
const STATE: usize = 17;
const STAGE: usize = 16;
const USED: usize = 16;

/// Shows what needs you, the runs and the tasks; with a run or a task, that one whole
#[derive(Debug, clap::Args)]
#[command(after_long_help = format::help())]
pub struct Args {
    /// A run's id, or a task's for its latest run
    #[arg(value_name = "RUN|TASK")]
    which: Option<String>,
    /// Every repository in which you used the program: what waits there, and what runs
    #[arg(long, conflicts_with = "which")]
    all: bool,
    /// One line for a status bar or a prompt: a format, or `tmux`, `prompt`, `json`
    #[arg(long, value_name = "FORMAT", conflicts_with = "which")]
    format: Option<String>,
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    if let Some(format) = &args.format {
        if context.out.json {
            bail!(
                "--format prints one line, and --json objects: give one of them; `--format json` is both"
            );
        }
        return format::show(context, format, args.all).map(|()| 0);
    }
    if args.all {
        every::show(context);
        return Ok(0);
    }
    let project = context.project()?;
    landed_elsewhere(context, &project);
    match &args.which {
        Some(name) => match named(&project, name) {
            Ok(view) => one::show(context, &by_hand::with_its_task(view)),
            Err(none) => match of_report(&project, name) {
                Some(run) => earlier::show(&context.out, &run),
                None => return Err(none),
            },
        },
        None => all(context, &project),
    }
    Ok(0)
}

/// Notices what was merged where it was up for review, and says so. Inside an attempt nothing is
/// recorded: it is a person's to land.
pub(super) fn landed_elsewhere(context: &Context, project: &Project) {
    if inside_attempt().is_some() {
        return;
    }
    for landed in notice(project, &person::here(context)) {
        super::land::noticed(&landed, context);
    }
}

/// The run of this id, or the latest of the task of this id.
fn named(project: &Project, name: &str) -> Result<RunView, Report> {
    if let Ok(id) = RunId::new(name) {
        return Ok(runs::find(project, &id)?);
    }
    let Ok(task) = TaskId::new(name) else {
        bail!(
            "'{name}' is neither a run's id (RUN-2026-04-02-T015) nor a task's (T015); \
             `harness-tui status` lists them"
        );
    };
    let (views, _) = runs::all(project);
    match views.into_iter().find(|v| v.task() == Some(&task)) {
        Some(view) => Ok(view),
        None => bail!("{task} has no run yet; `harness-tui run {task}` starts one"),
    }
}

/// The latest run of this id, or of the task of this id, that only a report tells of.
fn of_report(project: &Project, name: &str) -> Option<Earlier> {
    let runs = earlier::of(project, &runs::all(project).0).into_iter();
    let is = |run: &Earlier| {
        let task = run.task.as_ref().map(TaskId::as_str);
        run.name() == name || task == Some(name)
    };
    { runs }.find(is)
}

/// Whether a person is to do something about a run.
fn needs_you(view: &RunView) -> bool {
    view.waits() || by_hand::pending(view).is_some()
}

/// Shows what needs a person, the runs and the tasks.
pub(super) fn all(context: &Context, project: &Project) {
    let out = &context.out;
    let (views, unreadable) = runs::all(project);
    let views: Vec<RunView> = views.into_iter().map(by_hand::with_its_task).collect();
    let harness = Harness::load(project);
    let keep = cache_folder();
    let beside = Looks::new(project.engine.path(), keep.as_deref()).at(&views);
    if out.json {
        for view in &views {
            let why = needs_you(view).then(|| why::whole(view, None));
            let beside = beside.get(&view.order.run);
            out.object(&object(context, view, (why.as_ref(), beside)));
        }
        for agent in working::objects(&views) {
            out.object(&agent);
        }
        for bad in &unreadable {
            out.object(&json!({ "type": "unreadable", "run": bad.run, "why": bad.why }));
        }
        for run in earlier::of(project, &views) {
            out.object(&earlier::object(&run));
        }
        for task in tasks::ready(&harness, &views) {
            out.object(&json!({
                "type": "task", "id": task.0, "title": task.1, "command": task.2,
            }));
        }
        for task in tasks::not_ready(&harness, &views) {
            out.object(&json!({
                "type": "not_ready", "task": task.id, "title": task.title, "file": task.file,
                "why": task.why,
            }));
        }
        return;
    }
    let reports = earlier::of(project, &views);
    text(out, (&views, &beside), (&unreadable, &reports), &harness);
}

fn text(
    out: &Out,
    (views, beside): (&[RunView], &Besides),
    (unreadable, reports): (&[Unreadable], &[Earlier]),
    harness: &Harness,
) {
    let mut sections = 0;
    let mut section = |title: &str| {
        if sections > 0 {
            out.text("");
        }
        sections += 1;
        out.text(paint(Role::Title, title));
    };
    let ids = views.iter().map(|v| width(v.order.run.as_str()));
    let columns = Columns {
        id: ids.max().unwrap_or(0),
        all: out.width,
    };
    let (waiting, rest): (Vec<&RunView>, Vec<&RunView>) = views.iter().partition(|v| needs_you(v));
    // The most urgent first, as everywhere; an edit that nobody took up yet comes last.
    let mut waiting: Vec<(Option<Need>, &RunView)> =
        waiting.into_iter().map(|v| (Need::of(v), v)).collect();
    waiting.sort_by(|(a, _), (b, _)| {
        let rank = |n: &Option<Need>| n.as_ref().map(|n| (n.kind, n.since));
        (a.is_none(), rank(a)).cmp(&(b.is_none(), rank(b)))
    });
    if !waiting.is_empty() || !unreadable.is_empty() {
        section("Needs you");
        for (_, view) in waiting {
            asks(out, view, columns);
            besides(out, beside.get(&view.order.run));
        }
        for bad in unreadable {
            let why = format!("{}: can't be read: {}", bad.run, bad.why);
            out.text(format!("  {} {}", paint(Role::Bad, "!"), safe(&why)));
        }
    }
    let (over, live): (Vec<&RunView>, Vec<&RunView>) = rest.into_iter().partition(|v| v.is_over());
    if !live.is_empty() || !over.is_empty() {
        section("Runs");
        for view in live.iter().chain(over.iter().take(MAX_OVER)) {
            out.text(format!("  {}", row(view, columns)));
            besides(out, beside.get(&view.order.run));
        }
        if over.len() > MAX_OVER {
            let more = over.len() - MAX_OVER;
            out.text(paint(
                Role::Quiet,
                format!("  and {more} older that are over"),
            ));
        }
    }
    working::show(out, views, &mut section);
    let ready = tasks::ready(harness, views);
    if !ready.is_empty() {
        section("Tasks ready");
        tasks::show_ready(out, ready);
    }
    let others = tasks::not_ready(harness, views);
    if !others.is_empty() {
        section("Tasks not ready");
        tasks::show_not_ready(out, &others);
    }
    if !reports.is_empty() {
        section("Earlier runs, by their reports");
        earlier::list(out, reports);
    }
    match harness.tasks.len() {
        _ if sections > 0 => {}
        0 => {
            let settings = harness.settings.file.rsplit_once('/');
            let folder = safe(settings.map_or("harness", |(folder, _)| folder));
            let task =
                format!("No run and no task yet. Write one after {folder}/templates/task.md, as");
            out.text(task);
            let name = format!("{folder}/tasks/T001-some-words.md");
            out.text(format!("{name}; `harness-tui check` looks it over."));
        }
        n => out.text(format!(
            "No run, and nothing to do: {} {} under way or done by what they say.",
            many(n, "task"),
            if n == 1 { "is" } else { "are" }
        )),
    }
}

/// What is beside the runs that are not over.
type Besides = BTreeMap<RunId, Beside>;

/// What is beside a run: that its base moved on, and who else changes its files.
fn besides(out: &Out, beside: Option<&Beside>) {
    let Some(beside) = beside else { return };
    let room = out.width.saturating_sub(6);
    let moved = beside.moved.iter().map(Moved::told);
    for line in moved.chain(beside.lines()) {
        let line = truncate(safe(&line).as_str(), room);
        out.text(format!("      {}", paint(Role::Attention, line)));
    }
}

/// What is beside a run as `--json` shows it: that its base moved, and with whom it shares paths.
fn beside_objects(beside: Option<&Beside>) -> (Value, Value) {
    let moved = beside.and_then(|b| b.moved.as_ref());
    let moved =
        moved.map(|m| json!({ "commits": m.commits, "both": m.both, "withdrawn": m.withdrawn }));
    let overlaps = beside.map_or_else(Vec::new, |b| b.overlaps.clone());
    (json!(moved), json!(overlaps))
}

/// A run that needs a person: what it is, why, and the command.
fn asks(out: &Out, view: &RunView, columns: Columns) {
    let why = why::of(view, None);
    out.text(format!("  {}", row(view, columns)));
    let room = out.width.saturating_sub(6);
    out.text(format!(
        "      {}",
        truncate(safe(&why.evidence).as_str(), room)
    ));
    out.text(format!(
        "      {}",
        paint(Role::Command, safe(&why.command))
    ));
}

/// What a list of runs is laid out for.
#[derive(Debug, Clone, Copy)]
struct Columns {
    /// The columns of the longest run id: an id is for copying, and never cut.
    id: usize,
    /// The columns there are.
    all: usize,
}

/// From this width on, a run's row names the stage it is at.
const ROOMY: usize = 100;

fn row(view: &RunView, columns: Columns) -> String {
    let state = if view.run.landed.is_some() {
        "landed".to_owned()
    } else if view.in_review() {
        "in review".to_owned()
    } else if let Some(word) = taken(view) {
        word.to_owned()
    } else {
        match view.waits_until() {
            Some(until) => {
                let until = until.to_zoned(jiff::tz::TimeZone::system());
                format!("until {}", until.strftime("%H:%M"))
            }
            None => view.state().to_string(),
        }
    };
    let name = match &view.run.plan.task {
        Some(task) => task.title.clone(),
        None => view.run.plan.workflow.clone(),
    };
    let stage = stages_of(view);
    let used = format!("{:>7}  {}", say::duration(took(view)), cost(view));
    let stage = match columns.all {
        ROOMY.. => format!("{}  ", pad(safe(&stage).as_str(), STAGE)),
        _ => String::new(),
    };
    let taken = 2 + columns.id + 2 + STATE + 2 + 2 + width(&stage) + USED;
    let room = columns.all.saturating_sub(taken).clamp(8, 60);
    format!(
        "{}  {}  {}  {stage}{}",
        paint(Role::Name, pad(view.order.run.as_str(), columns.id)),
        paint(role_of(view), pad(&state, STATE)),
        pad(safe(&name).as_str(), room),
        paint(Role::Quiet, used),
    )
}

/// The stages that run or stopped, by name; how many are done where none is.
fn stages_of(view: &RunView) -> String {
    use crate::terms::StageState as S;
    let busy =
        view.run.stages.iter().filter(|r| {
            !r.state.is_done() && !matches!(r.state, S::Pending | S::Ready | S::Cancelled)
        });
    let names: Vec<&str> = busy
        .filter_map(|r| Some(view.run.plan.stage(&r.id)?.name.as_str()))
        .collect();
    if names.is_empty() {
        let done = view.run.stages.iter().filter(|r| r.state.is_done()).count();
        format!("{done} of {} done", view.run.stages.len())
    } else {
        names.join(", ")
    }
}

fn took(view: &RunView) -> u64 {
    view.run
        .stages
        .iter()
        .fold(0, |sum, r| sum.saturating_add(r.took_ms))
}

/// The cost, or a dash where nothing has been used yet.
fn cost(view: &RunView) -> String {
    cost_of(&view.run.total())
}

fn cost_of(total: &Total) -> String {
    if total.attempts == 0 {
        "-".to_owned()
    } else {
        total.cost_text()
    }
}

fn role_of(view: &RunView) -> Role {
    match view.state() {
        _ if taken(view).is_some() => Role::Attention,
        RunState::Completed => Role::Good,
        RunState::Failed | RunState::Blocked => Role::Bad,
        RunState::Created | RunState::Ready | RunState::Running => Role::Live,
        RunState::Cancelled => Role::Quiet,
        _ => Role::Attention,
    }
}

/// The word for a run that goes on by its journal alone: a stage of it is taken over, and nobody is there.
fn taken(view: &RunView) -> Option<&'static str> {
    let goes_on = matches!(
        view.state(),
        RunState::Created | RunState::Ready | RunState::Running
    );
    (view.left && goes_on).then(|| Kind::Taken.word())
}

/// The run's tree; `None`: the run was landed, and its tree was taken away with that.
fn tree_of(view: &RunView) -> Option<&Path> {
    let tree = view.order.tree.as_path();
    (view.run.landed.is_none() || tree.exists()).then_some(tree)
}

/// A run as `--json` shows it; with the six lines of why, where they were looked up.
fn object(
    context: &Context,
    view: &RunView,
    (whole, beside): (Option<&Why>, Option<&Beside>),
) -> Value {
    let (evidence, command) = match whole {
        Some(why) => (why.evidence.clone(), why.command.clone()),
        None => {
            let cause = why::of(view, None);
            (cause.evidence, cause.command)
        }
    };
    let need = Need::of(view);
    let (moved, overlaps) = beside_objects(beside);
    let total = view.run.total();
    json!({
        "type": "run",
        "run": view.order.run,
        "state": view.state().word(),
        "needs_you": needs_you(view),
        "task": view.task(),
        "title": view.run.plan.task.as_ref().map(|t| &t.title),
        "workflow": view.run.plan.workflow,
        "branch": view.order.branch,
        "in_place": view.order.in_place.is_some(),
        "tree": tree_of(view),
        "created": view.order.created,
        "updated": view.run.updated,
        "landed": view.run.landed.as_ref().map(|l| &l.into),
        "review": view.run.in_review.as_ref().map(|r| &r.url),
        "took_ms": took(view),
        "cost_micros": total.cost(),
        "tokens": (total.tokens_unknown == 0).then_some(total.tokens),
        "base_moved": moved,
        "overlaps": overlaps,
        "evidence": evidence,
        "command": command,
        "need": need.as_ref().map(|n| n.kind),
        "since": need.as_ref().and_then(|n| n.since),
        "why": whole.map(|why| why_json(context, why)),
        "by_hand": by_hand::pending(view).map(|edit| edit.to_string()),
    })
}
