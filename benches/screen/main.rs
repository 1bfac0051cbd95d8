//! The speed of the workbench: the figures P1 to P20, one row each, of the real program on a
//! terminal of its own, beside `less` (and gitui where it is there) in the same run. Prints figures;
//! judges none where the machine is busy with other things.
//!
//!     cargo bench --bench screen              all of them
//!     cargo bench --bench screen -- P4 P12    some of them

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    missing_docs,
    reason = "a benchmark prints, stops at the first error, and counts in thousands"
)]

mod driver;
mod fixture;
mod live;
mod look;
mod machine;
mod start;
mod table;
mod text;
#[allow(dead_code, reason = "what tests need of it beside")]
#[path = "../../tests/support/trusted.rs"]
mod trusted;

use fixture::Repo;
use std::cell::OnceCell;

/// What is measured, and the repositories that it is measured in, made when they are first needed.
pub struct Bench {
    wanted: Vec<String>,
    large: OnceCell<Repo>,
}

impl Bench {
    fn wants(&self, number: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|w| w.eq_ignore_ascii_case(number))
    }

    /// 10,000 items, 2,000 runs.
    pub fn large(&self) -> &Repo {
        self.large.get_or_init(fixture::large)
    }
}

/// A figure by its number.
type Figure = (&'static str, fn(&Bench));

const FIGURES: &[Figure] = &[
    ("P1", start::first_frame),
    ("P2", start::first_rows),
    ("P3", start::everything),
    ("P4", look::keys),
    ("P5", live::keys_while_they_talk),
    ("P6", look::idle),
    ("P7", live::cost),
    ("P8", look::memory),
    ("P9", live::ingest),
    ("P10", text::long),
    ("P11", text::wide),
    ("P12", look::changes),
    ("P13", text::diff),
    ("P14", text::rendered),
    ("P15", text::paste),
    ("P16", look::filter),
    ("P17", text::resizes),
    ("P18", look::leave),
    ("P19", look::size),
    ("P20", live::pause),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test` builds and runs benches with this argument; there is nothing to prove here.
    if args.iter().any(|a| a == "--test") {
        return;
    }
    let wanted = args.into_iter().filter(|a| !a.starts_with('-')).collect();
    let bench = Bench {
        wanted,
        large: OnceCell::new(),
    };
    println!(
        "{} cores, Linux {}, load {:.2}; times are p50 / p99",
        machine::cores(),
        machine::kernel(),
        machine::load()
    );
    for (number, figure) in FIGURES {
        if bench.wants(number) {
            figure(&bench);
        }
    }
}
