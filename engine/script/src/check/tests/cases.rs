//! Runbooks, and what is found in them.

/// What the runbooks below can import.
pub(super) const MODULES: [(&str, &str); 2] = [
    (
        "lib/k8s",
        "fn drain(n) { step(\"cordon\", || 1); }\nfn touch() { file::mkdir(\"/x\"); }\nprivate fn hidden() { 1 }\n\
         fn make() { |x| x }",
    ),
    ("lib/acts", "let x = 1;\nconst Y = now();\nstep(\"a\", || 1);\nfn f() { 1 }"),
];

/// Runbooks and what is found in them, `places code: what; causes; hints`; a warning begins with `?`.
pub(super) const WRONG: &[(&str, &[&str])] = &[
    (
        "step(\"a\", || ssh::write(\"n1\", \"/x\", \"\"));",
        &[
            "1:14 needs.refused: `ssh: write /x` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: ssh = [\"write /x\"]",
        ],
    ),
    (
        "ssh::unit(\"n1\", \"k3s.service\");",
        &[
            "1:1 needs.refused: `ssh: service k3s` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: ssh = [\"service k3s\"]",
        ],
    ),
    ("stepp(\"a\", || 1);", &["1:1 script.error: there is no word or function `stepp`; did you mean `step`?"]),
    ("xyzzy(1);", &["1:1 script.error: there is no word or function `xyzzy`; list the words with `runbook doc`"]),
    (
        "let f = |x| x; f(1);",
        &["1:16 script.error: `f` is a variable, not a function; call the closure it holds with `f.call(…)`"],
    ),
    ("len(1, 2);", &["1:1 script.error: `len` is called with 2 arguments; it takes 1"]),
    ("[1].push();", &["1:5 script.error: the method `push` is called with 0 arguments; it takes 1"]),
    ("[1].psh(1);", &["1:5 script.error: nothing has a method `psh`; did you mean `push`?"]),
    ("\"a\".xyzzy();", &["1:5 script.error: nothing has a method `xyzzy`; list what there is with `runbook doc`"]),
    ("fn f(a) { a }\nf(1, 2);", &["2:1 script.error: `f` is called with 2 arguments; it is `f(a)`"]),
    (
        "step(\"a\");",
        &[
            "1:1 word.argument: `step` is called with 1 argument; call it as `step(name: text, body: closure)` or `step(name: text, options: map, body: closure)`",
        ],
    ),
    (
        "step(\"a\", || 1, #{});",
        &[
            "1:11 word.argument: the `options` of `step` is a map, not a closure; call it as `step(name: text, body: closure)` or `step(name: text, options: map, body: closure)`",
        ],
    ),
    (
        "step(\"a\", { 1 });",
        &[
            "1:11 word.argument: the `body` of `step` is a block, which is done at once, and not a closure; put `||` before it: `|| { … }`",
        ],
    ),
    (
        "step(|| 1, \"a\");",
        &[
            "1:6 word.argument: the `name` of `step` is text, not a closure; call it as `step(name: text, body: closure)` or `step(name: text, options: map, body: closure)`",
        ],
    ),
    (
        "step(1, || 1);",
        &[
            "1:6 word.argument: the `name` of `step` is text, not a whole number; call it as `step(name: text, body: closure)` or `step(name: text, options: map, body: closure)`",
        ],
    ),
    (
        "step(\"a\", |x| x);",
        &["1:11 word.argument: the `body` of `step` is given 0 arguments, and asks for `x`; write it as `|| …`"],
    ),
    (
        "parallel(\"a\", [1], |x, y| x);",
        &[
            "1:20 word.argument: the `body` of `parallel` is given 1 argument, and asks for `x` and `y`; write it as `|item| …`",
        ],
    ),
    (
        "step(\"a\", #{ timeuot: \"1m\" }, || 1);",
        &["1:14 word.option: `step` has no option `timeuot`; did you mean `timeout`?"],
    ),
    (
        "step(\"a\", #{ colour: 1 }, || 1);",
        &[
            "1:14 word.option: `step` has no option `colour`; its options are `retry`, `backoff`, `timeout`, `undo`, `done_when`, `key` and `why`",
        ],
    ),
    (
        "step(\"a\", #{ retry: \"3\", timeout: \"1m\" }, || 1);",
        &[
            "1:14 word.option: option `retry` of `step` takes a whole number, not text `3`; write it without quotes: `retry: 3`",
        ],
    ),
    (
        "step(\"a\", #{ timeout: \"10\" }, || 1);",
        &[
            "1:14 word.option: option `timeout` of `step` takes a length of time, not text `10`; say the unit: `\"10s\"`, `\"10m\"` or `\"10h\"`",
        ],
    ),
    (
        "step(\"a\", #{ undo: now() }, || 1);\nstep(\"b\", #{ undo: 1 }, || 1);",
        &[
            "2:14 word.option: option `undo` of `step` takes a closure `|value| …`, not a whole number; write `undo: |value| …`",
        ],
    ),
    (
        "env(\"A\");",
        &[
            "1:1 script.error: there is no word or function `env`; take it as an input, `inputs().name`: an input may come from the environment",
        ],
    ),
    ("local::rnu(\"a\");", &["1:1 script.error: there is no word `local::rnu`; did you mean `local::run`?"]),
    (
        "step(\"a\", || locl::read(\"a\"));",
        &["1:14 script.error: there is no module `locl` here; did you mean `local`?"],
    ),
    (
        "import \"lib/k8s\" as k8s;\nk8s::drian(1);",
        &["2:1 script.error: `lib/k8s` has no function `drian`; did you mean `drain`?"],
    ),
    (
        "import \"lib/k8s\" as k8s;\nk8s::drain();",
        &["2:1 script.error: `k8s::drain` is called with 0 arguments; it is `drain(n)`"],
    ),
    (
        "import \"lib/k8s\" as k8s;\nk8s::hidden();",
        &[
            "2:1 script.error: `hidden` is private to `lib/k8s`; take `private` away from it, or use another function of the module",
        ],
    ),
    (
        "import \"lib/k8s\" as k8s;\nlet x = k8s::make();",
        &[
            "?lib/k8s:4:13 script.error: `make` gives a closure out of its module; a closure does not know the module it was made in: it can be called only there; give values, and make the closure where it is used: `|| module::function(…)`",
        ],
    ),
    (
        "step(\"a\", || 1);\nstep(\"a\", || 2);",
        &[
            "2:1 step.repeated: two things are named `a`; the first is on line 1; give each its own name, or put them into phases of their own",
        ],
    ),
    (
        "if now() > 1 { step(\"a\", || 1); }\nstep(\"a\", || 2);",
        &[
            "2:1 step.repeated: two things are named `a`; the first is on line 1; give each its own name, or put them into phases of their own",
        ],
    ),
    (
        "for x in [1] { step(\"a\", || 1); }",
        &[
            "1:16 step.repeated: `a` stands in a loop, and would be named twice; make the name tell them apart, `` `a ${item}` ``, or add the option `key`",
        ],
    ),
    (
        "[1].for_each(|x| step(\"a\", || 1));",
        &[
            "1:18<1:5 step.repeated: `a` stands in a loop, and would be named twice; make the name tell them apart, `` `a ${item}` ``, or add the option `key`",
        ],
    ),
    (
        "import \"lib/k8s\" as k8s;\nk8s::drain(1);\nk8s::drain(2);",
        &[
            "lib/k8s:1:15<3:1 step.repeated: two things are named `cordon`; the first comes from the call at a.rhai:2; give each its own name, or put them into phases of their own",
        ],
    ),
    (
        "import \"lib/k8s\" as k8s;\nfor n in [1, 2] { k8s::drain(n); }",
        &[
            "lib/k8s:1:15<2:19 step.repeated: `cordon` stands in a loop, and would be named twice; make the name tell them apart, `` `cordon ${item}` ``, or add the option `key`",
        ],
    ),
    (
        "import \"lib/k8s\" as k8s;\nk8s::drain(1);\nstep(\"cordon\", || 1);",
        &[
            "3:1 step.repeated: two things are named `cordon`; the first is at lib/k8s:1; give each its own name, or put them into phases of their own",
        ],
    ),
    ("step(\" \", || 1);", &["1:1 step.name: the name is empty; give it a short name that says what is done"]),
    (
        "let t = 0;\nstep(\"a\", || { t += 1; });",
        &[
            "2:16 step.leak: this body of `step` writes to `t`, which stands outside it; a resumed run does not run a finished body again, so the write would be lost; give the value back and assign it outside: `t = step(…, || …)`",
        ],
    ),
    (
        "let t = [];\nstep(\"a\", || { [1].for_each(|x| t.push(x)); });",
        &[
            "2:35 step.leak: this body of `step` writes to `t`, which stands outside it; a resumed run does not run a finished body again, so the write would be lost; give the value back and assign it outside: `t = step(…, || …)`",
        ],
    ),
    (
        "let t = #{};\nparallel(\"a\", [1], |x| { t.a = x; });",
        &[
            "2:26 step.leak: this body of `parallel` writes to `t`, which stands outside it; each branch has its own copy, so the write would be lost; give the value back, and take it from the list: `let all = parallel(…, |item| …)`",
        ],
    ),
    (
        "let t = 0;\nstep(\"a\", #{ undo: |was| t += 1 }, || 1);",
        &[
            "2:26 step.leak: this body of `step` writes to `t`, which stands outside it; a resumed run does not run a finished body again, so the write would be lost; give the value back and assign it outside: `t = step(…, || …)`",
        ],
    ),
    (
        "let t = 0;\nphase(\"p\", || step(\"a\", || { t = 2; }));",
        &[
            "2:30 step.leak: this body of `step` writes to `t`, which stands outside it; a resumed run does not run a finished body again, so the write would be lost; give the value back and assign it outside: `t = step(…, || …)`",
        ],
    ),
    (
        "file::mkdir(\"x\");",
        &[
            "1:1 step.outside: `file::mkdir` changes the world and stands outside a step; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "fn f() { file::mkdir(\"x\"); }\nf();",
        &[
            "1:10<2:1 step.outside: `file::mkdir` changes the world and stands outside a step; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "import \"lib/k8s\" as k8s;\nphase(\"p\", || k8s::touch());",
        &[
            "lib/k8s:2:14 needs.refused: `file: write /x` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: file = [\"write /x\"]",
            "lib/k8s:2:14<2:15<2:1 step.outside: `file::mkdir` changes the world and stands outside a step; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "check(\"a\", || local::run(\"x\").status == 0);",
        &[
            "1:15 needs.refused: `local: run x` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: local = [\"run x\"]",
            "1:15<1:1 step.outside: `local::run` changes the world, and a check may only look; use `local::read` for a command that only looks",
        ],
    ),
    (
        "step(\"a\", #{ done_when: || file::write(\"x\", \"y\"), undo: |was| file::remove(\"x\") }, || 1);",
        &[
            "1:28<1:1 step.outside: `file::write` changes the world, and `done_when` may only look; put it into a step: `step(\"…\", || file::write(…))`",
        ],
    ),
    (
        "wait(\"a\", #{ timeout: \"1m\" }, || file::mkdir(\"x\"));",
        &[
            "1:34<1:1 step.outside: `file::mkdir` changes the world, and a wait may only look; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "attempt(|| file::mkdir(\"x\"));",
        &[
            "1:12<1:1 step.outside: `file::mkdir` changes the world and stands outside a step; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "fn a() { b() }\nfn b() { a(); file::mkdir(\"x\"); }\na();",
        &[
            "2:15<1:10<3:1 step.outside: `file::mkdir` changes the world and stands outside a step; put it into a step: `step(\"…\", || file::mkdir(…))`",
        ],
    ),
    (
        "wait(\"a\", #{ every: \"1s\" }, || true);",
        &["1:1 word.option: this wait does not say how long; add `timeout: \"5m\"` to its options"],
    ),
    (
        "wait(\"a\", || true);",
        &[
            "1:1 word.argument: `wait` is called with 2 arguments; call it as `wait(name: text, options: map, body: closure)`",
        ],
    ),
    (
        "let x = inputs().colour;",
        &[
            "1:18 input.bad: the front matter describes no input `colour`; describe it: `[inputs.colour]` with its `type`",
        ],
    ),
    (
        "let x = inputs()[\"colour\"].len();",
        &[
            "1:18 input.bad: the front matter describes no input `colour`; describe it: `[inputs.colour]` with its `type`",
        ],
    ),
    (
        "//! ```toml\n//! [inputs.color]\n//! type = \"string\"\n//! ```\nlet x = inputs().colour; let y = inputs().color.len();",
        &["5:18 input.bad: the front matter describes no input `colour`; did you mean `color`?"],
    ),
    (
        "try { 1 } catch { 2 }",
        &[
            "?1:17 script.error: this `catch` drops what it catches, failures of the engine included; name it and look at it: `catch (e) { if e.code != \"…\" { throw e; } }`, or use `attempt`",
        ],
    ),
    (
        "let node = 1;\nsay(\"at ${node}\");",
        &[
            "?2:5 script.error: `${node}` stands as it is in double quotes; put the text between backticks, where `${…}` is computed",
        ],
    ),
    (
        "say(\"at ${inputs().x}\");",
        &[
            "?1:5 script.error: `${inputs}` stands as it is in double quotes; put the text between backticks, where `${…}` is computed",
        ],
    ),
    (
        "step(\"a\", || local::run(\"rm -rf /\"));",
        &[
            "1:14 needs.refused: `local: run rm -rf /` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: local = [\"run rm -rf /\"]",
        ],
    ),
    ("let y = x;\nstepp(1);", &["1:9 script.syntax: there is no variable `x` here; declare it first: `let x = …;`"]),
    (
        "//! ```toml\n//! nme = \"x\"\n//! ```\nlet y = x;",
        &[
            "2:5 front.bad: the front matter has no key `nme`; did you mean `name`?",
            "4:9 script.syntax: there is no variable `x` here; declare it first: `let x = …;`",
        ],
    ),
    (
        "import \"lib/acts\" as a;\na::f();",
        &[
            "lib/acts:1:1 import.bad: a module holds functions, constants and imports, and this is a variable; make it a constant, `const NAME = …;`, and read it as `global::NAME`",
            "lib/acts:2:11 import.bad: a constant of a module cannot ask `now`; a module is read once, and its constants are the same in every run; make it a function",
            "lib/acts:3:1 import.bad: a module holds functions, constants and imports, and this would be done by importing it; put it into a function",
        ],
    ),
    (
        "step(\"long\", || {\n    local::read(\"x\")\n});",
        &[
            "2:5 needs.refused: `local: read x` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: local = [\"read x\"]",
        ],
    ),
    ("step(\"a\", || stepp());", &["1:14 script.error: there is no word or function `stepp`; did you mean `step`?"]),
    (
        "import \"lib/k8s\" as k8s;\nstep(\"a\", || k8s::touch());",
        &[
            "lib/k8s:2:14 needs.refused: `file: write /x` is not in the runbook's `needs`; if it may, write this line under `[needs]` in its front matter: file = [\"write /x\"]",
        ],
    ),
    (
        "switch now() { 1 => step(\"a\", || 1), _ => 1 }\nstep(\"a\", || 1);",
        &[
            "2:1 step.repeated: two things are named `a`; the first is on line 1; give each its own name, or put them into phases of their own",
        ],
    ),
    (
        "gate(\"go\", \"text\"); step(\"go\", || 1);",
        &[
            "1:21 step.repeated: two things are named `go`; the first is on line 1; give each its own name, or put them into phases of their own",
        ],
    ),
    (
        "let t = 0;\nfn f(x) { x }\nstep(\"a\", || { t.set(1); \"a\".to_upper() });",
        &[
            "3:18 script.error: the method `set` is called with 1 argument; it takes 2",
            "3:18 step.leak: this body of `step` writes to `t`, which stands outside it; a resumed run does not run a finished body again, so the write would be lost; give the value back and assign it outside: `t = step(…, || …)`",
        ],
    ),
    (
        "attempt(|| { step(\"a\", || 1); });\nstep(\"a\", || 1);",
        &[
            "2:1 step.repeated: two things are named `a`; the first is on line 1; give each its own name, or put them into phases of their own",
        ],
    ),
];

/// Runbooks in which nothing is found.
pub(super) const RIGHT: &[&str] = &[
    "step(\"a\", || 1);",
    "step(\"a\", #{ timeout: 90, backoff: \"1s..2s\", key: 7, why: `${now()}` }, || 1);",
    "let m = #{ go_on: |x| x }; m.go_on(1);",
    "fn f(a) { a }\nlet x = 1; x.f(); f(x);",
    "parallel(\"a\", [1], |x| x);",
    "let o = #{ x: 1 }; step(\"a\", o, || 1);",
    "if now() > 1 { step(\"a\", || 1); } else { step(\"a\", || 2); }",
    "if now() > 1 { step(\"a\", || 1); return; }\nstep(\"a\", || 2);",
    "switch now() { 1 => step(\"a\", || 1), 2 => { step(\"a\", || 1) }, _ => 1 }",
    "phase(\"p\", || { step(\"a\", || 1); });\nphase(\"q\", || { step(\"a\", || 1); });",
    "for x in [1] { step(`a ${x}`, || 1); }",
    "for x in [1] { step(\"a\", #{ key: x }, || 1); }",
    "for x in step(\"list\", || [1]) { }",
    "parallel(\"p\", [1], |x| step(\"a\", || 1));",
    "for x in [1] { phase(`p ${x}`, || step(\"a\", || 1)); }",
    "fn f() { f() }\nf();",
    "step(\"a\", || { step(\"a\", || 1) });",
    "let t = 0;\nstep(\"a\", || { let t = t; t += 1; t });",
    "let t = 0;\nphase(\"a\", || { t += 1; });",
    "let t = 0;\nstep(\"a\", || { if t > 1 { let u = 1; u += t; u } });",
    "step(\"a\", || file::mkdir(\"x\"));",
    "undo(\"a\", || file::remove(\"x\"));",
    "fn f() { file::mkdir(\"x\"); }\nstep(\"a\", || f());",
    "try { 1 } catch (e) { throw e; }",
    "say(\"at ${HOME}\");",
    "let f = || 1;\nstep(\"a\", || f.call());",
    "fn f(x) { x }\n[1].map(Fn(\"f\"));",
];
