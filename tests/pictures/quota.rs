//! Pictures of a run that waits for a quota: the pipeline and the board count down.

use crate::player::Player;
use crate::root;
use crate::support::project::put;
use crate::support::sample::{Sample, Timed};
use crate::svg::{Ground, picture};
use harness_tui::terms::{RunState, StageState};

/// Recorded agents specify and design; who is to plan finds its quota used up.
fn made() -> (Sample, String) {
    let sample = Sample::new(Timed::AtOnce);
    let tapes = sample.recordings().display().to_string();
    sample.edits("harness/harness.yaml", |text| {
        let (head, rest) = text.split_once("agents:\n").unwrap();
        let (_, rest) = rest.split_once("\n\n").unwrap();
        format!(
            "{head}agents:\n  \
             - {{ name: tape, driver: replay, recordings: \"{tapes}\", capabilities: [author, specify, design, build, review, fix] }}\n  \
             - {{ name: codex, driver: command, capabilities: [plan], command: [sh, -c, \"cat >/dev/null; echo 'harness-quota: 2h10m' >&2; exit 75\"] }}\n\n{rest}"
        )
    });
    sample.commits("Who serves");
    let run = sample.expect(0, &["run", "T001", "--detach"]).out;
    let run = run.trim().to_owned();
    let waits = |s: &harness_tui::engine::record::StageRecord| {
        s.state == StageState::Ready && s.not_before.is_some()
    };
    sample.until(&run, |v| v.run.stages.iter().any(waits));
    (sample, run)
}

/// Those of the README, and the board.
pub fn assets() {
    let (sample, run) = made();
    for (name, keys, size, ground) in [
        ("quota", "3", (120, 35), Ground::Dark),
        ("quota-80x24", "3", (80, 24), Ground::Light),
        ("quota-backlog", "1", (120, 35), Ground::Light),
    ] {
        let mut player = Player::open(&sample, &[], size);
        player.settles();
        player.types(keys);
        player.settles();
        let path = root().join(format!("assets/{name}.svg"));
        put(&path, &picture(player.screen(), ground));
        player.types("q");
        player.ends();
    }
    sample.expect(0, &["cancel", &run, "--reason", "drawn"]);
    sample.until(&run, |v| {
        !v.supervised && v.run.state() == RunState::Cancelled
    });
}
