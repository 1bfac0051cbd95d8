//! Shapes: tables that say which keys a document may have and what they hold. One table drives the
//! check of a document, its "did you mean", and the JSON Schema for editors.

use super::{Node, Span, Value};
use crate::documents::clock::parse_clock;
use crate::terms::Finding;

/// The last part of the code for what must not be passed over.
const UNSUPPORTED: &str = "unsupported";

/// What a value must be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text.
    Text,
    /// A text, number or truth value, taken as text.
    Scalar,
    /// `true` or `false`.
    Bool,
    /// A whole number between these bounds.
    Count(u64, u64),
    /// A number, not negative.
    Amount,
    /// A time: `30s`, `10m`, `1h30m`.
    Duration,
    /// The same, or a time of day: `07:30`.
    Until,
    /// An amount of bytes: `500MB`, `20GiB`.
    Size,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Kind),
    /// A list, or one value in its place.
    OneOrMore(&'static Kind),
    /// A map with keys of the person's own.
    Map(&'static Kind),
    /// A map with known keys.
    Record(&'static Shape),
    /// The first of these that fits the value's outer form.
    Either(&'static [Kind]),
    /// Anything.
    Any,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Shape {
    /// What it is, with its article.
    pub what: &'static str,
    /// Its keys.
    pub fields: &'static [Field],
    /// Where not empty: exactly one of these keys must be there.
    pub one_of: &'static [&'static str],
}

/// A key of a shape.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
    /// Whether this version carries it out.
    pub built: Built,
    /// What it is for, one sentence.
    pub doc: &'static str,
}

/// Whether this version carries a key out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Built {
    /// It does.
    Yes,
    /// Not yet, and nobody is misled by going on without it: it is named.
    NotYet,
    /// Not, and going on as if it did would betray who wrote it: it is a fault in any document.
    Refused,
    /// Of the values that the format knows, these alone; any other is a fault in any document.
    Only(&'static [&'static str]),
}

impl Built {
    /// Whether a document may hold the key at all.
    pub const fn is_built(self) -> bool {
        matches!(self, Self::Yes | Self::Only(_))
    }
}

/// An optional key.
pub const fn field(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        name,
        kind,
        required: false,
        built: Built::Yes,
        doc,
    }
}

/// A key that must be there.
pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        required: true,
        ..field(name, kind, doc)
    }
}

/// A key that is understood but not carried out by this version.
pub const fn not_built(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        built: Built::NotYet,
        ..field(name, kind, doc)
    }
}

/// A key that is understood, not carried out, and too weighty to be passed over.
pub const fn refused(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field {
        built: Built::Refused,
        ..field(name, kind, doc)
    }
}

/// A word of which only some values are carried out.
pub const fn only(
    name: &'static str,
    words: &'static [&'static str],
    carried_out: &'static [&'static str],
    doc: &'static str,
) -> Field {
    Field {
        built: Built::Only(carried_out),
        ..field(name, Kind::Word(words), doc)
    }
}

/// Gathers every way in which a document departs from its shape.
pub struct Checker<'a> {
    /// The file, for places.
    pub file: &'a str,
    /// The area of the codes: `workflow` or `settings`.
    pub area: &'static str,
    /// The last part of the code for a key that is not carried out.
    pub not_built: &'static str,
    /// What was found.
    pub faults: Vec<Finding>,
}

impl Checker<'_> {
    /// Compares a node with what it must be.
    pub fn check(&mut self, node: &Node, kind: &Kind, name: &str) {
        match (kind, &node.value) {
            (_, Value::Broken) | (Kind::Any, _) => {}
            (Kind::Record(shape), Value::Map(_)) => self.record(node, shape),
            (Kind::Map(inner), Value::Map(entries)) => {
                for (key, value) in entries {
                    self.check(value, inner, &key.text);
                }
            }
            (Kind::List(inner) | Kind::OneOrMore(inner), Value::Seq(items)) => {
                for item in items {
                    self.check(item, inner, name);
                }
            }
            (Kind::OneOrMore(inner), _) => self.check(node, inner, name),
            (Kind::Either(kinds), _) => match kinds.iter().find(|k| fits(k, node)) {
                Some(kind) => self.check(node, kind, name),
                None => self.wrong(node, kind, name),
            },
            (kind, _) if !fits(kind, node) => self.wrong(node, kind, name),
            (kind, _) => self.bounds(node, kind, name),
        }
    }

    fn record(&mut self, node: &Node, shape: &Shape) {
        for (key, value) in node.entries() {
            match shape.fields.iter().find(|f| f.name == key.text) {
                None => self.unknown(&key.text, key.span, shape),
                Some(field) if !field.built.is_built() => self.unbuilt(field, key.span),
                Some(_) if matches!(value.value, Value::Null) => {}
                Some(field) => {
                    self.check(value, &field.kind, field.name);
                    self.value_not_built(field, value);
                }
            }
        }
        let has = |name: &str| {
            let mut named = node.entries().iter().filter(|(k, _)| k.text == name);
            named.any(|(_, n)| !matches!(n.value, Value::Null))
        };
        for field in shape.fields.iter().filter(|f| f.required && !has(f.name)) {
            let text = format!("{} needs the key '{}'", shape.what, field.name);
            self.fault(
                "missing-key",
                text,
                format!("add {}: {}", field.name, field.doc),
                node.span,
            );
        }
        let given = shape.one_of.iter().filter(|name| has(name)).count();
        if !shape.one_of.is_empty() && given != 1 {
            let text = format!(
                "{} needs exactly one of {}; {given} are there",
                shape.what,
                shape.one_of.join(", ")
            );
            self.fault("one-of", text, "keep one of them".to_owned(), node.span);
        }
    }

    fn unknown(&mut self, key: &str, span: Span, shape: &Shape) {
        let names = || shape.fields.iter().map(|f| f.name);
        let remedy = did_you_mean(key, names()).map_or_else(
            || format!("known here: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        let text = format!("unknown key '{key}' in {}", shape.what);
        self.fault("unknown-key", text, remedy, span);
    }

    fn unbuilt(&mut self, field: &Field, span: Span) {
        let text = format!("'{}' is not supported by this version", field.name);
        let code = match field.built {
            Built::Refused => UNSUPPORTED,
            _ => self.not_built,
        };
        self.fault(code, text, "remove it".to_owned(), span);
    }

    /// A value that the format knows and this version does not carry out.
    fn value_not_built(&mut self, field: &Field, node: &Node) {
        let (Built::Only(carried_out), Kind::Word(known), Value::Str { text, .. }) =
            (field.built, field.kind, &node.value)
        else {
            return;
        };
        if known.contains(&text.as_str()) && !carried_out.contains(&text.as_str()) {
            let said = format!("'{}: {text}' is not supported by this version", field.name);
            let remedy = format!("write {}, or remove it", carried_out.join(" or "));
            self.fault(UNSUPPORTED, said, remedy, node.span);
        }
    }

    fn wrong(&mut self, node: &Node, kind: &Kind, name: &str) {
        let text = format!(
            "'{name}' must be {}, but here is {}",
            describe(kind),
            found(&node.value)
        );
        let remedy = match kind {
            _ if node.scalar().is_none() => format!("write {}", describe(kind)),
            Kind::Text | Kind::Word(_) => "put quotes around it".to_owned(),
            Kind::Duration => "add the unit, like 30s or 10m".to_owned(),
            Kind::Until => "write 8h, or a time of day in quotes, like \"07:30\"".to_owned(),
            Kind::Size => "add the unit, like 500MB or 20GB".to_owned(),
            kind => format!("write {}", describe(kind)),
        };
        self.fault("wrong-type", text, remedy, node.span);
    }

    fn bounds(&mut self, node: &Node, kind: &Kind, name: &str) {
        let bad = match (kind, &node.value) {
            (Kind::Count(min, max), Value::Int { number, .. }) => {
                u64::try_from(*number).map_or(true, |n| n < *min || n > *max)
            }
            (Kind::Amount, Value::Int { number, .. }) => *number < 0,
            (Kind::Amount, Value::Float { number, .. }) => *number < 0.0,
            (Kind::Duration, Value::Str { text, .. }) => duration(text).is_none(),
            (Kind::Until, Value::Str { text, .. }) => {
                duration(text).is_none() && parse_clock(text).is_none()
            }
            (Kind::Size, Value::Str { text, .. }) => size(text).is_none(),
            (Kind::Word(words), Value::Str { text, .. }) => !words.contains(&text.as_str()),
            _ => false,
        };
        if !bad {
            return;
        }
        let given = node.scalar().unwrap_or_default();
        let text = format!("'{name}' must be {}, but is {given}", describe(kind));
        let remedy = match kind {
            Kind::Word(words) => did_you_mean(&given, words.iter().copied()).map_or_else(
                || format!("write one of {}", words.join(", ")),
                |near| format!("did you mean '{near}'?"),
            ),
            kind => format!("write {}", describe(kind)),
        };
        self.fault("bad-value", text, remedy, node.span);
    }

    fn fault(&mut self, code: &str, text: String, remedy: String, span: Span) {
        self.faults.push(
            Finding::new(format!("{}/{code}", self.area), text)
                .at(span.in_file(self.file))
                .remedy(remedy),
        );
    }
}

/// Whether a value has the outer form of a kind.
fn fits(kind: &Kind, node: &Node) -> bool {
    match (kind, &node.value) {
        (Kind::Any, _)
        | (
            Kind::Text | Kind::Scalar | Kind::Duration | Kind::Until | Kind::Size | Kind::Word(_),
            Value::Str { .. },
        )
        | (Kind::Scalar | Kind::Bool, Value::Bool(_))
        | (Kind::Scalar | Kind::Amount, Value::Int { .. } | Value::Float { .. })
        | (Kind::Count(..), Value::Int { .. })
        | (Kind::List(_) | Kind::OneOrMore(_), Value::Seq(_))
        | (Kind::Map(_) | Kind::Record(_), Value::Map(_)) => true,
        (Kind::OneOrMore(inner), _) => fits(inner, node),
        (Kind::Either(kinds), _) => kinds.iter().any(|k| fits(k, node)),
        _ => false,
    }
}

fn found(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Int { .. } => "a whole number",
        Value::Float { .. } => "a number",
        Value::Str { .. } => "a text",
        Value::Seq(_) => "a list",
        Value::Map(_) => "a map",
        Value::Broken => "something broken",
    }
}

/// A kind for people, with its article.
pub fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Text => "a text".to_owned(),
        Kind::Scalar => "a text, a number or true or false".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Count(min, u64::MAX) => format!("a whole number of at least {min}"),
        Kind::Count(min, max) => format!("a whole number from {min} to {max}"),
        Kind::Amount => "a number of at least 0".to_owned(),
        Kind::Duration => "a time such as 30s, 10m or 1h30m".to_owned(),
        Kind::Until => "a time such as 90m or 8h, or a time of day such as 07:30".to_owned(),
        Kind::Size => "an amount such as 500MB or 20GB".to_owned(),
        Kind::Word(words) => format!("one of {}", words.join(", ")),
        Kind::List(_) => "a list".to_owned(),
        Kind::OneOrMore(inner) => format!("{} or a list", describe(inner)),
        Kind::Map(_) => "a map".to_owned(),
        Kind::Record(shape) => format!("{} as a map", shape.what),
        Kind::Either(kinds) => kinds.iter().map(describe).collect::<Vec<_>>().join(", or "),
        Kind::Any => "anything".to_owned(),
    }
}

/// Seconds of `30s`, `10m`, `1h30m`, `2d`; at most 30 days, more than nothing.
pub fn duration(text: &str) -> Option<u64> {
    let mut total: u64 = 0;
    let mut digits = String::new();
    for c in text.trim().chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let number: u64 = digits.parse().ok()?;
        total = total.checked_add(number.checked_mul(unit)?)?;
        digits.clear();
    }
    (digits.is_empty() && total > 0 && total <= 30 * 86_400).then_some(total)
}

/// The bytes of an amount such as `500MB` or `1.5GiB`; `None`: it is none, or nothing.
pub fn size(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 8] = [
        ("KB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
        ("KiB", 1 << 10),
        ("MiB", 1 << 20),
        ("GiB", 1 << 30),
        ("TiB", 1 << 40),
    ];
    let text = text.trim();
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(at);
    let unit = unit.trim_start();
    let (_, scale) = UNITS.iter().find(|(u, _)| u.eq_ignore_ascii_case(unit))?;
    let (whole, tenth) = match number.split_once('.') {
        Some((whole, tenth)) if tenth.len() == 1 => (whole, tenth.parse::<u64>().ok()?),
        Some(_) => return None,
        None => (number, 0),
    };
    let whole: u64 = whole.parse().ok()?;
    let bytes = whole.checked_mul(*scale)?.checked_add(scale / 10 * tenth)?;
    (bytes > 0).then_some(bytes)
}

/// The candidate that a misspelt word was most likely meant to be.
pub fn did_you_mean<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    among
        .into_iter()
        .map(|c| (distance(&word, &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to another; long words are
/// cut, because only near ones matter.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).collect();
    let b: Vec<char> = b.chars().take(64).collect();
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    static POINT: Shape = Shape {
        what: "a point",
        fields: &[
            required("x", Kind::Count(1, u64::MAX), "how far right"),
            field("label", Kind::Text, "its name"),
            field("colour", Kind::Word(&["red", "green"]), "its colour"),
            not_built("z", Kind::Amount, "how far up"),
            refused("lock", Kind::Bool, "nobody may move it"),
            only("shape", &["round", "square"], &["round"], "its shape"),
        ],
        one_of: &[],
    };

    fn faults(text: &str) -> Vec<String> {
        let root = crate::documents::yaml::parse("f", text).root.unwrap();
        let mut checker = Checker {
            file: "f",
            area: "point",
            not_built: "not-yet",
            faults: Vec::new(),
        };
        checker.check(&root, &Kind::Record(&POINT), "point");
        checker.faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_departure_is_said_in_one_pass() {
        let all = faults("lable: a\nlabel: 7\ncolour: gren\nz: 1\n");
        assert_eq!(all.len(), 5, "{all:#?}");
        assert!(all[0].contains("f:1:1") && all[0].contains("did you mean 'label'?"));
        assert!(all[1].contains("must be a text, but here is a whole number"));
        assert!(all[2].contains("did you mean 'green'?"));
        assert!(all[3].contains("point/not-yet"));
        assert!(all[4].contains("needs the key 'x'"));
        assert!(faults("x: 0\n")[0].contains("at least 1, but is 0"));
        assert!(
            faults("x: 1\nlabel:\n").is_empty(),
            "an empty value is no value"
        );
    }

    #[test]
    fn what_a_person_would_count_on_is_refused() {
        assert!(faults("x: 1\nlock: true\n")[0].contains("point/unsupported"));
        let square = faults("x: 1\nshape: square\n");
        assert_eq!(square.len(), 1, "{square:#?}");
        assert!(square[0].contains("point/unsupported") && square[0].contains("write round"));
        assert!(faults("x: 1\nshape: round\n").is_empty());
        assert!(faults("x: 1\nshape: squar\n")[0].contains("point/bad-value"));
    }

    #[test]
    fn times_are_read_with_their_unit() {
        assert_eq!(duration("10m"), Some(600));
        assert_eq!(duration("1h30m"), Some(5400));
        for bad in [
            "",
            "10",
            "m",
            "10x",
            "0s",
            "-1s",
            "99999999999999999999s",
            "31d",
        ] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_near_words_are_suggested() {
        let known = ["stages", "budget", "name"];
        assert_eq!(did_you_mean("stgaes", known), Some("stages"));
        assert_eq!(did_you_mean("wibble", known), None);
    }
}
