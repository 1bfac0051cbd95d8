//! What a page costs: documents, code, changes, diagrams, large files. Prints figures, judges none.
//!
//!     cargo bench --bench render

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a benchmark prints, and stops at the first error"
)]

use harness_tui::render::code::Colours;
use harness_tui::render::find::Finder;
use harness_tui::render::lines::Index;
use harness_tui::render::source::{Source, Spot, View, source};
use harness_tui::render::{diagram, diff, markdown};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const SCREEN: usize = 60;
const COLUMNS: usize = 120;

fn main() {
    // `cargo test` builds and runs benches with this argument; there is nothing to prove here.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    documents();
    code();
    changes();
    large();
    diagrams();
}

/// The median of some rounds, each on something made anew.
fn report<T, R>(what: &str, mut make: impl FnMut() -> T, mut run: impl FnMut(T) -> R) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let given = make();
            let started = Instant::now();
            let result = black_box(run(given));
            let took = started.elapsed();
            drop(result);
            took
        })
        .collect();
    times.sort();
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    println!(
        "{what:<52} median {:>9.3} ms   max {:>9.3} ms",
        ms(times[ROUNDS / 2]),
        ms(times[ROUNDS - 1])
    );
}

fn documents() {
    let part = "## Part\n\nSome words about `src/a.rs:12` with **weight**, a [link](b.md) and more \
        that goes on for a while.\n\n- one\n- two\n  - three\n\n| a | b |\n|---|---|\n| 1 | two words |\n\n\
        ```rust\nfn main() { println!(\"hello\"); }\n```\n\n";
    let text = part.repeat((1 << 20) / part.len());
    let first = |text: String| {
        let mut page = markdown::Page::new(text, COLUMNS).coloured(Arc::default());
        page.lay_to(SCREEN);
        page
    };
    report("markdown 1 MB: read, first screen", || text.clone(), first);
    report(
        "markdown 1 MB: its beginning read, first screen",
        || (),
        |()| {
            let head = markdown::Document::head(&text, 64 << 10).unwrap();
            let blocks = markdown::Blocks::of(Arc::new(head), "", COLUMNS, Arc::default());
            blocks.flatten().take(SCREEN).collect::<Vec<_>>()
        },
    );
    report(
        "markdown 1 MB: all rows",
        || text.clone(),
        |text| {
            let mut page = markdown::Page::new(text, COLUMNS).coloured(Arc::default());
            page.lay_all();
            page
        },
    );
    report(
        "markdown 1 MB: the colours of its code",
        || (),
        |()| markdown::colours(&text),
    );
    let open = format!("{text}A paragraph that is being written");
    let mut streamed = markdown::Page::new(open, COLUMNS);
    streamed.lay_all();
    report(
        "markdown 1 MB: one more chunk",
        || (),
        |()| {
            streamed.append(" and more");
            streamed.lay_all()
        },
    );
}

fn code() {
    let line = "    let value: Option<String> = call(\"text\", 12)?; // a remark\n";
    let text = line.repeat(7_000);
    let view = View {
        columns: COLUMNS,
        wrap: true,
        left: 0,
    };
    report(
        "code 7,000 lines: without colours, all rows",
        || (),
        |()| source("a.rs", &text, COLUMNS, true, &Colours::default()),
    );
    report(
        "code 7,000 lines: its colours",
        || (),
        |()| Source::of("a.rs", &text),
    );
    let file = Source::of("a.rs", &text);
    let there = file.spot_of(&text, 6_900);
    report(
        "code 7,000 lines: a screen near the end",
        || (),
        |()| file.rows(&text, there, SCREEN, view),
    );
}

fn changes() {
    let old: String = (0..20_000)
        .map(|n| format!("let value_{n} = {n};\n"))
        .collect();
    let new: String = (0..20_000)
        .map(|n| {
            let call = if n % 2 == 0 { "call" } else { "value" };
            format!("let {call}_{n} = {n};\n")
        })
        .collect();
    report(
        "two texts, 10,000 lines changed: compare",
        || (),
        |()| diff::between("a.rs", &old, &new),
    );
    let mut patch =
        String::from("diff --git a/a.rs b/a.rs\n--- a/a.rs\n+++ b/a.rs\n@@ -1,5000 +1,5000 @@\n");
    for n in 0..5_000 {
        patch.push_str(&format!("-let value_{n} = {n};\n+let call_{n} = {n};\n"));
    }
    report(
        "change of 10,000 lines: its colours",
        || diff::parse(&patch),
        |mut files| diff::colour(&mut files),
    );
    report(
        "change of 10,000 lines: those of its first 400",
        || diff::parse(&patch),
        |mut files| diff::colour_to(&mut files, 400),
    );
    for style in [diff::Style::Unified, diff::Style::Sides] {
        let what = format!("change of 10,000 lines, {style:?}: open, first screen");
        report(
            &what,
            || (),
            |()| {
                let files = diff::parse(&patch);
                let layout = diff::Layout::new(&files[0], 160, style);
                layout.rows(&files[0], 0..SCREEN)
            },
        );
        let files = diff::parse(&patch);
        let layout = diff::Layout::new(&files[0], 160, style);
        report(
            "  all its rows",
            || (),
            |()| layout.rows(&files[0], 0..layout.len()),
        );
        report(
            "  scroll to its middle",
            || (),
            |()| layout.rows(&files[0], 2_500..2_500 + SCREEN),
        );
    }
}

fn large() {
    let line = b"2026-01-01T00:00:00 info  a line of a log of the usual width, with words in it\n";
    let text: Vec<u8> = line.iter().copied().cycle().take(100 << 20).collect();
    let view = View {
        columns: COLUMNS,
        wrap: true,
        left: 0,
    };
    report(
        "100 MB: first screen",
        || (),
        |()| {
            let mut file = Source::new("a.log");
            file.read(&text, 64 << 10);
            file.rows(&text, Spot::default(), SCREEN, view)
        },
    );
    report("100 MB: index of all lines", || (), |()| Index::of(&text));
    let file = Source::of("a.log", &text);
    report(
        "100 MB: jump to the end",
        || (),
        |()| {
            let end = file.end(&text, view);
            let top = file.step(&text, end, -59, view);
            file.rows(&text, top, SCREEN, view)
        },
    );
    report(
        "100 MB: search, large letters told apart",
        || (),
        |()| Finder::new("No such Words").map(|f| f.first(&text, 0..text.len() as u64)),
    );
    report(
        "100 MB: search, any letters",
        || (),
        |()| Finder::new("no such words").map(|f| f.first(&text, 0..text.len() as u64)),
    );
    let one = vec![b'x'; 50 << 20];
    report(
        "one line of 50 MB: read, first screen",
        || (),
        |()| {
            let file = Source::of("a.js", &one);
            file.rows(&one, Spot::default(), SCREEN, view)
        },
    );
    let file = Source::of("a.js", &one);
    report(
        "one line of 50 MB: a screen of its middle",
        || (),
        |()| {
            let spot = Spot {
                part: 6_000,
                row: 3,
            };
            let spot = file.step(&one, spot, 10, view);
            file.rows(&one, spot, SCREEN, view)
        },
    );
}

fn diagrams() {
    let flow = "graph LR\nspec-->design-->plan-->build-->qa\nqa-->|fail|build\nqa-->done";
    report(
        "diagram of 6 nodes",
        || (),
        |()| diagram::rows(flow, COLUMNS).unwrap(),
    );
    let many: String = (0..60)
        .map(|n| format!("a{n}-->a{}\na{n}-->b{}\n", n + 1, n / 6))
        .collect();
    let many = format!("graph TD\n{many}");
    report(
        "diagram of 70 nodes, 120 edges",
        || (),
        |()| diagram::rows(&many, COLUMNS).unwrap(),
    );
}
