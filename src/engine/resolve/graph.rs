//! The graph of a workflow: its order, what is above each stage, and what is wrong with it.

use crate::documents::workflow::{StageDef, Workflow};
use crate::documents::yaml::{Span, did_you_mean};
use crate::terms::{Finding, StageId};
use std::collections::{BTreeMap, BTreeSet};

/// The graph, as far as it holds.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Positions of the stages that can be started, dependencies first, else in the file's order.
    pub(super) order: Vec<usize>,
    /// For each stage's id, the ids of all stages above it.
    pub(super) above: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Whether a stage is above another.
    pub(super) fn is_above(&self, stage: &str, other: &str) -> bool {
        self.above.get(other).is_some_and(|all| all.contains(stage))
    }
}

pub(super) fn read(workflow: &Workflow) -> (Graph, Vec<Finding>) {
    let mut faults = ids(workflow);
    let known: BTreeSet<&str> = workflow
        .stages
        .iter()
        .map(|s| s.id.value.as_str())
        .collect();
    for stage in &workflow.stages {
        for need in stage
            .depends_on
            .iter()
            .filter(|d| !known.contains(d.value.as_str()))
        {
            let text = format!(
                "stage '{}' depends on '{}', which is no stage",
                stage.id.value, need.value
            );
            let near = did_you_mean(&need.value, known.iter().copied());
            faults.push(fault(
                stage,
                "unknown-stage",
                text,
                &known_stage(near, &known),
                need.span,
            ));
        }
    }
    let graph = sorted(workflow, &known);
    let stuck: Vec<&StageDef> = workflow
        .stages
        .iter()
        .enumerate()
        .filter(|(i, _)| !graph.order.contains(i))
        .map(|(_, s)| s)
        .collect();
    faults.extend(cycles(&stuck));
    (graph, faults)
}

/// What to do about a stage that is not there.
pub(super) fn known_stage(near: Option<&str>, known: &BTreeSet<&str>) -> String {
    near.map_or_else(
        || {
            format!(
                "stages here: {}",
                known.iter().copied().collect::<Vec<_>>().join(", ")
            )
        },
        |near| format!("did you mean '{near}'?"),
    )
}

fn fault(stage: &StageDef, code: &str, text: String, remedy: &str, span: Span) -> Finding {
    Finding::new(format!("workflow/{code}"), text)
        .at(stage.place(span))
        .remedy(remedy)
}

fn ids(workflow: &Workflow) -> Vec<Finding> {
    let mut faults = Vec::new();
    let mut ids: BTreeMap<&str, &StageDef> = BTreeMap::new();
    let mut codes: BTreeMap<String, &StageDef> = BTreeMap::new();
    for stage in &workflow.stages {
        let id = &stage.id;
        if let Err(bad) = StageId::new(id.value.as_str()) {
            faults.push(fault(
                stage,
                "bad-id",
                bad.to_string(),
                "rename it",
                id.span,
            ));
        }
        let code = super::names::code(stage);
        if let Some(first) = ids.insert(&id.value, stage) {
            let at = first.place(first.id.span);
            let text = format!(
                "a second stage has the id '{}'; the first is at {at}",
                id.value
            );
            faults.push(fault(stage, "duplicate-stage", text, "rename it", id.span));
            continue;
        }
        let span = stage.code.as_ref().map_or(id.span, |c| c.span);
        let fine = !code.is_empty()
            && code.len() <= 40
            && code
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !fine && stage.code.is_some() {
            let text = format!("'{code}' is no code");
            faults.push(fault(
                stage,
                "bad-code",
                text,
                "use letters, digits and dashes",
                span,
            ));
        }
        if let Some(first) = codes.insert(code.to_ascii_uppercase(), stage) {
            let text = format!(
                "stages '{}' and '{}' have one code, {code}",
                first.id.value, id.value
            );
            faults.push(fault(
                stage,
                "duplicate-code",
                text,
                "give one another code:",
                span,
            ));
        }
    }
    faults
}

/// Sorts by dependencies; at every step the first stage of the file that can go.
fn sorted(workflow: &Workflow, known: &BTreeSet<&str>) -> Graph {
    let mut graph = Graph::default();
    let mut placed = vec![false; workflow.stages.len()];
    loop {
        let next = workflow.stages.iter().enumerate().position(|(i, stage)| {
            !placed[i]
                && stage.depends_on.iter().all(|d| {
                    graph.above.contains_key(&d.value) || !known.contains(d.value.as_str())
                })
        });
        let Some(next) = next else {
            return graph;
        };
        placed[next] = true;
        graph.order.push(next);
        let stage = &workflow.stages[next];
        let mut above = BTreeSet::new();
        for need in &stage.depends_on {
            above.insert(need.value.clone());
            above.extend(graph.above.get(&need.value).into_iter().flatten().cloned());
        }
        graph.above.entry(stage.id.value.clone()).or_insert(above);
    }
}

/// Every stuck stage either is in a cycle, or waits for one and so is never reached.
fn cycles(stuck: &[&StageDef]) -> Vec<Finding> {
    let mut faults = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let by_id: BTreeMap<&str, &StageDef> =
        stuck.iter().map(|s| (s.id.value.as_str(), *s)).collect();
    for start in stuck {
        let mut way: Vec<&str> = Vec::new();
        let mut at = start.id.value.as_str();
        while !way.contains(&at) && !seen.contains(at) {
            way.push(at);
            let next = by_id.get(at).and_then(|s| {
                s.depends_on
                    .iter()
                    .find(|d| by_id.contains_key(d.value.as_str()))
            });
            match next {
                Some(next) => at = &next.value,
                None => break,
            }
        }
        if let Some(from) = way
            .iter()
            .position(|id| *id == at)
            .filter(|_| !seen.contains(at))
        {
            let mut ring: Vec<&str> = way[from..].to_vec();
            // Said from its first stage in the file on.
            let first = stuck
                .iter()
                .find_map(|s| ring.iter().position(|id| *id == s.id.value));
            ring.rotate_left(first.unwrap_or(0));
            ring.push(ring[0]);
            if let Some(stage) = by_id.get(ring[0]) {
                let text = format!("stages wait for each other: {}", ring.join(" -> "));
                faults.push(fault(
                    stage,
                    "cycle",
                    text,
                    "take one depends_on out",
                    stage.id.span,
                ));
            }
            for id in way.iter().take(from) {
                unreachable(&by_id, id, &mut faults);
            }
        } else {
            for id in &way {
                unreachable(&by_id, id, &mut faults);
            }
        }
        seen.extend(way);
    }
    faults
}

fn unreachable(by_id: &BTreeMap<&str, &StageDef>, id: &str, faults: &mut Vec<Finding>) {
    if let Some(stage) = by_id.get(id) {
        let text =
            format!("stage '{id}' is never reached: it waits for stages that wait for each other");
        faults.push(fault(
            stage,
            "unreachable",
            text,
            "mend the cycle above it",
            stage.id.span,
        ));
    }
}
