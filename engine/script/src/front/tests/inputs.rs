//! From what is given to the values of the inputs.

use std::collections::BTreeMap;

use proptest::prelude::*;
use runbook_model::Value;

use super::{drawn, header};
use crate::front::input::Input;
use crate::front::{Given, Origin, Resolved, parse_answer, resolve};

const POOL: &str = r#"
[inputs.chart]
type = "version"
default = "1.18.4"
[inputs.count]
type = "int"
min = 1
max = 9
[inputs.nets]
type = "list"
of = "cidr"
required = false
[inputs.mode]
type = "enum"
options = ["fast", "slow"]
default = "slow"
[inputs.out-dir]
type = "path"
default = "~/out"
[inputs.labels]
type = "map"
required = false
"#;

fn given(set: &[(&str, &str)], file: Option<(&str, &str)>, env: &[(&str, &str)]) -> Given {
    let own = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    let env: BTreeMap<String, String> = env.iter().map(own).chain([("HOME".into(), "/home/ada".into())]).collect();
    Given {
        set: set.iter().map(own).collect(),
        file: file.as_ref().map(own),
        env: Box::new(move |name| env.get(name).cloned()),
    }
}

fn ok<'i>(inputs: &'i [Input], given: &Given) -> Resolved<'i> {
    resolve(inputs, given).unwrap_or_else(|failures| panic!("{failures:?}"))
}

fn wrong(toml: &str, given: &Given) -> String {
    resolve(&header(toml).inputs, given).unwrap_err().iter().map(drawn).collect()
}

#[test]
fn what_is_typed_goes_before_the_file_that_before_the_environment_that_before_the_default() {
    let inputs = header(POOL).inputs;
    let env = [("RUNBOOK_INPUT_COUNT", "4"), ("RUNBOOK_INPUT_MODE", "fast"), ("RUNBOOK_INPUT_OUT_DIR", "/env")];
    let file = ("prod.toml", "count = 3\nmode = \"slow\"\nlabels = { a = 1, b = [true] }");
    let resolved = ok(&inputs, &given(&[("count", "1"), ("count", "2")], Some(file), &env));
    let labels = Value::from([("a", Value::Int(1)), ("b", Value::List(vec![Value::Bool(true)]))]);
    let expected = [
        ("chart", "1.18.4".into(), Origin::Default),
        ("count", Value::Int(2), Origin::Set),
        ("labels", labels, Origin::File),
        ("mode", "slow".into(), Origin::File),
        ("nets", Value::Unit, Origin::Nothing),
        ("out-dir", "/env".into(), Origin::Env),
    ];
    for (name, value, origin) in expected {
        assert_eq!((&resolved.values[name], resolved.origins[name]), (&value, origin), "{name}");
    }
    assert!(resolved.missing.is_empty());
}

#[test]
fn a_file_is_toml_yaml_or_json_by_its_name_or_by_its_look() {
    let inputs = header(POOL).inputs;
    for (name, text) in [
        ("a.toml", "count = 3\nnets = [\"10.0.0.0/8\"]"),
        ("a.yaml", "count: 3\nnets:\n- 10.0.0.0/8\nlabels:\n"),
        ("a.yml", "# first\n{count: 3, nets: [10.0.0.0/8]}"),
        ("a.json", "{\"count\": 3, \"nets\": [\"10.0.0.0/8\"], \"mode\": null}"),
        ("/dev/fd/3", "\u{feff}{\"count\": 3, \"nets\": [\"10.0.0.0/8\"]}"),
        ("inputs", "# first\n\ncount = 3\nnets = [\"10.0.0.0/8\"]"),
        ("inputs", "---\ncount: 3\r\nnets: [10.0.0.0/8]"),
    ] {
        let resolved = ok(&inputs, &given(&[], Some((name, text)), &[]));
        assert_eq!(resolved.values["count"], Value::Int(3), "{text}");
        assert_eq!(resolved.values["nets"], Value::List(vec!["10.0.0.0/8".into()]), "{text}");
        assert_eq!(resolved.values["mode"], "slow".into(), "{text}");
    }
}

#[test]
fn lists_and_maps_can_be_typed_in_short_or_as_json() {
    let inputs = header(POOL).inputs;
    let take = |name: &str, text: &str| parse_answer(inputs.iter().find(|input| input.name == name).unwrap(), text);
    let nets = Value::List(vec!["10.0.0.0/8".into(), "fd00::/8".into()]);
    assert_eq!(take("nets", "10.0.0.0/8, fd00::/8"), Ok(nets.clone()));
    assert_eq!(take("nets", "[\"10.0.0.0/8\", \"fd00::/8\"]"), Ok(nets));
    let labels = Value::from([("a", "1".into()), ("b", "x=y".into())]);
    assert_eq!(take("labels", "a=1, b=x=y"), Ok(labels));
    assert_eq!(take("labels", "{\"a\": 1}"), Ok(Value::from([("a", Value::Int(1))])));
    assert_eq!(take("nets", ""), Ok(Value::Unit), "an optional one can be left out");
    assert_eq!(take("mode", "\n"), Ok("slow".into()), "nothing typed is the default");
    assert_eq!(
        drawn(&take("nets", "10.0.0.0/8,x").unwrap_err()),
        "\
input.bad: input `nets`: item 2 takes a block of addresses, not `x`
hint: give it like this: `10.0.0.0/16`
"
    );
}

#[test]
fn everything_wrong_is_told_at_once() {
    let file = ("prod.yaml", "chart: 1.18\nnodes: 3\n");
    let given =
        given(&[("mod", "x"), ("mode", "fats"), ("labels", "x")], Some(file), &[("RUNBOOK_INPUT_NETS", "10.0.0.1/8")]);
    let expected = "\
input.bad: there is no input `mod` (from `--set`)
hint: did you mean `mode`?
input.bad: there is no input `nodes` (from `prod.yaml`)
hint: its inputs are `chart`, `count`, `nets`, `mode`, `out-dir` and `labels`
input.bad: input `chart` takes a version, not the number `1.18` (from `prod.yaml`)
hint: give it like this: `chart: \"1.18.4\"`
input.bad: input `nets`: item 1 takes a block of addresses, not `10.0.0.1/8` (from `RUNBOOK_INPUT_NETS`)
hint: write `10.0.0.0/8`, which begins the block that holds `10.0.0.1`
input.bad: input `mode` has no option `fats` (from `--set`)
hint: did you mean `fast`?
input.bad: input `labels` takes a map, not `x` (from `--set`)
hint: give it like this: `--set labels=a=1,b=2`
input.bad: input `count` is missing
hint: give it with `--set count=…`: a whole number, like `1`
";
    assert_eq!(wrong(POOL, &given), expected);
}

#[test]
fn an_example_of_a_right_value_is_in_the_words_of_where_the_wrong_one_was() {
    let toml = "[inputs.wait-for]\ntype = \"duration\"\n";
    let cases = [
        (given(&[("wait-for", "5")], None, &[]), "--set`)\nhint: give it like this: `--set wait-for=10m`"),
        (
            given(&[], None, &[("RUNBOOK_INPUT_WAIT_FOR", "5")]),
            "FOR`)\nhint: give it like this: `RUNBOOK_INPUT_WAIT_FOR=10m`",
        ),
        (
            given(&[], Some(("a.toml", "wait-for = \"5\"")), &[]),
            "a.toml`)\nhint: give it like this: `wait-for = \"10m\"`",
        ),
        (given(&[], Some(("a.yml", "wait-for: '5'")), &[]), "a.yml`)\nhint: give it like this: `wait-for: \"10m\"`"),
        (
            given(&[], Some(("a.json", "{\"wait-for\": \"5\"}")), &[]),
            "a.json`)\nhint: give it like this: `\"wait-for\": \"10m\"`",
        ),
    ];
    for (given, end) in cases {
        let said = wrong(toml, &given);
        assert!(said.trim_end().ends_with(end), "{said}\n{end}");
    }
    let bounded = wrong("[inputs.n]\ntype = \"int\"\nmin = 5\n", &given(&[("n", "3")], None, &[]));
    assert!(
        bounded.ends_with("takes at least `5`, not `3` (from `--set`)\nhint: give it like this: `--set n=5`\n"),
        "{bounded}"
    );
}

#[test]
fn a_file_that_cannot_be_read_says_where_without_showing_its_text() {
    for (name, text, expected) in [
        (
            "a.toml",
            "count = 3\ntoken = hunter2",
            "input.bad: `a.toml` is not TOML: string values must be quoted\na.toml:2:9\n",
        ),
        ("a.json", "{\"count\": 3,\n hunter2}", "input.bad: `a.json` is not JSON: key must be a string\na.json:2:2\n"),
        ("a.yaml", "count: 3\ntoken: \"hunter2", "input.bad: `a.yaml` is not YAML: it cannot be read\na.yaml:2:8\n"),
        ("a.yaml", "- hunter2", "input.bad: `a.yaml` holds no inputs: it is not a YAML map of names and values\n"),
        ("a.json", "\"hunter2\"", "input.bad: `a.json` holds no inputs: it is not a JSON map of names and values\n"),
    ] {
        assert_eq!(wrong("name = \"a\"", &given(&[], Some((name, text)), &[])), expected);
    }
}

#[test]
fn a_runbook_without_inputs_says_so() {
    let said = wrong("name = \"a\"", &given(&[("chart", "1")], None, &[]));
    assert_eq!(said, "input.bad: there is no input `chart` (from `--set`)\nhint: this runbook takes no inputs\n");
}

#[test]
fn a_missing_input_can_be_asked_for() {
    let inputs = header(POOL).inputs;
    let mut resolved = ok(&inputs, &given(&[], None, &[("RUNBOOK_INPUT_COUNT", "")]));
    let [missing] = resolved.missing[..] else { panic!("one is missing") };
    let told: String = resolved.missing_failures().iter().map(drawn).collect();
    assert_eq!(
        told,
        "input.bad: input `count` is missing\nhint: give it with `--set count=…`: a whole number, like `1`\n"
    );
    assert_eq!(parse_answer(missing, "").unwrap_err().what, "input `count` is missing");
    assert_eq!(parse_answer(missing, "12").unwrap_err().what, "input `count` takes at most `9`, not `12`");
    resolved.answer("count", parse_answer(missing, "2\n").unwrap());
    assert_eq!(resolved.origins["count"].to_string(), "asked");
    assert_eq!(resolved.complete().unwrap()["count"], Value::Int(2));
}

#[test]
fn what_would_steer_a_terminal_is_shown_escaped_and_cut_short() {
    let long = format!("\u{1b}[2J{}", "x".repeat(1000));
    let said = wrong("[inputs.n]\ntype = \"int\"", &given(&[("n", &long)], None, &[]));
    assert!(said.contains(r"not `\u{1b}[2Jxxx") && said.contains("xx…`") && said.len() < 250, "{said}");
}

proptest! {
    #[test]
    fn whatever_is_given_is_taken_or_refused_and_never_panics(
        name in "(chart|count|nets|mode|out-dir|labels|x)", text in r"(?s).{0,40}|[\[{].{0,20}[\]}]|[0-9./:a-z=,]{0,20}",
        file in "(a.toml|a.yaml|a.json|a)", content in r#"(?s).{0,40}|((count|nets|labels)( = |: )["0-9\[\]{}a&*:, ]{0,10}\n){0,4}"#,
    ) {
        let inputs = header(POOL).inputs;
        let _ = resolve(&inputs, &given(&[(&name, &text)], Some((&file, &content)), &[("RUNBOOK_INPUT_NETS", &text)]));
    }
}
