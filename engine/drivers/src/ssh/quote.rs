//! Text that a POSIX shell takes as it is.

/// `text` as one word of a POSIX shell, whatever it holds. A text with a NUL byte can be no word and is refused before.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The format for `printf` that prints exactly `bytes`.
pub(super) fn printed(bytes: &[u8]) -> String {
    let mut format = String::with_capacity(bytes.len() + 16);
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b' ' | b'\n' | b'#'..=b'$' | b'*'..=b'/' | b':'..=b'@' | b'[' | b']'..=b'_' => {
                format.push(char::from(*byte));
            }
            _ => format.push_str(&format!("\\{byte:03o}")),
        }
    }
    format
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell_says(script: &str) -> Vec<u8> {
        std::process::Command::new("sh").arg("-c").arg(script).output().unwrap().stdout
    }

    #[test]
    fn a_quoted_text_reaches_a_command_as_it_is() {
        for text in ["", "plain", "it's", "$HOME `id` \\ \"x\" \n end", "é\u{1F600}", "-n", "'"] {
            assert_eq!(shell_says(&format!("printf %s {}", quoted(text))), text.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn every_byte_can_be_printed() {
        let bytes: Vec<u8> = (0..=255).chain(0..=255).collect();
        assert_eq!(shell_says(&format!("printf '{}'", printed(&bytes))), bytes);
        let text = b"100% 1\\2 'x' -e \"y\"".to_vec();
        assert_eq!(shell_says(&format!("printf -- '{}'", printed(&text))), text);
    }
}
