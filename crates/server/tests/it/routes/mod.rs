//! Every route through the real server, one module a URL; what holds for all of them is in `gate`.

mod gate;
mod login;
mod refresh;
mod signup;
