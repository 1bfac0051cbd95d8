use super::*;
use crate::documents::settings;
use crate::engine::plan::{Context, Criterion, PlannedTask, Work};
use crate::terms::{CriterionId, TaskId};

const SETTINGS: &str = "agents:\n  - { name: one, driver: claude, model: small, capabilities: [specify, design, plan, build, review] }\n  - { name: own, driver: command, command: [x], capabilities: [fix] }\n  - { name: talker, driver: acp, command: [x], capabilities: [author, review, sing] }\n";

struct Project {
    settings: Settings,
    roles: BTreeMap<String, RoleSource>,
    templates: BTreeMap<String, TemplateSource>,
    nameable: Nameable,
    set: BTreeMap<String, String>,
    overrides: Overrides,
}

fn project() -> Project {
    let (settings, faults) = settings::parse("harness/harness.yaml", SETTINGS);
    assert_eq!(faults, []);
    let role = |name: &str, capability: &str| {
        let role = RoleSource {
            path: format!("harness/roles/{name}.md"),
            text: "whole".into(),
            prompt: "You are {{ stage.name }} in {{ run.id }}.\n".into(),
            prompt_line: 4,
            capability: Some(capability.into()),
            ..RoleSource::default()
        };
        (name.to_owned(), role)
    };
    Project {
        settings,
        roles: BTreeMap::from([
            role("po-spec", "specify"),
            role("feature-design", "design"),
            role("tech-lead", "plan"),
            role("build", "build"),
            role("qa", "review"),
            role("fixer", "fix"),
        ]),
        templates: BTreeMap::from([(
            "qa-review".to_owned(),
            TemplateSource {
                path: "harness/templates/qa-review.md".into(),
                text: "## Verdict\n".into(),
            },
        )]),
        nameable: Nameable {
            servers: ["linear".to_owned()].into(),
            skills: ["review".to_owned()].into(),
            lacking: ["docs/gone.md".to_owned()].into(),
        },
        set: BTreeMap::new(),
        overrides: Overrides::default(),
    }
}

fn task() -> PlannedTask {
    PlannedTask {
        id: TaskId::new("T014").unwrap(),
        title: "Dark mode".into(),
        slug: "dark-mode".into(),
        path: RepoPath::new("harness/tasks/T014-dark-mode.md").unwrap(),
        digest: Digest::of("t"),
        criteria: vec![Criterion {
            id: CriterionId::nth(1),
            text: "it is dark".into(),
        }],
    }
}

fn resolve_text(project: &Project, text: &str, purpose: Purpose<'_>) -> Result<Plan, Vec<Finding>> {
    let path = RepoPath::new("harness/workflows/w.yaml").unwrap();
    let (workflow, faults) = workflow::parse(path.as_str(), text);
    resolve(&Sources {
        workflow: &workflow.expect("readable"),
        workflow_faults: &faults,
        workflow_path: Some(&path),
        workflow_text: text,
        workflows: &BTreeMap::new(),
        settings: &project.settings,
        roles: &project.roles,
        templates: &project.templates,
        nameable: &project.nameable,
        purpose,
        set: &project.set,
        overrides: &project.overrides,
        run_names: &BTreeMap::new(),
    })
}

const FEATURE: &str = include_str!("../../documents/workflow/feature.yaml");

#[test]
fn the_example_is_a_plan_without_a_finding() {
    let task = task();
    let run = Purpose::Run {
        task: Some(&task),
        item: None,
    };
    let plan = resolve_text(&project(), FEATURE, run).unwrap();
    let ids: Vec<_> = plan.stages.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, ["spec", "design", "plan", "build", "qa", "complete"]);
    let (maker, spec) = plan.producer("feature-spec").unwrap();
    assert_eq!(
        spec.path.as_str(),
        "harness/artifacts/specs/T014-feature-spec.md"
    );
    assert!(maker.writes.is_empty() && spec.names_criteria);
    let Work::Role(role) = &maker.work else {
        panic!("a role")
    };
    assert_eq!(role.prompt, "You are Specification in {{ run.id }}.\n");
    assert_eq!(role.agent.model.as_deref(), Some("small"));
    let build = &plan.stages[3];
    assert_eq!(build.writes, ["**", "!harness/**", "!.git/**"]);
    assert_eq!(build.profile.instructions[0].as_str(), "CLAUDE.md");
    let qa = &plan.stages[4];
    assert_eq!(qa.produces[0].template.as_deref(), Some("## Verdict\n"));
    // What was checked before is given unasked.
    assert!(qa.context.ends_with(&[Context::DiffBase, Context::Checks]));
    assert_eq!(
        plan.stages[5]
            .gate_before
            .as_ref()
            .unwrap()
            .on_reject
            .as_ref()
            .unwrap()
            .max,
        3
    );
    let lock = crate::engine::lock::to_lock(&plan).unwrap();
    assert_eq!(crate::engine::lock::from_lock(&lock).unwrap(), plan);
    let copy = crate::engine::lock::to_copy(&plan, lock.as_bytes()).unwrap();
    let from_copy = crate::engine::lock::from_copy;
    assert_eq!(from_copy(&copy, lock.as_bytes()), Some(plan));
    assert_eq!(from_copy(&copy, b"another lock"), None);
    assert_eq!(from_copy(&copy[..copy.len() - 1], lock.as_bytes()), None);
    assert!(resolve_text(&project(), FEATURE, Purpose::Check).is_ok());
}

#[test]
fn a_workflow_with_twelve_faults_prints_twelve_findings() {
    let text = include_str!("twelve-faults.yaml");
    let faults = resolve_text(&project(), text, Purpose::Check).unwrap_err();
    let said: Vec<String> = faults
        .iter()
        .map(|f| {
            let place = f.place.clone().unwrap();
            format!(
                "{}:{} {}",
                place.line.unwrap(),
                place.column.unwrap(),
                f.code
            )
        })
        .collect();
    let expected = [
        "4:1 workflow/unknown-key",
        "8:11 workflow/unknown-role",
        "9:21 workflow/unknown-artifact",
        "10:24 workflow/bad-path",
        "11:9 workflow/cycle",
        "21:25 workflow/two-writers",
        "22:16 workflow/unknown-profile",
        "23:23 workflow/shell-template",
        "25:13 workflow/loop-without-checks",
        "28:15 workflow/artifact-order",
        "29:21 workflow/expression",
        "29:65 workflow/bad-rerun",
    ];
    let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
    for want in expected {
        assert!(said.iter().any(|s| s == want), "{want} in {all:#?}");
    }
    assert_eq!(faults.len(), 12, "{all:#?}");
    let cycle = faults.iter().find(|f| f.code == "workflow/cycle").unwrap();
    assert!(cycle.text.ends_with("left -> right -> left"), "{cycle}");
}

fn codes(text: &str) -> Vec<String> {
    let faults = resolve_text(&project(), text, Purpose::Check)
        .err()
        .unwrap_or_default();
    faults.into_iter().map(|f| f.code).collect()
}

#[test]
fn each_fault_is_known_by_its_code() {
    for (stages, code) in [
        (
            "[{ id: a, role: qa }, { id: a, role: qa }]",
            "workflow/duplicate-stage",
        ),
        (
            "[{ id: a, role: qa, code: X }, { id: b, role: qa, code: x }]",
            "workflow/duplicate-code",
        ),
        ("[{ id: A, role: qa }]", "workflow/bad-id"),
        (
            "[{ id: a, role: qa, depends_on: [z] }]",
            "workflow/unknown-stage",
        ),
        ("[{ id: a, role: qa, when: false }]", "workflow/unreachable"),
        (
            "[{ id: a, role: qa, agent: onee }]",
            "workflow/unknown-agent",
        ),
        (
            "[{ id: a, role: qa, capability: sing }]",
            "workflow/no-agent",
        ),
        (
            "[{ id: a, role: qa, agent: own }]",
            "workflow/no-capability",
        ),
        (
            "[{ id: a, role: qa, agent: talker }]",
            "workflow/only-talks",
        ),
        ("[{ id: a, role: qa, verdict: v }]", "workflow/bad-verdict"),
        (
            "[{ id: a, role: qa, writes: [\"../x\"] }]",
            "workflow/bad-glob",
        ),
        (
            "[{ id: a, role: qa, context: [{ files: \"a{b\" }] }]",
            "workflow/bad-glob",
        ),
        (
            "[{ id: a, role: qa, produces: { x: \"harness/roles/x.md\" } }]",
            "workflow/reserved-path",
        ),
        (
            "[{ id: a, role: qa, produces: { x: \"{{ task.ids }}.md\" } }]",
            "template/unknown-name",
        ),
        (
            "[{ id: a, run: [echo, \"{{ vars.no }}\"] }]",
            "template/unknown-name",
        ),
        (
            "[{ id: a, role: qa, gate: { message: hm } }]",
            "workflow/empty-gate",
        ),
        (
            "[{ id: a, role: qa, loop: { until: approved, max_iterations: 2 } }]",
            "workflow/loop-without-gate",
        ),
        (
            "[{ id: a, role: qa, loop: { until: checks, max_iterations: 0 }, checks: t }]",
            "workflow/bad-value",
        ),
        (
            "[{ id: a, role: qa, loop: { until: checks }, checks: t }]",
            "workflow/missing-key",
        ),
        ("[{ id: a, run: x, model: big }]", "workflow/no-effect"),
        (
            "[{ id: a, role: fixer, budget: { cost_usd: 2 } }]",
            "workflow/unmetered",
        ),
        ("[{ id: a, workflow: other }]", "workflow/unknown-workflow"),
    ] {
        assert_eq!(codes(&format!("stages: {stages}\n")), [code], "{stages}");
    }
    assert!(
        codes("stages: [{ id: a, role: fixer, budget: { cost_usd: 2, minutes: 9 } }]\n").is_empty()
    );
    assert_eq!(
        codes("stages: [{ id: a, run: x, depends_on: b }, { id: b, run: x, depends_on: b }]\n"),
        ["workflow/unreachable", "workflow/cycle"]
    );
}

#[test]
fn a_task_is_there_when_it_must_be() {
    let say = |text: &str, task: Option<&PlannedTask>| {
        let run = Purpose::Run { task, item: None };
        resolve_text(&project(), text, run)
            .unwrap_err()
            .remove(0)
            .code
    };
    let mut task = task();
    let run = Purpose::Run {
        task: None,
        item: None,
    };
    let told = resolve_text(&project(), "stages: [{ id: a, run: x }]\n", run).unwrap_err();
    let remedy = told[0].remedy.clone().unwrap_or_default();
    // No command makes one.
    assert!(!remedy.contains("harness-tui"), "{remedy}");
    assert_eq!(
        say("stages: [{ id: a, run: x }]\n", None),
        "workflow/task-needed"
    );
    assert_eq!(
        say("task: none\nstages: [{ id: a, run: x }]\n", Some(&task)),
        "workflow/task-unwanted"
    );
    task.criteria.clear();
    assert_eq!(say(FEATURE, Some(&task)), "workflow/no-criteria");
}

#[test]
fn the_command_line_counts_over_stage_role_and_settings() {
    let mut project = project();
    let text = "vars: { goal: a }\nstages: [{ id: a, role: qa, model: of-stage, effort: high }]\n";
    project.roles.get_mut("qa").unwrap().model = Some("of-role".into());
    project.roles.get_mut("qa").unwrap().prompt = "Do {goal}".into();
    project.set.insert("goal".into(), "b".into());
    let made = |project: &Project| {
        let plan = resolve_text(project, text, Purpose::Check).unwrap();
        match &plan.stages[0].work {
            Work::Role(role) => (role.agent.clone(), role.prompt.clone()),
            _ => panic!("a role"),
        }
    };
    let (agent, prompt) = made(&project);
    assert_eq!(
        (agent.model.as_deref(), prompt.as_str()),
        (Some("of-stage"), "Do b")
    );
    project.overrides.model = Some("of-line".into());
    assert_eq!(made(&project).0.model.as_deref(), Some("of-line"));
    project.overrides = Overrides {
        agent: Some("own".into()),
        ..Overrides::default()
    };
    let (agent, _) = made(&project);
    assert_eq!(
        (agent.name.as_str(), agent.model),
        ("own", None),
        "another agent's model does not count"
    );
    project.set.insert("gaol".into(), "x".into());
    let faults = resolve_text(&project, text, Purpose::Check).unwrap_err();
    assert_eq!(faults[0].remedy.as_deref(), Some("did you mean 'goal'?"));
}

#[test]
fn one_role_can_run_alone() {
    let mut project = project();
    project.set.insert("issue".into(), "42".into());
    project.roles.get_mut("fixer").unwrap().prompt = "Fix {{ vars.issue }}".into();
    let (workflow, _) = workflow::parse("none", "stages: [{ id: a, run: x }]\n");
    let workflow = workflow.unwrap();
    let sources = Sources {
        workflow: &workflow,
        workflow_faults: &[],
        workflow_path: None,
        workflow_text: "",
        workflows: &BTreeMap::new(),
        settings: &project.settings,
        roles: &project.roles,
        templates: &project.templates,
        nameable: &project.nameable,
        purpose: Purpose::Run {
            task: None,
            item: None,
        },
        set: &project.set,
        overrides: &project.overrides,
        run_names: &BTreeMap::new(),
    };
    let order = AdHoc {
        role: "fixer",
        capability: None,
        profile: Some("workspace"),
    };
    let plan = ad_hoc(order, &sources).unwrap();
    assert_eq!((plan.workflow.as_str(), plan.stages.len()), ("fixer", 1));
    let Work::Role(role) = &plan.stages[0].work else {
        panic!("a role")
    };
    assert_eq!(role.prompt, "Fix 42");
    assert!(plan.stages[0].writes_beyond_artifacts() && plan.workflow_path.is_none());
    let bad = AdHoc {
        role: "fixr",
        ..order
    };
    assert_eq!(
        ad_hoc(bad, &sources).unwrap_err()[0].code,
        "workflow/unknown-role"
    );
}

mod anything {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(120))]
        #[test]
        fn a_damaged_workflow_is_a_plan_or_a_list_of_findings(
            at in 0..FEATURE.len(),
            cut in 0_usize..40,
            put in "[a-z:{}\\[\\]\"' \n,0-9-]{0,12}",
        ) {
            let end = (at + cut).min(FEATURE.len());
            let text = format!("{}{put}{}", &FEATURE[..at], &FEATURE[end..]);
            let (workflow, faults) = workflow::parse("w.yaml", &text);
            prop_assert!(workflow.is_some() || !faults.is_empty());
            if workflow.is_some()
                && let Err(faults) = resolve_text(&project(), &text, Purpose::Check)
            {
                for fault in faults {
                    prop_assert!(fault.place.is_some() && fault.remedy.is_some(), "{fault}");
                }
            }
        }
    }
}

#[test]
fn of_the_projects_and_the_workflows_budget_the_smaller_limit_binds() {
    let mut project = project();
    let limits = |cost: Option<u64>, tokens, minutes| Limits {
        cost_micros: cost.map(|dollars| dollars * 1_000_000),
        tokens,
        minutes,
    };
    let bound = |project: &Project| {
        let text =
            "name: w\nbudget: { cost_usd: 10, minutes: 120 }\nstages: [{ id: a, role: qa }]\n";
        let plan = resolve_text(project, text, Purpose::Check).unwrap();
        (
            plan.budget.cost_micros,
            plan.budget.tokens,
            plan.budget.minutes,
        )
    };
    project.settings.budget = limits(Some(2), Some(5000), Some(600));
    assert_eq!(bound(&project), (Some(2_000_000), Some(5000), Some(120)));
    project.settings.budget = limits(None, None, Some(0));
    assert_eq!(bound(&project), (Some(10_000_000), None, Some(0)));
}

#[test]
fn instructions_that_are_not_there_are_found_where_they_are_named() {
    let text = "name: w\ndescription: x\ntask: none\nstages:\n  - { id: one, role: build, profile: \
                workspace,\n      instructions: [CLAUDE.md, docs/gone.md] }\n";
    let faults = resolve_text(&project(), text, Purpose::Check).unwrap_err();
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(
        said[0].contains("w.yaml:6:33") && said[0].contains("'docs/gone.md' is not there"),
        "{said:#?}"
    );
}

#[test]
fn a_name_that_nothing_has_is_found_where_it_stands() {
    let text = "name: w\ndescription: x\ntask: none\nstages:\n  - { id: one, role: build, profile: \
                workspace,\n      mcp: [linear, linaer], skills: [review, brand] }\n";
    let run = Purpose::Run {
        task: None,
        item: None,
    };
    let faults = resolve_text(&project(), text, run).unwrap_err();
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let unknown: Vec<_> = faults
        .iter()
        .filter(|f| f.code == "workflow/unknown-extra")
        .collect();
    assert_eq!(unknown.len(), 2, "{said:#?}");
    assert!(
        said.iter()
            .any(|s| s.contains("w.yaml:6:21") && s.contains("'linaer'")),
        "{said:#?}"
    );
    assert!(
        said.iter().any(|s| s.contains("skill 'brand'")),
        "{said:#?}"
    );
    assert!(
        unknown[0]
            .remedy
            .as_deref()
            .is_some_and(|r| r.contains("did you mean 'linear'"))
    );
}
