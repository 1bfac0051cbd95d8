//! Which project a folder belongs to, found without starting git: what is asked every few seconds, in
//! every folder a person is in, must cost next to nothing where there is none.
//!
//! Where anything is unusual (variables that tell git where to look, a bare repository), it says so,
//! and who asks goes the long way.

use crate::records::project::{APART, HARNESS, is_harness};
use crate::store::fs::{Disk, Fs, Kind};
use crate::store::layout::EngineDir;
use std::path::{Path, PathBuf};

/// Largest file that says where a git folder is.
const MAX_BYTES: u64 = 16 * 1024;
/// Variables by which git is told to look elsewhere.
const ELSEWHERE: [&str; 3] = ["GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE"];

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// No project.
    None,
    /// The project with this engine's folder, and its root.
    At(EngineDir, PathBuf),
    /// It can't be told without git.
    Unusual,
}

/// The project that a folder belongs to.
pub fn here(folder: &Path) -> Place {
    if ELSEWHERE
        .iter()
        .any(|name| std::env::var_os(name).is_some())
    {
        return Place::Unusual;
    }
    let Ok(start) = folder.canonicalize() else {
        return Place::None;
    };
    for dir in start.ancestors() {
        let dot = dir.join(".git");
        let git = match Disk.stat(&dot) {
            Ok(Some(stat)) if stat.kind == Kind::Dir => dot,
            Ok(Some(stat)) if stat.kind == Kind::File => match linked(dir, &dot) {
                Some(git) => git,
                None => return Place::Unusual,
            },
            Ok(None) if is_bare(dir) => return Place::Unusual,
            Ok(None) => continue,
            _ => return Place::Unusual,
        };
        if !git.join("HEAD").exists() {
            continue;
        }
        return of_repository(&start, dir, &common(&git));
    }
    without_git(&start)
}

/// The project of a repository: it has one where runs were made in it, or a harness folder lies
/// between here and its root.
fn of_repository(start: &Path, top: &Path, common: &Path) -> Place {
    let engine = EngineDir::at(common.join(HARNESS));
    let has_runs = engine.runs().is_dir();
    let below = || {
        let between = start.ancestors().take_while(|dir| dir.starts_with(top));
        let names = |dir: &Path| [dir.join(HARNESS), dir.join(APART)];
        let own = names(&engine.private());
        between.flat_map(names).chain(own).any(|f| is_harness(&f))
    };
    if has_runs || below() {
        Place::At(engine, top.to_owned())
    } else {
        Place::None
    }
}

fn without_git(start: &Path) -> Place {
    let found = start.ancestors().find(|dir| is_harness(&dir.join(HARNESS)));
    found.map_or(Place::None, |dir| {
        let engine = EngineDir::at(dir.join(HARNESS).join(".state"));
        Place::At(engine, dir.to_owned())
    })
}

/// The git folder that a file `.git` names.
fn linked(dir: &Path, dot: &Path) -> Option<PathBuf> {
    let text = line(dot)?;
    let named = text.strip_prefix("gitdir: ")?;
    Some(dir.join(named))
}

/// The git folder that all working trees share.
fn common(git: &Path) -> PathBuf {
    match line(&git.join("commondir")) {
        Some(named) => {
            let common = git.join(named);
            common.canonicalize().unwrap_or(common)
        }
        None => git.to_owned(),
    }
}

fn line(path: &Path) -> Option<String> {
    let bytes = Disk.read(path, MAX_BYTES).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.lines().next()?.trim_end().to_owned())
}

fn is_bare(dir: &Path) -> bool {
    let has = |name: &str| dir.join(name).exists();
    has("HEAD") && has("objects") && has("refs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;
    use crate::git::testing::put;
    use crate::records::project::Project;

    /// What the long way finds.
    fn engine(folder: &Path) -> Option<PathBuf> {
        let found = Project::find(folder).ok()?;
        let engine = found.engine.path().to_owned();
        Some(engine.canonicalize().unwrap_or(engine))
    }

    fn quick(folder: &Path) -> Option<PathBuf> {
        match here(folder) {
            Place::At(engine, _) => {
                let engine = engine.path().to_owned();
                Some(engine.canonicalize().unwrap_or(engine))
            }
            Place::None => None,
            Place::Unusual => panic!("{} is nothing unusual", folder.display()),
        }
    }

    #[test]
    fn the_quick_way_finds_what_the_long_way_does() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let plain = root.join("plain");
        std::fs::create_dir(&plain).unwrap();
        let git = Git::new(&plain);
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        assert_eq!(quick(&plain), None);
        put(&plain, "harness/backlog.md", "# Backlog\n");
        put(&plain, "src/deep/er/a.rs", "");
        git.call(["add", "-A"]).run().unwrap();
        let who = ["-c", "user.name=A", "-c", "user.email=a@b"];
        let commit = who.into_iter().chain(["commit", "-qm", "base"]);
        git.call(commit).run().unwrap();
        let tree = root.join("tree");
        let tree = tree.to_str().unwrap();
        git.call(["worktree", "add", "-q", tree]).run().unwrap();
        let apart = root.join("apart");
        put(&apart, "harness/backlog.md", "# Backlog\n");
        let helm = root.join("helm");
        put(&helm, "harness/values.yaml", "a: 1\n");
        for folder in [&plain, &plain.join("src/deep/er"), Path::new(tree), &apart] {
            assert_eq!(quick(folder), engine(folder), "{}", folder.display());
            assert!(quick(folder).is_some());
        }
        assert_eq!(quick(&helm), None);
        // No work tree is there, for git neither.
        assert_eq!(here(&plain.join(".git/objects")), Place::Unusual);
        let bare = root.join("bare.git");
        let to = bare.to_str().unwrap();
        git.call(["clone", "-q", "--bare", ".", to]).run().unwrap();
        assert_eq!(here(&bare), Place::Unusual);
    }
}
