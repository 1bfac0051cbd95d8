//! What a person changed in a run-state, as orders; and the merge that keeps every line of theirs.

use super::RunStateDoc;
use super::apply::{Wanted, apply};
use super::scan::{Key, Scan, yes_or_no};
use crate::documents::lines::number;
use crate::documents::markdown::key::key_line;
use crate::documents::markdown::normal;
use crate::terms::{RunState, StageId, StageState};

/// One change of a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A line of `## Completed Stages` was taken out: rerun from this stage.
    Rerun {
        /// The stage's name in that line.
        stage: String,
        /// Its id, where the stages' table names it.
        id: Option<StageId>,
    },
    /// `Current Status:` orders pause, cancellation or going on ([`RunState::Running`]).
    Status(RunState),
    /// An approval setting was changed or added.
    Approval {
        /// Its label.
        setting: String,
        /// What it says now.
        value: bool,
    },
    /// A stage's state in the table was changed. Whether that is lawful, the engine knows.
    StageRow {
        /// The stage.
        id: StageId,
        /// What it was.
        from: StageState,
        /// What it is wanted to be.
        to: StageState,
    },
    /// A line `Approval: approved by NAME` was added. It counts only where the project says so.
    ApprovalGiven {
        /// The name.
        by: String,
        /// Its line, from 1.
        line: u32,
    },
    /// A line of the engine's was changed in a way that orders nothing; the merge reverts it.
    Illegal {
        /// Its line in their file, from 1; `None` for one that was taken out.
        line: Option<u32>,
        /// What it said; empty for one that was added.
        was: String,
        /// What it says now; empty for one that was taken out.
        now: String,
    },
}

/// What a person changed between `base`, as the engine wrote it last, and `theirs`.
pub fn edits(base: &RunStateDoc, theirs: &RunStateDoc) -> Vec<Edit> {
    let (old, new) = (Scan::of(&base.lines), Scan::of(&theirs.lines));
    let mut found = completed(&old, &new);
    keys(&old, &new, &mut found);
    rows(&old, &new, &mut found);
    approvals_given(&old, &new, &mut found);
    found
}

fn illegal(line: Option<usize>, was: &str, now: &str) -> Edit {
    Edit::Illegal {
        line: line.map(number),
        was: was.trim().to_owned(),
        now: now.trim().to_owned(),
    }
}

fn completed(old: &Scan<'_>, new: &Scan<'_>) -> Vec<Edit> {
    let (was, is) = (old.completed(), new.completed());
    let mut found: Vec<Edit> = Vec::new();
    for (at, stage) in &was {
        let text = old.lines.text(*at);
        match is.iter().find(|(_, s)| s.id == stage.id) {
            Some((_, same)) if same == stage => {}
            Some((at, _)) => found.push(illegal(Some(*at), text, new.lines.text(*at))),
            None => {
                let key = normal(&stage.name);
                let rows = old.rows();
                let mut rows = rows.iter().filter_map(|(_, _, row)| row.as_ref());
                let row = rows.find(|r| normal(&r.name) == key || r.id.as_str() == key);
                let edit = Edit::Rerun {
                    stage: stage.name.clone(),
                    id: row.map(|r| r.id.clone()),
                };
                if !found.contains(&edit) {
                    found.push(edit);
                }
            }
        }
    }
    let added = is
        .iter()
        .filter(|(_, s)| !was.iter().any(|(_, w)| w.id == s.id));
    found.extend(added.map(|(at, _)| illegal(Some(*at), "", new.lines.text(*at))));
    found
}

fn keys(old: &Scan<'_>, new: &Scan<'_>, found: &mut Vec<Edit>) {
    for was in old.owned.iter().filter(|o| o.key.place().is_some()) {
        let text = old.lines.text(was.at);
        match new.find(&was.key) {
            None => found.push(illegal(None, text, "")),
            Some(now) if now.value == was.value => {}
            Some(now) => {
                let order = order(&was.key, &was.value, &now.value);
                let edit = order
                    .unwrap_or_else(|| Some(illegal(Some(now.at), text, new.lines.text(now.at))));
                found.extend(edit);
            }
        }
    }
    for now in &new.owned {
        if let Key::Approval(setting) = &now.key
            && old.find(&now.key).is_none()
        {
            found.push(match yes_or_no(&now.value) {
                Some(value) => Edit::Approval {
                    setting: setting.clone(),
                    value,
                },
                None => illegal(Some(now.at), "", new.lines.text(now.at)),
            });
        }
    }
}

/// The order in a changed value: `Some(None)` says the same in other words, `None` is no order.
#[expect(
    clippy::option_option,
    reason = "three answers, said at the head of the function"
)]
fn order(key: &Key, was: &str, now: &str) -> Option<Option<Edit>> {
    match key {
        Key::Status => {
            let now = RunState::read_status(now)?;
            if RunState::read_status(was).map(RunState::status_line) == Some(now.status_line()) {
                return Some(None);
            }
            let lawful = matches!(
                now,
                RunState::Paused | RunState::Cancelled | RunState::Running
            );
            lawful.then_some(Some(Edit::Status(now)))
        }
        Key::Approval(setting) => {
            let value = yes_or_no(now)?;
            let changed = yes_or_no(was) != Some(value);
            Some(changed.then(|| Edit::Approval {
                setting: setting.clone(),
                value,
            }))
        }
        _ => None,
    }
}

fn rows(old: &Scan<'_>, new: &Scan<'_>, found: &mut Vec<Edit>) {
    let (was, is) = (old.rows(), new.rows());
    for (at, id, row) in &was {
        let text = old.lines.text(*at);
        let Some((now_at, _, now)) = is.iter().find(|(_, other, _)| other == id) else {
            found.push(illegal(None, text, ""));
            continue;
        };
        let now_text = new.lines.text(*now_at);
        match (row, now) {
            (Some(row), Some(now)) => {
                let mut same_but_state = now.clone();
                same_but_state.state = row.state;
                if same_but_state != *row {
                    found.push(illegal(Some(*now_at), text, now_text));
                }
                // A line taken out of Completed Stages wins over the table.
                let reruns =
                    |e: &Edit| matches!(e, Edit::Rerun { id: Some(r), .. } if *r == row.id);
                if now.state != row.state && !found.iter().any(reruns) {
                    found.push(Edit::StageRow {
                        id: row.id.clone(),
                        from: row.state,
                        to: now.state,
                    });
                }
            }
            _ if text.trim() == now_text.trim() => {}
            _ => found.push(illegal(Some(*now_at), text, now_text)),
        }
    }
    for (at, id, _) in &is {
        if !was.iter().any(|(_, other, _)| other == id) {
            found.push(illegal(Some(*at), "", new.lines.text(*at)));
        }
    }
}

fn approvals_given(old: &Scan<'_>, new: &Scan<'_>, found: &mut Vec<Edit>) {
    let given = |scan: &Scan<'_>| -> Vec<(usize, String)> {
        (0..scan.lines.len())
            .filter(|at| scan.outline.is_text(*at))
            .filter_map(|at| {
                let line = key_line(scan.lines.text(at)).filter(|l| l.is("Approval"))?;
                let head = line.value.get(..11)?;
                let by = line.value[11..].trim();
                (head.eq_ignore_ascii_case("approved by") && !by.is_empty())
                    .then(|| (at, by.to_owned()))
            })
            .collect()
    };
    let mut before: Vec<String> = given(old).into_iter().map(|(_, by)| by).collect();
    for (at, by) in given(new) {
        // Each line of before stands for one of now.
        if let Some(known) = before.iter().position(|b| *b == by) {
            before.swap_remove(known);
        } else {
            found.push(Edit::ApprovalGiven {
                by,
                line: number(at),
            });
        }
    }
}

/// The three-way merge: every foreign line as in `theirs`, the engine's facts as in `ours`, the
/// approval settings as in `theirs`. Messages a person took out since `base` stay out.
pub fn merge(base: &RunStateDoc, ours: &RunStateDoc, theirs: &RunStateDoc) -> Vec<u8> {
    let (old, mine, new) = (
        Scan::of(&base.lines),
        Scan::of(&ours.lines),
        Scan::of(&theirs.lines),
    );
    let texts =
        |scan: &Scan<'_>| -> Vec<String> { scan.messages().into_iter().map(|(_, m)| m).collect() };
    let (before, now) = (texts(&old), texts(&new));
    let keys = mine.owned.iter().filter(|o| o.key.place().is_some());
    let keys = keys.filter(|o| match &o.key {
        Key::Approval(_) => new
            .find(&o.key)
            .is_none_or(|theirs| yes_or_no(&theirs.value).is_none()),
        _ => true,
    });
    let footer = mine.footer().or_else(|| old.footer());
    let wanted = Wanted {
        keys: keys.map(|o| (o.key.clone(), o.value.clone())).collect(),
        completed: mine.completed().into_iter().map(|(_, c)| c).collect(),
        stages: mine.rows().into_iter().filter_map(|(_, _, r)| r).collect(),
        messages: texts(&mine)
            .into_iter()
            .filter(|m| !before.contains(m) || now.contains(m))
            .collect(),
        seq: footer.as_ref().map_or(0, |f| f.seq),
        epoch: footer.as_ref().map_or(0, |f| f.epoch),
    };
    let mut merged = theirs.lines.clone();
    apply(&mut merged, &wanted);
    merged.render()
}
