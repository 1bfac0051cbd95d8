//! A journal: one checksummed JSON line an event, flushed before it counts.
//!
//! A line is `{"v":1,"seq":n,"epoch":e,"t":"…","event":{…},"crc":"…"}`. `crc` is the first 16
//! hexadecimal digits of BLAKE3 over the `crc` of the line before (nothing for the first) and this
//! line's bytes up to `,"crc"`: lines can't be changed, dropped from the middle or reordered unseen.
//! A last line that is torn or wrong was never acknowledged, and is cut off; a wrong line that is
//! not the last is damage, and an error.

use super::error::StoreError;
use super::fs::{Fs, Handle, Mode};
use super::write::sync_parent;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VERSION: u64 = 1;
/// The largest journal that is read.
const MAX_JOURNAL: u64 = 256 << 20;
/// The longest line that is written.
const MAX_LINE: usize = 16 << 20;
/// The length of `,"crc":"0123456789abcdef"}`.
const SEAL: usize = 8 + 16 + 2;

/// One event with its place in the order.
#[derive(Debug, Clone, PartialEq)]
pub struct Record<T> {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Which supervisor of the run wrote it.
    pub epoch: u64,
    /// When, by the wall clock: for display; the order is `seq`.
    pub at: jiff::Timestamp,
    /// What happened.
    pub event: T,
}

/// A last line that was not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// The line, from 1.
    pub line: u64,
    /// How many bytes it had.
    pub bytes: u64,
    /// What is wrong with it.
    pub why: String,
}

/// How far a reader has come in a journal; `default()` is the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cursor {
    /// The byte at which the next line begins.
    pub offset: u64,
    /// Lines read so far, which is the last one's `seq`.
    pub line: u64,
    crc: String,
}

#[derive(Serialize)]
struct Out<'a, T> {
    v: u64,
    seq: u64,
    epoch: u64,
    t: jiff::Timestamp,
    event: &'a T,
}

#[derive(Deserialize)]
struct Head {
    v: u64,
}

#[derive(Deserialize)]
struct In<T> {
    v: u64,
    seq: u64,
    epoch: u64,
    t: jiff::Timestamp,
    event: T,
}

/// A journal that is open for writing. There is one writer: who holds the run's lock.
pub struct Journal<T> {
    fs: Arc<dyn Fs>,
    path: PathBuf,
    end: Cursor,
    /// `None` after a failure: what lies behind `end` is cut off before the next line is written.
    handle: Option<Box<dyn Handle>>,
    events: PhantomData<fn(&T)>,
}

/// What opening a journal gives: the journal, what it holds, and the torn tail that was cut off.
pub type Opened<T> = (Journal<T>, Vec<Record<T>>, Option<TornTail>);

impl<T: Serialize + DeserializeOwned> Journal<T> {
    /// Opens a journal or makes it, reads all of it, and cuts off a torn tail.
    pub fn open(fs: Arc<dyn Fs>, path: &Path) -> Result<Opened<T>, StoreError> {
        make_if_missing(&*fs, path)?;
        let bytes = fs
            .read(path, MAX_JOURNAL)
            .map_err(StoreError::io("read", path))?;
        let mut end = Cursor::default();
        let (records, torn) = parse(path, &bytes, &mut end)?;
        if torn.is_some() {
            fs.truncate(path, end.offset)
                .map_err(StoreError::io("cut the torn end of", path))?;
        }
        // A writer before this one may have died between making the file and flushing its name.
        sync_parent(&*fs, path)?;
        let handle = fs.open_append(path).map_err(StoreError::io("open", path))?;
        let journal = Self {
            fs,
            path: path.to_owned(),
            end,
            handle: Some(handle),
            events: PhantomData,
        };
        Ok((journal, records, torn))
    }

    /// Writes one event and flushes it; returns its `seq`. After an error the event does not count,
    /// and the journal may be used again.
    pub fn append(
        &mut self,
        at: jiff::Timestamp,
        epoch: u64,
        event: &T,
    ) -> Result<u64, StoreError> {
        let seq = self.end.line + 1;
        let (line, crc) = self.encode(&Out {
            v: VERSION,
            seq,
            epoch,
            t: at,
            event,
        })?;
        let mut handle = match self.handle.take() {
            Some(handle) => handle,
            None => self.reopen()?,
        };
        handle
            .write_all(&line)
            .and_then(|()| handle.sync())
            .map_err(StoreError::io("append to", &self.path))?;
        self.handle = Some(handle);
        self.end = Cursor {
            offset: self.end.offset + line.len() as u64,
            line: seq,
            crc,
        };
        Ok(seq)
    }

    /// The `seq` of the last event; 0 when there is none.
    pub fn last_seq(&self) -> u64 {
        self.end.line
    }

    fn encode(&self, out: &Out<'_, T>) -> Result<(Vec<u8>, String), StoreError> {
        let fault = |why: String| StoreError::Encode {
            path: self.path.clone(),
            why,
        };
        let mut line = serde_json::to_vec(out).map_err(|e| fault(e.to_string()))?;
        if line.len() > MAX_LINE {
            return Err(fault(format!("it is longer than {MAX_LINE} bytes")));
        }
        line.pop();
        let crc = seal(&self.end.crc, &line);
        line.extend_from_slice(format!(",\"crc\":\"{crc}\"}}\n").as_bytes());
        Ok((line, crc))
    }

    /// After a failed write or flush: a new handle, behind the last line that counts.
    fn reopen(&self) -> Result<Box<dyn Handle>, StoreError> {
        self.fs
            .truncate(&self.path, self.end.offset)
            .and_then(|()| self.fs.open_append(&self.path))
            .map_err(StoreError::io("reopen", &self.path))
    }
}

fn make_if_missing(fs: &dyn Fs, path: &Path) -> Result<(), StoreError> {
    if fs
        .stat(path)
        .map_err(StoreError::io("look at", path))?
        .is_some()
    {
        return Ok(());
    }
    match fs.create_new(path, Mode::Private) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(StoreError::io("create", path)(error))
        }
        _ => Ok(()),
    }
}

/// Reads a journal without touching it: for those who only look.
pub fn read_only<T: DeserializeOwned>(
    fs: &dyn Fs,
    path: &Path,
) -> Result<(Vec<Record<T>>, Option<TornTail>), StoreError> {
    let bytes = fs
        .read(path, MAX_JOURNAL)
        .map_err(StoreError::io("read", path))?;
    parse(path, &bytes, &mut Cursor::default())
}

/// Reads what came after `from`, and returns where to go on. A last line that is still being
/// written is left for the next time.
pub fn tail<T: DeserializeOwned>(
    fs: &dyn Fs,
    path: &Path,
    from: &Cursor,
) -> Result<(Vec<Record<T>>, Cursor), StoreError> {
    let bytes = fs
        .read_from(path, from.offset, MAX_JOURNAL)
        .map_err(StoreError::io("read", path))?;
    let mut cursor = from.clone();
    let (records, _) = parse(path, &bytes, &mut cursor)?;
    Ok((records, cursor))
}

/// Reads lines from `cursor` on, and moves it behind the last good one.
fn parse<T: DeserializeOwned>(
    path: &Path,
    bytes: &[u8],
    cursor: &mut Cursor,
) -> Result<(Vec<Record<T>>, Option<TornTail>), StoreError> {
    let mut records = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let line = cursor.line + 1;
        let corrupt = |why: String| StoreError::Corrupt {
            path: path.to_owned(),
            line,
            why,
        };
        let end = rest.iter().position(|b| *b == b'\n');
        let (text, after) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
        let checked = match end {
            Some(_) => check(&cursor.crc, text.trim_ascii_end()),
            None => Err("it does not end".to_owned()),
        };
        let (body, crc) = match checked {
            Ok(checked) => checked,
            Err(why) if after.is_empty() => {
                let bytes = text.len() as u64;
                return Ok((records, Some(TornTail { line, bytes, why })));
            }
            Err(why) => return Err(corrupt(why)),
        };
        let record = decode(path, &body).map_err(|fault| match fault {
            Fault::Newer(error) => error,
            Fault::Json(why) => corrupt(why),
        })?;
        if record.seq != line {
            return Err(corrupt(format!("its number is {}, not {line}", record.seq)));
        }
        records.push(record);
        *cursor = Cursor {
            offset: cursor.offset + text.len() as u64,
            line,
            crc,
        };
        rest = after;
    }
    Ok((records, None))
}

/// The line's JSON without its checksum, and the checksum, if that is right.
fn check(before: &str, line: &[u8]) -> Result<(Vec<u8>, String), String> {
    let Some((body, tail)) = line
        .len()
        .checked_sub(SEAL)
        .and_then(|at| line.split_at_checked(at))
    else {
        return Err("it is too short".to_owned());
    };
    let crc = seal(before, body);
    if tail != format!(",\"crc\":\"{crc}\"}}").as_bytes() {
        return Err("its checksum is wrong".to_owned());
    }
    let mut json = body.to_vec();
    json.push(b'}');
    Ok((json, crc))
}

enum Fault {
    Newer(StoreError),
    Json(String),
}

fn decode<T: DeserializeOwned>(path: &Path, json: &[u8]) -> Result<Record<T>, Fault> {
    let line: In<T> = match serde_json::from_slice(json) {
        Ok(line) => line,
        Err(error) => {
            // A newer version's events need not be ours.
            let head: Head =
                serde_json::from_slice(json).map_err(|e| Fault::Json(e.to_string()))?;
            if head.v <= VERSION {
                return Err(Fault::Json(error.to_string()));
            }
            return Err(newer(path, head.v));
        }
    };
    if line.v > VERSION {
        return Err(newer(path, line.v));
    }
    Ok(Record {
        seq: line.seq,
        epoch: line.epoch,
        at: line.t,
        event: line.event,
    })
}

fn newer(path: &Path, found: u64) -> Fault {
    Fault::Newer(StoreError::TooNew {
        path: path.to_owned(),
        found,
        known: VERSION,
    })
}

fn seal(before: &str, body: &[u8]) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(body);
    hasher.finalize().to_hex().chars().take(16).collect()
}

#[cfg(test)]
mod tests;
