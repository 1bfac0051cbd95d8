//! Claude Code's tool calls, told for people.

use crate::agents::event::{AgentEvent, ToolKind};
use crate::agents::{MAX_TEXT, cut};
use serde_json::Value;

/// The tool by which it asks a person in a structure of its own.
pub(super) const ASK: &str = "AskUserQuestion";

/// A tool call from its content block: `{"type":"tool_use","id":…,"name":…,"input":{…}}`.
pub(super) fn started(block: &Value) -> AgentEvent {
    let name = block["name"].as_str().unwrap_or("?");
    let input = &block["input"];
    let paths: Vec<String> = ["file_path", "notebook_path", "path"]
        .into_iter()
        .filter_map(|key| input[key].as_str())
        .map(|path| cut(path, 4096))
        .collect();
    AgentEvent::ToolStarted {
        id: block["id"].as_str().unwrap_or_default().to_owned(),
        kind: kind(name),
        name: cut(name, 200),
        title: title(name, input),
        paths,
        diff: edit_diff(input),
    }
}

fn kind(name: &str) -> ToolKind {
    match name {
        "Read" | "NotebookRead" => ToolKind::Read,
        "Grep" | "Glob" | "LS" => ToolKind::Search,
        "Edit" | "Write" | "MultiEdit" | "NotebookEdit" => ToolKind::Edit,
        "Bash" | "BashOutput" | "KillShell" | "PowerShell" => ToolKind::Run,
        "WebFetch" | "WebSearch" => ToolKind::Fetch,
        _ => ToolKind::Other,
    }
}

/// One line for people about a call.
pub(super) fn title(name: &str, input: &Value) -> String {
    let keys = [
        "command",
        "file_path",
        "notebook_path",
        "pattern",
        "url",
        "query",
        "path",
        "description",
    ];
    let text = keys.into_iter().find_map(|key| input[key].as_str());
    let line = text.unwrap_or(name).lines().find(|l| !l.trim().is_empty());
    cut(line.unwrap_or(name).trim(), 200)
}

/// The change an Edit asks for. A Write's is known only when it is done: see [`result_diff`].
fn edit_diff(input: &Value) -> Option<String> {
    let path = input["file_path"].as_str()?;
    let old = input["old_string"].as_str()?;
    let new = input["new_string"].as_str()?;
    diff(path, path, old, new)
}

/// The change that a call would make, as far as its input tells: of a Write the whole new content as
/// added lines, because what is there now does not stand in it; of a MultiEdit one edit after the
/// other.
pub(super) fn asked_diff(input: &Value) -> Option<String> {
    let path = input["file_path"].as_str()?;
    if let Some(content) = input["content"].as_str() {
        return diff("/dev/null", path, "", content);
    }
    let Some(edits) = input["edits"].as_array() else {
        return edit_diff(input);
    };
    let mut whole = String::new();
    for edit in edits {
        let (old, new) = (edit["old_string"].as_str()?, edit["new_string"].as_str()?);
        whole.push_str(&diff(path, path, old, new)?);
        if whole.len() > MAX_TEXT {
            break;
        }
    }
    Some(cut(&whole, MAX_TEXT)).filter(|diff| !diff.is_empty())
}

fn diff(from: &str, to: &str, old: &str, new: &str) -> Option<String> {
    if old.len() + new.len() > 2 * MAX_TEXT {
        return None;
    }
    let diff = similar::TextDiff::from_lines(old, new);
    let text = diff.unified_diff().header(from, to).to_string();
    Some(cut(&text, MAX_TEXT))
}

/// The change that was made, as a unified diff, from a call's `tool_use_result`.
pub(super) fn result_diff(result: &Value) -> Option<String> {
    let path = result["filePath"].as_str()?;
    let mut out = String::new();
    for hunk in result["structuredPatch"].as_array()? {
        let number = |key: &str| hunk[key].as_u64().unwrap_or(0);
        out.push_str(&format!(
            "@@ -{},{} +{},{} @@\n",
            number("oldStart"),
            number("oldLines"),
            number("newStart"),
            number("newLines")
        ));
        for line in hunk["lines"].as_array()? {
            out.push_str(line.as_str()?);
            out.push('\n');
        }
        if out.len() > MAX_TEXT {
            break;
        }
    }
    if out.is_empty() {
        // A new file has no patch, only its content.
        if result["type"].as_str() != Some("create") {
            return None;
        }
        let content = cut(result["content"].as_str()?, MAX_TEXT);
        let diff = similar::TextDiff::from_lines("", &content);
        return Some(diff.unified_diff().header("/dev/null", path).to_string());
    }
    Some(cut(&format!("--- {path}\n+++ {path}\n{out}"), MAX_TEXT))
}

/// The text of a `tool_result` block: its content is a string or a list of blocks.
pub(super) fn result_text(block: &Value) -> String {
    let text = match &block["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .map(|part| match part["text"].as_str() {
                Some(text) => text.to_owned(),
                None => format!("[{}]", part["type"].as_str().unwrap_or("?")),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    };
    cut(&text, MAX_TEXT)
}
