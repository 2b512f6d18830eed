//! What the rules know of one body: the text of a file, of a function, or of a closure.

use std::collections::BTreeSet;

use rhai::Position;

/// The text of a file, a function or a closure.
#[derive(Debug, Default)]
pub(crate) struct Body {
    /// Its parameters; the captured ones first.
    pub(crate) params: Vec<String>,
    /// The calls in it, in the order of the text.
    pub(crate) calls: Vec<Call>,
    /// What it assigns to, or changes in place.
    pub(crate) writes: Vec<(String, Position)>,
    /// The variables it declares.
    pub(crate) lets: Vec<(String, Position)>,
    /// `catch` without a name for what is caught.
    pub(crate) bare_catches: Vec<Position>,
    /// Properties of `inputs()` it asks for.
    pub(crate) inputs: Vec<(String, Position)>,
    /// The closures made in it, and the functions it names without calling them.
    pub(crate) names: Vec<String>,
    /// Where it gives back a closure.
    pub(crate) gives_closure: Option<Position>,
    /// What it imports: the name it goes under, and the path.
    pub(super) imports: Vec<(String, String)>,
    /// The keys of maps in it that hold closures.
    pub(super) callable: BTreeSet<String>,
}

impl Body {
    /// Takes in another form of the same function.
    pub(super) fn join(&mut self, other: Self) {
        self.calls.extend(other.calls);
        self.writes.extend(other.writes);
        self.lets.extend(other.lets);
        self.bare_catches.extend(other.bare_catches);
        self.inputs.extend(other.inputs);
        self.names.extend(other.names);
        self.gives_closure = self.gives_closure.or(other.gives_closure);
    }

    /// Whether `name` is declared in the body before `at`.
    pub(crate) fn declares(&self, name: &str, at: Position) -> bool {
        self.lets.iter().any(|(declared, place)| declared == name && *place < at)
    }
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
    /// Where each of them begins.
    pub(crate) places: Vec<Position>,
    /// Where it stands.
    pub(crate) at: Position,
    /// Whether it stands in a loop of its own body.
    pub(crate) in_loop: bool,
    /// The branches it stands in, outermost first.
    pub(crate) arms: Vec<Arm>,
}

/// One branch of an `if` or a `switch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arm {
    /// Where the `if` or `switch` stands.
    pub(crate) fork: Position,
    /// Which of its branches.
    pub(crate) nth: usize,
    /// Whether what follows the fork is not reached from this branch.
    pub(crate) leaves: bool,
}

/// What is known of an argument.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    /// Plain text.
    Literal(String),
    /// Text with parts that are only known in a run; each stands as `…`.
    Pattern(String),
    /// A closure, and how many variables it captures.
    Closure(String, usize),
    /// A map with these keys and what is known of their values.
    Map(Vec<(String, Arg, Position)>),
    /// A block in braces: it is done at once.
    Block(Position),
    /// A list, and what is known of what is in it.
    List(Vec<Arg>),
    /// A number, a boolean, or nothing.
    Plain(&'static str),
    /// Anything else.
    Other,
}

impl Call {
    /// The option `name` of a call whose options are written out.
    pub(crate) fn option(&self, name: &str) -> Option<&Arg> {
        self.options()?.iter().find(|(key, ..)| key == name).map(|(_, value, _)| value)
    }

    /// The options, where they are written out.
    pub(crate) fn options(&self) -> Option<&Vec<(String, Arg, Position)>> {
        self.args.iter().find_map(|arg| if let Arg::Map(map) = arg { Some(map) } else { None })
    }

    /// The closures among the arguments, with how many variables each captures.
    pub(crate) fn closures(&self) -> impl Iterator<Item = (&str, usize)> {
        self.args.iter().filter_map(Arg::closure)
    }

    /// The closures among the arguments and in the options.
    pub(crate) fn all_closures(&self) -> impl Iterator<Item = (&str, usize)> {
        self.closures().chain(self.options().into_iter().flatten().filter_map(|(_, arg, _)| arg.closure()))
    }
}

impl Arg {
    /// The closure, and how many variables it captures.
    pub(crate) fn closure(&self) -> Option<(&str, usize)> {
        if let Self::Closure(name, captured) = self { Some((name, *captured)) } else { None }
    }
}
