//! The thread that holds a partner's process, and the handle by which it is told what to do.

use super::Partner;
use super::process::Note;
use crate::agents::CannotStart;
use crate::agents::talk::Decision;
use crate::terms::FailureKind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long dropping a partner waits at most for its process to be gone. What is not done by then
/// the thread goes on with; and the process dies with its parent.
const PATIENCE: Duration = Duration::from_millis(500);

/// What the thread is told to do.
pub(super) enum Told {
    /// Say this.
    Say(String),
    /// Stop the turn.
    Interrupt,
    /// This is decided.
    Decide(String, Decision),
    /// End it all.
    Leave,
}

/// What the thread starts with.
pub(super) struct Desk {
    /// What comes to it, from the handle and from its process.
    pub inbox: Receiver<Note>,
    /// For those who send to it.
    pub notes: Sender<Note>,
    /// Where it says that it has begun, or why it could not.
    pub begun: Sender<Result<(), CannotStart>>,
}

/// Does this on a thread of its own: a process is bound to the life of the thread that started it.
/// Comes back when it has begun.
pub(super) fn hold(
    work: impl FnOnce(Desk) + Send + 'static,
) -> Result<Box<dyn Partner>, CannotStart> {
    let (notes, inbox) = channel();
    let (begun, has_begun) = channel();
    let (alive, done) = channel::<()>();
    let desk = Desk {
        inbox,
        notes: notes.clone(),
        begun,
    };
    let nobody = |why: String| CannotStart {
        kind: FailureKind::Configuration,
        message: why,
    };
    std::thread::Builder::new()
        .name("partner".to_owned())
        .spawn(move || {
            let _alive = alive;
            work(desk);
        })
        .map_err(|e| nobody(format!("no thread can be had for the agent: {e}")))?;
    let handle = Handle { notes, done };
    match has_begun.recv() {
        Ok(Ok(())) => Ok(Box::new(handle)),
        Ok(Err(why)) => Err(why),
        Err(_) => Err(nobody("the agent's thread ended at once".to_owned())),
    }
}

struct Handle {
    notes: Sender<Note>,
    done: Receiver<()>,
}

impl Handle {
    fn tell(&self, told: Told) {
        // Once it is gone that was told, and nothing said to it can reach it.
        let _ = self.notes.send(Note::Told(told));
    }
}

impl Partner for Handle {
    fn say(&mut self, text: &str) {
        self.tell(Told::Say(text.to_owned()));
    }

    fn interrupt(&mut self) {
        self.tell(Told::Interrupt);
    }

    fn decide(&mut self, id: &str, decision: &Decision) {
        self.tell(Told::Decide(id.to_owned(), decision.clone()));
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.tell(Told::Leave);
        let _ = self.done.recv_timeout(PATIENCE);
    }
}
