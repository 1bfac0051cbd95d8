//! Secrets out of a person's words: these go into the transcript, the task and prompts, and none of
//! them is a place for one.

use super::super::question::Given;
use super::Talk;
use crate::agents::talk::Decision;

impl Talk {
    /// Words without secrets. `of`: the question they are given to, or nothing.
    pub(super) fn clean(&mut self, of: &str, words: String) -> String {
        if self.redactor.finds(words.as_bytes()).is_none() {
            return words;
        }
        self.cleaned.push(of.to_owned());
        self.redactor.text(&words)
    }

    pub(super) fn clean_given(&mut self, id: &str, given: Given) -> Given {
        match given {
            Given::Answer { text } => Given::Answer {
                text: self.clean(id, text),
            },
            Given::Back { text } => Given::Back {
                text: self.clean(id, text),
            },
            given @ (Given::Default { .. } | Given::Skip) => given,
        }
    }

    pub(super) fn clean_decision(&mut self, decision: &Decision) -> Decision {
        match decision {
            Decision::Deny {
                reason: Some(reason),
            } => Decision::Deny {
                reason: Some(self.clean("", reason.clone())),
            },
            decision => decision.clone(),
        }
    }

    /// The questions whose answers had a secret taken out since this was asked last; `""` stands
    /// for words beside them.
    pub fn take_cleaned(&mut self) -> Vec<String> {
        std::mem::take(&mut self.cleaned)
    }
}
