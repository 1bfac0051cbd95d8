//! What the agents of a run would be told, out of what is there now: before a run is started, or
//! before stages of one are done again. What only a stage will write is said by that stage's name.

use crate::engine::Run;
use crate::engine::plan::{Context, Stage};
use crate::git::{Git, GitError, private};
use crate::stage::prompt::preview::{self, Preview};
use crate::stage::prompt::{self, ITEM_BYTES, PromptFault};
use crate::store::inside::{ReadError, read_inside};
use crate::store::roots::Roots;
use crate::supervisor::attempts::Told;
use crate::terms::{Oid, RepoPath, RunId, StageId};

/// Where the stages that would run start from.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The run's id, or the one that it would have.
    pub id: &'a RunId,
    /// The run as it would be when the order was taken up.
    pub run: &'a Run,
    /// The checkout, and where the task is read.
    pub roots: Roots<'a>,
    /// The commit that the run started from.
    pub base: &'a Oid,
    /// The commit that the stages start from.
    pub at: &'a Oid,
    /// The stages that would run.
    pub again: &'a [StageId],
}

type Item = (String, String);

impl Standing<'_> {
    /// What the stage's agent would be told; `None`: it has none.
    pub fn prompt(&self, stage: &Stage) -> Option<String> {
        let record = self.run.record(&stage.id)?;
        let told = Told::of(self.run, &stage.id, record.next);
        let items = stage.context.iter();
        let items = items
            .flat_map(|item| self.items(stage, item, &told))
            .collect();
        preview::text(&Preview {
            plan: &self.run.plan,
            stage,
            run: self.id,
            attempt: record.next_attempt(),
            before: u32::try_from(record.attempts.len()).unwrap_or(u32::MAX - 1),
            kind: told.kind,
            harness: self.roots.harness,
            at: self.at,
            findings: told.findings,
            comments: told.comments,
            answers: told.answers,
            checks: told.checks,
            instructions: self.instructions(stage),
            items,
        })
    }

    /// Looking runs nothing that the repository's own configuration names.
    fn git(&self) -> Git {
        Git::new(self.roots.home).careful()
    }

    fn instructions(&self, stage: &Stage) -> Vec<Item> {
        let paths = stage.profile.instructions.iter();
        let read = |path: &RepoPath| match read_inside(self.roots.of(path), path, ITEM_BYTES as u64)
        {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(ReadError::Missing { .. }) => None,
            Err(e) => Some(format!("‹{e}›")),
        };
        paths
            .filter_map(|path| Some((path.to_string(), read(path)?)))
            .collect()
    }

    /// An item of a stage's context, as it is now.
    fn items(&self, stage: &Stage, item: &Context, told: &Told) -> Vec<Item> {
        let one = |name: &str, text| vec![(name.to_owned(), text)];
        match item {
            Context::Task => self.task().into_iter().collect(),
            // They stand among the fixed parts, whether asked for or not.
            Context::Findings => Vec::new(),
            Context::Checks => {
                let text = prompt::checks_text(&told.checks);
                let there = (!told.checks.is_empty()).then_some(text.clone());
                let by = self.above(stage, |s| !s.checks.is_empty());
                one("checks", told_of(&by, "made", there).unwrap_or(text))
            }
            Context::Artifact(name) => self.artifact(name).into_iter().collect(),
            Context::Files(glob) => self.files(stage, glob),
            Context::Command(command) => {
                let name = format!("output of: {}", command.label().replace('\n', " "));
                let text = "‹its output; it is run when the stage starts, and not now›";
                one(&name, text.to_owned())
            }
            Context::DiffBase => {
                let name = prompt::DIFF_NAME;
                let git = self.git();
                let without = self.roots.harness.as_str();
                let fitted = prompt::fitted_diff(&git, self.base, self.at, "HEAD", without);
                let text = fitted.map_or_else(|e| fault(name, &e), |fitted| fitted.text);
                let by = self.above(stage, Stage::writes_beyond_artifacts);
                let there = (!text.trim().is_empty()).then_some(text.clone());
                one(name, told_of(&by, "written", there).unwrap_or(text))
            }
            Context::Log(n) => {
                let name = prompt::log_name(*n);
                let text = prompt::log_text(&self.git(), self.at, *n);
                let text = text.unwrap_or_else(|e| fault(&name, &e));
                let by = self.above(stage, |_| true);
                let more = if by.is_empty() {
                    String::new()
                } else {
                    format!("‹on top, what is committed by {}›\n", named(&by))
                };
                one(&name, format!("{more}{text}"))
            }
        }
    }

    fn task(&self) -> Option<Item> {
        let path = &self.run.plan.task.as_ref()?.path;
        let text = match read_inside(self.roots.of(path), path, ITEM_BYTES as u64) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) => format!("‹{e}›"),
        };
        Some((path.to_string(), text))
    }

    fn artifact(&self, name: &str) -> Option<Item> {
        let (maker, produce) = self.run.plan.producer(name)?;
        let there = self.file(&produce.path);
        let mut by = vec![&maker.id];
        by.retain(|id| self.again.contains(id));
        let missing = || format!("‹it is not there, and stage {} is left out›", maker.id);
        let text = match told_of(&by, "written", there.clone()) {
            Some(text) => text,
            None => there.unwrap_or_else(missing),
        };
        Some((produce.path.to_string(), text))
    }

    fn files(&self, stage: &Stage, glob: &str) -> Vec<Item> {
        if self.at.as_str() == private::FIRST {
            let told = "‹what matches in this folder when the run starts; there is no git›";
            return vec![(glob.to_owned(), told.to_owned())];
        }
        let paths = match prompt::files_at(&self.git(), self.at, glob) {
            Ok(paths) => paths,
            Err(e) => return vec![(glob.to_owned(), format!("‹{e}›"))],
        };
        let found = paths
            .iter()
            .filter_map(|path| Some((path.to_string(), Ok(self.file(path)?))))
            .collect();
        let (mut items, left) = prompt::fitted_files(glob, found);
        let names_one =
            matches!(items.as_slice(), [(name, _)] if name == glob.trim_start_matches('/'));
        let mut notes = Vec::new();
        let by = self.above(stage, Stage::writes_beyond_artifacts);
        if !by.is_empty() {
            let they = if names_one {
                "it is now; it"
            } else {
                "they are now; they"
            };
            notes.push(format!("‹as {they} may be changed by {}›", named(&by)));
        }
        if self.at == self.base && self.roots.is_private(glob.trim_start_matches('/')) {
            notes.push("‹what matches in the private harness when the run starts›".to_owned());
        }
        notes.extend(left.map(|left| left.text));
        match items.as_mut_slice() {
            // Where it names one file, what is said of it stands above its text.
            [(_, text)] if names_one => {
                notes.push(std::mem::take(text));
                *text = notes.join("\n");
            }
            _ => {
                let notes = notes.into_iter().map(|text| (glob.to_owned(), text));
                items.splice(0..0, notes);
            }
        }
        items
    }

    /// The stages above this one that would run before it, and of which this holds.
    fn above(&self, stage: &Stage, holds: impl Fn(&Stage) -> bool) -> Vec<&StageId> {
        let plan = &self.run.plan;
        let above = plan.above(&stage.id);
        let stages = plan.stages.iter().filter(|s| above.contains(&s.id));
        stages
            .filter(|s| self.again.contains(&s.id) && holds(s))
            .map(|s| &s.id)
            .collect()
    }

    /// A file as the commit holds it; what is wrong with it in its place, where it can't be shown.
    fn file(&self, path: &RepoPath) -> Option<String> {
        let item = || path.to_string();
        if self.roots.is_private(path.as_str()) && self.at == self.base {
            // It is laid into the tree as it lies when the run begins.
            let bytes = read_inside(self.roots.of(path), path, ITEM_BYTES as u64).ok();
            return bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
        }
        if self.at.as_str() == private::FIRST {
            let bytes = read_inside(self.roots.of(path), path, ITEM_BYTES as u64).ok();
            return bytes.map(|b| String::from_utf8_lossy(&b).into_owned());
        }
        match self.git().file_at(self.at, path.as_str()) {
            Ok(Some(bytes)) if bytes.len() > ITEM_BYTES => {
                Some(format!("‹{}›", PromptFault::TooLarge { item: item() }))
            }
            Ok(bytes) => bytes.map(|b| String::from_utf8_lossy(&b).into_owned()),
            Err(e) => Some(fault(&item(), &e)),
        }
    }
}

/// What stands for something that stages make before it is read: their names, and what is there
/// now. `None`: nobody makes it, and what is there is what will be read.
fn told_of(by: &[&StageId], how: &str, there: Option<String>) -> Option<String> {
    if by.is_empty() {
        return None;
    }
    let by = named(by);
    Some(match there {
        None => format!("‹{how} by {by}›"),
        Some(text) => format!("‹{how} anew by {by}; it is now:›\n{text}"),
    })
}

fn named(stages: &[&StageId]) -> String {
    let names: Vec<&str> = stages.iter().map(|s| s.as_str()).collect();
    let word = if names.len() == 1 { "stage" } else { "stages" };
    format!("{word} {}", names.join(", "))
}

fn fault(item: &str, error: &GitError) -> String {
    let item = item.to_owned();
    match error {
        GitError::TooMuch { .. } => format!("‹{}›", PromptFault::TooLarge { item }),
        e => {
            let why = e.to_string();
            format!("‹{}›", PromptFault::Missing { item, why })
        }
    }
}
