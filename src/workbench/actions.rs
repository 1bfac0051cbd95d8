//! Every action as one row: its name, its keys, what it does, where it works. Help, footer,
//! palette and the documented list of keys are made from these rows and from nothing else.

/// Something a person can have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each has its row below, with its sentence")]
pub enum Action {
    Backlog,
    Dialogue,
    Pipeline,
    Artifacts,
    NextPane,
    Zoom,
    Down,
    Up,
    HalfPageDown,
    HalfPageUp,
    PageDown,
    PageUp,
    Top,
    Bottom,
    Open,
    Back,
    Find,
    NextWaiting,
    News,
    Why,
    Follow,
    History,
    Chart,
    Costs,
    Runs,
    NextRun,
    PreviousRun,
    Skip,
    Fold,
    FoldAll,
    Search,
    NextMatch,
    PreviousMatch,
    NextError,
    NextAttempt,
    PreviousAttempt,
    NextStage,
    PreviousStage,
    Approve,
    SendBack,
    Pause,
    PauseNow,
    RerunFrom,
    RerunStale,
    TakeOver,
    Shell,
    Note,
    RemoveNote,
    Refresh,
    Raise,
    Cancel,
    CopyId,
    Run,
    Land,
    NewItem,
    EditItem,
    Undo,
    Sort,
    SetUp,
    Trust,
    SplitPage,
    ClosePage,
    LinkPages,
    Source,
    Diff,
    Lineage,
    FindInPage,
    NextHit,
    HitBefore,
    NextSection,
    SectionBefore,
    NextFile,
    FileBefore,
    ColumnsRight,
    ColumnsLeft,
    Edit,
    Comment,
    MarkLine,
    RemoveComment,
    ReopenComment,
    EditTask,
    Converse,
    Respond,
    Say,
    Answer,
    Default,
    Defaults,
    LeaveOpen,
    AskBack,
    Tell,
    NextQuestion,
    QuestionBefore,
    WriteInEditor,
    ShowDiff,
    SaveTask,
    SaveAnyway,
    Permit,
    ChangeAgent,
    Mouse,
    Palette,
    Help,
    Theme,
    Redraw,
    Suspend,
    Interrupt,
    Leave,
}

/// Where an action is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Going about.
    Move,
    /// Looking.
    Look,
    /// Steering a run.
    Run,
    /// The program itself.
    Program,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 4] = [Self::Run, Self::Look, Self::Move, Self::Program];

    /// The word over it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Look => "Look",
            Self::Run => "Steer the run",
            Self::Program => "Program",
        }
    }
}

/// In which views an action's keys work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In every view.
    Everywhere,
    /// In the backlog.
    Backlog,
    /// In the dialogue.
    Dialogue,
    /// In the pipeline.
    Pipeline,
    /// Among the documents.
    Artifacts,
    /// In the pipeline and among the documents.
    Run,
}

impl Scope {
    /// The words for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Backlog => "in the backlog",
            Self::Dialogue => "in the dialogue",
            Self::Pipeline => "in the pipeline",
            Self::Artifacts => "among the documents",
            Self::Run => "in the pipeline and among the documents",
        }
    }

    /// Whether a key can't mean something else in each of them.
    pub fn meets(self, other: Self) -> bool {
        let covers = |wide: Self, narrow: Self| match wide {
            Self::Everywhere => true,
            Self::Run => matches!(narrow, Self::Pipeline | Self::Artifacts),
            _ => wide == narrow,
        };
        covers(self, other) || covers(other, self) || self == other
    }
}

/// An action's row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The action.
    pub action: Action,
    /// Its name in a keymap file and in the palette.
    pub name: &'static str,
    /// Its keys unless a keymap says otherwise, the one that is shown first.
    pub keys: &'static [&'static str],
    /// A word or two for the footer.
    pub short: &'static str,
    /// One sentence for the help.
    pub help: &'static str,
    /// Where it belongs.
    pub group: Group,
    /// Where its keys work.
    pub scope: Scope,
    /// Whether its keys are its own only while a search stands, and may be another's else.
    pub sought: bool,
}

impl Row {
    /// The same row, with keys that work in one view alone.
    const fn only(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    /// The same row, with keys that are its own while a search stands.
    const fn while_sought(mut self) -> Self {
        self.sought = true;
        self
    }
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    short: &'static str,
    help: &'static str,
    group: Group,
) -> Row {
    Row {
        action,
        name,
        keys,
        short,
        help,
        group,
        scope: Scope::Everywhere,
        sought: false,
    }
}

/// The rows.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(Action::Approve, "approve", &["a"], "approve", "Bring the gate's page up; there: approve exactly what stands on it", Group::Run),
    row(Action::SendBack, "send-back", &["b"], "send back", "Send the gate's work back with a reason, and with the comments that are open", Group::Run),
    row(Action::Run, "run", &["r"], "run", "Start a run of the chosen task; at once where nothing of yours is left out of it", Group::Run),
    row(Action::Land, "land", &["L"], "land", "Land a completed run, after all that it would bring was shown", Group::Run),
    row(Action::Pause, "pause", &["p"], "pause", "Pause the run at the next boundary, or let it go on; asks first", Group::Run),
    row(Action::PauseNow, "pause-now", &["P"], "pause now", "Interrupt what runs now, its work kept; asks first", Group::Run),
    row(Action::RerunFrom, "rerun", &["R"], "rerun", "Run the chosen stage and all below it again", Group::Run),
    row(Action::RerunStale, "rerun-stale", &["ctrl-r"], "rerun stale", "Run again only what is stale", Group::Run),
    row(Action::TakeOver, "take-over", &["T"], "take over", "Work on the stage yourself with its agent's own program, or hand back what you took; asks first", Group::Run),
    row(Action::Shell, "shell", &["$"], "shell", "Your shell in the run's tree; what it leaves there is told", Group::Run),
    row(Action::Note, "note", &["n"], "note", "A note for the next attempt of the chosen stage, which is told it once; while a search stands its key goes to the next place", Group::Run).only(Scope::Run),
    row(Action::RemoveNote, "remove-note", &["ctrl-n"], "drop note", "Take the newest note back that no attempt of the chosen stage was told yet", Group::Run).only(Scope::Run),
    row(Action::Refresh, "refresh", &["U"], "refresh", "Take in what the base branch got since the run started, after it was shown", Group::Run),
    row(Action::Raise, "raise", &["+"], "raise budget", "Add to the budget that binds the run; how much is asked, with what is missing written there", Group::Run),
    row(Action::Cancel, "cancel", &["x"], "cancel", "End the run; its work is kept", Group::Run),
    row(Action::Open, "open", &["enter", "right"], "open", "Open what is chosen", Group::Look),
    row(Action::Why, "why", &["w"], "why", "Why it is where it is, and the next step", Group::Look),
    row(Action::Find, "find", &["/"], "find", "Show only what holds these words", Group::Look).only(Scope::Backlog),
    row(Action::Sort, "sort", &["s"], "sort", "By what needs you, by id, by what moved last, by cost", Group::Look).only(Scope::Backlog),
    row(Action::NewItem, "new", &["n"], "new item", "Add an item to the backlog", Group::Look).only(Scope::Backlog),
    row(Action::EditItem, "edit-item", &["e"], "edit", "Change the chosen item's title, status or summary", Group::Look).only(Scope::Backlog),
    row(Action::Undo, "undo", &["u"], "undo", "Take the last change of an item or a comment back", Group::Look),
    row(Action::SetUp, "set-up", &["i"], "set up", "Write what is missing of harness/ in this repository", Group::Look).only(Scope::Backlog),
    row(Action::Trust, "trust", &["ctrl-a"], "trust", "See what this repository's files have run here, and say whether they may", Group::Run),
    row(Action::Follow, "follow", &["F"], "follow", "Follow the newest line", Group::Look).only(Scope::Pipeline),
    row(Action::History, "history", &["H"], "history", "Every attempt of the stage, and every finding with who raised and who mended it", Group::Look).only(Scope::Pipeline),
    row(Action::Chart, "time", &["t"], "time", "The time of the run: who worked when, and what was waited for", Group::Look).only(Scope::Pipeline),
    row(Action::Costs, "costs", &["C"], "costs", "What was spent: by stage of the run, or of all runs by day, stage, agent, outcome", Group::Look),
    row(Action::Runs, "runs", &["o"], "runs", "Every run, to choose from", Group::Look),
    row(Action::NextRun, "next-run", &["}"], "next run", "Show the next run", Group::Move).only(Scope::Pipeline),
    row(Action::PreviousRun, "previous-run", &["{"], "run before", "Show the run before", Group::Move).only(Scope::Pipeline),
    row(Action::Skip, "skip", &["s"], "skip", "Leave the chosen stage out, where the workflow allows it", Group::Run).only(Scope::Pipeline),
    row(Action::Fold, "fold", &["space"], "fold", "Fold the chosen row of the timeline, or unfold it", Group::Look).only(Scope::Pipeline),
    row(Action::FoldAll, "fold-all", &["Z"], "fold all", "Fold the whole timeline, or unfold it", Group::Look).only(Scope::Pipeline),
    row(Action::Search, "search", &["/"], "search", "Search the timeline", Group::Look).only(Scope::Pipeline),
    row(Action::NextMatch, "next-match", &["n"], "next match", "Go to the next place in the timeline that holds what is searched for", Group::Look).only(Scope::Pipeline).while_sought(),
    row(Action::PreviousMatch, "previous-match", &["N"], "match before", "Go to the place before it", Group::Look).only(Scope::Pipeline).while_sought(),
    row(Action::NextError, "next-error", &["E"], "next error", "Go to the next thing in the timeline that went wrong", Group::Look).only(Scope::Pipeline),
    row(Action::PreviousAttempt, "previous-attempt", &["("], "older attempt", "Show the attempt of this stage before", Group::Look).only(Scope::Pipeline),
    row(Action::NextAttempt, "next-attempt", &[")"], "newer attempt", "Show the attempt of this stage after", Group::Look).only(Scope::Pipeline),
    row(Action::PreviousStage, "previous-stage", &["["], "stage before", "Choose the stage before, from either pane", Group::Move).only(Scope::Pipeline),
    row(Action::NextStage, "next-stage", &["]"], "stage after", "Choose the stage after, from either pane", Group::Move).only(Scope::Pipeline),
    row(Action::NextWaiting, "next-waiting", &["!"], "next waiting", "Go to the next thing that waits for you", Group::Look),
    row(Action::News, "news", &["N"], "what happened", "What happened since you last looked at this project", Group::Look).only(Scope::Backlog),
    row(Action::CopyId, "copy", &["y"], "copy id", "Copy the id of what is chosen", Group::Look),
    row(Action::FindInPage, "find-in-page", &["/"], "find", "Find words on the page", Group::Look).only(Scope::Artifacts),
    row(Action::NextHit, "next-hit", &["n"], "next", "To the next place where the words stand", Group::Look).only(Scope::Artifacts).while_sought(),
    row(Action::HitBefore, "hit-before", &["N"], "before", "To the place before where the words stand", Group::Look).only(Scope::Artifacts).while_sought(),
    row(Action::SplitPage, "split", &["v"], "split", "Open one more page beside this one", Group::Look).only(Scope::Artifacts),
    row(Action::ClosePage, "close-page", &["V"], "close page", "Close the page that has the focus", Group::Look).only(Scope::Artifacts),
    row(Action::LinkPages, "link-pages", &["="], "link", "Pages beside each other move together, or each by itself", Group::Look).only(Scope::Artifacts),
    row(Action::Source, "source", &["t"], "source", "The text as it is written, and rendered again", Group::Look).only(Scope::Artifacts),
    row(Action::Diff, "diff", &["d"], "diff", "What changed: the document against what it was before, or the whole change", Group::Look).only(Scope::Artifacts),
    row(Action::Lineage, "lineage", &["l"], "lineage", "All that belongs to the criterion of this row: task, plan, change, checks, verdict", Group::Look).only(Scope::Artifacts),
    row(Action::Edit, "edit", &["e"], "edit", "Open the document in your editor; the gate asks anew about what changed", Group::Run).only(Scope::Run),
    row(Action::Comment, "comment", &["c"], "comment", "Comment on the line, or on all from the mark to here; on an open comment: change it", Group::Run).only(Scope::Artifacts),
    row(Action::MarkLine, "mark", &["space"], "mark", "Mark the line that a range begins at, or take the mark away", Group::Run).only(Scope::Artifacts),
    row(Action::RemoveComment, "remove-comment", &["D"], "remove comment", "Take the open comment of this row away", Group::Run).only(Scope::Artifacts),
    row(Action::ReopenComment, "reopen-comment", &["O"], "reopen", "Send the settled comment of this row along once more: what was answered does not do", Group::Run).only(Scope::Artifacts),
    row(Action::EditTask, "edit-task", &["E"], "edit task", "Open the chosen task's file in your editor", Group::Look).only(Scope::Backlog),
    row(Action::NextSection, "next-section", &["]"], "section", "To the next heading, or hunk of a change", Group::Move).only(Scope::Artifacts),
    row(Action::SectionBefore, "section-before", &["["], "section before", "To the heading or hunk before", Group::Move).only(Scope::Artifacts),
    row(Action::NextFile, "next-file", &["J"], "next file", "To the next first heading, or file of a change", Group::Move).only(Scope::Artifacts),
    row(Action::FileBefore, "file-before", &["K"], "file before", "To the first heading or file before", Group::Move).only(Scope::Artifacts),
    row(Action::ColumnsRight, "columns-right", &[")", "shift-right"], "to the right", "See what goes on beyond the right edge", Group::Move).only(Scope::Artifacts),
    row(Action::ColumnsLeft, "columns-left", &["(", "shift-left"], "to the left", "Back to the left edge", Group::Move).only(Scope::Artifacts),
    row(Action::Converse, "converse", &["c"], "converse", "Talk with the author about the chosen item until it is a task that can be run", Group::Look).only(Scope::Backlog),
    row(Action::Respond, "respond", &["c"], "answer", "Answer what a stage of the run asks, so that it runs again; else talk with the author about the run's result", Group::Run).only(Scope::Pipeline),
    row(Action::Tell, "tell", &["t"], "send", "Tell the author what was answered; what is open stays open", Group::Look).only(Scope::Dialogue),
    row(Action::Answer, "answer", &["i"], "own words", "Answer the chosen question in your own words", Group::Look).only(Scope::Dialogue),
    row(Action::Default, "default", &["d"], "default", "Take the recommended answer of the chosen question", Group::Look).only(Scope::Dialogue),
    row(Action::Defaults, "defaults", &["D"], "all defaults", "Take the recommended answer of every open question", Group::Look).only(Scope::Dialogue),
    row(Action::LeaveOpen, "leave-to-author", &["-"], "skip", "Leave the chosen question to the author", Group::Look).only(Scope::Dialogue),
    row(Action::AskBack, "ask-back", &["A"], "ask back", "Ask the author something about the chosen question before you answer it", Group::Look).only(Scope::Dialogue),
    row(Action::Say, "say", &["c"], "write", "Write to the author in your own words; `1. … 2. …` answers questions by number", Group::Look).only(Scope::Dialogue),
    row(Action::SaveTask, "save", &["s"], "save", "Save the draft as a task; refused while an answer has no place in it", Group::Look).only(Scope::Dialogue),
    row(Action::SaveAnyway, "save-anyway", &["S"], "save anyway", "Save the draft although answers have no place in it", Group::Look).only(Scope::Dialogue),
    row(Action::ShowDiff, "draft-diff", &["v"], "diff", "The draft as a change of the file on disk, and rendered again", Group::Look).only(Scope::Dialogue),
    row(Action::WriteInEditor, "write-in-editor", &["ctrl-g"], "editor", "Go on writing in your own editor", Group::Look).only(Scope::Dialogue),
    row(Action::Permit, "permit", &["Y"], "permission", "See what the author asks leave for, and decide", Group::Look).only(Scope::Dialogue),
    row(Action::ChangeAgent, "change-agent", &["N"], "agent", "Go on with another agent, or with a new session of the same", Group::Look).only(Scope::Dialogue),
    row(Action::NextQuestion, "next-question", &["]"], "question", "To the next question", Group::Move).only(Scope::Dialogue),
    row(Action::QuestionBefore, "question-before", &["["], "question before", "To the question before", Group::Move).only(Scope::Dialogue),
    row(Action::Backlog, "backlog", &["1"], "backlog", "The backlog: items, tasks, runs", Group::Move),
    row(Action::Dialogue, "dialogue", &["2"], "dialogue", "The dialogue that makes a task: questions, answers, the draft", Group::Move),
    row(Action::Pipeline, "pipeline", &["3"], "pipeline", "The pipeline of the run: stages and timeline", Group::Move),
    row(Action::Artifacts, "artifacts", &["4"], "artifacts", "The run's documents", Group::Move),
    row(Action::NextPane, "next-pane", &["tab"], "pane", "Go to the other pane", Group::Move),
    row(Action::Zoom, "zoom", &["z"], "zoom", "One pane over the whole screen, and back", Group::Move),
    row(Action::Down, "down", &["j", "down"], "down", "One row down", Group::Move),
    row(Action::Up, "up", &["k", "up"], "up", "One row up", Group::Move),
    row(Action::HalfPageDown, "half-page-down", &["ctrl-d"], "half down", "Half a page down", Group::Move),
    row(Action::HalfPageUp, "half-page-up", &["ctrl-u"], "half up", "Half a page up", Group::Move),
    row(Action::PageDown, "page-down", &["pagedown"], "page down", "A page down", Group::Move),
    row(Action::PageUp, "page-up", &["pageup"], "page up", "A page up", Group::Move),
    row(Action::Top, "top", &["g", "home"], "top", "To the first row", Group::Move),
    row(Action::Bottom, "bottom", &["G", "end"], "bottom", "To the last row", Group::Move),
    row(Action::Back, "back", &["esc", "h", "left"], "back", "One step back; it never leaves the program", Group::Move),
    row(Action::Palette, "palette", &[":", "ctrl-p"], "palette", "Every action by name", Group::Program),
    row(Action::Help, "help", &["?", "f1"], "help", "The keys that work here", Group::Program),
    row(Action::Theme, "theme", &["ctrl-t"], "theme", "Choose how the screen looks; each theme is shown as you move", Group::Program),
    row(Action::Redraw, "redraw", &["ctrl-l"], "redraw", "Draw the whole screen anew", Group::Program),
    row(Action::Mouse, "mouse", &["m"], "mouse", "Leave the mouse to the terminal, to select by its own means, and take it again", Group::Program),
    row(Action::Suspend, "suspend", &["ctrl-z"], "suspend", "Stop the program for now; `fg` takes it up again", Group::Program),
    row(Action::Interrupt, "interrupt", &["ctrl-c"], "interrupt", "Stops the author's turn in a dialogue; else says how to leave, twice leaves; no run is touched", Group::Program),
    row(Action::Leave, "leave", &["q"], "leave", "Leave; runs go on", Group::Program),
];

impl Action {
    /// Its row.
    pub fn row(self) -> &'static Row {
        // A test holds that every action has one.
        ROWS.iter().find(|r| r.action == self).unwrap_or(&ROWS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_has_one_row_and_every_name_one_action() {
        let actions: BTreeSet<Action> = ROWS.iter().map(|r| r.action).collect();
        assert_eq!(actions.len(), ROWS.len());
        // The last of the enumeration: it counts them.
        assert_eq!(ROWS.len(), Action::Leave as usize + 1);
        let names: BTreeSet<&str> = ROWS.iter().map(|r| r.name).collect();
        assert_eq!(names.len(), ROWS.len());
        for row in ROWS {
            assert_eq!(row.action.row().name, row.name);
            assert!(
                !row.keys.is_empty() && !row.help.ends_with('.'),
                "{}",
                row.name
            );
        }
    }
}
