use super::super::fs::Disk;
use super::super::fs::faulty::{Fault, Faulty};
use super::super::fs::memory::{Loss, Memory};
use super::*;
use proptest::prelude::*;
use rustix::io::Errno;

const DIR: &str = "/d";

fn path() -> PathBuf {
    Path::new(DIR).join("journal.jsonl")
}

fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(second).unwrap()
}

fn open(fs: impl Fs + 'static) -> Result<Opened<String>, StoreError> {
    Journal::open(Arc::new(fs), &path())
}

fn disk_with(events: &[&str]) -> Memory {
    let disk = Memory::with_dir(Path::new(DIR));
    let (mut journal, _, _) = open(disk.clone()).unwrap();
    for event in events {
        journal.append(at(1), 7, &(*event).to_owned()).unwrap();
    }
    disk
}

fn bytes(disk: &Memory) -> Vec<u8> {
    disk.read(&path(), MAX_JOURNAL).unwrap()
}

#[test]
fn lines_are_as_documented_and_come_back() {
    let disk = disk_with(&["a", "b"]);
    let text = String::from_utf8(bytes(&disk)).unwrap();
    let first = text.lines().next().unwrap();
    let start = r#"{"v":1,"seq":1,"epoch":7,"t":"1970-01-01T00:00:01Z","event":"a","crc":""#;
    assert!(first.starts_with(start), "{first}");
    let (journal, records, torn) = open(disk).unwrap();
    assert_eq!(torn, None);
    assert_eq!(journal.last_seq(), 2);
    let (seqs, events): (Vec<_>, Vec<_>) = records.into_iter().map(|r| (r.seq, r.event)).unzip();
    assert_eq!((seqs, events), (vec![1, 2], vec!["a".into(), "b".into()]));
}

#[test]
fn a_torn_tail_is_cut_wherever_it_tore() {
    let whole = bytes(&disk_with(&["a", "b"]));
    let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in first + 1..whole.len() {
        let disk = Memory::with_dir(Path::new(DIR));
        disk.put(&path(), &whole[..cut]);
        let (mut journal, records, torn) = open(disk.clone()).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(torn.unwrap().bytes, (cut - first) as u64);
        assert_eq!(journal.append(at(2), 8, &"c".to_owned()).unwrap(), 2);
        assert_eq!(open(disk).unwrap().1.len(), 2);
    }
}

#[test]
fn damage_in_the_middle_is_an_error_with_its_line() {
    let whole = bytes(&disk_with(&["a", "b", "c"]));
    let lines: Vec<&[u8]> = whole.split_inclusive(|b| *b == b'\n').collect();
    let changed = String::from_utf8_lossy(lines[1]).replace("\"b\"", "\"x\"");
    for (bad, line) in [
        ([lines[0], changed.as_bytes(), lines[2]].concat(), 2),
        ([lines[1], lines[0], lines[2]].concat(), 1),
        ([lines[0], b"\n", lines[1]].concat(), 2),
        ([lines[0], b"\0\0\0\0\n", lines[2]].concat(), 2),
    ] {
        let disk = Memory::with_dir(Path::new(DIR));
        disk.put(&path(), &bad);
        match open(disk).err().unwrap() {
            StoreError::Corrupt { line: found, .. } => assert_eq!(found, line),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_newer_or_unknown_event_is_never_cut_off() {
    let sealed = |body: &str| format!("{body},\"crc\":\"{}\"}}\n", seal("", body.as_bytes()));
    let disk = Memory::with_dir(Path::new(DIR));
    disk.put(&path(), sealed(r#"{"v":2,"what":"ever""#).as_bytes());
    let error = open(disk.clone()).err().unwrap();
    assert!(
        matches!(error, StoreError::TooNew { found: 2, .. }),
        "{error}"
    );
    let unknown = sealed(r#"{"v":1,"seq":1,"epoch":1,"t":"1970-01-01T00:00:01Z","event":{"n":1}"#);
    disk.put(&path(), unknown.as_bytes());
    let error = open(disk.clone()).err().unwrap();
    assert!(
        matches!(error, StoreError::Corrupt { line: 1, .. }),
        "{error}"
    );
    assert_eq!(bytes(&disk), unknown.as_bytes());
}

/// Appends until the disk dies; returns what was acknowledged.
fn write_some(fs: &Arc<dyn Fs>) -> Vec<String> {
    let mut acked = Vec::new();
    if let Ok((mut journal, _, _)) = Journal::open(Arc::clone(fs), &path()) {
        for n in 0..4 {
            let event = format!("event {n}");
            if journal.append(at(n), 1, &event).is_ok() {
                acked.push(event);
            }
        }
    }
    acked
}

#[test]
fn no_crash_loses_what_was_acknowledged() {
    for k in 1.. {
        let disk = Memory::with_dir(Path::new(DIR));
        let faulty = Arc::new(Faulty::new(disk.clone(), k, Fault::Crash));
        let fs: Arc<dyn Fs> = faulty.clone();
        let acked = write_some(&fs);
        for loss in [Loss::All, Loss::Torn, Loss::None] {
            let left = disk.after_power_cut(loss);
            let events: Vec<_> = open(left).unwrap().1.into_iter().map(|r| r.event).collect();
            assert!(
                events.starts_with(&acked),
                "{k} {loss:?}: {events:?} {acked:?}"
            );
            assert!(events.len() <= acked.len() + 1);
        }
        if !faulty.fired() {
            assert_eq!(acked.len(), 4);
            break;
        }
    }
}

#[test]
fn after_an_error_the_journal_goes_on_and_holds_what_was_acknowledged() {
    for errno in [Errno::NOSPC, Errno::IO] {
        for k in 1.. {
            let disk = Memory::with_dir(Path::new(DIR));
            let faulty = Arc::new(Faulty::new(disk.clone(), k, Fault::Error(errno)));
            let fs: Arc<dyn Fs> = faulty.clone();
            let acked = write_some(&fs);
            let events: Vec<_> = open(disk).unwrap().1.into_iter().map(|r| r.event).collect();
            assert_eq!(events[..acked.len()], acked, "{errno:?} at {k}");
            if !faulty.fired() {
                break;
            }
        }
    }
}

#[test]
fn a_follower_reads_on_and_leaves_a_partial_line() {
    let disk = disk_with(&["a"]);
    let (records, cursor) = tail::<String>(&disk, &path(), &Cursor::default()).unwrap();
    assert_eq!(records.len(), 1);
    let one = bytes(&disk);
    let (mut journal, _, _) = open(disk.clone()).unwrap();
    journal.append(at(2), 7, &"b".to_owned()).unwrap();
    let two = bytes(&disk);
    disk.put(&path(), &two[..one.len() + 9]);
    let (records, same) = tail::<String>(&disk, &path(), &cursor).unwrap();
    assert!(records.is_empty());
    assert_eq!(same, cursor);
    disk.put(&path(), &two);
    let (records, cursor) = tail::<String>(&disk, &path(), &cursor).unwrap();
    assert_eq!(records[0].event, "b");
    assert_eq!((cursor.line, cursor.offset), (2, two.len() as u64));
    assert_eq!(read_only::<String>(&disk, &path()).unwrap().0.len(), 2);
}

#[test]
fn it_works_on_a_real_disk() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal.jsonl");
    let (mut journal, none, _) = Journal::open(Arc::new(Disk), &path).unwrap();
    assert!(none.is_empty());
    journal.append(at(1), 1, &"ü\n\"".to_owned()).unwrap();
    let (records, _) = read_only::<String>(&Disk, &path).unwrap();
    assert_eq!(records[0].event, "ü\n\"");
    let missing = read_only::<String>(&Disk, &dir.path().join("x")).unwrap_err();
    assert!(missing.is_missing());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_it_panic(junk in any::<Vec<u8>>(), cut in 0usize..400) {
        let whole = bytes(&disk_with(&["a", "b"]));
        let at = cut.min(whole.len());
        let disk = Memory::with_dir(Path::new(DIR));
        disk.put(&path(), &[&whole[..at], &junk, &whole[at..]].concat());
        let _ = open(disk);
    }
}
