//! Every state the product can be in, made on purpose: the sample project, its recorded agents, the
//! real engine. What must stand still does so because its recording pauses for minutes after what
//! was said so far; nothing here waits for time to go by.
//!
//! `State::made` makes one. Where a supervisor lives in it, it is ended when the value is dropped,
//! so a look at such a state is taken while the value lives.

use super::sample::{Sample, Timed};
use harness_tui::process::{Identity, Signal, Watched};
use harness_tui::records::runs::RunView;
use harness_tui::supervisor::live::Holder;
use harness_tui::terms::{RunState, StageState};

/// A state of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// A repository that has no harness yet.
    Nothing,
    /// A harness without an item.
    Empty,
    /// Items and a task that is ready, no run yet.
    Fresh,
    /// The build is at work.
    Running,
    /// Two stages are at work side by side.
    Parallel,
    /// QA sent the work back, and the build is at it again with the findings.
    Rejected,
    /// A person is asked whether this is the change.
    Gate,
    /// QA found the same thing twice running.
    Blocked,
    /// The task was edited after what was made from it.
    Stale,
    /// The result was approved.
    Completed,
    /// The result was taken.
    Landed,
    /// QA sent the work back more often than the workflow allows.
    Failed,
    /// A person ended it.
    Cancelled,
    /// A person paused it while the build was at work.
    Paused,
    /// An agent asked something that only a person can answer.
    NeedsInput,
    /// QA says that the specification cannot be met as it is.
    Replan,
    /// The build was at work when every process of the run was killed.
    Interrupted,
}

/// A state that was made, and lasts as long as this.
pub struct Made {
    pub sample: Sample,
    /// Its run, where it has one.
    pub run: Option<String>,
    /// Whether somebody must be told to stop.
    live: bool,
}

impl Made {
    /// Its run as it is on disk.
    pub fn view(&self) -> RunView {
        self.sample.view(self.run.as_deref().unwrap())
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let (true, Some(run)) = (self.live, &self.run) {
            let _ = self.sample.command(&["cancel", run]).output();
            self.sample.until_left(run);
        }
    }
}

impl State {
    pub const ALL: [Self; 17] = [
        Self::Nothing,
        Self::Empty,
        Self::Fresh,
        Self::Running,
        Self::Parallel,
        Self::Rejected,
        Self::Gate,
        Self::Blocked,
        Self::Stale,
        Self::Completed,
        Self::Landed,
        Self::Failed,
        Self::Cancelled,
        Self::Paused,
        Self::NeedsInput,
        Self::Replan,
        Self::Interrupted,
    ];

    /// Its name, for files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Empty => "empty",
            Self::Fresh => "fresh",
            Self::Running => "running",
            Self::Parallel => "parallel",
            Self::Rejected => "rejected",
            Self::Gate => "gate",
            Self::Blocked => "blocked",
            Self::Stale => "stale",
            Self::Completed => "completed",
            Self::Landed => "landed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Paused => "paused",
            Self::NeedsInput => "needs-input",
            Self::Replan => "replan",
            Self::Interrupted => "interrupted",
        }
    }

    /// Makes it as fast as the machine goes.
    pub fn made(self) -> Made {
        self.made_in(Timed::AtOnce)
    }

    /// Makes it; `timed` says how fast the recordings are played.
    pub fn made_in(self, timed: Timed) -> Made {
        let sample = match self {
            Self::Nothing => Sample::nothing(timed),
            Self::Empty => Sample::empty(timed),
            _ => Sample::new(timed),
        };
        self.record(&sample);
        let run = match self {
            Self::Nothing | Self::Empty | Self::Fresh => None,
            _ => Some(sample.begin()),
        };
        if let Some(run) = &run {
            self.lead(&sample, run);
        }
        Made {
            live: matches!(self, Self::Running | Self::Parallel | Self::Rejected),
            sample,
            run,
        }
    }

    /// Puts down what the agents will do, where that is not what the sample's do.
    fn record(self, sample: &Sample) {
        const NAMED: &str = "- [F1] AC-3 bin/build:57 ";
        const ELSEWHERE: &str = "- [F3] AC-3 src/entries.awk:12 ";
        match self {
            Self::Running | Self::Paused | Self::Interrupted => sample.freezes("build.1.1", 41),
            Self::Rejected => sample.freezes("build.2.1", 13),
            Self::Parallel => {
                sample.beside();
                sample.freezes("build.1.1", 32);
                sample.freezes("notes.1.1", 6);
            }
            Self::Blocked => sample.plays("qa.2.1", "qa.1.1"),
            Self::Failed => {
                sample.edits("harness/workflows/feature.yaml", |text| {
                    text.replace("rerun: build, max: 3 }\n\n", "rerun: build, max: 1 }\n\n")
                });
                sample.commits("one rerun");
                sample.plays("qa.2.1", "qa.1.1");
                sample.says("qa.2.1", NAMED, ELSEWHERE);
                sample.says("qa.2.1", "- [F2] AC-3 tests/tags_test.sh:11 ", "- [F4] AC-3 styles/site.css:3 ");
            }
            Self::NeedsInput => sample.asks("design.1.1"),
            Self::Replan => sample.says(
                "qa.1.1",
                "Result: FAIL",
                "Result: REPLAN spec — AC-3 and AC-5 contradict each other for a post whose only tag is a draft's",
            ),
            _ => {}
        }
    }

    /// Brings the run where the state is.
    fn lead(self, sample: &Sample, run: &str) {
        let stands = |state: RunState| {
            sample.until(run, |v| v.state() == state && !v.supervised);
        };
        match self {
            Self::Nothing | Self::Empty | Self::Fresh => {}
            Self::Running => sample.until_frozen(run, &["build.1.1"]),
            Self::Parallel => sample.until_frozen(run, &["build.1.1", "notes.1.1"]),
            Self::Rejected => sample.until_frozen(run, &["build.2.1"]),
            Self::Gate => stands(RunState::AwaitingApproval),
            Self::Blocked => stands(RunState::Blocked),
            Self::Failed => stands(RunState::Failed),
            Self::NeedsInput => stands(RunState::NeedsInput),
            Self::Replan => stands(RunState::ReplanRequired),
            Self::Stale => {
                stands(RunState::AwaitingApproval);
                sample.edits(super::sample::TASK, |text| {
                    text.replace(
                        "## Acceptance Criteria\n",
                        "## Acceptance Criteria\n\n- A tag's page says how many posts it lists.",
                    )
                });
                // Whoever decides has the edit looked at first.
                let _ = sample.command(&["approve", run]).output();
                sample.until(run, |v| !v.run.stale().is_empty() && !v.supervised);
            }
            Self::Completed | Self::Landed => {
                stands(RunState::AwaitingApproval);
                sample.expect(0, &["approve", run, "--follow"]);
                stands(RunState::Completed);
                if self == Self::Landed {
                    sample.expect(0, &["land", run]);
                    sample.until(run, |v| v.run.landed.is_some() && !v.supervised);
                }
            }
            Self::Cancelled => {
                stands(RunState::AwaitingApproval);
                sample.expect(0, &["cancel", run]);
                stands(RunState::Cancelled);
            }
            Self::Paused => {
                sample.until_frozen(run, &["build.1.1"]);
                sample.expect(0, &["pause", run, "--now"]);
                stands(RunState::Paused);
            }
            Self::Interrupted => {
                sample.until_frozen(run, &["build.1.1"]);
                kill_all(&sample.view(run));
                stands(RunState::Interrupted);
            }
        }
    }
}

/// Kills the run's supervisor, then whoever holds its attempt.
fn kill_all(view: &RunView) {
    let kill = |pid| {
        if let Ok(Some(watched)) = Watched::open(pid) {
            let _ = watched.signal(Signal::KILL);
        }
    };
    let holder = std::fs::read(view.dirs.supervisor()).unwrap();
    kill(
        serde_json::from_slice::<Holder>(&holder)
            .unwrap()
            .process
            .pid,
    );
    let busy = view
        .run
        .stages
        .iter()
        .filter(|s| s.state == StageState::Running);
    for record in busy {
        let attempt = &record.current_attempt().unwrap().id;
        let shim = std::fs::read(view.attempt_dir(attempt).shim()).unwrap();
        kill(serde_json::from_slice::<Identity>(&shim).unwrap().pid);
    }
    for pid in harness_tui::process::Tag::run(&view.order.run)
        .within(view.dirs.path())
        .pids()
    {
        kill(pid);
    }
}
