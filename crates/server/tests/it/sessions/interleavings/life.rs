//! What the account and its sessions are by now, as the specification has it, and what the rows say.

use std::collections::BTreeMap;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::app::App;
use jotgate_server::flow::clean_up::clean_up;
use jotgate_server::flow::{Session, authenticate::Caller};
use jotgate_server::store::Tx;
use jotgate_server::store::sessions::{self, Rotation, SessionRow};
use jotgate_token::Clock;
use uuid::Uuid;

use super::Who;
use crate::sessions::spec::{Rules, Said, Spec};
use crate::sessions::world::{UNTHROTTLED, caller, code, minted, row, session_of, signed_up};

/// One account with its sessions, and what the specification says about them.
pub(super) struct Life {
    pub(super) servers: Vec<TestApp>,
    pub(super) newest: usize,
    pub(super) rules: Rules,
    pub(super) user: Uuid,
    pub(super) password: usize,
    pub(super) disabled: bool,
    pub(super) credential_epoch: i64,
    pub(super) authz_epoch: i64,
    pub(super) sessions: Vec<Held>,
}

pub(super) struct Held {
    pub(super) row: SessionRow,
    pub(super) spec: Spec,
    pub(super) credential_epoch: i64,
    pub(super) opened_at: i64,
    pub(super) ended_at: Option<i64>,
    /// Cleaned up.
    pub(super) is_gone: bool,
    /// The text of every generation handed out, of which each may have only one.
    pub(super) handed: BTreeMap<u64, String>,
    pub(super) access: Access,
    pub(super) saved: Option<(SessionRow, Spec)>,
}

#[derive(Clone)]
pub(super) struct Access {
    pub(super) token: String,
    pub(super) made_at: i64,
    pub(super) authz_epoch: i64,
}

pub(super) const EMAIL: &str = "life@example.com";

impl Life {
    pub(super) async fn begin(engine: Engine, rules: Rules) -> Life {
        let mut settings = rules.settings();
        settings.push(("sessions.keep_ended", "1d".to_owned()));
        settings.extend(UNTHROTTLED.map(|(key, many)| (key, many.to_owned())));
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let mut servers = vec![TestApp::with(engine, &settings).await];
        if engine == Engine::Postgres {
            servers.push(servers[0].beside().await);
        }
        let opened = signed_up(&servers[0].app, EMAIL).await;
        let mut life = Life {
            newest: servers.len() - 1,
            servers,
            rules,
            user: opened.user.id,
            password: 0,
            disabled: false,
            credential_epoch: 0,
            authz_epoch: 0,
            sessions: Vec::new(),
        };
        life.hold(0, &opened).await;
        life
    }

    pub(super) fn app(&self, server: usize) -> &App {
        &self.servers[server % self.servers.len()].app
    }

    pub(super) fn now(&self) -> i64 {
        self.app(0).clock.now_ms()
    }

    /// A session that was just opened.
    pub(super) async fn hold(&mut self, server: usize, opened: &Session) {
        let row = session_of(self.app(server), opened).await;
        let now = self.now();
        assert!(self.sessions.iter().all(|held| held.row.id != row.id && held.row.salt != row.salt));
        self.sessions.push(Held {
            spec: Spec::new(self.rules, now),
            row,
            credential_epoch: self.credential_epoch,
            opened_at: now,
            ended_at: None,
            is_gone: false,
            handed: BTreeMap::new(),
            access: Access { token: String::new(), made_at: now, authz_epoch: 0 },
            saved: None,
        });
        self.keep(self.sessions.len() - 1, server, opened).await;
    }

    /// What a good answer hands out, held against what was handed out before.
    pub(super) async fn keep(&mut self, place: usize, server: usize, session: &Session) {
        let (now, user, authz_epoch) = (self.now(), self.user, self.authz_epoch);
        let held = &mut self.sessions[place];
        let text = session.refresh_token.expose().to_owned();
        let first = held.handed.entry(session.refresh_generation).or_insert_with(|| text.clone());
        assert_eq!(*first, text, "a generation has one token");
        assert_eq!(session.user.id, user);
        let until = held.spec.idle_until.min(held.spec.absolute_until);
        assert_eq!(session.refresh_expires_in, (until - now) / 1000);
        held.access = Access { token: session.access_token.expose().to_owned(), made_at: now, authz_epoch };
        let (id, access) = (held.row.id, held.access.token.clone());
        let server = &self.servers[server % self.servers.len()];
        server.remember(&text);
        server.remember(&access);
        let caller = caller(&server.app, &access).await.expect("a new access token is good");
        assert_eq!(caller.session.id, id);
    }

    /// The token of `who`, its place and generation.
    pub(super) fn token(&self, who: Who) -> (usize, u64, String) {
        let place = who.session % self.sessions.len();
        let held = &self.sessions[place];
        // After a restored backup the newest token is one that the row has not reached.
        let newest = held.handed.last_key_value().map_or(0, |(generation, _)| *generation);
        let generation = newest.saturating_sub(who.back);
        (place, generation, minted(self.app(who.server), &held.row, generation))
    }

    /// What the specification answers, all things considered.
    pub(super) fn expect(&mut self, place: usize, generation: u64, key: Option<usize>) -> Said {
        let now = self.now();
        let held = &mut self.sessions[place];
        if held.is_gone {
            return Said::Refused("refresh.unknown");
        }
        if self.disabled || held.credential_epoch != self.credential_epoch {
            return Said::Refused("refresh.revoked");
        }
        let said = held.spec.refresh(now, generation, key);
        held.note_end(now);
        said
    }

    pub(super) fn end(&mut self, place: usize) {
        let now = self.now();
        let held = &mut self.sessions[place];
        if !held.is_gone {
            held.spec.ended = true;
            held.note_end(now);
        }
    }

    /// Nobody's session outlives this.
    pub(super) fn end_all(&mut self) {
        let now = self.now();
        for held in self.sessions.iter_mut().filter(|held| !held.is_gone) {
            held.spec.ended = true;
            held.note_end(now);
        }
    }

    /// Whether the access token is neither too old nor, since the clock jumped, too new.
    pub(super) fn is_readable(&self, place: usize) -> bool {
        let made_at = self.sessions[place].access.made_at;
        (made_at..made_at + 900_000 - 1_000).contains(&self.now())
    }

    /// The caller behind the newest access token of a session, held against what the session is worth.
    pub(super) async fn caller(&self, who: Who) -> Option<(usize, Caller)> {
        let place = who.session % self.sessions.len();
        if !self.is_readable(place) {
            return None;
        }
        let held = &self.sessions[place];
        let answer = caller(self.app(who.server), &held.access.token).await;
        let over = held.is_gone || held.spec.ended || held.spec.is_expired(self.now());
        let expected = match (over || self.disabled, held.access.authz_epoch < self.authz_epoch) {
            (true, _) => "revoked.session",
            (false, true) => "revoked.subject",
            (false, false) => "ok",
        };
        assert_eq!(code(&answer), expected);
        answer.ok().map(|caller| (place, caller))
    }

    pub(super) async fn save(&mut self, session: usize) {
        let place = session % self.sessions.len();
        let saved = row(self.app(0), self.sessions[place].row.id.0).await;
        let held = &mut self.sessions[place];
        held.saved = saved.map(|row| (row, held.spec.clone()));
    }

    pub(super) async fn restore(&mut self, session: usize) {
        let place = session % self.sessions.len();
        let app = self.app(0).clone();
        let held = &mut self.sessions[place];
        let Some((row, spec)) = held.saved.clone() else { return };
        if held.is_gone || held.spec.ended || row.revoked_at.is_some() {
            return;
        }
        let back = Rotation {
            id: row.id,
            from: held.spec.generation,
            to: row.generation,
            rotated_at: row.rotated_at,
            recent: row.recent,
            last_key: row.last_key,
            key_run: row.key_run,
            idle_until: row.idle_until,
            last_seen_at: row.last_seen_at,
        };
        held.spec = spec;
        let write = app.store.write(async move |tx: &mut Tx<'_>| sessions::rotate(tx, &back).await);
        assert!(write.await.expect("a row can be put back"));
    }

    /// Always from the newest server, because each counts up what its randomness starts from.
    pub(super) async fn restart(&mut self, server: usize) {
        let place = server % self.servers.len();
        let new = self.servers[self.newest].beside().await;
        self.servers[place] = new;
        self.newest = place;
    }

    pub(super) async fn clean_up(&mut self, server: usize) {
        clean_up(self.app(server)).await.expect("a clean-up runs");
        let cutoff = self.now() - 86_400_000;
        for held in &mut self.sessions {
            let is_old = |at: i64| at < cutoff;
            held.is_gone |= held.ended_at.is_some_and(is_old)
                || is_old(held.spec.idle_until)
                || is_old(held.spec.absolute_until);
        }
    }

    /// I1 and I7: one row a session, with one generation, as long as it is wanted.
    pub(super) async fn look_at_rows(&self) {
        for held in &self.sessions {
            let row = row(self.app(0), held.row.id.0).await;
            assert_eq!(row.is_none(), held.is_gone, "a row stays as long as it is wanted");
            let Some(row) = row else { continue };
            assert_eq!(row.generation, held.spec.generation);
            assert_eq!(row.revoked_at, held.ended_at);
            assert_eq!(
                (row.idle_until, row.absolute_until),
                (held.spec.idle_until, held.spec.absolute_until)
            );
            let remembered: Vec<serde_json::Value> = serde_json::from_str(&row.recent).expect("JSON");
            assert!(remembered.len() <= 8, "what is remembered is bounded");
        }
    }
}

impl Held {
    pub(super) fn note_end(&mut self, now: i64) {
        if self.spec.ended && self.ended_at.is_none() {
            self.ended_at = Some(now);
        }
    }
}
