//! The timeline of an attempt as it is written: `transcript.jsonl`, one redacted row a line.

use super::redact::Redactor;
use super::timeline::{Row, Step, What};
use crate::agents::AgentEvent;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// How many bytes of an agent's own rows are kept; the engine's own steps are always told.
const AGENT_BYTES: u64 = 32 * 1024 * 1024;

/// How many of an agent's own rows are kept.
const AGENT_ROWS: u64 = 50_000;

/// How long one text of an agent's row may be.
const TEXT_BYTES: usize = 64 * 1024;

/// Writes rows. A row is flushed when it is written, but not forced to the disk: the record of an
/// attempt is `exit.json`.
pub struct Log {
    file: std::fs::File,
    redactor: Redactor,
    begun: Instant,
    agent_bytes: u64,
    agent_rows: u64,
    cut: bool,
    left_out: u64,
}

impl Log {
    /// Opens the timeline to append to it.
    pub fn open(path: &Path, redactor: Redactor) -> std::io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        Ok(Self {
            file,
            redactor,
            begun: Instant::now(),
            agent_bytes: 0,
            agent_rows: 0,
            cut: false,
            left_out: 0,
        })
    }

    /// Milliseconds since the attempt began.
    pub fn elapsed_ms(&self) -> u64 {
        millis(self.begun)
    }

    /// What takes secrets out here.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Whether the agent's further rows are left out.
    pub fn is_full(&self) -> bool {
        self.cut
    }

    /// Counts lines of the agent's that are left out whole.
    pub fn leave_out(&mut self, lines: &[u8]) {
        let count = lines.iter().filter(|b| **b == b'\n').count();
        self.left_out = self.left_out.saturating_add(count as u64);
    }

    /// Says how many lines were left out, where there were any.
    pub fn tell_left_out(&mut self) {
        if self.left_out > 0 {
            let lines = std::mem::take(&mut self.left_out);
            self.note(format!(
                "{lines} further lines were left out; raw.log holds the beginning and the end"
            ));
        }
    }

    /// Something the agent did. Beyond 32 MiB or 50,000 rows they are left out, and that is said
    /// once.
    pub fn agent(&mut self, mut event: AgentEvent) {
        if self.cut {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        shorten(&mut event);
        let written = self.row(What::Agent(event));
        self.agent_bytes = self.agent_bytes.saturating_add(written);
        self.agent_rows += 1;
        if self.agent_bytes > AGENT_BYTES || self.agent_rows >= AGENT_ROWS {
            self.cut = true;
            self.note("the agent's further rows are left out: more than 32 MiB or 50,000 rows");
        }
    }

    /// A note for people.
    pub fn note(&mut self, text: impl Into<String>) {
        self.row(What::Note { text: text.into() });
    }

    /// A step begins; the answer is told how it ended.
    pub fn start(&mut self, step: Step, title: impl Into<String>) -> Started {
        let title = title.into();
        self.row(What::StepStarted {
            step,
            title: title.clone(),
        });
        Started {
            step,
            title,
            begun: Instant::now(),
        }
    }

    /// A step ended.
    pub fn finish(&mut self, started: Started, ok: bool, detail: impl Into<String>) {
        let took_ms = millis(started.begun);
        self.finish_after(started, took_ms, ok, detail);
    }

    /// A step ended that took so long itself, without what was done within it.
    pub fn finish_after(
        &mut self,
        started: Started,
        took_ms: u64,
        ok: bool,
        detail: impl Into<String>,
    ) {
        self.row(What::StepFinished {
            step: started.step,
            title: started.title,
            ok,
            took_ms,
            detail: detail.into(),
        });
    }

    /// Writes one row and says how long it is. A full disk must not end an attempt whose work is
    /// good: a row that can't be written is left out.
    fn row(&mut self, what: What) -> u64 {
        let row = Row {
            at: jiff::Timestamp::now(),
            ms: self.elapsed_ms(),
            what,
        };
        let Ok(line) = serde_json::to_string(&row) else {
            return 0;
        };
        let mut line = self.redactor.bytes(line.as_bytes());
        line.push(b'\n');
        let _ = self.file.write_all(&line);
        line.len() as u64
    }
}

/// A step that has begun.
#[derive(Debug)]
pub struct Started {
    step: Step,
    title: String,
    begun: Instant,
}

/// Milliseconds since an instant.
pub fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn shorten(event: &mut AgentEvent) {
    match event {
        AgentEvent::Text { text }
        | AgentEvent::TextDelta { text }
        | AgentEvent::Thinking { text }
        | AgentEvent::Warning { text }
        | AgentEvent::Raw { line: text }
        | AgentEvent::ToolFinished { output: text, .. } => cut(text, TEXT_BYTES),
        AgentEvent::ToolStarted { title, diff, .. } => {
            cut(title, 4096);
            if let Some(diff) = diff {
                cut(diff, TEXT_BYTES);
            }
        }
        _ => {}
    }
}

/// Cuts a text to at most so many bytes at a character, and says that it did.
pub fn cut(text: &mut String, bytes: usize) {
    if text.len() > bytes {
        let mut end = bytes;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text.push_str(" …[cut]");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_back_redacted_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("transcript.jsonl");
        let mut log = Log::open(&path, Redactor::of([("API_KEY", "very-secret-1")])).unwrap();
        let step = log.start(Step::Check, "npm test");
        log.agent(AgentEvent::Text {
            text: format!("it is very-secret-1 {}", "é".repeat(TEXT_BYTES)),
        });
        log.finish(step, false, "exit 1");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("very-secret-1"));
        let rows: Vec<Row> = text
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(rows.len(), 3);
        assert!(
            matches!(&rows[2].what, What::StepFinished { ok: false, detail, .. } if detail == "exit 1")
        );
        assert!(text.len() < 2 * TEXT_BYTES);
    }
}
