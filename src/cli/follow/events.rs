//! Facts of a run as lines of text.

use crate::cli::out::{Role, paint, safe};
use crate::engine::event::Attempted;
use crate::engine::plan::Work;
use crate::engine::{Event, GateSide, Person, Run};
use crate::supervisor::report::time;
use crate::terms::{AttemptId, Outcome, PublicId, StageId};
use crate::text::SafeText;
use crate::text::fit::seen;
use crate::text::measure::{truncate, width};
use crate::text::say::duration;

/// How many findings of an attempt are shown; the report has them all.
const FINDINGS: usize = 10;
/// How many of the last lines of a failed check are shown; the report has 200.
const TAIL: usize = 12;

fn created(run: &Run, at: jiff::Timestamp, branch: &str, base: &crate::terms::Oid) -> String {
    // In place it has a ref that is no branch.
    let place = if branch.starts_with("refs/harness/") {
        "in place".to_owned()
    } else {
        format!("on branch {}", paint(Role::Name, safe(branch)))
    };
    format!(
        "{} {place} from {}, {}",
        safe(&run.plan.workflow),
        base.short(),
        time(at)
    )
}

/// The lines of a fact, as they stand after it has entered. `at` is when; `columns` is what the
/// terminal has.
pub fn of(run: &Run, at: jiff::Timestamp, event: &Event, columns: usize) -> Vec<String> {
    let (role, text) = match event {
        // What an edit makes stale is told by the stages.
        Event::Prepared
        | Event::Started { .. }
        | Event::FoundInPlace { .. }
        | Event::BroughtChanged { .. }
        | Event::Ended => return Vec::new(),
        Event::Intent {
            attempt, public, ..
        } => return heading(run, attempt, public, columns),
        Event::Finished(result) => return finished(run, result, columns),
        Event::Created { branch, base, .. } => (Role::Title, created(run, at, branch, base)),
        Event::GatePassed { stage } => (Role::Good, format!("{stage} passed")),
        Event::Interrupted {
            attempt, reason, ..
        } => (
            Role::Bad,
            format!("{attempt} was interrupted: {}", safe(reason)),
        ),
        Event::Stopped {
            stage,
            code,
            reason,
        } => (
            Role::Bad,
            format!("{stage} was stopped: {} [{}]", safe(reason), safe(code)),
        ),
        Event::TaskChanged { .. } => (Role::Attention, "the task was edited".to_owned()),
        Event::ArtifactChanged {
            stage, artifact, ..
        } => (
            Role::Attention,
            format!(
                "{} of {stage} was edited by a person",
                safe(artifact.path.as_str())
            ),
        ),
        Event::Noted { text } => (Role::Quiet, safe(text).into_string()),
        Event::DayHeld { stage, hold } => {
            let then = if hold.pauses {
                "it is paused".to_owned()
            } else {
                let until = hold.until.to_zoned(jiff::tz::TimeZone::system());
                format!("it waits until {}", until.strftime("%Y-%m-%d %H:%M"))
            };
            (
                Role::Attention,
                format!("{stage}: {}; {then}", safe(&hold.reason)),
            )
        }
        Event::SlotWanted { stage, wait } => {
            (Role::Quiet, format!("{stage}: {}", safe(&wait.told())))
        }
        Event::DayFreed => (
            Role::Good,
            "the budget of the day keeps it no longer".to_owned(),
        ),
        Event::DayWarned(share) => (
            Role::Attention,
            format!(
                "{} % of the budget of {} for {} is used, by all runs",
                share.percent,
                safe(&share.of),
                share.day
            ),
        ),
        Event::Refresh { .. } | Event::Refreshed(_) => (Role::Attention, refreshed(event)),
        Event::Landed { into, how, .. } => (
            Role::Good,
            format!("landed on {} ({})", safe(into), safe(how)),
        ),
        Event::ApprovalSetting { name, value, .. } => (
            Role::Attention,
            format!("approval {} is now {value}", safe(name)),
        ),
        Event::Approved { by, .. } | Event::Answered { by, .. } | Event::Resumed { by } => {
            (Role::Good, ordered(event, by))
        }
        Event::InReview(review) => (Role::Good, ordered(event, &review.by)),
        Event::Rejected { by, .. }
        | Event::Paused { by, .. }
        | Event::Cancelled { by, .. }
        | Event::Rerun { by, .. }
        | Event::RerunStale { by }
        | Event::Taken { by, .. }
        | Event::NoteGiven { by, .. }
        | Event::NoteRemoved { by, .. }
        | Event::Skipped { by, .. }
        | Event::BudgetRaised { by, .. }
        | Event::SentBack { by, .. } => (Role::Attention, ordered(event, by)),
    };
    vec![format!("{} {text}", paint(role, "▪"))]
}

/// Who ordered what.
fn ordered(event: &Event, by: &Person) -> String {
    let what = match event {
        Event::Approved {
            stage,
            side,
            evidence,
            ..
        } => format!(
            "approved {} {stage} on {}",
            side_word(*side),
            evidence.short()
        ),
        Event::Rejected {
            stage,
            reason,
            comments,
            ..
        } => sent_back(stage, reason, comments.len()),
        Event::Answered { stage, answers, .. } => format!(
            "answered {} of {stage}",
            crate::text::many(answers.len(), "question")
        ),
        Event::Paused { now: true, .. } => "paused it now".to_owned(),
        Event::Paused { now: false, .. } => "paused it at the next boundary".to_owned(),
        Event::Resumed { .. } => "resumed it".to_owned(),
        Event::Cancelled { reason, .. } => format!("cancelled it: {}", safe(reason)),
        Event::Rerun { stage, reason, .. } => format!("reruns from {stage}: {}", safe(reason)),
        Event::RerunStale { .. } => "reruns what is stale".to_owned(),
        Event::Taken { stage, .. } => format!("takes {stage} over"),
        Event::NoteGiven { stage, .. } => {
            format!("has a note for the next attempt of {stage}")
        }
        Event::NoteRemoved { note, .. } => format!("took the note {} back", safe(note)),
        Event::Skipped { stage, .. } => format!("skipped {stage}"),
        Event::BudgetRaised { day: None, .. } => "raised the budget".to_owned(),
        Event::BudgetRaised { day: Some(day), .. } => {
            format!("raised the budget of {day}, of all runs")
        }
        Event::InReview(review) => format!("put it up for review: {}", safe(&review.url)),
        Event::SentBack {
            stage,
            findings,
            comments,
            from,
            ..
        } => format!(
            "sent it back to {stage} with {} of {}",
            crate::engine::review::brought(comments.len(), findings.len()),
            safe(from)
        ),
        _ => String::new(),
    };
    format!("{} {what}", safe(&by.name))
}

/// A base that moved: that somebody wants it taken in, or that it was.
fn refreshed(event: &Event) -> String {
    match event {
        Event::Refreshed(fact) => format!(
            "{} refreshed it on {} at {}: {}",
            safe(&fact.by.name),
            safe(&fact.branch),
            fact.onto.short(),
            crate::text::many(fact.commits, "commit")
        ),
        Event::Refresh { by: person, .. } => {
            format!("{} wants it on its base as that is now", safe(&person.name))
        }
        _ => String::new(),
    }
}

fn side_word(side: GateSide) -> &'static str {
    match side {
        GateSide::Before => "the start of",
        GateSide::After => "the result of",
    }
}

fn heading(run: &Run, attempt: &AttemptId, public: &PublicId, columns: usize) -> Vec<String> {
    let Some(stage) = run.plan.stage(&attempt.stage) else {
        return Vec::new();
    };
    let who = match &stage.work {
        Work::Role(work) => {
            let model = work.agent.model.as_deref();
            let model = model.map_or_else(String::new, |m| format!(", {m}"));
            format!("{}{model}", work.agent.name)
        }
        Work::Command(command) => format!("command: {}", command.label()),
        Work::Gate => "gate".to_owned(),
    };
    let named = format!(
        "{}  {}",
        paint(Role::Title, safe(&stage.name)),
        paint(Role::Name, public)
    );
    let who = safe(&format!("{who}, profile {}", stage.profile.name));
    if seen(&named) + 2 + width(&who) <= columns {
        return vec![String::new(), format!("{named}  {who}")];
    }
    vec![String::new(), named, format!("  {who}")]
}

fn finished(run: &Run, result: &Attempted, columns: usize) -> Vec<String> {
    let name = run
        .plan
        .stage(&result.attempt.stage)
        .map_or_else(|| result.attempt.to_string(), |s| s.name.clone());
    let role = match result.outcome {
        Outcome::Passed => Role::Good,
        Outcome::NeedsInput | Outcome::Paused | Outcome::Cancelled | Outcome::Replan => {
            Role::Attention
        }
        _ => Role::Bad,
    };
    let model = result.model.as_deref().map(|m| format!(", {m}"));
    let sandbox = match result.sandbox.as_str() {
        "" => String::new(),
        words => format!(", sandbox: {words}"),
    };
    let commit = result
        .commit
        .as_ref()
        .map_or_else(String::new, |c| format!(", commit {}", c.short()));
    let mut lines = vec![
        format!(
            "{} {}: {}",
            paint(role, result.outcome),
            safe(&name),
            safe(&result.reason)
        ),
        paint(
            Role::Quiet,
            format!(
                "  {}, {}{}{}{commit}",
                result
                    .took_ms
                    .map_or_else(|| "time not known".to_owned(), duration),
                result.usage,
                safe(&model.unwrap_or_default()),
                safe(&sandbox),
            ),
        ),
    ];
    for check in result.checks.iter().filter(|c| !c.passed()) {
        lines.push(format!("  {} printed last:", safe(&check.command)));
        lines.extend(last_lines(&check.tail, columns));
    }
    for finding in result.findings.iter().take(FINDINGS) {
        lines.push(format!("  - {}", safe(&finding.to_string())));
    }
    if result.findings.len() > FINDINGS {
        let more = result.findings.len() - FINDINGS;
        lines.push(format!("  … and {more} more; the report has them"));
    }
    for path in result.taken_back.iter().take(FINDINGS) {
        lines.push(format!("  taken back: {}", safe(path)));
    }
    lines
}

/// The last lines of what a failed check printed, each cut to the terminal.
fn last_lines(tail: &str, columns: usize) -> Vec<String> {
    let tail = SafeText::block(tail.trim_end());
    let all: Vec<&str> = tail.lines().collect();
    let bar = paint(Role::Bad, '│');
    all[all.len().saturating_sub(TAIL)..]
        .iter()
        .map(|line| format!("  {bar} {}", truncate(line, columns.saturating_sub(4))))
        .collect()
}

/// That a stage was sent back, and with what.
fn sent_back(stage: &StageId, reason: &str, comments: usize) -> String {
    let also = crate::engine::review::with(comments);
    match reason {
        "" => format!("sent {stage} back{also}"),
        reason => format!("sent {stage} back{also}: {}", safe(reason)),
    }
}
