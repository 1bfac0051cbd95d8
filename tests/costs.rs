//! What was spent: told by who pays, with what nobody told; the same from journals and from reports. Real
//! program, real runs: agents that are recordings, scripts, and one that a plan pays for.

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

use serde_json::{Value, json};
use std::path::Path;
use support::project::Project;

/// What the recording of an agent's turn tells of its usage.
fn turn(name: &str, usage: &Value) -> String {
    let lines = [
        json!({ "at_ms": 1, "event": { "type": "session_started", "session": "s", "model": "m-1", "tools": [] } }),
        json!({ "at_ms": 2, "event": { "type": "text", "text": "done" } }),
        json!({ "at_ms": 3, "event": { "type": "usage", "usage": usage } }),
        json!({ "at_ms": 4, "event": { "type": "result_reported" } }),
        json!({ "answer": format!("<<<ARTIFACT {name}-note\nIt is so.\nARTIFACT>>>\n") }),
        json!({ "exit": { "code": 0 } }),
    ];
    lines.iter().map(|l| format!("{l}\n")).collect()
}

/// An agent that is a recording, and its line in harness.yaml.
fn played(project: &Project, name: &str, usage: &Value, more: &str) -> String {
    let folder = project.outside(name);
    std::fs::create_dir_all(&folder).unwrap();
    let stage = format!("{name}.1.1.jsonl");
    std::fs::write(folder.join(stage), turn(name, usage)).unwrap();
    let role = format!(
        "---\ncapability: {name}\nagent: {name}\nprofile: read-only\n---\nYou are {name}.\n"
    );
    project.put(&format!("harness/roles/{name}.md"), &role);
    format!(
        "  - {{ name: {name}, driver: replay, recordings: \"{}\", capabilities: [{name}]{more} }}\n",
        folder.display()
    )
}

/// One run: an agent that is paid for, one that a plan pays for, one that does not say, one that has to be
/// asked twice, and a command.
fn spent() -> (Project, String) {
    let twice = Project::new();
    let counter = twice.outside("counter");
    let mends = format!(
        "cat >/dev/null; echo x >>'{0}'; test $(wc -l <'{0}') -gt 1 && echo dark >>page.txt; echo done",
        counter.display()
    );
    let project = twice.agent("build", &mends);
    let told =
        json!({ "input": 1000, "output": 200, "cache_read": 4000, "cost_micros": 1_234_567 });
    let paid = played(&project, "spec", &told, "");
    let plan = played(&project, "plan", &told, ", billing: plan");
    let stages = "  - { id: spec, name: Specification, role: spec, produces: { spec-note: { path: harness/artifacts/spec.md, from: answer } }, writes: [] }
  - { id: plan, name: Planning, depends_on: [spec], role: plan, produces: { plan-note: { path: harness/artifacts/plan.md, from: answer } }, writes: [] }
  - { id: build, name: Build, depends_on: [plan], role: build }
  - { id: lint, name: \"Lint, quick\", depends_on: [build], run: \"true\" }
";
    let project = project.settings(&(paid + &plan)).flow(stages);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

fn objects(project: &Project, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["cost", "--json"];
    all.extend(args);
    let out = project.expect(0, &all).out;
    out.lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect()
}

/// What the totals say: attempts, tokens and how many told none, cost and how many told none.
fn totals(project: &Project, args: &[&str]) -> Vec<Value> {
    let all = objects(project, args).into_iter();
    all.filter(|o| o["type"] == "total")
        .map(|o| {
            json!([
                o["billing"],
                o["attempts"],
                o["tokens"],
                o["tokens_unknown"],
                o["cost_micros"],
                o["cost_micros_unknown"]
            ])
        })
        .collect()
}

fn exact() -> Vec<Value> {
    vec![
        json!(["metered", 3, 5200, 2, 1_234_567, 2]),
        json!(["plan", 1, 5200, 0, null, 0]),
        json!(["no_agent", 1, null, 0, null, 0]),
    ]
}

#[test]
fn who_pays_stays_apart_and_what_was_not_told_is_said_and_never_a_nought() {
    let (project, run) = spent();
    assert_eq!(totals(&project, &[]), exact());
    let text = project.expect(0, &["cost"]).out;
    for said in [
        "5 attempts in 1 run in the last 7 days",
        "$1.23 + 2 attempts that did not say",
        "5.2k tokens (in 1.0k, out 200, cached 4.0k)",
        "plan: 5.2k tokens in the last 5 hours, 5.2k in the last 7 days",
        "repair unknown",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!text.contains("$0.00") && !text.contains("$2.4"), "{text}");
    // What a plan pays for has no dollars anywhere, whatever its agent told.
    let view = project.view(&run);
    let report = support::drive::report(&view);
    let row = report.lines().find(|l| l.contains("| Planning")).unwrap();
    assert!(row.contains("| plan") && !row.contains('$'), "{row}");
    assert!(report.contains("Cost: $1.23 + unknown + plan"), "{report}");

    let of = |by: &str, what: &str| -> Vec<Value> {
        let found = objects(&project, &["--by", by]).into_iter();
        found
            .filter(|o| o["type"] == "group" && o[by] == what)
            .collect()
    };
    let build = of("stage", "Build");
    assert_eq!(build.len(), 1);
    assert_eq!(
        (
            &build[0]["attempts"],
            &build[0]["cost_micros"],
            &build[0]["cost_micros_unknown"]
        ),
        (&json!(2), &Value::Null, &json!(2))
    );
    assert_eq!(of("outcome", "repair")[0]["attempts"], 1);
    assert_eq!(of("outcome", "passed").len(), 3, "one for each way to pay");
    let today = jiff::Zoned::now().date().to_string();
    assert_eq!(of("day", &today).len(), 3);
    assert_eq!(of("task", "T001").len(), 3);
    assert_eq!(of("workflow", "flow").len(), 3);
    assert_eq!(of("model", "m-1").len(), 2);
    // Nothing is left of what lies outside of a period, and all of it is when all is asked for.
    let none = project.expect(0, &["cost", "--until", "2001-01-01"]).out;
    assert!(
        none.contains("Nothing was spent to 2001-01-01; `harness-tui cost --all`"),
        "{none}"
    );
    assert_eq!(totals(&project, &["--all"]), exact());
    assert_eq!(
        totals(&project, &["--since", &today, "--until", &today]),
        exact()
    );
    for wrong in [["--since", "soon"], ["--by", "colour"], ["--until", "7d"]] {
        let ran = project.expect(2, &["cost", wrong[0], wrong[1]]);
        assert!(ran.err.contains(wrong[1]), "{}", ran.err);
    }
}

/// Rows of comma-separated values, by the rules of RFC 4180.
fn parsed(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => assert_eq!(chars.peek(), Some(&'\n')),
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    assert_eq!(rows.pop().unwrap(), [""], "every row ends");
    rows
}

#[test]
fn as_comma_separated_values_what_is_not_known_is_empty() {
    let (project, run) = spent();
    let rows = parsed(&project.expect(0, &["cost", "--csv", "--by", "attempt"]).out);
    let head: Vec<&str> = rows[0].iter().map(String::as_str).collect();
    assert_eq!(
        head.join(","),
        "run,task,workflow,stage,attempt,agent,model,day,started,result,outcome,billing,took_ms,\
         input_tokens,output_tokens,cached_tokens,tokens,cost_usd,source"
    );
    assert!(rows.iter().all(|row| row.len() == head.len()), "{rows:?}");
    let at = |name: &str| head.iter().position(|h| *h == name).unwrap();
    let cells = |names: &[&str]| -> Vec<String> {
        let cell = |row: &Vec<String>| {
            names
                .iter()
                .map(|n| row[at(n)].clone())
                .collect::<Vec<_>>()
                .join("|")
        };
        rows[1..].iter().map(cell).collect()
    };
    assert_eq!(
        cells(&[
            "stage", "billing", "tokens", "cost_usd", "result", "outcome"
        ]),
        [
            "Specification|metered|5200|1.234567|passed|passed",
            "Planning|plan|5200||passed|passed",
            "Build|metered|||no_change|repair",
            "Build|metered|||passed|passed",
            "Lint, quick|no_agent|||passed|passed",
        ]
    );
    assert!(cells(&["run"]).iter().all(|r| *r == run));
    let sums = parsed(
        &project
            .expect(0, &["cost", "--csv", "--by", "agent,outcome"])
            .out,
    );
    let head = sums[0].join(",");
    assert!(
        head.starts_with("agent,outcome,billing,attempts,took_ms,took_ms_unknown,"),
        "{head}"
    );
    assert!(
        head.ends_with(",tokens,tokens_unknown,cost_usd,cost_usd_unknown"),
        "{head}"
    );
    let build = sums
        .iter()
        .find(|r| r[0] == "build" && r[1] == "passed")
        .unwrap();
    assert_eq!(build[build.len() - 2..], ["", "1"]);
    let none = project
        .expect(0, &["cost", "--csv", "--until", "2001-01-01"])
        .out;
    assert_eq!(parsed(&none).len(), 1, "a header alone");
}

#[test]
fn what_is_cleaned_away_is_told_by_its_report_and_counted_once() {
    let (project, run) = spent();
    project.expect(0, &["land", &run]);
    assert_eq!(
        totals(&project, &[]),
        exact(),
        "by its journal, though the report is there"
    );
    project.expect(0, &["clean", "--apply", "--logs"]);
    // Another clone has the report and nothing else.
    let engine = project.home().join(".git/harness/runs");
    std::fs::remove_dir_all(engine.join(&run)).unwrap();
    let rounded = || {
        let mut rounded = exact();
        rounded[0][4] = json!(1_230_000);
        rounded
    };
    assert_eq!(totals(&project, &[]), rounded());
    let text = project.expect(0, &["cost", "--by", "outcome"]).out;
    assert!(
        text.contains("5 attempts of runs whose journal is gone: by their reports, which round"),
        "{text}"
    );
    assert!(text.contains("repair"), "{text}");
    // A second report of the same run is not a second run.
    let report = project.home().join(format!("harness/runs/{run}.md"));
    std::fs::copy(&report, project.home().join("harness/runs/T001-copy.md")).unwrap();
    assert_eq!(totals(&project, &[]), rounded());
}

#[test]
fn a_journal_that_is_broken_is_told_and_the_rest_is_summed() {
    let (project, run) = spent();
    project.expect(0, &["run", "T001", "--new"]);
    let broken = project
        .home()
        .join(format!(".git/harness/runs/{run}/journal.jsonl"));
    let text = std::fs::read_to_string(&broken).unwrap();
    std::fs::write(&broken, text.replacen("created", "cremated", 1)).unwrap();
    let told = objects(&project, &[]);
    let note = told.iter().find(|o| o["type"] == "note").unwrap();
    let note = note["text"].as_str().unwrap();
    assert!(
        note.starts_with(&format!("{run} can't be read, in no sum")),
        "{note}"
    );
    let plan = told.iter().find(|o| o["billing"] == "plan").unwrap();
    assert_eq!(plan["attempts"], 1, "the other run's");
}

#[test]
fn a_run_is_estimated_by_three_that_came_to_their_end_and_by_no_fewer() {
    let (project, _) = spent();
    let estimate = || {
        let out = project
            .expect(0, &["run", "T001", "--new", "--dry-run"])
            .out;
        let told = out.lines().find(|l| l.starts_with("estimate"));
        told.unwrap().to_owned()
    };
    assert!(
        estimate().ends_with("no history to tell it by"),
        "{}",
        estimate()
    );
    project.expect(0, &["run", "T001", "--new"]);
    assert!(estimate().ends_with("no history to tell it by"));
    project.expect(0, &["run", "T001", "--new"]);
    let said = estimate();
    assert!(
        said.contains("like the last 3 runs of this workflow: cost unknown, 5.2k tokens on a plan"),
        "{said}"
    );
    let dry = project
        .expect(0, &["run", "T001", "--new", "--dry-run", "--json"])
        .out;
    let sheet: Value = serde_json::from_str(dry.lines().next().unwrap()).unwrap();
    assert_eq!(sheet["estimate"]["cost_micros"], Value::Null);
    assert_eq!(sheet["estimate"]["runs"], 3);
}

/// A stage that two agents served, one paid by use whose quota was used up, and one that a plan pays for;
/// then a command.
fn by_two() -> (Project, String) {
    let dry = "cat >/dev/null; echo 'harness-quota: 3h' >&2; exit 75";
    let project = Project::new().agent("build", dry);
    let told = json!({ "input": 1000, "output": 200, "cost_micros": 1_234_567 });
    let folder = project.outside("other");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("build.1.2.jsonl"), turn("build", &told)).unwrap();
    let other = format!(
        "  - {{ name: other, driver: replay, recordings: \"{}\", capabilities: [build], billing: plan }}\n",
        folder.display()
    );
    let stages = "  - { id: build, name: Build, role: build, produces: { build-note: { path: harness/artifacts/build.md, from: answer } }, writes: [] }
  - { id: lint, name: Lint, depends_on: [build], run: \"true\" }
";
    let project = project
        .settings(&other)
        .settings("on_quota: fallback\n")
        .flow(stages);
    project.expect(0, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

#[test]
fn a_receipt_tells_each_attempt_by_who_did_it_and_who_paid_for_it_then() {
    let (project, run) = by_two();
    // What is so today is not what was so then.
    let settings = project.read("harness/harness.yaml");
    assert!(settings.contains(", billing: plan"), "{settings}");
    project.put(
        "harness/harness.yaml",
        &settings.replace(", billing: plan", ""),
    );
    let told = |o: &Value, tokens: &Value, cost: &Value| {
        json!([o["agent"], o["billing"], o["attempts"], tokens, cost])
    };
    let receipt = project.expect(0, &["receipt", &run, "--json"]).out;
    let receipt: Value = serde_json::from_str(receipt.lines().next().unwrap()).unwrap();
    let spent = receipt["receipt"]["spent"].as_array().unwrap();
    let amount = |o: &Value| match o["told"].as_u64().unwrap() {
        0 => Value::Null,
        _ => o["sum"].clone(),
    };
    let of_receipt: Vec<Value> = { spent.iter() }
        .map(|s| told(s, &amount(&s["tokens"]), &amount(&s["cost"])))
        .collect();
    let by_agent = objects(&project, &["--by", "agent"]);
    let of_cost: Vec<Value> = { by_agent.iter() }
        .filter(|o| o["type"] == "group")
        .map(|o| told(o, &o["tokens"], &o["cost_micros"]))
        .collect();
    assert_eq!(of_receipt, of_cost);
    assert_eq!(
        of_receipt,
        [
            json!(["build", "metered", 1, null, null]),
            json!(["other", "plan", 1, 1200, null]),
            json!(["no agent", "no_agent", 1, null, null]),
        ]
    );
    let page = receipt["markdown"].as_str().unwrap();
    for row in [
        "| build | 1 | unknown | unknown |",
        "| other | 1 | 1.2k | by a plan |",
        "| no agent | 1 | - | - |",
        "Together: unknown, unknown tokens, 1 attempt; and 1.2k tokens, 1 attempt by a plan.",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
    // The report, and whatever else adds a run up, says so too: a command asked nobody.
    let report = support::drive::report(&project.view(&run));
    assert!(report.contains("Cost: unknown + plan"), "{report}");
}

#[test]
fn what_is_kept_to_save_time_changes_no_number() {
    let (project, run) = spent();
    let first = objects(&project, &["--by", "attempt"]);
    assert!(kept(&project.outside("user")).is_some(), "it is kept");
    assert_eq!(objects(&project, &["--by", "attempt"]), first);
    // What came since is read, and what is gone is gone.
    project.expect(0, &["run", "T001", "--new"]);
    assert_eq!(
        objects(&project, &["--by", "attempt"]).len(),
        first.len() + 4
    );
    std::fs::remove_dir_all(project.home().join(format!(".git/harness/runs/{run}"))).unwrap();
    assert_eq!(
        objects(&project, &["--by", "attempt"]).len(),
        first.len() - 1
    );
    // A file that makes no sense is no file.
    std::fs::write(kept(&project.outside("user")).unwrap(), "nonsense\n").unwrap();
    assert_eq!(
        objects(&project, &["--by", "attempt"]).len(),
        first.len() - 1
    );
}

fn kept(user: &Path) -> Option<std::path::PathBuf> {
    let cache = std::fs::read_dir(user.join("cache")).ok()?;
    let mut files = cache.map(|e| e.unwrap().path());
    files.find(|f| {
        f.file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("spending-")
    })
}
