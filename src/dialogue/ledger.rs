//! The questions and answers in the task's file, under `## Clarifications`.
//!
//! The transcript is written first, so a crash in between is made up for when the dialogue is
//! opened again. What a person changed in the file by hand counts as given.

use super::draft::clarification;
use super::form::{Entry, Form};
use super::question::{Given, Question};
use crate::documents::task::{Clarification, Task};
use crate::process::runs;
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::swap::{redo_swaps, replace_cas};
use std::path::{Path, PathBuf};

/// Largest task file that is read.
pub const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

/// Writes what was given into the task's file; one that is not there yet is made from `fresh`.
/// Gives what the file holds then.
pub fn write(fs: &dyn Fs, path: &Path, fresh: &Task, form: &Form) -> Result<Vec<u8>, StoreError> {
    let there = read(fs, path)?;
    let base = there.clone().unwrap_or_else(|| fresh.render());
    let wanted = with_form(&base, form);
    if there.as_ref() == Some(&wanted) {
        return Ok(wanted);
    }
    if let Some(folder) = path.parent() {
        fs.create_dir_all(folder, false)
            .map_err(StoreError::io("make", folder))?;
    }
    replace_cas(fs, path, there.as_deref(), &wanted, &|_, _, theirs| {
        with_form(theirs, form)
    })
}

/// Brings a change of the file to its end that was cut off half way, in this process or in one that
/// is no more: what a person wrote meanwhile stays. Where both changed since, the version that gave
/// way is put into `folder`; gives where.
pub fn take_up_swaps(
    fs: &dyn Fs,
    path: &Path,
    form: &Form,
    folder: &Path,
) -> Result<Option<PathBuf>, StoreError> {
    // In this process nobody else writes a task's file while its dialogue is led.
    let left = |pid: u32| pid == std::process::id() || !runs(pid);
    let aside = folder.join("displaced.md");
    let kept = redo_swaps(fs, path, &|theirs| with_form(theirs, form), (&left, &aside))?;
    Ok(kept.then_some(aside))
}

/// The file, where it is there.
pub fn read(fs: &dyn Fs, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let fault = StoreError::io("read", path);
    match fs.stat(path) {
        Ok(None) => Ok(None),
        Ok(Some(_)) => fs.read(path, MAX_TASK_BYTES).map(Some).map_err(fault),
        Err(error) => Err(fault(error)),
    }
}

/// The task with a line for every question of the form; other lines stay as they are.
fn with_form(bytes: &[u8], form: &Form) -> Vec<u8> {
    let mut task = Task::parse(bytes);
    let there = task.clarifications();
    for entry in form.entries() {
        let old = there.iter().find(|c| c.id == entry.question.id);
        if old.is_some_and(|old| !is_ours(old, entry)) {
            // Another question has this number meanwhile: it stays as it is.
            continue;
        }
        let new = clarification(entry, old.and_then(|c| c.became.as_deref()));
        if old.is_none_or(|old| !is_same(old, &new)) {
            task.add_clarification(&new);
        }
    }
    task.render()
}

/// Whether a line is one of this question, in any of its wordings.
fn is_ours(line: &Clarification, entry: &Entry) -> bool {
    let written = |text: &str| {
        Clarification::new("Q0", text, None, None)
            .question
            .replace('→', "->")
    };
    let words = entry.worded.iter().map(|w| written(w));
    let mut words = words.chain([written(&entry.question.line())]);
    words.any(|w| w == line.question)
}

/// The questions of the file that the form does not know: of runs, of an earlier dialogue, by hand.
pub fn unknown(task: &Task, form: &Form) -> Vec<(Question, Option<Given>)> {
    let there = task.clarifications().into_iter();
    let new = there.filter(|c| form.get(&c.id).is_none() && !c.question.is_empty());
    new.map(|c| {
        let question = Question {
            id: c.id,
            text: c.question,
            ..Question::default()
        };
        (question, c.answer.map(|text| Given::Answer { text }))
    })
    .collect()
}

fn is_same(a: &Clarification, b: &Clarification) -> bool {
    (&a.question, &a.answer, &a.became) == (&b.question, &b.answer, &b.became)
}

/// What a person gave by changing the file: answers that stand there and were never given here.
pub fn by_hand(task: &Task, form: &Form) -> Vec<(String, Given)> {
    let there = task.clarifications();
    let answers = there.iter().filter_map(|c| {
        let text = c.answer.clone()?;
        let entry = form.get(&c.id).filter(|e| is_ours(c, e))?;
        (!was_given(entry, &text)).then(|| (c.id.clone(), Given::Answer { text }))
    });
    answers.collect()
}

/// Whether this line's answer is one that the dialogue wrote itself.
fn was_given(entry: &Entry, answer: &str) -> bool {
    let all = entry.before.iter().chain(&entry.given);
    all.into_iter().any(|given| {
        let written = Entry {
            given: Some(given.clone()),
            ..entry.clone()
        };
        clarification(&written, None).answer.as_deref() == Some(answer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fs::Disk;
    use crate::terms::TaskId;

    fn form(answers: &[(&str, &str)]) -> Form {
        let mut form = Form::default();
        let question = |n: u32| Question {
            id: format!("Q{n}"),
            text: format!("What of {n} → and more?"),
            ..Question::default()
        };
        form.ask((1..=2).map(question).collect());
        for (id, text) in answers {
            let text = (*text).to_owned();
            form.give(id, Given::Answer { text });
        }
        form
    }

    fn fresh() -> Task {
        Task::draft(
            &TaskId::new("T016").unwrap(),
            "Homepage",
            None,
            "2026-04-20",
        )
    }

    #[test]
    fn what_is_given_is_written_and_given_again_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tasks/T016-homepage.md");
        write(&Disk, &path, &fresh(), &form(&[])).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("## Clarifications\n\n- Q1 What of 1 -> and more? →\n- Q2 What of 2 -> and more? →\n"), "{text}");
        // Somebody writes elsewhere in the file, and takes a line away.
        let edited = text.replace("Status: Draft", "Status: draft") + "\n## Notes\n\nMine.\n";
        let edited = edited.replace("- Q2 What of 2 -> and more? →\n", "");
        crate::git::testing::put(dir.path(), "tasks/T016-homepage.md", &edited);
        write(&Disk, &path, &fresh(), &form(&[("Q1", "two\nlines")])).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("- Q1 What of 1 -> and more? → two lines\n- Q2 What"),
            "{text}"
        );
        assert!(
            text.contains("Status: draft") && text.ends_with("Mine.\n"),
            "{text}"
        );
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        write(&Disk, &path, &fresh(), &form(&[("Q1", "two\nlines")])).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().modified().unwrap(),
            before
        );
    }

    #[test]
    fn an_answer_by_hand_counts_and_an_old_one_of_ours_does_not() {
        let mut form = form(&[("Q1", "first")]);
        form.give(
            "Q1",
            Given::Answer {
                text: "second".into(),
            },
        );
        let file = |answer: &str| {
            Task::parse(format!(
                "# Task T016 — X\n\n## Clarifications\n\n- Q1 What of 1 -> and more? → {answer}\n"
            ))
        };
        assert_eq!(by_hand(&file("first"), &form), []);
        assert_eq!(by_hand(&file("second"), &form), []);
        assert_eq!(by_hand(&file(""), &form), []);
        let text = "third".to_owned();
        assert_eq!(
            by_hand(&file("third"), &form),
            [("Q1".to_owned(), Given::Answer { text })]
        );
    }
}
