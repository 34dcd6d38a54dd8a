//! The rules between keys, one function for each section: what is refused and what is only remarked.

use super::*;
use crate::config::{MailSecurity, mail::MailHost};

impl Reading {
    pub(super) fn hold_against_each_other(&mut self, config: &Config) {
        self.issuer(config);
        self.audience(config);
        self.shared_secret(config);
        self.lifetimes(config);
        self.mapped_claims(config);
        self.password_rules(&config.passwords);
        self.relying_party(config);
        self.listeners(config);
        self.feed(config);
        self.mail_rules(config);
        self.master_key(config);
        self.rotation(config);
        self.sign_up(config);
    }

    fn sign_up(&mut self, config: &Config) {
        if config.signup.mode == SignupMode::Verified && !config.issuer.is_loopback() {
            let what = "is \"verified\", and no mail server is named that could send the links";
            let mend = "Use \"open\" or \"closed\": nobody could ever confirm an address here.";
            self.problem(&table::SIGNUP_MODE.info, what, mend);
        }
    }

    fn issuer(&mut self, config: &Config) {
        let info = &table::ISSUER.info;
        let (issuer, listen) = (&config.issuer, config.listen);
        match self.values.get(info.path) {
            Some((Raw::Text(text), _)) if text != issuer.as_str() => {
                self.warn(info, format!("is used as {issuer}: APIs compare `iss` sign by sign"));
            }
            None if !listen.ip().is_loopback() => {
                let what =
                    format!("is {issuer}, though {listen} is open to other machines, which get 421: set it");
                self.warn(info, what);
            }
            _ => {}
        }
    }

    fn feed(&mut self, config: &Config) {
        let (slowest, leeway) = (config.http.request_timeout, config.revocations.feed_leeway);
        // A request reads the clock, then the session. What is taken back in between must still reach its token.
        if slowest >= leeway {
            let what = format!("is {}, not less than [revocations] feed_leeway", duration::format(slowest));
            let mend =
                "Lower it, or raise feed_leeway: what is revoked must outlive every token made meanwhile.";
            self.problem(&table::REQUEST_TIMEOUT.info, what, mend);
        }
    }

    fn mail_rules(&mut self, config: &Config) {
        let is_set = |key: &KeyInfo| self.values.contains_key(key.path);
        let (has_host, has_from) = (is_set(&table::MAIL_HOST.info), is_set(&table::MAIL_FROM.info));
        let (has_name, has_password) =
            (is_set(&table::MAIL_USERNAME.info), is_set(&table::MAIL_PASSWORD.info));
        if has_host && !has_from {
            let mend = "Say in whose name mails are sent: from = \"Example <auth@example.com>\" in [mail].";
            self.problem(&table::MAIL_FROM.info, "is required with mail.host", mend);
        }
        if !has_host {
            let set = self.values.keys().find(|path| path.starts_with("mail.")).copied();
            if let Some(key) = set.and_then(|path| table::KEYS.iter().find(|info| info.path == path)) {
                let mend = "Name the mail server: host = \"smtp.example.com\" in [mail].";
                self.problem(key, "has no effect without mail.host", mend);
            }
        }
        match (has_name, has_password) {
            (true, false) => {
                let mend =
                    "Set JOTGATE_MAIL__PASSWORD_FILE, or leave the name out for a server that asks for none.";
                self.problem(&table::MAIL_PASSWORD.info, "is required with mail.username", mend);
            }
            (false, true) => {
                let mend = "Set mail.username, or leave the password out for a server that asks for none.";
                self.problem(&table::MAIL_USERNAME.info, "is required with mail.password", mend);
            }
            _ => {}
        }
        if let Some(mail) = &config.mail {
            self.mail_on_the_way(mail);
        }
    }

    fn mail_on_the_way(&mut self, mail: &Mail) {
        let info = &table::MAIL_SECURITY.info;
        match mail.security {
            MailSecurity::None if !MailHost::is_loopback(&mail.host) => {
                let what = format!("is none, and {} is another machine", mail.host);
                let mend = "Use \"tls\" or \"starttls\": whoever reads a mail on the way has the link in it.";
                self.problem(info, what, mend);
            }
            MailSecurity::None if mail.login.is_some() => {
                let mend = "Use \"tls\" or \"starttls\", or leave name and password out.";
                self.problem(&table::MAIL_PASSWORD.info, "would be sent without TLS", mend);
            }
            MailSecurity::Tls if mail.port == 587 => {
                self.warn(info, "is tls, but servers on port 587 mostly speak starttls");
            }
            MailSecurity::Starttls if mail.port == 465 => {
                self.warn(info, "is starttls, but servers on port 465 mostly speak tls");
            }
            _ => {}
        }
    }

    fn audience(&mut self, config: &Config) {
        let info = &table::AUDIENCE.info;
        let audience = &config.tokens.audience;
        if audience.is_empty() {
            let mend =
                "Name the APIs that the tokens are for: audience = \"https://api.example.com\" in [tokens].";
            return self.problem(
                info,
                format!("is required, as the issuer {} is public", config.issuer),
                mend,
            );
        }
        if audience.iter().any(|item| item.strip_suffix('/') == Some(config.issuer.as_str())) {
            self.warn(info, format!("is not the issuer: that is {} without a slash", config.issuer));
        }
    }

    fn shared_secret(&mut self, config: &Config) {
        let info = &table::SECRET.info;
        let tokens = &config.tokens;
        let secret = match (&tokens.secret, tokens.algorithm) {
            (None, TokenAlgorithm::Hs256) => {
                let mend = "Run `jotgate secret` and give its line to Jotgate and to the API.";
                return self.problem(info, "is required for HS256", mend);
            }
            (Some(_), algorithm) if algorithm != TokenAlgorithm::Hs256 => {
                return self.warn(info, "is not used: only HS256 needs a secret");
            }
            (None, _) => return,
            (Some(secret), _) => secret,
        };
        if let Some(weakness) = secret::weakness(secret.expose_secret().as_bytes()) {
            self.problem(
                info,
                weakness.to_string(),
                "Use a random one: `jotgate secret` prints 64 characters.",
            );
        }
        // Because tokens for the issuer itself are always signed by the server's own asymmetric key: an API
        // that knows the shared secret must not be able to make tokens for the server's own endpoints.
        if tokens.audience.iter().any(|audience| audience == config.issuer.as_str()) {
            let what = "is the issuer itself, whose tokens are never signed with a shared secret";
            let mend = "Name the API that shares the secret: audience = \"my-api\" in [tokens].";
            self.problem(&table::AUDIENCE.info, what, mend);
        }
    }

    fn lifetimes(&mut self, config: &Config) {
        let (access, sessions) = (config.tokens.access_lifetime, &config.sessions);
        if access > HOUR {
            let what =
                "is above 1h: for so long an API that checks tokens on its own believes one after logout";
            self.warn(&table::ACCESS_LIFETIME.info, what);
        }
        if access > sessions.idle_lifetime {
            self.warn(&table::ACCESS_LIFETIME.info, "is longer than sessions.idle_lifetime");
        }
        if sessions.idle_lifetime > sessions.absolute_lifetime {
            let absolute = duration::format(sessions.absolute_lifetime);
            let idle = duration::format(sessions.idle_lifetime);
            let what = format!("{idle} is longer than sessions.absolute_lifetime, {absolute}");
            self.problem(
                &table::IDLE_LIFETIME.info,
                what,
                "A session ends at the first of the two: idle must fit.",
            );
        }
        if sessions.absolute_lifetime > 400 * DAY {
            self.warn(
                &table::ABSOLUTE_LIFETIME.info,
                "is above 400d, for which browsers keep a cookie at most",
            );
        }
        if config.login.pair_wait_first > config.login.pair_wait_longest {
            let mend = "The waits double from the first to the longest.";
            self.problem(&table::PAIR_WAIT_FIRST.info, "is longer than login.pair_wait_longest", mend);
        }
    }

    fn mapped_claims(&mut self, config: &Config) {
        let info = &table::CLAIMS.info;
        for (i, claim) in config.tokens.claims.iter().enumerate() {
            if config.tokens.claims[..i].iter().any(|earlier| earlier.name == claim.name) {
                self.problem(info, format!("names the claim `{}` twice", claim.name), "Keep one of them.");
            }
            for remark in claim.remarks() {
                self.warn(info, remark);
            }
        }
    }

    fn password_rules(&mut self, passwords: &Passwords) {
        if passwords.profile == Some(PasswordProfile::Nist) && passwords.min_length < NIST_LENGTH {
            let what = format!("{} is less than the 15 of profile \"nist\"", passwords.min_length);
            self.problem(&table::MIN_LENGTH.info, what, "Leave one of the two keys out.");
        }
        let Argon2Cost { memory_kib, iterations, .. } = passwords.argon2;
        if !OWASP.iter().any(|(memory, passes)| memory_kib >= *memory && iterations >= *passes) {
            let what = format!("{memory_kib} KiB with {iterations} passes is less than OWASP recommends");
            self.warn(&table::ARGON2_MEMORY.info, what);
        }
    }

    fn listeners(&mut self, config: &Config) {
        if let Some(metrics) = config.metrics.listen {
            let info = &table::METRICS_LISTEN.info;
            if metrics == config.listen && metrics.port() != 0 {
                let mend = "Give /metrics a port of its own, or leave the key out.";
                self.problem(info, format!("{metrics} is the address of `listen`"), mend);
            } else if !metrics.ip().is_loopback() {
                self.warn(
                    info,
                    "is open to other machines and asks for no token: let a firewall decide who reads it",
                );
            }
        }
        for origin in &config.http.origins {
            if !origin.is_https() && !origin.is_loopback() {
                let what = format!(
                    "{origin} is plain http: anybody on the way can change its pages and act as the user"
                );
                self.warn(&table::ORIGINS.info, what);
            }
        }
    }

    fn relying_party(&mut self, config: &Config) {
        let (info, host) = (&table::RP_ID.info, config.issuer.host());
        let Some(id) = &config.passkeys.rp_id else { return };
        if config.issuer.origin().address().is_some() {
            let mend = "Leave it out, and give the server a name: passkeys are bound to domains, never to addresses.";
            self.problem(info, format!("{id} cannot hold for the address {host}"), mend);
        } else if !config.issuer.origin().is_within(id) {
            let mend = "It is the issuer's host, or a domain above it that is yours alone.";
            self.problem(info, format!("{id} is neither {host} nor a domain above it"), mend);
        }
    }

    fn rotation(&mut self, config: &Config) {
        let Keys { rotate_every, publish_before, .. } = config.keys;
        let info = &table::ROTATE_EVERY.info;
        if rotate_every.is_zero() {
            return;
        }
        if rotate_every < publish_before {
            let what = format!(
                "{} is shorter than keys.publish_before, {}",
                duration::format(rotate_every),
                duration::format(publish_before)
            );
            let mend = "A key is published before it signs, so a new one cannot come sooner than that.";
            return self.problem(info, what, mend);
        }
        // Every key stays published until its last token is over, and verifiers take only so many.
        let published = config.tokens.access_lifetime.as_secs() / rotate_every.as_secs();
        if published > MOST_PUBLISHED {
            let what = format!("would keep {published} keys published at once");
            self.problem(info, what, "Rotate less often, or let access tokens live shorter.");
        }
    }

    fn master_key(&mut self, config: &Config) {
        if matches!(config.database, Database::Postgres(_)) && config.keys.master_key.is_none() {
            let what = "is required with PostgreSQL: every server on the database needs the same one";
            let mend = "Run `jotgate secret` once and set JOTGATE_KEYS__MASTER_KEY or …_FILE on all of them.";
            self.problem(&table::MASTER_KEY.info, what, mend);
        }
    }
}

/// What OWASP's password storage cheat sheet accepts: memory in KiB and passes.
const OWASP: [(u32, u32); 5] = [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];
/// Half of the 100 that the guards take.
const MOST_PUBLISHED: u64 = 50;
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
