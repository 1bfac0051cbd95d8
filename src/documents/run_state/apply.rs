//! Writing facts into a run-state: owned lines only.

use super::scan::{Key, MESSAGE_MARK, SECTIONS, Scan, yes_or_no};
use super::{Completed, RunStateDoc, RunStateFacts, StageRow};
use crate::documents::lines::{Lines, one_line};
use crate::documents::markdown::key::{key_line, with_value};
use crate::documents::markdown::{Kind, Outline, table};
use crate::terms::RunState;

/// What the owned lines shall say. What is absent is left as it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub keys: Vec<(Key, String)>,
    pub completed: Vec<Completed>,
    pub stages: Vec<StageRow>,
    pub messages: Vec<String>,
    pub seq: u64,
    pub epoch: u64,
}

impl Wanted {
    pub(super) fn of(facts: &RunStateFacts) -> Self {
        let none = || "None".to_owned();
        let task = facts
            .task_id
            .as_ref()
            .map_or_else(none, ToString::to_string);
        let mut keys = vec![
            (Key::TaskId, task),
            (Key::TaskFile, facts.task_file.clone().unwrap_or_else(none)),
            (Key::Status, facts.status.status_line().to_owned()),
            (Key::Stage, facts.current_stage.clone()),
            (Key::Run, facts.current_run.clone()),
            (
                Key::StopReason,
                facts.stop_reason.clone().unwrap_or_else(none),
            ),
        ];
        let artifacts = facts.artifacts.iter();
        keys.extend(artifacts.map(|(label, path)| (Key::Artifact(label.clone()), path.clone())));
        let approvals = facts.approvals.iter();
        keys.extend(approvals.map(|(label, yes)| (Key::Approval(label.clone()), yes.to_string())));
        Self {
            keys,
            completed: facts.completed.clone(),
            stages: facts.stages.clone(),
            messages: facts.messages.clone(),
            seq: facts.seq,
            epoch: facts.epoch,
        }
    }
}

/// Makes the owned lines say what is wanted.
pub(super) fn apply(lines: &mut Lines, wanted: &Wanted) {
    if lines.is_empty() {
        lines.insert(0, "# Run State");
    }
    for title in SECTIONS {
        let ours_when_needed = match title {
            "Stages" => wanted.stages.is_empty(),
            "Engine messages" => wanted.messages.is_empty(),
            _ => false,
        };
        if !ours_when_needed {
            add_section(lines, title);
        }
    }
    for (key, value) in &wanted.keys {
        set_key(lines, key, &one_line(value));
    }
    set_completed(lines, &wanted.completed);
    set_stages(lines, &wanted.stages);
    set_messages(lines, &wanted.messages);
    set_footer(lines, wanted);
}

/// Puts a missing section before the first later one that is there, else at the end.
fn add_section(lines: &mut Lines, title: &str) {
    let outline = Outline::patient(lines);
    if outline.section(2, title).is_some() {
        return;
    }
    let later = SECTIONS.iter().skip_while(|t| **t != title).skip(1);
    let next = later
        .filter_map(|t| outline.section(2, t))
        .map(|h| h.line)
        .min();
    let heading = format!("## {title}");
    if let Some(at) = next {
        lines.insert_all(at, &[heading.as_str(), "---"]);
        return;
    }
    let scan = Scan::of(lines);
    let at = scan.find(&Key::Footer).map_or(lines.len(), |o| o.at);
    let last = (0..at).rev().find(|i| outline.kinds[*i] != Kind::Blank);
    let first = !outline.headings.iter().any(|h| h.level == 2);
    let ruled = first || last.is_some_and(|i| outline.kinds[i] == Kind::Rule);
    let block: &[&str] = if ruled {
        &[&heading]
    } else {
        &["---", &heading]
    };
    lines.insert_all(at, block);
}

fn set_key(lines: &mut Lines, key: &Key, value: &str) {
    let scan = Scan::of(lines);
    if let Some(owned) = scan.find(key) {
        if !says_the_same(key, &owned.value, value) {
            let at = owned.at;
            let text = lines.text(at).to_owned();
            if let Some(line) = key_line(&text) {
                lines.set(at, &with_value(&text, &line, value));
            }
        }
        return;
    }
    let Some((section, label)) = key.place() else {
        return;
    };
    let line = format!("{label}: {value}");
    let Some(heading) = scan.outline.section(2, section) else {
        return;
    };
    // Below the last key of its section; with none there, the first of the section.
    let mut at = heading.line + 1;
    for owned in &scan.owned {
        if heading.range().contains(&owned.at) && goes_before(&owned.key, key) {
            at = owned.at + 1;
        }
    }
    lines.insert(at, &line);
}

/// Whether a key of the same section is written before another.
fn goes_before(one: &Key, other: &Key) -> bool {
    let rank = |key: &Key| match key {
        Key::TaskId | Key::Status => 0,
        Key::TaskFile | Key::Stage => 1,
        Key::Run => 2,
        Key::StopReason => 3,
        _ => 4,
    };
    rank(one) <= rank(other)
}

fn says_the_same(key: &Key, is: &str, wanted: &str) -> bool {
    match key {
        Key::Status => match (RunState::read_status(is), RunState::read_status(wanted)) {
            (Some(a), Some(b)) => a.status_line() == b.status_line(),
            _ => is == wanted,
        },
        Key::Approval(_) => yes_or_no(is) == yes_or_no(wanted) && yes_or_no(is).is_some(),
        _ => is == wanted,
    }
}

fn set_completed(lines: &mut Lines, wanted: &[Completed]) {
    let scan = Scan::of(lines);
    let is: Vec<Completed> = scan.completed().into_iter().map(|(_, c)| c).collect();
    let owned: Vec<usize> = scan.all(&Key::Completed).iter().map(|o| o.at).collect();
    if is == wanted && !owned.is_empty() {
        return;
    }
    let new: Vec<String> = if wanted.is_empty() {
        vec!["- None".to_owned()]
    } else {
        wanted.iter().map(completed_line).collect()
    };
    let kept = if owned.len() == is.len() {
        is.iter().zip(wanted).take_while(|(a, b)| a == b).count()
    } else {
        0
    };
    let start = section_start(&scan, "Completed Stages");
    replace(
        lines,
        &owned[kept..],
        &new[kept.min(new.len())..],
        owned[..kept].last().map_or(start, |at| at + 1),
    );
}

fn completed_line(stage: &Completed) -> String {
    let parts = [&stage.name, &stage.id, &stage.date, &stage.result];
    let parts = parts.map(|p| one_line(p));
    format!("- {}", parts.join(" — "))
}

fn set_stages(lines: &mut Lines, wanted: &[StageRow]) {
    let scan = Scan::of(lines);
    let is: Vec<Option<StageRow>> = scan.rows().into_iter().map(|(_, _, r)| r).collect();
    if is.iter().map(Option::as_ref).eq(wanted.iter().map(Some)) {
        return;
    }
    let owned: Vec<usize> = scan
        .owned
        .iter()
        .filter(|o| matches!(o.key, Key::TableHead | Key::Row))
        .map(|o| o.at)
        .collect();
    let start = section_start(&scan, "Stages");
    let new = stage_table(wanted);
    let whole = owned.windows(2).all(|w| w[0] + 1 == w[1]);
    if whole {
        replace(lines, &owned, &new, start);
    } else {
        // Somebody wrote between the rows: the table stands whole before what was written.
        let at = owned.first().copied().unwrap_or(start);
        for at in owned.iter().rev() {
            lines.remove(*at);
        }
        lines.insert_all(at, &new);
    }
}

fn stage_table(rows: &[StageRow]) -> Vec<String> {
    let header = ["Stage", "Id", "State", "Iteration", "Attempts", "Stale"];
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                table::cell(&row.name),
                row.id.to_string(),
                row.state.word().to_owned(),
                row.iteration.to_string(),
                match row.by_hand {
                    0 => row.attempts.to_string(),
                    n => format!("{}, {n} with a person", row.attempts),
                },
                if row.stale { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    table::render(&header, &rows)
}

fn set_messages(lines: &mut Lines, wanted: &[String]) {
    let scan = Scan::of(lines);
    let flat = |m: &String| m.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted: Vec<String> = wanted.iter().map(flat).collect();
    let is: Vec<String> = scan.messages().into_iter().map(|(_, m)| m).collect();
    if is == wanted {
        return;
    }
    let owned: Vec<usize> = scan.all(&Key::Message).iter().map(|o| o.at).collect();
    let kept = is.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
    let new: Vec<String> = wanted[kept..]
        .iter()
        .map(|m| format!("- {MESSAGE_MARK}{m}"))
        .collect();
    let start = section_start(&scan, "Engine messages");
    replace(
        lines,
        &owned[kept..],
        &new,
        owned[..kept].last().map_or(start, |at| at + 1),
    );
}

fn set_footer(lines: &mut Lines, wanted: &Wanted) {
    let doc = RunStateDoc {
        lines: std::mem::take(lines),
    };
    let sha = doc.owned_digest();
    *lines = doc.lines;
    let line = format!(
        "<!-- harness format=1 seq={} epoch={} sha={sha} -->",
        wanted.seq, wanted.epoch
    );
    let at = Scan::of(lines).find(&Key::Footer).map(|o| o.at);
    match at {
        Some(at) => lines.set(at, &line),
        None => lines.insert(lines.len(), &line),
    }
}

fn section_start(scan: &Scan<'_>, title: &str) -> usize {
    let section = scan.outline.section(2, title);
    section.map_or(scan.lines.len(), |h| h.line + 1)
}

/// Makes the lines at `old` (rising) say `new`: in place as far as they go, then further ones
/// below the last of them (or at `start`), and the rest is taken out.
fn replace(lines: &mut Lines, old: &[usize], new: &[String], start: usize) {
    let common = old.len().min(new.len());
    for (at, text) in old.iter().zip(new) {
        lines.set(*at, text);
    }
    for at in old[common..].iter().rev() {
        lines.remove(*at);
    }
    let at = old[..common].last().map_or(start, |at| at + 1);
    lines.insert_all(at, &new[common..]);
}
