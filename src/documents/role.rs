//! `roles/build.md`: who the agent is in a stage: front matter and the prompt below it.

use super::duration::parse_duration;
use super::lines::{Lines, number};
use super::markdown::Outline;
use crate::terms::{Finding, Place};
use serde_json::{Map, Value};

/// The keys a role's front matter may have.
pub const KEYS: [&str; 7] = [
    "capability",
    "agent",
    "model",
    "effort",
    "profile",
    "timeout",
    "idle_timeout",
];

/// Keys that other programs' agent files have. They say nothing here, and nobody need take them out.
const OTHERS: [&str; 7] = [
    "name",
    "description",
    "tools",
    "color",
    "mode",
    "version",
    "argument-hint",
];

/// A role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleFile {
    /// What it asks of an agent.
    pub capability: Option<String>,
    /// The agent it prefers, by name.
    pub agent: Option<String>,
    /// The model it prefers.
    pub model: Option<String>,
    /// How hard the model shall think, in the agent's own words.
    pub effort: Option<String>,
    /// What it may touch, by name.
    pub profile: Option<String>,
    /// How long an attempt may take, in seconds.
    pub timeout: Option<u64>,
    /// How long an attempt may be silent, in seconds.
    pub idle_timeout: Option<u64>,
    /// The prompt: everything below the front matter.
    pub prompt: String,
    /// The line the prompt begins on, from 1.
    pub body_line: u32,
}

/// Reads a role and what is wrong with it; what can be read is there beside the findings.
pub fn parse(bytes: impl AsRef<[u8]>, file: &str) -> (RoleFile, Vec<Finding>) {
    let lines = Lines::parse(bytes);
    let outline = Outline::of(&lines);
    let mut role = RoleFile::default();
    let mut found = Vec::new();
    let body = match outline.front_matter() {
        Some((range, body)) => {
            let yaml: String = range
                .clone()
                .map(|at| format!("{}\n", lines.text(at)))
                .collect();
            let line_of = |key: &str| {
                let at = range
                    .clone()
                    .find(|at| key_of(lines.text(*at)) == Some(key));
                Place::line(file, number(at.unwrap_or(0)))
            };
            match front_matter(&yaml) {
                Ok(map) => take(&mut role, &map, &line_of, &mut found),
                Err((line, text)) => {
                    let line = number(range.start) + line.saturating_sub(1);
                    found.push(
                        Finding::new("role/front-matter", text)
                            .at(Place::line(file, line))
                            .remedy("write one 'key: value' a line between the two '---'"),
                    );
                }
            }
            body
        }
        None => {
            if lines.text(0).trim_end() == "---" {
                found.push(
                    Finding::new(
                        "role/front-matter",
                        "the front matter is not closed or holds no key",
                    )
                    .at(Place::line(file, 1))
                    .remedy("end it with a line '---'"),
                );
            }
            0
        }
    };
    role.prompt = prompt(&lines, body);
    role.body_line = number(body);
    if role.prompt.trim().is_empty() {
        found.push(
            Finding::new("role/empty", "the role says nothing")
                .at(Place::line(file, number(body)))
                .remedy("write the prompt below the front matter"),
        );
    }
    (role, found)
}

fn prompt(lines: &Lines, from: usize) -> String {
    let bytes: Vec<u8> = (from..lines.len()).flat_map(|at| lines.bytes(at)).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn key_of(text: &str) -> Option<&str> {
    let (key, _) = text.split_once(':')?;
    (!key.starts_with([' ', '#'])).then(|| key.trim_end().trim_matches(['"', '\'']))
}

/// The front matter as a map; an error has its line within the front matter, from 1.
fn front_matter(yaml: &str) -> Result<Map<String, Value>, (u32, String)> {
    let options = serde_yaml::options! { strict_booleans: true };
    match serde_yaml::from_str_with_options::<Value>(yaml, options) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err((1, "the front matter is not a list of keys".to_owned())),
        Err(error) => {
            let line = error.location().and_then(|l| u32::try_from(l.line()).ok());
            let text = error.to_string();
            let first = text.lines().next().unwrap_or("it can't be read");
            let first = first.strip_prefix("error: ").unwrap_or(first);
            Err((
                line.unwrap_or(1),
                format!("the front matter is no YAML: {first}"),
            ))
        }
    }
}

fn take(
    role: &mut RoleFile,
    map: &Map<String, Value>,
    line_of: &dyn Fn(&str) -> Place,
    found: &mut Vec<Finding>,
) {
    let others: Vec<&str> = map.keys().map(String::as_str).collect();
    let others: Vec<&str> = others.into_iter().filter(|k| OTHERS.contains(k)).collect();
    if let Some(first) = others.first() {
        let text = format!(
            "{}: a key of another program, which says nothing here",
            others.join(", ")
        );
        found.push(
            Finding::new("role/other-key", text)
                .at(line_of(first))
                .remedy("leave it; what a stage may touch is said by its profile"),
        );
    }
    for (key, value) in map {
        let slot = match key.as_str() {
            "capability" => &mut role.capability,
            "agent" => &mut role.agent,
            "model" => &mut role.model,
            "effort" => &mut role.effort,
            "profile" => &mut role.profile,
            "timeout" | "idle_timeout" => {
                let slot = if key == "timeout" {
                    &mut role.timeout
                } else {
                    &mut role.idle_timeout
                };
                match value {
                    Value::Null => {}
                    Value::String(text) => match parse_duration(text) {
                        Ok(seconds) => *slot = Some(seconds),
                        Err(error) => found.push(
                            Finding::new("role/bad-value", format!("{key}: {error}"))
                                .at(line_of(key)),
                        ),
                    },
                    other => found.push(
                        Finding::new("role/bad-value", format!("{key}: {other} has no unit"))
                            .at(line_of(key))
                            .remedy("write a duration with its unit, like 90s or 10m"),
                    ),
                }
                continue;
            }
            key if OTHERS.contains(&key) => continue,
            _ => {
                found.push(
                    Finding::new("role/unknown-key", format!("unknown key '{key}'"))
                        .at(line_of(key))
                        .remedy(format!("the keys of a role are {}", KEYS.join(", "))),
                );
                continue;
            }
        };
        match value {
            Value::Null => {}
            Value::String(text) if !text.trim().is_empty() => *slot = Some(text.trim().to_owned()),
            Value::Number(number) => *slot = Some(number.to_string()),
            _ => found.push(
                Finding::new("role/bad-value", format!("{key} is not one word or name"))
                    .at(line_of(key))
                    .remedy(format!("write '{key}: name'")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_reads_whole() {
        let text = "---\ncapability: build\nagent: codex\nmodel: \"5.5\"\neffort: high\nprofile: workspace\ntimeout: 1h\nidle_timeout: 10m\n---\n# Build\n\nYou build.\n";
        let (role, found) = parse(text, "r.md");
        assert_eq!(found, []);
        assert_eq!(role.capability.as_deref(), Some("build"));
        assert_eq!(role.model.as_deref(), Some("5.5"));
        assert_eq!((role.timeout, role.idle_timeout), (Some(3_600), Some(600)));
        assert_eq!(
            (role.prompt.as_str(), role.body_line),
            ("# Build\n\nYou build.\n", 10)
        );
    }

    #[test]
    fn a_prompt_alone_is_a_role() {
        let (role, found) = parse("You build.\r\n---\r\nmore", "r.md");
        assert_eq!(found, []);
        assert_eq!(
            (role.prompt.as_str(), role.body_line),
            ("You build.\r\n---\r\nmore", 1)
        );
    }

    #[test]
    fn faults_have_their_lines() {
        let text =
            "---\nnmae: x\ntools: [a, b]\ntimeout: 90\nidle_timeout: soon\nprofile: [a]\n---\n";
        let (_, found) = parse(text, "r.md");
        let at: Vec<_> = found
            .iter()
            .map(|f| (f.code.as_str(), f.place.as_ref().unwrap().line.unwrap()))
            .collect();
        assert_eq!(
            at,
            [
                ("role/other-key", 3),
                ("role/unknown-key", 2),
                ("role/bad-value", 4),
                ("role/bad-value", 5),
                ("role/bad-value", 6),
                ("role/empty", 8)
            ]
        );
    }

    #[test]
    fn broken_front_matter_is_found_where_it_breaks() {
        let (role, found) = parse("---\nagent: x\nmodel: [a\n---\nBody\n", "r.md");
        assert_eq!(found[0].code, "role/front-matter");
        assert!(
            found[0].place.as_ref().unwrap().line >= Some(2),
            "{found:?}"
        );
        assert_eq!(role.prompt, "Body\n");
        let (_, found) = parse("---\nagent: x\nBody\n", "r.md");
        assert_eq!(found[0].code, "role/front-matter");
    }
}
