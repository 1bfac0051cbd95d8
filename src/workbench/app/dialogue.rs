//! The dialogue as the screen has it: what was told last, where a person is in it, what they write.
//!
//! Nothing that is written is lost by leaving: it stays with its question until it is given, and
//! what is given is on disk before anything else.

pub mod asked;
mod card;
mod does;
mod draft;
pub mod form;
pub mod lay;
pub mod pad;
mod permit;
mod told;
pub mod unsent;
mod write;

use crate::dialogue::lead::Shown;
use crate::dialogue::question::Given;
use crate::dialogue::start::Subject;
use crate::dialogue::state::Floor;
use crate::terms::TaskId;
use crate::workbench::actions::Action;
use crate::workbench::app::{App, Pane, View};
use crate::workbench::layout;
use draft::Paper;
use form::At;
use jiff::Timestamp;
use lay::{Laid, Said};
use pad::Pad;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use write::Offers;

/// What is written in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The answer to a question, in the person's own words.
    Answer(String),
    /// A question back.
    Back(String),
    /// Words to the author.
    Reply,
}

/// A task that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The task.
    pub task: TaskId,
    /// The workflow that the author recommends for it.
    pub workflow: Option<String>,
}

/// The dialogue on the screen.
#[derive(Debug, Clone, Default)]
pub struct Dialogue {
    /// What was told last; `None`: none is open.
    pub shown: Option<Arc<Shown>>,
    /// What is being opened.
    pub opening: Option<Subject>,
    /// Why the last one could not be opened.
    pub refused: Option<String>,
    /// Why the author could not be told.
    pub trouble: Option<String>,
    /// Whether one is being closed, so that what is told is still of that.
    closing: bool,
    /// Where the person is among the questions.
    pub at: At,
    /// What is written in; `None`: keys are commands.
    pub writing: Option<Field>,
    /// What is written and was not given or sent.
    pub typed: BTreeMap<Field, Pad>,
    /// What was given and is not told of yet.
    pending: BTreeMap<String, Given>,
    /// What was said to the author and is not known to have been taken: the words, and how many
    /// turns it had taken before.
    saying: Option<(String, u32)>,
    /// How many recommended answers were ordered to be taken, and are not known to be.
    taking: Option<usize>,
    /// What was decided on what the author asks leave for, and is not known to have been taken.
    deciding: Option<permit::Deciding>,
    /// Whether what was typed here before, and kept, was put back.
    recalled: bool,
    /// The files that can be named.
    pub paths: Option<Arc<Vec<String>>>,
    /// Those that are offered.
    offers: Offers,
    /// The conversation in rows.
    pub laid: Laid,
    said: Said,
    /// The first row of it that is shown.
    pub top: usize,
    /// Whether the end of it stays in sight.
    follows: bool,
    /// Whether what the person is at is to be brought into sight.
    reveals: bool,
    /// Whether the message over the last questions is to be brought into sight.
    begins_above: bool,
    /// The draft.
    pub draft: Paper,
    /// The task as it was saved last.
    pub saved: Option<Saved>,
    /// When a request for leave came up that nobody had asked to see.
    raised: Option<Timestamp>,
    /// The requests that came up already.
    seen: BTreeSet<String>,
    /// The stage of a run whose questions these are; `None`: an author's.
    pub asks: Option<asked::Asks>,
    /// What somebody answered to it: id, question, answer.
    answered: Vec<(String, String, String)>,
    /// Whether the first message is sent as soon as it is open and nothing was said.
    begins: bool,
}

impl Dialogue {
    /// Whether the author has its turn.
    pub fn is_at_it(&self) -> bool {
        let floor = self.shown.as_ref().map(|s| s.state.floor);
        floor == Some(Floor::Agent)
    }

    /// Whether something was wished of it that it has not come to yet.
    pub fn is_owed(&self) -> bool {
        let gives = self.asks.is_none() && !self.pending.is_empty();
        self.opening.is_some() || self.closing || gives || self.deciding.is_some()
    }

    /// What is written in a field.
    pub fn pad(&self, field: &Field) -> Option<&Pad> {
        self.typed.get(field)
    }

    /// The rows of the words to the author, with those of the files that can be named.
    fn reply_rows(&self, columns: usize) -> usize {
        if self.writing != Some(Field::Reply) {
            return 0;
        }
        let empty = Pad::default();
        let text = self.pad(&Field::Reply).unwrap_or(&empty);
        let rows = text.rows(columns.saturating_sub(4).max(4)).len();
        rows.clamp(1, REPLY) + self.completions().0.len()
    }
}

/// Over the reasons why a draft was not saved.
pub(super) const NOT_SAVED: &str = "Not saved";

/// The most rows of what is written to the author.
pub const REPLY: usize = 8;

impl App {
    /// The columns of the conversation.
    pub fn talk_columns(&self) -> usize {
        let (width, _) = self.size;
        let columns = if self.two_panes() {
            layout::divider(self).saturating_sub(2)
        } else {
            width.saturating_sub(1)
        };
        usize::from(columns)
    }

    /// The rows below the conversation: the next step, or what is written to the author.
    pub fn talk_foot(&self) -> u16 {
        let reply = self.dialogue.reply_rows(self.talk_columns());
        let most = self.size.1.saturating_sub(layout::CHROME) / 2;
        u16::try_from(reply).unwrap_or(most).min(most) + 1
    }

    /// Lays the dialogue out as it stands.
    pub(super) fn settle_dialogue(&mut self) {
        if self.view != View::Dialogue {
            return;
        }
        self.dialogue.settle_offers();
        let columns = self.talk_columns();
        let height = layout::list_rows(self, Pane::Left);
        let dialogue = &mut self.dialogue;
        let mut said = std::mem::take(&mut dialogue.said);
        dialogue.laid = lay::lay(dialogue, &mut said, (columns, height));
        dialogue.said = said;
        dialogue.settle_top(height);
        let right = layout::right_columns(self);
        let height = layout::list_rows(self, Pane::Right);
        if self.dialogue.asks.is_some() {
            return self.settle_context((right, height));
        }
        let anyway = self.key_or_name(Action::SaveAnyway);
        self.dialogue.settle_draft((right, height), &anyway);
    }
}

impl Dialogue {
    fn settle_top(&mut self, height: usize) {
        let height = height.max(1);
        let end = self.laid.rows.len().saturating_sub(height);
        self.top = self.top.min(end);
        if self.follows && self.is_at_it() {
            self.top = end;
        }
        if std::mem::take(&mut self.begins_above)
            && let Some(message) = self.laid.message
        {
            self.top = message;
        }
        if std::mem::take(&mut self.reveals) {
            if let Some(card) = self.laid.card.clone() {
                self.bring_up(card.start.saturating_sub(1)..card.end + 1, height);
            }
            if let Some(chosen) = self.laid.chosen.clone() {
                self.bring_up(chosen, height);
            }
        }
        if self.writing.is_some()
            && let Some((row, _)) = self.laid.caret
        {
            let offered = self.completions().0.len();
            self.bring_up(row..row + 1 + offered, height);
        }
        self.top = self.top.min(end);
    }

    fn bring_up(&mut self, rows: Range<usize>, height: usize) {
        if rows.end > self.top + height {
            self.top = rows.end - height;
        }
        self.top = self.top.min(rows.start);
    }
}

#[cfg(test)]
mod tests;
