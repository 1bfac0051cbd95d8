//! After one byte of code, of an artifact or of an approval is another, the criterion is named, to people
//! and to programs.

use crate::scene::{Clone, is_so, landed, report};
use serde_json::Value;

/// What is told not to be so of criteria: each with what was found.
fn named(clone: &Clone<'_>) -> Vec<(String, String)> {
    let said = clone.verify(&["--json"]);
    assert_eq!(said.code, 1, "{}\n{}", said.out, said.err);
    let lines = said.out.lines().map(|l| serde_json::from_str(l).unwrap());
    let lines: Vec<Value> = lines.collect();
    let last = lines.iter().find(|o| o["type"] == "verified").unwrap();
    assert_eq!((&last["ok"], &last["exit"]), (&false.into(), &1.into()));
    let untrue = lines.iter().filter(|o| o["stands"] == "not_true");
    let text = |o: &Value| o.as_str().unwrap().to_owned();
    // What rests on something that is not so names it as well.
    let beside = untrue
        .clone()
        .filter(|o| o["about"] != "criterion" && o["about"] != "receipt");
    for line in beside {
        assert_ne!(line["criteria"], Value::Array(Vec::new()), "{line}");
    }
    let criteria = untrue.filter(|o| o["about"] == "criterion");
    criteria
        .map(|o| (text(&o["which"]), text(&o["found"])))
        .collect()
}

#[test]
fn one_byte_names_the_criterion() {
    let (project, run) = landed();
    let clone = Clone::of(&project, "clone");
    is_so(&clone.verify(&[]));
    let landing = clone.git(&["rev-parse", "HEAD"]);
    let report = report(&run);
    let review = "harness/artifacts/T001-review.md";
    let approval = "no longer true because the approval that it hangs on (approved complete by ";
    let both = ["AC-1", "AC-2"];
    let row = "| Ada | approved complete | `";
    let changes: [(&str, &str, &str, &[&str], &str); 7] = [
        (
            "src/app.txt",
            "ten",
            "teN",
            &["AC-1"],
            "is not as it was judged",
        ),
        (
            "page.txt",
            "dark",
            "dorK",
            &["AC-2"],
            "is not as it was judged",
        ),
        (
            review,
            "says ten",
            "says tem",
            &both,
            "harness/artifacts/T001-review.md",
        ),
        (
            &report,
            row,
            "| Adb | approved complete | `",
            &both,
            approval,
        ),
        (&report, "\"by\":\"Ada\"", "\"by\":\"Adb\"", &both, approval),
        (&report, "\"on\":\"", "\"on\":\"0", &[], ""),
        (
            &report,
            "\"given_on\":[\"build N",
            "\"given_on\":[\"cuild N",
            &both,
            approval,
        ),
    ];
    for (path, from, to, wanted, why) in changes {
        clone.git(&["reset", "-q", "--hard", landing.trim()]);
        clone.edit(path, from, to);
        clone.amend();
        if wanted.is_empty() {
            // What is no digest is no receipt.
            assert_eq!(clone.verify(&[]).code, 2);
            continue;
        }
        let found = named(&clone);
        let ids: Vec<&str> = found.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, wanted, "{path}: {to}: {found:?}");
        assert!(
            found.iter().all(|(_, text)| text.contains(why)),
            "{path}: {to}: {found:?}"
        );
        let said = clone.verify(&[]);
        for id in wanted {
            let line = format!("not true   {id}  ");
            assert!(said.out.contains(&line), "{path}: {to}: {}", said.out);
        }
    }
    // The digest that it was given on, and the words of the message.
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    let text = std::fs::read_to_string(clone.dir.join(&report)).unwrap();
    let (_, digest) = text.split_once("\"on\":\"").unwrap();
    let digit = if digest.starts_with('0') { "1" } else { "0" };
    let from = format!("\"on\":\"{}", &digest[..1]);
    clone.edit(&report, &from, &format!("\"on\":\"{digit}"));
    clone.amend();
    let found = named(&clone);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].1.contains(approval), "{found:?}");
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    let message = clone.git(&["log", "-1", "--format=%B"]);
    clone.reword(&message.replacen("Ada approved", "Adb approved", 1));
    let found = named(&clone);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[1]
            .1
            .contains("the commit's message says: - Adb approved"),
        "{found:?}"
    );
}
