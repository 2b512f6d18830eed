//! The functions of rules.

use crate::json::{Value, json};
use regex::Regex;

use super::judge::{Is, Judged, Names, fails, json_of, judge, order, same};
use super::{Term, Trouble, net, times};

/// Whether a function is known here.
pub(super) fn is_known(name: &str) -> bool {
    [&KNOWN[..], &net::ALONE, &net::METHODS, &net::FORMS].iter().any(|all| all.contains(&name))
}

const KNOWN: [&str; 39] = [
    "all",
    "contains",
    "double",
    "duration",
    "endsWith",
    "exists",
    "exists_one",
    "filter",
    "find",
    "format",
    "has",
    "hasValue",
    "indexOf",
    "int",
    "isSorted",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "map",
    "matches",
    "max",
    "min",
    "orValue",
    "replace",
    "reverse",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "sum",
    "timestamp",
    "trim",
    "type",
    "upperAscii",
    "validate",
    "value",
    "dyn",
    "bool",
];

pub(super) fn call(of: Option<&Term>, name: &str, given: &[Term], names: &Names) -> Judged {
    let unknown = || Trouble::Unknown(name.to_owned());
    match (of, name, given) {
        (None, "has", [Term::Field(of, field, _)]) => {
            let found = match judge(of, names)? {
                Is::Json(value) | Is::Maybe(Some(value)) => value.get(field).is_some_and(|value| !value.is_null()),
                Is::Maybe(None) => false,
            };
            Ok(Is::Json(Value::Bool(found)))
        }
        (None, "dyn", [inner]) => judge(inner, names),
        (Some(Term::Name(of)), form, []) if of == "format" && net::FORMS.contains(&form) => Ok(Is::Json(json!(form))),
        (Some(of), "validate", [text]) => net::validate(&json_of(of, names)?, &json_of(text, names)?).map(Is::Maybe),
        (None, _, [inner]) => alone(name, &json_of(inner, names)?).ok_or_else(unknown)?.map(Is::Json),
        (Some(of), "orValue", [other]) => match judge(of, names)? {
            Is::Maybe(Some(value)) => Ok(Is::Json(value)),
            Is::Maybe(None) => judge(other, names),
            Is::Json(_) => Err(fails("no such overload")),
        },
        (Some(of), "value", []) => match judge(of, names)? {
            Is::Maybe(Some(value)) => Ok(Is::Json(value)),
            Is::Maybe(None) => Err(fails("optional.none() dereference")),
            Is::Json(_) => Err(fails("no such overload")),
        },
        (Some(of), "hasValue", []) => match judge(of, names)? {
            Is::Maybe(value) => Ok(Is::Json(Value::Bool(value.is_some()))),
            Is::Json(_) => Err(fails("no such overload")),
        },
        (Some(of), "all" | "exists" | "exists_one" | "filter" | "map", [Term::Name(each), rest @ ..]) => {
            over(&json_of(of, names)?, name, each, rest, names).map(Is::Json)
        }
        (Some(of), _, given) => {
            let of = json_of(of, names)?;
            let given = given.iter().map(|one| json_of(one, names)).collect::<Result<Vec<_>, _>>()?;
            method(&of, name, &given).ok_or_else(unknown)?.map(Is::Json)
        }
        _ => Err(unknown()),
    }
}

/// What holds of each, of some, of one; what fits; what each comes to.
fn over(of: &Value, name: &str, each: &str, rest: &[Term], names: &Names) -> Result<Value, Trouble> {
    let items: Vec<Value> = match of {
        Value::Array(items) => items.clone(),
        Value::Object(fields) => fields.keys().map(|key| Value::String(key.clone())).collect(),
        _ => return Err(fails("no such overload")),
    };
    let (test, then) = match rest {
        [one] if name == "map" => (None, Some(one)),
        [test, then] if name == "map" => (Some(test), Some(then)),
        [test] => (Some(test), None),
        _ => return Err(Trouble::Unknown(name.to_owned())),
    };
    let mut names = names.clone();
    let mut kept = Vec::new();
    let mut trouble = None;
    let mut count = 0;
    for item in &items {
        names.push((each.to_owned(), Is::Json(item.clone())));
        let fits = test.map_or(Ok(Value::Bool(true)), |test| json_of(test, &names));
        match fits {
            Ok(Value::Bool(true)) => {
                count += 1;
                kept.push(then.map_or(Ok(item.clone()), |then| json_of(then, &names))?);
            }
            Ok(Value::Bool(false)) => {}
            Ok(_) => trouble = Some(fails("no such overload")),
            Err(why) => trouble = Some(why),
        }
        names.pop();
    }
    match (name, trouble) {
        ("exists", _) if count > 0 => Ok(Value::Bool(true)),
        ("all", trouble) if count < items.len() && trouble.is_none() => Ok(Value::Bool(false)),
        (_, Some(trouble)) => Err(trouble),
        ("all" | "exists", None) => Ok(Value::Bool(name == "all")),
        ("exists_one", None) => Ok(Value::Bool(count == 1)),
        (_, None) => Ok(Value::Array(kept)),
    }
}

type Found = Option<Result<Value, Trouble>>;

fn count(of: &Value) -> Found {
    Some(Ok(match of {
        Value::String(text) => json!(text.chars().count()),
        Value::Array(items) => json!(items.len()),
        Value::Object(fields) => json!(fields.len()),
        _ => return Some(Err(fails("no such overload"))),
    }))
}

fn alone(name: &str, value: &Value) -> Found {
    let found = match (name, value) {
        ("size", value) => return count(value),
        ("int", Value::Number(number)) => json!(number.as_f64().unwrap_or_default() as i64),
        ("int", Value::String(text)) => match text.parse::<i64>() {
            Ok(number) => json!(number),
            Err(_) => return Some(Err(fails(format!("type conversion error from '{text}' to 'int'")))),
        },
        ("double", Value::Number(number)) => json!(number.as_f64()),
        ("double", Value::String(text)) => json!(text.parse::<f64>().ok()?),
        ("string", Value::String(text)) => json!(text),
        ("string", value) => json!(value.to_string()),
        ("bool", Value::Bool(value)) => json!(value),
        ("duration", Value::String(text)) => return Some(times::duration(text)),
        ("timestamp", Value::String(text)) => return Some(times::timestamp(text)),
        (name, Value::String(text)) if net::ALONE.contains(&name) => return Some(net::alone(name, text)),
        ("type", value) => json!(match value {
            Value::Null => "null_type",
            Value::Bool(_) => "bool",
            Value::Number(number) if number.is_f64() => "double",
            Value::Number(_) => "int",
            Value::String(_) => "string",
            Value::Array(_) => "list",
            Value::Object(_) => "map",
        }),
        _ => return None,
    };
    Some(Ok(found))
}

fn method(of: &Value, name: &str, given: &[Value]) -> Found {
    match (of, name, given) {
        (of, "size", []) => count(of),
        (Value::String(text), _, given) if net::METHODS.contains(&name) => Some(net::method(text, name, given)),
        (Value::String(text), _, given) => texts(text, name, given).map(Ok),
        (Value::Array(items), _, given) => lists(items, name, given),
        _ => None,
    }
}

fn texts(text: &str, name: &str, given: &[Value]) -> Option<Value> {
    let first = given.first().and_then(Value::as_str);
    let number = |at: usize| given.get(at).and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
    Some(match (name, first) {
        ("startsWith", Some(part)) => json!(text.starts_with(part)),
        ("endsWith", Some(part)) => json!(text.ends_with(part)),
        ("contains", Some(part)) => json!(text.contains(part)),
        ("matches", Some(pattern)) => json!(Regex::new(pattern).ok()?.is_match(text)),
        ("find", Some(pattern)) => {
            json!(Regex::new(pattern).ok()?.find(text).map(|found| found.as_str()).unwrap_or_default())
        }
        ("split", Some(part)) => json!(text.split(part).collect::<Vec<_>>()),
        ("replace", Some(part)) => json!(text.replace(part, given.get(1)?.as_str()?)),
        ("indexOf", Some(part)) => json!(text.find(part).and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)),
        ("lastIndexOf", Some(part)) => json!(text.rfind(part).and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)),
        ("lowerAscii", None) => json!(text.to_ascii_lowercase()),
        ("upperAscii", None) => json!(text.to_ascii_uppercase()),
        ("trim", None) => json!(text.trim()),
        ("substring", None) => {
            let letters: Vec<char> = text.chars().collect();
            json!(letters.get(number(0)?..number(1).unwrap_or(letters.len()))?.iter().collect::<String>())
        }
        _ => return None,
    })
}

fn lists(items: &[Value], name: &str, given: &[Value]) -> Found {
    let better = |wanted: std::cmp::Ordering| {
        items.iter().fold(None::<&Value>, |best, item| match best {
            Some(best) if order(item, best) != Some(wanted) => Some(best),
            _ => Some(item),
        })
    };
    Some(Ok(match (name, given) {
        ("isSorted", []) => {
            json!(items.windows(2).all(|pair| order(&pair[0], &pair[1]).is_some_and(|order| order.is_le())))
        }
        ("sum", []) => match items.iter().map(Value::as_i64).sum::<Option<i64>>() {
            Some(sum) => json!(sum),
            None => json!(items.iter().filter_map(Value::as_f64).sum::<f64>()),
        },
        ("min", []) => better(std::cmp::Ordering::Less).cloned().unwrap_or_default(),
        ("max", []) => better(std::cmp::Ordering::Greater).cloned().unwrap_or_default(),
        ("indexOf", [one]) => {
            json!(items.iter().position(|item| same(item, one)).and_then(|at| i64::try_from(at).ok()).unwrap_or(-1))
        }
        ("join", []) => json!(items.iter().filter_map(Value::as_str).collect::<String>()),
        ("join", [part]) => json!(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(part.as_str()?)),
        ("reverse", []) => items.iter().rev().cloned().collect(),
        _ => return None,
    }))
}
