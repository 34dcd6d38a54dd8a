//! From a URL to a connection: which host, and whether the way there is encrypted. TLS always checks the certificate
//! and the name, whatever the mode is called; a database on another host without TLS has to be asked for by name.
//! libpq's modes and their weaknesses: <https://www.postgresql.org/docs/current/libpq-ssl.html>.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::PoolError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::plain;
use crate::store::OpenError;

pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Option<MakeRustlsConnect>,
    /// Host and port, for messages.
    pub(super) host: String,
}

impl Target {
    pub(super) fn parse(url: &SecretString) -> Result<Target, OpenError> {
        let parts = Parts::split(url.expose_secret())?;
        // The driver's own words may quote the URL.
        let mut config: Config = parts.url.parse().map_err(|_| bad(SHAPE))?;
        if config.get_hosts().is_empty() {
            return Err(bad(SHAPE));
        }
        let mode = parts.ssl_mode(&config)?;
        config.ssl_mode(mode);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(5));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("jotgate");
        }
        let tls = match mode {
            SslMode::Disable => None,
            _ => Some(MakeRustlsConnect::new(client_config(parts.root_cert.as_deref())?)),
        };
        Ok(Target { host: host(&config), tls, config })
    }
}

/// A URL without the options the driver does not know.
struct Parts {
    url: String,
    ssl_mode: Option<String>,
    root_cert: Option<String>,
}

impl Parts {
    fn split(url: &str) -> Result<Parts, OpenError> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(bad(SHAPE));
        }
        // Taken for the end of the password, a bare @ would make part of the password a host that messages name.
        if url.matches('@').count() > 1 {
            return Err(bad("an @ in the user name or the password is written %40"));
        }
        let options = url.rfind('@').unwrap_or(0);
        let (base, query) = match url[options..].find('?') {
            Some(at) => (&url[..options + at], &url[options + at + 1..]),
            None => (url, ""),
        };
        let mut parts = Parts { url: base.to_owned(), ssl_mode: None, root_cert: None };
        let mut before = '?';
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", mode)) => parts.ssl_mode = Some(mode.to_owned()),
                Some(("sslrootcert", path)) => parts.root_cert = Some(path.replace("%2F", "/")),
                _ => {
                    parts.url.push(before);
                    parts.url.push_str(option);
                    before = '&';
                }
            }
        }
        Ok(parts)
    }

    /// Without a word about it, a way within the machine is plain and any other encrypted: sessions and hashes of
    /// passwords pass there.
    fn ssl_mode(&self, config: &Config) -> Result<SslMode, OpenError> {
        match self.ssl_mode.as_deref() {
            None if is_local(config) => Ok(SslMode::Disable),
            None | Some("require" | "verify-ca" | "verify-full") => Ok(SslMode::Require),
            Some("disable") => Ok(SslMode::Disable),
            Some("prefer" | "allow") => Ok(SslMode::Prefer),
            Some(_) => Err(bad("sslmode is one of disable, prefer, require, verify-ca and verify-full")),
        }
    }
}

/// What a failed first connection means.
pub(super) fn open_error(host: &str, cause: &PoolError) -> OpenError {
    use deadpool_postgres::HookError;
    let host = host.to_owned();
    let cause = match cause {
        PoolError::Backend(cause) | PoolError::PostCreateHook(HookError::Backend(cause)) => cause,
        other => return OpenError::Unreachable { host, cause: other.to_string() },
    };
    let text = plain(cause);
    if cause.as_db_error().is_some() {
        return OpenError::Refused { host, cause: text };
    }
    if text.contains("server does not support TLS") {
        let cause = format!("{text}; if the way there is trusted, add sslmode=disable to its URL");
        return OpenError::Refused { host, cause };
    }
    OpenError::Unreachable { host, cause: text }
}

fn is_local(config: &Config) -> bool {
    let names = config.get_hosts().iter().all(|host| match host {
        #[cfg(unix)]
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            let name = name.trim_start_matches('[').trim_end_matches(']');
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    });
    names && config.get_hostaddrs().iter().all(std::net::IpAddr::is_loopback)
}

fn host(config: &Config) -> String {
    let ports = config.get_ports();
    let named = config.get_hosts().iter().enumerate().map(|(place, host)| {
        let port = ports.get(place).or(ports.first()).copied().unwrap_or(5432);
        match host {
            #[cfg(unix)]
            Host::Unix(path) => format!("{} (port {port})", path.display()),
            Host::Tcp(name) => format!("{name}:{port}"),
        }
    });
    named.collect::<Vec<_>>().join(", ")
}

/// Trusts the certificates of a file, or else those browsers trust.
fn client_config(root_cert: Option<&str>) -> Result<rustls::ClientConfig, OpenError> {
    let mut roots = rustls::RootCertStore::empty();
    match root_cert {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate).map_err(|cause| bad(format!("sslrootcert {path}: {cause}")))?;
            }
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| OpenError::Failed(cause.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, OpenError> {
    let unusable = |cause: String| bad(format!("sslrootcert {path}: {cause}"));
    let file = CertificateDer::pem_file_iter(path).map_err(|cause| unusable(cause.to_string()))?;
    let certificates = file.collect::<Result<Vec<_>, _>>().map_err(|cause| unusable(cause.to_string()))?;
    if certificates.is_empty() {
        return Err(unusable("no certificate in it".to_owned()));
    }
    Ok(certificates)
}

fn bad(text: impl Into<String>) -> OpenError {
    OpenError::BadUrl(text.into())
}

const SHAPE: &str = "it has the form postgres://USER:PASSWORD@HOST:PORT/DATABASE, with letters such as @ / ? # \
     percent-encoded and options of PostgreSQL after a ?";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Target, OpenError> {
        Target::parse(&SecretString::from(url.to_owned()))
    }

    fn mode(url: &str) -> SslMode {
        parse(url).map(|target| target.config.get_ssl_mode()).unwrap()
    }

    #[test]
    fn only_a_way_within_the_machine_is_plain_by_itself() {
        for local in ["localhost", "127.0.0.1:1", "[::1]:1", "%2Frun%2Fpostgresql"] {
            assert_eq!(mode(&format!("postgres://u:p@{local}/d")), SslMode::Disable, "{local}");
        }
        for remote in ["db", "10.0.0.1", "localhost.example", "localhost,db"] {
            assert_eq!(mode(&format!("postgres://u:p@{remote}/d")), SslMode::Require, "{remote}");
        }
        assert_eq!(mode("postgres://u@localhost/d?hostaddr=10.0.0.1"), SslMode::Require);
    }

    #[test]
    fn the_mode_is_taken_from_the_url_and_other_options_stay() {
        assert_eq!(mode("postgres://u:p@db/d?sslmode=disable"), SslMode::Disable);
        assert_eq!(mode("postgres://u:p@localhost/d?sslmode=verify-full"), SslMode::Require);
        assert_eq!(mode("postgresql://u:p@db/d?sslmode=prefer"), SslMode::Prefer);
        let target =
            parse("postgres://u:p@db/d?connect_timeout=9&sslmode=disable&application_name=x").unwrap();
        assert_eq!(target.config.get_connect_timeout(), Some(&Duration::from_secs(9)));
        assert_eq!(target.config.get_application_name(), Some("x"));
    }

    #[test]
    fn a_host_is_named_with_its_port() {
        assert_eq!(parse("postgres://u:p@db.example:6000/d").unwrap().host, "db.example:6000");
        assert_eq!(parse("postgres://u:p@a,b/d").unwrap().host, "a:5432, b:5432");
    }

    #[test]
    fn no_message_about_a_url_repeats_it() {
        for url in [
            "mysql://u:hunter2@db/d",
            "postgres://u:hunter2@db:port/d",
            "postgres://u:hun@ter2@db/d",
            "postgres://u:hunter2@db/d?hunter2=1",
            "postgres://u:hunter2@db/d?sslmode=hunter2",
            "hunter2",
        ] {
            let error = parse(url).err().unwrap();
            assert!(!format!("{error} {error:?}").contains("ter2"), "{error}");
        }
    }

    #[test]
    fn a_root_certificate_that_cannot_be_read_is_named() {
        let error = parse("postgres://u:p@db/d?sslrootcert=/nowhere/ca.pem").err().unwrap();
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    }
}
