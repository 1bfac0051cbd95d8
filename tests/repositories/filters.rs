//! Content that git keeps otherwise than it stands in a file: filters as git-lfs has them, line
//! endings, idents.

use super::BUILD;
use super::kinds::{changed, did_its_work, lands_in, passes_in, run_in};
use crate::support::drive::{git_in, last_reason, on_branch, outcomes};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;
use std::process::Command;

/// A project with a filter that keeps large content beside the repository and a pointer in it, as
/// git-lfs does; content that says so makes it fail.
fn with_pointers(script: &str, stages: &str) -> Project {
    let project = Project::new().agent("build", script);
    let store = project.outside("store");
    std::fs::create_dir_all(&store).unwrap();
    let filter = project.outside("filter.sh");
    let text = format!(
        "set -e
         case $1 in
         clean) t=$(mktemp '{0}/in.XXXXXX'); cat > $t
            if grep -q unstorable $t; then echo 'the store is full' >&2; exit 1; fi
            if grep -q '^pointer ' $t; then cat $t; rm $t; exit 0; fi
            id=$(sha256sum < $t | cut -c1-64); mv $t '{0}/'$id; echo pointer $id;;
         smudge) read word id; cat '{0}/'$id;;
         esac\n",
        store.display()
    );
    std::fs::write(&filter, text).unwrap();
    for what in ["clean", "smudge"] {
        let line = format!("sh '{}' {what}", filter.display());
        project.git(&["config", &format!("filter.big.{what}"), &line]);
    }
    project.git(&["config", "filter.big.required", "true"]);
    project.put(".gitattributes", "*.bin filter=big -text\n");
    project.put("art/one.bin", "the first large content\n");
    project.put("art/two.bin", "the second large content\n");
    project.flow(stages)
}

#[test]
fn pointers_are_handed_on_and_content_stands_in_the_tree() {
    let script = "cat >/dev/null; echo dark >> page.txt; echo more >> art/one.bin
        echo 'new content' > art/new.bin; grep -q 'second large' art/two.bin";
    let project = with_pointers(script, BUILD);
    let view = passes_in(&project, &project.home(), "filter");
    assert_eq!(changed(&view), ["art/new.bin", "art/one.bin", "page.txt"]);
    for path in ["art/new.bin", "art/one.bin", "art/two.bin"] {
        let held = on_branch(&view, path).unwrap();
        assert!(held.starts_with("pointer "), "{path}: {held}");
    }
    let tree = std::fs::read_to_string(view.order.tree.join("art/one.bin")).unwrap();
    assert_eq!(tree, "the first large content\nmore\n");
    lands_in(&project, &view, "filter");
    assert_eq!(project.read("art/new.bin"), "new content\n");
    assert_eq!(project.read("art/one.bin"), tree);
}

#[test]
fn large_content_that_is_not_the_stages_is_put_back_as_content() {
    let script =
        "cat >/dev/null; echo dark >> page.txt; echo more >> art/one.bin; touch art/two.bin";
    let stages = "  - { id: build, name: Build, role: build, writes: [page.txt] }\n";
    let project = with_pointers(script, stages);
    let view = run_in(&project, &project.home(), 3, "filter");
    assert_eq!(outcomes(&view, "build"), [Outcome::Overreach; 2]);
    let read = |path: &str| std::fs::read_to_string(view.order.tree.join(path)).unwrap();
    assert_eq!(read("art/one.bin"), "the first large content\n");
    assert_eq!(read("art/two.bin"), "the second large content\n");
    assert_eq!(
        git_in(&view.order.tree, &["status", "--porcelain"]),
        "M  page.txt"
    );
}

#[test]
fn a_filter_that_fails_blocks_the_run_and_is_named() {
    let script = "cat >/dev/null; echo dark >> page.txt; echo unstorable >> art/one.bin";
    let project = with_pointers(script, BUILD);
    let view = run_in(&project, &project.home(), 3, "filter");
    assert_ne!(outcomes(&view, "build")[0], Outcome::Passed);
    let reason = last_reason(&view, "build");
    for told in ["art/one.bin", "filter", "the store is full"] {
        assert!(reason.contains(told), "{told}: {reason}");
    }
}

#[test]
fn git_lfs_itself_where_it_is_installed() {
    if !Command::new("git")
        .args(["lfs", "version"])
        .output()
        .is_ok_and(|o| o.status.success())
    {
        println!("git-lfs is not installed: left out");
        return;
    }
    let script = "cat >/dev/null; echo dark >> page.txt; echo more >> art.bin";
    let project = Project::new().agent("build", script);
    project.git(&["lfs", "install", "--local"]);
    project.git(&["lfs", "track", "*.bin"]);
    project.put("art.bin", "large\n");
    let project = project.flow(BUILD);
    let view = passes_in(&project, &project.home(), "lfs");
    assert_eq!(changed(&view), ["art.bin", "page.txt"]);
    let held = on_branch(&view, "art.bin").unwrap();
    assert!(held.starts_with("version https://git-lfs"), "{held}");
    lands_in(&project, &view, "lfs");
    assert_eq!(project.read("art.bin"), "large\nmore\n");
}

#[test]
fn line_endings_and_idents_are_nobodys_change() {
    let project = Project::new().agent("build", WORKS);
    let attributes = "*.crlf text eol=crlf\n*.id ident\n*.ex export-subst\n";
    project.put(".gitattributes", attributes);
    project.put("a.crlf", "one\r\ntwo\r\n");
    project.put("a.id", "$Id$\n");
    project.put("a.ex", "$Format:%H$\n");
    let project = project.flow(BUILD);
    // As a checkout makes them, not as they were written.
    project.git(&["rm", "-q", "--cached", "-r", "."]);
    project.git(&["reset", "-q", "--hard"]);
    assert!(project.read("a.id").starts_with("$Id: "));
    for value in ["true", "input"] {
        project.git(&["config", "core.autocrlf", value]);
        project.git(&["rm", "-q", "--cached", "-r", "."]);
        project.git(&["reset", "-q", "--hard"]);
        let view = passes_in(&project, &project.home(), value);
        did_its_work(&view, value);
    }
}
