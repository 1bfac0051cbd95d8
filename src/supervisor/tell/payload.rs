//! What a command of `on:` is told on its standard input, and the schema of it.

use crate::engine::notice::Moment;
use crate::terms::usage::Total;
use crate::terms::{RunId, StageId, TaskId};
use crate::text::SafeText;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The version of this form: it rises when a field goes or means something else.
pub const VERSION: u32 = 1;

/// Why it is so, in six lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// What state it is in.
    pub what: String,
    /// The decisive fact.
    pub evidence: String,
    /// What was tried.
    pub tried: String,
    /// What of the work is kept, and where.
    pub kept: String,
    /// What a person does next on the screen.
    pub key: String,
    /// The command that does the same.
    pub command: String,
}

impl Words {
    /// Each with the word that leads it.
    pub fn lines(self) -> Vec<(String, String)> {
        let lines = [
            ("What", self.what),
            ("Evidence", self.evidence),
            ("Tried", self.tried),
            ("Kept", self.kept),
            ("Key", self.key),
            ("Command", self.command),
        ];
        lines.map(|(word, text)| (word.to_owned(), text)).to_vec()
    }

    /// The same with nothing in it that acts on a terminal.
    #[must_use]
    pub fn safe(self) -> Self {
        let safe = |text: String| SafeText::line(&text).into_string();
        Self {
            what: safe(self.what),
            evidence: safe(self.evidence),
            tried: safe(self.tried),
            kept: safe(self.kept),
            key: safe(self.key),
            command: safe(self.command),
        }
    }
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// What came to pass.
    pub event: String,
    /// The version of this form.
    pub version: u32,
    /// The same whenever this event is told.
    pub id: String,
    /// When it came to pass.
    pub at: Timestamp,
    /// The name of the checkout's folder.
    pub project: String,
    /// The checkout.
    pub home: String,
    /// The run.
    pub run: RunId,
    /// Its task.
    pub task: Option<TaskId>,
    /// The task's title.
    pub title: Option<String>,
    /// The stage that it is about.
    pub stage: Option<StageId>,
    /// The attempt that it came of.
    pub attempt: Option<String>,
    /// Why it is so, in six lines.
    pub why: Words,
    /// When the run goes on by itself.
    pub until: Option<Timestamp>,
    /// How much of the tightest limit of the budget is used.
    pub percent: Option<u64>,
    /// What the run cost so far, in US dollars.
    pub cost_usd: Option<f64>,
    /// The tokens that it used so far.
    pub tokens: Option<u64>,
    /// The address of its pull request.
    pub url: Option<String>,
}

impl Told {
    /// Cost and tokens as far as every attempt told them: a sum that lacks one is no sum, and what a plan
    /// pays for has no cost.
    #[must_use]
    pub fn with_usage(mut self, total: &Total) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "dollars")]
        let dollars = |micros: u64| micros as f64 / 1e6;
        let none_yet = (total.attempts == 0).then_some(0);
        self.cost_usd = none_yet.or_else(|| total.cost()).map(dollars);
        self.tokens = (total.tokens_unknown == 0).then_some(total.tokens);
        self
    }

    /// What a shell line gets of it without reading it: texts of one line each.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let task = self.task.as_ref().map(ToString::to_string);
        vec![
            ("HARNESS_EVENT", self.event.clone()),
            ("HARNESS_EVENT_ID", self.id.clone()),
            ("HARNESS_PROJECT", self.project.clone()),
            ("HARNESS_RUN", self.run.to_string()),
            ("HARNESS_TASK_ID", task.unwrap_or_default()),
            ("HARNESS_TITLE", self.title.clone().unwrap_or_default()),
            ("HARNESS_WHAT", self.why.what.clone()),
            ("HARNESS_EVIDENCE", self.why.evidence.clone()),
            ("HARNESS_COMMAND", self.why.command.clone()),
        ]
    }
}

/// The JSON Schema of an event.
pub fn schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let maybe = |kind: &str, doc: &str| json!({ "type": [kind, "null"], "description": doc });
    let time = |doc: &str| json!({ "type": ["string", "null"], "format": "date-time", "description": doc });
    let names: Vec<&str> = Moment::ALL.iter().map(|m| m.word()).collect();
    let lines = [
        ("what", "what state it is in"),
        (
            "evidence",
            "the decisive fact, with its place where it has one",
        ),
        ("tried", "what was tried"),
        ("kept", "what of the work is kept, and where"),
        ("key", "what a person does next on the screen"),
        ("command", "the command that does the same"),
    ];
    let words: serde_json::Map<String, Value> = lines
        .iter()
        .map(|(name, doc)| ((*name).to_owned(), text(doc)))
        .collect();
    let properties = json!({
        "event": { "enum": names, "description": "what came to pass" },
        "version": { "const": VERSION, "description": "the version of this form" },
        "id": text("the same whenever this event is told: twice is possible after a crash"),
        "at": { "type": "string", "format": "date-time", "description": "when it came to pass, in UTC" },
        "project": text("the name of the checkout's folder"),
        "home": text("the checkout"),
        "run": text("the run"),
        "task": maybe("string", "its task"),
        "title": maybe("string", "the task's title"),
        "stage": maybe("string", "the stage that it is about; null: the whole run"),
        "attempt": maybe("string", "the attempt that it came of"),
        "why": {
            "type": "object",
            "description": "why it is so: the six lines that `why` prints",
            "properties": words,
            "required": lines.map(|(name, _)| name),
        },
        "until": time("when the run goes on by itself: of quota"),
        "percent": maybe("integer", "how much of the tightest limit is used: of budget"),
        "cost_usd": maybe("number", "what the run cost so far; null: not all of it is known"),
        "tokens": maybe("integer", "the tokens that it used so far; null: not all are known"),
        "url": maybe("string", "the address of its pull request"),
    });
    let required: Vec<&String> = properties
        .as_object()
        .into_iter()
        .flat_map(|p| p.keys())
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of harness-tui, as a command of on: is told it",
        "type": "object",
        "required": required,
        "properties": properties,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::settings::keys::EVENTS;

    fn told() -> Told {
        Told {
            event: "gate".to_owned(),
            version: VERSION,
            id: "RUN-2026-01-02-T001:7:gate".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            project: "p".to_owned(),
            home: "/p".to_owned(),
            run: RunId::new("RUN-2026-01-02-T001").unwrap(),
            task: None,
            title: None,
            stage: None,
            attempt: None,
            why: Words::default(),
            until: None,
            percent: None,
            cost_usd: None,
            tokens: None,
            url: None,
        }
    }

    #[test]
    fn the_schema_names_every_field_and_every_event() {
        let schema = schema();
        let fields = serde_json::to_value(told()).unwrap();
        let names = |value: &Value| -> Vec<String> {
            let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        assert_eq!(names(&schema["properties"]), names(&fields));
        let why = &schema["properties"]["why"]["properties"];
        assert_eq!(names(why), names(&fields["why"]));
        let mut moments: Vec<&str> = Moment::ALL.iter().map(|m| m.word()).collect();
        let mut keys: Vec<&str> = EVENTS.fields.iter().map(|f| f.name).collect();
        moments.sort_unstable();
        keys.sort_unstable();
        assert_eq!(moments, keys);
    }

    #[test]
    fn a_sum_that_lacks_an_attempt_is_not_told() {
        let mut total = Total::default();
        let known = told().with_usage(&total);
        assert_eq!((known.cost_usd, known.tokens), (Some(0.0), Some(0)));
        total.attempts = 2;
        total.on_plan = 2;
        total.tokens = 5;
        let planned = told().with_usage(&total);
        assert_eq!((planned.cost_usd, planned.tokens), (None, Some(5)));
        total.on_plan = 1;
        total.cost_micros = 500_000;
        assert_eq!(told().with_usage(&total).cost_usd, Some(0.5));
        total.cost_unknown = 1;
        let unknown = told().with_usage(&total);
        assert_eq!((unknown.cost_usd, unknown.tokens), (None, Some(5)));
    }
}
