//! What a claim is about, told by its name. Names are compared without regard to case and separators, because
//! `refresh_token`, `refreshToken` and `https://x.example/refresh-token` mean the same to the people who write them.

/// What a name says about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Password,
    PasswordHash,
    Secret,
    Token,
    Email,
    Phone,
    Profile,
    Birthdate,
    Address,
    NationalId,
    Card,
    Iban,
    Ip,
    Location,
    Special,
}

/// What the name of a claim says about its value, if anything.
pub(super) fn topic(name: &str) -> Option<Topic> {
    let plain = plain(name);
    TOPICS.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(topic, _)| *topic)
}

/// The last word of a URI, letters and digits only, in lower case.
pub(super) fn plain(name: &str) -> String {
    let is_uri = name.contains("://") || name.starts_with("urn:");
    let last = if is_uri { name.rsplit(['/', '#', ':']).next().unwrap_or(name) } else { name };
    last.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The registered claim that this name seems to stand for.
pub(super) fn near_miss(name: &str) -> Option<&'static str> {
    let plain = plain(name);
    let (meant, _) = NEAR.iter().find(|(meant, names)| *meant == plain || names.contains(&plain.as_str()))?;
    (*meant != name).then_some(meant)
}

/// Names that people use for one thing: the first that occurs counts as its name.
pub(super) const SAME: &[(&str, &[&str])] = &[
    ("the user", &["sub", "userid", "uid", "id"]),
    ("the end", &["exp", "expires", "expiresat", "expiry", "expiration", "validuntil"]),
    ("the time of issue", &["iat", "issuedat", "createdat", "created"]),
    ("the scope", &["scope", "scp", "scopes"]),
    ("the roles", &["roles", "role", "userroles", "userrole"]),
    ("the e-mail address", &["email", "mail", "emailaddress", "useremail"]),
    ("the token's id", &["jti", "tokenid", "jwtid"]),
];

const NEAR: &[(&str, &[&str])] = &[
    (
        "exp",
        &["expires", "expiresat", "expiresin", "expiry", "expiration", "expire", "validuntil", "validto"],
    ),
    ("nbf", &["notbefore", "validfrom"]),
    ("iat", &["issuedat"]),
    ("iss", &["issuer", "issuedby"]),
    ("sub", &["subject"]),
    ("aud", &["audience"]),
    ("jti", &["jwtid", "tokenid"]),
];

const TOPICS: &[(Topic, &[&str])] = &[
    (
        Topic::Password,
        &[
            "password",
            "passwd",
            "pwd",
            "pass",
            "passphrase",
            "passcode",
            "userpassword",
            "currentpassword",
            "newpassword",
            "oldpassword",
            "plainpassword",
            "loginpassword",
            "passwort",
            "motdepasse",
            "contrasena",
            "senha",
        ],
    ),
    (
        Topic::PasswordHash,
        &[
            "passwordhash",
            "hashedpassword",
            "pwdhash",
            "passhash",
            "hashedpwd",
            "encryptedpassword",
            "passworddigest",
            "salt",
            "passwordsalt",
            "bcrypt",
            "argon2",
        ],
    ),
    (
        Topic::Secret,
        &[
            "secret",
            "clientsecret",
            "apisecret",
            "appsecret",
            "apikey",
            "xapikey",
            "secretkey",
            "privatekey",
            "accesskey",
            "secretaccesskey",
            "awssecretaccesskey",
            "accesskeysecret",
            "encryptionkey",
            "signingkey",
            "masterkey",
            "jwtsecret",
            "tokensecret",
            "sessionsecret",
            "webhooksecret",
            "totpsecret",
            "otpsecret",
            "mfasecret",
            "twofactorsecret",
            "recoverycode",
            "recoverycodes",
            "backupcode",
            "backupcodes",
            "securityanswer",
            "secretanswer",
            "pin",
            "pincode",
            "cvv",
            "cvc",
            "cvv2",
            "otp",
            "onetimepassword",
            "connectionstring",
            "databaseurl",
            "credentials",
            "seedphrase",
            "mnemonic",
        ],
    ),
    (
        Topic::Token,
        &[
            "accesstoken",
            "refreshtoken",
            "idtoken",
            "authtoken",
            "bearertoken",
            "sessiontoken",
            "apitoken",
            "personalaccesstoken",
            "googletoken",
            "githubtoken",
            "facebooktoken",
            "oauthtoken",
            "resettoken",
        ],
    ),
    (Topic::Email, &["email", "mail", "emailaddress", "useremail", "emails", "primaryemail", "contactemail"]),
    (
        Topic::Phone,
        &[
            "phone",
            "phonenumber",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "telephone",
            "tel",
            "msisdn",
            "fax",
            "whatsapp",
        ],
    ),
    (Topic::Birthdate, &["birthdate", "birthday", "dob", "dateofbirth", "yearofbirth"]),
    (
        Topic::Address,
        &[
            "address",
            "streetaddress",
            "street",
            "postaladdress",
            "homeaddress",
            "billingaddress",
            "shippingaddress",
            "postalcode",
            "postcode",
            "zipcode",
            "zip",
            "addressline1",
            "addressline2",
        ],
    ),
    (
        Topic::NationalId,
        &[
            "ssn",
            "socialsecuritynumber",
            "socialsecurity",
            "nationalid",
            "nationalidnumber",
            "nationalidentifier",
            "identitynumber",
            "idnumber",
            "personalnumber",
            "personnummer",
            "passport",
            "passportnumber",
            "taxid",
            "taxnumber",
            "tin",
            "nino",
            "nationalinsurancenumber",
            "cpf",
            "aadhaar",
            "aadhaarnumber",
            "pan",
            "pannumber",
            "bsn",
            "curp",
            "dni",
            "nif",
            "rut",
            "steuerid",
            "codicefiscale",
            "pesel",
            "insee",
            "nhsnumber",
            "driverslicense",
            "drivinglicence",
            "driverlicense",
            "driverslicensenumber",
        ],
    ),
    (Topic::Card, &["creditcard", "creditcardnumber", "cardnumber", "ccnumber", "ccnum", "debitcard"]),
    (
        Topic::Iban,
        &["iban", "bankaccount", "bankaccountnumber", "accountnumber", "routingnumber", "sortcode"],
    ),
    (
        Topic::Ip,
        &[
            "ip",
            "ipaddress",
            "ipaddr",
            "clientip",
            "remoteip",
            "remoteaddr",
            "remoteaddress",
            "userip",
            "lastip",
        ],
    ),
    (
        Topic::Location,
        &[
            "latitude",
            "longitude",
            "lat",
            "lng",
            "lon",
            "geolocation",
            "gps",
            "gpslocation",
            "coordinates",
            "geo",
        ],
    ),
    (
        Topic::Special,
        &[
            "religion",
            "ethnicity",
            "race",
            "sexualorientation",
            "politicalviews",
            "politicalparty",
            "healthcondition",
            "diagnosis",
            "diagnoses",
            "medicalhistory",
            "medicalrecord",
            "medicalrecordnumber",
            "disability",
            "bloodtype",
            "biometrics",
            "fingerprintdata",
            "faceid",
            "genetic",
            "tradeunion",
            "criminalrecord",
        ],
    ),
    (
        Topic::Profile,
        &[
            "name",
            "fullname",
            "givenname",
            "familyname",
            "firstname",
            "lastname",
            "middlename",
            "nickname",
            "surname",
            "displayname",
            "gender",
            "sex",
            "picture",
            "avatar",
            "avatarurl",
            "photo",
            "photourl",
            "nationality",
            "maritalstatus",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        for name in
            ["refresh_token", "refreshToken", "REFRESH-TOKEN", "https://x.example/claims/refresh_token"]
        {
            assert_eq!(topic(name), Some(Topic::Token), "{name}");
        }
        assert_eq!(topic("urn:example:password"), Some(Topic::Password));
    }

    #[test]
    fn a_part_of_a_name_is_not_the_name() {
        for name in [
            "password_changed_at",
            "email_verified",
            "phone_number_verified",
            "pwd_exp",
            "secretary",
            "tokens_left",
        ] {
            assert_eq!(topic(name), None, "{name}");
        }
    }

    #[test]
    fn a_near_miss_is_not_the_name_itself() {
        assert_eq!(near_miss("exp"), None);
        assert_eq!(near_miss("Exp"), Some("exp"));
        assert_eq!(near_miss("expires_at"), Some("exp"));
        assert_eq!(near_miss("expert"), None);
    }

    #[test]
    fn every_name_is_listed_in_the_form_it_is_compared_in() {
        for name in TOPICS
            .iter()
            .chain(&[])
            .flat_map(|(_, names)| *names)
            .chain(SAME.iter().flat_map(|(_, names)| *names))
        {
            assert_eq!(plain(name), *name);
        }
    }
}
