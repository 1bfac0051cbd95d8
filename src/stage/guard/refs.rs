//! Refs that were made, moved or deleted while an attempt ran, and whether the attempt did that.
//!
//! An attempt that is confined can't. One that is not shares the refs with the person, with landings
//! and with other runs, and whose hand it was is told by two things: git, started by any process of
//! the attempt, notes its commands in a file of the attempt's; and the log of a branch says where git
//! left it. What neither tells is nobody's fault, and is noted.

use super::{After, GuardError};
use crate::git::{Git, GitError, RefEntry, Repository};
use crate::stage::environ::GIT_NOTES;
use crate::stage::spec::AttemptSpec;
use crate::terms::Finding;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How much of git's notes is read; with more, nobody can say what was not done.
const MOST_NOTES: u64 = 64 * 1024 * 1024;
/// How much of the end of a ref's log is read.
const LOG_END: u64 = 16 * 1024;

/// Commands that may move refs which they do not name.
const ANY: [&str; 9] = [
    "fetch",
    "pull",
    "push",
    "receive-pack",
    "remote",
    "fast-import",
    "filter-branch",
    "filter-repo",
    "svn",
];
/// Commands that move the branch of the working tree they are called in.
const OF_A_TREE: [&str; 9] = [
    "am",
    "checkout",
    "cherry-pick",
    "commit",
    "merge",
    "rebase",
    "reset",
    "revert",
    "switch",
];
/// Commands that move refs which they name.
const NAMING: [&str; 7] = [
    "branch",
    "notes",
    "replace",
    "symbolic-ref",
    "tag",
    "update-ref",
    "worktree",
];

/// The refs as they were before the attempt.
#[derive(Debug)]
pub(super) struct Refs {
    before: Vec<RefEntry>,
    /// How long git's notes were: what set-up did is not the agent's.
    noted: u64,
}

impl Refs {
    pub(super) fn of(git: &Git, dir: &Path) -> Result<Self, GitError> {
        let noted = dir.join(GIT_NOTES).metadata().map_or(0, |m| m.len());
        Ok(Self {
            before: git.refs(&[])?,
            noted,
        })
    }

    /// Tells what was moved: as tampering where the attempt did it, else as a note.
    pub(super) fn compare(
        &self,
        spec: &AttemptSpec,
        repository: &Repository,
        dir: &Path,
        after: &mut After,
    ) -> Result<(), GuardError> {
        let git = repository.git();
        let now = git.refs(&[])?;
        let moved = moved(&self.before, &now, spec);
        if moved.is_empty() {
            return Ok(());
        }
        let trees = git.worktree_list()?.into_iter();
        let trees = trees.map(|w| (w.path, w.branch)).collect();
        let deeds = Deeds::read(&dir.join(GIT_NOTES), self.noted, trees, &spec.tree);
        let mut others = Vec::new();
        for (name, now) in &moved {
            let shared = is_shared(name);
            if deeds.name(name)
                || (!shared && (deeds.may_have(name) || by_hand(repository, name, *now)))
            {
                after.tampering.push(
                    Finding::new(
                        "guard/ref-moved",
                        format!(
                            "the ref {name} was made, moved or deleted during the attempt, by git as the attempt called it or by a write into git's own folder"
                        ),
                    )
                    .remedy("see what it is now, and put it back with the reflog"),
                );
            } else if !shared {
                others.push(name.strip_prefix("refs/heads/").unwrap_or(name));
            }
        }
        if !others.is_empty() {
            after.notes.push(format!(
                "moved meanwhile, and not by a git that this attempt called: {}",
                others.join(", ")
            ));
        }
        Ok(())
    }
}

/// Other runs move these all the time.
fn is_shared(name: &str) -> bool {
    name.starts_with("refs/heads/harness/") || name.starts_with("refs/harness/")
}

/// The names of those that differ, with where they are now; without the run's own branch, and
/// without what is only known of other repositories.
fn moved<'a>(
    before: &'a [RefEntry],
    now: &'a [RefEntry],
    spec: &AttemptSpec,
) -> BTreeMap<&'a str, Option<&'a RefEntry>> {
    let counts = |r: &&RefEntry| {
        Some(&r.name) != spec.branch.as_ref() && !r.name.starts_with("refs/remotes/")
    };
    let old: BTreeSet<&RefEntry> = before.iter().filter(counts).collect();
    let new: BTreeSet<&RefEntry> = now.iter().filter(counts).collect();
    let gone = old.difference(&new).map(|r| (r.name.as_str(), None));
    let there = new.difference(&old).map(|r| (r.name.as_str(), Some(*r)));
    gone.chain(there).collect()
}

/// Whether a branch is elsewhere than its log says: git keeps both in step, and takes the log away
/// with the branch. Where there is no log, nothing is told.
fn by_hand(repository: &Repository, name: &str, now: Option<&RefEntry>) -> bool {
    if !name.starts_with("refs/heads/") {
        return false;
    }
    let log = repository.common_dir.join("logs").join(name);
    let Ok(end) = end_of(&log) else { return false };
    let last = end.lines().last().and_then(|line| line.split(' ').nth(1));
    match (last, now) {
        (Some(last), Some(now)) => last != now.object.as_str(),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

fn end_of(file: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(file)?;
    let from = file.metadata()?.len().saturating_sub(LOG_END);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(LOG_END).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// One command of git's, as it noted it.
#[derive(Debug, Default)]
struct Deed {
    argv: Vec<String>,
    name: String,
    /// The working tree it worked in; `None`: in none, or it did not come that far.
    tree: Option<PathBuf>,
}

/// A line of git's notes, with what is wanted of it.
#[derive(Deserialize)]
struct Noted {
    event: String,
    sid: String,
    #[serde(default)]
    argv: Vec<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    worktree: Option<PathBuf>,
}

/// What the attempt did with git.
#[derive(Debug)]
struct Deeds {
    all: Vec<Deed>,
    /// The working trees of this repository, with their branches.
    trees: BTreeMap<PathBuf, Option<String>>,
    own: PathBuf,
    /// There is more than was read.
    cut: bool,
}

impl Deeds {
    fn read(file: &Path, from: u64, trees: BTreeMap<PathBuf, Option<String>>, own: &Path) -> Self {
        let mut bytes = Vec::new();
        let read = std::fs::File::open(file).and_then(|mut file| {
            // One that became shorter was written anew.
            let from = if file.metadata()?.len() < from {
                0
            } else {
                from
            };
            file.seek(SeekFrom::Start(from))?;
            file.take(MOST_NOTES + 1).read_to_end(&mut bytes)
        });
        // Without notes git was not called.
        let cut = read.is_ok_and(|n| n as u64 > MOST_NOTES);
        let mut all: BTreeMap<String, Deed> = BTreeMap::new();
        for line in bytes.split(|b| *b == b'\n') {
            let Ok(noted) = serde_json::from_slice::<Noted>(line) else {
                continue;
            };
            let deed = all.entry(noted.sid).or_default();
            match noted.event.as_str() {
                "start" => deed.argv = noted.argv,
                "cmd_name" => deed.name = noted.name,
                "def_repo" if deed.tree.is_none() => deed.tree = noted.worktree,
                _ => {}
            }
        }
        Self {
            all: all.into_values().collect(),
            trees,
            own: own.to_owned(),
            cut,
        }
    }

    /// Those that were done in this repository, as far as can be told.
    fn here(&self) -> impl Iterator<Item = &Deed> {
        let ours = |deed: &&Deed| {
            deed.tree
                .as_ref()
                .is_none_or(|t| self.trees.contains_key(t))
        };
        self.all.iter().filter(ours)
    }

    /// Whether one of them that moves refs names this one.
    fn name(&self, name: &str) -> bool {
        let moves = |deed: &&Deed| {
            let is = |names: &[&str]| names.contains(&deed.name.as_str());
            is(&ANY) || is(&OF_A_TREE) || is(&NAMING)
        };
        self.here().filter(moves).any(|deed| deed.names(name))
    }

    /// Whether one of them may have moved this one without naming it.
    fn may_have(&self, name: &str) -> bool {
        let elsewhere = |deed: &Deed| {
            let tree = deed.tree.as_ref().filter(|t| **t != self.own);
            let branch = tree.and_then(|t| self.trees.get(t)?.as_deref());
            branch == Some(name)
        };
        self.cut
            || self.here().any(|deed| match deed.name.as_str() {
                "stash" => name == "refs/stash" && !deed.has(&["list", "show"]),
                "notes" => name.starts_with("refs/notes/") && !deed.has(&["list", "show"]),
                "update-ref" => deed.has(&["--stdin"]),
                // The person's own branch, by going to where it is checked out.
                other if OF_A_TREE.contains(&other) => elsewhere(deed),
                other => ANY.contains(&other),
            })
    }
}

impl Deed {
    fn has(&self, words: &[&str]) -> bool {
        self.argv.iter().any(|arg| words.contains(&arg.as_str()))
    }

    /// Whether an argument is this ref: whole, or without what stands before its name; `from:to`
    /// names two.
    fn names(&self, name: &str) -> bool {
        let ends = |word: &str| {
            let before = name.strip_suffix(word);
            !word.is_empty() && before.is_some_and(|b| b.is_empty() || b.ends_with('/'))
        };
        let words = self.argv.iter().skip(1);
        words
            .flat_map(|arg| arg.trim_start_matches('+').split(':'))
            .any(ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deeds(lines: &[(&str, &str, &[&str])]) -> Deeds {
        let all = lines.iter().map(|(tree, name, args)| Deed {
            argv: std::iter::once("git")
                .chain(args.iter().copied())
                .map(str::to_owned)
                .collect(),
            name: (*name).to_owned(),
            tree: Some(PathBuf::from(tree)).filter(|t| t.as_os_str() != ""),
        });
        Deeds {
            all: all.collect(),
            trees: BTreeMap::from([
                ("/home".into(), Some("refs/heads/main".to_owned())),
                ("/tree".into(), Some("refs/heads/harness/T1".to_owned())),
            ]),
            own: "/tree".into(),
            cut: false,
        }
    }

    fn blamed(line: (&str, &str, &[&str]), name: &str) -> bool {
        let deeds = deeds(&[line]);
        deeds.name(name) || deeds.may_have(name)
    }

    #[test]
    fn who_names_a_ref_and_moves_refs_is_the_one() {
        let main = "refs/heads/main";
        for (name, args) in [
            (
                "update-ref",
                &["update-ref", "refs/heads/main", "HEAD~1"][..],
            ),
            ("branch", &["-C", "/home", "branch", "-f", "main", "HEAD"]),
            ("push", &["push", ".", "+HEAD:main"]),
            ("update-ref", &["update-ref", "--stdin"]),
            ("checkout", &["checkout", "-B", "heads/main"]),
        ] {
            assert!(blamed(("/tree", name, args), main), "{args:?}");
            assert!(blamed(("", name, args), main), "{args:?}");
            assert!(!blamed(("/elsewhere", name, args), main), "{args:?}");
        }
        assert!(blamed(("/home", "commit", &["commit", "-am", "x"]), main));
        assert!(!blamed(("/home", "commit", &["commit"]), "refs/tags/v1"));
        assert!(blamed(("/tree", "stash", &["stash"]), "refs/stash"));
    }

    #[test]
    fn who_only_looks_or_works_on_its_own_is_not() {
        let main = "refs/heads/main";
        for (name, args) in [
            ("log", &["log", "main"][..]),
            ("branch", &["branch", "--show-current"]),
            ("branch", &["branch", "remain"]),
            ("commit", &["commit", "-am", "mainly"]),
            ("diff", &["diff", "main..."]),
        ] {
            assert!(!blamed(("/tree", name, args), main), "{args:?}");
        }
        let listed = ("/tree", "stash", &["stash", "list"][..]);
        assert!(!blamed(listed, "refs/stash"));
    }

    #[test]
    fn what_git_notes_is_read_and_what_is_not_its_own_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let (repository, file) = (dir.path().join("r"), dir.path().join(GIT_NOTES));
        let before =
            "{\"event\":\"start\",\"sid\":\"0\",\"argv\":[\"git\",\"tag\",\"old\"]}\nnonsense\n";
        crate::git::testing::put(dir.path(), GIT_NOTES, before);
        let git = |args: &[&str]| {
            let run = std::process::Command::new("git")
                .args(args)
                .envs(crate::stage::environ::git_notes(dir.path()))
                .status();
            assert!(run.unwrap().success());
        };
        let at = repository.display().to_string();
        git(&["init", "-q", &at]);
        git(&["-C", &at, "symbolic-ref", "HEAD", "refs/heads/x"]);
        let real = repository.canonicalize().unwrap();
        let skip = before.len() as u64;
        let deeds = Deeds::read(
            &file,
            skip,
            BTreeMap::from([(real.clone(), None)]),
            Path::new("/tree"),
        );
        assert!(deeds.name("refs/heads/x"), "{deeds:?}");
        assert!(!deeds.name("refs/tags/old"), "{deeds:?}");
        assert!(!deeds.cut && !deeds.may_have("refs/heads/y"));
        assert!(deeds.all.iter().any(|d| d.tree.as_ref() == Some(&real)));
    }
}
