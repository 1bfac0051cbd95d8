//! What people edited that no supervisor has taken up yet: run-state.md, the task. It is looked at
//! from outside too, by whoever does not hold the run; nothing is changed here.

use super::rejected::why_not;
use crate::documents::run_state::{Edit, RunStateDoc, edits};
use crate::documents::task::Task;
use crate::engine::plan::{Criterion, Work};
use crate::engine::{Event, Run};
use crate::stage::ambient::Ambient;
use crate::store::fs::Fs;
use crate::store::roots::Roots;
use crate::terms::RunState;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// Largest run-state.md that is read.
const MAX_STATE_BYTES: u64 = 4 * 1024 * 1024;
/// Largest task that is read.
const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

/// An edit of run-state.md that is still to be taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ByHand {
    /// It is no run-state any more, and why; it is to be put back.
    Wreck(&'static str),
    /// What it asks for, lawful or not; never empty.
    Edits(Vec<Edit>),
}

/// The edit that stands in the file `run_state`, where `base` holds what the engine wrote last.
/// `None`: nothing is asked for; notes are people's own.
pub fn pending(fs: &dyn Fs, base: &Path, run_state: &Path) -> Option<ByHand> {
    let base = fs.read(base, MAX_STATE_BYTES).ok()?;
    let theirs = fs.read(run_state, MAX_STATE_BYTES).ok()?;
    if let Some(why) = why_not(&base, &theirs) {
        return Some(ByHand::Wreck(why));
    }
    let asked = asked_for(&base, &theirs);
    (!asked.is_empty()).then_some(ByHand::Edits(asked))
}

/// What somebody asks for by having changed `base` into `theirs`.
pub(super) fn asked_for(base: &[u8], theirs: &[u8]) -> Vec<Edit> {
    if base == theirs {
        return Vec::new();
    }
    let (was, is) = (RunStateDoc::parse(base), RunStateDoc::parse(theirs));
    // The engine wrote it after the copy was made: a crash can fall between the two writes. Its own
    // lines ask for nothing, and what people added was judged then.
    let newer = is.is_as_written() == Some(true) && is.read().footer != was.read().footer;
    if newer { Vec::new() } else { edits(&was, &is) }
}

/// The fact that the task of the checkout is not the one that the run knows. `None` too for a
/// task that can't be read, and for a run that has no more use for one.
pub fn task_changed(fs: &dyn Fs, roots: Roots<'_>, run: &Run) -> Option<Event> {
    if run.landed.is_some() || run.state() == RunState::Cancelled {
        return None;
    }
    let planned = run.plan.task.as_ref()?;
    let bytes = fs.read(&roots.file(&planned.path), MAX_TASK_BYTES).ok()?;
    let task = Task::parse(&bytes);
    let digest = task.digest_for_staleness();
    let criteria = criteria(&task);
    (run.task.as_ref() != Some(&digest)).then_some(Event::TaskChanged { digest, criteria })
}

/// The fact that what the run's profiles bring back, out of the checkout `home` and of what the user
/// has, is not what the run knows. `None` too where they bring nothing back, and for a run that has no
/// more use for it: what a completed one was made with is in its records.
pub fn brought_changed(
    home: &Path,
    run: &Run,
    user_env: &BTreeMap<String, String>,
) -> Option<Event> {
    let over = matches!(run.state(), RunState::Cancelled | RunState::Completed);
    if run.landed.is_some() || over {
        return None;
    }
    let ambient = Ambient::of(home, user_env);
    let stages = run.plan.stages.iter();
    let with_agents = stages.filter(|s| matches!(s.work, Work::Role(_)));
    let digests: BTreeMap<_, _> = with_agents
        .flat_map(|stage| ambient.digests(&stage.profile))
        .collect();
    (run.brought != digests).then_some(Event::BroughtChanged { digests })
}

/// The acceptance criteria of a task, each id once.
pub fn criteria(task: &Task) -> Vec<Criterion> {
    let mut criteria: Vec<Criterion> = Vec::new();
    for criterion in task.criteria() {
        if criteria.iter().all(|c| c.id != criterion.id) {
            criteria.push(Criterion {
                id: criterion.id,
                text: criterion.text,
            });
        }
    }
    criteria
}

impl fmt::Display for ByHand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wreck(why) => write!(f, "{why}, and is to be put back"),
            Self::Edits(asked) => {
                let words: Vec<String> = asked.iter().map(words).collect();
                f.write_str(&words.join("; "))
            }
        }
    }
}

fn words(edit: &Edit) -> String {
    match edit {
        Edit::Rerun { stage, .. } => format!("rerun from {stage}"),
        Edit::Status(state) => format!("Current Status: {}", state.status_line()),
        Edit::Approval { setting, value } => format!("{setting}: {value}"),
        Edit::StageRow { id, to, .. } => format!("{id} is set to {to}"),
        Edit::ApprovalGiven { by, .. } => format!("an approval by {by}"),
        Edit::Illegal { was, now, .. } if now.is_empty() => {
            format!("'{was}' was taken out, which orders nothing")
        }
        Edit::Illegal { now, .. } => format!("'{now}', which orders nothing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::run_state::RunStateFacts;
    use crate::store::fs::Disk;
    use crate::store::write::replace;

    fn written(seq: u64) -> Vec<u8> {
        let facts = RunStateFacts {
            task_id: None,
            task_file: None,
            status: RunState::AwaitingApproval,
            current_stage: "Build".to_owned(),
            current_run: "RUN-2026-04-02-T001".to_owned(),
            stop_reason: None,
            completed: Vec::new(),
            artifacts: Vec::new(),
            approvals: vec![("Require Approval Before Build".to_owned(), true)],
            stages: Vec::new(),
            messages: Vec::new(),
            seq,
            epoch: 1,
        };
        RunStateDoc::create(&facts).render()
    }

    fn said(base: &[u8], theirs: &[u8]) -> Option<String> {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("base"), dir.path().join("run-state.md"));
        replace(&Disk, &a, base).unwrap();
        replace(&Disk, &b, theirs).unwrap();
        pending(&Disk, &a, &b).map(|p| p.to_string())
    }

    #[test]
    fn orders_are_seen_and_notes_are_not() {
        let base = written(7);
        let text = String::from_utf8(base.clone()).unwrap();
        let edited = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text);
            said(&base, changed.as_bytes())
        };
        let words = |text: &str| Some(text.to_owned());
        assert_eq!(said(&base, &base), None);
        assert_eq!(edited("## Notes\n", "## Notes\n\nAsk Ada.\n"), None);
        assert_eq!(
            edited("Status: Awaiting Approval", "Status: Paused"),
            words("Current Status: Paused")
        );
        assert_eq!(
            edited("Build: true", "Build: no"),
            words("Require Approval Before Build: false")
        );
        assert_eq!(
            edited("Run ID: RUN", "Run ID: NUR"),
            words("'Current Run ID: NUR-2026-04-02-T001', which orders nothing")
        );
        assert_eq!(
            said(&base, b"\n"),
            words("it was emptied, and is to be put back")
        );
    }

    #[test]
    fn an_approval_beside_untouched_lines_is_seen_unless_the_engine_wrote_since() {
        let approved = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let line = "## Approval Mode\n\nApproval: approved by Ada\n";
            text.replacen("## Approval Mode\n", line, 1).into_bytes()
        };
        let seen = said(&written(7), &approved(&written(7)));
        assert_eq!(seen, Some("an approval by Ada".to_owned()));
        // It was there before the engine wrote the file, and was judged then.
        assert_eq!(said(&written(7), &approved(&written(8))), None);
    }
}
