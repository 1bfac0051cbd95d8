//! Edits of run-state.md by hand: an edit is a command. What was edited, what it orders, and
//! whether it was taken.

use super::App;
use crate::engine::Run;
use crate::records::board::Board;
use crate::supervisor::edits::{BY_EDIT, NOT_TAKEN};
use jiff::Timestamp;
use std::sync::Arc;

/// What came of an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// When.
    pub at: Timestamp,
    /// What it ordered; or why it was not taken, with its line.
    pub text: String,
    /// Whether it was taken.
    pub taken: bool,
}

/// The edits of a run, oldest first.
pub fn edits(run: &Run) -> Vec<Edited> {
    let taken = run.decisions.iter().filter(|d| d.by.name == BY_EDIT);
    let taken = taken.map(|d| Edited {
        at: d.at,
        text: d.what.clone(),
        taken: true,
    });
    let refused = run.notes.iter().filter_map(|(at, note)| {
        let why = note.strip_prefix(NOT_TAKEN)?;
        Some(Edited {
            at: *at,
            text: why.to_owned(),
            taken: false,
        })
    });
    let mut edits: Vec<Edited> = taken.chain(refused).collect();
    edits.sort_by_key(|e| e.at);
    edits
}

impl App {
    /// Says what came of edits since the board was read before.
    pub(super) fn tell_edits(&mut self, before: &Board) {
        if Arc::ptr_eq(&before.runs, &self.board.runs) {
            return;
        }
        let mut told = Vec::new();
        for now in self.board.runs.iter().filter_map(|card| card.view.as_ref()) {
            // Of one that was read in short nothing was known.
            let Some(then) = before.run(&now.order.run) else {
                continue;
            };
            if Arc::ptr_eq(now, then) {
                continue;
            }
            let known = edits(&then.run).len();
            for edit in edits(&now.run).into_iter().skip(known) {
                told.push((now.order.run.clone(), edit));
            }
        }
        for (run, edit) in told {
            let text = if edit.taken {
                format!("run-state.md of {run} was edited: {}", edit.text)
            } else {
                format!("run-state.md of {run}: not taken: {}", edit.text)
            };
            self.say(text, !edit.taken);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::feature;
    use crate::engine::{Event, Person};

    #[test]
    fn what_was_edited_is_told_as_the_order_it_is() {
        let mut run = Run::new(feature());
        let by = |name: &str| Person {
            name: name.to_owned(),
            terminal: None,
            pid: 1,
        };
        let at = |s| Timestamp::from_second(s).unwrap();
        let paused = |by| Event::Paused { now: false, by };
        run.apply(at(1), &paused(by("ada"))).unwrap();
        run.apply(at(3), &paused(by(BY_EDIT))).unwrap();
        let text = format!("{NOT_TAKEN}line 12: 'x' orders nothing here and was taken out");
        run.apply(at(2), &Event::Noted { text }).unwrap();
        let edits = edits(&run);
        assert_eq!(edits.len(), 2);
        assert!(!edits[0].taken && edits[0].text.starts_with("line 12:"));
        assert!(edits[1].taken && edits[1].text.starts_with("paused"));
    }
}
