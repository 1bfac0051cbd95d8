//! The first page of a gate: everything that a person decides on, in one look. The screen and the
//! command line show the same.

use super::comments::Commented;
use super::{Held, faults, held, in_question};
use crate::engine::record::{AttemptRecord, StageRecord};
use crate::engine::{GateSide, Run};
use crate::git::Git;
use crate::records::change::{self, Change, Changes};
use crate::records::checked;
use crate::records::papers::{Line, Paper};
use crate::records::runs::RunView;
use crate::render::{Look, Row};
use crate::terms::evidence::{ArtifactRecord, CheckResult};
use crate::terms::usage::Total;
use crate::terms::verdict::Met;
use crate::terms::{AttemptId, CriterionId, Digest, Oid, PublicId, StageId};
use crate::text::{self, Role, ago, many, older_at, pad, truncate, width, wrap};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The columns of the word that leads a part of the page.
const WORD: usize = 10;
/// The most columns of a directory's path.
const PATH: usize = 34;

/// A criterion as the latest verdict has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The criterion.
    pub id: CriterionId,
    /// What it asks for.
    pub text: String,
    /// The judgement; `None`: none yet.
    pub met: Option<Met>,
    /// What the judgement rests on.
    pub evidence: String,
}

/// A check as it stands to the tree that would be approved.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Its evidence.
    pub result: CheckResult,
    /// The attempt that ran it.
    pub attempt: Option<AttemptId>,
    /// The hand-off it belongs to.
    pub commit: Option<Oid>,
    /// When its attempt was done.
    pub at: Option<Timestamp>,
    /// How many files of the code changed since; `None`: not known.
    pub since: Option<usize>,
}

impl Checked {
    /// What it ran on, and how long ago that was.
    pub fn place(&self, now: Timestamp) -> String {
        let place = match &self.commit {
            Some(commit) => format!("commit {}", commit.short()),
            None => format!("tree {}", self.result.tree.short()),
        };
        let age = self.at.map(|at| format!(", {}", since(at, now)));
        place + &age.unwrap_or_default()
    }
}

/// What a gate asks, and what it is decided on.
#[derive(Debug, Clone, PartialEq)]
pub struct GatePage {
    /// Whose gate.
    pub stage: StageId,
    /// What people call it.
    pub name: String,
    /// On which side.
    pub side: GateSide,
    /// What an approval is given on.
    pub evidence: Digest,
    /// The question.
    pub question: String,
    /// The attempt whose result is asked about.
    pub attempt: Option<PublicId>,
    /// The task's criteria.
    pub criteria: Vec<Judged>,
    /// The artifacts that it is about.
    pub artifacts: Vec<ArtifactRecord>,
    /// What is wrong with them.
    pub faults: Vec<String>,
    /// What the run changed, or why that is not known.
    pub change: Result<Arc<Change>, String>,
    /// The checks.
    pub checks: Vec<Checked>,
    /// What people said of lines of it, and what became of that.
    pub commented: Commented,
    /// When the evidence was made.
    pub made: Option<Timestamp>,
    /// That the run's base branch has moved on or was rewritten, and what to do, in one line.
    pub moved: Option<String>,
    /// Who else is at work on the run's paths, a line each.
    pub also: Vec<String>,
    /// Why nothing may be approved now.
    pub held: Option<Held>,
    /// What the run used.
    pub total: Total,
    /// The attempts that were a person's, with who that was.
    pub by_hand: Vec<String>,
    /// Milliseconds of all its attempts.
    pub took_ms: u64,
}

/// The gate that asks: whose, on which side, and what an approval would be given on.
pub fn asking(run: &Run) -> Option<(StageId, GateSide, Digest)> {
    let record = run.stages.iter().find(|s| s.asking.is_some())?;
    let side = record.asking?;
    Some((record.id.clone(), side, run.evidence(&record.id, side)))
}

impl GatePage {
    /// Reads what a gate of the run is decided on.
    pub fn read(view: &RunView, stage: &StageId, side: GateSide, changes: &mut Changes) -> Self {
        let run = &view.run;
        let about = about(run, stage, side);
        let attempts = about.iter().filter_map(|s| Some((*s, ended(s)?)));
        let made = attempts.map(|(_, at)| at).max();
        let change = changes.of(view);
        let beside = view.beside();
        let held = match held(view) {
            Ok(held) => held,
            Err(e) => Some(Held {
                told: format!("it can't be told whether this is what is there: {e}"),
                asks_anew: false,
            }),
        };
        Self {
            stage: stage.clone(),
            name: name_of(run, stage),
            by_hand: { about.iter() }
                .flat_map(|r| &r.attempts)
                .filter_map(|a| {
                    let result = a.result.as_ref()?;
                    Some(format!(
                        "{} {} {}",
                        a.public,
                        result.outcome.said(),
                        a.with()?
                    ))
                })
                .collect(),
            side,
            evidence: run.evidence(stage, side),
            question: question(run, stage, side),
            attempt: match side {
                GateSide::Before => None,
                GateSide::After => run
                    .record(stage)
                    .and_then(|r| Some(r.current_attempt()?.public.clone())),
            },
            criteria: criteria(run, &about),
            artifacts: in_question(run, stage, side).into_iter().cloned().collect(),
            faults: faults(view, Some(stage)),
            change,
            checks: checks(view, &about),
            commented: Commented::read(view),
            made,
            also: beside.lines(),
            moved: beside.moved.map(|m| match m.withdrawn {
                0 => format!("{}; refresh takes it in", m.told()),
                _ => format!("{}; a new run would be built on what it is now", m.told()),
            }),
            held,
            total: run.total(),
            took_ms: run.stages.iter().map(|s| s.took_ms).sum(),
        }
    }

    /// When an age that the page tells is no longer true; `None`: it tells none.
    pub fn true_until(&self, now: Timestamp) -> Option<Timestamp> {
        let checks = self.checks.iter().filter_map(|c| c.at);
        let told = self.made.into_iter().chain(checks);
        told.filter_map(|at| older_at(at, now)).min()
    }

    /// The page in this many columns. Where there are more rows than `height`, what is least urgent
    /// is told in sum: what is not met, what went wrong and what is called out stays.
    pub fn rows(&self, columns: usize, height: usize, now: Timestamp) -> Vec<Line> {
        // In full only where that pushes nothing off the screen that is read below it.
        let below = self.documents().len() + 1;
        let mut page = self.body(columns, WHOLE, now);
        if page.len() + below <= height {
            return page;
        }
        for fit in FITS {
            page = self.body(columns, fit, now);
            if page.len() <= height {
                break;
            }
        }
        page
    }

    /// What can be read about it: the artifacts, the change, the report.
    pub fn documents(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        let paths = self.artifacts.iter().map(|a| width(&a.path.to_string()));
        let column = paths.max().unwrap_or(0);
        for (n, artifact) in self.artifacts.iter().enumerate() {
            let path = artifact.path.to_string();
            let row = lead(if n == 0 { "artifacts" } else { "" })
                .with(Look::Link, &path)
                .with(Look::Plain, pad("", column + 2 - width(&path)))
                .with(Look::Role(Role::Quiet), artifact.digest.short());
            lines.push(Line::to(row, Paper::File(path)));
        }
        for fault in &self.faults {
            lines.push(Line::of(lead("").with(Look::Role(Role::Bad), fault)));
        }
        if let Ok(change) = &self.change
            && !change.files.is_empty()
        {
            let diff = format!("git diff {}..{}", change.base.short(), change.head.short());
            let row = lead("changes").with(Look::Link, diff);
            lines.push(Line::to(row, Paper::Change));
        }
        lines
    }

    fn body(&self, columns: usize, fit: Fit, now: Timestamp) -> Vec<Line> {
        let parts = [
            self.asked(columns),
            self.commented
                .review_rows(columns, (fit.comments, fit.whole)),
            self.criteria_rows(columns, fit),
            self.change_rows(columns, fit),
            self.check_rows(columns, fit.checks, now),
            self.age_rows(columns, now),
        ];
        let mut parts = Vec::from(parts);
        let open = self.commented.open_rows(columns, (fit.comments, fit.whole));
        // One part with the cost: it has no row to spare.
        if let Some(last) = parts.last_mut() {
            last.extend(open);
        }
        let mut page = Vec::new();
        for part in parts.into_iter().filter(|p| !p.is_empty()) {
            if fit.air && !page.is_empty() {
                page.push(Line::of(Row::empty()));
            }
            page.extend(part);
        }
        page
    }

    fn asked(&self, columns: usize) -> Vec<Line> {
        let mut rows = wrap(&self.question, columns.saturating_sub(3).max(20)).into_iter();
        let first = Row::of(Look::Role(Role::Attention), " ? ")
            .with(Look::Role(Role::Title), rows.next().unwrap_or_default());
        let more = rows.map(|r| Row::of(Look::Role(Role::Title), format!("   {r}")));
        let attempt = self.attempt.as_ref().map(|public| {
            Row::of(
                Look::Role(Role::Quiet),
                format!("   {} asks for your approval of {public}", self.name),
            )
        });
        let plain = || {
            let text = format!("   {} asks for your approval before it starts", self.name);
            Row::of(Look::Role(Role::Quiet), text)
        };
        let all = std::iter::once(first).chain(more);
        all.chain([attempt.unwrap_or_else(plain)])
            .map(Line::of)
            .collect()
    }

    fn criteria_rows(&self, columns: usize, fit: Fit) -> Vec<Line> {
        let ids = self.criteria.iter().map(|c| width(c.id.as_str()));
        let ids = ids.max().unwrap_or(0);
        let (shown, rest) = cut_met(&self.criteria, fit.criteria);
        let words = shown.iter().map(|c| width(met_word(c.met).1));
        let words = words.max().unwrap_or(0) + 2;
        let taken = WORD + ids + words + 4;
        let mut lines = Vec::new();
        for (n, judged) in shown.into_iter().enumerate() {
            let (role, word) = met_word(judged.met);
            let place = match judged.met {
                Some(_) => &judged.evidence,
                None => &judged.text,
            };
            let mut told = if fit.whole {
                wrap(place, columns.saturating_sub(taken + 1).max(20))
            } else {
                vec![fitted(place, columns, taken)]
            }
            .into_iter();
            let row = lead(if n == 0 { "criteria" } else { "" })
                .with(Look::Role(Role::Name), pad(judged.id.as_str(), ids))
                .with(Look::Plain, "  ")
                .with(Look::Role(role), pad(word, words))
                .with(Look::Plain, told.next().unwrap_or_default());
            let to = Paper::Lineage(judged.id.clone());
            lines.push(Line::to(row, to.clone()));
            for more in told {
                let row = lead("").with(Look::Plain, pad("", ids + 2 + words));
                lines.push(Line::to(row.with(Look::Plain, more), to.clone()));
            }
        }
        if !rest.is_empty() {
            let ids: Vec<&str> = rest.iter().map(|c| c.id.as_str()).collect();
            let told = format!("✓ {} more are met: {}", rest.len(), ids.join(", "));
            let told = fitted(&told, columns, WORD + 2);
            lines.push(Line::of(lead("").with(Look::Role(Role::Good), told)));
        }
        lines
    }

    fn change_rows(&self, columns: usize, fit: Fit) -> Vec<Line> {
        let change = match &self.change {
            Ok(change) => change,
            Err(why) => {
                let why = fitted(&format!("not known: {why}"), columns, WORD + 2);
                return vec![Line::of(lead("changed").with(Look::Role(Role::Bad), why))];
            }
        };
        if change.files.is_empty() {
            let row = lead("changed").with(Look::Role(Role::Quiet), "no file outside harness/");
            return vec![Line::of(row)];
        }
        let directories = change.directories();
        let shown = shown(directories.len(), fit.directories);
        let mut lines = Vec::new();
        let rest = &directories[shown..];
        let more = format!("… {} more", many(rest.len(), "directory"));
        let names = directories[..shown].iter().map(|d| width(&d.path) + 1);
        let names = names.chain((!rest.is_empty()).then(|| width(&more)));
        let column = names.max().unwrap_or(0).clamp(8, PATH);
        let wide = |of: fn(&change::Directory) -> u64| {
            let rest: u64 = rest.iter().map(of).sum();
            let most = directories[..shown].iter().map(of).max();
            format!("+{}", most.unwrap_or(0).max(rest)).len()
        };
        let wide = (wide(|d| d.added), wide(|d| d.removed));
        for (n, directory) in directories[..shown].iter().enumerate() {
            let row = lead(if n == 0 { "changed" } else { "" });
            let path = format!("{}/", directory.path);
            let path = if directory.path.is_empty() {
                "./"
            } else {
                &path
            };
            let row = row.with(Look::Plain, pad(path, column));
            let row = counted(
                row,
                (directory.files, directory.added, directory.removed),
                wide,
            );
            lines.push(Line::to(row, Paper::Change));
        }
        if !rest.is_empty() {
            let sum = |of: fn(&change::Directory) -> u64| rest.iter().map(of).sum();
            let files = rest.iter().map(|d| d.files).sum();
            let row = lead("").with(Look::Role(Role::Quiet), pad(&more, column));
            let row = counted(row, (files, sum(|d| d.added), sum(|d| d.removed)), wide);
            lines.push(Line::to(row, Paper::Change));
        }
        lines.extend(notices(change, columns, fit.notices));
        lines
    }

    fn check_rows(&self, columns: usize, most: usize, now: Timestamp) -> Vec<Line> {
        let mut failed_first: Vec<&Checked> = self.checks.iter().collect();
        failed_first.sort_by_key(|c| c.result.passed());
        let shown = shown(failed_first.len(), most);
        let mut lines = Vec::new();
        for (n, check) in failed_first[..shown].iter().enumerate() {
            let row = lead(if n == 0 { "checks" } else { "" });
            let row = check_row(row, check, columns, now);
            let to = check.attempt.clone().map(Paper::Checks);
            lines.push(Line { row, to });
        }
        if shown < failed_first.len() {
            let told = format!("… {} more", failed_first.len() - shown);
            lines.push(Line::of(lead("").with(Look::Role(Role::Quiet), told)));
        }
        if lines.is_empty() {
            let row = lead("checks").with(Look::Role(Role::Quiet), "none were asked for");
            lines.push(Line::of(row));
        }
        lines
    }

    fn age_rows(&self, columns: usize, now: Timestamp) -> Vec<Line> {
        let mut lines = Vec::new();
        let age = self
            .made
            .map_or_else(String::new, |at| format!(", {}", since(at, now)));
        match &self.held {
            None => {
                let row = lead("evidence")
                    .with(Look::Role(Role::Good), "✓ same tree")
                    .with(Look::Plain, age)
                    .with(
                        Look::Role(Role::Quiet),
                        format!("  on {}", self.evidence.short()),
                    );
                lines.push(Line::of(row));
            }
            Some(why) => {
                let told = format!("✗ older than the tree{age}: {}", why.told);
                let rows = wrap(&told, columns.saturating_sub(WORD + 3).max(20));
                for (n, row) in rows.into_iter().enumerate() {
                    let word = if n == 0 { "evidence" } else { "" };
                    lines.push(Line::of(lead(word).with(Look::Role(Role::Bad), row)));
                }
            }
        }
        if let Some(moved) = &self.moved {
            let rows = wrap(moved, columns.saturating_sub(WORD + 3).max(20));
            for (n, row) in rows.into_iter().enumerate() {
                let word = if n == 0 { "base" } else { "" };
                lines.push(Line::of(lead(word).with(Look::Role(Role::Attention), row)));
            }
        }
        if let Some(first) = self.also.first() {
            let more = match self.also.len() - 1 {
                0 => String::new(),
                n => format!("; and {n} more like it"),
            };
            let told = format!("{first}{more}");
            let rows = wrap(&told, columns.saturating_sub(WORD + 3).max(20));
            for (n, row) in rows.into_iter().enumerate() {
                let word = if n == 0 { "beside" } else { "" };
                lines.push(Line::of(lead(word).with(Look::Role(Role::Attention), row)));
            }
        }
        let cost = format!(
            "{}, {} tok, {}",
            self.total.cost_text(),
            self.total.tokens_text(),
            text::took(self.took_ms)
        );
        lines.push(Line::of(lead("cost").with(Look::Plain, cost)));
        for with in &self.by_hand {
            lines.push(Line::of(
                lead("by hand").with(Look::Role(Role::Attention), with),
            ));
        }
        lines
    }
}

/// How much of each part is shown.
#[derive(Debug, Clone, Copy)]
struct Fit {
    /// Empty rows between the parts.
    air: bool,
    /// Whether what a judgement rests on is told to its end.
    whole: bool,
    criteria: usize,
    directories: usize,
    checks: usize,
    notices: usize,
    comments: usize,
}

const ALL: Fit = Fit {
    air: true,
    whole: false,
    criteria: usize::MAX,
    directories: usize::MAX,
    checks: usize::MAX,
    notices: usize::MAX,
    comments: usize::MAX,
};

const WHOLE: Fit = Fit { whole: true, ..ALL };

/// From the most to the least.
const FITS: [Fit; 8] = [
    ALL,
    Fit { air: false, ..ALL },
    Fit {
        air: false,
        directories: 4,
        ..ALL
    },
    Fit {
        air: false,
        directories: 2,
        checks: 3,
        ..ALL
    },
    Fit {
        air: false,
        whole: false,
        criteria: 7,
        directories: 2,
        checks: 3,
        notices: 4,
        comments: 4,
    },
    Fit {
        air: false,
        whole: false,
        criteria: 5,
        directories: 2,
        checks: 2,
        notices: 3,
        comments: 3,
    },
    Fit {
        air: false,
        whole: false,
        criteria: 4,
        directories: 1,
        checks: 1,
        notices: 2,
        comments: 2,
    },
    Fit {
        air: false,
        whole: false,
        criteria: 2,
        directories: 1,
        checks: 1,
        notices: 1,
        comments: 1,
    },
];

/// How many of so many are shown, so that the row that tells of the rest has its place too.
fn shown(all: usize, most: usize) -> usize {
    if all <= most {
        all
    } else {
        most.saturating_sub(1)
    }
}

/// The criteria that are shown, what is not met before all, and those that are told in sum.
fn cut_met(criteria: &[Judged], most: usize) -> (Vec<&Judged>, Vec<&Judged>) {
    if criteria.len() <= most {
        return (criteria.iter().collect(), Vec::new());
    }
    let is_met = |c: &&Judged| c.met == Some(Met::Met);
    let (met, mut open): (Vec<&Judged>, Vec<&Judged>) = criteria.iter().partition(is_met);
    let room = most.saturating_sub(open.len() + 1).min(met.len());
    let (some, rest) = met.split_at(room);
    open.extend(some);
    (open, rest.to_vec())
}

/// A row that begins with the word for its part.
pub(super) fn lead(word: &str) -> Row {
    Row::of(Look::Role(Role::Quiet), format!(" {} ", pad(word, WORD)))
}

/// Text that ends at the right edge, where so many columns are taken before it.
pub(super) fn fitted(text: &str, columns: usize, taken: usize) -> String {
    truncate(text, columns.saturating_sub(taken + 1).max(8))
}

/// Files, lines added and lines removed, the lines in as many columns as given.
fn counted(row: Row, (files, added, removed): (usize, u64, u64), wide: (usize, usize)) -> Row {
    let (added, removed) = (format!("+{added}"), format!("-{removed}"));
    row.with(Look::Plain, format!("  {}  ", pad(&many(files, "file"), 8)))
        .with(Look::Role(Role::Good), format!("{added:>0$}", wide.0))
        .with(Look::Plain, " ")
        .with(Look::Role(Role::Bad), format!("{removed:>0$}", wide.1))
}

fn notices(change: &Change, columns: usize, most: usize) -> Vec<Line> {
    let shown = shown(change.notices.len(), most);
    let mut lines = Vec::new();
    for notice in &change.notices[..shown] {
        let word = format!("▲ {}", pad(notice.word(), 17));
        let row = lead("")
            .with(Look::Role(Role::Attention), word)
            .with(Look::Plain, fitted(&notice.what(), columns, WORD + 22));
        lines.push(Line::to(row, Paper::Change));
    }
    let rest = change.notices.len() - shown;
    if rest > 0 {
        let told = format!("▲ {rest} more to look at, in the change");
        let row = lead("").with(Look::Role(Role::Attention), told);
        lines.push(Line::to(row, Paper::Change));
    }
    if change.too_large {
        let told = "▲ too large to be looked through for tests that went";
        lines.push(Line::of(lead("").with(Look::Role(Role::Attention), told)));
    }
    lines
}

fn check_row(row: Row, check: &Checked, columns: usize, now: Timestamp) -> Row {
    let (role, mark) = checked::short(&check.result);
    let place = check.place(now);
    let (then_role, then) = match check.since {
        Some(0) => (Role::Quiet, String::new()),
        Some(n) => (
            Role::Attention,
            format!(", {} changed since", many(n, "file")),
        ),
        None => (Role::Attention, ", not known what changed since".to_owned()),
    };
    let took = text::took(check.result.took_ms);
    let rest = WORD + 4 + width(&mark) + width(&then);
    // Where there is little room, what it ran on counts more than how long that took, and its own
    // name more than both: the page says below how old the evidence is.
    let name = width(&check.result.command).min(20);
    let tails = [format!("  {took}  {place}"), format!("  {place}")];
    let fits = |tail: &&String| rest + width(tail) + name < columns;
    let tail = tails.iter().find(fits).cloned().unwrap_or_default();
    let taken = rest + width(&tail);
    row.with(Look::Role(role), mark)
        .with(Look::Plain, "  ")
        .with(Look::Plain, fitted(&check.result.command, columns, taken))
        .with(Look::Role(Role::Quiet), tail)
        .with(Look::Role(then_role), then)
}

/// How long ago it was.
fn since(at: Timestamp, now: Timestamp) -> String {
    ago(u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0))
}

fn met_word(met: Option<Met>) -> (Role, &'static str) {
    match met {
        Some(Met::Met) => (Role::Good, "✓ met"),
        Some(Met::Unmet) => (Role::Bad, "✗ unmet"),
        Some(Met::Unverifiable) => (Role::Attention, "? unverifiable"),
        None => (Role::Quiet, "○ not judged"),
    }
}

/// The stages that a gate is about.
fn about<'a>(run: &'a Run, stage: &StageId, side: GateSide) -> Vec<&'a StageRecord> {
    let mut ids = run.plan.above(stage);
    if side == GateSide::After {
        ids.push(stage.clone());
    }
    run.stages.iter().filter(|s| ids.contains(&s.id)).collect()
}

/// When the last finished attempt of a stage was done.
fn ended(record: &StageRecord) -> Option<Timestamp> {
    let attempt = record.attempts.iter().rev().find(|a| a.result.is_some())?;
    let took = i64::try_from(attempt.result.as_ref()?.took_ms?).ok()?;
    attempt
        .started
        .checked_add(SignedDuration::from_millis(took))
        .ok()
}

/// The attempt that a check is of.
fn attempt_with(record: &StageRecord, check: &CheckResult) -> Option<AttemptId> {
    let has = |a: &&AttemptRecord| a.result.as_ref().is_some_and(|r| r.checks.contains(check));
    Some(record.attempts.iter().rev().find(has)?.id.clone())
}

fn name_of(run: &Run, stage: &StageId) -> String {
    let planned = run.plan.stage(stage);
    planned.map_or_else(|| stage.to_string(), |p| p.name.clone())
}

fn question(run: &Run, stage: &StageId, side: GateSide) -> String {
    let planned = run.plan.stage(stage);
    let gate = planned.and_then(|p| match side {
        GateSide::Before => p.gate_before.as_ref(),
        GateSide::After => p.gate_after.as_ref(),
    });
    let name = name_of(run, stage);
    gate.and_then(|g| g.message.clone())
        .unwrap_or_else(|| match side {
            GateSide::Before => format!("May {name} start?"),
            GateSide::After => format!("Is the result of {name} good?"),
        })
}

fn criteria(run: &Run, about: &[&StageRecord]) -> Vec<Judged> {
    let verdict = about.iter().rev().find_map(|s| s.verdict.as_ref());
    let criteria = run.plan.task.iter().flat_map(|t| &t.criteria);
    criteria
        .map(|criterion| {
            let judged =
                verdict.and_then(|v| v.judgements.iter().find(|j| j.criterion == criterion.id));
            Judged {
                id: criterion.id.clone(),
                text: criterion.text.clone(),
                met: judged.map(|j| j.met),
                evidence: judged.map_or_else(String::new, |j| j.evidence.clone()),
            }
        })
        .collect()
}

fn checks(view: &RunView, about: &[&StageRecord]) -> Vec<Checked> {
    let git = Git::new(change::dir(view));
    let harness = format!("{}/", view.order.harness);
    let mut known: BTreeMap<Oid, Option<usize>> = BTreeMap::new();
    let mut found = Vec::new();
    for record in about {
        for result in &record.checks {
            let since = known.entry(result.tree.clone()).or_insert_with(|| {
                let head = view.run.head.as_ref()?;
                let files = git.diff(&result.tree, head).ok()?;
                let code = files.iter().filter(|f| !f.path.starts_with(&harness));
                Some(code.count())
            });
            found.push(Checked {
                result: result.clone(),
                attempt: attempt_with(record, result),
                commit: record.commit.clone(),
                at: ended(record),
                since: *since,
            });
        }
    }
    found
}
