//! The last words about a run: what came of it, or what it waits for and the command that answers.

use super::command;
use crate::cli::out::{Role, paint, safe};
use crate::cli::{Context, why};
use crate::engine::{GateSide, Run};
use crate::records::change::Changes;
use crate::records::gate::page::GatePage;
use crate::records::runs::RunView;
use crate::render::{Look, Row};
use crate::terms::outcome::End;
use crate::terms::verdict::Question;
use crate::terms::{Digest, RunState, StageId};
use jiff::Timestamp;
use serde_json::json;

/// Something that a run asks of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A gate.
    Gate {
        /// Whose.
        stage: StageId,
        /// Which of the two.
        side: GateSide,
        /// What an approval is given on.
        evidence: Digest,
    },
    /// Questions of a stage's agent.
    Questions {
        /// Whose.
        stage: StageId,
        /// The questions.
        questions: Vec<Question>,
    },
}

/// Everything the run asks, in workflow order.
pub fn asked(run: &Run) -> Vec<Asked> {
    let mut list = Vec::new();
    for record in &run.stages {
        if let Some(side) = record.asking {
            list.push(Asked::Gate {
                stage: record.id.clone(),
                side,
                evidence: run.evidence(&record.id, side),
            });
        }
        if record.state == crate::terms::StageState::NeedsInput {
            list.push(Asked::Questions {
                stage: record.id.clone(),
                questions: record.questions.clone(),
            });
        }
    }
    list
}

/// What a gate's person decides on, as lines: the same first page that the screen shows.
pub fn gate_lines(view: &RunView, stage: &StageId, side: GateSide) -> Vec<String> {
    let page = GatePage::read(view, stage, side, &mut Changes::default());
    let rows = page.rows(usize::MAX, usize::MAX, Timestamp::now());
    let all = rows.into_iter().chain(page.documents());
    all.map(|line| painted(&line.row))
        .filter(|line| !line.is_empty())
        .collect()
}

/// A row of a page for the command line.
fn painted(row: &Row) -> String {
    let spans = row.spans.iter().map(|span| match span.look {
        Look::Role(role) => paint(role, span.text()),
        Look::Link => paint(Role::Name, span.text()),
        _ => span.text().as_str().to_owned(),
    });
    spans.collect::<String>().trim_end().to_owned()
}

/// What the reader is told of what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// What is asked, why, and the commands.
    Told,
    /// Only the commands: the person was asked just now, and left.
    Left,
    /// No command: whoever follows does it by itself.
    Known,
}

/// Tells the end of the following.
pub fn tell(context: &Context, view: &RunView, end: End, next: Next) {
    let run = &view.order.run;
    let state = view.state();
    let why = why::whole(view, None);
    let total = view.run.total();
    context.out.object(&json!({
        "type": "end", "run": run, "state": state.word(), "exit": end.exit_code(),
        "branch": view.order.branch, "head": view.run.head, "total": total,
        "why": why_json(context, &why),
    }));
    if context.out.json {
        return;
    }
    context.out.text("");
    match end {
        End::Completed => {
            completed(context, view);
            if next == Next::Told {
                context.out.text("");
                why_lines(context, &why);
            }
        }
        End::Waiting => {
            waiting(context, view, next);
            if next == Next::Told {
                context.out.text("");
                why_lines(context, &why);
            }
        }
        _ if state == RunState::Interrupted => {
            let told = format!("{run} is interrupted: no supervisor goes on with it");
            context.out.text(paint(Role::Bad, told));
            let said = crate::cli::order::last_words(view.dirs.path());
            context.out.text(safe(said.trim_start_matches("; ")));
            why_lines(context, &why);
        }
        _ => why_lines(context, &why),
    }
}

/// The six lines as one object.
pub fn why_json(context: &Context, why: &crate::records::why::Why) -> serde_json::Value {
    let key = context.keys.of_person();
    json!({
        "what": why.what, "evidence": why.evidence, "tried": why.tried, "kept": why.kept,
        "key": why.step.told(&key), "command": why.command,
    })
}

/// The six lines, each hanging below its own text.
pub fn why_lines(context: &Context, why: &crate::records::why::Why) {
    const LABEL: usize = 10;
    for (label, text) in why.lines(&context.keys.of_person()) {
        let text = safe(&text);
        let text = match label {
            "Command" => paint(Role::Command, text),
            _ => text.into_string(),
        };
        let label = paint(Role::Title, format!("{:<LABEL$}", format!("{label}:")));
        context.out.hung(LABEL, &format!("{label}{text}"));
    }
}

fn completed(context: &Context, view: &RunView) {
    let run = &view.order.run;
    let commits = view
        .run
        .base
        .as_ref()
        .zip(view.run.head.as_ref())
        .and_then(|(base, head)| {
            let git = crate::git::Git::new(&view.order.home);
            git.log(&format!("{base}..{head}"), 1000).ok()
        })
        .map_or_else(
            || "commits unknown".to_owned(),
            |log| crate::text::many(log.len(), "commit"),
        );
    let commits = match view.order.in_place {
        Some(_) => "uncommitted in the checkout".to_owned(),
        None => format!(
            "{commits} on {}",
            paint(Role::Name, safe(&view.order.branch))
        ),
    };
    let total = view.run.total();
    context.out.text(format!(
        "{} {run}: {commits}, {} tok, cost {}",
        paint(Role::Good, "completed"),
        total.tokens_text(),
        total.cost_text()
    ));
}

/// What is asked, and the exact command that answers.
fn waiting(context: &Context, view: &RunView, next: Next) {
    let id = &view.order.run;
    for asked in asked(&view.run) {
        match asked {
            Asked::Gate {
                stage,
                side,
                evidence,
            } => {
                if next != Next::Left {
                    for line in gate_lines(view, &stage, side) {
                        context.out.text(line);
                    }
                }
                if next == Next::Known {
                    continue;
                }
                let approve = command(&format!(
                    "harness-tui approve {id} --stage {stage} --on {}",
                    evidence.short()
                ));
                let reject = command(&format!(
                    "harness-tui reject {id} --stage {stage} --reason '…'"
                ));
                context.out.text(format!("Approve:    {approve}"));
                context.out.text(format!("Send back:  {reject}"));
            }
            Asked::Questions { stage, questions } => {
                if next != Next::Left {
                    let asks = format!("{stage} asks:");
                    context.out.text(paint(Role::Attention, asks));
                    for question in &questions {
                        context.out.text(question_line(question));
                    }
                }
                let answer = answer_command(view, &questions);
                context.out.text(format!("Answer:     {answer}"));
            }
        }
    }
}

/// A question on one line.
pub fn question_line(question: &Question) -> String {
    let blocking = if question.blocking { " [blocking]" } else { "" };
    format!(
        "  {}{blocking} {}",
        safe(&question.id),
        safe(&question.text)
    )
}

fn answer_command(view: &RunView, questions: &[Question]) -> String {
    let words: Vec<String> = questions.iter().map(|q| format!("{}='…'", q.id)).collect();
    let line = format!("harness-tui answer {} {}", view.order.run, words.join(" "));
    command(safe(&line).as_str())
}
