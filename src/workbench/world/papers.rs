//! The papers that the screen shows, read in a thread of their own: a large change takes its time,
//! and neither the screen nor what runs waits for it.

use super::{Left, Reader};
use crate::records::papers::{self, Paper, Readings, Search, Sheet, Sought, Wanted};
use crate::records::review::Standing;
use crate::records::runs::RunView;
use crate::terms::{RepoPath, RunId};
use crate::workbench::app::Event;
use crate::workbench::post::Post;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is to be read.
struct Wish {
    view: Arc<RunView>,
    papers: Vec<(Paper, usize)>,
    /// Whether it is told although it is as before: the screen has not got it yet.
    anew: bool,
}

/// Words that are to be looked for in a large file.
struct Asked {
    view: Arc<RunView>,
    wanted: Wanted,
}

/// What is wished and not taken up yet.
#[derive(Default)]
struct Lies {
    wish: Option<Wish>,
    /// What is to be looked for from now on.
    sought: Option<Quest>,
}

/// What is to be looked for.
enum Quest {
    These(Box<Asked>),
    /// Nothing any more.
    Nothing,
}

/// Where the newest wish lies until it is taken up; an older one is forgotten.
#[derive(Default)]
struct Tray {
    lies: Mutex<Lies>,
    there: Condvar,
}

impl Tray {
    fn lies(&self) -> MutexGuard<'_, Lies> {
        self.lies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, mut wish: Wish) {
        let mut lies = self.lies();
        wish.anew |= lies.wish.as_ref().is_some_and(|w| w.anew);
        lies.wish = Some(wish);
        self.there.notify_one();
    }

    fn seek(&self, sought: Quest) {
        self.lies().sought = Some(sought);
        self.there.notify_one();
    }

    /// What lies there; `waits`: there is nothing else to do until something does.
    fn take(&self, waits: bool) -> Lies {
        let empty = |lies: &mut Lies| waits && lies.wish.is_none() && lies.sought.is_none();
        let lies = self.there.wait_while(self.lies(), empty);
        std::mem::take(&mut *lies.unwrap_or_else(PoisonError::into_inner))
    }
}

/// The reader's end of it.
pub(super) struct Desk {
    tray: Arc<Tray>,
    shown: Option<(RunId, Vec<(Paper, usize)>)>,
    /// The folders that are watched for what is shown.
    watched: Vec<PathBuf>,
}

impl Desk {
    /// Starts reading.
    pub(super) fn open(events: Post) -> std::io::Result<Self> {
        let tray = Arc::new(Tray::default());
        let mine = tray.clone();
        std::thread::Builder::new()
            .name("papers".to_owned())
            .spawn(move || {
                let Err(Left) = work(&mine, &events);
            })?;
        Ok(Self {
            tray,
            shown: None,
            watched: Vec::new(),
        })
    }
}

/// Reads what is wished; while nothing is, looks for words.
fn work(tray: &Tray, events: &Post) -> Result<Infallible, Left> {
    let mut told = Told::default();
    let mut looking: Option<Looking> = None;
    loop {
        let lies = tray.take(looking.is_none());
        match lies.sought {
            Some(Quest::These(asked)) => {
                looking = Some(Looking::begin(*asked, &mut told.readings));
            }
            Some(Quest::Nothing) => looking = None,
            None => {}
        }
        if let Some(wish) = lies.wish {
            told.tell(&wish, events)?;
        }
        if let Some(now) = &mut looking
            && now.goes_on(events)?.is_break()
        {
            looking = None;
        }
    }
}

/// A search under way.
struct Looking {
    asked: Asked,
    search: Option<Search>,
    /// How far it is, as it was told last.
    told: Option<Sought>,
}

impl Looking {
    fn begin(asked: Asked, readings: &mut Readings) -> Self {
        Self {
            search: Search::begin(&asked.view, &asked.wanted, readings),
            asked,
            told: None,
        }
    }

    /// Goes on by a piece, and tells what it came to.
    fn goes_on(&mut self, events: &Post) -> Result<ControlFlow<()>, Left> {
        let sought = self.search.as_mut().map_or(Sought::Nowhere, Search::step);
        if self.told != Some(sought) {
            self.told = Some(sought);
            let event = Event::Sought {
                run: self.asked.view.order.run.clone(),
                wanted: self.asked.wanted.clone(),
                sought,
            };
            events.send(event).map_err(|_| Left)?;
        }
        Ok(match sought {
            Sought::Going(_) => ControlFlow::Continue(()),
            Sought::At(_) | Sought::Nowhere => ControlFlow::Break(()),
        })
    }
}

impl Reader {
    /// Looks for words in a large file of a run from now on.
    pub(super) fn look_for(&self, wanted: Option<(RunId, Wanted)>) {
        let asked = wanted.and_then(|(run, wanted)| {
            let view = self.run(&run)?.clone();
            Some(Quest::These(Box::new(Asked { view, wanted })))
        });
        self.desk.tray.seek(asked.unwrap_or(Quest::Nothing));
    }

    /// Shows these papers from now on.
    pub(super) fn show(&mut self, wanted: Option<(RunId, Vec<(Paper, usize)>)>) {
        self.desk.shown = wanted;
        self.watch_papers();
        self.put_papers(true);
    }

    /// Has what is on the screen told anew where it changed.
    pub(super) fn tell_papers(&mut self) {
        self.put_papers(false);
    }

    fn put_papers(&self, anew: bool) {
        let Some((run, papers)) = &self.desk.shown else {
            return;
        };
        if let Some(view) = self.run(run) {
            self.desk.tray.put(Wish {
                view: view.clone(),
                papers: papers.clone(),
                anew,
            });
        }
    }

    /// The folders of the files that are shown are watched: an editor may change them.
    fn watch_papers(&mut self) {
        for folder in std::mem::take(&mut self.desk.watched) {
            self.watch.forget(&folder);
        }
        let Some((run, papers)) = &self.desk.shown else {
            return;
        };
        let Some(view) = self.run(run).cloned() else {
            return;
        };
        for (paper, _) in papers {
            let (Paper::File(path) | Paper::Against(path)) = paper else {
                continue;
            };
            let folder = RepoPath::new(path.as_str()).ok();
            let folder = folder.map(|p| p.under(&view.order.tree));
            if let Some(folder) = folder.as_ref().and_then(|p| p.parent()) {
                self.watch.ensure(folder);
                self.desk.watched.push(folder.to_owned());
            }
        }
    }
}

/// A paper as it was read, and as it is shown.
struct Shown {
    read: Arc<Sheet>,
    coloured: Arc<Sheet>,
}

/// What was told of each paper of a run.
#[derive(Default)]
struct Told {
    run: Option<RunId>,
    /// By the row that each was wanted around: of a large file there is a window for each.
    sheets: BTreeMap<(Paper, usize), Result<Shown, String>>,
    named: BTreeMap<String, usize>,
    comments: Arc<Vec<Standing>>,
    readings: Readings,
}

impl Told {
    /// Reads what is wished, and tells what differs from what was told.
    fn tell(&mut self, wish: &Wish, events: &Post) -> Result<(), Left> {
        let run = &wish.view.order.run;
        if self.run.as_ref() != Some(run) {
            self.run = Some(run.clone());
            self.sheets.clear();
        }
        // First: they stand among the rows of the papers.
        self.tell_comments(wish, events)?;
        self.sheets.retain(|wished, _| wish.papers.contains(wished));
        for (n, wished) in wish.papers.iter().enumerate() {
            // Two pages on the same place are told as one.
            if wish.papers.iter().take(n).any(|before| before == wished) {
                continue;
            }
            let (paper, from) = wished;
            if *from == 0 && !self.sheets.contains_key(wished) {
                // The first screen of a large file is there before all of it is read.
                let head = papers::head(&wish.view, paper, &self.readings);
                head.map_or(Ok(()), |h| tell(wish, wished, Ok(Arc::new(h)), events))?;
            }
            let sheet = papers::read(&wish.view, paper, *from, &mut self.readings);
            self.tell_sheet(wish, wished, sheet, events)?;
        }
        self.tell_named(wish, events)
    }

    /// Tells where the comments stand, where that differs from what was told.
    fn tell_comments(&mut self, wish: &Wish, events: &Post) -> Result<(), Left> {
        let comments = wish.view.comments();
        if !wish.anew && comments == *self.comments {
            return Ok(());
        }
        if comments != *self.comments {
            self.comments = Arc::new(comments);
        }
        let event = Event::Comments {
            run: wish.view.order.run.clone(),
            comments: self.comments.clone(),
        };
        events.send(event).map_err(|_| Left)
    }

    /// Tells how many criteria the artifacts name, where that differs from what was told.
    fn tell_named(&mut self, wish: &Wish, events: &Post) -> Result<(), Left> {
        let named = papers::criteria_named(&wish.view, &mut self.readings);
        if !wish.anew && named == self.named {
            return Ok(());
        }
        self.named.clone_from(&named);
        let run = wish.view.order.run.clone();
        events.send(Event::Named { run, named }).map_err(|_| Left)
    }

    /// Tells what was read of a paper; where its colours take their time, first without them.
    fn tell_sheet(
        &mut self,
        wish: &Wish,
        wished: &(Paper, usize),
        sheet: Result<Sheet, String>,
        events: &Post,
    ) -> Result<(), Left> {
        let send = |sheet| tell(wish, wished, sheet, events);
        let told = match (self.sheets.get(wished), &sheet) {
            (Some(Ok(told)), Ok(sheet)) if *told.read == *sheet => Some(Ok(&told.coloured)),
            (Some(Err(told)), Err(error)) if told == error => Some(Err(error)),
            _ => None,
        };
        if let Some(told) = told {
            return if wish.anew {
                send(told.cloned().map_err(Clone::clone))
            } else {
                Ok(())
            };
        }
        let shown = match sheet {
            Ok(sheet) => {
                let read = Arc::new(sheet);
                if !read.is_short() {
                    send(Ok(read.clone()))?;
                }
                if let Some(first) = read.coloured_first() {
                    send(Ok(Arc::new(first)))?;
                }
                let coloured = read.coloured().map_or_else(|| read.clone(), Arc::new);
                send(Ok(coloured.clone()))?;
                Ok(Shown { read, coloured })
            }
            Err(error) => {
                send(Err(error.clone()))?;
                Err(error)
            }
        };
        self.sheets.insert(wished.clone(), shown);
        Ok(())
    }
}

/// Tells what stands on a paper that was wished.
fn tell(
    wish: &Wish,
    wished: &(Paper, usize),
    sheet: Result<Arc<Sheet>, String>,
    events: &Post,
) -> Result<(), Left> {
    let (paper, from) = wished.clone();
    let event = Event::Paper {
        run: wish.view.order.run.clone(),
        paper,
        from,
        sheet,
    };
    events.send(event).map_err(|_| Left)
}
