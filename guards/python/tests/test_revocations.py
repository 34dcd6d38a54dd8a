"""The rules of the feed, without a connection: vectors shared with the other guards, and messages of our own making."""

import base64
import json
import random
import struct
from pathlib import Path
from typing import Any

import pytest
from issuer import EC_KEY, ISSUER, KEYS, OTHER_EC_KEY, claims, sign

from jotgate_guard import Refused
from jotgate_guard.keys import KeySet
from jotgate_guard.revocations import Digests, Feed, FeedError, Message, Table, digest

VECTORS = json.loads((Path(__file__).parents[3] / "crates/token/data/revocation-vectors.json").read_text())
FEED_KEYS = KeySet.parse({"keys": KEYS[:1]})
ERA, OTHER_ERA = "A" * 22, "B" * 22
NONCE = "a nonce of ours"
NOW = 1_700_000_000
LATER = NOW + 1000


def packed(entries: list[tuple[int, ...]]) -> str:
    form = ">QI" if entries and len(entries[0]) == 2 else ">QqI"
    return base64.urlsafe_b64encode(b"".join(struct.pack(form, *entry) for entry in entries)).decode().rstrip("=")


def text(seq: int, prev_seq: int | None = None, iat: int = NOW, era: str = ERA, **changes: Any) -> str:
    body = {"iss": ISSUER, "iat": iat, "era": era, "seq": seq, "feed_leeway": 120}
    if prev_seq is not None:
        body["prev_seq"] = prev_seq
    key = changes.pop("key", EC_KEY)
    typ = changes.pop("typ", "revocations+jwt")
    return sign(body | changes, key, typ=typ)


def event(seq: int, prev_seq: int, iat: int = NOW, era: str = ERA, **changes: Any) -> Message:
    return Message.event(text(seq, prev_seq, iat, era, **changes), ISSUER, FEED_KEYS)


def snapshot(seq: int, iat: int = NOW, era: str = ERA, **changes: Any) -> Message:
    return Message.snapshot(text(seq, None, iat, era, **changes), ISSUER, FEED_KEYS)


def load(feed: Feed, at: Message, whole: Message, now: float) -> None:
    """What the follower does with a snapshot."""
    for table, entries in feed.tables(whole):
        table.replace(table.merged(entries, NOW))
    feed.take_snapshot(at, whole, now)


def loaded(seq: int = 10, sent_at: float = 100.0, **lists: Any) -> Feed:
    """A feed that has heard its first event at once and loaded the snapshot that goes with it."""
    feed = Feed()
    feed.connecting(NONCE, sent_at, float(NOW))
    first = event(seq, seq, nonce=NONCE)
    assert not feed.take_event(first, sent_at)
    load(feed, first, snapshot(seq, **lists), sent_at)
    return feed


def of(**changes: Any) -> Digests:
    return Digests.of(claims(**changes), "a thumbprint")


SESSION = digest(ISSUER, "session", "0197-session")
TOKEN = digest(ISSUER, "token", "0197-token")
SUBJECT = digest(ISSUER, "subject", "0197-user")
KEY = digest(ISSUER, "key", "a thumbprint")


@pytest.mark.parametrize("vector", VECTORS["digests"])
def test_digests_are_those_of_the_other_guards(vector: dict[str, str]) -> None:
    assert f"{digest(vector['issuer'], vector['kind'], vector['id']):016x}" == vector["digest"]


def test_the_messages_of_the_vectors_are_read() -> None:
    keys = KeySet.parse(VECTORS["keys"])
    read = Message.event(VECTORS["event"]["jws"], VECTORS["issuer"], keys)
    whole = Message.snapshot(VECTORS["snapshot"]["jws"], VECTORS["issuer"], keys)
    lists = VECTORS["lists"]
    for message in (read, whole):
        ids = [(f"{entry:016x}", until) for entry, _, until in message.id_entries()]
        wanted = lists["sessions"]["entries"] + lists["tokens"]["entries"]
        assert ids == [(entry["digest"], entry["until"]) for entry in wanted]
        subjects = [(f"{entry:016x}", str(value), until) for entry, value, until in message.subject_entries()]
        assert subjects == [(e["digest"], e["value"], e["until"]) for e in lists["subjects"]["entries"]]
        assert [f"{entry:016x}" for entry in message.key_digests()] == [e["digest"] for e in lists["keys"]["entries"]]
    assert (read.prev_seq, read.seq, read.nonce) == (41, 49, VECTORS["event"]["claims"]["nonce"])
    assert (whole.prev_seq, whole.seq) == (None, 49)
    beat = Message.event(VECTORS["heartbeat"]["jws"], VECTORS["issuer"], keys)
    assert (beat.prev_seq, beat.seq, beat.ids) == (49, 49, b"")


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_the_bad_messages_of_the_vectors_are_refused(vector: dict[str, str]) -> None:
    read = Message.event if vector["as"] == "event" else Message.snapshot
    with pytest.raises((FeedError, Refused)):
        read(vector["jws"], VECTORS["issuer"], KeySet.parse(VECTORS["keys"]))


@pytest.mark.parametrize(
    "bad",
    [
        text(5, 5, key=OTHER_EC_KEY),
        text(5, 5, typ="at+jwt"),
        text(5, 5, iss="https://evil.example"),
        text(4, 5),
        text(5, 5, sessions=packed([(SESSION, LATER)])),
        text(5),
        text(5, 5, era="short"),
        text(5, 5, nonce=7),
        text(5, 4, sessions="AAAA"),
        text(5, 4, sessions=7),
        text(5, True),
        text(5, 5, feed_leeway=-1),
    ],
)
def test_a_message_that_is_not_what_it_must_be_is_refused(bad: str) -> None:
    with pytest.raises((FeedError, Refused)):
        Message.event(bad, ISSUER, FEED_KEYS)


def test_each_kind_of_entry_ends_what_it_names() -> None:
    assert loaded(sessions=packed([(SESSION, LATER)])).revoked(of()) == "revoked.session"
    assert loaded(tokens=packed([(TOKEN, LATER)])).revoked(of()) == "revoked.token"
    assert loaded(keys=packed([(KEY, LATER)])).revoked(of()) == "revoked.key"
    roles = loaded(subjects=packed([(SUBJECT, 8, LATER)]))
    assert roles.revoked(of(epoch=7)) == "revoked.subject"
    assert roles.revoked(of(epoch=8)) is None
    nothing = loaded(sessions=packed([(TOKEN + 1, LATER)]))
    assert nothing.revoked(of()) is None
    assert nothing.revoked(of(sid=None)) is None


def test_events_apply_in_order_and_a_gap_asks_for_the_whole() -> None:
    feed = loaded(seq=10)
    assert feed.take_event(event(12, 10, sessions=packed([(SESSION, LATER)])), 101)
    assert (feed.seq, feed.revoked(of())) == (12, "revoked.session")
    ahead = event(20, 15, tokens=packed([(TOKEN, LATER)]))
    assert not feed.take_event(ahead, 102)
    assert feed.seq == 12, "what lies between is not known yet"
    assert feed.revoked(of(sid=None)) == "revoked.token", "but what came counts"
    load(feed, ahead, snapshot(21), 103)
    assert feed.seq == 21
    assert feed.revoked(of()) == "revoked.session", "no snapshot takes an entry back"


def test_a_snapshot_that_is_too_old_or_of_another_era_is_not_taken() -> None:
    feed = loaded(seq=10)
    ahead = event(20, 15)
    assert not feed.take_event(ahead, 101)
    for other in (snapshot(19), snapshot(20, era=OTHER_ERA)):
        assert not feed.reaches(ahead, other)
        with pytest.raises(FeedError):
            feed.take_snapshot(ahead, other, 102)


def test_a_lower_number_or_a_new_era_alarms_and_forgets_nothing() -> None:
    feed = loaded(seq=10, sessions=packed([(SESSION, LATER)]))
    lower = event(8, 8)
    assert not feed.take_event(lower, 101)
    assert feed.alarms == 1
    load(feed, lower, snapshot(8), 102)
    assert (feed.seq, feed.revoked(of())) == (8, "revoked.session")
    other = event(3, 3, era=OTHER_ERA)
    assert not feed.take_event(other, 103)
    assert feed.alarms == 2
    load(feed, other, snapshot(3, era=OTHER_ERA), 104)
    assert (feed.era, feed.seq, feed.revoked(of())) == (OTHER_ERA, 3, "revoked.session")


def test_only_an_answer_to_our_nonce_begins_a_stream() -> None:
    feed = Feed()
    feed.connecting(NONCE, 100, NOW)
    for first in (event(5, 5), event(5, 5, nonce="a nonce of another")):
        with pytest.raises(FeedError):
            feed.take_event(first, 100)
    assert feed.fresh_at == float("-inf")


def test_freshness_counts_the_issuers_seconds_from_our_request() -> None:
    feed = loaded(sent_at=100)
    assert feed.fresh_at == 100, "the moment of the request, not of the answer"
    feed.take_event(event(10, 10, iat=NOW + 5), 105.2)
    assert feed.fresh_at == 105
    feed.take_event(event(10, 10, iat=NOW + 10), 140)
    assert feed.fresh_at == 110, "an event held back for half a minute is half a minute old"
    feed.take_event(event(10, 10, iat=NOW + 10), 150)
    assert feed.fresh_at == 110, "so is a replayed one"
    feed.take_event(event(10, 10, iat=NOW + 7), 151)
    assert feed.fresh_at == 110
    feed.take_event(event(10, 10, iat=NOW + 9999), 152)
    assert feed.fresh_at == 152, "no clock of an issuer makes it fresher than now"


def test_what_cannot_be_applied_refreshes_nothing() -> None:
    feed = loaded(seq=10, sent_at=100)
    assert not feed.take_event(event(20, 15, iat=NOW + 9), 109)
    assert feed.fresh_at == 100
    assert not feed.take_event(event(9, 9, iat=NOW + 9), 109)
    assert feed.fresh_at == 100


def test_a_reconnect_that_resumes_needs_no_snapshot() -> None:
    feed = loaded(seq=10, sent_at=100)
    feed.connecting("another nonce", 130, NOW + 30)
    resumed = event(14, 10, iat=NOW + 30, nonce="another nonce", sessions=packed([(SESSION, LATER)]))
    assert feed.take_event(resumed, 131)
    assert (feed.seq, feed.fresh_at, feed.revoked(of())) == (14, 130, "revoked.session")


def test_the_offset_of_the_clocks_is_measured() -> None:
    feed = Feed()
    feed.connecting(NONCE, 100, NOW - 600)
    feed.take_event(event(5, 5, nonce=NONCE), 100)
    assert feed.offset == 600


@pytest.mark.parametrize("ours", [NOW - 600, NOW + 600])
def test_an_entry_ends_when_both_clocks_say_so(ours: int) -> None:
    feed = Feed()
    feed.connecting(NONCE, 100, ours)
    feed.take_event(event(5, 5, nonce=NONCE), 100)
    assert feed.surely_past(ours) == min(ours, NOW)


def test_a_key_stays_revoked_after_its_entry_has_ended() -> None:
    feed = loaded(keys=packed([(KEY, NOW + 1)]))
    for table in (feed.ids, feed.subjects):
        table.replace(table.merged([], LATER))
    assert feed.revoked(of()) == "revoked.key"


def test_a_table_keeps_the_largest_value_and_end_and_lets_go_of_what_has_ended() -> None:
    dice = random.Random(7)
    table, said = Table(has_values=True), list[tuple[int, int, int]]()
    for now in range(NOW, NOW + 40):
        entries = [(dice.randrange(300) << 55, dice.randrange(-5, 5), NOW + dice.randrange(60)) for _ in range(50)]
        said += entries
        match dice.randrange(3):
            case 0:
                table.add(entries)
            case 1:
                table.replace(table.merged(entries, now))
            case _:
                table.add(entries)
                recent = table.recent()
                base = table.merged(recent, now)
                meanwhile = entries[0][0], 6, NOW + 99
                table.add([meanwhile])
                said.append(meanwhile)
                table.replace(base, recent)
        for entry, value, until in said:
            held = table.value(entry)
            assert until <= now or (held is not None and held >= value)
    table.replace(table.merged(table.recent(), NOW + 1000), table.recent())
    assert len(table) == 0
    assert all(table.value(entry) is None for entry, _, _ in said)


def test_an_entry_takes_twelve_bytes() -> None:
    table = Table(has_values=False)
    count = 200_000
    table.replace(table.merged(((n * 2**64 // count, 0, LATER) for n in range(count)), NOW))
    arrays = table._base
    held = sum(len(part) * part.itemsize for part in arrays)
    assert held == 12 * count
    assert all(table.value(n * 2**64 // count) == 0 for n in range(0, count, 999))
    assert table.value(5) is None
