//! `sha256::hex`: the digest of text or bytes.

use rhai::{Blob, FuncRegistration, Module};
use runbook_model::Repeat;
use sha2::{Digest, Sha256};

use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "sha256::hex",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["data: text or bytes"], gives: "text" }],
    options: &[],
    doc: r#"
        The SHA-256 digest of text or bytes, in lower-case hexadecimal.

        ```rhai
        let digest = sha256::hex("abc");
        if !digest.starts_with("ba7816bf") { throw digest; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("hex").set_into_module(module, |text: &str| hex(text.as_bytes()));
    FuncRegistration::new("hex").set_into_module(module, |bytes: Blob| hex(&bytes));
}

/// The digest of `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_published_one() {
        assert_eq!(hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_word_takes_text_and_bytes() {
        let engine = crate::language::engine();
        let same = engine.eval::<bool>(r#"sha256::hex("abc") == sha256::hex("abc".to_blob())"#);
        assert!(same.unwrap());
    }
}
