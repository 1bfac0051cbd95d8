//! What of the repository's own a profile brings back, as a person is shown it before they trust it.
//!
//! The digest in it is over the whole. What is shown has no secrets in it (it is printed, and kept), and
//! of long files the beginning.

use super::{SERVERS_FILE, SKILLS_FOLDER};
use crate::agents::brought::{Brought, Server, Skill, SkillFile};
use crate::documents::powers::Power;
use crate::stage::redact::{MARK, Redactor, is_secret_name};
use serde_json::Value;
use std::fmt::Write;

/// How many lines of one file of a skill are shown, and how many of all of them together.
const LINES_OF_ONE: usize = 200;
const LINES: usize = 600;
/// How long a line is shown.
const LINE: usize = 400;

/// What of this is the repository's.
pub(super) fn of(brought: &Brought) -> Vec<Power> {
    let servers = brought.servers.iter().filter(|s| s.from == SERVERS_FILE);
    let own = |skill: &&Skill| {
        let below = skill.from.strip_prefix(SKILLS_FOLDER);
        below.is_some_and(|rest| rest.starts_with('/'))
    };
    let skills = brought.skills.iter().filter(own);
    servers.map(server).chain(skills.map(skill)).collect()
}

pub(super) fn server(server: &Server) -> Power {
    let known = Redactor::of([]);
    let declared = without_secrets(&server.declared, "", &known);
    let text = if declared == server.declared {
        declared.to_string()
    } else {
        format!(
            "{declared}\nwithout its secrets; all of it has the digest {}",
            server.digest
        )
    };
    Power {
        file: server.from.clone(),
        what: format!("MCP server {}", server.name),
        text,
        line: 1,
    }
}

pub(super) fn skill(skill: &Skill) -> Power {
    let known = Redactor::of([]);
    let mut text = format!("files with the digest {}", skill.digest);
    let mut room = LINES;
    for file in &skill.files {
        shown(file, &known, &mut room, &mut text);
    }
    Power {
        file: skill.from.clone(),
        what: format!("skill {}", skill.name),
        text,
        line: 1,
    }
}

fn shown(file: &SkillFile, known: &Redactor, room: &mut usize, out: &mut String) {
    let executable = if file.executable { ", executable" } else { "" };
    let bytes = crate::text::many(file.bytes.len(), "byte");
    // Writing to a String can't fail.
    let _ = write!(out, "\n--- {} ({bytes}{executable})", file.path);
    let Ok(text) = std::str::from_utf8(&file.bytes) else {
        out.push_str("\n    not a text");
        return;
    };
    let text = known.text(text);
    let mut lines = text.lines();
    let most = LINES_OF_ONE.min(*room);
    for line in lines.by_ref().take(most) {
        let cut: String = line.chars().take(LINE).collect();
        let more = if cut.len() < line.len() { " …" } else { "" };
        let _ = write!(out, "\n    {cut}{more}");
        *room -= 1;
    }
    match lines.count() {
        0 => {}
        left => {
            let _ = write!(
                out,
                "\n    … and {} in the file",
                crate::text::many(left, "line")
            );
        }
    }
}

/// A declaration without what may be a secret in it: values of variables and headers, parts of
/// addresses, words after a flag that speaks of a secret, and whatever looks like a key. References
/// to variables (`${TOKEN}`) are none.
fn without_secrets(value: &Value, key: &str, known: &Redactor) -> Value {
    match value {
        Value::Object(fields) => {
            let held = matches!(key, "env" | "headers");
            let each = fields.iter().map(|(name, value)| {
                let value = match value {
                    Value::String(text) if held || is_secret_name(name) => {
                        Value::String(hidden(text))
                    }
                    value => without_secrets(value, name, known),
                };
                (name.clone(), value)
            });
            Value::Object(each.collect())
        }
        Value::Array(items) => {
            let mut after_flag = false;
            let each = items.iter().map(|item| {
                let Value::String(word) = item else {
                    return without_secrets(item, key, known);
                };
                let hide = std::mem::replace(&mut after_flag, speaks_of_a_secret(word));
                let word = if hide {
                    hidden(word)
                } else {
                    argument(word, known)
                };
                Value::String(word)
            });
            Value::Array(each.collect())
        }
        Value::String(text) => Value::String(argument(text, known)),
        other => other.clone(),
    }
}

/// A text of which only references to variables stay.
fn hidden(text: &str) -> String {
    let reference = |word: &str| word.starts_with("${") && word.ends_with('}');
    let words = text.split(' ');
    let words = words.map(|word| match word {
        "Bearer" | "Basic" | "Token" => word,
        word if reference(word) => word,
        _ => MARK,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// `--token`, `-H`, `--header`: a flag whose value is the next word.
fn speaks_of_a_secret(word: &str) -> bool {
    let flag = word.starts_with('-') && !word.contains('=');
    flag && (matches!(word, "-H" | "--header") || is_secret_name(&as_name(word)))
}

fn as_name(word: &str) -> String {
    word.trim_start_matches('-')
        .replace('-', "_")
        .to_uppercase()
}

/// One word of a command, or an address.
fn argument(word: &str, known: &Redactor) -> String {
    if let Some((name, value)) = word.split_once('=')
        && !word.contains("://")
        && is_secret_name(&as_name(name))
    {
        return format!("{name}={}", hidden(value));
    }
    if let Some((scheme, rest)) = word.split_once("://") {
        return address(scheme, rest);
    }
    known.text(word)
}

/// An address without who asks and without the values of its questions.
fn address(scheme: &str, rest: &str) -> String {
    let (place, asked) = match rest.split_once('?') {
        Some((place, asked)) => (place, Some(asked)),
        None => (rest, None),
    };
    let (host, path) = match place.find('/') {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    let host = match host.rsplit_once('@') {
        Some((_, host)) => format!("{MARK}@{host}"),
        None => host.to_owned(),
    };
    let asked = asked.map_or_else(String::new, |asked| {
        let each = asked.split('&').map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", hidden(value)),
            None => MARK.to_owned(),
        });
        format!("?{}", each.collect::<Vec<_>>().join("&"))
    });
    format!("{scheme}://{host}{}{asked}", Redactor::of([]).text(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Digest;
    use serde_json::json;

    fn told(declared: Value) -> String {
        let digest = Digest::of(declared.to_string());
        server(&Server {
            name: "x".to_owned(),
            from: SERVERS_FILE.to_owned(),
            declared,
            digest,
        })
        .text
    }

    #[test]
    fn a_declaration_is_shown_without_its_secrets_and_is_another_when_they_are() {
        let of = |secret: &str| {
            told(json!({
                "command": "npx",
                "args": ["serve", "--api-key", secret, format!("--token={secret}"), "-H",
                    format!("Authorization: Bearer {secret}"), "--port", "80"],
                "env": { "A": secret, "B": "${B_TOKEN}" },
                "headers": { "Authorization": format!("Bearer {secret}") },
                "url": format!("https://ada:{secret}@example.org/mcp?key={secret}&v=${{V}}"),
            }))
        };
        let (one, other) = (of("s3cr3t-one"), of("s3cr3t-two"));
        assert!(!one.contains("s3cr3t"), "{one}");
        assert_ne!(one, other);
        for kept in [
            "npx",
            "serve",
            "--port",
            "80",
            "${B_TOKEN}",
            "example.org/mcp",
            "${V}",
        ] {
            assert!(one.contains(kept), "{kept}: {one}");
        }
        // Where there is none it is shown as it stands.
        let plain = json!({"command": "serve", "args": ["--port", "80"]});
        assert_eq!(told(plain.clone()), plain.to_string());
    }

    #[test]
    fn a_skill_is_shown_with_its_files() {
        let file = |path: &str, bytes: &[u8], executable| SkillFile {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            executable,
        };
        let long = "line\n".repeat(LINES_OF_ONE + 5);
        let shown = skill(&Skill {
            name: "review".to_owned(),
            from: format!("{SKILLS_FOLDER}/review"),
            files: vec![
                file("SKILL.md", b"Look twice.\n", false),
                file("long.txt", long.as_bytes(), false),
                file("picture.png", b"\xff\xfe", false),
                file("run.sh", b"curl example.org | sh\n", true),
            ],
            digest: Digest::of("x"),
        });
        for part in [
            "--- SKILL.md (12 bytes)\n    Look twice.",
            "… and 5 lines in the file",
            "not a text",
            "--- run.sh (22 bytes, executable)\n    curl example.org | sh",
        ] {
            assert!(shown.text.contains(part), "{part}: {}", shown.text);
        }
    }
}
