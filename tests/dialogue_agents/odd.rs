//! Programs that misbehave, and orders that can't be carried out.

use super::scene::{Scene, put};
use harness_tui::agents::AgentEvent;
use harness_tui::agents::talk::{Heard, TurnEnd};
use harness_tui::dialogue::partner;
use harness_tui::process::{Tag, Watched, wait_all};
use harness_tui::terms::FailureKind;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// A program that answers the greeting, takes one message, and then does this.
fn then(more: &str) -> Scene {
    let greeting = r#"{"type":"control_response","response":{"subtype":"success","request_id":"harness-1","response":{}}}"#;
    Scene::script(&format!(
        "read greeting\necho '{greeting}'\nread message\n{more}\n"
    ))
}

#[test]
fn one_that_prints_without_end_is_cut_off_and_leaves_with_all_it_started() {
    let line = format!(r#"{{"type":"odd","text":"{}"}}"#, "x".repeat(30_000));
    let scene = then(&format!(
        "setsid sh -c 'trap \"\" INT TERM; exec tail -f /dev/null' &\ntrap '' INT TERM\n\
         while :; do echo '{line}'; done"
    ));
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Go.");
    talk.until(|heard| match heard {
        Heard::Event(AgentEvent::Warning { text }) if text.contains("not shown") => Some(()),
        _ => None,
    });
    assert!(talk.told.len() < 50_100, "{}", talk.told.len());
    let processes = scene.processes();
    assert!(processes.len() >= 2);
    drop(talk);
    assert!(wait_all(&processes, Some(Duration::from_mins(1))).unwrap());
    // The one in a session of its own is swept when the other is gone.
    let begun = std::time::Instant::now();
    while !scene.processes().is_empty() {
        assert!(begun.elapsed() < Duration::from_mins(1));
        harness_tui::process::pause(Duration::from_millis(20));
    }
}

#[test]
fn one_that_prints_faster_than_it_is_read_is_ended_all_the_same() {
    // So many lines that another piece is always there when one was taken in.
    let scene = then("trap '' INT TERM\nyes '{\"type\":\"odd\"}' | (trap '' INT TERM PIPE; cat)");
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Go.");
    talk.until(|heard| matches!(heard, Heard::Event(AgentEvent::Warning { .. })).then_some(()));
    talk.partner.interrupt();
    let failure = talk.gone();
    assert!(failure.message.contains("did not stop"), "{failure:?}");
    assert!(scene.processes().is_empty());
}

#[test]
fn one_that_ends_in_the_middle_is_gone_with_its_last_words() {
    let scene = then("echo 'no more paper' >&2; exit 3");
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Go.");
    let failure = talk.gone();
    assert!(failure.message.contains("no more paper"), "{failure:?}");
    assert!(failure.message.contains("exited 3"), "{failure:?}");
}

#[test]
fn one_that_does_not_stop_is_ended() {
    let scene =
        then("trap '' INT TERM\nwhile read line; do :; done\nwhile :; do tail -f /dev/null; done");
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Go.");
    talk.partner.interrupt();
    let failure = talk.gone();
    assert!(failure.message.contains("did not stop"), "{failure:?}");
    assert!(scene.processes().is_empty());
}

#[test]
fn a_line_that_is_too_long_is_cut_and_the_next_is_heard() {
    let result = r#"{"type":"result","subtype":"success","is_error":false,"result":"Done."}"#;
    let scene = then(&format!(
        "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo '{result}'; read more"
    ));
    let mut talk = scene.begin();
    talk.ready();
    let turn = talk.ask("Go.");
    assert_eq!(
        (&turn.end, turn.answer.as_str()),
        (&TurnEnd::Answered, "Done.")
    );
}

#[test]
fn a_program_that_is_not_there_is_gone_at_once_with_what_to_do() {
    let mut scene = Scene::script("");
    scene.order.agent.command = vec!["no-such-agent-here".to_owned()];
    let failure = scene.begin().gone();
    assert_eq!(failure.kind, FailureKind::Configuration);
    assert!(
        failure.message.contains("no-such-agent-here"),
        "{failure:?}"
    );
    assert!(failure.message.contains("doctor"), "{failure:?}");
}

#[test]
fn what_can_not_converse_is_refused_with_a_remedy() {
    let scene = Scene::of("command", &["cat"]);
    let refused = |scene: &Scene| {
        let (news, _told) = channel();
        match partner::begin(&scene.order, &news) {
            Ok(_) => panic!("it was begun"),
            Err(refused) => refused.to_string(),
        }
    };
    let why = refused(&scene);
    assert!(
        why.contains("'author'") && why.contains("choose another"),
        "{why}"
    );
    let why = refused(&Scene::of("nobody", &[]));
    assert!(why.contains("no driver is named 'nobody'"), "{why}");
    let mut scene = Scene::of("claude", &[]);
    scene.order.user_env.clear();
    let why = refused(&scene);
    assert!(why.contains("no login"), "{why}");
}

#[test]
fn a_secret_does_not_reach_the_log() {
    let mut scene = then("echo \"the key is $ANTHROPIC_API_KEY\" >&2; exit 0");
    scene.env("ANTHROPIC_API_KEY", "sk-quite-a-secret-0123");
    put(&scene.tree("a.txt"), "a\n");
    let mut talk = scene.begin();
    talk.ready();
    talk.partner.say("Go.");
    talk.gone();
    drop(talk);
    let log = std::fs::read_to_string(scene.order.dir.join("agent.log")).unwrap();
    assert!(log.contains("the key is [secret]"), "{log}");
}

#[test]
fn one_whose_parent_is_killed_dies_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let name = "odd::as_a_parent_that_is_killed";
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env("TMPDIR", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let dialogue = lines
        .map_while(Result::ok)
        .find_map(|line| line.split_once("DIALOGUE ").map(|(_, dir)| dir.to_owned()))
        .unwrap();
    let pids = Tag::dialogues().within(Path::new(&dialogue)).pids();
    let open = |pid| Watched::open(pid).unwrap();
    let processes: Vec<Watched> = pids.into_iter().filter_map(open).collect();
    assert!(!processes.is_empty());
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(wait_all(&processes, Some(Duration::from_mins(1))).unwrap());
}

#[test]
#[ignore = "never ends: run in a process of its own by the test above"]
fn as_a_parent_that_is_killed() {
    let scene = then("exec tail -f /dev/null");
    let mut talk = scene.begin();
    talk.ready();
    println!("DIALOGUE {}", scene.order.dir.display());
    loop {
        std::thread::park();
    }
}
