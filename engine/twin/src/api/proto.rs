//! Reading protobuf bodies, which newer clients send for the built-in kinds.
//!
//! The numbers of the fields are recorded from the server's types by `tests/wire`; nothing is guessed.
//! Hostile bytes give a refusal: depth and sizes are bounded by the body itself.

use crate::json::{Map, Value, json};
use crate::rules::bytes::encode;
use crate::world::{Moment, Refusal};
use flate2::read::GzDecoder;
use std::io::Read;
use std::sync::LazyLock;

/// The kinds and their types by name, and of each type its fields by number.
pub(super) static BOOK: LazyLock<Value> = LazyLock::new(|| {
    let mut text = Vec::new();
    match GzDecoder::new(include_bytes!("wire.json.gz").as_slice()).read_to_end(&mut text) {
        Ok(_) => crate::json::from_slice(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    }
});

/// How deep messages may lie in each other.
const DEEPEST: usize = 64;

/// Reads a protobuf body as the value it means.
///
/// # Failures
/// 400 for what is none.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, Refusal> {
    let bad = |why: &str| Refusal::bad_request(why.to_owned());
    let Some(rest) = bytes.strip_prefix(b"k8s\0") else {
        return Err(bad("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"));
    };
    let broken = || bad("unable to decode: proto: illegal wireType or unexpected EOF");
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), Vec::new());
    for field in Fields(rest) {
        match field.ok_or_else(broken)? {
            (1, Wire::Bytes(meta)) => {
                for field in Fields(meta) {
                    match field.ok_or_else(broken)? {
                        (1, Wire::Bytes(text)) => api_version = String::from_utf8_lossy(text).into_owned(),
                        (2, Wire::Bytes(text)) => kind = String::from_utf8_lossy(text).into_owned(),
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(text)) => raw = text.to_vec(),
            _ => {}
        }
    }
    let key = format!("{api_version}/{kind}");
    let Some(name) = BOOK["kinds"][&key].as_str() else {
        return Err(bad(&format!("no kind \"{kind}\" is registered for version \"{api_version}\"")));
    };
    let mut value = message(name, &raw, 0).ok_or_else(broken)?;
    value["apiVersion"] = api_version.into();
    value["kind"] = kind.into();
    Ok(value)
}

enum Wire<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message; an item of none is where it is broken.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn field(&mut self) -> Option<(u64, Wire<'a>)> {
        let tag = self.number()?;
        let wire = match tag & 7 {
            0 => Wire::Number(self.number()?),
            1 => Wire::Number(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                Wire::Bytes(self.bytes(length)?)
            }
            5 => Wire::Number(u64::from(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some((tag >> 3, wire))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Wire<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

fn message(name: &str, bytes: &[u8], depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(value) = special(name, bytes, depth) {
        return value;
    }
    let fields = &BOOK["types"][name];
    let mut made = Map::new();
    for field in Fields(bytes) {
        let (number, wire) = field?;
        let known = &fields[number.to_string()];
        let (Some(json), Some(what)) = (known[0].as_str(), known[1].as_str()) else { continue };
        if let Some(what) = what.strip_prefix("[]") {
            let item = value(what, &wire, depth)?;
            let list = made.entry(json).or_insert_with(|| json!([]));
            list.as_array_mut()?.push(item);
        } else if let Some(what) = what.strip_prefix("{}") {
            let (key, item) = entry(what, &wire, depth)?;
            let map = made.entry(json).or_insert_with(|| json!({}));
            map.as_object_mut()?.insert(key, item);
        } else if json.is_empty() {
            // What is written into its parent.
            if let Value::Object(inner) = value(what, &wire, depth)? {
                made.extend(inner);
            }
        } else {
            made.insert(json.to_owned(), value(what, &wire, depth)?);
        }
    }
    Some(Value::Object(made))
}

fn entry(what: &str, wire: &Wire<'_>, depth: usize) -> Option<(String, Value)> {
    let Wire::Bytes(bytes) = wire else { return None };
    let (mut key, mut item) = (String::new(), None);
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Bytes(text)) => key = String::from_utf8_lossy(text).into_owned(),
            (2, wire) => item = Some(value(what, &wire, depth)?),
            _ => {}
        }
    }
    let empty = || if matches!(what, "i" | "o" | "f") { Wire::Number(0) } else { Wire::Bytes(&[]) };
    Some((
        key,
        match item {
            Some(item) => item,
            None => value(what, &empty(), depth)?,
        },
    ))
}

fn value(what: &str, wire: &Wire<'_>, depth: usize) -> Option<Value> {
    Some(match (what, wire) {
        ("s", Wire::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned().into(),
        ("b", Wire::Bytes(bytes)) => encode(bytes).into(),
        ("o", Wire::Number(number)) => (*number != 0).into(),
        ("i", Wire::Number(number)) => number.cast_signed().into(),
        ("f", Wire::Number(number)) => f64::from_bits(*number).into(),
        ("list", Wire::Bytes(bytes)) => {
            let mut list = Vec::new();
            for field in Fields(bytes) {
                if let (1, Wire::Bytes(text)) = field? {
                    list.push(Value::from(String::from_utf8_lossy(text).into_owned()));
                }
            }
            list.into()
        }
        (name, Wire::Bytes(bytes)) if name.contains('.') => message(name, bytes, depth + 1)?,
        _ => return None,
    })
}

/// The types that write themselves in JSON in a manner of their own; none for the others.
fn special(name: &str, bytes: &[u8], depth: usize) -> Option<Option<Value>> {
    let made = match name {
        "meta.v1.Time" | "meta.v1.MicroTime" => time(bytes, name == "meta.v1.MicroTime"),
        "meta.v1.Duration" => numbers(bytes).map(|(first, _)| format!("{}ns", first).into()),
        "api.resource.Quantity" => text(bytes, 1),
        "util.intstr.IntOrString" => either(bytes),
        "meta.v1.FieldsV1" | "pkg.runtime.RawExtension" | "apiextensions.v1.JSON" => raw(bytes),
        "apiextensions.v1.JSONSchemaPropsOrArray" => one_of(bytes, "apiextensions.v1.JSONSchemaProps", (1, 2), depth),
        "apiextensions.v1.JSONSchemaPropsOrBool" => one_of(bytes, "apiextensions.v1.JSONSchemaProps", (2, 0), depth),
        "apiextensions.v1.JSONSchemaPropsOrStringArray" => {
            one_of(bytes, "apiextensions.v1.JSONSchemaProps", (1, 0), depth)
        }
        _ => return None,
    };
    Some(made)
}

fn numbers(bytes: &[u8]) -> Option<(i64, i64)> {
    let (mut first, mut second) = (0, 0);
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Number(number)) => first = number.cast_signed(),
            (2, Wire::Number(number)) => second = number.cast_signed(),
            _ => {}
        }
    }
    Some((first, second))
}

fn time(bytes: &[u8], micro: bool) -> Option<Value> {
    let (seconds, nanos) = numbers(bytes)?;
    if bytes.is_empty() || (seconds, nanos) == (0, 0) {
        return Some(Value::Null);
    }
    let moment = Moment(seconds.checked_mul(1_000_000)?.checked_add(nanos / 1000)?);
    Some(if micro { moment.micro() } else { moment.text() }.into())
}

fn text(bytes: &[u8], wanted: u64) -> Option<Value> {
    let mut found = Value::from("0");
    for field in Fields(bytes) {
        match field? {
            (number, Wire::Bytes(text)) if number == wanted => {
                found = String::from_utf8_lossy(text).into_owned().into()
            }
            _ => {}
        }
    }
    Some(found)
}

fn either(bytes: &[u8]) -> Option<Value> {
    let (mut kind, mut number, mut said) = (0, 0, String::new());
    for field in Fields(bytes) {
        match field? {
            (1, Wire::Number(one)) => kind = one,
            (2, Wire::Number(one)) => number = one.cast_signed(),
            (3, Wire::Bytes(text)) => said = String::from_utf8_lossy(text).into_owned(),
            _ => {}
        }
    }
    Some(if kind == 1 { said.into() } else { number.into() })
}

fn raw(bytes: &[u8]) -> Option<Value> {
    for field in Fields(bytes) {
        if let (1, Wire::Bytes(text)) = field? {
            return crate::json::from_slice(text).ok();
        }
    }
    Some(Value::Null)
}

/// A schema, or several, or something plain in their place.
fn one_of(bytes: &[u8], name: &str, (one, several): (u64, u64), depth: usize) -> Option<Value> {
    let (mut list, mut words, mut allows) = (Vec::new(), Vec::new(), false);
    for field in Fields(bytes) {
        match field? {
            (number, Wire::Bytes(inner)) if number == one => return message(name, inner, depth + 1),
            (number, Wire::Bytes(inner)) if number == several => list.push(message(name, inner, depth + 1)?),
            (_, Wire::Bytes(text)) => words.push(Value::from(String::from_utf8_lossy(text).into_owned())),
            (_, Wire::Number(number)) => allows = number != 0,
        }
    }
    Some(match (list.is_empty(), words.is_empty()) {
        (false, _) => list.into(),
        (true, false) => words.into(),
        (true, true) => allows.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn body(kind: &str, raw: &[u8]) -> Vec<u8> {
        let meta = [field(1, b"v1"), field(2, kind.as_bytes())].concat();
        [b"k8s\0".to_vec(), field(1, &meta), field(2, raw)].concat()
    }

    #[test]
    fn a_secret_is_read_as_its_json() {
        let data = [field(1, b"release"), field(2, b"hi")].concat();
        let raw = [field(1, &field(1, b"s")), field(2, &data), field(3, b"helm.sh/release.v1")].concat();
        let read = read(&body("Secret", &raw)).unwrap();
        let wanted = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"release": "aGk="},
            "type": "helm.sh/release.v1",
        });
        assert_eq!(read, wanted);
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let whole = body("Secret", &field(1, &field(1, b"s")));
        for length in 0..whole.len() {
            drop(read(&whole[..length]));
        }
        assert_eq!(read(b"k8s\0\xff\xff\xff").unwrap_err().code, 400);
    }
}
