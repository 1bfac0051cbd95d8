//! Landing a run that worked in the checkout itself: its result lies there already, and is the
//! person's to commit. What is done is what tells of it: the statuses, the report, the record.

use super::finish::{record, remove_active, remove_trees};
use super::land::{Landed, Request, may_land};
use super::last_commit::{
    edited, edits_of, places, read_optional, receipt_of, report_path, report_text, still_open,
};
use super::receipt::Kept;
use super::{Asks, How, LandError, Preview, message};
use crate::documents::settings::land::Artifacts;
use crate::engine::Event;
use crate::git::Git;
use crate::records::runs::RunView;
use crate::store::fs::Disk;
use crate::store::swap::replace_cas;
use crate::store::write::{replace, replace_shared};
use crate::supervisor::report::time;
use crate::supervisor::{in_place, tree};
use crate::terms::{Oid, RepoPath};

/// Where it lands, for people.
pub const INTO: &str = "the checkout";

/// Whether the run worked in place.
pub fn is(view: &RunView) -> bool {
    view.order.in_place.is_some()
}

/// What landing it would do.
pub fn preview(view: &RunView, request: &Request) -> Result<Preview, LandError> {
    may(view, request)?;
    let git = Git::new(&view.order.home);
    let head = head(view);
    Ok(Preview {
        run: view.order.run.clone(),
        into: INTO.to_owned(),
        how: How::InPlace,
        tip: view.order.base.clone(),
        moved: false,
        checks_again: false,
        checkout: Some(view.order.home.clone()),
        files: git.diff(&view.order.base, &head)?,
        notes: notes(view, request)?,
        tree: git.tree_of(&head)?,
        message: message::message(view, receipt_of(view, Kept::Branch)?.as_ref()),
        makes: Vec::new(),
        artifacts: Artifacts::Branch,
        in_review: None,
        offer: None,
        asks: Asks::default(),
        commits: Vec::new(),
        patch: None,
    })
}

/// Lands it: writes the statuses and the report in the checkout, and records it. Not a byte of the
/// result is touched, and nothing is staged or committed. It can be done again.
pub fn land(view: &RunView, request: &Request) -> Result<Landed, LandError> {
    let git = Git::new(&view.order.home);
    let mut told = Vec::new();
    if view.run.landed.is_none() || !view.active_dir().path().exists() {
        may(view, request)?;
        told = notes(view, request)?;
        write_statuses(view, Artifacts::Branch, &mut told)?;
        write_report(view, request)?;
        let landed = Event::Landed {
            into: INTO.to_owned(),
            how: How::InPlace.word().to_owned(),
            commit: head(view),
            by: request.by.clone(),
        };
        record(view, landed)?;
    }
    remove_active(view)?;
    remove_trees(view, &git, &mut told)?;
    let files = git.diff(&view.order.base, &head(view))?;
    Ok(Landed {
        run: view.order.run.clone(),
        into: INTO.to_owned(),
        how: How::InPlace,
        commit: head(view),
        files: files.into_iter().map(|d| d.path).collect(),
        report: report_path(view)?.to_string(),
        checkout: Some(view.order.home.clone()),
        notes: told,
        said: String::new(),
    })
}

fn head(view: &RunView) -> Oid {
    let head = view.run.head.as_ref();
    head.unwrap_or(&view.order.base).clone()
}

fn may(view: &RunView, request: &Request) -> Result<(), LandError> {
    may_land(view)?;
    let run = &view.order.run;
    let way = matches!(request.how, How::Merge | How::Rebase | How::Pr);
    let by_setting = request.how == request.form.usual();
    if request.into.is_some() || way && !by_setting {
        return Err(LandError::Refused(format!(
            "{run} worked in place: its result lies in the checkout and lands on no branch; leave --into and --{} out",
            if way { request.how.word() } else { "merge" }
        )));
    }
    request.form.may(view, request.how)
}

fn notes(view: &RunView, request: &Request) -> Result<Vec<String>, LandError> {
    let mut notes = request.form.notes(view);
    notes.extend(still_open(view));
    if view.order.own_repository().is_none() {
        notes.push("nothing is staged or committed: the files are yours to commit".to_owned());
    }
    let changed = tree::not_handed_on(view.dirs.path(), &view.order, &view.run)?;
    if !changed.is_empty() {
        notes.push(format!(
            "changed since the run was done, and checked by nobody: {}",
            in_place::named(&changed)
        ));
    }
    Ok(notes)
}

/// The lines of the task and of the backlog, and no other byte; of a private harness only what lies in
/// it.
pub(super) fn write_statuses(
    view: &RunView,
    artifacts: Artifacts,
    told: &mut Vec<String>,
) -> Result<(), LandError> {
    let edits = edits_of(view, artifacts);
    let roots = view.order.roots();
    let elsewhere = |path: &RepoPath| roots.private.is_some() && !roots.is_private(path.as_str());
    for (path, kind) in places(view)? {
        if elsewhere(&path) {
            continue;
        }
        let Some(before) = read_optional(view, &path)? else {
            continue;
        };
        match edited(&before, kind, &edits) {
            Ok(wanted) if wanted == before => {}
            Ok(wanted) => {
                let again = |_: &[u8], _: &[u8], theirs: &[u8]| {
                    edited(theirs, kind, &edits).unwrap_or_else(|_| theirs.to_vec())
                };
                let file = roots.file(&path);
                replace_cas(&Disk, &file, Some(&before), &wanted, &again)?;
            }
            Err(why) => told.push(format!("{path} was left as it is: {why}")),
        }
    }
    Ok(())
}

fn write_report(view: &RunView, request: &Request) -> Result<(), LandError> {
    let at = time(jiff::Timestamp::now());
    let line = format!(
        "in {INTO}, uncommitted ({}), by {}, {at}",
        How::InPlace.word(),
        request.by.name
    );
    let text = report_text(view, &line, receipt_of(view, Kept::Branch)?.as_ref());
    let file = report_path(view)?.under(&view.order.home);
    replace_shared(&Disk, &file, text.as_bytes())?;
    replace(&Disk, &view.dirs.path().join("report.md"), text.as_bytes())?;
    Ok(())
}
