"""JWS beyond the compact form: flattened, general, detached, and unencoded payloads (RFC 7515, RFC 7797)."""

from jotgate import FORMS, encode

ALGORITHMS = ["HS256", "RS256", "PS256", "ES256", "Ed25519"]
PEERS = ["joserfc", "jose"]
PAYLOAD, OTHER = "one.two three \u2603\n", "one.two three \u2604\n"


def exchange(ours, peer, alg: str) -> tuple[int, int]:
    """How many of the forms were read on the other side, and how many with another payload refused."""
    mine, theirs = ours.make(alg), peer.must("make", alg=alg)
    read, refused, lines = 0, 0, []
    for form in FORMS:
        what = f"{peer.name} {alg} {form}"
        jws = ours.sign_form(form, mine["private"]["jwk"], PAYLOAD)
        for payload in (PAYLOAD, OTHER):
            request = {"form": form, "alg": alg, "key": mine["public"]["jwk"], "jws": with_payload(jws, payload)}
            answer = peer.ask("verify_form", payload=payload, **request)
            assert answer["ok"] == (payload == PAYLOAD), f"{what} of ours, {payload!r}: {answer}"
            assert not answer["ok"] or answer["value"] == PAYLOAD, f"{what}: {answer}"
        jws = peer.must("sign_form", form=form, alg=alg, key=theirs["private"]["jwk"], payload=PAYLOAD)
        for payload in (PAYLOAD, OTHER):
            detached = payload if isinstance(jws, str) else None
            key = theirs["public"]["jwk"] | {"alg": alg}
            lines.append((key, with_payload(jws, payload), detached))
        read, refused = read + 2, refused + 2
    for at, answer in enumerate(ours.verify_forms(lines)):
        what = f"{peer.name} {alg} {list(FORMS)[at // 2]} of theirs: {answer}"
        if at % 2 == 0:
            assert answer["ok"] and answer["payload"] == encode(PAYLOAD), what
        else:
            assert answer.get("reason") == "signature.invalid", what
    return read, refused


def with_payload(jws, payload: str):
    """A JSON form carries its payload; a detached one does not."""
    return jws if isinstance(jws, str) else jws | {"payload": encode(payload)}
