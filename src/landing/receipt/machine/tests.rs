use super::*;
use crate::landing::receipt::{Decision, Entry, Head, Kept, Place};
use crate::terms::{CriterionId, Oid, RunId};
use proptest::prelude::*;

fn oid(digit: &str) -> Oid {
    Oid::new(digit.repeat(40)).unwrap()
}

fn receipt() -> Receipt {
    Receipt {
        format: FORMAT,
        run: RunId::new("RUN-2026-04-02-T015").unwrap(),
        workflow: "feature".into(),
        task: None,
        started_on: Some(oid("1")),
        shared: vec![],
        in_place: false,
        taken: None,
        head: Head {
            commit: oid("2"),
            tree: oid("3"),
        },
        kept: Kept::Ref("refs/harness/RUN".into()),
        criteria: vec![crate::landing::receipt::Criterion {
            id: CriterionId::nth(1),
            text: "é <b> & \"quoted\" \\ 🦀".into(),
            judged: "met".into(),
            evidence: "a.rs:1".into(),
            by: None,
            places: vec![Place {
                path: "a.rs".into(),
                lines: Some((1, 2)),
                blob: oid("4"),
                digest: Some(Digest::of("x")),
            }],
            missing: vec!["b.rs:3".into()],
        }],
        checks: vec![crate::landing::receipt::Check {
            stage: "build".parse().unwrap(),
            command: "npm test".into(),
            exit: Some(0),
            how: "exit 0".into(),
            tree: oid("5"),
            besides: Some(vec![Entry {
                path: "b".into(),
                mode: None,
                blob: None,
            }]),
        }],
        decisions: vec![Decision {
            at: "2026-04-02 03:04:05 +00:00".into(),
            by: "Ada".into(),
            what: "approved complete".into(),
            on: Some(Digest::of("on")),
            given_on: vec!["task 1".into()],
        }],
        comments: vec![],
        artifacts: vec![],
        files: vec![],
        unlisted: None,
        handed_on: vec![],
        spent: vec![],
    }
}

#[test]
fn what_is_written_reads_back_also_with_other_line_ends() {
    let receipt = receipt();
    let text = receipt.machine();
    assert!(text.is_ascii() && !text.contains(['<', '>', '&']), "{text}");
    assert_eq!(Receipt::from_machine(&text).unwrap(), receipt);
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(Receipt::from_machine(&crlf).unwrap(), receipt);
}

#[test]
fn a_newer_form_says_so() {
    let text = receipt().machine().replace("\"format\":1", "\"format\":2");
    assert_eq!(Receipt::from_machine(&text), Err(Damaged::Newer(2)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    /// Whatever byte becomes whatever other: it is no receipt any more, or one of another digest.
    #[test]
    fn no_byte_can_be_another(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let receipt = receipt();
        let mut bytes = receipt.machine().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Ok(read) = Receipt::from_machine(&text) {
            prop_assert_ne!(read.digest(), receipt.digest());
        }
    }
}
