//! The dialogue on the command line: at a terminal, through pipes, with answers from a file; what is
//! left when it is killed; and from a few words to the first stage of a run.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

#[path = "cli_task_new/begun.rs"]
mod begun;
#[path = "cli_task_new/kept.rs"]
mod kept;
#[path = "cli_task_new/killed.rs"]
mod killed;
#[path = "cli_task_new/real.rs"]
mod real;
#[path = "cli_task_new/scene.rs"]
mod scene;

use scene::{Scene, recordings};

/// What a person answers to the six questions of the homepage.
const SIX: [&str; 6] = ["beside", "3", "3 again.", "nothing at all", "", "all"];

#[test]
fn the_homepage_answered_one_by_one_at_a_terminal() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let mut terminal = scene.terminal(&["task", "new", "B010", "--replay", &b010]);
    terminal.until("· Read bin/build");
    terminal.until("6 questions for you");
    terminal.until("Q1 Hero (1 of 6)");
    terminal.until("a) beside (recommended)");
    for (n, answer) in SIX.iter().enumerate() {
        terminal.until(&format!("Q{} ", n + 1));
        terminal.until_it("the prompt", |shown| {
            let last = shown.trim_end().lines().last().unwrap_or_default();
            last.starts_with(&format!("Q{}", n + 1)) && last.ends_with(':')
        });
        terminal.types(&format!("{answer}\r"));
    }
    terminal.until("every answer has its place");
    let shown = scene::text(&terminal.raw);
    assert!(shown.contains("kept Q3: 3 again."), "{shown}");
    assert!(
        shown.contains("their title and length") || shown.contains("← Q3"),
        "{shown}"
    );
    terminal.types("d\r");
    terminal.until("+- AC-6");
    terminal.types("s\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let shown = scene::text(&terminal.raw);
    assert!(
        shown.contains("T001 is saved in harness/tasks/T001-"),
        "{shown}"
    );
    assert!(
        shown.contains("harness-tui run T001 --workflow feature"),
        "{shown}"
    );
    let task = scene.task("T001");
    assert!(task.contains("→ 3 again. (AC-3)"), "{task}");
    assert!(task.contains("Status: Ready"), "{task}");
    assert!(scene.backlog().contains("**Task:** T001"));
    scene.passes();
}

#[test]
fn through_a_pipe_with_back_a_question_asked_back_and_an_editor() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    // An option's letter, several lines, back to it, a whole reply, and the end of the pipe.
    let typed = "a\nthree\\\nof them\nback\n4\ne\n4. a 5. -\n6. posts first\n";
    let said = scene.piped(
        &args,
        typed,
        &[("EDITOR", "sh -c 'echo again three >> \"$0\"'")],
    );
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    for told in [
        "kept Q1: beside",
        "kept Q2: three of them",
        "Now: three of them",
        "kept Q2: 4",
        "kept Q3: again three",
        "kept Q4: nothing at all",
        "kept Q5: left to the author",
        "kept Q6: posts first",
        "T001 is not saved.",
        "harness-tui task new B010 --replay",
    ] {
        assert!(said.out.contains(told), "{told}\n{}", said.out);
    }
    let said = scene.piped(&args, "what\ns\n", &[]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(
        said.out
            .contains("goes on: 6 questions, 6 of them answered, with a draft"),
        "{}",
        said.out
    );
    assert!(said.out.contains("Not understood."), "{}", said.out);
    assert!(scene.task("T001").contains("→ 4 (AC-2)"));
}

#[test]
fn mermaid_by_its_defaults_alone() {
    let scene = Scene::new();
    let b011 = recordings("B011");
    let said = scene.run(&[
        "task",
        "new",
        "B011",
        "--replay",
        &b011,
        "--defaults",
        "--json",
    ]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    let object: serde_json::Value = serde_json::from_str(said.out.trim()).unwrap();
    assert_eq!(object["type"], "dialogue");
    assert_eq!(
        (&object["task"], &object["saved"]),
        (&"T001".into(), &true.into())
    );
    assert_eq!(object["questions"].as_array().unwrap().len(), 9);
    assert_eq!(object["questions"][8]["became"], "Out of Scope");
    assert_eq!(object["questions"][0]["given"], "default");
    assert_eq!(object["workflow"]["name"], "fix-issue");
    assert!(
        object["cost_micros"].is_u64() && object["digest"].is_string(),
        "{object}"
    );
    assert_eq!(object["open"], serde_json::json!([]));
    scene.passes();
}

#[test]
fn answers_in_part_stop_with_what_is_open_and_the_rest_goes_on() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    scene.put(
        "part.md",
        "Quickly, please.\n\n1. beside 2. 3\n3. 3 again.\n",
    );
    let args = ["task", "new", "B010", "--replay", &b010, "--answers"];
    let said = scene.run(&[&args[..], &["part.md"]].concat());
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("Q4 Upcoming events"), "{}", said.out);
    assert!(!said.out.contains("Q3 Latest videos:"), "{}", said.out);
    assert!(
        said.out.contains("harness-tui task new B010"),
        "{}",
        said.out
    );
    let task = scene.task("T001");
    assert!(task.contains("→ 3 again."), "{task}");
    scene.put("rest.md", "4. a\n5. default\n6. default\n");
    let said = scene.run(&[&args[..], &["rest.md"]].concat());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(scene.task("T001").contains("→ 3 again. (AC-3)"));
    scene.passes();
}

#[test]
fn one_file_answers_several_rounds() {
    let scene = Scene::new();
    let folder = scene.with_a_second_round();
    let six =
        "Quickly, please.\n1. a 2. 3 3. 3 again. 4. a\n5. default\n6.\n  1. events\n  2. posts\n";
    scene.put("six.md", six);
    scene.put("seven.md", &format!("{six}7. a link home\n"));
    let answers = |file: &str| {
        let args = [
            "task",
            "new",
            "B010",
            "--replay",
            &folder,
            "--json",
            "--answers",
        ];
        let said = scene.run(&[&args[..], &[file]].concat());
        let object: serde_json::Value = serde_json::from_str(said.out.trim()).unwrap();
        (said.code, object)
    };
    let (code, object) = answers("six.md");
    assert_eq!((code, &object["saved"]), (6, &false.into()), "{object}");
    assert_eq!(object["open"], serde_json::json!(["Q7"]));
    assert_eq!(
        (&object["digest"], &object["workflow"]),
        (&().into(), &().into())
    );
    assert!(
        object["command"]
            .as_str()
            .unwrap()
            .starts_with("harness-tui task new B010")
    );
    let (code, object) = answers("seven.md");
    assert_eq!((code, &object["saved"]), (0, &true.into()), "{object}");
    let questions = object["questions"].as_array().unwrap();
    assert_eq!(questions[5]["answer"], "1. events\n  2. posts");
    assert_eq!(questions[6]["became"], "Task Notes");
    scene.passes();
}

#[test]
fn wrong_files_of_answers_are_named_with_their_line() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let answers =
        |file: &str| scene.run(&["task", "new", "B010", "--replay", &b010, "--answers", file]);
    scene.put("twice.md", "1. a\n2. b\n1. c\n");
    scene.put("empty.md", "1. a\n2.\n");
    scene.put("asked.md", "defaults, please\n1. a\n9. what?\n");
    scene.put_bytes("garbage.md", b"1. a\n\xff\xfe\x00\x01");
    scene.put_bytes("large.md", &vec![b'1'; 10 * 1024 * 1024]);
    for (file, told) in [
        ("twice.md", "twice.md:3: 1 is answered in line 1 already"),
        ("garbage.md", "garbage.md:2: this is no text"),
        ("large.md", "256"),
        ("none.md", "none.md"),
        ("empty.md", "empty.md:2: nothing is answered here"),
    ] {
        let said = answers(file);
        assert_eq!(said.code, 2, "{file}: {}\n{}", said.out, said.err);
        assert!(said.err.contains(told), "{file}: {}", said.err);
    }
    let args = [
        "task",
        "new",
        "B010",
        "--replay",
        &b010,
        "--answers",
        "asked.md",
        "--defaults",
    ];
    let said = scene.run(&args);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(
        said.err.contains("asked.md:3: no question 9 was asked"),
        "{}",
        said.err
    );
    assert!(!scene.backlog().contains("**Task:**"));
    let said = scene.run(&[&args[..], &["--save-anyway"]].concat());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
}

#[test]
fn killed_after_each_answer_none_is_lost() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    let answers = [
        "beside it",
        "3",
        "3 again.",
        "nothing",
        "posts.html",
        "events first",
    ];
    for (n, answer) in answers.iter().enumerate() {
        let mut terminal = scene.terminal(&args);
        terminal.until(&format!("Q{} ", n + 1));
        terminal.until_it("asked", |s| s.trim_end().ends_with(':'));
        terminal.types(&format!("{answer}\r"));
        terminal.until(&format!("kept Q{}: {answer}", n + 1));
        terminal.signal(rustix::process::Signal::KILL);
        terminal.ends();
        let task = scene.task("T001");
        for answer in &answers[..=n] {
            assert!(task.contains(&format!("→ {answer}\n")), "{answer}\n{task}");
        }
    }
    let mut terminal = scene.terminal(&args);
    terminal.until("every answer has its place");
    terminal.types("s\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    scene.passes();
}

#[test]
fn of_two_at_once_the_second_is_told() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    let mut terminal = scene.terminal(&args);
    terminal.until("Q1 Hero");
    let said = scene.run(&args);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(
        said.err.contains("T001 is open in another harness-tui"),
        "{}",
        said.err
    );
    terminal.types("\x03");
    assert_eq!(terminal.ends(), 6);
    let mut terminal = scene.terminal(&args);
    terminal.until("goes on: 6 questions, 0 of them answered");
    terminal.signal(rustix::process::Signal::TERM);
    assert_eq!(terminal.ends(), 128 + 15);
    assert!(terminal.shown().contains("is kept"), "{}", terminal.shown());
}

#[test]
fn a_terminal_that_goes_away_takes_nothing_with_it() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    let mut terminal = scene.terminal(&args);
    terminal.until("recommended]:");
    terminal.types("b\r");
    terminal.until("kept Q1: below");
    terminal.signal(rustix::process::Signal::HUP);
    assert_eq!(terminal.ends(), 128 + 1);
    assert!(
        scene.task("T001").contains("→ below\n"),
        "{}",
        scene.task("T001")
    );
    let mut terminal = scene.terminal(&args);
    terminal.until("goes on: 6 questions, 1 of them answered");
    terminal.types("\x04");
    assert_eq!(terminal.ends(), 6);
}

#[test]
fn where_no_item_is_named_it_lists_them_and_asks() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "--replay", &b010];
    let said = scene.piped(&args, "", &[]);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(
        said.out.contains("B011 Mermaid diagrams in the blog"),
        "{}",
        said.out
    );
    let said = scene.piped(&args, "A page of my own\nb\n", &[]);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("kept Q1: below"), "{}", said.out);
    assert!(said.out.contains("T001 A page of my own"), "{}", said.out);
    assert!(
        said.out.contains("harness-tui task revise T001"),
        "{}",
        said.out
    );
    let said = scene.run(&["task", "revise", "T001", "--replay", &b010, "--defaults"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    let said = scene.run(&["task", "revise", "T001", "--replay", &b010, "--defaults"]);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(said.err.contains("say what is to change"), "{}", said.err);
}

#[test]
fn without_an_agents_program_it_says_so() {
    let scene = Scene::new();
    let said = scene.run_with(
        &["task", "new", "B010", "--defaults"],
        &[("PATH", scene::bare_path())],
    );
    assert!(said.code != 0, "{}", said.out);
    assert!(said.err.contains("claude"), "{}", said.err);
    let said = scene.run(&["task", "new", "B099", "--defaults"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("there is no backlog item B099"),
        "{}",
        said.err
    );
    let said = scene.run(&["task", "revise", "T099", "--defaults"]);
    assert!(said.err.contains("there is no task T099"), "{}", said.err);
}

#[test]
fn an_answer_without_a_place_is_saved_by_the_deliberate_word_alone() {
    let scene = Scene::new();
    let folder = scene.with_one_more_question();
    let args = ["task", "new", "B010", "--replay", &folder];
    let said = scene.run(&[&args[..], &["--defaults"]].concat());
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(
        said.err
            .contains("no line of the draft says what became of Q7"),
        "{}",
        said.err
    );
    let mut terminal = scene.terminal(&args);
    terminal.until("no line says what became of Q7");
    terminal.types("s\r");
    terminal.until("type `save anyway`");
    terminal.types("save anyways\r");
    terminal.until("Not understood.");
    assert!(!scene.backlog().contains("**Task:**"));
    terminal.types("save anyway\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(scene.backlog().contains("**Task:** T001"));
}

#[test]
fn a_saved_task_is_revised_in_its_own_words() {
    let scene = Scene::new();
    let b011 = recordings("B011");
    let said = scene.run(&["task", "new", "B011", "--replay", &b011, "--defaults"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    let folder = scene.with_a_revision();
    let args = ["task", "revise", "T001", "--replay", &folder];
    let said = scene.piped(&args, "Dark diagrams too.\nd\ns\n", &[]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(said.out.contains("+- AC-7: A dark page"), "{}", said.out);
    let task = scene.task("T001");
    assert!(
        task.contains("AC-7: A dark page") && task.contains("→"),
        "{task}"
    );
    scene.passes();
}
