//! What the terms of a rule come to.

use std::cmp::Ordering;

use crate::json::{Map, Value, json};

use super::{Term, Trouble, call};

/// A value, or one that may not be there.
#[derive(Clone, Debug)]
pub(super) enum Is {
    Json(Value),
    Maybe(Option<Value>),
}

pub(super) type Names = Vec<(String, Is)>;
pub(super) type Judged = Result<Is, Trouble>;

pub(super) fn fails(why: impl Into<String>) -> Trouble {
    Trouble::Fails(why.into())
}

fn no_such(what: &str) -> Trouble {
    fails(format!("no such {what}"))
}

/// A value that must be there.
pub(super) fn json_of(term: &Term, names: &Names) -> Result<Value, Trouble> {
    match judge(term, names)? {
        Is::Json(value) => Ok(value),
        Is::Maybe(_) => Err(no_such("overload")),
    }
}

pub(super) fn judge(term: &Term, names: &Names) -> Judged {
    match term {
        Term::Is(value) => Ok(Is::Json(value.clone())),
        Term::Name(name) => {
            let found = names.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.clone());
            found.ok_or_else(|| Trouble::Unknown(name.clone()))
        }
        Term::Field(of, name, maybe) => under(judge(of, names)?, &Value::from(name.as_str()), *maybe),
        Term::At(of, key, maybe) => under(judge(of, names)?, &json_of(key, names)?, *maybe),
        Term::Call(of, name, given) => call::call(of.as_deref(), name, given, names),
        Term::List(all) => {
            all.iter().map(|one| json_of(one, names)).collect::<Result<Vec<_>, _>>().map(|all| Is::Json(all.into()))
        }
        Term::Map(all) => {
            let mut map = Map::new();
            for (key, value) in all {
                let Value::String(key) = json_of(key, names)? else { return Err(no_such("overload")) };
                map.insert(key, json_of(value, names)?);
            }
            Ok(Is::Json(Value::Object(map)))
        }
        Term::Two(sign, left, right) => two(sign, left, right, names).map(Is::Json),
        Term::One(sign, inner) => one(*sign, json_of(inner, names)?).map(Is::Json),
        Term::If(test, yes, no) => match json_of(test, names)? {
            Value::Bool(true) => judge(yes, names),
            Value::Bool(false) => judge(no, names),
            _ => Err(no_such("overload")),
        },
    }
}

fn under(of: Is, key: &Value, maybe: bool) -> Judged {
    let (of, maybe) = match of {
        Is::Json(value) => (value, maybe),
        Is::Maybe(Some(value)) => (value, true),
        Is::Maybe(None) => return Ok(Is::Maybe(None)),
    };
    let found = match (&of, key) {
        (Value::Object(fields), Value::String(key)) => fields.get(key),
        (Value::Array(items), key) => key.as_u64().and_then(|at| usize::try_from(at).ok()).and_then(|at| items.get(at)),
        _ => return Err(no_such("overload")),
    };
    match found {
        found if maybe => Ok(Is::Maybe(found.cloned())),
        Some(found) => Ok(Is::Json(found.clone())),
        None => Err(match key {
            Value::String(key) => fails(format!("no such key: {key}")),
            key => fails(format!("index out of bounds: {key}")),
        }),
    }
}

fn one(sign: char, value: Value) -> Result<Value, Trouble> {
    match (sign, &value) {
        ('!', Value::Bool(value)) => Ok(Value::Bool(!value)),
        ('-', Value::Number(number)) => match number.as_i64() {
            Some(number) => number.checked_neg().map(Value::from).ok_or_else(|| fails("integer overflow")),
            None => Ok(json!(-number.as_f64().unwrap_or_default())),
        },
        _ => Err(no_such("overload")),
    }
}

fn two(sign: &str, left: &Term, right: &Term, names: &Names) -> Result<Value, Trouble> {
    if sign == "&&" || sign == "||" {
        let decides = Value::Bool(sign == "||");
        // Either side may decide alone, whatever becomes of the other.
        let first = json_of(left, names);
        if first.as_ref() == Ok(&decides) {
            return Ok(decides);
        }
        let second = json_of(right, names);
        if second.as_ref() == Ok(&decides) {
            return Ok(decides);
        }
        return match (first?, second?) {
            (Value::Bool(_), Value::Bool(second)) => Ok(Value::Bool(second)),
            _ => Err(no_such("overload")),
        };
    }
    let (left, right) = (json_of(left, names)?, json_of(right, names)?);
    match sign {
        "==" => Ok(Value::Bool(same(&left, &right))),
        "!=" => Ok(Value::Bool(!same(&left, &right))),
        "in" => match (&right, &left) {
            (Value::Array(items), _) => Ok(Value::Bool(items.iter().any(|item| same(item, &left)))),
            (Value::Object(fields), Value::String(key)) => Ok(Value::Bool(fields.contains_key(key))),
            _ => Err(no_such("overload")),
        },
        "<" | "<=" | ">" | ">=" => {
            let order = order(&left, &right).ok_or_else(|| no_such("overload"))?;
            Ok(Value::Bool(match sign {
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            }))
        }
        _ => sum(sign, &left, &right),
    }
}

/// Which of two comes first.
pub(super) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whether two values are the same; numbers are by what they count.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        _ => left == right,
    }
}

fn sum(sign: &str, left: &Value, right: &Value) -> Result<Value, Trouble> {
    match (left, right) {
        (Value::String(left), Value::String(right)) if sign == "+" => Ok(format!("{left}{right}").into()),
        (Value::Array(left), Value::Array(right)) if sign == "+" => Ok([left.as_slice(), right].concat().into()),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => {
                let found = match sign {
                    "+" => left.checked_add(right),
                    "-" => left.checked_sub(right),
                    "*" => left.checked_mul(right),
                    _ if right == 0 => return Err(fails("division by zero")),
                    "/" => left.checked_div(right),
                    _ => left.checked_rem(right),
                };
                found.map(Value::from).ok_or_else(|| fails("integer overflow"))
            }
            _ => {
                let (left, right) = (left.as_f64().unwrap_or_default(), right.as_f64().unwrap_or_default());
                match sign {
                    "+" => Ok(json!(left + right)),
                    "-" => Ok(json!(left - right)),
                    "*" => Ok(json!(left * right)),
                    "/" => Ok(json!(left / right)),
                    _ => Err(no_such("overload")),
                }
            }
        },
        _ => Err(no_such("overload")),
    }
}

/// Whether all functions of a term are known here.
pub(super) fn known(term: &Term) -> bool {
    match term {
        Term::Is(_) | Term::Name(_) => true,
        Term::Field(of, ..) | Term::One(_, of) => known(of),
        Term::At(of, key, _) | Term::Two(_, of, key) => known(of) && known(key),
        Term::Call(of, name, given) => {
            call::is_known(name) && of.as_deref().is_none_or(known) && given.iter().all(known)
        }
        Term::List(all) => all.iter().all(known),
        Term::Map(all) => all.iter().all(|(key, value)| known(key) && known(value)),
        Term::If(test, yes, no) => known(test) && known(yes) && known(no),
    }
}
