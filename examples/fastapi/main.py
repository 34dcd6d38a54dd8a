"""The tutorial's application with Jotgate as its login server: `uvicorn main:app --port 3000`."""

import os
from datetime import UTC, datetime

from fastapi import Depends, FastAPI

from guard import RequireToken, require_role
from login import login_routes

JOTGATE_URL = os.environ.get("JOTGATE_URL", "http://localhost:8080")
AUDIENCE = os.environ.get("AUDIENCE", JOTGATE_URL)

app = FastAPI()
app.include_router(login_routes(JOTGATE_URL))

current_user = RequireToken(issuer=JOTGATE_URL, audience=AUDIENCE)

# The application's own data, by `sub`: it never changes and is never given to somebody else. An e-mail address may be.
profiles: dict[str, dict] = {}


def profile_of(user: dict) -> dict:
    fresh = {"id": user["sub"], "firstSeen": datetime.now(UTC).isoformat()}
    return profiles.setdefault(user["sub"], fresh)


@app.get("/dashboard")
def dashboard(user: dict = Depends(current_user)) -> dict:
    return {"message": f"Welcome, user {user['sub']}", "profile": profile_of(user)}


@app.get("/profiles")
def list_profiles(user: dict = Depends(current_user)) -> dict:
    profile_of(user)
    return {"profiles": list(profiles.values())}


@app.get("/api/profile")
def my_profile(user: dict = Depends(current_user)) -> dict:
    expires = datetime.fromtimestamp(user["exp"], UTC).isoformat()
    return profile_of(user) | {"sub": user["sub"], "roles": user.get("roles", []), "tokenExpires": expires}


@app.get("/admin")
def admin(user: dict = Depends(require_role("admin", current_user))) -> dict:
    return {"message": "Only for administrators", "profiles": len(profiles)}
