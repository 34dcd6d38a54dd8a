fn main() {
    jotgate_bench_common::serve(jotgate_bench_aws_lc::cases(), None);
}
