//! The keys of one run, made by the driver with `openssl` and thrown away after it.

use std::fs;
use std::path::PathBuf;

/// What is compared, and which file holds its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Algorithm {
    pub name: &'static str,
    file: &'static str,
}

impl Algorithm {
    pub const ALL: [Self; 13] = [
        Self::new("HS256", "secret"),
        Self::new("HS384", "secret"),
        Self::new("HS512", "secret"),
        Self::new("RS256", "rsa"),
        Self::new("RS384", "rsa"),
        Self::new("RS512", "rsa"),
        Self::new("PS256", "rsa"),
        Self::new("PS384", "rsa"),
        Self::new("PS512", "rsa"),
        Self::new("ES256", "p256"),
        Self::new("ES384", "p384"),
        Self::new("ES512", "p521"),
        Self::new("EdDSA", "ed25519"),
    ];

    const fn new(name: &'static str, file: &'static str) -> Self {
        Self { name, file }
    }

    pub fn is_hmac(self) -> bool {
        self.file == "secret"
    }
}

/// The folder of one run.
#[derive(Debug, Clone)]
pub struct Keys {
    folder: PathBuf,
}

impl Keys {
    /// # Panics
    /// Without a first argument: a worker is started by the driver.
    pub fn of_this_run() -> Self {
        let folder = std::env::args_os().nth(1).expect("the folder of keys is the first argument");
        Self { folder: folder.into() }
    }

    pub fn secret(&self) -> Vec<u8> {
        self.read("secret")
    }

    /// PKCS#8.
    pub fn private_pem(&self, algorithm: Algorithm) -> String {
        self.text(&format!("{}.pem", algorithm.file))
    }

    /// SubjectPublicKeyInfo.
    pub fn public_pem(&self, algorithm: Algorithm) -> String {
        self.text(&format!("{}.pub.pem", algorithm.file))
    }

    /// PKCS#8.
    pub fn private_der(&self, algorithm: Algorithm) -> Vec<u8> {
        self.read(&format!("{}.der", algorithm.file))
    }

    /// SubjectPublicKeyInfo.
    pub fn public_der(&self, algorithm: Algorithm) -> Vec<u8> {
        self.read(&format!("{}.pub.der", algorithm.file))
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// The token every library checks, written by the worker of Jotgate.
    pub fn token(&self, algorithm: Algorithm) -> String {
        self.text(&format!("{}.jwt", algorithm.name))
    }

    pub fn write_token(&self, algorithm: Algorithm, token: &str) {
        fs::write(self.folder.join(format!("{}.jwt", algorithm.name)), token).expect("the folder is ours");
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("PEM and tokens are text")
    }

    fn read(&self, name: &str) -> Vec<u8> {
        let file = self.folder.join(name);
        fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }
}
