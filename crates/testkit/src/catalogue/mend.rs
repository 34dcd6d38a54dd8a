//! What to change where a token of the catalogue is accepted: one line for each framework.
//!
//! Express with npm `jsonwebtoken` or `jose`, FastAPI with PyJWT, Spring Security's resource server, axum with the crate
//! `jsonwebtoken`. Names in capitals are the reader's. All of it at once is what the guards of Jotgate do.

/// What is missing in an API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Mend {
    /// Nothing.
    None,
    /// The check of `aud`.
    Audience,
    /// The check of `iss`.
    Issuer,
    /// The demand for `exp`.
    Expiry,
    /// The check of `nbf` and `iat`.
    Times,
    /// The demand for a user.
    Subject,
    /// The check of `typ`.
    Type,
    /// The check of `crit`.
    Critical,
    /// A strict reader.
    Form,
    /// A limit of size.
    Size,
    /// Keys that come from the configuration alone.
    Keys,
    /// A list of algorithms.
    Algorithms,
    /// The check of the signature.
    Signature,
    /// A library without known holes.
    Library,
    /// A secret worth the name.
    Secret,
    /// A careful look at the header line.
    Scheme,
    /// To hear of what was revoked.
    Revocation,
}

/// For whom a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framework {
    /// Node: Express, with `jsonwebtoken` or `jose`.
    Express,
    /// Python: FastAPI, with PyJWT.
    FastApi,
    /// Java: Spring Security's resource server.
    Spring,
    /// Rust: axum, with the crate `jsonwebtoken`.
    Axum,
}

impl Framework {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Express, Self::FastApi, Self::Spring, Self::Axum];

    /// Its name, as on the command line.
    ///
    /// ```
    /// use jotgate_testkit::catalogue::Framework;
    ///
    /// assert_eq!(Framework::FastApi.name(), "fastapi");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Express => "express",
            Self::FastApi => "fastapi",
            Self::Spring => "spring",
            Self::Axum => "axum",
        }
    }

    /// The framework of this name.
    ///
    /// ```
    /// use jotgate_testkit::catalogue::Framework;
    ///
    /// assert_eq!(Framework::by_name("axum"), Some(Framework::Axum));
    /// assert_eq!(Framework::by_name("rails"), None);
    /// ```
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|framework| framework.name() == name)
    }

    /// All of it at once: the guard of Jotgate for this framework.
    ///
    /// ```
    /// use jotgate_testkit::catalogue::Framework;
    ///
    /// assert!(Framework::Axum.guard().is_some_and(|line| line.contains("Guard::new")));
    /// ```
    #[must_use]
    pub const fn guard(self) -> Option<&'static str> {
        match self {
            Self::Express => Some(
                "app.get(\"/profile\", createGuard({ issuer: ISSUER, audience: AUDIENCE }).express(), handler)   // @jotgate/guard",
            ),
            Self::FastApi => {
                Some("caller: Caller = Depends(Guard(issuer=ISSUER, audience=AUDIENCE))   # jotgate-guard")
            }
            Self::Spring => None,
            Self::Axum => {
                Some("router.layer(Guard::new(ISSUER, AUDIENCE).start()?.layer())   // jotgate-guard")
            }
        }
    }
}

impl Mend {
    /// The missing thing in words.
    ///
    /// ```
    /// assert_eq!(jotgate_testkit::catalogue::Mend::Audience.title(), "say for whom tokens must be made");
    /// ```
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Audience => "say for whom tokens must be made",
            Self::Issuer => "say who must have made them",
            Self::Expiry => "demand an expiry",
            Self::Times => "check the other times",
            Self::Subject => "demand a user",
            Self::Type => "demand the type of an access token",
            Self::Critical => "refuse extensions you do not know",
            Self::Form => "read strictly",
            Self::Size => "limit the size",
            Self::Keys => "take keys from the configuration alone",
            Self::Algorithms => "name the algorithms",
            Self::Signature => "check the signature",
            Self::Library => "take a library without this hole",
            Self::Secret => "make a secret nobody guesses",
            Self::Scheme => "take exactly one `Authorization: Bearer` header",
            Self::Revocation => "hear of what was revoked",
        }
    }

    /// The line to change, where a line does it.
    ///
    /// ```
    /// use jotgate_testkit::catalogue::{Framework, Mend};
    ///
    /// assert!(Mend::Audience.line(Framework::FastApi).contains("audience=AUDIENCE"));
    /// ```
    #[must_use]
    pub const fn line(self, framework: Framework) -> &'static str {
        match framework {
            Framework::Express => self.express(),
            Framework::FastApi => self.fastapi(),
            Framework::Spring => self.spring(),
            Framework::Axum => self.axum(),
        }
    }

    const fn express(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Audience => {
                "jwt.verify(token, KEY, { algorithms: [ALG], issuer: ISSUER, audience: AUDIENCE })"
            }
            Self::Issuer => {
                "jwt.verify(token, KEY, { algorithms: [ALG], audience: AUDIENCE, issuer: ISSUER })"
            }
            Self::Expiry => {
                "await jwtVerify(token, KEYS, { requiredClaims: [\"exp\"] })   // npm jose; jsonwebtoken cannot ask for it"
            }
            Self::Times => {
                "await jwtVerify(token, KEYS, { maxTokenAge: \"15m\" })   // npm jose; jsonwebtoken does not look at iat"
            }
            Self::Subject => {
                "if (typeof claims.sub !== \"string\" || !claims.sub) return res.sendStatus(401);"
            }
            Self::Type => {
                "await jwtVerify(token, KEYS, { typ: \"at+jwt\" })   // npm jose; jsonwebtoken does not look at typ"
            }
            Self::Critical => {
                "await jwtVerify(token, KEYS, POLICY)   // npm jose; jsonwebtoken does not look at crit"
            }
            Self::Form => {
                "// JSON.parse takes the last of two members; a guard with a strict reader does not"
            }
            Self::Size => "if (token.length > 16384) return res.sendStatus(401);",
            Self::Keys => {
                "const KEYS = createRemoteJWKSet(new URL(`${ISSUER}/.well-known/jwks.json`));   // npm jose; never a key or an address out of the token"
            }
            Self::Algorithms => "jwt.verify(token, KEY, { algorithms: [ALG] })",
            Self::Signature => "jwt.verify(token, KEY, { algorithms: [ALG] })   // jwt.decode checks nothing",
            Self::Library => "npm install jsonwebtoken@latest jose@latest",
            Self::Secret => {
                "if (Buffer.byteLength(SECRET ?? \"\") < 32) throw new Error(\"JWT_SECRET is missing or too short\");"
            }
            Self::Scheme => {
                "const token = /^Bearer +([^\\s,]+)$/i.exec(req.get(\"Authorization\") ?? \"\")?.[1];"
            }
            Self::Revocation => {
                "// a check by signature alone cannot know: a guard that follows the revocation feed, or introspection"
            }
        }
    }

    const fn fastapi(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Audience => "jwt.decode(token, KEY, algorithms=[ALG], issuer=ISSUER, audience=AUDIENCE)",
            Self::Issuer => "jwt.decode(token, KEY, algorithms=[ALG], audience=AUDIENCE, issuer=ISSUER)",
            Self::Expiry => {
                "jwt.decode(..., options={\"require\": [\"exp\", \"iat\", \"iss\", \"aud\", \"sub\"]})"
            }
            Self::Times => {
                "jwt.decode(...)   # without options={\"verify_nbf\": False, \"verify_iat\": False}"
            }
            Self::Subject => "jwt.decode(..., options={\"require\": [\"sub\"]})",
            Self::Type => {
                "if jwt.get_unverified_header(token).get(\"typ\") != \"at+jwt\": raise HTTPException(401)   # after jwt.decode"
            }
            Self::Critical => "pip install --upgrade pyjwt   # 2.12 and later refuse an unknown crit",
            Self::Form => "# json.loads takes the last of two members; a guard with a strict reader does not",
            Self::Size => "if len(token) > 16384: raise HTTPException(401)",
            Self::Keys => {
                "KEYS = jwt.PyJWKClient(f\"{ISSUER}/.well-known/jwks.json\")   # never a key or an address out of the token"
            }
            Self::Algorithms => {
                "jwt.decode(token, KEY, algorithms=[ALG])   # exactly one, never the one of the header"
            }
            Self::Signature => {
                "jwt.decode(token, KEY, algorithms=[ALG])   # without options={\"verify_signature\": False}"
            }
            Self::Library => "pip install --upgrade 'pyjwt[crypto]'",
            Self::Secret => "if len(SECRET) < 32: raise SystemExit(\"JWT_SECRET is too short\")",
            Self::Scheme => {
                "found = re.fullmatch(r\"Bearer +([^\\s,]+)\", request.headers.get(\"authorization\", \"\"), re.I)"
            }
            Self::Revocation => {
                "# a check by signature alone cannot know: a guard that follows the revocation feed, or introspection"
            }
        }
    }

    const fn spring(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Audience => "spring.security.oauth2.resourceserver.jwt.audiences=AUDIENCE",
            Self::Issuer => "spring.security.oauth2.resourceserver.jwt.issuer-uri=ISSUER",
            Self::Expiry => "new JwtClaimValidator<Instant>(\"exp\", Objects::nonNull)",
            Self::Times => {
                "new JwtClaimValidator<Instant>(\"iat\", iat -> iat != null && iat.isBefore(Instant.now().plusSeconds(60)))"
            }
            Self::Subject => "new JwtClaimValidator<String>(\"sub\", StringUtils::hasText)",
            Self::Type => {
                "NimbusJwtDecoder.withJwkSetUri(URI).jwtProcessorCustomizer(p -> p.setJWSTypeVerifier(new DefaultJOSEObjectTypeVerifier<>(new JOSEObjectType(\"at+jwt\")))).build()"
            }
            Self::Critical => {
                "NimbusJwtDecoder.withIssuerLocation(ISSUER).build()   // refuses an unknown crit"
            }
            Self::Form => {
                "NimbusJwtDecoder.withIssuerLocation(ISSUER).build()   // refuses a member that stands there twice"
            }
            Self::Size => "server.max-http-request-header-size=16KB",
            Self::Keys => {
                "NimbusJwtDecoder.withIssuerLocation(ISSUER).build()   // keys of the issuer, none out of the token"
            }
            Self::Algorithms => "spring.security.oauth2.resourceserver.jwt.jws-algorithms=ALG",
            Self::Signature => {
                "NimbusJwtDecoder.withIssuerLocation(ISSUER).build()   // JWTParser.parse checks nothing"
            }
            Self::Library => "./mvnw versions:use-latest-releases   # and a JDK of this year",
            Self::Secret => "openssl rand -hex 32",
            Self::Scheme => {
                "new DefaultBearerTokenResolver()   // as it is; without setAllowUriQueryParameter(true)"
            }
            Self::Revocation => {
                "http.oauth2ResourceServer(o -> o.opaqueToken(withDefaults()))   // asks the issuer; a signature alone cannot know"
            }
        }
    }

    const fn axum(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Audience => {
                "validation.set_audience(&[AUDIENCE]); validation.set_required_spec_claims(&[\"exp\", \"aud\", \"iss\", \"sub\"]);"
            }
            Self::Issuer => {
                "validation.set_issuer(&[ISSUER]); validation.set_required_spec_claims(&[\"exp\", \"aud\", \"iss\", \"sub\"]);"
            }
            Self::Expiry => {
                "validation.set_required_spec_claims(&[\"exp\", \"aud\", \"iss\", \"sub\"]); validation.validate_exp = true;"
            }
            Self::Times => "validation.validate_nbf = true;   // and compare iat yourself",
            Self::Subject => "struct Claims { sub: String, /* no Option, no Value */ }",
            Self::Type => {
                "if data.header.typ.as_deref() != Some(\"at+jwt\") { return Err(StatusCode::UNAUTHORIZED); }"
            }
            Self::Critical => {
                "// the crate jsonwebtoken does not look at crit; jotgate-jose and jotgate-guard do"
            }
            Self::Form => "// serde_json takes the last of two members in a Value; jotgate-jose refuses them",
            Self::Size => "if token.len() > 16 * 1024 { return Err(StatusCode::UNAUTHORIZED); }",
            Self::Keys => {
                "let key = keys.get(kid).ok_or(StatusCode::UNAUTHORIZED)?;   // never a key or an address out of the token"
            }
            Self::Algorithms => "let mut validation = Validation::new(Algorithm::ES256);",
            Self::Signature => {
                "decode::<Claims>(token, &key, &validation)   // insecure_decode checks nothing"
            }
            Self::Library => "cargo update -p jsonwebtoken",
            Self::Secret => "assert!(secret.len() >= 32, \"JWT_SECRET is too short\");",
            Self::Scheme => {
                "TypedHeader(Authorization(bearer)): TypedHeader<Authorization<Bearer>>   // of axum-extra"
            }
            Self::Revocation => {
                "// a check by signature alone cannot know: a guard that follows the revocation feed, or introspection"
            }
        }
    }
}
