//! Bytes as base 64.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let letter = LETTERS[(number >> (18 - 6 * place) & 63) as usize];
            text.push(if place > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

/// Text as bytes; or the place of the first letter that does not belong.
pub fn decode(text: &str) -> Result<Vec<u8>, usize> {
    let letters: Vec<(usize, u8)> = text.bytes().enumerate().filter(|(_, byte)| !b"\r\n".contains(byte)).collect();
    let mut bytes = Vec::with_capacity(letters.len() / 4 * 3);
    for (number, chunk) in letters.chunks(4).enumerate() {
        let last = (number + 1) * 4 >= letters.len();
        let mut bits = 0_u32;
        let mut kept = 0;
        for (place, (at, letter)) in chunk.iter().enumerate() {
            let padded = *letter == b'=' && last && place >= 2 && chunk[place..].iter().all(|(_, byte)| *byte == b'=');
            let value = if padded { Some(0) } else { LETTERS.iter().position(|own| own == letter) };
            let Some(value) = value else { return Err(*at) };
            bits = bits << 6 | u32::try_from(value).unwrap_or_default();
            kept += usize::from(!padded);
        }
        if chunk.len() < 4 {
            return Err(letters.last().map_or(0, |(at, _)| at + 1));
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..kept.max(1)]);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_are_padded_to_fours() {
        let all = ["", "f", "fo", "foo", "foob"].map(|text| super::encode(text.as_bytes()));
        let back = |text: &String| super::decode(text).expect("is base 64").len();
        assert_eq!(all.iter().map(back).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        assert_eq!([super::decode("!!"), super::decode("not base64")], [Err(0), Err(3)]);
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
