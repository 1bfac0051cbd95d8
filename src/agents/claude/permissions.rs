//! The profile's tools as Claude Code's tool list and permission rules.

use super::tools::ASK;
use super::{extras, refusal, text_of};
use crate::agents::{CannotStart, Launch};
use std::collections::BTreeMap;
use std::path::Path;

/// Plugins that come with the program. Settings sources do not govern them, so they are switched
/// off by name.
const BUILT_IN_PLUGINS: [&str; 4] = [
    "cc-plugin-agents-md@builtin",
    "cc-plugin-plugin-authoring@builtin",
    "cc-plugin-privacy@builtin",
    "cc-plugin-telemetry@builtin",
];

/// The arguments that say which tools exist and what they may do unasked.
pub(super) fn arguments(launch: &Launch<'_>) -> Result<Vec<String>, CannotStart> {
    of_profile(launch, "dontAsk")
}

/// The same where a person sits there: what no rule allows, they are asked for.
pub(super) fn by_hand(launch: &Launch<'_>) -> Result<Vec<String>, CannotStart> {
    of_profile(launch, "default")
}

fn of_profile(launch: &Launch<'_>, mode: &str) -> Result<Vec<String>, CannotStart> {
    let mut tools: Vec<&str> = Vec::new();
    let mut rules: Vec<String> = Vec::new();
    for word in &launch.profile.tools {
        // Writing is decided below, by path.
        let names = if word == "edit" {
            &[]
        } else {
            names(launch, word)?
        };
        tools.extend(names);
        rules.extend(names.iter().map(|&name| name.to_owned()));
    }
    let edits = launch.writes && launch.profile.tools.iter().any(|t| t == "edit");
    if edits {
        rules.push(format!("{}/**)", rule_start(launch.cwd)?));
    }
    for path in launch.artifacts {
        rules.push(format!("{})", rule_start(path)?));
    }
    if edits || !launch.artifacts.is_empty() {
        // Editing wants the file read first.
        tools.extend(["Edit", "Write", "Read"]);
        rules.push("Read".to_owned());
    }
    tools.extend(extras::tool(launch));
    rules.extend(extras::rules(launch));
    in_order_once(&mut tools);
    in_order_once(&mut rules);
    Ok(told(&tools, mode, &rules))
}

/// The tools that go unasked in a conversation.
const UNASKED: [&str; 3] = ["Read", "Grep", "Glob"];

/// The tools that write files. A conversation always has them: a person who is asked sees what would
/// be written, and says why not; a tool that is not there could not even be asked for. Where nobody
/// decides, nothing is written.
const WRITES: [&str; 2] = ["Edit", "Write"];

/// The arguments of a conversation: it may read and ask; whatever else, a person is asked for.
pub(super) fn asking(launch: &Launch<'_>) -> Result<Vec<String>, CannotStart> {
    let mut tools = UNASKED.to_vec();
    tools.push(ASK);
    for word in &launch.profile.tools {
        tools.extend(names(launch, word)?);
    }
    tools.extend(WRITES);
    tools.extend(extras::tool(launch));
    in_order_once(&mut tools);
    let mut rules = UNASKED.map(str::to_owned).to_vec();
    // Reading a skill does nothing yet; what a server's tools do, a person is asked for.
    rules.extend(
        extras::rules(launch)
            .into_iter()
            .filter(|r| !r.starts_with("mcp__")),
    );
    Ok(told(&tools, "default", &rules))
}

/// The tools that a profile's word means.
fn names(launch: &Launch<'_>, word: &str) -> Result<&'static [&'static str], CannotStart> {
    Ok(match word {
        "read" => &["Read"],
        "search" => &["Grep", "Glob"],
        "shell" => &["Bash"],
        "web" => &["WebFetch", "WebSearch"],
        "edit" => &["Edit", "Write"],
        other => {
            return Err(refusal(format!(
                "profile '{}' asks for the tool '{other}'; there are read, search, edit, \
                 shell and web",
                launch.profile.name
            )));
        }
    })
}

/// Nobody's hooks run, wherever they stand, and no command that a skill's text holds.
fn told(tools: &[&str], mode: &str, rules: &[String]) -> Vec<String> {
    let mut argv = vec!["--tools".to_owned(), tools.join(",")];
    argv.extend(["--permission-mode".to_owned(), mode.to_owned()]);
    // As settings, not as `--allowedTools`: that splits its list at commas and parentheses, which
    // paths may hold.
    let off: BTreeMap<&str, bool> = BUILT_IN_PLUGINS.map(|name| (name, false)).into();
    let settings = serde_json::json!({
        "permissions": { "allow": rules },
        "enabledPlugins": off,
        "disableAllHooks": true,
        "disableSkillShellExecution": true,
    });
    argv.extend(["--settings".to_owned(), settings.to_string()]);
    argv
}

fn in_order_once<T: PartialEq + Clone>(list: &mut Vec<T>) {
    let all = std::mem::take(list);
    for item in all {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

/// `Edit(//abs/path` without its end: the rule that governs Edit and Write at an absolute path. Its
/// pattern is a gitignore one, so what has a meaning there is escaped.
fn rule_start(path: &Path) -> Result<String, CannotStart> {
    let text = text_of(path)?;
    let Some(text) = text.strip_prefix('/') else {
        return Err(refusal(format!(
            "'{text}' is not absolute; what an agent may write is named absolutely"
        )));
    };
    let mut rule = String::from("Edit(//");
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\') {
            rule.push('\\');
        }
        rule.push(c);
    }
    Ok(rule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::testing::Order;

    fn rules(order: &Order) -> (String, Vec<String>) {
        let argv = arguments(&order.launch()).unwrap();
        let settings: serde_json::Value = serde_json::from_str(&argv[5]).unwrap();
        let rules = serde_json::from_value(settings["permissions"]["allow"].clone()).unwrap();
        (argv[1].clone(), rules)
    }

    #[test]
    fn read_only_has_no_tool_that_writes() {
        let (tools, rules) = rules(&Order::of("claude"));
        assert_eq!(tools, "Read,Grep,Glob");
        assert_eq!(rules, ["Read", "Grep", "Glob"]);
    }

    #[test]
    fn a_stage_that_writes_only_its_artifacts_gets_exactly_their_paths() {
        let mut order = Order::of("claude");
        order.profile.tools.push("edit".into());
        order.artifacts = vec!["/t/qa [1].md".into()];
        let (tools, rules) = rules(&order);
        assert_eq!(tools, "Read,Grep,Glob,Edit,Write");
        assert_eq!(rules, ["Read", "Grep", "Glob", "Edit(//t/qa \\[1\\].md)"]);
    }

    #[test]
    fn a_stage_that_writes_may_write_in_its_tree_only() {
        let mut order = Order::of("claude");
        order.profile.tools = ["edit", "shell", "read"].map(str::to_owned).into();
        order.writes = true;
        let (tools, rules) = rules(&order);
        assert_eq!(tools, "Bash,Read,Edit,Write");
        assert_eq!(rules, ["Bash", "Read", "Edit(//work tree/**)"]);
    }

    #[test]
    fn a_conversation_reads_unasked_and_asks_for_the_rest() {
        let mut order = Order::of("claude");
        let tools = |order: &Order| asking(&order.launch()).unwrap();
        let argv = tools(&order);
        assert_eq!(argv[1], "Read,Grep,Glob,AskUserQuestion,Edit,Write");
        order.profile.tools.push("shell".into());
        let all = "Read,Grep,Glob,AskUserQuestion,Bash,Edit,Write";
        assert_eq!(tools(&order)[1], all);
        order.profile.tools.push("edit".into());
        assert_eq!(tools(&order)[1], all);
        assert_eq!(argv[3], "default");
        assert!(argv[5].contains(r#"["Read","Grep","Glob"]"#), "{argv:?}");
        order.profile.tools.push("teleport".into());
        assert!(asking(&order.launch()).is_err());
    }

    #[test]
    fn an_unknown_tool_is_named() {
        let mut order = Order::of("claude");
        order.profile.tools.push("teleport".into());
        let error = arguments(&order.launch()).unwrap_err();
        assert!(error.message.contains("'teleport'"), "{error}");
        order.profile.tools.pop();
        order.artifacts = vec!["relative.md".into()];
        assert!(arguments(&order.launch()).is_err());
    }
}
