//! A screen that is looked at: keys, rest, memory, changes.

use super::Bench;
use super::driver::{Answers, Tty};
use super::fixture::{self, PROGRAM, Repo, replace};
use super::machine::{Used, resident};
use super::start::{is_there, open, other};
use super::table::{Times, best, note, row};
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const KEYS: usize = 100;
const USUAL: (u16, u16) = (120, 40);
const WIDE: (u16, u16) = (250, 70);
/// How long it is watched at rest.
const REST: Duration = Duration::from_secs(10);

/// The workbench, everything read.
pub fn settled(repo: &Repo, size: (u16, u16), text: &str) -> Tty {
    let mut tty = open(repo, size, Answers::AtOnce);
    assert!(
        tty.begins_with(text).is_some(),
        "'{text}':\n{}",
        tty.shown()
    );
    tty.settled(Duration::from_millis(300));
    tty
}

/// From keys to their last byte, up and down by turns.
fn pressed(tty: &mut Tty, keys: &[&[u8]]) -> Times {
    best(ROUNDS, || {
        let mut times = Times::default();
        for n in 0..KEYS {
            times.push(tty.key(keys[n % keys.len()]));
        }
        times
    })
}

pub fn keys(bench: &Bench) {
    let repo = bench.large();
    let mut less = other("less", &["harness/backlog.md"], &repo.home());
    less.settled(Duration::from_millis(100));
    let less = pressed(&mut less, &[b"j", b"j", b"k"]);
    for (size, goal, most) in [
        (USUAL, "p50 <= 0.7 ms, p99 <= 1.5 ms", 1.5),
        (WIDE, "p99 <= 3 ms", 3.0),
    ] {
        let mut tty = settled(repo, size, "2000 runs");
        let ours = pressed(&mut tty, &[b"j", b"j", b"k"]);
        row(
            "P4",
            &format!("key to last byte, {}x{}", size.0, size.1),
            goal,
            &ours.say(),
            ours.p99() <= most && (size != USUAL || ours.p50() <= 0.7),
            &format!("less {}", less.say()),
        );
    }
    if is_there("gitui") {
        let mut gitui = other("gitui", &[], &repo.home());
        gitui.settled(Duration::from_millis(500));
        note(
            "P4",
            "  gitui",
            &pressed(&mut gitui, &[b"j", b"j", b"k"]).say(),
        );
    }
}

pub fn filter(bench: &Bench) {
    let mut tty = settled(bench.large(), USUAL, "2000 runs");
    tty.key(b"/");
    let ours = pressed(
        &mut tty,
        &[b"i", b"n", b"v", b"o", b"\x7f", b"\x7f", b"\x7f", b"\x7f"],
    );
    row(
        "P16",
        "filter 10,000 items, a key to pixels",
        "p99 <= 4 ms",
        &ours.say(),
        ours.p99() <= 4.0,
        "",
    );
}

pub fn idle(bench: &Bench) {
    let mut tty = settled(bench.large(), USUAL, "2000 runs");
    // What it does once after its start is not rest.
    tty.watch(Duration::from_secs(2));
    let (before, bytes) = (Used::by(tty.pid()), tty.raw.len());
    tty.watch(REST);
    let used = Used::by(tty.pid()).since(before);
    let bytes = tty.raw.len() - bytes;
    row(
        "P6",
        &format!("at rest for {} s", REST.as_secs()),
        "0 wakeups, 0 CPU, 0 bytes",
        &format!(
            "{} wakeups, {:.2} ms, {bytes} B",
            used.switches,
            used.cpu_ns as f64 / 1e6
        ),
        used.switches == 0 && bytes == 0,
        "",
    );
}

pub fn memory(bench: &Bench) {
    let small = Repo::new(0, 0);
    let mut tty = open(&small, USUAL, Answers::AtOnce);
    tty.begins_with("Nothing here yet");
    tty.settled(Duration::from_millis(300));
    let mb = resident(tty.pid());
    row(
        "P8",
        "memory, empty",
        "<= 12 MB",
        &format!("{mb:.1} MB"),
        mb <= 12.0,
        "",
    );
    let mut tty = settled(bench.large(), USUAL, "2000 runs");
    tty.watch(Duration::from_secs(1));
    let mb = resident(tty.pid());
    row(
        "P8",
        "memory, 10,000 items and 2,000 runs",
        "<= 40 MB",
        &format!("{mb:.1} MB"),
        mb <= 40.0,
        "",
    );
}

pub fn changes(bench: &Bench) {
    let small = Repo::new(20, 5);
    change("in a small project", &small, "20 items");
    change("with 10,000 items", bench.large(), "2000 runs");
}

/// A file is replaced; when its title stands on the screen.
fn change(word: &str, repo: &Repo, ready: &str) {
    const CHANGES: usize = 40;
    let mut tty = settled(repo, USUAL, ready);
    tty.key(b"g");
    let task = fixture::task(2);
    // The chosen entry's task: its criteria stand on the screen.
    let path = repo.home().join(fixture::task_path(2));
    let mut times = Times::default();
    tty.types(b"/B00002\r");
    tty.drain(Duration::from_millis(200));
    for n in 0..CHANGES {
        tty.drain(Duration::from_millis(20));
        let mark = format!("word{n:03}");
        let text = task.replace("Status: Ready", &format!("Status: {mark}"));
        let from = Instant::now();
        replace(&path, &text);
        times.push(tty.until(from, &mark));
    }
    replace(&path, &task);
    row(
        "P12",
        &format!("a task's file changes, to pixels, {word}"),
        "p50 <= 2 ms, p99 <= 8 ms",
        &times.say(),
        times.p50() <= 2.0 && times.p99() <= 8.0,
        "",
    );
}

pub fn leave(bench: &Bench) {
    let repo = bench.large();
    let mut times = Times::default();
    let mut whole = true;
    for _ in 0..10 {
        let mut tty = settled(repo, USUAL, "2000 runs");
        let from = tty.types(b"q");
        times.push(Some(tty.ends(from)));
        let screen = tty.screen();
        whole &= !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
    }
    let word = if whole {
        "modes as before"
    } else {
        "MODES LEFT"
    };
    row(
        "P18",
        "leave: key to the end of the process",
        "p99 <= 20 ms, modes as before",
        &format!("{}, {word}", times.say()),
        times.p99() <= 20.0 && whole,
        "",
    );
}

pub fn size(_: &Bench) {
    let mb = std::fs::metadata(PROGRAM).unwrap().len() as f64 / 1e6;
    row(
        "P19",
        "the program, stripped",
        "<= 15 MB",
        &format!("{mb:.1} MB"),
        mb <= 15.0,
        "",
    );
}
