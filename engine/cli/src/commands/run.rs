//! `runbook run`: open or take up a run, evaluate it, close it.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use runbook_journal::{History, Journal, Store};
use runbook_model::record::{Closing, Purpose, Ruling, RunOpened, RunTaken, StepRuled};
use runbook_model::survey::Survey;
use runbook_model::{Body, Event, Failure, Key, Mask, Progress, Record, Value, code};
use runbook_run::{Clock, Options, identity};
use runbook_script::check::{Severity, check};
use runbook_script::evaluate::Script;
use runbook_script::front::Header;
use runbook_script::hands::Hands;
use runbook_script::options::nearest;
use runbook_script::outline::outline;
use runbook_script::sources::Sources;

use super::inputs;
use crate::args::{self, Common, OnFailure};
use crate::conduct::{self, End, Furniture, UndoOrder};
use crate::exit::Exit;
use crate::session::{self, Session};
use crate::{aim, dispatch, edits, lock, name, places, screen, warden};

/// Runs a runbook. The first process only watches; the second, started by it, does the work.
pub(crate) fn run(common: &Common, run: &args::Run) -> Result<Exit, Failure> {
    let Some(words) = &run.watched else {
        return Ok(warden::watch(dispatch::typed(), |failure| dispatch::show(failure, &mut std::io::stderr())));
    };
    warden::watched(words, &run.memory, |err| work(common, run, err))
}

/// Takes a run over from another process and goes on with it.
pub(crate) fn take(common: &Common, name: &str, yes: bool) -> Result<Exit, Failure> {
    let store = places::store(common.state.as_deref())?;
    let row = store.find(name)?;
    drop(store);
    let mut typed: Vec<OsString> = dispatch::common(common);
    typed.extend(["run".into(), format!("--resume={}", row.run).into(), "--take-over".into()]);
    typed.extend(yes.then(|| "--yes".into()));
    Ok(warden::watch(typed, |failure| dispatch::show(failure, &mut std::io::stderr())))
}

fn work(common: &Common, run: &args::Run, err: File) -> Result<Exit, Failure> {
    let (mut session, furniture, name, retry) =
        if run.resume.is_some() { take_up(common, run, err)? } else { open(common, run, err)? };
    if let Some(seq) = run.die_after {
        session.ledger.die_after(seq);
    }
    session.watched = true;
    session.listen_for_stops()?;
    let until = run.until.as_deref().map(Key::from_text);
    let end = conduct::live(&furniture, &session, &name, until, retry)?;
    let end = after_failure(run, &furniture, &session, &name, end)?;
    session.end(end, &furniture.hands)
}

/// Opens a new run.
fn open(common: &Common, run: &args::Run, err: File) -> Result<(Session, Furniture, String, HashSet<Key>), Failure> {
    let file = run.file.as_deref().unwrap_or(Path::new(""));
    let sources = Arc::new(Sources::gather(file)?);
    let header = Arc::new(Header::of(&sources)?);
    // A mistake in the text is found before the store is touched.
    Script::read(Arc::clone(&sources))?;
    no_mistakes(file, &sources)?;
    names_are_known(run, &sources)?;
    let inputs = inputs::resolve_all(&header, run)?;
    let aim = aim::of_new(&header, &run.cluster)?;
    let state = places::state(common.state.as_deref())?;
    let store = Store::open(&state)?;
    let led = places::time(common.time.as_deref())?;
    let clock = Clock::of(led.clone(), 0);
    let by = identity::this_process(clock.now());
    let opened = RunOpened {
        run: name::of_run(&header.name),
        runbook: header.name.clone(),
        version: header.version.clone(),
        file: sources.main().to_owned(),
        path: full_path(file),
        sources: sources.files().clone(),
        inputs: inputs.clone(),
        site: aim.site.as_ref().map_or_else(|| "local".to_owned(), |site| site.name.clone()),
        aim: aim.clone(),
        lock: header.lock.clone(),
        engine: env!("CARGO_PKG_VERSION").to_owned(),
        by: by.clone(),
    };
    let name = opened.run.clone();
    let hands = Arc::new(Hands::new(aim, led.clone()));
    let lock = lock::of_new(&opened, &hands, run.take_over)?;
    let (journal, first) = create(&store, opened, clock).inspect_err(|_| lock::give_back(lock.as_ref()))?;
    let mut history = History::default();
    history.fold(&first).map_err(|what| Failure::new(code::RUN_BUG, what))?;
    let mut session = Session::open(&store, journal, history, common.output, err, by, led)?;
    session.keep(lock);
    session.screen.hand().hear(Event::Recorded(Arc::new(first)));
    for step in &run.skip {
        skip(&session, step)?;
    }
    let furniture = furnish(run, &session, (sources, header, inputs), hands, (&state, &name));
    Ok((session, furniture, name, HashSet::new()))
}

fn create(store: &Store, opened: RunOpened, clock: Clock) -> Result<(Journal, Record), Failure> {
    match store.create(opened.clone(), clock.now()) {
        Err(runbook_journal::Error::LockHeld { run, .. }) if session::mend(store, &run)? => {
            Ok(store.create(opened, clock.now())?)
        }
        created => Ok(created?),
    }
}

/// A runbook that is known to fail is refused before it has done half of its work.
fn no_mistakes(file: &Path, sources: &Sources) -> Result<(), Failure> {
    let mut errors = check(sources).into_iter().filter(|finding| finding.severity == Severity::Error);
    let Some(first) = errors.next() else { return Ok(()) };
    Err(match errors.count() {
        0 => first.failure,
        others => {
            let others = if others == 1 { "one more mistake".to_owned() } else { format!("{others} more mistakes") };
            first.failure.hint(format!("see {others} with `runbook check {}`", file.display()))
        }
    })
}

/// Takes an unfinished run up.
fn take_up(common: &Common, run: &args::Run, err: File) -> Result<(Session, Furniture, String, HashSet<Key>), Failure> {
    let state = places::state(common.state.as_deref())?;
    let store = Store::open(&state)?;
    let name = which(&store, run)?;
    let led = places::time(common.time.as_deref())?;
    let by = identity::this_process(Clock::of(led.clone(), 0).now());
    let mut history = session::history(&store, &name)?;
    may_resume(&history, &name)?;
    let begun = history.opened.as_ref().map(|opened| opened.aim.clone()).unwrap_or_default();
    let aim = aim::typed_over(&begun, &run.cluster)?;
    let today = text_of_today(run, &history)?;
    if let Some(today) = &today {
        no_mistakes(run.file.as_deref().unwrap_or(Path::new(today.main())), today)?;
    }
    let opened = history.opened.clone().ok_or_else(|| Failure::new(code::STORE_DAMAGED, "the run was never opened"))?;
    let hands = Arc::new(Hands::new(aim, led.clone()));
    let lock = lock::of_known(&opened, &by, &hands, run.take_over)?;
    let journal = session::take(&store, &name, &by, run.take_over).inspect_err(|_| lock::give_back(lock.as_ref()))?;
    // The former holder may have written until this moment.
    session::catch_up(&store, &name, &mut history)?;
    let retry = session::retried(&history);
    let mut session = Session::open(&store, journal, history, common.output, err, by.clone(), led)?;
    session.keep(lock);
    let recorded = Arc::new(Sources::from_records(&opened.file, opened.sources.clone()));
    let sources = today.clone().unwrap_or_else(|| Arc::clone(&recorded));
    let header = Arc::new(Header::of(&sources)?);
    let furniture = furnish(run, &session, (sources, header, opened.inputs.clone()), hands, (&state, &name));
    names_are_known(run, &furniture.sources)?;
    let mut survey = Survey::default();
    if today.is_some() {
        survey.edits = survey_edits(&furniture, &session, &name)?;
    }
    let refused = survey.edits.rewrites_the_past() && !run.accept_edits;
    if !refused {
        let sources = today.map(|today| today.files().clone());
        session.ledger.append(Body::RunTaken(Box::new(RunTaken { by, purpose: Purpose::Resume, sources })))?;
        survey.doubts = conduct::look(&furniture, &session, &name)?;
    }
    if !survey.is_empty() {
        session.ledger.progress_in_turn(Progress::Surveyed(survey));
    }
    if refused {
        return Err(refuse_edits(session, &store, &name));
    }
    for step in &run.redo {
        redo(&session, step)?;
    }
    for step in &run.skip {
        skip(&session, step)?;
    }
    Ok((session, furniture, name, retry))
}

/// The run that is meant by `--resume`.
fn which(store: &Store, run: &args::Run) -> Result<String, Failure> {
    match (run.resume.as_deref(), &run.file) {
        (Some(""), Some(file)) => {
            let mut rows = store.runs_of(&full_path(file))?;
            if let Some(last) = rows.first()
                && session::mend(store, &last.run)?
            {
                rows = store.runs_of(&full_path(file))?;
            }
            let finals = [Closing::Done, Closing::Undone, Closing::Abandoned].map(Closing::word);
            let unfinished = rows.iter().find(|row| !row.verdict.as_deref().is_some_and(|word| finals.contains(&word)));
            if let Some(row) = unfinished {
                return Ok(row.run.clone());
            }
            let what = match rows.first() {
                Some(last) => format!(
                    "nothing to resume: the last run `{}` is {}",
                    last.run,
                    last.verdict.as_deref().unwrap_or("held")
                ),
                None => format!("nothing to resume: `{}` has never run", file.display()),
            };
            Err(Failure::new(code::RUN_UNKNOWN, what).hint("begin a new run without `--resume`"))
        }
        (Some(""), None) | (None, _) => {
            Err(Failure::new(code::RUN_UNKNOWN, "`--resume` needs a runbook, or a run: `--resume=RUN`"))
        }
        (Some(name), _) => Ok(store.find(name)?.run),
    }
}

fn may_resume(history: &History, name: &str) -> Result<(), Failure> {
    match history.closed.as_ref().map(|closed| closed.verdict) {
        Some(verdict) if verdict.is_final() => {
            let what = format!("nothing to resume: run `{name}` is {}", verdict.word());
            Err(Failure::new(code::RUN_UNKNOWN, what).hint(format!("see what it did with `runbook show {name}`")))
        }
        // An undo that stopped where it was told to leaves a run that can go on; any other is to be gone on with.
        verdict if history.undoing && verdict != Some(Closing::Stopped) => {
            let what = format!("run `{name}` is being undone, and its undo has not come to its end");
            Err(Failure::new(code::UNDO_FAILED, what).hint(format!("go on with `runbook undo {name}`")))
        }
        Some(
            Closing::Done
            | Closing::Failed
            | Closing::Refused
            | Closing::Stopped
            | Closing::InDoubt
            | Closing::Undone
            | Closing::UndoFailed
            | Closing::Abandoned,
        )
        | None => Ok(()),
    }
}

/// The runbook as it stands today, where that differs from what the run carries.
fn text_of_today(run: &args::Run, history: &History) -> Result<Option<Arc<Sources>>, Failure> {
    let Some(opened) = history.opened.as_ref().filter(|_| !run.as_begun) else { return Ok(None) };
    let path = Path::new(&opened.path);
    if run.file.is_none() && !path.exists() {
        return Ok(None);
    }
    let today = Sources::gather_as(run.file.as_deref().unwrap_or(path), &opened.file)?;
    Ok((today.files() != &opened.sources).then(|| Arc::new(today)))
}

fn survey_edits(furniture: &Furniture, session: &Session, name: &str) -> Result<runbook_model::survey::Edits, Failure> {
    let options = Options { mode: runbook_run::Mode::Survey, until: None, retry: HashSet::new() };
    let (_, evaluated) = furniture.evaluate(session, name, options)?;
    let met = evaluated.bench.met.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let outline = outline(&furniture.sources)?;
    Ok(session.ledger.look(|history| edits::compare(history, &met, &outline)))
}

fn refuse_edits(session: Session, store: &Store, name: &str) -> Failure {
    session.give_up(Exit::Usage as u8, None);
    // Nothing was written: the run is as it was, and nobody holds it.
    let released = store.let_go(name);
    let failure =
        Failure::new(code::STEP_EDITED, format!("the edited runbook rewrites what run `{name}` has already done"))
            .hint("if that is meant, add `--accept-edits`: what is done stays done, and is not run again")
            .hint("to go on with the runbook as it was, add `--as-begun`");
    released.err().into_iter().fold(failure, Failure::because)
}

fn furnish(
    run: &args::Run,
    session: &Session,
    (sources, header, inputs): (Arc<Sources>, Arc<Header>, BTreeMap<String, Value>),
    hands: Arc<Hands>,
    (state, name): (&Path, &str),
) -> Furniture {
    let interactive = std::io::stdin().is_terminal() && session.screen.is_for_people();
    Furniture {
        sources,
        header,
        inputs,
        mask: Arc::new(Mask::default()),
        artifacts: places::artifacts(state, name),
        hands,
        ask: interactive.then(|| screen::asker(session.screen.hand())),
        yes: run.yes,
        accept: run.accept.clone(),
        who: session.by.who(),
    }
}

fn redo(session: &Session, step: &str) -> Result<(), Failure> {
    let key = known_key(session, step)?;
    let mut keys: Vec<Key> = session.ledger.look(|history| {
        let below = history.keys().filter(|(other, past)| other.is_under(&key) && past.status.is_settled());
        below.map(|(other, _)| other.clone()).collect()
    });
    keys.push(key);
    keys.into_iter().try_for_each(|key| rule(session, key, Ruling::Redo, "--redo"))
}

fn skip(session: &Session, step: &str) -> Result<(), Failure> {
    rule(session, Key::from_text(step), Ruling::Skip, "--skip")
}

fn rule(session: &Session, key: Key, ruling: Ruling, why: &str) -> Result<(), Failure> {
    let ruled = StepRuled { key, ruling, by: session.by.who(), why: why.to_owned() };
    session.ledger.append(Body::StepRuled(ruled)).map(|_| ())
}

/// A step that is misspelt must not be run after all: what `--until` and `--skip` name must be able to exist.
fn names_are_known(run: &args::Run, sources: &Sources) -> Result<(), Failure> {
    let typed: Vec<&String> = run.until.iter().chain(&run.skip).collect();
    if typed.is_empty() {
        return Ok(());
    }
    let names = edits::names(&outline(sources)?);
    for typed in typed {
        let key = Key::from_text(typed);
        if names.iter().any(|name| edits::fits(name, &key)) {
            continue;
        }
        let failure = Failure::new(code::RUN_UNKNOWN, format!("the runbook has no step `{typed}`"));
        return Err(match nearest(typed, names.iter().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("see its steps with `runbook info FILE`"),
        });
    }
    Ok(())
}

fn known_key(session: &Session, step: &str) -> Result<Key, Failure> {
    session.ledger.look(|history| super::key_in(history, step))
}

/// What a failed run is followed by: nothing, an undo, or a question.
fn after_failure(
    run: &args::Run,
    furniture: &Furniture,
    session: &Session,
    name: &str,
    end: End,
) -> Result<End, Failure> {
    if end.closed.verdict != Closing::Failed || !end.writable {
        return Ok(end);
    }
    let undo = match run.on_failure {
        OnFailure::Stop => false,
        OnFailure::Undo => true,
        OnFailure::Ask => {
            furniture.ask.is_some() && { screen::ask(&session.screen.hand(), "undo what was done?").unwrap_or(false) }
        }
    };
    if !undo {
        return Ok(end);
    }
    let taken = RunTaken { by: session.by.clone(), purpose: Purpose::Undo, sources: None };
    session.ledger.append(Body::RunTaken(Box::new(taken)))?;
    let order = UndoOrder { to: None, past_points: false };
    let mut undone = conduct::undo(furniture, session, name, &order)?;
    if undone.closed.verdict == Closing::Undone {
        undone.closed.failure = end.closed.failure;
        undone.exit = Exit::Failed;
    }
    Ok(undone)
}

fn full_path(file: &Path) -> String {
    std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()).to_string_lossy().into_owned()
}
