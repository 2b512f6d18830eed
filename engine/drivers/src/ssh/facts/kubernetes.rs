//! The containers of a machine: which distribution it is of, and where containerd looks for networks.

use runbook_model::Value;

use super::sections::{Map, Sections, put, text, texts};

pub(super) fn read(from: &Sections, to: &mut Map) {
    put(to, "distribution", Some(texts(from.lines("distribution"))));
    put(to, "containerd", from.has("containerd").then(|| containerd(from)));
    put(to, "cni", from.has("cni").then(|| cni(from)));
}

/// Each configuration file with the folders it names.
fn containerd(from: &Sections) -> Value {
    let mut files: Vec<(String, Map)> = Vec::new();
    for line in from.lines("containerd") {
        let mut fields = line.splitn(3, '|');
        let (Some(path), Some(key), Some(value)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if files.last().is_none_or(|(last, _)| last != path) {
            files.push((path.to_owned(), Map::from([("path".to_owned(), Value::from(path))])));
        }
        let Some((_, file)) = files.last_mut() else { continue };
        let folders: Vec<&str> = value.split(['"', '\'']).skip(1).step_by(2).filter(|text| !text.is_empty()).collect();
        match key {
            "conf_dir" => put(file, "conf_dir", folders.first().copied()),
            "bin_dir" | "bin_dirs" => {
                file.insert("bin_dirs".to_owned(), texts(folders.into_iter()));
            }
            _ => {}
        }
    }
    Value::List(files.into_iter().map(|(_, file)| Value::Map(file)).collect())
}

/// The files containerd may take for a network, in the order it takes them within a folder, and the plugins.
fn cni(from: &Sections) -> Value {
    let body = from.body("cni").unwrap_or_default();
    let mut files = Vec::new();
    for piece in body.split('\u{2}').skip(1) {
        let (path, content) = piece.split_once('\n').unwrap_or((piece, ""));
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut file = Map::from([
            ("path".to_owned(), Value::from(path)),
            ("folder".to_owned(), Value::from(folder)),
            ("name".to_owned(), Value::from(name)),
        ]);
        if let Ok(json) = serde_json::from_str::<serde_json::Value>(content) {
            put(&mut file, "network", json.get("name").and_then(serde_json::Value::as_str).and_then(text));
            put(&mut file, "plugins", plugins(&json));
        }
        put(&mut file, "content", text(content));
        files.push(Value::Map(file));
    }
    Value::from([("files", Value::List(files)), ("plugins", texts(from.lines("cni_bins")))])
}

fn plugins(json: &serde_json::Value) -> Option<Value> {
    let kind = |one: &serde_json::Value| one.get("type").and_then(serde_json::Value::as_str).map(Value::from);
    match json.get("plugins").and_then(serde_json::Value::as_array) {
        Some(plugins) => Some(Value::List(plugins.iter().filter_map(kind).collect())),
        None => kind(json).map(|one| Value::List(vec![one])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_those_of_the_configuration_and_files_are_read_as_far_as_they_can_be() {
        let text = "\u{1}containerd\n/etc/containerd/config.toml||\n/etc/containerd/config.toml|bin_dirs|[\"/opt/cni/bin\", '/usr/lib/cni']\n\
                    /etc/containerd/config.toml|conf_dir|'/etc/cni/net.d'\n/etc/containerd/conf.d/a.toml||\n\
                    \u{1}cni\n\u{2}/etc/cni/net.d/05-cilium.conflist\n{\"name\":\"cilium\",\"plugins\":[{\"type\":\"cilium-cni\"},{\"type\":\"portmap\"}]}\n\
                    \u{2}/etc/cni/net.d/10-broken.conf\n{\n\u{2}/etc/cni/net.d/old.bak\n\
                    \u{1}cni_bins\n/opt/cni/bin/flannel\n\u{1}end\n";
        let mut facts = Map::new();
        read(&Sections::read(text).unwrap(), &mut facts);
        let Value::List(files) = &facts["containerd"] else { panic!("no list") };
        assert_eq!(files[0].get("conf_dir"), Some(&Value::from("/etc/cni/net.d")));
        assert_eq!(files[0].get("bin_dirs").unwrap().to_string(), r#"["/opt/cni/bin","/usr/lib/cni"]"#);
        assert_eq!(files[1].get("conf_dir"), None);
        let Some(Value::List(files)) = facts["cni"].get("files") else { panic!("no files") };
        assert_eq!(files[0].get("plugins").unwrap().to_string(), r#"["cilium-cni","portmap"]"#);
        assert_eq!((files[1].get("plugins"), files[1].get("content")), (None, Some(&Value::from("{"))));
        assert_eq!((files[2].get("name"), files[2].get("content")), (Some(&Value::from("old.bak")), None));
    }
}
