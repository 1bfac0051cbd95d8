//! Reading a run report of any known shape: stages as a table, as bullets or as subsections.

use crate::documents::lines::Lines;
use crate::documents::markdown::bullet::bullets;
use crate::documents::markdown::key::key_line;
use crate::documents::markdown::table::tables;
use crate::documents::markdown::{Heading, Outline, plain};

/// One stage of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StageSummary {
    /// Its name.
    pub name: String,
    /// Its run id; empty where none is given.
    pub id: String,
    /// Its status as written, without signs before it.
    pub status: String,
    /// Its date or start as written; empty where none is given.
    pub date: String,
    /// Its agent, or the word for a command; empty where none is given.
    pub agent: String,
    /// Its model as written; empty where none is given.
    pub model: String,
    /// How long it took as written; empty where that is not given.
    pub took: String,
    /// Its tokens as written; empty where none are given.
    pub tokens: String,
    /// Its cost as written; empty where none is given.
    pub cost: String,
}

/// What can be read of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportSummary {
    /// The task's id as written.
    pub task: Option<String>,
    /// The run's id as written.
    pub run: Option<String>,
    /// The workflow's name as written.
    pub workflow: Option<String>,
    /// `Overall Status:` as written.
    pub status: Option<String>,
    /// `Current Stage:` as written.
    pub current_stage: Option<String>,
    /// `Stop Reason:`; `None` for `None`.
    pub stop_reason: Option<String>,
    /// The stages in order.
    pub stages: Vec<StageSummary>,
}

impl ReportSummary {
    /// Reads a report.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        let lines = Lines::parse(bytes);
        let outline = Outline::of(&lines);
        let key = |section: &str, keys: &[&str]| {
            let heading = outline.section(2, section)?;
            heading
                .range()
                .filter(|at| outline.is_text(*at))
                .find_map(|at| {
                    let line = key_line(lines.text(at))?;
                    let ours = keys.iter().any(|k| line.is(k)) && !line.value.is_empty();
                    ours.then(|| plain(line.value))
                })
        };
        let stop = key("Stop / Pause State", &["Stop Reason"]);
        let history = outline.section(2, "Stage History");
        Self {
            task: key("Task", &["Task ID", "ID"]),
            run: key("Run", &["Run Report ID", "Run ID"]),
            workflow: key("Run", &["Workflow"]),
            status: key("Run", &["Overall Status", "Status"]),
            current_stage: key("Run", &["Current Stage"]),
            stop_reason: stop.filter(|s| !s.eq_ignore_ascii_case("none")),
            stages: history.map_or_else(Vec::new, |h| stages(&lines, &outline, h)),
        }
    }
}

fn stages(lines: &Lines, outline: &Outline, section: &Heading) -> Vec<StageSummary> {
    let from_table = in_table(lines, outline, section);
    if !from_table.is_empty() {
        return from_table;
    }
    let from_blocks = in_blocks(lines, outline, section);
    if !from_blocks.is_empty() {
        return from_blocks;
    }
    bullets(lines, outline, section.range())
        .iter()
        .filter_map(|b| in_bullet(&b.text))
        .collect()
}

fn in_table(lines: &Lines, outline: &Outline, section: &Heading) -> Vec<StageSummary> {
    let Some(table) = tables(lines, outline, section.range()).into_iter().next() else {
        return Vec::new();
    };
    let column = |names: &[&str]| table.column(names);
    let (name, id) = (column(&["stage"]).unwrap_or(0), column(&["run id", "id"]));
    let (status, date) = (column(&["status"]), column(&["started", "date"]));
    let (agent, model) = (column(&["agent"]), column(&["model"]));
    let (took, tokens) = (column(&["took", "duration"]), column(&["tokens"]));
    let cost = column(&["cost"]);
    let cell = |row: &[String], n: Option<usize>| {
        n.and_then(|n| row.get(n))
            .map_or_else(String::new, |c| bare(c))
    };
    // The sign before it is a part of it.
    let number = |row: &[String], n: Option<usize>| {
        n.and_then(|n| row.get(n))
            .map_or_else(String::new, |c| plain(c).trim().to_owned())
    };
    let rows = table.rows.iter();
    rows.map(|(_, row)| StageSummary {
        name: cell(row, Some(name)),
        id: cell(row, id),
        status: cell(row, status),
        date: cell(row, date),
        agent: cell(row, agent),
        model: cell(row, model),
        took: cell(row, took),
        tokens: cell(row, tokens),
        cost: number(row, cost),
    })
    .collect()
}

fn in_blocks(lines: &Lines, outline: &Outline, section: &Heading) -> Vec<StageSummary> {
    let blocks = outline.headings.iter();
    let blocks = blocks.filter(|h| h.level == 3 && section.range().contains(&h.line));
    blocks
        .map(|block| {
            let mut stage = StageSummary {
                name: plain(&block.title),
                ..StageSummary::default()
            };
            for at in block.range().filter(|at| outline.is_text(*at)) {
                let Some(line) = key_line(lines.text(at)) else {
                    continue;
                };
                let slot = if line.is("Run ID") {
                    &mut stage.id
                } else if line.is("Status") {
                    &mut stage.status
                } else if line.is("Date") {
                    &mut stage.date
                } else {
                    continue;
                };
                *slot = bare(line.value);
            }
            stage
        })
        .collect()
}

/// Reads `Specification — RUN-… — ✅ Complete — 2026-05-11 — Artifact: path`.
fn in_bullet(text: &str) -> Option<StageSummary> {
    let text = plain(text).replace(" – ", " — ").replace(" - ", " — ");
    let mut parts = text.split(" — ").map(str::trim);
    let mut stage = StageSummary {
        name: parts.next().filter(|n| !n.is_empty())?.to_owned(),
        ..StageSummary::default()
    };
    if stage.name.eq_ignore_ascii_case("none") {
        return None;
    }
    for part in parts {
        let is_date =
            part.len() >= 10 && part.starts_with("20") && part.as_bytes().get(4) == Some(&b'-');
        if part.starts_with("RUN-") && stage.id.is_empty() {
            part.clone_into(&mut stage.id);
        } else if is_date && stage.date.is_empty() {
            part.clone_into(&mut stage.date);
        } else if stage.status.is_empty() && !part.starts_with("Artifact:") {
            stage.status = bare(part);
        }
    }
    Some(stage)
}

/// A text without emphasis and without signs (ticks, crosses) before its first word.
fn bare(text: &str) -> String {
    let text = plain(text);
    let word = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    if word.is_empty() {
        text
    } else {
        word.to_owned()
    }
}
