//! Mail from the outside: `doctor mail`, the inbox, and `kill -9` between writing and sending.

use jotgate_harness::{Manner, Received, SmtpSink};
use serde_json::{Value, json};

use super::run::Place;
use super::serving::Serving;

fn flags(sink: &SmtpSink) -> String {
    let port = sink.address.port();
    format!(
        "--set mail.host=127.0.0.1 --set mail.port={port} --set mail.security=none --set mail.from=auth@acme.example"
    )
}

/// Does what a mail tells about.
fn change_password(server: &Serving) {
    let who = json!({"email": "ada@example.com", "password": "seven brass kettles hum"});
    let session = server.post("/v1/signup", &who);
    assert_eq!(session.status, 201, "{}", session.body);
    let token = session.body["access_token"].as_str().expect("a token").to_owned();
    let change = json!({"current": "seven brass kettles hum", "new": "nine copper lanterns sway"});
    let changed = server.post_as("/v1/password", &change, &token);
    assert_eq!(changed.status, 200, "{}", changed.body);
}

/// Runs what blocks beside the sink.
async fn beside<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    tokio::task::spawn_blocking(work).await.expect("it does not panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_sending_a_mail_is_sent_by_the_next_start() {
    let sink = SmtpSink::start().await;
    sink.set(Manner::Closes);
    let words = flags(&sink);
    let (place, words) = beside(move || {
        let place = Place::new();
        let server = Serving::start(&place, &words);
        change_password(&server);
        server.kill();
        (place, words)
    })
    .await;
    assert!(sink.received().is_empty());
    sink.set(Manner::Takes);
    // Beyond the lease of whoever was killed, and the wait after a failure.
    let server = beside(move || Serving::start(&place, &format!("--clock-offset 10m {words}"))).await;
    sink.until(2).await;
    let mut subjects: Vec<_> = sink.received().iter().map(|mail| mail.header("Subject")).collect();
    subjects.sort();
    assert_eq!(subjects, ["Confirm your address at Jotgate", "Your password for Jotgate has changed"]);
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sending_and_noting_it_down_a_mail_is_sent_again_as_the_same() {
    let sink = SmtpSink::start().await;
    sink.set(Manner::Holds);
    let words = flags(&sink);
    let (place, server, words) = beside(move || {
        let place = Place::new();
        let server = Serving::start(&place, &words);
        change_password(&server);
        (place, server, words)
    })
    .await;
    // Neither holds the other up.
    sink.until(2).await;
    sink.set(Manner::Takes);
    let server = beside(move || {
        server.kill();
        Serving::start(&place, &format!("--clock-offset 10m {words}"))
    })
    .await;
    sink.until(4).await;
    let ids = |mails: &[Received]| {
        let mut ids: Vec<_> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
        ids.sort();
        ids
    };
    let received = sink.received();
    assert_eq!(ids(&received[..2]), ids(&received[2..]));
    assert!(received.iter().all(|mail| mail.header("Message-ID").ends_with("@acme.example>")));
    drop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_mail_shows_every_step_and_what_waits() {
    let sink = SmtpSink::start().await;
    let words = flags(&sink);
    let (people, programs, refused, down, words) = beside(move || {
        let place = Place::new();
        let people = place.run(&format!("doctor mail --to ada@example.com {words}"));
        let programs = place.run(&format!("--json doctor mail {words}")).json();
        let refused = place.run("doctor mail");
        let down = place.run("doctor mail --set mail.host=127.0.0.1 --set mail.port=1 --set mail.security=none --set mail.from=a@b.example");
        (people, programs, refused, down, words)
    })
    .await;
    assert_eq!(people.code, 0, "{}", people.stderr);
    let said = &people.stdout;
    for part in [
        "[mail] names 127.0.0.1:",
        "answers as sink.example",
        "took a test mail to ada@example.com",
        "waiting",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(sink.received()[0].header("Subject"), "Test mail from Jotgate");
    assert_eq!(programs["ok"], Value::Bool(true), "{programs}");
    assert_eq!(programs["queue"]["waiting"], 0, "{programs}");
    assert_eq!(sink.received().len(), 1, "without an address nothing is sent");

    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("Name it in [mail]"), "{}", refused.stderr);
    assert_eq!(down.code, 1, "{}", down.stdout);
    assert!(down.stdout.contains("✗ connect"), "{}", down.stdout);
    assert!(down.stderr.contains("mail.port"), "{}", down.stderr);

    sink.set(Manner::Answers("554 5.7.1 <ada@example.com>: relaying denied"));
    let denied =
        beside(move || Place::new().run(&format!("--json doctor mail --to ada@example.com {words}"))).await;
    assert_eq!(denied.code, 1, "{}", denied.stdout);
    let said = format!("{}{}", denied.stdout, denied.stderr);
    assert!(said.contains("relaying denied") && said.contains("mail.from"), "{said}");
}

#[test]
fn without_a_mail_server_the_start_names_the_inbox() {
    let place = Place::new();
    let server = Serving::start_for_people(&place);
    let link = format!("{}/inbox", server.issuer);
    assert!(server.said().contains(&link), "{}", server.said());
}
