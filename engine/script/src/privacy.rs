//! Captured variables, made private: a body that goes to another thread, or that a resume will not run again, must not
//! write to variables outside it.

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Map, NativeCallContext};
use runbook_model::value::DEPTH_MAX;
use runbook_model::{Failure, code};

use crate::listed::Listed;
use crate::thrown::throw;

/// Calls `body` with copies of what it captured, and fails if it wrote to one.
pub fn call(ctx: &NativeCallContext, body: &FnPtr, args: Vec<Dynamic>) -> Result<Dynamic, Box<EvalAltResult>> {
    if !body.is_curried() {
        return body.call_raw(ctx, None, args);
    }
    let before: Vec<Dynamic> = body.iter_curry().map(|value| copy(value, 0)).collect();
    let cells: Vec<Dynamic> = before.iter().map(|value| copy(value, 0).into_shared()).collect();
    let mut private = body.clone();
    private.set_curry(cells.iter().cloned());
    let value = private.call_raw(ctx, None, args)?;
    if before.iter().zip(&cells).all(|(was, is)| same(was, &is.flatten_clone(), 0)) {
        return Ok(value);
    }
    let failure = Failure::new(code::STEP_LEAK, "the body writes to a variable outside it")
        .because("a resumed run does not run a finished body again, so the write would be lost")
        .hint("give the value back from the body and assign it outside: `let x = step(…, || …)`");
    Err(throw(&failure, ctx.call_position()))
}

/// A copy that shares nothing with `of`; what is nested too deep stays as it is, and is refused when it is stored.
pub fn copy(of: &Dynamic, depth: usize) -> Dynamic {
    if depth > DEPTH_MAX {
        return Dynamic::UNIT;
    }
    if let Ok(list) = of.as_array_ref() {
        Dynamic::from_array(list.iter().map(|item| copy(item, depth + 1)).collect::<Array>())
    } else if let Ok(map) = of.as_map_ref() {
        Dynamic::from_map(map.iter().map(|(key, item)| (key.clone(), copy(item, depth + 1))).collect::<Map>())
    } else {
        of.flatten_clone()
    }
}

fn same(a: &Dynamic, b: &Dynamic, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return true;
    }
    if let (Ok(a), Ok(b)) = (a.as_array_ref(), b.as_array_ref()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b, depth + 1));
    }
    if let (Ok(a), Ok(b)) = (a.as_map_ref(), b.as_map_ref()) {
        return a.len() == b.len() && a.iter().zip(b.iter()).all(|((k, a), (l, b))| k == l && same(a, b, depth + 1));
    }
    if a.type_id() != b.type_id() {
        return false;
    }
    if let (Ok(a), Ok(b)) = (a.as_immutable_string_ref(), b.as_immutable_string_ref()) {
        return *a == *b;
    }
    if let (Ok(a), Ok(b)) = (a.as_float(), b.as_float()) {
        return a.to_bits() == b.to_bits();
    }
    if let (Ok(a), Ok(b)) = (a.as_blob_ref(), b.as_blob_ref()) {
        return *a == *b;
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Listed>(), b.read_lock::<Listed>()) {
        return a.same(&b);
    }
    // Numbers, booleans, characters: compared by what they print. A function or a handle cannot be compared, and
    // calling it does not change it.
    a.is_fnptr() || a.to_string() == b.to_string()
}
