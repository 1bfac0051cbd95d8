//! Keeps the machine from sleeping for as long as this is held: by a program of the system's that
//! holds it for as long as its own child lives, which lives for as long as we hold its standard input.
//! So it is let go whenever this process ends, however that happens.

use super::program::lookup;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// What the program runs: it ends when its standard input does.
const HELD: &str = "cat";

/// A hold on the machine.
#[derive(Debug)]
pub struct Awake {
    child: Child,
    program: PathBuf,
}

/// The program that can keep this machine awake, with its arguments; `None`: none is here.
pub fn program(why: &str) -> Option<(PathBuf, Vec<String>)> {
    let words = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect();
    if let Some(inhibit) = lookup("systemd-inhibit") {
        let why = format!("--why={why}");
        let args = [
            "--what=sleep:idle",
            "--who=harness-tui",
            "--mode=block",
            &why,
            HELD,
        ];
        return Some((inhibit, words(&args)));
    }
    lookup("caffeinate").map(|caffeinate| (caffeinate, words(&["-i", "-s", HELD])))
}

impl Awake {
    /// Keeps the machine awake; why it can't be.
    pub fn hold(why: &str) -> Result<Self, String> {
        let Some((program, args)) = program(why) else {
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
