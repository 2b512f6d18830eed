//! Numbers made from words: the same words give the same number, in every run and on every machine.

/// Where a mix begins when nothing else is said.
pub(crate) const START: u64 = 0xcbf2_9ce4_8422_2325;

/// Mixes bytes into a number (FNV-1a).
pub(crate) fn mixed(start: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
