//! A check of a plan, from one of a workflow.

use super::checks::Work;
use super::stage::{CHECK_SECS, command};
use crate::documents::workflow::{CheckDef, ReportDef, StageDef};
use crate::documents::yaml::{At, Span};
use crate::engine::plan::{Check, ReportFrom, Tier};
use crate::terms::Finding;
use ignore::gitignore::GitignoreBuilder;
use regex::RegexBuilder;

/// How large a compiled pattern may be, in bytes.
const PATTERN_BYTES: usize = 1024 * 1024;

/// Builds a check, or says all that is wrong with it.
pub(super) fn build(
    work: &Work<'_>,
    def: &StageDef,
    check: &CheckDef,
) -> Result<Check, Vec<Finding>> {
    let mut faults = Vec::new();
    let names = work.names.of(def);
    let made = command(&check.command, &def.file, CHECK_SECS, &names);
    let made = made.map_err(|more| faults.extend(more)).ok();
    let report = check.report.as_ref().and_then(|r| {
        let found = report(def, r);
        found.map_err(|fault| faults.push(fault)).ok()
    });
    faults.extend(check.caches.iter().filter_map(|c| cache_fault(def, c)));
    faults.extend(check.sockets.iter().filter_map(|s| socket_fault(def, s)));
    let texts = |all: &[At<String>]| all.iter().map(|t| t.value.clone()).collect();
    match made {
        Some(made) if faults.is_empty() => Ok(Check {
            baseline: check.baseline,
            tier: if check.full { Tier::Full } else { Tier::Quick },
            report,
            caches: texts(&check.caches),
            sockets: texts(&check.sockets),
            ..Check::from(made)
        }),
        _ => Err(faults),
    }
}

fn fault(def: &StageDef, span: Span, text: String, remedy: &str) -> Finding {
    Finding::new("workflow/bad-check", text)
        .at(def.place(span))
        .remedy(remedy)
}

fn report(def: &StageDef, report: &At<ReportDef>) -> Result<ReportFrom, Finding> {
    let inside = |path: &String| {
        if !leaves(path) {
            return Ok(path.clone());
        }
        Err(fault(
            def,
            report.span,
            format!("the report '{path}' must lie in the repository"),
            "write a path from the repository's root, without '..'",
        ))
    };
    match &report.value {
        ReportDef::Junit(glob) => {
            let glob = inside(glob)?;
            let mut builder = GitignoreBuilder::new("/");
            match builder.add_line(None, &glob) {
                Ok(_) => Ok(ReportFrom::Junit(glob)),
                Err(e) => Err(fault(def, report.span, e.to_string(), "mend the glob")),
            }
        }
        ReportDef::Tap => Ok(ReportFrom::Tap),
        ReportDef::TapFile(path) => Ok(ReportFrom::TapFile(inside(path)?)),
        ReportDef::Regex(pattern) => {
            let built = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build();
            let why = match built {
                Ok(regex) if regex.captures_len() == 2 => {
                    return Ok(ReportFrom::Regex(pattern.clone()));
                }
                Ok(regex) => format!("it has {} groups", regex.captures_len() - 1),
                // The last line says what is wrong; those before draw it.
                Err(e) => {
                    let text = e.to_string();
                    text.lines().last().unwrap_or_default().to_owned()
                }
            };
            Err(fault(
                def,
                report.span,
                format!("the pattern '{pattern}' can't be used: {why}"),
                "write one pattern with one group around the test's name, such as '^FAILED (.+)$'",
            ))
        }
    }
}

/// Whether a path is not one of the repository.
fn leaves(path: &str) -> bool {
    path.is_empty() || path.starts_with(['/', '~', '!']) || path.split('/').any(|p| p == "..")
}

fn cache_fault(def: &StageDef, cache: &At<String>) -> Option<Finding> {
    let path = cache.value.as_str();
    let path = path.strip_prefix("~/").unwrap_or(path);
    let path = path.trim_end_matches('/');
    let bad = leaves(path) || path == "." || path == ".git" || path.starts_with(".git/");
    bad.then(|| {
        fault(
            def,
            cache.span,
            format!("'{}' can't be a cache", cache.value),
            "name a folder below your home as ~/folder, or one of the repository as folder",
        )
    })
}

fn socket_fault(def: &StageDef, socket: &At<String>) -> Option<Finding> {
    let named = ["/", "~/", "@"].iter().any(|lead| {
        let rest = socket.value.strip_prefix(lead);
        rest.is_some_and(|rest| !rest.is_empty())
    });
    (!named).then(|| {
        fault(
            def,
            socket.span,
            format!("'{}' is no socket's path", socket.value),
            "write /path, ~/path, or @name for an abstract socket",
        )
    })
}
