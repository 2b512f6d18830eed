//! What is said of the mistakes people make: the place, what it is, why, and what to do.

use super::*;

/// A text and what is said of it: `line:col what; causes; hints`.
const MISTAKES: &[(&str, &str)] = &[
    ("step(\"a\", #{ undo: |_| f() }, || 1);", "1:21 a parameter cannot be called `_`; give it a name, `|was| …`"),
    ("let a = 1\nlet b = 2;", "1:10 `;` is missing before `let`; end line 1 with `;`"),
    ("let a = f(1;\nlet b = 2;", "1:10 this `(` is never closed; close it with `)`"),
    ("step(\"a\", || { f(1) ;\nlet b = 1;", "1:14 this `{` is never closed; close it with `}`"),
    ("step(\"a\", || { f(1) }));", "1:23 this `)` closes nothing; take it away, or put what it closes before it"),
    ("if true { 1 ", "1:9 this `{` is never closed; close it with `}`"),
    ("let a = [1, 2;", "1:9 this `[` is never closed; close it with `]`"),
    ("let a = #{ b: 1, c: 2 ;", "1:9 this `#{` is never closed; close it with `}`"),
    ("let a = #{ b = 1 };", "1:14 `:` is missing before `=`; in a map, write `b: value`"),
    ("let a = { b: 1 };", "1:11 `b:` stands in a block, not in a map; a map begins with `#{`"),
    (
        "let a = \"text;\nlet b = 1;",
        "1:9 this text is never closed; close it with `\"`; a text of several lines stands between backticks",
    ),
    ("let a = 'text';", "1:9 `'text'` is not one character; put a text in double quotes: `\"text\"`"),
    ("let a = `text;\n", "1:9 this text is never closed; close it with a backtick"),
    ("let var = 1;", "1:5 `var` cannot be used; write `let name = …;`"),
    ("var a = 1;", "1:1 `var` cannot be used; write `let name = …;`"),
    ("let a = null;", "1:9 `null` cannot be used; write `()` for nothing"),
    ("let a = None;", "1:9 `None` means nothing here; write `()` for nothing"),
    ("function f() {}", "1:1 `function` means nothing here; write `fn name(a, b) { … }`"),
    ("def f() {}", "1:1 `def` means nothing here; write `fn name(a, b) { … }`"),
    ("fn f(x { x }", "1:5 this `(` is never closed; close it with `)`"),
    ("fn f(x) x + 1", "1:9 the body of the function `f` is missing; put it in braces: `{ … }`"),
    ("fn f(x, x) { }", "1:9 the parameter `x` stands twice"),
    ("fn f() {} fn f() {}", "1:11 the function `f` with 0 parameters is defined twice"),
    ("if a == 1 {}", "1:4 there is no variable `a` here; declare it first: `let a = …;`"),
    ("if true {} elseif false {}", "1:12 `elseif` means nothing here; write `else if … { … }`"),
    ("if true {} elif false {}", "1:12 `elif` means nothing here; write `else if … { … }`"),
    ("if (true) 1;", "1:11 `{` is missing before `1`; it is needed to start a statement block"),
    ("if true then 1", "1:9 `{` is missing before `then`; write `if … { … }`"),
    ("let a = 1; if a = 1 {}", "1:17 `=` assigns, and something is asked here; compare with `==`"),
    ("let a = true and false;", "1:13 `;` is missing before `and`; write `&&`"),
    ("let a = true or false;", "1:13 `;` is missing before `or`; write `||`"),
    ("let a = not true;", "1:9 `not` means nothing here; write `!`"),
    ("let a = 1; a++;", "1:13 `++` is no operator; write `a += 1`"),
    ("let a = 1; a === 2", "1:14 `===` cannot be used; write `==`"),
    ("for (x in [1]) {}", "1:8 `,` is missing before `in`; write `for item in list { … }`, without parentheses"),
    ("for x of [1] {}", "1:7 `in` is missing before `of`; write `for item in list { … }`"),
    ("foreach x in [1] {}", "1:1 `foreach` means nothing here; write `for item in list { … }`"),
    ("for x in [1] print(x)", "1:14 `print` cannot be used; say it with `say(\"…\")`"),
    ("while true", "1:11 `{` is missing at the end; it is needed to start a statement block"),
    (
        "try { 1 } catch e { 2 }",
        "1:17 `{` is missing before `e`; name what is caught in parentheses: `catch (e) { … }`",
    ),
    ("try { 1 } except { 2 }", "1:11 this `try` has no `catch`; write `try { … } catch (e) { … }`"),
    ("break;", "1:1 `break` stands outside a loop"),
    ("continue;", "1:1 `continue` stands outside a loop"),
    ("eval(\"1\")", "1:1 `eval` cannot be used; what it would run could not be reviewed"),
    ("print(\"a\");", "1:1 `print` cannot be used; say it with `say(\"…\")`"),
    ("match 1 { }", "1:1 `match` cannot be used; write `switch value { 1 => …, 2 => …, _ => … }`"),
    ("switch 1 { case 1: 2 }", "1:12 `case` means nothing here; write `switch value { 1 => …, 2 => …, _ => … }`"),
    ("switch 1 { 1: 2 }", "1:13 `=>` is missing before `:`; write `switch value { 1 => …, _ => … }`"),
    ("let a = $x;", "1:9 `$` cannot be used; a `${…}` stands only in a text between backticks"),
    ("let a = 1; a.match = 2;", "1:14 `match` is a reserved word; write `[\"match\"]` instead of `.match`"),
    ("let x = y;", "1:9 there is no variable `y` here; declare it first: `let y = …;`"),
    ("let x = inputs.a;", "1:9 `inputs` is a word, and is called with parentheses; write `inputs()`"),
    (
        "fn f() { pool }\nlet pool = 1;",
        "1:10 there is no variable `pool` here; it is declared on line 2, and a function sees only its own variables; give it to the function as an argument",
    ),
    ("kub::get(\"a\");", "1:1 there is no module `kub` here; import it first: `import \"lib/kub\" as kub;`"),
    ("let a = local.run(\"x\");", "1:9 the words of `local` follow two colons; write `local::run`"),
    ("const A = 1; A = 2;", "1:14 `A` is a constant and cannot be assigned to; declare it with `let A = …;`"),
    ("let a = #{ b: 1, b: 2 };", "1:18 `b` stands twice in one map"),
    ("let a = (1 + );", "1:14 `)` cannot stand here"),
    ("let a = 1 +;", "1:12 `;` cannot stand here"),
    ("let = 1;", "1:5 the name of a variable is missing"),
    ("let 1a = 1;", "1:5 the name of a variable is missing; a name begins with a letter or `_`"),
    ("let a-b = 1;", "1:6 `;` is missing before `-`; a name holds only letters, digits and `_`"),
    ("let a = 0xzz;", "1:9 `0xzz` is not a number"),
    (
        "let a = \"\\q\";",
        "1:11 `\\q` means nothing in a text; write `\\\\` for a backslash, or put the text between backticks",
    ),
    ("step \"a\" { f() }", "1:1 `step` is a word, and is called with parentheses; write `step(…)`"),
    ("step(\"a\", () => { f() });", "1:14 `,` is missing before `=>`; write a closure as `|a, b| …`"),
    (
        "step(\"a\", |x, || 1);",
        "1:15 `|` is missing before `||`; it is needed to close the parameters list of anonymous function or closure",
    ),
    ("step(\"a\" || 1);", "1:10 `,` is missing before `||`; put it before the closure: `\"name\", || …`"),
    ("import \"a\" a;", "1:11 `;` is missing before `a`; write `import \"a\" as a;`"),
    ("import a as b;", "1:8 there is no variable `a` here; declare it first: `let a = …;`"),
    ("import \"a\" as 1;", "1:15 the name of a variable is missing; a name begins with a letter or `_`"),
    ("export 1;", "1:8 the name of a variable is missing; a name begins with a letter or `_`"),
    ("let x: int = 1;", "1:6 a variable has no type; write `let x = …;`"),
    ("let a = b ? 1 : 2;", "1:9 there is no variable `b` here; declare it first: `let b = …;`"),
    ("let a = [1, 2]; a[0;", "1:18 this `[` is never closed; close it with `]`"),
    (
        "fn step(n) { }",
        "1:4 `step` is a word of the engine, and cannot be redefined; give the function another name, such as `my_step`",
    ),
    ("fn 1f() {}", "1:4 the name of the function is missing; write `fn name(a, b) { … }`"),
    ("fn call() {}", "1:4 `call` is a reserved word; choose another name"),
    ("goto 1;", "1:1 `goto` is a reserved word; choose another name"),
    ("let a = async;", "1:9 `async` cannot be used; go on side by side with `parallel(\"name\", items, |item| …)`"),
    ("let a = 1_000.5.5;", "1:17 the name of a property is missing after the dot"),
    ("# comment", "1:1 `#` cannot be used; a comment begins with `//`, a map with `#{`"),
    ("-- comment", "1:1 `--` cannot be used; write `a -= 1`; a comment begins with `//`"),
    ("<!-- -->", "1:1 `<` cannot stand here"),
    ("let a = “text”;", "1:9 `“` cannot stand here; put the text in plain double quotes"),
    ("} let a = 1;", "1:1 this `}` closes nothing; take it away, or put what it closes before it"),
    ("let a = f(1, 2,, 3);", "1:16 `,` cannot stand here"),
    ("let a = 1.2.3;", "1:13 the name of a property is missing after the dot"),
    ("{", "1:1 this `{` is never closed; close it with `}`"),
    ("(", "1:1 this `(` is never closed; close it with `)`"),
    ("let a = #{", "1:9 this `#{` is never closed; close it with `}`"),
    (
        "let s = \"${",
        "1:9 this text is never closed; close it with `\"`; a text of several lines stands between backticks",
    ),
    ("if", "1:3 the text ends in the middle of something"),
    ("let", "1:4 the name of a variable is missing"),
    ("fn", "1:3 the name of the function is missing; write `fn name(a, b) { … }`"),
    ("import", "1:7 the text ends in the middle of something"),
    ("let a = /* x", "1:9 this comment is never closed; close it with `*/`; comments nest"),
    ("let a = |x| -> x;", "1:13 `->` cannot be used; write a closure as `|a, b| …`"),
    (
        "step(\"a\", fn() { 1 });",
        "1:11 `fn` cannot stand here; write a closure as `|a, b| …`; functions stand at the top of the file",
    ),
    ("let a = new Foo();", "1:9 `new` cannot be used; write a map: `#{ key: value }`"),
    ("this.x", "1:1 `this` can only be used in functions"),
    ("with x { }", "1:1 `with` is a reserved word; choose another name"),
    ("let x = 5 5;", "1:10 `;` is missing before `5`; put a `;` before `5`"),
    ("let a == 5;", "1:6 `;` is missing before `==`; write `let a = …;`"),
    ("a := 5;", "1:1 there is no variable `a` here; declare it first: `let a = …;`"),
    ("let a = ~5;", "1:9 `~` means nothing here"),
    (
        "let (a, b) = [1,2];",
        "1:5 the name of a variable is missing; declare each by itself: `let a = list[0]; let b = list[1];`",
    ),
    (
        "let [a] = [1];",
        "1:5 the name of a variable is missing; declare each by itself: `let a = list[0]; let b = list[1];`",
    ),
    ("let a, b = 1;", "1:6 `;` is missing before `,`; declare each by itself: `let a = 1; let b = 2;`"),
    ("do { } ", "1:8 `while` is missing at the end; it is needed for the do statement"),
    ("do { } while", "1:13 the text ends in the middle of something"),
    ("loop 1;", "1:6 `{` is missing before `1`; it is needed to start a statement block"),
    ("let a = if true 1 else 2;", "1:17 `{` is missing before `1`; it is needed to start a statement block"),
    ("let timeout = 1;\nlet a = timeuot;", "2:9 there is no variable `timeuot` here; did you mean `timeout`?"),
    ("fn f(node) { nod }", "1:14 there is no variable `nod` here; did you mean `node`?"),
    ("let f = |item| itm;", "1:16 there is no variable `itm` here; did you mean `item`?"),
    (
        "const POOL = 1;\nfn f() { POOL }",
        "2:10 there is no variable `POOL` here; it is declared on line 1, and a function sees only its own variables; write `global::POOL`",
    ),
    ("let b = aa;\nlet aa = 1;", "1:9 there is no variable `aa` here; it is declared on line 2, after this"),
    (
        "if true { let found = 1; }\nlet b = found;",
        "2:9 there is no variable `found` here; it is declared on line 1, in a block that has ended; declare it before the block: `let found = ();`",
    ),
    (
        "fn f() {\n    if true {\n        1\n    \n}\nfn g() { 1 }",
        "1:8 this `{` is never closed; the `}` on line 5 closes the `{` of line 2: are they a pair?; close it with `}`",
    ),
    (
        "step(\"a\", || {\n    f(1;\n});",
        "2:6 this `(` is never closed; the `}` on line 3 comes first; close it with `)`",
    ),
    (
        "step(\"a\", #{ retry: 3, || 1);",
        "1:11 this `#{` is never closed; the `)` on line 1 comes first; close it with `}`",
    ),
    (
        "import \"std/files\" as file;",
        "1:23 the words `file::…` are the engine's, and an import cannot take their place; import it under another name, such as `my_file`",
    ),
    ("let a = `b ${f(1 c`;", "1:19 this text is never closed; close it with a backtick"),
    (
        "let a = 1;\n/* not closed\nlet b = 2;",
        "2:1 this comment is never closed, and takes in all that follows; close it with `*/`; comments nest",
    ),
    (
        "let a = \"one\ntwo\";",
        "1:9 this text is never closed; close it with `\"`; a text of several lines stands between backticks",
    ),
    ("fil::read(\"a\");", "1:1 there is no module `fil` here; did you mean `file`?"),
];

fn said(text: &str) -> String {
    let sources = Sources::from_records("a", [("a".to_owned(), text.to_owned())].into());
    match compile(&crate::language::engine(), &sources, "a") {
        Ok(_) => "nothing".into(),
        Err(failure) => {
            let at = &failure.frames[0].place;
            let more: Vec<String> =
                failure.causes.iter().chain(&failure.hints).map(|text| format!("; {text}")).collect();
            format!("{}:{} {}{}", at.line, at.col, failure.what, more.concat())
        }
    }
}

#[test]
fn every_mistake_is_told_for_people() {
    for (text, expected) in MISTAKES {
        assert_eq!(said(text), *expected, "{text}");
    }
}

#[test]
fn what_is_right_is_not_complained_of() {
    for text in ["", "throw", "let a = 1;;", "fn my_step() {}", "import \"std/files\" as files;", "/* a /* b */ */ 1"] {
        assert_eq!(said(text), "nothing", "{text}");
    }
}

#[test]
fn a_mistake_in_a_module_is_shown_there() {
    let files = [("a.rhai", "import \"lib/b\" as b;"), ("lib/b", "fn f() {\n  g(\n}")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let failure = parse(&crate::language::engine(), &Sources::from_records("a.rhai", files.into())).unwrap_err();
    assert_eq!((failure.code.as_str(), failure.what.as_str()), (code::SCRIPT_SYNTAX, "this `(` is never closed"));
    let frame = &failure.frames[0];
    assert_eq!((frame.place.to_string(), frame.text.as_str(), frame.width), ("lib/b:2:4".to_owned(), "  g(", 1));
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_or_explained(text in r#"(let |fn |if |\|\||step|\$\{|[a-c0-9"'`#{}()\[\];:,.=+*/ \n\\]){0,40}"#) {
        let _ = said(&text);
    }
}
