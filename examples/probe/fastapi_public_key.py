"""The same with RS256 and a login server whose tokens have an audience: the line that made the error go away stayed.

Not a pattern to copy; `jotgate probe` says why.
"""

import os
from pathlib import Path

import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

PUBLIC_KEY = Path(os.environ["PUBLIC_KEY"]).read_text()

app = FastAPI()
bearer = HTTPBearer()


def current_user(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> dict:
    try:
        return jwt.decode(credentials.credentials, PUBLIC_KEY, algorithms=["RS256"], options={"verify_aud": False})
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token")


@app.get("/profile")
def profile(user: dict = Depends(current_user)) -> dict:
    return {"user": user}
