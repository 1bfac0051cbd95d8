//! `demo`: a sample project in a fresh folder, carried from its task to a reviewed change. The
//! agents are recordings, the engine is the real one: no key, no network, nothing scripted but what
//! the agents said and wrote.

pub mod files;
pub mod story;

use super::follow::ending::{Asked, asked};
use super::follow::{Followed, Options, follow};
use super::out::{Role, paint, safe};
use super::{Context, MISUSE, Outcome, init, order};
use crate::engine::{Event, Person};
use crate::git::Git;
use crate::landing::{self, How, land};
use crate::records::harness::Harness;
use crate::records::planning::{PlanRequest, RunStart, plan};
use crate::records::project::{HARNESS, Project};
use crate::records::runs::{self, RunView};
use crate::store::fs::{Disk, Fs};
use crate::store::watch::Watch;
use crate::store::write::replace_shared;
use crate::supervisor::start;
use crate::terms::{End, TaskId};
use color_eyre::eyre::{Report, WrapErr, bail, eyre};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use story::Story;

/// The sample's folder.
const NAME: &str = "field-notes";
/// The sample's task.
const TASK: &str = "T001";
/// How often a gate may ask before the demo gives up.
const MAX_GATES: usize = 4;
/// How long a supervisor may take to leave.
const LEAVING: Duration = Duration::from_secs(5);

/// Carries a sample project from its task to a reviewed change: no key, no network
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
pub fn run(args: &Args, context: &Context) -> Outcome {
    if !args.auto {
        context.out.error(format!(
            "the workbench is not part of this version yet; {} plays the same project through and \
             tells what happens",
            paint(Role::Command, "harness-tui demo --auto")
        ));
        return Ok(MISUSE);
    }
    let place = Place::make(args, context)?;
    let played = play(&place, context);
    if place.passing && !args.keep {
        let stays = played.is_err() || std::fs::remove_dir_all(&place.folder).is_err();
        if stays {
            context
                .out
                .error(format!("left in {}", place.folder.display()));
        }
    }
    played
}

/// Where the demo is played.
struct Place {
    /// The folder that holds all of it.
    folder: PathBuf,
    /// The sample's repository.
    repository: PathBuf,
    /// The recordings, outside of the repository.
    recordings: PathBuf,
    /// Whether the folder is a temporary one of ours.
    passing: bool,
}

impl Place {
    fn make(args: &Args, context: &Context) -> Result<Self, Report> {
        let (folder, passing) = match &args.dir {
            Some(dir) => (context.cwd.join(dir), false),
            None => {
                let unique = uuid::Uuid::new_v4().simple().to_string();
                let name = format!("harness-demo-{}", &unique[..8]);
                (std::env::temp_dir().join(name), true)
            }
        };
        let filled = std::fs::read_dir(&folder).is_ok_and(|mut d| d.next().is_some());
        if filled || folder.is_file() {
            bail!(
                "{} is not empty; name a new folder with --dir",
                folder.display()
            );
        }
        Disk.create_dir_all(&folder, passing)
            .wrap_err_with(|| format!("can't make {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        Ok(Self {
            repository: folder.join(NAME),
            recordings: folder.join("recordings"),
            folder,
            passing,
        })
    }

    /// Writes the sample: the recordings beside the repository, so that no agent sees them.
    fn write_sample(&self) -> Result<(), Report> {
        for (path, bytes) in files::FILES {
            let target = match path.strip_prefix("recordings/feature/") {
                Some(recording) => self.recordings.join(recording),
                None => self.repository.join(path),
            };
            if let Some(parent) = target.parent() {
                Disk.create_dir_all(parent, false)?;
            }
            replace_shared(&Disk, &target, bytes)?;
            if bytes.starts_with(b"#!") {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(&target, mode)?;
            }
        }
        Ok(())
    }
}

fn play(place: &Place, context: &Context) -> Outcome {
    let story = Story::new(context, place.passing);
    story.begins(&place.folder);
    place.write_sample()?;
    let project = prepare(&place.repository)?;
    story.project(&project)?;
    let mut view = begin(&project, &place.recordings, automatic())?;
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

/// A repository of the sample, with harness files as `init` writes them, in one commit.
fn prepare(repository: &Path) -> Result<Project, Report> {
    let git = Git::new(repository);
    git.call(["init", "-q", "-b", "main"]).run()?;
    for (key, value) in [
        ("user.name", "Field Notes"),
        ("user.email", "field-notes@example.org"),
    ] {
        git.call(["config", key, value]).run()?;
    }
    let project = Project::at(Git::discover(repository)?, HARNESS)?;
    let found = init::detect::look(repository);
    init::files::write(&project, &found)?;
    git.call(["add", "-A"]).run()?;
    git.call(["commit", "-q", "-m", "Field Notes, before the first run"])
        .run()?;
    Ok(project)
}

/// Creates the run and starts its supervisor.
fn begin(project: &Project, recordings: &Path, by: Person) -> Result<RunView, Report> {
    let harness = Harness::load(project);
    let request = PlanRequest {
        task: Some(TaskId::new(TASK)?),
        replay: Some(recordings.to_owned()),
        ..PlanRequest::default()
    };
    let refuse = |faults: Vec<crate::terms::Finding>| {
        let first = faults.first().map(ToString::to_string);
        eyre!("the sample can't be run: {}", first.unwrap_or_default())
    };
    let planned = plan(&harness, project, &request).map_err(refuse)?;
    let head = project.git().head()?;
    let order = RunStart {
        base: head
            .commit
            .ok_or_else(|| eyre!("the sample's repository has no commit"))?,
        base_branch: Some("main".to_owned()),
        chosen: Vec::new(),
        by,
        record: None,
        keep_raw: false,
    };
    let made = start::create(
        planned.request(project, order),
        &jiff::Zoned::now(),
        |names| {
            let named = PlanRequest {
                run_names: names.clone(),
                ..request.clone()
            };
            plan(&harness, project, &named).map(|p| p.plan)
        },
    )?;
    start::wake(project.engine.run(&made.run).path(), project.home())?;
    Ok(runs::find(project, &made.run)?)
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
    landing::Request {
        how: How::Squash,
        into: None,
        no_check: false,
        no_verify: false,
        signoff: false,
        delete_branch: false,
        terminal: false,
        by: automatic(),
    }
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
