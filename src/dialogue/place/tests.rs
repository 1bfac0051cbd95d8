use super::*;
use crate::git::Git;
use crate::git::discover::Repository;
use crate::store::fs::Disk;

fn disk() -> Arc<dyn Fs> {
    Arc::new(Disk)
}

fn project() -> (tempfile::TempDir, Project) {
    let dir = tempfile::tempdir().unwrap();
    let git = Git::new(dir.path());
    git.call(["init", "-q"]).run().unwrap();
    std::fs::create_dir_all(dir.path().join("harness/tasks")).unwrap();
    let repository: Repository = Git::discover(dir.path()).unwrap();
    let project = Project::at(repository, "harness").unwrap();
    (dir, project)
}

#[test]
fn an_id_is_above_all_that_are_taken_and_given_once() {
    let (dir, project) = project();
    crate::git::testing::put(dir.path(), "harness/tasks/T003-old.md", "# Task T003 — X\n");
    let first = Place::reserve(&disk(), &project, "Fix it").unwrap();
    assert_eq!(first.id.as_str(), "T004");
    assert_eq!(first.file.as_str(), "harness/tasks/T004-fix-it.md");
    std::fs::create_dir_all(project.engine.runs().join("RUN-2026-04-20-T007")).unwrap();
    assert_eq!(
        Place::reserve(&disk(), &project, "y").unwrap().id.as_str(),
        "T008"
    );
    let git = Git::new(dir.path());
    let commit = git.call([
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@b",
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "x",
    ]);
    commit.run().unwrap();
    git.call(["branch", "harness/T011-more"]).run().unwrap();
    assert_eq!(
        Place::reserve(&disk(), &project, "z").unwrap().id.as_str(),
        "T012"
    );
}

#[test]
fn one_leads_at_a_time() {
    let (_dir, project) = project();
    let first = Place::reserve(&disk(), &project, "x").unwrap();
    let second = Place::of(&disk(), &project, &first.id, "x").unwrap_err();
    assert!(matches!(second, CannotTalk::Led(_)), "{second}");
    let id = first.id.clone();
    drop(first);
    assert!(Place::of(&disk(), &project, &id, "x").is_ok());
}

#[test]
fn many_at_once_get_ids_of_their_own() {
    let (_dir, project) = project();
    let project = &project;
    let ids: Vec<String> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(move || {
                    Place::reserve(&disk(), project, "x")
                        .unwrap()
                        .id
                        .to_string()
                })
            })
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), 6, "{ids:?}");
}
