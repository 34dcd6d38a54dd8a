//! A throw-away user of the Jotgate whose database this is: it logs in, logs out, is disabled, and is deleted at the end.
//!
//! Everything happens through the flows that also serve HTTP, as an operator at the machine may call them. The private
//! key that signs wrong tokens never leaves this process, and no state of any other user is touched; which is why the
//! revocation of a signing key is not tried here: it would log everybody out.

use jotgate_server::app::App;
use jotgate_server::error::Error;
use jotgate_server::flow::log_in::{LogIn, LoggedIn, Login, log_in};
use jotgate_server::flow::log_out::{LogOut, log_out};
use jotgate_server::flow::operator::{self, AddUser, By};
use jotgate_server::flow::refresh::Presented;
use jotgate_server::flow::{Client, Delivery, Session};
use jotgate_server::text::Language;
use jotgate_testkit::catalogue::Change;
use jotgate_testkit::{Forge, Sent};
use jotgate_token::reason::REQUEST_NOT_FOUND;
use jotgate_token::{OsRandom, SystemClock, random};
use secrecy::SecretString;
use std::net::{IpAddr, Ipv4Addr};
use uuid::Uuid;

use crate::args::probe::Tokens;
use crate::command::beside::refused;
use crate::failure::Failure;

pub(super) struct World<'a> {
    app: &'a App,
    user: Uuid,
    email: String,
    password: SecretString,
    audience: Option<Vec<String>>,
    roles: Vec<String>,
    header: Vec<(&'static str, String)>,
    /// The session that a token was made of last.
    session: Option<Session>,
}

impl<'a> World<'a> {
    pub(super) async fn enter(app: &'a App, args: &Tokens) -> Result<Self, Failure> {
        let email = format!("{}@jotgate-probe.invalid", hex());
        let password = new_password();
        let mut roles = args.roles.clone();
        roles.push(ROLE.to_owned());
        let user = AddUser {
            email: email.clone(),
            username: None,
            name: Some("jotgate probe".to_owned()),
            roles: roles.clone(),
            password: password.clone(),
        };
        let added = operator::add_user(app, user).await.map_err(|error| refused(&error))?;
        let header = [("typ", &args.typ), ("kid", &args.kid)];
        let header = header.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect();
        let audience = args.aud.clone().map(|aud| vec![aud]);
        let (user, session) = (added.user.id, None);
        Ok(Self { app, user, email, password, audience, roles, header, session })
    }

    /// What makes tokens like those of this user, with the key that signs them.
    pub(super) async fn forge(&mut self) -> Result<Forge, Failure> {
        let session = self.log_in().await?;
        let sample = session.access_token.expose();
        let keys = self.app.keyring.signing();
        let is_shared = sample_algorithm(sample).is_some_and(|alg| alg == "HS256");
        let signer = keys.shared.as_ref().filter(|_| is_shared).unwrap_or(&keys.own);
        let forge = Forge::with_key(signer.key().clone(), SystemClock).like(sample);
        let forge =
            forge.map_err(|error| Failure::environment(format!("the token of this server is {error}")))?;
        Ok(self.header.iter().fold(forge, |forge, (name, text)| forge.header(name, text.as_str().into())))
    }

    /// A good token of a session of its own.
    pub(super) async fn token(&mut self) -> Result<Sent, Failure> {
        let session = self.log_in().await?;
        let sent = Sent::bearer(session.access_token.expose());
        self.session = Some(session);
        Ok(sent)
    }

    /// Why this change is not made here, if it is not.
    pub(super) const fn avoids(change: Change) -> Option<&'static str> {
        match change {
            Change::KeyRevoked => Some("it would log everybody out; the test kit does it"),
            Change::TokenRevoked => {
                Some("Jotgate takes back sessions, not single tokens; the test kit does it")
            }
            _ => None,
        }
    }

    /// Makes the change, to the token given last.
    pub(super) async fn bring_about(&mut self, change: Change) -> Result<(), Failure> {
        let (app, user) = (self.app, self.user);
        let done = match change {
            Change::LogOut => match self.session.take() {
                Some(session) => {
                    let token = SecretString::from(session.refresh_token.expose().to_owned());
                    log_out(app, LogOut { presented: Presented::Body(token), client: client() }).await
                }
                None => Ok(()),
            },
            Change::PasswordChange => {
                self.password = new_password();
                operator::set_password(app, user, self.password.clone()).await
            }
            Change::RoleRemoved => {
                self.roles.retain(|role| role != ROLE);
                operator::set_roles(app, user, &self.roles, By::default()).await.map(drop)
            }
            Change::Disable => operator::set_disabled(app, user, true, By::default()).await.map(drop),
            Change::Delete => operator::delete_user(app, user).await,
            _ => Ok(()),
        };
        done.map_err(|error| refused(&error))
    }

    /// Makes the user whole again for the next entry.
    pub(super) async fn recover(&mut self, change: Change) -> Result<(), Failure> {
        let done = match change {
            Change::Disable => {
                operator::set_disabled(self.app, self.user, false, By::default()).await.map(drop)
            }
            _ => Ok(()),
        };
        done.map_err(|error| refused(&error))
    }

    /// Removes the user and every session. That it is gone already is what was wanted.
    pub(super) async fn leave(self) -> Result<(), Failure> {
        match operator::delete_user(self.app, self.user).await {
            Ok(()) => Ok(()),
            Err(Error::Refused(refused)) if refused.reason.code == REQUEST_NOT_FOUND.code => Ok(()),
            Err(error) => {
                let mend = format!("remove the user of the probe: jotgate user delete {} --yes", self.user);
                Err(refused(&error).mend(mend))
            }
        }
    }

    async fn log_in(&self) -> Result<Session, Failure> {
        let input = LogIn {
            login: Login::Email(self.email.clone()),
            password: self.password.clone(),
            delivery: Delivery::Body,
            audience: self.audience.clone(),
            replaces: Vec::new(),
            client: client(),
        };
        match log_in(self.app, input).await.map_err(|error| refused(&error))? {
            LoggedIn::In(session) => Ok(*session),
            LoggedIn::NeedsFactor(_) => {
                Err(Failure::environment("the user of the probe was given a second factor"))
            }
        }
    }
}

fn client() -> Client {
    Client {
        device: None,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        user_agent: Some(concat!("jotgate-probe/", env!("CARGO_PKG_VERSION")).to_owned()),
        language: Language::default(),
        request_id: format!("probe-{}", hex()),
    }
}

fn sample_algorithm(token: &str) -> Option<String> {
    let peek = jotgate_jose::jws::Unverified::parse(token).ok()?;
    peek.signatures().first()?.alg().map(str::to_owned)
}

fn new_password() -> SecretString {
    SecretString::from(hex() + &hex())
}

fn hex() -> String {
    format!("{:016x}", u64::from_be_bytes(random::array(&OsRandom)))
}

/// A role of no meaning, to be taken away.
const ROLE: &str = "jotgate-probe";
