//! Options as GNU programs take them: anywhere among the words, letters together, long ones with `=`.

use super::call::{Call, Stop};

/// The options that were given, in their order, and the other words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    given: Vec<(String, Option<String>)>,
    /// What is no option.
    pub(crate) rest: Vec<String>,
}

impl Options {
    /// Whether an option was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// The value of an option; the last one counts.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.given.iter().rev().find(|(given, _)| given == name).and_then(|(_, value)| value.as_deref())
    }

    /// All values of an option.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        self.given.iter().filter(|(given, _)| given == name).filter_map(|(_, value)| value.clone()).collect()
    }

    /// The last of these options that was given.
    pub(crate) fn last_of(&self, names: &[&str]) -> Option<&str> {
        self.given.iter().rev().map(|(given, _)| given.as_str()).find(|given| names.contains(given))
    }

    /// All that was given, in its order.
    pub(crate) fn all(&self) -> &[(String, Option<String>)] {
        &self.given
    }
}

impl Call<'_, '_> {
    /// Reads its options. `letters` are those of one letter, with a colon behind those that take a value; `long` are
    /// the others, `lines=` where they take a value, each with the name it counts as.
    pub(crate) fn options(&mut self, letters: &str, long: &[(&str, &str)]) -> Result<Options, Stop> {
        self.read_options(letters, long, true)
    }

    /// The same, where the first word that is none ends them.
    pub(crate) fn options_first(&mut self, letters: &str, long: &[(&str, &str)]) -> Result<Options, Stop> {
        self.read_options(letters, long, false)
    }

    fn read_options(&mut self, letters: &str, long: &[(&str, &str)], anywhere: bool) -> Result<Options, Stop> {
        let mut options = Options::default();
        let args = self.args.clone();
        let mut at = 0;
        while let Some(word) = args.get(at) {
            at += 1;
            if word == "--" {
                options.rest.extend_from_slice(&args[at..]);
                break;
            }
            if let Some(name) = word.strip_prefix("--") {
                let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
                let takes = long.iter().find(|(known, _)| known.strip_suffix('=') == Some(name));
                let plain = long.iter().find(|(known, _)| *known == name);
                match (takes, plain, value) {
                    (Some((_, key)), _, Some(value)) => options.given.push(((*key).into(), Some(value.to_owned()))),
                    (_, Some((_, key)), None) => options.given.push(((*key).into(), None)),
                    (Some((_, key)), None, None) => match args.get(at) {
                        Some(value) => {
                            at += 1;
                            options.given.push(((*key).into(), Some(value.clone())));
                        }
                        None => return self.usage(&format!("option '--{name}' requires an argument")),
                    },
                    (None, Some(_), Some(_)) => {
                        return self.usage(&format!("option '--{name}' doesn't allow an argument"));
                    }
                    (None, None, _) => return self.odd(&format!("unrecognized option '--{name}'"), word),
                }
                continue;
            }
            let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) else {
                options.rest.push(word.clone());
                if !anywhere {
                    options.rest.extend_from_slice(&args[at..]);
                    break;
                }
                continue;
            };
            for (place, letter) in cluster.char_indices() {
                let known = letters.find(letter).filter(|_| letter != ':');
                let Some(known) = known else {
                    return self.odd(&format!("invalid option -- '{letter}'"), word);
                };
                if !letters[known + letter.len_utf8()..].starts_with(':') {
                    options.given.push((letter.to_string(), None));
                    continue;
                }
                let behind = &cluster[place + letter.len_utf8()..];
                let value = if behind.is_empty() {
                    at += 1;
                    args.get(at - 1).cloned()
                } else {
                    Some(behind.to_owned())
                };
                let Some(value) = value else {
                    return self.usage(&format!("option requires an argument -- '{letter}'"));
                };
                options.given.push((letter.to_string(), Some(value)));
                break;
            }
        }
        Ok(options)
    }

    /// Says that an option is not known, and keeps it: a real machine may well know it.
    fn odd<T>(&mut self, text: &str, word: &str) -> Result<T, Stop> {
        let mut words = vec![self.name.clone()];
        words.extend(self.args.iter().cloned());
        self.sys.machine.note_unknown(&words, &format!("option `{word}`"));
        self.usage(text)
    }

    /// Ends with the text GNU programs end with where they are used wrongly.
    pub(crate) fn usage<T>(&mut self, text: &str) -> Result<T, Stop> {
        self.say(text);
        let name = self.name.clone();
        self.say_line(&format!("Try '{name} --help' for more information."));
        let two = ["ls", "grep", "sort", "diff", "cmp", "egrep", "fgrep", "pgrep", "pkill", "dir"];
        let status = match name.as_str() {
            "env" | "timeout" | "nohup" | "chroot" | "nice" => 125,
            name if two.contains(&name) => 2,
            _ => 1,
        };
        Err(Stop::Exit(status))
    }
}
