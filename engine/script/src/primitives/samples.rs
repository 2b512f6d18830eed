//! Values and texts for the property tests of the words.

use proptest::prelude::*;
use runbook_model::Value;

/// Texts that formats stumble over, and any others.
pub(super) fn awkward_text() -> impl Strategy<Value = String> {
    let awkward = [
        "",
        " ",
        "\n",
        "on",
        "no",
        "y",
        "~",
        "null",
        "true",
        "1",
        "1.0",
        "0o17",
        "0x1F",
        "1_000",
        "1:30",
        "2024-01-01",
        ".inf",
        "-",
        "- a",
        "a: b",
        "a #c",
        "#c",
        "'",
        "\"",
        "<<",
        "=",
        "&a",
        "*a",
        "!t",
        "%x",
        "@",
        "`",
        "{}",
        "[]",
        "a\n",
        "a\n\n",
        "\na",
        " a\nb",
        "a\n b",
        "a \nb",
        "a\r\nb",
        "\r",
        "\t",
        "\tx\ny",
        "---",
        "...",
        "--- a\nb",
        "?",
        "\u{feff}x",
        "\u{85}",
        "\u{2028}",
        "\u{7f}",
        "\0",
        "é\n🙂",
        "|",
        ">",
        "# a\nb\n",
        "a: b\nc\n",
    ];
    prop_oneof![
        3 => proptest::sample::select(awkward.to_vec()).prop_map(str::to_owned),
        2 => "[ \\n\\t\\r#:a'\"\\\\|>-]{0,12}",
        2 => ".*",
        1 => any::<String>(),
        1 => "([a-z]{1,9} ){20,40}",
    ]
}

/// Values that JSON can say exactly.
pub(super) fn plain_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Unit),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("JSON has only finite numbers", |x| x.is_finite()).prop_map(Value::Float),
        awkward_text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::List),
            prop::collection::btree_map(awkward_text(), inner, 0..5).prop_map(Value::Map),
        ]
    })
}
