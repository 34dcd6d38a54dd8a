//! The outputs on `docs/explain.md` are what the command prints. `JOTGATE_BLESS=1` writes them anew.

use std::path::{Path, PathBuf};

use super::run::Place;

const SECRET: &str = "f83ac1907be2d645e3b7a0924c16d8f5-page";
const JOHN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

/// The files the page speaks of.
fn place() -> Place {
    let place = Place::new();
    place.write("good.txt", SECRET);
    place.write("secret.txt", format!("{SECRET}\n"));
    let sign = |more: &str| {
        let signed = place.run(&format!("token sign --secret good.txt {more} --now 1800000000"));
        assert_eq!(signed.code, 0, "{}", signed.stderr);
        signed.stdout.trim().to_owned()
    };
    let token = sign("--iss https://id.example --aud api --expires-in 15m");
    place.write(
        "request.txt",
        format!("curl -H 'Authorization: Bearer {token}' https://api.example/orders\n"),
    );
    place.write("short.txt", sign("--sub 42 --expires-in 15m"));
    let parts: Vec<_> = JOHN.split('.').collect();
    // {"email":"ada@example.com","role":"admin","exp":1800000900}
    let payload = "eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInJvbGUiOiJhZG1pbiIsImV4cCI6MTgwMDAwMDkwMH0";
    place.write("borrowed.txt", [parts[0], payload, parts[2]].join("."));
    place
}

/// What a line of the page prints; of pipes it knows `| tail -N` and `| grep -A N ^WORD`.
fn printed(place: &Place, line: &str) -> String {
    let (words, filter) = line.split_once(" | ").unwrap_or((line, ""));
    let answer = place.run(words.strip_prefix("jotgate ").expect("the page calls jotgate"));
    let lines: Vec<_> = answer.stdout.lines().collect();
    let kept = match filter.split(' ').collect::<Vec<_>>()[..] {
        ["tail", count] => {
            let count: usize = count.trim_start_matches('-').parse().expect("`tail` has a number");
            &lines[lines.len().saturating_sub(count)..]
        }
        ["grep", "-A", count, word] => {
            let start =
                lines.iter().position(|line| line.starts_with(&word[1..])).expect("the word begins a line");
            let end = start + 1 + count.parse::<usize>().expect("`grep -A` has a number");
            &lines[start..end.min(lines.len())]
        }
        _ => &lines[..],
    };
    kept.join("\n") + "\n"
}

#[test]
fn the_page_shows_what_is_printed() {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/explain.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (place, mut written, mut commands) = (place(), String::new(), 0);
    let mut in_block = false;
    for line in page.lines() {
        let command = line.strip_prefix("$ ").filter(|_| in_block);
        let is_fence = line.starts_with("```");
        // Old output is left out, new output written.
        if !in_block || is_fence || command.is_some() {
            written.push_str(line);
            written.push('\n');
        }
        if let Some(command) = command {
            written.push_str(&printed(&place, command));
            commands += 1;
        }
        in_block = if is_fence { line == "```console" } else { in_block };
    }
    assert!(commands >= 3, "only {commands} commands found");
    if std::env::var_os("JOTGATE_BLESS").is_some() {
        std::fs::write(&path, &written).unwrap();
        return;
    }
    assert!(
        written == page,
        "docs/explain.md shows something else than is printed; JOTGATE_BLESS=1 writes it anew"
    );
}
