//! Pictures of the real program on a real terminal, drawn by what is here and nothing else.
//!
//! `PICTURES=… cargo test --test pictures` makes what is named, and nothing where nothing is:
//!
//! - `every`: every view of every state at three sizes, light and dark, into `target/pictures`: for
//!   looking at. `STATE=gate,blocked` makes those of some states alone. Those of the dialogue
//!   (`STATE=dialogue`) are painted by the program's own screen from what a dialogue tells, without
//!   an agent; `THEME=high-contrast,sixteen` paints them in other themes too. `STATE=repository`
//!   are those of a repository as it is: trust, what a run starts from, set-up, a red test.
//! - `assets`: those of the README anew, in `assets/`; `NAMED=landing,gate` those of some names alone, and
//!   `NAMED=receipt-example` the text of the sample's pull request, `docs/receipt-example.md`, which a
//!   page shows as a forge does.
//! - `recording`: the demo by keys alone, as `assets/demo.cast` (asciinema, version 2) and as
//!   `assets/demo.svg`, which moves.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "pictures/by_hand.rs"]
mod by_hand;
#[path = "pictures/cast.rs"]
mod cast;
#[path = "pictures/costs.rs"]
mod costs;
#[path = "pictures/dialogue.rs"]
mod dialogue;
#[path = "pictures/film.rs"]
mod film;
#[path = "pictures/needs.rs"]
mod needs;
#[path = "pictures/player.rs"]
mod player;
#[path = "pictures/quota.rs"]
mod quota;
#[path = "pictures/repository.rs"]
mod repository;
#[path = "pictures/review.rs"]
mod review;
#[path = "pictures/svg.rs"]
mod svg;

use player::Player;
use std::path::{Path, PathBuf};
use support::project::put;
use support::sample::Timed;
use support::states::State;
use svg::Ground;

/// Columns and rows of the pictures to look at.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 35), (200, 60)];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Whether this is to be made.
fn wanted(what: &str) -> bool {
    let named = std::env::var("PICTURES").unwrap_or_default();
    named.split(',').any(|n| n == what)
}

/// The views, and the keys that go there.
fn views(state: State) -> &'static [(&'static str, &'static str)] {
    match state {
        State::Nothing | State::Empty | State::Fresh => &[("backlog", "1")],
        State::Gate => &[
            ("backlog", "1"),
            ("pipeline", "3"),
            ("artifacts", "4"),
            ("approve", "a"),
        ],
        _ => &[("backlog", "1"), ("pipeline", "3"), ("artifacts", "4")],
    }
}

/// Draws what is on the screen, light and dark.
fn draw(player: &Player, name: &str) {
    for ground in [Ground::Dark, Ground::Light] {
        let path = root().join(format!("target/pictures/{name}-{}.svg", ground.name()));
        put(&path, &svg::picture(player.screen(), ground));
    }
}

#[test]
fn every() {
    if !wanted("every") {
        return;
    }
    let states = std::env::var("STATE").ok();
    let chosen = |s: &State| {
        states
            .as_ref()
            .is_none_or(|w| w.split(',').any(|w| w == s.name()))
    };
    for state in State::ALL.into_iter().filter(chosen) {
        let made = state.made_in(Timed::AsRecorded);
        let mut player = Player::open(&made.sample, &[], SIZES[1]);
        player.settles();
        if state == State::Landed {
            player.types("G");
        }
        for (columns, rows) in SIZES {
            player.resize(columns, rows);
            for (view, keys) in views(state) {
                player.types(keys);
                player.settles();
                draw(
                    &player,
                    &format!("{}/{view}-{columns}x{rows}", state.name()),
                );
            }
        }
        player.types("q");
        player.ends();
    }
    let named = |name: &str| {
        states
            .as_ref()
            .is_none_or(|w| w.split(',').any(|w| w == name))
    };
    if named("dialogue") {
        dialogue::every(&SIZES);
    }
    if named("needs") {
        needs::every(&SIZES);
    }
    if named("repository") {
        repository::every(&SIZES);
    }
    if named("review") {
        review::every(&SIZES);
    }
    if named("costs") {
        costs::assets(true);
    }
}

/// A picture of the README: its name, what it shows, the keys that lead there one after the other
/// (`until …` waits for a text), how large, and light or dark.
type Asset = (
    &'static str,
    State,
    &'static [&'static str],
    (u16, u16),
    Ground,
);

const LARGE: (u16, u16) = (120, 35);

/// By state, so that each is made once.
const ASSETS: [Asset; 11] = [
    ("backlog", State::Rejected, &[], LARGE, Ground::Dark),
    ("pipeline", State::Rejected, &["3"], LARGE, Ground::Dark),
    ("parallel", State::Parallel, &["3"], LARGE, Ground::Light),
    ("gate", State::Gate, &["4"], LARGE, Ground::Dark),
    (
        "gate-80x24",
        State::Gate,
        &["4", "\t"],
        (80, 24),
        Ground::Light,
    ),
    (
        "documents",
        State::Gate,
        &["4", "jj", "v", "\t", "jjj"],
        (160, 40),
        Ground::Light,
    ),
    ("themes", State::Gate, &["3", "\u{14}"], LARGE, Ground::Dark),
    ("blocked", State::Blocked, &["3"], LARGE, Ground::Light),
    (
        "landing",
        State::Completed,
        &["3", "L", "until Land RUN"],
        LARGE,
        Ground::Dark,
    ),
    (
        "landing-80x24",
        State::Completed,
        &["3", "L", "until Land RUN"],
        (80, 24),
        Ground::Light,
    ),
    (
        "receipt",
        State::Landed,
        &["G", "W", "until AC-4"],
        LARGE,
        Ground::Light,
    ),
];

#[test]
fn assets() {
    if !wanted("assets") {
        return;
    }
    let mut made: Option<(State, support::states::Made)> = None;
    for (name, state, keys, (columns, rows), ground) in ASSETS {
        if !named(name) {
            continue;
        }
        let made = match &mut made {
            Some((is, made)) if *is == state => made,
            other => &mut other.insert((state, state.made_in(Timed::AsRecorded))).1,
        };
        let mut player = Player::open(&made.sample, &[], (columns, rows));
        player.settles();
        for keys in keys {
            match keys.strip_prefix("until ") {
                Some(text) => player.until(text),
                None => player.types(keys),
            }
            player.settles();
        }
        let path = root().join(format!("assets/{name}.svg"));
        put(&path, &svg::picture(player.screen(), ground));
    }
}

/// Whether pictures of some names alone are to be made, and this is none of them.
fn named(name: &str) -> bool {
    let wanted = std::env::var("NAMED").ok();
    wanted.is_none_or(|wanted| wanted.split(',').any(|w| w == name))
}

#[test]
fn the_text_of_a_pull_request() {
    if !wanted("assets") || !named("receipt-example") {
        return;
    }
    let made = State::Landed.made_in(Timed::AsRecorded);
    let run = made.view().order.run;
    let text = made.sample.expect(0, &["receipt", run.as_str()]).out;
    put(&root().join("docs/receipt-example.md"), &text);
}

#[test]
fn assets_of_what_waits() {
    if wanted("assets") || wanted("needs") {
        needs::assets();
    }
}

#[test]
fn assets_of_the_dialogue() {
    if wanted("assets") {
        dialogue::assets(LARGE);
    }
}

#[test]
fn assets_of_the_costs() {
    if wanted("assets") {
        costs::assets(false);
    }
}

#[test]
fn assets_of_a_stage_by_hand() {
    if wanted("assets") {
        by_hand::assets(LARGE);
    }
}

#[test]
fn assets_of_a_review() {
    if wanted("assets") || wanted("review") {
        review::assets(LARGE);
    }
}

#[test]
fn assets_of_a_repository_as_it_is() {
    if wanted("assets") {
        repository::assets(LARGE);
    }
}

#[test]
fn assets_of_a_night() {
    if wanted("assets") {
        quota::assets();
    }
}

#[test]
fn recording() {
    if !wanted("recording") {
        return;
    }
    const SIZE: (u16, u16) = (104, 30);
    let sample = support::sample::Sample::nothing(Timed::AsRecorded);
    let folder = sample.outside("demo").display().to_string();
    let mut player = Player::open(&sample, &["demo", "--dir", &folder], SIZE);
    let look = |player: &mut Player, ms: u64| player.rests(std::time::Duration::from_millis(ms));
    let press = |player: &mut Player, keys: &str, text: &str, ms: u64| {
        player.types(keys);
        player.until(text);
        look(player, ms);
    };
    player.until("A run would begin");
    look(&mut player, 2_500);
    press(&mut player, "r", "[3 Pipeline]", 500);
    player.until("Is this the change you want?");
    player.until("same tree");
    look(&mut player, 4_000);
    press(&mut player, "a", "completed", 1_500);
    press(&mut player, "L", "on main?", 3_000);
    press(&mut player, "y", "landed on main as", 2_500);
    player.types("q");
    player.ends();
    put(
        &root().join("assets/demo.cast"),
        &cast::cast(SIZE, "harness-tui demo", &player.pieces),
    );
    put(
        &root().join("assets/demo.svg"),
        &film::film(SIZE, Ground::Dark, &player.pieces),
    );
}
