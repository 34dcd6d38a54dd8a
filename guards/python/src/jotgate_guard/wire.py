"""base64url and JSON, read the one way that leaves no second reading (RFC 4648 section 5, RFC 8259).

Python's readers take more: padding, white space, NaN, half surrogate pairs, and the last of two members of one name.
"""

import base64
import json
from typing import Any, NoReturn

from .reasons import Refused

_MAX_DEPTH = 32
_MAX_MEMBERS = 256


def decode(text: str, what: str) -> bytes:
    """base64url in its one spelling, because a second spelling of the same bytes is a second token."""
    try:
        decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise Refused("malformed.base64", f"Not base64url in {what}") from None
    # Python's decoder skips what it does not know; what comes back from the encoder is the one spelling.
    if encode(decoded) != text:
        raise Refused("malformed.base64", f"Not base64url in {what}")
    return decoded


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_object(raw: bytes, other_than_object: str) -> dict[str, Any]:
    """JSON as RFC 8259 has it and no more, each name once in each object, within limits."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refused("malformed.utf8") from None
    if text.startswith("\ufeff"):
        raise Refused("malformed.utf8", "A byte order mark")
    try:
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # fails for half a surrogate pair
    except RecursionError:
        raise Refused("malformed.depth") from None
    except ValueError:
        raise Refused("malformed.json") from None
    if text.count("[") + text.count("{") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise Refused("malformed.depth", expected=f"at most {_MAX_DEPTH} levels")
    if not isinstance(value, dict):
        raise Refused(other_than_object)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > _MAX_MEMBERS:
        raise Refused("malformed.size", "Too many members", expected=f"at most {_MAX_MEMBERS} an object")
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("malformed.duplicate_member")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _depth(value: object) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth
