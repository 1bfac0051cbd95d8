//! `demo`: a sample project in a fresh folder, carried from its task to a reviewed change. The
//! agents are recordings, the engine is the real one: no key, no network, nothing scripted but what
//! the agents said and wrote.

pub mod story;

use super::bare::has_screen;
use super::follow::ending::{Asked, asked};
use super::follow::{Followed, Options, follow};
use super::out::{Role, paint, safe};
use super::{Context, MISUSE, Outcome, Workbench, order};
use crate::engine::{Event, Person};
use crate::landing::{self, How, land};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::records::runs::{self, RunView};
use crate::setup::Example;
use crate::setup::example::ITEM;
use crate::starting;
use crate::store::watch::Watch;
use crate::supervisor::start;
use crate::terms::{End, ItemId};
use color_eyre::eyre::{Report, WrapErr, bail};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use story::Story;

/// How often a gate may ask before the demo gives up.
const MAX_GATES: usize = 4;
/// How long a supervisor may take to leave.
const LEAVING: Duration = Duration::from_secs(5);

/// Opens a sample project whose agents are recordings: no key, no network
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Play it through without asking, and tell what happened
    #[arg(long)]
    auto: bool,
    /// The folder to make it in: new, or empty; by default a fresh temporary one
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Leave the temporary folder in place afterwards
    #[arg(long)]
    keep: bool,
}

/// Runs it.
pub fn run(args: &Args, context: &Context, workbench: Workbench, plain: bool) -> Outcome {
    if !args.auto && plain {
        return watch(args, context, workbench.plain);
    }
    if !args.auto && has_screen(context) {
        let item = ItemId::new(ITEM)?;
        return watch(args, context, |project| (workbench.at)(project, item));
    }
    if !args.auto {
        context.out.error(format!(
            "there is no terminal here to show the sample on; {} plays it through and tells what \
             happens",
            paint(Role::Command, "harness-tui demo --auto")
        ));
        return Ok(MISUSE);
    }
    let place = place(args, context)?;
    let played = play(&place, context);
    if place.passing && !args.keep && (played.is_err() || !place.remove()) {
        context
            .out
            .error(format!("left in {}", place.folder.display()));
    }
    played
}

fn place(args: &Args, context: &Context) -> Result<Example, Report> {
    let dir = args.dir.as_ref().map(|dir| context.cwd.join(dir));
    Ok(Example::place(dir)?)
}

/// Opens the workbench on the sample. What goes on in it when the person leaves goes on.
fn watch(
    args: &Args,
    context: &Context,
    open: impl FnOnce(Project) -> Result<(), Report>,
) -> Outcome {
    let place = place(args, context)?;
    let project = place.make_to_watch()?;
    place.trust(&project, &automatic())?;
    // It begins while the person looks: nothing of it holds the first frame up.
    let beside = {
        let (project, place) = (project.clone(), place.clone());
        std::thread::spawn(move || begin_beside(&project, &place))
    };
    let shown = open(project.clone());
    // What nobody but the demo wanted ends with it.
    let begun = beside.join().unwrap_or_default();
    for view in begun {
        end(view);
    }
    let (views, _) = runs::all(&project);
    let goes_on = views.iter().any(|v| v.supervised);
    if !place.passing || args.keep || goes_on || !place.remove() {
        let out = &context.out;
        if goes_on {
            out.text("A run of the sample goes on.");
        }
        let home = project.home().display().to_string();
        out.text(format!("The sample is in {}; to look again:", safe(&home)));
        let command = format!("harness-tui -C {home}");
        out.text(format!("  {}", paint(Role::Command, safe(&command))));
    }
    shown.map(|()| 0)
}

fn play(place: &Example, context: &Context) -> Outcome {
    let story = Story::new(context, place.passing);
    story.begins(&place.folder);
    let project = place.make()?;
    place.trust(&project, &automatic())?;
    story.project(&project)?;
    let mut view = begin(&project, &place.order(), automatic())?;
    story.run(&view);
    let end = carry(context, &story, &mut view)?;
    if end != End::Completed {
        story.stopped(&view, end);
        return Ok(end.exit_code());
    }
    story.result(&view)?;
    until_left(&mut view)?;
    let landed = land(&view, &taking())?;
    story.landed(&landed);
    let tests = tests(&place.repository)?;
    story.tests(&tests);
    story.ends(&view, &landed);
    Ok(u8::from(!tests.passed))
}

/// Creates the run and starts its supervisor.
fn begin(project: &Project, order: &starting::Order, by: Person) -> Result<RunView, Report> {
    let harness = Harness::load(project);
    let ready = starting::look(project, &harness, order)?;
    let made = starting::begin(project, &harness, order, &ready, by)?;
    start::wake(project.engine.run(&made.run).path(), project.home())?;
    Ok(runs::find(project, &made.run)?)
}

/// Begins what the demo carries on beside its task; those runs that could be begun.
fn begin_beside(project: &Project, place: &Example) -> Vec<RunView> {
    let orders = place.orders_beside().into_iter();
    let begun = orders.map(|order| begin(project, &order, automatic()));
    begun.filter_map(Result::ok).collect()
}

/// Ends a run that is still at work, and waits until its supervisor left. One that a person decided
/// on is that person's, and goes on.
fn end(mut view: RunView) {
    if view.follow().is_err() || !view.supervised {
        return;
    }
    let ours = automatic().name;
    if view.run.decisions.iter().any(|d| d.by.name != ours) {
        return;
    }
    let event = Event::Cancelled {
        reason: "the demo was left".to_owned(),
        by: automatic(),
    };
    if order::give(&mut view, &event).is_ok() {
        let _ = until_left(&mut view);
    }
}

/// Who orders in the demo: nobody looked, so no person's name may stand under an approval.
fn automatic() -> Person {
    Person {
        name: "demo (automatic)".to_owned(),
        terminal: None,
        pid: std::process::id(),
    }
}

/// Follows the run, and approves at each gate.
fn carry(context: &Context, story: &Story<'_>, view: &mut RunView) -> Result<End, Report> {
    for _ in 0..MAX_GATES {
        let options = Options {
            ask: false,
            starting: true,
            goes_on: true,
        };
        let end = match follow(context, view, options)? {
            Followed::Ended(end) => end,
            Followed::Detached(_) => End::Waiting,
        };
        let gate = asked(&view.run).into_iter().find_map(|a| match a {
            Asked::Gate {
                stage,
                side,
                evidence,
            } => Some((stage, side, evidence)),
            Asked::Questions { .. } => None,
        });
        let (End::Waiting, Some((stage, side, evidence))) = (end, gate) else {
            return Ok(end);
        };
        story.gate(view, &stage);
        let approval = Event::Approved {
            stage,
            side,
            evidence,
            by: automatic(),
        };
        if let order::Came::Refused(why) = order::give(view, &approval)? {
            bail!("the approval was refused: {why}");
        }
    }
    Ok(End::Waiting)
}

/// How the demo takes the result.
fn taking() -> landing::Request {
    landing::Request::new(How::Squash, landing::Form::default(), automatic())
}

/// Waits until the run's supervisor has left: it has nothing more to do, and its folder may go.
fn until_left(view: &mut RunView) -> Result<(), Report> {
    let mut watch = Watch::new([view.dirs.path().to_owned()]);
    let begun = Instant::now();
    while view.supervised && begun.elapsed() < LEAVING {
        watch.wait(Duration::from_millis(50));
        view.follow()?;
    }
    Ok(())
}

/// How the sample's tests came out.
struct Tests {
    passed: bool,
    last: String,
}

/// Runs the sample's own tests in its checkout, on what was landed.
fn tests(repository: &Path) -> Result<Tests, Report> {
    let output = std::process::Command::new("sh")
        .arg("tests/run")
        .current_dir(repository)
        .stdin(std::process::Stdio::null())
        .output()
        .wrap_err("can't run the sample's tests")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().rfind(|l| !l.trim().is_empty());
    Ok(Tests {
        passed: output.status.success(),
        last: safe(last.unwrap_or_default()).to_string(),
    })
}
