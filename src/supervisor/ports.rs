//! Ports of a tree: a hundred that no other live run of this user has, in whatever repository.
//!
//! Whoever holds the lock of a hundred may use it; the kernel frees it with its holder. An attempt
//! may outlive its supervisor: so the lock's note says whose the ports are, and they stay that run's
//! for as long as an attempt of it lives.

use crate::store::fs::{Disk, Fs};
use crate::store::layout::RunDir;
use crate::store::lock::{Lock, is_held, read_note};
use crate::terms::Digest;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// The first port of all.
const FIRST: u16 = 20_000;
/// The first port beyond: from 32768 on most systems give ports to whoever asks for any.
const BEYOND: u16 = 32_700;
/// How many ports belong together.
pub const EACH: u16 = 100;
/// How much is read of what the system says about the ports that it gives by itself.
const MAX_RANGE: u64 = 256;
/// The variable that names the folder of all that is this user's own.
const HOME: &str = "HARNESS_TUI_HOME";

/// The ports that this process holds, by tree.
#[derive(Debug, Default)]
pub struct Ports {
    folder: Option<PathBuf>,
    held: BTreeMap<PathBuf, (u16, Lock)>,
}

impl Ports {
    /// Holds none yet. They are shared out in the folder of this user.
    pub fn new() -> Self {
        Self::shared_in(folder())
    }

    /// Holds none yet. They are shared out in this folder; `None`: nowhere.
    pub fn shared_in(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            held: BTreeMap::new(),
        }
    }

    /// The first of the hundred ports of this tree of a run. The same as before where they are still
    /// to be had. Where none can be held, because all are taken or there is no folder to share them
    /// out in, it is what the tree's path gives: likely another than its neighbour's.
    pub fn of(&mut self, run_dir: &Path, tree: &Path) -> u16 {
        if let Some((base, _)) = self.held.get(tree) {
            return *base;
        }
        let all = places(given_by_the_system());
        let seed = Digest::of(tree.as_os_str().as_encoded_bytes());
        let seed = usize::from_str_radix(&seed.as_str()[..7], 16).unwrap_or(0);
        let at = seed % all.len();
        let by_path = all[at];
        let Some(folder) = self.folder.clone() else {
            return by_path;
        };
        if Disk.create_dir_all(&folder, true).is_err() {
            return by_path;
        }
        let note = note(run_dir, tree);
        let had = |base: &u16| read_note(&folder.join(base.to_string())) == note;
        let before = all.iter().copied().find(had);
        let in_turn = all[at..].iter().chain(&all[..at]).copied();
        for base in before.into_iter().chain(in_turn) {
            if let Some(lock) = take(&folder.join(base.to_string()), base, run_dir, &note) {
                self.held.insert(tree.to_owned(), (base, lock));
                return base;
            }
        }
        by_path
    }

    /// Lets go of the ports of all other trees.
    pub fn keep_only(&mut self, stays: impl Fn(&Path) -> bool) {
        self.held.retain(|tree, _| stays(tree));
    }
}

fn note(run_dir: &Path, tree: &Path) -> String {
    format!("{}\n{}\n", run_dir.display(), tree.display())
}

fn take(path: &Path, base: u16, run_dir: &Path, note: &str) -> Option<Lock> {
    // A lock that can't be looked at is as good as taken.
    let mut lock = Lock::try_take(path).ok().flatten()?;
    let others = read_note(path);
    let other = others.lines().next().filter(|l| !l.is_empty());
    if other.is_some_and(|dir| Path::new(dir) != run_dir && attempt_lives(Path::new(dir))) {
        return None;
    }
    if others != note && !all_free(base) {
        return None;
    }
    lock.note(note).ok()?;
    Some(lock)
}

/// Whether an attempt of the run in this folder is at work, with a supervisor or without.
fn attempt_lives(run_dir: &Path) -> bool {
    let dirs = RunDir::at(run_dir);
    let attempts = dirs.attempt_ids(&Disk).unwrap_or_default();
    let mut locks = attempts.iter().map(|a| dirs.attempt(a).heartbeat());
    locks.any(|lock| is_held(&lock).unwrap_or(true))
}

/// Whether nobody serves at any of these ports.
fn all_free(base: u16) -> bool {
    let mut ports = base..base.saturating_add(EACH);
    ports.all(|port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok())
}

/// Where the hundreds begin; those that overlap with what the system gives by itself are left out,
/// unless it gives them all.
fn places(given: Option<(u16, u16)>) -> Vec<u16> {
    let all = (FIRST..BEYOND).step_by(usize::from(EACH));
    let clear = |base: &u16| given.is_none_or(|(from, to)| base + EACH <= from || *base > to);
    let clear: Vec<u16> = all.clone().filter(clear).collect();
    if clear.is_empty() {
        all.collect()
    } else {
        clear
    }
}

/// The ports that the system gives to whoever asks for any, where it says so.
fn given_by_the_system() -> Option<(u16, u16)> {
    let file = Path::new("/proc/sys/net/ipv4/ip_local_port_range");
    range_of(&String::from_utf8_lossy(&Disk.read(file, MAX_RANGE).ok()?))
}

fn range_of(text: &str) -> Option<(u16, u16)> {
    let mut numbers = text.split_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(from)), Some(Ok(to))) => Some((from, to)),
        _ => None,
    }
}

/// Where the ports of all runs of this user are shared out; `None`: this user has no home.
fn folder() -> Option<PathBuf> {
    let named = std::env::var_os(HOME).filter(|v| !v.is_empty());
    if let Some(named) = named {
        return Some(PathBuf::from(named).join("ports"));
    }
    let found = directories::ProjectDirs::from("", "", "harness-tui")?;
    let state = found.state_dir().unwrap_or_else(|| found.cache_dir());
    Some(state.join("ports"))
}

/// The name that containers of a tree go by, which docker compose takes: no other tree's, in
/// whatever repository.
pub fn compose_project(run_dir: &Path, run: &str, stage: Option<&str>) -> String {
    let digest = Digest::of(run_dir.as_os_str().as_encoded_bytes());
    let beside = stage.map_or_else(String::new, |s| format!("-{s}"));
    let name = format!("{run}{beside}-{}", &digest.as_str()[..6]);
    name.chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => c,
            _ => '-',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_that_live_at_once_have_ports_of_their_own_and_get_the_same_again() {
        let dir = tempfile::tempdir().unwrap();
        let shared = || Ports::shared_in(Some(dir.path().join("ports")));
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        let (mut first, mut second) = (shared(), shared());
        let a = first.of(&one, &one.join("tree"));
        assert_eq!(first.of(&one, &one.join("tree")), a);
        let beside = first.of(&one, &one.join("tree+stage"));
        // The same tree of another holder stands for the chance that two paths give one number.
        let b = second.of(&other, &one.join("tree"));
        assert!(a != b && a != beside && b != beside, "{a} {beside} {b}");
        first.keep_only(|tree| tree.ends_with("tree+stage"));
        let c = shared().of(&one, &one.join("tree"));
        assert_eq!(c, a, "the run goes on with what it had");
        drop(first);
        assert_eq!(shared().of(&one, &one.join("tree+stage")), beside);
    }

    #[test]
    fn ports_stay_with_an_attempt_that_outlives_its_supervisor() {
        let dir = tempfile::tempdir().unwrap();
        let shared = || Ports::shared_in(Some(dir.path().join("ports")));
        let (one, tree) = (dir.path().join("one"), dir.path().join("tree"));
        let attempt = RunDir::at(&one).attempt(&"build.1.1".parse().unwrap());
        attempt.make(&Disk).unwrap();
        let base = shared().of(&one, &tree);
        let alive = Lock::try_take(&attempt.heartbeat()).unwrap().unwrap();
        assert_ne!(shared().of(&dir.path().join("other"), &tree), base);
        assert_eq!(shared().of(&one, &tree), base);
        drop(alive);
        // Now it is anybody's.
        assert_eq!(shared().of(&dir.path().join("third"), &tree), base);
    }

    #[test]
    fn ports_where_somebody_serves_are_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let shared = || Ports::shared_in(Some(dir.path().join("ports")));
        let tree = dir.path().join("tree");
        let base = shared().of(&dir.path().join("one"), &tree);
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, base + 7)).unwrap();
        let other = dir.path().join("other");
        assert_ne!(shared().of(&other, &tree), base);
        drop(server);
    }

    #[test]
    fn what_the_system_gives_by_itself_is_left_out() {
        assert_eq!(range_of("32768\t60999\n"), Some((32768, 60999)));
        assert_eq!(range_of("no"), None);
        let all = places(None);
        assert_eq!(places(Some((32768, 60999))), all);
        assert_eq!(places(Some((1024, 65535))), all);
        assert_eq!(places(Some((20_250, 65535))), [20_000, 20_100]);
    }

    #[test]
    fn compose_takes_every_name() {
        let (a, b) = (Path::new("/a/RUN"), Path::new("/b/RUN"));
        let name = compose_project(a, "RUN-2026-04-02-T015.2", Some("security"));
        assert!(
            name.starts_with("run-2026-04-02-t015-2-security-"),
            "{name}"
        );
        assert!(
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        );
        assert_ne!(
            compose_project(a, "RUN-1", None),
            compose_project(b, "RUN-1", None)
        );
    }
}
