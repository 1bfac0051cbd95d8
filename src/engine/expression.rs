//! Conditions: the Common Expression Language over the facts of a run, for `when:`, gates and
//! preconditions.

use cel::{Context, Program, Value};

/// Checks that an expression is well formed and refers only to known names; the error says what is
/// wrong with it.
pub fn check(source: &str, known: &[&str]) -> Result<(), String> {
    let program = compile(source)?;
    let references = program.references();
    let mut unknown: Vec<&str> = references
        .variables()
        .into_iter()
        .filter(|name| !known.contains(name))
        .collect();
    unknown.sort_unstable();
    match unknown.first() {
        None => Ok(()),
        Some(name) => Err(format!(
            "unknown name '{name}'; known are {}",
            known.join(", ")
        )),
    }
}

/// Evaluates an expression over the facts, an object whose keys are the names it may use. What is
/// not true or false is an error.
pub fn eval_bool(source: &str, facts: &serde_json::Value) -> Result<bool, String> {
    let program = compile(source)?;
    let mut context = Context::default();
    if let Some(names) = facts.as_object() {
        for (name, value) in names {
            context
                .add_variable(name.as_str(), value.clone())
                .map_err(|e| format!("'{name}' can't be used in an expression: {e}"))?;
        }
    }
    match program.execute(&context) {
        Ok(Value::Bool(value)) => Ok(value),
        Ok(other) => Err(format!(
            "'{source}' gives {:?}, not true or false",
            other.type_of()
        )),
        Err(error) => Err(format!("'{source}': {error}")),
    }
}

fn compile(source: &str) -> Result<Program, String> {
    Program::compile(source).map_err(|e| {
        let first = e.to_string();
        format!(
            "'{source}' is not an expression: {}",
            first.lines().next().unwrap_or_default()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_and_comparisons() {
        let facts = json!({"approvals": {"before_build": true}, "vars": {"size": "small"}});
        assert_eq!(eval_bool("approvals.before_build", &facts), Ok(true));
        assert_eq!(
            eval_bool("vars.size == 'small' && !approvals.before_build", &facts),
            Ok(false)
        );
        assert_eq!(eval_bool("true", &facts), Ok(true));
    }

    #[test]
    fn what_is_no_condition_is_an_error() {
        let facts = json!({"vars": {"size": "small"}});
        assert!(eval_bool("vars.size", &facts).is_err());
        assert!(eval_bool("vars.colour == 'red'", &facts).is_err());
        assert!(eval_bool("vars.size ==", &facts).is_err());
        assert!(check("approval.before_build", &["approvals", "vars"]).is_err());
        assert!(
            check(
                "approvals.before_build && size(vars) > 0",
                &["approvals", "vars"]
            )
            .is_ok()
        );
    }
}
