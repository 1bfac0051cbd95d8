//! Claude Code at a person's terminal, in the session of an attempt: the same tools and rules as
//! alone, but that the person is asked for what no rule allows.

use super::login::{Kind, Login, set};
use super::{permissions, start, text_of};
use crate::agents::by_hand::ByHand;
use crate::agents::{CannotStart, Launch};
use serde_json::json;

/// How many of a key's last characters the program knows it by.
const KEY_END: usize = 20;

pub(super) fn of(launch: &Launch<'_>) -> Result<ByHand, CannotStart> {
    let mut invocation = start(launch, &permissions::by_hand(launch)?)?;
    invocation.stdin.clear();
    let login = Login::of(launch.user_env, launch.agent_home)?;
    // In a folder of its own nobody has answered yet what it asks at its first start. The person has:
    // the key is theirs, and the run's tree is trusted or there would be no run.
    let state = match (&login.kind, &login.own_folder) {
        (Kind::Variable(_), Some(folder)) => {
            let mut state = json!({
                "hasCompletedOnboarding": true,
                "projects": { text_of(launch.cwd)?: { "hasTrustDialogAccepted": true } },
            });
            let key = launch.user_env.get("ANTHROPIC_API_KEY");
            if let Some(key) = key.filter(|_| set(launch.user_env, "ANTHROPIC_API_KEY")) {
                let from = key.ceil_char_boundary(key.len().saturating_sub(KEY_END));
                state["customApiKeyResponses"] = json!({ "approved": [&key[from..]] });
            }
            Some((folder.join(".claude.json"), state))
        }
        _ => None,
    };
    Ok(ByHand { invocation, state })
}

#[cfg(test)]
mod tests {
    use crate::agents::claude::Claude;
    use crate::agents::testing::Order;
    use crate::agents::{Driver, Session};
    use std::path::Path;

    #[test]
    fn a_person_gets_the_session_with_the_rules_of_the_attempt_and_is_asked_for_more() {
        let mut order = Order::of("claude");
        let session = "7d3f7c1e-0d3a-4f53-8a27-3a3e5c7b9f10";
        order.session = Session::Resume(session.into());
        let alone = Claude.invocation(&order.launch()).unwrap().argv;
        let by_hand = Claude.by_hand(&order.launch()).unwrap().unwrap();
        let argv = by_hand.invocation.argv;
        let differs: Vec<&String> = alone.iter().filter(|a| !argv.contains(a)).collect();
        assert_eq!(
            differs,
            [
                "-p",
                "--output-format",
                "stream-json",
                "--verbose",
                "dontAsk"
            ]
        );
        assert!(argv.windows(2).any(|w| w == ["--resume", session]));
        assert!(
            argv.windows(2)
                .any(|w| w == ["--permission-mode", "default"])
        );
        // A login of the person's own is left as it is.
        assert_eq!(by_hand.state, None);
    }

    #[test]
    fn with_a_key_its_own_folder_has_the_first_questions_answered() {
        let mut order = Order::of("claude");
        let key = "sk-ant-0123456789abcdefghij";
        order
            .user_env
            .insert("ANTHROPIC_API_KEY".into(), key.into());
        let by_hand = Claude.by_hand(&order.launch()).unwrap().unwrap();
        let (path, state) = by_hand.state.unwrap();
        assert_eq!(path, Path::new("/state/agent/claude/.claude.json"));
        let approved = &state["customApiKeyResponses"]["approved"];
        assert_eq!(approved, &serde_json::json!(["0123456789abcdefghij"]));
        let trusted = &state["projects"]["/work tree"]["hasTrustDialogAccepted"];
        assert_eq!(trusted, true);
    }
}
