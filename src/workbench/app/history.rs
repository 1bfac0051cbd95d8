//! The history of a stage: every attempt with what came of it, and every finding with the attempt
//! that raised it and the one that mended it.

use crate::engine::Run;
use crate::engine::event::Attempted;
use crate::engine::plan::Plan;
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::terms::usage::count;
use crate::terms::{Finding, Outcome, StageId};
use crate::text::took;

/// A finding of a stage's attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// It, as it was raised first.
    pub finding: Finding,
    /// The attempts that raised it, by their short ids.
    pub raised: Vec<String>,
    /// The attempt that no longer found it; `None`: it is open.
    pub gone: Option<String>,
    /// The attempt that most likely mended it: the last of the stage it was sent back to.
    pub mended: Option<String>,
}

/// A run's part of a public id left out: `T014-BUILD-2`.
pub fn short_id(attempt: &AttemptRecord) -> String {
    let public = attempt.public.to_string();
    public.splitn(6, '-').skip(4).collect::<Vec<_>>().join("-")
}

/// The findings of a stage's attempts, in the order in which they were raised.
pub fn findings(run: &Run, record: &StageRecord) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for attempt in &record.attempts {
        let Some(result) = attempt.result.as_ref().filter(|r| judges(r.outcome)) else {
            continue;
        };
        let again = |f: &Found| result.findings.iter().any(|g| g.same_as(&f.finding));
        for known in &mut found {
            if again(known) {
                known.raised.push(short_id(attempt));
                (known.gone, known.mended) = (None, None);
            } else if known.gone.is_none() {
                known.gone = Some(short_id(attempt));
                known.mended = mended_by(run, record, attempt);
            }
        }
        for finding in &result.findings {
            if !found.iter().any(|f| f.finding.same_as(finding)) {
                found.push(Found {
                    finding: finding.clone(),
                    raised: vec![short_id(attempt)],
                    gone: None,
                    mended: None,
                });
            }
        }
    }
    found
}

/// Whether an attempt of this outcome says anything of the work.
fn judges(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Passed
            | Outcome::Failed
            | Outcome::Replan
            | Outcome::Malformed
            | Outcome::Overreach
            | Outcome::CheckFailed
            | Outcome::NoChange
    )
}

/// The last attempt before this one of the stage that its findings go back to, or of itself.
fn mended_by(run: &Run, record: &StageRecord, seen_by: &AttemptRecord) -> Option<String> {
    let back = target(&run.plan, &record.id);
    let mender = back.and_then(|id| run.record(&id))?;
    let before = mender.attempts.iter().rev();
    let mut before = before.filter(|a| a.started <= seen_by.started && a.id != seen_by.id);
    before.next().map(short_id)
}

fn target(plan: &Plan, stage: &StageId) -> Option<StageId> {
    Some(plan.stage(stage)?.on_fail.as_ref()?.stage.clone())
}

/// The history in lines, each with the word that leads it.
pub fn lines(run: &Run, record: &StageRecord) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for attempt in &record.attempts {
        lines.push(("attempt".to_owned(), attempt_line(attempt)));
        let reason = attempt.result.as_ref().map(|r| r.reason.clone());
        if let Some(reason) = reason.filter(|r| !r.is_empty()) {
            lines.push(("  reason".to_owned(), reason));
        }
        let told = attempt.result.as_ref().map(used);
        lines.extend(told.map(|told| ("  used".to_owned(), told)));
    }
    for note in run
        .words
        .iter()
        .filter(|n| n.stage == record.id && !n.removed)
    {
        let used = match &note.used {
            Some(used) => format!("told to {used}"),
            None => "for the next attempt".to_owned(),
        };
        let (id, by) = (&note.id, &note.by.name);
        lines.push((
            format!("note {id}"),
            format!("{}  ({by}, {used})", note.text),
        ));
    }
    if record.attempts.is_empty() {
        lines.push((String::new(), "no attempt of this stage yet".to_owned()));
    }
    let found = findings(run, record);
    if !found.is_empty() {
        lines.push((String::new(), String::new()));
    }
    for finding in &record.findings {
        if !found.iter().any(|f| f.finding.same_as(finding)) {
            lines.push(("→ next".to_owned(), finding.to_string()));
        }
    }
    for found in found {
        let word = if found.gone.is_some() {
            "✓ mended"
        } else {
            "✗ open"
        };
        lines.push((word.to_owned(), found.finding.to_string()));
        let mut story = format!("raised by {}", found.raised.join(", "));
        if let Some(by) = found.mended {
            story.push_str(&format!("; mended by {by}"));
        }
        if let Some(by) = found.gone {
            story.push_str(&format!("; no longer found by {by}"));
        }
        lines.push((String::new(), story));
    }
    lines
}

fn attempt_line(attempt: &AttemptRecord) -> String {
    let Some(result) = &attempt.result else {
        let with = attempt.with().unwrap_or_else(|| "running".to_owned());
        return format!("◐ {}  {with}", attempt.public);
    };
    let mark = if result.outcome == Outcome::Passed {
        '✓'
    } else {
        '✗'
    };
    let took = result.took_ms.map(took);
    let took = took.unwrap_or_else(|| "time not known".to_owned());
    format!(
        "{mark} {}  {}{}  {took}",
        attempt.public,
        result.outcome.said(),
        attempt
            .with()
            .map_or_else(String::new, |with| format!(" {with}"))
    )
}

fn used(result: &Attempted) -> String {
    let unknown = || "not told".to_owned();
    let tokens = result.usage.tokens().map_or_else(unknown, count);
    let cost = result.usage.cost_text().unwrap_or_else(unknown);
    let model = result.model.clone().unwrap_or_else(unknown);
    let sandbox = match result.sandbox.as_str() {
        "" => "not told",
        some => some,
    };
    format!("tokens {tokens}   cost {cost}   model {model}   sandbox {sandbox}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::{feature, sid};
    use crate::terms::{AttemptId, CriterionId, PublicId, RunId};
    use jiff::Timestamp;

    fn attempt(run: &mut Run, stage: &str, at: i64, outcome: Outcome, found: &[&str]) {
        let record = run.stages.iter_mut().find(|s| s.id == sid(stage)).unwrap();
        let n = u32::try_from(record.attempts.len()).unwrap() + 1;
        let id = AttemptId {
            stage: sid(stage),
            iteration: n,
            attempt: 1,
        };
        let name = RunId::new("RUN-2026-04-02-T014").unwrap();
        let mut result = Attempted::lost(id.clone(), "reason", Some(1_000));
        result.outcome = outcome;
        let finding = |criterion: &&str| {
            let mut finding = Finding::new("review/finding", "not so");
            finding.criterion = Some(CriterionId::new(*criterion).unwrap());
            finding
        };
        result.findings = found.iter().map(finding).collect();
        record.attempts.push(AttemptRecord {
            by: None,
            public: PublicId::compose(&name, &stage.to_uppercase(), n).unwrap(),
            started: Timestamp::from_second(at).unwrap(),
            seal: None,
            agent: None,
            result: Some(result),
            id,
            thrown: false,
        });
    }

    #[test]
    fn a_finding_tells_who_raised_and_who_mended_it() {
        let mut run = Run::new(feature());
        attempt(&mut run, "build", 1, Outcome::Passed, &[]);
        attempt(&mut run, "qa", 2, Outcome::Failed, &["AC-1", "AC-2"]);
        attempt(&mut run, "build", 3, Outcome::Passed, &[]);
        // Nothing that it did not look at is mended.
        attempt(&mut run, "qa", 4, Outcome::Transient, &[]);
        attempt(&mut run, "qa", 5, Outcome::Failed, &["AC-2"]);
        let qa = run.record(&sid("qa")).unwrap();
        let found = findings(&run, qa);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].raised, ["T014-QA"]);
        assert_eq!(found[0].gone.as_deref(), Some("T014-QA-3"));
        assert_eq!(found[0].mended.as_deref(), Some("T014-BUILD-2"));
        assert_eq!(found[1].raised, ["T014-QA", "T014-QA-3"]);
        assert_eq!(found[1].gone, None);
        let lines = lines(&run, qa);
        let text = lines.iter().map(|(a, b)| format!("{a} {b}\n"));
        let text: String = text.collect();
        assert!(
            text.contains("raised by T014-QA; mended by T014-BUILD-2"),
            "{text}"
        );
        assert!(text.contains("tokens not told   cost not told"), "{text}");
    }
}
