//! The Postman collection (v2.1): the tutorial's path, runnable as it is in Postman and in newman.
//!
//! Sign up, log in with the refresh token as a cookie, see the cookie, call with the access token as Bearer, refresh
//! by the cookie alone, log out, and see that the session is over. Each run makes its own user, so that it can be run
//! again and again.

use serde_json::{Value, json};

pub(super) fn collection(base: &str) -> Value {
    json!({
        "info": {
            "name": "Jotgate",
            "description": "Sign up, log in, call, refresh, log out. Start `jotgate serve` and run the whole folder.",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": [
            { "key": "baseUrl", "value": base },
            { "key": "email", "value": "" },
            { "key": "password", "value": "" },
            { "key": "accessToken", "value": "" },
        ],
        "item": STEPS.iter().map(item).collect::<Vec<_>>(),
    })
}

struct Step {
    name: &'static str,
    about: &'static str,
    method: &'static str,
    path: &'static str,
    bearer: bool,
    body: Option<&'static str>,
    before: &'static [&'static str],
    tests: &'static [&'static str],
}

fn item(step: &Step) -> Value {
    let script = |listen: &str, lines: &[&str]| json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } });
    let mut events = Vec::new();
    if !step.before.is_empty() {
        events.push(script("prerequest", step.before));
    }
    events.push(script("test", step.tests));
    json!({ "name": step.name, "event": events, "request": request(step), "response": [] })
}

fn request(step: &Step) -> Value {
    let segments: Vec<_> = step.path.trim_start_matches('/').split('/').collect();
    let mut headers = vec![json!({ "key": "Accept", "value": "application/json" })];
    if step.method != "GET" {
        // Requests that use a cookie and change something must say where they come from, as browsers do.
        headers.push(json!({ "key": "Origin", "value": "{{baseUrl}}" }));
    }
    let mut request = json!({
        "method": step.method,
        "description": step.about,
        "url": { "raw": format!("{{{{baseUrl}}}}{}", step.path), "host": ["{{baseUrl}}"], "path": segments },
    });
    if step.bearer {
        request["auth"] = json!({ "type": "bearer", "bearer": [{ "key": "token", "value": "{{accessToken}}", "type": "string" }] });
    } else {
        request["auth"] = json!({ "type": "noauth" });
    }
    if let Some(body) = step.body {
        headers.push(json!({ "key": "Content-Type", "value": "application/json" }));
        request["body"] = json!({ "mode": "raw", "raw": body, "options": { "raw": { "language": "json" } } });
    }
    request["header"] = Value::Array(headers);
    request
}

/// What a step says when nothing special is said.
const STEP: Step = Step {
    name: "",
    about: "",
    method: "POST",
    path: "",
    bearer: false,
    body: None,
    before: &[],
    tests: &[],
};

const STEPS: &[Step] = &[
    Step {
        name: "1 Sign up",
        about: "A new user with a fresh address. The answer is a session, with both tokens in the body.",
        path: "/v1/signup",
        body: Some(r#"{ "email": "{{email}}", "password": "{{password}}", "name": "Newcomer" }"#),
        before: &[
            "const fresh = pm.variables.replaceIn('{{$randomUUID}}');",
            "pm.collectionVariables.set('email', `newcomer-${fresh}@example.com`);",
            "pm.collectionVariables.set('password', pm.variables.replaceIn('{{$randomUUID}}'));",
        ],
        tests: &[
            "pm.test('201 Created', () => pm.response.to.have.status(201));",
            "const session = pm.response.json();",
            "pm.test('both tokens are in the body', () => {",
            "  pm.expect(session.access_token.split('.')).to.have.lengthOf(3);",
            "  pm.expect(session.refresh_token).to.match(/^jgr_/);",
            "});",
            "pm.test('the user is the one who signed up', () => {",
            "  pm.expect(session.user.email).to.eql(pm.collectionVariables.get('email'));",
            "});",
            "pm.test('answers with tokens are not cached', () => {",
            "  pm.expect(pm.response.headers.get('Cache-Control')).to.include('no-store');",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "2 The profile without a token",
        about: "Refused: 401 with the reason.",
        method: "GET",
        path: "/v1/me",
        tests: &[
            "pm.test('401 Unauthorized', () => pm.response.to.have.status(401));",
            "pm.test('the reason is token.missing', () => {",
            "  pm.expect(pm.response.json().reason).to.eql('token.missing');",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "3 Log in with a wrong password",
        about: "Refused; unknown users and wrong passwords are answered alike.",
        path: "/v1/login",
        body: Some(r#"{ "email": "{{email}}", "password": "not {{password}}" }"#),
        tests: &[
            "pm.test('401 Unauthorized', () => pm.response.to.have.status(401));",
            "pm.test('the reason is login.failed', () => {",
            "  pm.expect(pm.response.json().reason).to.eql('login.failed');",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "4 Log in, refresh token as a cookie",
        about: "Look at the Cookies tab: the refresh token is there and not in the body.",
        path: "/v1/login",
        body: Some(r#"{ "email": "{{email}}", "password": "{{password}}", "delivery": "cookie" }"#),
        tests: &[
            "pm.test('200 OK', () => pm.response.to.have.status(200));",
            "const session = pm.response.json();",
            "pm.collectionVariables.set('accessToken', session.access_token);",
            "pm.test('the body has no refresh token', () => pm.expect(session).not.to.have.property('refresh_token'));",
            "pm.test('the cookie is visible', () => {",
            "  const names = Object.keys(pm.cookies.toObject());",
            "  pm.expect(names.some((name) => name.includes('jotgate_refresh')), names.join(' ')).to.be.true;",
            "});",
            "pm.test('scripts of a page cannot read it', () => {",
            "  const set = pm.response.headers.filter((header) => header.key.toLowerCase() === 'set-cookie');",
            "  const refresh = set.filter((header) => header.value.includes('jotgate_refresh'));",
            "  pm.expect(refresh).not.to.be.empty;",
            "  refresh.forEach((header) => pm.expect(header.value).to.match(/; ?HttpOnly/i));",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "5 The profile with the access token",
        about: "Authorization: Bearer, as in the Authorization tab.",
        method: "GET",
        path: "/v1/me",
        bearer: true,
        tests: &[
            "pm.test('200 OK', () => pm.response.to.have.status(200));",
            "pm.test('it is my profile', () => {",
            "  pm.expect(pm.response.json().email).to.eql(pm.collectionVariables.get('email'));",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "6 Refresh by the cookie",
        about: "No body: the cookie says it all. The answer has a new access token and sets the next cookie.",
        path: "/v1/refresh",
        tests: &[
            "pm.test('200 OK', () => pm.response.to.have.status(200));",
            "const session = pm.response.json();",
            "pm.test('the access token is a new one', () => {",
            "  pm.expect(session.access_token).not.to.eql(pm.collectionVariables.get('accessToken'));",
            "});",
            "pm.collectionVariables.set('accessToken', session.access_token);",
            "pm.test('the generation went up', () => pm.expect(session.refresh_generation).to.be.above(0));",
        ],
        ..STEP
    },
    Step {
        name: "7 The profile with the new access token",
        about: "Works as before.",
        method: "GET",
        path: "/v1/me",
        bearer: true,
        tests: &["pm.test('200 OK', () => pm.response.to.have.status(200));"],
        ..STEP
    },
    Step {
        name: "8 Change the profile",
        about: "`data` is the user's own JSON object.",
        method: "PATCH",
        path: "/v1/me",
        bearer: true,
        body: Some(r#"{ "name": "Ada", "data": { "cartID": "7" } }"#),
        tests: &[
            "pm.test('200 OK', () => pm.response.to.have.status(200));",
            "pm.test('name and data are kept', () => {",
            "  const user = pm.response.json();",
            "  pm.expect(user.name).to.eql('Ada');",
            "  pm.expect(user.data).to.eql({ cartID: '7' });",
            "});",
        ],
        ..STEP
    },
    Step {
        name: "9 Log out",
        about: "Ends the session of the cookie and clears it.",
        path: "/v1/logout",
        tests: &["pm.test('204 No Content', () => pm.response.to.have.status(204));"],
        ..STEP
    },
    Step {
        name: "10 The profile after logging out",
        about: "The access token has not expired, and yet the server refuses it: its session is over.",
        method: "GET",
        path: "/v1/me",
        bearer: true,
        tests: &[
            "pm.test('401 Unauthorized', () => pm.response.to.have.status(401));",
            "pm.test('the reason is revoked.session', () => {",
            "  pm.expect(pm.response.json().reason).to.eql('revoked.session');",
            "});",
        ],
        ..STEP
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::openapi::endpoint;

    #[test]
    fn every_step_calls_an_endpoint_of_the_table_and_tests_something() {
        for step in STEPS {
            let known = |endpoint: &endpoint::Endpoint| {
                endpoint.path == step.path && endpoint.method.eq_ignore_ascii_case(step.method)
            };
            assert!(endpoint::all().any(known), "{}", step.name);
            assert!(step.tests.iter().any(|line| line.starts_with("pm.test(")), "{}", step.name);
        }
    }

    #[test]
    fn every_variable_that_is_used_is_declared() {
        let text = collection("http://localhost:8080").to_string();
        let declared = collection("http://localhost:8080")["variable"].as_array().unwrap().clone();
        let names: Vec<_> = declared.iter().map(|variable| variable["key"].as_str().unwrap()).collect();
        let used = text.split("{{").skip(1).map(|rest| rest.split("}}").next().unwrap());
        for name in used.filter(|name| !name.starts_with('$')) {
            assert!(names.contains(&name), "{name}");
        }
    }
}
