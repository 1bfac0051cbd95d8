//! Answers of people to the questions of a stage, written where the task keeps them.

use super::live::{Supervisor, SupervisorError};
use crate::documents::task::{Clarification, Task};
use crate::engine::Event;
use crate::store::fs::Fs;
use crate::store::swap::replace_cas;

/// Largest task file that is read.
const MAX_TASK_BYTES: u64 = 4 * 1024 * 1024;

impl Supervisor {
    /// Writes the answers of this order under `## Clarifications` of the task in the user's
    /// checkout. They make nothing stale; a task that can't be written is noted, because the stage
    /// is told the answers in any case.
    pub(super) fn clarify(&mut self, event: &Event) -> Result<(), SupervisorError> {
        let (Event::Answered { answers, .. }, Some(task)) = (event, &self.run.plan.task) else {
            return Ok(());
        };
        let path = self.order.file(&task.path);
        let Ok(bytes) = self.fs.read(&path, MAX_TASK_BYTES) else {
            let text = format!("the answers could not be added to {}", path.display());
            return self.note(text);
        };
        let wanted = with_answers(&bytes, answers);
        if wanted != bytes {
            replace_cas(&self.fs, &path, Some(&bytes), &wanted, &|_, _, theirs| {
                with_answers(theirs, answers)
            })?;
        }
        Ok(())
    }
}

/// The task with these answers: id, question and answer. A question that stands there already, with
/// the same answer, is not written again; another one gets the next free id, because an agent counts
/// its questions from 1.
fn with_answers(bytes: &[u8], answers: &[(String, String, String)]) -> Vec<u8> {
    let mut task = Task::parse(bytes);
    for (_, question, answer) in answers {
        let there = task.clarifications();
        let id = format!("Q{}", next_number(&there));
        let new = Clarification::new(&id, question, Some(answer), None);
        let known = there
            .iter()
            .any(|c| c.question == new.question && c.answer == new.answer);
        if !known {
            task.add_clarification(&new);
        }
    }
    task.render()
}

fn next_number(there: &[Clarification]) -> u32 {
    let numbers = there
        .iter()
        .filter_map(|c| c.id.strip_prefix('Q')?.parse::<u32>().ok());
    numbers.max().unwrap_or(0).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_written_once_and_under_an_id_of_its_own() {
        let text = "# Task T001 — X\n\n## Clarifications\n\n- Q1 Which? → That. (AC-1)\n\n## Risks\n\nNone.\n";
        let answers = [(
            "Q1".to_owned(),
            "How many?".to_owned(),
            "Two,\nno more".to_owned(),
        )];
        let once = with_answers(text.as_bytes(), &answers);
        let expected = text.replace("(AC-1)\n", "(AC-1)\n- Q2 How many? → Two, no more\n");
        assert_eq!(String::from_utf8_lossy(&once), expected);
        assert_eq!(with_answers(&once, &answers), once);
    }
}
