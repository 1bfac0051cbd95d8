//! What a turn used. The numbers of each agent mean something else, so they are believed only where
//! it is known what they mean; everything else stays unknown.

use crate::terms::Usage;
use agent_client_protocol::v1::schema::{PromptResponse, UsageUpdate};
use serde_json::Value;

/// What an agent's numbers at the end of a turn count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    /// The turn.
    Turn,
    /// The session so far.
    Session,
    /// The turn, in `_meta.quota.token_count`.
    Quota,
}

/// The agents whose numbers are known, by the name they give themselves. Not among them: opencode,
/// which tells the tokens of a turn's last step alone.
const KNOWN: [(&str, Counts); 5] = [
    ("@agentclientprotocol/claude-agent-acp", Counts::Turn),
    ("@agentclientprotocol/codex-acp", Counts::Turn),
    ("Copilot", Counts::Session),
    ("@mistralai/mistral-vibe", Counts::Session),
    ("gemini-cli", Counts::Quota),
];

/// Follows an agent's numbers from turn to turn.
#[derive(Debug, Default)]
pub struct Meter {
    counts: Option<Counts>,
    /// What the session had used before the turn; `None`: it is not known.
    before: Option<Usage>,
    /// The cost of the session, in millionths of a dollar, before the turn and as told last.
    cost_before: Option<u64>,
    cost: Option<u64>,
}

impl Meter {
    /// A meter for the agent of this name. A session that is taken up again has used something that
    /// nobody told.
    pub fn new(agent: &str, fresh: bool) -> Self {
        let known = KNOWN.iter().find(|(name, _)| *name == agent);
        Self {
            counts: known.map(|(_, counts)| *counts),
            before: fresh.then(zero),
            cost_before: fresh.then_some(0),
            cost: None,
        }
    }

    /// The context and the cost of the session, told in the middle.
    pub fn update(&mut self, update: &UsageUpdate) {
        let Some(cost) = update.cost.as_ref().filter(|cost| cost.currency == "USD") else {
            return;
        };
        if let Some(micros) = micros(cost.amount) {
            self.cost = Some(micros);
        }
    }

    /// The turn ended: what it used.
    pub fn turn(&mut self, response: &PromptResponse) -> Usage {
        let mut usage = match self.counts {
            Some(Counts::Turn) => tokens(response).unwrap_or_default(),
            Some(Counts::Session) => self.since_before(tokens(response)),
            Some(Counts::Quota) => quota(response),
            None => Usage::default(),
        };
        usage.cost_micros = self.cost_since();
        usage
    }

    /// The turn ended without a word of what it used: what comes later can't be taken apart from it.
    pub fn unknown(&mut self) -> Usage {
        if self.counts == Some(Counts::Session) {
            self.before = None;
        }
        Usage {
            cost_micros: self.cost_since(),
            ..Usage::default()
        }
    }

    fn since_before(&mut self, now: Option<Usage>) -> Usage {
        let Some(now) = now else {
            return Usage::default();
        };
        let before = self.before.replace(now);
        let less = |of: fn(&Usage) -> Option<u64>| {
            let before = of(before.as_ref()?).unwrap_or(0);
            of(&now)?.checked_sub(before)
        };
        Usage {
            input: less(|u| u.input),
            output: less(|u| u.output),
            cache_read: less(|u| u.cache_read),
            cache_write: less(|u| u.cache_write),
            cost_micros: None,
            plan: false,
        }
    }

    /// What the session's cost grew by. Who never told one has not said that it was free.
    fn cost_since(&mut self) -> Option<u64> {
        let now = self.cost?;
        let before = self.cost_before.replace(now)?;
        now.checked_sub(before)
    }
}

fn zero() -> Usage {
    Usage {
        input: Some(0),
        output: Some(0),
        cache_read: Some(0),
        cache_write: Some(0),
        cost_micros: None,
        plan: false,
    }
}

/// Input tokens with those of the cache taken out, where the sum shows that they are in it.
fn tokens(response: &PromptResponse) -> Option<Usage> {
    let told = response.usage.as_ref()?;
    let (read, write) = (told.cached_read_tokens, told.cached_write_tokens);
    let cached = read.unwrap_or(0).saturating_add(write.unwrap_or(0));
    let without = told.input_tokens.saturating_add(told.output_tokens);
    let thought = told.thought_tokens.unwrap_or(0);
    let inside = cached > 0 && told.total_tokens <= without.saturating_add(thought);
    Some(Usage {
        input: if inside {
            told.input_tokens.checked_sub(cached)
        } else {
            Some(told.input_tokens)
        },
        output: Some(told.output_tokens),
        cache_read: read,
        cache_write: write,
        cost_micros: None,
        plan: false,
    })
}

fn quota(response: &PromptResponse) -> Usage {
    let count = response.meta.as_ref().and_then(|meta| {
        let quota = meta.get("quota")?;
        quota.get("token_count")
    });
    let number = |key| count.and_then(|c| c.get(key)).and_then(Value::as_u64);
    Usage {
        input: number("input_tokens"),
        output: number("output_tokens"),
        ..Usage::default()
    }
}

fn micros(amount: f64) -> Option<u64> {
    let micros = (amount * 1e6).round();
    // Above 2^53 a number of this type is no longer exact, and no dialogue costs as much.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was looked at"
    )]
    (0.0..9e15).contains(&micros).then_some(micros as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ended(usage: &Value) -> PromptResponse {
        let mut answer = json!({"stopReason": "end_turn"});
        answer
            .as_object_mut()
            .unwrap()
            .extend(usage.as_object().unwrap().clone());
        serde_json::from_value(answer).unwrap()
    }

    fn told(input: u64, output: u64) -> PromptResponse {
        ended(
            &json!({"usage": {"inputTokens": input, "outputTokens": output,
            "totalTokens": input + output}}),
        )
    }

    fn cost(amount: f64) -> UsageUpdate {
        serde_json::from_value(
            json!({"used": 1, "size": 2, "cost": {"amount": amount, "currency": "USD"}}),
        )
        .unwrap()
    }

    #[test]
    fn each_agents_numbers_are_read_as_that_agent_means_them() {
        let input = |agent: &str| {
            let mut meter = Meter::new(agent, true);
            [told(100, 10), told(150, 12)].map(|turn| meter.turn(&turn).input)
        };
        assert_eq!(
            input("@agentclientprotocol/codex-acp"),
            [Some(100), Some(150)]
        );
        assert_eq!(input("Copilot"), [Some(100), Some(50)]);
        assert_eq!(input("OpenCode"), [None, None]);
        let mut resumed = Meter::new("Copilot", false);
        assert_eq!(resumed.turn(&told(900, 9)).input, None);
        assert_eq!(resumed.turn(&told(950, 9)).input, Some(50));
        let quota = json!({"_meta": {"quota": {"token_count": {"input_tokens": 7}}}});
        let gemini = Meter::new("gemini-cli", true).turn(&ended(&quota));
        assert_eq!((gemini.input, gemini.output), (Some(7), None));
    }

    #[test]
    fn what_came_from_a_cache_is_counted_once() {
        let usage = |total: u64| {
            let told = json!({"usage": {"inputTokens": 100, "outputTokens": 10,
                "cachedReadTokens": 60, "totalTokens": total}});
            Meter::new("@agentclientprotocol/codex-acp", true).turn(&ended(&told))
        };
        assert_eq!(usage(110).input, Some(40));
        assert_eq!(usage(170).input, Some(100));
        assert_eq!(usage(170).cache_read, Some(60));
    }

    #[test]
    fn a_cost_is_what_the_sessions_grew_by() {
        let mut meter = Meter::new("OpenCode", true);
        assert_eq!(meter.turn(&told(1, 1)).cost_micros, None);
        meter.update(&cost(0.25));
        assert_eq!(meter.turn(&told(1, 1)).cost_micros, Some(250_000));
        meter.update(&cost(0.3));
        assert_eq!(meter.turn(&told(1, 1)).cost_micros, Some(50_000));
        let mut resumed = Meter::new("OpenCode", false);
        resumed.update(&cost(9.0));
        assert_eq!(resumed.turn(&told(1, 1)).cost_micros, None);
        for wrong in [-1.0, 1e300] {
            resumed.update(&cost(wrong));
        }
        assert_eq!(resumed.turn(&told(1, 1)).cost_micros, Some(0));
    }
}
