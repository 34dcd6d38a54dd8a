//! The story itself: sign up, log in, look, call, expire, refresh, thief, log out.

use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ, Unverified};
use jotgate_jose::{JwkSet, KeySet};
use jotgate_server::app::RefusalLog;
use serde_json::{Value, json};

use super::client::{Answer, Call};
use super::server::Server;
use super::teller::Teller;
use crate::failure::Failure;
use crate::words::span;

pub(super) async fn tell(server: &Server, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.step("A login server starts");
    teller.explain(&format!("{} with its data in {}", server.issuer(), server.folder().display()));
    sign_up(server, teller).await?;
    let session = log_in(server, teller).await?;
    look_inside(server, teller, session.text("access_token")).await?;
    call(server, teller, session.text("access_token")).await?;
    let stolen = session.text("refresh_token").to_owned();
    let session = expire_and_refresh(server, teller, &session).await?;
    thief(server, teller, &stolen, session.text("refresh_token")).await?;
    log_out(server, teller).await
}

async fn sign_up(server: &Server, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.step("Sign up");
    let call = Call::post("/v1/signup", json!({ "email": EMAIL, "password": PASSWORD, "name": "Ada" }));
    exchange(server, teller, call, (201, "")).await?;
    teller.explain("The password is kept as an Argon2id hash. The answer is a session already.");
    Ok(())
}

async fn log_in(server: &Server, teller: &mut Teller<'_>) -> Result<Answer, Failure> {
    teller.step("Log in");
    let wrong = Call::post("/v1/login", json!({ "email": EMAIL, "password": "let me in please" }));
    exchange(server, teller, wrong, (401, "login.failed")).await?;
    teller.explain("A wrong password and an unknown address are answered alike.");
    let session = right_login(server, teller).await?;
    teller.explain("Two tokens: a short-lived one to show to APIs, and one to get the next pair with.");
    Ok(session)
}

async fn look_inside(server: &Server, teller: &mut Teller<'_>, token: &str) -> Result<(), Failure> {
    teller.step("Look inside the access token");
    let peek = Unverified::parse(token)?;
    let json = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
    teller.show(&json(peek.header_json()));
    teller.show(&json(peek.payload_json()));
    teller.explain("Anyone can read this: it is signed, not encrypted. Nothing personal is in it.");
    let keys = exchange(server, teller, Call::get("/.well-known/jwks.json"), (200, "")).await?;
    let keys = KeySet::from(&JwkSet::parse(keys.body.to_string())?);
    let policy = Policy::new(
        Issuer::exact(server.issuer()),
        Audience::any_of([server.issuer()]),
        Typ::exact("at+jwt"),
    );
    jwt::verify::<Value>(token, &keys, &policy, server.now())?;
    teller.explain("Checked here with the public key alone: any API can do that, without asking the server.");
    Ok(())
}

async fn call(server: &Server, teller: &mut Teller<'_>, token: &str) -> Result<(), Failure> {
    teller.step("Call a protected route");
    exchange(server, teller, Call::get("/v1/me"), (401, "token.missing")).await?;
    exchange(server, teller, Call::get("/v1/me").with_token(token), (200, "")).await?;
    teller.explain("With one character of the token changed:");
    let forged = changed(token);
    exchange(server, teller, Call::get("/v1/me").with_token(&forged), (401, "signature.invalid")).await?;
    teller.explain("The signature covers every character of it.");
    Ok(())
}

async fn expire_and_refresh(
    server: &Server,
    teller: &mut Teller<'_>,
    session: &Answer,
) -> Result<Answer, Failure> {
    teller.step("The access token expires");
    let lifetime = server.app.config.tokens.access_lifetime.as_secs() + 60;
    server.wait(lifetime);
    teller.time_passes(&span(lifetime));
    let token = session.text("access_token");
    exchange(server, teller, Call::get("/v1/me").with_token(token), (401, "exp.expired")).await?;

    teller.step("Refresh");
    let refresh_token = session.text("refresh_token");
    let next = exchange(server, teller, refresh(refresh_token), (200, "")).await?;
    exchange(server, teller, Call::get("/v1/me").with_token(next.text("access_token")), (200, "")).await?;
    teller.explain(
        "A new pair; the user noticed nothing. Had the answer got lost, asking again would be harmless:",
    );
    let again = exchange(server, teller, refresh(refresh_token), (200, "")).await?;
    if again.text("refresh_token") != next.text("refresh_token") {
        return Err(Failure::no("asking again made another refresh token"));
    }
    teller.explain("The same refresh token came back: one successor, however often it is asked for.");
    Ok(again)
}

async fn thief(server: &Server, teller: &mut Teller<'_>, stolen: &str, current: &str) -> Result<(), Failure> {
    teller.step("A thief replays the old refresh token");
    let later = server.app.config.sessions.retry_window.as_secs() * 2 + 60;
    server.wait(later);
    teller.time_passes(&span(later));
    exchange(server, teller, refresh(stolen), (401, "refresh.reused")).await?;
    teller.explain("That token was used up. Who has it now is not who it was given to: the session is over,");
    teller.explain("for the thief and for the honest user, who logs in again:");
    exchange(server, teller, refresh(current), (401, "refresh.revoked")).await?;
    Ok(())
}

async fn log_out(server: &Server, teller: &mut Teller<'_>) -> Result<(), Failure> {
    teller.step("Log in again, and log out");
    let session = right_login(server, teller).await?;
    let body = json!({ "refresh_token": session.text("refresh_token") });
    exchange(server, teller, Call::post("/v1/logout", body), (204, "")).await?;

    teller.step("Revoked");
    let token = session.text("access_token");
    let refused =
        exchange(server, teller, Call::get("/v1/me").with_token(token), (401, "revoked.session")).await?;
    teller.explain("The access token has not expired, and its session is over: the server knows.");
    exchange(server, teller, refresh(session.text("refresh_token")), (401, "refresh.revoked")).await?;

    teller.step("Ask why");
    server.app.refusals.flush();
    let id = refused.text("request_id");
    let found = RefusalLog::find(server.folder(), id).ok().flatten();
    let refusal = found.ok_or_else(|| Failure::no("the server did not record why it refused"))?;
    teller.explain(&format!("$ jotgate why {id}"));
    teller.show(&json!(refusal));
    teller.explain("Every refusal has a request id, and the last ten thousand can be explained.");
    Ok(())
}

async fn right_login(server: &Server, teller: &mut Teller<'_>) -> Result<Answer, Failure> {
    exchange(
        server,
        teller,
        Call::post("/v1/login", json!({ "email": EMAIL, "password": PASSWORD })),
        (200, ""),
    )
    .await
}

fn refresh(token: &str) -> Call<'static> {
    Call::post("/v1/refresh", json!({ "refresh_token": token }))
}

async fn exchange(
    server: &Server,
    teller: &mut Teller<'_>,
    call: Call<'_>,
    wanted: (u16, &str),
) -> Result<Answer, Failure> {
    let answer = call.send(server).await?;
    teller.exchange(&call, &answer, wanted)?;
    Ok(answer)
}

/// The token with one character of its signature changed, in the middle, where every bit counts.
fn changed(token: &str) -> String {
    let at = token.len() - 40;
    let (head, tail) = token.split_at(at);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    format!("{head}{other}{}", &tail[1..])
}

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "seven brass kettles hum";
