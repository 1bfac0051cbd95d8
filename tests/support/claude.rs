//! The real Claude Code, pinned: found, or installed once by npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

const PACKAGE: &str = "@anthropic-ai/claude-code@2.1.329";

/// The program. `None`, said loudly, where it can't be had; with `HARNESS_REQUIRE_AGENTS=1` that is
/// a failure instead.
pub fn claude() -> Option<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOUND.get_or_init(find_or_install) {
        Ok(path) => Some(path.clone()),
        Err(why) if std::env::var_os("HARNESS_REQUIRE_AGENTS").is_some_and(|v| v == "1") => {
            panic!("real Claude Code is required and can't be had: {why}")
        }
        Err(why) => {
            eprintln!("SKIPPED: real Claude Code: {why}");
            None
        }
    }
}

fn find_or_install() -> Result<PathBuf, String> {
    let folder = std::env::var_os("HARNESS_TEST_AGENTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/agents"),
        PathBuf::from,
    );
    let program = folder.join("node_modules/.bin/claude");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // Several test programs may want it at once; one installs, the others wait.
    let lock = std::fs::File::create(folder.join(".lock")).map_err(|e| e.to_string())?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|e| e.to_string())?;
    if is_pinned(&program) {
        return Ok(program);
    }
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--prefix"])
        .arg(&folder)
        .arg(PACKAGE)
        .output()
        .map_err(|e| format!("npm can't be started: {e}"))?;
    if is_pinned(&program) {
        return Ok(program);
    }
    Err(format!(
        "npm install of {PACKAGE} ended {}: {}",
        npm.status,
        String::from_utf8_lossy(&npm.stderr).trim()
    ))
}

fn is_pinned(program: &Path) -> bool {
    let version = PACKAGE.rsplit('@').next().unwrap();
    Command::new(program)
        .arg("--version")
        .output()
        .is_ok_and(|out| String::from_utf8_lossy(&out.stdout).starts_with(version))
}
