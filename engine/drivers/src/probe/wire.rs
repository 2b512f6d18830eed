//! A question about a name as DNS sends it over TCP, and the addresses in the answer.

/// The question for the IPv4 addresses of `name`, each byte as an octal escape of `printf`.
pub(super) fn question(name: &str) -> String {
    let mut body = vec![0x72, 0x62, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        let bytes = &label.as_bytes()[..label.len().min(63)];
        body.push(u8::try_from(bytes.len()).unwrap_or(0));
        body.extend(bytes);
    }
    body.extend([0, 0, 1, 0, 1]);
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    length.iter().chain(&body).map(|byte| format!("\\{byte:03o}")).collect()
}

/// What a server said: the code of its answer, and the addresses. Nothing where it is no answer to us.
pub(super) fn answer(hex: &str) -> Option<(u8, Vec<String>)> {
    let bytes: Vec<u8> = hex
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect::<Option<_>>()?;
    // The length comes first, then the number of our question.
    let body = bytes.get(2..).filter(|body| body.len() >= 12 && body[..2] == [0x72, 0x62] && body[2] & 0x80 != 0)?;
    let answers = u16::from_be_bytes([body[6], body[7]]);
    let mut at = 12;
    skip_name(body, &mut at)?;
    at += 4;
    let mut found = Vec::new();
    for _ in 0..answers {
        // What was cut off at the end says nothing of what came before.
        if skip_name(body, &mut at).is_none() {
            break;
        }
        let Some(head) = body.get(at..at + 10) else { break };
        let length = usize::from(u16::from_be_bytes([head[8], head[9]]));
        at += 10;
        if head[..4] == [0, 1, 0, 1]
            && let Some([a, b, c, d]) = body.get(at..at + 4)
        {
            found.push(format!("{a}.{b}.{c}.{d}"));
        }
        at += length;
    }
    Some((body[3] & 0x0f, found))
}

fn skip_name(body: &[u8], at: &mut usize) -> Option<()> {
    loop {
        match *body.get(*at)? {
            0 => {
                *at += 1;
                return Some(());
            }
            length if length & 0xc0 == 0xc0 => {
                *at += 2;
                return Some(());
            }
            length => *at += usize::from(length) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_goes_out_as_the_protocol_says() {
        assert_eq!(
            question("a.bc."),
            "\\000\\026\\162\\142\\001\\000\\000\\001\\000\\000\\000\\000\\000\\000\\001\\141\\002\\142\\143\\000\\000\\001\\000\\001"
        );
    }

    #[test]
    fn addresses_are_read_and_what_is_no_answer_is_not_one() {
        let head = "0030726281800001000100000000";
        let asked = "0161026263000001 0001".replace(' ', "");
        let told = "c00c00010001000000050004 0a600001".replace(' ', "");
        assert_eq!(answer(&format!("{head}{asked}{told}")), Some((0, vec!["10.96.0.1".into()])));
        assert_eq!(
            answer("0030726281830001000000000000016102626300000100 01".replace(' ', "").as_str()),
            Some((3, vec![]))
        );
        for wrong in ["", "00", "zz", "003072620180", &head[..20], &"ff".repeat(40)] {
            assert_eq!(answer(wrong), None, "{wrong}");
        }
        assert!(answer(&format!("{head}{asked}c00c0001")).is_some(), "an answer that was cut off");
    }
}
