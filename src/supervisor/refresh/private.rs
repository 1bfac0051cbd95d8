//! A base that moved under a run of a private harness: the team's code comes in, and nothing of a
//! harness of the team's, for the private one stands in for that.

use crate::git::{Git, GitError, Identity, Index, NewCommit, Scratch};
use crate::supervisor::order::RunOrder;
use crate::terms::Oid;

/// The commit that is to be taken in: with a private harness, one that has of the harness folder what
/// the run took in. No ref holds it.
pub(super) fn of_code(
    git: &Git,
    order: &RunOrder,
    onto: &Oid,
    took: &Oid,
) -> Result<Oid, GitError> {
    if order.private_on.is_none() {
        return Ok(onto.clone());
    }
    let scratch = Scratch::new();
    let index = Index::at(git, scratch.path());
    index.read_tree(onto)?;
    index.reset_paths(took, &[order.harness.as_str().into()])?;
    git.commit_tree(&NewCommit {
        tree: &index.write_tree()?,
        parents: std::slice::from_ref(onto),
        message: "to be joined",
        trailers: &[],
        identity: &Identity::fallback(),
        seconds: order.created.as_second(),
    })
}
