//! A partner over the Agent Client Protocol.
//!
//! The protocol is the crate's: its messages, their ids, their dispatch. It needs no runtime: one
//! thread drives it, and is the thread that started the process, since the process dies with it.
//! The pipes stay blocking, with a thread each; lines go over bounded channels, so that an agent that
//! tells more than is taken waits. What the lines mean is read in [`crate::agents::acp`].

mod process;
mod talk;

use super::{News, Order, Partner};
use crate::agents::talk::Decision;
use crate::agents::{CannotStart, Invocation};
use crate::terms::FailureKind;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use talk::Word;

/// How long dropping waits for the process to be gone; after that it goes on without.
const GOODBYE: Duration = Duration::from_secs(10);

/// The other end of the thread that holds the conversation.
struct AcpPartner {
    words: UnboundedSender<Word>,
    /// Closed once the process is gone, with all that it started.
    over: Receiver<()>,
}

/// Starts the agent. What it tells goes to `news`.
pub(super) fn begin(
    order: &Order,
    invocation: Invocation,
    news: &Sender<News>,
) -> Result<Box<dyn Partner>, CannotStart> {
    let ready = process::Ready::of(order, invocation)?;
    let (words, inbox) = unbounded();
    let (done, over) = channel();
    let (started, starts) = channel();
    let (mine, news) = (words.clone(), news.clone());
    let setting = talk::Setting {
        cwd: order.cwd.clone(),
        session: order.session.clone(),
    };
    std::thread::Builder::new()
        .name("acp".to_owned())
        .spawn(move || {
            let _done: Sender<()> = done;
            process::hold(ready, (mine, inbox), &setting, &news, &started);
        })
        .map_err(|e| cannot(format!("no thread for the conversation: {e}")))?;
    starts
        .recv()
        .map_err(|_| cannot("the conversation's thread ended".to_owned()))??;
    Ok(Box::new(AcpPartner { words, over }))
}

fn cannot(message: String) -> CannotStart {
    CannotStart {
        kind: FailureKind::Configuration,
        message,
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
        let _ = self.over.recv_timeout(GOODBYE);
    }
}
