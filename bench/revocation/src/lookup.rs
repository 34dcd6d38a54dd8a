//! What a look into the set costs, with nothing, ten thousand and a million in it.
//!
//! Times are CPU time of the thread, so that another program's turn is not in them. In a row: as many as fit into the
//! processor at once. Alone: one at a time between two readings of the clock, which
//! wait for everything before them; the readings' own cost is taken off.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use jotgate_guard::feed::{Digests, RevocationSet};
use jotgate_jose::{Algorithm, KeySet, SigningKey};
use jotgate_token::revocation::{self, Digest, Entry, FeedVerifier, Kind, Lists, Snapshot};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;

pub fn run() -> Result<(), Box<dyn Error>> {
    let mut words = Words(7);
    let tokens: Vec<Digests> = (0..1 << 16).map(|_| words.token()).collect();
    let mut sizes = Vec::new();
    for entries in [0, 10_000, 1_000_000] {
        let set = RevocationSet::new();
        let empty = set.bytes();
        set.merge((0..entries).map(|_| Entry::new(Kind::Session, words.digest(), UNTIL)));
        let grown = if entries > 0 { (set.bytes() - empty) as f64 / f64::from(entries) } else { 0.0 };
        let of_set = |found: &Digests| set.revoked(found, 1).is_some();
        let (alone, p99) = alone(&tokens, of_set);
        sizes.push(json!({
            "entries": entries,
            "in_a_row_ns": in_a_row(&tokens, of_set),
            "alone_ns": alone,
            "alone_p99_ns": p99,
            "bytes_per_entry": grown,
            "one_more_ns": one_more(&set, &mut words),
        }));
    }
    println!(
        "{}",
        json!({"lookup": sizes, "first_sight_ns": first_sight(), "snapshot": snapshot(&mut words)?})
    );
    Ok(())
}

/// Median over rounds of the mean of a round.
fn in_a_row(tokens: &[Digests], look: impl Fn(&Digests) -> bool) -> f64 {
    let round = || {
        let start = cpu();
        for token in tokens {
            black_box(look(black_box(token)));
        }
        (cpu() - start).as_secs_f64() * 1e9 / tokens.len() as f64
    };
    median((0..51).map(|_| round()).collect())
}

/// Median and 99th percentile, without the cost of the clock.
fn alone(tokens: &[Digests], look: impl Fn(&Digests) -> bool) -> (f64, f64) {
    let times = |look: &dyn Fn(&Digests) -> bool| {
        let mut times: Vec<u128> = Vec::with_capacity(tokens.len() * 4);
        for token in tokens.iter().cycle().take(tokens.len() * 4) {
            let start = Instant::now();
            black_box(look(black_box(token)));
            times.push(start.elapsed().as_nanos());
        }
        times.sort_unstable();
        (times[times.len() / 2] as f64, times[times.len() * 99 / 100] as f64)
    };
    let nothing = times(&|_| false);
    let (median, p99) = times(&look);
    (median - nothing.0, p99 - nothing.0)
}

/// Adding one entry: the median, and the worst of as many as make the table move.
fn one_more(set: &RevocationSet, words: &mut Words) -> serde_json::Value {
    let more = (set.len() / 5).clamp(1000, 200_000);
    let mut times: Vec<Duration> = Vec::with_capacity(more);
    for _ in 0..more {
        let entry = Entry::new(Kind::Session, words.digest(), UNTIL);
        let start = Instant::now();
        set.merge([entry]);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    json!({"median": times[more / 2].as_nanos() as u64, "worst": times[more - 1].as_nanos() as u64, "of": more})
}

fn first_sight() -> f64 {
    let (issuer, id) = ("https://id.example.com", "0197f2a0-5b1c-7d3e-8f4a-00000000002a");
    let thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
    let round = || {
        let start = cpu();
        for _ in 0..10_000 {
            black_box(Digests::of(black_box(issuer), Some(id), black_box(id), id, Some(thumbprint)));
        }
        (cpu() - start).as_secs_f64() * 1e9 / 1e4
    };
    median((0..51).map(|_| round()).collect())
}

/// A million sessions in one message: its size, and how long checking and merging it take.
fn snapshot(words: &mut Words) -> Result<serde_json::Value, Box<dyn Error>> {
    let signer = revocation::signer(SigningKey::generate(Algorithm::Es256)?)?;
    let entries = (0..1_000_000).map(|_| Entry::new(Kind::Session, words.digest(), UNTIL));
    let snapshot = Snapshot {
        iss: "https://id.example.com".into(),
        iat: 1_800_000_000,
        era: "AAAAAAAAAAAAAAAAAAAAAA".into(),
        seq: 1_000_000,
        feed_leeway: 120,
        lists: Lists::pack(entries),
    };
    let message = signer.sign_snapshot(&snapshot)?;
    let verifier = FeedVerifier::new("https://id.example.com", KeySet::new([signer.verifying_key()]));
    let (mut checking, mut merging) = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let start = cpu();
        let read = verifier.verify_snapshot(&message)?;
        checking.push((cpu() - start).as_secs_f64() * 1000.0);
        let (start, set) = (cpu(), RevocationSet::new());
        set.expect(Kind::Session, read.lists.len());
        set.merge(read.lists.iter());
        merging.push((cpu() - start).as_secs_f64() * 1000.0);
    }
    Ok(json!({
        "entries": 1_000_000,
        "bytes": message.len(),
        "check_ms": median(checking),
        "merge_ms": median(merging),
    }))
}

/// Time this thread has had.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Numbers that look like digests: SplitMix64.
struct Words(u64);

impl Words {
    fn digest(&mut self) -> Digest {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Digest((mixed ^ (mixed >> 31)).to_be_bytes())
    }

    fn token(&mut self) -> Digests {
        let mut digest = || self.digest();
        Digests { session: Some(digest()), token: digest(), subject: digest(), key: Some(digest()) }
    }
}

const UNTIL: i64 = 1_900_000_000;
