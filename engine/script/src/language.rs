//! The language: Rhai with the words of the engine, without what would break replay or review.
//!
//! An engine knows no run. What a word needs of the run it finds in the frame of its call, so one engine serves
//! `check`, `doc` and every run alike.

use rhai::packages::Package as _;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicBlobPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage,
    BasicMathPackage, BasicStringPackage, BitFieldPackage, LanguageCorePackage, LogicPackage, MoreStringPackage,
};
use rhai::{Array, Engine, ImmutableString, Module, OptimizationLevel};

use crate::primitives::WORDS;

/// The longest text a script may build, in bytes.
pub const STRING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The most items a list may hold.
pub const LIST_ITEMS_MAX: usize = 1_000_000;
/// The most entries a map may hold.
pub const MAP_ENTRIES_MAX: usize = 200_000;
/// How deep script functions may call each other.
pub const CALL_LEVELS_MAX: usize = 64;

/// An engine that knows every word.
pub fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    // Each on its own: the standard package would bring `timestamp` and a `sleep` that a resume cannot replay.
    LanguageCorePackage::new().register_into_engine(&mut engine);
    ArithmeticPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicBlobPackage::new().register_into_engine(&mut engine);
    BasicFnPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    BasicMathPackage::new().register_into_engine(&mut engine);
    BasicStringPackage::new().register_into_engine(&mut engine);
    BitFieldPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    MoreStringPackage::new().register_into_engine(&mut engine);
    // The optimiser may drop or fold what a step would have recorded.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_strict_variables(true);
    engine.set_fail_on_invalid_map_property(false);
    // `say` is the word: what these two print would belong to no run.
    engine.disable_symbol("print");
    engine.disable_symbol("debug");
    engine.disable_symbol("eval");
    limit(&mut engine);
    // Rhai's own `trim` gives nothing back, and `stdout.trim()` is what everybody writes: this one does both.
    engine.register_fn("trim", |text: &mut ImmutableString| {
        *text = text.trim().into();
        text.clone()
    });
    // A list of names that becomes one text is in every second command.
    engine.register_fn("join", |list: &mut Array, between: &str| {
        list.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
    });
    crate::listed::register(&mut engine);
    for (space, module) in spaces() {
        match space {
            Some(space) => {
                engine.register_static_module(space, module.into());
            }
            None => {
                engine.register_global_module(module.into());
            }
        }
    }
    engine
}

fn limit(engine: &mut Engine) {
    engine.set_max_string_size(STRING_BYTES_MAX);
    engine.set_max_array_size(LIST_ITEMS_MAX);
    engine.set_max_map_size(MAP_ENTRIES_MAX);
    engine.set_max_call_levels(CALL_LEVELS_MAX);
    engine.set_max_expr_depths(128, 128);
    engine.set_max_variables(5_000);
    engine.set_max_functions(5_000);
    engine.set_max_modules(500);
}

/// The modules of all words, by namespace; the global one has none.
fn spaces() -> Vec<(Option<&'static str>, Module)> {
    let mut spaces: Vec<(Option<&'static str>, Module)> = Vec::new();
    for word in WORDS {
        let (space, _) = word.parts();
        let at = spaces.iter().position(|(name, _)| *name == space).unwrap_or_else(|| {
            spaces.push((space, Module::new()));
            spaces.len() - 1
        });
        (word.register)(&mut spaces[at].1);
    }
    spaces
}
