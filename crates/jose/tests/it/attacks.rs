//! The attack catalogue, one test a row, named after its number. Rows about JWE, HTTP and OAuth are tested where
//! those live; rows 71 and 72 (RSA paddings) in the library, next to the raw signatures.

mod algorithm;
mod claims;
mod encoding;
mod forms;
mod header;
mod issuers;
mod keys;
mod nested;
mod signature;
