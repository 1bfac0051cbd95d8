//! A base that moved under a run of a private harness: the team's code comes in, and nothing of a
//! harness of the team's, for the private one stands in for that.

use crate::git::{Git, GitError, Identity, Index, NewCommit};
use crate::supervisor::order::RunOrder;
use crate::terms::Oid;
use std::path::PathBuf;

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
    let index = Index::at(git, &scratch.0);
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

/// An index that only this call knows.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let id = uuid::Uuid::new_v4().simple();
        Self(std::env::temp_dir().join(format!("harness-{id}.index")))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays is a scratch file that nobody looks for.
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_file(self.0.with_added_extension("lock"));
    }
}
