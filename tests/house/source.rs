//! A Rust source taken apart as far as the laws need it: code without comments and literals, and
//! comments without code. Both keep the line breaks, so that lines can be counted.

/// The two sides of a source.
pub struct Source {
    /// Code, with comments and the insides of literals blanked.
    pub code: String,
    /// Comments, with code blanked.
    pub comments: String,
}

impl Source {
    /// Takes a source apart.
    pub fn of(text: &str) -> Self {
        let mut reader = Reader {
            rest: text,
            source: Self {
                code: String::new(),
                comments: String::new(),
            },
        };
        while !reader.rest.is_empty() {
            reader.step();
        }
        reader.source
    }

    /// The code before the tests at the file's end.
    pub fn code_without_tests(&self) -> &str {
        match self.code.find("#[cfg(test)]") {
            Some(at) if self.code[at..].lines().nth(1).is_some_and(is_module) => &self.code[..at],
            _ => &self.code,
        }
    }
}

fn is_module(line: &str) -> bool {
    line.trim_start().starts_with("mod ")
}

struct Reader<'a> {
    rest: &'a str,
    source: Source,
}

#[derive(Clone, Copy)]
enum Side {
    Code,
    Comment,
    Literal,
}

impl Reader<'_> {
    fn step(&mut self) {
        if self.rest.starts_with("//") {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(end, Side::Comment);
        } else if self.rest.starts_with("/*") {
            self.take(block_comment(self.rest), Side::Comment);
        } else if let Some(end) = literal(self.rest) {
            self.take(end, Side::Literal);
        } else {
            // A whole word at once, so that the `r` of `for"` is not taken for a raw string's.
            let word = self
                .rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(self.rest.len());
            let one = self.rest.chars().next().map_or(0, char::len_utf8);
            self.take(word.max(one), Side::Code);
        }
    }

    fn take(&mut self, bytes: usize, side: Side) {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        let blank: String = taken
            .chars()
            .map(|c| if c == '\n' { '\n' } else { ' ' })
            .collect();
        let (code, comment) = match side {
            Side::Code => (taken, blank.as_str()),
            Side::Comment => (blank.as_str(), taken),
            Side::Literal => (blank.as_str(), blank.as_str()),
        };
        self.source.code.push_str(code);
        self.source.comments.push_str(comment);
    }
}

/// The length of the block comment at the start; they nest.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of the string or character literal at the start, if there is one.
fn literal(text: &str) -> Option<usize> {
    let body = text.trim_start_matches(['b', 'c']);
    let prefix = text.len() - body.len();
    if prefix > 1 {
        return None;
    }
    if let Some(raw) = body.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let inside = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = inside
            .find(&close)
            .map_or(inside.len(), |e| e + close.len());
        return Some(prefix + 1 + hashes + 1 + end);
    }
    if let Some(inside) = body.strip_prefix('"') {
        return Some(prefix + 1 + closing(inside, '"'));
    }
    let inside = body.strip_prefix('\'')?;
    let mut chars = inside.chars();
    let first = chars.next()?;
    // `'a'` and `'\n'` are characters, `'a` is a lifetime.
    (first == '\\' || chars.next() == Some('\'')).then(|| {
        let skip = if first == '\\' { 0 } else { first.len_utf8() };
        prefix + 1 + skip + closing(&inside[skip..], '\'')
    })
}

/// How far it is past the next quote that is not escaped.
fn closing(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[test]
fn code_and_comments_come_apart() {
    let source =
        Source::of("let a = \"// no\"; // yes\nlet b = 'x'; /* z /* y */ */ c::<'static>()");
    assert!(!source.code.contains("no") && !source.code.contains("yes"));
    assert!(source.comments.contains("// yes") && !source.comments.contains("no"));
    assert!(source.code.contains("c::<'static>()") && !source.code.contains('z'));
    assert_eq!(source.code.lines().count(), 2);
}

#[test]
fn raw_strings_and_escaped_quotes_end_where_they_end() {
    let source = Source::of(r##"a(r#"x " y"#, "q\"r", b'\'', '"'); crate::b"##);
    assert!(source.code.contains("crate::b"), "{}", source.code);
    assert!(!source.code.contains(['x', 'y', 'q']), "{}", source.code);
}

#[test]
fn the_tests_at_the_end_are_left_out() {
    let source = Source::of("fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n");
    assert!(!source.code_without_tests().contains('b'));
    let helper = Source::of("#[cfg(test)]\nfn only() {}\nfn b() {}\n");
    assert!(helper.code_without_tests().contains("fn b"));
}
