//! The disk of this machine with the model of a power cut beside it: what is read is really there,
//! and what was not flushed can be taken away.

use crate::store::fs::memory::{Loss, Memory};
use crate::store::fs::{Disk, Fs, Handle, Kind, Mode, Stat};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A person's change that comes between looking at a file and putting the next version in its
/// place: with the n-th swap of this file, counted from 1.
#[derive(Debug, Clone, Copy)]
pub struct Meddles {
    /// How the file's name ends.
    pub file: &'static str,
    /// With which swap.
    pub at: u32,
    /// What is added to its end.
    pub adds: &'static str,
}

/// Both disks.
#[derive(Clone)]
pub struct Twin {
    model: Memory,
    /// The folders that are modelled.
    roots: Vec<PathBuf>,
    meddles: Vec<Meddles>,
    swaps: Arc<Mutex<BTreeMap<PathBuf, u32>>>,
}

impl Twin {
    /// Of what lies in these folders.
    pub fn of(roots: &[PathBuf]) -> Self {
        let model = Memory::default();
        for root in roots {
            model.create_dir_all(root, true).unwrap();
        }
        let twin = Self {
            model,
            roots: roots.to_vec(),
            meddles: Vec::new(),
            swaps: Arc::default(),
        };
        for (path, bytes) in twin.there() {
            twin.model
                .create_dir_all(path.parent().unwrap(), true)
                .unwrap();
            twin.model.put(&path, &bytes);
        }
        twin
    }

    /// The same with somebody who writes to the files too.
    pub fn with(mut self, meddles: &[Meddles]) -> Self {
        self.meddles = meddles.to_vec();
        self
    }

    /// A person adds to a file, by hand.
    pub fn add(&self, path: &Path, adds: &str) {
        let mut bytes = std::fs::read(path).unwrap();
        bytes.extend_from_slice(adds.as_bytes());
        put(path, &bytes);
        self.model.put(path, &bytes);
    }

    /// The disk after this loss; really so, too. Nobody meddles any more.
    pub fn cut(&self, loss: Loss) -> Self {
        let left = files(&self.model.after_power_cut(loss), &self.roots);
        let wanted: BTreeMap<_, _> = left
            .into_iter()
            .map(|(p, b)| (of_the_dead(&p), b))
            .collect();
        let there = self.there();
        for path in there.keys().filter(|p| !wanted.contains_key(*p)) {
            std::fs::remove_file(path).unwrap();
        }
        for (path, bytes) in &wanted {
            if there.get(path) != Some(bytes) {
                put(path, bytes);
            }
        }
        Self::of(&self.roots)
    }

    /// A copy to begin from again, really so.
    pub fn again(&self) -> Self {
        let there = self.there();
        let wanted = self.modelled();
        for path in there.keys().filter(|p| !wanted.contains_key(*p)) {
            std::fs::remove_file(path).unwrap();
        }
        for root in &self.roots {
            for name in Disk.list(root).unwrap() {
                let _ = std::fs::remove_dir_all(root.join(&name).join("dialogues"));
                let known = self.model.stat(&root.join(&name)).unwrap();
                if known.is_none() {
                    let _ = std::fs::remove_dir_all(root.join(name));
                }
            }
            // Ids are taken by folders.
            for name in Disk.list(&root.join("dialogues")).unwrap_or_default() {
                std::fs::remove_dir_all(root.join("dialogues").join(name)).unwrap();
            }
        }
        for (path, bytes) in &wanted {
            put(path, bytes);
        }
        Self::of(&self.roots)
    }

    fn there(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&Disk, &self.roots)
    }

    fn modelled(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files(&self.model, &self.roots)
    }

    fn meddle(&self, path: &Path) {
        let at = {
            let mut swaps = self.swaps.lock().unwrap();
            let at = swaps.entry(path.to_owned()).or_default();
            *at += 1;
            *at
        };
        let name = path.to_string_lossy();
        let due = |m: &&Meddles| m.at == at && name.ends_with(m.file);
        for meddles in self.meddles.iter().filter(due) {
            self.add(path, meddles.adds);
        }
    }
}

/// Writes a file as a person does.
#[allow(clippy::disallowed_methods, reason = "people do not go through store")]
pub fn put(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// The name of a file that this process was writing, had it died meanwhile.
fn of_the_dead(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap().to_string_lossy();
    let own = format!(".{}.", std::process::id());
    let beside = name.starts_with('.') && (name.ends_with(".tmp") || name.ends_with(".swap"));
    if beside {
        path.with_file_name(name.replace(&own, ".4194304."))
    } else {
        path.to_owned()
    }
}

/// Every file below these folders, but for locks.
fn files(fs: &dyn Fs, roots: &[PathBuf]) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = roots.to_vec();
    while let Some(folder) = folders.pop() {
        for name in fs.list(&folder).unwrap_or_default() {
            let path = folder.join(&name);
            match fs.stat(&path).unwrap().map(|s| s.kind) {
                Some(Kind::Dir) => folders.push(path),
                Some(Kind::File) if path.extension().is_none_or(|e| e != "lock") => {
                    let bytes = fs.read(&path, u64::MAX / 2).unwrap();
                    found.insert(path, bytes);
                }
                _ => {}
            }
        }
    }
    found
}

struct TwinHandle {
    real: Box<dyn Handle>,
    model: Box<dyn Handle>,
}

impl Handle for TwinHandle {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.real.write_all(bytes)?;
        self.model.write_all(bytes)
    }
    fn sync(&mut self) -> io::Result<()> {
        self.model.sync()
    }
}

impl Fs for Twin {
    fn read(&self, path: &Path, max: u64) -> io::Result<Vec<u8>> {
        Disk.read(path, max)
    }
    fn read_from(&self, path: &Path, offset: u64, max: u64) -> io::Result<Vec<u8>> {
        Disk.read_from(path, offset, max)
    }
    fn create_new(&self, path: &Path, mode: Mode) -> io::Result<Box<dyn Handle>> {
        let real = Disk.create_new(path, mode)?;
        let model = self.model.create_new(path, mode)?;
        Ok(Box::new(TwinHandle { real, model }))
    }
    fn open_append(&self, path: &Path) -> io::Result<Box<dyn Handle>> {
        let real = Disk.open_append(path)?;
        let model = self.model.open_append(path)?;
        Ok(Box::new(TwinHandle { real, model }))
    }
    fn truncate(&self, path: &Path, len: u64) -> io::Result<()> {
        Disk.truncate(path, len)?;
        self.model.truncate(path, len)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename(from, to)?;
        self.model.rename(from, to)
    }
    fn rename_exchange(&self, a: &Path, b: &Path) -> io::Result<()> {
        self.meddle(b);
        Disk.rename_exchange(a, b)?;
        self.model.rename_exchange(a, b)
    }
    fn rename_noreplace(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.rename_noreplace(from, to)?;
        self.model.rename_noreplace(from, to)
    }
    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        Disk.link(from, to)?;
        self.model.link(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk.remove(path)?;
        self.model.remove(path)
    }
    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        self.model.sync_dir(dir)
    }
    fn create_dir_all(&self, dir: &Path, private: bool) -> io::Result<()> {
        std::fs::create_dir_all(dir)?;
        self.model.create_dir_all(dir, private)
    }
    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        Disk.list(dir)
    }
    fn stat(&self, path: &Path) -> io::Result<Option<Stat>> {
        Disk.stat(path)
    }
    fn free_bytes(&self, path: &Path) -> io::Result<u64> {
        Disk.free_bytes(path)
    }
    fn settle(&self, _time: Duration) {}
}
