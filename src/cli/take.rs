//! `take`: a person takes a stage over, works in the run's tree with the agent's own program, and
//! hands it back.

use super::follow::can_ask;
use super::follow::signals::Signals;
use super::out::{Role, paint, safe};
use super::trust::ByDigest;
use super::typed::line;
use super::which::{self, Which};
use super::{Context, MISUSE, by_hand, follow, order, person};
use crate::engine::Person;
use crate::engine::event::Attempted;
use crate::hand::back::judged;
use crate::hand::{Held, Would, hand_back};
use crate::process::foreground::Foreground;
use crate::records::runs::RunView;
use crate::stage::lent::How;
use crate::terms::{AttemptId, Outcome, StageId};
use crate::text::pad;
use clap::ValueEnum;
use color_eyre::eyre::{Report, bail};
use serde_json::json;

/// The exit code where what was handed back did not pass.
const NOT_PASSED: u8 = 3;
/// How many times one thing is asked where the answer is not understood.
const TRIES: usize = 5;
/// How wide the words are that lead a line.
const LEAD: usize = 8;

/// Takes a stage over: the agent's own program, in its session, in the run's tree. What is handed
/// back is checked as an agent's work is.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// The stage; left out: the one that stands, asks or runs, or that a gate asks about
    stage: Option<String>,
    /// Do not ask before it begins
    #[arg(long)]
    yes: bool,
    /// Show what it would do, and change nothing
    #[arg(long, conflicts_with_all = ["yes", "back"])]
    dry_run: bool,
    /// How it is handed back; where it is taken over already: nothing is started, and it is handed
    /// back at once
    #[arg(long, value_name = "HOW")]
    back: Option<Back>,
    /// Follow the run after that until it ends or waits
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    trust: ByDigest,
}

/// How a stage is handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Back {
    /// Checked, and handed on if it passes
    Check,
    /// As it is, not to be checked yet
    NotYet,
    /// Thrown away, a patch of it kept
    ThrowAway,
}

impl From<Back> for How {
    fn from(back: Back) -> Self {
        match back {
            Back::Check => Self::Check,
            Back::NotYet => Self::Keep,
            Back::ThrowAway => Self::Discard,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> super::Outcome {
    let by = person::alone(context, "take")?;
    let project = context.project()?;
    let fits = |v: &RunView| Would::of(v, None).is_ok();
    let mut view = which::run(&project, &args.which, "take over", fits)?;
    let stage = args.stage.as_deref().map(StageId::new).transpose()?;
    if !args.dry_run {
        by_hand::taken_up(context, &mut view)?;
    }
    let would = match Would::of(&view, stage.as_ref()) {
        Ok(would) => would,
        Err(why) => {
            order::refused(context, &view, &why);
            return Ok(MISUSE);
        }
    };
    if let (Some(back), Some(_)) = (args.back, &would.since) {
        return give_back(context, &mut view, back.into(), &by, args.follow);
    }
    show(context, &would);
    if args.dry_run {
        return Ok(0);
    }
    if !can_ask(context) && !at_terminal() {
        bail!(
            "a program for a person needs a terminal, and this is none; to hand back what is taken \
             over: `harness-tui take {} --back check`",
            view.order.run
        );
    }
    args.trust.settle_run(context, &project, &view)?;
    // The program gets what is typed; an interrupt of it is not one of ours.
    let _signals = Signals::catch(|| ())?;
    if !args.yes && !is_wanted(context)? {
        return Ok(0);
    }
    let held = match Held::take(&mut view, &would.stage, &by) {
        Ok(held) => held,
        Err(why) => {
            order::refused(context, &view, &why);
            return Ok(MISUSE);
        }
    };
    let foreground = Foreground::now();
    let ended = held.program()?.status()?;
    foreground.take_back();
    if !ended.success() {
        context.out.text(paint(
            Role::Attention,
            format!("the program ended with {ended}"),
        ));
    }
    let how = match args.back {
        Some(back) => Some(back.into()),
        None => asked_back(context)?,
    };
    let Some(how) = how else {
        drop(held);
        context.out.text(format!(
            "{} is still yours; `harness-tui take {}` goes on, or hands it back with --back",
            would.stage, view.order.run
        ));
        return Ok(0);
    };
    let attempt = match hand_back(&mut view, how, &by, true) {
        Ok(attempt) => attempt,
        Err(why) => {
            order::refused(context, &view, &why);
            return Ok(MISUSE);
        }
    };
    drop(held);
    tell(context, &mut view, &attempt, args.follow)
}

/// Hands back what is taken over, and nothing else.
fn give_back(
    context: &Context,
    view: &mut RunView,
    how: How,
    by: &Person,
    follow: bool,
) -> super::Outcome {
    match hand_back(view, how, by, false) {
        Ok(attempt) => tell(context, view, &attempt, follow),
        Err(why) => {
            order::refused(context, view, &why);
            Ok(MISUSE)
        }
    }
}

/// What became of it.
fn tell(
    context: &Context,
    view: &mut RunView,
    attempt: &AttemptId,
    follow: bool,
) -> super::Outcome {
    let result = match judged(view, attempt) {
        Ok(result) => result,
        Err(why) => bail!("{why}"),
    };
    let run = &view.order.run;
    context.out.object(&json!({
        "type": "handed_back", "run": run, "stage": attempt.stage, "attempt": attempt.to_string(),
        "outcome": result.outcome.word(), "reason": result.reason, "taken_back": result.taken_back,
        "findings": result.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "state": view.state().word(),
    }));
    for line in lines(&result) {
        context.out.text(line);
    }
    if result.outcome != Outcome::Passed && result.outcome != Outcome::Returned {
        context.out.text(format!(
            "`harness-tui take {run}` takes it over again; `harness-tui resume {run}` lets its agent \
             mend it"
        ));
        return Ok(NOT_PASSED);
    }
    follow::then(context, view, follow)
}

fn lines(result: &Attempted) -> Vec<String> {
    let role = match result.outcome {
        Outcome::Passed => Role::Good,
        Outcome::Returned => Role::Attention,
        _ => Role::Bad,
    };
    let mut lines = vec![format!(
        "{} {}: {}",
        paint(role, result.outcome.said()),
        result.attempt.stage,
        safe(&result.reason)
    )];
    let findings = result.findings.iter();
    lines.extend(findings.map(|f| format!("  - {}", safe(&f.to_string()))));
    let back = result.taken_back.iter();
    lines.extend(back.map(|path| format!("  taken back: {}", safe(path))));
    lines
}

/// Says what taking over would do.
fn show(context: &Context, would: &Would) {
    if context.out.json {
        let lines = would.lines().into_iter();
        let lines: Vec<_> = lines.map(|(word, text)| json!([word, text])).collect();
        context.out.object(&json!({
            "type": "take", "run": would.run, "stage": would.stage, "tree": would.tree,
            "with": would.what.told(), "taken": would.since.is_some(), "lines": lines,
        }));
        return;
    }
    let head = format!("Take {} of {} over", would.name, would.run);
    context.out.text(paint(Role::Title, safe(&head)));
    for (word, text) in would.lines() {
        let word = pad(&word, LEAD);
        let line = format!("  {} {}", paint(Role::Quiet, word), safe(&text));
        context.out.text(line);
    }
}

fn at_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stdin())
}

/// Whether the person wants it.
fn is_wanted(context: &Context) -> Result<bool, Report> {
    let said = line(context, "enter takes it over, anything else leaves it: ")?;
    Ok(said.is_some_and(|s| s.is_empty() || s.eq_ignore_ascii_case("y")))
}

/// How the person hands it back; `None`: not now.
fn asked_back(context: &Context) -> Result<Option<How>, Report> {
    const ASK: &str =
        "c checks it and hands it on, n not yet, t throws it away, l leaves it taken: ";
    for _ in 0..TRIES {
        let Some(said) = line(context, ASK)? else {
            return Ok(None);
        };
        match said.to_ascii_lowercase().as_str() {
            "c" | "check" => return Ok(Some(How::Check)),
            "n" | "not yet" => return Ok(Some(How::Keep)),
            "t" | "throw away" => return Ok(Some(How::Discard)),
            "l" | "leave" => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}
