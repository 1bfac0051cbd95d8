//! Writing in the dialogue: an answer, a question back, words to the author; and naming files.

use super::pad::{LONGEST, Pad};
use super::{App, Dialogue, Field};
use crate::dialogue::question::Given;
use crate::dialogue::reply;
use crate::text::fuzzy;
use crate::workbench::actions::Action;
use crate::workbench::app::desk::Look;
use crate::workbench::app::event::Effect;
use crate::workbench::app::scroll::Step;
use crate::workbench::keymap::Chord;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::cmp::Reverse;
use std::sync::Arc;

/// The most files that are offered at once.
const OFFERED: usize = 5;

/// The files that are offered while one is named.
#[derive(Debug, Clone, Default)]
pub(super) struct Offers {
    /// For which word; `None`: none is named.
    word: Option<String>,
    /// Those that fit it best.
    found: Vec<String>,
    /// The chosen one.
    at: usize,
    /// Whether they were put away for this word.
    away: bool,
}

impl Dialogue {
    /// The files that fit the word which is being written, and which of them is chosen.
    pub fn completions(&self) -> (&[String], usize) {
        if self.offers.away || self.writing.is_none() {
            return (&[], 0);
        }
        (&self.offers.found, self.offers.at)
    }

    /// Takes the files that can be named.
    pub(in crate::workbench::app) fn name_files(&mut self, paths: Vec<String>) {
        self.paths = Some(Arc::new(paths));
        self.offers = Offers::default();
    }

    /// Looks for the files that fit where another word is written.
    pub(super) fn settle_offers(&mut self) {
        let pad = self.writing.as_ref().and_then(|f| self.typed.get(f));
        let word = pad.and_then(|p| p.text().get(p.mention()?));
        if word == self.offers.word.as_deref() {
            return;
        }
        let found = match (word, &self.paths) {
            (Some(word), Some(paths)) => fitting(word, paths),
            _ => Vec::new(),
        };
        self.offers = Offers {
            word: word.map(str::to_owned),
            found,
            ..Offers::default()
        };
    }

    fn choose_completion(&mut self, down: bool) {
        let last = self.offers.found.len().saturating_sub(1);
        let at = self.offers.at;
        self.offers.at = if down {
            (at + 1).min(last)
        } else {
            at.saturating_sub(1)
        };
    }

    fn complete(&mut self) {
        let (found, at) = self.completions();
        let Some(path) = found.get(at).cloned() else {
            return;
        };
        let pad = self.writing.as_ref().and_then(|f| self.typed.get_mut(f));
        if let Some(pad) = pad
            && let Some(range) = pad.mention()
        {
            pad.replace(range, &format!("{path} "));
        }
    }
}

/// The files that fit a word, the best first, of those alike the shortest.
fn fitting(word: &str, paths: &[String]) -> Vec<String> {
    let scored = paths.iter().map(|p| (fuzzy::meant(word, p, ""), p));
    let fits = scored.filter_map(|(score, p)| Some((score?, p.len(), p)));
    let mut found: Vec<_> = fits.collect();
    found.sort_by_key(|(score, length, path)| (Reverse(*score), *length, *path));
    let named = found.into_iter().take(OFFERED);
    named.map(|(.., path)| path.clone()).collect()
}

impl App {
    /// Begins to write.
    pub(super) fn writes(&mut self, field: Field, effects: &mut Vec<Effect>) {
        self.dialogue.typed.entry(field.clone()).or_default();
        self.dialogue.writing = Some(field);
        self.dialogue.reveals = true;
        self.pane = crate::workbench::app::Pane::Left;
        if self.dialogue.paths.is_none() {
            self.look_at(Look::Paths, effects);
        }
    }

    /// Writes the answer to the chosen question: what was given before is there to be changed.
    pub(super) fn write_answer(&mut self, effects: &mut Vec<Effect>) {
        let Some(entry) = self.dialogue.chosen() else {
            return;
        };
        let id = entry.question.id.clone();
        let last = super::form::stops(&entry.question).len() - 1;
        let listed = |text: &str| {
            entry.question.recommended.as_deref() == Some(text)
                || entry.question.options.iter().any(|o| o.text == text)
        };
        let own = self.dialogue.given(entry).and_then(Given::answer);
        let own = own.filter(|t| !listed(t)).map(str::to_owned);
        let field = Field::Answer(id.clone());
        self.dialogue.at = super::form::At::Question(id, last);
        self.writes(field.clone(), effects);
        if let Some(pad) = self.dialogue.typed.get_mut(&field)
            && pad.is_blank()
            && let Some(own) = own
        {
            *pad = Pad::of(&own);
        }
    }

    /// A key while something is written; whether it was one.
    pub(in crate::workbench::app) fn key_in_writing(
        &mut self,
        key: KeyEvent,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(field) = self.dialogue.writing.clone() else {
            return false;
        };
        let action = self.keymap.action(self.view.scope(), Chord::of(key));
        let breaks = KeyModifiers::ALT | KeyModifiers::SHIFT | KeyModifiers::CONTROL;
        let offered = !self.dialogue.completions().0.is_empty();
        match key.code {
            _ if action == Some(Action::WriteInEditor) => self.write_in_editor(effects),
            KeyCode::Esc if offered => self.dialogue.offers.away = true,
            KeyCode::Tab | KeyCode::Enter if offered && key.modifiers.is_empty() => {
                self.dialogue.complete();
            }
            KeyCode::Up | KeyCode::Down if offered && key.modifiers.is_empty() => {
                self.dialogue.choose_completion(key.code == KeyCode::Down);
            }
            KeyCode::Esc => self.stop_writing(),
            KeyCode::Enter if key.modifiers.intersects(breaks) => self.put_in(&field, "\n"),
            KeyCode::Char('j') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.put_in(&field, "\n");
            }
            KeyCode::Enter => self.wrote(&field, effects),
            KeyCode::PageUp => self.scroll_talk(Step::Page(-1)),
            KeyCode::PageDown => self.scroll_talk(Step::Page(1)),
            _ => {
                let columns = self.talk_columns().saturating_sub(8);
                if let Some(pad) = self.dialogue.typed.get_mut(&field) {
                    pad.key(key, columns);
                }
            }
        }
        true
    }

    /// Text to be written where a person writes; whether they do.
    pub(in crate::workbench::app) fn paste_in_writing(&mut self, text: &str) -> bool {
        match self.dialogue.writing.clone() {
            Some(field) => {
                self.put_in(&field, text);
                true
            }
            None => false,
        }
    }

    fn put_in(&mut self, field: &Field, text: &str) {
        let pad = self.dialogue.typed.get_mut(field);
        let out = pad.map_or(0, |pad| pad.insert(text));
        self.leaves_out(out, text);
    }

    /// Says that of a text, pasted or from the editor, not all has room.
    fn leaves_out(&mut self, out: usize, text: &str) {
        if out > 0 {
            let room = LONGEST / 1024;
            let text = format!(
                "a text has room for {room} KiB: the last {out} of {} bytes are left out",
                text.len()
            );
            self.say(text, true);
        }
    }

    /// Leaves what is written where it is: it is there again when it is gone on with.
    fn stop_writing(&mut self) {
        let field = self.dialogue.writing.take();
        let kept = field.and_then(|f| self.dialogue.typed.get(&f).map(|p| !p.is_blank()));
        if kept == Some(true) {
            self.say("kept as it is, not given yet".to_owned(), false);
        }
    }

    /// What was written is given, or sent.
    fn wrote(&mut self, field: &Field, effects: &mut Vec<Effect>) {
        let pad = self.dialogue.typed.get(field);
        let text = pad.map_or("", |p| p.text().trim()).to_owned();
        match field {
            Field::Reply if text.is_empty() && self.dialogue.untold() == 0 => {
                self.dialogue.writing = None;
            }
            Field::Reply if self.dialogue.is_at_it() => {
                self.say(
                    "the author is still at it; what you wrote is kept".to_owned(),
                    false,
                );
            }
            Field::Reply => {
                self.done_writing(field);
                self.tells(text, effects);
            }
            _ if text.is_empty() => {
                self.done_writing(field);
                self.dialogue.go_on();
            }
            Field::Answer(id) => {
                let id = id.clone();
                self.done_writing(field);
                let given = self.dialogue.entries().iter();
                let entry = { given }.find(|e| e.question.id == id);
                let given = entry.and_then(|e| reply::given(&e.question, &text));
                if let Some(given) = given {
                    self.gives(given, effects);
                }
            }
            Field::Back(_) => {
                self.done_writing(field);
                self.gives(Given::Back { text }, effects);
            }
        }
    }

    fn done_writing(&mut self, field: &Field) {
        self.dialogue.typed.remove(field);
        self.dialogue.writing = None;
    }

    /// Lends the terminal to the person's editor with what is written.
    pub(super) fn write_in_editor(&mut self, effects: &mut Vec<Effect>) {
        let field = match (&self.dialogue.writing, self.dialogue.chosen()) {
            (Some(field), _) => field.clone(),
            (None, Some(entry)) => Field::Answer(entry.question.id.clone()),
            (None, None) => Field::Reply,
        };
        match field {
            Field::Answer(_) if self.dialogue.writing.is_none() => self.write_answer(effects),
            _ => self.writes(field.clone(), effects),
        }
        let pad = self.dialogue.typed.get(&field);
        let text = pad.map_or(String::new(), |p| p.text().to_owned());
        effects.push(Effect::Write(text));
    }

    /// What was written in the person's editor.
    pub(in crate::workbench::app) fn written_in_editor(&mut self, wrote: Result<String, String>) {
        match (wrote, self.dialogue.writing.clone()) {
            (Ok(text), Some(field)) => {
                let pad = self.dialogue.typed.get_mut(&field);
                let out = pad.map_or(0, |pad| pad.set(text.trim_end()));
                self.leaves_out(out, &text);
            }
            (Ok(_), None) => {}
            (Err(why), _) => self.say(format!("editor: {why}"), true),
        }
    }
}
