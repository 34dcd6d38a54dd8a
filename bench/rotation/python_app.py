"""A route behind the Python guard, for bench/rotation/run: JOTGATE_URL in, the address on standard output."""

import os
import socket

import uvicorn
from fastapi import Depends, FastAPI
from jotgate_guard import Caller, Guard

ISSUER = os.environ["JOTGATE_URL"]
guard = Guard(issuer=ISSUER, audience=ISSUER)
app = FastAPI()
guard.install(app)


@app.get("/dashboard")
async def dashboard(caller: Caller = Depends(guard)) -> dict[str, str]:
    return {"sub": caller.subject}


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
