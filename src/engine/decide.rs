//! What is to be done next.

use super::plan::{Stage, Work};
use super::record::NextKind;
use super::run::Run;
use crate::terms::{AttemptId, PublicId, RunId, RunState, StageId, StageState};
use jiff::Timestamp;

/// Something the supervisor is to carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Start an attempt.
    Start {
        /// Which.
        attempt: AttemptId,
        /// Its public id.
        public: PublicId,
        /// How.
        kind: NextKind,
    },
    /// Let a stage through that is nothing but a gate.
    PassGate {
        /// Which.
        stage: StageId,
    },
    /// End what runs: pause it or cancel it.
    Interrupt {
        /// The running attempts.
        attempts: Vec<AttemptId>,
        /// Cancel rather than pause.
        cancel: bool,
    },
    /// Wait until this time; something may be started then.
    WaitUntil(Timestamp),
    /// Nothing is left to do: write the last files.
    End,
    /// Nothing can be done until a person does something: no process is needed meanwhile.
    Rest,
}

impl Run {
    /// What is to be done now. Empty: wait for what runs. A `WaitUntil` may come while something
    /// runs: then wait for whichever is first.
    pub fn decide(&self, id: &RunId, now: Timestamp) -> Vec<Decision> {
        let running: Vec<AttemptId> = self
            .stages
            .iter()
            .filter(|s| s.state == StageState::Running)
            .filter_map(|s| s.current_attempt().map(|a| a.id.clone()))
            .collect();
        let cancel = self.cancel.is_some();
        // What a person has in hand is not paused: nobody else works there.
        let mut to_end = running.clone();
        to_end.retain(|a| cancel || self.record(&a.stage).is_none_or(|r| r.in_hand().is_none()));
        let wanted = self.wanted_by_a_person();
        to_end.retain(|a| cancel || self.pause_now || wanted == Some(&a.stage));
        if !to_end.is_empty() {
            return vec![Decision::Interrupt {
                attempts: to_end,
                cancel,
            }];
        }
        let superseded: Vec<AttemptId> = self
            .stages
            .iter()
            .filter(|s| s.state == StageState::Running && s.superseded)
            .filter_map(|s| s.current_attempt().map(|a| a.id.clone()))
            .collect();
        if !superseded.is_empty() {
            // Work on ground that was taken back; what is to be redone waits for its end.
            return vec![Decision::Interrupt {
                attempts: superseded,
                cancel: true,
            }];
        }
        let state = self.state();
        if running.is_empty() && state.is_terminal() {
            return if self.ended {
                vec![Decision::Rest]
            } else {
                vec![Decision::End]
            };
        }
        let mut decisions = Vec::new();
        let mut earliest: Option<Timestamp> = None;
        let paused = self.pause && !self.waits_for_a_person();
        if self.prepared && !paused && self.cancel.is_none() && state != RunState::Completed {
            self.start_what_may(id, now, &running, &mut decisions, &mut earliest);
        }
        if decisions.is_empty() {
            match earliest {
                Some(time) => decisions.push(Decision::WaitUntil(time)),
                None if running.is_empty() => decisions.push(Decision::Rest),
                None => {}
            }
        }
        decisions
    }

    fn start_what_may(
        &self,
        id: &RunId,
        now: Timestamp,
        running: &[AttemptId],
        decisions: &mut Vec<Decision>,
        earliest: &mut Option<Timestamp>,
    ) {
        let mut beside: Vec<&Stage> = running
            .iter()
            .filter_map(|a| self.plan.stage(&a.stage))
            .collect();
        for (index, (stage, record)) in self.plan.stages.iter().zip(&self.stages).enumerate() {
            let held = || self.budget_stops(index).is_some() || self.logged_out(index).is_some();
            let by_hand = record.next == NextKind::Taken;
            if record.state != StageState::Ready || held() || (self.pause && !by_hand) {
                continue;
            }
            if let Some(time) = record.not_before.filter(|t| *t > now) {
                *earliest = Some(earliest.map_or(time, |e| e.min(time)));
                continue;
            }
            if stage.work == Work::Gate {
                decisions.push(Decision::PassGate {
                    stage: stage.id.clone(),
                });
                continue;
            }
            let full = beside.len() >= self.plan.max_parallel.max(1) as usize;
            if (full && !by_hand) || beside.iter().any(|other| overlap(stage, other)) {
                continue;
            }
            let n = u32::try_from(record.attempts.len())
                .unwrap_or(u32::MAX)
                .saturating_add(1);
            let Ok(public) = PublicId::compose(id, &stage.code, n) else {
                continue;
            };
            decisions.push(Decision::Start {
                attempt: record.next_attempt(),
                public,
                kind: record.next,
            });
            beside.push(stage);
        }
    }
}

/// Whether two stages may write the same paths, as far as their globs can tell. Unsure is yes.
pub fn overlap(one: &Stage, other: &Stage) -> bool {
    let patterns = |stage: &Stage| -> Vec<String> {
        let artifacts = stage.produces.iter().map(|p| p.path.to_string());
        // A glob without a slash matches at any depth.
        let globs = stage.writes.iter().filter(|g| !g.starts_with('!'));
        let globs = globs.map(|g| {
            if g.trim_end_matches('/').contains('/') {
                g.clone()
            } else {
                "**".to_owned()
            }
        });
        artifacts.chain(globs).collect()
    };
    let (ours, theirs) = (patterns(one), patterns(other));
    ours.iter().any(|a| theirs.iter().any(|b| may_meet(a, b)))
}

/// Two globs can only be told apart by what stands before their first wildcard.
fn may_meet(a: &str, b: &str) -> bool {
    let literal = |glob: &str| -> (String, bool) {
        let glob = glob.trim_start_matches('/');
        match glob.find(['*', '?', '[', '\\']) {
            Some(at) => (glob[..at].to_owned(), true),
            None => (glob.to_owned(), false),
        }
    };
    let ((a, a_wild), (b, b_wild)) = (literal(a), literal(b));
    match (a_wild, b_wild) {
        (false, false) => {
            a == b || a.starts_with(&format!("{b}/")) || b.starts_with(&format!("{a}/"))
        }
        (true, false) => b.starts_with(&a) || a.starts_with(&format!("{b}/")),
        (false, true) => a.starts_with(&b) || b.starts_with(&format!("{a}/")),
        (true, true) => a.starts_with(&b) || b.starts_with(&a),
    }
}

#[cfg(test)]
mod tests {
    use super::may_meet;

    #[test]
    fn globs_are_kept_apart_only_when_they_surely_are() {
        assert!(may_meet("**", "src/a"));
        assert!(may_meet("docs/**", "docs/a.md"));
        assert!(may_meet("docs", "docs/a.md"));
        assert!(!may_meet("docs/**", "src/**"));
        assert!(!may_meet(
            "harness/artifacts/a.md",
            "harness/artifacts/b.md"
        ));
        assert!(may_meet("src/*.rs", "src/a*"));
        assert!(may_meet("src/a\\-b", "src/a-b"));
    }
}
