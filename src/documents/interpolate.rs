//! `{{ name }}` in strings that are not shell. Strict: an unknown name is a finding, never an empty
//! text. `${{ … }}` and fenced code stay as they are.

use crate::terms::{Finding, Place};
use std::collections::{BTreeMap, BTreeSet};

/// A name as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name, or whatever stood between the braces.
    pub name: String,
    /// Whether it stood in single braces: `{name}`.
    pub single: bool,
    /// Bytes of the text it takes, braces included.
    pub range: std::ops::Range<usize>,
    /// The line in the text, from 0.
    pub line: u32,
    /// The column in the line in characters, from 0.
    pub column: u32,
    /// Whether the closing braces are missing.
    pub open: bool,
}

/// Every `{{ name }}` of a text, in order.
pub fn names_in(text: &str) -> Vec<Named> {
    scan(text, &BTreeSet::new())
}

/// What a text is filled from.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Names with their values.
    pub known: BTreeMap<String, String>,
    /// Names that get their value later: they stay as they are.
    pub later: BTreeSet<String>,
    /// Words that may also stand in single braces, `{word}`, for `vars.word`.
    pub short: BTreeSet<String>,
    /// Whether words in capitals, such as `{{TASK_ID}}`, are blanks of a form that the text talks
    /// about, and stay as they are. No name is written so.
    pub blanks: bool,
}

impl Names {
    /// These names, which get their values later.
    pub fn later(names: &[&str]) -> Self {
        Self {
            later: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }
}

/// Replaces every `{{ name }}`. `place` is that of the text's first character.
pub fn fill(
    text: &str,
    names: &BTreeMap<String, String>,
    place: &Place,
) -> Result<String, Vec<Finding>> {
    fill_from(
        text,
        &Names {
            known: names.clone(),
            ..Names::default()
        },
        place,
    )
}

/// Replaces every name that is known, leaves those that come later, and reports all others.
pub fn fill_from(text: &str, names: &Names, place: &Place) -> Result<String, Vec<Finding>> {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    let mut faults = Vec::new();
    for named in scan(text, &names.short) {
        let whole = if named.single {
            format!("vars.{}", named.name)
        } else {
            named.name.clone()
        };
        if let (false, Some(value)) = (named.open, names.known.get(&whole)) {
            out.push_str(&text[from..named.range.start]);
            out.push_str(value);
            from = named.range.end;
            continue;
        }
        let stays = names.later.contains(&whole) || names.blanks && is_blank(&named.name);
        if named.open || !stays {
            faults.push(unknown(&named, names, place));
        }
    }
    out.push_str(&text[from..]);
    if faults.is_empty() {
        Ok(out)
    } else {
        Err(faults)
    }
}

fn is_blank(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| {
            b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b' ' | b'-')
        })
}

fn unknown(named: &Named, names: &Names, place: &Place) -> Finding {
    let at = moved(place, named);
    if named.open {
        return Finding::new("template/open", "{{ without }} on the same line")
            .at(at)
            .remedy("close it, or put it into a fenced code block");
    }
    let among = || names.known.keys().chain(&names.later).map(String::as_str);
    let near = crate::documents::yaml::shape::did_you_mean(&named.name, among());
    let remedy = near.map_or_else(
        || format!("known here: {}", among().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean '{near}'?"),
    );
    Finding::new(
        "template/unknown-name",
        format!("unknown name '{}' in {{{{ }}}}", named.name),
    )
    .at(at)
    .remedy(remedy)
}

fn moved(place: &Place, named: &Named) -> Place {
    let (line, column) = (place.line.unwrap_or(1), place.column.unwrap_or(1));
    if named.line == 0 {
        Place::at(&place.file, line, column + named.column)
    } else {
        Place::at(&place.file, line + named.line, named.column + 1)
    }
}

fn scan(text: &str, short: &BTreeSet<String>) -> Vec<Named> {
    let mut found = Vec::new();
    let mut fence: Option<(char, usize)> = None;
    let mut start = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let was_inside = fence.is_some();
        fence = after(line, fence);
        if !was_inside && fence.is_none() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            scan_line(line, number, start, short, &mut found);
        }
        start += line.len();
    }
    found
}

/// The fence that is open after a line.
fn after(line: &str, open: Option<(char, usize)>) -> Option<(char, usize)> {
    let body = line.trim_start_matches(' ');
    if line.len() - body.len() > 3 {
        return open;
    }
    let Some(mark) = body.chars().next().filter(|c| matches!(c, '`' | '~')) else {
        return open;
    };
    let length = body.chars().take_while(|c| *c == mark).count();
    let rest = body[length..].trim();
    match open {
        None if length >= 3 && !(mark == '`' && rest.contains('`')) => Some((mark, length)),
        Some((m, l)) if m == mark && length >= l && rest.is_empty() => None,
        open => open,
    }
}

fn scan_line(
    line: &str,
    number: u32,
    start: usize,
    short: &BTreeSet<String>,
    found: &mut Vec<Named>,
) {
    let mut i = 0;
    while let Some(brace) = line[i..].find('{').map(|n| n + i) {
        let rest = &line[brace..];
        let double = rest.starts_with("{{");
        let close = if double { "}}" } else { "}" };
        let width = close.len();
        let end = rest[width..].find(close).map(|n| n + width);
        let inner = &rest[width..end.unwrap_or(rest.len())];
        let taken = double || (short.contains(inner) && end.is_some());
        let foreign = line[..brace].ends_with('$');
        let length = match end {
            Some(end) if double || taken => end + width,
            None if double => rest.trim_end().len(),
            _ => 1,
        };
        if taken && !foreign {
            found.push(Named {
                name: inner.trim().to_owned(),
                single: !double,
                range: start + brace..start + brace + length,
                line: number,
                column: u32::try_from(line[..brace].chars().count()).unwrap_or(u32::MAX),
                open: end.is_none(),
            });
        }
        i = brace + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blanks_of_a_form_stay_where_a_text_may_talk_about_forms() {
        let text = "Write {{TASK_ID}} and {{ DATE }} for {{ task.id }}.";
        let mut names = Names {
            blanks: true,
            ..names(&[("task.id", "T001")])
        };
        let place = Place::at("r.md", 1, 1);
        let filled = fill_from(text, &names, &place).unwrap();
        assert_eq!(filled, "Write {{TASK_ID}} and {{ DATE }} for T001.");
        assert!(fill_from("{{ TASK.ID }}", &names, &place).is_err());
        assert!(fill_from("{{ Task }}", &names, &place).is_err());
        names.blanks = false;
        assert_eq!(fill_from(text, &names, &place).unwrap_err().len(), 2);
    }

    fn names(pairs: &[(&str, &str)]) -> Names {
        Names {
            known: pairs
                .iter()
                .map(|(k, v)| ((*k).into(), (*v).into()))
                .collect(),
            ..Names::default()
        }
    }

    #[test]
    fn known_names_are_filled_and_foreign_ones_stay() {
        let names = names(&[("task.id", "T014")]);
        let text = "a/{{ task.id }}-{{task.id}} ${{ secrets.X }}\n```\n{{ task.title }}\n```\n{x}";
        assert_eq!(
            fill_from(text, &names, &Place::file("f")).unwrap(),
            "a/T014-T014 ${{ secrets.X }}\n```\n{{ task.title }}\n```\n{x}"
        );
    }

    #[test]
    fn an_unknown_name_is_said_with_its_place() {
        let names = names(&[("task.id", "T014")]);
        let faults = fill_from(
            "é {{ task.ids }}\n {{ b }} {{ c",
            &names,
            &Place::at("r.md", 7, 3),
        )
        .unwrap_err();
        let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(
            said[0].starts_with("r.md:7:5: unknown name 'task.ids'"),
            "{said:?}"
        );
        assert!(said[0].contains("did you mean 'task.id'?"));
        assert!(said[1].starts_with("r.md:8:2:") && said[2].contains("template/open"));
    }

    #[test]
    fn later_names_stay_and_short_ones_are_filled() {
        let mut names = names(&[("vars.goal", "speed")]);
        names.later.insert("run.id".into());
        names.short.insert("goal".into());
        let filled = fill_from("{goal} {{ run.id }} {other} {", &names, &Place::file("f"));
        assert_eq!(filled.unwrap(), "speed {{ run.id }} {other} {");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn it_never_panics_and_text_without_braces_is_kept(text in "(?s)[{}$` \\n~a-cé.]{0,40}") {
            let short = BTreeSet::from(["a".to_owned()]);
            let names = Names { short, ..Names::default() };
            let result = fill_from(&text, &names, &Place::file("f"));
            if names_in(&text).is_empty() && !text.contains("{a}") {
                prop_assert_eq!(result.unwrap(), text);
            }
        }
    }
}
