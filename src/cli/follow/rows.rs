//! Rows of an attempt as lines of text.

use crate::agents::AgentEvent;
use crate::agents::event::{ToolKind, ToolStatus};
use crate::cli::out::{Role, paint, safe};
use crate::stage::timeline::{Row, Step, What};
use crate::text::measure::{pad, truncate, width, wrap};
use crate::text::say::duration;
use std::collections::BTreeMap;

/// The columns of the time and of the step's word.
const TIME: usize = 8;
const WORD: usize = 10;
/// A tool call that took at least this many milliseconds is told again at its end.
const LONG_CALL_MS: u64 = 2_000;
/// The most rows that one line of what an agent says takes; `logs --raw` has it whole.
const SPOKEN: usize = 4;

/// Turns the rows of one attempt into lines. It remembers what it needs for rows that end something
/// begun before.
#[derive(Debug, Default)]
pub struct Lines {
    calls: BTreeMap<String, Call>,
    said: String,
}

#[derive(Debug)]
struct Call {
    ms: u64,
    word: &'static str,
    title: String,
}

/// One line: when, what kind, what, and what stands at the right.
struct Line<'a> {
    ms: u64,
    role: Role,
    word: &'a str,
    text: &'a str,
    right: String,
    /// How many rows the text may take where nothing stands at the right.
    rows: usize,
}

impl Lines {
    /// The lines of a row, for a terminal of this many columns.
    pub fn of(&mut self, row: &Row, columns: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut push = |line: Line<'_>| lines.extend(line.render(columns));
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

    fn agent(&mut self, ms: u64, event: &AgentEvent, push: &mut dyn FnMut(Line<'_>)) {
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
                push(Line::new(ms, Role::Name, word, title).right(fold));
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
    fn ended(&self, ms: u64, status: ToolStatus, push: &mut dyn FnMut(Line<'_>)) {
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

impl<'a> Line<'a> {
    fn new(ms: u64, role: Role, word: &'a str, text: &'a str) -> Self {
        Self {
            ms,
            role,
            word,
            text,
            right: String::new(),
            rows: if word == "says" { SPOKEN } else { 1 },
        }
    }

    fn right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }

    fn render(&self, columns: usize) -> Vec<String> {
        let time = duration(self.ms);
        let right = safe(&self.right);
        let room = columns
            .saturating_sub(TIME + 2 + WORD + 1 + width(right.as_str()) + 1)
            .max(20);
        let text = safe(self.text);
        let word = paint(self.role, pad(self.word, WORD));
        let time = paint(Role::Quiet, format!("{time:>TIME$}"));
        if !right.as_str().is_empty() {
            let text = pad(text.as_str(), room);
            return vec![format!("{time}  {word} {text} {}", paint(self.role, right))];
        }
        let mut rows = wrap(text.as_str(), room);
        if rows.len() > self.rows {
            let rest = rows.split_off(self.rows - 1).join(" ");
            rows.push(truncate(&rest, room));
        }
        let below = " ".repeat(TIME + 2 + WORD);
        let lead = |n| match n {
            0 => format!("{time}  {word}"),
            _ => below.clone(),
        };
        let rows = rows.iter().enumerate();
        rows.map(|(n, row)| format!("{} {row}", lead(n))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &mut Lines, what: What) -> Vec<String> {
        let row = Row {
            at: jiff::Timestamp::UNIX_EPOCH,
            ms: 48_000,
            what,
        };
        let lines = lines.of(&row, 80);
        lines
            .iter()
            .map(|l| anstream::adapter::strip_str(l).to_string())
            .collect()
    }

    #[test]
    fn a_diff_is_folded_and_outside_text_is_made_safe() {
        let mut lines = Lines::default();
        let event = AgentEvent::ToolStarted {
            id: "1".to_owned(),
            kind: ToolKind::Edit,
            name: "Edit".to_owned(),
            title: "src/\u{1b}[31ma.rs".to_owned(),
            paths: Vec::new(),
            diff: Some("--- a\n+++ b\n-x\n+y\n+z\n".to_owned()),
        };
        let shown = plain(&mut lines, What::Agent(event));
        assert!(
            shown[0].starts_with("    0:48  edit       src/"),
            "{shown:?}"
        );
        assert!(shown[0].ends_with("+2 -1"), "{shown:?}");
        assert!(!shown[0].contains('\u{1b}'), "{shown:?}");
        let failed = AgentEvent::ToolFinished {
            id: "1".to_owned(),
            status: ToolStatus::Denied,
            output: String::new(),
        };
        assert!(plain(&mut lines, What::Agent(failed))[0].ends_with("✗ denied"));
    }

    #[test]
    fn pieces_of_text_become_lines_and_a_rest_is_not_lost() {
        let mut lines = Lines::default();
        let piece = |text: &str| {
            What::Agent(AgentEvent::TextDelta {
                text: text.to_owned(),
            })
        };
        assert!(plain(&mut lines, piece("one")).is_empty());
        assert!(plain(&mut lines, piece(" two\nthr"))[0].ends_with("one two"));
        let shown = plain(&mut lines, What::Agent(AgentEvent::ResultReported));
        assert!(shown[0].ends_with("thr"), "{shown:?}");
    }

    #[test]
    fn throttling_is_named_as_such() {
        let event = AgentEvent::Throttled {
            status: Some(529),
            kind: crate::terms::FailureKind::Overloaded,
            attempt: 2,
            of: Some(5),
            delay_ms: Some(8_000),
        };
        let shown = plain(&mut Lines::default(), What::Agent(event));
        assert!(
            shown[0].contains("throttled  overloaded (529), try 2 of 5"),
            "{shown:?}"
        );
        assert!(shown[0].ends_with("again in 0:08"), "{shown:?}");
    }
}
