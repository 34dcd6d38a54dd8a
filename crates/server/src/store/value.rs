//! What goes into a statement and comes out of a row: integers, text, bytes and nothing else, because these mean the
//! same on both engines.

use uuid::Uuid;

use super::{SessionId, StoreError, UserId};

/// A parameter of a statement.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// BIGINT.
    Integer(i64),
    /// TEXT.
    Text(&'a str),
    /// BYTEA or BLOB.
    Bytes(&'a [u8]),
}

/// A row of a result, read from the left: every call takes the next column.
#[derive(Debug)]
pub struct Row {
    statement: &'static str,
    column: usize,
    cells: std::vec::IntoIter<Cell>,
}

#[derive(Debug)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// A type that no column has.
    Unknown,
}

impl Row {
    pub(super) fn new(statement: &'static str, cells: Vec<Cell>) -> Self {
        Row { statement, column: 0, cells: cells.into_iter() }
    }

    fn next(&mut self) -> Option<Cell> {
        self.column += 1;
        self.cells.next()
    }

    /// The next column, an integer.
    pub fn i64(&mut self) -> Result<i64, StoreError> {
        self.opt_i64()?.ok_or_else(|| self.corrupt("an integer"))
    }

    /// The next column, an integer or NULL.
    pub fn opt_i64(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Integer(n)) => Ok(Some(n)),
            _ => Err(self.corrupt("an integer")),
        }
    }

    /// The next column, an integer that is never negative.
    pub fn u64(&mut self) -> Result<u64, StoreError> {
        u64::try_from(self.i64()?).map_err(|_| self.corrupt("a count"))
    }

    /// The next column, a text.
    pub fn text(&mut self) -> Result<String, StoreError> {
        self.opt_text()?.ok_or_else(|| self.corrupt("a text"))
    }

    /// The next column, a text or NULL.
    pub fn opt_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text)),
            _ => Err(self.corrupt("a text")),
        }
    }

    /// The next column, a text holding a JSON array of strings.
    pub fn list(&mut self) -> Result<Vec<String>, StoreError> {
        self.opt_list()?.ok_or_else(|| self.corrupt("a list"))
    }

    /// The next column, a text holding a JSON array of strings, or NULL.
    pub fn opt_list(&mut self) -> Result<Option<Vec<String>>, StoreError> {
        let Some(text) = self.opt_text()? else { return Ok(None) };
        serde_json::from_str(&text).map(Some).map_err(|_| self.corrupt("a list"))
    }

    /// The next column, bytes.
    pub fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.opt_bytes()?.ok_or_else(|| self.corrupt("bytes"))
    }

    /// The next column, bytes or NULL.
    pub fn opt_bytes(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        match self.next() {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Bytes(bytes)) => Ok(Some(bytes)),
            _ => Err(self.corrupt("bytes")),
        }
    }

    /// The next column, exactly `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        self.opt_array()?.ok_or_else(|| self.corrupt("bytes"))
    }

    /// The next column, exactly `N` bytes, or NULL.
    pub fn opt_array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, StoreError> {
        let Some(bytes) = self.opt_bytes()? else { return Ok(None) };
        bytes.try_into().map(Some).map_err(|_| self.corrupt("bytes of the right length"))
    }

    /// The next column, an id.
    pub fn uuid(&mut self) -> Result<Uuid, StoreError> {
        self.array().map(Uuid::from_bytes)
    }

    /// The next column, an id or NULL.
    pub fn opt_uuid(&mut self) -> Result<Option<Uuid>, StoreError> {
        Ok(self.opt_array()?.map(Uuid::from_bytes))
    }

    /// Says which column, never its value.
    fn corrupt(&self, wanted: &str) -> StoreError {
        StoreError::Corrupt(format!("column {} of {} is not {wanted}", self.column, self.statement))
    }
}

/// A JSON array of strings, as roles, methods and audiences are kept.
pub(super) fn list(items: &[String]) -> String {
    serde_json::to_string(items).expect("strings always have a JSON form")
}

/// Values made from whatever the parameters are.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::store::Value::from($value)),*] };
}
pub(super) use values;

impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Value::Integer(n)
    }
}

impl From<u32> for Value<'_> {
    fn from(n: u32) -> Self {
        Value::Integer(n.into())
    }
}

/// Counts beyond the range of BIGINT do not occur; held at its end they still compare as larger than all others.
impl From<u64> for Value<'_> {
    fn from(n: u64) -> Self {
        Value::Integer(i64::try_from(n).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(yes: bool) -> Self {
        Value::Integer(yes.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a> From<&'a Uuid> for Value<'a> {
    fn from(id: &'a Uuid) -> Self {
        Value::Bytes(id.as_bytes())
    }
}

impl<'a> From<&'a UserId> for Value<'a> {
    fn from(id: &'a UserId) -> Self {
        Value::from(&id.0)
    }
}

impl<'a> From<&'a SessionId> for Value<'a> {
    fn from(id: &'a SessionId) -> Self {
        Value::from(&id.0)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
