//! The standard library, embedded: one noun a file, its functions verbs.

const NOUNS: &[(&str, &str)] = &[
    ("antrea", include_str!("../../../stdlib/antrea.rhai")),
    ("backup", include_str!("../../../stdlib/backup.rhai")),
    ("calico", include_str!("../../../stdlib/calico.rhai")),
    ("cilium", include_str!("../../../stdlib/cilium.rhai")),
    ("clashes", include_str!("../../../stdlib/clashes.rhai")),
    ("cni", include_str!("../../../stdlib/cni.rhai")),
    ("dns", include_str!("../../../stdlib/dns.rhai")),
    ("doctor", include_str!("../../../stdlib/doctor.rhai")),
    ("files", include_str!("../../../stdlib/files.rhai")),
    ("flannel", include_str!("../../../stdlib/flannel.rhai")),
    ("iptables", include_str!("../../../stdlib/iptables.rhai")),
    ("k3s", include_str!("../../../stdlib/k3s.rhai")),
    ("kinds", include_str!("../../../stdlib/kinds.rhai")),
    ("looks", include_str!("../../../stdlib/looks.rhai")),
    ("nodes", include_str!("../../../stdlib/nodes.rhai")),
    ("policies", include_str!("../../../stdlib/policies.rhai")),
    ("preflight", include_str!("../../../stdlib/preflight.rhai")),
    ("services", include_str!("../../../stdlib/services.rhai")),
    ("symptoms", include_str!("../../../stdlib/symptoms.rhai")),
    ("values", include_str!("../../../stdlib/values.rhai")),
    ("workloads", include_str!("../../../stdlib/workloads.rhai")),
];

/// The text of `std/NOUN`.
pub fn text(noun: &str) -> Option<&'static str> {
    NOUNS.iter().find(|(name, _)| *name == noun).map(|(_, text)| *text)
}

/// The names of all nouns.
pub fn nouns() -> impl Iterator<Item = &'static str> {
    NOUNS.iter().map(|(name, _)| *name)
}

/// The examples in the text of a noun, each with the name of the function it stands before.
pub fn examples(text: &str) -> Vec<(String, String)> {
    let mut examples = Vec::new();
    let mut open: Option<String> = None;
    let mut waiting = Vec::new();
    for line in text.lines() {
        match line.trim().strip_prefix("///").map(|said| said.strip_prefix(' ').unwrap_or(said)) {
            Some("```rhai") => open = Some(String::new()),
            Some("```") => waiting.extend(open.take()),
            Some(said) => {
                if let Some(example) = &mut open {
                    example.push_str(said);
                    example.push('\n');
                }
            }
            None => {
                let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                examples.extend(waiting.drain(..).zip(name).map(|(example, name)| (name.to_owned(), example)));
            }
        }
    }
    examples
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Tokens;

    #[test]
    fn every_file_of_the_folder_is_embedded_and_the_list_is_sorted() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stdlib");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().trim_end_matches(".rhai").to_owned())
            .collect();
        files.sort();
        assert_eq!(nouns().collect::<Vec<_>>(), files);
    }

    #[test]
    fn every_public_function_has_an_example_and_nothing_but_imports_stands_at_the_top() {
        for noun in nouns() {
            let text = text(noun).unwrap();
            let tokens = Tokens::of(text);
            let public = tokens.functions().filter(|(_, at, _)| *at < 2 || tokens.text(at - 2) != "private");
            let public: Vec<&str> = public.map(|(name, ..)| name).collect();
            let with_example: Vec<String> = examples(text).into_iter().map(|(name, _)| name).collect();
            assert_eq!(public, with_example, "std/{noun}");
            let ast = crate::syntax::reader().compile(text).unwrap();
            let imports = |statement: &rhai::Stmt| matches!(statement, rhai::Stmt::Import(..));
            assert!(crate::modules::acts(&ast).is_empty(), "std/{noun}");
            assert!(ast.statements().iter().all(imports), "std/{noun}");
        }
    }
}
