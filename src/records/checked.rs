//! A check as pages show it: a mark, and how it came out.

use crate::terms::evidence::CheckResult;
use crate::text::Role;

/// How it came out, with its mark, in few words.
pub fn short(check: &CheckResult) -> (Role, String) {
    marked(check, &check.how_short())
}

/// The same with the names of the tests that matter.
pub fn whole(check: &CheckResult) -> (Role, String) {
    marked(check, &check.how())
}

fn marked(check: &CheckResult, how: &str) -> (Role, String) {
    match (check.passed(), check.exit) {
        (false, _) => (Role::Bad, format!("✗ {how}")),
        (true, Some(0)) => (Role::Good, format!("✓ {how}")),
        // It counts as passed, and somebody should know that it did not.
        (true, _) => (Role::Attention, format!("✓ {how}")),
    }
}
