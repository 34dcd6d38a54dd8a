//! Tokens are presented: alone, in a jar, from all sessions, many at once.

use jotgate_server::error::Result;
use jotgate_server::flow::Session;
use jotgate_server::store::{Tx, audit};
use tokio::task::JoinSet;

use super::Who;
use super::life::Life;
use crate::sessions::spec::Said;
use crate::sessions::world::{caller, code, logs, minted, refreshed, refreshed_by_cookies};

impl Life {
    pub(super) async fn present(&mut self, who: Who, key: Option<usize>) {
        let (place, generation, token) = self.token(who);
        let before = logs(self.app(who.server));
        let answer = refreshed(self.app(who.server), &token, key.map(key_text).as_deref()).await;
        let word = logs(self.app(who.server)).into_iter().zip(before).find(|(now, before)| now != before);
        let said = said(&answer, word.map_or("", |((word, _), _)| word));
        let expected = self.expect(place, generation, key);
        assert_eq!(said, expected, "generation {generation} with key {key:?}");
        if let Ok(session) = &answer {
            self.keep(place, who.server, session).await;
        }
        if said == Said::Refused("refresh.reused") {
            self.is_over_for_everybody(place).await;
        }
    }

    /// I3: not only the copy that came out of turn is worthless now, but the live token and its access token too.
    pub(super) async fn is_over_for_everybody(&mut self, place: usize) {
        let (app, held) = (self.app(0).clone(), &self.sessions[place]);
        for generation in 0..=held.spec.generation + 1 {
            let answer = refreshed(&app, &minted(&app, &held.row, generation), None).await;
            assert_eq!(code(&answer), "refresh.revoked", "generation {generation} after a reuse");
        }
        if self.is_readable(place) {
            assert_eq!(code(&caller(&app, &held.access.token).await), "revoked.session");
        }
        let id = held.row.id;
        let events = app.store.read(async move |tx: &mut Tx<'_>| audit::list_by_session(tx, id, 1_000).await);
        let events = events.await.expect("the audit can be read");
        let count = |kind: &str| events.iter().filter(|event| event.kind == kind).count();
        assert_eq!((count("refresh.reuse"), count("session.ended")), (1, 1), "both written once");
    }

    pub(super) async fn present_jar(&mut self, who: Who, older: u64, key: Option<usize>) {
        let (place, generation, token) = self.token(who);
        let app = self.app(who.server).clone();
        let mut jar =
            vec!["rubbish".to_owned(), token.replace('A', "B"), token.clone(), token[1..].to_owned()];
        let row = &self.sessions[place].row;
        jar.extend((1..=older.min(generation)).map(|back| minted(&app, row, generation - back)));
        let answer = refreshed_by_cookies(&app, jar, key.map(key_text).as_deref()).await;
        let expected = self.expect(place, generation, key);
        assert_eq!(said(&answer, ""), expected.silent(), "the highest of a jar counts");
        if let Ok(session) = &answer {
            self.keep(place, who.server, session).await;
        }
    }

    pub(super) async fn present_all(&mut self, back: u64, key: Option<usize>, server: usize) {
        let mut found: Vec<(usize, u64, String)> =
            (0..self.sessions.len()).map(|session| self.token(Who { session, back, server })).collect();
        let jar: Vec<String> = found.iter().map(|(_, _, token)| token.clone()).collect();
        let answer = refreshed_by_cookies(self.app(server), jar, key.map(key_text).as_deref()).await;
        // The newest session counts; an older one only where that is over, and none after a theft.
        found.sort_by_key(|(place, _, _)| std::cmp::Reverse(self.sessions[*place].row.id));
        let mut expected = Said::Refused("refresh.invalid");
        for (place, generation, _) in found {
            expected = self.expect(place, generation, key);
            match expected {
                Said::Live(..) => {
                    let session = answer.as_ref().expect("one of the jar lives");
                    self.keep(place, server, session).await;
                    break;
                }
                Said::Refused("refresh.reused") => break,
                Said::Refused(_) => {}
            }
        }
        assert_eq!(said(&answer, ""), expected.silent(), "a jar of all sessions");
    }

    pub(super) async fn present_at_once(&mut self, who: Who, key: Option<usize>, presenters: usize) {
        let (place, generation, token) = self.token(who);
        let mut presenting = JoinSet::new();
        for n in 0..presenters {
            let (app, token) = (self.app(n).clone(), token.clone());
            presenting.spawn(async move { refreshed(&app, &token, key.map(key_text).as_deref()).await });
        }
        let answers = presenting.join_all().await;
        let mut saids: Vec<Said> = answers.iter().map(|answer| said(answer, "")).collect();
        let mut expected: Vec<Said> =
            (0..presenters).map(|_| self.expect(place, generation, key).silent()).collect();
        saids.sort_unstable();
        expected.sort_unstable();
        assert_eq!(saids, expected, "{presenters} at once");
        if let Some(session) = answers.iter().flatten().next()
            && !self.sessions[place].spec.ended
        {
            self.keep(place, who.server, session).await;
        }
    }
}

impl Said {
    /// Without the word of the log, where several requests write one.
    fn silent(self) -> Said {
        match self {
            Said::Live(generation, _) => Said::Live(generation, ""),
            refused @ Said::Refused(_) => refused,
        }
    }
}

fn said(answer: &Result<Session>, word: &'static str) -> Said {
    match answer {
        Ok(session) => Said::Live(session.refresh_generation, word),
        Err(_) => Said::Refused(code(answer)),
    }
}

fn key_text(key: usize) -> String {
    format!("the-key-with-the-number-{key}")
}
