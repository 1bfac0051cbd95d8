//! From the tree to [`Workflow`]. The shape was checked before: what does not fit is left out.

use super::{
    CheckDef, ContextDef, GateDef, GuardDef, LoopDef, ProduceDef, ReportDef, RerunDef, StageDef,
    TaskNeed, WorkDef, Workflow, keys,
};
use crate::documents::settings::CommandDef;
use crate::documents::settings::read::{command, is_name, limits, on_quota, shell_template};
use crate::documents::yaml::shape::{Checker, Kind, duration};
use crate::documents::yaml::{self, At, Node, Span, Value};
use crate::terms::Finding;

/// Stages of a workflow.
pub(super) const MAX_STAGES: usize = 500;

pub(super) fn workflow(file: &str, text: &str) -> (Option<Workflow>, Vec<Finding>) {
    let parsed = yaml::parse(file, text);
    let broken = !parsed.faults.is_empty();
    let mut checker = Checker {
        file,
        area: "workflow",
        not_built: "unsupported",
        faults: parsed.faults,
    };
    let Some(root) = parsed.root else {
        if !broken {
            let empty = Finding::new("workflow/empty", "the file is empty");
            let empty = empty.at(Span::START.in_file(file));
            checker.faults.push(empty.remedy("write name: and stages:"));
        }
        return (None, checker.faults);
    };
    checker.check(&root, &Kind::Record(&keys::WORKFLOW), "the file");
    let mut reader = Reader {
        file,
        faults: checker.faults,
    };
    let workflow = reader.workflow(&root);
    reader.faults.sort_by(|a, b| a.place.cmp(&b.place));
    (Some(workflow), reader.faults)
}

struct Reader<'a> {
    file: &'a str,
    faults: Vec<Finding>,
}

impl Reader<'_> {
    fn fault(&mut self, code: &str, text: impl Into<String>, remedy: &str, span: Span) {
        self.faults.push(
            Finding::new(format!("workflow/{code}"), text)
                .at(span.in_file(self.file))
                .remedy(remedy),
        );
    }

    fn workflow(&mut self, root: &Node) -> Workflow {
        let stem = self.file.rsplit('/').next().unwrap_or(self.file);
        let stem = stem.split('.').next().unwrap_or(stem);
        Workflow {
            file: self.file.to_owned(),
            name: root.string_of("name").unwrap_or_else(|| stem.to_owned()),
            description: root.string_of("description").unwrap_or_default(),
            task: match root.string_of("task").as_deref() {
                Some("optional") => TaskNeed::Optional,
                Some("none") => TaskNeed::None,
                _ => TaskNeed::Required,
            },
            vars: self.vars(root),
            max_parallel: small(root, "max_parallel").unwrap_or(1).max(1),
            budget: root.get("budget").map(limits).unwrap_or_default(),
            precondition: self.guard(root),
            stages: self.stages(root),
        }
    }

    fn vars(&mut self, root: &Node) -> Vec<(String, At<String>)> {
        let mut vars = Vec::new();
        for (key, node) in root.get("vars").map_or(&[][..], Node::entries) {
            if !is_name(&key.text) {
                let text = format!("'{}' can't be the name of a variable", key.text);
                self.fault(
                    "bad-name",
                    text,
                    "use letters, digits and underscores",
                    key.span,
                );
                continue;
            }
            let text = node.text().or_else(|| {
                matches!(node.value, Value::Null).then(|| At {
                    value: String::new(),
                    span: node.span,
                })
            });
            vars.extend(text.map(|text| (key.text.clone(), text)));
        }
        vars
    }

    fn stages(&mut self, root: &Node) -> Vec<StageDef> {
        let Some(list) = root.get("stages") else {
            return Vec::new();
        };
        let nodes: &[Node] = match &list.value {
            Value::Seq(nodes) => nodes,
            _ => return Vec::new(),
        };
        if nodes.is_empty() {
            self.fault("no-stages", "it has no stages", "add one", list.span);
        }
        if nodes.len() > MAX_STAGES {
            let text = format!("it has {} stages; at most {MAX_STAGES}", nodes.len());
            self.fault("too-many-stages", text, "split it", list.span);
        }
        nodes
            .iter()
            .take(MAX_STAGES)
            .filter_map(|node| self.stage(node))
            .collect()
    }

    fn stage(&mut self, node: &Node) -> Option<StageDef> {
        let id = node.text_of("id")?;
        let seconds = |key: &str| node.string_of(key).and_then(|t| duration(&t));
        let budget = node.get("budget");
        Some(StageDef {
            file: self.file.to_owned(),
            span: node.span,
            name: node.string_of("name").unwrap_or_else(|| id.value.clone()),
            code: node.text_of("code"),
            work: self.work(node, &id.value),
            depends_on: node.texts_of("depends_on"),
            when: expression(node, "when"),
            precondition: self.guard(node),
            context: self.context(node),
            produces: produces(node),
            writes: node.get("writes").map(Node::texts),
            profile: node.text_of("profile"),
            instructions: node.texts_of("instructions"),
            mcp: node.texts_of("mcp"),
            skills: node.texts_of("skills"),
            env: values(node, "env"),
            checks: self.checks(node),
            looping: node.get("loop").and_then(looping),
            verdict: node.text_of("verdict"),
            on_fail: node.get("on_fail").and_then(rerun),
            on_quota: on_quota(node),
            gate: node.get("gate").map(gate),
            retries: node.get("retry").and_then(|r| small(r, "max")),
            backoff_ms: node.get("retry").and_then(|r| r.count_of("backoff_ms")),
            timeout_secs: seconds("timeout"),
            idle_secs: seconds("idle_timeout"),
            budget: At {
                value: budget.map(limits).unwrap_or_default(),
                span: budget.map_or(node.span, |b| b.span),
            },
            skippable: node.bool_of("skippable").unwrap_or(false),
            fresh_context: node.bool_of("fresh_context").unwrap_or(true),
            capability: node.text_of("capability"),
            agent: node.text_of("agent"),
            model: node.string_of("model"),
            effort: node.string_of("effort"),
            id,
        })
    }

    fn work(&mut self, node: &Node, id: &str) -> Option<WorkDef> {
        let kinds = ["role", "run", "workflow"];
        let given: Vec<_> = kinds
            .into_iter()
            .filter(|k| node.get(k).is_some())
            .collect();
        match given.as_slice() {
            [] if node.get("gate").is_some() => Some(WorkDef::Gate),
            [] => {
                // A broken or not yet built kind was reported under its own key.
                let named = kinds.into_iter().chain(["gate", "for_each"]);
                let mut entries = node.entries().iter().map(|(key, _)| key.text.as_str());
                if !entries.any(|key| named.clone().any(|k| k == key)) {
                    let text = format!("stage '{id}' does nothing");
                    let remedy = "add role:, run:, workflow: or a gate";
                    self.fault("stage-kind", text, remedy, node.span);
                }
                None
            }
            ["role"] => node.text_of("role").map(WorkDef::Role),
            ["workflow"] => node.text_of("workflow").map(WorkDef::Workflow),
            ["run"] => node
                .get("run")
                .and_then(|n| self.command(n))
                .map(WorkDef::Command),
            several => {
                let text = format!("stage '{id}' is several things: {}", several.join(", "));
                self.fault("stage-kind", text, "keep one of them", node.span);
                None
            }
        }
    }

    fn command(&mut self, node: &Node) -> Option<CommandDef> {
        let command = command(node)?;
        self.faults
            .extend(shell_template(&command, self.file, "workflow"));
        Some(command)
    }

    fn guard(&mut self, node: &Node) -> Option<GuardDef> {
        let guard = node.get("precondition")?;
        match guard.value {
            Value::Map(_) => self.command(guard).map(GuardDef::Command),
            _ => expression(node, "precondition").map(GuardDef::Expression),
        }
    }

    fn checks(&mut self, node: &Node) -> Vec<CheckDef> {
        let nodes: &[Node] = node.get("checks").map_or(&[], Node::items);
        let checks = nodes.iter().filter_map(|n| {
            Some(CheckDef {
                command: self.command(n)?,
                baseline: n
                    .get("baseline")
                    .is_some_and(|b| b.value == Value::Bool(true)),
                full: n.string_of("tier").as_deref() == Some("full"),
                report: n.get("report").and_then(report),
                caches: n.texts_of("caches"),
                sockets: n.texts_of("sockets"),
            })
        });
        checks.collect()
    }

    fn context(&mut self, node: &Node) -> Vec<At<ContextDef>> {
        let nodes: &[Node] = node.get("context").map_or(&[], Node::items);
        let mut items = Vec::new();
        for item in nodes {
            let def = if let Some(word) = item.as_str() {
                Some(ContextDef::Word(word.to_owned()))
            } else if let Some(files) = item.string_of("files") {
                Some(ContextDef::Files(files))
            } else if item.get("command").is_some() {
                self.command(item).map(ContextDef::Command)
            } else if item.get("diff").is_some() {
                Some(ContextDef::DiffBase)
            } else {
                small(item, "log").map(ContextDef::Log)
            };
            items.extend(def.map(|value| At {
                value,
                span: item.span,
            }));
        }
        items
    }
}

fn report(node: &Node) -> Option<At<ReportDef>> {
    let value = if node.as_str() == Some("tap") {
        ReportDef::Tap
    } else if let Some(pattern) = node.string_of("junit") {
        ReportDef::Junit(pattern)
    } else if let Some(path) = node.string_of("tap") {
        ReportDef::TapFile(path)
    } else {
        ReportDef::Regex(node.string_of("regex")?)
    };
    Some(At {
        value,
        span: node.span,
    })
}

fn values(node: &Node, key: &str) -> Vec<String> {
    node.texts_of(key).into_iter().map(|t| t.value).collect()
}

fn small(node: &Node, key: &str) -> Option<u32> {
    node.count_of(key).and_then(|n| u32::try_from(n).ok())
}

/// An expression; `true` and `false` may stand without quotes.
fn expression(node: &Node, key: &str) -> Option<At<String>> {
    node.get(key)?.text()
}

fn produces(node: &Node) -> Vec<ProduceDef> {
    let mut all = Vec::new();
    for (key, value) in node.get("produces").map_or(&[][..], Node::entries) {
        let path = match value.as_str() {
            Some(_) => value.text(),
            None => value.text_of("path"),
        };
        all.extend(path.map(|path| ProduceDef {
            name: At {
                value: key.text.clone(),
                span: key.span,
            },
            path,
            from_answer: value.string_of("from").as_deref() == Some("answer"),
        }));
    }
    all
}

fn looping(node: &Node) -> Option<LoopDef> {
    Some(LoopDef {
        until_approved: node.string_of("until")? == "approved",
        max_iterations: small(node, "max_iterations").filter(|n| *n > 0)?,
        span: node.span,
    })
}

fn rerun(node: &Node) -> Option<RerunDef> {
    Some(RerunDef {
        stage: node.text_of("rerun")?,
        max: small(node, "max").filter(|n| *n > 0)?,
    })
}

fn gate(node: &Node) -> GateDef {
    GateDef {
        before: expression(node, "before"),
        after: expression(node, "after"),
        message: node.text_of("message"),
        on_reject: node.get("on_reject").and_then(rerun),
        span: node.span,
    }
}
