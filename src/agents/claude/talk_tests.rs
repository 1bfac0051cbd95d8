use super::*;
use crate::agents::event::ToolStatus;
use crate::terms::FailureKind;
use proptest::prelude::*;

const ID: &str = "0c8de1f4-52a7-4f0b-9a31-6f2f6a1f7d11";

/// A conversation that was greeted, and what was written so far is forgotten.
fn ready() -> Talk {
    let mut talk = Talk::new(&Session::New(uuid::Uuid::nil()));
    let greeting = sent(&talk.greet());
    assert_eq!(greeting[0]["request"]["subtype"], "initialize");
    let id = greeting[0]["request_id"].clone();
    let answer = json!({"type": "control_response", "response": {"subtype": "success",
        "request_id": id, "response": {"commands": []}}});
    let step = talk.line(&answer.to_string());
    assert_eq!(step.heard, [Heard::Ready { session: None }]);
    talk
}

fn talking() -> Talk {
    let mut talk = ready();
    let step = talk.say("Hello \"you\"\n");
    let line = sent(&step);
    assert_eq!(line[0]["type"], "user");
    assert_eq!(line[0]["message"]["content"][0]["text"], "Hello \"you\"\n");
    talk
}

fn sent(step: &Step) -> Vec<Value> {
    let lines = step.write.iter();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn asks(id: &str, tool: &str, input: &Value) -> String {
    json!({"type": "control_request", "request_id": id, "request": {"subtype": "can_use_tool",
        "tool_name": tool, "input": input, "tool_use_id": format!("toolu-{id}")}})
    .to_string()
}

fn write_of(path: &str) -> Value {
    json!({"file_path": path, "content": "one\ntwo\n"})
}

fn result(more: &Value) -> String {
    let mut line = json!({"type": "result", "subtype": "success", "is_error": false, "result": "Well.",
        "session_id": ID, "total_cost_usd": 0.5, "permission_denials": [],
        "usage": {"input_tokens": 10, "output_tokens": 2, "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0},
        "model_usage_since_last_result": {"sonnet": {"inputTokens": 10, "outputTokens": 2,
        "cacheReadInputTokens": 0, "cacheCreationInputTokens": 0, "costUSD": 0.1}}});
    for (key, value) in more.as_object().unwrap() {
        line[key] = value.clone();
    }
    line.to_string()
}

fn turn(step: &Step) -> &Turn {
    match step.heard.last() {
        Some(Heard::Turn(turn)) => turn,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_turn_streams_and_ends_and_the_next_counts_anew() {
    let mut talk = talking();
    let init = json!({"type": "system", "subtype": "init", "session_id": ID, "model": "sonnet",
        "tools": ["Read"], "mcp_servers": []})
    .to_string();
    let step = talk.line(&init);
    let [Heard::Event(AgentEvent::SessionStarted { session, .. })] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    assert_eq!(session.as_deref(), Some(ID));
    let delta = |parent: Value| {
        json!({"type": "stream_event", "parent_tool_use_id": parent, "event":
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "We"}}})
        .to_string()
    };
    let piece = Heard::Event(AgentEvent::TextDelta { text: "We".into() });
    assert_eq!(talk.line(&delta(Value::Null)).heard, [piece]);
    assert_eq!(talk.line(&delta("toolu".into())), Step::default());
    let other = json!({"type": "stream_event", "event": {"type": "message_stop"}}).to_string();
    assert_eq!(talk.line(&other), Step::default());
    let step = talk.line(&result(&json!({})));
    let first = turn(&step);
    assert_eq!(
        (&first.end, first.answer.as_str()),
        (&TurnEnd::Answered, "Well.")
    );
    assert_eq!(first.session.as_deref(), Some(ID));
    assert_eq!(first.usage.cost_micros, Some(100_000));
    // The second: the same session told again is no news, and its use is its own.
    talk.say("And?");
    assert_eq!(talk.line(&init), Step::default());
    let step = talk.line(&result(&json!({"result": "So.", "total_cost_usd": 0.6})));
    assert_eq!(turn(&step).answer, "So.");
    assert_eq!(turn(&step).usage.cost_micros, Some(100_000));
    assert_eq!(turn(&step).usage.input, Some(10));
}

#[test]
fn a_write_is_asked_for_with_its_diff_and_goes_on_as_decided() {
    let mut talk = talking();
    let step = talk.line(&asks("r1", "Write", &write_of("/t/a.txt")));
    let [Heard::Permission(permission)] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    assert_eq!(
        (permission.tool.as_str(), permission.title.as_str()),
        ("Write", "/t/a.txt")
    );
    let diff = permission.diff.as_deref().unwrap();
    assert!(
        diff.contains("+++ /t/a.txt") && diff.contains("+one\n+two"),
        "{diff}"
    );
    let answer = &sent(&talk.decide("r1", &Decision::AllowOnce))[0]["response"];
    assert_eq!(answer["request_id"], "r1");
    assert_eq!(answer["response"]["behavior"], "allow");
    assert_eq!(answer["response"]["updatedInput"], write_of("/t/a.txt"));
    // Nobody asks for it any more.
    assert_eq!(talk.decide("r1", &Decision::AllowOnce), Step::default());

    talk.line(&asks("r2", "Write", &write_of("/t/b.txt")));
    let reason = Some(" Not that file. ".to_owned());
    let answer = &sent(&talk.decide("r2", &Decision::Deny { reason }))[0]["response"]["response"];
    assert_eq!(answer["behavior"], "deny");
    let message = answer["message"].as_str().unwrap();
    assert!(
        message.ends_with("The person says: Not that file."),
        "{message}"
    );
    talk.line(&asks("r3", "Write", &write_of("/t/c.txt")));
    let answer = &sent(&talk.decide("r3", &Decision::Deny { reason: None }))[0];
    assert_eq!(answer["response"]["response"]["message"], REFUSED);
}

#[test]
fn what_is_allowed_for_the_dialogue_is_not_asked_again() {
    let mut talk = talking();
    talk.line(&asks("r1", "Write", &write_of("/t/a")));
    talk.line(&asks("r2", "Write", &write_of("/t/b")));
    talk.line(&asks("r3", "Bash", &json!({"command": "ls"})));
    let step = talk.decide("r1", &Decision::AllowForDialogue);
    assert_eq!(
        sent(&step).len(),
        2,
        "the other that waited goes on as well"
    );
    assert_eq!(step.heard, [Heard::Withdrawn { id: "r2".into() }]);
    let step = talk.line(&asks("r4", "Write", &write_of("/t/c")));
    assert_eq!(step.heard, []);
    assert_eq!(sent(&step)[0]["response"]["response"]["behavior"], "allow");
    // Another tool is another matter, and what waits at the turn's end is withdrawn.
    let step = talk.line(&asks("r5", "Bash", &json!({"command": "rm x"})));
    assert!(matches!(step.heard[..], [Heard::Permission(_)]));
    let cancelled = json!({"type": "control_cancel_request", "request_id": "r5"}).to_string();
    assert_eq!(
        talk.line(&cancelled).heard,
        [Heard::Withdrawn { id: "r5".into() }]
    );
    assert_eq!(talk.line(&cancelled), Step::default());
    let step = talk.line(&result(&json!({})));
    assert!(
        step.heard.contains(&Heard::Withdrawn { id: "r3".into() }),
        "{step:?}"
    );
}

#[test]
fn several_edits_are_one_diff() {
    let edits = json!({"file_path": "/t/a", "edits": [
        {"old_string": "one", "new_string": "1"}, {"old_string": "two\n", "new_string": ""}]});
    let mut talk = talking();
    let step = talk.line(&asks("r1", "MultiEdit", &edits));
    let [Heard::Permission(permission)] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    let diff = permission.diff.as_deref().unwrap();
    assert!(
        diff.contains("-one") && diff.contains("+1") && diff.contains("-two"),
        "{diff}"
    );
    let step = talk.line(&asks("r2", "Bash", &json!({"command": "make\nmore"})));
    let [Heard::Permission(permission)] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    assert_eq!(
        (permission.title.as_str(), &permission.diff),
        ("make", &None)
    );
}

#[test]
fn its_own_questions_are_told_as_such_and_not_as_a_call() {
    let mut talk = talking();
    let input = json!({"questions": [
        {"question": "Which order?", "header": "Order", "multiSelect": true, "options": [
            {"label": "Newest first", "description": "As a blog has it."}, {"label": "Oldest first"}]},
        {"question": "How many?"}, {"header": "nothing is asked"}]});
    let call = json!({"type": "assistant", "parent_tool_use_id": null, "message": {"id": "m1",
        "content": [{"type": "tool_use", "id": "t1", "name": ASK, "input": input}]}});
    assert_eq!(talk.line(&call.to_string()).heard, []);
    let step = talk.line(&asks("r1", ASK, &input));
    let [Heard::Questions(asked)] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    assert_eq!(asked.len(), 2);
    assert_eq!(
        (asked[0].header.as_str(), asked[0].several),
        ("Order", true)
    );
    assert_eq!(asked[0].options[0].description, "As a blog has it.");
    assert_eq!(asked[1].options, []);
    let answer = &sent(&step)[0]["response"]["response"];
    assert_eq!(
        (&answer["behavior"], &answer["message"]),
        (&json!("deny"), &json!(ANSWERS_COME))
    );
    let done = json!({"type": "user", "message": {"content": [{"type": "tool_result",
        "tool_use_id": "t1", "is_error": true, "content": "no"}]}});
    assert_eq!(talk.line(&done.to_string()).heard, []);
}

#[test]
fn an_interrupted_turn_says_so_and_one_that_was_done_does_not() {
    let mut talk = talking();
    assert_eq!(
        sent(&talk.interrupt())[0]["request"]["subtype"],
        "interrupt"
    );
    let broken = json!({"is_error": true, "subtype": "error_during_execution", "result": ""});
    let step = talk.line(&result(&broken));
    assert_eq!(turn(&step).end, TurnEnd::Interrupted);
    assert_eq!(
        talk.interrupt(),
        Step::default(),
        "between turns there is nothing to stop"
    );
    talk.say("Again.");
    talk.interrupt();
    let step = talk.line(&result(&json!({})));
    assert_eq!(turn(&step).end, TurnEnd::Answered);
    talk.say("Once more.");
    let step = talk.line(&result(&broken));
    assert!(
        matches!(turn(&step).end, TurnEnd::Failed { .. }),
        "{step:?}"
    );
}

#[test]
fn a_refused_login_ends_the_turn_at_once_with_its_reason() {
    let mut talk = talking();
    let retry = json!({"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 10,
        "retry_delay_ms": 500, "error_status": 401, "error": "authentication_failed"})
    .to_string();
    let step = talk.line(&retry);
    assert_eq!(sent(&step)[0]["request"]["subtype"], "interrupt");
    let is_fatal = |heard: &Heard| matches!(heard, Heard::Event(AgentEvent::Fatal { .. }));
    assert!(step.heard.iter().any(is_fatal), "{step:?}");
    assert_eq!(talk.line(&retry).write, [""; 0], "it is stopped once");
    let broken = json!({"is_error": true, "subtype": "error_during_execution", "result": ""});
    let step = talk.line(&result(&broken));
    let TurnEnd::Failed { failure } = &turn(&step).end else {
        panic!("{step:?}")
    };
    assert_eq!(failure.kind, FailureKind::Auth);
}

#[test]
fn a_refused_call_is_told_and_other_requests_are_answered() {
    let mut talk = talking();
    let done = json!({"type": "user", "message": {"content": [{"type": "tool_result", "is_error": true,
        "tool_use_id": "t1", "content": "refused"}]},
        "tool_result_meta": [{"id": "t1", "permission_decision": {"decision": "reject"}}]});
    let step = talk.line(&done.to_string());
    let [Heard::Event(AgentEvent::ToolFinished { status, .. })] = step.heard.as_slice() else {
        panic!("{step:?}")
    };
    assert_eq!(*status, ToolStatus::Denied);
    let hook =
        json!({"type": "control_request", "request_id": "h", "request": {"subtype": "hook"}});
    let answer = &sent(&talk.line(&hook.to_string()))[0]["response"];
    assert_eq!(
        (&answer["subtype"], &answer["request_id"]),
        (&json!("error"), &json!("h"))
    );
}

#[test]
fn who_asks_without_end_is_refused_without_a_person() {
    let mut talk = talking();
    let mut permissions = 0;
    for n in 0..5000 {
        let step = talk.line(&asks(&format!("r{n}"), "Write", &write_of("/t/a")));
        permissions += step.heard.len();
        assert_eq!(step.heard.len() + step.write.len(), 1);
    }
    assert_eq!(permissions, OPEN);
    assert_eq!(talk.asked.len(), OPEN);
}

#[test]
fn one_that_can_not_begin_says_why() {
    let mut talk = Talk::new(&Session::Resume(ID.to_owned()));
    talk.greet();
    let broken = json!({"is_error": true, "subtype": "error_during_execution", "result": "",
        "errors": ["No conversation found"]});
    let told = talk.line(&result(&broken)).heard;
    let is_turn = |heard: &Heard| matches!(heard, Heard::Turn(_));
    assert!(!told.iter().any(is_turn), "{told:?}");
    let failure = talk.gone(ProcessEnd::Exited(1));
    assert!(
        failure.message.contains("No conversation found"),
        "{failure:?}"
    );
}

#[test]
fn one_that_is_gone_says_why() {
    let mut talk = ready();
    talk.error_line("Error: out of luck");
    let failure = talk.gone(ProcessEnd::Exited(1));
    assert!(failure.message.contains("out of luck"), "{failure:?}");
    let failure = talking().gone(ProcessEnd::Signalled(9));
    assert!(failure.message.contains("signal 9"), "{failure:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_line_makes_it_fail(kind in "[a-z_]{0,20}", sub in "[a-z_]{0,14}", id in "[a-z]{0,3}", rest in "\\PC{0,30}") {
        let mut talk = talking();
        talk.line(&rest);
        for kind in [kind.as_str(), "control_request", "stream_event", "result", "control_response"] {
            talk.line(&json!({"type": kind, "subtype": sub, "request_id": id, "request": rest}).to_string());
            talk.line(&json!({"type": kind, "request_id": id,
                "request": {"subtype": "can_use_tool", "tool_name": rest, "input": sub}}).to_string());
        }
        talk.decide(&id, &Decision::AllowForDialogue);
    }
}
