//! Lock files: the files that fix the versions of what a project depends on. When one changes,
//! set-up is done again.

use crate::git::Index;
use crate::store::inside::read_inside;
use crate::terms::{Digest, RepoPath};
use std::path::Path;

/// Their names, in whatever folder they lie.
const NAMES: [&str; 30] = [
    "Cargo.lock",
    "Gemfile.lock",
    "MODULE.bazel.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "buf.lock",
    "bun.lock",
    "bun.lockb",
    "cabal.project.freeze",
    "composer.lock",
    "deno.lock",
    "flake.lock",
    "go.sum",
    "gradle.lockfile",
    "mise.lock",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pixi.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "pylock.toml",
    "rebar.lock",
    "stack.yaml.lock",
    "uv.lock",
    "yarn.lock",
];

/// The largest lock file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Whether this is a file of versions: by its name, or as pip names its lists of them.
fn is_lock_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let listed = || name.starts_with("requirements") && name.rsplit('.').next() == Some("txt");
    NAMES.binary_search(&name).is_ok() || listed()
}

/// The digest of these orders and of the lock files that the index of a tree names, as they are.
pub(super) fn digest(orders: Vec<u8>, index: &Index, tree: &Path) -> Result<String, String> {
    let mut parts = vec![orders];
    for path in index.tracked().map_err(|e| e.to_string())? {
        if !is_lock_file(&path) {
            continue;
        }
        let Ok(named) = RepoPath::new(&path) else {
            continue;
        };
        // One that can't be read, a link say, or one that is gone, counts as just that.
        let (kind, bytes) = match read_inside(tree, &named, LARGEST) {
            Ok(bytes) => (b"file".to_vec(), bytes),
            Err(why) => (b"none".to_vec(), why.to_string().into_bytes()),
        };
        parts.extend([path.into_bytes(), kind, bytes]);
    }
    Ok(Digest::of_parts(parts.iter().map(Vec::as_slice)).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    #[test]
    fn the_names_are_in_order_and_found_in_any_folder() {
        assert!(NAMES.is_sorted());
        for path in [
            "yarn.lock",
            "apps/web/pnpm-lock.yaml",
            "requirements-dev.txt",
        ] {
            assert!(is_lock_file(path), "{path}");
        }
        for path in ["package.json", "requirements.md", "yarn.lock/x"] {
            assert!(!is_lock_file(path), "{path}");
        }
    }

    #[test]
    fn only_what_a_lock_file_holds_changes_the_digest() {
        let (_dir, git) = repository();
        put(git.dir(), "apps/web/yarn.lock", "one\n");
        put(git.dir(), "page.txt", "one\n");
        commit_all(&git, "locked");
        let index = Index::at(&git, git.dir().join(".git/index"));
        let now = |orders: &str| digest(orders.into(), &index, git.dir()).unwrap();
        let first = now("a");
        put(git.dir(), "page.txt", "two\n");
        assert_eq!(now("a"), first);
        assert_ne!(now("b"), first);
        put(git.dir(), "apps/web/yarn.lock", "two\n");
        let second = now("a");
        assert_ne!(second, first);
        // What nobody can read to its end is not waited for.
        let lock = git.dir().join("apps/web/yarn.lock");
        std::fs::remove_file(&lock).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&lock).status();
        assert!(made.unwrap().success());
        assert!(![first, second].contains(&now("a")));
    }
}
