//! What a run's stage asks, in the shape of a dialogue: its last words, its questions with what
//! they recommend, and what somebody answered.

use super::super::Dialogue;
use super::Asks;
use crate::dialogue::form::Form;
use crate::dialogue::lead::Shown;
use crate::dialogue::question::{Given, Question};
use crate::dialogue::recognise::recognise;
use crate::dialogue::state::{Line, State};
use crate::dialogue::talk::Live;
use crate::records::runs::RunView;
use crate::terms::verdict::{self, DISPUTE};
use crate::terms::{RepoPath, TaskId};
use std::sync::Arc;

/// Words before a colon that begin a line of their own within a question.
const LABELS: [&str; 4] = [" Recommended:", " Recommendation:", " Options:", " Why:"];

/// What a dialogue shows of it; `None`: it asks nothing.
pub(super) fn shown(dialogue: &Dialogue, view: &RunView) -> Option<Shown> {
    let asks = dialogue.asks.as_ref()?;
    let task = view.run.plan.task.as_ref();
    // A run without a task has neither: nothing that is painted of what it asks names them.
    let id = task.map(|t| t.id.clone());
    let id = id.or_else(|| TaskId::new("T000").ok())?;
    let file = task.map(|t| t.path.clone());
    let file = file.or_else(|| RepoPath::new("task").ok())?;
    Some(Shown {
        id,
        file,
        agent: asks.name.clone(),
        state: Arc::new(state(dialogue, asks)),
        live: Live::default(),
        draft: None,
        stale: None,
    })
}

fn state(dialogue: &Dialogue, asks: &Asks) -> State {
    let mut form = Form::default();
    form.ask(asks.questions.iter().map(question).collect());
    for asked in &asks.questions {
        let answers = dialogue.answered.iter().rev();
        let own = { answers }.find(|(id, text, _)| *id == asked.id && *text == asked.text);
        if let Some((_, _, answer)) = own {
            let text = answer.clone();
            form.give(&asked.id, Given::Answer { text });
        }
    }
    form.told();
    let mut lines = Vec::new();
    let said = asks.said.as_deref().map(before_its_questions);
    if let Some(said) = said.filter(|s| !s.trim().is_empty()) {
        lines.push(Line::Agent(said));
    }
    let ids = asks.questions.iter().map(|q| q.id.clone()).collect();
    lines.push(Line::Questions(ids));
    if let Some(why) = &asks.over {
        lines.push(Line::Note(why.clone()));
        for (id, given) in &dialogue.pending {
            let there = form.get(id).and_then(|e| e.given.as_ref()?.answer());
            if let Some(own) = given.answer().filter(|own| Some(*own) != there) {
                lines.push(Line::Note(format!("not sent: {id} → {own}")));
            }
        }
    }
    State {
        agent: Some(asks.stage.to_string()),
        lines,
        form,
        turns: 1,
        ..State::default()
    }
}

/// A message up to the heading below which it asks: what it asks stands below as cards.
fn before_its_questions(said: &str) -> String {
    let heads = |line: &&str| {
        let bare = line.trim_start_matches('#').trim().to_ascii_lowercase();
        line.starts_with('#') && ["questions", "open questions", "dispute"].contains(&bare.as_str())
    };
    let before: Vec<&str> = said.lines().take_while(|l| !heads(l)).collect();
    before.join("\n")
}

/// A question with what its own text recommends and lets choose from.
fn question(asked: &verdict::Question) -> Question {
    let plain = || Question {
        text: asked.text.replace('\n', " "),
        ..Question::default()
    };
    let mut text = asked.text.clone();
    for label in LABELS {
        text = text.replace(label, &format!("\n{}", label.trim_start()));
    }
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let mut message = format!("## Questions\n\n- Q1 {first}\n");
    for line in lines {
        message.push_str("  - ");
        message.push_str(line.trim());
        message.push('\n');
    }
    let mut read = recognise(&message, &[]);
    // What is no one question as it stands is shown as it stands.
    let one = read.pop().filter(|_| read.is_empty());
    let question = match one {
        Some(question) if asked.id != DISPUTE && !question.text.is_empty() => question,
        _ => plain(),
    };
    let dispute = (asked.id == DISPUTE).then(|| "It disputes what it was told".to_owned());
    Question {
        id: asked.id.clone(),
        title: dispute.or(question.title),
        blocking: asked.blocking,
        ..question
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str, text: &str) -> Question {
        question(&verdict::Question {
            id: id.into(),
            blocking: id != "Q2",
            text: text.into(),
        })
    }

    #[test]
    fn what_a_question_recommends_is_read_from_its_text() {
        let read = of(
            "Q2",
            "Which blue?\na) dark (recommended)\nb) light\nWhy: it is printed",
        );
        assert_eq!((read.id.as_str(), read.blocking), ("Q2", false));
        assert_eq!(read.text, "Which blue?");
        let options: Vec<_> = read.options.iter().map(|o| o.text.as_str()).collect();
        assert_eq!(options, ["dark", "light"]);
        assert_eq!(read.recommended.as_deref(), Some("dark"));
        assert_eq!(read.why.as_deref(), Some("it is printed"));
        let read = of("Q1", "Which colour? Recommended: red");
        assert_eq!(read.text, "Which colour?");
        assert_eq!(read.recommended.as_deref(), Some("red"));
    }

    #[test]
    fn what_is_said_ends_where_it_begins_to_ask() {
        let said = "I read it.\n\n## Open questions\n\n- Q1 a?";
        assert_eq!(before_its_questions(said).trim(), "I read it.");
        assert_eq!(before_its_questions("Shall I?"), "Shall I?");
    }

    #[test]
    fn a_text_that_is_no_form_stays_whole() {
        let text = "1. Is it so? 2. Or so? It depends: on what? ";
        assert!(of("Q1", text).text.contains("It depends: on what?"));
        let read = of("D1", "The plan forbids it.\nNothing can be done?");
        assert_eq!(read.text, "The plan forbids it. Nothing can be done?");
        assert!(read.blocking && read.title.is_some());
        assert_eq!(of("Q1", "").id, "Q1");
    }
}
