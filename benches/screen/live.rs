//! Runs that go on: what they cost, keys while they talk, how fast rows come in, orders.

use super::Bench;
use super::driver::{Answers, Tty, wait};
use super::fixture::Repo;
use super::look::settled;
use super::machine::{Used, resident};
use super::start::open;
use super::table::{Times, row};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

const USUAL: (u16, u16) = (120, 40);
/// How long a processor's use is watched.
const WATCHED: Duration = Duration::from_secs(10);
/// How fast rows are appended while keys are pressed, in bytes a second.
const SPEED: u64 = 100_000_000;
/// The escape key as a terminal says it that has the keyboard protocol, which the bench's has: a
/// lone escape is known for one only by 25 ms of silence after it.
const ESCAPE: &[u8] = b"\x1b[27u";
/// How much is appended to see how fast it is read.
const INGEST: u64 = 300_000_000;

/// A row of a timeline as the engine writes them.
fn timeline_row(text: &str) -> String {
    format!("{{\"at\":\"2026-01-02T03:04:05Z\",\"ms\":1234,\"note\":{{\"text\":\"{text}\"}}}}\n")
}

/// About a megabyte of rows.
fn rows() -> String {
    let words = "a line of what an agent says while it works, as long as such lines are in earnest";
    timeline_row(words).repeat(1_000_000 / 160)
}

/// Rows that are appended at a steady speed until it is dropped.
struct Talk {
    done: Arc<AtomicBool>,
    bytes: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Talk {
    fn into(paths: Vec<PathBuf>) -> Self {
        let (done, bytes) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (ends, counts) = (done.clone(), bytes.clone());
        let thread = std::thread::spawn(move || {
            let rows = rows();
            let mut files: Vec<File> = paths.iter().map(|p| append(p)).collect();
            let begun = Instant::now();
            let mut written = 0;
            let mut at = 0;
            while !ends.load(Ordering::Relaxed) {
                if written as f64 > begun.elapsed().as_secs_f64() * SPEED as f64 {
                    wait(Duration::from_millis(1));
                    continue;
                }
                // A long bench is not to fill the disk.
                if written % (400 * rows.len() as u64) == 0 && written > 0 {
                    for file in &files {
                        file.set_len(0).unwrap();
                    }
                }
                let count = files.len();
                files[at % count].write_all(rows.as_bytes()).unwrap();
                at += 1;
                written += rows.len() as u64;
                counts.store(written, Ordering::Relaxed);
            }
        });
        Self {
            done,
            bytes,
            thread: Some(thread),
        }
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn append(path: &Path) -> File {
    File::options().append(true).open(path).unwrap()
}

/// A project with so many live runs.
fn living(runs: usize) -> (Repo, Vec<String>) {
    let mut repo = Repo::new(20, 12);
    let runs = (1..=runs).map(|n| repo.lives(n)).collect();
    (repo, runs)
}

/// The workbench on the timeline of the first live run.
fn followed(repo: &Repo) -> Tty {
    let mut tty = settled(repo, USUAL, "RUNNING");
    // What runs is at the top; the choice begins at what can be begun.
    tty.types(b"g");
    tty.drain(Duration::from_millis(300));
    tty.types(b"\r");
    tty.drain(Duration::from_millis(300));
    tty
}

pub fn cost(_: &Bench) {
    for (count, most) in [(1, 0.5), (8, 1.5)] {
        let (repo, _) = living(count);
        let mut tty = followed(&repo);
        let before = Used::by(tty.pid());
        tty.watch(WATCHED);
        let used = Used::by(tty.pid()).since(before);
        let share = used.cpu_ns as f64 / WATCHED.as_nanos() as f64 * 100.0;
        let per_second = used.switches as f64 / WATCHED.as_secs_f64();
        row(
            "P7",
            &format!(
                "{count} live run{}, one visible",
                if count == 1 { "" } else { "s" }
            ),
            &format!("<= {most} % CPU"),
            &format!("{share:.2} %, {per_second:.1} wakeups/s"),
            share <= most,
            "",
        );
    }
}

pub fn keys_while_they_talk(_: &Bench) {
    let (repo, runs) = living(8);
    let mut tty = followed(&repo);
    let paths = runs
        .iter()
        .map(|r| repo.attempt(r).join("transcript.jsonl"));
    let talk = Talk::into(paths.collect());
    tty.watch(Duration::from_secs(1));
    let mut times = Times::default();
    for n in 0..60 {
        // What the last row of the screen says is of the layer that is open.
        let last = |tty: &Tty| tty.rows().last().cloned().unwrap_or_default();
        let before = last(&tty);
        let from = tty.types(if n % 2 == 0 { b":" } else { ESCAPE });
        let time = tty.when(from, |tty| last(tty) != before);
        times.push(time);
        tty.watch(Duration::from_millis(60));
    }
    let mb = talk.bytes.load(Ordering::Relaxed) as f64 / 1e6;
    drop(talk);
    row(
        "P5",
        "key to screen, 8 runs, 100 MB/s of rows",
        "p99 <= 12 ms, max <= 25 ms",
        &format!("{}, max {:.1}", times.say(), times.max()),
        times.p99() <= 12.0 && times.max() <= 25.0,
        &format!("{mb:.0} MB written, {:.0} MB resident", resident(tty.pid())),
    );
}

pub fn ingest(_: &Bench) {
    let (repo, runs) = living(1);
    let mut tty = followed(&repo);
    let path = repo.attempt(&runs[0]).join("transcript.jsonl");
    let rows = rows();
    let mut file = append(&path);
    tty.drain(Duration::from_millis(100));
    let first = tty.stamps.len();
    let from = Instant::now();
    let mut written = 0;
    while written < INGEST {
        file.write_all(rows.as_bytes()).unwrap();
        written += rows.len() as u64;
    }
    let wrote = from.elapsed();
    file.write_all(timeline_row("here it ends").as_bytes())
        .unwrap();
    let took = tty.until(from, "here it ends");
    let mut gaps = Times::default();
    // From the first byte on: before it the screen was at rest, which is no gap.
    let mut last = from;
    for at in &tty.stamps[first..] {
        gaps.push(Some(at.saturating_duration_since(last)));
        last = *at;
    }
    let speed = took.map_or(0.0, |t| written as f64 / 1e6 / t.as_secs_f64());
    row(
        "P9",
        &format!(
            "{} MB of rows, written in {} ms",
            written / 1_000_000,
            wrote.as_millis()
        ),
        ">= 250 MB/s, frame gap p99 <= 16.7",
        &format!("{speed:.0} MB/s, gap {}", gaps.say()),
        speed >= 250.0 && gaps.p99() <= 16.7,
        "what is passed over is said",
    );
    let mb = resident(tty.pid());
    row(
        "P8",
        "memory after these rows",
        "<= 64 MB",
        &format!("{mb:.1} MB"),
        mb <= 64.0,
        "",
    );
}

pub fn pause(_: &Bench) {
    const TIMES: usize = 5;
    let (mut durable, mut shown, mut sent) = (Times::default(), Times::default(), Times::default());
    for _ in 0..TIMES {
        // A project of its own: a run that is paused stands before one that goes on.
        let mut repo = Repo::new(20, 12);
        let run = repo.lives(1);
        let mut tty = open(&repo, USUAL, Answers::AtOnce);
        tty.begins_with("RUNNING");
        tty.drain(Duration::from_millis(300));
        tty.types(b"g");
        tty.drain(Duration::from_millis(300));
        let agent = PathBuf::from(format!("/proc/{}", Repo::agent(&run).unwrap()));
        let orders = repo.runs().join(&run).join("control");
        let count = || std::fs::read_dir(&orders).map_or(0, Iterator::count);
        let before = count();
        // What it would do is shown first; the same key does it.
        tty.types(b"P");
        tty.drain(Duration::from_millis(300));
        let screen = tty.shown();
        let from = tty.types(b"P");
        let watcher = std::thread::spawn(move || {
            let (mut order, mut end) = (None, None);
            while from.elapsed() < Duration::from_secs(5) && end.is_none() {
                let now = from.elapsed();
                let count = std::fs::read_dir(&orders).map_or(0, Iterator::count);
                if order.is_none() && count > before {
                    order = Some(now);
                }
                // A process that was ended and not yet buried has no folder to work in.
                if std::fs::read_link(agent.join("cwd")).is_err() {
                    end = Some(now);
                }
                wait(Duration::from_micros(200));
            }
            (order, end)
        });
        shown.push(tty.when(from, |tty| tty.shown() != screen));
        let (order, end) = watcher.join().unwrap();
        durable.push(order);
        sent.push(end);
        tty.types(b"q");
        tty.ends(Instant::now());
    }
    for (what, times, most) in [
        ("pause now: the order is on disk", &durable, 10.0),
        ("pause now: the screen says so", &shown, 12.0),
        ("pause now: the agent's process is ended", &sent, 20.0),
    ] {
        row(
            "P20",
            what,
            &format!("<= {most} ms"),
            &times.say(),
            times.p99() <= most,
            "",
        );
    }
}
