//! What is wrong with a run's work, and what was in the rounds before.

use super::Line;
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::records::runs::RunView;
use crate::render::{Look, Row, Span, Target};
use crate::terms::Finding;
use crate::text::Role;

/// The findings of a run: what is open by stage, then what each attempt found.
pub(super) fn lines(view: &RunView) -> Vec<Line> {
    let mut rows = Vec::new();
    for record in view.run.stages.iter().filter(|s| !s.findings.is_empty()) {
        rows.push(head(view, record, record.findings.len()));
        for finding in &record.findings {
            rows.extend(of(finding, Role::Bad, "✗"));
        }
        rows.push(Row::empty());
    }
    if rows.is_empty() {
        rows.push(Row::of(Look::Role(Role::Good), "✓ nothing is open"));
        rows.push(Row::empty());
    }
    let attempts = view.run.stages.iter().flat_map(|s| &s.attempts);
    let mut told: Vec<&AttemptRecord> = attempts.filter(|a| !found(a).is_empty()).collect();
    told.sort_by_key(|a| std::cmp::Reverse(a.started));
    if !told.is_empty() {
        rows.push(Row::of(Look::Heading(2), "What each attempt found"));
    }
    for attempt in told {
        let outcome = attempt.result.as_ref().map(|r| r.outcome.to_string());
        rows.push(Row::of(Look::Heading(3), &attempt.public).with(
            Look::Role(Role::Quiet),
            format!("  {}", outcome.unwrap_or_default()),
        ));
        for finding in found(attempt) {
            rows.extend(of(finding, Role::Quiet, "·"));
        }
    }
    rows.into_iter().map(Line::of).collect()
}

fn found(attempt: &AttemptRecord) -> &[Finding] {
    let result = attempt.result.as_ref();
    result.map_or(&[], |r| r.findings.as_slice())
}

fn head(view: &RunView, record: &StageRecord, open: usize) -> Row {
    let planned = view.run.plan.stage(&record.id);
    let name = planned.map_or_else(|| record.id.to_string(), |s| s.name.clone());
    Row::of(Look::Heading(2), name).with(Look::Role(Role::Bad), format!("  {open} open"))
}

/// A finding: what it is about and its text, where it is, what to do.
fn of(finding: &Finding, role: Role, mark: &str) -> Vec<Row> {
    let mut first = Row::of(Look::Role(role), format!("{mark} "));
    if let Some(id) = &finding.id {
        first = first.with(Look::Role(Role::Name), format!("{id}  "));
    }
    if let Some(criterion) = &finding.criterion {
        first = first.with(Look::Role(Role::Name), format!("{criterion}  "));
    }
    let target = finding.place.as_ref().map(|place| Target::Place {
        path: place.file.clone(),
        line: place.line.and_then(|l| usize::try_from(l).ok()),
    });
    first = match &target {
        Some(target) => first.span(Span::new(Look::Plain, &finding.text).to(target.clone())),
        None => first.telling(Look::Plain, &finding.text),
    };
    let mut rows = vec![first];
    let code = Span::new(Look::Role(Role::Quiet), format!("  {}", finding.code));
    let below = match (&finding.place, target) {
        (Some(place), Some(target)) => Row::of(Look::Plain, "  ")
            .span(Span::new(Look::Link, place.to_string()).to(target))
            .span(code),
        _ => Row::empty().span(code),
    };
    rows.push(below);
    if let Some(remedy) = &finding.remedy {
        rows.push(Row::empty().telling(Look::Role(Role::Quiet), format!("  {remedy}")));
    }
    rows
}
