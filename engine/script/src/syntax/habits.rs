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

/// How what `name`, called as a function, does elsewhere is written here.
pub(crate) fn call_instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "env" | "getenv" | "environ" => "take it as an input, `inputs().name`: an input may come from the environment",
        "input" | "prompt" | "readline" => "take it as an input: `inputs().name`",
        "exec" | "system" | "sh" | "shell" | "bash" | "run" | "command" | "cmd" => {
            "run a command in a step with `local::run(\"…\")`"
        }
        "curl" | "fetch" | "wget" => "ask with `http::get(\"…\")`",
        "open" | "cat" | "read_file" => "read a file with `file::read(\"…\")`",
        "exit" | "quit" | "die" | "abort" | "panic" => "end with `return;`, or with `fail(\"why\")`",
        "assert" => "ask with `check(\"…\", || …)`",
        "typeof" => "write `type_of(x)`",
        "str" | "string" | "String" => "write `x.to_string()`, or put it in a text between backticks: `` `${x}` ``",
        "int" | "Number" | "parseInt" => "make a number of a text with `parse_int(text)`",
        "task" | "job" | "stage" | "action" => "write `step(\"…\", || …)`",
        "log" | "info" | "console" => "say it with `say(\"…\")`",
        _ => return None,
    })
}

/// How what the method or property `name` does elsewhere is written here.
pub(crate) fn method_instead(name: &str) -> Option<&'static str> {
    Some(match name {
        "length" | "size" | "count" => "write `.len()`",
        "add" | "append" | "push_back" => "write `.push(item)`",
        "includes" | "include" | "has" | "has_key" | "contains_key" | "hasOwnProperty" => {
            "write `.contains(…)`, or `key in map`"
        }
        "startsWith" | "startswith" | "start_with" => "write `.starts_with(text)`",
        "endsWith" | "endswith" | "end_with" => "write `.ends_with(text)`",
        "toUpperCase" | "upper" | "upcase" | "toUpper" => "write `.to_upper()`",
        "toLowerCase" | "lower" | "downcase" | "toLower" => "write `.to_lower()`",
        "toString" | "to_s" | "str" => "write `.to_string()`",
        "toInt" | "to_i" | "as_int" => "make a number of a text with `parse_int(text)`",
        "strip" | "trim_end" | "trimEnd" | "rstrip" | "chomp" => "write `.trim()`",
        "indexOf" | "find_index" | "index" => "write `.index_of(…)`",
        "forEach" | "each" => "write `for item in list { … }`",
        "replaceAll" | "gsub" => "write `.replace(old, new)`",
        "substr" | "substring" | "slice" => {
            "write `.sub_string(start, length)` of a text, `.extract(start, length)` of a list"
        }
        "items" | "entries" => "go through `.keys()`",
        "format" => "put the text between backticks: `` `${name} is ready` ``",
        "splitlines" => "write `text::lines(text)`",
        _ => return None,
    })
}
