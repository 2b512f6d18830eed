//! What the text of a module may hold: functions, constants and imports. Anything else would be done by importing it.

use rhai::{AST, ASTFlags, ASTNode, Expr, Position, Stmt};
use runbook_model::{Failure, code};

use crate::primitives::word;
use crate::word::Touches;

/// What a module would do by being imported, in the order of its text.
pub(crate) fn acts(ast: &AST) -> Vec<(Failure, Position)> {
    ast.statements().iter().filter_map(act).collect()
}

fn act(statement: &Stmt) -> Option<(Failure, Position)> {
    let bad = |what: &str| Failure::new(code::IMPORT_BAD, what);
    match statement {
        Stmt::Noop(_) | Stmt::Import(..) | Stmt::Export(..) => None,
        Stmt::Var(named, flags, _) if flags.contains(ASTFlags::CONSTANT) => {
            let (name, at) = calls_a_word(&named.1)?;
            let failure = bad(&format!("a constant of a module cannot ask `{name}`"))
                .because("a module is read once, and its constants are the same in every run");
            Some((failure.hint("make it a function"), at))
        }
        Stmt::Var(_, _, at) => {
            let failure = bad("a module holds functions, constants and imports, and this is a variable");
            Some((failure.hint("make it a constant, `const NAME = …;`, and read it as `global::NAME`"), *at))
        }
        other => {
            let failure =
                bad("a module holds functions, constants and imports, and this would be done by importing it");
            Some((failure.hint("put it into a function"), other.position()))
        }
    }
}

/// The first word in an expression that does more than compute.
fn calls_a_word(expr: &Expr) -> Option<(&'static str, Position)> {
    let mut found = None;
    expr.walk(&mut Vec::new(), &mut |path: &[ASTNode]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, at))) = path.last() {
            let space: Vec<&str> = call.namespace.path.iter().map(|part| part.name.as_str()).collect();
            let name = space.iter().copied().chain([call.name.as_str()]).collect::<Vec<_>>().join("::");
            found = word(&name).filter(|word| word.touches != Touches::Nothing).map(|word| (word.name, *at));
        }
        found.is_none()
    });
    found
}
