//! The last words about a run: what came of it, or what it waits for and the command that answers.

use super::command;
use crate::cli::Context;
use crate::cli::out::{Role, paint, safe};
use crate::engine::{GateSide, Run};
use crate::records::runs::RunView;
use crate::terms::evidence::ArtifactRecord;
use crate::terms::outcome::End;
use crate::terms::verdict::{Met, Question};
use crate::terms::{Digest, RunState, StageId};
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

/// What a gate's person decides on, as lines: the question, the criteria, the artifacts, the cost.
pub fn gate_lines(view: &RunView, stage: &StageId, side: GateSide) -> Vec<String> {
    let run = &view.run;
    let Some(planned) = run.plan.stage(stage) else {
        return Vec::new();
    };
    let gate = match side {
        GateSide::Before => planned.gate_before.as_ref(),
        GateSide::After => planned.gate_after.as_ref(),
    };
    let question = gate
        .and_then(|g| g.message.clone())
        .unwrap_or_else(|| match side {
            GateSide::Before => format!("May {} start?", planned.name),
            GateSide::After => format!("Is the result of {} good?", planned.name),
        });
    let mut lines = vec![paint(Role::Attention, safe(&question))];
    lines.extend(criteria(run));
    for artifact in in_question(run, stage, side) {
        lines.push(format!(
            "  {} {}",
            safe(artifact.path.as_str()),
            paint(Role::Quiet, artifact.digest.short())
        ));
    }
    let checks = run.stages.iter().flat_map(|s| &s.checks);
    for check in checks {
        let (role, mark) = if check.passed() {
            (Role::Good, "✓")
        } else {
            (Role::Bad, "✗")
        };
        lines.push(format!("  {} {}", paint(role, mark), safe(&check.command)));
    }
    if let (Some(base), Some(head)) = (&run.base, &run.head)
        && base != head
    {
        lines.push(format!(
            "  {}",
            command(&format!("git diff {}..{}", base.short(), head.short()))
        ));
    }
    lines.push(format!("  cost so far: {}", run.total().cost_text()));
    lines
}

/// The criteria with their judgement, as the latest verdict has them.
fn criteria(run: &Run) -> Vec<String> {
    let verdict = run.stages.iter().rev().find_map(|s| s.verdict.as_ref());
    let (Some(verdict), Some(task)) = (verdict, &run.plan.task) else {
        return Vec::new();
    };
    task.criteria
        .iter()
        .map(|criterion| {
            let judged = verdict
                .judgements
                .iter()
                .find(|j| j.criterion == criterion.id);
            let word = judged.map_or("not judged", |j| met_word(j.met));
            format!("  {}  {word}  {}", criterion.id, safe(&criterion.text))
        })
        .collect()
}

fn met_word(met: Met) -> &'static str {
    match met {
        Met::Met => "met",
        Met::Unmet => "unmet",
        Met::Unverifiable => "unverifiable",
    }
}

fn in_question<'a>(run: &'a Run, stage: &StageId, side: GateSide) -> Vec<&'a ArtifactRecord> {
    let mut ids = run.plan.above(stage);
    if side == GateSide::After {
        ids.push(stage.clone());
    }
    run.stages
        .iter()
        .filter(|s| ids.contains(&s.id))
        .flat_map(|s| &s.artifacts)
        .collect()
}

/// Tells the end of the following.
pub fn tell(context: &Context, view: &RunView, end: End) {
    let run = &view.order.run;
    let state = view.state();
    let why = view.run.why(run, None);
    let total = view.run.total();
    context.out.object(&json!({
        "type": "end", "run": run, "state": state, "exit": end.exit_code(),
        "branch": view.order.branch, "head": view.run.head, "total": total,
        "why": why_json(&why),
    }));
    if context.out.json {
        return;
    }
    context.out.text("");
    match end {
        End::Completed => completed(context, view),
        End::Waiting => {
            waiting(context, view);
            context.out.text(safe_block(&why.to_string()));
        }
        _ if state == RunState::Interrupted => {
            let told = format!("{run} is interrupted: no supervisor goes on with it");
            context.out.text(paint(Role::Bad, told));
            let said = crate::cli::order::last_words(view.dirs.path());
            context.out.text(safe(said.trim_start_matches("; ")));
            let go_on = command(&format!("harness-tui resume {run}"));
            context.out.text(format!("Command:  {go_on}"));
        }
        _ => context.out.text(safe_block(&why.to_string())),
    }
}

/// The six lines as one object.
pub fn why_json(why: &crate::engine::Why) -> serde_json::Value {
    json!({
        "what": why.what, "evidence": why.evidence, "tried": why.tried, "kept": why.kept,
        "key": why.key, "command": why.command,
    })
}

/// Several lines of outside text, safe for a terminal.
pub fn safe_block(text: &str) -> String {
    crate::text::SafeText::block(text.trim_end()).into_string()
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
            |log| match log.len() {
                1 => "1 commit".to_owned(),
                n => format!("{n} commits"),
            },
        );
    let total = view.run.total();
    context.out.text(format!(
        "{} {run}: {commits} on {}, {} tok, cost {}",
        paint(Role::Good, "completed"),
        paint(Role::Name, safe(&view.order.branch)),
        total.tokens_text(),
        total.cost_text()
    ));
    let land = command(&format!("harness-tui land {run}"));
    context.out.text(format!("take it: {land}"));
}

/// What is asked, and the exact command that answers.
pub fn waiting(context: &Context, view: &RunView) {
    let id = &view.order.run;
    for asked in asked(&view.run) {
        match asked {
            Asked::Gate {
                stage,
                side,
                evidence,
            } => {
                for line in gate_lines(view, &stage, side) {
                    context.out.text(line);
                }
                let approve = command(&format!(
                    "harness-tui approve {id} --stage {stage} --on {}",
                    evidence.short()
                ));
                let reject = command(&format!(
                    "harness-tui reject {id} --stage {stage} --reason '…'"
                ));
                context.out.text(format!("  {approve}"));
                context.out.text(format!("  {reject}"));
            }
            Asked::Questions { stage, questions } => {
                context
                    .out
                    .text(paint(Role::Attention, format!("{stage} asks:")));
                for question in &questions {
                    context.out.text(question_line(question));
                }
                context
                    .out
                    .text(format!("  {}", answer_command(view, &questions)));
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
