//! `logs`: what the attempts of a run did, what they printed, what they were told.

use super::follow::{self, Lines, Options};
use super::out::{Role, paint, safe};
use super::which::{self, Which};
use super::{Context, Outcome, why};
use crate::engine::record::AttemptRecord;
use crate::records::runs::RunView;
use crate::records::timeline::Timeline;
use crate::store::fs::{Disk, Fs};
use crate::terms::AttemptId;
use crate::text::SafeText;
use color_eyre::eyre::{Report, bail};
use serde_json::json;
use std::path::Path;

/// How much of a file is read at once.
const CHUNK: u64 = 1024 * 1024;

/// Shows what attempts did, printed or were told.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// One stage (build), or one attempt (build.2.1, or its public id)
    what: Option<String>,
    /// What the agents printed, as it came
    #[arg(long, conflicts_with_all = ["prompt", "follow"])]
    raw: bool,
    /// What the agents were told
    #[arg(long, conflicts_with = "follow")]
    prompt: bool,
    /// Go on as it happens, until the run ends or waits
    #[arg(long, conflicts_with = "what")]
    follow: bool,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let mut view = which::to_read(&project, &args.which, "show")?;
    if args.follow {
        return Ok(follow::follow(context, &mut view, Options::default())?.exit_code());
    }
    let attempts = chosen(&view, args.what.as_deref())?;
    for attempt in &attempts {
        let dir = view.attempt_dir(&attempt.id);
        context.out.text(format!(
            "{}  {}",
            paint(Role::Title, &attempt.id),
            paint(Role::Name, &attempt.public)
        ));
        if args.raw {
            whole(context, &attempt.id, "raw", &dir.raw_log())?;
        } else if args.prompt {
            whole(context, &attempt.id, "prompt", &dir.prompt())?;
        } else {
            rows(context, attempt, &mut Timeline::of(&dir))?;
        }
    }
    Ok(0)
}

/// The attempts that are meant, oldest first.
fn chosen(view: &RunView, what: Option<&str>) -> Result<Vec<AttemptRecord>, Report> {
    let mut attempts: Vec<AttemptRecord> = view
        .run
        .stages
        .iter()
        .flat_map(|s| s.attempts.iter().cloned())
        .collect();
    attempts.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
    let Some(what) = what else {
        return Ok(attempts);
    };
    let by_id = what.parse::<AttemptId>().ok();
    let one = |a: &AttemptRecord| Some(&a.id) == by_id.as_ref() || a.public.as_str() == what;
    if attempts.iter().any(one) {
        attempts.retain(one);
        return Ok(attempts);
    }
    if by_id.is_some() {
        let known: Vec<String> = attempts.iter().map(|a| a.id.to_string()).collect();
        bail!(
            "there is no attempt {what}; there are: {}",
            known.join(", ")
        );
    }
    let stage = why::stage_of(view, what)?;
    attempts.retain(|a| a.id.stage == stage);
    Ok(attempts)
}

fn rows(context: &Context, attempt: &AttemptRecord, timeline: &mut Timeline) -> Result<(), Report> {
    let mut lines = Lines::default();
    for row in timeline.read()? {
        if context.out.json {
            context.out.object(&json!({
                "type": "row", "attempt": attempt.id, "public_id": attempt.public, "row": row,
            }));
        } else {
            for line in lines.of(&row, context.out.width) {
                context.out.text(line);
            }
        }
    }
    if timeline.unreadable() > 0 {
        let told = format!("{} rows can't be read", timeline.unreadable());
        context.out.error(paint(Role::Attention, told));
    }
    if let Some(result) = &attempt.result {
        context.out.text(format!(
            "{}: {}",
            paint(Role::Title, result.outcome),
            safe(&result.reason)
        ));
    }
    Ok(())
}

/// A whole file, made safe, piece by piece at the ends of lines.
fn whole(context: &Context, attempt: &AttemptId, kind: &str, path: &Path) -> Result<(), Report> {
    let mut offset = 0;
    loop {
        let bytes = match Disk.read_from(path, offset, CHUNK) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                context.out.text(paint(Role::Quiet, "nothing was kept"));
                return Ok(());
            }
            Err(e) => bail!("can't read {}: {e}", path.display()),
        };
        let full = bytes.len() as u64 == CHUNK;
        let end = bytes.iter().rposition(|b| *b == b'\n').map(|at| at + 1);
        let piece = &bytes[..end.filter(|_| full).unwrap_or(bytes.len())];
        if !piece.is_empty() {
            let text = SafeText::from_bytes(piece);
            context.out.verbatim(text.as_str().trim_end_matches('\n'));
            context.out.object(&json!({
                "type": kind, "attempt": attempt, "text": String::from_utf8_lossy(piece),
            }));
        }
        if !full {
            return Ok(());
        }
        offset += piece.len() as u64;
    }
}
