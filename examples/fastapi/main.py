"""The tutorial's application with Jotgate as its login server: `uvicorn main:app --port 3000`."""

import os
from datetime import UTC, datetime
from typing import Any

from fastapi import Depends, FastAPI
from jotgate_guard import Caller, Guard

from login import login_routes

JOTGATE_URL = os.environ.get("JOTGATE_URL", "http://localhost:8080")
AUDIENCE = os.environ.get("AUDIENCE", JOTGATE_URL)

# No leeway, because here a token shall end when it says; where clocks differ leave it at the default.
guard = Guard(issuer=JOTGATE_URL, audience=AUDIENCE, leeway=0)
app = FastAPI()
guard.install(app)
app.include_router(login_routes(JOTGATE_URL))

# The application's own data, by `sub`: it never changes and is never given to somebody else. An e-mail address may be.
profiles: dict[str, dict[str, Any]] = {}


def profile_of(caller: Caller) -> dict[str, Any]:
    fresh = {"id": caller.subject, "firstSeen": datetime.now(UTC).isoformat()}
    return profiles.setdefault(caller.subject, fresh)


@app.get("/dashboard")
async def dashboard(caller: Caller = Depends(guard)) -> dict[str, Any]:
    return {"message": f"Welcome, user {caller.subject}", "profile": profile_of(caller)}


@app.get("/profiles")
async def list_profiles(caller: Caller = Depends(guard)) -> dict[str, Any]:
    profile_of(caller)
    return {"profiles": list(profiles.values())}


@app.get("/api/profile")
async def my_profile(caller: Caller = Depends(guard)) -> dict[str, Any]:
    expires = datetime.fromtimestamp(caller.claims["exp"], UTC).isoformat()
    return profile_of(caller) | {"sub": caller.subject, "roles": sorted(caller.roles), "tokenExpires": expires}


@app.get("/admin", dependencies=[Depends(guard.require_role("admin"))])
async def admin() -> dict[str, Any]:
    return {"message": "Only for administrators", "profiles": len(profiles)}
