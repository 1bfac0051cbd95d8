//! From a few words to the first stage, in repositories without a harness.

use super::scene::{Scene, record, recordings};
use super::support::ecosystems::{CARGO, Ecosystem, GO, PNPM};
use super::support::terminal::Counted;

/// The most keys beside the answers until the first stage runs.
const MOST_KEYS: usize = 6;

/// Recordings of the author, and of the first stages.
fn folder(scene: &Scene) -> String {
    let folder = scene.beside("recorded");
    for name in ["author.1.1.jsonl", "author.2.1.jsonl"] {
        std::fs::create_dir_all(&folder).unwrap();
        let from = std::path::Path::new(&recordings("B010")).join(name);
        std::fs::copy(from, folder.join(name)).unwrap();
    }
    record(&folder.join("spec.1.1.jsonl"), "No specification.");
    folder.display().to_string()
}

/// The whole way, with this file of the ecosystem; what was found is shown.
fn from_nothing((files, check): Ecosystem) {
    let scene = Scene::of(files);
    let folder = folder(&scene);
    let args = ["new", "Homepage v1", "--replay", &folder];
    // pnpm may not be on the machine that tests.
    let tools = scene.beside("tools");
    std::fs::create_dir_all(&tools).unwrap();
    std::os::unix::fs::symlink("/bin/true", tools.join("pnpm")).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut way = Counted::new(scene.terminal_with(&args, &[("PATH", &path)]));
    way.terminal.until("There is no harness here yet");
    way.terminal.until(check);
    way.terminal.until("n to leave it:");
    assert!(!scene.home().join("harness").exists());
    way.press("\r");
    way.terminal.until("runs the check once:");
    way.terminal.until_it("what came of the check", |shown| {
        shown.contains("  passes, in ") || shown.contains("  fails (exit status: ")
    });
    way.terminal.until("backlog: B001 Homepage v1");
    for n in 1..=6 {
        way.terminal.until(&format!("({n} of 6)"));
        way.terminal
            .until_it("asked", |s| s.trim_end().ends_with(':'));
        way.terminal.types("\r");
    }
    way.terminal.until("every answer has its place");
    way.terminal.until("q leave:");
    way.press("s\r");
    way.terminal.until("The author recommends feature");
    way.terminal.until("no history to tell it by");
    way.terminal.until("enter leaves it:");
    way.press("y\r");
    way.terminal.until("RUN-");
    way.terminal.until("spec");
    way.terminal.until("No specification.");
    assert!(way.keys <= MOST_KEYS, "{} keys", way.keys);
    way.terminal.types("\x03\x03");
    way.terminal.ends();
}

#[test]
fn in_a_cargo_repository() {
    from_nothing(CARGO);
}

#[test]
fn in_a_pnpm_repository() {
    from_nothing(PNPM);
}

#[test]
fn in_a_go_repository() {
    from_nothing(GO);
}

#[test]
fn nothing_is_written_where_that_is_not_wanted_and_words_are_not_added_twice() {
    let scene = Scene::of(&[("Makefile", "test:\n\ttrue\n")]);
    let folder = folder(&scene);
    let args = ["new", "Homepage v1", "--no-checks", "--replay", &folder];
    let said = scene.piped(&args, "n\n", &[]);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(!scene.home().join("harness").exists());
    let answers = [&args[..], &["--answers", "none.md"]].concat();
    scene.put("none.md", "1. a\n");
    let said = scene.run(&answers);
    assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
    assert!(!said.out.contains("runs the check"), "{}", said.out);
    assert!(said.out.contains("Q2 Latest posts"), "{}", said.out);
    let said = scene.run(&[&args[..], &["--defaults"]].concat());
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(
        said.out.contains("B001 is in the backlog already"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("harness-tui run T001 --workflow feature"),
        "{}",
        said.out
    );
    assert_eq!(scene.backlog().matches("Homepage v1").count(), 1);
    scene.passes();
}

#[test]
fn more_words_under_a_title_that_is_there_are_kept_and_no_key_is_written() {
    let scene = Scene::of(&[("Makefile", "test:\n\ttrue\n")]);
    let folder = folder(&scene);
    scene.put("none.md", "1. a\n");
    let new = |words: &str| {
        let args = [
            "new",
            words,
            "--no-checks",
            "--replay",
            &folder,
            "--answers",
            "none.md",
        ];
        let said = scene.run(&args);
        assert_eq!(said.code, 6, "{}\n{}", said.out, said.err);
        said
    };
    let key = format!("sk-ant-api03-{}", "abcdefghij".repeat(5));
    let said = new(&format!("Homepage v1 with {key}"));
    assert!(said.err.contains("a key or password"), "{}", said.err);
    new("Homepage v1");
    new("Homepage v1\nFor those who come by telephone.");
    let backlog = scene.backlog();
    assert!(!backlog.contains(&key), "{backlog}");
    assert!(
        backlog.contains("For those who come by telephone."),
        "{backlog}"
    );
    assert_eq!(backlog.matches(" Homepage v1\n").count(), 2, "{backlog}");
}
