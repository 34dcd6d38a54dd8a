//! `/account/security`: the second factors of an account: what there is, adding, removing, and what to do when they are lost.

use askama::Template;
use axum::{extract::State, response::Response};
use http::{HeaderValue, Uri, header};
use jotgate_token::reason;
use secrecy::ExposeSecret;

use super::{
    frame::Frame,
    mistakes::Mistakes,
    next::Next,
    passkeys::Line,
    posted::Posted,
    signed_in::{Detour, SignedIn, see_other},
};
use crate::{
    error::{Error, Refused},
    flow::second_factor::{
        enrol::{begin_totp, begun_totp, confirm_totp},
        manage::{self, remove_totp, renew_recovery_codes},
        totp::NewSecret,
    },
    http::{body::unfit, front::Front, percent, view::rfc_3339, visit::Visit},
};

/// `GET /account/security`
pub(in crate::http) async fn get(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
    uri: Uri,
) -> Result<Response, Detour> {
    let factors = manage::list(&front.app, &signed_in).await?;
    let notice = match percent::value(uri.query(), "done").as_deref() {
        Some("app-added") => Some("account_security.app_added"),
        Some("app-removed") => Some("account_security.app_removed"),
        Some("passkey-added") => Some("account_security.passkey_added"),
        Some("passkey-renamed") => Some("account_security.passkey_renamed"),
        Some("passkey-removed") => Some("account_security.passkey_removed"),
        Some("last-way") => Some("passkey.last_way"),
        _ => None,
    };
    let frame = frame.with_scripts();
    let page = Page {
        frame: &frame,
        notice,
        app_since: factors.totp.as_ref().map(|app| day(app.confirmed_at.unwrap_or(app.created_at))),
        app_used: factors.totp.as_ref().and_then(|app| app.last_used_at).map(day),
        passkeys: factors.passkeys.into_iter().map(|key| Line::of(&frame, key.into())).collect(),
        can_add_passkeys: front.app.passkeys.are_possible(),
        codes_left: factors.recovery_codes.map(|codes| codes.left),
        withheld: factors.required && !signed_in.has_all_roles(),
    };
    Ok(frame.page(&page)?)
}

/// `POST /account/security/app`
pub(in crate::http) async fn begin(
    State(front): State<Front>,
    signed_in: SignedIn,
    _: Posted,
) -> Result<Response, Detour> {
    match begin_totp(&front.app, &signed_in).await {
        Ok(_) => Ok(see_other(APP)),
        Err(error) => Err(led_back(error)),
    }
}

/// `GET /account/security/app`
pub(in crate::http) async fn app(
    State(front): State<Front>,
    signed_in: SignedIn,
    frame: Frame,
) -> Result<Response, Detour> {
    let Some(secret) = begun_totp(&front.app, &signed_in).await.map_err(led_back)? else {
        return Ok(see_other(SECURITY));
    };
    shown(&frame, secret, Mistakes::default(), None)
}

/// `POST /account/security/app/confirm`
pub(in crate::http) async fn confirm(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let code = posted.secret("code");
    let refused = if code.expose_secret().trim().is_empty() {
        unfit("A field is empty.")
    } else {
        match confirm_totp(&front.app, &signed_in, code, visit.client()).await {
            Ok(Some(codes)) => return written(&frame, &codes, true),
            Ok(None) => return Ok(see_other(&format!("{SECURITY}?done=app-added"))),
            Err(Error::Refused(refused)) if *refused.reason == reason::MFA_CODE_WRONG => *refused,
            Err(error) => return Err(led_back(error)),
        }
    };
    let Some(secret) = begun_totp(&front.app, &signed_in).await.map_err(led_back)? else {
        return Ok(see_other(SECURITY));
    };
    let text = match *refused.reason == reason::MFA_CODE_WRONG {
        true => "account_app.code_wrong",
        false => "mfa.missing",
    };
    let mistakes = Mistakes::default().of_field("code", frame.say(text));
    shown(&frame, secret, mistakes, Some(refused))
}

/// `POST /account/security/app/remove`
pub(in crate::http) async fn remove(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    _: Posted,
) -> Result<Response, Detour> {
    match remove_totp(&front.app, &signed_in, visit.client()).await {
        Ok(()) => Ok(see_other(&format!("{SECURITY}?done=app-removed"))),
        Err(error) => Err(led_back(error)),
    }
}

/// `POST /account/security/codes`
pub(in crate::http) async fn renew(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    _: Posted,
) -> Result<Response, Detour> {
    match renew_recovery_codes(&front.app, &signed_in, visit.client()).await {
        Ok(codes) => written(&frame, &codes, false),
        Err(error) => Err(led_back(error)),
    }
}

/// Where another request was quicker there is nothing to mend: the list shows what is so now.
pub(super) fn led_back(error: Error) -> Detour {
    match error {
        Error::Refused(refused) if matches!(refused.reason.code, "mfa.already" | "mfa.not_enrolled") => {
            Detour::To(SECURITY.to_owned())
        }
        Error::Refused(refused) if *refused.reason == reason::MFA_LAST_FACTOR => {
            Detour::To(format!("{SECURITY}?done=last-way"))
        }
        Error::Refused(refused) if *refused.reason == reason::STEPUP_REQUIRED => {
            Detour::To(format!("/confirm{}", Next::read(SECURITY).query()))
        }
        error => error.into(),
    }
}

/// Year, month and day.
pub(super) fn day(at: i64) -> String {
    rfc_3339(at).chars().take(10).collect()
}

fn shown(
    frame: &Frame,
    secret: NewSecret,
    mistakes: Mistakes,
    refused: Option<Refused>,
) -> Result<Response, Detour> {
    let page = AppPage { frame, secret, mistakes };
    Ok(unkept(frame.form(&page, refused)?))
}

/// The codes, this once.
pub(super) fn written(frame: &Frame, codes: &[String], is_first: bool) -> Result<Response, Detour> {
    Ok(unkept(frame.page(&CodesPage { frame, codes, is_first })?))
}

/// A page with a secret must not be found again in any cache.
fn unkept(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

#[derive(Template)]
#[template(path = "account_security.html")]
struct Page<'a> {
    frame: &'a Frame,
    notice: Option<&'static str>,
    app_since: Option<String>,
    app_used: Option<String>,
    passkeys: Vec<Line>,
    can_add_passkeys: bool,
    codes_left: Option<i64>,
    withheld: bool,
}

impl Page<'_> {
    fn has_factor(&self) -> bool {
        self.app_since.is_some() || !self.passkeys.is_empty()
    }

    fn left(&self) -> i64 {
        self.codes_left.unwrap_or(0)
    }
}

#[derive(Template)]
#[template(path = "account_app.html")]
struct AppPage<'a> {
    frame: &'a Frame,
    secret: NewSecret,
    mistakes: Mistakes,
}

#[derive(Template)]
#[template(path = "account_codes.html")]
struct CodesPage<'a> {
    frame: &'a Frame,
    codes: &'a [String],
    is_first: bool,
}

impl CodesPage<'_> {
    /// As one text, to be copied or printed.
    fn all(&self) -> String {
        self.codes.join("\n")
    }
}

pub(super) const SECURITY: &str = "/account/security";
const APP: &str = "/account/security/app";
