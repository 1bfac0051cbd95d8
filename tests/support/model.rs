//! A model server that answers by a script: the Anthropic Messages protocol on a port of this
//! machine, streaming or not. No network, no key.
//!
//! A reply is chosen from the request alone, so agents side by side and their retries do not disturb
//! each other: the newest user text that a rule matches decides, and the number of assistant turns
//! after it is the step. Past the last step it says that all is done.

mod wire;

use regex::Regex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Stands in a tool's input for the folder that the agent says it works in.
pub const TREE: &str = "@TREE@";

/// One assistant message.
#[derive(Debug, Clone, Default)]
pub struct Step {
    blocks: Vec<Block>,
    usage: Option<(u64, u64)>,
    fault: Option<(Fault, u32)>,
}

#[derive(Debug, Clone)]
enum Block {
    Say(String),
    Think(String),
    Call(&'static str, Value),
}

/// What goes wrong instead of, or in the middle of, an answer.
#[derive(Debug, Clone)]
pub enum Fault {
    /// An HTTP error with this status, and seconds for `retry-after`.
    Status(u16, Option<u32>),
    /// An HTTP error with these words.
    Says(u16, &'static str),
    /// The connection is cut after so many events of the stream.
    Cut(usize),
    /// Silence after so many events, until the agent goes away.
    Stall(usize),
    /// An error event of this type in the stream.
    SseError(&'static str),
    /// An event that is no JSON.
    Garbage,
}

impl Step {
    /// Says a text.
    pub fn say(text: impl Into<String>) -> Self {
        Self::default().and_say(text)
    }
    /// Says a text too.
    pub fn and_say(mut self, text: impl Into<String>) -> Self {
        self.blocks.push(Block::Say(text.into()));
        self
    }
    /// Thinks first.
    pub fn think(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Think(text.into())],
            ..Self::default()
        }
    }
    /// Writes a whole file.
    pub fn write(self, path: impl AsRef<std::path::Path>, content: &str) -> Self {
        self.call(
            "Write",
            json!({"file_path": path.as_ref(), "content": content}),
        )
    }
    /// Replaces a text in a file.
    pub fn edit(self, path: impl AsRef<std::path::Path>, old: &str, new: &str) -> Self {
        let input = json!({"file_path": path.as_ref(), "old_string": old, "new_string": new});
        self.call("Edit", input)
    }
    /// Reads a file.
    pub fn read(self, path: impl AsRef<std::path::Path>) -> Self {
        self.call("Read", json!({"file_path": path.as_ref()}))
    }
    /// Runs a command.
    pub fn bash(self, command: &str) -> Self {
        self.call(
            "Bash",
            json!({"command": command, "description": "a step of the script"}),
        )
    }
    /// Calls any tool.
    pub fn call(mut self, tool: &'static str, input: Value) -> Self {
        self.blocks.push(Block::Call(tool, input));
        self
    }
    /// Reports these input and output tokens.
    pub fn usage(mut self, input: u64, output: u64) -> Self {
        self.usage = Some((input, output));
        self
    }
    /// Goes wrong the first `times` times it is asked for.
    pub fn fault(mut self, fault: Fault, times: u32) -> Self {
        self.fault = Some((fault, times));
        self
    }
}

/// Rules: the first whose pattern matches a user text gives the steps.
#[derive(Debug, Clone, Default)]
pub struct Script(Vec<(Regex, Vec<Step>)>);

impl Script {
    /// A script of one rule for every prompt.
    pub fn always(steps: impl Into<Vec<Step>>) -> Self {
        Self::default().rule("(?s).", steps)
    }
    /// Adds a rule.
    pub fn rule(mut self, pattern: &str, steps: impl Into<Vec<Step>>) -> Self {
        self.0.push((Regex::new(pattern).unwrap(), steps.into()));
        self
    }
}

/// A request that asked for a message.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its whole body.
    pub body: Value,
}

impl Request {
    /// The texts of the user's turns, tool results left out.
    pub fn user_texts(&self) -> Vec<String> {
        turns(&self.body)
            .into_iter()
            .filter_map(|(role, text)| (role == "user" && !text.is_empty()).then_some(text))
            .collect()
    }
    /// What the tools answered in the turns so far, and whether as an error.
    pub fn tool_results(&self) -> Vec<(String, bool)> {
        let messages = self.body["messages"].as_array().into_iter().flatten();
        let blocks = messages.flat_map(|m| m["content"].as_array().into_iter().flatten());
        blocks
            .filter(|block| block["type"] == "tool_result")
            .map(|block| (block["content"].to_string(), block["is_error"] == true))
            .collect()
    }
    /// The names of the tools that were declared.
    pub fn tools(&self) -> Vec<String> {
        let tools = self.body["tools"].as_array().into_iter().flatten();
        tools
            .filter_map(|tool| tool["name"].as_str().map(str::to_owned))
            .collect()
    }
}

struct State {
    script: Script,
    log: Mutex<Vec<Request>>,
    tried: Mutex<HashMap<(usize, usize), u32>>,
    healed: AtomicBool,
    only: Only,
}

/// The one token that is taken, where one is set; whoever comes with another is refused.
#[derive(Debug, Clone, Default)]
pub struct Only(Arc<Mutex<Option<String>>>);

impl Only {
    /// From now on it is this one.
    pub fn set(&self, token: &str) {
        *self.0.lock().unwrap() = Some(token.to_owned());
    }

    /// Whether who comes with these words of authorization is let in.
    fn lets_in(&self, authorization: &str) -> bool {
        let only = self.0.lock().unwrap();
        only.as_ref()
            .is_none_or(|token| authorization.ends_with(token.as_str()))
    }
}

/// The server; it ends with the test's process.
pub struct Server {
    url: String,
    state: Arc<State>,
}

impl Server {
    /// Starts one on a free port of 127.0.0.1.
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            script,
            log: Mutex::default(),
            tried: Mutex::default(),
            healed: AtomicBool::new(false),
            only: Only::default(),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || {
                    let _ = wire::serve(&stream, &state);
                });
            }
        });
        Self { url, state }
    }

    /// `ANTHROPIC_BASE_URL`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which token it takes.
    pub fn only(&self) -> Only {
        self.state.only.clone()
    }

    /// From now on nothing goes wrong any more.
    pub fn heal(&self) {
        self.state.healed.store(true, Ordering::Relaxed);
    }

    /// Every request for a message so far.
    pub fn requests(&self) -> Vec<Request> {
        self.state.log.lock().unwrap().clone()
    }
}

impl State {
    /// The step that a request is to get, and the fault it meets this time.
    fn choose(&self, body: &Value) -> (Step, Option<Fault>) {
        let turns = turns(body);
        let no_tools = body["tools"].as_array().is_none_or(Vec::is_empty);
        let found = turns
            .iter()
            .enumerate()
            .rev()
            .find_map(|(at, (role, text))| {
                let rules = self.script.0.iter().enumerate();
                let mut rules =
                    rules.filter(|(_, (pattern, _))| *role == "user" && pattern.is_match(text));
                rules.next().map(|(rule, (_, steps))| (at, rule, steps))
            });
        let Some((at, rule, steps)) = found.filter(|_| !no_tools) else {
            return (Step::say("Nothing is asked of me."), None);
        };
        let later = &turns[at + 1..];
        let index = later
            .iter()
            .filter(|(role, _)| *role == "assistant")
            .count();
        let Some(step) = steps.get(index) else {
            return (Step::say("All is done."), None);
        };
        let well = self.healed.load(Ordering::Relaxed);
        let fault = step.fault.clone().filter(|(_, times)| {
            if well {
                return false;
            }
            let mut tried = self.tried.lock().unwrap();
            let count = tried.entry((rule, index)).or_default();
            *count += 1;
            *count <= *times
        });
        let step = step.clone().at(&folder(body));
        (step, fault.map(|(fault, _)| fault))
    }
}

impl Step {
    /// The same with the agent's own folder in place of [`TREE`].
    fn at(mut self, tree: &str) -> Self {
        for block in &mut self.blocks {
            if let Block::Call(_, input) = block {
                fill(input, tree);
            }
        }
        self
    }
}

fn fill(value: &mut Value, tree: &str) {
    match value {
        Value::String(text) => *text = text.replace(TREE, tree),
        Value::Object(fields) => fields.values_mut().for_each(|v| fill(v, tree)),
        _ => {}
    }
}

/// The folder that the agent says it works in.
fn folder(body: &Value) -> String {
    // As it stands in JSON: a message's content may be a text or a list of parts.
    let body = body.to_string();
    let found = body.split_once("Primary working directory: ");
    let path = found.and_then(|(_, rest)| rest.split(['\\', '"']).next());
    path.unwrap_or_default().to_owned()
}

/// The conversation as (role, text); tool results have no text, and assistant messages that follow
/// each other are one turn.
fn turns(body: &Value) -> Vec<(&str, String)> {
    let mut turns: Vec<(&str, String)> = Vec::new();
    for message in body["messages"].as_array().into_iter().flatten() {
        let role = message["role"].as_str().unwrap_or_default();
        let text = match &message["content"] {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts = parts.iter().filter(|part| part["type"] == "text");
                let texts: Vec<&str> = texts.filter_map(|part| part["text"].as_str()).collect();
                texts.join("\n")
            }
            _ => String::new(),
        };
        match turns.last_mut() {
            Some((last, _)) if *last == "assistant" && role == "assistant" => {}
            _ => turns.push((role, text)),
        }
    }
    turns
}
