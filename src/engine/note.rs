//! Words of people for the next attempt of a stage: each is given to one attempt, and it is known
//! which.

use super::event::{Attempted, Person};
use super::may::{Answer, no};
use super::plan::Work;
use super::run::Run;
use crate::terms::{Digest, Finding, Outcome, PublicId, StageId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The longest note, in bytes: it is read by an agent among much else.
pub const LONGEST: usize = 16 * 1024;
/// How many notes may wait in a run.
const MOST: usize = 100;

/// A word of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id, by order in the run: `N1`.
    pub id: String,
    /// The stage whose next attempt it is for.
    pub stage: StageId,
    /// The word.
    pub text: String,
    /// Whose.
    pub by: Person,
    /// When it was given.
    pub at: Timestamp,
    /// The attempt that was told it.
    pub used: Option<PublicId>,
    /// It was taken back before it was used.
    pub removed: bool,
}

impl Note {
    /// Whether it waits for an attempt.
    pub fn waits(&self) -> bool {
        self.used.is_none() && !self.removed
    }

    /// That it was given, and to which attempt, for the record that lands: the text itself was for the
    /// agent, and stands there as its digest alone.
    fn decided(&self) -> String {
        let digest = Digest::of(&self.text);
        let became = match &self.used {
            Some(used) => format!(", told to {used}"),
            None if self.removed => ", taken back".to_owned(),
            None => String::new(),
        };
        format!("{}(blake3 {}){became}", self.leads(), digest.short())
    }

    /// How the line of its decision begins.
    fn leads(&self) -> String {
        format!("noted {} for {} ", self.id, self.stage)
    }

    /// It as an attempt is told.
    fn finding(&self) -> Finding {
        let by = &self.by.name;
        Finding::new("person/note", format!("a note from {by}: {}", self.text))
            .section(self.id.clone())
    }
}

impl Run {
    /// The notes that wait for the next attempt of a stage, oldest first.
    pub fn notes_for<'a>(&'a self, stage: &'a StageId) -> impl Iterator<Item = &'a Note> {
        let waiting = self.words.iter().filter(|n| n.waits());
        waiting.filter(move |n| n.stage == *stage)
    }

    /// The same as the attempt is told them.
    pub fn told_notes(&self, stage: &StageId) -> Vec<Finding> {
        self.notes_for(stage).map(Note::finding).collect()
    }

    /// The stage that a note is for where a person names none: the first with an agent that is not
    /// done; where a gate asks, the one that it would send back to.
    pub fn to_note(&self) -> Option<&StageId> {
        let works = |id: &&StageId| {
            let stage = self.plan.stage(id);
            stage.is_some_and(|s| matches!(s.work, Work::Role(_)))
        };
        let asks = self.stages.iter().any(|s| s.asking.is_some());
        let behind = asks.then(|| self.to_take()).flatten().filter(works);
        behind.or_else(|| {
            let open = self.stages.iter().filter(|s| !s.state.is_done());
            open.map(|s| &s.id).find(works)
        })
    }

    pub(super) fn may_note(&self, stage: &StageId, text: &str) -> Answer {
        self.known(stage)?;
        if self.cancel.is_some() {
            return no("the run was cancelled", "rerun it from a stage first");
        }
        let role = self.plan.stage(stage);
        if !role.is_some_and(|s| matches!(s.work, Work::Role(_))) {
            let reason = format!("{stage} has no agent that could read a note");
            return no(reason, "name a stage that an agent works in");
        }
        if text.trim().is_empty() {
            return no(
                "the note is empty",
                "write what the next attempt is to know",
            );
        }
        if text.len() > LONGEST {
            let reason = format!("the note has {} bytes, and {LONGEST} are read", text.len());
            return no(reason, "write it shorter, or put it into the task");
        }
        if self.words.iter().filter(|n| n.waits()).count() >= MOST {
            return no(format!("{MOST} notes wait already"), "take some back");
        }
        Ok(())
    }

    pub(super) fn may_remove(&self, id: &str) -> Answer {
        match self.words.iter().find(|n| n.id == id) {
            None => no(format!("there is no note {id}"), self.open_notes()),
            Some(note) if note.removed => {
                no(format!("{id} was taken back before"), self.open_notes())
            }
            Some(note) => match &note.used {
                Some(used) => no(
                    format!("{id} was given to {used}"),
                    "write another one for the next attempt",
                ),
                None => Ok(()),
            },
        }
    }

    fn open_notes(&self) -> String {
        let open: Vec<&str> = { self.words.iter() }
            .filter(|n| n.waits())
            .map(|n| n.id.as_str())
            .collect();
        match open.as_slice() {
            [] => "none waits".to_owned(),
            open => format!("name one of: {}", open.join(", ")),
        }
    }

    pub(super) fn give_word(&mut self, at: Timestamp, stage: &StageId, text: &str, by: &Person) {
        let id = format!("N{}", self.words.len() + 1);
        let note = Note {
            id,
            stage: stage.clone(),
            text: text.to_owned(),
            by: by.clone(),
            at,
            used: None,
            removed: false,
        };
        self.decided(at, by, note.decided(), None);
        self.words.push(note);
    }

    /// What became of notes stands beside that they were given.
    fn tell_words(&mut self) {
        for note in &self.words {
            let leads = note.leads();
            let mut decisions = self.decisions.iter_mut();
            let own = decisions.find(|d| d.at == note.at && d.what.starts_with(&leads));
            if let Some(own) = own {
                own.what = note.decided();
            }
        }
    }

    pub(super) fn remove_word(&mut self, id: &str) {
        if let Some(note) = self.words.iter_mut().find(|n| n.id == id && n.waits()) {
            note.removed = true;
        }
        self.tell_words();
    }

    /// The attempt that begins is told what waits for it.
    pub(super) fn use_words(&mut self, stage: &StageId, public: &PublicId) {
        for note in &mut self.words {
            if note.waits() && note.stage == *stage {
                note.used = Some(public.clone());
            }
        }
        self.tell_words();
    }

    /// What an attempt was told that never came to its work waits for the one that is made in its
    /// place; one that goes on in its session knows it.
    pub(super) fn release_words(&mut self, result: &Attempted) {
        let lost = match result.outcome {
            Outcome::Interrupted | Outcome::SetupFailed | Outcome::Unmet | Outcome::Crashed => true,
            Outcome::Paused
            | Outcome::TimedOut
            | Outcome::Stalled
            | Outcome::Transient
            | Outcome::Refused => result.session.is_none(),
            _ => false,
        };
        let of = self.record(&result.attempt.stage).and_then(|r| {
            let mut attempts = r.attempts.iter();
            attempts.find(|a| a.id == result.attempt)
        });
        let Some(public) = of.filter(|_| lost).map(|a| a.public.clone()) else {
            return;
        };
        for note in &mut self.words {
            note.used.take_if(|used| *used == public);
        }
        self.tell_words();
    }
}
