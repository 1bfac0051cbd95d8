//! `comment`: what a person says of lines of a run's work; it goes along when the work is sent back.

use super::out::{Role, paint, safe};
use super::which::{self, Which};
use super::{Context, MISUSE, Outcome, person};
use crate::records::review::Standing;
use crate::records::runs::RunView;
use crate::supervisor::review::{self, CannotComment, LONGEST, New};
use crate::terms::CommentId;
use crate::terms::review::{Side, Spot};
use color_eyre::eyre::{Report, bail};
use serde_json::{Value, json};
use std::io::Read;

/// Comments on lines of a run's work, or lists what was said of it.
///
/// `reject` takes the open comments along: the stage that works again must answer each one by one,
/// and the next gate lists them as fixed, declined with a reason, or out of date.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A run's id, or a task's for its open run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// PATH:12, PATH:12-15 or PATH, as it is in the run's work; or C2, to change that comment
    #[arg(value_name = "PLACE", requires = "text")]
    place: Option<String>,
    /// What is to be said; `-` reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// The lines are those of before the run
    #[arg(long, requires = "place")]
    old: bool,
    /// Take this open comment away
    #[arg(long, value_name = "ID", conflicts_with_all = ["place", "reopen"])]
    remove: Option<CommentId>,
    /// Send this comment once more: what was answered does not do
    #[arg(long, value_name = "ID", conflicts_with = "place")]
    reopen: Option<CommentId>,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let named = Which {
        run: args.run.clone(),
    };
    if args.place.is_none() && args.remove.is_none() && args.reopen.is_none() {
        let view = which::to_read(&project, &named, "list the comments of")?;
        return list(context, &view);
    }
    let by = person::alone(context, "comment")?;
    let view = which::run(&project, &named, "comment on", |v| !v.is_over())?;
    let place = view.review_place();
    let (id, did) = match (&args.place, args.remove, args.reopen) {
        (_, Some(id), _) => {
            let done = review::take_away(place, &by, id);
            (done.map(|()| id), "taken away")
        }
        (_, _, Some(id)) => {
            let done = review::reopen(place, &by, id);
            (done.map(|()| id), "reopened")
        }
        (Some(spot), ..) => {
            let text = said(args.text.as_deref().unwrap_or_default())?;
            match spot.parse::<CommentId>() {
                Ok(id) => {
                    let done = review::change(place, &by, id, &text);
                    (done.map(|()| id), "changed")
                }
                Err(_) => {
                    let new = New {
                        spot: Some(spot_of(spot, args.old)),
                        shown: None,
                        text,
                        url: None,
                    };
                    (review::give(place, &by, new), "given")
                }
            }
        }
        (None, None, None) => return list(context, &view),
    };
    told(context, &view, id, did)
}

/// Says what came of it.
fn told(
    context: &Context,
    view: &RunView,
    id: Result<CommentId, CannotComment>,
    did: &str,
) -> Outcome {
    let run = &view.order.run;
    let id = match id {
        Ok(id) => id,
        Err(why @ (CannotComment::Store(_) | CannotComment::Git(_))) => return Err(why.into()),
        Err(why) => {
            context.out.object(&json!({
                "type": "comment", "run": run, "accepted": false, "reason": why.to_string(),
            }));
            if !context.out.json {
                context.out.trouble("refused:", &why.to_string());
            }
            return Ok(MISUSE);
        }
    };
    let mut now = view.clone();
    now.follow()?;
    let open = now.open_comments().map_err(Report::msg)?.len();
    context.out.object(&json!({
        "type": "comment", "run": run, "accepted": true, "id": id, "did": did, "open": open,
    }));
    let goes = match open {
        0 => "none is open".to_owned(),
        n => format!(
            "{} open: `harness-tui reject {run}` takes {} along",
            crate::text::many(n, "comment"),
            if n == 1 { "it" } else { "them" }
        ),
    };
    context
        .out
        .text(format!("{} {did}; {goes}", paint(Role::Name, id)));
    Ok(0)
}

/// The text as it was given, or as standard input has it.
fn said(text: &str) -> Result<String, Report> {
    if text != "-" {
        return Ok(text.to_owned());
    }
    let mut bytes = Vec::new();
    // One more than there may be: what is too long is refused, not cut.
    let most = u64::try_from(LONGEST).unwrap_or(u64::MAX) + 1;
    std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(e) if e.as_bytes().len() > LONGEST => bail!("{}", CannotComment::TooLong(LONGEST + 1)),
        Err(_) => bail!("standard input is no UTF-8 text"),
    }
}

/// A place in words, of what there is now or of what was before.
fn spot_of(text: &str, old: bool) -> Spot {
    let side = if old { Side::Old } else { Side::New };
    Spot {
        side,
        ..Spot::named(text)
    }
}

fn list(context: &Context, view: &RunView) -> Outcome {
    let all = view.comments();
    for standing in &all {
        context.out.object(&object(view, standing));
        lines(context, standing);
    }
    if let Some(why) = &view.commented.trouble {
        bail!("the comments of {} can't be read: {why}", view.order.run);
    }
    if all.is_empty() {
        let run = &view.order.run;
        context.out.text(format!("{run} has no comments"));
    }
    Ok(0)
}

fn lines(context: &Context, standing: &Standing) {
    let (role, mark) = standing.outcome.mark();
    let comment = &standing.comment;
    let state = paint(role, format!("{mark} {}", standing.outcome.word()));
    let out = &context.out;
    out.text(format!(
        "{}  {state}  {}  by {}",
        paint(Role::Name, comment.id),
        safe(&standing.place()),
        safe(&comment.by.name)
    ));
    for line in comment.text.lines() {
        out.hung(4, &format!("    {}", safe(line)));
    }
    let said = standing.outcome.said();
    if !said.is_empty() {
        out.hung(6, &format!("    {mark} {}", safe(&said)));
    }
}

fn object(view: &RunView, standing: &Standing) -> Value {
    let comment = &standing.comment;
    let spot = comment.spot.as_ref();
    let left = match &standing.outcome {
        review::Outcome::Fixed { left, .. } => Some(*left),
        _ => None,
    };
    json!({
        "type": "comment", "run": view.order.run, "id": comment.id,
        "path": spot.map(|s| &s.path), "side": spot.map(|s| s.side),
        "lines": spot.and_then(|s| s.lines), "now": standing.now,
        "renamed": standing.renamed,
        "text": comment.text, "excerpt": comment.excerpt.lines,
        "by": comment.by, "at": comment.at, "on": comment.on, "url": comment.url,
        "round": standing.round, "outcome": standing.outcome.word().replace(' ', "_"),
        "said": standing.outcome.said(), "place_unchanged": left.map(|left| left == review::Left::Same),
        "lines_unchanged": left.map(review::Left::is_as_it_was),
    })
}
