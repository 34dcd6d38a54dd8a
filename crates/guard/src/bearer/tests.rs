use super::*;

type Read = Result<Option<String>, (u16, &'static str)>;

fn read(method: &Method, uri: &str, headers: &[(HeaderName, &str)], cookies: Option<&Cookies>) -> Read {
    let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
    let uri = uri.parse().unwrap();
    let asked = Asked { method, uri: &uri, headers: &headers };
    match token(asked, cookies, "__Host-jotgate_access") {
        Ok(token) => Ok(token.map(str::to_owned)),
        Err(refused) => Err((refused.status(), refused.code())),
    }
}

fn header(lines: &[&str], uri: &str) -> Read {
    let lines: Vec<_> = lines.iter().map(|line| (header::AUTHORIZATION, *line)).collect();
    read(&Method::GET, uri, &lines, None)
}

#[test]
fn row_100_one_header_with_one_token() {
    for good in ["Bearer a.b.c", "bearer a.b.c", "BEARER  a.b.c", "Bearer a.b.c "] {
        assert_eq!(header(&[good], "/"), Ok(Some("a.b.c".into())), "{good}");
    }
    let twice = Err((400, "token.repeated"));
    assert_eq!(header(&["Bearer a", "Bearer b"], "/"), twice);
    assert_eq!(header(&["Bearer a", "Basic b"], "/"), twice);
    assert_eq!(header(&["Bearer a, Bearer b"], "/"), twice);
    assert_eq!(header(&["Bearer a,b"], "/"), twice);
    assert_eq!(header(&["Bearer a b"], "/"), twice);
    assert_eq!(header(&["Bearer a"], "/?x=1&access_token=b"), twice);
    for empty in ["Bearer", "Bearer  ", "Bearer undefined", "Bearer null"] {
        assert_eq!(header(&[empty], "/"), Err((401, "token.missing")), "{empty}");
    }
    assert_eq!(header(&[], "/?access_token=b"), Ok(None), "a token in the URL is not read");
    for other in ["Basic dXNlcjpwdw==", "JWT a.b.c", "a.b.c", "DPoP a.b.c", "Bearera.b.c"] {
        assert_eq!(header(&[other], "/"), Err((401, "token.scheme")), "{other}");
    }
}

#[test]
fn a_bare_token_is_not_printed() {
    for bare in ["eyJhbGciOiJFUzI1NiJ9.e30.sig", "supersecretwithoutanydotsbutlong"] {
        let refused = in_header(&bare.parse().unwrap()).unwrap_err();
        assert!(!refused.problem().contains(bare));
    }
    let refused = in_header(&HeaderValue::from_static("Basic dXNlcjpwdw==")).unwrap_err();
    assert!(refused.problem().contains("\"received\":\"Basic\""));
}

fn page(method: &Method, headers: &[(HeaderName, &str)]) -> Read {
    let cookies = Cookies { origins: vec!["https://app.example".into()] };
    read(method, "/", headers, Some(&cookies))
}

const COOKIE: (HeaderName, &str) = (header::COOKIE, "a=1; __Host-jotgate_access=t; b=2");

#[test]
fn a_cookie_counts_only_where_it_is_allowed() {
    assert_eq!(read(&Method::GET, "/", &[COOKIE], None), Ok(None));
    assert_eq!(page(&Method::GET, &[COOKIE]), Ok(Some("t".into())));
    assert_eq!(page(&Method::GET, &[(header::COOKIE, "jotgate_access=t")]), Ok(None));
    assert_eq!(page(&Method::GET, &[(header::COOKIE, "__Host-jotgate_access=")]), Ok(None));
    let twin = [(header::COOKIE, "__Host-jotgate_access=t; __Host-jotgate_access=u")];
    assert_eq!(page(&Method::GET, &twin), Err((400, "token.repeated")));
    assert_eq!(page(&Method::GET, &[COOKIE, COOKIE]), Err((400, "token.repeated")));
}

#[test]
fn a_changing_request_with_a_cookie_needs_a_page_of_ours() {
    let refused = Err((403, "request.origin"));
    let good = Ok(Some("t".into()));
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, "BREW".parse().unwrap()] {
        assert_eq!(page(&method, &[COOKIE]), refused, "{method}");
        assert_eq!(page(&method, &[COOKIE, (header::ORIGIN, "https://app.example")]), good);
        assert_eq!(page(&method, &[COOKIE, (SEC_FETCH_SITE, "same-origin")]), good);
        for origin in [
            "null",
            "https://evil.example",
            "https://app.example.evil",
            "http://app.example",
            "https://app.example:443",
            "https://APP.example",
            "",
        ] {
            let headers = [COOKIE, (header::ORIGIN, origin), (SEC_FETCH_SITE, "same-origin")];
            assert_eq!(page(&method, &headers), refused, "{origin}");
        }
        for site in ["same-site", "cross-site", "none", ""] {
            assert_eq!(page(&method, &[COOKIE, (SEC_FETCH_SITE, site)]), refused, "{site}");
        }
    }
}

#[test]
fn a_page_that_says_who_it_is_must_be_ours_even_to_read() {
    let from = |origin| page(&Method::GET, &[COOKIE, (header::ORIGIN, origin)]);
    assert_eq!(from("https://app.example"), Ok(Some("t".into())));
    assert_eq!(from("https://evil.example"), Err((403, "request.origin")), "a WebSocket begins with a GET");
}

#[test]
fn a_header_needs_no_page_and_goes_before_the_cookie() {
    let both = [COOKIE, (header::AUTHORIZATION, "Bearer h")];
    assert_eq!(page(&Method::POST, &both), Ok(Some("h".into())));
    assert_eq!(
        page(&Method::POST, &[COOKIE, (header::AUTHORIZATION, "Basic x")]),
        Err((401, "token.scheme"))
    );
}

#[test]
fn the_cookie_is_named_as_jotgate_names_it() {
    let name = |issuer| cookie_name(&Origin::parse(issuer).unwrap());
    assert_eq!(name("https://auth.example.com"), "__Host-jotgate_access");
    assert_eq!(name("http://localhost:8080"), "jotgate_access_8080");
}

#[test]
fn the_quick_way_says_what_the_slow_one_says() {
    let long = "abcdefghijklmnopqrstuvwxyz.0123456789-_~/+";
    for rest in [
        long,
        &long.replace('.', ","),
        &long.replace('.', " "),
        &long.replace('.', "\t"),
        &format!(" {long}"),
        &format!("{long} "),
        "undefined",
        "[object Object]",
        "",
        "a.b.c",
    ] {
        for scheme in ["Bearer ", "bearer ", "BEARER ", "Bearer", "Basic  ", "Bearer\t", ""] {
            let line: HeaderValue = format!("{scheme}{rest}").parse().unwrap();
            if let Some(token) = usual(line.as_bytes()) {
                assert_eq!(looked_into(&line), Ok(token), "{line:?}");
            }
        }
    }
    assert_eq!(usual(b"Bearer abcdefghijklmnopqrstuvwxyz"), Some("abcdefghijklmnopqrstuvwxyz"));
    assert_eq!(usual("Bearer abcdefghijklmnopqrstuvwxyzé".as_bytes()), None);
}
