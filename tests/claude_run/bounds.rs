//! Agents that would go on for ever.

use super::recorded::prompt_of;
use super::scene::Scene;
use super::stages::BUILD;
use super::support::model::{Script, Step};
use harness_tui::terms::{Outcome, RunState};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// The processes of this machine whose environment holds this text.
fn processes_with(mark: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let environ = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if String::from_utf8_lossy(&environ).contains(mark) {
            let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            found.push(String::from_utf8_lossy(&command).into_owned());
        }
    }
    found
}

/// Waits until it is so; `now`: what there is instead.
fn comes(so: impl Fn() -> bool, now: impl Fn() -> String) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", now());
        let (_alive, nothing) = channel::<()>();
        let _ = nothing.recv_timeout(Duration::from_millis(30));
    }
}

#[test]
fn what_never_ends_is_ended_with_all_it_started_and_gone_on_with_in_its_session() {
    let stages = BUILD.replace("timeout: 90s", "timeout: 6s");
    let script = Script::always([
        Step::default().bash(
            "setsid sh -c 'trap \"\" TERM INT; echo $$ > src/daemon.pid; exec tail -f /dev/null' \
             >/dev/null 2>&1 </dev/null & echo half > src/half.txt; exec tail -f /dev/null",
        ),
        Step::say("Never said."),
    ]);
    let Some(scene) = Scene::small(script, &stages) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    let view = scene.view();
    assert_eq!(view.state(), RunState::Blocked);
    // Every process of this scene has its home.
    let mark = format!("HOME={}", scene.outside("user").display());
    // Its supervisor is still leaving, perhaps; what has no end of its own stays.
    comes(
        || processes_with(&mark).is_empty(),
        || format!("{:#?}", processes_with(&mark)),
    );
    assert_eq!(scene.attempts(), ["build.1.1", "build.1.2"]);
    for attempt in ["build.1.1", "build.1.2"] {
        assert_eq!(scene.exit(attempt).outcome, Outcome::TimedOut);
    }
    let patch = scene.attempt_file("build.1.1", "partial.patch");
    assert!(patch.contains("+half"), "{patch}");
    // The second went on in the conversation of the first.
    let session = |attempt: &str| scene.exit(attempt).session.unwrap();
    assert_eq!(session("build.1.1"), session("build.1.2"));
    let last = scene
        .server
        .requests()
        .pop()
        .unwrap()
        .user_texts()
        .join("\n");
    assert!(
        last.contains("-BUILD)") && last.contains("-BUILD-2)"),
        "{last}"
    );
    let why = scene.why();
    assert!(why.contains("timeout"), "{why}");
}

#[test]
fn a_run_that_is_paused_now_goes_on_in_its_session() {
    let script = Script::default()
        .rule(
            &prompt_of("BUILD-2"),
            [
                Step::default().bash("cat src/half.txt > src/whole.txt"),
                Step::say("Done."),
            ],
        )
        .rule(
            ".",
            [Step::default().bash("echo half > src/half.txt; exec tail -f /dev/null")],
        );
    let Some(scene) = Scene::small(script, BUILD) else {
        return;
    };
    scene.expect(0, &["run", "T001", "--detach"]);
    let half = scene.view().order.tree.join("src/half.txt");
    comes(|| half.exists(), || "it never began".to_owned());
    scene.expect(0, &["pause", "T001", "--now"]);
    scene.expect(6, &["logs", "T001", "--follow"]);
    assert_eq!(scene.view().state(), RunState::Paused);
    assert_eq!(scene.exit("build.1.1").outcome, Outcome::Paused);
    assert_eq!(std::fs::read_to_string(&half).unwrap(), "half\n");
    scene.expect(0, &["resume", "T001", "--follow"]);
    let session = |attempt: &str| scene.exit(attempt).session.unwrap();
    assert_eq!(session("build.1.1"), session("build.1.2"));
    let head = scene.view().run.head.clone().unwrap();
    let whole = scene.git(&["show", &format!("{head}:src/whole.txt")]);
    assert_eq!(whole, "half");
}

#[test]
fn a_gigabyte_of_output_takes_neither_memory_nor_disk() {
    let script = "cat >/dev/null; mkdir -p src; yes \"$(head -c 4000 /dev/zero | tr '\\0' y)\" | \
                  head -c 1000000000; grep VmHWM /proc/$PPID/status > src/peak.txt; echo end";
    let Some(scene) = Scene::small(Script::default(), BUILD) else {
        return;
    };
    let settings = scene.read("harness/harness.yaml").replace(
        "agents:\n",
        &format!(
            "agents:\n  - name: loud\n    driver: command\n    capabilities: [build]\n    \
             command: [sh, -c, {}]\n",
            serde_json::Value::from(script)
        ),
    );
    scene.put("harness/harness.yaml", &settings);
    scene.commit();
    scene.expect(0, &["run", "T001", "--agent", "loud"]);
    let head = scene.view().run.head.clone().unwrap();
    let peak = scene.git(&["show", &format!("{head}:src/peak.txt")]);
    let kib: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(kib < 200 * 1024, "{peak}");
    let dir = scene.view().attempt_dir(&"build.1.1".parse().unwrap());
    let size = |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().len();
    assert!(size("raw.log") < 80 * 1024 * 1024, "{}", size("raw.log"));
    assert!(size("transcript.jsonl") < 40 * 1024 * 1024);
    assert!(scene.exit("build.1.1").answer.ends_with("end"));
}
