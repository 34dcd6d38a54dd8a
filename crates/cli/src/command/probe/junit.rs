//! The outcome as JUnit XML, which build servers show as a list of tests.

use std::path::Path;

use super::outcome::{Outcome, Seen, Summary};
use super::report::Report;
use crate::failure::Failure;

pub(super) fn write(file: &Path, report: &Report) -> Result<(), Failure> {
    std::fs::write(file, xml(report))
        .map_err(|error| Failure::environment(format!("{} cannot be written: {error}", file.display())))
}

fn xml(report: &Report) -> String {
    let Summary { accepted, crashed, inconclusive, skipped, .. } = report.summary();
    let (tests, passed_over) = (report.outcomes.len(), inconclusive + skipped);
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"jotgate probe {}\" tests=\"{tests}\" \
         failures=\"{accepted}\" errors=\"{crashed}\" skipped=\"{passed_over}\">\n",
        escaped(&report.target)
    );
    report.outcomes.iter().for_each(|one| text.push_str(&testcase(one)));
    text.push_str("</testsuite>\n");
    text
}

fn testcase(one: &Outcome) -> String {
    let Outcome { case, seen, .. } = one;
    let inside = match seen {
        _ if one.is_fault() => format!(
            "<failure message=\"{}\">{}</failure>",
            escaped(&format!("{}: a token {}", seen.word(), case.title)),
            escaped(case.attacker_gains)
        ),
        Seen::Crashed => "<error message=\"the API failed\"/>".to_owned(),
        Seen::Inconclusive(why) | Seen::Skipped(why) => format!("<skipped message=\"{}\"/>", escaped(why)),
        Seen::Accepted | Seen::Fetched | Seen::Refused => String::new(),
    };
    let (group, name) = case.id.split_once('.').unwrap_or(("control", case.id));
    format!(
        "  <testcase classname=\"probe.{group}\" name=\"{}: a token {}\">{inside}</testcase>\n",
        escaped(name),
        escaped(case.title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_reads_as_markup_is_escaped() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
