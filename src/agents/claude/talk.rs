//! Claude Code in conversation: `--input-format stream-json --output-format stream-json` and
//! `--permission-prompt-tool stdio`: one process for many turns that asks before it acts.
//!
//! Beside the lines of a one-shot process there are `control_request`s both ways, each answered by a
//! `control_response` of the same id, and with `--include-partial-messages` the pieces of a message
//! as `stream_event`s. A turn ends with a `result` line; the process goes on.

use super::reader::StreamJson;
use super::tools::{self, ASK};
use crate::agents::event::{AgentEvent, Failure};
use crate::agents::talk::{
    AskedOption, AskedQuestion, Decision, Heard, Permission, Step, Turn, TurnEnd, Wire,
};
use crate::agents::{MAX_TEXT, ProcessEnd, Reader, Session, cut};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The arguments that make a conversation of it.
pub(super) const FLAGS: [&str; 5] = [
    "--input-format",
    "stream-json",
    "--permission-prompt-tool",
    "stdio",
    "--include-partial-messages",
];

/// How much it may ask at once, in requests and in bytes of what they hold, and how often in a turn:
/// more than any honest process does.
const OPEN: usize = 64;
const OPEN_BYTES: usize = 32 * 1024 * 1024;
const ASKS: u32 = 1000;

/// How many questions, and offers to one, are taken over, and how long each text of them may be, in
/// bytes.
const QUESTIONS: usize = 50;
const OFFERS: usize = 12;
const QUESTION_TEXT: usize = 2000;

/// How often it may put questions in a turn.
const FORMS: u32 = 16;

const ANSWERS_COME: &str = "The questions are shown to the person in a form of their own. The \
    answers come with the next message. End your turn now; do not guess them and do not ask again.";
const REFUSED: &str = "The person refused this call. Do not try it again; go on without it, or say \
    what you need.";
const TOO_MUCH: &str = "Too many calls wait for a person already. Wait for their answers.";

/// One process's conversation.
#[derive(Default)]
pub(super) struct Talk {
    /// Of the turn that runs, or the next one.
    reader: StreamJson,
    session: Option<String>,
    model: Option<String>,
    ready: bool,
    busy: bool,
    interrupted: bool,
    /// A failure that no waiting will mend, seen before the turn's end, or before its first.
    fatal: Option<Failure>,
    /// How many requests of ours were sent.
    sent: u64,
    asked: BTreeMap<String, Asked>,
    asks: u32,
    forms: u32,
    /// The tools that are allowed for as long as the dialogue lasts.
    allowed: BTreeSet<String>,
    /// Calls of the tool that asks: they are told as questions, not as calls.
    questions: BTreeSet<String>,
}

/// A call that waits for a decision.
struct Asked {
    tool: String,
    input: Value,
    bytes: usize,
}

impl Talk {
    /// The conversation of a process that is started with this session.
    pub(super) fn new(session: &Session) -> Self {
        Self {
            // A new one can be taken up only once something was said in it.
            session: match session {
                Session::New(_) => None,
                Session::Resume(id) => Some(id.clone()),
            },
            ..Self::default()
        }
    }

    fn request(&mut self, request: &Value) -> String {
        self.sent += 1;
        let id = format!("harness-{}", self.sent);
        json!({"type": "control_request", "request_id": id, "request": request}).to_string()
    }

    /// A request of the program's.
    fn asked(&mut self, line: &Value, bytes: usize) -> Step {
        let id = line["request_id"].as_str().unwrap_or_default();
        let request = &line["request"];
        if request["subtype"] != "can_use_tool" {
            return writes(error(id, "this host does not know such a request"));
        }
        let tool = request["tool_name"].as_str().unwrap_or("?");
        if tool == ASK {
            let questions = questions(&request["input"]);
            let mut step = writes(denied(id, ANSWERS_COME));
            self.forms = self.forms.saturating_add(1);
            if !questions.is_empty() && self.forms <= FORMS {
                step.heard.push(Heard::Questions(questions));
            }
            return step;
        }
        if self.allowed.contains(tool) {
            return writes(allowed(id, &request["input"]));
        }
        let held: usize = self.asked.values().map(|asked| asked.bytes).sum();
        if self.asked.len() >= OPEN || held + bytes > OPEN_BYTES || !self.asks_once_more() {
            return writes(denied(id, TOO_MUCH));
        }
        let permission = Permission {
            id: id.to_owned(),
            tool: cut(tool, 200),
            title: tools::title(tool, &request["input"]),
            diff: tools::asked_diff(&request["input"]),
        };
        let asked = Asked {
            tool: tool.to_owned(),
            input: request["input"].clone(),
            bytes,
        };
        self.asked.insert(id.to_owned(), asked);
        heard(Heard::Permission(permission))
    }

    fn asks_once_more(&mut self) -> bool {
        self.asks = self.asks.saturating_add(1);
        self.asks <= ASKS
    }

    /// An answer to a request of ours. The first is that of the greeting.
    fn answered(&mut self) -> Step {
        if std::mem::replace(&mut self.ready, true) {
            return Step::default();
        }
        heard(Heard::Ready {
            session: self.session.clone(),
        })
    }

    /// What the reader of a one-shot process makes of a line, without what is of no use here.
    fn read(&mut self, line: &str) -> Step {
        let mut step = Step::default();
        for event in self.reader.line(line) {
            if let AgentEvent::Fatal { kind, message } = &event {
                let failure = Failure {
                    kind: *kind,
                    message: message.clone(),
                    retry_after_secs: None,
                };
                // It would go on trying for minutes.
                if self.busy && self.fatal.replace(failure).is_none() {
                    let stop = self.request(&json!({"subtype": "interrupt"}));
                    step.write.push(stop);
                }
            }
            if !self.is_noise(&event) {
                step.heard.push(Heard::Event(event));
            }
        }
        step
    }

    /// What a conversation has no use for: that the result is reported, and which session it is, told
    /// again at each turn; calls that are told as questions.
    fn is_noise(&mut self, event: &AgentEvent) -> bool {
        match event {
            AgentEvent::ResultReported => true,
            AgentEvent::SessionStarted { session, model, .. } => {
                let same = self.session == *session && self.model == *model;
                self.session.clone_from(session);
                self.model.clone_from(model);
                same
            }
            AgentEvent::ToolStarted { id, name, .. } if name == ASK => {
                if self.questions.len() < OPEN {
                    self.questions.insert(id.clone());
                }
                true
            }
            AgentEvent::ToolFinished { id, .. } => self.questions.remove(id),
            _ => false,
        }
    }

    /// The turn is over. Its reader goes with it: what it counted is this turn's alone.
    fn over(&mut self, line: &str) -> Step {
        let mut step = self.read(line);
        let finished = std::mem::take(&mut self.reader).finish(ProcessEnd::Exited(0));
        if !std::mem::take(&mut self.busy) {
            // Of a turn that nobody asked for: that it can't begin it tells in this way too.
            self.fatal = finished.failure;
            return step;
        }
        let failure = self.fatal.take().or(finished.failure);
        let end = match failure {
            None => TurnEnd::Answered,
            Some(_) if self.interrupted => TurnEnd::Interrupted,
            Some(failure) => TurnEnd::Failed { failure },
        };
        // What it still asked is decided by its end.
        for id in std::mem::take(&mut self.asked).into_keys() {
            step.heard.push(Heard::Withdrawn { id });
        }
        self.questions.clear();
        self.session = finished.session.or_else(|| self.session.take());
        step.heard.push(Heard::Turn(Turn {
            end,
            answer: finished.answer,
            session: self.session.clone(),
            usage: finished.usage,
        }));
        step
    }
}

impl Wire for Talk {
    fn greet(&mut self) -> Step {
        writes(self.request(&json!({"subtype": "initialize", "hooks": null})))
    }

    fn line(&mut self, line: &str) -> Step {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            return self.read(line);
        };
        match value["type"].as_str() {
            Some("control_request") => self.asked(&value, line.len()),
            Some("control_response") => self.answered(),
            Some("control_cancel_request") => self.withdrawn(&value),
            Some("stream_event") => piece(&value),
            Some("keep_alive") => Step::default(),
            Some("result") => self.over(line),
            _ => self.read(line),
        }
    }

    fn error_line(&mut self, line: &str) -> Step {
        let events = self.reader.error_line(line);
        Step {
            heard: events.into_iter().map(Heard::Event).collect(),
            write: Vec::new(),
        }
    }

    fn say(&mut self, text: &str) -> Step {
        self.busy = true;
        self.interrupted = false;
        self.fatal = None;
        (self.asks, self.forms) = (0, 0);
        let content = json!([{"type": "text", "text": text}]);
        let message = json!({"role": "user", "content": content});
        writes(json!({"type": "user", "message": message}).to_string())
    }

    fn interrupt(&mut self) -> Step {
        if !self.busy {
            return Step::default();
        }
        self.interrupted = true;
        writes(self.request(&json!({"subtype": "interrupt"})))
    }

    fn decide(&mut self, id: &str, decision: &Decision) -> Step {
        let Some(asked) = self.asked.remove(id) else {
            return Step::default();
        };
        match decision {
            Decision::AllowOnce => writes(allowed(id, &asked.input)),
            Decision::AllowForDialogue => {
                let mut step = writes(allowed(id, &asked.input));
                step = and(step, self.allow_those_of(&asked.tool));
                self.allowed.insert(asked.tool);
                step
            }
            Decision::Deny { reason } => {
                let reason = reason.as_deref().map(str::trim).filter(|r| !r.is_empty());
                let message = reason.map_or_else(
                    || REFUSED.to_owned(),
                    |reason| format!("{REFUSED} The person says: {reason}"),
                );
                writes(denied(id, &message))
            }
        }
    }

    fn gone(&mut self, end: ProcessEnd) -> Failure {
        let finished = std::mem::take(&mut self.reader).finish(end);
        let failure = self.fatal.take().or(finished.failure);
        failure.unwrap_or_else(|| Failure {
            kind: crate::terms::FailureKind::Unknown,
            message: "it ended although nobody told it to".to_owned(),
            retry_after_secs: None,
        })
    }
}

impl Talk {
    fn withdrawn(&mut self, line: &Value) -> Step {
        let id = line["request_id"].as_str().unwrap_or_default();
        match self.asked.remove(id) {
            Some(_) => heard(Heard::Withdrawn { id: id.to_owned() }),
            None => Step::default(),
        }
    }

    /// Allows what else of this tool waits.
    fn allow_those_of(&mut self, tool: &str) -> Step {
        let mut step = Step::default();
        self.asked.retain(|id, asked| {
            let same = asked.tool == tool;
            if same {
                step.write.push(allowed(id, &asked.input));
                step.heard.push(Heard::Withdrawn { id: id.clone() });
            }
            !same
        });
        step
    }
}

fn heard(heard: Heard) -> Step {
    Step {
        heard: vec![heard],
        write: Vec::new(),
    }
}

fn writes(line: String) -> Step {
    Step {
        heard: Vec::new(),
        write: vec![line],
    }
}

fn and(mut one: Step, other: Step) -> Step {
    one.heard.extend(other.heard);
    one.write.extend(other.write);
    one
}

/// A piece of a message of the main conversation. Everything else in a stream comes once more, whole.
fn piece(line: &Value) -> Step {
    let event = &line["event"];
    let delta = &event["delta"];
    let is_text = event["type"] == "content_block_delta" && delta["type"] == "text_delta";
    match delta["text"].as_str() {
        Some(text) if is_text && line["parent_tool_use_id"].is_null() => {
            heard(Heard::Event(AgentEvent::TextDelta {
                text: cut(text, MAX_TEXT),
            }))
        }
        _ => Step::default(),
    }
}

fn allowed(id: &str, input: &Value) -> String {
    success(id, &json!({"behavior": "allow", "updatedInput": input}))
}

fn denied(id: &str, message: &str) -> String {
    success(id, &json!({"behavior": "deny", "message": message}))
}

fn success(id: &str, response: &Value) -> String {
    let response = json!({"subtype": "success", "request_id": id, "response": response});
    json!({"type": "control_response", "response": response}).to_string()
}

fn error(id: &str, message: &str) -> String {
    let response = json!({"subtype": "error", "request_id": id, "error": message});
    json!({"type": "control_response", "response": response}).to_string()
}

/// `{"questions":[{"question":…,"header":…,"options":[{"label":…,"description":…}],"multiSelect":…}]}`.
/// What has no text is left out.
fn questions(input: &Value) -> Vec<AskedQuestion> {
    let text = |value: &Value| cut(value.as_str().unwrap_or_default().trim(), QUESTION_TEXT);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let asked = list(&input["questions"]).into_iter().map(|question| {
        let options = list(&question["options"]).into_iter().map(|option| {
            // Some give plain texts.
            let label = if option.is_string() {
                &option
            } else {
                &option["label"]
            };
            AskedOption {
                label: text(label),
                description: text(&option["description"]),
            }
        });
        AskedQuestion {
            header: text(&question["header"]),
            question: text(&question["question"]),
            options: options
                .filter(|o| !o.label.is_empty())
                .take(OFFERS)
                .collect(),
            several: question["multiSelect"] == true,
        }
    });
    asked
        .filter(|q| !q.question.is_empty())
        .take(QUESTIONS)
        .collect()
}

#[cfg(test)]
#[path = "talk_tests.rs"]
mod tests;
