//! The same as `serde_json`'s, by trees made at random.

use super::{Map, Value, json};
use crate::world::Chance;

fn grown(chance: &mut Chance, depth: u64) -> Value {
    match chance.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => (chance.below(2) == 0).into(),
        2 => chance.number().into(),
        3 => (-(chance.below(1 << 40) as i64)).into(),
        4 => (chance.below(1000) as f64 / 8.0).into(),
        5 => ["", "a", "\"\n\u{1}é", "kube-api-access-6j2xw-and-longer-than-twenty-four"][chance.below(4) as usize]
            .into(),
        6 => Value::Array((0..chance.below(5)).map(|_| grown(chance, depth - 1)).collect()),
        _ => {
            // Now and then so many that they are kept otherwise.
            let many = if chance.below(12) == 0 { 100 } else { chance.below(12) };
            let mut fields = Map::new();
            for _ in 0..many {
                fields.insert(format!("n{}", chance.below(90)), grown(chance, depth - 1));
            }
            Value::Object(fields)
        }
    }
}

#[test]
fn it_is_read_and_written_as_by_the_other() {
    let mut chance = Chance::new(11);
    for _ in 0..400 {
        let value = grown(&mut chance, 4);
        let text = value.to_string();
        let other: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(text, other.to_string());
        assert_eq!(format!("{value:#}"), format!("{other:#}"));
        let again: Value = text.parse().unwrap();
        assert_eq!(again, value);
        assert_eq!(super::from(&value).unwrap(), value);
        assert_eq!(super::from(&other).unwrap(), value);
    }
}

#[test]
fn fields_are_the_same_whichever_way_they_came() {
    let mut chance = Chance::new(12);
    for many in [0, 1, 8, 9, 63, 64, 65, 300] {
        let names: Vec<String> = (0..many).map(|_| format!("n{}", chance.below(many * 2))).collect();
        let (mut one, mut other) = (Map::new(), std::collections::BTreeMap::new());
        for (at, name) in names.iter().enumerate() {
            let had = one.insert(name.as_str(), at.into());
            assert_eq!(had, other.insert(name.clone(), Value::from(at)));
        }
        let at_once: Map = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        assert_eq!(at_once, one);
        assert!(one.iter().map(|(name, value)| (name.as_str(), value)).eq(other.iter().map(|(k, v)| (k.as_str(), v))));
        assert!(one.iter().rev().map(|(_, value)| value).eq(other.values().rev()));
        for name in names.iter().step_by(3) {
            assert_eq!(one.remove(name), other.remove(name));
        }
        one.retain(|_, value| value.as_u64().is_some_and(|at| at % 2 == 0));
        other.retain(|_, value| value.as_u64().is_some_and(|at| at % 2 == 0));
        assert_eq!(one.len(), other.len());
        assert!(names.iter().all(|name| one.get(name) == other.get(name)));
        let mut more = Map::from_iter([("z", 1), ("a", 2)]);
        one.append(&mut more);
        assert!(more.is_empty() && one["a"] == 2 && one.keys().is_sorted());
    }
}

#[test]
fn values_are_made_as_they_are_written() {
    let (name, none, ports) = ("web".to_owned(), None::<i64>, vec![80_u16, 443]);
    let made = json!({
        "name": name, (format!("{name}-2")): [null, true, {"a": []}, name.len(), -1],
        "none": none, "ports": ports, "rate": 0.5, "letter": 'x',
    });
    let text =
        r#"{"letter":"x","name":"web","none":null,"ports":[80,443],"rate":0.5,"web-2":[null,true,{"a":[]},3,-1]}"#;
    assert_eq!(made.to_string(), text);
    assert_eq!(json!(null), Value::Null);
    assert_eq!(json!([]).as_array().map(Vec::len), Some(0));
    assert_eq!(made["ports"][1], 443);
    assert_eq!(made["ports"][2], Value::Null);
    assert_eq!(made.pointer("/web-2/2/a"), Some(&json!([])));
    assert_eq!(made.pointer("/web-2/02"), None);
    assert!(made["rate"] == 0.5 && made["web-2"][4] == -1 && made["name"] == "web" && made["name"] != 1);
    let mut changed = made.clone();
    changed["new"]["deep"] = 1.into();
    *changed.pointer_mut("/ports/0").unwrap() = "x".into();
    assert_eq!(changed["new"], json!({"deep": 1}));
    assert_eq!(changed["ports"].take(), json!(["x", 443]));
    assert!(changed["ports"].is_null() && made["ports"].is_array());
}

#[test]
fn many_fields_in_the_worst_order_are_read_and_set_in_time() {
    // Where each costs as much as all before it, this takes minutes.
    let names: Vec<String> = (0..300_000).rev().map(|number| format!("n{number:06}")).collect();
    let text = format!("{{{}}}", names.iter().map(|name| format!("\"{name}\":0")).collect::<Vec<_>>().join(","));
    let read: Map = super::from_str(&text).unwrap();
    let mut set = Map::new();
    for name in &names {
        set.insert(name.as_str(), 0.into());
    }
    assert_eq!(read.len(), 300_000);
    assert_eq!(set, read);
}

#[test]
fn it_is_small() {
    assert_eq!(size_of::<Value>(), 32);
}
