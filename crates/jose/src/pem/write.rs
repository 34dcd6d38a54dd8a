//! RFC 7468: the block of a document, in lines of 64 characters.

use zeroize::Zeroizing;

use crate::base64url;

pub(crate) fn block(label: &str, der: &[u8]) -> Zeroizing<String> {
    // Room for everything, so that the text never moves and leaves a copy behind.
    let mut base64 = Zeroizing::new(String::with_capacity(der.len() * 4 / 3 + 8));
    base64url::encode_into(der, &mut base64);
    let mut out =
        Zeroizing::new(String::with_capacity(base64.len() + base64.len() / 64 + 2 * label.len() + 64));
    out.extend(["-----BEGIN ", label, "-----\n"]);
    let padding = std::iter::repeat_n('=', (4 - base64.len() % 4) % 4);
    for (at, character) in base64.chars().chain(padding).enumerate() {
        if at > 0 && at % 64 == 0 {
            out.push('\n');
        }
        out.push(match character {
            '-' => '+',
            '_' => '/',
            other => other,
        });
    }
    out.extend(["\n-----END ", label, "-----\n"]);
    out
}
