//! The revocation feed: what goes into it, what followers get, and that nothing is lost (I9).

mod causes;
mod follower;
mod gapless;
mod opening;
mod sockets;
mod status_list;
mod streams;
