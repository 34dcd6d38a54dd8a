//! Whatever happens in any order, on both engines: a session says `mfa` only where two factors were shown for it, nothing
//! that was used works again, and every login half way ends when the credentials change.

use std::{collections::BTreeSet, time::Duration};

use jotgate_harness::{Answer, Engine, TestApp};
use jotgate_token::Clock;
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::{Phone, claims};
use crate::sessions::{holds, postgres};

#[test]
fn every_interleaving_is_answered_as_it_should_be_on_sqlite() {
    holds(Engine::Sqlite, &vec(steps(), 1..40), |steps| live(Engine::Sqlite, steps));
}

#[test]
fn every_interleaving_is_answered_as_it_should_be_on_postgres() {
    if let Some(engine) = postgres() {
        holds(engine, &vec(steps(), 1..40), |steps| live(engine, steps));
    }
}

/// What may happen. Numbers that name something are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    LogIn,
    Confirm { session: usize },
    Code { waiting: usize, steps: i64 },
    WrongCode { waiting: usize },
    Recover { waiting: usize, code: usize },
    Enrol { session: usize },
    Remove { session: usize },
    NewCodes { session: usize },
    ChangePassword { session: usize },
    LogOut { session: usize },
    Reset,
    Pass { seconds: u64 },
}

fn steps() -> impl Strategy<Value = Step> {
    let n = || 0..6_usize;
    prop_oneof![
        8 => Just(Step::LogIn),
        4 => n().prop_map(|session| Step::Confirm { session }),
        10 => (n(), -2..3_i64).prop_map(|(waiting, steps)| Step::Code { waiting, steps }),
        3 => n().prop_map(|waiting| Step::WrongCode { waiting }),
        5 => (n(), 0..10_usize).prop_map(|(waiting, code)| Step::Recover { waiting, code }),
        6 => n().prop_map(|session| Step::Enrol { session }),
        2 => n().prop_map(|session| Step::Remove { session }),
        2 => n().prop_map(|session| Step::NewCodes { session }),
        1 => n().prop_map(|session| Step::ChangePassword { session }),
        2 => n().prop_map(|session| Step::LogOut { session }),
        1 => Just(Step::Reset),
        5 => prop_oneof![Just(1), Just(30), Just(60), Just(290), Just(610)]
            .prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// What should be so by now.
struct Life {
    app: TestApp,
    password: usize,
    phone: Option<Phone>,
    codes: Vec<String>,
    used: BTreeSet<String>,
    last_step: i64,
    sessions: Vec<Open>,
    waiting: Vec<Waiting>,
}

struct Open {
    access: String,
    refresh: String,
    strong: bool,
    shown_at: i64,
    alive: bool,
}

struct Waiting {
    token: String,
    made_at: i64,
    tries: usize,
    good: bool,
    continues: Option<usize>,
}

const EMAIL: &str = "life@example.com";

async fn live(engine: Engine, steps: Vec<Step>) {
    let settings = [
        ("login.pair_failures", "1000000"),
        ("login.ip_failures", "1000000"),
        ("login.lock_unknown_after", "1000000"),
        ("tokens.access_lifetime", "24h"),
        ("sessions.recent_login", "5m"),
    ];
    let app = TestApp::with(engine, &settings).await;
    let body = json!({"email": EMAIL, "password": password(0)});
    let opened = app.post("/v1/signup", &body).send().await;
    let mut life = Life {
        app,
        password: 0,
        phone: None,
        codes: Vec::new(),
        used: BTreeSet::new(),
        last_step: 0,
        sessions: Vec::new(),
        waiting: Vec::new(),
    };
    life.opened(&opened, false);
    for step in steps {
        life.take(step).await;
        life.look().await;
    }
}

fn password(n: usize) -> String {
    format!("{} brass kettles hum", ["seven", "eleven", "ninety", "forty"][n % 4])
}

impl Life {
    async fn take(&mut self, step: Step) {
        match step {
            Step::LogIn => {
                let body = json!({"email": EMAIL, "password": password(self.password)});
                let answer = self.app.post("/v1/login", &body).send().await;
                self.first_step_answered(&answer, None);
            }
            Step::Confirm { session } => self.step_up(session).await,
            Step::Code { waiting, steps } => self.code(waiting, steps).await,
            Step::WrongCode { waiting } => self.wrong_code(waiting).await,
            Step::Recover { waiting, code } => self.recover(waiting, code).await,
            Step::Enrol { session } => self.enrol(session).await,
            Step::Remove { session } => self.remove(session).await,
            Step::NewCodes { session } => self.new_codes(session).await,
            Step::ChangePassword { session } => self.change_password(session).await,
            Step::LogOut { session } => {
                let at = session % self.sessions.len();
                let body = json!({"refresh_token": self.sessions[at].refresh});
                assert_eq!(self.app.post("/v1/logout", &body).send().await.status, 204);
                self.sessions[at].alive = false;
            }
            Step::Reset => self.reset().await,
            Step::Pass { seconds } => self.app.clock.advance(Duration::from_secs(seconds)),
        }
    }

    fn now(&self) -> i64 {
        self.app.clock.now_ms()
    }

    fn opened(&mut self, answer: &Answer, strong: bool) {
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        let access = answer.member("access_token");
        let said = claims(&access);
        assert_eq!(
            said["amr"].as_array().expect("a list").iter().any(|word| word == "mfa"),
            strong,
            "{said}"
        );
        assert_eq!(said["acr"], if strong { "2" } else { "1" });
        let refresh = answer.member("refresh_token");
        let shown_at = said["auth_time"].as_i64().expect("a time") * 1000;
        self.sessions.push(Open { access, refresh, strong, shown_at, alive: true });
    }

    fn first_step_answered(&mut self, answer: &Answer, continues: Option<usize>) {
        if self.phone.is_none() {
            self.end_continued(continues);
            return self.opened(answer, false);
        }
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (401, "login.mfa_required"),
            "{}",
            answer.text()
        );
        let (token, made_at) = (answer.member("mfa_token"), self.now());
        self.waiting.push(Waiting { token, made_at, tries: 0, good: true, continues });
    }

    fn end_continued(&mut self, continues: Option<usize>) {
        continues.into_iter().for_each(|at| self.sessions[at].alive = false);
    }

    async fn step_up(&mut self, session: usize) {
        let at = session % self.sessions.len();
        let body = json!({"password": password(self.password)});
        let answer = self.app.post("/v1/stepup", &body).bearer(&self.sessions[at].access).send().await;
        if self.sessions[at].alive {
            self.first_step_answered(&answer, Some(at));
        } else {
            assert_eq!(answer.reason(), "revoked.session");
        }
    }

    /// Answers a login half way, and says whether it could be answered at all.
    async fn answer(&mut self, waiting: usize, member: &str, code: &str, right: bool) -> Option<bool> {
        let at = waiting % self.waiting.len().max(1);
        let one = self.waiting.get(at)?;
        let body = json!({"mfa_token": one.token, member: code});
        let answer = self.app.post("/v1/login/mfa", &body).send().await;
        let open = one.good && one.tries < 5 && self.now() - one.made_at < 600_000;
        if !open {
            assert_eq!(answer.reason(), "link.expired", "{}", answer.text());
            return None;
        }
        if !right {
            assert_eq!(answer.reason(), "mfa.code_wrong", "{}", answer.text());
            self.waiting[at].tries += 1;
            return Some(false);
        }
        self.waiting[at].good = false;
        let continues = self.waiting[at].continues;
        if continues.is_some_and(|session| !self.sessions[session].alive) {
            assert_eq!(answer.reason(), "revoked.session", "{}", answer.text());
            return Some(true);
        }
        self.end_continued(continues);
        self.opened(&answer, true);
        Some(true)
    }

    async fn code(&mut self, waiting: usize, steps: i64) {
        let Some(phone) = self.phone.clone() else { return };
        let step = self.now().div_euclid(30_000) + steps;
        let right = (-1..=1).contains(&steps) && step > self.last_step;
        if self.answer(waiting, "code", &phone.shows(&self.app, steps), right).await == Some(true) {
            self.last_step = step;
        }
    }

    async fn wrong_code(&mut self, waiting: usize) {
        let Some(phone) = self.phone.clone() else { return };
        self.answer(waiting, "code", &phone.wrong_code(&self.app), false).await;
    }

    async fn recover(&mut self, waiting: usize, code: usize) {
        let Some(code) = self.codes.get(code).cloned() else { return };
        let right = !self.used.contains(&code);
        if self.answer(waiting, "recovery_code", &code, right).await == Some(true) {
            self.used.insert(code);
        }
    }

    /// What a session may do with factors, or the reason why not.
    fn refusal(&self, at: usize) -> Option<&'static str> {
        let session = &self.sessions[at];
        if !session.alive {
            return Some("revoked.session");
        }
        let recent = self.now() - session.shown_at < 300_000;
        (!recent || (self.phone.is_some() && !session.strong)).then_some("stepup.required")
    }

    async fn enrol(&mut self, session: usize) {
        let at = session % self.sessions.len();
        let bearer = self.sessions[at].access.clone();
        let begun = self.app.post("/v1/mfa/totp", &json!({})).bearer(&bearer).send().await;
        let refusal = self.refusal(at).or(self.phone.is_some().then_some("mfa.already"));
        if let Some(reason) = refusal {
            return assert_eq!(begun.reason(), reason, "{}", begun.text());
        }
        let phone = Phone::scan(&begun.member("secret"));
        let body = json!({"code": phone.code(&self.app)});
        let confirmed = self.app.post("/v1/mfa/totp/confirm", &body).bearer(&bearer).send().await;
        self.codes = serde_json::from_value(confirmed.json()["recovery_codes"].clone()).expect("codes");
        assert_eq!(self.codes.len(), 10);
        self.last_step = self.now().div_euclid(30_000);
        self.phone = Some(phone);
    }

    async fn remove(&mut self, session: usize) {
        let at = session % self.sessions.len();
        let call = self.app.call(http::Method::DELETE, "/v1/mfa/totp").bearer(&self.sessions[at].access);
        let answer = call.send().await;
        let refusal = self.refusal(at).or(self.phone.is_none().then_some("mfa.not_enrolled"));
        if let Some(reason) = refusal {
            return assert_eq!(answer.reason(), reason, "{}", answer.text());
        }
        assert_eq!(answer.status, 204, "{}", answer.text());
        self.no_factor();
        self.all_end_but(Some(at));
    }

    async fn new_codes(&mut self, session: usize) {
        let at = session % self.sessions.len();
        let call = self.app.post("/v1/mfa/recovery-codes", &json!({})).bearer(&self.sessions[at].access);
        let answer = call.send().await;
        let refusal = self.refusal(at).or(self.phone.is_none().then_some("mfa.not_enrolled"));
        if let Some(reason) = refusal {
            return assert_eq!(answer.reason(), reason, "{}", answer.text());
        }
        // The old ones still count as used: none of them may work again.
        let new: Vec<String> =
            serde_json::from_value(answer.json()["recovery_codes"].clone()).expect("codes");
        self.used.extend(std::mem::replace(&mut self.codes, new));
        let old: Vec<String> = self.used.iter().take(1).cloned().collect();
        for code in old {
            self.answer(0, "recovery_code", &code, false).await;
        }
    }

    async fn change_password(&mut self, session: usize) {
        let at = session % self.sessions.len();
        let body = json!({"current": password(self.password), "new": password(self.password + 1)});
        let answer = self.app.post("/v1/password", &body).bearer(&self.sessions[at].access).send().await;
        if !self.sessions[at].alive {
            return assert_eq!(answer.reason(), "revoked.session", "{}", answer.text());
        }
        let strong = self.sessions[at].strong;
        self.password += 1;
        self.all_end_but(None);
        self.opened(&answer, strong);
    }

    async fn reset(&mut self) {
        use jotgate_server::flow::operator::{By, find_user, reset_factors};
        let id = find_user(&self.app.app, EMAIL).await.expect("the account").user.id;
        reset_factors(&self.app.app, id, By::default()).await.expect("factors can be reset");
        self.no_factor();
        self.all_end_but(None);
        let body = json!({"email": EMAIL, "password": password(self.password)});
        let answer = self.app.post("/v1/login", &body).send().await;
        self.opened(&answer, false);
    }

    fn no_factor(&mut self) {
        self.phone = None;
        self.used.extend(std::mem::take(&mut self.codes));
    }

    /// Sessions end, and every login half way with them.
    fn all_end_but(&mut self, keep: Option<usize>) {
        for (at, session) in self.sessions.iter_mut().enumerate() {
            session.alive &= keep == Some(at);
        }
        self.waiting.iter_mut().for_each(|waiting| waiting.good = false);
    }

    /// Every session is alive or over as it should be.
    async fn look(&self) {
        for session in self.sessions.iter().rev().take(3) {
            let me = self.app.get("/v1/me").bearer(&session.access).send().await;
            assert_eq!(me.status == 200, session.alive, "{}", me.text());
        }
    }
}
