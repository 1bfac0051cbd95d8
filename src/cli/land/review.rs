//! A result that is up for review: what was opened, and what was said of it.

use super::super::follow::can_ask;
use super::super::out::{Role, paint, safe};
use super::super::typed::line;
use super::super::{Context, order};
use crate::engine::review::Comment;
use crate::landing::feedback::Remark;
use crate::landing::pr::Proposed;
use crate::landing::{LandError, Offer, Request, feedback};
use crate::records::runs::RunView;
use crate::terms::Oid;
use crate::terms::review::Spot;
use crate::text::many;
use serde_json::{Value, json};

/// Says what was pushed and opened.
pub(super) fn print(proposed: &Proposed, context: &Context) {
    let out = &context.out;
    out.object(&json!({
        "type": "in_review",
        "run": proposed.run,
        "url": proposed.url,
        "updated": proposed.updated,
        "pushed": proposed.pushed,
        "remote": proposed.remote,
        "branch": proposed.branch,
        "into": proposed.into,
        "commit": proposed.commit,
        "notes": proposed.notes,
    }));
    out.text(format!(
        "{} {} as {}: {}",
        paint(Role::Good, "in review"),
        paint(Role::Name, &proposed.run),
        proposed.commit.short(),
        safe(&proposed.url)
    ));
    let pushed = if proposed.pushed {
        "pushed to"
    } else {
        "is there already:"
    };
    out.text(format!(
        "  {pushed} {}/{}, for {}; the {} was {}",
        safe(&proposed.remote),
        safe(&proposed.branch),
        safe(&proposed.into),
        proposed.what,
        if proposed.updated {
            "brought up to date"
        } else {
            "opened"
        }
    ));
    super::notes(&proposed.notes, context);
}

/// What would be pushed and opened, as an object.
pub(super) fn object(offer: &Offer) -> Value {
    json!({
        "remote": offer.remote.name,
        "url": offer.remote.url,
        "branch": offer.remote.branch,
        "program": offer.forge.word(),
        "installed": offer.program.is_some(),
        "title": offer.title,
        "draft": offer.draft,
        "updates": offer.updates,
        "over": offer.over,
    })
}

/// The same in words.
pub(super) fn would(view: &RunView, offer: &Offer, (into, tip): (&str, &Oid), context: &Context) {
    let out = &context.out;
    let run = paint(Role::Name, &view.order.run);
    let (remote, branch) = (safe(&offer.remote.name), safe(&offer.remote.branch));
    out.text(format!(
        "{run} would be pushed to {remote}/{branch}, for {} at {}",
        safe(into),
        tip.short()
    ));
    let (what, program) = (offer.forge.opens(), offer.forge.word());
    match &offer.updates {
        Some(url) => out.text(format!("{program} would bring {} up to date", safe(url))),
        None => out.text(format!(
            "{program} would open a {}{what}: {}",
            if offer.draft { "draft " } else { "" },
            safe(&offer.title)
        )),
    }
}

/// What is wanted of what was said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// What people outside of the project said, too.
    pub anyone: bool,
    /// It is shown, and nothing is ordered.
    pub dry: bool,
    /// It is ordered without a question.
    pub yes: bool,
}

/// Sends the run back with what was said of its pull request: it is shown first, then asked.
pub(super) fn from_pr(
    view: &mut RunView,
    request: &Request,
    wanted: Wanted,
    context: &Context,
) -> Result<(), LandError> {
    let found = feedback::read(view, request, wanted.anyone)?;
    let out = &context.out;
    let stage = view.run.building_stage().filter(|_| !found.is_empty());
    let remarks: Vec<Value> = found.remarks.iter().map(remark).collect();
    let open = view.open_comments().map_err(LandError::Unreadable)?;
    let along = found.along(&open);
    // Nothing goes along where nothing goes.
    let along = if stage.is_some() { along } else { Vec::new() };
    out.object(&json!({
        "type": "feedback",
        "run": view.order.run,
        "url": found.url,
        "comments": remarks,
        "findings": found.findings,
        "along": along.iter().map(|c| of_run(c)).collect::<Vec<Value>>(),
        "resolved": found.resolved,
        "known": found.known,
        "outside": found.outside,
        "notes": found.notes,
        "stage": stage,
        "dry_run": wanted.dry,
    }));
    out.text(format!("{}: {}", safe(&found.url), found.told()));
    for Remark {
        author,
        spot,
        text,
        url,
    } in &found.remarks
    {
        said(context, (author, spot.as_ref(), url), text);
    }
    for finding in &found.findings {
        out.text(format!("  {}", safe(&finding.to_string())));
    }
    if !along.is_empty() {
        let comments = many(along.len(), "comment");
        out.text(format!(
            "{comments} of this run's own that are open go along:"
        ));
    }
    for comment in along {
        let id = comment.id.to_string();
        said(
            context,
            (&comment.by.name, comment.spot.as_ref(), &id),
            &comment.text,
        );
    }
    if let Some(left_out) = found.left_out() {
        let told = format!("{left_out}; --from-anyone brings what they say, too");
        super::notes(&[told], context);
    }
    super::notes(&found.notes, context);
    let Some(stage) = stage else {
        out.text("nothing is brought back: nothing is new");
        return Ok(());
    };
    let run = view.order.run.clone();
    if wanted.dry {
        out.text(format!("{run} would go back to {stage} with these"));
        return Ok(());
    }
    let refused = |why: String| LandError::Refused(why);
    if !wanted.yes && !is_wanted(context, &format!("{run} goes back to {stage} with these"))? {
        out.text("nothing was ordered: the run is as it was");
        return Ok(());
    }
    let event = found.order(view, request.by.clone()).map_err(refused)?;
    let Some(event) = event else {
        return Ok(());
    };
    let did = format!("reworks: it went back to {stage}");
    match order::give(view, &event).map_err(|e| refused(e.to_string()))? {
        order::Came::Taken(_) => {
            order::accepted(context, view, &did);
            Ok(())
        }
        order::Came::Refused(why) => Err(refused(why)),
    }
}

/// One thing that was said, whole: what is shown here is what an agent is told.
fn said(context: &Context, (author, spot, at): (&str, Option<&Spot>, &str), text: &str) {
    let out = &context.out;
    let place = spot.map_or_else(|| "the work as a whole".to_owned(), Spot::to_string);
    out.text(format!(
        "  {} of {} ({}):",
        safe(author),
        safe(&place),
        safe(at)
    ));
    for line in text.lines() {
        out.text(format!("    {}", safe(line)));
    }
}

/// A comment of the run's own, as an object.
fn of_run(comment: &Comment) -> Value {
    json!({
        "id": comment.id,
        "author": comment.by.name,
        "place": comment.spot,
        "text": comment.text,
    })
}

/// Whether the person wants it, now that they have seen the texts.
fn is_wanted(context: &Context, what: &str) -> Result<bool, LandError> {
    if !can_ask(context) {
        return Err(LandError::Refused(
            "what was said there becomes an order to an agent, and nobody can be asked here: read it, then \
             order it with --yes; nothing was ordered"
                .to_owned(),
        ));
    }
    let ask = format!("{what}: y orders it, anything else leaves it: ");
    let said = line(context, &ask).map_err(|e| LandError::Refused(e.to_string()))?;
    Ok(said.is_some_and(|said| matches!(said.to_ascii_lowercase().as_str(), "y" | "yes")))
}

/// A comment of a pull request, as an object.
fn remark(remark: &Remark) -> Value {
    json!({
        "author": remark.author,
        "place": remark.spot,
        "text": remark.text,
        "url": remark.url,
    })
}
