//! The status of the run's item, where somebody else set it while the run worked: on the branch, or in
//! the checkout and not committed. It is theirs, and landing would write over it.

use super::intent::Kind;
use super::last_commit::{blob, entry_in, places, read_optional};
use super::proof::Proof;
use super::{LandError, private};
use crate::documents::backlog::Backlog;
use crate::git::Git;
use crate::records::runs::RunView;
use crate::terms::{ItemId, Oid, RepoPath};

/// Refuses where the item has a status that neither was there when the run began nor is the engine's.
pub(super) fn look(view: &RunView, git: &Git, proof: &Proof) -> Result<(), LandError> {
    let order = &view.order;
    let Some(item) = &order.item else {
        return Ok(());
    };
    if private::is(view) {
        return Ok(());
    }
    for (path, kind) in places(view)? {
        if kind != Kind::Backlog {
            continue;
        }
        let began = status_at(git, &order.base, (&path, item))?;
        let ours = [
            &order.statuses.started,
            &order.statuses.completed,
            &order.statuses.landed,
        ];
        let is_theirs =
            |status: &String| Some(status) != began.as_ref() && ours.iter().all(|s| *s != status);
        let there = status_at(git, &proof.merged, (&path, item))?;
        if let Some(status) = there.filter(is_theirs) {
            return Err(contested(
                view,
                &format!("'{}'", proof.into),
                (&path, item, &status),
            ));
        }
        let here = read_optional(view, &path)?;
        let here = here.and_then(|bytes| status_of(&bytes, item));
        if let Some(status) = here.filter(is_theirs) {
            return Err(contested(view, "your checkout", (&path, item, &status)));
        }
    }
    Ok(())
}

fn contested(
    view: &RunView,
    whose: &str,
    (path, item, status): (&RepoPath, &ItemId, &str),
) -> LandError {
    let wanted = &view.order.statuses.completed;
    LandError::aborted(
        format!("{whose} has {item} as '{status}', which somebody set while the run worked"),
        vec![path.to_string()],
        format!(
            "where the result is still wanted, set it to '{wanted}' there, then land again; where it is \
             not, leave the run as it is"
        ),
    )
}

fn status_at(
    git: &Git,
    tree: &Oid,
    (path, item): (&RepoPath, &ItemId),
) -> Result<Option<String>, LandError> {
    let Some(entry) = entry_in(git, tree, path)? else {
        return Ok(None);
    };
    Ok(status_of(&blob(git, &entry.object)?, item))
}

fn status_of(bytes: &[u8], item: &ItemId) -> Option<String> {
    let backlog = Backlog::parse(bytes);
    backlog.find(item)?.status.clone()
}
