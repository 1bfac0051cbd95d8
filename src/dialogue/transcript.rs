//! What was said and done in a dialogue, in order: `transcript.jsonl` in the dialogue's folder.
//!
//! It is the dialogue's memory: what a person gave to a question is in it before anything else
//! happens. State is what reading it from its beginning gives.

use super::question::{Given, Question};
use crate::agents::talk::{Decision, Permission, TurnEnd};
use crate::terms::{Digest, ItemId, Usage};
use serde::{Deserialize, Serialize};

/// The file's name.
pub const FILE: &str = "transcript.jsonl";

/// What a dialogue is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The backlog item, where it is made from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemId>,
    /// The title: the item's line, or what the person wrote.
    pub title: String,
    /// The item's summary, or what more the person wrote.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub wish: String,
    /// Whether a task that is there already is revised.
    #[serde(default)]
    pub revises: bool,
}

/// Something that was said or done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Entry {
    /// It began.
    Began {
        /// What it is about.
        about: About,
    },
    /// An agent took the other end, with a session of its own.
    Joined {
        /// Its name in harness.yaml.
        agent: String,
        /// Its driver.
        driver: String,
        /// The model that was asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// The agent's session has this id: by it the conversation is taken up again.
    Session {
        /// The id.
        id: String,
    },
    /// The person said something to the agent.
    Said {
        /// What they wrote, as it is shown.
        text: String,
        /// Whether what the form holds was told with it.
        #[serde(default)]
        form: bool,
    },
    /// The agent called a tool.
    Tool {
        /// One line for people.
        title: String,
    },
    /// The agent's turn ended.
    Heard {
        /// Its message.
        text: String,
        /// How it ended.
        end: TurnEnd,
        /// What the turn used.
        usage: Usage,
    },
    /// The agent asked these questions.
    Asked {
        /// The questions.
        questions: Vec<Question>,
    },
    /// A question stands in the task's file that was not asked here.
    Found {
        /// The question.
        question: Question,
    },
    /// The person gave something to a question.
    Gave {
        /// The question.
        id: String,
        /// What.
        given: Given,
    },
    /// The agent handed a draft over.
    Drafted {
        /// As it wrote it.
        text: String,
        /// The workflow that it recommends, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        workflow: Option<Recommended>,
    },
    /// The person decided on a call.
    Decided {
        /// The call.
        permission: Permission,
        /// The decision.
        decision: Decision,
    },
    /// The agent was told what a run of the task came to.
    Showed {
        /// The digest of what it was told.
        digest: Digest,
    },
    /// The task was saved.
    Saved {
        /// The file's digest.
        digest: Digest,
        /// The answers that had no place in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unplaced: Vec<String>,
    },
}

/// A workflow that the author recommends for the task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommended {
    /// Its name.
    pub name: String,
    /// Why, in the author's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}
