//! Keys and pasted text: for the topmost layer, else by the keymap.

use super::App;
use super::dialogue::NOT_SAVED;
use super::event::{Effect, Request};
use super::landing;
use super::overlay::{self, Choice, Overlay, Wanted, Yes};
use super::scroll::{Scroll, Step};
use super::{Pane, View};
use crate::agents::talk::Decision;
use crate::workbench::actions::{Action, Scope};
use crate::workbench::keymap::Chord;
use crate::workbench::layout;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

impl App {
    pub(super) fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        self.selection = None;
        let action = self.meant(Chord::of(key));
        if let Some(action @ (Action::Interrupt | Action::Suspend)) = action {
            self.act(action, effects);
            return;
        }
        if self.overlays.is_empty() {
            if self.view == View::Dialogue && self.key_in_dialogue(key, effects) {
                return;
            }
            let chord = Chord::of(key);
            match action {
                Some(action) => self.act(action, effects),
                None => {
                    if let Some(n) = self.keymap.command(self.view.scope(), chord) {
                        self.run_command(n, effects);
                    }
                }
            }
        } else {
            self.over(key, effects);
        }
    }

    /// A key of the dialogue that is no action: while something is written, and the one that goes to
    /// the right.
    fn key_in_dialogue(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
        if self.key_in_writing(key, effects) {
            return true;
        }
        // Elsewhere it opens what is chosen; here that would be an answer.
        let right = key.code == KeyCode::Right && key.modifiers.is_empty();
        if right && self.pane == Pane::Left {
            self.pane = Pane::Right;
        }
        right
    }

    /// A key for the topmost layer.
    pub(super) fn over(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        let scope = self.view.scope();
        let action = self.meant(Chord::of(key));
        let in_editor = self.is_for_editor(key);
        let size = self.size;
        let page = isize::try_from(height / 2).unwrap_or(1);
        let Some(top) = self.overlays.last_mut() else {
            return;
        };
        let typed = typed(key);
        match top {
            _ if key.code == KeyCode::Esc => self.close(),
            Overlay::Lines { title, lines, top } => {
                let most = lines.len().saturating_sub(1);
                *top = match key.code {
                    KeyCode::Up => top.saturating_sub(1),
                    KeyCode::Down => (*top + 1).min(most),
                    KeyCode::PageUp => top.saturating_sub(height / 2),
                    KeyCode::PageDown => (*top + height / 2).min(most),
                    _ => {
                        let refused = title.as_str() == NOT_SAVED;
                        self.overlays.pop();
                        // The keys that it names do what it says of them.
                        let named = [Action::SaveAnyway, Action::Tell, Action::Say];
                        if let Some(action) = action.filter(|a| refused && named.contains(a)) {
                            self.act(action, effects);
                        }
                        return;
                    }
                };
            }
            Overlay::Themes(_) => self.pick(key, effects),
            Overlay::Runs { .. } => self.pick_run(key, effects),
            Overlay::Permit { .. } => self.permit(key, effects),
            Overlay::Authors { .. } => self.pick_author(key, effects),
            Overlay::Chart => {
                self.overlays.pop();
            }
            Overlay::Costs(_) => self.costs_key(key),
            Overlay::Confirm { yes, says, top, .. } => {
                let again = yes.light_key().is_some_and(|own| action == Some(own))
                    || (yes.light_key().is_some() && key.code == KeyCode::Enter);
                match key.code {
                    KeyCode::Up => *top = top.saturating_sub(1),
                    KeyCode::Down => *top = top.saturating_add(1).min(says.len()),
                    _ if typed == Some('y') || again => self.confirmed(effects),
                    _ => drop(self.overlays.pop()),
                }
            }
            Overlay::Actions {
                filter,
                scroll,
                grouped,
            } => {
                let rows = overlay::matching(&self.keymap, filter, *grouped, scope);
                match key.code {
                    KeyCode::Up => scroll.step(Step::By(-1), rows.len(), height),
                    KeyCode::Down => scroll.step(Step::By(1), rows.len(), height),
                    KeyCode::PageUp => scroll.step(Step::Page(-1), rows.len(), height),
                    KeyCode::PageDown => scroll.step(Step::Page(1), rows.len(), height),
                    KeyCode::Enter => {
                        let chosen = rows.get(scroll.at).copied();
                        self.overlays.pop();
                        match chosen {
                            Some(Choice::Action(action)) => self.act_by_name(action, effects),
                            Some(Choice::Command(n)) => self.run_command(n, effects),
                            None => {}
                        }
                    }
                    KeyCode::Backspace => {
                        filter.pop();
                        *scroll = Scroll::default();
                    }
                    _ => {
                        if let Some(c) = typed {
                            filter.push(c);
                            *scroll = Scroll::default();
                        }
                    }
                }
            }
            Overlay::Text { input, wanted } => {
                if key.code == KeyCode::Enter {
                    return self.written(effects);
                }
                if in_editor && wanted.is_prose() {
                    return effects.push(Effect::Write(input.text().to_owned()));
                }
                input.key(key);
                self.sought();
            }
            Overlay::Ask(ask) => match key.code {
                KeyCode::Up => ask.step(-1, size),
                KeyCode::Down => ask.step(1, size),
                KeyCode::PageUp => ask.step(-page, size),
                KeyCode::PageDown => ask.step(page, size),
                KeyCode::Char('y') if typed.is_some() => self.agreed(effects),
                KeyCode::Enter if ask.light => self.agreed(effects),
                // The key of the way that is shown leaves it shown.
                _ if typed.is_some() && typed == landing::key_of(&ask.deed) => {}
                _ => match ask.others.iter().find(|o| Some(o.key) == typed) {
                    Some(other) => {
                        let way = other.way.clone();
                        self.otherwise(way, effects);
                    }
                    None => self.close(),
                },
            },
            Overlay::Form(form) => match key.code {
                KeyCode::Enter => self.save(effects),
                KeyCode::Tab | KeyCode::Down => form.step(true),
                KeyCode::BackTab | KeyCode::Up => form.step(false),
                _ => {
                    if let Some(input) = form.input() {
                        input.key(key);
                    }
                }
            },
        }
    }

    /// Whether a key asks for the person's editor, where something is written.
    fn is_for_editor(&self, key: KeyEvent) -> bool {
        let action = self.keymap.action(Scope::Dialogue, Chord::of(key));
        action == Some(Action::WriteInEditor)
    }

    /// Does what was chosen by its name. Answering has no key among the documents, and is had from
    /// there in the pipeline.
    fn act_by_name(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if action == Action::Respond && self.view == View::Artifacts {
            self.go_to_run(View::Pipeline);
        }
        self.act(action, effects);
    }

    /// What is looked for is shown while it is written.
    fn sought(&mut self) {
        if let Some(Overlay::Text { input, wanted }) = self.overlays.last() {
            let text = input.text().to_owned();
            match wanted {
                Wanted::Filter => self.backlog.filter = text,
                Wanted::InPage => self.look_for(&text),
                Wanted::Search => self.searching(&text),
                Wanted::Reason { .. }
                | Wanted::Comment { .. }
                | Wanted::Denial(_)
                | Wanted::Raise { .. }
                | Wanted::Note { .. } => {}
            }
        }
    }

    /// Takes the topmost layer away without an answer.
    fn close(&mut self) {
        match self.overlays.pop() {
            Some(Overlay::Form(form)) => self.leave_form(form),
            Some(Overlay::Text { wanted, input }) => match wanted {
                Wanted::Filter => self.backlog.filter.clear(),
                Wanted::InPage => self.look_for(""),
                Wanted::Search => self.run.timeline.wanted.clear(),
                Wanted::Reason { run, .. } => self.leave_reason(run, input),
                Wanted::Comment { run, subject } => self.leave_comment(run, subject, input),
                Wanted::Denial(_) | Wanted::Raise { .. } => {}
                Wanted::Note { run, stage } => self.leave_note(run, stage, input),
            },
            Some(Overlay::Themes(picker)) => self.unpick(&picker),
            Some(Overlay::Ask(_)) => self.desk.lands = None,
            _ => {}
        }
    }

    fn confirmed(&mut self, effects: &mut Vec<Effect>) {
        if let Some(Overlay::Confirm {
            run, yes, evidence, ..
        }) = self.overlays.pop()
        {
            match yes {
                Yes::Order(request) => self.give(run, request, evidence, effects),
                Yes::Edit(file) => effects.push(file.open()),
            }
        }
    }

    fn written(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Text { wanted, input }) = self.overlays.pop() else {
            return;
        };
        if let Wanted::Denial(permission) = &wanted {
            let reason = Some(input.text().trim().to_owned()).filter(|r| !r.is_empty());
            return self.decided(permission, Decision::Deny { reason }, effects);
        }
        if let Wanted::Comment { run, subject } = wanted {
            return self.comment_written(run, subject, input.text(), effects);
        }
        if let Wanted::Note { run, stage } = wanted {
            return self.noted(run, stage, input.text(), effects);
        }
        if let Wanted::Raise { run, raising } = wanted {
            return self.raised_by(run, raising, input, effects);
        }
        if let Wanted::Reason { run, evidence } = wanted {
            let text = input.text().trim();
            if text.is_empty() && self.open_comments() == 0 {
                self.say("nothing was sent back: it needs a reason".to_owned(), true);
                return;
            }
            let request = Request::SendBack(text.to_owned());
            self.give(run, request, evidence, effects);
        }
    }

    /// Pasted text goes where text is written, and nowhere else: it never presses keys.
    pub(super) fn paste(&mut self, pasted: &str) {
        if self.overlays.is_empty() && self.view == View::Dialogue && self.paste_in_writing(pasted)
        {
            return;
        }
        match self.overlays.last_mut() {
            Some(Overlay::Text { input, .. }) => {
                input.paste(pasted);
                self.sought();
            }
            Some(Overlay::Form(form)) => {
                if let Some(input) = form.input() {
                    input.paste(pasted);
                }
            }
            _ => self.say(
                "pasted text is taken only where text is written".to_owned(),
                false,
            ),
        }
    }
}

/// The character that a key writes.
fn typed(key: KeyEvent) -> Option<char> {
    let held = KeyModifiers::CONTROL | KeyModifiers::ALT;
    match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(held) => Some(c),
        _ => None,
    }
}
