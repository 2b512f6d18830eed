//! Addresses, ranges, places and amounts in rules: kept as their texts, and read where they are asked something.

use std::net::IpAddr;

use crate::json::{Value, json};

use super::Trouble;
use super::judge::fails;
use crate::rules::quantity::Quantity;
use crate::rules::validate::format;

/// Functions of one text.
pub(super) const ALONE: [&str; 8] = ["cidr", "ip", "isCIDR", "isIP", "isQuantity", "isURL", "quantity", "url"];

/// What those things can be asked.
pub(super) const METHODS: [&str; 23] = [
    "asApproximateFloat",
    "asInteger",
    "compareTo",
    "containsCIDR",
    "containsIP",
    "family",
    "getEscapedPath",
    "getHost",
    "getHostname",
    "getPort",
    "getScheme",
    "ip",
    "isGlobalUnicast",
    "isGreaterThan",
    "isInteger",
    "isLessThan",
    "isLinkLocalMulticast",
    "isLinkLocalUnicast",
    "isLoopback",
    "isUnspecified",
    "masked",
    "prefixLength",
    "sign",
];

/// The formats that texts are held against by name.
pub(super) const FORMS: [&str; 13] = [
    "byte",
    "date",
    "datetime",
    "dns1035Label",
    "dns1035LabelPrefix",
    "dns1123Label",
    "dns1123LabelPrefix",
    "dns1123Subdomain",
    "dns1123SubdomainPrefix",
    "labelValue",
    "qualifiedName",
    "uri",
    "uuid",
];

type Found = Result<Value, Trouble>;

pub(super) fn alone(name: &str, text: &str) -> Found {
    let whole =
        |is: bool, what: &str| if is { Ok(json!(text)) } else { Err(fails(format!("{what} parse error: {text}"))) };
    match name {
        "isIP" => Ok(json!(text.parse::<IpAddr>().is_ok())),
        "isCIDR" => Ok(json!(range(text).is_some())),
        "isQuantity" => Ok(json!(Quantity::read(text).is_some())),
        "isURL" => Ok(json!(Place::read(text).is_some())),
        "ip" => whole(text.parse::<IpAddr>().is_ok(), "IP Address"),
        "cidr" => whole(range(text).is_some(), "network address"),
        "quantity" => whole(Quantity::read(text).is_some(), "quantity"),
        _ => whole(Place::read(text).is_some(), "URL"),
    }
}

pub(super) fn method(of: &str, name: &str, given: &[Value]) -> Found {
    let wrong = || fails("no such overload");
    let other = given.first().and_then(Value::as_str);
    if name.starts_with("get") {
        return Place::read(of).map(|place| json!(place.part(name))).ok_or_else(wrong);
    }
    if let Some(amount) = Quantity::read(of).filter(|_| of.parse::<IpAddr>().is_err()) {
        return amounts(&amount, name, other).ok_or_else(wrong);
    }
    if let Ok(address) = of.parse::<IpAddr>() {
        return addresses(address, name).ok_or_else(wrong);
    }
    ranges(of, name, other).ok_or_else(wrong)
}

fn amounts(amount: &Quantity, name: &str, other: Option<&str>) -> Option<Value> {
    let order = || Some(amount.compare(&Quantity::read(other?)?));
    let zero = Quantity::read("0")?;
    Some(match name {
        "compareTo" => json!(order()? as i8),
        "isGreaterThan" => json!(order()?.is_gt()),
        "isLessThan" => json!(order()?.is_lt()),
        "isInteger" => json!(amount.is_whole()),
        "sign" => json!(amount.compare(&zero) as i8),
        _ => return None,
    })
}

fn addresses(address: IpAddr, name: &str) -> Option<Value> {
    let local = match address {
        IpAddr::V4(four) => (four.is_link_local(), four.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(six) => (six.segments()[0] & 0xffc0 == 0xfe80, six.segments()[0] & 0xff0f == 0xff02),
    };
    Some(match name {
        "family" => json!(if address.is_ipv4() { 4 } else { 6 }),
        "isLoopback" => json!(address.is_loopback()),
        "isUnspecified" => json!(address.is_unspecified()),
        "isLinkLocalUnicast" => json!(local.0),
        "isLinkLocalMulticast" => json!(local.1),
        "isGlobalUnicast" => {
            let broadcast = address == IpAddr::from([255, 255, 255, 255]);
            let special = address.is_loopback() || address.is_unspecified() || address.is_multicast();
            json!(!(special || local.0 || broadcast))
        }
        _ => return None,
    })
}

fn ranges(of: &str, name: &str, other: Option<&str>) -> Option<Value> {
    let (address, length) = range(of)?;
    Some(match name {
        "prefixLength" => json!(length),
        "ip" => json!(address.to_string()),
        "masked" => json!(format!("{}/{length}", masked(address, length))),
        "containsIP" => {
            let other = other?.parse::<IpAddr>().ok()?;
            json!(other.is_ipv4() == address.is_ipv4() && masked(other, length) == masked(address, length))
        }
        "containsCIDR" => {
            let (other, longer) = range(other?)?;
            let same = other.is_ipv4() == address.is_ipv4() && masked(other, length) == masked(address, length);
            json!(longer >= length && same)
        }
        _ => return None,
    })
}

fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = length.parse().ok().filter(|length| *length <= most)?;
    Some((address, length))
}

fn masked(address: IpAddr, length: u32) -> IpAddr {
    match address {
        IpAddr::V4(four) => IpAddr::V4((four.to_bits() & u32::MAX.checked_shl(32 - length).unwrap_or(0)).into()),
        IpAddr::V6(six) => IpAddr::V6((six.to_bits() & u128::MAX.checked_shl(128 - length).unwrap_or(0)).into()),
    }
}

struct Place<'a> {
    scheme: &'a str,
    host: &'a str,
    path: &'a str,
}

impl<'a> Place<'a> {
    fn read(text: &'a str) -> Option<Self> {
        if !format::fits(text, "uri") {
            return None;
        }
        let (scheme, rest) = if text.starts_with('/') { ("", text) } else { text.split_once(':')? };
        let (host, path) = match rest.strip_prefix("//").filter(|_| !scheme.is_empty()) {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
        Some(Self { scheme, host: host.rsplit('@').next().unwrap_or_default(), path })
    }

    fn part(&self, name: &str) -> &str {
        let port = self.host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        match name {
            "getScheme" => self.scheme,
            "getHost" => self.host,
            "getHostname" => port.map_or(self.host, |(host, _)| host).trim_start_matches('[').trim_end_matches(']'),
            "getPort" => port.map_or("", |(_, port)| port),
            _ => self.path,
        }
    }
}

/// What is wrong with a text by a format; nothing where it fits.
pub(super) fn validate(form: &Value, text: &Value) -> Result<Option<Value>, Trouble> {
    let (Some(form), Some(text)) = (form.as_str(), text.as_str()) else { return Err(fails("no such overload")) };
    let wrong = match format::of_names(form, text) {
        Some(wrong) => wrong,
        None if format::fits(text, form) => Vec::new(),
        None => vec![format!("invalid {form}")],
    };
    Ok((!wrong.is_empty()).then(|| json!(wrong)))
}
