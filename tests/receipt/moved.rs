//! Files that others changed as well: what lands must be what git makes of both, and of what nobody else
//! changed exactly what the run left, however alike it looks.

use crate::scene::{Clone, LINES, completed, is_not, is_so, landed, project, report, untrue};
use crate::support::project::{Project, Ran};

/// The line that the run changed, elsewhere in the file.
fn moves_it(clone: &Clone<'_>) {
    clone.edit("src/app.txt", "9\nten\n", "9\n");
    clone.edit("src/app.txt", "12\n", "12\nten\n");
    clone.amend();
}

/// Others commit this text of the file on the project's branch.
fn others(project: &Project, text: &str) {
    project.put("src/app.txt", text);
    project.git(&["add", "src"]);
    project.git(&["commit", "-q", "-m", "others' work"]);
}

#[test]
fn code_that_was_moved_within_its_file_is_no_merge() {
    let (alone, _) = landed();
    let clone = Clone::of(&alone, "clone");
    moves_it(&clone);
    let said = clone.verify(&[]);
    is_not(
        &said,
        "moved",
        &["AC-1", "file src/app.txt", "not what the run left"],
    );
    assert!(!untrue(&said).contains("others"), "{}", said.out);

    let moved = project();
    let run = completed(&moved);
    others(&moved, &LINES.replace("2\n3\n", "two\nmore\n3\n"));
    moved.expect(0, &["land", &run]);
    let clone = Clone::of(&moved, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("merged with what others changed"),
        "{}",
        said.out
    );
    let landing = clone.git(&["rev-parse", "HEAD"]);
    moves_it(&clone);
    let what = "nor what git makes of that and of others' changes";
    is_not(
        &clone.verify(&[]),
        "moved in a merge",
        &["AC-1", "file src/app.txt", what],
    );
    // Nor is what others put there taken away along with it.
    clone.git(&["reset", "-q", "--hard", landing.trim()]);
    clone.edit("src/app.txt", "two\nmore\n", "2\n");
    clone.amend();
    is_not(
        &clone.verify(&[]),
        "without others' work",
        &["AC-1", "file src/app.txt"],
    );
    // Where there is nothing to tell by what others did, that is said, and no more.
    let said = shallow(&moved, "file://", "main");
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    let line = said
        .out
        .lines()
        .skip_while(|l| !l.contains("file src/app.txt"));
    let line: Vec<&str> = line.take(2).collect();
    assert!(line[0].starts_with("not known"), "{line:?}");
    assert!(
        line[1].contains("the commit before it is not here"),
        "{line:?}"
    );
}

/// `verify` in a clone of one commit.
fn shallow(project: &Project, scheme: &str, branch: &str) -> Ran {
    let to = project.outside(&format!("shallow-{branch}"));
    let from = format!("{scheme}{}", project.home().display());
    let to = to.to_str().unwrap();
    project.git(&["clone", "-q", "--depth", "1", "-b", branch, &from, to]);
    project.run(&["-C", to, "verify"])
}

#[test]
fn what_both_did_alike_is_merged_and_what_others_renamed_is_followed() {
    let alike = project();
    let run = completed(&alike);
    let text = LINES.replace("2\n3\n", "two\nmore\n3\n");
    others(&alike, &text.replace("10\n", "ten\n"));
    alike.expect(0, &["land", &run]);
    let clone = Clone::of(&alike, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("merged with what others changed"),
        "{}",
        said.out
    );

    let renamed = project();
    let run = completed(&renamed);
    renamed.git(&["mv", "src/app.txt", "src/main.txt"]);
    let path = renamed.home().join("src/main.txt");
    std::fs::write(&path, LINES.replace("2\n3\n", "two\nmore\n3\n")).unwrap();
    renamed.git(&["commit", "-q", "-a", "-m", "others call it otherwise"]);
    renamed.expect(0, &["land", &run]);
    assert!(
        renamed
            .read("src/main.txt")
            .contains("more\n3\n4\n5\n6\n7\n8\n9\nten\n")
    );
    let clone = Clone::of(&renamed, "clone");
    let said = clone.verify(&[]);
    is_so(&said);
    assert!(
        said.out.contains("others call it src/main.txt now"),
        "{}",
        said.out
    );
    clone.edit("src/main.txt", "ten", "teN");
    clone.amend();
    is_not(
        &clone.verify(&[]),
        "a byte of it",
        &["AC-1", "file src/app.txt"],
    );
}

#[test]
fn a_changelog_to_which_both_add_is_merged_as_the_repository_wants_it() {
    let project = project();
    project.put(".gitattributes", "app.txt merge=union\n");
    project.git(&["add", ".gitattributes"]);
    project.git(&["commit", "-q", "-m", "a changelog"]);
    let run = completed(&project);
    others(&project, &LINES.replace("10\n", "zehn\n"));
    project.expect(0, &["land", &run]);
    assert!(project.read("src/app.txt").contains("9\nzehn\nten\n11\n"));
    let clone = Clone::of(&project, "clone");
    is_so(&clone.verify(&[]));
    clone.edit("src/app.txt", "zehn", "zwoelf");
    clone.amend();
    is_not(&clone.verify(&[]), "a byte", &["AC-1", "file src/app.txt"]);
}

#[test]
fn what_somebody_made_of_a_conflict_is_told_as_that() {
    let (project, run) = landed();
    let clone = Clone::of(&project, "clone");
    clone.git(&["checkout", "-q", "-b", "page", "HEAD~1"]);
    clone.edit("src/app.txt", "10\n", "TEN\n");
    clone.git(&["commit", "-q", "-a", "-m", "others' work"]);
    let before = clone.git(&["rev-parse", "HEAD"]);
    let settled = LINES.replace("10\n", "ten, TEN\n");
    let told = ["AC-1", "file src/app.txt", "what somebody made of the two"];
    let merge = std::process::Command::new("git")
        .args(["merge", "-q", "--no-ff", "main"])
        .current_dir(&clone.dir)
        .output();
    assert!(!merge.unwrap().status.success(), "both changed the line");
    std::fs::write(clone.dir.join("src/app.txt"), &settled).unwrap();
    clone.git(&["commit", "-q", "-a", "-m", "Merge pull request #3"]);
    let said = clone.verify(&[]);
    is_not(&said, "settled", &told);
    assert!(said.out.contains(&report(&run)), "{}", said.out);
    assert!(!untrue(&said).contains("AC-2"), "{}", said.out);

    // The same as one commit, where what the run left is nowhere any more.
    let tree = clone.git(&["rev-parse", "HEAD^{tree}"]);
    let squashed = clone.git(&[
        "commit-tree",
        "-p",
        before.trim(),
        "-m",
        "Dark mode (#3)",
        tree.trim(),
    ]);
    clone.git(&["update-ref", "refs/heads/squashed", squashed.trim()]);
    let far = project.outside("far");
    let from = format!("file://{}", clone.dir.display());
    let to = far.to_str().unwrap();
    project.git(&[
        "clone",
        "-q",
        "--single-branch",
        "-b",
        "squashed",
        &from,
        to,
    ]);
    let said = project.run(&["-C", to, "verify", "--all"]);
    is_not(&said, "settled and squashed", &told);
}

#[test]
fn a_partial_clone_tells_what_it_lacks_and_everything_else() {
    let project = project();
    let run = completed(&project);
    others(&project, &LINES.replace("2\n3\n", "two\nmore\n3\n"));
    project.expect(0, &["land", &run]);
    project.git(&["config", "uploadpack.allowFilter", "true"]);
    let from = format!("file://{}", project.home().display());
    let cloned = |name: &str, more: &[&str]| {
        let to = project.outside(name).to_str().unwrap().to_owned();
        let args = [&["clone", "-q", "--filter=blob:none"], more, &[&from, &to]].concat();
        project.git(&args);
        to
    };
    let to = cloned("partial", &[]);
    let said = project.run(&["-C", &to, "verify", "--all"]);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    let of_file = { said.out.lines() }.skip_while(|l| !l.contains("file src/app.txt"));
    let of_file: Vec<&str> = of_file.take(2).collect();
    assert!(of_file[0].starts_with("not known"), "{of_file:?}");
    assert!(of_file[1].contains("this partial clone"), "{of_file:?}");
    assert!(said.out.contains("file page.txt"), "{}", said.out);
    assert!(said.out.contains("given on what landed"), "{}", said.out);
    assert!(!said.out.contains("not true"), "{}", said.out);
    // Where not even the report is here, that is said in words.
    let bare = cloned("unfetched", &["--no-checkout"]);
    let said = project.run(&["-C", &bare, "verify"]);
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(said.err.contains("this partial clone"), "{}", said.err);
    assert!(!said.err.contains("grafts"), "{}", said.err);
    // What it says to do does it.
    project.git(&["-C", &to, "fetch", "-q", "--refetch", "--no-filter"]);
    is_so(&project.run(&["-C", &to, "verify", "--all"]));
}

#[test]
fn files_that_were_merged_are_not_counted_as_left() {
    let project = project();
    let run = completed(&project);
    others(&project, &LINES.replace("2\n3\n", "two\nmore\n3\n"));
    project.expect(0, &["land", &run]);
    let said = project.expect(0, &["verify"]);
    assert!(said.out.contains("merged with what others"), "{}", said.out);
    assert!(
        said.out.contains("2 files  as the run left"),
        "{}",
        said.out
    );
}
