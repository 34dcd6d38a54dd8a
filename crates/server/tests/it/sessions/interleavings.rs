//! Whatever happens to sessions, in any order: every answer is the one the specification gives, on both engines.
//!
//! Presenters of any generation (tabs, retries, a thief) with and without keys, late cookies, time that passes or jumps,
//! restarts, a store that lost writes, and everything that ends sessions. After each step the rows are looked at.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::app::App;
use jotgate_server::error::Result;
use jotgate_server::flow::change_password::{ChangePassword, change_password};
use jotgate_server::flow::clean_up::clean_up;
use jotgate_server::flow::log_out::{log_out_caller, log_out_everywhere};
use jotgate_server::flow::operator::{self, By};
use jotgate_server::flow::sessions::end_session_of;
use jotgate_server::flow::{Session, authenticate::Caller};
use jotgate_server::store::sessions::{self, Rotation, SessionRow};
use jotgate_server::store::{Tx, audit};
use jotgate_token::Clock;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::spec::{Rules, Said, Spec};
use super::world::{
    UNTHROTTLED, caller, client, code, logged_in, logged_out, logs, minted, refreshed, refreshed_by_cookies,
    row, session_of, signed_up,
};
use super::{holds, postgres};

#[test]
fn every_interleaving_is_answered_as_specified_on_sqlite() {
    holds(Engine::Sqlite, &histories(), |history| live(Engine::Sqlite, history));
}

#[test]
fn every_interleaving_is_answered_as_specified_on_postgres() {
    if let Some(engine) = postgres() {
        holds(engine, &histories(), |history| live(engine, history));
    }
}

/// What may happen. Numbers that name something are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    /// One token in a body.
    Present {
        who: Who,
        key: Option<usize>,
    },
    /// A jar: the token, older ones in other slots, and rubbish.
    PresentJar {
        who: Who,
        older: u64,
        key: Option<usize>,
    },
    /// A jar in which every session left something.
    PresentAll {
        back: u64,
        key: Option<usize>,
        server: usize,
    },
    /// Several at once, spread over the servers.
    PresentAtOnce {
        who: Who,
        key: Option<usize>,
        presenters: usize,
    },
    LogIn {
        server: usize,
    },
    LogOut {
        who: Who,
    },
    LogOutCaller {
        who: Who,
    },
    LogOutEverywhere {
        who: Who,
    },
    EndOther {
        who: Who,
        other: usize,
    },
    ChangePassword {
        who: Who,
    },
    SetPassword,
    SetRoles,
    Disable,
    Enable,
    /// Remember a row, as a backup would.
    Save {
        session: usize,
    },
    /// Put it back, if the session still lives: everything since is a lost write.
    Restore {
        session: usize,
    },
    Pass {
        milliseconds: i64,
    },
    /// The server's clock jumps, mostly back.
    Jump {
        milliseconds: i64,
    },
    Restart {
        server: usize,
    },
    CleanUp {
        server: usize,
    },
}

/// Which session's token, of a generation so far behind the newest one, at which server.
#[derive(Debug, Clone, Copy)]
struct Who {
    session: usize,
    back: u64,
    server: usize,
}

fn histories() -> impl Strategy<Value = (Rules, Vec<Step>)> {
    let rules = prop_oneof![
        3 => Just(Rules::DEFAULT),
        1 => Just(Rules { race_window: 0, retry_window: 0, ..Rules::DEFAULT }),
        1 => Just(Rules { retry_window: 5_000, ..Rules::DEFAULT }),
        1 => Just(Rules { idle_lifetime: 3_600_000, ..Rules::DEFAULT }),
        1 => Just(Rules { idle_lifetime: 3_600_000, absolute_lifetime: 7_200_000, ..Rules::DEFAULT }),
    ];
    (rules, vec(steps(), 1..40))
}

fn steps() -> impl Strategy<Value = Step> {
    let back = || prop_oneof![5 => Just(0), 3 => Just(1), 1 => Just(2), 1 => 3..13_u64];
    let who = move || {
        (0..4_usize, back(), 0..2_usize).prop_map(|(session, back, server)| Who { session, back, server })
    };
    let key = || proptest::option::of(0..4_usize);
    let passing = prop_oneof![
        Just(0),
        Just(10),
        0..70_000_i64,
        Just(9_000),
        Just(11_000),
        Just(59_999),
        Just(60_000),
        0..4_000_000_i64,
        Just(900_000),
        0..700_000_000_i64,
    ];
    prop_oneof![
        16 => (who(), key()).prop_map(|(who, key)| Step::Present { who, key }),
        4 => (who(), 1..4_u64, key()).prop_map(|(who, older, key)| Step::PresentJar { who, older, key }),
        2 => (back(), key(), 0..2_usize).prop_map(|(back, key, server)| Step::PresentAll { back, key, server }),
        3 => (who(), key(), 2..6_usize).prop_map(|(who, key, presenters)| Step::PresentAtOnce { who, key, presenters }),
        2 => (0..2_usize).prop_map(|server| Step::LogIn { server }),
        1 => who().prop_map(|who| Step::LogOut { who }),
        1 => who().prop_map(|who| Step::LogOutCaller { who }),
        1 => who().prop_map(|who| Step::LogOutEverywhere { who }),
        1 => (who(), 0..4_usize).prop_map(|(who, other)| Step::EndOther { who, other }),
        1 => who().prop_map(|who| Step::ChangePassword { who }),
        1 => prop_oneof![Just(Step::SetPassword), Just(Step::SetRoles), Just(Step::Disable), Just(Step::Enable)],
        2 => (0..4_usize).prop_map(|session| Step::Save { session }),
        2 => (0..4_usize).prop_map(|session| Step::Restore { session }),
        10 => passing.prop_map(|milliseconds| Step::Pass { milliseconds }),
        2 => (-200_000_000..3_000_000_i64).prop_map(|milliseconds| Step::Jump { milliseconds }),
        1 => (0..2_usize).prop_map(|server| Step::Restart { server }),
        1 => (0..2_usize).prop_map(|server| Step::CleanUp { server }),
    ]
}

async fn live(engine: Engine, (rules, steps): (Rules, Vec<Step>)) {
    let mut life = Life::begin(engine, rules).await;
    for step in &steps {
        life.take(step).await;
        life.look_at_rows().await;
    }
}

/// One account with its sessions, and what the specification says about them.
struct Life {
    servers: Vec<TestApp>,
    newest: usize,
    rules: Rules,
    user: Uuid,
    password: usize,
    disabled: bool,
    credential_epoch: i64,
    authz_epoch: i64,
    sessions: Vec<Held>,
}

struct Held {
    row: SessionRow,
    spec: Spec,
    credential_epoch: i64,
    opened_at: i64,
    ended_at: Option<i64>,
    /// Cleaned up.
    is_gone: bool,
    /// The text of every generation handed out, of which each may have only one.
    handed: BTreeMap<u64, String>,
    access: Access,
    saved: Option<(SessionRow, Spec)>,
}

#[derive(Clone)]
struct Access {
    token: String,
    made_at: i64,
    authz_epoch: i64,
}

const EMAIL: &str = "life@example.com";

impl Life {
    async fn begin(engine: Engine, rules: Rules) -> Life {
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

    fn app(&self, server: usize) -> &App {
        &self.servers[server % self.servers.len()].app
    }

    fn now(&self) -> i64 {
        self.app(0).clock.now_ms()
    }

    /// A session that was just opened.
    async fn hold(&mut self, server: usize, opened: &Session) {
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
    async fn keep(&mut self, place: usize, server: usize, session: &Session) {
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
    fn token(&self, who: Who) -> (usize, u64, String) {
        let place = who.session % self.sessions.len();
        let held = &self.sessions[place];
        // After a restored backup the newest token is one that the row has not reached.
        let newest = held.handed.last_key_value().map_or(0, |(generation, _)| *generation);
        let generation = newest.saturating_sub(who.back);
        (place, generation, minted(self.app(who.server), &held.row, generation))
    }

    /// What the specification answers, all things considered.
    fn expect(&mut self, place: usize, generation: u64, key: Option<usize>) -> Said {
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

    /// Nobody's session outlives this.
    fn end_all(&mut self) {
        let now = self.now();
        for held in self.sessions.iter_mut().filter(|held| !held.is_gone) {
            held.spec.ended = true;
            held.note_end(now);
        }
    }

    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Present { who, key } => self.present(who, key).await,
            Step::PresentJar { who, older, key } => self.present_jar(who, older, key).await,
            Step::PresentAll { back, key, server } => self.present_all(back, key, server).await,
            Step::PresentAtOnce { who, key, presenters } => self.present_at_once(who, key, presenters).await,
            Step::LogIn { server } => self.log_in(server).await,
            Step::LogOut { who } => self.log_out(who).await,
            Step::LogOutCaller { who } => self.log_out_caller(who).await,
            Step::LogOutEverywhere { who } => self.log_out_everywhere(who).await,
            Step::EndOther { who, other } => self.end_other(who, other).await,
            Step::ChangePassword { who } => self.change_password(who).await,
            Step::SetPassword | Step::SetRoles | Step::Disable | Step::Enable => self.operate(step).await,
            Step::Save { session } => self.save(session).await,
            Step::Restore { session } => self.restore(session).await,
            Step::Pass { milliseconds } => self.servers[0].clock.advance(duration(milliseconds)),
            Step::Jump { milliseconds } => self.servers[0].clock.set(self.now() + milliseconds),
            Step::Restart { server } => self.restart(server).await,
            Step::CleanUp { server } => self.clean_up(server).await,
        }
    }

    async fn present(&mut self, who: Who, key: Option<usize>) {
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
    async fn is_over_for_everybody(&mut self, place: usize) {
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

    async fn present_jar(&mut self, who: Who, older: u64, key: Option<usize>) {
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

    async fn present_all(&mut self, back: u64, key: Option<usize>, server: usize) {
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

    async fn present_at_once(&mut self, who: Who, key: Option<usize>, presenters: usize) {
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

    async fn log_in(&mut self, server: usize) {
        let answer = logged_in(self.app(server), EMAIL, &password(self.password)).await;
        assert_eq!(code(&answer), if self.disabled { "login.failed" } else { "ok" });
        if let Ok(opened) = answer {
            self.hold(server, &opened).await;
        }
    }

    async fn log_out(&mut self, who: Who) {
        let (place, _, token) = self.token(who);
        logged_out(self.app(who.server), &token).await.expect("whoever wants to leave may leave");
        self.end(place);
    }

    fn end(&mut self, place: usize) {
        let now = self.now();
        let held = &mut self.sessions[place];
        if !held.is_gone {
            held.spec.ended = true;
            held.note_end(now);
        }
    }

    /// Whether the access token is neither too old nor, since the clock jumped, too new.
    fn is_readable(&self, place: usize) -> bool {
        let made_at = self.sessions[place].access.made_at;
        (made_at..made_at + 900_000 - 1_000).contains(&self.now())
    }

    /// The caller behind the newest access token of a session, held against what the session is worth.
    async fn caller(&self, who: Who) -> Option<(usize, Caller)> {
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

    async fn log_out_caller(&mut self, who: Who) {
        if let Some((place, caller)) = self.caller(who).await {
            log_out_caller(self.app(who.server), &caller, client()).await.expect("a caller may leave");
            self.end(place);
        }
    }

    async fn log_out_everywhere(&mut self, who: Who) {
        let Some((place, caller)) = self.caller(who).await else { return };
        let answer = log_out_everywhere(self.app(who.server), &caller, client()).await;
        let is_recent = self.now() - self.sessions[place].opened_at < 3_600_000;
        assert_eq!(code(&answer), if is_recent { "ok" } else { "stepup.required" });
        if is_recent {
            self.credential_epoch += 1;
            self.end_all();
        }
    }

    async fn end_other(&mut self, who: Who, other: usize) {
        let Some((_, caller)) = self.caller(who).await else { return };
        let other = other % self.sessions.len();
        let id = self.sessions[other].row.id.0;
        let answer = end_session_of(self.app(who.server), &caller, id, client()).await;
        let held = &self.sessions[other];
        let expected = if held.is_gone || held.spec.ended { "session.unknown" } else { "ok" };
        assert_eq!(code(&answer), expected);
        self.end(other);
    }

    async fn change_password(&mut self, who: Who) {
        let Some((_, caller)) = self.caller(who).await else { return };
        let input = ChangePassword {
            current: password(self.password).into(),
            new: password(self.password + 1).into(),
            client: client(),
        };
        let answer = change_password(self.app(who.server), &caller, input).await;
        let opened = answer.expect("the password is right and the next one good");
        self.password += 1;
        self.credential_epoch += 1;
        self.end_all();
        self.hold(who.server, &opened).await;
    }

    async fn operate(&mut self, step: &Step) {
        let (app, user) = (self.app(0).clone(), self.user);
        match step {
            Step::SetPassword => {
                self.password += 1;
                let new = password(self.password).into();
                operator::set_password(&app, user, new).await.expect("an operator sets a password");
            }
            Step::SetRoles => {
                let roles = ["reader".to_owned()];
                operator::set_roles(&app, user, &roles, By::default()).await.expect("roles are set");
                self.authz_epoch = (self.authz_epoch + 1).max(self.now().div_euclid(1000));
                return;
            }
            _ => {
                self.disabled = matches!(step, Step::Disable);
                let changed = operator::set_disabled(&app, user, self.disabled, By::default()).await;
                changed.expect("an operator disables and enables");
                if !self.disabled {
                    return;
                }
            }
        }
        self.credential_epoch += 1;
        self.end_all();
    }

    async fn save(&mut self, session: usize) {
        let place = session % self.sessions.len();
        let saved = row(self.app(0), self.sessions[place].row.id.0).await;
        let held = &mut self.sessions[place];
        held.saved = saved.map(|row| (row, held.spec.clone()));
    }

    async fn restore(&mut self, session: usize) {
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
    async fn restart(&mut self, server: usize) {
        let place = server % self.servers.len();
        let new = self.servers[self.newest].beside().await;
        self.servers[place] = new;
        self.newest = place;
    }

    async fn clean_up(&mut self, server: usize) {
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
    async fn look_at_rows(&self) {
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
    fn note_end(&mut self, now: i64) {
        if self.spec.ended && self.ended_at.is_none() {
            self.ended_at = Some(now);
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

fn password(number: usize) -> String {
    if number == 0 { PASSWORD.to_owned() } else { format!("{PASSWORD} {number}") }
}

fn duration(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}
