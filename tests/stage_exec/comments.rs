//! Comments of a review that an attempt has to answer: what excuses it, and what is moot.

use crate::bench::Bench;
use harness_tui::engine::Person;
use harness_tui::engine::review::Comment;
use harness_tui::terms::review::{Answer, Excerpt, Spot};
use harness_tui::terms::{CommentId, Finding, Outcome};

/// A comment on these lines, given on what the attempt starts from.
fn comment(bench: &Bench, n: u32, spot: &str, lines: &[&str]) -> Comment {
    Comment {
        id: CommentId::nth(n),
        spot: Some(Spot::named(spot)),
        text: "why?".to_owned(),
        excerpt: Excerpt {
            lines: lines.iter().map(|l| (*l).to_owned()).collect(),
            ..Excerpt::default()
        },
        on: Some(bench.spec.base.clone()),
        digest: None,
        by: Person {
            name: "Ada".to_owned(),
            terminal: None,
            pid: 1,
        },
        at: "2026-01-02T03:04:05Z".parse().unwrap(),
        url: None,
    }
}

fn asked(id: &str) -> Finding {
    let mut finding = Finding::new("person/comment", "why?");
    finding.id = Some(id.to_owned());
    finding
}

/// An attempt that changes nothing and declines C1, to which these findings were given.
fn declines(findings: Vec<Finding>) -> Outcome {
    let mut bench =
        Bench::new("cat >/dev/null; printf '## Review Comments\\n\\n- C1 declined: it is so\\n'");
    bench.writes(&["**"]);
    bench.spec.comments = vec![comment(&bench, 1, "README.md:1", &["read me"])];
    bench.spec.findings = findings;
    bench.run().outcome
}

#[test]
fn who_changes_nothing_is_excused_by_what_it_declined_and_by_nothing_else() {
    assert_eq!(declines(vec![asked("C1")]), Outcome::Passed);
    // Another comment that was never declined is owed still.
    assert_eq!(declines(vec![asked("C1"), asked("C2")]), Outcome::NoChange);
    // That the answer was missing before is settled with it; that of another is not.
    let missing = |id: &str| {
        let finding = Finding::new("contract/comment-unanswered", "the comment has no answer");
        finding.section(format!("Review Comments: {id}"))
    };
    assert_eq!(declines(vec![asked("C1"), missing("C1")]), Outcome::Passed);
    assert_eq!(
        declines(vec![asked("C1"), missing("C2")]),
        Outcome::NoChange
    );
    let found = Finding::new("review/finding", "it is wrong");
    assert_eq!(declines(vec![asked("C1"), found]), Outcome::NoChange);
}

#[test]
fn lines_in_a_file_of_another_name_are_answered_and_those_of_none_are_moot() {
    let script = "cat >/dev/null; git mv README.md GUIDE.md; rm LICENSE; echo more >> src/main.txt
                  cat answer.log 2>/dev/null; true";
    let mut bench = Bench::new(script);
    bench.writes(&["**"]);
    bench.spec.stage.profile.sandbox = harness_tui::engine::plan::Sandbox::Off;
    bench.spec.comments = vec![
        comment(&bench, 1, "README.md:1", &["read me"]),
        comment(&bench, 2, "LICENSE:1", &["free"]),
        comment(&bench, 3, "README.md", &[]),
    ];
    let exit = bench.run();
    assert_eq!(exit.outcome, Outcome::Malformed, "{}", exit.reason);
    let owed: Vec<&str> = exit.findings.iter().map(|f| f.text.as_str()).collect();
    assert_eq!(
        owed,
        [
            "the comment C1 has no answer",
            "the comment C3 has no answer"
        ]
    );
    // The next attempt begins where the file has its new name.
    bench.commit_tree();
    bench.put_tree(
        "answer.log",
        "## Review Comments\n\n- C1 declined: no\n- C3 fixed: renamed\n",
    );
    let exit = bench.again().run();
    assert_eq!(exit.outcome, Outcome::Passed, "{}", exit.reason);
    let said: Vec<(String, Answer)> = exit
        .replies
        .iter()
        .map(|r| (r.id.to_string(), r.answer))
        .collect();
    let expected = [
        ("C1".to_owned(), Answer::Declined),
        ("C3".to_owned(), Answer::Fixed),
    ];
    assert_eq!(said, expected);
}
