//! Percent-encoding of one value in a query (RFC 3986 section 2.1; `+` is a blank, as forms write it).

/// The value with everything but letters, digits and `-._~` encoded.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
            }
        }
    }
    encoded
}

/// The value that was encoded; none when it is no text.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|n| u8::try_from(n).ok());
                digit()? << 4 | digit()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// The value of a name in a query, the first if there are several.
pub(super) fn value(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(known, _)| *known == name).and_then(|(_, value)| decode(value))
}

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_encoded_is_decoded() {
        for text in ["", "/a b?c=d&e", "100 %", "Grüße ☃", "\u{0}\n"] {
            let encoded = encode(text);
            assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)), "{encoded}");
            assert_eq!(decode(&encoded).as_deref(), Some(text));
        }
        assert_eq!(encode("/account"), "%2Faccount");
    }

    #[test]
    fn half_a_digit_and_half_a_letter_are_nothing() {
        for bad in ["%", "%2", "%G0", "%C3", "a%ff"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode("a+b%2f").as_deref(), Some("a b/"));
    }

    #[test]
    fn the_first_value_of_a_name_counts() {
        assert_eq!(value(Some("a=1&b=2&b=3"), "b").as_deref(), Some("2"));
        assert_eq!(value(Some("bb=1"), "b"), None);
        assert_eq!(value(None, "b"), None);
    }
}
