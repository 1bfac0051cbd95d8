//! Composition: a stage that is another workflow is replaced by that workflow's stages, their ids
//! led by its own.

use super::read::MAX_STAGES;
use super::{GuardDef, StageDef, WorkDef, Workflow};
use crate::documents::settings::OnQuotaDef;
use crate::documents::yaml::shape::did_you_mean;
use crate::documents::yaml::{At, Span};
use crate::terms::Finding;
use std::collections::BTreeMap;

/// Levels of workflows in workflows.
const MAX_LEVELS: usize = 8;

/// Replaces every `workflow:` stage. `others` are the project's workflows by name.
pub fn compose(
    workflow: &Workflow,
    others: &BTreeMap<String, Workflow>,
) -> (Workflow, Vec<Finding>) {
    let mut composer = Composer {
        others,
        inside: vec![workflow.name.clone()],
        vars: workflow.vars.clone(),
        faults: Vec::new(),
    };
    let stages = composer.flatten(&workflow.stages);
    let composed = Workflow {
        vars: composer.vars,
        stages,
        ..workflow.clone()
    };
    (composed, composer.faults)
}

struct Composer<'a> {
    others: &'a BTreeMap<String, Workflow>,
    inside: Vec<String>,
    vars: Vec<(String, At<String>)>,
    faults: Vec<Finding>,
}

impl Composer<'_> {
    fn flatten(&mut self, stages: &[StageDef]) -> Vec<StageDef> {
        let mut flat = Vec::new();
        let mut ends: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for stage in stages {
            let Some(WorkDef::Workflow(name)) = &stage.work else {
                flat.push(stage.clone());
                continue;
            };
            let inner = self.node(stage, name);
            if inner.is_empty() {
                // Kept as an empty node, so that what names it is not reported too.
                flat.push(StageDef {
                    work: None,
                    ..stage.clone()
                });
            } else {
                ends.insert(stage.id.value.clone(), sinks(&inner));
                flat.extend(inner);
            }
            if flat.len() > MAX_STAGES {
                let text = format!("together these are more than {MAX_STAGES} stages");
                self.fault("too-many-stages", text, "use fewer", stage, name.span);
                break;
            }
        }
        for stage in &mut flat {
            rewire(stage, &ends);
        }
        flat
    }

    fn node(&mut self, stage: &StageDef, name: &At<String>) -> Vec<StageDef> {
        if self.inside.contains(&name.value) || self.inside.len() >= MAX_LEVELS {
            let way = self.inside.join(" -> ");
            let text = format!("workflows hold each other: {way} -> {}", name.value);
            self.fault(
                "workflow-cycle",
                text,
                "take one of them out",
                stage,
                name.span,
            );
            return Vec::new();
        }
        let Some(other) = self.others.get(&name.value) else {
            let near = did_you_mean(&name.value, self.others.keys().map(String::as_str));
            let remedy = near.map_or_else(
                || format!("add harness/workflows/{}.yaml", name.value),
                |near| format!("did you mean '{near}'?"),
            );
            let text = format!("there is no workflow '{}'", name.value);
            self.fault("unknown-workflow", text, &remedy, stage, name.span);
            return Vec::new();
        };
        for (var, value) in &other.vars {
            if !self.vars.iter().any(|(known, _)| known == var) {
                self.vars.push((var.clone(), value.clone()));
            }
        }
        self.unsupported(stage);
        self.inside.push(name.value.clone());
        let inner = self.flatten(&other.stages);
        self.inside.pop();
        let ids: Vec<String> = inner.iter().map(|s| s.id.value.clone()).collect();
        inner
            .into_iter()
            .map(|s| place_inside(s, stage, &ids, other))
            .collect()
    }

    /// A node has a name, dependencies and a condition; all else belongs to the stages in it.
    fn unsupported(&mut self, stage: &StageDef) {
        let given = [
            ("gate", stage.gate.is_some()),
            ("loop", stage.looping.is_some()),
            ("on_fail", stage.on_fail.is_some()),
            ("on_quota", stage.on_quota != OnQuotaDef::default()),
            ("produces", !stage.produces.is_empty()),
            ("context", !stage.context.is_empty()),
            ("checks", !stage.checks.is_empty()),
            ("writes", stage.writes.is_some()),
            ("profile", stage.profile.is_some()),
            ("agent", stage.agent.is_some()),
            ("verdict", stage.verdict.is_some()),
            ("code", stage.code.is_some()),
            ("model", stage.model.is_some()),
            ("effort", stage.effort.is_some()),
            ("capability", stage.capability.is_some()),
            ("retry", stage.retries.is_some()),
            ("timeout", stage.timeout_secs.is_some()),
            ("idle_timeout", stage.idle_secs.is_some()),
            ("skippable", stage.skippable),
        ];
        for (key, _) in given.into_iter().filter(|(_, there)| *there) {
            let text = format!("'{key}' has no meaning on a stage that is a workflow");
            self.fault(
                "unsupported",
                text,
                "set it on the stages inside",
                stage,
                stage.span,
            );
        }
    }

    fn fault(&mut self, code: &str, text: String, remedy: &str, stage: &StageDef, span: Span) {
        self.faults.push(
            Finding::new(format!("workflow/{code}"), text)
                .at(stage.place(span))
                .remedy(remedy),
        );
    }
}

/// The stages that no other of them depends on.
fn sinks(stages: &[StageDef]) -> Vec<String> {
    let needed = |id: &str| {
        stages
            .iter()
            .any(|s| s.depends_on.iter().any(|d| d.value == id))
    };
    let ends = stages.iter().map(|s| s.id.value.clone());
    ends.filter(|id| !needed(id)).collect()
}

/// A dependency on a node becomes one on its last stages.
fn rewire(stage: &mut StageDef, ends: &BTreeMap<String, Vec<String>>) {
    let old = std::mem::take(&mut stage.depends_on);
    for need in old {
        match ends.get(&need.value) {
            None => stage.depends_on.push(need),
            Some(last) => stage.depends_on.extend(last.iter().map(|id| At {
                value: id.clone(),
                span: need.span,
            })),
        }
    }
}

fn place_inside(mut s: StageDef, node: &StageDef, ids: &[String], other: &Workflow) -> StageDef {
    let prefix = &node.id.value;
    let lead = |name: &mut At<String>| {
        if ids.contains(&name.value) {
            name.value = format!("{prefix}-{}", name.value);
        }
    };
    lead(&mut s.id);
    if s.depends_on.is_empty() {
        s.depends_on.clone_from(&node.depends_on);
    } else {
        s.depends_on.iter_mut().for_each(lead);
    }
    if let Some(way) = &mut s.on_fail {
        lead(&mut way.stage);
    }
    if let Some(way) = s.gate.as_mut().and_then(|g| g.on_reject.as_mut()) {
        lead(&mut way.stage);
    }
    for expression in expressions(&mut s) {
        expression.value = renamed(&expression.value, ids, prefix);
    }
    s.when = both(node.when.as_ref(), s.when.take());
    let guard = node.precondition.as_ref().or(other.precondition.as_ref());
    if s.precondition.is_none() {
        s.precondition = guard.cloned();
    }
    s
}

fn expressions(s: &mut StageDef) -> Vec<&mut At<String>> {
    let mut all: Vec<&mut At<String>> = Vec::new();
    all.extend(s.when.as_mut());
    if let Some(GuardDef::Expression(text)) = &mut s.precondition {
        all.push(text);
    }
    if let Some(gate) = &mut s.gate {
        all.extend(gate.before.as_mut());
        all.extend(gate.after.as_mut());
    }
    all
}

/// `stages.build` and `stages["build"]` inside become `stages["node-build"]`; in one pass, so that
/// no new name is taken for an old one.
fn renamed(expression: &str, ids: &[String], prefix: &str) -> String {
    let pattern = r#"\bstages(?:\.([a-z][a-z0-9_]*)|\[\s*["']([^"']*)["']\s*\])"#;
    let Ok(pattern) = regex::Regex::new(pattern) else {
        return expression.to_owned();
    };
    pattern
        .replace_all(expression, |found: &regex::Captures<'_>| {
            let id = found
                .get(1)
                .or_else(|| found.get(2))
                .map_or("", |m| m.as_str());
            if ids.iter().any(|known| known == id) {
                format!("stages[\"{prefix}-{id}\"]")
            } else {
                found[0].to_owned()
            }
        })
        .into_owned()
}

fn both(outer: Option<&At<String>>, inner: Option<At<String>>) -> Option<At<String>> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => Some(At {
            value: format!("({}) && ({})", outer.value, inner.value),
            span: inner.span,
        }),
        (outer, inner) => inner.or_else(|| outer.cloned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::workflow::parse;

    fn read(file: &str, text: &str) -> Workflow {
        let (workflow, faults) = parse(file, text);
        assert_eq!(faults, []);
        workflow.unwrap()
    }

    #[test]
    fn the_inner_stages_take_the_nodes_place() {
        let inner = read(
            "review.yaml",
            "vars: { depth: 2 }\nstages:\n  - { id: look, role: r }\n  - { id: say, role: r, depends_on: [look], when: \"stages.look.state == 'passed'\", on_fail: { rerun: look, max: 1 } }\n",
        );
        let outer = read(
            "all.yaml",
            "stages:\n  - { id: a, role: r }\n  - { id: rev, workflow: review, depends_on: [a], when: \"vars.depth == '2'\" }\n  - { id: z, role: r, depends_on: [rev] }\n",
        );
        let others = BTreeMap::from([("review".to_owned(), inner)]);
        let (flat, faults) = compose(&outer, &others);
        assert_eq!(faults, []);
        let ids: Vec<_> = flat.stages.iter().map(|s| s.id.value.as_str()).collect();
        assert_eq!(ids, ["a", "rev-look", "rev-say", "z"]);
        assert_eq!(flat.stages[1].depends_on[0].value, "a");
        assert_eq!(flat.stages[2].depends_on[0].value, "rev-look");
        assert_eq!(
            flat.stages[2].on_fail.as_ref().unwrap().stage.value,
            "rev-look"
        );
        assert_eq!(
            flat.stages[2].when.as_ref().unwrap().value,
            "(vars.depth == '2') && (stages[\"rev-look\"].state == 'passed')"
        );
        assert_eq!(flat.stages[3].depends_on[0].value, "rev-say");
        assert_eq!(flat.vars[0].0, "depth");
        assert_eq!(flat.stages[1].file, "review.yaml");
    }

    #[test]
    fn a_new_name_is_not_taken_for_an_old_one() {
        let ids = ["look".to_owned(), "rev-look".to_owned()];
        assert_eq!(
            renamed(
                "stages.look.state == stages['rev-look'].state && stages.other.state",
                &ids,
                "rev"
            ),
            "stages[\"rev-look\"].state == stages[\"rev-rev-look\"].state && stages.other.state"
        );
    }

    #[test]
    fn cycles_and_unknown_workflows_are_refused() {
        let a = read(
            "a.yaml",
            "stages: [{ id: x, workflow: b }, { id: y, workflow: c }]\n",
        );
        let b = read("b.yaml", "stages: [{ id: x, workflow: a }]\n");
        let others = BTreeMap::from([("a".to_owned(), a.clone()), ("b".to_owned(), b)]);
        let (_, faults) = compose(&a, &others);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].text.contains("a -> b -> a"), "{}", faults[0]);
        assert_eq!(faults[1].code, "workflow/unknown-workflow");
    }
}
