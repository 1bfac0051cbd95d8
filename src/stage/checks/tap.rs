//! The Test Anything Protocol, read.

use super::report::Reported;

/// How deep subtests are followed.
const DEEPEST: usize = 32;

/// One test point that was read, with what failed and ran below it.
#[derive(Default)]
struct Level {
    failed: Vec<String>,
    passed: Vec<String>,
    seen: usize,
    planned: Option<usize>,
}

/// Reads a whole report. A test with subtests is told by them: `outer > inner`.
pub(super) fn read(text: &str) -> Reported {
    let mut levels = vec![Level::default()];
    let mut block: Option<usize> = None;
    for line in text.lines() {
        let body = line.trim_start_matches(' ');
        let indent = line.len() - body.len();
        if let Some(at) = block {
            if indent == at && body.trim_end() == "..." {
                block = None;
            }
            continue;
        }
        if body.trim_end() == "---" && indent > 0 {
            block = Some(indent);
            continue;
        }
        let depth = indent / 4;
        if !indent.is_multiple_of(4) || depth >= DEEPEST {
            continue;
        }
        if let Some(why) = body.strip_prefix("Bail out!") {
            return Reported::nothing(format!("its tests were broken off:{}", why.trim_end()));
        }
        take(&mut levels, depth, body);
    }
    levels.truncate(1);
    let Some(whole) = levels.pop() else {
        return Reported::nothing("its report is empty");
    };
    match whole.planned {
        None => Reported::nothing("its report has no plan (`1..N`), so it may not be whole"),
        Some(planned) if planned != whole.seen => Reported::nothing(format!(
            "its report is not whole: {planned} planned, {} told",
            whole.seen
        )),
        Some(_) => Reported::names(whole.failed, Some(whole.passed)),
    }
}

fn take(levels: &mut Vec<Level>, depth: usize, body: &str) {
    let plan = body.split([' ', '#']).next().and_then(|word| {
        let last = word.strip_prefix("1..")?;
        last.trim_end().parse().ok()
    });
    let (ok, rest) = match (body.strip_prefix("ok"), body.strip_prefix("not ok")) {
        (_, Some(rest)) => (false, rest),
        (Some(rest), _) => (true, rest),
        _ if plan.is_some() => (true, ""),
        _ => return,
    };
    if plan.is_none() && !rest.is_empty() && !rest.starts_with(' ') {
        return;
    }
    while levels.len() <= depth {
        levels.push(Level::default());
    }
    if plan.is_some() {
        levels[depth].planned = plan;
        return;
    }
    let inner: Vec<Level> = levels.drain(depth + 1..).collect();
    let level = &mut levels[depth];
    level.seen += 1;
    let (name, directive) = point(rest, level.seen);
    // What is to be done, or was left out, neither fails nor passes.
    if directive.is_some() {
        return;
    }
    let below = |names: &dyn Fn(&Level) -> Vec<String>| -> Vec<String> {
        let all = inner.iter().flat_map(names);
        all.map(|inner| format!("{name} > {inner}")).collect()
    };
    let failed = below(&|l| l.failed.clone());
    let passed = below(&|l| l.passed.clone());
    match (ok, failed.is_empty()) {
        (false, true) => level.failed.push(name),
        (false, false) => level.failed.extend(failed),
        (true, _) if passed.is_empty() => level.passed.push(name),
        (true, _) => {}
    }
    level.passed.extend(passed);
}

/// The name of a test point, and its directive: ` 3 - adds # TODO later`.
fn point(rest: &str, n: usize) -> (String, Option<String>) {
    let rest = rest.trim();
    let rest = rest
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start();
    let rest = rest.strip_prefix("- ").unwrap_or(rest);
    let (name, directive) = match rest.rsplit_once('#') {
        Some((name, word)) if is_directive(word) => (name.trim_end(), Some(word.trim().to_owned())),
        _ => (rest, None),
    };
    let name = match name {
        "" | "-" => format!("test {n}"),
        name => name.to_owned(),
    };
    (name, directive)
}

fn is_directive(word: &str) -> bool {
    let word = word.trim_start().to_ascii_lowercase();
    word.starts_with("skip") || word.starts_with("todo")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<String>) {
        match read(text) {
            Reported::Names { failed, passed } => (
                failed.into_iter().collect(),
                passed.unwrap_or_default().into_iter().collect(),
            ),
            Reported::Nothing(why) => panic!("{why}"),
        }
    }

    #[test]
    fn points_are_told_by_name_and_directives_are_neither() {
        let text = "TAP version 13\n1..5\nok 1 - adds\nnot ok 2 - subtracts\n  ---\n  message: 'x'\n    not ok 9 - quoted\n  ...\nnot ok 3 - later # TODO\nok 4 # skip\nnot ok 5\n# end\n";
        let (failed, passed) = names(text);
        assert_eq!(failed, ["subtracts", "test 5"]);
        assert_eq!(passed, ["adds"]);
    }

    #[test]
    fn subtests_speak_for_their_test() {
        let text = "# Subtest: file\n    ok 1 - a\n    not ok 2 - b\n    1..2\nnot ok 1 - file\n# Subtest: other\n    ok 1 - a\n    1..1\nok 2 - other\n1..2\n";
        let (failed, passed) = names(text);
        assert_eq!(failed, ["file > b"]);
        assert_eq!(passed, ["file > a", "other > a"]);
    }

    #[test]
    fn what_is_not_whole_tells_nothing() {
        for text in [
            "",
            "not ok 1 - a\n",
            "1..3\nnot ok 1 - a\n",
            "1..2\nnot ok 1 - a\nBail out! the database is gone\n",
            "1..99999999999999999999999\nok 1\n",
        ] {
            assert!(matches!(read(text), Reported::Nothing(_)), "{text:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn anything_is_read_without_harm(text in "(ok|not ok|1\\.\\.|  ---|    | |#|[0-9]|\n|é){0,80}") {
            let _ = read(&text);
        }
    }
}
