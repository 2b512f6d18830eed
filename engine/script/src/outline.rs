//! The outline of a runbook, without running it: its named things, nested through closures and functions.

use std::collections::HashSet;

use runbook_model::Failure;

use crate::check::text::{Arg, BodyId, Call, Text};
use crate::sources::Sources;

/// How deep an outline goes, through functions and closures.
const DEPTH_MAX: usize = 64;
/// How many calls are looked at: functions that call others many times over make many.
const CALLS_MAX: usize = 20_000;

/// The words that name something.
pub(crate) const NAMING: [&str; 9] = ["step", "check", "gate", "parallel", "rolling", "phase", "wait", "guard", "undo"];

/// The word that is named after its machine, and has steps of its own.
const ARMED: &str = "armed";

/// One named thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The word that names it.
    pub word: String,
    /// Its name; `…` stands for what is only known in a run.
    pub name: String,
    /// The options it is given.
    pub options: Vec<String>,
    /// Where it stands: file, line.
    pub place: (String, usize),
    /// Whether it stands in a loop, and may come many times.
    pub in_loop: bool,
    /// Whether it stands in a branch, and may not come at all.
    pub in_branch: bool,
    /// What stands in it.
    pub children: Vec<Node>,
}

/// The outline of a runbook.
pub fn outline(sources: &Sources) -> Result<Vec<Node>, Failure> {
    let text = Text::read(sources)?;
    let mut walk = Walk { text: &text, within: HashSet::new(), left: CALLS_MAX };
    let mut nodes = Vec::new();
    walk.body(&(sources.main().to_owned(), String::new()), Way::default(), &mut nodes);
    Ok(nodes)
}

/// How the text of a body is come to.
#[derive(Clone, Copy, Default)]
struct Way {
    in_loop: bool,
    in_branch: bool,
}

struct Walk<'t> {
    text: &'t Text,
    within: HashSet<BodyId>,
    left: usize,
}

impl Walk<'_> {
    /// Adds what a body names to `found`; a function within itself is not looked at again.
    fn body(&mut self, id: &BodyId, way: Way, found: &mut Vec<Node>) {
        let text = self.text;
        if self.within.len() > DEPTH_MAX || !self.within.insert(id.clone()) {
            return;
        }
        for call in text.bodies.get(id).map_or(&[][..], |body| &body.calls) {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            let mut way =
                Way { in_loop: way.in_loop || call.in_loop, in_branch: way.in_branch || !call.arms.is_empty() };
            let own = call.name == ARMED;
            if (own || NAMING.contains(&call.name.as_str())) && !call.is_method {
                let mut outer = node(call, &id.0, way);
                // What stands within is as certain as what it stands in.
                self.closures(call, id, Way::default(), &mut outer.children);
                if own {
                    let step =
                        |name: &str| Node { word: "step".to_owned(), name: name.to_owned(), ..node(call, &id.0, way) };
                    outer.name = ARMED.to_owned();
                    outer.children.insert(0, Node { options: Vec::new(), ..step("arm") });
                    outer.children.push(Node { options: Vec::new(), ..step("confirm") });
                }
                found.push(outer);
                continue;
            }
            if let Some(target) = text.target(&id.0, &call.name) {
                self.body(&target, way, found);
            }
            way.in_loop |= call.is_method && call.name != "call";
            self.closures(call, id, way, found);
        }
        self.within.remove(id);
    }

    fn closures(&mut self, call: &Call, id: &BodyId, way: Way, found: &mut Vec<Node>) {
        for (name, _) in call.closures() {
            self.body(&(id.0.clone(), name.to_owned()), way, found);
        }
    }
}

fn node(call: &Call, file: &str, way: Way) -> Node {
    let name = match call.args.first() {
        Some(Arg::Literal(name) | Arg::Pattern(name)) => name.clone(),
        _ => "…".to_owned(),
    };
    Node {
        word: call.name.clone(),
        name,
        options: call.options().into_iter().flatten().map(|(key, ..)| key.clone()).collect(),
        place: (file.to_owned(), call.at.line().unwrap_or(0)),
        in_loop: way.in_loop,
        in_branch: way.in_branch,
        children: Vec::new(),
    }
}

/// The outline as text, a line a thing.
pub fn print(nodes: &[Node]) -> String {
    let mut text = String::new();
    draw(nodes, 1, &mut text);
    text
}

fn draw(nodes: &[Node], depth: usize, text: &mut String) {
    for node in nodes {
        let options =
            if node.options.is_empty() { String::new() } else { format!("  {{{}}}", node.options.join(", ")) };
        text.push_str(&format!("{}{} \"{}\"{options}\n", "  ".repeat(depth), node.word, node.name));
        draw(&node.children, depth + 1, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str, modules: &[(&str, &str)]) -> String {
        let own = [("a.rhai", text)];
        let files = modules.iter().chain(&own).map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        print(&outline(&Sources::from_records("a.rhai", files.collect())).unwrap())
    }

    #[test]
    fn steps_are_found_through_functions_modules_and_closures() {
        let k8s = "fn drain(n) {\n step(\"cordon\", #{ undo: |was| 1 }, || 1);\n step(`evict ${n}`, || 2);\n}";
        let text = "import \"lib/k8s\" as k8s;\nfn last() { gate(\"go on\", \"x\"); }\nlet pool = [1];\n\
                    parallel(\"move\", pool, #{ max: 2 }, |n| { k8s::drain(n); attempt(|| step(n, || 1)); });\nlast();";
        let expected = "  parallel \"move\"  {max}\n    step \"cordon\"  {undo}\n    step \"evict …\"\n    step \"…\"\n  gate \"go on\"\n";
        assert_eq!(printed(text, &[("lib/k8s", k8s)]), expected);
    }

    #[test]
    fn loops_and_branches_are_marked() {
        let text = "fn f() { step(\"c\", || 1); }\nfor x in [1] { step(\"a\", #{ key: x }, || step(\"d\", || 1)); }\n\
                    if now() > 1 { step(\"b\", || 1); f(); }\n[1].for_each(|x| step(`e${x}`, || 1));";
        let sources = Sources::from_records("a.rhai", [("a.rhai".to_owned(), text.to_owned())].into());
        let nodes = outline(&sources).unwrap();
        let marks: Vec<(&str, bool, bool)> =
            nodes.iter().map(|node| (node.name.as_str(), node.in_loop, node.in_branch)).collect();
        let expected = [("a", true, false), ("b", false, true), ("c", false, true), ("e…", true, false)];
        assert_eq!(marks, expected);
        assert_eq!((nodes[0].children[0].name.as_str(), nodes[0].children[0].in_loop), ("d", false));
        assert_eq!(nodes[2].place, ("a.rhai".to_owned(), 1));
    }

    #[test]
    fn functions_that_call_themselves_come_to_an_end() {
        let text = "fn a() { step(\"x\", || b()); }\nfn b() { a(); }\na();\na();";
        assert_eq!(printed(text, &[]), "  step \"x\"\n  step \"x\"\n");
    }

    #[test]
    fn an_armed_machine_has_steps_of_its_own_around_those_of_the_body() {
        let text = "armed(machine(n), #{ files: [\"/a\"] }, || { step(\"switch\", || 1); });";
        let expected = "  armed \"armed\"  {files}\n    step \"arm\"\n    step \"switch\"\n    step \"confirm\"\n";
        assert_eq!(printed(text, &[]), expected);
    }

    #[test]
    fn a_step_many_bodies_down_is_found() {
        let within = |n| format!("fn f{n}() {{ phase(`p`, || attempt(|| f{}())); }}\n", n + 1);
        let text = format!("{}fn f12() {{ step(\"deep\", || 1); }}\nf0();", (0..12).map(within).collect::<String>());
        assert!(printed(&text, &[]).ends_with("step \"deep\"\n"));
    }
}
