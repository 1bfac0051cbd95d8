//! What is said to be kept is what is on disk; what could not be kept is given back.

use super::scene::{Scene, recordings};

/// What looks like a key of a model's maker.
const KEY: &str = "sk-abcdefghijklmnopqrstuvwxyz123";

/// An author that keeps no conversation, so it can't be talked to.
const ONESHOT: &str =
    "agents:\n  - { name: oneshot, driver: command, command: [cat], capabilities: [author] }\n";

#[test]
fn a_secret_is_printed_no_more_than_it_is_kept() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    let said = scene.piped(&args, &format!("the key {KEY} here\nq\n"), &[]);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(!said.out.contains(KEY), "{}", said.out);
    assert!(said.out.contains("kept Q1: the key "), "{}", said.out);
    let told = "a secret was taken out of the answer to Q1";
    assert!(said.out.contains(told), "{}", said.out);
    // The same from a file of answers, and from words to the author.
    scene.put("answers.md", &format!("Mind {KEY}.\n2. {KEY}\n"));
    let args = [&args[..], &["--answers", "answers.md"]].concat();
    let said = scene.run(&args);
    let told = "a secret was taken out of the answer to Q2";
    assert!(said.out.contains(told), "{}\n{}", said.out, said.err);
    assert!(!said.out.contains(KEY), "{}", said.out);
    let said = scene.run(&[&args[..], &["--json"]].concat());
    assert!(!said.out.contains(KEY), "{}", said.out);
}

#[test]
fn no_file_is_named_after_a_secret() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let title = format!("Use {KEY} there");
    let args = ["task", "new", &title, "--replay", &b010];
    let said = scene.piped(&args, "3\nq\n", &[]);
    assert!(
        said.out.contains("a secret was taken out of what you wish"),
        "{}\n{}",
        said.out,
        said.err
    );
    assert!(!said.out.contains(KEY), "{}", said.out);
    let tasks = std::fs::read_dir(scene.home().join("harness/tasks")).unwrap();
    let names = tasks.map(|f| f.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.collect();
    assert!(
        names.len() == 1 && !names[0].contains("abcdefgh"),
        "{names:?}"
    );
}

#[test]
fn words_that_could_not_be_said_are_given_back() {
    let scene = Scene::new();
    scene.put("harness/harness.local.yaml", ONESHOT);
    let args = ["task", "new", "B010", "--agent", "oneshot"];
    let said = scene.piped(&[&args[..], &["my precious words"]].concat(), "", &[]);
    assert_ne!(said.code, 0, "{}", said.out);
    assert!(said.err.contains("can't be talked to"), "{}", said.err);
    let back = "was not taken; here it is:\n    my precious words\n";
    assert!(said.out.contains(back), "{}", said.out);
    assert!(!said.out.contains("all is kept"), "{}", said.out);
}

#[test]
fn lines_that_go_on_are_given_back_where_the_last_one_never_came() {
    let scene = Scene::new();
    let b010 = recordings("B010");
    let args = ["task", "new", "B010", "--replay", &b010];
    let said = scene.piped(&args, "the first line \\\nthe second \\\n", &[]);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    let back = "here it is:\n    the first line\n    the second\n";
    assert!(said.out.contains(back), "{}", said.out);
}

#[test]
fn a_recorded_dialogue_says_where_it_ends_and_its_draft_can_still_be_saved() {
    let scene = Scene::new();
    let b011 = recordings("B011");
    let args = ["task", "new", "B011", "--replay", &b011];
    let said = scene.piped(&args, "all\nw Dark diagrams too.\nd\ns\n", &[]);
    let ends = "the recorded dialogue ends here: there is no author.3.1.jsonl";
    assert!(said.err.contains(ends), "{}\n{}", said.out, said.err);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(scene.task("T001").contains("Status: Ready"));
    scene.passes();
}
