//! Conversations with agents: the real Claude Code and a model that follows a script, recordings, and
//! programs that misbehave.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "dialogue_agents/odd.rs"]
mod odd;
#[path = "dialogue_agents/scene.rs"]
mod scene;

use harness_tui::agents::talk::{Decision, Heard, TurnEnd};
use harness_tui::agents::{AgentEvent, Session, ToolStatus};
use harness_tui::terms::FailureKind;
use scene::{Scene, put};
use serde_json::json;
use std::time::Duration;
use support::model::{Fault, Script, Step};

/// A model that greets, and at the second message says so.
fn two_turns() -> Script {
    Script::default()
        .rule("SECOND", [Step::say("You said two things.").usage(30, 3)])
        .rule("FIRST", [Step::say("Hello.").usage(20, 2)])
}

#[test]
fn two_turns_are_one_conversation_in_one_process() {
    let Some((scene, server)) = Scene::claude(two_turns()) else {
        return;
    };
    let mut talk = scene.begin();
    assert_eq!(
        talk.ready(),
        None,
        "nothing was said that could be taken up"
    );
    let first = talk.ask("FIRST words");
    assert_eq!(
        (&first.end, first.answer.as_str()),
        (&TurnEnd::Answered, "Hello.")
    );
    let session = first.session.clone();
    assert!(session.is_some());
    let second = talk.ask("SECOND words");
    assert_eq!(second.answer, "You said two things.");
    assert_eq!(second.session, session);
    // The use of each turn is its own.
    assert_eq!((first.usage.input, first.usage.output), (Some(20), Some(2)));
    assert_eq!(
        (second.usage.input, second.usage.output),
        (Some(30), Some(3))
    );
    assert!(first.usage.cost_micros.is_some() && second.usage.cost_micros.is_some());
    let last = server.requests().pop().unwrap().user_texts().join("\n");
    assert!(
        last.contains("FIRST words") && last.contains("SECOND words"),
        "{last}"
    );
    let mut pieces = talk.events().filter_map(|event| match event {
        AgentEvent::TextDelta { text } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(pieces.next(), Some("Hello."));
    drop(pieces);
    let tools = server.requests()[0].tools();
    for tool in ["Read", "Grep", "Glob", "AskUserQuestion", "Write"] {
        assert!(tools.iter().any(|t| t == tool), "{tools:?}");
    }
    assert!(!tools.iter().any(|t| t == "Bash"), "{tools:?}");
    // What it started goes with it.
    assert!(!scene.processes().is_empty());
    let processes = scene.processes();
    drop(talk);
    let limit = Some(Duration::from_secs(30));
    assert!(harness_tui::process::wait_all(&processes, limit).unwrap());
    assert!(scene.processes().is_empty());
    let log = std::fs::read_to_string(scene.order.dir.join("agent.log")).unwrap();
    assert!(log.contains("You said two things."));
}

#[test]
fn a_call_is_allowed_once_for_the_dialogue_or_refused_with_a_reason() {
    let script = |scene: &Scene| {
        let step = |name: &str| Step::default().write(scene.own(name), "one\ntwo\n");
        Script::default()
            .rule("THIRD", [step("d.txt"), Step::say("Then not.")])
            .rule("SECOND", [step("b.txt"), step("c.txt"), Step::say("Both.")])
            .rule("FIRST", [step("a.txt"), Step::say("Written.")])
    };
    let Some((mut scene, server)) = Scene::claude_about(script) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();

    talk.partner.say("FIRST");
    let asked = talk.permission();
    assert_eq!(asked.tool, "Write");
    assert!(asked.title.ends_with("a.txt"), "{asked:?}");
    let diff = asked.diff.as_deref().unwrap();
    assert!(diff.contains("+one\n+two"), "{diff}");
    assert!(!scene.own("a.txt").exists());
    talk.decide(&asked, &Decision::AllowOnce);
    assert_eq!(talk.turn().answer, "Written.");
    assert!(scene.own("a.txt").exists());

    // Once was once; then for as long as it lasts.
    talk.partner.say("SECOND");
    let asked = talk.permission();
    talk.decide(&asked, &Decision::AllowForDialogue);
    assert_eq!(talk.turn().answer, "Both.");
    assert!(scene.own("b.txt").exists() && scene.own("c.txt").exists());
    let count = |told: &[Heard]| {
        told.iter()
            .filter(|h| matches!(h, Heard::Permission(_)))
            .count()
    };
    assert_eq!(count(&talk.told), 2);
    drop(talk);

    // In another process it asks again.
    if let Session::New(id) = scene.order.session {
        scene.order.session = Session::Resume(id.to_string());
    }
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("THIRD");
    let asked = talk.permission();
    let reason = Some("the draft comes first".to_owned());
    talk.decide(&asked, &Decision::Deny { reason });
    assert_eq!(talk.turn().answer, "Then not.");
    assert!(!scene.own("d.txt").exists());
    let told = server.requests().pop().unwrap().tool_results();
    let (words, failed) = told.last().unwrap();
    assert!(
        *failed && words.contains("the draft comes first"),
        "{words}"
    );
    let denied = |event: &AgentEvent| {
        matches!(
            event,
            AgentEvent::ToolFinished {
                status: ToolStatus::Denied,
                ..
            }
        )
    };
    assert!(talk.events().any(denied), "{:#?}", talk.told);
}

#[test]
fn the_repository_stays_as_it_is_even_where_a_person_allowed_the_write() {
    let script = Script::always([
        Step::default().write(format!("{}/new.txt", support::model::TREE), "x\n"),
        Step::say("It could not be written."),
    ]);
    let Some((scene, _server)) = Scene::claude(script) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Write it.");
    let asked = talk.permission();
    assert_eq!(asked.title, "new.txt");
    talk.decide(&asked, &Decision::AllowOnce);
    assert_eq!(talk.turn().end, TurnEnd::Answered);
    if harness_tui::stage::sandbox::landlock_abi().is_none() {
        eprintln!("SKIPPED: this kernel has no Landlock");
        return;
    }
    assert!(!scene.tree("new.txt").exists());
    let failed = |event: &AgentEvent| {
        matches!(
            event,
            AgentEvent::ToolFinished {
                status: ToolStatus::Failed,
                ..
            }
        )
    };
    assert!(talk.events().any(failed), "{:#?}", talk.told);
}

#[test]
fn a_turn_is_interrupted_and_the_conversation_goes_on() {
    let script = Script::default()
        .rule("AFTERWARDS", [Step::say("Going on.")])
        .rule(
            "SLOWLY",
            [Step::say("Half of it").fault(Fault::Stall(3), 9)],
        );
    let Some((scene, server)) = Scene::claude(script) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("SLOWLY please");
    talk.until(|heard| match heard {
        Heard::Event(AgentEvent::TextDelta { text }) => Some(text.clone()),
        _ => None,
    });
    talk.partner.interrupt();
    let turn = talk.turn();
    assert_eq!(turn.end, TurnEnd::Interrupted);
    let turn = talk.ask("AFTERWARDS");
    assert_eq!(
        (&turn.end, turn.answer.as_str()),
        (&TurnEnd::Answered, "Going on.")
    );
    let last = server.requests().pop().unwrap().user_texts().join("\n");
    assert!(last.contains("SLOWLY please"), "{last}");
}

#[test]
fn one_that_waits_for_a_permission_can_be_interrupted() {
    let script = Script::default()
        .rule("AFTERWARDS", [Step::say("Going on.")])
        .rule(
            "WRITE",
            [Step::default().write("/nowhere/x", "x\n"), Step::say("No.")],
        );
    let Some((scene, _server)) = Scene::claude(script) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("WRITE");
    let asked = talk.permission();
    talk.partner.interrupt();
    assert_eq!(talk.turn().end, TurnEnd::Interrupted);
    assert!(
        talk.told.contains(&Heard::Withdrawn { id: asked.id }),
        "{:#?}",
        talk.told
    );
    assert_eq!(talk.ask("AFTERWARDS").answer, "Going on.");
}

#[test]
fn one_that_was_killed_is_gone_and_taken_up_with_all_that_was_said() {
    let Some((mut scene, server)) = Scene::claude(two_turns()) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();
    let session = talk.ask("FIRST words").session.unwrap();
    scene.kill();
    let failure = talk.gone();
    assert!(failure.message.contains("signal 9"), "{failure:?}");
    scene.order.session = Session::Resume(session.clone());
    scene.order.turns = 1;
    let mut talk = scene.begin();
    assert_eq!(talk.ready().as_deref(), Some(session.as_str()));
    let turn = talk.ask("SECOND words");
    assert_eq!(turn.answer, "You said two things.");
    assert_eq!(turn.session, Some(session));
    // What the session cost before is not counted once more.
    assert_eq!(turn.usage.input, Some(30));
    let last = server.requests().pop().unwrap().user_texts().join("\n");
    assert!(last.contains("FIRST words"), "{last}");
}

#[test]
fn a_session_that_is_not_there_is_gone_at_once_and_a_new_one_can_be_begun() {
    let Some((mut scene, _server)) = Scene::claude(two_turns()) else {
        return;
    };
    scene.order.session = Session::Resume(uuid::Uuid::new_v4().to_string());
    let failure = scene.begin().gone();
    assert!(
        failure.message.contains("No conversation found"),
        "{failure:?}"
    );
    scene.order.session = Session::New(uuid::Uuid::new_v4());
    let mut talk = scene.begin();
    talk.ready();
    assert_eq!(talk.ask("FIRST words").answer, "Hello.");
}

#[test]
fn questions_in_its_own_structure_are_told_and_answered_with_the_next_message() {
    let questions = json!({"questions": [{"question": "Which posts come first?", "header": "Order",
        "multiSelect": false, "options": [
            {"label": "Newest", "description": "As a blog has it."},
            {"label": "Oldest", "description": "As a book has it."}]}]});
    let script = Script::default()
        .rule("1: Newest", [Step::say("So be it.")])
        .rule(
            "DRAFT",
            [
                Step::default().call("AskUserQuestion", questions),
                Step::say("I wait."),
            ],
        );
    let Some((scene, server)) = Scene::claude(script) else {
        return;
    };
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("DRAFT it");
    let asked = talk.until(|heard| match heard {
        Heard::Questions(asked) => Some(asked.clone()),
        _ => None,
    });
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].header.as_str(), asked[0].options.len()),
        ("Order", 2)
    );
    let turn = talk.turn();
    assert_eq!(
        (&turn.end, turn.answer.as_str()),
        (&TurnEnd::Answered, "I wait.")
    );
    let told = server.requests().pop().unwrap().tool_results();
    assert!(told[0].0.contains("come with the next message"), "{told:?}");
    assert_eq!(talk.ask("1: Newest").answer, "So be it.");
    let calls = |event: &AgentEvent| matches!(event, AgentEvent::ToolStarted { .. });
    assert!(!talk.events().any(calls), "{:#?}", talk.told);
}

#[test]
fn a_refused_login_fails_the_turn_soon_and_says_why() {
    let script = Script::always([Step::say("Never said.").fault(Fault::Status(401, None), 99)]);
    let Some((mut scene, _server)) = Scene::claude(script) else {
        return;
    };
    scene.env("CLAUDE_CODE_MAX_RETRIES", "10");
    let mut talk = scene.begin();
    talk.ready();
    let turn = talk.ask("Hello?");
    let TurnEnd::Failed { failure } = &turn.end else {
        panic!("{turn:?}")
    };
    assert_eq!(failure.kind, FailureKind::Auth, "{failure:?}");
}

#[test]
fn the_same_conversation_by_a_process_a_turn() {
    let Some((scene, server)) = Scene::claude(two_turns()) else {
        return;
    };
    let mut talk = scene.begin_by_turns();
    assert_eq!(talk.ready(), None);
    let first = talk.ask("FIRST words");
    assert_eq!(
        (&first.end, first.answer.as_str()),
        (&TurnEnd::Answered, "Hello.")
    );
    let second = talk.ask("SECOND words");
    assert_eq!(second.answer, "You said two things.");
    assert!(first.session.is_some() && first.session == second.session);
    assert_eq!(
        (first.usage.input, second.usage.input),
        (Some(20), Some(30))
    );
    let last = server.requests().pop().unwrap().user_texts().join("\n");
    assert!(last.contains("FIRST words"), "{last}");
    assert!(
        scene.processes().is_empty(),
        "between turns there is no process"
    );
}

#[test]
fn a_process_of_a_turn_is_interrupted_and_its_session_taken_up() {
    let script = Script::default()
        .rule("AFTERWARDS", [Step::say("Going on.")])
        .rule(
            "SLOWLY",
            [Step::say("Half of it").fault(Fault::Stall(3), 9)],
        );
    let Some((scene, server)) = Scene::claude(script) else {
        return;
    };
    let mut talk = scene.begin_by_turns();
    talk.ready();
    talk.partner.say("SLOWLY please");
    talk.until(|heard| match heard {
        Heard::Event(AgentEvent::SessionStarted { session, .. }) => session.clone(),
        _ => None,
    });
    talk.partner.interrupt();
    assert_eq!(talk.turn().end, TurnEnd::Interrupted);
    assert_eq!(talk.ask("AFTERWARDS").answer, "Going on.");
    let last = server.requests().pop().unwrap().user_texts().join("\n");
    assert!(last.contains("AFTERWARDS"), "{last}");
}

#[test]
fn recordings_are_played_turn_by_turn() {
    let mut scene = Scene::of("replay", &[]);
    let recording = |turn: u32, answer: &str| {
        let text = format!(
            "{{\"event\":{{\"type\":\"text\",\"text\":\"{answer}\"}}}}\n{{\"exit\":{{\"code\":0}}}}\n"
        );
        put(
            &scene.tree(&format!("recordings/author.{turn}.1.jsonl")),
            &text,
        );
    };
    recording(1, "Which order?");
    recording(2, "Here is the draft.");
    let mut talk = scene.begin();
    talk.ready();
    assert_eq!(talk.ask("A list of posts.").answer, "Which order?");
    assert_eq!(talk.ask("Newest first.").answer, "Here is the draft.");
    let turn = talk.ask("And?");
    let TurnEnd::Failed { failure } = &turn.end else {
        panic!("{turn:?}")
    };
    assert!(failure.message.contains("author.3.1.jsonl"), "{failure:?}");
    drop(talk);
    // Begun anew it goes on where it was.
    scene.order.turns = 1;
    let mut talk = scene.begin();
    talk.ready();
    assert_eq!(talk.ask("Newest first.").answer, "Here is the draft.");
}
