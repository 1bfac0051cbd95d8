//! What an attempt works with: its order, its timeline, its environment, and the one way in which
//! it runs a command.

use super::environ;
use super::ground;
use super::launch::{self, Order, Program, Report};
use super::log::{Log, cut, millis};
use super::sandbox::Roots;
use super::scratch::Scratch;
use super::spec::AttemptSpec;
use super::watch::raw::RawLog;
use super::watch::{self, Bounds, Heard, Listener, Stream, Why};
use crate::agents::{ProcessEnd, last_lines};
use crate::engine::plan::{Command, Run, Sandbox};
use crate::store::layout::RunDir;
use crate::store::secret::Secret;
use crate::store::user::UserDir;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

/// How many of the last lines of a command are kept, and how long each may be.
const TAIL_LINES: usize = 200;
const TAIL_LINE: usize = 4096;

/// Folders below the home folder in which package managers keep what they fetched. Commands may
/// write them, or no dependency could be fetched inside the sandbox.
const CACHES: [&str; 12] = [
    ".cache",
    ".npm",
    ".cargo/registry",
    ".cargo/git",
    ".cargo/.package-cache",
    ".cargo/.global-cache",
    ".m2/repository",
    ".gradle",
    "go/pkg",
    ".local/share/pnpm",
    ".bun/install",
    ".yarn",
];

/// The desk of one attempt.
pub struct Desk<'a> {
    /// What it is told.
    pub spec: &'a AttemptSpec,
    /// Its folder.
    pub dir: &'a Path,
    /// Its timeline.
    pub log: Log,
    /// The environment of the person who started the run.
    pub user_env: BTreeMap<String, String>,
    /// The environment of every process of the attempt.
    pub env: BTreeMap<String, String>,
    /// A temporary folder of its own.
    pub scratch: PathBuf,
    /// Things to note in the record.
    pub notes: Vec<String>,
    /// Holds the temporary folder.
    held: Scratch,
    launches: u32,
}

/// How a command came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its exit code; `None`: a signal or its timeout ended it, or it could not be started.
    pub exit: Option<i32>,
    /// Why it ended.
    pub why: Why,
    /// How long, in milliseconds.
    pub took_ms: u64,
    /// Its last lines of both streams, at most 200, redacted.
    pub tail: String,
    /// The last line of its standard error that says something, redacted.
    pub complaint: Option<String>,
    /// Standard output, as far as `keep` allowed.
    pub output: String,
    /// Standard error, as far as `keep` allowed.
    pub errors: String,
    /// Whether there was more than `keep`, on either.
    pub more: bool,
    /// Whether the kernel kept it from writing elsewhere.
    pub confined: bool,
    /// The sandbox it had, in words.
    pub sandbox: String,
    /// How the process ended; `None`: it could not be started.
    pub end: Option<ProcessEnd>,
}

impl Ran {
    /// Whether it exited 0 by itself.
    pub fn ok(&self) -> bool {
        self.exit == Some(0) && self.why == Why::Itself
    }

    /// The decisive fact on one line.
    pub fn told(&self) -> String {
        match (self.why, self.exit, self.end) {
            (Why::TimedOut, ..) => "ran out of time".to_owned(),
            (_, Some(code), _) => format!("exit {code}"),
            (_, None, Some(ProcessEnd::Signalled(n))) => format!("ended by signal {n}"),
            _ => "could not be started".to_owned(),
        }
    }
}

/// One command to run.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Where.
    pub cwd: &'a Path,
    /// Where it may write; `None`: it is not confined.
    pub roots: Option<Roots>,
    /// How long it may take.
    pub timeout: Duration,
    /// How many bytes of its output are wanted.
    pub keep: usize,
    /// Where its raw output is kept, and how much of it.
    pub raw: Option<(PathBuf, u64)>,
}

impl<'a> Desk<'a> {
    /// Sets a desk up. The temporary folder is made here, for nobody else to read.
    pub fn new(
        spec: &'a AttemptSpec,
        dir: &'a Path,
        log: Log,
        user_env: BTreeMap<String, String>,
    ) -> std::io::Result<Self> {
        let held = Scratch::make()?;
        let scratch = held.path().to_owned();
        let mut env = environ::base(spec, &user_env, &scratch);
        env.extend(environ::git_notes(dir));
        Ok(Self {
            env,
            held,
            spec,
            dir,
            log,
            user_env,
            scratch,
            notes: Vec::new(),
            launches: 0,
        })
    }

    /// The words of a command: a line for the shell as it is, a list with its names filled in.
    pub fn argv(&self, command: &Command) -> Result<Vec<String>, String> {
        match &command.run {
            Run::Shell(line) => Ok(vec!["/bin/sh".into(), "-c".into(), line.clone()]),
            Run::Argv(words) => words.iter().map(|w| fill(w, &self.spec.names)).collect(),
        }
    }

    /// The roots of a command that may change this tree, with the caches it may need.
    pub fn roots_with_caches(&self, tree: &Path) -> Roots {
        roots_with_caches(&self.user_env, &self.scratch, tree)
    }

    /// Starts a program with its pipes; gives it and where its launcher reports.
    pub fn launch(
        &mut self,
        argv: &[String],
        env: &BTreeMap<String, String>,
        cwd: &Path,
        roots: Option<Roots>,
    ) -> std::io::Result<(Child, PathBuf)> {
        self.launches += 1;
        let report = self.dir.join(format!("launch-{}.json", self.launches));
        let wanted = self.spec.stage.profile.sandbox;
        let order = Order {
            parent: i32::try_from(std::process::id()).unwrap_or(0),
            report: report.clone(),
            confine: roots
                .filter(|_| wanted != Sandbox::Off)
                .map(|roots| with_closed(self.spec, self.dir, &self.user_env, roots)),
            required: wanted == Sandbox::Required,
        };
        let program = Program { argv, env, cwd };
        launch::spawn(&program, &order).map(|child| (child, report))
    }

    /// The bounds of a process in this attempt.
    pub fn bounds(&self, timeout: Duration) -> Bounds {
        Bounds {
            timeout,
            idle: None,
            after_result: timeout,
            patience: Bounds::PATIENCE,
            tree: self.spec.tree.clone(),
            order: self.dir.join("order"),
            tag: environ::tag(self.spec),
        }
    }

    /// Runs a command to its end, within its bounds, and sweeps what it leaves behind.
    pub fn run(&mut self, job: &Job<'_>) -> std::io::Result<Ran> {
        let begun = Instant::now();
        let env = self.env.clone();
        let (child, report) = self.launch(&job.argv, &env, job.cwd, job.roots.clone())?;
        let bounds = self.bounds(job.timeout);
        let mut ears = Ears::new(job.keep);
        let redactor = self.log.redactor().clone();
        let mut raw = match &job.raw {
            Some((path, limit)) => RawLog::create(path, *limit, &redactor)?,
            None => RawLog::nowhere(&redactor),
        };
        let held = watch::hold(child, Vec::new(), &bounds, &mut raw, &mut ears)?;
        raw.finish();
        let said = Report::read(&report);
        let _ = std::fs::remove_file(&report);
        if held.left > 0 {
            self.notes.push(format!(
                "{} processes were left running, and ended",
                held.left
            ));
        }
        if let Some(error) = &said.error {
            ears.hear(Stream::Err, error);
        }
        Ok(Ran {
            exit: match held.end {
                ProcessEnd::Exited(code) if held.why == Why::Itself => Some(code),
                _ => None,
            },
            why: held.why,
            took_ms: millis(begun),
            tail: redactor.text(&Vec::from(ears.tail).join("\n")),
            complaint: ears.complaint.map(|line| redactor.text(&line)),
            output: ears.output,
            errors: ears.errors,
            more: ears.more,
            confined: said.confined && !said.open,
            sandbox: said.sandbox,
            end: said.error.is_none().then_some(held.end),
        })
    }

    /// Gives the temporary folder back, and what git noted: it holds arguments, and secrets in them.
    pub fn clear(&self) {
        self.held.clear();
        let _ = std::fs::remove_file(self.dir.join(environ::GIT_NOTES));
    }

    /// Puts a file of the attempt's own in place, redacted.
    pub fn keep(&self, name: &str, text: &str) -> std::io::Result<()> {
        let text = if self.spec.keep_raw {
            text.to_owned()
        } else {
            self.log.redactor().text(text)
        };
        ground::put(&self.dir.join(name), text.as_bytes(), 0o600)
    }
}

/// The roots of what may change this tree, with the caches it may need.
pub(super) fn roots_with_caches(
    user_env: &BTreeMap<String, String>,
    scratch: &Path,
    tree: &Path,
) -> Roots {
    let home = user_env.get("HOME").map(PathBuf::from);
    let caches = home
        .iter()
        .flat_map(|h| CACHES.iter().map(move |c| h.join(c)));
    Roots {
        write: std::iter::once(tree.to_owned()).chain(caches).collect(),
        scratch: vec![scratch.to_owned()],
        ..Roots::default()
    }
}

/// The same roots, with what is never open to what runs in an attempt: the engine's folder, and what
/// the person's word is sealed with. What git notes for us it may still write.
pub(super) fn with_closed(
    spec: &AttemptSpec,
    dir: &Path,
    user_env: &BTreeMap<String, String>,
    roots: Roots,
) -> Roots {
    let mut roots = roots;
    let notes = dir.join(environ::GIT_NOTES);
    if spec.is_in_place() && make_empty(&notes).is_ok() {
        roots.write.push(notes);
    }
    let engine = RunDir::at(&spec.run_dir).engine();
    roots.closed.push(engine.path().to_owned());
    let secret = Secret::to_hide(UserDir::of(user_env));
    roots.hidden = secret.into_iter().collect();
    roots
}

/// Sees to it that there is such a file.
fn make_empty(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true).open(path).map(|_| ())
}

/// Collects what a command prints: its output as far as it is wanted, and its last lines.
struct Ears {
    output: String,
    errors: String,
    keep: usize,
    more: bool,
    tail: VecDeque<String>,
    complaint: Option<String>,
}

impl Ears {
    fn new(keep: usize) -> Self {
        Self {
            output: String::new(),
            errors: String::new(),
            keep,
            more: false,
            tail: VecDeque::new(),
            complaint: None,
        }
    }

    fn hear(&mut self, stream: Stream, line: &str) {
        let kept = match stream {
            Stream::Out => &mut self.output,
            Stream::Err => &mut self.errors,
        };
        if self.keep > 0 && !self.more {
            if kept.len() + line.len() < self.keep {
                kept.push_str(line);
                kept.push('\n');
            } else {
                self.more = true;
            }
        }
        if self.tail.len() == TAIL_LINES {
            self.tail.pop_front();
        }
        let mut line = line.to_owned();
        cut(&mut line, TAIL_LINE);
        if stream == Stream::Err && !line.trim().is_empty() {
            self.complaint = Some(line.clone());
        }
        self.tail.push_back(line);
    }
}

impl Listener for Ears {
    fn line(&mut self, stream: Stream, line: &str) -> Heard {
        self.hear(stream, line);
        Heard::Nothing
    }

    /// What is kept of the output is full, or nothing of it is kept: of all else the end counts.
    fn skims(&self, _: Stream) -> bool {
        self.keep == 0 || self.more
    }

    fn skim(&mut self, stream: Stream, lines: &[u8]) -> Heard {
        for line in last_lines(lines, TAIL_LINES) {
            self.hear(stream, &line);
        }
        Heard::Nothing
    }
}

/// Fills `{{ name }}` in; an unknown name is an error, never an empty text.
pub fn fill(text: &str, names: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(len) = rest[start..].find("}}") else {
            break;
        };
        let name = rest[start + 2..start + len].trim();
        let value = names
            .get(name)
            .ok_or_else(|| format!("'{name}' in '{text}' is not a name this run knows"))?;
        filled.push_str(&rest[..start]);
        filled.push_str(value);
        rest = &rest[start + len + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in_or_refused() {
        let names = BTreeMap::from([("task.id".to_owned(), "T1".to_owned())]);
        assert_eq!(
            fill("a {{ task.id }}-{{task.id}} }}", &names).unwrap(),
            "a T1-T1 }}"
        );
        assert!(fill("{{ tsk.id }}", &names).unwrap_err().contains("tsk.id"));
        assert_eq!(fill("open {{ task.id", &names).unwrap(), "open {{ task.id");
    }

    #[test]
    fn the_last_lines_and_a_bounded_output_are_kept() {
        let mut ears = Ears::new(50);
        for n in 0..1000 {
            ears.hear(Stream::Out, &format!("line {n}"));
        }
        assert!(ears.more && ears.output.len() <= 50);
        assert_eq!(ears.tail.len(), TAIL_LINES);
        assert_eq!(ears.tail.back().unwrap(), "line 999");
        assert!(ears.skims(Stream::Out));
        let piece: String = (0..1000).map(|n| format!("piece {n}\n")).collect();
        ears.skim(Stream::Out, piece.as_bytes());
        assert_eq!(ears.tail.len(), TAIL_LINES);
        assert_eq!(ears.tail.front().unwrap(), "piece 800");
        assert_eq!(ears.tail.back().unwrap(), "piece 999");
    }
}
