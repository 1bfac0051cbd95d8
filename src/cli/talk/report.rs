//! What a dialogue without a person came to, in words or as one object.

use super::desk::Desk;
use super::{Wanted, again, draft, tell_left};
use crate::agents::event::Failure;
use crate::cli::out::{Role, paint, safe};
use crate::dialogue::form::Entry;
use crate::dialogue::question::Given;
use crate::dialogue::trace::Trace;
use crate::terms::Digest;
use color_eyre::eyre::Report;
use serde_json::{Value, json};

/// Where it stopped.
pub(super) enum Stopped {
    /// The task is saved.
    Saved(Digest),
    /// Questions are open.
    Open,
    /// The author neither asks nor hands a draft over.
    NoDraft,
    /// Lines of the file answer what was never asked.
    Unused(Vec<String>),
    /// The draft is not saved, and why.
    Refused(String),
    /// The author's turn failed.
    Failed(Failure),
    /// A signal came.
    Signal,
}

impl Stopped {
    /// Why somebody has to look; `None`: nobody.
    fn why(&self) -> Option<String> {
        Some(match self {
            Self::Saved(_) => return None,
            Self::Open => "questions are open that nothing answers".to_owned(),
            Self::NoDraft => "the author asks nothing and hands no draft over".to_owned(),
            Self::Unused(lines) => lines.join("\n"),
            Self::Refused(why) => why.clone(),
            Self::Failed(failure) => {
                format!("the author failed ({}): {}", failure.kind, failure.message)
            }
            Self::Signal => "a signal ended it".to_owned(),
        })
    }
}

/// Tells it.
pub(super) fn tell(
    desk: &Desk<'_>,
    wanted: &Wanted<'_>,
    stopped: &Stopped,
    exit: u8,
) -> Result<(), Report> {
    let made = desk.talk.composed()?;
    let trace = made.as_ref().map(|(made, _)| &made.trace);
    if desk.context.out.json {
        let object = object(desk, wanted, (stopped, exit), trace);
        desk.context.out.object(&object);
        return Ok(());
    }
    match stopped {
        Stopped::Saved(_) => {
            let file = desk.talk.file().to_string();
            let told = format!("{} is saved", desk.talk.id());
            desk.line(format!("{} in {}", paint(Role::Good, told), safe(&file)));
            for id in trace.map_or(&[][..], |t| &t.unplaced) {
                desk.line(paint(Role::Attention, draft::unplaced(desk, id)));
            }
            return Ok(());
        }
        Stopped::Open => {
            desk.line(paint(Role::Title, "\nOpen"));
            for entry in desk.talk.state().form.open() {
                let line = format!("{} {}", entry.question.id, entry.question.line());
                desk.line(format!("  {}", safe(&line)));
            }
        }
        _ => {}
    }
    if let Some(why) = stopped.why() {
        desk.context.out.trouble("not saved:", &why);
    }
    if matches!(stopped, Stopped::Refused(_) | Stopped::Unused(_)) {
        desk.line("Add --save-anyway to save it as it is.");
    }
    tell_left(desk, wanted);
    Ok(())
}

fn object(
    desk: &Desk<'_>,
    wanted: &Wanted<'_>,
    (stopped, exit): (&Stopped, u8),
    trace: Option<&Trace>,
) -> Value {
    let state = desk.talk.state();
    let entries = state.form.entries().iter();
    let questions: Vec<Value> = entries.map(|e| question(e, trace)).collect();
    let open: Vec<&str> = state.form.open().map(|e| e.question.id.as_str()).collect();
    let digest = match stopped {
        Stopped::Saved(digest) => Some(digest),
        _ => None,
    };
    let usage = &state.usage;
    let cost = usage.cost();
    let tokens = (usage.attempts > 0 && usage.tokens_unknown == 0).then_some(usage.tokens);
    let command = digest.is_none().then(|| again(wanted, desk.talk.id()));
    json!({
        "type": "dialogue", "task": desk.talk.id(), "file": desk.talk.file().to_string(),
        "saved": digest.is_some(), "digest": digest, "questions": questions, "open": open,
        "unplaced": trace.map(|t| &t.unplaced),
        "workflow": state.workflow.as_ref().map(|w| json!({ "name": w.name, "why": w.why })),
        "agent": desk.talk.agent(), "cost_micros": cost, "tokens": tokens,
        "why": stopped.why(), "command": command, "exit": exit,
    })
}

fn question(entry: &Entry, trace: Option<&Trace>) -> Value {
    let asked = &entry.question;
    let given = entry.given.as_ref().map(|given| match given {
        Given::Answer { .. } => "answer",
        Given::Default { .. } => "default",
        Given::Skip => "skip",
        Given::Back { .. } => "back",
    });
    let options: Vec<&str> = asked.options.iter().map(|o| o.text.as_str()).collect();
    json!({
        "id": asked.id, "title": asked.title, "group": asked.group, "text": asked.text,
        "why": asked.why, "options": options, "recommended": asked.recommended,
        "given": given, "answer": entry.given.as_ref().and_then(Given::answer),
        "became": trace.and_then(|t| t.became(&asked.id)),
    })
}
