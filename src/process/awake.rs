//! Keeps the machine from sleeping for as long as this is held: by a program of the system's that
//! holds it for as long as its own child lives, which lives for as long as we hold its standard input.
//! So it is let go whenever this process ends, however that happens.

use super::own::again;
use super::program::lookup;
use super::wait::Watched;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What the program runs: it ends when its standard input does.
const HELD: &str = "cat";

/// A hold on the machine.
#[derive(Debug)]
pub struct Awake {
    child: Child,
    program: PathBuf,
}

/// What a try runs: it ends at once, and well.
const AT_ONCE: &str = "true";
/// How long a try may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How much is read of what it says.
const LONGEST: u64 = 4096;

/// The program that can keep this machine awake while another one runs, with its arguments; `None`: none
/// is here.
fn program(why: &str, runs: &str) -> Option<(PathBuf, Vec<String>)> {
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
    if let Some(inhibit) = lookup("systemd-inhibit") {
        let why = format!("--why={why}");
        let args = [
            "--what=sleep:idle",
            "--who=harness-tui",
            "--mode=block",
            &why,
            runs,
        ];
        return Some((inhibit, words(&args)));
    }
    lookup("caffeinate").map(|caffeinate| (caffeinate, words(&["-i", "-s", runs])))
}

/// Tries it for a moment: by which program, and why it can't be done; `None`: none is here.
pub fn tried() -> Option<(PathBuf, Result<(), String>)> {
    let (program, args) = program("a try", AT_ONCE)?;
    let came = for_a_moment(&program, &args);
    Some((program, came))
}

fn for_a_moment(program: &Path, args: &[String]) -> Result<(), String> {
    let cannot = |e: io::Error| format!("it can't be started: {e}");
    // Without the terminal, as a supervisor is: nobody is asked for a password.
    let mut child = again()
        .map_err(cannot)?
        .args(["apart", "--"])
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let ended = Watched::ends_within(&child, PATIENCE);
    if !ended {
        // It is being given up; how that goes changes nothing.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("it did not answer within {} s", PATIENCE.as_secs()));
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    if status.success() {
        return Ok(());
    }
    let mut said = Vec::new();
    if let Some(pipe) = child.stderr.take() {
        // What it left running may hold the other end; what lies there is enough.
        let _ = fcntl_getfl(&pipe).and_then(|f| fcntl_setfl(&pipe, f | OFlags::NONBLOCK));
        let _ = pipe.take(LONGEST).read_to_end(&mut said);
    }
    let said = String::from_utf8_lossy(&said);
    Err(match said.lines().map(str::trim).find(|l| !l.is_empty()) {
        Some(line) => line.to_owned(),
        None => format!("it ended: {status}"),
    })
}

impl Awake {
    /// Keeps the machine awake; why it can't be.
    pub fn hold(why: &str) -> Result<Self, String> {
        let Some((program, args)) = program(why, HELD) else {
            return Err("neither systemd-inhibit nor caffeinate is here".to_owned());
        };
        let child = Command::new(&program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(child) => Ok(Self { child, program }),
            Err(error) => Err(format!("{}: {error}", program.display())),
        }
    }

    /// Why it does not hold any more: the program ended though nobody let go.
    pub fn lost(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok().flatten()?;
        Some(format!("{} ended: {status}", self.program.display()))
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // What it runs ends by itself; the program itself must not be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
