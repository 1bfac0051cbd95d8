//! The command line.
//!
//! Law: a file a command; this room parses, calls, prints and chooses the exit code, and nothing
//! else. It is the only room that prints.

pub mod answer;
pub mod approve;
pub mod bare;
pub mod by_hand;
pub mod cancel;
pub mod check;
pub mod clean;
pub mod comment;
pub mod cost;
pub mod demo;
pub mod doctor;
pub mod follow;
pub mod gate;
pub mod hidden;
pub mod init;
pub mod keys;
pub mod land;
pub mod list;
pub mod logs;
pub mod new;
pub mod note;
pub mod order;
pub mod out;
pub mod pause;
pub mod person;
pub mod receipt;
pub mod refresh;
pub mod reject;
pub mod rerun;
pub mod resume;
pub mod run;
pub mod schema;
pub mod shell;
pub mod status;
pub mod take;
pub mod talk;
pub mod task;
pub mod trust;
pub mod typed;
pub mod verify;
pub mod which;
pub mod why;

use crate::dialogue::author::Choose;
use crate::dialogue::start::Subject;
use crate::records::project::{NoProject, Project};
use crate::supervisor::carried;
use crate::terms::ItemId;
use clap::{Parser, Subcommand};
use color_eyre::eyre::bail;
use out::Out;
use std::path::PathBuf;
use std::process::ExitCode;

/// The exit code of a command that was used wrongly.
pub const MISUSE: u8 = 2;

/// What a command comes to: an exit code, or an error that is printed and exits 2.
pub type Outcome = Result<u8, color_eyre::Report>;

/// Carries a backlog item through staged, validated agent runs to an approved change.
#[derive(Debug, Parser)]
#[command(name = "harness-tui", version, max_term_width = 100)]
struct Cli {
    /// One JSON object a line
    #[arg(long, global = true)]
    json: bool,
    /// Run as if started in this folder
    #[arg(short = 'C', long = "directory", global = true, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// The project that is meant, by its folder, where a repository has several
    #[arg(long, global = true, value_name = "DIR")]
    project: Option<PathBuf>,
    /// Lines in place of the full screen, for screen readers and pipes; alone or with demo
    #[arg(long)]
    plain: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    New(Box<new::Args>),
    Task(Box<task::Args>),
    Demo(demo::Args),
    Check(check::Args),
    Doctor(doctor::Args),
    Status(status::Args),
    List(list::Args),
    Schema(schema::Args),
    Keys(keys::Args),
    Run(Box<run::Args>),
    Why(why::Args),
    Cost(cost::Args),
    Logs(logs::Args),
    Pause(pause::Args),
    Resume(resume::Args),
    Cancel(cancel::Args),
    Approve(approve::Args),
    Reject(reject::Args),
    Comment(comment::Args),
    Answer(answer::Args),
    Rerun(rerun::Args),
    Note(note::Args),
    Take(take::Args),
    Shell(shell::Args),
    Refresh(refresh::Args),
    Land(land::Args),
    Receipt(receipt::Args),
    Verify(verify::Args),
    Clean(clean::Args),
    Trust(trust::Args),
    #[command(flatten)]
    Hidden(hidden::Hidden),
}

/// Where a command runs and prints.
#[derive(Debug)]
pub struct Context {
    /// The folder it is run in, absolute.
    pub cwd: PathBuf,
    /// The project that is meant, where it was named.
    pub named: Option<PathBuf>,
    /// Where it prints.
    pub out: Out,
    /// The keys of the screens.
    pub keys: keys::Tables,
}

impl Context {
    /// The project that is meant: the one that was named, else the nearest from here upwards.
    /// Nothing is started by that.
    pub fn project(&self) -> Result<Project, NoProject> {
        match &self.named {
            Some(name) => Project::named(name, &self.cwd),
            None => Project::find(&self.cwd),
        }
    }

    /// Runs of a project whose supervisor died, and that are to go on by themselves, go on. Where a
    /// command starts a supervisor, that one sees to it.
    pub fn let_go_on(&self, project: &Project) {
        if crate::process::inside_attempt().is_none() {
            for (run, came) in carried::go_on(&project.engine) {
                self.out.error(format!("{run}: {}", came.told()));
            }
        }
    }
}

/// What the command line is given of the screens, which it never imports.
#[derive(Debug, Clone, Copy)]
pub struct Workbench {
    /// Opens the full screen on a project, until the person leaves.
    pub open: fn(Project) -> Result<(), color_eyre::Report>,
    /// The same, with this item of the backlog chosen.
    pub at: fn(Project, ItemId) -> Result<(), color_eyre::Report>,
    /// The same, in the dialogue about something, with whom was chosen for it.
    pub about: fn(Project, Subject, Choose) -> Result<(), color_eyre::Report>,
    /// The same, line by line.
    pub plain: fn(Project) -> Result<(), color_eyre::Report>,
    /// A person's own editor on a file of a folder.
    pub edit: talk::Edit,
    /// The keys of it.
    pub keys: keys::Tables,
}

/// Runs the program and returns its exit code. Without a command, at a terminal, it opens the
/// workbench.
pub fn main(workbench: Workbench) -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { MISUSE } else { 0 });
        }
    };
    let out = Out::new(cli.json);
    let json = cli.json;
    let has_plain = matches!(&cli.command, None | Some(Command::Demo(_)));
    if cli.plain && (!has_plain || json) {
        let said = "--plain is a screen of its own: give it alone or with demo, and without --json";
        out.trouble("error:", said);
        return ExitCode::from(MISUSE);
    }
    let outcome = context((cli.directory, cli.project), out, workbench.keys).and_then(|context| {
        match &cli.command {
            Some(command) => dispatch(command, &context, workbench, cli.plain),
            None => bare::run(&context, workbench, cli.plain),
        }
    });
    let said = match (outcome, Out::failure()) {
        (Ok(code), None) => return ExitCode::from(code),
        (Ok(_), Some(why)) => format!("standard output can't be written: {why}"),
        (Err(report), _) => out::whole(&report),
    };
    Out::new(json).trouble("error:", &said);
    ExitCode::from(MISUSE)
}

fn context(
    (directory, named): (Option<PathBuf>, Option<PathBuf>),
    out: Out,
    keys: keys::Tables,
) -> Result<Context, color_eyre::Report> {
    let here = std::env::current_dir()?;
    let cwd = directory.map_or_else(|| here.clone(), |dir| here.join(dir));
    if let Err(error) = std::fs::read_dir(&cwd) {
        bail!(
            "can't work in {}: {error}; name a folder that is there with -C",
            cwd.display()
        );
    }
    Ok(Context {
        cwd,
        named,
        out,
        keys,
    })
}

fn dispatch(command: &Command, context: &Context, workbench: Workbench, plain: bool) -> Outcome {
    match command {
        Command::Check(args) => check::run(args, context),
        Command::Init(args) => init::run(args, context),
        Command::New(args) => new::run(args, context, workbench),
        Command::Task(args) => task::run(args, context, workbench),
        Command::List(args) => list::run(args, context),
        Command::Schema(args) => schema::run(args, context),
        Command::Keys(args) => keys::run(args, context),
        Command::Demo(args) => demo::run(args, context, workbench, plain),
        Command::Doctor(args) => doctor::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Run(args) => run::run(args, context),
        Command::Why(args) => why::run(args, context),
        Command::Cost(args) => cost::run(args, context),
        Command::Logs(args) => logs::run(args, context),
        Command::Pause(args) => pause::run(args, context),
        Command::Resume(args) => resume::run(args, context),
        Command::Cancel(args) => cancel::run(args, context),
        Command::Approve(args) => approve::run(args, context),
        Command::Reject(args) => reject::run(args, context),
        Command::Comment(args) => comment::run(args, context),
        Command::Answer(args) => answer::run(args, context),
        Command::Rerun(args) => rerun::run(args, context),
        Command::Note(args) => note::run(args, context),
        Command::Take(args) => take::run(args, context),
        Command::Shell(args) => shell::run(args, context),
        Command::Refresh(args) => refresh::run(args, context),
        Command::Land(args) => land::run(args, context),
        Command::Receipt(args) => receipt::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Clean(args) => clean::run(args, context),
        Command::Trust(args) => trust::run(args, context),
        Command::Hidden(command) => hidden::run(command, context),
    }
}
