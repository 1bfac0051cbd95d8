//! What the stages of a run waited for, from when to when: worked out while its journal is read.

use crate::engine::Run;
use crate::engine::record::StageRecord;
use crate::terms::StageState;
use jiff::Timestamp;

/// What a stage waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wait {
    /// A person: an approval, an answer.
    You,
    /// A provider: a quota, a retry after a failure that passes.
    Provider,
    /// It stopped; a person or the world is to mend something.
    Mending,
    /// A pause: a person ordered it, or it waits for another day's budget or for a place.
    Pause,
}

/// A stage waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The stage, by its number.
    pub stage: usize,
    /// For what.
    pub wait: Wait,
    /// From when.
    pub from: Timestamp,
    /// To when; `None`: it still does.
    pub to: Option<Timestamp>,
}

/// Every wait of a run, in the order in which they began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// Takes in how the run stands after a fact of this moment.
    pub fn note(&mut self, at: Timestamp, run: &Run) {
        for (stage, record) in run.stages.iter().enumerate() {
            let now = waits(run, record);
            let open = self.0.iter_mut().rev();
            let mut open = open.filter(|s| s.stage == stage && s.to.is_none());
            match (open.next(), now) {
                (Some(span), Some(wait)) if span.wait == wait => {}
                (None, None) => {}
                (span, now) => {
                    if let Some(span) = span {
                        span.to = Some(at);
                    }
                    if let Some(wait) = now {
                        self.0.push(Span {
                            stage,
                            wait,
                            from: at,
                            to: None,
                        });
                    }
                }
            }
        }
    }

    /// The waits.
    pub fn all(&self) -> &[Span] {
        &self.0
    }
}

fn waits(run: &Run, record: &StageRecord) -> Option<Wait> {
    if run.ended || run.landed.is_some() || run.cancel.is_some() {
        return None;
    }
    match record.state {
        StageState::AwaitingApproval | StageState::NeedsInput => Some(Wait::You),
        StageState::Blocked
        | StageState::Failed
        | StageState::ReplanRequired
        | StageState::Interrupted => Some(Wait::Mending),
        StageState::Paused => Some(Wait::Pause),
        StageState::Ready if run.pause || record.day.is_some() => Some(Wait::Pause),
        StageState::Ready if record.waits_for_slot() => Some(Wait::Pause),
        StageState::Ready if record.not_before.is_some() => Some(Wait::Provider),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testkit::feature;

    #[test]
    fn waits_begin_and_end_and_change_into_each_other() {
        let mut run = Run::new(feature());
        let mut spans = Spans::default();
        let at = |s| Timestamp::from_second(s).unwrap();
        spans.note(at(1), &run);
        assert_eq!(spans.all(), []);
        run.stages[3].state = StageState::AwaitingApproval;
        spans.note(at(2), &run);
        spans.note(at(3), &run);
        run.stages[3].state = StageState::Ready;
        run.stages[3].not_before = Some(at(9));
        spans.note(at(4), &run);
        run.stages[3].state = StageState::Running;
        spans.note(at(5), &run);
        let span = |wait, from, to| Span {
            stage: 3,
            wait,
            from: at(from),
            to: Some(at(to)),
        };
        let wanted = [span(Wait::You, 2, 4), span(Wait::Provider, 4, 5)];
        assert_eq!(spans.all(), wanted);
        run.stages[0].state = StageState::Failed;
        spans.note(at(6), &run);
        assert_eq!(spans.all()[2].to, None);
        run.cancel = Some("enough".to_owned());
        spans.note(at(7), &run);
        assert_eq!(spans.all()[2].to, Some(at(7)));
    }
}
