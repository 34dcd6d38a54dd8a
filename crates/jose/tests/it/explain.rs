//! `explain`: the same verdict as the verifier, the samples of tutorials, keys and secrets, and nothing that leaks.

mod agrees;
mod given;
mod leaks;
mod samples;
