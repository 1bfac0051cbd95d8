//! Pictures of the real program on a real terminal, drawn by what is here and nothing else.
//!
//! - `cargo test --test pictures -- --ignored every` puts every view of every state at three sizes,
//!   light and dark, into `target/pictures`: for looking at.
//! - `cargo test --test pictures -- --ignored assets` makes those of the README anew, in `assets/`.
//! - `cargo test --test pictures -- --ignored recording` plays the demo by keys alone and writes
//!   `assets/demo.cast` (asciinema, version 2) and `assets/demo.svg`, which moves.

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

#[path = "pictures/cast.rs"]
mod cast;
#[path = "pictures/film.rs"]
mod film;
#[path = "pictures/player.rs"]
mod player;
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
#[ignore = "makes pictures for looking at"]
fn every() {
    let wanted = std::env::var("STATE").ok();
    let chosen = |s: &State| {
        wanted
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
                if *view == "approve" {
                    player.types("n");
                }
            }
        }
        player.types("q");
        player.ends();
    }
}
