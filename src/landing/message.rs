//! The message of the commit that lands a run: what was asked for, what proves it, who approved
//! it, what it cost.

use super::private;
use super::receipt::{Receipt, TRAILER, Told, flat};
use crate::records::runs::RunView;
use crate::supervisor::handoff::TRAILER_RUN;

/// The trailer that names the task.
pub const TRAILER_TASK: &str = "Harness-Task";

/// The message, with its trailers; without a receipt (the harness is private) the title of the task
/// alone.
pub fn message(view: &RunView, receipt: Option<&Receipt>) -> String {
    let run = &view.run;
    let task = run.plan.task.as_ref();
    let Some(receipt) = receipt.filter(|_| !private::is(view)) else {
        // Nobody but its person knows of tasks and runs.
        let subject = task.map_or(run.plan.workflow.as_str(), |task| task.title.as_str());
        return flat(subject) + "\n";
    };
    let subject = match task {
        Some(task) => format!("{}: {}", task.id, flat(&task.title)),
        None => format!("{}: {}", view.order.run, flat(&run.plan.workflow)),
    };
    let mut trailers = vec![format!("{TRAILER_RUN}: {}", view.order.run)];
    trailers.extend(task.map(|t| format!("{TRAILER_TASK}: {}", t.id)));
    trailers.push(format!("{TRAILER}: blake3:{}", receipt.digest()));
    let told = |paragraph: Vec<Told>| {
        let lines: Vec<String> = paragraph.into_iter().map(|told| told.text).collect();
        lines.join("\n")
    };
    let mut paragraphs = vec![subject];
    paragraphs.extend(receipt.paragraphs().into_iter().map(told));
    paragraphs.push(trailers.join("\n"));
    paragraphs.join("\n\n") + "\n"
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
