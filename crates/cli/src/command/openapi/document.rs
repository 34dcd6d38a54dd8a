//! The OpenAPI 3.1 document, made from the table of endpoints.

use std::collections::BTreeMap;

use jotgate_token::reason::Reason;
use serde_json::{Map, Value, json};

use super::endpoint::{self, Answer, Caller, Endpoint, Parameter, Tag};
use super::schema;

pub(super) fn openapi(base: &str) -> Value {
    let tags: Vec<_> =
        Tag::ALL.into_iter().map(|tag| json!({ "name": tag.name(), "description": tag.about() })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Jotgate",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The login server for JSON Web Tokens",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": base }],
        "tags": tags,
        "paths": paths(),
        "components": { "schemas": schema::all(), "securitySchemes": security_schemes() },
    })
}

fn paths() -> Value {
    let mut paths = Map::new();
    for endpoint in endpoint::all() {
        paths.entry(endpoint.path).or_insert_with(|| json!({}))[endpoint.method] = operation(endpoint);
    }
    Value::Object(paths)
}

fn operation(endpoint: &Endpoint) -> Value {
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.tag.name()],
        "summary": endpoint.summary,
        "description": endpoint.about,
        "security": security(endpoint.caller),
        "responses": responses(endpoint),
    });
    if !endpoint.parameters.is_empty() {
        operation["parameters"] = endpoint.parameters.iter().map(parameter).collect();
    }
    if let Some(name) = endpoint.body {
        // A caller whose cookie says it all sends no body.
        let required = !matches!(endpoint.caller, Caller::Refresh | Caller::RefreshOrBearer);
        let kind = match endpoint.caller {
            Caller::Client => "application/x-www-form-urlencoded",
            _ => "application/json",
        };
        operation["requestBody"] =
            json!({ "required": required, "content": { kind: { "schema": schema::reference(name) } } });
    }
    operation
}

fn responses(endpoint: &Endpoint) -> Value {
    let good = match endpoint.answer {
        Answer::Empty => json!({ "description": "Done" }),
        Answer::Text => {
            json!({ "description": "Good", "content": { "text/plain": { "schema": { "type": "string" } } } })
        }
        Answer::Feed => {
            let text = json!({ "schema": { "type": "string" } });
            json!({ "description": "Good", "content": { "application/jwt": text, "text/event-stream": text } })
        }
        Answer::StatusList => {
            let text = json!({ "schema": { "type": "string" } });
            json!({ "description": "Good", "content": { "application/statuslist+jwt": text } })
        }
        Answer::Json(name) => {
            json!({ "description": "Good", "content": { "application/json": { "schema": schema::reference(name) } } })
        }
    };
    let mut responses = Map::from_iter([(endpoint.status.to_string(), good)]);
    let mut by_status: BTreeMap<u16, Vec<&Reason>> = BTreeMap::new();
    for reason in endpoint.all_refusals() {
        by_status.entry(reason.status).or_default().push(reason);
    }
    responses.extend(
        by_status
            .into_iter()
            .map(|(status, reasons)| (status.to_string(), refusal(status, &reasons, endpoint.caller))),
    );
    Value::Object(responses)
}

fn refusal(status: u16, reasons: &[&Reason], caller: Caller) -> Value {
    let lines: Vec<_> =
        reasons.iter().map(|Reason { code, title, .. }| format!("- `{code}`: {title}")).collect();
    let mut refusal = json!({
        "description": lines.join("\n"),
        "content": match caller {
            Caller::Client => json!({ "application/json": { "schema": schema::reference("OAuthError") } }),
            _ => json!({ "application/problem+json": { "schema": schema::reference("Problem") } }),
        },
    });
    let header = |about: &str| json!({ "description": about, "schema": { "type": "string" } });
    match status {
        401 => {
            refusal["headers"] = json!({ "WWW-Authenticate": header("RFC 6750; `Jotgate` at login and refresh; `Basic` where a client used it") });
        }
        429 | 503 => {
            refusal["headers"] = json!({ "Retry-After": header("Seconds to wait") });
        }
        _ => {}
    }
    refusal
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.form {
        "" => json!({ "type": "string" }),
        "integer" => json!({ "type": "integer", "minimum": 1 }),
        format => json!({ "type": "string", "format": format }),
    };
    json!({
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.about,
        "required": parameter.required,
        "schema": schema,
    })
}

fn security(caller: Caller) -> Value {
    match caller {
        Caller::Anybody => json!([]),
        Caller::Bearer => json!([{ "accessToken": [] }]),
        Caller::Refresh => json!([{}, { "refreshCookie": [] }]),
        Caller::RefreshOrBearer => json!([{}, { "refreshCookie": [] }, { "accessToken": [] }]),
        Caller::Client => json!([{ "clientSecret": [] }, {}]),
    }
}

fn security_schemes() -> Value {
    json!({
        "accessToken": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
        "clientSecret": {
            "type": "http",
            "scheme": "basic",
            "description": "`client_id` and secret, each form-encoded; or both in the form, or an assertion there"
        },
        "refreshCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-jotgate_refresh_0",
            "description": "Four slots, `_0` to `_3`; on an http loopback issuer without `__Host-` and with the port",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        fn walk(value: &Value, whole: &Value, found: &mut usize) {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(reference)) = members.get("$ref") {
                        let pointer = reference.strip_prefix('#').expect("only local references");
                        assert!(whole.pointer(pointer).is_some(), "{reference}");
                        *found += 1;
                    }
                    members.values().for_each(|value| walk(value, whole, found));
                }
                Value::Array(items) => items.iter().for_each(|value| walk(value, whole, found)),
                _ => {}
            }
        }
        let (document, mut found) = (openapi("http://localhost:8080"), 0);
        walk(&document, &document, &mut found);
        assert!(found > endpoint::all().count(), "only {found} references");
    }

    #[test]
    fn a_refusal_lists_its_reasons_by_status() {
        let document = openapi("http://localhost:8080");
        let conflict = &document["paths"]["/v1/signup"]["post"]["responses"]["409"];
        assert!(conflict["description"].as_str().unwrap().contains("`signup.taken`"));
        assert!(
            document["paths"]["/v1/login"]["post"]["responses"]["429"]["headers"]["Retry-After"].is_object()
        );
    }
}
