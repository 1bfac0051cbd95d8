//! One word of a command: its text, and the places where a value comes to stand.

use super::Placeholder;

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    written: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Placeholder),
}

/// Why a word can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadWord {
    /// Nothing of this name can be put in.
    Unknown(String),
    /// A brace that nothing closes.
    Open,
    /// A brace that closes nothing.
    Closed,
    /// `${path}`: a shell's way to write a variable, and no placeholder.
    Dollar(Placeholder),
}

impl Word {
    /// Reads one: `{name}` stands for a value, `{{` and `}}` for braces. `${…}` is a shell's own.
    pub fn read(text: &str) -> Result<Self, BadWord> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let end = closed(after).ok_or(BadWord::Open)?;
                let (inside, after) = after.split_at(end);
                if let Some(one) = Placeholder::named(inside) {
                    return Err(BadWord::Dollar(one));
                }
                plain.push_str("${");
                plain.push_str(inside);
                plain.push('}');
                rest = after.get(1..).unwrap_or_default();
            } else if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or(BadWord::Open)?;
                let one = Placeholder::named(name);
                let one = one.ok_or_else(|| BadWord::Unknown(name.to_owned()))?;
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Value(one));
                rest = after;
            } else if c == '}' {
                return Err(BadWord::Closed);
            } else {
                plain.push(c);
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self {
            written: text.to_owned(),
            pieces,
        })
    }

    /// As it stands in the keymap.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// What is put into it.
    pub fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(one) => Some(*one),
            Piece::Text(_) => None,
        })
    }

    /// A value in it that is not set apart from what stands around it, so that a program could take it
    /// for a part of that. One that is all of the word, or begins it, or stands after one of `=:/`, in a
    /// word that can be no script, is. After `+`, by which editors take commands too, only a line is.
    pub fn not_apart(&self) -> Option<Placeholder> {
        if let [Piece::Value(_)] = self.pieces.as_slice() {
            return None;
        }
        let is_plain = |c: char| c.is_alphanumeric() || "_-./:=+,@%~^#".contains(c);
        let sound = |piece: &Piece| match piece {
            Piece::Text(text) => text.chars().all(is_plain),
            Piece::Value(_) => true,
        };
        if !self.pieces.iter().all(sound) {
            return self.placeholders().next();
        }
        let option = self.written.starts_with(['-', '+']);
        let mut before: Option<&Piece> = None;
        for piece in &self.pieces {
            if let Piece::Value(one) = piece {
                let apart = match before {
                    None => true,
                    Some(Piece::Value(_)) => false,
                    Some(Piece::Text(text)) => match text.chars().last() {
                        Some('=' | ':' | '/') => true,
                        Some('+') => *one == Placeholder::Line,
                        Some('.' | ',' | '@' | '-' | '_') => !option,
                        _ => false,
                    },
                };
                if !apart {
                    return Some(*one);
                }
            }
            before = Some(piece);
        }
        None
    }

    /// The values that its text names by their variables, `$NAME` or `${NAME}`; one that says what
    /// stands for it where it is not there (`${NAME:-none}`) can do without.
    pub fn variables(&self) -> impl Iterator<Item = Placeholder> {
        self.pieces.iter().flat_map(|piece| match piece {
            Piece::Value(_) => Vec::new(),
            Piece::Text(text) => variables(text),
        })
    }

    /// It with its values.
    pub fn filled(
        &self,
        of: &dyn Fn(Placeholder) -> Result<String, String>,
    ) -> Result<String, String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => Ok(text.clone()),
            Piece::Value(one) => of(*one),
        };
        self.pieces.iter().map(piece).collect()
    }
}

/// The byte of the brace that closes one that was opened just before this text.
fn closed(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn variables(text: &str) -> Vec<Placeholder> {
    let is_name = |c: char| c == '_' || c.is_ascii_alphanumeric();
    let mut found = Vec::new();
    for (at, _) in text.match_indices('$') {
        let after = text.get(at + 1..).unwrap_or_default();
        let braced = after.strip_prefix('{');
        let after = braced.unwrap_or(after);
        let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
        let (name, rest) = after.split_at(end);
        if braced.is_some() && !rest.starts_with('}') {
            continue;
        }
        found.extend(Placeholder::of_variable(name));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn braces_are_placeholders_or_braces_and_nothing_else() {
        let unknown = |name: &str| Err(BadWord::Unknown(name.to_owned()));
        for (text, wanted) in [
            ("{paht}", unknown("paht")),
            ("{}", unknown("")),
            ("{print $1}", unknown("print $1")),
            ("{ path }", unknown(" path ")),
            ("a{path", Err(BadWord::Open)),
            ("${path", Err(BadWord::Open)),
            ("path}", Err(BadWord::Closed)),
            ("${path}", Err(BadWord::Dollar(Placeholder::Path))),
        ] {
            assert_eq!(Word::read(text).map(|_| ()), wanted, "{text}");
        }
        let of = |_| Ok("V".to_owned());
        for (text, filled) in [
            ("{{print $1}}", "{print $1}"),
            ("{{{run}}}", "{V}"),
            ("${HOME:-{a}}/{run}", "${HOME:-{a}}/V"),
            ("$5{line}", "$5V"),
            ("", ""),
            ("é{tree}宽", "éV宽"),
        ] {
            assert_eq!(
                Word::read(text).unwrap().filled(&of).unwrap(),
                filled,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_what_is_no_brace_stays(text in "\\PC{0,24}", plain in "[^{}$]{0,24}") {
            let _ = Word::read(&text);
            let word = Word::read(&plain).unwrap();
            prop_assert_eq!(word.filled(&|_| Err(String::new())).unwrap(), plain);
        }
    }
}
