//! The sample project, as it is built into the program.

/// One file: its path, separated by `/`, and its bytes.
pub type Sample = (&'static str, &'static [u8]);

macro_rules! sample {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../harness-example/", $path)) as &[u8])),*]
    };
}

/// Every file of the sample, in order.
pub const FILES: &[Sample] = sample![
    ".gitignore",
    "README.md",
    "bin/build",
    "harness/backlog.md",
    "harness/harness.yaml",
    "harness/tasks/T001-tags-and-reading-time.md",
    "posts/about-these-notes.md",
    "posts/bike-count.md",
    "posts/harbour-fog.md",
    "posts/lichen-wall.md",
    "posts/night-river.md",
    "posts/puddles.md",
    "recordings/feature/build.1.1.jsonl",
    "recordings/feature/build.2.1.jsonl",
    "recordings/feature/design.1.1.jsonl",
    "recordings/feature/plan.1.1.jsonl",
    "recordings/feature/qa.1.1.jsonl",
    "recordings/feature/qa.2.1.jsonl",
    "recordings/feature/spec.1.1.jsonl",
    "recordings/feature/tasks.txt",
    "src/entries.awk",
    "src/field.awk",
    "src/fill.awk",
    "src/markdown.awk",
    "src/templates/index.html",
    "src/templates/page.html",
    "src/templates/post.html",
    "styles/site.css",
    "tests/markdown_test.sh",
    "tests/run",
    "tests/site_test.sh",
];

/// What there is besides where a person watches: two small changes that the demo carries on by
/// itself, to its gate the one, until it is blocked the other; and what the author says in two
/// dialogues.
pub const BESIDE: &[Sample] = sample![
    "recordings/blocked/T003-refuse-two-posts.md",
    "recordings/blocked/build.1.1.jsonl",
    "recordings/blocked/build.2.1.jsonl",
    "recordings/blocked/qa.1.1.jsonl",
    "recordings/blocked/qa.2.1.jsonl",
    "recordings/blocked/tasks.txt",
    "recordings/dialogues/B010/author.1.1.jsonl",
    "recordings/dialogues/B010/author.2.1.jsonl",
    "recordings/dialogues/B011/author.1.1.jsonl",
    "recordings/dialogues/B011/author.2.1.jsonl",
    "recordings/small-change.yaml",
    "recordings/waiting/T002-dark-colours.md",
    "recordings/waiting/build.1.1.jsonl",
    "recordings/waiting/qa.1.1.jsonl",
    "recordings/waiting/tasks.txt",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn walk(dir: &Path, lead: &str, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{lead}{}", entry.file_name().into_string().unwrap());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }

    #[test]
    fn it_is_the_folder_whole() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example");
        let mut there = Vec::new();
        walk(&root, "", &mut there);
        there.sort();
        let all = FILES.iter().chain(BESIDE);
        let mut here: Vec<&str> = all.map(|(path, _)| *path).collect();
        here.sort_unstable();
        assert_eq!(here, there);
    }
}
