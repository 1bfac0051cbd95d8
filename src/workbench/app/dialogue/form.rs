//! The questions as they are answered: where a person is among them, and what each is at.

use super::Dialogue;
use crate::dialogue::form::Entry;
use crate::dialogue::question::{Given, Question};
use crate::text::Role;

/// Where a person is among the questions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum At {
    /// Among none.
    #[default]
    Nowhere,
    /// At a question, and which of its answers.
    Question(String, usize),
    /// At the row that tells the author.
    Send,
}

/// An answer that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The recommended one, which is none of the options.
    Recommended,
    /// An option, by its place.
    Option(usize),
    /// The person's own words.
    Own,
}

/// The answers of a question that can be chosen, in the order of the screen.
pub fn stops(question: &Question) -> Vec<Stop> {
    let mut stops = Vec::with_capacity(question.options.len() + 2);
    if let Some(recommended) = &question.recommended
        && !question.options.iter().any(|o| o.text == *recommended)
    {
        stops.push(Stop::Recommended);
    }
    stops.extend((0..question.options.len()).map(Stop::Option));
    stops.push(Stop::Own);
    stops
}

/// The stop at which a person begins: what was answered, else what is recommended.
fn first_stop(question: &Question, given: Option<&Given>) -> usize {
    let stops = stops(question);
    let answer = given.and_then(Given::answer);
    let wanted = answer.or(question.recommended.as_deref());
    let is = |stop: &Stop| match stop {
        Stop::Recommended => wanted == question.recommended.as_deref(),
        Stop::Option(n) => question.options.get(*n).map(|o| o.text.as_str()) == wanted,
        Stop::Own => false,
    };
    let own = stops.len() - 1;
    match (stops.iter().position(is), answer) {
        (Some(at), _) => at,
        (None, Some(_)) => own,
        (None, None) => 0,
    }
}

impl Dialogue {
    /// The questions, where a dialogue is open.
    pub fn entries(&self) -> &[Entry] {
        self.shown.as_ref().map_or(&[], |s| s.state.form.entries())
    }

    /// What was given to a question, also where the disk has not got it yet.
    pub fn given<'a>(&'a self, entry: &'a Entry) -> Option<&'a Given> {
        // What somebody else answered stands against what was not sent.
        let told = entry.told.then_some(entry.given.as_ref()).flatten();
        let over = self.asks.as_ref().is_some_and(|a| a.over.is_some());
        if over {
            return told;
        }
        let pending = self.pending.get(&entry.question.id);
        pending.or(entry.given.as_ref())
    }

    /// Whether the author knows what was given.
    fn is_told(&self, entry: &Entry) -> bool {
        let over = self.asks.as_ref().is_some_and(|a| a.over.is_some());
        entry.told && (over || !self.pending.contains_key(&entry.question.id))
    }

    /// Whether it was asked again in other words since it was answered, and nothing was given since.
    fn is_again(&self, entry: &Entry) -> bool {
        entry.again && !self.pending.contains_key(&entry.question.id)
    }

    /// The questions to which something was given that the author was not told, also of what it asks
    /// now.
    pub fn untold(&self) -> usize {
        let untold = |e: &&Entry| self.given(e).is_some() && (!self.is_told(e) || self.is_again(e));
        self.entries().iter().filter(untold).count()
    }

    /// The questions to which nothing was given.
    pub fn open(&self) -> usize {
        let open = |e: &&Entry| self.given(e).is_none();
        self.entries().iter().filter(open).count()
    }

    /// Whether the disk has not got yet what was given to this question. What a run's stage asks is
    /// sent as a whole: there nothing waits for the disk.
    pub fn is_being_kept(&self, id: &str) -> bool {
        self.asks.is_none() && self.pending.contains_key(id)
    }

    /// The questions to which something was given that the disk has not got yet.
    pub fn being_kept(&self) -> usize {
        let kept = |e: &&Entry| self.is_being_kept(&e.question.id);
        self.entries().iter().filter(kept).count()
    }

    /// The questions to which something was given, and it is safe.
    pub fn answered(&self) -> usize {
        self.entries().len() - self.open() - self.being_kept()
    }

    /// What a question is at: its sign and word.
    pub fn word(&self, entry: &Entry) -> (Role, &'static str) {
        let told = self.is_told(entry);
        let over = self.asks.as_ref().is_some_and(|a| a.over.is_some());
        // Nothing is said to be answered that the disk has not got.
        if self.is_being_kept(&entry.question.id) {
            return (Role::Live, "◐ being kept");
        }
        match self.given(entry) {
            Some(_) if self.is_again(entry) => (Role::Attention, "● answered, asked again"),
            None if over => (Role::Quiet, "– not answered"),
            None => (Role::Attention, "○ open"),
            Some(Given::Answer { .. }) if told => (Role::Good, "● answered"),
            Some(Given::Answer { .. }) => (Role::Live, "● answered, not told yet"),
            Some(Given::Default { .. }) if told => (Role::Good, "◆ default"),
            Some(Given::Default { .. }) => (Role::Live, "◆ default, not told yet"),
            Some(Given::Skip) if told => (Role::Quiet, "– skipped"),
            Some(Given::Skip) => (Role::Live, "– skipped, not told yet"),
            Some(Given::Back { .. }) if told => (Role::Quiet, "↩ asked back"),
            Some(Given::Back { .. }) => (Role::Live, "↩ asked back, not told yet"),
        }
    }

    /// The question that a person is at.
    pub fn chosen(&self) -> Option<&Entry> {
        let At::Question(id, _) = &self.at else {
            return None;
        };
        self.entries().iter().find(|e| e.question.id == *id)
    }

    /// The answer that a person is at.
    pub fn stop(&self) -> Option<Stop> {
        let At::Question(_, n) = &self.at else {
            return None;
        };
        stops(&self.chosen()?.question).get(*n).copied()
    }

    pub(super) fn go_to(&mut self, id: &str) {
        let entry = self.entries().iter().find(|e| e.question.id == id);
        let Some(stop) = entry.map(|e| first_stop(&e.question, self.given(e))) else {
            return;
        };
        self.at = At::Question(id.to_owned(), stop);
        self.reveals = true;
    }

    /// To a person's own words of it.
    pub(super) fn go_to_own(&mut self, id: &str) {
        let entry = self.entries().iter().find(|e| e.question.id == id);
        if let Some(own) = entry.map(|e| stops(&e.question).len() - 1) {
            self.at = At::Question(id.to_owned(), own);
        }
    }

    /// Goes to the next open question after the one that a person is at, round at the end; where
    /// there is none, to the row that tells the author.
    pub(super) fn go_on(&mut self) {
        let entries = self.entries();
        let here = self.chosen().map(|c| c.question.id.clone());
        let here = entries
            .iter()
            .position(|e| Some(&e.question.id) == here.as_ref());
        let from = here.map_or(0, |n| n + 1);
        let round = entries.iter().skip(from).chain(entries.iter().take(from));
        let open = |e: &&Entry| self.given(e).is_none() || self.is_again(e);
        let next = { round }.find(open).map(|e| e.question.id.clone());
        match next {
            Some(id) => self.go_to(&id),
            None => {
                self.at = if self.untold() > 0 {
                    At::Send
                } else {
                    At::Nowhere
                };
                self.reveals = true;
            }
        }
    }

    /// One answer down or up, over the ends of questions; whether there was one.
    pub(super) fn step_stop(&mut self, down: bool) -> bool {
        let all: Vec<(String, usize)> = self
            .entries()
            .iter()
            .flat_map(|e| {
                let stops = stops(&e.question).len();
                (0..stops).map(|n| (e.question.id.clone(), n))
            })
            .collect();
        let sends = usize::from(self.untold() > 0);
        let place = match &self.at {
            At::Nowhere => None,
            At::Question(id, n) => all.iter().position(|(i, m)| i == id && m == n),
            At::Send => Some(all.len()),
        };
        let next = match (place, down) {
            (None, true) => Some(0),
            (None, false) => (all.len() + sends).checked_sub(1),
            (Some(at), true) => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
        };
        let Some(next) = next.filter(|n| *n < all.len() + sends) else {
            return false;
        };
        self.at = match all.get(next) {
            Some((id, n)) => At::Question(id.clone(), *n),
            None => At::Send,
        };
        self.reveals = true;
        true
    }

    /// To the question after or before.
    pub(super) fn step_question(&mut self, on: bool) {
        let ids: Vec<String> = self
            .entries()
            .iter()
            .map(|e| e.question.id.clone())
            .collect();
        let here = self
            .chosen()
            .and_then(|c| ids.iter().position(|i| *i == c.question.id));
        let next = match (here, on) {
            (None, true) => Some(0),
            (None, false) => ids.len().checked_sub(1),
            (Some(n), true) => Some(n + 1),
            (Some(n), false) => n.checked_sub(1),
        };
        if let Some(id) = next.and_then(|n| ids.get(n)).cloned() {
            self.go_to(&id);
        }
    }
}
