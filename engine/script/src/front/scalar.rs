//! From the text of one value to the value, type by type.
//!
//! Text stays as it was written wherever a tool further on may care how it was written: a version keeps its `v`.

use std::net::IpAddr;

use ipnet::IpNet;
use runbook_model::Value;
use url::Url;

use super::kind::Kind;
use super::secret;
use super::wrong::{Wrong, shown};
use crate::options::parse_duration;

/// The value of this type that `text` means; `home` is the home directory.
pub(super) fn scalar(kind: Kind, text: &str, home: Option<&str>) -> Result<Value, Wrong> {
    let refuse = || Wrong::takes(kind.takes(), text);
    let tight = text.trim();
    match kind {
        Kind::String | Kind::Enum => Ok(Value::Text(text.to_owned())),
        Kind::Int => tight.parse().map(Value::Int).map_err(|_| refuse()),
        Kind::Bool => truth(tight).map(Value::Bool).ok_or_else(refuse),
        Kind::Float => match tight.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Value::Float(x)),
            _ => Err(refuse()),
        },
        Kind::Duration if parse_duration(tight).is_none() => Err(refuse()),
        Kind::Version if version(tight).is_none() => Err(refuse()),
        Kind::Duration | Kind::Version => Ok(tight.into()),
        Kind::Cidr => cidr(tight),
        Kind::Ip => tight.parse::<IpAddr>().map(|ip| ip.to_string().into()).map_err(|_| refuse()),
        Kind::Url => url(tight),
        Kind::Path => path(text, home),
        Kind::Secret => reference(tight),
        Kind::List | Kind::Map => Err(refuse()),
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// The version that `text` names, with or without a `v` before it.
pub(super) fn version(text: &str) -> Option<semver::Version> {
    semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).ok()
}

fn cidr(text: &str) -> Result<Value, Wrong> {
    let refuse = || Wrong::takes(Kind::Cidr.takes(), text);
    let net: IpNet = text.parse().map_err(|_| match text.parse::<IpAddr>() {
        Ok(ip) => refuse().hint(format!("write `{ip}/{}` for this one address", if ip.is_ipv4() { 32 } else { 128 })),
        Err(_) => refuse(),
    })?;
    if net.trunc() == net {
        return Ok(net.to_string().into());
    }
    Err(refuse().hint(format!("write `{}`, which begins the block that holds `{}`", net.trunc(), net.addr())))
}

fn url(text: &str) -> Result<Value, Wrong> {
    let refuse = || Wrong::takes(Kind::Url.takes(), text);
    // `localhost:8080` is a URL too, of the scheme `localhost`; nobody means that.
    let url = Url::parse(text).ok().filter(|_| text.contains("://")).ok_or_else(|| {
        match Url::parse(&format!("https://{text}")) {
            Ok(url) if !text.contains("://") && url.host().is_some() => {
                refuse().hint(format!("write `https://{}`", shown(text)))
            }
            _ => refuse(),
        }
    });
    // Even a text that is no URL may carry the password of one.
    let carries = url.as_ref().map_or_else(|_| text.contains('@'), |url| url.password().is_some());
    if !carries {
        return url.map(|_| text.into());
    }
    let mut wrong = Wrong::new("takes a URL without a password in it: it would be recorded with the run")
        .hint("give the password on its own, as an input of type `secret`");
    wrong.secret = true;
    Err(wrong)
}

fn path(text: &str, home: Option<&str>) -> Result<Value, Wrong> {
    let refuse = |hint: &str| Wrong::takes(Kind::Path.takes(), text).hint(hint);
    if text.is_empty() || text.contains('\0') {
        return Err(Wrong::takes(Kind::Path.takes(), text));
    }
    match text.strip_prefix('~') {
        None => Ok(text.into()),
        Some(rest) if rest.is_empty() || rest.starts_with('/') => match home.filter(|home| !home.is_empty()) {
            Some(home) => Ok(format!("{}{rest}", home.trim_end_matches('/')).into()),
            None => Err(refuse("set `HOME`, or write the path without `~`")),
        },
        Some(_) => Err(refuse("write `~/…` for your own home directory, and the whole path for another one")),
    }
}

fn reference(text: &str) -> Result<Value, Wrong> {
    if secret::is_reference(text) {
        return Ok(text.into());
    }
    let mut wrong = Wrong::new(
        "takes a reference to a secret, not the secret itself: what is given would be recorded with the run",
    );
    wrong.secret = true;
    Err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(kind: Kind, text: &str) -> Value {
        scalar(kind, text, Some("/home/ada")).unwrap()
    }

    fn bad(kind: Kind, text: &str) -> String {
        let wrong = scalar(kind, text, Some("/home/ada")).unwrap_err();
        [vec![wrong.said], wrong.hints].concat().join("; ")
    }

    #[test]
    fn each_type_takes_what_people_write_for_it() {
        assert_eq!(good(Kind::Int, " -3 "), Value::Int(-3));
        assert_eq!(good(Kind::Bool, "Yes"), Value::Bool(true));
        assert_eq!(good(Kind::Float, "2"), Value::Float(2.0));
        assert_eq!(good(Kind::Duration, "1h30m"), "1h30m".into());
        assert_eq!(good(Kind::Version, "v1.33.1"), "v1.33.1".into());
        assert_eq!(good(Kind::Cidr, "10.0.0.0/16"), "10.0.0.0/16".into());
        assert_eq!(good(Kind::Ip, "FE80::1"), "fe80::1".into());
        assert_eq!(good(Kind::Url, "https://example.com"), "https://example.com".into());
        assert_eq!(good(Kind::Path, "~/x"), "/home/ada/x".into());
        assert_eq!(good(Kind::Path, "~"), "/home/ada".into());
        assert_eq!(good(Kind::String, " as it is "), " as it is ".into());
        assert_eq!(good(Kind::Secret, "cmd:pass show x"), "cmd:pass show x".into());
    }

    #[test]
    fn each_type_says_what_it_takes() {
        assert_eq!(bad(Kind::Int, "three"), "takes a whole number, not `three`");
        assert_eq!(bad(Kind::Bool, "ja"), "takes `true` or `false`, not `ja`");
        assert_eq!(bad(Kind::Float, "NaN"), "takes a number, not `NaN`");
        assert_eq!(bad(Kind::Duration, "90"), "takes a length of time with its unit, not `90`");
        assert_eq!(bad(Kind::Version, "1.33"), "takes a version, not `1.33`");
        assert_eq!(
            bad(Kind::Cidr, "10.0.0.7"),
            "takes a block of addresses, not `10.0.0.7`; write `10.0.0.7/32` for this one address"
        );
        assert_eq!(
            bad(Kind::Cidr, "10.0.5.0/16"),
            "takes a block of addresses, not `10.0.5.0/16`; write `10.0.0.0/16`, which begins the block that holds `10.0.5.0`"
        );
        assert_eq!(
            bad(Kind::Url, "localhost:8080"),
            "takes a URL, not `localhost:8080`; write `https://localhost:8080`"
        );
        assert_eq!(bad(Kind::Path, ""), "takes a path, not ``");
        assert!(bad(Kind::Path, "~bob/x").ends_with("the whole path for another one"));
    }

    #[test]
    fn a_secret_in_clear_is_refused_and_not_shown() {
        for (kind, text) in [
            (Kind::Secret, "hunter2"),
            (Kind::Secret, "evn:hunter2"),
            (Kind::Secret, "env:hunter2 with blanks"),
            (Kind::Url, "https://ada:hunter2@example.com/"),
            (Kind::Url, "ada:hunter2@example.com"),
        ] {
            let said = bad(kind, text);
            assert!(said.contains("recorded with the run") && !said.contains("hunter2"), "{said}");
        }
    }
}
