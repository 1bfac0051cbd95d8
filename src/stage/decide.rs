//! How an attempt came out: one pure function over the facts, in one fixed order.

use super::exit::{CheckResult, Verdict, VerdictResult};
use super::watch::Why;
use crate::agents::ProcessEnd;
use crate::agents::event::Failure;
use crate::terms::{FailureKind, Finding, Outcome};

/// Everything the outcome depends on.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Why the process came to its end; `None`: none was started.
    pub why: Option<Why>,
    /// How it ended.
    pub end: Option<ProcessEnd>,
    /// The precondition that was not met.
    pub unmet: Option<String>,
    /// Why the tree could not be made to build.
    pub setup_failed: Option<String>,
    /// Why the agent could not be started at all.
    pub refused: Option<String>,
    /// What the agent reported as its failure.
    pub failure: Option<Failure>,
    /// Whether the stage is a plain command and no agent.
    pub is_command: bool,
    /// The tree that was taken away while the attempt ran.
    pub tree_gone: Option<String>,
    /// Why the guard could not do its work.
    pub guard_failed: Option<String>,
    /// What was done to the person's own configuration of the agent's program.
    pub meddled: Vec<Finding>,
    /// What was touched that is never a stage's to touch.
    pub tampering: Vec<Finding>,
    /// What was written that was not its to write.
    pub overreach: Vec<Finding>,
    /// The first question that the work can't go on without.
    pub question: Option<String>,
    /// What the agent disputes.
    pub dispute: Option<String>,
    /// What is wrong with the artifacts and the verdict.
    pub malformed: Vec<Finding>,
    /// Why a person's attempt is not to be judged: it was handed back as it was, or so ordered.
    pub returned: Option<String>,
    /// Whether a stage that should have changed something changed nothing.
    pub no_change: bool,
    /// Secrets in what would be handed on.
    pub secrets: Vec<Finding>,
    /// Why the checks could not be run.
    pub checks_failed: Option<String>,
    /// The checks that were run.
    pub checks: Vec<CheckResult>,
    /// The verdict, where one is due and parses.
    pub verdict: Option<Verdict>,
}

/// The outcome, and the decisive fact on one line. The first that holds decides.
pub fn decide(facts: &Facts) -> (Outcome, String) {
    by_own(facts)
        .or_else(|| by_order(facts))
        .or_else(|| by_start(facts))
        .or_else(|| by_time(facts))
        .or_else(|| by_guard(facts))
        .or_else(|| by_process(facts))
        .or_else(|| by_answer(facts))
        .or_else(|| by_work(facts))
        .unwrap_or_else(|| by_verdict(facts))
}

type Decided = Option<(Outcome, String)>;

#[expect(clippy::unnecessary_wraps, reason = "each rule answers with one line")]
fn told(outcome: Outcome, reason: impl Into<String>) -> Decided {
    Some((outcome, reason.into()))
}

fn first(outcome: Outcome, findings: &[Finding]) -> Decided {
    let first = findings.first()?;
    let more = match findings.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    told(outcome, format!("{first}{more}"))
}

/// However else it ended: nothing of that is put back, and the next attempt takes it for the person's.
fn by_own(facts: &Facts) -> Decided {
    if facts.why == Some(Why::Cancelled) {
        return None;
    }
    first(Outcome::Tampering, &facts.meddled)
}

fn by_order(facts: &Facts) -> Decided {
    match facts.why {
        Some(Why::Cancelled) => told(Outcome::Cancelled, "cancelled by a person"),
        Some(Why::Paused) => told(
            Outcome::Paused,
            "paused by a person; session and work are kept",
        ),
        _ => None,
    }
}

fn by_start(facts: &Facts) -> Decided {
    if let Some(which) = &facts.unmet {
        return told(Outcome::Unmet, which);
    }
    if let Some(why) = &facts.setup_failed {
        return told(Outcome::SetupFailed, why);
    }
    if let Some(why) = &facts.refused {
        return told(Outcome::Refused, why);
    }
    let failure = facts.failure.as_ref().filter(|f| f.kind.is_fatal())?;
    told(
        Outcome::Refused,
        format!("{}: {}", failure.kind, failure.message),
    )
}

fn by_time(facts: &Facts) -> Decided {
    match facts.why {
        Some(Why::TimedOut) => told(Outcome::TimedOut, "it ran longer than its timeout"),
        Some(Why::Stalled) => told(
            Outcome::Stalled,
            "it was silent and changed nothing for longer than its idle timeout",
        ),
        _ => None,
    }
}

fn by_guard(facts: &Facts) -> Decided {
    if let Some(tree) = &facts.tree_gone {
        return told(
            Outcome::Crashed,
            format!("the run's tree {tree} was removed while it ran"),
        );
    }
    if let Some(why) = &facts.guard_failed {
        return told(
            Outcome::Crashed,
            format!("the tree could not be compared: {why}"),
        );
    }
    first(Outcome::Tampering, &facts.tampering)
        .or_else(|| told(Outcome::Returned, facts.returned.as_ref()?))
        .or_else(|| first(Outcome::Overreach, &facts.overreach))
}

fn by_process(facts: &Facts) -> Decided {
    if let Some(failure) = &facts.failure {
        let outcome = if failure.kind.is_transient() {
            Outcome::Transient
        } else {
            Outcome::Crashed
        };
        // Of what kind it is adds nothing where nobody knows.
        let reason = match failure.kind {
            FailureKind::Unknown => failure.message.clone(),
            kind => format!("{kind}: {}", failure.message),
        };
        return told(outcome, reason);
    }
    match (facts.end, facts.why) {
        // It had said that it was done, and was ended by us.
        (_, Some(Why::Lingered)) => None,
        (Some(ProcessEnd::Signalled(signal)), _) => told(
            Outcome::Crashed,
            format!("its process was ended by signal {signal}"),
        ),
        (Some(ProcessEnd::Exited(code)), _) if facts.is_command && code != 0 => {
            told(Outcome::CheckFailed, format!("the command exited {code}"))
        }
        (_, Some(Why::Fatal)) => told(Outcome::Crashed, "it met a failure that does not pass"),
        // Whatever it said, or failed to say: who does its work ends well.
        (Some(ProcessEnd::Exited(code)), _) if code != 0 => told(
            Outcome::Crashed,
            format!("the agent's process exited {code}"),
        ),
        _ => None,
    }
}

fn by_answer(facts: &Facts) -> Decided {
    if let Some(question) = &facts.question {
        return told(Outcome::NeedsInput, format!("it asks: {question}"));
    }
    let dispute = facts.dispute.as_ref()?;
    let line = dispute.lines().next().unwrap_or_default();
    told(
        Outcome::NeedsInput,
        format!("it disputes the order: {line}"),
    )
}

fn by_work(facts: &Facts) -> Decided {
    first(Outcome::Malformed, &facts.malformed)
        .or_else(|| {
            facts.no_change.then(|| {
                (
                    Outcome::NoChange,
                    "it changed nothing beyond its artifacts".to_owned(),
                )
            })
        })
        .or_else(|| first(Outcome::SecretFound, &facts.secrets))
        .or_else(|| {
            let why = facts.checks_failed.as_ref()?;
            told(
                Outcome::SetupFailed,
                format!("the checks could not be run: {why}"),
            )
        })
        .or_else(|| {
            let failed = facts.checks.iter().find(|c| !c.passed())?;
            let mut how = failed.exit.map_or_else(
                || "did not end by itself".to_owned(),
                |code| format!("exited {code}"),
            );
            if let Some(baseline) = &failed.baseline {
                how = format!("{how}: {}", baseline.told());
            }
            told(
                Outcome::CheckFailed,
                format!("the check '{}' {how}", failed.command),
            )
        })
}

fn by_verdict(facts: &Facts) -> (Outcome, String) {
    match facts.verdict.as_ref().map(|v| &v.result) {
        Some(VerdictResult::Fail) => (Outcome::Failed, "the verdict is FAIL".to_owned()),
        Some(VerdictResult::Replan { reason, .. }) => {
            (Outcome::Replan, format!("the verdict is REPLAN: {reason}"))
        }
        Some(VerdictResult::Pass) => (Outcome::Passed, "the verdict is PASS".to_owned()),
        None => (
            Outcome::Passed,
            "everything it had to show is there".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Oid;
    use crate::terms::evidence::Names;

    fn finding(code: &str) -> Vec<Finding> {
        vec![Finding::new(code, "x")]
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure {
            kind,
            message: "said so".into(),
            retry_after_secs: None,
        }
    }

    fn check(exit: i32) -> Vec<CheckResult> {
        vec![CheckResult {
            command: "test".into(),
            exit: Some(exit),
            took_ms: 1,
            tree: Oid::new("a".repeat(40)).unwrap(),
            tail: String::new(),
            changed: vec![],
            reused: false,
            failing: Names::default(),
            baseline: None,
            outside: vec![],
        }]
    }

    fn verdict(result: VerdictResult) -> Verdict {
        Verdict {
            result,
            judgements: vec![],
        }
    }

    type Row = (Outcome, fn(&mut Facts));

    /// Each row adds one fact to all rows below it, and its outcome wins over theirs.
    fn rows() -> Vec<Row> {
        vec![
            (Outcome::Cancelled, |f| f.why = Some(Why::Cancelled)),
            (Outcome::Tampering, |f| {
                f.meddled = finding("guard/own-configuration");
            }),
            (Outcome::Unmet, |f| f.unmet = Some("no".into())),
            (Outcome::SetupFailed, |f| f.setup_failed = Some("no".into())),
            (Outcome::Refused, |f| f.refused = Some("no".into())),
            (Outcome::Refused, |f| {
                f.failure = Some(failure(FailureKind::Auth));
            }),
            (Outcome::TimedOut, |f| f.why = Some(Why::TimedOut)),
            (Outcome::Crashed, |f| f.tree_gone = Some("tree".into())),
            (Outcome::Crashed, |f| f.guard_failed = Some("no".into())),
            (Outcome::Tampering, |f| {
                f.tampering = finding("guard/tampering");
            }),
            (Outcome::Overreach, |f| {
                f.overreach = finding("guard/overreach");
            }),
            (Outcome::Transient, |f| {
                f.failure = Some(failure(FailureKind::Rate));
            }),
            (Outcome::NeedsInput, |f| f.question = Some("which?".into())),
            (Outcome::NeedsInput, |f| f.dispute = Some("no".into())),
            (Outcome::Malformed, |f| {
                f.malformed = finding("contract/missing");
            }),
            (Outcome::NoChange, |f| f.no_change = true),
            (Outcome::SecretFound, |f| {
                f.secrets = finding("guard/secret");
            }),
            (Outcome::CheckFailed, |f| f.checks = check(1)),
            (Outcome::Failed, |f| {
                f.verdict = Some(verdict(VerdictResult::Fail));
            }),
        ]
    }

    #[test]
    fn the_first_that_holds_decides() {
        let rows = rows();
        for from in 0..rows.len() {
            let mut facts = Facts {
                end: Some(ProcessEnd::Exited(0)),
                why: Some(Why::Itself),
                ..Facts::default()
            };
            for (_, add) in rows[from..].iter().rev() {
                add(&mut facts);
            }
            assert_eq!(decide(&facts).0, rows[from].0, "row {from}");
        }
    }

    #[test]
    fn single_facts_and_their_outcomes() {
        let base = Facts {
            end: Some(ProcessEnd::Exited(0)),
            why: Some(Why::Itself),
            ..Facts::default()
        };
        let with = |change: &dyn Fn(&mut Facts)| {
            let mut facts = base.clone();
            change(&mut facts);
            decide(&facts).0
        };
        assert_eq!(with(&|_| {}), Outcome::Passed);
        assert_eq!(with(&|f| f.checks = check(0)), Outcome::Passed);
        assert_eq!(
            with(&|f| f.verdict = Some(verdict(VerdictResult::Pass))),
            Outcome::Passed
        );
        let replan = VerdictResult::Replan {
            stage: None,
            reason: "r".into(),
        };
        assert_eq!(
            with(&|f| f.verdict = Some(verdict(replan.clone()))),
            Outcome::Replan
        );
        assert_eq!(
            with(&|f| f.end = Some(ProcessEnd::Signalled(9))),
            Outcome::Crashed
        );
        assert_eq!(
            with(&|f| f.end = Some(ProcessEnd::Exited(3))),
            Outcome::Crashed
        );
        // Nor does an answer or a verdict make up for it.
        assert_eq!(
            with(&|f| {
                f.end = Some(ProcessEnd::Exited(3));
                f.question = Some("which?".into());
                f.verdict = Some(verdict(VerdictResult::Pass));
            }),
            Outcome::Crashed
        );
        assert_eq!(
            with(&|f| (f.why, f.end) = (Some(Why::Lingered), Some(ProcessEnd::Exited(3)))),
            Outcome::Passed
        );
        assert_eq!(
            with(&|f| (f.is_command, f.end) = (true, Some(ProcessEnd::Exited(3)))),
            Outcome::CheckFailed
        );
        assert_eq!(
            with(&|f| f.failure = Some(failure(FailureKind::Unknown))),
            Outcome::Crashed
        );
        assert_eq!(with(&|f| f.why = Some(Why::Paused)), Outcome::Paused);
        assert_eq!(with(&|f| f.why = Some(Why::Stalled)), Outcome::Stalled);
        assert_eq!(
            with(&|f| (f.why, f.end) = (Some(Why::Lingered), Some(ProcessEnd::Signalled(2)))),
            Outcome::Passed
        );
    }
}
