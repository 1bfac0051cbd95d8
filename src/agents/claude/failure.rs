//! What Claude Code's words for a failure mean.

use crate::agents::cut;
use crate::agents::event::Failure;
use crate::terms::FailureKind;
use serde_json::Value;

/// What is known of a failed request, from an error message, a retry notice or the result.
#[derive(Debug, Clone, Default)]
pub(super) struct Signs {
    /// The HTTP status.
    pub status: Option<u16>,
    /// Its own word: `rate_limit`, `authentication_failed`.
    pub word: String,
    /// Its text for people.
    pub text: String,
}

impl Signs {
    /// Takes what a later message adds; what is known already stays where that says nothing.
    pub(super) fn merge(&mut self, line: &Value) {
        let status = ["api_error_status", "error_status"]
            .into_iter()
            .find_map(|key| line[key].as_u64());
        if let Some(status) = status.and_then(|s| u16::try_from(s).ok()) {
            self.status = Some(status);
        }
        for key in ["error", "api_error"] {
            if let Some(word) = line[key].as_str() {
                word.clone_into(&mut self.word);
            }
        }
    }

    /// Which kind it is. The word and the status are the program's own interface; the text is
    /// asked only where they leave it open.
    pub(super) fn kind(&self) -> FailureKind {
        let text = self.text.to_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        let too_long = says(&["prompt is too long", "context window", "context limit"]);
        let used_up = says(&[
            "hit your",
            "usage limit",
            "limit reached",
            "out of extra usage",
        ]);
        let cut_off = says(&[
            "econn",
            "enotfound",
            "etimedout",
            "connection",
            "fetch failed",
        ]);
        match (self.word.as_str(), self.status) {
            ("authentication_failed" | "oauth_org_not_allowed", _) | (_, Some(401 | 403)) => {
                FailureKind::Auth
            }
            ("billing_error", _) | (_, Some(402)) => FailureKind::Quota,
            ("rate_limit", _) | (_, Some(429)) if used_up => FailureKind::Quota,
            ("rate_limit", _) | (_, Some(429)) => FailureKind::Rate,
            ("model_not_found", _) | (_, Some(404)) => FailureKind::Model,
            (_, Some(413)) => FailureKind::Context,
            ("invalid_request", _) | (_, Some(400)) if too_long => FailureKind::Context,
            ("invalid_request", _) | (_, Some(400 | 422)) => FailureKind::Request,
            ("connection_failed", _) => FailureKind::Network,
            (_, Some(408 | 500..)) | ("overloaded", _) => FailureKind::Overloaded,
            _ if used_up => FailureKind::Quota,
            _ if too_long => FailureKind::Context,
            _ if says(&["please run /login", "invalid api key"]) => FailureKind::Auth,
            _ if cut_off => FailureKind::Network,
            ("server_error", _) => FailureKind::Overloaded,
            _ => FailureKind::Unknown,
        }
    }

    /// The failure; `now` is the time of the program's last message, `reset` the second since 1970
    /// at which it said the limit ends.
    pub(super) fn failure(&self, now: Option<jiff::Timestamp>, reset: Option<i64>) -> Failure {
        let kind = self.kind();
        let retry_after_secs = now
            .filter(|_| kind == FailureKind::Quota)
            .and_then(|now| wait(&self.text, now, reset));
        Failure {
            kind,
            message: cut(&self.text, 2000),
            retry_after_secs,
        }
    }
}

/// Seconds until a used-up limit ends: from the notice, from `…|1767225600`, or from
/// `resets 3:30pm (Europe/Berlin)`. Without a zone the time is not known, so it is not guessed.
fn wait(text: &str, now: jiff::Timestamp, reset: Option<i64>) -> Option<u64> {
    let stamped = || text.rsplit_once('|')?.1.trim().parse::<i64>().ok();
    let until = match reset.or_else(stamped) {
        Some(second) => second,
        None => next_time(text, now)?,
    };
    u64::try_from(until.checked_sub(now.as_second())?).ok()
}

fn next_time(text: &str, now: jiff::Timestamp) -> Option<i64> {
    let rest = text.split_once("resets ")?.1;
    let (clock, rest) = rest.split_once('(')?;
    let zone = jiff::tz::TimeZone::get(rest.split_once(')')?.0.trim()).ok()?;
    let time = clock_time(clock.trim())?;
    let here = now.to_zoned(zone.clone());
    let today = here.date().to_datetime(time).to_zoned(zone.clone()).ok()?;
    let next = if today.timestamp() > now {
        today
    } else {
        let tomorrow = here.date().tomorrow().ok()?;
        tomorrow.to_datetime(time).to_zoned(zone).ok()?
    };
    Some(next.timestamp().as_second())
}

/// `3pm`, `3:30pm`, `15:00`.
fn clock_time(text: &str) -> Option<jiff::civil::Time> {
    let text = text.to_lowercase();
    let (digits, half) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(digits), _) => (digits, Some(0)),
        (_, Some(digits)) => (digits, Some(12)),
        _ => (text.as_str(), None),
    };
    let (hour, minute) = digits
        .trim()
        .split_once(':')
        .unwrap_or((digits.trim(), "0"));
    let hour: i8 = hour.parse().ok()?;
    let hour = match half {
        Some(half) => hour.rem_euclid(12) + half,
        None => hour,
    };
    jiff::civil::Time::new(hour, minute.parse().ok()?, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(status: Option<u16>, word: &str, text: &str) -> Signs {
        Signs {
            status,
            word: word.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn every_failure_has_its_kind() {
        use FailureKind as K;
        let limit = "You've hit your session limit · resets 3pm (Europe/Berlin)";
        for (status, word, text, kind) in [
            (Some(401), "authentication_failed", "", K::Auth),
            (Some(403), "authentication_failed", "", K::Auth),
            (None, "", "Invalid API key · Please run /login", K::Auth),
            (
                Some(400),
                "billing_error",
                "Credit balance is too low",
                K::Quota,
            ),
            (Some(429), "rate_limit", "Request rejected (429)", K::Rate),
            (Some(429), "rate_limit", limit, K::Quota),
            (Some(404), "model_not_found", "", K::Model),
            (
                Some(400),
                "invalid_request",
                "Prompt is too long",
                K::Context,
            ),
            (Some(400), "invalid_request", "messages: wrong", K::Request),
            (Some(529), "server_error", "overloaded", K::Overloaded),
            (Some(500), "server_error", "", K::Overloaded),
            (
                None,
                "connection_failed",
                "dropped (ECONNRESET)",
                K::Network,
            ),
            (None, "unknown", "Connection error.", K::Network),
            (None, "unknown", "a riddle", K::Unknown),
        ] {
            assert_eq!(
                signs(status, word, text).kind(),
                kind,
                "{status:?} {word} {text}"
            );
        }
    }

    #[test]
    fn a_limit_that_says_when_it_ends_says_how_long_to_wait() {
        let now: jiff::Timestamp = "2026-04-02T12:00:00Z".parse().unwrap();
        let secs = |text: &str| signs(Some(429), "rate_limit", text).failure(Some(now), None);
        // Berlin is two hours ahead of UTC then: it is 14:00.
        let soon = secs("You've hit your limit · resets 3:30pm (Europe/Berlin)");
        assert_eq!(soon.retry_after_secs, Some(5400));
        let tomorrow = secs("You've hit your limit · resets 1pm (Europe/Berlin)");
        assert_eq!(tomorrow.retry_after_secs, Some(23 * 3600));
        let stamped = secs(&format!("usage limit reached|{}", now.as_second() + 60));
        assert_eq!(stamped.retry_after_secs, Some(60));
        assert_eq!(
            secs("You've hit your limit · resets 3pm").retry_after_secs,
            None
        );
        let noticed = signs(Some(429), "rate_limit", "usage limit reached");
        let failure = noticed.failure(Some(now), Some(now.as_second() + 7));
        assert_eq!(failure.retry_after_secs, Some(7));
    }
}
