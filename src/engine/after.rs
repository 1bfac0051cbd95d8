//! What follows from how an attempt came out. One table, no memory of its own.

use super::event::Attempted;
use super::plan::{Rerun, Stage, Until, Work};
use super::record::{NextKind, StageRecord, Stop};
use super::run::Run;
use crate::documents::settings::OnQuota;
use crate::terms::verdict::{Met, VerdictResult};
use crate::terms::{FailureKind, Finding, Outcome, StageId, StageState};
use crate::text::say::duration;
use jiff::{SignedDuration, Timestamp};

/// The longest wait before a retry that nobody asked for, in milliseconds.
const MAX_BACKOFF_MS: u64 = 300_000;
/// The longest wait that a provider may ask for before a retry, in seconds.
const MAX_RETRY_AFTER_SECS: u64 = 3_600;

/// The longest wait for a quota's reset, in seconds; a later one is as good as unknown.
const MAX_QUOTA_SECS: u64 = 31 * 24 * 3_600;
/// The shortest one, doubled by every wait of an iteration up to the longest of these: a provider
/// that says "now" is not asked again and again.
const MIN_QUOTA_SECS: u64 = 5;
const LONG_QUOTA_SECS: u64 = 60;
/// How many resets are waited for in one iteration before a person must look.
const MAX_WAITS: u32 = 24;

/// Which count another attempt is charged to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// The loop's own, when the attempt starts.
    Iteration,
    /// The one repair.
    Repair,
    /// The transient retries.
    Retry,
    /// The one retry after a timeout, a stall or a crash.
    SecondChance,
    /// The waits for a quota's reset: no attempt is charged.
    Wait,
    /// The next agent's turn: no attempt is charged.
    Turn,
}

/// What follows.
#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// It is done; `ask`: after a person has agreed.
    Pass {
        /// Whether a person is asked first.
        ask: bool,
    },
    /// The same stage once more.
    Again {
        /// How.
        kind: NextKind,
        /// What it counts as.
        charge: Charge,
        /// What it is told; `None`: what it was told before.
        findings: Option<Vec<Finding>>,
        /// Not before this time.
        not_before: Option<Timestamp>,
    },
    /// Back to an earlier stage (or to itself, afresh).
    Loop {
        /// Where to.
        to: StageId,
        /// With what.
        findings: Vec<Finding>,
    },
    /// A person is asked.
    Ask,
    /// It stops.
    Stop {
        /// Blocked, failed, paused, cancelled or interrupted.
        state: StageState,
        /// Why.
        stop: Stop,
        /// With what.
        findings: Vec<Finding>,
        /// Where one more round would begin, should a person allow it.
        back: Option<StageId>,
    },
    /// A stage above must be reopened.
    Replan {
        /// Which, where the verdict names one.
        stage: Option<StageId>,
        /// Why.
        reason: String,
    },
}

/// Decides what follows from `result` for `stage`.
pub fn after(run: &Run, stage: &Stage, result: &Attempted, now: Timestamp) -> Next {
    let Some(record) = run.record(&stage.id) else {
        return stop(
            StageState::Blocked,
            "engine",
            "the plan and the journal differ",
            &[],
        );
    };
    let blocked = |code: &str| stop(StageState::Blocked, code, &result.reason, &result.findings);
    let attempts = record.attempts.iter();
    let mut theirs = attempts.filter(|a| a.id == result.attempt && a.by.is_some());
    if theirs.next().is_some() && mends_itself(result.outcome) {
        // No agent is set to work on what a person did without their word.
        return blocked(result.outcome.word());
    }
    match result.outcome {
        Outcome::Passed => {
            if let Some(fact) = contradiction(stage, result) {
                let reason = format!("reported as passed, but {fact}");
                return stop(StageState::Blocked, "engine", &reason, &result.findings);
            }
            let unverifiable = result
                .verdict
                .as_ref()
                .is_some_and(|v| v.judgements.iter().any(|j| j.met == Met::Unverifiable));
            Next::Pass {
                ask: run.gate_after_asks(stage, unverifiable),
            }
        }
        Outcome::Failed => after_rejection(stage, record, result),
        Outcome::Replan => match result.verdict.as_ref().map(|v| &v.result) {
            Some(VerdictResult::Replan { stage, reason }) => Next::Replan {
                stage: stage.clone(),
                reason: reason.clone(),
            },
            _ => Next::Replan {
                stage: None,
                reason: result.reason.clone(),
            },
        },
        Outcome::NeedsInput => Next::Ask,
        Outcome::CheckFailed => after_checks(stage, record, result),
        Outcome::Malformed | Outcome::Overreach | Outcome::NoChange => {
            if record.repairs < 1 {
                Next::Again {
                    kind: NextKind::Repair,
                    charge: Charge::Repair,
                    findings: Some(merged(&record.findings, &result.findings)),
                    not_before: None,
                }
            } else {
                blocked(result.outcome.word())
            }
        }
        Outcome::TimedOut | Outcome::Stalled | Outcome::Crashed => {
            if record.second_chances < 1 {
                // A session that ran out of time is gone on with once; a crashed one is not
                // trusted.
                let kind = match result.outcome {
                    Outcome::Crashed => NextKind::Retry,
                    _ if result.session.is_some() => NextKind::Continue,
                    _ => NextKind::Retry,
                };
                second_chance(kind)
            } else {
                blocked(result.outcome.word())
            }
        }
        Outcome::Transient => after_transient(stage, record, result, now),
        Outcome::Refused => after_refusal(stage, record, result, now),
        Outcome::Tampering | Outcome::SetupFailed | Outcome::SecretFound | Outcome::NotHandedOn => {
            blocked(result.outcome.word())
        }
        Outcome::Unmet => stop(StageState::Cancelled, "precondition", &result.reason, &[]),
        Outcome::Returned => stop(StageState::Paused, "returned", &result.reason, &[]),
        Outcome::Paused => stop(StageState::Paused, "paused", &result.reason, &[]),
        Outcome::Cancelled => stop(StageState::Cancelled, "cancelled", &result.reason, &[]),
        Outcome::Interrupted => stop(StageState::Interrupted, "interrupted", &result.reason, &[]),
    }
}

/// Whether an agent is usually asked once more after this.
fn mends_itself(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Malformed
            | Outcome::Overreach
            | Outcome::NoChange
            | Outcome::CheckFailed
            | Outcome::TimedOut
            | Outcome::Stalled
            | Outcome::Crashed
            | Outcome::Transient
    )
}

fn stop(state: StageState, code: &str, reason: &str, findings: &[Finding]) -> Next {
    Next::Stop {
        state,
        stop: Stop {
            code: code.to_owned(),
            reason: reason.to_owned(),
        },
        findings: findings.to_vec(),
        back: None,
    }
}

/// A bound of a way back that is used up.
fn used_up(back: &Rerun, reason: &str, findings: &[Finding]) -> Next {
    Next::Stop {
        state: StageState::Failed,
        stop: Stop {
            code: "on_fail".to_owned(),
            reason: reason.to_owned(),
        },
        findings: findings.to_vec(),
        back: Some(back.stage.clone()),
    }
}

fn second_chance(kind: NextKind) -> Next {
    Next::Again {
        kind,
        charge: Charge::SecondChance,
        findings: None,
        not_before: None,
    }
}

/// The findings still open with those just found; a new one replaces an old one about the same.
fn merged(open: &[Finding], found: &[Finding]) -> Vec<Finding> {
    let mut all: Vec<Finding> = open
        .iter()
        .filter(|o| !found.iter().any(|f| f.same_as(o)))
        .cloned()
        .collect();
    all.extend(found.iter().cloned());
    all
}

/// A FAIL verdict: back with the findings, unless a bound is used up or no progress is made.
fn after_rejection(stage: &Stage, record: &StageRecord, result: &Attempted) -> Next {
    let findings = findings_of(result, &stage.id);
    if let Some(reason) = no_progress(&record.rounds, &findings) {
        return stop(StageState::Blocked, "no_progress", &reason, &findings);
    }
    match &stage.on_fail {
        Some(back) if record.reruns < back.max.saturating_add(record.allowance) => Next::Loop {
            to: back.stage.clone(),
            findings,
        },
        Some(back) => {
            let reason = format!(
                "{} rejected the work {} times; on_fail allows {} reruns",
                stage.name,
                record.reruns + 1,
                back.max
            );
            used_up(back, &reason, &findings)
        }
        None => {
            let reason = format!("{}; the workflow names no way back", result.reason);
            stop(StageState::Failed, "verdict", &reason, &findings)
        }
    }
}

/// The findings of a rejection; one that names none is told by its unmet criteria.
fn findings_of(result: &Attempted, stage: &StageId) -> Vec<Finding> {
    let mut findings = result.findings.clone();
    if findings.is_empty()
        && let Some(verdict) = &result.verdict
    {
        findings = verdict
            .judgements
            .iter()
            .filter(|j| j.met == Met::Unmet)
            .map(|j| {
                Finding::new("review/unmet", j.evidence.clone()).criterion(j.criterion.clone())
            })
            .collect();
    }
    for finding in &mut findings {
        finding.from.get_or_insert_with(|| stage.clone());
    }
    findings
}

/// The two no-progress rules: the same finding in two rounds running, and one that an earlier
/// round had and the last had not.
pub fn no_progress(rounds: &[Vec<Finding>], found: &[Finding]) -> Option<String> {
    let (last, earlier) = rounds.split_last()?;
    for finding in found {
        if last.iter().any(|f| f.same_as(finding)) {
            return Some(format!(
                "found again after the fix, two rounds running: {finding}"
            ));
        }
        if earlier
            .iter()
            .any(|round| round.iter().any(|f| f.same_as(finding)))
        {
            return Some(format!(
                "the last fix reopened what an earlier one had mended: {finding}"
            ));
        }
    }
    None
}

fn after_checks(stage: &Stage, record: &StageRecord, result: &Attempted) -> Next {
    let looping = stage.looping.as_ref().filter(|l| l.until == Until::Checks);
    if let Some(bound) = looping
        && record.loop_count < bound.max_iterations.saturating_add(record.allowance)
    {
        return Next::Again {
            kind: NextKind::Again,
            charge: Charge::Iteration,
            findings: Some(merged(&record.findings, &result.findings)),
            not_before: None,
        };
    }
    if let Some(back) = &stage.on_fail {
        if record.reruns < back.max.saturating_add(record.allowance) {
            return Next::Loop {
                to: back.stage.clone(),
                findings: result.findings.clone(),
            };
        }
        let reason = format!("{}; on_fail allows {} reruns", result.reason, back.max);
        return used_up(back, &reason, &result.findings);
    }
    if let Some(bound) = looping {
        let reason = format!(
            "{} after {} iterations",
            result.reason, bound.max_iterations
        );
        return stop(
            StageState::Failed,
            "max_iterations",
            &reason,
            &result.findings,
        );
    }
    if record.repairs < 1 {
        return Next::Again {
            kind: NextKind::Repair,
            charge: Charge::Repair,
            findings: Some(merged(&record.findings, &result.findings)),
            not_before: None,
        };
    }
    stop(
        StageState::Blocked,
        "check_failed",
        &result.reason,
        &result.findings,
    )
}

fn after_transient(
    stage: &Stage,
    record: &StageRecord,
    result: &Attempted,
    now: Timestamp,
) -> Next {
    if record.retries >= stage.retries {
        let reason = format!("{} (tried {} times)", result.reason, record.retries + 1);
        return stop(StageState::Blocked, "transient", &reason, &[]);
    }
    let wait = match result.retry_after_secs {
        Some(secs) => secs.min(MAX_RETRY_AFTER_SECS).saturating_mul(1000),
        None => backoff_ms(stage.backoff_ms, record.retries, result),
    };
    Next::Again {
        kind: if result.session.is_some() {
            NextKind::Continue
        } else {
            NextKind::Retry
        },
        charge: Charge::Retry,
        findings: None,
        not_before: Some(later(now, wait)),
    }
}

/// Doubles with each retry, up to five minutes, and is spread over the upper half of its range so
/// that runs that were throttled together do not come back together. The spread comes from the
/// attempt's name: the engine knows no randomness.
fn backoff_ms(first: u64, retries: u32, result: &Attempted) -> u64 {
    let full = first
        .saturating_mul(1 << retries.min(16))
        .min(MAX_BACKOFF_MS);
    let half = full / 2;
    let seed = crate::terms::Digest::of(result.attempt.to_string());
    let spread = u64::from_str_radix(&seed.as_str()[..8], 16).unwrap_or(0);
    half + spread % half.max(1)
}

fn later(now: Timestamp, ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    now.checked_add(SignedDuration::from_millis(ms))
        .unwrap_or(now)
}

/// Something that trying again will not mend; but a used-up quota is there again some time, and
/// another agent may have one.
fn after_refusal(stage: &Stage, record: &StageRecord, result: &Attempted, now: Timestamp) -> Next {
    let code = result.failure.map_or("refused", FailureKind::word);
    let blocked = |reason: &str| stop(StageState::Blocked, code, reason, &result.findings);
    let quota = result.failure == Some(FailureKind::Quota);
    if !quota || stage.on_quota.act == OnQuota::Block {
        return blocked(&result.reason);
    }
    let others = match &stage.work {
        Work::Role(work) => work.fallbacks.len(),
        Work::Command(_) | Work::Gate => 0,
    };
    if usize::try_from(record.turn).is_ok_and(|turn| turn < others) {
        return Next::Again {
            kind: NextKind::Retry,
            charge: Charge::Turn,
            findings: None,
            not_before: None,
        };
    }
    let reset = result.retry_after_secs.filter(|s| *s <= MAX_QUOTA_SECS);
    let Some(secs) = reset.filter(|_| record.waits < MAX_WAITS) else {
        return blocked(&result.reason);
    };
    if let Some(most) = stage.on_quota.until_secs.filter(|most| secs > *most) {
        let until = later(now, secs.saturating_mul(1000));
        let reason = format!(
            "{}; it is there again at {}, and `until` of on_quota allows a wait of {}",
            result.reason,
            until.strftime("%Y-%m-%d %H:%M UTC"),
            duration(most.saturating_mul(1000)),
        );
        return blocked(&reason);
    }
    let there = later(now, secs.saturating_mul(1000));
    if let (Some(most), Some(clock)) = (result.quota_until, stage.on_quota.until_clock)
        && there > most
    {
        let reason = format!(
            "{}; it is there again at {}, and `until` of on_quota allows a wait to {}",
            result.reason,
            there.strftime("%Y-%m-%d %H:%M UTC"),
            clock.strftime("%H:%M"),
        );
        return blocked(&reason);
    }
    let least = MIN_QUOTA_SECS
        .saturating_mul(1 << record.waits.min(8))
        .min(LONG_QUOTA_SECS);
    Next::Again {
        kind: if result.session.is_some() {
            NextKind::Continue
        } else {
            NextKind::Retry
        },
        charge: Charge::Wait,
        findings: None,
        not_before: Some(later(now, secs.max(least).saturating_mul(1000))),
    }
}

/// What makes a pass impossible whatever the attempt says of itself: promised evidence that is not
/// there or says otherwise.
fn contradiction(stage: &Stage, result: &Attempted) -> Option<String> {
    let missing = |p: &&super::plan::Produce| !result.artifacts.iter().any(|a| a.name == p.name);
    if let Some(produce) = stage.produces.iter().find(missing) {
        return Some(format!("no evidence of the artifact {}", produce.path));
    }
    if let Some(check) = result.checks.iter().find(|c| !c.passed()) {
        return Some(format!("the check `{}` did not pass", check.command));
    }
    if let Some(name) = stage.verdict.as_ref().filter(|_| result.verdict.is_none()) {
        return Some(format!("no verdict in {name}"));
    }
    let verdict = result.verdict.as_ref()?;
    let unmet = verdict.judgements.iter().find(|j| j.met == Met::Unmet);
    match (&verdict.result, unmet) {
        (VerdictResult::Pass, None) => None,
        (VerdictResult::Pass, Some(judged)) => Some(format!(
            "the verdict passes, but {} is unmet",
            judged.criterion
        )),
        _ => Some("the verdict is not a pass".to_owned()),
    }
}
