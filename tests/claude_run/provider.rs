//! What goes wrong between the agent and its provider.

use super::recorded::artifact;
use super::scene::Scene;
use super::stages::{BUILD, SPEC};
use super::support::model::{Fault, Script, Step, TREE};
use harness_tui::terms::{FailureKind, Outcome, RunState};

fn writes_a_file() -> Step {
    Step::default().write(format!("{TREE}/src/new.txt"), "new\n")
}

fn goes_wrong(fault: Fault, times: u32) -> Script {
    Script::always([writes_a_file().fault(fault, times), Step::say("Done.")])
}

#[test]
fn a_throttle_is_waited_out_and_told() {
    let Some(scene) = Scene::small(goes_wrong(Fault::Status(429, Some(1)), 2), BUILD) else {
        return;
    };
    scene.expect(0, &["run", "T001"]);
    assert_eq!(scene.attempts(), ["build.1.1"]);
    let transcript = scene.attempt_file("build.1.1", "transcript.jsonl");
    let throttled = transcript.lines().filter(|l| l.contains("\"throttled\""));
    assert_eq!(throttled.count(), 2, "{transcript}");
}

#[test]
fn a_refused_key_blocks_at_once_and_says_what_to_do() {
    let Some(scene) = Scene::small(goes_wrong(Fault::Status(401, None), 99), BUILD) else {
        return;
    };
    let ran = scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.attempts(), ["build.1.1"]);
    assert!(scene.server.requests().len() < 4);
    let exit = scene.exit("build.1.1");
    assert_eq!(exit.outcome, Outcome::Refused, "{}", exit.reason);
    assert_eq!(exit.failure.unwrap().kind, FailureKind::Auth);
    let why = scene.why();
    for text in [&ran.out, &why] {
        assert!(text.contains("login") && text.contains("log in"), "{text}");
    }
    assert!(scene.report().contains("Overall Status: Blocked"));
}

#[test]
fn an_overload_without_end_blocks_and_goes_on_when_it_is_over() {
    let Some(mut scene) = Scene::small(goes_wrong(Fault::Status(529, None), 999), BUILD) else {
        return;
    };
    scene.env("CLAUDE_CODE_MAX_RETRIES", "1");
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    // One more than `retry: { max: 1 }`.
    assert_eq!(scene.attempts(), ["build.1.1", "build.1.2"]);
    assert_eq!(scene.exit("build.1.2").outcome, Outcome::Transient);
    let why = scene.why();
    assert!(why.contains("529") || why.contains("overloaded"), "{why}");
    assert!(why.contains("harness-tui resume"), "{why}");
    scene.server.heal();
    scene.expect(0, &["resume", "T001", "--follow"]);
    assert_eq!(scene.view().state(), RunState::Completed);
    let head = scene.view().run.head.clone().unwrap();
    assert_eq!(scene.git(&["show", &format!("{head}:src/new.txt")]), "new");
}

#[test]
fn a_stream_that_is_always_cut_is_no_pass() {
    let Some(mut scene) = Scene::small(goes_wrong(Fault::Cut(3), 999), BUILD) else {
        return;
    };
    scene.env("CLAUDE_CODE_MAX_RETRIES", "1");
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.exit("build.1.1").outcome, Outcome::Transient);
    assert!(scene.why().contains("harness-tui resume"));
}

#[test]
fn a_model_that_falls_silent_has_stalled() {
    let stages = BUILD.replace("idle_timeout: 60s", "idle_timeout: 3s");
    let Some(scene) = Scene::small(goes_wrong(Fault::Stall(2), 999), &stages) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    // A second chance, and no third.
    assert_eq!(scene.attempts(), ["build.1.1", "build.1.2"]);
    assert_eq!(scene.exit("build.1.2").outcome, Outcome::Stalled);
    let why = scene.why();
    assert!(why.contains("idle timeout"), "{why}");
}

#[test]
fn the_users_own_login_serves_in_the_sandbox() {
    let (path, text) = artifact("spec.1.1");
    let script = Script::always([
        Step::default().write(format!("{TREE}/{path}"), &text),
        Step::say("Written."),
    ]);
    let Some(mut scene) = Scene::small(script, SPEC) else {
        return;
    };
    scene.no_env("ANTHROPIC_API_KEY");
    let login = serde_json::json!({"claudeAiOauth": {
        "accessToken": "sk-ant-oat01-scripted", "refreshToken": "sk-ant-ort01-scripted",
        "expiresAt": 4_102_444_800_000_u64, "scopes": ["user:inference", "user:profile"],
        "subscriptionType": "max"}});
    scene.put("../user/.claude/.credentials.json", &login.to_string());
    scene.put("../user/.claude.json", "{\"numStartups\": 3}\n");
    scene.expect(0, &["run", "T001"]);
    let exit = scene.exit("spec.1.1");
    assert_eq!(exit.outcome, Outcome::Passed);
    // Its login and its settings are whole afterwards.
    let settings = scene.read("../user/.claude.json");
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap();
    assert!(settings["numStartups"].as_u64().unwrap() >= 3, "{settings}");
    assert!(
        scene
            .read("../user/.claude/.credentials.json")
            .contains("ort01-scripted")
    );
}
