//! Whether this system lets a process have mounts of its own, which the sandbox closes folders with.

use std::process::{Command, Stdio};

/// Asks the system, and never the product, which is what is tested. If not, that is said; with
/// `HARNESS_REQUIRE_NAMESPACES=1` it is a failure.
pub fn may_be_had() -> bool {
    let tried = Command::new("unshare")
        .args(["-Um", "true"])
        .stderr(Stdio::null())
        .status();
    let may = tried.is_ok_and(|status| status.success());
    let landlock = harness_tui::stage::sandbox::landlock_abi().is_some();
    if may && landlock {
        return true;
    }
    assert!(
        may || std::env::var_os("HARNESS_REQUIRE_NAMESPACES").is_none_or(|v| v != "1"),
        "namespaces are required here, and `unshare -Um true` fails"
    );
    let missing = if may { "Landlock" } else { "namespaces" };
    eprintln!("SKIPPED: this system gives nobody {missing}, so the sandbox closes nothing here");
    false
}
