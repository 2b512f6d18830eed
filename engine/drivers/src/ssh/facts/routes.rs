//! The routes of a machine with their masks, of all tables, and the rules that lead to them.

use runbook_model::Value;

use super::sections::{Map, Sections, after, number, put, texts};

const KINDS: [&str; 9] =
    ["anycast", "blackhole", "broadcast", "local", "multicast", "prohibit", "throw", "unicast", "unreachable"];

pub(super) fn read(from: &Sections) -> Value {
    let mut routes: Vec<Map> = Vec::new();
    for (section, family) in [("routes", 4_i64), ("routes6", 6)] {
        for line in from.lines(section) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first() == Some(&"nexthop") {
                if let Some(Value::List(hops)) = routes
                    .last_mut()
                    .map(|route| route.entry("hops".to_owned()).or_insert_with(|| Value::List(Vec::new())))
                {
                    hops.push(Value::Map(way(&words)));
                }
            } else if let Some(route) = route(&words, family) {
                routes.push(route);
            }
        }
    }
    Value::List(routes.into_iter().map(Value::Map).collect())
}

fn route(words: &[&str], family: i64) -> Option<Map> {
    let (kind, words) = match words.split_first()? {
        (first, rest) if KINDS.contains(first) => (*first, rest),
        _ => ("unicast", words),
    };
    let to = words.first()?;
    let (any, whole) = if family == 4 { ("0.0.0.0/0", 32) } else { ("::/0", 128) };
    let to = match *to {
        "default" => any.to_owned(),
        to if to.contains('/') => to.to_owned(),
        to if to.contains(['.', ':']) => format!("{to}/{whole}"),
        _ => return None,
    };
    let mut route = way(words);
    route.insert("to".to_owned(), Value::Text(to));
    route.insert("family".to_owned(), Value::Int(family));
    route.insert("kind".to_owned(), Value::from(kind));
    route.insert("table".to_owned(), Value::from(after(words, "table").unwrap_or("main")));
    for name in ["proto", "scope", "src"] {
        put(&mut route, name, after(words, name));
    }
    for name in ["metric", "mtu"] {
        put(&mut route, name, after(words, name).and_then(number));
    }
    Some(route)
}

fn way(words: &[&str]) -> Map {
    let mut way = Map::new();
    // `via inet6 fe80::1` leads from one family into the other.
    let via = after(words, "via");
    put(&mut way, "via", if via == Some("inet6") { after(words, "inet6") } else { via });
    put(&mut way, "dev", after(words, "dev"));
    way
}

/// As `ip rule` prints them, without the white space.
pub(super) fn rules(from: &Sections) -> Value {
    let both = from.lines("rules").chain(from.lines("rules6"));
    let plain: Vec<String> = both.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    texts(plain.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_a_mask_a_table_and_a_kind() {
        let text = "\u{1}routes\ndefault via 10.0.0.1 dev eth0 proto dhcp src 10.0.0.5 metric 100\n\
                    10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink\nblackhole 10.42.0.64/26 proto 80\n\
                    local 10.0.0.5 dev eth0 table local proto kernel scope host src 10.0.0.5\n\
                    10.9.0.0/16 proto static\n\tnexthop via 10.0.0.2 dev eth0 weight 1\n\tnexthop via 10.0.0.3 dev eth1 weight 1\n\
                    \u{1}routes6\ndefault via fe80::1 dev eth0 metric 1024\n::1 dev lo\n\u{1}end\n";
        let Value::List(routes) = read(&Sections::read(text).unwrap()) else { panic!("no list") };
        let of = |route: usize, key: &str| routes[route].get(key).map(ToString::to_string).unwrap_or_default();
        assert_eq!((of(0, "to"), of(0, "via"), of(0, "metric")), ("0.0.0.0/0".into(), "10.0.0.1".into(), "100".into()));
        assert_eq!(
            (of(1, "to"), of(1, "dev"), of(1, "table")),
            ("10.42.1.0/24".into(), "flannel.1".into(), "main".into())
        );
        assert_eq!((of(2, "kind"), of(2, "to")), ("blackhole".into(), "10.42.0.64/26".into()));
        assert_eq!((of(3, "to"), of(3, "table")), ("10.0.0.5/32".into(), "local".into()));
        assert!(matches!(routes[4].get("hops"), Some(Value::List(hops)) if hops.len() == 2));
        assert_eq!((of(5, "to"), of(6, "to"), of(6, "family")), ("::/0".into(), "::1/128".into(), "6".into()));
    }
}
