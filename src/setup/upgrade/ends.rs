//! How the lines of a file end, which is its person's to say. Pure.

use std::borrow::Cow;

/// How they end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ends {
    /// With LF; or some so and some otherwise, which nothing is changed of.
    Lf,
    /// All with CRLF.
    Crlf,
}

impl Ends {
    /// Those of this text.
    pub(super) fn of(text: &str) -> Self {
        let (all, crlf) = (text.matches('\n').count(), text.matches("\r\n").count());
        if crlf > 0 && all == crlf {
            Self::Crlf
        } else {
            Self::Lf
        }
    }

    /// A text with LF alone, where all its lines end with CRLF.
    pub(super) fn plain(text: &str) -> Cow<'_, str> {
        match Self::of(text) {
            Self::Lf => Cow::Borrowed(text),
            Self::Crlf => Cow::Owned(text.replace("\r\n", "\n")),
        }
    }

    /// A plain text with these.
    pub(super) fn put(self, plain: String) -> String {
        match self {
            Self::Lf => plain,
            Self::Crlf => plain.replace('\n', "\r\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_back_as_they_were_and_mixed_ones_stay() {
        for (text, ends) in [
            ("a\nb\n", Ends::Lf),
            ("a\r\nb\r\n", Ends::Crlf),
            ("a\r\nb", Ends::Crlf),
            ("a\r\nb\n", Ends::Lf),
            ("a\rb", Ends::Lf),
            ("", Ends::Lf),
        ] {
            assert_eq!(Ends::of(text), ends, "{text:?}");
            let plain = Ends::plain(text).into_owned();
            assert!(ends == Ends::Lf || !plain.contains('\r'), "{text:?}");
            assert_eq!(ends.put(plain), text);
        }
    }
}
