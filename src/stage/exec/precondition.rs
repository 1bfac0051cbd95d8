//! Preconditions that are commands: asked before anything else is done, in the run's tree, as every
//! command of an attempt is run.

use super::Attempt;
use crate::stage::desk::{Desk, Job, Ran};
use crate::stage::ground;
use crate::stage::sandbox::Roots;
use crate::stage::spec::Asked;
use crate::stage::timeline::Step;
use crate::stage::watch::Why;
use crate::store::layout::AttemptDir;
use std::time::Duration;

impl Attempt<'_> {
    /// Asks those that the order names. That all of them hold is written down: no later attempt of
    /// the same round asks again.
    pub(super) fn preconditions_hold(&mut self, desk: &mut Desk<'_>) -> bool {
        if self.spec.preconditions.is_empty() {
            return true;
        }
        if !self.tree_is_there() {
            return false;
        }
        for asked in &self.spec.preconditions {
            match ask(desk, asked) {
                Ok(ran) if ran.ok() => {}
                Ok(ran) if matches!(ran.why, Why::Paused | Why::Cancelled) => {
                    self.facts.why = Some(ran.why);
                    return false;
                }
                Ok(ran) => {
                    self.facts.unmet = Some(unmet(asked, &ran));
                    return false;
                }
                Err(why) => {
                    let Asked { whose, command } = asked;
                    let label = command.label();
                    self.facts.setup_failed = Some(format!(
                        "the precondition of {whose}, '{label}', can't be asked: {why}"
                    ));
                    return false;
                }
            }
        }
        let met = AttemptDir::at(desk.dir).met();
        if let Err(e) = ground::put(&met, b"", 0o600) {
            // They are asked once more, should there be a later attempt.
            desk.notes.push(format!("{}: {e}", met.display()));
        }
        true
    }
}

/// Runs one to its end. An error says why it could not be started.
fn ask(desk: &mut Desk<'_>, asked: &Asked) -> Result<Ran, String> {
    let step = desk.log.start(Step::Precondition, asked.command.label());
    let ran = run(desk, asked);
    match &ran {
        Ok(ran) => {
            desk.log.finish(step, ran.ok(), ran.told());
            if !ran.ok() {
                desk.log.note(&ran.tail);
            }
        }
        Err(why) => desk.log.finish(step, false, why.clone()),
    }
    ran
}

fn run(desk: &mut Desk<'_>, asked: &Asked) -> Result<Ran, String> {
    let job = Job {
        argv: desk.argv(&asked.command)?,
        cwd: &desk.spec.tree,
        // It is there to be asked: what it changed would be taken for the stage's work.
        roots: Some(Roots {
            write: Vec::new(),
            scratch: vec![desk.scratch.clone()],
            ..Roots::default()
        }),
        timeout: Duration::from_secs(asked.command.timeout_secs),
        keep: 0,
        raw: None,
    };
    let ran = desk.run(&job).map_err(|e| e.to_string())?;
    match ran.end {
        Some(_) => Ok(ran),
        None => Err(last_line(&ran.tail).to_owned()),
    }
}

fn unmet(asked: &Asked, ran: &Ran) -> String {
    let last = match last_line(&ran.tail) {
        "" => String::new(),
        line => format!(": {line}"),
    };
    format!(
        "the precondition of {} is not met: '{}': {}{last}",
        asked.whose,
        asked.command.label(),
        ran.told()
    )
}

fn last_line(text: &str) -> &str {
    let mut lines = text.lines().rev();
    lines.find(|l| !l.trim().is_empty()).unwrap_or_default()
}
