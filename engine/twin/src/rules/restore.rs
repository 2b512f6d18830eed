//! Whether a strategically merged document can become an object of its kind again, said as the server's converter says it.

use crate::json::Value;

use crate::shapes::{Form, Shape};

/// Makes whole numbers of what is whole; what does not fit, if anything.
pub(super) fn restore(value: &mut Value, shape: &Shape) -> Result<(), String> {
    match (&shape.form, &mut *value) {
        (_, Value::Null) => Ok(()),
        (Form::Object { fields, .. }, Value::Object(given)) => {
            given.iter_mut().try_for_each(|(name, inner)| match fields.get(name.as_str()) {
                Some(field) => restore(inner, field.link.shape()),
                None => Ok(()),
            })
        }
        (Form::Map { values, .. }, Value::Object(given)) => {
            given.values_mut().try_for_each(|inner| restore(inner, values.shape()))
        }
        (Form::List { items, .. }, Value::Array(given)) => {
            given.iter_mut().try_for_each(|inner| restore(inner, items.shape()))
        }
        (Form::Object { .. }, value) => Err(format!("cannot restore struct from: {}", go(value))),
        (Form::Map { .. }, value) => Err(format!("cannot restore map from {}", go(value))),
        (Form::List { .. }, value) => Err(format!("cannot restore slice from {}", go(value))),
        (Form::Bool, value) if !value.is_boolean() => Err("unrecognized type: bool".to_owned()),
        (Form::Integer(bits), Value::Number(number)) if number.is_f64() => {
            // `3.0`, as it is written.
            let whole = number.as_f64().and_then(|number| number.to_string().parse::<i64>().ok());
            *value = whole.ok_or_else(|| format!("cannot convert float64 to int{bits}"))?.into();
            Ok(())
        }
        (Form::Text(_), Value::Number(number)) if !number.is_f64() => Err("cannot convert int64 to string".to_owned()),
        (Form::Integer(bits), value) if !value.is_number() => Err(format!("unrecognized type: int{bits}")),
        (Form::Text(_), value) if !value.is_string() => Err("unrecognized type: string".to_owned()),
        _ => Ok(()),
    }
}

fn go(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        _ => "map",
    }
}
