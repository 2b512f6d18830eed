//! Chance from a seed: names, uids and choices that a second run repeats.

/// A small generator (SplitMix64): enough for names, never for secrets that leave the twin.
#[derive(Clone, Debug)]
pub struct Chance(u64);

/// The letters of generated names: no vowels and nothing that looks like another.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Chance {
    /// Chance from a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; zero when `end` is zero.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.number() % end }
    }

    /// The letters that end a generated name.
    pub fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(LETTERS[usize::try_from(self.below(27)).unwrap_or(0)])).collect()
    }

    /// A uid in the form of a random UUID.
    pub fn uid(&mut self) -> String {
        let (high, low) = (self.number(), self.number());
        let high = (high & !0xf000) | 0x4000;
        let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        let mut text = String::with_capacity(36);
        for (place, number) in (0..32).map(|place| (place, if place < 16 { high } else { low })) {
            if [8, 12, 16, 20].contains(&place) {
                text.push('-');
            }
            let digit = number >> (60 - 4 * (place % 16)) & 0xf;
            text.extend(char::from_digit(u32::try_from(digit).unwrap_or(0), 16));
        }
        text
    }
}
