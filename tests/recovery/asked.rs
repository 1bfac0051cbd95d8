//! Preconditions that are commands: killed while one is asked, adopted, never asked again once met.

use crate::bench::{Bench, SHORT, kill};
use crate::support::project::{Project, put, until_there};
use harness_tui::process::Tag;
use harness_tui::stage::timeline::{Row, Step, What};
use harness_tui::terms::{Outcome, RunState};
use std::io::Write;
use std::path::PathBuf;

/// Says who asks, and stands still until it is let go where it is told to. It holds where `wanted`
/// lies beside the repository.
const ASK: &str = r#"
echo "$HARNESS_ATTEMPT" >>@AT@/asked
if mv @AT@/hold @AT@/held 2>/dev/null; then read _ <@AT@/go; fi
echo "a key: @KEY@"
test -e @AT@/wanted
"#;

struct Asking {
    bench: Bench,
    at: PathBuf,
    key: String,
}

impl Asking {
    fn new() -> Self {
        let project = Project::new();
        let at = project.outside("asking");
        let key = format!("sk-{}", "a1B2".repeat(8));
        let script = ASK
            .replace("@AT@", &at.display().to_string())
            .replace("@KEY@", &key);
        put(&at.join("ask.sh"), &script);
        let fifo = std::process::Command::new("mkfifo")
            .arg(at.join("go"))
            .status();
        assert!(fifo.unwrap().success());
        let ask = at.join("ask.sh").display().to_string();
        let flow = format!("{SHORT}precondition: {{ run: \"sh {ask}\" }}\n");
        Self {
            bench: Bench::new(project, &flow),
            at,
            key,
        }
    }

    fn hold(&self) {
        put(&self.at.join("hold"), "");
    }

    fn until_held(&self) {
        until_there(&self.at.join("held"));
    }

    fn let_go(&self) {
        std::fs::remove_file(self.at.join("held")).unwrap();
        let mut go = std::fs::OpenOptions::new()
            .write(true)
            .open(self.at.join("go"))
            .unwrap();
        writeln!(go, "go").unwrap();
    }

    fn wanted(&self) {
        put(&self.at.join("wanted"), "");
    }

    /// Who asked, each time.
    fn asked(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.at.join("asked")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn killed_while_it_is_asked_it_is_asked_again_and_once_met_never() {
    let asking = Asking::new();
    let bench = &asking.bench;
    asking.wanted();
    asking.hold();
    let run = bench.project.detach();
    asking.until_held();
    let view = bench.project.view(&run);
    let first = "spec.1.1".parse().unwrap();
    let tag = Tag::attempt(&view.order.run, &first).within(view.dirs.path());
    let there = tag.pids();
    let exec = bench.stage_exec(&run, "spec");
    assert!(
        there.len() >= 2 && there.contains(&exec.identity().pid),
        "the command bears the mark as well: {there:?}"
    );
    kill(&bench.supervisor(&run));
    kill(&exec);
    assert_eq!(bench.project.view(&run).state(), RunState::Interrupted);
    // Again, and this time only its supervisor: what is being asked is adopted.
    std::fs::remove_file(asking.at.join("held")).unwrap();
    asking.hold();
    bench.project.expect(0, &["resume", &run]);
    asking.until_held();
    assert_eq!(tag.pids(), [0; 0], "nothing of the first is left");
    kill(&bench.supervisor(&run));
    bench.project.expect(0, &["resume", &run]);
    bench.hold("spec");
    asking.let_go();
    bench.until_held("spec");
    let asked = asking.asked();
    let marks: Vec<&str> = asked.iter().filter_map(|m| m.rsplit('/').next()).collect();
    assert_eq!(marks, ["spec.1.1", "spec.1.2"]);
    // It was met: neither the next try of the stage nor another stage asks once more.
    kill(&bench.stage_exec(&run, "spec"));
    bench.forget_held("spec");
    bench.until_state(&run, RunState::Completed);
    bench.no_supervisor(&run);
    assert_eq!(asking.asked(), asked);
    assert_eq!(bench.done()["spec"], 1);
    bench.audit(&run, 2);
}

#[test]
fn unmet_it_ends_the_run_with_its_row_and_without_its_secrets_and_is_asked_anew() {
    let asking = Asking::new();
    let bench = &asking.bench;
    let ran = bench.project.expect(5, &["run", "T001"]);
    assert!(ran.out.contains("exit 1"), "{}", ran.out);
    let view = bench.project.runs().remove(0);
    let run = view.order.run.to_string();
    assert_eq!(view.state(), RunState::Cancelled);
    assert!(bench.said("start").is_empty(), "no agent was started");
    let attempt = view.run.stages[0].current_attempt().unwrap();
    assert_eq!(attempt.result.as_ref().unwrap().outcome, Outcome::Unmet);
    let log = std::fs::read_to_string(view.attempt_dir(&attempt.id).transcript()).unwrap();
    assert!(
        log.contains("a key: ") && !log.contains(&asking.key),
        "{log}"
    );
    let rows = log.lines().map(|l| serde_json::from_str::<Row>(l).unwrap());
    let told = rows.into_iter().any(|row| {
        matches!(row.what, What::StepFinished { step: Step::Precondition, ok: false, detail, .. }
            if detail == "exit 1")
    });
    assert!(told, "{log}");
    bench.no_supervisor(&run);
    asking.wanted();
    bench.project.expect(0, &["run", "T001", "--from", "spec"]);
    assert_eq!(asking.asked().len(), 2);
    bench.audit(&run, 2);
}
