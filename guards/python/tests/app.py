"""An application as a reader would write it, for test_server.py to run under uvicorn with several workers."""

import os
from typing import Annotated

from fastapi import Depends, FastAPI

from jotgate_guard import Caller, Guard

guard = Guard(issuer=os.environ["JOTGATE_URL"], audience=os.environ["JOTGATE_URL"])
app = FastAPI()
guard.install(app)


@app.get("/me")
async def me(caller: Annotated[Caller, Depends(guard)]) -> dict[str, str | int]:
    return {"sub": caller.subject, "worker": os.getpid()}
