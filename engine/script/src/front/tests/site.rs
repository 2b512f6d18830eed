//! What the file of a site says, and what is said of one with a mistake in it.

use std::path::Path;

use super::drawn;
use crate::front::site::{Told, parse};

fn told(text: &str) -> Told {
    parse("lab.toml", text, Path::new("/srv")).unwrap()
}

fn mistake(text: &str) -> String {
    drawn(&parse("lab.toml", text, Path::new("/srv")).unwrap_err())
}

#[test]
fn a_machine_has_what_it_says_and_else_what_holds_for_all() {
    let told = told(
        "context = \"lab\"\n[ssh]\nuser = \"admin\"\nsudo = true\njump = \"bastion\"\n\
         [machines.n1]\naddress = \"10.0.0.1\"\nport = 2222\nnode = \"n1.example\"\nlabels = { pool = \"blue\" }\n\
         [machines.n2]\nuser = \"root\"\nsudo = false\n",
    );
    assert_eq!((told.site.name.as_str(), told.context.as_deref()), ("lab", Some("lab")));
    let (n1, n2) = (&told.site.machines["n1"], &told.site.machines["n2"]);
    assert_eq!((n1.address.as_deref(), n1.user.as_deref(), n1.port), (Some("10.0.0.1"), Some("admin"), Some(2222)));
    assert_eq!((n1.sudo, n1.node.as_deref(), n1.labels["pool"].as_str()), (true, Some("n1.example"), "blue"));
    assert_eq!((n2.user.as_deref(), n2.sudo, n2.jump.as_deref()), (Some("root"), false, Some("bastion")));
}

#[test]
fn an_empty_site_is_one_without_machines() {
    assert_eq!(told("").site.machines.len(), 0);
}

#[test]
fn a_mistake_is_shown_where_it_stands() {
    assert_eq!(
        mistake("[machines.n1]\nhostname = \"a\"\n"),
        "site.bad: machine `n1` has no key `hostname`\nlab.toml:2:1\n  hostname = \"a\"\n  ^^^^^^^^\n\
         hint: did you mean `address`?\n"
    );
    assert_eq!(
        mistake("[ssh]\nport = 70000\n"),
        "site.bad: `port` takes a number from 1 to 65535, not 70000\nlab.toml:2:8\n  port = 70000\n         ^^^^^\n"
    );
    assert!(mistake("[machines]\nn1 = \"10.0.0.1\"\n").contains("machine `n1` takes a table, not text"));
    assert!(mistake("[machines.n1]\naddress = \"-oProxyCommand=id\"\n").contains("`address` cannot be"));
    assert!(mistake("[machines.\"a b\"]\n").contains("`a b` cannot be the name of a machine"));
    assert!(mistake("kubeconfig = \"none\"\n").contains("`none` is not a file"));
    assert!(mistake("[machines.a]\n[machines.b]\nnode = \"a\"\n").contains("`a` and `b` are both the node `a`"));
    assert!(mistake("machines:\n  n1: {}\n").contains("the site is not TOML"));
}
