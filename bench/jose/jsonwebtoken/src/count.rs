//! The same cases under an allocator that counts, in a binary of its own so that timing is without it.

fn main() {
    jotgate_bench_common::serve(jotgate_bench_jsonwebtoken::cases(), Some(count));
}

fn count(run: &mut dyn FnMut()) -> (u64, u64) {
    let info = allocation_counter::measure(run);
    (info.count_total, info.bytes_total)
}
