//! Imports while a runbook runs: only from the texts that the run carries, compiled once, never in a circle.
//!
//! A module holds functions, constants and imports; it must never do anything by being imported, for it is imported
//! once by each process and not again by a resume.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, EvalAltResult, Module, ModuleResolver, Position, Scope, Shared};
use runbook_model::{Failure, code};

use crate::modules;
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

    fn known(&self, name: &str) -> Option<Shared<Module>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn load(&self, engine: &Engine, name: &str, at: Position) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let within = |error: Box<EvalAltResult>| EvalAltResult::ErrorInModule(name.to_owned(), error, at);
        let text = self.sources.get(name).ok_or_else(|| {
            let failure = Failure::new(code::IMPORT_BAD, format!("the run carries no `{name}`"));
            throw(&failure, at)
        })?;
        let mut ast =
            engine.compile(text).map_err(|error| within(EvalAltResult::ErrorParsing(*error.0, error.1).into()))?;
        ast.set_source(name);
        if let Some((failure, place)) = modules::acts(&ast).into_iter().next() {
            return Err(within(throw(&failure, place)).into());
        }
        let mut module = Module::eval_ast_as_new(Scope::new(), &ast, engine).map_err(within)?;
        module.set_id(name);
        Ok(Shared::new(module))
    }
}

impl ModuleResolver for Resolver {
    fn resolve(
        &self,
        engine: &Engine,
        source: Option<&str>,
        path: &str,
        at: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let importer = source.unwrap_or_else(|| self.sources.main());
        let name = self.sources.resolve(importer, path).map_err(|failure| throw(&failure, at))?;
        if let Some(module) = self.known(&name) {
            return Ok(module);
        }
        // Texts that were gathered hold no circle; records that were tampered with may.
        let is_circle = LOADING.with_borrow(|loading| loading.contains(&name));
        if is_circle {
            return Err(throw(&Failure::new(code::IMPORT_BAD, format!("`{name}` imports itself")), at));
        }
        LOADING.with_borrow_mut(|loading| loading.push(name.clone()));
        let module = self.load(engine, &name, at);
        LOADING.with_borrow_mut(Vec::pop);
        let module = module?;
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(compiled.entry(name).or_insert(module).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax;
    use crate::trace::failure_of;

    /// What the runbook `main` gives or fails with, importing these modules.
    fn eval(main: &str, modules: &[(&str, &str)]) -> Result<i64, Failure> {
        let own = [("main.rhai", main)];
        let files = modules.iter().chain(&own).map(|(name, text)| ((*name).into(), (*text).into()));
        let sources = Arc::new(Sources::from_records("main.rhai", files.collect()));
        let mut engine = crate::language::engine();
        engine.set_module_resolver(Resolver::new(Arc::clone(&sources)));
        let ast = syntax::compile(&engine, &sources, "main.rhai")?;
        engine.eval_ast::<i64>(&ast).map_err(|error| failure_of(&error, &sources))
    }

    #[test]
    fn modules_import_each_other_relative_to_themselves_and_are_compiled_once() {
        let modules =
            [("lib/a", "import \"b\" as b;\nfn f() { b::g() }"), ("lib/b", "const N = 2;\nfn g() { global::N }")];
        let main = "import \"lib/a\" as a;\nimport \"lib/b\" as b;\na::f() + b::g() + [1].map(|x| a::f() + x)[0]";
        assert_eq!(eval(main, &modules).unwrap(), 7);
    }

    #[test]
    fn only_what_the_run_carries_is_served() {
        let failure = eval("import \"/etc/passwd\" as a;\n1", &[]).unwrap_err();
        assert_eq!(failure.what, "`/etc/passwd` is an absolute path");
        let failure = eval("import \"lib/a\" as a;\n1", &[]).unwrap_err();
        assert_eq!((failure.code.as_str(), failure.what.as_str()), (code::IMPORT_BAD, "the run carries no `lib/a`"));
        assert_eq!(failure.frames[0].place.to_string(), "main.rhai:1:8");
    }

    #[test]
    fn a_circle_is_a_failure_and_not_the_end_of_the_stack() {
        let modules = [("a", "import \"b\" as b;"), ("b", "import \"a\" as a;")];
        let failure = eval("import \"a\" as a;\n1", &modules).unwrap_err();
        assert_eq!(failure.what, "`a` imports itself");
        let places: Vec<String> = failure.frames.iter().map(|frame| frame.place.to_string()).collect();
        assert_eq!(places, ["b:1:8", "a:1:8", "main.rhai:1:8"]);
    }

    #[test]
    fn a_module_that_does_something_is_refused() {
        for (text, place) in
            [("fn f() {}\nlet a = 1;", "lib/a:2:1"), ("const A = now();", "lib/a:1:11"), ("if true { 1 }", "lib/a:1:1")]
        {
            let failure = eval("import \"lib/a\" as a;\n1", &[("lib/a", text)]).unwrap_err();
            assert_eq!(
                (failure.code.as_str(), failure.frames[0].place.to_string().as_str()),
                (code::IMPORT_BAD, place)
            );
        }
    }

    #[test]
    fn a_mistake_in_a_module_is_shown_there() {
        let failure = eval("import \"lib/a\" as a;\na::f(0)", &[("lib/a", "fn f(x) {\n  1 / x\n}")]).unwrap_err();
        let frames: Vec<String> =
            failure.frames.iter().map(|frame| format!("{} {}", frame.place, frame.function)).collect();
        assert_eq!(frames, ["lib/a:2:5 f", "main.rhai:2:1 "]);
    }
}
