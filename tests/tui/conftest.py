"""The pilot presses keys at twice its usual pace: it rests after each until the process idles, which is most of what these tests take."""

from __future__ import annotations

import pytest
from textual import _wait


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for rest every 10 ms, not every 20."""
    monkeypatch.setattr(_wait, "SLEEP_GRANULARITY", 1 / 100)
    monkeypatch.setattr(_wait, "SLEEP_IDLE", 1 / 2000)
