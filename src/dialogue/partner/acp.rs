//! A partner over the Agent Client Protocol.
//!
//! The protocol is the crate's: its messages, their ids, their dispatch. It needs no runtime: one
//! thread drives it, and is the thread that started the process, since the process dies with it.
//! The pipes stay blocking, with a thread each; lines go over bounded channels, so that an agent that
//! tells more than is taken waits. What the lines mean is read in [`crate::agents::acp`].

mod messages;
mod process;
mod talk;

use super::place::Place;
use super::{News, Partner, cannot};
use crate::agents::talk::Decision;
use crate::agents::{CannotStart, Invocation, Session};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use talk::{Setting, Word};

/// How long dropping a partner waits at most for its process to be gone: it writes its session down,
/// and who takes that up next ends whatever is left. What is not done by then
/// the thread goes on with; and the process dies with its parent.
const PATIENCE: Duration = Duration::from_secs(4);

/// The other end of the thread that holds the conversation.
struct AcpPartner {
    words: UnboundedSender<Word>,
    /// Closed once the process is gone, with all that it started.
    over: Receiver<()>,
}

/// Starts it.
pub(super) fn begin(
    place: Place,
    session: Session,
    invocation: Invocation,
    news: &Sender<News>,
) -> Result<Box<dyn Partner>, CannotStart> {
    make_own(&invocation.writable);
    let (words, inbox) = unbounded();
    let (done, over) = channel();
    let (begun, has_begun) = channel();
    let setting = Setting {
        session,
        news: news.clone(),
    };
    let mine = words.clone();
    std::thread::Builder::new()
        .name("partner".to_owned())
        .spawn(move || {
            let _done: Sender<()> = done;
            process::hold(&place, &invocation, (mine, inbox), &setting, &begun);
        })
        .map_err(|e| cannot(format!("no thread can be had for the agent: {e}")))?;
    match has_begun.recv() {
        Ok(begun) => begun.map(|()| Box::new(AcpPartner { words, over }) as _),
        Err(_) => Err(cannot("the agent's thread ended at once".to_owned())),
    }
}

/// The agent's own folders are made where they are missing: what is not there can't be opened for
/// it, and it would make them itself.
fn make_own(folders: &[std::path::PathBuf]) {
    for folder in folders.iter().filter(|path| path.extension().is_none()) {
        // One that can't be made is one that it can't write.
        let _ = std::fs::create_dir_all(folder);
    }
}

impl Partner for AcpPartner {
    fn say(&mut self, text: &str) {
        let _ = self.words.unbounded_send(Word::Say(text.to_owned()));
    }

    fn interrupt(&mut self) {
        let _ = self.words.unbounded_send(Word::Interrupt);
    }

    fn decide(&mut self, id: &str, decision: &Decision) {
        let word = Word::Decide(id.to_owned(), decision.clone());
        let _ = self.words.unbounded_send(word);
    }
}

impl Drop for AcpPartner {
    fn drop(&mut self) {
        let _ = self.words.unbounded_send(Word::Leave);
        // Nothing is ever sent: it waits until the other end is dropped.
        let _ = self.over.recv_timeout(PATIENCE);
    }
}
