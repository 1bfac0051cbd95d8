//! Rows of an attempt told as lines: when, what kind of thing, what, and how it went. The command
//! line and the workbench lay the same lines out, each for its own screen.

use crate::agents::AgentEvent;
use crate::agents::event::{ToolKind, ToolStatus};
use crate::stage::timeline::{Row, Step, What};
use crate::text::Role;
use crate::text::say::duration;
use std::collections::BTreeMap;

/// A tool call that took at least this many milliseconds is told again at its end.
const LONG_CALL_MS: u64 = 2_000;

/// One line. Its texts are from outside and not made safe yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Milliseconds since the attempt began.
    pub ms: u64,
    /// What kind of news it is.
    pub role: Role,
    /// The kind of thing, in a word: `says`, `edit`, `check`.
    pub word: &'static str,
    /// What.
    pub text: String,
    /// What stands at the right: how it went, how long it took.
    pub right: String,
    /// A tool's change as a unified diff, where it told one.
    pub diff: Option<String>,
}

/// Turns the rows of one attempt into lines. It remembers what it needs for rows that end something
/// begun before.
#[derive(Debug, Default)]
pub struct Teller {
    calls: BTreeMap<String, Call>,
    said: String,
}

#[derive(Debug)]
struct Call {
    ms: u64,
    word: &'static str,
    title: String,
}

impl Teller {
    /// The lines of a row.
    pub fn of(&mut self, row: &Row) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut push = |line: Line| lines.push(line);
        match &row.what {
            What::Agent(AgentEvent::TextDelta { text }) => {
                for text in self.spoken(text) {
                    push(Line::new(row.ms, Role::Quiet, "says", &text));
                }
            }
            What::Agent(event) => {
                let rest = std::mem::take(&mut self.said);
                let whole = matches!(event, AgentEvent::Text { .. });
                if !rest.trim().is_empty() && !whole {
                    push(Line::new(row.ms, Role::Quiet, "says", &rest));
                }
                self.agent(row.ms, event, &mut push);
            }
            What::StepStarted { step, title } => {
                if is_long(*step) {
                    push(Line::new(row.ms, Role::Live, step.word(), title).right("…"));
                }
            }
            What::StepFinished {
                step,
                title,
                ok,
                took_ms,
                detail,
            } => {
                let (role, mark) = if *ok {
                    (Role::Good, '✓')
                } else {
                    (Role::Bad, '✗')
                };
                let right = match (detail.is_empty(), *took_ms >= 1000) {
                    (true, false) => mark.to_string(),
                    (true, true) => format!("{mark} {}", duration(*took_ms)),
                    (false, false) => format!("{mark} {detail}"),
                    (false, true) => format!("{mark} {detail}  {}", duration(*took_ms)),
                };
                push(Line::new(row.ms, role, step.word(), title).right(right));
            }
            What::Note { text } => push(Line::new(row.ms, Role::Attention, "note", text)),
        }
        lines
    }

    fn agent(&mut self, ms: u64, event: &AgentEvent, push: &mut dyn FnMut(Line)) {
        match event {
            AgentEvent::SessionStarted { model, .. } => {
                let model = model.as_deref().unwrap_or("model not told");
                push(Line::new(ms, Role::Quiet, "session", model));
            }
            AgentEvent::Text { text } => {
                for text in text.lines().filter(|l| !l.trim().is_empty()) {
                    push(Line::new(ms, Role::Title, "says", text));
                }
            }
            AgentEvent::Thinking { text } => {
                if let Some(first) = text.lines().find(|l| !l.trim().is_empty()) {
                    push(Line::new(ms, Role::Quiet, "thinks", first));
                }
            }
            AgentEvent::ToolStarted {
                id,
                kind,
                title,
                diff,
                ..
            } => {
                let word = tool_word(*kind);
                let fold = diff.as_deref().map_or_else(String::new, folded);
                let mut line = Line::new(ms, Role::Name, word, title).right(fold);
                line.diff.clone_from(diff);
                push(line);
                let title = title.clone();
                self.calls.insert(id.clone(), Call { ms, word, title });
            }
            AgentEvent::ToolFinished { id, status, .. } => {
                if let Some(call) = self.calls.remove(id) {
                    call.ended(ms, *status, push);
                }
            }
            AgentEvent::Throttled {
                status,
                kind,
                attempt,
                of,
                delay_ms,
            } => {
                let status = status.map_or_else(String::new, |s| format!(" ({s})"));
                let of = of.map_or_else(String::new, |of| format!(" of {of}"));
                let next =
                    delay_ms.map_or_else(String::new, |ms| format!("again in {}", duration(ms)));
                let text = format!("{kind}{status}, try {attempt}{of}");
                push(Line::new(ms, Role::Attention, "throttled", &text).right(next));
            }
            AgentEvent::Warning { text } => {
                push(Line::new(ms, Role::Attention, "warning", text));
            }
            AgentEvent::Fatal { kind, message } => {
                let text = format!("{kind}: {message}");
                push(Line::new(ms, Role::Bad, "failed", &text));
            }
            AgentEvent::Raw { line } => push(Line::new(ms, Role::Quiet, "raw", line)),
            // Its sum is told at the attempt's end.
            AgentEvent::Usage { .. }
            | AgentEvent::ResultReported
            | AgentEvent::TextDelta { .. } => {}
        }
    }

    /// The lines that a piece of text completes.
    fn spoken(&mut self, piece: &str) -> Vec<String> {
        self.said.push_str(piece);
        let Some(end) = self.said.rfind('\n') else {
            return Vec::new();
        };
        let rest = self.said.split_off(end + 1);
        let whole = std::mem::replace(&mut self.said, rest);
        let lines = whole.lines().filter(|l| !l.trim().is_empty());
        lines.map(str::to_owned).collect()
    }
}

impl Call {
    fn ended(&self, ms: u64, status: ToolStatus, push: &mut dyn FnMut(Line)) {
        let took = ms.saturating_sub(self.ms);
        let (role, right) = match status {
            ToolStatus::Ok if took < LONG_CALL_MS => return,
            ToolStatus::Ok => (Role::Good, format!("✓ {}", duration(took))),
            ToolStatus::Failed => (Role::Bad, "✗ failed".to_owned()),
            ToolStatus::Denied => (Role::Attention, "✗ denied".to_owned()),
        };
        push(Line::new(ms, role, self.word, &self.title).right(right));
    }
}

impl Line {
    fn new(ms: u64, role: Role, word: &'static str, text: &str) -> Self {
        Self {
            ms,
            role,
            word,
            text: text.to_owned(),
            right: String::new(),
            diff: None,
        }
    }

    fn right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }
}

fn is_long(step: Step) -> bool {
    matches!(
        step,
        Step::Precondition | Step::Setup | Step::Context | Step::Command | Step::Check
    )
}

fn tool_word(kind: ToolKind) -> &'static str {
    match kind {
        ToolKind::Read => "read",
        ToolKind::Search => "search",
        ToolKind::Edit => "edit",
        ToolKind::Run => "run",
        ToolKind::Fetch => "fetch",
        ToolKind::Other => "tool",
    }
}

/// A unified diff in one word: `+12 -4`.
fn folded(diff: &str) -> String {
    let count = |sign: char, head: &str| {
        diff.lines()
            .filter(|l| l.starts_with(sign) && !l.starts_with(head))
            .count()
    };
    format!("+{} -{}", count('+', "+++"), count('-', "---"))
}
