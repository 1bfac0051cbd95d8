//! What is typed and not sent goes to disk, in a thread of its own: when a person pauses, and when
//! the program is left; never at each key.

use crate::dialogue::unsent::{self, Unsent, Whose};
use crate::store::fs::Disk;
use crate::store::layout::EngineDir;
use crate::text::SafeText;
use crate::workbench::app::Event;
use crate::workbench::post::Post;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing typed for so long is a pause.
const PAUSE: Duration = Duration::from_millis(200);
/// Somebody who never pauses is not trusted longer than this.
const LONGEST: Duration = Duration::from_secs(2);

/// Who writes it. Dropping it writes what is owed and waits for that; what could not be written then
/// is told on stderr, for the screen is given back.
pub(super) struct Keeper {
    engine: EngineDir,
    events: Post,
    to: Option<Sender<(Whose, Unsent)>>,
    thread: Option<JoinHandle<Vec<String>>>,
}

impl Keeper {
    /// Nobody, until something is to be kept.
    pub(super) fn new(engine: EngineDir, events: Post) -> Self {
        Self {
            engine,
            events,
            to: None,
            thread: None,
        }
    }

    /// Has it kept soon, and never waits.
    pub(super) fn keep(&mut self, whose: Whose, unsent: Unsent) {
        if self.to.is_none() {
            let (to, from) = channel();
            let (engine, events) = (self.engine.clone(), self.events.clone());
            let thread = std::thread::Builder::new()
                .name("unsent".to_owned())
                .spawn(move || write_on(&engine, &events, &from));
            match thread {
                Ok(thread) => (self.to, self.thread) = (Some(to), Some(thread)),
                Err(error) => {
                    let why = format!("what is typed is not kept on disk: {error}");
                    self.events.send_anyway(Event::NotKept(why));
                    return;
                }
            }
        }
        if let Some(to) = &self.to {
            // Without the thread there is nobody to keep it any more.
            let _ = to.send((whose, unsent));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has ended the program already.
            let lost = thread.join().unwrap_or_default();
            let mut to = std::io::stderr().lock();
            for why in lost {
                // Without it there is nobody to be told.
                let _ = writeln!(to, "{}", SafeText::line(&why).as_str());
            }
        }
    }
}

/// Writes until nobody types any more; why what was owed then could not be written.
fn write_on(engine: &EngineDir, events: &Post, from: &Receiver<(Whose, Unsent)>) -> Vec<String> {
    let mut lost = Vec::new();
    while let Ok((whose, typed)) = from.recv() {
        let mut owed = BTreeMap::from([(whose, typed)]);
        let since = Instant::now();
        let left = loop {
            let rest = LONGEST.saturating_sub(since.elapsed());
            if rest.is_zero() {
                break false;
            }
            match from.recv_timeout(PAUSE.min(rest)) {
                Ok((whose, typed)) => drop(owed.insert(whose, typed)),
                Err(RecvTimeoutError::Timeout) => break false,
                Err(RecvTimeoutError::Disconnected) => break true,
            }
        };
        for (whose, typed) in owed {
            let Err(error) = unsent::write(&Disk, &whose.path(engine), &typed) else {
                continue;
            };
            if left {
                lost.push(format!("what was typed and not sent is not kept: {error}"));
            } else {
                // Without a screen there is nobody to be told.
                let _ = events.send(Event::NotKept(error.to_string()));
            }
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::TaskId;
    use crate::workbench::post;

    #[test]
    fn what_can_not_be_written_when_one_leaves_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let engine = EngineDir::at(dir.path());
        let whose = Whose::Dialogue(TaskId::new("T001").unwrap());
        // A folder stands where the file is to be.
        std::fs::create_dir_all(whose.path(&engine)).unwrap();
        let (events, _) = post::open(4);
        let (to, from) = channel();
        let reply = "my precious words".to_owned();
        let unsent = Unsent {
            reply,
            ..Unsent::default()
        };
        to.send((whose, unsent)).unwrap();
        drop(to);
        let lost = write_on(&engine, &events, &from);
        assert_eq!(lost.len(), 1, "{lost:?}");
        assert!(lost[0].contains("not kept"), "{lost:?}");
    }
}
