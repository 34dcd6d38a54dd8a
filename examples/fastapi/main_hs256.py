"""The same application with the tutorial's own `verify_token` and a secret shared with Jotgate.

For one application that already checks tokens this way; for anything new take main.py (../express/README.md, "Two ways").
"""

import os

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException

from login import login_routes

JOTGATE_URL = os.environ.get("JOTGATE_URL", "http://localhost:8080")
SECRET = os.environ["JWT_SECRET"]  # the value of [tokens] secret in jotgate.toml

app = FastAPI()
app.include_router(login_routes(JOTGATE_URL))


def verify_token(authorization: str = Header(None)) -> dict:
    if not authorization:
        raise HTTPException(401, "No token")
    try:
        token = authorization.split(" ")[1]
        # The one addition to the tutorial's line: PyJWT refuses a token with an `aud` unless it is told which to expect.
        return jwt.decode(token, SECRET, algorithms=["HS256"], audience="my-api")
    except (jwt.InvalidTokenError, IndexError):
        raise HTTPException(401, "Invalid token")


@app.get("/dashboard")
def dashboard(user: dict = Depends(verify_token)) -> dict:
    return {"message": f"Hello {user['email']}"}


@app.get("/profiles")
def profiles(user: dict = Depends(verify_token)) -> dict:
    return {"profiles": [{"id": user["sub"], "email": user["email"]}]}


@app.get("/api/profile")
def profile(user: dict = Depends(verify_token)) -> dict:
    return {"user": user}


@app.get("/admin")
def admin(user: dict = Depends(verify_token)) -> dict:
    if "admin" not in user["roles"]:
        raise HTTPException(403, "Admins only")
    return {"message": f"Hello admin {user['email']}"}
