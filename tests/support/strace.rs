//! Programs killed at a system call of theirs, by strace.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether strace is there and may trace; if not, that is said.
pub fn works() -> bool {
    let mut tried = Command::new("strace");
    let inject = "inject=getpid:signal=KILL:when=65000";
    tried.args(["-f", "-o", "/dev/null", "-e", inject, "true"]);
    let works = tried.stderr(Stdio::null()).status();
    let works = works.is_ok_and(|status| status.success());
    if !works {
        assert!(
            std::env::var_os("HARNESS_REQUIRE_TRACE").is_none_or(|v| v != "1"),
            "strace is required to trace here"
        );
        eprintln!("SKIPPED: strace is not installed or may not trace here");
    }
    works
}

/// What strace is told so that the nth of these calls kills.
pub fn killing(calls: &str, n: usize) -> [String; 2] {
    [
        format!("trace={calls}"),
        format!("inject={calls}:signal=KILL:when={n}"),
    ]
}

/// What strace is told so that all of these calls are written down.
pub fn tracing(calls: &[&str]) -> [String; 1] {
    [format!("trace={}", calls.join(","))]
}

/// Runs this program under strace; what it wrote down at `trace`, and whether it was killed. Without
/// -f: the program alone is looked at and hit, and its children live on.
pub fn traced(program: &Command, trace: &Path, expressions: &[String]) -> (String, bool) {
    let mut strace = Command::new("strace");
    strace.arg("-o").arg(trace);
    for expression in expressions {
        strace.args(["-e", expression]);
    }
    strace.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    if let Some(folder) = program.get_current_dir() {
        strace.current_dir(folder);
    }
    let silent = strace.stdin(Stdio::null()).stdout(Stdio::null());
    let status = silent.stderr(Stdio::null()).status().unwrap();
    let said = std::fs::read_to_string(trace).unwrap();
    let killed = said.contains("killed by SIGKILL");
    assert_eq!(killed, !status.success(), "{status}\n{said}");
    (said, killed)
}

/// How many calls of a kind were written down: strace counts each name by itself, so that of several
/// names the most frequent one counts.
fn count(trace: &str, calls: &str) -> usize {
    let of = |name: &str| {
        let call = format!("{name}(");
        trace.lines().filter(|line| line.starts_with(&call)).count()
    };
    calls.split(',').map(of).max().unwrap_or(0)
}

/// Has the program killed at one call of each kind, of those that an undisturbed `trace` shows.
/// `killed_at` says whether the fault fired. Always the same sample, another one for each `name`;
/// `REPRO=rename:3` takes one point again, and each is printed in that form.
pub fn sampled(
    name: &str,
    kinds: &[&str],
    trace: impl Fn() -> String,
    killed_at: impl Fn(&str, usize) -> bool,
) {
    let at = |calls: &str, n: usize| {
        eprintln!("REPRO={calls}:{n}");
        assert!(killed_at(calls, n), "{calls}:{n}: the fault did not fire");
    };
    if let Ok(point) = std::env::var("REPRO") {
        let (calls, n) = point.rsplit_once(':').expect("REPRO=calls:n");
        return at(calls, n.parse().unwrap());
    }
    let trace = trace();
    let seed = name
        .bytes()
        .fold(0_u64, |sum, b| sum * 31 % 8191 + u64::from(b));
    for (nth, calls) in kinds.iter().enumerate() {
        // The last quarter may come a few calls sooner or later: it is the sweep's.
        let most = (count(&trace, calls) * 3 / 4).max(1);
        at(
            calls,
            1 + usize::try_from(seed * 31 + nth as u64 * 17).unwrap() % most,
        );
    }
}

/// Has it killed at every call of each kind; how often that was.
pub fn swept(kinds: &[&str], killed_at: impl Fn(&str, usize) -> bool) -> usize {
    assert!(works(), "strace is needed for this");
    let mut fired = 0;
    for calls in kinds {
        let mut n = 1;
        while killed_at(calls, n) {
            n += 1;
        }
        eprintln!("{calls}: {} points", n - 1);
        fired += n - 1;
    }
    fired
}
