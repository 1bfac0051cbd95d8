//! What was cut off, or could not be written, made up for.

use super::super::CannotTalk;
use super::super::ledger;
use super::super::save::{self, CannotSave};
use super::super::state::Floor;
use super::super::transcript::Entry;
use super::Talk;
use crate::agents::talk::TurnEnd;
use crate::process::runs;
use crate::store::write::sweep_temps;
use crate::terms::Usage;
use jiff::Timestamp;
use std::path::Path;

impl Talk {
    /// Makes up for what was cut off, and takes in what was changed by hand.
    pub(super) fn catch_up(&mut self) -> Result<(), CannotTalk> {
        if self.state.floor == Floor::Agent {
            self.write(&interrupted())?;
        }
        let path = self.path();
        for folder in path.parent().into_iter().chain([self.place.dir.as_path()]) {
            sweep_temps(&*self.place.fs, folder, &runs)?;
        }
        self.take_up_swaps()?;
        self.finish_saving()?;
        self.make_up()?;
        self.keep_ledger()
    }

    fn finish_saving(&mut self) -> Result<(), CannotTalk> {
        let Some(saving) = save::cut_off(&self.place)? else {
            return Ok(());
        };
        let taken = save::take_up(&self.project, &self.place, &saving);
        let finished = taken.and_then(|kept| {
            self.live.notice = kept.map(|at| gave_way("the backlog", &at));
            save::finish(&self.project, &self.place, &saving)
        });
        match finished {
            Ok(digest) => self.saved(digest, saving.unplaced),
            // The draft is still there to be saved anew.
            Err(CannotSave::Changed { .. }) => Ok(save::forget(&self.place)?),
            // Tried again the next time.
            Err(error) => {
                self.live.notice = Some(error.to_string());
                Ok(())
            }
        }
    }

    /// Writes what an agent told. It tells it once: what can't be written now is owed, and written
    /// before anything else is.
    pub(super) fn owe(&mut self, entry: Entry) -> Result<(), CannotTalk> {
        self.owed.push_back(entry);
        self.pay()
    }

    pub(super) fn pay(&mut self) -> Result<(), CannotTalk> {
        while let Some(entry) = self.owed.front() {
            self.journal.append(Timestamp::now(), 0, entry)?;
            self.state.take(entry);
            self.owed.pop_front();
        }
        Ok(())
    }

    /// Writes what is owed, and what follows from the agent's last message where that is not
    /// written down yet: its draft, its questions.
    pub(super) fn make_up(&mut self) -> Result<(), CannotTalk> {
        self.pay()?;
        if self.state.unread.is_none() {
            return Ok(());
        }
        // A number that stands in the file is not given to another question.
        self.take_from_file()?;
        for entry in self.state.missing() {
            self.write(&entry)?;
        }
        self.state.unread = None;
        Ok(())
    }

    /// The turn is over before it began: nobody will end it.
    pub(super) fn give_back_floor(&mut self) -> Result<(), CannotTalk> {
        self.owe(interrupted())
    }

    /// A change of the task's file that was cut off half way is brought to its end: what a person
    /// wrote meanwhile stays.
    pub(super) fn take_up_swaps(&mut self) -> Result<(), CannotTalk> {
        let kept = ledger::take_up_swaps(
            &*self.place.fs,
            &self.path(),
            &self.state.form,
            &self.place.dir,
        )?;
        if let Some(kept) = kept {
            self.live.notice = Some(gave_way(self.place.file.as_str(), &kept));
        }
        Ok(())
    }
}

fn gave_way(file: &str, kept: &Path) -> String {
    let kept = kept.display();
    format!("{file} was changed twice at once; the version that gave way is kept in {kept}")
}

fn interrupted() -> Entry {
    Entry::Heard {
        text: String::new(),
        end: TurnEnd::Interrupted,
        usage: Usage::default(),
    }
}
