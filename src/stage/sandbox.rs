//! What a program may write, enforced by the kernel where it can (Landlock).
//!
//! Reading and executing stay open everywhere: an agent needs its own installation. Writing is
//! open below the roots alone. Special files can be made only in the temporary folder, so that no
//! FIFO in the tree can hold up whoever reads it. What stays closed below a root, and the few files
//! that are not to be read, take mounts (see `closed`).

mod closed;

use closed::Closing;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The newest interface that is asked for; an older kernel gives what it has.
const WANTED: ABI = ABI::V6;

/// Devices every program may use.
const DEVICES: [&str; 9] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/shm",
];

/// Where a program may write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roots {
    /// Folders and files it may change.
    pub write: Vec<PathBuf>,
    /// Folders in which it may also make special files.
    pub scratch: Vec<PathBuf>,
    /// Whether it may reach abstract sockets of other programs. All of them, or none: they have no
    /// place that could be named. Sockets with a path are always open, no rule here closes them.
    #[serde(default)]
    pub abstract_sockets: bool,
    /// Folders that can't be written though they lie below one that may: of them only what is
    /// itself a root stays open.
    #[serde(default)]
    pub closed: Vec<PathBuf>,
    /// The same for what it does no harm to leave open where nothing can be closed.
    #[serde(default)]
    pub kept: Vec<PathBuf>,
    /// Files that can't be read.
    #[serde(default)]
    pub hidden: Vec<PathBuf>,
}

/// What was obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obtained {
    /// In words.
    pub words: String,
    /// Why what was to stay closed for writing is open; `None`: it is closed, or was never open.
    pub open: Option<String>,
    /// Whether all is closed that was to be.
    pub closed: bool,
}

/// The version of Landlock's interface that this kernel knows, at most the newest that is asked
/// for; `None`: it has none. Nothing is confined by asking.
pub fn landlock_abi() -> Option<u32> {
    let strict = || Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let files = |abi| {
        let rules = strict().handle_access(AccessFs::from_all(abi));
        rules.and_then(Ruleset::create).is_ok()
    };
    let net = || {
        let rules = strict().handle_access(AccessNet::from_all(ABI::V4));
        rules.and_then(Ruleset::create).is_ok()
    };
    let scopes = || {
        let rules = strict().scope(Scope::Signal);
        rules.and_then(Ruleset::create).is_ok()
    };
    // Each version by what it added.
    [
        (6, scopes()),
        (5, files(ABI::V5)),
        (4, net()),
        (3, files(ABI::V3)),
        (2, files(ABI::V2)),
        (1, files(ABI::V1)),
    ]
    .into_iter()
    .find_map(|(version, known)| known.then_some(version))
}

/// Confines this process and all it will start, for good. An error says why nothing was obtained.
pub fn confine(roots: &Roots) -> Result<Obtained, String> {
    let closing = Closing::of(roots);
    // Without Landlock whoever is confined could reach around the mounts.
    let closed = match landlock_abi() {
        Some(_) => closing.close(),
        None => Ok(()),
    };
    let words = with_landlock(roots)?;
    let (open, words) = match &closed {
        Err(why) if closing.must() => {
            let words = format!("{words}, with the engine's own folder left open: {why}");
            (Some(why.clone()), words)
        }
        _ => (None, words),
    };
    Ok(Obtained {
        words,
        open,
        closed: closed.is_ok(),
    })
}

fn with_landlock(roots: &Roots) -> Result<String, String> {
    let all = AccessFs::from_all(WANTED);
    let special = AccessFs::MakeFifo | AccessFs::MakeChar | AccessFs::MakeBlock;
    let text = |e: &dyn std::error::Error| e.to_string();
    let scopes = if roots.abstract_sockets {
        BitFlags::from(Scope::Signal)
    } else {
        Scope::Signal | Scope::AbstractUnixSocket
    };
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(all)
        .and_then(|r| r.scope(scopes))
        .and_then(Ruleset::create)
        .map_err(|e| text(&e))?;
    rules = open(rules, Path::new("/"), AccessFs::from_read(WANTED))?;
    for path in DEVICES {
        rules = open(rules, Path::new(path), all & !special)?;
    }
    for path in &roots.write {
        rules = open(rules, path, all & !special)?;
    }
    for path in &roots.scratch {
        rules = open(rules, path, all)?;
    }
    let status = rules.restrict_self().map_err(|e| text(&e))?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok("Landlock".to_owned()),
        RulesetStatus::PartiallyEnforced => {
            Ok("Landlock, as far as this kernel knows it".to_owned())
        }
        RulesetStatus::NotEnforced => Err("this kernel has no Landlock".to_owned()),
    }
}

/// Opens one path; what does not exist needs no rule.
fn open(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, String> {
    let Ok(fd) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(WANTED)
    };
    rules
        .add_rule(PathBeneath::new(fd, access))
        .map_err(|e| format!("{}: {e}", path.display()))
}
