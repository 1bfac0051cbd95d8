//! Where a process stands that is to outlive its login: under systemd, in its session's scope or in
//! one of the user's own.
//!
//! Logout ends what is in the session's scope where the machine is told so (`KillUserProcesses`), and
//! the user's own manager with all its scopes where nothing else keeps that (`linger`). So neither
//! place is always the better one: what is known of the machine decides. What a desktop starts, its
//! terminals too, stands below the user's manager already, and nothing leads out of there.

use super::program::lookup;
use super::wait::Watched;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long one of systemd's programs may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// How much of an answer is read.
const LONGEST: u64 = 4096;
/// How the names of our scopes begin.
const UNIT: &str = "harness-tui-";

/// What was found out about the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Probed {
    /// There is a bus of this user's, and a program that speaks to it.
    pub bus: bool,
    /// This process is in a scope of ours already.
    pub inside: bool,
    /// It is below the user's manager, and ends with that.
    pub managed: bool,
    /// Whether logout ends what is left in the session; `None`: nobody says.
    pub kills: Option<bool>,
    /// Whether the user's manager stays when they are logged out; `None`: nobody says.
    pub lingers: Option<bool>,
}

/// Where a process is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a scope of the user's own.
    Scope,
    /// Where it is.
    Here,
}

/// Whether a run goes on when its person logs out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logout {
    /// It does.
    GoesOn,
    /// It is ended.
    Ends,
    /// Nothing here says.
    Unknown,
}

impl Probed {
    /// Where a process that is to outlive its login stands best.
    pub fn place(self) -> Place {
        let better = match (self.lingers, self.kills) {
            // The manager stays, and what is with it, whatever becomes of the session; or it goes with
            // the last session, but ours ends at the first.
            (Some(true), _) | (_, Some(true)) => true,
            // The session's rest is left alone, and the manager goes.
            (_, Some(false) | None) => false,
        };
        if self.bus && !self.inside && better {
            Place::Scope
        } else {
            Place::Here
        }
    }

    /// Whether what stands best goes on after the last logout.
    pub fn at_logout(self) -> Logout {
        match (self.managed, self.lingers) {
            (true, Some(true)) => return Logout::GoesOn,
            (true, Some(false)) => return Logout::Ends,
            (true, None) => return Logout::Unknown,
            (false, _) => {}
        }
        match (self.bus, self.lingers, self.kills) {
            (true, Some(true), _) | (_, _, Some(false)) => Logout::GoesOn,
            (_, _, Some(true)) => Logout::Ends,
            (_, _, None) => Logout::Unknown,
        }
    }
}

/// Looks at the machine. `None`: there is no systemd of this user's here.
pub fn probe() -> Option<Probed> {
    bus()?;
    let busctl = lookup("busctl");
    let kills = busctl.as_ref().and_then(|busctl| {
        let mut ask = Command::new(busctl);
        ask.args([
            "get-property",
            "org.freedesktop.login1",
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
            "KillUserProcesses",
        ]);
        word(&said(ask)?, "b true", "b false")
    });
    let lingers = lookup("loginctl").and_then(|loginctl| {
        let mut ask = Command::new(loginctl);
        let user = rustix::process::getuid().as_raw().to_string();
        ask.args(["show-user", &user, "--property=Linger", "--value"]);
        word(&said(ask)?, "yes", "no")
    });
    let (inside, managed) = stands_in(&group());
    Some(Probed {
        bus: busctl.is_some(),
        inside,
        managed,
        kills,
        lingers,
    })
}

/// Moves this process, and what it starts from here on, to where it goes on longest. Whether it was
/// moved; where it can't be, it stays where it is.
pub fn outlive_login(what: &str) -> bool {
    let Some(probed) = probe() else { return false };
    if probed.place() == Place::Here {
        return false;
    }
    let Some(busctl) = lookup("busctl") else {
        return false;
    };
    let own = std::process::id().to_string();
    let unit = format!("{UNIT}{own}-{}.scope", uuid::Uuid::new_v4().simple());
    let mut ask = Command::new(busctl);
    // The number of a process goes as it is: what runs stays the process that it was.
    ask.args([
        "--user",
        "call",
        "org.freedesktop.systemd1",
        "/org/freedesktop/systemd1",
        "org.freedesktop.systemd1.Manager",
        "StartTransientUnit",
        "ssa(sv)a(sa(sv))",
        &unit,
        "fail",
        "3",
        "Description",
        "s",
        what,
        "CollectMode",
        "s",
        "inactive-or-failed",
        "PIDs",
        "au",
        "1",
        &own,
        "0",
    ]);
    said(ask).is_some()
}

/// The socket of the user's own bus.
fn bus() -> Option<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").filter(|v| !v.is_empty())?;
    Some(PathBuf::from(folder).join("bus")).filter(|bus| bus.exists())
}

/// The groups that systemd and others have this process in.
fn group() -> String {
    std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default()
}

/// Whether a process of these groups is in a scope of ours, and whether it is below the user's manager.
fn stands_in(group: &str) -> (bool, bool) {
    let is = |begins: &str, ends: &str| {
        let mut parts = group.split(['/', '\n']);
        parts.any(|part| part.starts_with(begins) && part.ends_with(ends))
    };
    (is(UNIT, ".scope"), is("user@", ".service"))
}

fn word(said: &str, yes: &str, no: &str) -> Option<bool> {
    match said.trim() {
        said if said == yes => Some(true),
        said if said == no => Some(false),
        _ => None,
    }
}

/// What a program says; `None`: it failed, or did not answer in time.
fn said(mut command: Command) -> Option<String> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let ended = Watched::ends_within(&child, PATIENCE);
    if !ended {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let mut text = String::new();
    let mut answer = child.stdout.take()?.take(LONGEST);
    answer.read_to_string(&mut text).ok()?;
    (ended && status.success()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_where_a_run_goes_on_longest() {
        let known = |lingers, kills| Probed {
            bus: true,
            inside: false,
            managed: false,
            kills,
            lingers,
        };
        let cases = [
            (Some(true), Some(true), Place::Scope, Logout::GoesOn),
            (Some(true), Some(false), Place::Scope, Logout::GoesOn),
            (Some(true), None, Place::Scope, Logout::GoesOn),
            (Some(false), Some(true), Place::Scope, Logout::Ends),
            // A scope would go with the user's manager, what is left in the session would not.
            (Some(false), Some(false), Place::Here, Logout::GoesOn),
            (None, Some(true), Place::Scope, Logout::Ends),
            (None, Some(false), Place::Here, Logout::GoesOn),
            (Some(false), None, Place::Here, Logout::Unknown),
            (None, None, Place::Here, Logout::Unknown),
        ];
        for (lingers, kills, place, logout) in cases {
            let probed = known(lingers, kills);
            assert_eq!(probed.place(), place, "{probed:?}");
            assert_eq!(probed.at_logout(), logout, "{probed:?}");
        }
        let inside = Probed {
            inside: true,
            ..known(Some(true), Some(true))
        };
        assert_eq!(inside.place(), Place::Here);
        let mute = Probed {
            bus: false,
            ..known(Some(true), Some(true))
        };
        assert_eq!(
            (mute.place(), mute.at_logout()),
            (Place::Here, Logout::Ends)
        );
    }

    #[test]
    fn what_stands_below_the_users_manager_ends_with_it_unless_that_lingers() {
        let session = "0::/user.slice/user-1000.slice/session-3.scope\n";
        let desktop = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/\
                       app-org.gnome.Terminal.slice/vte-spawn-0c1e.scope\n";
        let ours = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/\
                    harness-tui-77-ab.scope\n";
        assert_eq!(stands_in(session), (false, false));
        assert_eq!(stands_in(desktop), (false, true));
        assert_eq!(stands_in(ours), (true, true));
        assert_eq!(stands_in(""), (false, false));
        let cases = [
            (Some(true), Logout::GoesOn),
            (Some(false), Logout::Ends),
            (None, Logout::Unknown),
        ];
        for (lingers, logout) in cases {
            for kills in [Some(true), Some(false), None] {
                let probed = Probed {
                    bus: true,
                    inside: false,
                    managed: true,
                    kills,
                    lingers,
                };
                assert_eq!(probed.at_logout(), logout, "{probed:?}");
            }
        }
    }

    #[test]
    fn only_an_answer_of_these_words_is_one() {
        assert_eq!(word("b true\n", "b true", "b false"), Some(true));
        assert_eq!(word("no\n", "yes", "no"), Some(false));
        assert_eq!(word("", "yes", "no"), None);
    }

    #[test]
    fn a_program_that_fails_says_nothing() {
        let shell = |line: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", line]);
            said(command)
        };
        assert_eq!(shell("echo yes"), Some("yes\n".to_owned()));
        assert_eq!(shell("echo yes; exit 1"), None);
    }
}
