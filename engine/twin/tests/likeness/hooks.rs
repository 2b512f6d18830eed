//! The webhooks of the sessions, as `tests/likeness/record/hooks.go` has them: the last piece of a path says what each does.

use runbook_twin::api::Heard;
use runbook_twin::json::{Value, json};
use runbook_twin::world::Ask;

/// What a webhook answers.
pub(crate) fn answer(ask: &Ask) -> Heard {
    let review: Value = runbook_twin::json::from_str(&ask.body).unwrap();
    let Some(path) = ask.url.strip_prefix("https://hooks.test/").and_then(|rest| rest.split('?').next()) else {
        let place = ask.url.trim_start_matches("https://").split('/').next().unwrap();
        return Heard::Failed(format!("dial tcp {place}: connect: connection refused"));
    };
    let mut response = json!({"uid": review["request"]["uid"], "allowed": true});
    // In base64: a label `hooked` that is set, and one that is taken away.
    let patches = [
        ("label", "W3sib3AiOiJhZGQiLCJwYXRoIjoiL21ldGFkYXRhL2xhYmVscy9ob29rZWQiLCJ2YWx1ZSI6InllcyJ9XQ=="),
        ("bad-patch", "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL21ldGFkYXRhL2xhYmVscy9ub3RoaW5nIn1d"),
    ];
    let said = |code: u16, body: String| Heard::Said { code, body };
    match path {
        "deny" => {
            response["allowed"] = false.into();
            response["status"] = json!({"message": "not on my watch", "code": 403, "reason": "Forbidden"});
        }
        "deny-reason" => {
            response["allowed"] = false.into();
            response["status"] = json!({"reason": "Invalid"});
        }
        "deny-plain" => response["allowed"] = false.into(),
        "label" | "bad-patch" => {
            let patch = patches.iter().find(|(name, _)| *name == path).unwrap().1;
            response["patchType"] = "JSONPatch".into();
            response["patch"] = patch.into();
        }
        "warn" => response["warnings"] = json!(["think twice", "and once more"]),
        "other" => response["uid"] = "another".into(),
        "error" => return said(500, "boom\n".to_owned()),
        "missing" => return said(404, "nothing here\n".to_owned()),
        "garbage" => return said(200, "nonsense".to_owned()),
        "empty" => {
            let body = json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview"});
            return said(200, body.to_string());
        }
        "slow" => return Heard::Failed("context deadline exceeded".to_owned()),
        _ => {}
    }
    let body = json!({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": response});
    said(200, body.to_string())
}
