//! Bytes into lines, each of bounded length.

/// How long a line may be where nothing else is said; the rest of a longer one is dropped.
pub const LIMIT: usize = 1024 * 1024;

/// Collects bytes until a line is whole.
#[derive(Debug)]
pub struct Lines {
    held: Vec<u8>,
    over: bool,
    limit: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self::up_to(LIMIT)
    }
}

impl Lines {
    /// Of lines that may be this long, in bytes, at least 1 MiB.
    pub fn up_to(limit: usize) -> Self {
        Self {
            held: Vec::new(),
            over: false,
            limit: limit.max(LIMIT),
        }
    }

    /// Takes bytes in; gives the lines that became whole, without their breaks.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|b| *b == b'\n') {
            self.hold(&rest[..at]);
            lines.extend(self.finish().or(Some(String::new())));
            rest = &rest[at + 1..];
        }
        self.hold(rest);
        lines
    }

    /// Takes bytes in of which no line is wanted by itself: gives the line that was begun before,
    /// where it became whole, and then all further whole lines in one piece, breaks and all.
    pub fn skim<'b>(&mut self, bytes: &'b [u8]) -> (Option<String>, &'b [u8]) {
        let mut rest = bytes;
        let mut begun = None;
        if !self.held.is_empty() || self.over {
            let Some(at) = rest.iter().position(|b| *b == b'\n') else {
                self.hold(rest);
                return (None, &[]);
            };
            self.hold(&rest[..at]);
            begun = self.finish();
            rest = &rest[at + 1..];
        }
        let whole = rest
            .iter()
            .rposition(|b| *b == b'\n')
            .map_or(0, |at| at + 1);
        let (lines, rest) = rest.split_at(whole);
        self.hold(rest);
        (begun, lines)
    }

    /// Gives the last line, where it had no break; `None` where nothing is left.
    pub fn finish(&mut self) -> Option<String> {
        let bytes = std::mem::take(&mut self.held);
        let over = std::mem::take(&mut self.over);
        if bytes.is_empty() {
            return None;
        }
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        let mut line = String::from_utf8_lossy(bytes).into_owned();
        if over {
            line.push_str(&cut_mark(self.limit));
        }
        Some(line)
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = self.limit - self.held.len();
        if bytes.len() > room {
            self.over = true;
        }
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// What stands at the end of a line that was cut.
fn cut_mark(limit: usize) -> String {
    format!(" …[line cut at {} MiB]", limit / LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_without_end_is_cut_and_the_next_is_whole() {
        let mut lines = Lines::default();
        for _ in 0..40 {
            assert!(lines.push(&vec![b'x'; 64 * 1024]).is_empty());
        }
        let got = lines.push(b"\nnext\r\n\n");
        assert_eq!(got.len(), 3);
        let cut = cut_mark(LIMIT);
        assert!(got[0].ends_with(&cut) && got[0].len() == LIMIT + cut.len());
        assert_eq!(cut, " …[line cut at 1 MiB]");
        assert_eq!(&got[1..], ["next", ""]);
        assert_eq!(lines.finish(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn skimmed_are_the_same_lines(text in "[a-c\n]{0,60}", piece in 1usize..9, from in 0usize..9) {
            let mut lines = Lines::default();
            let mut got: Vec<String> = Vec::new();
            for (n, part) in text.as_bytes().chunks(piece).enumerate() {
                if n < from {
                    got.extend(lines.push(part));
                    continue;
                }
                let (begun, whole) = lines.skim(part);
                got.extend(begun);
                got.extend(std::str::from_utf8(whole).unwrap().lines().map(str::to_owned));
            }
            got.extend(lines.finish());
            let whole: Vec<String> = text.lines().map(str::to_owned).collect();
            prop_assert_eq!(got, whole);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn pieces_make_no_difference(text in "[a-c\n]{0,60}", piece in 1usize..9) {
            let mut lines = Lines::default();
            let mut got = Vec::new();
            for part in text.as_bytes().chunks(piece) {
                got.extend(lines.push(part));
            }
            got.extend(lines.finish());
            let whole: Vec<String> = text.lines().map(str::to_owned).collect();
            prop_assert_eq!(got, whole);
        }
    }
}
