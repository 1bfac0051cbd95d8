//! The line for a status bar, and what is told over every repository.

use super::{five_tasks, five_that_wait};
use crate::support::project::{Project, Ran, until_there};
use serde_json::Value;

fn format(project: &Project, format: &str) -> String {
    let ran = project.expect(0, &["status", "--format", format]);
    assert_eq!(ran.err, "");
    ran.out.trim_end().to_owned()
}

fn objects(ran: &Ran) -> Vec<Value> {
    let lines = ran.out.lines();
    lines.map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn a_line_says_what_is_so_now_and_never_what_was() {
    let (project, runs) = five_that_wait();
    let all = "{needs} {question} {gate} {blocked} {failed} {completed} {running} {open} {runs}";
    // The second time from what was kept of the first.
    for _ in 0..2 {
        assert_eq!(format(&project, all), "5 1 1 1 1 1 0 5 5");
        assert_eq!(
            format(&project, "{task} {stage} {need}, {project}"),
            "T002 Build Build: 1 question, home"
        );
        assert_eq!(
            format(&project, "{running?never}{gate?{gate} at a gate}"),
            "1 at a gate"
        );
    }
    // What an agent did not report is not 0.
    assert_eq!(format(&project, "{cost}"), "?");
    assert_eq!(format(&project, "tmux"), "? 5 ?");
    assert_eq!(format(&project, "prompt"), "?5");
    let value: Value = serde_json::from_str(&format(&project, "json")).unwrap();
    assert_eq!(
        (&value["needs"], &value["task"]),
        (&5.into(), &"T002".into())
    );
    project.expect(0, &["land", "T004"]);
    assert_eq!(format(&project, all), "4 1 1 1 1 0 0 4 5");
    project.expect(0, &["cancel", &runs[2]]);
    assert_eq!(format(&project, all), "3 1 1 0 1 0 0 3 5");
    project.expect(0, &["approve", &runs[0]]);
    assert_eq!(format(&project, all), "3 1 0 0 1 1 0 3 5");
    // A folder that goes is gone, and one that can't be read is told as such.
    project.expect(0, &["clean", &runs[3]]);
    std::fs::remove_dir_all(project.home().join(".git/harness/runs").join(&runs[3])).unwrap();
    assert_eq!(format(&project, all), "3 1 0 0 1 1 0 3 4");
    let journal = project.home().join(".git/harness/runs").join(&runs[4]);
    std::fs::write(journal.join("journal.jsonl"), "{}\n{}\n").unwrap();
    assert_eq!(format(&project, "{failed} {unreadable}"), "0 1");
}

#[test]
fn who_runs_is_told_from_who_should_and_does_not() {
    let project = Project::new()
        .agent(
            "build",
            "cat >/dev/null; touch began; read x < go; echo x >> page.txt",
        )
        .flow("  - { id: build, name: Build, role: build }\n");
    let gate = project.outside("go");
    crate::support::drive::fifo(&gate);
    let script = format!(
        "cat >/dev/null; : > {0}; read x < {1}; echo x >> page.txt",
        project.outside("began").display(),
        gate.display()
    );
    crate::support::project::put(&project.outside("build.sh"), &script);
    let run = project.detach();
    until_there(&project.outside("began"));
    assert_eq!(
        format(&project, "{running} {interrupted} {stage}"),
        "1 0 Build"
    );
    let working = project.expect(0, &["status"]);
    assert!(working.out.contains("At work"), "{}", working.out);
    let agent = objects(&project.expect(0, &["status", "--json"]));
    let agent = agent.iter().find(|o| o["type"] == "agent").unwrap();
    assert_eq!(
        (&agent["agent"], &agent["stage"]),
        (&"build".into(), &"build".into())
    );
    assert_eq!(agent["side_by_side"], 1);
    // What was kept while it ran says nothing of now.
    std::fs::write(&gate, "go\n").unwrap();
    project.until(&run, |v| !v.supervised && v.run.ended);
    assert_eq!(format(&project, "{running} {completed}"), "0 1");
}

#[test]
fn a_wrong_format_is_a_fault_and_elsewhere_there_is_nothing_to_say() {
    let project = five_tasks();
    for (wrong, word) in [
        ("{nothing}", "there is no token 'nothing'"),
        ("{needs", "never closed"),
        ("}", "closes nothing"),
    ] {
        let ran = project.expect(2, &["status", "--format", wrong]);
        assert!(ran.err.contains(word) && ran.out.is_empty(), "{}", ran.err);
    }
    project.expect(2, &["--json", "status", "--format", "tmux"]);
    assert_eq!(format(&project, "tmux"), "");
    assert_eq!(format(&project, "{needs}"), "0");
    let elsewhere = project.outside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    for format in ["{needs}", "tmux", "json"] {
        let mut command = project.command(&["status", "--format", format]);
        let output = command.current_dir(&elsewhere).output().unwrap();
        assert!(output.status.success());
        assert!(
            output.stdout.is_empty() && output.stderr.is_empty(),
            "{output:?}"
        );
    }
}

#[test]
fn over_all_repositories_what_waits_comes_first_and_what_is_gone_is_let_go_of() {
    let one = five_tasks();
    one.expect(6, &["run", "T001"]);
    // The same person in a second repository, and in a third that goes.
    let other = Project::new()
        .agent("build", "cat >/dev/null; echo x >> page.txt")
        .flow("  - { id: build, name: Build, role: build }\n");
    let gone = five_tasks();
    let person = one.outside("user");
    let of_person = |project: &Project, args: &[&str]| {
        let mut command = project.command(args);
        let output = command.env("HARNESS_TUI_HOME", &person).output().unwrap();
        crate::support::project::ran(&output)
    };
    assert_eq!(of_person(&other, &["run", "T001"]).code, 0);
    assert_eq!(of_person(&other, &["land", "T001"]).code, 0);
    assert_eq!(of_person(&gone, &["run", "T001"]).code, 6);
    let home = |project: &Project| project.home().display().to_string();
    let gone_home = home(&gone);
    drop(gone);
    let told = one.expect(0, &["status", "--all", "--json"]);
    let told = objects(&told);
    let of = |kind: &str| {
        told.iter()
            .filter(|o| o["type"] == kind)
            .cloned()
            .collect::<Vec<_>>()
    };
    let repositories = of("repository");
    let homes: Vec<&str> = { &repositories }
        .iter()
        .map(|o| o["repository"].as_str().unwrap())
        .collect();
    assert_eq!(homes, [home(&one), home(&other)]);
    assert_eq!(
        (&repositories[0]["needs"], &repositories[1]["runs"]),
        (&1.into(), &1.into())
    );
    let runs = of("run");
    assert_eq!(runs.len(), 1, "{runs:#?}");
    assert_eq!(
        (&runs[0]["need"], &runs[0]["task"]),
        (&"gate".into(), &"T001".into())
    );
    assert!(
        runs[0]["command"]
            .as_str()
            .unwrap()
            .starts_with("harness-tui approve RUN-")
    );
    let lost = of("gone");
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0]["repository"], gone_home.as_str());
    // It is told once.
    let text = one.expect(0, &["status", "--all"]).out;
    assert!(!text.contains(&gone_home), "{text}");
    assert!(text.contains("approve Build"), "{text}");
    let nothing = text.find("Nothing waits or runs").unwrap();
    assert!(text.find(&home(&other)).unwrap() > nothing, "{text}");
    let line = one.expect(0, &["status", "--all", "--format", "{needs} of {runs}"]);
    assert_eq!(line.out.trim_end(), "1 of 2");
}
