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

/// How much of a tool's change is told, in bytes; the change of the run's branch has it whole.
const MAX_DIFF: usize = 64 * 1024;
/// How much of a tool's output is told, in bytes; `logs --raw` has it whole.
const MAX_OUTPUT: usize = 16 * 1024;

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
    /// What it gave back: a tool's output.
    pub output: Option<String>,
    /// How it belongs to lines before it.
    pub place: Place,
    /// How long it took in milliseconds, where that is known.
    pub took_ms: Option<u64>,
    /// It only says that something went as things go: a screen that prints line by line leaves it
    /// out.
    pub minor: bool,
}

/// How a line belongs to others of its attempt. The numbers count what was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// It stands for itself.
    #[default]
    Alone,
    /// Something begins that another line ends.
    Begins(u64),
    /// More of a text that goes on.
    Extends(u64),
    /// The end of what was begun: its text and how it went are those of the whole.
    Ends(u64),
}

/// Turns the rows of one attempt into lines. It remembers what it needs for rows that end something
/// begun before.
#[derive(Debug, Default)]
pub struct Teller {
    calls: BTreeMap<String, Call>,
    steps: Vec<(Step, String, u64)>,
    said: String,
    /// The text that goes on piece by piece.
    saying: Option<u64>,
    begun: u64,
}

#[derive(Debug)]
struct Call {
    ms: u64,
    word: &'static str,
    title: String,
    right: String,
    number: u64,
}

impl Teller {
    /// The lines of a row.
    pub fn of(&mut self, row: &Row) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut push = |line: Line| lines.push(line);
        match &row.what {
            What::Agent(AgentEvent::TextDelta { text }) => {
                for text in self.spoken(text) {
                    let line = Line::new(row.ms, Role::Quiet, "says", &text);
                    push(line.placed(self.go_on_saying()));
                }
            }
            What::Agent(event) => {
                let rest = std::mem::take(&mut self.said);
                let whole = matches!(event, AgentEvent::Text { .. });
                if !rest.trim().is_empty() && !whole {
                    let line = Line::new(row.ms, Role::Quiet, "says", &rest);
                    push(line.placed(self.go_on_saying()));
                }
                self.agent(row.ms, event, &mut push);
                self.saying = None;
            }
            What::StepStarted { step, title } => {
                let number = self.number();
                self.steps.push((*step, title.clone(), number));
                let line = Line::new(row.ms, Role::Live, step.word(), title).right("…");
                push(line.placed(Place::Begins(number)).minor(!is_long(*step)));
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
                let is_it = |(s, t, _): &(Step, String, u64)| s == step && t == title;
                let at = self.steps.iter().rposition(is_it);
                let begun = at.map(|at| self.steps.remove(at).2);
                let mut line = Line::new(row.ms, role, step.word(), title).right(right);
                line.took_ms = Some(*took_ms);
                push(line.placed(begun.map_or(Place::Alone, Place::Ends)));
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
            AgentEvent::Text { text } if text.trim().is_empty() => {}
            AgentEvent::Text { text } => {
                let place = self.saying.take().map_or(Place::Alone, Place::Ends);
                push(Line::new(ms, Role::Title, "says", text.trim()).placed(place));
            }
            AgentEvent::Thinking { text } if text.trim().is_empty() => {}
            AgentEvent::Thinking { text } => {
                push(Line::new(ms, Role::Quiet, "thinks", text.trim()));
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
                let number = self.number();
                let mut line = Line::new(ms, Role::Name, word, title).right(&fold);
                line.diff = diff.as_deref().map(|d| head_of(d, MAX_DIFF));
                push(line.placed(Place::Begins(number)));
                let call = Call {
                    ms,
                    word,
                    title: title.clone(),
                    right: fold,
                    number,
                };
                self.calls.insert(id.clone(), call);
            }
            AgentEvent::ToolFinished { id, status, output } => {
                if let Some(call) = self.calls.remove(id) {
                    push(call.ended(ms, *status, output));
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

    fn number(&mut self) -> u64 {
        self.begun += 1;
        self.begun
    }

    /// The place of a further line of the text that goes on.
    fn go_on_saying(&mut self) -> Place {
        if let Some(number) = self.saying {
            return Place::Extends(number);
        }
        let number = self.number();
        self.saying = Some(number);
        Place::Begins(number)
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
    fn ended(self, ms: u64, status: ToolStatus, output: &str) -> Line {
        let took = ms.saturating_sub(self.ms);
        let went = match status {
            ToolStatus::Ok if took < 1000 => "✓".to_owned(),
            ToolStatus::Ok => format!("✓ {}", duration(took)),
            ToolStatus::Failed => "✗ failed".to_owned(),
            ToolStatus::Denied => "✗ denied".to_owned(),
        };
        let role = match status {
            ToolStatus::Ok => Role::Good,
            ToolStatus::Failed => Role::Bad,
            ToolStatus::Denied => Role::Attention,
        };
        let right = if self.right.is_empty() {
            went
        } else {
            format!("{}  {went}", self.right)
        };
        let mut line = Line::new(ms, role, self.word, &self.title).right(right);
        line.took_ms = Some(took);
        line.output = (!output.trim().is_empty()).then(|| head_of(output.trim_end(), MAX_OUTPUT));
        line.placed(Place::Ends(self.number))
            .minor(status == ToolStatus::Ok && took < LONG_CALL_MS)
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
            output: None,
            place: Place::Alone,
            took_ms: None,
            minor: false,
        }
    }

    fn placed(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    fn minor(mut self, minor: bool) -> Self {
        self.minor = minor;
        self
    }

    fn right(mut self, right: impl Into<String>) -> Self {
        self.right = right.into();
        self
    }
}

fn is_long(step: Step) -> bool {
    matches!(
        step,
        Step::Precondition
            | Step::Setup
            | Step::Context
            | Step::Command
            | Step::Check
            | Step::Baseline
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

/// The beginning of a long text, with a word that there is more.
fn head_of(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!(
        "{}\n… cut after {} of {} bytes",
        &text[..end],
        end,
        text.len()
    )
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
