//! What of a commit may need its person: a signature, which may ask for a passphrase, and hooks,
//! which may do anything. Asked of the person's own git; nothing of the repository's is run.

use super::How;
use super::commit::own_git;
use crate::process::program::is_program;
use std::path::Path;

/// The hooks that a commit runs, in the order in which it does.
const HOOKS: [&str; 4] = [
    "pre-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
];

/// What a push runs.
const PUSHES: &str = "pre-push";

/// What a commit would run beside git.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// With what it is signed; `None`: it is not.
    pub signed: Option<String>,
    /// The hooks that run.
    pub hooks: Vec<String>,
}

impl Asks {
    /// What a commit in this checkout would run, and a push where it is landed so.
    pub fn of(home: &Path, how: How) -> Self {
        let said = |args: &[&str]| {
            let output = own_git(home).args(args).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            (output.status.success() && !text.is_empty()).then_some(text)
        };
        let signs = said(&["config", "--type=bool", "--get", "commit.gpgsign"]);
        let with = || said(&["config", "--get", "gpg.format"]).unwrap_or_else(|| "gpg".to_owned());
        let folder = said(&["rev-parse", "--git-path", "hooks"]);
        let folder = folder.map(|f| home.join(f));
        let there = |name: &&str| folder.as_ref().is_some_and(|f| is_program(&f.join(name)));
        Self {
            signed: signs.filter(|s| s == "true").map(|_| with()),
            hooks: { HOOKS.into_iter() }
                .chain((how == How::Pr).then_some(PUSHES))
                .filter(there)
                .map(str::to_owned)
                .collect(),
        }
    }
}
