//! The message of the commit that lands a run: what was asked for, what proves it, who approved
//! it, what it cost.

use super::private;
use crate::records::runs::RunView;
use crate::supervisor::handoff::TRAILER_RUN;
use crate::supervisor::report::time;
use crate::terms::verdict::{Met, Verdict};
use crate::text::SafeText;

/// The trailer that names the task.
pub const TRAILER_TASK: &str = "Harness-Task";

/// The message, with its trailers; with a private harness the title of the task alone.
pub fn message(view: &RunView) -> String {
    let run = &view.run;
    let task = run.plan.task.as_ref();
    if private::is(view) {
        // Nobody but its person knows of tasks and runs.
        let subject = task.map_or(run.plan.workflow.as_str(), |task| task.title.as_str());
        return flat(subject) + "\n";
    }
    let subject = match task {
        Some(task) => format!("{}: {}", task.id, flat(&task.title)),
        None => format!("{}: {}", view.order.run, flat(&run.plan.workflow)),
    };
    let cost = format!("Cost: {}", cost(view));
    let mut trailers = vec![format!("{TRAILER_RUN}: {}", view.order.run)];
    trailers.extend(task.map(|t| format!("{TRAILER_TASK}: {}", t.id)));
    let paragraphs = [
        Some(subject),
        block("Criteria", &criteria(view)),
        block("Checks", &checks(view)),
        block("Decisions", &decisions(view)),
        taken(view),
        Some(cost),
        Some(trailers.join("\n")),
    ];
    let paragraphs: Vec<String> = paragraphs.into_iter().flatten().collect();
    paragraphs.join("\n\n") + "\n"
}

/// What the run used.
pub(super) fn cost(view: &RunView) -> String {
    let total = view.run.total();
    format!(
        "{}, {} tokens, {}",
        total.cost_text(),
        total.tokens_text(),
        crate::text::many(total.attempts, "attempt")
    )
}

/// What of the person's own was not committed when the run began.
fn taken(view: &RunView) -> Option<String> {
    view.order.taken_on.as_ref()?;
    let base = view.order.base.short();
    Some(format!(
        "It began with what was not committed in the checkout, kept as {base}."
    ))
}

fn block(title: &str, lines: &[String]) -> Option<String> {
    (!lines.is_empty()).then(|| format!("{title}:\n- {}", lines.join("\n- ")))
}

/// The verdict that was given last.
fn verdict(view: &RunView) -> Option<&Verdict> {
    view.run
        .stages
        .iter()
        .rev()
        .find_map(|s| s.verdict.as_ref())
}

pub(super) fn criteria(view: &RunView) -> Vec<String> {
    let criteria = view.run.plan.task.as_ref().map(|t| t.criteria.as_slice());
    let verdict = verdict(view);
    criteria
        .unwrap_or_default()
        .iter()
        .map(|criterion| {
            let judged =
                verdict.and_then(|v| v.judgements.iter().find(|j| j.criterion == criterion.id));
            let word = match judged.map(|j| j.met) {
                Some(Met::Met) => "met",
                Some(Met::Unmet) => "unmet",
                Some(Met::Unverifiable) => "unverifiable",
                None => "not judged",
            };
            let evidence = judged
                .map(|j| flat(&j.evidence))
                .filter(|e| !e.is_empty())
                .map_or_else(String::new, |e| format!(" ({e})"));
            format!(
                "{} {word}: {}{evidence}",
                criterion.id,
                flat(&criterion.text)
            )
        })
        .collect()
}

pub(super) fn checks(view: &RunView) -> Vec<String> {
    view.run
        .stages
        .iter()
        .flat_map(|s| &s.checks)
        .map(|check| {
            let how = flat(&check.how_short());
            let command = flat(&check.command);
            format!("{how}: {command} (tree {})", check.tree.short())
        })
        .collect()
}

pub(super) fn decisions(view: &RunView) -> Vec<String> {
    view.run
        .decisions
        .iter()
        .map(|d| {
            let on = d
                .evidence
                .as_ref()
                .map_or_else(String::new, |e| format!(" on {}", e.short()));
            format!("{} {}{on}, {}", flat(&d.by.name), flat(&d.what), time(d.at))
        })
        .collect()
}

/// On one line, for a break would begin another line of the message, or a trailer; and with nothing
/// in it that acts on the terminal of whoever reads the log.
pub(super) fn flat(text: &str) -> String {
    let text = SafeText::line(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::flat;

    #[test]
    fn nothing_in_a_message_acts_on_a_terminal() {
        assert_eq!(
            flat("a \u{1b}[31mred\u{1b}[0m\n\nHarness-Run: x\u{7}"),
            "a red Harness-Run: x"
        );
        assert_eq!(flat("go\u{202e}od"), "go‹U+202E›od");
    }
}
