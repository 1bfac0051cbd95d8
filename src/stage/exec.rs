//! The story of one attempt, from its order to its record.

mod agent;
mod hand;
mod own;
mod precondition;
mod pulse;
mod record;

pub(in crate::stage) use agent::{by_answer, roots, with_launch};
pub(crate) use own::closed as closed_of;

use super::artifacts::{self, Produced};
use super::checks;
use super::copied;
use super::decide::{Facts, decide};
use super::desk::{Desk, Job};
use super::environ;
use super::exit::ExitRecord;
use super::ground;
use super::guard::{After, Before};
use super::lent::How;
use super::log::Log;
use super::noted;
use super::redact::MARK;
use super::review;
use super::seal::Key;
use super::setup::{self, Placed};
use super::spec::{AttemptKind, AttemptSpec};
use super::timeline::Step;
use super::watch::{Order, Why, ordered};
use crate::agents::recording::Recorder;
use crate::agents::{Finished, ProcessEnd};
use crate::documents::answer;
use crate::engine::plan::Work;
use crate::store::layout::AttemptDir;
use crate::store::{Lock, StoreError};
use crate::terms::review::Reply;
use crate::terms::verdict::DISPUTE;
use crate::terms::{Finding, Outcome, Place, Usage};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The largest changed file that is looked through for secrets.
const LARGEST_SCANNED: u64 = 4 * 1024 * 1024;

/// Why an attempt could not even begin, or leave its record.
#[derive(Debug, thiserror::Error)]
pub enum ExecError {
    /// Its order can't be read.
    #[error("{}: {why}; the engine writes this file before it starts an attempt", .path.display())]
    Spec {
        /// The order.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Another process holds this attempt.
    #[error("{} is held by another process; this attempt runs already", .0.display())]
    Held(PathBuf),
    /// Somebody wrote its record at the very moment when it was done.
    #[error("{}: a record that is not this attempt's own was put there; end what still runs of it", .0.display())]
    Forged(PathBuf),
    /// The disk could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk could not, in a file of the attempt's own.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Carries out the attempt in this folder and leaves `exit.json`, sealed with `key` where there is
/// one. Must run on the main thread: the agent is bound to its life.
pub fn run(dir: &Path, key: Option<&Key>) -> Result<(), ExecError> {
    let folder = AttemptDir::at(dir);
    let spec = read_spec(&folder.spec())?;
    ground::become_reaper();
    let held = Lock::try_take(&folder.heartbeat())?;
    let Some(_held) = held else {
        return Err(ExecError::Held(folder.heartbeat()));
    };
    if folder.exit().exists() {
        // It was carried out before; its record is made once.
        return Ok(());
    }
    if folder.given_up().exists() {
        // Whoever supervises the run took us for lost; another attempt is in our place.
        return Ok(());
    }
    let _pulse = pulse::beat(&folder.heartbeat());
    let io = |path: PathBuf| move |source| ExecError::Io { path, source };
    ground::put_for_now(&folder.shim(), &ground::identity(), 0o600).map_err(io(folder.shim()))?;
    // Before anything runs that could put another one in its place.
    noted::secret();
    let user_env = environ::inherited();
    let named = user_env.iter().chain(&spec.env);
    let named = named.map(|(n, v)| (n.as_str(), v.as_str()));
    let redactor = copied::redactor(named, &spec.setup, &spec.home, &spec.tree);
    let log = Log::open(&folder.transcript(), redactor).map_err(io(folder.transcript()))?;
    let mut desk = Desk::new(&spec, dir, log, user_env).map_err(io(dir.to_owned()))?;
    let record = Attempt::begin(&spec).carry_out(&mut desk);
    desk.clear();
    record::leave(record, &folder, desk.log.redactor(), key)
}

fn read_spec(path: &Path) -> Result<AttemptSpec, ExecError> {
    let fault = |why: String| ExecError::Spec {
        path: path.to_owned(),
        why,
    };
    let bytes = std::fs::read(path).map_err(|e| fault(e.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|e| fault(e.to_string()))
}

/// An attempt on its way: the facts gather as the story goes.
struct Attempt<'a> {
    spec: &'a AttemptSpec,
    started: jiff::Timestamp,
    begun: Instant,
    facts: Facts,
    finished: Option<Finished>,
    after: After,
    produced: Produced,
    questions: Vec<crate::stage::exit::Question>,
    replies: Vec<Reply>,
    findings: Vec<Finding>,
    sandbox: String,
    confined: bool,
    handed: Option<How>,
    recorder: Option<Recorder>,
}

impl<'a> Attempt<'a> {
    fn begin(spec: &'a AttemptSpec) -> Self {
        Self {
            spec,
            started: jiff::Timestamp::now(),
            begun: Instant::now(),
            facts: Facts::default(),
            finished: None,
            after: After::default(),
            produced: Produced::default(),
            questions: Vec::new(),
            replies: Vec::new(),
            findings: Vec::new(),
            sandbox: String::new(),
            confined: false,
            handed: None,
            recorder: spec.record.is_some().then(Recorder::default),
        }
    }

    fn carry_out(mut self, desk: &mut Desk<'_>) -> ExitRecord {
        if self.preconditions_hold(desk)
            && let Some(before) = self.prepare(desk)
        {
            match &self.spec.stage.work {
                _ if self.spec.kind == AttemptKind::Recheck => self.ask_nobody(desk),
                _ if self.spec.lent.is_some() => self.lend(desk),
                Work::Role(role) => self.ask_agent(desk, role, &before),
                Work::Command(command) => self.run_command(desk, command),
                Work::Gate => {
                    self.facts.refused = Some("a gate has nothing to execute".to_owned());
                }
            }
            self.sweep(desk);
            if self.spec.tree.is_dir() {
                self.guard(desk, &before);
                self.note_returned(desk);
                self.examine(desk, &before);
                self.check(desk, &before);
                self.keep_work(desk, &before);
                self.give_back(desk);
            } else {
                self.facts.tree_gone = Some(self.spec.tree.display().to_string());
            }
        }
        let (outcome, reason) = decide(&self.facts);
        self.write_recording(desk);
        self.into_record(desk, outcome, &reason)
    }

    /// Makes the tree build and looks at it; `None` where the attempt ends here.
    fn prepare(&mut self, desk: &mut Desk<'_>) -> Option<(Before, Placed)> {
        if !self.tree_is_there() {
            return None;
        }
        let prepared = setup::prepare(desk, &self.spec.tree)
            .and_then(|placed| artifacts::set_aside(self.spec, desk.dir).map(|()| placed))
            .and_then(|placed| {
                Before::look(self.spec, desk.dir)
                    .map(|before| (before, placed))
                    .map_err(|e| e.to_string())
            });
        self.facts.why = order_of(desk);
        match prepared {
            Ok(_) if self.facts.why.is_some() => None,
            Ok(prepared) => Some(prepared),
            Err(why) => {
                self.facts.setup_failed = Some(why);
                None
            }
        }
    }

    /// A tree that somebody took away before the agent began leaves nothing to do, and is no deed of
    /// the agent's.
    fn tree_is_there(&mut self) -> bool {
        let there = self.spec.tree.is_dir();
        if !there {
            let path = self.spec.tree.display();
            self.facts.setup_failed = Some(format!("the run's tree {path} is gone"));
        }
        there
    }

    /// What was handed on is there, and the checks alone are due.
    fn ask_nobody(&mut self, desk: &mut Desk<'_>) {
        self.facts.is_command = true;
        self.facts.end = Some(ProcessEnd::Exited(0));
        self.finished = Some(Finished {
            failure: None,
            answer: String::new(),
            answer_cut: false,
            session: None,
            usage: Usage {
                input: Some(0),
                output: Some(0),
                cost_micros: Some(0),
                ..Usage::default()
            },
            denials: Vec::new(),
            model: None,
        });
        let note = "the base moved: the checks were run again on the two together, and no agent \
                    was asked";
        desk.log.note(note.to_owned());
        desk.notes.push(note.to_owned());
    }

    fn run_command(&mut self, desk: &mut Desk<'_>, command: &crate::engine::plan::Command) {
        self.facts.is_command = true;
        let label = command.label();
        let step = desk.log.start(Step::Command, &label);
        let argv = match desk.argv(command) {
            Ok(argv) => argv,
            Err(why) => {
                desk.log.finish(step, false, why.clone());
                self.facts.refused = Some(why);
                return;
            }
        };
        let seconds = command
            .timeout_secs
            .min(self.spec.stage.limits.timeout_secs);
        let job = Job {
            argv,
            cwd: &self.spec.tree,
            roots: Some(desk.roots_with_caches(&self.spec.tree)),
            timeout: Duration::from_secs(seconds),
            keep: 0,
            raw: Some((
                desk.dir.join("raw.log"),
                self.spec.stage.limits.output_bytes,
            )),
        };
        match desk.run(&job) {
            Ok(ran) => {
                desk.log.finish(step, ran.ok(), ran.told());
                self.confined = ran.confined;
                self.sandbox = ran.sandbox;
                self.facts.why = Some(ran.why);
                self.facts.end = ran.end;
                if ran.end.is_none() {
                    self.facts.refused = Some(ran.tail.clone());
                }
                self.finished = Some(Finished {
                    failure: None,
                    answer: ran.tail,
                    answer_cut: false,
                    session: None,
                    usage: Usage::default(),
                    denials: Vec::new(),
                    model: None,
                });
            }
            Err(e) => {
                desk.log.finish(step, false, e.to_string());
                self.facts.refused = Some(format!("'{label}': {e}"));
            }
        }
    }

    /// Nothing that the attempt started may live on while its work is judged. Who was held to its
    /// end was swept after: this is for the others.
    fn sweep(&self, desk: &mut Desk<'_>) {
        if self.facts.end.is_some() {
            return;
        }
        let left = ground::sweep(&environ::tag(self.spec));
        if left > 0 {
            desk.notes
                .push(format!("{left} processes were left running, and ended"));
        }
    }

    fn guard(&mut self, desk: &mut Desk<'_>, (before, placed): &(Before, Placed)) {
        let step = desk.log.start(Step::Guard, "what was changed");
        let compared = before.compare(self.spec, desk.dir, self.confined, &placed.paths);
        without_secrets(desk, "guard.patch");
        match compared {
            Ok(after) => {
                let ok = self.facts.meddled.is_empty()
                    && after.tampering.is_empty()
                    && after.overreach.is_empty();
                let detail = format!(
                    "{} changed, {} taken back",
                    after.changes.len(),
                    after.taken_back.len()
                );
                desk.log.finish(step, ok, detail);
                self.facts.tampering.clone_from(&after.tampering);
                self.facts.overreach.clone_from(&after.overreach);
                desk.notes.extend(after.notes.iter().cloned());
                self.after = after;
            }
            Err(e) => {
                desk.log.finish(step, false, e.to_string());
                self.facts.guard_failed = Some(e.to_string());
            }
        }
    }

    /// Whether nobody came to do any work: then nothing can be missing from it either.
    fn nobody_worked(&self) -> bool {
        let failure = self.facts.failure.as_ref();
        self.facts.refused.is_some() || failure.is_some_and(|f| f.kind.is_fatal())
    }

    /// Reads what was produced and what was said.
    fn examine(&mut self, desk: &mut Desk<'_>, (before, _): &(Before, Placed)) {
        if self.nobody_worked() || self.facts.returned.is_some() {
            return;
        }
        let said = self
            .finished
            .as_ref()
            .map(|f| f.answer.clone())
            .unwrap_or_default();
        let answer_cut = self.finished.as_ref().is_some_and(|f| f.answer_cut);
        if answer_cut {
            desk.notes.push(artifacts::TOO_LONG.to_owned());
        }
        let mut malformed = Vec::new();
        let by_answer = agent::by_answer(self.spec);
        let guarded = self.facts.guard_failed.is_none();
        if guarded
            && artifacts::from_answer(self.spec, &by_answer, &said, answer_cut, &mut malformed)
            && let Err(e) = before.include(self.spec, &mut self.after)
        {
            self.facts.guard_failed = Some(e.to_string());
        }
        self.produced = artifacts::examine(self.spec, desk.dir, &by_answer);
        if let Err(e) = self.as_git_holds_them() {
            self.facts.guard_failed = Some(e.to_string());
        }
        malformed.append(&mut self.produced.malformed);
        for produce in &self.spec.stage.produces {
            let faults = malformed
                .iter()
                .filter(|f| {
                    f.place
                        .as_ref()
                        .is_some_and(|p| p.file == produce.path.as_str())
                })
                .count();
            let step = desk.log.start(Step::Contract, produce.path.as_str());
            desk.log
                .finish(step, faults == 0, crate::text::many(faults, "finding"));
        }
        self.facts.malformed = malformed;
        self.facts.verdict = self.produced.reviewed.as_ref().map(|r| r.verdict.clone());
        if !self.facts.is_command {
            self.hear(&said);
        }
        self.facts.secrets = self.secrets(desk);
    }

    /// Line endings and filters may make the file in git another than the one in the tree: what is
    /// handed on is the one in git.
    fn as_git_holds_them(&mut self) -> Result<(), crate::git::GitError> {
        let Some(tree) = &self.after.tree else {
            return Ok(());
        };
        let git = self.spec.git();
        for record in &mut self.produced.records {
            if let Some(bytes) = git.file_at(tree, record.path.as_str())? {
                record.digest = crate::terms::Digest::of(&bytes);
                record.bytes = bytes.len() as u64;
            }
        }
        Ok(())
    }

    /// Questions, a dispute, and whether anything was done at all.
    fn hear(&mut self, said: &str) {
        let artifacts: Vec<&str> = self
            .spec
            .stage
            .produces
            .iter()
            .map(|p| p.path.as_str())
            .collect();
        let mut changes = self.after.changes.iter();
        let changed = changes.any(|c| !artifacts.contains(&c.path.as_str()));
        let works = self.spec.stage.writes_beyond_artifacts();
        // A person who was told of a dispute may have said that all stays as it is.
        let settled = self.spec.answers.iter().any(|a| a.id == DISPUTE);
        let heard = review::hear(self.spec, said, self.after.tree.as_ref());
        let declined = review::all_declined(self.spec, &heard);
        self.facts.no_change = works && !changed && !settled && !declined;
        self.replies = heard.replies;
        self.facts.malformed.extend(heard.unanswered);
        self.questions = answer::questions(said);
        self.facts.dispute = answer::dispute(said);
        let blocking = self.questions.iter().find(|q| q.blocking);
        self.facts.question = blocking.map(|q| q.text.clone());
        let nothing = !self.produced.any && !changed;
        if nothing
            && self.facts.question.is_none()
            && self.facts.dispute.is_none()
            && let Some(text) = answer::asks_in_prose(said)
        {
            self.facts.question = Some(text.clone());
            self.questions.push(crate::stage::exit::Question {
                id: format!("Q{}", self.questions.len() + 1),
                blocking: true,
                text,
            });
        }
        if nothing && (self.facts.question.is_some() || self.facts.dispute.is_some()) {
            // Who asks or disputes before beginning owes no artifact yet: that none is there is no finding for
            // the next attempt to settle.
            self.facts.malformed.clear();
        }
    }

    /// Secrets in what would be handed on.
    fn secrets(&self, desk: &Desk<'_>) -> Vec<Finding> {
        use crate::stage::exit::ChangeKind;
        let changes = self.after.changes.iter();
        changes
            .filter(|c| c.kind != ChangeKind::Deleted)
            .filter_map(|change| {
                let file = self.spec.tree.join(&change.path);
                let meta = std::fs::symlink_metadata(&file).ok()?;
                if !meta.is_file() || meta.len() > LARGEST_SCANNED {
                    return None;
                }
                let now = std::fs::read(&file).ok()?;
                desk.log.redactor().finds(&now)?;
                // What the repository has shown all along is nothing that is given away now.
                let git = self.spec.git();
                let old = git.file_at(&self.spec.checkpoint, &change.path);
                let old = old.ok().flatten().unwrap_or_default();
                let line = desk.log.redactor().finds_beyond(&now, &old)?;
                Some(
                    Finding::new("guard/secret", "a secret stands in what would be handed on")
                        .at(Place::line(&change.path, line))
                        .remedy("remove it, and change the secret if it has left this machine"),
                )
            })
            .collect()
    }

    /// Runs the checks where everything else would pass.
    fn check(&mut self, desk: &mut Desk<'_>, (before, _): &(Before, Placed)) {
        let worth = matches!(
            decide(&self.facts).0,
            Outcome::Passed | Outcome::Failed | Outcome::Replan
        );
        let Some(tree) = self.after.tree.clone().filter(|_| worth) else {
            return;
        };
        if self.spec.stage.checks.is_empty() {
            return;
        }
        let ran = before
            .loose_commit(self.spec, &tree)
            .map_err(|e| e.to_string())
            .and_then(|commit| checks::run(desk, &tree, &commit, &self.spec.base));
        match ran {
            Ok(results) => self.facts.checks = results,
            Err(why) => self.facts.checks_failed = Some(why),
        }
        if let Some(why) = order_of(desk) {
            self.facts.why = Some(why);
        }
        for failed in self.facts.checks.iter().filter(|c| !c.passed()) {
            let last = failed.tail.lines().rev().find(|l| !l.trim().is_empty());
            let why = match &failed.baseline {
                Some(baseline) => format!(": {}", baseline.told()),
                None if !failed.failing.is_empty() => {
                    let many = crate::text::many(failed.failing.count, "test");
                    format!(": {many}: {}", failed.failing.told(5))
                }
                None => last.map(|l| format!(": {l}")).unwrap_or_default(),
            };
            let text = format!("the check '{}' failed{why}", failed.command);
            let remedy = match &failed.baseline {
                Some(baseline) if baseline.unknown.is_none() => "mend what is new",
                _ => "make it exit 0",
            };
            self.findings.push(
                Finding::new("check/failed", text)
                    .section(failed.command.clone())
                    .remedy(remedy),
            );
        }
    }

    /// In place an artifact that was there and is gone goes back to where it was.
    fn give_back(&self, desk: &mut Desk<'_>) {
        if self.spec.is_in_place()
            && let Err(why) = artifacts::give_back(self.spec, desk.dir)
        {
            desk.notes.push(why);
        }
    }

    /// Work that is not handed on is kept as a patch.
    fn keep_work(&mut self, desk: &mut Desk<'_>, (before, _): &(Before, Placed)) {
        let Some(tree) = &self.after.tree else { return };
        if decide(&self.facts).0 == Outcome::Passed || tree == before.base() {
            return;
        }
        let file = desk.dir.join("partial.patch");
        if let Err(e) = before.patch(tree, &[], &file, &mut desk.notes) {
            desk.notes.push(format!(
                "the unfinished work could not be kept as a patch: {e}"
            ));
        }
        without_secrets(desk, "partial.patch");
    }
}

/// Takes the secrets out of a patch that is kept: it can still be applied, with a mark in the place
/// of each. One that can't be looked through is not kept.
fn without_secrets(desk: &mut Desk<'_>, name: &str) {
    let file = desk.dir.join(name);
    let patch = match std::fs::read(&file) {
        Ok(patch) => patch,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
        Err(e) => {
            let _ = std::fs::remove_file(&file);
            desk.notes.push(format!("{name} is not kept: {e}"));
            return;
        }
    };
    let clean = desk.log.redactor().bytes(&patch);
    if clean == patch {
        return;
    }
    let note = match ground::put(&file, &clean, 0o600) {
        Ok(()) => format!("{name} holds {MARK} where a secret stood"),
        Err(e) => {
            let _ = std::fs::remove_file(&file);
            format!("{name} held a secret and is not kept: {e}")
        }
    };
    desk.notes.push(note);
}

fn order_of(desk: &Desk<'_>) -> Option<Why> {
    ordered(&desk.dir.join("order")).map(|order| match order {
        Order::Pause => Why::Paused,
        Order::Cancel => Why::Cancelled,
    })
}
