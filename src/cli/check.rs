//! `check`: every fault of the harness files in one list, with places.

use super::out::{Out, Role, paint, safe};
use super::{Context, Outcome};
use crate::records::harness::{Harness, is_advice};
use crate::records::hooks;
use crate::records::one_tree;
use crate::records::project::Project;
use crate::records::submodules;
use crate::starting::programs;
use crate::terms::{Finding, Place};
use crate::text::many;
use crate::text::measure::{pad, width};
use serde_json::json;

/// Says every fault of the harness files, with its place; exit 1 if there is one
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub fn run(_: &Args, context: &Context) -> Outcome {
    let project = context.project()?;
    let harness = Harness::load(&project);
    let mut findings = harness.findings();
    findings.extend(submodules::advice(project.home(), &harness));
    findings.extend(hooks::advice(project.home(), &harness));
    findings.extend(one_tree::advice(&project, &harness));
    let missing = programs_missing(&harness);
    let out = &context.out;
    for finding in findings.iter().chain(&missing) {
        out.object(&object(finding));
    }
    if !out.json {
        print(out, &findings);
        if findings.is_empty() {
            all_well(out, &harness);
        }
        tell_missing(out, &missing);
        served_by_us(out, &harness);
        tell_private(out, &project);
        if let Some(local) = &harness.local {
            let told = format!(
                "The settings of this machine count too: {}.",
                safe(local.as_str())
            );
            out.text(paint(Role::Quiet, told));
        }
    }
    Ok(u8::from(findings.iter().any(|f| !is_advice(f))))
}

/// Says where a private harness lies, for its paths are told as if it lay in the checkout.
pub(super) fn tell_private(out: &Out, project: &Project) {
    if !project.is_private() {
        return;
    }
    let place = project.roots().folder().display().to_string();
    let told = format!(
        "{}/ is private here and lies in {}: no commit and no push has anything of it.",
        safe(project.harness.as_str()),
        safe(&place)
    );
    out.text(paint(Role::Quiet, told));
    if let Some(name) = project.hides() {
        let told = format!(
            "The repository has a {name}/ of its own too; --project {} uses that one.",
            safe(&project.home().display().to_string())
        );
        out.text(paint(Role::Attention, told));
    }
}

/// Says what is not on this machine: no fault of the files, so it stands apart from those.
fn tell_missing(out: &Out, missing: &[Finding]) {
    for finding in missing {
        let mark = paint(Role::Attention, "!");
        out.text(format!("{mark} {}", safe(&finding.text)));
        if let Some(remedy) = &finding.remedy {
            out.text(format!("  -> {}", safe(remedy)));
        }
    }
}

/// The agents' programs that are not on this machine, of every workflow that is whole. It is advice:
/// the files are right, and serve where the program is.
fn programs_missing(harness: &Harness) -> Vec<Finding> {
    let mut found: Vec<programs::Missing> = Vec::new();
    for name in harness.files.keys() {
        let own = harness.files[name].path.is_some() || name == harness.default_workflow();
        let Some(Ok(plan)) = own.then(|| harness.resolve_for_check(name)).flatten() else {
            continue;
        };
        for missing in programs::missing(&plan, &[]) {
            let same = |m: &&mut programs::Missing| {
                m.program == missing.program && m.agent == missing.agent
            };
            match found.iter_mut().find(same) {
                Some(known) => {
                    let more = missing.stages.into_iter();
                    let more: Vec<_> = more.filter(|s| !known.stages.contains(s)).collect();
                    known.stages.extend(more);
                }
                None => found.push(missing),
            }
        }
    }
    let findings = found.iter().map(programs::Missing::finding);
    findings
        .map(|f| f.at(Place::file(&harness.settings.file)))
        .collect()
}

/// A finding as `--json` shows it.
pub fn object(finding: &Finding) -> serde_json::Value {
    json!({
        "type": "finding",
        "code": finding.code,
        "text": finding.text,
        "file": finding.place.as_ref().map(|p| &p.file),
        "line": finding.place.as_ref().and_then(|p| p.line),
        "column": finding.place.as_ref().and_then(|p| p.column),
        "remedy": finding.remedy,
        "advice": is_advice(finding),
    })
}

/// Prints findings, grouped by file, and how many there are.
pub fn print(out: &Out, findings: &[Finding]) {
    let file = |f: &Finding| f.place.as_ref().map_or(String::new(), |p| p.file.clone());
    let places: Vec<String> = findings.iter().map(place).collect();
    let column = places.iter().map(|p| width(p)).max().unwrap_or(0);
    let mut files = 0;
    let mut last: Option<String> = None;
    for (finding, place) in findings.iter().zip(&places) {
        let this = file(finding);
        if last.as_ref() != Some(&this) {
            if last.is_some() {
                out.text("");
            }
            if !this.is_empty() {
                files += 1;
                out.text(paint(Role::Name, safe(&this)));
            }
            last = Some(this);
        }
        one(out, finding, &pad(place, column));
    }
    if !findings.is_empty() {
        let advice = findings.iter().filter(|f| is_advice(f)).count();
        out.text(format!(
            "\n{}",
            counts(findings.len() - advice, advice, files)
        ));
    }
}

fn place(finding: &Finding) -> String {
    let Some(place) = &finding.place else {
        return String::new();
    };
    match (place.line, place.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        _ => "-".to_owned(),
    }
}

fn one(out: &Out, finding: &Finding, place: &str) {
    let role = if is_advice(finding) {
        Role::Attention
    } else {
        Role::Bad
    };
    let code = paint(Role::Quiet, safe(&finding.code));
    let text = safe(&finding.text);
    out.text(format!("  {}  {text}  {code}", paint(role, place)));
    if let Some(remedy) = &finding.remedy {
        let indent = " ".repeat(width(place) + 4);
        out.text(format!("{indent}-> {}", safe(remedy)));
    }
}

fn counts(faults: usize, advice: usize, files: usize) -> String {
    let place = many(files, "file");
    let said = match (faults, advice) {
        (0, n) => format!("no fault, {} in {place}", many(n, "hint")),
        (n, 0) => format!("{} in {place}", many(n, "fault")),
        (n, a) => format!("{} and {} in {place}", many(n, "fault"), many(a, "hint")),
    };
    paint(
        if faults == 0 {
            Role::Attention
        } else {
            Role::Bad
        },
        said,
    )
}

fn all_well(out: &Out, harness: &Harness) {
    let workflows = harness.files.values().filter(|f| f.path.is_some()).count();
    let items = harness
        .backlog
        .as_ref()
        .map_or(0, |b| b.backlog.items().len());
    out.text(format!(
        "{} workflows {workflows}, tasks {}, backlog items {items}",
        paint(Role::Good, "No fault:"),
        harness.tasks.len(),
    ));
}

fn served_by_us(out: &Out, harness: &Harness) {
    let own = harness.built_in();
    if own.is_empty() {
        return;
    }
    let list = own.join(", ");
    out.text(paint(
        Role::Quiet,
        format!(
            "Not in the repository, so the built-in ones serve: {}. `harness-tui init` writes them.",
            safe(&list)
        ),
    ));
}
