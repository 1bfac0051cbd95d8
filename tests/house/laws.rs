//! The laws, each a function of a file's path and text that returns its breaches.

use crate::source::Source;
use regex::Regex;

/// The rooms from the ground up. A room imports only from those before it.
pub const ORDER: [&str; 21] = [
    "terms",
    "text",
    "render",
    "store",
    "process",
    "git",
    "documents",
    "engine",
    "agents",
    "runners",
    "stage",
    "supervisor",
    "records",
    "items",
    "hand",
    "landing",
    "starting",
    "setup",
    "dialogue",
    "workbench",
    "cli",
];

const MAX_LINES: usize = 800;

/// The room a file belongs to; `lib.rs`, `main.rs` and tests belong to none.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let name = inside.split('/').next()?;
    let name = name.strip_suffix(".rs").unwrap_or(name);
    ORDER.contains(&name).then_some(name)
}

fn rank(room: &str) -> Option<usize> {
    ORDER.iter().position(|r| *r == room)
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The rooms that a piece of code names by path, each with where.
fn named(path: &str, code: &str) -> Vec<(usize, String)> {
    // `src/a.rs` is one module deep, `src/a/b.rs` two: so many `super` lead to the crate's root.
    let depth = path.matches('/').count();
    let supers = "super::".repeat(depth);
    let start = Regex::new(&format!(r"\b(?:crate::|harness_tui::|{supers})\s*")).unwrap();
    let word = Regex::new(r"^[a-z_]+").unwrap();
    let mut found = Vec::new();
    for hit in start.find_iter(code) {
        if code[..hit.start()].ends_with("super::") {
            continue;
        }
        let rest = &code[hit.end()..];
        if let Some(word) = word.find(rest) {
            found.push((hit.end(), word.as_str().to_owned()));
        } else if rest.starts_with('{') {
            found.extend(
                group(rest)
                    .into_iter()
                    .map(|(at, name)| (hit.end() + at, name)),
            );
        }
    }
    found
}

/// The first words of the outermost items of a `{a::b, c::{d, e}}` group.
fn group(text: &str) -> Vec<(usize, String)> {
    let mut depth = 0;
    let mut item = true;
    let mut found: Vec<(usize, String)> = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => item = true,
            c if c.is_whitespace() => {}
            _ if item && depth == 1 => {
                let rest = &text[at..];
                let end = rest
                    .find(|c: char| !c.is_ascii_lowercase() && c != '_')
                    .unwrap_or(rest.len());
                found.push((at, rest[..end].to_owned()));
                item = false;
            }
            _ => {}
        }
    }
    found
}

/// A room imports only from rooms below it.
pub fn imports(path: &str, text: &str) -> Vec<String> {
    let Some(here) = room(path) else {
        return Vec::new();
    };
    let source = Source::of(text);
    named(path, &source.code)
        .into_iter()
        .filter(|(_, there)| rank(there) > rank(here))
        .map(|(at, there)| {
            let line = line_of(&source.code, at);
            format!("{path}:{line}: {here} imports {there}, which stands above it")
        })
        .collect()
}

/// Printing only in `cli`; no clock and no I/O where a room's law says so. Tests are free.
pub fn names(path: &str, text: &str) -> Vec<String> {
    let Some(here) = room(path) else {
        return Vec::new();
    };
    // What only tests build may do as tests do.
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return Vec::new();
    }
    let mut laws: Vec<(&str, &str)> = Vec::new();
    if here != "cli" {
        laws.push((r"\be?print(ln)?!", "only cli prints"));
    }
    if ["terms", "engine", "documents", "agents"].contains(&here) {
        laws.push((
            r"\b(Timestamp::now|Instant::now|SystemTime|Zoned::now)\b",
            "this room has no clock",
        ));
    }
    if ["terms", "text", "render", "engine", "documents", "agents"].contains(&here) {
        laws.push((
            r"\bstd::(\{[^}]*\b)?(fs|process|net)\b",
            "this room does no I/O",
        ));
    }
    let source = Source::of(text);
    let code = source.code_without_tests();
    let mut found = Vec::new();
    for (pattern, why) in laws {
        for hit in Regex::new(pattern).unwrap().find_iter(code) {
            let line = line_of(code, hit.start());
            found.push(format!("{path}:{line}: {} ({why})", hit.as_str()));
        }
    }
    found
}

/// The files that put text into cells: what they are given is safe by its type.
const PAINTERS: [&str; 2] = ["src/workbench/draw/line.rs", "src/workbench/draw/page.rs"];

/// Text gets into a cell in one way: no other file paints with what ratatui has for it.
pub fn painting(path: &str, text: &str) -> Vec<String> {
    if room(path) != Some("workbench") || PAINTERS.contains(&path) {
        return Vec::new();
    }
    let source = Source::of(text);
    let code = source.code_without_tests();
    let ways = r"\b(set_stringn?|set_symbol|append_symbol|set_char|set_line|set_span|Span::(raw|styled|from)|Line::(raw|styled|from)|Text::(raw|styled|from)|Paragraph|ratatui::text)\b|\.title(_top|_bottom)?\([^)]";
    Regex::new(ways)
        .unwrap()
        .find_iter(code)
        .map(|hit| {
            let line = line_of(code, hit.start());
            format!(
                "{path}:{line}: {} (paint it as a draw::line::Line)",
                hit.as_str()
            )
        })
        .collect()
}

/// A file is short, and named after what is in it.
pub fn shape(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        found.push(format!(
            "{path}:{MAX_LINES}: it has {lines} lines; split it"
        ));
    }
    // Below tests/, Cargo knows a shared module by no other name.
    if !path.starts_with("tests/") && path.rsplit('/').next() == Some("mod.rs") {
        found.push(format!(
            "{path}:1: name it after its room, beside its folder"
        ));
    }
    found
}

/// No notes to oneself, no unfinished code.
pub fn leftovers(path: &str, text: &str) -> Vec<String> {
    let source = Source::of(text);
    let note = Regex::new(r"(?m)//[/!]?\s*(TODO|FIXME)\b|\b(TODO|FIXME)[:(]").unwrap();
    let stub = Regex::new(r"\b(todo|unimplemented)!").unwrap();
    let notes = note.find_iter(&source.comments);
    let stubs = stub.find_iter(&source.code);
    notes
        .map(|hit| (line_of(&source.comments, hit.start()), hit.as_str()))
        .chain(stubs.map(|hit| (line_of(&source.code, hit.start()), hit.as_str())))
        .map(|(line, what)| format!("{path}:{line}: {what}"))
        .collect()
}

/// The top file of a room says its law in its first lines.
pub fn stated(path: &str, text: &str) -> Vec<String> {
    let top = room(path).is_some_and(|room| path == format!("src/{room}.rs"));
    let says = text
        .lines()
        .take(20)
        .take_while(|l| l.starts_with("//!"))
        .any(|l| l.contains("Law:"));
    if top && !says {
        vec![format!("{path}:1: the room's law is not stated")]
    } else {
        Vec::new()
    }
}

#[test]
fn an_import_from_above_is_found_in_every_spelling() {
    for code in [
        "use crate::cli::x;",
        "use crate::{terms::Digest, cli::{a, b}};",
        "fn f() { crate::cli::main() }",
        "use super::super::cli;",
        "use crate::{\n    terms,\n    cli,\n};",
    ] {
        assert_eq!(imports("src/engine/plan.rs", code).len(), 1, "{code}");
    }
    assert_eq!(imports("src/engine.rs", "use super::agents;").len(), 1);
    let breach = imports("src/engine/plan.rs", "\n\nuse crate::cli;");
    assert!(
        breach[0].starts_with("src/engine/plan.rs:3: "),
        "{breach:?}"
    );
}

#[test]
fn an_import_from_below_or_in_a_comment_is_none() {
    for code in [
        "use crate::terms::{Digest, cli};",
        "use super::cli;",
        "use crate::engine::plan;",
        "// use crate::cli;\nlet a = \"crate::cli\";",
        "/// See [`crate::cli`].",
    ] {
        assert_eq!(imports("src/engine/plan.rs", code), [""; 0], "{code}");
    }
    assert_eq!(imports("src/main.rs", "use harness_tui::cli;"), [""; 0]);
}

#[test]
fn forbidden_names_are_found_where_they_are_forbidden() {
    assert_eq!(names("src/git.rs", "println!(\"x\")").len(), 1);
    assert_eq!(names("src/cli/run.rs", "println!(\"x\")").len(), 0);
    assert_eq!(names("src/engine/a.rs", "Instant::now()").len(), 1);
    assert_eq!(names("src/stage.rs", "Instant::now()").len(), 0);
    assert_eq!(names("src/text/a.rs", "use std::fs::File;").len(), 1);
    assert_eq!(names("src/text/a.rs", "use std::{fmt, fs};").len(), 1);
    assert_eq!(names("src/text/a.rs", "use std::fmt;").len(), 0);
    assert_eq!(names("src/text/a/tests.rs", "use std::fs;").len(), 0);
    let tests = "fn a() {}\n#[cfg(test)]\nmod tests { use std::fs; }";
    assert_eq!(names("src/text/a.rs", tests).len(), 0);
}

#[test]
fn painting_by_another_way_is_found() {
    for code in [
        "buffer.set_string(0, 0, title, style)",
        "buffer.set_stringn(0, 0, title, 9, style)",
        "cell.set_symbol(title)",
        "frame.render_widget(Paragraph::new(title), area)",
        "use ratatui::text::Line as Row;",
        "let a = Span::raw(title);",
        "Line::from(title)",
        "Block::bordered().title(title)",
    ] {
        assert_eq!(painting("src/workbench/draw/a.rs", code).len(), 1, "{code}");
        assert_eq!(painting(PAINTERS[0], code), [""; 0], "{code}");
    }
    let safe = "Line::new(theme).text(title).draw(frame, area, None) // set_string";
    assert_eq!(painting("src/workbench/draw/a.rs", safe), [""; 0]);
    assert_eq!(painting("src/git.rs", "a.set_string(b)"), [""; 0]);
}

#[test]
fn long_files_and_mod_rs_are_found() {
    assert_eq!(shape("src/a.rs", &"x\n".repeat(MAX_LINES)).len(), 0);
    assert_eq!(shape("src/a.rs", &"x\n".repeat(MAX_LINES + 1)).len(), 1);
    assert_eq!(shape("src/a/mod.rs", "").len(), 1);
}

#[test]
fn leftovers_are_found_in_comments_and_code_only() {
    assert_eq!(leftovers("a.rs", "// TODO later").len(), 1);
    assert_eq!(
        leftovers("a.rs", "fn f() { todo!() } // see FIXME: b").len(),
        2
    );
    assert_eq!(leftovers("a.rs", "const MARK: &str = \"TODO\";").len(), 0);
    assert_eq!(
        leftovers("a.rs", "/// `TODO` alone is a placeholder.").len(),
        0
    );
}

#[test]
fn a_law_must_stand_in_the_first_lines_of_the_top_file() {
    assert_eq!(
        stated("src/git.rs", "//! Git.\n//!\n//! Law: one.\n").len(),
        0
    );
    assert_eq!(stated("src/git.rs", "//! Git.\n\n// Law: one.\n").len(), 1);
    assert_eq!(stated("src/git/refs.rs", "").len(), 0);
}
