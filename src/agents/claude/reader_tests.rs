use super::*;
use crate::agents::event::ToolKind;
use proptest::prelude::*;
use serde_json::json;

const INIT: &str = r#"{"type":"system","subtype":"init","cwd":"/t","session_id":"5b0e7f6a-1f0e-4f3c-9d52-0a7d4f1c2b3d","tools":["Read","Write"],"mcp_servers":[],"model":"claude-sonnet-4-5","permissionMode":"dontAsk"}"#;

fn read(lines: &[String], end: ProcessEnd) -> (Vec<AgentEvent>, Finished) {
    let mut reader = StreamJson::default();
    let events = lines.iter().flat_map(|line| reader.line(line)).collect();
    (events, reader.finish(end))
}

fn says(id: &str, block: &Value) -> String {
    json!({"type": "assistant", "message": {"id": id, "model": "claude-sonnet-4-5",
        "content": [block], "usage": {"input_tokens": 900, "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 0, "output_tokens": 1}}, "parent_tool_use_id": null,
        "timestamp": "2026-04-02T12:00:00.000Z"})
    .to_string()
}

fn result(more: &Value) -> String {
    let mut line = json!({"type": "result", "subtype": "success", "is_error": false,
        "result": "Done.", "total_cost_usd": 0.9, "permission_denials": [],
        "usage": {"input_tokens": 1000, "output_tokens": 50, "cache_read_input_tokens": 100,
        "cache_creation_input_tokens": 0},
        "model_usage_since_last_result": {"claude-sonnet-4-5": {"inputTokens": 1000,
        "outputTokens": 50, "cacheReadInputTokens": 100, "cacheCreationInputTokens": 0,
        "costUSD": 0.0421}}});
    for (key, value) in more.as_object().unwrap() {
        line[key] = value.clone();
    }
    line.to_string()
}

fn failed(more: &Value) -> Failure {
    let (_, finished) = read(&[INIT.to_owned(), result(more)], ProcessEnd::Exited(1));
    finished.failure.unwrap()
}

#[test]
fn a_run_with_an_edit_and_a_refused_command() {
    let lines = [
        INIT.to_owned(),
        says("m1", &json!({"type": "thinking", "thinking": "hm"})),
        says("m1", &json!({"type": "tool_use", "id": "t1", "name": "Edit",
            "input": {"file_path": "/t/a.txt", "old_string": "one\n", "new_string": "two\n"}})),
        json!({"type": "user", "message": {"content": [{"type": "tool_result",
            "tool_use_id": "t1", "content": "updated"}]}, "tool_use_result": {"filePath": "/t/a.txt",
            "structuredPatch": [{"oldStart": 1, "oldLines": 1, "newStart": 1, "newLines": 1,
            "lines": ["-one", "+two"]}]}})
        .to_string(),
        says("m2", &json!({"type": "tool_use", "id": "t2", "name": "Bash",
            "input": {"command": "rm x", "description": "removes"}})),
        json!({"type": "user", "message": {"content": [{"type": "tool_result", "is_error": true,
            "tool_use_id": "t2", "content": [{"type": "text", "text": "denied"}]}]},
            "tool_result_meta": [{"id": "t2", "permission_decision": {"decision": "reject"}}]})
        .to_string(),
        says("m3", &json!({"type": "text", "text": "Done."})),
        result(&json!({"permission_denials": [{"tool_name": "Bash", "tool_use_id": "t2",
            "tool_input": {"command": "rm x"}}]})),
    ];
    let (events, finished) = read(&lines, ProcessEnd::Exited(0));
    let AgentEvent::ToolStarted {
        kind,
        title,
        paths,
        diff,
        ..
    } = &events[3]
    else {
        panic!("{events:#?}")
    };
    assert_eq!((kind, title.as_str()), (&ToolKind::Edit, "/t/a.txt"));
    assert_eq!(paths, &["/t/a.txt"]);
    assert!(diff.as_deref().unwrap().contains("-one\n+two"), "{diff:?}");
    let ends: Vec<_> = events
        .iter()
        .filter_map(|e| match e {
            AgentEvent::ToolFinished { id, status, output } => Some((id.as_str(), *status, output)),
            _ => None,
        })
        .collect();
    assert_eq!((ends[0].0, ends[0].1), ("t1", ToolStatus::Ok));
    assert!(ends[0].2.contains("@@ -1,1 +1,1 @@\n-one\n+two"));
    assert_eq!((ends[1].0, ends[1].1), ("t2", ToolStatus::Denied));
    assert_eq!(events.last(), Some(&AgentEvent::ResultReported));
    assert_eq!(finished.failure, None);
    assert_eq!(finished.answer, "Done.");
    assert_eq!(finished.denials, ["Bash rm x"]);
    assert_eq!(
        finished.session.as_deref(),
        Some("5b0e7f6a-1f0e-4f3c-9d52-0a7d4f1c2b3d")
    );
}

#[test]
fn usage_counts_this_process_and_each_message_once() {
    let text = json!({"type": "text", "text": "x"});
    let lines = [says("m1", &text), says("m1", &text), says("m2", &text)];
    let (_, cut_off) = read(&lines, ProcessEnd::Signalled(15));
    // Ended before its result: the input is known, output and cost are not.
    assert_eq!(cut_off.usage.input, Some(1800));
    assert_eq!(
        (cut_off.usage.output, cut_off.usage.cost_micros),
        (None, None)
    );
    let (_, whole) = read(
        &[lines[0].clone(), result(&json!({}))],
        ProcessEnd::Exited(0),
    );
    assert_eq!(whole.usage.input, Some(1000));
    assert_eq!(whole.usage.cost_micros, Some(42_100));
}

#[test]
fn a_cost_that_is_not_known_is_never_nothing() {
    let old = result(&json!({"model_usage_since_last_result": null}));
    let (_, finished) = read(&[old], ProcessEnd::Exited(0));
    assert_eq!(
        (finished.usage.output, finished.usage.cost_micros),
        (Some(50), None)
    );
    let unpriced = result(&json!({"model_usage_since_last_result":
        {"own-model": {"inputTokens": 5, "outputTokens": 5, "costUSD": 0}}}));
    let (_, finished) = read(&[unpriced], ProcessEnd::Exited(0));
    assert_eq!(
        (finished.usage.input, finished.usage.cost_micros),
        (Some(5), None)
    );
}

#[test]
fn a_refused_login_is_fatal_at_the_first_notice_and_a_throttle_is_not() {
    let notice = |status: Option<u16>, word: &str| {
        json!({"type": "system", "subtype": "api_retry", "attempt": 1, "max_retries": 10,
            "retry_delay_ms": 500, "error_status": status, "error": word})
        .to_string()
    };
    let (events, finished) = read(
        &[notice(Some(401), "authentication_failed")],
        ProcessEnd::Signalled(15),
    );
    assert!(matches!(
        events[1],
        AgentEvent::Fatal {
            kind: FailureKind::Auth,
            ..
        }
    ));
    assert_eq!(finished.failure.unwrap().kind, FailureKind::Auth);
    let (events, _) = read(&[notice(Some(429), "rate_limit")], ProcessEnd::Exited(0));
    assert_eq!(events.len(), 1);
    let (events, _) = read(&[notice(None, "unknown")], ProcessEnd::Exited(0));
    assert!(matches!(
        events[0],
        AgentEvent::Throttled {
            kind: FailureKind::Network,
            ..
        }
    ));
}

#[test]
fn success_is_not_believed_where_the_error_mark_stands() {
    let failure = failed(&json!({"is_error": true, "api_error_status": 529,
        "result": "API Error: 529 Overloaded"}));
    assert_eq!(failure.kind, FailureKind::Overloaded);
    assert_eq!(
        failed(
            &json!({"is_error": true, "subtype": "error_max_turns", "result": null,
            "errors": ["Reached maximum number of turns (1)"]})
        )
        .kind,
        FailureKind::MaxTurns
    );
    let broken = failed(&json!({"is_error": true, "api_error": "connection_failed",
        "result": "API Error: Connection dropped (ECONNRESET)"}));
    assert_eq!(broken.kind, FailureKind::Network);
}

#[test]
fn what_is_skimmed_leaves_out_the_noise_and_not_the_result() {
    let mut reader = StreamJson::default();
    reader.line(INIT);
    let noise = "y\n{}\n".repeat(1000);
    assert_eq!(reader.skim(noise.as_bytes()), []);
    let text = says("m1", &json!({"type": "text", "text": "Nearly."}));
    assert_eq!(reader.skim(format!("{text}\n").as_bytes()), []);
    let end = format!("{noise}{}\r\n{noise}", result(&json!({})));
    assert_eq!(reader.skim(end.as_bytes()), [AgentEvent::ResultReported]);
    let errors = (0..1000).map(|n| format!("warning {n}\n"));
    assert_eq!(
        reader.skim_errors(errors.collect::<String>().as_bytes()),
        []
    );
    assert_eq!(reader.stderr.first().unwrap(), "warning 980");
    let finished = reader.finish(ProcessEnd::Exited(0));
    assert_eq!(
        (finished.failure, finished.answer.as_str()),
        (None, "Done.")
    );
    assert_eq!(finished.usage.output, Some(50));
}

#[test]
fn no_result_and_an_empty_one_are_failures() {
    let kind = |lines: &[String], end| read(lines, end).1.failure.map(|f| f.kind);
    let init = [INIT.to_owned()];
    assert_eq!(
        kind(&init, ProcessEnd::Exited(0)),
        Some(FailureKind::Protocol)
    );
    assert_eq!(
        kind(&init, ProcessEnd::Exited(143)),
        Some(FailureKind::Unknown)
    );
    assert_eq!(
        kind(&[], ProcessEnd::Exited(1)),
        Some(FailureKind::Configuration)
    );
    let empty = [INIT.to_owned(), result(&json!({"result": ""}))];
    assert_eq!(
        kind(&empty, ProcessEnd::Exited(0)),
        Some(FailureKind::Protocol)
    );
    let mut reader = StreamJson::default();
    reader.error_line("error: unknown option '--effort'");
    let failure = reader.finish(ProcessEnd::Exited(1)).failure.unwrap();
    assert!(failure.message.contains("--effort"), "{}", failure.message);
}

#[test]
fn a_line_of_a_mebibyte_and_what_is_no_json_are_kept_as_they_are_and_bounded() {
    let long = format!("{{\"type\":\"user\",\"x\":\"{}", "ä".repeat(512 * 1024));
    let (events, _) = read(
        &[long, "{not json".into(), "[1]".into()],
        ProcessEnd::Exited(0),
    );
    assert_eq!(events.len(), 3);
    for event in events {
        let AgentEvent::Raw { line } = event else {
            panic!("{event:?}")
        };
        assert!(line.len() <= MAX_TEXT + 4);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the fields hold, nothing fails.
    #[test]
    fn no_line_makes_it_fail(
        kind in "(system|assistant|user|result|rate_limit_event|new)",
        subtype in "(init|api_retry|success|x)",
        key in "(message|error|usage|permission_denials|tool_use_result|rate_limit_info)",
        value in "(null|1|-1|1e300|\"ä\"|\\[\\[\\]\\]|\\{\"content\":\\[\\{\"type\":\"tool_use\"\\}\\]\\})",
        cut_at in 0usize..200,
    ) {
        let line = format!("{{\"type\":\"{kind}\",\"subtype\":\"{subtype}\",\"{key}\":{value}}}");
        let mut reader = StreamJson::default();
        reader.line(&line);
        reader.line(&line[..line.floor_char_boundary(cut_at.min(line.len()))]);
        reader.finish(ProcessEnd::Exited(0));
    }
}

#[test]
fn a_login_that_is_renewed_gets_the_time_for_it_and_a_server_that_fails_is_fatal() {
    let init = |source: &str, servers: serde_json::Value| {
        json!({"type": "system", "subtype": "init", "session_id": "s", "apiKeySource": source,
            "mcp_servers": servers})
        .to_string()
    };
    let refused = |attempt: u64| {
        json!({"type": "system", "subtype": "api_retry", "attempt": attempt, "max_retries": 10,
            "error_status": 401, "error": "authentication_failed"})
        .to_string()
    };
    let fatal = |lines: &[String]| {
        let (events, _) = read(lines, ProcessEnd::Exited(0));
        let fatal = events
            .iter()
            .filter(|e| matches!(e, AgentEvent::Fatal { .. }));
        fatal.count()
    };
    let none = json!([]);
    let login = init("none", none.clone());
    assert_eq!(fatal(&[login.clone(), refused(1), refused(2)]), 0);
    assert_eq!(fatal(&[login, refused(1), refused(2), refused(3)]), 1);
    assert_eq!(fatal(&[init("ANTHROPIC_API_KEY", none), refused(1)]), 1);
    let servers = json!([{"name": "a", "status": "connected", "source": "dynamic"},
        {"name": "b", "status": "failed", "source": "dynamic"}]);
    assert_eq!(fatal(&[init("none", servers)]), 1);
}
