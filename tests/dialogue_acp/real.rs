//! Two real agents, each asked for the same.

use crate::scene::Scene;
use crate::support::acp::{self, CLAUDE_CODE, OPENCODE};
use crate::support::model::{Fault, Script, Server, Step};
use harness_tui::agents::Session;
use harness_tui::agents::talk::{Decision, TurnEnd};
use serde_json::json;

/// What the model is to say to what.
fn script(write: impl Fn(Step, &str) -> Step) -> Script {
    let slow = Step::say("One moment").fault(Fault::Stall(3), 1);
    // First, since an agent may tell the model of a turn that was stopped together with the next.
    Script::default()
        .rule("go on", [Step::say("On we go.")])
        .rule("the blue door", [Step::say("Blue it is.")])
        .rule("which door", [Step::say("You said it.")])
        .rule(
            "write it",
            [
                write(Step::say("I will write."), "allowed.txt"),
                Step::say("That was one."),
            ],
        )
        .rule(
            "write another",
            [write(Step::default(), "denied.txt"), Step::say("So be it.")],
        )
        .rule("take your time", [slow])
}

fn with_opencode(test: impl FnOnce(&Scene, &Server)) {
    let Some(program) = acp::find(&OPENCODE) else {
        return;
    };
    let mut scene = Scene::of(&[program.to_str().unwrap(), "acp"]);
    let server = Server::start(script(|step, name| {
        let input = json!({"filePath": scene.tree.join(name), "content": "A line.\n"});
        step.call("write", input)
    }));
    scene.set(&[
        ("OPENCODE_PERMISSION", r#"{"edit":"ask","bash":"ask"}"#),
        ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
        ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1"),
        ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
    ]);
    let config = json!({
        "provider": {"anthropic": {
            "options": {"baseURL": format!("{}/v1", server.url()), "apiKey": "none"},
            "models": {"scripted": {"tool_call": true, "limit": {"context": 200_000, "output": 8000}}},
        }},
        "model": "anthropic/scripted",
        "small_model": "anthropic/scripted",
        "enabled_providers": ["anthropic"],
        "autoupdate": false,
        "share": "disabled",
    });
    let folder = scene.home.join(".config/opencode");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("opencode.json"), config.to_string()).unwrap();
    test(&scene, &server);
}

fn with_claude_code(test: impl FnOnce(&Scene, &Server)) {
    let Some(program) = acp::find(&CLAUDE_CODE) else {
        return;
    };
    let mut scene = Scene::of(&[program.to_str().unwrap()]);
    let server = Server::start(script(|step, name| {
        step.write(scene.tree.join(name), "A line.\n")
    }));
    scene.set(&[
        ("ANTHROPIC_BASE_URL", server.url()),
        ("ANTHROPIC_API_KEY", "sk-ant-none"),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ]);
    test(&scene, &server);
}

/// What the model was shown last of what the person said.
fn shown(server: &Server) -> String {
    let requests = server.requests();
    let last = requests
        .iter()
        .rev()
        .find(|request| !request.tools().is_empty());
    last.unwrap().user_texts().join("\n")
}

/// Two turns with a history; quitting, and taking the session up again.
fn remembers(scene: &Scene, server: &Server) {
    let (mut dialogue, session) = scene.begun();
    assert_eq!(dialogue.warnings(), [""; 0]);
    let first = dialogue.turn("I want the blue door.");
    assert_eq!(
        (first.end, first.answer.as_str()),
        (TurnEnd::Answered, "Blue it is.")
    );
    assert_eq!(first.session.as_deref(), Some(session.as_str()));
    assert_eq!(dialogue.turn("So which door?").answer, "You said it.");
    assert!(shown(server).contains("the blue door"), "{}", shown(server));
    drop(dialogue);
    assert_eq!(scene.pids(), [0; 0]);

    let mut again = scene.order.clone();
    again.session = Session::Resume(session.clone());
    let (mut dialogue, resumed) = Scene::begun_by(&again);
    assert_eq!(dialogue.warnings(), [""; 0]);
    assert_eq!(resumed, session);
    assert_eq!(dialogue.turn("Then go on.").answer, "On we go.");
    assert!(shown(server).contains("the blue door"), "{}", shown(server));
}

/// It asks before it writes, with the change; what a person says decides, and the repository stays
/// as it is whatever they say.
fn asks(scene: &Scene, server: &Server) {
    let (mut dialogue, _) = scene.begun();
    dialogue.say("Please write it.");
    let asked = dialogue.permission();
    assert!(
        asked.title.contains("allowed.txt") || asked.tool == "edit",
        "{asked:?}"
    );
    let diff = asked.diff.unwrap_or_default();
    assert!(diff.contains("+A line."), "{diff}");
    dialogue.partner.decide(&asked.id, &Decision::AllowOnce);
    let turn = dialogue.end();
    assert_eq!(turn.answer, "That was one.");
    let (allowed, results) = (
        dialogue.calls(),
        server.requests().last().unwrap().tool_results(),
    );
    assert_eq!(allowed.len(), 1, "{allowed:?}");
    assert!(
        !results[0].0.to_lowercase().contains("reject"),
        "{results:?}"
    );

    dialogue.say("Now write another.");
    let asked = dialogue.permission();
    dialogue.deny(&asked.id, "there is one already");
    let turn = dialogue.end();
    assert!(
        matches!(turn.end, TurnEnd::Answered | TurnEnd::Interrupted),
        "{turn:?}"
    );
    dialogue.turn("Then go on.");
    assert!(
        shown(server).contains("there is one already"),
        "{}",
        shown(server)
    );
    for name in ["allowed.txt", "denied.txt"] {
        assert!(!scene.tree.join(name).exists(), "{name}");
    }
}

/// It is stopped in the middle, and the conversation goes on.
fn stops(scene: &Scene, server: &Server) {
    let (mut dialogue, _) = scene.begun();
    dialogue.say("Please take your time.");
    dialogue.speaks();
    dialogue.partner.interrupt();
    assert_eq!(dialogue.end().end, TurnEnd::Interrupted);
    let turn = dialogue.turn("Then go on.");
    assert_eq!(
        (turn.end, turn.answer.as_str()),
        (TurnEnd::Answered, "On we go.")
    );
    assert!(
        shown(server).contains("take your time"),
        "{}",
        shown(server)
    );
}

/// It is killed, and says so.
fn dies(scene: &Scene, _: &Server) {
    let (mut dialogue, _) = scene.begun();
    for pid in scene.pids() {
        let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
    let failure = dialogue.gone();
    assert!(failure.message.contains("signal 9"), "{failure:?}");
}

/// Of what the repository would have it load nothing reaches the model, and nothing is started.
fn comes_alone(scene: &Scene, server: &Server) {
    let notes = scene.order.dir.join("notes");
    let marker = |name: &str| format!("touch '{}'", notes.join(name).display());
    let run = json!([{"hooks": [{"type": "command", "command": marker("hook")}]}]);
    let hooks = json!({"hooks": {"SessionStart": run, "UserPromptSubmit": run, "Stop": run}});
    let started = json!({"command": "sh", "args": ["-c", marker("server")]});
    let servers = json!({"mcpServers": {"spy": started}});
    let own = json!({
        "instructions": ["MORE.md"],
        "mcp": {"spy": {"type": "local", "command": ["sh", "-c", marker("server")]}},
    });
    let skill = "---\nname: review\ndescription: AMBIENT-skill\n---\nx\n";
    for (path, text) in [
        ("CLAUDE.md", "AMBIENT-claude\n"),
        ("AGENTS.md", "AMBIENT-agents\n"),
        ("MORE.md", "AMBIENT-more\n"),
        (".claude/skills/review/SKILL.md", skill),
        (
            ".opencode/skills/own/SKILL.md",
            &skill.replace("review", "own"),
        ),
        (".claude/settings.json", &hooks.to_string()),
        (".mcp.json", &servers.to_string()),
        ("opencode.json", &own.to_string()),
    ] {
        let path = scene.tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let (mut dialogue, _) = scene.begun();
    assert_eq!(dialogue.turn("I want the blue door.").answer, "Blue it is.");
    let pattern = regex::Regex::new("AMBIENT-[a-z]+").unwrap();
    for request in server.requests() {
        let body = request.body.to_string();
        let marks: Vec<&str> = pattern.find_iter(&body).map(|m| m.as_str()).collect();
        assert!(marks.is_empty(), "{marks:?}");
    }
    for name in ["hook", "server"] {
        assert!(!notes.join(name).exists(), "{name} ran");
    }
}

#[test]
fn opencode_comes_alone() {
    with_opencode(comes_alone);
}

#[test]
fn claude_code_comes_alone() {
    with_claude_code(comes_alone);
}

#[test]
fn opencode_remembers() {
    with_opencode(remembers);
}

#[test]
fn opencode_asks() {
    with_opencode(asks);
}

#[test]
fn opencode_stops() {
    with_opencode(stops);
}

#[test]
fn opencode_dies() {
    with_opencode(dies);
}

#[test]
fn claude_code_remembers() {
    with_claude_code(remembers);
}

#[test]
fn claude_code_asks() {
    with_claude_code(asks);
}

#[test]
fn claude_code_stops() {
    with_claude_code(stops);
}

#[test]
fn claude_code_dies() {
    with_claude_code(dies);
}
