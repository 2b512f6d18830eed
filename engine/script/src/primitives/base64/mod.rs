//! `base64::`: bytes as text that survives everywhere, and back.

pub(super) mod decode;
pub(super) mod decode_bytes;
pub(super) mod encode;

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use runbook_model::Failure;

use super::pure::{bad, place};
use crate::word::Opt;

const URL: Opt = Opt {
    name: "url",
    takes: "a boolean",
    doc: "use the alphabet that is safe in URLs and file names, without padding, as tokens do",
};

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const SAFE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG.with_encode_padding(false));

/// `bytes` in base64.
pub(super) fn encoded(bytes: &[u8], url: bool) -> String {
    if url { SAFE.encode(bytes) } else { PLAIN.encode(bytes) }
}

/// The bytes that `text` stands for. Line breaks and blanks in it, and missing padding, do not matter.
pub(super) fn decoded(text: &str, url: bool) -> Result<Vec<u8>, Failure> {
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let answer = if url { SAFE.decode(&bare) } else { PLAIN.decode(&bare) };
    answer.map_err(|trouble| {
        use base64::DecodeError::{InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding};
        let wrong = |at: usize| bare.get(at..).and_then(|rest| rest.chars().next());
        match trouble {
            InvalidByte(at, _) if matches!(wrong(at), Some('-' | '_')) => {
                bad(format!("the text is not base64 at {}: `-` and `_` belong to the URL-safe kind", place(&bare, at)))
                    .hint("give the option `url: true`")
            }
            InvalidByte(at, _) => {
                let c = wrong(at).map_or_else(String::new, |c| format!(": `{}`", c.escape_default()));
                bad(format!("the text is not base64 at {}{c}", place(&bare, at)))
            }
            InvalidLastSymbol { .. } | InvalidLength(_) | InvalidPadding => {
                bad("the base64 text is cut off at its end")
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bytes_survive_the_round_trip(bytes: Vec<u8>, url: bool) {
            prop_assert_eq!(decoded(&encoded(&bytes, url), url).unwrap(), bytes);
        }

        #[test]
        fn any_text_is_decoded_or_refused_and_never_panics(text in ".*", url: bool) {
            let _ = decoded(&text, url);
        }
    }

    #[test]
    fn line_breaks_and_missing_padding_do_not_matter() {
        assert_eq!(decoded("aGVs\nbG8\n", false).unwrap(), b"hello");
        assert_eq!(decoded("aGVsbG8=", true).unwrap(), b"hello");
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        assert_eq!(decoded("aGV!", false).unwrap_err().what, "the text is not base64 at column 4: `!`");
        assert_eq!(decoded("-_-_", false).unwrap_err().hints, ["give the option `url: true`"]);
        assert_eq!(decoded("aGVsb", false).unwrap_err().what, "the base64 text is cut off at its end");
    }
}
