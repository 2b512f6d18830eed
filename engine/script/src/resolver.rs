//! Imports while a runbook runs: only from the texts that the run carries, compiled once, never in a circle.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use runbook_model::{Failure, code};

use crate::sources::Sources;
use crate::thrown::throw;

thread_local! {
    static LOADING: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Resolves imports from the texts of a run.
pub struct Resolver {
    sources: Arc<Sources>,
    compiled: Mutex<HashMap<String, Shared<Module>>>,
}

impl Resolver {
    /// A resolver over the texts of a run.
    pub fn new(sources: Arc<Sources>) -> Self {
        Self { sources, compiled: Mutex::default() }
    }

    fn load(&self, engine: &Engine, path: &str, at: Position) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let Some(text) = self.sources.get(path) else {
            let failure = Failure::new(code::IMPORT_BAD, format!("the run carries no `{path}`"));
            return Err(throw(&failure, at));
        };
        let mut ast = engine.compile(text).map_err(|error| {
            let inner = EvalAltResult::ErrorParsing(*error.0, error.1);
            EvalAltResult::ErrorInModule(path.to_owned(), inner.into(), at)
        })?;
        ast.set_source(path);
        let module = Module::eval_ast_as_new(Scope::new(), &ast, engine);
        let mut module = module.map_err(|error| EvalAltResult::ErrorInModule(path.to_owned(), error, at))?;
        module.set_id(path);
        Ok(Shared::new(module))
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        _source: Option<&str>,
        path: &str,
        at: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let known = |compiled: &Mutex<HashMap<String, Shared<Module>>>| {
            compiled.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
        };
        if let Some(module) = known(&self.compiled) {
            return Ok(module);
        }
        let circle = LOADING.with_borrow(|loading| loading.iter().any(|name| name == path));
        if circle {
            return Err(throw(&Failure::new(code::IMPORT_BAD, format!("`{path}` imports itself")), at));
        }
        LOADING.with_borrow_mut(|loading| loading.push(path.to_owned()));
        let module = self.load(engine, path, at);
        LOADING.with_borrow_mut(Vec::pop);
        let module = module?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(compiled.entry(path.to_owned()).or_insert(module).clone())
    }
}
