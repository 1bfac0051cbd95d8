//! Orders that were given and whose end is not known yet. Until it is, the same thing is not ordered
//! once more: what is on the screen is from before the first one.

use super::App;
use super::event::{Came, Effect, Request};
use super::input::Input;
use crate::terms::{Digest, RunId};

/// An order under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Of which run.
    run: RunId,
    /// What.
    request: Request,
    /// Whether nobody took it up for long, and that was said.
    late: bool,
}

/// The reason that a person wrote for sending work back, and that was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Of which run.
    pub run: RunId,
    /// What is written.
    pub input: Input,
}

impl App {
    /// Whether an order was given whose end is not known.
    pub fn orders(&self) -> bool {
        !self.given.is_empty()
    }

    /// How many orders were given whose end is not known, but those that nobody took up for long.
    pub fn awaited(&self) -> usize {
        self.given.iter().filter(|g| !g.late).count()
    }

    /// Whether the same was ordered already, and nobody knows yet what came of it.
    pub(super) fn not_twice(&self, run: &RunId, request: &Request) -> Result<(), String> {
        let same = |g: &&Given| g.run == *run && g.request.is_like(request);
        match self.given.iter().find(same) {
            None => Ok(()),
            Some(given) if given.late => {
                Err("already ordered; it waits until somebody takes it up".to_owned())
            }
            Some(_) => Err("already ordered, not yet taken up".to_owned()),
        }
    }

    /// Gives an order, once. The evidence is what an approval was given on.
    pub(super) fn give(
        &mut self,
        run: RunId,
        request: Request,
        evidence: Option<Digest>,
        effects: &mut Vec<Effect>,
    ) {
        if let Err(why) = self.not_twice(&run, &request) {
            return self.say(why, true);
        }
        self.given.push(Given {
            run: run.clone(),
            request: request.clone(),
            late: false,
        });
        effects.push(Effect::Order {
            run,
            request,
            evidence,
        });
    }

    /// What an order came to: where that is its end, the same may be ordered again.
    pub(super) fn came(
        &mut self,
        run: RunId,
        request: Request,
        came: Came,
        effects: &mut Vec<Effect>,
    ) {
        let name = request.name();
        let ours = |g: &Given| g.run == run && g.request == request;
        if let Came::Waits(secs) = came {
            for given in self.given.iter_mut().filter(|g| ours(g)) {
                given.late = true;
            }
            return self.say(format!("not taken up in {secs} s, it waits: {name}"), false);
        }
        self.given.retain(|g| !ours(g));
        match came {
            Came::Refused(why) => {
                self.say(format!("{name}: refused: {why}"), true);
                if let Request::SendBack(reason) = request {
                    // What was written is not lost with it.
                    let input = Input::of(&reason);
                    self.desk.reason = Some(Reason { run, input });
                }
            }
            _ => {
                let said = self.and_then(request.word().to_owned(), request.then());
                self.say(said, false);
                if let Request::Answer { stage, .. } = request {
                    self.nothing_unsent(&run, &stage, effects);
                    self.answered(&run);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::StageId;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use jiff::Timestamp;

    fn app() -> App {
        let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        App::new(&zoned, (120, 35), Keymap::default(), Theme::new(true))
    }

    fn run() -> RunId {
        RunId::new("RUN-2026-04-02-T001").unwrap()
    }

    fn give(app: &mut App, request: Request) -> usize {
        let mut effects = Vec::new();
        app.give(run(), request, None, &mut effects);
        effects.len()
    }

    fn came(app: &mut App, run: RunId, request: Request, came: Came) {
        app.came(run, request, came, &mut Vec::new());
    }

    #[test]
    fn what_was_ordered_is_not_ordered_again_before_its_end_is_known() {
        let mut app = app();
        assert_eq!(give(&mut app, Request::Pause), 1);
        // The same key, whatever it means by now.
        for again in [Request::Pause, Request::Resume] {
            assert_eq!(give(&mut app, again), 0);
        }
        let stage = |id: &str| StageId::new(id).unwrap();
        // Another stage is another order, though the first is under way.
        for kind in [Request::Rerun, Request::Skip] {
            assert_eq!(give(&mut app, kind(stage("spec"))), 1);
            assert_eq!(give(&mut app, kind(stage("spec"))), 0);
            assert_eq!(give(&mut app, kind(stage("build"))), 1);
            for id in ["spec", "build"] {
                came(&mut app, run(), kind(stage(id)), Came::Taken);
            }
        }
        assert_eq!(give(&mut app, Request::Cancel), 1);
        assert_eq!(app.awaited(), 2);
        came(&mut app, run(), Request::Pause, Came::Taken);
        assert_eq!(give(&mut app, Request::Resume), 1);
        came(
            &mut app,
            run(),
            Request::Resume,
            Came::Refused("no".to_owned()),
        );
        assert_eq!(give(&mut app, Request::Pause), 1);
    }

    #[test]
    fn one_that_nobody_takes_up_is_said_to_wait_and_is_not_given_twice_either() {
        let mut app = app();
        give(&mut app, Request::Approve);
        came(&mut app, run(), Request::Approve, Came::Waits(30));
        assert!(app.toasts[0].text.starts_with("not taken up in 30 s"));
        assert_eq!(app.awaited(), 0);
        // A gate is decided on once, whichever way.
        assert_eq!(give(&mut app, Request::SendBack("no".to_owned())), 0);
        assert!(app.toasts[1].text.contains("it waits until"));
        came(
            &mut app,
            run(),
            Request::Approve,
            Came::Refused("gone".to_owned()),
        );
        assert_eq!(give(&mut app, Request::Approve), 1);
    }

    #[test]
    fn a_reason_that_was_refused_is_kept() {
        let mut app = app();
        let back = Request::SendBack("darker".to_owned());
        give(&mut app, back.clone());
        came(
            &mut app,
            run(),
            back,
            Came::Refused("it changed".to_owned()),
        );
        assert_eq!(app.desk.reason.unwrap().input.text(), "darker");
    }
}
