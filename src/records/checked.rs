//! A check as pages show it: a mark, and how it came out.

use crate::terms::evidence::CheckResult;
use crate::text::Role;

/// How it came out, with its mark, in few words.
pub fn short(check: &CheckResult) -> (Role, String) {
    marked(check, &check.how_short())
}

fn marked(check: &CheckResult, how: &str) -> (Role, String) {
    // What it did there stands on its own page and in the report.
    let home = if check.outside.is_empty() {
        ""
    } else {
        ", see home folder"
    };
    let how = format!("{how}{home}");
    match (check.passed(), check.exit) {
        (false, _) => (Role::Bad, format!("✗ {how}")),
        (true, Some(0)) if home.is_empty() => (Role::Good, format!("✓ {how}")),
        // It counts as passed, and somebody should know that it did not.
        (true, _) => (Role::Attention, format!("✓ {how}")),
    }
}
