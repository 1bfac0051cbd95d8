//! `note`: a word for the next attempt of a stage.

use super::out::{Role, paint, safe};
use super::{Context, MISUSE, Outcome, order, person, which};
use crate::engine::Event;
use crate::records::runs::RunView;
use crate::terms::StageId;
use color_eyre::eyre::bail;
use serde_json::json;

/// Notes something for the next attempt of a stage, which is told it once; without a text: lists the
/// notes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's id, or the task's of its open run
    #[arg(value_name = "RUN")]
    run: String,
    /// The stage, where it is not the one that works next; then the note
    #[arg(value_name = "STAGE] [TEXT", num_args = 0..=2)]
    words: Vec<String>,
    /// Take a note back that no attempt was told yet: N1
    #[arg(long, value_name = "NOTE", conflicts_with = "words")]
    remove: Option<String>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let mut view = which::by_name(&project, &args.run)?;
    if let Some(note) = &args.remove {
        let by = person::alone(context, "note")?;
        let note = note.to_uppercase();
        let did = format!("took {note} back");
        let event = Event::NoteRemoved { note, by };
        return order::carry_out(context, &mut view, &event, &did);
    }
    let (stage, text) = match args.words.as_slice() {
        [] => {
            list(context, &view);
            return Ok(0);
        }
        [text] if view.run.plan.stages.iter().any(|s| s.id.as_str() == text) => {
            bail!(
                "what is noted for {text}? `harness-tui note {} {text} '…'`",
                args.run
            )
        }
        [text] => (view.run.to_note().cloned(), text),
        [stage, text, ..] => (Some(StageId::new(stage)?), text),
    };
    let Some(stage) = stage else {
        order::refused(
            context,
            &view,
            "no agent works in it any more; name a stage",
        );
        return Ok(MISUSE);
    };
    let by = person::alone(context, "note")?;
    let did = format!("has a note for the next attempt of {stage}");
    let event = Event::NoteGiven {
        stage,
        text: text.clone(),
        by,
    };
    order::carry_out(context, &mut view, &event, &did)
}

fn list(context: &Context, view: &RunView) {
    let notes: Vec<_> = view.run.words.iter().filter(|n| !n.removed).collect();
    if notes.is_empty() {
        context.out.text("no notes");
    }
    for note in notes {
        let used = match &note.used {
            Some(used) => format!("told to {used}"),
            None => "waits".to_owned(),
        };
        context.out.object(&json!({
            "type": "note", "id": note.id, "stage": note.stage, "text": note.text,
            "by": note.by.name, "at": note.at, "used": note.used,
        }));
        context.out.text(format!(
            "{}  {}  {}  {}: {}",
            paint(Role::Name, &note.id),
            note.stage,
            paint(Role::Quiet, used),
            safe(&note.by.name),
            safe(&note.text)
        ));
    }
}
