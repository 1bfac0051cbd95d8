//! What was spent, in sentences: the same that the page of costs shows.

use super::linear::Linear;
use super::papers::stopped;
use super::words::capital;
use crate::records::runs::RunView;
use crate::records::spending::told::{head, notes, sums, windows, within};
use crate::records::spending::{Billing, By, Group, Period, Spending, Spent, groups, of_run};
use crate::starting::sheet::budget;
use crate::terms::usage::{count, dollars};
use crate::text::{many, took};
use crate::workbench::actions::Action;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

impl Linear {
    /// What the run used; with a word, what all runs used by that.
    pub(super) fn costs(&mut self, now: Timestamp, rest: &str) {
        let by = match (rest.trim(), self.app.target().cloned()) {
            ("", Some(view)) => return self.page(of_one(&view, &self.app.zone)),
            ("", None) => By::Stage,
            (word, _) => match By::of(&word.to_lowercase()).filter(|by| *by != By::Attempt) {
                Some(by) => by,
                None => {
                    return self.say(format!(
                        "Costs: '{word}' is none of stage, agent, model, outcome, day, task, workflow, run."
                    ));
                }
            },
        };
        self.costs_by = Some(by);
        self.does(now, Action::Costs);
        // There is no page here: what it would show is said.
        self.app.overlays.pop();
    }

    /// Says what was asked for, now that it was read.
    pub(super) fn costs_came(&mut self) {
        let (Some(by), Some(all)) = (self.costs_by.take(), self.app.desk.costs.clone()) else {
            return;
        };
        let mut says = of_all(&all, by, self.app.now, &self.app.zone);
        let today = self.app.desk.today.iter();
        says.extend(today.map(|share| format!("Today, of all runs: {}.", share.text)));
        self.page(says);
    }
}

fn of_one(view: &RunView, zone: &TimeZone) -> Vec<String> {
    let rows = of_run(view);
    let rows: Vec<&Spent> = rows.iter().collect();
    let mut says = Vec::new();
    for stage in &view.run.plan.stages {
        let own = rows.iter().copied().filter(|r| r.stage == stage.name);
        let found = groups(own, &[By::Stage], zone);
        if found.is_empty() {
            says.push(format!("{}: nothing yet.", stage.name));
        }
        says.extend(found.iter().map(group));
    }
    says.push(format!("In all: {}.", head(&rows)));
    says.extend(summed(&rows));
    says.push(format!("Limit: {}.", budget(view.run.plan.budget)));
    says.extend(
        notes(&Spending::default(), &rows, 0)
            .iter()
            .map(|n| stopped(&capital(n))),
    );
    says
}

fn of_all(all: &Spending, by: By, now: Timestamp, zone: &TimeZone) -> Vec<String> {
    let today = now.to_zoned(zone.clone()).date();
    let period = Period {
        since: today.checked_sub(6.days()).ok(),
        until: Some(today),
    };
    let (rows, undated) = within(all, period, zone);
    let mut says = vec![format!("In the last 7 days: {}.", head(&rows))];
    says.extend(summed(&rows));
    says.extend(windows(all, now).iter().map(|w| format!("On a plan, {w}.")));
    says.extend(groups(rows.iter().copied(), &[by], zone).iter().map(group));
    says.extend(
        notes(all, &rows, undated)
            .iter()
            .map(|n| stopped(&capital(n))),
    );
    says
}

fn summed(rows: &[&Spent]) -> Vec<String> {
    let lines = sums(rows, false).into_iter();
    lines
        .map(|(word, text)| format!("{}: {text}.", capital(word)))
        .collect()
}

fn group(group: &Group) -> String {
    let sum = &group.sum;
    let paid = match group.billing {
        Billing::Metered => format!(
            "cost {}, {} tokens",
            sum.cost.text(dollars),
            sum.tokens.text(count)
        ),
        Billing::Plan => format!("on a plan, {} tokens", sum.tokens.text(count)),
        Billing::NoAgent => "no agent was asked".to_owned(),
    };
    let time = sum.took_ms.text(took);
    format!(
        "{}: {paid}, {time}, {}.",
        group.name(0),
        many(sum.attempts, "attempt")
    )
}
