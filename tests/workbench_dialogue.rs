//! The dialogue by keys: the real program on a terminal of its own, with recorded authors.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use harness_tui::documents::task::Task;
use support::project::{Project, put, until_holds};
use support::talking::{HOMEPAGE, project_with, recorded, sample_author, scripted};
use support::terminal::{Terminal, comes, proves};

/// The program with this item chosen in the backlog.
fn at(project: &Project, item: &str) -> Terminal {
    at_with(project, item, &[])
}

fn at_with(project: &Project, item: &str, variables: &[(&str, &str)]) -> Terminal {
    let mut terminal = Terminal::within(project, &[], (120, 35), variables);
    terminal.until("B011");
    terminal.types(&format!("/{item}\r"));
    terminal.until("1 of 3");
    terminal
}

fn leave(mut terminal: Terminal) {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
}

#[test]
fn the_homepage_by_keys_alone_to_a_task_that_passes() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    proves!(Converse on terminal, comes("[2 Dialogue]"));
    terminal.until("? 6 open");
    terminal.until("Should the portrait stand beside");
    // The recommended one, by the key that takes what is marked.
    terminal.types("\r");
    terminal.until("→ beside");
    proves!(Default on terminal, comes("◆ default, not told yet"));
    terminal.until("a list in src/videos.txt would be new");
    proves!(Answer on terminal, comes("give the answer"));
    terminal.types("3 again.\r");
    terminal.until("→ 3 again.");
    proves!(Defaults on terminal, comes("3 recommended answers taken"));
    terminal.until("● all is answered");
    let task = Task::parse(project.read(HOMEPAGE));
    assert!(task.is_draft());
    let on_disk = project.read(HOMEPAGE);
    assert!(on_disk.contains("→ 3 again."), "{on_disk}");
    proves!(Tell on terminal, comes("6 of 6 answers placed"));
    terminal.until("✓ the draft is whole");
    proves!(SaveTask on terminal, comes("saved T002; r runs it with feature"));
    terminal.until("✓ saved as T002");
    let task = Task::parse(project.read(HOMEPAGE));
    let all = task.clarifications();
    let again = all.into_iter().find(|c| c.id == "Q3").unwrap();
    assert_eq!(again.answer.as_deref(), Some("3 again."));
    assert_eq!(again.became.as_deref(), Some("AC-3"));
    project.expect(0, &["check"]);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("**Task:** T002")
    );
    terminal.until("r run");
    terminal.types("r");
    terminal.until("Start a run of T002?");
    terminal.until("workflow  feature");
    terminal.types("\u{1b}");
    terminal.until_gone("Start a run of T002?");
    leave(terminal);
}

#[test]
fn nine_questions_in_groups_with_all_defaults() {
    let project = recorded();
    let mut terminal = at(&project, "B011");
    terminal.types("c");
    terminal.until("? 9 open");
    terminal.types("D");
    terminal.until("● all is answered");
    terminal.types("\r");
    terminal.until("9 of 9 answers placed");
    terminal.types("s");
    terminal.until("saved T002");
    project.expect(0, &["check"]);
    leave(terminal);
}

#[test]
fn quit_in_the_middle_and_go_on() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("? 6 open");
    terminal.types("\r");
    terminal.until("? 5 open");
    leave(terminal);
    assert!(project.read(HOMEPAGE).contains("→ beside"));
    let mut terminal = at(&project, "B010");
    terminal.until("draft, 5 open");
    terminal.types("c");
    terminal.until("? 5 open");
    terminal.until("1 of 6 answered");
    terminal.types("D\r");
    terminal.until("✓ the draft is whole");
    leave(terminal);
}

fn killed(mut terminal: Terminal) {
    terminal.signal(rustix::process::Signal::KILL);
    terminal.ends();
}

#[test]
fn what_is_typed_and_not_sent_is_there_after_any_end() {
    let project = recorded();
    let kept = project.home();
    let kept = kept.join(".git/harness/dialogues/T002/unsent.json");
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("? 6 open");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types("half an answer");
    terminal.until("✎ half an answer");
    until_holds(&kept, Some("half an answer"));
    killed(terminal);
    assert!(!project.read(HOMEPAGE).contains("half an answer"));
    // After a kill; then words to the author too, and the program is left.
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("✎ half an answer");
    terminal.types("c");
    terminal.until("── to recorded");
    terminal.types("and half a sentence\u{1b}");
    terminal.until("kept as it is, not given yet");
    leave(terminal);
    // Another dialogue has none of it.
    let mut terminal = at(&project, "B011");
    terminal.types("c");
    terminal.until("? 9 open");
    assert!(!terminal.shown().contains("half an answer"));
    leave(terminal);
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("what you wrote to the author is kept");
    terminal.until("✎ half an answer");
    terminal.types("i");
    terminal.until("give the answer");
    terminal.types(", and whole\r");
    terminal.until("→ half an answer, and whole");
    terminal.types("c");
    terminal.until("› and half a sentence");
    until_holds(&kept, Some("{\"reply\":\"and half a sentence\"}"));
    // All of it is sent: nothing is left to be kept.
    terminal.types("\r");
    until_holds(&kept, None);
    killed(terminal);
    assert!(
        project
            .read(HOMEPAGE)
            .contains("→ half an answer, and whole")
    );
}

#[test]
fn each_question_is_gone_to_left_to_the_author_or_asked_back_about() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("? 6 open");
    proves!(NextQuestion on terminal, comes("the grid has three columns"));
    proves!(QuestionBefore on terminal, comes("whether the hero is one row or two"));
    proves!(LeaveOpen on terminal, comes("– skipped, not told yet"));
    proves!(AskBack on terminal, comes("↩ ask back: "));
    terminal.types("of which kind?\r");
    terminal.until("you ask: of which kind?");
    leave(terminal);
}

#[test]
fn words_to_the_author_answer_by_number_and_name_files() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("? 6 open");
    proves!(Say on terminal, comes("── to recorded"));
    terminal.types("1. below\u{1b}\r2. as in @pag");
    terminal.until("▸ page.txt");
    terminal.types("\t");
    terminal.until("as in @page.txt");
    terminal.types("\r");
    terminal.until("→ below");
    terminal.until("→ as in @page.txt");
    terminal.until("a draft of the task");
    proves!(ShowDiff on terminal, comes("against the file"));
    leave(terminal);
}

#[test]
fn what_has_no_place_is_listed_and_saved_by_a_key_of_its_own() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    terminal.types("c");
    terminal.until("? 6 open");
    terminal.types("D\r");
    terminal.until("✓ the draft is whole");
    // One more word, of which the author was not told.
    terminal.types("]]i");
    terminal.until("give the answer");
    terminal.types("four\r");
    terminal.until("→ four");
    terminal.types("s");
    terminal.until("Not saved");
    terminal.until("saves the draft as it is");
    terminal.types("\u{1b}");
    terminal.until_gone("Not saved");
    proves!(SaveAnyway on terminal, comes("saved T002"));
    assert!(project.read(HOMEPAGE).contains("→ four"));
    leave(terminal);
}

#[test]
fn an_answer_is_written_in_the_editor_of_the_person() {
    let project = recorded();
    let script = project.outside("editor.sh");
    put(&script, "printf 'from the editor\\n' > \"$1\"\n");
    let editor = format!("sh {}", script.display());
    let mut terminal = at_with(&project, "B010", &[("VISUAL", &editor)]);
    terminal.types("c");
    terminal.until("? 6 open");
    proves!(WriteInEditor on terminal, comes("✎ from the editor"));
    terminal.types("\r");
    terminal.until("→ from the editor");
    leave(terminal);
}

#[test]
fn the_author_is_changed_and_an_empty_view_says_how_to_begin() {
    let project = recorded();
    let mut terminal = at(&project, "B010");
    proves!(Dialogue on terminal, comes("No dialogue is open."));
    terminal.until("begins one about B010 Homepage v1");
    terminal.types("\r");
    terminal.until("? 6 open");
    proves!(ChangeAgent on terminal, comes("Who is the author?"));
    terminal.until("a new session of the same");
    terminal.types("\r");
    terminal.until("recorded goes on in a new session");
    leave(terminal);
}

#[test]
fn a_dialogue_that_another_program_leads_is_said_to_be() {
    let project = recorded();
    let mut first = at(&project, "B010");
    first.types("c");
    first.until("? 6 open");
    let mut second = at(&project, "B010");
    second.types("c");
    second.until("is open in another harness-tui");
    leave(second);
    leave(first);
}

/// An author that asks leave for a write, and says what it was told.
const ASKS_LEAVE: &str = r#"read greeting
printf '%s\n' '{"type":"control_response","response":{"subtype":"success","request_id":"harness-1","response":{}}}'
read message
printf '%s\n' '{"type":"control_request","request_id":"r1","request":{"subtype":"can_use_tool","tool_name":"Write","input":{"file_path":"page.txt","content":"one\ntwo\n"},"tool_use_id":"t1"}}'
read decision
case "$decision" in *'not that file'*) words='I was told why.' ;; *) words='I was told nothing.' ;; esac
printf '{"type":"result","subtype":"success","is_error":false,"result":"%s"}\n' "$words"
read more
"#;

#[test]
fn what_the_author_wants_leave_for_is_shown_and_denied_with_a_reason() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), ASKS_LEAVE).unwrap();
    let project = project_with(&scripted(script.path()));
    let key = [("ANTHROPIC_API_KEY", "sk-ant-scripted-key")];
    let mut terminal = at_with(&project, "B010", &key);
    terminal.types("c");
    terminal.until("scripted asks leave");
    terminal.until("page.txt");
    terminal.types("\u{1b}");
    terminal.until_gone("deny with why");
    proves!(Permit on terminal, comes("deny with why"));
    terminal.reads();
    terminal.types("r");
    terminal.until("Why not?");
    terminal.types("not that file\r");
    terminal.until("denied (not that file)");
    terminal.until("I was told why.");
    assert_eq!(project.read("page.txt"), "light\n");
    leave(terminal);
}

#[test]
fn who_was_chosen_on_the_command_line_is_the_author_on_the_screen() {
    let script = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(script.path(), ASKS_LEAVE).unwrap();
    let project = project_with(&(sample_author() + &scripted(script.path())));
    let key = [("ANTHROPIC_API_KEY", "sk-ant-scripted-key")];
    let args = ["new", "A page of events", "--agent", "scripted"];
    let mut terminal = Terminal::within(&project, &args, (120, 35), &key);
    terminal.until("scripted asks leave");
    terminal.until("[2 Dialogue]");
    terminal.reads();
    terminal.types("n");
    terminal.until("I was told nothing.");
    leave(terminal);
    assert!(
        project
            .read("harness/backlog.md")
            .contains("A page of events")
    );
}
