//! Sessions are opened and ended: logins, logouts, passwords, and what an operator does.

use jotgate_harness::PASSWORD;
use jotgate_server::flow::change_password::{ChangePassword, change_password};
use jotgate_server::flow::log_out::{log_out_caller, log_out_everywhere};
use jotgate_server::flow::operator::{self, By};
use jotgate_server::flow::sessions::end_session_of;

use super::life::{EMAIL, Life};
use super::{Step, Who};
use crate::sessions::world::{client, code, logged_in, logged_out};

impl Life {
    pub(super) async fn log_in(&mut self, server: usize) {
        let answer = logged_in(self.app(server), EMAIL, &password(self.password)).await;
        assert_eq!(code(&answer), if self.disabled { "login.failed" } else { "ok" });
        if let Ok(opened) = answer {
            self.hold(server, &opened).await;
        }
    }

    pub(super) async fn log_out(&mut self, who: Who) {
        let (place, _, token) = self.token(who);
        logged_out(self.app(who.server), &token).await.expect("whoever wants to leave may leave");
        self.end(place);
    }

    pub(super) async fn log_out_caller(&mut self, who: Who) {
        if let Some((place, caller)) = self.caller(who).await {
            log_out_caller(self.app(who.server), &caller, client()).await.expect("a caller may leave");
            self.end(place);
        }
    }

    pub(super) async fn log_out_everywhere(&mut self, who: Who) {
        let Some((place, caller)) = self.caller(who).await else { return };
        let answer = log_out_everywhere(self.app(who.server), &caller, client()).await;
        let is_recent = self.now() - self.sessions[place].opened_at < 3_600_000;
        assert_eq!(code(&answer), if is_recent { "ok" } else { "stepup.required" });
        if is_recent {
            self.credential_epoch += 1;
            self.end_all();
        }
    }

    pub(super) async fn end_other(&mut self, who: Who, other: usize) {
        let Some((_, caller)) = self.caller(who).await else { return };
        let other = other % self.sessions.len();
        let id = self.sessions[other].row.id.0;
        let answer = end_session_of(self.app(who.server), &caller, id, client()).await;
        let held = &self.sessions[other];
        let expected = if held.is_gone || held.spec.ended { "session.unknown" } else { "ok" };
        assert_eq!(code(&answer), expected);
        self.end(other);
    }

    pub(super) async fn change_password(&mut self, who: Who) {
        let Some((_, caller)) = self.caller(who).await else { return };
        let input = ChangePassword {
            current: Some(password(self.password).into()),
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

    pub(super) async fn operate(&mut self, step: &Step) {
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
}

fn password(number: usize) -> String {
    if number == 0 { PASSWORD.to_owned() } else { format!("{PASSWORD} {number}") }
}
