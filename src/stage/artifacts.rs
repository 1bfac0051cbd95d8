//! Artifacts: taken from the answer where they stand there, read without being led astray, and
//! held against their contract.

use super::exit::ArtifactRecord;
use super::ground;
use super::spec::{AttemptKind, AttemptSpec};
use crate::documents::template::Template;
use crate::documents::verdict::{self, Reviewed};
use crate::documents::{answer, contract};
use crate::engine::plan::Produce;
use crate::store::{ReadError, read_inside};
use crate::terms::verdict::VerdictResult;
use crate::terms::{CriterionId, Digest, Finding, Place, RepoPath, StageId};
use std::path::Path;

/// How large an artifact may be.
const LARGEST: u64 = 4 * 1024 * 1024;

/// What was produced, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Produced {
    /// Those that are there and satisfy their contract.
    pub records: Vec<ArtifactRecord>,
    /// What is missing, unreadable, or breaks its contract.
    pub malformed: Vec<Finding>,
    /// The verdict and its findings, where one is due and parses.
    pub reviewed: Option<Reviewed>,
    /// Whether anything was produced at all.
    pub any: bool,
}

/// Sets the artifacts of an earlier iteration aside, so that an unchanged old one never counts. In
/// place they stay where they are, for they may be the person's: a copy tells later whether they are
/// as they were.
pub fn set_aside(spec: &AttemptSpec, dir: &Path) -> Result<(), String> {
    if spec.kind != AttemptKind::Fresh {
        if spec.is_in_place() {
            carry_over(spec, dir)?;
        }
        return Ok(());
    }
    for produce in &spec.stage.produces {
        let Ok(bytes) = read_inside(&spec.tree, &produce.path, LARGEST) else {
            continue;
        };
        let aside = dir.join("aside");
        std::fs::create_dir_all(&aside)
            .and_then(|()| ground::put(&aside.join(&produce.name), &bytes, 0o600))
            .and_then(|()| {
                if spec.is_in_place() {
                    return Ok(());
                }
                std::fs::remove_file(produce.path.under(&spec.tree))
            })
            .map_err(|e| format!("{} could not be set aside: {e}", produce.path))?;
    }
    Ok(())
}

/// What an attempt goes on with is old to it as it was to the one before.
fn carry_over(spec: &AttemptSpec, dir: &Path) -> Result<(), String> {
    let mut before = spec.attempt.clone();
    let Some(number) = before.attempt.checked_sub(1) else {
        return Ok(());
    };
    before.attempt = number;
    let there = dir.with_file_name(before.to_string()).join("aside");
    for produce in &spec.stage.produces {
        if let Ok(bytes) = std::fs::read(there.join(&produce.name)) {
            let aside = dir.join("aside");
            std::fs::create_dir_all(&aside)
                .and_then(|()| ground::put(&aside.join(&produce.name), &bytes, 0o600))
                .map_err(|e| format!("{} could not be kept: {e}", produce.path))?;
        }
    }
    Ok(())
}

/// In place: puts an artifact that was there, and that is gone, where it was.
pub fn give_back(spec: &AttemptSpec, dir: &Path) -> Result<(), String> {
    for produce in &spec.stage.produces {
        let aside = dir.join("aside").join(&produce.name);
        let path = produce.path.under(&spec.tree);
        if std::fs::symlink_metadata(&path).is_ok() {
            continue;
        }
        if let Ok(bytes) = std::fs::read(&aside) {
            write_inside(&spec.tree, &produce.path, &bytes)
                .map_err(|e| format!("{} could not be put back: {e}", produce.path))?;
        }
    }
    Ok(())
}

/// What is said of an answer whose beginning is not kept.
pub const TOO_LONG: &str = "the answer is longer than 4 MiB, and its beginning is not kept";

/// Writes what stands in the answer to its place. Gives whether anything was written. `cut`: the
/// answer's beginning is missing.
pub fn from_answer(
    spec: &AttemptSpec,
    by_answer: &[&Produce],
    text: &str,
    cut: bool,
    malformed: &mut Vec<Finding>,
) -> bool {
    if by_answer.is_empty() {
        return false;
    }
    let mut found = answer::artifacts(text);
    malformed.append(&mut found.findings);
    let mut written = false;
    for produce in by_answer {
        let Some(artifact) = found.found.iter().find(|a| a.name == produce.name) else {
            if cut {
                let remedy = "put the artifact at the end of a shorter answer";
                malformed.push(
                    Finding::new("answer/too-long", TOO_LONG)
                        .at(Place::file(produce.path.as_str()))
                        .remedy(remedy),
                );
            }
            continue;
        };
        match write_inside(&spec.tree, &produce.path, artifact.text.as_bytes()) {
            Ok(()) => written = true,
            Err(e) => malformed.push(
                Finding::new("contract/unwritable", format!("it can't be written: {e}"))
                    .at(Place::file(produce.path.as_str())),
            ),
        }
    }
    written
}

/// In place: whether a file is the old one still, which nobody made in this attempt.
fn is_the_old_one(spec: &AttemptSpec, dir: &Path, produce: &Produce, bytes: &[u8]) -> bool {
    spec.is_in_place()
        && std::fs::read(dir.join("aside").join(&produce.name)).is_ok_and(|old| old == bytes)
}

/// Holds every artifact against its contract, and reads the verdict. `dir` is the attempt's folder;
/// those `by_answer` were written just now where they stood in it.
pub fn examine(spec: &AttemptSpec, dir: &Path, by_answer: &[&Produce]) -> Produced {
    let mut produced = Produced::default();
    let criteria: Vec<CriterionId> = spec.criteria.iter().map(|c| c.id.clone()).collect();
    for produce in &spec.stage.produces {
        let file = produce.path.as_str();
        let bytes = match read_inside(&spec.tree, &produce.path, LARGEST) {
            Ok(bytes) => bytes,
            Err(error) => {
                produced.any |= !matches!(error, ReadError::Missing { .. });
                produced.malformed.push(unreadable(produce, &error));
                continue;
            }
        };
        let answered = by_answer.iter().any(|p| p.name == produce.name);
        if !answered && is_the_old_one(spec, dir, produce, &bytes) {
            produced.malformed.push(
                Finding::new(
                    "contract/missing",
                    format!(
                        "`{}` is as it was before: it was not made anew",
                        produce.name
                    ),
                )
                .at(Place::file(file))
                .remedy("produce it anew, as the prompt says"),
            );
            continue;
        }
        produced.any = true;
        let Ok(text) = std::str::from_utf8(&bytes) else {
            produced.malformed.push(
                Finding::new(
                    "contract/not-text",
                    format!("`{}` is not UTF-8 text", produce.name),
                )
                .at(Place::file(file))
                .remedy("write it as plain markdown"),
            );
            continue;
        };
        let template = produce.template.as_ref().map(Template::parse);
        let named = produce.names_criteria.then_some(criteria.as_slice());
        let faults = contract::validate(template.as_ref(), text, file, named);
        if faults.is_empty() {
            produced.records.push(ArtifactRecord {
                name: produce.name.clone(),
                path: produce.path.clone(),
                digest: Digest::of(&bytes),
                bytes: bytes.len() as u64,
            });
        }
        produced.malformed.extend(faults);
        if spec.stage.verdict.as_deref() == Some(produce.name.as_str()) {
            match verdict::read(text, file, &criteria) {
                Ok(reviewed) => match reopens_nothing(spec, &reviewed, text, file) {
                    Some(fault) => produced.malformed.push(fault),
                    None => produced.reviewed = Some(reviewed),
                },
                Err(faults) => produced.malformed.extend(faults),
            }
        }
    }
    produced
}

/// What is wrong with a verdict that asks to reopen a stage which can't be.
fn reopens_nothing(
    spec: &AttemptSpec,
    reviewed: &Reviewed,
    text: &str,
    file: &str,
) -> Option<Finding> {
    let VerdictResult::Replan {
        stage: Some(stage), ..
    } = &reviewed.verdict.result
    else {
        return None;
    };
    if spec.reopens.is_empty() || spec.reopens.contains(stage) {
        return None;
    }
    let says = |line: &str| line.to_ascii_lowercase().contains("replan");
    let line = text.lines().position(says).unwrap_or(0) + 1;
    let known: Vec<&str> = spec.reopens.iter().map(StageId::as_str).collect();
    Some(
        Finding::new(
            "verdict/stage-unknown",
            format!("'{stage}' is no stage that can be reopened from here"),
        )
        .at(Place::line(file, u32::try_from(line).unwrap_or(u32::MAX)))
        .remedy(format!("name one of {}, or none", known.join(", "))),
    )
}

fn unreadable(produce: &Produce, error: &ReadError) -> Finding {
    let code = match error {
        ReadError::Missing { .. } => "contract/missing",
        _ => "contract/unreadable",
    };
    Finding::new(code, format!("`{}`: {error}", produce.name))
        .at(Place::file(produce.path.as_str()))
        .remedy("produce it as a regular file, or as the prompt says")
}

/// Writes a file of the tree; folders above it are made, and none may be a link.
fn write_inside(tree: &Path, path: &RepoPath, bytes: &[u8]) -> std::io::Result<()> {
    let target = path.under(tree);
    let parts: Vec<&str> = path.as_str().split('/').collect();
    let mut folder = tree.to_owned();
    for part in &parts[..parts.len() - 1] {
        folder.push(part);
        match std::fs::symlink_metadata(&folder) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => {
                let words = format!("{} is no folder", folder.display());
                return Err(std::io::Error::other(words));
            }
            Err(_) => std::fs::create_dir(&folder)?,
        }
    }
    ground::put(&target, bytes, 0o644)
}
