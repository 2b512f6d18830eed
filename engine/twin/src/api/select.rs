//! Label and field selectors of requests, with the server's words for the broken ones.

use super::kinds::{Served, stored};
use super::request::Query;
use crate::json::Value;
use crate::world::{Must, Object, Refusal, Requirement, Selector};

/// What a list, watch or collection asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    pub(crate) labels: Selector,
    /// Path, value, and whether it must be equal.
    pub(crate) fields: Vec<(String, String, bool)>,
}

impl Selection {
    pub(crate) fn takes(&self, object: &Object) -> bool {
        // Where nothing is asked, nothing is read: what is packed stays so.
        self.is_everything()
            || self.may_take(object)
                && self.labels.takes(object)
                && self.fields.iter().all(|(path, value, equal)| (field(object, path) == *value) == *equal)
    }

    /// Whether the object has all the words at all that it must have: so that most need not be unpacked.
    fn may_take(&self, object: &Object) -> bool {
        let labels = self.labels.requirements.iter().filter_map(|one| match &one.must {
            Must::In(values) if values.len() == 1 => values.first(),
            _ => None,
        });
        let fields = self.fields.iter().filter(|(_, _, equal)| *equal).map(|(_, value, _)| value);
        fields.chain(labels).all(|word| object.may_say(word))
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_everything() && self.fields.is_empty()
    }

    /// The one name that can be meant, if there is one.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields
            .iter()
            .find(|(path, _, equal)| path == "metadata.name" && *equal)
            .map(|(_, value, _)| value.as_str())
    }

    /// The one node that can be meant, if there is one.
    pub(crate) fn node(&self) -> Option<&str> {
        let on = |path: &str| path == "spec.nodeName" || path == "spec.host";
        let found = self.fields.iter().find(|(path, value, equal)| on(path) && *equal && !value.is_empty());
        found.map(|(_, value, _)| value.as_str())
    }
}

/// The value of a field as selectors see it.
fn field(object: &Object, path: &str) -> String {
    let path = match path {
        "spec.host" => "spec.nodeName",
        "status.podIPs" => "status.podIP",
        "source" => "source.component",
        other => other,
    };
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let pieces = rest.split('.').filter(|piece| !piece.is_empty());
    let value = pieces.fold(&object[first], |value, piece| &value[piece]);
    match value {
        Value::String(text) => text.to_string(),
        Value::Bool(it) => it.to_string(),
        Value::Number(number) => number.to_string(),
        _ if path == "spec.unschedulable" || path == "spec.hostNetwork" => "false".to_owned(),
        _ if path == "status.successful" || path == "status.replicas" => "0".to_owned(),
        _ => String::new(),
    }
}

/// Reads `labelSelector` and `fieldSelector`.
///
/// # Failures
/// 400.
pub(crate) fn read(query: &Query, served: &Served) -> Result<Selection, Refusal> {
    let labels = labels(query.get("labelSelector").unwrap_or_default())?;
    let mut fields = Vec::new();
    for (path, value, equal) in pieces(query.get("fieldSelector").unwrap_or_default())? {
        if !supports(served, &path) {
            return Err(unsupported(served, &path));
        }
        fields.push((path, value, equal));
    }
    Ok(Selection { labels, fields })
}

fn unsupported(served: &Served, path: &str) -> Refusal {
    let own_words = !supported(stored(served).as_str()).is_empty() || served.is_custom();
    if stored(served) == "jobs.batch" {
        return Refusal::bad_request(format!("field label \"{path}\" not supported for Job"));
    }
    Refusal::bad_request(if own_words {
        format!("field label not supported: {path}")
    } else {
        format!("\"{path}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    })
}

fn supports(served: &Served, path: &str) -> bool {
    let custom = || {
        let fields = served.custom.as_ref().and_then(|version| version["selectableFields"].as_array());
        fields
            .into_iter()
            .flatten()
            .any(|one| one["jsonPath"].as_str().is_some_and(|json| json.trim_start_matches('.') == path))
    };
    ["metadata.name", "metadata.namespace"].contains(&path)
        || supported(stored(served).as_str()).contains(&path)
        || (served.is_custom() && custom())
}

fn supported(kind: &str) -> &'static [&'static str] {
    match kind {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
            "spec.host",
        ],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase"],
        "secrets" => &["type"],
        "services" => &["spec.clusterIP", "spec.type"],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "replicationcontrollers" | "replicasets.apps" => &["status.replicas"],
        "jobs.batch" => &["status.successful"],
        "certificatesigningrequests.certificates.k8s.io" => &["spec.signerName"],
        _ => &[],
    }
}

/// The pieces of a field selector, `\` before `,`, `=` and itself taken away.
fn pieces(text: &str) -> Result<Vec<(String, String, bool)>, Refusal> {
    let mut found = Vec::new();
    let mut piece = String::new();
    let mut letters = text.chars();
    let mut all = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                piece.push('\\');
                piece.extend(letters.next());
            }
            ',' => all.push(std::mem::take(&mut piece)),
            letter => piece.push(letter),
        }
    }
    all.push(piece);
    for piece in all.iter().filter(|piece| !piece.is_empty()) {
        let split = ["!=", "==", "="]
            .iter()
            .filter_map(|sign| piece.find(sign).map(|at| (at, *sign)))
            .min_by_key(|(at, sign)| (*at, sign.len() == 1));
        let Some((at, sign)) = split else {
            return Err(Refusal::bad_request(format!("invalid selector: '{text}'; can't understand '{piece}'")));
        };
        found.push((piece[..at].to_owned(), unescaped(&piece[at + sign.len()..])?, sign != "!="));
    }
    Ok(found)
}

/// A value of a field selector as it is meant.
fn unescaped(text: &str) -> Result<String, Refusal> {
    let refused = |why: String| Err(Refusal::bad_request(format!("invalid field selector: {why}")));
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(letter @ ('\\' | ',' | '=')) => value.push(letter),
                other => {
                    let after = other.map_or_else(String::new, String::from);
                    return refused(format!("invalid escape sequence: \\{after}"));
                }
            },
            ',' | '=' => return refused(format!("unescaped character in value: {}", letter as u32)),
            letter => value.push(letter),
        }
    }
    Ok(value)
}

/// A word or sign of a label selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
    End,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    'all: while !rest.is_empty() {
        rest = rest.trim_start();
        for sign in ["!=", "==", "!", "=", "(", ")", ",", ">", "<"] {
            if let Some(after) = rest.strip_prefix(sign) {
                found.push(Token::Sign(sign));
                rest = after;
                continue 'all;
            }
        }
        let end = rest.find(|letter: char| letter.is_whitespace() || "!=(),<>".contains(letter)).unwrap_or(rest.len());
        if end > 0 {
            found.push(Token::Word(rest[..end].to_owned()));
        }
        rest = &rest[end..];
    }
    found
}

/// Reads a label selector.
///
/// # Failures
/// 400.
pub(crate) fn labels(text: &str) -> Result<Selector, Refusal> {
    let tokens = tokens(text);
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let mut selector = Selector::default();
    if tokens.is_empty() {
        return Ok(selector);
    }
    loop {
        match reader.peek() {
            Token::Word(_) | Token::Sign("!") => {
                selector.requirements.push(reader.requirement().map_err(|said| broken(&said))?);
                match reader.next() {
                    Token::End => return Ok(selector),
                    Token::Sign(",") => match reader.peek() {
                        Token::Word(_) | Token::Sign("!") => {}
                        other => {
                            return Err(broken(&format!("found '{}', expected: identifier after ','", shown(&other))));
                        }
                    },
                    other => {
                        return Err(broken(&format!("found '{}', expected: ',' or 'end of string'", shown(&other))));
                    }
                }
            }
            Token::End => return Ok(selector),
            other => {
                return Err(broken(&format!("found '{}', expected: !, identifier, or 'end of string'", shown(&other))));
            }
        }
    }
}

fn broken(said: &str) -> Refusal {
    if said.starts_with("found") && (said.contains("after ','") || said.contains("end of string")) {
        return Refusal::bad_request(said.to_owned());
    }
    Refusal::bad_request(format!("unable to parse requirement: {said}"))
}

fn shown(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        Token::Sign(sign) => (*sign).to_owned(),
        Token::End => String::new(),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or(Token::End)
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.peek() == Token::Sign("!");
        if absent {
            self.at += 1;
        }
        let key = match self.next() {
            Token::Word(word) => word,
            other => return Err(format!("found '{}', expected: identifier", shown(&other))),
        };
        super::labels::key(&key)?;
        if absent {
            return Ok(Requirement { key, must: Must::NotExist });
        }
        let must = match self.peek() {
            Token::End | Token::Sign(",") => Must::Exist,
            Token::Sign("=" | "==") => Must::In(vec![self.exact(&key)?]),
            Token::Sign("!=") => Must::NotIn(vec![self.exact(&key)?]),
            Token::Sign(sign @ (">" | "<")) => {
                let text = self.exact(&key)?;
                let number = text.parse().map_err(|_| {
                    format!(
                        "values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must be an integer"
                    )
                })?;
                if sign == ">" { Must::Above(number) } else { Must::Below(number) }
            }
            Token::Word(word) if word == "in" => Must::In(self.several(&key)?),
            Token::Word(word) if word == "notin" => Must::NotIn(self.several(&key)?),
            other => return Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", shown(&other))),
        };
        Ok(Requirement { key, must })
    }

    fn exact(&mut self, key: &str) -> Result<String, String> {
        self.at += 1;
        match self.peek() {
            Token::End | Token::Sign(",") => Ok(String::new()),
            Token::Word(word) => {
                self.at += 1;
                super::labels::value(key, 0, &word)?;
                Ok(word)
            }
            other => Err(format!("found '{}', expected: identifier", shown(&other))),
        }
    }

    fn several(&mut self, key: &str) -> Result<Vec<String>, String> {
        self.at += 1;
        match self.next() {
            Token::Sign("(") => {}
            other => return Err(format!("found '{}' expected: '('", shown(&other))),
        }
        let mut values = Vec::new();
        loop {
            match self.next() {
                Token::Word(word) => {
                    super::labels::value(key, values.len(), &word)?;
                    values.push(word);
                    match self.next() {
                        Token::Sign(",") => {}
                        Token::Sign(")") => return Ok(values),
                        other => return Err(format!("found '{}', expected: ',' or ')'", shown(&other))),
                    }
                }
                Token::Sign(",") => values.push(String::new()),
                Token::Sign(")") => {
                    values.push(String::new());
                    return Ok(values);
                }
                other => return Err(format!("found '{}', expected: ',', ')' or identifier", shown(&other))),
            }
        }
    }
}
