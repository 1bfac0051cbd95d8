//! What lies in a run's tree when it is to be refreshed: what was handed on, what an attempt left and
//! is kept, or work of somebody's, which stands in the way.

use super::few;
use crate::engine::Run;
use crate::engine::record::StageRecord;
use crate::git::GitError;
use crate::supervisor::attempts::is_kept;
use crate::supervisor::order::RunOrder;
use crate::supervisor::tree;
use crate::terms::Oid;
use std::path::Path;

/// Whether the run's tree holds what was handed on, or what an attempt left and is kept. `run_dir` is
/// the run's folder in the engine's.
pub(super) fn is_known(run_dir: &Path, order: &RunOrder, run: &Run) -> Result<bool, GitError> {
    let Some(left) = tree::lies(run_dir, order)? else {
        return Ok(true);
    };
    let head: &Oid = run.head.as_ref().unwrap_or(&order.base);
    let moved = |s: &StageRecord| s.moved.as_ref() == Some(&left);
    Ok(left == order.git().tree_of(head)?
        || is_kept(run, Some(&left))
        || run.stages.iter().any(moved))
}

/// Why it is refused for what lies in the run's tree; `None`: nothing there would be lost.
pub fn would_be_lost(
    run_dir: &Path,
    order: &RunOrder,
    run: &Run,
) -> Result<Option<String>, GitError> {
    if is_known(run_dir, order, run)? {
        return Ok(None);
    }
    let left = tree::not_handed_on(run_dir, order, run)?;
    Ok(Some(format!(
        "work in {} was not handed on, and would be lost: {}; {}",
        order.tree.display(),
        few(&left),
        tree::what_to_do(order, run)
    )))
}
