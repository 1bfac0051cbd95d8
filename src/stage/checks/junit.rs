//! Reports in the form of JUnit, read as data: no entity is looked up, nothing is loaded, depth and
//! size cost nothing.

use super::report::MOST_TESTS;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeSet;

/// What the files told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Tests that failed.
    pub(super) failed: BTreeSet<String>,
    /// Tests that passed; one that failed in another place too is among the failed.
    pub(super) passed: BTreeSet<String>,
}

/// A test case that is being read.
struct Case {
    name: String,
    failed: bool,
    skipped: bool,
}

/// Reads one file; an error says what is wrong with it.
pub(super) fn read(text: &str, told: &mut Told) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut case: Option<Case> = None;
    let mut suites: Vec<String> = Vec::new();
    let (mut depth, mut root) = (0_usize, false);
    loop {
        let event = reader.read_event().map_err(|e| e.to_string())?;
        match event {
            Event::Start(tag) => {
                depth += 1;
                root |= is_root(&tag);
                if tag.local_name().as_ref() == "testsuite" {
                    suites.push(attribute(&tag, "name"));
                }
                begin(&tag, &mut case, &suites, told);
            }
            Event::Empty(tag) => {
                root |= is_root(&tag);
                begin(&tag, &mut case, &suites, told);
                if tag.local_name().as_ref() == "testcase" {
                    end(&mut case, told);
                }
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag.local_name().as_ref() {
                    "testcase" => end(&mut case, told),
                    "testsuite" => drop(suites.pop()),
                    _ => {}
                }
            }
            Event::Eof if depth > 0 => return Err("it ends in the middle".to_owned()),
            Event::Eof if !root => return Err("it is no report of JUnit's form".to_owned()),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if told.failed.len() + told.passed.len() > MOST_TESTS {
            return Err(format!("it tells of more than {MOST_TESTS} tests"));
        }
    }
}

fn is_root(tag: &BytesStart<'_>) -> bool {
    matches!(tag.local_name().as_ref(), "testsuites" | "testsuite")
}

fn begin(tag: &BytesStart<'_>, case: &mut Option<Case>, suites: &[String], told: &mut Told) {
    match (tag.local_name().as_ref(), &mut *case) {
        ("testcase", _) => {
            let (class, name) = (attribute(tag, "classname"), attribute(tag, "name"));
            let name = if class.is_empty() {
                name
            } else {
                format!("{class}::{name}")
            };
            *case = Some(Case {
                name,
                failed: false,
                skipped: false,
            });
        }
        ("failure" | "error", Some(case)) => case.failed = true,
        ("skipped", Some(case)) => case.skipped = true,
        // A suite that could not even begin.
        ("failure" | "error", None) => {
            let name = suites.last().cloned().unwrap_or_default();
            told.failed.insert(format!("suite {name}"));
        }
        _ => {}
    }
}

fn end(case: &mut Option<Case>, told: &mut Told) {
    let Some(case) = case.take() else { return };
    if case.failed {
        told.passed.remove(&case.name);
        told.failed.insert(case.name);
    } else if !case.skipped && !told.failed.contains(&case.name) {
        told.passed.insert(case.name);
    }
}

/// An attribute's value. One that holds an entity nobody knows stands as it is written.
fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).ok().flatten();
    found.map_or_else(String::new, |a| {
        match quick_xml::escape::unescape(&a.value) {
            Ok(text) => text.into_owned(),
            Err(_) => a.value.into_owned(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<(Vec<String>, Vec<String>), String> {
        let mut told = Told::default();
        read(text, &mut told)?;
        Ok((
            told.failed.into_iter().collect(),
            told.passed.into_iter().collect(),
        ))
    }

    #[test]
    fn cases_are_told_by_class_and_name() {
        let text = r#"<?xml version="1.0"?><testsuites><testsuite name="s" tests="4">
            <testcase classname="a.B" name="adds"/>
            <testcase classname="a.B" name="&lt;odd&gt;"><failure message="no">text <![CDATA[<x>]]></failure></testcase>
            <testcase name="breaks"><error/></testcase>
            <testcase name="later"><skipped/></testcase>
            <system-out>not ok</system-out>
            </testsuite></testsuites>"#;
        let (failed, passed) = of(text).unwrap();
        assert_eq!(failed, ["a.B::<odd>", "breaks"]);
        assert_eq!(passed, ["a.B::adds"]);
    }

    #[test]
    fn a_test_that_fails_anywhere_has_failed_and_so_has_a_suite_that_did_not_begin() {
        let text = "<testsuite name='s'><testcase name='t'><failure/></testcase><testcase name='t'/><error>no class</error></testsuite>";
        assert_eq!(
            of(text).unwrap(),
            (vec!["suite s".into(), "t".into()], vec![])
        );
    }

    #[test]
    fn hostile_and_broken_files_tell_nothing_and_do_no_harm() {
        for text in [
            "",
            "not xml",
            "<html><body/></html>",
            "<testsuite><testcase name='a'>",
            "<testsuite></testcase>",
        ] {
            assert!(of(text).is_err(), "{text:?}");
        }
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\"><!ENTITY f SYSTEM \"file:///etc/passwd\">]><testsuite><testcase name=\"&f;&b;\"><failure/></testcase></testsuite>";
        assert_eq!(of(bomb).unwrap().0, ["&f;&b;"]);
        let deep = "<testsuite>".repeat(100_000);
        assert!(of(&deep).is_err());
    }
}
