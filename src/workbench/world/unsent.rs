//! What is typed and not sent goes to disk, in a thread of its own: when a person pauses, and when
//! the program is left; never at each key.

use crate::dialogue::unsent::{self, Unsent, Whose};
use crate::store::fs::Disk;
use crate::store::layout::EngineDir;
use crate::workbench::app::Event;
use crate::workbench::post::Post;
use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Nothing typed for so long is a pause.
const PAUSE: Duration = Duration::from_millis(200);
/// Somebody who never pauses is not trusted longer than this.
const LONGEST: Duration = Duration::from_secs(2);

/// Who writes it. Dropping it writes what is owed and waits for that.
pub(super) struct Keeper {
    engine: EngineDir,
    events: Post,
    to: Option<Sender<(Whose, Unsent)>>,
    thread: Option<JoinHandle<()>>,
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
            let _ = thread.join();
        }
    }
}

fn write_on(engine: &EngineDir, events: &Post, from: &Receiver<(Whose, Unsent)>) {
    while let Ok((whose, typed)) = from.recv() {
        let mut owed = BTreeMap::from([(whose, typed)]);
        let since = Instant::now();
        let left = loop {
            let patience = PAUSE.min(LONGEST.saturating_sub(since.elapsed()));
            match from.recv_timeout(patience) {
                Ok((whose, typed)) => drop(owed.insert(whose, typed)),
                Err(RecvTimeoutError::Timeout) => break false,
                Err(RecvTimeoutError::Disconnected) => break true,
            }
        };
        for (whose, typed) in owed {
            if let Err(error) = unsent::write(&Disk, &whose.path(engine), &typed)
                && !left
            {
                // Without a screen there is nobody to be told.
                let _ = events.send(Event::NotKept(error.to_string()));
            }
        }
    }
}
