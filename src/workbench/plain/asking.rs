//! Questions, and what is written for them: what would be done is said whole, a yes does it, and
//! anything else leaves it.

use super::linear::Linear;
use super::papers::{counted, file_of_landing, spoken, stopped};
use crate::text::{SafeText, many};
use crate::workbench::actions::Action;
use crate::workbench::app::budget;
use crate::workbench::app::desk::{Ask, Deed, Form, Way};
use crate::workbench::app::input::Input;
use crate::workbench::app::overlay::{Overlay, Wanted, Yes};
use crate::workbench::app::{Event, Request};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;

/// What empties a field.
const EMPTIES: &str = "-";

impl Linear {
    /// Says what came up: some lines, or a question with all that would be done.
    pub(super) fn put(&mut self) {
        while let Some(top) = self.app.overlays.last() {
            if let Overlay::Lines { title, lines, .. } = top {
                let (title, lines) = (title.clone(), lines.clone());
                self.app.overlays.pop();
                self.lines(&title, &lines);
                continue;
            }
            if let Overlay::Receipt(page) = top {
                // What it says comes once it was looked up.
                if page.held.is_none() {
                    return;
                }
                let page = page.clone();
                self.app.overlays.pop();
                self.receipt(&page);
                continue;
            }
            if self.question.as_ref() == Some(top) {
                return;
            }
            self.question = Some(top.clone());
            match top.clone() {
                Overlay::Confirm { yes, says, .. } => self.put_confirm(&yes, &says),
                Overlay::Ask(ask) => self.put_ask(&ask),
                Overlay::Text { wanted, input } => {
                    if let Wanted::Note { stage, .. } = &wanted {
                        let kept = input.text().trim();
                        if !kept.is_empty() {
                            self.say(format!("Written before and not noted: {}", stopped(kept)));
                        }
                        self.say(format!(
                            "Type what the next attempt of {stage} is to know; an empty line leaves it."
                        ));
                    }
                    if let Wanted::Raise { run, raising } = &wanted {
                        let asks = budget::asks(raising);
                        let asks = asks.trim_end();
                        let by = raising.by.text();
                        self.say(format!(
                            "{run}. {asks} Type how much, such as {by}; an empty line leaves it."
                        ));
                    }
                    if matches!(wanted, Wanted::Reason { .. }) {
                        let kept = input.text().trim();
                        if !kept.is_empty() {
                            self.say(format!("Written before and not sent: {}", stopped(kept)));
                        }
                        self.say(match self.app.open_comments() {
                            0 => "Type what is to be changed; an empty line leaves it.".to_owned(),
                            n => format!(
                                "It goes back with {}. Type what else is to be changed, or a \
                                 hyphen alone for nothing else; an empty line leaves it.",
                                many(n, "comment")
                            ),
                        });
                    }
                }
                Overlay::Form(form) => self.put_field(&form),
                _ => {
                    self.app.overlays.pop();
                    continue;
                }
            }
            return;
        }
        self.question = None;
    }

    pub(super) fn key(&mut self, now: Timestamp, code: KeyCode) {
        self.take(now, Event::Key(KeyEvent::from(code)));
    }

    fn put_confirm(&mut self, yes: &Yes, says: &[String]) {
        // Of a gate all was read just before.
        let most = match yes {
            Yes::Order(Request::Approve) => 2,
            _ => says.len(),
        };
        let says = says.iter().take(most).map(|l| spoken(l)).collect();
        self.ask(says);
    }

    fn put_ask(&mut self, ask: &Ask) {
        let mut says = vec![ask.title.clone()];
        if let Deed::Start { task, .. } = &ask.deed
            && let Some(Ok(sheet)) = self.app.start_of(task)
        {
            if sheet.in_place.is_none() {
                says.push(format!(
                    "branch: {}, in a tree of its own below {}",
                    sheet.branch,
                    sheet.trees.display()
                ));
            }
            for stage in &sheet.stages {
                for (side, when) in &stage.gates {
                    let when = match when.as_str() {
                        "true" => String::new(),
                        when => format!(", where {when}"),
                    };
                    says.push(format!("gate: you are asked {side} {}{when}", stage.name));
                }
            }
        }
        let mut lead = "";
        let mut of_lead = 0;
        for (word, text) in &ask.lines {
            if word.is_empty() {
                of_lead += 1;
            } else {
                (lead, of_lead) = (word, 0);
            }
            let text = match (lead, of_lead) {
                // A command is said as it is.
                _ if matches!(ask.deed, Deed::Trust { .. } | Deed::Command(..)) => {
                    SafeText::line(text).into_string()
                }
                ("files", 0) => counted(text),
                ("files", _) => file_of_landing(text),
                _ => spoken(text),
            };
            says.push(if lead.is_empty() {
                text
            } else {
                format!("{lead}: {text}")
            });
        }
        self.ask(says);
    }

    fn ask(&mut self, says: Vec<String>) {
        self.page(says);
        self.say(self.prompt());
    }

    /// What can be answered.
    pub(super) fn prompt(&self) -> String {
        match self.app.overlays.last() {
            Some(Overlay::Ask(ask)) => {
                let others = ask.others.iter();
                let others: String = others
                    .map(|o| format!(", {} for {}", o.key, o.word))
                    .collect();
                format!("Type yes to {}{others}; anything else leaves it.", ask.yes)
            }
            Some(Overlay::Confirm { .. }) => {
                "Type yes to do it; anything else leaves it.".to_owned()
            }
            _ => String::new(),
        }
    }

    pub(super) fn answer(&mut self, now: Timestamp, line: &str) {
        let line = line.to_lowercase();
        if line == "more" {
            self.more(now);
            return self.say(self.prompt());
        }
        if let Some(Overlay::Ask(ask)) = self.app.overlays.last()
            && let Some(other) = ask
                .others
                .iter()
                .find(|o| o.word == line || is_key(&line, o.key))
        {
            let other = other.clone();
            match other.way {
                Way::Show(_, paper) => {
                    self.say("Left as it is.");
                    self.app.overlays.pop();
                    self.read_paper(now, paper);
                }
                Way::Look(_) | Way::Do(_) => self.key(now, KeyCode::Char(other.key)),
            }
            return;
        }
        let yes = matches!(line.as_str(), "y" | "yes");
        // Said first: what comes of it may be there at once.
        self.say(if yes { "Ordered." } else { "Left as it is." });
        self.key(
            now,
            if yes {
                KeyCode::Char('y')
            } else {
                KeyCode::Esc
            },
        );
    }

    /// A line for what is written in one line.
    pub(super) fn text(&mut self, now: Timestamp, line: &str) {
        if line.trim().is_empty() {
            self.say(match self.app.overlays.last() {
                Some(Overlay::Text {
                    wanted: Wanted::Raise { .. },
                    ..
                }) => "Left as it is.",
                _ => "Left as it is: it needs a reason.",
            });
            return self.key(now, KeyCode::Esc);
        }
        let reason = matches!(
            self.app.overlays.last(),
            Some(Overlay::Text {
                wanted: Wanted::Reason { .. },
                ..
            })
        );
        let alone = reason && line.trim() == EMPTIES && self.app.open_comments() > 0;
        // What was written there before does not stand before what is said now.
        if let Some(Overlay::Text { input, .. }) = self.app.overlays.last_mut() {
            *input = Input::default();
        }
        if !alone {
            self.take(now, Event::Paste(line.to_owned()));
        }
        self.key(now, KeyCode::Enter);
    }

    /// Shows what fits the words; all without any.
    pub(super) fn find(&mut self, now: Timestamp, words: &str) {
        if let Some(Overlay::Text { input, .. }) = self.app.overlays.last_mut() {
            *input = Input::default();
        }
        if words.is_empty() {
            self.key(now, KeyCode::Esc);
        } else {
            self.text(now, words);
        }
        self.overview();
    }

    fn put_field(&mut self, form: &Form) {
        let Some((name, input)) = form.fields.get(form.at) else {
            return;
        };
        let (name, was) = (super::words::capital(name), stopped(input.text()));
        self.say(match (form.edits().is_some() || was != ".", form.at) {
            (false, 0) => format!("{name}? An empty line adds nothing."),
            (false, _) => format!("{name}? An empty line for none."),
            (true, 0) => format!("{name} is: {was} Type another; an empty line keeps it."),
            (true, _) if was == "." => format!("{name} is empty. Type one, or an empty line."),
            (true, _) => format!(
                "{name} is: {was} Type another; an empty line keeps it, a hyphen alone empties it."
            ),
        });
    }

    /// A line for the field of a form that was asked for.
    pub(super) fn field(&mut self, now: Timestamp, line: &str) {
        if std::mem::take(&mut self.saves) {
            return if matches!(line.to_lowercase().as_str(), "y" | "yes") {
                self.key(now, KeyCode::Enter);
            } else {
                self.app.overlays.pop();
                self.say("Left as it is.");
            };
        }
        let Some(Overlay::Form(form)) = self.app.overlays.last_mut() else {
            return;
        };
        let (at, edits) = (form.at, form.edits().is_some());
        if let Some(input) = form.input() {
            match line.trim() {
                "" => {}
                EMPTIES if at > 0 => *input = Input::default(),
                // A title can't be empty.
                EMPTIES => {}
                text => *input = Input::of(text),
            }
            if at == 0 && !edits && input.text().is_empty() {
                self.app.overlays.pop();
                return self.say("Nothing was added.");
            }
        }
        if at + 1 < form.fields.len() {
            form.at += 1;
            let form = form.clone();
            self.question = self.app.overlays.last().cloned();
            return self.put_field(&form);
        }
        let changed = form.is_changed();
        if edits && changed {
            let form = form.clone();
            self.saves = true;
            self.question = self.app.overlays.last().cloned();
            self.put_changes(&form);
        } else {
            self.key(now, KeyCode::Enter);
        }
    }

    /// What an edit would change.
    fn put_changes(&mut self, form: &Form) {
        let Some(Deed::Edit { was, now, .. }) = form.deed() else {
            return;
        };
        let fields = [
            ("Title", was.title, now.title),
            ("Status", was.status, now.status),
            ("Summary", was.summary, now.summary),
        ];
        for (name, was, now) in fields.into_iter().filter(|(_, a, b)| a != b) {
            let now = match now.as_str() {
                "" => "nothing",
                now => now,
            };
            let (now, was) = (stopped(now), stopped(&was));
            self.say(format!("{name} becomes: {now} It was: {was}"));
        }
        self.say("Type yes to write it; anything else leaves it.");
    }

    /// What stands after `new`, the title; after `edit-item`, a field and what it is to be.
    pub(super) fn fields(&mut self, now: Timestamp, action: Action, rest: &str) {
        if action == Action::NewItem {
            return self.field(now, rest);
        }
        let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let Some(Overlay::Form(form)) = self.app.overlays.last_mut() else {
            return;
        };
        let name = name.to_lowercase();
        let field = form.fields.iter_mut().find(|(n, _)| *n == name);
        let Some((_, input)) = field.filter(|_| !text.trim().is_empty()) else {
            self.app.overlays.pop();
            return self.say(
                "After it stands title, status or summary and what that is to be; nothing was done.",
            );
        };
        *input = match text.trim() {
            EMPTIES => Input::default(),
            text => Input::of(text),
        };
        self.key(now, KeyCode::Enter);
    }
}

/// Whether this is a key by itself.
fn is_key(line: &str, key: char) -> bool {
    let mut letters = line.chars();
    letters.next() == Some(key) && letters.next().is_none()
}
