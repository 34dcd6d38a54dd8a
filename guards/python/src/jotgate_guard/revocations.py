"""What has been revoked, and how fresh that knowledge is: values in, values out.

An entry is the first 8 bytes of a hash, so the set holds nobody's id. Entries leave by their end alone: no message,
however well signed, can make the guard forget one. Not here: connections (`follower.py`).
"""

import hashlib
import logging
import re
import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from .keys import KeySet
from .tokens import Token
from .wire import decode

log = logging.getLogger("jotgate_guard")

_ERA = re.compile(r"[A-Za-z0-9_-]{22}")
_TYPE = ("revocations+jwt",)
_ENTRY, _SUBJECT = struct.Struct(">QI"), struct.Struct(">QqI")
_CLOCK_WARNING_SECONDS = 60
_BUCKETS = 256
EVENT_BYTES, SNAPSHOT_BYTES = 1 << 20, 64 << 20

Entry = tuple[int, int, int]
"""Digest, value (of a subject, else 0), end in Unix seconds."""
_Base = tuple["array[int]", "array[int]", "array[int]"]


def digest(issuer: str, kind: str, ident: str) -> int:
    """`kind` is session, token, subject or key. Each part with its length before it, so that no two run together."""
    parts = (part.encode() for part in (issuer, kind, ident))
    hashed = hashlib.sha256(b"".join(struct.pack(">Q", len(part)) + part for part in parts))
    return int.from_bytes(hashed.digest()[:8])


class FeedError(Exception):
    """The feed said what it must not; nothing of it is believed."""


@dataclass(frozen=True, slots=True)
class Message:
    """An event (`prev_seq` says what it follows on) or a snapshot, of the right issuer and signed by the feed's key."""

    iat: int
    era: str
    prev_seq: int | None
    seq: int
    feed_leeway: int
    nonce: str | None
    ids: bytes
    subjects: bytes
    keys: bytes

    @classmethod
    def event(cls, text: str, issuer: str, keys: KeySet) -> "Message":
        message = cls._read(text, issuer, keys, EVENT_BYTES)
        if message.prev_seq is None:
            raise FeedError("a snapshot where an event belongs")
        if message.prev_seq > message.seq:
            raise FeedError("an event that leads backwards")
        if message.prev_seq == message.seq and (message.ids or message.subjects or message.keys):
            raise FeedError("a heartbeat with entries")
        return message

    @classmethod
    def snapshot(cls, text: str, issuer: str, keys: KeySet) -> "Message":
        message = cls._read(text, issuer, keys, SNAPSHOT_BYTES)
        # Because whoever took an event for a snapshot would believe to know everything after one entry.
        if message.prev_seq is not None:
            raise FeedError("an event where a snapshot belongs")
        return message

    @classmethod
    def _read(cls, text: str, issuer: str, keys: KeySet, limit: int) -> "Message":
        token = Token.read(text, limit)
        claims = token.claims(keys.select(token.alg, token.kid), _TYPE)
        if claims.get("iss") != issuer:
            raise FeedError("it comes from another issuer")
        number = {name: _count(claims, name) for name in ("iat", "seq", "feed_leeway")}
        prev_seq = _count(claims, "prev_seq") if "prev_seq" in claims else None
        era, nonce = claims.get("era"), claims.get("nonce")
        if not isinstance(era, str) or not _ERA.fullmatch(era) or not isinstance(nonce, str | None):
            raise FeedError("`era` or `nonce` is malformed")
        lists = [_packed(claims, name, _ENTRY.size) for name in ("sessions", "tokens", "keys")]
        subjects = _packed(claims, "subjects", _SUBJECT.size)
        sessions, tokens, of_keys = lists
        ids = sessions + tokens
        return cls(era=era, nonce=nonce, prev_seq=prev_seq, ids=ids, subjects=subjects, keys=of_keys, **number)

    def id_entries(self) -> Iterator[Entry]:
        return ((digest, 0, until) for digest, until in _ENTRY.iter_unpack(self.ids))

    def subject_entries(self) -> Iterator[Entry]:
        return _SUBJECT.iter_unpack(self.subjects)

    def key_digests(self) -> Iterator[int]:
        return (digest for digest, _ in _ENTRY.iter_unpack(self.keys))


def _count(claims: dict[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        raise FeedError(f"`{name}` is no count")
    return value


def _packed(claims: dict[str, Any], name: str, size: int) -> bytes:
    value = claims.get(name, "")
    if not isinstance(value, str):
        raise FeedError(f"`{name}` is no text")
    data = decode(value, name)
    if len(data) % size:
        raise FeedError(f"`{name}` ends within an entry")
    return data


class Table:
    """Entries by digest: most in sorted arrays (12 bytes each, 20 with a value), the latest in a dictionary."""

    def __init__(self, has_values: bool) -> None:
        self._has_values = has_values
        self._base: _Base = (array("Q"), array("q"), array("I"))
        self._recent: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        """Counted twice is what is in both."""
        return len(self._base[0]) + len(self._recent)

    def value(self, digest: int) -> int | None:
        """The value of the entry, 0 for one without, None when there is none."""
        recent = self._recent.get(digest)
        digests, values, _ = self._base
        at = bisect_left(digests, digest)
        if at == len(digests) or digests[at] != digest:
            return recent[0] if recent else None
        old = values[at] if self._has_values else 0
        return max(old, recent[0]) if recent else old

    def add(self, entries: Iterable[Entry]) -> None:
        for digest, value, until in entries:
            old = self._recent.get(digest, (value, until))
            self._recent[digest] = (max(old[0], value), max(old[1], until))

    @property
    def is_due(self) -> bool:
        """Whether `merged` is worth its time: it walks over everything."""
        return len(self._recent) > max(1024, len(self._base[0]) // 32)

    def recent(self) -> list[Entry]:
        return [(digest, value, until) for digest, (value, until) in self._recent.items()]

    def merged(self, entries: Iterable[Entry], now: int) -> _Base:
        """The arrays with `entries` and without what has ended. Slow; changes nothing, so it may run in a thread."""
        new: list[list[Entry]] = [[] for _ in range(_BUCKETS)]
        for entry in entries:
            new[entry[0] >> 56].append(entry)
        digests, values, untils = self._base
        merged: _Base = (array("Q"), array("q"), array("I"))
        start = 0
        # In portions by the first byte, because one sort over a million holds up every other thread.
        for first, bucket in enumerate(new):
            end = bisect_left(digests, (first + 1) << 56) if first + 1 < _BUCKETS else len(digests)
            old_values = values[start:end] if self._has_values else [0] * (end - start)
            known = dict(zip(digests[start:end], zip(old_values, untils[start:end], strict=True), strict=True))
            for digest, value, until in bucket:
                old = known.get(digest, (value, until))
                known[digest] = (max(old[0], value), max(old[1], until))
            bucket.clear()
            for digest in sorted(known):
                value, until = known[digest]
                if until > now:
                    merged[0].append(digest)
                    merged[2].append(until)
                    if self._has_values:
                        merged[1].append(value)
            start = end
        return merged

    def replace(self, base: _Base, merged_in: Iterable[Entry] = ()) -> None:
        self._base = base
        for digest, value, until in merged_in:
            if self._recent.get(digest) == (value, until):
                del self._recent[digest]


@dataclass(frozen=True, slots=True)
class Digests:
    """What of a token the feed may name; worked out once a token."""

    session: int | None
    token: int
    subject: int
    epoch: int
    key: int

    @classmethod
    def of(cls, claims: dict[str, Any], thumbprint: str) -> "Digests":
        issuer, sid = claims["iss"], claims.get("sid")
        return cls(
            session=None if sid is None else digest(issuer, "session", sid),
            token=digest(issuer, "token", claims["jti"]),
            subject=digest(issuer, "subject", claims["sub"]),
            epoch=claims["epoch"],
            key=digest(issuer, "key", thumbprint),
        )


class Feed:
    """What one issuer's feed has said so far. All times but `iat` are of this machine's monotonic clock."""

    def __init__(self) -> None:
        self.ids, self.subjects = Table(has_values=False), Table(has_values=True)
        # Never forgotten: with a leaked key one can sign a new token long after the entry has ended.
        self.keys: set[int] = set()
        self.era: str | None = None
        self.seq = 0
        self.is_loaded = False
        self.fresh_at = float("-inf")
        self.offset = 0.0
        """By how many seconds the issuer's clock is ahead of ours."""
        self.alarms = 0
        self._nonce = ""
        self._sent_at = self._sent_wall = 0.0
        self._first_iat: int | None = None
        self._last_iat = 0

    def revoked(self, token: Digests) -> str | None:
        """The reason for which the token no longer counts."""
        if token.key in self.keys:
            return "revoked.key"
        if token.session is not None and self.ids.value(token.session) is not None:
            return "revoked.session"
        if self.ids.value(token.token) is not None:
            return "revoked.token"
        value = self.subjects.value(token.subject)
        return "revoked.subject" if value is not None and value > token.epoch else None

    def connecting(self, nonce: str, sent_at: float, wall: float) -> None:
        """A request for the stream is about to be sent."""
        self._nonce, self._sent_at, self._sent_wall, self._first_iat = nonce, sent_at, wall, None

    def take_event(self, event: Message, now: float) -> bool:
        """Whether the event could be used; if not, a snapshot has to be loaded first that reaches as far."""
        if self._first_iat is None:
            # Because only an answer to our own nonce proves that the stream is live and not a recording.
            if event.nonce != self._nonce:
                raise FeedError("the first event does not answer our nonce")
            self._first_iat = self._last_iat = event.iat
            self.offset = event.iat - self._sent_wall
            if abs(self.offset) > _CLOCK_WARNING_SECONDS:
                log.warning("the issuer's clock and ours differ by %.0f seconds", self.offset)
        # Entries count whatever else is wrong with the event: they are signed, and more of them is never less safe.
        self._add(event)
        if self.is_loaded and (event.era != self.era or event.seq < self.seq):
            self.alarms += 1
            log.error("the revocation feed went back: another era or a lower number; loading it anew")
            return False
        if not self.is_loaded or event.prev_seq is None or event.prev_seq > self.seq:
            return False
        self.seq = event.seq
        self._refresh(event, now)
        return True

    def take_snapshot(self, event: Message, snapshot: Message, now: float) -> None:
        """The snapshot's entries are in the tables; `event` is the one that asked for it."""
        if not self.reaches(event, snapshot):
            raise FeedError("too old a snapshot")
        self.keys.update(snapshot.key_digests())
        self.era, self.seq, self.is_loaded = snapshot.era, snapshot.seq, True
        self._refresh(event, now)

    def tables(self, message: Message) -> list[tuple[Table, Iterator[Entry]]]:
        """Each table with the entries that belong into it."""
        return [(self.ids, message.id_entries()), (self.subjects, message.subject_entries())]

    @staticmethod
    def reaches(event: Message, snapshot: Message) -> bool:
        """Whether the snapshot is as new as the event: the server may give one that is a second old."""
        return snapshot.era == event.era and snapshot.seq >= event.seq

    def _add(self, message: Message) -> None:
        for table, entries in self.tables(message):
            table.add(entries)
        self.keys.update(message.key_digests())

    def surely_past(self, wall: float) -> int:
        """What is over by our clock and by the issuer's: tokens are judged by ours, and entries end by the issuer's."""
        return int(wall + min(self.offset, 0.0))

    def _refresh(self, event: Message, now: float) -> None:
        """By the issuer's own count of seconds since our request, so that an event held back refreshes nothing."""
        if self._first_iat is None or event.iat < self._last_iat:
            return
        self._last_iat = event.iat
        said_at = self._sent_at + (event.iat - self._first_iat)
        self.fresh_at = max(self.fresh_at, min(said_at, now))
