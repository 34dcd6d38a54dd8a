//! Writes the inputs with which each target begins: `seeds FOLDER`.
#[path = "../../crates/jose/tests/bodies/mod.rs"]
#[expect(dead_code, reason = "the bodies are for the fuzzer")]
mod bodies;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).expect("a folder to write to");
    for name in bodies::ALL.iter().map(|target| target.name) {
        let here = std::path::Path::new(&folder).join(name);
        std::fs::create_dir_all(&here)?;
        for (number, seed) in bodies::seeds::of(name).iter().enumerate() {
            std::fs::write(here.join(format!("seed-{number:05}")), seed)?;
        }
    }
    Ok(())
}
