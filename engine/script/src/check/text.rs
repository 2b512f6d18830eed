//! A runbook's text as the rules see it: every function and closure with the calls in it, by file.

use std::collections::HashMap;

use rhai::{AST, ASTNode, Expr, FnCallExpr, FnPtr, Position, Stmt};
use runbook_model::Failure;
use runbook_model::failure::Frame;

use crate::sources::Sources;
use crate::syntax;

/// More functions than this are not looked into: nobody writes them by hand.
const FUNCTIONS_MAX: usize = 2_000;

/// Where a body is: its file and its name; the name of a file's own text is empty.
pub(crate) type BodyId = (String, String);

/// The texts of a runbook, taken apart.
#[derive(Default)]
pub(crate) struct Text {
    /// Every body, by where it is.
    pub(crate) bodies: HashMap<BodyId, Body>,
    /// What each file imports, by the name it goes under.
    pub(crate) imports: HashMap<(String, String), String>,
}

/// The text of a file, a function or a closure.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Its parameters; the captured ones first.
    pub(crate) params: Vec<String>,
    /// The calls in it, in the order of the text.
    pub(crate) calls: Vec<Call>,
    /// What it assigns to, or changes in place.
    pub(crate) writes: Vec<(String, Position)>,
    /// `catch` without a name for what is caught.
    pub(crate) bare_catches: Vec<Position>,
    /// Properties of `inputs()` it asks for.
    pub(crate) inputs: Vec<(String, Position)>,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    /// Its namespace and name, `local::run`.
    pub(crate) name: String,
    /// Whether it is called on something with a dot.
    pub(crate) is_method: bool,
    /// Its arguments.
    pub(crate) args: Vec<Arg>,
    /// Where it stands.
    pub(crate) at: Position,
    /// Whether it stands in a loop of its own body.
    pub(crate) in_loop: bool,
}

/// What is known of an argument.
#[derive(Debug)]
pub(crate) enum Arg {
    /// Plain text.
    Literal(String),
    /// Text with parts that are only known in a run; each stands as `…`.
    Pattern(String),
    /// A closure, and how many variables it captures.
    Closure(String, usize),
    /// A map with these keys and what is known of their values.
    Map(Vec<(String, Arg, Position)>),
    /// Anything else.
    Other,
}

impl Text {
    /// Takes the texts apart; refuses what cannot be read.
    pub(crate) fn read(sources: &Sources) -> Result<Self, Failure> {
        let engine = syntax::reader();
        let mut text = Self::default();
        for file in sources.files().keys().filter(|file| *file == sources.main() || !file.contains('.')) {
            let ast = syntax::compile(&engine, sources, file)?;
            text.file(file, &ast);
        }
        Ok(text)
    }

    fn file(&mut self, file: &str, ast: &AST) {
        let functions: Vec<(String, Vec<String>)> = ast
            .iter_functions()
            .map(|function| (function.name.to_owned(), function.params.iter().map(|p| (*p).to_owned()).collect()))
            .collect();
        let mut own = Body::default();
        let main = ast.clone_statements_only();
        walk(&main, &mut own, &mut |alias, path| {
            self.imports.insert((file.to_owned(), alias), path);
        });
        self.bodies.insert((file.to_owned(), String::new()), own);
        if functions.len() > FUNCTIONS_MAX {
            return;
        }
        for (name, params) in functions {
            let mut one = ast.clone_functions_only();
            one.retain_functions(|_, _, other, _| other == name);
            let mut body = Body { params, ..Body::default() };
            walk(&one, &mut body, &mut |alias, path| {
                self.imports.insert((file.to_owned(), alias), path);
            });
            self.bodies.insert((file.to_owned(), name), body);
        }
    }

    /// The body that `name` means in `file`: a function there, or in what it imports.
    pub(crate) fn target(&self, file: &str, name: &str) -> Option<BodyId> {
        let id = match name.split_once("::") {
            Some((alias, function)) => {
                (self.imports.get(&(file.to_owned(), alias.to_owned()))?.clone(), function.to_owned())
            }
            None => (file.to_owned(), name.to_owned()),
        };
        self.bodies.contains_key(&id).then_some(id)
    }
}

/// A place of a text as a link in a chain of calls.
pub(crate) fn frame(sources: &Sources, file: &str, at: Position) -> Frame {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    sources.frame(file, (number(at.line()), number(at.position())), "")
}

fn walk(ast: &AST, body: &mut Body, import: &mut dyn FnMut(String, String)) {
    ast.walk(&mut |path: &[ASTNode]| {
        let Some((node, above)) = path.split_last() else { return true };
        match node {
            ASTNode::Stmt(Stmt::FnCall(call, at)) | ASTNode::Expr(Expr::FnCall(call, at)) => {
                body.calls.extend(call_of(call, *at, above, false));
            }
            ASTNode::Expr(Expr::MethodCall(call, at)) => body.calls.extend(call_of(call, *at, above, true)),
            ASTNode::Stmt(Stmt::Assignment(assignment)) => {
                if let Some(name) = root_of(&assignment.1.lhs) {
                    body.writes.push((name, assignment.1.lhs.position()));
                }
            }
            ASTNode::Stmt(Stmt::TryCatch(block, _)) if matches!(block.expr, Expr::Unit(_)) => {
                body.bare_catches.push(block.branch.position());
            }
            ASTNode::Stmt(Stmt::Import(import_, _)) => {
                if let Expr::StringConstant(path, _) = &import_.0 {
                    import(import_.1.name.to_string(), path.to_string());
                }
            }
            ASTNode::Expr(Expr::Dot(pair, ..)) => {
                dot(body, &pair.lhs, &pair.rhs);
            }
            _ => {}
        }
        true
    });
}

/// Methods that change what they are called on.
const CHANGES_ITS_OWN: [&str; 14] = [
    "append",
    "clear",
    "dedup",
    "drain",
    "extract",
    "fill_with",
    "insert",
    "mixin",
    "pop",
    "push",
    "remove",
    "reverse",
    "set",
    "sort",
];

fn dot(body: &mut Body, left: &Expr, right: &Expr) {
    let right = if let Expr::Dot(pair, ..) = right { &pair.lhs } else { right };
    match (left, right) {
        (Expr::FnCall(call, _), Expr::Property(property, at)) if call.name == "inputs" && call.args.is_empty() => {
            body.inputs.push((property.2.to_string(), *at));
        }
        (left, Expr::MethodCall(call, at))
            if CHANGES_ITS_OWN.contains(&call.name.as_str()) && call.name != "extract" =>
        {
            if let Some(name) = root_of(left) {
                body.writes.push((name, *at));
            }
        }
        _ => {}
    }
}

/// The variable at the root of what is assigned to.
fn root_of(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Variable(variable, ..) => Some(variable.1.to_string()),
        Expr::Dot(pair, ..) | Expr::Index(pair, ..) => root_of(&pair.lhs),
        _ => None,
    }
}

fn call_of(call: &FnCallExpr, at: Position, above: &[ASTNode], is_method: bool) -> Option<Call> {
    if call.op_token.is_some() || call.name == "curry" {
        return None;
    }
    let space = call.namespace.path.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join("::");
    let name = if space.is_empty() { call.name.to_string() } else { format!("{space}::{}", call.name) };
    let in_loop =
        above.iter().any(|node| matches!(node, ASTNode::Stmt(Stmt::For(..) | Stmt::While(..) | Stmt::Do(..))));
    Some(Call { name, is_method, args: call.args.iter().map(arg_of).collect(), at, in_loop })
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
        Expr::Stmt(block) => match block.statements() {
            [Stmt::Expr(only)] => arg_of(only),
            [.., Stmt::Expr(last)] => arg_of(last),
            _ => Arg::Other,
        },
        _ => Arg::Other,
    }
}
