//! The timeline that the screen shows, told as it is written.

use super::{Left, Reader};
use crate::records::timeline::Timeline;
use crate::records::told::Teller;
use crate::terms::{AttemptId, RunId};
use crate::workbench::app::Event;
use std::path::PathBuf;

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
        self.watch.ensure(dir.path());
        self.followed = Some(Followed {
            timeline: Timeline::of(&dir),
            dir: dir.path().to_owned(),
            run,
            attempt,
            teller: Teller::default(),
            begun: false,
        });
    }

    /// Tells the lines that came.
    pub(super) fn tell_rows(&mut self) -> Result<(), Left> {
        let Some(followed) = &mut self.followed else {
            return Ok(());
        };
        let Ok(rows) = followed.timeline.read() else {
            return Ok(());
        };
        let anew = !std::mem::replace(&mut followed.begun, true);
        let told = rows.iter().flat_map(|row| followed.teller.of(row));
        let lines: Vec<_> = told.collect();
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
}
