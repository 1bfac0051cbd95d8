//! The whole dialogue with real agents, a scripted model and no network: questions, answers, draft,
//! saved task, with the program left in the middle and gone on with.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use harness_tui::agents::talk::{Decision, Permission};
use harness_tui::dialogue::Talk;
use harness_tui::dialogue::author::Choose;
use harness_tui::dialogue::partner::News;
use harness_tui::dialogue::question::Given;
use harness_tui::dialogue::start::{Subject, open};
use harness_tui::dialogue::state::{Floor, Line};
use harness_tui::documents::task::Task;
use harness_tui::git::Git;
use harness_tui::records::harness::Harness;
use harness_tui::records::project::Project;
use harness_tui::terms::{ItemId, TaskId};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::acp::{self, CLAUDE_CODE, OPENCODE};
use support::claude::claude;
use support::model::{Script, Server, Step};

const BACKLOG: &str = "# Backlog\n\n## Backlog Items\n\n### B001 — A page of events\n\n**Status:** Planned\n**Summary:** Show what is to come.\n";

const QUESTIONS: &str = "I read the README. Before I draft it:\n\n## Questions\n- Q1 [blocking] Are past events shown?\n  - why: it decides whether the page has an archive\n  - options: yes | no\n  - recommended: no\n- Q2 How many events at most?\n  - recommended: 10\n";

const DRAFT: &str = "Here it is.\n\n<<<ARTIFACT task\n# Task T000 — A page of events\n\nStatus: Draft\nWorkflow: feature — a new page\n\n## Summary\n\nReaders see what is to come.\n\n## Scope\n\n### Out of Scope\n\n- Past events. (Q1)\n\n## Acceptance Criteria\n\n- AC-1: At most twelve events are listed, the next one first. (Q2)\nARTIFACT>>>\n";

/// The newest rule that a text matches is taken, so the draft's stands first: the answers are told
/// in the turn that follows the questions.
fn script() -> Script {
    Script::default()
        .rule("twelve", [Step::say(DRAFT)])
        .rule("A page of events", [Step::say(QUESTIONS)])
}

struct Scene {
    dir: tempfile::TempDir,
    project: Project,
    env: BTreeMap<String, String>,
}

struct Led {
    talk: Talk,
    news: Receiver<News>,
}

impl Scene {
    /// A project whose one agent is this; its variables are passed on by name.
    fn of(driver: &str, command: &[&str], env: &[(&str, String)]) -> Self {
        Self::talked_to("stream", driver, command, env)
    }

    /// The same, talked to in this way.
    fn talked_to(how: &str, driver: &str, command: &[&str], env: &[(&str, String)]) -> Self {
        harness_tui::process::own::be(PathBuf::from(env!("CARGO_BIN_EXE_harness-tui")));
        support::trusted::in_process();
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let tree = root.join("tree");
        std::fs::create_dir_all(tree.join("harness")).unwrap();
        std::fs::create_dir_all(root.join("home")).unwrap();
        Git::new(&tree)
            .call(["init", "-q", "-b", "main"])
            .run()
            .unwrap();
        let names: Vec<&str> = env.iter().map(|(n, _)| *n).collect();
        let settings = json!({
            "version": 1,
            "agents": [{
                "name": "talker", "driver": driver, "command": command, "env": names,
                "capabilities": ["author"], "dialogue": how,
            }, {
                "name": "worker", "driver": "command", "command": ["true"],
                "capabilities": ["specify", "design", "plan", "build", "review", "fix"],
            }],
        });
        put(&tree, "harness/harness.yaml", &settings.to_string());
        put(&tree, "harness/backlog.md", BACKLOG);
        put(&tree, "README.md", "# Events\n");
        let mut all: BTreeMap<String, String> = env
            .iter()
            .map(|(n, v)| ((*n).to_owned(), v.clone()))
            .collect();
        all.insert("HOME".into(), root.join("home").display().to_string());
        all.insert("PATH".into(), std::env::var("PATH").unwrap());
        Self {
            project: Project::find(&tree).unwrap(),
            dir,
            env: all,
        }
    }

    fn open(&self) -> Led {
        let (to, news) = channel();
        let choose = Choose {
            env: Some(self.env.clone()),
            ..Choose::default()
        };
        let subject = Subject::Item(ItemId::new("B001").unwrap());
        let talk = open(&self.project, &subject, &choose, to).unwrap();
        Led { talk, news }
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.dir.path().join("tree").join(path)).unwrap()
    }
}

fn put(tree: &Path, path: &str, text: &str) {
    std::fs::write(tree.join(path), text).unwrap();
}

impl Led {
    fn say(&mut self, words: &str) {
        self.talk.say(words).unwrap();
        while self.talk.state().floor == Floor::Agent {
            let news = self.news.recv_timeout(Duration::from_mins(2));
            self.talk
                .hear(news.expect("the agent ends its turn"))
                .unwrap();
        }
        let failed = self
            .talk
            .state()
            .lines
            .iter()
            .any(|l| matches!(l, Line::Note(n) if n.contains("failed")));
        assert!(!failed, "{:#?}", self.talk.state().lines);
    }
}

/// From the first word to the saved task. After the questions, and again after the first answer,
/// everything is left as a killed program leaves it, and gone on with.
fn whole(scene: &Scene) {
    let mut led = scene.open();
    led.say("");
    let form = &led.talk.state().form;
    assert_eq!(form.entries().len(), 2, "{:#?}", led.talk.state().lines);
    assert_eq!(
        form.entries()[0].question.recommended.as_deref(),
        Some("no")
    );
    assert!(
        scene
            .text("harness/tasks/T001-a-page-of-events.md")
            .contains("- Q1 Are past events shown? →")
    );
    assert!(
        led.talk.state().session.is_some(),
        "it can be taken up again"
    );
    drop(led);

    let mut led = scene.open();
    led.talk
        .give("Q1", Given::Default { text: "no".into() })
        .unwrap();
    drop(led);
    assert!(
        scene
            .text("harness/tasks/T001-a-page-of-events.md")
            .contains("→ no\n")
    );

    let mut led = scene.open();
    led.say("2. twelve");
    let state = led.talk.state();
    assert!(state.draft.is_some(), "{:#?}", state.lines);
    let joined = state
        .lines
        .iter()
        .filter(|l| matches!(l, Line::Agent(_)))
        .count();
    assert_eq!(joined, 2, "{:#?}", state.lines);
    led.talk.save(false).unwrap();
    let task = Task::parse(scene.text("harness/tasks/T001-a-page-of-events.md"));
    let became: Vec<_> = task
        .clarifications()
        .into_iter()
        .map(|c| c.became.unwrap())
        .collect();
    assert_eq!(became, ["Out of Scope", "AC-1"]);
    assert!(scene.text("harness/backlog.md").contains("**Task:** T001"));
    assert_eq!(Harness::load(&scene.project).findings(), []);
}

/// The whole dialogue with Claude Code, talked to in this way.
fn with_claude(how: &str) {
    let Some(program) = claude() else { return };
    let server = Server::start(script());
    let scene = Scene::talked_to(
        how,
        "claude",
        &[program.to_str().unwrap()],
        &[
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key".to_owned()),
            ("ANTHROPIC_BASE_URL", server.url().to_owned()),
        ],
    );
    whole(&scene);
    // The last request holds the turns before it: the session was taken up again.
    let told = server.requests();
    let turns = told.last().unwrap().user_texts();
    assert!(
        turns.iter().any(|t| t.contains("How to answer")),
        "{turns:#?}"
    );
    assert!(turns.last().unwrap().contains("twelve"), "{turns:#?}");
}

#[test]
fn with_claude_code() {
    with_claude("stream");
}

/// As any agent is led that works once and can take its session up again.
#[test]
fn with_claude_code_by_a_process_a_turn() {
    with_claude("turns");
}

/// Says this and decides so about the one thing that leave is asked for; gives what that was.
fn decided(led: &mut Led, words: &str, decision: &Decision) -> Permission {
    led.talk.say(words).unwrap();
    let mut asked = None;
    while led.talk.state().floor == Floor::Agent {
        let news = led.news.recv_timeout(Duration::from_mins(2));
        led.talk.hear(news.expect("the agent goes on")).unwrap();
        if let Some(permission) = led.talk.live().permissions.first().cloned() {
            led.talk.decide(&permission.id, decision).unwrap();
            assert!(asked.is_none(), "asked twice: {asked:?}, {permission:?}");
            asked = Some(permission);
        }
    }
    asked.unwrap_or_else(|| panic!("nothing was asked: {:#?}", led.talk.state().lines))
}

#[test]
fn an_author_of_claude_code_asks_before_it_writes_a_note() {
    let Some(program) = claude() else { return };
    let mut scene = Scene::of(
        "claude",
        &[program.to_str().unwrap()],
        &[
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key".to_owned()),
            ("ANTHROPIC_BASE_URL", String::new()),
        ],
    );
    let dialogue = scene.project.engine.dialogue(&TaskId::new("T001").unwrap());
    let note = |name: &str| dialogue.join("notes").join(name);
    let write = |name: &str| Step::default().write(note(name), "Past events matter.\n");
    let server = Server::start(
        Script::default()
            .rule("SECOND", [write("b.md"), Step::say("It is kept.")])
            .rule("A page of events", [write("a.md"), Step::say("Then not.")]),
    );
    let url = server.url().to_owned();
    scene.env.insert("ANTHROPIC_BASE_URL".into(), url);
    let mut led = scene.open();
    let reason = Some("the draft comes first".to_owned());
    let asked = decided(&mut led, "", &Decision::Deny { reason });
    assert_eq!(asked.tool, "Write");
    let diff = asked.diff.as_deref().unwrap();
    assert!(diff.contains("+Past events matter."), "{diff}");
    assert!(!note("a.md").exists());
    let told = server.requests().pop().unwrap().tool_results();
    let (words, failed) = told.last().unwrap();
    assert!(
        *failed && words.contains("the draft comes first"),
        "{words}"
    );

    decided(&mut led, "SECOND", &Decision::AllowOnce);
    let there = std::fs::read_to_string(note("b.md")).unwrap();
    assert_eq!(there, "Past events matter.\n");
    let lines = &led.talk.state().lines;
    let denied = |l: &Line| matches!(l, Line::Note(n) if n.starts_with("denied (the draft comes first) — Write: "));
    let allowed = |l: &Line| matches!(l, Line::Note(n) if n.starts_with("allowed once — Write: "));
    let written = |l: &Line| matches!(l, Line::Tool(t) if t.ends_with("b.md: written"));
    for told in [denied as fn(&Line) -> bool, allowed, written] {
        assert!(lines.iter().any(told), "{lines:#?}");
    }
    // The author is told where it may.
    let first = server.requests();
    let first = first.first().unwrap().user_texts().concat();
    assert!(
        first.contains(&*dialogue.join("notes").to_string_lossy()),
        "{first}"
    );
}

#[test]
fn with_opencode_over_acp() {
    let Some(program) = acp::find(&OPENCODE) else {
        return;
    };
    let server = Server::start(script());
    let scene = Scene::of(
        "acp",
        &[program.to_str().unwrap(), "acp"],
        &[
            ("OPENCODE_DISABLE_MODELS_FETCH", "1".to_owned()),
            ("OPENCODE_DISABLE_DEFAULT_PLUGINS", "1".to_owned()),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1".to_owned()),
        ],
    );
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
    let folder = scene.dir.path().join("home/.config/opencode");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("opencode.json"), config.to_string()).unwrap();
    whole(&scene);
}

#[test]
fn with_claude_code_acp() {
    let Some(program) = acp::find(&CLAUDE_CODE) else {
        return;
    };
    let server = Server::start(script());
    let scene = Scene::of(
        "acp",
        &[program.to_str().unwrap()],
        &[
            ("ANTHROPIC_API_KEY", "sk-ant-scripted-key".to_owned()),
            ("ANTHROPIC_BASE_URL", server.url().to_owned()),
        ],
    );
    whole(&scene);
}
