//! Expressions of `when:`, gates and preconditions: the Common Expression Language.
//!
//! Unknown names and functions are refused before anything runs, and an expression has no way to
//! read a clock, a file or the network.

use cel::common::ast::{EntryExpr, Expr, IdedExpr, LiteralValue};
use cel::{Context, Env, Program};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Bytes of an expression.
const MAX_BYTES: usize = 4096;

/// Functions that an expression may call, beside the operators.
const FUNCTIONS: [&str; 9] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "uint",
    "double",
    "string",
    "bool",
];

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What, one sentence, and what to do.
    pub message: String,
    /// The line in the expression, from 0.
    pub line: u32,
    /// The column in the line, in characters, from 0.
    pub column: u32,
}

/// The values that expressions are about, by root: `task`, `run`, `vars`, `approvals`, `stages`,
/// `artifacts`.
pub type Values = BTreeMap<String, Json>;

/// Looks an expression over without evaluating it. `known` holds every name in full:
/// `vars.size`, `stages.build.state`.
pub fn check(source: &str, known: &BTreeSet<String>) -> Result<(), Vec<Fault>> {
    let program = compile(source).map_err(|fault| vec![fault])?;
    let mut walk = Walk {
        source,
        known,
        bound: Vec::new(),
        faults: Vec::new(),
    };
    walk.expression(program.expression());
    if walk.faults.is_empty() {
        Ok(())
    } else {
        Err(walk.faults)
    }
}

/// What an expression always is, where that can be told without any value: `true`, `false`.
pub fn constant(source: &str) -> Option<bool> {
    match compile(source).ok()?.expression().expr {
        Expr::Literal(LiteralValue::Boolean(ref yes)) => Some(*yes.inner()),
        _ => None,
    }
}

/// Evaluates an expression to true or false. Anything else it comes to is an error.
pub fn eval_bool(source: &str, values: &Values) -> Result<bool, String> {
    let (program, functions) = made(source).map_err(|fault| fault.message)?;
    if let Some(yes) = plain(program.expression(), values) {
        return Ok(yes);
    }
    let mut context = Context::with_env(functions);
    for (name, value) in values {
        context.add_variable_from_value(name.clone(), to_cel(value));
    }
    match program.execute(&context) {
        Ok(cel::Value::Bool(yes)) => Ok(yes),
        Ok(other) => Err(format!(
            "'{source}' came to {} and not to true or false",
            kind(&other)
        )),
        Err(error) => Err(format!("'{source}' can't be evaluated: {error}")),
    }
}

/// What was made to evaluate expressions. Reading a journal asks the same few questions at each of
/// its facts, and making all this takes much longer than an answer.
#[derive(Default)]
struct Made {
    programs: HashMap<String, Rc<Program>>,
    functions: Option<Arc<Env>>,
}

thread_local! {
    static MADE: RefCell<Made> = RefCell::default();
}

/// The program of an expression, and what it may call.
fn made(source: &str) -> Result<(Rc<Program>, Arc<Env>), Fault> {
    /// A project's workflows have fewer expressions.
    const MOST_PROGRAMS: usize = 64;
    MADE.with_borrow_mut(|made| {
        let program = if let Some(program) = made.programs.get(source) {
            program.clone()
        } else {
            let program = Rc::new(compile(source)?);
            if made.programs.len() >= MOST_PROGRAMS {
                made.programs.clear();
            }
            made.programs.insert(source.to_owned(), program.clone());
            program
        };
        let functions = made
            .functions
            .get_or_insert_with(|| Arc::new(Env::stdlib()));
        Ok((program, functions.clone()))
    })
}

/// The answer of an expression that is a word or the name of a value, as most are: nothing need be
/// evaluated. `None`: it is more than that, or comes to something else.
fn plain(node: &IdedExpr, values: &Values) -> Option<bool> {
    match &node.expr {
        Expr::Literal(LiteralValue::Boolean(yes)) => Some(*yes.inner()),
        _ => named(node, values)?.as_bool(),
    }
}

/// The value that a chain of fields names. To ask whether there is one (`has`) is something else.
fn named<'a>(node: &IdedExpr, values: &'a Values) -> Option<&'a Json> {
    match &node.expr {
        Expr::Ident(name) => values.get(name),
        Expr::Select(select) if !select.test => {
            let of = named(&select.operand, values)?;
            of.as_object()?.get(&select.field)
        }
        _ => None,
    }
}

fn compile(source: &str) -> Result<Program, Fault> {
    let whole = |message: String| Fault {
        message,
        line: 0,
        column: 0,
    };
    if source.trim().is_empty() {
        return Err(whole(
            "the expression is empty; write true or false".to_owned(),
        ));
    }
    if source.len() > MAX_BYTES {
        return Err(whole(format!(
            "the expression is longer than {MAX_BYTES} bytes"
        )));
    }
    Program::compile(source).map_err(|errors| {
        let first = errors.errors.into_iter().next();
        let (line, column) = first.as_ref().map_or((1, 1), |e| e.pos);
        let number = |n: isize| u32::try_from(n - 1).unwrap_or(0);
        let why = first.map_or_else(|| "it can't be read".to_owned(), |e| e.msg);
        let why = why.lines().next().unwrap_or_default().to_owned();
        Fault {
            message: format!("'{source}' is no expression: {why}"),
            line: number(line),
            column: number(column),
        }
    })
}

fn to_cel(value: &Json) -> cel::Value {
    match value {
        Json::Null => cel::Value::Null,
        Json::Bool(yes) => (*yes).into(),
        Json::Number(n) => n
            .as_i64()
            .map(Into::into)
            .or_else(|| n.as_f64().map(Into::into))
            .unwrap_or(cel::Value::Null),
        Json::String(text) => text.as_str().into(),
        Json::Array(items) => items.iter().map(to_cel).collect::<Vec<_>>().into(),
        Json::Object(map) => map
            .iter()
            .map(|(k, v)| (k.clone(), to_cel(v)))
            .collect::<HashMap<String, cel::Value>>()
            .into(),
    }
}

fn kind(value: &cel::Value) -> &'static str {
    match value {
        cel::Value::Null => "nothing",
        cel::Value::String(_) => "a text",
        cel::Value::Int(_) | cel::Value::UInt(_) | cel::Value::Float(_) => "a number",
        cel::Value::List(_) => "a list",
        cel::Value::Map(_) => "a map",
        _ => "something else",
    }
}

struct Walk<'a> {
    source: &'a str,
    known: &'a BTreeSet<String>,
    /// Names that a macro such as `all` binds around here.
    bound: Vec<String>,
    faults: Vec<Fault>,
}

impl Walk<'_> {
    fn expression(&mut self, node: &IdedExpr) {
        if let Some(path) = path(node) {
            self.name(&path);
            return;
        }
        match &node.expr {
            Expr::Call(call) => {
                self.function(&call.func_name);
                call.target.iter().for_each(|t| self.expression(t));
                call.args.iter().for_each(|a| self.expression(a));
            }
            Expr::Comprehension(all) => {
                self.expression(&all.iter_range);
                self.expression(&all.accu_init);
                let before = self.bound.len();
                self.bound.push(all.iter_var.clone());
                self.bound.extend(all.iter_var2.clone());
                self.bound.push(all.accu_var.clone());
                self.expression(&all.loop_cond);
                self.expression(&all.loop_step);
                self.expression(&all.result);
                self.bound.truncate(before);
            }
            Expr::List(list) => list.elements.iter().for_each(|e| self.expression(e)),
            Expr::Map(map) => map.entries.iter().for_each(|e| self.entry(&e.expr)),
            Expr::Struct(made) => made.entries.iter().for_each(|e| self.entry(&e.expr)),
            Expr::Select(select) => self.expression(&select.operand),
            Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn entry(&mut self, entry: &EntryExpr) {
        match entry {
            EntryExpr::StructField(field) => self.expression(&field.value),
            EntryExpr::MapEntry(entry) => {
                self.expression(&entry.key);
                self.expression(&entry.value);
            }
        }
    }

    fn function(&mut self, name: &str) {
        let operator = !name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !operator && !FUNCTIONS.contains(&name) {
            let text = format!(
                "unknown function '{name}'; known here: {}",
                FUNCTIONS.join(", ")
            );
            self.fault(text, name);
        }
    }

    fn name(&mut self, path: &[String]) {
        let root = path.first().map_or("", String::as_str);
        if self.bound.iter().any(|b| b == root) || root.starts_with('@') {
            return;
        }
        let full = path.join(".");
        let inner = format!("{full}.");
        let known = self.known.contains(&full) || self.known.iter().any(|k| k.starts_with(&inner));
        if known {
            return;
        }
        let names = self.known.iter().map(String::as_str);
        let near = crate::documents::yaml::shape::did_you_mean(&full, names);
        let hint = near.map_or_else(
            || self.beside(path),
            |near| format!("did you mean '{near}'?"),
        );
        self.fault(format!("unknown name '{full}'; {hint}"), root);
    }

    /// What could stand there instead: the names under the same root, or the roots.
    fn beside(&self, path: &[String]) -> String {
        let root = path.first().map(|r| format!("{r}.")).unwrap_or_default();
        let mut among: BTreeSet<&str> = self
            .known
            .iter()
            .filter(|k| k.starts_with(&root))
            .map(String::as_str)
            .collect();
        if among.is_empty() {
            let roots = self.known.iter().filter_map(|k| k.split('.').next());
            among = roots.collect();
        }
        let some: Vec<_> = among.into_iter().take(12).collect();
        format!("known here: {}", some.join(", "))
    }

    fn fault(&mut self, message: String, word: &str) {
        let at = self.source.find(word).unwrap_or(0);
        let before = &self.source[..at];
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count();
        self.faults.push(Fault {
            message,
            line: u32::try_from(before.matches('\n').count()).unwrap_or(0),
            column: u32::try_from(column).unwrap_or(0),
        });
    }
}

/// The name that a chain of fields spells: `a.b`, `a["b"]`.
fn path(node: &IdedExpr) -> Option<Vec<String>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name.clone()]),
        Expr::Select(select) => {
            let mut all = path(&select.operand)?;
            all.push(select.field.clone());
            Some(all)
        }
        Expr::Call(call) if call.func_name == "_[_]" => {
            let [of, key] = call.args.as_slice() else {
                return None;
            };
            let Expr::Literal(LiteralValue::String(text)) = &key.expr else {
                return None;
            };
            let mut all = path(of)?;
            all.push(text.inner().to_owned());
            Some(all)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn known() -> BTreeSet<String> {
        [
            "approvals.before_build",
            "vars.size",
            "stages.spec-a.state",
            "task.id",
        ]
        .map(str::to_owned)
        .into()
    }

    fn values() -> Values {
        BTreeMap::from([
            ("approvals".to_owned(), json!({ "before_build": true })),
            ("vars".to_owned(), json!({ "size": "small" })),
            (
                "stages".to_owned(),
                json!({ "spec-a": { "state": "passed" } }),
            ),
            ("task".to_owned(), json!({ "id": "T014" })),
        ])
    }

    #[test]
    fn what_needs_no_evaluation_comes_to_the_same() {
        let slow = |source: &str, values: &Values| {
            let mut context = Context::default();
            for (name, value) in values {
                context.add_variable_from_value(name.clone(), to_cel(value));
            }
            let program = compile(source).ok()?;
            match program.execute(&context) {
                Ok(cel::Value::Bool(yes)) => Some(yes),
                _ => None,
            }
        };
        let mut values = values();
        for yes in [false, true] {
            values.insert("approvals".to_owned(), json!({ "a": yes, "b": "true" }));
            values.insert("run".to_owned(), json!(yes));
            for source in [
                "true",
                "false",
                "run",
                "approvals.a",
                "(approvals.a)",
                "approvals.b",
                "approvals.c",
                "has(approvals.a)",
                "has(approvals.c)",
                "approvals['a']",
                "!approvals.a",
                "nobody",
                "run.a",
                "approvals",
                "has(run.a)",
            ] {
                let quick = eval_bool(source, &values).ok();
                assert_eq!(quick, slow(source, &values), "{source} {yes}");
            }
        }
    }

    #[test]
    fn what_is_checked_can_be_evaluated() {
        for (source, expected) in [
            ("true", true),
            ("approvals.before_build", true),
            ("!approvals.before_build", false),
            ("vars.size == 'small' && task.id != ''", true),
            ("stages['spec-a'].state in ['passed', 'skipped']", true),
            ("vars.size.startsWith('sm') ? true : false", true),
            ("['a', 'b'].exists(x, x == vars.size)", false),
            ("has(vars.size)", true),
            ("size(vars) > 0", true),
        ] {
            assert_eq!(check(source, &known()), Ok(()), "{source}");
            assert_eq!(eval_bool(source, &values()), Ok(expected), "{source}");
        }
    }

    #[test]
    fn unknown_names_and_functions_are_refused_with_their_place() {
        let say = |source| check(source, &known()).unwrap_err().remove(0);
        let fault = say("true && approvals.before_bild");
        assert!(
            fault
                .message
                .contains("did you mean 'approvals.before_build'?")
        );
        assert_eq!((fault.line, fault.column), (0, 8));
        assert!(
            say("wibble")
                .message
                .contains("known here: approvals, stages, task, vars")
        );
        assert!(
            say("stages.other.state == 'x'")
                .message
                .contains("stages.spec-a.state")
        );
        assert!(say("now() > 3").message.contains("unknown function 'now'"));
        assert!(say("vars.size ==").message.contains("is no expression"));
        assert!(say(" ").message.contains("empty"));
        assert!(
            check("task.id.foo == ''", &known()).is_err(),
            "a text has no fields"
        );
    }

    #[test]
    fn what_is_not_true_or_false_is_an_error() {
        assert!(
            eval_bool("vars.size", &values())
                .unwrap_err()
                .contains("a text")
        );
        assert!(eval_bool("vars.none == 1", &values()).is_err());
        assert_eq!((constant("false"), constant("vars.x")), (Some(false), None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn no_text_makes_it_panic(source in "(?s).{0,30}|[a-c0-9.()\\[\\]{}'\"&|!?: +<>=\\\\-]{0,30}") {
            let _ = check(&source, &known());
            let _ = eval_bool(&source, &values());
        }
    }
}
