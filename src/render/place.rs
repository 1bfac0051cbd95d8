//! Files and addresses within running text.

use super::Target;
use std::ops::Range;

/// The addresses and files that a text names, in their order: `https://…`, `src/a.rs`,
/// `a.rs:12`. Where a file stands is not known here; it may not exist.
pub fn places(text: &str) -> Vec<(Range<usize>, Target)> {
    if !text.contains(['/', ':']) {
        return Vec::new();
    }
    let mut found = Vec::new();
    // What no terminal shows is part of no name.
    let ends = |c: char| c.is_whitespace() || c.is_control();
    for word in text.split(|c: char| ends(c) || "()[]{}<>`\"'|,;".contains(c)) {
        let word = word.trim_end_matches(['.', ':', '!', '?', '…']);
        let start = offset(text, word);
        if let Some(target) = address(word).or_else(|| place(word)) {
            found.push((start..start + word.len(), target));
        }
    }
    found
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

fn address(word: &str) -> Option<Target> {
    let rest = word
        .strip_prefix("https://")
        .or_else(|| word.strip_prefix("http://"))?;
    let begins = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    begins.then(|| Target::Url(encoded(word)))
}

/// The file that a word names: with a line after it, or with a folder before it, and always with
/// an ending.
pub fn place(word: &str) -> Option<Target> {
    let (path, line) = split_line(word);
    let path = path.strip_prefix("./").unwrap_or(path);
    let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = name.rsplit_once('.')?;
    let usual = |c: char| c.is_alphanumeric() || "/._-+@".contains(c);
    let fits = path.chars().all(usual)
        && (1..=10).contains(&ending.len())
        && ending.starts_with(|c: char| c.is_ascii_alphabetic())
        && ending.chars().all(|c| c.is_ascii_alphanumeric())
        && (!stem.is_empty() || path.contains('/'))
        && (line.is_some() || path.contains('/'))
        && path.split('/').all(|p| !p.is_empty() && p != "..")
        && !path.starts_with("www.");
    fits.then(|| Target::Place {
        path: path.to_owned(),
        line,
    })
}

/// A path and the line after it: `a.rs:12`, `a.rs:12:5`, `a.rs:12-20`, `a.rs#L12`, `a.rs#L12-L20`.
fn split_line(word: &str) -> (&str, Option<usize>) {
    let number = |rest: &str| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(end);
        let usual = tail
            .chars()
            .all(|c| c.is_ascii_digit() || ":-L".contains(c));
        let line = digits.parse().ok().filter(|n| *n > 0);
        line.filter(|_| usual)
    };
    if let Some((path, rest)) = word.split_once("#L")
        && let Some(line) = number(rest)
    {
        return (path, Some(line));
    }
    if let Some((path, rest)) = word.split_once(':')
        && let Some(line) = number(rest)
    {
        return (path, Some(line));
    }
    (word, None)
}

/// Where a link leads that stands in a file of this folder (empty: the root of the tree). A link
/// into the page itself is not known here. `None`: it leads nowhere that can be opened.
pub fn link(target: &str, folder: &str) -> Option<Target> {
    if let Some((scheme, rest)) = target.split_once(':')
        && scheme.len() > 1
        && scheme.chars().all(|c| c.is_ascii_alphabetic())
    {
        let known = ["http", "https", "mailto"].contains(&scheme.to_ascii_lowercase().as_str());
        return (known && !rest.is_empty()).then(|| Target::Url(encoded(target)));
    }
    let (path, line) = split_line(target);
    let path = path.split(['#', '?']).next().unwrap_or(path);
    let path = decoded(path);
    let path = inside(&path, folder)?;
    Some(Target::Place { path, line })
}

/// A path in a folder, without `.` and `..`; `None` where it leads out of the tree or nowhere.
fn inside(path: &str, folder: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        parts.extend(folder.split('/').filter(|p| !p.is_empty()));
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    (!path.is_empty() && !path.chars().any(char::is_control)).then_some(path)
}

/// An address as it may go into a terminal's link: what is not plain ASCII is written `%XX`.
fn encoded(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for byte in address.bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A path as files are called: `%20` is a space.
fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut n = 0;
    while let Some(byte) = bytes.get(n) {
        let digits = path.get(n + 1..n + 3).filter(|_| *byte == b'%');
        match digits.and_then(|d| u8::from_str_radix(d, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                n += 3;
            }
            None => {
                out.push(*byte);
                n += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, line: Option<usize>) -> Target {
        Target::Place {
            path: path.to_owned(),
            line,
        }
    }

    #[test]
    fn files_are_found_in_running_text() {
        let text =
            "see src/a.rs:12, (b.css:4-9) and docs/x.md. Not and/or, 1.2/3.4, a.b, /etc/x.y:1";
        let found: Vec<(&str, Target)> = places(text)
            .into_iter()
            .map(|(at, target)| (&text[at], target))
            .collect();
        assert_eq!(
            found,
            [
                ("src/a.rs:12", file("src/a.rs", Some(12))),
                ("b.css:4-9", file("b.css", Some(4))),
                ("docs/x.md", file("docs/x.md", None)),
            ]
        );
    }

    #[test]
    fn addresses_are_found_and_plain() {
        let text = "at https://example.org/a?b=1. or http://é.example";
        let found: Vec<Target> = places(text).into_iter().map(|(_, t)| t).collect();
        assert_eq!(
            found,
            [Target::Url("https://example.org/a?b=1".to_owned()),]
        );
    }

    #[test]
    fn links_lead_to_files_of_the_tree_only() {
        let lead = |target: &str| link(target, "harness/tasks");
        assert_eq!(lead("a.md"), Some(file("harness/tasks/a.md", None)));
        assert_eq!(
            lead("../x%20y.md#L7"),
            Some(file("harness/x y.md", Some(7)))
        );
        assert_eq!(lead("/src/a.rs:3"), Some(file("src/a.rs", Some(3))));
        assert_eq!(lead("a.md#part"), Some(file("harness/tasks/a.md", None)));
        assert_eq!(lead("../../../x"), None);
        assert_eq!(lead("javascript:alert(1)"), None);
        assert_eq!(
            lead("https://e.org/\u{1b}]x"),
            Some(Target::Url("https://e.org/%1B]x".to_owned()))
        );
    }
}
