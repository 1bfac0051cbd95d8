//! The repository of a folder, told by its files where these leave no doubt: a checkout with its
//! own git folder and nothing unusual set. Starting git takes longer than everything else that is
//! done before the first frame.

use super::discover::Repository;
use crate::store::fs::{Disk, Fs};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Largest configuration of a repository that is read.
const MAX_CONFIG: u64 = 64 * 1024;
/// Words of a configuration that may make the working tree another one, or the format a newer one.
const UNUSUAL: [&str; 4] = ["worktree", "extensions", "include", "bare = true"];

/// The repository of this folder; `None`: git is to be asked.
pub(super) fn told(folder: &Path) -> Option<Repository> {
    let folder = folder.canonicalize().ok().filter(|f| f.is_dir())?;
    for dir in folder.ancestors() {
        // The inside of a git folder, or one that lies there bare.
        if dir.join("HEAD").exists() && dir.join("objects").exists() {
            return None;
        }
        let own = dir.join(".git");
        match own.symlink_metadata() {
            Ok(found) if found.is_dir() => return is_plain(&own).then(|| of(dir, &own)),
            // A linked working tree, a submodule, a link.
            Ok(_) => return None,
            Err(_) => {}
        }
    }
    None
}

fn of(top: &Path, own: &Path) -> Repository {
    Repository {
        top: top.to_owned(),
        common_dir: own.to_owned(),
        git_dir: own.to_owned(),
    }
}

/// Whether it is a git folder of this user with nothing in it that makes it an unusual one.
fn is_plain(own: &Path) -> bool {
    let mine = rustix::process::geteuid().as_raw();
    let is_mine = |path: &Path| path.metadata().is_ok_and(|m| m.uid() == mine);
    let whole = own.join("HEAD").is_file() && own.join("objects").is_dir();
    let config = Disk.read(&own.join("config"), MAX_CONFIG);
    let config = config.ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let usual = config.is_some_and(|text| {
        let text = text.to_lowercase();
        !UNUSUAL.iter().any(|word| text.contains(word))
    });
    let top = own.parent().unwrap_or(own);
    whole
        && usual
        && is_mine(own)
        && is_mine(top)
        && own.join("refs").is_dir()
        && !own.join("commondir").exists()
}

#[cfg(test)]
mod tests {
    use super::super::Git;
    use super::super::testing::{put, repository};
    use super::*;

    #[test]
    fn what_is_told_is_what_git_says() {
        let (_dir, git) = repository();
        put(git.dir(), "a/b/x", "");
        let at = |path: &str| told(&git.dir().join(path));
        let root = told(git.dir()).unwrap();
        assert_eq!(root.top, git.dir());
        assert_eq!(at("a/b").unwrap(), root);
        let says = |what: &str| {
            let asked = git.call(["rev-parse", "--path-format=absolute", what]);
            asked.text().unwrap().trim().to_owned()
        };
        assert_eq!(root.top.to_str().unwrap(), says("--show-toplevel"));
        assert_eq!(root.git_dir.to_str().unwrap(), says("--git-dir"));
        assert_eq!(root.common_dir.to_str().unwrap(), says("--git-common-dir"));
    }

    #[test]
    fn what_is_unusual_is_for_git_to_tell() {
        let (_dir, git) = repository();
        let linked = git.dir().join("linked");
        git.call(["worktree", "add", "-q", "--detach"])
            .arg(&linked)
            .run()
            .unwrap();
        assert_eq!(told(&linked), None);
        assert_eq!(told(&git.dir().join(".git/refs")), None);
        let bare = git.dir().join("bare.git");
        std::fs::create_dir(&bare).unwrap();
        let inner = Git::new(&bare);
        inner.call(["init", "-q", "--bare"]).run().unwrap();
        assert_eq!(told(&bare), None);
        assert!(told(git.dir()).is_some());
        for (key, value) in [("core.worktree", "/"), ("core.bare", "true")] {
            git.call(["config", key, value]).run().unwrap();
            assert_eq!(told(git.dir()), None, "{key}");
            git.call(["config", "--unset-all", key]).run().unwrap();
        }
        assert_eq!(told(Path::new("/")), None);
    }
}
