//! What must not be in any template, because the policy of the pages forbids it and the browser would drop it.

use std::{fs, path::Path};

/// The handlers and inline styles in a template: ` onclick=`, ` style=`, and elements that load or run something.
fn forbidden(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || "<>\"'".contains(c));
    let is_bad = |word: &&str| {
        let name = word.split('=').next().unwrap_or_default().to_ascii_lowercase();
        let is_handler =
            name.starts_with("on") && name.len() > 4 && name.bytes().all(|b| b.is_ascii_lowercase());
        (word.contains('=') && (is_handler || name == "style"))
            || word.to_ascii_lowercase().starts_with("javascript:")
    };
    let mut found: Vec<String> = words.filter(is_bad).map(str::to_owned).collect();
    let elements = ["<style", "<object", "<embed", "<base", "|safe", "{% filter safe"];
    found.extend(elements.iter().filter(|element| text.contains(*element)).map(ToString::to_string));
    found
}

#[test]
fn no_template_has_what_the_policy_forbids() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A mail is read by programs that take styles from attributes only; no page shows it but in a frame.
        if path.extension().is_none_or(|kind| kind != "html") || name.starts_with("mail") {
            continue;
        }
        seen += 1;
        // The QR code is drawn here, out of squares alone.
        let text = fs::read_to_string(&path).unwrap().replace("{{ secret.qr_svg|safe }}", "");
        assert_eq!(forbidden(&text), Vec::<String>::new(), "{name}");
        for frame in text.split("<iframe").skip(1) {
            let tag = frame.split('>').next().unwrap();
            assert!(tag.contains(" sandbox=\"") && !tag.contains("allow-scripts"), "{name}: {tag}");
        }
        // Scripts come from files of this server, and say nothing themselves.
        for script in text.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains(" src=\"{{ frame.asset(") && rest.starts_with("</script>"), "{name}: {tag}");
        }
    }
    assert!(seen > 15, "only {seen} templates were read");
}

#[test]
fn what_is_forbidden_is_found() {
    for bad in [
        "<p style=\"color:red\">",
        "<a onclick='x()'>",
        "<body ONLOAD=x>",
        "<a href=\"javascript:x\">",
        "<style>p{}</style>",
        "{{ name|safe }}",
    ] {
        assert!(!forbidden(bad).is_empty(), "{bad}");
    }
    assert_eq!(forbidden("<p class=\"once\" id=\"onwards\">one = two, on=off</p>"), Vec::<String>::new());
}
