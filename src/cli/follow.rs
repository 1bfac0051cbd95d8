//! Following a run: what happens is told as it happens, a person is asked where the run asks, and
//! the end is told with its reason. It holds nothing: whoever follows may go at any time.

pub mod ask;
pub mod ending;
mod events;
mod rows;
pub mod signals;

pub use rows::Lines;

use super::out::{Role, paint};
use super::{Context, person};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::records::timeline::Timeline;
use crate::store::journal::Record;
use crate::store::watch::Watch;
use crate::supervisor::control::Entry;
use crate::terms::outcome::End;
use crate::terms::{AttemptId, RunState, StageState};
use crate::text::measure::{pad, width};
use color_eyre::eyre::Report;
use ending::Next;
use serde_json::json;
use signals::Signals;
use std::time::{Duration, Instant};

/// How often it is looked although nothing signalled.
const TICK: Duration = Duration::from_secs(1);
/// How long a supervisor may take to begin.
const STARTING: Duration = Duration::from_secs(10);
/// How long a run that should go on may be without a supervisor: one hands over to the next.
const BETWEEN: Duration = Duration::from_secs(2);

/// How a run is followed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// At a gate, a question or a pause, ask on the terminal.
    pub ask: bool,
    /// A supervisor was started just now and may not hold the run yet.
    pub starting: bool,
    /// Whoever follows does what comes next without being told the command.
    pub goes_on: bool,
}

/// What the following came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// The run ended, or waits for somebody.
    Ended(End),
    /// A signal ended the following; the run goes on.
    Detached(i32),
}

impl Followed {
    /// The exit code. One who only went away never exits as if the run had ended.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ended(end) => end.exit_code(),
            Self::Detached(signal) => 128 + u8::try_from(signal).unwrap_or(0),
        }
    }
}

/// Follows a run until it ends, or waits for somebody who is not here.
pub fn follow(context: &Context, view: &mut RunView, options: Options) -> Result<Followed, Report> {
    let watch = Watch::new([view.dirs.path().to_owned()]);
    let waker = watch.waker();
    let signals = Signals::catch(move || waker.wake())?;
    Follower {
        context,
        watch,
        signals,
        told_of_interrupt: 0,
        attempts: Vec::new(),
        alone_since: None,
        patience: if options.starting { STARTING } else { BETWEEN },
    }
    .follow(view, options)
}

struct Follower<'a> {
    context: &'a Context,
    watch: Watch,
    signals: Signals,
    /// How many interrupts were answered.
    told_of_interrupt: usize,
    attempts: Vec<Shown>,
    /// Since when nobody supervises a run that should go on.
    alone_since: Option<Instant>,
    /// How long that may last.
    patience: Duration,
}

/// An attempt whose rows are shown.
struct Shown {
    attempt: AttemptId,
    public: String,
    timeline: Timeline,
    lines: Lines,
}

impl Follower<'_> {
    fn follow(mut self, view: &mut RunView, options: Options) -> Result<Followed, Report> {
        self.pick_up(view);
        loop {
            let records = view.follow()?;
            for record in &records {
                self.tell(view, record)?;
            }
            self.tell_rows()?;
            if let Some(signal) = self.signals.detach() {
                return Ok(Followed::Detached(signal));
            }
            self.answer_interrupts(view)?;
            if let Some(end) = self.end_of(view) {
                let mut next = if options.goes_on {
                    Next::Known
                } else {
                    Next::Told
                };
                if options.ask && end == End::Waiting {
                    match ask::ask(self.context, view, &self.signals)? {
                        ask::Said::Ordered => {
                            self.alone_since = None;
                            self.patience = STARTING;
                            continue;
                        }
                        ask::Said::Left => next = Next::Left,
                        ask::Said::NotAsked => {}
                    }
                }
                if let Some(signal) = self.signals.detach() {
                    return Ok(Followed::Detached(signal));
                }
                ending::tell(self.context, view, end, next);
                return Ok(Followed::Ended(end));
            }
            self.watch.wait(TICK);
        }
    }

    /// The attempts that run already are shown from their beginning.
    fn pick_up(&mut self, view: &RunView) {
        let running: Vec<(AttemptId, String)> = view
            .run
            .stages
            .iter()
            .filter(|s| s.state == StageState::Running)
            .filter_map(|s| s.current_attempt())
            .map(|a| (a.id.clone(), a.public.to_string()))
            .collect();
        for (attempt, public) in running {
            self.show(view, attempt, public);
        }
    }

    fn show(&mut self, view: &RunView, attempt: AttemptId, public: String) {
        let dir = view.attempt_dir(&attempt);
        self.watch.ensure(dir.path());
        self.attempts.push(Shown {
            timeline: Timeline::of(&dir),
            attempt,
            public,
            lines: Lines::default(),
        });
    }

    fn tell(&mut self, view: &RunView, record: &Record<Entry>) -> Result<(), Report> {
        let event = &record.event.event;
        let ended = match event {
            Event::Finished(result) => Some(&result.attempt),
            Event::Interrupted { attempt, .. } => Some(attempt),
            _ => None,
        };
        if let Some(attempt) = ended {
            // Its last rows were written before its end.
            self.tell_rows()?;
            self.watch.forget(view.attempt_dir(attempt).path());
            self.attempts.retain(|s| s.attempt != *attempt);
        }
        tell_fact(self.context, view, record);
        if let Event::Intent {
            attempt, public, ..
        } = event
        {
            self.show(view, attempt.clone(), public.to_string());
        }
        Ok(())
    }

    fn tell_rows(&mut self) -> Result<(), Report> {
        let side_by_side = self.attempts.len() > 1;
        let names = self
            .attempts
            .iter()
            .map(|s| width(s.attempt.stage.as_str()));
        let column = names.max().unwrap_or(0);
        for shown in &mut self.attempts {
            for row in shown.timeline.read()? {
                let columns = self.context.out.width;
                if self.context.out.json {
                    self.context.out.object(&json!({
                        "type": "row", "attempt": shown.attempt, "public_id": shown.public,
                        "row": row,
                    }));
                    continue;
                }
                if !side_by_side {
                    for line in shown.lines.of(&row, columns) {
                        self.context.out.text(line);
                    }
                    continue;
                }
                let stage = paint(Role::Name, pad(shown.attempt.stage.as_str(), column));
                for line in shown.lines.of(&row, columns.saturating_sub(column + 1)) {
                    self.context.out.text(format!("{stage} {line}"));
                }
            }
        }
        Ok(())
    }

    fn answer_interrupts(&mut self, view: &mut RunView) -> Result<(), Report> {
        let given = self.signals.interrupts();
        if given == self.told_of_interrupt {
            return Ok(());
        }
        let first = self.told_of_interrupt == 0 && given == 1;
        self.told_of_interrupt = given;
        let run = view.order.run.clone();
        if first {
            let told = format!("{run} goes on; again to cancel it");
            self.context.out.error(paint(Role::Attention, told));
            return Ok(());
        }
        let cancel = Event::Cancelled {
            reason: "interrupted at the terminal".to_owned(),
            by: person::here(self.context),
        };
        if view.run.may(&cancel).is_ok() {
            let told = format!("{run} is being cancelled; its work is kept");
            self.context.out.error(paint(Role::Attention, told));
            crate::supervisor::start::order(&view.dirs, &view.order.home, &cancel)?;
            self.patience = STARTING;
        }
        Ok(())
    }

    /// How it ended, where it did and nobody goes on with it.
    fn end_of(&mut self, view: &RunView) -> Option<End> {
        if view.supervised {
            self.alone_since = None;
            self.patience = BETWEEN;
            return None;
        }
        let ordered = view.ordered() > 0;
        let state = view.run.state();
        if let (Some(end), false) = (state.end(), ordered) {
            return Some(end);
        }
        if state == RunState::Interrupted && !ordered {
            return Some(End::Blocked);
        }
        let since = *self.alone_since.get_or_insert_with(Instant::now);
        (since.elapsed() > self.patience).then_some(End::Blocked)
    }
}

/// Tells one fact of a run.
pub fn tell_fact(context: &Context, view: &RunView, record: &Record<Entry>) {
    let event = &record.event.event;
    for line in events::of(&view.run, record.at, event, context.out.width) {
        context.out.text(line);
    }
    context.out.object(&json!({
        "type": "event", "run": view.order.run, "seq": record.seq, "at": record.at,
        "event": event,
    }));
}

/// Follows a run after an order to it was taken up, where that is wanted; the exit code.
pub fn then(context: &Context, view: &mut RunView, follow_it: bool) -> Result<u8, Report> {
    if !follow_it {
        return Ok(0);
    }
    let options = Options {
        ask: true,
        starting: true,
        goes_on: false,
    };
    Ok(follow(context, view, options)?.exit_code())
}

/// Whether the orders that only a person may give can be asked for here.
pub fn can_ask(context: &Context) -> bool {
    let stdin = std::io::IsTerminal::is_terminal(&std::io::stdin());
    stdin && context.out.terminal && !context.out.json && crate::process::inside_attempt().is_none()
}

/// The line that says what a command is for, by whom it is to be typed.
fn command(text: &str) -> String {
    paint(Role::Command, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_only_goes_away_never_exits_as_completed() {
        assert_eq!(Followed::Detached(15).exit_code(), 143);
        assert_eq!(Followed::Ended(End::Waiting).exit_code(), 6);
    }
}
