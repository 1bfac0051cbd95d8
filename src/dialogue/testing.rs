//! A dialogue for tests of the screens that show one.

use super::form::Form;
use super::lead::{Shown, Told};
use super::question::Question;
use super::state::{Line, State};
use super::talk::Live;
use crate::terms::{RepoPath, TaskId};
use std::sync::Arc;

/// A dialogue that asks Q1 and Q2, the second with a recommended answer; its author waits.
pub fn two_questions() -> State {
    let question = |n: u32| Question {
        id: format!("Q{n}"),
        text: format!("What of {n}?"),
        recommended: (n == 2).then(|| "3".to_owned()),
        ..Question::default()
    };
    let mut form = Form::default();
    form.ask((1..=2).map(question).collect());
    let ids = vec!["Q1".to_owned(), "Q2".to_owned()];
    State {
        form,
        lines: vec![Line::Questions(ids)],
        turns: 1,
        ..State::default()
    }
}

/// What is told of it.
///
/// # Panics
/// When that is no id of a task.
pub fn shown(id: &str, state: &State, live: Live) -> Told {
    Told::Shown(Box::new(Shown {
        id: TaskId::new(id).unwrap(),
        file: RepoPath::new("harness/tasks/x.md").unwrap(),
        agent: "author".to_owned(),
        state: Arc::new(state.clone()),
        live,
        draft: None,
        stale: None,
    }))
}
