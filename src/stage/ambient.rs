//! What of the ambient configuration a profile may bring back by name, where it lies, and what it
//! holds: instruction files, MCP servers, skills.
//!
//! All of it is read in the checkout that the run was started from, never in the run's tree: what an
//! agent writes there must not become the next one's instructions, nor a program that is started for
//! it. A name is looked for in the repository first and then in what the user has:
//!
//! | what | in the repository | of the user |
//! | --- | --- | --- |
//! | skill | `.claude/skills/NAME/SKILL.md` | `~/.claude/skills/NAME/SKILL.md` |
//! | MCP server | `.mcp.json` | `~/.claude.json`: what holds for this checkout, then for all |
//!
//! `CLAUDE_CONFIG_DIR` moves the user's, as it does for Claude Code. Nothing is started here, and what
//! a repository has must lie in it: no link leads out.

mod shown;
mod skills;

use crate::agents::brought::{Brought, Server};
use crate::documents::powers::Power;
use crate::engine::plan::Profile;
use crate::engine::resolve::Nameable;
use crate::store::inside::{ReadError, read_inside};
use crate::terms::{Digest, RepoPath};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file of a repository that declares its MCP servers.
pub const SERVERS_FILE: &str = ".mcp.json";
/// The folder of a repository that holds its skills.
pub const SKILLS_FOLDER: &str = ".claude/skills";

/// Largest file that declares servers, in bytes. The user's holds much else too.
const MAX_DECLARING: u64 = 16 * 1024 * 1024;
/// Largest file of instructions that is looked at, in bytes.
const MAX_INSTRUCTIONS: u64 = 4 * 1024 * 1024;

/// Where things are looked for.
#[derive(Debug, Clone)]
pub struct Ambient {
    checkout: PathBuf,
    /// The user's folder of Claude Code and the file beside it; `None`: there is no home.
    user: Option<(PathBuf, PathBuf)>,
}

/// Why something can't be brought back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CannotBring {
    /// No such MCP server is declared.
    #[error(
        "the MCP server '{0}' is declared neither in .mcp.json of this checkout nor by the user; \
         declare it there (`claude mcp add`), or take it out of mcp:"
    )]
    NoServer(String),
    /// No such skill is there.
    #[error(
        "the skill '{0}' is neither in .claude/skills of this checkout nor among the user's; put \
         {0}/SKILL.md there, or take it out of skills:"
    )]
    NoSkill(String),
    /// It is not what was trusted when the attempt was ordered.
    #[error(
        "the {what} of {file} is not what was trusted when this began; look at it with \
         `harness-tui trust`, and begin again"
    )]
    Other {
        /// What.
        what: String,
        /// Its file.
        file: String,
    },
    /// It can't be read or understood.
    #[error("{what} can't be brought back: {why}")]
    Unreadable {
        /// What.
        what: String,
        /// Why, and what to do.
        why: String,
    },
}

/// What of this is the repository's own, as a person is shown it.
pub fn powers_of(brought: &Brought) -> Vec<Power> {
    shown::of(brought)
}

impl Ambient {
    /// What this checkout and the user of this environment have.
    pub fn of(checkout: &Path, user_env: &BTreeMap<String, String>) -> Self {
        let set = |name: &str| user_env.get(name).filter(|v| !v.is_empty());
        let user = match (set("CLAUDE_CONFIG_DIR"), set("HOME")) {
            (Some(folder), _) => {
                let folder = PathBuf::from(folder);
                let file = folder.join(".claude.json");
                Some((folder, file))
            }
            (None, Some(home)) => {
                let home = Path::new(home);
                Some((home.join(".claude"), home.join(".claude.json")))
            }
            (None, None) => None,
        };
        Self {
            checkout: checkout.to_owned(),
            user,
        }
    }

    /// Everything that could be named. What can't be read has no names.
    pub fn names(&self) -> Nameable {
        let mut names = Nameable::default();
        for (_, servers) in self.declarations().into_iter().flatten() {
            names.servers.extend(servers.keys().cloned());
        }
        for folder in self.skill_roots() {
            names.skills.extend(skills::names(&folder));
        }
        names
    }

    /// What this profile brings back beside instructions.
    pub fn brought(&self, profile: &Profile) -> Result<Brought, CannotBring> {
        let servers = profile.mcp.iter().map(|name| self.server(name));
        let skills = profile.skills.iter().map(|name| self.skill(name));
        Ok(Brought {
            servers: servers.collect::<Result<_, _>>()?,
            skills: skills.collect::<Result<_, _>>()?,
        })
    }

    /// The text of a file of instructions; `None`: there is none.
    pub fn instructions(&self, path: &RepoPath, max: u64) -> Result<Option<Vec<u8>>, ReadError> {
        match read_inside(&self.checkout, path, max) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// Whether this file of instructions is not there. What can't be read is told when it is.
    pub fn lacks(&self, path: &RepoPath) -> bool {
        matches!(self.instructions(path, MAX_INSTRUCTIONS), Ok(None))
    }

    /// The digest of each thing that this profile brings back, by the name that people are told:
    /// `instructions CLAUDE.md`, `MCP server linear`, `skill review`. What is not there, or can't be
    /// read, has one too: that it comes or goes is a change.
    pub fn digests(&self, profile: &Profile) -> BTreeMap<String, Digest> {
        let mut digests = BTreeMap::new();
        for path in &profile.instructions {
            let digest = match self.instructions(path, MAX_INSTRUCTIONS) {
                Ok(Some(bytes)) => Digest::of(bytes),
                Ok(None) => Digest::of("not there"),
                Err(e) => Digest::of(e.to_string()),
            };
            digests.insert(format!("instructions {path}"), digest);
        }
        for name in &profile.mcp {
            let digest = self.server(name).map_or_else(|e| missing(&e), |s| s.digest);
            digests.insert(format!("MCP server {name}"), digest);
        }
        for name in &profile.skills {
            let digest = self.skill(name).map_or_else(|e| missing(&e), |s| s.digest);
            digests.insert(format!("skill {name}"), digest);
        }
        digests
    }

    /// What of the repository's own these names bring back, and so have run or let in: what a person
    /// trusts first. The user's own are theirs.
    pub fn powers<'n>(
        &self,
        mcp: impl Iterator<Item = &'n str>,
        skills: impl Iterator<Item = &'n str>,
    ) -> Vec<Power> {
        let own = Self {
            checkout: self.checkout.clone(),
            user: None,
        };
        let servers = mcp.filter_map(|name| own.server(name).ok());
        let skills = skills.filter_map(|name| own.skill(name).ok());
        let servers = servers.map(|s| shown::server(&s));
        servers.chain(skills.map(|s| shown::skill(&s))).collect()
    }

    /// What this profile brings back, where all of it that is the repository's own is among what was
    /// trusted. What was looked at is what is given: nothing is read once more.
    pub fn trusted(&self, profile: &Profile, trusted: &[Power]) -> Result<Brought, CannotBring> {
        let brought = self.brought(profile)?;
        match { powers_of(&brought) }
            .iter()
            .find(|p| !trusted.iter().any(|t| t.is(p)))
        {
            None => Ok(brought),
            Some(power) => Err(CannotBring::Other {
                what: power.what.clone(),
                file: power.file.clone(),
            }),
        }
    }

    fn skill(&self, name: &str) -> Result<crate::agents::brought::Skill, CannotBring> {
        for folder in self.skill_roots() {
            if let Some(skill) = skills::read(&folder, name)? {
                return Ok(skill);
            }
        }
        Err(CannotBring::NoSkill(name.to_owned()))
    }

    fn skill_roots(&self) -> Vec<skills::Root> {
        let own = skills::Root {
            folder: self.checkout.join(SKILLS_FOLDER),
            told: SKILLS_FOLDER.to_owned(),
            within: Some(self.checkout.clone()),
        };
        let user = self.user.iter().map(|(folder, _)| {
            let root = folder.join("skills");
            let told = root.display().to_string();
            skills::Root {
                folder: root,
                told,
                within: None,
            }
        });
        std::iter::once(own).chain(user).collect()
    }

    fn server(&self, name: &str) -> Result<Server, CannotBring> {
        for declared in self.declarations() {
            let (from, mut servers) = declared?;
            if let Some(declared) = servers.remove(name) {
                let digest = Digest::of(declared.to_string());
                return Ok(Server {
                    name: name.to_owned(),
                    from,
                    declared,
                    digest,
                });
            }
        }
        Err(CannotBring::NoServer(name.to_owned()))
    }

    /// The servers that are declared, file by file, in the order in which they are looked through.
    fn declarations(&self) -> Vec<Result<Declared, CannotBring>> {
        let mut all = Vec::new();
        let own = self.checkout.join(SERVERS_FILE);
        all.extend(
            document(&own, SERVERS_FILE).map(|d| d.map(|d| (SERVERS_FILE.to_owned(), servers(&d)))),
        );
        let Some((_, file)) = &self.user else {
            return all;
        };
        let told = file.display().to_string();
        match document(file, &told) {
            None => {}
            Some(Err(e)) => all.push(Err(e)),
            Some(Ok(document)) => {
                let here = self.checkout.to_string_lossy();
                all.push(Ok((told.clone(), servers(&document["projects"][&*here]))));
                all.push(Ok((told, servers(&document))));
            }
        }
        all
    }
}

/// A file for people, and the servers that it declares by name.
type Declared = (String, BTreeMap<String, Value>);

fn servers(document: &Value) -> BTreeMap<String, Value> {
    let declared = document["mcpServers"].as_object();
    let declared = declared.into_iter().flatten();
    declared
        .filter(|(_, server)| server.is_object())
        .map(|(name, server)| (name.clone(), server.clone()))
        .collect()
}

/// A file of JSON; `None`: it is not there.
fn document(path: &Path, told: &str) -> Option<Result<Value, CannotBring>> {
    use std::io::Read;
    use std::os::unix::fs::OpenOptionsExt;
    let unreadable = |why: String| CannotBring::Unreadable {
        what: format!("what {told} declares"),
        why,
    };
    let opened = std::fs::OpenOptions::new()
        .read(true)
        // A pipe in its place is not waited for.
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
        .open(path);
    let file = match opened {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return None,
        Err(e) => return Some(Err(unreadable(format!("{e}; see to its permissions")))),
    };
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return Some(Err(unreadable("it is no file".to_owned())));
    }
    let mut text = Vec::new();
    let read = file.take(MAX_DECLARING + 1).read_to_end(&mut text);
    Some(match read {
        Err(e) => Err(unreadable(e.to_string())),
        Ok(_) if text.len() as u64 > MAX_DECLARING => Err(unreadable(format!(
            "it is larger than {} MiB",
            MAX_DECLARING / 1024 / 1024
        ))),
        Ok(_) => serde_json::from_slice(&text)
            .map_err(|e| unreadable(format!("it is no JSON: {e}; mend it"))),
    })
}

fn missing(cannot: &CannotBring) -> Digest {
    Digest::of(cannot.to_string())
}

#[cfg(test)]
mod tests;
