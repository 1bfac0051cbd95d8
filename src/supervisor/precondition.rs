//! Preconditions: what must hold before a run or a stage starts. Not met, the run ends as
//! cancelled, with the reason.

use super::live::{Supervisor, SupervisorError, engine_person};
use crate::engine::Event;
use crate::engine::plan::{Command, Precondition, Run};
use crate::process::{Signal, Watched, signal_group};
use crate::terms::AttemptId;
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

impl Supervisor {
    /// Looks at the preconditions of an attempt about to be started: the run's before its first,
    /// the stage's before the first of each iteration. False: one is not met, and the run is
    /// cancelled.
    pub(super) fn preconditions_hold(
        &mut self,
        attempt: &AttemptId,
    ) -> Result<bool, SupervisorError> {
        let first_of_run = self.run.stages.iter().all(|s| s.attempts.is_empty());
        let of_run = self.run.plan.precondition.clone().filter(|_| first_of_run);
        let of_stage = self
            .run
            .plan
            .stage(&attempt.stage)
            .and_then(|s| s.precondition.clone())
            .filter(|_| attempt.attempt == 1);
        for (whose, wanted) in [("the workflow", of_run), (attempt.stage.as_str(), of_stage)] {
            let Some(wanted) = wanted else { continue };
            if let Err(why) = self.holds(&wanted) {
                let reason = format!("the precondition of {whose} is not met: {why}");
                self.record(Event::Cancelled {
                    reason,
                    by: engine_person(),
                })?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn holds(&self, wanted: &Precondition) -> Result<(), String> {
        match wanted {
            Precondition::Expression(source) => {
                if self.run.evaluate(source)? {
                    Ok(())
                } else {
                    Err(format!("{source} is false"))
                }
            }
            Precondition::Command(command) => {
                let env = self.environment();
                run(command, &self.order.tree, &env)
            }
        }
    }
}

/// Runs a command to its end or its timeout. Nothing of what it prints is kept.
fn run(command: &Command, tree: &Path, env: &BTreeMap<String, String>) -> Result<(), String> {
    let label = command.label();
    let argv: Vec<String> = match &command.run {
        Run::Shell(line) => vec!["sh".to_owned(), "-c".to_owned(), line.clone()],
        Run::Argv(argv) => argv.clone(),
    };
    let Some((program, args)) = argv.split_first() else {
        return Err("it names no command".to_owned());
    };
    let inherited = ["PATH", "HOME", "USER", "LANG", "TZ"]
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)));
    let mut child = std::process::Command::new(program)
        .args(args)
        .current_dir(tree)
        .env_clear()
        .envs(inherited)
        .envs(env)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|e| format!("'{label}' can't be started: {e}"))?;
    let limit = Duration::from_secs(command.timeout_secs);
    let ended = match Watched::open(child.id()) {
        Ok(Some(watched)) => watched.wait(Some(limit)).unwrap_or(false),
        // It has ended already.
        Ok(None) | Err(_) => true,
    };
    if !ended {
        // Whatever of its group is left would hold nothing of ours; it is ended all the same.
        let _ = signal_group(child.id(), Signal::KILL);
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    match (ended, status.success()) {
        (true, true) => Ok(()),
        (true, false) => Err(match status.code() {
            Some(code) => format!("'{label}' exited {code}"),
            None => format!("'{label}' was ended by a signal"),
        }),
        (false, _) => Err(format!("'{label}' took longer than {} s", limit.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str, timeout_secs: u64) -> Command {
        Command {
            run: Run::Shell(line.to_owned()),
            timeout_secs,
            name: None,
        }
    }

    #[test]
    fn a_command_holds_when_it_exits_0_in_time() {
        let dir = tempfile::tempdir().unwrap();
        let env = [("WANTED".to_owned(), "yes".to_owned())].into();
        assert_eq!(
            run(&command("test \"$WANTED\" = yes", 20), dir.path(), &env),
            Ok(())
        );
        let why = run(&command("exit 3", 20), dir.path(), &env).unwrap_err();
        assert!(why.contains("exit 3"), "{why}");
        let why = run(&command("exec sleep 300", 0), dir.path(), &env).unwrap_err();
        assert!(why.contains("longer than 0 s"), "{why}");
    }
}
