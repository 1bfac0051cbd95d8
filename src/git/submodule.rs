//! Submodules of a linked working tree: made from what the checkout has, without asking anybody and
//! without a change to the repository's configuration.

use super::{Git, GitError, Index, Repository};
use crate::git::worktree::discard;
use crate::terms::{Digest, Oid};
use std::path::{Path, PathBuf};

/// How deep submodules of submodules are followed.
const DEEPEST: usize = 8;
/// How many submodules a tree may have.
const MOST: usize = 500;
/// Lets git read repositories of this machine as a source, which it does for no submodule by itself.
const FROM_HERE: &str = "protocol.file.allow=always";

/// Why a submodule can't be made.
#[derive(Debug, thiserror::Error)]
pub enum SubmoduleError {
    /// Git could not.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The disk could not.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What is wanted is not on this machine.
    #[error(
        "the submodule {path} is wanted at {}, which is not at hand in {}; `git -C {} fetch` brings it",
        commit.short(), from.display(), from.display()
    )]
    NotAtHand {
        /// The submodule.
        path: String,
        /// The commit that it is wanted at.
        commit: Oid,
        /// Where it was looked for.
        from: PathBuf,
    },
    /// Nobody says where it is to be fetched from.
    #[error(
        "the submodule {path} has no url in .gitmodules; write one, or take `submodules: all` out of harness.yaml"
    )]
    NoUrl {
        /// The submodule.
        path: String,
    },
    /// There are more than any repository has.
    #[error(
        "there are more than {MOST} submodules; set `tree: {{ submodules: none }}` and make those that are needed in 'setup'"
    )]
    TooMany,
}

/// What was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// Submodules that were put there or moved to their commit.
    pub made: Vec<String>,
    /// Those that were there already.
    pub there: usize,
    /// Those that stay empty, because the checkout has them empty too.
    pub left: Vec<String>,
}

/// A submodule as a commit holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted {
    path: String,
    commit: Oid,
}

/// Makes the submodules of `tree` at the commits that its index names: those that `home` has there,
/// from its objects; with `all` the others too, from where `.gitmodules` says.
pub fn make(home: &Path, tree: &Path, all: bool) -> Result<Made, SubmoduleError> {
    let mut maker = Maker {
        modules: Git::discover(tree)?.git_dir.join("modules"),
        all,
        made: Made::default(),
        seen: 0,
    };
    maker.level(Some(home), tree, "", 0)?;
    Ok(maker.made)
}

/// The paths of the submodules that the index of a tree holds.
pub fn paths(tree: &Path) -> Result<Vec<String>, GitError> {
    Ok(wanted(tree)?.into_iter().map(|w| w.path).collect())
}

/// The submodules that the index of a tree holds, each with its commit.
pub fn at(tree: &Path) -> Result<Vec<(String, Oid)>, GitError> {
    let all = wanted(tree)?.into_iter();
    Ok(all.map(|w| (w.path, w.commit)).collect())
}

/// A submodule in which something lies that its commit has not.
#[derive(Debug, Clone)]
pub struct Changed {
    /// Its path in the tree, that of one in another below that.
    pub path: String,
    /// Itself.
    pub git: Git,
    /// The commit that it was put at.
    pub from: Oid,
    /// What lies there now, without what its ignore files name.
    pub now: Oid,
}

/// The submodules of `tree` that hold something else than the commit which they were put at: changed
/// files, new ones, commits of somebody's. To be asked before the tree is moved. `scratch` names a
/// file that may be written.
pub fn changed(tree: &Path, scratch: &Path) -> Result<Vec<Changed>, GitError> {
    let mut found = Vec::new();
    let mut trees = vec![(tree.to_owned(), String::new())];
    while let Some((tree, above)) = trees.pop() {
        for wanted in wanted(&tree)? {
            let inner = tree.join(&wanted.path);
            if !inner.join(".git").exists() {
                continue;
            }
            let path = format!("{above}{}", wanted.path);
            let git = Git::new(&inner);
            let from = put_at(&Git::new(&tree), &git, &wanted);
            if has(&git, &from) {
                let now = lies_in(&git, &from, scratch);
                // A scratch file; a leftover one is overwritten by the next.
                let _ = std::fs::remove_file(scratch);
                let now = now?;
                if now != git.tree_of(&from)? {
                    let path = path.clone();
                    found.push(Changed {
                        path,
                        git,
                        from,
                        now,
                    });
                }
            }
            trees.push((inner, format!("{path}/")));
        }
    }
    Ok(found)
}

/// The commit that a submodule was put at: what the last commit above names, where the submodule is
/// built on that; else what the index above names.
fn put_at(above: &Git, git: &Git, wanted: &Wanted) -> Oid {
    let named = above.resolve(&format!("HEAD:{}", wanted.path));
    let at = git.resolve("HEAD");
    match (named, at) {
        (Ok(named), Ok(at)) if git.is_ancestor(&named, &at).unwrap_or(false) => named,
        _ => wanted.commit.clone(),
    }
}

/// The content of a submodule's working tree, by an index of its own.
fn lies_in(git: &Git, from: &Oid, scratch: &Path) -> Result<Oid, GitError> {
    // Nothing that may be left there is to be believed.
    let _ = std::fs::remove_file(scratch);
    let index = Index::at(git, scratch);
    index.read_tree(&git.resolve("HEAD").unwrap_or_else(|_| from.clone()))?;
    if let Some(git_dir) = Repository::git_dir_at(git.dir()) {
        index.leave_out(&git_dir)?;
    }
    index.add_all()?;
    index.write_tree()
}

/// Puts every submodule that was made in `tree` back at its commit, without what lies there beside.
/// What its own ignore files name stays.
pub fn tidy(tree: &Path) -> Result<(), GitError> {
    let mut trees = vec![tree.to_owned()];
    while let Some(tree) = trees.pop() {
        for wanted in wanted(&tree)? {
            let inner = tree.join(&wanted.path);
            if inner.join(".git").exists() {
                let git = Git::new(&inner);
                unlock(&inner)?;
                git.call(["checkout", "-q", "-f", "--detach", wanted.commit.as_str()])
                    .run()?;
                // A repository of somebody's own stays, as it does outside of submodules.
                git.call(["clean", "-q", "-fd"]).run()?;
                trees.push(inner);
            }
        }
    }
    Ok(())
}

/// Takes the lock of an index away that a killed git left: nobody works in the tree now.
fn unlock(inner: &Path) -> Result<(), GitError> {
    let lock = Git::discover(inner)?.git_dir.join("index.lock");
    // One that stays is told by git itself.
    let _ = std::fs::remove_file(lock);
    Ok(())
}

struct Maker {
    modules: PathBuf,
    all: bool,
    made: Made,
    seen: usize,
}

impl Maker {
    fn level(
        &mut self,
        from: Option<&Path>,
        tree: &Path,
        above: &str,
        depth: usize,
    ) -> Result<(), SubmoduleError> {
        for wanted in wanted(tree)? {
            self.seen += 1;
            if self.seen > MOST {
                return Err(SubmoduleError::TooMany);
            }
            let name = format!("{above}{}", wanted.path);
            let source = from.map(|from| from.join(&wanted.path));
            let source = source.filter(|s| s.join(".git").exists());
            if source.is_none() && !self.all {
                self.made.left.push(name);
                continue;
            }
            let inner = tree.join(&wanted.path);
            self.one(source.as_deref(), tree, &wanted, &name)?;
            if depth < DEEPEST {
                self.level(source.as_deref(), &inner, &format!("{name}/"), depth + 1)?;
            }
        }
        Ok(())
    }

    fn one(
        &mut self,
        source: Option<&Path>,
        tree: &Path,
        wanted: &Wanted,
        name: &str,
    ) -> Result<(), SubmoduleError> {
        let inner = tree.join(&wanted.path);
        let git = Git::new(&inner);
        if is_its_own(&git) {
            if git.resolve("HEAD").is_ok_and(|at| at == wanted.commit) {
                self.made.there += 1;
                return Ok(());
            }
        } else {
            self.clone(source, tree, wanted, name)?;
        }
        if !has(&git, &wanted.commit) {
            self.fetch(source, &git, wanted, name)?;
        }
        git.call(["checkout", "-q", "-f", "--detach", wanted.commit.as_str()])
            .run()?;
        self.made.made.push(name.to_owned());
        Ok(())
    }

    /// Its repository lies where git keeps those of a linked working tree: it goes with the tree.
    fn clone(
        &self,
        source: Option<&Path>,
        tree: &Path,
        wanted: &Wanted,
        name: &str,
    ) -> Result<(), SubmoduleError> {
        let io = |path: &Path| {
            let path = path.to_owned();
            move |source| SubmoduleError::Io { path, source }
        };
        let inner = tree.join(&wanted.path);
        let kept = self.modules.join(&Digest::of(name).as_str()[..16]);
        // What is left of one that was cut off.
        discard(&kept).map_err(io(&kept))?;
        let _ = std::fs::remove_file(inner.join(".git"));
        std::fs::create_dir_all(&self.modules).map_err(io(&self.modules))?;
        std::fs::create_dir_all(&inner).map_err(io(&inner))?;
        let git = Git::new(tree);
        let url = url(source, tree, wanted);
        let call = match source {
            Some(source) => {
                if !has(&Git::new(source), &wanted.commit) && !self.all {
                    return Err(not_at_hand(source, wanted, name));
                }
                clone_call(git.call(["-c", FROM_HERE, "clone"]), &kept).arg(source)
            }
            // Whoever wrote .gitmodules is not who asks: git is to be careful with what it names.
            None => clone_call(git.call(["clone"]), &kept)
                .env("GIT_PROTOCOL_FROM_USER", "0")
                .arg(url.as_ref().ok_or_else(|| no_url(name))?),
        };
        call.arg(&inner).run()?;
        if let Some(url) = url {
            let inner = Git::new(&inner);
            inner.call(["config", "remote.origin.url", &url]).run()?;
        }
        Ok(())
    }

    /// Brings a commit that the clone has not got.
    fn fetch(
        &self,
        source: Option<&Path>,
        git: &Git,
        wanted: &Wanted,
        name: &str,
    ) -> Result<(), SubmoduleError> {
        if let Some(source) = source.filter(|source| has(&Git::new(source), &wanted.commit)) {
            // A repository of this machine gives any commit only where a ref leads to it.
            let objects = Git::discover(source)?.common_dir.join("objects");
            let into = Git::discover(git.dir())?.common_dir;
            let into = into.join("objects/info/alternates");
            let line = format!("{}\n", objects.display());
            let put = crate::store::write::replace(&crate::store::fs::Disk, &into, line.as_bytes());
            return put.map_err(|e| SubmoduleError::Io {
                path: into,
                source: std::io::Error::other(e.to_string()),
            });
        }
        if !self.all {
            return Err(not_at_hand(source.unwrap_or(git.dir()), wanted, name));
        }
        let call = git.call(["fetch", "-q", "--no-recurse-submodules", "origin"]);
        call.env("GIT_PROTOCOL_FROM_USER", "0")
            .arg(wanted.commit.as_str())
            .run()?;
        Ok(())
    }
}

/// Where a submodule comes from: as the checkout's says, else as `.gitmodules` does.
fn url(source: Option<&Path>, tree: &Path, wanted: &Wanted) -> Option<String> {
    let of = |dir: &Path| {
        let git = Git::new(dir);
        let url = git.call(["config", "--get", "remote.origin.url"]).text();
        url.ok().filter(|u| !u.is_empty())
    };
    if let Some(url) = source.and_then(of) {
        return Some(url);
    }
    let git = Git::new(tree);
    let named = url_in_gitmodules(&git, &wanted.path)?;
    if !named.starts_with("./") && !named.starts_with("../") {
        return Some(named);
    }
    // A repository that came from nowhere is where its submodules are seen from.
    let here = || {
        Git::discover(tree)
            .ok()?
            .common_dir
            .parent()?
            .to_str()
            .map(str::to_owned)
    };
    Some(relative_to(&of(tree).or_else(here)?, &named))
}

fn clone_call<'g>(call: super::Call<'g>, kept: &Path) -> super::Call<'g> {
    call.args(["-q", "--no-checkout", "--template=", "--separate-git-dir"])
        .arg(kept)
        .arg("--")
}

fn not_at_hand(from: &Path, wanted: &Wanted, name: &str) -> SubmoduleError {
    SubmoduleError::NotAtHand {
        path: name.to_owned(),
        commit: wanted.commit.clone(),
        from: from.to_owned(),
    }
}

fn no_url(name: &str) -> SubmoduleError {
    SubmoduleError::NoUrl {
        path: name.to_owned(),
    }
}

/// Whether this folder is the top of a repository of its own, and a whole one.
fn is_its_own(git: &Git) -> bool {
    git.dir().join(".git").exists()
        && Git::discover(git.dir()).is_ok_and(|r| {
            let here = git.dir().canonicalize();
            here.is_ok_and(|here| r.top == here || r.top == git.dir())
        })
}

/// Whether a repository has this commit, without asking anybody for it.
fn has(git: &Git, commit: &Oid) -> bool {
    git.call(["cat-file", "-e", &format!("{commit}^{{commit}}")])
        .env("GIT_NO_LAZY_FETCH", "1")
        .run()
        .is_ok()
}

/// The submodules that the index of a tree holds; none where nothing says that there are any.
fn wanted(tree: &Path) -> Result<Vec<Wanted>, GitError> {
    if std::fs::symlink_metadata(tree.join(".gitmodules")).is_err() {
        return Ok(Vec::new());
    }
    let git = Git::new(tree);
    let bytes = git.call(["ls-files", "-z", "--stage"]).run()?;
    Ok(bytes
        .split(|b| *b == 0)
        .filter_map(|entry| {
            // `160000 <object> 0<tab>path`.
            let text = String::from_utf8_lossy(entry);
            let (about, path) = text.split_once('\t')?;
            let mut about = about.split(' ');
            let (mode, object) = (about.next()?, about.next()?);
            (mode == "160000").then_some(Wanted {
                path: path.to_owned(),
                commit: Oid::new(object).ok()?,
            })
        })
        .collect())
}

/// What `.gitmodules` says of the submodule at this path.
fn url_in_gitmodules(git: &Git, path: &str) -> Option<String> {
    let file = ["config", "-z", "-f", ".gitmodules", "--get-regexp"];
    let get = |what: &str| {
        let call = git.call(file).arg(format!("^submodule\\..*\\.{what}$"));
        let text = String::from_utf8_lossy(&call.run().ok()?).into_owned();
        let entries = text.split('\0').filter_map(|entry| {
            let (key, value) = entry.split_once('\n')?;
            let name = key.strip_prefix("submodule.")?;
            let name = name.strip_suffix(what)?.strip_suffix('.')?;
            Some((name.to_owned(), value.to_owned()))
        });
        Some(entries.collect::<Vec<_>>())
    };
    let (name, _) = get("path")?.into_iter().find(|(_, p)| p == path)?;
    let (_, url) = get("url")?.into_iter().find(|(n, _)| *n == name)?;
    Some(url)
}

/// `../lib` seen from `https://host/team/app` is `https://host/team/lib`.
fn relative_to(base: &str, url: &str) -> String {
    let mut base = base.trim_end_matches('/').to_owned();
    let mut rest = url;
    loop {
        if let Some(after) = rest.strip_prefix("./") {
            rest = after;
        } else if let Some(after) = rest.strip_prefix("../") {
            rest = after;
            let cut = base.rfind('/').or_else(|| base.rfind(':').map(|at| at + 1));
            base.truncate(cut.unwrap_or(0));
        } else {
            break;
        }
    }
    let join = if base.is_empty() || base.ends_with(':') {
        ""
    } else {
        "/"
    };
    format!("{base}{join}{rest}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{commit_all, put, repository};
    use super::*;

    #[test]
    fn relative_urls_are_seen_from_where_the_repository_came_from() {
        let from = |base: &str| relative_to(base, "../lib.git");
        assert_eq!(
            from("https://host/team/app.git"),
            "https://host/team/lib.git"
        );
        assert_eq!(from("git@host:team/app"), "git@host:team/lib.git");
        assert_eq!(from("git@host:app"), "git@host:lib.git");
        assert_eq!(from("/srv/app/"), "/srv/lib.git");
        assert_eq!(relative_to("/srv/app", "./lib"), "/srv/app/lib");
    }

    /// A repository with a submodule at `deps/lib`, which has one at `in` itself.
    fn nested() -> (Vec<tempfile::TempDir>, Git, PathBuf) {
        let (dir_a, inner) = repository();
        let (dir_b, lib) = repository();
        let add = |git: &Git, from: &Git, at: &str| {
            git.call(["-c", FROM_HERE, "submodule", "add", "-q"])
                .arg(from.dir())
                .arg(at)
                .run()
                .unwrap();
            commit_all(git, "with a submodule");
        };
        add(&lib, &inner, "in");
        let (dir_c, app) = repository();
        add(&app, &lib, "deps/lib");
        let outside = tempfile::tempdir().unwrap();
        let tree = outside.path().canonicalize().unwrap().join("tree");
        (vec![dir_a, dir_b, dir_c, outside], app, tree)
    }

    #[test]
    fn what_the_checkout_has_is_made_from_its_objects_and_nothing_else() {
        let (_dirs, app, tree) = nested();
        let head = app.resolve("HEAD").unwrap();
        let config = || std::fs::read_to_string(app.dir().join(".git/config")).unwrap();
        let before = config();
        app.worktree_add(&tree, super::super::Checkout::Detached(&head), "x")
            .unwrap();
        let made = make(app.dir(), &tree, false).unwrap();
        assert_eq!(made.made, ["deps/lib"]);
        assert_eq!(made.left, ["deps/lib/in"], "the checkout has it empty, too");
        assert!(tree.join("deps/lib/a.txt").exists());
        let again = make(app.dir(), &tree, false).unwrap();
        assert_eq!((again.made.len(), again.there), (0, 1));
        app.call([
            "-c",
            FROM_HERE,
            "submodule",
            "update",
            "-q",
            "--init",
            "--recursive",
        ])
        .run()
        .unwrap();
        assert_eq!(make(app.dir(), &tree, false).unwrap().made, ["deps/lib/in"]);
        assert!(Git::new(&tree).status().unwrap().is_clean());
        assert_eq!(
            config(),
            before,
            "the repository's configuration is as it was"
        );
        let scratch = tree.with_extension("index");
        let lies = || changed(&tree, &scratch).unwrap();
        assert!(lies().is_empty());
        put(&tree, "deps/lib/in/a.txt", "changed\n");
        put(&tree, "deps/lib/new.txt", "new\n");
        let found = lies();
        let paths: Vec<&str> = found.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["deps/lib", "deps/lib/in"]);
        let diff = |c: &Changed| c.git.diff(&c.from, &c.now).unwrap();
        assert_eq!(diff(&found[0])[0].path, "new.txt");
        assert_eq!(diff(&found[1])[0].path, "a.txt");
        // A commit of somebody's counts too, told to the tree's index or not.
        let lib = Git::new(tree.join("deps/lib"));
        commit_all(&lib, "mine");
        assert!(lies().iter().any(|c| diff(c)[0].path == "new.txt"));
        Git::new(&tree).call(["add", "deps/lib"]).run().unwrap();
        assert!(lies().iter().any(|c| diff(c)[0].path == "new.txt"));
        Git::new(&tree).call(["reset", "-q"]).run().unwrap();
        assert!(!scratch.exists());
        assert!(app.worktree_remove(&tree, false).is_err(), "dirty inside");
        tidy(&tree).unwrap();
        assert!(Git::new(&tree).status().unwrap().is_clean());
        app.worktree_remove(&tree, false).unwrap();
        assert!(!tree.exists());
        assert!(app.dir().join("deps/lib/a.txt").exists());
    }

    #[test]
    fn a_commit_that_is_not_at_hand_is_named_and_one_without_a_ref_is_found() {
        let (_dirs, app, tree) = nested();
        let lib = Git::new(app.dir().join("deps/lib"));
        put(lib.dir(), "more.txt", "x\n");
        let loose = commit_all(&lib, "on no branch");
        lib.call(["checkout", "-q", "--detach"]).run().unwrap();
        commit_all(&app, "moves the submodule");
        lib.call(["update-ref", "-d", "refs/heads/main"])
            .run()
            .unwrap();
        lib.call(["checkout", "-q", "--detach", "origin/main"])
            .run()
            .unwrap();
        let head = app.resolve("HEAD").unwrap();
        app.worktree_add(&tree, super::super::Checkout::Detached(&head), "x")
            .unwrap();
        make(app.dir(), &tree, false).unwrap();
        let at = Git::new(tree.join("deps/lib")).resolve("HEAD").unwrap();
        assert_eq!(at, loose);
        let gone = "1".repeat(40);
        let cache = format!("160000,{gone},deps/lib");
        let git = Git::new(&tree);
        git.call(["update-index", "--cacheinfo", &cache])
            .run()
            .unwrap();
        let said = make(app.dir(), &tree, false).unwrap_err().to_string();
        assert!(said.contains("deps/lib is wanted at 111111"), "{said}");
        assert!(said.contains("fetch` brings it"), "{said}");
    }
}
