//! What a process says of itself at its beginning: its session, its tools, what was loaded.

use super::extras::PLUGIN;
use crate::agents::cut;
use crate::agents::event::{AgentEvent, Failure};
use crate::terms::FailureKind;
use serde_json::Value;

/// What the first line says.
pub(super) struct Begun {
    pub(super) session: Option<String>,
    pub(super) model: Option<String>,
    /// Its login is one that it refreshes by itself; a key or a token it would be told of.
    pub(super) refreshes: bool,
    pub(super) events: Vec<AgentEvent>,
    /// A server that was to be brought back and did not start.
    pub(super) fatal: Option<Failure>,
}

/// Reads the line `{"type":"system","subtype":"init",…}`; of its tools so many are kept.
pub(super) fn of(line: &Value, most: usize) -> Begun {
    let text = |key: &str| line[key].as_str().map(|text| cut(text, 200));
    let (session, model) = (text("session_id"), text("model"));
    let tools = line["tools"].as_array().into_iter().flatten();
    let mut events = vec![AgentEvent::SessionStarted {
        session: session.clone(),
        model: model.clone(),
        tools: tools
            .filter_map(|tool| tool.as_str().map(|t| cut(t, 200)))
            .take(most)
            .collect(),
    }];
    events.extend(nobodys(line, "mcp_servers", "MCP servers", |server| {
        server["source"]
            .as_str()
            .is_none_or(|from| from == "dynamic")
    }));
    events.extend(nobodys(line, "plugins", "plugins", |plugin| {
        plugin["name"].as_str() == Some(PLUGIN)
    }));
    let fatal = without(line);
    events.extend(fatal.iter().map(|failure| AgentEvent::Fatal {
        kind: failure.kind,
        message: failure.message.clone(),
    }));
    Begun {
        session,
        model,
        refreshes: line["apiKeySource"].as_str() == Some("none"),
        events,
        fatal,
    }
}

/// What was to be left out and came nevertheless must not go unnoticed.
fn nobodys(
    line: &Value,
    key: &str,
    what: &str,
    wanted: impl Fn(&Value) -> bool,
) -> Option<AgentEvent> {
    let loaded = line[key].as_array().into_iter().flatten();
    let names: Vec<&str> = loaded
        .filter(|one| !wanted(one))
        .map(|one| one["name"].as_str().unwrap_or("?"))
        .collect();
    (!names.is_empty()).then(|| AgentEvent::Warning {
        text: format!(
            "{what} that nobody asked for were loaded: {}",
            cut(&names.join(", "), 500)
        ),
    })
}

/// The servers that were brought back and did not start: work without what its profile names is not
/// the work that was ordered.
fn without(line: &Value) -> Option<Failure> {
    let servers = line["mcp_servers"].as_array().into_iter().flatten();
    let failed: Vec<&str> = servers
        .filter(|s| matches!(s["status"].as_str(), Some("failed" | "needs-auth")))
        .map(|s| s["name"].as_str().unwrap_or("?"))
        .collect();
    (!failed.is_empty()).then(|| Failure {
        kind: FailureKind::Configuration,
        message: format!(
            "the MCP server {} did not start; try it with `claude mcp list`, mend its declaration, \
             or take it out of mcp:",
            cut(&failed.join(", "), 500)
        ),
        retry_after_secs: None,
    })
}
