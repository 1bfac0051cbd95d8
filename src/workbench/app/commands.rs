//! A person's own commands: which can be had now and why not, with which values, and what came of them.

use super::desk::{Ask, Deed};
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, View};
use crate::records::board::Entry;
use crate::records::papers::Paper;
use crate::terms::review::Side;
use crate::text::{SafeText, many, took, truncate};
use crate::workbench::commands::{PLACEHOLDERS, Placeholder, UserCommand, quoted};
use jiff::{SignedDuration, Timestamp};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};

/// The most columns of a name in the footer, the top line and a message.
pub const SHORT: usize = 24;
/// For how long after it came up nothing takes it away what went wrong.
const GRACE: SignedDuration = SignedDuration::from_millis(425);
/// The variable that holds the project's name, as for `on:`.
const PROJECT: &str = "HARNESS_PROJECT";

/// A command with its values, as it is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    /// Its number among all that were ordered here.
    pub id: u64,
    /// Its name.
    pub name: SafeText,
    /// The program and its arguments.
    pub words: Vec<String>,
    /// What its environment says of the screen; `None`: nothing, whatever ours says.
    pub variables: Vec<(&'static str, Option<String>)>,
    /// The folder that it runs in, and no other.
    pub dir: PathBuf,
    /// Whether that is the run's tree; else it is the checkout.
    pub in_tree: bool,
    /// Whether it gets the terminal.
    pub terminal: bool,
    /// Whether its end is waited for.
    pub wait: bool,
}

impl Ordered {
    /// Its words as they would be written for a shell.
    pub fn written(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|w| quoted(w)).collect();
        words.join(" ")
    }
}

/// Something came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: SafeText,
    /// What.
    pub came: Came,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was started.
    Started,
    /// It ended well, or what it does from now on is its own affair.
    Ended,
    /// It was not started, or ended otherwise.
    Failed(Failure),
}

/// How a command failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its words.
    pub written: String,
    /// Where it ran.
    pub dir: PathBuf,
    /// What went wrong.
    pub why: String,
    /// The end of what it said.
    pub said: Vec<SafeText>,
    /// What there is to know about that.
    pub note: Option<String>,
}

impl Failure {
    /// It in lines, each with the word that leads it.
    fn lines(self) -> Vec<(String, String)> {
        let line = |word: &str, text: String| (word.to_owned(), text);
        let mut lines = vec![
            line("what", self.why),
            line("run", self.written),
            line("in", self.dir.display().to_string()),
        ];
        for (n, said) in self.said.into_iter().enumerate() {
            lines.push(line(if n == 0 { "said" } else { "" }, said.into_string()));
        }
        lines.extend(self.note.map(|note| line("", note)));
        lines
    }
}

/// A command that is at work.
#[derive(Debug, Clone, PartialEq, Eq)]
struct AtWork {
    id: u64,
    /// Which of the keymap's.
    n: usize,
    name: SafeText,
    since: Timestamp,
    /// Whether its end is waited for.
    waits: bool,
    started: bool,
    /// Whether it was told to end.
    ends: bool,
}

/// What is known of the commands that were run.
#[derive(Debug, Clone, Default)]
pub struct Commands {
    /// How many were ordered.
    count: u64,
    at_work: Vec<AtWork>,
    /// What went wrong and was not shown yet, at most one of each command.
    failed: VecDeque<(SafeText, Failure)>,
    /// When the newest of that was shown.
    shown: Option<Timestamp>,
}

impl App {
    /// A command of the keymap's.
    pub fn command(&self, n: usize) -> Option<&UserCommand> {
        self.keymap.commands().get(n)
    }

    /// Whether a command can be had now, and why not.
    pub fn may_command(&self, n: usize) -> Result<(), String> {
        let command = self.command(n).ok_or("it is no longer there")?;
        if !command.works_in(self.view.scope()) {
            return Err(format!("works {}", command.place()));
        }
        if self.is_at_work(n).is_some() {
            return Ok(());
        }
        self.folder()?;
        command.filled(&|one| self.value(one)).map(drop)
    }

    /// The word for a command where there is little room; one at work can be ended.
    pub fn command_word(&self, n: usize) -> String {
        let name = self.command(n).map_or("", |c| c.name.as_str());
        let name = truncate(name, SHORT);
        match self.is_at_work(n) {
            Some(_) => format!("end {name}"),
            None => name,
        }
    }

    /// The commands whose keys do something here.
    pub fn commands_here(&self) -> impl Iterator<Item = (usize, String)> {
        let all = self.keymap.commands().iter().enumerate();
        let all = all.filter_map(|(n, command)| Some((n, command.key?.to_string())));
        all.filter(|(n, _)| self.may_command(*n).is_ok())
    }

    /// Which commands are at work that are waited for, for the top line.
    pub fn commands_at_work(&self) -> Option<String> {
        let mut waited = self.commands.at_work.iter().filter(|w| w.waits);
        let first = waited.next()?;
        Some(match waited.count() {
            0 => format!("{}…", truncate(&first.name, SHORT)),
            more => format!("{}…", many(more + 1, "command")),
        })
    }

    /// Whether one was ordered that nobody knows to be started, or one is at work that is waited for.
    pub fn awaits_command(&self, to_its_end: bool) -> bool {
        let mut all = self.commands.at_work.iter();
        all.any(|w| !w.started || (to_its_end && w.waits))
    }

    /// Runs a command, after a question where it wants one; one that is at work is asked about.
    pub fn run_command(&mut self, n: usize, effects: &mut Vec<Effect>) {
        let Some(command) = self.command(n).cloned() else {
            return;
        };
        if let Err(why) = self.may_command(n) {
            return self.say(format!("{}: {why}", truncate(&command.name, SHORT)), true);
        }
        if let Some(at_work) = self.is_at_work(n) {
            let ask = ask_end(at_work, self.now);
            return self.overlays.push(Overlay::Ask(Box::new(ask)));
        }
        let words = command.filled(&|one| self.value(one));
        let (Ok(words), Ok(folder)) = (words, self.folder()) else {
            return;
        };
        let ordered = Box::new(self.ordered(&command, words, folder));
        let deed = Deed::Command(n, ordered);
        if command.confirm {
            let ask = ask_run(deed);
            self.overlays.push(Overlay::Ask(Box::new(ask)));
        } else {
            self.begin(deed, effects);
        }
    }

    /// The same where there are words in place of keys.
    pub fn runs_command(&mut self, now: Timestamp, n: usize) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        self.run_command(n, &mut effects);
        self.settle(&mut effects);
        effects
    }

    /// Has it started.
    pub(super) fn order_command(
        &mut self,
        n: usize,
        ordered: Box<Ordered>,
        effects: &mut Vec<Effect>,
    ) {
        // Between a question and its answer it may have been ordered by another key.
        if self.is_at_work(n).is_some() {
            return self.say(format!("{}: it is at work", ordered.name), true);
        }
        self.commands.at_work.push(AtWork {
            id: ordered.id,
            n,
            name: ordered.name.clone(),
            since: self.now,
            waits: ordered.wait && !ordered.terminal,
            started: false,
            ends: false,
        });
        effects.push(if ordered.terminal {
            Effect::InTerminal(ordered)
        } else {
            Effect::StartCommand(ordered)
        });
    }

    /// Has one that is at work ended, the second time at once.
    pub(super) fn end_command(&mut self, id: u64, effects: &mut Vec<Effect>) {
        let mut at_work = self.commands.at_work.iter_mut();
        let Some(at_work) = at_work.find(|w| w.id == id) else {
            return;
        };
        let at_once = std::mem::replace(&mut at_work.ends, true);
        effects.push(Effect::EndCommand { id, at_once });
    }

    /// Something came of a command.
    pub(super) fn command_came(&mut self, told: Told) {
        let name = truncate(&told.name, SHORT);
        let at = { self.commands.at_work.iter() }.position(|w| w.id == told.id);
        match told.came {
            Came::Started => {
                if let Some(at_work) = at.and_then(|at| self.commands.at_work.get_mut(at)) {
                    at_work.started = true;
                    let said = if at_work.waits { "at work" } else { "started" };
                    self.say(format!("{name}: {said}"), false);
                }
                self.commands.at_work.retain(|w| w.waits || !w.started);
            }
            Came::Ended => {
                let at_work = at.map(|at| self.commands.at_work.remove(at));
                let Some(at_work) = at_work.filter(|w| w.waits) else {
                    return;
                };
                let ms = self.now.duration_since(at_work.since).as_millis();
                let ms = u64::try_from(ms).unwrap_or(0);
                self.say(format!("{name}: done, {}", took(ms)), false);
            }
            Came::Failed(failure) => {
                let ended = at.map(|at| self.commands.at_work.remove(at));
                if ended.is_some_and(|w| w.ends) {
                    return self.say(format!("{name}: {}", failure.why), false);
                }
                self.commands
                    .failed
                    .retain(|(other, _)| *other != told.name);
                self.commands.failed.push_back((told.name, failure));
            }
        }
    }

    /// Shows what went wrong with a command, as soon as a person has nothing else in hand.
    pub(super) fn show_failed_command(&mut self) {
        if !self.overlays.is_empty() || self.dialogue.writing.is_some() {
            return;
        }
        let Some((name, failure)) = self.commands.failed.pop_front() else {
            return;
        };
        self.commands.shown = Some(self.now);
        self.overlays.push(Overlay::Lines {
            title: format!("{name}: it failed"),
            lines: failure.lines(),
            top: 0,
        });
    }

    /// Whether what went wrong has just come up, under a hand that was about to press something else.
    pub(super) fn command_just_shown(&self) -> bool {
        let fresh = |at| self.now.duration_since(at) < GRACE;
        matches!(self.overlays.last(), Some(Overlay::Lines { .. }))
            && self.commands.shown.is_some_and(fresh)
    }

    fn is_at_work(&self, n: usize) -> Option<&AtWork> {
        let mut all = self.commands.at_work.iter();
        all.find(|w| w.n == n && w.waits)
    }

    /// Where a command runs now, and whether that is the tree of a run: where one is chosen that can
    /// have one, never elsewhere.
    fn folder(&self) -> Result<(PathBuf, bool), String> {
        let home = || self.board.home.clone();
        let Some(card) = self.target_card() else {
            return Ok((home(), false));
        };
        let Some(view) = &card.view else {
            // Of one that has landed the backlog knows no tree: the task is in the checkout.
            return match &card.landed {
                Some(_) => Ok((home(), false)),
                None => Err("the run is being read".to_owned()),
            };
        };
        let order = &view.order;
        let own = order.tree != order.home;
        if own && !view.run.prepared {
            return Err("the run has no tree yet".to_owned());
        }
        Ok((order.tree.clone(), own))
    }

    fn ordered(
        &mut self,
        command: &UserCommand,
        words: Vec<String>,
        (dir, in_tree): (PathBuf, bool),
    ) -> Ordered {
        self.commands.count += 1;
        let variable = |(one, _, variable, _): &(Placeholder, _, &'static str, _)| {
            (*variable, self.value(*one).ok())
        };
        let mut variables: Vec<_> = PLACEHOLDERS.iter().map(variable).collect();
        let project = Some(self.board.project.clone());
        variables.push((PROJECT, project.filter(|name| !name.is_empty())));
        Ordered {
            id: self.commands.count,
            name: command.name.clone(),
            words,
            variables,
            dir,
            in_tree,
            terminal: command.terminal,
            wait: command.wait,
        }
    }

    /// A value of the screen, or why there is none now.
    fn value(&self, one: Placeholder) -> Result<String, String> {
        let run = || self.target().ok_or_else(|| self.no_target());
        match one {
            Placeholder::Run => {
                let card = self.target_card().ok_or("no run is chosen")?;
                Ok(card.run.to_string())
            }
            Placeholder::Task => {
                let of_run = self.target().and_then(|view| view.task());
                let of_entry = || Some(&self.entry()?.task.as_ref()?.id);
                let talked = || Some(&self.dialogue.shown.as_ref()?.id);
                let talked = || talked().filter(|_| self.view == View::Dialogue);
                let task = of_run.or_else(of_entry).or_else(talked);
                Ok(task.ok_or("no task is chosen")?.to_string())
            }
            Placeholder::Tree => as_text(&run()?.order.tree),
            Placeholder::Branch => {
                let order = &run()?.order;
                if order.in_place.is_some() || order.private.is_some() {
                    return Err("the run has no branch".to_owned());
                }
                Ok(order.branch.clone())
            }
            Placeholder::Base => {
                let view = run()?;
                Ok(view
                    .run
                    .base
                    .as_ref()
                    .unwrap_or(&view.order.base)
                    .to_string())
            }
            Placeholder::Stage => {
                let view = run()?;
                if self.view != View::Pipeline {
                    return Err("a stage is chosen in the pipeline".to_owned());
                }
                let stage = self.run.stage_of(view).ok_or("no stage is chosen")?;
                Ok(stage.to_string())
            }
            Placeholder::Attempt => {
                let view = run()?;
                if self.view != View::Pipeline {
                    return Err("an attempt is chosen in the pipeline".to_owned());
                }
                let at = self.run.attempt_at(view);
                let attempt = at.and_then(|at| self.run.attempts(view).get(at));
                let attempt = attempt.ok_or("no attempt of the stage began yet")?;
                Ok(attempt.public.to_string())
            }
            Placeholder::Path => as_text(&self.place()?.0),
            Placeholder::Line => self.place()?.1.map(|line| line.to_string()),
            Placeholder::Project if self.read_at.is_none() => Err("it is being read".to_owned()),
            Placeholder::Project => as_text(&self.board.home),
        }
    }

    /// The file that a person is at, and the line in it, or why there is none.
    fn place(&self) -> Result<(PathBuf, Result<usize, String>), String> {
        let no_line = |why: &str| Err(why.to_owned());
        match self.view {
            View::Backlog | View::Dialogue => {
                let task = self.entry().and_then(|entry: &Entry| entry.task.as_ref());
                let task = task.ok_or("it has no task file yet")?;
                let path = self.board.root_of(&task.path).join(&task.path);
                Ok((path, no_line("a line is chosen among the documents")))
            }
            View::Pipeline => {
                let view = self.target().ok_or_else(|| self.no_target())?;
                let record = view.run.stages.get(self.run.stage.at);
                let artifact = record.and_then(|r| r.artifacts.first());
                let artifact = artifact.ok_or("the chosen stage has no document yet")?;
                let path = view.order.tree.join(artifact.path.as_str());
                Ok((path, no_line("a line is chosen among the documents")))
            }
            View::Artifacts => {
                let tree = &self.target().ok_or_else(|| self.no_target())?.order.tree;
                let leaf = self.run.shelf.leaf().ok_or("no page is open")?;
                if let Some(spot) = leaf.spot() {
                    let line = match (spot.side, spot.lines) {
                        (Side::New, Some(lines)) => Ok(lines.first as usize),
                        (Side::Old, _) => no_line("this line is not there any more"),
                        (Side::New, None) => no_line("this row is no line of a file"),
                    };
                    return Ok((tree.join(spot.path), line));
                }
                if matches!(leaf.paper, Paper::Change | Paper::Since)
                    && let Some(path) = leaf.path_here()
                {
                    return Ok((tree.join(path), no_line("this row is no line of a file")));
                }
                let file = self.leaf_file();
                let (path, line) = file.ok_or("this page is no file of the run's tree")?;
                let line = line.ok_or_else(|| "this row is no line of a file".to_owned());
                Ok((tree.join(path), line))
            }
        }
    }
}

fn as_text(path: &Path) -> Result<String, String> {
    let text = path.to_str().filter(|text| !text.is_empty());
    let text = text.ok_or("the name of its folder is no text (UTF-8)")?;
    Ok(text.to_owned())
}

/// The question whether it is to be run: with the very words.
fn ask_run(deed: Deed) -> Ask {
    let mut lines = Vec::new();
    let mut title = String::new();
    if let Deed::Command(_, ordered) = &deed {
        title = format!("Run {}?", ordered.name);
        for (n, word) in ordered.words.iter().enumerate() {
            let lead = if n == 0 { "run" } else { "" };
            lines.push((lead.to_owned(), quoted(word)));
        }
        lines.push(("in".to_owned(), ordered.dir.display().to_string()));
        if ordered.terminal {
            lines.push((String::new(), "in your terminal".to_owned()));
        }
    }
    Ask {
        title,
        lines,
        top: 0,
        deed,
        yes: "run it",
        light: true,
        others: Vec::new(),
    }
}

/// The question whether one that is at work is to be ended.
fn ask_end(at_work: &AtWork, now: Timestamp) -> Ask {
    let ms = now.duration_since(at_work.since).as_millis();
    let since = took(u64::try_from(ms).unwrap_or(0));
    let how = if at_work.ends {
        "it was told to end and did not: now it is killed, with all that it started in its group"
    } else {
        "it is told to end, with all that it started in its group"
    };
    Ask {
        title: format!("End {}?", at_work.name),
        lines: vec![
            ("at work".to_owned(), since),
            ("then".to_owned(), how.to_owned()),
        ],
        top: 0,
        deed: Deed::EndCommand(at_work.id),
        yes: "end it",
        light: false,
        others: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
