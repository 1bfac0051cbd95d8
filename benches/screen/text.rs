//! Large texts: artifacts, pasted text, a window that changes its size all the time.

use super::Bench;
use super::driver::Tty;
use super::fixture::{ARTIFACT, Repo};
use super::look::settled;
use super::start::other;
use super::table::{Times, note, row};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

const USUAL: (u16, u16) = (120, 40);

/// Lines with numbers, so many bytes of them; the last one says so.
fn lines(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut n = 0;
    while text.len() < bytes {
        n += 1;
        writeln!(
            text,
            "line {n} of a text that is as long as texts of machines are"
        )
        .unwrap();
    }
    text.push_str("the very last line\n");
    text
}

fn markdown(bytes: usize) -> String {
    let mut text = String::from("# The first heading\n\n");
    let mut n = 0;
    while text.len() < bytes {
        n += 1;
        write!(
            text,
            "## Section {n}\n\nSome *words* with `code` and a [link](https://example.org).\n\n\
             - one\n- two\n\n| a | b |\n| --- | --- |\n| 1 | {n} |\n\n```rust\nfn main() {{}}\n```\n\n"
        )
        .unwrap();
    }
    text
}

/// From the key that chooses the artifact to its first text, and to its end by another key. `None`
/// where the screen says something else of it.
fn artifact(
    text: &str,
    first: &str,
    last: Option<&str>,
) -> (Option<Duration>, Option<Duration>, Tty) {
    let repo = Repo::new(20, 5);
    let run = repo.waits(1);
    std::fs::write(repo.tree(&run).join(ARTIFACT), text).unwrap();
    let mut tty = settled(&repo, USUAL, "WAITING FOR YOU");
    // The run's documents: what the gate asks, the task, the change, the report; then this one.
    tty.types(b"4");
    tty.drain(Duration::from_millis(500));
    tty.types(b"jjj");
    tty.drain(Duration::from_millis(500));
    let from = tty.types(b"j");
    let opened = tty.when(from, |tty| {
        tty.shown().contains(first) || tty.shown().contains("larger than")
    });
    let opened = opened.filter(|_| tty.shown().contains(first));
    tty.drain(Duration::from_millis(300));
    let ended = last.filter(|_| opened.is_some()).and_then(|last| {
        tty.types(b"\t");
        tty.drain(Duration::from_millis(100));
        let from = tty.types(b"G");
        tty.until(from, last)
    });
    (opened, ended, tty)
}

fn say(time: Option<Duration>) -> String {
    time.map_or_else(
        || "not shown".to_owned(),
        |t| format!("{:.1} ms", t.as_secs_f64() * 1000.0),
    )
}

fn within(time: Option<Duration>, ms: f64) -> bool {
    time.is_some_and(|t| t.as_secs_f64() * 1000.0 <= ms)
}

/// How `less` does with the same file.
fn less(text: &str, last: Option<&str>) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("text");
    std::fs::File::create(&path)
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let mut tty = other("less", &["text"], dir.path());
    let opened = tty.first_ink();
    tty.drain(Duration::from_millis(100));
    let Some(last) = last else {
        return format!("less {}", say(opened));
    };
    let from = tty.types(b"G");
    let ended = tty.until(from, last);
    format!("less {}, end {}", say(opened), say(ended))
}

pub fn long(_: &Bench) {
    let text = lines(100_000_000);
    let last = Some("the very last line");
    let (opened, ended, _) = artifact(&text, "line 1 of a text", last);
    row(
        "P10",
        "artifact of 100 MB: first screen, end",
        "<= 10 ms, <= 10 ms",
        &format!("{}, {}", say(opened), say(ended)),
        within(opened, 10.0) && within(ended, 10.0),
        &less(&text, last),
    );
}

pub fn wide(_: &Bench) {
    let text = "let x=1;".repeat(50_000_000 / 8);
    let (opened, _, mut tty) = artifact(&text, "let x=1;", None);
    let mut times = Times::default();
    if opened.is_some() {
        tty.types(b"\t");
        tty.drain(Duration::from_millis(300));
        for _ in 0..20 {
            times.push(tty.key(b"j"));
        }
    }
    row(
        "P11",
        "one line of 50 MB: first screen, scrolling",
        "<= 20 ms, p99 <= 5 ms",
        &format!("{}, {}", say(opened), times.say()),
        within(opened, 20.0) && times.p99() <= 5.0,
        &less(&text, None),
    );
}

pub fn rendered(_: &Bench) {
    let text = markdown(1_000_000);
    let (opened, _, _) = artifact(&text, "Section 1", None);
    row(
        "P14",
        "markdown of 1 MB: first screen",
        "<= 10 ms",
        &say(opened),
        within(opened, 10.0),
        &less(&text, None),
    );
}

pub fn diff(_: &Bench) {
    note(
        "P13",
        "diff of 10,000 lines side by side",
        "not measured here: cargo bench --bench render",
    );
}

pub fn paste(bench: &Bench) {
    let mut tty = settled(bench.large(), USUAL, "2000 runs");
    tty.key(b"/");
    let text = "words and words ".repeat(1_000_000 / 16);
    let mut times = Times::default();
    for _ in 0..3 {
        let pasted = format!("\x1b[200~{text}\x1b[201~");
        tty.drain(Duration::from_millis(50));
        let from = Instant::now();
        tty.types(pasted.as_bytes());
        let last = tty.drain(Duration::from_millis(100));
        times.push(last.map(|at| at.saturating_duration_since(from)));
        tty.key(b"\x15");
    }
    row(
        "P15",
        "paste of 1 MB, to the last byte",
        "<= 20 ms",
        &times.say(),
        times.p50() <= 20.0,
        "a field takes 4000 letters of it",
    );
}

pub fn resizes(bench: &Bench) {
    let repo = bench.large();
    let trace = repo.outside("trace.jsonl");
    let _ = std::fs::remove_file(&trace);
    let mut tty = super::start::traced(repo, USUAL, &trace);
    tty.begins_with("2000 runs");
    tty.drain(Duration::from_millis(300));
    let before = lines_of(&trace).len();
    let begun = Instant::now();
    for n in 0..400_u16 {
        tty.resize((60 + (n * 7) % 140, 20 + (n * 3) % 40));
        tty.watch(Duration::from_millis(5));
    }
    let took = begun.elapsed();
    tty.resize(USUAL);
    tty.drain(Duration::from_millis(100));
    let rows = tty.rows();
    let right = rows
        .last()
        .is_some_and(|last| last.trim_end().ends_with("more"));
    let mut times = Times::default();
    for line in lines_of(&trace).into_iter().skip(before) {
        let us = |name: &str| {
            line.get(name)
                .and_then(serde_json::Value::as_f64)
                .unwrap_or(0.0)
        };
        times.push_ms((us("draw") + us("flush")) / 1000.0);
    }
    row(
        "P17",
        &format!("400 sizes in {:.1} s: a frame", took.as_secs_f64()),
        "max <= 16 ms, the last size right",
        &format!("{}, max {:.1}, {right}", times.say(), times.max()),
        times.max() <= 16.0 && right,
        "",
    );
}

fn lines_of(path: &std::path::Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .collect()
}
