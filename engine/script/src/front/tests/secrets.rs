//! An input of type `secret` holds a reference. A secret in clear is refused wherever it is given, and never shown.

use super::{drawn, header};
use crate::front::{Given, parse_answer, resolve};

const TOML: &str = "[inputs.token]\ntype = \"secret\"\ndoc = \"API token\"";

fn given(set: &[(&str, &str)], file: Option<(&str, &str)>, env: Option<&str>) -> Given {
    let env = env.map(str::to_owned);
    Given {
        set: set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        file: file.map(|(name, text)| (name.into(), text.into())),
        env: Box::new(move |name| env.clone().filter(|_| name == "RUNBOOK_INPUT_TOKEN")),
    }
}

fn said(given: &Given) -> String {
    resolve(&header(TOML).inputs, given).unwrap_err().iter().map(drawn).collect()
}

#[test]
fn a_reference_is_kept_as_it_is() {
    let inputs = header(TOML).inputs;
    for reference in ["env:TOKEN", "file:~/token", "cmd:pass show a/b | head -1"] {
        let resolved = resolve(&inputs, &given(&[("token", reference)], None, None)).unwrap();
        assert_eq!(resolved.values["token"], reference.into());
    }
}

#[test]
fn a_secret_typed_in_clear_is_refused_with_the_way_to_give_it() {
    assert_eq!(
        said(&given(&[("token", "hunter2")], None, None)),
        "\
input.bad: input `token` takes a reference to a secret, not the secret itself: what is given would be recorded with the run (from `--set`)
hint: put it into an environment variable and give its name: `--set token=env:NAME`
hint: or name a file or a command that has it: `--set token=file:PATH`, `--set token=cmd:COMMAND`
"
    );
    let env = said(&given(&[], None, Some("hunter2")));
    assert!(env.contains("`RUNBOOK_INPUT_TOKEN=env:NAME`") && env.contains("`RUNBOOK_INPUT_TOKEN=file:PATH`"), "{env}");
    let file = said(&given(&[], Some(("a.yaml", "token: hunter2")), None));
    assert!(file.contains("`token: \"env:NAME\"`") && file.contains("`token: \"cmd:COMMAND\"`"), "{file}");
}

#[test]
fn no_way_of_giving_it_shows_it() {
    for text in ["hunter2", "evn:hunter2", "env:hunter2!", " hunter2\n", "hunter2:x", "ENV:hunter2"] {
        let json = serde_json::json!({ "token": text, "x": text }).to_string();
        let all = [
            said(&given(&[("token", text), ("tokne", text)], None, None)),
            said(&given(&[], Some(("a.json", &json)), None)),
            said(&given(&[], Some(("a.yaml", &format!("token: [{text}"))), None)),
            said(&given(&[], None, Some(text))),
            drawn(&parse_answer(&header(TOML).inputs[0], text).unwrap_err()),
        ];
        assert!(all.iter().all(|said| !said.contains("hunter2")), "{all:#?}");
    }
    let number = said(&given(&[], Some(("a.json", "{\"token\": 70707}")), None));
    assert!(!number.contains("70707"), "{number}");
}
