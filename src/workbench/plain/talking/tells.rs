//! What the author says and does, told as it comes and once.

use super::super::linear::Linear;
use super::super::papers::stopped;
use super::{Put, Talking};
use crate::dialogue::lead::Shown;
use crate::dialogue::question::Question;
use crate::dialogue::state::{Floor, Line, State};
use crate::text::many;
use crate::workbench::app::dialogue::lay::{before, without_draft};

impl Linear {
    /// Says what came since.
    pub(super) fn tell_new(&mut self, shown: &Shown) {
        let of = match &self.app.dialogue.asks {
            Some(asks) => format!("{} {} {:?}", asks.run, asks.stage, asks.attempt),
            None => shown.id.to_string(),
        };
        if self.talking.of != of {
            self.talking = Talking {
                of,
                wished: self.talking.wished,
                tells: self.talking.tells,
                ..Talking::default()
            };
            self.begin(shown);
            self.offers_words();
        }
        let from = self.talking.lines;
        self.talking.lines = shown.state.lines.len();
        for n in from..shown.state.lines.len() {
            self.tell_line(shown, n);
        }
        if shown.state.floor == Floor::Agent {
            let from = self.talking.messages;
            // What it asks in the last one is known when its turn is over.
            self.talking.messages = shown.live.said.len().saturating_sub(1).max(from);
            let now = self.talking.messages;
            for message in shown.live.said.iter().take(now).skip(from) {
                if !self.talking.told.is_empty() {
                    self.talking.told.push_str("\n\n");
                }
                self.talking.told.push_str(message);
                self.tell_message(&shown.agent, message, None);
            }
        }
    }

    /// What there is already, where it is gone on with.
    fn begin(&mut self, shown: &Shown) {
        let state = &shown.state;
        let asked = state.form.entries().len();
        if self.app.dialogue.asks.is_some() {
            return self.say(format!(
                "{} asks you {}; it runs again with your answers.",
                shown.agent,
                many(asked, "question")
            ));
        }
        let title = state.about.as_ref().map(|a| a.title.clone());
        let title = title.unwrap_or_default();
        self.say(stopped(&format!(
            "{} {title}, a dialogue with {}",
            shown.id, shown.agent
        )));
        if state.lines.is_empty() {
            return;
        }
        self.say(format!("It goes on: {}.", state.so_far()));
        let last = state
            .lines
            .iter()
            .rposition(|l| matches!(l, Line::Agent(_)));
        if let Some(n) = last.filter(|_| state.floor == Floor::Person) {
            self.tell_line(shown, n);
        }
        self.talking.lines = state.lines.len();
    }

    fn tell_line(&mut self, shown: &Shown, n: usize) {
        let Some(line) = shown.state.lines.get(n) else {
            return;
        };
        match line {
            Line::Agent(text) => {
                let told = std::mem::take(&mut self.talking.told);
                self.talking.messages = 0;
                let rest = match told.as_str() {
                    "" => text.as_str(),
                    told => text.strip_prefix(told).unwrap_or_default(),
                };
                self.tell_message(&shown.agent, rest, asked_with(&shown.state, n));
            }
            Line::Tool(title) => self.say(format!("{} uses {}", shown.agent, stopped(title))),
            Line::Note(note) => {
                // What was allowed or denied was said when it was.
                let decided = note.starts_with("allowed ") || note.starts_with("denied");
                if !decided {
                    self.say(format!("Attention: {}", stopped(note)));
                }
            }
            Line::You(_) | Line::Form(_) | Line::Questions(_) | Line::Draft | Line::Saved => {}
        }
    }

    /// A message, without the draft in it, which is told by itself, and up to its first question:
    /// those are put one by one.
    fn tell_message(&mut self, agent: &str, text: &str, first: Option<&Question>) {
        let text = without_draft(text);
        let text = first.map_or(text.clone(), |question| before(&text, question));
        let lines = text.lines().filter(|l| !l.trim().is_empty());
        // A heading over what is put by itself says nothing alone.
        let lines: Vec<&str> = lines.filter(|l| !is_questions(l.trim())).collect();
        if lines.is_empty() {
            return;
        }
        self.say(format!("{agent} says:"));
        for line in lines {
            self.say(line);
        }
        self.talking.put = Put::Nothing;
    }
}

/// The first question of those that were asked with the message at this line.
fn asked_with(state: &State, n: usize) -> Option<&Question> {
    let asked = state.lines.iter().skip(n + 1).take(2);
    let ids = { asked }.find_map(|l| match l {
        Line::Questions(ids) => Some(ids),
        _ => None,
    })?;
    Some(&state.form.get(ids.first()?)?.question)
}

/// Whether this heads the questions.
fn is_questions(line: &str) -> bool {
    let bare = line.trim_start_matches('#').trim().to_ascii_lowercase();
    line.starts_with('#') && ["questions", "open questions"].contains(&bare.as_str())
}
