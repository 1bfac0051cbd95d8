//! Room for one more tree: what the settings allow the trees of all runs to take, and what the disk
//! has left.

use super::CannotBegin;
use crate::git::Git;
use crate::landing::clean::{self, Item, What};
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::usage::{Usage, room};
use crate::terms::Oid;
use crate::text::say::bytes;
use std::path::Path;

/// What a run needs beside its tree: records, prompts, its hand-off.
const NEEDED: u64 = 4 << 20;
/// With more than this left on the disk it is not asked how large the tree will be.
const PLENTY: u64 = 4 << 30;

/// How the trees of this project's runs stand to what they may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// What they take.
    pub used: Usage,
    /// What they may take, in bytes.
    pub limit: u64,
    /// What tidying would free.
    pub frees: Usage,
    /// Why it can't be said what tidying would free; `None`: it can.
    pub unlisted: Option<String>,
}

impl Share {
    /// Counts it; `None` where the settings set no limit. What git obeys here is obeyed only where the
    /// repository is `trusted`.
    pub fn of(project: &Project, harness: &Harness, trusted: bool) -> Option<Self> {
        let limit = harness.settings.tree.limit?;
        let git = project.git();
        let git = if trusted { git } else { git.careful() };
        // The limit holds also where it can't be said what may go.
        Some(match clean::list(project, &git, &[], false) {
            Ok(items) => Self::among(&items, limit),
            Err(e) => Self {
                used: clean::trees_of_all(project),
                limit,
                frees: Usage::default(),
                unlisted: Some(e.to_string()),
            },
        })
    }

    fn among(items: &[Item], limit: u64) -> Self {
        let trees = |only: fn(&Item) -> bool| {
            items
                .iter()
                .filter(|i| matches!(i.what, What::Tree { .. } | What::Folder { .. }) && only(i))
                .filter_map(|i| i.usage)
                .fold(Usage::default(), Usage::and)
        };
        Self {
            used: trees(|_| true),
            limit,
            frees: trees(|i| i.may_go),
            unlisted: None,
        }
    }

    /// Whether no further tree may be made.
    pub fn is_full(&self) -> bool {
        self.used.bytes >= self.limit
    }

    /// What there is to say before a run starts; `None` below 80 percent.
    pub fn line(&self) -> Option<String> {
        let near = self.used.bytes.saturating_mul(10) >= self.limit.saturating_mul(8);
        near.then(|| {
            let (used, limit) = (self.used, bytes(self.limit));
            format!(
                "runs' trees take {used} of the {limit} that they may; {}",
                self.way_out()
            )
        })
    }

    fn way_out(&self) -> String {
        if let Some(why) = &self.unlisted {
            format!(
                "what of it may go can't be listed: {why}; mend that, or raise 'limit' in harness.yaml"
            )
        } else if self.frees.bytes == 0 {
            "no tree of a run that is over is left to remove; land or cancel a run (`harness-tui clean` lists them), or raise 'limit' in harness.yaml".to_owned()
        } else {
            format!("`harness-tui clean --apply` frees {}", self.frees)
        }
    }
}

/// Refuses a run that there is no room for.
pub fn has_room(
    project: &Project,
    harness: &Harness,
    trees: &Path,
    base: &Oid,
) -> Result<(), CannotBegin> {
    if let Some(share) = Share::of(project, harness, true).filter(Share::is_full) {
        return Err(CannotBegin::NoRoom(share.line().unwrap_or_default()));
    }
    let places = [trees, project.engine.path()];
    let Some((left, place)) = places.iter().filter_map(|p| Some((room(p)?, *p))).min() else {
        return Ok(());
    };
    let tree = if left < PLENTY {
        size_of(&project.git(), base).unwrap_or(0)
    } else {
        0
    };
    match too_little(left, tree, place) {
        Some(why) => Err(CannotBegin::NoRoom(why)),
        None => Ok(()),
    }
}

fn too_little(left: u64, tree: u64, place: &Path) -> Option<String> {
    (left < NEEDED.saturating_add(tree)).then(|| {
        let needs = match tree {
            0 => format!("a run needs at least {}", bytes(NEEDED)),
            tree => format!("the run's tree alone takes {}", bytes(tree)),
        };
        format!(
            "the disk that {} is on has {} left, and {needs}; make room (`harness-tui clean` lists what runs left), then start it again",
            place.display(),
            bytes(left)
        )
    })
}

/// What the files of a commit take, without what is only fetched when somebody asks for it.
fn size_of(git: &Git, commit: &Oid) -> Option<u64> {
    let call = git.call(["ls-tree", "-r", "-z", "-l", commit.as_str()]);
    let listed = call.env("GIT_NO_LAZY_FETCH", "1").run().ok()?;
    let sizes = listed.split(|b| *b == 0).filter_map(|entry| {
        // `100644 blob <object>    <size><tab>path`.
        let text = String::from_utf8_lossy(entry);
        let about = text.split('\t').next()?;
        about.rsplit(' ').next()?.parse::<u64>().ok()
    });
    Some(sizes.fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::testing::{commit_all, put, repository};

    fn share(used: u64, frees: u64) -> Share {
        let usage = |bytes| Usage {
            bytes,
            at_least: false,
        };
        Share {
            used: usage(used),
            limit: 1000,
            frees: usage(frees),
            unlisted: None,
        }
    }

    #[test]
    fn from_four_fifths_on_it_is_told_and_from_the_limit_on_refused() {
        assert_eq!(share(799, 0).line(), None);
        let near = share(800, 300);
        assert!(!near.is_full());
        let line = near.line().unwrap();
        assert!(line.contains("clean --apply` frees 300 B"), "{line}");
        let full = share(1000, 0);
        assert!(full.is_full());
        let line = full.line().unwrap();
        assert!(line.contains("raise 'limit'"), "{line}");
    }

    #[test]
    fn a_disk_without_room_for_the_tree_is_told_with_what_it_needs() {
        let (_dir, git) = repository();
        put(git.dir(), "big", &"x".repeat(100_000));
        let commit = commit_all(&git, "big");
        let tree = size_of(&git, &commit).unwrap();
        assert!((100_000..101_000).contains(&tree), "{tree}");
        let place = Path::new("/trees");
        assert_eq!(too_little(NEEDED + tree, tree, place), None);
        let why = too_little(NEEDED, tree, place).unwrap();
        assert!(why.contains("/trees is on has 4 MiB left"), "{why}");
        assert!(why.contains("tree alone takes"), "{why}");
        assert!(too_little(1, 0, place).unwrap().contains("at least 4 MiB"));
    }
}
