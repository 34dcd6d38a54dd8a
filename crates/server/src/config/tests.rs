use std::{collections::BTreeSet, fs, path::PathBuf};

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// What the three kinds of sources say; files live as long as the value.
struct Given {
    sources: Sources,
    folder: TempDir,
}

fn given() -> Given {
    Given { sources: Sources::default(), folder: TempDir::new().unwrap() }
}

fn file(text: &str) -> Given {
    let mut given = given();
    given.sources.file = Some(given.write("jotgate.toml", text));
    given
}

fn env(pairs: &[(&str, &str)]) -> Given {
    given().env(pairs)
}

impl Given {
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn flag(mut self, key: &str, value: &str) -> Self {
        self.sources.flags.push((key.into(), value.into()));
        self
    }

    fn env(mut self, pairs: &[(&str, &str)]) -> Self {
        self.sources.env.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn check(&self) -> Result<Checked, ConfigError> {
        Settings::load(&self.sources)?.check(None)
    }

    fn config(&self) -> Config {
        self.check().unwrap().config
    }

    fn warnings(&self) -> String {
        self.check().unwrap().warnings.join("\n")
    }

    /// The problems as the user reads them, the temporary folder cut out.
    fn problems(&self) -> String {
        self.check().unwrap_err().to_string().replace(&format!("{}/", self.folder.path().display()), "")
    }
}

fn refused(text: &str, says: &[&str]) {
    let problems = file(text).problems();
    for words in says {
        assert!(problems.contains(words), "expected {words:?} in:\n{problems}");
    }
}

#[test]
fn nothing_configured_is_a_server_for_this_machine() {
    let Checked { config, warnings } = given().check().unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert_eq!(config.tokens.audience, ["http://localhost:8080"]);
    assert_eq!(config.tokens.algorithm, TokenAlgorithm::Es256);
    assert_eq!(config.tokens.access_lifetime, Duration::from_secs(900));
    assert_eq!(config.sessions.idle_lifetime, Duration::from_secs(7 * 86_400));
    assert_eq!(config.sessions.absolute_lifetime, Duration::from_secs(30 * 86_400));
    assert_eq!(config.signup.mode, SignupMode::Open);
    assert!(matches!(&config.database, Database::Sqlite(path) if path.starts_with("./jotgate-data")));
}

#[test]
fn every_default_of_the_table_can_be_read_and_every_key_is_used() {
    let config = given().config();
    let shown: Vec<&str> = config.describe().iter().map(|line| line.key).collect();
    let table: Vec<&str> = KEYS.iter().map(|info| info.path).collect();
    assert_eq!(shown, table);
    // `sources` has exactly the keys that were read into the structs.
    assert_eq!(config.sources.keys().copied().collect::<BTreeSet<_>>(), table.into_iter().collect());
}

#[test]
fn every_key_has_its_words_and_a_name_of_its_own() {
    for info in KEYS {
        assert!(info.help.ends_with('.') && info.because.ends_with('.'), "{}", info.path);
        assert!(info.section().matches('.').count() == 0, "{}", info.path);
    }
    let names: BTreeSet<String> = KEYS.iter().map(|info| info.env_name()).collect();
    assert_eq!(names.len(), KEYS.len());
}

/// What `config show` prints can be written back: the table, the parser and the printer agree for every key.
#[test]
fn what_is_shown_reads_back_as_the_same() {
    let first = file(
        "issuer = 'https://auth.example.com'\ndatabase = 'sqlite:/var/lib/j.db'\n[tokens]\naudience = ['a', 'https://b.example']\n\
         claims = { cartID = 'user.data.cart.id', email = 'user.email' }\n[passwords]\nprofile = 'nist'\nhash_threads = 3\n\
         [http]\norigins = ['https://app.example.com']\ntrusted_proxies = ['10.0.0.0/8', 'fd00::/8']\nhosts = ['auth.internal:8080']\n\
         [metrics]\nlisten = '127.0.0.1:9100'\n",
    );
    let shown = first.config().describe();
    let mut second = given();
    for line in shown.iter().filter(|line| line.value != "none") {
        second = second.flag(line.key, &line.value);
    }
    let again = second.config().describe();
    for (before, after) in shown.iter().zip(&again) {
        assert_eq!((before.key, &before.value), (after.key, &after.value));
    }
}

#[test]
fn flag_beats_env_beats_value_file_beats_file_beats_default() {
    let mut all = file("[log]\nlevel = 'error'\n");
    let level = |given: &Given| {
        let line = given.config().describe().into_iter().find(|line| line.key == "log.level").unwrap();
        (line.value, line.source.to_string().replace(&format!("{}/", given.folder.path().display()), ""))
    };
    assert_eq!(level(&all), ("error".into(), "jotgate.toml:2".into()));
    let value_file = all.write("level", "debug\n");
    all = all.env(&[("JOTGATE_LOG__LEVEL_FILE", value_file.to_str().unwrap())]);
    assert_eq!(level(&all), ("debug".into(), "JOTGATE_LOG__LEVEL_FILE = level".into()));
    all = all.env(&[("JOTGATE_LOG__LEVEL", "warn")]);
    assert_eq!(level(&all), ("warn".into(), "JOTGATE_LOG__LEVEL".into()));
    assert!(all.warnings().contains("JOTGATE_LOG__LEVEL_FILE is ignored"));
    all = all.flag("log.level", "trace");
    assert_eq!(level(&all), ("trace".into(), "--set log.level".into()));
    assert_eq!(level(&given()), ("info".into(), "default".into()));
}

#[test]
fn the_names_of_the_environment() {
    let config = env(&[
        ("JOTGATE_LISTEN", "127.0.0.1:9000"),
        ("JOTGATE_SESSIONS__IDLE_LIFETIME", "1d"),
        ("JOTGATE_TOKENS__AUDIENCE", "one, two"),
        ("JOTGATE_TOKENS__CLAIMS", "role=user.roles.first"),
        ("JOTGATE_PASSWORDS__MIN_LENGTH", "12"),
        ("JOTGATE_DATABASE_URL", "sqlite:/tmp/x.db"),
        ("JOTGATE_VECTORS", "/somewhere"),
        ("JOTGATE_TEST_ANYTHING", "1"),
        ("PATH", "/bin"),
    ])
    .config();
    assert_eq!(config.issuer.as_str(), "http://localhost:9000");
    assert_eq!(config.sessions.idle_lifetime, Duration::from_secs(86_400));
    assert_eq!(config.tokens.audience, ["one", "two"]);
    assert_eq!(config.tokens.claims[0].path, ClaimPath::FirstRole);
    assert_eq!(config.passwords.min_length, 12);
    assert!(matches!(config.database, Database::Sqlite(path) if path.as_os_str() == "/tmp/x.db"));
}

#[test]
fn unknown_names_of_the_environment_are_errors_with_two_underscores_and_warnings_without() {
    let problems = env(&[("JOTGATE_SESSIONS__IDLE_LIFETME", "1d")]).problems();
    assert!(problems.contains("JOTGATE_SESSIONS__IDLE_LIFETME: names no key"), "{problems}");
    assert!(problems.contains("Did you mean JOTGATE_SESSIONS__IDLE_LIFETIME?"), "{problems}");
    let given = env(&[
        ("JOTGATE_SESSIONS_IDLE_LIFETIME", "1d"),
        ("JOTGATE_PORT", "9000"),
        ("JOTGATE_COLOUR", "blue"),
    ]);
    let warnings = given.warnings();
    assert!(warnings.contains("Did you mean JOTGATE_SESSIONS__IDLE_LIFETIME?"), "{warnings}");
    assert!(warnings.contains("Did you mean JOTGATE_LISTEN?"), "{warnings}");
    assert!(warnings.contains("JOTGATE_COLOUR is set"), "{warnings}");
}

#[test]
fn two_names_of_the_database_must_agree() {
    let same = [("JOTGATE_DATABASE", "sqlite:a.db"), ("JOTGATE_DATABASE_URL", "sqlite:a.db")];
    assert!(env(&same).check().is_ok());
    let problems =
        env(&[("JOTGATE_DATABASE", "sqlite:a.db"), ("JOTGATE_DATABASE_URL", "sqlite:b.db")]).problems();
    assert!(problems.contains("says something else than JOTGATE_DATABASE"), "{problems}");
}

#[test]
fn an_env_file_fills_what_the_environment_lacks_and_must_be_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut given = env(&[("JOTGATE_LOG__LEVEL", "error")]);
    let path =
        given.write(".env", "# ours\nJOTGATE_LOG__LEVEL=debug\nexport JOTGATE_LOG__FORMAT='json'\nOTHER=1\n");
    given.sources.env_file = Some(path.clone());
    let config = given.config();
    assert_eq!((config.log.level, config.log.format), (LogLevel::Error, LogFormat::Json));
    let source = config.describe().into_iter().find(|line| line.key == "log.format").unwrap().source;
    assert!(source.to_string().ends_with(".env:3"), "{source}");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(given.warnings().contains("chmod 600"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(given.warnings(), "");
}

#[test]
fn a_file_with_a_secret_must_be_private_too() {
    use std::os::unix::fs::PermissionsExt as _;
    let given = file(&format!("[keys]\nmaster_key = '{SECRET}'\n"));
    let path = given.sources.file.clone().unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(given.warnings().contains("chmod 600"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(given.warnings(), "");
}

#[test]
fn unknown_keys_are_all_named_with_line_and_nearest_key() {
    let text = "lisen = '127.0.0.1:1'\n\n[sessions]\nidle_lifetme = '1d'\n\n[session]\nrace_window = '5s'\n[nothing]\n";
    let problems = file(text).problems();
    let expected = "lisen (jotgate.toml:1): is no key of the configuration\n  Did you mean `listen`, above all [sections]?\n\
                    sessions.idle_lifetme (jotgate.toml:4): is no key of the configuration\n  Did you mean `idle_lifetime` in [sessions]?\n\
                    session.race_window (jotgate.toml:7): is no key of the configuration\n  Did you mean `race_window` in [sessions]?\n\
                    nothing (jotgate.toml:8): is no key of the configuration\n  `jotgate config show` lists every key.";
    assert_eq!(problems, expected);
}

#[test]
fn a_file_that_is_no_toml_names_the_line_and_shows_nothing_of_it() {
    let problems = file("[tokens]\nsecret = hush-hush\n").problems();
    assert!(problems.contains("jotgate.toml:2: is no TOML"), "{problems}");
    assert!(problems.contains("stand in quotes"), "{problems}");
    assert!(!problems.contains("hush"), "{problems}");
    refused("listen = '127.0.0.1:1'\nlisten = '127.0.0.1:2'\n", &["jotgate.toml:2", "duplicate key"]);
    refused("sessions = 5\n", &["sessions (jotgate.toml:1): is a section"]);
}

#[test]
fn missing_and_unreadable_files_are_named() {
    let mut lost = given();
    lost.sources.file = Some(lost.folder.path().join("no.toml"));
    assert!(lost.problems().contains("no.toml: does not exist"));
    let lost = env(&[("JOTGATE_TOKENS__SECRET_FILE", "/nonexistent/secret")]);
    assert!(lost.problems().contains("JOTGATE_TOKENS__SECRET_FILE = /nonexistent/secret: does not exist"));
}

#[test]
fn a_problem_says_what_where_and_what_to_do() {
    let problems =
        file("[sessions]\nidle_lifetime = 900\nrace_window = '5 minutes'\nretry_window = '301s'\n")
            .problems();
    for words in [
        "sessions.idle_lifetime (jotgate.toml:2): 900 has no unit\n  Write \"900s\" for seconds.",
        "sessions.race_window (jotgate.toml:3): \"5 minutes\" has a unit that is none of s, m, h, d\n  Write \"5m\".",
        "sessions.retry_window (jotgate.toml:4): \"301s\" is not within 0s to 300s",
    ] {
        assert!(problems.contains(words), "expected {words:?} in:\n{problems}");
    }
    assert!(env(&[("JOTGATE_SESSIONS__RACE_WINDOW", "900")]).problems().contains("Write \"900s\""));
    assert!(
        given()
            .flag("log.level", "loud")
            .problems()
            .contains("log.level (--set log.level): \"loud\" is none of")
    );
    assert!(given().flag("log.levl", "info").problems().contains("Did you mean log.level?"));
    assert!(env(&[("JOTGATE_LISTEN", "")]).problems().contains("is empty"));
}

#[test]
fn listen_takes_an_address_and_a_port() {
    assert_eq!(file("listen = 'localhost:9000'").config().listen.to_string(), "127.0.0.1:9000");
    assert_eq!(file("listen = '[::1]:9000'").config().listen.to_string(), "[::1]:9000");
    refused("listen = ':3000'", &["127.0.0.1:3000", "0.0.0.0:3000"]);
    refused("listen = 3000", &["127.0.0.1:3000"]);
    refused("listen = 'auth.example.com:443'", &["is not an address and a port"]);
    let warnings = file("listen = '0.0.0.0:8080'").warnings();
    assert!(warnings.contains("open to other machines"), "{warnings}");
}

#[test]
fn the_port_that_was_bound_makes_the_default_issuer() {
    let settings = Settings::load(&file("listen = '127.0.0.1:0'").sources).unwrap();
    assert_eq!(settings.check(Some(40123)).unwrap().config.issuer.as_str(), "http://localhost:40123");
}

#[test]
fn the_issuer_is_an_origin_and_public_ones_speak_tls() {
    refused("issuer = 'http://auth.example.com'", &["plain http", "https://auth.example.com"]);
    refused("issuer = 'https://example.com/auth'", &["has a path (/auth)", "cookies"]);
    refused("issuer = 'https://example.com?x=1'", &["has a query"]);
    refused("issuer = 'https://example.com/#x'", &["has a fragment"]);
    refused("issuer = 'https://u:p@example.com'", &["user name or password", "public"]);
    refused("issuer = 'auth.example.com'", &["Did you mean \"https://auth.example.com\"?"]);
    refused("issuer = 'http://0.0.0.0:8080'", &["an address to listen on"]);
    refused("issuer = 'http://localhost.example.com'", &["plain http"]);
    refused("issuer = 'http://127.0.0.1.nip.io'", &["plain http"]);
    for host in ["", "a b", "127.1", "0x7f.1", "a..b", "[::1", "x_y.com"] {
        refused(&format!("issuer = 'https://{host}'"), &["no valid host"]);
    }
    for port in ["0", "65536", "", "+1", "x"] {
        refused(&format!("issuer = 'https://example.com:{port}'"), &["no valid port"]);
    }
}

#[test]
fn loopback_issuers_may_be_http() {
    for issuer in [
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:8080",
        "http://a.localhost",
    ] {
        let config = file(&format!("issuer = '{issuer}'")).config();
        assert!(config.issuer.is_loopback(), "{issuer}");
        assert_eq!(config.issuer.as_str(), issuer);
    }
}

#[test]
fn the_issuer_is_spelled_as_browsers_spell_it() {
    for (written, used) in [
        ("https://Auth.Example.com/", "https://auth.example.com"),
        ("HTTPS://auth.example.com:443", "https://auth.example.com"),
        ("https://bücher.example:8443", "https://xn--bcher-kva.example:8443"),
    ] {
        let given = file(&format!("issuer = '{written}'\n[tokens]\naudience = 'api'"));
        assert_eq!(given.config().issuer.as_str(), used);
        assert!(given.warnings().contains(used), "{written}");
    }
    let issuer = Issuer::parse("https://auth.example.com:8443").unwrap();
    assert_eq!(
        (issuer.host(), issuer.port(), issuer.authority()),
        ("auth.example.com", 8443, "auth.example.com:8443")
    );
}

const PUBLIC: &str = "issuer = 'https://auth.example.com'\n";

#[test]
fn a_public_server_needs_an_audience_and_closes_signup() {
    refused(PUBLIC, &["tokens.audience (default): is required"]);
    let config = file(&format!("{PUBLIC}[tokens]\naudience = 'https://api.example.com'")).config();
    assert_eq!(config.signup.mode, SignupMode::Closed);
    assert_eq!(config.tokens.audience, ["https://api.example.com"]);
    assert_eq!(file("[signup]\nmode = 'verified'").config().signup.mode, SignupMode::Verified);
    let public =
        format!("{PUBLIC}[tokens]\naudience = 'https://api.example.com'\n[signup]\nmode = 'verified'");
    refused(&public, &["no mail server is named"]);
    refused("[tokens]\naudience = ['a b']", &["white space"]);
    refused("[tokens]\naudience = ['1:2']", &["no URI"]);
    refused("[tokens]\naudience = [1]", &["a list of other things than text"]);
    let slash = file("[tokens]\naudience = 'http://localhost:8080/'").warnings();
    assert!(slash.contains("without a slash"), "{slash}");
}

#[test]
fn access_tokens_are_short_lived() {
    let with = |lifetime: &str| format!("[tokens]\naccess_lifetime = '{lifetime}'");
    refused(&with("25h"), &["is not within 10s to 24h", "also after logout"]);
    refused(&with("9s"), &["is not within 10s to 24h"]);
    assert!(file(&with("61m")).warnings().contains("is above 1h"));
    assert_eq!(file(&with("1h")).warnings(), "");
}

#[test]
fn an_idle_lifetime_longer_than_the_absolute_one_is_refused() {
    refused(
        "[sessions]\nidle_lifetime = '31d'",
        &["sessions.idle_lifetime (jotgate.toml:2): 31d is longer than sessions.absolute_lifetime, 30d"],
    );
    assert!(file("[sessions]\nidle_lifetime = '30d'").check().is_ok());
    assert!(file("[sessions]\nabsolute_lifetime = '401d'").warnings().contains("above 400d"));
}

#[test]
fn algorithms_have_the_names_of_the_registry() {
    for name in ["ES256", "ES384", "RS256", "PS256", "Ed25519"] {
        assert!(file(&format!("[tokens]\nalgorithm = '{name}'")).check().is_ok(), "{name}");
    }
    refused("[tokens]\nalgorithm = 'EdDSA'", &["Ed25519"]);
    refused("[tokens]\nalgorithm = 'es256'", &["Did you mean \"ES256\"?"]);
    refused("[tokens]\nalgorithm = 'none'", &["unsigned"]);
}

fn hs256(rest: &str) -> String {
    format!("[tokens]\nalgorithm = 'HS256'\n{rest}")
}

#[test]
fn hs256_needs_a_strong_secret_and_an_audience_that_is_not_the_issuer() {
    let good = file(&hs256(&format!("audience = 'my-api'\nsecret = '{SECRET}'"))).config();
    assert_eq!(good.tokens.secret.unwrap().expose_secret(), SECRET);
    refused(
        &hs256("audience = 'my-api'"),
        &["tokens.secret (default): is required for HS256", "jotgate secret"],
    );
    refused(&hs256(&format!("secret = '{SECRET}'")), &["is the issuer itself", "audience = \"my-api\""]);
    refused(
        &hs256(&format!("audience = ['api', 'http://localhost:8080']\nsecret = '{SECRET}'")),
        &["is the issuer itself"],
    );
    let unused = file(&format!("[tokens]\nsecret = '{SECRET}'")).warnings();
    assert!(unused.contains("is not used"), "{unused}");
}

#[test]
fn weak_secrets_are_refused_and_never_shown() {
    for (secret, why) in [
        ("your-256-bit-secret", "well known"),
        ("secret", "well known"),
        ("your-secret-key", "well known"),
        ("hJ7-kQ2-xZ9-pL4", "has 15 bytes"),
        ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "one byte"),
        ("404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970", "well known"),
    ] {
        let problems = file(&hs256(&format!("audience = 'api'\nsecret = '{secret}'"))).problems();
        assert!(
            problems.contains("tokens.secret (jotgate.toml:4): ") && problems.contains(why),
            "{problems}"
        );
        assert!(secret == "secret" || !problems.contains(secret), "{problems}");
    }
}

#[test]
fn a_secret_file_loses_its_line_feed_only() {
    let given = file(&hs256("audience = 'api'"));
    let path = given.write("secret", &format!("{SECRET}\n"));
    let given = given.env(&[("JOTGATE_TOKENS__SECRET_FILE", path.to_str().unwrap())]);
    assert_eq!(given.config().tokens.secret.unwrap().expose_secret(), SECRET);
}

#[test]
fn postgres_needs_a_master_key_and_never_shows_its_password() {
    let url = "postgres://jot:hunter2@db.internal:5433/jotgate?sslmode=require";
    let problems = env(&[("JOTGATE_DATABASE_URL", url)]).problems();
    assert!(problems.contains("keys.master_key (default): is required with PostgreSQL"), "{problems}");
    let config = env(&[("JOTGATE_DATABASE_URL", url), ("JOTGATE_KEYS__MASTER_KEY", SECRET)]).config();
    let shown = format!("{config:?} {:?}", config.describe());
    assert!(shown.contains("postgres://jot:…@db.internal:5433/jotgate"), "{shown}");
    assert!(!shown.contains("hunter2") && !shown.contains(&SECRET[..8]), "{shown}");
    for wrong in ["postgres:hunter2", "mysql://jot:hunter2@db/x", "hunter2.db"] {
        let problems = env(&[("JOTGATE_DATABASE_URL", wrong)]).problems();
        assert!(problems.contains("postgres://USER:PASSWORD@HOST:PORT/NAME"), "{problems}");
        assert!(!problems.contains("hunter2"), "{problems}");
    }
    let problems = env(&[("JOTGATE_DATABASE_URL", "postgres://jot:hunter2@x@db/x")]).problems();
    assert!(problems.contains("%40") && !problems.contains("hunter2"), "{problems}");
    refused("database = 'sqlite::memory:'", &["in memory"]);
}

#[test]
fn the_master_key_is_32_random_bytes() {
    for wrong in ["abc", &"0".repeat(64), &SECRET[1..]] {
        let problems = env(&[("JOTGATE_KEYS__MASTER_KEY", wrong)]).problems();
        assert!(problems.contains("`jotgate secret` prints"), "{problems}");
        assert!(!problems.contains(wrong), "{problems}");
    }
    let key = env(&[("JOTGATE_KEYS__MASTER_KEY", SECRET)]).config().keys.master_key.unwrap();
    assert_eq!(key.expose()[..2], [0x9f, 0x86]);
}

#[test]
fn a_rotation_leaves_time_to_publish_a_key_and_few_keys_published() {
    let keys = file("[keys]\nrotate_every = '0s'").config().keys;
    assert!(keys.rotate_every.is_zero(), "never");
    assert_eq!(keys.publish_before, Duration::from_secs(86_400));
    refused("[keys]\npublish_before = '5m'", &["keys.publish_before", "is not within 10m to 30d"]);
    refused("[keys]\nrotate_every = '12h'", &["12h is shorter than keys.publish_before, 1d"]);
    refused(
        "[tokens]\naccess_lifetime = '24h'\n[keys]\nrotate_every = '15m'\npublish_before = '10m'",
        &["would keep 96 keys published at once"],
    );
}

#[test]
fn mapped_claims_are_read_from_a_table_and_remarked() {
    let given = file(
        "[tokens]\nclaims = { role = 'user.roles.first', cartID = 'user.data.cartID', email = 'user.email' }",
    );
    let claims = given.config().tokens.claims;
    assert!(
        claims.contains(&MappedClaim { name: "cartID".into(), path: ClaimPath::Data(vec!["cartID".into()]) })
    );
    assert_eq!(claims.len(), 3);
    let warnings = given.warnings();
    assert!(
        warnings.contains("`cartID` is neither registered") && warnings.contains("`role` is neither"),
        "{warnings}"
    );
    assert!(
        warnings.contains("`email` puts personal data") && !warnings.contains("`email` is neither"),
        "{warnings}"
    );
    let dotted = file("[tokens.claims]\nrole = 'user.roles.first'\n").config();
    assert_eq!(dotted.tokens.claims.len(), 1);
    refused("[tokens]\nclaims = { sub = 'user.email' }", &["tokens.claims (jotgate.toml:2)", "`sub`"]);
    refused("[tokens.claims]\nrole = 5\n", &["a table of other things than text"]);
    let twice = env(&[("JOTGATE_TOKENS__CLAIMS", "a=user.id,a=user.email")]).problems();
    assert!(twice.contains("names the claim `a` twice"), "{twice}");
}

#[test]
fn browser_origins_are_origins() {
    let config = file("[http]\norigins = ['https://App.example.com/', 'http://localhost:5173']").config();
    assert_eq!(config.http.origins[0].as_str(), "https://app.example.com");
    refused("[http]\norigins = ['*']", &["wildcard", "credentials"]);
    refused("[http]\norigins = ['https://*.example.com']", &["wildcard"]);
    refused("[http]\norigins = ['null']", &["is no origin"]);
    refused("[http]\norigins = ['https://app.example.com/login']", &["has a path (/login)"]);
    refused("[http]\norigins = 5", &["is a number where a list belongs"]);
    assert!(file("[http]\norigins = ['http://app.example.com']").warnings().contains("plain http"));
}

#[test]
fn proxies_are_networks() {
    let config = file("[http]\ntrusted_proxies = ['10.0.0.0/8', 'fd00::/8']").config();
    assert_eq!(config.http.trusted_proxies.len(), 2);
    refused(
        "[http]\ntrusted_proxies = ['10.0.0.1']",
        &["Write", "10.0.0.1/32"].map(|w| if w == "Write" { "write" } else { w }),
    );
    refused("[http]\ntrusted_proxies = ['10.0.0.1/8']", &["Write \"10.0.0.0/8\""]);
    refused("[http]\ntrusted_proxies = ['0.0.0.0/0']", &["whole internet"]);
    refused("[http]\ntrusted_proxies = ['proxy.internal']", &["is no network"]);
}

#[test]
fn hosts_are_spelled_as_browsers_send_them() {
    assert_eq!(
        file("[http]\nhosts = ['Auth.Internal:8080', 'x.example:80']").config().http.hosts,
        ["auth.internal:8080", "x.example"]
    );
    refused("[http]\nhosts = ['https://x']", &["is no host name"]);
}

#[test]
fn password_rules_agree_with_their_profile() {
    assert_eq!(file("[passwords]\nprofile = 'nist'").config().passwords.min_length, 15);
    assert_eq!(file("[passwords]\nprofile = 'nist'\nmin_length = 20").config().passwords.min_length, 20);
    refused("[passwords]\nprofile = 'nist'\nmin_length = 10", &["10 is less than the 15"]);
    refused("[passwords]\nmin_length = 7", &["is not within 8 to 64"]);
    refused("[passwords]\nmin_length = 'many'", &["is not a whole number"]);
    refused("[passwords]\nmin_length = -1", &["is not a whole number"]);
    assert!(file("[passwords]\nargon2_iterations = 1").warnings().contains("OWASP"));
    assert_eq!(file("[passwords]\nargon2_memory_kib = 9216\nargon2_iterations = 4").warnings(), "");
}

#[test]
fn metrics_have_a_port_of_their_own() {
    refused("[metrics]\nlisten = '127.0.0.1:8080'", &["is the address of `listen`"]);
    assert!(file("[metrics]\nlisten = '0.0.0.0:9100'").warnings().contains("asks for no token"));
}

#[test]
fn a_switch_is_true_or_false() {
    let is_on = |given: Given| given.config().revocations.status_list;
    assert!(!is_on(given()) && !is_on(file("[revocations]\nstatus_list = false")));
    assert!(is_on(file("[revocations]\nstatus_list = true")));
    assert!(is_on(env(&[("JOTGATE_REVOCATIONS__STATUS_LIST", "true")])));
    for wrong in ["1", "'yes'", "'True'", "''", "[]"] {
        let text = format!("[revocations]\nstatus_list = {wrong}");
        assert!(file(&text).problems().contains("revocations.status_list"), "{wrong}");
    }
    refused("[revocations]\nstatus_list = 'on'", &["is neither true nor false", "Write one of the two"]);
    refused("[tokens]\naudience = true", &["tokens.audience"]);
}

#[test]
fn waits_grow() {
    refused("[login]\npair_wait_first = '20m'", &["is longer than login.pair_wait_longest"]);
}

#[test]
fn demo_lifetimes_are_for_loopback_only() {
    let settings = |text: &str| Settings::load(&file(text).sources).unwrap().with_demo_lifetimes();
    let config = settings("[tokens]\naccess_lifetime = '1h'").check(None).unwrap().config;
    assert!(config.demo_lifetimes);
    assert_eq!(config.tokens.access_lifetime, Duration::from_secs(20));
    assert_eq!(config.sessions.idle_lifetime, Duration::from_secs(120));
    let line = config.describe().into_iter().find(|line| line.key == "tokens.access_lifetime").unwrap();
    assert_eq!((line.value.as_str(), line.source.to_string().as_str()), ("20s", "--demo-lifetimes"));
    let error = settings(&format!("{PUBLIC}[tokens]\naudience = 'api'")).check(None).unwrap_err();
    assert!(error.to_string().contains("--demo-lifetimes: is only for a loopback issuer"), "{error}");
}

#[test]
fn passkeys_are_bound_to_the_issuers_host_or_a_domain_above_it() {
    let rp_id = |given: Given| given.config().passkeys.rp_id;
    let public = |rest: &str| file(&format!("{PUBLIC}[tokens]\naudience = 'api'\n{rest}"));
    assert_eq!(rp_id(given()).as_deref(), Some("localhost"));
    assert_eq!(rp_id(file("issuer = 'http://127.0.0.1:8080'")), None);
    assert_eq!(rp_id(file("issuer = 'http://[::1]:8080'")), None);
    assert_eq!(rp_id(public("")).as_deref(), Some("auth.example.com"));
    assert_eq!(rp_id(public("[passkeys]\nrp_id = 'Example.com'")).as_deref(), Some("example.com"));
    for (id, said) in [
        ("ample.com", "ample.com is neither auth.example.com nor a domain above it"),
        ("a.auth.example.com", "nor a domain above it"),
        ("com", "is no domain"),
        ("https://example.com", "is no domain"),
        ("example.com:8443", "is no domain"),
        ("192.0.2.1", "is no domain"),
        ("", "is empty"),
    ] {
        let problems = public(&format!("[passkeys]\nrp_id = '{id}'")).problems();
        assert!(problems.contains(said), "{id}: {problems}");
    }
    let address = file("issuer = 'http://127.0.0.1:8080'\n[passkeys]\nrp_id = 'localhost'").problems();
    assert!(address.contains("cannot hold for the address 127.0.0.1"), "{address}");
}

const MAIL: &str = "[mail]\nhost = 'smtp.example.com'\nfrom = 'Acme <auth@example.com>'\n";

#[test]
fn a_mail_server_needs_little_and_is_asked_for_tls() {
    let mail = file(MAIL).config().mail.unwrap();
    assert_eq!((mail.host.as_str(), mail.port, mail.security), ("smtp.example.com", 465, MailSecurity::Tls));
    assert_eq!(
        (mail.from.to_string().as_str(), mail.hello_name.as_str()),
        ("Acme <auth@example.com>", "localhost")
    );
    assert!(mail.login.is_none() && mail.reply_to.is_none());
    assert!(file("").config().mail.is_none());
    let mail = file(&format!("{MAIL}security = 'starttls'\nusername = 'u'"))
        .env(&[("JOTGATE_MAIL__PASSWORD", "p")])
        .config()
        .mail
        .unwrap();
    assert_eq!((mail.port, mail.login.is_some()), (587, true));
    let mail = file("[mail]\nhost = '::1'\nsecurity = 'none'\nfrom = 'a@example.com'").config().mail.unwrap();
    assert_eq!((mail.host.as_str(), mail.port), ("::1", 25));
}

#[test]
fn a_mail_server_that_would_give_links_away_is_refused() {
    refused("[mail]\nhost = 'smtp.example.com'", &["mail.from", "required", "from = "]);
    refused("[mail]\nport = 25", &["mail.port", "no effect without mail.host"]);
    refused(&format!("{MAIL}security = 'none'"), &["mail.security", "another machine", "starttls"]);
    refused(&format!("{MAIL}username = 'u'"), &["mail.password", "JOTGATE_MAIL__PASSWORD_FILE"]);
    refused(&format!("{MAIL}password = 'hush-hush'"), &["mail.username"]);
    let local = "[mail]\nhost = '127.0.0.1'\nsecurity = 'none'\nfrom = 'a@example.com'\nusername = 'u'\npassword = 'p'";
    refused(local, &["mail.password", "without TLS"]);
    refused(&MAIL.replace("smtp.example.com", "smtp.example.com:587"), &["is no host name", "mail.port"]);
    refused(&MAIL.replace("auth@example.com", "auth"), &["is no mail address"]);
    refused("[mail]\nhost = 'h'\nfrom = \"A\\r\\nBcc: b@c.d <a@example.com>\"", &["control character"]);
    refused(&format!("{MAIL}security = 'ssl'"), &["\"tls\" is TLS from the first byte"]);
    let warnings = file(&format!("{MAIL}port = 587")).warnings();
    assert!(warnings.contains("mostly speak starttls"), "{warnings}");
}
