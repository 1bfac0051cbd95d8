//! What is kept of a dialogue: the transcript first, then the lines of the task's file.

use super::super::CannotTalk;
use super::super::ledger;
use super::super::question::Given;
use super::super::transcript::Entry;
use super::{Live, Talk};
use crate::documents::task::Task;
use crate::store::fs::Disk;
use jiff::Timestamp;

impl Talk {
    /// Writes what happened, after what is owed.
    pub(super) fn write(&mut self, entry: &Entry) -> Result<(), CannotTalk> {
        self.pay()?;
        self.append(entry)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), CannotTalk> {
        self.journal.append(Timestamp::now(), 0, entry)?;
        self.state.take(entry);
        Ok(())
    }

    /// Writes what could not be written before. Where that fails again, it stays owed.
    pub(super) fn pay(&mut self) -> Result<(), CannotTalk> {
        while let Some(entry) = self.owed.pop_front() {
            if let Err(error) = self.append(&entry) {
                self.owed.push_front(entry);
                return Err(error);
            }
        }
        if std::mem::take(&mut self.over) {
            self.live = Live {
                runs: self.partner.is_some(),
                ready: self.partner.is_some(),
                ..Live::default()
            };
        }
        Ok(())
    }

    /// A person's words without secrets: they go into the transcript, the task and prompts, and
    /// none of them is a place for one. `of`: the question, or nothing.
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

    /// The questions whose answers had a secret taken out since this was asked last; `""` stands
    /// for words beside them.
    pub fn take_cleaned(&mut self) -> Vec<String> {
        std::mem::take(&mut self.cleaned)
    }

    /// What stands in the task's file and was not given here counts: questions of its runs and of
    /// an earlier dialogue, and what a person changed by hand.
    pub(super) fn take_from_file(&mut self) -> Result<(), CannotTalk> {
        let Some(bytes) = ledger::read(&Disk, &self.path())? else {
            return Ok(());
        };
        let task = Task::parse(bytes);
        for (id, given) in ledger::by_hand(&task, &self.state.form) {
            let given = self.clean_given(&id, given);
            self.write(&Entry::Gave { id, given })?;
        }
        for (question, given) in ledger::unknown(&task, &self.state.form) {
            let id = question.id.clone();
            self.write(&Entry::Found { question })?;
            if let Some(given) = given {
                let given = self.clean_given(&id, given);
                self.write(&Entry::Gave { id, given })?;
            }
        }
        Ok(())
    }

    /// The task's file holds every question and answer, from the first question on.
    pub(super) fn keep_ledger(&mut self) -> Result<(), CannotTalk> {
        self.take_from_file()?;
        if self.state.form.entries().is_empty() {
            return Ok(());
        }
        ledger::write(&Disk, &self.path(), &self.fresh(), &self.state.form)?;
        Ok(())
    }

    pub(super) fn fresh(&self) -> Task {
        let about = self.state.about.as_ref();
        let title = about.map_or("", |a| a.title.as_str());
        let item = about.and_then(|a| a.item.as_ref());
        let today = jiff::Zoned::now().date().to_string();
        Task::draft(&self.place.id, title, item, &today)
    }
}
