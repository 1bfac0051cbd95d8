//! Everything that belongs to a criterion: where it is asked for, specified and planned, what was
//! changed for it, what checked it, and how it was judged.

use super::sheet::of_tree;
use super::{Line, Paper};
use crate::git::diff::DiffEntry;
use crate::records::change::{Change, Changes};
use crate::records::checked;
use crate::records::runs::RunView;
use crate::render::{Look, Row, Span, Target};
use crate::terms::CriterionId;
use crate::terms::verdict::Met;
use crate::text::{Role, pad};

/// The columns of the word that leads a part.
const WORD: usize = 16;

/// A place in a document that names the criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mention {
    path: String,
    /// Counted from 1.
    line: usize,
    text: String,
    /// The heading it stands below.
    heading: String,
    /// The text of the section, from heading to heading.
    section: String,
}

/// The lineage of a criterion, as rows that lead to each place.
pub(super) fn lines(view: &RunView, id: &CriterionId, changes: &mut Changes) -> Vec<Line> {
    let run = &view.run;
    let criteria = run.plan.task.iter().flat_map(|t| &t.criteria);
    let text = criteria
        .clone()
        .find(|c| c.id == *id)
        .map(|c| c.text.as_str());
    let title = Row::of(Look::Heading(1), id);
    let title = title.with(
        Look::Strong,
        format!("  {}", text.unwrap_or("not of this task")),
    );
    let mut lines = vec![Line::of(title), Line::of(Row::empty())];
    let mut mentions = Vec::new();
    if let Some(task) = &run.plan.task {
        let nth = criteria.clone().position(|c| c.id == *id);
        let found = asked(view, task.path.as_str(), id, nth);
        lines.extend(part("task", &found));
    }
    for record in &run.stages {
        let planned = run.plan.stage(&record.id);
        let name = planned.map_or_else(|| record.id.to_string(), |s| s.name.clone());
        for artifact in &record.artifacts {
            let found = mentions_in(view, artifact.path.as_str(), id);
            lines.extend(part(&name, &found));
            // What a review says of the code is the verdict's evidence, told below.
            if record.verdict.is_none() {
                mentions.extend(found);
            }
        }
    }
    let judged = run.stages.iter().rev().find_map(|stage| {
        let verdict = stage.verdict.as_ref()?;
        let of_it = verdict.judgements.iter().find(|j| j.criterion == *id)?;
        Some((stage, of_it))
    });
    let evidence = judged.map_or("", |(_, j)| j.evidence.as_str());
    lines.extend(changed(changes.of(view).as_deref(), evidence, &mentions));
    for record in &run.stages {
        let attempt = record.attempts.iter().rev().find(|a| a.result.is_some());
        for check in &record.checks {
            let (role, how) = checked::short(check);
            let row = lead("check")
                .with(Look::Role(role), how)
                .with(Look::Plain, format!("  {}", check.command));
            let to = attempt.map(|a| Paper::Checks(a.id.clone()));
            lines.push(Line { row, to });
        }
    }
    let row = match judged {
        None => lead("verdict").with(Look::Role(Role::Quiet), "○ not judged yet"),
        Some((stage, judgement)) => {
            let (role, word) = match judgement.met {
                Met::Met => (Role::Good, "✓ met"),
                Met::Unmet => (Role::Bad, "✗ unmet"),
                Met::Unverifiable => (Role::Attention, "? unverifiable"),
            };
            let commit = stage.commit.as_ref();
            let commit = commit.map_or_else(String::new, |c| format!(", commit {}", c.short()));
            lead("verdict")
                .with(Look::Role(role), word)
                .with(Look::Plain, format!("  {}", judgement.evidence))
                .with(Look::Role(Role::Quiet), commit)
        }
    };
    lines.push(Line::of(row));
    lines
}

fn lead(word: &str) -> Row {
    Row::of(Look::Role(Role::Quiet), pad(word, WORD)).with(Look::Plain, "  ")
}

/// The places of one document, each with the heading that it stands below.
fn part(word: &str, found: &[Mention]) -> Vec<Line> {
    let row = |(n, mention): (usize, &Mention)| {
        let name = mention.path.rsplit('/').next().unwrap_or(&mention.path);
        let place = Target::Place {
            path: mention.path.clone(),
            line: Some(mention.line),
        };
        let place = Span::new(Look::Link, format!("{name}:{}", mention.line)).to(place);
        let mut row = lead(if n == 0 { word } else { "" }).span(place);
        if !mention.heading.is_empty() {
            row = row.with(Look::Strong, format!("  {}", mention.heading));
        }
        Line::of(row.with(Look::Plain, format!("  {}", mention.text)))
    };
    found.iter().enumerate().map(row).collect()
}

/// Where the task asks for it: where its id stands, else the bullet that is its by order.
fn asked(view: &RunView, path: &str, id: &CriterionId, nth: Option<usize>) -> Vec<Mention> {
    let found = mentions_in(view, path, id);
    let Some(nth) = nth.filter(|_| found.is_empty()) else {
        return found;
    };
    let text = of_tree(view, path).unwrap_or_default();
    let after = text.lines().enumerate().skip_while(|(_, l)| {
        let heading = l.trim_start_matches('#').trim();
        !(l.starts_with("##") && heading.eq_ignore_ascii_case("acceptance criteria"))
    });
    let bullets = after.filter(|(_, l)| l.starts_with(['-', '*']));
    bullets
        .skip(nth)
        .take(1)
        .map(|(n, line)| Mention {
            path: path.to_owned(),
            line: n + 1,
            text: line.trim_start_matches(['-', '*', ' ']).to_owned(),
            heading: String::new(),
            section: String::new(),
        })
        .collect()
}

fn mentions_in(view: &RunView, path: &str, id: &CriterionId) -> Vec<Mention> {
    let text = of_tree(view, path).unwrap_or_default();
    mentions(path, &text, id)
}

/// The lines that name a criterion, as a whole word.
fn mentions(path: &str, text: &str, id: &CriterionId) -> Vec<Mention> {
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |l: &&str| l.starts_with('#');
    let mut found = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        if !names(line, id.as_str()) {
            continue;
        }
        let from = lines[..=n].iter().rposition(is_head).unwrap_or(0);
        let more = lines[n + 1..].iter().position(is_head);
        let to = more.map_or(lines.len(), |more| n + 1 + more);
        let heading = lines.get(from).filter(|l| is_head(l));
        let heading = heading.map_or("", |h| h.trim_start_matches('#').trim());
        let plain = |c: char| ['|', '-', '*', '#', ' '].contains(&c);
        found.push(Mention {
            path: path.to_owned(),
            line: n + 1,
            text: line.trim_matches(plain).to_owned(),
            heading: if from == n { "" } else { heading }.to_owned(),
            section: lines[from..to].join("\n"),
        });
    }
    found
}

/// Whether a text holds this word, not as a part of a longer one.
pub(super) fn names(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        let goes_on = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !goes_on(before) && !goes_on(after)
    })
}

/// The files of the change that the evidence, or the plan of the criterion, names.
fn changed(change: Result<&Change, &String>, evidence: &str, mentions: &[Mention]) -> Vec<Line> {
    let Ok(change) = change else {
        return Vec::new();
    };
    let names_it = |file: &&DiffEntry| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let said = |text: &str| text.contains(&file.path) || names(text, name);
        said(evidence) || mentions.iter().any(|m| said(&m.section))
    };
    let row = |(n, file): (usize, &DiffEntry)| {
        let place = Target::Place {
            path: file.path.clone(),
            line: line_in(evidence, &file.path),
        };
        let row = lead(if n == 0 { "change" } else { "" })
            .span(Span::new(Look::Link, &file.path).to(place))
            .with(
                Look::Role(Role::Good),
                format!("  +{}", file.added.unwrap_or(0)),
            )
            .with(
                Look::Role(Role::Bad),
                format!(" -{}", file.removed.unwrap_or(0)),
            );
        Line::of(row)
    };
    let mut named = change
        .files
        .iter()
        .filter(names_it)
        .enumerate()
        .map(row)
        .collect::<Vec<_>>();
    if named.is_empty() && !change.files.is_empty() {
        let told = format!(
            "no file is named; {} changed in all",
            crate::text::many(change.files.len(), "file")
        );
        let row = lead("change").with(Look::Role(Role::Quiet), told);
        named.push(Line::to(row, Paper::Change));
    }
    named
}

/// The line that a text gives after a path: `src/a.rs:12`.
fn line_in(text: &str, path: &str) -> Option<usize> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let (_, rest) = text.split_once(name)?;
    let digits = rest.strip_prefix(':')?;
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_criterion_is_named_as_a_whole_word_with_its_section() {
        let id = CriterionId::nth(1);
        let text =
            "# Plan\n\n## Slice 1\n\n- covers AC-1 in src/a.rs\n- AC-10 no\n\n## Slice 2\nxAC-1\n";
        let found = mentions("p.md", text, &id);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].heading.as_str()), (5, "Slice 1"));
        assert_eq!(found[0].text, "covers AC-1 in src/a.rs");
        assert!(found[0].section.contains("AC-10") && !found[0].section.contains("Slice 2"));
    }

    #[test]
    fn a_place_in_the_evidence_is_gone_to() {
        assert_eq!(line_in("see a.rs:12, b", "src/a.rs"), Some(12));
        assert_eq!(line_in("see a.rs", "src/a.rs"), None);
        assert_eq!(line_in("none", "src/a.rs"), None);
    }
}
