//! Comments on lines, by their places in words.

use super::linear::Linear;
use crate::records::papers::Paper;
use crate::terms::CommentId;
use crate::terms::review::Spot;
use crate::workbench::actions::Action;
use crate::workbench::app::desk::Word;
use jiff::Timestamp;

impl Linear {
    /// Reads the comments, or does with one what stands after the word.
    pub(super) fn comment(&mut self, now: Timestamp, action: Action, rest: &str) {
        let Some(view) = self.app.target().cloned() else {
            return self.say("Comment: no run is chosen.");
        };
        if rest.is_empty() && action == Action::Comment {
            return self.read_paper(now, Paper::Comments);
        }
        let (place, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let id = place.parse::<CommentId>();
        let text = text.trim().to_owned();
        let word = match (action, id) {
            (Action::RemoveComment, Ok(id)) => Word::TakeAway(id),
            (Action::ReopenComment, Ok(id)) => Word::Reopen(id),
            (Action::Comment, _) if text.is_empty() => {
                return self.say("After the place stands what is to be said; nothing was done.");
            }
            (Action::Comment, Ok(id)) => Word::Change { id, text },
            (Action::Comment, Err(_)) => Word::Give {
                spot: Spot::named(place),
                shown: None,
                text,
            },
            _ => {
                let said = "After it stands a comment, such as C2; comment alone reads them all.";
                return self.say(said);
            }
        };
        let run = view.order.run.clone();
        let effects = self.app.comments(now, run, word);
        self.done(effects);
    }
}
