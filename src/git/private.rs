//! The engine's own repository of a folder that is none of the person's: it lies in the engine's
//! folder, and the folder itself is its working tree. So what a run changes is told, kept and checked
//! by the same git as elsewhere.
//!
//! Its configuration is what the engine writes, byte for byte: one that says anything else is not
//! used, for git would obey it.

use super::discover::Repository;
use super::{Git, GitError};
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use crate::terms::Oid;
use std::path::{Path, PathBuf};

/// Where it lies, from the folder.
pub const PLACE: &str = "harness/.state/git";
/// Its first commit, which holds nothing: the same everywhere.
pub const FIRST: &str = "f049bdb84c4083787b7b0de52b1fb294b9946ef2";
/// All that its configuration says.
const CONFIG: &[u8] = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n";
/// What is never taken in: what package managers and tools fetch or make, and the engine's own.
const EXCLUDE: &[u8] = b"/harness/.state/\nnode_modules/\n.venv/\nvenv/\n__pycache__/\n.mypy_cache/\n.gradle/\n.terraform/\n";
/// Most files, and most bytes, of a folder that is taken in.
const MOST_FILES: usize = 200_000;
const MOST_BYTES: u64 = 4 * 1024 * 1024 * 1024;

/// The repository of this folder, where the engine made one and the person has none.
pub(super) fn at(folder: &Path) -> Option<PathBuf> {
    let own = folder.join(PLACE);
    (is_ours(&own) && !is_in_a_repository(folder)).then_some(own)
}

/// Whether a folder lies in a repository of the person's: what stands in that may be anybody's, and
/// is never taken for the engine's.
fn is_in_a_repository(folder: &Path) -> bool {
    let whole = folder.canonicalize();
    let whole = whole.as_deref().unwrap_or(folder);
    { whole.ancestors() }.any(|dir| dir.join(".git").symlink_metadata().is_ok())
}

/// Files that would lead git elsewhere, to another configuration or other objects.
const ELSEWHERE: [&str; 5] = [
    "commondir",
    "gitdir",
    "config.worktree",
    "objects/info/alternates",
    "objects/info/http-alternates",
];

/// Whether it is there as the engine made it.
fn is_ours(own: &Path) -> bool {
    let is_real = |path: &Path| {
        std::fs::symlink_metadata(path).is_ok_and(|meta| !meta.file_type().is_symlink())
    };
    own.join("HEAD").is_file()
        && Disk.read(&own.join("config"), 4096).ok().as_deref() == Some(CONFIG)
        && ["", "HEAD", "config", "objects", "refs"]
            .iter()
            .all(|name| is_real(&own.join(name)))
        && ELSEWHERE
            .iter()
            .all(|name| own.join(name).symlink_metadata().is_err())
}

/// The nearest folder upwards that has one.
pub(super) fn above(folder: &Path) -> Option<Repository> {
    let folder = folder.canonicalize().ok()?;
    if is_in_a_repository(&folder) {
        return None;
    }
    for dir in folder.ancestors() {
        if at(dir).is_some() {
            return Some(of(dir));
        }
    }
    None
}

/// The repository that a folder has or would have.
pub fn of(folder: &Path) -> Repository {
    let own = folder.join(PLACE);
    Repository {
        top: folder.to_owned(),
        common_dir: own.clone(),
        git_dir: own,
    }
}

/// Makes it, with an empty first commit, where it is not there yet.
pub fn make(folder: &Path) -> Result<(), GitError> {
    let own = folder.join(PLACE);
    if is_ours(&own) && Git::bound(folder, &own).head()?.commit.is_some() {
        return Ok(());
    }
    let io = |source| GitError::Io {
        args: format!("(making {})", own.display()),
        source,
    };
    std::fs::create_dir_all(&own).map_err(io)?;
    if let Some(state) = own.parent() {
        // Should the folder come into a repository one day.
        put(&state.join(".gitignore"), b"*\n")?;
    }
    let git = Git::bound(folder, &own);
    git.call(["init", "-q", "--template=", "-b", "main"])
        .arg("--object-format=sha1")
        .run()?;
    std::fs::create_dir_all(own.join("info")).map_err(io)?;
    put(&own.join("info/exclude"), EXCLUDE)?;
    put(&own.join("config"), CONFIG)?;
    let empty = git.call(["mktree"]).stdin(Vec::new()).text()?;
    let empty = super::status::oid(&empty, "mktree")?;
    let commit = git.commit_tree(&super::NewCommit {
        tree: &empty,
        parents: &[],
        message: "Nothing yet",
        trailers: &[],
        identity: &super::Identity::fallback(),
        seconds: 1,
    })?;
    git.update_ref("refs/heads/main", &commit, super::Expected::Absent, "made")
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), GitError> {
    replace(&Disk, path, bytes).map_err(|e| GitError::Io {
        args: format!("(writing {})", path.display()),
        source: std::io::Error::other(e),
    })
}

/// The commit that it begins with.
pub fn first() -> Result<Oid, GitError> {
    super::status::oid(FIRST, "(first commit)")
}

/// What is too much to be taken in, in words; `None`: it can be.
pub fn too_much(folder: &Path) -> Result<Option<String>, GitError> {
    let git = Git::bound(folder, &folder.join(PLACE));
    let listed = git
        .call(["ls-files", "-z", "--others", "--exclude-standard"])
        .run()?;
    let (mut files, mut bytes) = (0usize, 0u64);
    for name in super::index::strings(&listed) {
        files += 1;
        let meta = folder.join(&name).symlink_metadata();
        bytes = bytes.saturating_add(meta.map_or(0, |m| m.len()));
    }
    let over = files > MOST_FILES || bytes > MOST_BYTES;
    Ok(over.then(|| format!("{files} files of {} MiB", bytes / (1024 * 1024))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_found_from_below_and_used_only_as_it_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(top.join("a/b")).unwrap();
        assert!(Git::discover(&top).is_err());
        make(&top).unwrap();
        make(&top).unwrap();
        let found = Git::discover(&top.join("a/b")).unwrap();
        assert_eq!(found, of(&top));
        assert!(found.is_private());
        let first = found.git().head().unwrap().commit.unwrap();
        assert_eq!(first.as_str(), FIRST);
        put(&top.join("a/x"), b"x\n").unwrap();
        assert_eq!(found.git().dirty(&[]).unwrap(), ["a/x"]);
        assert!(too_much(&top).unwrap().is_none());
        // What git would obey makes it one that nobody uses.
        let config = top.join(PLACE).join("config");
        put(&config, b"[core]\n\tfsmonitor = evil\n").unwrap();
        assert!(at(&top).is_none());
        put(&config, CONFIG).unwrap();
        assert!(at(&top).is_some());
        for name in ELSEWHERE {
            let file = top.join(PLACE).join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            put(&file, b"/elsewhere\n").unwrap();
            assert!(at(&top).is_none(), "{name}");
            std::fs::remove_file(file).unwrap();
        }
        // One that came with somebody's repository is not the engine's.
        let inside = top.join("a/b");
        std::fs::create_dir_all(inside.join("harness")).unwrap();
        std::fs::rename(top.join("harness/.state"), inside.join("harness/.state")).unwrap();
        assert!(at(&inside).is_some());
        std::fs::create_dir(top.join("a/.git")).unwrap();
        assert!(at(&inside).is_none() && above(&inside).is_none());
        std::fs::remove_dir(top.join("a/.git")).unwrap();
        std::fs::rename(inside.join("harness/.state"), top.join("harness/.state")).unwrap();
        std::fs::create_dir(top.join(".git")).unwrap();
        assert!(at(&top).is_none() && above(&top.join("a")).is_none());
    }
}
