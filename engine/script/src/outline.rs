//! The outline of a runbook, without running it: its named things, nested through closures and functions.

use std::collections::HashSet;

use runbook_model::Failure;

use crate::check::text::{Arg, BodyId, Call, Text};
use crate::sources::Sources;

/// How deep an outline goes.
const DEPTH_MAX: usize = 12;
/// How many nodes an outline holds.
const NODES_MAX: usize = 2_000;

/// The words that name something.
pub(crate) const NAMING: [&str; 9] = ["step", "check", "gate", "parallel", "rolling", "phase", "wait", "guard", "undo"];

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
    /// What stands in it.
    pub children: Vec<Node>,
}

/// The outline of a runbook.
pub fn outline(sources: &Sources) -> Result<Vec<Node>, Failure> {
    let text = Text::read(sources)?;
    let mut left = NODES_MAX;
    Ok(nodes(&text, &(sources.main().to_owned(), String::new()), &mut HashSet::new(), &mut left))
}

fn nodes(text: &Text, id: &BodyId, within: &mut HashSet<BodyId>, left: &mut usize) -> Vec<Node> {
    if within.len() > DEPTH_MAX || !within.insert(id.clone()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for call in text.bodies.get(id).map_or(&[][..], |body| &body.calls) {
        if *left == 0 {
            break;
        }
        let closures = |found: &mut Vec<Node>, within: &mut HashSet<BodyId>, left: &mut usize| {
            for name in closures_of(call) {
                found.extend(nodes(text, &(id.0.clone(), name), within, left));
            }
        };
        if NAMING.contains(&call.name.as_str()) {
            *left -= 1;
            let mut node = node(call, &id.0);
            closures(&mut node.children, within, left);
            found.push(node);
        } else if let Some(target) = text.target(&id.0, &call.name) {
            found.extend(nodes(text, &target, within, left));
            closures(&mut found, within, left);
        } else {
            closures(&mut found, within, left);
        }
    }
    within.remove(id);
    found
}

fn closures_of(call: &Call) -> impl Iterator<Item = String> + '_ {
    call.closures().map(|(name, _)| name.to_owned())
}

fn node(call: &Call, file: &str) -> Node {
    let name = match call.args.first() {
        Some(Arg::Literal(name) | Arg::Pattern(name)) => name.clone(),
        _ => "…".to_owned(),
    };
    let options = call.options();
    Node {
        word: call.name.clone(),
        name,
        options: options.into_iter().flatten().map(|(key, ..)| key.clone()).collect(),
        place: (file.to_owned(), call.at.line().unwrap_or(0)),
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
