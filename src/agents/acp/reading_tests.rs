//! Lines in the manner of several agents, read as events.

use super::*;
use serde_json::json;

fn begun(agent: &str) -> Reading {
    let mut reading = Reading::new(agent, true);
    reading.begin();
    reading
}

fn told(reading: &mut Reading, update: Value) -> Vec<AgentEvent> {
    reading.update(serde_json::from_value(update).unwrap())
}

fn says(reading: &mut Reading, text: &str) -> Vec<AgentEvent> {
    let update = json!({"sessionUpdate": "agent_message_chunk",
        "content": {"type": "text", "text": text}});
    told(reading, update)
}

fn ended(reading: &mut Reading, result: Value) -> (Turn, Vec<AgentEvent>) {
    let response = serde_json::from_value(result).unwrap();
    reading.ended(Ok(response), false, Some("s".into()))
}

fn request(value: Value) -> RequestPermissionRequest {
    serde_json::from_value(value).unwrap()
}

fn options(kinds: &[&str]) -> Value {
    let options = kinds
        .iter()
        .map(|kind| json!({"optionId": format!("id-{kind}"), "name": kind, "kind": kind}));
    options.collect()
}

#[test]
fn pieces_become_messages_and_the_last_is_the_answer() {
    let mut reading = begun("x");
    assert_eq!(says(&mut reading, ""), []);
    says(&mut reading, "I will ");
    says(&mut reading, "look.");
    let call = json!({"sessionUpdate": "tool_call", "toolCallId": "1", "title": "Read a.md",
        "kind": "read", "status": "in_progress", "locations": [{"path": "/tree/a.md"}]});
    let events = told(&mut reading, call);
    let text = AgentEvent::Text {
        text: "I will look.".into(),
    };
    let started = AgentEvent::ToolStarted {
        id: "1".into(),
        kind: ToolKind::Read,
        name: "read".into(),
        title: "Read a.md".into(),
        paths: vec!["/tree/a.md".into()],
        diff: None,
    };
    assert_eq!(events, [text, started]);
    says(&mut reading, "Found ");
    says(&mut reading, "it.\n");
    let (turn, events) = ended(&mut reading, json!({"stopReason": "end_turn"}));
    assert_eq!(
        (turn.end, turn.answer.as_str()),
        (TurnEnd::Answered, "Found it.")
    );
    assert!(turn.usage.is_unknown());
    let whole = AgentEvent::Text {
        text: "Found it.\n".into(),
    };
    assert_eq!(events[0], whole);
    // It never said how its call ended.
    assert!(matches!(
        &events[1],
        AgentEvent::ToolFinished {
            status: ToolStatus::Ok,
            ..
        }
    ));
    // Between turns the past is played again, and the next turn begins with nothing.
    assert_eq!(says(&mut reading, "Long ago"), []);
    reading.begin();
    assert_eq!(
        ended(&mut reading, json!({"stopReason": "end_turn"}))
            .0
            .answer,
        ""
    );
}

#[test]
fn a_call_is_told_once_it_says_something_however_often_it_is_announced() {
    // As Claude Code's adapter does: announced empty, then again with its input.
    let mut reading = begun("@zed-industries/claude-code-acp");
    let meta = json!({"claudeCode": {"toolName": "Bash"}});
    let empty = json!({"sessionUpdate": "tool_call", "toolCallId": "t", "title": "Terminal",
        "kind": "execute", "status": "pending", "rawInput": {}, "content": [], "_meta": meta});
    assert_eq!(told(&mut reading, empty), []);
    let full = json!({"sessionUpdate": "tool_call", "toolCallId": "t", "title": "`ls\n-l`",
        "kind": "execute", "status": "pending", "rawInput": {"command": "ls"}, "_meta": meta});
    let events = told(&mut reading, full.clone());
    let [
        AgentEvent::ToolStarted {
            name, title, kind, ..
        },
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!(
        (name.as_str(), title.as_str(), *kind),
        ("Bash", "`ls", ToolKind::Run)
    );
    assert_eq!(told(&mut reading, full), []);
    let done = json!({"sessionUpdate": "tool_call_update", "toolCallId": "t",
        "status": "completed", "rawOutput": "a.md",
        "content": [{"type": "content", "content": {"type": "text", "text": "a.md\n"}}]});
    let finished = AgentEvent::ToolFinished {
        id: "t".into(),
        status: ToolStatus::Ok,
        output: "a.md\n".into(),
    };
    assert_eq!(told(&mut reading, done.clone()), [finished]);
    assert_eq!(told(&mut reading, done), []);
}

#[test]
fn a_call_that_is_told_only_when_it_ended_is_told_whole() {
    // As Qwen does once it was allowed.
    let mut reading = begun("qwen-code");
    let update = json!({"sessionUpdate": "tool_call_update", "toolCallId": "q",
        "status": "failed", "kind": "edit", "title": "Writing to a.md",
        "content": [{"type": "diff", "path": "a.md", "oldText": "", "newText": "A\n"}],
        "_meta": {"toolName": "write_file"}, "rawOutput": {"error": "no room"}});
    let events = told(&mut reading, update);
    let [
        AgentEvent::ToolStarted { name, diff, .. },
        AgentEvent::ToolFinished { status, output, .. },
    ] = events.as_slice()
    else {
        panic!("{events:?}")
    };
    assert_eq!(name, "write_file");
    assert_eq!(
        diff.as_deref(),
        Some("--- /dev/null\n+++ a.md\n@@ -0,0 +1 @@\n+A\n")
    );
    assert_eq!((*status, output.as_str()), (ToolStatus::Failed, "no room"));
}

#[test]
fn what_is_asked_for_is_shown_with_its_change() {
    // As Gemini asks: the change is content. As Copilot does: it stands in the input.
    let mut reading = begun("gemini-cli");
    let asked = request(
        json!({"sessionId": "s", "options": options(&["allow_once"]),
        "toolCall": {"toolCallId": "g", "status": "pending", "title": "Writing to a.md",
            "kind": "edit", "content": [{"type": "diff", "path": "/tree/a.md",
                "oldText": "one\n", "newText": "two\n"}]}}),
    );
    let (permission, events) = reading.asked("7".into(), &asked);
    assert_eq!(
        (permission.id.as_str(), permission.tool.as_str()),
        ("7", "edit")
    );
    assert_eq!(
        permission.diff.as_deref(),
        Some("--- /tree/a.md\n+++ /tree/a.md\n@@ -1 +1 @@\n-one\n+two\n")
    );
    assert!(matches!(&events[..], [AgentEvent::ToolStarted { .. }]));
    reading.denied("g");
    let failed =
        json!({"sessionUpdate": "tool_call_update", "toolCallId": "g", "status": "failed"});
    let events = told(&mut reading, failed);
    assert!(matches!(
        &events[..],
        [AgentEvent::ToolFinished {
            status: ToolStatus::Denied,
            ..
        }]
    ));

    let mut reading = begun("Copilot");
    let asked = request(
        json!({"sessionId": "s", "options": options(&["allow_once"]),
        "toolCall": {"toolCallId": "c", "title": "Create file", "kind": "edit",
            "rawInput": {"fileName": "a.md", "diff": "\ndiff --git a b\n@@ -1,0 +1 @@\n+A\n"}}}),
    );
    let diff = reading.asked("8".into(), &asked).0.diff.unwrap();
    assert!(diff.starts_with("diff --git"), "{diff}");
}

#[test]
fn the_option_is_chosen_by_what_it_means() {
    let choose = |kinds: &[&str], decision: &Decision| {
        let asked = request(json!({"sessionId": "s", "toolCall": {"toolCallId": "c"},
            "options": options(kinds)}));
        option_for(&asked.options, decision).map(|id| id.0.to_string())
    };
    let all = ["allow_always", "allow_once", "reject_always", "reject_once"];
    let deny = Decision::Deny { reason: None };
    for (kinds, decision, chosen) in [
        (&all[..], &Decision::AllowOnce, Some("id-allow_once")),
        (&all, &Decision::AllowForDialogue, Some("id-allow_once")),
        (&all, &deny, Some("id-reject_once")),
        (
            &["allow_always"],
            &Decision::AllowForDialogue,
            Some("id-allow_always"),
        ),
        (&["allow_always"], &Decision::AllowOnce, None),
        (&["reject_always"], &deny, Some("id-reject_always")),
        (&[], &deny, None),
    ] {
        assert_eq!(choose(kinds, decision).as_deref(), chosen, "{kinds:?}");
    }
}

#[test]
fn a_turn_ends_as_its_reason_says() {
    let end = |reason: &str, text: &str| {
        let mut reading = begun("x");
        says(&mut reading, text);
        match ended(&mut reading, json!({"stopReason": reason})).0.end {
            TurnEnd::Failed { failure } => failure.kind.word(),
            TurnEnd::Answered => "answered",
            TurnEnd::Interrupted => "interrupted",
        }
    };
    use crate::terms::FailureKind as K;
    assert_eq!(end("end_turn", "Yes."), "answered");
    assert_eq!(end("cancelled", "Ye"), "interrupted");
    assert_eq!(end("refusal", ""), K::Request.word());
    assert_eq!(end("max_tokens", "Ye"), K::Context.word());
    assert_eq!(end("max_turn_requests", "Ye"), K::MaxTurns.word());
    assert_eq!(end("end_turn", "Error: 401 no key"), K::Auth.word());

    let mut reading = begun("x");
    let error = Error::new(-32603, "it broke");
    let (turn, _) = reading.ended(Err(error.clone()), false, None);
    assert!(matches!(turn.end, TurnEnd::Failed { .. }));
    reading.begin();
    assert_eq!(
        reading.ended(Err(error), true, None).0.end,
        TurnEnd::Interrupted
    );
}

#[test]
fn an_endless_turn_fills_no_memory() {
    let mut reading = begun("x");
    let piece = "ä".repeat(100_000);
    for _ in 0..60 {
        says(&mut reading, &piece);
    }
    assert!(reading.answer.len() <= 2 * MAX_ANSWER);
    for n in 0..MOST_CALLS + 10 {
        let call = json!({"sessionUpdate": "tool_call", "toolCallId": n.to_string(),
            "title": "x", "status": "in_progress"});
        told(&mut reading, call);
    }
    assert_eq!(reading.calls.len(), MOST_CALLS);
    let huge = json!({"sessionUpdate": "tool_call_update", "toolCallId": "0",
        "content": [{"type": "diff", "path": "a", "newText": "x\n".repeat(MOST_COMPARED)}]});
    assert_eq!(told(&mut reading, huge), []);
}
