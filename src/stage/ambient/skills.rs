//! Skills: folders that hold a `SKILL.md`, with what belongs to it.

use super::CannotBring;
use crate::agents::brought::{Skill, SkillFile};
use crate::terms::Digest;
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The file that makes a folder a skill.
const FILE: &str = "SKILL.md";
/// How many files a skill may have.
const MAX_FILES: usize = 200;
/// How many bytes all of them may have.
const MAX_BYTES: u64 = 4 * 1024 * 1024;
/// How deep its folders may go.
const MAX_DEPTH: usize = 8;
/// How many skills are looked at.
const MAX_SKILLS: usize = 1000;

/// A folder of skills.
pub(super) struct Root {
    /// Where it is.
    pub(super) folder: PathBuf,
    /// How people are told of it.
    pub(super) told: String,
    /// The folder that everything in it must lie in; `None`: the user's own may lie anywhere.
    pub(super) within: Option<PathBuf>,
}

impl Root {
    /// The folder of a skill, if one is there that may be read.
    fn holds(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.join(name);
        let there = folder.join(FILE).is_file();
        let inside = self.within.as_ref().is_none_or(|within| {
            let real = (folder.canonicalize(), within.canonicalize());
            matches!(real, (Ok(folder), Ok(within)) if folder.starts_with(&within))
        });
        (there && inside).then_some(folder)
    }
}

/// The names of the skills in a folder.
pub(super) fn names(root: &Root) -> Vec<String> {
    let entries = std::fs::read_dir(&root.folder)
        .into_iter()
        .flatten()
        .flatten();
    entries
        .take(MAX_SKILLS)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| root.holds(name).is_some())
        .collect()
}

/// The skill of this name; `None`: the folder has none.
pub(super) fn read(root: &Root, name: &str) -> Result<Option<Skill>, CannotBring> {
    let from = format!("{}/{name}", root.told);
    let unreadable = |why: String| CannotBring::Unreadable {
        what: format!("the skill {from}"),
        why,
    };
    let plain = !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if !plain {
        return Ok(None);
    }
    let Some(folder) = root.holds(name) else {
        return Ok(None);
    };
    let mut gathering = Gathering::default();
    gathering.folder(&folder, "", 0).map_err(unreadable)?;
    let mut files = gathering.files;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let listed: Vec<String> = files
        .iter()
        .map(|f| format!("{}\0{}\0{}", f.path, f.executable, Digest::of(&f.bytes)))
        .collect();
    Ok(Some(Skill {
        name: name.to_owned(),
        from,
        files,
        digest: Digest::of(listed.join("\n")),
    }))
}

#[derive(Default)]
struct Gathering {
    files: Vec<SkillFile>,
    bytes: u64,
}

impl Gathering {
    fn folder(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("its folders are nested more than {MAX_DEPTH} deep"));
        }
        let entries = std::fs::read_dir(folder).map_err(|e| e.to_string())?;
        for entry in entries {
            let entry = entry.map_err(|e| e.to_string())?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err("a name in it is not UTF-8; rename it".to_owned());
            };
            let path = format!("{below}{name}");
            let kind = entry.file_type().map_err(|e| e.to_string())?;
            if kind.is_dir() {
                self.folder(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if kind.is_file() {
                self.file(&entry.path(), path)?;
            } else {
                return Err(format!(
                    "{path} is neither a file nor a folder; put a regular file there"
                ));
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &Path, path: String) -> Result<(), String> {
        if self.files.len() == MAX_FILES {
            return Err(format!("it has more than {MAX_FILES} files"));
        }
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        let file = std::fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags.bits().cast_signed())
            .open(file)
            .map_err(|e| format!("{path}: {e}"))?;
        let meta = file.metadata().map_err(|e| format!("{path}: {e}"))?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES - self.bytes + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| format!("{path}: {e}"))?;
        self.bytes += bytes.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(format!(
                "it holds more than {} MiB",
                MAX_BYTES / 1024 / 1024
            ));
        }
        self.files.push(SkillFile {
            path,
            bytes,
            executable: meta.permissions().mode() & 0o111 != 0,
        });
        Ok(())
    }
}
