//! Keys and pasted text: for the topmost layer, else by the keymap.

use super::App;
use super::Pane;
use super::event::{Effect, Request};
use super::overlay::{self, Overlay, Wanted};
use super::scroll::{Scroll, Step};
use crate::workbench::actions::Action;
use crate::workbench::keymap::Chord;
use crate::workbench::layout;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

impl App {
    pub(super) fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        self.selection = None;
        let action = self.keymap.action(self.view.scope(), Chord::of(key));
        if let Some(action @ (Action::Interrupt | Action::Suspend)) = action {
            self.act(action, effects);
            return;
        }
        if self.overlays.is_empty() {
            if let Some(action) = action {
                self.act(action, effects);
            }
        } else {
            self.over(key, effects);
        }
    }

    /// A key for the topmost layer.
    pub(super) fn over(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        let scope = self.view.scope();
        let action = self.keymap.action(scope, Chord::of(key));
        let Some(top) = self.overlays.last_mut() else {
            return;
        };
        let typed = match key.code {
            KeyCode::Char(c)
                if !key
                    .modifiers
                    .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
            {
                Some(c)
            }
            _ => None,
        };
        match top {
            _ if key.code == KeyCode::Esc => self.close(),
            Overlay::Lines { lines, top, .. } => {
                let most = lines.len().saturating_sub(1);
                *top = match key.code {
                    KeyCode::Up => top.saturating_sub(1),
                    KeyCode::Down => (*top + 1).min(most),
                    KeyCode::PageUp => top.saturating_sub(height / 2),
                    KeyCode::PageDown => (*top + height / 2).min(most),
                    _ => {
                        self.overlays.pop();
                        return;
                    }
                };
            }
            Overlay::Themes(_) => self.pick(key, effects),
            Overlay::Runs { .. } => self.pick_run(key, effects),
            Overlay::Chart => {
                self.overlays.pop();
            }
            Overlay::Confirm { request, .. } => {
                let light = request.is_light();
                let again = || {
                    let same = matches!(action, Some(Action::Pause | Action::PauseNow));
                    same || key.code == KeyCode::Enter
                };
                if typed == Some('y') || (light && again()) {
                    self.confirmed(effects);
                } else {
                    self.overlays.pop();
                }
            }
            Overlay::Actions {
                filter,
                scroll,
                grouped,
            } => {
                let rows = overlay::matching(filter, *grouped, scope);
                match key.code {
                    KeyCode::Up => scroll.step(Step::By(-1), rows.len(), height),
                    KeyCode::Down => scroll.step(Step::By(1), rows.len(), height),
                    KeyCode::PageUp => scroll.step(Step::Page(-1), rows.len(), height),
                    KeyCode::PageDown => scroll.step(Step::Page(1), rows.len(), height),
                    KeyCode::Enter => {
                        let action = rows.get(scroll.at).copied();
                        self.overlays.pop();
                        if let Some(action) = action {
                            self.act(action, effects);
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
            Overlay::Text { input, .. } => {
                if key.code == KeyCode::Enter {
                    return self.written(effects);
                }
                input.key(key);
                self.sought();
            }
            Overlay::Ask(ask) => match key.code {
                KeyCode::Up => ask.top = ask.top.saturating_sub(1),
                KeyCode::Down => ask.top += 1,
                KeyCode::PageUp => ask.top = ask.top.saturating_sub(height / 2),
                KeyCode::PageDown => ask.top += height / 2,
                KeyCode::Char('y') if typed.is_some() => self.agreed(effects),
                KeyCode::Enter if ask.light => self.agreed(effects),
                _ => match ask.others.iter().find(|o| Some(o.key) == typed) {
                    Some(other) => {
                        let way = other.way.clone();
                        self.otherwise(way, effects);
                    }
                    None => drop(self.overlays.pop()),
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

    /// What is looked for is shown while it is written.
    fn sought(&mut self) {
        if let Some(Overlay::Text { input, wanted }) = self.overlays.last() {
            let text = input.text().to_owned();
            match wanted {
                Wanted::Filter => self.backlog.filter = text,
                Wanted::InPage => self.look_for(&text),
                Wanted::Search => self.searching(&text),
                Wanted::Reason { .. } => {}
            }
        }
    }

    /// Takes the topmost layer away without an answer.
    fn close(&mut self) {
        match self.overlays.pop() {
            Some(Overlay::Form(form)) => self.leave_form(form),
            Some(Overlay::Text { wanted, .. }) => match wanted {
                Wanted::Filter => self.backlog.filter.clear(),
                Wanted::InPage => self.look_for(""),
                Wanted::Search => self.run.timeline.wanted.clear(),
                Wanted::Reason { .. } => {}
            },
            Some(Overlay::Themes(picker)) => self.unpick(&picker),
            _ => {}
        }
    }

    fn confirmed(&mut self, effects: &mut Vec<Effect>) {
        if let Some(Overlay::Confirm {
            run,
            request,
            evidence,
            ..
        }) = self.overlays.pop()
        {
            self.ordered += 1;
            effects.push(Effect::Order {
                run,
                request,
                evidence,
            });
        }
    }

    fn written(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Text { wanted, input }) = self.overlays.pop() else {
            return;
        };
        if let Wanted::Reason { run, evidence } = wanted {
            let text = input.text().trim();
            if text.is_empty() {
                self.say("nothing was sent back: it needs a reason".to_owned(), true);
                return;
            }
            self.ordered += 1;
            effects.push(Effect::Order {
                run,
                request: Request::SendBack(text.to_owned()),
                evidence,
            });
        }
    }

    /// Pasted text goes where text is written, and nowhere else: it never presses keys.
    pub(super) fn paste(&mut self, pasted: &str) {
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
