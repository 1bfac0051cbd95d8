use super::*;
use proptest::prelude::*;

/// The parts of a text that are more than text, in order.
fn looks(name: &str, text: &str) -> Vec<(String, Look)> {
    let lines = lines(Language::named(name), text);
    let parts = lines.into_iter().flatten();
    parts
        .filter(|(_, look)| *look != Look::Plain)
        .map(|(text, look)| (text.to_owned(), look))
        .collect()
}

fn named(parts: &[(&str, Look)]) -> Vec<(String, Look)> {
    parts.iter().map(|(t, l)| ((*t).to_owned(), *l)).collect()
}

#[test]
fn rust_is_read() {
    assert_eq!(
        looks(
            "rust,ignore",
            "pub fn a<'a>(x: &'a str) -> Vec<u8> { b(\"q\\\"\", 'c', 0x1f) } // end"
        ),
        named(&[
            ("pub", Look::Keyword),
            ("fn", Look::Keyword),
            ("a", Look::Function),
            ("str", Look::Keyword),
            ("Vec", Look::Type),
            ("u8", Look::Keyword),
            ("b", Look::Function),
            ("\"q", Look::Text),
            ("\\\"", Look::Constant),
            ("\"", Look::Text),
            ("'c'", Look::Text),
            ("0x1f", Look::Constant),
            ("// end", Look::Comment),
        ])
    );
}

#[test]
fn what_is_open_goes_on_in_the_next_line() {
    assert_eq!(
        looks("rs", "/* a /* b\n*/ c\n*/ if\nr#\"x\ny\"# if"),
        named(&[
            ("/* a /* b", Look::Comment),
            ("*/ c", Look::Comment),
            ("*/", Look::Comment),
            ("if", Look::Keyword),
            ("r", Look::Keyword),
            ("#\"x", Look::Text),
            ("y\"#", Look::Text),
            ("if", Look::Keyword),
        ])
    );
    assert_eq!(
        looks("py", "a = '''x\ny''' # z"),
        named(&[
            ("'''x", Look::Text),
            ("y'''", Look::Text),
            ("# z", Look::Comment)
        ])
    );
}

#[test]
fn data_has_keys() {
    assert_eq!(
        looks(
            "yaml",
            "- id: spec # why\n  at: http://x\n  m: 3\n  ok: true"
        ),
        named(&[
            ("id", Look::Type),
            ("# why", Look::Comment),
            ("at", Look::Type),
            ("m", Look::Type),
            ("3", Look::Constant),
            ("ok", Look::Type),
            ("true", Look::Constant),
        ])
    );
    assert_eq!(
        looks("json", "{\"a\": \"b\", \"c\": null}"),
        named(&[
            ("\"a\"", Look::Type),
            ("\"b\"", Look::Text),
            ("\"c\"", Look::Type),
            ("null", Look::Constant),
        ])
    );
}

#[test]
fn markup_shell_and_changes() {
    assert_eq!(
        looks("html", "<a href=\"x\">it's</a> <!-- c -->"),
        named(&[
            ("a", Look::Keyword),
            ("href", Look::Type),
            ("\"x\"", Look::Text),
            ("a", Look::Keyword),
            ("<!-- c -->", Look::Comment),
        ])
    );
    assert_eq!(
        looks("sh", "for f in $A/${B}; do x#y; done"),
        named(&[
            ("for", Look::Keyword),
            ("in", Look::Keyword),
            ("$A", Look::Constant),
            ("$", Look::Constant),
            ("B", Look::Constant),
            ("do", Look::Keyword),
            ("x#y", Look::Function),
            ("done", Look::Keyword),
        ])
    );
    assert_eq!(
        looks("diff", "-a\n+b\n c"),
        named(&[("-a", Look::Removed), ("+b", Look::Added)])
    );
}

#[test]
fn languages_are_found_by_name_and_path() {
    let name = |path: &str| Language::of_path(path).map(Language::name);
    assert_eq!(name("src/App.TSX"), Some("TypeScriptReact"));
    assert_eq!(name("a/Dockerfile"), Some("Dockerfile"));
    assert_eq!(name("a/unknown.zzz"), None);
    assert!(Language::named("").is_none());
    assert_eq!(name("a/notes.txt"), None);
    for word in ["shell", "csharp", "jsx", "toml", "ts", "C++", "rust,ignore"] {
        assert!(Language::named(word).is_some(), "{word}");
    }
}

#[test]
fn what_is_too_large_is_plain() {
    let long = format!("let {}", "x".repeat(LONGEST_LINE));
    assert_eq!(looks("rs", &long), []);
    assert_eq!(looks("rs", &"let\n".repeat(MOST_LINES + 1)), []);
    assert_eq!(looks("rs", &"let\n".repeat(9)).len(), 9);
}

#[test]
fn code_within_a_text_is_code() {
    assert_eq!(
        looks("ts", "f(`a${b(1)}c`)"),
        named(&[
            ("f", Look::Function),
            ("`a", Look::Text),
            ("b", Look::Function),
            ("1", Look::Constant),
            ("c`", Look::Text),
        ])
    );
}

#[test]
fn all_rules_are_scopes_and_all_languages_can_be_read() {
    assert_eq!(scopes::rules(), (54, 54));
    let text = "a = \"b\" { 'c': 1 } // d\n/* <e f=\"g\"> */\n# h\n";
    for syntax in SYNTAXES.syntaxes() {
        let marks = marks(Language(syntax), text).unwrap();
        assert_eq!(marks.len(), 3, "{}", syntax.name);
    }
}

#[test]
fn found_colours_are_kept_within_bounds() {
    let rust = Language::named("rust").unwrap();
    let mut colours = Colours::default();
    colours.add(rust, "let a;\n");
    assert_eq!(
        colours.of(rust, "let a;\n").unwrap()[0],
        [(0..3, Look::Keyword)]
    );
    assert_eq!(colours.of(Language::named("c").unwrap(), "let a;\n"), None);
    let most = "\n".repeat(MOST_LINES);
    colours.add(rust, &most);
    assert_eq!(colours.of(rust, &most), None);
    colours.add(rust, &most[1..]);
    assert!(colours.of(rust, &most[1..]).is_some());
}

#[test]
fn lines_are_cut_with_their_looks() {
    let rows = cut(&[("ab", Look::Keyword), ("\tc日", Look::Plain)], 5);
    let texts: Vec<Vec<&str>> = rows
        .iter()
        .map(|r| r.iter().map(|s| s.text().as_str()).collect())
        .collect();
    assert_eq!(texts, [vec!["ab", "  c"], vec!["日"]]);
    assert_eq!(cut(&[], 5).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_text_is_read_whole_and_in_order(
        text in "([a-z0-9 \t\"'`#/*<>!$\\\\{}()\\[\\]:=.+-]|\n|/\\*|\\*/|<!--|\"\"\"|r#\"|é|日){0,60}",
        n in 0usize..24,
    ) {
        let names = ["rs", "js", "ts", "py", "go", "c", "java", "cs", "swift", "rb", "php", "sh", "lua",
            "sql", "make", "hs", "json", "yaml", "toml", "css", "html", "diff", "md", "tf"];
        let lines_of = lines(Language::named(names[n]), &text);
        for (line, pieces) in text.lines().zip(&lines_of) {
            let whole: String = pieces.iter().map(|(t, _)| *t).collect();
            prop_assert_eq!(whole, line);
        }
        prop_assert_eq!(lines_of.len(), text.lines().count());
    }
}

#[test]
fn a_character_is_not_parted_from_the_mark_that_combines_with_it() {
    let look = Look::Role(crate::text::Role::Good);
    let line = "\"\"\u{dd6}x";
    let told = pieces(line, &[(0..2, look)]);
    assert_eq!(told, [("\"\"\u{dd6}", look), ("x", Look::Plain)]);
    let told = pieces("ab", &[(0..1, look)]);
    assert_eq!(told, [("a", look), ("b", Look::Plain)]);
}
