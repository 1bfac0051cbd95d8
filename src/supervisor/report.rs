//! The run report's facts, out of the state of the run.

use super::order::RunOrder;
use super::publish::artifact_label;
use super::review::{Kept, standing};
use super::tell::{Explain, Stood, Words};
use crate::documents::report::{
    CommandEvidence, CommentRow, Decision, HistoryRow, ReportFacts, StageEvidence,
};
use crate::engine::Run;
use crate::engine::plan::{Stage, Work};
use crate::engine::record::AttemptRecord;
use crate::engine::run::Waited;
use crate::store::layout::RunDir;
use crate::terms::RunState;
use crate::terms::evidence::Baseline;
use crate::terms::usage::{count, dollars};
use crate::terms::verdict::Met;
use crate::text::say::duration;
use jiff::Timestamp;

/// What a report is made of.
#[derive(Debug)]
pub struct Source<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its order.
    pub order: &'a RunOrder,
    /// Its folder, and who says why it is as it is, where the report is to say of a run that rests why it
    /// does.
    pub rests: Option<(&'a RunDir, Explain)>,
    /// What people said of lines of its work.
    pub commented: &'a Kept,
}

/// The report as it stands.
pub fn render(source: &Source<'_>) -> String {
    facts(source).render()
}

/// The facts of the report as they stand.
pub fn facts(source: &Source<'_>) -> ReportFacts {
    let Source {
        run,
        order,
        rests,
        commented,
    } = *source;
    let state = run.state();
    // What a person has in hand waits for them, too.
    let waits = run.stages.iter().any(|s| s.in_hand().is_some())
        || !matches!(
            state,
            RunState::Running | RunState::Created | RunState::Ready
        );
    let task = run.plan.task.as_ref();
    let rests = rests.filter(|_| waits && run.landed.is_none());
    let words = rests.map(|(dirs, explain)| {
        explain(Stood {
            order,
            run,
            dirs,
            alive: true,
            stage: None,
        })
    });
    let next = match &words {
        Some(words) => words.command.clone(),
        None => run.cause(&order.run, None).command,
    };
    ReportFacts {
        why: words.map(Words::lines).unwrap_or_default(),
        task: task.map(|t| t.id.clone()),
        task_title: task.map(|t| t.title.clone()).unwrap_or_default(),
        task_file: task.map(|t| t.path.to_string()),
        run: order.run.clone(),
        workflow: run.plan.workflow.clone(),
        base: match &order.base_branch {
            Some(branch) => format!("{branch} at {}{}", started(run, order), taken(order)),
            None => format!("{}{}", started(run, order), taken(order)),
        },
        branch: Some(order.branch.clone()),
        status: state.status_line().to_owned(),
        current_stage: super::publish::current_stage(run),
        current_run: super::publish::current_run(run, order),
        history: history(run),
        artifacts: run
            .stages
            .iter()
            .flat_map(|s| &s.artifacts)
            .map(|a| (artifact_label(&a.name), a.path.to_string()))
            .collect(),
        evidence: evidence(run),
        comments: comments(order, run, commented),
        decisions: run
            .decisions
            .iter()
            .map(|d| Decision {
                at: time(d.at),
                who: d.by.name.clone(),
                what: d.what.clone(),
                saw: d
                    .evidence
                    .as_ref()
                    .map_or_else(String::new, |e| e.short().to_owned()),
                reason: None,
            })
            .collect(),
        stop_reason: super::publish::stop_reason(run, state),
        next_action: Some(next).filter(|c| waits && !c.is_empty()),
        total: run.total(),
        budget: budget(run),
        landing: landing(run),
        notes: notes(run),
    }
}

/// Where the result went, or where it is up for review.
fn landing(run: &Run) -> Option<String> {
    let landed = run.landed.as_ref().map(|l| {
        format!(
            "on {} as {} ({}), by {}, {}",
            l.into,
            l.commit.short(),
            l.how,
            l.by.name,
            time(l.at)
        )
    });
    let review = run.in_review.as_ref();
    landed.or_else(|| review.map(|r| format!("Not landed; {}", run.told_of(r))))
}

/// The comments, and what became of each.
fn comments(order: &RunOrder, run: &Run, commented: &Kept) -> Vec<CommentRow> {
    let all = standing(order, run, commented).into_iter();
    all.map(|standing| CommentRow {
        id: standing.id().to_string(),
        place: standing.place(),
        text: standing.comment.text.clone(),
        by: standing.comment.by.name.clone(),
        outcome: standing.outcome.word().to_owned(),
        said: standing.outcome.said(),
    })
    .collect()
}

/// What the engine noted, what people answered, and what each attempt did.
fn notes(run: &Run) -> Vec<String> {
    let engine = run
        .notes
        .iter()
        .map(|(at, text)| format!("{}: {text}", time(*at)));
    let attempts = run.stages.iter().flat_map(|s| &s.attempts);
    let theirs = attempts
        .filter_map(|a| Some((&a.public, a.result.as_ref()?)))
        .flat_map(|(id, result)| result.notes.iter().map(move |n| format!("{id}: {n}")));
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let answers = run.stages.iter().flat_map(|record| {
        let of = &record.id;
        record.answers.iter().map(move |(id, asked, answer)| {
            format!("{of} asked {id} {} → {}", one_line(asked), one_line(answer))
        })
    });
    let waited = run.waited.iter().map(|w| waited(run, w));
    let hands = run
        .stages
        .iter()
        .flat_map(|s| &s.attempts)
        .filter_map(by_hand);
    let told = engine.chain(waited).chain(answers).chain(hands);
    told.chain(theirs).collect()
}

/// Who had a stage, from when to when, and at which terminal.
fn by_hand(attempt: &AttemptRecord) -> Option<String> {
    let by = attempt.by.as_ref()?;
    let terminal = by.terminal.as_deref().unwrap_or("no terminal");
    let until = match &attempt.result {
        Some(result) => match result.took_ms {
            Some(took) => {
                let took = i64::try_from(took).unwrap_or(i64::MAX);
                let took = jiff::SignedDuration::from_millis(took);
                let at = attempt.started.checked_add(took).unwrap_or(attempt.started);
                format!(" to {}", time(at))
            }
            None => "; until when is not known".to_owned(),
        },
        None => ", and has it".to_owned(),
    };
    Some(format!(
        "{}: taken over by {} ({terminal}), from {}{until}",
        attempt.public,
        by.name,
        time(attempt.started)
    ))
}

/// A quota that was waited for: from when, until when, and whose it is.
fn waited(run: &Run, wait: &Waited) -> String {
    let stage = run.plan.stage(&wait.stage);
    let name = stage.map_or(wait.stage.as_str(), |s| s.name.as_str());
    let quota = match wait.day {
        Some(day) => format!("another day, the budget of {day} being used up"),
        None => format!("the quota of {}", wait.agent),
    };
    let from = time(wait.from);
    match wait.to {
        Some(to) => {
            let took = to.duration_since(wait.from).as_millis();
            let took = duration(u64::try_from(took).unwrap_or(0));
            format!(
                "{name} waited {took} for {quota}, from {from} to {}",
                time(to)
            )
        }
        None => format!(
            "{name} waits for {quota} since {from}, until {}",
            time(wait.until)
        ),
    }
}

/// A time as people read it: local, to the second, with its offset.
pub fn time(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

/// The commit it was started on, and the one that it was refreshed on since.
fn started(run: &Run, order: &RunOrder) -> String {
    let on = order.started_on().short();
    match &run.refreshed_on {
        Some(now) => format!("{on}, refreshed at {}", now.short()),
        None => on.to_owned(),
    }
}

/// Whether what was not committed was taken along.
fn taken(order: &RunOrder) -> String {
    let base = order
        .taken_on
        .as_ref()
        .map(|_| order.base_of_code().short());
    base.map_or_else(String::new, |base| {
        format!(", with what was not committed as {base}")
    })
}

fn history(run: &Run) -> Vec<HistoryRow> {
    let mut rows: Vec<(Timestamp, HistoryRow)> = run
        .plan
        .stages
        .iter()
        .zip(&run.stages)
        .flat_map(|(stage, record)| record.attempts.iter().map(move |a| (stage, a)))
        .map(|(stage, attempt)| (attempt.started, row(stage, attempt)))
        .collect();
    rows.sort_by_key(|(at, _)| *at);
    rows.into_iter().map(|(_, row)| row).collect()
}

fn row(stage: &Stage, attempt: &AttemptRecord) -> HistoryRow {
    let result = attempt.result.as_ref();
    let (agent, model) = match &stage.work {
        Work::Role(work) => {
            let agent = work.served_as(attempt.agent.as_deref());
            (agent.name.clone(), agent.model.clone())
        }
        Work::Command(_) => ("command".to_owned(), None),
        Work::Gate => ("gate".to_owned(), None),
    };
    let (agent, model) = match attempt.with() {
        // Which model they worked with they alone know.
        Some(with) => (with, None),
        None => (agent, result.and_then(|r| r.model.clone()).or(model)),
    };
    HistoryRow {
        stage: stage.name.clone(),
        id: attempt.public.to_string(),
        agent,
        model,
        status: result.map_or("running", |r| r.outcome.word()).to_owned(),
        started: time(attempt.started),
        took_ms: result.and_then(|r| r.took_ms),
        usage: result.map(|r| r.usage).unwrap_or_default(),
    }
}

/// One block for every attempt that ended, oldest first.
fn evidence(run: &Run) -> Vec<StageEvidence> {
    let mut blocks: Vec<(Timestamp, StageEvidence)> = run
        .plan
        .stages
        .iter()
        .zip(&run.stages)
        .flat_map(|(stage, record)| record.attempts.iter().map(move |a| (stage, a)))
        .filter_map(|(stage, attempt)| Some((attempt.started, block(stage, attempt)?)))
        .collect();
    blocks.sort_by_key(|(at, _)| *at);
    blocks.into_iter().map(|(_, block)| block).collect()
}

fn block(stage: &Stage, attempt: &AttemptRecord) -> Option<StageEvidence> {
    let result = attempt.result.as_ref()?;
    Some(StageEvidence {
        stage: stage.name.clone(),
        id: attempt.public.to_string(),
        outcome: match attempt.with() {
            Some(with) => format!("{}, {with}: {}", result.outcome, result.reason),
            None => format!("{}: {}", result.outcome, result.reason),
        },
        artifacts: result
            .artifacts
            .iter()
            .map(|a| format!("{} {}", a.path, a.digest.short()))
            .collect(),
        criteria: result
            .verdict
            .iter()
            .flat_map(|v| &v.judgements)
            .map(|j| {
                let met = match j.met {
                    Met::Met => "met",
                    Met::Unmet => "unmet",
                    Met::Unverifiable => "unverifiable",
                };
                [j.criterion.to_string(), met.to_owned(), j.evidence.clone()]
            })
            .collect(),
        tree: result.tree.as_ref().map(|t| t.short().to_owned()),
        commit: result.commit.as_ref().map(|c| c.short().to_owned()),
        findings: result.findings.clone(),
        commands: result
            .checks
            .iter()
            .map(|c| CommandEvidence {
                command: c.command.clone(),
                exit: c.exit,
                note: c.baseline.as_ref().map(Baseline::told),
                took_ms: c.took_ms,
            })
            .collect(),
    })
}

fn budget(run: &Run) -> Option<String> {
    let budget = run.plan.budget;
    let parts: Vec<String> = [
        budget.cost_micros.map(dollars),
        budget.tokens.map(|t| format!("{} tok", count(t))),
        budget.minutes.map(|m| format!("{m} min")),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
