//! What the author asks leave for, and which author there is to be.

use super::App;
use crate::agents::talk::{Decision, Permission};
use crate::dialogue::lead::{Shown, Wish};
use crate::dialogue::state::Line;
use crate::workbench::app::View;
use crate::workbench::app::event::Effect;
use crate::workbench::app::input::Input;
use crate::workbench::app::overlay::{Overlay, Wanted};
use crate::workbench::app::scroll::{Scroll, Step};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::SignedDuration;

/// For so long after a request came up nothing is decided by what is pressed.
const GRACE: SignedDuration = SignedDuration::from_millis(425);

/// What was decided, until it is known to have been taken.
#[derive(Debug, Clone)]
pub(super) struct Deciding {
    id: String,
    said: String,
    /// How many lines the conversation had before.
    lines: usize,
}

impl App {
    /// Says what was decided once the transcript has it. Of a request that was withdrawn nothing is
    /// said.
    fn says_decided(&mut self, shown: &Shown) {
        let there = |d: &mut Deciding| shown.live.permissions.iter().any(|p| p.id == d.id);
        let Some(decided) = self.dialogue.deciding.take_if(|d| !there(d)) else {
            return;
        };
        let mut since = shown.state.lines.iter().skip(decided.lines);
        if since.any(|l| matches!(l, Line::Note(_))) {
            self.say(decided.said, false);
        }
    }

    /// Requests that are withdrawn go; a new one comes up where nothing is in hand.
    pub(super) fn asks_leave(&mut self, shown: &Shown) {
        self.says_decided(shown);
        let asked = |p: &Permission| shown.live.permissions.iter().any(|q| q.id == p.id);
        self.overlays.retain(|o| match o {
            Overlay::Permit { permission, .. }
            | Overlay::Text {
                wanted: Wanted::Denial(permission),
                ..
            } => asked(permission),
            _ => true,
        });
        let Some(first) = shown.live.permissions.first() else {
            self.dialogue.seen.clear();
            return;
        };
        // Another process counts its requests anew.
        self.dialogue
            .seen
            .retain(|id| shown.live.permissions.iter().any(|p| p.id == *id));
        let new = self.dialogue.seen.insert(first.id.clone());
        let free = self.overlays.is_empty() && self.dialogue.writing.is_none();
        if new && free && self.view == View::Dialogue {
            self.show_permission();
            self.dialogue.raised = Some(self.now);
        } else if new {
            let text = format!("{} asks leave: {}", shown.agent, first.title);
            self.say(text, false);
        }
    }

    pub(super) fn show_permission(&mut self) {
        let shown = self.dialogue.shown.as_ref();
        let first = shown.and_then(|s| s.live.permissions.first().cloned());
        if let Some(permission) = first {
            self.overlays.push(Overlay::Permit { permission, top: 0 });
        }
    }

    /// A key for the request that is shown.
    pub(in crate::workbench::app) fn permit(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Some(Overlay::Permit { permission, top }) = self.overlays.last_mut() else {
            return;
        };
        let decision = match key.code {
            KeyCode::Up | KeyCode::Char('k') => {
                *top = top.saturating_sub(1);
                return;
            }
            KeyCode::Down | KeyCode::Char('j') => {
                *top = top.saturating_add(1);
                return;
            }
            KeyCode::PageUp => {
                *top = top.saturating_sub(10);
                return;
            }
            KeyCode::PageDown => {
                *top = top.saturating_add(10);
                return;
            }
            KeyCode::Char('y') => Some(Decision::AllowOnce),
            KeyCode::Char('D') => Some(Decision::AllowForDialogue),
            KeyCode::Char('n') => Some(Decision::Deny { reason: None }),
            KeyCode::Char('r') => None,
            _ => return,
        };
        let fresh = |at| self.now.duration_since(at) < GRACE;
        if self.dialogue.raised.is_some_and(fresh) {
            self.say("not taken: this had just come up".to_owned(), false);
            return;
        }
        let permission = permission.clone();
        self.overlays.pop();
        match decision {
            Some(decision) => self.decided(&permission, decision, effects),
            None => self.overlays.push(Overlay::Text {
                wanted: Wanted::Denial(permission),
                input: Input::default(),
            }),
        }
    }

    /// The person decided.
    pub(in crate::workbench::app) fn decided(
        &mut self,
        permission: &Permission,
        decision: Decision,
        effects: &mut Vec<Effect>,
    ) {
        effects.extend(self.decides(permission, decision, None));
    }

    /// Decides; `said`: what is said of it, in other words than the usual, once it was taken.
    pub fn decides(
        &mut self,
        permission: &Permission,
        decision: Decision,
        said: Option<String>,
    ) -> Vec<Effect> {
        let said = said.unwrap_or_else(|| match &decision {
            Decision::AllowOnce => "allowed once".to_owned(),
            Decision::AllowForDialogue => {
                format!("{} is allowed in this dialogue", permission.tool)
            }
            Decision::Deny { .. } => "denied".to_owned(),
        });
        let shown = self.dialogue.shown.as_ref();
        self.dialogue.deciding = Some(Deciding {
            id: permission.id.clone(),
            said,
            lines: shown.map_or(0, |s| s.state.lines.len()),
        });
        vec![Effect::Talk(Wish::Decide {
            id: permission.id.clone(),
            decision,
        })]
    }

    /// The agents there are to go on with.
    pub(in crate::workbench::app) fn offers_authors(&mut self, list: Vec<(String, String)>) {
        if list.is_empty() {
            return self.say(
                "no agent declares the capability author in harness.yaml".to_owned(),
                true,
            );
        }
        if self.overlays.is_empty() {
            let scroll = Scroll::default();
            self.overlays.push(Overlay::Authors { list, scroll });
        }
    }

    /// A key for the list of agents.
    pub(in crate::workbench::app) fn pick_author(
        &mut self,
        key: KeyEvent,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Overlay::Authors { list, scroll }) = self.overlays.last_mut() else {
            return;
        };
        let rows = list.len();
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => scroll.step(Step::By(-1), rows, rows),
            KeyCode::Down | KeyCode::Char('j') => scroll.step(Step::By(1), rows, rows),
            KeyCode::Enter => {
                let name = list.get(scroll.at).map(|(name, _)| name.clone());
                self.overlays.pop();
                if let Some(name) = name {
                    let text = format!("{name} goes on in a new session; it is told what was said");
                    self.say(text, false);
                    effects.push(Effect::Talk(Wish::Agent(name)));
                }
            }
            _ => drop(self.overlays.pop()),
        }
    }
}
