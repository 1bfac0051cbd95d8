//! One node of a YAML tree, and how a plain word is understood.

/// A place in the text, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
    /// Whether that text is the one that was laid over the other.
    pub laid_over: bool,
}

impl Span {
    /// The first character of a text.
    pub const START: Self = Self {
        line: 1,
        column: 1,
        laid_over: false,
    };
}

/// A value with the place it was read at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

/// A node with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it begins.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// A key of a map with its place. Whatever stands there is taken as its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Where it begins.
    pub span: Span,
    /// Its text.
    pub text: String,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, with its text.
    Int {
        /// The number.
        number: i64,
        /// As it was written.
        text: String,
    },
    /// A number with a point or an exponent, with its text.
    Float {
        /// The number; finite.
        number: f64,
        /// As it was written.
        text: String,
    },
    /// A text.
    Str {
        /// The text.
        text: String,
        /// Whether it stood in quotes or in a block.
        quoted: bool,
    },
    /// A list.
    Seq(Vec<Node>),
    /// A map, in order, without duplicate keys.
    Map(Vec<(Key, Node)>),
    /// Something a fault was already reported about.
    Broken,
}

/// What a plain word means. Numbers with leading zeros are texts: they are ids.
pub fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).unwrap_or_else(|| Value::Str {
        text: text.to_owned(),
        quoted: false,
    })
}

fn number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit());
    let shaped = digits
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let zeros = digits.len() > 1
        && digits.starts_with('0')
        && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if !starts || !shaped || zeros {
        return None;
    }
    let own = text.to_owned();
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Int { number, text: own });
    }
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite())?;
    Some(Value::Float { number, text: own })
}

impl Node {
    /// The value of a key; `None` where this is no map, or the key is missing or empty.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|(k, _)| k.text == key)
            .map(|(_, node)| node)
            .filter(|node| !matches!(node.value, Value::Null | Value::Broken))
    }

    /// The keys and values of a map; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; a single value counts as a list of itself.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Seq(items) => items,
            Value::Null | Value::Broken => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text of a text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Any scalar as it was written: for variables and expressions.
    pub fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Str { text, .. } | Value::Int { text, .. } | Value::Float { text, .. } => {
                Some(text.clone())
            }
            Value::Bool(yes) => Some(yes.to_string()),
            _ => None,
        }
    }

    /// A text with the place of its first character, past an opening quote.
    pub fn text(&self) -> Option<At<String>> {
        self.scalar().map(|value| At {
            value,
            span: self.inner(),
        })
    }

    fn inner(&self) -> Span {
        let opened = matches!(self.value, Value::Str { quoted: true, .. });
        Span {
            column: self.span.column + u32::from(opened),
            ..self.span
        }
    }

    /// The text under a key.
    pub fn text_of(&self, key: &str) -> Option<At<String>> {
        self.get(key).filter(|n| n.as_str().is_some())?.text()
    }

    /// The text under a key, without its place.
    pub fn string_of(&self, key: &str) -> Option<String> {
        self.get(key)?.as_str().map(ToOwned::to_owned)
    }

    /// The texts of a list under a key.
    pub fn texts_of(&self, key: &str) -> Vec<At<String>> {
        self.get(key).map_or_else(Vec::new, Node::texts)
    }

    /// The texts of this list.
    pub fn texts(&self) -> Vec<At<String>> {
        self.items()
            .iter()
            .filter(|n| n.as_str().is_some())
            .filter_map(Node::text)
            .collect()
    }

    /// The truth value under a key.
    pub fn bool_of(&self, key: &str) -> Option<bool> {
        match self.get(key)?.value {
            Value::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// The whole number under a key, if it is not negative.
    pub fn count_of(&self, key: &str) -> Option<u64> {
        match self.get(key)?.value {
            Value::Int { number, .. } => u64::try_from(number).ok(),
            _ => None,
        }
    }
}
