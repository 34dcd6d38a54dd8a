//! The revocation feed from the guard's side, against the real server: what reaches a guard, and what happens when the
//! way between them, the server or a clock is broken.

mod cuts;
mod faults;
mod meddler;
mod place;
mod reaches;
