//! What is filled in, to the byte.

use crate::scene::{CTRL_O, F9, at_its_run, comes, command, commands, dump};
use crate::support::project::{GATED, Project, at_the_gate, put};

#[test]
fn every_value_of_the_pipeline_arrives_as_it_is() {
    let (project, run) = at_the_gate();
    let (own, out) = dump(&project);
    let words = [
        own.to_str().unwrap(),
        "{run}",
        "{task}",
        "{tree}",
        "{worktree}",
        "{stage}",
        "{attempt}",
        "{branch}",
        "{base}",
        "{project}",
        "$(touch x) {{a}} b",
        "out/{run}.{task}",
    ];
    commands(&project, &[command("ctrl-o", "dump", &words, "")]);
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types(CTRL_O);
    terminal.until("dump: started");
    let view = project.view(&run);
    let (tree, branch, base) = (
        view.order.tree.display(),
        &view.order.branch,
        &view.order.base,
    );
    let home = project.home();
    let home = home.canonicalize().unwrap();
    let name = home.file_name().unwrap().to_string_lossy().into_owned();
    let home = home.display();
    let wanted = [
        format!("[{run}]"),
        "[T001]".to_owned(),
        format!("[{tree}]"),
        format!("[{tree}]"),
        "[build]".to_owned(),
        format!("[{run}-BUILD]"),
        format!("[{branch}]"),
        format!("[{base}]"),
        format!("[{home}]"),
        "[$(touch x) {a} b]".to_owned(),
        format!("[out/{run}.T001]"),
        tree.to_string(),
        format!("HARNESS_ATTEMPT_ID={run}-BUILD"),
        format!("HARNESS_BASE={base}"),
        format!("HARNESS_BRANCH={branch}"),
        format!("HARNESS_PROJECT={name}"),
        format!("HARNESS_PROJECT_DIR={home}"),
        format!("HARNESS_RUN={run}"),
        "HARNESS_STAGE=build".to_owned(),
        "HARNESS_TASK_ID=T001".to_owned(),
        format!("HARNESS_TREE={tree}"),
    ];
    let dumped = comes(&out);
    // What the tests themselves are told is in the environment too.
    let of_the_tests = |l: &&str| l.starts_with("HARNESS_TUI") || l.starts_with("HARNESS_REQUIRE");
    let lines: Vec<&str> = dumped.lines().filter(|l| !of_the_tests(l)).collect();
    assert_eq!(lines, wanted);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_path_with_blanks_quotes_and_a_shells_signs_is_one_word_with_its_line() {
    // What an agent may call a file.
    let hostile = "a b'c$(touch trap);`touch trap` -rf.txt";
    let writes = "cat >/dev/null; printf 'one\\ntwo\\nthree\\n' > \"a b'c\\$(touch trap);\\`touch trap\\` -rf.txt\"; echo done";
    let project = Project::new().agent("build", writes).flow(GATED);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let (own, out) = dump(&project);
    let own = own.to_str().unwrap();
    commands(
        &project,
        &[
            command(
                "ctrl-o",
                "here",
                &[own, "{path}:{line}"],
                ", where: artifacts",
            ),
            command(
                "f9",
                "script",
                &["sh", "-c", &format!("'{own}' \"$HARNESS_PATH\"")],
                "",
            ),
        ],
    );
    let mut terminal = at_its_run(&project, (120, 35));
    terminal.types("4");
    terminal.until("[4 Artifacts]");
    // The whole change; its second added line.
    terminal.types("d");
    terminal.until("2 + two");
    terminal.types("/two\r");
    let tree = project.view(&run).order.tree;
    let path = tree.join(hostile);
    assert!(path.exists(), "{}", path.display());
    terminal.types(CTRL_O);
    terminal.until("here: started");
    let dumped = comes(&out);
    let path = path.display();
    assert_eq!(dumped.lines().next().unwrap(), format!("[{path}:2]"));
    assert!(
        dumped.contains(&format!("\nHARNESS_PATH={path}\n")),
        "{dumped}"
    );
    assert!(dumped.contains("\nHARNESS_LINE=2\n"), "{dumped}");
    std::fs::remove_file(&out).unwrap();
    terminal.types(F9);
    terminal.until("script: started");
    assert_eq!(comes(&out).lines().next().unwrap(), format!("[{path}]"));
    assert!(!tree.join("trap").exists() && !project.home().join("trap").exists());
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn a_value_that_is_not_there_is_the_reason_and_nothing_is_run() {
    let project = Project::new()
        .agent("build", "cat >/dev/null; echo done")
        .flow(GATED);
    let (own, out) = dump(&project);
    let own = own.to_str().unwrap();
    commands(
        &project,
        &[
            command("ctrl-o", "of a run", &[own, "{tree}"], ""),
            command("f9", "of a task", &[own, "{task}", "{path}"], ""),
            command(
                "f10",
                "of a script",
                &["sh", "-c", "echo \"$HARNESS_RUN\""],
                "",
            ),
        ],
    );
    // What our own environment says of a run is none of the screen's.
    put(&project.outside("none"), "");
    let variables = [("HARNESS_RUN", "RUN-of-somebody"), ("HARNESS_LINE", "9")];
    let mut terminal =
        crate::support::terminal::Terminal::within(&project, &[], (160, 40), &variables);
    terminal.until("READY 1");
    let footer = terminal.shown();
    let footer = footer.lines().last().unwrap().to_owned();
    assert!(
        footer.contains("f9 of a task") && !footer.contains("of a run"),
        "{footer}"
    );
    terminal.types(CTRL_O);
    terminal.until("of a run: no run is chosen");
    terminal.types(crate::scene::F10);
    terminal.until("of a script: no run is chosen");
    terminal.types("?of a run");
    terminal.until("(no run is chosen) of a run: Runs");
    assert!(terminal.shown().contains("Yours"), "{}", terminal.shown());
    terminal.types("\u{1b}");
    terminal.until_gone("Yours");
    terminal.types(F9);
    terminal.until("of a task: started");
    let dumped = comes(&out);
    let home = project.home().canonicalize().unwrap();
    let task = home.join("harness/tasks/T001-dark-mode.md");
    let begins = format!("[T001]\n[{}]\n{}\n", task.display(), home.display());
    assert!(dumped.starts_with(&begins), "{dumped}");
    assert!(
        !dumped.contains("HARNESS_RUN=") && !dumped.contains("HARNESS_LINE="),
        "{dumped}"
    );
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
