"""The tests that wait run on asyncio, as uvicorn does."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
