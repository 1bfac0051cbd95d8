//! What of a commit may need its person: a signature, which may ask for a passphrase, and hooks,
//! which may do anything. Asked of the person's own git; nothing of the repository's is run.

use super::commit::own_git;
use super::{How, LandError, Request};
use crate::git::Git;
use crate::process::program::is_program;
use crate::records::runs::RunView;
use crate::terms::Oid;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The hooks that a commit runs, in the order in which it does.
const HOOKS: [&str; 6] = [
    "pre-commit",
    "post-index-change",
    "prepare-commit-msg",
    "commit-msg",
    "reference-transaction",
    "post-commit",
];

/// The folder in which husky keeps what starts its hooks; they stand above it.
const HUSKYS: &str = "_";

/// How many hooks that a run changed are named.
const NAMED: usize = 5;

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
    pub fn of(home: &Path, request: &Request) -> Self {
        let said = |args: &[&str]| {
            let output = own_git(home).args(args).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            (output.status.success() && !text.is_empty()).then_some(text)
        };
        let signs = said(&["config", "--type=bool", "--get", "commit.gpgsign"]);
        let with = || said(&["config", "--get", "gpg.format"]).unwrap_or_else(|| "gpg".to_owned());
        let folder = hooks_folder(home).ok();
        let there = |name: &&str| folder.as_ref().is_some_and(|f| is_program(&f.join(name)));
        Self {
            signed: signs.filter(|s| s == "true").map(|_| with()),
            hooks: { HOOKS.into_iter() }
                .filter(|_| !request.no_verify)
                .chain((request.how == How::Pr).then_some(PUSHES))
                .filter(there)
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// Where the hooks of the person's checkout are, whole: a folder that is named from the top of a tree
/// means the one of this tree.
pub(super) fn hooks_folder(home: &Path) -> Result<PathBuf, LandError> {
    let unknown = |why: String| {
        LandError::Unreadable(format!(
            "where the hooks of {} are can't be told: {why}",
            home.display()
        ))
    };
    let output = own_git(home)
        .args(["rev-parse", "--git-path", "hooks"])
        .output()
        .map_err(|e| unknown(e.to_string()))?;
    let said = output.stdout.strip_suffix(b"\n").unwrap_or_default();
    if !output.status.success() || said.is_empty() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(unknown(why.trim().to_owned()));
    }
    Ok(home.join(OsStr::from_bytes(said)))
}

/// That what would land changes hooks of the repository: whoever has the branch runs them afterwards.
pub(super) fn hooks_changed(
    view: &RunView,
    (from, to): (&Oid, &Oid),
) -> Result<Option<String>, LandError> {
    let home = &view.order.home;
    let Some(folder) = inside(home, &hooks_folder(home)?) else {
        return Ok(None);
    };
    let changes = Git::new(home).diff(from, to)?.into_iter();
    let changes = changes.filter(|c| c.name.starts_with(&folder));
    let paths: Vec<String> = changes.map(|c| c.path).collect();
    if paths.is_empty() {
        return Ok(None);
    }
    let more = match paths.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Ok(Some(format!(
        "it changes hooks, which git starts outside of any sandbox: {}{more}; read them first: commits on \
         the branch run them afterwards, and the landing itself none of them",
        paths.get(..NAMED).unwrap_or(&paths).join(", ")
    )))
}

/// The folder of hooks as git names it in the repository; `None`: it is none of it.
fn inside(home: &Path, folder: &Path) -> Option<PathBuf> {
    let canonical = |path: &Path| path.canonicalize().ok();
    let inner = match folder.strip_prefix(home) {
        Ok(inner) => inner.to_owned(),
        Err(_) => canonical(folder)?
            .strip_prefix(canonical(home)?)
            .ok()?
            .to_owned(),
    };
    let inner: PathBuf = inner.components().collect();
    let is_huskys = inner.file_name().is_some_and(|name| name == HUSKYS);
    let inner = match inner.parent() {
        Some(above) if is_huskys => above.to_owned(),
        _ => inner,
    };
    (!inner.starts_with(".git") && !inner.as_os_str().is_empty()).then_some(inner)
}
