//! The rules that authors of custom definitions write, in the part of CEL that they use.
//!
//! Promises: a rule that cannot be read or judged here is told apart from one that does not hold.

mod call;
mod judge;
mod net;
mod read;
mod times;

use super::Said;
use crate::json::Value;

/// A rule that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Term {
    /// A value that stands there.
    Is(Value),
    /// A name.
    Name(String),
    /// A field; `true` when it may be absent.
    Field(Box<Term>, String, bool),
    /// An item or a key; `true` when it may be absent.
    At(Box<Term>, Box<Term>, bool),
    /// A function, with what stands before its dot, and what it is given.
    Call(Option<Box<Term>>, String, Vec<Term>),
    /// A list.
    List(Vec<Term>),
    /// A map.
    Map(Vec<(Term, Term)>),
    /// An operator between two.
    Two(&'static str, Box<Term>, Box<Term>),
    /// Not, or minus.
    One(char, Box<Term>),
    /// One or the other.
    If(Box<Term>, Box<Term>, Box<Term>),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trouble {
    /// It is not known here.
    Unknown(String),
    /// The rule itself fails, as the server would say.
    Fails(String),
}

/// What a rule is asked about.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// What is there.
    pub(super) value: &'a Value,
    /// What was there before.
    pub(super) before: Option<&'a Value>,
    /// Whether the rule takes it that nothing was.
    pub(super) optional: bool,
    /// What the author says of it.
    pub(super) schema: &'a Value,
}

/// Whether the rule holds for the value, and for what it was if that counts.
pub(super) fn holds(rule: &str, subject: &Subject<'_>) -> Result<bool, Trouble> {
    match judged(rule, subject)? {
        Value::Bool(holds) => Ok(holds),
        _ => Err(Trouble::Unknown(rule.to_owned())),
    }
}

/// What the rule comes to.
pub(super) fn judged(rule: &str, subject: &Subject<'_>) -> Result<Value, Trouble> {
    let term = read::read(rule).ok_or_else(|| Trouble::Unknown(rule.to_owned()))?;
    let typed = |value: &Value| times::typed(value, subject.schema);
    let mut names = vec![("self".to_owned(), judge::Is::Json(typed(subject.value)))];
    let before = subject.before.map(typed);
    match before {
        before if subject.optional => names.push(("oldSelf".to_owned(), judge::Is::Maybe(before))),
        Some(before) => names.push(("oldSelf".to_owned(), judge::Is::Json(before))),
        None => {}
    }
    match judge::judge(&term, &names)? {
        judge::Is::Json(value) => Ok(value),
        judge::Is::Maybe(_) => Err(Trouble::Unknown(rule.to_owned())),
    }
}

/// Whether a condition holds that speaks of these names; none where it cannot be read or judged here.
pub(super) fn condition(rule: &str, names: &[(&str, Value)]) -> Option<bool> {
    match said(rule, names) {
        Said::Is(Value::Bool(holds)) => Some(holds),
        _ => None,
    }
}

/// What an expression comes to that speaks of these names.
pub(super) fn said(rule: &str, names: &[(&str, Value)]) -> Said {
    let Some(term) = read::read(rule) else { return Said::Unknown };
    let names: judge::Names =
        names.iter().map(|(name, value)| ((*name).to_owned(), judge::Is::Json(value.clone()))).collect();
    match judge::judge(&term, &names) {
        Ok(judge::Is::Json(value)) => Said::Is(value),
        Err(Trouble::Fails(why)) => Said::Fails(why),
        Ok(judge::Is::Maybe(_)) | Err(Trouble::Unknown(_)) => Said::Unknown,
    }
}

/// Whether a rule speaks of what was before.
pub(super) fn looks_back(rule: &str) -> bool {
    rule.contains("oldSelf")
}

/// Whether a rule can be read here.
pub(super) fn readable(rule: &str) -> bool {
    read::read(rule).is_some_and(|term| judge::known(&term))
}

#[cfg(test)]
mod tests {
    use crate::json::json;

    use super::*;

    #[test]
    fn rules_hold_or_do_not() {
        fn holds(rule: &str, value: &Value, before: Option<&Value>) -> Result<bool, Trouble> {
            super::holds(rule, &Subject { value, before, optional: false, schema: &Value::Null })
        }
        let value = json!({"a": 1, "b": [1, 2, 3], "s": "tcp-80", "l": [{"n": "x", "p": 1}, {"n": "y"}], "m": {"k": "v"}, "d-e": true});
        for (rule, holds_) in [
            ("self.a == 1 && self.a < 2", true),
            ("has(self.a) && !has(self.z)", true),
            ("!has(self.z) || self.z > 3", true),
            ("self.b.all(x, x > 0)", true),
            ("self.b.exists(x, x == 4)", false),
            ("self.b.exists_one(x, x == 2)", true),
            ("size(self.b) == 3 && self.b.size() <= 3", true),
            ("self.b.map(x, x * 2) == [2, 4, 6]", true),
            ("self.b.filter(x, x % 2 == 1).size() == 2", true),
            ("self.s.startsWith('tcp-') && self.s.matches(r'^tcp-\\d+$')", true),
            ("self.l.all(l, l.n in ['x', \"y\"] ? true : false)", true),
            ("self.l.all(a, self.l.exists_one(b, a.n == b.n))", true),
            ("'k' in self.m && self.m['k'] == 'v' && self.m.all(k, k != 'z')", true),
            ("self.d__dash__e", true),
            ("int('3') + self.a == 4 && string(self.a) + 'x' == '1x'", true),
            ("self.?z.orValue(7) == 7", true),
            ("self.l.filter(l, has(l.p)).map(l, l.p).sum() == 1", true),
            ("(self.a == 2 ? 'no' : 'yes') == \"yes\"", true),
            ("[1, 2].isSorted() && 'A'.lowerAscii() == 'a' && 'a,b'.split(',').size() == 2", true),
        ] {
            assert_eq!(holds(rule, &value, None), Ok(holds_), "{rule}");
        }
        assert_eq!(holds("self.a >= oldSelf.a", &json!({"a": 1}), Some(&json!({"a": 2}))), Ok(false));
        assert_eq!(holds("self.z == 1", &value, None), Err(Trouble::Fails("no such key: z".to_owned())));
        for (rule, holds_) in [
            ("isIP('::1') && ip('::1').family() == 6 && !isIP('10.0.0.0/8') && ip('127.0.0.1').isLoopback()", true),
            (
                "cidr('10.0.0.0/8').prefixLength() == 8 && cidr('10.0.0.0/8').containsIP('10.1.2.3') && !isCIDR('x')",
                true,
            ),
            ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.0/24').ip() == ip('10.1.2.0')", true),
            ("isURL('https://a.b:8/c') && url('https://a.b:8/c').getHost() == 'a.b:8'", true),
            ("url('https://a.b:8/c').getHostname() == 'a.b' && url('https://a.b:8/c').getPort() == '8'", true),
            ("url('https://a.b:8/c').getScheme() == 'https' && url('/x/y').getEscapedPath() == '/x/y'", true),
            ("isQuantity('1Gi') && !isQuantity('x') && quantity('1Gi').isGreaterThan(quantity('1G'))", true),
            ("quantity('1').compareTo(quantity('1000m')) == 0", true),
            (
                "duration('90m') > duration('1h') && timestamp('2020-01-01T00:00:00Z') < timestamp('2021-01-01T00:00:00Z')",
                true,
            ),
            (
                "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
                true,
            ),
        ] {
            assert_eq!(holds(rule, &value, None), Ok(holds_), "{rule}");
        }
        assert!(matches!(
            holds("authorizer.path(self.s).check('get').allowed()", &value, None),
            Err(Trouble::Unknown(_))
        ));
        let timed = json!({"type": "object", "properties": {"d": {"type": "string", "format": "duration"}}});
        let long = json!({"d": "90m"});
        let subject = Subject { value: &long, before: None, optional: true, schema: &timed };
        assert_eq!(super::holds("self.d > duration('1h') && !oldSelf.hasValue()", &subject), Ok(true));
        for wrong in ["", "self.", "(self", "self.b[", "a b", "'x", "self.a ==", "?", "1 +", "{1:"] {
            assert!(!readable(wrong), "{wrong}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_rather_than_followed() {
        assert!(!readable(&"(".repeat(100_000)));
        assert!(!readable(&"!".repeat(100_000)));
        assert!(!readable(&format!("{}1", "-".repeat(100_000))));
    }
}
