//! What people write by the habit of another language, and how it is written here.

/// How `word`, which stands where it cannot, is written here.
pub(super) fn instead(word: &str) -> Option<&'static str> {
    Some(match word {
        "elif" | "elsif" | "elseif" => "write `else if … { … }`",
        "function" | "def" | "func" | "sub" | "proc" => "write `fn name(a, b) { … }`",
        "foreach" => "write `for item in list { … }`",
        "of" => "write `for item in list { … }`",
        "then" | "begin" | "fi" | "endif" | "done" => "write `if … { … }`",
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`",
        "var" | "my" | "local" | "auto" => "write `let name = …;`",
        "null" | "nil" | "None" | "none" | "undefined" | "void" => "write `()` for nothing",
        "True" | "TRUE" => "write `true`",
        "False" | "FALSE" => "write `false`",
        "match" | "case" | "default" => "write `switch value { 1 => …, 2 => …, _ => … }`",
        "except" | "rescue" | "finally" => "write `try { … } catch (e) { … }`",
        "raise" => "write `throw value;`",
        "async" | "await" | "spawn" | "go" | "thread" => {
            "go on side by side with `parallel(\"name\", items, |item| …)`"
        }
        "new" => "write a map: `#{ key: value }`",
        "echo" | "puts" | "printf" | "println" | "print" | "debug" => "say it with `say(\"…\")`",
        "self" => "write `this`",
        "++" => "write `a += 1`",
        "--" => "write `a -= 1`; a comment begins with `//`",
        "===" => "write `==`",
        "!==" => "write `!=`",
        "#" | "#!" => "a comment begins with `//`, a map with `#{`",
        "# {" => "write `#{` without a blank",
        ":=" => "write `=`",
        "<>" => "write `!=`",
        "->" | "=>" => "write a closure as `|a, b| …`",
        "$" => "a `${…}` stands only in a text between backticks",
        "?" => "write `if … { … } else { … }`",
        "\u{201c}" | "\u{201d}" | "\u{201e}" => "put the text in plain double quotes",
        "\u{2018}" | "\u{2019}" => "put the text in plain double quotes",
        "fn" => "write a closure as `|a, b| …`; functions stand at the top of the file",
        _ => return None,
    })
}
