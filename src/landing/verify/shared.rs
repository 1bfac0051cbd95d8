//! The files in which a landing writes lines of its own, the task and the backlog: what it sets there is
//! a status and links, and every other byte must be what stood there before or what the run left.

use super::find::{Unverifiable, here};
use super::{Ground, Line, Stands};
use crate::documents::backlog::Backlog;
use crate::documents::settings::Statuses;
use crate::documents::task::Task;
use crate::git::{Git, GitError};
use crate::landing::receipt::About;
use crate::terms::{Oid, TaskId};
use std::collections::BTreeSet;

/// How many texts are tried for what a run left.
const MOST_TRIED: usize = 200;

/// How one stands, and what is to be said of it.
type Stood = (Stands, String);

/// What was found of those that the commit changes.
#[derive(Default)]
pub(super) struct Shared {
    /// A line for each of which there is more to be said than what a landing sets.
    pub lines: Vec<Line>,
    /// What the landing set in the others.
    pub set: Vec<String>,
}

/// Looks at those of these paths that are such files; `before` is what the run's work was put upon.
pub(super) fn look(
    ground: &Ground<'_>,
    before: &Oid,
    changed: &[String],
) -> Result<Shared, Unverifiable> {
    let receipt = ground.receipt;
    let mut found = Shared::default();
    for path in changed.iter().filter(|path| receipt.is_shared(path)) {
        let (stands, told) = match one(ground, before, path)? {
            // In place the person commits what they like along with it.
            (Stands::NotTrue, told) if receipt.in_place => (Stands::Told, told),
            (Stands::Ok, told) => {
                found.set.push(told);
                continue;
            }
            other => other,
        };
        let claimed = "what a landing sets in it, and no more";
        found
            .lines
            .push(Line::of(stands, About::File(path.clone()), claimed, told));
    }
    Ok(found)
}

fn one(ground: &Ground<'_>, before: &Oid, path: &str) -> Result<Stood, Unverifiable> {
    let receipt = ground.receipt;
    let text = |commit: &Oid| here(ground.git.file_at(commit, path));
    let (was, now) = match (text(before)?, text(ground.commit)?) {
        (Ok(was), Ok(now)) => (was, now),
        (Err(lacking), _) | (_, Err(lacking)) => return Ok((Stands::NotKnown, lacking)),
    };
    let own = receipt.files.iter().find(|f| f.path == path);
    let Some(now) = now else {
        return Ok(if own.is_some_and(|f| f.blob.is_none()) {
            (Stands::Ok, format!("{path} is gone, as the run left it"))
        } else {
            (Stands::NotTrue, "the commit takes it away".to_owned())
        });
    };
    let task = receipt.task.as_ref();
    if task.is_some_and(|t| t.path.as_str() == path) {
        return Ok(of_task(path, was.as_deref(), &now));
    }
    let task = task.map(|t| &t.id);
    let Some(blob) = own.and_then(|f| f.blob.as_ref()) else {
        return Ok(match set(was.as_deref().unwrap_or_default(), &now, task) {
            Some(told) => (Stands::Ok, format!("of {path} {told}")),
            None => (Stands::NotTrue, MORE.to_owned()),
        });
    };
    let is_it = |text: &[u8]| Ok::<bool, GitError>(id_of(ground.git, text)? == *blob);
    for text in left(was.as_deref().unwrap_or_default(), &now, task) {
        if is_it(&text)? {
            let told = set(&text, &now, task).unwrap_or_default();
            return Ok((Stands::Ok, format!("of what the run left of {path} {told}")));
        }
    }
    let told = "the run changed it too, and what it left is not found in what stands there: whether \
                the rest is others' is not looked up";
    Ok((Stands::NotKnown, told.to_owned()))
}

/// That more of a backlog is another than a landing sets.
const MORE: &str =
    "the commit changes more of it than the status of one item and its task, which the run did not";

/// What a landing set that makes one backlog of another; `None`: that is not all.
fn set(was: &[u8], now: &[u8], task: Option<&TaskId>) -> Option<String> {
    if was == now {
        return Some("nothing".to_owned());
    }
    let (was, after) = (Backlog::parse(was), Backlog::parse(now));
    after.items().iter().find_map(|item| {
        let old = was.find(&item.id)?;
        let status = item.status.as_ref()?;
        if old.status == item.status && old.task == item.task {
            return None;
        }
        let mut with = was.clone();
        with.set_status(&item.id, status).ok()?;
        let told = format!("the status of {} ({status})", item.id);
        if with.render() == now {
            return Some(told);
        }
        with.set_task_link(&item.id, task?).ok()?;
        (with.render() == now).then(|| format!("{told} and its task"))
    })
}

/// What a run may have left where this stands now: as it is, and with what a landing sets in an item taken
/// back. What an item's status was that the run itself put there is one of those that are about.
fn left(was: &[u8], now: &[u8], task: Option<&TaskId>) -> Vec<Vec<u8>> {
    let (was, after) = (Backlog::parse(was), Backlog::parse(now));
    let usual = Statuses::default();
    let usual = [usual.ready, usual.in_progress, usual.in_review, usual.done];
    let about = was.items().iter().chain(after.items());
    let statuses: BTreeSet<String> = about
        .filter_map(|item| item.status.clone())
        .chain(usual)
        .collect();
    let mut all = vec![now.to_vec()];
    for item in after.items() {
        let old = was.find(&item.id);
        if old.is_some_and(|old| old.status == item.status && old.task == item.task) {
            continue;
        }
        for status in &statuses {
            let mut with = after.clone();
            if with.set_status(&item.id, status).is_err() {
                continue;
            }
            let text = with.render();
            if item.task.is_some() && item.task.as_ref() == task {
                all.extend(without_link(&text, item.line, task));
            }
            all.push(text);
        }
    }
    all.truncate(MOST_TRIED);
    all
}

/// The text without the line that links an item to its task.
fn without_link(text: &[u8], from: u32, task: Option<&TaskId>) -> Option<Vec<u8>> {
    let task = task?.as_str();
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    let from = usize::try_from(from).ok()?;
    let is_link = |line: &&[u8]| {
        let line = String::from_utf8_lossy(line);
        line.contains("Task") && line.contains(task)
    };
    let at = from + lines.get(from..)?.iter().position(is_link)?;
    Some([lines[..at].concat(), lines[at + 1..].concat()].concat())
}

/// The task lands as the checkout has it: what it asks for is told by its digest.
fn of_task(path: &str, was: Option<&[u8]>, now: &[u8]) -> Stood {
    let Some(was) = was else {
        let told = "it was not there before, and came with the commit";
        return (Stands::Told, told.to_owned());
    };
    let (mut with, after) = (Task::parse(was), Task::parse(now));
    if let Some(status) = after.status() {
        with.set_status(status);
    }
    for link in after.related() {
        with.set_related_artifact(&link.label, &link.path);
    }
    if with.render() == now {
        return (Stands::Ok, format!("of {path} its status and its links"));
    }
    let told = if with.digest_for_staleness() == after.digest_for_staleness() {
        "more of it changed than its status and links, and nothing of what it asks for"
    } else {
        "it asks for something else than before the run landed: it landed as the checkout had it"
    };
    (Stands::Told, told.to_owned())
}

/// The id of a file with these bytes; nothing is stored.
fn id_of(git: &Git, text: &[u8]) -> Result<Oid, GitError> {
    let call = git.call(["hash-object", "--no-filters", "--stdin"]);
    let told = call.stdin(text).text()?;
    Oid::new(told.trim()).map_err(|what| GitError::Unexpected {
        args: "hash-object".to_owned(),
        what,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAS: &str = "# Backlog\n\n### B001 - One\n**Status:** Ready\n**Summary:** s\n\n### B002 - Two\n**Status:** Ready\n";

    fn told(now: &str) -> Option<String> {
        let task = TaskId::new("T001").unwrap();
        set(WAS.as_bytes(), now.as_bytes(), Some(&task))
    }

    #[test]
    fn of_a_backlog_one_status_and_its_link_are_a_landings() {
        let done = WAS.replacen("Ready", "Done", 1);
        assert_eq!(told(&done).unwrap(), "the status of B001 (Done)");
        let linked = done.replace("**Summary:** s\n", "**Summary:** s\n**Task:** T001\n");
        assert_eq!(
            told(&linked).unwrap(),
            "the status of B001 (Done) and its task"
        );
        for more in [
            WAS.replace("Ready", "Done"),
            linked.replace("T001", "T002"),
            done.replace("Two", "Too"),
            done.replace("B002", "B666"),
            done + "\n",
            "# Backlog\n".to_owned(),
            String::new(),
        ] {
            assert_eq!(told(&more), None, "{more}");
        }
    }

    #[test]
    fn what_a_run_left_of_a_backlog_is_found_below_what_a_landing_set() {
        let task = TaskId::new("T001").unwrap();
        let left_by = format!("{WAS}\n### B003 - Three\n**Status:** Planned\n");
        let landed = left_by
            .replacen("Ready", "Done", 1)
            .replace("**Summary:** s\n", "**Summary:** s\n**Task:** T001\n");
        let found = left(WAS.as_bytes(), landed.as_bytes(), Some(&task));
        assert!(found.contains(&left_by.into_bytes()));
        let other = landed.replace("Three", "Four");
        let found = left(WAS.as_bytes(), other.as_bytes(), Some(&task));
        assert!(
            !found
                .iter()
                .any(|t| t.ends_with(b"Three\n**Status:** Planned\n"))
        );
    }

    #[test]
    fn a_task_has_its_status_and_links_set_and_what_more_changed_is_told() {
        let was = b"# Task T001 \xe2\x80\x94 One\n\nStatus: Ready\n\n## Summary\n\ns\n";
        let mut task = Task::parse(was);
        task.set_status("Done");
        task.set_related_artifact("QA Review", "harness/artifacts/qa.md");
        let now = task.render();
        assert_eq!(of_task("t.md", Some(was), &now).0, Stands::Ok);
        let more = [&now[..], b"\n## Clarifications\n\nmine\n"].concat();
        let (stands, told) = of_task("t.md", Some(was), &more);
        assert!(stands == Stands::Told && told.contains("nothing of what it asks for"));
        let other = String::from_utf8(now).unwrap().replace("\ns\n", "\nmore\n");
        let (stands, told) = of_task("t.md", Some(was), other.as_bytes());
        assert!(
            stands == Stands::Told && told.contains("something else"),
            "{told}"
        );
    }
}
