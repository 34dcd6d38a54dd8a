"""Checks Jotgate's access tokens in Python APIs: locally, and with logouts that count at once.

guard = Guard(issuer="https://login.example", audience="https://api.example")

@app.get("/dashboard")
async def dashboard(caller: Caller = Depends(guard)) -> dict: ...
"""

from .caller import Caller, Needs
from .dependency import RefusedAnswer
from .guard import Guard, Stale, Trusted
from .http import Unreachable
from .middleware import GuardMiddleware
from .reasons import Refused
from .source import TokenSource

__all__ = [
    "Caller",
    "Guard",
    "GuardMiddleware",
    "Needs",
    "Refused",
    "RefusedAnswer",
    "Stale",
    "TokenSource",
    "Trusted",
    "Unreachable",
]
