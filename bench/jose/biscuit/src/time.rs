fn main() {
    jotgate_bench_common::serve(jotgate_bench_biscuit::cases(), None);
}
