//! The files that a run changed and the artifacts that it made, in the commit that landed them.

use super::find::Unverifiable;
use super::merged::Became;
use super::{Ground, Line, Missing, Stands, shared};
use crate::git::{Git, GitError, path_from};
use crate::landing::receipt::{About, Entry, File, path_told};
use crate::terms::{Digest, Oid};
use std::collections::HashMap;

/// Largest listing of a tree that is read.
const MAX_LISTING: usize = 512 * 1024 * 1024;

/// What was found of a file that is what the run made of it, and of which there is no more to be said.
pub const AS_LEFT: &str = "as the run left it";

/// Every path of a tree with its mode and object.
#[derive(Default)]
pub(super) struct Listing(HashMap<String, (String, Oid)>);

impl Listing {
    pub(super) fn of(git: &Git, tree: &Oid) -> Result<Self, GitError> {
        let listing = git.call(Self::words(tree)).limit(MAX_LISTING).run()?;
        Ok(Self::read(&listing))
    }

    /// The words by which git lists a tree.
    pub(super) fn words(tree: &Oid) -> [&str; 5] {
        ["ls-tree", "-r", "-z", "--full-tree", tree.as_str()]
    }

    /// Reads what git listed.
    pub(super) fn read(listing: &[u8]) -> Self {
        let mut all = HashMap::new();
        for record in listing.split(|b| *b == 0) {
            let Some(tab) = record.iter().position(|b| *b == b'\t') else {
                continue;
            };
            let head = String::from_utf8_lossy(&record[..tab]).into_owned();
            let words: Vec<&str> = head.split(' ').collect();
            if let [mode, _, object] = words.as_slice()
                && let Ok(object) = Oid::new(*object)
            {
                let path = path_told(&path_from(&record[tab + 1..]));
                all.insert(path, ((*mode).to_owned(), object));
            }
        }
        Self(all)
    }

    /// What a path holds, with the path.
    pub(super) fn entry(&self, path: &str) -> Option<Entry> {
        let (mode, blob) = self.at(path)?;
        Some(Entry {
            path: path.to_owned(),
            mode: Some(mode.clone()),
            blob: Some(blob.clone()),
        })
    }

    /// What a path holds.
    pub(super) fn at(&self, path: &str) -> Option<&(String, Oid)> {
        self.0.get(path)
    }

    /// Whether a path holds exactly this.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        let found = self.at(&entry.path);
        match (&entry.mode, &entry.blob) {
            (Some(mode), Some(blob)) => found.is_some_and(|(m, b)| m == mode && b == blob),
            _ => found.is_none(),
        }
    }
}

/// A line for each file that the run changed.
pub(super) fn files(ground: &Ground<'_>) -> Vec<Line> {
    let receipt = ground.receipt;
    if let Some(n) = receipt.unlisted {
        let claimed = format!("{n} files changed");
        let found = "they are too many to be listed, so none was looked up";
        return vec![Line::of(Stands::NotKnown, About::Receipt, claimed, found)];
    }
    receipt.code().map(|file| one(ground, file)).collect()
}

/// Whether the commit that brings the report of the run changes what the run did not: nobody judged
/// that. Nothing where it is not that commit.
pub(super) fn beyond(ground: &Ground<'_>) -> Result<Vec<Line>, Unverifiable> {
    let receipt = ground.receipt;
    let (Some(before), Some(report)) = (&ground.before, ground.report) else {
        return Ok(Vec::new());
    };
    if receipt.unlisted.is_some() {
        return Ok(Vec::new());
    }
    let changed = ground.git.diff(before, ground.commit)?;
    let changed: Vec<String> = changed.iter().map(|d| path_told(&d.name)).collect();
    if !changed.iter().any(|path| path == report) {
        return Ok(Vec::new());
    }
    let own = |path: &&String| {
        let path = path.as_str();
        let is_file = receipt.code().any(|f| f.path == path);
        let is_merged = ground.went.values().any(|to| to == path);
        let is_artifact = receipt.is_artifact(path) && ground.lands(path);
        is_file || is_merged || is_artifact || path == report || receipt.is_shared(path)
    };
    let shared = shared::look(ground, before, &changed)?;
    let others: Vec<&String> = changed.iter().filter(|path| !own(path)).collect();
    let claimed = "what lands is what the run did";
    let line = |stands, found: String| Line::of(stands, About::Receipt, claimed, found);
    let mut lines = shared.lines;
    let said = !lines.is_empty();
    lines.push(match others.as_slice() {
        [] => {
            let besides = if said { " besides" } else { "" };
            let set = match shared.set.as_slice() {
                [] => String::new(),
                set => format!("; {}", set.join(", ")),
            };
            line(
                Stands::Ok,
                format!("the commit changes nothing else{besides}{set}"),
            )
        }
        [first, rest @ ..] => {
            let more = match rest.len() {
                0 => String::new(),
                n => format!(" and {n} more"),
            };
            let found = format!("the commit also changes {first}{more}, which the run did not");
            // In place the person commits what they like along with it.
            let stands = if receipt.in_place {
                Stands::Told
            } else {
                Stands::NotTrue
            };
            line(stands, found)
        }
    });
    Ok(lines)
}

fn one(ground: &Ground<'_>, file: &File) -> Line {
    let about = About::File(file.path.clone());
    let claimed = match &file.blob {
        Some(blob) => format!("object {}", blob.short()),
        None => "taken away".to_owned(),
    };
    let there = ground.tree.at(&file.path);
    let others = ground.others.get(&file.path);
    if ground.tree.holds(&file.entry()) {
        let (stands, found) = match others {
            // Both made the same of it, or somebody chose what was judged.
            None | Some(Became::Merged(_) | Became::Alone | Became::NotKnown(_)) => {
                (Stands::Ok, AS_LEFT)
            }
            Some(Became::Settled) => (
                Stands::Ok,
                "as the run left it; others changed the same of it, and that gave way",
            ),
            Some(Became::Other) => (
                Stands::NotTrue,
                "as the run left it, and not what git makes of that and of others' changes: those are lost",
            ),
        };
        let line = Line::of(stands, about, claimed, found);
        return match stands {
            Stands::Ok => line,
            _ => line.resting(ground.resting_on(&file.path)),
        };
    }
    let now = match there {
        Some((mode, blob)) if Some(blob) == file.blob.as_ref() => {
            format!(
                "its mode is {mode}, not {}",
                file.mode.as_deref().unwrap_or("-")
            )
        }
        Some((_, blob)) if file.blob.is_none() => {
            format!("it is there, as object {}", blob.short())
        }
        Some((_, blob)) => format!("object {}", blob.short()),
        None => "it is not there".to_owned(),
    };
    let (stands, what) = match others {
        Some(Became::Merged(at)) if *at == file.path => (
            Stands::Ok,
            "the run's change, merged with what others changed in the file".to_owned(),
        ),
        Some(Became::Merged(at)) => (
            Stands::Ok,
            format!("others call it {at} now, and the run's change is merged there"),
        ),
        Some(Became::Settled) => (
            Stands::NotTrue,
            "the run and others changed the same lines of it, and what stands there is what somebody \
             made of the two: no stage of the run saw it"
                .to_owned(),
        ),
        Some(Became::Other) => (
            Stands::NotTrue,
            "not what the run left, nor what git makes of that and of others' changes".to_owned(),
        ),
        Some(Became::NotKnown(why)) => (Stands::NotKnown, why.clone()),
        Some(Became::Alone) | None => (Stands::NotTrue, "not what the run left".to_owned()),
    };
    let line = Line::of(stands, about, claimed, format!("{now}: {what}"));
    match stands {
        Stands::Ok => line,
        _ => line.resting(ground.resting_on(&file.path)),
    }
}

/// A line for each artifact.
pub(super) fn artifacts(ground: &Ground<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for artifact in &ground.receipt.artifacts {
        let about = About::Artifact(artifact.name.clone());
        let claimed = format!("{} blake3 {}", artifact.path, artifact.digest.short());
        let (stands, found) = match ground.artifact(artifact.path.as_str()) {
            Err(Missing::Omitted) => (Stands::Told, "the project leaves artifacts out".to_owned()),
            Err(Missing::NotHere(why)) => (Stands::NotKnown, why),
            Ok(None) => (Stands::NotTrue, "it is not there".to_owned()),
            Ok(Some(bytes)) if Digest::of(&bytes) == artifact.digest => {
                (Stands::Ok, AS_LEFT.to_owned())
            }
            Ok(Some(bytes)) => {
                let now = Digest::of(&bytes);
                (
                    Stands::NotTrue,
                    format!("blake3 {}: not what the run left", now.short()),
                )
            }
        };
        let line = Line::of(stands, about, claimed, found);
        let judged = ground.receipt.criteria.iter();
        let judged = judged.filter(|c| c.by.as_ref() == Some(&artifact.path));
        lines.push(match stands {
            Stands::Ok => line,
            _ => line.resting(judged.map(|c| c.id.clone()).collect()),
        });
    }
    lines
}
