//! What stays closed within what is open: the engine's own folder below a checkout that an agent
//! works in, and secrets that lie where all may read.
//!
//! Landlock opens folders with all that is below them and can take nothing out again. So this is done
//! with mounts that only the confined processes see; Landlock, which comes after, lets nobody undo
//! them.

use super::Roots;
use rustix::fs::StatVfsMountFlags as Held;
use rustix::io::Result as Done;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind_recursive};
use rustix::mount::{mount_change, mount_remount};
use rustix::thread::UnshareFlags;
use std::path::{Path, PathBuf};

/// Settings of ssh that come with the system. It refuses those of a stranger, which root is to a
/// process in a user namespace of its own.
const SSH_SETTINGS: &str = "/etc/ssh/ssh_config.d";

/// What there is to close.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Closing {
    /// Folders that a root would open for writing, with the folders between it and them.
    folders: Vec<(PathBuf, Vec<PathBuf>)>,
    /// Whether one of them may not stay open.
    must: bool,
    /// What lies in them and is open all the same.
    open: Vec<PathBuf>,
    /// Files that may not be read.
    hidden: Vec<PathBuf>,
}

impl Closing {
    pub(super) fn of(roots: &Roots) -> Self {
        let whole = |path: &PathBuf| path.canonicalize().ok();
        let write: Vec<PathBuf> = roots.write.iter().filter_map(whole).collect();
        let scratch = roots.scratch.iter().filter_map(whole);
        let open: Vec<PathBuf> = write.iter().cloned().chain(scratch).collect();
        let between = |closed: PathBuf| {
            let root = { write.iter() }.find(|root| closed.starts_with(root))?;
            let above = { closed.ancestors().skip(1) }.take_while(|a| a != root);
            let above = above.filter(|a| a.starts_with(root)).map(Path::to_owned);
            let mut above: Vec<PathBuf> = above.collect();
            above.reverse();
            Some((closed, above))
        };
        let closed = roots.closed.iter().filter_map(whole);
        let mut folders: Vec<_> = closed.filter_map(between).collect();
        let must = !folders.is_empty();
        let kept = roots.kept.iter().filter_map(whole);
        folders.extend(kept.filter_map(between));
        let within = |path: &&PathBuf| {
            { folders.iter() }.any(|(closed, _)| path.starts_with(closed) && *path != closed)
        };
        Self {
            open: open.iter().filter(within).cloned().collect(),
            must,
            hidden: roots.hidden.iter().filter_map(whole).collect(),
            folders,
        }
    }

    /// Whether something that would be open for writing must be closed.
    pub(super) fn must(&self) -> bool {
        self.must
    }

    /// Closes it for this process and all it will start. An error says in words why it can't be.
    pub(super) fn close(&self) -> Result<(), String> {
        if self.folders.is_empty() && self.hidden.is_empty() {
            return Ok(());
        }
        apart()?;
        let all = || -> Done<()> {
            for (folder, between) in &self.folders {
                // Who could move a folder above it away could put another in its place.
                for above in between {
                    mount_bind_recursive(above, above)?;
                }
                mount_bind_recursive(folder, folder)?;
            }
            for path in &self.open {
                mount_bind_recursive(path, path)?;
            }
            for (folder, _) in &self.folders {
                read_only(folder)?;
            }
            for path in &self.hidden {
                mount_bind_recursive("/dev/null", path)?;
            }
            Ok(())
        };
        all().map_err(|e| format!("mounts of its own can't be made: {e}"))?;
        // Where this process stands is still seen without them.
        let here = std::env::current_dir();
        here.and_then(std::env::set_current_dir)
            .map_err(|e| format!("its folder can't be entered anew: {e}"))
    }
}

/// Gives this process mounts of its own; where it may not have them as it is, in a user namespace in
/// which it is the same user.
fn apart() -> Result<(), String> {
    let mounts = UnshareFlags::NEWNS;
    if unshare(mounts).is_err() {
        let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
        unshare(mounts | UnshareFlags::NEWUSER)
            .map_err(|e| format!("this system gives it no namespace of its own: {e}"))?;
        let (uid, gid) = (uid.as_raw(), gid.as_raw());
        let maps = [
            ("/proc/self/setgroups", "deny".to_owned()),
            ("/proc/self/uid_map", format!("{uid} {uid} 1")),
            ("/proc/self/gid_map", format!("{gid} {gid} 1")),
        ];
        for (file, text) in maps {
            tell_kernel(file, &text).map_err(|e| format!("{file}: {e}"))?;
        }
    }
    let flags = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
    mount_change("/", flags).map_err(|e| format!("mounts of its own can't be made: {e}"))?;
    let root_is_nobody = std::fs::metadata("/").is_ok_and(|m| {
        use std::os::unix::fs::MetadataExt;
        m.uid() == NOBODY
    });
    if root_is_nobody && Path::new(SSH_SETTINGS).is_dir() {
        let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV;
        // Without it nothing is open that should not be; ssh will say what it misses.
        let _ = mount("none", SSH_SETTINGS, "tmpfs", flags, None);
    }
    Ok(())
}

/// The user that files of users with no place in a namespace belong to there.
const NOBODY: u32 = 65534;

#[expect(
    deprecated,
    reason = "what is unsafe about it is shared file tables, which are not asked for here"
)]
fn unshare(flags: UnshareFlags) -> Done<()> {
    rustix::thread::unshare(flags)
}

/// Writes to a file of the kernel's, which takes one write as it is.
fn tell_kernel(file: &str, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// Makes a mount read-only, and keeps what else it is.
fn read_only(mount: &Path) -> Done<()> {
    let held = rustix::fs::statvfs(mount)?.f_flag;
    let flags = [
        (Held::NOSUID, MountFlags::NOSUID),
        (Held::NODEV, MountFlags::NODEV),
        (Held::NOEXEC, MountFlags::NOEXEC),
        (Held::NOATIME, MountFlags::NOATIME),
        (Held::NODIRATIME, MountFlags::NODIRATIME),
        (Held::RELATIME, MountFlags::RELATIME),
    ];
    let kept = { flags.into_iter() }.filter(|(is, _)| held.contains(*is));
    let kept = kept.fold(MountFlags::empty(), |all, (_, flag)| all | flag);
    mount_remount(mount, MountFlags::BIND | MountFlags::RDONLY | kept, c"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_root_would_open_is_closed_and_what_is_open_in_it_stays_so() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let at = |path: &str| top.join(path);
        for path in ["home/.git/harness/runs/x/home", "tree", "tmp", "data"] {
            std::fs::create_dir_all(at(path)).unwrap();
        }
        let roots = |write: &[&str]| Roots {
            write: write.iter().map(|w| at(w)).collect(),
            scratch: vec![at("tmp")],
            closed: vec![at("home/.git/harness"), at("home/not-there")],
            hidden: vec![at("data"), at("not-there")],
            ..Roots::default()
        };
        let own = "home/.git/harness/runs/x/home";
        let beside = Closing::of(&roots(&["tree", own]));
        assert!(!beside.must());
        assert_eq!(beside.hidden, [at("data")]);
        let inside = Closing::of(&roots(&["home", own]));
        assert!(inside.must());
        let engine = at("home/.git/harness");
        assert_eq!(inside.folders, [(engine, vec![at("home/.git")])]);
        assert_eq!(inside.open, [at(own)]);
    }
}
