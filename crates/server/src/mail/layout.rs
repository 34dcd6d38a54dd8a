//! How a mail looks: one layout for all of them. The plain text wraps at 72 characters, where mail readers cite it well.
//!
//! In the HTML every style stands at its element, since many readers throw style sheets away; the one that is left is
//! for dark readers. There are no pictures and nothing is fetched, so opening a mail tells nobody.

use askama::Template;

/// What a mail says.
#[derive(Default, Template)]
#[template(path = "mail.html")]
pub(super) struct Content {
    pub(super) language: &'static str,
    pub(super) service: String,
    pub(super) subject: String,
    pub(super) title: String,
    pub(super) lead: String,
    /// What to press, and where it leads.
    pub(super) button: Option<(String, String)>,
    /// What to type, behind the words for it.
    pub(super) code: Option<(String, String)>,
    /// How often and how long the two work.
    pub(super) works: String,
    /// What is known, by name.
    pub(super) facts: Vec<(String, String)>,
    pub(super) after: Vec<String>,
    /// A second link.
    pub(super) further: Option<(String, String)>,
    pub(super) footer: String,
}

pub(super) fn html(content: &Content) -> String {
    // A String takes everything, and the template calls nothing that could fail.
    content.render().unwrap_or_default()
}

pub(super) fn text(content: &Content) -> String {
    let mut blocks = vec![wrapped(&content.title), wrapped(&content.lead)];
    if !content.facts.is_empty() {
        let facts = content.facts.iter().map(|(name, value)| format!("  {name}: {value}"));
        blocks.push(facts.collect::<Vec<_>>().join("\n"));
    }
    if let Some((label, url)) = &content.button {
        blocks.push(format!("{label}\n{url}"));
    }
    if let Some((label, code)) = &content.code {
        blocks.push(format!("{}\n\n    {code}", wrapped(label)));
    }
    if !content.works.is_empty() {
        blocks.push(wrapped(&content.works));
    }
    blocks.extend(content.after.iter().map(|paragraph| wrapped(paragraph)));
    if let Some((label, url)) = &content.further {
        blocks.push(format!("{label}\n{url}"));
    }
    // The mark of a signature, which readers fold away when they cite (RFC 3676 section 4.3).
    format!("{}\n\n-- \n{}\n", blocks.join("\n\n"), wrapped(&content.footer))
}

/// Breaks a paragraph between words. What is longer than a line, such as a link, stays whole.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let line = lines.last_mut().expect("there is a line from the start");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(word.to_owned());
        } else {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

const WIDTH: usize = 72;
