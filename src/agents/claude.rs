//! Claude Code, one-shot: `claude -p --output-format stream-json`, the prompt on standard input; and
//! in conversation, with `--input-format stream-json` (see `talk`).
//!
//! It starts without ambient configuration. `--setting-sources ""` leaves out every settings file
//! and with them hooks, plugins, CLAUDE.md, rules, agents and commands, the user's and the
//! repository's; `--disable-slash-commands` the skills; `--strict-mcp-config` every MCP server; and
//! a variable the memory. A login survives that, because credentials are no settings. What a profile
//! brings back by name is given beside that (see `extras`).
//!
//! Permissions: mode `dontAsk` refuses whatever no rule allows instead of asking nobody, and works
//! as root, where bypassing is refused. The rules allow the profile's tools, and writing only
//! beneath the tree or, for a stage that writes only its artifacts, at exactly their paths. In
//! conversation a person is there to be asked: mode `default`, and only reading goes unasked.

mod begun;
mod by_hand;
mod extras;
mod failure;
mod login;
pub(super) mod own;
mod permissions;
mod reader;
mod talk;
mod tools;

use super::by_hand::ByHand;
use super::standing::Standing;
use super::talk::Conversation;
use super::{CannotStart, Caps, Driver, Invocation, Launch, Probe, Reader, Session, chosen_env};
use crate::terms::FailureKind;
use login::{Login, set};
use std::collections::BTreeMap;
use std::path::Path;

/// The driver of `driver: claude`.
pub struct Claude;

impl Driver for Claude {
    fn name(&self) -> &'static str {
        "claude"
    }

    fn caps(&self) -> Caps {
        Caps {
            resume: true,
            choose_session: true,
            reports_tokens: true,
            reports_cost: true,
            write_one_path: true,
        }
    }

    fn invocation(&self, launch: &Launch<'_>) -> Result<Invocation, CannotStart> {
        invoke(launch, &permissions::arguments(launch)?)
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(reader::StreamJson::default())
    }

    fn conversation(&self, launch: &Launch<'_>) -> Result<Conversation, CannotStart> {
        let more = [
            talk::FLAGS.map(str::to_owned).to_vec(),
            permissions::asking(launch)?,
        ]
        .concat();
        let wire = talk::Talk::new(launch.session);
        Ok(Conversation::Wire {
            invocation: invoke(launch, &more)?,
            wire: Box::new(wire),
        })
    }

    fn has_by_hand(&self) -> bool {
        true
    }

    fn by_hand(&self, launch: &Launch<'_>) -> Option<Result<ByHand, CannotStart>> {
        Some(by_hand::of(launch))
    }

    fn standing(
        &self,
        _: &[String],
        _: &[String],
        user_env: &BTreeMap<String, String>,
    ) -> Option<Standing> {
        Some(login::standing(user_env))
    }

    fn probe(&self) -> Option<Probe> {
        Some(Probe {
            program: "claude",
            version_args: &["--version"],
            install: "npm install -g @anthropic-ai/claude-code",
        })
    }
}

/// What makes it answer a program.
const TO_A_PROGRAM: [&str; 4] = ["-p", "--output-format", "stream-json", "--verbose"];

/// How to start it, with these arguments beside those it always has.
fn invoke(launch: &Launch<'_>, more: &[String]) -> Result<Invocation, CannotStart> {
    let more = [TO_A_PROGRAM.map(str::to_owned).to_vec(), more.to_vec()].concat();
    start(launch, &more)
}

/// The same for whoever it answers.
fn start(launch: &Launch<'_>, more: &[String]) -> Result<Invocation, CannotStart> {
    let login = Login::of(launch.user_env, launch.agent_home)?;
    let extras = extras::of(launch)?;
    let mut env = environment(launch);
    if let Some(folder) = &login.own_folder {
        env.insert("CLAUDE_CONFIG_DIR".to_owned(), text_of(folder)?);
    }
    env.extend(extras.env);
    let mut loaded = vec![format!("login: {login}")];
    loaded.extend(launch.brought.told());
    Ok(Invocation {
        argv: arguments(launch, &[extras.argv, more.to_vec()].concat())?,
        env,
        stdin: launch.prompt.as_bytes().to_vec(),
        files: extras.files,
        kept: login.kept(),
        writable: login.writable,
        loaded,
    })
}

fn refusal(message: String) -> CannotStart {
    CannotStart {
        kind: FailureKind::Configuration,
        message,
    }
}

fn arguments(launch: &Launch<'_>, more: &[String]) -> Result<Vec<String>, CannotStart> {
    let agent = launch.agent;
    let mut argv = match agent.command.as_slice() {
        [] => vec!["claude".to_owned()],
        given => given.to_vec(),
    };
    let fixed = ["--setting-sources", "", "--strict-mcp-config"];
    argv.extend(fixed.map(str::to_owned));
    for (flag, value) in [("--model", &agent.model), ("--effort", &agent.effort)] {
        if let Some(value) = value {
            if value.is_empty() || value.starts_with('-') {
                return Err(refusal(format!(
                    "agent '{}' has '{value}' for {flag}; write a name",
                    agent.name
                )));
            }
            argv.extend([flag.to_owned(), value.clone()]);
        }
    }
    argv.extend_from_slice(more);
    argv.extend(match launch.session {
        Session::New(id) => ["--session-id".to_owned(), id.to_string()],
        Session::Resume(id) => ["--resume".to_owned(), session_id(id)?],
    });
    Ok(argv)
}

/// A session's id as one argument: it comes from a program's output, so it must not be able to
/// become an option or a search text.
fn session_id(id: &str) -> Result<String, CannotStart> {
    uuid::Uuid::parse_str(id)
        .map(|id| id.to_string())
        .map_err(|_| refusal(format!("'{id}' is no session of Claude Code; start afresh")))
}

fn text_of(path: &Path) -> Result<String, CannotStart> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        refusal(format!(
            "the path {} is not UTF-8; Claude Code can't be told of it",
            path.display()
        ))
    })
}

/// Variables that are Claude Code's own: login, provider, network.
const PASSED: [&str; 34] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_BASE_URL",
    "ANTHROPIC_FOUNDRY_RESOURCE",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "API_TIMEOUT_MS",
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_CONFIG_FILE",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "CLAUDE_CODE_MAX_RETRIES",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CONFIG_DIR",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_PROJECT",
    "HOME",
    "HTTPS_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
];

/// Marks of a Claude Code that may stand around this program; the new one must not take itself for
/// its child.
const NEVER: [&str; 3] = [
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
];

fn environment(launch: &Launch<'_>) -> BTreeMap<String, String> {
    let named = launch.agent.env.iter().chain(&launch.profile.env);
    let names = PASSED.into_iter().chain(named.map(String::as_str));
    // Providers other than Anthropic are asked for by a switch; without it their keys stay here.
    let elsewhere = |name: &str| set(launch.user_env, name);
    let bedrock = elsewhere("CLAUDE_CODE_USE_BEDROCK");
    let vertex = elsewhere("CLAUDE_CODE_USE_VERTEX");
    let named_by_user = |name: &str| {
        launch
            .agent
            .env
            .iter()
            .chain(&launch.profile.env)
            .any(|n| n == name)
    };
    let mut env = chosen_env(launch.user_env, names, &NEVER);
    env.retain(|name, _| {
        named_by_user(name)
            || ((bedrock || !name.starts_with("AWS_"))
                && (vertex || !(name.starts_with("GOOGLE_") || name == "CLOUD_ML_REGION")))
    });
    for name in [
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY",
        "DISABLE_AUTOUPDATER",
    ] {
        env.insert(name.to_owned(), "1".to_owned());
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::brought::{Brought, Server, Skill, SkillFile};
    use crate::agents::testing::Order;
    use crate::terms::Digest;

    fn after<'a>(argv: &'a [String], flag: &str) -> &'a str {
        let at = argv.iter().position(|a| a == flag).unwrap();
        &argv[at + 1]
    }

    #[test]
    fn it_starts_without_ambient_configuration_and_with_the_chosen_session() {
        let mut order = Order::of("claude");
        order.agent.model = Some("sonnet".into());
        order.agent.effort = Some("high".into());
        order.profile.instructions = vec![crate::terms::RepoPath::new("CLAUDE.md").unwrap()];
        let invocation = Claude.invocation(&order.launch()).unwrap();
        let told = |line: &String| line.starts_with("instructions");
        assert!(!invocation.loaded.iter().any(told), "the prompt tells them");
        let argv = &invocation.argv;
        assert_eq!(argv[0], "claude");
        assert_eq!(after(argv, "--setting-sources"), "");
        assert!(argv.contains(&"--strict-mcp-config".to_owned()));
        assert!(argv.contains(&"--disable-slash-commands".to_owned()));
        assert_eq!(after(argv, "--model"), "sonnet");
        assert_eq!(after(argv, "--effort"), "high");
        assert_eq!(after(argv, "--session-id"), uuid::Uuid::nil().to_string());
        assert_eq!(invocation.stdin, b"Do it.");
        assert_eq!(invocation.env["CLAUDE_CODE_DISABLE_AUTO_MEMORY"], "1");
    }

    #[test]
    fn a_session_from_outside_can_not_become_an_option() {
        let mut order = Order::of("claude");
        order.session = Session::Resume("--dangerously-skip-permissions".into());
        assert!(Claude.invocation(&order.launch()).is_err());
        order.session = Session::Resume("7d3f7c1e-0d3a-4f53-8a27-3a3e5c7b9f10".into());
        let argv = Claude.invocation(&order.launch()).unwrap().argv;
        assert_eq!(
            after(&argv, "--resume"),
            "7d3f7c1e-0d3a-4f53-8a27-3a3e5c7b9f10"
        );
    }

    #[test]
    fn a_key_gives_it_a_folder_of_its_own_and_a_login_stays_where_it_is() {
        let mut order = Order::of("claude");
        let invocation = Claude.invocation(&order.launch()).unwrap();
        assert!(!invocation.env.contains_key("CLAUDE_CONFIG_DIR"));
        assert_eq!(invocation.writable[0], Path::new("/home/dev/.claude"));
        order
            .user_env
            .insert("ANTHROPIC_API_KEY".into(), "k".into());
        order
            .user_env
            .insert("CLAUDE_CONFIG_DIR".into(), "/theirs".into());
        let invocation = Claude.invocation(&order.launch()).unwrap();
        assert_eq!(invocation.env["CLAUDE_CONFIG_DIR"], "/state/agent/claude");
        assert_eq!(invocation.env["ANTHROPIC_API_KEY"], "k");
        order.user_env.clear();
        let refused = Claude.invocation(&order.launch()).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Auth);
    }

    #[test]
    fn only_what_is_asked_for_is_passed_on() {
        let mut order = Order::of("claude");
        for name in ["CLAUDECODE", "AWS_PROFILE", "SECRET", "WANTED"] {
            order.user_env.insert(name.into(), "1".into());
        }
        order.profile.env = vec!["WANTED".into(), "CLAUDECODE".into()];
        let env = Claude.invocation(&order.launch()).unwrap().env;
        assert!(env.contains_key("WANTED"));
        for name in ["CLAUDECODE", "AWS_PROFILE", "SECRET"] {
            assert!(!env.contains_key(name), "{name}");
        }
        order
            .user_env
            .insert("CLAUDE_CODE_USE_BEDROCK".into(), "1".into());
        let env = Claude.invocation(&order.launch()).unwrap().env;
        assert!(env.contains_key("AWS_PROFILE"));
    }

    #[test]
    fn what_is_brought_back_is_given_and_nothing_beside_it() {
        let mut order = Order::of("claude");
        order.profile.mcp = vec!["linear".into()];
        order.profile.skills = vec!["review".into()];
        let refused = Claude.invocation(&order.launch()).unwrap_err();
        assert!(refused.message.contains("not brought along"), "{refused}");
        order.brought = Brought {
            servers: vec![Server {
                name: "linear".into(),
                from: ".mcp.json".into(),
                declared: serde_json::json!({"command": "x"}),
                digest: Digest::of("a"),
            }],
            skills: vec![Skill {
                name: "review".into(),
                from: ".claude/skills/review".into(),
                files: vec![SkillFile {
                    path: "SKILL.md".into(),
                    bytes: b"how".to_vec(),
                    executable: false,
                }],
                digest: Digest::of("b"),
            }],
        };
        let invocation = Claude.invocation(&order.launch()).unwrap();
        let argv = &invocation.argv;
        assert!(!argv.contains(&"--disable-slash-commands".to_owned()));
        assert_eq!(after(argv, "--mcp-config"), "/state/agent/mcp.json");
        assert_eq!(after(argv, "--plugin-dir"), "/state/agent/skills");
        assert_eq!(after(argv, "--tools"), "Read,Grep,Glob,Skill");
        let settings = after(argv, "--settings");
        assert!(
            settings.contains(r#""Skill(harness:review)","mcp__linear""#),
            "{settings}"
        );
        assert!(settings.contains(r#""disableAllHooks":true"#), "{settings}");
        assert_eq!(invocation.env["CLAUDE_CODE_DISABLE_BUNDLED_SKILLS"], "1");
        let files: Vec<_> = invocation
            .files
            .iter()
            .map(|f| f.path.to_str().unwrap())
            .collect();
        assert!(
            files.contains(&"/state/agent/skills/skills/review/SKILL.md"),
            "{files:?}"
        );
        assert_eq!(invocation.loaded.len(), 3, "{:?}", invocation.loaded);
    }
}
