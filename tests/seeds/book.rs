//! The page of the claims has each of them that is tested here, and no other.

use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../book/src/inside/claims.md");

/// The files with claims, and how a line of them begins that names one.
const TESTS: [&str; 4] =
    [include_str!("ailing.rs"), include_str!("clusters.rs"), include_str!("commands.rs"), include_str!("values.rs")];

/// Not a claim, but what a person may say to one.
const OTHER: &str = "a_command_after_which_there_is_no_way_back_is_let_pass_where_it_is_named";

/// The names of the claims in a file: tests of their own, and the lines of a list of claims.
fn claims(text: &str) -> impl Iterator<Item = &str> {
    let (mut of_test, mut in_list) = (false, false);
    text.lines().filter_map(move |line| {
        let is_test = std::mem::replace(&mut of_test, line == "#[test]");
        in_list = line.starts_with("claims! ") || (in_list && line != "}");
        let listed = line.strip_prefix("    ").filter(|rest| in_list && !rest.starts_with([' ', '}', '"', ')']));
        let own = line.strip_prefix("fn ").filter(|_| is_test);
        own.or(listed).and_then(|rest| rest.split('(').next())
    })
}

#[test]
fn every_claim_that_is_caught_is_in_the_book_and_the_book_has_no_other() {
    let tested: BTreeSet<&str> = TESTS.into_iter().flat_map(claims).filter(|name| *name != OTHER).collect();
    let row = |line: &'static str| Some(line.strip_suffix("` |")?.rsplit_once('`')?.1);
    let told: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| ")).filter_map(row).collect();
    let in_book: BTreeSet<&str> = told.iter().copied().collect();
    assert_eq!(tested, in_book);
    assert!(told.len() == in_book.len() && told.len() > 80, "{} claims", told.len());
}
