//! Values told by their form: addresses, numbers with check digits, password hashes, attempts at injection.
//!
//! A form counts only where chance does not produce it: check digits, fixed prefixes and lengths. What has no such
//! form (a plain password) is told by its name alone.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Characters that no key name needs and that mean something to a shell, a query, a path or a template.
pub(super) fn is_injection(kid: &str) -> bool {
    // An URL or a DID is a name too, and base64 has slashes.
    let is_path = kid.contains("..") || kid.contains("%2e") || kid.contains("%2E") || is_absolute(kid);
    let breaks_out =
        kid.contains(|character: char| character.is_control() || "'\"`\\;|<>{}()$*&".contains(character));
    is_path || breaks_out || kid.contains("--")
}

fn is_absolute(kid: &str) -> bool {
    ["/etc", "/dev", "/proc", "/var", "/tmp", "/home", "/usr", "/root", "~/", "file:"]
        .iter()
        .any(|start| kid.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)))
}

/// Why a verifier must not even ask at this address.
pub(super) fn unsafe_to_fetch(url: &str) -> Option<&'static str> {
    let Some(rest) = url.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).map(|_| &url[8..])
    else {
        return Some("an address that is not https");
    };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("an address with a user in it");
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let digits = host.strip_prefix("0x").unwrap_or(&host);
    let is_digit = |byte: u8| {
        byte.is_ascii_digit() || byte == b'.' || (digits.len() < host.len() && byte.is_ascii_hexdigit())
    };
    let is_number = !digits.is_empty() && digits.bytes().all(is_digit);
    let is_own = host == "localhost"
        || host.ends_with(".localhost")
        || host.ends_with(".internal")
        || host.ends_with(".local");
    let is_private = match (host.parse::<Ipv4Addr>(), host.parse::<Ipv6Addr>()) {
        (Ok(four), _) => {
            four.is_private() || four.is_loopback() || four.is_link_local() || four.is_unspecified()
        }
        (_, Ok(six)) => {
            six.is_loopback() || six.is_unspecified() || six.is_unique_local() || six.is_unicast_link_local()
        }
        // 2130706433 and 0x7f000001 are 127.0.0.1 too.
        _ => is_number,
    };
    (is_own || is_private).then_some("an address of this machine or of a private network")
}

/// Characters that hide, turn text around or control a terminal.
pub(super) fn is_deceptive(character: char) -> bool {
    let is_space = matches!(character, '\n' | '\t');
    (character.is_control() && !is_space)
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub(super) fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    let is_user = !user.is_empty()
        && user.len() <= 64
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._%+-'".contains(&byte));
    let mut labels = domain.split('.');
    let is_domain = domain.contains('.')
        && labels.all(|label| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        });
    let top = domain.rsplit('.').next().unwrap_or_default();
    is_user && is_domain && top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// International form, `+` and 8 to 15 digits (E.164); without the plus a number is any number.
pub(super) fn is_phone(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('+') else { return false };
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits) && rest.bytes().all(|byte| byte.is_ascii_digit() || b" -()./".contains(&byte))
}

/// ISO/IEC 7812: the lengths and first digits of the large brands, and the check digit.
pub(super) fn is_card(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ' || byte == b'-') {
        return false;
    }
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    if !(14..=16).contains(&digits.len()) {
        return false;
    }
    let first =
        |count: usize| digits[..count].iter().fold(0_u32, |number, digit| number * 10 + u32::from(*digit));
    let is_brand = match digits.len() {
        14 => matches!(first(3), 300..=305) || matches!(first(2), 36 | 38 | 39),
        15 => matches!(first(2), 34 | 37),
        _ => {
            first(1) == 4
                || matches!(first(2), 51..=55 | 65)
                || matches!(first(4), 2221..=2720 | 6011 | 3528..=3589)
        }
    };
    is_brand && luhn(&digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit) * 2) {
            (0, double) => double / 2,
            (_, double) => double / 10 + double % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// ISO 13616: a country with its length, and the check digits modulo 97.
pub(super) fn is_iban(text: &str) -> bool {
    let plain: String = text.chars().filter(|character| *character != ' ').collect();
    let Some(country) = plain.get(..2) else { return false };
    let wanted = IBAN_LENGTHS.iter().find(|(code, _)| *code == country).map(|(_, length)| *length);
    if wanted != Some(plain.len())
        || !plain.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return false;
    }
    let rest = plain.bytes().cycle().skip(4).take(plain.len()).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A' + 10)) % 97,
    });
    rest == 1
}

/// United States social security number with its hyphens, and none of the numbers that are never given out.
pub(super) fn is_ssn(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [area, group, serial] = parts[..] else { return false };
    let digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(area, 3)
        && digits(group, 2)
        && digits(serial, 4)
        && area != "000"
        && area != "666"
        && !area.starts_with('9')
        && group != "00"
        && serial != "0000"
}

/// Brazilian CPF with its punctuation and check digits.
pub(super) fn is_cpf(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 14 || bytes[3] != b'.' || bytes[7] != b'.' || bytes[11] != b'-' {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|character| character.to_digit(10)).collect();
    let check = |count: usize| {
        let sum: u32 = digits[..count]
            .iter()
            .zip((2..=count as u32 + 1).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        sum * 10 % 11 % 10
    };
    digits.len() == 11 && check(9) == digits[9] && check(10) == digits[10]
}

/// The name of the scheme that made this password hash.
pub(super) fn password_hash(text: &str) -> Option<&'static str> {
    let is_bcrypt = text.len() == 60
        && ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|start| text.starts_with(start))
        && text.as_bytes()[6] == b'$';
    if is_bcrypt {
        return Some("bcrypt");
    }
    HASHES
        .iter()
        .find(|(start, _)| text.starts_with(start) && text.len() >= start.len() + 20)
        .map(|(_, name)| *name)
}

pub(super) fn is_ip(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok() || (text.len() > 4 && text.parse::<Ipv6Addr>().is_ok())
}

const HASHES: &[(&str, &str)] = &[
    ("$argon2id$", "Argon2id"),
    ("$argon2i$", "Argon2i"),
    ("$argon2d$", "Argon2d"),
    ("$scrypt$", "scrypt"),
    ("$s0$", "scrypt"),
    ("$7$", "scrypt"),
    ("$y$", "yescrypt"),
    ("$6$", "SHA-512 crypt"),
    ("$5$", "SHA-256 crypt"),
    ("$1$", "MD5 crypt"),
    ("$apr1$", "MD5 crypt"),
    ("$pbkdf2", "PBKDF2"),
    ("pbkdf2_sha256$", "PBKDF2"),
    ("pbkdf2_sha1$", "PBKDF2"),
    ("pbkdf2:sha", "PBKDF2"),
    ("scrypt:", "scrypt"),
    ("bcrypt$", "bcrypt"),
    ("bcrypt_sha256$", "bcrypt"),
    ("{SSHA}", "salted SHA-1"),
    ("{SSHA512}", "salted SHA-512"),
    ("{bcrypt}", "bcrypt"),
    ("$P$", "phpass"),
    ("$H$", "phpass"),
];

/// The registry of SWIFT, the countries of the euro area first.
const IBAN_LENGTHS: &[(&str, usize)] = &[
    ("DE", 22),
    ("FR", 27),
    ("ES", 24),
    ("IT", 27),
    ("NL", 18),
    ("BE", 16),
    ("AT", 20),
    ("PT", 25),
    ("IE", 22),
    ("FI", 18),
    ("GR", 27),
    ("LU", 20),
    ("SK", 24),
    ("SI", 19),
    ("EE", 20),
    ("LV", 21),
    ("LT", 20),
    ("CY", 28),
    ("MT", 31),
    ("HR", 21),
    ("GB", 22),
    ("CH", 21),
    ("NO", 15),
    ("SE", 24),
    ("DK", 18),
    ("PL", 28),
    ("CZ", 24),
    ("HU", 28),
    ("RO", 24),
    ("BG", 22),
    ("IS", 26),
    ("LI", 21),
    ("MC", 27),
    ("SM", 27),
    ("AD", 24),
    ("TR", 26),
    ("IL", 23),
    ("AE", 23),
    ("SA", 24),
    ("BR", 29),
    ("UA", 29),
    ("RS", 22),
    ("AL", 28),
    ("BA", 20),
    ("BY", 28),
    ("GE", 22),
    ("KZ", 20),
    ("KW", 30),
    ("LB", 28),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("PK", 24),
    ("QA", 29),
    ("TN", 24),
    ("VA", 22),
    ("XK", 20),
    ("EG", 29),
    ("JO", 30),
    ("BH", 22),
    ("AZ", 28),
    ("CR", 22),
    ("DO", 28),
    ("GI", 23),
    ("GT", 28),
    ("MR", 27),
    ("MU", 30),
    ("PS", 29),
    ("SV", 28),
    ("VG", 24),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_of_honest_issuers_are_none_of_an_attacker() {
        for kid in [
            "2026-11",
            "k1",
            "my key",
            "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg",
            "abc+def/ghi==",
            "did:web:example.com#key-1",
            "https://id.example/keys#1",
            "arn:aws:kms:eu-west-1:1:key/2",
            "a_b.c~d@e",
        ] {
            assert!(!is_injection(kid), "{kid}");
        }
        for kid in [
            "../../../dev/null",
            "/dev/null",
            "/etc/passwd",
            "' OR 1=1--",
            "x' UNION SELECT 'a",
            "*)(uid=*",
            "$(id)",
            "`id`",
            "{{7*7}}",
            "a\0b",
            "a\nb",
            "%2e%2e%2f",
            "key|whoami",
            "a;b",
            "C:\\windows",
            "file:///etc/passwd",
        ] {
            assert!(is_injection(kid), "{kid}");
        }
    }

    #[test]
    fn addresses_that_lead_inside() {
        for url in [
            "http://id.example/keys",
            "HTTPS://127.0.0.1/k",
            "https://[::1]/k",
            "https://169.254.169.254/latest",
            "https://10.0.0.1",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://localhost:8080/k",
            "https://a@evil.example/k",
            "file:///etc/passwd",
            "https://keys.internal/",
            "data:text/plain,x",
            "",
        ] {
            assert!(unsafe_to_fetch(url).is_some(), "{url}");
        }
        for url in ["https://id.example/keys", "https://8.8.8.8/keys", "https://ID.example:443/k?x=a@b"] {
            assert_eq!(unsafe_to_fetch(url), None, "{url}");
        }
    }

    #[test]
    fn numbers_count_with_their_check_digits() {
        for number in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "5555-5555-5555-4444",
            "378282246310005",
            "30569309025904",
        ] {
            assert!(is_card(number), "{number}");
        }
        for number in [
            "4111111111111112",
            "1234567812345670",
            "0197300000000000",
            "411111111111",
            "41111111111111110000",
        ] {
            assert!(!is_card(number), "{number}");
        }
        assert!(
            is_iban("DE89 3704 0044 0532 0130 00")
                && is_iban("GB82WEST12345698765432")
                && is_iban("NO9386011117947")
        );
        assert!(
            !is_iban("DE88370400440532013000")
                && !is_iban("GB82WEST1234569876543")
                && !is_iban("ZZ89370400440532013000")
        );
        assert!(
            is_ssn("078-05-1120")
                && !is_ssn("000-12-3456")
                && !is_ssn("987-65-4321")
                && !is_ssn("2026-11-22")
        );
        assert!(is_cpf("529.982.247-25") && !is_cpf("529.982.247-26"));
    }

    #[test]
    fn addresses_and_phones() {
        assert!(is_email("ada.lovelace+x@mail.example.com") && is_email("o'hara@example.ie"));
        for text in [
            "ada",
            "@example.com",
            "a@b",
            "a@b.1",
            "git@",
            "user@host@x.com",
            "a b@c.de",
            "https://a@b.example/c",
        ] {
            assert!(!is_email(text), "{text}");
        }
        assert!(is_phone("+49 30 901820") && is_phone("+14155552671"));
        assert!(!is_phone("14155552671") && !is_phone("+1") && !is_phone("+v1.2.3.4.5.6.7.8"));
    }

    #[test]
    fn password_hashes_are_told_by_their_prefix() {
        let bcrypt = "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW";
        assert_eq!(password_hash(bcrypt), Some("bcrypt"));
        assert_eq!(password_hash("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA"), Some("Argon2id"));
        assert_eq!(password_hash("$2.50"), None);
        assert_eq!(password_hash("$5$"), None);
        assert_eq!(password_hash(&bcrypt[..59]), None);
    }
}
