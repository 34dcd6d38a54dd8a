//! From settings to a checked [`Config`]: read every key, then hold them against each other.
//!
//! Rules between keys are only asked once every key could be read: a default in place of a bad value would make
//! them complain of things that nobody wrote.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use secrecy::ExposeSecret;

use super::{
    Argon2Cost, Audit, Config, Database, Http, Issuer, Keys, Limit, Log, Login, Mail, MailLogin, Metrics,
    Mfa, Pages, Passkeys, PasswordProfile, Passwords, Revocations, Sessions, Settings, Signup, SignupMode,
    TokenAlgorithm, Tokens, duration,
    error::{ConfigError, Problem, Source},
    key::{Key, KeyInfo, Raw, Setting},
    mail::plain_name,
    secret, table,
};

/// A configuration that may be used, and what the operator should hear about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The configuration.
    pub config: Config,
    /// Allowed, but worth a line at the start.
    pub warnings: Vec<String>,
}

impl Settings {
    /// Makes a configuration of the settings. `port` is the one that was really bound, for `listen` with port 0.
    pub fn check(self, port: Option<u16>) -> Result<Checked, ConfigError> {
        let demo = self.demo_lifetimes;
        let mut reading = Reading::new(self);
        let mut config = reading.config(port);
        if demo {
            reading.shorten(&mut config);
        }
        if reading.problems.is_empty() {
            reading.hold_against_each_other(&config);
        }
        config.sources = Arc::new(reading.sources);
        match reading.problems.is_empty() {
            true => Ok(Checked { config, warnings: reading.warnings }),
            false => Err(ConfigError { problems: reading.problems }),
        }
    }
}

struct Reading {
    values: BTreeMap<&'static str, (Raw, Source)>,
    sources: BTreeMap<&'static str, Source>,
    problems: Vec<Problem>,
    warnings: Vec<String>,
}

impl Reading {
    fn new(settings: Settings) -> Self {
        let Settings { values, warnings, demo_lifetimes: _ } = settings;
        Self { values, sources: BTreeMap::new(), problems: Vec::new(), warnings }
    }

    /// The value of a key; its fallback when nobody set it, and after a problem, so that reading goes on.
    fn take<T: Setting>(&mut self, key: &'static Key<T>) -> T {
        let info = &key.info;
        let source = self.values.get(info.path).map_or(Source::Default, |(_, source)| source.clone());
        self.sources.insert(info.path, source);
        let Some((raw, _)) = self.values.get(info.path) else { return key.fallback() };
        match key.read(raw) {
            Ok(value) => value,
            Err(fault) => {
                let what = if info.secret { fault.what } else { format!("{raw} {}", fault.what) };
                self.problem(info, what, &fault.mend);
                key.fallback()
            }
        }
    }

    fn problem(&mut self, key: &KeyInfo, what: impl Into<String>, mend: &str) {
        let source = self.sources.get(key.path).cloned().unwrap_or(Source::Default);
        let (key, what, mend) = (key.path.to_owned(), what.into(), mend.to_owned());
        self.problems.push(Problem { key, source, what, mend });
    }

    fn warn(&mut self, key: &KeyInfo, what: impl AsRef<str>) {
        let source = self.sources.get(key.path).unwrap_or(&Source::Default);
        self.warnings.push(format!("{} ({source}): {}", key.path, what.as_ref()));
    }

    fn is_set(&self, key: &KeyInfo) -> bool {
        self.values.contains_key(key.path)
    }

    fn config(&mut self, port: Option<u16>) -> Config {
        let listen = self.take(&table::LISTEN);
        let issuer = self.take(&table::ISSUER);
        let issuer = issuer.unwrap_or_else(|| Issuer::localhost(port.unwrap_or(listen.port())));
        let data = self.take(&table::DATA);
        let database =
            self.take(&table::DATABASE).unwrap_or_else(|| Database::Sqlite(data.join(DATABASE_FILE)));
        let http = self.http();
        Config {
            listen,
            data,
            database,
            tokens: self.tokens(&issuer),
            sessions: self.sessions(),
            signup: self.signup(&issuer),
            passwords: self.passwords(),
            login: self.login(),
            mfa: Mfa {
                required_for: self.take(&table::REQUIRED_FOR).into_iter().map(|role| role.0).collect(),
            },
            passkeys: self.passkeys(&issuer),
            revocations: self.revocations(http.max_connections),
            http,
            keys: self.keys(),
            pages: Pages { service_name: self.take(&table::SERVICE_NAME).0 },
            mail: self.mail(&issuer),
            metrics: Metrics { listen: self.take(&table::METRICS_LISTEN) },
            log: Log {
                format: self.take(&table::LOG_FORMAT),
                level: self.take(&table::LOG_LEVEL),
                refusals_kept: self.take(&table::REFUSALS_KEPT),
            },
            audit: Audit { keep: self.take(&table::AUDIT_KEEP) },
            demo_lifetimes: false,
            issuer,
            sources: Arc::default(),
        }
    }

    fn tokens(&mut self, issuer: &Issuer) -> Tokens {
        let mut audience: Vec<String> = self.take(&table::AUDIENCE).into_iter().map(|item| item.0).collect();
        if audience.is_empty() && issuer.is_loopback() {
            audience.push(issuer.as_str().to_owned());
        }
        Tokens {
            access_lifetime: self.take(&table::ACCESS_LIFETIME),
            audience,
            algorithm: self.take(&table::ALGORITHM),
            secret: self.take(&table::SECRET),
            claims: self.take(&table::CLAIMS),
        }
    }

    fn keys(&mut self) -> Keys {
        Keys {
            master_key: self.take(&table::MASTER_KEY),
            rotate_every: self.take(&table::ROTATE_EVERY),
            publish_before: self.take(&table::PUBLISH_BEFORE),
        }
    }

    fn sessions(&mut self) -> Sessions {
        Sessions {
            idle_lifetime: self.take(&table::IDLE_LIFETIME),
            absolute_lifetime: self.take(&table::ABSOLUTE_LIFETIME),
            retry_window: self.take(&table::RETRY_WINDOW),
            race_window: self.take(&table::RACE_WINDOW),
            keep_ended: self.take(&table::KEEP_ENDED),
            recent_login: self.take(&table::RECENT_LOGIN),
        }
    }

    fn signup(&mut self, issuer: &Issuer) -> Signup {
        let default = if issuer.is_loopback() { SignupMode::Open } else { SignupMode::Closed };
        Signup { mode: self.take(&table::SIGNUP_MODE).unwrap_or(default) }
    }

    fn passwords(&mut self) -> Passwords {
        let profile = self.take(&table::PROFILE);
        let asked = self.take(&table::MIN_LENGTH);
        let nist = profile == Some(PasswordProfile::Nist) && !self.is_set(&table::MIN_LENGTH.info);
        Passwords {
            min_length: if nist { NIST_LENGTH } else { asked },
            max_length: self.take(&table::MAX_LENGTH),
            profile,
            argon2: Argon2Cost {
                memory_kib: self.take(&table::ARGON2_MEMORY),
                iterations: self.take(&table::ARGON2_ITERATIONS),
                parallelism: self.take(&table::ARGON2_PARALLELISM),
            },
            hash_threads: self.take(&table::HASH_THREADS),
            hash_queue: self.take(&table::HASH_QUEUE),
        }
    }

    fn login(&mut self) -> Login {
        let pair =
            Limit { failures: self.take(&table::PAIR_FAILURES), window: self.take(&table::PAIR_WINDOW) };
        let ip = Limit { failures: self.take(&table::IP_FAILURES), window: self.take(&table::IP_WINDOW) };
        let account = Limit {
            failures: self.take(&table::ACCOUNT_FAILURES),
            window: self.take(&table::ACCOUNT_WINDOW),
        };
        Login {
            pair,
            pair_wait_first: self.take(&table::PAIR_WAIT_FIRST),
            pair_wait_longest: self.take(&table::PAIR_WAIT_LONGEST),
            ip,
            account,
            lock_unknown_after: self.take(&table::LOCK_UNKNOWN_AFTER),
            known_address_lifetime: self.take(&table::KNOWN_ADDRESS),
            max_counters: self.take(&table::MAX_COUNTERS),
        }
    }

    fn passkeys(&mut self, issuer: &Issuer) -> Passkeys {
        let own = issuer.origin().address().is_none().then(|| issuer.host().to_owned());
        Passkeys { rp_id: self.take(&table::RP_ID).map(|id| id.0).or(own) }
    }

    fn revocations(&mut self, connections: usize) -> Revocations {
        Revocations {
            access: self.take(&table::FEED_ACCESS),
            // Whoever holds a stream holds a connection, and the rest of the server needs some too.
            max_streams: self.take(&table::MAX_STREAMS).min((connections / 2).max(1)),
            max_streams_of_network: self.take(&table::MAX_STREAMS_OF_NETWORK),
            feed_leeway: self.take(&table::FEED_LEEWAY),
            status_list: self.take(&table::STATUS_LIST),
        }
    }

    fn http(&mut self) -> Http {
        Http {
            origins: self.take(&table::ORIGINS),
            hosts: self.take(&table::HOSTS).into_iter().map(|host| host.0).collect(),
            trusted_proxies: self.take(&table::TRUSTED_PROXIES),
            max_body_bytes: self.take(&table::MAX_BODY),
            max_header_bytes: self.take(&table::MAX_HEADER),
            max_connections: self.take(&table::MAX_CONNECTIONS),
            header_timeout: self.take(&table::HEADER_TIMEOUT),
            request_timeout: self.take(&table::REQUEST_TIMEOUT),
            idle_timeout: self.take(&table::IDLE_TIMEOUT),
            drain_timeout: self.take(&table::DRAIN_TIMEOUT),
        }
    }

    fn mail(&mut self, issuer: &Issuer) -> Option<Mail> {
        let host = self.take(&table::MAIL_HOST).map(|host| host.0);
        let port = self.take(&table::MAIL_PORT);
        let security = self.take(&table::MAIL_SECURITY);
        let username = self.take(&table::MAIL_USERNAME);
        let password = self.take(&table::MAIL_PASSWORD);
        let from = self.take(&table::MAIL_FROM);
        let mail = Mail {
            port: port.unwrap_or(security.usual_port()),
            security,
            login: username.zip(password).map(|(username, password)| MailLogin { username, password }),
            reply_to: self.take(&table::MAIL_REPLY_TO),
            ca_file: self.take(&table::MAIL_CA_FILE),
            hello_name: self.take(&table::MAIL_HELLO_NAME).unwrap_or_else(|| plain_name(issuer.origin())),
            timeout: self.take(&table::MAIL_TIMEOUT),
            // What is missing is said with the other rules; until then it is not looked at.
            from: from?,
            host: host?,
        };
        Some(mail)
    }

    /// `--demo-lifetimes`: short enough to watch, and refused where somebody else could be the audience.
    fn shorten(&mut self, config: &mut Config) {
        let flag = Source::Flag("--demo-lifetimes".into());
        if !config.issuer.is_loopback() {
            let (key, what) =
                (String::new(), format!("is only for a loopback issuer, not for {}", config.issuer));
            let mend = "Leave it out: people would be logged out after two quiet minutes.".into();
            self.problems.push(Problem { key, source: flag.clone(), what, mend });
        }
        config.demo_lifetimes = true;
        config.tokens.access_lifetime = DEMO_ACCESS;
        config.sessions.idle_lifetime = DEMO_IDLE;
        config.sessions.retry_window = DEMO_WINDOW;
        config.sessions.race_window = DEMO_WINDOW;
        let shortened = [
            &table::ACCESS_LIFETIME.info,
            &table::IDLE_LIFETIME.info,
            &table::RETRY_WINDOW.info,
            &table::RACE_WINDOW.info,
        ];
        for key in shortened {
            self.sources.insert(key.path, flag.clone());
        }
    }
}

mod rules;

const DATABASE_FILE: &str = "jotgate.db";
const NIST_LENGTH: usize = 15;
const DEMO_ACCESS: Duration = Duration::from_secs(20);
const DEMO_IDLE: Duration = Duration::from_secs(120);
/// A theft is noticed after this, and nobody who watches waits for a minute.
const DEMO_WINDOW: Duration = Duration::from_secs(3);
