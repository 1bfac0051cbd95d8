//! A project whose author follows a script, and keys that are counted.

use super::support::drive::record;
use super::support::project::{Project, put};
use super::support::terminal::Terminal;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Speaks as Claude Code does over its two pipes: what it is told is written down, what it says
/// lies ready in a file, a line a turn.
const AUTHOR: &str = r#"read -r greeting
printf '%s\n' '{"type":"control_response","response":{"subtype":"success","request_id":"harness-1","response":{}}}'
while read -r message; do
  printf '%s\n' "$message" >> HEARD
  cat SAYS
done
"#;

/// The recorded author's questions, then `turns` of a few words, then the draft.
pub fn many_turns(project: &Project, turns: usize) -> PathBuf {
    let folder = project.outside("recordings");
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example/recordings/dialogues/B010");
    let copy = |name: &str, to: String| {
        let text = std::fs::read_to_string(from.join(name)).unwrap();
        put(&folder.join(to), &text);
    };
    copy("author.1.1.jsonl", "author.1.1.jsonl".to_owned());
    for turn in 2..2 + turns {
        record(&folder.join(format!("author.{turn}.1.jsonl")), "Noted.");
    }
    copy("author.2.1.jsonl", format!("author.{}.1.jsonl", turns + 2));
    folder
}

/// An author of this project's own.
pub struct Author {
    heard: PathBuf,
    says: PathBuf,
    /// Its lines of harness.local.yaml.
    pub settings: String,
}

impl Author {
    /// Not started yet, and with nothing to say; its dialogue is that of T001.
    pub fn of(project: &Project) -> Self {
        // It may write nowhere but in its own folder.
        let dialogue = project.home().join(".git/harness/dialogues/T001");
        let (heard, says) = (dialogue.join("home/heard"), project.outside("says"));
        let script = AUTHOR
            .replace("HEARD", &heard.display().to_string())
            .replace("SAYS", &says.display().to_string());
        let path = project.outside("author.sh");
        put(&path, &script);
        Self {
            heard,
            says,
            settings: agent(&path),
        }
    }

    /// What it says in its next turn.
    pub fn says(&self, words: &str) {
        let result = json!({ "type": "result", "subtype": "success", "is_error": false,
            "session_id": "11111111-2222-4333-8444-555555555555", "result": words });
        put(&self.says, &format!("{result}\n"));
    }

    /// What it was told, turn by turn.
    pub fn heard(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.heard).unwrap_or_default();
        text.lines().map(words).collect()
    }
}

/// The words of a message as the program wrote it.
fn words(line: &str) -> String {
    let message: Value = serde_json::from_str(line).unwrap();
    let content = &message["message"]["content"];
    let parts = content.as_array().into_iter().flatten();
    let parts: Vec<&str> = parts.filter_map(|p| p["text"].as_str()).collect();
    match content.as_str() {
        Some(text) => text.to_owned(),
        None => parts.join("\n"),
    }
}

/// A program in a shell script that is started as Claude Code would be.
pub fn agent(script: &Path) -> String {
    format!(
        "  - name: scripted\n    driver: claude\n    command: [/bin/sh, \"{}\"]\n    capabilities: [author]\n",
        script.display()
    )
}

/// What the program needs to start it.
pub const KEY: [(&str, &str); 2] = [
    ("ANTHROPIC_API_KEY", "sk-ant-scripted-key"),
    ("HARNESS_REPLAY_SPEED", "0"),
];

/// The workbench on a screen of 120 columns.
pub fn open(project: &Project) -> Terminal {
    Terminal::within(project, &[], (120, 35), &KEY)
}

/// The same with this item of the backlog chosen.
pub fn at(project: &Project, item: &str) -> Terminal {
    let mut terminal = open(project);
    terminal.until("B010");
    terminal.types(&format!("/{item}\r"));
    terminal.until("1 of 3");
    terminal
}

/// Leaves as a person does.
pub fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}
