//! A workflow of six stages whose agents say when they are somewhere, and the auditor that looks
//! at what is left.

use crate::support::project::{Project, put};
use harness_tui::documents::run_state::RunStateDoc;
use harness_tui::process::{Signal, Tag, Watched};
use harness_tui::records::harness::Harness;
use harness_tui::records::planning::{self, PlanRequest, RunStart};
use harness_tui::records::project::Project as Found;
use harness_tui::records::runs::RunView;
use harness_tui::store::fs::Disk;
use harness_tui::store::journal;
use harness_tui::store::layout::EngineDir;
use harness_tui::store::lock::is_held;
use harness_tui::supervisor::control::Entry;
use harness_tui::supervisor::live::{Holder, engine_person};
use harness_tui::supervisor::start;
use harness_tui::terms::{Oid, RunState, StageId, StageState, TaskId};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

/// The agent of every stage: it says when it begins and when it is done in a log outside the
/// repository, and where it is told to, stands still in between until it is let go.
const AGENT: &str = r###"
stage=$1 at=@AT@
cat >/dev/null
echo "start $stage $HARNESS_ATTEMPT" >>$at/log
if mv $at/hold.$stage $at/held.$stage 2>/dev/null; then read _ <$at/go; fi
case $stage in
spec) name=goal ;; design) name=looks ;; plan) name=steps ;; qa) name=review ;; esac
case $stage in
build) grep -c . page.txt >>page.txt ;;
qa)
  echo "<<<ARTIFACT $name"; echo "## Verdict"; echo
  if grep -q '^done qa' $at/log; then
    printf 'Result: PASS\n\n## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n| --- | --- | --- |\n| AC-1 | met | page.txt:1 |\n| AC-2 | met | page.txt:1 |\n'
  else
    printf 'Result: FAIL\n\n## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n| --- | --- | --- |\n| AC-1 | unmet | page.txt:1 |\n| AC-2 | met | page.txt:1 |\n\n## Findings\n\n- [F1] AC-1 page.txt:1 - not dark\n'
  fi
  echo "ARTIFACT>>>" ;;
*) printf '<<<ARTIFACT %s\n# %s\n\nAC-1 and AC-2.\nARTIFACT>>>\n' $name $stage ;;
esac
echo "done $stage $HARNESS_ATTEMPT" >>$at/log
"###;

pub const FLOW: &str = r#"  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: "harness/artifacts/T001-goal.md" } }
  - { id: design, name: Design, role: design, depends_on: [spec], context: [goal], produces: { looks: "harness/artifacts/T001-looks.md" } }
  - { id: plan, name: Planning, role: plan, depends_on: [design], context: [looks], produces: { steps: "harness/artifacts/T001-plan.md" } }
  - { id: build, name: Build, role: build, depends_on: [plan], context: [steps], checks: [{ run: "test -s page.txt" }] }
  - { id: qa, name: QA, role: qa, depends_on: [build], context: [task], produces: { review: "harness/artifacts/T001-qa-review.md" }, verdict: review, on_fail: { rerun: build, max: 3 } }
  - { id: complete, name: Complete, depends_on: [qa], gate: { before: "true" } }
"#;

/// Two stages, for what is done many times.
pub const SHORT: &str = r#"  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: "harness/artifacts/T001-goal.md" } }
  - { id: build, name: Build, role: build, depends_on: [spec], context: [goal] }
"#;

/// How often each stage of the long workflow is carried out to its end.
pub const DONE: [(&str, usize); 5] = [
    ("spec", 1),
    ("design", 1),
    ("plan", 1),
    ("build", 2),
    ("qa", 2),
];

/// A project and the place where its agents are met.
pub struct Bench {
    pub project: Project,
    /// Not in the project's folder, which one test fills up.
    at: tempfile::TempDir,
}

impl Bench {
    /// Six stages, QA rejecting once, a check, a final gate.
    pub fn long() -> Self {
        Self::new(Project::new(), FLOW)
    }

    /// Two stages.
    pub fn short() -> Self {
        Self::new(Project::new(), SHORT)
    }

    pub fn new(project: Project, flow: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        put(&at.join("log"), "");
        let fifo = std::process::Command::new("mkfifo")
            .arg(at.join("go"))
            .status();
        assert!(fifo.unwrap().success());
        put(
            &at.join("agent.sh"),
            &AGENT.replace("@AT@", &at.display().to_string()),
        );
        let script = |stage: &str| format!("exec sh {}/agent.sh {stage}", at.display());
        let mut project = project;
        for stage in ["spec", "design", "plan", "qa"] {
            project = project.reviewer(stage, &script(stage));
        }
        let project = project.agent("build", &script("build")).flow(flow);
        Self { project, at: dir }
    }

    /// The next attempt of this stage will stand still.
    pub fn hold(&self, stage: &str) {
        put(&self.at.path().join(format!("hold.{stage}")), "");
    }

    /// Waits until it does.
    pub fn until_held(&self, stage: &str) {
        let there = self.at.path().join(format!("held.{stage}"));
        self.until(&format!("{stage} is held"), || there.exists());
    }

    /// Waits until something is so; tells of the runs where it never is.
    pub fn until(&self, what: &str, mut so: impl FnMut() -> bool) {
        let begun = Instant::now();
        while !so() {
            if begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.at.path().join("log"));
                for view in self.project.runs() {
                    let why = view.why(None);
                    let said = std::fs::read_to_string(view.dirs.path().join("supervisor.log"));
                    eprintln!(
                        "{}\n{why}\n{:?}\n{said:?}\n{log:?}",
                        view.state(),
                        view.run.notes
                    );
                }
                panic!("never: {what}");
            }
            harness_tui::process::pause(Duration::from_millis(10));
        }
    }

    /// Lets the one that stands still go on. It must be alive.
    pub fn let_go(&self, stage: &str) {
        std::fs::remove_file(self.at.path().join(format!("held.{stage}"))).unwrap();
        // Opening waits for its reader, which is what we wait for.
        let mut go = std::fs::OpenOptions::new()
            .write(true)
            .open(self.at.path().join("go"))
            .unwrap();
        writeln!(go, "go").unwrap();
    }

    /// The one that stood still was killed.
    pub fn forget_held(&self, stage: &str) {
        std::fs::remove_file(self.at.path().join(format!("held.{stage}"))).unwrap();
    }

    /// How often the run was taken over.
    pub fn epoch(&self, run: &str) -> u64 {
        let bytes = std::fs::read(self.project.view(run).dirs.supervisor()).unwrap();
        serde_json::from_slice::<Holder>(&bytes).unwrap().epoch
    }

    /// How often each stage said this word.
    pub fn said(&self, word: &str) -> BTreeMap<String, usize> {
        let log = std::fs::read_to_string(self.at.path().join("log")).unwrap();
        let mut count = BTreeMap::new();
        for line in log.lines() {
            let mut words = line.split(' ');
            if words.next() == Some(word) {
                *count.entry(words.next().unwrap().to_owned()).or_insert(0) += 1;
            }
        }
        count
    }

    pub fn done(&self) -> BTreeMap<String, usize> {
        self.said("done")
    }

    /// Waits until a stage said that it is done this often.
    pub fn until_done(&self, stage: &str, times: usize) {
        self.until(&format!("{stage} done {times} times"), || {
            self.done().get(stage).copied().unwrap_or(0) >= times
        });
    }

    /// A run that is ordered and that nobody supervises yet.
    pub fn ordered(&self) -> String {
        crate::support::trusted::in_process();
        let found = Found::find(&self.project.home()).unwrap();
        let harness = Harness::load(&found);
        let mut request = PlanRequest {
            task: Some(TaskId::new("T001").unwrap()),
            ..PlanRequest::default()
        };
        let planned = planning::plan(&harness, &found, &request).unwrap();
        let head = self.project.git(&["rev-parse", "HEAD"]);
        EngineDir::open(&Disk, found.engine.path()).unwrap();
        let wanted = planned.request(
            &found,
            RunStart {
                private: None,
                in_place: None,
                changes: None,
                base: Oid::new(head).unwrap(),
                base_branch: Some("main".to_owned()),
                chosen: Vec::new(),
                by: engine_person(),
                record: None,
                keep_raw: false,
                awake: false,
                trusted: found.trust().word(&harness.powers).unwrap(),
            },
        );
        let order = start::create(wanted, &jiff::Zoned::now(), |names| {
            request.run_names.clone_from(names);
            planning::plan(&harness, &found, &request).map(|p| p.plan)
        });
        order.unwrap().run.to_string()
    }

    /// The run's state, waited for.
    pub fn until_state(&self, run: &str, state: RunState) -> RunView {
        self.project.until(run, |v| v.state() == state)
    }

    pub fn run_state(&self, view: &RunView) -> PathBuf {
        view.active_dir().run_state()
    }

    /// The process that supervises the run.
    pub fn supervisor(&self, run: &str) -> Watched {
        let view = self.project.view(run);
        let bytes = std::fs::read(view.dirs.supervisor()).unwrap();
        let holder: Holder = serde_json::from_slice(&bytes).unwrap();
        Watched::open(holder.process.pid)
            .unwrap()
            .expect("the supervisor lives")
    }

    /// The process that holds the attempt of this stage.
    pub fn stage_exec(&self, run: &str, stage: &str) -> Watched {
        let view = self.project.view(run);
        let record = view.run.record(&StageId::new(stage).unwrap()).unwrap();
        let attempt = record.current_attempt().unwrap();
        let bytes = std::fs::read(view.attempt_dir(&attempt.id).shim()).unwrap();
        let shim: harness_tui::process::Identity = serde_json::from_slice(&bytes).unwrap();
        Watched::open(shim.pid).unwrap().expect("stage-exec lives")
    }

    pub fn no_supervisor(&self, run: &str) {
        let lock = self.project.view(run).dirs.lock();
        until("the supervisor left", || !is_held(&lock).unwrap());
    }

    /// Looks at everything a run may have got wrong. `handed`: how many hand-offs it made.
    pub fn audit(&self, run: &str, handed: usize) {
        let view = self.project.view(run);
        self.journal_is_whole(&view);
        self.one_commit_a_hand_off(&view, handed);
        self.files_say_what_is_so(&view);
        let tag = Tag::run(&view.order.run).within(view.dirs.path());
        until("no process of the run is left", || tag.pids().is_empty());
        let fsck = std::process::Command::new("git")
            .args(["fsck", "--no-dangling", "--no-progress"])
            .current_dir(self.project.home())
            .output()
            .unwrap();
        let said = [fsck.stdout, fsck.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(fsck.status.success() && said.trim().is_empty(), "{said}");
        let status = git_in(&view.order.tree, &["status", "--porcelain"]);
        assert_eq!(status, "", "the run's tree is as its branch");
        assert_eq!(
            git_in(&view.order.tree, &["rev-parse", "HEAD"]),
            view.run.head.as_ref().unwrap().as_str()
        );
    }

    fn journal_is_whole(&self, view: &RunView) {
        let (records, torn) = journal::read_only::<Entry>(&Disk, &view.dirs.journal()).unwrap();
        assert_eq!(torn, None);
        for (at, record) in records.iter().enumerate() {
            assert_eq!(record.seq, at as u64 + 1);
            assert!(at == 0 || record.epoch >= records[at - 1].epoch);
        }
    }

    fn one_commit_a_hand_off(&self, view: &RunView, handed: usize) {
        let range = format!("{}..{}", view.order.base, view.order.branch);
        let format = "--format=%(trailers:key=Harness-Attempt,valueonly,separator=%x2C)";
        let log = self.project.git(&["log", format, &range]);
        let trailers: Vec<&str> = log.lines().filter(|l| !l.is_empty()).collect();
        let unique: BTreeSet<&str> = trailers.iter().copied().collect();
        assert_eq!(
            unique.len(),
            trailers.len(),
            "one commit a hand-off: {trailers:?}"
        );
        assert_eq!(trailers.len(), handed, "{trailers:?}");
        let passed: BTreeSet<String> = view
            .run
            .stages
            .iter()
            .flat_map(|s| &s.attempts)
            .filter(|a| {
                a.result
                    .as_ref()
                    .is_some_and(|r| r.outcome.word() == "passed")
            })
            .map(|a| a.public.to_string())
            .collect();
        assert_eq!(unique, passed.iter().map(String::as_str).collect());
    }

    fn files_say_what_is_so(&self, view: &RunView) {
        let active = view.active_dir();
        let said = RunStateDoc::parse(std::fs::read(active.run_state()).unwrap()).read();
        assert_eq!(said.status, Some(view.run.state()), "run-state.md");
        let completed: Vec<&str> = said.completed.iter().map(|c| c.name.as_str()).collect();
        let stages = view.run.plan.stages.iter().zip(&view.run.stages);
        let passed: Vec<&str> = stages
            .filter(|(_, r)| r.state == StageState::Passed)
            .map(|(s, _)| s.name.as_str())
            .collect();
        assert_eq!(completed, passed, "run-state.md");
        let report = std::fs::read_to_string(active.report()).unwrap();
        for attempt in view.run.stages.iter().flat_map(|s| &s.attempts) {
            let public = attempt.public.as_str();
            assert!(
                report.contains(public),
                "{public} is not in the report:\n{report}"
            );
        }
        let folders = [
            active.path(),
            view.dirs.path(),
            &self.project.home().join("harness"),
        ];
        let left: Vec<_> = folders
            .into_iter()
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|n| n.ends_with(".tmp") || n.ends_with(".swap"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        let status = match view.run.state() {
            RunState::Completed => "**Status:** In Review",
            _ => "**Status:** In Progress",
        };
        let backlog = self.project.read("harness/backlog.md");
        assert!(backlog.contains(status), "{status}: {backlog}");
    }
}

/// Kills without warning, and waits until it is gone.
pub fn kill(victim: &Watched) {
    victim.signal(Signal::KILL).unwrap();
    assert!(victim.wait(Some(PATIENCE)).unwrap(), "killed and not gone");
}

/// Waits until something is so.
pub fn until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        harness_tui::process::pause(Duration::from_millis(10));
    }
}

/// What git says in a folder.
pub fn git_in(dir: &Path, args: &[&str]) -> String {
    let out = std::process::Command::new("git")
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "git {args:?}: {err}");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
