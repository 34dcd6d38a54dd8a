//! A client with its tabs, its jar and its key, the network it is on, and the server it talks to.

use std::collections::BTreeMap;
use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::flow::clean_up::clean_up;
use jotgate_token::Clock;
use uuid::Uuid;

use super::{Event, Habits};
use crate::sessions::world::{code, refreshed, refreshed_by_cookies, session_of, signed_up};

pub(super) struct Browser {
    pub(super) server: TestApp,
    pub(super) session: Uuid,
    habits: Habits,
    tabs: Vec<Tab>,
    /// The slots of the jar; a program without cookies uses one.
    jar: BTreeMap<u64, (u64, String)>,
    key: Option<usize>,
    keys_made: usize,
    /// Heads without a body since the key was made.
    heads: u32,
    /// Whose turn it is.
    holder: Option<usize>,
    waiting: Vec<usize>,
    requests: Vec<Request>,
    replies: Vec<Reply>,
    /// The client's own time.
    elapsed: i64,
    finished_at: i64,
    /// The live generation, and when, by the server's clock, each before it was superseded.
    live: u64,
    superseded_at: BTreeMap<u64, i64>,
    handed: BTreeMap<u64, String>,
    pub(super) refused: Option<&'static str>,
}

#[derive(Debug, Default)]
struct Tab {
    /// The attempt under way.
    attempt: Option<usize>,
    attempts: usize,
    started_at: i64,
}

struct Request {
    from: (usize, usize),
    at: i64,
    generation: u64,
    tokens: Vec<String>,
    key: Option<usize>,
}

struct Reply {
    to: (usize, usize),
    at: i64,
    generation: u64,
    token: String,
    key: Option<usize>,
}

impl Browser {
    pub(super) async fn log_in(engine: Engine, habits: Habits, tabs: usize) -> Browser {
        let long = [
            ("sessions.idle_lifetime", "3650d"),
            ("sessions.absolute_lifetime", "3650d"),
            ("sessions.keep_ended", "3650d"),
        ];
        let server = TestApp::with(engine, &long).await;
        let opened = signed_up(&server.app, "browser@example.com").await;
        let token = opened.refresh_token.expose().to_owned();
        Browser {
            session: session_of(&server.app, &opened).await.id.0,
            habits,
            tabs: (0..if habits.cookies { tabs } else { 1 }).map(|_| Tab::default()).collect(),
            jar: BTreeMap::from([(0, (0, token.clone()))]),
            key: None,
            keys_made: 0,
            heads: 0,
            holder: None,
            waiting: Vec::new(),
            requests: Vec::new(),
            replies: Vec::new(),
            elapsed: 0,
            finished_at: -BETWEEN,
            live: 0,
            superseded_at: BTreeMap::new(),
            handed: BTreeMap::from([(0, token)]),
            refused: None,
            server,
        }
    }

    pub(super) async fn take(&mut self, event: &Event) {
        match *event {
            Event::Want { tab } => self.want(tab % self.tabs.len()),
            Event::Serve { request } => {
                if let Some(request) = picked(&mut self.requests, request) {
                    self.serve(request).await;
                }
            }
            Event::LoseRequest { request } => drop(picked(&mut self.requests, request)),
            Event::Deliver { reply } => {
                if let Some(reply) = picked(&mut self.replies, reply) {
                    self.deliver(&reply);
                }
            }
            Event::DeliverHead { reply } => {
                if let Some(reply) = picked(&mut self.replies, reply) {
                    self.deliver_head(&reply);
                }
            }
            Event::LoseReply { reply } => drop(picked(&mut self.replies, reply)),
            Event::GiveUp { tab } => self.give_up(tab % self.tabs.len()),
            Event::Close { tab } => self.close(tab % self.tabs.len()),
            Event::Pass { milliseconds } => self.pass(milliseconds).await,
            Event::Jump { milliseconds } => self.jump(milliseconds).await,
            Event::Restart => self.server = self.server.beside().await,
            Event::CleanUp => drop(clean_up(&self.server.app).await.expect("a clean-up runs")),
        }
    }

    /// Asks, or waits for its turn. Nobody needs a new access token the moment after getting one.
    fn want(&mut self, tab: usize) {
        if self.elapsed - self.finished_at < BETWEEN || self.tabs[tab].attempt.is_some() {
            return;
        }
        match self.holder {
            Some(_) if self.waiting.contains(&tab) => {}
            Some(_) => self.waiting.push(tab),
            None => self.send(tab),
        }
    }

    fn send(&mut self, tab: usize) {
        self.holder = Some(tab);
        if self.habits.keys && self.key.is_none() {
            self.keys_made += 1;
            (self.key, self.heads) = (Some(self.keys_made), 0);
        }
        let sender = &mut self.tabs[tab];
        sender.attempts += 1;
        (sender.attempt, sender.started_at) = (Some(sender.attempts), self.elapsed);
        let tokens = self.jar.values().map(|(_, token)| token.clone()).collect();
        let (from, generation) = ((tab, sender.attempts), self.newest());
        self.requests.push(Request { from, at: self.elapsed, generation, tokens, key: self.key });
    }

    async fn serve(&mut self, request: Request) {
        let key = request.key.map(|key| format!("the-key-with-the-number-{key}"));
        let app = &self.server.app;
        let answer = match self.habits.cookies {
            true => refreshed_by_cookies(app, request.tokens, key.as_deref()).await,
            false => refreshed(app, &request.tokens[0], key.as_deref()).await,
        };
        let Ok(session) = &answer else {
            self.refused.get_or_insert(code(&answer));
            return;
        };
        assert_eq!(self.refused, None, "what has ended answers nobody");
        let (generation, token) = (session.refresh_generation, session.refresh_token.expose().to_owned());
        self.made(generation, &token);
        let reply = Reply { to: request.from, at: self.elapsed, generation, token, key: request.key };
        self.replies.push(reply);
    }

    /// I1: the live generation goes up by one or stays, and has one token.
    fn made(&mut self, generation: u64, token: &str) {
        assert!([self.live, self.live + 1].contains(&generation), "{generation} after {}", self.live);
        if generation > self.live {
            self.superseded_at.insert(self.live, self.server.clock.now_ms());
            self.live = generation;
        }
        assert_eq!(self.handed.entry(generation).or_insert_with(|| token.to_owned()), token);
    }

    fn is_current(&self, (tab, attempt): (usize, usize)) -> bool {
        self.tabs[tab].attempt == Some(attempt)
    }

    fn deliver(&mut self, reply: &Reply) {
        if !self.is_current(reply.to) {
            return self.deliver_head(reply);
        }
        self.keep(reply);
        self.key = self.key.filter(|key| Some(*key) != reply.key);
        self.finished_at = self.elapsed;
        self.free(reply.to.0);
    }

    /// Cookies without the body, which a key covers a few times in a row and no more.
    fn deliver_head(&mut self, reply: &Reply) {
        let is_kept = self.is_current(reply.to) || !self.habits.abort;
        if !self.habits.cookies || !is_kept {
            return;
        }
        if reply.generation > self.newest() && self.key.is_some() {
            if self.heads == HEADS {
                return;
            }
            self.heads += 1;
        }
        self.keep(reply);
    }

    fn keep(&mut self, reply: &Reply) {
        let slot = if self.habits.cookies { reply.generation % 4 } else { 0 };
        self.jar.insert(slot, (reply.generation, reply.token.clone()));
    }

    fn newest(&self) -> u64 {
        self.jar.values().map(|(generation, _)| *generation).max().unwrap_or_default()
    }

    pub(super) fn newest_token(&self) -> String {
        self.handed[&self.newest()].clone()
    }

    pub(super) fn is_behind(&self) -> bool {
        self.newest() < self.live
    }

    fn give_up(&mut self, tab: usize) {
        if self.tabs[tab].attempt.is_some() {
            self.free(tab);
        }
    }

    fn close(&mut self, tab: usize) {
        self.waiting.retain(|waiting| *waiting != tab);
        self.give_up(tab);
    }

    /// The attempt is over and the next one in the queue has its turn.
    fn free(&mut self, tab: usize) {
        self.tabs[tab].attempt = None;
        if self.holder == Some(tab) {
            self.holder = None;
            if !self.waiting.is_empty() {
                let next = self.waiting.remove(0);
                self.send(next);
            }
        }
    }

    /// Time passes, a little at a time, because time-outs fire on the way.
    pub(super) async fn pass(&mut self, milliseconds: i64) {
        let mut left = milliseconds;
        while left > 0 {
            let step = left.min(if left > 60_000 && self.is_quiet() { left } else { 5_000 });
            self.catch_up_before(step).await;
            self.server.clock.advance(Duration::from_millis(step.unsigned_abs()));
            self.elapsed += step;
            left -= step;
            self.time_out();
        }
    }

    fn is_quiet(&self) -> bool {
        self.requests.is_empty() && self.replies.is_empty() && self.holder.is_none()
    }

    fn time_out(&mut self) {
        let now = self.elapsed;
        self.requests.retain(|request| now - request.at < REQUEST_IN_THE_AIR);
        self.replies.retain(|reply| now - reply.at < REPLY_IN_THE_AIR);
        self.lose_what_comes_too_late();
        for tab in 0..self.tabs.len() {
            if now - self.tabs[tab].started_at >= PATIENCE {
                self.give_up(tab);
            }
        }
    }

    /// How long ago, by the server's clock, a generation was superseded.
    fn age(&self, generation: u64) -> i64 {
        let now = self.server.clock.now_ms();
        self.superseded_at.get(&generation).map_or(0, |at| now - at)
    }

    /// Without keys nothing may reach the server after the window.
    fn lose_what_comes_too_late(&mut self) {
        let late: Vec<bool> =
            self.requests.iter().map(|request| self.age(request.generation) >= RETRY_WINDOW).collect();
        let mut late = late.into_iter();
        self.requests.retain(|_| self.habits.keys || late.next() != Some(true));
    }

    /// And a lost reply has to be asked for again inside it.
    async fn catch_up_before(&mut self, step: i64) {
        let is_last_chance = self.age(self.newest()) + step >= RETRY_WINDOW;
        if !self.habits.keys && self.is_behind() && is_last_chance && self.refused.is_none() {
            self.ask_until_answered().await;
        }
    }

    /// A jump may end the window at once.
    async fn jump(&mut self, milliseconds: i64) {
        self.catch_up_before(milliseconds).await;
        self.server.clock.set(self.server.clock.now_ms() + milliseconds);
        self.lose_what_comes_too_late();
    }

    /// One tab asks on a good network.
    pub(super) async fn ask_until_answered(&mut self) {
        self.waiting.clear();
        (0..self.tabs.len()).for_each(|tab| self.give_up(tab));
        self.send(0);
        let request = self.requests.pop().expect("just sent");
        self.serve(request).await;
        if self.refused.is_none() {
            let reply = self.replies.pop().expect("just served");
            self.deliver(&reply);
        }
    }

    /// Answers what the thief holds afterwards.
    pub(super) async fn thief_presents(&mut self, token: String) -> String {
        let answer = refreshed(&self.server.app, &token, None).await;
        let Ok(session) = &answer else {
            let code = code(&answer);
            assert!(["refresh.reused", "refresh.revoked"].contains(&code), "{code}");
            self.refused.get_or_insert(code);
            return token;
        };
        assert_eq!(self.refused, None, "what has ended answers nobody");
        let token = session.refresh_token.expose().to_owned();
        self.made(session.refresh_generation, &token);
        token
    }
}

fn picked<T>(from: &mut Vec<T>, which: usize) -> Option<T> {
    if from.is_empty() { None } else { Some(from.remove(which % from.len())) }
}

/// Milliseconds from one refresh that succeeded to the next: access tokens live longer than that.
const BETWEEN: i64 = 5_000;
/// How long a tab waits for its reply.
const PATIENCE: i64 = 20_000;
/// How long a request can be under way: fewer rotations than a session remembers fit in between.
const REQUEST_IN_THE_AIR: i64 = 30_000;
/// How long a reply can: fewer rotations than there are slots fit in between.
const REPLY_IN_THE_AIR: i64 = 15_000;
/// The server's default, with some seconds to spare.
const RETRY_WINDOW: i64 = 50_000;
/// Heads without a body that one key outlasts.
const HEADS: u32 = 3;
