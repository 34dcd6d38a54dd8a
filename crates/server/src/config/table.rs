//! Every key once: its type, its default, what it sets and why it is what it is.
//!
//! Parser, environment names, `config show`, "did you mean" and `docs/configuration.md` all read this table.

use std::{fmt::Display, net::SocketAddr, num::NonZeroUsize, path::PathBuf, time::Duration};

use ipnet::IpNet;
use lettre::message::Mailbox;
use secrecy::SecretString;

use super::{
    Config, Database, Issuer, LogFormat, LogLevel, Mail, MailSecurity, MappedClaim, MasterKey, Origin,
    PasswordProfile, RevocationsAccess, SignupMode, TokenAlgorithm,
    choice::Choice,
    duration,
    item::{Audience, Host, Role, RpId, ServiceName},
    key::{Key, KeyInfo},
    mail::MailHost,
};

macro_rules! table {
    ($($name:ident: $type:ty = $key:expr;)*) => {
        $(pub(super) static $name: Key<$type> = $key;)*

        /// Every key of the configuration, in the order of the reference.
        pub static KEYS: &[&KeyInfo] = &[$(&$name.info),*];
    };
}

table! {
    LISTEN: SocketAddr = Key::new("listen", "127.0.0.1:8080", |c| c.listen.to_string())
        .help("The address and port the server accepts connections on. Port 0 picks a free one and prints it.")
        .because("A server that was told nothing should be reachable from this machine only.");
    ISSUER: Option<Issuer> = Key::absent("issuer", "`http://localhost:PORT`", |c| c.issuer.to_string())
        .help("The public address of the server: scheme, host and port. It is the `iss` of every token, and the \
               server answers to this host only.")
        .because("Whoever can read a token on the way can use it, so `http` is only for this machine. The address \
                  is taken from here and never from a request, which anybody can write.");
    DATA: PathBuf = Key::new("data", "./jotgate-data", |c| c.data.display().to_string())
        .help("The folder of the SQLite database and the master key. It is made with mode 0700 if it is missing.")
        .because("One folder is easy to back up, and nobody else on the machine may read it.");
    DATABASE: Option<Database> =
        Key::absent("database", "SQLite in the data folder", |c| c.database.redacted())
        .help("Where users and sessions are kept.")
        .because("An embedded database needs nothing installed; PostgreSQL is for more than one machine.");

    ACCESS_LIFETIME: Duration = Key::new("tokens.access_lifetime", "15m", |c| time(c.tokens.access_lifetime))
        .within("10s", "24h")
        .help("How long an access token is good.")
        .because("An API that checks tokens without asking the server believes one until it expires, also after \
                  logout: minutes, so that this does not hurt. Less than 10 s would expire on the way.");
    AUDIENCE: Vec<Audience> =
        Key::absent(
            "tokens.audience", "the issuer on a loopback issuer, else required", |c| list(&c.tokens.audience),
        )
        .help("The APIs that the access tokens are for (`aud`): names or URLs, which the APIs must check.")
        .because("A token without a purpose is good everywhere, so one API could use it at another.");
    ALGORITHM: TokenAlgorithm = Key::new("tokens.algorithm", "ES256", |c| c.tokens.algorithm.name().into())
        .help("What signs the access tokens. HS256 is for APIs that can only check a shared secret.")
        .because("Every common library checks ES256, and an API that can check a token cannot make one.");
    SECRET: Option<SecretString> = Key::absent("tokens.secret", "none", |c| secret(c.tokens.secret.is_some()))
        .help("The secret that HS256 tokens are signed with, as the APIs have it: the bytes of the text.")
        .because("Anybody who has it can make tokens, so there is none unless HS256 asks for one: then at least 32 \
                  bytes that nobody can guess.");
    CLAIMS: Vec<MappedClaim> = Key::absent("tokens.claims", "none", |c| claims(&c.tokens.claims))
        .help("Claims added from the user's row: `role = \"user.roles.first\"`, `cartID = \"user.data.cartID\"`, \
               `email = \"user.email\"`.")
        .because("Everybody who sees a token can read it, so nothing about a person is in it unless asked for.");

    IDLE_LIFETIME: Duration = Key::new("sessions.idle_lifetime", "7d", |c| time(c.sessions.idle_lifetime))
        .within("1m", "3650d")
        .help("A session that was not refreshed for so long is over.")
        .because("Long enough for a week away, short enough that a forgotten device does not stay open for ever.");
    ABSOLUTE_LIFETIME: Duration =
        Key::new("sessions.absolute_lifetime", "30d", |c| time(c.sessions.absolute_lifetime))
        .within("1m", "3650d")
        .help("A session is over so long after its login, however busy it is.")
        .because("Weeks or months but never for ever: a thief who goes unnoticed is out then.");
    RETRY_WINDOW: Duration = Key::new("sessions.retry_window", "60s", |c| time(c.sessions.retry_window))
        .within("0s", "300s")
        .help("How long a superseded refresh token still gets the current one, for clients that send no \
               `Idempotency-Key`. 0 is strict.")
        .because("A reply that got lost must not log anybody out. A thief who knows the moment could ride along \
                  inside the window, so it is short.");
    RACE_WINDOW: Duration = Key::new("sessions.race_window", "10s", |c| time(c.sessions.race_window))
        .within("0s", "300s")
        .help("The same when the refresh that superseded it carried an `Idempotency-Key`. 0 is strict.")
        .because("The key makes retries harmless for ever, so the window only serves requests already on their way \
                  from other tabs.");
    KEEP_ENDED: Duration = Key::new("sessions.keep_ended", "30d", |c| time(c.sessions.keep_ended))
        .within("1d", "3650d")
        .help("How long the row of an ended session is kept.")
        .because("Long enough to tell a user, or an investigator, why a session ended; then it is only data.");

    RECENT_LOGIN: Duration = Key::new("sessions.recent_login", "1h", |c| time(c.sessions.recent_login))
        .within("1m", "30d")
        .help("How long after a login what cannot be undone needs no new one: administration, logout everywhere.")
        .because("A session left open, or a stolen access token, must not be able to do it days later.");

    SIGNUP_MODE: Option<SignupMode> =
        Key::absent(
            "signup.mode", "`open` on a loopback issuer, else `closed`", |c| c.signup.mode.name().into(),
        )
        .help("Who may make an account: everybody at once (`open`), everybody who has opened the mail to the address \
               (`verified`), or only an administrator (`closed`).")
        .because("A public server on which strangers make accounts should be somebody's decision. `open` says which \
                  addresses have an account; `verified` says it to nobody, and needs mail.");

    MIN_LENGTH: usize = Key::new("passwords.min_length", "8", |c| c.passwords.min_length.to_string())
        .within("8", "64")
        .help("The fewest characters of a password.")
        .because("NIST SP 800-63B allows no less than 8, and common and guessable passwords are refused besides.");
    MAX_LENGTH: usize = Key::new("passwords.max_length", "1024", |c| c.passwords.max_length.to_string())
        .within("64", "4096")
        .help("The most characters of a password.")
        .because("A limit keeps one request from costing much; nobody types more.");
    PROFILE: Option<PasswordProfile> =
        Key::absent("passwords.profile", "none", |c| maybe(c.passwords.profile.map(Choice::name)))
        .help("A published set of rules: `nist` asks for 15 characters.")
        .because("NIST SP 800-63B-4 asks for 15 where a password is the only factor; tutorials and many users \
                  expect 8.");
    ARGON2_MEMORY: u32 =
        Key::new("passwords.argon2_memory_kib", "19456", |c| c.passwords.argon2.memory_kib.to_string())
        .within("7168", "1048576")
        .help("The memory of one Argon2id hash in KiB. Passwords are hashed anew at the next login after a change.")
        .because("19 MiB with 2 passes is what OWASP recommends; 7 MiB with 5 passes is the least it accepts.");
    ARGON2_ITERATIONS: u32 =
        Key::new("passwords.argon2_iterations", "2", |c| c.passwords.argon2.iterations.to_string())
        .within("1", "64")
        .help("The passes of one Argon2id hash over its memory.")
        .because("With 19 MiB two passes make a guess dear for an attacker and a login cheap enough for the server.");
    ARGON2_PARALLELISM: u32 =
        Key::new("passwords.argon2_parallelism", "1", |c| c.passwords.argon2.parallelism.to_string())
        .within("1", "16")
        .help("The lanes of one Argon2id hash.")
        .because("Logins already run side by side, one on each core.");
    HASH_THREADS: Option<NonZeroUsize> =
        Key::absent("passwords.hash_threads", "one per core", |c| maybe(c.passwords.hash_threads))
        .within("1", "1024")
        .help("The threads that hash passwords.")
        .because("Hashing fills a core, so more threads than cores only add waiting and memory.");
    HASH_QUEUE: usize = Key::new("passwords.hash_queue", "64", |c| c.passwords.hash_queue.to_string())
        .within("1", "65536")
        .help("The hashes that may wait for a thread; past it the answer is 503 `server.busy`.")
        .because("Two cores hash about a hundred passwords a second: who waits longer than a second has gone.");

    PAIR_FAILURES: u32 = Key::new("login.pair_failures", "10", |c| c.login.pair.failures.to_string())
        .within("1", "1000000")
        .help("Failed logins of one network address at one account before it has to wait.")
        .because("Honest people need a few tries; a machine needs millions.");
    PAIR_WINDOW: Duration = Key::new("login.pair_window", "15m", |c| time(c.login.pair.window))
        .within("1s", "30d")
        .help("The time in which `pair_failures` are counted.")
        .because("Forgotten after a coffee, so that yesterday's slips do not count today.");
    PAIR_WAIT_FIRST: Duration = Key::new("login.pair_wait_first", "1s", |c| time(c.login.pair_wait_first))
        .within("1s", "1h")
        .help("The first wait of such a pair; every further failure doubles it.")
        .because("One second is no punishment for a person and the end of guessing for a machine.");
    PAIR_WAIT_LONGEST: Duration =
        Key::new("login.pair_wait_longest", "15m", |c| time(c.login.pair_wait_longest))
        .within("1s", "1d")
        .help("The longest wait of such a pair.")
        .because("Doubling has to end somewhere; nobody is locked out for ever.");
    IP_FAILURES: u32 = Key::new("login.ip_failures", "100", |c| c.login.ip.failures.to_string())
        .within("1", "1000000")
        .help("Failed logins of one network address (IPv6: one /64) at any accounts.")
        .because("An office shares one address, so the limit is wide, yet one machine cannot try a list of accounts.");
    IP_WINDOW: Duration = Key::new("login.ip_window", "15m", |c| time(c.login.ip.window))
        .within("1s", "30d")
        .help("The time in which `ip_failures` are counted.")
        .because("As long as the pair's, so that one answer tells how long to wait.");
    ACCOUNT_FAILURES: u32 =
        Key::new("login.account_failures", "100", |c| c.login.account.failures.to_string())
        .within("1", "1000000")
        .help("Failed logins at one account from addresses that never logged in there.")
        .because("It slows many machines that guess at one account; known addresses are exempt, so nobody can lock \
                  the owner out.");
    ACCOUNT_WINDOW: Duration = Key::new("login.account_window", "1h", |c| time(c.login.account.window))
        .within("1s", "30d")
        .help("The time in which `account_failures` are counted.")
        .because("100 an hour are 876,000 a year, too few against a password that was not refused as common.");
    LOCK_UNKNOWN_AFTER: u32 =
        Key::new("login.lock_unknown_after", "100", |c| c.login.lock_unknown_after.to_string())
        .within("10", "1000000")
        .help("Failed logins in a row at one account after which unknown addresses are refused.")
        .because("NIST SP 800-63B allows 100 in a row; known addresses go on.");
    KNOWN_ADDRESS: Duration =
        Key::new("login.known_address_lifetime", "30d", |c| time(c.login.known_address_lifetime))
        .within("1d", "366d")
        .help("How long an address counts as known after a successful login.")
        .because("As long as a session can last by default.");
    MAX_COUNTERS: u64 = Key::new("login.max_counters", "1000000", |c| c.login.max_counters.to_string())
        .within("1000", "100000000")
        .help("The counters of failures kept at most; the oldest go first.")
        .because("Attackers choose the addresses, so the table has to be bounded: about 100 MB.");

    REQUIRED_FOR: Vec<Role> = Key::absent("mfa.required_for", "none", |c| list(&c.mfa.required_for))
        .help("Roles that a session has only once a second factor was shown in it: `[\"admin\"]`. Everybody can log in \
               without one, and then lacks the role in the token and here.")
        .because("A second factor for everybody is for the application to decide. The role is withheld and not the \
                  login, so that nobody is locked out on the day this is set: they log in and add a factor.");

    RP_ID: Option<RpId> =
        Key::absent("passkeys.rp_id", "the issuer's host", |c| maybe(c.passkeys.rp_id.as_ref()))
        .help("The domain that passkeys are bound to: the issuer's host or a domain above it. Pages of the issuer and \
               of those `[http] origins` that lie within it may use them.")
        .because("A wider domain lets an application on another host of yours use the same passkeys, and every host \
                  below it ask for them. Changing it makes every passkey worthless.");

    ORIGINS: Vec<Origin> = Key::absent("http.origins", "none", |c| list(&c.http.origins))
        .help("Browser origins besides the issuer whose pages may call the server, with credentials.")
        .because("A page of another origin could otherwise act in the user's name.");
    HOSTS: Vec<Host> = Key::absent("http.hosts", "none", |c| list(&c.http.hosts))
        .help("Values of the `Host` header that are accepted besides the issuer's, for example of an internal name.")
        .because("A page whose name an attacker points at this server (DNS rebinding) sends its own name.");
    TRUSTED_PROXIES: Vec<IpNet> =
        Key::absent("http.trusted_proxies", "none", |c| list(&c.http.trusted_proxies))
        .help("Networks of the proxies whose forwarding headers tell the client's address.")
        .because("Anybody can send such a header, and with a new address for every try there is no throttle.");
    MAX_BODY: usize = Key::new("http.max_body_bytes", "65536", |c| c.http.max_body_bytes.to_string())
        .within("8192", "16777216")
        .help("The longest request body; past it the answer is 413.")
        .because("The longest honest body, a profile with 4 KiB of data, is far below.");
    MAX_HEADER: usize = Key::new("http.max_header_bytes", "32768", |c| c.http.max_header_bytes.to_string())
        .within("8192", "1048576")
        .help("The longest request head.")
        .because("Four refresh cookies and a token are some 6 KiB; other cookies of the host come on top.");
    MAX_CONNECTIONS: usize = Key::new("http.max_connections", "10000", |c| c.http.max_connections.to_string())
        .within("1", "1000000")
        .help("The connections open at once.")
        .because("Each costs memory and a file descriptor, and strangers open them.");
    HEADER_TIMEOUT: Duration = Key::new("http.header_timeout", "10s", |c| time(c.http.header_timeout))
        .within("1s", "60s")
        .help("How long a client may take to send the head of a request.")
        .because("A client that drips bytes would hold its connection for ever.");
    REQUEST_TIMEOUT: Duration = Key::new("http.request_timeout", "30s", |c| time(c.http.request_timeout))
        .within("1s", "60s")
        .help("How long a request may take from its head to the answer; past it the answer is 503.")
        .because("It has to stay below the 120 s by which revocations outlive the tokens they revoke.");
    IDLE_TIMEOUT: Duration = Key::new("http.idle_timeout", "75s", |c| time(c.http.idle_timeout))
        .within("1s", "1h")
        .help("How long a connection without a request stays open.")
        .because("Longer than the 60 s after which common proxies close theirs, so that they close first.");
    DRAIN_TIMEOUT: Duration = Key::new("http.drain_timeout", "10s", |c| time(c.http.drain_timeout))
        .within("0s", "5m")
        .help("How long requests in flight may take once the server was told to stop.")
        .because("Below the 30 s that Kubernetes and the 90 s that systemd wait before they kill.");

    MASTER_KEY: Option<MasterKey> =
        Key::absent(
            "keys.master_key", "a file in the data folder; required with PostgreSQL",
            |c| secret(c.keys.master_key.is_some()),
        )
        .help("The key that seals the private keys in the database: 32 bytes as 64 hex characters or base64.")
        .because("Who steals the database alone must not be able to sign. Several servers on one PostgreSQL need \
                  the same key, so there it cannot be a file made by one of them.");

    ROTATE_EVERY: Duration = Key::new("keys.rotate_every", "30d", |c| time(c.keys.rotate_every))
        .within("0s", "3650d")
        .help("How often a new key begins to sign, of access tokens, of the revocation feed and of refresh tokens. \
               `0s` is never: then only `jotgate signing-keys rotate` does it.")
        .because("A key that was copied without a trace is worth something for a month and not for ever, and what \
                  happens every month works on the day it is needed.");
    PUBLISH_BEFORE: Duration = Key::new("keys.publish_before", "24h", |c| time(c.keys.publish_before))
        .within("10m", "30d")
        .help("How long a new key is published before it signs.")
        .because("Every API must have fetched the keys again by then. They may be kept for 5 minutes, so 10 are the \
                  least; a day also serves those that keep them longer than they may.");

    FEED_ACCESS: RevocationsAccess =
        Key::new("revocations.access", "public", |c| c.revocations.access.name().into())
        .help("Who may read the revocation feed: everybody, or clients with the scope `revocations`.")
        .because("An entry tells nobody whom it concerns; but who knows the id of a user or a session can look \
                  whether it is there.");
    MAX_STREAMS: usize = Key::new("revocations.max_streams", "1000", |c| c.revocations.max_streams.to_string())
        .within("1", "100000")
        .help("The event streams of the feed open at once; past it the answer is 503 `server.busy`. Never more than \
               half of `[http] max_connections`.")
        .because("Each process that checks tokens holds one, and each costs a connection and some memory.");
    MAX_STREAMS_OF_NETWORK: usize =
        Key::new(
            "revocations.max_streams_of_network", "250", |c| c.revocations.max_streams_of_network.to_string(),
        )
        .within("1", "100000")
        .help("Of these from one network address (IPv6: one /64). Behind a proxy that is not among \
               `[http] trusted_proxies` everybody has the proxy's.")
        .because("One stranger with a loop must not take every place: an API without a stream refuses its users.");
    FEED_LEEWAY: Duration = Key::new("revocations.feed_leeway", "120s", |c| time(c.revocations.feed_leeway))
        .within("61s", "1h")
        .help("By how much the clocks of the server and of an API may differ: so much longer than the token it takes \
               back does an entry of the feed live.")
        .because("An API whose clock is slow still takes a token that has expired here, so the entry must outlive \
                  it. An API with more leeway than this refuses to follow the feed.");
    STATUS_LIST: bool = Key::new("revocations.status_list", "false", |c| c.revocations.status_list.to_string())
        .help("Whether tokens also point into a Token Status List, for verifiers that know that standard and not the \
               feed.")
        .because("A token grows by some 90 bytes and a login by one row; who has a guard gets nothing for it.");

    SERVICE_NAME: ServiceName = Key::new("pages.service_name", "Jotgate", |c| c.pages.service_name.clone())
        .help("What the service is called on its pages and in its mails.")
        .because("People know the name of what they sign in to, and not the name of the program behind it.");
    MAIL_HOST: Option<MailHost> =
        Key::absent(
            "mail.host", "none: on a loopback issuer mails stay at `/inbox`, elsewhere none is sent",
            |c| of_mail(c, |mail| Some(mail.host.clone())),
        )
        .help("The server that sends mails, by SMTP.")
        .because("Confirming an address, setting a new password and warning of a foreign login need a mail, and the \
                  server does not send them to strangers' servers itself: those believe known senders only.");
    MAIL_PORT: Option<u16> =
        Key::absent(
            "mail.port", "465 for `tls`, 587 for `starttls`, 25 for `none`",
            |c| of_mail(c, |mail| Some(mail.port.to_string())),
        )
        .within("1", "65535")
        .help("Its port.")
        .because("The usual ports say how the connection begins.");
    MAIL_SECURITY: MailSecurity =
        Key::new("mail.security", "tls", |c| of_mail(c, |mail| Some(mail.security.name().into())))
        .help("How the connection is protected: `tls` from the first byte, `starttls` after a greeting, or `none`, \
               to this machine only. A server whose certificate does not fit gets no mail.")
        .because("Whoever reads a mail on the way has the link in it. RFC 8314 prefers TLS from the first byte, which \
                  nobody in between can talk away.");
    MAIL_USERNAME: Option<String> =
        Key::absent(
            "mail.username", "none",
            |c| of_mail(c, |mail| mail.login.as_ref().map(|login| login.username.clone())),
        )
        .help("The name to log in with at the mail server.")
        .because("Most servers send only for those they know.");
    MAIL_PASSWORD: Option<SecretString> =
        Key::absent("mail.password", "none", |c| secret(c.mail.as_ref().is_some_and(|mail| mail.login.is_some())))
        .help("The password of that name. Keep it out of the file: `JOTGATE_MAIL__PASSWORD_FILE` names one that \
               only the server can read.")
        .because("Whoever has it sends mails in your name. It is never sent without TLS.");
    MAIL_FROM: Option<Mailbox> =
        Key::absent(
            "mail.from", "required with `mail.host`", |c| of_mail(c, |mail| Some(mail.from.to_string())),
        )
        .help("In whose name mails are sent: `Example <auth@example.com>`.")
        .because("Its domain has to allow this server (SPF, DKIM), or the mails end among the junk: only you know \
                  which does.");
    MAIL_REPLY_TO: Option<Mailbox> =
        Key::absent(
            "mail.reply_to", "none: answers go to `mail.from`",
            |c| of_mail(c, |mail| mail.reply_to.as_ref().map(ToString::to_string)),
        )
        .help("Where answers to mails go.")
        .because("People answer a warning: somebody should read that.");
    MAIL_CA_FILE: Option<PathBuf> =
        Key::absent(
            "mail.ca_file", "none",
            |c| of_mail(c, |mail| mail.ca_file.as_ref().map(|path| path.display().to_string())),
        )
        .help("A PEM file of certificates that may vouch for the mail server, besides the public ones.")
        .because("A mail server inside the house often has a certificate of the house; that is no reason to check \
                  none.");
    MAIL_HELLO_NAME: Option<String> =
        Key::absent(
            "mail.hello_name", "the host of the issuer", |c| of_mail(c, |mail| Some(mail.hello_name.clone())),
        )
        .help("What the server calls itself when it greets the mail server.")
        .because("Some mail servers refuse a name that is not the caller's.");
    MAIL_TIMEOUT: Duration =
        Key::new("mail.timeout", "30s", |c| of_mail(c, |mail| Some(duration::format(mail.timeout))))
        .within("1s", "5m")
        .help("How long connecting may take, and how long one mail.")
        .because("A mail server that hangs must not hold the others up; the mail is tried again later.");

    METRICS_LISTEN: Option<SocketAddr> =
        Key::absent(
            "metrics.listen", "none: `/metrics` asks for an administrator's token",
            |c| maybe(c.metrics.listen),
        )
        .help("An address and port of its own for `/metrics`, without a token.")
        .because("Figures tell strangers how many users log in; a listener of its own can stay inside the house.");

    LOG_FORMAT: LogFormat = Key::new("log.format", "human", |c| c.log.format.name().into())
        .help("How a line of the log looks.")
        .because("The first reader is a person at a terminal.");
    LOG_LEVEL: LogLevel = Key::new("log.level", "info", |c| c.log.level.name().into())
        .help("What is worth a line of the log.")
        .because("What an operator acts on, and nothing a request repeats; no level logs a token or a password.");
    REFUSALS_KEPT: usize = Key::new("log.refusals_kept", "10000", |c| c.log.refusals_kept.to_string())
        .within("0", "1000000")
        .help("The refusals that `jotgate why` can explain.")
        .because("About an hour of a busy server in a few MB.");

    AUDIT_KEEP: Duration = Key::new("audit.keep", "365d", |c| time(c.audit.keep))
        .within("1d", "3650d")
        .help("How long an audit event is kept.")
        .because("Break-ins are often found after months; addresses of people should not stay for ever.");
}

fn time(value: Duration) -> String {
    duration::format(value)
}

fn list(items: &[impl Display]) -> String {
    if items.is_empty() {
        NONE.into()
    } else {
        items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

fn maybe(value: Option<impl Display>) -> String {
    value.map_or_else(|| NONE.into(), |value| value.to_string())
}

fn secret(set: bool) -> String {
    if set { "[set]".into() } else { NONE.into() }
}

fn of_mail(config: &Config, value: fn(&Mail) -> Option<String>) -> String {
    maybe(config.mail.as_ref().and_then(value))
}

fn claims(claims: &[MappedClaim]) -> String {
    list(&claims.iter().map(|claim| format!("{}={}", claim.name, claim.path)).collect::<Vec<_>>())
}

/// How `config show` writes that a key has no value.
pub(super) const NONE: &str = "none";
