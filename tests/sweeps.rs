//! Sweeps with real processes: a run is killed after every record and in the middle of every call, taken up again, and
//! must come to the same end with the same records, with nothing done twice that must not be.

mod facts;
mod person;

use std::io::Write;

use facts::Facts;
use person::{Book, Clean, approve, cut_after, go_on};
use runbook_model::Record;

use crate::place::Place;

const fn book(name: &'static str, more: &'static [&'static str]) -> Book {
    Book { name, more, tells: false }
}

const SEQUENTIAL: Book = book("sequential.rhai", &[]);
const NESTED: Book = book("nested.rhai", &[]);
const BETWEEN: Book = book("between.rhai", &[]);
const BRANCHES: Book = book("branches.rhai", &[]);
const RETRIES: Book = book("retries.rhai", &[]);
const GATES: Book = book("gates.rhai", &["--yes"]);
const GATES_OF_OTHERS: Book = book("gates.rhai", &[]);
const CAUGHT: Book = book("caught.rhai", &[]);
const FAILING: Book = book("failing.rhai", &[]);
const UNDONE: Book = book("undone.rhai", &["--on-failure", "undo"]);
const SLEEPS: Book = book("sleeps.rhai", &[]);
const IMPORTS: Book = book("imports.rhai", &[]);
const DONE_WHEN: Book = Book { name: "done_when.rhai", more: &[], tells: true };

/// Requires that a run which was cut `cuts` times came to the same end as one that was not.
fn compare(book: Book, clean: &Clean, place: &Place, code: i32, facts: &Facts, cuts: usize, point: &str) {
    let told = format!("{}, {point}", book.name);
    let ended = |facts: &Facts| facts.closed.as_ref().map(|closed| (closed.verdict, closed.value.clone()));
    assert_eq!(ended(facts), ended(&clean.facts), "{told}: the end");
    // What `undo` goes on with ends well; in one go with `run`, the run has failed all the same.
    assert!(code == clean.code || facts.unwinds && code == 0, "{told}: exit code {code}");
    let culprits = &clean.culprits;
    assert_eq!(facts.comparable(culprits), clean.facts.comparable(culprits), "{told}: the records");
    let effects = place.effects();
    for (effect, often) in &clean.effects {
        let found = effects.get(effect).copied().unwrap_or(0);
        let most = if effect.starts_with("ask ") { *often } else { often + cuts };
        assert!((*often..=most).contains(&found), "{told}: `{effect}` took place {found} times and not {often}");
    }
    assert!(effects.keys().all(|effect| clean.effects.contains_key(effect)), "{told}: {effects:?}");
}

/// Goes on after a cut, and requires the same end, with nothing that was finished done again.
fn survive(book: Book, clean: &Clean, place: &Place, records: Vec<Record>, die: Option<u64>, point: &str) {
    let cut = Facts::of(&records);
    let before = place.effects();
    let cuts = 1 + usize::from(die.is_some());
    let (code, records) = go_on(place, book, Some(clean), 1, records, die);
    let after = place.effects();
    for effect in cut.finished() {
        assert_eq!(after.get(effect), before.get(effect), "{}, {point}: `{effect}` was finished", book.name);
    }
    compare(book, clean, place, code, &Facts::of(&records), cuts, point);
}

/// Cuts after every record but the last.
fn after_every_record(book: Book) {
    let clean = book.clean();
    let points = after_records(book, &clean, (1..clean.records).collect());
    tell(&format!("{}: cut after each of {points} records", book.name));
}

/// The same with two processes at a time.
fn after_every_record_of_many(book: Book) {
    let clean = &book.clean();
    let points: usize = std::thread::scope(|scope| {
        let every_other = |first| (first..clean.records).step_by(2).collect();
        let workers = [1, 2].map(|first| scope.spawn(move || after_records(book, clean, every_other(first))));
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    tell(&format!("{}: cut after each of {points} records", book.name));
}

fn after_records(book: Book, clean: &Clean, seqs: Vec<u64>) -> usize {
    let mut points = 0;
    for seq in seqs {
        let place = Place::with(book.name);
        if let Some(records) = cut_after(&place, book, seq) {
            survive(book, clean, &place, records, None, &format!("cut after record {seq}"));
            points += 1;
        }
    }
    points
}

/// Cuts before and after every effect, in the middle of the call.
fn in_every_call(book: Book) {
    let clean = book.clean();
    let mut points = 0;
    for (effect, often) in &clean.effects {
        for nth in 1..=*often {
            for when in ["before", "after"] {
                let place = Place::with(book.name);
                place.cut(when, effect, nth);
                let mut code = place.run(book.more).code.unwrap();
                while code == 4 {
                    approve(&place, &Facts::of(&place.records()));
                    code = place.resume(book.more).code.unwrap();
                }
                let point = format!("cut {when} call {nth} of `{effect}`");
                assert_eq!(code, 1, "{}, {point}: the engine was not killed", book.name);
                let records = place.records();
                let doubts = Facts::of(&records).doubts;
                let asks = doubts.values().any(|doubt| doubt == effect);
                assert_eq!(asks, effect.starts_with("ask "), "{}, {point}: {doubts:?}", book.name);
                survive(book, &clean, &place, records, None, &point);
                points += 1;
            }
        }
    }
    tell(&format!("{}: cut in the middle of {points} calls", book.name));
}

/// Cuts at a record, and once more at a later one, at places chosen by `seed`.
fn twice(book: Book, times: u64, seed: u64) {
    let clean = book.clean();
    let mut chance = seed;
    let mut any = |below: u64| {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (chance >> 33) % below.max(1)
    };
    for _ in 0..times {
        let first = 1 + any(clean.records - 1);
        let further = any(clean.records - first);
        let place = Place::with(book.name);
        let Some(records) = cut_after(&place, book, first) else { continue };
        let point = format!("seed {seed}, cut after record {first} and {further} further on");
        survive(book, &clean, &place, records, Some(further), &point);
    }
    tell(&format!("{}: cut twice, {times} times, SEED={seed}", book.name));
}

/// Says how much was tried, past the test harness, which keeps to itself what a test prints.
pub(crate) fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "sweep {what}");
}

fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| u64::from(std::process::id()))
}

#[test]
fn steps_in_a_row_survive_a_cut_after_every_record() {
    after_every_record(SEQUENTIAL);
}

#[test]
fn nested_steps_survive_a_cut_after_every_record() {
    after_every_record(NESTED);
}

#[test]
fn sixty_four_branches_survive_a_cut_after_every_record() {
    after_every_record_of_many(BRANCHES);
}

#[test]
fn batches_survive_a_cut_after_every_record_with_a_look_between_them() {
    after_every_record(BETWEEN);
}

#[test]
fn retries_survive_a_cut_after_every_record() {
    after_every_record(RETRIES);
}

#[test]
fn gates_survive_a_cut_after_every_record() {
    after_every_record(GATES);
    after_every_record(GATES_OF_OTHERS);
}

#[test]
fn failures_survive_a_cut_after_every_record() {
    after_every_record(CAUGHT);
    after_every_record(FAILING);
}

#[test]
fn an_undo_survives_a_cut_after_every_record() {
    after_every_record(UNDONE);
}

#[test]
fn an_undo_goes_on_behind_a_step_that_was_already_put_back() {
    let place = Place::saying(
        r#"
        let undo = |name| local::run(`echo undo ${name} >> ../../../effects`);
        step("one", #{ undo: || undo.call("one") }, || 1);
        step("two", #{ undo: || undo.call("two") }, || 2);
        "#,
    );
    place.run(&[]).exits(0);
    place.call(&["settle", "last", "one", "--undone"]).exits(0);
    place.call(&["undo", "last"]).exits(0);
    assert_eq!(place.effects(), [("undo two".to_owned(), 1)].into());
}

#[test]
fn a_call_of_an_undo_that_was_cut_off_is_not_repeated_without_a_word_from_a_person() {
    let place = Place::saying(
        r#"
        let tell = || local::run(["sh", "../../../effect", "ask undo"]);
        step("one", #{ undo: || tell.call() }, || 1);
        "#,
    );
    place.run(&[]).exits(0);
    place.cut("after", "ask undo", 1);
    place.call(&["undo", "last"]).exits(1).says("run.died");
    place.call(&["undo", "last"]).exits(5).says("one");
    assert_eq!(place.effects(), [("ask undo".to_owned(), 1)].into());
}

#[test]
fn what_was_undone_within_a_branch_is_done_again_by_a_resume() {
    let place = Place::saying(
        r#"
        let trace = |name| local::run(`echo ${name} >> ../../../effects`, #{ repeat: "safe" }).status;
        parallel("each", ["a", "b"], #{ max: 1 }, |item| {
            step("make", #{ undo: || trace.call(`undo ${item}`) }, || trace.call(`make ${item}`));
        });
        if local::read("cat ../../../mended || true").stdout == "" { fail("mend it first"); }
        "#,
    );
    place.run(&[]).exits(1);
    place.call(&["undo", "last", "--to", "each[b]/make"]).exits(0);
    std::fs::write(place.path("mended"), "yes").unwrap();
    place.resume(&[]).exits(0);
    let times = [("make a", 1), ("make b", 2), ("undo b", 1)];
    assert_eq!(place.effects(), times.map(|(effect, often)| (effect.to_owned(), often)).into());
}

#[test]
fn sleeps_survive_a_cut_after_every_record() {
    after_every_record(SLEEPS);
}

#[test]
fn imports_survive_a_cut_after_every_record() {
    after_every_record(IMPORTS);
}

#[test]
fn steps_that_tell_whether_they_are_done_survive_every_cut() {
    after_every_record(DONE_WHEN);
    in_every_call(DONE_WHEN);
}

#[test]
fn a_call_that_was_cut_off_is_repeated_only_where_its_rule_or_a_person_says_so() {
    let books = [SEQUENTIAL, NESTED, RETRIES, GATES_OF_OTHERS, CAUGHT, FAILING, UNDONE, SLEEPS, IMPORTS];
    books.into_iter().for_each(in_every_call);
}

#[test]
fn a_run_that_is_cut_twice_comes_to_the_same_end() {
    let seed = seed();
    for book in [SEQUENTIAL, NESTED, RETRIES, GATES, CAUGHT, UNDONE, SLEEPS, IMPORTS, DONE_WHEN] {
        twice(book, 4, seed);
    }
    twice(BRANCHES, 6, seed);
}
