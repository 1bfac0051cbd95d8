//! The dialogue that makes a task definition, line by line: at a terminal, through a pipe, or with
//! answers from a file. Every answer is on disk before the next one is asked for.

mod answers;
mod asking;
mod attended;
mod desk;
mod draft;
mod form;
pub mod keyboard;
mod report;
mod telling;
mod unattended;

use super::out::{Role, paint, safe};
use super::trust::ByDigest;
use super::{Context, person};
use crate::dialogue::author::Choose;
use crate::dialogue::start::Subject;
use crate::engine::resolve::Overrides;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::terms::TaskId;
use crate::terms::outcome::End;
use crate::text::SafeText;
use color_eyre::eyre::Report;
use desk::Desk;
use std::path::{Path, PathBuf};

/// Opens a person's editor on a file: the folder, and the file's name in it.
pub type Edit = fn(&Path, &str) -> Result<(), Report>;

/// How a dialogue is led.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// The agent that is the author
    #[arg(long)]
    pub agent: Option<String>,
    /// The model, in the agent's own words
    #[arg(long)]
    pub model: Option<String>,
    /// Play the author recorded in this folder instead of starting an agent
    #[arg(long, value_name = "DIR")]
    pub replay: Option<PathBuf>,
    /// Answers from a file, `1. …` a line or more each; what stands before the first is told to the
    /// author. Nothing is asked then
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Take every recommended answer. Nothing is asked then
    #[arg(long)]
    pub defaults: bool,
    /// Save also where an answer has no place in the draft; with --answers or --defaults
    #[arg(long)]
    pub save_anyway: bool,
    /// Whether what the repository has run is trusted by its digest
    #[command(flatten)]
    pub trust: ByDigest,
}

impl Options {
    /// Whether nobody is asked anything.
    pub fn asks_nobody(&self, context: &Context) -> bool {
        self.answers.is_some() || self.defaults || context.out.json
    }

    /// Whether a dialogue on the screen has room for what was chosen: who is the author. What is
    /// said about answers, about saving and about a recording that a run plays on is for the plain
    /// form alone.
    pub fn fit_a_screen(&self) -> bool {
        let plain = self.answers.is_some() || self.defaults || self.save_anyway;
        !plain && self.replay.is_none()
    }

    /// Who is to be the author.
    pub fn choose(&self, context: &Context) -> Choose {
        Choose {
            overrides: Overrides {
                agent: self.agent.clone(),
                model: self.model.clone(),
                effort: None,
            },
            replay: self.replay.as_ref().map(|dir| context.cwd.join(dir)),
            ..Choose::default()
        }
    }

    /// What of it was chosen for this dialogue, to be given again when it is gone on with.
    fn words(&self) -> String {
        let replay = self.replay.as_ref().map(|dir| dir.display().to_string());
        let given = [
            ("agent", &self.agent),
            ("model", &self.model),
            ("replay", &replay),
        ];
        let given = given.into_iter().filter_map(|(name, value)| {
            let value = value.as_ref()?;
            Some(format!(" --{name} {}", quoted(value)))
        });
        given.collect()
    }
}

/// What is talked about, and how.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// What is pointed at.
    pub subject: Subject,
    /// Words for the author that are said first.
    pub words: String,
    /// How it is led.
    pub options: &'a Options,
    /// The person's editor.
    pub edit: Edit,
}

/// What it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Led {
    /// The task is saved.
    Saved {
        /// It.
        task: TaskId,
        /// The workflow that the author recommends, and why.
        workflow: Option<(String, String)>,
    },
    /// Somebody has to go on with it; all is kept.
    Left,
    /// A signal ended it; all is kept.
    Signal(i32),
}

impl Led {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Saved { .. } => 0,
            Self::Left => End::Waiting.exit_code(),
            Self::Signal(signal) => 128 + u8::try_from(*signal).unwrap_or(0),
        }
    }
}

/// Leads the dialogue until its task is saved, or somebody leaves it.
pub fn lead(context: &Context, project: &Project, wanted: &Wanted<'_>) -> Result<Led, Report> {
    person::alone(context, "task new")?;
    let alone = wanted.options.asks_nobody(context);
    // A file that can't be read is told before anything is begun.
    let given = match &wanted.options.answers {
        Some(file) => Some(answers::Answers::read(&context.cwd, file)?),
        None => None,
    };
    let harness = Harness::load(project);
    wanted.options.trust.settle(context, project, &harness)?;
    let mut desk = Desk::open(context, project, wanted)?;
    if alone {
        unattended::go(&mut desk, wanted, given.unwrap_or_default())
    } else {
        attended::go(&mut desk, wanted)
    }
}

/// The command that goes on with it.
fn again(wanted: &Wanted<'_>, task: &TaskId) -> String {
    let about = match &wanted.subject {
        Subject::Item(item) => format!("new {item}"),
        Subject::Task(_) | Subject::Words { .. } => format!("revise {task}"),
    };
    format!("harness-tui task {about}{}", wanted.options.words())
}

/// Says what is kept, and how to go on. What could not be kept is given back.
fn tell_left(desk: &Desk<'_>, wanted: &Wanted<'_>) {
    let task = desk.talk.id();
    let head = paint(Role::Title, format!("{task} is not saved."));
    if desk.unkept.is_empty() {
        desk.line(format!(
            "{head} What was said and answered is kept. Go on with"
        ));
    } else {
        desk.line(format!(
            "{head} What you wrote last was not taken; here it is:"
        ));
        for line in SafeText::block(&desk.unkept).lines() {
            desk.line(format!("    {line}"));
        }
        desk.line("What was said and answered before it is kept. Go on with");
    }
    let command = again(wanted, task);
    desk.line(format!("    {}", paint(Role::Command, safe(&command))));
}

/// A word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_word_for_the_shell() {
        let options = Options {
            agent: Some("scribe".to_owned()),
            replay: Some(PathBuf::from("/tmp/Ada's tapes; all")),
            ..Options::default()
        };
        let words = r" --agent scribe --replay '/tmp/Ada'\''s tapes; all'";
        assert_eq!(options.words(), words);
    }
}
