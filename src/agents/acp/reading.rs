//! What an ACP agent tells, in the words in which every agent's work is told. Pure.
//!
//! Agents announce a call before they know what it is about, announce it again, or tell of it only
//! when they ask; people see it once, when there is something to see.

use super::failure;
use super::usage::Meter;
use crate::agents::event::{AgentEvent, Failure, ToolKind, ToolStatus};
use crate::agents::talk::{Decision, Permission, Turn, TurnEnd};
use crate::agents::{MAX_ANSWER, MAX_TEXT, cut, keep_end};
use agent_client_protocol::Error;
use agent_client_protocol::v1::schema::{
    ContentBlock, ContentChunk, Diff, Meta, PermissionOption, PermissionOptionId,
    PermissionOptionKind, PromptResponse, RequestPermissionRequest, SessionUpdate, StopReason,
    ToolCallContent, ToolCallLocation, ToolCallStatus, ToolCallUpdate, ToolCallUpdateFields,
    ToolKind as AcpKind,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How many calls of a turn are followed; those beyond are left out.
const MOST_CALLS: usize = 10_000;

/// The most of each side of a change that is compared, and how long that may take.
const MOST_COMPARED: usize = 256 * 1024;
const COMPARING: Duration = Duration::from_millis(200);

/// Follows one conversation.
#[derive(Debug)]
pub struct Reading {
    meter: Meter,
    /// Whether a turn is on: what comes outside of one is the past, played again.
    on: bool,
    answer: String,
    /// The last message is whole, and was told as such: what follows is another.
    whole: bool,
    message: Option<String>,
    calls: BTreeMap<String, Call>,
    denied: BTreeSet<String>,
}

/// A call, as far as it is known.
#[derive(Debug, Default)]
struct Call {
    kind: AcpKind,
    name: Option<String>,
    title: String,
    paths: Vec<String>,
    diff: Option<String>,
    output: String,
    /// It was told, so it is told no more.
    told: bool,
    ended: bool,
}

impl Reading {
    /// Of the agent that gives itself this name; `fresh`: its session is a new one.
    pub fn new(agent: &str, fresh: bool) -> Self {
        Self {
            meter: Meter::new(agent, fresh),
            on: false,
            answer: String::new(),
            whole: true,
            message: None,
            calls: BTreeMap::new(),
            denied: BTreeSet::new(),
        }
    }

    /// A turn begins.
    pub fn begin(&mut self) {
        self.on = true;
        self.answer.clear();
        self.whole = true;
        self.message = None;
        self.calls.clear();
        self.denied.clear();
    }

    /// Something the agent told by itself.
    pub fn update(&mut self, update: SessionUpdate) -> Vec<AgentEvent> {
        if let SessionUpdate::UsageUpdate(usage) = &update {
            self.meter.update(usage);
            return Vec::new();
        }
        if !self.on {
            return Vec::new();
        }
        match update {
            SessionUpdate::AgentMessageChunk(chunk) => self.text(chunk),
            SessionUpdate::AgentThoughtChunk(chunk) => match text_of(chunk.content) {
                text if text.is_empty() => Vec::new(),
                text => vec![AgentEvent::Thinking {
                    text: cut(&text, MAX_TEXT),
                }],
            },
            SessionUpdate::ToolCall(call) => {
                let id = call.tool_call_id.0.to_string();
                let fields = ToolCallUpdateFields::new()
                    .kind(call.kind)
                    .status(call.status)
                    .title(call.title)
                    .name(call.name)
                    .content(call.content)
                    .locations(call.locations)
                    .raw_input(call.raw_input)
                    .raw_output(call.raw_output);
                self.call(id, fields, call.meta.as_ref())
            }
            SessionUpdate::ToolCallUpdate(call) => self.call(
                call.tool_call_id.0.to_string(),
                call.fields,
                call.meta.as_ref(),
            ),
            // A plan, a mode, a title: of no concern to a dialogue.
            _ => Vec::new(),
        }
    }

    fn text(&mut self, chunk: ContentChunk) -> Vec<AgentEvent> {
        let message = chunk.message_id.map(|id| id.0.to_string());
        let text = text_of(chunk.content);
        if text.is_empty() {
            return Vec::new();
        }
        let another = message.is_some() && self.message.is_some() && message != self.message;
        let mut events = if another { self.finish() } else { Vec::new() };
        if self.whole {
            self.answer.clear();
            self.whole = false;
        }
        if message.is_some() {
            self.message = message;
        }
        self.answer.push_str(&text);
        // Cut in large steps, so that an endless answer costs no quadratic time.
        if self.answer.len() > 2 * MAX_ANSWER {
            keep_end(&mut self.answer);
        }
        events.push(AgentEvent::TextDelta { text });
        events
    }

    /// The message that was going on is whole.
    fn finish(&mut self) -> Vec<AgentEvent> {
        if std::mem::replace(&mut self.whole, true) {
            return Vec::new();
        }
        vec![AgentEvent::Text {
            text: self.answer.clone(),
        }]
    }

    fn call(
        &mut self,
        id: String,
        fields: ToolCallUpdateFields,
        meta: Option<&Meta>,
    ) -> Vec<AgentEvent> {
        if self.calls.len() >= MOST_CALLS && !self.calls.contains_key(&id) {
            return Vec::new();
        }
        let mut events = self.finish();
        let status = fields.status;
        let was_denied = self.denied.contains(&id);
        let call = self.calls.entry(id.clone()).or_default();
        let says_more = call.learn(fields, meta);
        let ends = match status {
            Some(ToolCallStatus::Completed) => Some(ToolStatus::Ok),
            Some(ToolCallStatus::Failed) if was_denied => Some(ToolStatus::Denied),
            Some(ToolCallStatus::Failed) => Some(ToolStatus::Failed),
            _ => None,
        };
        let runs = matches!(status, Some(ToolCallStatus::InProgress));
        if !call.told && (says_more || runs || ends.is_some()) {
            events.push(call.tell(&id));
        }
        if let Some(status) = ends.filter(|_| !call.ended) {
            call.ended = true;
            events.push(AgentEvent::ToolFinished {
                id,
                status,
                output: std::mem::take(&mut call.output),
            });
        }
        events
    }

    /// The agent asks: what a person is shown, and what tells of the call where nothing has yet.
    pub fn asked(
        &mut self,
        id: String,
        request: &RequestPermissionRequest,
    ) -> (Permission, Vec<AgentEvent>) {
        let ToolCallUpdate {
            tool_call_id,
            mut fields,
            meta,
            ..
        } = request.tool_call.clone();
        // Whatever an agent says of its status, it has not begun.
        fields.status = None;
        let call_id = tool_call_id.0.to_string();
        let mut call = self.calls.remove(&call_id).unwrap_or_default();
        call.learn(fields, meta.as_ref());
        let permission = Permission {
            id,
            tool: call.tool(),
            title: call.line(),
            diff: call.diff.clone(),
        };
        let mut events = self.finish();
        if !call.told {
            events.push(call.tell(&call_id));
        }
        if self.calls.len() < MOST_CALLS {
            self.calls.insert(call_id, call);
        }
        (permission, events)
    }

    /// A person did not allow the call of this id.
    pub fn denied(&mut self, call: &str) {
        self.denied.insert(call.to_owned());
    }

    /// The turn ended.
    pub fn ended(
        &mut self,
        result: Result<PromptResponse, Error>,
        interrupted: bool,
        session: Option<String>,
    ) -> (Turn, Vec<AgentEvent>) {
        self.on = false;
        keep_end(&mut self.answer);
        let mut events = self.finish();
        events.extend(self.close(interrupted));
        let answer = std::mem::take(&mut self.answer).trim().to_owned();
        let failed = |failure: Failure| TurnEnd::Failed { failure };
        let (end, usage) = match result {
            Err(_) if interrupted => (TurnEnd::Interrupted, self.meter.unknown()),
            Err(error) => (failed(failure::of_error(&error)), self.meter.unknown()),
            Ok(response) => {
                let usage = self.meter.turn(&response);
                let stopped = response.stop_reason == StopReason::Cancelled;
                let end = if interrupted || stopped {
                    TurnEnd::Interrupted
                } else if let Some(failure) = failure::of_stop(response.stop_reason) {
                    failed(failure)
                } else {
                    let told = self
                        .calls
                        .is_empty()
                        .then(|| failure::told_as_text(&answer));
                    told.flatten().map_or(TurnEnd::Answered, failed)
                };
                (end, usage)
            }
        };
        let turn = Turn {
            end,
            answer,
            session,
            usage,
        };
        (turn, events)
    }

    /// Calls that nobody ended, since the turn was.
    fn close(&mut self, interrupted: bool) -> Vec<AgentEvent> {
        let denied = &self.denied;
        let open = self.calls.iter_mut().filter(|(_, c)| c.told && !c.ended);
        open.map(|(id, call)| {
            call.ended = true;
            let status = if denied.contains(id) {
                ToolStatus::Denied
            } else if interrupted {
                ToolStatus::Failed
            } else {
                // It never said how its call ended, and went on.
                ToolStatus::Ok
            };
            AgentEvent::ToolFinished {
                id: id.clone(),
                status,
                output: std::mem::take(&mut call.output),
            }
        })
        .collect()
    }
}

impl Call {
    /// Takes in what is new. Whether there is something to see now.
    fn learn(&mut self, fields: ToolCallUpdateFields, meta: Option<&Meta>) -> bool {
        if let Some(kind) = fields.kind.filter(|kind| *kind != AcpKind::Other) {
            self.kind = kind;
        }
        if let Some(title) = fields.title.filter(|title| !title.trim().is_empty()) {
            self.title = title;
        }
        if let Some(name) = fields.name.or_else(|| name_in(meta)) {
            self.name = Some(cut(&name, 200));
        }
        let input = fields.raw_input.filter(|input| !is_empty(input));
        let locations = fields.locations.unwrap_or_default();
        if !locations.is_empty() {
            self.paths = locations.iter().take(100).map(path_of).collect();
        }
        let content = fields.content.unwrap_or_default();
        let changes: Vec<String> = content.iter().filter_map(change).collect();
        if !changes.is_empty() {
            self.diff = Some(cut(&changes.concat(), 4 * MAX_TEXT));
        } else if let Some(diff) = input.as_ref().and_then(diff_in) {
            self.diff = Some(cut(diff, 4 * MAX_TEXT));
        }
        let said: Vec<String> = content.into_iter().filter_map(said).collect();
        if !said.is_empty() {
            self.output = cut(&said.join("\n"), MAX_TEXT);
        } else if let Some(output) = fields.raw_output.as_ref().and_then(output_in) {
            self.output = cut(output, MAX_TEXT);
        }
        input.is_some() || !self.paths.is_empty() || self.diff.is_some()
    }

    fn tell(&mut self, id: &str) -> AgentEvent {
        self.told = true;
        AgentEvent::ToolStarted {
            id: id.to_owned(),
            kind: kind_of(self.kind),
            name: self.tool(),
            title: self.line(),
            paths: self.paths.clone(),
            diff: self.diff.clone(),
        }
    }

    fn tool(&self) -> String {
        let kind = match self.kind {
            AcpKind::Read => "read",
            AcpKind::Edit => "edit",
            AcpKind::Delete => "delete",
            AcpKind::Move => "move",
            AcpKind::Search => "search",
            AcpKind::Execute => "execute",
            AcpKind::Fetch => "fetch",
            AcpKind::Think => "think",
            AcpKind::SwitchMode => "switch mode",
            _ => "other",
        };
        self.name.clone().unwrap_or_else(|| kind.to_owned())
    }

    fn line(&self) -> String {
        let line = self.title.lines().find(|line| !line.trim().is_empty());
        let line = line.map_or_else(|| self.tool(), |line| line.trim().to_owned());
        cut(&line, 200)
    }
}

/// The option to choose for a decision; `None`: the agent offers none that means it.
pub fn option_for(options: &[PermissionOption], decision: &Decision) -> Option<PermissionOptionId> {
    // What "always" covers and how long it lasts is each agent's own; allowing a call at a time and
    // remembering it here says exactly what the person said.
    let wanted: &[PermissionOptionKind] = match decision {
        Decision::AllowOnce => &[PermissionOptionKind::AllowOnce],
        Decision::AllowForDialogue => &[
            PermissionOptionKind::AllowOnce,
            PermissionOptionKind::AllowAlways,
        ],
        Decision::Deny { .. } => &[
            PermissionOptionKind::RejectOnce,
            PermissionOptionKind::RejectAlways,
        ],
    };
    wanted.iter().find_map(|kind| {
        let option = options.iter().find(|option| option.kind == *kind)?;
        Some(option.option_id.clone())
    })
}

fn text_of(content: ContentBlock) -> String {
    match content {
        ContentBlock::Text(text) => text.text,
        ContentBlock::Image(_) => "[image]".to_owned(),
        ContentBlock::Audio(_) => "[audio]".to_owned(),
        ContentBlock::ResourceLink(link) => link.uri,
        _ => "[resource]".to_owned(),
    }
}

fn kind_of(kind: AcpKind) -> ToolKind {
    match kind {
        AcpKind::Read => ToolKind::Read,
        AcpKind::Edit | AcpKind::Delete | AcpKind::Move => ToolKind::Edit,
        AcpKind::Search => ToolKind::Search,
        AcpKind::Execute => ToolKind::Run,
        AcpKind::Fetch => ToolKind::Fetch,
        _ => ToolKind::Other,
    }
}

/// A tool's own name, where adapters put it before the protocol had a field for it.
fn name_in(meta: Option<&Meta>) -> Option<String> {
    let meta = meta?;
    let own = meta.get("toolName");
    let claude = || meta.get("claudeCode")?.get("toolName");
    own.or_else(claude)?.as_str().map(str::to_owned)
}

fn is_empty(input: &Value) -> bool {
    match input {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

fn path_of(location: &ToolCallLocation) -> String {
    cut(&location.path.to_string_lossy(), 4096)
}

/// A change as a unified diff; `None`: it is none, or too long to compare.
fn change(content: &ToolCallContent) -> Option<String> {
    let ToolCallContent::Diff(Diff {
        path,
        old_text,
        new_text,
        ..
    }) = content
    else {
        return None;
    };
    let old = old_text.as_deref().unwrap_or_default();
    if old.len() > MOST_COMPARED || new_text.len() > MOST_COMPARED {
        return None;
    }
    let path = path.to_string_lossy();
    let from = if old.is_empty() { "/dev/null" } else { &path };
    let mut compare = similar::TextDiff::configure();
    compare.timeout(COMPARING);
    let diff = compare.diff_lines(old, new_text);
    Some(diff.unified_diff().header(from, &path).to_string())
}

/// A diff that an agent put into the call's input.
fn diff_in(input: &Value) -> Option<&str> {
    let diff = input.get("diff")?.as_str()?;
    diff.contains("@@ ").then(|| diff.trim_start())
}

fn said(content: ToolCallContent) -> Option<String> {
    match content {
        ToolCallContent::Content(content) => Some(text_of(content.content)),
        _ => None,
    }
}

fn output_in(output: &Value) -> Option<&str> {
    let keys = ["output", "error", "stdout"];
    output
        .as_str()
        .or_else(|| keys.iter().find_map(|key| output.get(key)?.as_str()))
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
