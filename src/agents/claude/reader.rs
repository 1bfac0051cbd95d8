//! Reads `--output-format stream-json`: one JSON object a line.

use super::begun;
use super::failure::Signs;
use super::tools;
use crate::agents::event::{AgentEvent, Failure, Finished, ToolStatus};
use crate::agents::{MAX_TEXT, ProcessEnd, Reader, cut, json_lines, keep_end};
use crate::terms::{FailureKind, Usage};
use serde_json::Value;

/// How many ids, names and refusals are kept; more than any honest process has.
const MAX_KEPT: usize = 10_000;

/// The length of the shortest line that says something: `{"type":"result"}`.
const SHORTEST: usize = 17;

/// The refusal at which a login that refreshes itself is given up; after the first it is refreshed.
const REFRESHED: u64 = 3;

/// The state of one process's output.
#[derive(Default)]
pub(super) struct StreamJson {
    session: Option<String>,
    model: Option<String>,
    /// The last message of the main conversation (not of a helper it started).
    last_text: String,
    /// When the program last said something, by its own clock.
    now: Option<jiff::Timestamp>,
    /// Second since 1970 at which the account's limit ends, from a notice.
    reset: Option<i64>,
    signs: Signs,
    /// Whether its login is one that it refreshes.
    refreshes: bool,
    called_tools: bool,
    denied_calls: Vec<String>,
    denials: Option<Vec<String>>,
    seen_messages: Vec<String>,
    usage: Usage,
    result: Option<Reported>,
    fatal: Option<Failure>,
    stderr: Vec<String>,
}

/// What the `result` line says.
struct Reported {
    failed: bool,
    subtype: String,
    text: String,
}

impl Reader for StreamJson {
    fn line(&mut self, line: &str) -> Vec<AgentEvent> {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            return raw(line);
        };
        if let Some(time) = value["timestamp"].as_str().and_then(|t| t.parse().ok()) {
            self.now = Some(time);
        }
        match (value["type"].as_str(), value["subtype"].as_str()) {
            (Some("system"), Some("init")) => self.init(&value),
            (Some("system"), Some("api_retry")) => self.retry(&value),
            (Some("system"), Some("permission_denied")) => self.denied(&value),
            (Some("system"), Some("thinking_tokens" | "ui_invalidate" | "status")) => Vec::new(),
            (Some("assistant"), _) => self.assistant(&value),
            (Some("user"), _) => user(&value),
            (Some("rate_limit_event"), _) => self.limit(&value),
            (Some("result"), _) => self.reported(&value),
            _ => raw(line),
        }
    }

    fn error_line(&mut self, line: &str) -> Vec<AgentEvent> {
        if line.trim().is_empty() {
            return Vec::new();
        }
        if self.stderr.len() == 20 {
            self.stderr.remove(0);
        }
        self.stderr.push(cut(line, 2000));
        vec![AgentEvent::Warning {
            text: cut(line, MAX_TEXT),
        }]
    }

    fn skim(&mut self, lines: &[u8]) -> Vec<AgentEvent> {
        json_lines(lines, SHORTEST)
            .flat_map(|line| self.line(&line))
            .filter(AgentEvent::decides)
            .collect()
    }

    fn finish(&mut self, end: ProcessEnd) -> Finished {
        let failure = self.failure(end);
        let mut answer = match &self.result {
            Some(result) if !result.failed && !result.text.is_empty() => result.text.clone(),
            _ => self.last_text.clone(),
        };
        let denials = self.denials.take();
        let answer_cut = keep_end(&mut answer);
        Finished {
            failure,
            answer,
            answer_cut,
            session: self.session.clone(),
            usage: self.usage,
            denials: denials.unwrap_or_else(|| self.denied_calls.clone()),
            model: self.model.clone(),
        }
    }
}

fn raw(line: &str) -> Vec<AgentEvent> {
    if line.trim().is_empty() {
        return Vec::new();
    }
    vec![AgentEvent::Raw {
        line: cut(line, MAX_TEXT),
    }]
}

impl StreamJson {
    fn init(&mut self, line: &Value) -> Vec<AgentEvent> {
        let begun = begun::of(line, MAX_KEPT);
        self.session = begun.session;
        self.model = begun.model;
        self.refreshes = begun.refreshes;
        self.fatal = self.fatal.take().or(begun.fatal);
        begun.events
    }

    /// It waits and tries again by itself. What no waiting will mend ends the process now: with a
    /// wrong key it would go on for minutes. A login that it refreshes is another matter: the first
    /// refusal is how it learns that its token has served its time, and to end it just then could
    /// lose the new one.
    fn retry(&mut self, line: &Value) -> Vec<AgentEvent> {
        let mut signs = Signs::default();
        signs.merge(line);
        let mut kind = signs.kind();
        if signs.status.is_none() && kind == FailureKind::Unknown {
            kind = FailureKind::Network;
        }
        let number = |key: &str| line[key].as_u64();
        let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let mut events = vec![AgentEvent::Throttled {
            status: signs.status,
            kind,
            attempt: number("attempt").map_or(1, small),
            of: number("max_retries").map(small),
            delay_ms: number("retry_delay_ms"),
        }];
        let mends = self.refreshes && number("attempt").unwrap_or(1) < REFRESHED;
        if kind == FailureKind::Auth && !mends && self.fatal.is_none() {
            let status = signs.status.map_or_else(String::new, |s| format!(" ({s})"));
            let message = format!(
                "the provider refuses the login{status}; log in with `claude` or set a valid key"
            );
            self.fatal = Some(Failure {
                kind,
                message: message.clone(),
                retry_after_secs: None,
            });
            events.push(AgentEvent::Fatal { kind, message });
        }
        events
    }

    fn denied(&mut self, line: &Value) -> Vec<AgentEvent> {
        if self.denied_calls.len() < MAX_KEPT {
            let name = line["tool_name"].as_str().unwrap_or("?");
            self.denied_calls.push(cut(name, 200));
        }
        Vec::new()
    }

    fn assistant(&mut self, line: &Value) -> Vec<AgentEvent> {
        let main = line["parent_tool_use_id"].is_null();
        let message = &line["message"];
        if line["error"].is_string() || line["is_api_error_message"] == true {
            self.signs.merge(line);
        } else if let Some(model) = message["model"].as_str().filter(|_| main) {
            self.model = Some(cut(model, 200));
        }
        let mut events = Vec::new();
        let mut text_of_message = String::new();
        for block in message["content"].as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") => {
                    let text = block["text"].as_str().unwrap_or_default();
                    text_of_message.push_str(text);
                    events.push(AgentEvent::Text {
                        text: text.to_owned(),
                    });
                }
                Some("thinking") => events.push(AgentEvent::Thinking {
                    text: block["thinking"].as_str().unwrap_or_default().to_owned(),
                }),
                Some("tool_use") => {
                    self.called_tools = true;
                    events.push(tools::started(block));
                }
                _ => {}
            }
        }
        if main && !text_of_message.is_empty() {
            self.last_text = text_of_message;
        }
        events.extend(self.count(message));
        events
    }

    /// Input is known as soon as a message begins; output and cost only at the end, so they stay
    /// unknown until then.
    fn count(&mut self, message: &Value) -> Option<AgentEvent> {
        let id = message["id"].as_str()?;
        let usage = message["usage"].as_object()?;
        let of = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
        let (input, read, write) = (
            of("input_tokens"),
            of("cache_read_input_tokens"),
            of("cache_creation_input_tokens"),
        );
        // A message comes as several lines, one a block.
        let known = self.seen_messages.iter().rev().any(|seen| seen == id);
        if known || input + read + write == 0 || self.seen_messages.len() >= MAX_KEPT {
            return None;
        }
        self.seen_messages.push(cut(id, 200));
        add(&mut self.usage.input, input);
        add(&mut self.usage.cache_read, read);
        add(&mut self.usage.cache_write, write);
        Some(AgentEvent::Usage { usage: self.usage })
    }

    fn limit(&mut self, line: &Value) -> Vec<AgentEvent> {
        let info = &line["rate_limit_info"];
        if let Some(at) = info["resetsAt"].as_i64() {
            self.reset = Some(at);
        }
        match info["status"].as_str() {
            None | Some("allowed") => Vec::new(),
            Some(status) => vec![AgentEvent::Warning {
                text: format!("the account's limit: {}", cut(status, 200)),
            }],
        }
    }

    fn reported(&mut self, line: &Value) -> Vec<AgentEvent> {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        if self.session.is_none() {
            self.session = line["session_id"].as_str().map(|id| cut(id, 200));
        }
        let denials = line["permission_denials"].as_array();
        self.denials = denials.map(|all| all.iter().take(MAX_KEPT).map(denial).collect());
        self.signs.merge(line);
        let subtype = text("subtype");
        let failed = line["is_error"] == true || subtype.starts_with("error");
        let mut words = text("result");
        if words.is_empty() {
            let errors = line["errors"].as_array().into_iter().flatten();
            let errors: Vec<&str> = errors.filter_map(Value::as_str).collect();
            if failed {
                words = errors.join("; ");
            }
        }
        self.usage = usage_of(line, self.result.is_some().then_some(self.usage));
        self.result = Some(Reported {
            failed,
            subtype,
            text: words,
        });
        let mut events = Vec::new();
        if !self.usage.is_unknown() {
            events.push(AgentEvent::Usage { usage: self.usage });
        }
        events.push(AgentEvent::ResultReported);
        events
    }

    fn failure(&self, end: ProcessEnd) -> Option<Failure> {
        if let Some(fatal) = &self.fatal {
            return Some(fatal.clone());
        }
        let plain = |kind, message: String| {
            Some(Failure {
                kind,
                message: cut(&message, 2000),
                retry_after_secs: None,
            })
        };
        let Some(result) = &self.result else {
            return Some(self.no_result(end));
        };
        if result.failed {
            let kind = match result.subtype.as_str() {
                "error_max_turns" => FailureKind::MaxTurns,
                "error_max_budget_usd" => FailureKind::Budget,
                "error_during_execution" if self.signs.word.is_empty() => FailureKind::Unknown,
                _ => {
                    let mut signs = self.signs.clone();
                    signs.text.clone_from(&result.text);
                    return Some(signs.failure(self.now, self.reset));
                }
            };
            return plain(kind, format!("{}: {}", result.subtype, result.text));
        }
        match end {
            // Ended by a signal after its result: what it reported stands.
            ProcessEnd::Exited(0) | ProcessEnd::Signalled(_) => {}
            ProcessEnd::Exited(code) => {
                return plain(
                    FailureKind::Unknown,
                    format!("it reported success and exited {code}{}", self.said()),
                );
            }
        }
        let silent = result.text.is_empty() && self.last_text.is_empty() && !self.called_tools;
        if silent {
            return plain(
                FailureKind::Protocol,
                "it ended without an answer and without calling a tool".to_owned(),
            );
        }
        None
    }

    fn no_result(&self, end: ProcessEnd) -> Failure {
        let how = match end {
            ProcessEnd::Exited(code @ (130 | 143)) => {
                format!("signal {} ended it before it reported a result", code - 128)
            }
            ProcessEnd::Exited(code) => format!("it exited {code} without reporting a result"),
            ProcessEnd::Signalled(signal) => {
                format!("signal {signal} ended it before it reported a result")
            }
        };
        let signs = Signs {
            text: self.stderr.join("\n"),
            ..self.signs.clone()
        };
        let kind = match (signs.kind(), end) {
            (FailureKind::Unknown, ProcessEnd::Exited(0)) => FailureKind::Protocol,
            // It never began: it does not know its arguments, the session, or this user.
            (FailureKind::Unknown, ProcessEnd::Exited(code))
                if self.session.is_none() && !matches!(code, 130 | 137 | 143) =>
            {
                FailureKind::Configuration
            }
            (kind, _) => kind,
        };
        Failure {
            kind,
            message: format!("{how}{}", self.said()),
            retry_after_secs: None,
        }
    }

    fn said(&self) -> String {
        match self.stderr.last() {
            Some(line) => format!(": {line}"),
            None => String::new(),
        }
    }
}

fn add(sum: &mut Option<u64>, more: u64) {
    *sum = Some(sum.unwrap_or(0).saturating_add(more));
}

fn denial(entry: &Value) -> String {
    let name = entry["tool_name"].as_str().unwrap_or("?");
    let input = &entry["tool_input"];
    let about = ["file_path", "command", "url", "path"]
        .into_iter()
        .find_map(|key| input[key].as_str());
    match about {
        Some(about) => format!("{} {}", cut(name, 200), cut(about, 500)),
        None => cut(name, 200),
    }
}

/// Results of tools come back as messages of the user.
fn user(line: &Value) -> Vec<AgentEvent> {
    let blocks = line["message"]["content"].as_array().into_iter().flatten();
    blocks
        .filter(|block| block["type"] == "tool_result")
        .map(|block| {
            let id = block["tool_use_id"].as_str().unwrap_or_default();
            let meta = line["tool_result_meta"].as_array().into_iter().flatten();
            let refused = meta
                .filter(|meta| meta["id"] == id)
                .any(|meta| meta["permission_decision"]["decision"] == "reject");
            let status = match (refused, block["is_error"] == true) {
                (true, _) => ToolStatus::Denied,
                (false, true) => ToolStatus::Failed,
                (false, false) => ToolStatus::Ok,
            };
            let mut output = tools::result_text(block);
            if let Some(diff) = tools::result_diff(&line["tool_use_result"]) {
                output = cut(&format!("{output}\n{diff}"), MAX_TEXT);
            }
            AgentEvent::ToolFinished {
                id: id.to_owned(),
                status,
                output,
            }
        })
        .collect()
}

/// What this process used. `total_cost_usd` and `modelUsage` count a resumed session from its
/// beginning, so they are not asked: `model_usage_since_last_result` counts from this process's
/// last result (`before`), and older versions that lack it leave the cost unknown.
fn usage_of(line: &Value, before: Option<Usage>) -> Usage {
    let Some(models) = line["model_usage_since_last_result"]
        .as_object()
        .filter(|models| !models.is_empty())
    else {
        let of = |key: &str| line["usage"][key].as_u64();
        return Usage {
            input: of("input_tokens"),
            output: of("output_tokens"),
            cache_read: of("cache_read_input_tokens"),
            cache_write: of("cache_creation_input_tokens"),
            cost_micros: None,
            plan: false,
        };
    };
    let mut sum = before.unwrap_or_default();
    for model in models.values() {
        let of = |key: &str| model[key].as_u64().unwrap_or(0);
        add(&mut sum.input, of("inputTokens"));
        add(&mut sum.output, of("outputTokens"));
        add(&mut sum.cache_read, of("cacheReadInputTokens"));
        add(&mut sum.cache_write, of("cacheCreationInputTokens"));
    }
    let costs: Option<Vec<u64>> = models.values().map(cost).collect();
    let earlier = before.map_or(Some(0), |before| before.cost_micros);
    sum.cost_micros = costs
        .zip(earlier)
        .map(|(costs, earlier)| costs.into_iter().fold(earlier, u64::saturating_add));
    sum
}

/// A model's cost in millionths of a dollar. A price of nothing for tokens means that the price is
/// not known.
fn cost(model: &Value) -> Option<u64> {
    let dollars = model["costUSD"].as_f64().filter(|cost| *cost > 0.0)?;
    let micros = (dollars * 1e6).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive and rounded; more than u64 holds becomes its greatest"
    )]
    let micros = micros as u64;
    Some(micros)
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
