//! The older form of a review: `## Validation Result`, `## Acceptance Criteria Review` with a
//! `Status:` for each, `## Issues Identified`, `## Approval Readiness`.

use super::{Review, Reviewed, review_finding, shortened};
use crate::documents::markdown::bullet::{marker, without_marker};
use crate::documents::markdown::key::key_line;
use crate::documents::markdown::{normal, plain};
use crate::documents::task::criterion::leading_id;
use crate::terms::verdict::{Judgement, Met, Verdict, VerdictResult};
use crate::terms::{CriterionId, Finding};

const REMEDY: &str = "write '## Verdict' with exactly one line 'Result: PASS', 'Result: FAIL' or 'Result: REPLAN <stage> — reason'";

pub(super) fn read(review: &mut Review<'_>, criteria: &[CriterionId]) -> Option<Reviewed> {
    let validation = review.value_of("Validation Result");
    let readiness = review.value_of("Approval Readiness");
    let Some((at, word)) = validation else {
        review.fault("verdict/missing", "there is no verdict", 0, REMEDY);
        return None;
    };
    let mut result = match normal(&word).as_str() {
        "pass" | "pass with minor issues" => VerdictResult::Pass,
        "issues found" | "blocked" => VerdictResult::Fail,
        _ => {
            let text = format!("'{}' is no validation result", shortened(&word));
            review.fault("verdict/unreadable", text, at, REMEDY);
            return None;
        }
    };
    match readiness.map(|(at, word)| (at, normal(&word))) {
        None => {}
        Some((_, word)) if word == "awaiting approval" => {}
        // The worse of the two holds.
        Some((_, word)) if word == "back to build" || word == "blocked" => {
            result = VerdictResult::Fail;
        }
        Some((at, word)) => {
            let text = format!("'{}' is no approval readiness", shortened(&word));
            review.fault("verdict/unreadable", text, at, REMEDY);
        }
    }
    let rows = review.statuses(criteria);
    review.complete(&rows, criteria);
    let judgements: Vec<Judgement> = rows.into_iter().map(|(_, j)| j).collect();
    review.not_better_than_worst(&result, &judgements);
    let findings = review.issues(&result);
    Some(Reviewed {
        verdict: Verdict { result, judgements },
        findings,
    })
}

impl Review<'_> {
    /// The value of a key line, or the first line of the section with that name.
    fn value_of(&self, name: &str) -> Option<(usize, String)> {
        if let Some(section) = self.outline.section(2, name) {
            let at = section.range().find(|at| self.outline.is_text(*at))?;
            let text = plain(without_marker(self.lines.text(at)));
            let value = match key_line(&text).filter(|l| l.is(name)) {
                Some(line) => line.value.to_owned(),
                None => text,
            };
            return Some((at, value));
        }
        (0..self.lines.len())
            .filter(|at| self.outline.is_text(*at))
            .find_map(|at| {
                let line = key_line(self.lines.text(at)).filter(|l| l.is(name))?;
                Some((at, plain(line.value)))
            })
    }

    /// The criteria with a `Status:` below them: numbered items, or lines that begin with an id.
    fn statuses(&mut self, criteria: &[CriterionId]) -> Vec<(usize, Judgement)> {
        let names = ["acceptance criteria review", "acceptance criteria"];
        let Some(section) = self.outline.any_section(&names).cloned() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        let mut current: Option<(usize, CriterionId)> = None;
        let mut count = 0;
        for at in section.range() {
            let text = self
                .lines
                .text(at)
                .trim_start_matches(['#', ' '])
                .to_owned();
            let heads = self.outline.headings.iter().any(|h| h.line == at);
            if !(heads || self.outline.is_text(at)) {
                continue;
            }
            if let Some(line) = key_line(&text) {
                if line.is("Status") {
                    let Some((at, criterion)) = current.take() else {
                        self.fault(
                            "verdict/criterion-unreadable",
                            "a status belongs to no criterion",
                            at,
                            "write it below its criterion",
                        );
                        continue;
                    };
                    let Some(met) = older_met(line.value) else {
                        let text =
                            format!("'{}' is no status of {criterion}", shortened(line.value));
                        self.fault(
                            "verdict/judgement-unreadable",
                            text,
                            at,
                            "write Pass, Warn or Fail",
                        );
                        continue;
                    };
                    rows.push((
                        at,
                        Judgement {
                            criterion,
                            met,
                            evidence: String::new(),
                        },
                    ));
                    continue;
                }
                if line.is("Notes") {
                    if let Some((_, last)) = rows.last_mut() {
                        line.value.clone_into(&mut last.evidence);
                    }
                    continue;
                }
            }
            if let Some((id, _)) = leading_id(&text) {
                current = Some((at, id));
                count += 1;
            } else if marker(&text).is_some_and(|(number, _)| number.is_some()) {
                let id = criteria.get(count).cloned();
                current = Some((at, id.unwrap_or_else(|| CriterionId::nth(count + 1))));
                count += 1;
            }
        }
        rows
    }

    /// The issues; one that blocks approval contradicts a pass.
    fn issues(&mut self, result: &VerdictResult) -> Vec<Finding> {
        let names = ["issues identified", "findings"];
        let Some(section) = self.outline.any_section(&names).cloned() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for at in section.range() {
            if !self.outline.is_text(at) {
                continue;
            }
            let text = self.lines.text(at).to_owned();
            match key_line(&text) {
                Some(line) if line.is("Blocks approval") => {
                    let blocks = normal(line.value).starts_with("yes");
                    if blocks && *result == VerdictResult::Pass {
                        self.fault(
                            "verdict/better-than-worst",
                            "the result is a pass, but an issue blocks approval",
                            at,
                            "write 'Issues Found', or settle the issue",
                        );
                    }
                }
                Some(line) if line.is("Description") => found.extend(review_finding(line.value)),
                Some(line) if line.is("Severity") => {}
                _ => {
                    if let Some((_, text)) = marker(&text) {
                        found.extend(review_finding(text));
                    }
                }
            }
        }
        found
    }
}

/// Warnings and what was put off are for a person to accept.
fn older_met(value: &str) -> Option<Met> {
    let value = normal(value);
    let word = value.split([' ', '(', ',', '.']).next().unwrap_or_default();
    match word {
        "pass" | "passed" => Some(Met::Met),
        "warn" | "warning" | "deferred" => Some(Met::Unverifiable),
        "fail" | "failed" => Some(Met::Unmet),
        _ => None,
    }
}
