//! A base branch that was rewritten: what it has no longer would come back with a run that is built on
//! it.

use super::{LandError, Request};
use crate::git::Git;
use crate::records::runs::RunView;
use crate::supervisor::refresh::Withdrawn;
use crate::terms::Oid;

/// Refuses where commits would come back that the branch has no longer, unless that is ordered; then
/// says which. On another branch than the run's base everything is as the person names it.
pub fn may(
    view: &RunView,
    (into, tip): (&str, &Oid),
    request: &Request,
) -> Result<Option<String>, LandError> {
    let (order, run) = (&view.order, &view.run);
    if order.base_branch.as_deref() != Some(into) {
        return Ok(None);
    }
    let git = Git::new(&order.home);
    let Some(withdrawn) = Withdrawn::of(&git, order, run, tip)? else {
        return Ok(None);
    };
    let told = withdrawn.told(into);
    if request.bring_back {
        return Ok(Some(format!("{told}; what they changed comes back")));
    }
    Err(LandError::aborted(
        format!("{told}, and what they changed would come back"),
        Vec::new(),
        format!(
            "do the work on what it is now with a new run (`harness-tui run … --new`), or have it back with \
             `harness-tui land {} --bring-back`",
            order.run
        ),
    ))
}
