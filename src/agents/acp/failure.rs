//! What an ACP agent's words for a failure mean. The protocol has codes for its own errors only;
//! what the provider said stands in texts, where it stands at all.

use crate::agents::cut;
use crate::agents::event::Failure;
use crate::terms::FailureKind;
use agent_client_protocol::v1::schema::StopReason;
use agent_client_protocol::{Error, ErrorCode};
use serde_json::Value;

/// The longest message that may be an error told as text.
const LONGEST_TOLD: usize = 600;

/// A failure of this kind with these words.
pub fn of(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        message: cut(message, 2000),
        retry_after_secs: None,
    }
}

/// What a JSON-RPC error answers.
pub fn of_error(error: &Error) -> Failure {
    let mut text = error.message.clone();
    if let Some(more) = error.data.as_ref().and_then(detail)
        && !text.contains(&more)
    {
        text = format!("{text}: {more}");
    }
    if error.code == ErrorCode::AUTH_REQUIRED {
        let text = format!("{text}; log its program in, then begin again");
        return of(FailureKind::Auth, &text);
    }
    let code = u16::try_from(error.code.value()).ok();
    let status = code.filter(|code| (400..600).contains(code));
    of(kind(status.or_else(|| status_in(&text)), &text), &text)
}

/// The words of an error's data: a text, or the one in the usual places.
fn detail(data: &Value) -> Option<String> {
    let keys = ["details", "message", "error", "errorKind"];
    let text = match data {
        Value::String(text) => text.as_str(),
        Value::Object(fields) => keys
            .into_iter()
            .find_map(|key| fields.get(key).and_then(Value::as_str))?,
        _ => return None,
    };
    (!text.trim().is_empty()).then(|| cut(text.trim(), 1000))
}

/// Why a turn that ended this way failed; `None`: it did not.
pub fn of_stop(reason: StopReason) -> Option<Failure> {
    match reason {
        StopReason::MaxTokens => Some(of(
            FailureKind::Context,
            "its answer or the conversation became too long for the model",
        )),
        StopReason::MaxTurnRequests => Some(of(
            FailureKind::MaxTurns,
            "it reached its own limit of requests in one turn",
        )),
        StopReason::Refusal => Some(of(
            FailureKind::Request,
            "it refused to go on; it has forgotten what was said last",
        )),
        _ => None,
    }
}

/// An error of the provider that an agent told as its whole answer, by its fixed form: `Error: 400
/// …`, `[API Error: 429 …]`. Anything less certain is an answer.
pub fn told_as_text(answer: &str) -> Option<Failure> {
    let text = answer.trim();
    if text.len() > LONGEST_TOLD || text.contains("\n\n") {
        return None;
    }
    let rest = ["Error: ", "API Error: ", "[API Error: "]
        .into_iter()
        .find_map(|form| text.strip_prefix(form))?;
    let status = leading_status(rest)?;
    Some(of(kind(Some(status), text), text))
}

/// The status in `Internal error: API Error: 400 …` or `… (429)`.
fn status_in(text: &str) -> Option<u16> {
    let at = text.to_lowercase().find("error: ")?;
    text.get(at..)?
        .split([' ', '(', ')'])
        .find_map(leading_status)
}

fn leading_status(text: &str) -> Option<u16> {
    let digits = text.get(..3)?;
    let after = text[3..].chars().next();
    let ends = after.is_none_or(|c| c.is_whitespace() || c == ']' || c == ':');
    let number: u16 = digits.parse().ok().filter(|_| ends)?;
    (400..600).contains(&number).then_some(number)
}

fn kind(status: Option<u16>, text: &str) -> FailureKind {
    let text = text.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    match status {
        Some(401 | 403) => FailureKind::Auth,
        Some(402) => FailureKind::Quota,
        Some(404) if says(&["model"]) => FailureKind::Model,
        Some(413) => FailureKind::Context,
        Some(429) if says(&["quota", "usage limit", "hit your"]) => FailureKind::Quota,
        Some(429) => FailureKind::Rate,
        Some(400) if says(&["too long", "context window", "context length"]) => {
            FailureKind::Context
        }
        Some(400 | 404 | 422) => FailureKind::Request,
        Some(408 | 500..) => FailureKind::Overloaded,
        _ if says(&["authenticat", "api key", "log in", "login"]) => FailureKind::Auth,
        _ if says(&["rate_limit", "rate limit"]) => FailureKind::Rate,
        _ if says(&["overloaded"]) => FailureKind::Overloaded,
        _ if says(&["econn", "enotfound", "etimedout", "fetch failed"]) => FailureKind::Network,
        _ => FailureKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureKind as K;
    use serde_json::json;

    #[test]
    fn errors_have_their_kind_and_words() {
        for (code, message, data, kind, words) in [
            (
                -32000,
                "Authentication required",
                json!(null),
                K::Auth,
                "log its program in",
            ),
            (
                -32603,
                "Internal error: API Error: 400 bad",
                json!({"errorKind": "unknown"}),
                K::Request,
                "unknown",
            ),
            (
                -32603,
                "Internal error",
                json!({"details": "No sessions"}),
                K::Unknown,
                "No sessions",
            ),
            (401, "{\"error\":{}}", json!(null), K::Auth, "error"),
            (429, "slow down", json!(null), K::Rate, "slow"),
            (
                -32603,
                "Internal error: fetch failed",
                json!("ECONNREFUSED"),
                K::Network,
                "ECONNREFUSED",
            ),
        ] {
            let failure = of_error(&Error::new(code, message).data(data));
            assert_eq!(failure.kind, kind, "{message}");
            assert!(failure.message.contains(words), "{}", failure.message);
        }
    }

    #[test]
    fn only_what_is_surely_an_error_is_taken_for_one() {
        let kind = |text: &str| told_as_text(text).map(|f| f.kind);
        assert_eq!(kind("Error: 400 the request is wrong"), Some(K::Request));
        assert_eq!(kind("[API Error: 401 no such key]"), Some(K::Auth));
        assert_eq!(kind("API Error: 529 overloaded\n"), Some(K::Overloaded));
        for answer in [
            "Error: 4000 rows were read",
            "Error: no such file",
            "Error: 404 is what the page answers.\n\nShall it be a redirect instead?",
            "The log says Error: 500 once.",
            "Error: é",
            "",
        ] {
            assert_eq!(kind(answer), None, "{answer}");
        }
    }
}
