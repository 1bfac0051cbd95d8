//! Any agent that speaks the Agent Client Protocol: `opencode acp`, `gemini --acp`, adapters.
//!
//! It serves dialogues alone. A stage needs limits, hard lists of tools and a typed failure, and the
//! protocol has none of these: what asks for permission, and when, is each agent's courtesy.
//!
//! The protocol also has no word for leaving ambient configuration out. Logins live beside it, in
//! the user's own home, and a copied login would log the original out; so the agent gets the user's
//! home, may write the folders known to be its own there, and says so. Of those that can be told by
//! other means, adapters of Claude Code and opencode load nothing of the repository.

pub mod failure;
pub mod homes;
pub mod reading;
pub mod usage;

use super::event::Finished;
use super::standing::Standing;
use super::talk::Conversation;
use super::{
    AgentEvent, CannotStart, Caps, Driver, Invocation, Kept, Launch, MAX_TEXT, ProcessEnd, Reader,
    chosen_env, cut,
};
use crate::terms::{FailureKind, Usage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The driver of `driver: acp`.
pub struct Acp;

impl Driver for Acp {
    fn name(&self) -> &'static str {
        "acp"
    }

    fn caps(&self) -> Caps {
        Caps {
            resume: true,
            choose_session: false,
            reports_tokens: false,
            reports_cost: false,
            write_one_path: false,
        }
    }

    fn invocation(&self, launch: &Launch<'_>) -> Result<Invocation, CannotStart> {
        Err(refusal(format!(
            "ACP agents serve dialogues; stages need an agent that is started once for each: give \
             the role of this stage an agent other than '{}' in harness.yaml, with the driver \
             claude or command",
            launch.agent.name
        )))
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Unread)
    }

    fn standing(
        &self,
        command: &[String],
        named: &[String],
        user_env: &BTreeMap<String, String>,
    ) -> Option<Standing> {
        Some(homes::standing(command, named, user_env))
    }

    fn conversation(&self, launch: &Launch<'_>) -> Result<Conversation, CannotStart> {
        let agent = launch.agent;
        if agent.command.first().is_none_or(String::is_empty) {
            return Err(refusal(format!(
                "agent '{}' has no command; write `command: [opencode, acp]` at it in harness.yaml, \
                 or whatever starts its ACP server",
                agent.name
            )));
        }
        refuse_what_cannot_be_given(launch)?;
        let mut env = environment(launch);
        let mut loaded = Vec::new();
        let writable = match own_folder(launch, &env)? {
            Some((folder, token)) => {
                loaded.push(format!(
                    "login: {token}, with a configuration folder of its own"
                ));
                env.insert(CLAUDE_FOLDER.to_owned(), folder);
                Vec::new()
            }
            None => {
                let folders = writable(launch, &env);
                loaded.extend(told(&folders));
                folders
            }
        };
        Ok(Conversation::Acp {
            invocation: Invocation {
                argv: agent.command.clone(),
                env,
                stdin: Vec::new(),
                files: Vec::new(),
                kept: kept(launch, &writable),
                writable,
                loaded,
            },
        })
    }
}

/// Claude Code's variable for the folder of its configuration, and those that are a login.
const CLAUDE_FOLDER: &str = "CLAUDE_CONFIG_DIR";
const CLAUDE_TOKENS: [&str; 3] = [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
];

/// A folder for an agent that needs nothing of the user's home, and the variable that is its login.
fn own_folder(
    launch: &Launch<'_>,
    env: &BTreeMap<String, String>,
) -> Result<Option<(String, &'static str)>, CannotStart> {
    if !homes::is_claude(&launch.agent.command) || env.contains_key(CLAUDE_FOLDER) {
        return Ok(None);
    }
    let Some(token) = CLAUDE_TOKENS.into_iter().find(|t| env.contains_key(*t)) else {
        return Ok(None);
    };
    let folder = launch.agent_home.join("claude");
    match folder.to_str() {
        Some(folder) => Ok(Some((folder.to_owned(), token))),
        None => Err(refusal(format!(
            "the path {} is not UTF-8; the agent can't be told of it",
            folder.display()
        ))),
    }
}

/// The folders of the user's that are the agent's own.
fn writable(launch: &Launch<'_>, env: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let mut folders = homes::of(&launch.agent.command, launch.user_env);
    folders.extend(env.get(CLAUDE_FOLDER).map(PathBuf::from));
    folders
}

/// What of those is the person's own configuration, as far as the program is known.
fn kept(launch: &Launch<'_>, folders: &[PathBuf]) -> Vec<Kept> {
    if !homes::is_claude(&launch.agent.command) {
        return Vec::new();
    }
    let beside = |folder: &Path| folder.with_extension("json");
    let of = |folder: &PathBuf| super::claude::own::of(folder, &beside(folder));
    folders
        .iter()
        .filter(|f| !f.is_file())
        .flat_map(of)
        .collect()
}

fn told(folders: &[PathBuf]) -> [String; 2] {
    let named: Vec<String> = folders.iter().map(|p| p.display().to_string()).collect();
    let may_write = if named.is_empty() {
        "no folders of this program are known: it can write only in the dialogue's own".to_owned()
    } else {
        format!("folders of its own that it may write: {}", named.join(", "))
    };
    let whose = "configuration and login: the user's own; the protocol can't leave them out";
    [whose.to_owned(), may_write]
}

fn refusal(message: String) -> CannotStart {
    CannotStart {
        kind: FailureKind::Configuration,
        message,
    }
}

fn refuse_what_cannot_be_given(launch: &Launch<'_>) -> Result<(), CannotStart> {
    let (agent, profile) = (launch.agent, launch.profile);
    for (what, given) in [("model", &agent.model), ("effort", &agent.effort)] {
        if let Some(value) = given {
            return Err(refusal(format!(
                "agent '{}' has {what}: {value}, which ACP has no common word for; choose it in \
                 the agent's own configuration and remove it here",
                agent.name
            )));
        }
    }
    for (what, names) in [("MCP server", &profile.mcp), ("skill", &profile.skills)] {
        if let Some(name) = names.first() {
            return Err(refusal(format!(
                "profile '{}' asks for the {what} '{name}', which an ACP agent can't be given; \
                 declare it in the agent's own configuration, and remove it from the profile",
                profile.name
            )));
        }
    }
    Ok(())
}

/// What agents of every kind need to reach their models: homes, proxies, certificates. Keys are
/// passed on by name, with `env:` of the agent.
const PASSED: [&str; 10] = [
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

/// Marks of a Claude Code that may stand around this program; an adapter must not take the one it
/// starts for its child.
const NEVER: [&str; 3] = [
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
];

/// Keeps agents that are known from updating themselves in the middle of a dialogue, and from what
/// the repository would have them load, as far as they can be told so: a variable that the person
/// names in `env:` and has set otherwise counts instead.
const FIXED: [(&str, &str); 6] = [
    ("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
    ("OPENCODE_DISABLE_CLAUDE_CODE", "1"),
    ("OPENCODE_DISABLE_EXTERNAL_SKILLS", "1"),
    ("OPENCODE_DISABLE_PROJECT_CONFIG", "1"),
];

/// What a session is asked for beside its folder: an adapter of Claude Code takes these options, and
/// loads no settings, hooks, skills, servers or instructions then. Others pass them over.
pub fn without_ambient() -> serde_json::Map<String, serde_json::Value> {
    let options = serde_json::json!({
        "settingSources": [],
        "extraArgs": { "strict-mcp-config": null, "disable-slash-commands": null },
    });
    let adapter = serde_json::json!({ "options": options });
    [("claudeCode".to_owned(), adapter)].into_iter().collect()
}

fn environment(launch: &Launch<'_>) -> BTreeMap<String, String> {
    let named = launch.agent.env.iter().chain(&launch.profile.env);
    let names = PASSED.into_iter().chain(named.map(String::as_str));
    let mut env = chosen_env(launch.user_env, names, &NEVER);
    for (name, value) in FIXED {
        env.entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    env
}

/// A stage is never started with this driver, so nothing is ever read; whatever came would be kept
/// as it is.
struct Unread;

impl Reader for Unread {
    fn line(&mut self, line: &str) -> Vec<AgentEvent> {
        vec![AgentEvent::Raw {
            line: cut(line, MAX_TEXT),
        }]
    }

    fn error_line(&mut self, line: &str) -> Vec<AgentEvent> {
        self.line(line)
    }

    fn skim(&mut self, _: &[u8]) -> Vec<AgentEvent> {
        Vec::new()
    }

    fn finish(&mut self, _: ProcessEnd) -> Finished {
        Finished {
            failure: Some(failure::of(
                FailureKind::Configuration,
                "ACP agents serve dialogues, not stages",
            )),
            answer: String::new(),
            answer_cut: false,
            session: None,
            usage: Usage::default(),
            denials: Vec::new(),
            model: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::testing::Order;
    use std::path::Path;

    fn begun(order: &Order) -> Result<Invocation, CannotStart> {
        Acp.conversation(&order.launch()).map(|how| match how {
            Conversation::Acp { invocation } => invocation,
            _ => panic!("another protocol"),
        })
    }

    #[test]
    fn a_dialogue_gets_the_users_home_and_the_named_variables_alone() {
        let mut order = Order::of("acp");
        order.agent.command = vec!["opencode".into(), "acp".into()];
        order.agent.env = vec!["OPENCODE_PERMISSION".into(), "CLAUDECODE".into()];
        for name in ["OPENCODE_PERMISSION", "CLAUDECODE", "AWS_SECRET_ACCESS_KEY"] {
            order.user_env.insert(name.into(), "1".into());
        }
        let invocation = begun(&order).unwrap();
        assert_eq!(invocation.argv, ["opencode", "acp"]);
        assert_eq!(invocation.env["HOME"], "/home/dev");
        assert_eq!(invocation.env["OPENCODE_PERMISSION"], "1");
        assert!(!invocation.env.contains_key("CLAUDECODE"));
        assert!(!invocation.env.contains_key("AWS_SECRET_ACCESS_KEY"));
        let data = Path::new("/home/dev/.local/share/opencode");
        assert!(invocation.writable.iter().any(|p| p == data));
        assert!(invocation.loaded[0].contains("the user's own"));
    }

    #[test]
    fn a_key_keeps_claude_code_out_of_the_users_home() {
        let mut order = Order::of("acp");
        order.agent.command = vec!["/opt/claude-code-acp".into()];
        let invocation = begun(&order).unwrap();
        assert_eq!(invocation.writable[0], Path::new("/home/dev/.claude"));
        order
            .user_env
            .insert("ANTHROPIC_API_KEY".into(), "k".into());
        // A key that is not named does not reach it, so it is no login.
        assert!(!begun(&order).unwrap().env.contains_key(CLAUDE_FOLDER));
        order.agent.env = vec!["ANTHROPIC_API_KEY".into()];
        let invocation = begun(&order).unwrap();
        assert_eq!(invocation.env[CLAUDE_FOLDER], "/state/agent/claude");
        assert!(invocation.writable.is_empty());
        assert!(invocation.loaded[0].contains("ANTHROPIC_API_KEY"));
    }

    #[test]
    fn what_it_can_not_do_is_refused_and_not_dropped() {
        let mut order = Order::of("acp");
        let refusal = |order: &Order| begun(order).unwrap_err().message;
        assert!(refusal(&order).contains("no command"));
        order.agent.command = vec!["opencode".into(), "acp".into()];
        let stage = Acp.invocation(&order.launch()).unwrap_err();
        assert!(
            stage
                .message
                .starts_with("ACP agents serve dialogues; stages need")
        );
        assert_eq!(stage.kind, FailureKind::Configuration);
        order.agent.model = Some("big".into());
        assert!(refusal(&order).contains("model: big"));
        order.agent.model = None;
        order.profile.mcp = vec!["linear".into()];
        assert!(refusal(&order).contains("'linear'"));
    }
}
