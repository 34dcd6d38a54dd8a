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

/// Without white space around it, also where it is written as an escape, as in the sources inside a source map.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let mut text = bytes.trim_ascii();
    while let [b'\\', b'n' | b'r' | b't', rest @ ..] = text {
        text = rest.trim_ascii();
    }
    while let [rest @ .., b'\\', b'n' | b'r' | b't'] = text {
        text = rest.trim_ascii();
    }
    text
}

/// A string literal.
#[derive(Clone, Copy)]
pub(super) struct Literal<'a> {
    /// What stands between the quotes, as written.
    pub(super) text: &'a [u8],
    /// Where it ends, with its quotes, counted from where it began.
    pub(super) len: usize,
}

/// The string literal that begins at `at`. Templates with `${` are none. Inside a source map its quotes are escaped.
pub(super) fn literal(bytes: &[u8], at: usize, most: usize) -> Option<Literal<'_>> {
    let (open, quote) = match bytes.get(at..)? {
        [b'\\', quote @ (b'"' | b'\''), ..] => (2, *quote),
        [quote @ (b'"' | b'\'' | b'`'), ..] => (1, *quote),
        _ => return None,
    };
    let rest = &bytes[at + open..bytes.len().min(at + open + most)];
    let mut place = 0;
    while let Some(byte) = rest.get(place) {
        match *byte {
            b'\\' if open == 2 && rest.get(place + 1) == Some(&quote) => {
                return Some(Literal { text: &rest[..place], len: place + 4 });
            }
            b'\\' => place += 2,
            b'\n' if quote != b'`' => return None,
            b'$' if quote == b'`' && rest.get(place + 1) == Some(&b'{') => return None,
            byte if byte == quote => {
                return (open == 1).then(|| Literal { text: &rest[..place], len: place + 2 });
            }
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
            b'"' | b'\'' => place += literal(bytes, place, CALL)?.len - 1,
            b'\\' => place += literal(bytes, place, CALL).map_or(0, |literal| literal.len - 1),
            b'`' => place += bytes[place + 1..end].iter().position(|byte| *byte == b'`')? + 1,
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                arguments.push(trim(&bytes[from..place]));
                return Some(arguments);
            }
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                arguments.push(trim(&bytes[from..place]));
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

/// What is assigned to a name near `at`: where the value begins. The nearest assignment before it counts.
pub(super) fn assignment(bytes: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let from = at.saturating_sub(NEAR);
    let near = &bytes[from..bytes.len().min(at + NEAR / 4)];
    let value_of = |place: usize| {
        let is_whole = place == 0 || !(is_word(near[place - 1]) || near[place - 1] == b'.');
        let equals = skip_white(near, place + name.len());
        let is_assigned =
            near.get(equals) == Some(&b'=') && near.get(equals + 1).is_some_and(|next| !b"=>".contains(next));
        (is_whole && is_assigned).then(|| from + skip_white(near, equals + 1))
    };
    let places =
        near.windows(name.len()).enumerate().filter(|(_, window)| *window == name).map(|(place, _)| place);
    places.filter_map(value_of).min_by_key(|value| (*value > at, at.abs_diff(*value)))
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
/// A bundler puts the constants of a module right before its functions.
const NEAR: usize = 16 * 1024;
/// The key file of a service account has 2.5 kB, a private RSA key of 4096 bits as JWK 3.2 kB.
const WINDOW: usize = 6 * 1024;
