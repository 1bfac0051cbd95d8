//! The text of `workflow.lock.yaml`: a plan, written so that it reads back equal.
//!
//! YAML is what people can read; it takes milliseconds to parse. So `plan.json` holds the same plan
//! beside it, with the digest of the lock it was made from: where that is not the digest of the lock
//! that is there, the copy says nothing.

use super::plan::Plan;
use crate::terms::Digest;
use serde::{Deserialize, Serialize};

/// Bytes of a lock: a workflow, its roles and its templates fit many times.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Why a lock can't be written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "workflow.lock.yaml {what}: {why}; it is the engine's own, restart the run from its workflow"
)]
pub struct BadLock {
    /// What could not be done.
    pub what: &'static str,
    /// Why, with line and column where there are some.
    pub why: String,
}

/// A plan as YAML.
pub fn to_lock(plan: &Plan) -> Result<String, BadLock> {
    serde_yaml::to_string(plan).map_err(|error| BadLock {
        what: "can't be written",
        why: error.to_string(),
    })
}

/// A plan from YAML.
pub fn from_lock(text: &str) -> Result<Plan, BadLock> {
    let bad = |why: String| BadLock {
        what: "can't be read",
        why,
    };
    if text.len() > MAX_BYTES {
        return Err(bad(format!("it is longer than {MAX_BYTES} bytes")));
    }
    let options = serde_yaml::options! { strict_booleans: true };
    serde_yaml::from_str_with_options(text, options).map_err(|error| bad(error.to_string()))
}

/// What `plan.json` holds.
#[derive(Deserialize)]
struct Copy {
    lock: Digest,
    plan: Plan,
}

/// The same, to be written.
#[derive(Serialize)]
struct CopyOf<'a> {
    lock: Digest,
    plan: &'a Plan,
}

/// The copy of the plan that this lock holds.
pub fn to_copy(plan: &Plan, lock: &[u8]) -> Result<Vec<u8>, BadLock> {
    let lock = Digest::of(lock);
    serde_json::to_vec(&CopyOf { lock, plan }).map_err(|error| BadLock {
        what: "can't be copied",
        why: error.to_string(),
    })
}

/// The plan out of a copy, if that is of this very lock and whole; else the lock itself is to be
/// read.
pub fn from_copy(copy: &[u8], lock: &[u8]) -> Option<Plan> {
    let copy: Copy = serde_json::from_slice(copy).ok()?;
    (copy.lock == Digest::of(lock)).then_some(copy.plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::*;
    use crate::terms::{CriterionId, Digest, RepoPath, StageId, TaskId};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    fn command(word: &str) -> Command {
        Command {
            run: Run::Shell(word.to_owned()),
            timeout_secs: u64::MAX,
            name: Some(word.to_owned()),
        }
    }

    fn role(word: &str) -> Work {
        let own = || word.to_owned();
        Work::Role(Box::new(RoleWork {
            role: own(),
            role_path: path("harness/roles/a.md"),
            prompt: own(),
            role_digest: Digest::of("x"),
            capability: own(),
            agent: Agent {
                interactive: Vec::new(),
                name: own(),
                driver: own(),
                model: Some(own()),
                effort: None,
                command: vec![own()],
                recordings: Some(own()),
                env: vec![],
                plan: true,
            },
            fallbacks: Vec::new(),
            keep_context: true,
        }))
    }

    fn stage(word: &str) -> Stage {
        let own = || word.to_owned();
        Stage {
            id: StageId::new("a-1").unwrap(),
            name: own(),
            code: own(),
            work: role(word),
            depends_on: vec![],
            when: Some(own()),
            precondition: Some(Precondition::Expression(own())),
            context: vec![
                Context::Task,
                Context::Artifact(own()),
                Context::Log(3),
                Context::DiffBase,
                Context::Command(command(word)),
            ],
            produces: vec![Produce {
                name: own(),
                path: path("harness/x.md"),
                from: ProduceFrom::Answer,
                template: Some(own()),
                template_digest: None,
                names_criteria: true,
            }],
            writes: vec![own(), "**".into(), "!x".into()],
            within: vec![own()],
            profile: Profile {
                name: own(),
                tools: vec![own()],
                network: Network::Model,
                instructions: vec![],
                mcp: vec![own()],
                skills: vec![],
                env: vec![],
                sandbox: Sandbox::Required,
            },
            checks: vec![Check {
                run: Run::Argv(vec![own(), own()]),
                timeout_secs: 0,
                name: None,
                baseline: true,
                tier: Tier::Full,
                report: Some(ReportFrom::Regex(own())),
                caches: vec![own()],
                sockets: vec![own()],
            }],
            looping: Some(Loop {
                until: Until::Checks,
                max_iterations: 1,
            }),
            verdict: Some(own()),
            on_fail: None,
            gate_before: Some(Gate {
                when: own(),
                message: Some(own()),
                on_reject: None,
            }),
            gate_after: None,
            retries: 3,
            backoff_ms: 5_000,
            limits: Limits::default(),
            budget: Budget::default(),
            on_quota: Quota::default(),
            skippable: false,
        }
    }

    fn plan(word: &str) -> Plan {
        let own = || word.to_owned();
        let stage = stage(word);
        let other = |work| Stage {
            id: StageId::new("no").unwrap(),
            work,
            ..stage.clone()
        };
        Plan {
            workflow: own(),
            workflow_path: None,
            workflow_digest: Digest::of(word),
            description: own(),
            task: Some(PlannedTask {
                id: TaskId::new("T014").unwrap(),
                title: own(),
                slug: own(),
                path: path("harness/tasks/T014-x.md"),
                digest: Digest::of("t"),
                criteria: vec![Criterion {
                    id: CriterionId::nth(1),
                    text: own(),
                }],
            }),
            vars: BTreeMap::from([(own(), own()), ("yes".into(), "no".into())]),
            max_parallel: 1,
            budget: Budget {
                cost_micros: Some(1),
                ..Budget::default()
            },
            day: None,
            slots: None,
            resumes: false,
            approvals: BTreeMap::from([(own(), true)]),
            approvals_by_edit: false,
            tree: TreeSetup::default(),
            precondition: Some(Precondition::Command(command(word))),
            stages: vec![
                other(Work::Gate),
                other(Work::Command(command(word))),
                stage.clone(),
            ],
            on: BTreeMap::from([("gate".to_owned(), command(word))]),
        }
    }

    fn assert_reads_back(word: &str) {
        let plan = plan(word);
        let text = to_lock(&plan).unwrap();
        match from_lock(&text) {
            Ok(read) => assert_eq!(read, plan, "{text}"),
            Err(error) => panic!("{word:?}: {error}\n{text}"),
        }
        let copy = to_copy(&plan, text.as_bytes()).unwrap();
        assert_eq!(from_copy(&copy, text.as_bytes()), Some(plan));
    }

    #[test]
    fn awkward_texts_read_back() {
        for word in [
            "",
            " ",
            "~",
            "null",
            "yes",
            "012",
            "1.0",
            "1e3",
            "0x1F",
            "true",
            "- a",
            "a: b",
            "#c",
            "'q\" \\n",
            "é → 日本",
            "line\nline\n",
            "\n\nlead",
            "trail \n  \n\n",
            "  in\nout\n",
            "\ttab\n\tx",
            "a\r\nb",
            "{{ x }}",
            "---\nx",
            "...",
            "%a",
            "[",
            "&a *b !c",
            "<<",
            "\u{85}",
            "\u{feff}b",
            "a\u{2028}b",
            "\u{7}bell",
            "2026-04-02",
            "| \n x",
            "# Role\n\n```\n{{ a }}\n```\n",
        ] {
            assert_reads_back(word);
        }
        assert_reads_back(&"long words and words ".repeat(60));
        assert_reads_back(&"wörd ".repeat(3000));
    }

    #[test]
    fn a_broken_lock_is_an_error() {
        let error = from_lock("workflow: 3\n").unwrap_err().to_string();
        assert!(
            error.contains("workflow.lock.yaml can't be read"),
            "{error}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn any_text_reads_back(word in "(?s).{0,25}|[ \\n\\t:#'\"|>a-c\\-]{0,25}") {
            assert_reads_back(&word);
        }
    }
}
