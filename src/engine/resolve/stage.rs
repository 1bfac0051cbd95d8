//! One stage of a plan, from one of a workflow.

use super::checks::Work;
use super::{agent, check, names, writes};
use crate::documents::interpolate::{Names, fill_from};
use crate::documents::settings::{CommandDef, OnQuota, RunDef, Until};
use crate::documents::workflow::{
    ContextDef, GateDef, GuardDef, ProduceDef, RerunDef, StageDef, WorkDef,
};
use crate::documents::yaml::{At, did_you_mean};
use crate::engine::expression;
use crate::engine::plan;
use crate::terms::{Digest, Finding, Place, RepoPath, StageId};

/// Seconds of a set-up command that says none.
pub(super) const SETUP_SECS: u64 = 900;
/// Seconds of a check that says none.
pub(super) const CHECK_SECS: u64 = 600;
const CONTEXT_SECS: u64 = 60;

type Found<T> = Result<T, Vec<Finding>>;

/// Collects faults while the rest is built.
struct Faults(Vec<Finding>);

impl Faults {
    fn take<T: Default>(&mut self, found: Found<T>) -> T {
        found.unwrap_or_else(|faults| {
            self.0.extend(faults);
            T::default()
        })
    }
}

/// Builds a stage, or says all that is wrong with it.
pub(super) fn build(work: &Work<'_>, def: &StageDef) -> Found<plan::Stage> {
    let mut faults = Faults(Vec::new());
    let id = StageId::new(def.id.value.as_str()).ok();
    let done = work.done(def);
    let (kind, reach) = kind(work, def, &mut faults);
    let timeout = kind.1.timeout_secs;
    let checks = def
        .checks
        .iter()
        .map(|c| check::build(work, def, c).map(Some));
    let checks: Vec<_> = checks.filter_map(|c| faults.take(c)).collect();
    let context = def.context.iter().map(|c| context(work, def, c).map(Some));
    let mut context: Vec<_> = context.filter_map(|c| faults.take(c)).collect();
    if is_given_checks(work, def) && !context.contains(&plan::Context::Checks) {
        context.push(plan::Context::Checks);
    }
    let produces = def
        .produces
        .iter()
        .filter_map(|p| produce(work, p))
        .collect();
    let gates = def.gate.as_ref().map(|g| gates(work, def, g));
    let (before, after) = gates.map(|g| faults.take(g)).unwrap_or_default();
    let when = def
        .when
        .as_ref()
        .map(|e| checked(work, def, e, &done).map(Some));
    let stage = plan::Stage {
        name: def.name.clone(),
        code: names::code(def),
        depends_on: def
            .depends_on
            .iter()
            .filter_map(|d| StageId::new(d.value.as_str()).ok())
            .collect(),
        when: when.and_then(|w| faults.take(w)),
        precondition: faults.take(guard(work, def.precondition.as_ref(), &def.file, Some(def))),
        context,
        produces,
        writes: reach.writes,
        within: reach.within,
        profile: reach.profile,
        checks,
        looping: def.looping.as_ref().map(|l| plan::Loop {
            until: if l.until_approved {
                plan::Until::Approved
            } else {
                plan::Until::Checks
            },
            max_iterations: l.max_iterations,
        }),
        verdict: def.verdict.as_ref().map(|v| v.value.clone()),
        on_fail: def.on_fail.as_ref().and_then(rerun),
        gate_before: before,
        gate_after: after,
        retries: def.retries.unwrap_or(3),
        backoff_ms: def.backoff_ms.unwrap_or(5_000),
        limits: plan::Limits {
            timeout_secs: timeout,
            ..kind.1
        },
        budget: super::budget(def.budget.value),
        skippable: def.skippable,
        on_quota: on_quota(work, def),
        // Both are there, or a fault was said.
        id: match id {
            Some(id) => id,
            None => return Err(faults.0),
        },
        work: match kind.0 {
            Some(work) => work,
            None => return Err(faults.0),
        },
    };
    if faults.0.is_empty() {
        Ok(stage)
    } else {
        Err(faults.0)
    }
}

/// What the stage does and its bounds, and what it may touch.
fn kind(
    work: &Work<'_>,
    def: &StageDef,
    faults: &mut Faults,
) -> ((Option<plan::Work>, plan::Limits), writes::Reachable) {
    let usual = plan::Limits::default();
    let mut limits = plan::Limits {
        timeout_secs: def.timeout_secs.unwrap_or(usual.timeout_secs),
        idle_secs: def.idle_secs.unwrap_or(usual.idle_secs),
        ..usual
    };
    match &def.work {
        Some(WorkDef::Role(name)) => {
            let Some(role) = work.sources.roles.get(&name.value) else {
                faults.0.push(unknown_role(work, def, name));
                return (
                    (None, limits),
                    writes::of(work, def, None, "", &mut faults.0),
                );
            };
            limits.timeout_secs = def
                .timeout_secs
                .or(role.timeout_secs)
                .unwrap_or(usual.timeout_secs);
            limits.idle_secs = def.idle_secs.or(role.idle_secs).unwrap_or(usual.idle_secs);
            let chosen = agent::choose(work, def, role, &mut faults.0);
            let driver = chosen.as_ref().map_or("", |(a, _)| a.driver.as_str());
            let named = Some((name.value.as_str(), role));
            let reach = writes::of(work, def, named, driver, &mut faults.0);
            if let Some((agent, _)) = &chosen {
                let profile = &reach.profile.name;
                let lacks = writes::not_to_be_had(work, def, &agent.name, profile);
                faults.0.extend(lacks);
            }
            let place = Place::at(&role.path, role.prompt_line.max(1), 1);
            let prompt = faults.take(fill_from(&role.prompt, &work.names.prompt(def), &place));
            let path = RepoPath::new(role.path.as_str());
            let made = match (chosen, path) {
                (Some((agent, capability)), Ok(role_path)) => {
                    Some(plan::Work::Role(Box::new(plan::RoleWork {
                        role: name.value.clone(),
                        role_path,
                        prompt,
                        role_digest: Digest::of(&role.text),
                        fallbacks: match on_quota(work, def).act {
                            OnQuota::Fallback => {
                                agent::others(work, &agent, &capability, &reach.profile)
                            }
                            OnQuota::Wait | OnQuota::Block => Vec::new(),
                        },
                        capability,
                        agent,
                        keep_context: !def.fresh_context,
                    })))
                }
                (_, Err(bad)) => {
                    let fault = Finding::new("workflow/bad-path", bad.to_string());
                    let fault = fault.at(Place::file(&role.path));
                    faults
                        .0
                        .push(fault.remedy("move the role into the repository"));
                    None
                }
                _ => None,
            };
            ((made, limits), reach)
        }
        Some(WorkDef::Command(run)) => {
            let secs = run.timeout_secs.unwrap_or(limits.timeout_secs);
            let made = command(run, &def.file, secs, &work.names.of(def)).map(Some);
            let made = faults.take(made).map(plan::Work::Command);
            (
                (made, limits),
                writes::of(work, def, None, "", &mut faults.0),
            )
        }
        Some(WorkDef::Gate) => (
            (Some(plan::Work::Gate), limits),
            writes::of(work, def, None, "", &mut faults.0),
        ),
        // Reported when the workflow was read or composed.
        Some(WorkDef::Workflow(_)) | None => (
            (None, limits),
            writes::of(work, def, None, "", &mut faults.0),
        ),
    }
}

/// What a used-up quota does: each half as the stage says, else as the settings do.
fn on_quota(work: &Work<'_>, def: &StageDef) -> plan::Quota {
    let (own, usual) = (def.on_quota, work.sources.settings.on_quota);
    let until = own.until.or(usual.until);
    plan::Quota {
        act: own.act.or(usual.act).unwrap_or_default(),
        until_secs: until.and_then(|until| match until {
            Until::Secs(secs) => Some(secs),
            Until::Clock(_) => None,
        }),
        until_clock: until.and_then(|until| match until {
            Until::Clock(clock) => Some(clock),
            Until::Secs(_) => None,
        }),
    }
}

fn unknown_role(work: &Work<'_>, def: &StageDef, name: &At<String>) -> Finding {
    let near = did_you_mean(&name.value, work.sources.roles.keys().map(String::as_str));
    let remedy = near.map_or_else(
        || format!("write harness/roles/{}.md", name.value),
        |near| format!("did you mean '{near}'?"),
    );
    Finding::new(
        "workflow/unknown-role",
        format!("unknown role '{}'", name.value),
    )
    .at(def.place(name.span))
    .remedy(remedy)
}

/// A command of the plan. The names in an argv are looked over and filled in at the attempt.
pub(super) fn command(
    def: &CommandDef,
    file: &str,
    usual_secs: u64,
    names: &Names,
) -> Found<plan::Command> {
    let run = match &def.run {
        RunDef::Shell(line) => plan::Run::Shell(line.clone()),
        RunDef::Argv(argv) => {
            let bad = argv
                .iter()
                .filter_map(|part| fill_from(&part.value, names, &part.span.in_file(file)).err());
            let bad: Vec<Finding> = bad.flatten().collect();
            if !bad.is_empty() {
                return Err(bad);
            }
            plan::Run::Argv(argv.iter().map(|part| part.value.clone()).collect())
        }
    };
    Ok(plan::Command {
        run,
        timeout_secs: def.timeout_secs.unwrap_or(usual_secs),
        name: def.name.clone(),
    })
}

fn context(work: &Work<'_>, def: &StageDef, item: &At<ContextDef>) -> Found<plan::Context> {
    let names = work.names.of(def);
    Ok(match &item.value {
        ContextDef::Word(word) => match word.as_str() {
            "task" => plan::Context::Task,
            "findings" => plan::Context::Findings,
            "checks" => plan::Context::Checks,
            artifact => plan::Context::Artifact(artifact.to_owned()),
        },
        ContextDef::Files(glob) => {
            let filled = fill_from(glob, &names, &def.place(item.span))?;
            if let Some(fault) = writes::glob_fault(def, &filled, item.span) {
                return Err(vec![fault]);
            }
            plan::Context::Files(filled)
        }
        ContextDef::Command(run) => {
            plan::Context::Command(command(run, &def.file, CONTEXT_SECS, &names)?)
        }
        ContextDef::DiffBase => plan::Context::DiffBase,
        ContextDef::Log(n) => plan::Context::Log(*n),
    })
}

/// Whether a stage judges what stages above it have checked: it is told how that came out, asked for
/// or not.
fn is_given_checks(work: &Work<'_>, def: &StageDef) -> bool {
    let above = work.done(def);
    let checked = |s: &StageDef| !s.checks.is_empty() && above.contains(&s.id.value.as_str());
    def.verdict.is_some() && work.workflow.stages.iter().any(checked)
}

fn produce(work: &Work<'_>, def: &ProduceDef) -> Option<plan::Produce> {
    let name = &def.name.value;
    let template = work.sources.templates.get(name);
    Some(plan::Produce {
        path: work.names.artifacts.get(name)?.clone(),
        from: if def.from_answer {
            plan::ProduceFrom::Answer
        } else {
            plan::ProduceFrom::File
        },
        template: template.map(|t| t.text.clone()),
        template_digest: template.map(|t| Digest::of(&t.text)),
        names_criteria: matches!(
            name.as_str(),
            "feature-spec" | "implementation-plan" | "qa-review"
        ),
        name: name.clone(),
    })
}

fn rerun(def: &RerunDef) -> Option<plan::Rerun> {
    Some(plan::Rerun {
        stage: StageId::new(def.stage.value.as_str()).ok()?,
        max: def.max,
    })
}

fn gates(
    work: &Work<'_>,
    def: &StageDef,
    gate: &GateDef,
) -> Found<(Option<plan::Gate>, Option<plan::Gate>)> {
    let mut faults = Faults(Vec::new());
    let done = work.done(def);
    let message = gate
        .message
        .as_ref()
        .map(|m| fill_from(&m.value, &work.names.of(def), &def.place(m.span)).map(Some));
    let message = message.and_then(|m| faults.take(m));
    let mut one = |when: &Option<At<String>>, done: &[&str]| {
        let when = checked(work, def, when.as_ref()?, done).map(Some);
        Some(plan::Gate {
            when: faults.take(when)?,
            message: message.clone(),
            on_reject: gate.on_reject.as_ref().and_then(rerun),
        })
    };
    let before = one(&gate.before, &done);
    let mut with_own = done.clone();
    with_own.push(&def.id.value);
    let after = one(&gate.after, &with_own);
    if faults.0.is_empty() {
        Ok((before, after))
    } else {
        Err(faults.0)
    }
}

fn checked(work: &Work<'_>, def: &StageDef, text: &At<String>, done: &[&str]) -> Found<String> {
    expression_fault(work, &def.file, text, done)
}

fn expression_fault(
    work: &Work<'_>,
    file: &str,
    text: &At<String>,
    done: &[&str],
) -> Found<String> {
    let known = work.names.expression(done);
    expression::check(&text.value, &known).map_err(|all| {
        let finding = |fault: expression::Fault| {
            let column = if fault.line == 0 { text.span.column } else { 1 };
            let place = Place::at(file, text.span.line + fault.line, column + fault.column);
            let remedy = if fault.message.contains("'approvals.") {
                format!("add it to approvals: in {}", work.sources.settings.file)
            } else {
                "mend the expression".to_owned()
            };
            Finding::new("workflow/expression", fault.message)
                .at(place)
                .remedy(remedy)
        };
        all.into_iter().map(finding).collect::<Vec<_>>()
    })?;
    Ok(text.value.clone())
}

/// A precondition of a stage, or of the workflow where no stage is given.
pub(super) fn guard(
    work: &Work<'_>,
    def: Option<&GuardDef>,
    file: &str,
    stage: Option<&StageDef>,
) -> Found<Option<plan::Precondition>> {
    let done = stage.map(|s| work.done(s)).unwrap_or_default();
    let names = stage.map_or_else(|| work.names.common(), |s| work.names.of(s));
    Ok(match def {
        None => None,
        Some(GuardDef::Expression(text)) => Some(plan::Precondition::Expression(expression_fault(
            work, file, text, &done,
        )?)),
        Some(GuardDef::Command(run)) => Some(plan::Precondition::Command(command(
            run,
            file,
            CONTEXT_SECS,
            &names,
        )?)),
    })
}
