//! What a profile brings back by name of an agent's ambient configuration, read and ready to be
//! given: MCP servers and skills. Instructions go into the prompt, for every agent alike.

use crate::terms::Digest;

/// What is given to one start of an agent; without any it starts with nothing of the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brought {
    /// MCP servers, in the order in which they are named.
    pub servers: Vec<Server>,
    /// Skills, in the order in which they are named.
    pub skills: Vec<Skill>,
}

/// An MCP server as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// The file that declares it, for people.
    pub from: String,
    /// Its declaration: what stands under its name in `mcpServers`.
    pub declared: serde_json::Value,
    /// The digest of the declaration.
    pub digest: Digest,
}

/// A skill: a folder with a `SKILL.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Its name, that of its folder.
    pub name: String,
    /// Its folder, for people.
    pub from: String,
    /// Its files, each by its path below the folder, sorted.
    pub files: Vec<SkillFile>,
    /// The digest of all its files with their paths.
    pub digest: Digest,
}

/// A file of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillFile {
    /// Its path below the skill's folder, with `/`.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// Whether it may be executed.
    pub executable: bool,
}

impl Brought {
    /// A line for each, as the top of `prompt.md` lists them: what, name, where from, digest.
    pub fn told(&self) -> Vec<String> {
        let line = |what: &str, name: &str, from: &str, digest: &Digest| {
            format!("{what}: {name} ({from}) {}", digest.short())
        };
        let servers = self.servers.iter();
        let skills = self.skills.iter();
        servers
            .map(|s| line("MCP server", &s.name, &s.from, &s.digest))
            .chain(skills.map(|s| line("skill", &s.name, &s.from, &s.digest)))
            .collect()
    }
}
