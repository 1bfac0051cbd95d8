//! The file in which an agent program keeps its state, and some of what it obeys. The program writes
//! it all the time: only the keys that are obeyed count.

use crate::stage::exec::own::look::Seen;
use crate::terms::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is obeyed of it. One that is not there says as little as one that says nothing.
pub(super) fn of(path: &Path, keys: &[&str]) -> Seen {
    match read(path) {
        Ok(value) => Seen::Says(Digest::of(obeyed(&value, keys))),
        Err(why) => Seen::Unread(why),
    }
}

fn read(path: &Path) -> Result<Value, String> {
    let meta = match std::fs::metadata(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Value::Null),
        meta => meta.map_err(|e| e.to_string())?,
    };
    if !meta.is_file() || meta.len() > LARGEST {
        return Err(format!(
            "it is no file of at most {} MiB",
            LARGEST / 1024 / 1024
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|e| e.to_string())
}

/// The values of these keys, at the top and in each of its `projects`; those that say nothing are left
/// out.
fn obeyed(value: &Value, keys: &[&str]) -> Vec<u8> {
    let mut parts = BTreeMap::new();
    let mut take = |of: &str, object: &Value| {
        for key in keys {
            let value = object.get(key).filter(|value| says_something(value));
            if let Some(value) = value {
                parts.insert(format!("{of}\u{0}{key}"), value.clone());
            }
        }
    };
    take("", value);
    let projects = value.get("projects").and_then(|p| p.as_object());
    for (name, project) in projects.into_iter().flatten() {
        take(name, project);
    }
    serde_json::to_vec(&parts).unwrap_or_default()
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}
