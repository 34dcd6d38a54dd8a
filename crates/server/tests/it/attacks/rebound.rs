//! DNS rebinding: a page of `evil.example`, whose name suddenly means 127.0.0.1, talks to a server on this machine as
//! if to its own. Its browser sends the name it believes in as the Host.

use jotgate_harness::{Call, Engine, TestApp};

use super::{addresses, signed_in};

#[tokio::test]
async fn no_route_but_the_probes_answers_to_a_foreign_name() {
    let app = TestApp::new(Engine::Sqlite).await;
    let cookies = signed_in(&app).await;
    for (method, path) in addresses() {
        if ["/livez", "/readyz", "/metrics"].contains(&path.as_str()) {
            continue;
        }
        let method = method.unwrap_or(http::Method::GET);
        for host in [
            "evil.example:8080",
            "localhost.evil.example:8080",
            "127.0.0.1.evil.example",
            "[::1]:9",
            "localhost",
        ] {
            let call = app.call(method.clone(), &path).from("127.0.0.1").cookies(&cookies);
            let answer = call.header("host", host).header("accept", "application/json").send().await;
            assert_eq!(
                (answer.status, answer.reason().as_str()),
                (421, "request.host"),
                "{method} {path} {host}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_for_this_machine_wants_loopback_on_every_side() {
    let app = TestApp::new(Engine::Sqlite).await;
    for path in LOCAL {
        let home = asked(app.get(path).from("127.0.0.1")).await;
        assert!(home < 400, "{path}: {home}");
        assert!(asked(app.get(path).from("192.0.2.7")).await >= 401, "{path} from another machine");
        for header in ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"] {
            let through = asked(app.get(path).from("127.0.0.1").header(header, "192.0.2.7")).await;
            assert!(through >= 401, "{path} through a proxy that says {header}");
        }
    }
}

async fn asked(call: Call<'_>) -> u16 {
    call.header("accept", "application/json").send().await.status
}

/// The pages that show what only the person at the machine may see.
const LOCAL: [&str; 2] = ["/debugger", "/live"];
