//! A reviewer's verdict, read from its artifact.
//!
//! Law: what does not parse is not a pass, and a verdict is never better than its worst criterion.

mod older;

use super::contract::is_placeholder;
use super::lines::{Lines, number};
use super::markdown::bullet::{bullets, without_marker};
use super::markdown::key::key_line;
use super::markdown::table::tables;
use super::markdown::{Outline, plain};
use super::task::criterion::{leading_id, only_id};
use crate::terms::verdict::{Judgement, Met, Verdict, VerdictResult};
use crate::terms::{CriterionId, Finding, Place, StageId};
use std::collections::HashMap;

/// A verdict that parses, and what the reviewer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// The verdict.
    pub verdict: Verdict,
    /// The reviewer's findings, code `review/finding`.
    pub findings: Vec<Finding>,
}

/// A review that is being read.
struct Review<'a> {
    lines: Lines,
    outline: Outline,
    file: &'a str,
    faults: Vec<Finding>,
}

/// Reads a review of a task with these criteria. An error is never a pass: it says what does not
/// parse, is missing or contradicts itself.
pub fn read(text: &str, file: &str, criteria: &[CriterionId]) -> Result<Reviewed, Vec<Finding>> {
    let lines = Lines::parse(text);
    let outline = Outline::of(&lines);
    let mut review = Review {
        lines,
        outline,
        file,
        faults: Vec::new(),
    };
    let reviewed = if review.outline.section(2, "Verdict").is_some() {
        review.ours(criteria)
    } else {
        older::read(&mut review, criteria)
    };
    match reviewed {
        Some(reviewed) if review.faults.is_empty() => Ok(reviewed),
        _ => Err(review.faults),
    }
}

impl Review<'_> {
    fn fault(&mut self, code: &str, text: impl Into<String>, at: usize, remedy: &str) {
        self.faults.push(
            Finding::new(code, text)
                .at(Place::line(self.file, number(at)))
                .remedy(remedy),
        );
    }

    fn ours(&mut self, criteria: &[CriterionId]) -> Option<Reviewed> {
        let result = self.result_line();
        let judgements = self.table();
        // A review that asks to plan anew need not have judged what will change.
        if !matches!(result, Some(VerdictResult::Replan { .. })) {
            self.complete(&judgements, criteria);
            self.shown(&judgements);
        }
        let findings = self.findings();
        let result = result?;
        let judgements: Vec<Judgement> = judgements.into_iter().map(|(_, j)| j).collect();
        self.not_better_than_worst(&result, &judgements);
        Some(Reviewed {
            verdict: Verdict { result, judgements },
            findings,
        })
    }

    /// The one line `Result: …` of every `## Verdict`.
    fn result_line(&mut self) -> Option<VerdictResult> {
        let sections = self.outline.headings.iter();
        let sections = sections.filter(|h| h.level == 2 && h.key == "verdict");
        let (mut heading, mut found) = (0, Vec::new());
        for section in sections {
            heading = section.line;
            for at in section.range().filter(|at| self.outline.is_text(*at)) {
                let bare = plain(without_marker(self.lines.text(at)));
                if let Some(line) = key_line(&bare).filter(|l| l.is("Result")) {
                    found.push((at, line.value.to_owned()));
                }
            }
        }
        const REMEDY: &str = "write exactly one line 'Result: PASS', 'Result: FAIL' or 'Result: REPLAN <stage> — reason'";
        match found.as_slice() {
            [] => {
                self.fault(
                    "verdict/missing",
                    "the verdict has no result",
                    heading,
                    REMEDY,
                );
                None
            }
            [(at, value)] => {
                let result = result_of(value);
                if result.is_none() {
                    let text = format!("'{}' is no result", shortened(value));
                    self.fault("verdict/unreadable", text, *at, REMEDY);
                }
                result
            }
            [.., (at, _)] => {
                let text = format!("the verdict has {} results", found.len());
                self.fault("verdict/ambiguous", text, *at, REMEDY);
                None
            }
        }
    }

    /// The rows of the table under `## Acceptance Criteria`, with their lines.
    fn table(&mut self) -> Vec<(usize, Judgement)> {
        let names = ["acceptance criteria", "acceptance criteria review"];
        let Some(section) = self.outline.any_section(&names).cloned() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for table in tables(&self.lines, &self.outline, section.range()) {
            let id = table
                .column(&["ac", "criterion", "id", "acceptance criterion"])
                .unwrap_or(0);
            let met = ["judgement", "judgment", "status", "result", "verdict"];
            let met = table.column(&met).unwrap_or(1);
            let evidence = table.column(&["evidence", "notes"]).unwrap_or(2);
            for (at, cells) in table.rows {
                let cell = |n: usize| cells.get(n).map_or("", String::as_str);
                let Some(criterion) = only_id(cell(id)) else {
                    let text = format!("'{}' names no criterion", shortened(cell(id)));
                    self.fault(
                        "verdict/criterion-unreadable",
                        text,
                        at,
                        "begin the row with the criterion's id, like AC-1",
                    );
                    continue;
                };
                let Some(met) = met_of(cell(met)) else {
                    let text = format!("'{}' is no judgement of {criterion}", shortened(cell(met)));
                    self.fault(
                        "verdict/judgement-unreadable",
                        text,
                        at,
                        "write met, unmet or unverifiable",
                    );
                    continue;
                };
                let evidence = cell(evidence).to_owned();
                rows.push((
                    at,
                    Judgement {
                        criterion,
                        met,
                        evidence,
                    },
                ));
            }
        }
        rows
    }

    /// One row for every criterion, none twice, none for a criterion that is not the task's.
    fn complete(&mut self, rows: &[(usize, Judgement)], criteria: &[CriterionId]) {
        let heading = self.outline.headings.iter();
        let mut heading = heading.filter(|h| h.key.starts_with("acceptance criteria"));
        let heading = heading.next().map_or(0, |h| h.line);
        let mut seen: HashMap<&CriterionId, usize> = HashMap::new();
        for (at, row) in rows {
            let id = &row.criterion;
            if let Some(first) = seen.insert(id, *at) {
                let text = format!("{id} is judged twice, first on line {}", number(first));
                self.fault(
                    "verdict/criterion-twice",
                    text,
                    *at,
                    "keep one row for each criterion",
                );
            } else if !criteria.is_empty() && !criteria.contains(id) {
                let text = format!("{id} is no criterion of the task");
                self.fault(
                    "verdict/criterion-unknown",
                    text,
                    *at,
                    "judge the task's criteria, by their ids",
                );
            }
        }
        for id in criteria.iter().filter(|id| !seen.contains_key(id)) {
            self.faults.push(
                Finding::new("verdict/criterion-missing", format!("{id} is not judged"))
                    .at(Place::line(self.file, number(heading)))
                    .section(id.as_str())
                    .criterion(id.clone())
                    .remedy(format!(
                        "add a row '| {id} | met, unmet or unverifiable | evidence |'"
                    )),
            );
        }
    }

    /// What is met has been seen somewhere, and the row says where.
    fn shown(&mut self, rows: &[(usize, Judgement)]) {
        for (at, row) in rows.iter().filter(|(_, row)| row.met == Met::Met) {
            let id = &row.criterion;
            if !says_where(&row.evidence) {
                self.faults.push(
                    Finding::new(
                        "verdict/evidence-missing",
                        format!("{id} is judged met without evidence"),
                    )
                    .at(Place::line(self.file, number(*at)))
                    .section(id.as_str())
                    .criterion(id.clone())
                    .remedy("name what shows it: a test, a file and line, what was seen; or judge it unverifiable"),
                );
            }
        }
    }

    fn not_better_than_worst(&mut self, result: &VerdictResult, judgements: &[Judgement]) {
        if *result != VerdictResult::Pass {
            return;
        }
        for judgement in judgements.iter().filter(|j| j.met == Met::Unmet) {
            let id = &judgement.criterion;
            self.faults.push(
                Finding::new(
                    "verdict/better-than-worst",
                    format!("the result is PASS, but {id} is unmet"),
                )
                .at(Place::file(self.file))
                .section(id.as_str())
                .criterion(id.clone())
                .remedy("write FAIL, or judge the criterion anew with evidence"),
            );
        }
    }

    /// The list under `## Findings`: `- [F1] AC-2 src/a.ts:12 — text`.
    fn findings(&self) -> Vec<Finding> {
        let Some(section) = self.outline.any_section(&["findings"]) else {
            return Vec::new();
        };
        let bullets = bullets(&self.lines, &self.outline, section.range());
        bullets
            .into_iter()
            .filter_map(|bullet| {
                let mut text = bullet.text;
                for nested in bullet.nested {
                    text.push_str("; ");
                    text.push_str(&nested);
                }
                review_finding(&text)
            })
            .collect()
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

fn result_of(value: &str) -> Option<VerdictResult> {
    let value = value.trim();
    let (word, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    let rest = rest.trim();
    // A reason may follow FAIL; a PASS with a remark behind it is none.
    match word
        .trim_end_matches([':', '.'])
        .to_ascii_uppercase()
        .as_str()
    {
        "PASS" if rest.is_empty() => Some(VerdictResult::Pass),
        "FAIL" if rest.is_empty() || rest.starts_with(['-', '–', '—', '(', ':']) => {
            Some(VerdictResult::Fail)
        }
        "REPLAN" => Some(replan(rest)),
        _ => None,
    }
}

fn replan(rest: &str) -> VerdictResult {
    let dashes = ['-', '–', '—', ':'];
    let (word, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let reason = reason.trim();
    let named = word.ends_with(':') || reason.is_empty() || reason.starts_with(dashes);
    let stage = word.trim_matches(['<', '>', '`', ':']).to_ascii_lowercase();
    match StageId::new(stage) {
        Ok(stage) if named => VerdictResult::Replan {
            stage: Some(stage),
            reason: reason.trim_start_matches(dashes).trim().to_owned(),
        },
        _ => VerdictResult::Replan {
            stage: None,
            reason: rest.trim_start_matches(dashes).trim().to_owned(),
        },
    }
}

fn says_where(evidence: &str) -> bool {
    let bare = plain(evidence).to_lowercase();
    let word = bare.trim_matches(|c: char| !c.is_alphanumeric());
    !["", "n/a", "na", "none", "evidence"].contains(&word) && !is_placeholder(evidence)
}

fn met_of(cell: &str) -> Option<Met> {
    match plain(cell).to_ascii_lowercase().trim_end_matches('.') {
        "met" => Some(Met::Met),
        "unmet" | "not met" => Some(Met::Unmet),
        "unverifiable" | "not verifiable" => Some(Met::Unverifiable),
        _ => None,
    }
}

/// Reads `[F1] AC-2 src/a.ts:12 — text`; every part but the text may be missing.
fn review_finding(text: &str) -> Option<Finding> {
    let mut rest = text.trim();
    let mut finding = Finding::new("review/finding", "");
    let bare = rest.trim_start_matches(['*', '_', '`']);
    if let Some((id, after)) = bare.strip_prefix('[').and_then(|t| t.split_once(']'))
        && is_finding_id(id)
    {
        finding.id = Some(id.to_ascii_uppercase());
        rest = after.trim_start_matches(['*', '_', '`', ':', ' ']);
    }
    let after_id = leading_id(rest);
    let rest = match after_id {
        Some((criterion, after)) => {
            finding.criterion = Some(criterion);
            after
        }
        None => rest.to_owned(),
    };
    let (word, after) = rest.split_once(' ').unwrap_or((&rest, ""));
    let text = match place_of(word) {
        Some(place) => {
            finding.place = Some(place);
            after
        }
        None => &rest,
    };
    let text = text.trim_start_matches(['-', '–', '—', ':', ' ']).trim();
    let is_none = finding.id.is_none()
        && finding.criterion.is_none()
        && ["", "none", "no findings", "n/a"]
            .contains(&plain(text).to_lowercase().trim_end_matches('.'));
    if is_none {
        return None;
    }
    text.clone_into(&mut finding.text);
    Some(finding)
}

fn is_finding_id(id: &str) -> bool {
    id.strip_prefix(['F', 'f'])
        .is_some_and(|n| (1..=6).contains(&n.len()) && n.bytes().all(|b| b.is_ascii_digit()))
}

/// A file with or without line and column: `src/a.ts:12`, `` `src/a.ts` ``, `Makefile:3`.
fn place_of(word: &str) -> Option<Place> {
    let word = word.trim_matches(['`', '*', '(', ')', ',', ':']);
    let mut parts = word.splitn(3, ':');
    let file = parts
        .next()
        .filter(|f| !f.is_empty() && !word.contains("://"))?;
    let mut numbers = parts.map(|n| n.split(['-', '–']).next().unwrap_or(n).parse::<u32>());
    let (line, column) = match (numbers.next(), numbers.next()) {
        (None, _) => (None, None),
        (Some(Ok(line)), None) => (Some(line), None),
        (Some(Ok(line)), Some(column)) => (Some(line), column.ok()),
        (Some(Err(_)), _) => return None,
    };
    let looks_like_a_file = line.is_some()
        || file.contains('/')
        || file.rsplit_once('.').is_some_and(|(stem, ext)| {
            !stem.is_empty()
                && (1..=5).contains(&ext.len())
                && ext.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    looks_like_a_file.then(|| Place {
        file: file.to_owned(),
        line,
        column,
    })
}

#[cfg(test)]
mod tests;
