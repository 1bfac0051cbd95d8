//! Landed in every way, a receipt is so; after one byte of what it tells of is another, it is not.

use crate::scene::{
    Clone, LINES, completed, everything, is_not, is_so, landed, project, report, untrue,
};

const TASK: &str = "harness/tasks/T001-dark-mode.md";
const REVIEW: &str = "harness/artifacts/T001-review.md";

#[test]
fn one_byte_of_anything_is_found_and_named() {
    let (project, run) = landed();
    let clone = Clone::of(&project, "clone");
    let before = everything(&clone.dir.join(".git/objects"));
    let said = clone.verify(&[]);
    is_so(&said);
    assert_eq!(everything(&clone.dir.join(".git/objects")), before);
    for told in [
        "AC-1",
        "AC-2",
        "src/app.txt:10 is as it was judged",
        "given on what landed",
    ] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
    let landing = clone.git(&["rev-parse", "HEAD"]);
    let report = report(&run);
    let page = "| Ada | approved complete | `";
    type Change<'c> = (&'c str, &'c str, &'c str, &'c [&'c str]);
    let changes: [Change<'_>; 12] = [
        (
            "src/app.txt",
            "ten",
            "teN",
            &["AC-1", "src/app.txt:10 is not as it was judged"],
        ),
        ("src/app.txt", "3\n", "4\n", &["AC-1", "file src/app.txt"]),
        ("page.txt", "light", "lighT", &["AC-2", "file page.txt"]),
        (
            REVIEW,
            "says ten",
            "says tem",
            &["AC-1", "AC-2", "artifact review", "approved complete"],
        ),
        (
            REVIEW,
            "None",
            "none",
            &["AC-1", "artifact review", "approved complete"],
        ),
        (
            TASK,
            "It stays dark",
            "It stays dork",
            &["AC-2", "task", "approved complete"],
        ),
        (
            &report,
            page,
            "| Eve | approved complete | `",
            &["approved complete by Ada"],
        ),
        (
            &report,
            "\"by\":\"Ada\"",
            "\"by\":\"Adb\"",
            &["approved complete by Adb", "another receipt"],
        ),
        (
            &report,
            "\"at\":\"20",
            "\"at\":\"21",
            &["approved complete by Ada"],
        ),
        (
            &report,
            "\"given_on\":[\"build N",
            "\"given_on\":[\"cuild N",
            &["approved complete"],
        ),
        (
            &report,
            "\"exit\":0",
            "\"exit\":1",
            &["check grep -q dark page.txt"],
        ),
        (
            &report,
            "| grep -q dark page.txt | 0 ",
            "| grep -q dark page.txt | 1 ",
            &["check grep"],
        ),
    ];
    for (path, from, to, named) in changes {
        clone.git(&["reset", "-q", "--hard", landing.trim()]);
        clone.edit(path, from, to);
        clone.amend();
        is_not(&clone.verify(&[]), &format!("{path}: {to}"), named);
    }
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    let message = clone.git(&["log", "-1", "--format=%B"]);
    let words: [(&str, &str, &str); 6] = [
        ("Ada approved", "Adb approved", "approved complete by Ada"),
        ("exit 0", "exit 1", "check grep -q dark page.txt"),
        ("AC-2 met", "AC-2 mets", "AC-2"),
        ("It is dark.", "It is dork.", "AC-1"),
        (
            "Criteria:\n",
            "Criteria:\n- AC-3 met: more\n",
            "says more between",
        ),
        ("blake3:", "blake3:0", "no digest"),
    ];
    for (from, to, named) in words {
        let other = message.replacen(from, to, 1);
        assert_ne!(other, message, "{from}");
        clone.reword(&other);
        let said = clone.verify(&[]);
        if named == "no digest" {
            assert_eq!(said.code, 2, "{}", said.out);
            assert!(said.err.contains(named), "{}", said.err);
        } else {
            is_not(&said, to, &[named]);
        }
    }
    // What nobody judged does not pass along with what was.
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    std::fs::write(clone.dir.join("extra.txt"), "nobody saw it\n").unwrap();
    clone.amend();
    is_not(&clone.verify(&[]), "extra", &["also changes extra.txt"]);
}

#[test]
fn a_merge_and_a_moved_base_verify_and_a_change_of_a_claimed_file_does_not() {
    let with_merge = project();
    let run = completed(&with_merge);
    with_merge.expect(0, &["land", &run, "--merge"]);
    let clone = Clone::of(&with_merge, "clone");
    is_so(&clone.verify(&[]));

    let moved = project();
    let run = completed(&moved);
    // Others change another line of the same file, and another file.
    moved.put("src/app.txt", &LINES.replace("2\n3\n", "two\nmore\n3\n"));
    moved.put("other.txt", "other\n");
    moved.git(&["add", "-A", "src", "other.txt"]);
    moved.git(&["commit", "-q", "-m", "others' work"]);
    moved.expect(0, &["land", &run]);
    let clone = Clone::of(&moved, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("merged with what others changed"),
        "{}",
        said.out
    );
    assert!(
        said.out.contains("as it was judged, at line 11"),
        "{}",
        said.out
    );
    // More commits upon it change nothing of what it is.
    let landing = clone.git(&["rev-parse", "HEAD"]);
    std::fs::write(clone.dir.join("later.txt"), "later\n").unwrap();
    clone.git(&["add", "later.txt"]);
    clone.git(&["commit", "-q", "-m", "later"]);
    is_so(&clone.verify(&[landing.trim()]));
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    clone.edit("src/app.txt", "12\n", "13\n");
    clone.amend();
    let said = clone.verify(&[]);
    is_not(
        &said,
        "a line that nobody changed",
        &["AC-1", "file src/app.txt"],
    );
    assert!(!untrue(&said).contains("AC-2"), "{}", said.out);
}

#[test]
fn a_merge_made_by_a_page_is_known_by_the_report_that_it_brings() {
    let (project, run) = landed();
    let clone = Clone::of(&project, "clone");
    clone.git(&["checkout", "-q", "-b", "page", "HEAD~1"]);
    std::fs::write(clone.dir.join("beside.txt"), "beside\n").unwrap();
    clone.git(&["add", "beside.txt"]);
    clone.git(&["commit", "-q", "-m", "beside"]);
    clone.git(&[
        "merge",
        "-q",
        "--no-ff",
        "main",
        "-m",
        "Merge pull request #3",
    ]);
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(said.out.contains(&report(&run)), "{}", said.out);
    // What a ref puts in the place of an object is not that object.
    let honest = clone.git(&["rev-parse", "HEAD"]);
    clone.edit("page.txt", "dark", "dork");
    clone.amend();
    let forged = clone.git(&["rev-parse", "HEAD"]);
    clone.git(&["replace", forged.trim(), honest.trim()]);
    is_not(&clone.verify(&[]), "replaced", &["page.txt"]);
    // Where the commit that the run started on is not here, nothing is said of its trees.
    let shallow = project.outside("shallow");
    let from = format!("file://{}", project.home().display());
    project.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &from,
        shallow.to_str().unwrap(),
    ]);
    let said = project.expect(2, &["-C", shallow.to_str().unwrap(), "verify"]);
    assert!(
        said.out.contains("not known") && said.out.contains("is not here"),
        "{}",
        said.out
    );
}

#[test]
fn of_the_files_that_a_landing_writes_in_nothing_else_is_another() {
    let (project, run) = landed();
    let clone = Clone::of(&project, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    for told in [
        "of harness/tasks/T001-dark-mode.md its status and its links",
        "of harness/backlog.md the status of B001 (Done) and its task",
    ] {
        assert!(said.out.contains(told), "{told}: {}", said.out);
    }
    let landing = clone.git(&["rev-parse", "HEAD"]);
    clone.edit("harness/backlog.md", "Readers want it", "Nobody wants it");
    clone.amend();
    is_not(
        &clone.verify(&[]),
        "a word of the backlog",
        &[
            "harness/backlog.md",
            "more of it than the status of one item",
        ],
    );
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    let forged = "# Backlog\n\n### B666 - Other\n**Status:** Done\n";
    std::fs::write(clone.dir.join("harness/backlog.md"), forged).unwrap();
    clone.amend();
    is_not(&clone.verify(&[]), "a forged one", &["harness/backlog.md"]);
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    std::fs::remove_file(clone.dir.join("harness/backlog.md")).unwrap();
    clone.amend();
    is_not(&clone.verify(&[]), "gone", &["the commit takes it away"]);
    assert!(said.out.contains(&report(&run)), "{}", said.out);
}
