//! A person's part of an attempt: the tree is theirs until they hand it back.

use super::own::{self, Obtained, Own};
use super::{Attempt, order_of};
use crate::agents::{Finished, ProcessEnd};
use crate::engine::plan::Work;
use crate::stage::desk::Desk;
use crate::stage::launch::Report;
use crate::stage::lent::{self, How, Lent, What};
use crate::stage::sandbox::Roots;
use crate::stage::spec::LentTo;
use crate::stage::timeline::Step;
use crate::stage::watch::Why;
use crate::stage::{environ, ground};
use crate::store::fs::Disk;
use crate::store::layout::AttemptDir;
use crate::store::watch::Watch;
use crate::terms::Usage;
use std::time::Duration;

/// How often it is looked although nothing signalled.
const TICK: Duration = Duration::from_secs(1);

impl Attempt<'_> {
    /// Lends the tree, and waits until it is handed back or the run is cancelled. There is no
    /// deadline: a person takes the time they take.
    pub(super) fn lend(&mut self, desk: &mut Desk<'_>) {
        let dir = AttemptDir::at(desk.dir);
        let what = What::of_spec(self.spec);
        let own = match self.look_at_own(desk, &dir, &what) {
            Ok(own) => own,
            Err(why) => {
                self.facts.refused = Some(why);
                return;
            }
        };
        let Some(LentTo { by, .. }) = &self.spec.lent else {
            return;
        };
        let step = desk
            .log
            .start(Step::Person, format!("{}: {}", by.name, what.told()));
        let told = Lent {
            scratch: desk.scratch.clone(),
        };
        let written = serde_json::to_vec(&told)
            .map_err(std::io::Error::from)
            .and_then(|bytes| ground::put(&dir.lent(), &bytes, 0o600));
        if let Err(e) = written {
            desk.log.finish(step, false, e.to_string());
            self.facts.refused = Some(format!("{}: {e}", dir.lent().display()));
            return;
        }
        let how = wait(desk, &dir);
        // What was started for the person, and what that left.
        let left = ground::sweep(&environ::tag(self.spec));
        if left > 0 {
            desk.notes
                .push(format!("{left} processes were left running, and ended"));
        }
        let said = Report::read(&dir.lent_report());
        // Nobody began anything where there is none.
        let begun = dir.lent_report().exists();
        self.confined = !begun || said.confined && !said.open;
        self.sandbox.clone_from(&said.sandbox);
        if let Some(own) = own {
            let meddled = own.compare(
                Obtained {
                    confined: said.confined,
                    closed: said.closed,
                },
                desk.dir,
            );
            desk.notes.extend(meddled.notes);
            self.facts.meddled = meddled.tampering;
        }
        let (ok, words) = match how {
            Some(How::Check) => (true, "handed back to be checked"),
            Some(How::Keep) => (true, "handed back as it is, not checked"),
            Some(How::Discard) => (true, "thrown away"),
            None => (false, "cancelled"),
        };
        desk.log.finish(step, ok, words.to_owned());
        self.facts.why = Some(match how {
            Some(_) => Why::Itself,
            None => Why::Cancelled,
        });
        self.facts.end = Some(ProcessEnd::Exited(0));
        self.handed = how;
        self.finished = Some(Finished {
            failure: None,
            answer: String::new(),
            answer_cut: false,
            session: session_of(&what),
            // What it used with a person at it is told to the person alone.
            usage: Usage::default(),
            denials: Vec::new(),
            model: None,
        });
    }

    /// Looks at the person's own configuration before their agent's program is started.
    fn look_at_own(
        &self,
        desk: &Desk<'_>,
        dir: &AttemptDir,
        what: &What,
    ) -> Result<Option<Own>, String> {
        let (What::Session { .. } | What::Fresh { .. }, Work::Role(role)) =
            (what, &self.spec.stage.work)
        else {
            return Ok(None);
        };
        let invocation = lent::by_hand(self.spec, role, dir, &desk.user_env)?.invocation;
        let roots = Roots {
            write: invocation.writable,
            kept: own::closed(&invocation.kept),
            ..Roots::default()
        };
        Ok(Some(Own::look(&invocation.kept, &roots)))
    }

    /// Whether what was handed back is to be judged: not where nothing changed, nor where the person
    /// said so.
    pub(super) fn note_returned(&mut self, desk: &mut Desk<'_>) {
        let (Some(how), Some(lent)) = (self.handed, &self.spec.lent) else {
            return;
        };
        let untouched = self.after.overreach.is_empty();
        let same = untouched && self.after.tree.as_ref() == Some(&lent.left);
        self.facts.returned = match how {
            How::Check | How::Keep if same => {
                Some("handed back as it was: nothing was changed".to_owned())
            }
            How::Check => None,
            How::Keep => Some("handed back not to be checked yet; the work is kept".to_owned()),
            How::Discard => {
                Some("thrown away by a person; what was done is kept as partial.patch".to_owned())
            }
        };
        if self.facts.returned.is_some() && !untouched {
            desk.notes.push(format!(
                "taken back, for it is not the stage's: {}",
                self.after.taken_back.join(", ")
            ));
        }
    }
}

/// The session that was gone on with, which is known to be there.
fn session_of(what: &What) -> Option<String> {
    match what {
        What::Session { session, .. } => Some(session.clone()),
        What::Fresh { .. } | What::Own { .. } | What::Shell(_) => None,
    }
}

/// Waits for the person's word. `None`: the run was cancelled.
fn wait(desk: &Desk<'_>, dir: &AttemptDir) -> Option<How> {
    let mut watch = Watch::new([desk.dir.to_owned()]);
    loop {
        if let Some(back) = lent::back(&Disk, dir) {
            return Some(back.how);
        }
        if order_of(desk) == Some(Why::Cancelled) {
            return None;
        }
        watch.wait(TICK);
    }
}
