//! The page of costs: what is looked at and by what it is put together. What it shows is worked out when that
//! changes or something was read, not when it is painted.

use super::desk::Look;
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, View};
use crate::engine::Run;
use crate::records::spending::today::Share;
use crate::records::spending::told::{head, notes, sums, windows, within};
use crate::records::spending::{Billing, By, Known, Period, Spending, Spent, Sum, groups, of_run};
use crate::terms::RunId;
use crate::terms::usage::{count, dollars};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What costs are put together by on the screen, in the order in which they come.
pub const BY: [By; 8] = [
    By::Stage,
    By::Agent,
    By::Model,
    By::Outcome,
    By::Day,
    By::Task,
    By::Workflow,
    By::Run,
];

/// From when on it is looked at: so many days, today counted; `None`: from the beginning.
const BACK: [Option<i64>; 3] = [Some(7), Some(30), None];

/// The page.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    /// The run it is of; `None`: of all.
    pub run: Option<RunId>,
    /// By what it is put together.
    pub by: By,
    /// From when on, where it is of all runs: its place in [`BACK`].
    back: usize,
    /// The first row that is shown.
    pub top: usize,
    /// What it shows; `None`: that is being read.
    pub shown: Option<Shown>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shown {
    /// How much there is.
    pub head: String,
    /// What it came to, by who pays.
    pub sums: Vec<(&'static str, String)>,
    /// What was used of plans lately.
    pub windows: Vec<String>,
    /// How the run stands to its limits; of all runs: how today does.
    pub limits: Vec<Limit>,
    /// The bars of what was paid for one by one.
    pub metered: Vec<Bar>,
    /// The bars of what plans paid for.
    pub plan: Vec<Bar>,
    /// What one should know of it.
    pub notes: Vec<String>,
}

/// A limit of a run, or of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub of: &'static str,
    /// What is known to be used.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
    /// How many attempts did not say; of a day: whether any did not.
    pub unknown: u32,
    /// It for people.
    pub text: String,
}

/// A row of the chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is of.
    pub name: String,
    /// What is known of work that stands.
    pub stands: u64,
    /// What is known of work that did not pass.
    pub lost: u64,
    /// How many attempts did not say.
    pub unknown: u32,
    /// The amount for people.
    pub amount: String,
    /// What else there is to say, in few columns.
    pub more: String,
}

impl Bar {
    /// All that is known of it.
    pub fn known(&self) -> u64 {
        self.stands.saturating_add(self.lost)
    }
}

impl Costs {
    fn period(&self, today: Date) -> Period {
        let back = BACK.get(self.back).copied().flatten();
        let since = back.and_then(|n| today.checked_sub((n - 1).days()).ok());
        let until = since.is_some().then_some(today);
        Period { since, until }
    }

    /// The words for from when on.
    pub fn back_words(&self) -> &'static str {
        match BACK.get(self.back).copied().flatten() {
            Some(7) => "7 days",
            Some(_) => "30 days",
            None => "all there is",
        }
    }

    fn step_by(&mut self, on: bool) {
        let at = BY.iter().position(|by| *by == self.by).unwrap_or(0);
        let step = if on { 1 } else { BY.len() - 1 };
        self.by = BY[(at + step) % BY.len()];
        self.top = 0;
    }
}

impl App {
    /// Opens the page: of the run that is shown, else of all.
    pub(super) fn costs(&mut self, effects: &mut Vec<Effect>) {
        let shows_run = matches!(self.view, View::Pipeline | View::Artifacts);
        let run = self.run.id.clone().filter(|_| shows_run);
        let by = if run.is_some() { By::Stage } else { By::Day };
        self.overlays.push(Overlay::Costs(Costs {
            run,
            by,
            back: 0,
            top: 0,
            shown: None,
        }));
        self.look_at(Look::Costs, effects);
        self.lay_costs();
    }

    /// A key on the page.
    pub(super) fn costs_key(&mut self, key: KeyEvent) {
        let own = self.target().map(|v| v.order.run.clone());
        let own = own.or_else(|| self.run.id.clone());
        let Some(Overlay::Costs(page)) = self.overlays.last_mut() else {
            return;
        };
        match key.code {
            KeyCode::Right | KeyCode::Char('l') => page.step_by(true),
            KeyCode::Left | KeyCode::Char('h') => page.step_by(false),
            KeyCode::Up | KeyCode::Char('k') => page.top = page.top.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => page.top = page.top.saturating_add(1),
            KeyCode::Tab if page.run.is_some() => page.run = None,
            KeyCode::Tab => page.run = own,
            KeyCode::Char('d') if page.run.is_none() => page.back = (page.back + 1) % BACK.len(),
            KeyCode::Char('d') => {}
            _ => drop(self.overlays.pop()),
        }
        self.lay_costs();
    }

    /// Works out what the page shows, where it is open.
    pub(super) fn lay_costs(&mut self) {
        let Some(Overlay::Costs(page)) = self.overlays.last() else {
            return;
        };
        let mut page = page.clone();
        page.shown = self.costs_shown(&page);
        let rows = page
            .shown
            .as_ref()
            .map_or(0, |s| s.metered.len() + s.plan.len());
        page.top = page.top.min(rows.saturating_sub(1));
        if let Some(last) = self.overlays.last_mut() {
            *last = Overlay::Costs(page);
        }
    }

    fn costs_shown(&self, page: &Costs) -> Option<Shown> {
        let Some(run) = &page.run else {
            let all = self.desk.costs.as_ref()?;
            let today = self.now.to_zoned(self.zone.clone()).date();
            let period = page.period(today);
            let (rows, undated) = within(all, period, &self.zone);
            let mut shown = self.laid(&rows, page.by, period);
            shown.windows = windows(all, self.now);
            shown.limits = self.desk.today.iter().map(of_today).collect();
            shown.notes = notes(all, &rows, undated);
            return Some(shown);
        };
        let view = self.board.run(run)?;
        let rows = of_run(view);
        let rows: Vec<&Spent> = rows.iter().collect();
        let mut shown = self.laid(&rows, page.by, Period::default());
        if page.by == By::Stage {
            // In the order of the workflow.
            let place = |bar: &Bar| view.run.plan.stages.iter().position(|s| s.name == bar.name);
            shown.metered.sort_by_key(place);
            shown.plan.sort_by_key(place);
        }
        shown.limits = limits(&view.run);
        shown.notes = notes(&Spending::default(), &rows, 0);
        Some(shown)
    }

    /// What the page shows of these rows.
    fn laid(&self, rows: &[&Spent], by: By, period: Period) -> Shown {
        Shown {
            head: head(rows),
            sums: sums(rows, true),
            metered: self.bars(rows, by, period, Billing::Metered),
            plan: self.bars(rows, by, period, Billing::Plan),
            ..Shown::default()
        }
    }

    /// A row for each group of one kind of billing.
    fn bars(&self, rows: &[&Spent], by: By, period: Period, billing: Billing) -> Vec<Bar> {
        let own = rows.iter().copied().filter(|r| r.billing == billing);
        let lost = own.clone().filter(|r| r.fate.is_lost());
        let keyed = |rows: Vec<crate::records::spending::Group>| -> BTreeMap<Option<String>, Sum> {
            let pairs = rows.into_iter();
            pairs
                .map(|g| (g.keys.into_iter().next().flatten(), g.sum))
                .collect()
        };
        let lost = keyed(groups(lost, &[by], &self.zone));
        let mut bars: Vec<Bar> = groups(own, &[by], &self.zone)
            .iter()
            .map(|group| {
                let lost = lost.get(&group.keys.first().cloned().flatten());
                bar(group.name(0), billing, &group.sum, lost)
            })
            .collect();
        if by == By::Day && !bars.is_empty() {
            bars = every_day(bars, period);
        }
        bars
    }
}

fn bar(name: &str, billing: Billing, sum: &Sum, lost: Option<&Sum>) -> Bar {
    let of = |sum: &Sum| match billing {
        Billing::Metered => sum.cost,
        _ => sum.tokens,
    };
    let all: Known = of(sum);
    let lost = lost.and_then(|l| of(l).part()).unwrap_or(0);
    let (amount, more) = match billing {
        Billing::Metered => (
            all.text(dollars),
            format!("{} tok", sum.tokens.short(count)),
        ),
        _ => (
            format!("{} tok", all.text(count)),
            crate::text::many(sum.attempts, "attempt"),
        ),
    };
    Bar {
        name: name.to_owned(),
        stands: all.part().unwrap_or(0).saturating_sub(lost),
        lost,
        unknown: all.unknown(),
        amount,
        more,
    }
}

/// The bars with one for each day of a period on which there was nothing.
fn every_day(bars: Vec<Bar>, period: Period) -> Vec<Bar> {
    let (Some(first), Some(last)) = (period.since, period.until) else {
        return bars;
    };
    let mut of: BTreeMap<String, Bar> = { bars.into_iter() }.map(|b| (b.name.clone(), b)).collect();
    let mut day = first;
    while day <= last {
        let name = day.to_string();
        of.entry(name.clone()).or_insert_with(|| Bar {
            name,
            stands: 0,
            lost: 0,
            unknown: 0,
            amount: "-".to_owned(),
            more: String::new(),
        });
        match day.tomorrow() {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    of.into_values().collect()
}

/// How today stands to one limit of all runs.
fn of_today(share: &Share) -> Limit {
    Limit {
        of: "today",
        used: share.percent,
        limit: 100,
        unknown: u32::from(share.at_least),
        text: share.text.clone(),
    }
}

/// How a run stands to its limits of money and tokens, with what people added.
fn limits(run: &Run) -> Vec<Limit> {
    let (total, budget, raised) = (run.total(), run.plan.budget, run.raised);
    let with =
        |limit: Option<u64>, more: Option<u64>| limit.map(|l| l.saturating_add(more.unwrap_or(0)));
    let limit = |of, used, unknown, limit: Option<u64>, show: fn(u64) -> String| {
        let limit = limit?;
        let percent = used * 100 / limit.max(1);
        let least = if unknown > 0 { "at least " } else { "" };
        Some(Limit {
            of,
            used,
            limit,
            unknown,
            text: format!("{least}{} of {}, {percent} %", show(used), show(limit)),
        })
    };
    let cost = with(budget.cost_micros, raised.cost_micros);
    let tokens = with(budget.tokens, raised.tokens);
    let all = [
        limit(
            "budget",
            total.cost_micros,
            total.cost_unknown,
            cost,
            dollars,
        ),
        limit("tokens", total.tokens, total.tokens_unknown, tokens, count),
    ];
    all.into_iter().flatten().collect()
}
