use super::*;
use proptest::prelude::*;

const GIT: &str = "diff --git a/src/a.rs b/src/a.rs
index 1111111..2222222 100644
--- a/src/a.rs
+++ b/src/a.rs
@@ -10,4 +10,5 @@ fn outer() {
 let a = 1;
-let b = one(2);
+let b = two(2);
+let c = 3;
 end

\\ No newline at end of file
diff --git a/old name.md b/new.md
similarity index 90%
rename from old name.md
rename to new.md
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git \"a/\\303\\244.png\" \"b/\\303\\244.png\"
new file mode 100644
index 0000000..3333333
Binary files /dev/null and \"b/\\303\\244.png\" differ
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
index 4444444..0000000
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-bye
";

fn texts(file: &File, columns: usize, style: Style) -> Vec<String> {
    let rows = file.rows(columns, style);
    rows.iter()
        .map(|r| r.text().trim_end().to_owned())
        .collect()
}

#[test]
fn what_git_prints_is_read() {
    let files = parse(GIT);
    let told: Vec<(&str, Kind, usize, usize)> = files
        .iter()
        .map(|f| (f.path.as_str(), f.kind, f.added, f.removed))
        .collect();
    assert_eq!(
        told,
        [
            ("src/a.rs", Kind::Changed, 2, 1),
            ("new.md", Kind::Renamed, 0, 0),
            ("run.sh", Kind::Changed, 0, 0),
            ("ä.png", Kind::Added, 0, 0),
            ("gone.txt", Kind::Deleted, 0, 1),
        ]
    );
    assert_eq!(files[1].old_path.as_deref(), Some("old name.md"));
    assert_eq!(
        texts(&files[2], 80, Style::Unified),
        ["mode 100644 → 100755"]
    );
    assert_eq!(texts(&files[3], 80, Style::Unified), ["binary file"]);
    assert!(files.iter().all(|f| f.others.is_empty()), "{files:?}");
    assert_eq!(files[0].title().text(), "M src/a.rs  +2  -1");
    assert_eq!(files[0].folder(), "src");
}

#[test]
fn unified_rows_have_both_numbers() {
    let mut files = parse(GIT);
    assert!(colour(&mut files));
    assert_eq!(
        texts(&files[0], 60, Style::Sides),
        [
            "@@ -10,4 +10,5 @@ fn outer() {",
            " 10  10   let a = 1;",
            " 11     - let b = one(2);",
            "     11 + let b = two(2);",
            "     12 + let c = 3;",
            " 12  13   end",
            " 13  14",
            "          no line break at the end",
        ]
    );
    let rows = files[0].rows(60, Style::Unified);
    assert_eq!(rows[2].ground, Some(Look::Removed));
    let words = |n: usize, look| {
        let spans = rows[n].spans.iter().filter(move |s| s.look == look);
        spans.map(|s| s.text().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(words(2, Look::RemovedWord), ["one"]);
    assert_eq!(words(3, Look::AddedWord), ["two"]);
    assert_eq!(words(4, Look::AddedWord), [""; 0]);
    assert_eq!(words(4, Look::Keyword), ["let"]);
    let lines: Vec<Option<usize>> = rows.iter().map(|r| r.line).collect();
    assert_eq!(lines, [10, 10, 11, 11, 12, 13, 14, 14].map(Some));
}

#[test]
fn what_is_open_goes_on_over_the_lines_of_a_hunk() {
    let patch =
        "--- a/a.rs\n+++ b/a.rs\n@@ -1,5 +1,4 @@\n if /*\n-let\n-if */ if\n+if */ let\n if\n let\n";
    let mut files = parse(patch);
    assert!(colour(&mut files));
    let lines = &files[0].hunks[0].lines;
    let looks = |n: usize| lines[n].marks.iter().map(|m| m.1).collect::<Vec<_>>();
    assert_eq!(looks(0), [Look::Keyword, Look::Comment]);
    assert_eq!(looks(1), [Look::Comment]);
    assert_eq!(looks(2), [Look::Comment, Look::Keyword]);
    assert_eq!(looks(3), [Look::Comment, Look::Keyword]);
    assert_eq!(looks(4), [Look::Keyword]);
    assert!(!colour(&mut parse(
        "--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-a\n+b\n"
    )));
}

#[test]
fn the_first_lines_alone_have_the_colours_that_they_have_among_all() {
    let (mut all, mut first) = (parse(GIT), parse(GIT));
    assert!(colour(&mut all) && colour_to(&mut first, 3));
    let (all, first) = (&all[0].hunks[0].lines, &first[0].hunks[0].lines);
    assert_eq!(all[..3], first[..3]);
    assert!(first[3..].iter().all(|l| l.marks.is_empty()));
    assert!(all[3..].iter().any(|l| !l.marks.is_empty()));
}

#[test]
fn a_change_that_is_too_large_is_plain_from_there_on() {
    use crate::render::code::MOST_LINES;
    let mut patch =
        String::from("--- a/a.rs\n+++ b/a.rs\n@@ -0,0 +1 @@\n+let\n@@ -1,0 +2,10000 @@\n");
    patch.push_str(&"+let\n".repeat(MOST_LINES));
    let mut files = parse(&patch);
    assert!(colour(&mut files));
    assert_eq!(files[0].hunks[0].lines[0].marks.len(), 1);
    assert!(files[0].hunks[1].lines.iter().all(|l| l.marks.is_empty()));
}

#[test]
fn sides_stand_beside_each_other() {
    let files = parse(GIT);
    let rows = texts(&files[0], 121, Style::Sides);
    let half = 59;
    let cut = |row: &String| {
        let left: String = row.chars().take(half).collect();
        let right: String = row.chars().skip(half + 3).collect();
        (left.trim_end().to_owned(), right)
    };
    assert_eq!(
        rows[2..4].iter().map(cut).collect::<Vec<_>>(),
        [
            (
                " 11 - let b = one(2);".to_owned(),
                " 11 + let b = two(2);".to_owned()
            ),
            (String::new(), " 12 + let c = 3;".to_owned()),
        ]
    );
}

#[test]
fn two_texts_are_compared() {
    let old: String = (1..=20).map(|n| format!("line {n}\n")).collect();
    let new = old.replace("line 10\n", "line ten\nline more\n");
    let file = between("a.txt", &old, &new);
    assert_eq!((file.added, file.removed), (2, 1));
    assert_eq!(file.hunks[0].head, "@@ -7,7 +7,8 @@");
    assert_eq!(between("a", "x\n", "x\n").hunks, []);
    let made = between("a", "", "x");
    assert_eq!(made.hunks[0].head, "@@ -0,0 +1,1 @@");
    assert!(made.hunks[0].lines[0].unended);
    assert_eq!(
        texts(&between("a", "x", "x"), 40, Style::Unified),
        ["no line differs"]
    );
}

#[test]
fn what_is_too_large_to_compare_is_replaced() {
    let old = "a\n".to_owned() + &"b\n".repeat(MOST_COMPARED) + "c\n";
    let new = "a\nd\nc\n";
    let file = between("a", &old, new);
    assert_eq!((file.added, file.removed), (1, MOST_COMPARED));
    assert_eq!(file.hunks[0].lines[0].old, 2);
}

#[test]
fn what_is_no_change_is_kept_and_shown() {
    let text =
        "hello\n@@ -1,x +2 @@\n@@@ -1 -1 +1 @@@\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\nwhat\n+b\n";
    let files = parse(text);
    let all: Vec<&String> = files.iter().flat_map(|f| &f.others).collect();
    assert_eq!(
        all,
        ["hello", "@@ -1,x +2 @@", "@@@ -1 -1 +1 @@@", "what", "+b"]
    );
    let huge =
        parse("@@ -99999999999999999999 +1 @@\n@@ -18446744073709551615,3 +1,3 @@\n a\n b\n");
    assert_eq!(huge[0].hunks[0].lines.len(), 2);
    assert!(parse("").is_empty());
}

#[test]
fn rows_are_found_by_line_and_hunk() {
    let old: String = (1..=90).map(|n| format!("l{n}\n")).collect();
    let new = old.replace("l10\n", "x\n").replace("l80\n", "y\nz\n");
    let file = between("a", &old, &new);
    let layout = Layout::new(&file, 50, Style::Unified);
    assert_eq!(layout.row_of_hunk(1), Some(9));
    let row = layout.row_of_line(&file, 80);
    assert_eq!(layout.rows(&file, row..row + 1)[0].line, Some(80));
    assert_eq!(layout.rows(&file, 5..8), layout.rows(&file, 0..99)[5..8]);
}

fn changed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "diff --git a/x b/x\n", "diff --git a/x", "--- a/x\n", "+++ b/x\n", "+++ /dev/null\n",
            "@@ -1,3 +1,4 @@ fn\n", "@@ -0,0 +1 @@\n", "@@ -1 +0,0 @@\n", "@@@ x\n", "@@ -1,",
            " same\n", "+new words here\n", "-old words here\n", "\\ No newline at end of file\n",
            "rename from \"a\\t\\", "rename to b\n", "old mode 1\n", "new mode 2\n", "GIT binary patch\n",
            "Binary files a and b differ\n", "\n", "\r\n", "+日本\t\x1b[0m\u{202e}\n", "\"a/\\777\" \"", "-", "+",
        ]).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|s| s.chars().take(12).collect()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_read_and_fits(text in changed(), columns in 10usize..200, sides: bool) {
        let style = if sides { Style::Sides } else { Style::Unified };
        for file in parse(&text) {
            let layout = Layout::new(&file, columns, style);
            let rows = layout.rows(&file, 0..layout.len());
            prop_assert_eq!(rows.len(), layout.len());
            for row in &rows {
                prop_assert!(row.width() <= columns, "{} of {columns}: {:?}", row.width(), row.text());
            }
        }
    }

    #[test]
    fn a_change_tells_both_texts(
        old in prop::collection::vec("[abc]", 0..30), new in prop::collection::vec("[abc]", 0..30),
    ) {
        let (old, new) = (old.join("\n"), new.join("\n"));
        let file = between("x", &old, &new);
        let olds: Vec<&str> = old.lines().collect();
        let news: Vec<&str> = new.lines().collect();
        for line in file.hunks.iter().flat_map(|h| &h.lines) {
            if line.sign != Sign::Added {
                prop_assert_eq!(olds.get(line.old - 1), Some(&line.text.as_str()));
            }
            if line.sign != Sign::Removed {
                prop_assert_eq!(news.get(line.new - 1), Some(&line.text.as_str()));
            }
        }
    }
}
