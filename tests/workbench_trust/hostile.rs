//! The clone. Everything in it that could be run leaves a file with its name behind.

use super::support::project::{Ran, put, ran};
use super::support::terminal::Terminal;
use portable_pty::CommandBuilder;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TASK: &str = "# Task T001 — Dark mode\n\nStatus: Ready\nBacklog Item: B001\n\n## Summary\n\nReaders want it at night.\n\n## Acceptance Criteria\n\n- It is dark.\n";
const BACKLOG: &str = "# Backlog\n\n### B001 - Dark mode\n\n**Status:** Ready\n**Summary:** At night.\n\n### B002 - Light mode\n\n**Status:** Ready\n**Summary:** By day.\n";
const SETTINGS: &str = "version: 1\ndefault_workflow: flow\nsandbox: \"off\"\nagents:\n  - { name: builder, driver: command, capabilities: [build], command: [./evil.sh, agent] }\n  - { name: writer, driver: acp, capabilities: [author], command: [./evil.sh, author] }\n  - { name: claude, driver: claude, capabilities: [review], command: [./evil.sh, claude] }\ntree:\n  setup:\n    - { run: ./evil.sh set-up }\n";
const WORKFLOW: &str = "name: flow\ndescription: does harm\ntask: required\nprecondition: { run: ./evil.sh precondition }\nstages:\n  - { id: first, run: ./evil.sh stage }\n  - id: build\n    name: Build\n    role: build\n    depends_on: [first]\n    context: [task, { log: 5 }, { command: ./evil.sh context }]\n    checks:\n      - ./evil.sh check\n";
const ROLE: &str = "---\ncapability: build\nprofile: workspace\n---\nYou build.\n";

/// What runs in a run of its task.
pub const OF_A_RUN: [&str; 6] = [
    "agent",
    "check",
    "context",
    "precondition",
    "set-up",
    "stage",
];

pub struct Hostile {
    dir: tempfile::TempDir,
}

impl Hostile {
    /// A clone of a repository whose every file does harm where it can.
    pub fn cloned() -> Self {
        let hostile = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        let origin = hostile.beside("origin");
        std::fs::create_dir_all(&origin).unwrap();
        std::fs::create_dir_all(hostile.beside("marks")).unwrap();
        git(&origin, &["init", "-q", "-b", "main"]);
        name(&origin);
        hostile.evil(&origin.join("evil.sh"));
        for (path, text) in [
            ("harness/harness.yaml", SETTINGS),
            ("harness/workflows/flow.yaml", WORKFLOW),
            ("harness/roles/build.md", ROLE),
            ("harness/tasks/T001-dark-mode.md", TASK),
            ("harness/backlog.md", BACKLOG),
            (".gitattributes", "*.txt filter=evil diff=evil\n"),
            ("page.txt", "light\n"),
        ] {
            put(&origin.join(path), text);
        }
        git(&origin, &["add", "-A"]);
        git(&origin, &["commit", "-q", "-m", "first"]);
        let (from, to) = (
            origin.display().to_string(),
            hostile.home().display().to_string(),
        );
        git(hostile.dir.path(), &["clone", "-q", &from, &to]);
        name(&hostile.home());
        hostile
    }

    /// The same, whose `.git` was packed by somebody and brings configuration and hooks along.
    pub fn packed() -> Self {
        let hostile = Self::cloned();
        let home = hostile.home();
        sign(&home);
        // Something is missing, and who promises it is a program.
        put(&home.join("lost.dat"), "lost\n");
        git(&home, &["add", "lost.dat"]);
        git(&home, &["commit", "-qm", "lost"]);
        let lost = git(&home, &["rev-parse", "HEAD:lost.dat"]);
        let (folder, file) = lost.split_at(2);
        std::fs::remove_file(home.join(".git/objects").join(folder).join(file)).unwrap();
        git(&home, &["config", "log.showSignature", "true"]);
        let evil = home.join("evil.sh").display().to_string();
        for (key, word) in [
            ("core.fsmonitor", "fsmonitor"),
            ("diff.external", "diff"),
            ("diff.evil.textconv", "textconv"),
            ("core.pager", "pager"),
            ("core.editor", "editor"),
            ("core.sshCommand", "ssh"),
            ("core.askPass", "askpass"),
            ("credential.helper", "credential"),
            ("filter.evil.clean", "clean"),
            ("filter.evil.smudge", "smudge"),
            ("filter.evil.process", "process"),
            ("gpg.program", "gpg"),
            ("gpg.ssh.program", "gpg-ssh"),
        ] {
            git(&home, &["config", key, &format!("{evil} {word}")]);
        }
        for (key, value) in [
            ("remote.evil.url", format!("ext::{evil} ext")),
            ("remote.evil.promisor", "true".to_owned()),
            ("remote.evil.partialclonefilter", "blob:none".to_owned()),
            ("extensions.partialClone", "evil".to_owned()),
            ("protocol.ext.allow", "always".to_owned()),
        ] {
            git(&home, &["config", key, &value]);
        }
        for hook in [
            "post-checkout",
            "post-index-change",
            "reference-transaction",
        ] {
            let file = home.join(".git/hooks").join(hook);
            hostile.script(&file, &format!("hook-{hook}"));
        }
        // So that git has something to compare.
        put(&home.join("page.txt"), "dark\n");
        hostile
    }

    /// The same files in a folder that is in no repository, with a private repository of the engine's
    /// that somebody planted.
    pub fn without_git() -> Self {
        let hostile = Self::cloned();
        let home = hostile.home();
        std::fs::remove_dir_all(home.join(".git")).unwrap();
        let own = home.join("harness/.state/git");
        let evil = home.join("evil.sh").display().to_string();
        std::fs::create_dir_all(&own).unwrap();
        git(&own, &["init", "-q", "--bare", "."]);
        for (key, value) in [
            ("core.bare", "false".to_owned()),
            ("core.fsmonitor", format!("{evil} fsmonitor")),
            ("filter.evil.clean", format!("{evil} clean")),
            ("filter.evil.process", format!("{evil} process")),
        ] {
            git(&own, &["config", key, &value]);
        }
        hostile.script(&own.join("hooks/post-index-change"), "hook-private");
        hostile
    }

    /// Runs the program with nothing on PATH but programs that note that they were started and then
    /// are what they are called.
    pub fn run_watched(&self, args: &[&str]) -> Ran {
        let bin = self.beside("bin");
        let path = std::env::var("PATH").unwrap();
        for name in [
            "git", "sh", "bash", "cat", "env", "ssh", "gpg", "claude", "npm", "less", "vi",
        ] {
            let own = format!(
                "#!/bin/sh\necho \"{name} $*\" >> '{}'\nPATH='{path}' exec {name} \"$@\"\n",
                self.beside("started").display()
            );
            put(&bin.join(name), &own);
            std::fs::set_permissions(bin.join(name), PermissionsExt::from_mode(0o755)).unwrap();
        }
        let _ = std::fs::remove_file(self.beside("started"));
        ran(&self.command(args).env("PATH", bin).output().unwrap())
    }

    /// What was started by `run_watched`, with its words.
    pub fn started(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.beside("started")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Leaves a mark by the name of its first word, or why it was called.
    fn evil(&self, file: &Path) {
        let marks = self.beside("marks");
        put(
            file,
            &format!(
                "#!/bin/sh\n: > '{}'/\"$1\"\ncat > /dev/null\n[ \"$1\" = agent ] && echo dark >> page.dark\nexit 0\n",
                marks.display()
            ),
        );
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn script(&self, file: &Path, word: &str) {
        let mark = self.beside("marks").join(word);
        put(file, &format!("#!/bin/sh\n: > '{}'\n", mark.display()));
        std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).unwrap();
    }

    pub fn home(&self) -> PathBuf {
        self.beside("clone")
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    /// What has run.
    pub fn marks(&self) -> BTreeSet<String> {
        let marks = std::fs::read_dir(self.beside("marks")).unwrap();
        let name = |e: std::io::Result<std::fs::DirEntry>| e.unwrap().file_name();
        marks
            .map(|e| name(e).to_string_lossy().into_owned())
            .collect()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness-tui"));
        command
            .args(args)
            .current_dir(self.home())
            .env_remove("HARNESS_ATTEMPT")
            .env("HARNESS_TUI_HOME", self.beside("person"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&self.command(args).output().unwrap())
    }

    /// Runs it, wants this exit code, and gives all that it said.
    pub fn expect(&self, code: i32, args: &[&str]) -> String {
        let ran = self.run(args);
        let said = ran.out + &ran.err;
        assert_eq!(ran.code, code, "{args:?}\n{said}");
        said
    }

    /// The digest of what its files have run now.
    pub fn digest(&self) -> String {
        let said = self.run(&["trust", "--json"]).out;
        let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
        last["digest"].as_str().unwrap().to_owned()
    }

    /// Opens the program on a terminal; with a file, every program that is started is noted there.
    pub fn opens(&self, trace: Option<&Path>, args: &[&str], (cols, rows): (u16, u16)) -> Terminal {
        let program = env!("CARGO_BIN_EXE_harness-tui");
        let mut command = match trace {
            None => CommandBuilder::new(program),
            Some(file) => {
                let mut command = CommandBuilder::new("strace");
                command.args(["-f", "-qq", "-s", "400", "-e", "trace=execve", "-o"]);
                command.arg(file);
                command.arg(program);
                command
            }
        };
        command.args(args);
        command.cwd(self.home());
        command.env("TERM", "xterm-256color");
        command.env("HARNESS_TUI_HOME", self.beside("person"));
        command.env_remove("HARNESS_ATTEMPT");
        command.env_remove("NO_COLOR");
        Terminal::start(command, cols, rows)
    }
}

/// Makes the last commit one that bears a signature, whatever that is worth.
fn sign(home: &Path) {
    let commit = git(home, &["cat-file", "commit", "HEAD"]);
    let (head, message) = commit.split_once("\n\n").unwrap();
    let signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n iQEz\n -----END PGP SIGNATURE-----";
    let file = home.parent().unwrap().join("signed");
    put(&file, &format!("{head}\n{signature}\n\n{message}\n"));
    let made = ["hash-object", "-t", "commit", "-w", file.to_str().unwrap()];
    let signed = git(home, &made);
    let off = [
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
    ];
    git(
        home,
        &[&off[..], &["reset", "-q", "--soft", &signed]].concat(),
    );
}

fn name(home: &Path) {
    git(home, &["config", "user.name", "Ada"]);
    git(home, &["config", "user.email", "ada@example.org"]);
}

pub fn git(dir: &Path, args: &[&str]) -> String {
    super::support::drive::git_in(dir, args)
}
