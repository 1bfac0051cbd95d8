//! The author's draft made into the task definition as it would be saved.
//!
//! The author's are title, summary, scope, criteria, dependencies, risks and notes. The heading's
//! id, the key lines, the clarifications, the approval and the links to artifacts are not: what it
//! writes there is left out.

use super::form::{Entry, Form};
use super::question::Given;
use super::trace::{Landing, Trace, unmarked};
use crate::documents::answer;
use crate::documents::contract;
use crate::documents::lines::{Lines, one_line};
use crate::documents::markdown::bullet::{bullets, marker};
use crate::documents::markdown::{Kind, Outline, closes_fence, normal, opens_fence};
use crate::documents::task::criterion::leading_id;
use crate::documents::task::{Clarification, Task};
use crate::documents::template::Template;
use crate::terms::{CriterionId, Finding, ItemId, TaskId};

/// The artifact's name in an answer.
const NAME: &str = "task";
/// The sections in the order of the format; those marked are not the author's.
const ORDER: [(&str, bool); 10] = [
    ("summary", false),
    ("related artifacts", true),
    ("scope", false),
    ("clarifications", true),
    ("acceptance criteria", false),
    ("dependencies", false),
    ("risks", false),
    ("task notes", false),
    ("notes", false),
    ("approval", true),
];

/// The draft in an answer, as the author wrote it: between artifact markers, in a fence, or from a
/// heading `# Task` on. `None`: there is none.
pub fn in_answer(message: &str) -> Option<String> {
    // Of several the last one counts: it corrects those before.
    let from = message.rfind("<<<ARTIFACT").unwrap_or(0);
    let found = answer::artifacts(&message[from..]).found;
    let all = found.into_iter().chain(answer::artifacts(message).found);
    let mut named = all.filter(|a| normal(&a.name) == NAME);
    if let Some(artifact) = named.next() {
        return Some(artifact.text);
    }
    let lines: Vec<&str> = message.lines().collect();
    let at = lines.iter().position(|l| is_task_heading(l))?;
    let fence = lines[..at]
        .iter()
        .rev()
        .take(3)
        .find_map(|l| opens_fence(l.trim()));
    let end = fence
        .and_then(|(mark, length)| {
            let rest = lines[at..].iter();
            rest.clone()
                .rposition(|l| closes_fence(l.trim(), mark, length))
                .map(|n| at + n)
        })
        .unwrap_or(lines.len());
    let text = lines[at..end].join("\n") + "\n";
    let has = |title: &str| sections_of(&text).iter().any(|s| s.key == title);
    (has("summary") && has("acceptance criteria")).then_some(text)
}

fn is_task_heading(line: &str) -> bool {
    line.strip_prefix("# ")
        .is_some_and(|title| title.trim_start().to_lowercase().starts_with("task"))
}

/// A draft as it would be saved.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The file's text.
    pub text: String,
    /// Where each answer landed.
    pub trace: Trace,
    /// What keeps it from being run, beside its status; empty: it passes.
    pub findings: Vec<Finding>,
}

/// What a draft is made with.
#[derive(Debug)]
pub struct Makings<'a> {
    /// The task's id.
    pub id: &'a TaskId,
    /// Its backlog item.
    pub item: Option<&'a ItemId>,
    /// The task as it stands on disk.
    pub current: &'a Task,
    /// The template of tasks, where the project has one.
    pub template: Option<&'a Template>,
    /// The questions and what was given to them.
    pub form: &'a Form,
    /// The file's name, for places.
    pub file: &'a str,
}

/// Makes the author's text into the task as it would be saved.
pub fn compose(text: &str, makings: &Makings<'_>) -> Composed {
    let mut sections = sections_of(text);
    sections.retain(|s| !is_ours(&s.key));
    for section in &mut sections {
        section.take_marks();
        if section.key == "acceptance criteria" {
            section.write_ids();
        }
    }
    let mut trace = Trace::default();
    for section in &sections {
        trace.landings.extend(section.landings());
    }
    let trace = trace.measure(makings.form);
    for (key, _) in ORDER.iter().filter(|(_, ours)| *ours) {
        if let Some(ours) = ours(key, makings, &trace) {
            let place = place_of(key);
            let at = sections.iter().position(|s| place_of(&s.key) > place);
            sections.insert(at.unwrap_or(sections.len()), ours);
        }
    }
    for theirs in foreign(makings.current, &sections) {
        let at = sections.iter().position(|s| s.key == "approval");
        sections.insert(at.unwrap_or(sections.len()), theirs);
    }
    let title = title_of(text).unwrap_or_else(|| makings.current.title().to_owned());
    let mut text = head(makings, &title);
    let mut landings = Vec::new();
    for section in &sections {
        let first = text.lines().count() + 3;
        landings.extend(section.landings().into_iter().map(|l| Landing {
            line: l.line + u32::try_from(first).unwrap_or(0),
            ..l
        }));
        text.push_str(&section.render());
    }
    let trace = Trace { landings, ..trace };
    let findings = findings(&text, makings);
    if makings.current.render().windows(2).any(|w| w == b"\r\n") {
        text = text.replace('\n', "\r\n");
    }
    Composed {
        text,
        trace,
        findings,
    }
}

/// A section of the second level.
#[derive(Debug, Clone, Default)]
struct Section {
    title: String,
    key: String,
    /// Its lines, without blank ones at both ends.
    lines: Vec<String>,
    /// The questions that a line's mark names.
    marks: Vec<Vec<String>>,
}

fn sections_of(text: &str) -> Vec<Section> {
    let lines = Lines::parse(text);
    let outline = Outline::of(&lines);
    let headings = outline.headings.iter().filter(|h| h.level == 2);
    headings
        .map(|h| {
            let range = h.range();
            let says = |at: &usize| {
                outline.kinds.get(*at).copied() != Some(Kind::Blank)
                    && outline.kinds.get(*at).copied() != Some(Kind::Rule)
            };
            let from = range.clone().find(says).unwrap_or(range.end);
            let end = range.clone().rev().find(says).map_or(from, |at| at + 1);
            Section {
                title: h.title.clone(),
                key: h.key.clone(),
                lines: (from..end).map(|at| lines.text(at).to_owned()).collect(),
                marks: Vec::new(),
            }
        })
        .filter(|s| !s.key.is_empty())
        .collect()
}

fn is_ours(key: &str) -> bool {
    ORDER.iter().any(|(name, ours)| *ours && *name == key)
}

/// Where a section stands in the format; an unknown one after the notes.
fn place_of(key: &str) -> usize {
    let known = ORDER.iter().position(|(name, _)| *name == key);
    known.unwrap_or(ORDER.len() - 2)
}

impl Section {
    fn take_marks(&mut self) {
        let mut in_code: Option<(char, usize)> = None;
        for line in &mut self.lines {
            let trimmed = line.trim();
            match in_code {
                Some((mark, length)) if closes_fence(trimmed, mark, length) => in_code = None,
                Some(_) => {}
                None => in_code = opens_fence(trimmed),
            }
            let (text, ids) = if in_code.is_some() {
                (line.clone(), Vec::new())
            } else {
                unmarked(line)
            };
            *line = text;
            self.marks.push(ids);
        }
    }

    /// Gives every criterion its id, where the author wrote none.
    fn write_ids(&mut self) {
        let parsed = Lines::parse(self.lines.join("\n"));
        let outline = Outline::of(&parsed);
        let items = bullets(&parsed, &outline, 0..parsed.len());
        let mut taken: Vec<CriterionId> = Vec::new();
        let ids = items.iter().map(|i| leading_id(&i.text).map(|(id, _)| id));
        let ids: Vec<Option<CriterionId>> = ids.collect();
        taken.extend(ids.iter().flatten().cloned());
        for (n, (item, id)) in items.iter().zip(&ids).enumerate() {
            if id.is_some() {
                continue;
            }
            // Of one more than are taken at least one is free.
            let free = (n + 1..=n + 1 + taken.len())
                .map(CriterionId::nth)
                .find(|id| !taken.contains(id));
            let (Some(id), Some(line)) = (free, self.lines.get_mut(item.line)) else {
                continue;
            };
            let content = marker(line).map_or(line.trim(), |(_, rest)| rest);
            let boxed = ["[ ] ", "[x] ", "[X] "];
            let content = boxed
                .iter()
                .find_map(|b| content.strip_prefix(b))
                .unwrap_or(content);
            let at = line.trim_end().len() - content.trim_start().len();
            line.insert_str(at, &format!("{id}: "));
            taken.push(id);
        }
    }

    /// Where the answers that its marks name landed; lines are those of the section, from 0.
    fn landings(&self) -> Vec<Landing> {
        let mut target = plain_title(&self.title);
        let mut found = Vec::new();
        for (at, (line, ids)) in self.lines.iter().zip(&self.marks).enumerate() {
            if let Some(title) = line.trim().strip_prefix("### ") {
                target = plain_title(title);
            }
            if self.key == "acceptance criteria"
                && let Some((id, _)) = leading_id(line)
            {
                target = id.to_string();
            }
            found.extend(ids.iter().map(|question| Landing {
                question: question.clone(),
                target: target.clone(),
                line: u32::try_from(at).unwrap_or(0) + 1,
            }));
        }
        found
    }

    fn render(&self) -> String {
        let mut text = format!("\n## {}\n\n", self.title);
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

fn plain_title(title: &str) -> String {
    crate::documents::markdown::plain(title.trim().trim_end_matches(':'))
}

/// The file's own head with another title: what people wrote there stays.
fn head(makings: &Makings<'_>, title: &str) -> String {
    let bytes = makings.current.render();
    let current = Lines::parse(&bytes);
    let outline = Outline::of(&current);
    let section = outline.headings.iter().find(|h| h.level >= 2);
    let end = section.map_or(current.len(), |h| h.line);
    let heading = outline.headings.iter().find(|h| h.level == 1);
    let at = heading.map(|h| h.line).filter(|at| *at < end);
    let named = format!("# Task {} — {}", makings.id, one_line(title).trim());
    let mut lines: Vec<&str> = (0..end).map(|n| current.text(n)).collect();
    match at {
        Some(at) => lines[at] = &named,
        None => lines.insert(0, &named),
    }
    let mut text = lines.join("\n").trim_end().to_owned();
    text.push('\n');
    if let Some(item) = makings.item.filter(|_| makings.current.item().is_none()) {
        let line = format!("Backlog Item: {item}  \n");
        let status = text
            .find("\nStatus:")
            .and_then(|at| Some(at + 1 + text[at + 1..].find('\n')? + 1));
        text.insert_str(status.unwrap_or(text.len()), &line);
    }
    text
}

/// The title of the author's heading, without `Task T000 —`.
fn title_of(text: &str) -> Option<String> {
    let task = Task::parse(text);
    let title = task.title().trim();
    let is_placeholder = title.is_empty() || title.starts_with('‹');
    (!is_placeholder).then(|| title.to_owned())
}

/// One of the sections that are not the author's.
fn ours(key: &str, makings: &Makings<'_>, trace: &Trace) -> Option<Section> {
    let current = makings.current.render();
    let mut there = sections_of(&String::from_utf8_lossy(&current));
    let mut section = match there.iter().position(|s| s.key == key) {
        Some(at) => there.swap_remove(at),
        None if key == "clarifications" => Section {
            title: "Clarifications".to_owned(),
            key: key.to_owned(),
            ..Section::default()
        },
        None => return None,
    };
    if key == "clarifications" {
        let mut ledger = Task::parse(format!("# Task\n{}", section.render()));
        for entry in makings.form.entries() {
            let old = ledger.clarifications();
            let old = old.iter().find(|c| c.id == entry.question.id);
            let became = trace
                .became(&entry.question.id)
                .or_else(|| old.and_then(|c| c.became.clone()));
            ledger.add_clarification(&clarification(entry, became.as_deref()));
        }
        let text = ledger.render();
        let made = sections_of(&String::from_utf8_lossy(&text));
        section.lines = made.into_iter().next().map(|s| s.lines).unwrap_or_default();
    }
    (!section.lines.is_empty()).then_some(section)
}

/// An entry of the form as a line of the ledger.
pub fn clarification(entry: &Entry, became: Option<&str>) -> Clarification {
    let question = &entry.question;
    let answer = match &entry.given {
        Some(Given::Answer { text } | Given::Default { text }) => Some(text.as_str()),
        Some(Given::Skip) => Some("left to the author"),
        Some(Given::Back { .. }) | None => None,
    };
    let known = became.map(|b| {
        let known = b.split(", ").filter(|w| Clarification::is_place(w));
        known.collect::<Vec<_>>().join(", ")
    });
    let known = known.filter(|k| !k.is_empty());
    Clarification::new(&question.id, &question.line(), answer, known.as_deref())
}

/// Sections of the file that the draft does not have: those that the format does not know, a
/// person's notes, and, as long as no author has written the file, all others that they began in it.
fn foreign(current: &Task, draft: &[Section]) -> Vec<Section> {
    let text = current.render();
    let there = sections_of(&String::from_utf8_lossy(&text));
    let known = |key: &str| ORDER.iter().any(|(name, _)| *name == key);
    there
        .into_iter()
        .filter(|s| {
            let theirs = s.key == "notes" || current.is_draft() && !is_ours(&s.key);
            theirs || !known(&s.key)
        })
        .filter(|s| !draft.iter().any(|d| d.key == s.key))
        .collect()
}

/// What would keep the task from being run: as if it were saved as ready.
fn findings(text: &str, makings: &Makings<'_>) -> Vec<Finding> {
    let mut task = Task::parse(text);
    task.set_status("Ready");
    let mut found = task.validate(makings.file);
    let missing = contract::validate(makings.template, text, makings.file, None);
    // What the engine keeps in a task is not the author's to fill, whatever a template says of it.
    let kept = |f: &Finding| f.section.as_ref().is_some_and(|s| is_ours(&normal(s)));
    // What the task itself says about a section is said more exactly.
    let known: Vec<Option<String>> = found.iter().map(|f| f.section.clone()).collect();
    found.extend(
        missing
            .into_iter()
            .filter(|f| f.section.is_none() || !known.contains(&f.section))
            .filter(|f| !kept(f)),
    );
    found
}

#[cfg(test)]
mod tests;
