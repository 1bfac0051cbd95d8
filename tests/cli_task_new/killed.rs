//! `task new --answers` killed at its system calls, by strace: what was answered is there once, and
//! the same call again comes to its end.
//!
//! The whole sweep: `cargo test --release --test cli_task_new -- --ignored every_system_call`.
//! One point again: `REPRO=rename:3 cargo test --test cli_task_new -- one_in_some`.

use super::scene::Scene;
use super::support::strace;
use harness_tui::documents::task::Task;

const ANSWERS: &str = "1. beside 2. four 3. 3 again. 4. nothing\n5. posts.html\n6. events first\n";
const KEPT: [&str; 6] = [
    "beside",
    "four",
    "3 again.",
    "nothing",
    "posts.html",
    "events first",
];
/// Where it changes what is there.
const CALLS: [&str; 5] = [
    "rename,renameat,renameat2",
    "fsync,fdatasync",
    "unlink,unlinkat",
    "write",
    "openat",
];

/// Runs it under strace; what that wrote down.
fn traced(scene: &Scene, expressions: &[String]) -> String {
    let trace = scene.beside("trace").display().to_string();
    let mut before = vec!["-o", trace.as_str()];
    for expression in expressions {
        before.extend(["-e", expression.as_str()]);
    }
    let folder = scene.with_every_turn_alike();
    scene.put("six.md", ANSWERS);
    scene.under("strace", &before, &args(&folder));
    std::fs::read_to_string(trace).unwrap()
}

fn args(folder: &str) -> [&str; 7] {
    [
        "task",
        "new",
        "B010",
        "--replay",
        folder,
        "--answers",
        "six.md",
    ]
}

/// Killed at the nth call of these, and done again. False: there are not that many.
fn killed_at(calls: &str, n: usize) -> bool {
    let scene = Scene::new();
    let fired = traced(&scene, &strace::killing(calls, n)).contains("killed by SIGKILL");
    let folder = scene.with_every_turn_alike();
    if fired {
        let said = scene.run(&args(&folder));
        assert_eq!(said.code, 0, "{calls}:{n}: {}\n{}", said.out, said.err);
    }
    let tasks = std::fs::read_dir(scene.home().join("harness/tasks")).unwrap();
    let names: Vec<String> = tasks
        .map(|f| f.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(names.len(), 1, "{calls}:{n}: {names:?}");
    let id = names[0].get(..4).unwrap();
    let text = scene.task(id);
    let given: Vec<_> = Task::parse(&text)
        .clarifications()
        .into_iter()
        .map(|c| c.answer.unwrap_or_default())
        .collect();
    assert_eq!(given, KEPT, "{calls}:{n}\n{text}");
    let linked = scene.backlog().matches(&format!("**Task:** {id}")).count();
    assert_eq!(linked, 1, "{calls}:{n}");
    scene.passes();
    fired
}

#[test]
fn killed_at_one_in_some_system_calls_it_goes_on() {
    if strace::works() {
        let undisturbed = || traced(&Scene::new(), &strace::tracing(&CALLS));
        strace::sampled("task new", &CALLS, undisturbed, killed_at);
    }
}

#[test]
#[ignore = "takes minutes: cargo test --release --test cli_task_new -- --ignored every_system_call"]
fn killed_at_every_system_call_it_goes_on() {
    // Opening and writing are too many, and each is followed by one of the others.
    let fired = strace::swept(&CALLS[..3], killed_at);
    assert!(fired > 30, "only {fired} faults fired");
}
