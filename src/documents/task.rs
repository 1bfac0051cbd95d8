//! `tasks/T014-slug.md`: the task definition.
//!
//! Law: a change touches its own lines and no other byte; every byte string reads as a task, and
//! [`Task::validate`] says what is missing.

pub mod clarification;
pub mod criterion;
pub mod name;

pub use clarification::Clarification;
pub use criterion::Criterion;
pub use name::{Found, find_task};

use super::contract::says_something;
use super::lines::{Lines, number, one_line};
use super::markdown::key::{key_line, with_value};
use super::markdown::{Heading, Kind, Outline, plain};
use crate::terms::{CriterionId, Digest, Finding, ItemId, Place, TaskId};
use std::ops::Range;

/// Sections that do not count for staleness: others write them while a run lives.
const NOT_CONTENT: [&str; 3] = ["related artifacts", "clarifications", "approval"];

/// A line of `## Related Artifacts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// What it is: `Feature Specification`.
    pub label: String,
    /// Where it lies; empty while there is none.
    pub path: String,
    /// Its line, from 1.
    pub line: u32,
    at: usize,
}

/// A task definition.
#[derive(Debug, Clone)]
pub struct Task {
    lines: Lines,
    outline: Outline,
    id: Option<TaskId>,
    title: String,
    title_at: Option<usize>,
}

impl Task {
    /// Reads a task definition.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        Self::of(Lines::parse(bytes))
    }

    /// The first form of a task, made when its dialogue begins.
    pub fn draft(id: &TaskId, title: &str, item: Option<&ItemId>, created: &str) -> Self {
        let item = item.map_or_else(String::new, |i| format!("Backlog Item: {i}  \n"));
        Self::parse(format!(
            "# Task {id} — {}\n\nStatus: Draft  \n{item}Created: {created}  \n\n---\n\n## Clarifications\n",
            one_line(title).trim()
        ))
    }

    fn of(lines: Lines) -> Self {
        let outline = Outline::of(&lines);
        let heading = outline.headings.iter().find(|h| h.level == 1);
        let (id, title) = heading.map_or((None, String::new()), |h| title_parts(&h.title));
        let title_at = heading.map(|h| h.line);
        Self {
            lines,
            outline,
            id,
            title,
            title_at,
        }
    }

    /// The file's bytes.
    pub fn render(&self) -> Vec<u8> {
        self.lines.render()
    }

    /// The id in the heading.
    pub fn id(&self) -> Option<&TaskId> {
        self.id.as_ref()
    }

    /// The title in the heading.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// `Status:` as written.
    pub fn status(&self) -> Option<&str> {
        self.header("Status").map(|(_, value)| value)
    }

    /// Whether the dialogue is not done with it.
    pub fn is_draft(&self) -> bool {
        self.status()
            .is_some_and(|s| s.eq_ignore_ascii_case("draft"))
    }

    /// `Backlog Item:`, where it holds an id.
    pub fn item(&self) -> Option<ItemId> {
        let (_, value) = self.header("Backlog Item")?;
        value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .find_map(|word| ItemId::new(word).ok())
    }

    /// `Created:` as written.
    pub fn created(&self) -> Option<&str> {
        self.header("Created").map(|(_, value)| value)
    }

    /// The text of a section as paragraphs, each on one line; empty without one.
    pub fn section(&self, title: &str) -> String {
        self.outline
            .section(2, title)
            .map_or_else(String::new, |h| self.outline.prose(&self.lines, h.range()))
    }

    /// The acceptance criteria in order.
    pub fn criteria(&self) -> Vec<Criterion> {
        self.outline
            .section(2, "Acceptance Criteria")
            .map_or_else(Vec::new, |h| {
                criterion::read(&self.lines, &self.outline, h.range())
            })
    }

    /// The ids of the criteria, each once, in order.
    pub fn criterion_ids(&self) -> Vec<CriterionId> {
        let mut ids = Vec::new();
        for criterion in self.criteria() {
            if !ids.contains(&criterion.id) {
                ids.push(criterion.id);
            }
        }
        ids
    }

    /// The answered (and open) questions.
    pub fn clarifications(&self) -> Vec<Clarification> {
        self.outline
            .section(2, "Clarifications")
            .map_or_else(Vec::new, |h| {
                clarification::read(&self.lines, &self.outline, h.range())
            })
    }

    /// The lines of `## Related Artifacts`.
    pub fn related(&self) -> Vec<Related> {
        let Some(section) = self.outline.section(2, "Related Artifacts") else {
            return Vec::new();
        };
        let lines = section.range().filter(|at| self.outline.is_text(*at));
        lines
            .filter_map(|at| {
                let line = key_line(self.lines.text(at))?;
                Some(Related {
                    label: line.key.to_owned(),
                    path: line.value.to_owned(),
                    line: number(at),
                    at,
                })
            })
            .collect()
    }

    /// The digest of what a run depends on: all text but the status line and the sections Related
    /// Artifacts, Clarifications and Approval. Line endings, blanks at line ends, doubled blank
    /// lines and rules do not count.
    pub fn digest_for_staleness(&self) -> Digest {
        let status = self.header("Status").map(|(at, _)| at);
        let left_out: Vec<Range<usize>> = self
            .outline
            .headings
            .iter()
            .filter(|h| h.level == 2 && NOT_CONTENT.contains(&h.key.as_str()))
            .map(|h| h.line..h.end)
            .collect();
        let mut skipped = left_out.iter().peekable();
        let mut text = String::new();
        for (at, line) in self.lines.texts().enumerate() {
            while skipped.next_if(|r| r.end <= at).is_some() {}
            let skip = skipped.peek().is_some_and(|r| r.contains(&at)) || Some(at) == status;
            let empty = matches!(self.outline.kinds[at], Kind::Blank | Kind::Rule);
            if !skip && !empty {
                text.push_str(line.trim_end());
                text.push('\n');
            }
        }
        Digest::of(text)
    }

    /// Sets `Status:`.
    pub fn set_status(&mut self, status: &str) {
        let status = one_line(status);
        match self.header("Status").map(|(at, _)| at) {
            Some(at) => self.set_value(at, status.trim()),
            None => {
                let at = self.title_at.map_or(0, |at| at + 1);
                self.lines.insert(at, &format!("Status: {}", status.trim()));
                self.reread();
            }
        }
    }

    /// Sets the path of an artifact under `## Related Artifacts`; a missing line is put below the
    /// last one, a missing section below the summary.
    pub fn set_related_artifact(&mut self, label: &str, path: &str) {
        let related = self.related();
        let key = super::markdown::normal(label);
        let found = related
            .iter()
            .find(|r| super::markdown::normal(&r.label) == key);
        if let Some(line) = found {
            if line.path != path {
                self.set_value(line.at, path);
            }
            return;
        }
        if let Some(last) = related.last() {
            let text = self.lines.text(last.at);
            let mark = if text.trim_start().starts_with("- ") {
                "- "
            } else {
                ""
            };
            let tail = if text.ends_with("  ") { "  " } else { "" };
            let code = if text.contains('`') { "`" } else { "" };
            self.lines.insert(
                last.at + 1,
                &format!("{mark}{label}: {code}{path}{code}{tail}"),
            );
            self.reread();
            return;
        }
        let line = format!("{label}: `{path}`");
        self.add_to_section("Related Artifacts", &["Summary"], &[line]);
    }

    /// Writes a question and its answer under `## Clarifications`; one with this id is replaced.
    pub fn add_clarification(&mut self, clarification: &Clarification) {
        let line = clarification.to_line();
        let old = self
            .clarifications()
            .into_iter()
            .find(|c| c.id == clarification.id);
        if let Some(old) = old {
            for at in (old.lines.start + 1..old.lines.end).rev() {
                self.lines.remove(at);
            }
            self.lines.set(old.lines.start, &line);
            self.reread();
            return;
        }
        self.add_to_section(
            "Clarifications",
            &["Scope", "Related Artifacts", "Summary"],
            &[line],
        );
    }

    /// What is wrong with it. A draft owes its heading only.
    pub fn validate(&self, file: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        if self.id.is_none() {
            found.push(
                Finding::new("task/heading", "the first heading does not name the task")
                    .at(Place::line(file, self.title_at.map_or(1, number)))
                    .remedy("write '# Task T014 — Title'"),
            );
        }
        if self.is_draft() {
            return found;
        }
        if self.status().is_none() {
            let line = self.title_at.map_or(1, number);
            found.push(
                Finding::new("task/status-missing", "the task has no status")
                    .at(Place::line(file, line))
                    .remedy("add a line 'Status: Ready' below the heading"),
            );
        }
        found.extend(self.validate_summary(file));
        found.extend(self.validate_criteria(file));
        found
    }

    fn validate_summary(&self, file: &str) -> Option<Finding> {
        let section = self.outline.section(2, "Summary");
        let filled =
            section.is_some_and(|h| says_something(&self.lines, &self.outline, h.range(), None));
        (!filled).then(|| {
            Finding::new("task/summary-missing", "the task says no summary")
                .at(Place::line(file, section.map_or(1, |h| number(h.line))))
                .section("Summary")
                .remedy("say under '## Summary' what is wanted and why")
        })
    }

    fn validate_criteria(&self, file: &str) -> Vec<Finding> {
        let section = self.outline.section(2, "Acceptance Criteria");
        let criteria = self.criteria();
        if criteria.is_empty() {
            return vec![
                Finding::new(
                    "task/criteria-missing",
                    "the task has no acceptance criterion",
                )
                .at(Place::line(file, section.map_or(1, |h| number(h.line))))
                .section("Acceptance Criteria")
                .remedy("write at least one bullet '- AC-1: …' under '## Acceptance Criteria'"),
            ];
        }
        criterion::duplicates(&criteria, file)
    }

    /// A key line between the first heading and the first section, and its value if it has one.
    fn header(&self, key: &str) -> Option<(usize, &str)> {
        let first_section = self.outline.headings.iter().find(|h| h.level >= 2);
        let end = first_section.map_or(self.lines.len(), |h| h.line);
        (0..end)
            .filter(|at| self.outline.is_text(*at))
            .find_map(|at| {
                let line = key_line(self.lines.text(at)).filter(|l| l.is(key))?;
                Some((at, line.value))
            })
    }

    fn set_value(&mut self, at: usize, value: &str) {
        let text = self.lines.text(at).to_owned();
        if let Some(line) = key_line(&text) {
            self.lines.set(at, &with_value(&text, &line, value));
            self.reread();
        }
    }

    /// Adds lines at the end of a section; a missing one is made below the first of `after` that
    /// is there, else at the end.
    fn add_to_section(&mut self, title: &str, after: &[&str], new: &[String]) {
        if let Some(section) = self.outline.section(2, title) {
            let at = self.content_end(section);
            if at == section.line + 1 && self.blank_below_headings() {
                self.lines.insert(at, "");
                self.lines.insert_all(at + 1, new);
            } else {
                self.lines.insert_all(at, new);
            }
        } else {
            let mut block = vec![format!("## {title}"), String::new()];
            block.extend(new.iter().cloned());
            let before = after.iter().find_map(|t| self.outline.section(2, t));
            let place = before.map(|h| h.end).filter(|end| *end < self.lines.len());
            match place {
                Some(at) => {
                    block.push(String::new());
                    if (0..at)
                        .rev()
                        .find(|i| self.outline.kinds[*i] != Kind::Blank)
                        .is_some_and(|i| self.outline.kinds[i] == Kind::Rule)
                    {
                        block.extend(["---".to_owned(), String::new()]);
                    }
                    self.lines.insert_all(at, &block);
                }
                None => {
                    block.insert(0, String::new());
                    self.lines.insert_all(self.lines.len(), &block);
                }
            }
        }
        self.reread();
    }

    fn content_end(&self, section: &Heading) -> usize {
        section
            .range()
            .rev()
            .find(|at| !matches!(self.outline.kinds[*at], Kind::Blank | Kind::Rule))
            .map_or(section.line + 1, |at| at + 1)
    }

    fn blank_below_headings(&self) -> bool {
        let others = self.outline.headings.iter().filter(|h| h.level == 2);
        let mut bodies = others.filter(|h| self.content_end(h) > h.line + 1);
        bodies.all(|h| self.outline.kinds.get(h.line + 1) == Some(&Kind::Blank))
    }

    fn reread(&mut self) {
        *self = Self::of(std::mem::take(&mut self.lines));
    }
}

/// The id and title of the heading: `Task T003 — Title`, with any dash or a colon.
fn title_parts(title: &str) -> (Option<TaskId>, String) {
    let title = plain(title);
    let rest = match title.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("task ") => title[5..].trim_start(),
        _ => title.as_str(),
    };
    let end = rest
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(rest.len());
    match TaskId::new(&rest[..end]) {
        Ok(id) => {
            let after = rest[end..].trim_start_matches([' ', '-', '–', '—', ':']);
            (Some(id), after.trim().to_owned())
        }
        Err(_) => (None, rest.to_owned()),
    }
}

#[cfg(test)]
mod tests;
