//! Sessions at a server, made and ended over HTTP as an application does it.

use std::{
    error::Error,
    time::{SystemTime, UNIX_EPOCH},
};

use reqwest::{Client, Url, header};
use serde_json::{Value, json};

use crate::Options;

/// Where sessions are made and ended: the issuer itself, or another node of it.
pub struct Sessions {
    client: Client,
    at: Url,
    host: String,
    email: String,
}

pub struct Session {
    pub access: String,
    pub refresh: String,
}

impl Sessions {
    pub async fn begin(options: &Options) -> Result<Self, Box<dyn Error>> {
        let issuer = Url::parse(options.text("--issuer")?)?;
        let host = issuer.authority().to_owned();
        let at = options.text("--revoke-at").ok().map_or(Ok(issuer), Url::parse)?;
        let email = format!("bench-{}@example.com", nanos());
        let sessions = Self { client: Client::builder().no_proxy().build()?, at, host, email };
        sessions.post("v1/signup", &json!({"email": sessions.email, "password": PASSWORD})).await?;
        Ok(sessions)
    }

    pub async fn open(&self) -> Result<Session, Box<dyn Error>> {
        let answer = self.post("v1/login", &json!({"email": self.email, "password": PASSWORD})).await?;
        let text = |name: &str| answer[name].as_str().map(str::to_owned).ok_or(format!("no {name}"));
        Ok(Session { access: text("access_token")?, refresh: text("refresh_token")? })
    }

    pub async fn end(&self, session: &Session) -> Result<(), Box<dyn Error>> {
        self.post("v1/logout", &json!({"refresh_token": session.refresh})).await.map(drop)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Box<dyn Error>> {
        let request = self.client.post(self.at.join(path)?).header(header::HOST, &self.host);
        let request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("{path}: {status} {text}").into());
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }
}

/// Nanoseconds since 1970, by which processes of one machine compare.
pub fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

const PASSWORD: &str = "seven brass kettles hum";
