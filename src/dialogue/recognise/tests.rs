use super::*;
use proptest::prelude::*;

fn asked(message: &str) -> Vec<Question> {
    recognise(message, &[])
}

fn options(question: &Question) -> Vec<&str> {
    question.options.iter().map(|o| o.text.as_str()).collect()
}

#[test]
fn the_form_that_is_asked_for() {
    let found = asked(
        "I read the templates.\n\n## Questions\n\n\
         - Q1 [blocking] Photo beside the heading, or below it?\n  - why: it decides the component\n  - options: beside | below\n  - recommended: beside\n\
         - Q2 How many posts?\n  - why: the grid\n    has three columns\n  - recommended: 3\n\n## Else\n\n- not this?\n",
    );
    assert_eq!(found.len(), 2);
    let first = &found[0];
    assert_eq!(
        (first.id.as_str(), first.blocking, first.text.as_str()),
        ("Q1", true, "Photo beside the heading, or below it?")
    );
    assert_eq!(first.why.as_deref(), Some("it decides the component"));
    assert_eq!(options(first), ["beside", "below"]);
    assert_eq!(first.recommended.as_deref(), Some("beside"));
    assert_eq!(found[1].why.as_deref(), Some("the grid has three columns"));
    assert_eq!(found[1].recommended.as_deref(), Some("3"));
}

#[test]
fn plain_numbered_text() {
    let found = asked(
        "Six things before I draft it:\n\n\
         1. **Hero** — Should the photo stand beside the heading or below it? I would put it beside. (recommended: beside)\n\
         2. Latest posts: how many?\n   Recommended: 3, because the grid has three columns\n\
         3. Latest videos: same question.\n   Default: 3\n\
         \n4. Do upcoming events show a past one?\n   a) yes\n   b) no (recommended)\n\nThank you.\n",
    );
    let all: Vec<_> = found
        .iter()
        .map(|q| (q.id.as_str(), q.title.as_deref(), q.recommended.as_deref()))
        .collect();
    assert_eq!(
        all,
        [
            ("Q1", Some("Hero"), Some("beside")),
            ("Q2", Some("Latest posts"), Some("3")),
            ("Q3", None, Some("3")),
            ("Q4", None, Some("no")),
        ]
    );
    assert_eq!(found[1].why.as_deref(), Some("the grid has three columns"));
    assert_eq!(options(&found[3]), ["yes", "no"]);
    assert_eq!(found[3].text, "Do upcoming events show a past one?");
}

#[test]
fn questions_grouped_under_headings() {
    let found = asked(
        "### Rendering\n1. At build time or in the reader's browser?\n2. Which theme?\n\n\
         ### Content\n3. Which kinds of diagram?\n\n**Errors**\n\n4. What is shown for a broken one?\n",
    );
    let groups: Vec<_> = found
        .iter()
        .map(|q| (q.number(), q.group.as_deref()))
        .collect();
    assert_eq!(
        groups,
        [
            (1, Some("Rendering")),
            (2, Some("Rendering")),
            (3, Some("Content")),
            (4, Some("Errors"))
        ]
    );
}

#[test]
fn an_option_table_and_questions_as_headings() {
    let found = asked(
        "## Question 1: Where does it run?\n\n**Recommended:** Option B — it needs no script\n\n\
         | Option | Description |\n|---|---|\n| A | In the browser |\n| B | At build time |\n\n\
         ### Q2 Which theme?\n\nThe page has two.\n",
    );
    // A heading that is no number and no Q-id names a group; the next one is a question.
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, "Which theme? The page has two.");
    let found = asked(
        "### 1. Where does it run?\n\n**Recommended:** Option B — it needs no script\n\n\
         | Option | Description |\n|---|---|\n| A | In the browser |\n| B | At build time |\n",
    );
    assert_eq!(options(&found[0]), ["In the browser", "At build time"]);
    assert_eq!(found[0].recommended.as_deref(), Some("At build time"));
    assert_eq!(found[0].why.as_deref(), Some("it needs no script"));
}

#[test]
fn lists_that_ask_nothing_are_no_form() {
    assert!(asked("I will:\n1. read it\n2. change it\n\nDone.").is_empty());
    assert!(asked("```\n1. really?\n```\n").is_empty());
    assert!(asked("<<<ARTIFACT task\n1. really?\nARTIFACT>>>\n").is_empty());
    assert!(asked("## Questions\n\n- None.\n").is_empty());
}

#[test]
fn prose_that_only_asks_is_one_question() {
    let found = asked("I looked at the templates.\n\nShould drafts be listed too?\n");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.as_str(), found[0].text.as_str()),
        ("Q1", "Should drafts be listed too?")
    );
}

#[test]
fn ids_go_on_and_what_is_asked_again_keeps_its_own() {
    let first = asked("1. How many posts?\n2. Which theme?\n");
    let next = recognise(
        "1. Do drafts count?\n2. **How many** posts?\n9. And videos?\n",
        &first,
    );
    let ids: Vec<_> = next.iter().map(|q| q.id.as_str()).collect();
    assert_eq!(ids, ["Q3", "Q1", "Q9"]);
}

#[test]
fn an_id_names_the_question_that_it_is_asked_again_as() {
    let first = asked("1. How many posts?\n2. Which theme?\n3. And videos?\n");
    for message in [
        "Q2. Light or dark, by default?\n",
        "**Q2** Light or dark, by default?\n",
        "**Q2: Theme** — Light or dark, by default?\n",
        "## Questions\n\n- Q2 [blocking] Light or dark, by default?\n",
        "4. Q2: Light or dark, by default?\n",
    ] {
        let again = recognise(message, &first);
        assert_eq!(again.len(), 1, "{message}: {again:?}");
        assert_eq!(again[0].id, "Q2", "{message}");
        assert!(again[0].text.ends_with("Light or dark, by default?"));
    }
    // A number may count anything, and so may a sentence begin with an id.
    for message in ["2. Light or dark?\n", "Q2 is clear; is a dark one too?\n"] {
        assert_eq!(recognise(message, &first)[0].id, "Q4", "{message}");
    }
    // Its own words are nearer than the number that stands before others.
    let moved = recognise("Q2. And videos?\nQ3. Which size?\n", &first);
    let ids: Vec<_> = moved.iter().map(|q| q.id.as_str()).collect();
    assert_eq!(ids, ["Q3", "Q4"]);
}

#[test]
fn an_author_that_counts_from_one_again_takes_no_answer_over() {
    let first = asked("1. How many posts are listed?\n2. Which theme?\n");
    let given = |n: u32| n == 1;
    let again = |message: &str| recognise_among(message, &first, &given).remove(0).id;
    assert_eq!(again("Q1. Which licence do the pictures have?\n"), "Q3");
    assert_eq!(again("Q1. How many of the posts, then?\n"), "Q1");
    assert_eq!(
        again("Q2. Light or dark, by default?\n"),
        "Q2",
        "nothing was given to it"
    );
}

#[test]
fn what_a_message_asks_twice_is_asked_once() {
    let found = asked("1. How many posts?\n2. Which theme?\n\nSo:\n\n3. How many **posts**?\n");
    assert_eq!(found.len(), 2);
    let grouped = asked("### Posts\n1. How many?\n\n### Videos\n2. How many?\n");
    assert_eq!(grouped.len(), 2, "of two things");
}

proptest! {
    #[test]
    fn any_message_gives_distinct_ids_and_words(text in "([0-9Qa-d?:*|().#\\- \n]|why|recommended|options|é|→){0,120}") {
        let found = asked(&text);
        let mut ids = BTreeSet::new();
        for question in &found {
            prop_assert!(ids.insert(question.id.clone()), "{found:?}");
            prop_assert!(question.number() > 0);
            prop_assert!(!question.text.is_empty());
        }
        let again = recognise(&text, &found);
        prop_assert_eq!(again, found, "asked again they are the same");
    }
}
