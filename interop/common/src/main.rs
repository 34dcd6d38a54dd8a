fn main() {
    jotgate_interop_common::main::<jotgate_interop_common::Ours>();
}
