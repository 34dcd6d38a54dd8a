//! Reads an event stream (WHATWG HTML, section 9.2.6) out of pieces of any size, within a bound.
//!
//! Only what the feed needs: the fields `event` and `data`. Not here: what an event means, and `retry`, because the
//! follower waits by its own rules.

/// What has come of an event stream and was not read yet.
#[derive(Debug, Default)]
pub(super) struct Parser {
    /// The line that is coming.
    line: Vec<u8>,
    /// A CR ended the last line: an LF right behind it belongs to it.
    after_cr: bool,
    /// Whether the first line is over, before which a byte order mark may stand.
    begun: bool,
    event: String,
    data: String,
    has_data: bool,
}

/// One event of the stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its kind; empty where the stream named none.
    pub(super) event: String,
    pub(super) data: String,
}

/// The stream is no event stream, or not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("an event of the stream is longer than {MOST} bytes")]
    TooLong,
    #[error("the stream is not UTF-8")]
    Utf8,
}

impl Parser {
    /// Reads on in `piece` to the end of the next event, if one ends there; what it has read is cut off the piece.
    pub(super) fn next(&mut self, piece: &mut &[u8]) -> Result<Option<Message>, Malformed> {
        while let Some((&first, rest)) = piece.split_first() {
            if std::mem::take(&mut self.after_cr) && first == b'\n' {
                *piece = rest;
                continue;
            }
            let end = piece.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let (part, ending) = piece.split_at(end.unwrap_or(piece.len()));
            if self.line.len() + self.data.len() + part.len() > MOST {
                return Err(Malformed::TooLong);
            }
            self.line.extend_from_slice(part);
            let Some((ending, rest)) = ending.split_first() else {
                *piece = &[];
                break;
            };
            *piece = rest;
            self.after_cr = *ending == b'\r';
            if let Some(message) = self.line_ended()? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    fn line_ended(&mut self) -> Result<Option<Message>, Malformed> {
        let line = std::mem::take(&mut self.line);
        let mut line = str::from_utf8(&line).map_err(|_| Malformed::Utf8)?;
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            let data = std::mem::take(&mut self.data);
            return Ok(std::mem::take(&mut self.has_data).then_some(Message { event, data }));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {} // comments, `id`, `retry` and what is unknown
        }
        Ok(None)
    }
}

/// The longest event the feed sends, and room for what stands around it.
const MOST: usize = jotgate_token::revocation::MAX_EVENT + 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Result<Vec<(String, String)>, Malformed> {
        let (mut parser, mut messages) = (Parser::default(), Vec::new());
        for piece in pieces {
            let mut piece = *piece;
            while let Some(Message { event, data }) = parser.next(&mut piece)? {
                messages.push((event, data));
            }
            assert!(piece.is_empty());
        }
        Ok(messages)
    }

    fn one(text: &str) -> Vec<(String, String)> {
        read(&[text.as_bytes()]).expect("well formed")
    }

    fn pair(event: &str, data: &str) -> (String, String) {
        (event.to_owned(), data.to_owned())
    }

    #[test]
    fn the_fields_are_read_as_the_standard_says() {
        assert_eq!(one("id: A:1\nevent: revocations\ndata: a.b.c\n\n"), [pair("revocations", "a.b.c")]);
        assert_eq!(one("\u{feff}data:a\ndata: b\ndata:  c\n\n"), [pair("", "a\nb\n c")]);
        assert_eq!(one(": a comment\n\n\ndata\n\nevent: none\n\ndata: d\n\n"), [pair("", ""), pair("", "d")]);
        assert_eq!(one("data: whole\r\rdata: other\r\n\r\n"), [pair("", "whole"), pair("", "other")]);
        assert_eq!(one("data: cut off\n"), []);
        assert_eq!(one("data: cut off"), []);
    }

    #[test]
    fn an_event_without_an_end_is_given_up() {
        let long = "x".repeat(MOST);
        assert_eq!(read(&[b"data: ", long.as_bytes()]), Err(Malformed::TooLong));
        let lines = format!("data: {}\n", "x".repeat(1000)).repeat(MOST / 1000 + 1);
        assert_eq!(read(&[lines.as_bytes()]), Err(Malformed::TooLong));
        assert_eq!(read(&[b"data: \xff\n\n"]), Err(Malformed::Utf8));
    }

    proptest! {
        #[test]
        fn where_the_pieces_end_does_not_matter(
            lines in prop::collection::vec(("(data|event|id|:|odd)(: ?[a-zé.]{0,9})?", "(\r\n|\r|\n)"), 0..30),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let text: String = lines.into_iter().map(|(line, end)| line + &end + if end == "\n" { "\n" } else { "" }).collect();
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
            prop_assert_eq!(read(&pieces), read(&[bytes]));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&[&bytes]);
        }
    }
}
