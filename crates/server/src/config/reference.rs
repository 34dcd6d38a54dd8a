//! `docs/configuration.md`, written from the table of keys: a reference that is always true.

use std::fmt::Write as _;

use super::{
    key::{Fallback, KeyInfo},
    table::KEYS,
};

/// The page, whole.
pub fn reference_markdown() -> String {
    let mut page = String::from(INTRODUCTION);
    let mut section = "";
    for info in KEYS {
        if info.section() != section {
            section = info.section();
            write!(page, "\n## [{section}]\n").expect("writing to a String cannot fail");
        }
        entry(&mut page, info);
    }
    page
}

fn entry(page: &mut String, info: &KeyInfo) {
    let default = match info.default {
        Fallback::Value(value) => format!("`{value}`"),
        Fallback::Absent(means) => means.to_owned(),
    };
    let limits = info.limits.map_or_else(String::new, |(low, high)| format!(", `{low}` to `{high}`"));
    let secret = if info.secret { " · never shown" } else { "" };
    let alias = info.env_alias().map_or_else(String::new, |alias| format!(" or `{alias}`"));
    let (path, kind, env) = (info.path, info.kind, info.env_name());
    let (help, because) = (info.help, info.because);
    write!(
        page,
        "\n### `{path}`\n\n{help}\n\nDefault: {default} · {kind}{limits}{secret} · `{env}`{alias}\n\n\
         *Because:* {because}\n"
    )
    .expect("writing to a String cannot fail");
}

const INTRODUCTION: &str = r#"<!-- Generated from crates/server/src/config/table.rs: JOTGATE_BLESS=1 cargo test -p jotgate-server reference -->

# Configuration

Jotgate needs none: `jotgate serve` runs with the defaults below. Where several places set a key, the first of these
counts:

1. a flag of the command line (`--listen 127.0.0.1:9000`)
2. a variable of the environment: `JOTGATE_`, then the key in capitals, with two underscores between section and name
   (`JOTGATE_SESSIONS__IDLE_LIFETIME=1d`); `--env-file FILE` reads more of them from a file
3. the same variable with `_FILE` after it: the path of a file that holds the value, made for mounted secrets
   (`JOTGATE_TOKENS__SECRET_FILE=/run/secrets/jwt`)
4. `jotgate.toml` in the working directory
5. the default

```toml
issuer = "https://auth.example.com"

[tokens]
audience = ["https://api.example.com"]
claims = { role = "user.roles.first" }

[sessions]
idle_lifetime = "14d"
```

- Durations are a number and one of `s`, `m`, `h`, `d` in quotes: `"60s"`, `"15m"`, `"1h"`, `"7d"`.
- Lists are `["one", "two"]` in the file and `one,two` in a flag or a variable.
- An unknown key in the file, and an unknown variable with `__` in its name, is an error, so that a typing mistake
  never leaves a default in force; other unknown `JOTGATE_` names are a warning.
- `jotgate config show` prints what is in force and where each value came from; `jotgate config check` only checks.

## At the top of the file
"#;

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    #[test]
    fn the_reference_in_docs_is_in_step() {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
        let page = reference_markdown();
        if std::env::var_os("JOTGATE_BLESS").is_some() {
            fs::write(&path, &page).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "docs/configuration.md is behind the table: run this test with JOTGATE_BLESS=1"
        );
    }
}
