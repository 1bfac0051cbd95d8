//! `task`: making and revising task definitions by talking about them.

use super::talk::keyboard::Keyboard;
use super::talk::{self, Led, Options, Wanted};
use super::{Context, Outcome, Workbench};
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::start::Subject;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::terms::{ItemId, TaskId};
use color_eyre::eyre::{Report, bail};

/// Makes a task definition, or revises one, by talking with an agent about it, line by line
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    New(New),
    Revise(Revise),
}

/// Makes a task definition from a backlog item or from your words, or goes on with that
#[derive(Debug, clap::Args)]
struct New {
    /// The backlog item (B017), or what you want in your own words
    #[arg(value_name = "ITEM|WORDS")]
    about: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Revises a task definition, or goes on with a dialogue about one
#[derive(Debug, clap::Args)]
struct Revise {
    /// The task (T014)
    task: String,
    /// What is to change, in your own words
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
    #[command(flatten)]
    options: Options,
}

/// Runs it.
pub fn run(args: &Args, context: &Context, workbench: Workbench) -> Outcome {
    let project = context.project()?;
    let (subject, words, options) = match &args.what {
        What::New(new) => {
            let (subject, words) = named(context, &project, new)?;
            (subject, words, &new.options)
        }
        What::Revise(revise) => {
            let task = TaskId::new(revise.task.as_str())?;
            (Subject::Task(task), revise.words.join(" "), &revise.options)
        }
    };
    let wanted = Wanted {
        subject,
        words,
        options,
        edit: workbench.edit,
    };
    let led = talk::lead(context, &project, &wanted)?;
    if let Led::Saved { task, workflow } = &led {
        next(context, &project, task, workflow.as_ref());
    }
    Ok(led.exit_code())
}

/// What is talked about, and what is said to it first.
fn named(context: &Context, project: &Project, new: &New) -> Result<(Subject, String), Report> {
    let Some((first, rest)) = new.about.split_first() else {
        return asked(context, project, new);
    };
    about(first, &rest.join(" "), &new.about.join(" "))
}

/// By the first word, where that is an id, what is said to it, or by the whole of the words.
fn about(first: &str, rest: &str, whole: &str) -> Result<(Subject, String), Report> {
    if let Ok(item) = ItemId::new(first) {
        return Ok((Subject::Item(item), rest.to_owned()));
    }
    if let Ok(task) = TaskId::new(first) {
        return Ok((Subject::Task(task), rest.to_owned()));
    }
    let (title, wish) = title(whole);
    if title.is_empty() {
        bail!("say what you want, such as: harness-tui task new \"fix the flaky login test\"");
    }
    Ok((Subject::Words { title, wish }, String::new()))
}

/// Where nothing was named, who is there is asked.
fn asked(context: &Context, project: &Project, new: &New) -> Result<(Subject, String), Report> {
    list(context, project);
    let nobody = new.options.asks_nobody(context);
    let line = if nobody {
        None
    } else {
        Keyboard::open()?.ask("Which item, or what do you want? ")?
    };
    match line.filter(|l| !l.is_empty()) {
        Some(line) => {
            let (first, rest) = line.split_once(' ').unwrap_or((&line, ""));
            about(first, rest.trim(), &line)
        }
        None => bail!("name a backlog item, or say what you want: harness-tui task new B017"),
    }
}

/// The first line as the title, and what more there is.
pub(super) fn title(words: &str) -> (String, String) {
    let (title, wish) = words.trim().split_once('\n').unwrap_or((words.trim(), ""));
    (safe(title.trim()).into_string(), wish.trim().to_owned())
}

/// The backlog items that have no task yet.
fn list(context: &Context, project: &Project) {
    let harness = Harness::load(project);
    let Some(file) = &harness.backlog else { return };
    let items = file.backlog.items();
    for item in items.iter().filter(|i| i.task.is_none()) {
        let line = format!("{} {}", item.id, safe(&item.title));
        context.out.text(format!("  {line}"));
    }
}

/// Says what to do with the saved task.
fn next(context: &Context, project: &Project, task: &TaskId, workflow: Option<&(String, String)>) {
    let harness = Harness::load(project);
    let known = workflow.filter(|(name, _)| harness.workflows.contains_key(name.as_str()));
    if let Some((name, why)) = known {
        let why = if why.is_empty() {
            String::new()
        } else {
            format!(": {}", safe(why))
        };
        context
            .out
            .text(format!("The author recommends {}{why}", safe(name)));
    }
    let flag = known.map_or_else(String::new, |(name, _)| format!(" --workflow {name}"));
    let command = format!("harness-tui run {task}{flag}");
    context
        .out
        .text(format!("    {}", paint(Role::Command, safe(&command))));
}
