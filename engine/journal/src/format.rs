//! The written form of records and its versions. A newer store is refused, another's file is never rewritten.

use runbook_model::Record;

/// The version of the store's layout and of the records in it. A reader refuses a higher one.
pub const VERSION: i32 = 1;

/// The written form of a batch: one JSON object a line.
pub fn encode<'r>(records: impl IntoIterator<Item = &'r Record>) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = Vec::with_capacity(256);
    for record in records {
        if !text.is_empty() {
            text.push(b'\n');
        }
        serde_json::to_writer(&mut text, record)?;
    }
    Ok(text)
}

/// The records of a batch.
pub fn decode(text: &[u8]) -> impl Iterator<Item = Result<Record, serde_json::Error>> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(serde_json::from_slice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::samples;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn every_record_survives_the_round_trip(records in prop::collection::vec(samples::record(), 0..5)) {
            let text = encode(&records).unwrap();
            let read: Result<Vec<Record>, _> = decode(&text).collect();
            prop_assert_eq!(read.unwrap(), records);
        }

        #[test]
        fn any_bytes_are_read_or_refused(text in any::<Vec<u8>>(), record in samples::record(), cut in any::<usize>()) {
            let _ = decode(&text).collect::<Vec<_>>();
            let whole = encode([&record]).unwrap();
            let cut = cut % whole.len();
            prop_assert!(decode(&whole[..cut]).all(|read| read.is_err()), "half a record was read as one");
        }
    }
}
