//! A base branch that was rewritten: what it has no longer would come back with a run that is built on
//! it.

use super::{LandError, Request};
use crate::git::Git;
use crate::records::runs::RunView;
use crate::supervisor::refresh::Withdrawn;
use crate::terms::Oid;

/// How many of several commits are named.
const NAMED: usize = 3;

/// Refuses where commits would come back that the base branch has no longer, unless that is ordered;
/// then says which. Another branch than the base may hold them: then they do not come with the run.
pub fn may(
    view: &RunView,
    (into, tip): (&str, &Oid),
    request: &Request,
) -> Result<Option<String>, LandError> {
    let order = &view.order;
    let Some(base) = order.base_branch.as_deref() else {
        return Ok(None);
    };
    let git = Git::new(&order.home);
    let withdrawn = if base == into {
        Withdrawn::of(&git, order, &view.run, tip)?
    } else {
        elsewhere(view, &git, base, tip)?
    };
    let Some(withdrawn) = withdrawn else {
        return Ok(None);
    };
    let told = withdrawn.told(base);
    if request.bring_back {
        return Ok(Some(format!("{told}; what they changed comes back")));
    }
    let there = if base == into {
        "come back".to_owned()
    } else {
        format!("come to '{into}'")
    };
    let into = if base == into {
        String::new()
    } else {
        format!(" --into {into}")
    };
    Err(LandError::aborted(
        format!("{told}, and what they changed would {there}"),
        Vec::new(),
        format!(
            "do the work on what it is now with a new run (`harness-tui run … --new`), or have it back with \
             `harness-tui land {}{into} --bring-back`",
            order.run
        ),
    ))
}

/// What the base has no longer and another branch has not either.
fn elsewhere(
    view: &RunView,
    git: &Git,
    base: &str,
    tip: &Oid,
) -> Result<Option<Withdrawn>, LandError> {
    let name = format!("refs/heads/{base}");
    let Some(base) = git.refs(&[&name])?.into_iter().find(|r| r.name == name) else {
        // The branch is gone: what it held last is what the person names another branch for.
        return Ok(None);
    };
    let stood = view.run.refreshed_on.as_ref();
    let stood = stood.unwrap_or(view.order.started_on());
    let call = git.call(["rev-list", stood.as_str()]);
    let call = call.args([format!("^{}", base.object), format!("^{tip}")]);
    let gone = call.text()?;
    let gone: Vec<&str> = gone.lines().collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let mut newest = Vec::new();
    for id in gone.iter().take(NAMED) {
        let commits = git.log(id, 1)?;
        newest.extend({ commits.into_iter() }.map(|c| (c.commit.short().to_owned(), c.subject)));
    }
    Ok(Some(Withdrawn {
        count: gone.len(),
        newest,
    }))
}
