//! What the author says, line by line as it comes, each line once; a draft among it is shown when
//! it is whole.

use crate::agents::AgentEvent;
use crate::agents::talk::{Heard, TurnEnd};
use crate::cli::out::{Out, Role, paint, safe};
use crate::dialogue::partner::News;
use crate::text::SafeText;

/// How a draft begins and ends in an answer.
const BEGINS: &str = "<<<ARTIFACT";
const ENDS: &str = "ARTIFACT>>>";

/// What of a turn was said so far.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// Who speaks.
    who: String,
    /// Whether it was said who.
    named: bool,
    /// What of the message was printed.
    printed: String,
    /// What came of its next line.
    begun: String,
    in_draft: bool,
}

impl Telling {
    /// A turn begins.
    pub(super) fn begin(&mut self, who: &str) {
        *self = Self {
            who: who.to_owned(),
            ..Self::default()
        };
    }

    /// Tells what the author told.
    pub(super) fn tell(&mut self, out: &Out, news: &News) {
        match news {
            News::Heard(Heard::Event(AgentEvent::TextDelta { text })) => self.piece(out, text),
            News::Heard(Heard::Event(AgentEvent::Text { text })) => self.whole(out, text),
            News::Heard(Heard::Event(AgentEvent::ToolStarted { name, title, .. })) => {
                self.end(out);
                let told = format!("  · {}", safe(&format!("{name} {title}")));
                out.text(paint(Role::Quiet, told));
            }
            News::Heard(Heard::Turn(turn)) => {
                if !self.named && turn.end == TurnEnd::Answered {
                    self.whole(out, &turn.answer);
                }
                self.end(out);
            }
            News::Gone(_) => self.end(out),
            News::Heard(_) => {}
        }
    }

    /// What is begun is printed.
    pub(super) fn end(&mut self, out: &Out) {
        let begun = std::mem::take(&mut self.begun);
        if !begun.trim().is_empty() {
            self.line(out, &begun);
        }
        self.printed.clear();
    }

    fn piece(&mut self, out: &Out, text: &str) {
        self.begun.push_str(text);
        while let Some(at) = self.begun.find('\n') {
            let line: String = self.begun.drain(..=at).collect();
            self.line(out, line.trim_end_matches('\n'));
            self.printed.push_str(&line);
        }
    }

    fn whole(&mut self, out: &Out, text: &str) {
        let printed = std::mem::take(&mut self.printed);
        let begun = std::mem::take(&mut self.begun);
        let rest = match text.strip_prefix(printed.as_str()) {
            Some(rest) => rest,
            None => begun.as_str(),
        };
        for line in rest.trim_end().lines() {
            self.line(out, line);
        }
        self.in_draft = false;
    }

    fn line(&mut self, out: &Out, line: &str) {
        if !self.named {
            self.named = true;
            let who = format!("\n{} says", safe(&self.who));
            out.text(paint(Role::Title, who));
        }
        let bare = line.trim();
        if self.in_draft {
            self.in_draft = !bare.contains(ENDS);
            return;
        }
        if bare.starts_with(BEGINS) {
            self.in_draft = true;
            out.text(paint(Role::Quiet, "(a draft; it is shown below)"));
            return;
        }
        out.text(SafeText::block(line));
    }
}
