//! The machine: sandboxes, watching folders, limits.

use super::Line;
use crate::process::scope::{self, Logout, Place};
use crate::process::{awake, program};
use crate::stage::sandbox::landlock_abi;
use crate::store::watch::Watch;
use std::path::Path;

/// What fewer watching programs than this tell: the next one may get none.
const FEW_INSTANCES: u64 = 64;
/// What fewer watched folders than this tell.
const FEW_WATCHES: u64 = 8192;
/// Open files a process should be allowed.
const FEW_FILES: u64 = 1024;

/// What holds an attempt.
pub(super) fn sandbox() -> Vec<Line> {
    let landlock = match landlock_abi() {
        Some(abi) => Line::ok("sandbox", format!("Landlock, version {abi}")),
        None => Line::warn(
            "sandbox",
            "this system has no Landlock: what an attempt writes is looked over, not prevented",
            "use Linux 5.13 or newer with Landlock switched on",
        ),
    };
    let bwrap = match program::lookup("bwrap") {
        Some(file) => Line::ok("bubblewrap", file.display().to_string()),
        None => Line::ok("bubblewrap", "not on PATH; not needed"),
    };
    vec![landlock, bwrap]
}

/// Whether changes on disk are noticed at once.
pub(super) fn watching(folder: &Path) -> Vec<Line> {
    let what = "watching";
    let watch = Watch::new([folder.to_owned()]);
    if let Some(why) = watch.degraded() {
        return vec![Line::warn(
            what,
            format!("folders can't be watched: {why}; changes show within a second"),
            "raise fs.inotify.max_user_instances and max_user_watches with sysctl",
        )];
    }
    let limit = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    let (Some(instances), Some(watches)) = (limit("max_user_instances"), limit("max_user_watches"))
    else {
        return vec![Line::ok(what, "folders can be watched")];
    };
    let found = format!("inotify: {instances} instances, {watches} watches");
    if instances < FEW_INSTANCES || watches < FEW_WATCHES {
        let remedy = format!(
            "sysctl fs.inotify.max_user_instances={FEW_INSTANCES} \
             fs.inotify.max_user_watches={FEW_WATCHES}, or more"
        );
        return vec![Line::warn(what, found, remedy)];
    }
    vec![Line::ok(what, found)]
}

/// How many files a process may have open.
pub(super) fn descriptors() -> Line {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit {
        Some(files) if files < FEW_FILES => Line::warn(
            "open files",
            format!("{files} a process"),
            format!("ulimit -n {FEW_FILES}"),
        ),
        Some(files) => Line::ok("open files", format!("{files} a process")),
        None => Line::ok("open files", "no limit"),
    }
}

/// Whether runs go on when their person logs out, where systemd decides over that.
pub(super) fn logout() -> Option<Line> {
    let what = "logout";
    let probed = scope::probe()?;
    let found = match (probed.at_logout(), probed.place()) {
        (Logout::GoesOn, Place::Scope) => "runs go on, in a scope of your own",
        (Logout::GoesOn, Place::Here) => "runs go on",
        (Logout::Ends, _) if probed.managed => {
            "runs end with your last logout: what is started here is your user manager's (user@.service), which ends then"
        }
        (Logout::Ends, _) => "runs end with your last logout (KillUserProcesses)",
        (Logout::Unknown, _) => "nothing here says whether runs go on",
    };
    Some(match probed.at_logout() {
        Logout::GoesOn => Line::ok(what, found),
        Logout::Ends | Logout::Unknown => {
            Line::warn(what, found, "loginctl enable-linger lets them go on")
        }
    })
}

/// Whether the machine can be kept from sleeping while an agent works.
pub(super) fn awake() -> Line {
    let tried = awake::tried();
    match tried.map(|(program, came)| (program.display().to_string(), came)) {
        Some((program, Ok(()))) => Line::ok("awake", program),
        Some((program, Err(why))) => Line::warn(
            "awake",
            format!("{program}: {why}"),
            "`awake: true` would hold no sleep off here; nothing else needs it",
        ),
        None => Line::ok(
            "awake",
            "no systemd-inhibit or caffeinate; `awake: true` would hold no sleep off",
        ),
    }
}
