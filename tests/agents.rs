//! The driver of Claude Code against the real program and a model that follows a script.

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

use harness_tui::agents::brought::Brought;
use harness_tui::agents::claude::Claude;
use harness_tui::agents::{AgentEvent, Driver, Finished, Launch, ProcessEnd, Session, ToolStatus};
use harness_tui::engine::plan::{Agent, Network, Profile, Sandbox};
use harness_tui::terms::FailureKind;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::model::{Fault, Script, Server, Step};
use support::process::{Ran, run};

/// A project, a home and a model.
struct Scene {
    _dir: tempfile::TempDir,
    tree: PathBuf,
    home: PathBuf,
    program: PathBuf,
    server: Server,
    tools: &'static [&'static str],
    writes: bool,
    artifacts: Vec<PathBuf>,
    session: Session,
    env: BTreeMap<String, String>,
}

impl Scene {
    /// `None` where the real program can't be had; that has been said.
    fn new(script: impl FnOnce(&Path) -> Script) -> Option<Self> {
        let program = support::claude::claude()?;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let (tree, home) = (root.join("tree (1), [x]"), root.join("agent"));
        std::fs::create_dir_all(&tree).unwrap();
        std::fs::create_dir_all(&home).unwrap();
        let server = Server::start(script(&tree));
        let env = [
            ("HOME", root.to_str().unwrap()),
            ("ANTHROPIC_API_KEY", "sk-ant-scripted"),
            ("ANTHROPIC_BASE_URL", server.url()),
            ("CLAUDE_CODE_MAX_RETRIES", "2"),
        ];
        Some(Self {
            env: env.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            _dir: dir,
            tree,
            home,
            program,
            server,
            tools: &["read", "search", "edit", "shell"],
            writes: true,
            artifacts: Vec::new(),
            session: Session::New(uuid::Uuid::new_v4()),
        })
    }

    fn run(&self, prompt: &str) -> Ran {
        let agent = Agent {
            name: "claude".into(),
            driver: "claude".into(),
            model: Some("claude-sonnet-4-5".into()),
            effort: None,
            command: vec![self.program.to_str().unwrap().into()],
            recordings: None,
            interactive: Vec::new(),
            plan: false,
            env: Vec::new(),
        };
        let profile = Profile {
            name: "test".into(),
            tools: self.tools.iter().map(|&tool| tool.to_owned()).collect(),
            network: Network::Model,
            instructions: Vec::new(),
            mcp: Vec::new(),
            skills: Vec::new(),
            env: Vec::new(),
            sandbox: Sandbox::BestEffort,
        };
        let invocation = Claude
            .invocation(&Launch {
                agent: &agent,
                profile: &profile,
                writes: self.writes,
                artifacts: &self.artifacts,
                prompt,
                cwd: &self.tree,
                agent_home: &self.home,
                brought: &Brought::default(),
                session: &self.session,
                attempt: &"build.1.1".parse().unwrap(),
                user_env: &self.env,
            })
            .unwrap();
        run(&Claude, &invocation, &self.tree)
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.tree.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::io::Write::write_all(&mut std::fs::File::create(path).unwrap(), text.as_bytes())
            .unwrap();
    }

    fn text(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.tree.join(path)).ok()
    }
}

fn statuses(ran: &Ran) -> Vec<ToolStatus> {
    let events = ran.events.iter();
    events
        .filter_map(|event| match event {
            AgentEvent::ToolFinished { status, .. } => Some(*status),
            _ => None,
        })
        .collect()
}

fn failure(finished: &Finished) -> Option<FailureKind> {
    finished.failure.as_ref().map(|failure| failure.kind)
}

#[test]
fn it_writes_runs_and_goes_on_in_its_session() {
    let Some(mut scene) = Scene::new(|tree| {
        Script::default()
            .rule("Go on", [Step::say("Went on.").usage(70, 3)])
            .rule(
                "Begin",
                [
                    Step::think("Two steps.")
                        .and_say("I write.")
                        .write(tree.join("a.txt"), "one\n"),
                    Step::default().bash("cat a.txt > b.txt && echo ran"),
                    Step::say("Begun.").usage(1000, 50),
                ],
            )
    }) else {
        return;
    };
    let first = scene.run("Begin.");
    assert_eq!(failure(&first.finished), None, "{first:#?}");
    assert_eq!(first.end, ProcessEnd::Exited(0));
    assert_eq!(first.finished.answer, "Begun.");
    assert_eq!(scene.text("b.txt").as_deref(), Some("one\n"));
    assert_eq!(statuses(&first), [ToolStatus::Ok, ToolStatus::Ok]);
    assert!(
        first
            .finished
            .usage
            .cost_micros
            .is_some_and(|cost| cost > 0)
    );
    let Session::New(id) = scene.session else {
        panic!()
    };
    assert_eq!(first.finished.session, Some(id.to_string()));

    scene.session = Session::Resume(id.to_string());
    let second = scene.run("Go on.");
    assert_eq!(second.finished.answer, "Went on.", "{second:#?}");
    // Its own use only, not that of the session so far.
    assert_eq!(second.finished.usage.input, Some(70));
    let cost = |ran: &Ran| ran.finished.usage.cost_micros.unwrap();
    assert!(cost(&second) < cost(&first));
    let asked = scene
        .server
        .requests()
        .pop()
        .unwrap()
        .user_texts()
        .join("\n");
    assert!(
        asked.contains("Begin.") && asked.contains("Go on."),
        "{asked}"
    );
}

#[test]
fn a_stage_that_writes_its_artifact_writes_nothing_else() {
    let Some(mut scene) = Scene::new(|tree| {
        Script::always([
            Step::default().write(tree.join("harness/qa (2), [x]*.md"), "fine\n"),
            Step::default().write(tree.join("harness/qa (2), [x]y.md"), "not mine\n"),
            Step::default().write(tree.join("src.txt"), "not mine\n"),
            Step::say("Written."),
        ])
    }) else {
        return;
    };
    scene.writes = false;
    scene.tools = &["read", "search"];
    scene.artifacts = vec![scene.tree.join("harness/qa (2), [x]*.md")];
    let ran = scene.run("Review.");
    let expected = [ToolStatus::Ok, ToolStatus::Denied, ToolStatus::Denied];
    assert_eq!(statuses(&ran), expected, "{ran:#?}");
    assert_eq!(
        scene.text("harness/qa (2), [x]*.md").as_deref(),
        Some("fine\n")
    );
    assert_eq!(scene.text("src.txt"), None);
    assert_eq!(ran.finished.denials.len(), 2);
}

#[test]
fn a_read_only_stage_has_no_tool_that_writes_and_a_writing_one_stays_in_its_tree() {
    let outside = |tree: &Path| tree.parent().unwrap().join("outside.txt");
    let Some(mut scene) = Scene::new(|tree| {
        Script::always([
            Step::default().write(outside(tree), "x"),
            Step::default().write(tree.join("inside.txt"), "x"),
            Step::say("Done."),
        ])
    }) else {
        return;
    };
    let ran = scene.run("Build.");
    assert_eq!(
        statuses(&ran),
        [ToolStatus::Denied, ToolStatus::Ok],
        "{ran:#?}"
    );
    assert!(!outside(&scene.tree).exists());
    assert!(scene.text("inside.txt").is_some());

    scene.writes = false;
    scene.tools = &["read", "search"];
    scene.session = Session::New(uuid::Uuid::new_v4());
    std::fs::remove_file(scene.tree.join("inside.txt")).unwrap();
    let ran = scene.run("Look.");
    assert!(
        statuses(&ran)
            .iter()
            .all(|status| *status != ToolStatus::Ok),
        "{ran:#?}"
    );
    assert_eq!(scene.text("inside.txt"), None);
    let mut tools = scene.server.requests().pop().unwrap().tools();
    tools.sort();
    assert_eq!(tools, ["Glob", "Grep", "Read"]);
}

#[test]
fn nothing_ambient_of_repository_or_user_comes_along() {
    let Some(mut scene) =
        Scene::new(|_| Script::always([Step::default().bash("echo hi"), Step::say("Done.")]))
    else {
        return;
    };
    let root = scene.tree.parent().unwrap().to_owned();
    let hook = |name: &str| {
        let run = serde_json::json!([{"hooks": [{"type": "command",
            "command": format!("touch '{}'", root.join(name).display())}]}]);
        serde_json::json!({"hooks": {"SessionStart": run, "PreToolUse": run}}).to_string()
    };
    let skill = "---\nname: spy\ndescription: AMBIENT-skill\n---\nAMBIENT\n";
    scene.put("CLAUDE.md", "AMBIENT-project\n");
    scene.put("CLAUDE.local.md", "AMBIENT-local\n");
    scene.put(".claude/rules/r.md", "AMBIENT-rule\n");
    scene.put(".claude/commands/c.md", "AMBIENT-command\n");
    scene.put(
        ".claude/agents/a.md",
        "---\nname: a\ndescription: AMBIENT-agent\n---\nx\n",
    );
    scene.put(".claude/skills/spy/SKILL.md", skill);
    scene.put(".claude/settings.json", &hook("repository-hook"));
    let server = serde_json::json!({"mcpServers": {"spy": {"command": "touch",
        "args": [root.join("mcp-server")]}}});
    scene.put(".mcp.json", &server.to_string());
    // The user's own, as they stand where the login is the user's.
    scene.put("../theirs/CLAUDE.md", "AMBIENT-user\n");
    scene.put("../theirs/skills/spy/SKILL.md", skill);
    scene.put("../theirs/settings.json", &hook("user-hook"));
    scene.env.remove("ANTHROPIC_API_KEY");
    let theirs = root.join("theirs").display().to_string();
    scene.env.insert("CLAUDE_CONFIG_DIR".into(), theirs);
    scene
        .env
        .insert("ANTHROPIC_AUTH_TOKEN".into(), "scripted".into());
    for own_folder in [true, false] {
        if !own_folder {
            // The same, without the folder of its own that a token gives it.
            let home = scene.home.join("claude");
            std::fs::remove_dir_all(&home).unwrap();
            std::os::unix::fs::symlink(root.join("theirs"), &home).unwrap();
        }
        scene.session = Session::New(uuid::Uuid::new_v4());
        let ran = scene.run("Look around.");
        assert_eq!(failure(&ran.finished), None, "{ran:#?}");
        for request in scene.server.requests() {
            assert!(
                !request.body.to_string().contains("AMBIENT"),
                "{request:#?}"
            );
        }
    }
    for ran in ["repository-hook", "user-hook", "mcp-server"] {
        assert!(!root.join(ran).exists(), "{ran} ran");
    }
}

#[test]
fn a_throttle_is_waited_out_and_told() {
    let Some(scene) = Scene::new(|_| {
        Script::always([Step::say("Through.").fault(Fault::Status(429, Some(1)), 2)])
    }) else {
        return;
    };
    let ran = scene.run("Go.");
    assert_eq!(ran.finished.answer, "Through.", "{ran:#?}");
    let throttled = |e: &&AgentEvent| {
        matches!(
            e,
            AgentEvent::Throttled {
                status: Some(429),
                kind: FailureKind::Rate,
                ..
            }
        )
    };
    assert_eq!(ran.events.iter().filter(throttled).count(), 2);
}

#[test]
fn a_refused_key_ends_it_at_the_first_notice() {
    let Some(mut scene) =
        Scene::new(|_| Script::always([Step::say("No.").fault(Fault::Status(401, None), 99)]))
    else {
        return;
    };
    // Left to itself it would try ten times.
    scene.env.remove("CLAUDE_CODE_MAX_RETRIES");
    let ran = scene.run("Go.");
    assert_eq!(failure(&ran.finished), Some(FailureKind::Auth), "{ran:#?}");
    assert!(scene.server.requests().len() < 5);
}

#[test]
fn what_the_provider_does_not_mend_has_its_kind() {
    for (fault, kind) in [
        (Fault::Status(529, None), FailureKind::Overloaded),
        (Fault::Cut(3), FailureKind::Network),
        (Fault::SseError("overloaded_error"), FailureKind::Overloaded),
        (Fault::Status(404, None), FailureKind::Model),
        (
            Fault::Says(400, "prompt is too long: 9 tokens > 8"),
            FailureKind::Context,
        ),
        (
            Fault::Says(400, "Your credit balance is too low"),
            FailureKind::Quota,
        ),
    ] {
        let said = format!("{fault:?}");
        let Some(mut scene) =
            Scene::new(|_| Script::always([Step::say("No such luck.").fault(fault, 99)]))
        else {
            return;
        };
        scene
            .env
            .insert("CLAUDE_CODE_MAX_RETRIES".into(), "1".into());
        let ran = scene.run("Go.");
        assert_eq!(failure(&ran.finished), Some(kind), "{said}: {ran:#?}");
    }
}

#[test]
fn a_cut_or_garbled_stream_once_does_no_harm() {
    for fault in [Fault::Cut(3), Fault::Garbage] {
        let Some(scene) = Scene::new(|_| Script::always([Step::say("Through.").fault(fault, 1)]))
        else {
            return;
        };
        let ran = scene.run("Go.");
        assert_eq!(ran.end, ProcessEnd::Exited(0), "{ran:#?}");
    }
}
