//! The timeline that the screen shows, told as it is written.

use super::{Left, Reader};
use crate::records::runs::RunView;
use crate::records::timeline::Timeline;
use crate::records::told::{Line, Place, Teller};
use crate::terms::{AttemptId, RunId};
use crate::text::Role;
use crate::workbench::app::Event;
use std::path::PathBuf;
use std::sync::Arc;

/// A timeline that is followed.
pub(super) struct Followed {
    run: RunId,
    attempt: AttemptId,
    dir: PathBuf,
    timeline: Timeline,
    teller: Teller,
    begun: bool,
}

impl Reader {
    /// Follows this attempt from its first row on, and no other any more.
    pub(super) fn follow(&mut self, wanted: Option<(RunId, AttemptId)>) {
        if let Some(old) = self.followed.take() {
            self.watch.forget(&old.dir);
        }
        let Some((run, attempt)) = wanted else {
            return;
        };
        let Some(view) = self.run(&run) else {
            return;
        };
        let dir = view.attempt_dir(&attempt);
        let active = view.active_dir().run_state();
        self.watch.ensure(dir.path());
        if let Some(active) = active.parent() {
            self.watch.ensure(active);
        }
        self.followed = Some(Followed {
            timeline: Timeline::of(&dir),
            dir: dir.path().to_owned(),
            run,
            attempt,
            teller: Teller::default(),
            begun: false,
        });
    }

    /// The run whose timeline is shown.
    pub(super) fn shown_run(&self) -> Option<&Arc<RunView>> {
        self.run(&self.followed.as_ref()?.run)
    }

    /// Tells the lines that came.
    pub(super) fn tell_rows(&mut self) -> Result<(), Left> {
        let Some(followed) = &mut self.followed else {
            return Ok(());
        };
        let passed = followed.timeline.catch_up();
        let Ok(rows) = followed.timeline.read_on() else {
            return Ok(());
        };
        let anew = !std::mem::replace(&mut followed.begun, true);
        let told = rows.iter().flat_map(|row| followed.teller.of(row));
        let gap = passed.then(|| gap(&followed.timeline));
        let lines: Vec<_> = gap.into_iter().chain(told).collect();
        if lines.is_empty() && !anew {
            return Ok(());
        }
        let (run, attempt) = (followed.run.clone(), followed.attempt.clone());
        self.tell(Event::Told {
            run,
            attempt,
            anew,
            lines,
        })
    }

    /// Whether more of the timeline is there than was told.
    pub(super) fn has_more(&self) -> bool {
        let followed = self.followed.as_ref();
        followed.is_some_and(|f| f.timeline.has_more())
    }
}

/// A line in the place of rows that were passed over.
fn gap(timeline: &Timeline) -> Line {
    let mb = timeline.passed() / 1_000_000;
    Line {
        ms: 0,
        role: Role::Attention,
        word: "gap",
        text: format!("{mb} MB came too fast to be shown; `harness-tui logs` has them all"),
        right: String::new(),
        diff: None,
        output: None,
        place: Place::Alone,
        took_ms: None,
        minor: false,
    }
}
