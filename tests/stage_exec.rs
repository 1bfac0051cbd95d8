//! One attempt by the real program: real repositories, shell scripts as agents.

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

#[path = "stage_exec/bench.rs"]
mod bench;
#[path = "stage_exec/comments.rs"]
mod comments;
#[path = "support/namespaces.rs"]
mod namespaces;

use bench::Bench;
use harness_tui::engine::plan::{Command, Context, ProduceFrom, Run, Sandbox};
use harness_tui::stage::spec::Asked;
use harness_tui::terms::Outcome;

#[test]
fn a_stage_that_does_its_work_passes_with_its_evidence() {
    let mut bench = Bench::new("cat > prompt.seen; echo new > src/new.txt; echo done");
    bench.check("test -f src/new.txt && test ! -e prompt.seen.ignored");
    bench.writes(&["src/**", "prompt.seen"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert_eq!(record.answer, "done");
    let changed: Vec<&str> = record.changes.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(changed, ["prompt.seen", "src/new.txt"]);
    assert_eq!(record.checks[0].exit, Some(0));
    let seen = bench.read_tree("prompt.seen").unwrap();
    assert!(
        seen.starts_with("You build.") && seen.contains("- `src/**`"),
        "{seen}"
    );
    assert!(bench.read("prompt.md").ends_with(&seen));
    assert!(bench.read("transcript.jsonl").lines().count() > 5);
}

#[test]
fn what_is_written_outside_is_taken_back_and_kept() {
    let mut bench = Bench::new(
        "echo x > src/a.txt; echo evil >> README.md; echo e > other.txt; rm LICENSE; echo ok",
    );
    bench.writes(&["src/**"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Overreach, "{}", record.reason);
    assert_eq!(record.taken_back, ["LICENSE", "README.md", "other.txt"]);
    assert_eq!(bench.read_tree("README.md").unwrap(), "read me\n");
    assert!(bench.read_tree("LICENSE").is_some() && bench.read_tree("other.txt").is_none());
    assert!(bench.read_tree("src/a.txt").is_some());
    assert!(bench.read("guard.patch").contains("+evil"));
    let changed: Vec<&str> = record.changes.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(changed, ["src/a.txt"]);
}

#[test]
fn the_runs_own_harness_folder_is_watched_wherever_it_is() {
    let mut bench = Bench::new(
        "cat >/dev/null; echo mine > src/main.txt
         echo changed > 'apps/[web]/harness/local.log'; echo new > 'apps/[web]/harness/more.log'
         echo PASS > 'apps/[web]/harness/runs/RUN-1.md'; echo changed > apps/api/local.log",
    );
    let harness = "apps/[web]/harness";
    bench.spec.harness = harness_tui::terms::RepoPath::new(harness).unwrap();
    bench.writes(&["**"]);
    for path in ["local.log", "runs/RUN-0.md"] {
        bench.put_tree(&format!("{harness}/{path}"), "as it was\n");
    }
    bench.put_tree("apps/api/local.log", "as it was\n");
    let exit = bench.run();
    assert_eq!(exit.outcome, Outcome::Overreach, "{}", exit.reason);
    let mut taken: Vec<&str> = exit.taken_back.iter().map(String::as_str).collect();
    taken.sort_unstable();
    let wanted = ["local.log", "more.log", "runs/RUN-0.md", "runs/RUN-1.md"];
    assert_eq!(taken, wanted.map(|name| format!("{harness}/{name}")));
    let read = |path: &str| bench.read_tree(&format!("{harness}/{path}"));
    assert_eq!(read("local.log").as_deref(), Some("as it was\n"));
    assert_eq!(read("more.log"), None);
    assert_eq!(read("runs/RUN-1.md"), None);
    // What git ignores elsewhere is nobody's business.
    assert_eq!(
        bench.read_tree("apps/api/local.log").as_deref(),
        Some("changed\n")
    );
}

#[test]
fn what_the_profile_does_not_open_is_outside_too() {
    let mut bench = Bench::new(
        "cat >/dev/null; echo a > docs.md; mkdir docs; echo b > docs/b.md; echo c > docs/c.txt",
    );
    bench.writes(&["*.md"]);
    bench.spec.stage.within = vec!["docs/**".to_owned()];
    let exit = bench.run();
    assert_eq!(exit.outcome, Outcome::Overreach, "{}", exit.reason);
    assert_eq!(exit.taken_back, ["docs.md", "docs/c.txt"]);
    assert!(bench.read("prompt.md").contains("- `docs/**`"));
}

#[test]
fn a_precondition_is_asked_before_set_up_and_agent() {
    let asked = |line: Run, timeout_secs: u64| {
        let mut bench = Bench::new("cat >/dev/null; echo done > src/main.txt");
        bench.writes(&["src/**"]);
        bench
            .spec
            .setup
            .setup
            .push(command(Run::Shell("exit 9".to_owned()), 30));
        bench.spec.preconditions.push(Asked {
            whose: "build".to_owned(),
            command: command(line, timeout_secs),
        });
        let exit = bench.run();
        let met = bench.attempt().join("preconditions-met").exists();
        (exit.outcome, exit.reason, met)
    };
    let shell = |line: &str| Run::Shell(line.to_owned());
    let (outcome, why, met) = asked(shell("echo no network >&2; exit 3"), 30);
    assert_eq!((outcome, met), (Outcome::Unmet, false), "{why}");
    assert!(why.ends_with("exit 3: no network"), "{why}");
    let (outcome, why, met) = asked(shell("exec sleep 300"), 1);
    assert_eq!((outcome, met), (Outcome::Unmet, false), "{why}");
    assert!(why.contains("ran out of time"), "{why}");
    // Whether it holds is not known: somebody can mend that.
    let (outcome, why, met) = asked(Run::Argv(vec!["/no/such/program".to_owned()]), 30);
    assert_eq!((outcome, met), (Outcome::SetupFailed, false), "{why}");
    assert!(why.contains("/no/such/program"), "{why}");
    // What it may not start without holds, and the set-up is next.
    let (outcome, why, met) = asked(shell("test \"$HARNESS_ATTEMPT\" && test ! -e done"), 30);
    assert_eq!((outcome, met), (Outcome::SetupFailed, true), "{why}");
    assert!(why.contains("exit 9"), "{why}");
}

fn command(run: Run, timeout_secs: u64) -> Command {
    Command {
        run,
        timeout_secs,
        name: None,
    }
}

#[test]
fn an_empty_artifact_is_malformed_and_one_in_the_answer_is_written() {
    let mut bench = Bench::new(": > out/review.md; echo ok");
    bench.produce("review", "out/review.md");
    assert_eq!(bench.run().outcome, Outcome::Malformed);
    let mut bench =
        Bench::new("printf '<<<ARTIFACT review\\n# R\\n\\nAll is well.\\nARTIFACT>>>\\n'");
    bench.produce("review", "out/review.md");
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert_eq!(
        bench.read_tree("out/review.md").unwrap(),
        "# R\n\nAll is well.\n"
    );
    assert_eq!(record.artifacts[0].name, "review");
}

#[test]
fn a_fifo_or_a_link_is_no_artifact() {
    for script in [
        "rm -f out/r.md; mkfifo out/r.md; echo ok",
        "ln -sf /etc/passwd out/r.md; echo ok",
    ] {
        let mut bench = Bench::new(script);
        bench.produce("r", "out/r.md");
        bench.spec.stage.profile.sandbox = Sandbox::Off;
        let record = bench.run();
        assert_eq!(record.outcome, Outcome::Malformed, "{}", record.reason);
        assert!(record.artifacts.is_empty());
    }
}

#[test]
fn a_daemon_that_got_away_is_gone() {
    let mut bench = Bench::new(
        "setsid sh -c 'echo $$ > src/pid; exec tail -f /dev/null' >/dev/null 2>&1 </dev/null & \
         while [ ! -s src/pid ]; do :; done; echo ok",
    );
    bench.writes(&["src/**"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    let pid = bench.read_tree("src/pid").unwrap();
    let alive = std::path::Path::new("/proc").join(pid.trim()).exists();
    assert!(!alive, "{pid} lives on");
    assert!(
        record.notes.iter().any(|n| n.contains("left running")),
        "{:?}",
        record.notes
    );
}

#[test]
fn an_agent_that_never_ends_is_ended() {
    let mut bench =
        Bench::new("trap '' INT TERM; echo work > src/half; while :; do echo tick; done");
    bench.writes(&["src/**"]);
    bench.spec.stage.limits.timeout_secs = 1;
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::TimedOut, "{}", record.reason);
    assert!(bench.read("partial.patch").contains("+work"));
}

#[test]
fn a_flood_of_short_lines_is_counted_and_its_end_is_heard() {
    let mut bench = Bench::new("echo new > src/new.txt; yes | head -c 1000000; echo the end");
    bench.writes(&["src/**"]);
    bench.check("yes | head -c 1000000");
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert!(record.answer.ends_with("y\ny\nthe end"));
    let transcript = bench.read("transcript.jsonl");
    let kept = transcript.matches(r#""type":"text_delta""#).count();
    assert!((1_000..=50_000).contains(&kept), "{kept} rows");
    // Half a million lines and the last one: each was either kept or counted.
    let told = format!("{} further lines were left out", 500_001 - kept);
    assert!(transcript.contains(&told), "{told}");
    assert!(transcript.lines().count() < kept + 20);
}

#[test]
fn a_silent_agent_has_stalled() {
    let mut bench = Bench::new("exec tail -f /dev/null");
    bench.writes(&["src/**"]);
    bench.spec.stage.limits.idle_secs = 1;
    assert_eq!(bench.run().outcome, Outcome::Stalled);
}

#[test]
fn much_output_is_bounded() {
    let mut bench =
        Bench::new("echo x > src/a; head -c 200000000 /dev/zero | tr '\\0' 'y'; echo; echo end");
    bench.writes(&["src/**"]);
    bench.spec.stage.limits.output_bytes = 1_000_000;
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert!(bench.read("raw.log").len() < 1_200_000);
    assert!(bench.read("raw.log").ends_with("end\n"));
    assert!(record.answer.ends_with("end"));
}

#[test]
fn commits_of_the_agents_own_are_folded() {
    let mut bench =
        Bench::new("echo x > src/a && git add src/a && git commit -qm 'my own' && echo ok");
    bench.writes(&["src/**"]);
    bench.spec.stage.profile.sandbox = Sandbox::Off;
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert_eq!(record.folded_commits, ["my own"]);
    assert_eq!(
        bench.git_tree(&["rev-parse", "HEAD"]),
        bench.spec.checkpoint.as_str()
    );
    assert_eq!(record.changes[0].path, "src/a");
}

#[test]
fn touching_gits_configuration_is_tampering_and_put_back() {
    let mut bench =
        Bench::new("echo x > src/a; git config core.fsmonitor ./evil; git branch mine; echo ok");
    bench.writes(&["src/**"]);
    bench.spec.stage.profile.sandbox = Sandbox::Off;
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Tampering, "{}", record.reason);
    assert_eq!(record.findings.len(), 2, "{:?}", record.findings);
    assert_eq!(
        bench.git_tree(&["config", "--default", "none", "core.fsmonitor"]),
        "none"
    );
}

#[test]
fn the_sandbox_keeps_an_agent_in_its_tree() {
    let mut bench = Bench::new("echo x > src/a; echo y > \"$OUTSIDE/x\" || echo refused");
    bench.writes(&["src/**"]);
    let outside = bench.home().parent().unwrap().to_owned();
    bench
        .spec
        .env
        .insert("OUTSIDE".into(), outside.display().to_string());
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    if record.sandbox.starts_with("Landlock") {
        assert!(record.answer.contains("refused") && !outside.join("x").exists());
    }
}

#[test]
fn an_agent_is_not_started_with_what_changed_since_it_was_trusted() {
    let mut bench = Bench::new("echo x > src/a");
    bench.writes(&["src/**"]);
    bench.put_home(
        ".mcp.json",
        r#"{"mcpServers": {"linear": {"command": "evil"}}}"#,
    );
    bench.spec.stage.profile.mcp = vec!["linear".into()];
    // What was looked at when the attempt was ordered was another.
    bench.spec.brought = Some(Vec::new());
    let record = bench.run();
    assert_ne!(record.outcome, Outcome::Passed);
    assert!(
        record.reason.contains("not what was trusted"),
        "{}",
        record.reason
    );
    assert!(bench.read_tree("src/a").is_none());
}

/// A stage without checks of a person whose data lies in the folder of this name, and what is asked
/// about their secret.
fn asked_for_the_secret(user: &str, script: &str) -> Bench {
    let mut bench = Bench::new(&format!("echo x > src/a; {script}"));
    bench.writes(&["src/**"]);
    let user = bench.home().parent().unwrap().join(user);
    let told = user.display().to_string();
    bench.env("HARNESS_TUI_HOME", &told);
    bench.spec.env.insert("USER_DIR".into(), told);
    bench
}

#[test]
fn a_secret_of_the_persons_trust_can_not_be_read_in_the_sandbox() {
    if !namespaces::may_be_had() {
        return;
    }
    let script = "grep -c . \"$USER_DIR/trust.key\" || echo hidden";
    let mut bench = asked_for_the_secret("user", script);
    let user = bench.home().parent().unwrap().join("user");
    std::fs::create_dir_all(&user).unwrap();
    std::fs::write(user.join("trust.key"), "0123456789abcdef".repeat(4)).unwrap();
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert!(record.answer.contains("hidden"), "{}", record.answer);
}

#[test]
fn the_secret_is_there_to_be_hidden_before_anything_runs() {
    // What is not there yet can't be hidden, and who trusts something meanwhile would make it.
    let script = "test -e \"$USER_DIR/trust.key\" && echo there";
    let record = asked_for_the_secret("new", script).run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert!(record.answer.contains("there"), "{}", record.answer);
}

#[test]
fn a_secret_is_stored_nowhere_and_never_handed_on() {
    let secret = "hunter2-hunter2";
    let mut bench = Bench::new("echo \"$MY_TOKEN\"; echo \"$MY_TOKEN\" > src/a");
    bench.writes(&["src/**"]);
    bench.spec.stage.profile.env = vec!["MY_TOKEN".into()];
    bench.env("MY_TOKEN", secret);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::SecretFound, "{}", record.reason);
    for file in ["raw.log", "transcript.jsonl", "exit.json", "prompt.md"] {
        assert!(!bench.read(file).contains(secret), "{file}");
    }
    assert!(bench.read("raw.log").contains("[secret]"));
}

/// A bench whose checkout has a file with a secret that set-up copies.
fn with_copied_secret(script: &str, secret: &str) -> Bench {
    let mut bench = Bench::new(script);
    bench.writes(&["src/**"]);
    bench.put_home(".git/info/exclude", ".env\n");
    bench.put_home(
        ".env",
        &format!("export MY_TOKEN='{secret}'\nPORT=80808080\n"),
    );
    bench.spec.setup.copy = vec![".env*".to_owned()];
    bench
}

#[test]
fn a_secret_of_a_copied_file_is_stored_nowhere_and_never_handed_on() {
    let secret = "quiet-secret-1";
    let mut bench = with_copied_secret("cat .env; cp .env src/config", secret);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::SecretFound, "{}", record.reason);
    assert!(record.reason.contains("src/config"), "{}", record.reason);
    for file in ["raw.log", "transcript.jsonl", "exit.json", "partial.patch"] {
        assert!(!bench.read(file).contains(secret), "{file}");
        assert!(bench.read(file).contains("[secret]"), "{file}");
    }
    assert!(bench.read("raw.log").contains("80808080"));
    let mut bench = with_copied_secret("cat .env >> LICENSE", secret);
    assert_eq!(bench.run().outcome, Outcome::Overreach);
    let patch = bench.read("guard.patch");
    assert!(
        patch.contains("[secret]") && !patch.contains(secret),
        "{patch}"
    );
}

#[test]
fn a_value_that_the_repository_shows_already_may_stay() {
    let mut bench = with_copied_secret("echo more >> src/main.txt", "shown-to-all-1");
    bench.put_tree("src/main.txt", "the default is shown-to-all-1\n");
    bench.commit_tree();
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
}

#[test]
fn a_check_sees_only_what_is_handed_on_and_runs_once_a_tree() {
    let mut bench = Bench::new("echo x > src/a; echo junk > leftover.log; echo ok");
    bench.writes(&["src/**"]);
    bench.check("test -f src/a && test ! -e leftover.log && echo changed > README.md");
    let record = bench.run();
    assert_eq!(
        record.outcome,
        Outcome::Passed,
        "{} {:?}",
        record.reason,
        record.checks
    );
    assert!(bench.read_tree("leftover.log").is_some());
    assert_eq!(record.checks[0].changed, ["README.md"]);
    let again = bench.again().run();
    assert!(again.checks[0].reused, "{:?}", again.checks);
}

#[test]
fn a_failed_check_is_told_with_its_last_line() {
    let mut bench = Bench::new("echo x > src/a");
    bench.writes(&["src/**"]);
    bench.check("echo 3 tests failed; exit 4");
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::CheckFailed);
    assert_eq!(record.checks[0].exit, Some(4));
    assert!(record.findings[0].text.contains("3 tests failed"));
}

#[test]
fn a_failed_set_up_costs_no_agent() {
    let mut bench = Bench::new("echo ran > src/ran");
    bench.writes(&["src/**"]);
    bench.spec.setup.setup = vec![Command {
        run: Run::Shell("echo no network >&2; exit 3".into()),
        timeout_secs: 10,
        name: None,
    }];
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::SetupFailed);
    assert!(
        record.reason.contains("exit 3") && record.reason.contains("no network"),
        "{}",
        record.reason
    );
    assert!(bench.read_tree("src/ran").is_none() && record.process.is_none());
}

#[test]
fn questions_no_change_and_a_missing_program_have_their_outcomes() {
    let mut bench = Bench::new("printf '## Questions\\n\\n- Q1 [blocking] Which colour?\\n'");
    bench.writes(&["src/**"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::NeedsInput, "{}", record.reason);
    assert_eq!(record.questions[0].text, "Which colour?");
    let mut bench = Bench::new("echo all done");
    bench.writes(&["src/**"]);
    assert_eq!(bench.run().outcome, Outcome::NoChange);
    let mut bench = Bench::new("");
    bench.writes(&["src/**"]);
    bench.program(&["no-such-program-anywhere"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Refused, "{}", record.reason);
}

#[test]
fn a_nested_repository_is_taken_apart() {
    let mut bench = Bench::new(
        "mkdir -p src/sub && cd src/sub && git init -q && echo x > f && git add f && \
         git -c user.name=a -c user.email=a@b commit -qm n && echo ok",
    );
    bench.writes(&["src/**"]);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Overreach, "{}", record.reason);
    assert_eq!(record.taken_back, ["src/sub/.git"]);
    assert_eq!(record.changes[0].path, "src/sub/f");
    assert!(bench.attempt().join("nested-git-0/HEAD").exists());
}

#[test]
fn an_order_to_pause_keeps_the_work() {
    let mut bench = Bench::new("echo x > src/a; printf pause > \"$ORDER\"; exec tail -f /dev/null");
    bench.writes(&["src/**"]);
    bench.spec.stage.profile.sandbox = Sandbox::Off;
    let order = bench.attempt().join("order");
    bench
        .spec
        .env
        .insert("ORDER".into(), order.display().to_string());
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Paused, "{}", record.reason);
    assert!(bench.read_tree("src/a").is_some());
    assert!(bench.read("partial.patch").contains("src/a"));
}

#[test]
fn a_plain_command_goes_the_same_way() {
    let mut bench = Bench::new("");
    bench.writes(&["src/**"]);
    bench.command(Run::Argv(vec![
        "sh".into(),
        "-c".into(),
        "echo {{ task.id }} > src/a".into(),
    ]));
    bench.spec.names.insert("task.id".into(), "T7".into());
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert_eq!(bench.read_tree("src/a").unwrap(), "T7\n");
    let mut bench = Bench::new("");
    bench.command(Run::Shell("exit 7".into()));
    assert_eq!(bench.run().outcome, Outcome::CheckFailed);
}

#[test]
fn context_is_data_between_markers_and_too_much_of_it_is_a_fault() {
    let mut bench = Bench::new("cat > src/seen; echo ok");
    bench.writes(&["src/**"]);
    bench.spec.stage.context = vec![
        Context::Files("*.md".into()),
        Context::Command(Command {
            run: Run::Shell("echo from a command".into()),
            timeout_secs: 10,
            name: None,
        }),
        Context::Log(5),
    ];
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    let seen = bench.read_tree("src/seen").unwrap();
    for words in [
        " README.md\nread me\nDATA ",
        "\nfrom a command\nDATA ",
        " first\nDATA ",
    ] {
        assert!(seen.contains(words), "{words:?} not in {seen}");
    }
    assert!(
        bench
            .read("prompt.md")
            .starts_with("<!-- loaded:\n- role: harness/roles/build.md")
    );
    let mut bench = Bench::new("echo x > src/a");
    bench.writes(&["src/**"]);
    bench.spec.stage.context = vec![Context::Command(Command {
        run: Run::Shell("yes | head -c 300000".into()),
        timeout_secs: 10,
        name: None,
    })];
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Refused, "{}", record.reason);
    assert!(
        record.reason.contains("larger than 256 KiB"),
        "{}",
        record.reason
    );
}

/// An artifact in the answer, then so many lines of a hundred bytes.
fn answered_first(lines: usize) -> Bench {
    let script = format!(
        "echo '<<<ARTIFACT note'; seq 9000; echo 'ARTIFACT>>>'; yes {} | head -n {lines}",
        "x".repeat(99)
    );
    let mut bench = Bench::new(&script);
    bench.produce("note", "out/note.md");
    bench.spec.stage.produces[0].from = ProduceFrom::Answer;
    bench
}

#[test]
fn a_long_answer_keeps_its_artifact_and_one_that_is_too_long_says_so() {
    let mut bench = answered_first(30_000);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    let mut bench = answered_first(90_000);
    let record = bench.run();
    assert_eq!(record.outcome, Outcome::Malformed);
    let said = "the answer is longer than 4 MiB, and its beginning is not kept [answer/too-long]";
    assert!(record.reason.contains(said), "{}", record.reason);
    assert!(record.reason.contains("out/note.md"), "{}", record.reason);
}

#[test]
fn an_old_artifact_never_counts_for_a_fresh_start() {
    let mut bench = Bench::new("echo ok");
    bench.produce("keep", "out/review.md");
    bench.put_tree("out/review.md", "# Old\n\nwords\n");
    assert_eq!(bench.run().outcome, Outcome::Malformed);
    assert!(bench.read("aside/keep").contains("# Old"));
}

#[test]
fn a_recorded_attempt_plays_again() {
    let mut bench = Bench::new("echo x > src/a; echo all is done");
    bench.writes(&["src/**"]);
    let place = bench.home().parent().unwrap().join("recordings");
    bench.spec.record = Some(place.clone());
    assert_eq!(bench.run().outcome, Outcome::Passed);
    let mut player = Bench::new("");
    player.writes(&["src/**"]);
    player.replay(&place);
    let record = player.run();
    assert_eq!(record.outcome, Outcome::Passed, "{}", record.reason);
    assert_eq!(record.answer, "all is done");
    assert_eq!(player.read_tree("src/a").unwrap(), "x\n");
}

#[test]
fn what_set_up_places_is_nobodys_change_and_is_done_once() {
    let mut bench = Bench::new("echo x > src/a; test -f generated/lib && cat made.txt");
    bench.writes(&["src/**"]);
    bench.check("test -f generated/lib && test -f src/a");
    bench.spec.setup.setup = vec![Command {
        run: Run::Shell("mkdir generated; echo lib > generated/lib; echo once >> made.txt".into()),
        timeout_secs: 10,
        name: None,
    }];
    let record = bench.run();
    assert_eq!(
        record.outcome,
        Outcome::Passed,
        "{} {:?}",
        record.reason,
        record.findings
    );
    let changed: Vec<&str> = record.changes.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(changed, ["src/a"]);
    let again = bench.again().run();
    assert_eq!(again.outcome, Outcome::Passed, "{}", again.reason);
    assert_eq!(again.answer, "once");
}

#[test]
fn a_record_that_the_agent_wrote_itself_is_tampering_and_is_kept() {
    let mut bench = Bench::new(
        "cat >/dev/null; echo x > src/main.txt
         PLACE=$(git rev-parse --git-common-dir)/harness/runs/RUN-2026-01-02-T7/attempts/build.1.1
         mkdir \"$PLACE/changed-exit.json\"
         echo '{\"outcome\":\"passed\"}' > \"$PLACE/exit.json\"; mkdir \"$PLACE/exit.seal\"",
    );
    bench.spec.stage.profile.sandbox = Sandbox::Off;
    bench.writes(&["src/**"]);
    let exit = bench.run();
    assert_eq!(exit.outcome, Outcome::Tampering, "{}", exit.reason);
    assert!(exit.reason.contains("exit.json"), "{}", exit.reason);
    assert_eq!(exit.findings[0].code, "guard/forged-record");
    let kept = std::fs::read_dir(bench.attempt()).unwrap();
    let kept = kept.map(|e| e.unwrap().path()).find(|p| {
        let name = p.file_name().unwrap().to_string_lossy().into_owned();
        p.is_file() && name.starts_with("changed-") && name.ends_with("-exit.json")
    });
    let kept = std::fs::read_to_string(kept.unwrap()).unwrap();
    assert_eq!(kept, "{\"outcome\":\"passed\"}\n");
}
