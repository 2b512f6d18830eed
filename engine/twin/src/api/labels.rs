//! The words of the server for label keys and values that are none, as selectors say them.

/// Whether a label's key is one.
///
/// # Errors
/// The server's words.
pub(crate) fn key(key: &str) -> Result<(), String> {
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let said = |why: &str| Err(format!("<nil>: Invalid value: \"{key}\": {why}"));
    if name.contains('/') {
        return said(
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
             'example.com/MyName')",
        );
    }
    if let Some(prefix) = prefix {
        if prefix.is_empty() {
            return said("prefix part must be non-empty");
        }
        let good = |piece: &str| {
            !piece.is_empty()
                && piece.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        if !prefix.split('.').all(good) {
            return said(
                "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
                 and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
            );
        }
    }
    if name.is_empty() {
        return said("name part must be non-empty");
    }
    if name.len() > 63 {
        return said("name part must be no more than 63 characters");
    }
    if !qualified(name) {
        return said(
            "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
             alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
             '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        );
    }
    Ok(())
}

/// Whether a label's value is one; `at` is its place among several.
///
/// # Errors
/// The server's words.
pub(crate) fn value(key: &str, at: usize, value: &str) -> Result<(), String> {
    if value.len() > 63 {
        return Err(format!("values[{at}][{key}]: Invalid value: \"{value}\": must be no more than 63 characters"));
    }
    if !value.is_empty() && !qualified(value) {
        return Err(format!(
            "values[{at}][{key}]: Invalid value: \"{value}\": a valid label must be an empty string or consist of \
             alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
             'MyValue',  or 'my_value',  or '12345', regex used for validation is \
             '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
        ));
    }
    Ok(())
}

fn qualified(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    name.bytes().all(inner) && ends(name.as_bytes().first()) && ends(name.as_bytes().last())
}
