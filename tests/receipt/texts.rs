//! The text of a pull request, as it comes back from where it was.

use crate::scene::{Clone, is_no_receipt, is_not, is_so, landed};
use harness_tui::git::Git;
use harness_tui::landing::receipt::FENCE;
use harness_tui::landing::verify::{Subject, verify};
use harness_tui::terms::Digest;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// The page with the digest that its block has now, wherever the one it had stands.
fn resealed(page: &str) -> String {
    let (_, from) = page.split_once(FENCE).unwrap();
    let (said, rest) = from.split_once('\n').unwrap();
    let (body, _) = rest.split_once("\n```").unwrap();
    let digest = Digest::of(body).to_string();
    assert_ne!(said, digest);
    page.replace(said, &digest)
}

#[test]
fn the_text_of_a_pull_request_is_verified_however_it_comes_back() {
    let (project, run) = landed();
    let page = project.expect(0, &["receipt", &run]).out;
    let clone = Clone::of(&project, "clone");
    let around = format!("Hello.\n\n{page}\n\nClose soon, please.");
    for text in [
        page.clone(),
        page.trim().replace('\n', "\r\n"),
        around,
        escaped(&page),
    ] {
        is_so(&clone.verify_text(&text));
    }
    let file = clone.dir.join(".git/page.md");
    std::fs::write(&file, &page).unwrap();
    is_so(&clone.verify(&[file.to_str().unwrap()]));
    is_so(&clone.verify(&[file.to_str().unwrap(), "--at", "HEAD"]));
    // It is not what was there before.
    is_not(
        &clone.verify(&[file.to_str().unwrap(), "--at", "HEAD~1"]),
        "before",
        &["AC-1", "AC-2"],
    );

    is_no_receipt(&clone.verify_text(&format!("{page}\n{page}")), "2 receipts");
    let forged = page.replace("\"by\":\"Ada\"", "\"by\":\"Eve\"");
    is_no_receipt(
        &clone.verify_text(&format!("{forged}\n\n> quoted\n\n{page}")),
        "2 receipts",
    );
    is_no_receipt(&clone.verify_text(&page[..page.len() / 2]), "no end");
    is_no_receipt(&clone.verify_text("nothing"), "no receipt");
    is_no_receipt(
        &clone.verify_text(&"x".repeat(17 * 1024 * 1024)),
        "longer than",
    );
    let spaced = page.replace("\"comments\":[]", "\"comments\": []");
    is_no_receipt(&clone.verify_text(&spaced), "not written as receipts are");
    let deep = page.replace(
        "\"comments\":[]",
        &format!("\"comments\":{}", "[".repeat(100_000)),
    );
    is_no_receipt(&clone.verify_text(&deep), "can't be read");
    is_not(
        &clone.verify_text(&forged),
        "forged",
        &["approved complete by Eve"],
    );
    is_not(
        &clone.verify_text(&resealed(&page.replace("Ada", "Eve"))),
        "forged whole, with a digest that fits",
        &["names another receipt"],
    );
    let row = page.replace(
        "| **AC-2** It stays dark. | ✓ met",
        "| **AC-2** It stays dark. | ✗ unmet",
    );
    assert_ne!(row, page);
    is_not(&clone.verify_text(&row), "a row", &["AC-2"]);

    // A page that squashes takes the text as the message, and breaks its lines.
    let wrapped = page.split('\n').map(|line| {
        let mut out = String::new();
        for word in line.split(' ') {
            out.push_str(word);
            out.push(if out.len() > 60 { '\n' } else { ' ' });
        }
        out.trim_end().to_owned()
    });
    let wrapped: Vec<String> = wrapped.collect();
    for message in [page.clone(), wrapped.join("\n")] {
        clone.reword(&format!("Dark mode (#12)\n\n{message}"));
        is_so(&clone.verify(&[]));
    }
    // Or none of it.
    clone.reword("Dark mode (#12)\n");
    is_so(&clone.verify(&[]));
    is_no_receipt(&clone.verify(&["HEAD~1"]), "no run landed with it");
    is_no_receipt(&clone.verify(&["nowhere"]), "no commit and no file");
}

/// The engine's own look at texts in which one byte is another.
#[test]
fn no_byte_of_the_part_for_programs_can_be_another() {
    let (project, run) = landed();
    let page = project.expect(0, &["receipt", &run]).out;
    let at = Git::new(project.home()).resolve("HEAD").unwrap();
    let git = Git::new(project.home()).careful();
    let code = |text: &str| {
        let (text, at) = (text.to_owned(), Some(at.clone()));
        verify(&git, &Subject::Text { text, at }).map_or(2, |found| found.code())
    };
    assert_eq!(code(&page), 0);
    let start = page.find("```json").unwrap();
    let end = page.find("\n```\n").unwrap();
    let cases = 48;
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let any_byte = (start..end, any::<u8>());
    let found = runner.run(&any_byte, |(at, to)| {
        let mut bytes = page.clone().into_bytes();
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        prop_assert_ne!(code(&text), 0, "byte {} became {:?}", at, char::from(to));
        Ok(())
    });
    found.unwrap();
}
