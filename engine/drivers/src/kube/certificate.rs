//! How long a client certificate is good for, as it says itself.
//!
//! Only that is read of it. Whether it is over is for the server to say: this never reads the clock.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kube::config::AuthInfo;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The last moment the certificate of these credentials is good for, as RFC 3339.
pub(super) fn good_until(credentials: &AuthInfo) -> Option<String> {
    let pem = match (&credentials.client_certificate_data, &credentials.client_certificate) {
        (Some(data), _) => BASE64.decode(data).ok()?,
        (None, Some(file)) => std::fs::read(file).ok()?,
        (None, None) => return None,
    };
    last_moment(&CertificateDer::from_pem_slice(&pem).ok()?)
}

/// Certificate → to be signed → (version) serial, algorithm, issuer, validity → not after.
fn last_moment(der: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(der)?;
    let (_, mut rest, _) = element(certificate)?;
    if element(rest)?.0 == 0xa0 {
        rest = element(rest)?.2;
    }
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, after) = element(validity)?;
    let (kind, text, _) = element(after)?;
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (year, rest) = match kind {
        // Two digits of a year mean 1950 to 2049.
        0x17 => (
            if text.get(..2)? < "50" { format!("20{}", &text[..2]) } else { format!("19{}", &text[..2]) },
            text.get(2..)?,
        ),
        0x18 => (text.get(..4)?.to_owned(), text.get(4..)?),
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2);
    Some(format!("{year}-{}-{}T{}:{}:{}Z", two(0)?, two(2)?, two(4)?, two(6)?, two(8)?))
}

/// The kind of the first element, what is in it, and what comes after it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        let bytes = rest.get(..count).filter(|bytes| bytes.len() <= 4)?;
        (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest.get(count..)?)
    };
    Some((*kind, rest.get(..length)?, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::last_moment;

    #[test]
    fn the_last_moment_of_a_certificate_is_read() {
        let mut params = rcgen::CertificateParams::new(vec!["x.test".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2031, 4, 5);
        let key = rcgen::KeyPair::generate().unwrap();
        let der = params.self_signed(&key).unwrap().der().to_vec();
        assert_eq!(last_moment(&der).as_deref(), Some("2031-04-05T00:00:00Z"));
        params.not_after = rcgen::date_time_ymd(2075, 1, 2);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        assert_eq!(last_moment(&der).as_deref(), Some("2075-01-02T00:00:00Z"));
    }

    #[test]
    fn what_is_no_certificate_has_none() {
        let junk: [&[u8]; 5] = [b"", b"\x30", b"\x30\x84\xff\xff\xff\xff", b"\x30\x03\x30\x01\x02", b"text"];
        for bytes in junk {
            assert_eq!(last_moment(bytes), None);
        }
    }
}
