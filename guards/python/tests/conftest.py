"""The tests that wait run on asyncio, as uvicorn does."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guard waits for its first load as long as a busy machine needs."""
    monkeypatch.setattr("jotgate_guard.guard._FIRST_LOAD_SECONDS", 30.0)


@pytest.fixture
def impatient(patient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits for nothing that will not come."""
    monkeypatch.setattr("jotgate_guard.guard._FIRST_LOAD_SECONDS", 0.5)
