//! The last words about a run: what came of it, or what it waits for and the command that answers.

use super::command;
use crate::cli::out::{Role, paint, safe};
use crate::cli::{Context, gate, why};
use crate::engine::{GateSide, Run};
use crate::records::runs::RunView;
use crate::terms::evidence::CheckResult;
use crate::terms::outcome::End;
use crate::terms::verdict::{Met, Question};
use crate::terms::{Digest, RunState, StageId};
use crate::text::measure::{pad, width};
use crate::text::say::duration;
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
    let mark = paint(Role::Attention, '?');
    let mut lines = vec![format!("{mark} {}", paint(Role::Title, safe(&question)))];
    lines.extend(criteria(run));
    let mut row = |name: &str, text: &str| {
        lines.push(format!("  {}  {text}", paint(Role::Quiet, pad(name, 9))));
    };
    for (n, artifact) in gate::in_question(run, stage, side).into_iter().enumerate() {
        let digest = paint(Role::Quiet, artifact.digest.short());
        let name = if n == 0 { "artifacts" } else { "" };
        row(name, &format!("{digest}  {}", safe(artifact.path.as_str())));
    }
    for fault in gate::faults(view, Some(stage)) {
        row("", &paint(Role::Bad, safe(&fault)));
    }
    for check in run.stages.iter().flat_map(|s| &s.checks) {
        row("check", &check_text(check));
    }
    if let (Some(base), Some(head)) = (&run.base, &run.head)
        && base != head
    {
        let diff = format!("git diff {}..{}", base.short(), head.short());
        row("changes", &command(&diff));
    }
    row("cost", &run.total().cost_text());
    lines
}

/// A check with its result, how long it took, and on which tree.
fn check_text(check: &CheckResult) -> String {
    let (role, mark) = match check.exit {
        Some(0) => (Role::Good, "✓ exit 0".to_owned()),
        Some(code) => (Role::Bad, format!("✗ exit {code}")),
        None => (Role::Bad, "✗ ended by force".to_owned()),
    };
    let tree = paint(Role::Quiet, format!("tree {}", check.tree.short()));
    let took = duration(check.took_ms);
    format!(
        "{}  {}  {took}  {tree}",
        paint(role, mark),
        safe(&check.command)
    )
}

/// The criteria with their judgement, as the latest verdict has them.
fn criteria(run: &Run) -> Vec<String> {
    let verdict = run.stages.iter().rev().find_map(|s| s.verdict.as_ref());
    let (Some(verdict), Some(task)) = (verdict, &run.plan.task) else {
        return Vec::new();
    };
    let ids = task.criteria.iter().map(|c| width(c.id.as_str()));
    let column = ids.max().unwrap_or(0);
    task.criteria
        .iter()
        .map(|criterion| {
            let judged = verdict
                .judgements
                .iter()
                .find(|j| j.criterion == criterion.id);
            let (role, word) = judged.map_or((Role::Bad, "not judged"), |j| met_word(j.met));
            let id = paint(Role::Name, pad(criterion.id.as_str(), column));
            let word = paint(role, pad(word, MET));
            format!("  {id}  {word}  {}", safe(&criterion.text))
        })
        .collect()
}

/// The columns of the longest judgement.
const MET: usize = 12;

fn met_word(met: Met) -> (Role, &'static str) {
    match met {
        Met::Met => (Role::Good, "met"),
        Met::Unmet => (Role::Bad, "unmet"),
        Met::Unverifiable => (Role::Attention, "unverifiable"),
    }
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
        "why": why_json(&why),
    }));
    if context.out.json {
        return;
    }
    context.out.text("");
    match end {
        End::Completed => completed(context, view, next),
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
            let go_on = command(&format!("harness-tui resume {run}"));
            context.out.text(format!("Command:  {go_on}"));
        }
        _ => why_lines(context, &why),
    }
}

/// The six lines as one object.
pub fn why_json(why: &crate::records::why::Why) -> serde_json::Value {
    json!({
        "what": why.what, "evidence": why.evidence, "tried": why.tried, "kept": why.kept,
        "key": why.key, "command": why.command,
    })
}

/// The six lines, each hanging below its own text.
pub fn why_lines(context: &Context, why: &crate::records::why::Why) {
    const LABEL: usize = 10;
    for line in why.to_string().lines() {
        let (label, text) = line.split_once(' ').unwrap_or((line, ""));
        let text = safe(text.trim_start());
        let text = match label {
            "Command:" => paint(Role::Command, text),
            _ => text.into_string(),
        };
        let label = paint(Role::Title, format!("{label:<LABEL$}"));
        context.out.hung(LABEL, &format!("{label}{text}"));
    }
}

fn completed(context: &Context, view: &RunView, next: Next) {
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
    if next == Next::Told {
        let land = command(&format!("harness-tui land {run}"));
        context.out.text(format!("Take it:  {land}"));
    }
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
