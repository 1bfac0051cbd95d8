//! `new`: from a few words to a run: a harness where there is none, the backlog item, the dialogue,
//! the run.

mod ground;
mod trial;

use super::bare::has_screen;
use super::talk::{self, Led, Options, Wanted};
use super::{Context, Outcome, Workbench, run, task};
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::start::Subject;
use crate::documents::backlog::Item;
use crate::items;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::stage::environ;
use crate::stage::redact::Redactor;
use crate::terms::ItemId;
use color_eyre::eyre::{Report, bail};
use ground::Ground;

/// From a few words to a run: a harness where there is none, a backlog item, the dialogue about it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What you want
    #[arg(required = true)]
    words: Vec<String>,
    /// The dialogue line by line, also where there is a screen; so it is with --replay, --answers,
    /// --defaults and --save-anyway. On the screen --agent and --model choose the author alone,
    /// here also who runs the task
    #[arg(long)]
    plain: bool,
    /// Don't run the check that was found for a new harness
    #[arg(long)]
    no_checks: bool,
    #[command(flatten)]
    options: Options,
}

/// Runs it.
pub fn run(args: &Args, context: &Context, workbench: Workbench) -> Outcome {
    super::person::alone(context, "new")?;
    let (title, wish) = task::title(&without_secrets(context, &args.words.join(" ")));
    if title.is_empty() {
        bail!("say what you want, such as: harness-tui new \"fix the flaky login test\"");
    }
    let alone = args.options.asks_nobody(context);
    let project = match ground::project(context, !alone, !args.no_checks)? {
        Ground::Ready(project) => project,
        Ground::Unwanted => {
            context.out.text("Nothing was written.");
            return Ok(Led::Left.exit_code());
        }
        Ground::Signal(signal) => return Ok(Led::Signal(signal).exit_code()),
    };
    let item = item(context, &project, &title, &wish)?;
    if !alone && !args.plain && args.options.fit_a_screen() && has_screen(context) {
        let harness = Harness::load(&project);
        args.options.trust.settle(context, &project, &harness)?;
        let choose = args.options.choose(context);
        (workbench.about)(project, Subject::Item(item), choose)?;
        return Ok(0);
    }
    let wanted = Wanted {
        subject: Subject::Item(item),
        words: String::new(),
        options: &args.options,
        edit: workbench.edit,
    };
    let led = talk::lead(context, &project, &wanted)?;
    let Led::Saved { task, workflow } = &led else {
        return Ok(led.exit_code());
    };
    let wish = run::offer::Wish {
        task,
        recommended: workflow.as_ref(),
        agent: args.options.agent.as_deref(),
        model: args.options.model.as_deref(),
        replay: args.options.replay.as_deref(),
    };
    run::offer::offer(context, &project, &wish, !alone)
}

/// The words without what looks like a key: they go into the backlog, which is committed.
fn without_secrets(context: &Context, words: &str) -> String {
    let env = environ::inherited();
    let secrets = Redactor::of(env.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let clean = secrets.text(words);
    if clean != words {
        let told = "a key or password in these words is left out: the backlog is no place for one";
        context.out.error(paint(Role::Attention, told));
    }
    clean
}

/// The backlog item of these words: one that is there without a task and says as much, or a new one.
fn item(context: &Context, project: &Project, title: &str, wish: &str) -> Result<ItemId, Report> {
    let harness = Harness::load(project);
    let items = harness.backlog.as_ref().map(|f| f.backlog.items());
    let there = items.unwrap_or_default().iter();
    let wish = wish.replace('\n', " ");
    let says = |i: &&Item| wish.is_empty() || i.summary.as_deref() == Some(wish.trim());
    let mut there = there
        .filter(|i| i.task.is_none() && i.title == title)
        .filter(says);
    if let Some(item) = there.next() {
        let told = format!("{} is in the backlog already; it goes on", item.id);
        context.out.text(paint(Role::Quiet, told));
        return Ok(item.id.clone());
    }
    let change = items::add(project, title, &wish)?;
    let told = format!("{} {}", change.item, safe(title));
    context
        .out
        .text(format!("{} {told}", paint(Role::Good, "backlog:")));
    Ok(change.item)
}
