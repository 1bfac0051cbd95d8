//! The pages of costs: of the sample's run, and of a week of runs that their reports tell of.

use crate::player::Player;
use crate::root;
use crate::support::project::put;
use crate::support::sample::{Sample, Timed};
use crate::support::states::State;
use crate::svg::{Ground, picture};
use jiff::ToSpan;
use std::time::Duration;

/// A week of runs: stage, agent, outcome, tokens and cost as reports write them, and how many days ago.
const WEEK: [(i64, &str, &str, &str, &str, &str); 14] = [
    (6, "Specification", "claude", "passed", "41.2k", "$0.38"),
    (6, "Build", "claude", "check_failed", "182.0k", "$1.12"),
    (6, "Build", "claude", "passed", "96.5k", "$0.71"),
    (5, "QA", "codex", "passed", "88.4k", "plan"),
    (4, "Specification", "claude", "malformed", "30.1k", "$0.22"),
    (4, "Specification", "claude", "passed", "22.0k", "$0.19"),
    (4, "Build", "gemini", "passed", "unknown", "unknown"),
    (3, "QA", "codex", "failed", "120.7k", "plan"),
    (2, "Build", "claude", "passed", "204.0k", "$1.84"),
    (2, "QA", "codex", "passed", "64.2k", "plan"),
    (1, "Specification", "claude", "passed", "38.8k", "$0.31"),
    (1, "Build", "claude", "passed", "150.3k", "$0.97"),
    (0, "Build", "gemini", "crashed", "unknown", "unknown"),
    (0, "QA", "codex", "passed", "70.9k", "plan"),
];

/// Puts a report for each day of the week, as they are kept when runs land.
fn reports(sample: &Sample) {
    let now = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC);
    for back in 0..7 {
        let day = now.checked_sub(back.days()).unwrap();
        let run = format!("RUN-{}-T90{back}", day.strftime("%Y-%m-%d"));
        let at = day.strftime("%Y-%m-%d 00:10:00 +00:00");
        let mut text = format!(
            "# Harness Run Report\n\n## Task\n\nTask ID: T90{back}\n\n## Run\n\nRun Report ID: {run}\nWorkflow: feature\n\
             Overall Status: Done\n\n## Stage History\n\n\
             | Stage | Run ID | Agent | Model | Status | Started | Took | Tokens | Cost |\n|---|---|---|---|---|---|---|---|---|\n"
        );
        for (_, stage, agent, status, tokens, cost) in WEEK.iter().filter(|row| row.0 == back) {
            text += &format!(
                "| {stage} | {run}-{} | {agent} | unknown | {status} | {at} | 6m20s | {tokens} | {cost} |\n",
                stage.to_uppercase()
            );
        }
        put(&sample.home().join(format!("harness/runs/{run}.md")), &text);
    }
}

/// Those of the README; `every`: at more sizes, light and dark, for looking at.
pub fn assets(every: bool) {
    let made = State::Rejected.made_in(Timed::AsRecorded);
    reports(&made.sample);
    let take = |name: &str, keys: &[&str], size: (u16, u16), grounds: &[Ground]| {
        let mut player = Player::open(&made.sample, &[], size);
        player.settles();
        for keys in keys {
            player.types(keys);
            // A run that is at work is never still.
            player.rests(Duration::from_secs(1));
        }
        for ground in grounds {
            let path = if every {
                let (columns, rows) = size;
                let ground = ground.name();
                format!("target/pictures/costs/{name}-{columns}x{rows}-{ground}.svg")
            } else {
                format!("assets/{name}.svg")
            };
            put(&root().join(path), &picture(player.screen(), *ground));
        }
        // Together they would be one key.
        player.types("\u{1b}");
        player.rests(Duration::from_secs(1));
        player.types("q");
        player.ends();
    };
    if every {
        let both = [Ground::Dark, Ground::Light];
        for size in [(80, 24), (120, 35), (200, 60)] {
            take("run", &["3", "C"], size, &both);
            take("days", &["C"], size, &both);
            take("outcome", &["C", "\u{1b}[D"], size, &both);
            take(
                "agents",
                &["C", "\u{1b}[D", "\u{1b}[D", "\u{1b}[D"],
                size,
                &both,
            );
        }
        return;
    }
    take("costs", &["C"], (120, 35), &[Ground::Dark]);
    take("costs-run", &["3", "C"], (120, 35), &[Ground::Light]);
    take("costs-80x24", &["C"], (80, 24), &[Ground::Light]);
    take("costs-run-80x24", &["3", "C"], (80, 24), &[Ground::Dark]);
}
