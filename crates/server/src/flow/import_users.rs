//! Taking in the users of another system, batch by batch: each user that can be had is had, and whatever cannot be taken
//! over is said, with the mend.
//!
//! Run again it skips who is there already, so an import that broke off is finished by the same command. Not for: the
//! formats of other systems, which the command line reads.

mod problem;
mod write;

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
};

use serde_json::{Map, Value};
use uuid::Uuid;

pub use problem::{Lost, Problem};

use super::account::MAX_DATA;
use crate::{
    app::{
        App,
        hasher::{Accepted, Unusable},
    },
    error::Result,
    rule::identity::{self, Email, Username},
    store::{UserId, users::UserRow},
    text::Language,
};

/// A user as the other system tells of it.
#[derive(Debug, Default)]
pub struct Incoming {
    /// Where in the file.
    pub line: u64,
    /// Its id over there. One that is a UUID stays the user's id here, because applications keep it in their tables.
    pub id: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// Whether the address was shown to be the user's.
    pub email_verified: bool,
    /// A name to log in with.
    pub username: Option<String>,
    /// A name to be called by.
    pub name: Option<String>,
    /// The language for mails, as a code; one that is not spoken here follows the browser.
    pub language: Option<String>,
    /// What the user may do.
    pub roles: Vec<String>,
    /// What the application keeps and the user may change.
    pub data: Map<String, Value>,
    /// The password.
    pub password: Brought,
    /// When the account was made, in Unix milliseconds.
    pub created_at: Option<i64>,
    /// Whether the user may not log in.
    pub disabled: bool,
    /// What the account has over there and cannot have here.
    pub lost: Vec<Lost>,
}

/// What there is of a password.
#[derive(Debug, Default)]
pub enum Brought {
    /// Nothing: they came by another provider, or the file leaves it out.
    #[default]
    Nothing,
    /// A hash that is checked here.
    Hash(Accepted),
    /// One that is not.
    Unusable(Unusable),
}

/// How to import.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Where the users come from, for the audit.
    pub from: &'static str,
    /// Write nothing and answer the same.
    pub dry_run: bool,
    /// Leave out users whose address was never verified.
    pub verified_only: bool,
    /// Give the role `admin` to who had a role of that name over there. It means something else here: who has it
    /// administers this server.
    pub keep_admin: bool,
}

/// What became of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Where in the file.
    pub line: u64,
    /// Its id over there.
    pub foreign_id: Option<String>,
    /// The address, or what else names the user.
    pub who: String,
    /// What was done.
    pub fate: Fate,
    /// What could not be taken over.
    pub problems: Vec<Problem>,
}

/// What was done with a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is here now, under this id; in a dry run it would be.
    Imported(Uuid),
    /// An account with the address was here before.
    There(Uuid),
    /// Not imported: the problems say why.
    Left,
}

/// An import under way.
#[derive(Debug)]
pub struct Import {
    rules: Rules,
    /// The addresses and usernames of the file so far, 64 bits of each: enough to tell twice in the file from there before.
    seen: HashSet<u64>,
    keyed: RandomState,
}

impl Import {
    /// Begins.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules, seen: HashSet::new(), keyed: RandomState::new() }
    }

    /// Takes in a batch, in one transaction. The outcomes are in the order of the users.
    ///
    /// # Errors
    /// When the database does; then nothing of this batch is in.
    pub async fn take(&mut self, app: &App, batch: Vec<Incoming>) -> Result<Vec<Outcome>> {
        let now = app.clock.now_ms();
        let prepared: Vec<_> = batch.into_iter().map(|user| self.prepare(app, user, now)).collect();
        write::write(app, self.rules, prepared, now).await
    }

    fn prepare(&mut self, app: &App, user: Incoming, now: i64) -> Prepared {
        let mut problems: Vec<Problem> = user.lost.into_iter().map(Problem::Lost).collect();
        let mut outcome = Outcome {
            line: user.line,
            who: [&user.email, &user.username, &user.id]
                .into_iter()
                .flatten()
                .find(|name| !name.trim().is_empty())
                .cloned()
                .unwrap_or_default(),
            foreign_id: user.id.clone(),
            fate: Fate::Left,
            problems: Vec::new(),
        };
        let left = |mut outcome: Outcome, problem| {
            outcome.problems = vec![problem];
            Prepared { outcome, user: None }
        };
        if let Some(why) = problems.iter().find(|problem| problem.keeps_out()).cloned() {
            return left(outcome, why);
        }
        let email = match user.email.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => return left(outcome, Problem::NoEmail),
            Some(text) => match Email::parse(text) {
                Ok(email) => email,
                Err(what) => return left(outcome, Problem::EmailInvalid(what)),
            },
        };
        if self.rules.verified_only && !user.email_verified {
            return left(outcome, Problem::NotVerified);
        }
        if !self.seen.insert(self.keyed.hash_one(("email", &email.key))) {
            return left(outcome, Problem::Twice);
        }
        let username = self.username(user.username.as_deref(), &mut problems);
        let name = user.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).and_then(|name| {
            identity::name(name).map_err(|what| problems.push(Problem::NameInvalid(what))).ok()
        });
        let roles = self.roles(&user.roles, &mut problems);
        let data = kept_data(user.data, &mut problems);
        let password = kept_password(user.password, &mut problems);
        let kept =
            outcome.foreign_id.as_deref().and_then(|id| Uuid::try_parse(id).ok()).filter(|id| !id.is_nil());
        // A time that has not come yet would hold for an account made by nobody.
        let created_at = user.created_at.filter(|at| (0..now).contains(at)).unwrap_or(now);
        let row = UserRow {
            id: UserId(kept.unwrap_or_else(|| app.new_id())),
            email: email.shown,
            email_key: email.key,
            username_key: username.as_ref().map(|u| u.key.clone()),
            username: username.map(|u| u.shown),
            name,
            password_hash: password.as_ref().map(|accepted| accepted.stored.to_string()),
            email_verified: user.email_verified,
            language: user.language.as_deref().and_then(Language::parse).map(|one| one.code().to_owned()),
            roles,
            data,
            disabled_at: user.disabled.then_some(now),
            credential_epoch: 0,
            authz_epoch: 0,
            created_at,
            updated_at: now,
        };
        outcome.problems = problems;
        Prepared {
            outcome,
            user: Some(Box::new(Ready { row, password, otherwise: kept.map(|_| app.new_id()) })),
        }
    }

    fn username(&mut self, text: Option<&str>, problems: &mut Vec<Problem>) -> Option<Username> {
        // Many systems put the address there; it is understood at login without that.
        let text = text.map(str::trim).filter(|text| !text.is_empty() && !text.contains('@'))?;
        let username =
            Username::parse(text).map_err(|what| problems.push(Problem::UsernameInvalid(what))).ok()?;
        if !self.seen.insert(self.keyed.hash_one(("username", &username.key))) {
            problems.push(Problem::UsernameTaken);
            return None;
        }
        Some(username)
    }

    fn roles(&self, given: &[String], problems: &mut Vec<Problem>) -> Vec<String> {
        let mut roles: Vec<String> = Vec::new();
        for role in given {
            match identity::role(role) {
                Ok(role) if role == super::delete_user::ADMIN && !self.rules.keep_admin => {
                    problems.push(Problem::Administrator);
                }
                Ok(role) if roles.contains(&role) => {}
                Ok(_) if roles.len() >= super::operator::MAX_ROLES => {
                    problems.push(Problem::TooManyRoles);
                    break;
                }
                Ok(role) => roles.push(role),
                Err(what) => problems.push(Problem::RoleInvalid(what)),
            }
        }
        roles
    }
}

fn kept_data(data: Map<String, Value>, problems: &mut Vec<Problem>) -> String {
    let data = Value::Object(data).to_string();
    if data.len() <= MAX_DATA {
        return data;
    }
    problems.push(Problem::DataTooLarge);
    "{}".into()
}

fn kept_password(password: Brought, problems: &mut Vec<Problem>) -> Option<Accepted> {
    let problem = match password {
        Brought::Hash(accepted) => return Some(accepted),
        Brought::Nothing => Problem::NoPassword,
        Brought::Unusable(why) => Problem::Password(why),
    };
    problems.push(problem);
    None
}

/// A user that passed the rules, or the answer why not.
#[derive(Debug)]
struct Prepared {
    outcome: Outcome,
    user: Option<Box<Ready>>,
}

#[derive(Debug)]
struct Ready {
    row: UserRow,
    password: Option<Accepted>,
    /// The id when somebody has the one it came with.
    otherwise: Option<Uuid>,
}
