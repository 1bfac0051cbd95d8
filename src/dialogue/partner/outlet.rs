//! The way out for what a partner tells, so bounded that an agent that prints without end fills no
//! memory.

use super::{News, seen};
use crate::agents::AgentEvent;
use crate::agents::event::{Failure, below};
use crate::agents::talk::Heard;
use std::path::PathBuf;
use std::sync::mpsc::Sender;

/// How many events of a turn are told, and how many bytes of them.
const EVENTS: u32 = 50_000;
const BYTES: usize = 32 * 1024 * 1024;

/// How long one text may be, in bytes.
const TEXT: usize = 64 * 1024;

/// Where a partner's news goes out.
pub(super) struct Outlet {
    news: Sender<News>,
    tree: PathBuf,
    events: u32,
    bytes: usize,
    full: bool,
}

impl Outlet {
    /// Tells `news`; paths below `tree` are told as from there.
    pub(super) fn new(news: &Sender<News>, tree: PathBuf) -> Self {
        Self {
            news: news.clone(),
            tree,
            events: 0,
            bytes: 0,
            full: false,
        }
    }

    /// A turn begins: its events count anew.
    pub(super) fn turn(&mut self) {
        (self.events, self.bytes, self.full) = (0, 0, false);
    }

    /// Tells; whether somebody listens. Pieces of a text that came together are told as one.
    pub(super) fn tell(&mut self, heard: Vec<Heard>) -> bool {
        let mut piece = String::new();
        for heard in heard {
            if let Heard::Event(AgentEvent::TextDelta { text }) = &heard {
                piece.push_str(text);
                if piece.len() < TEXT {
                    continue;
                }
            }
            if !self.piece(&mut piece) {
                return false;
            }
            let told = match heard {
                Heard::Event(AgentEvent::TextDelta { .. }) => true,
                Heard::Event(event) => self.event(event),
                Heard::Permission(mut permission) => {
                    permission.title = below(&permission.title, &self.tree);
                    seen::compare(&mut permission, &self.tree);
                    self.send(Heard::Permission(permission))
                }
                other => self.send(other),
            };
            if !told {
                return false;
            }
        }
        self.piece(&mut piece)
    }

    /// Tells that the process is gone.
    pub(super) fn gone(&self, failure: Failure) {
        // Who does not listen any more needs no telling.
        let _ = self.news.send(News::Gone(failure));
    }

    fn piece(&mut self, piece: &mut String) -> bool {
        if piece.is_empty() {
            return true;
        }
        let text = std::mem::take(piece);
        self.event(AgentEvent::TextDelta { text })
    }

    fn event(&mut self, mut event: AgentEvent) -> bool {
        if self.full {
            return true;
        }
        event.tell_from(&self.tree);
        self.events += 1;
        self.bytes = self.bytes.saturating_add(shorten(&mut event));
        self.full = self.events >= EVENTS || self.bytes > BYTES;
        if !self.send(Heard::Event(event)) {
            return false;
        }
        !self.full || self.send(left_out())
    }

    fn send(&self, heard: Heard) -> bool {
        self.news.send(News::Heard(heard)).is_ok()
    }
}

fn left_out() -> Heard {
    Heard::Event(AgentEvent::Warning {
        text: "what else it does in this turn is not shown: more than 50,000 events or 32 MiB; \
               agent.log holds the beginning and the end"
            .to_owned(),
    })
}

/// Cuts an event's text, and says about how many bytes it holds.
fn shorten(event: &mut AgentEvent) -> usize {
    use crate::stage::log::cut;
    match event {
        AgentEvent::Text { text }
        | AgentEvent::TextDelta { text }
        | AgentEvent::Thinking { text }
        | AgentEvent::Warning { text }
        | AgentEvent::Raw { line: text }
        | AgentEvent::ToolFinished { output: text, .. } => {
            // A whole message stands in the place of its pieces: of it no more is cut than of them.
            cut(text, 16 * TEXT);
            text.len()
        }
        AgentEvent::ToolStarted { title, diff, .. } => {
            cut(title, 4096);
            title.len() + diff.as_ref().map_or(0, String::len)
        }
        _ => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    fn delta(text: &str) -> Heard {
        Heard::Event(AgentEvent::TextDelta { text: text.into() })
    }

    #[test]
    fn pieces_that_come_together_are_one_and_paths_are_told_from_the_tree() {
        let (news, told) = channel();
        let mut outlet = Outlet::new(&news, "/tree".into());
        let read = AgentEvent::ToolStarted {
            id: "1".into(),
            kind: crate::agents::ToolKind::Read,
            name: "Read".into(),
            title: "/tree/a.rs".into(),
            paths: Vec::new(),
            diff: None,
        };
        let heard = vec![delta("a"), delta("b"), Heard::Event(read), delta("c")];
        assert!(outlet.tell(heard));
        let told: Vec<News> = told.try_iter().collect();
        assert_eq!(told[0], News::Heard(delta("ab")));
        let News::Heard(Heard::Event(AgentEvent::ToolStarted { title, .. })) = &told[1] else {
            panic!("{told:?}")
        };
        assert_eq!(title, "a.rs");
        assert_eq!(told[2], News::Heard(delta("c")));
    }

    #[test]
    fn a_flood_is_cut_off_once_a_turn_and_ends_are_told_all_the_same() {
        let (news, told) = channel();
        let mut outlet = Outlet::new(&news, "/tree".into());
        let line = "x".repeat(TEXT);
        for _ in 0..2000 {
            assert!(outlet.tell(vec![Heard::Event(AgentEvent::Raw { line: line.clone() })]));
        }
        let id = "w".to_owned();
        assert!(outlet.tell(vec![Heard::Withdrawn { id: id.clone() }]));
        let all: Vec<News> = told.try_iter().collect();
        assert!(all.len() < 600, "{}", all.len());
        assert_eq!(all[all.len() - 2], News::Heard(left_out()));
        assert_eq!(all[all.len() - 1], News::Heard(Heard::Withdrawn { id }));
        outlet.turn();
        assert!(outlet.tell(vec![delta("again")]));
        assert_eq!(told.try_recv().unwrap(), News::Heard(delta("again")));
        drop(told);
        assert!(!outlet.tell(vec![delta("nobody hears this")]));
    }
}
