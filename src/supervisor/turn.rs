//! The supervisor's life: take orders, look at what people edited, collect what ended, carry out
//! what the engine decides, publish; then wait for a signal, or leave.

use super::control::{self, Command, REFUSED};
use super::gave_up::GaveUp;
use super::live::{Above, Supervisor, SupervisorError};
use super::slots as places;
use super::tell;
use super::{carried, day};
use crate::engine::{Decision, Event};
use crate::process::scope::outlive_login;
use crate::store::layout::{EngineDir, RunDir};
use crate::store::lock::is_held;
use crate::store::watch::Watch;
use jiff::Timestamp;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the disk is looked at although nothing signalled.
const TICK: Duration = Duration::from_secs(1);

/// The same while nothing runs and nothing is to be done before a known moment. The clock of waits
/// stands still while the machine sleeps: so it is looked at, though seldom.
const SELDOM: Duration = Duration::from_secs(30);

/// What a turn came to.
enum Turn {
    /// Wait for a signal, at most this long.
    Wait(Duration),
    /// Nothing can be done before a person does something.
    Rest,
}

/// Supervises the run in this engine folder until it ends or only waits for a person. Does nothing
/// where another supervisor holds it. Why it gave up stays beside the run until the next one comes.
pub fn supervise(run_dir: &Path, above: Above) -> Result<(), SupervisorError> {
    let dirs = RunDir::at(run_dir);
    if !is_held(&dirs.lock()).unwrap_or(true) {
        let name = run_dir.file_name().unwrap_or_default();
        outlive_login(&format!("harness-tui, {}", name.to_string_lossy()));
    }
    loop {
        match carry(run_dir, above) {
            // It rested when the last command of `on:` was still being told, and that one failed.
            Ok(true) if dirs.run().exists() => {}
            Ok(_) => return Ok(()),
            Err(error) => {
                // It says why it leaves, and that a person must look.
                carried::leave(&dirs);
                // On a full disk there is only the log.
                let _ = GaveUp::leave(&dirs, &error);
                if let Err(untold) = tell::tell_gave_up(&dirs, above.explain) {
                    super::log_line(&format!("on: {untold}"));
                }
                return Err(error);
            }
        }
    }
}

/// Whether it is to be held once more, for what is left to note.
fn carry(run_dir: &Path, above: Above) -> Result<bool, SupervisorError> {
    let Some(mut supervisor) = Supervisor::open(run_dir, above)? else {
        return Ok(false);
    };
    let attempts = supervisor.dirs.attempts();
    // Of an attempt only its record: its timeline grows with every line that its agent prints.
    let days = supervisor.dirs.engine().day();
    let slots = supervisor.dirs.engine().slots();
    let mut watch = Watch::only(supervisor.watched(), move |path| {
        let named = |wanted: &str| path.file_name().is_some_and(|name| name == wanted);
        match path {
            path if path.starts_with(&attempts) => named("exit.json"),
            path if path.starts_with(&days) => named(day::CHANGED),
            path if path.starts_with(&slots) => named(places::CHANGED),
            _ => true,
        }
    });
    let came = Instant::now();
    let (mut stands, mut sees_to_others) = (false, false);
    loop {
        let turn = match supervisor.turn() {
            Ok(turn) => turn,
            Err(_) if supervisor.stopped_for_room() => {
                carried::leave(&supervisor.dirs);
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        match turn {
            Turn::Wait(time) => {
                if !sees_to_others && supervisor.goes_on() {
                    sees_to_others = true;
                    see_to_others(&supervisor.dirs.engine());
                }
                if !stands && came.elapsed() >= carried::STANDS {
                    stands = true;
                    carried::stands(&supervisor.dirs);
                }
                for dir in supervisor.watched() {
                    watch.ensure(&dir);
                }
                // Without signals from the disk, orders are found by looking.
                let most = watch.degraded().map_or(time, |_| time.min(TICK));
                watch.wait(most);
            }
            Turn::Rest => {
                // It rests: that nobody carries it is as it should be.
                let mark = carried::leave(&supervisor.dirs);
                supervisor.let_go();
                // An order that arrived while the lock was held found a living supervisor.
                let left = supervisor.new_orders().is_empty();
                if left || !supervisor.take_back()? {
                    return Ok(supervisor.finish_telling());
                }
                carried::put(&supervisor.dirs, mark)?;
            }
        }
    }
}

/// Lets the runs go on whose supervisors died.
fn see_to_others(engine: &EngineDir) {
    for (run, came) in carried::go_on(engine) {
        super::log_line(&format!("{run}: {}", came.told()));
    }
}

impl Supervisor {
    /// Whether its own run goes on: it started an attempt, or it was let go on and waits for a moment or
    /// an attempt. Who only gives another order, as to cancel it, wants nothing started.
    fn goes_on(&self) -> bool {
        let ends = self.run.cancel.is_some() || self.run.pause;
        let waits = || self.running.is_empty() || self.agent_works();
        !ends && (self.started || !self.ordered && waits())
    }

    fn watched(&self) -> Vec<std::path::PathBuf> {
        let mut dirs = vec![self.dirs.control(), self.active.path().to_owned()];
        if let Some(task) = &self.run.plan.task
            && let Some(folder) = self.order.file(&task.path).parent()
        {
            dirs.push(folder.to_owned());
        }
        if self.teller.is_some() {
            dirs.push(self.dirs.events());
        }
        if self.run.plan.slots.is_some() {
            dirs.push(self.dirs.engine().slots());
        }
        if self.run.plan.day.is_some() {
            dirs.push(self.dirs.engine().day());
        }
        dirs.extend(self.running.iter().map(|r| r.dir.path().to_owned()));
        dirs
    }

    fn turn(&mut self) -> Result<Turn, SupervisorError> {
        // Edits first: an approval that was given before one was seen is then on evidence that is
        // no longer there, and refused.
        self.note_failed_commands()?;
        self.look_at_edits()?;
        self.take_orders()?;
        self.collect()?;
        self.look_at_day_again()?;
        loop {
            let mut until = None;
            self.place_wanted = false;
            let decisions = self.run.decide(&self.order.run, Timestamp::now());
            let mut acted = false;
            let mut rest = false;
            for decision in decisions {
                match decision {
                    Decision::Start {
                        attempt,
                        public,
                        kind,
                    } => {
                        acted |= if self.has_room()? {
                            self.start(&attempt, &public, kind)?
                        } else {
                            // Paused, which is a fact that changes what follows.
                            true
                        };
                    }
                    Decision::PassGate { stage } => {
                        self.record(Event::GatePassed { stage })?;
                        acted = true;
                    }
                    Decision::Interrupt { attempts, cancel } => {
                        self.interrupt(&attempts, cancel)?;
                    }
                    Decision::WaitUntil(time) => {
                        let left = time.duration_since(Timestamp::now());
                        let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
                        let most = if self.running.is_empty() {
                            SELDOM
                        } else {
                            TICK
                        };
                        until = Some(left.clamp(Duration::from_millis(1), most));
                    }
                    Decision::End => {
                        self.end()?;
                        acted = true;
                    }
                    Decision::Rest => rest = true,
                }
                // What was just recorded may have changed what should follow.
                if acted {
                    break;
                }
            }
            if !self.place_wanted {
                self.ticket = None;
            }
            let wait = wait(until, self.place_wanted && self.running.is_empty());
            self.see_to_sleep()?;
            self.publish()?;
            if rest {
                return Ok(Turn::Rest);
            }
            if !acted {
                return Ok(Turn::Wait(wait));
            }
        }
    }

    pub(super) fn new_orders(&self) -> Vec<Command> {
        control::waiting(&self.fs, &self.dirs.control())
            .into_iter()
            .filter(|c| !self.taken.contains(&c.name))
            .collect()
    }

    /// Takes up what people ordered, oldest first. What is not lawful now is refused with a reason
    /// that they read in the report; so is a file that states a fact of the engine's own, whoever
    /// put it there.
    fn take_orders(&mut self) -> Result<(), SupervisorError> {
        for Command { name, event } in self.new_orders() {
            let event = match event {
                Ok(event) => match self.run.may(&event) {
                    Ok(()) => event,
                    Err(refusal) if !event.is_order() => {
                        refused(&format!("control/{name} is refused: {refusal}"))
                    }
                    Err(refusal) => refused(&format!("{REFUSED}{refusal}")),
                },
                Err(why) => refused(&format!("an order can't be read: control/{name}: {why}")),
            };
            let event = match event {
                Event::Taken { .. } if self.is_in_place() => {
                    refused(&format!("{REFUSED}{}", super::in_place::NOT_TAKEN))
                }
                Event::Refresh { onto, by } => match self.refresh(&name, &onto, &by)? {
                    Ok(fact) => fact,
                    Err(why) => refused(&format!("{REFUSED}{why}")),
                },
                event => event,
            };
            if matches!(event, Event::Resumed { .. } | Event::Rerun { .. }) {
                crate::stage::checks::forget_failures(self.dirs.path());
            } else {
                self.ordered = true;
            }
            self.record_from(event.clone(), Some(name.clone()))?;
            self.clarify(&event)?;
            if matches!(event, Event::BudgetRaised { day: Some(_), .. }) {
                self.day_was_raised()?;
            }
            control::done(&self.fs, &self.dirs.control(), &name);
        }
        // An order whose fact is durable but whose file was left lying by a crash.
        for command in control::waiting(&self.fs, &self.dirs.control()) {
            if self.taken.contains(&command.name) {
                control::done(&self.fs, &self.dirs.control(), &command.name);
            }
        }
        Ok(())
    }

    /// The run's last files.
    fn end(&mut self) -> Result<(), SupervisorError> {
        // The fact last: a crash in between does the files again, which changes nothing.
        self.finish_files()?;
        self.record(Event::Ended)
    }
}

/// How long it is waited for a signal: to the next moment at which something is to be done, where there is
/// one. A place that becomes free signals; who died without a word is found out by looking, seldom.
fn wait(until: Option<Duration>, only_for_place: bool) -> Duration {
    let most = if only_for_place { SELDOM } else { TICK };
    until.unwrap_or(most)
}

fn refused(text: &str) -> Event {
    Event::Noted {
        text: text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_a_place_looks_at_what_is_to_be_done_before() {
        let near = Duration::from_millis(700);
        for only_for_place in [true, false] {
            assert_eq!(wait(Some(near), only_for_place), near);
        }
        assert_eq!(wait(None, true), SELDOM);
        assert_eq!(wait(None, false), TICK);
    }
}
