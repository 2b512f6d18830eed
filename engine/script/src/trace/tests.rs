//! What is said of what goes wrong while a runbook runs: where, what, why, and what to do.

use std::sync::Arc;

use super::*;
use crate::resolver::Resolver;

/// What the runbooks below import as `lib/b`.
const MODULE: &str =
    "fn f(x) { x + 1 }\nfn deep(x) { [x].map(|y| y / 0) }\nprivate fn hidden() { 1 }\nfn make() { |x| x }";

/// A runbook and what is said of it: `places code: what; causes; hints`.
const MISTAKES: &[(&str, &str)] = &[
    ("let a = 1; a.foo", "a.rhai:1:14 script.error: a whole number has no property `foo`"),
    (
        "let a = 1; a.foo()",
        "a.rhai:1:14 script.error: nothing has a method `foo`; list what there is with `runbook doc`",
    ),
    (
        "let a = #{}; a.foo()",
        "a.rhai:1:16 script.error: nothing has a method `foo`; list what there is with `runbook doc`",
    ),
    (
        "let a = #{}; a.b.c",
        "a.rhai:1:18 script.error: there is no `c` here: what stands before the dot is nothing, `()`; look why it is not there, or allow for it with `?.c`",
    ),
    ("let a = [1]; a[3]", "a.rhai:1:16 script.error: there is no item 3 in a list of 1; its only item is 0"),
    ("\"abc\"[7]", "a.rhai:1:7 script.error: there is no character 7 in a text of 3; the first is 0, the last 2"),
    ("let a = #{}; a[1]", "a.rhai:1:16 script.error: text is wanted here, and this is a whole number"),
    (
        "let a = 5; a[70]",
        "a.rhai:1:14 script.error: there is no bit 70 in a whole number of 64; to look into a whole number as text, write `x.to_string()[i]`",
    ),
    (
        "1 - \"a\"",
        "a.rhai:1:3 script.error: `-` cannot be applied to a whole number and text; make a number of the text with `parse_int(text)`",
    ),
    (
        "() + 1",
        "a.rhai:1:4 script.error: `+` cannot join nothing and a whole number; look which side is `()`: a key that a map does not have gives `()`; `x ?? 0` allows for it",
    ),
    ("!1", "a.rhai:1:1 script.error: `!` cannot be applied to a whole number"),
    ("-\"a\"", "a.rhai:1:1 script.error: `-` cannot be applied to text"),
    ("1 / 0", "a.rhai:1:3 script.error: `1 / 0` divides by zero; look first whether what it is divided by is 0"),
    (
        "9223372036854775807 + 1",
        "a.rhai:1:21 script.error: `9223372036854775807 + 1` is too large for a whole number; count with a point: `1.0`",
    ),
    ("1 % 0", "a.rhai:1:3 script.error: `1 % 0` divides by zero; look first whether what it is divided by is 0"),
    ("2 ** -1", "a.rhai:1:3 script.error: `2 ** -1` is not a whole number; write the first number with a point, `2.0`"),
    ("foo(1)", "a.rhai:1:1 script.error: there is no word or function `foo`; list the words with `runbook doc`"),
    (
        "sha256::hex(1)",
        "a.rhai:1:1 word.argument: `sha256::hex` cannot be called with a whole number; call it as `sha256::hex(data: text or bytes)`",
    ),
    ("sha256::hexx(\"a\")", "a.rhai:1:1 script.error: there is no word `sha256::hexx`; did you mean `sha256::hex`?"),
    (
        "sha256::hex()",
        "a.rhai:1:1 word.argument: `sha256::hex` is called with 0 arguments; call it as `sha256::hex(data: text or bytes)`",
    ),
    ("import \"lib/b\" as b; b::f()", "a.rhai:1:22 script.error: `b::f` is called with 0 arguments; it is `f(x)`"),
    (
        "import \"lib/b\" as b; b::g(1)",
        "a.rhai:1:22 script.error: `lib/b` has no function `g`; it has `deep`, `f` and `make`",
    ),
    (
        "import \"lib/b\" as b; b::f(\"a\" - 1)",
        "a.rhai:1:31 script.error: `-` cannot be applied to text and a whole number; make a number of the text with `parse_int(text)`",
    ),
    (
        "import \"lib/b\" as b; b::deep(1)",
        "lib/b:2:28 in <closure>, lib/b:2:18 in deep, a.rhai:1:22 script.error: `1 / 0` divides by zero; look first whether what it is divided by is 0",
    ),
    (
        "import \"lib/b\" as b; b::hidden()",
        "a.rhai:1:22 script.error: `hidden` is private to `lib/b`; take `private` away from it, or use another function of the module",
    ),
    (
        "import \"lib/b\" as b; let c = b::make(); c.call(1)",
        "a.rhai:1:43 script.error: this closure cannot be called with 1 argument; it takes another number of them, or was made in a module: there alone it can be called; give it as many parameters as it gets, `|a, b| …`, and pass values out of modules, not closures",
    ),
    (
        "fn f() { f() } f()",
        "a.rhai:1:16 script.limit: functions call each other too deep; look for a function that calls itself",
    ),
    (
        "let a = \"x\"; loop { a += a; }",
        "a.rhai:1:23 script.limit: this text grows too long; keep less in memory; write large data to a file with `file::write`",
    ),
    ("throw \"own\"", "a.rhai:1:1 script.thrown: own"),
    ("throw #{code: \"a.b\", what: \"own\"}", "a.rhai:1:1 a.b: own"),
    ("throw", "a.rhai:1:1 script.thrown: the runbook gave up without saying why; say it: `throw \"why\";`"),
    (
        "let f = |x| x; f.call()",
        "a.rhai:1:18 script.error: this closure cannot be called with 0 arguments; it takes another number of them, or was made in a module: there alone it can be called; give it as many parameters as it gets, `|a, b| …`, and pass values out of modules, not closures",
    ),
    (
        "let f = |x| x; f(1)",
        "a.rhai:1:16 script.error: `f` is a variable, not a function; call the closure it holds with `f.call(…)`",
    ),
    (
        "Fn(\"zzz\").call(1)",
        "a.rhai:1:11 script.error: there is no word or function `zzz`; list the words with `runbook doc`",
    ),
    ("const A = [1]; A.push(2)", "a.rhai:1:18 script.error: `push` would change a constant; declare it with `let`"),
    (
        "const A = #{a: 1}; A.a = 2",
        "a.rhai:1:20 script.error: `A` is a constant and cannot be assigned to; declare it with `let A = …;`",
    ),
    (
        "let x = 5; x.push(1)",
        "a.rhai:1:14 script.error: `push` cannot be called with a whole number and a whole number",
    ),
    ("[1].map(1)", "a.rhai:1:5 script.error: `map` cannot be called with a list and a whole number"),
    (
        "[1].map(|a, b, c| 1)",
        "a.rhai:1:5 script.error: this closure cannot be called with 2 arguments; it takes another number of them, or was made in a module: there alone it can be called; give it as many parameters as it gets, `|a, b| …`, and pass values out of modules, not closures",
    ),
    (
        "[1,2].map(|x| x.foo())",
        "a.rhai:1:17 in <closure>, a.rhai:1:7 script.error: nothing has a method `foo`; list what there is with `runbook doc`",
    ),
    (
        "parse_int(\"x\")",
        "a.rhai:1:1 script.error: `x` is not a number; invalid digit found in string; see what the text is before: `say(text)`; blanks around it go with `.trim()`",
    ),
    ("\"x\".to_int()", "a.rhai:1:5 script.error: `to_int` cannot be called with text"),
    (
        "let a = #{b: 1}; a.b(1)",
        "a.rhai:1:20 script.error: nothing has a method `b`; list what there is with `runbook doc`",
    ),
    ("global::X", "a.rhai:1:1 script.error: there is no constant `X` at the top of this file"),
    ("fn f(x) { x.y.z } f(#{y: 1})", "a.rhai:1:15 in f, a.rhai:1:19 script.error: a whole number has no property `z`"),
    (
        "step(\"a\", || 1, 2)",
        "a.rhai:1:11 word.argument: the `options` of `step` is a map, not a closure; call it as `step(name: text, body: closure)` or `step(name: text, options: map, body: closure)`",
    ),
    (
        "`${1 + \"\" - 1}`",
        "a.rhai:1:11 script.error: `-` cannot be applied to text and a whole number; make a number of the text with `parse_int(text)`",
    ),
    ("let a = 0..3; a[0]", "a.rhai:1:16 script.error: a range cannot be indexed"),
    ("import \"lib/b\" as b; b::X", "a.rhai:1:22 script.error: `lib/b` has no constant `X`"),
    (
        "let a = 1; a = a + ();",
        "a.rhai:1:18 script.error: `+` cannot join a whole number and nothing; look which side is `()`: a key that a map does not have gives `()`; `x ?? 0` allows for it",
    ),
    (
        "[\"a\", 1].sort()",
        "a.rhai:1:10 script.error: elements of different types cannot be sorted; say which of two comes first: `list.sort(|a, b| …)`",
    ),
    (
        "let x = #{}; x.y += 1",
        "a.rhai:1:18 script.error: `+` cannot join nothing and a whole number; look which side is `()`: a key that a map does not have gives `()`; `x ?? 0` allows for it",
    ),
    ("let x = [1]; x[\"a\"]", "a.rhai:1:16 script.error: a whole number is wanted here, and this is text"),
    ("\"abc\".sub_string(\"a\")", "a.rhai:1:7 script.error: `sub_string` cannot be called with text and text"),
    (
        "fn t() { this.x } t()",
        "a.rhai:1:10 in t, a.rhai:1:19 script.error: `this` means nothing here: the function is not called on anything; call it with a dot, `value.name(…)`",
    ),
];

fn said(text: &str) -> String {
    let files = [("a.rhai".to_owned(), text.to_owned()), ("lib/b".to_owned(), MODULE.to_owned())].into();
    let sources = Arc::new(Sources::from_records("a.rhai", files));
    let mut engine = crate::language::engine();
    engine.set_module_resolver(Resolver::new(Arc::clone(&sources)));
    let ast = crate::syntax::compile(&engine, &sources, "a.rhai").unwrap();
    let failure = match engine.eval_ast::<rhai::Dynamic>(&ast) {
        Ok(value) => return format!("gives {value}"),
        Err(error) => failure_of(&error, &sources),
    };
    let place = |frame: &Frame| match frame.function.as_str() {
        "" => frame.place.to_string(),
        function => format!("{} in {function}", frame.place),
    };
    let places: Vec<String> = failure.frames.iter().map(place).collect();
    let more: Vec<String> = failure.causes.iter().chain(&failure.hints).map(|text| format!("; {text}")).collect();
    format!("{} {}: {}{}", places.join(", "), failure.code, failure.what, more.concat())
}

#[test]
fn every_mistake_is_told_for_people() {
    for (text, expected) in MISTAKES {
        assert_eq!(said(text), *expected, "{text}");
    }
}

#[test]
fn a_list_joins_into_a_text() {
    assert_eq!(said("[\"a\", 1, true].join(\", \")"), "gives a, 1, true");
    assert_eq!(said("[].join(\", \")"), "gives ");
}

#[test]
fn a_failure_of_a_word_points_at_its_call_and_keeps_what_it_says() {
    let expected = "a.rhai:1:13 in <closure>, a.rhai:1:5 value.bad: the JSON cannot be read at line 1, column 1: \
                    expected value; line 1 is `?`";
    assert_eq!(said("[1].map(|x| json::parse(\"?\"))"), expected);
}

#[test]
fn a_chain_that_is_too_long_is_cut_at_its_outer_end() {
    let calls: String = (0..40).map(|n| format!("fn f{n}() {{ f{}() }}\n", n + 1)).collect();
    let said = said(&format!("{calls}fn f40() {{ throw \"deep\" }}\nf0()"));
    assert!(said.starts_with("a.rhai:41:12 in f40, a.rhai:40:12 in f39, "), "{said}");
    assert_eq!(said.matches(" in ").count(), FRAMES_MAX);
}
