//! Real agents that speak the Agent Client Protocol, pinned: found, or installed once by npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A package, and the program in it that a Node or the system starts.
pub struct Agent {
    package: &'static str,
    version: &'static str,
    program: &'static str,
}

/// A program of its own, whatever Node is here.
pub const OPENCODE: Agent = Agent {
    package: "opencode-ai",
    version: "1.18.33",
    program: "opencode",
};

/// An adapter that brings the Claude Code it drives; Node 20 is enough for it.
pub const CLAUDE_CODE: Agent = Agent {
    package: "@zed-industries/claude-code-acp",
    version: "0.16.2",
    program: "claude-code-acp",
};

/// The program. `None`, said loudly, where it can't be had; with `HARNESS_REQUIRE_AGENTS=1` that is
/// a failure instead.
pub fn find(agent: &Agent) -> Option<PathBuf> {
    static BOTH: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = BOTH.get_or_init(install);
    match found {
        Ok(folder) => agent.at(&folder.join("node_modules")),
        Err(why) if std::env::var_os("HARNESS_REQUIRE_AGENTS").is_some_and(|v| v == "1") => {
            panic!("real ACP agents are required and can't be had: {why}")
        }
        Err(why) => {
            eprintln!("SKIPPED: real {}: {why}", agent.package);
            None
        }
    }
}

/// Both at once: one call of npm costs less than two. Scripts of packages are not run.
fn install() -> Result<PathBuf, String> {
    let agents = std::env::var_os("HARNESS_TEST_AGENTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/agents"),
        PathBuf::from,
    );
    let folder = agents.join("acp");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    // Several test programs may want them at once; one installs, the others wait.
    let lock = std::fs::File::create(folder.join(".lock")).map_err(|e| e.to_string())?;
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
        .map_err(|e| e.to_string())?;
    let all = [&OPENCODE, &CLAUDE_CODE];
    if all.iter().all(|agent| agent.is_pinned(&folder)) {
        return Ok(folder);
    }
    let packages = all.map(|agent| format!("{}@{}", agent.package, agent.version));
    let npm = Command::new("npm")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .args(["--no-package-lock", "--prefix"])
        .arg(&folder)
        .args(&packages)
        .output()
        .map_err(|e| format!("npm can't be started: {e}"))?;
    if all.iter().all(|agent| agent.is_pinned(&folder)) {
        return Ok(folder);
    }
    Err(format!(
        "npm install of {} ended {}: {}",
        packages.join(" "),
        npm.status,
        String::from_utf8_lossy(&npm.stderr).trim()
    ))
}

impl Agent {
    fn is_pinned(&self, folder: &Path) -> bool {
        let modules = folder.join("node_modules");
        let manifest = modules.join(self.package).join("package.json");
        let version = format!("\"version\": \"{}\"", self.version);
        std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&version))
            && self.at(&modules).is_some()
    }

    /// Its program. opencode's lies in a package for the platform, of which its script makes a link;
    /// where there are several the one for older processors runs everywhere.
    fn at(&self, modules: &Path) -> Option<PathBuf> {
        let file = if self.program == OPENCODE.program {
            let names = std::fs::read_dir(modules).ok()?.flatten();
            let names = names.filter_map(|entry| entry.file_name().into_string().ok());
            let platforms =
                names.filter(|name| name.starts_with("opencode-") && name != self.package);
            let longest =
                platforms.max_by_key(|name| (name.ends_with("-baseline"), name.clone()))?;
            modules.join(longest).join("bin/opencode")
        } else {
            modules.join(".bin").join(self.program)
        };
        file.exists().then_some(file)
    }
}
