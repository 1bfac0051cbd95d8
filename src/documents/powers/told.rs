//! A value of the files as a person reads it: a list as words, one that holds more than a word in quotes;
//! a map as its keys with what they are. Two values that differ are never told the same way.

use serde_json::Value;

/// A text that is on its own as it is, anything else in words.
pub(super) fn told(text: &str) -> String {
    // A text that only looks like a list is written in quotes, and stays in them.
    match serde_json::from_str::<Value>(text) {
        Ok(value @ (Value::Array(_) | Value::Object(_))) => words(&value),
        _ => text.to_owned(),
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(inner).collect();
            items.join(" ")
        }
        Value::Object(entries) => {
            let entry =
                |(key, value): (&String, &Value)| format!("{}: {}", word(key), inner(value));
            let entries: Vec<String> = entries.iter().map(entry).collect();
            entries.join(", ")
        }
        other => inner(other),
    }
}

/// A value within another one.
fn inner(value: &Value) -> String {
    match value {
        Value::String(text) => word(text),
        Value::Array(_) => format!("[{}]", words(value)),
        Value::Object(_) => format!("{{{}}}", words(value)),
        other => other.to_string(),
    }
}

/// A text as a word, in quotes where it could be taken for more or less than one.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./*@%+=~$^!?#&".contains(c);
    let named = ["none", "null", "true", "false"].contains(&text);
    if !text.is_empty() && text.chars().all(plain) && !named {
        return text.to_owned();
    }
    // As JSON has it: whatever stands in it is seen.
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_words_and_nothing_hides_in_them() {
        let list = r#"["sh","-c","npm ci && npm test"]"#;
        assert_eq!(told(list), r#"sh -c "npm ci && npm test""#);
        assert_eq!(told(r#"["src/**","docs/*.md"]"#), "src/** docs/*.md");
        assert_eq!(told(r#"["a b"]"#), r#""a b""#);
        assert_eq!(told("[]"), "none");
        assert_eq!(told(r#"["none"]"#), r#""none""#);
        assert_eq!(told("npm test"), "npm test");
        assert_eq!(told(r#""[x]""#), r#""[x]""#);
        let map = r#"{"A":"1 2","b":["x","y"],"c":{"d":null}}"#;
        assert_eq!(told(map), r#"A: "1 2", b: [x y], c: {d: null}"#);
    }

    #[test]
    fn what_differs_is_told_otherwise() {
        let lists = [
            r#"["a","b"]"#,
            r#"["a b"]"#,
            r#"["a",["b"]]"#,
            r#"[["a","b"]]"#,
            r#"["a","\"b\""]"#,
            "[]",
            r#"[""]"#,
            "[null]",
            r#"["null"]"#,
            r#"{"a":"b"}"#,
            r#"["a:","b"]"#,
        ];
        for (n, one) in lists.iter().enumerate() {
            for other in &lists[n + 1..] {
                assert_ne!(told(one), told(other), "{one} {other}");
            }
        }
    }
}
