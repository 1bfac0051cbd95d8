//! Files that somebody else changed as well, between where the run started and where it landed: what
//! stands there must be what git makes of the two changes, to the last byte. Of what nobody else changed
//! there is nothing to be merged, however alike it looks.
//!
//! What the run left of such a file need not be in the repository, for a squash holds the merged text
//! alone. It is found again by the places of the run's change, and counts only where it is the very
//! object that the receipt names. The merge is made in a repository of its own, which goes afterwards:
//! nothing that the one at hand has set is started.

use super::code::Listing;
use super::find::{LACKING, Unverifiable};
use super::{Ground, before_is_here};
use crate::git::{Git, GitError, Identity, Index, NewCommit};
use crate::landing::receipt::{Entry, File, Hunk, change, path_bytes, path_told};
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace;
use crate::terms::Oid;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Largest file that is put together again.
const MAX_FILE: usize = 64 * 1024 * 1024;
/// Largest list of renames that is read.
const MAX_RENAMES: usize = 64 * 1024 * 1024;
/// What is set where the merge is made, whatever the person's own settings are.
const SETTINGS: [&str; 5] = [
    "merge.renames=true",
    "merge.directoryRenames=false",
    "merge.default=text",
    "core.attributesFile=/dev/null",
    "core.hooksPath=/dev/null",
];

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Became {
    /// What git makes of the run's change and of others', at this path.
    Merged(String),
    /// Others changed the same lines, and what stands there is somebody's own.
    Settled,
    /// Nobody else changed it.
    Alone,
    /// Others changed it elsewhere, and what stands there is not what git makes of both.
    Other,
    /// It can't be told here, and why.
    NotKnown(String),
}

/// What became of the files that others changed or that are not as the run left them, by their paths.
pub(super) type Others = BTreeMap<String, Became>;

/// A file that both changed.
struct Both<'f> {
    file: &'f File,
    /// What it was where the branches part.
    was: Option<Entry>,
    /// What it was when the run started, which is mostly the same.
    began: Option<Entry>,
    /// What others made of it.
    theirs: Option<Entry>,
    /// What the run left.
    ours: Entry,
}

impl Both<'_> {
    /// Where the file is by what others did.
    fn at(&self) -> &String {
        self.theirs.as_ref().map_or(&self.file.path, |e| &e.path)
    }
}

/// Looks at every file that others changed as well, and at those that are not as the run left them.
pub(super) fn look(ground: &Ground<'_>) -> Result<Others, Unverifiable> {
    let mut found = Others::new();
    let is_left = |f: &File| ground.tree.holds(&f.entry());
    let all = |became: &Became| {
        let changed = ground.receipt.code().filter(|f| !is_left(f));
        changed.map(|f| (f.path.clone(), became.clone())).collect()
    };
    let (started, before) = match before_is_here(ground)? {
        Ok(both) => both,
        Err(Some(why)) => return Ok(all(&Became::NotKnown(why))),
        Err(None) => return Ok(all(&Became::Alone)),
    };
    if started.as_ref() == Some(&before) {
        return Ok(all(&Became::Alone));
    }
    let listed = |commit: &Option<Oid>| match commit {
        Some(commit) => Listing::of(ground.git, commit),
        None => Ok(Listing::default()),
    };
    let was = listed(&started)?;
    let on = &ground.receipt.started_on;
    let began = if on == &started {
        None
    } else {
        Some(listed(on)?)
    };
    let now = Listing::of(ground.git, &before)?;
    let renamed = match &started {
        Some(started) if ground.receipt.code().any(|f| now.at(&f.path).is_none()) => {
            renames(ground.git, started, &before)?
        }
        _ => BTreeMap::new(),
    };
    let mut place: Option<Place> = None;
    let mut both = Vec::new();
    for file in ground.receipt.code() {
        let path = &file.path;
        if was.at(path) == now.at(path) {
            if !is_left(file) {
                found.insert(path.clone(), Became::Alone);
            }
            continue;
        }
        let at = renamed.get(path).filter(|_| now.at(path).is_none());
        let at = at.unwrap_or(path);
        let side = Both {
            file,
            was: was.entry(path),
            began: began.as_ref().unwrap_or(&was).entry(path),
            theirs: now.entry(at),
            ours: file.entry(),
        };
        let place = match &mut place {
            Some(place) => place,
            none => none.insert(Place::new(ground)?),
        };
        let became = match here(place.ours(ground, &side, at))? {
            Ok(Ok(())) => {
                both.push(side);
                continue;
            }
            Ok(Err(became)) => became,
            Err(lacking) => lacking,
        };
        found.insert(path.clone(), became);
    }
    if let Some(place) = place.filter(|_| !both.is_empty()) {
        match here(place.merged(ground, &both))? {
            Ok(merged) => found.extend(merged),
            Err(lacking) => {
                let paths = both.iter().map(|b| b.file.path.clone());
                found.extend(paths.map(|path| (path, lacking.clone())));
            }
        }
    }
    Ok(found)
}

/// What was found, or that a partial clone lacks what it would be found in.
fn here<T>(found: Result<T, Unverifiable>) -> Result<Result<T, Became>, Unverifiable> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(Unverifiable::Git(GitError::Lacking { .. })) => {
            Ok(Err(Became::NotKnown(LACKING.to_owned())))
        }
        Err(other) => Err(other),
    }
}

/// Where others moved files to.
fn renames(git: &Git, from: &Oid, to: &Oid) -> Result<BTreeMap<String, String>, Unverifiable> {
    let told = |alike: &str| {
        git.call(["diff-tree", "-r", alike, "-z", "--name-status"])
            .args(["--diff-filter=R", "--no-ext-diff"])
            .args([from.as_str(), to.as_str(), "--"])
            .env("GIT_NO_LAZY_FETCH", "1")
            .limit(MAX_RENAMES)
            .run()
    };
    let listing = match told("-M") {
        // A partial clone tells those that were moved as they are.
        Err(GitError::Lacking { .. }) => told("-M100%")?,
        other => other?,
    };
    let mut fields = listing.split(|b| *b == 0).filter(|f| !f.is_empty());
    let mut found = BTreeMap::new();
    while let (Some(_), Some(from), Some(to)) = (fields.next(), fields.next(), fields.next()) {
        let told = |bytes: &[u8]| path_told(&crate::git::path_from(bytes));
        found.insert(told(from), told(to));
    }
    Ok(found)
}

/// A repository of its own that knows the objects of the other.
struct Place {
    git: Git,
    folder: PathBuf,
    objects: std::ffi::OsString,
}

impl Drop for Place {
    fn drop(&mut self) {
        // What stays is a folder for temporary files that nobody looks for.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Place {
    fn new(ground: &Ground<'_>) -> Result<Self, Unverifiable> {
        let id = uuid::Uuid::new_v4().simple();
        let folder = std::env::temp_dir().join(format!("harness-{id}.merge"));
        let told = |e: &dyn std::fmt::Display| {
            Unverifiable::Unreadable(format!("{}: {e}", folder.display()))
        };
        Disk.create_dir_all(&folder, true).map_err(|e| told(&e))?;
        let place = Self {
            git: Git::bound(&folder, &folder.join("git")).careful(),
            objects: super::tree::objects(ground.git)?,
            folder,
        };
        let format = match ground.commit.as_str().len() {
            40 => "--object-format=sha1",
            _ => "--object-format=sha256",
        };
        let made = place.git.call(["init", "-q", "--template=", "-b", "main"]);
        made.arg(format).run()?;
        Ok(place)
    }

    fn call<'c>(&self, call: crate::git::Call<'c>) -> crate::git::Call<'c> {
        call.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &self.objects)
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
    }

    /// Sees to it that what the run left of a file is at hand; else what that means. `at`: where the file
    /// is by now.
    fn ours(
        &self,
        ground: &Ground<'_>,
        both: &Both<'_>,
        at: &str,
    ) -> Result<Result<(), Became>, Unverifiable> {
        let Some(ours) = &both.ours.blob else {
            return Ok(Ok(()));
        };
        let there = self.git.call(["cat-file", "-e", ours.as_str()]);
        if self.call(there).output()?.code == Some(0) {
            return Ok(Ok(()));
        }
        let (Some((_, now)), Some(theirs)) = (ground.tree.at(at), &both.theirs) else {
            return Ok(Err(Became::Other));
        };
        let was = both.began.as_ref().and_then(|e| e.blob.as_ref());
        let text = |blob: &Oid| {
            let call = ground.git.call(["cat-file", "blob", blob.as_str()]);
            call.env("GIT_NO_LAZY_FETCH", "1").limit(MAX_FILE).run()
        };
        let (Some(was), Some(theirs)) = (was, &theirs.blob) else {
            // Both put it there; without a text to begin with, nothing is merged.
            return Ok(Err(Became::Settled));
        };
        let others = change(ground.git, was, theirs)?;
        let own = &both.file.change;
        let (was, now) = (text(was)?, text(now)?);
        for united in [false, true] {
            let Some(text) = ours_of(&was, own, (&others, united), &now) else {
                continue;
            };
            let call = self
                .git
                .call(["hash-object", "-w", "--stdin", "-t", "blob"]);
            if self.call(call).stdin(text).text()?.trim() == ours.as_str() {
                return Ok(Ok(()));
            }
        }
        let clash = |h: &Hunk| others.iter().any(|o| o.meets(h));
        Ok(Err(if own.iter().any(clash) {
            Became::Settled
        } else {
            Became::Other
        }))
    }

    /// Has the files that the repository wants merged line by line from both sides (`merge=union`, as
    /// many have it for a changelog) merged so here. Of a name that would need quoting that is not known.
    fn unite(&self, ground: &Ground<'_>, all: &[Both<'_>]) -> Result<(), Unverifiable> {
        let Some(before) = &ground.before else {
            return Ok(());
        };
        let plain = |path: &&str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
            path.chars().all(is_plain)
        };
        let paths = all.iter().flat_map(|b| [&b.file.path, b.at()]);
        let paths: BTreeSet<&str> = paths.map(String::as_str).filter(plain).collect();
        let call = ground
            .git
            .call(["check-attr", "-z", "--source", before.as_str()]);
        let told = call.args(["merge", "--"]).args(&paths).text()?;
        let fields: Vec<&str> = told.split('\0').collect();
        let mut lines = String::new();
        for field in fields.chunks(3) {
            if let [path, _, "union"] = field {
                lines.push_str(&format!("/{path} merge=union\n"));
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let info = self.folder.join("git/info");
        let told = |e: &dyn std::fmt::Display| {
            Unverifiable::Unreadable(format!("{}: {e}", info.display()))
        };
        Disk.create_dir_all(&info, true).map_err(|e| told(&e))?;
        replace(&Disk, &info.join("attributes"), lines.as_bytes()).map_err(|e| told(&e))
    }

    /// Merges these files, and compares with what landed.
    fn merged(&self, ground: &Ground<'_>, all: &[Both<'_>]) -> Result<Others, Unverifiable> {
        self.unite(ground, all)?;
        let was = self.commit(all.iter().filter_map(|b| b.was.as_ref()))?;
        let theirs = self.commit(all.iter().filter_map(|b| b.theirs.as_ref()))?;
        let ours = self.commit(all.iter().map(|b| &b.ours))?;
        let settings = SETTINGS.iter().flat_map(|s| ["-c", s]);
        let words = [
            "merge-tree",
            "--write-tree",
            "-z",
            "--name-only",
            "--no-messages",
        ];
        let call = self.git.call(settings.chain(words));
        let call = call.arg(format!("--merge-base={was}"));
        let output = self
            .call(call.args([theirs.as_str(), ours.as_str()]))
            .output()?;
        let mut fields = output.stdout.split(|b| *b == 0).filter(|f| !f.is_empty());
        let tree = fields
            .next()
            .map(|f| String::from_utf8_lossy(f).into_owned());
        let tree = tree.and_then(|t| Oid::new(t.trim()).ok());
        let Some(tree) = tree.filter(|_| matches!(output.code, Some(0 | 1))) else {
            let why = if ground.git.is_partial() {
                LACKING.to_owned()
            } else {
                format!("git could not merge it here: {}", output.stderr)
            };
            let not_known = |b: &Both<'_>| (b.file.path.clone(), Became::NotKnown(why.clone()));
            return Ok(all.iter().map(not_known).collect());
        };
        let clash: BTreeSet<String> = fields
            .map(|f| path_told(&crate::git::path_from(f)))
            .collect();
        let merged = Listing::read(&self.call(self.git.call(Listing::words(&tree))).run()?);
        let one = |both: &Both<'_>| {
            let path = &both.file.path;
            let at = both.at();
            let same = |path: &str| merged.at(path) == ground.tree.at(path);
            let became = if clash.contains(path) || clash.contains(at) {
                Became::Settled
            } else if same(path) && same(at) {
                Became::Merged(at.clone())
            } else {
                Became::Other
            };
            (path.clone(), became)
        };
        Ok(all.iter().map(one).collect())
    }

    /// A commit of exactly these entries.
    fn commit<'e>(&self, entries: impl Iterator<Item = &'e Entry>) -> Result<Oid, Unverifiable> {
        let mut list = Vec::new();
        for entry in entries {
            let (Some(mode), Some(blob)) = (&entry.mode, &entry.blob) else {
                continue;
            };
            let path = path_bytes(&entry.path).ok_or_else(|| {
                let what = format!("'{}' is no path of a repository", entry.path);
                Unverifiable::Unreadable(what)
            })?;
            list.extend_from_slice(format!("{mode} {blob}\t").as_bytes());
            list.extend_from_slice(&path);
            list.push(0);
        }
        let scratch = crate::git::Scratch::within(&self.folder);
        let index = Index::at(&self.git, scratch.path());
        let call = index.call(["update-index", "-z", "--index-info"]);
        self.call(call).stdin(list).run()?;
        let tree = self
            .call(index.call(["write-tree", "--missing-ok"]))
            .text()?;
        let tree = Oid::new(tree.trim()).map_err(Unverifiable::Unreadable)?;
        Ok(self.git.commit_tree(&NewCommit {
            tree: &tree,
            parents: &[],
            message: "to be merged",
            trailers: &[],
            identity: &Identity::fallback(),
            seconds: 1,
        })?)
    }
}

/// What the run left of a file, out of what it was, the places of the run's change and of others', and
/// what both were merged into; `None`: that does not fit together. `united`: where both changed the same,
/// the lines of both stand there, others' first.
fn ours_of(
    was: &[u8],
    own: &[Hunk],
    (others, united): (&[Hunk], bool),
    now: &[u8],
) -> Option<Vec<u8>> {
    let lines = |text| -> Vec<&[u8]> { <[u8]>::split_inclusive(text, |b| *b == b'\n').collect() };
    let (was, now) = (lines(was), lines(now));
    // What both did alike stands there once.
    let others: Vec<&Hunk> = { others.iter() }
        .filter(|o| united || !own.contains(o))
        .collect();
    let mut ours: Vec<u8> = Vec::new();
    let mut at = 0;
    let (mut come, mut gone) = (0usize, 0usize);
    for hunk in own {
        ours.extend(was.get(at..hunk.at)?.concat());
        let (mut more, mut less) = (come, gone);
        for other in &others {
            if other.end() < hunk.at {
                more = more.saturating_add(other.come);
                less = less.saturating_add(other.gone);
            } else if united && other.meets(hunk) {
                more = more.saturating_add(other.come);
            }
        }
        let from = hunk.at.checked_add(more)?.checked_sub(less)?;
        ours.extend(now.get(from..from.checked_add(hunk.come)?)?.concat());
        (come, gone) = (
            come.saturating_add(hunk.come),
            gone.saturating_add(hunk.gone),
        );
        at = hunk.end();
    }
    ours.extend(was.get(at..)?.concat());
    Some(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_found_in_what_it_was_merged_into() {
        let hunk = |at, gone, come| Hunk { at, gone, come };
        let was = b"1\n2\n3\n4\n5\n6\n7\n8\n";
        let now = b"zero\n1\ntwo\n3\nfour\nand\n5\n7\neight";
        // Others put a line first and took one away; both made 2 a word.
        let others = [hunk(0, 0, 1), hunk(1, 1, 1), hunk(5, 1, 0)];
        let own = [hunk(1, 1, 1), hunk(3, 1, 2), hunk(7, 1, 1)];
        let found = ours_of(was, &own, (&others, false), now).unwrap();
        assert_eq!(
            String::from_utf8_lossy(&found),
            "1\ntwo\n3\nfour\nand\n5\n6\n7\neight"
        );
        assert_eq!(ours_of(was, &[], (&others, false), now).unwrap(), was);
        let both = b"1\nnews\nmore\n2\n3\n4\n5\n6\n7\n8\n";
        let add = [hunk(1, 0, 1)];
        let found = ours_of(was, &add, (&add, true), both).unwrap();
        assert_eq!(found, b"1\nmore\n2\n3\n4\n5\n6\n7\n8\n");
        assert_eq!(ours_of(was, &[hunk(20, 1, 1)], (&others, false), now), None);
        assert_eq!(
            ours_of(was, &[hunk(usize::MAX, 1, 1)], (&[], false), now),
            None
        );
        assert_eq!(ours_of(was, &[hunk(0, 0, 90)], (&[], false), now), None);
    }
}
