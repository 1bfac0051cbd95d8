//! The budget of a day, which all runs of a project have in common. What they used of it is looked at
//! elsewhere, for the engine knows no other run and no clock: it arrives as a value, and what it kept
//! from starting as a fact.

use super::budget::{More, Short, Used, too_little, used_up};
use super::plan::{Budget, Work};
use super::record::StageRecord;
use super::run::{Run, Waited};
use crate::terms::usage::Total;
use crate::terms::{StageId, StageState};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The limits of a day, as they were when the run started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayBudget {
    /// The limits.
    pub limits: Budget,
    /// Whether a run that they keep is paused; else it waits until the day is over.
    #[serde(default)]
    pub pauses: bool,
}

/// What all runs of a project used on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayUsed {
    /// What the attempts of that day used that have ended.
    pub total: Total,
    /// How long they took, in milliseconds.
    pub took_ms: u64,
    /// What is set aside for those that run: as much as their stages used the last time. Of one whose
    /// stage has told nothing so far, nothing can be.
    pub aside: Aside,
    /// What people added to the budget of that day.
    pub raised: More,
    /// Whether a run told that most of it is used.
    pub warned: bool,
    /// How many runs could not be read: what they used is not known.
    pub unread: usize,
    /// How many attempts are gone without a word of what they used.
    pub lost: usize,
}

/// What is set aside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Aside {
    /// Millionths of a US dollar.
    pub cost_micros: u64,
    /// Tokens.
    pub tokens: u64,
    /// Milliseconds.
    pub took_ms: u64,
    /// How many attempts run.
    pub attempts: u32,
}

/// How much of a day's tightest limit is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayShare {
    /// The day.
    pub day: Date,
    /// What the limit counts: `cost`, `tokens` or `minutes`.
    pub of: String,
    /// Percent of it that is known to be used.
    pub percent: u64,
    /// Some attempts did not report: the true share is at least this.
    pub at_least: bool,
}

/// The budget of a day keeps a stage from starting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHold {
    /// The day.
    pub day: Date,
    /// Its end.
    pub until: Timestamp,
    /// What is used up, for people.
    pub reason: String,
    /// What must at least be added.
    pub short: Short,
    /// Whether a person must let it go on; else it goes on when the day is over.
    pub pauses: bool,
}

impl DayUsed {
    fn limits(&self, budget: &Budget) -> Vec<Used> {
        let (total, aside) = (&self.total, &self.aside);
        let unread = self.unread > 0;
        let all = [
            (
                "cost",
                budget.cost_micros,
                self.raised.cost_micros,
                total.cost_micros.saturating_add(aside.cost_micros),
                total.cost_unknown > 0 || unread,
            ),
            (
                "tokens",
                budget.tokens,
                self.raised.tokens,
                total.tokens.saturating_add(aside.tokens),
                total.tokens_unknown > 0 || unread,
            ),
            (
                "minutes",
                budget.minutes.map(|m| m.saturating_mul(60_000)),
                self.raised.minutes.saturating_mul(60_000),
                self.took_ms.saturating_add(aside.took_ms),
                unread || self.lost > 0,
            ),
        ];
        let bound = |(of, limit, more, spent, unknown): (_, Option<u64>, u64, _, _)| {
            limit.map(|limit| Used {
                of,
                limit: limit.saturating_add(more),
                spent,
                unknown,
            })
        };
        all.into_iter().filter_map(bound).collect()
    }

    /// How much of the tightest limit is used; `None`: none binds. What is set aside is not used yet.
    pub fn share(&self, budget: &DayBudget, day: Date) -> Option<DayShare> {
        let used = Self {
            aside: Aside::default(),
            ..self.clone()
        };
        let tightest = used.limits(&budget.limits);
        let tightest = tightest.into_iter().max_by_key(Used::percent)?;
        Some(DayShare {
            day,
            of: tightest.of.to_owned(),
            percent: tightest.percent(),
            at_least: tightest.unknown,
        })
    }

    /// Each limit with what is used of it, for people: `$3.20 of $20.00`.
    pub fn told(&self, budget: &DayBudget) -> Vec<String> {
        let used = Self {
            aside: Aside::default(),
            ..self.clone()
        };
        used.limits(&budget.limits)
            .iter()
            .map(|used| {
                let unknown = if used.unknown { " + unknown" } else { "" };
                let (spent, limit) = (used.amount(used.spent), used.amount(used.limit));
                format!("{spent}{unknown} of {limit}")
            })
            .collect()
    }
}

impl Run {
    /// What keeps this stage from being started on this day; `None`: nothing of the day's budget does.
    pub fn day_keeps(
        &self,
        stage: &StageId,
        used: &DayUsed,
        (day, until): (Date, Timestamp),
    ) -> Option<DayHold> {
        let budget = self.plan.day.as_ref()?;
        let record = self.record(stage)?;
        if !self.uses_budget(record) {
            return None;
        }
        let limits = used.limits(&budget.limits);
        let when = format!(" for {day}");
        let full = used_up(&limits, &when, "").map(|told| (told, None));
        let (told, wants) = full.or_else(|| {
            let name = self.plan.stage(stage).map_or(stage.as_str(), |s| &s.name);
            let told = too_little(&limits, record, &when, name)?;
            Some((told, Some(record)))
        })?;
        let short = limits.iter().find_map(|used| used.short(wants));
        let aside = match used.aside.attempts {
            0 => String::new(),
            n => format!(
                ", with what is set aside for {} at work",
                crate::text::many(n, "attempt")
            ),
        };
        let unread = match used.unread {
            0 => String::new(),
            n => format!(", and {} can't be read", crate::text::many(n, "run")),
        };
        let lost = match used.lost {
            0 => String::new(),
            n => format!(
                ", and {} left no word of what was used",
                crate::text::many(n, "attempt")
            ),
        };
        Some(DayHold {
            day,
            until,
            reason: format!("{told}, by all runs of this project{aside}{unread}{lost}"),
            short: short.unwrap_or(Short::Minutes(1)),
            pauses: budget.pauses,
        })
    }

    /// Whether starting this stage asks somebody who could use anything of a budget.
    pub fn uses_budget(&self, record: &StageRecord) -> bool {
        let gate = self
            .plan
            .stage(&record.id)
            .is_some_and(|s| s.work == Work::Gate);
        !gate && !record.next.asks_nobody()
    }

    /// What the budget of a day keeps, the first of it.
    pub fn day_hold(&self) -> Option<&DayHold> {
        let ready = self.stages.iter().filter(|s| s.state == StageState::Ready);
        { ready }.find_map(|s| s.day.as_ref())
    }

    /// The day whose budget is raised, where a person raises one: the one that keeps the run, but none
    /// that is over.
    pub fn day_to_raise(&self, today: Date) -> Date {
        self.day_hold().map_or(today, |hold| hold.day.max(today))
    }

    /// What keeps a run although its day is over: it is a person's to let go on. `today` is asked only
    /// where a day keeps it.
    pub fn kept_by_a_day_before(&self, today: impl Fn() -> Date) -> Option<&DayHold> {
        self.day_hold()
            .filter(|hold| hold.pauses && hold.day < today())
    }

    /// A day's budget keeps a stage.
    pub(super) fn day_held(&mut self, at: Timestamp, id: &StageId, hold: &DayHold) {
        let Some(record) = self.stages.iter_mut().find(|s| s.id == *id) else {
            return;
        };
        if record.state != StageState::Ready {
            return;
        }
        record.day = Some(hold.clone());
        record.not_before = (!hold.pauses).then_some(hold.until);
        let waits = |w: &&mut Waited| w.stage == *id && w.day.is_some() && w.to.is_none();
        match self.waited.iter_mut().find(waits) {
            // The same wait, for another reason or another day.
            Some(wait) => wait.until = hold.until,
            None if hold.pauses => {}
            None => self.waited.push(Waited {
                stage: id.clone(),
                agent: String::new(),
                from: at,
                until: hold.until,
                to: None,
                day: Some(hold.day),
            }),
        }
    }

    /// Nothing of a day's budget keeps the run any more, as far as anybody has looked.
    pub(super) fn day_freed(&mut self, at: Timestamp) {
        for record in &mut self.stages {
            if record.day.take().is_some() {
                record.not_before = None;
            }
        }
        for wait in &mut self.waited {
            if wait.day.is_some() {
                wait.to.get_or_insert(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::{Bench, agent, person, plan, run_id, sid};
    use crate::engine::{Decision, Event};
    use crate::terms::{Outcome, RunState};

    const DAY: Date = jiff::civil::date(2026, 4, 2);

    fn budget(cost: u64, pauses: bool) -> DayBudget {
        DayBudget {
            limits: Budget {
                cost_micros: Some(cost),
                ..Budget::default()
            },
            pauses,
        }
    }

    fn used(cost: u64) -> DayUsed {
        DayUsed {
            total: Total {
                cost_micros: cost,
                attempts: 3,
                ..Total::default()
            },
            ..DayUsed::default()
        }
    }

    fn bench(pauses: bool) -> Bench {
        let mut plan = plan(vec![agent("spec", &[]), agent("design", &["spec"])]);
        plan.day = Some(budget(10_000_000, pauses));
        Bench::new(plan)
    }

    fn midnight() -> Timestamp {
        "2026-04-02T22:00:00Z".parse().unwrap()
    }

    fn held(bench: &Bench, used: &DayUsed) -> Option<DayHold> {
        bench.run.day_keeps(&sid("spec"), used, (DAY, midnight()))
    }

    #[test]
    fn a_day_is_used_up_by_what_all_runs_used_and_by_what_is_set_aside() {
        let mut bench = bench(false);
        assert_eq!(held(&bench, &used(9_999_999)), None);
        let hold = held(&bench, &used(10_000_000)).unwrap();
        assert_eq!(
            hold.reason,
            "the budget of $10.00 for 2026-04-02 is used up, by all runs of this project"
        );
        assert_eq!(hold.short, Short::Dollars(1));
        // What runs will cost something too.
        let mut beside = used(9_000_000);
        beside.aside = Aside {
            cost_micros: 1_000_000,
            attempts: 1,
            ..Aside::default()
        };
        let hold = held(&bench, &beside).unwrap();
        assert!(
            hold.reason.ends_with("set aside for 1 attempt at work"),
            "{}",
            hold.reason
        );
        assert_eq!(
            beside
                .share(&budget(10_000_000, false), DAY)
                .unwrap()
                .percent,
            90
        );
        // Raised for this day.
        beside.raised.cost_micros = 5_000_000;
        assert_eq!(held(&bench, &beside), None);
        // Less is left than the stage last used.
        bench.step_with("spec", Outcome::Malformed, |r| {
            r.usage.cost_micros = Some(3_000_000);
        });
        let hold = held(&bench, &used(8_000_000)).unwrap();
        assert!(
            hold.reason
                .starts_with("$2.00 of the budget for 2026-04-02 are left, and"),
            "{}",
            hold.reason
        );
        assert_eq!(hold.short, Short::Dollars(1));
        // What nobody told makes it at least so much.
        let mut unknown = used(8_000_000);
        unknown.unread = 1;
        assert!(
            unknown
                .share(&budget(10_000_000, false), DAY)
                .unwrap()
                .at_least
        );
        assert_eq!(
            unknown.told(&budget(10_000_000, false)),
            ["$8.00 + unknown of $10.00"]
        );
    }

    #[test]
    fn it_is_waited_for_the_end_of_the_day_and_the_report_is_told_how_long() {
        let mut bench = bench(false);
        let hold = held(&bench, &used(12_000_000)).unwrap();
        bench.tell(Event::DayHeld {
            stage: sid("spec"),
            hold: Box::new(hold),
        });
        assert_eq!(
            bench.run.state(),
            RunState::Running,
            "nobody must do anything"
        );
        let now = bench.run.updated.unwrap();
        let decided = bench.run.decide(&run_id(), now);
        assert_eq!(decided, [Decision::WaitUntil(midnight())]);
        let why = bench.run.cause(&run_id(), None);
        assert_eq!(why.moment, Some(midnight()));
        assert!(
            why.what.ends_with("waiting for another day's budget"),
            "{}",
            why.what
        );
        assert!(why.command.ends_with(" --day --raise 3"), "{}", why.command);
        assert!(
            why.fact().contains("it waits until 2026-04-02 22:00"),
            "{}",
            why.fact()
        );
        let decided = bench.run.decide(&run_id(), midnight());
        assert!(
            matches!(decided[..], [Decision::Start { .. }]),
            "{decided:?}"
        );
        bench.pass(&["spec"]);
        let [wait] = &bench.run.waited[..] else {
            panic!("{:?}", bench.run.waited)
        };
        assert!(wait.day == Some(DAY) && wait.to.is_some());
    }

    #[test]
    fn where_it_pauses_a_person_raises_it_or_lets_the_run_go_on() {
        for raises in [true, false] {
            let mut bench = bench(true);
            let hold = held(&bench, &used(12_000_000)).unwrap();
            bench.tell(Event::DayHeld {
                stage: sid("spec"),
                hold: Box::new(hold),
            });
            assert_eq!(bench.run.state(), RunState::Paused);
            assert!(bench.run.over_budget().unwrap().contains("for 2026-04-02"));
            let raising = bench.run.raising().unwrap();
            assert_eq!((raising.day, raising.by), (Some(DAY), Short::Dollars(3)));
            let next = DAY.tomorrow().unwrap();
            assert_eq!(bench.run.day_to_raise(DAY), DAY);
            assert_eq!(bench.run.day_to_raise(next), next, "none that is over");
            assert_eq!(bench.run.kept_by_a_day_before(|| DAY), None);
            assert!(bench.run.kept_by_a_day_before(|| next).is_some());
            let order = if raises {
                let more = More {
                    cost_micros: 3_000_000,
                    ..More::default()
                };
                Event::raise(more, raising.day, person())
            } else {
                Event::Resumed { by: person() }
            };
            assert_eq!(bench.run.may(&order), Ok(()));
            bench.order(order);
            assert_eq!(bench.run.state(), RunState::Running);
            let raised = bench.run.day_raised.get(&DAY).copied();
            assert_eq!(raised.unwrap_or_default().cost_micros > 0, raises);
            assert_eq!(
                bench.run.raised,
                Budget::default(),
                "the run's own is as it was"
            );
        }
    }

    #[test]
    fn no_day_is_raised_that_has_no_budget() {
        let bench = Bench::new(plan(vec![agent("spec", &[])]));
        let more = More {
            tokens: 1,
            ..More::default()
        };
        let refused = bench.run.may(&Event::raise(more, Some(DAY), person()));
        assert!(refused.unwrap_err().reason.contains("no budget of a day"));
    }
}
