//! From the syntax tree of one body to what the rules know of it.

use rhai::{AST, ASTFlags, ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};

use super::body::{Arg, Arm, Body, Call};

pub(super) fn walk(ast: &AST, body: &mut Body) {
    ast.walk(&mut |path: &[ASTNode]| {
        let Some((node, above)) = path.split_last() else { return true };
        match node {
            ASTNode::Stmt(statement) => {
                if above.is_empty() {
                    body.gives_closure = gives_closure(statement);
                }
                of_statement(statement, path, body);
            }
            ASTNode::Expr(expr) => of_expr(expr, path, body),
            _ => {}
        }
        true
    });
}

fn of_statement(statement: &Stmt, path: &[ASTNode], body: &mut Body) {
    match statement {
        Stmt::FnCall(call, at) => body.calls.extend(call_of(call, *at, path, false)),
        Stmt::Assignment(assignment) => {
            if let Some((name, at)) = root_of(&assignment.1.lhs) {
                body.writes.push((name, at));
            }
            if let (Some(key), Some(_)) = (last_property(&assignment.1.lhs), arg_of(&assignment.1.rhs).closure()) {
                body.callable.insert(key);
            }
        }
        Stmt::Var(named, ..) => body.lets.push((named.0.name.to_string(), named.0.pos)),
        Stmt::For(looped, _) => {
            body.lets.push((looped.0.name.to_string(), looped.0.pos));
            body.lets.extend(looped.1.iter().map(|counter| (counter.name.to_string(), counter.pos)));
        }
        Stmt::TryCatch(block, _) => match &block.expr {
            Expr::Variable(variable, _, at) => body.lets.push((variable.1.to_string(), *at)),
            _ => body.bare_catches.push(block.branch.position()),
        },
        Stmt::Import(import, _) => {
            if let Expr::StringConstant(path, _) = &import.0 {
                body.imports.push((import.1.name.to_string(), path.to_string()));
            }
        }
        _ => {}
    }
}

fn of_expr(expr: &Expr, path: &[ASTNode], body: &mut Body) {
    match expr {
        Expr::FnCall(call, at) => {
            if let ("Fn", Some(Expr::StringConstant(name, _))) = (call.name.as_str(), call.args.first()) {
                body.names.push(name.to_string());
            }
            body.calls.extend(call_of(call, *at, path, false));
        }
        Expr::MethodCall(call, at) => body.calls.extend(call_of(call, *at, path, true)),
        Expr::DynamicConstant(..) => body.names.extend(arg_of(expr).closure().map(|(name, _)| name.to_owned())),
        Expr::Variable(variable, ..) if variable.2.is_empty() => body.names.push(variable.1.to_string()),
        Expr::Dot(pair, ..) => dot(body, &pair.lhs, &pair.rhs),
        Expr::Index(pair, ..) => {
            if let (true, Expr::StringConstant(name, at)) = (is_inputs(&pair.lhs), first_of(&pair.rhs)) {
                body.inputs.push((name.to_string(), *at));
            }
        }
        Expr::Map(map, _) => {
            let holds_closure = |value: &Expr| arg_of(value).closure().is_some();
            body.callable
                .extend(map.0.iter().filter(|(_, value)| holds_closure(value)).map(|(key, _)| key.name.to_string()));
        }
        _ => {}
    }
}

/// Methods that change what they are called on.
const CHANGES_ITS_OWN: [&str; 24] = [
    "append",
    "chop",
    "clear",
    "crop",
    "dedup",
    "drain",
    "fill_with",
    "insert",
    "make_lower",
    "make_upper",
    "mixin",
    "pop",
    "push",
    "remove",
    "replace",
    "retain",
    "reverse",
    "set",
    "shift",
    "sort",
    "splice",
    "trim",
    "truncate",
    "zip_with",
];

fn is_inputs(expr: &Expr) -> bool {
    matches!(expr, Expr::FnCall(call, _) if call.name == "inputs" && call.args.is_empty() && call.namespace.is_empty())
}

/// What stands first in a chain of dots and indices: each holds the rest of the chain at its right.
fn first_of(expr: &Expr) -> &Expr {
    match expr {
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => &pair.lhs,
        other => other,
    }
}

fn dot(body: &mut Body, left: &Expr, right: &Expr) {
    match first_of(right) {
        Expr::Property(property, at) if is_inputs(left) => body.inputs.push((property.2.to_string(), *at)),
        Expr::MethodCall(call, at) if CHANGES_ITS_OWN.contains(&call.name.as_str()) => {
            body.writes.extend(root_of(left).map(|(name, _)| (name, *at)));
        }
        _ => {}
    }
}

/// The variable at the root of what is assigned to.
fn root_of(expr: &Expr) -> Option<(String, Position)> {
    match expr {
        Expr::Variable(variable, _, at) if variable.2.is_empty() => Some((variable.1.to_string(), *at)),
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => root_of(&pair.lhs),
        _ => None,
    }
}

fn last_property(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => last_property(&pair.rhs),
        Expr::Property(property, _) => Some(property.2.to_string()),
        Expr::StringConstant(key, _) => Some(key.to_string()),
        _ => None,
    }
}

fn call_of(call: &FnCallExpr, at: Position, path: &[ASTNode], is_method: bool) -> Option<Call> {
    if call.op_token.is_some() || call.name == "curry" {
        return None;
    }
    let space: Vec<&str> = call.namespace.path.iter().map(|part| part.name.as_str()).collect();
    let name = space.iter().copied().chain([call.name.as_str()]).collect::<Vec<_>>().join("::");
    let pairs = path.windows(2);
    let in_loop = pairs.clone().any(|pair| repeats(&pair[0], &pair[1]));
    let arms = pairs.filter_map(|pair| arm(&pair[0], &pair[1])).collect();
    let args = call.args.iter().map(arg_of).collect();
    let places = call.args.iter().map(Expr::start_position).collect();
    Some(Call { name, is_method, args, places, at, in_loop, arms })
}

/// Whether `child` is done again and again by its parent.
fn repeats(parent: &ASTNode, child: &ASTNode) -> bool {
    match parent {
        ASTNode::Stmt(Stmt::While(..) | Stmt::Do(..)) => true,
        // What is gone through is asked for once.
        ASTNode::Stmt(Stmt::For(looped, _)) => *child != ASTNode::Expr(&looped.2.expr),
        _ => false,
    }
}

/// The branch of its parent in which `child` stands.
fn arm(parent: &ASTNode, child: &ASTNode) -> Option<Arm> {
    let leaves = |statements: &[Stmt]| statements.last().is_some_and(is_last);
    match (parent, child) {
        (ASTNode::Stmt(Stmt::If(fork, at)), ASTNode::Stmt(child)) => {
            let nth = usize::from(!fork.body.iter().any(|own| std::ptr::eq(own, *child)));
            let block = if nth == 0 { &fork.body } else { &fork.branch };
            Some(Arm { fork: *at, nth, leaves: leaves(block.statements()) })
        }
        (ASTNode::Stmt(Stmt::Switch(fork, at)), ASTNode::Expr(child)) => {
            let nth = fork.1.expressions.iter().position(|own| std::ptr::eq(&own.rhs, *child))?;
            let is_end = if let Expr::Stmt(block) = child { leaves(block.statements()) } else { false };
            Some(Arm { fork: *at, nth, leaves: is_end })
        }
        _ => None,
    }
}

/// Whether nothing after the statement is reached.
fn is_last(statement: &Stmt) -> bool {
    match statement {
        Stmt::Return(..) | Stmt::BreakLoop(..) => true,
        Stmt::FnCall(call, _) => call.name == "fail" && call.namespace.is_empty(),
        Stmt::Expr(expr) => {
            matches!(&**expr, Expr::FnCall(call, _) if call.name == "fail" && call.namespace.is_empty())
        }
        _ => false,
    }
}

fn gives_closure(statement: &Stmt) -> Option<Position> {
    let expr = match statement {
        Stmt::Expr(expr) => &**expr,
        Stmt::Return(Some(expr), flags, _) if !flags.contains(ASTFlags::BREAK) => &**expr,
        _ => return None,
    };
    let is_closure = |arg: &Arg| arg.closure().is_some();
    match arg_of(expr) {
        Arg::Closure(..) => Some(expr.position()),
        Arg::Map(map) => map.iter().find(|(_, value, _)| is_closure(value)).map(|(_, _, at)| *at),
        _ => None,
    }
}

fn arg_of(expr: &Expr) -> Arg {
    match expr {
        Expr::StringConstant(text, _) => Arg::Literal(text.to_string()),
        Expr::InterpolatedString(parts, _) => {
            let part = |part: &Expr| {
                if let Expr::StringConstant(text, _) = part { text.to_string() } else { "…".to_owned() }
            };
            Arg::Pattern(parts.iter().map(part).collect())
        }
        Expr::DynamicConstant(value, at) => match value.read_lock::<FnPtr>() {
            Some(closure) => Arg::Closure(closure.fn_name().to_owned(), 0),
            None => value
                .read_lock::<rhai::Map>()
                .map_or(Arg::Other, |map| Arg::Map(map.keys().map(|key| (key.to_string(), Arg::Other, *at)).collect())),
        },
        Expr::FnCall(call, _) if call.name == "curry" => match call.args.first().map(arg_of) {
            Some(Arg::Closure(name, _)) => Arg::Closure(name, call.args.len().saturating_sub(1)),
            _ => Arg::Other,
        },
        Expr::Map(map, _) => {
            Arg::Map(map.0.iter().map(|(key, value)| (key.name.to_string(), arg_of(value), key.pos)).collect())
        }
        // A closure that captures is wrapped in a block that shares what it captures.
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Share(_), Stmt::Expr(closure)] => arg_of(closure),
            _ => Arg::Block(block.position()),
        },
        Expr::BoolConstant(..) => Arg::Plain("a boolean"),
        Expr::IntegerConstant(..) => Arg::Plain("a whole number"),
        Expr::FloatConstant(..) => Arg::Plain("a number"),
        Expr::CharConstant(..) => Arg::Plain("a character"),
        Expr::Array(items, _) => Arg::List(items.iter().map(arg_of).collect()),
        Expr::Unit(_) => Arg::Plain("nothing"),
        _ => Arg::Other,
    }
}
