//! One call of the git program: arguments, environment, bounds, answer.

use super::{Git, GitError};
use crate::process::gather::{Collected, Taken, collect};
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Settings that no repository may override. External diff programs can't be switched off here (an
/// empty `diff.external` is an error to git): the calls that make diffs say `--no-ext-diff`.
const SETTINGS: [&str; 10] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.pager=cat",
    "commit.gpgsign=false",
    "tag.gpgsign=false",
    "log.showSignature=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "advice.graftFileDeprecated=false",
];

/// Where the machine's and the person's own settings are: filters of large files, who may be trusted
/// with a folder, who the person is. These are not a repository's.
const WHERE_SETTINGS_ARE: [&str; 3] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
];

/// How much standard error is kept.
const STDERR_LIMIT: usize = 64 * 1024;

/// How often a call is made that came between the steps of another git, and the first pause between
/// two; each is twice as long as the one before it, 1.3 s in all.
const TRIES: u32 = 9;
const PAUSE: Duration = Duration::from_millis(5);

/// A call of git that has not run yet.
#[derive(Debug)]
pub struct Call<'g> {
    git: &'g Git,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Option<Vec<u8>>,
    limit: usize,
    timeout: Duration,
}

/// What git answered, whatever its exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; `None`: a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, at most 64 KiB, trimmed.
    pub stderr: String,
}

impl Output {
    /// Whether git gave up over the records of a linked working tree that another git is making or
    /// taking away: `commondir` is empty for a moment, and a prune may take the folder before it is
    /// locked.
    fn found_half_a_tree(&self) -> bool {
        let says = |line: &str| {
            let unread = line.contains("failed to read ") && line.contains("/commondir: ");
            let taken =
                line.contains("could not ") && line.ends_with(": No such file or directory");
            line.starts_with("fatal: ") && line.contains("/worktrees/") && (unread || taken)
        };
        self.code == Some(128) && self.stderr.lines().any(says)
    }
}

impl<'g> Call<'g> {
    pub(super) fn new<A: AsRef<OsStr>>(git: &'g Git, args: impl IntoIterator<Item = A>) -> Self {
        Self {
            git,
            args: args.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            env: Vec::new(),
            stdin: None,
            limit: 64 * 1024 * 1024,
            timeout: Duration::from_mins(10),
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// A variable of its environment, above all defaults.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Settings above those of all files, whatever their names hold.
    #[must_use]
    pub(super) fn settings(mut self, settings: &[(String, &str)]) -> Self {
        self = self.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (n, (key, value)) in settings.iter().enumerate() {
            self = self.env(format!("GIT_CONFIG_KEY_{n}"), key);
            self = self.env(format!("GIT_CONFIG_VALUE_{n}"), value);
        }
        self
    }

    /// What it reads from standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }

    /// How many bytes of output are taken; more is an error. 64 MiB by default.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// How long it may take; longer is an error. Ten minutes by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Runs it; any exit code but 0 is an error. Gives its standard output.
    pub fn run(self) -> Result<Vec<u8>, GitError> {
        let (git, args) = (self.git, self.args_text());
        let output = self.output()?;
        if output.code == Some(0) {
            Ok(output.stdout)
        } else {
            Err(git.failed(args, output))
        }
    }

    /// Runs it and gives its standard output as text, without the line break at its end.
    pub fn text(self) -> Result<String, GitError> {
        let bytes = self.run()?;
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }

    /// Runs a question: exit code 0 is yes, 1 is no, anything else an error.
    pub fn ask(self) -> Result<bool, GitError> {
        let (git, args) = (self.git, self.args_text());
        let output = self.output()?;
        match output.code {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(git.failed(args, output)),
        }
    }

    /// Runs it and gives the whole answer, whatever its exit code.
    ///
    /// Git makes a linked working tree in several steps and keeps nobody from reading between them:
    /// another call then ends before it did anything. Such a call is made again.
    pub fn output(self) -> Result<Output, GitError> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            let output = self.once()?;
            if !output.found_half_a_tree() {
                return Ok(output);
            }
            crate::process::pause(pause);
            pause *= 2;
        }
        let output = self.once()?;
        if output.found_half_a_tree() {
            return Err(GitError::HalfATree {
                args: self.args_text(),
                stderr: output.stderr,
            });
        }
        Ok(output)
    }

    fn once(&self) -> Result<Output, GitError> {
        let args = self.args_text();
        let io = |source| GitError::Io {
            args: args.clone(),
            source,
        };
        let mut child = self.command().spawn().map_err(|e| {
            if e.kind() == std::io::ErrorKind::NotFound && self.git.dir.is_dir() {
                GitError::NotInstalled
            } else {
                io(e)
            }
        })?;
        if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), self.stdin.clone()) {
            // A program that does not want its input is no fault: it says so by its exit code.
            std::thread::spawn(move || pipe.write_all(&bytes));
        }
        let mut stdout = Taken::new(child.stdout.take(), self.limit);
        let mut stderr = Taken::new(child.stderr.take(), STDERR_LIMIT);
        let collected = collect(&mut stdout, &mut stderr, self.timeout);
        if !matches!(collected, Ok(Collected::All)) {
            // It may have ended by itself in between; then there is nothing to end.
            let _ = child.kill();
        }
        let status = child.wait().map_err(io)?;
        match collected.map_err(io)? {
            Collected::All => Ok(Output {
                code: status.code(),
                stdout: stdout.bytes,
                stderr: String::from_utf8_lossy(&stderr.bytes).trim().to_owned(),
            }),
            Collected::TooMuch => Err(GitError::TooMuch {
                args,
                limit: self.limit,
            }),
            Collected::TooLong => Err(GitError::TooLong {
                args,
                seconds: self.timeout.as_secs(),
            }),
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(&self.args).current_dir(&self.git.dir);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") && !WHERE_SETTINGS_ARE.contains(&&*text) {
                command.env_remove(name);
            }
        }
        if let Some(own) = &self.git.own {
            command
                .env("GIT_DIR", own)
                .env("GIT_WORK_TREE", &self.git.dir);
        }
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_EDITOR", "true")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_LITERAL_PATHSPECS", "1")
            .env("LC_ALL", "C")
            .envs(self.git.careful.then_some(("GIT_NO_LAZY_FETCH", "1")))
            // Older ones do not know that; by no protocol nothing is fetched either.
            .envs(self.git.careful.then_some(("GIT_ALLOW_PROTOCOL", "none")))
            // An object is what it is, and not what a ref or a file puts in its place.
            .envs(self.git.careful.then_some(("GIT_NO_REPLACE_OBJECTS", "1")))
            .envs(self.git.careful.then_some(("GIT_GRAFT_FILE", "/dev/null")))
            .envs(self.env.iter().map(|(n, v)| (n, v)))
            .stdin(if self.stdin.is_some() {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The arguments for people, cut to what fits a message.
    fn args_text(&self) -> String {
        let words: Vec<_> = self.args.iter().map(|a| a.to_string_lossy()).collect();
        let text = words.join(" ");
        match text.char_indices().nth(300) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

/// What git says of an object that a partial clone lacks.
const LACKS: [&str; 2] = ["promisor remote", "lazy fetching disabled"];
/// What it says where it was told to fetch none, and of one that is damaged as well.
const BAD: [&str; 4] = [
    "bad object",
    "bad file",
    "not a tree object",
    "unable to read tree",
];

impl Git {
    /// Whether this is a clone that holds not all objects of what it holds.
    pub fn is_partial(&self) -> bool {
        let names = r"^(remote\..*\.promisor|extensions\.partialclone)$";
        let told = self.call(["config", "--get-regexp", names]).output();
        told.is_ok_and(|told| {
            let told = String::from_utf8_lossy(&told.stdout).into_owned();
            told.lines().any(|line| !line.ends_with(" false"))
        })
    }

    fn failed(&self, args: String, output: Output) -> GitError {
        let stderr = output.stderr;
        let says = |words: &[&str]| words.iter().any(|word| stderr.contains(word));
        if says(&LACKS) || says(&BAD) && self.is_partial() {
            return GitError::Lacking { args, stderr };
        }
        GitError::Failed {
            args,
            code: output.code,
            stderr,
        }
    }
}

/// The program, looked for once: with a long `PATH` that costs as much as starting it. Its bare name
/// where it is not found, so that starting it says so.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            // A relative folder would be looked for in the folder that git is to work in.
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join("git"))
            .find(|file| {
                file.metadata()
                    .is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
            })
            .unwrap_or_else(|| PathBuf::from("git"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{put, repository};
    use super::*;

    #[test]
    fn a_failure_says_what_was_called_and_what_git_said() {
        let (_dir, git) = repository();
        let error = git
            .call(["rev-parse", "--verify", "no-such"])
            .run()
            .unwrap_err();
        assert!(matches!(
            error,
            GitError::Failed {
                code: Some(128),
                ..
            }
        ));
        let text = error.to_string();
        assert!(text.contains("rev-parse --verify no-such"), "{text}");
    }

    #[test]
    fn a_tree_that_stays_half_made_is_named_with_what_to_do() {
        let (_dir, git) = repository();
        put(git.dir(), ".git/worktrees/half/gitdir", "/nowhere/.git\n");
        put(git.dir(), ".git/worktrees/half/HEAD", "ref: refs/heads/x\n");
        put(git.dir(), ".git/worktrees/half/commondir", "");
        let error = git.call(["worktree", "list"]).run().unwrap_err();
        assert!(matches!(error, GitError::HalfATree { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("half/commondir") && text.contains("git worktree prune"));
        git.worktree_prune().unwrap();
        assert_eq!(git.worktree_list().unwrap().len(), 1);
    }

    #[test]
    fn output_is_bounded_and_a_hung_call_ends() {
        let (_dir, git) = repository();
        let much = git.call(["log"]).limit(10).run();
        assert!(matches!(much, Err(GitError::TooMuch { limit: 10, .. })));
        let hung = git
            .call(["-c", "alias.hang=!exec tail -f /dev/null", "hang"])
            .timeout(Duration::from_millis(100))
            .run();
        assert!(matches!(hung, Err(GitError::TooLong { .. })), "{hung:?}");
    }

    #[test]
    fn what_a_repository_configures_is_not_run() {
        let (dir, git) = repository();
        let mark = dir.path().join("ran");
        let hook = format!("#!/bin/sh\ntouch {}\n", mark.display());
        put(dir.path(), ".git/hooks/post-checkout", &hook);
        put(dir.path(), "evil.sh", &hook);
        for path in [".git/hooks/post-checkout", "evil.sh"] {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(
                dir.path().join(path),
                std::fs::Permissions::from_mode(0o755),
            )
            .unwrap();
        }
        let evil = dir.path().join("evil.sh");
        for key in ["core.fsmonitor", "diff.external"] {
            git.call(["config", key]).arg(&evil).run().unwrap();
        }
        put(dir.path(), "a.txt", "two\n");
        git.call(["checkout", "-q", "-b", "other"]).run().unwrap();
        let head = git.resolve("HEAD").unwrap();
        let empty = git.call(["mktree"]).text().unwrap();
        let empty = crate::terms::Oid::new(empty).unwrap();
        let filter = format!("sh {} ", evil.display());
        for key in ["filter.a=b.clean", "filter.x.clean", "filter.x.process"] {
            git.call(["config", key, filter.as_str()]).run().unwrap();
        }
        git.call(["config", "filter.x.required", "true"])
            .run()
            .unwrap();
        put(dir.path(), ".gitattributes", "* filter=x\n*.a filter=a=b\n");
        let careful = git.clone().careful();
        assert!(careful.status().unwrap().paths > 0);
        assert!(!mark.exists());
        git.patch(&head, &empty, &[], 10_000).unwrap();
        git.diff_text(&head, &empty, "harness", 10_000).unwrap();
        assert!(!mark.exists());
        // That is what it is careful about.
        let _ = git.status();
        assert!(mark.exists());
    }
}
