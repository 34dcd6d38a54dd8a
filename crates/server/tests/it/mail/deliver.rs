//! Delivering to a mail server that works, and to one that does everything it should not: nothing is lost.

use std::time::Duration;

use jotgate_harness::{Engine, Manner, SmtpSecurity, SmtpSink, TestApp};
use jotgate_server::{
    flow::{clean_up::clean_up, mail::deliver::turn},
    store::{
        Tx,
        outbox::{self, OutboxRow},
    },
};

use super::{CODE, TOKEN, post};

async fn server(engine: Engine, sink: &SmtpSink) -> TestApp {
    server_with(engine, sink, &[("mail.security", "none")]).await
}

async fn server_with(engine: Engine, sink: &SmtpSink, more: &[(&str, &str)]) -> TestApp {
    let port = sink.address.port().to_string();
    let own = [("mail.host", "127.0.0.1"), ("mail.port", &port), ("mail.from", "Acme <auth@acme.example>")];
    TestApp::with(engine, &[&own[..], more].concat()).await
}

/// The only mail, as the database has it.
async fn row(server: &TestApp) -> OutboxRow {
    let rows = server.app.store.read(async |tx: &mut Tx<'_>| {
        let mut rows = outbox::list_readable(tx, 9).await?;
        rows.extend(outbox::list_failed(tx, 9).await?);
        Ok(rows)
    });
    rows.await.expect("the database answers").into_iter().next().expect("one mail is there")
}

async fn counts(server: &TestApp) -> outbox::Counts {
    server
        .app
        .store
        .read(async |tx: &mut Tx<'_>| outbox::counts(tx).await)
        .await
        .expect("the database answers")
}

#[tokio::test]
async fn a_mail_is_sent_once_and_then_only_remembered_without_what_it_said() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        post(&server, "ada@example.com").await;
        post(&server, "bob@example.com").await;
        turn(&server.app).await.unwrap();
        turn(&server.app).await.unwrap();
        let received = sink.received();
        let mut to: Vec<_> = received.iter().map(|mail| mail.to.join(",")).collect();
        to.sort();
        assert_eq!(to, ["ada@example.com", "bob@example.com"], "{engine:?}");
        let mail = &received[0];
        assert_eq!(mail.header("From"), "Acme <auth@acme.example>");
        assert_eq!(mail.header("Subject"), "Set a new password for Jotgate");
        assert_eq!(mail.header("Date"), "Thu, 01 Jan 2026 00:00:00 +0000");
        assert!(mail.data.contains(CODE), "{engine:?}: {}", mail.data);
        let left = counts(&server).await;
        assert_eq!((left.waiting, left.sent, left.given_up), (0, 2, 0), "{engine:?}");
        assert!(server.mails().await.is_empty(), "{engine:?}: nothing of them is left to read");
        server.clock.advance(Duration::from_secs(31 * 86_400));
        clean_up(&server.app).await.unwrap();
        assert_eq!(counts(&server).await.sent, 0, "{engine:?}");
    }
}

#[tokio::test]
async fn tls_is_checked_and_the_password_is_sent_inside_it_only() {
    for security in [SmtpSecurity::Starttls, SmtpSecurity::Tls] {
        let sink = SmtpSink::with(security, Some(("acme", "hush-hush-hush"))).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, &sink.certificate).unwrap();
        let file = file.display().to_string();
        let word = if security == SmtpSecurity::Tls { "tls" } else { "starttls" };
        let login = [("mail.username", "acme"), ("mail.password", "hush-hush-hush"), ("mail.security", word)];

        let good =
            server_with(Engine::Sqlite, &sink, &[&login[..], &[("mail.ca_file", &file)]].concat()).await;
        good.remember("hush-hush-hush");
        post(&good, "ada@example.com").await;
        turn(&good.app).await.unwrap();
        assert_eq!(sink.received().len(), 1, "{word}: {:?}", counts(&good).await);

        let strange = server_with(Engine::Sqlite, &sink, &login).await;
        post(&strange, "ada@example.com").await;
        turn(&strange.app).await.unwrap();
        let error = row(&strange).await.last_error.unwrap_or_default();
        assert!(error.contains("certificate"), "{word}: {error}");
        assert_eq!(sink.received().len(), 1, "{word}: a certificate nobody vouches for gets no mail");
    }
}

#[tokio::test]
async fn a_server_that_offers_no_starttls_gets_no_mail() {
    let sink = SmtpSink::start().await;
    let server = server_with(Engine::Sqlite, &sink, &[("mail.security", "starttls")]).await;
    post(&server, "ada@example.com").await;
    turn(&server.app).await.unwrap();
    let row = row(&server).await;
    assert!(row.last_error.unwrap_or_default().contains("does not offer STARTTLS"));
    assert!(row.next_at.is_some() && sink.received().is_empty());
}

#[tokio::test]
async fn a_wrong_password_puts_mails_off_and_gives_none_up() {
    let sink = SmtpSink::with(SmtpSecurity::Tls, Some(("acme", "right"))).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, &sink.certificate).unwrap();
    let file = file.display().to_string();
    let login = [("mail.username", "acme"), ("mail.password", "not-the-right-one"), ("mail.ca_file", &file)];
    let server = server_with(Engine::Sqlite, &sink, &login).await;
    server.remember("not-the-right-one");
    post(&server, "ada@example.com").await;
    turn(&server.app).await.unwrap();
    let row = row(&server).await;
    assert!(row.last_error.clone().unwrap_or_default().contains("535"), "{row:?}");
    assert!(row.next_at.is_some() && row.sealed.is_some(), "{row:?}");
}

#[tokio::test]
async fn a_server_that_is_down_for_days_loses_nothing_and_gets_all_when_it_is_back() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        sink.set(Manner::Closes);
        for n in 0..5 {
            post(&server, &format!("u{n}@example.com")).await;
        }
        for _ in 0..20 {
            turn(&server.app).await.unwrap();
            server.clock.advance(Duration::from_secs(3 * 3600));
        }
        assert_eq!(counts(&server).await.waiting, 5, "{engine:?}");
        sink.set(Manner::Takes);
        // The first that is due tells that the server is back; the others then do not wait for their turn.
        server.clock.advance(Duration::from_secs(2 * 3600));
        turn(&server.app).await.unwrap();
        turn(&server.app).await.unwrap();
        let mut to: Vec<_> = sink.received().iter().map(|mail| mail.to.join(",")).collect();
        to.sort();
        assert_eq!(to, [0, 1, 2, 3, 4].map(|n| format!("u{n}@example.com")), "{engine:?}");
        // The log is that of every test at once; the port tells this one's.
        let port = sink.address.port().to_string();
        let log = server.log();
        let said = log.lines().filter(|line| line.contains("mails wait") && line.contains(&port));
        assert_eq!(said.count(), 1, "{engine:?}");
    }
}

#[tokio::test]
async fn after_three_days_a_mail_is_given_up_and_said_so() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        sink.set(Manner::Answers("451 4.3.0 try again later, ada@example.com"));
        post(&server, "ada@example.com").await;
        let mut tries = 0;
        while counts(&server).await.waiting == 1 {
            turn(&server.app).await.unwrap();
            server.clock.advance(Duration::from_secs(3600));
            tries += 1;
            assert!(tries < 100, "{engine:?}: never given up");
        }
        assert!((60..=73).contains(&tries), "{engine:?}: {tries} hours");
        let row = row(&server).await;
        let error = row.last_error.clone().unwrap_or_default();
        assert!(error.contains("451") && error.contains("try again later"), "{engine:?}: {error}");
        assert!(!error.contains("ada@"), "{engine:?}: {error}");
        assert!(row.given_up_at.is_some() && row.sealed.is_none() && row.user_id.is_none(), "{engine:?}");
        assert_eq!(server.app.counters.mails_given_up.value(), 1);
    }
}

#[tokio::test]
async fn a_refusal_for_good_is_not_repeated() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        sink.set(Manner::Answers("550 5.1.1 <ada@example.com>: no such mailbox"));
        post(&server, "ada@example.com").await;
        turn(&server.app).await.unwrap();
        let row = row(&server).await;
        assert_eq!((row.attempts, row.next_at, row.sealed.is_none()), (1, None, true), "{engine:?}");
        let id = row.id.to_string();
        let error = row.last_error.unwrap_or_default();
        assert!(error.contains("550") && !error.contains("ada@"), "{engine:?}: {error}");
        let log = server.log();
        assert!(
            log.lines().any(|line| line.contains("a mail is given up") && line.contains(&id)),
            "{engine:?}"
        );
        sink.set(Manner::Takes);
        server.clock.advance(Duration::from_secs(86_400));
        turn(&server.app).await.unwrap();
        assert!(sink.received().is_empty(), "{engine:?}");
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_timeout() {
    let sink = SmtpSink::start().await;
    let server =
        server_with(Engine::Sqlite, &sink, &[("mail.security", "none"), ("mail.timeout", "1s")]).await;
    sink.set(Manner::Hangs);
    post(&server, "ada@example.com").await;
    turn(&server.app).await.unwrap();
    let row = row(&server).await;
    assert_eq!(row.last_error.as_deref(), Some("no answer within 1 s"));
    assert!(row.next_at.is_some_and(|next| next > 1_767_225_600_000 + 60_000 - 1));
}

#[tokio::test]
async fn a_reply_that_got_lost_means_a_second_copy_with_the_same_message_id() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        sink.set(Manner::DropsAfterData);
        post(&server, "ada@example.com").await;
        turn(&server.app).await.unwrap();
        sink.set(Manner::Takes);
        server.clock.advance(Duration::from_secs(120));
        turn(&server.app).await.unwrap();
        let received = sink.received();
        assert_eq!(received.len(), 2, "{engine:?}");
        assert_eq!(received[0].header("Message-ID"), received[1].header("Message-ID"), "{engine:?}");
        assert!(received[0].header("Message-ID").ends_with("@acme.example>"), "{engine:?}");
        assert_eq!(counts(&server).await.sent, 1, "{engine:?}");
    }
}

#[tokio::test]
async fn two_nodes_send_one_mail_once_and_a_dead_one_is_stood_in_for() {
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let one = server(engine, &sink).await;
        let two = one.beside().await;
        sink.set(Manner::Holds);
        post(&one, "ada@example.com").await;
        let sending = tokio::spawn({
            let app = one.app.clone();
            async move { turn(&app).await }
        });
        sink.until(1).await;
        turn(&two.app).await.unwrap();
        assert_eq!(sink.received().len(), 1, "{engine:?}: the first has it");
        // As if the first had been killed behind the last byte of the mail.
        sending.abort();
        let _ = sending.await;
        sink.set(Manner::Takes);
        turn(&two.app).await.unwrap();
        assert_eq!(sink.received().len(), 1, "{engine:?}: its lease still holds");
        one.clock.advance(Duration::from_secs(91));
        turn(&two.app).await.unwrap();
        let received = sink.received();
        assert_eq!(received.len(), 2, "{engine:?}: nothing is lost");
        assert_eq!(received[0].header("Message-ID"), received[1].header("Message-ID"), "{engine:?}");
    }
}

#[tokio::test]
async fn mails_of_a_deleted_account_are_not_sent() {
    use jotgate_server::{
        flow::mail::{self, To},
        store::users,
        text::Language,
    };
    for engine in Engine::all() {
        let sink = SmtpSink::start().await;
        let server = server(engine, &sink).await;
        server.sign_up("ada@example.com").await;
        let app = server.app.clone();
        let deleted = server.app.store.write(async move |tx: &mut Tx<'_>| {
            let user = users::by_email_key(tx, "ada@example.com").await?.expect("just signed up");
            let to = To { user: Some(&user), address: &user.email, language: Language::En };
            mail::post(&app, tx, to, super::letter()).await?;
            mail::post(&app, tx, to, mail::Letter::AccountDeleted).await?;
            users::delete(tx, user.id).await
        });
        assert!(deleted.await.unwrap());
        server.remember(TOKEN);
        turn(&server.app).await.unwrap();
        let subjects: Vec<_> = sink.received().iter().map(|mail| mail.header("Subject")).collect();
        assert_eq!(subjects, ["Your account at Jotgate was deleted"], "{engine:?}");
    }
}

#[tokio::test]
async fn figures_of_mails_are_published() {
    let sink = SmtpSink::start().await;
    let server = server(Engine::Sqlite, &sink).await;
    sink.set(Manner::Closes);
    post(&server, "ada@example.com").await;
    server.clock.advance(Duration::from_secs(30));
    turn(&server.app).await.unwrap();
    let mailer = server.app.mailer.as_ref().expect("a mail server is configured");
    assert_eq!((mailer.queue.waiting(), mailer.queue.oldest_age(server.app.clock.now_ms())), (1, 30_000));
    assert_eq!(server.app.counters.mails_failed.value(), 1);
}
