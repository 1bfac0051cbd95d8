//! The form of the report.

use super::{HistoryRow, ReportFacts, StageEvidence};
use crate::documents::duration::took;
use crate::documents::markdown::table::{cell as raw_cell, render as table};
use crate::terms::usage::count;
use crate::text::SafeText;

const UNKNOWN: &str = "unknown";

pub(super) fn render(facts: &ReportFacts) -> String {
    let mut out = Page::default();
    out.line("# Harness Run Report");
    task(&mut out, facts);
    run(&mut out, facts);
    out.section("Stage History");
    out.lines(&history(&facts.history));
    out.section("Artifact Paths");
    for (label, path) in &facts.artifacts {
        out.key(label, path);
    }
    out.none_if(facts.artifacts.is_empty());
    out.line("\n## Validation Evidence");
    for stage in &facts.evidence {
        evidence(&mut out, stage);
    }
    if facts.evidence.is_empty() {
        out.line("\n- None");
    }
    comments(&mut out, facts);
    decisions(&mut out, facts);
    out.section("Stop / Pause State");
    out.key(
        "Stop Reason",
        facts.stop_reason.as_deref().unwrap_or("None"),
    );
    out.key(
        "Next Expected Action",
        facts.next_action.as_deref().unwrap_or("None"),
    );
    out.section("Cost");
    out.key("Budget", facts.budget.as_deref().unwrap_or("None"));
    out.key("Attempts", &facts.total.attempts.to_string());
    out.key("Tokens", &facts.total.tokens_text());
    out.key("Cost", &facts.total.cost_text());
    out.section("Landing");
    out.line(&flat(facts.landing.as_deref().unwrap_or("Not landed")));
    out.section("Notes");
    for note in &facts.notes {
        out.line(&format!("- {}", flat(note)));
    }
    out.none_if(facts.notes.is_empty());
    out.0
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    fn section(&mut self, title: &str) {
        self.line(&format!("\n## {title}\n"));
    }

    /// A key line; its two blanks keep it on a line of its own where markdown is rendered.
    fn key(&mut self, key: &str, value: &str) {
        self.line(&format!("{}: {}  ", flat(key), flat(value)));
    }

    fn none_if(&mut self, empty: bool) {
        if empty {
            self.line("- None");
        }
    }
}

/// On one line, with nothing in it that acts on a terminal or reorders what is read.
fn flat(text: &str) -> String {
    let text = SafeText::line(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A cell of a table, as safe as [`flat`].
fn cell(text: impl AsRef<str>) -> String {
    raw_cell(&flat(text.as_ref()))
}

fn task(out: &mut Page, facts: &ReportFacts) {
    out.section("Task");
    let id = facts.task.as_ref().map_or("None", |t| t.as_str());
    out.key("Task ID", id);
    out.key("Title", &facts.task_title);
    out.key("Task File", facts.task_file.as_deref().unwrap_or("None"));
}

fn run(out: &mut Page, facts: &ReportFacts) {
    out.section("Run");
    out.key("Run Report ID", facts.run.as_str());
    out.key("Workflow", &facts.workflow);
    out.key("Base", &facts.base);
    out.key("Branch", facts.branch.as_deref().unwrap_or("None"));
    out.key("Current Stage", &facts.current_stage);
    out.key("Current Run ID", &facts.current_run);
    out.key("Overall Status", &facts.status);
}

fn history(rows: &[HistoryRow]) -> Vec<String> {
    let header = [
        "Stage", "Run ID", "Agent", "Model", "Status", "Started", "Took", "Tokens", "Cost",
    ];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let unknown = || UNKNOWN.to_owned();
            [
                row.stage.clone(),
                row.id.clone(),
                row.agent.clone(),
                row.model.clone().unwrap_or_else(unknown),
                row.status.clone(),
                row.started.clone(),
                row.took_ms.map_or_else(String::new, took),
                row.usage.tokens().map_or_else(unknown, count),
                row.usage.cost_text().unwrap_or_else(unknown),
            ]
            .iter()
            .map(cell)
            .collect()
        })
        .collect();
    table(&header, &rows)
}

fn evidence(out: &mut Page, stage: &StageEvidence) {
    out.line(&format!(
        "\n### {} ({})\n",
        flat(&stage.stage),
        flat(&stage.id)
    ));
    out.key("Outcome", &stage.outcome);
    out.key("Tree", stage.tree.as_deref().unwrap_or(UNKNOWN));
    out.key("Commit", stage.commit.as_deref().unwrap_or("None"));
    for artifact in &stage.artifacts {
        out.key("Artifact", artifact);
    }
    if !stage.criteria.is_empty() {
        let rows: Vec<Vec<String>> = stage
            .criteria
            .iter()
            .map(|[criterion, judgement, evidence]| {
                [criterion, judgement, evidence].map(cell).into()
            })
            .collect();
        out.line("");
        out.lines(&table(&["AC", "Judgement", "Evidence"], &rows));
    }
    if !stage.commands.is_empty() {
        let rows: Vec<Vec<String>> = stage
            .commands
            .iter()
            .map(|c| {
                let exit = c.exit.map_or_else(|| "ended".to_owned(), |e| e.to_string());
                let exit = match &c.note {
                    Some(note) => format!("{exit}: {}", cell(note)),
                    None => exit,
                };
                vec![cell(&c.command), exit, took(c.took_ms)]
            })
            .collect();
        out.line("");
        out.lines(&table(&["Command", "Exit", "Took"], &rows));
    }
    out.line("");
    if stage.findings.is_empty() {
        out.line("Findings: None");
    } else {
        out.line("Findings:\n");
        for finding in &stage.findings {
            out.line(&format!("- {}", flat(&finding.to_string())));
        }
    }
}

/// Nothing where nobody commented on anything.
fn comments(out: &mut Page, facts: &ReportFacts) {
    if facts.comments.is_empty() {
        return;
    }
    out.section("Review Comments");
    let rows = facts.comments.iter().map(|c| {
        let row = [&c.id, &c.place, &c.text, &c.by, &c.outcome, &c.said];
        row.map(cell).into()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let header = ["Id", "Place", "Comment", "By", "Outcome", "Answer"];
    out.lines(&table(&header, &rows));
}

fn decisions(out: &mut Page, facts: &ReportFacts) {
    out.section("Decisions");
    if facts.decisions.is_empty() {
        out.line("- None");
        return;
    }
    let rows: Vec<Vec<String>> = facts
        .decisions
        .iter()
        .map(|d| {
            let reason = d.reason.as_deref().unwrap_or_default();
            [&d.at, &d.who, &d.what, &d.saw, reason].map(cell).into()
        })
        .collect();
    out.lines(&table(&["When", "Who", "What", "Saw", "Why"], &rows));
}
