//! Reading around a place in a text: runs, words, literals, arguments. All bounded.

/// The bytes from `at` on that satisfy the condition, at most `most`.
pub(super) fn run(bytes: &[u8], at: usize, most: usize, is_part: impl Fn(u8) -> bool) -> &[u8] {
    let rest = &bytes[at.min(bytes.len())..bytes.len().min(at.saturating_add(most))];
    &rest[..rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len())]
}

/// Where the run of such bytes that ends before `at` begins, at most `most` back.
pub(super) fn run_back(bytes: &[u8], at: usize, most: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let from = at.saturating_sub(most);
    bytes[from..at].iter().rposition(|byte| !is_part(*byte)).map_or(from, |place| from + place + 1)
}

pub(super) fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// Where the white space from `at` on ends.
pub(super) fn skip_white(bytes: &[u8], at: usize) -> usize {
    at + run(bytes, at, 64, |byte| byte.is_ascii_whitespace()).len()
}

/// A string literal that begins at `at`: its text without the quotes, as written. Templates with `${` are none.
pub(super) fn literal(bytes: &[u8], at: usize, most: usize) -> Option<&[u8]> {
    let quote = *bytes.get(at).filter(|byte| b"\"'`".contains(byte))?;
    let rest = &bytes[at + 1..bytes.len().min(at + 1 + most)];
    let mut place = 0;
    while let Some(byte) = rest.get(place) {
        match *byte {
            b'\\' => place += 2,
            b'\n' if quote != b'`' => return None,
            b'$' if quote == b'`' && rest.get(place + 1) == Some(&b'{') => return None,
            byte if byte == quote => return Some(&rest[..place]),
            _ => place += 1,
        }
    }
    None
}

/// The arguments of a call whose opening parenthesis stands right before `at`, up to three, without white space
/// around them. `None` when the call does not end soon.
pub(super) fn arguments(bytes: &[u8], at: usize) -> Option<Vec<&[u8]>> {
    let end = bytes.len().min(at + CALL);
    let (mut depth, mut place, mut from, mut arguments) = (0_u32, at, at, Vec::new());
    while place < end {
        match bytes[place] {
            b'"' | b'\'' => place += literal(bytes, place, CALL)?.len() + 1,
            b'`' => place += bytes[place + 1..end].iter().position(|byte| *byte == b'`')? + 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                arguments.push(bytes[from..place].trim_ascii());
                return Some(arguments);
            }
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                arguments.push(bytes[from..place].trim_ascii());
                if arguments.len() == 3 {
                    return Some(arguments);
                }
                from = place + 1;
            }
            _ => {}
        }
        place += 1;
    }
    None
}

/// The object in braces around `at`.
pub(super) fn braces(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at.saturating_sub(WINDOW);
    let mut depth = 0_u32;
    let open = bytes[from..at].iter().rposition(|byte| match byte {
        b'}' => {
            depth += 1;
            false
        }
        b'{' if depth == 0 => true,
        b'{' => {
            depth -= 1;
            false
        }
        _ => false,
    })?;
    let open = from + open;
    let mut depth = 0_u32;
    let close = bytes[open..bytes.len().min(open + WINDOW)].iter().position(|byte| match byte {
        b'{' => {
            depth += 1;
            false
        }
        b'}' => {
            depth -= 1;
            depth == 0
        }
        _ => false,
    })?;
    Some((open, open + close + 1))
}

pub(super) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Letters, digits and white space of ASCII as text; what else there is becomes `?`.
pub(super) fn ascii(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '?' })
        .collect()
}

const CALL: usize = 1024;
/// The key file of a service account has 2.5 kB, a private RSA key of 4096 bits as JWK 3.2 kB.
const WINDOW: usize = 6 * 1024;
