//! Agents that do what none should, and one that does little: scripts that speak the protocol.

use crate::scene::Scene;
use harness_tui::agents::Session;
use harness_tui::agents::event::AgentEvent;
use harness_tui::agents::talk::{Decision, Heard, TurnEnd};
use harness_tui::dialogue::partner::News;
use harness_tui::terms::FailureKind;

/// A shell script that answers the greeting and opens a session; `prompt` is what it does about a
/// prompt, with the request's id in `$id`.
fn agent(prompt: &str) -> Scene {
    let script = format!(
        r#"
        reply() {{ printf '{{"jsonrpc":"2.0","id":%s,"result":%s}}\n' "$id" "$1"; }}
        fail() {{ printf '{{"jsonrpc":"2.0","id":%s,"error":%s}}\n' "$id" "$1"; }}
        update() {{ printf '{{"jsonrpc":"2.0","method":"session/update","params":{{"sessionId":"s1","update":%s}}}}\n' "$1"; }}
        speak() {{ update '{{"sessionUpdate":"agent_message_chunk","content":{{"type":"text","text":"'"$1"'"}}}}'; }}
        ask() {{ printf '{{"jsonrpc":"2.0","id":%s,"method":"%s","params":%s}}\n' "$1" "$2" "$3"; }}
        while read -r line; do
          id=$(printf '%s' "$line" | sed 's/.*"id":\("[^"]*"\|[0-9]*\).*/\1/')
          case "$line" in
            *'"readTextFile":true'*|*'"writeTextFile":true'*|*'"terminal":true'*) exit 9;;
            *'"method":"initialize"'*) reply '{{"protocolVersion":1,"agentCapabilities":{{}}}}';;
            *'"method":"session/new"'*) reply '{{"sessionId":"s1"}}';;
            *'"method":"session/prompt"'*) {prompt};;
          esac
        done"#
    );
    Scene::of(&["sh", "-c", &script])
}

const DONE: &str = r#"reply '{"stopReason":"end_turn"}'"#;

#[test]
fn a_program_that_is_not_there_is_said_with_a_remedy() {
    let failure = Scene::of(&["no-such-agent-anywhere"]).begin().gone();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("no-such-agent-anywhere"),
        "{failure:?}"
    );
    assert!(failure.message.contains("install it"), "{failure:?}");
}

#[test]
fn a_program_that_speaks_something_else_and_leaves_says_why() {
    let scene = Scene::of(&[
        "sh",
        "-c",
        "echo Welcome!; echo 'no key is set' >&2; exit 3",
    ]);
    let mut dialogue = scene.begin();
    let failure = dialogue.gone();
    assert!(failure.message.contains("exit code 3"), "{failure:?}");
    assert!(failure.message.contains("no key is set"), "{failure:?}");
    let raw = AgentEvent::Raw {
        line: "Welcome!".into(),
    };
    assert!(dialogue.told.contains(&News::Heard(Heard::Event(raw))));
    drop(dialogue);
    assert_eq!(scene.pids(), [0; 0]);
}

#[test]
fn it_is_given_no_files_and_no_terminal_and_may_not_ask_for_them() {
    // What it is answered, it tells.
    let prompt = format!(
        r#"turn=$id; ask 7 fs/write_text_file '{{"sessionId":"s1","path":"/x","content":""}}'
           read -r line
           case "$line" in *-32601*) speak 'not found';; *) speak 'something else';; esac
           id=$turn; {DONE}"#
    );
    let (mut dialogue, session) = agent(&prompt).begun();
    assert_eq!(session, "s1");
    assert_eq!(dialogue.turn("Go.").answer, "not found");
}

#[test]
fn a_tool_that_is_allowed_for_the_dialogue_is_asked_for_once() {
    let asks = |id: u32, kind: &str| {
        format!(
            r#"ask {id} session/request_permission '{{"sessionId":"s1","toolCall":{{"toolCallId":"c{id}","title":"do {id}","kind":"{kind}"}},"options":[{{"optionId":"y","name":"Yes","kind":"allow_once"}},{{"optionId":"n","name":"No","kind":"reject_once"}}]}}'
               read -r line; case "$line" in *'"optionId":"y"'*) speak y;; *'"optionId":"n"'*) speak n;; *) speak -;; esac;"#
        )
    };
    let prompt = format!(
        "turn=$id; {} {} {} id=$turn; {DONE}",
        asks(1, "edit"),
        asks(2, "edit"),
        asks(3, "execute")
    );
    let (mut dialogue, _) = agent(&prompt).begun();
    dialogue.say("Go.");
    let first = dialogue.permission();
    assert_eq!(
        (first.tool.as_str(), first.title.as_str()),
        ("edit", "do 1")
    );
    dialogue.partner.decide("nonsense", &Decision::AllowOnce);
    dialogue
        .partner
        .decide(&first.id, &Decision::AllowForDialogue);
    let other = dialogue.permission();
    assert_eq!(other.title, "do 3");
    dialogue.deny(&other.id, "no commands");
    dialogue.end();
    let said: Vec<String> = dialogue
        .told
        .iter()
        .filter_map(|news| match news {
            News::Heard(Heard::Event(AgentEvent::TextDelta { text })) => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["y", "y", "n"]);
}

#[test]
fn a_question_is_withdrawn_when_the_turn_is_stopped() {
    let prompt = r#"ask 1 session/request_permission '{"sessionId":"s1","toolCall":{"toolCallId":"c1","title":"do"},"options":[{"optionId":"y","name":"Yes","kind":"allow_once"}]}'
        turn=$id; read -r line; read -r more
        case "$line$more" in *session/cancel*cancelled*|*cancelled*session/cancel*) ;; *) exit 5;; esac
        id=$turn; reply '{"stopReason":"cancelled"}'"#;
    let (mut dialogue, _) = agent(prompt).begun();
    dialogue.say("Go.");
    let asked = dialogue.permission();
    dialogue.partner.interrupt();
    assert_eq!(dialogue.end().end, TurnEnd::Interrupted);
    let withdrawn = News::Heard(Heard::Withdrawn { id: asked.id });
    assert!(dialogue.told.contains(&withdrawn));
}

#[test]
fn a_session_that_can_not_be_taken_up_is_said_so() {
    let mut scene = agent(DONE);
    scene.order.session = Session::Resume("an older one".into());
    let (dialogue, session) = scene.begun();
    assert_eq!(session, "s1");
    let warnings = dialogue.warnings();
    assert!(
        warnings
            .iter()
            .any(|w| w.contains("can't take a session up")),
        "{warnings:?}"
    );
}

#[test]
fn a_turn_that_fails_says_why_and_the_dialogue_goes_on() {
    let prompt = format!(
        r#"case "$line" in *again*) speak hello; {DONE};; *) fail '{{"code":-32603,"message":"Internal error: API Error: 529 overloaded"}}';; esac"#
    );
    let (mut dialogue, _) = agent(&prompt).begun();
    let TurnEnd::Failed { failure } = dialogue.turn("Go.").end else {
        panic!("{:?}", dialogue.told)
    };
    assert_eq!(failure.kind, FailureKind::Overloaded);
    assert!(failure.message.contains("529"), "{failure:?}");
    assert_eq!(dialogue.turn("Go again.").answer, "hello");
}

#[test]
fn who_asks_without_end_and_reads_no_answer_is_ended() {
    let flood = r#"yes '{"jsonrpc":"2.0","id":1,"method":"terminal/create","params":{}}'"#;
    let scene = agent(flood);
    let (mut dialogue, _) = scene.begun();
    dialogue.say("Go.");
    let failure = dialogue.gone();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(
        failure.message.contains("does not read the answers"),
        "{failure:?}"
    );
}

#[test]
fn a_flood_is_cut_off_and_can_be_left() {
    let flood = r#"yes '{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s1","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"more "}}}}'"#;
    let scene = agent(flood);
    let (mut dialogue, _) = scene.begun();
    dialogue.say("Go.");
    dialogue.until(|news| match news {
        News::Heard(Heard::Event(AgentEvent::Warning { text })) => {
            text.contains("not shown").then_some(())
        }
        _ => None,
    });
    drop(dialogue);
    let begun = std::time::Instant::now();
    while !scene.pids().is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "{:?}", scene.pids());
        harness_tui::process::pause(std::time::Duration::from_millis(10));
    }
}

#[test]
fn who_closes_its_output_and_stays_is_ended() {
    let scene = Scene::of(&["sh", "-c", "exec cat >/dev/null"]);
    let failure = scene.begin().gone();
    assert!(failure.message.contains("closed its output"), "{failure:?}");
}

#[test]
#[ignore = "waits for a minute, which is what it shows"]
fn who_never_answers_the_greeting_is_given_up() {
    let scene = Scene::of(&["sh", "-c", "while read -r line; do :; done"]);
    let failure = scene.begin().gone();
    assert_eq!(failure.kind, FailureKind::Protocol);
    assert!(failure.message.contains("after 60 seconds"), "{failure:?}");
    assert!(failure.message.contains("[opencode, acp]"), "{failure:?}");
}
