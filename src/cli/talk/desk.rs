//! Somebody's place in a dialogue: what they type, what the author tells, and signals, each looked
//! after while another is waited for.

use super::keyboard::{Asked, Keyboard, say};
use super::telling::Telling;
use super::{Edit, Led, Wanted};
use crate::agents::event::Failure;
use crate::agents::talk::{Decision, Heard, TurnEnd};
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::partner::News;
use crate::dialogue::question::Given;
use crate::dialogue::start::Subject;
use crate::dialogue::state::Floor;
use crate::dialogue::{CannotTalk, Talk, start, typed};
use crate::records::project::Project;
use color_eyre::eyre::Report;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How often a signal is looked for while the author speaks.
const MOMENT: Duration = Duration::from_millis(100);

/// The place.
pub(super) struct Desk<'a> {
    pub(super) context: &'a Context,
    pub(super) talk: Talk,
    pub(super) edit: Edit,
    /// How the author's last turn failed, where it did.
    pub(super) failed: Option<Failure>,
    /// Whether somebody is there to be asked.
    pub(super) attended: bool,
    /// What a person wrote that could not be kept. It is given back to them.
    pub(super) unkept: String,
    news: Receiver<News>,
    keyboard: Keyboard,
    telling: Telling,
    notice: Option<String>,
}

impl<'a> Desk<'a> {
    /// Opens the dialogue; nothing is started yet.
    pub(super) fn open(
        context: &'a Context,
        project: &Project,
        wanted: &Wanted<'_>,
    ) -> Result<Self, Report> {
        let keyboard = Keyboard::open()?;
        let (to, news) = channel();
        let choose = wanted.options.choose(context);
        let talk = start::open(project, &wanted.subject, &choose, to)?;
        let desk = Self {
            context,
            talk,
            edit: wanted.edit,
            failed: None,
            attended: !wanted.options.asks_nobody(context),
            unkept: String::new(),
            news,
            keyboard,
            telling: Telling::default(),
            notice: None,
        };
        let about = desk.talk.state().about.as_ref();
        if let (Subject::Words { title, wish }, Some(about)) = (&wanted.subject, about)
            && (about.title != *title || about.wish != *wish)
        {
            desk.tell_taken_out("what you wish for");
        }
        Ok(desk)
    }

    /// Whether they leave: a signal came, or there is nothing more to be read.
    pub(super) fn left(&self) -> Led {
        self.keyboard
            .signals
            .detach()
            .map_or(Led::Left, Led::Signal)
    }

    /// Prints a line.
    pub(super) fn line(&self, text: impl std::fmt::Display) {
        self.context.out.text(text);
    }

    /// Asks for a line. `None`: they leave.
    pub(super) fn ask(&mut self, prompt: &str) -> Result<Option<String>, Report> {
        match self.ask_while(prompt, |_| true)? {
            Asked::Line(line) => Ok(Some(line)),
            Asked::Moot | Asked::Leave => Ok(None),
        }
    }

    /// Asks for a line, and for further ones as long as one ends with a backslash.
    pub(super) fn ask_lines(&mut self, prompt: &str) -> Result<Option<String>, Report> {
        let Some(mut text) = self.ask(prompt)? else {
            return Ok(None);
        };
        while let Some(begun) = text.strip_suffix('\\') {
            let begun = begun.trim_end().to_owned();
            let Some(more) = self.ask("   more: ")? else {
                self.give_back(&begun);
                return Ok(None);
            };
            text = format!("{begun}\n{more}");
        }
        Ok(Some(text))
    }

    /// Asks for a line as long as this is so.
    pub(super) fn ask_while(
        &mut self,
        prompt: &str,
        is: impl Fn(&Talk) -> bool,
    ) -> Result<Asked, Report> {
        say(prompt)?;
        loop {
            if let Some(asked) = self.keyboard.glance()? {
                return Ok(asked);
            }
            while let Ok(news) = self.news.try_recv() {
                self.hear(news)?;
            }
            if !is(&self.talk) {
                say("\n")?;
                return Ok(Asked::Moot);
            }
        }
    }

    /// Says something to the author; see [`Talk::say`].
    pub(super) fn say(&mut self, words: &str) -> Result<(), Report> {
        self.failed = None;
        self.telling.begin(self.talk.agent());
        self.with(words, |talk| talk.say(words))
    }

    /// Gives something to a question; see [`Talk::give`].
    pub(super) fn give(&mut self, id: &str, given: Given) -> Result<(), Report> {
        let now = |talk: &Talk| talk.state().form.get(id).and_then(|e| e.given.clone());
        let (before, wanted) = (now(&self.talk), Some(given.clone()));
        let gave = self.talk.give(id, given);
        self.tell_cleaned();
        // The transcript may have it, although the task's file could not be written.
        let there = now(&self.talk);
        if gave.is_err() && there != wanted && there == before {
            self.give_back(&answered(id, wanted.as_ref()));
        }
        Ok(gave?)
    }

    /// Takes every recommended answer, and says how many; see [`Talk::take_defaults`].
    pub(super) fn take_defaults(&mut self) -> Result<usize, Report> {
        self.with("", Talk::take_defaults)
    }

    /// Decides what the author asks leave for; see [`Talk::decide`].
    pub(super) fn decide(&mut self, id: &str, decision: &Decision) -> Result<(), Report> {
        let why = match decision {
            Decision::Deny { reason } => reason.clone().unwrap_or_default(),
            Decision::AllowOnce | Decision::AllowForDialogue => String::new(),
        };
        self.with(&why, |talk| talk.decide(id, decision))
    }

    /// Does something with a person's words. Where it can't be done, they are given back.
    fn with<T>(
        &mut self,
        words: &str,
        act: impl FnOnce(&mut Talk) -> Result<T, CannotTalk>,
    ) -> Result<T, Report> {
        let done = act(&mut self.talk);
        self.tell_cleaned();
        if done.is_err() {
            self.give_back(words);
        }
        Ok(done?)
    }

    /// These words are not kept anywhere: they are printed when the dialogue is left.
    pub(super) fn give_back(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        if !self.unkept.is_empty() {
            self.unkept.push('\n');
        }
        self.unkept.push_str(words);
    }

    /// Says of which words secrets were taken out.
    fn tell_cleaned(&mut self) {
        let cleaned = self.talk.take_cleaned();
        if cleaned.is_empty() {
            return;
        }
        let mut ids: Vec<&str> = cleaned.iter().map(String::as_str).collect();
        ids.retain(|id| !id.is_empty());
        ids.dedup();
        match ids.as_slice() {
            [] => self.tell_taken_out("what was said to the author"),
            ids => self.tell_taken_out(&format!("the answer to {}", ids.join(", "))),
        }
    }

    /// On standard error where one object is all that is printed.
    fn tell_taken_out(&self, of: &str) {
        let told = format!(
            "a secret was taken out of {}: it is not written down",
            safe(of)
        );
        if self.context.out.json {
            self.context.out.trouble("note:", &told);
        } else {
            self.line(paint(Role::Attention, told));
        }
    }

    /// Listens until the author's turn is over. False: they leave.
    pub(super) fn listen(&mut self) -> Result<bool, Report> {
        let mut interrupted = false;
        while self.talk.state().floor == Floor::Agent {
            match self.news.recv_timeout(MOMENT) {
                Ok(news) => self.hear(news)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            if let Some(permission) = self.talk.live().permissions.first().cloned()
                && !super::asking::permission(self, &permission)?
            {
                return Ok(false);
            }
            if self.keyboard.signals.detach().is_some() {
                return Ok(false);
            }
            if self.keyboard.is_interrupted() {
                self.keyboard.interrupts = self.keyboard.signals.interrupts();
                if interrupted || !self.attended {
                    return Ok(false);
                }
                interrupted = true;
                self.talk.interrupt()?;
                self.line(paint(Role::Attention, "interrupting; again to leave"));
            }
        }
        self.telling.end(&self.context.out);
        self.forget_typed();
        Ok(true)
    }

    /// What was typed before anything was asked answers nothing.
    pub(super) fn forget_typed(&mut self) {
        if self.attended {
            self.keyboard.forget();
        }
    }

    fn hear(&mut self, news: News) -> Result<(), Report> {
        for news in self.talk.veiled(news) {
            self.heard(news)?;
        }
        Ok(())
    }

    fn heard(&mut self, news: News) -> Result<(), Report> {
        self.telling.tell(&self.context.out, &news);
        match &news {
            News::Heard(Heard::Turn(turn)) => {
                if let TurnEnd::Failed { failure } = &turn.end {
                    self.failed = Some(failure.clone());
                }
            }
            // Between turns it is begun anew by what is said next.
            News::Gone(failure) if self.talk.state().floor == Floor::Agent => {
                self.failed = Some(failure.clone());
            }
            News::Gone(_) | News::Heard(_) => {}
        }
        self.talk.heard(news)?;
        if self.talk.state().floor == Floor::Agent {
            // Where it was gone, it was begun anew.
            self.failed = None;
        }
        let notice = &self.talk.live().notice;
        if *notice != self.notice {
            self.notice.clone_from(notice);
            if let Some(notice) = &self.notice {
                let told = format!("note: {}", safe(notice));
                self.line(paint(Role::Attention, told));
            }
        }
        Ok(())
    }
}

/// An answer with its question's id, to be given back.
pub(super) fn answered(id: &str, given: Option<&Given>) -> String {
    format!("{id}: {}", given.map(typed::told).unwrap_or_default())
}
