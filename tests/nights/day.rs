//! The budget of a day, which all runs have in common.

use super::support::paid::{OTHER, paid};
use super::support::project::{Project, until_holds};
use super::{all_into, rests, told, words};
use harness_tui::records::runs::RunView;
use harness_tui::terms::RunState;
use jiff::Zoned;

/// A rule for the clock by which it is midnight in so many seconds from now.
fn midnight_in(seconds: i64) -> String {
    let now = jiff::Timestamp::now().as_second().rem_euclid(86_400);
    // East of Greenwich is minus there.
    let ahead = (86_400 - now - seconds).rem_euclid(86_400);
    let (sign, off) = if ahead > 43_200 {
        ('+', 86_400 - ahead)
    } else {
        ('-', ahead)
    };
    format!(
        "NIGHT{sign}{}:{:02}:{:02}",
        off / 3600,
        off / 60 % 60,
        off % 60
    )
}

/// Starts a run by that clock.
fn detach(project: &Project, task: &str, zone: &str) -> String {
    let mut command = project.command(&["run", task, "--detach"]);
    let ran = super::support::project::ran(&command.env("TZ", zone).output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    ran.out.trim().to_owned()
}

fn waits(view: &RunView) -> bool {
    view.supervised && view.run.waits_for_another_day()
}

#[test]
fn a_run_waits_for_the_end_of_a_day_whose_budget_is_used_up_and_goes_on_without_anybody() {
    // A machine may be so busy that it is midnight before the first stage is done.
    for ahead in [20, 50] {
        let project = paid("budget: { day: { cost_usd: 0.5 } }\n");
        let run = detach(&project, "T001", &midnight_in(ahead));
        let view = rests(&project, &run, RunState::Completed);
        let [wait] = &view.run.waited[..] else {
            assert!(ahead < 50, "it was midnight before anything was used");
            continue;
        };
        assert_eq!(wait.stage.as_str(), "more");
        assert!(wait.to.unwrap() >= wait.until && wait.from < wait.until);
        let report = std::fs::read_to_string(view.active_dir().report()).unwrap();
        assert!(
            report.contains("More waited 0:") && report.contains("for another day, the budget of"),
            "{report}"
        );
        return;
    }
}

#[test]
fn the_budget_of_a_day_binds_over_all_runs_is_told_of_once_and_raised_for_all() {
    let settings = all_into(std::path::Path::new("OUTSIDE/events"));
    let project = paid(&format!(
        "budget: {{ day: {{ cost_usd: 1.7 }} }}\n{settings}"
    ));
    let file = project.outside("events");
    let zone = midnight_in(40_000);
    let run = detach(&project, "T001", &zone);
    rests(&project, &run, RunState::Completed);
    // 1.20 of 1.70 are used: the second run's first stage goes beyond 80 %, and to its second too
    // little is left.
    let other = detach(&project, OTHER, &zone);
    let view = project.until(&other, waits);
    let hold = view.run.day_hold().unwrap();
    assert!(
        hold.reason
            .starts_with(&format!("the budget of $1.70 for {} is used up", hold.day)),
        "{}",
        hold.reason
    );
    let end = Zoned::now().with_time_zone(jiff::tz::TimeZone::posix(&zone).unwrap());
    let end = harness_tui::documents::clock::end_of_day(&end).unwrap();
    assert_eq!(hold.until, end);
    let why = project.expect(0, &["why", &other]).out;
    assert!(why.contains("it waits until"), "{why}");
    assert!(why.contains("--day --raise 1"), "{why}");
    let mut cost = project.command(&["cost"]);
    let cost = super::support::project::ran(&cost.env("TZ", &zone).output().unwrap());
    assert!(
        cost.out.contains("today      $1.80 of $1.70, 105 %"),
        "{}{}",
        cost.out,
        cost.err
    );
    until_holds(&file, Some("\"until\":\"20"));
    let of_budget = |told: &[serde_json::Value]| -> Vec<String> {
        let of: Vec<serde_json::Value> = told
            .iter()
            .filter(|t| t["event"] == "budget")
            .cloned()
            .collect();
        of.iter()
            .map(|t| {
                format!(
                    "{} {} {}",
                    words(std::slice::from_ref(t))[0],
                    t["percent"],
                    !t["until"].is_null()
                )
            })
            .collect()
    };
    assert_eq!(
        of_budget(&told(&file)),
        ["budget 105 false", "budget more null true"]
    );
    // A third one that has not begun is kept, too.
    let mut command = project.command(&["run", "T001", "--new", "--detach"]);
    let ran = super::support::project::ran(&command.env("TZ", &zone).output().unwrap());
    let third = ran.out.trim().to_owned();
    let view = project.until(&third, waits);
    assert_eq!(view.run.stages[0].attempts.len(), 0);
    // Raised by the command that `why` names, on one of them: both go on.
    let mut command = project.command(&["resume", &other, "--day", "--raise", "5"]);
    let ran = super::support::project::ran(&command.env("TZ", &zone).output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let view = rests(&project, &other, RunState::Completed);
    rests(&project, &third, RunState::Completed);
    let report = std::fs::read_to_string(view.active_dir().report()).unwrap();
    assert!(
        report.contains("raised the budget of 2") && report.contains("of all runs, by $5.00"),
        "{report}"
    );
}

#[test]
fn a_day_that_pauses_waits_for_a_person_and_an_agent_that_tells_no_cost_is_refused() {
    let project = paid("budget: { day: { cost_usd: 0.5, do: pause } }\n");
    let ran = project.expect(6, &["run", "T001"]);
    assert!(ran.out.contains("the budget of $0.50 for 2"), "{}", ran.out);
    let view = &project.runs()[0];
    let run = view.order.run.to_string();
    assert_eq!(view.run.state(), RunState::Paused);
    let needs = project.expect(0, &["status"]).out;
    assert!(needs.contains("--day --raise 1"), "{needs}");
    // Let go on while nothing was added, it is kept again.
    project.expect(0, &["resume", &run]);
    let view = rests(&project, &run, RunState::Paused);
    assert_eq!(view.run.stages[1].attempts.len(), 0);
    project.expect(2, &["resume", &run, "--day"]);
    project.expect(0, &["resume", &run, "--day", "--raise", "1", "--follow"]);
    // Without a budget of a day there is none to be raised.
    let project = Project::new().agent("build", super::support::project::WORKS);
    let project = project
        .settings("budget: { day: { cost_usd: 5 } }\n")
        .flow(super::BUILD);
    let ran = project.expect(1, &["check"]);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(
        said.contains("the budget of a day is in dollars, but agent 'build'"),
        "{said}"
    );
}
