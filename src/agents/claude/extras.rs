//! What a profile brings back, as Claude Code takes it: MCP servers in a file of `--mcp-config`,
//! skills as a plugin of one session. Where no skill is named there is none at all.
//!
//! Hooks come with neither: `disableAllHooks` holds for a skill's own as well, and a line of a skill
//! that would run a command when the skill is read is left as text (see `permissions`).

use super::{refusal, text_of};
use crate::agents::brought::{Server, Skill};
use crate::agents::{CannotStart, File, Launch};
use serde_json::json;
use std::path::Path;

/// The plugin that skills come in; their names begin with it: `harness:review`.
pub(super) const PLUGIN: &str = "harness";

/// The arguments, variables and files that bring it back.
#[derive(Debug, Default)]
pub(super) struct Extras {
    pub(super) argv: Vec<String>,
    pub(super) env: Vec<(String, String)>,
    pub(super) files: Vec<File>,
}

pub(super) fn of(launch: &Launch<'_>) -> Result<Extras, CannotStart> {
    let brought = launch.brought;
    let (profile, named) = (launch.profile, &brought.servers);
    // Whoever made the order must have brought what the profile names, or refused to start.
    if profile.mcp.len() != named.len() || profile.skills.len() != brought.skills.len() {
        return Err(refusal(format!(
            "profile '{}' names MCP servers or skills that were not brought along; see mcp: and \
             skills: of it in harness.yaml",
            profile.name
        )));
    }
    let mut extras = Extras::default();
    extras.servers(&brought.servers, launch.agent_home)?;
    extras.skills(&brought.skills, launch.agent_home)?;
    Ok(extras)
}

impl Extras {
    fn servers(&mut self, servers: &[Server], home: &Path) -> Result<(), CannotStart> {
        if servers.is_empty() {
            return Ok(());
        }
        let all: serde_json::Map<_, _> = servers
            .iter()
            .map(|server| (server.name.clone(), server.declared.clone()))
            .collect();
        let path = home.join("mcp.json");
        self.argv
            .extend(["--mcp-config".to_owned(), text_of(&path)?]);
        self.files.push(File {
            path,
            bytes: json!({ "mcpServers": all }).to_string().into_bytes(),
            executable: false,
        });
        Ok(())
    }

    fn skills(&mut self, skills: &[Skill], home: &Path) -> Result<(), CannotStart> {
        if skills.is_empty() {
            self.argv.push("--disable-slash-commands".to_owned());
            return Ok(());
        }
        let plugin = home.join("skills");
        self.argv
            .extend(["--plugin-dir".to_owned(), text_of(&plugin)?]);
        // Those that come with the program were not named.
        let own = "CLAUDE_CODE_DISABLE_BUNDLED_SKILLS".to_owned();
        self.env.push((own, "1".to_owned()));
        let manifest = json!({
            "name": PLUGIN, "version": "1.0.0", "description": "What the profile names",
        });
        self.files.push(File {
            path: plugin.join(".claude-plugin/plugin.json"),
            bytes: manifest.to_string().into_bytes(),
            executable: false,
        });
        for skill in skills {
            let folder = plugin.join("skills").join(&skill.name);
            self.files.extend(skill.files.iter().map(|file| File {
                path: folder.join(&file.path),
                bytes: file.bytes.clone(),
                executable: file.executable,
            }));
        }
        Ok(())
    }
}

/// The tool that skills are read with, where some are named.
pub(super) fn tool(launch: &Launch<'_>) -> Option<&'static str> {
    (!launch.brought.skills.is_empty()).then_some("Skill")
}

/// The rules that let what was brought be used unasked: each skill, and each server's tools.
pub(super) fn rules(launch: &Launch<'_>) -> Vec<String> {
    let skills = launch.brought.skills.iter();
    let servers = launch.brought.servers.iter();
    skills
        .map(|skill| format!("Skill({PLUGIN}:{})", skill.name))
        .chain(servers.map(|server| format!("mcp__{}", in_tools(&server.name))))
        .collect()
}

/// A server's name as it stands in the names of its tools.
fn in_tools(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.chars()
        .map(|c| if plain(c) { c } else { '_' })
        .collect()
}
