//! Bytes as text without loss: what is not UTF-8 goes through a private range of characters and comes back.
//!
//! Words of a shell are text nearly always; the few bytes that are not must survive it.

/// Where the byte 0x80 goes; 0xff goes 127 further.
const BASE: u32 = 0x0010_ff00;

/// Makes text of any bytes.
pub fn from_bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.extend(char::from_u32(BASE + u32::from(*byte)));
        }
    }
    text
}

/// The bytes that text stands for.
pub fn to_bytes(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_vec();
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The byte a character stands for where it is none of UTF-8.
pub fn byte_of(c: char) -> Option<u8> {
    let code = u32::from(c);
    (BASE + 0x80..=BASE + 0xff).contains(&code).then(|| (code - BASE) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_bytes_come_back_from_text_as_they_were() {
        for bytes in [&b"plain"[..], b"\xff\xfe\x80", "sch\u{f6}n".as_bytes(), b"a\xc3(\xf0\x9f", &[0, 1, 200]] {
            assert_eq!(to_bytes(&from_bytes(bytes)), bytes);
        }
    }
}
