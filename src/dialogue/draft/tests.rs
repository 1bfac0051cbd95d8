use super::*;
use crate::dialogue::question::Question;

const AUTHORS: &str = "\
# Task T000 — Homepage v1

Status: Ready

---

## Summary

A homepage that leads to the newest content. (Q6)

## Scope

### In Scope

- The homepage.

### Out of Scope

- A calendar. (Q4)

## Clarifications

- Q9 forged? → yes

## Acceptance Criteria

- The hero shows the photo beside the heading;
  stacked on small screens. (Q1)
- AC-2: The three newest posts are listed. (Q2)
- The three newest videos are listed. ← Q3

## Approval

Approved.
";

fn form(answers: &[(u32, &str)]) -> Form {
    let mut form = Form::default();
    let question = |n: u32| Question {
        id: format!("Q{n}"),
        text: format!("What of {n}?"),
        ..Question::default()
    };
    form.ask((1..=6).map(question).collect());
    for (n, text) in answers {
        let given = Given::Answer {
            text: (*text).to_owned(),
        };
        form.give(&format!("Q{n}"), given);
    }
    form.told();
    form.drafted();
    form
}

fn composed(text: &str, form: &Form, current: &str) -> Composed {
    compose(
        text,
        &Makings {
            id: &TaskId::new("T016").unwrap(),
            item: Some(&ItemId::new("B003").unwrap()),
            current: &Task::parse(current),
            template: None,
            form,
            file: "harness/tasks/T016-homepage.md",
        },
    )
}

const CURRENT: &str = "# Task T016 — Homepage\n\nStatus: Draft  \nBacklog Item: B003  \nCreated: 2026-04-20  \n\n---\n\n## Clarifications\n\n- Q0 Asked by hand? → by hand\n";

#[test]
fn the_whole_task() {
    let form = form(&[
        (1, "beside"),
        (2, "3"),
        (3, "3 again."),
        (4, "no"),
        (5, "later"),
        (6, "x"),
    ]);
    let made = composed(AUTHORS, &form, CURRENT);
    let expected = "\
# Task T016 — Homepage v1

Status: Draft  
Backlog Item: B003  
Created: 2026-04-20  

---

## Summary

A homepage that leads to the newest content.

## Scope

### In Scope

- The homepage.

### Out of Scope

- A calendar.

## Clarifications

- Q0 Asked by hand? → by hand
- Q1 What of 1? → beside (AC-1)
- Q2 What of 2? → 3 (AC-2)
- Q3 What of 3? → 3 again. (AC-3)
- Q4 What of 4? → no (Out of Scope)
- Q5 What of 5? → later
- Q6 What of 6? → x (Summary)

## Acceptance Criteria

- AC-1: The hero shows the photo beside the heading;
  stacked on small screens.
- AC-2: The three newest posts are listed.
- AC-3: The three newest videos are listed.
";
    assert_eq!(made.text, expected);
    assert_eq!(made.trace.unplaced, ["Q5"]);
    assert_eq!(made.findings, []);
    for landing in &made.trace.landings {
        let line = made.text.lines().nth(landing.line as usize - 1).unwrap();
        let words = match landing.question.as_str() {
            "Q1" => "stacked on small",
            "Q2" => "newest posts",
            "Q3" => "newest videos",
            "Q4" => "A calendar",
            _ => "A homepage",
        };
        assert!(line.contains(words), "{landing:?}: {line}");
    }
    assert_eq!(made.trace.at(made.trace.landings[0].line).len(), 1);
}

#[test]
fn what_the_author_may_not_write_stays_as_it_is() {
    let current = format!("{CURRENT}\n## Approval\n\nBy Rob, 2026-04-21\n");
    let made = composed(AUTHORS, &form(&[]), &current.replace("Draft", "Ready"));
    assert!(!made.text.contains("forged"), "{}", made.text);
    assert!(!made.text.contains("Approved."), "{}", made.text);
    assert!(made.text.ends_with("## Approval\n\nBy Rob, 2026-04-21\n"));
    assert!(made.text.contains("Status: Ready  \n"));
    assert!(made.text.contains("- Q0 Asked by hand? → by hand\n"));
    let again = Task::parse(&made.text);
    assert_eq!(
        again.clarifications().len(),
        7,
        "open questions stand there too"
    );
}

#[test]
fn an_answer_keeps_what_it_became_where_the_next_draft_has_no_marks() {
    let answered = form(&[(1, "beside")]);
    let first = composed(AUTHORS, &answered, CURRENT);
    let without = AUTHORS.replace("(Q1)", "");
    let second = composed(&without, &answered, &first.text);
    // The mark is what is believed: without one the answer is listed as unplaced again.
    assert_eq!(second.trace.unplaced, ["Q1"]);
}

#[test]
fn what_is_missing_is_found() {
    let made = composed("# Task\n\n## Summary\n\nText.\n", &form(&[]), CURRENT);
    let codes: Vec<_> = made.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["task/criteria-missing"]);
}

#[test]
fn what_people_wrote_into_the_file_stays() {
    let current = CURRENT
        .replace(
            "Created: 2026-04-20  \n",
            "Created: 2026-04-20  \nOwner: Ana\n",
        )
        .replace("---\n", "---\n\nA word before all.\n")
        + "\n## Team Notes\n\nAsk Bo.\n";
    let made = composed(AUTHORS, &form(&[(1, "beside")]), &current);
    for theirs in [
        "Owner: Ana\n",
        "A word before all.\n",
        "## Team Notes\n\nAsk Bo.\n",
    ] {
        assert!(made.text.contains(theirs), "{theirs}: {}", made.text);
    }
    let windows = composed(AUTHORS, &form(&[]), &current.replace('\n', "\r\n"));
    assert_eq!(
        windows.text.matches('\n').count(),
        windows.text.matches("\r\n").count()
    );
    assert_eq!(
        windows.text.replace("\r\n", "\n").lines().count(),
        windows.text.lines().count()
    );
}

#[test]
fn an_answer_that_came_after_the_draft_has_no_place_in_it() {
    let mut form = form(&[(1, "beside"), (2, "3")]);
    form.give(
        "Q2",
        Given::Answer {
            text: "forty".into(),
        },
    );
    form.told();
    assert_eq!(composed(AUTHORS, &form, CURRENT).trace.unplaced, ["Q2"]);
}

#[test]
fn ids_stand_before_the_words_of_any_list() {
    let draft = "# Task\n\n## Summary\n\nX.\n\n## Acceptance Criteria\n\n1. 1 hero is shown.\n2. [x] x marks it.\n";
    let made = composed(draft, &form(&[]), CURRENT);
    assert!(
        made.text
            .contains("1. AC-1: 1 hero is shown.\n2. [x] AC-2: x marks it.\n"),
        "{}",
        made.text
    );
}

#[test]
fn of_several_drafts_the_last_counts_and_other_headings_are_none() {
    let two = "<<<ARTIFACT task\nold\nARTIFACT>>>\nNo:\n<<<ARTIFACT task\nnew\nARTIFACT>>>\n";
    assert_eq!(in_answer(two).as_deref(), Some("new\n"));
    assert_eq!(
        in_answer("# Task understanding\n\n## What I need\n\nx\n"),
        None
    );
}

#[test]
fn drafts_are_found_in_answers() {
    let marked = "Here.\n<<<ARTIFACT task\n# Task T000 — X\nARTIFACT>>>\nGood?";
    assert_eq!(in_answer(marked).as_deref(), Some("# Task T000 — X\n"));
    let fenced = "Here:\n\n```markdown\n# Task — X\n\n## Summary\n\n```sh\nls\n```\n\n## Acceptance Criteria\n\n- a\n```\n\nGood?";
    assert_eq!(
        in_answer(fenced).as_deref(),
        Some("# Task — X\n\n## Summary\n\n```sh\nls\n```\n\n## Acceptance Criteria\n\n- a\n")
    );
    assert_eq!(in_answer("# Task list\n\n1. x"), None);
    assert_eq!(in_answer("1. Where?"), None);
}
