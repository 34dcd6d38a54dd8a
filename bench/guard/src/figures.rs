//! What a guard keeps and what it refuses: memory with 100,000 tokens seen before, the time of a check, and a million
//! tokens with made-up key names. Prints a line of JSON.

mod issuer;

use std::{error::Error, fs, hint::black_box, time::Instant};

use issuer::Side;
use jotgate_jose::{Algorithm, primitive::base64url};
use jotgate_token::{Clock, SystemClock};
use serde_json::json;

const TOKENS: usize = 100_000;
const STRANGERS: usize = 1_000_000;

/// The guard's tasks have a thread of their own, because what is measured here never lets go of this one.
#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), Box<dyn Error>> {
    let side = Side::start(Algorithm::Es256, 512 << 20).await?;
    let memory = memory(&side)?;
    let refusals = strangers(&side)?;
    println!("{}", json!({"memory": memory, "strangers": refusals}));
    Ok(())
}

/// What a hundred thousand remembered tokens take. They are made one by one, so that the guard's copy is all there is.
fn memory(side: &Side) -> Result<serde_json::Value, Box<dyn Error>> {
    let mut length = 0;
    let mut first = 0;
    let before = resident_kb()?;
    for n in 0..TOKENS {
        let token = side.token(n)?;
        length += token.len();
        let started = cpu()?;
        side.guard.check(&token, SystemClock.now()).map_err(|refused| refused.to_string())?;
        first += cpu()? - started;
    }
    let after = resident_kb()?;
    let again = side.token(1)?;
    side.guard.check(&again, SystemClock.now()).map_err(|refused| refused.to_string())?;
    let started = cpu()?;
    for _ in 0..TOKENS {
        black_box(side.guard.check(black_box(&again), SystemClock.now()).is_ok());
    }
    let seen = cpu()? - started;
    let held = side.guard.metrics().prometheus();
    let held = held.lines().find_map(|line| line.strip_prefix("jotgate_guard_cached_tokens "));
    Ok(json!({
        "tokens": TOKENS, "held": held, "bytes_a_token_text": length / TOKENS,
        "bytes_a_token": (after - before) * 1024 / TOKENS as u64, "resident_mb": after / 1024,
        "first_ns": first / TOKENS as u64, "seen_ns": seen / TOKENS as u64,
    }))
}

/// A million tokens, each of a key nobody has heard of, one after the other through the check. The fetches run
/// beside, as they do in a server.
fn strangers(side: &Side) -> Result<serde_json::Value, Box<dyn Error>> {
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

/// What this thread ran so far, in nanoseconds: on a busy machine the time of day measures the others.
fn cpu() -> Result<u64, Box<dyn Error>> {
    let said = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(said.split(' ').next().unwrap_or_default().parse()?)
}

fn resident_kb() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
