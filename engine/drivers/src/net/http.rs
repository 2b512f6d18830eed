//! Whether a web server answers.

use std::time::Instant;

use runbook_model::{Failure, Value, code};

use super::Found;
use crate::http::{Method, Request, ask};

/// Whether the server answers a GET of `url` with a status that `request` accepts.
///
/// Adds `status`, `()` where there was no answer. The body is read and forgotten.
pub async fn http(request: &Request) -> Result<Found, Failure> {
    let request = Request { method: Method::Get, ..request.clone() };
    let begun = Instant::now();
    match ask(&request, |_, _| Ok(())).await {
        Ok(answer) => {
            let error = (!request.accepts(answer.status)).then(|| format!("answered {}", answer.status));
            Ok(Found::of(begun, error, [("status", Value::Int(i64::from(answer.status)))]))
        }
        Err(failure) if failure.code == code::VALUE_BAD => Err(failure),
        Err(failure) => {
            let error = std::iter::once(failure.what).chain(failure.causes).collect::<Vec<_>>().join(": ");
            Ok(Found::of(begun, Some(error), [("status", Value::Unit)]))
        }
    }
}
