//! The walk over the text: grammar, depth, and names that may not come twice.

use std::collections::HashSet;

use super::tape::{Kind, Tape};
use super::text::{Span, Str};
use super::{Flaw, Limits, Value};
use crate::hash::{Keyed, NO_KEY, hash};

pub(super) struct Scanner<'a, 't> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    depth: usize,
    limits: Limits,
    tape: Option<&'t mut Tape>,
    kind: Kind,
    span: Span,
}

impl<'a, 't> Scanner<'a, 't> {
    /// Over a whole document.
    pub(super) fn new(text: &'a str, limits: Limits, tape: &'t mut Tape) -> Self {
        let (kind, span) = Default::default();
        Self { text, at: 0, depth: 0, limits, tape: Some(tape), kind, span }
    }

    /// Over a text already scanned, where no name needs to be kept.
    pub(super) fn again(text: &'a str) -> Self {
        let limits = Limits { unique_to: 0, ..Limits::STRICT };
        let (kind, span) = Default::default();
        Self { text, at: 0, depth: 0, limits, tape: None, kind, span }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> Result<(), Flaw> {
        if self.peek() != Some(wanted) {
            return Err(Flaw::Grammar);
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    pub(super) fn white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Reads a value; what it was is then in `kind` and `span`, because handing them back would cost more than
    /// finding them did.
    pub(super) fn value(&mut self) -> Result<(), Flaw> {
        let start = self.at;
        match self.peek().ok_or(Flaw::Grammar)? {
            b'"' => {
                self.span = self.string()?;
                self.kind = Kind::String;
                return Ok(());
            }
            b'{' => {
                self.members()?;
                self.kind = Kind::Object;
            }
            b'[' => {
                self.array()?;
                self.kind = Kind::Array;
            }
            b't' => self.literal("true", Kind::True)?,
            b'f' => self.literal("false", Kind::False)?,
            b'n' => self.literal("null", Kind::Null)?,
            _ => {
                self.number()?;
                self.kind = Kind::Number;
            }
        }
        self.span = Span::new(start, self.at);
        Ok(())
    }

    /// The value just read.
    pub(super) fn found(&self) -> Value<'a> {
        self.kind.value(self.text, self.span)
    }

    pub(super) fn members(&mut self) -> Result<(), Flaw> {
        self.enter()?;
        let mut names = Names::begin(self.tape.as_deref());
        let is_unique = self.depth <= self.limits.unique_to;
        self.white_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.white_space();
            let name = self.string()?;
            names.count += 1;
            if names.count > self.limits.members {
                return Err(Flaw::Members);
            }
            if is_unique && let Some(tape) = self.tape.as_deref_mut() {
                names.insert(name, tape, self.text)?;
            }
            self.white_space();
            self.take(b':')?;
            self.white_space();
            self.value()?;
            if self.depth == 1
                && let Some(tape) = self.tape.as_deref_mut()
            {
                tape.set_value(self.kind, self.span);
            }
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        // Those of the outermost object stay, for whoever reads the document next.
        if self.depth > 1
            && let Some(tape) = self.tape.as_deref_mut()
        {
            tape.truncate(names.first);
        }
        self.depth -= 1;
        self.take(b'}')
    }

    fn array(&mut self) -> Result<(), Flaw> {
        self.enter()?;
        self.white_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.white_space();
            self.value()?;
            self.white_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.depth -= 1;
        self.take(b']')
    }

    fn enter(&mut self) -> Result<(), Flaw> {
        self.at += 1;
        self.depth += 1;
        if self.depth > self.limits.depth { Err(Flaw::Depth) } else { Ok(()) }
    }

    fn literal(&mut self, word: &str, kind: Kind) -> Result<(), Flaw> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Flaw::Grammar);
        }
        self.at += word.len();
        self.kind = kind;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Flaw> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(Flaw::Grammar),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Flaw> {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(Flaw::Grammar) } else { Ok(()) }
    }

    #[inline(always)]
    fn string(&mut self) -> Result<Span, Flaw> {
        self.take(b'"')?;
        let string = Span::string(self.text.as_bytes(), self.at).ok_or(Flaw::Grammar)?;
        self.at = string.end() + 1;
        Ok(string)
    }
}

/// The names of one object.
struct Names<'a> {
    count: usize,
    /// Where they begin on the tape.
    first: usize,
    /// A bit for each hash seen: where it is not set, no comparison is needed.
    mask: u64,
    many: Option<HashSet<Str<'a>, Keyed>>,
}

impl<'a> Names<'a> {
    fn begin(tape: Option<&Tape>) -> Self {
        Self { count: 0, first: tape.map_or(0, Tape::len), mask: 0, many: None }
    }

    fn insert(&mut self, name: Span, tape: &mut Tape, text: &'a str) -> Result<(), Flaw> {
        let hash = name.quick_hash(text);
        let bit = 1 << (hash % 64);
        let is_known = if self.count > FEW {
            self.is_among_many(Str::at(text, name), tape, text)
        } else {
            self.mask & bit != 0 && tape.holds(self.first, name, hash, text)
        };
        if is_known {
            return Err(Flaw::DuplicateMember);
        }
        self.mask |= bit;
        tape.push(name, hash);
        Ok(())
    }

    /// Comparing each with each would be quadratic, and names that share a hash are easy to find for anyone who knows
    /// it; so from here on the hash depends on the whole document, which such names would have to be found for anew.
    #[cold]
    fn is_among_many(&mut self, name: Str<'a>, tape: &Tape, text: &'a str) -> bool {
        let first = self.first;
        let many = self.many.get_or_insert_with(|| {
            let seed = hash(NO_KEY, text.as_bytes());
            let mut many = HashSet::with_hasher(Keyed([seed, !seed]));
            many.extend(tape.names(first, text));
            many
        });
        !many.insert(name)
    }
}

/// Up to so many names comparing is quicker than hashing well.
const FEW: usize = 16;
