//! What a guard keeps and what it refuses: memory with 100,000 tokens seen before, the time of a check, and a million
//! tokens with made-up key names. Prints a line of JSON.

mod issuer;

use std::{
    error::Error,
    fs,
    hint::black_box,
    time::{Duration, Instant},
};

use issuer::Side;
use jotgate_jose::{Algorithm, primitive::base64url};
use jotgate_token::{Clock, SystemClock};
use serde_json::json;

const TOKENS: usize = 100_000;
const STRANGERS: usize = 1_000_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let side = Side::start(Algorithm::Es256, 512 << 20).await?;
    let memory = memory(&side)?;
    let refusals = strangers(&side).await?;
    println!("{}", json!({"memory": memory, "strangers": refusals}));
    Ok(())
}

/// What a hundred thousand remembered tokens take. They are made one by one, so that the guard's copy is all there is.
fn memory(side: &Side) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut length = 0;
    let mut first = Duration::ZERO;
    let before = resident_kb()?;
    for n in 0..TOKENS {
        let token = side.token(n)?;
        length += token.len();
        let started = Instant::now();
        side.guard.check(&token, SystemClock.now()).map_err(|refused| refused.to_string())?;
        first += started.elapsed();
    }
    let after = resident_kb()?;
    let again = side.token(1)?;
    side.guard.check(&again, SystemClock.now()).map_err(|refused| refused.to_string())?;
    let started = Instant::now();
    for _ in 0..TOKENS {
        black_box(side.guard.check(black_box(&again), SystemClock.now()).is_ok());
    }
    let seen = started.elapsed();
    let held = side.guard.metrics().prometheus();
    let held = held.lines().find_map(|line| line.strip_prefix("jotgate_guard_cached_tokens "));
    Ok(json!({
        "tokens": TOKENS, "held": held, "bytes_a_token_text": length / TOKENS,
        "bytes_a_token": (after - before) * 1024 / TOKENS as u64, "resident_mb": after / 1024,
        "first_ns": first.as_nanos() / TOKENS as u128, "seen_ns": seen.as_nanos() / TOKENS as u128,
    }))
}

/// A million tokens, each of a key nobody has heard of, one after the other through the check. The fetches run in
/// between, as they do in a server.
async fn strangers(side: &Side) -> Result<serde_json::Value, Box<dyn Error>> {
    let good = side.token(1)?;
    let rest = good.split_once('.').ok_or("a token has dots")?.1.to_owned();
    let fetches_before = side.guard.metrics().key_fetches().0;
    let resident_before = resident_kb()?;
    let started = Instant::now();
    let mut times = Vec::with_capacity(STRANGERS);
    for n in 0..STRANGERS {
        let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))});
        let token = format!("{}.{rest}", base64url::encode(header.to_string().as_bytes()));
        let begun = Instant::now();
        let refused = side.guard.check(&token, SystemClock.now());
        times.push(u32::try_from(begun.elapsed().as_nanos()).unwrap_or(u32::MAX));
        let code = refused.err().map(|refused| refused.code());
        if !matches!(code, Some("key.unknown_kid" | "keys.unreachable")) {
            return Err(format!("let through, or refused for {code:?}").into());
        }
        if n % 1024 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    Ok(json!({
        "tokens": STRANGERS, "seconds": seconds, "fetches": side.guard.metrics().key_fetches().0 - fetches_before,
        "p50_ns": at(0.5), "p99_ns": at(0.99), "worst_ns": at(1.0),
        // The times themselves are 4 MB of it.
        "memory_grew_kb": resident_kb()?.saturating_sub(resident_before),
    }))
}

fn resident_kb() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
