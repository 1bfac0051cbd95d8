//! Killed after each answer in turn: none is lost, in the pane and in the task's file.

use super::scene::{at, leave, many_turns};
use super::support::project::{Project, WORKS};
use super::support::talking::{replays, with_author};
use super::support::terminal::Terminal;
use rustix::process::Signal;

const FLOW: &str = "  - { id: build, name: Build, role: build }\n";
const TASK: &str = "harness/tasks/T002-homepage-v1.md";

/// The questions' titles, and what is answered to each.
const ANSWERS: [(&str, &str); 6] = [
    ("Hero", "below"),
    ("Latest posts", "3"),
    ("Latest videos", "3 again."),
    ("Upcoming events", "a line of thanks"),
    ("All posts", "nowhere yet"),
    ("Order", "events first"),
];

fn project(turns: usize) -> Project {
    let project = Project::new().agent("build", WORKS);
    let folder = many_turns(&project, turns);
    with_author(project, FLOW, &replays(&folder, "author"))
}

/// What was answered so far is in the file and on the screen, and nothing else.
fn all_there(project: &Project, terminal: &mut Terminal, answered: usize) {
    let task = project.read(TASK);
    for (n, (title, answer)) in ANSWERS.iter().enumerate() {
        let kept = format!("→ {answer}\n");
        assert_eq!(task.contains(&kept), n < answered, "{answer}\n{task}");
        if n < answered {
            terminal.until(&format!("Q{} {title} → {answer}", n + 1));
        }
    }
}

fn kill(mut terminal: Terminal) {
    terminal.signal(Signal::KILL);
    terminal.ends();
}

#[test]
fn after_each_answer_of_the_form() {
    let project = project(0);
    for (n, (title, answer)) in ANSWERS.iter().enumerate() {
        let mut terminal = at(&project, "B010");
        terminal.types("c");
        terminal.until(&format!("? {} open", 6 - n));
        if n > 0 {
            all_there(&project, &mut terminal, n);
        }
        // The first open question is chosen: of the first the second option, to the rest own words.
        if n == 0 {
            terminal.types("j\r");
        } else {
            terminal.types("i");
            terminal.until("give the answer");
            terminal.types(&format!("{answer}\r"));
        }
        terminal.until(&format!("Q{} {title} → {answer}", n + 1));
        kill(terminal);
    }
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("● all is answered");
    all_there(&project, &mut terminal, 6);
    terminal.types("\r");
    terminal.until("6 of 6 answers placed");
    terminal.types("s");
    terminal.until("✓ saved as T002");
    leave(terminal);
    project.expect(0, &["check"]);
}

#[test]
fn after_each_answer_in_free_text() {
    let project = project(5);
    for (n, (title, answer)) in ANSWERS.iter().enumerate() {
        let mut terminal = at(&project, "B010");
        terminal.types("c");
        terminal.until(&format!("? {} open", 6 - n));
        if n > 0 {
            all_there(&project, &mut terminal, n);
        }
        terminal.types("c");
        terminal.until("── to recorded");
        terminal.types(&format!("{}. {answer}\r", n + 1));
        if n < 5 {
            terminal.until(&format!("Q{} {title} → {answer}", n + 1));
        } else {
            // The draft stands there then.
            terminal.until("a draft of the task");
        }
        kill(terminal);
    }
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("6 of 6 answers placed");
    let task = project.read(TASK);
    for (_, answer) in ANSWERS {
        assert!(task.contains(&format!("→ {answer}\n")), "{task}");
    }
    leave(terminal);
}
