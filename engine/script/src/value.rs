//! Between Rhai's values and ours: everything a run can keep passes here, and what it cannot is refused with its path.

use std::collections::BTreeMap;

use rhai::Dynamic;
use runbook_model::value::{BYTES_MAX, DEPTH_MAX};
use runbook_model::{Failure, Value, code};

use crate::listed::Listed;

/// A value of ours from a script's; refuses with the path of what cannot be kept: `.a[3]: a function cannot be stored`.
pub fn to_value(from: &Dynamic) -> Result<Value, Failure> {
    let mut left = BYTES_MAX;
    convert(from, 0, &mut left).map_err(|(path, trouble)| {
        let at = if path.is_empty() { String::new() } else { format!("{path}: ") };
        let whole = if path.is_empty() { "the value is " } else { &at };
        match trouble {
            Trouble::Type(what) => Failure::new(code::VALUE_UNSTORABLE, format!("{at}{what} cannot be stored"))
                .hint("give back only text, numbers, booleans, lists and maps"),
            Trouble::Deep => {
                Failure::new(code::VALUE_UNSTORABLE, format!("{whole}nested deeper than {DEPTH_MAX} levels"))
            }
            Trouble::Large => Failure::new(code::VALUE_LARGE, format!("{whole}larger than {} MiB", BYTES_MAX >> 20))
                .hint("write it to a file with `file::write` and give back its path"),
        }
    })
}

enum Trouble {
    Type(String),
    Deep,
    Large,
}

type Refusal = (String, Trouble);

fn convert(from: &Dynamic, depth: usize, left: &mut usize) -> Result<Value, Refusal> {
    let cost = |bytes: usize, left: &mut usize| -> Result<(), Refusal> {
        *left = left.checked_sub(bytes).ok_or((String::new(), Trouble::Large))?;
        Ok(())
    };
    if depth > DEPTH_MAX {
        return Err((String::new(), Trouble::Deep));
    }
    cost(2, left)?;
    if from.is_unit() {
        Ok(Value::Unit)
    } else if let Ok(b) = from.as_bool() {
        Ok(Value::Bool(b))
    } else if let Ok(n) = from.as_int() {
        cost(8, left)?;
        Ok(Value::Int(n))
    } else if let Ok(x) = from.as_float() {
        cost(8, left)?;
        Ok(Value::Float(x))
    } else if let Ok(c) = from.as_char() {
        Ok(Value::Char(c))
    } else if let Ok(text) = from.as_immutable_string_ref() {
        cost(text.len(), left)?;
        Ok(Value::Text(text.to_string()))
    } else if let Ok(bytes) = from.as_blob_ref() {
        cost(bytes.len() * 4 / 3, left)?;
        Ok(Value::Blob(bytes.clone()))
    } else if let Ok(items) = from.as_array_ref() {
        let items = items.iter().enumerate().map(|(at, item)| {
            convert(item, depth + 1, left).map_err(|(path, trouble)| (format!("[{at}]{path}"), trouble))
        });
        Ok(Value::List(items.collect::<Result<_, _>>()?))
    } else if let Ok(map) = from.as_map_ref() {
        let mut out = BTreeMap::new();
        for (key, item) in map.iter() {
            cost(key.len() + 4, left)?;
            let item = convert(item, depth + 1, left).map_err(|(path, trouble)| (format!(".{key}{path}"), trouble))?;
            out.insert(key.to_string(), item);
        }
        Ok(Value::Map(out))
    } else if let Some(listed) = from.read_lock::<Listed>() {
        match listed.kept() {
            // It came as text, and nests no deeper than what a cluster keeps.
            Some((bytes, value)) => cost(bytes, left).map(|()| value),
            None => convert(&listed.to_map().into(), depth, left),
        }
    } else {
        Err((String::new(), Trouble::Type(type_in_words(from))))
    }
}

/// What a value is, for people: `a function`, `a number`.
pub fn type_in_words(of: &Dynamic) -> String {
    let name = of.type_name();
    if of.is_fnptr() {
        return "a function".into();
    }
    match name {
        "()" => "nothing".into(),
        "bool" => "a boolean".into(),
        "i64" => "a whole number".into(),
        "f64" => "a number".into(),
        "char" => "a character".into(),
        "string" => "text".into(),
        "array" => "a list".into(),
        "map" => "a map".into(),
        "blob" => "bytes".into(),
        "timestamp" => "a timestamp".into(),
        other if other.contains("Range") => "a range".into(),
        other => format!("a value of type `{}`", other.rsplit("::").next().unwrap_or(other)),
    }
}

/// A script's value from ours.
pub fn to_dynamic(from: &Value) -> Dynamic {
    match from {
        Value::Unit => Dynamic::UNIT,
        Value::Bool(b) => (*b).into(),
        Value::Int(n) => (*n).into(),
        Value::Float(x) => (*x).into(),
        Value::Char(c) => (*c).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Blob(bytes) => Dynamic::from_blob(bytes.clone()),
        Value::List(items) => Dynamic::from_array(items.iter().map(to_dynamic).collect()),
        Value::Map(map) => Dynamic::from_map(map.iter().map(|(k, v)| (k.as_str().into(), to_dynamic(v))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_kept_is_refused_with_its_path() {
        let mut list = vec![Dynamic::ONE; 3];
        list.push(Dynamic::from(rhai::FnPtr::new("f").unwrap()));
        let map: rhai::Map = [("a".into(), Dynamic::from_array(list))].into();
        let refused = to_value(&Dynamic::from_map(map)).unwrap_err();
        assert_eq!(refused.code, code::VALUE_UNSTORABLE);
        assert_eq!(refused.what, ".a[3]: a function cannot be stored");
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_refused() {
        let mut deep = Dynamic::ONE;
        for _ in 0..100 {
            deep = Dynamic::from_array(vec![deep]);
        }
        assert_eq!(to_value(&deep).unwrap_err().code, code::VALUE_UNSTORABLE);
        let large = Dynamic::from("x".repeat(BYTES_MAX + 1));
        assert_eq!(to_value(&large).unwrap_err().code, code::VALUE_LARGE);
    }
}
