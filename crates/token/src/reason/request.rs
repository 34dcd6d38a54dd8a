//! Reasons found in the request before anybody is identified, and those that are the server's own fault.

use super::{Reason, reasons};

reasons! {
    part REQUEST_PART;

    REQUEST_CONTENT_TYPE = "request.content_type", 415,
        "The body has another type than JSON",
        "This address takes JSON, and the request's `Content-Type` names something else, or nothing.",
        "Send the header `Content-Type: application/json` and a JSON body. A form has to be sent as JSON too.";
    REQUEST_BODY = "request.body", 400,
        "The body is not what this call expects",
        "The body is not valid JSON, or a member is missing, misspelled or of the wrong type.",
        "The `detail` of the answer names the place. Look the call up in the API reference.";
    REQUEST_TOO_LARGE = "request.too_large", 413,
        "The request is too large",
        "The body or one of its parts is longer than this call accepts.",
        "Send less. `data` of a user holds 4 KiB; larger things belong in your own database under the user's id.";
    REQUEST_ORIGIN = "request.origin", 403,
        "The page that sent this is not allowed to",
        "A browser sent a request that uses or sets a cookie, from an origin that this server does not know. Otherwise any page could act in the name of your users.",
        "Add the page's origin to `[http] origins`, exactly as in the address bar: scheme, host and port. Own requests go to the issuer's own address.";
    REQUEST_COOKIE_CROSS_SITE = "request.cookie_cross_site", 400,
        "Cookies do not work between these two sites",
        "The page asked for tokens in cookies, but lives on another site than this server, and browsers would not send such cookies back.",
        "Serve page and login server under one registrable domain, put the server behind a path of the page's own host, use a backend for your frontend, or ask for `delivery: \"body\"`.";
    REQUEST_IDEMPOTENCY_KEY = "request.idempotency_key", 400,
        "The Idempotency-Key is not usable",
        "The header has to hold one key of 22 to 128 characters, bare or in double quotes. The session is untouched.",
        "Make a random key for each refresh, such as `crypto.randomUUID()`, keep it until the answer is processed, and send it unchanged with every try.";
    REQUEST_NOT_FOUND = "request.not_found", 404,
        "There is nothing at this address",
        "The path does not exist here, or the thing it names does not.",
        "Check the path; all calls of the JSON API begin with `/v1/`.";
    REQUEST_MOVED = "request.moved", 404,
        "The call is at another address here",
        "The path is the one that many tutorials use. Jotgate has the same call elsewhere.",
        "The `hint` of the answer names the address. What tutorials call `token` is `access_token` here.";
    REQUEST_METHOD = "request.method", 405,
        "The address does not take this method",
        "The address exists, but not for this HTTP method.",
        "Use one of the methods in the answer's `Allow` header.";
    REQUEST_HOST = "request.host", 421,
        "The request was meant for another host",
        "The `Host` header is neither the issuer's host nor a listed one. Answering would let foreign names point at this server.",
        "Call the server by the address of its issuer, or start it with `--issuer URL` set to the address that people use. A proxy has to hand the `Host` header on.";
    REQUEST_TIMEOUT = "request.timeout", 408,
        "The request took too long",
        "The request did not arrive or was not finished in the time that is set for one.",
        "Try again. A refresh is safe to repeat with the same token and the same `Idempotency-Key`.";
    SERVER_BUSY = "server.busy", 503,
        "The server is busy",
        "More work is waiting than the server can do soon, so it refuses new work rather than let everybody wait. Nothing was changed.",
        "Try again after the seconds in `Retry-After`. If it is often so, password hashing needs more cores.";
    SERVER_DATABASE = "server.database", 503,
        "The database is not available",
        "The server cannot reach its database, or the database did not confirm the change. Nobody is logged out by this.",
        "Try again after the seconds in `Retry-After`. The operator finds the cause in the log and at `/readyz`.";
    SERVER_INTERNAL = "server.internal", 500,
        "Something went wrong in the server",
        "The server met a situation that should not exist. The cause is not told to strangers; it is in the log.",
        "Give the `request_id` of the answer to the operator: it finds the line in the log. It is a fault worth reporting.";
}
