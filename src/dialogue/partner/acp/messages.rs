//! Lines as messages: what is none is sorted out before the protocol sees it, and nobody is flooded.

use super::process::LONGEST;
use super::talk::Word;
use crate::agents::{MAX_TEXT, cut};
use futures::StreamExt as _;
use futures::channel::mpsc::{Receiver, UnboundedSender};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

/// How many answers the agent may leave unread before it is given up.
const MOST_OWED: u64 = 10_000;

/// What is looked at of a line before it is a message.
#[derive(Deserialize)]
struct Envelope {
    id: Option<IgnoredAny>,
    method: Option<IgnoredAny>,
    result: Option<IgnoredAny>,
    error: Option<IgnoredAny>,
}

/// The agent's lines as messages, one at a time: between two of them everything else has its turn.
pub(super) fn messages(
    lines: Receiver<String>,
    words: UnboundedSender<Word>,
    written: Arc<AtomicU64>,
) -> impl futures::Stream<Item = std::io::Result<String>> + Send + 'static {
    // Everything that will be answered: more of it than was written waits to be.
    let mut asked: u64 = 0;
    lines.filter_map(move |line| {
        let wanted = match serde_json::from_str::<Envelope>(&line) {
            Ok(envelope) => {
                let told = envelope.method.is_some() && envelope.id.is_none();
                let answers = envelope.result.is_some() || envelope.error.is_some();
                if !told && !answers {
                    asked += 1;
                    if asked.saturating_sub(written.load(Ordering::Relaxed)) == MOST_OWED {
                        let why = "it asks without end and does not read the answers";
                        let _ = words.unbounded_send(Word::Broken(why.to_owned()));
                    }
                }
                Some(Ok(line))
            }
            Err(_) if line.len() > LONGEST => {
                let why = "it sent a message of more than 16 MiB".to_owned();
                let _ = words.unbounded_send(Word::Broken(why));
                None
            }
            Err(_) => {
                let _ = words.unbounded_send(Word::Garbage(cut(&line, MAX_TEXT)));
                None
            }
        };
        async move {
            others_first().await;
            wanted
        }
    })
}

/// Lets everything else that is ready go first.
async fn others_first() {
    let mut waited = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut waited, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
