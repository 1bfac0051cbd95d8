//! What a run does while nobody looks: it tells commands what came to pass, waits for quotas, hands
//! work on, stands where a logout does not end it, and keeps the machine awake. With the real program,
//! real repositories and agents that are shell scripts.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and writes as people do"
)]

mod support;

#[path = "nights/day.rs"]
mod day;
#[path = "nights/shared.rs"]
mod shared;

use harness_tui::engine::notice::Moment;
use harness_tui::process::{Identity, Signal, Watched};
use harness_tui::records::runs::RunView;
use harness_tui::supervisor::live::Holder;
use harness_tui::terms::{RunState, StageState};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use support::project::{Project, WORKS, put, until_holds, until_there};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// The settings that have every event written into this file, an object a line.
fn all_into(file: &Path) -> String {
    let each = Moment::ALL.map(|m| format!("  {}: cat >> '{}'\n", m.word(), file.display()));
    format!("on:\n{}", each.concat())
}

/// What was told, oldest first.
fn told(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Event and stage of each.
fn words(told: &[Value]) -> Vec<String> {
    let word = |v: &Value| match v["stage"].as_str() {
        Some(stage) => format!("{} {stage}", v["event"].as_str().unwrap()),
        None => v["event"].as_str().unwrap().to_owned(),
    };
    told.iter().map(word).collect()
}

/// Waits until nobody holds the run and it is in this state.
fn rests(project: &Project, run: &str, state: RunState) -> RunView {
    project.until(run, |v| !v.supervised && v.run.state() == state)
}

/// Kills the run's supervisor, and waits until it is gone.
fn kill(view: &RunView) {
    let bytes = std::fs::read(view.dirs.supervisor()).unwrap();
    let holder: Holder = serde_json::from_slice(&bytes).unwrap();
    let process = Watched::open(holder.process.pid).unwrap().unwrap();
    assert_eq!(*process.identity(), holder.process);
    process.signal(Signal::KILL).unwrap();
    assert!(process.wait(None).unwrap());
}

/// An agent that asks first, then finds its quota used up, then can't be started, then works.
fn troubled(project: &Project) -> String {
    let mark = |n: u32| project.outside(&format!("mark-{n}")).display().to_string();
    format!(
        "if ! grep -q 'navy blue'; then printf '## Questions\\n\\n- Q1 [blocking] Which blue?\\n'; exit 0; fi
if [ ! -e {0} ]; then touch {0}; echo 'harness-quota: 20s' >&2; exit 75; fi
if [ ! -e {1} ]; then touch {1}; echo broken >&2; exit 78; fi
echo navy >> page.txt; echo done",
        mark(1),
        mark(2)
    )
}

#[test]
fn commands_are_told_exactly_what_came_to_pass_while_nobody_looks() {
    let project = Project::new();
    let script = troubled(&project);
    let file = project.outside("events");
    let flow = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    let project = project
        .agent("build", &script)
        .settings(&all_into(&file))
        .flow(flow);
    let run = project.detach();
    rests(&project, &run, RunState::NeedsInput);
    project.expect(0, &["answer", &run, "Q1=navy blue"]);
    rests(&project, &run, RunState::Blocked);
    project.expect(0, &["resume", &run]);
    rests(&project, &run, RunState::AwaitingApproval);
    project.expect(0, &["approve", &run]);
    let view = rests(&project, &run, RunState::Completed);
    until_holds(&file, Some("\"completed\""));
    project.expect(0, &["land", &run]);
    until_holds(&file, Some("\"landed\""));

    let told = told(&file);
    let expected = [
        "started",
        "question build",
        "quota build",
        "blocked build",
        "gate build",
        "completed",
        "landed",
    ];
    assert_eq!(words(&told), expected, "{told:#?}");
    let mut ids: Vec<&str> = told.iter().map(|t| t["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), told.len(), "each has an id of its own");
    let schema: Value = serde_json::from_str(&project.expect(0, &["schema", "event"]).out).unwrap();
    let fields = |v: &Value| -> Vec<String> { v.as_object().unwrap().keys().cloned().collect() };
    for event in &told {
        assert_eq!(fields(event), fields(&schema["properties"]));
        assert_eq!(event["version"], 1);
        assert_eq!(event["run"], run.as_str());
        assert_eq!(event["task"], "T001");
        assert_eq!(event["title"], "Dark mode");
        // Of no attempt it is nothing; of one that does not tell it is not known.
        let known = event["event"] == "started";
        assert_eq!(event["cost_usd"].is_null(), !known, "{event}");
    }
    let [_, question, quota, blocked, gate, ..] = &told[..] else {
        panic!("{told:#?}")
    };
    assert_eq!(question["why"]["evidence"], "Q1 Which blue?");
    assert_eq!(
        question["why"]["command"],
        format!("harness-tui answer {run} Q1='…'")
    );
    let at: jiff::Timestamp = quota["at"].as_str().unwrap().parse().unwrap();
    let until: jiff::Timestamp = quota["until"].as_str().unwrap().parse().unwrap();
    assert!(
        until.duration_since(at) >= jiff::SignedDuration::from_secs(19),
        "{quota}"
    );
    assert!(
        quota["why"]["evidence"]
            .as_str()
            .unwrap()
            .contains("the quota of build is used up"),
        "{quota}"
    );
    assert!(
        blocked["why"]["evidence"]
            .as_str()
            .unwrap()
            .contains("broken"),
        "{blocked}"
    );
    assert_eq!(
        blocked["attempt"].as_str().unwrap().split("-BUILD").count(),
        2
    );
    assert!(
        gate["why"]["command"]
            .as_str()
            .unwrap()
            .starts_with("harness-tui approve"),
        "{gate}"
    );
    // The gap is told, and charged to nothing.
    let [wait] = &view.run.waited[..] else {
        panic!("{:?}", view.run.waited)
    };
    assert!(wait.to.unwrap() >= wait.until && wait.agent == "build");
    let record = &view.run.stages[0];
    assert_eq!((record.retries, record.second_chances), (0, 0));
    let report = project.read(&format!("harness/runs/{run}.md"));
    assert!(
        report.contains("Build waited 0:2") && report.contains("for the quota of build, from"),
        "{report}"
    );
}

#[test]
fn a_supervisor_that_is_killed_loses_no_event_and_doubles_only_the_one_that_was_being_told() {
    let go = |project: &Project| project.outside("go");
    let project = Project::new();
    let script = format!(
        "cat >/dev/null; touch {}; while [ ! -e {} ]; do sleep 0.05; done; echo dark >> page.txt; echo done",
        project.outside("works").display(),
        go(&project).display()
    );
    let (file, held) = (project.outside("events"), project.outside("held"));
    let settings = all_into(&file).replace(
        &format!("  gate: cat >> '{}'\n", file.display()),
        &format!(
            "  gate: \"cat >> '{}'; [ -e '{1}' ] || {{ touch '{1}'; exec sleep 3600; }}\"\n",
            file.display(),
            held.display()
        ),
    );
    let project = project
        .agent("build", &script)
        .settings(&settings)
        .flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    let run = project.detach();
    until_there(&project.outside("works"));
    until_holds(&file, Some("\"started\""));
    // Between two events: the attempt lives on, and is taken over.
    let view = project.until(&run, |v| v.supervised);
    kill(&view);
    put(&go(&project), "");
    project.expect(0, &["resume", &run]);
    // In the very middle of one.
    until_there(&held);
    let view = project.view(&run);
    let telling = std::fs::read(view.dirs.supervisor()).unwrap();
    let holder: Holder = serde_json::from_slice(&telling).unwrap();
    let teller = Watched::open(holder.process.pid).unwrap().unwrap();
    teller.signal(Signal::KILL).unwrap();
    assert!(teller.wait(None).unwrap());
    project.until(&run, |v| !v.supervised);
    project.expect(0, &["approve", &run]);
    rests(&project, &run, RunState::Completed);
    until_holds(&file, Some("\"completed\""));
    let told = told(&file);
    let expected = ["started", "gate build", "gate build", "completed"];
    assert_eq!(words(&told), expected, "{told:#?}");
    assert_eq!(told[1], told[2], "the same words by the same id");
    let id = told[1]["id"].as_str().unwrap();
    let left: Vec<u32> = harness_tui::process::bearing("HARNESS_EVENT_ID", id.as_ref())
        .into_iter()
        .filter(|pid| Identity::of(*pid).is_some())
        .collect();
    assert_eq!(left, [0; 0], "what was cut off is ended");
}

#[test]
fn a_command_that_fails_or_hangs_changes_nothing_and_is_told() {
    let project = Project::new().agent("build", WORKS).settings(
        "on:\n  started: { run: \"echo no such room >&2; exit 3\" }\n  completed: { run: [sleep, \"3600\"], timeout: 1s }\n",
    );
    let project = project.flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let view = project.until(&run, |v| !v.supervised && v.run.notes.len() > 1);
    assert_eq!(view.run.state(), RunState::Completed);
    let notes: Vec<&str> = view
        .run
        .notes
        .iter()
        .map(|(_, text)| text.as_str())
        .collect();
    let [first, second] = notes[..] else {
        panic!("{notes:#?}")
    };
    assert!(
        first.starts_with(
            "on started: the command of harness.yaml failed: it exited 3: no such room ["
        ),
        "{first}"
    );
    assert!(
        second.starts_with(
            "on completed: the command of harness.yaml failed: it took longer than 1 s and was ended ["
        ),
        "{second}"
    );
    let report = std::fs::read_to_string(view.active_dir().report()).unwrap();
    assert!(report.contains("no such room"), "{report}");
    assert!(project.expect(0, &["land", &run]).out.contains("landed"));
}

#[test]
fn a_persons_own_commands_are_told_of_every_project() {
    let project = Project::new();
    let file = project.outside("mine");
    let config = project.outside("user/config.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    let line = format!(
        "on: {{ completed: 'printf \"%s|%s|%s\" \"$HARNESS_EVENT\" \"$HARNESS_TITLE\" \"$HARNESS_WHAT\" > {}' }}\n",
        file.display()
    );
    put(&config, &format!("{text}{line}"));
    let project = project.agent("build", WORKS).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    until_holds(&file, Some("completed|Dark mode|"));
    until_holds(&file, Some(&run));
    // Of what came to pass before there was anybody to tell, nothing is told.
    put(&config, &text);
    rests(&project, &run, RunState::Completed);
    std::fs::remove_file(&file).unwrap();
    project.expect(0, &["run", "T001", "--from", "build", "--detach"]);
    project.until(&run, |v| {
        v.run.stages[0].attempts.len() == 2 && v.run.state() == RunState::Completed && !v.supervised
    });
    put(&config, &format!("{text}{line}"));
    project.expect(0, &["run", "T001", "--from", "build", "--detach"]);
    project.until(&run, |v| {
        v.run.stages[0].attempts.len() == 3 && v.run.state() == RunState::Completed && !v.supervised
    });
    until_there(&file);
    let events = project.view(&run).dirs.events();
    let told = std::fs::read_dir(events).unwrap().flatten();
    let told = told.map(|f| f.file_name().to_string_lossy().into_owned());
    // What is being written has a name that begins with a dot.
    let told = told.filter(|name| name.contains("completed") && !name.starts_with('.'));
    let told: Vec<String> = told.collect();
    assert_eq!(told.len(), 2, "the first and the third: {told:?}");
}

/// A quota that is used up in every attempt of this agent.
const DRY: &str = "cat >/dev/null; echo 'harness-quota: 3h' >&2; exit 75";

#[test]
fn a_used_up_quota_waits_blocks_or_lets_the_next_agent_work() {
    let other = |project: Project| {
        let path = project.outside("other.sh");
        put(&path, WORKS);
        let line = format!(
            "  - {{ name: other, driver: command, capabilities: [build], command: [sh, \"{}\"] }}\n",
            path.display()
        );
        project.settings(&line)
    };
    // The next one works.
    let project = other(Project::new().agent("build", DRY))
        .settings("on_quota: fallback\n")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = &project.runs()[0];
    let agents: Vec<_> = view.run.stages[0]
        .attempts
        .iter()
        .map(|a| a.agent.clone().unwrap())
        .collect();
    assert_eq!(agents, ["build", "other"]);
    let report = std::fs::read_to_string(view.active_dir().report()).unwrap();
    assert!(
        report.contains("Build: the quota of build is used up, other does the work"),
        "{report}"
    );
    assert!(report.contains("| other |"), "{report}");
    // Each is charged with what it did.
    let spent: Vec<_> = harness_tui::records::spending::of_run(view)
        .into_iter()
        .map(|row| row.agent.unwrap())
        .collect();
    assert_eq!(spent, ["build", "other"]);

    // It is not waited for so long.
    let project = Project::new()
        .agent("build", DRY)
        .settings("on_quota: { do: wait, until: 2h }\n")
        .flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("`until` of on_quota"), "{}", ran.out);

    // It is not waited for at all; a stage says so against its project.
    let project = Project::new()
        .agent("build", DRY)
        .settings("on_quota: wait\n")
        .flow("  - { id: build, name: Build, role: build, on_quota: block }\n");
    project.expect(3, &["run", "T001"]);

    // Waited for, with a kill in between: who comes next waits on, to the same moment.
    let project = Project::new().agent("build", DRY).flow(BUILD);
    let run = project.detach();
    let waits = |v: &RunView| v.run.stages[0].not_before.is_some();
    let view = project.until(&run, |v| v.supervised && waits(v));
    let until = view.run.stages[0].not_before.unwrap();
    kill(&view);
    // Nobody is there to go on then.
    let told = "the quota of build is used up; nobody carries it on, and it was to go on at 2";
    let why = project.expect(0, &["why", &run]).out;
    assert!(why.contains(told) && !why.contains("it waits"), "{why}");
    let of_stage = project.expect(0, &["why", &run, "build"]).out;
    assert!(of_stage.contains(told), "{of_stage}");
    let listed = project.expect(0, &["status"]).out;
    assert!(!listed.contains("it waits until"), "{listed}");
    project.expect(0, &["resume", &run]);
    let view = project.until(&run, |v| v.supervised && waits(v));
    let record = &view.run.stages[0];
    assert_eq!((record.not_before, record.attempts.len()), (Some(until), 1));
    assert_eq!(record.state, StageState::Ready);
    let why = project.expect(0, &["why", &run]).out;
    assert!(
        why.contains("the quota of build is used up; it waits until "),
        "{why}"
    );
    project.expect(0, &["cancel", &run, "--reason", "seen"]);
    rests(&project, &run, RunState::Cancelled);
}

/// A program in this folder.
fn program(folder: &Path, name: &str, script: &str) {
    let path = folder.join(name);
    put(&path, &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The folder of stand-ins before everything else of PATH.
fn path_with(folder: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap();
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).unwrap()
}

#[test]
fn under_systemd_a_supervisor_moves_to_a_scope_and_stays_the_process_it_was() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let (bin, runtime, log) = (
        project.outside("bin"),
        project.outside("runtime"),
        project.outside("asked"),
    );
    put(&runtime.join("bus"), "");
    program(&bin, "loginctl", "echo yes");
    program(
        &bin,
        "busctl",
        &format!(
            "case \"$1\" in get-property) echo 'b true';; *) echo \"$@\" >> '{}'; echo 'o \"/job/1\"';; esac",
            log.display()
        ),
    );
    let with = |args: &[&str]| {
        let mut command = project.command(args);
        command
            .env("PATH", path_with(&bin))
            .env("XDG_RUNTIME_DIR", &runtime);
        support::project::ran(&command.output().unwrap())
    };
    let ran = with(&["run", "T001"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let view = &project.runs()[0];
    let bytes = std::fs::read(view.dirs.supervisor()).unwrap();
    let holder: Holder = serde_json::from_slice(&bytes).unwrap();
    let asked = std::fs::read_to_string(&log).unwrap();
    let words: Vec<&str> = asked.split_whitespace().collect();
    assert!(words.contains(&"StartTransientUnit"), "{asked}");
    let [.., "PIDs", "au", "1", pid, "0"] = words[..] else {
        panic!("{asked}")
    };
    assert_eq!(pid, holder.process.pid.to_string(), "{asked}");
    program(
        &bin,
        "systemd-inhibit",
        "for last; do :; done; exec \"$last\"",
    );
    let doctor = with(&["doctor"]).out;
    assert!(
        doctor.contains("runs go on, in a scope of your own"),
        "{doctor}"
    );
    let awake = |doctor: &str| {
        doctor
            .lines()
            .find(|l| l.contains(" awake "))
            .map(str::to_owned)
    };
    assert!(awake(&doctor).unwrap().starts_with("ok "), "{doctor}");
    // It does not answer as systemd does: the run goes on where it is.
    program(&bin, "busctl", "exit 1");
    program(&bin, "loginctl", "exit 1");
    program(
        &bin,
        "systemd-inhibit",
        "echo 'Failed to connect to bus' >&2; exit 1",
    );
    let ran = with(&["run", "T001", "--new"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let doctor = with(&["doctor"]).out;
    assert!(
        doctor.contains("nothing here says whether runs go on"),
        "{doctor}"
    );
    let awake = awake(&doctor).unwrap();
    assert!(
        awake.starts_with("warn") && awake.ends_with("Failed to connect to bus"),
        "{doctor}"
    );
}

#[test]
fn the_machine_is_kept_awake_while_an_agent_works_and_no_longer() {
    let go = "cat >/dev/null; touch WORKS; while [ ! -e GO ]; do sleep 0.05; done; echo dark >> page.txt; echo done";
    let project = Project::new();
    let at = |name: &str| project.outside(name).display().to_string();
    let script = go.replace("WORKS", &at("works")).replace("GO", &at("go"));
    let bin = project.outside("bin");
    // It says that it holds, and when it was let go.
    program(
        &bin,
        "systemd-inhibit",
        &format!(
            "echo \"$$ $@\" > {0}; for last; do :; done; \"$last\" > /dev/null; echo gone > {1}",
            at("holds"),
            at("let-go")
        ),
    );
    let project = project
        .agent("build", &script)
        .flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    let path = path_with(&bin);
    let mut command = project.command(&["run", "T001", "--detach", "--awake"]);
    let ran = support::project::ran(&command.env("PATH", &path).output().unwrap());
    let run = ran.out.trim().to_owned();
    let holds = project.outside("holds");
    until_there(&project.outside("works"));
    until_holds(&holds, Some("--what=sleep:idle"));
    let said = std::fs::read_to_string(&holds).unwrap();
    assert!(said.contains(&format!("--why={run}")), "{said}");
    let pid: u32 = said.split_whitespace().next().unwrap().parse().unwrap();
    let holder = Watched::open(pid).unwrap().unwrap();
    // Killed, the supervisor holds nothing any more.
    kill(&project.until(&run, |v| v.supervised));
    assert!(holder.wait(None).unwrap());
    until_there(&project.outside("let-go"));
    std::fs::remove_file(&holds).unwrap();
    let mut command = project.command(&["resume", &run]);
    let ran = support::project::ran(&command.env("PATH", &path).output().unwrap());
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    until_holds(&holds, Some("--what=sleep:idle"));
    let said = std::fs::read_to_string(&holds).unwrap();
    let pid: u32 = said.split_whitespace().next().unwrap().parse().unwrap();
    let holder = Watched::open(pid).unwrap();
    put(&project.outside("go"), "");
    let view = rests(&project, &run, RunState::AwaitingApproval);
    assert!(holder.is_none_or(|h| h.wait(None).unwrap()));
    assert_eq!(view.run.notes, [], "{:?}", view.run.notes);
}

#[test]
fn the_recipes_of_the_page_of_events_can_be_written_so() {
    let page = include_str!("../docs/events.md");
    let blocks: Vec<&str> = page
        .split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() > 5, "{blocks:#?}");
    for block in blocks {
        let (choices, faults) = harness_tui::documents::choices::parse("config.yaml", block);
        assert_eq!(faults, [], "{block}");
        assert!(!choices.on.is_empty(), "{block}");
        let (settings, faults) = harness_tui::documents::settings::parse("harness.yaml", block);
        assert_eq!(faults, [], "{block}");
        assert_eq!(settings.on.len(), choices.on.len(), "{block}");
    }
}
