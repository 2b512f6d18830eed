//! `semver::`: versions as Kubernetes and its tools write them.
//!
//! A leading `v` is allowed, missing parts count as zero, and what stands after `+` decides between versions that are
//! otherwise the same: `v1.34.4+k3s1` comes before `v1.34.4+k3s2`.

pub(super) mod compare;
pub(super) mod matches;
pub(super) mod max;
pub(super) mod parse;

use std::cmp::Ordering;

use runbook_model::Failure;
use semver::{BuildMetadata, Prerelease, Version};

use super::pure::{bad, shown};

/// The version that `text` names.
pub(super) fn version(text: &str) -> Result<Version, Failure> {
    let bare = text.trim();
    let bare = bare.strip_prefix(['v', 'V']).unwrap_or(bare);
    read(bare).map_err(|why| {
        bad(format!("{} is no version: {why}", shown(text))).hint("write a version like `1.34.4` or `v1.34.4+k3s1`")
    })
}

fn read(bare: &str) -> Result<Version, String> {
    let core = bare.find(['-', '+']).unwrap_or(bare.len());
    let (core, rest) = bare.split_at(core);
    if core.split('.').count() < 3 && !core.is_empty() {
        let missing = ".0".repeat(3 - core.split('.').count());
        return Version::parse(&format!("{core}{missing}{rest}")).map_err(|trouble| trouble.to_string());
    }
    Version::parse(bare).map_err(|trouble| trouble.to_string())
}

/// Which of the two comes first: by precedence, then by what stands after `+`.
pub(super) fn order(one: &Version, other: &Version) -> Ordering {
    one.cmp_precedence(other).then_with(|| natural(one.build.as_str(), other.build.as_str()))
}

/// Text compared piece by piece, digits as numbers: `k3s9` before `k3s10`.
fn natural(mut one: &str, mut other: &str) -> Ordering {
    loop {
        let (left, right) = (piece(&mut one), piece(&mut other));
        let order = match (digits(left), digits(right)) {
            (Some(left), Some(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            _ => left.cmp(right),
        };
        if order != Ordering::Equal || (left.is_empty() && right.is_empty()) {
            return order;
        }
    }
}

/// Takes the leading digits, or the leading run without digits, off `text`.
fn piece<'t>(text: &mut &'t str) -> &'t str {
    let digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(text.len());
    let (piece, rest) = text.split_at(end);
    *text = rest;
    piece
}

fn digits(piece: &str) -> Option<&str> {
    let digits = piece.starts_with(|c: char| c.is_ascii_digit());
    digits.then(|| piece.trim_start_matches('0'))
}

/// The version without what stands after `-` and `+`.
pub(super) fn release(version: &Version) -> Version {
    Version { pre: Prerelease::EMPTY, build: BuildMetadata::EMPTY, ..version.clone() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ordered(one: &str, other: &str) -> Ordering {
        order(&version(one).unwrap(), &version(other).unwrap())
    }

    proptest! {
        #[test]
        fn any_text_is_a_version_or_refused_and_never_panics(text in ".*") {
            let _ = version(&text);
        }

        #[test]
        fn any_text_like_a_version_is_read_or_refused_and_never_panics(text in "[v0-9.+a-z-]{0,24}") {
            let _ = version(&text);
        }

        #[test]
        fn the_order_turns_round_with_its_arguments(one in "[a-c0-2]{0,5}", other in "[a-c0-2]{0,5}") {
            prop_assert_eq!(natural(&one, &other), natural(&other, &one).reverse());
        }
    }

    #[test]
    fn versions_as_kubernetes_writes_them_are_read() {
        assert_eq!(version("v1.34.4+k3s1").unwrap().to_string(), "1.34.4+k3s1");
        assert_eq!(version(" 1.34 ").unwrap().to_string(), "1.34.0");
        assert_eq!(version("v1.35.0-rc.1+rke2r1").unwrap().pre.as_str(), "rc.1");
        assert_eq!(version("v1-alpha").unwrap().to_string(), "1.0.0-alpha");
    }

    #[test]
    fn later_versions_come_later() {
        assert_eq!(ordered("v1.34.10", "1.34.9"), Ordering::Greater);
        assert_eq!(ordered("1.35.0-rc.1", "1.35.0"), Ordering::Less);
        assert_eq!(ordered("v1.34.4+k3s1", "v1.34.4+k3s2"), Ordering::Less);
        assert_eq!(ordered("v1.34.4+k3s10", "v1.34.4+k3s9"), Ordering::Greater);
        assert_eq!(ordered("v1.34.4", "1.34.4"), Ordering::Equal);
    }

    #[test]
    fn what_is_no_version_is_refused_with_the_reason() {
        let what = version("1.x.3").unwrap_err().what;
        assert_eq!(what, "`1.x.3` is no version: unexpected character 'x' while parsing minor version number");
        assert!(version("").is_err());
        assert!(version("latest").is_err());
        assert!(version("1.2.3.4").is_err());
        assert!(version("99999999999999999999.0.0").is_err());
    }
}
