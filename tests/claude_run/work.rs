//! What goes wrong in what the agent does.

use super::recorded::{artifact, prompt_of};
use super::scene::Scene;
use super::stages::{BUILD, QA, SPEC};
use super::support::model::{Script, Step, TREE};
use harness_tui::terms::{Outcome, RunState};

fn write(path: &str, text: &str) -> Step {
    Step::default().write(format!("{TREE}/{path}"), text)
}

#[test]
fn an_end_without_any_work_is_no_pass() {
    let Some(scene) = Scene::small(Script::always([Step::say("All is built.")]), BUILD) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.attempts(), ["build.1.1", "build.1.2"]);
    for attempt in ["build.1.1", "build.1.2"] {
        assert_eq!(scene.exit(attempt).outcome, Outcome::NoChange);
    }
    let why = scene.why();
    assert!(why.contains("changed nothing"), "{why}");
    assert!(scene.report().contains("no_change"), "{}", scene.report());
}

#[test]
fn what_build_writes_outside_its_profile_is_taken_back() {
    let script = Script::always([
        write("src/good.txt", "good\n"),
        Step::default()
            .bash("echo '### B999 - Mine' >> harness/backlog.md; echo x > harness/run-state.md"),
        Step::say("Done."),
    ]);
    let Some(scene) = Scene::small(script, BUILD) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.attempts(), ["build.1.1", "build.1.2"]);
    let exit = scene.exit("build.1.2");
    assert_eq!(exit.outcome, Outcome::Overreach, "{}", exit.reason);
    assert_eq!(
        exit.taken_back,
        ["harness/backlog.md", "harness/run-state.md"]
    );
    let patch = scene.attempt_file("build.1.1", "guard.patch");
    assert!(patch.contains("+### B999 - Mine"), "{patch}");
    let view = scene.view();
    let tree = std::fs::read_to_string(view.order.tree.join("harness/backlog.md")).unwrap();
    assert!(!tree.contains("B999"));
    assert!(!view.order.tree.join("harness/run-state.md").exists());
    assert!(!scene.read("harness/backlog.md").contains("B999"));
    let why = scene.why();
    assert!(why.contains("harness/backlog.md"), "{why}");
    assert!(scene.report().contains("harness/backlog.md"));
}

#[test]
fn what_a_specification_writes_into_the_source_is_taken_back() {
    let (path, text) = artifact("spec.1.1");
    let script = Script::always([
        write(&path, &text),
        write("src/evil.awk", "by a tool\n"),
        Step::default().bash("echo 'by a shell' > src/evil.sh"),
        Step::say("Done."),
    ]);
    let stages = format!("{SPEC}    profile: review\n");
    let Some(scene) = Scene::small(script, &stages) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.attempts(), ["spec.1.1", "spec.1.2"]);
    let exit = scene.exit("spec.1.1");
    assert_eq!(exit.outcome, Outcome::Overreach, "{}", exit.reason);
    // Its own tool was refused the path; only the shell got there.
    assert_eq!(exit.taken_back, ["src/evil.sh"]);
    assert!(
        scene
            .attempt_file("spec.1.1", "guard.patch")
            .contains("+by a shell")
    );
    assert!(!scene.view().order.tree.join("src/evil.sh").exists());
}

/// The specification without its third section.
fn incomplete() -> (String, String, String) {
    let (path, text) = artifact("spec.1.1");
    let heads: Vec<usize> = text.match_indices("\n## ").map(|(at, _)| at).collect();
    let name = text[heads[2] + 4..].lines().next().unwrap().to_owned();
    let without = format!("{}{}", &text[..heads[2]], &text[heads[3]..]);
    (path, without, name)
}

#[test]
fn a_missing_section_is_sent_back_once_and_then_blocks() {
    let (path, text, section) = incomplete();
    let script = Script::default()
        .rule(
            &prompt_of("SPEC-2"),
            [
                Step::default().read(format!("{TREE}/{path}")),
                Step::say("It is all there."),
            ],
        )
        .rule(".", [write(&path, &text), Step::say("Written.")]);
    let Some(scene) = Scene::small(script, SPEC) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.attempts(), ["spec.1.1", "spec.1.2"]);
    for attempt in ["spec.1.1", "spec.1.2"] {
        let exit = scene.exit(attempt);
        assert_eq!(exit.outcome, Outcome::Malformed, "{}", exit.reason);
        let finding = &exit.findings[0];
        assert_eq!(
            finding.section.as_deref(),
            Some(section.as_str()),
            "{finding:?}"
        );
    }
    let code = scene.exit("spec.1.1").findings[0].code.clone();
    let (why, report) = (scene.why(), scene.report());
    assert!(
        why.contains(&section) && why.contains(&code),
        "{code} {why}"
    );
    assert!(
        report.contains(&section) && report.contains(&code),
        "{report}"
    );
}

#[test]
fn a_missing_section_that_is_mended_passes() {
    let (path, text, section) = incomplete();
    let (_, whole) = artifact("spec.1.1");
    let script = Script::default()
        .rule(
            &prompt_of("SPEC-2"),
            [
                Step::default().read(format!("{TREE}/{path}")),
                write(&path, &whole),
                Step::say("Mended."),
            ],
        )
        .rule(".", [write(&path, &text), Step::say("Written.")]);
    let Some(scene) = Scene::small(script, SPEC) else {
        return;
    };
    scene.expect(0, &["run", "T001"]);
    assert_eq!(scene.attempts(), ["spec.1.1", "spec.1.2"]);
    assert_eq!(scene.exit("spec.1.2").outcome, Outcome::Passed);
    let prompt = scene.attempt_file("spec.1.2", "prompt.md");
    let found = prompt.split("## What was found before").nth(1).unwrap();
    assert!(found.contains(&section), "{found}");
    let head = scene.view().run.head.clone().unwrap();
    let there = scene.git(&["show", &format!("{head}:{path}")]);
    assert_eq!(there, whole.trim_end());
}

#[test]
fn a_verdict_that_does_not_parse_is_no_pass() {
    let (path, text) = artifact("qa.2.1");
    assert!(text.contains("Result: PASS"));
    let text = text.replace("Result: PASS", "Result: looks good to me");
    let script = Script::default()
        .rule(
            &prompt_of("QA-2"),
            [
                Step::default().read(format!("{TREE}/{path}")),
                Step::say("It stands."),
            ],
        )
        .rule(".", [write(&path, &text), Step::say("All good: PASS.")]);
    let Some(scene) = Scene::small(script, QA) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::Blocked);
    assert_eq!(scene.exit("qa.1.2").outcome, Outcome::Malformed);
    let why = scene.why();
    assert!(why.to_lowercase().contains("verdict"), "{why}");
}

#[test]
fn a_question_is_answered_and_the_work_goes_on() {
    let (path, text) = artifact("spec.1.1");
    let asks = "I can't go on.\n\n## Questions\n\n- Q1 [blocking] Are drafts listed on tag pages?";
    let script = Script::default()
        .rule(
            "Answer: Never, not even marked",
            [write(&path, &text), Step::say("Written.")],
        )
        .rule(".", [Step::say(asks)]);
    let Some(scene) = Scene::small(script, SPEC) else {
        return;
    };
    let ran = scene.expect(6, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::NeedsInput);
    assert!(ran.out.contains("Are drafts listed") && ran.out.contains("harness-tui answer"));
    let why = scene.why();
    assert!(why.contains("harness-tui answer"), "{why}");
    assert!(
        scene.report().contains("Are drafts listed"),
        "{}",
        scene.report()
    );
    assert!(!scene.report().contains("contract/missing"));
    scene.expect(
        0,
        &["answer", "T001", "Q1=Never, not even marked", "--follow"],
    );
    assert_eq!(scene.view().state(), RunState::Completed);
    let task = scene.read("harness/tasks/T001-tags-and-reading-time.md");
    assert!(task.contains("Never, not even marked"), "{task}");
}

#[test]
fn an_agent_can_not_approve_its_run() {
    let stages = format!("  - id: ask\n    name: Ask\n    gate: {{ before: \"true\" }}\n{BUILD}");
    let exe = env!("CARGO_BIN_EXE_harness-tui");
    // The tree is a worktree of the same repository, so the run can be named.
    let approve = format!("'{exe}' approve T001; echo \"exit $?\"");
    let unmarked =
        format!("env -i PATH=\"$PATH\" HOME=\"$HOME\" '{exe}' approve T001; echo \"exit $?\"");
    let detached = format!(
        "(env -i PATH=\"$PATH\" setsid sh -c \"'{exe}' approve T001; echo exit \\$?\" \
         > src/detached.txt 2>&1 </dev/null &); \
         until grep -q exit src/detached.txt; do :; done; cat src/detached.txt"
    );
    let script = Script::always([
        Step::default().bash(&approve),
        Step::default().bash(&unmarked),
        Step::default().bash(&detached),
        Step::say("Done."),
    ]);
    let Some(scene) = Scene::small(script, &stages) else {
        return;
    };
    scene.expect(6, &["run", "T001"]);
    assert_eq!(scene.exit("build.1.1").outcome, Outcome::Passed);
    let last = scene.server.requests().pop().unwrap();
    let results = last.tool_results();
    assert_eq!(results.len(), 3, "{results:#?}");
    for (text, _) in &results {
        assert!(
            text.contains("exit 2") && text.contains("inside an attempt"),
            "{text}"
        );
    }
    assert_eq!(scene.view().state(), RunState::AwaitingApproval);
    scene.expect(0, &["approve", "T001", "--follow"]);
}
