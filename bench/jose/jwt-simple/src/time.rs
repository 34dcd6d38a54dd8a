fn main() {
    jotgate_bench_common::serve(jotgate_bench_jwt_simple::cases(), None);
}
