//! YAML as a tree with places. All faults are gathered; nothing here knows what a key means.
//!
//! Law: what people can't see at a glance is refused: anchors, aliases, tags, merge keys, more
//! than one document. Sizes are bounded. `yes`, `no`, `on` and `off` are texts.

pub mod node;
pub mod overlay;
pub mod shape;

pub use node::{At, Key, Node, Span, Value};
pub use shape::did_you_mean;

use crate::terms::{Finding, Place};
use granit_parser::{Event, Parser, ScalarStyle};

/// Bytes of a document.
pub const MAX_BYTES: usize = 256 * 1024;
/// Levels of nesting.
pub const MAX_DEPTH: usize = 32;
/// Nodes of a document, keys not counted.
pub const MAX_NODES: usize = 10_000;

/// A document read as far as it could be, with every fault that was met.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// The tree; `None` where the document is empty or its syntax is broken.
    pub root: Option<Node>,
    /// What is wrong, in the order of the text.
    pub faults: Vec<Finding>,
}

/// Reads a document. `file` names it in findings.
pub fn parse(file: &str, text: &str) -> Parsed {
    let mut builder = Builder::new(file, text);
    if text.len() > MAX_BYTES {
        builder.fault(
            Finding::new(
                "yaml/too-large",
                format!("it is {} bytes; at most {MAX_BYTES} are read", text.len()),
            )
            .remedy("split it"),
            Span::START,
        );
        return builder.finish(true);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_comments: false,
        disallow_directives: true,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if builder.event(event, at(span.start)).is_err() {
                    return builder.finish(true);
                }
            }
            Err(error) => {
                builder.syntax(&error.info(), at(*error.marker()));
                return builder.finish(true);
            }
        }
    }
    builder.finish(false)
}

fn at(marker: granit_parser::Marker) -> Span {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Span {
        line: number(marker.line()).max(1),
        column: number(marker.col()).saturating_add(1),
        laid_over: false,
    }
}

/// The document can't be read on; the reason is among the faults.
struct Stop;

enum Frame {
    Seq(Span, Vec<Node>),
    Map(OpenMap),
}

struct OpenMap {
    span: Span,
    entries: Vec<(Key, Node)>,
    key: Option<Key>,
    broken: bool,
}

struct Builder<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    open: Vec<Frame>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    faults: Vec<Finding>,
}

impl<'a> Builder<'a> {
    fn new(file: &'a str, text: &'a str) -> Self {
        Self {
            file,
            lines: text.lines().collect(),
            open: Vec::new(),
            root: None,
            documents: 0,
            nodes: 0,
            faults: Vec::new(),
        }
    }

    fn finish(self, broken: bool) -> Parsed {
        Parsed {
            root: if broken { None } else { self.root },
            faults: self.faults,
        }
    }

    fn fault(&mut self, finding: Finding, span: Span) {
        self.faults.push(finding.at(span.in_file(self.file)));
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Stop> {
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse("alias", "an alias (*name)", "write the value out", span);
                self.add(span, Value::Broken)
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                let value = self.scalar(&text, style, span);
                self.add(span, value)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                self.push(Frame::Seq(span, Vec::new()), span)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.decorations(anchor, tag.is_some(), span);
                let map = OpenMap {
                    span,
                    entries: Vec::new(),
                    key: None,
                    broken: false,
                };
                self.push(Frame::Map(map), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.pop(),
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents < 2 {
            return Ok(());
        }
        self.fault(
            Finding::new("yaml/documents", "a second document begins here")
                .remedy("keep one document in a file"),
            span,
        );
        Err(Stop)
    }

    fn decorations(&mut self, anchor: usize, tagged: bool, span: Span) {
        if anchor != 0 {
            self.refuse("anchor", "an anchor (&name)", "remove it", span);
        }
        if tagged {
            self.refuse("tag", "a tag (!name)", "remove it", span);
        }
    }

    fn refuse(&mut self, code: &str, what: &str, remedy: &str, span: Span) {
        self.fault(
            Finding::new(format!("yaml/{code}"), format!("{what} is not accepted")).remedy(remedy),
            span,
        );
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: Span) -> Value {
        if style != ScalarStyle::Plain {
            return Value::Str {
                text: text.to_owned(),
                quoted: true,
            };
        }
        if text.contains("{{") && !text.contains("${{") {
            self.unquoted(span);
        }
        node::plain(text)
    }

    fn unquoted(&mut self, span: Span) {
        self.fault(
            Finding::new("yaml/unquoted", "a value that holds {{ must be quoted")
                .remedy("put it in double quotes"),
            span,
        );
    }

    fn push(&mut self, frame: Frame, span: Span) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            self.fault(
                Finding::new(
                    "yaml/too-deep",
                    format!("it is nested deeper than {MAX_DEPTH}"),
                )
                .remedy("flatten it"),
                span,
            );
            return Err(Stop);
        }
        self.open.push(frame);
        Ok(())
    }

    fn pop(&mut self) -> Result<(), Stop> {
        match self.open.pop() {
            Some(Frame::Seq(span, items)) => self.add(span, Value::Seq(items)),
            Some(Frame::Map(map)) if map.broken => self.add(map.span, Value::Broken),
            Some(Frame::Map(map)) => self.add(map.span, Value::Map(map.entries)),
            None => Ok(()),
        }
    }

    /// Puts a finished node where it belongs: into the open list, or as key or value of the open
    /// map.
    fn add(&mut self, span: Span, value: Value) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            self.fault(
                Finding::new(
                    "yaml/too-many",
                    format!("it has more than {MAX_NODES} nodes"),
                )
                .remedy("split it"),
                span,
            );
            return Err(Stop);
        }
        let node = Node { span, value };
        match self.open.pop() {
            None => self.root = Some(node),
            Some(Frame::Seq(at, mut items)) => {
                items.push(node);
                self.open.push(Frame::Seq(at, items));
            }
            Some(Frame::Map(mut map)) => {
                match map.key.take() {
                    None => self.key(&mut map, node),
                    Some(key) => self.entry(&mut map, key, node),
                }
                self.open.push(Frame::Map(map));
            }
        }
        Ok(())
    }

    fn key(&mut self, map: &mut OpenMap, node: Node) {
        let span = node.span;
        let text = match node.value {
            Value::Str {
                text,
                quoted: false,
            } if text == "<<" => {
                self.refuse("merge", "a merge key (<<)", "write the keys out", span);
                map.broken = true;
                text
            }
            Value::Str { text, .. } | Value::Int { text, .. } | Value::Float { text, .. } => text,
            Value::Bool(yes) => yes.to_string(),
            Value::Null => String::new(),
            Value::Seq(_) | Value::Map(_) => {
                if self.starts_with_braces(map.span) {
                    self.unquoted(map.span);
                } else {
                    self.refuse("key", "a list or a map as a key", "use a word", span);
                }
                map.broken = true;
                String::new()
            }
            Value::Broken => {
                map.broken = true;
                String::new()
            }
        };
        map.key = Some(Key { span, text });
    }

    fn entry(&mut self, map: &mut OpenMap, key: Key, node: Node) {
        if let Some((first, _)) = map.entries.iter().find(|(k, _)| k.text == key.text) {
            let text = format!(
                "the key '{}' stands here a second time; the first is at {}",
                key.text,
                first.span.in_file(self.file)
            );
            self.fault(
                Finding::new("yaml/duplicate-key", text).remedy("remove one of them"),
                key.span,
            );
        } else {
            map.entries.push((key, node));
        }
    }

    fn starts_with_braces(&self, span: Span) -> bool {
        self.line(span.line)
            .chars()
            .skip(span.column as usize - 1)
            .take(2)
            .eq("{{".chars())
    }

    fn line(&self, number: u32) -> &'a str {
        self.lines
            .get(number as usize - 1)
            .copied()
            .unwrap_or_default()
    }

    fn syntax(&mut self, info: &str, span: Span) {
        let mut finding = Finding::new("yaml/syntax", info.trim_end_matches('.'));
        let line = self.line(span.line);
        if line.contains("{{") && !line.contains("\"{{") {
            finding = finding.remedy("put the value that holds {{ in double quotes");
        } else {
            finding = finding.remedy("mend the YAML at or just before this place");
        }
        self.fault(finding, span);
    }
}

impl Span {
    /// The place of this span in a file, or in the one that is laid over it.
    pub fn in_file(self, file: &str) -> Place {
        if self.laid_over {
            Place::at(overlay::file_over(file), self.line, self.column)
        } else {
            Place::at(file, self.line, self.column)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<String> {
        parse("f.yaml", text)
            .faults
            .into_iter()
            .map(|f| format!("{} {}", f.place.unwrap(), f.code))
            .collect()
    }

    #[test]
    fn plain_words_stay_texts_and_places_count_from_one() {
        let root = parse(
            "f",
            "a: no\nb:\n  - on\n  - 012\n  - 1.5\n  - true\n  - \"7\"\n",
        )
        .root
        .unwrap();
        assert_eq!(root.get("a").unwrap().as_str(), Some("no"));
        let Value::Seq(items) = &root.get("b").unwrap().value else {
            panic!("a list");
        };
        assert_eq!(items[0].as_str(), Some("on"));
        assert_eq!(items[1].as_str(), Some("012"), "an id keeps its zeros");
        assert!(matches!(items[2].value, Value::Float { .. }));
        assert_eq!(items[3].value, Value::Bool(true));
        assert_eq!(items[4].as_str(), Some("7"));
        assert_eq!((items[0].span.line, items[0].span.column), (3, 5));
    }

    #[test]
    fn what_hides_is_refused_and_all_of_it_is_said() {
        let text = "a: &x 1\nb: *x\nc: !!str 3\nd: { <<: { e: 1 } }\na: 2\nf: *nobody\n";
        assert_eq!(
            codes(text),
            [
                "f.yaml:1:7 yaml/anchor",
                "f.yaml:2:4 yaml/alias",
                "f.yaml:3:10 yaml/tag",
                "f.yaml:4:6 yaml/merge",
                "f.yaml:5:1 yaml/duplicate-key",
                "f.yaml:6:4 yaml/alias",
            ]
        );
        let twice = parse("f.yaml", "a: 1\na: 2\n").faults.remove(0);
        assert!(twice.text.contains("f.yaml:1:1"), "{twice}");
    }

    #[test]
    fn braces_without_quotes_are_named() {
        assert_eq!(codes("p: {{ task.id }}\n"), ["f.yaml:1:4 yaml/unquoted"]);
        assert_eq!(codes("p: a/{{ task.id }}\n"), ["f.yaml:1:4 yaml/unquoted"]);
        assert!(codes("p: \"{{ task.id }}\"\nq: |\n  {{ x }}\n").is_empty());
        let broken = parse("f.yaml", "p: {{ task.id }}-x.md\n").faults.remove(0);
        assert!(broken.to_string().contains("quotes"), "{broken}");
    }

    #[test]
    fn bounds_hold() {
        let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
        assert_eq!(codes(&deep), ["f.yaml:1:33 yaml/too-deep"]);
        let many = "- a\n".repeat(MAX_NODES + 1);
        assert!(codes(&many)[0].ends_with("yaml/too-many"));
        let large = "a".repeat(MAX_BYTES + 1);
        assert!(codes(&large)[0].ends_with("yaml/too-large"));
        assert!(codes("a: 1\n---\nb: 2\n")[0].ends_with("yaml/documents"));
        assert!(codes("a: [1\n")[0].ends_with("yaml/syntax"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn nothing_makes_it_panic(text in "(?s)[ \\n\\t:{}\\[\\],&*!|>'\"#%@`?<a-c0-9\\-é\u{feff}]{0,60}|(?s).{0,60}") {
            let parsed = parse("f", &text);
            for fault in parsed.faults {
                prop_assert!(fault.place.is_some() && fault.remedy.is_some());
            }
        }
    }
}
