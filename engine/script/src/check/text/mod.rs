//! A runbook's text as the rules see it: every function and closure with the calls in it, by file.

mod body;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, Module, Position};
use runbook_model::Failure;
use runbook_model::failure::Frame;

pub(crate) use self::body::{Arg, Arm, Body, Call};
use crate::sources::Sources;
use crate::{modules, syntax};

/// Where a body is: its file and its name; the name of a file's own text is empty.
pub(crate) type BodyId = (String, String);

/// The texts of a runbook, taken apart.
#[derive(Default)]
pub(crate) struct Text {
    /// Every body, by where it is; functions of one name and different parameters are one body.
    pub(crate) bodies: BTreeMap<BodyId, Body>,
    /// The functions people wrote, by where they are, in each of their forms.
    pub(crate) functions: BTreeMap<BodyId, Vec<Form>>,
    /// What each file imports, by the name it goes under: a file.
    pub(crate) imports: BTreeMap<(String, String), String>,
    /// The keys of maps that hold closures: they are called like methods.
    pub(crate) callable: BTreeSet<String>,
    /// The bodies that the main file may come to; a module may hold others, for other runbooks.
    pub(crate) reached: BTreeSet<BodyId>,
    /// What a module would do by being imported, with its file.
    pub(crate) acts: Vec<(String, Failure, Position)>,
}

/// One form of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Its parameters.
    pub(crate) params: Vec<String>,
    /// Whether only its own file can call it.
    pub(crate) is_private: bool,
}

impl Text {
    /// Takes the texts apart; refuses what cannot be read.
    pub(crate) fn read(sources: &Sources) -> Result<Self, Failure> {
        let engine = syntax::reader();
        let mut text = Self::default();
        for (file, _) in sources.scripts() {
            let ast = syntax::compile(&engine, sources, file)?;
            text.file(sources, file, &ast);
        }
        text.reach((sources.main().to_owned(), String::new()));
        Ok(text)
    }

    fn reach(&mut self, from: BodyId) {
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            if !self.reached.insert(id.clone()) {
                continue;
            }
            for call in self.bodies.get(&id).map_or(&[][..], |body| &body.calls) {
                open.extend(self.target(&id.0, &call.name));
                open.extend(call.all_closures().map(|(name, _)| (id.0.clone(), name.to_owned())));
            }
            // A closure that is kept in a variable, and a function that is only named.
            let named = self.bodies.get(&id).map_or(&[][..], |body| &body.names);
            open.extend(named.iter().map(|name| (id.0.clone(), name.clone())));
        }
    }

    /// The bodies that the main file may come to, each with its file.
    pub(crate) fn reached(&self) -> impl Iterator<Item = (&str, &Body)> {
        self.bodies.iter().filter(|(id, _)| self.reached.contains(*id)).map(|((file, _), body)| (file.as_str(), body))
    }

    fn file(&mut self, sources: &Sources, file: &str, ast: &AST) {
        if file != sources.main() {
            self.acts.extend(modules::acts(ast).into_iter().map(|(failure, at)| (file.to_owned(), failure, at)));
        }
        let mut own = Body::default();
        walk::walk(&ast.clone_statements_only(), &mut own);
        self.add(sources, file, "", own);
        for function in ast.iter_fn_def() {
            let mut one = Module::new();
            one.set_script_fn(function.clone());
            let params: Vec<String> = function.params.iter().map(ToString::to_string).collect();
            let mut body = Body { params: params.clone(), ..Body::default() };
            walk::walk(&AST::new([], one), &mut body);
            if !function.name.starts_with("anon$") {
                let is_private = function.access == rhai::FnAccess::Private;
                let id = (file.to_owned(), function.name.to_string());
                self.functions.entry(id).or_default().push(Form { params, is_private });
            }
            self.add(sources, file, &function.name, body);
        }
    }

    fn add(&mut self, sources: &Sources, file: &str, name: &str, mut body: Body) {
        for (alias, path) in body.imports.drain(..) {
            if let Ok(module) = sources.resolve(file, &path) {
                self.imports.insert((file.to_owned(), alias), module);
            }
        }
        self.callable.append(&mut body.callable);
        match self.bodies.get_mut(&(file.to_owned(), name.to_owned())) {
            Some(other) => other.join(body),
            None => drop(self.bodies.insert((file.to_owned(), name.to_owned()), body)),
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
pub(crate) fn frame(sources: &Sources, file: &str, at: Position, function: &str) -> Frame {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let function = if function.starts_with("anon$") { "<closure>" } else { function };
    sources.frame(file, (number(at.line()), number(at.position())), function)
}
