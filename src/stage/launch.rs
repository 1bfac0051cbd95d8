//! The hidden subcommand `launch`: becomes the program it is told to start, in a session of its
//! own, bound to its parent's life and confined.
//!
//! A process of ours does this between fork and exec, because nothing else can without unsafe
//! code. It has no secrets on its command line: arguments and environment are the program's own.

use super::sandbox;
use crate::process::own;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The process that must be the parent; another one means that it died in between.
    pub parent: i32,
    /// Where the launcher says what it obtained, or why it failed.
    pub report: PathBuf,
    /// How to confine it; `None`: not at all.
    pub confine: Option<sandbox::Roots>,
    /// Refuse to start where confining is not possible.
    pub required: bool,
}

/// What the launcher says before it becomes the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The sandbox that was obtained, in words.
    pub sandbox: String,
    /// Whether writes outside the roots are impossible.
    pub confined: bool,
    /// Whether the engine's own folder lies within the roots, and could not be closed.
    #[serde(default)]
    pub open: bool,
    /// Whether all that was to be closed within them is.
    #[serde(default)]
    pub closed: bool,
    /// Why the program could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Report {
    /// Reads what a launcher said; a launcher that said nothing obtained nothing.
    pub fn read(path: &std::path::Path) -> Self {
        std::fs::read(path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }
}

/// A program to be started.
#[derive(Debug, Clone)]
pub struct Program<'a> {
    /// The program and its arguments.
    pub argv: &'a [String],
    /// Its whole environment.
    pub env: &'a std::collections::BTreeMap<String, String>,
    /// Where it runs.
    pub cwd: &'a std::path::Path,
}

/// Starts the launcher. Its pipes become the program's.
pub fn spawn(program: &Program<'_>, order: &Order) -> std::io::Result<Child> {
    let order = serde_json::to_string(order)?;
    own::again()?
        .args(["launch", "--order", &order, "--"])
        .args(program.argv)
        .env_clear()
        .envs(program.env)
        .current_dir(program.cwd)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// The launcher itself. It returns only when the program could not be started: the exit code then
/// is 127, and the report says why.
pub fn run(order: &str, argv: &[std::ffi::OsString]) -> u8 {
    let order: Order = match serde_json::from_str(order) {
        Ok(order) => order,
        Err(_) => return 127,
    };
    let Ok(mut file) = std::fs::File::create(&order.report) else {
        return 127;
    };
    let mut report = Report::default();
    let error = become_program(&order, argv, &mut report, &mut file);
    report.error = Some(error);
    let _ = say(&mut file, &report);
    127
}

fn become_program(
    order: &Order,
    argv: &[std::ffi::OsString],
    report: &mut Report,
    file: &mut std::fs::File,
) -> String {
    let Some((program, args)) = argv.split_first() else {
        return "no program is named".to_owned();
    };
    if let Err(e) = rustix::process::setsid() {
        return format!("no session of its own: {e}");
    }
    let death = Some(rustix::process::Signal::KILL);
    if let Err(e) = rustix::process::set_parent_process_death_signal(death) {
        return format!("its life can't be bound to its parent's: {e}");
    }
    let parent = rustix::process::getppid().map(|p| p.as_raw_nonzero().get());
    if parent != Some(order.parent) {
        return "its parent is gone".to_owned();
    }
    if let Some(roots) = &order.confine {
        match sandbox::confine(roots) {
            Ok(obtained) => {
                if let Some(why) = obtained.open.as_ref().filter(|_| order.required) {
                    return format!(
                        "the sandbox it requires can't be had: the engine's own folder lies in what it \
                         may write and can't be closed to it, for {why}"
                    );
                }
                report.open = obtained.open.is_some();
                report.closed = obtained.closed;
                report.sandbox = obtained.words;
                report.confined = true;
            }
            Err(why) if order.required => {
                return format!("the sandbox it requires can't be had: {why}");
            }
            Err(why) => report.sandbox = format!("none: {why}"),
        }
    } else {
        "none, on purpose".clone_into(&mut report.sandbox);
    }
    if let Err(e) = say(file, report) {
        return format!("its report can't be written: {e}");
    }
    let error = as_named(program).args(args).exec();
    let remedy = match error.kind() {
        std::io::ErrorKind::NotFound => {
            "; install it or put it on PATH (`harness-tui doctor` says how), or name another in harness.yaml"
        }
        std::io::ErrorKind::PermissionDenied => "; make it executable for you",
        _ => "",
    };
    format!(
        "{} can't be started: {error}{remedy}",
        program.to_string_lossy()
    )
}

/// This program itself goes by its name, not by how it is reached.
fn as_named(program: &std::ffi::OsStr) -> Command {
    match own::again() {
        Ok(again) if again.get_program() == program => again,
        _ => Command::new(program),
    }
}

fn say(file: &mut std::fs::File, report: &Report) -> std::io::Result<()> {
    use std::io::Seek;
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(&serde_json::to_vec(report)?)
}
